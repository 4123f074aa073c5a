/*
 * The seam between our structs and nanopb, for the files of this floor that decode control bodies (protocol 1.3):
 * slices into the input instead of copies, and presence.
 *
 * Private to wire/. The callbacks keep pointers into the caller's frame for the length of one decode or encode.
 */
#ifndef WIRE_PROTOBUF_H
#define WIRE_PROTOBUF_H

#include "base/bytes.h"

#include <pb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a bytes field end up in *slice; its data stays NULL when the field is absent. */
void protobuf_slice_into(pb_callback_t *field, struct byte_slice *slice);

/* Makes a bytes field be written from *slice when `present`. */
void protobuf_slice_from(pb_callback_t *field, bool present, const struct byte_slice *slice);

/* The same for a repeated bytes field. More than `maximum` elements make the decode fail. */
struct protobuf_slices {
    struct byte_slice *slices;
    uint32_t count;
    uint32_t maximum;
};

void protobuf_slices_into(pb_callback_t *field, struct protobuf_slices *slices);
void protobuf_slices_from(pb_callback_t *field, const struct protobuf_slices *slices);

/*
 * The same for a repeated field of varints or of fixed 32-bit numbers. Elements are written one by one, each with its
 * key, as deployed peers do (nanopb by itself would pack them); both forms are read.
 */
struct protobuf_numbers {
    uint64_t *values;
    uint32_t count;
    uint32_t maximum;
    bool fixed32;
};

void protobuf_numbers_into(pb_callback_t *field, struct protobuf_numbers *numbers);
void protobuf_numbers_from(pb_callback_t *field, const struct protobuf_numbers *numbers);

/* `message` has its callbacks set and is otherwise zero. */
bool protobuf_decode(const pb_msgdesc_t *type, void *message, const uint8_t *data, size_t length);

/* Returns false when it did not fit; else *length is set. */
bool protobuf_encode(const pb_msgdesc_t *type, const void *message, uint8_t *out, size_t capacity, size_t *length);

#endif
