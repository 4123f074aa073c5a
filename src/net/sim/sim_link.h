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
    double burst_begin;  /* from now on datagrams are lost in rows (Gilbert and Elliott's two states) ... */
    double burst_end;    /* ... until now ... */
    double burst_loss;   /* ... with this probability */
    double reorder;      /* held back by up to reorder_delay, and overtaken meanwhile */
    double duplicate;    /* arrives again, up to reorder_delay later */
    double corrupt;      /* arrives with changed bits or another length */
    double truncate;     /* arrives without its last bytes */
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
    bool genuine;    /* as it was sent, and for the first time */
    uint64_t serial; /* on its link, from 1; 0: no host has sent it */
    bool judged;     /* an attacker's: it must change nothing, as far as anybody can tell (sim_inert.h) */
    size_t length;
    uint8_t bytes[];
};

struct sim_link_counters {
    uint64_t offered, offered_bytes; /* by the host at the beginning */
    uint64_t injected, duplicated;   /* on the way */
    uint64_t lost, queue_lost, cut, too_large, corrupted, truncated, arrived;
};

struct sim_link;

/* What becomes of a datagram besides what the conditions do to it. */
enum sim_fate {
    SIM_FATE_PASS,
    SIM_FATE_DROP,
    SIM_FATE_DUPLICATE,
    SIM_FATE_DELAY, /* by SIM_FATE_DELAY_TIME */
    SIM_FATE_CORRUPT,
    SIM_FATE_TRUNCATE,
};

#define SIM_FATE_DELAY_TIME (300 * MILLISECOND)

/* Somebody who sees what hosts send, and may decide about it. */
struct sim_wire {
    enum sim_fate (*passes)(struct sim_wire *wire, struct sim_link *link, uint64_t serial,
                            const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to, const uint8_t *bytes,
                            size_t length);
    /* The datagram has arrived, and its receiver has acted on it. May be NULL. */
    void (*accepted)(struct sim_wire *wire, struct sim_link *link, uint64_t serial);
};

struct sim_link {
    struct sim_world *world;
    struct sim_conditions conditions;
    uint64_t serials;
    bool in_burst;
    bool partitioned;        /* nothing passes, whatever the conditions */
    microseconds busy_until; /* the rate's queue is empty then */
    microseconds last_arrival;
    struct list on_the_way;
    struct sim_link_counters counters;
    struct sim_wire *wire; /* whoever has a hand in what passes; may be NULL */
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

/* The same for a datagram that the sender's address has not sent. It is not lost and not changed on the way. */
void sim_link_inject(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                     const void *bytes, size_t length, microseconds delay, bool judged);

/* Every datagram has arrived, was lost, or is on the way. */
bool sim_link_adds_up(const struct sim_link *link);

void sim_datagram_free(struct sim_datagram *datagram);

#endif
