#include "wire/frame.h"

const char *frame_error_text(enum frame_error error)
{
    switch (error) {
    case FRAME_ERROR_NONE:
        return "no error";
    case FRAME_ERROR_RESERVED:
        return "reserved frame type";
    case FRAME_ERROR_TRUNCATED:
        return "frame reaches past the end of the packet";
    case FRAME_ERROR_SIZE_CODE:
        return "invalid segment size code";
    case FRAME_ERROR_POSITION:
        return "invalid stream position width";
    case FRAME_ERROR_STOP_WAITING:
        return "stop-waiting value is negative";
    case FRAME_ERROR_ACK_COUNT:
        return "ack block count is too large";
    case FRAME_ERROR_LANE:
        return "lane number is too large";
    }
    return "unknown error";
}

/* The data of a segment by its size code (protocol 13.2). */
static enum frame_error read_data(struct byte_reader *reader, unsigned size_code, struct byte_slice *data)
{
    if (size_code == 5 || size_code == 6)
        return FRAME_ERROR_SIZE_CODE;
    data->length = size_code == 7 ? reader_remaining(reader) : (size_t)size_code << 8 | reader_u8(reader);
    data->data = reader_take(reader, data->length);
    return FRAME_ERROR_NONE;
}

/* 00emosss (protocol 13.3) */
static enum frame_error read_unreliable(struct frame_decoder *decoder, unsigned lead, struct unreliable_frame *frame)
{
    struct byte_reader *reader = &decoder->reader;
    bool wide = lead & 0x10;

    frame->first = !decoder->in_message;
    frame->last = lead & 0x20;
    frame->number_bits = 0;
    if (frame->first) {
        frame->number_bits = wide ? 32 : 16;
        frame->number_field = wide ? reader_u32(reader) : reader_u16(reader);
    } else {
        frame->number_field = wide ? reader_varint64(reader) : 1;
    }
    frame->offset = lead & 0x08 ? reader_varint32(reader) : 0;
    decoder->in_message = true;
    return read_data(reader, lead & 7, &frame->data);
}

/* 010mmsss (protocol 13.4) */
static enum frame_error read_reliable(struct frame_decoder *decoder, unsigned lead, struct reliable_frame *frame)
{
    struct byte_reader *reader = &decoder->reader;
    unsigned width = lead >> 3 & 3;

    frame->first = !decoder->in_position;
    frame->position_bits = 0;
    if (frame->first) {
        switch (width) {
        case 0:
            frame->position_bits = 24;
            frame->position_field = reader_u24(reader);
            break;
        case 1:
            frame->position_bits = 32;
            frame->position_field = reader_u32(reader);
            break;
        case 2:
            frame->position_bits = 48;
            frame->position_field = reader_u48(reader);
            break;
        default:
            return FRAME_ERROR_POSITION;
        }
    } else {
        frame->position_field = width == 0   ? 0
                                : width == 1 ? reader_u8(reader)
                                : width == 2 ? reader_u16(reader)
                                             : reader_u32(reader);
    }
    decoder->in_position = true;
    return read_data(reader, lead & 7, &frame->data);
}

/* 100000ww (protocol 13.5) */
static enum frame_error read_stop_waiting(struct frame_decoder *decoder, unsigned lead, int64_t *value)
{
    struct byte_reader *reader = &decoder->reader;
    unsigned width = lead & 3;
    uint64_t offset = width == 0   ? reader_u8(reader)
                      : width == 1 ? reader_u16(reader)
                      : width == 2 ? reader_u24(reader)
                                   : reader_u64(reader);

    /* packet number - (offset + 1) must not be negative, nor offset + 1 overflow. */
    if (!reader->failed && (decoder->packet_number <= 0 || offset >= (uint64_t)decoder->packet_number))
        return FRAME_ERROR_STOP_WAITING;
    *value = (int64_t)((uint64_t)decoder->packet_number - offset - 1);
    return FRAME_ERROR_NONE;
}

