/*
 * A simulated one-way link between two hosts: a rate with a bounded queue in front of it, then latency with jitter, and
 * what may befall a datagram on the way. The conditions may change at any time; datagrams on the way keep theirs.
 *
 * A link owns the datagrams that are on it.
 */
#ifndef NET_SIM_LINK_H
#define NET_SIM_LINK_H

#include "base/list.h"
#include "fumarole/types.h"
#include "net/sim/sim_world.h"

struct sim_conditions {
    microseconds latency;
    microseconds jitter; /* up to this is added; the order is kept */
    double loss;         /* probabilities, for each datagram */
    double reorder;      /* held back by up to reorder_delay, and overtaken meanwhile */
    double duplicate;    /* arrives again, up to reorder_delay later */
    double corrupt;      /* arrives with changed bits or another length */
    double replay;       /* arrives again, much later */
    microseconds reorder_delay;
    int64_t rate;        /* bytes a second; 0 is no limit */
    int64_t queue_bytes; /* what waits for the rate at most; the rest is lost */
    bool cut;            /* nothing passes */
    int64_t largest;     /* no larger data packet passes, and nobody tells; 0 is no limit */
};

struct sim_datagram {
    struct sim_event event;
    struct list_node node; /* in the link, or in a host's backlog */
    struct sim_link *link;
    SteamNetworkingIPAddr from, to;
    bool genuine; /* as it was sent, and for the first time */
    size_t length;
    uint8_t bytes[];
};

struct sim_link_counters {
    uint64_t offered, offered_bytes, lost, queue_lost, cut, too_large, duplicated, corrupted, arrived;
};

struct sim_link {
    struct sim_world *world;
    struct sim_conditions conditions;
    microseconds busy_until; /* the rate's queue is empty then */
    microseconds last_arrival;
    struct list on_the_way;
    struct sim_link_counters counters;
    /* Called with a datagram that arrives and whose owner is from now on the receiver. */
    void (*arrive)(struct sim_link *link, struct sim_datagram *datagram);
    void *receiver;
};

void sim_link_init(struct sim_link *link, struct sim_world *world,
                   void (*arrive)(struct sim_link *link, struct sim_datagram *datagram), void *receiver);

/* New conditions, as if nothing had ever been queued. */
void sim_link_reset(struct sim_link *link, const struct sim_conditions *conditions);

/* Drops what is on the way. */
void sim_link_destroy(struct sim_link *link);

void sim_link_send(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                   const void *bytes, size_t length);

/* The same for a datagram that the sender's address has not sent. */
void sim_link_inject(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                     const void *bytes, size_t length);

void sim_datagram_free(struct sim_datagram *datagram);

#endif
