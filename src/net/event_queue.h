/*
 * Events in the order of their times, and those of one time in the order in which they were added: a binary heap of
 * elements that embed their entry. (base/timer_heap.h is for deadlines that move; it keeps no order among equal ones.)
 *
 * The queue owns its array, not the events. Time is an argument. Not thread-safe.
 */
#ifndef NET_EVENT_QUEUE_H
#define NET_EVENT_QUEUE_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

struct event {
    microseconds due;
    uint64_t sequence;
    uint32_t position; /* in the heap plus one; 0 when not queued */
};

struct event_queue {
    struct event **heap;
    uint32_t count;
    uint32_t capacity;
    uint64_t next_sequence;
};

void event_queue_init(struct event_queue *queue);

/* Frees the array; events still queued are the owner's affair. */
void event_queue_destroy(struct event_queue *queue);

/* False, and not queued, when memory is short. The event must not be queued already. */
bool event_queue_add(struct event_queue *queue, struct event *event, microseconds due);

/* Harmless for an event that is not queued. */
void event_queue_remove(struct event_queue *queue, struct event *event);

/* Takes the earliest event that is due at `now`; NULL when there is none. */
struct event *event_queue_pop_due(struct event_queue *queue, microseconds now);

static inline microseconds event_queue_next(const struct event_queue *queue)
{
    return queue->count ? queue->heap[0]->due : TIME_NEVER;
}

#endif
