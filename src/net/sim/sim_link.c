#include "net/sim/sim_link.h"

#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

#define DEEP_QUEUE (300 * MILLISECOND) /* and above; below it is shallow */

enum {
    /* So much later may a replayed datagram come: beyond every window and most timeouts. */
    REPLAY_DELAY_MAXIMUM_S = 20,
    CORRUPT_SIZE_MAXIMUM = 1400,
};

void sim_link_init(struct sim_link *link, struct sim_world *world,
                   void (*arrive)(struct sim_link *link, struct sim_datagram *datagram), void *receiver)
{
    memset(link, 0, sizeof(*link));
    link->world = world;
    link->arrive = arrive;
    link->receiver = receiver;
    list_init(&link->on_the_way);
}

void sim_link_reset(struct sim_link *link, const struct sim_conditions *conditions)
{
    link->conditions = *conditions;
    link->busy_until = 0;
    link->last_arrival = 0;
    link->in_burst = link->partitioned = false;
}

void sim_link_destroy(struct sim_link *link)
{
    struct list_node *node;

    while ((node = list_pop_front(&link->on_the_way))) {
        struct sim_datagram *datagram = container_of(node, struct sim_datagram, node);

        sim_cancel(link->world, &datagram->event);
        sim_datagram_free(datagram);
    }
}

/* Not from the allocator under test: its figures are the tested code's alone. */
static struct sim_datagram *datagram_new(struct sim_link *link, const SteamNetworkingIPAddr *from,
                                         const SteamNetworkingIPAddr *to, const void *bytes, size_t length)
{
    struct sim_datagram *datagram = malloc(sizeof(*datagram) + CORRUPT_SIZE_MAXIMUM);

    if (!datagram) {
        sim_fail(link->world, "out of memory for the simulation itself");
        return NULL;
    }
    memset(datagram, 0, sizeof(*datagram));
    datagram->link = link;
    datagram->from = *from;
    datagram->to = *to;
    datagram->length = length;
    memcpy(datagram->bytes, bytes, length);
    return datagram;
}

void sim_datagram_free(struct sim_datagram *datagram)
{
    free(datagram);
}

static void run_arrival(struct sim_world *world, struct sim_event *event)
{
    struct sim_datagram *datagram = container_of(event, struct sim_datagram, event);
    struct sim_link *link = datagram->link;

    (void)world;
    list_remove(&datagram->node);
    link->counters.arrived++;
    link->arrive(link, datagram);
}

/* When the datagram leaves the queue of the rate limit; TIME_NEVER when the queue is full. */
static microseconds leave_queue(struct sim_link *link, size_t length)
{
    const struct sim_conditions *conditions = &link->conditions;
    microseconds now = link->world->now, begin = time_later(now, link->busy_until);

    if (conditions->rate <= 0)
        return now;
    if ((begin - now) * conditions->rate / SECOND + (int64_t)length > conditions->queue_bytes)
        return TIME_NEVER;
    link->busy_until = begin + (microseconds)length * SECOND / conditions->rate;
    return link->busy_until;
}

static void corrupt(struct sim_world *world, struct sim_datagram *datagram)
{
    if (sim_chance(world, 0.3)) {
        size_t length = (size_t)sim_between(world, 1, CORRUPT_SIZE_MAXIMUM);

        if (length > datagram->length)
            random_fill(&world->random.source, datagram->bytes + datagram->length, length - datagram->length);
        datagram->length = length;
    }
    for (int64_t flips = sim_between(world, 1, 4); flips > 0; flips--)
        datagram->bytes[sim_between(world, 0, (int64_t)datagram->length - 1)] ^=
            (uint8_t)(1 << sim_between(world, 0, 7));
    datagram->genuine = false;
    datagram->link->counters.corrupted++;
    sim_tally(world, SIM_KIND_CORRUPTED);
}

static void truncate_datagram(struct sim_world *world, struct sim_datagram *datagram)
{
    datagram->length = (size_t)sim_between(world, 0, (int64_t)datagram->length - 1);
    datagram->genuine = false;
    datagram->link->counters.truncated++;
    sim_tally(world, SIM_KIND_TRUNCATED);
}

static struct sim_datagram *launch(struct sim_link *link, const SteamNetworkingIPAddr *from,
                                   const SteamNetworkingIPAddr *to, const void *bytes, size_t length, bool genuine,
                                   microseconds arrival)
{
    struct sim_datagram *datagram = datagram_new(link, from, to, bytes, length);

    if (!datagram)
        return NULL;
    datagram->genuine = genuine;
    datagram->serial = genuine ? link->serials : 0;
    list_push_back(&link->on_the_way, &datagram->node);
    sim_plan(link->world, &datagram->event, arrival, run_arrival);
    return datagram;
}

/* The same, and on the way it suffers what the conditions are. */
static void launch_roughly(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                           const void *bytes, size_t length, bool genuine, microseconds arrival)
{
    struct sim_datagram *datagram = launch(link, from, to, bytes, length, genuine, arrival);

    if (!datagram)
        return;
    if (sim_chance(link->world, link->conditions.corrupt))
        corrupt(link->world, datagram);
    if (sim_chance(link->world, link->conditions.truncate) && datagram->length > 0)
        truncate_datagram(link->world, datagram);
}

