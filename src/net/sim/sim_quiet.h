/*
 * Connections that live on when all work is done: silent for minutes, or with a message now and then. They have to stay
 * connected, to cost nothing but their keepalives, and to be as good as new for each message.
 *
 * Owns one event. Draws from a stream of its own.
 */
#ifndef NET_SIM_QUIET_H
#define NET_SIM_QUIET_H

#include "net/sim/sim_network.h"

struct sim_quiet {
    struct sim_event chatter;
    struct sim_network *network;
    microseconds begun, until;
    microseconds gap; /* between two messages at most; 0: silence */
    int64_t messages; /* of this phase */
};

/* At the beginning of a world. */
void sim_quiet_init(struct sim_quiet *quiet, struct sim_network *network);

/* Nothing must be under way any more. Draws until when the phase lasts. */
void sim_quiet_begin(struct sim_quiet *quiet);

/* What must hold at its end. Returns how long ends have been connected in it, all together. */
microseconds sim_quiet_end(struct sim_quiet *quiet);

#endif
