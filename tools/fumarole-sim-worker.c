#include "tools/fumarole-sim-worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A process that waits for something that never happens uses no processor; others may be using it all. */
enum { PATIENCE = 10 };

static double read_clock(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double worker_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static double processor_seconds(const struct worker *worker)
{
    clockid_t clock;

    return clock_getcpuclockid(worker->pid, &clock) == 0 ? read_clock(clock) : 0;
}

static void work(int channel)
{
    static struct job_result result;
    struct job job;

    signal(SIGINT, SIG_IGN); /* the one who started it decides */
    signal(SIGTERM, SIG_DFL);
    while (recv(channel, &job, sizeof(job), 0) == sizeof(job)) {
        job_run(&job, &result);
        if (send(channel, &result, sizeof(result), MSG_NOSIGNAL) != sizeof(result))
            break;
    }
    _exit(0);
}

static bool start(struct worker *worker, const struct worker *all, int count)
{
    int channels[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) != 0)
        return false;
    fflush(NULL);
    worker->pid = fork();
    if (worker->pid == 0) {
        for (int i = 0; i < count; i++)
            if (all[i].pid > 0)
                close(all[i].channel);
        close(channels[0]);
        work(channels[1]);
    }
    close(channels[1]);
    if (worker->pid < 0) {
        worker->pid = 0;
        close(channels[0]);
        return false;
    }
    worker->channel = channels[0];
    return true;
}

bool worker_give(struct worker *worker, const struct job *job, const struct worker *all, int count)
{
    if (worker->pid == 0 && !start(worker, all, count))
        return false;
    worker->job = *job;
    worker->busy = true;
    worker->job_begun = worker_seconds();
    worker->job_processor_begun = processor_seconds(worker);
    /* A process that is gone already is noticed when its result is taken. */
    return send(worker->channel, job, sizeof(*job), MSG_NOSIGNAL) == sizeof(*job) || errno == EPIPE;
}

static void failed(const struct worker *worker, struct job_result *result)
{
    memset(result, 0, sizeof(*result));
    result->job = worker->job;
    result->outcome.failed = true;
}

/* The process's end as a result; it has ended, or is about to. */
static void take_end(struct worker *worker, struct job_result *result)
{
    int status = 0;

    failed(worker, result);
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (WIFSIGNALED(status))
        snprintf(result->outcome.failure, sizeof(result->outcome.failure), "the process was ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(result->outcome.failure, sizeof(result->outcome.failure), "the process ended with status %d",
                 WEXITSTATUS(status));
    close(worker->channel);
    worker->pid = 0;
}

void worker_take(struct worker *worker, struct job_result *result)
{
    ssize_t length;

    do
        length = recv(worker->channel, result, sizeof(*result), 0);
    while (length < 0 && errno == EINTR);
    if (length != sizeof(*result))
        take_end(worker, result);
    worker->busy = false;
}

bool worker_hangs(const struct worker *worker, double seconds)
{
    return processor_seconds(worker) - worker->job_processor_begun > seconds ||
           worker_seconds() - worker->job_begun > PATIENCE * seconds;
}

void worker_give_up(struct worker *worker, double seconds, struct job_result *result)
{
    failed(worker, result);
    snprintf(result->outcome.failure, sizeof(result->outcome.failure), "no end after %g s of processor time", seconds);
    worker_stop(worker);
}

void worker_stop(struct worker *worker)
{
    if (worker->pid == 0)
        return;
    if (worker->busy)
        kill(worker->pid, SIGKILL);
    close(worker->channel);
    while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    worker->pid = 0;
    worker->busy = false;
}
