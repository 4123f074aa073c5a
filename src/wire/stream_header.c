#include "wire/stream_header.h"

#include "wire/limits.h"

/*
 * A varint that may be cut off by the end of what has arrived so far. An over-long one is an error, not a reason to
 * wait (protocol 20.16).
 */
static enum stream_header_outcome read_varint(struct byte_reader *reader, uint64_t *value)
{
    size_t available = reader_remaining(reader);

    *value = reader_varint64(reader);
    if (!reader->failed)
        return STREAM_HEADER_OK;
    return available >= VARINT64_MAXIMUM ? STREAM_HEADER_ERROR : STREAM_HEADER_INCOMPLETE;
}

enum stream_header_outcome stream_header_decode(struct stream_header *header, const uint8_t *data, size_t length)
{
    enum stream_header_outcome outcome;
    struct byte_reader reader;
    uint64_t high_size;
    uint8_t lead;

    if (length == 0)
        return STREAM_HEADER_INCOMPLETE;
    reader_init(&reader, data, length);
    lead = reader_u8(&reader);
    if (lead & 0x80)
        return STREAM_HEADER_ERROR;
    header->number_step = 1;
    if (lead & 0x40) {
        outcome = read_varint(&reader, &header->number_step);
        if (outcome != STREAM_HEADER_OK)
            return outcome;
        if (header->number_step > STREAM_NUMBER_STEP_MAXIMUM)
            return STREAM_HEADER_ERROR;
    }
    header->message_size = lead & 0x1f;
    if (lead & 0x20) {
        outcome = read_varint(&reader, &high_size);
        if (outcome != STREAM_HEADER_OK)
            return outcome;
        if (high_size > UINT64_MAX >> 5)
            return STREAM_HEADER_ERROR;
        header->message_size += high_size << 5;
    }
    header->size = length - reader_remaining(&reader);
    return STREAM_HEADER_OK;
}
