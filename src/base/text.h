/*
 * Building text in a buffer of fixed size: appending never writes past the end, the text is always terminated, and what
 * did not fit is remembered in `truncated`.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct text {
    char *buffer;
    size_t capacity; /* with room for the terminator */
    size_t length;   /* without the terminator */
    bool truncated;
};

/* A capacity of 0 is allowed; everything is then truncated. */
static inline void text_init(struct text *text, char *buffer, size_t capacity)
{
    text->buffer = buffer;
    text->capacity = capacity;
    text->length = 0;
    text->truncated = false;
    if (capacity > 0)
        buffer[0] = '\0';
}

static inline void text_append_bytes(struct text *text, const char *data, size_t length)
{
    size_t room = text->capacity > 0 ? text->capacity - 1 - text->length : 0;

    if (length > room) {
        length = room;
        text->truncated = true;
    }
    if (length > 0) {
        memcpy(text->buffer + text->length, data, length);
        text->length += length;
        text->buffer[text->length] = '\0';
    }
}

static inline void text_append(struct text *text, const char *string)
{
    text_append_bytes(text, string, strlen(string));
}

__attribute__((format(printf, 2, 0))) static inline void
text_append_formatted_list(struct text *text, const char *format, va_list arguments)
{
    size_t room = text->capacity - text->length;
    int length = vsnprintf(room > 0 ? text->buffer + text->length : NULL, room, format, arguments);

    if (length < 0) {
        text->truncated = true;
    } else if ((size_t)length >= room) {
        text->truncated = true;
        text->length += room > 0 ? room - 1 : 0;
    } else {
        text->length += (size_t)length;
    }
}

__attribute__((format(printf, 2, 3))) static inline void text_append_formatted(struct text *text, const char *format,
                                                                               ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_append_formatted_list(text, format, arguments);
    va_end(arguments);
}

#endif
