#include "net/sim/sim_scenario.h"

#include "base/alloc.h"
#include "cert/authority_store.h"
#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "crypto/crypto.h"
#include "net/sim/sim_host.h"
#include "net/sim/sim_memory.h"
#include "net/sim/sim_workload.h"
#include "wire/address.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HOSTS_MAXIMUM = 6, /* the server is host 0 */
    LINKS_PER_CLIENT = 2,
    SERVER_PORT = 27015,
    CLIENT_PORT = 30000,
    APP_ID = 4711,
    UNIX_NOW = 1700000000,
    IDLE_PACKETS = 40, /* in IDLE_TIME */
    IDLE_TICKS = 100,
    QUEUE_SECONDS_MAXIMUM = 2, /* in front of a slow link */

    /* What one connection may need of the heap at most, besides its two buffers. */
    BYTES_PER_END = 3 * 1024 * 1024,
    BYTES_OF_WORLD = 4 * 1024 * 1024,
};

#define SETTLE_TIME      (60 * SECOND) /* for every silent failure to be noticed: protocol 17.3 */
#define OLD_TROUBLE_TIME (15 * SECOND) /* after the healing, for troubles from before to show */
#define IDLE_TIME        (60 * SECOND)
#define END_TIME         (60 * SECOND) /* for every closed connection to be gone */

enum severity {
    SEVERITY_NONE,
    SEVERITY_MILD,     /* what everyday networks do: no connection may fail because of it */
    SEVERITY_HARD,     /* heavy loss, queues that overflow */
    SEVERITY_TERRIBLE, /* and cuts, corruption, frozen hosts */
};

static const char *const severity_names[] = {"none", "mild", "hard", "terrible"};

struct scenario {
    struct sim_world world;
    enum severity severity;
    bool corrupting, spoofing, shortage;
    struct sim_profile profile;
    int host_count;
    struct sim_host hosts[HOSTS_MAXIMUM];
    struct sim_workload workloads[HOSTS_MAXIMUM];
    struct sim_link up[HOSTS_MAXIMUM], down[HOSTS_MAXIMUM]; /* by client */
    struct authority_store *authorities;
    uint8_t authority_seed[CRYPTO_KEY_SIZE];
    microseconds work_time;
    microseconds everyday_since;
    struct sim_event weather, freezing, thawing, spoof;
    struct sim_host *frozen_host;
};

/* ---- networks ------------------------------------------------------------------------------------------------ */

static struct sim_host *host_by_address(struct scenario *scenario, const SteamNetworkingIPAddr *address)
{
    for (int i = 0; i < scenario->host_count; i++)
        if (address_equal_without_port(&scenario->hosts[i].address, address))
            return &scenario->hosts[i];
    return NULL;
}

static struct sim_link *route(struct sim_host *from, const SteamNetworkingIPAddr *to)
{
    struct scenario *scenario = container_of(from->world, struct scenario, world);
    struct sim_host *target = host_by_address(scenario, to);

    if (!target || (from->index != 0) == (target->index != 0))
        return NULL;
    return from->index == 0 ? &scenario->down[target->index] : &scenario->up[from->index];
}

static void draw_conditions(struct scenario *scenario, enum severity severity, struct sim_conditions *conditions)
{
    struct sim_world *world = &scenario->world;

    memset(conditions, 0, sizeof(*conditions));
    conditions->latency = sim_between(world, 0, 60 * MILLISECOND);
    conditions->reorder_delay = 20 * MILLISECOND;
    conditions->queue_bytes = 64 * 1024;
    if (severity == SEVERITY_NONE)
        return;
    if (sim_chance(world, 0.5))
        conditions->jitter = sim_magnitude(world, 100, 20 * MILLISECOND);
    conditions->loss = sim_chance(world, 0.6) ? random_double(&world->random.source) * 0.05 : 0;
    conditions->reorder = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    conditions->duplicate = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    if (severity == SEVERITY_MILD)
        return;
    conditions->latency += sim_chance(world, 0.2) ? sim_between(world, 0, 400 * MILLISECOND) : 0;
    conditions->loss += sim_chance(world, 0.5) ? random_double(&world->random.source) * 0.4 : 0;
    conditions->reorder_delay = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
    conditions->rate = sim_chance(world, 0.4) ? sim_magnitude(world, 5000, 2000000) : 0;
    conditions->queue_bytes = sim_magnitude(world, 3000, 500000);
    if (conditions->rate > 0 && conditions->queue_bytes > conditions->rate * QUEUE_SECONDS_MAXIMUM)
        conditions->queue_bytes = conditions->rate * QUEUE_SECONDS_MAXIMUM;
    conditions->replay = sim_chance(world, 0.2) ? 0.02 : 0;
    if (severity == SEVERITY_HARD)
        return;
    conditions->cut = sim_chance(world, 0.2);
    if (scenario->corrupting)
        conditions->corrupt = random_double(&world->random.source) * 0.1;
}

