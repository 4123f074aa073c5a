#include "net/sim/sim_bottleneck.h"

#include <stdlib.h>
#include <string.h>

void sim_bottleneck_init(struct sim_bottleneck *bottleneck, struct sim_world *world, const struct sim_path *path)
{
    memset(bottleneck, 0, sizeof(*bottleneck));
    bottleneck->world = world;
    bottleneck->path = *path;
    list_init(&bottleneck->queue);
    list_init(&bottleneck->under_way);
    /* A source of its own, so that what senders draw does not change the path. */
    random_generator_init(&bottleneck->random, random_u64(&world->random.source));
}

static void free_all(struct sim_bottleneck *bottleneck, struct list *list)
{
    struct list_node *node;

    while ((node = list_pop_front(list))) {
        struct sim_parcel *parcel = container_of(node, struct sim_parcel, node);

        sim_cancel(bottleneck->world, &parcel->event);
        free(parcel);
    }
}

void sim_bottleneck_destroy(struct sim_bottleneck *bottleneck)
{
    sim_cancel(bottleneck->world, &bottleneck->service);
    free_all(bottleneck, &bottleneck->queue);
    free_all(bottleneck, &bottleneck->under_way);
}

struct sim_parcel *sim_parcel_new(struct sim_world *world, size_t length, size_t stored)
{
    struct sim_parcel *parcel = malloc(sizeof(*parcel) + stored);

    if (!parcel) {
        sim_fail(world, "out of memory for the simulation itself");
        return NULL;
    }
    memset(parcel, 0, sizeof(*parcel));
    parcel->length = length;
    return parcel;
}

static bool chance(struct sim_bottleneck *bottleneck, double probability)
{
    return probability > 0 && random_double(&bottleneck->random.source) < probability;
}

static microseconds between(struct sim_bottleneck *bottleneck, microseconds low, microseconds high)
{
    return low + (microseconds)random_below(&bottleneck->random.source, (uint64_t)(high - low) + 1);
}

static microseconds jitter(struct sim_bottleneck *bottleneck)
{
    const struct sim_path *path = &bottleneck->path;

    if (path->jitter == 0)
        return 0;
    if (path->jitter_kind == SIM_JITTER_PACKETS)
        return between(bottleneck, 0, path->jitter);
    if (bottleneck->world->now >= bottleneck->wanders_at) {
        bottleneck->wandered = between(bottleneck, 0, path->jitter);
        bottleneck->wanders_at = bottleneck->world->now + between(bottleneck, 2 * MILLISECOND, 20 * MILLISECOND);
    }
    return bottleneck->wandered;
}

static void run_arrival(struct sim_world *world, struct sim_event *event)
{
    struct sim_parcel *parcel = container_of(event, struct sim_parcel, event);

    (void)world;
    list_remove(&parcel->node);
    parcel->arrive(parcel);
}

/* The parcel has passed the rate. */
static void depart(struct sim_bottleneck *bottleneck, struct sim_parcel *parcel)
{
    const struct sim_path *path = &bottleneck->path;
    microseconds arrival = bottleneck->world->now + path->delay + jitter(bottleneck);

    parcel->account->passed_bytes += (int64_t)parcel->length;
    if (chance(bottleneck, path->loss)) {
        parcel->account->lost++;
        free(parcel);
        return;
    }
    arrival = time_later(arrival, bottleneck->last_arrival);
    bottleneck->last_arrival = arrival;
    if (chance(bottleneck, path->reorder))
        arrival += between(bottleneck, 0, path->reorder_delay);
    list_push_back(&bottleneck->under_way, &parcel->node);
    sim_plan(bottleneck->world, &parcel->event, arrival, run_arrival);
}

static void run_service(struct sim_world *world, struct sim_event *event);

static void serve(struct sim_bottleneck *bottleneck)
{
    const struct sim_parcel *next;
    double now = (double)bottleneck->world->now;

    bottleneck->busy = !list_empty(&bottleneck->queue);
    if (!bottleneck->busy)
        return;
    next = list_first_entry(&bottleneck->queue, struct sim_parcel, node);
    if (bottleneck->free_at < now - 1)
        bottleneck->free_at = now;
    bottleneck->free_at += (double)next->length * 1e6 / (double)bottleneck->path.rate;
    sim_plan(bottleneck->world, &bottleneck->service, (microseconds)bottleneck->free_at, run_service);
}

static void run_service(struct sim_world *world, struct sim_event *event)
{
    struct sim_bottleneck *bottleneck = container_of(event, struct sim_bottleneck, service);
    struct sim_parcel *parcel = list_first_entry(&bottleneck->queue, struct sim_parcel, node);

    (void)world;
    list_remove(&parcel->node);
    bottleneck->queued_bytes -= (int64_t)parcel->length;
    depart(bottleneck, parcel);
    serve(bottleneck);
}

void sim_bottleneck_send(struct sim_bottleneck *bottleneck, struct sim_parcel *parcel)
{
    struct sim_account *account = parcel->account;

    parcel->bottleneck = bottleneck;
    account->offered++;
    account->offered_bytes += (int64_t)parcel->length;
    if (bottleneck->path.rate == 0) {
        depart(bottleneck, parcel);
        return;
    }
    if (bottleneck->queued_bytes + (int64_t)parcel->length > bottleneck->path.buffer) {
        account->dropped++;
        account->dropped_bytes += (int64_t)parcel->length;
        free(parcel);
        return;
    }
    bottleneck->queued_bytes += (int64_t)parcel->length;
    list_push_back(&bottleneck->queue, &parcel->node);
    if (!bottleneck->busy)
        serve(bottleneck);
}

microseconds sim_bottleneck_delay(const struct sim_bottleneck *bottleneck)
{
    return bottleneck->path.rate ? bottleneck->queued_bytes * SECOND / bottleneck->path.rate : 0;
}
