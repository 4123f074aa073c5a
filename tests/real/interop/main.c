/*
 * interop: runs the cases of the matrix between two libraries that export the flat ISteamNetworkingSockets API. Every
 * case runs in two fresh processes on the loopback interface, a server with one library and a client with the other,
 * and prints one line: PASS or FAIL, its name, what it measured, and on failure why. The last line counts them.
 *
 *   interop --lib A.so                            both sides use A
 *   interop --server-lib A.so --client-lib B.so
 *   interop --lib A.so --against-environment      both roles against the library that GNS_LIB names
 *
 * Exit status: 0 when nothing failed, 1 when something did, 2 for bad arguments, 77 when GNS_LIB is needed and not set.
 */
#include "matrix.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PATTERNS_MAXIMUM = 64,
    JOBS_MAXIMUM = 16,
    EXIT_SKIPPED = 77,
    LIMIT_MARGIN = 2, /* seconds after the limit of a case until it is ended from outside */
};

struct patterns {
    const char *text[PATTERNS_MAXIMUM];
    int count;
};

static struct patterns only, skip;
static int jobs = 2;

/* ---- one case ---- */

struct slot {
    const struct test *test; /* NULL: free */
    struct shared *shared;
    pid_t process[2];
    int status[2], stage;
    bool ended[2], good[2];
    double began, first_failure;
};

static pid_t spawn(const struct slot *slot, int side, int at_stage)
{
    static const struct rlimit no_core = {0, 0};
    pid_t parent = getpid(), process = fork();

    if (process != 0)
        return process;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(2);
    setrlimit(RLIMIT_CORE, &no_core);
    case_run(slot->test, slot->shared, side, at_stage);
}

