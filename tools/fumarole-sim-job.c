#include "tools/fumarole-sim-job.h"

#include "net/sim/sim_api_scenario.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct world {
    const char *name;
    void (*run)(uint64_t seed, const struct sim_limits *limits, bool verbose, struct sim_outcome *outcome);
};

static const struct world worlds[JOB_WORLDS] = {
    [JOB_TRANSPORT] = {"transport", sim_run},
    [JOB_API] = {"api", sim_api_run},
};

const char *job_world_name(enum job_world world)
{
    return worlds[world].name;
}

static double processor_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void job_run(const struct job *job, struct job_result *result)
{
    double begun = processor_seconds();

    memset(result, 0, sizeof(*result));
    result->job = *job;
    worlds[job->world].run(job->seed, &job->limits, job->trace, &result->outcome);
    result->processor_seconds = processor_seconds() - begun;
    if (job->twice && !result->outcome.failed) {
        struct sim_outcome again;

        worlds[job->world].run(job->seed, &job->limits, false, &again);
        if (again.digest != result->outcome.digest || again.steps != result->outcome.steps) {
            result->outcome.failed = true;
            snprintf(result->outcome.failure, sizeof(result->outcome.failure), "a second run was another one");
        }
    }
}
