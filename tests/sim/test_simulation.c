/*
 * A range of simulated worlds, each from its seed: all must hold, a run must repeat exactly, and enough must have
 * happened in them. Arguments: first and last seed.
 */
#include "net/sim/sim_memory.h"
#include "net/sim/sim_scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPEAT_EVERY = 10 };

static int failures;

static void fail_seed(uint64_t seed, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ": %s\n  replay: fumarole-sim --seed %" PRIu64 " --trace\n", seed, what, seed);
    failures++;
}

static void expect_some(uint64_t count, uint64_t at_least, const char *what)
{
    if (count >= at_least)
        return;
    fprintf(stderr, "only %" PRIu64 " %s, expected %" PRIu64 " at least\n", count, what, at_least);
    failures++;
}

int main(int count, char **values)
{
    uint64_t first = count > 1 ? strtoull(values[1], NULL, 10) : 1;
    uint64_t last = count > 2 ? strtoull(values[2], NULL, 10) : first + 499;
    uint64_t seeds = last - first + 1;
    struct sim_outcome sum = {.steps = 0};

    sim_memory_install();
    for (uint64_t seed = first; seed <= last; seed++) {
        struct sim_outcome outcome, again;

        sim_run(seed, NULL, false, &outcome);
        if (outcome.failed)
            fail_seed(seed, outcome.failure);
        if (seed % REPEAT_EVERY == 0) {
            sim_run(seed, NULL, false, &again);
            if (again.digest != outcome.digest || again.steps != outcome.steps)
                fail_seed(seed, "a second run was another one");
        }
        sum.established += outcome.established;
        sum.refused += outcome.refused;
        sum.timed_out += outcome.timed_out;
        sum.reliable_delivered += outcome.reliable_delivered;
        sum.unreliable_delivered += outcome.unreliable_delivered;
        sum.lingers_completed += outcome.lingers_completed;
        sum.datagrams_lost += outcome.datagrams_lost;
        sum.datagrams_too_large += outcome.datagrams_too_large;
        sum.followed += outcome.followed;
        sum.virtual_time += outcome.virtual_time;
    }
    printf("%" PRIu64 " seeds, %d failures, %.1f virtual minutes, %" PRIu64 " established ends, %" PRIu64
           " reliable and %" PRIu64 " unreliable messages delivered\n",
           seeds, failures, (double)sum.virtual_time / 60e6, sum.established, sum.reliable_delivered,
           sum.unreliable_delivered);
    if (seeds >= 100) {
        expect_some(sum.established, 4 * seeds, "established ends");
        expect_some(sum.refused, seeds / 10, "refused connections");
        expect_some(sum.timed_out, seeds / 10, "ends timed out");
        expect_some(sum.reliable_delivered, 50 * seeds, "reliable messages");
        expect_some(sum.unreliable_delivered, 50 * seeds, "unreliable messages");
        expect_some(sum.lingers_completed, seeds / 10, "lingers");
        expect_some(sum.datagrams_lost, 20 * seeds, "lost datagrams");
        expect_some(sum.datagrams_too_large, seeds, "datagrams too large for their path");
        expect_some(sum.followed, seeds / 10, "clients followed to another address");
    }
    return failures > 0;
}