/* Gilbert and Elliott: a link is in a good state or in a bad one. */
static bool lost_in_burst(struct sim_link *link)
{
    const struct sim_conditions *conditions = &link->conditions;
    struct sim_world *world = link->world;

    if (!link->in_burst && sim_chance(world, conditions->burst_begin)) {
        link->in_burst = true;
        sim_tally(world, SIM_KIND_BURST);
    } else if (link->in_burst && (conditions->burst_begin <= 0 || sim_chance(world, conditions->burst_end))) {
        link->in_burst = false;
    }
    return link->in_burst && sim_chance(world, conditions->burst_loss);
}

/* Whether the datagram gets lost, and the reason counted. */
static bool is_lost(struct sim_link *link, const uint8_t *bytes, size_t length, microseconds left_queue)
{
    const struct sim_conditions *conditions = &link->conditions;
    struct sim_link_counters *counters = &link->counters;
    struct sim_world *world = link->world;

    if (left_queue == TIME_NEVER) {
        counters->queue_lost++;
        sim_tally(world, conditions->queue_bytes * SECOND / conditions->rate > DEEP_QUEUE
                             ? SIM_KIND_DEEP_QUEUE_FULL
                             : SIM_KIND_SHALLOW_QUEUE_FULL);
        return true;
    }
    if (conditions->cut || link->partitioned) {
        counters->cut++;
        sim_tally(world, SIM_KIND_CUT);
        return true;
    }
    /* Handshakes are small, or come in fragments. */
    if (conditions->largest > 0 && (int64_t)length > conditions->largest && (bytes[0] & DATAGRAM_DATA_FLAG)) {
        counters->too_large++;
        sim_tally(world, SIM_KIND_TOO_LARGE);
        return true;
    }
    if (lost_in_burst(link)) {
        counters->lost++;
        sim_tally(world, SIM_KIND_LOST_IN_BURST);
        return true;
    }
    if (sim_chance(world, conditions->loss)) {
        counters->lost++;
        sim_tally(world, SIM_KIND_LOST);
        return true;
    }
    return false;
}

static void pass_again(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                       const void *bytes, size_t length, microseconds arrival, enum sim_kind kind)
{
    link->counters.duplicated++;
    sim_tally(link->world, kind);
    launch_roughly(link, from, to, bytes, length, false, arrival);
}

/* What somebody with a hand on the wire has decided. */
static void suffer(struct sim_link *link, enum sim_fate fate, const SteamNetworkingIPAddr *from,
                   const SteamNetworkingIPAddr *to, const void *bytes, size_t length, microseconds arrival)
{
    struct sim_datagram *datagram;

    if (fate == SIM_FATE_DELAY) {
        sim_tally(link->world, SIM_KIND_REORDERED);
        arrival += SIM_FATE_DELAY_TIME;
    }
    datagram = launch(link, from, to, bytes, length, true, arrival);
    if (!datagram)
        return;
    if (fate == SIM_FATE_CORRUPT)
        corrupt(link->world, datagram);
    else if (fate == SIM_FATE_TRUNCATE)
        truncate_datagram(link->world, datagram);
    else if (fate == SIM_FATE_DUPLICATE)
        pass_again(link, from, to, bytes, length, arrival, SIM_KIND_DUPLICATED);
}

void sim_link_send(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                   const void *bytes, size_t length)
{
    struct sim_world *world = link->world;
    const struct sim_conditions *conditions = &link->conditions;
    enum sim_fate fate =
        link->wire ? link->wire->passes(link->wire, link, link->serials + 1, from, to, bytes, length) : SIM_FATE_PASS;
    microseconds arrival;

    link->serials++;
    link->counters.offered++;
    link->counters.offered_bytes += length;
    arrival = leave_queue(link, length);
    if (is_lost(link, bytes, length, arrival))
        return;
    if (fate == SIM_FATE_DROP) {
        link->counters.lost++;
        sim_tally(world, SIM_KIND_LOST);
        return;
    }
    arrival += conditions->latency + sim_between(world, 0, conditions->jitter);
    arrival = time_later(arrival, link->last_arrival);
    link->last_arrival = arrival;
    if (fate != SIM_FATE_PASS) {
        suffer(link, fate, from, to, bytes, length, arrival);
        return;
    }
    if (sim_chance(world, conditions->reorder)) {
        sim_tally(world, SIM_KIND_REORDERED);
        arrival += sim_between(world, 0, conditions->reorder_delay);
    }
    launch_roughly(link, from, to, bytes, length, true, arrival);
    if (sim_chance(world, conditions->duplicate))
        pass_again(link, from, to, bytes, length, arrival + sim_between(world, 0, conditions->reorder_delay),
                   SIM_KIND_DUPLICATED);
    if (sim_chance(world, conditions->replay))
        pass_again(link, from, to, bytes, length, arrival + sim_between(world, 0, REPLAY_DELAY_MAXIMUM_S * SECOND),
                   SIM_KIND_REPLAYED);
}

void sim_link_inject(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                     const void *bytes, size_t length, microseconds delay, bool judged)
{
    struct sim_datagram *datagram = launch(link, from, to, bytes, length, false, link->world->now + delay);

    link->counters.injected++;
    if (datagram)
        datagram->judged = judged;
}

bool sim_link_adds_up(const struct sim_link *link)
{
    const struct sim_link_counters *counters = &link->counters;
    const struct list_node *node;
    uint64_t under_way = 0;

    list_for_each(node, &link->on_the_way) under_way++;
    return counters->offered + counters->injected + counters->duplicated ==
           counters->lost + counters->queue_lost + counters->cut + counters->too_large + counters->arrived + under_way;
}
