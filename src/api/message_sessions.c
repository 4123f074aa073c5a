#include "api/message_sessions.h"

#include "base/alloc.h"
#include "crypto/crypto.h"
#include "wire/identity.h"

#include <string.h>

enum {
    HEADER_FLAGS = 1, /* the first byte of the header; not looked at on receipt */
    RECEIVE_BATCH = 32,
    FIRST_CHANNELS = 4,
    UNREAD_PATIENCE_SECONDS = 30, /* an idle session with unread messages is looked at again so often */
};

struct session {
    struct list_node node;
    struct hash_node hash_node;
    SteamNetworkingIdentity peer;
    HSteamNetConnection connection; /* 0: none; sends */
    HSteamNetConnection own_end;    /* a session with ourselves: the other end of `connection`; receives */
    bool accepted;                  /* by us: asked for, or allowed */
    bool was_connected;             /* the present connection has been */
    bool broken;                    /* the last connection failed, and `ended` tells how */
    SteamNetConnectionInfo_t ended;
    microseconds idle_at;
    struct list unread; /* message.queue_node */
    int unread_messages;
    int64_t unread_bytes;
    struct memory_share share; /* for them */
    int32_t *channels;         /* open ones */
    int channel_count;
    int channel_capacity;
};

/* ---- finding, making, forgetting ------------------------------------------------------------------------------ */

void sessions_init(struct message_sessions *sessions, struct session_transport *transport,
                   const uint8_t hash_key[SIPHASH_KEY_SIZE], struct memory_quota *quota)
{
    sessions->quota = quota;
    sessions->transport = transport;
    sessions->unread = 0;
    sessions->next_check = TIME_NEVER;
    memcpy(sessions->hash_key, hash_key, SIPHASH_KEY_SIZE);
    hash_table_init(&sessions->by_identity);
    list_init(&sessions->all);
}

static bool session_matches(const struct hash_node *node, const void *key)
{
    const struct session *session = container_of(node, struct session, hash_node);

    return identity_equal(&session->peer, key);
}

static struct session *find(const struct message_sessions *sessions, const SteamNetworkingIdentity *peer)
{
    struct hash_node *node =
        hash_table_find(&sessions->by_identity, identity_hash(peer, sessions->hash_key), session_matches, peer);

    return node ? container_of(node, struct session, hash_node) : NULL;
}

static void touch(struct message_sessions *sessions, struct session *session, microseconds now)
{
    session->idle_at = time_after(now, SESSION_IDLE_SECONDS * SECOND);
    sessions->next_check = time_earlier(sessions->next_check, session->idle_at);
}

static struct session *make(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, microseconds now)
{
    struct session *session;

    if (sessions->by_identity.count >= SESSIONS_MAXIMUM)
        return NULL;
    session = mem_alloc_zeroed(sizeof(*session));
    if (!session)
        return NULL;
    session->peer = *peer;
    session->share.quota = sessions->quota;
    list_init(&session->unread);
    list_node_init(&session->node);
    list_push_back(&sessions->all, &session->node);
    hash_table_insert(&sessions->by_identity, &session->hash_node, identity_hash(peer, sessions->hash_key));
    touch(sessions, session, now);
    return session;
}

/* The memory that the unread messages take. */
static int64_t cost_of_unread(const struct session *session)
{
    return session->unread_messages * (int64_t)sizeof(struct message) + session->unread_bytes;
}

static void count_unread(struct message_sessions *sessions, struct session *session, int messages, int64_t bytes)
{
    bool before = sessions->unread > 0;

    session->unread_messages += messages;
    session->unread_bytes += bytes;
    sessions->unread += messages;
    /* What came out of a connection was counted there. */
    memory_share_force(&session->share, cost_of_unread(session));
    memory_share_trim(&session->share, cost_of_unread(session));
    if (before != (sessions->unread > 0))
        sessions->transport->pending(sessions->transport, !before);
}

static struct message *first_unread(const struct session *session)
{
    struct list_node *node = list_first(&session->unread);

    return node ? container_of(node, struct message, queue_node) : NULL;
}

static void unlink_unread(struct message_sessions *sessions, struct session *session, struct message *message)
{
    list_remove(&message->queue_node);
    count_unread(sessions, session, -1, -(int64_t)message->api.m_cbSize);
}

