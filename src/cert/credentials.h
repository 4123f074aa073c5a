/*
 * What this end of a connection presents: a certificate and the private key that belongs to it.
 *
 * The struct owns its bytes and, once made, does not change, so any number of threads may read it. The certificate is
 * kept as the message that goes to the peer, from which the private key has been removed (protocol 20.2). Freeing wipes
 * the private key.
 */
#ifndef CERT_CREDENTIALS_H
#define CERT_CREDENTIALS_H

#include "base/bytes.h"
#include "cert/certificate.h"
#include "crypto/crypto.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So large a SignedCert message fits into a handshake datagram of 1300 bytes whatever else is in it (protocol 4). */
enum { CREDENTIALS_MESSAGE_MAXIMUM = 1000 };

struct credentials {
    uint8_t seed[CRYPTO_KEY_SIZE];  /* private */
    struct certificate certificate; /* what the certificate says; has_key is true */
    bool has_ca_signature;          /* false: self-issued */
    uint64_t ca_key_id;             /* meaningful with a CA signature */
    struct byte_slice body;         /* for key derivation (protocol 10.3); points into message */
    size_t message_length;
    uint8_t message[CREDENTIALS_MESSAGE_MAXIMUM]; /* SignedCert without private key, to be sent as it is */
};

/*
 * From a certificate that an application installs or a CA returned: a SignedCert message that contains the private key
 * or, when `seed` is not null, one that belongs to that private key (the one made for the certificate request).
 * Null when it cannot be used; *error (may be null) is then a sentence for a person, a string constant.
 */
struct credentials *credentials_from_message(const uint8_t *message, size_t length, const uint8_t *seed,
                                             const char **error);

/* A self-issued certificate for the key made from seed (protocol 9.4); an invalid or null identity counts as the
 * anonymous one. Null when memory is short or the identity cannot be written into a certificate. */
struct credentials *credentials_self_issued(const uint8_t seed[CRYPTO_KEY_SIZE],
                                            const SteamNetworkingIdentity *identity, uint32_t app_id);

/* Wipes and frees; null is allowed. */
void credentials_free(struct credentials *credentials);

/* The time it states as its end has passed. A certificate without expiry only counts as expired when it has a CA
 * signature, as it does for the peer (protocol 9.5). */
bool credentials_expired(const struct credentials *credentials, int64_t unix_now);

/* Signs a crypt info (or anything else) with the certified key (protocol 10.1). */
bool credentials_sign(const struct credentials *credentials, const void *data, size_t length,
                      uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

#endif
