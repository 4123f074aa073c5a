/*
 * A second process of a case: forked before the library is started, connected by a socket over which both say lines to
 * each other: addresses, what comes next, what was seen. Only facts travel there; what is tested goes over the network.
 */
#ifndef TESTS_REAL_HARNESS_PROCESS_H
#define TESTS_REAL_HARNESS_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum { LINE_MAXIMUM = 512 };

struct process {
    pid_t id;
    int socket; /* to it, or in it to its parent */
};

/* Starts a process that runs the function as a test, whose *state is a struct process that leads to the caller. */
struct process start_process(const char *name, void (*run)(void **state));

/* Sends one line. */
__attribute__((format(printf, 2, 3))) void tell(const struct process *process, const char *format, ...);

/* Waits for a line; fails when the other side has ended. */
void hear(const struct process *process, char line[LINE_MAXIMUM]);

/* Waits for this very line. */
void expect_to_hear(const struct process *process, const char *line);

/* Whether something has been said that was not heard yet, or the other side has ended. */
bool has_news(const struct process *process);

/* Waits until it ends; fails unless it ended well. */
void finish_process(struct process *process);

/* Ends it by a signal, and waits for that. */
void kill_process(struct process *process);

#endif
