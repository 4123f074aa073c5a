#include "net/sim/sim_scenario.h"

#include "base/alloc.h"
#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "crypto/crypto.h"
#include "net/sim/sim_memory.h"
#include "net/sim/sim_network.h"
#include "net/sim/sim_quiet.h"
#include "net/sim/sim_workload.h"
#include "wire/address.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SERVER_PORT = 27015,
    CLIENT_PORT = 30000,
    APP_ID = 4711,
    UNIX_NOW = 1700000000,
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
    struct sim_profile profile;
    struct sim_workload workloads[SIM_HOSTS_MAXIMUM];
    struct authority_store *authorities;
    uint8_t authority_seed[CRYPTO_KEY_SIZE];
    microseconds work_time;
    microseconds everyday_since;
    microseconds look_interval;
    struct sim_quiet quiet;
};

/* ---- hosts --------------------------------------------------------------------------------------------------- */

static int64_t unix_time(void)
{
    return UNIX_NOW;
}

/* A certificate of the world's authority, for some hosts of some worlds. */
static struct credentials *draw_credentials(struct scenario *scenario, int index)
{
    static const uint32_t app = APP_ID;
    struct random_source *random = &scenario->world.random.source;
    uint8_t seed[CRYPTO_KEY_SIZE], key[CRYPTO_KEY_SIZE], message[CERTIFICATE_MESSAGE_SIZE];
    SteamNetworkingIdentity identity;
    char name[32];
    size_t length;

    snprintf(name, sizeof(name), "str:host-%d", index);
    identity_parse(&identity, name, strlen(name));
    random_fill(random, seed, sizeof(seed));
    if (!crypto_ed25519_public(seed, key))
        return NULL;
    length = certificate_issue(&(struct certificate_grant){.key = key,
                                                           .identity = &identity,
                                                           .created = UNIX_NOW - 10,
                                                           .expiry = UNIX_NOW + 86400,
                                                           .apps = &app,
                                                           .app_count = 1},
                               scenario->authority_seed, message, sizeof(message));
    return length > 0 ? credentials_from_message(message, length, seed, NULL) : NULL;
}

static void draw_config(struct scenario *scenario, struct transport_config *config)
{
    struct sim_world *world = &scenario->world;

    *config = (struct transport_config){
        .timeout_initial_ms = 10000,
        .timeout_connected_ms = 10000,
        .send_buffer_size = 512 * 1024,
        .send_rate_min = 256 * 1024,
        .send_rate_max = 256 * 1024,
        .nagle_us = 5000,
        .receive_buffer_size = 1024 * 1024,
        .receive_buffer_messages = 1000,
        .receive_max_message_size = 512 * 1024,
        .receive_max_segments = 1300,
        .packet_size = 1300,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
        .send_time_since_previous = -1,
    };
    if (sim_chance(world, 0.5))
        sim_network_draw_rates(world, config);
    if (sim_chance(world, 0.3))
        config->nagle_us = (int32_t)sim_between(world, 0, 20000);
    if (sim_chance(world, 0.2))
        config->send_buffer_size = (int32_t)sim_magnitude(world, 20000, 2 * 1024 * 1024);
    if (sim_chance(world, 0.2))
        config->packet_size = (int32_t)sim_between(world, 200, 1300);
    if (sim_chance(world, 0.3))
        config->send_time_since_previous = (int32_t)sim_between(world, -1, 1);
    if (sim_chance(world, 0.2) && !scenario->network.corrupting)
        config->unencrypted = (int32_t)sim_between(world, 0, 2);
}

static bool make_host(struct scenario *scenario, int index)
{
    struct sim_world *world = &scenario->world;
    struct sim_host *host = &scenario->network.hosts[index];
    struct endpoint *endpoint = endpoint_new();

    if (!endpoint)
        return false;
    identity_set_localhost(&endpoint->identity);
    endpoint->authorities = scenario->authorities;
    endpoint->app_id = APP_ID;
    endpoint->unix_time = unix_time;
    if (sim_chance(world, 0.4)) {
        endpoint->credentials = draw_credentials(scenario, index);
        if (!endpoint->credentials) {
            sim_fail(world, "cannot make credentials");
            endpoint_release(endpoint);
            return false;
        }
        endpoint->identity = endpoint->credentials->certificate.identity;
    }
    if (!sim_host_init(host, world, index, endpoint))
        return false;
    address_set_ipv4(&host->address, 0x0a000001 + (uint32_t)index, index == 0 ? SERVER_PORT : CLIENT_PORT);
    host->clock_offset = sim_magnitude(world, SECOND, 1000000 * SECOND);
    host->listening = index == 0;
    host->network = &scenario->network;
    host->corruption = scenario->network.corrupting;
    host->shortage = scenario->network.shortage;
    draw_config(scenario, &host->config);
    host->highest_rate = host->config.send_rate_max;
    if (index == 0 && endpoint->credentials && sim_chance(world, 0.1))
        host->config.allow_without_auth = 0; /* clients that nobody vouches for wait in vain */
    if (sim_chance(world, 0.5))
        host->tick_late_maximum = sim_magnitude(world, 10, 5 * MILLISECOND);
    if (sim_chance(world, 0.3))
        host->tick_early = random_double(&world->random.source) * 0.3;
    sim_workload_init(&scenario->workloads[index], host, &scenario->profile);
    return true;
}