static enum frame_error read_ack_block(struct byte_reader *reader, struct ack_block *block)
{
    unsigned lead = reader_u8(reader);
    uint64_t more_acks = lead & 0x80 ? reader_varint64(reader) : 0;
    uint64_t more_nacks = lead & 0x08 ? reader_varint64(reader) : 0;

    if (more_acks > FRAME_COUNT_MAXIMUM || more_nacks > FRAME_COUNT_MAXIMUM)
        return FRAME_ERROR_ACK_COUNT;
    block->acks = (lead >> 4 & 7) + ((uint32_t)more_acks << 3);
    block->nacks = (lead & 7) + ((uint32_t)more_nacks << 3);
    return FRAME_ERROR_NONE;
}

bool ack_block_next(struct byte_slice *blocks, struct ack_block *block)
{
    struct byte_reader reader;

    if (blocks->length == 0)
        return false;
    reader_init(&reader, blocks->data, blocks->length);
    if (read_ack_block(&reader, block) != FRAME_ERROR_NONE || reader.failed)
        return false;
    *blocks = (struct byte_slice){reader.at, reader_remaining(&reader)};
    return true;
}

/* 1001wnnn (protocol 13.6) */
static enum frame_error read_ack(struct frame_decoder *decoder, unsigned lead, struct ack_frame *frame)
{
    struct byte_reader *reader = &decoder->reader;
    bool narrow = lead & 0x08;

    frame->latest_bits = narrow ? 16 : 32;
    frame->latest_field = narrow ? reader_u16(reader) : reader_u32(reader);
    frame->delay = reader_u16(reader);
    frame->block_count = (lead & 7) == 7 ? reader_u8(reader) : lead & 7;
    frame->blocks.data = reader->at;
    for (uint32_t i = 0; i < frame->block_count && !reader->failed; i++) {
        struct ack_block block;
        enum frame_error error = read_ack_block(reader, &block);
        if (error != FRAME_ERROR_NONE)
            return error;
    }
    frame->blocks.length = (size_t)(reader->at - frame->blocks.data);
    return FRAME_ERROR_NONE;
}

/* 10001nnn (protocol 13.7) */
static enum frame_error read_lane(struct frame_decoder *decoder, unsigned lead, uint32_t *lane)
{
    *lane = (lead & 7) == 7 ? reader_varint32(&decoder->reader) : (lead & 7) + 1;
    decoder->in_message = decoder->in_position = false;
    return *lane > FRAME_LANE_MAXIMUM ? FRAME_ERROR_LANE : FRAME_ERROR_NONE;
}

enum frame_result frame_next(struct frame_decoder *decoder, struct frame *frame)
{
    enum frame_error error;
    unsigned lead;

    if (decoder->error != FRAME_ERROR_NONE)
        return FRAME_ERROR;
    if (reader_remaining(&decoder->reader) == 0)
        return FRAME_END;
    lead = reader_u8(&decoder->reader);
    if (lead < 0x40) {
        frame->kind = FRAME_UNRELIABLE;
        error = read_unreliable(decoder, lead, &frame->unreliable);
    } else if (lead < 0x60) {
        frame->kind = FRAME_RELIABLE;
        error = read_reliable(decoder, lead, &frame->reliable);
    } else if (lead >= 0x80 && lead < 0x84) {
        frame->kind = FRAME_STOP_WAITING;
        error = read_stop_waiting(decoder, lead, &frame->stop_waiting);
    } else if (lead >= 0x88 && lead < 0x90) {
        frame->kind = FRAME_SELECT_LANE;
        error = read_lane(decoder, lead, &frame->lane);
    } else if (lead >= 0x90 && lead < 0xa0) {
        frame->kind = FRAME_ACK;
        error = read_ack(decoder, lead, &frame->ack);
    } else {
        error = FRAME_ERROR_RESERVED;
    }
    if (error == FRAME_ERROR_NONE && decoder->reader.failed)
        error = FRAME_ERROR_TRUNCATED;
    decoder->error = error;
    return error == FRAME_ERROR_NONE ? FRAME_OK : FRAME_ERROR;
}
