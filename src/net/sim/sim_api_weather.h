/*
 * What goes wrong around a process that runs the library: links that change their conditions, sends and sockets that
 * fail, a service that comes to a standstill, interfaces that get other addresses,
 * routers that forget, a wall clock that is set.
 */
#ifndef NET_SIM_API_WEATHER_H
#define NET_SIM_API_WEATHER_H

#include "net/sim/sim_machine.h"
#include "net/sim/sim_network.h"

struct sim_api_weather {
    struct sim_machine *machine;
    enum sim_severity severity;
    bool corrupting, moving;
    struct sim_event change, freeze, move, rebind, clock;
};

/* Draws the conditions to begin with; nothing changes before sim_api_weather_begin. */
void sim_api_weather_init(struct sim_api_weather *weather, struct sim_machine *machine, enum sim_severity severity);
void sim_api_weather_begin(struct sim_api_weather *weather);

/* No more troubles, and clear links. */
void sim_api_weather_end(struct sim_api_weather *weather);

#endif
