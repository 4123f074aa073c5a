/*
 * A simulated computer with the library on it: an endpoint, at most one listener, and any number of connections, each
 * driven as the API drives it: datagrams are routed by address (protocol 3.3), every call is followed by sending until
 * nothing is left and by setting the timer to the connection's deadline, a connection that is Dead is destroyed.
 *
 * After every call the host checks what must hold of any connection (sim_end_check). Hosts have clocks of their own,
 * may freeze for a while, and may be called late or early, as real ones are.
 */
#ifndef NET_SIM_HOST_H
#define NET_SIM_HOST_H

#include "conn/connection.h"
#include "conn/endpoint.h"
#include "conn/listener.h"
#include "net/sim/sim_ledger.h"
#include "net/sim/sim_link.h"
#include "net/sim/sim_world.h"

enum {
    SIM_BACKLOG_BYTES = 256 * 1024, /* a frozen host's socket holds so much */
    SIM_SENDS_WITHOUT_END = 20000,  /* batches in one go that nobody may need */
    SIM_TICKS_WITHOUT_TIME = 200,   /* ticks at one instant that nobody may need */
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

/* One end of a connection. It outlives the connection, so that what happened can be looked up; the host owns it. */
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
    bool was_connected;
    bool lingered;
    bool linger_complete;    /* all reliable messages had been delivered when it ended */
    bool owed;               /* its peer has ended lingering because this end's full queue holds the rest */
    microseconds last_heard; /* when data from the peer was last processed; world time */
    int close_reason;        /* that the application gave */
    bool close_linger;
    int end_reason; /* how it ended, while the application was still looking */

    struct list inbox; /* messages delivered and not read */
    int inbox_count, inbox_limit;
    int64_t inbox_bytes;

    struct sim_ledger ledger; /* what this end has sent */
    microseconds connected_at;
    int64_t bytes_since_connected; /* in packets that are more than acknowledgements */
    uint64_t packets, ticks;
    void *application_data; /* the workload's */
};

struct sim_host {
    struct sim_world *world;
    int index;
    struct sim_application *application;
    SteamNetworkingIPAddr address; /* clients use one port after the other from this one on */
    microseconds clock_offset;
    struct random_generator random;
    struct endpoint *endpoint;
    struct transport_config config;
    bool listening;
    struct listener listener;
    struct list ends;
    int end_count;
    struct sim_host *all_hosts; /* to find the peer of an end */
    int host_count;

    struct sim_link *(*route)(struct sim_host *from, const SteamNetworkingIPAddr *to);

    bool frozen;
    struct list backlog;
    size_t backlog_bytes;
    microseconds tick_late_maximum; /* timers fire up to so much late */
    double tick_early;              /* and sometimes without a reason */
    bool corruption;                /* handshakes may fail for reasons that nobody has */
    bool shortage;                  /* allocations fail at times, and what needs them may fail too */

    uint64_t datagrams_received, bytes_received, datagrams_sent, bytes_sent, stray_replies, refused_requests;
};

/* The endpoint is taken over. False when memory is short. */
bool sim_host_init(struct sim_host *host, struct sim_world *world, int index, struct endpoint *endpoint);
void sim_host_destroy(struct sim_host *host);

/* The host's own clock. */
microseconds sim_host_now(const struct sim_host *host);

/* A new outgoing connection, or NULL (the world has failed then, or memory is short). */
struct sim_end *sim_host_connect(struct sim_host *host, const SteamNetworkingIPAddr *to);

/* What a link calls; its receiver is the host. */
void sim_host_arrive(struct sim_link *link, struct sim_datagram *datagram);

/* A frozen host does nothing; when it thaws it finds what arrived in the meantime. */
void sim_host_freeze(struct sim_host *host, bool frozen);

/* ---- the application's calls --------------------------------------------------------------------------------- */

EResult sim_end_accept(struct sim_end *end);
EResult sim_end_send(struct sim_end *end, int size, int flags, int lane);
EResult sim_end_flush(struct sim_end *end);
EResult sim_end_configure_lanes(struct sim_end *end, int count, const int *priorities, const uint16_t *weights);

/* The end is `released` afterwards: the application must not use it any more. */
void sim_end_close(struct sim_end *end, int reason, bool linger);

/* Reads up to `count` messages and makes room for others. Returns how many were read. */
int sim_end_read(struct sim_end *end, int count);

/* Asks for everything that can be asked for. */
void sim_end_query(struct sim_end *end);

/* The other end of an established connection, or NULL. */
struct sim_end *sim_end_peer(struct sim_end *end);

/* The newest end at the other address, whether the two know each other or not; or NULL. */
struct sim_end *sim_end_counterpart(struct sim_end *end);

#endif
