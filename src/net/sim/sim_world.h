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
#include "net/sim/sim_tally.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_FAILURE_TEXT = 512 };

struct sim_world {
    microseconds now; /* starts at 0; hosts add their own offsets */
    uint64_t seed;
    struct random_generator random;
    struct event_queue events;
    uint64_t steps;
    uint64_t digest;
    uint64_t tally[SIM_KINDS]; /* what happened */
    uint32_t without;          /* bits of enum sim_fault: these are not to happen */
    bool verbose;              /* tells on standard output what happens */
    bool failed;
    char failure[SIM_FAILURE_TEXT]; /* what was wrong first, and when */
};

/* Something that is going to happen. Embedded; all zero is one that is not planned. */
struct sim_event {
    struct event event;
    void (*run)(struct sim_world *world, struct sim_event *event);
};

void sim_world_init(struct sim_world *world, uint64_t seed, bool verbose);
void sim_world_destroy(struct sim_world *world);

/* Plans an event, or moves it. Times that have passed mean now, behind what is planned for now already. */
void sim_plan(struct sim_world *world, struct sim_event *event, microseconds at,
              void (*run)(struct sim_world *world, struct sim_event *event));

/* Harmless for one that is not planned. */
void sim_cancel(struct sim_world *world, struct sim_event *event);

/* Lets the next event happen, if there is one up to this time. Otherwise moves the clock there and returns false. */
bool sim_step(struct sim_world *world, microseconds until);

/* Takes note of an observable fact. */
void sim_observe(struct sim_world *world, uint64_t what, uint64_t value);
void sim_observe_bytes(struct sim_world *world, uint64_t what, const void *bytes, size_t length);

/* Whether faults of this kind may happen. */
static inline bool sim_may(const struct sim_world *world, enum sim_fault fault)
{
    return !(world->without & UINT32_C(1) << fault);
}

/* Something of this kind has happened. */
static inline void sim_tally(struct sim_world *world, enum sim_kind kind)
{
    world->tally[kind]++;
}

/* Something is wrong with what is being tested: the first report is kept, and the simulation ends. */
void sim_fail(struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Says something when the world is verbose, with the time in front. */
void sim_say(const struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

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
