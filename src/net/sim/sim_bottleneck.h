/*
 * A path that several senders share, one way: a queue of bounded size in front of a rate, and behind it a distance with
 * loss, jitter and reordering. What the senders' congestion control does to the queue can be read off it. (sim_link.h
 * is the path of one pair of hosts, with all that can befall a datagram.)
 *
 * Owns the parcels that are on it.
 */
#ifndef NET_SIM_BOTTLENECK_H
#define NET_SIM_BOTTLENECK_H

#include "base/list.h"
#include "net/sim/sim_world.h"

enum sim_jitter {
    SIM_JITTER_PACKETS, /* each packet is held up by something of its own; those behind it wait */
    SIM_JITTER_WANDERS, /* the path is now longer, now shorter, for 2 to 20 ms at a time */
};

struct sim_path {
    int64_t rate;   /* bytes a second; 0: no limit, and no queue */
    int64_t buffer; /* bytes that may wait */
    microseconds delay;
    double loss;
    enum sim_jitter jitter_kind;
    microseconds jitter; /* up to this is added; the order is kept */
    double reorder;
    microseconds reorder_delay; /* up to this is added for some packets, and others overtake them */
};

/* What one sender has put on the path, in packets and bytes. */
struct sim_account {
    int64_t offered, offered_bytes;
    int64_t dropped, dropped_bytes; /* by the full queue */
    int64_t lost;                   /* behind it */
    int64_t passed_bytes;           /* through the rate */
};

struct sim_bottleneck;

struct sim_parcel {
    struct sim_event event;
    struct list_node node;
    struct sim_bottleneck *bottleneck;
    /* It is there; the receiver owns it. */
    void (*arrive)(struct sim_parcel *parcel);
    void *receiver;
    struct sim_account *account;
    int64_t number; /* the sender's */
    size_t length;  /* on the path */
    uint8_t bytes[];
};

struct sim_bottleneck {
    struct sim_world *world;
    struct sim_path path;
    struct list queue, under_way;
    int64_t queued_bytes;
    double free_at; /* microseconds; the rate takes fractions of them */
    bool busy;
    struct sim_event service;
    microseconds last_arrival;
    microseconds wandered, wanders_at;
    struct random_generator random;
};

void sim_bottleneck_init(struct sim_bottleneck *bottleneck, struct sim_world *world, const struct sim_path *path);
void sim_bottleneck_destroy(struct sim_bottleneck *bottleneck);

/* Zeroed but for the length, with room for `stored` bytes. NULL, and the world has failed, without memory. */
struct sim_parcel *sim_parcel_new(struct sim_world *world, size_t length, size_t stored);

/* The parcel is the path's from now on. */
void sim_bottleneck_send(struct sim_bottleneck *bottleneck, struct sim_parcel *parcel);

/* How long a packet that comes now would wait. */
microseconds sim_bottleneck_delay(const struct sim_bottleneck *bottleneck);

#endif
