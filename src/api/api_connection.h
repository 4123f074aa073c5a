/*
 * A connection as the API knows it: a handle, a name, configuration, an inbox, and behind it either a connection of
 * conn/ with its UDP socket or an end of a pipe.
 *
 * Its lock is the mutex of its slot in the handle table; "locked" below means that the caller holds it. An
 * application's handle ends with CloseConnection ("released"), the object when the connection behind it is dead: for
 * UDP that is five seconds later (protocol 7.2).
 *
 * Life: api_connection_new (nobody finds it yet) - api_connection_reserve - the caller attaches a core or a pipe -
 * api_connection_publish - ... - api_connection_remove. The memory goes when no service callback can be using it.
 */
#ifndef API_API_CONNECTION_H
#define API_API_CONNECTION_H

#include "api/config_values.h"
#include "api/handle_table.h"
#include "api/inbox.h"
#include "api/send_queue_watch.h"
#include "api/sockets_object.h"
#include "base/hash_table.h"
#include "base/list.h"
#include "conn/connection.h"
#include "net/service.h"
#include "path/pipe.h"
#include "snp/transport_config.h"

enum {
    CONNECTION_NAME_SIZE = 32, /* with the terminator (api-contract 9.2) */
    CONNECTION_RUN = 64,       /* datagrams that are taken before messages and acknowledgements go on */

    /*
     * Messages that may wait (no NoNagle flag, NagleTime not shorter) and follow a datagram that left less than so many
     * microseconds ago are gathered, so that a stream of small messages leaves in runs of datagrams, one system call
     * for each, as soon as there are so many bytes or the time is over.
     */
    SEND_BURST_US = 100,
    SEND_BURST_BYTES = 40 * 1024,
};

struct listen_socket;

/* What only a connection in memory has. Most connections are not, so it is a block of its own. */
struct connection_pipe {
    struct api_connection *owner;
    struct pipe_end end;
    struct pipe_events events;
    uint32_t peer;                    /* the other end's handle; constant */
    SteamNetworkingIdentity identity; /* the other end's; constant */
};

struct api_connection {
    struct sockets *sockets;
    struct handle_slot *slot; /* NULL before it is reserved */
    uint32_t handle;
    SteamNetworkingIPAddr remote; /* where its datagrams come from; constant, or guarded by the listen socket's lock */
    struct list_node node;        /* sockets->connections; wide lock */

    /* Locked: */
    bool released;   /* the application has let go, or never knew it */
    int shown_state; /* what the application was last told */
    char name[CONNECTION_NAME_SIZE];
    struct config_node config;
    struct transport_config transport; /* resolved from config */
    bool packet_size_pending;          /* a smaller packet size waits for reliable data to be acknowledged */
    struct inbox inbox;
    struct send_queue_watch watch;

    /* Over UDP: */
    struct connection *core; /* NULL for a pipe */
    struct connection_events core_events;
    struct service_socket *socket; /* its own, or the listen socket's that it came in through */
    struct service_socket_events socket_events;
    bool owns_socket;
    bool has_route; /* its socket was opened to go to the peer */

    /* In memory: */
    bool is_pipe;
    struct connection_pipe *pipe; /* NULL over UDP; constant */

    struct service_timer timer;
    microseconds armed;           /* when the timer fires */
    microseconds sent_at;         /* when datagrams left last */
    microseconds route_looked_at; /* when another way to the peer was looked for */
    bool has_timer;

    /* Incoming: */
    struct listen_socket *listen_socket; /* NULL: made by this host. It outlives the connection. */
    HSteamListenSocket listen_handle;
    struct list_node listen_node;  /* listen_socket->children; wide lock */
    struct hash_node address_node; /* listen_socket->by_address; its lock */
    struct hash_node request_node; /* sockets->requests, by the core's remote identity and the next; wide lock */
    uint32_t request_id;           /* the client's; constant */
    bool waits;                    /* counted among the listen socket's waiting ones; its lock */

    atomic_int references; /* of the service: it frees the memory */
    struct service_task reclaim;
};

/* ---- making and ending ------------------------------------------------------------------------------------------- */

/* An object with a configuration below `parent`, without handle; no lock is needed. NULL when memory is short. */
struct api_connection *api_connection_new(struct sockets *self, struct config_node *parent);

/* Makes the part that a connection in memory has. False when memory is short. */
bool api_connection_add_pipe(struct api_connection *connection);

/*
 * With the wide lock held: resolves the configuration, reserves a handle and a timer on the loop. False: the limit is
 * reached or memory is short; the object is still to be abandoned.
 */
bool api_connection_reserve(struct api_connection *connection, struct service_loop *loop);

