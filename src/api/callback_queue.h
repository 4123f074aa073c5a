/*
 * The queue of callbacks of one sockets interface (api-contract 3.3): a function and a copy of the structure it is to
 * be called with, stored when the event happens and called by RunCallbacks, in order, without any lock.
 *
 * Owns the copies. Any thread may post, with any lock held; posting takes only the queue's own lock.
 */
#ifndef API_CALLBACK_QUEUE_H
#define API_CALLBACK_QUEUE_H

#include "api/readiness.h"
#include "api/wait_handle.h"
#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CALLBACK_QUEUE_WARNING = 100,  /* events after which the program is reminded of RunCallbacks */
    CALLBACK_QUEUE_LIMIT = 262144, /* events that are kept; four changes of state for each of 65536 connections */
};

typedef void (*callback_function)(void *event);

struct callback_queue {
    pthread_mutex_t lock;
    struct list events;
    size_t count;
    uint64_t next_number;        /* of the event that is posted next */
    atomic_uint life;            /* counts the destructions, so that a run notices one by its own callback */
    bool warned;                 /* since the queue was last emptied */
    struct readiness *readiness; /* is told whether the queue is empty */
    struct wait_handle wait;     /* for those who wait for callbacks alone */
};

void callback_queue_init(struct callback_queue *queue, struct readiness *readiness);

/* Forgets what is queued. */
void callback_queue_destroy(struct callback_queue *queue);

/* A null function posts nothing. False when the event was lost: no memory, or the queue is full; the log says so. */
bool callback_queue_post(struct callback_queue *queue, callback_function function, const void *event, size_t size);

/*
 * Calls what is queued now; what is posted meanwhile waits for the next time. A callback may run the queue itself: then
 * that run goes on where this one is, so that the order stays. It may also destroy the queue and initialise it again
 * (the memory must stay): then nothing more of what was queued is called.
 */
void callback_queue_run(struct callback_queue *queue);

/* Readable while something is queued; -1 when there is none to be had. */
int callback_queue_descriptor(struct callback_queue *queue);

#endif
