/*
 * fumarole-sim: runs the protocol on simulated networks (net/sim/sim_scenario.h) and says what held and what did not.
 * One seed is one simulation, and replays exactly.
 */
#include "net/sim/sim_memory.h"
#include "net/sim/sim_scenario.h"
#include "tools/fumarole-sim-scenarios.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum exit_status {
    STATUS_HELD = 0,
    STATUS_FAILED = 1, /* some seed failed */
    STATUS_USAGE = 2,
};

enum {
    SCENARIO_SEEDS = 5, /* unless others are asked for */
    SCENARIO_SEEDS_MAXIMUM = 1000,
};

struct arguments {
    uint64_t first, last;
    bool verbose, list, twice, keep_going;
    const char *scenario; /* NULL: seeds */
    const char *csv;
    bool scenario_list;
};

struct totals {
    uint64_t seeds, failures;
    double virtual_seconds;
    struct sim_outcome sum;
};

static void print_usage(FILE *out)
{
    fputs("Usage: fumarole-sim [options]\n"
          "Runs the protocol on simulated networks with faults, a seed each, or puts congestion control to the test,\n"
          "a scenario each. Either replays exactly.\n\n"
          "  --seed N        run this seed\n"
          "  --seeds A..B    run these, both included (1..100 without any option)\n"
          "  --verbose       tell everything that happens\n"
          "  --list          a line for each seed\n"
          "  --twice         run every seed twice and compare the two runs\n"
          "  --keep-going    do not stop at the first seed that fails\n"
          "  --scenario NAME put congestion control to this test, or to all whose names begin so, or to 'all':\n"
          "                  a table of what was measured, with seeds 1 to 5 or those of --seeds\n"
          "  --scenarios     the scenarios' names\n"
          "  --csv FILE      with one scenario: what happens in it, a line for every 20 ms\n"
          "  --help          this text\n\n"
          "Exit status: 0 all held, 1 a seed failed or a bar was missed, 2 wrong usage.\n",
          out);
}

static bool parse_number(const char *text, const char **end, uint64_t *number)
{
    char *after;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *number = strtoull(text, &after, 10);
    *end = after;
    return errno == 0;
}

static bool parse_seeds(const char *text, struct arguments *arguments)
{
    const char *end;

    if (!parse_number(text, &end, &arguments->first))
        return false;
    arguments->last = arguments->first;
    if (strncmp(end, "..", 2) == 0 && !parse_number(end + 2, &end, &arguments->last))
        return false;
    return *end == '\0' && arguments->last >= arguments->first;
}

/* Returns false when the program is to end with *status. */
static bool parse_arguments(int count, char **values, struct arguments *arguments, int *status)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},
        {"seeds", required_argument, NULL, 's'},
        {"verbose", no_argument, NULL, 'v'},
        {"list", no_argument, NULL, 'l'},
        {"twice", no_argument, NULL, 't'},
        {"keep-going", no_argument, NULL, 'k'},
        {"scenario", required_argument, NULL, 'S'},
        {"scenarios", no_argument, NULL, 'L'},
        {"csv", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *arguments = (struct arguments){.first = 0};
    *status = STATUS_USAGE;
    while ((option = getopt_long(count, values, "", options, NULL)) >= 0) {
        switch (option) {
        case 's':
            if (!parse_seeds(optarg, arguments)) {
                fprintf(stderr, "fumarole-sim: '%s' is not a seed or a range A..B\n", optarg);
                return false;
            }
            break;
        case 'v':
            arguments->verbose = true;
            break;
        case 'l':
            arguments->list = true;
            break;
        case 't':
            arguments->twice = true;
            break;
        case 'k':
            arguments->keep_going = true;
            break;
        case 'S':
            arguments->scenario = optarg;
            break;
        case 'L':
            arguments->scenario_list = true;
            break;
        case 'c':
            arguments->csv = optarg;
            break;
        case 'h':
            print_usage(stdout);
            *status = STATUS_HELD;
            return false;
        default:
            print_usage(stderr);
            return false;
        }
    }
    if (optind < count) {
        fprintf(stderr, "fumarole-sim: unexpected argument '%s'\n", values[optind]);
        return false;
    }
    return true;
}

static void add(struct totals *totals, const struct sim_outcome *outcome)
{
    struct sim_outcome *sum = &totals->sum;

    totals->seeds++;
    totals->failures += outcome->failed;
    totals->virtual_seconds += (double)outcome->virtual_time / 1e6;
    sum->connections += outcome->connections;
    sum->established += outcome->established;
    sum->refused += outcome->refused;
    sum->timed_out += outcome->timed_out;
    sum->reliable_sent += outcome->reliable_sent;
    sum->reliable_delivered += outcome->reliable_delivered;
    sum->unreliable_sent += outcome->unreliable_sent;
    sum->unreliable_delivered += outcome->unreliable_delivered;
    sum->bytes_delivered += outcome->bytes_delivered;
    sum->datagrams += outcome->datagrams;
    sum->datagram_bytes += outcome->datagram_bytes;
    sum->datagrams_lost += outcome->datagrams_lost;
    sum->lingers += outcome->lingers;
    sum->lingers_completed += outcome->lingers_completed;
    sum->steps += outcome->steps;
    if (outcome->peak_bytes > sum->peak_bytes)
        sum->peak_bytes = outcome->peak_bytes;
}

