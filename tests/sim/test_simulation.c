/*
 * A range of simulated worlds, each from its seed: all must hold, a run must repeat exactly, and enough must have
 * happened in them. Arguments: first and last seed.
 */
#include "net/sim/sim_memory.h"
#include "net/sim/sim_scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { REPEAT_EVERY = 10, EXPECTING_SEEDS = 1000 /* with fewer, rare kinds may not happen */ };

/* How many of each kind there have to be in a thousand worlds, a third or less of what there are. */
static const uint64_t expected_in_1000[SIM_KINDS] = {
    [SIM_KIND_LOST] = 8000,
    [SIM_KIND_LOST_IN_BURST] = 4000,
    [SIM_KIND_BURST] = 700,
    [SIM_KIND_REORDERED] = 2000,
    [SIM_KIND_DUPLICATED] = 2000,
    [SIM_KIND_REPLAYED] = 200,
    [SIM_KIND_CORRUPTED] = 300,
    [SIM_KIND_TRUNCATED] = 200,
    [SIM_KIND_TOO_LARGE] = 2000,
    [SIM_KIND_MTU_SHRANK] = 300,
    [SIM_KIND_MTU_GREW] = 300,
    [SIM_KIND_SHALLOW_QUEUE_FULL] = 4000,
    [SIM_KIND_DEEP_QUEUE_FULL] = 1000,
    [SIM_KIND_ASYMMETRIC_DELAY] = 300,
    [SIM_KIND_CUT] = 2000,
    [SIM_KIND_PARTITION] = 40,
    [SIM_KIND_PARTITION_ONE_WAY] = 25,
    [SIM_KIND_ADDRESS_CHANGED] = 25,
    [SIM_KIND_ADDRESS_CHANGE_KNOWN] = 10,
    [SIM_KIND_NAT_REBOUND] = 40,
    [SIM_KIND_NAT_REBOUND_CONNECTING] = 30,
    [SIM_KIND_NAT_REBOUND_CLOSING] = 25,
    [SIM_KIND_NAT_REBOUND_PLAIN] = 1,
    [SIM_KIND_FOLLOWED] = 50,
    [SIM_KIND_FROZEN] = 80,
    [SIM_KIND_SUSPENDED] = 30,
    [SIM_KIND_WALL_CLOCK_STEPPED] = 150,
    [SIM_KIND_CLOCK_JUMPED] = 50,
    [SIM_KIND_SOCKET_BUSY] = 1000,
    [SIM_KIND_SOCKET_FORBIDDEN] = 300,
    [SIM_KIND_SOCKET_TOO_LARGE] = 100,
    [SIM_KIND_SOCKET_FAILED] = 100,
    [SIM_KIND_ALLOCATION_FAILED] = 300,
    [SIM_KIND_SERVER_RESTARTED] = 30,
    [SIM_KIND_CLIENT_RESTARTED] = 40,
    [SIM_KIND_RECONFIGURED] = 200,
    [SIM_KIND_BLIND_NOISE] = 2000,
    [SIM_KIND_BLIND_CONTROL] = 2000,
    [SIM_KIND_BLIND_DATA] = 1000,
    [SIM_KIND_SEEN_COPY] = 500,
    [SIM_KIND_SEEN_COPY_ELSEWHERE] = 1000,
    [SIM_KIND_SEEN_FORGED_DATA] = 300,
    [SIM_KIND_SEEN_FORGED_CLOSE] = 60,
    [SIM_KIND_SEEN_FORGED_NO_CONNECTION] = 50,
    [SIM_KIND_SEEN_FORGED_HANDSHAKE] = 300,
    [SIM_KIND_FORGERY_CHECKED] = 700,
    [SIM_KIND_FORGERY_HONOURED] = 1200,
    [SIM_KIND_HOSTILE_END] = 150,
    [SIM_KIND_HOSTILE_PACKET] = 20000,
    [SIM_KIND_SIEGE_PACKET] = 15000,
    [SIM_KIND_HOSTILE_PEER_ENDED] = 70,
    [SIM_KIND_CONNECTED] = 4000,
    [SIM_KIND_REQUEST_REFUSED] = 10,
    [SIM_KIND_REFUSED] = 100,
    [SIM_KIND_TIMED_OUT_CONNECTING] = 80,
    [SIM_KIND_TIMED_OUT] = 60,
    [SIM_KIND_CLOSED_BY_PEER] = 800,
    [SIM_KIND_NO_CONNECTION] = 30,
    [SIM_KIND_LINGER] = 80,
    [SIM_KIND_LINGER_COMPLETED] = 60,
    [SIM_KIND_IDLED] = 40,
    [SIM_KIND_LONG_LIFE] = 50,
};

static int failures;

static void fail_seed(uint64_t seed, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ": %s\n  replay: fumarole-sim --seed %" PRIu64 " --world transport --trace\n", seed,
            what, seed);
    failures++;
}

static void expect_some(uint64_t count, uint64_t at_least, const char *what)
{
    if (count >= at_least)
        return;
    fprintf(stderr, "%s: only %" PRIu64 ", expected %" PRIu64 " at least\n", what, count, at_least);
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
        for (int kind = 0; kind < SIM_KINDS; kind++)
            sum.tally[kind] += outcome.tally[kind];
        sum.established += outcome.established;
        sum.reliable_delivered += outcome.reliable_delivered;
        sum.unreliable_delivered += outcome.unreliable_delivered;
        sum.virtual_time += outcome.virtual_time;
    }
    printf("%" PRIu64 " seeds, %d failures, %.1f virtual minutes, %" PRIu64 " established ends, %" PRIu64
           " reliable and %" PRIu64 " unreliable messages delivered\n",
           seeds, failures, (double)sum.virtual_time / 60e6, sum.established, sum.reliable_delivered,
           sum.unreliable_delivered);
    if (seeds >= EXPECTING_SEEDS) {
        expect_some(sum.established, 4 * seeds, "established ends");
        expect_some(sum.reliable_delivered, 50 * seeds, "reliable messages");
        expect_some(sum.unreliable_delivered, 50 * seeds, "unreliable messages");
        for (int kind = 0; kind < SIM_KINDS; kind++) {
            if (kind != SIM_KIND_BAD_CERTIFICATE) /* one world in a thousand has it */
                expect_some(expected_in_1000[kind], 1, "expectations of a kind");
            expect_some(sum.tally[kind], expected_in_1000[kind] * seeds / 1000, sim_kind_name(kind));
        }
    }
    return failures > 0;
}
