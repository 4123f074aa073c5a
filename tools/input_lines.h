/*
 * Lines from a descriptor that may be a terminal, a pipe or a file, without ever waiting for the rest of one.
 */
#ifndef TOOLS_INPUT_LINES_H
#define TOOLS_INPUT_LINES_H

#include <stdbool.h>
#include <stddef.h>

enum {
    INPUT_LINE_SIZE = 4096 /* longer lines come in pieces */
};

/* Start with {.descriptor = ...}. */
struct input_lines {
    int descriptor;
    bool ended; /* nothing more comes */
    size_t start, length;
    char buffer[INPUT_LINE_SIZE];
};

/* Reads once. Call it when the descriptor is readable, and only after input_lines_next has returned false. */
void input_lines_read(struct input_lines *input);

/* The next whole line, with a NUL in place of its end; valid until the next read. After the end of input also what is
 * left without a line end. */
bool input_lines_next(struct input_lines *input, char **line, size_t *length);

#endif
