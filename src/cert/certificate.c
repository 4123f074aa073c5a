#include "cert/certificate.h"

#include "base/text.h"
#include "wire/certificate_message.h"
#include "wire/identity.h"

#include <inttypes.h>
#include <string.h>

enum certificate_outcome certificate_parse(struct certificate *certificate, struct byte_slice body)
{
    struct certificate_body fields;

    memset(certificate, 0, sizeof *certificate);
    identity_clear(&certificate->identity);
    if (!certificate_body_decode(&fields, body.data, body.length))
        return CERTIFICATE_UNREADABLE;

    enum identity_outcome identity = identity_choose(&fields.identity, &certificate->identity);
    if (identity == IDENTITY_MALFORMED)
        return CERTIFICATE_BAD_IDENTITY;
    certificate->has_identity = identity == IDENTITY_PRESENT;

    if (fields.key_kind == CERTIFICATE_KEY_ED25519 && fields.key.length == CRYPTO_KEY_SIZE) {
        certificate->has_key = true;
        memcpy(certificate->key, fields.key.data, CRYPTO_KEY_SIZE);
    }
    certificate->created = fields.created;
    certificate->expiry = fields.expiry;
    certificate->app_count = fields.app_count;
    memcpy(certificate->apps, fields.apps, fields.app_count * sizeof *fields.apps);
    certificate->pop_count = fields.pop_count;
    memcpy(certificate->pops, fields.pops, fields.pop_count * sizeof *fields.pops);
    return CERTIFICATE_READABLE;
}

bool certificate_names_peer(const struct certificate *certificate)
{
    return certificate->has_identity && !identity_is_localhost(&certificate->identity);
}

static bool list_allows(const uint32_t *list, size_t count, uint32_t wanted)
{
    if (count == 0)
        return true;
    for (size_t i = 0; i < count; i++)
        if (list[i] == wanted)
            return true;
    return false;
}

bool certificate_allows_app(const struct certificate *certificate, uint32_t app_id)
{
    return list_allows(certificate->apps, certificate->app_count, app_id);
}

bool certificate_allows_pop(const struct certificate *certificate, uint32_t pop_id)
{
    return list_allows(certificate->pops, certificate->pop_count, pop_id);
}

static bool is_printable(uint8_t c)
{
    return c > 0x20 && c < 0x7f;
}

void pop_print(uint32_t pop_id, char text[POP_TEXT_SIZE])
{
    const uint8_t characters[] = {(uint8_t)(pop_id >> 16), (uint8_t)(pop_id >> 8), (uint8_t)pop_id,
                                  (uint8_t)(pop_id >> 24)};
    size_t length = characters[3] ? 4 : 3;
    for (size_t i = 0; i < length; i++)
        text[i] = is_printable(characters[i]) ? (char)characters[i] : '?';
    text[length] = 0;
}

bool pop_parse(const char *text, size_t length, uint32_t *pop_id)
{
    if (length != 3 && length != 4)
        return false;
    uint32_t characters[4] = {0};
    for (size_t i = 0; i < length; i++) {
        characters[i] = (uint8_t)text[i];
        if (!is_printable((uint8_t)text[i]))
            return false;
    }
    *pop_id = characters[0] << 16 | characters[1] << 8 | characters[2] | characters[3] << 24;
    return true;
}

bool certificate_key_comment(const struct certificate *certificate, char *buffer, size_t capacity)
{
    struct text text;
    char pop[POP_TEXT_SIZE];

    text_init(&text, buffer, capacity);
    for (uint32_t i = 0; i < certificate->app_count; i++)
        text_append_formatted(&text, "%" PRIu32 "-", certificate->apps[i]);
    for (uint32_t i = 0; i < certificate->pop_count; i++) {
        pop_print(certificate->pops[i], pop);
        text_append_formatted(&text, "%s-", pop);
    }
    text_append_formatted(&text, "ID%" PRIu64, crypto_key_id(certificate->key));
    return !text.truncated;
}
