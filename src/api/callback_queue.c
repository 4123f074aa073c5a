#include "api/callback_queue.h"

#include "base/alloc.h"
#include "base/log.h"

#include <stdalign.h>
#include <string.h>

struct queued_callback {
    struct list_node node;
    callback_function function;
    uint64_t number;
    alignas(max_align_t) unsigned char event[];
};

void callback_queue_init(struct callback_queue *queue, struct readiness *readiness)
{
    pthread_mutex_init(&queue->lock, NULL);
    list_init(&queue->events);
    queue->count = 0;
    queue->next_number = 0;
    queue->warned = false;
    queue->readiness = readiness;
    wait_handle_init(&queue->wait);
}

/* With the lock held: the first event, which is not queued any more. There must be one. */
static struct queued_callback *take_first(struct callback_queue *queue)
{
    struct queued_callback *callback = list_first_entry(&queue->events, struct queued_callback, node);

    list_remove(&callback->node);
    queue->count--;
    if (list_empty(&queue->events)) {
        readiness_remove(queue->readiness);
        wait_handle_reset(&queue->wait);
        queue->warned = false;
    }
    return callback;
}

void callback_queue_destroy(struct callback_queue *queue)
{
    atomic_fetch_add(&queue->life, 1);
    while (!list_empty(&queue->events))
        mem_free(take_first(queue));
    wait_handle_destroy(&queue->wait);
    pthread_mutex_destroy(&queue->lock);
}

bool callback_queue_post(struct callback_queue *queue, callback_function function, const void *event, size_t size)
{
    struct queued_callback *callback;
    bool full, warn;

    if (!function)
        return true;
    callback = mem_alloc(sizeof(*callback) + size);
    if (!callback) {
        log_write(LOG_LEVEL_ERROR, "A callback is lost: out of memory");
        return false;
    }
    callback->function = function;
    memcpy(callback->event, event, size);

    pthread_mutex_lock(&queue->lock);
    full = queue->count >= CALLBACK_QUEUE_LIMIT;
    if (!full) {
        if (list_empty(&queue->events)) {
            readiness_add(queue->readiness);
            wait_handle_signal(&queue->wait);
        }
        callback->number = queue->next_number++;
        list_push_back(&queue->events, &callback->node);
        queue->count++;
    }
    warn = queue->count >= CALLBACK_QUEUE_WARNING && !queue->warned;
    queue->warned |= warn;
    pthread_mutex_unlock(&queue->lock);

    if (warn)
        log_write(LOG_LEVEL_WARNING, "%d callbacks are waiting; is RunCallbacks being called?", CALLBACK_QUEUE_WARNING);
    if (full) {
        log_write(LOG_LEVEL_ERROR, "A callback is lost: %d are waiting already", CALLBACK_QUEUE_LIMIT);
        mem_free(callback);
    }
    return !full;
}

/* The next event with a number below `end`; NULL when there is none, or when that life of the queue is over. */
static struct queued_callback *take_next(struct callback_queue *queue, unsigned life, uint64_t end)
{
    struct queued_callback *callback = NULL;

    if (atomic_load(&queue->life) != life)
        return NULL;
    pthread_mutex_lock(&queue->lock);
    if (!list_empty(&queue->events) && list_first_entry(&queue->events, struct queued_callback, node)->number < end)
        callback = take_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return callback;
}

void callback_queue_run(struct callback_queue *queue)
{
    unsigned life = atomic_load(&queue->life);
    struct queued_callback *callback;
    uint64_t end;

    pthread_mutex_lock(&queue->lock);
    end = queue->next_number;
    pthread_mutex_unlock(&queue->lock);
    while ((callback = take_next(queue, life, end))) {
        callback->function(callback->event);
        mem_free(callback);
    }
}

int callback_queue_descriptor(struct callback_queue *queue)
{
    int descriptor;

    pthread_mutex_lock(&queue->lock);
    descriptor = wait_handle_open(&queue->wait, !list_empty(&queue->events));
    pthread_mutex_unlock(&queue->lock);
    return descriptor;
}
