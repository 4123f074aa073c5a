#include "net/sim/sim_api_weather.h"

#include <string.h>

/* ---- links --------------------------------------------------------------------------------------------------------
 */

/* What the simulation is to do without. Everything has been drawn all the same. */
static void leave_out(struct sim_world *world, struct sim_conditions *conditions)
{
    if (!sim_may(world, SIM_FAULT_LOSS))
        conditions->loss = 0;
    if (!sim_may(world, SIM_FAULT_REORDERING))
        conditions->reorder = 0;
    if (!sim_may(world, SIM_FAULT_DUPLICATION))
        conditions->duplicate = conditions->replay = 0;
    if (!sim_may(world, SIM_FAULT_CORRUPTION))
        conditions->corrupt = 0;
    if (!sim_may(world, SIM_FAULT_RATE))
        conditions->rate = 0;
    if (!sim_may(world, SIM_FAULT_PARTITION))
        conditions->cut = false;
    if (!sim_may(world, SIM_FAULT_MTU))
        conditions->largest = 0;
    if (!sim_may(world, SIM_FAULT_DELAY)) {
        conditions->latency = time_earlier(conditions->latency, 10 * MILLISECOND);
        conditions->jitter = 0;
    }
}

static void draw_freely(struct sim_api_weather *weather, struct sim_conditions *conditions)
{
    struct sim_world *world = weather->machine->world;
    double strength = weather->severity == SIM_SEVERITY_MILD ? 0.05 : 0.3;

    memset(conditions, 0, sizeof(*conditions));
    conditions->latency = sim_between(world, 0, 80 * MILLISECOND);
    conditions->queue_bytes = 256 * 1024;
    conditions->reorder_delay = 20 * MILLISECOND;
    if (weather->severity == SIM_SEVERITY_NONE)
        return;
    conditions->jitter = sim_chance(world, 0.5) ? sim_magnitude(world, 100, 20 * MILLISECOND) : 0;
    conditions->loss = sim_chance(world, 0.5) ? random_double(&world->random.source) * strength : 0;
    conditions->reorder = sim_chance(world, 0.4) ? random_double(&world->random.source) * strength : 0;
    conditions->duplicate = sim_chance(world, 0.4) ? random_double(&world->random.source) * strength : 0;
    if (weather->severity == SIM_SEVERITY_MILD)
        return;
    conditions->largest = sim_chance(world, 0.1) ? sim_between(world, 500, 1300) : 0;
    conditions->reorder_delay = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
    conditions->rate = sim_chance(world, 0.3) ? sim_magnitude(world, 20000, 2000000) : 0;
    conditions->replay = sim_chance(world, 0.2) ? 0.02 : 0;
    if (weather->severity == SIM_SEVERITY_HARD)
        return;
    conditions->cut = sim_chance(world, 0.2);
    conditions->corrupt = weather->corrupting ? random_double(&world->random.source) * 0.1 : 0;
}

static void draw_conditions(struct sim_api_weather *weather, struct sim_conditions *conditions)
{
    draw_freely(weather, conditions);
    leave_out(weather->machine->world, conditions);
}

static struct sim_link *pick_link(struct sim_machine *machine)
{
    return &machine->links[sim_between(machine->world, 1, machine->host_count - 1)]
                          [sim_between(machine->world, 1, machine->host_count - 1)];
}

/* Loopback stays as it is. */
static void set_links(struct sim_api_weather *weather, bool clear)
{
    const struct sim_conditions ideal = {.latency = 10 * MILLISECOND};

    for (int from = 1; from < weather->machine->host_count; from++)
        for (int to = 1; to < weather->machine->host_count; to++) {
            struct sim_link *link = &weather->machine->links[from][to];

            if (clear)
                sim_link_reset(link, &ideal);
            else
                draw_conditions(weather, &link->conditions);
        }
}

static void run_change(struct sim_world *world, struct sim_event *event)
{
    struct sim_api_weather *weather = container_of(event, struct sim_api_weather, change);
    struct sim_link *link = pick_link(weather->machine);

    draw_conditions(weather, &link->conditions);
    sim_plan(world, event, world->now + sim_magnitude(world, 50 * MILLISECOND, 5 * SECOND), run_change);
}

/* ---- the process --------------------------------------------------------------------------------------------------
 */

static void run_freeze(struct sim_world *world, struct sim_event *event)
{
    struct sim_api_weather *weather = container_of(event, struct sim_api_weather, freeze);

    microseconds duration = sim_magnitude(world, 5 * MILLISECOND, 6 * SECOND);

    if (sim_may(world, SIM_FAULT_FREEZE)) {
        weather->machine->frozen_until = world->now + duration;
        sim_tally(world, SIM_KIND_FROZEN);
        sim_say(world, "the service is frozen until %.6f", (double)weather->machine->frozen_until / 1e6);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, SECOND, 30 * SECOND), run_freeze);
}

