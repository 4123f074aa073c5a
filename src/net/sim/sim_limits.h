/*
 * How much of a world may happen at most. A world that fails is looked at more easily when less happens in it: the same
 * seed with limits draws what it would draw without them, and leaves out what goes beyond.
 */
#ifndef NET_SIM_LIMITS_H
#define NET_SIM_LIMITS_H

#include "base/time.h"
#include "net/sim/sim_tally.h"

#include <stdint.h>

struct sim_limits {
    int64_t hosts;       /* the server and the first clients; the others do nothing */
    int64_t connections; /* that clients make, all of them together */
    int64_t messages;    /* that are sent, by all ends together */
    uint32_t without;    /* bits of enum sim_fault: these do not happen */
    microseconds work;   /* troubles, and the applications' work, end at this time */
    microseconds until;  /* everything ends at this time, whatever is still under way */
};

/* Nothing is left out. */
extern const struct sim_limits sim_unlimited;

#endif
