/*
 * Files with keys and certificates.
 */
#include "fuzz/fuzz.h"

#include "crypto/key_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *rest, *error;
    uint8_t key[CRYPTO_KEY_SIZE], again[CRYPTO_KEY_SIZE], message[2048];
    char written[PUBLIC_KEY_TEXT_SIZE > PRIVATE_KEY_TEXT_SIZE ? PUBLIC_KEY_TEXT_SIZE : PRIVATE_KEY_TEXT_SIZE];
    size_t length, rest_length;
    if (private_key_text_read(text, size, key, &error)) {
        FUZZ_CHECK(private_key_text_write(key, written, sizeof written));
        FUZZ_CHECK(private_key_text_read(written, strlen(written), again, &error));
        FUZZ_CHECK(memcmp(key, again, sizeof key) == 0);
    }
    if (public_key_text_read(text, size, key, &error)) {
        FUZZ_CHECK(public_key_text_write(key, NULL, written, sizeof written));
        FUZZ_CHECK(public_key_text_read(written, strlen(written), again, &error));
        FUZZ_CHECK(memcmp(key, again, sizeof key) == 0);
    }
    while (certificate_text_read(text, size, message, sizeof message, &length, &rest, &rest_length, &error)) {
        FUZZ_CHECK(length <= sizeof message && rest_length < size);
        text = rest;
        size = rest_length;
    }
    x25519_text_read((const char *)data, size, key);
    return 0;
}
