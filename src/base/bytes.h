/*
 * Reading and writing little-endian integers in byte buffers that somebody else owns.
 *
 * A reader or writer that runs out of room fails for good ("sticky"): later reads give zero, later writes do nothing,
 * and the caller looks at `failed` once at the end. Nothing is ever read or written outside the given buffer.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A run of bytes inside a buffer that somebody else owns. */
struct byte_slice {
    const uint8_t *data;
    size_t length;
};

struct byte_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct byte_writer {
    uint8_t *begin;
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

/* Unaligned loads and stores. */

static inline uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t load_u24(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static inline uint32_t load_u32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t load_u48(const uint8_t *p)
{
    return load_u32(p) | (uint64_t)load_u16(p + 4) << 32;
}

static inline uint64_t load_u64(const uint8_t *p)
{
    return load_u32(p) | (uint64_t)load_u32(p + 4) << 32;
}

static inline uint16_t load_u16_big_endian(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t load_u32_big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void store_u16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void store_u24(uint8_t *p, uint32_t value)
{
    store_u16(p, (uint16_t)value);
    p[2] = (uint8_t)(value >> 16);
}

static inline void store_u32(uint8_t *p, uint32_t value)
{
    store_u16(p, (uint16_t)value);
    store_u16(p + 2, (uint16_t)(value >> 16));
}

static inline void store_u48(uint8_t *p, uint64_t value)
{
    store_u32(p, (uint32_t)value);
    store_u16(p + 4, (uint16_t)(value >> 32));
}

static inline void store_u64(uint8_t *p, uint64_t value)
{
    store_u32(p, (uint32_t)value);
    store_u32(p + 4, (uint32_t)(value >> 32));
}

static inline void store_u16_big_endian(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void store_u32_big_endian(uint8_t *p, uint32_t value)
{
    store_u16_big_endian(p, (uint16_t)(value >> 16));
    store_u16_big_endian(p + 2, (uint16_t)value);
}

/* Reading. */

static inline void reader_init(struct byte_reader *reader, const void *data, size_t length)
{
    static const uint8_t nothing;

    reader->at = data ? data : &nothing;
    reader->end = reader->at + (data ? length : 0);
    reader->failed = false;
}

static inline size_t reader_remaining(const struct byte_reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

static inline void reader_fail(struct byte_reader *reader)
{
    reader->failed = true;
    reader->at = reader->end;
}

/* The next `length` bytes, or NULL (and failed) when there are fewer. */
static inline const uint8_t *reader_take(struct byte_reader *reader, size_t length)
{
    const uint8_t *data = reader->at;

    if (reader->failed || reader_remaining(reader) < length) {
        reader_fail(reader);
        return NULL;
    }
    reader->at += length;
    return data;
}

static inline void reader_skip(struct byte_reader *reader, size_t length)
{
    (void)reader_take(reader, length);
}

static inline uint8_t reader_u8(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 1);
    return p ? p[0] : 0;
}

static inline uint16_t reader_u16(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 2);
    return p ? load_u16(p) : 0;
}

static inline uint32_t reader_u24(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 3);
    return p ? load_u24(p) : 0;
}

static inline uint32_t reader_u32(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 4);
    return p ? load_u32(p) : 0;
}

static inline uint64_t reader_u48(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 6);
    return p ? load_u48(p) : 0;
}

static inline uint64_t reader_u64(struct byte_reader *reader)
{
    const uint8_t *p = reader_take(reader, 8);
    return p ? load_u64(p) : 0;
}

/* Writing. */

static inline void writer_init(struct byte_writer *writer, void *buffer, size_t capacity)
{
    writer->begin = writer->at = buffer;
    writer->end = writer->begin + capacity;
    writer->failed = false;
}

static inline size_t writer_length(const struct byte_writer *writer)
{
    return (size_t)(writer->at - writer->begin);
}

static inline size_t writer_remaining(const struct byte_writer *writer)
{
    return (size_t)(writer->end - writer->at);
}

/* Room for `length` bytes for the caller to fill, or NULL (and failed, and nothing written) when there is less. */
static inline uint8_t *writer_claim(struct byte_writer *writer, size_t length)
{
    uint8_t *room = writer->at;

    if (writer->failed || writer_remaining(writer) < length) {
        writer->failed = true;
        return NULL;
    }
    writer->at += length;
    return room;
}

static inline void writer_bytes(struct byte_writer *writer, const void *data, size_t length)
{
    uint8_t *p = writer_claim(writer, length);
    if (p && length > 0)
        memcpy(p, data, length);
}

static inline void writer_zeros(struct byte_writer *writer, size_t length)
{
    uint8_t *p = writer_claim(writer, length);
    if (p && length > 0)
        memset(p, 0, length);
}

static inline void writer_u8(struct byte_writer *writer, uint8_t value)
{
    uint8_t *p = writer_claim(writer, 1);
    if (p)
        p[0] = value;
}

static inline void writer_u16(struct byte_writer *writer, uint16_t value)
{
    uint8_t *p = writer_claim(writer, 2);
    if (p)
        store_u16(p, value);
}

static inline void writer_u24(struct byte_writer *writer, uint32_t value)
{
    uint8_t *p = writer_claim(writer, 3);
    if (p)
        store_u24(p, value);
}

static inline void writer_u32(struct byte_writer *writer, uint32_t value)
{
    uint8_t *p = writer_claim(writer, 4);
    if (p)
        store_u32(p, value);
}

static inline void writer_u48(struct byte_writer *writer, uint64_t value)
{
    uint8_t *p = writer_claim(writer, 6);
    if (p)
        store_u48(p, value);
}

static inline void writer_u64(struct byte_writer *writer, uint64_t value)
{
    uint8_t *p = writer_claim(writer, 8);
    if (p)
        store_u64(p, value);
}

#endif