static void run_move(struct sim_world *world, struct sim_event *event)
{
    struct sim_api_weather *weather = container_of(event, struct sim_api_weather, move);

    int host = (int)sim_between(world, 1, weather->machine->host_count - 1);

    if (sim_may(world, SIM_FAULT_ADDRESS)) {
        sim_tally(world, SIM_KIND_ADDRESS_CHANGED);
        sim_machine_move_host(weather->machine, host);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, 2 * SECOND, 60 * SECOND), run_move);
}

static void run_rebind(struct sim_world *world, struct sim_event *event)
{
    struct sim_api_weather *weather = container_of(event, struct sim_api_weather, rebind);

    if (sim_may(world, SIM_FAULT_ADDRESS)) {
        sim_tally(world, SIM_KIND_NAT_REBOUND);
        sim_machine_rebind(weather->machine);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, SECOND, 60 * SECOND), run_rebind);
}

/* Somebody sets the wall clock, by seconds or by years. */
static void run_clock(struct sim_world *world, struct sim_event *event)
{
    struct sim_api_weather *weather = container_of(event, struct sim_api_weather, clock);
    int64_t step = sim_magnitude(world, 1, 100000000);

    if (sim_chance(world, 0.5))
        step = -step;
    if (sim_may(world, SIM_FAULT_CLOCK)) {
        sim_tally(world, SIM_KIND_WALL_CLOCK_STEPPED);
        weather->machine->unix_base += step;
    }
    sim_plan(world, event, world->now + sim_magnitude(world, SECOND, 60 * SECOND), run_clock);
}

static void draw_faults(struct sim_api_weather *weather)
{
    struct sim_world *world = weather->machine->world;
    struct sim_machine_faults *faults = &weather->machine->faults;
    bool hard = weather->severity >= SIM_SEVERITY_HARD;

    faults->send[UDP_BUSY] = sim_chance(world, 0.4) ? 0.05 : 0;
    faults->send[UDP_TOO_LARGE] = hard && sim_chance(world, 0.2) ? 0.02 : 0;
    faults->send[UDP_FORBIDDEN] = hard && sim_chance(world, 0.3) ? 0.02 : 0;
    faults->send[UDP_UNREACHABLE] = hard && sim_chance(world, 0.3) ? 0.02 : 0;
    faults->send[UDP_FAILED] = hard && sim_chance(world, 0.3) ? 0.02 : 0;
    faults->open = hard && sim_chance(world, 0.4) ? 0.2 : 0;
    faults->start = sim_chance(world, 0.3) ? 0.3 : 0;
    faults->authority = sim_chance(world, 0.3) ? 0.5 : 0;
    if (!sim_may(world, SIM_FAULT_SOCKET))
        memset(faults, 0, sizeof(*faults));
}

/* ---- all together -------------------------------------------------------------------------------------------------
 */

void sim_api_weather_init(struct sim_api_weather *weather, struct sim_machine *machine, enum sim_severity severity)
{
    memset(weather, 0, sizeof(*weather));
    weather->machine = machine;
    weather->severity = severity;
    weather->corrupting = severity == SIM_SEVERITY_TERRIBLE && sim_chance(machine->world, 0.5);
    weather->moving = severity == SIM_SEVERITY_TERRIBLE && sim_chance(machine->world, 0.4) &&
                      sim_may(machine->world, SIM_FAULT_ADDRESS);
    set_links(weather, false);
    if (severity > SIM_SEVERITY_NONE)
        draw_faults(weather);
}

void sim_api_weather_begin(struct sim_api_weather *weather)
{
    struct sim_world *world = weather->machine->world;

    sim_plan(world, &weather->clock, world->now + sim_between(world, 0, 60 * SECOND), run_clock);
    if (weather->severity == SIM_SEVERITY_NONE)
        return;
    sim_plan(world, &weather->change, world->now + SECOND, run_change);
    if (weather->severity >= SIM_SEVERITY_HARD)
        sim_plan(world, &weather->rebind, world->now + sim_between(world, 0, 20 * SECOND), run_rebind);
    if (weather->severity >= SIM_SEVERITY_HARD)
        sim_plan(world, &weather->freeze, world->now + sim_between(world, 0, 30 * SECOND), run_freeze);
    if (weather->moving)
        sim_plan(world, &weather->move, world->now + sim_between(world, 0, 20 * SECOND), run_move);
}

void sim_api_weather_end(struct sim_api_weather *weather)
{
    struct sim_world *world = weather->machine->world;

    sim_cancel(world, &weather->change);
    sim_cancel(world, &weather->freeze);
    sim_cancel(world, &weather->move);
    sim_cancel(world, &weather->rebind);
    sim_cancel(world, &weather->clock);
    memset(&weather->machine->faults, 0, sizeof(weather->machine->faults));
    weather->machine->frozen_until = 0;
    set_links(weather, true);
}
