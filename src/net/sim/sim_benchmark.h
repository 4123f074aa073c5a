/*
 * Congestion control put to the test: named scenarios, each a path, who sends on it, what changes on the way, and bars
 * that the measured figures have to clear. All of it in virtual time, so that a run repeats exactly.
 */
#ifndef NET_SIM_BENCHMARK_H
#define NET_SIM_BENCHMARK_H

#include "net/sim/sim_world.h"

#include <stdio.h>

enum { SIM_BARS_MAXIMUM = 12, SIM_BAR_TEXT = 96 };

struct sim_bar_result {
    char text[SIM_BAR_TEXT]; /* what was measured */
    double measured, limit;
    bool at_least; /* or at most */
    bool cleared;
};

struct sim_benchmark_result {
    bool failed; /* the simulation itself, or a bar */
    char failure[SIM_FAILURE_TEXT];
    int bar_count;
    struct sim_bar_result bars[SIM_BARS_MAXIMUM];
    uint64_t digest, steps;
};

/* The name and a sentence for each scenario; NULL beyond the last one. */
const char *sim_benchmark_name(int index);
const char *sim_benchmark_about(int index);

/* The scenario of this name, or -1. */
int sim_benchmark_find(const char *name);

/* seed: 0 is the usual one. csv: where a line for every 20 ms goes; NULL: nowhere. */
void sim_benchmark_run(int index, uint64_t seed, FILE *csv, struct sim_benchmark_result *result);

#endif
