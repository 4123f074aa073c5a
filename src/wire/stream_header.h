/*
 * The header in front of each message in a lane's reliable byte stream (protocol 14.2).
 *
 * Pure functions; any thread.
 */
#ifndef WIRE_STREAM_HEADER_H
#define WIRE_STREAM_HEADER_H

#include "base/bytes.h"
#include "wire/varint.h"

#include <stddef.h>
#include <stdint.h>

enum { STREAM_HEADER_MAXIMUM = 1 + 2 * VARINT64_MAXIMUM };

struct stream_header {
    uint64_t number_step; /* message number minus that of the lane's reliable message before; 1 when not spelled out */
    uint64_t message_size;
    size_t size; /* of the header itself */
};

enum stream_header_outcome {
    STREAM_HEADER_OK,
    STREAM_HEADER_INCOMPLETE, /* the bytes so far may become one: wait for more */
    STREAM_HEADER_ERROR,      /* reserved bit, over-long varint, or a step above STREAM_NUMBER_STEP_MAXIMUM */
};

/* The bytes at the front of the undelivered stream. Limits on the message's size are the caller's to check. */
enum stream_header_outcome stream_header_decode(struct stream_header *header, const uint8_t *data, size_t length);

static inline size_t stream_header_size(uint64_t number_step, uint64_t message_size)
{
    return 1 + (number_step != 1 ? varint_size(number_step) : 0) +
           (message_size > 31 ? varint_size(message_size >> 5) : 0);
}

static inline void stream_header_write(struct byte_writer *writer, uint64_t number_step, uint64_t message_size)
{
    writer_u8(writer, (uint8_t)((number_step != 1 ? 0x40 : 0) | (message_size > 31 ? 0x20 : 0) | (message_size & 31)));
    if (number_step != 1)
        writer_varint(writer, number_step);
    if (message_size > 31)
        writer_varint(writer, message_size >> 5);
}

#endif
