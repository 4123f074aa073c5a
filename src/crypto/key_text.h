/*
 * The text forms in which keys and certificates are kept in files (protocol 9.7): the certificate's PEM block, the
 * unencrypted OpenSSH private key, the ssh-ed25519 public key line, and hexadecimal for X25519.
 *
 * Owns nothing. The writers take a buffer and its capacity and end the text with a NUL; they return false only if it
 * does not fit. The readers take untrusted text by (pointer, length); where they have several reasons to refuse, *error
 * (if not null) is set to a sentence for a person, a string constant. Text that holds a private key is the caller's to
 * wipe.
 */
#ifndef CRYPTO_KEY_TEXT_H
#define CRYPTO_KEY_TEXT_H

#include "crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_text_size {
    PRIVATE_KEY_TEXT_SIZE = 400,     /* enough for what private_key_text_write makes */
    PUBLIC_KEY_COMMENT_LIMIT = 511,  /* longest comment of a public key line that is written */
    PUBLIC_KEY_TEXT_SIZE = 96 + 512, /* enough for what public_key_text_write makes */
    X25519_TEXT_SIZE = 2 * CRYPTO_KEY_SIZE + 1,
};

/* The size of the text of a SignedCert message of this length, with the terminating NUL. */
size_t certificate_text_size(size_t length);

/* Writes a SignedCert message as PEM with the label STEAMDATAGRAM CERT, 72 columns, LF. */
bool certificate_text_write(const uint8_t *message, size_t length, char *text, size_t capacity);

/* Reads the first certificate in a text. *rest and *rest_length (if rest is not null) say where to look for the next
 * one: a file may hold a chain. False if there is none or it does not fit into capacity. */
bool certificate_text_read(const char *text, size_t length, uint8_t *message, size_t capacity, size_t *message_length,
                           const char **rest, size_t *rest_length, const char **error);

/* Writes an Ed25519 private key byte for byte as deployed writers do: CRLF, and a private section that ends with the
 * key, without the comment field and the padding that OpenSSH's own reader insists on. */
bool private_key_text_write(const uint8_t seed[CRYPTO_KEY_SIZE], char *text, size_t capacity);

/* Reads an OpenSSH private key file that holds one unencrypted Ed25519 key, whoever wrote it. */
bool private_key_text_read(const char *text, size_t length, uint8_t seed[CRYPTO_KEY_SIZE], const char **error);

/* Writes "ssh-ed25519 <base64>", a blank and the comment if there is one; no line end. Also false if the comment
 * contains a line end. */
bool public_key_text_write(const uint8_t public_key[CRYPTO_KEY_SIZE], const char *comment, char *text, size_t capacity);

/* Reads a public key line. Blanks around it are skipped and the comment is ignored. */
bool public_key_text_read(const char *text, size_t length, uint8_t public_key[CRYPTO_KEY_SIZE], const char **error);

/* X25519 keys, public or private: 64 upper-case hexadecimal digits; either case is read. */
bool x25519_text_write(const uint8_t key[CRYPTO_KEY_SIZE], char *text, size_t capacity);
bool x25519_text_read(const char *text, size_t length, uint8_t key[CRYPTO_KEY_SIZE]);

#endif
