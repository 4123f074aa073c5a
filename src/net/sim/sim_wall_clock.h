/*
 * The time of day on simulated hosts, which certificates are judged by. The protocol asks for it by a function without
 * arguments (conn/endpoint.h), so there is one for each host, and this file keeps their state for the one simulation
 * that runs.
 */
#ifndef NET_SIM_WALL_CLOCK_H
#define NET_SIM_WALL_CLOCK_H

#include "net/sim/sim_world.h"

enum {
    SIM_WALL_CLOCKS = 6,
    SIM_UNIX_BEGIN = 1700000000, /* seconds since 1970 when a world begins */
};

/* A world begins: all clocks are right, until it ends. */
void sim_wall_clocks_init(const struct sim_world *world);

/* This clock is wrong by so many seconds from now on. */
void sim_wall_clock_set(int index, int64_t wrong_by);

/* The function that reads it. */
int64_t (*sim_wall_clock(int index))(void);

#endif
