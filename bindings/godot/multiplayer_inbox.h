/*
 * Packets on their way to the engine, and events for it, in the order in which they happened: a peer is announced
 * before its first packet can be fetched, and its end is told after its last. A packet keeps the message of the library
 * it came in, so that its bytes are not copied; it is given back when the engine has read the next one.
 *
 * Packets of a peer that is not known yet (its announcement is on another lane and may come later) wait aside.
 * Owned and used by one multiplayer_peer.
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_INBOX_H
#define FUMAROLE_GODOT_MULTIPLAYER_INBOX_H

#include "fumarole/fumarole.h"
#include "multiplayer_frame.h"

enum {
    MULTIPLAYER_PACKETS_MAX =
        4096,                     /* that the engine has not fetched; more stay in the library, which has bounds too */
    MULTIPLAYER_ASIDE_MAX = 4096, /* of peers that are not known; the oldest gives way */
};

enum multiplayer_event_kind {
    MULTIPLAYER_PEER_CONNECTED,
    MULTIPLAYER_PEER_DISCONNECTED,
    MULTIPLAYER_CONNECTION_SUCCEEDED, /* client: the server has let us in */
    MULTIPLAYER_CONNECTION_FAILED,    /* client: it has not */
    MULTIPLAYER_SERVER_DISCONNECTED,  /* client: the connection has ended */
};

struct multiplayer_event {
    enum multiplayer_event_kind kind;
    int32_t peer;   /* of the first two */
    uint64_t after; /* how many packets came before it */
};

struct multiplayer_packet {
    SteamNetworkingMessage_t *message; /* owned */
    const uint8_t *bytes;              /* inside it */
    int size;
    int32_t source;
    enum multiplayer_mode mode;
    int channel;
};

/* A queue in a ring that grows up to a number of elements. */
struct multiplayer_ring {
    void *elements;
    size_t element_size;
    size_t room, first, count, most;
};

struct multiplayer_inbox {
    struct multiplayer_ring packets; /* of struct multiplayer_packet */
    struct multiplayer_ring aside;
    struct multiplayer_ring events;    /* of struct multiplayer_event */
    struct multiplayer_packet current; /* what the engine has fetched last */
    uint64_t added, taken;             /* packets, ever */
};

void multiplayer_inbox_init(struct multiplayer_inbox *inbox);

/* Gives back all messages and forgets everything. May be used again. */
void multiplayer_inbox_clear(struct multiplayer_inbox *inbox);

/* How many more packets should be added. */
size_t multiplayer_inbox_room(const struct multiplayer_inbox *inbox);

/* Takes the packet and its message; without memory it is dropped. */
void multiplayer_inbox_add(struct multiplayer_inbox *inbox, const struct multiplayer_packet *packet);

/* The same, until multiplayer_inbox_admit is called for its source. */
void multiplayer_inbox_put_aside(struct multiplayer_inbox *inbox, const struct multiplayer_packet *packet);
void multiplayer_inbox_admit(struct multiplayer_inbox *inbox, int32_t source);

/* How many packets can be fetched before the next event has to be taken. */
size_t multiplayer_inbox_available(const struct multiplayer_inbox *inbox);

/* The next packet, or null if none is available. It is valid until the next call. */
const struct multiplayer_packet *multiplayer_inbox_take(struct multiplayer_inbox *inbox);

/* The packet that take would give, or null. */
const struct multiplayer_packet *multiplayer_inbox_peek(const struct multiplayer_inbox *inbox);

void multiplayer_inbox_add_event(struct multiplayer_inbox *inbox, enum multiplayer_event_kind kind, int32_t peer);

/* The next event, if all packets that came before it have been taken. */
bool multiplayer_inbox_take_event(struct multiplayer_inbox *inbox, struct multiplayer_event *event);

#endif
