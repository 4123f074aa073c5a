/*
 * The development authority of local mode: a certificate authority that each user of a machine has for himself, so that
 * programs authenticate each other with no back end running. Its key lies in the user's data directory, is made on
 * first use, and never leaves it: a certificate
 * it signs is worth something only to processes that can read the same file, which are those of that user on that
 * machine (or on all machines that share the home directory). To everybody else it is a certificate of an unknown
 * authority.
 *
 * The file is authority.key, an OpenSSH private key (protocol 9.7), mode 0600 in a directory of mode 0700. Any number
 * of processes may start at once: the file appears whole, by renaming, under a lock that the system releases when its
 * holder dies. A damaged file is kept as authority.key.damaged and replaced. A file or directory that belongs to
 * somebody else, or that others have access to, is refused and not touched.
 *
 * The struct is a plain value that holds a secret; close wipes it. Functions touch files and may wait for another
 * process for up to LOCAL_AUTHORITY_PATIENCE_MS; any thread, not under a lock that matters. Errors are a sentence for a
 * person in the caller's buffer of LOCAL_AUTHORITY_ERROR_SIZE bytes.
 */
#ifndef SESSION_LOCAL_AUTHORITY_H
#define SESSION_LOCAL_AUTHORITY_H

#include "base/random.h"
#include "cert/credentials.h"
#include "crypto/crypto.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum local_authority_limits {
    LOCAL_AUTHORITY_PATH_SIZE = 3072,
    LOCAL_AUTHORITY_ERROR_SIZE = 256,         /* fits the message of SteamNetAuthenticationStatus_t */
    LOCAL_AUTHORITY_PATIENCE_MS = 3000,       /* longest wait for another process that is making the key */
    LOCAL_CERTIFICATE_LIFETIME_S = 7 * 86400, /* short, as the key can only be replaced, not revoked */
    LOCAL_CERTIFICATE_RENEWAL_S = 2 * 3600,   /* API contract 14.3: renewed so long before expiry */
};

struct local_authority {
    uint8_t seed[CRYPTO_KEY_SIZE];       /* private */
    uint8_t public_key[CRYPTO_KEY_SIZE]; /* to be trusted: authority_store_add_root */
};

/* $XDG_DATA_HOME/fumarole, else ~/.local/share/fumarole. False when the user has no home directory or the path is too
 * long. Environment variables are ignored in a set-user-id program. */
bool local_authority_directory(char *path, size_t size, char *error);

/* Loads the key from a directory (null: the one above), making both when they do not exist. */
bool local_authority_open(struct local_authority *authority, const char *directory, struct random_source *random,
                          char *error);

/* Wipes. */
void local_authority_close(struct local_authority *authority);

/*
 * A fresh key with a certificate for this identity and application, good for LOCAL_CERTIFICATE_LIFETIME_S. Null when
 * memory is short or the identity cannot be certified: an anonymous one has nothing to certify (peers refuse a signed
 * certificate that names nobody, protocol 9.6 step 5) and uses self-issued certificates.
 */
struct credentials *local_authority_issue(const struct local_authority *authority,
                                          const SteamNetworkingIdentity *identity, uint32_t app_id,
                                          struct random_source *random, int64_t unix_now, char *error);

#endif
