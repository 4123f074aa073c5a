/*
 * The engine's networking over our connections: a server and its clients, who reach each other through it. Without an
 * engine in it: the classes that the engines see (gdnative/, gdextension/) call these functions and no others.
 *
 * A peer is used from one thread at a time. The library must be running (GameNetworkingSockets_Init) from create to
 * destroy. Functions that can fail return the engine's error numbers.
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_PEER_H
#define FUMAROLE_GODOT_MULTIPLAYER_PEER_H

#include "fumarole/fumarole.h"
#include "multiplayer_inbox.h"

/* Both engines number these alike. */
enum multiplayer_error {
    MULTIPLAYER_OK = 0,
    MULTIPLAYER_FAILED = 1,
    MULTIPLAYER_UNAVAILABLE = 2,
    MULTIPLAYER_UNCONFIGURED = 3,       /* it is neither server nor connected client */
    MULTIPLAYER_PARAMETER_RANGE = 5,    /* a channel, a number of clients */
    MULTIPLAYER_OUT_OF_MEMORY = 6,      /* also: what is unsent fills the send buffer */
    MULTIPLAYER_CANNOT_CREATE = 20,     /* the address cannot be bound or the options are bad */
    MULTIPLAYER_ALREADY_IN_USE = 22,    /* it is a server or client already */
    MULTIPLAYER_INVALID_PARAMETER = 31, /* a target that does not exist */
};

/* The engines' connection statuses. */
enum multiplayer_status {
    MULTIPLAYER_DISCONNECTED = 0,
    MULTIPLAYER_CONNECTING = 1,
    MULTIPLAYER_CONNECTED = 2,
};

/* Reasons with which connections are closed; the sentence beside them says more. */
enum {
    MULTIPLAYER_END_CLOSED = 1000,    /* closed by the program there */
    MULTIPLAYER_END_REFUSED = 1001,   /* full, or not taking players */
    MULTIPLAYER_END_KICKED = 1002,    /* disconnect_peer */
    MULTIPLAYER_END_VIOLATION = 2001, /* not what this protocol allows, or another version of it */
    MULTIPLAYER_END_TOO_SLOW = 2002,  /* it does not receive as fast as reliable packets come for it */
    MULTIPLAYER_END_FLOODING = 2003,  /* it sends more for others than the server may send them */
};

enum {
    MULTIPLAYER_CLIENTS_MAX = 4095,
    MULTIPLAYER_CHANNELS_MAX = 32, /* lanes of a connection: the library knows 255, which no game needs */
};

struct multiplayer_peer;

/* A peer that is neither server nor client yet; null without memory. Destroying closes it. */
struct multiplayer_peer *multiplayer_peer_create(void);
void multiplayer_peer_destroy(struct multiplayer_peer *peer);

/*
 * Clients see each other, and reach each other through the server (the default). Off, for an engine that relays by
 * itself, packets go between client and server only. Before it becomes a server.
 */
void multiplayer_peer_set_relay(struct multiplayer_peer *peer, bool on);

/*
 * Becomes a server at an address (port 0: the system chooses one) or a virtual port, for 1 to MULTIPLAYER_CLIENTS_MAX
 * clients; or a client. `options` as in CreateListenSocketIP and ConnectByIPAddress.
 */
enum multiplayer_error multiplayer_peer_serve(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                              int clients_max, int option_count,
                                              const SteamNetworkingConfigValue_t *options);
enum multiplayer_error multiplayer_peer_serve_p2p(struct multiplayer_peer *peer, int virtual_port, int clients_max,
                                                  int option_count, const SteamNetworkingConfigValue_t *options);
enum multiplayer_error multiplayer_peer_join(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                             int option_count, const SteamNetworkingConfigValue_t *options);
enum multiplayer_error multiplayer_peer_join_p2p(struct multiplayer_peer *peer, const SteamNetworkingIdentity *identity,
                                                 int virtual_port, int option_count,
                                                 const SteamNetworkingConfigValue_t *options);

/*
 * Closes all connections; what was sent reliably is still delivered. No events follow, and no packets. It may become a
 * server or client again.
 */
void multiplayer_peer_close(struct multiplayer_peer *peer);

/*
 * Fetches what has come and moves the state on; then events and packets can be taken. Runs the callbacks of the library
 * (RunCallbacks), so that functions set for other connections may be called.
 */
void multiplayer_peer_poll(struct multiplayer_peer *peer);

/* The next event, in order with the packets; call it until it returns false, after each poll. */
bool multiplayer_peer_take_event(struct multiplayer_peer *peer, struct multiplayer_event *event);

/* Server: ends a client's connection. `at_once`: nothing more is delivered to it. `tell`: an event follows. */
enum multiplayer_error multiplayer_peer_disconnect(struct multiplayer_peer *peer, int32_t id, bool at_once, bool tell);

/* ---- packets ---------------------------------------------------------------------------------------------------- */

/* Of the packets that are put from now on. Target: 0 all others, 1 the server, an id, or minus an id: all but that. */
void multiplayer_peer_set_target(struct multiplayer_peer *peer, int32_t target);
enum multiplayer_error multiplayer_peer_set_mode(struct multiplayer_peer *peer, int mode);
enum multiplayer_mode multiplayer_peer_mode(const struct multiplayer_peer *peer);
enum multiplayer_error multiplayer_peer_set_channel(struct multiplayer_peer *peer, int channel); /* 0 to 31 */
int multiplayer_peer_channel(const struct multiplayer_peer *peer);

/* Up to multiplayer_peer_packet_size_max() bytes. OK if everybody it is meant for gets it. */
enum multiplayer_error multiplayer_peer_put_packet(struct multiplayer_peer *peer, const void *bytes, int size);
int multiplayer_peer_packet_size_max(void);

/* How many packets can be fetched; the next one, whose bytes are valid until the next call; whom that comes from. */
int multiplayer_peer_available(const struct multiplayer_peer *peer);
bool multiplayer_peer_packets_wait(const struct multiplayer_peer *peer); /* there are some, perhaps behind an event */
const struct multiplayer_packet *multiplayer_peer_get_packet(struct multiplayer_peer *peer);
const struct multiplayer_packet *multiplayer_peer_next_packet(const struct multiplayer_peer *peer);

/* ---- state ------------------------------------------------------------------------------------------------------ */

enum multiplayer_status multiplayer_peer_status(const struct multiplayer_peer *peer);
bool multiplayer_peer_is_server(const struct multiplayer_peer *peer);
int32_t multiplayer_peer_id(const struct multiplayer_peer *peer); /* 0 when disconnected */

/* Server: whether new clients are turned away. */
void multiplayer_peer_refuse(struct multiplayer_peer *peer, bool on);
bool multiplayer_peer_is_refusing(const struct multiplayer_peer *peer);

/* The connection to a peer that is reached directly, for the functions of the library; 0 if there is none. */
HSteamNetConnection multiplayer_peer_connection(const struct multiplayer_peer *peer, int32_t id);

/* The listen socket of a server; 0 otherwise. */
HSteamListenSocket multiplayer_peer_listen_socket(const struct multiplayer_peer *peer);

/* Client: why it is disconnected; the sentence is the one of whoever ended the connection. 0 and "" otherwise. */
int multiplayer_peer_end_reason(const struct multiplayer_peer *peer);
const char *multiplayer_peer_end_sentence(const struct multiplayer_peer *peer);

#endif
