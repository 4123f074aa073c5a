/*
 * Attackers. One sees what passes between the hosts and uses it: copies that arrive again, later, sooner, from other
 * addresses; forgeries with the right addresses, ids and packet numbers. One is blind and guesses. None can keep
 * anything from arriving; that is the links' affair.
 *
 * What they do must change nothing but counters (sim_inert.h), except that one who sees can end connections; in a mild
 * world it does not do that. Ends that it may have led astray are marked (sim_end.deceived).
 */
#ifndef NET_SIM_ATTACKER_H
#define NET_SIM_ATTACKER_H

#include "net/sim/sim_network.h"
#include "wire/limits.h"

enum {
    SIM_ATTACKER_MEMORY = 48,       /* datagrams that it remembers */
    SIM_FORGED_CLOSE_REASON = 2666, /* that it closes other people's connections with */
};

struct sim_recording {
    uint64_t serial; /* of the datagram; 0: none */
    struct sim_link *link;
    SteamNetworkingIPAddr from, to;
    bool accepted; /* it was delivered, and acted on: again it must do nothing */
    size_t length;
    uint8_t bytes[DATAGRAM_MAXIMUM];
};

struct sim_attacker {
    struct sim_wire wire;
    struct sim_network *network;
    bool sees, blind, harms;
    double races; /* the share of datagrams of which a copy arrives first, from elsewhere */
    struct sim_event acting, guessing;
    int next;
    struct sim_recording recordings[SIM_ATTACKER_MEMORY];
};

/* Draws whether there are any. */
void sim_attacker_init(struct sim_attacker *attacker, struct sim_network *network);
void sim_attacker_begin(struct sim_attacker *attacker);
void sim_attacker_end(struct sim_attacker *attacker);

#endif
