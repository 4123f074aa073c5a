/*
 * Payload frames (protocol 13): a pull decoder that knows the syntax and nothing else, and inline encoders.
 *
 * The decoder yields fields as they were transmitted, with their widths; expanding message numbers, stream positions
 * and packet numbers against the state of a lane or connection is snp/'s business. The decoder does keep the context of
 * protocol 13.2 as far as the syntax depends on it: whether a segment is the first of its kind since the packet's start
 * or the last select-lane frame.
 *
 * Works on the caller's (decrypted, untrusted) bytes; slices point into them. No allocation; any thread.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include "base/bytes.h"
#include "wire/limits.h"
#include "wire/varint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_kind {
    FRAME_UNRELIABLE,
    FRAME_RELIABLE,
    FRAME_STOP_WAITING,
    FRAME_ACK,
    FRAME_SELECT_LANE,
};

/* Every one of these is a protocol error that ends the connection with 5002 (protocol 13.1). */
enum frame_error {
    FRAME_ERROR_NONE,
    FRAME_ERROR_RESERVED,     /* a lead byte without meaning */
    FRAME_ERROR_TRUNCATED,    /* a field or the data reaches past the end, or a varint is too long */
    FRAME_ERROR_SIZE_CODE,    /* size code 5 or 6 */
    FRAME_ERROR_POSITION,     /* first reliable segment with width code 3 */
    FRAME_ERROR_STOP_WAITING, /* the value would be negative */
    FRAME_ERROR_ACK_COUNT,    /* a varint above FRAME_COUNT_MAXIMUM */
    FRAME_ERROR_LANE,         /* a lane above FRAME_LANE_MAXIMUM */
};

/* A short English description, for the debug text of the close. */
const char *frame_error_text(enum frame_error error);

struct unreliable_frame {
    bool first;          /* in its context: number_field is absolute, else an increment */
    bool last;           /* this segment ends the message */
    uint8_t number_bits; /* first: 16 or 32 */
    uint64_t number_field;
    uint32_t offset; /* of the data within the message */
    struct byte_slice data;
};

struct reliable_frame {
    bool first; /* in its context: position_field is absolute, else an increment from the last segment's end */
    uint8_t position_bits; /* first: 24, 32 or 48 */
    uint64_t position_field;
    struct byte_slice data;
};

struct ack_frame {
    uint8_t latest_bits; /* 16 or 32 */
    uint32_t latest_field;
    uint16_t delay; /* in units of FRAME_ACK_DELAY_UNIT_US, or FRAME_ACK_DELAY_UNKNOWN */
    uint32_t block_count;
    struct byte_slice blocks; /* for ack_block_next */
};

struct frame {
    enum frame_kind kind;
    union {
        struct unreliable_frame unreliable;
        struct reliable_frame reliable;
        struct ack_frame ack;
        int64_t stop_waiting; /* the packet number w of protocol 13.5, not negative */
        uint32_t lane;
    };
};

struct frame_decoder {
    struct byte_reader reader;
    int64_t packet_number;
    bool in_message;  /* there is a current unreliable message number */
    bool in_position; /* there is a current reliable position */
    enum frame_error error;
};

enum frame_result {
    FRAME_END,   /* nothing is left */
    FRAME_OK,    /* *frame is set */
    FRAME_ERROR, /* decoder->error says why; every further call says so again */
};

/* packet_number: the full number of the packet, for stop-waiting frames. */
static inline void frame_decoder_init(struct frame_decoder *decoder, const uint8_t *payload, size_t length,
                                      int64_t packet_number)
{
    reader_init(&decoder->reader, payload, length);
    decoder->packet_number = packet_number;
    decoder->in_message = decoder->in_position = false;
    decoder->error = FRAME_ERROR_NONE;
}

enum frame_result frame_next(struct frame_decoder *decoder, struct frame *frame);

/* The blocks of an ack, newest first (protocol 13.6). */
struct ack_block {
    uint32_t acks;  /* packets received, downward from the block's end */
    uint32_t nacks; /* packets missing below those */
};

/* Takes the next block off the front of the slice; false when none is left. Start with a copy of ack_frame.blocks. */
bool ack_block_next(struct byte_slice *blocks, struct ack_block *block);

/* ------------------------------------------------------------------------------------------------- encoding */

enum frame_sizes {
    FRAME_STOP_WAITING_MAXIMUM = 9,
    FRAME_SELECT_LANE_MAXIMUM = 3,
    FRAME_ACK_HEADER_MAXIMUM = 6, /* with block count byte */
    FRAME_ACK_BLOCK_MAXIMUM = 7,  /* with counts up to FRAME_COUNT_MAXIMUM << 3 */
    FRAME_UNRELIABLE_HEADER_MAXIMUM = 17,
    FRAME_RELIABLE_HEADER_MAXIMUM = 8, /* lead, 48-bit position, size */
};

/* offset: this packet's number - stop-waiting value - 1, not negative. */
static inline size_t frame_stop_waiting_size(uint64_t offset)
{
    return offset <= 0xff ? 2 : offset <= 0xffff ? 3 : offset <= 0xffffff ? 4 : 9;
}

