/*
 * What the applications on simulated hosts do: they accept, late or never, or refuse; send messages of all sizes on all
 * lanes, flush, configure lanes, leave their receive queues full for a while, ask for everything that can be asked for,
 * and close in the middle of it. One workload is one host's application; it draws from the world's randomness.
 */
#ifndef NET_SIM_WORKLOAD_H
#define NET_SIM_WORKLOAD_H

#include "net/sim/sim_host.h"

/* How much of everything; drawn for each world. */
struct sim_profile {
    int messages_maximum;     /* each end sends at most so many */
    int64_t bytes_maximum;    /* and so many bytes */
    microseconds gap_maximum; /* between two bursts */
    int burst_maximum;        /* messages at once */
    double reliable;          /* share of the messages */
    int size_maximum;
    int lanes_maximum;
    double stall; /* an end stops reading, at each turn */
    microseconds stall_maximum;
    double refuse, ignore;       /* incoming connections */
    microseconds accept_maximum; /* time to think before accepting */
    double fail;                 /* a socket fails, at each turn */
    double reconnect;            /* an end that had connected does so again when its connection has ended */
    double close;                /* an end closes in the middle of its work */
    microseconds work_time;      /* when the middle of its work is over */
};

enum { SIM_PLANNED_CONNECTS_MAXIMUM = 4, SIM_CONNECTS_AGAIN_MAXIMUM = 6 };

struct sim_planned_connect {
    struct sim_event event;
    struct sim_workload *workload;
    SteamNetworkingIPAddr to;
};

struct sim_workload {
    struct sim_application application;
    struct sim_world *world;
    struct sim_host *host;
    const struct sim_profile *profile;
    struct sim_planned_connect planned[SIM_PLANNED_CONNECTS_MAXIMUM];
    int planned_count;
    struct sim_planned_connect again[SIM_CONNECTS_AGAIN_MAXIMUM];
    bool finishing; /* nothing new is sent, everything is read, ended connections are let go */
    uint64_t accepted, refused, ignored, closed_early, sends_refused;
};

void sim_workload_init(struct sim_workload *workload, struct sim_host *host, const struct sim_profile *profile);

/* Connects at this time, if that is allowed, and works. */
void sim_workload_connect(struct sim_workload *workload, const SteamNetworkingIPAddr *to, microseconds at,
                          bool allowed);

/* The same without a stream of randomness of its own: for something that has happened. No more than a few times. */
void sim_workload_connect_again(struct sim_workload *workload, const SteamNetworkingIPAddr *to, microseconds at);

/* No new messages from now on. */
void sim_workload_finish(struct sim_workload *workload);

/* The application has answered this incoming connection in time, or is going to. Meaningless for outgoing ones. */
bool sim_workload_answers(const struct sim_end *end);

#endif
