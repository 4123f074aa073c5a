#include "wire/data_header.h"

bool data_header_decode(struct data_header *header, const uint8_t *datagram, size_t length)
{
    struct byte_reader reader;
    uint8_t flags;

    *header = (struct data_header){0};
    reader_init(&reader, datagram, length);
    flags = reader_u8(&reader);
    header->connection_id = reader_u32(&reader);
    header->packet_number = reader_u16(&reader);
    if (flags & DATA_HEADER_STATISTICS) {
        uint64_t size = reader_varint64(&reader);
        if (size > reader_remaining(&reader))
            return false;
        header->has_statistics = true;
        header->statistics = (struct byte_slice){reader.at, (size_t)size};
        reader_skip(&reader, (size_t)size);
    }
    if (flags & DATA_HEADER_TIME) {
        header->has_time_since_previous = true;
        header->time_since_previous = reader_u16(&reader);
    }
    header->size = length - reader_remaining(&reader);
    return (flags & DATAGRAM_DATA_FLAG) && !reader.failed;
}

size_t data_header_size(const struct data_header *header)
{
    size_t size = PACKET_HEADER_SIZE;

    if (header->has_statistics)
        size += varint_size(header->statistics.length) + header->statistics.length;
    if (header->has_time_since_previous)
        size += 2;
    return size;
}

size_t data_header_encode(const struct data_header *header, uint8_t *out, size_t capacity)
{
    struct byte_writer writer;

    writer_init(&writer, out, capacity);
    writer_u8(&writer, (uint8_t)(DATAGRAM_DATA_FLAG | (header->has_statistics ? DATA_HEADER_STATISTICS : 0) |
                                 (header->has_time_since_previous ? DATA_HEADER_TIME : 0)));
    writer_u32(&writer, header->connection_id);
    writer_u16(&writer, header->packet_number);
    if (header->has_statistics) {
        writer_varint(&writer, header->statistics.length);
        writer_bytes(&writer, header->statistics.data, header->statistics.length);
    }
    if (header->has_time_since_previous)
        writer_u16(&writer, header->time_since_previous);
    return writer.failed ? 0 : writer_length(&writer);
}
