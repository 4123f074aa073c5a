#include "crypto/base64.h"

#include "crypto/crypto.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    if (c == '/')
        return 63;
    return -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t base64_text_length(size_t length)
{
    return (length + 2) / 3 * 4;
}

bool base64_encode(const uint8_t *data, size_t length, char *text, size_t capacity)
{
    if (capacity <= base64_text_length(length))
        return false;

    size_t i = 0;
    for (; i + 3 <= length; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16 | (uint32_t)data[i + 1] << 8 | data[i + 2];
        *text++ = alphabet[group >> 18];
        *text++ = alphabet[group >> 12 & 63];
        *text++ = alphabet[group >> 6 & 63];
        *text++ = alphabet[group & 63];
    }
    if (length - i == 1) {
        *text++ = alphabet[data[i] >> 2];
        *text++ = alphabet[(data[i] & 3) << 4];
        *text++ = '=';
        *text++ = '=';
    } else if (length - i == 2) {
        *text++ = alphabet[data[i] >> 2];
        *text++ = alphabet[(data[i] & 3) << 4 | data[i + 1] >> 4];
        *text++ = alphabet[(data[i + 1] & 15) << 2];
        *text++ = '=';
    }
    *text = 0;
    return true;
}

bool base64_decode(const char *text, size_t length, uint8_t *data, size_t capacity, size_t *decoded)
{
    uint32_t bits = 0; /* not yet written, right-aligned */
    unsigned pending = 0;
    unsigned characters = 0; /* modulo 4 */
    unsigned padding = 0;
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        if (is_blank(text[i]))
            continue;
        if (text[i] == '=') {
            padding++;
            continue;
        }
        int value = value_of(text[i]);
        if (value < 0 || padding)
            goto refuse;
        characters = (characters + 1) % 4;
        bits = bits << 6 | (uint32_t)value;
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            if (written == capacity)
                goto refuse;
            data[written++] = (uint8_t)(bits >> pending);
            bits &= (1u << pending) - 1;
        }
    }
    if (characters == 1 || bits != 0 || (padding && padding != (4 - characters) % 4))
        goto refuse;
    *decoded = written;
    return true;

refuse:
    crypto_wipe(data, written);
    *decoded = 0;
    return false;
}
