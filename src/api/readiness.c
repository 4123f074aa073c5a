#include "api/readiness.h"

void readiness_init(struct readiness *readiness)
{
    atomic_init(&readiness->queues, 0);
    atomic_init(&readiness->watched, false);
    pthread_mutex_init(&readiness->lock, NULL);
    wait_handle_init(&readiness->wait);
}

void readiness_destroy(struct readiness *readiness)
{
    wait_handle_destroy(&readiness->wait);
    pthread_mutex_destroy(&readiness->lock);
}

/*
 * Every change across zero comes here afterwards and looks at the number as it is then, so the last one to come leaves
 * the descriptor as it has to be.
 */
static void update_descriptor(struct readiness *readiness)
{
    if (!atomic_load(&readiness->watched))
        return;
    pthread_mutex_lock(&readiness->lock);
    if (readiness_any(readiness))
        wait_handle_signal(&readiness->wait);
    else
        wait_handle_reset(&readiness->wait);
    pthread_mutex_unlock(&readiness->lock);
}

void readiness_add(struct readiness *readiness)
{
    if (atomic_fetch_add(&readiness->queues, 1) == 0)
        update_descriptor(readiness);
}

void readiness_remove(struct readiness *readiness)
{
    if (atomic_fetch_sub(&readiness->queues, 1) == 1)
        update_descriptor(readiness);
}

int readiness_descriptor(struct readiness *readiness)
{
    int descriptor;

    pthread_mutex_lock(&readiness->lock);
    descriptor = wait_handle_open(&readiness->wait, false);
    pthread_mutex_unlock(&readiness->lock);
    if (descriptor >= 0) {
        atomic_store(&readiness->watched, true);
        update_descriptor(readiness);
    }
    return descriptor;
}
