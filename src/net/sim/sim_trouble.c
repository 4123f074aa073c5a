#include "net/sim/sim_trouble.h"

#include "net/sim/sim_memory.h"
#include "net/sim/sim_roam.h"
#include "net/sim/sim_wall_clock.h"

#include <string.h>

#define DAY_S                (24 * 3600)
#define PATIENT_ROAMING      (4 * SECOND) /* between two changes of a host's addresses that are sure to be followed */
#define MILD_CLOCK_JUMP      SECOND
#define MILD_SOCKET_ERRORS   0.02
#define SUSPENSION_MAXIMUM   (30 * SECOND)
#define FREEZE_MAXIMUM       (6 * SECOND)
#define CLOCK_JUMP_MAXIMUM   (60 * SECOND)
#define INTERFACE_LEAST_SIZE 548

static bool is_mild(const struct sim_troubles *troubles)
{
    return troubles->network->severity <= SIM_SEVERITY_MILD;
}

static struct sim_host *any_host(struct sim_troubles *troubles)
{
    struct sim_network *network = troubles->network;

    return &network->hosts[sim_between(network->world, 0, network->host_count - 1)];
}

static struct sim_host *any_client(struct sim_troubles *troubles)
{
    struct sim_network *network = troubles->network;

    return &network->hosts[sim_between(network->world, 1, network->host_count - 1)];
}

/* ---- freezing ------------------------------------------------------------------------------------------------ */

static void run_thaw(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, thawing);
    struct sim_host *host = troubles->frozen_host;

    if (troubles->suspended_since != TIME_NEVER)
        host->clock_offset -= world->now - troubles->suspended_since;
    sim_say(world, "host %d thaws", host->index);
    troubles->frozen_host = NULL;
    sim_host_freeze(host, false);
}

static void run_freeze(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, freezing);

    if (!troubles->frozen_host) {
        bool suspended = sim_chance(world, 0.3);

        troubles->frozen_host = any_host(troubles);
        troubles->suspended_since = suspended ? world->now : TIME_NEVER;
        sim_say(world, "host %d %s", troubles->frozen_host->index, suspended ? "is suspended" : "freezes");
        sim_tally(world, suspended ? SIM_KIND_SUSPENDED : SIM_KIND_FROZEN);
        sim_host_freeze(troubles->frozen_host, true);
        sim_plan(world, &troubles->thawing,
                 world->now + sim_magnitude(world, 5 * MILLISECOND, suspended ? SUSPENSION_MAXIMUM : FREEZE_MAXIMUM),
                 run_thaw);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 20 * SECOND), run_freeze);
}

/* ---- addresses ----------------------------------------------------------------------------------------------- */

/* Those that cannot be followed are left alone in a mild world. */
static void roam(struct sim_troubles *troubles, struct sim_end *end)
{
    struct sim_world *world = troubles->network->world;
    bool may_be_lost = !is_mild(troubles);

    if (!sim_chance(world, 0.5))
        return;
    if (sim_roam_possible(end)) {
        if (sim_chance(world, 0.5))
            sim_roam_rebind(end);
        else
            sim_roam(end, sim_chance(world, 0.3));
    } else if (may_be_lost && end->connection && end->outgoing) {
        sim_roam_rebind(end);
    }
}

/* A translator forgets a client, or a client goes from one network to another, in the middle of a connection. */
static void run_roam(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, roaming);
    struct sim_host *host = any_client(troubles);
    microseconds pause = sim_magnitude(world, 200 * MILLISECOND, 10 * SECOND);
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end, node) roam(troubles, end);
    if (is_mild(troubles) && pause < PATIENT_ROAMING)
        pause += PATIENT_ROAMING;
    sim_plan(world, event, world->now + pause, run_roam);
}

/* ---- partitions ---------------------------------------------------------------------------------------------- */

static void reunite(struct sim_network *network)
{
    for (int i = 1; i < network->host_count; i++)
        network->up[i].partitioned = network->down[i].partitioned = false;
}

static void run_partition(struct sim_world *world, struct sim_event *event);

static void run_reunite(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, reuniting);

    sim_say(world, "all hosts can reach each other");
    reunite(troubles->network);
    sim_plan(world, &troubles->partitioning, world->now + sim_magnitude(world, SECOND, 20 * SECOND), run_partition);
}

/* Some clients are on the other side, or hear and are not heard, or are heard and do not hear. */
static void run_partition(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, partitioning);
    struct sim_network *network = troubles->network;
    bool one_way = sim_chance(world, 0.4), up = sim_chance(world, 0.5);

    (void)event;
    for (int i = 1; i < network->host_count; i++) {
        bool apart = sim_chance(world, 0.6);

        network->up[i].partitioned = apart && (!one_way || up);
        network->down[i].partitioned = apart && (!one_way || !up);
        if (apart)
            sim_tally(world, one_way ? SIM_KIND_PARTITION_ONE_WAY : SIM_KIND_PARTITION);
        if (apart)
            sim_say(world, "client %d is cut off%s", i, !one_way ? "" : up ? ", is not heard" : ", does not hear");
    }
    sim_plan(world, &troubles->reuniting, world->now + sim_magnitude(world, 50 * MILLISECOND, 15 * SECOND),
             run_reunite);
}

