#include "net/sim/sim_link.h"

#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

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
}

static void launch(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                   const void *bytes, size_t length, bool genuine, microseconds arrival)
{
    struct sim_datagram *datagram = datagram_new(link, from, to, bytes, length);

    if (!datagram)
        return;
    datagram->genuine = genuine;
    if (sim_chance(link->world, link->conditions.corrupt)) {
        datagram->genuine = false;
        link->counters.corrupted++;
        corrupt(link->world, datagram);
    }
    list_push_back(&link->on_the_way, &datagram->node);
    sim_plan(link->world, &datagram->event, arrival, run_arrival);
}

static void pass(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                 const void *bytes, size_t length, bool genuine)
{
    struct sim_world *world = link->world;
    const struct sim_conditions *conditions = &link->conditions;
    microseconds arrival;

    link->counters.offered++;
    link->counters.offered_bytes += length;
    arrival = leave_queue(link, length);
    if (arrival == TIME_NEVER) {
        link->counters.queue_lost++;
        return;
    }
    if (conditions->cut) {
        link->counters.cut++;
        return;
    }
    /* Handshakes are small, or come in fragments. */
    if (conditions->largest > 0 && (int64_t)length > conditions->largest &&
        (*(const uint8_t *)bytes & DATAGRAM_DATA_FLAG)) {
        link->counters.too_large++;
        return;
    }
    if (sim_chance(world, conditions->loss)) {
        link->counters.lost++;
        return;
    }
    arrival += conditions->latency + sim_between(world, 0, conditions->jitter);
    arrival = time_later(arrival, link->last_arrival);
    link->last_arrival = arrival;
    if (sim_chance(world, conditions->reorder))
        arrival += sim_between(world, 0, conditions->reorder_delay);
    launch(link, from, to, bytes, length, genuine, arrival);
    if (sim_chance(world, conditions->duplicate)) {
        link->counters.duplicated++;
        launch(link, from, to, bytes, length, false, arrival + sim_between(world, 0, conditions->reorder_delay));
    }
    if (sim_chance(world, conditions->replay)) {
        link->counters.duplicated++;
        launch(link, from, to, bytes, length, false, arrival + sim_between(world, 0, REPLAY_DELAY_MAXIMUM_S * SECOND));
    }
}

void sim_link_send(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                   const void *bytes, size_t length)
{
    pass(link, from, to, bytes, length, true);
}

void sim_link_inject(struct sim_link *link, const SteamNetworkingIPAddr *from, const SteamNetworkingIPAddr *to,
                     const void *bytes, size_t length)
{
    pass(link, from, to, bytes, length, false);
}
