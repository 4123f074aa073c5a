/*
 * Files that hold keys and certificates, in the text forms of protocol 9.7.
 */
#ifndef TOOLS_IDENTITY_FILES_H
#define TOOLS_IDENTITY_FILES_H

#include "cert/certificate_issue.h"
#include "crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    IDENTITY_FILE_LIMIT = 64 * 1024,
    IDENTITY_CERTIFICATE_SIZE = CERTIFICATE_MESSAGE_SIZE,
};

/* A whole file ("-": standard input) with a NUL behind; *length may be null. Null after having complained. The caller
 * frees it, with identity_file_free if it may hold a private key. */
char *identity_file_read(const char *path, size_t *length);
void identity_file_free(char *text, size_t length);

/* Writes a file that must not exist yet, unless `force`; nobody else can read it if it is `secret`. "-" is standard
 * output. False after having complained. */
bool identity_file_write(const char *path, const void *data, size_t length, bool secret, bool force);

/* Readers of one kind of file; false or 0 after having complained. */
bool identity_private_key_read(const char *path, uint8_t seed[CRYPTO_KEY_SIZE]);

/* The public key of a file that holds a public or a private key. */
bool identity_any_key_read(const char *path, uint8_t public_key[CRYPTO_KEY_SIZE]);

/* A SignedCert message; with the private key in it if key_path is not null, or if the file had it. */
size_t identity_certificate_read(const char *path, const char *key_path, uint8_t message[IDENTITY_CERTIFICATE_SIZE]);
void identity_certificate_wipe(uint8_t message[IDENTITY_CERTIFICATE_SIZE]);

#endif
