/*
 * The frame of PEM text: a BEGIN line with a label, base64, an END line with the same label. What is inside is the
 * business of key_text.h.
 *
 * Reading is lenient where the deployed reader is (protocol 9.7): any number of dashes, either letter case, either kind
 * of line end, other text before the block. Owns nothing.
 */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pem_block {
    const char *body; /* the base64 between the two lines, still with line ends */
    size_t body_length;
    const char *rest; /* what follows the END line, to look for the next block in */
    size_t rest_length;
};

/* Finds the first block with this label. False if there is none or it has no END line. */
bool pem_find(const char *text, size_t length, const char *label, struct pem_block *block);

/* The size of the text that pem_write makes, with the terminating NUL. */
size_t pem_text_size(size_t length, const char *label, size_t columns, const char *line_end);

/* Writes a block in lines of so many columns (a multiple of 4, at least 4 and at most 76) and a NUL. False if it does
 * not fit into capacity. */
bool pem_write(const uint8_t *data, size_t length, const char *label, size_t columns, const char *line_end, char *text,
               size_t capacity);

#endif
