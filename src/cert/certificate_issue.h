/*
 * Making certificates: bodies, signatures over them, requests for them, and the form in which a certificate is kept
 * with its private key (protocol 9.2 to 9.4, 9.7).
 *
 * Pure functions; any thread. They write into the caller's buffer and return the length, or 0 when the request makes no
 * sense, the result did not fit or memory ran out. Nothing here asks whether the signing CA may do what it does; that
 * is found by whoever checks.
 */
#ifndef CERT_CERTIFICATE_ISSUE_H
#define CERT_CERTIFICATE_ISSUE_H

#include "base/bytes.h"
#include "cert/certificate.h"
#include "crypto/crypto.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any body that can be made here, and for any message around it. */
enum certificate_sizes {
    CERTIFICATE_BODY_SIZE = 2048,
    CERTIFICATE_MESSAGE_SIZE = 2304,
};

/* What a certificate shall say. Zero and null mean that the field is left out. */
struct certificate_grant {
    const uint8_t *key;                      /* public key, CRYPTO_KEY_SIZE bytes; required */
    const SteamNetworkingIdentity *identity; /* null or invalid: names nobody */
    uint32_t created;                        /* Unix seconds */
    uint32_t expiry;                         /* Unix seconds */
    const uint32_t *apps;
    size_t app_count;
    const uint32_t *pops;
    size_t pop_count;
};

/* A certificate body. */
size_t certificate_issue_body(const struct certificate_grant *grant, uint8_t *out, size_t capacity);

/* The grant that repeats a certificate, for example one that was asked for; it points into the certificate. */
struct certificate_grant certificate_grant_of(const struct certificate *certificate);

/* A SignedCert message around a body: without a signature, for self-issued certificates (protocol 9.4) ... */
size_t certificate_issue_unsigned(struct byte_slice body, uint8_t *out, size_t capacity);

/* ... and signed by the CA whose private key this is (a CA's own root certificate is signed with its own key). */
size_t certificate_issue_signed(struct byte_slice body, const uint8_t ca_seed[CRYPTO_KEY_SIZE], uint8_t *out,
                                size_t capacity);

/* Both steps at once: a CA-signed SignedCert message that says what the grant says. */
size_t certificate_issue(const struct certificate_grant *grant, const uint8_t ca_seed[CRYPTO_KEY_SIZE], uint8_t *out,
                         size_t capacity);

/* The installable form: a SignedCert message with the private key of the certified key in field 1. 0 also when the seed
 * does not belong to the certificate. The caller wipes the result. */
size_t certificate_attach_private_key(const uint8_t *message, size_t length, const uint8_t seed[CRYPTO_KEY_SIZE],
                                      uint8_t *out, size_t capacity);

/* A certificate request for a key. `identity` (null, invalid or anonymous: left out) and `pop_id` (0: left out) are
 * what is wished for. */
size_t certificate_issue_request(const uint8_t public_key[CRYPTO_KEY_SIZE], const SteamNetworkingIdentity *identity,
                                 uint32_t pop_id, uint8_t *out, size_t capacity);

/* What a request asks for. False when it cannot be read or has no Ed25519 key. */
bool certificate_request_parse(struct certificate *wanted, const uint8_t *request, size_t length);

#endif
