#include "cert/certificate_issue.h"

#include "wire/certificate_message.h"
#include "wire/identity.h"

#include <string.h>

size_t certificate_issue_body(const struct certificate_grant *grant, uint8_t *out, size_t capacity)
{
    struct certificate_body body;
    struct identity_fields identity;

    if (grant->app_count > CERTIFICATE_APPS_MAXIMUM || grant->pop_count > CERTIFICATE_POPS_MAXIMUM)
        return 0;
    memset(&body, 0, sizeof body);
    body.has_key_kind = true;
    body.key_kind = CERTIFICATE_KEY_ED25519;
    body.has_key = true;
    body.key = (struct byte_slice){grant->key, CRYPTO_KEY_SIZE};
    body.has_created = grant->created != 0;
    body.created = grant->created;
    body.has_expiry = grant->expiry != 0;
    body.expiry = grant->expiry;
    if (grant->identity && !identity_is_invalid(grant->identity)) {
        if (!identity_fields_set(&identity, grant->identity))
            return 0;
        body.identity = identity.forms;
    }
    for (size_t i = 0; i < grant->app_count; i++)
        body.apps[i] = grant->apps[i];
    body.app_count = (uint32_t)grant->app_count;
    for (size_t i = 0; i < grant->pop_count; i++)
        body.pops[i] = grant->pops[i];
    body.pop_count = (uint32_t)grant->pop_count;
    return certificate_body_encode(&body, out, capacity);
}

struct certificate_grant certificate_grant_of(const struct certificate *certificate)
{
    return (struct certificate_grant){
        .key = certificate->key,
        .identity = certificate->has_identity ? &certificate->identity : NULL,
        .created = certificate->created,
        .expiry = certificate->expiry,
        .apps = certificate->apps,
        .app_count = certificate->app_count,
        .pops = certificate->pops,
        .pop_count = certificate->pop_count,
    };
}

size_t certificate_issue_unsigned(struct byte_slice body, uint8_t *out, size_t capacity)
{
    const struct signed_certificate message = {.has_body = true, .body = body};
    return signed_certificate_encode(&message, false, out, capacity);
}

size_t certificate_issue_signed(struct byte_slice body, const uint8_t ca_seed[CRYPTO_KEY_SIZE], uint8_t *out,
                                size_t capacity)
{
    uint8_t ca_key[CRYPTO_KEY_SIZE], signature[CRYPTO_SIGNATURE_SIZE];
    if (!crypto_ed25519_public(ca_seed, ca_key) ||
        !crypto_ed25519_sign_pair(ca_seed, ca_key, body.data, body.length, signature))
        return 0;
    uint64_t ca_key_id = crypto_key_id(ca_key);
    if (ca_key_id == 0)
        return 0;
    const struct signed_certificate message = {
        .has_body = true,
        .body = body,
        .has_ca_key_id = true,
        .ca_key_id = ca_key_id,
        .has_ca_signature = true,
        .ca_signature = {signature, sizeof signature},
    };
    return signed_certificate_encode(&message, false, out, capacity);
}

size_t certificate_issue(const struct certificate_grant *grant, const uint8_t ca_seed[CRYPTO_KEY_SIZE], uint8_t *out,
                         size_t capacity)
{
    uint8_t body[CERTIFICATE_BODY_SIZE];
    size_t length = certificate_issue_body(grant, body, sizeof body);
    return length ? certificate_issue_signed((struct byte_slice){body, length}, ca_seed, out, capacity) : 0;
}

size_t certificate_attach_private_key(const uint8_t *message, size_t length, const uint8_t seed[CRYPTO_KEY_SIZE],
                                      uint8_t *out, size_t capacity)
{
    struct signed_certificate fields;
    struct certificate certificate;
    uint8_t public_key[CRYPTO_KEY_SIZE];

    if (!signed_certificate_decode(&fields, message, length) || !fields.has_body ||
        certificate_parse(&certificate, fields.body) != CERTIFICATE_READABLE || !certificate.has_key ||
        !crypto_ed25519_public(seed, public_key) || memcmp(public_key, certificate.key, CRYPTO_KEY_SIZE) != 0)
        return 0;
    fields.has_private_key = true;
    fields.private_key = (struct byte_slice){seed, CRYPTO_KEY_SIZE};
    return signed_certificate_encode(&fields, true, out, capacity);
}

size_t certificate_issue_request(const uint8_t public_key[CRYPTO_KEY_SIZE], const SteamNetworkingIdentity *identity,
                                 uint32_t pop_id, uint8_t *out, size_t capacity)
{
    uint8_t body[CERTIFICATE_BODY_SIZE];
    const struct certificate_grant grant = {
        .key = public_key,
        .identity = identity && !identity_is_localhost(identity) ? identity : NULL,
        .pops = &pop_id,
        .pop_count = pop_id != 0,
    };
    size_t length = certificate_issue_body(&grant, body, sizeof body);
    return length ? certificate_request_encode((struct byte_slice){body, length}, out, capacity) : 0;
}

bool certificate_request_parse(struct certificate *wanted, const uint8_t *request, size_t length)
{
    struct byte_slice body;
    if (certificate_request_decode(&body, request, length) && certificate_parse(wanted, body) == CERTIFICATE_READABLE &&
        wanted->has_key)
        return true;
    memset(wanted, 0, sizeof *wanted);
    return false;
}