static inline void frame_write_stop_waiting(struct byte_writer *writer, uint64_t offset)
{
    size_t size = frame_stop_waiting_size(offset);
    uint8_t *p = writer_claim(writer, size);

    if (!p)
        return;
    switch (size) {
    case 2:
        p[0] = 0x80;
        p[1] = (uint8_t)offset;
        break;
    case 3:
        p[0] = 0x81;
        store_u16(p + 1, (uint16_t)offset);
        break;
    case 4:
        p[0] = 0x82;
        store_u24(p + 1, (uint32_t)offset);
        break;
    default:
        p[0] = 0x83;
        store_u64(p + 1, offset);
        break;
    }
}

static inline size_t frame_ack_header_size(uint32_t block_count)
{
    return block_count > 6 ? 6 : 5;
}

/* The 16-bit form, which every version understands. At most 255 blocks, to be written right behind. */
static inline void frame_write_ack_header(struct byte_writer *writer, int64_t latest, uint16_t delay,
                                          uint32_t block_count)
{
    uint8_t *p = writer_claim(writer, frame_ack_header_size(block_count));

    if (!p)
        return;
    p[0] = (uint8_t)(0x98 | (block_count > 6 ? 7 : block_count));
    store_u16(p + 1, (uint16_t)latest);
    store_u16(p + 3, delay);
    if (block_count > 6)
        p[5] = (uint8_t)block_count;
}

/* Counts of up to FRAME_COUNT_MAXIMUM << 3; larger gaps never arise (PACKET_JUMP_MAXIMUM). */
static inline size_t frame_ack_block_size(struct ack_block block)
{
    return 1 + (block.acks > 7 ? varint_size(block.acks >> 3) : 0) +
           (block.nacks > 7 ? varint_size(block.nacks >> 3) : 0);
}

static inline void frame_write_ack_block(struct byte_writer *writer, struct ack_block block)
{
    writer_u8(writer, (uint8_t)((block.acks > 7 ? 0x80 : 0) | (block.acks & 7) << 4 | (block.nacks > 7 ? 8 : 0) |
                                (block.nacks & 7)));
    if (block.acks > 7)
        writer_varint(writer, block.acks >> 3);
    if (block.nacks > 7)
        writer_varint(writer, block.nacks >> 3);
}

static inline size_t frame_select_lane_size(uint32_t lane)
{
    return lane >= 1 && lane <= 7 ? 1 : 1 + varint_size(lane);
}

/* Lane 0 and lanes from 8 on take a varint (protocol 13.7; deployed senders forget it, 20.1). */
static inline void frame_write_select_lane(struct byte_writer *writer, uint32_t lane)
{
    if (lane >= 1 && lane <= 7) {
        writer_u8(writer, (uint8_t)(0x88 | (lane - 1)));
    } else {
        writer_u8(writer, 0x8f);
        writer_varint(writer, lane);
    }
}

/*
 * Segments: the header is written, then the caller writes the data behind it. A segment that ends the packet
 * (`to_end`, size code 7) has no size byte; any other has at most FRAME_SEGMENT_SIZED_MAXIMUM bytes.
 */

/* first: `number` is the message number, of which 32 bits travel; else the increment over the current number. */
static inline size_t frame_unreliable_header_size(bool first, uint64_t number, uint32_t offset, bool to_end)
{
    size_t number_size = first ? 4 : number == 1 ? 0 : varint_size(number);
    return 1 + number_size + (offset ? varint_size(offset) : 0) + (to_end ? 0 : 1);
}

static inline void frame_write_unreliable_header(struct byte_writer *writer, bool first, uint64_t number,
                                                 uint32_t offset, bool last, size_t length, bool to_end)
{
    bool with_number = first || number != 1;

    writer_u8(writer, (uint8_t)((last ? 0x20 : 0) | (with_number ? 0x10 : 0) | (offset ? 0x08 : 0) |
                                (to_end ? 7 : length >> 8)));
    if (first)
        writer_u32(writer, (uint32_t)number);
    else if (with_number)
        writer_varint(writer, number);
    if (offset)
        writer_varint(writer, offset);
    if (!to_end)
        writer_u8(writer, (uint8_t)length);
}

/* first: `position` is the stream position, of which 48 bits travel; else the distance from the last segment's end. */
static inline size_t frame_reliable_header_size(bool first, uint64_t position, bool to_end)
{
    size_t position_size = first ? 6 : position == 0 ? 0 : position <= 0xff ? 1 : position <= 0xffff ? 2 : 4;
    return 1 + position_size + (to_end ? 0 : 1);
}

/* A distance above 32 bits cannot be written: select the lane again and start with an absolute position. */
static inline void frame_write_reliable_header(struct byte_writer *writer, bool first, uint64_t position, size_t length,
                                               bool to_end)
{
    uint8_t lead = (uint8_t)(0x40 | (to_end ? 7 : length >> 8));

    if (first) {
        writer_u8(writer, (uint8_t)(lead | 2 << 3));
        writer_u48(writer, position);
    } else if (position == 0) {
        writer_u8(writer, lead);
    } else if (position <= 0xff) {
        writer_u8(writer, (uint8_t)(lead | 1 << 3));
        writer_u8(writer, (uint8_t)position);
    } else if (position <= 0xffff) {
        writer_u8(writer, (uint8_t)(lead | 2 << 3));
        writer_u16(writer, (uint16_t)position);
    } else {
        writer_u8(writer, (uint8_t)(lead | 3 << 3));
        writer_u32(writer, (uint32_t)position);
        if (position > UINT32_MAX)
            writer->failed = true;
    }
    if (!to_end)
        writer_u8(writer, (uint8_t)length);
}

#endif
