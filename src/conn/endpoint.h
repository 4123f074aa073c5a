/*
 * An endpoint is what all connections of one sockets interface have in common when they are made: who we are, what we
 * present, whom we trust, and where randomness and wall-clock time come from. It is immutable once connections use it
 * and counted by reference; a change of identity or certificate makes a new endpoint and leaves old connections theirs.
 */
#ifndef CONN_ENDPOINT_H
#define CONN_ENDPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "fumarole/types.h"

struct authority_store;
struct credentials;

struct endpoint {
    atomic_int references;
    SteamNetworkingIdentity identity;          /* the anonymous localhost identity when the application gave none */
    struct credentials *credentials;           /* owned; NULL: connections present a self-issued certificate */
    struct credentials *self_issued;           /* owned; for accepted ones, the others make one each; may be NULL */
    const struct authority_store *authorities; /* borrowed: lives as long as the process's interface */
    uint32_t app_id;
    bool as_deployed; /* says and uses nothing of what deployed peers cannot do (protocol 10.1, abilities); for tests */
    struct random_source *random; /* borrowed; must be callable from any thread */
    int64_t (*unix_time)(void);   /* seconds since 1970, for certificate validity only */
};

/* A new endpoint with one reference and the fields zero; NULL when memory is short. */
struct endpoint *endpoint_new(void);
struct endpoint *endpoint_retain(struct endpoint *endpoint);
void endpoint_release(struct endpoint *endpoint); /* wipes and frees the credentials with the last reference */

#endif