static void begin(struct slot *slot, const struct test *next)
{
    *slot = (struct slot){.test = next, .began = now()};
    slot->shared = mmap(NULL, sizeof(*slot->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slot->shared == MAP_FAILED) {
        fprintf(stderr, "interop: %s\n", strerror(errno));
        exit(2);
    }
    for (int side = 0; side < 2; side++)
        slot->process[side] = spawn(slot, side, 0);
}

static void collect(struct slot *slot)
{
    for (int side = 0; side < 2; side++) {
        if (slot->ended[side] || waitpid(slot->process[side], &slot->status[side], WNOHANG) != slot->process[side])
            continue;
        if (WIFEXITED(slot->status[side]) && WEXITSTATUS(slot->status[side]) == EXIT_RESPAWN && slot->stage == 0) {
            slot->stage = 1;
            slot->process[side] = spawn(slot, side, 1);
            continue;
        }
        slot->ended[side] = true;
        slot->good[side] = slot->status[side] == 0 || slot->shared->side[side].stopped;
        if (!slot->good[side] && slot->first_failure == 0)
            slot->first_failure = now();
    }
}

/* Ends what has no reason to live any longer: its time is over, it was meant to vanish, or the other side failed. */
static void end_leftovers(struct slot *slot, bool out_of_time)
{
    for (int side = 0; side < 2; side++) {
        bool victim = slot->shared->side[side].stopped && slot->ended[!side];

        if (slot->ended[side])
            continue;
        if (out_of_time || victim || (slot->first_failure > 0 && now() - slot->first_failure > 0.3)) {
            kill(slot->process[side], SIGKILL);
            waitpid(slot->process[side], &slot->status[side], 0);
            slot->ended[side] = true;
            slot->good[side] = victim;
        }
    }
}

static void explain(const struct slot *slot, int side, bool out_of_time)
{
    struct side *data = &slot->shared->side[side];

    if (data->why[0])
        printf(" %s=\"%s\"", role_name[side], data->why);
    else if (WIFSIGNALED(slot->status[side]) && WTERMSIG(slot->status[side]) != SIGKILL)
        printf(" %s=\"died of signal %d\"", role_name[side], WTERMSIG(slot->status[side]));
    else if (!slot->good[side] && out_of_time)
        printf(" %s=\"still running after %d s, phase %d\"", role_name[side], slot->test->limit + LIMIT_MARGIN,
               (int)data->phase);
    else if (!slot->good[side] && WIFEXITED(slot->status[side]))
        printf(" %s=\"exit status %d\"", role_name[side], WEXITSTATUS(slot->status[side]));
}

/* Returns true when the case is over; its line has been printed then. */
static bool attend(struct slot *slot, bool *passed)
{
    bool out_of_time = now() - slot->began > slot->test->limit + LIMIT_MARGIN;

    collect(slot);
    end_leftovers(slot, out_of_time);
    if (!slot->ended[0] || !slot->ended[1])
        return false;
    *passed = slot->good[0] && slot->good[1];
    printf("%s %s seconds=%.1f%s%s", *passed ? "PASS" : "FAIL", slot->test->name, now() - slot->began,
           slot->shared->side[0].figures, slot->shared->side[1].figures);
    for (int side = 0; side < 2 && !*passed; side++)
        explain(slot, side, out_of_time);
    printf("\n");
    fflush(stdout);
    munmap(slot->shared, sizeof(*slot->shared));
    slot->test = NULL;
    return true;
}

/* ---- all of them ---- */

static bool chosen(const char *name)
{
    bool yes = only.count == 0;

    for (int i = 0; i < only.count; i++)
        yes = yes || strstr(name, only.text[i]);
    for (int i = 0; i < skip.count; i++)
        yes = yes && !strstr(name, skip.text[i]);
    return yes;
}

/* Returns how many failed. */
static int run_all(const struct test *tests, int count)
{
    struct slot slots[JOBS_MAXIMUM] = {{0}};
    int next = 0, running = 0, passed = 0, failed = 0;
    double began = now();

    while (next < count || running) {
        for (int k = 0; k < jobs; k++) {
            bool good;

            while (!slots[k].test && next < count) {
                if (chosen(tests[next++].name)) {
                    begin(&slots[k], &tests[next - 1]);
                    running++;
                }
            }
            if (slots[k].test && attend(&slots[k], &good)) {
                running--;
                *(good ? &passed : &failed) += 1;
            }
        }
        usleep(2000);
    }
    printf("TOTAL passed=%d failed=%d seconds=%.0f server=%s client=%s seed=%llu\n", passed, failed, now() - began,
           run.library[SERVER], run.library[CLIENT], (unsigned long long)run.seed);
    fflush(stdout);                /* before the next fork */
    return failed + (passed == 0); /* a selection of nothing is a mistake */
}

/* ---- arguments ---- */

_Noreturn static void usage(void)
{
    fprintf(stderr, "usage: interop --lib A.so | --server-lib A.so --client-lib B.so\n"
                    "  --against-environment  run both roles against the library that GNS_LIB names\n"
                    "  --only TEXT            cases with this in their name (repeatable)\n"
                    "  --skip TEXT            but not those (repeatable)\n"
                    "  --list                 names only\n"
                    "  --jobs N               cases at a time, 1 to 16\n"
                    "  --seed N\n"
                    "  --load-seconds N       how long each load case sends, 1 to 60\n"
                    "  --debug LEVEL          what the libraries have to say, on the standard error output\n"
                    "  --one-way-loss         choose the loss of names for the whole path\n");
    exit(2);
}

static void add_pattern(struct patterns *patterns, const char *text)
{
    if (patterns->count == PATTERNS_MAXIMUM)
        usage();
    patterns->text[patterns->count++] = text;
}

static void parse(int argc, char **argv, bool *list, bool *against)
{
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (strcmp(name, "--one-way-loss") == 0)
            run.one_way_loss = true;
        else if (strcmp(name, "--list") == 0)
            *list = true;
        else if (strcmp(name, "--against-environment") == 0)
            *against = true;
        else if (!value)
            usage();
        else if (i++, strcmp(name, "--server-lib") == 0)
            run.library[SERVER] = value;
        else if (strcmp(name, "--client-lib") == 0)
            run.library[CLIENT] = value;
        else if (strcmp(name, "--lib") == 0)
            run.library[SERVER] = run.library[CLIENT] = value;
        else if (strcmp(name, "--only") == 0)
            add_pattern(&only, value);
        else if (strcmp(name, "--skip") == 0)
            add_pattern(&skip, value);
        else if (strcmp(name, "--jobs") == 0)
            jobs = atoi(value);
        else if (strcmp(name, "--seed") == 0)
            run.seed = strtoull(value, NULL, 0);
        else if (strcmp(name, "--load-seconds") == 0)
            run.load_seconds = atof(value);
        else if (strcmp(name, "--debug") == 0)
            run.debug_level = atoi(value);
        else
            usage();
    }
}

static int run_both_roles(const struct test *tests, int count)
{
    const char *own = run.library[SERVER], *other = getenv("GNS_LIB");
    int failed;

    if (!other || !other[0]) {
        printf("skipped: GNS_LIB is not set\n");
        return EXIT_SKIPPED;
    }
    run.library[CLIENT] = other;
    failed = run_all(tests, count);
    run.library[SERVER] = other;
    run.library[CLIENT] = own;
    failed += run_all(tests, count);
    return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
    bool list = false, against = false;
    const struct test *tests;
    int count;

    parse(argc, argv, &list, &against);
    tests = matrix_build(&count);
    for (int i = 0; i < count && list; i++) {
        if (chosen(tests[i].name))
            puts(tests[i].name);
    }
    if (list)
        return 0;
    if (!run.library[SERVER] || !run.library[CLIENT] || jobs < 1 || jobs > JOBS_MAXIMUM ||
        !(run.load_seconds >= 1 && run.load_seconds <= 60))
        usage();
    if (against)
        return run_both_roles(tests, count);
    return run_all(tests, count) ? 1 : 0;
}
