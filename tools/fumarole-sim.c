/*
 * fumarole-sim: runs the protocol on simulated networks (net/sim/sim_scenario.h) and says what held and what did not.
 * One seed is one simulation, and replays exactly.
 */
#include "net/sim/sim_memory.h"
#include "tools/fumarole-sim-arguments.h"
#include "tools/fumarole-sim-runner.h"
#include "tools/fumarole-sim-scenarios.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    SCENARIO_SEEDS = 5, /* unless others are asked for */
    SCENARIO_SEEDS_MAXIMUM = 1000,
};

static int run_scenarios(const struct arguments *arguments)
{
    uint64_t first = arguments->seeds_given ? arguments->first : 1;
    uint64_t last = arguments->seeds_given ? arguments->last : SCENARIO_SEEDS;

    if (!scenarios_match(arguments->scenario)) {
        fprintf(stderr, "fumarole-sim: there is no scenario '%s'; --scenarios lists them\n", arguments->scenario);
        return STATUS_USAGE;
    }
    if (arguments->csv)
        return scenarios_record(arguments->scenario, arguments->first, arguments->csv);
    if (last - first >= SCENARIO_SEEDS_MAXIMUM) {
        fprintf(stderr, "fumarole-sim: at most %d seeds for each scenario\n", SCENARIO_SEEDS_MAXIMUM);
        return STATUS_USAGE;
    }
    return scenarios_run(arguments->scenario, first, last) ? STATUS_HELD : STATUS_FAILED;
}

/* In this process, so that a debugger sees it; line by line, so that a crash takes nothing away. */
static int run_trace(const struct arguments *arguments)
{
    static struct job_result result;
    struct job job = {.seed = arguments->first, .limits = arguments->limits, .trace = true};

    while (!arguments->worlds[job.world])
        job.world++;
    setvbuf(stdout, NULL, _IOLBF, 0);
    job_run(&job, &result);
    printf("seed %" PRIu64 " (%s): %s, digest %016" PRIx64 "\n", job.seed, job_world_name(job.world),
           result.outcome.failed ? "FAILED" : "held", result.outcome.digest);
    if (result.outcome.failed)
        printf("  %s\n", result.outcome.failure);
    return result.outcome.failed ? STATUS_FAILED : STATUS_HELD;
}

int main(int count, char **values)
{
    struct arguments arguments;
    int status;

    if (!arguments_parse(count, values, &arguments, &status))
        return status;
    if (arguments.scenario_list) {
        scenarios_list();
        return STATUS_HELD;
    }
    if (arguments.scenario)
        return run_scenarios(&arguments);
    sim_memory_install();
    return arguments.trace ? run_trace(&arguments) : runner_run(&arguments);
}
