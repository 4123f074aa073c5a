/*
 * A second process of the same program, for the subcommands that are both ends of a conversation.
 *
 * The child ends when its parent does: both its pipes end then.
 */
#ifndef TOOLS_CHILD_H
#define TOOLS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
    pid_t process;
    int lifeline; /* ends in the child when child_dismiss or the parent's death closes it */
    int answers;  /* what the child says */
};

/* What the child does: `stop` becomes readable when it shall end, `out` is where it answers. Returns an exit code. */
typedef int (*child_function)(int stop, int out);

/* Before the library is started: threads do not survive this. False after having complained. */
bool child_spawn(struct child *child, child_function function);

/* Reads exactly so much of what the child says, and waits for it. False if the child has ended first. */
bool child_read(const struct child *child, void *what, size_t length);

/* What a child says. */
bool child_answer(int out, const void *what, size_t length);

/* Tells the child to end, without waiting; and waits until it has: its exit code. */
void child_dismiss(struct child *child);
int child_reap(struct child *child);

#endif
