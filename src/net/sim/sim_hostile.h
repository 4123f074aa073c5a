/*
 * Hostile ends: they have shaken hands like any other, and what they send is sealed with the right keys, but what is in
 * it is not what the protocol wants. A packet that an end has made is opened again with its own key, its frames are
 * changed, left out, repeated or replaced by others, and it is sealed once more.
 *
 * The connection at a hostile end knows nothing of it. Looks into the connection's struct for the key (as sim_inert.h
 * does for other reasons), so that what ships needs no door for it.
 */
#ifndef NET_SIM_HOSTILE_H
#define NET_SIM_HOSTILE_H

#include "net/sim/sim_end.h"
#include "wire/limits.h"

/*
 * Writes what is sent instead of this data packet of the end, which the end must still have the connection for, and
 * returns its size; 0: the packet is to go as it is.
 */
size_t sim_hostile_packet(struct sim_end *end, const uint8_t *bytes, size_t size, uint8_t out[DATAGRAM_MAXIMUM]);

/*
 * One more packet, with the next number of the end's, in which everything is made up; of an end that is sly nothing in
 * it is against the protocol, and the peer has to live with it. Returns its size, or 0.
 */
size_t sim_hostile_extra(struct sim_end *end, uint8_t out[DATAGRAM_MAXIMUM]);

#endif
