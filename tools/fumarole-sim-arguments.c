#include "tools/fumarole-sim-arguments.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_LAST_SEED = 100,
    DEFAULT_HANG_SECONDS = 60,
    MINUTES_MAXIMUM = 7 * 24 * 60,
    SECONDS_MAXIMUM = 1000000,
};

static void print_usage(FILE *out)
{
    fputs("Usage: fumarole-sim [options]\n"
          "Runs the protocol on simulated networks with faults, a seed each, or puts congestion control to the test,\n"
          "a scenario each. Either replays exactly.\n\n"
          "Seeds:\n"
          "  --seed N           run this seed\n"
          "  --seeds A..B       run these, both included (1..100 without any option); A.. has no end but that of\n"
          "                     --minutes\n"
          "  --minutes M        begin no seed after so many minutes; without --seeds, from seed 1 on\n"
          "  --jobs N           processes that run seeds, a seed at a time each (1)\n"
          "  --world KIND       transport, api, or both, which is the default\n"
          "  --trace            with one seed: everything that happens, the same each time\n"
          "  --list             a line for each seed\n"
          "  --twice            run every seed twice and compare the two runs\n"
          "  --stop             end with the first seed that fails\n"
          "  --no-shrink        do not look for the smallest world that fails as the seed does\n"
          "  --hang SECONDS     a seed that takes more processor time than this has failed (60)\n\n"
          "Limits, for looking at a seed that fails:\n"
          "  --hosts N          only the server and the first clients, N together\n"
          "  --connections N    only the first N connections\n"
          "  --messages N       only the first N messages\n"
          "  --only LIST        only these faults, with commas between them; or 'none'\n"
          "  --without LIST     all but these faults\n"
          "  --work SECONDS     troubles and work end at this time\n"
          "  --until SECONDS    everything ends at this time\n\n"
          "Congestion control:\n"
          "  --scenario NAME    put congestion control to this test, or to all whose names begin so, or to 'all': a\n"
          "                     table of what was measured, with seeds 1 to 5 or those of --seeds\n"
          "  --scenarios        the scenarios' names\n"
          "  --csv FILE         with one scenario: what happens in it, a line for every 20 ms\n\n"
          "  --help             this text\n\n"
          "Exit status: 0 all held, 1 a seed failed or a bar was missed, 2 wrong usage.\n",
          out);
}

static bool complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Always false. */
static bool complain(const char *format, ...)
{
    va_list values;

    fputs("fumarole-sim: ", stderr);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputs("; --help explains the options\n", stderr);
    return false;
}

/* ---- single values ----------------------------------------------------------------------------------------------- */

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

static bool parse_seed(const char *text, struct arguments *arguments)
{
    const char *end;

    if (!parse_number(text, &end, &arguments->first) || *end != '\0')
        return complain("'%s' is not a seed", text);
    arguments->last = arguments->first;
    arguments->endless = false;
    arguments->seeds_given = true;
    return true;
}

static bool parse_seeds(const char *text, struct arguments *arguments)
{
    const char *end;

    if (!parse_number(text, &end, &arguments->first))
        return complain("'%s' is not a range of seeds A..B", text);
    arguments->last = arguments->first;
    arguments->endless = false;
    if (strcmp(end, "..") == 0) {
        arguments->last = UINT64_MAX;
        arguments->endless = true;
        end += 2;
    } else if (strncmp(end, "..", 2) == 0 && !parse_number(end + 2, &end, &arguments->last)) {
        return complain("'%s' is not a range of seeds A..B", text);
    }
    if (*end != '\0')
        return complain("'%s' is not a range of seeds A..B", text);
    if (arguments->last < arguments->first)
        return complain("the range of seeds '%s' ends before it begins", text);
    arguments->seeds_given = true;
    return true;
}

static bool parse_count(const char *option, const char *text, int64_t low, int64_t high, int64_t *count)
{
    const char *end;
    uint64_t number;

    if (!parse_number(text, &end, &number) || *end != '\0' || number < (uint64_t)low || number > (uint64_t)high)
        return complain("--%s takes a number from %" PRId64 " to %" PRId64 ", not '%s'", option, low, high, text);
    *count = (int64_t)number;
    return true;
}

/* More than nothing, and at most so much. */
static bool parse_amount(const char *option, const char *text, double high, double *amount)
{
    char *end;

    *amount = *text >= '0' && *text <= '9' ? strtod(text, &end) : NAN;
    if (!(*amount > 0 && *amount <= high) || *end != '\0')
        return complain("--%s takes a number above 0 and up to %g, not '%s'", option, high, text);
    return true;
}

static bool parse_time(const char *option, const char *text, microseconds *time)
{
    double seconds;

    if (!parse_amount(option, text, SECONDS_MAXIMUM, &seconds))
        return false;
    *time = (microseconds)llround(seconds * 1e6);
    return true;
}

