/*
 * Message sessions: what ISteamNetworkingMessages keeps for each identity it talks to (protocol 19.1). A session is a
 * hidden connection, the messages that came in on it and are not fetched yet, and the memory of how it ended.
 *
 * Pure logic: connections are made, used and ended through struct session_transport, time is an argument, and the
 * caller serialises all calls. Every function with `now` may call the transport, which must not call back.
 */
#ifndef API_MESSAGE_SESSIONS_H
#define API_MESSAGE_SESSIONS_H

#include "base/hash_table.h"
#include "base/list.h"
#include "base/memory_quota.h"
#include "base/siphash.h"
#include "base/time.h"
#include "fumarole/types.h"
#include "snp/message.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SESSIONS_MAXIMUM = 16384,       /* sessions at a time; more requests are refused, sending fails */
    SESSION_HEADER_SIZE = 5,        /* in front of each message: one byte of flags, the channel */
    SESSION_IDLE_SECONDS = 180,     /* without sending */
    SESSION_UNREAD_MESSAGES = 1000, /* taken out of the connection and not yet fetched; more stay where they are */
    SESSION_UNREAD_BYTES = 1 << 20,
    SESSION_CHANNELS = 1024, /* open channels that are remembered; the peer chooses the numbers */
    SESSION_CLOSED = 1001,   /* reasons of this interface */
    SESSION_IDLE = 1002,
};

/* The hidden connections and the outside world. The owner embeds it. */
struct session_transport {
    /* A connection to this identity; 0 when there is no way. */
    HSteamNetConnection (*connect)(struct session_transport *transport, const SteamNetworkingIdentity *peer);
    EResult (*accept)(struct session_transport *transport, HSteamNetConnection connection);
    void (*close)(struct session_transport *transport, HSteamNetConnection connection, int reason, const char *text);

    /* Takes the message, whose m_conn, flags and lane are set, over on k_EResultOK only. */
    EResult (*send)(struct session_transport *transport, struct message *message);
    int (*receive)(struct session_transport *transport, HSteamNetConnection connection,
                   SteamNetworkingMessage_t **messages, int maximum);
    bool (*info)(struct session_transport *transport, HSteamNetConnection connection, SteamNetConnectionInfo_t *info);
    EResult (*status)(struct session_transport *transport, HSteamNetConnection connection,
                      SteamNetConnectionRealTimeStatus_t *status);

    /* Whether this identity is our own, so that both ends of the connection are here. */
    bool (*is_own)(struct session_transport *transport, const SteamNetworkingIdentity *peer);

    /* Tell the application: somebody wants a session; a session failed; whether messages wait to be fetched. */
    void (*requested)(struct session_transport *transport, const SteamNetworkingIdentity *peer);
    void (*failed)(struct session_transport *transport, const SteamNetConnectionInfo_t *info);
    void (*pending)(struct session_transport *transport, bool pending);
};

struct message_sessions {
    struct session_transport *transport;
    struct hash_table by_identity;
    struct list all; /* session.node; the one that delivered last is at the end */
    uint8_t hash_key[SIPHASH_KEY_SIZE];
    int64_t unread;             /* messages in all sessions */
    struct memory_quota *quota; /* what the unread messages draw on; NULL: no limit */
    microseconds next_check;
};

/* quota: what the unread messages of all sessions, and others, draw on; NULL for no limit. Borrowed. */
void sessions_init(struct message_sessions *sessions, struct session_transport *transport,
                   const uint8_t hash_key[SIPHASH_KEY_SIZE], struct memory_quota *quota);

/* Forgets all sessions and their unread messages without a word to the connections. */
void sessions_destroy(struct message_sessions *sessions);

/* ---- what the application asks for; results as in docs/api/reference.md --------------------------------------- */

EResult sessions_send(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, const void *data,
                      uint32_t size, int flags, int channel, microseconds now);
int sessions_receive(struct message_sessions *sessions, int channel, SteamNetworkingMessage_t **messages, int maximum);
bool sessions_accept(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, microseconds now);
bool sessions_close(struct message_sessions *sessions, const SteamNetworkingIdentity *peer);
bool sessions_close_channel(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, int channel);
ESteamNetworkingConnectionState sessions_info(struct message_sessions *sessions, const SteamNetworkingIdentity *peer,
                                              SteamNetConnectionInfo_t *info,
                                              SteamNetConnectionRealTimeStatus_t *status);

/* ---- what happens by itself ----------------------------------------------------------------------------------- */

/* A hidden connection changed its visible state. */
void sessions_event(struct message_sessions *sessions, const SteamNetConnectionStatusChangedCallback_t *event,
                    microseconds now);

/* Ends sessions that have been idle; to be called at sessions_deadline, harmless earlier. */
void sessions_tick(struct message_sessions *sessions, microseconds now);

static inline microseconds sessions_deadline(const struct message_sessions *sessions)
{
    return sessions->next_check;
}

#endif
