/*
 * What a message says as a list of numbers and bytes, so that this library's decoders (C) and those that protoc made
 * (C++) can be compared without knowing of each other. Both write every field of a kind in the same order.
 */
#ifndef FUZZ_PROTOBUF_DUMP_H
#define FUZZ_PROTOBUF_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum message_kind {
    KIND_CHALLENGE_REQUEST,
    KIND_CHALLENGE_REPLY,
    KIND_CONNECT_REQUEST,
    KIND_CONNECT_OK,
    KIND_CONNECTION_CLOSED,
    KIND_NO_CONNECTION,
    KIND_CERTIFICATE_BODY,
    KIND_SIGNED_CERTIFICATE,
    KIND_CRYPT_INFO,
    KIND_SIGNED_CRYPT,
    KIND_CERTIFICATE_REQUEST,
    KIND_STATISTICS,
    KIND_COUNT,
};

enum { DUMP_SIZE = 16384 };

struct dump {
    size_t length;
    uint8_t bytes[DUMP_SIZE];
};

static inline void dump_raw(struct dump *dump, const void *data, size_t length)
{
    if (length > DUMP_SIZE - dump->length)
        abort();
    if (length)
        memcpy(dump->bytes + dump->length, data, length);
    dump->length += length;
}

/* A number, which is 0 when the field is absent. */
static inline void dump_number(struct dump *dump, bool present, uint64_t value)
{
    uint8_t flag = present;
    dump_raw(dump, &flag, 1);
    dump_raw(dump, &value, sizeof value);
}

static inline void dump_slice(struct dump *dump, bool present, const void *data, size_t length)
{
    dump_number(dump, present, length);
    dump_raw(dump, data, length);
}

/* This library's reading. False: it refuses. `rewritten` (of DUMP_SIZE bytes): what it writes instead, of
 * *rewritten_length bytes, 0 if it cannot be written. */
bool ours_read(enum message_kind kind, const uint8_t *data, size_t length, struct dump *dump, uint8_t *rewritten,
               size_t *rewritten_length);

/* The bounds of this library, which protoc does not know (wire/limits.h and control_messages.c). */
enum ours_bounds {
    OURS_POPS = 64,
    OURS_APPS = 128,
    OURS_ADDRESSES = 16,
    OURS_CIPHERS = 32,
    OURS_PATHS = 8,
    OURS_OCCURRENCES = 4,
    OURS_CLOSE_TEXT = 127,
};

#ifdef __cplusplus
}
#endif

#endif
