#include "net/sim/sim_scenario.h"

#include "net/sim/sim_attacker.h"
#include "net/sim/sim_bounds.h"
#include "net/sim/sim_judge.h"
#include "net/sim/sim_memory.h"
#include "net/sim/sim_network.h"
#include "net/sim/sim_quiet.h"
#include "net/sim/sim_setting.h"
#include "net/sim/sim_siege.h"
#include "net/sim/sim_trouble.h"
#include "net/sim/sim_wall_clock.h"
#include "net/sim/sim_workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* What one connection may need of the heap at most, besides its two buffers. */
    BYTES_PER_END = 3 * 1024 * 1024,
    BYTES_OF_WORLD = 4 * 1024 * 1024,
};

#define SETTLE_TIME      (60 * SECOND) /* for every silent failure to be noticed: protocol 17.3 */
#define OLD_TROUBLE_TIME (15 * SECOND) /* after the healing, for troubles from before to show */
#define LOOK_INTERVAL    (100 * MILLISECOND)
#define QUIET_INTERVAL   (5 * SECOND)  /* instead of that, in quiet phases */
#define END_TIME         (60 * SECOND) /* for every closed connection to be gone */

struct scenario {
    struct sim_world world;
    struct sim_network network;
    struct sim_troubles troubles;
    struct sim_attacker attacker;
    struct sim_siege siege;
    struct sim_setting setting;
    struct sim_workload workloads[SIM_HOSTS_MAXIMUM];
    microseconds work_time;
    microseconds everyday_since;
    microseconds look_interval;
    struct sim_quiet quiet;
};

/* ---- the world ----------------------------------------------------------------------------------------------- */

/* A host that has died comes back, and its application connects again; so do the others, when they notice. */
static void on_restart(struct sim_troubles *troubles, struct sim_host *host)
{
    struct scenario *scenario = container_of(troubles, struct scenario, troubles);
    struct sim_world *world = &scenario->world;

    if (host->index != 0 && sim_chance(world, 0.8))
        sim_workload_connect_again(&scenario->workloads[host->index],
                                   sim_setting_any_listener(world, &scenario->network.hosts[0]),
                                   world->now + sim_magnitude(world, MILLISECOND, 5 * SECOND));
}

static bool build(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;

    sim_network_init(&scenario->network, world);
    sim_troubles_init(&scenario->troubles, &scenario->network);
    sim_attacker_init(&scenario->attacker, &scenario->network);
    scenario->troubles.restarted = on_restart;
    sim_quiet_init(&scenario->quiet, &scenario->network);
    scenario->look_interval = LOOK_INTERVAL;
    scenario->everyday_since = scenario->network.severity <= SIM_SEVERITY_MILD ? 0 : TIME_NEVER;
    scenario->work_time = sim_magnitude(world, 2 * SECOND, 30 * SECOND);
    scenario->network.host_count = (int)sim_between(world, 2, sim_chance(world, 0.5) ? 3 : SIM_HOSTS_MAXIMUM);
    if (!sim_setting_init(&scenario->setting, world)) {
        sim_fail(world, "cannot make an authority");
        return false;
    }
    sim_setting_draw_profile(&scenario->setting, scenario->work_time);
    scenario->setting.corruption = scenario->network.corrupting;
    scenario->setting.shortage = scenario->troubles.shortage;
    scenario->setting.plain = !scenario->network.corrupting && !scenario->attacker.sees;
    scenario->setting.all_plain = sim_chance(world, 0.2) && scenario->setting.plain;
    for (int i = 0; i < scenario->network.host_count; i++) {
        if (!sim_setting_make_host(&scenario->setting, &scenario->network, i)) {
            sim_fail(world, "cannot make host %d", i);
            scenario->network.host_count = i;
            return false;
        }
        sim_workload_init(&scenario->workloads[i], &scenario->network.hosts[i], &scenario->setting.profile);
    }
    sim_network_connect(&scenario->network);
    return true;
}

static void tear_down(struct scenario *scenario)
{
    sim_cancel_all(&scenario->world); /* a world may end in the middle of everything */
    sim_network_destroy(&scenario->network);
    sim_setting_destroy(&scenario->setting);
    sim_world_destroy(&scenario->world);
}

/* ---- what must hold ------------------------------------------------------------------------------------------ */

