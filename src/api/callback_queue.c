#include "api/callback_queue.h"

#include "base/alloc.h"
#include "base/log.h"

#include <stdalign.h>
#include <string.h>

struct queued_callback {
    struct list_node node;
    callback_function function;
    alignas(max_align_t) unsigned char event[];
};

void callback_queue_init(struct callback_queue *queue, struct readiness *readiness)
{
    pthread_mutex_init(&queue->lock, NULL);
    list_init(&queue->events);
    queue->count = 0;
    queue->warned = false;
    queue->readiness = readiness;
}

static void take_all(struct callback_queue *queue, struct list *events)
{
    list_init(events);
    pthread_mutex_lock(&queue->lock);
    if (!list_empty(&queue->events))
        readiness_remove(queue->readiness);
    list_splice_back(events, &queue->events);
    queue->count = 0;
    queue->warned = false;
    pthread_mutex_unlock(&queue->lock);
}

void callback_queue_clear(struct callback_queue *queue)
{
    struct list events;

    take_all(queue, &events);
    while (!list_empty(&events)) {
        struct queued_callback *callback = list_first_entry(&events, struct queued_callback, node);

        list_remove(&callback->node);
        mem_free(callback);
    }
}

void callback_queue_destroy(struct callback_queue *queue)
{
    callback_queue_clear(queue);
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
        if (list_empty(&queue->events))
            readiness_add(queue->readiness);
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

void callback_queue_run(struct callback_queue *queue)
{
    struct list events;

    take_all(queue, &events);
    while (!list_empty(&events)) {
        struct queued_callback *callback = list_first_entry(&events, struct queued_callback, node);

        list_remove(&callback->node);
        callback->function(callback->event);
        mem_free(callback);
    }
}
