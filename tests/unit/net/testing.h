/* What the tests of this floor share: cmocka's headers in its order, and waiting for something another thread does. */
#ifndef NET_TESTING_H
#define NET_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

enum { PATIENCE_SECONDS = 30 }; /* how long a slow machine may take for something that must happen */

/* A count that threads raise and a test waits for. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t raised;
    int count;
};

static inline void gate_init(struct gate *gate)
{
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->raised, NULL);
    gate->count = 0;
}

static inline void gate_raise(struct gate *gate, int by)
{
    pthread_mutex_lock(&gate->mutex);
    gate->count += by;
    pthread_cond_broadcast(&gate->raised);
    pthread_mutex_unlock(&gate->mutex);
}

static inline int gate_count(struct gate *gate)
{
    int count;

    pthread_mutex_lock(&gate->mutex);
    count = gate->count;
    pthread_mutex_unlock(&gate->mutex);
    return count;
}

/* Whether the count reached `target` within patience. */
static inline bool gate_wait(struct gate *gate, int target)
{
    struct timespec limit;
    bool reached;

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += PATIENCE_SECONDS;
    pthread_mutex_lock(&gate->mutex);
    while (gate->count < target && pthread_cond_timedwait(&gate->raised, &gate->mutex, &limit) == 0)
        continue;
    reached = gate->count >= target;
    pthread_mutex_unlock(&gate->mutex);
    return reached;
}

#endif
