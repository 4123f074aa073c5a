/*
 * The clear part of a data packet (protocol 11.1), and the first look at any datagram (protocol 3).
 *
 * Pure functions; any thread. The header is not authenticated.
 */
#ifndef WIRE_DATA_HEADER_H
#define WIRE_DATA_HEADER_H

#include "base/bytes.h"
#include "wire/limits.h"
#include "wire/varint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum datagram_kind {
    DATAGRAM_INVALID, /* too short or too long: drop */
    DATAGRAM_DATA,    /* data_header_decode */
    DATAGRAM_CONTROL, /* control_decode, which knows the ids */
};

static inline enum datagram_kind datagram_classify(const uint8_t *datagram, size_t length)
{
    if (length < DATAGRAM_MINIMUM || length > DATAGRAM_MAXIMUM)
        return DATAGRAM_INVALID;
    return datagram[0] & DATAGRAM_DATA_FLAG ? DATAGRAM_DATA : DATAGRAM_CONTROL;
}

enum data_header_flags {
    DATA_HEADER_STATISTICS = 0x01,
    DATA_HEADER_TIME = 0x02,
};

struct data_header {
    bool has_statistics;
    bool has_time_since_previous;
    uint32_t connection_id;       /* the recipient's */
    uint16_t packet_number;       /* low 16 bits */
    uint16_t time_since_previous; /* in units of PACKET_TIME_UNIT_US */
    struct byte_slice statistics; /* blob for statistics_message_decode */
    size_t size;                  /* of the whole header; the protected payload is behind it */
};

/* False for a datagram that is no data packet or whose fields overrun it. The blob is not looked into. */
bool data_header_decode(struct data_header *header, const uint8_t *datagram, size_t length);

/* The size that data_header_encode will write. */
size_t data_header_size(const struct data_header *header);

/* Returns the header's length, or 0 when it did not fit. `size` is ignored. */
size_t data_header_encode(const struct data_header *header, uint8_t *out, size_t capacity);

#endif