/* The conditions of some link change, again and again. */
static void run_weather(struct sim_world *world, struct sim_event *event)
{
    struct scenario *scenario = container_of(world, struct scenario, world);
    int client = (int)sim_between(world, 1, scenario->host_count - 1);
    struct sim_link *link = sim_chance(world, 0.5) ? &scenario->up[client] : &scenario->down[client];

    draw_conditions(scenario, scenario->severity, &link->conditions);
    sim_say(world, "client %d %s: loss %.2f, latency %lld ms, rate %lld%s", client,
            link == &scenario->up[client] ? "up" : "down", link->conditions.loss,
            (long long)(link->conditions.latency / MILLISECOND), (long long)link->conditions.rate,
            link->conditions.cut ? ", cut" : "");
    sim_plan(world, event, world->now + sim_magnitude(world, 50 * MILLISECOND, 5 * SECOND), run_weather);
}

static void run_thaw(struct sim_world *world, struct sim_event *event)
{
    struct scenario *scenario = container_of(world, struct scenario, world);
    struct sim_host *host = scenario->frozen_host;

    (void)event;
    sim_say(world, "host %d thaws", host->index);
    scenario->frozen_host = NULL;
    sim_host_freeze(host, false);
}

static void run_freeze(struct sim_world *world, struct sim_event *event)
{
    struct scenario *scenario = container_of(world, struct scenario, world);

    if (!scenario->frozen_host) {
        scenario->frozen_host = &scenario->hosts[sim_between(world, 0, scenario->host_count - 1)];
        sim_say(world, "host %d freezes", scenario->frozen_host->index);
        sim_host_freeze(scenario->frozen_host, true);
        sim_plan(world, &scenario->thawing, world->now + sim_magnitude(world, 5 * MILLISECOND, 6 * SECOND), run_thaw);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 20 * SECOND), run_freeze);
}

/* Datagrams that nobody of the hosts has sent, from addresses that may be theirs. */
static void run_spoof(struct sim_world *world, struct sim_event *event)
{
    static const uint8_t leads[] = {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x80, 0x91, 0xff, 0x00};
    struct scenario *scenario = container_of(world, struct scenario, world);
    int client = (int)sim_between(world, 1, scenario->host_count - 1);
    struct sim_host *server = &scenario->hosts[0], *other = &scenario->hosts[client];
    SteamNetworkingIPAddr from = other->address, to = server->address;
    uint8_t bytes[DATAGRAM_MAXIMUM];
    size_t length = (size_t)sim_magnitude(world, 1, DATAGRAM_MAXIMUM);

    from.m_port = (uint16)(from.m_port + sim_between(world, 0, 4));
    if (sim_chance(world, 0.2))
        address_set_ipv4(&from, random_u32(&world->random.source), 5);
    random_fill(&world->random.source, bytes, length);
    bytes[0] = leads[sim_between(world, 0, sizeof(leads) - 1)];
    if (length > 3 && sim_chance(world, 0.5)) {
        bytes[1] = (uint8_t)sim_between(world, 0, (int64_t)length);
        bytes[2] = (uint8_t)(length >> 8);
    }
    if (sim_chance(world, 0.5))
        sim_link_send(&scenario->up[client], &from, &to, bytes, length);
    else
        sim_link_send(&scenario->down[client], &to, &from, bytes, length);
    sim_plan(world, event, world->now + sim_magnitude(world, MILLISECOND, SECOND), run_spoof);
}

