/*
 * Hostile ends that do not wait for anything to send: driven by a timer of its own, bursts of packets of nothing but
 * their own making, each of a kind that would fill, mislead or busy a peer which has no bounds. What the peer may hold
 * and believe all the same is judged after every call on it (sim_bounds.h).
 *
 * Draws from a stream of its own which hosts besiege the server, so that all else in a world is as it would be without.
 */
#ifndef NET_SIM_SIEGE_H
#define NET_SIM_SIEGE_H

#include "net/sim/sim_network.h"

/* What one host does. */
struct sim_besieger {
    int packets;    /* that are left to it; 0: it besieges nobody */
    int burst;      /* packets at once, at most */
    int kind;       /* of packets, at present */
    double changes; /* how likely the next burst is of another kind */
    bool never_reads;
    uint64_t number; /* of the last message that it has begun */
};

struct sim_siege {
    struct sim_network *network;
    struct sim_event bursting;
    microseconds gap; /* between bursts, at most */
    size_t memory;    /* what those besieged so far may need of the heap beside what others need */
    struct sim_besieger besiegers[SIM_HOSTS_MAXIMUM];
};

/* Hosts must have been made, and have no connections yet. */
void sim_siege_begin(struct sim_siege *siege, struct sim_network *network);
void sim_siege_end(struct sim_siege *siege);

#endif
