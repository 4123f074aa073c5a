#include "tools/fumarole-sim-shrink.h"

#include <ctype.h>
#include <string.h>

/* No finer than this is time looked at. */
#define TIME_GRAIN MILLISECOND
/* A world is over then, even one with long quiet phases. */
#define LONGEST (8 * 3600 * SECOND)

enum {
    FINENESS = 32, /* of the greater numbers: no finer than to this part of them */
    MOST_HOSTS = 8,
    MOST_CONNECTIONS = 64,
    MOST_MESSAGES = 20000,
};

struct search {
    struct job job; /* the smallest that failed */
    struct job_result result;
    char failure[SIM_FAILURE_TEXT]; /* without numbers */
    shrink_run run;
    void *context;
    uint64_t steps; /* until it failed */
    int runs;
    bool smaller; /* than at the beginning */
    bool over;
};

/* Two failures are the same when they differ in numbers only: times, hosts, states. Signals are named besides. */
static void without_numbers(const char *text, char out[SIM_FAILURE_TEXT])
{
    size_t length = 0;

    for (; *text && length + 1 < SIM_FAILURE_TEXT; text++)
        if (!isdigit((unsigned char)*text) && *text != '-')
            out[length++] = *text;
    out[length] = '\0';
}

/* Whether the world fails within these limits too, and not later than before; they are kept then. */
static bool try(struct search *search, const struct sim_limits *limits)
{
    struct job job = search->job;
    char failure[SIM_FAILURE_TEXT];

    if (search->over || search->runs == SHRINK_RUNS_MAXIMUM)
        return false;
    job.limits = *limits;
    search->runs++;
    if (!search->run(search->context, &job, &search->result)) {
        search->over = true;
        return false;
    }
    without_numbers(search->result.outcome.failure, failure);
    if (!search->result.outcome.failed || strcmp(failure, search->failure) != 0)
        return false;
    /* Of a crash it is not known how much went before it. */
    if (search->steps > 0 && search->result.outcome.steps > search->steps)
        return false;
    search->steps = search->result.outcome.steps;
    search->job = job;
    return true;
}

/* The smallest value of one limit, between two where the greater one is known to fail. */
static bool lower(struct search *search, size_t offset, int64_t least, int64_t most, int64_t grain)
{
    int64_t now = *(const int64_t *)(const void *)((const char *)&search->job.limits + offset);
    int64_t high = now < most ? now : most, low = least;
    bool any = false;

    while (low < high && !search->over && search->runs < SHRINK_RUNS_MAXIMUM) {
        struct sim_limits limits = search->job.limits;
        int64_t value = any || low > least ? low + (high - low) / 2 : least; /* the least one first: often it will do */

        *(int64_t *)(void *)((char *)&limits + offset) = value;
        if (try(search, &limits)) {
            high = value;
            any = search->smaller = true;
        } else {
            low = value + 1;
        }
        if (high - low < grain || high - low < high / FINENESS)
            break;
    }
    return any;
}

/* Leaves out what can be left out: all of these faults, or as many as possible of each half of them. */
static bool leave_out(struct search *search, int first, int count)
{
    struct sim_limits limits = search->job.limits;
    bool any;

    limits.without |= ((UINT32_C(1) << count) - 1) << first;
    if (limits.without == search->job.limits.without)
        return false;
    if (try(search, &limits)) {
        search->smaller = true;
        return true;
    }
    if (count == 1)
        return false;
    any = leave_out(search, first, count / 2);
    return leave_out(search, first + count / 2, count - count / 2) || any;
}

/* An end when it has failed will do, as a rule. That of a crash is not known: false. */
static bool end_at_failure(struct search *search)
{
    struct sim_limits limits = search->job.limits;

    if (!try(search, &limits)) /* when does it fail? */
        return false;
    limits.until = search->result.outcome.virtual_time + 1;
    if (limits.until == 1)
        return false;
    if (limits.until >= search->job.limits.until)
        return true;
    if (!try(search, &limits))
        return false;
    search->smaller = true;
    return true;
}

static bool pass(struct search *search)
{
    bool any = lower(search, offsetof(struct sim_limits, hosts), 2, MOST_HOSTS, 1);

    any |= lower(search, offsetof(struct sim_limits, connections), 0, MOST_CONNECTIONS, 1);
    any |= leave_out(search, 0, SIM_FAULTS);
    any |= lower(search, offsetof(struct sim_limits, messages), 0, MOST_MESSAGES, 1);
    any |= lower(search, offsetof(struct sim_limits, work), TIME_GRAIN, LONGEST, TIME_GRAIN);
    /* Last: what is left out may make it fail later. */
    if (!end_at_failure(search))
        lower(search, offsetof(struct sim_limits, until), TIME_GRAIN, LONGEST, TIME_GRAIN);
    return any;
}

bool shrink(struct job *job, const char *failure, shrink_run run, void *context, int *runs)
{
    struct search search = {.job = *job, .run = run, .context = context};

    without_numbers(failure, search.failure);
    if (try(&search, &job->limits)) /* how long is it? */
        while (pass(&search))
            continue;
    if (search.job.limits.work >= search.job.limits.until) {
        struct sim_limits limits = search.job.limits;

        limits.work = TIME_NEVER; /* it says nothing any more */
        try(&search, &limits);
    }
    *job = search.job;
    *runs = search.runs;
    return search.smaller;
}
