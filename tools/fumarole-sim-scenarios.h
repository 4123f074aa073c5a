/*
 * The part of fumarole-sim that puts congestion control to the test (net/sim/sim_benchmark.h): runs scenarios, each
 * with some seeds, and prints a table of what was measured beside what is asked for.
 */
#ifndef TOOLS_FUMAROLE_SIM_SCENARIOS_H
#define TOOLS_FUMAROLE_SIM_SCENARIOS_H

#include <stdbool.h>
#include <stdint.h>

void scenarios_list(void);

/* Whether a scenario is named so, or some of their names begin so. "all": every one. */
bool scenarios_match(const char *name);

/* Runs all that match with the seeds first to last. Returns whether every bar was cleared by each. */
bool scenarios_run(const char *name, uint64_t first, uint64_t last);

/* Runs one scenario and writes what happened in it to a file, a line for every 20 ms. Returns an exit status. */
int scenarios_record(const char *name, uint64_t seed, const char *file);

#endif
