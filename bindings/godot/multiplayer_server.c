/* The server's part: lets clients in, hands their packets to whom they are meant for. */
#include "multiplayer_role.h"

#include <stdlib.h>

/* Who connects and says nothing is no player; this long is much, even where nothing is heard of the first hello. */
static const SteamNetworkingMicroseconds hello_time = 10 * 1000 * 1000;

/* ---- coming and going -------------------------------------------------------------------------------------------- */

static void refuse(HSteamNetConnection connection, const char *sentence)
{
    SteamAPI_ISteamNetworkingSockets_CloseConnection(SteamNetworkingSockets_LibV12(), connection,
                                                     MULTIPLAYER_END_REFUSED, sentence, false);
}

static void let_connect(struct multiplayer_peer *peer, HSteamNetConnection connection)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    struct multiplayer_remote *remote;

    if (peer->refusing) {
        refuse(connection, "the server takes no more players");
        return;
    }
    /* Those that have ended make room, though what they left is still being read. */
    if (peer->by_connection.count - peer->remotes_ended >= (size_t)peer->clients_max) {
        refuse(connection, "the server is full");
        return;
    }
    remote = multiplayer_remote_create(connection, 0);
    if (!remote || !number_table_add(&peer->by_connection, connection, remote)) {
        refuse(connection, "the server has no memory");
        free(remote);
        return;
    }
    if (SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, connection) != k_EResultOK ||
        !SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, connection, peer->poll_group)) {
        multiplayer_remote_close(remote, MULTIPLAYER_END_REFUSED, "the connection cannot be accepted", false);
        multiplayer_forget(peer, remote);
    }
}

void multiplayer_server_status(struct multiplayer_peer *peer, const SteamNetConnectionStatusChangedCallback_t *change)
{
    struct multiplayer_remote *remote = number_table_find(&peer->by_connection, change->m_hConn);

    switch (change->m_info.m_eState) {
    case k_ESteamNetworkingConnectionState_Connecting:
        if (!remote && change->m_eOldState == k_ESteamNetworkingConnectionState_None)
            let_connect(peer, change->m_hConn);
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        if (remote && !remote->ended) {
            remote->ended = true;
            peer->remotes_ended++;
        } else if (!remote) {
            refuse(change->m_hConn, NULL); /* ended before it was let in; the handle is ours to close */
        }
        break;
    default:
        break;
    }
}

static void tell_others(struct multiplayer_peer *peer, enum multiplayer_frame_kind kind,
                        const struct multiplayer_remote *about)
{
    struct multiplayer_remote *remote;

    for (size_t at = 0; peer->relay && (remote = number_table_next(&peer->by_id, &at));)
        if (remote != about && multiplayer_remote_send(remote, kind, 0, about->id, NULL, 0, 0) != k_EResultOK)
            remote->too_slow = true;
}

void multiplayer_server_expel(struct multiplayer_peer *peer, struct multiplayer_remote *remote, int reason,
                              const char *sentence, bool linger, bool tell)
{
    multiplayer_remote_close(remote, reason, sentence, linger);
    if (remote->id) {
        number_table_remove(&peer->by_id, (uint32_t)remote->id);
        tell_others(peer, MULTIPLAYER_FRAME_LEFT, remote);
        if (tell)
            multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_PEER_DISCONNECTED, remote->id);
    }
    multiplayer_forget(peer, remote);
}

static struct multiplayer_remote *any_too_slow(const struct multiplayer_peer *peer)
{
    struct multiplayer_remote *remote;

    for (size_t at = 0; (remote = number_table_next(&peer->by_id, &at));)
        if ((remote->too_slow || remote->flooding) && !remote->ended)
            return remote;
    return NULL;
}

/* Whoever has missed something reliable cannot stay, or whoever is the cause. That others are told of it may find the
 * next one. */
void multiplayer_server_expel_the_slow(struct multiplayer_peer *peer)
{
    struct multiplayer_remote *remote;

    while ((remote = any_too_slow(peer))) {
        if (remote->flooding)
            multiplayer_server_expel(peer, remote, MULTIPLAYER_END_FLOODING, "more for others than they can be sent",
                                     false, true);
        else
            multiplayer_server_expel(peer, remote, MULTIPLAYER_END_TOO_SLOW, "too much waits to be sent to this player",
                                     true, true);
    }
}

