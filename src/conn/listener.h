/*
 * What a listening socket does with datagrams from addresses that have no connection (protocol 3.3, 6.3, 6.4, 7.4):
 * answers challenges without keeping state, and lets through the connect requests whose challenge proves the address.
 * It owns a secret and a rate limit, nothing that grows. Callers serialise calls on one listener.
 */
#ifndef CONN_LISTENER_H
#define CONN_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/time.h"
#include "conn/drop_counters.h"
#include "fumarole/types.h"
#include "wire/control_messages.h"

enum {
    LISTENER_REPLY_MAX = 512, /* protocol 3.2: never a datagram larger than the smallest padded request */
};

struct listener {
    uint8_t secret[16];
    microseconds next_stray_reply; /* one answer to unmatched closes per 250 ms (protocol 7.4) */
    struct drop_counters drops;
};

enum listener_verdict {
    LISTENER_DROP,    /* nothing to do */
    LISTENER_REPLY,   /* send `reply` to where the datagram came from */
    LISTENER_CONNECT, /* `request` and `identity` are filled: look for a duplicate, then connection_incoming */
};

struct listener_result {
    struct connect_request request;   /* slices point into the datagram */
    SteamNetworkingIdentity identity; /* as protocol 6.4 step 3; an anonymous client has its address and port here */
    uint8_t reply[LISTENER_REPLY_MAX];
    size_t reply_length;
};

/* False: there is no randomness for a secret, and the listener must not be used. */
bool listener_init(struct listener *listener, struct random_source *random);

/* Wipes the secret. */
void listener_free(struct listener *listener);

/* allow_anonymous: policy values 1 and 2 of protocol 9.6, resolved for this address. */
enum listener_verdict listener_receive(struct listener *listener, const SteamNetworkingIPAddr *from,
                                       const uint8_t *datagram, size_t length, bool allow_anonymous, microseconds now,
                                       struct listener_result *result);

/* The refusal of protocol 6.4 step 6, for a request whose identity and id are taken from another address. Returns its
 * length. */
size_t listener_refuse_duplicate(const struct connect_request *request, uint8_t *reply, size_t capacity);

#endif
