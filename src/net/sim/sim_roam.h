/*
 * Ends whose address changes: because their host went to another network, or because a translator on the way has
 * forgotten them. Most of the time neither end is told.
 */
#ifndef NET_SIM_ROAM_H
#define NET_SIM_ROAM_H

#include "net/sim/sim_end.h"

/* Whether the connection can outlive a change of this end's address. */
bool sim_roam_possible(const struct sim_end *end);

/* To the next network; `known`: the connection is told. Only where it is possible. */
void sim_roam(struct sim_end *end, bool known);

/* Only its port becomes another one. At any time of its life. */
void sim_roam_rebind(struct sim_end *end);

#endif