static void draw_profile(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    struct sim_profile *profile = &scenario->profile;

    profile->messages_maximum = (int)sim_magnitude(world, 10, 600);
    profile->bytes_maximum = sim_magnitude(world, 5000, 1500000);
    profile->gap_maximum = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
    profile->burst_maximum = (int)sim_magnitude(world, 1, 60);
    profile->reliable = random_double(&world->random.source);
    profile->size_maximum = (int)sim_magnitude(world, 2000, k_cbMaxSteamNetworkingSocketsMessageSizeSend);
    profile->lanes_maximum = (int)sim_magnitude(world, 1, sim_chance(world, 0.1) ? SIM_LANES_MAXIMUM : 8);
    profile->stall = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    profile->stall_maximum = sim_magnitude(world, 10 * MILLISECOND, 5 * SECOND);
    profile->accept_maximum = sim_magnitude(world, MILLISECOND, sim_chance(world, 0.2) ? 15 * SECOND : 3 * SECOND);
    if (sim_chance(world, 0.3)) {
        profile->refuse = random_double(&world->random.source) * 0.5;
        profile->ignore = random_double(&world->random.source) * 0.3;
    }
    profile->close = sim_chance(world, 0.7) ? random_double(&world->random.source) * 0.6 : 0;
    profile->fail = sim_chance(world, 0.1) ? 0.01 : 0;
    profile->work_time = scenario->work_time;
}

static bool build(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    uint8_t key[CRYPTO_KEY_SIZE];

    sim_network_init(&scenario->network, world);
    sim_quiet_init(&scenario->quiet, &scenario->network);
    scenario->look_interval = LOOK_INTERVAL;
    scenario->everyday_since = scenario->network.severity <= SIM_SEVERITY_MILD ? 0 : TIME_NEVER;
    scenario->work_time = sim_magnitude(world, 2 * SECOND, 30 * SECOND);
    scenario->network.host_count = (int)sim_between(world, 2, sim_chance(world, 0.5) ? 3 : SIM_HOSTS_MAXIMUM);
    draw_profile(scenario);

    random_fill(&world->random.source, scenario->authority_seed, sizeof(scenario->authority_seed));
    scenario->authorities = authority_store_new();
    if (!scenario->authorities || !crypto_ed25519_public(scenario->authority_seed, key) ||
        authority_store_add_root(scenario->authorities, key) != AUTHORITY_ADDED) {
        sim_fail(world, "cannot make an authority");
        return false;
    }
    for (int i = 0; i < scenario->network.host_count; i++) {
        if (!make_host(scenario, i)) {
            sim_fail(world, "cannot make host %d", i);
            scenario->network.host_count = i;
            return false;
        }
    }
    sim_network_connect(&scenario->network);
    return true;
}

static void tear_down(struct scenario *scenario)
{
    sim_network_destroy(&scenario->network);
    authority_store_free(scenario->authorities);
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
    size_t bound = BYTES_OF_WORLD;

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

    if (end->released || end->failed_locally || end->state != k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
        return true;
    peer = sim_end_peer(end);
    if (peer && peer->connection && peer->was_connected && !peer->released &&
        peer->state == k_ESteamNetworkingConnectionState_Connected)
        sim_fail(&scenario->world, "host %d end %d gave up (%d) although its peer is connected to it", end->host->index,
                 end->serial, end->end_reason);
    return true;
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

/* Closes in the middle of what is under way; it must arrive all the same (linger_ended in sim_host.c). */
static bool maybe_linger(struct scenario *scenario, struct sim_end *end)
{
    if (!end->released && end->state == k_ESteamNetworkingConnectionState_Connected &&
        sim_chance(&scenario->world, 0.4))
        sim_end_close(end, 1300, true);
    return !scenario->world.failed;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

static void heal(struct scenario *scenario)
{
    scenario->everyday_since = time_earlier(scenario->everyday_since, scenario->world.now + OLD_TROUBLE_TIME);
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

            sim_workload_connect(&scenario->workloads[i], &scenario->network.hosts[0].address,
                                 sim_between(world, 0, scenario->work_time / 2), allowed);
            planned += allowed;
        }
    }
}

static void play(struct scenario *scenario, struct sim_outcome *outcome)
{
    struct sim_world *world = &scenario->world;

    plan_connections(scenario);
    sim_network_begin(&scenario->network);
    run_until(scenario, time_earlier(scenario->work_time, world->limits.work), NULL);
    if (is_over(scenario))
        return;
    heal(scenario);
    if (sim_chance(world, 0.5))
        all_ends(scenario, maybe_linger);
    if (!run_until(scenario, world->now + SETTLE_TIME + drain_time(scenario), is_settled) && !is_over(scenario))
        all_ends(scenario, report_unsettled);
    if (!is_over(scenario) && sim_chance(world, 0.35))
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
        outcome->connected_time += sim_end_connected_until(end) - end->connected_at;
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
    if (limits)
        scenario->world.limits = *limits;
    if (build(scenario)) {
        outcome->severity = sim_severity_name(scenario->network.severity);
        sim_say(&scenario->world, "seed %llu: %d hosts, faults: %s%s%s%s", (unsigned long long)seed,
                scenario->network.host_count, outcome->severity, scenario->network.corrupting ? ", corruption" : "",
                scenario->network.spoofing ? ", foreign datagrams" : "",
                scenario->network.shortage ? ", lack of memory" : "");
        play(scenario, outcome);
    }
    count(scenario, outcome);
    tear_down(scenario);
    if (!scenario->world.failed && sim_memory()->blocks != blocks)
        sim_fail(&scenario->world, "%zu blocks were not freed", sim_memory()->blocks - blocks);
    outcome->failed = scenario->world.failed;
    memcpy(outcome->failure, scenario->world.failure, sizeof(outcome->failure));
    free(scenario);
}
