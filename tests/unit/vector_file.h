/*
 * Reading the recorded vectors in tests: a JSON file as a tree, and hexadecimal members as bytes. Whatever is missing
 * or malformed fails the test that asked for it.
 */
#ifndef UNIT_VECTOR_FILE_H
#define UNIT_VECTOR_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static inline json_t *vector_file_load(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

static inline const json_t *vector_member(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    if (!member)
        fail_msg("the vectors have no member '%s' here", name);
    return member;
}

static inline const char *vector_string(const json_t *object, const char *name)
{
    const char *string = json_string_value(vector_member(object, name));
    if (!string)
        fail_msg("the member '%s' is not a string", name);
    return string;
}

/* A number, or a number written as a string because it may exceed 2^53. */
static inline uint64_t vector_u64(const json_t *object, const char *name)
{
    const json_t *member = vector_member(object, name);
    if (json_is_string(member))
        return strtoull(json_string_value(member), NULL, 10);
    assert_true(json_is_integer(member));
    return (uint64_t)json_integer_value(member);
}

/* Decodes hexadecimal text into a buffer and returns the number of bytes. */
static inline size_t vector_unhex(const char *text, uint8_t *bytes, size_t capacity)
{
    size_t length = strlen(text) / 2;
    assert_int_equal(strlen(text) % 2, 0);
    assert_true(length <= capacity);
    for (size_t i = 0; i < length; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        char *end;
        bytes[i] = (uint8_t)strtoul(pair, &end, 16);
        assert_ptr_equal(end, pair + 2);
    }
    return length;
}

static inline size_t vector_bytes(const json_t *object, const char *name, uint8_t *bytes, size_t capacity)
{
    return vector_unhex(vector_string(object, name), bytes, capacity);
}

/* For members of a known size. */
static inline void vector_exact(const json_t *object, const char *name, uint8_t *bytes, size_t size)
{
    assert_int_equal(vector_bytes(object, name, bytes, size), size);
}

#endif
