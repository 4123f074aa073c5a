/*
 * The hello of a peer with valid crypto, as the input wants it: a certificate from one of several authorities and a key
 * exchange signed with its key, each of which may be wrong in one respect or have bytes changed before it is signed, so
 * that the change passes the signature.
 *
 * A hello whose choices are all zero is in order. As long as no bytes were changed, whether it has to be accepted
 * follows from the choices (hello_verdict), by rules that were written down here once more.
 */
#ifndef FUZZ_HELLO_H
#define FUZZ_HELLO_H

#include "cert/authority_store.h"
#include "cert/credentials.h"
#include "fuzz/ends.h"
#include "wire/certificate_message.h"

enum {
    HELLO_APP = 42, /* of the end that judges */
    HELLO_NOW = 1750000000,
    HELLO_VERSION = 13,
    HELLO_BODY_SIZE = 1400,
    HELLO_INFO_SIZE = 400,
};

enum hello_authority {
    BY_INTERMEDIATE,
    BY_ROOT,
    BY_STRANGER,
    BY_NOBODY,
    BY_EXPIRED,
    BY_OTHER_APP, /* one that may certify for another application only */
    BY_REVOKED,
    BY_WRONG_KEY, /* in the name of the intermediate, with the stranger's key */
    AUTHORITY_CHOICES,
};

enum hello_name {
    NAME_STRING,
    NAME_ABSENT,
    NAME_LOCALHOST,
    NAME_STEAM,
    NAME_ADDRESS,
    NAME_GAME_SERVER, /* an anonymous one */
    NAME_MALFORMED,
    NAME_CHOICES,
};

struct hello {
    enum hello_authority authority;
    enum hello_name name, message_name; /* in the certificate; beside it, where NAME_STRING stands for none */
    unsigned expiry, apps, pops;
    unsigned key, kind, signature; /* of the key exchange; 0: in order */
    uint32_t version, cipher_count, ciphers[4];
    bool changed; /* bytes were, so that anything may follow */

    uint8_t body[HELLO_BODY_SIZE], info[HELLO_INFO_SIZE];
    uint8_t ca_signature[CRYPTO_SIGNATURE_SIZE], info_signature[CRYPTO_SIGNATURE_SIZE];
    struct signed_certificate certificate; /* points into this struct, as do the next two */
    struct signed_crypt crypt;
    struct identity_forms identity;
    SteamNetworkingIdentity certified; /* by the choices */
};

/* Whom both ends trust; made once. */
const struct authority_store *hello_authorities(void);

/* Those of the end that judges; made once, not to be freed. */
struct credentials *hello_own_credentials(void);

extern const uint8_t hello_dh_private[CRYPTO_KEY_SIZE];

/* `ciphers`: what it offers, or, as a server, chooses when the input does not want something else. */
void hello_take(struct hello *hello, struct fuzz_input *input, const uint32_t *ciphers, uint32_t cipher_count);

enum hello_result {
    HELLO_DROPPED,  /* without a word, for its identity or its certificate's form */
    HELLO_REFUSED,  /* by the certificate's policy or for its version */
    HELLO_ACCEPTED, /* as far as that goes; the keys are still to be derived */
};

struct hello_verdict {
    enum hello_result result;
    bool authenticated;
};

/* allow_unsigned: 0 to 2. Meaningful when no bytes were changed. */
struct hello_verdict hello_judge(const struct hello *hello, int allow_unsigned);

/* The key exchange's key is one that gives a secret. */
bool hello_key_is_usable(const struct hello *hello);

/* So many changes of single bytes as the input wants. */
bool hello_change(struct fuzz_input *input, uint8_t *bytes, size_t length);

/* The end that judges: a new endpoint with these authorities and credentials. */
struct endpoint *hello_endpoint(struct random_source *random);

#endif