static void forget(struct message_sessions *sessions, struct session *session)
{
    struct message *message;

    while ((message = first_unread(session))) {
        unlink_unread(sessions, session, message);
        message_release(message);
    }
    memory_share_return(&session->share, 0);
    list_remove(&session->node);
    hash_table_remove(&sessions->by_identity, &session->hash_node);
    mem_free(session->channels);
    mem_free(session);
}

void sessions_destroy(struct message_sessions *sessions)
{
    struct list_node *node;

    while ((node = list_first(&sessions->all)))
        forget(sessions, container_of(node, struct session, node));
    hash_table_destroy(&sessions->by_identity);
    crypto_wipe(sessions->hash_key, sizeof(sessions->hash_key));
    sessions->next_check = TIME_NEVER;
}

/* Lets the connections go, on both ends if both are ours. */
static void hang_up(struct message_sessions *sessions, struct session *session, int reason, const char *text)
{
    struct session_transport *transport = sessions->transport;

    if (session->connection)
        transport->close(transport, session->connection, reason, text);
    if (session->own_end)
        transport->close(transport, session->own_end, reason, text);
    session->connection = 0;
    session->own_end = 0;
    session->was_connected = false;
}

/* ---- open channels -------------------------------------------------------------------------------------------- */

static int find_channel(const struct session *session, int32_t channel)
{
    for (int i = 0; i < session->channel_count; i++)
        if (session->channels[i] == channel)
            return i;
    return -1;
}

/* What finds no place is not remembered as open; its messages are kept all the same. */
static void open_channel(struct session *session, int32_t channel)
{
    if (find_channel(session, channel) >= 0 || session->channel_count == SESSION_CHANNELS)
        return;
    if (session->channel_count == session->channel_capacity) {
        int capacity = session->channel_capacity ? session->channel_capacity * 2 : FIRST_CHANNELS;
        int32_t *grown = mem_realloc_array(session->channels, (size_t)capacity, sizeof(*grown));

        if (!grown)
            return;
        session->channels = grown;
        session->channel_capacity = capacity;
    }
    session->channels[session->channel_count++] = channel;
}

/* ---- receiving ------------------------------------------------------------------------------------------------ */

/* Takes the header off the payload, which stays where it is if it is in one piece with the message. */
static void strip_header(struct message *message)
{
    SteamNetworkingMessage_t *api = &message->api;

    if (api->m_cbSize == SESSION_HEADER_SIZE) {
        if (api->m_pfnFreeData)
            api->m_pfnFreeData(api);
        api->m_pfnFreeData = NULL;
        api->m_pData = NULL;
    } else if (api->m_pData == message->payload) {
        api->m_pData = message->payload + SESSION_HEADER_SIZE;
    } else {
        memmove(api->m_pData, (char *)api->m_pData + SESSION_HEADER_SIZE, (size_t)api->m_cbSize - SESSION_HEADER_SIZE);
    }
    api->m_cbSize -= SESSION_HEADER_SIZE;
}

static void take_in(struct message_sessions *sessions, struct session *session, struct message *message)
{
    SteamNetworkingMessage_t *api = &message->api;
    const uint8_t *header = api->m_pData;

    if (api->m_cbSize < SESSION_HEADER_SIZE) {
        message_release(message);
        return;
    }
    api->m_nChannel =
        (int)((uint32_t)header[1] | (uint32_t)header[2] << 8 | (uint32_t)header[3] << 16 | (uint32_t)header[4] << 24);
    strip_header(message);
    api->m_conn = 0; /* nobody is to use the hidden connection */
    open_channel(session, api->m_nChannel);
    list_push_back(&session->unread, &message->queue_node);
    count_unread(sessions, session, 1, api->m_cbSize);
}

static bool has_room(struct session *session)
{
    return session->unread_messages < SESSION_UNREAD_MESSAGES && session->unread_bytes < SESSION_UNREAD_BYTES &&
           memory_share_cover(&session->share, cost_of_unread(session) + MEMORY_SHARE_PIECE / 2);
}

/* all: without regard to the limit, because the connection is about to go. */
static void drain(struct message_sessions *sessions, struct session *session, HSteamNetConnection connection, bool all)
{
    struct session_transport *transport = sessions->transport;
    SteamNetworkingMessage_t *batch[RECEIVE_BATCH];
    int count = 1;

    while (connection && count > 0 && (all || has_room(session))) {
        count = transport->receive(transport, connection, batch, RECEIVE_BATCH);
        for (int i = 0; i < count; i++)
            take_in(sessions, session, message_from_api(batch[i]));
    }
}

