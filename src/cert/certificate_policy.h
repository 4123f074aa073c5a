/*
 * Whether a peer's certificate and key-exchange information are acceptable at connection time: the checks of protocol
 * 9.6 in their order, and that the crypt info can be read (protocol 10.4). What the crypt info says (version, key,
 * ciphers) is for the handshake to judge.
 *
 * Owns nothing. Pure functions; any thread, as long as nobody changes the authority store meanwhile.
 */
#ifndef CERT_CERTIFICATE_POLICY_H
#define CERT_CERTIFICATE_POLICY_H

#include "cert/authority_store.h"
#include "cert/certificate.h"
#include "fumarole/types.h"
#include "wire/certificate_message.h"

#include <stdbool.h>
#include <stdint.h>

/* Values of IP_AllowWithoutAuth and its kin. */
enum allow_unsigned {
    ALLOW_UNSIGNED_NEVER = 0,
    ALLOW_UNSIGNED_WITH_WARNING = 1,
    ALLOW_UNSIGNED_SILENTLY = 2,
};

struct certificate_policy {
    const struct authority_store *authorities; /* null: nobody is trusted */
    int64_t unix_now;
    uint32_t app_id;    /* the local application */
    int allow_unsigned; /* enum allow_unsigned; resolved for this peer's address */
};

enum { CERTIFICATE_VERDICT_TEXT_SIZE = 128 }; /* fits the debug text of a close message */

struct certificate_verdict {
    int end_reason;     /* 0: acceptable; else END_REMOTE_BAD_CRYPT or END_REMOTE_BAD_CERTIFICATE */
    bool authenticated; /* a trusted CA vouches for the identity, and the identity is not an IP address */
    bool ca_verified;   /* a trusted CA signed the certificate */

    /* Why not acceptable; or, when acceptable but not ca_verified, why the peer counts as unsigned. A sentence for a
     * person; empty when there is nothing to say. */
    char text[CERTIFICATE_VERDICT_TEXT_SIZE];

    struct certificate certificate; /* meaningful when acceptable */
    struct crypt_info crypt;        /* meaningful when acceptable; slices point into the message */
};

/*
 * Judges what a peer presents. `established` is the peer's identity as protocol 6.2 or 6.4 (or the signal, 18.2)
 * determined it; null or invalid counts as anonymous. True if acceptable.
 */
bool certificate_policy_check(const struct certificate_policy *policy,
                              const struct signed_certificate *signed_certificate,
                              const struct signed_crypt *signed_crypt, const SteamNetworkingIdentity *established,
                              struct certificate_verdict *verdict);

#endif
