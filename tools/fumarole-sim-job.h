/*
 * One run of one world: which world, from which seed, within which limits, and what came of it.
 */
#ifndef TOOLS_FUMAROLE_SIM_JOB_H
#define TOOLS_FUMAROLE_SIM_JOB_H

#include "net/sim/sim_limits.h"
#include "net/sim/sim_scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* The kinds of worlds. */
enum job_world {
    JOB_TRANSPORT, /* connections on a simulated network */
    JOB_API,       /* a program that uses the whole library, on simulated interfaces */
    JOB_WORLDS
};

struct job {
    enum job_world world;
    uint64_t seed;
    struct sim_limits limits;
    bool trace; /* everything that happens, on standard output */
    bool twice; /* run it again, and compare */
};

struct job_result {
    struct job job;
    struct sim_outcome outcome;
    double processor_seconds;
};

const char *job_world_name(enum job_world world);

/* Runs it here and now. The simulator's allocator must have been taken over (sim_memory_install). */
void job_run(const struct job *job, struct job_result *result);

#endif