static void drain_both(struct message_sessions *sessions, struct session *session, bool all)
{
    drain(sessions, session, session->connection, all);
    drain(sessions, session, session->own_end, all);
}

static int take_channel(struct message_sessions *sessions, struct session *session, int channel,
                        SteamNetworkingMessage_t **messages, int maximum)
{
    int count = 0;
    struct list_node *next;

    for (struct list_node *node = list_first(&session->unread); node && count < maximum; node = next) {
        struct message *message = container_of(node, struct message, queue_node);

        next = list_next(&session->unread, node);
        if (message->api.m_nChannel != channel)
            continue;
        unlink_unread(sessions, session, message);
        messages[count++] = &message->api;
    }
    return count;
}

/* Those who had their turn go to the end, so that a talkative peer does not keep the others out. */
int sessions_receive(struct message_sessions *sessions, int channel, SteamNetworkingMessage_t **messages, int maximum)
{
    size_t turns = sessions->by_identity.count;
    int total = 0;

    for (; turns > 0 && total < maximum; turns--) {
        struct session *session = container_of(list_first(&sessions->all), struct session, node);

        list_remove(&session->node);
        list_push_back(&sessions->all, &session->node);
        drain_both(sessions, session, false);
        total += take_channel(sessions, session, channel, messages + total, maximum - total);
    }
    return total;
}

/* ---- ends ----------------------------------------------------------------------------------------------------- */

static bool has_unsent(struct message_sessions *sessions, HSteamNetConnection connection)
{
    struct session_transport *transport = sessions->transport;
    SteamNetConnectionRealTimeStatus_t status;

    memset(&status, 0, sizeof(status));
    return connection && transport->status(transport, connection, &status) == k_EResultOK &&
           (status.m_cbPendingReliable > 0 || status.m_cbPendingUnreliable > 0 || status.m_cbSentUnackedReliable > 0);
}

/*
 * The connection ended without our doing. Messages that came before are kept. Nobody hears of a request that was never
 * allowed, nor of a peer that found the session idle and lost nothing.
 */
static void connection_ended(struct message_sessions *sessions, struct session *session,
                             const SteamNetConnectionInfo_t *info, microseconds now)
{
    bool by_peer = info->m_eState == k_ESteamNetworkingConnectionState_ClosedByPeer;
    bool lost = has_unsent(sessions, session->connection);
    bool quiet =
        !session->accepted || (by_peer && session->was_connected && !lost && info->m_eEndReason == SESSION_IDLE);
    bool tell = !quiet && (!by_peer || lost || !session->was_connected);

    drain_both(sessions, session, true);
    hang_up(sessions, session, 0, NULL);
    touch(sessions, session, now);
    if (quiet) {
        if (session->unread_messages == 0)
            forget(sessions, session);
        return;
    }
    session->broken = true;
    session->ended = *info;
    session->ended.m_hListenSocket = 0;
    if (tell)
        sessions->transport->failed(sessions->transport, &session->ended);
}

/* ---- events --------------------------------------------------------------------------------------------------- */

static bool allow(struct message_sessions *sessions, struct session *session, microseconds now)
{
    if (!session->accepted) {
        EResult result = sessions->transport->accept(sessions->transport, session->connection);

        if (result != k_EResultOK && result != k_EResultDuplicateRequest)
            return false; /* the event that tells how it ended is on its way */
        session->accepted = true;
        touch(sessions, session, now);
    }
    return true;
}

/* Both ends are ours: who sends to himself has allowed himself to. */
static void own_end_arrived(struct message_sessions *sessions, struct session *session, HSteamNetConnection connection,
                            microseconds now)
{
    struct session_transport *transport = sessions->transport;

    if (!session || !session->connection || session->connection == connection || session->own_end) {
        transport->close(transport, connection, SESSION_CLOSED, "There is no such session.");
        return;
    }
    session->own_end = connection;
    if (transport->accept(transport, connection) == k_EResultOK)
        session->was_connected = true;
    touch(sessions, session, now);
}