static bool parse_world(const char *text, struct arguments *arguments)
{
    bool found = false;

    for (int i = 0; i < JOB_WORLDS; i++) {
        arguments->worlds[i] = strcmp(text, "both") == 0 || strcmp(text, job_world_name((enum job_world)i)) == 0;
        found = found || arguments->worlds[i];
    }
    return found || complain("there is no world '%s'", text);
}

static bool find_fault(const char *name, size_t length, uint32_t *bit)
{
    for (int i = 0; i < SIM_FAULTS; i++) {
        const char *known = sim_fault_name((enum sim_fault)i);

        if (strlen(known) == length && memcmp(known, name, length) == 0) {
            *bit = UINT32_C(1) << i;
            return true;
        }
    }
    return false;
}

static bool parse_faults(const char *option, const char *text, uint32_t *faults)
{
    const char *name = text;

    *faults = 0;
    if (strcmp(text, "none") == 0)
        return true;
    for (;;) {
        size_t length = strcspn(name, ",");
        uint32_t bit;

        if (!find_fault(name, length, &bit)) {
            fprintf(stderr, "fumarole-sim: --%s: there is no fault '%.*s'; there are", option, (int)length, name);
            for (int i = 0; i < SIM_FAULTS; i++)
                fprintf(stderr, " %s", sim_fault_name((enum sim_fault)i));
            fputs("\n", stderr);
            return false;
        }
        *faults |= bit;
        if (name[length] == '\0')
            return true;
        name += length + 1;
    }
}

static bool parse_only(const char *text, uint32_t *without)
{
    uint32_t faults;

    if (!parse_faults("only", text, &faults))
        return false;
    *without |= ((UINT32_C(1) << SIM_FAULTS) - 1) & ~faults;
    return true;
}

static bool parse_without(const char *text, uint32_t *without)
{
    uint32_t faults;

    if (!parse_faults("without", text, &faults))
        return false;
    *without |= faults;
    return true;
}

/* ---- the command line -------------------------------------------------------------------------------------------- */

enum option_code {
    OPTION_SEED = 1,
    OPTION_SEEDS,
    OPTION_MINUTES,
    OPTION_JOBS,
    OPTION_WORLD,
    OPTION_TRACE,
    OPTION_LIST,
    OPTION_TWICE,
    OPTION_STOP,
    OPTION_NO_SHRINK,
    OPTION_HANG,
    OPTION_HOSTS,
    OPTION_CONNECTIONS,
    OPTION_MESSAGES,
    OPTION_ONLY,
    OPTION_WITHOUT,
    OPTION_WORK,
    OPTION_UNTIL,
    OPTION_SCENARIO,
    OPTION_SCENARIOS,
    OPTION_CSV,
    OPTION_HELP,
};

static const struct option options[] = {
    {"seed", required_argument, NULL, OPTION_SEED},
    {"seeds", required_argument, NULL, OPTION_SEEDS},
    {"minutes", required_argument, NULL, OPTION_MINUTES},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"world", required_argument, NULL, OPTION_WORLD},
    {"trace", no_argument, NULL, OPTION_TRACE},
    {"list", no_argument, NULL, OPTION_LIST},
    {"twice", no_argument, NULL, OPTION_TWICE},
    {"stop", no_argument, NULL, OPTION_STOP},
    {"no-shrink", no_argument, NULL, OPTION_NO_SHRINK},
    {"hang", required_argument, NULL, OPTION_HANG},
    {"hosts", required_argument, NULL, OPTION_HOSTS},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"messages", required_argument, NULL, OPTION_MESSAGES},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"without", required_argument, NULL, OPTION_WITHOUT},
    {"work", required_argument, NULL, OPTION_WORK},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"scenario", required_argument, NULL, OPTION_SCENARIO},
    {"scenarios", no_argument, NULL, OPTION_SCENARIOS},
    {"csv", required_argument, NULL, OPTION_CSV},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

/* False: it is wrong, and that has been said. */
static bool take_limit(int option, const char *text, struct sim_limits *limits)
{
    switch (option) {
    case OPTION_HOSTS:
        return parse_count("hosts", text, 1, INT64_MAX, &limits->hosts);
    case OPTION_CONNECTIONS:
        return parse_count("connections", text, 0, INT64_MAX, &limits->connections);
    case OPTION_MESSAGES:
        return parse_count("messages", text, 0, INT64_MAX, &limits->messages);
    case OPTION_ONLY:
        return parse_only(text, &limits->without);
    case OPTION_WITHOUT:
        return parse_without(text, &limits->without);
    case OPTION_WORK:
        return parse_time("work", text, &limits->work);
    default:
        return parse_time("until", text, &limits->until);
    }
}

