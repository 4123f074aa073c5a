/*
 * What the user sees: a progress line that rewrites itself, and text from strangers made harmless.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A line that is rewritten in place on a terminal. Where the stream is no terminal the line is printed once a second at
 * most and ends normally, or not at all if only_terminal. Start with zeros and the stream's descriptor.
 */
struct progress {
    int descriptor;
    bool only_terminal;
    bool on_line; /* the cursor stands behind a progress line */
    int64_t due;  /* when the next line may be printed, microseconds */
    bool decided; /* is_terminal is valid */
    bool is_terminal;
};

/* True when it is time for another line: ten a second on a terminal, one a second elsewhere. */
bool progress_due(struct progress *progress, int64_t now);

/* Shows a line, cut to the width of the terminal. */
void progress_show(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Leaves the last line standing and puts the cursor below it. */
void progress_end(struct progress *progress);

/* "[=====>    ]", width characters with the brackets and a NUL. */
void progress_bar(char *text, int width, double fraction);

/*
 * Copies text from elsewhere so that it can be shown: control characters, including those that move a terminal's
 * cursor, and bytes that are no UTF-8 become '?'. Cuts at the capacity, between characters. Returns the length.
 */
size_t terminal_harmless(const char *from, size_t length, char *to, size_t capacity);

/* Microseconds of a clock that never goes back. */
int64_t monotonic_now(void);

#endif
