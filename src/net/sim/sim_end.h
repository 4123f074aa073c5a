/*
 * One end of a simulated connection: the connection, and its owner as the API is one. Every call on the connection is
 * followed by sending until nothing is left and by setting the timer to the connection's deadline; one that is Dead is
 * destroyed. What must hold is judged on the way (sim_judge.h, sim_ledger.h).
 *
 * An end outlives its connection, so that what happened can be looked up. The host owns it.
 */
#ifndef NET_SIM_END_H
#define NET_SIM_END_H

#include "conn/connection.h"
#include "net/sim/sim_ledger.h"
#include "net/sim/sim_world.h"

enum {
    SIM_SENDS_WITHOUT_END = 20000, /* batches in one go that nobody may need */
    SIM_TICKS_WITHOUT_TIME = 200,  /* ticks at one instant that nobody may need */
    SIM_ROAM_PORTS = 100,          /* from one port to the next that a roaming end has */
};

struct sim_host;
struct sim_end;

/* What the application of a host does. Called outside of any call on a connection. */
struct sim_application {
    /* An incoming connection waits to be accepted; the application owns the end's handle from now on. */
    void (*incoming)(struct sim_application *application, struct sim_end *end);
    /* The state that applications see has changed since the last call; the end may be gone afterwards. */
    void (*changed)(struct sim_application *application, struct sim_end *end, int old_state);
    /* Messages wait in end->inbox. */
    void (*readable)(struct sim_application *application, struct sim_end *end);
};

struct sim_end {
    struct connection_events events;
    struct list_node node; /* in the host */
    struct sim_host *host;
    struct connection *connection; /* NULL when Dead */
    uint32_t id;
    int serial; /* for people */
    SteamNetworkingIPAddr local, remote;
    struct sim_event tick;
    int ticks_at_instant;
    microseconds last_tick;

    int state;      /* as last reported */
    int seen_state; /* what the application was told */
    bool inside;    /* a call on the connection is being made */
    bool reading;   /* and it is the one that tells of room in the receive queue */
    bool released;  /* the application has closed it */
    bool outgoing;  /* it has asked for the connection */
    bool was_connected;
    bool failed_locally; /* the socket failed */
    bool killed;         /* its process died */
    bool deceived;       /* an attacker may have ended its connection, or led its handshake astray */
    bool cut_off;        /* its address or its peer's changed, and nobody can find out */
    bool hostile;        /* what it sends is not what the protocol wants (sim_hostile.h) */
    bool besieged;       /* its peer sends as much of that as it can (sim_siege.h) */
    int roamed;          /* its address changed so often */
    int followed;        /* and its peer's, as far as it has noticed */
    bool lingered;
    bool linger_complete;    /* all reliable messages had been delivered when it ended */
    bool owed;               /* its peer has ended lingering because this end's full queue holds the rest */
    microseconds last_heard; /* when data from the peer was last processed; its host's clock, as all below */
    microseconds last_taken; /* the same for what the network had held back */
    microseconds made_at, state_since;
    uint64_t taken;   /* authentic packets then */
    int close_reason; /* that the application gave */
    bool close_linger;
    int end_reason; /* how it ended, while the application was still looking */

    struct list inbox; /* messages delivered and not read */
    int inbox_count, inbox_limit;
    int64_t inbox_bytes;

    struct sim_ledger ledger; /* what this end has sent */
    microseconds connected_at;
    microseconds connected_world, disconnected_at; /* world time; with lingering, if it did; -1: not yet */
    int64_t bytes_since_connected;                 /* in packets that are more than acknowledgements */
    uint64_t packets, ticks;                       /* since it idles */
    uint64_t packets_total, bytes_total, datagrams_received;
    uint64_t delivered[2]; /* messages, unreliable and reliable */
    struct connection_statistics seen_statistics;
    void *application_data; /* the workload's */
};

/* What applications see of a state: the internal ones are None. */
int sim_visible_state(int state);

/* ---- for the host -------------------------------------------------------------------------------------------- */

/* An end without a connection yet. NULL when the simulation is out of memory. */
struct sim_end *sim_end_new(struct sim_host *host, const SteamNetworkingIPAddr *local,
                            const SteamNetworkingIPAddr *remote);
void sim_end_free(struct sim_end *end);

/* Its process dies. */
void sim_end_kill(struct sim_end *end);

/* What its connection is to be made with. */
struct connection_parameters sim_end_parameters(struct sim_end *end);

/* The owner's part of every call on the connection. */
void sim_end_after_call(struct sim_end *end);

/* Tells the application what has changed, outside of any call on the connection. */
void sim_end_tell(struct sim_end *end);

/* Tells about the end, when the world is verbose. */
void sim_end_say(const struct sim_end *end, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- the application's calls --------------------------------------------------------------------------------- */

EResult sim_end_accept(struct sim_end *end);
EResult sim_end_send(struct sim_end *end, int size, int flags, int lane);
EResult sim_end_flush(struct sim_end *end);
EResult sim_end_configure_lanes(struct sim_end *end, int count, const int *priorities, const uint16_t *weights);

/* The end is `released` afterwards: the application must not use it any more. */
void sim_end_close(struct sim_end *end, int reason, bool linger);

/* The socket has failed, as the owner sees it. */
void sim_end_fail(struct sim_end *end);

/* Reads up to `count` messages and makes room for others. Returns how many were read. */
int sim_end_read(struct sim_end *end, int count);

/* Asks for everything that can be asked for. */
void sim_end_query(struct sim_end *end);

/* When an end that was connected ceased to be, or now. */
microseconds sim_end_connected_until(const struct sim_end *end);

/* The other end of an established connection, or NULL. */
struct sim_end *sim_end_peer(struct sim_end *end);

/* What still comes from its address may be another process's, which answers the same request with other keys. */
bool sim_end_peer_is_gone(struct sim_end *end);

/* The newest end at the other address, whether the two know each other or not; or NULL. */
struct sim_end *sim_end_counterpart(struct sim_end *end);

#endif
