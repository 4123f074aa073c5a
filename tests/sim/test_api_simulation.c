/*
 * A range of simulated processes that use the whole library, each from its seed: all must hold, a run must repeat
 * exactly, and enough must have happened. Arguments: first and last seed; or --exports FILE: every exported function
 * has an operation in the simulation.
 */
#include "net/sim/sim_api_operations.h"
#include "net/sim/sim_api_scenario.h"
#include "net/sim/sim_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPEAT_EVERY = 10, NAME_SIZE = 200 };

static int failures;

static void fail_seed(uint64_t seed, const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ": %s\n  replay: fumarole-sim --seed %" PRIu64 " --world api --trace\n", seed, what,
            seed);
    failures++;
}

static void expect_some(uint64_t count, uint64_t at_least, const char *what)
{
    if (count >= at_least)
        return;
    fprintf(stderr, "only %" PRIu64 " %s, expected %" PRIu64 " at least\n", count, what, at_least);
    failures++;
}

static int count_operations(const char *function)
{
    const struct sim_api_operation *row;
    int count = 0;

    for (int i = 0; (row = sim_api_operation_at(i)); i++)
        count += strcmp(row->function, function) == 0;
    return count;
}

static int check_exports(const char *path)
{
    FILE *file = fopen(path, "r");
    char name[NAME_SIZE];
    int exports = 0, rows = 0;

    if (!file) {
        perror(path);
        return 1;
    }
    while (fscanf(file, "%199s", name) == 1) {
        exports++;
        if (count_operations(name) != 1) {
            fprintf(stderr, "%s has %d operations in the simulation\n", name, count_operations(name));
            failures++;
        }
    }
    fclose(file);
    while (sim_api_operation_at(rows))
        rows++;
    if (rows != exports || exports == 0) {
        fprintf(stderr, "%d functions are exported, %d have an operation\n", exports, rows);
        failures++;
    }
    return failures > 0;
}

int main(int count, char **values)
{
    uint64_t first = count > 1 ? strtoull(values[1], NULL, 10) : 1;
    uint64_t last = count > 2 ? strtoull(values[2], NULL, 10) : first + 99;
    bool verbose = count > 3 && strcmp(values[3], "--verbose") == 0;
    struct sim_outcome sum = {.steps = 0};

    if (count == 3 && strcmp(values[1], "--exports") == 0)
        return check_exports(values[2]);
    sim_memory_install();
    for (uint64_t seed = first; seed <= last; seed++) {
        struct sim_outcome outcome, again;

        sim_api_run(seed, NULL, verbose, &outcome);
        if (outcome.failed)
            fail_seed(seed, outcome.failure);
        if (seed % REPEAT_EVERY == 0) {
            sim_api_run(seed, NULL, false, &again);
            if (again.digest != outcome.digest || again.steps != outcome.steps)
                fail_seed(seed, "a second run was another one");
        }
        sum.connections += outcome.connections;
        sum.established += outcome.established;
        sum.reliable_delivered += outcome.reliable_delivered;
        sum.unreliable_delivered += outcome.unreliable_delivered;
        sum.datagrams += outcome.datagrams;
        sum.virtual_time += outcome.virtual_time;
        sum.connected_time += outcome.connected_time;
    }
    printf("%" PRIu64 " seeds, %d failures, %.1f virtual minutes, %.1f connection hours, %" PRIu64 " of %" PRIu64
           " ends established, %" PRIu64 " reliable and %" PRIu64 " unreliable messages, %" PRIu64 " datagrams\n",
           last - first + 1, failures, (double)sum.virtual_time / 60e6, (double)sum.connected_time / 3600e6,
           sum.established, sum.connections, sum.reliable_delivered, sum.unreliable_delivered, sum.datagrams);
    if (last - first >= 99) {
        expect_some(sum.established, 2 * (last - first), "established ends");
        expect_some(sum.reliable_delivered, 10 * (last - first), "reliable messages");
        expect_some(sum.unreliable_delivered, 3 * (last - first), "unreliable messages");
    }
    return failures > 0;
}
