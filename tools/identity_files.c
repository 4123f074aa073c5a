#include "tools/identity_files.h"

#include "crypto/key_text.h"
#include "tools/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *identity_file_read(const char *path, size_t *length)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        complain("cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    char *text = malloc(IDENTITY_FILE_LIMIT + 1);
    size_t used = 0;
    ssize_t got = 0;
    while (text && used < IDENTITY_FILE_LIMIT && (got = read(file, text + used, IDENTITY_FILE_LIMIT - used)) > 0)
        used += (size_t)got;
    int error = errno;
    if (!standard)
        close(file);
    if (text && got >= 0 && used < IDENTITY_FILE_LIMIT) {
        text[used] = 0;
        if (length)
            *length = used;
        return text;
    }
    if (!text)
        complain("out of memory");
    else if (got < 0)
        complain("cannot read %s: %s", path, strerror(error));
    else
        complain("%s is too large to hold a key or a certificate", path);
    identity_file_free(text, used);
    return NULL;
}

void identity_file_free(char *text, size_t length)
{
    if (text)
        crypto_wipe(text, length);
    free(text);
}

bool identity_file_write(const char *path, const void *data, size_t length, bool secret, bool force)
{
    bool standard = strcmp(path, "-") == 0;
    int file = standard ? STDOUT_FILENO
                        : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), secret ? 0600 : 0644);
    if (file < 0) {
        complain("cannot create %s: %s", path, strerror(errno));
        if (errno == EEXIST)
            advise("Move it away first, or say --force to overwrite it.");
        return false;
    }
    /* A file that is overwritten keeps its mode, which need not be narrow enough. */
    bool good = standard || !secret || fchmod(file, 0600) == 0;
    const char *from = data;
    while (good && length > 0) {
        ssize_t written = write(file, from, length);
        good = written > 0;
        if (good) {
            from += written;
            length -= (size_t)written;
        }
    }
    int error = errno;
    if (!standard && close(file) != 0 && good) {
        error = errno;
        good = false;
    }
    if (!good)
        complain("cannot write %s: %s", path, strerror(error));
    return good;
}

bool identity_private_key_read(const char *path, uint8_t seed[CRYPTO_KEY_SIZE])
{
    size_t length;
    char *text = identity_file_read(path, &length);
    if (!text)
        return false;
    const char *error = NULL;
    bool good = private_key_text_read(text, length, seed, &error);
    identity_file_free(text, length);
    if (!good) {
        complain("%s holds no private key that can be used: %s", path, error ? error : "unreadable");
        advise("'fumarole cert keygen' makes one; ssh-keygen -t ed25519 with an empty passphrase does too.");
    }
    return good;
}

bool identity_any_key_read(const char *path, uint8_t public_key[CRYPTO_KEY_SIZE])
{
    size_t length;
    char *text = identity_file_read(path, &length);
    if (!text)
        return false;
    uint8_t seed[CRYPTO_KEY_SIZE];
    const char *error = NULL;
    bool good = public_key_text_read(text, length, public_key, &error) ||
                (private_key_text_read(text, length, seed, NULL) && crypto_ed25519_public(seed, public_key));
    crypto_wipe(seed, sizeof seed);
    identity_file_free(text, length);
    if (!good) {
        complain("%s holds no key that can be used: %s", path, error ? error : "unreadable");
        advise("'fumarole cert keygen' makes keys; the public one is in the file that ends in .pub.");
    }
    return good;
}

size_t identity_certificate_read(const char *path, const char *key_path, uint8_t message[IDENTITY_CERTIFICATE_SIZE])
{
    size_t length, message_length = 0;
    char *text = identity_file_read(path, &length);
    if (!text)
        return 0;
    const char *error = NULL;
    bool good =
        certificate_text_read(text, length, message, IDENTITY_CERTIFICATE_SIZE, &message_length, NULL, NULL, &error);
    identity_file_free(text, length);
    if (!good) {
        complain("%s holds no certificate: %s", path, error ? error : "unreadable");
        advise("'fumarole cert issue' makes one.");
        return 0;
    }
    if (!key_path)
        return message_length;
    uint8_t seed[CRYPTO_KEY_SIZE], whole[IDENTITY_CERTIFICATE_SIZE];
    if (!identity_private_key_read(key_path, seed))
        return 0;
    size_t whole_length = certificate_attach_private_key(message, message_length, seed, whole, sizeof whole);
    crypto_wipe(seed, sizeof seed);
    if (!whole_length) {
        complain("the private key %s does not belong to the certificate %s", key_path, path);
        advise("'fumarole cert inspect' shows the key ids of both.");
        return 0;
    }
    memcpy(message, whole, whole_length);
    crypto_wipe(whole, sizeof whole);
    return whole_length;
}

void identity_certificate_wipe(uint8_t message[IDENTITY_CERTIFICATE_SIZE])
{
    crypto_wipe(message, IDENTITY_CERTIFICATE_SIZE);
}
