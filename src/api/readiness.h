/*
 * Whether anything at all waits to be fetched from a sockets interface: the number of queues (inboxes, callbacks) that
 * are not empty, and a descriptor that is readable while that number is not zero.
 *
 * A queue tells of its own changes between empty and not empty, with its own lock held. That is one atomic addition;
 * only when the first queue fills or the last one empties, and somebody has asked for the descriptor, a lock and a
 * system call follow.
 */
#ifndef API_READINESS_H
#define API_READINESS_H

#include "api/wait_handle.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct readiness {
    atomic_int queues;
    atomic_bool watched; /* the descriptor exists */
    pthread_mutex_t lock;
    struct wait_handle wait;
};

void readiness_init(struct readiness *readiness);
void readiness_destroy(struct readiness *readiness);

/* A queue that was empty is not empty any more, or is empty again. */
void readiness_add(struct readiness *readiness);
void readiness_remove(struct readiness *readiness);

static inline bool readiness_any(struct readiness *readiness)
{
    return atomic_load(&readiness->queues) > 0;
}

/* -1 when there is none to be had. */
int readiness_descriptor(struct readiness *readiness);

#endif
