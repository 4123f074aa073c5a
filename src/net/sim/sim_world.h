/*
 * A simulated world: its clock, its one source of randomness, and the events that make it move. Everything that happens
 * in a simulation follows from the seed; the digest of a run shows that a replay was the same run.
 *
 * The world owns nothing but the queue of events. One thread.
 */
#ifndef NET_SIM_WORLD_H
#define NET_SIM_WORLD_H

#include "base/random.h"
#include "base/time.h"
#include "net/event_queue.h"
#include "net/sim/sim_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_FAILURE_TEXT = 512, SIM_STREAMS_MAXIMUM = 64 };

struct sim_world {
    microseconds now; /* starts at 0; hosts add their own offsets */
    uint64_t seed;
    struct sim_limits limits;
    struct random_generator random; /* of the stream of the event that happens now (sim_give_stream) */
    struct random_generator streams[SIM_STREAMS_MAXIMUM];
    int stream_count, stream;
    struct event_queue events;
    uint64_t steps;
    uint64_t digest;
    uint64_t tally[SIM_KINDS]; /* what happened */
    int64_t messages;          /* that applications have sent, or would have */
    bool verbose;              /* tells on standard output what happens */
    bool failed;
    char failure[SIM_FAILURE_TEXT]; /* what was wrong first, and when */
};

/* Something that is going to happen. Embedded; all zero is one that is not planned. */
struct sim_event {
    struct event event;
    int stream; /* of randomness; 0: not given yet */
    void (*run)(struct sim_world *world, struct sim_event *event);
};

/* Without limits; they may be set before anything happens. */
void sim_world_init(struct sim_world *world, uint64_t seed, bool verbose);
void sim_world_destroy(struct sim_world *world);

/* Plans an event, or moves it. Times that have passed mean now, behind what is planned for now already. */
void sim_plan(struct sim_world *world, struct sim_event *event, microseconds at,
              void (*run)(struct sim_world *world, struct sim_event *event));

/*
 * A stream of randomness of its own for this event and all that it causes: an event that was given none has that of the
 * event that planned it first. So what one connection, or one kind of trouble, draws does not depend on the others, and
 * stays as it is when they are left out. The order of the calls must not depend on anything that may be left out.
 */
void sim_give_stream(struct sim_world *world, struct sim_event *event);

/* Harmless for one that is not planned. */
void sim_cancel(struct sim_world *world, struct sim_event *event);

/* Nothing of what is planned is going to happen: before what it is embedded in goes, if it may still be planned. */
void sim_cancel_all(struct sim_world *world);

/* Lets the next event happen, if there is one up to this time. Otherwise moves the clock there and returns false. */
bool sim_step(struct sim_world *world, microseconds until);

/* Takes note of an observable fact. */
void sim_observe(struct sim_world *world, uint64_t what, uint64_t value);
void sim_observe_bytes(struct sim_world *world, uint64_t what, const void *bytes, size_t length);

/* Whether faults of this kind may happen. To be asked after what is drawn for them. */
static inline bool sim_may(const struct sim_world *world, enum sim_fault fault)
{
    return !(world->limits.without & UINT32_C(1) << fault);
}

/* Something is wrong with what is being tested: the first report is kept, and the simulation ends. */
void sim_fail(struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says something when the world is verbose, with the time in front. */
void sim_say(const struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Something of this kind has happened. */
static inline void sim_tally(struct sim_world *world, enum sim_kind kind)
{
    world->tally[kind]++;
    if (world->verbose)
        sim_say(world, "  %s", sim_kind_name(kind));
}

/* ---- randomness ---------------------------------------------------------------------------------------------- */

static inline bool sim_chance(struct sim_world *world, double probability)
{
    return probability > 0 && random_double(&world->random.source) < probability;
}

/* Uniform from low to high, both included. */
static inline int64_t sim_between(struct sim_world *world, int64_t low, int64_t high)
{
    return low + (int64_t)random_below(&world->random.source, (uint64_t)(high - low) + 1);
}

/* The same, but so that every order of magnitude is as likely. low must be positive. */
int64_t sim_magnitude(struct sim_world *world, int64_t low, int64_t high);

#endif
