#include "base/timer_heap.h"

#include "base/alloc.h"

enum { CHILDREN = 4, FIRST_CAPACITY = 16 };

void timer_heap_init(struct timer_heap *heap)
{
    *heap = (struct timer_heap){0};
}

void timer_heap_destroy(struct timer_heap *heap)
{
    for (uint32_t i = 0; i < heap->count; i++)
        heap->entries[i].timer->position = 0;
    mem_free(heap->entries);
    timer_heap_init(heap);
}

bool timer_heap_reserve(struct timer_heap *heap, size_t count)
{
    size_t capacity = heap->capacity > 0 ? heap->capacity : FIRST_CAPACITY;
    struct timer_heap_entry *entries;

    if (count <= heap->capacity)
        return true;
    if (count > UINT32_MAX / 2)
        return false;
    while (capacity < count)
        capacity *= 2;
    entries = mem_realloc_array(heap->entries, capacity, sizeof *entries);
    if (!entries)
        return false;
    heap->entries = entries;
    heap->capacity = (uint32_t)capacity;
    return true;
}

static void place(struct timer_heap *heap, uint32_t index, struct timer_heap_entry entry)
{
    heap->entries[index] = entry;
    entry.timer->position = index + 1;
}

/* Puts the entry at the free place `index`, or above it as far as its deadline demands. */
static void sift_up(struct timer_heap *heap, uint32_t index, struct timer_heap_entry entry)
{
    while (index > 0) {
        uint32_t parent = (index - 1) / CHILDREN;
        if (heap->entries[parent].deadline <= entry.deadline)
            break;
        place(heap, index, heap->entries[parent]);
        index = parent;
    }
    place(heap, index, entry);
}

/* Puts the entry at the free place `index`, or below it. */
static void sift_down(struct timer_heap *heap, uint32_t index, struct timer_heap_entry entry)
{
    for (;;) {
        uint64_t first = (uint64_t)index * CHILDREN + 1;
        uint64_t end = first + CHILDREN < heap->count ? first + CHILDREN : heap->count;
        uint64_t least = first;

        if (first >= heap->count)
            break;
        for (uint64_t child = first + 1; child < end; child++)
            if (heap->entries[child].deadline < heap->entries[least].deadline)
                least = child;
        if (heap->entries[least].deadline >= entry.deadline)
            break;
        place(heap, index, heap->entries[least]);
        index = (uint32_t)least;
    }
    place(heap, index, entry);
}

bool timer_heap_set(struct timer_heap *heap, struct timer *timer, microseconds deadline)
{
    struct timer_heap_entry entry = {deadline, timer};

    if (deadline == TIME_NEVER) {
        timer_heap_cancel(heap, timer);
        timer->deadline = TIME_NEVER;
        return true;
    }
    if (timer->position == 0) {
        if (!timer_heap_reserve(heap, (size_t)heap->count + 1))
            return false;
        timer->deadline = deadline;
        sift_up(heap, heap->count++, entry);
    } else if (deadline != timer->deadline) {
        bool earlier = deadline < timer->deadline;
        timer->deadline = deadline;
        if (earlier)
            sift_up(heap, timer->position - 1, entry);
        else
            sift_down(heap, timer->position - 1, entry);
    }
    return true;
}

void timer_heap_cancel(struct timer_heap *heap, struct timer *timer)
{
    uint32_t index = timer->position - 1;
    struct timer_heap_entry last;

    if (timer->position == 0)
        return;
    timer->position = 0;
    last = heap->entries[--heap->count];
    if (last.timer == timer)
        return;
    if (index > 0 && last.deadline < heap->entries[(index - 1) / CHILDREN].deadline)
        sift_up(heap, index, last);
    else
        sift_down(heap, index, last);
}

struct timer *timer_heap_pop_due(struct timer_heap *heap, microseconds now)
{
    struct timer *timer = timer_heap_peek(heap);

    if (!timer || timer->deadline > now)
        return NULL;
    timer_heap_cancel(heap, timer);
    return timer;
}
