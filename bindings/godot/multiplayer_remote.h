/*
 * Another member of the game: for the server a client and its connection, for a client the server or another client
 * that is reached through the server. Owned by a multiplayer_peer.
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_REMOTE_H
#define FUMAROLE_GODOT_MULTIPLAYER_REMOTE_H

#include "fumarole/fumarole.h"
#include "multiplayer_peer.h"

struct multiplayer_remote {
    int32_t id;                     /* 0: it has not said hello yet */
    HSteamNetConnection connection; /* 0: reached through the server */
    bool ended;                     /* the connection is over; what it brought is still being read */
    bool too_slow;                  /* to be expelled: a reliable packet could not be sent to it */
    bool flooding;                  /* to be expelled: it has sent more for another than anybody could be sent */
    SteamNetworkingMicroseconds since;
    /* Of a client: how much more it has had the server pass on than one connection may carry, and at what time. */
    int64 surplus;
    SteamNetworkingMicroseconds surplus_at;
    int32 rate, buffer;                     /* what one connection may carry in a second, and what may wait in it */
    int lanes;                              /* configured for sending */
    int64 newest[MULTIPLAYER_CHANNELS_MAX]; /* number of the newest ordered packet from it */
};

/* Null without memory. */
struct multiplayer_remote *multiplayer_remote_create(HSteamNetConnection connection, int32_t id);

/*
 * Sends a frame over the connection of a remote. Packets go on the lane of their channel, below
 * MULTIPLAYER_CHANNELS_MAX; the other frames reliably on lane 0. Returns the library's result.
 */
EResult multiplayer_remote_send(struct multiplayer_remote *remote, enum multiplayer_frame_kind kind, uint8_t detail,
                                int32_t peer, const void *payload, size_t size, int channel);

/* Whether an ordered packet with this message number has been overtaken by a newer one of its sender and channel. */
bool multiplayer_remote_overtaken(struct multiplayer_remote *sender, int channel, int64 message_number);

/*
 * Counts what the server passes on for a client, and says whether that is more than anybody could be sent: then it is
 * not the receiver who is too slow. With the limits that the sender's own connection has here.
 */
void multiplayer_remote_count(struct multiplayer_remote *sender, size_t size);
bool multiplayer_remote_floods(const struct multiplayer_remote *sender);

/*
 * Closes the connection, if there is one, with a reason of the application and a sentence (or null). Linger: what was
 * sent reliably is still delivered. The handle stays in `remote`, to find it in tables.
 */
void multiplayer_remote_close(const struct multiplayer_remote *remote, int reason, const char *sentence, bool linger);

#endif