/* ---- death --------------------------------------------------------------------------------------------------- */

static void run_restart(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, restarting);
    struct sim_host *host = sim_chance(world, 0.4) ? &troubles->network->hosts[0] : any_client(troubles);

    if (host != troubles->frozen_host) {
        sim_say(world, "host %d dies and begins anew", host->index);
        sim_tally(world, host->index == 0 ? SIM_KIND_SERVER_RESTARTED : SIM_KIND_CLIENT_RESTARTED);
        sim_host_restart(host);
        if (troubles->restarted)
            troubles->restarted(troubles, host);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, SECOND, 30 * SECOND), run_restart);
}

/* ---- clocks -------------------------------------------------------------------------------------------------- */

/* A clock that counts a suspension that nobody else has noticed. */
static void run_clock_jump(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, jumping);
    struct sim_host *host = any_host(troubles);
    microseconds jump = sim_magnitude(world, MILLISECOND, is_mild(troubles) ? MILD_CLOCK_JUMP : CLOCK_JUMP_MAXIMUM);

    sim_say(world, "the clock of host %d jumps by %lld ms", host->index, (long long)(jump / MILLISECOND));
    sim_tally(world, SIM_KIND_CLOCK_JUMPED);
    sim_host_jump(host, jump);
    sim_plan(world, event, world->now + sim_magnitude(world, SECOND, 30 * SECOND), run_clock_jump);
}

/* The time of day is set, to where certificates are not valid any more or not yet, or back. */
static void run_wall_clock_step(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, stepping);
    struct sim_host *host = any_host(troubles);
    int64_t step = sim_magnitude(world, 1, DAY_S / 2);

    if (sim_chance(world, 0.5) && !is_mild(troubles))
        step = sim_magnitude(world, DAY_S, 1000 * DAY_S);
    if (sim_chance(world, 0.5))
        step = -step;
    if (sim_chance(world, 0.3))
        step = 0;
    sim_say(world, "the time of day of host %d is wrong by %lld s", host->index, (long long)step);
    sim_tally(world, SIM_KIND_WALL_CLOCK_STEPPED);
    sim_wall_clock_set(host->index, step);
    host->wall_clock_wrong = host->wall_clock_wrong || step != 0;
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 10 * SECOND), run_wall_clock_step);
}

/* ---- sockets, memory, configuration -------------------------------------------------------------------------- */

static void calm_socket(struct sim_host *host)
{
    host->socket_busy = 0;
    host->socket_forbidden = false;
    host->interface_largest = 0;
}

/* The queue in the kernel is full, a firewall is in the way, another interface has another MTU; or all is well. */
static void run_socket_trouble(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, erring);
    struct sim_host *host = any_host(troubles);
    bool forbidden = sim_chance(world, 0.2);

    calm_socket(host);
    if (sim_chance(world, 0.6))
        host->socket_busy = random_double(&world->random.source) * (is_mild(troubles) ? MILD_SOCKET_ERRORS : 1);
    if (forbidden && !is_mild(troubles))
        host->socket_forbidden = true;
    if (sim_chance(world, 0.3))
        host->interface_largest = sim_between(world, INTERFACE_LEAST_SIZE, 1300);
    sim_plan(world, event, world->now + sim_magnitude(world, 50 * MILLISECOND, 5 * SECOND), run_socket_trouble);
}

void sim_trouble_draw_rates(struct sim_world *world, struct transport_config *config)
{
    config->send_rate_min = (int32_t)sim_magnitude(world, 16 * 1024, 4 * 1024 * 1024);
    config->send_rate_max = config->send_rate_min;
    if (sim_chance(world, 0.5))
        config->send_rate_max = (int32_t)sim_magnitude(world, config->send_rate_min, 100 * 1024 * 1024);
}

/* A host changes its mind about what can be changed at any time. */
static void run_reconfigure(struct sim_world *world, struct sim_event *event)
{
    struct sim_troubles *troubles = container_of(event, struct sim_troubles, reconfiguring);
    struct sim_host *host = any_host(troubles);
    bool may_shrink = true;
    struct sim_end *end;

    sim_trouble_draw_rates(world, &host->config);
    host->config.nagle_us = (int32_t)sim_between(world, 0, 20000);
    list_for_each_entry(end, &host->ends, struct sim_end, node) may_shrink =
        may_shrink && (!end->connection || connection_may_shrink_packets(end->connection));
    host->config.packet_size = (int32_t)sim_between(world, may_shrink ? 200 : host->config.packet_size, 1300);
    sim_tally(world, SIM_KIND_RECONFIGURED);
    sim_say(world, "host %d: packets of %d bytes, %d to %d bytes a second", host->index, host->config.packet_size,
            host->config.send_rate_min, host->config.send_rate_max);
    sim_host_config_changed(host);
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 10 * SECOND), run_reconfigure);
}

