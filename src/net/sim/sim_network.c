#include "net/sim/sim_network.h"

#include "net/sim/sim_memory.h"
#include "wire/address.h"
#include "wire/limits.h"

#include <string.h>

enum { QUEUE_SECONDS_MAXIMUM = 2 /* in front of a slow link */ };

static const char *const severity_names[] = {"none", "mild", "hard", "terrible"};

const char *sim_severity_name(enum sim_severity severity)
{
    return severity_names[severity];
}

void sim_network_init(struct sim_network *network, struct sim_world *world)
{
    memset(network, 0, sizeof(*network));
    network->world = world;
    sim_give_stream(world, &network->weather);
    sim_give_stream(world, &network->freezing);
    sim_give_stream(world, &network->spoofs);
    sim_give_stream(world, &network->reconfiguring);
    sim_give_stream(world, &network->roaming);
    network->severity = (enum sim_severity)sim_between(world, SIM_SEVERITY_NONE, SIM_SEVERITY_TERRIBLE);
    network->corrupting = network->severity == SIM_SEVERITY_TERRIBLE && sim_chance(world, 0.5);
    network->spoofing = network->severity >= SIM_SEVERITY_HARD && sim_chance(world, 0.5);
    network->shortage = network->severity >= SIM_SEVERITY_HARD && sim_chance(world, 0.15);
}

struct sim_host *sim_network_host(struct sim_network *network, const SteamNetworkingIPAddr *address)
{
    for (int i = 0; i < network->host_count; i++)
        if (sim_host_has_address(&network->hosts[i], address))
            return &network->hosts[i];
    return NULL;
}

struct sim_link *sim_network_route(struct sim_host *from, const SteamNetworkingIPAddr *to)
{
    struct sim_network *network = from->network;
    struct sim_host *target = sim_network_host(network, to);

    if (!target || (from->index != 0) == (target->index != 0))
        return NULL;
    return from->index == 0 ? &network->down[target->index] : &network->up[from->index];
}

static void draw_conditions(struct sim_network *network, enum sim_severity severity, struct sim_conditions *conditions)
{
    static const int sizes[] = {548, 572, 972, 1200, 1232, 1252};
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    struct sim_world *world = network->world;

    memset(conditions, 0, sizeof(*conditions));
    conditions->latency = sim_between(world, 0, 60 * MILLISECOND);
    conditions->reorder_delay = 20 * MILLISECOND;
    conditions->queue_bytes = 64 * 1024;
    if (severity == SIM_SEVERITY_NONE)
        return;
    if (sim_chance(world, 0.5))
        conditions->jitter = sim_magnitude(world, 100, 20 * MILLISECOND);
    conditions->loss = sim_chance(world, 0.6) ? random_double(&world->random.source) * 0.05 : 0;
    conditions->reorder = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    conditions->duplicate = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    conditions->largest = sim_chance(world, 0.15) ? sizes[sim_between(world, 0, SIZES - 1)] : 0;
    if (severity == SIM_SEVERITY_MILD)
        return;
    conditions->latency += sim_chance(world, 0.2) ? sim_between(world, 0, 400 * MILLISECOND) : 0;
    conditions->loss += sim_chance(world, 0.5) ? random_double(&world->random.source) * 0.4 : 0;
    conditions->reorder_delay = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
    conditions->rate = sim_chance(world, 0.4) ? sim_magnitude(world, 5000, 2000000) : 0;
    conditions->queue_bytes = sim_magnitude(world, 3000, 500000);
    if (conditions->rate > 0 && conditions->queue_bytes > conditions->rate * QUEUE_SECONDS_MAXIMUM)
        conditions->queue_bytes = conditions->rate * QUEUE_SECONDS_MAXIMUM;
    conditions->replay = sim_chance(world, 0.2) ? 0.02 : 0;
    if (severity == SIM_SEVERITY_HARD)
        return;
    conditions->cut = sim_chance(world, 0.2);
    if (network->corrupting)
        conditions->corrupt = random_double(&world->random.source) * 0.1;
}

/* The conditions of some link change, again and again. */
static void run_weather(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, weather);
    int client = (int)sim_between(world, 1, network->host_count - 1);
    struct sim_link *link = sim_chance(world, 0.5) ? &network->up[client] : &network->down[client];

    draw_conditions(network, network->severity, &link->conditions);
    sim_say(world, "client %d %s: loss %.2f, latency %lld ms, rate %lld%s", client,
            link == &network->up[client] ? "up" : "down", link->conditions.loss,
            (long long)(link->conditions.latency / MILLISECOND), (long long)link->conditions.rate,
            link->conditions.cut ? ", cut" : "");
    sim_plan(world, event, world->now + sim_magnitude(world, 50 * MILLISECOND, 5 * SECOND), run_weather);
}

static void run_thaw(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, thawing);
    struct sim_host *host = network->frozen_host;

    sim_say(world, "host %d thaws", host->index);
    network->frozen_host = NULL;
    sim_host_freeze(host, false);
}

static void run_freeze(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, freezing);

    if (!network->frozen_host) {
        network->frozen_host = &network->hosts[sim_between(world, 0, network->host_count - 1)];
        sim_say(world, "host %d freezes", network->frozen_host->index);
        sim_host_freeze(network->frozen_host, true);
        sim_plan(world, &network->thawing, world->now + sim_magnitude(world, 5 * MILLISECOND, 6 * SECOND), run_thaw);
    }
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 20 * SECOND), run_freeze);
}

