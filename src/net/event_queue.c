#include "net/event_queue.h"

#include "base/alloc.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

void event_queue_init(struct event_queue *queue)
{
    memset(queue, 0, sizeof(*queue));
}

void event_queue_destroy(struct event_queue *queue)
{
    mem_free(queue->heap);
    memset(queue, 0, sizeof(*queue));
}

static bool before(const struct event *a, const struct event *b)
{
    return a->due < b->due || (a->due == b->due && a->sequence < b->sequence);
}

static void place(struct event_queue *queue, uint32_t index, struct event *event)
{
    queue->heap[index] = event;
    event->position = index + 1;
}

static void sift_up(struct event_queue *queue, uint32_t index, struct event *event)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / 2;

        if (!before(event, queue->heap[parent]))
            break;
        place(queue, index, queue->heap[parent]);
        index = parent;
    }
    place(queue, index, event);
}

static void sift_down(struct event_queue *queue, uint32_t index, struct event *event)
{
    for (;;) {
        uint32_t child = 2 * index + 1;

        if (child >= queue->count)
            break;
        if (child + 1 < queue->count && before(queue->heap[child + 1], queue->heap[child]))
            child++;
        if (!before(queue->heap[child], event))
            break;
        place(queue, index, queue->heap[child]);
        index = child;
    }
    place(queue, index, event);
}

bool event_queue_add(struct event_queue *queue, struct event *event, microseconds due)
{
    if (queue->count == queue->capacity) {
        uint32_t capacity = queue->capacity ? queue->capacity * 2 : FIRST_CAPACITY;
        struct event **heap = mem_realloc_array(queue->heap, capacity, sizeof(struct event *));

        if (!heap)
            return false;
        queue->heap = heap;
        queue->capacity = capacity;
    }
    event->due = due;
    event->sequence = queue->next_sequence++;
    sift_up(queue, queue->count++, event);
    return true;
}

void event_queue_remove(struct event_queue *queue, struct event *event)
{
    uint32_t index = event->position - 1;
    struct event *last;

    if (event->position == 0)
        return;
    event->position = 0;
    last = queue->heap[--queue->count];
    if (last == event)
        return;
    if (before(last, event))
        sift_up(queue, index, last);
    else
        sift_down(queue, index, last);
}

struct event *event_queue_pop_due(struct event_queue *queue, microseconds now)
{
    struct event *event;

    if (queue->count == 0 || queue->heap[0]->due > now)
        return NULL;
    event = queue->heap[0];
    event_queue_remove(queue, event);
    return event;
}
