/*
 * Whom we believe: trusted root keys, the certificate authorities (CAs) that they vouch for, directly or through each
 * other, and the keys that are revoked (protocol 9.5).
 *
 * A CA key counts for a question (at this time, for this application, in this data centre) if there is a path from it
 * to a root on which every certificate is unexpired and allows the application and the data centre, and no key is
 * revoked. That is the minimum of the expiries and the intersection of the scopes along the path. CAs may be added in
 * any order.
 *
 * A store owns copies of everything. It has no lock: whoever changes it makes sure that nobody reads it meanwhile, for
 * example by changing a copy and publishing that. Reading is safe from any number of threads.
 */
#ifndef CERT_AUTHORITY_STORE_H
#define CERT_AUTHORITY_STORE_H

#include "cert/certificate.h"
#include "crypto/crypto.h"
#include "wire/certificate_message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum authority_store_limits {
    AUTHORITY_MAXIMUM = 64,         /* roots and CA certificates together */
    AUTHORITY_REVOKED_MAXIMUM = 64, /* revoked keys */
    AUTHORITY_SIZE_MAXIMUM = 4096,  /* bytes of a CA's SignedCert message */
};

struct authority_store;

/* An empty store, which trusts nobody; null when memory is short. */
struct authority_store *authority_store_new(void);
struct authority_store *authority_store_copy(const struct authority_store *store);
void authority_store_free(struct authority_store *store);

/* What came of an attempt to add something. */
enum authority_added {
    AUTHORITY_ADDED,
    AUTHORITY_KNOWN,       /* the very same was there already: as good as added */
    AUTHORITY_UNREADABLE,  /* not a SignedCert message, or too large */
    AUTHORITY_NOT_A_CA,    /* it names somebody, or has no Ed25519 key, no expiry or no signature (protocol 9.5) */
    AUTHORITY_SELF_SIGNED, /* signed by its own key, which is not trusted otherwise */
    AUTHORITY_FORGED,      /* the signature is wrong; noticed only once the signing CA is in the store, too */
    AUTHORITY_COLLISION,   /* another key with the same key id is in the store */
    AUTHORITY_FULL,        /* AUTHORITY_MAXIMUM reached, or out of memory */
};

/* A sentence for a person, without a name in front. */
const char *authority_added_text(enum authority_added added);

/* Trusts a key without conditions. */
enum authority_added authority_store_add_root(struct authority_store *store, const uint8_t public_key[CRYPTO_KEY_SIZE]);

/*
 * Adds a CA certificate, a SignedCert message. It need not be trusted yet: the CA that signed it may come later.
 * A self-signed certificate becomes a root, with the limits that it states, if accept_self_signed; otherwise its key
 * must be a root already. A certificate whose signature turns out to be wrong when its signer is added later stays
 * without effect.
 */
enum authority_added authority_store_add(struct authority_store *store, const uint8_t *message, size_t length,
                                         bool accept_self_signed);

/* From now on nothing counts that this key signed or that is about this key. False when the list is full. */
bool authority_store_revoke(struct authority_store *store, uint64_t key_id);

/* Number of roots and CA certificates. */
size_t authority_store_count(const struct authority_store *store);

/* What the store says about a certificate that somebody presents. */
enum leaf_outcome {
    LEAF_TRUSTED,
    LEAF_UNSIGNED,     /* it has no CA signature */
    LEAF_UNKNOWN_CA,   /* the CA is not in the store */
    LEAF_UNTRUSTED_CA, /* the CA is known, but no path leads from it to a root */
    LEAF_CA_EXPIRED,   /* a path exists, but a certificate on it has expired */
    LEAF_FORGED,       /* the signature is not the CA's */
    LEAF_BAD_KEY,      /* the certified key is missing or not Ed25519 */
    LEAF_REVOKED,      /* the key, or one on the only path, is revoked; or memory ran out before that was known */
    LEAF_EXPIRED,      /* the certificate itself has expired, or states no expiry */
};

/* A sentence for a person. */
const char *leaf_outcome_text(enum leaf_outcome outcome);

/* The leaf check of protocol 9.5. `certificate` is what signed->body says. A null store is an empty one. */
enum leaf_outcome authority_store_check_leaf(const struct authority_store *store,
                                             const struct signed_certificate *signed_certificate,
                                             const struct certificate *certificate, int64_t unix_now);

/* Whether the CA that this id names may certify for an application (protocol 9.6 step 6). */
bool authority_store_allows_app(const struct authority_store *store, uint64_t ca_key_id, uint32_t app_id,
                                int64_t unix_now);

/* The same for an application and a list of data centres, all of them together. */
bool authority_store_allows_pops(const struct authority_store *store, uint64_t ca_key_id, uint32_t app_id,
                                 const uint32_t *pops, size_t pop_count, int64_t unix_now);

#endif
