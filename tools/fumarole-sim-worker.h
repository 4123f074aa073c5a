/*
 * A process that runs worlds, one at a time, and tells what came of them. A crash or a hang in a world ends the process
 * and nothing else: it is the result of that job.
 *
 * A worker owns its process and the channel to it. It ends when its channel closes.
 */
#ifndef TOOLS_FUMAROLE_SIM_WORKER_H
#define TOOLS_FUMAROLE_SIM_WORKER_H

#include "tools/fumarole-sim-job.h"

#include <sys/types.h>

struct worker {
    pid_t pid;   /* 0: there is none */
    int channel; /* readable when the job has been run, or the process has ended */
    bool busy;
    struct job job; /* that it is on */
    double job_processor_begun, job_begun;
};

/* Starts the process unless there is one, and gives it a job. `all` are the workers whose channels it must not keep. */
bool worker_give(struct worker *worker, const struct job *job, const struct worker *all, int count);

/* What has come of the job; waits for it. The end of the process is a failure of the job. */
void worker_take(struct worker *worker, struct job_result *result);

/* The job has used up this much processor time, or a multiple of it of any time. */
bool worker_hangs(const struct worker *worker, double seconds);

/* Ends the process of a job that hangs, which is the result. */
void worker_give_up(struct worker *worker, double seconds, struct job_result *result);

/* Ends the process, whatever it is at. */
void worker_stop(struct worker *worker);

/* Of a clock that only goes on. */
double worker_seconds(void);

#endif