void multiplayer_server_drained(struct multiplayer_peer *peer, struct multiplayer_remote *remote)
{
    multiplayer_server_expel(peer, remote, MULTIPLAYER_END_CLOSED, NULL, true, true);
    multiplayer_server_expel_the_slow(peer);
}

static struct multiplayer_remote *any_overdue(const struct multiplayer_peer *peer)
{
    SteamNetworkingMicroseconds now = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    struct multiplayer_remote *remote;

    for (size_t at = 0; (remote = number_table_next(&peer->by_connection, &at));)
        if (!remote->id && !remote->ended && now - remote->since > hello_time)
            return remote;
    return NULL;
}

void multiplayer_server_overdue(struct multiplayer_peer *peer)
{
    struct multiplayer_remote *remote;

    if (peer->by_connection.count == peer->by_id.count)
        return;
    while ((remote = any_overdue(peer)))
        multiplayer_server_expel(peer, remote, MULTIPLAYER_END_VIOLATION, "no hello came", true, true);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static bool welcome(struct multiplayer_peer *peer, struct multiplayer_remote *remote)
{
    struct multiplayer_remote *other;
    bool sent = multiplayer_remote_send(remote, MULTIPLAYER_FRAME_WELCOME, 0, remote->id, NULL, 0, 0) == k_EResultOK;

    for (size_t at = 0; sent && peer->relay && (other = number_table_next(&peer->by_id, &at));)
        if (other != remote)
            sent = multiplayer_remote_send(remote, MULTIPLAYER_FRAME_JOINED, 0, other->id, NULL, 0, 0) == k_EResultOK;
    return sent;
}

static void admit(struct multiplayer_peer *peer, struct multiplayer_remote *remote,
                  const struct multiplayer_frame *hello)
{
    const char *objection = NULL;

    if (hello->kind != MULTIPLAYER_FRAME_HELLO)
        objection = "the first message is not a hello";
    else if (hello->detail != MULTIPLAYER_PROTOCOL)
        objection = "the server speaks another version of this protocol";
    else if (hello->peer <= MULTIPLAYER_SERVER_ID)
        objection = "this is no id of a client";
    else if (number_table_find(&peer->by_id, (uint32_t)hello->peer))
        objection = "another player has this id";
    if (objection) {
        multiplayer_server_expel(peer, remote, MULTIPLAYER_END_VIOLATION, objection, true, true);
        return;
    }
    if (!number_table_add(&peer->by_id, (uint32_t)hello->peer, remote)) {
        multiplayer_server_expel(peer, remote, MULTIPLAYER_END_REFUSED, "the server has no memory", true, true);
        return;
    }
    remote->id = hello->peer;
    multiplayer_inbox_add_event(&peer->inbox, MULTIPLAYER_PEER_CONNECTED, remote->id);
    remote->too_slow |= !welcome(peer, remote);
    tell_others(peer, MULTIPLAYER_FRAME_JOINED, remote);
    multiplayer_server_expel_the_slow(peer);
}

/* A reliable packet could not be sent. Whose fault is it? Without a sender, it was the server's own. */
static void blame(struct multiplayer_remote *receiver, struct multiplayer_remote *sender)
{
    if (sender && multiplayer_remote_floods(sender))
        sender->flooding = true;
    else
        receiver->too_slow = true;
}

/* A packet for everybody whom a target means, except its sender. Reliable ones must reach them all. */
static enum multiplayer_error send_to_all(struct multiplayer_peer *peer, struct multiplayer_remote *sender,
                                          int32_t target, int32_t source, enum multiplayer_mode mode, int channel,
                                          const void *bytes, size_t size)
{
    enum multiplayer_error outcome = MULTIPLAYER_OK;
    struct multiplayer_remote *remote;

    for (size_t at = 0; (remote = number_table_next(&peer->by_id, &at));) {
        if (remote == sender || remote->ended || remote->id == -target)
            continue;
        if (multiplayer_remote_send(remote, MULTIPLAYER_FRAME_PACKET, (uint8_t)mode, source, bytes, size, channel) !=
            k_EResultOK) {
            if (mode == MULTIPLAYER_RELIABLE)
                blame(remote, sender);
            outcome = MULTIPLAYER_OUT_OF_MEMORY;
        }
    }
    multiplayer_server_expel_the_slow(peer);
    return outcome;
}

static void forward(struct multiplayer_peer *peer, struct multiplayer_remote *sender,
                    const struct multiplayer_frame *packet, int channel)
{
    struct multiplayer_remote *receiver;

    multiplayer_remote_count(sender, packet->payload_size);
    if (packet->peer <= 0) {
        send_to_all(peer, sender, packet->peer, sender->id, packet->detail, channel, packet->payload,
                    packet->payload_size);
        return;
    }
    receiver = number_table_find(&peer->by_id, (uint32_t)packet->peer);
    if (!receiver || receiver == sender || receiver->ended)
        return; /* gone meanwhile */
    if (multiplayer_remote_send(receiver, MULTIPLAYER_FRAME_PACKET, packet->detail, sender->id, packet->payload,
                                packet->payload_size, channel) != k_EResultOK &&
        packet->detail == MULTIPLAYER_RELIABLE) {
        blame(receiver, sender);
        multiplayer_server_expel_the_slow(peer);
    }
}

void multiplayer_server_message(struct multiplayer_peer *peer, struct multiplayer_remote *remote,
                                SteamNetworkingMessage_t *message)
{
    int channel = message->m_idxLane;
    struct multiplayer_frame frame;
    bool understood = channel < MULTIPLAYER_CHANNELS_MAX &&
                      multiplayer_frame_read(&frame, message->m_pData, (size_t)message->m_cbSize);

    if (understood && !remote->id) {
        admit(peer, remote, &frame);
    } else if (!understood || frame.kind != MULTIPLAYER_FRAME_PACKET) {
        multiplayer_server_expel(peer, remote, MULTIPLAYER_END_VIOLATION, "a message is not of this protocol", true,
                                 true);
        multiplayer_server_expel_the_slow(peer);
    } else if (frame.detail != MULTIPLAYER_UNRELIABLE_ORDERED ||
               !multiplayer_remote_overtaken(remote, channel, message->m_nMessageNumber)) {
        bool for_us = frame.peer == MULTIPLAYER_SERVER_ID || (frame.peer <= 0 && frame.peer != -MULTIPLAYER_SERVER_ID);
        int32_t sender = remote->id;
        if (peer->relay && frame.peer != MULTIPLAYER_SERVER_ID)
            forward(peer, remote, &frame, channel);
        if (for_us) {
            multiplayer_deliver(peer, message, sender, &frame);
            return;
        }
    }
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

enum multiplayer_error multiplayer_server_put(struct multiplayer_peer *peer, const void *bytes, size_t size)
{
    struct multiplayer_remote *receiver;

    if (peer->target <= 0)
        return send_to_all(peer, NULL, peer->target, MULTIPLAYER_SERVER_ID, peer->mode, peer->channel, bytes, size);
    receiver = number_table_find(&peer->by_id, (uint32_t)peer->target);
    if (!receiver)
        return MULTIPLAYER_INVALID_PARAMETER;
    if (receiver->ended)
        return MULTIPLAYER_OK; /* its end has not been told yet */
    switch (multiplayer_remote_send(receiver, MULTIPLAYER_FRAME_PACKET, (uint8_t)peer->mode, MULTIPLAYER_SERVER_ID,
                                    bytes, size, peer->channel)) {
    case k_EResultOK:
        return MULTIPLAYER_OK;
    case k_EResultLimitExceeded:
        /* The engine asks nobody what became of a packet: whoever has missed a reliable one cannot stay. */
        receiver->too_slow |= peer->mode == MULTIPLAYER_RELIABLE;
        multiplayer_server_expel_the_slow(peer);
        return MULTIPLAYER_OUT_OF_MEMORY;
    default:
        return MULTIPLAYER_FAILED;
    }
}
