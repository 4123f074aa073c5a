/*
 * Many deadlines, and the earliest of them at hand: a 4-ary heap of timers that live inside their elements.
 *
 * The heap owns its array, not the timers; a timer must be cancelled before its memory goes away. Time is an argument.
 * Not thread-safe.
 */
#ifndef BASE_TIMER_HEAP_H
#define BASE_TIMER_HEAP_H

#include "base/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is a valid timer that is not set. */
struct timer {
    microseconds deadline;
    uint32_t position; /* place in the heap plus one; 0 when not set */
};

struct timer_heap_entry {
    microseconds deadline; /* copied here so that comparing does not touch the element */
    struct timer *timer;
};

struct timer_heap {
    struct timer_heap_entry *entries;
    uint32_t count;
    uint32_t capacity;
};

void timer_heap_init(struct timer_heap *heap);

/* Forgets all timers (they become "not set") and frees the array. */
void timer_heap_destroy(struct timer_heap *heap);

/* Makes room for `count` timers in all, so that setting up to that many cannot fail. False: out of memory. */
bool timer_heap_reserve(struct timer_heap *heap, size_t count);

/* Sets or moves the timer; TIME_NEVER cancels it. False (and unchanged) only when a new entry needs memory there is
 * not. */
bool timer_heap_set(struct timer_heap *heap, struct timer *timer, microseconds deadline);

/* Harmless for a timer that is not set. */
void timer_heap_cancel(struct timer_heap *heap, struct timer *timer);

/* Takes one timer whose deadline is at or before `now`, the earliest first; NULL when none is due. */
struct timer *timer_heap_pop_due(struct timer_heap *heap, microseconds now);

static inline bool timer_is_set(const struct timer *timer)
{
    return timer->position != 0;
}

/* The earliest timer, or NULL. */
static inline struct timer *timer_heap_peek(const struct timer_heap *heap)
{
    return heap->count ? heap->entries[0].timer : NULL;
}

/* The earliest deadline, or TIME_NEVER. */
static inline microseconds timer_heap_next(const struct timer_heap *heap)
{
    return heap->count ? heap->entries[0].deadline : TIME_NEVER;
}

#endif
