/*
 * What a listening socket does with datagrams from addresses that have no connection (protocol 3.3, 6.3, 6.4, 7.4):
 * answers challenges without keeping state, and lets through the connect requests whose challenge proves the address.
 * It owns a secret and the rate limits, nothing that grows. Callers serialise calls on one listener.
 */
#ifndef CONN_LISTENER_H
#define CONN_LISTENER_H

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "base/time.h"
#include "conn/drop_counters.h"
#include "conn/stranger_limits.h"
#include "fumarole/types.h"
#include "wire/control_messages.h"

enum {
    LISTENER_REPLY_MAX = 512, /* protocol 3.2: never a datagram larger than the smallest padded request */
};

struct listener {
    uint8_t secret[16];
    struct drop_counters drops;
    struct stranger_limits limits;
};

enum listener_verdict {
    LISTENER_DROP,    /* nothing to do */
    LISTENER_REPLY,   /* send `reply` to where the datagram came from */
    LISTENER_CONNECT, /* `request` and `identity` are filled: look for a duplicate, then judge what it is worth */
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

/*
 * The refusal of protocol 6.4 step 6, for a request, of so many bytes, whose identity and id are taken from another
 * address. Returns its length; 0 when the request is so short that the refusal would be more than three times as long.
 */
size_t listener_refuse_duplicate(const struct connect_request *request, size_t request_length, uint8_t *reply,
                                 size_t capacity);

#endif
