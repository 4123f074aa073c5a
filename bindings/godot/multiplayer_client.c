/* The client's part: says hello, learns who else is there, and reaches everybody through the server. */
#include "multiplayer_role.h"

#include <stdio.h>

static struct multiplayer_remote *server_of(const struct multiplayer_peer *peer)
{
    size_t at = 0;

    return number_table_next(&peer->by_connection, &at);
}

/* ---- coming and going -------------------------------------------------------------------------------------------- */

/* The connection is over: what it brought is read first, then multiplayer_client_drained ends the game. */
static void end(struct multiplayer_peer *peer, struct multiplayer_remote *server, int reason, const char *sentence)
{
    if (server->ended)
        return;
    server->ended = true;
    peer->remotes_ended++;
    peer->end_reason = reason;
    snprintf(peer->end_sentence, sizeof peer->end_sentence, "%s", sentence);
}

void multiplayer_client_status(struct multiplayer_peer *peer, const SteamNetConnectionStatusChangedCallback_t *change)
{
    struct multiplayer_remote *server = number_table_find(&peer->by_connection, change->m_hConn);

    if (!server)
        return;
    switch (change->m_info.m_eState) {
    case k_ESteamNetworkingConnectionState_Connected:
        if (multiplayer_remote_send(server, MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, peer->id, NULL, 0, 0) !=
            k_EResultOK)
            end(peer, server, MULTIPLAYER_END_CLOSED, "the hello could not be sent");
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        end(peer, server, change->m_info.m_eEndReason, change->m_info.m_szEndDebug);
        break;
    default:
        break;
    }
}

void multiplayer_client_drained(struct multiplayer_peer *peer)
{
    struct multiplayer_remote *server = server_of(peer);

    SteamAPI_ISteamNetworkingSockets_CloseConnection(SteamNetworkingSockets_LibV12(), server->connection, 0, NULL,
                                                     false);
    multiplayer_inbox_add_event(&peer->inbox,
                                number_table_find(&peer->by_id, MULTIPLAYER_SERVER_ID) ? MULTIPLAYER_SERVER_DISCONNECTED
                                                                                       : MULTIPLAYER_CONNECTION_FAILED,
                                MULTIPLAYER_SERVER_ID);
    multiplayer_forget(peer, server);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static void server_is_wrong(struct multiplayer_peer *peer, struct multiplayer_remote *server)
{
    static const char sentence[] = "a message of the server is not of this protocol";

    multiplayer_remote_close(server, MULTIPLAYER_END_VIOLATION, sentence, false);
    end(peer, server, MULTIPLAYER_END_VIOLATION, sentence);
}

static void be_welcome(struct multiplayer_peer *peer, struct multiplayer_remote *server, int32_t id)
{
    if (server->id || id != peer->id || !number_table_add(&peer->by_id, MULTIPLAYER_SERVER_ID, server)) {
        server_is_wrong(peer, server);
        return;
    }
    server->id = MULTIPLAYER_SERVER_ID;
    multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_CONNECTION_SUCCEEDED, 0);
    multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_PEER_CONNECTED, MULTIPLAYER_SERVER_ID);
    multiplayer_inbox_admit(&peer->inbox, MULTIPLAYER_SERVER_ID);
}

bool multiplayer_client_has_departed(const struct multiplayer_peer *peer, int32_t id)
{
    for (size_t i = 0; i < MULTIPLAYER_DEPARTED; i++)
        if (peer->departed[i] == id)
            return true;
    return false;
}

static void remember_departed(struct multiplayer_peer *peer, int32_t id)
{
    peer->departed[peer->departed_at] = id;
    peer->departed_at = (peer->departed_at + 1) % MULTIPLAYER_DEPARTED;
}

static void forget_departed(struct multiplayer_peer *peer, int32_t id)
{
    for (size_t i = 0; i < MULTIPLAYER_DEPARTED; i++)
        if (peer->departed[i] == id)
            peer->departed[i] = 0;
}

static void meet(struct multiplayer_peer *peer, struct multiplayer_remote *server, int32_t id)
{
    struct multiplayer_remote *other = NULL;

    if (server->id && id != peer->id && !number_table_find(&peer->by_id, (uint32_t)id) &&
        peer->by_id.count <= MULTIPLAYER_CLIENTS_MAX)
        other = multiplayer_remote_create(0, id);
    if (!other || !number_table_add(&peer->by_id, (uint32_t)id, other)) {
        if (other)
            multiplayer_forget(peer, other);
        server_is_wrong(peer, server);
        return;
    }
    forget_departed(peer, id);
    multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_PEER_CONNECTED, id);
    multiplayer_inbox_admit(&peer->inbox, id);
}

static void part(struct multiplayer_peer *peer, struct multiplayer_remote *server, int32_t id)
{
    struct multiplayer_remote *other = number_table_find(&peer->by_id, (uint32_t)id);

    if (!other) {
        server_is_wrong(peer, server);
        return;
    }
    multiplayer_forget(peer, other);
    remember_departed(peer, id);
    multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_PEER_DISCONNECTED, id);
}

void multiplayer_client_message(struct multiplayer_peer *peer, SteamNetworkingMessage_t *message)
{
    struct multiplayer_remote *server = server_of(peer), *sender;
    int channel = message->m_idxLane;
    struct multiplayer_frame frame;

    if (channel >= MULTIPLAYER_CHANNELS_MAX ||
        !multiplayer_frame_read(&frame, message->m_pData, (size_t)message->m_cbSize)) {
        server_is_wrong(peer, server);
    } else if (frame.kind == MULTIPLAYER_FRAME_WELCOME) {
        be_welcome(peer, server, frame.peer);
    } else if (frame.kind == MULTIPLAYER_FRAME_JOINED) {
        meet(peer, server, frame.peer);
    } else if (frame.kind == MULTIPLAYER_FRAME_LEFT) {
        part(peer, server, frame.peer);
    } else if (frame.kind != MULTIPLAYER_FRAME_PACKET || frame.peer <= 0) {
        server_is_wrong(peer, server);
    } else {
        sender = number_table_find(&peer->by_id, (uint32_t)frame.peer);
        if (!sender || frame.detail != MULTIPLAYER_UNRELIABLE_ORDERED ||
            !multiplayer_remote_overtaken(sender, channel, message->m_nMessageNumber)) {
            multiplayer_deliver(peer, message, frame.peer, &frame);
            return;
        }
    }
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

enum multiplayer_error multiplayer_client_put(struct multiplayer_peer *peer, const void *bytes, size_t size)
{
    struct multiplayer_remote *server = number_table_find(&peer->by_id, MULTIPLAYER_SERVER_ID);

    if (!server)
        return MULTIPLAYER_UNCONFIGURED;
    if (peer->target > 0 && !number_table_find(&peer->by_id, (uint32_t)peer->target))
        return MULTIPLAYER_INVALID_PARAMETER;
    if (server->ended)
        return MULTIPLAYER_OK; /* its end has not been told yet */
    switch (multiplayer_remote_send(server, MULTIPLAYER_FRAME_PACKET, (uint8_t)peer->mode, peer->target, bytes, size,
                                    peer->channel)) {
    case k_EResultOK:
        return MULTIPLAYER_OK;
    case k_EResultLimitExceeded:
        return MULTIPLAYER_OUT_OF_MEMORY;
    default:
        return MULTIPLAYER_FAILED;
    }
}
