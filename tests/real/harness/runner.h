/*
 * Runs test cases that need a process of their own: each is a cmocka test in a forked child, with a time limit, in a
 * process group that ends with it. Several run at a time. What a case prints is shown when it fails.
 *
 * A case that cannot run where it is calls skip_case, which says why. The program's exit status is 0 when nothing
 * failed, 1 when something did, 77 when everything was skipped.
 *
 *   PROGRAM [--jobs N] [--verbose] [--list] [NAME-PART]...
 */
#ifndef TESTS_REAL_HARNESS_RUNNER_H
#define TESTS_REAL_HARNESS_RUNNER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct real_case {
    const char *name;
    void (*run)(void **state);
    int seconds; /* limit; 0: the usual 60 */
};

#define real_case(function)                                                                                            \
    {                                                                                                                  \
#function, function, 0                                                                                         \
    }
#define real_case_within(function, seconds_)                                                                           \
    {                                                                                                                  \
#function, function, seconds_                                                                                  \
    }

#define run_cases(argc, argv, cases) run_case_table(argc, argv, cases, sizeof(cases) / sizeof((cases)[0]))

int run_case_table(int argc, char **argv, const struct real_case *cases, size_t count);

/* Ends the case, and the process, as one that was not run. */
__attribute__((noreturn, format(printf, 1, 2))) void skip_case(const char *why, ...);

/* Runs a function as a cmocka test; returns the exit status of a process that did that: 0 or 1. */
int run_as_test(const char *name, void (*run)(void **state), void *state);

/* Whether the program runs with a sanitizer that makes it slow. */
bool is_slow_build(void);

#endif
