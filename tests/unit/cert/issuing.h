/*
 * Keys and certificates for tests, made from small numbers: key 7 is always the same key.
 */
#ifndef UNIT_CERT_ISSUING_H
#define UNIT_CERT_ISSUING_H

#include "../vector_file.h"
#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "wire/certificate_message.h"
#include "wire/identity.h"

struct test_key {
    uint8_t seed[CRYPTO_KEY_SIZE];
    uint8_t public_key[CRYPTO_KEY_SIZE];
    uint64_t id;
};

static inline struct test_key key_number(uint8_t number)
{
    struct test_key key;
    memset(key.seed, number, sizeof key.seed);
    assert_true(crypto_ed25519_public(key.seed, key.public_key));
    key.id = crypto_key_id(key.public_key);
    return key;
}

static inline SteamNetworkingIdentity identity_named(const char *text)
{
    SteamNetworkingIdentity identity;
    assert_true(identity_parse(&identity, text, strlen(text)));
    return identity;
}

struct test_message {
    size_t length;
    uint8_t data[CERTIFICATE_MESSAGE_SIZE];
};

/* A certificate for key `subject` signed by key `signer`; *_count -1 lists nothing. */
struct test_certificate {
    uint8_t subject;
    uint8_t signer;
    const char *identity; /* null: none */
    uint32_t expiry;
    uint32_t apps[4];
    size_t app_count;
    uint32_t pops[4];
    size_t pop_count;
};

static inline struct test_message issue(struct test_certificate wanted)
{
    struct test_key subject = key_number(wanted.subject), signer = key_number(wanted.signer);
    SteamNetworkingIdentity identity;
    struct certificate_grant grant = {
        .key = subject.public_key,
        .created = 1000,
        .expiry = wanted.expiry,
        .apps = wanted.apps,
        .app_count = wanted.app_count,
        .pops = wanted.pops,
        .pop_count = wanted.pop_count,
    };
    if (wanted.identity) {
        identity = identity_named(wanted.identity);
        grant.identity = &identity;
    }
    struct test_message message;
    message.length = certificate_issue(&grant, signer.seed, message.data, sizeof message.data);
    assert_true(message.length > 0);
    return message;
}

static inline enum authority_added add(struct authority_store *store, struct test_certificate wanted)
{
    struct test_message message = issue(wanted);
    return authority_store_add(store, message.data, message.length, false);
}

static inline enum leaf_outcome check_leaf(const struct authority_store *store, const struct test_message *message,
                                           int64_t now)
{
    struct signed_certificate fields;
    struct certificate certificate;
    assert_true(signed_certificate_decode(&fields, message->data, message->length));
    (void)certificate_parse(&certificate, fields.body);
    return authority_store_check_leaf(store, &fields, &certificate, now);
}

#endif
