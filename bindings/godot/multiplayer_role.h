/*
 * The inside of a multiplayer_peer, for the files that make it: what both roles have, and what each role does when
 * something happens to one of its connections. Nobody else includes this.
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_ROLE_H
#define FUMAROLE_GODOT_MULTIPLAYER_ROLE_H

#include "multiplayer_peer.h"
#include "multiplayer_remote.h"
#include "number_table.h"

enum { MULTIPLAYER_DEPARTED = 64 };

enum multiplayer_role_kind { MULTIPLAYER_NO_ROLE, MULTIPLAYER_SERVER, MULTIPLAYER_CLIENT };

struct multiplayer_peer {
    struct multiplayer_peer *next; /* of all peers, to which status callbacks are handed out */
    enum multiplayer_role_kind role;
    enum multiplayer_status status;
    int32_t id;
    bool relay, refusing;
    int clients_max;
    HSteamListenSocket listen_socket;
    HSteamNetPollGroup poll_group;     /* server */
    struct number_table by_id;         /* remotes that have an id; owns those without a connection */
    struct number_table by_connection; /* remotes with a connection; owns them */
    size_t remotes_ended;              /* how many of by_connection wait for their rest to be read */
    struct multiplayer_inbox inbox;
    int32_t departed[MULTIPLAYER_DEPARTED]; /* client: who has left last, whose packets may still come on other lanes */
    size_t departed_at;
    int32_t target;
    enum multiplayer_mode mode;
    int channel;
    int end_reason;
    char end_sentence[128];
};

/* A packet of a known sender for the engine. Takes the message. */
void multiplayer_deliver(struct multiplayer_peer *peer, SteamNetworkingMessage_t *message, int32_t source,
                         const struct multiplayer_frame *frame);

/* Forgets a remote and frees it. Its connection is closed before, or left to the caller. */
void multiplayer_forget(struct multiplayer_peer *peer, struct multiplayer_remote *remote);

/* ---- server (multiplayer_server.c) ------------------------------------------------------------------------------ */

void multiplayer_server_status(struct multiplayer_peer *peer, const SteamNetConnectionStatusChangedCallback_t *change);
void multiplayer_server_message(struct multiplayer_peer *peer, struct multiplayer_remote *remote,
                                SteamNetworkingMessage_t *message);
void multiplayer_server_drained(struct multiplayer_peer *peer, struct multiplayer_remote *remote);
void multiplayer_server_overdue(struct multiplayer_peer *peer);
enum multiplayer_error multiplayer_server_put(struct multiplayer_peer *peer, const void *bytes, size_t size);
/*
 * Closes the connection of a client and takes it out of the game. Linger: what was sent reliably is still delivered to
 * it. Tell: there is an event of it. That the others are told may make some of them too slow: expel_the_slow follows,
 * when the caller holds no remote any more.
 */
void multiplayer_server_expel(struct multiplayer_peer *peer, struct multiplayer_remote *remote, int reason,
                              const char *sentence, bool linger, bool tell);
void multiplayer_server_expel_the_slow(struct multiplayer_peer *peer);

/* ---- client (multiplayer_client.c) ------------------------------------------------------------------------------ */

void multiplayer_client_status(struct multiplayer_peer *peer, const SteamNetConnectionStatusChangedCallback_t *change);
void multiplayer_client_message(struct multiplayer_peer *peer, SteamNetworkingMessage_t *message);
bool multiplayer_client_has_departed(const struct multiplayer_peer *peer, int32_t id);
void multiplayer_client_drained(struct multiplayer_peer *peer);
enum multiplayer_error multiplayer_client_put(struct multiplayer_peer *peer, const void *bytes, size_t size);

#endif
