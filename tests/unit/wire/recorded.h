/*
 * The recorded connections as the wire tests use them: every event's datagram, padding included, in a heap block of
 * exactly its size, so that a sanitizer sees a read past the end.
 */
#ifndef UNIT_WIRE_RECORDED_H
#define UNIT_WIRE_RECORDED_H

#include "../vector_file.h"

#include <stdbool.h>

/* A copy on the heap of exactly this size. */
static inline uint8_t *recorded_copy(const uint8_t *data, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    if (length > 0)
        memcpy(copy, data, length);
    return copy;
}

/* The datagram of an event; free it. */
static inline uint8_t *recorded_datagram(const json_t *event, size_t *length)
{
    uint8_t buffer[2048] = {0};
    const json_t *padding = json_object_get(event, "zero_padding");

    *length = vector_bytes(event, "hex", buffer, sizeof buffer);
    if (padding)
        *length += (size_t)json_integer_value(padding);
    assert_true(*length <= sizeof buffer);
    return recorded_copy(buffer, *length);
}

static inline bool recorded_is(const json_t *event, const char *type)
{
    const char *string = json_string_value(json_object_get(event, "type"));

    return string && strcmp(string, type) == 0;
}

/* Calls `visit` for every datagram event of all recorded connections, direct and peer to peer. */
static inline void recorded_visit(void (*visit)(const json_t *event))
{
    static const char *const files[][2] = {{VECTOR_DIR "/wire-vectors.json", "connections"},
                                           {VECTOR_DIR "/p2p-vectors.json", "scenarios"}};

    for (int file = 0; file < 2; file++) {
        json_t *root = vector_file_load(files[file][0]);
        const json_t *connection, *event;
        size_t i, k;

        json_array_foreach(vector_member(root, files[file][1]), i, connection)
        {
            json_array_foreach(vector_member(connection, "events"), k, event)
            {
                if (json_is_string(json_object_get(event, "hex")) && json_is_string(json_object_get(event, "type")))
                    visit(event);
            }
        }
        json_decref(root);
    }
}

#endif