/* Datagrams that nobody of the hosts has sent, from addresses that may be theirs. */
static void run_spoof(struct sim_world *world, struct sim_event *event)
{
    static const uint8_t leads[] = {0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x80, 0x91, 0xff, 0x00};
    struct sim_network *network = container_of(event, struct sim_network, spoofs);
    int client = (int)sim_between(world, 1, network->host_count - 1);
    struct sim_host *server = &network->hosts[0], *other = &network->hosts[client];
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
        sim_link_inject(&network->up[client], &from, &to, bytes, length);
    else
        sim_link_inject(&network->down[client], &to, &from, bytes, length);
    sim_plan(world, event, world->now + sim_magnitude(world, MILLISECOND, SECOND), run_spoof);
}

/* A translator forgets a client, or a client goes from one network to another, in the middle of a connection. */
static void run_roam(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, roaming);
    struct sim_host *host = &network->hosts[sim_between(world, 1, network->host_count - 1)];
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end, node) if (sim_end_may_roam(end) && sim_chance(world, 0.5))
        sim_end_roam(end);
    sim_plan(world, event, world->now + sim_magnitude(world, 200 * MILLISECOND, 10 * SECOND), run_roam);
}

void sim_network_draw_rates(struct sim_world *world, struct transport_config *config)
{
    config->send_rate_min = (int32_t)sim_magnitude(world, 16 * 1024, 4 * 1024 * 1024);
    config->send_rate_max = config->send_rate_min;
    if (sim_chance(world, 0.5))
        config->send_rate_max = (int32_t)sim_magnitude(world, config->send_rate_min, 100 * 1024 * 1024);
}

/* A host changes its mind about what can be changed at any time. */
static void run_reconfigure(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, reconfiguring);
    struct sim_host *host = &network->hosts[sim_between(world, 0, network->host_count - 1)];
    bool may_shrink = true;
    struct sim_end *end;

    sim_network_draw_rates(world, &host->config);
    host->config.nagle_us = (int32_t)sim_between(world, 0, 20000);
    list_for_each_entry(end, &host->ends, struct sim_end, node) may_shrink =
        may_shrink && (!end->connection || connection_may_shrink_packets(end->connection));
    host->config.packet_size = (int32_t)sim_between(world, may_shrink ? 200 : host->config.packet_size, 1300);
    sim_host_config_changed(host);
    sim_plan(world, event, world->now + sim_magnitude(world, 100 * MILLISECOND, 10 * SECOND), run_reconfigure);
}

void sim_network_connect(struct sim_network *network)
{
    for (int i = 1; i < network->host_count; i++) {
        sim_link_init(&network->up[i], network->world, sim_host_arrive, &network->hosts[0]);
        sim_link_init(&network->down[i], network->world, sim_host_arrive, &network->hosts[i]);
        draw_conditions(network, network->severity, &network->up[i].conditions);
        draw_conditions(network, network->severity, &network->down[i].conditions);
    }
}

void sim_network_begin(struct sim_network *network)
{
    struct sim_world *world = network->world;

    if (network->severity > SIM_SEVERITY_NONE)
        sim_plan(world, &network->weather, sim_between(world, 0, 3 * SECOND), run_weather);
    if (network->severity == SIM_SEVERITY_TERRIBLE && sim_chance(world, 0.5))
        sim_plan(world, &network->freezing, sim_between(world, 0, 5 * SECOND), run_freeze);
    if (network->severity != SIM_SEVERITY_MILD && sim_chance(world, 0.3))
        sim_plan(world, &network->roaming, sim_between(world, 0, 5 * SECOND), run_roam);
    if (sim_chance(world, 0.2))
        sim_plan(world, &network->reconfiguring, sim_between(world, 0, 5 * SECOND), run_reconfigure);
    if (network->spoofing)
        sim_plan(world, &network->spoofs, 0, run_spoof);
    if (network->shortage)
        sim_memory_shortage(random_u64(&world->random.source), (uint32_t)sim_magnitude(world, 5, 1000));
}

void sim_network_heal(struct sim_network *network)
{
    struct sim_world *world = network->world;

    sim_say(world, "the networks heal");
    sim_memory_shortage(0, 0);
    sim_cancel(world, &network->weather);
    sim_cancel(world, &network->freezing);
    sim_cancel(world, &network->spoofs);
    sim_cancel(world, &network->thawing);
    sim_cancel(world, &network->reconfiguring);
    sim_cancel(world, &network->roaming);
    for (int i = 1; i < network->host_count; i++) {
        struct sim_conditions conditions;

        draw_conditions(network, SIM_SEVERITY_NONE, &conditions);
        sim_link_reset(&network->up[i], &conditions);
        draw_conditions(network, SIM_SEVERITY_NONE, &conditions);
        sim_link_reset(&network->down[i], &conditions);
    }
    if (network->frozen_host)
        run_thaw(world, &network->thawing);
    for (int i = 0; i < network->host_count; i++)
        network->hosts[i].tick_early = 0;
}

void sim_network_destroy(struct sim_network *network)
{
    for (int i = 1; i < network->host_count; i++) {
        sim_link_destroy(&network->up[i]);
        sim_link_destroy(&network->down[i]);
    }
    for (int i = 0; i < network->host_count; i++)
        sim_host_destroy(&network->hosts[i]);
}
