#include "net/sim/sim_network.h"

#include "wire/address.h"
#include "wire/limits.h"

#include <string.h>

enum { QUEUE_BYTES_MINIMUM = 2600 /* in front of a slow link */ };

#define QUEUE_TIME_MAXIMUM (2 * SECOND)
#define ASYMMETRIC         (100 * MILLISECOND) /* more one way than the other */

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
    sim_give_stream(world, &network->narrowing);
    network->severity = (enum sim_severity)sim_between(world, SIM_SEVERITY_NONE, SIM_SEVERITY_TERRIBLE);
    network->corrupting = network->severity == SIM_SEVERITY_TERRIBLE && sim_chance(world, 0.5);
    network->corrupting = network->corrupting && sim_may(world, SIM_FAULT_CORRUPTION);
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

/* The largest data packet that passes: 0 for any, and otherwise what is left of IPv6, tunnels and old modems. */
static int64_t draw_largest(struct sim_network *network)
{
    static const int sizes[] = {548, 572, 972, 1200, 1232, 1252};
    enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
    struct sim_world *world = network->world;
    int64_t largest = sim_chance(world, 0.15) ? sizes[sim_between(world, 0, SIZES - 1)] : 0;

    return sim_may(world, SIM_FAULT_MTU) ? largest : 0;
}

/* What the simulation is to do without. Everything has been drawn all the same. */
static void leave_out(struct sim_world *world, struct sim_conditions *conditions)
{
    if (!sim_may(world, SIM_FAULT_LOSS))
        conditions->loss = 0;
    if (!sim_may(world, SIM_FAULT_BURSTS))
        conditions->burst_begin = 0;
    if (!sim_may(world, SIM_FAULT_REORDERING))
        conditions->reorder = 0;
    if (!sim_may(world, SIM_FAULT_DUPLICATION))
        conditions->duplicate = conditions->replay = 0;
    if (!sim_may(world, SIM_FAULT_CORRUPTION))
        conditions->corrupt = conditions->truncate = 0;
    if (!sim_may(world, SIM_FAULT_RATE))
        conditions->rate = 0;
    if (!sim_may(world, SIM_FAULT_PARTITION))
        conditions->cut = false;
    if (!sim_may(world, SIM_FAULT_DELAY)) {
        conditions->latency = time_earlier(conditions->latency, 10 * MILLISECOND);
        conditions->jitter = 0;
    }
}

/* A rate, and in front of it a queue that holds some milliseconds of it, or seconds. */
static void draw_rate(struct sim_world *world, struct sim_conditions *conditions)
{
    microseconds depth = sim_chance(world, 0.5) ? sim_magnitude(world, 2 * MILLISECOND, 50 * MILLISECOND)
                                                : sim_magnitude(world, 300 * MILLISECOND, QUEUE_TIME_MAXIMUM);

    conditions->rate = sim_chance(world, 0.4) ? sim_magnitude(world, 5000, 2000000) : 0;
    conditions->queue_bytes = conditions->rate * depth / SECOND;
    if (conditions->queue_bytes < QUEUE_BYTES_MINIMUM)
        conditions->queue_bytes = QUEUE_BYTES_MINIMUM;
}

static void draw_conditions(struct sim_network *network, enum sim_severity severity, struct sim_conditions *conditions)
{
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
    conditions->burst_begin = sim_chance(world, 0.3) ? random_double(&world->random.source) * 0.01 : 0;
    conditions->burst_end = 0.2 + random_double(&world->random.source) * 0.5;
    conditions->burst_loss = 0.5 + random_double(&world->random.source) * 0.5;
    conditions->reorder = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    conditions->duplicate = sim_chance(world, 0.4) ? random_double(&world->random.source) * 0.1 : 0;
    conditions->largest = draw_largest(network);
    if (severity >= SIM_SEVERITY_HARD) {
        conditions->latency += sim_chance(world, 0.2) ? sim_between(world, 0, 400 * MILLISECOND) : 0;
        conditions->loss += sim_chance(world, 0.5) ? random_double(&world->random.source) * 0.4 : 0;
        if (sim_chance(world, 0.3)) {
            conditions->burst_begin = random_double(&world->random.source) * 0.1;
            conditions->burst_end = 0.01 + random_double(&world->random.source) * 0.2;
        }
        conditions->reorder_delay = sim_magnitude(world, MILLISECOND, 500 * MILLISECOND);
        draw_rate(world, conditions);
        conditions->replay = sim_chance(world, 0.2) ? 0.02 : 0;
    }
    if (severity >= SIM_SEVERITY_TERRIBLE) {
        conditions->cut = sim_chance(world, 0.2);
        if (network->corrupting)
            conditions->corrupt = random_double(&world->random.source) * 0.1;
        if (network->corrupting)
            conditions->truncate = random_double(&world->random.source) * 0.05;
    }
    leave_out(world, conditions);
}

