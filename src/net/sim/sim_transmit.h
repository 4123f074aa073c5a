/*
 * How what a connection has made leaves its host: through a socket whose kernel may refuse it, to the link that leads
 * there. What a hostile end sends is changed on the way (sim_hostile.h).
 */
#ifndef NET_SIM_TRANSMIT_H
#define NET_SIM_TRANSMIT_H

#include "net/sim/sim_end.h"
#include "wire/datagram_batch.h"

enum { SIM_OBSERVE_SENT = 1 /* what the observation is about, for the digest; those of sim_end.c are next */ };

/* Returns whether something was too large for this machine. */
bool sim_transmit(struct sim_end *end, const SteamNetworkingIPAddr *to, const struct datagram_batch *batch);

/* What the connection has for addresses where its peer may be. The batch is for use meanwhile. */
void sim_transmit_elsewhere(struct sim_end *end, struct datagram_batch *batch, microseconds now);

#endif
