/*
 * One simulation: from a seed, a world with a server and clients, networks with all their faults between them, and
 * applications that use them; then the networks heal, and everything must come to its end. What must hold is checked
 * all along (sim_judge.h, sim_bounds.h, sim_ledger.h) and at the end.
 */
#ifndef NET_SIM_SCENARIO_H
#define NET_SIM_SCENARIO_H

#include "net/sim/sim_world.h"

struct sim_outcome {
    bool failed;
    char failure[SIM_FAILURE_TEXT];
    uint64_t digest; /* of everything that was observable */
    uint64_t steps;
    microseconds virtual_time;
    microseconds connected_time; /* of all ends together */
    microseconds idle_time;      /* and what of it was spent in a quiet phase */
    const char *severity;        /* of the network's faults, in a word */

    /* how much happened */
    uint64_t connections, established, refused, timed_out;
    uint64_t reliable_sent, reliable_delivered, unreliable_sent, unreliable_delivered, bytes_delivered;
    uint64_t datagrams, datagram_bytes, datagrams_lost, datagrams_too_large;
    uint64_t roams, followed; /* changes of a client's address, and those that its server has followed */
    uint64_t lingers, lingers_completed;
    uint64_t allocations;
    uint64_t tally[SIM_KINDS];
    size_t peak_bytes;
};

/* The allocator must have been taken over (sim_memory_install). limits: NULL is none. */
void sim_run(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);

#endif
