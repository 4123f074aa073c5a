#include "tools/fumarole-sim-scenarios.h"

#include "net/sim/sim_benchmark.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_status {
    STATUS_CLEARED = 0,
    STATUS_MISSED = 1,
    STATUS_USAGE = 2,
};

static bool matches(int index, const char *name)
{
    return strcmp(name, "all") == 0 ||
           (sim_benchmark_find(name) >= 0 ? sim_benchmark_find(name) == index
                                          : strncmp(sim_benchmark_name(index), name, strlen(name)) == 0);
}

bool scenarios_match(const char *name)
{
    for (int i = 0; sim_benchmark_name(i); i++)
        if (matches(i, name))
            return true;
    return false;
}

void scenarios_list(void)
{
    for (int i = 0; sim_benchmark_name(i); i++)
        printf("%-24s %s\n", sim_benchmark_name(i), sim_benchmark_about(i));
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return left < right ? -1 : left > right;
}

/* A line for one bar: `values` are what each run measured, in any order. */
static bool print_bar(const char *name, const struct sim_bar_result *bar, double *values, int runs)
{
    double worst;
    int cleared = 0;

    qsort(values, (size_t)runs, sizeof(*values), compare);
    for (int i = 0; i < runs; i++)
        cleared += bar->at_least ? values[i] >= bar->limit : values[i] <= bar->limit;
    worst = bar->at_least ? values[0] : values[runs - 1];
    printf("%-22s %-52s %s %6.2f  %8.3f %8.3f  %3d/%d%s\n", name, bar->text, bar->at_least ? ">=" : "<=", bar->limit,
           values[runs / 2], worst, cleared, runs, cleared < runs ? "  MISSED" : "");
    return cleared == runs;
}

static bool run_one(int index, uint64_t first, int runs, double *values)
{
    struct sim_benchmark_result result = {.failed = false}, usual = {.failed = false};
    bool good = true;

    for (int run = 0; run < runs; run++) {
        sim_benchmark_run(index, first + (uint64_t)run, NULL, &result);
        if (result.failure[0] || result.bar_count == 0) {
            printf("%-22s seed %" PRIu64 ": %s\n", sim_benchmark_name(index), first + (uint64_t)run, result.failure);
            return false;
        }
        for (int bar = 0; bar < result.bar_count; bar++)
            values[bar * runs + run] = result.bars[bar].measured;
        usual = result;
    }
    for (int bar = 0; bar < usual.bar_count; bar++)
        good = print_bar(sim_benchmark_name(index), &usual.bars[bar], &values[bar * runs], runs) && good;
    fflush(stdout);
    return good;
}

bool scenarios_run(const char *name, uint64_t first, uint64_t last)
{
    int runs = (int)(last - first) + 1, scenarios = 0, cleared = 0;
    double *values = calloc((size_t)SIM_BARS_MAXIMUM * (size_t)runs, sizeof(*values));

    if (!values)
        return false;
    printf("%-22s %-52s    %6s  %8s %8s  %s\n", "scenario", "bar", "limit", "median", "worst", "runs that clear it");
    for (int i = 0; sim_benchmark_name(i); i++) {
        if (!matches(i, name))
            continue;
        scenarios++;
        cleared += run_one(i, first, runs, values);
    }
    free(values);
    printf("%d of %d scenarios cleared, with %d seeds each\n", cleared, scenarios, runs);
    return cleared == scenarios;
}

int scenarios_record(const char *name, uint64_t seed, const char *file)
{
    int index = sim_benchmark_find(name);
    struct sim_benchmark_result result;
    FILE *csv;

    if (index < 0) {
        fprintf(stderr, "fumarole-sim: --csv needs the name of one scenario\n");
        return STATUS_USAGE;
    }
    csv = fopen(file, "w");
    if (!csv) {
        fprintf(stderr, "fumarole-sim: cannot write '%s': %s\n", file, strerror(errno));
        return STATUS_USAGE;
    }
    sim_benchmark_run(index, seed, csv, &result);
    if (fclose(csv) != 0) {
        fprintf(stderr, "fumarole-sim: cannot write '%s': %s\n", file, strerror(errno));
        return STATUS_MISSED;
    }
    for (int bar = 0; bar < result.bar_count; bar++)
        print_bar(name, &result.bars[bar], &result.bars[bar].measured, 1);
    if (result.failure[0])
        printf("%s\n", result.failure);
    return result.failed ? STATUS_MISSED : STATUS_CLEARED;
}