static bool take_option(int option, const char *text, struct arguments *arguments)
{
    int64_t number = 0;

    switch (option) {
    case OPTION_SEED:
        return parse_seed(text, arguments);
    case OPTION_SEEDS:
        return parse_seeds(text, arguments);
    case OPTION_MINUTES:
        return parse_amount("minutes", text, MINUTES_MAXIMUM, &arguments->minutes);
    case OPTION_JOBS:
        if (!parse_count("jobs", text, 1, JOBS_MAXIMUM, &number))
            return false;
        arguments->jobs = (int)number;
        return true;
    case OPTION_WORLD:
        return parse_world(text, arguments);
    case OPTION_HANG:
        return parse_amount("hang", text, SECONDS_MAXIMUM, &arguments->hang_seconds);
    case OPTION_TRACE:
        arguments->trace = true;
        return true;
    case OPTION_LIST:
        arguments->list = true;
        return true;
    case OPTION_TWICE:
        arguments->twice = true;
        return true;
    case OPTION_STOP:
        arguments->stop = true;
        return true;
    case OPTION_NO_SHRINK:
        arguments->no_shrink = true;
        return true;
    case OPTION_SCENARIO:
        arguments->scenario = text;
        return true;
    case OPTION_SCENARIOS:
        arguments->scenario_list = true;
        return true;
    case OPTION_CSV:
        arguments->csv = text;
        return true;
    default:
        return take_limit(option, text, &arguments->limits);
    }
}

/* What fits together, and what is not said. */
static bool complete(struct arguments *arguments)
{
    int worlds = 0;

    for (int i = 0; i < JOB_WORLDS; i++)
        worlds += arguments->worlds[i];
    if (arguments->csv && !arguments->scenario)
        return complain("--csv is for a scenario");
    if (!arguments->seeds_given && !arguments->scenario) {
        arguments->first = 1;
        arguments->last = arguments->minutes > 0 ? UINT64_MAX : DEFAULT_LAST_SEED;
    }
    if (arguments->endless && arguments->minutes == 0)
        return complain("seeds without an end need --minutes");
    if (arguments->trace && (arguments->first != arguments->last || worlds != 1))
        return complain("--trace is for one --seed of one --world");
    return true;
}

bool arguments_parse(int count, char **values, struct arguments *arguments, int *status)
{
    static char name[] = "fumarole-sim"; /* with which getopt_long begins what it says, too */
    int option;

    *arguments = (struct arguments){.jobs = 1, .hang_seconds = DEFAULT_HANG_SECONDS, .limits = sim_unlimited};
    for (int i = 0; i < JOB_WORLDS; i++)
        arguments->worlds[i] = true;
    *status = STATUS_USAGE;
    if (count > 0)
        values[0] = name;
    while ((option = getopt_long(count, values, "", options, NULL)) >= 0) {
        if (option == OPTION_HELP) {
            print_usage(stdout);
            *status = STATUS_HELD;
            return false;
        }
        if (option == '?') {
            fputs("fumarole-sim: --help explains the options\n", stderr);
            return false;
        }
        if (!take_option(option, optarg, arguments))
            return false;
    }
    if (optind < count)
        return complain("unexpected argument '%s'", values[optind]);
    return complete(arguments);
}

/* ---- and back ---------------------------------------------------------------------------------------------------- */

static void append(char text[COMMAND_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char text[COMMAND_TEXT], const char *format, ...)
{
    size_t length = strlen(text);
    va_list values;

    va_start(values, format);
    vsnprintf(text + length, COMMAND_TEXT - length, format, values);
    va_end(values);
}

static void append_count(char text[COMMAND_TEXT], const char *option, int64_t value, int64_t unlimited)
{
    if (value != unlimited)
        append(text, " --%s %" PRId64, option, value);
}

/* As short as it can be said exactly. */
static void append_time(char text[COMMAND_TEXT], const char *option, microseconds value)
{
    char digits[32];
    size_t length;

    if (value == TIME_NEVER)
        return;
    length = (size_t)snprintf(digits, sizeof(digits), "%.6f", (double)value / 1e6);
    while (length > 1 && digits[length - 1] == '0')
        length--;
    if (digits[length - 1] == '.')
        length--;
    append(text, " --%s %.*s", option, (int)length, digits);
}

static void append_faults(char text[COMMAND_TEXT], uint32_t without)
{
    const char *lead = " --only ";

    if (without == 0)
        return;
    for (int i = 0; i < SIM_FAULTS; i++) {
        if (without & UINT32_C(1) << i)
            continue;
        append(text, "%s%s", lead, sim_fault_name((enum sim_fault)i));
        lead = ",";
    }
    if (*lead != ',')
        append(text, " --only none");
}

void arguments_write(const struct job *job, char text[COMMAND_TEXT])
{
    const struct sim_limits *limits = &job->limits;

    *text = '\0';
    append(text, "fumarole-sim --seed %" PRIu64 " --world %s", job->seed, job_world_name(job->world));
    append_count(text, "hosts", limits->hosts, sim_unlimited.hosts);
    append_count(text, "connections", limits->connections, sim_unlimited.connections);
    append_count(text, "messages", limits->messages, sim_unlimited.messages);
    append_faults(text, limits->without);
    append_time(text, "work", limits->work);
    append_time(text, "until", limits->until);
    append(text, job->twice ? " --twice" : " --trace");
}