static void set_largest(struct sim_world *world, struct sim_link *link, int64_t largest)
{
    int64_t old = link->conditions.largest ? link->conditions.largest : DATAGRAM_MAXIMUM;
    int64_t new = largest ? largest : DATAGRAM_MAXIMUM;

    if (new != old)
        sim_tally(world, new < old ? SIM_KIND_MTU_SHRANK : SIM_KIND_MTU_GREW);
    link->conditions.largest = largest;
}

/* The conditions of some link change, again and again. Either direction has its own. */
static void run_weather(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, weather);
    int client = (int)sim_between(world, 1, network->host_count - 1);
    bool up = sim_chance(world, 0.5);
    struct sim_link *link = up ? &network->up[client] : &network->down[client];
    const struct sim_link *other = up ? &network->down[client] : &network->up[client];
    struct sim_conditions drawn;

    draw_conditions(network, network->severity, &drawn);
    set_largest(world, link, drawn.largest);
    link->conditions = drawn;
    if (drawn.latency - other->conditions.latency > ASYMMETRIC ||
        other->conditions.latency - drawn.latency > ASYMMETRIC)
        sim_tally(world, SIM_KIND_ASYMMETRIC_DELAY);
    sim_say(world, "client %d %s: loss %.2f, bursts %.3f, latency %lld ms, rate %lld, MTU %lld%s", client,
            up ? "up" : "down", drawn.loss, drawn.burst_begin, (long long)(drawn.latency / MILLISECOND),
            (long long)drawn.rate, (long long)drawn.largest, drawn.cut ? ", cut" : "");
    sim_plan(world, event, world->now + sim_magnitude(world, 50 * MILLISECOND, 5 * SECOND), run_weather);
}

/* A path becomes narrower or wider under connections that know nothing of it. */
static void run_narrowing(struct sim_world *world, struct sim_event *event)
{
    struct sim_network *network = container_of(event, struct sim_network, narrowing);
    int client = (int)sim_between(world, 1, network->host_count - 1);
    int64_t largest = draw_largest(network);

    if (sim_chance(world, 0.7))
        set_largest(world, &network->up[client], largest);
    if (sim_chance(world, 0.7))
        set_largest(world, &network->down[client], largest);
    sim_plan(world, event, world->now + sim_magnitude(world, 500 * MILLISECOND, 20 * SECOND), run_narrowing);
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

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

    if (network->severity > SIM_SEVERITY_NONE) {
        sim_plan(world, &network->weather, sim_between(world, 0, 3 * SECOND), run_weather);
        if (sim_chance(world, 0.3))
            sim_plan(world, &network->narrowing, sim_between(world, 0, 3 * SECOND), run_narrowing);
    }
}

void sim_network_heal(struct sim_network *network)
{
    struct sim_world *world = network->world;

    sim_cancel(world, &network->weather);
    sim_cancel(world, &network->narrowing);
    for (int i = 1; i < network->host_count; i++) {
        struct sim_conditions conditions;

        draw_conditions(network, SIM_SEVERITY_NONE, &conditions);
        sim_link_reset(&network->up[i], &conditions);
        draw_conditions(network, SIM_SEVERITY_NONE, &conditions);
        sim_link_reset(&network->down[i], &conditions);
    }
}

/* What has left a host, by its own count. */
static uint64_t has_sent(const struct sim_host *host)
{
    return host->datagrams_sent + host->stray_replies - host->datagrams_refused;
}

void sim_network_check(struct sim_network *network)
{
    uint64_t down = 0;

    for (int i = 1; i < network->host_count; i++) {
        down += network->down[i].counters.offered;
        if (has_sent(&network->hosts[i]) != network->up[i].counters.offered)
            sim_fail(network->world, "client %d has sent %llu datagrams, %llu came to its link", i,
                     (unsigned long long)has_sent(&network->hosts[i]),
                     (unsigned long long)network->up[i].counters.offered);
    }
    if (has_sent(&network->hosts[0]) != down)
        sim_fail(network->world, "the server has sent %llu datagrams, %llu came to its links",
                 (unsigned long long)has_sent(&network->hosts[0]), (unsigned long long)down);
    for (int i = 1; i < network->host_count; i++)
        if (!sim_link_adds_up(&network->up[i]) || !sim_link_adds_up(&network->down[i]))
            sim_fail(network->world, "the datagrams between the server and client %d do not add up", i);
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
