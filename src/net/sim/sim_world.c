#include "net/sim/sim_world.h"

#include "base/bytes.h"
#include "net/sim/sim_memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sim_world_init(struct sim_world *world, uint64_t seed, bool verbose)
{
    memset(world, 0, sizeof(*world));
    world->seed = seed;
    world->verbose = verbose;
    world->limits = sim_unlimited;
    world->stream_count = 1; /* the first is the one outside of events, and of those that were given none */
    world->digest = UINT64_C(0xcbf29ce484222325);
    random_generator_init(&world->random, seed);
    event_queue_init(&world->events);
}

void sim_world_destroy(struct sim_world *world)
{
    event_queue_destroy(&world->events);
}

void sim_plan(struct sim_world *world, struct sim_event *event, microseconds at,
              void (*run)(struct sim_world *world, struct sim_event *event))
{
    event_queue_remove(&world->events, &event->event);
    event->run = run;
    if (event->stream == 0)
        event->stream = world->stream;
    sim_memory_pause_shortage(true);
    if (!event_queue_add(&world->events, &event->event, time_later(at, world->now)))
        sim_fail(world, "out of memory for the simulation itself");
    sim_memory_pause_shortage(false);
}

void sim_give_stream(struct sim_world *world, struct sim_event *event)
{
    enum { STEP = 1000003 };

    if (world->stream_count == SIM_STREAMS_MAXIMUM) {
        sim_fail(world, "more streams of randomness than SIM_STREAMS_MAXIMUM");
        return;
    }
    event->stream = world->stream_count++;
    random_generator_init(&world->streams[event->stream], world->seed + (uint64_t)event->stream * STEP);
}

static void change_stream(struct sim_world *world, int stream)
{
    if (stream == world->stream)
        return;
    memcpy(world->streams[world->stream].state, world->random.state, sizeof(world->random.state));
    memcpy(world->random.state, world->streams[stream].state, sizeof(world->random.state));
    world->stream = stream;
}

void sim_cancel(struct sim_world *world, struct sim_event *event)
{
    event_queue_remove(&world->events, &event->event);
}

void sim_cancel_all(struct sim_world *world)
{
    while (event_queue_pop_due(&world->events, TIME_NEVER))
        continue;
}

bool sim_step(struct sim_world *world, microseconds until)
{
    struct event *next;

    if (world->failed)
        return false;
    next = event_queue_pop_due(&world->events, until);
    if (!next) {
        world->now = time_later(world->now, until);
        return false;
    }
    world->now = next->due;
    world->steps++;
    {
        struct sim_event *event = (struct sim_event *)(void *)next; /* its first member */

        change_stream(world, event->stream);
        event->run(world, event);
        change_stream(world, 0);
    }
    return true;
}

void sim_observe(struct sim_world *world, uint64_t what, uint64_t value)
{
    const uint64_t facts[3] = {what, (uint64_t)world->now, value};

    for (size_t i = 0; i < 3; i++) {
        world->digest = (world->digest ^ facts[i]) * UINT64_C(0x9e3779b97f4a7c15);
        world->digest ^= world->digest >> 29;
    }
}

void sim_observe_bytes(struct sim_world *world, uint64_t what, const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t sum = length;

    /* Each step keeps two different sums different; what is high in them is brought down again. */
    for (; length >= 8; at += 8, length -= 8) {
        sum = (sum ^ load_u64(at)) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    for (; length > 0; at++, length--)
        sum = (sum ^ *at) * UINT64_C(0x100000001b3);
    sim_observe(world, what, sum);
}

void sim_fail(struct sim_world *world, const char *format, ...)
{
    va_list arguments;
    int length;

    if (world->failed)
        return;
    world->failed = true;
    length = snprintf(world->failure, sizeof(world->failure), "at %.6f s, step %llu: ", (double)world->now / 1e6,
                      (unsigned long long)world->steps);
    va_start(arguments, format);
    vsnprintf(world->failure + length, sizeof(world->failure) - (size_t)length, format, arguments);
    va_end(arguments);
    sim_say(world, "FAILED: %s", world->failure);
}

void sim_say(const struct sim_world *world, const char *format, ...)
{
    va_list arguments;

    if (!world->verbose)
        return;
    printf("%12.6f  ", (double)world->now / 1e6);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

int64_t sim_magnitude(struct sim_world *world, int64_t low, int64_t high)
{
    double exponent = random_double(&world->random.source) * log((double)high / (double)low);
    int64_t value = (int64_t)((double)low * exp(exponent));

    return value < low ? low : value > high ? high : value;
}
