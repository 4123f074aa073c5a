/*
 * What hostile ends send: they have shaken hands like any other, and what they send is sealed with the right keys, but
 * what is in it is not what the protocol wants. A packet that an end has made is opened again with its own key, its
 * frames are changed, left out, repeated or replaced by others, and it is sealed once more.
 *
 * The connection at a hostile end knows nothing of it; without it nothing is sent. Ends that send on a timer of their
 * own, as much as they can, are in sim_siege.h, and make their packets here. Looks into the connection's struct for the
 * key (as sim_inert.h does for other reasons), so that what ships needs no door for it.
 */
#ifndef NET_SIM_HOSTILE_H
#define NET_SIM_HOSTILE_H

#include "base/bytes.h"
#include "net/sim/sim_end.h"
#include "wire/limits.h"

/*
 * Writes what is sent instead of this data packet of the end, which the end must still have the connection for, and
 * returns its size; 0: the packet is to go as it is.
 */
size_t sim_hostile_packet(struct sim_end *end, const uint8_t *bytes, size_t size, uint8_t out[DATAGRAM_MAXIMUM]);

/* A packet of the end's own making. */
struct sim_made_packet {
    struct byte_writer payload; /* for its frames */
    struct sim_end *end;
    int64_t number;
    uint8_t *out;
    size_t header_size, tag;
};

/*
 * One with the next number of the end's, and this blob of statistics or none: frames are written to its payload, then
 * it is finished, which gives its size. False, or 0: it cannot be.
 */
bool sim_hostile_begin(struct sim_made_packet *packet, struct sim_end *end, const struct byte_slice *statistics,
                       uint8_t out[DATAGRAM_MAXIMUM]);
size_t sim_hostile_finish(struct sim_made_packet *packet);

/*
 * One more packet, with the next number of the end's, in which everything is made up; of an end that is sly nothing in
 * it is against the protocol, and the peer has to live with it. Returns its size, or 0.
 */
size_t sim_hostile_extra(struct sim_end *end, uint8_t out[DATAGRAM_MAXIMUM]);

#endif
