#include "tools/input_lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void input_lines_read(struct input_lines *input)
{
    memmove(input->buffer, input->buffer + input->start, input->length);
    input->start = 0;
    size_t used = input->length, room = sizeof input->buffer - 1 - used;
    if (input->ended || room == 0)
        return;
    ssize_t got = read(input->descriptor, input->buffer + used, room);
    if (got > 0)
        input->length += (size_t)got;
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        input->ended = true;
}

bool input_lines_next(struct input_lines *input, char **line, size_t *length)
{
    char *begin = input->buffer + input->start;
    char *end = memchr(begin, '\n', input->length);
    bool full = input->start == 0 && input->length == sizeof input->buffer - 1;
    if (!end && !full && !(input->ended && input->length > 0))
        return false;
    size_t taken = end ? (size_t)(end - begin) + 1 : input->length;
    size_t shown = end ? taken - 1 : taken;
    if (shown > 0 && begin[shown - 1] == '\r')
        shown--;
    begin[shown] = 0;
    *line = begin;
    *length = shown;
    input->start += taken;
    input->length -= taken;
    return true;
}