static void print_outcome(uint64_t seed, const struct sim_outcome *outcome)
{
    printf("seed %" PRIu64 ": %s, faults %s, %" PRIu64 " of %" PRIu64 " ends established, %" PRIu64 "+%" PRIu64
           " messages, %" PRIu64 " datagrams (%" PRIu64 " lost), peak %zu kB, %.1f s, digest %016" PRIx64 "\n",
           seed, outcome->failed ? "FAILED" : "held", outcome->severity ? outcome->severity : "-", outcome->established,
           outcome->connections, outcome->reliable_delivered, outcome->unreliable_delivered, outcome->datagrams,
           outcome->datagrams_lost, outcome->peak_bytes / 1024, (double)outcome->virtual_time / 1e6, outcome->digest);
    if (outcome->failed)
        printf("  %s\n  replay: fumarole-sim --seed %" PRIu64 " --verbose\n", outcome->failure, seed);
    fflush(stdout);
}

static void print_totals(const struct totals *totals, double real_seconds)
{
    const struct sim_outcome *sum = &totals->sum;

    printf("%" PRIu64 " seeds, %" PRIu64 " failed; %.1f virtual minutes in %.1f s (%.0f virtual hours a real hour)\n",
           totals->seeds, totals->failures, totals->virtual_seconds / 60, real_seconds,
           totals->virtual_seconds / (real_seconds > 0 ? real_seconds : 1));
    printf("%" PRIu64 " ends of connections, %" PRIu64 " established, %" PRIu64 " refused, %" PRIu64
           " timed out; %" PRIu64 " of %" PRIu64 " lingers completed\n",
           sum->connections, sum->established, sum->refused, sum->timed_out, sum->lingers_completed, sum->lingers);
    printf("reliable messages: %" PRIu64 " of %" PRIu64 " delivered; unreliable: %" PRIu64 " of %" PRIu64 "; %.1f MB\n",
           sum->reliable_delivered, sum->reliable_sent, sum->unreliable_delivered, sum->unreliable_sent,
           (double)sum->bytes_delivered / 1e6);
    printf("%" PRIu64 " datagrams, %.1f MB, %" PRIu64 " lost; most memory in one simulation %zu kB\n", sum->datagrams,
           (double)sum->datagram_bytes / 1e6, sum->datagrams_lost, sum->peak_bytes / 1024);
}

static double seconds_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int run_scenarios(const struct arguments *arguments)
{
    uint64_t last = arguments->last;

    if (!scenarios_match(arguments->scenario)) {
        fprintf(stderr, "fumarole-sim: there is no scenario '%s'; --scenarios lists them\n", arguments->scenario);
        return STATUS_USAGE;
    }
    if (arguments->csv)
        return scenarios_record(arguments->scenario, arguments->first, arguments->csv);
    if (last - arguments->first >= SCENARIO_SEEDS_MAXIMUM) {
        fprintf(stderr, "fumarole-sim: at most %d seeds for each scenario\n", SCENARIO_SEEDS_MAXIMUM);
        return STATUS_USAGE;
    }
    if (arguments->first == 0)
        last = SCENARIO_SEEDS;
    return scenarios_run(arguments->scenario, arguments->first ? arguments->first : 1, last) ? STATUS_HELD
                                                                                             : STATUS_FAILED;
}

int main(int count, char **values)
{
    struct arguments arguments;
    struct totals totals = {0};
    double begun = seconds_now();
    int status;

    if (!parse_arguments(count, values, &arguments, &status))
        return status;
    if (arguments.scenario_list) {
        scenarios_list();
        return STATUS_HELD;
    }
    if (arguments.scenario)
        return run_scenarios(&arguments);
    if (arguments.first == 0 && arguments.last == 0) {
        arguments.first = 1;
        arguments.last = 100;
    }
    sim_memory_install();
    for (uint64_t seed = arguments.first; seed <= arguments.last; seed++) {
        struct sim_outcome outcome, again;

        sim_run(seed, NULL, arguments.verbose, &outcome);
        if (arguments.twice && !outcome.failed) {
            sim_run(seed, NULL, false, &again);
            if (again.digest != outcome.digest || again.steps != outcome.steps) {
                outcome.failed = true;
                snprintf(outcome.failure, sizeof(outcome.failure), "a second run was another one");
            }
        }
        add(&totals, &outcome);
        if (outcome.failed || arguments.list || arguments.first == arguments.last)
            print_outcome(seed, &outcome);
        if ((outcome.failed && !arguments.keep_going) || seed == UINT64_MAX)
            break;
    }
    if (arguments.first != arguments.last)
        print_totals(&totals, seconds_now() - begun);
    return totals.failures > 0 ? STATUS_FAILED : STATUS_HELD;
}