static void request_arrived(struct message_sessions *sessions, const SteamNetConnectionStatusChangedCallback_t *event,
                            microseconds now)
{
    struct session_transport *transport = sessions->transport;
    const SteamNetworkingIdentity *peer = &event->m_info.m_identityRemote;
    struct session *session = find(sessions, peer);

    if (transport->is_own(transport, peer)) {
        own_end_arrived(sessions, session, event->m_hConn, now);
        return;
    }
    if (session && session->connection) {
        if (session->connection != event->m_hConn)
            transport->close(transport, event->m_hConn, SESSION_CLOSED, "There is a session already.");
        return;
    }
    if (!session)
        session = make(sessions, peer, now);
    if (!session) {
        transport->close(transport, event->m_hConn, SESSION_CLOSED, "There are too many sessions.");
        return;
    }
    session->connection = event->m_hConn;
    session->accepted = false;
    session->broken = false;
    touch(sessions, session, now);
    transport->requested(transport, peer);
}

void sessions_event(struct message_sessions *sessions, const SteamNetConnectionStatusChangedCallback_t *event,
                    microseconds now)
{
    const SteamNetConnectionInfo_t *info = &event->m_info;
    struct session *session;

    if (info->m_eState == k_ESteamNetworkingConnectionState_Connecting && info->m_hListenSocket != 0) {
        request_arrived(sessions, event, now);
        return;
    }
    session = find(sessions, &info->m_identityRemote);
    if (!session || (event->m_hConn != session->connection && event->m_hConn != session->own_end))
        return;
    switch (info->m_eState) {
    case k_ESteamNetworkingConnectionState_Connected:
        session->was_connected = true;
        touch(sessions, session, now);
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        connection_ended(sessions, session, info, now);
        break;
    case k_ESteamNetworkingConnectionState_None:
        forget(sessions, session); /* somebody closed everything */
        break;
    default:
        touch(sessions, session, now);
        break;
    }
}

/*
 * A second more when something is still under way (protocol 19.1). What nobody fetches is no reason to wake up that
 * often.
 */
static void check_idle(struct message_sessions *sessions, struct session *session, microseconds now)
{
    if (session->idle_at > now)
        return;
    drain_both(sessions, session, false);
    if (session->unread_messages > 0) {
        session->idle_at = time_after(now, UNREAD_PATIENCE_SECONDS * SECOND);
        return;
    }
    if (has_unsent(sessions, session->connection)) {
        session->idle_at = time_after(now, SECOND);
        return;
    }
    hang_up(sessions, session, SESSION_IDLE, "The session was idle.");
    forget(sessions, session);
}

void sessions_tick(struct message_sessions *sessions, microseconds now)
{
    struct list_node *next;

    if (now < sessions->next_check)
        return;
    for (struct list_node *node = list_first(&sessions->all); node; node = next) {
        next = list_next(&sessions->all, node);
        check_idle(sessions, container_of(node, struct session, node), now);
    }
    sessions->next_check = TIME_NEVER;
    for (struct list_node *node = list_first(&sessions->all); node; node = list_next(&sessions->all, node))
        sessions->next_check = time_earlier(sessions->next_check, container_of(node, struct session, node)->idle_at);
}

/* ---- sending -------------------------------------------------------------------------------------------------- */

static bool is_connected(struct message_sessions *sessions, const struct session *session)
{
    SteamNetConnectionInfo_t info;

    return sessions->transport->info(sessions->transport, session->connection, &info) &&
           info.m_eState == k_ESteamNetworkingConnectionState_Connected;
}

static struct message *wrap(const void *data, uint32_t size, int flags, int channel)
{
    struct message *message = message_allocate((int)size + SESSION_HEADER_SIZE);
    uint8_t *header;

    if (!message)
        return NULL;
    header = message->api.m_pData;
    header[0] = HEADER_FLAGS;
    for (int i = 0; i < 4; i++)
        header[1 + i] = (uint8_t)((uint32_t)channel >> 8 * i);
    if (size > 0)
        memcpy(header + SESSION_HEADER_SIZE, data, size);
    message->api.m_nFlags = flags;
    return message;
}

/* A session that can be sent on: k_EResultOK, or why there is none. */
static EResult ready(struct message_sessions *sessions, struct session *session, bool restart, microseconds now)
{
    struct session_transport *transport = sessions->transport;

    if (session->broken && !restart)
        return k_EResultConnectFailed;
    if (!session->connection) {
        HSteamNetConnection connection = transport->connect(transport, &session->peer);

        if (!connection)
            return k_EResultFail;
        session->connection = connection;
        session->accepted = true;
        session->broken = false;
    }
    return allow(sessions, session, now) ? k_EResultOK : k_EResultConnectFailed;
}

