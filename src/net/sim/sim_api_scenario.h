/*
 * One simulation of the whole library: from a seed, a process with several network interfaces, a network with all its
 * faults between them, and a program that calls every function, in every way (sim_api_program.h). Then the network
 * heals, and everything must come to its end: what was sent arrives, both sides of a connection agree, and no memory is
 * left when the library has stopped.
 *
 * The library's state is the process's, so that there is one simulation at a time. sim_memory_install must have been
 * called.
 */
#ifndef NET_SIM_API_SCENARIO_H
#define NET_SIM_API_SCENARIO_H

#include "net/sim/sim_scenario.h"

/* As sim_run. Of the limits, hosts are interfaces; connections those that the program asks for. */
void sim_api_run(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);

#endif
