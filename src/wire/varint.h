/*
 * Varints of packet headers and payload frames (protocol 1.2): seven bits per byte, low group first, at most 5 bytes
 * for a 32-bit and 10 for a 64-bit destination, bits that do not fit are dropped, longer than necessary is accepted.
 * Control bodies have their own rules and their own decoder.
 */
#ifndef WIRE_VARINT_H
#define WIRE_VARINT_H

#include "base/bytes.h"

enum varint_limits {
    VARINT32_MAXIMUM = 5,
    VARINT64_MAXIMUM = 10,
};

/* Behind the inline readers: any number of bytes up to `maximum`; fails the reader on bad input. */
uint64_t reader_varint_slow(struct byte_reader *reader, unsigned maximum);

static inline uint32_t reader_varint32(struct byte_reader *reader)
{
    if (reader->at != reader->end && *reader->at < 0x80)
        return *reader->at++;
    return (uint32_t)reader_varint_slow(reader, VARINT32_MAXIMUM);
}

static inline uint64_t reader_varint64(struct byte_reader *reader)
{
    if (reader->at != reader->end && *reader->at < 0x80)
        return *reader->at++;
    return reader_varint_slow(reader, VARINT64_MAXIMUM);
}

/* Bytes of the shortest encoding. */
static inline size_t varint_size(uint64_t value)
{
    return (size_t)(9 * (63 - __builtin_clzll(value | 1)) + 73) / 64;
}

/* Writes the shortest encoding, wholly or not at all. */
void writer_varint(struct byte_writer *writer, uint64_t value);

#endif
