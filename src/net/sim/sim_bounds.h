/*
 * What a connection may hold whatever its peer sends it, and what it may believe: the bounds of docs/security.md, "A
 * hostile peer", by their names. What is held is counted lane by lane, from what is there and not from the counters
 * that the code under test keeps about it; those must agree.
 *
 * Looks into the connection's struct, as sim_inert.h does.
 */
#ifndef NET_SIM_BOUNDS_H
#define NET_SIM_BOUNDS_H

#include "net/sim/sim_end.h"

/* Fails the world when the end's connection goes beyond a bound. It may have no connection any more. */
void sim_bounds_judge(struct sim_end *end);

/* What one end may need of the heap at most, besides the library's fixed costs. */
size_t sim_bounds_memory(const struct sim_end *end);

#endif