static void heal(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;

    sim_say(world, "the networks heal");
    sim_memory_shortage(0, 0);
    sim_cancel(world, &scenario->weather);
    sim_cancel(world, &scenario->freezing);
    sim_cancel(world, &scenario->spoof);
    sim_cancel(world, &scenario->thawing);
    if (scenario->frozen_host)
        run_thaw(world, &scenario->thawing);
    scenario->shortage = scenario->severity >= SEVERITY_HARD && sim_chance(world, 0.15);
    scenario->everyday_since = time_earlier(scenario->everyday_since, world->now + OLD_TROUBLE_TIME);
    for (int i = 1; i < scenario->host_count; i++) {
        struct sim_conditions conditions;

        draw_conditions(scenario, SEVERITY_NONE, &conditions);
        sim_link_reset(&scenario->up[i], &conditions);
        draw_conditions(scenario, SEVERITY_NONE, &conditions);
        sim_link_reset(&scenario->down[i], &conditions);
    }
    for (int i = 0; i < scenario->host_count; i++) {
        scenario->hosts[i].tick_early = 0;
        sim_workload_finish(&scenario->workloads[i]);
    }
}

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
    if (sim_chance(world, 0.5)) {
        config->send_rate_min = (int32_t)sim_magnitude(world, 16 * 1024, 4 * 1024 * 1024);
        config->send_rate_max = config->send_rate_min;
        if (sim_chance(world, 0.5))
            config->send_rate_max = (int32_t)sim_magnitude(world, config->send_rate_min, 100 * 1024 * 1024);
    }
    if (sim_chance(world, 0.3))
        config->nagle_us = (int32_t)sim_between(world, 0, 20000);
    if (sim_chance(world, 0.2))
        config->send_buffer_size = (int32_t)sim_magnitude(world, 20000, 2 * 1024 * 1024);
    if (sim_chance(world, 0.2))
        config->packet_size = (int32_t)sim_between(world, 200, 1300);
    if (sim_chance(world, 0.3))
        config->send_time_since_previous = (int32_t)sim_between(world, -1, 1);
    if (sim_chance(world, 0.2) && !scenario->corrupting)
        config->unencrypted = (int32_t)sim_between(world, 0, 2);
}

static bool make_host(struct scenario *scenario, int index)
{
    struct sim_world *world = &scenario->world;
    struct sim_host *host = &scenario->hosts[index];
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
    host->route = route;
    host->all_hosts = scenario->hosts;
    host->host_count = scenario->host_count;
    host->corruption = scenario->corrupting;
    host->shortage = scenario->shortage;
    draw_config(scenario, &host->config);
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
    profile->work_time = scenario->work_time;
}

static bool build(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;
    uint8_t key[CRYPTO_KEY_SIZE];

    scenario->severity = (enum severity)sim_between(world, SEVERITY_NONE, SEVERITY_TERRIBLE);
    scenario->corrupting = scenario->severity == SEVERITY_TERRIBLE && sim_chance(world, 0.5);
    scenario->spoofing = scenario->severity >= SEVERITY_HARD && sim_chance(world, 0.5);
    scenario->shortage = scenario->severity >= SEVERITY_HARD && sim_chance(world, 0.15);
    scenario->everyday_since = scenario->severity <= SEVERITY_MILD ? 0 : TIME_NEVER;
    scenario->work_time = sim_magnitude(world, 2 * SECOND, 30 * SECOND);
    scenario->host_count = (int)sim_between(world, 2, sim_chance(world, 0.5) ? 3 : HOSTS_MAXIMUM);
    draw_profile(scenario);

    random_fill(&world->random.source, scenario->authority_seed, sizeof(scenario->authority_seed));
    scenario->authorities = authority_store_new();
    if (!scenario->authorities || !crypto_ed25519_public(scenario->authority_seed, key) ||
        authority_store_add_root(scenario->authorities, key) != AUTHORITY_ADDED) {
        sim_fail(world, "cannot make an authority");
        return false;
    }
    for (int i = 0; i < scenario->host_count; i++) {
        if (!make_host(scenario, i)) {
            sim_fail(world, "cannot make host %d", i);
            scenario->host_count = i;
            return false;
        }
    }
    for (int i = 1; i < scenario->host_count; i++) {
        sim_link_init(&scenario->up[i], world, sim_host_arrive, &scenario->hosts[0]);
        sim_link_init(&scenario->down[i], world, sim_host_arrive, &scenario->hosts[i]);
        draw_conditions(scenario, scenario->severity, &scenario->up[i].conditions);
        draw_conditions(scenario, scenario->severity, &scenario->down[i].conditions);
    }
    return true;
}