static EResult send_on(struct message_sessions *sessions, struct session *session, const void *data, uint32_t size,
                       int flags, int channel, microseconds now)
{
    struct message *message;
    EResult result;

    flags &= ~k_nSteamNetworkingSend_AutoRestartBrokenSession;
    if (!is_connected(sessions, session))
        flags = (flags | k_nSteamNetworkingSend_Reliable) & ~k_nSteamNetworkingSend_NoDelay;
    message = wrap(data, size, flags, channel);
    if (!message)
        return k_EResultFail;
    message->api.m_conn = session->connection;
    result = sessions->transport->send(sessions->transport, message);
    if (result != k_EResultOK)
        message_release(message);
    else
        touch(sessions, session, now);
    return result;
}

EResult sessions_send(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, const void *data,
                      uint32_t size, int flags, int channel, microseconds now)
{
    bool restart = flags & k_nSteamNetworkingSend_AutoRestartBrokenSession;
    struct session *session = find(sessions, peer);
    EResult result;

    if (identity_is_invalid(peer) || size > k_cbMaxSteamNetworkingSocketsMessageSizeSend)
        return k_EResultInvalidParam;
    if (!session)
        session = make(sessions, peer, now);
    if (!session)
        return k_EResultFail;
    result = ready(sessions, session, restart, now);
    if (result == k_EResultOK)
        result = send_on(sessions, session, data, size, flags, channel, now);
    if (result == k_EResultNoConnection) {
        /* It ended just now, and nobody has told us yet. */
        SteamNetConnectionInfo_t info;

        result = k_EResultConnectFailed;
        if (sessions->transport->info(sessions->transport, session->connection, &info))
            connection_ended(sessions, session, &info, now);
        session = find(sessions, peer);
        if (restart && !session)
            session = make(sessions, peer, now);
        if (restart && session) {
            result = ready(sessions, session, true, now);
            if (result == k_EResultOK)
                result = send_on(sessions, session, data, size, flags, channel, now);
        }
    }
    if (session && !session->connection && !session->broken && session->unread_messages == 0)
        forget(sessions, session); /* it came to nothing */
    return result;
}

/* ---- the rest ------------------------------------------------------------------------------------------------- */

bool sessions_accept(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, microseconds now)
{
    struct session *session = find(sessions, peer);

    return session && session->connection && allow(sessions, session, now);
}

bool sessions_close(struct message_sessions *sessions, const SteamNetworkingIdentity *peer)
{
    struct session *session = find(sessions, peer);

    if (!session)
        return false;
    hang_up(sessions, session, SESSION_CLOSED, "The session was closed.");
    forget(sessions, session);
    return true;
}

bool sessions_close_channel(struct message_sessions *sessions, const SteamNetworkingIdentity *peer, int channel)
{
    struct session *session = find(sessions, peer);
    SteamNetworkingMessage_t *message;
    int place;

    if (!session)
        return false;
    drain_both(sessions, session, false);
    place = find_channel(session, channel);
    if (place < 0)
        return false;
    session->channels[place] = session->channels[--session->channel_count];
    while (take_channel(sessions, session, channel, &message, 1) == 1)
        message_release(message_from_api(message));
    return session->channel_count > 0 || sessions_close(sessions, peer);
}

ESteamNetworkingConnectionState sessions_info(struct message_sessions *sessions, const SteamNetworkingIdentity *peer,
                                              SteamNetConnectionInfo_t *info,
                                              SteamNetConnectionRealTimeStatus_t *status)
{
    struct session_transport *transport = sessions->transport;
    struct session *session = find(sessions, peer);
    SteamNetConnectionInfo_t known;
    SteamNetConnectionRealTimeStatus_t known_status;

    memset(&known, 0, sizeof(known));
    memset(&known_status, 0, sizeof(known_status));
    if (session && session->connection) {
        transport->info(transport, session->connection, &known);
        if (status)
            transport->status(transport, session->connection, &known_status);
    } else if (session && session->broken) {
        known = session->ended;
        known_status.m_eState = known.m_eState;
    }
    known.m_hListenSocket = 0;
    if (info)
        *info = known;
    if (status)
        *status = known_status;
    return known.m_eState;
}
