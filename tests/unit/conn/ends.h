/*
 * What the tests of connections share: endpoints, an owner that writes down what a connection reports, and datagrams as
 * the owner of a connection would send them.
 */
#ifndef UNIT_CONN_ENDS_H
#define UNIT_CONN_ENDS_H

#include "../snp/engine.h"

#include "conn/connection.h"
#include "conn/connection_private.h"
#include "conn/endpoint.h"
#include "wire/address.h"
#include "wire/identity.h"

enum {
    OWNER_STATES_MAX = 32,
    LOCAL_PORT = 27000,
};

/* ---- endpoints --------------------------------------------------------------------------------------------------- */

static int64_t wall_clock = 1750000000;

static inline int64_t wall_clock_now(void)
{
    return wall_clock;
}

static inline SteamNetworkingIdentity named(const char *text)
{
    SteamNetworkingIdentity identity;

    assert_true(identity_parse(&identity, text, strlen(text)));
    return identity;
}

static inline SteamNetworkingIPAddr address_of(const char *text)
{
    SteamNetworkingIPAddr address;

    assert_true(address_parse(&address, text, strlen(text)));
    return address;
}

/* NULL identity: anonymous. NULL when memory is short. */
static inline struct endpoint *endpoint_named(const char *identity, struct random_source *random)
{
    struct endpoint *endpoint = endpoint_new();

    if (!endpoint)
        return NULL;
    if (identity)
        endpoint->identity = named(identity);
    else
        identity_set_localhost(&endpoint->identity);
    endpoint->random = random;
    endpoint->unix_time = wall_clock_now;
    return endpoint;
}

/* ---- the owner of a connection ----------------------------------------------------------------------------------- */

/* What the application would have seen: a change of the visible state, and the facts at that moment. */
struct seen_state {
    int old_state, new_state; /* visible */
    int flags;
    int reason;
    char text[128];
    char identity[IDENTITY_TEXT_SIZE];
};

struct owner {
    struct connection_events events;
    struct connection *connection;
    struct kept_messages received;
    bool saw_dead;
    int state_count;
    struct seen_state states[OWNER_STATES_MAX];
};

static inline int visible(int state)
{
    return state < 0 ? 0 : state;
}

static inline void owner_state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    struct owner *owner = container_of(events, struct owner, events);
    int state = connection_state(connection);
    struct seen_state *seen;
    SteamNetConnectionInfo_t info;

    assert_false(owner->saw_dead);
    if (state == STATE_DEAD)
        owner->saw_dead = true;
    if (visible(state) == visible(old_state))
        return;
    assert_true(owner->state_count < OWNER_STATES_MAX);
    seen = &owner->states[owner->state_count++];
    memset(&info, 0, sizeof info);
    connection_fill_info(connection, &info);
    assert_int_equal(info.m_eState, visible(state));
    seen->old_state = visible(old_state);
    seen->new_state = visible(state);
    seen->flags = info.m_nFlags;
    seen->reason = info.m_eEndReason;
    memcpy(seen->text, info.m_szEndDebug, sizeof seen->text);
    identity_print(&info.m_identityRemote, seen->identity, sizeof seen->identity);
}

static inline bool owner_deliver(struct connection_events *events, struct connection *connection,
                                 struct message *message)
{
    struct owner *owner = container_of(events, struct owner, events);

    (void)connection;
    return kept_messages_deliver(&owner->received.sink, message);
}

static inline void owner_init(struct owner *owner)
{
    memset(owner, 0, sizeof *owner);
    owner->events.state_changed = owner_state_changed;
    owner->events.deliver = owner_deliver;
    kept_messages_init(&owner->received);
}

static inline void owner_end(struct owner *owner)
{
    connection_destroy(owner->connection);
    owner->connection = NULL;
    kept_messages_drop_all(&owner->received);
}

/* Feeds a copy of exactly the datagram's size, so that a sanitizer sees a read past the end. */
static inline void feed(struct connection *connection, const uint8_t *datagram, size_t length, microseconds now)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, datagram, length);
    connection_receive(connection, copy, length, now);
    free(copy);
}

static inline bool feed_elsewhere(struct connection *connection, const SteamNetworkingIPAddr *from,
                                  const uint8_t *datagram, size_t length, microseconds now)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    bool taken;

    assert_non_null(copy);
    memcpy(copy, datagram, length);
    taken = connection_receive_elsewhere(connection, from, copy, length, now);
    free(copy);
    return taken;
}

#endif
