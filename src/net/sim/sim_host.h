/*
 * A simulated computer with the library on it: an endpoint, some listeners, and the ends of its connections.
 * Datagrams are routed as the API does it: by address (protocol 3.3), and by id when they come from elsewhere. Hosts
 * have clocks of their own, may freeze for a while, and may be called late or early, as real ones are.
 */
#ifndef NET_SIM_HOST_H
#define NET_SIM_HOST_H

#include "conn/endpoint.h"
#include "conn/listener.h"
#include "net/sim/sim_end.h"
#include "net/sim/sim_link.h"
#include "net/sim/sim_world.h"

enum {
    SIM_BACKLOG_BYTES = 256 * 1024, /* a frozen host's socket holds so much */
    SIM_LISTENERS_MAXIMUM = 3,
    SIM_LISTENER_PORTS = 10, /* from one listener's port to the next one's */
    SIM_HOST_MASK = 0xff,    /* what of its address makes a host; the rest is the network that it is in */
};

struct sim_network;

struct sim_host {
    struct sim_world *world;
    int index;
    struct sim_application *application;
    SteamNetworkingIPAddr address; /* clients use one port after the other from this one on */
    microseconds clock_offset;
    microseconds off_beat_at; /* its clock jumped, or it had been frozen until then; by its own clock */
    struct random_generator random;
    struct endpoint *endpoint;
    struct transport_config config;
    int32_t highest_rate; /* that was ever configured */
    int listener_count;   /* 0: a client */
    struct listener listeners[SIM_LISTENERS_MAXIMUM];
    struct list ends;
    int end_count;
    int ports_begin; /* how many ends there were when the host began anew, and its first port was free again */
    struct sim_network *network;

    bool frozen;
    struct list backlog;
    size_t backlog_bytes;
    microseconds tick_late_maximum; /* timers fire up to so much late */
    double tick_early;              /* and sometimes without a reason */
    bool corruption;                /* handshakes may fail for reasons that nobody has */
    bool shortage;                  /* allocations fail at times, and what needs them may fail too */
    int flood;                      /* made-up packets after each of those, at most */
    double hostility;               /* the share of its data packets that are not what they should be */
    bool sly;                       /* and they are nothing that a peer may end the connection for */
    bool wall_clock_wrong;          /* certificates may have been judged by a wrong time of day */

    /* what its kernel does to what is sent */
    double socket_busy;        /* the share of datagrams that is refused (EAGAIN, ENOBUFS) */
    bool socket_forbidden;     /* all are (EPERM) */
    int64_t interface_largest; /* larger data packets are (EMSGSIZE); 0 is no limit */

    uint64_t datagrams_received, bytes_received, datagrams_sent, bytes_sent, stray_replies, refused_requests;
    uint64_t datagrams_refused; /* by its kernel, or there is no way */
};

/* The endpoint is taken over. False when memory is short. */
bool sim_host_init(struct sim_host *host, struct sim_world *world, int index, struct endpoint *endpoint);
void sim_host_destroy(struct sim_host *host);

/* It insists on certificates, and may take its own for expired. */
static inline bool sim_host_certificate_doubtful(const struct sim_host *host)
{
    return host->wall_clock_wrong && host->config.allow_without_auth == 0;
}

/* Whatever the port. A host that has gone to another network has others besides its first one. */
bool sim_host_has_address(const struct sim_host *host, const SteamNetworkingIPAddr *address);

/* The host's own clock. */
microseconds sim_host_now(const struct sim_host *host);

/* A new outgoing connection, or NULL (the world has failed then, or memory is short). */
struct sim_end *sim_host_connect(struct sim_host *host, const SteamNetworkingIPAddr *to);

/* What a link calls; its receiver is the host. */
void sim_host_arrive(struct sim_link *link, struct sim_datagram *datagram);

/* A frozen host does nothing; when it thaws it finds what arrived in the meantime. */
void sim_host_freeze(struct sim_host *host, bool frozen);

/* The process dies without a word, and another one begins with the same addresses and certificate. */
void sim_host_restart(struct sim_host *host);

/* Its clock is ahead by so much of a sudden. */
void sim_host_jump(struct sim_host *host, microseconds by);

/* Where this listener of it is. */
SteamNetworkingIPAddr sim_host_listener_address(const struct sim_host *host, int listener);

/* The host's configuration has changed. */
void sim_host_config_changed(struct sim_host *host);

#endif
