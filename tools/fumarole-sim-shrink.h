/*
 * From a world that fails to the smallest one that fails in the same way: limits are tried, as tight as they can be,
 * one after the other and again, as long as that helps.
 */
#ifndef TOOLS_FUMAROLE_SIM_SHRINK_H
#define TOOLS_FUMAROLE_SIM_SHRINK_H

#include "tools/fumarole-sim-job.h"

enum { SHRINK_RUNS_MAXIMUM = 400 };

/*
 * Runs a job where crashes do no harm. False: it is not to go on.
 */
typedef bool (*shrink_run)(void *context, const struct job *job, struct job_result *result);

/* job: one that has failed like this. True: *job is the smallest one now. *runs: how many it took to find that. */
bool shrink(struct job *job, const char *failure, shrink_run run, void *context, int *runs);

#endif