static void tear_down(struct scenario *scenario)
{
    for (int i = 1; i < scenario->host_count; i++) {
        sim_link_destroy(&scenario->up[i]);
        sim_link_destroy(&scenario->down[i]);
    }
    for (int i = 0; i < scenario->host_count; i++)
        sim_host_destroy(&scenario->hosts[i]);
    authority_store_free(scenario->authorities);
    sim_world_destroy(&scenario->world);
}

/* ---- what must hold ------------------------------------------------------------------------------------------ */

/* Calls `visit` for every end of every host until it says false. */
static bool all_ends(struct scenario *scenario, bool (*visit)(struct scenario *scenario, struct sim_end *end))
{
    for (int i = 0; i < scenario->host_count; i++) {
        struct sim_end *end;

        list_for_each_entry(end, &scenario->hosts[i].ends, struct sim_end,
                            node) if (!visit(scenario, end)) return false;
    }
    return true;
}

static void check_memory(struct scenario *scenario)
{
    size_t bound = BYTES_OF_WORLD;

    for (int i = 0; i < scenario->host_count; i++) {
        struct sim_host *host = &scenario->hosts[i];

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

    if (end->released || end->state != k_ESteamNetworkingConnectionState_ProblemDetectedLocally)
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

/* Runs until the time, or, with `done`, until that holds (asked every tenth of a second). False when it never did. */
static bool run_until(struct scenario *scenario, microseconds until,
                      bool (*done)(struct scenario *scenario, struct sim_end *end))
{
    struct sim_world *world = &scenario->world;
    microseconds next_look = world->now;

    while (!world->failed && world->now < until) {
        while (sim_step(world, time_earlier(next_look, until)))
            check_memory(scenario);
        if (everyday(scenario))
            all_ends(scenario, check_not_given_up);
        if (done && all_ends(scenario, done))
            return !world->failed;
        next_look = world->now + 100 * MILLISECOND;
    }
    return !done && !world->failed;
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

    for (int i = 0; i < scenario->host_count; i++) {
        struct sim_host *host = &scenario->hosts[i];
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

static bool start_idling(struct scenario *scenario, struct sim_end *end)
{
    (void)scenario;
    end->packets = end->ticks = 0;
    return true;
}

/* An idle connection costs nothing but its keepalives (protocol 17.4, 17.5). */
static bool check_idled(struct scenario *scenario, struct sim_end *end)
{
    if (end->state == k_ESteamNetworkingConnectionState_Connected &&
        (end->packets > IDLE_PACKETS || end->ticks > IDLE_TICKS))
        sim_fail(&scenario->world, "host %d end %d sent %llu packets and was woken %llu times while idle",
                 end->host->index, end->serial, (unsigned long long)end->packets, (unsigned long long)end->ticks);
    return !scenario->world.failed;
}

static void idle(struct scenario *scenario)
{
    run_until(scenario, scenario->world.now + 5 * SECOND, NULL);
    all_ends(scenario, start_idling);
    run_until(scenario, scenario->world.now + IDLE_TIME, NULL);
    all_ends(scenario, check_idled);
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

static void plan_faults(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;

    if (scenario->severity > SEVERITY_NONE)
        sim_plan(world, &scenario->weather, sim_between(world, 0, 3 * SECOND), run_weather);
    if (scenario->severity == SEVERITY_TERRIBLE && sim_chance(world, 0.5))
        sim_plan(world, &scenario->freezing, sim_between(world, 0, 5 * SECOND), run_freeze);
    if (scenario->spoofing)
        sim_plan(world, &scenario->spoof, 0, run_spoof);
}

static void play(struct scenario *scenario)
{
    struct sim_world *world = &scenario->world;

    for (int i = 1; i < scenario->host_count; i++)
        for (int64_t count = sim_between(world, 1, 3); count > 0; count--)
            sim_workload_connect(&scenario->workloads[i], &scenario->hosts[0].address,
                                 sim_between(world, 0, scenario->work_time / 2));
    plan_faults(scenario);
    if (scenario->shortage)
        sim_memory_shortage(random_u64(&world->random.source), (uint32_t)sim_magnitude(world, 5, 1000));
    run_until(scenario, scenario->work_time, NULL);
    heal(scenario);
    if (sim_chance(world, 0.5))
        all_ends(scenario, maybe_linger);
    if (!run_until(scenario, world->now + SETTLE_TIME + drain_time(scenario), is_settled))
        all_ends(scenario, report_unsettled);
    if (!world->failed && sim_chance(world, 0.2))
        idle(scenario);
    sim_say(world, "all is settled, the rest is closed");
    all_ends(scenario, close_one_side);
    if (!run_until(scenario, world->now + END_TIME, is_gone))
        all_ends(scenario, report_alive);
}

static void count_end(const struct sim_end *end, struct sim_outcome *outcome)
{
    outcome->connections++;
    outcome->established += end->was_connected;
    outcome->timed_out += end->end_reason == k_ESteamNetConnectionEnd_Misc_Timeout;
    outcome->reliable_sent += (uint64_t)end->ledger.reliable_sent;
    outcome->reliable_delivered += (uint64_t)end->ledger.reliable_delivered;
    outcome->unreliable_sent += (uint64_t)end->ledger.unreliable_sent;
    outcome->unreliable_delivered += (uint64_t)end->ledger.unreliable_delivered;
    outcome->bytes_delivered += (uint64_t)end->ledger.bytes_delivered;
    outcome->lingers += end->lingered;
    outcome->lingers_completed += end->linger_complete;
}

static void count(struct scenario *scenario, struct sim_outcome *outcome)
{
    for (int i = 0; i < scenario->host_count; i++) {
        struct sim_end *end;

        outcome->refused += scenario->workloads[i].refused;
        list_for_each_entry(end, &scenario->hosts[i].ends, struct sim_end, node) count_end(end, outcome);
    }
    for (int i = 1; i < scenario->host_count; i++) {
        const struct sim_link_counters *both[] = {&scenario->up[i].counters, &scenario->down[i].counters};

        for (size_t k = 0; k < 2; k++) {
            outcome->datagrams += both[k]->offered;
            outcome->datagram_bytes += both[k]->offered_bytes;
            outcome->datagrams_lost += both[k]->lost + both[k]->queue_lost + both[k]->cut;
        }
    }
    outcome->digest = scenario->world.digest;
    outcome->steps = scenario->world.steps;
    outcome->virtual_time = scenario->world.now;
    outcome->peak_bytes = sim_memory()->peak_bytes;
    outcome->allocations = sim_memory()->allocations;
}

void sim_run(uint64_t seed, bool verbose, struct sim_outcome *outcome)
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
    if (build(scenario)) {
        outcome->severity = severity_names[scenario->severity];
        sim_say(&scenario->world, "seed %llu: %d hosts, faults: %s%s%s%s", (unsigned long long)seed,
                scenario->host_count, outcome->severity, scenario->corrupting ? ", corruption" : "",
                scenario->spoofing ? ", foreign datagrams" : "", scenario->shortage ? ", lack of memory" : "");
        play(scenario);
    }
    count(scenario, outcome);
    tear_down(scenario);
    if (!scenario->world.failed && sim_memory()->blocks != blocks)
        sim_fail(&scenario->world, "%zu blocks were not freed", sim_memory()->blocks - blocks);
    outcome->failed = scenario->world.failed;
    memcpy(outcome->failure, scenario->world.failure, sizeof(outcome->failure));
    free(scenario);
}
