/*
 * Base64 in the standard alphabet with padding, for the text forms of keys and certificates. Owns nothing. Anybody may
 * call it, tools included.
 */
#ifndef CRYPTO_BASE64_H
#define CRYPTO_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that length bytes become, without line ends and terminating NUL. */
size_t base64_text_length(size_t length);

/* Writes one line without a line end, and a NUL. False if it does not fit into capacity. */
bool base64_encode(const uint8_t *data, size_t length, char *text, size_t capacity);

/* Reads text, skipping blanks and line ends. The padding may be left out but, where present, must be right; the unused
 * bits of the last character must be zero. *decoded is the number of bytes. False if the text is not base64 or the
 * result does not fit into capacity; what was written so far is then wiped. */
bool base64_decode(const char *text, size_t length, uint8_t *data, size_t capacity, size_t *decoded);

#endif
