#include "wire/protobuf.h"

#include "wire/varint.h"

#include <pb_common.h>
#include <pb_decode.h>
#include <pb_encode.h>

/* nanopb's input is our reader, so that a callback can see where in the input it is. */
static bool read_bytes(pb_istream_t *stream, pb_byte_t *buffer, size_t count)
{
    const uint8_t *data = reader_take(stream->state, count);

    if (!data)
        return false;
    if (buffer)
        memcpy(buffer, data, count);
    return true;
}

/* Takes all that is left of a field as a slice. */
static bool take_slice(pb_istream_t *stream, struct byte_slice *slice)
{
    slice->length = stream->bytes_left;
    slice->data = reader_take(stream->state, stream->bytes_left);
    stream->bytes_left = 0;
    return slice->data != NULL;
}

static bool decode_slice(pb_istream_t *stream, const pb_field_t *field, void **argument)
{
    (void)field;
    /* A field with this number but another wire type comes in nanopb's own buffer: it is not ours, so ignore it. */
    if (stream->callback != read_bytes)
        return true;
    return take_slice(stream, *argument);
}

static bool decode_slices(pb_istream_t *stream, const pb_field_t *field, void **argument)
{
    struct protobuf_slices *slices = *argument;

    (void)field;
    if (stream->callback != read_bytes)
        return true;
    if (slices->count >= slices->maximum)
        return false;
    return take_slice(stream, &slices->slices[slices->count++]);
}

static bool encode_slice(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct byte_slice *slice = *argument;

    return pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, slice->data, slice->length);
}

static bool encode_slices(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct protobuf_slices *slices = *argument;

    for (uint32_t i = 0; i < slices->count; i++)
        if (!pb_encode_tag_for_field(stream, field) ||
            !pb_encode_string(stream, slices->slices[i].data, slices->slices[i].length))
            return false;
    return true;
}

/* One element, or a packed run of them. */
static bool decode_numbers(pb_istream_t *stream, const pb_field_t *field, void **argument)
{
    struct protobuf_numbers *numbers = *argument;

    (void)field;
    while (stream->bytes_left > 0) {
        uint64_t value = 0;
        uint32_t narrow = 0;

        if (numbers->count >= numbers->maximum)
            return false;
        if (numbers->fixed32 ? !pb_decode_fixed32(stream, &narrow) : !pb_decode_varint(stream, &value))
            return false;
        numbers->values[numbers->count++] = numbers->fixed32 ? narrow : value;
    }
    return true;
}

static bool encode_numbers(pb_ostream_t *stream, const pb_field_t *field, void *const *argument)
{
    const struct protobuf_numbers *numbers = *argument;

    for (uint32_t i = 0; i < numbers->count; i++) {
        uint32_t narrow = (uint32_t)numbers->values[i];
        if (!pb_encode_tag(stream, numbers->fixed32 ? PB_WT_32BIT : PB_WT_VARINT, field->tag))
            return false;
        if (numbers->fixed32 ? !pb_encode_fixed32(stream, &narrow) : !pb_encode_varint(stream, numbers->values[i]))
            return false;
    }
    return true;
}

void protobuf_slice_into(pb_callback_t *field, struct byte_slice *slice)
{
    *slice = (struct byte_slice){0};
    field->funcs.decode = decode_slice;
    field->arg = slice;
}

void protobuf_slice_from(pb_callback_t *field, bool present, const struct byte_slice *slice)
{
    field->funcs.encode = present ? encode_slice : NULL;
    field->arg = (void *)slice;
}

void protobuf_slices_into(pb_callback_t *field, struct protobuf_slices *slices)
{
    field->funcs.decode = decode_slices;
    field->arg = slices;
}

void protobuf_slices_from(pb_callback_t *field, const struct protobuf_slices *slices)
{
    field->funcs.encode = encode_slices;
    field->arg = (void *)slices;
}

void protobuf_numbers_into(pb_callback_t *field, struct protobuf_numbers *numbers)
{
    field->funcs.decode = decode_numbers;
    field->arg = numbers;
}

void protobuf_numbers_from(pb_callback_t *field, const struct protobuf_numbers *numbers)
{
    field->funcs.encode = encode_numbers;
    field->arg = (void *)numbers;
}

/* ---- wire types ----------------------------------------------------------------------------------------------- */

/* What a callback for numbers gets to see is the value alone, from which its wire type cannot be told. */
static bool is_number_list(const pb_field_iter_t *field)
{
    return PB_ATYPE(field->type) == PB_ATYPE_CALLBACK && PB_LTYPE(field->type) <= PB_LTYPE_LAST_PACKABLE;
}

static bool is_wire_type_of(const pb_field_iter_t *field, unsigned wire_type)
{
    if (wire_type == PB_WT_STRING)
        return true; /* packed */
    /* No message has a list of fixed 64-bit numbers. */
    return wire_type == (PB_LTYPE(field->type) == PB_LTYPE_FIXED32 ? PB_WT_32BIT : PB_WT_VARINT);
}

/* Moves over a value; the contents of one with a length are in *contents. */
static void skip_value(struct byte_reader *reader, unsigned wire_type, struct byte_slice *contents)
{
    switch (wire_type) {
    case PB_WT_VARINT:
        while (reader_u8(reader) >= 0x80) /* 0 behind the end */
            ;
        break;
    case PB_WT_64BIT:
        reader_skip(reader, 8);
        break;
    case PB_WT_STRING:
        contents->length = reader_varint64(reader);
        contents->data = reader_take(reader, contents->length);
        break;
    case PB_WT_32BIT:
        reader_skip(reader, 4);
        break;
    default:
        reader_fail(reader);
    }
}

/*
 * False when a list of numbers, here or in a sub-message, has an element of another wire type; nanopb looks after all
 * other fields. What cannot be read at all is left to nanopb as well.
 */
static bool wire_types_fit(const pb_msgdesc_t *type, void *message, struct byte_slice data)
{
    struct byte_reader reader;
    pb_field_iter_t field;

    reader_init(&reader, data.data, data.length);
    while (reader_remaining(&reader) > 0) {
        uint64_t key = reader_varint64(&reader);
        unsigned wire_type = key & 7;
        struct byte_slice contents = {NULL, 0};

        skip_value(&reader, wire_type, &contents);
        if (reader.failed)
            break;
        if (!pb_field_iter_begin(&field, type, message) || !pb_field_iter_find(&field, (uint32_t)key >> 3))
            continue;
        if (is_number_list(&field) && !is_wire_type_of(&field, wire_type))
            return false;
        if (PB_LTYPE_IS_SUBMSG(field.type) && wire_type == PB_WT_STRING &&
            !wire_types_fit(field.submsg_desc, field.pData, contents))
            return false;
    }
    return true;
}

bool protobuf_decode(const pb_msgdesc_t *type, void *message, const uint8_t *data, size_t length)
{
    struct byte_reader reader;
    pb_istream_t stream = {.callback = read_bytes, .state = &reader, .bytes_left = length};

    reader_init(&reader, data, length);
    return wire_types_fit(type, message, (struct byte_slice){data, length}) && pb_decode(&stream, type, message);
}

bool protobuf_encode(const pb_msgdesc_t *type, const void *message, uint8_t *out, size_t capacity, size_t *length)
{
    pb_ostream_t stream = pb_ostream_from_buffer(out, capacity);

    if (!pb_encode(&stream, type, message))
        return false;
    *length = stream.bytes_written;
    return true;
}
