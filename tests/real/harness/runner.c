#include "harness/runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    DEFAULT_JOBS = 4,
    JOBS_MAXIMUM = 16,
    DEFAULT_SECONDS = 60,
    EXIT_SKIPPED = 77,
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

bool is_slow_build(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return true;
#else
    return false;
#endif
#else
    return false;
#endif
}

/* ---- inside the case's process ---- */

static int skip_pipe = -1;

void skip_case(const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    vdprintf(skip_pipe, why, arguments);
    va_end(arguments);
    fflush(NULL);
    _exit(EXIT_SKIPPED);
}

int run_as_test(const char *name, void (*run)(void **state), void *state)
{
    const struct CMUnitTest test = {.name = name, .test_func = run, .initial_state = state};

    return _cmocka_run_group_tests(name, &test, 1, NULL, NULL) == 0 ? 0 : 1;
}

_Noreturn static void run_here(const struct real_case *test, int output)
{
    static const struct rlimit no_core = {0, 0};

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &no_core);
    setenv("FUMAROLE_LOCAL_MODE", "0", 0); /* no case touches the user's own authority */
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    exit(run_as_test(test->name, test->run, NULL));
}

/* ---- one case, from outside ---- */

struct slot {
    const struct real_case *test; /* NULL: free */
    FILE *output;
    int why_skipped; /* the end of a pipe */
    pid_t process;
    double began;
};

static void begin(struct slot *slot, const struct real_case *test)
{
    int ends[2];

    slot->test = test;
    slot->output = tmpfile();
    slot->began = now();
    if (!slot->output || pipe(ends) != 0) {
        perror("runner");
        exit(2);
    }
    fflush(NULL);
    slot->process = fork();
    if (slot->process == 0) {
        close(ends[0]);
        skip_pipe = ends[1];
        run_here(test, fileno(slot->output));
    }
    if (slot->process < 0) {
        perror("fork");
        exit(2);
    }
    setpgid(slot->process, slot->process);
    close(ends[1]);
    slot->why_skipped = ends[0];
}

static void show(FILE *output)
{
    char buffer[4096];
    size_t length;

    rewind(output);
    while ((length = fread(buffer, 1, sizeof(buffer), output)) > 0)
        fwrite(buffer, 1, length, stdout);
}

enum outcome {
    RUNNING,
    PASSED,
    FAILED,
    SKIPPED,
};

static enum outcome finish(struct slot *slot, int status, bool out_of_time, bool verbose)
{
    double seconds = now() - slot->began;
    enum outcome outcome = FAILED;
    char why[256];

    kill(-slot->process, SIGKILL); /* what the case may have left behind */
    if (out_of_time) {
        printf("FAIL %s: not over after %.0f s\n", slot->test->name, seconds);
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SKIPPED) {
        ssize_t length = read(slot->why_skipped, why, sizeof(why) - 1);

        why[length > 0 ? length : 0] = '\0';
        printf("skip %s: %s\n", slot->test->name, why);
        outcome = SKIPPED;
    } else if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        printf("ok   %s (%.1f s)\n", slot->test->name, seconds);
        outcome = PASSED;
    } else if (WIFSIGNALED(status)) {
        printf("FAIL %s: signal %d (%s) after %.1f s\n", slot->test->name, WTERMSIG(status),
               strsignal(WTERMSIG(status)), seconds);
    } else {
        printf("FAIL %s: status %d after %.1f s\n", slot->test->name, WEXITSTATUS(status), seconds);
    }
    if (outcome == FAILED || verbose)
        show(slot->output);
    fflush(stdout);
    fclose(slot->output);
    close(slot->why_skipped);
    slot->test = NULL;
    return outcome;
}

static enum outcome attend(struct slot *slot, bool verbose)
{
    double limit = slot->test->seconds ? slot->test->seconds : DEFAULT_SECONDS;
    bool out_of_time;
    int status;

    if (is_slow_build())
        limit *= 3;
    out_of_time = now() - slot->began > limit;
    if (out_of_time) {
        kill(-slot->process, SIGKILL);
        kill(slot->process, SIGKILL);
        waitpid(slot->process, &status, 0);
    } else if (waitpid(slot->process, &status, WNOHANG) != slot->process) {
        return RUNNING;
    }
    return finish(slot, status, out_of_time, verbose);
}

/* ---- all of them ---- */

struct choice {
    char **parts;
    int part_count;
    int jobs;
    bool verbose, list;
};

static bool chosen(const struct choice *choice, const char *name)
{
    for (int i = 0; i < choice->part_count; i++) {
        if (strstr(name, choice->parts[i]))
            return true;
    }
    return choice->part_count == 0;
}

static struct choice parse(int argc, char **argv)
{
    struct choice choice = {.jobs = DEFAULT_JOBS};
    int i = 1;

    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--verbose") == 0)
            choice.verbose = true;
        else if (strcmp(argv[i], "--list") == 0)
            choice.list = true;
        else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc)
            choice.jobs = atoi(argv[++i]);
        else
            choice.jobs = 0;
    }
    choice.parts = argv + i;
    choice.part_count = argc - i;
    if (choice.jobs < 1 || choice.jobs > JOBS_MAXIMUM) {
        fprintf(stderr, "usage: %s [--jobs 1-%d] [--verbose] [--list] [NAME-PART]...\n", argv[0], JOBS_MAXIMUM);
        exit(2);
    }
    return choice;
}

int run_case_table(int argc, char **argv, const struct real_case *cases, size_t count)
{
    struct choice choice = parse(argc, argv);
    struct slot slots[JOBS_MAXIMUM] = {{0}};
    int totals[SKIPPED + 1] = {0}, running = 0;
    size_t next = 0;

    signal(SIGPIPE, SIG_IGN);
    while (next < count || running > 0) {
        for (int i = 0; i < choice.jobs; i++) {
            while (!slots[i].test && next < count) {
                const struct real_case *test = &cases[next++];

                if (!chosen(&choice, test->name))
                    continue;
                if (choice.list) {
                    puts(test->name);
                    continue;
                }
                begin(&slots[i], test);
                running++;
            }
            if (slots[i].test) {
                enum outcome outcome = attend(&slots[i], choice.verbose);

                totals[outcome]++;
                running -= outcome != RUNNING;
            }
        }
        usleep(2000);
    }
    if (choice.list)
        return 0;
    printf("%d passed, %d failed, %d skipped\n", totals[PASSED], totals[FAILED], totals[SKIPPED]);
    if (totals[FAILED] > 0)
        return 1;
    return totals[PASSED] > 0 ? 0 : totals[SKIPPED] > 0 ? EXIT_SKIPPED : 1;
}
