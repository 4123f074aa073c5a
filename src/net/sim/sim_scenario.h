/*
 * One simulation: from a seed, a world with a server and clients, networks with all their faults between them, and
 * applications that use them; then the networks heal, and everything must come to its end. What must hold is checked
 * all along (sim_host.c, sim_ledger.c) and at the end.
 */
#ifndef NET_SIM_SCENARIO_H
#define NET_SIM_SCENARIO_H

#include "net/sim/sim_world.h"

/*
 * What a simulation is kept to; all zero is nothing. Left-out faults change what is drawn afterwards, so a failure may
 * go away with them for another reason.
 */
struct sim_limits {
    int hosts;              /* at most so many, the server included; 2 at least */
    int connections;        /* of each client at first */
    uint32_t without;       /* bits of enum sim_fault: these do not happen */
    microseconds work_time; /* the networks heal after so much time at most */
};

struct sim_outcome {
    bool failed;
    char failure[SIM_FAILURE_TEXT];
    uint64_t digest; /* of everything that was observable */
    uint64_t steps;
    microseconds virtual_time;
    const char *severity; /* of the network's faults, in a word */

    /* how much happened */
    uint64_t connections, established, refused, timed_out;
    uint64_t reliable_sent, reliable_delivered, unreliable_sent, unreliable_delivered, bytes_delivered;
    uint64_t datagrams, datagram_bytes, datagrams_lost, datagrams_too_large;
    uint64_t roams, followed; /* changes of a client's address, and those that its server has followed */
    uint64_t lingers, lingers_completed;
    uint64_t allocations;
    size_t peak_bytes;
    microseconds connection_time; /* of all connections together, while the end that had asked for it was connected */
    uint64_t tally[SIM_KINDS];
};

/* The allocator must have been taken over (sim_memory_install). */
void sim_run(uint64_t seed, bool verbose, struct sim_outcome *outcome);
void sim_run_limited(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);

#endif
