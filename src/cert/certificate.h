/*
 * What a certificate says, as values: whose key it is, who that is, and what for (protocol 9.2). Made from the body of
 * a SignedCert message, whose exact bytes stay with wire/certificate_message.h; whether any of it is true is decided by
 * authority_store.h and certificate_policy.h.
 *
 * A plain value without pointers. Pure functions; any thread.
 */
#ifndef CERT_CERTIFICATE_H
#define CERT_CERTIFICATE_H

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "fumarole/types.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct certificate {
    bool has_key;                     /* there is a key and it is an Ed25519 key; otherwise `key` is zero */
    uint8_t key[CRYPTO_KEY_SIZE];     /* public */
    bool has_identity;                /* false: `identity` is the invalid one */
    SteamNetworkingIdentity identity; /* may be the anonymous one */
    uint32_t created;                 /* Unix seconds; 0 when the certificate does not say */
    uint32_t expiry;                  /* Unix seconds; 0 when the certificate does not say */
    uint32_t app_count;               /* 0: good for every application, as far as this certificate goes */
    uint32_t apps[CERTIFICATE_APPS_MAXIMUM];
    uint32_t pop_count; /* 0: good for every data centre */
    uint32_t pops[CERTIFICATE_POPS_MAXIMUM];
};

enum certificate_outcome {
    CERTIFICATE_READABLE,
    CERTIFICATE_UNREADABLE,   /* not a certificate body, or beyond the limits of wire/limits.h */
    CERTIFICATE_BAD_IDENTITY, /* the identity in it is malformed */
};

/* Reads a certificate body. Anything but CERTIFICATE_READABLE leaves *certificate zeroed. A missing or foreign key is
 * readable, see has_key. */
enum certificate_outcome certificate_parse(struct certificate *certificate, struct byte_slice body);

/* The certificate names somebody: an identity other than the anonymous one. */
bool certificate_names_peer(const struct certificate *certificate);

/* The lists in it allow this application, or data centre; an empty list allows all. */
bool certificate_allows_app(const struct certificate *certificate, uint32_t app_id);
bool certificate_allows_pop(const struct certificate *certificate, uint32_t pop_id);

/* A data-centre code as text ("fra", "fra1"), at most 4 characters, and back (protocol 9.2). Characters that are not
 * printable are shown as '?'. Reading refuses anything but three or four printable ASCII characters. */
enum { POP_TEXT_SIZE = 5 };
void pop_print(uint32_t pop_id, char text[POP_TEXT_SIZE]);
bool pop_parse(const char *text, size_t length, uint32_t *pop_id);

/* The comment of a public key line: application ids, data-centre codes and ID<key id>, joined by '-' (protocol 9.7).
 * False when it does not fit. */
bool certificate_key_comment(const struct certificate *certificate, char *text, size_t capacity);

#endif