/* Opens a UDP socket of its own towards `remote`. False: `error` (SERVICE_ERROR_TEXT) says why. */
bool api_connection_open_socket(struct api_connection *connection, const SteamNetworkingIPAddr *bind,
                                const SteamNetworkingIPAddr *remote, char *error);

/*
 * With the wide lock held: from now on it is found by its handle and listed. It comes out locked. `announce`: its
 * state is reported to the application as a change from None (api-contract 3.3).
 */
void api_connection_publish(struct api_connection *connection, bool announce);

/* The same for two at once; the first one's state is reported first. */
void api_connection_publish_both(struct api_connection *first, struct api_connection *second, bool announce);

/* Undoes everything that was done before publishing. No lock held. */
void api_connection_abandon(struct api_connection *connection);

/* With the wide lock held, not locked: takes a published object away at once, without a word to the peer. */
void api_connection_remove(struct api_connection *connection);

/* Takes away a published object if what is behind it is dead. No lock held. */
void api_connection_bury(struct sockets *self, uint32_t handle);

/*
 * Locked: the application's hold ends, as far as this object goes: unread messages move to `discarded`, the poll group
 * is left, no callback will come any more.
 */
void api_connection_release(struct api_connection *connection, struct list *discarded);

/*
 * Locked: feeds datagrams for as long as they come from the connection's address, and settles now and then, so that
 * messages and acknowledgements do not wait for the end of a long run. Returns how many were taken.
 */
int api_connection_receive(struct api_connection *connection, struct received *datagrams, int count, microseconds now);

/* With the slot locked: a data packet with its id from another address. False: it has nothing to do with it. */
bool api_connection_receive_elsewhere(struct api_connection *connection, struct received *datagram, microseconds now);

/*
 * Locked: the network brings its datagrams to another of its listen socket's sockets, which another thread serves; the
 * connection goes there. That its own timer may still be firing on the old thread is what the lock is for.
 */
void api_connection_move(struct api_connection *connection, struct service_socket *socket);

/* ---- locking ----------------------------------------------------------------------------------------------------- */

/* A connection that a call works on; with the other end of the pipe, if it is one (NULL when that is gone). */
struct connection_lock {
    struct api_connection *connection;
    struct api_connection *other;
};

/* False, and nothing locked: the handle is nobody's or was closed by the application. */
bool connection_lock_handle(struct sockets *self, uint32_t handle, struct connection_lock *lock);

/* With the same meaning, for callers that must find released ones too. */
bool connection_lock_any(struct sockets *self, uint32_t handle, struct connection_lock *lock);

void connection_unlock(struct connection_lock *lock);

/* Settles both ends and unlocks. */
void connection_settle_and_unlock(struct connection_lock *lock, microseconds now);

/*
 * Locked: after any call that may have left something to do. Publishes arrived messages, sends what is ready, notes a
 * drained send queue, and arms the timer for the next deadline; a dead connection is left to the timer as well.
 */
void api_connection_settle(struct api_connection *connection, microseconds now);

/*
 * The same, and unlocks, after the application queued messages that may wait for others (`patient`) or may not.
 */
void connection_settle_sent_and_unlock(struct connection_lock *lock, bool patient, microseconds now);

/*
 * Locked: the application may have made room in the inbox. If messages were refused, what was held back comes now
 * (protocol 14.3), and it is settled.
 */
void api_connection_offer_room(struct api_connection *connection);

/* ---- reading; locked --------------------------------------------------------------------------------------------- */

/* As the application sees it: 0 to 5. */
int api_connection_state(const struct api_connection *connection);

/* All 696 bytes (api-contract 9.3). */
void api_connection_fill_info(const struct api_connection *connection, SteamNetConnectionInfo_t *info);

/* `#<id> <kind> '<name>'`. */
void api_connection_describe(const struct api_connection *connection, char *buffer, size_t size);

/* ---- the rest; locked -------------------------------------------------------------------------------------------- */

/* Reports the change from the shown state to the present one, if there is one. */
void api_connection_report_state(struct api_connection *connection);

/* Reports a change to None with the information as it is now, whatever the state (api-contract 5.4); the last report.
 */
void api_connection_report_end(struct api_connection *connection);

/*
 * Closes what is behind the object, as the application or the library wants it; reason and text are normalised. The
 * peer is told when it is settled. `other` is what connection_lock holds.
 */
void api_connection_close(struct api_connection *connection, int reason, const char *text, bool linger,
                          microseconds now);

/* Takes up a changed configuration; to be settled afterwards. */
void api_connection_refresh(struct api_connection *connection, microseconds now);

/* Bytes that wait to be sent. */
int64_t api_connection_pending_bytes(const struct api_connection *connection);

#endif