/* Calls `visit` for every end of every host until it says false. */
static bool all_ends(struct scenario *scenario, bool (*visit)(struct scenario *scenario, struct sim_end *end))
{
    for (int i = 0; i < scenario->network.host_count; i++) {
        struct sim_end *end;

        list_for_each_entry(end, &scenario->network.hosts[i].ends, struct sim_end,
                            node) if (!visit(scenario, end)) return false;
    }
    return true;
}

static void check_memory(struct scenario *scenario)
{
    size_t bound = BYTES_OF_WORLD + scenario->siege.memory;

    for (int i = 0; i < scenario->network.host_count; i++) {
        struct sim_host *host = &scenario->network.hosts[i];

        bound += (size_t)host->end_count *
                 (BYTES_PER_END + (size_t)host->config.send_buffer_size + (size_t)host->config.receive_buffer_size);
    }
    if (sim_memory()->bytes > bound)
        sim_fail(&scenario->world, "%zu bytes are allocated, at most %zu should be", sim_memory()->bytes, bound);
}

/* In an everyday network nobody gives up on a peer that is there and answers. */
static bool check_not_given_up(struct scenario *scenario, struct sim_end *end)
{
    struct sim_end *peer;

    if (end->released || end->failed_locally || end->deceived || end->cut_off || end->hostile ||
        end->state != k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        return true;
    peer = sim_end_peer(end);
    if (peer && peer->connection && peer->was_connected && !peer->released && !peer->hostile &&
        connection_remote_id(peer->connection) == end->id && peer->state == k_ESteamNetworkingConnectionState_Connected)
        sim_fail(&scenario->world, "host %d end %d gave up (%d) although its peer is connected to it", end->host->index,
                 end->serial, end->end_reason);
    return true;
}

static bool check_silence_and_bounds(struct scenario *scenario, struct sim_end *end)
{
    sim_judge_silence(end);
    sim_bounds_judge(end);
    return !scenario->world.failed;
}

/* The network has been an everyday one for so long that nobody has a reason to give up. */
static bool everyday(const struct scenario *scenario)
{
    return scenario->world.now >= scenario->everyday_since;
}

/* Runs until the time, or, with `done`, until that holds (asked every now and then). False when it never did. */
static bool run_until(struct scenario *scenario, microseconds until,
                      bool (*done)(struct scenario *scenario, struct sim_end *end))
{
    struct sim_world *world = &scenario->world;
    microseconds next_look = world->now;

    until = time_earlier(until, world->limits.until);
    while (!world->failed && world->now < until) {
        while (sim_step(world, time_earlier(next_look, until)))
            check_memory(scenario);
        if (everyday(scenario))
            all_ends(scenario, check_not_given_up);
        all_ends(scenario, check_silence_and_bounds);
        sim_network_check(&scenario->network);
        if (done && all_ends(scenario, done))
            return !world->failed;
        next_look = world->now + scenario->look_interval;
    }
    return !done && !world->failed;
}

/* The simulation has failed, or is not to go on: nothing that should have happened can be asked for. */
static bool is_over(const struct scenario *scenario)
{
    return scenario->world.failed || scenario->world.now >= scenario->world.limits.until;
}

/* Nothing is under way on this connection any more. */
static bool is_settled(struct scenario *scenario, struct sim_end *end)
{
    struct sim_end *peer;

    (void)scenario;
    if (!end->connection)
        return true;
    if (end->state == k_ESteamNetworkingConnectionState_Connecting ||
        end->state == k_ESteamNetworkingConnectionState_Linger)
        return false;
    if (end->state != k_ESteamNetworkingConnectionState_Connected)
        return true;
    peer = sim_end_peer(end);
    return peer && peer->connection && peer->state == k_ESteamNetworkingConnectionState_Connected &&
           sim_ledger_complete(&end->ledger) && connection_pending_bytes(end->connection) == 0;
}

static bool is_gone(struct scenario *scenario, struct sim_end *end)
{
    (void)scenario;
    return !end->connection;
}

static bool report_unsettled(struct scenario *scenario, struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    if (is_settled(scenario, end))
        return true;
    sim_fail(
        &scenario->world,
        "host %d end %d is in state %d (its peer in %d) with %lld bytes pending and %lld of %lld reliable messages "
        "delivered long after the networks healed",
        end->host->index, end->serial, end->state, peer ? peer->state : -99,
        end->connection ? (long long)connection_pending_bytes(end->connection) : -1,
        (long long)end->ledger.reliable_delivered, (long long)end->ledger.reliable_sent);
    return false;
}

static bool report_alive(struct scenario *scenario, struct sim_end *end)
{
    if (is_gone(scenario, end))
        return true;
    sim_fail(&scenario->world, "host %d end %d is still in state %d long after it was closed", end->host->index,
             end->serial, end->state);
    return false;
}

/* How long what is under way may take at the slowest rate that is configured. */
static microseconds drain_time(struct scenario *scenario)
{
    microseconds longest = 0;

    for (int i = 0; i < scenario->network.host_count; i++) {
        struct sim_host *host = &scenario->network.hosts[i];
        struct sim_end *end;

        list_for_each_entry(end, &host->ends, struct sim_end, node)
        {
            int64_t bytes = end->ledger.bytes_sent - end->ledger.bytes_delivered;

            longest = time_later(longest, bytes * SECOND / host->config.send_rate_min);
        }
    }
    return 3 * longest;
}

static bool close_one_side(struct scenario *scenario, struct sim_end *end)
{
    struct sim_end *peer;

    if (end->released || end->state != k_ESteamNetworkingConnectionState_Connected)
        return true;
    peer = sim_end_peer(end);
    if (peer && !peer->released && sim_chance(&scenario->world, 0.5))
        sim_end_close(peer, 1234, sim_chance(&scenario->world, 0.5));
    else
        sim_end_close(end, 1234, sim_chance(&scenario->world, 0.5));
    return !scenario->world.failed;
}

/* Returns how long ends have been connected in a phase in which little or nothing happens. */
static microseconds live_on(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    microseconds connected = 0;

    run_until(scenario, world->now + 5 * SECOND, NULL);
    sim_quiet_begin(&scenario->quiet);
    scenario->look_interval = QUIET_INTERVAL;
    run_until(scenario, scenario->quiet.until, NULL);
    scenario->look_interval = LOOK_INTERVAL;
    if (is_over(scenario))
        return 0;
    connected = sim_quiet_end(&scenario->quiet);
    if (!run_until(scenario, world->now + SETTLE_TIME, is_settled) && !is_over(scenario))
        all_ends(scenario, report_unsettled);
    return connected;
}

/* Closes in the middle of what is under way; it must arrive all the same (judge_linger in sim_judge.c). */
static bool maybe_linger(struct scenario *scenario, struct sim_end *end)
{
    if (!end->released && end->state == k_ESteamNetworkingConnectionState_Connected &&
        sim_chance(&scenario->world, 0.4))
        sim_end_close(end, 1300, true);
    return !scenario->world.failed;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

/* What its peer makes of it has been seen; now that has to come to an end. */
static bool kill_hostile(struct scenario *scenario, struct sim_end *end)
{
    (void)scenario;
    if (end->hostile)
        sim_end_kill(end);
    return true;
}

static void heal(struct scenario *scenario)
{
    scenario->everyday_since = time_earlier(scenario->everyday_since, scenario->world.now + OLD_TROUBLE_TIME);
    sim_say(&scenario->world, "the networks heal");
    all_ends(scenario, kill_hostile);
    sim_siege_end(&scenario->siege);
    sim_attacker_end(&scenario->attacker);
    sim_troubles_end(&scenario->troubles);
    sim_network_heal(&scenario->network);
    for (int i = 0; i < scenario->network.host_count; i++)
        sim_workload_finish(&scenario->workloads[i]);
}

static void plan_connections(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    int64_t planned = 0;

    for (int i = 1; i < scenario->network.host_count; i++) {
        for (int64_t count = sim_between(world, 1, 3); count > 0; count--) {
            bool allowed = i < world->limits.hosts && planned < world->limits.connections;

            sim_workload_connect(&scenario->workloads[i], sim_setting_any_listener(world, &scenario->network.hosts[0]),
                                 sim_between(world, 0, scenario->work_time / 2), allowed);
            planned += allowed;
        }
    }
}

static void play(struct scenario *scenario, struct sim_outcome *outcome)
{
    struct sim_world *world = &scenario->world;

    plan_connections(scenario);
    sim_siege_begin(&scenario->siege, &scenario->network); /* its stream is the last, so that others stay the same */
    sim_network_begin(&scenario->network);
    sim_troubles_begin(&scenario->troubles);
    sim_attacker_begin(&scenario->attacker);
    run_until(scenario, time_earlier(scenario->work_time, world->limits.work), NULL);
    if (is_over(scenario))
        return;
    heal(scenario);
    if (sim_chance(world, 0.5))
        all_ends(scenario, maybe_linger);
    if (!run_until(scenario, world->now + SETTLE_TIME + drain_time(scenario), is_settled) && !is_over(scenario))
        all_ends(scenario, report_unsettled);
    if (!is_over(scenario) && sim_chance(world, 0.5))
        outcome->idle_time = live_on(scenario);
    if (is_over(scenario))
        return;
    sim_say(world, "all is settled, the rest is closed");
    all_ends(scenario, close_one_side);
    if (!run_until(scenario, world->now + END_TIME, is_gone) && !is_over(scenario))
        all_ends(scenario, report_alive);
}

static void count_end(const struct sim_end *end, struct sim_outcome *outcome)
{
    if (end->was_connected)
        outcome->connected_time += sim_end_connected_until(end) - end->connected_world;
    outcome->connections++;
    outcome->established += end->was_connected;
    outcome->timed_out += end->end_reason == k_ESteamNetConnectionEnd_Misc_Timeout;
    outcome->reliable_sent += (uint64_t)end->ledger.reliable_sent;
    outcome->reliable_delivered += (uint64_t)end->ledger.reliable_delivered;
    outcome->unreliable_sent += (uint64_t)end->ledger.unreliable_sent;
    outcome->unreliable_delivered += (uint64_t)end->ledger.unreliable_delivered;
    outcome->bytes_delivered += (uint64_t)end->ledger.bytes_delivered;
    outcome->lingers += end->lingered;
    outcome->roams += (uint64_t)end->roamed;
    outcome->followed += (uint64_t)end->followed;
    outcome->lingers_completed += end->linger_complete;
}

static void count(struct scenario *scenario, struct sim_outcome *outcome)
{
    for (int i = 0; i < scenario->network.host_count; i++) {
        struct sim_end *end;

        outcome->refused += scenario->workloads[i].refused;
        list_for_each_entry(end, &scenario->network.hosts[i].ends, struct sim_end, node) count_end(end, outcome);
    }
    for (int i = 1; i < scenario->network.host_count; i++) {
        const struct sim_link_counters *both[] = {&scenario->network.up[i].counters,
                                                  &scenario->network.down[i].counters};

        for (size_t k = 0; k < 2; k++) {
            outcome->datagrams += both[k]->offered;
            outcome->datagram_bytes += both[k]->offered_bytes;
            outcome->datagrams_lost += both[k]->lost + both[k]->queue_lost + both[k]->cut;
            outcome->datagrams_too_large += both[k]->too_large;
        }
    }
    memcpy(outcome->tally, scenario->world.tally, sizeof(outcome->tally));
    outcome->digest = scenario->world.digest;
    outcome->steps = scenario->world.steps;
    outcome->virtual_time = scenario->world.now;
    outcome->peak_bytes = sim_memory()->peak_bytes;
    outcome->allocations = sim_memory()->allocations;
}

void sim_run(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome)
{
    struct scenario *scenario = calloc(1, sizeof(*scenario));
    size_t blocks = sim_memory()->blocks;

    memset(outcome, 0, sizeof(*outcome));
    if (!scenario) {
        outcome->failed = true;
        snprintf(outcome->failure, sizeof(outcome->failure), "out of memory for the simulation itself");
        return;
    }
    sim_memory_reset();
    sim_world_init(&scenario->world, seed, verbose);
    sim_wall_clocks_init(&scenario->world);
    if (limits)
        scenario->world.limits = *limits;
    if (build(scenario)) {
        outcome->severity = sim_severity_name(scenario->network.severity);
        sim_say(&scenario->world, "seed %llu: %d hosts, faults: %s%s%s%s%s", (unsigned long long)seed,
                scenario->network.host_count, outcome->severity, scenario->network.corrupting ? ", corruption" : "",
                scenario->attacker.blind ? ", guesses" : "",
                !scenario->attacker.sees   ? ""
                : scenario->attacker.harms ? ", an attacker who sees and harms"
                                           : ", an attacker who sees",
                scenario->troubles.shortage ? ", lack of memory" : "");
        play(scenario, outcome);
    }
    sim_memory_shortage(0, 0); /* a world that failed has not healed; the next one has enough */
    count(scenario, outcome);
    tear_down(scenario);
    if (!scenario->world.failed && sim_memory()->blocks != blocks)
        sim_fail(&scenario->world, "%zu blocks were not freed", sim_memory()->blocks - blocks);
    outcome->failed = scenario->world.failed;
    memcpy(outcome->failure, scenario->world.failure, sizeof(outcome->failure));
    free(scenario);
}
