#include "base/range_set.h"

#include "base/alloc.h"

#include <string.h>

void range_set_init(struct range_set *set, uint32_t bound)
{
    set->ranges = set->own_ranges;
    set->count = 0;
    set->capacity = RANGE_SET_INLINE;
    set->bound = bound > 0 ? bound : 1;
}

void range_set_destroy(struct range_set *set)
{
    if (set->ranges != set->own_ranges)
        mem_free(set->ranges);
    range_set_init(set, set->bound);
}

void range_set_clear(struct range_set *set)
{
    set->count = 0;
}

uint32_t range_set_find(const struct range_set *set, int64_t value)
{
    uint32_t low = 0, high = set->count;

    /* Most questions are about the newest range or the one before the oldest gap. */
    if (high > 0 && value >= set->ranges[high - 1].end)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->ranges[middle].end > value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Makes room for one more range at `index`. */
static bool open_slot(struct range_set *set, uint32_t index)
{
    if (set->count >= set->bound)
        return false;
    if (set->count == set->capacity) {
        uint32_t capacity = set->capacity <= set->bound / 2 ? set->capacity * 2 : set->bound;
        bool inside = set->ranges == set->own_ranges;
        struct range *ranges = mem_realloc_array(inside ? NULL : set->ranges, capacity, sizeof *ranges);
        if (!ranges)
            return false;
        if (inside)
            memcpy(ranges, set->own_ranges, sizeof set->own_ranges);
        set->ranges = ranges;
        set->capacity = capacity;
    }
    memmove(set->ranges + index + 1, set->ranges + index, (set->count - index) * sizeof *set->ranges);
    set->count++;
    return true;
}

/* Removes the ranges [first, end) by index. */
static void close_slots(struct range_set *set, uint32_t first, uint32_t end)
{
    memmove(set->ranges + first, set->ranges + end, (set->count - end) * sizeof *set->ranges);
    set->count -= end - first;
}

bool range_set_insert(struct range_set *set, int64_t begin, int64_t end)
{
    uint32_t first, after;
    struct range *target;

    if (end <= begin)
        return true;

    /* The ranges that the new one overlaps or touches: [first, after). */
    first = range_set_find(set, begin);
    if (first > 0 && set->ranges[first - 1].end == begin)
        first--;
    after = first;
    while (after < set->count && set->ranges[after].begin <= end)
        after++;

    if (after == first) {
        if (!open_slot(set, first))
            return false;
        set->ranges[first] = (struct range){begin, end};
        return true;
    }
    target = &set->ranges[first];
    if (begin < target->begin)
        target->begin = begin;
    target->end = end > set->ranges[after - 1].end ? end : set->ranges[after - 1].end;
    close_slots(set, first + 1, after);
    return true;
}

bool range_set_remove(struct range_set *set, int64_t begin, int64_t end)
{
    uint32_t first, after;

    if (end <= begin)
        return true;
    first = range_set_find(set, begin);
    if (first == set->count || set->ranges[first].begin >= end)
        return true;

    if (set->ranges[first].begin < begin) {
        struct range old = set->ranges[first];
        if (old.end > end) {
            /* From the middle of one range: it becomes two. */
            if (!open_slot(set, first))
                return false;
            set->ranges[first] = (struct range){old.begin, begin};
            set->ranges[first + 1] = (struct range){end, old.end};
            return true;
        }
        set->ranges[first].end = begin;
        first++;
    }
    after = first;
    while (after < set->count && set->ranges[after].end <= end)
        after++;
    if (after < set->count && set->ranges[after].begin < end)
        set->ranges[after].begin = end;
    close_slots(set, first, after);
    return true;
}

void range_set_remove_below(struct range_set *set, int64_t end)
{
    /* Never splits a range, so it cannot fail. */
    if (!range_set_remove(set, INT64_MIN, end))
        range_set_clear(set);
}

bool range_set_contains(const struct range_set *set, int64_t value)
{
    uint32_t index = range_set_find(set, value);

    return index < set->count && set->ranges[index].begin <= value;
}

struct range range_set_first_gap(const struct range_set *set, int64_t from)
{
    uint32_t index = range_set_find(set, from);

    if (index < set->count && set->ranges[index].begin <= from)
        from = set->ranges[index++].end;
    return (struct range){from, index < set->count ? set->ranges[index].begin : INT64_MAX};
}
