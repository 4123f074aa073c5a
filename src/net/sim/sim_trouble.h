/*
 * What befalls the hosts of a world: they freeze, are suspended, die and come back; their addresses change, with them
 * knowing or without; their clocks jump, their sockets do not take what they send, memory runs short, they are
 * configured anew; and some of them cannot reach each other for a while.
 *
 * In a mild world nothing happens for which an everyday connection may fail: addresses change rarely enough to be
 * followed, clocks and sockets stumble for a moment only. (A host that dies takes its connections with it, of course.)
 */
#ifndef NET_SIM_TROUBLE_H
#define NET_SIM_TROUBLE_H

#include "net/sim/sim_network.h"

struct sim_troubles {
    struct sim_network *network;
    bool freezes, address_changes, partitions, restarts, clock_jumps, wall_clock_steps, socket_errors, shortage,
        reconfigures;
    struct sim_event freezing, thawing, roaming, partitioning, reuniting, restarting, jumping, stepping, erring,
        reconfiguring;
    struct sim_host *frozen_host;
    microseconds suspended_since; /* TIME_NEVER when the frozen host's clock goes on */
    /* Called when a host has died and begun anew; may be NULL. */
    void (*restarted)(struct sim_troubles *troubles, struct sim_host *host);
};

/* Draws what is going to happen. */
void sim_troubles_init(struct sim_troubles *troubles, struct sim_network *network);

void sim_troubles_begin(struct sim_troubles *troubles);

/* Ends them all; what has happened stays. */
void sim_troubles_end(struct sim_troubles *troubles);

/* Any send rates that may be configured. */
void sim_trouble_draw_rates(struct sim_world *world, struct transport_config *config);

#endif
