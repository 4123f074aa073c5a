/*
 * Authentication: who this host is and how it proves it (api-contract 14). It makes the endpoints that connections are
 * made with, asks the development authority of local mode for a certificate when one is wanted, renews it before it
 * ends, and takes the certificates that the application brings.
 *
 * Part of the sockets object. Its lock comes before the wide lock; functions that take it are marked [slow]: they
 * may touch files, so they are called without any other lock.
 */
#ifndef API_AUTHENTICATION_H
#define API_AUTHENTICATION_H

#include "cert/authority_store.h"
#include "crypto/crypto.h"
#include "fumarole/types.h"
#include "net/service.h"
#include "session/local_authority.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    AUTHENTICATION_STORES = AUTHORITY_MAXIMUM + 2, /* each new authority makes one, and there are only so many */
};

struct sockets;

struct authentication {
    pthread_mutex_t lock;
    SteamNetworkingIdentity identity;
    SteamNetAuthenticationStatus_t status;
    pthread_mutex_t status_lock; /* a leaf; for `status`, so that reading it never waits for a file */

    /* The first lock: */
    bool local_mode;
    bool authority_open;
    struct local_authority authority;
    bool has_request_seed; /* the key of the certificate request */
    uint8_t request_seed[CRYPTO_KEY_SIZE];
    struct credentials *credentials; /* what endpoints get a copy of; NULL: self-issued */
    bool certificate_is_local;       /* the development authority made them, and can make others */
    uint8_t credentials_seed[CRYPTO_KEY_SIZE];
    struct authority_store *stores[AUTHENTICATION_STORES]; /* the last is in use; endpoints may point to any */
    int store_count;
    struct service_timer renewal;
    bool has_timer;
};

/* Before the interface runs; makes the first endpoint. False when memory is short. `identity` NULL: the anonymous one.
 */
bool authentication_start(struct sockets *self, const SteamNetworkingIdentity *identity);

/* Ends the renewals; while the service still runs. */
void authentication_quiesce(struct sockets *self);

/* Frees everything; after the service has stopped, because callbacks may be using an endpoint. */
void authentication_stop(struct sockets *self);

/* [slow] Forgets certificate and keys and becomes somebody else. */
void authentication_reset(struct sockets *self, const SteamNetworkingIdentity *identity);

/* [slow] Gets a certificate if one can be had and there is none. Returns how far that is. */
ESteamNetworkingAvailability authentication_obtain(struct sockets *self);

ESteamNetworkingAvailability authentication_status(struct sockets *self, SteamNetAuthenticationStatus_t *status);

/* [slow] Whether this host has a certificate that somebody else has signed. */
bool authentication_certified(struct sockets *self);

/* [slow] trust.h holds an authority more; or another application, which a certificate of local mode follows. */
void authentication_trust_changed(struct sockets *self);
void authentication_app_changed(struct sockets *self);

/* [slow] api-contract 14.4 and 14.5; `error` may be NULL. */
bool authentication_request(struct sockets *self, int *size, void *buffer, char *error);
bool authentication_install(struct sockets *self, const void *data, int size, char *error);

#endif