/* ---- beginning and end --------------------------------------------------------------------------------------- */

static bool draw(struct sim_world *world, enum sim_fault fault, double mild, double hard, double terrible,
                 enum sim_severity severity)
{
    bool drawn = sim_chance(world, severity <= SIM_SEVERITY_MILD   ? mild
                                   : severity == SIM_SEVERITY_HARD ? hard
                                                                   : terrible);

    return drawn && sim_may(world, fault);
}

void sim_troubles_init(struct sim_troubles *troubles, struct sim_network *network)
{
    struct sim_world *world = network->world;
    enum sim_severity severity = network->severity;
    struct sim_event *const streams[] = {
        &troubles->freezing, &troubles->roaming,  &troubles->partitioning, &troubles->restarting,
        &troubles->jumping,  &troubles->stepping, &troubles->erring,       &troubles->reconfiguring,
    };

    memset(troubles, 0, sizeof(*troubles));
    troubles->network = network;
    troubles->suspended_since = TIME_NEVER;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
        sim_give_stream(world, streams[i]);
    troubles->freezes = draw(world, SIM_FAULT_FREEZE, 0, 0.2, 0.5, severity);
    troubles->address_changes = draw(world, SIM_FAULT_ADDRESS, 0.3, 0.3, 0.3, severity);
    troubles->partitions = draw(world, SIM_FAULT_PARTITION, 0, 0.2, 0.3, severity);
    troubles->restarts = draw(world, SIM_FAULT_RESTART, 0.1, 0.2, 0.2, severity);
    troubles->clock_jumps = draw(world, SIM_FAULT_CLOCK, 0.1, 0.15, 0.15, severity);
    troubles->wall_clock_steps = draw(world, SIM_FAULT_CLOCK, 0.1, 0.3, 0.3, severity);
    troubles->socket_errors = draw(world, SIM_FAULT_SOCKET, 0.2, 0.2, 0.2, severity);
    troubles->shortage = draw(world, SIM_FAULT_MEMORY, 0, 0.15, 0.15, severity);
    troubles->reconfigures = draw(world, SIM_FAULT_RECONFIGURE, 0.2, 0.2, 0.2, severity);
}

static void plan_first(struct sim_troubles *troubles, bool happens, struct sim_event *event,
                       void (*run)(struct sim_world *world, struct sim_event *event))
{
    struct sim_world *world = troubles->network->world;

    if (happens)
        sim_plan(world, event, world->now + sim_between(world, 0, 5 * SECOND), run);
}

void sim_troubles_begin(struct sim_troubles *troubles)
{
    struct sim_world *world = troubles->network->world;

    plan_first(troubles, troubles->freezes, &troubles->freezing, run_freeze);
    plan_first(troubles, troubles->address_changes, &troubles->roaming, run_roam);
    plan_first(troubles, troubles->partitions, &troubles->partitioning, run_partition);
    plan_first(troubles, troubles->restarts, &troubles->restarting, run_restart);
    plan_first(troubles, troubles->clock_jumps, &troubles->jumping, run_clock_jump);
    plan_first(troubles, troubles->wall_clock_steps, &troubles->stepping, run_wall_clock_step);
    plan_first(troubles, troubles->socket_errors, &troubles->erring, run_socket_trouble);
    plan_first(troubles, troubles->reconfigures, &troubles->reconfiguring, run_reconfigure);
    if (troubles->shortage)
        sim_memory_shortage(random_u64(&world->random.source), (uint32_t)sim_magnitude(world, 5, 1000));
}

void sim_troubles_end(struct sim_troubles *troubles)
{
    struct sim_network *network = troubles->network;
    struct sim_world *world = network->world;
    struct sim_event *const planned[] = {
        &troubles->freezing,  &troubles->thawing,       &troubles->roaming, &troubles->partitioning,
        &troubles->reuniting, &troubles->restarting,    &troubles->jumping, &troubles->stepping,
        &troubles->erring,    &troubles->reconfiguring,
    };

    world->tally[SIM_KIND_ALLOCATION_FAILED] += sim_memory()->refused;
    sim_memory_shortage(0, 0);
    for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++)
        sim_cancel(world, planned[i]);
    reunite(network);
    if (troubles->frozen_host)
        run_thaw(world, &troubles->thawing);
    for (int i = 0; i < network->host_count; i++) {
        network->hosts[i].tick_early = 0;
        calm_socket(&network->hosts[i]);
    }
}
