/*
 * What an attacker's datagram may do: nothing, except for counters and for what the protocol honours without proof. The
 * exceptions are in one table (sim_inert.c). A datagram that is `judged` is fed to a connection between two looks at
 * the whole of it, and to the listener between two looks at the host.
 *
 * Looks into the connection's struct, which nobody else outside of conn/ does: what an attacker cannot change is not
 * only what applications can see at once.
 */
#ifndef NET_SIM_INERT_H
#define NET_SIM_INERT_H

#include "net/sim/sim_host.h"

/* Feeds the datagram to the end, which must have a connection and whose address it came to and from. */
void sim_inert_receive(struct sim_end *end, struct sim_datagram *datagram);

/* The same for one that names the end but comes from elsewhere. Returns whether the end took it for its peer's. */
bool sim_inert_receive_elsewhere(struct sim_end *end, struct sim_datagram *datagram);

#endif
