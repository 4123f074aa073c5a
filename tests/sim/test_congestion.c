/*
 * Congestion control in its scenarios (net/sim/sim_benchmark.h): every bar must be cleared with every seed, and the
 * first run must repeat exactly. Arguments: how the scenarios' names begin, and how many seeds.
 */
#include "net/sim/sim_benchmark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(int index, uint64_t seed, uint64_t *digest)
{
    struct sim_benchmark_result result;
    int missed = 0;

    sim_benchmark_run(index, seed, NULL, &result);
    *digest = result.digest;
    for (int i = 0; i < result.bar_count; i++) {
        if (result.bars[i].cleared)
            continue;
        fprintf(stderr, "%s, seed %" PRIu64 ": %s: %.3f, not %s %.3f\n", sim_benchmark_name(index), seed,
                result.bars[i].text, result.bars[i].measured, result.bars[i].at_least ? "at least" : "at most",
                result.bars[i].limit);
        missed++;
    }
    if (result.failure[0] || result.bar_count == 0) {
        fprintf(stderr, "%s, seed %" PRIu64 ": %s\n", sim_benchmark_name(index), seed, result.failure);
        missed++;
    }
    return missed;
}

int main(int count, char **values)
{
    const char *begins = count > 1 ? values[1] : "";
    uint64_t seeds = count > 2 ? strtoull(values[2], NULL, 10) : 1;
    int missed = 0, runs = 0;

    for (int i = 0; sim_benchmark_name(i); i++) {
        if (strncmp(sim_benchmark_name(i), begins, strlen(begins)) != 0)
            continue;
        for (uint64_t seed = 1; seed <= seeds; seed++) {
            uint64_t digest = 0, again = 1;

            missed += run(i, seed, &digest);
            runs++;
            if (runs == 1) {
                run(i, seed, &again);
                if (again != digest) {
                    fprintf(stderr, "%s: a second run was another one\n", sim_benchmark_name(i));
                    missed++;
                }
            }
        }
    }
    printf("%d runs of scenarios '%s...', %d bars missed\n", runs, begins, missed);
    return missed > 0 || runs == 0;
}
