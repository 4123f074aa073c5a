#include "tools/fumarole-sim-runner.h"

#include "tools/fumarole-sim-report.h"
#include "tools/fumarole-sim-shrink.h"
#include "tools/fumarole-sim-worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_INTERVAL_MS = 200, /* for what no worker reports: time, hangs, progress */
    LOOK_BESIDE_MS = 20,    /* and when only one is run */
    SHRUNK_MAXIMUM = 10,    /* failures that are shrunk */
};

struct runner {
    const struct arguments *arguments;
    struct worker workers[JOBS_MAXIMUM];
    struct report report;
    uint64_t next_seed;
    int next_world;
    bool no_more; /* seeds */
    bool broken;  /* no process could be started */
};

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
    (void)number;
    interrupts++;
}

/* As poll, which belongs to the simulation in a program that has one. */
static int wait_for(struct pollfd *polls, int count, int milliseconds)
{
    return ppoll(polls, (nfds_t)count, &(struct timespec){.tv_nsec = milliseconds * 1000000L}, NULL);
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* ---- seeds ------------------------------------------------------------------------------------------------------- */

static bool next_job(struct runner *runner, struct job *job)
{
    const struct arguments *arguments = runner->arguments;

    if (arguments->minutes > 0 && worker_seconds() - runner->report.begun > arguments->minutes * 60)
        runner->no_more = true;
    while (!runner->no_more && !arguments->worlds[runner->next_world])
        runner->next_world++;
    if (runner->no_more)
        return false;
    *job = (struct job){.world = (enum job_world)runner->next_world,
                        .seed = runner->next_seed,
                        .limits = arguments->limits,
                        .twice = arguments->twice};
    do
        runner->next_world++;
    while (runner->next_world < JOB_WORLDS && !arguments->worlds[runner->next_world]);
    if (runner->next_world == JOB_WORLDS) {
        runner->next_world = 0;
        runner->no_more = runner->next_seed == arguments->last;
        runner->next_seed++;
    }
    return true;
}

/* Returns how many are at work. */
static int give_jobs(struct runner *runner)
{
    int count = runner->arguments->jobs, busy = 0;

    for (int i = 0; i < count; i++) {
        struct worker *worker = &runner->workers[i];
        struct job job;

        if (!worker->busy && next_job(runner, &job) && !worker_give(worker, &job, runner->workers, count)) {
            fprintf(stderr, "fumarole-sim: cannot start a process: %s\n", strerror(errno));
            runner->broken = runner->no_more = true;
            worker_stop(worker);
        }
        busy += worker->busy;
    }
    return busy;
}

static void take(struct runner *runner, const struct job_result *result)
{
    const struct arguments *arguments = runner->arguments;

    report_add(&runner->report, result, arguments->list || arguments->first == arguments->last);
    if (result->outcome.failed && arguments->stop)
        runner->no_more = true;
}

static void take_results(struct runner *runner)
{
    static struct job_result result;
    struct pollfd polls[JOBS_MAXIMUM];
    int count = runner->arguments->jobs;

    for (int i = 0; i < count; i++)
        polls[i] = (struct pollfd){.fd = runner->workers[i].busy ? runner->workers[i].channel : -1, .events = POLLIN};
    if (wait_for(polls, count, LOOK_INTERVAL_MS) < 0)
        return; /* a signal */
    for (int i = 0; i < count; i++) {
        struct worker *worker = &runner->workers[i];

        if (!worker->busy)
            continue;
        if (polls[i].revents != 0) {
            worker_take(worker, &result);
        } else if (worker_hangs(worker, runner->arguments->hang_seconds)) {
            worker_give_up(worker, runner->arguments->hang_seconds, &result);
        } else {
            continue;
        }
        take(runner, &result);
    }
}

static void run_seeds(struct runner *runner)
{
    while (interrupts == 0 && give_jobs(runner) > 0) {
        take_results(runner);
        report_progress(&runner->report);
    }
    report_progress_end(&runner->report);
    if (interrupts > 0)
        fprintf(stderr, "fumarole-sim: interrupted\n");
    for (int i = 0; i < runner->arguments->jobs; i++)
        worker_stop(&runner->workers[i]);
}

/* ---- shrinking --------------------------------------------------------------------------------------------------- */

/* One job in a process beside this one. */
static bool run_beside(void *context, const struct job *job, struct job_result *result)
{
    struct runner *runner = context;
    struct worker *worker = &runner->workers[0];

    if (!worker_give(worker, job, runner->workers, 1)) {
        worker_stop(worker);
        return false;
    }
    while (interrupts == 0) {
        struct pollfd poll_one = {.fd = worker->channel, .events = POLLIN};

        if (wait_for(&poll_one, 1, LOOK_BESIDE_MS) > 0) {
            worker_take(worker, result);
            return true;
        }
        if (worker_hangs(worker, runner->arguments->hang_seconds)) {
            worker_give_up(worker, runner->arguments->hang_seconds, result);
            return true;
        }
    }
    worker_stop(worker);
    return false;
}

static void shrink_failures(struct runner *runner)
{
    struct report *report = &runner->report;

    interrupts = 0;
    for (int i = 0; i < report->failure_count && i < SHRUNK_MAXIMUM && interrupts == 0; i++) {
        struct report_failure *failure = &report->failures[i];
        int runs;

        failure->shrunk = failure->job;
        failure->was_shrunk = shrink(&failure->shrunk, failure->failure, run_beside, runner, &runs);
        fprintf(stderr, "seed %llu: %s after %d runs\n", (unsigned long long)failure->job.seed,
                failure->was_shrunk ? "shrunk" : "could not be shrunk", runs);
    }
    worker_stop(&runner->workers[0]);
}

int runner_run(const struct arguments *arguments)
{
    static struct runner runner;
    int status;

    memset(&runner, 0, sizeof(runner));
    runner.arguments = arguments;
    runner.next_seed = arguments->first;
    if (!report_init(&runner.report)) {
        fputs("fumarole-sim: out of memory\n", stderr);
        return STATUS_FAILED;
    }
    catch_interrupts();
    run_seeds(&runner);
    if (runner.report.failed > 0 && !arguments->no_shrink && !runner.broken)
        shrink_failures(&runner);
    if (arguments->first != arguments->last)
        report_print(&runner.report);
    report_print_failures(&runner.report);
    status = runner.report.failed > 0 || runner.broken ? STATUS_FAILED : STATUS_HELD;
    report_destroy(&runner.report);
    return status;
}
