/*
 * Files with keys and certificates: what is read can be written, and reads the same again.
 */
#include "fuzz/fuzz.h"

#include "crypto/base64.h"
#include "crypto/key_text.h"

#include <string.h>

enum { MESSAGE_MAXIMUM = 2048 };

static void check_keys(const char *text, size_t size)
{
    uint8_t key[CRYPTO_KEY_SIZE], again[CRYPTO_KEY_SIZE];
    const char *error;
    char written[PUBLIC_KEY_TEXT_SIZE > PRIVATE_KEY_TEXT_SIZE ? PUBLIC_KEY_TEXT_SIZE : PRIVATE_KEY_TEXT_SIZE];
    if (private_key_text_read(text, size, key, &error)) {
        FUZZ_CHECK(private_key_text_write(key, written, PRIVATE_KEY_TEXT_SIZE));
        FUZZ_CHECK(private_key_text_read(written, strlen(written), again, &error));
        FUZZ_CHECK(memcmp(key, again, sizeof key) == 0);
    } else {
        FUZZ_CHECK(error);
    }
    if (public_key_text_read(text, size, key, &error)) {
        FUZZ_CHECK(public_key_text_write(key, "comment", written, PUBLIC_KEY_TEXT_SIZE));
        FUZZ_CHECK(public_key_text_read(written, strlen(written), again, &error));
        FUZZ_CHECK(memcmp(key, again, sizeof key) == 0);
    } else {
        FUZZ_CHECK(error);
    }
    if (x25519_text_read(text, size, key)) {
        FUZZ_CHECK(x25519_text_write(key, written, X25519_TEXT_SIZE));
        FUZZ_CHECK(x25519_text_read(written, strlen(written), again) && memcmp(key, again, sizeof key) == 0);
    }
}

static void check_certificates(const char *text, size_t size)
{
    static char written[2 * MESSAGE_MAXIMUM + 256];
    uint8_t message[MESSAGE_MAXIMUM], again[MESSAGE_MAXIMUM];
    const char *rest, *error;
    size_t length, rest_length, length_again;
    while (certificate_text_read(text, size, message, sizeof message, &length, &rest, &rest_length, &error)) {
        FUZZ_CHECK(length <= sizeof message && rest_length < size && rest + rest_length == text + size);
        size_t needed = certificate_text_size(length);
        FUZZ_CHECK(needed <= sizeof written && !certificate_text_write(message, length, written, needed - 1));
        FUZZ_CHECK(certificate_text_write(message, length, written, needed) && strlen(written) == needed - 1);
        FUZZ_CHECK(certificate_text_read(written, needed - 1, again, sizeof again, &length_again, NULL, NULL, &error));
        FUZZ_CHECK(length_again == length && memcmp(message, again, length) == 0);
        text = rest;
        size = rest_length;
    }
}

/* There is one way to write bytes, apart from blanks and padding. */
static void check_spelling(const char *text, size_t size, const char *written)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] != '=' && !strchr(" \t\r\n\v\f", text[i]))
            FUZZ_CHECK(text[i] == *written++);
    FUZZ_CHECK(!*written || *written == '=');
}

static void check_base64(const char *text, size_t size)
{
    uint8_t bytes[256], again[256];
    char written[512];
    size_t length, length_again;
    if (base64_decode(text, size, bytes, sizeof bytes, &length)) {
        FUZZ_CHECK(length <= size && base64_text_length(length) < sizeof written);
        FUZZ_CHECK(base64_encode(bytes, length, written, base64_text_length(length) + 1));
        FUZZ_CHECK(strlen(written) == base64_text_length(length));
        check_spelling(text, size, written);
        FUZZ_CHECK(base64_decode(written, strlen(written), again, sizeof again, &length_again));
        FUZZ_CHECK(length == length_again && memcmp(bytes, again, length) == 0);
    }
    /* And the other way round: any bytes. */
    if (size > sizeof bytes)
        size = sizeof bytes;
    FUZZ_CHECK(base64_encode((const uint8_t *)text, size, written, sizeof written));
    FUZZ_CHECK(base64_decode(written, strlen(written), bytes, sizeof bytes, &length));
    FUZZ_CHECK(length == size && memcmp(bytes, text, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    check_keys(text, size);
    check_certificates(text, size);
    check_base64(text, size);
    return 0;
}
