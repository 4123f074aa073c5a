/*
 * An ordered set of disjoint half-open ranges [begin, end) of 64-bit integers; touching ranges are merged. Used for
 * what has arrived of a byte stream and which packets have been seen.
 *
 * A few ranges are held inside the struct; more are allocated up to the bound the caller gave. An operation that would
 * exceed the bound, or finds no memory, returns false and changes nothing. The struct must not be moved in memory.
 */
#ifndef BASE_RANGE_SET_H
#define BASE_RANGE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
    int64_t begin;
    int64_t end;
};

enum { RANGE_SET_INLINE = 4 };

struct range_set {
    struct range *ranges; /* ascending, none empty, none touching */
    uint32_t count;
    uint32_t capacity;
    uint32_t bound;
    struct range own_ranges[RANGE_SET_INLINE];
};

/* bound: the largest number of ranges, at least 1. */
void range_set_init(struct range_set *set, uint32_t bound);
void range_set_destroy(struct range_set *set);
void range_set_clear(struct range_set *set);

/* Empty ranges (end <= begin) change nothing and succeed. */
bool range_set_insert(struct range_set *set, int64_t begin, int64_t end) __attribute__((warn_unused_result));
bool range_set_remove(struct range_set *set, int64_t begin, int64_t end) __attribute__((warn_unused_result));

/* Removes everything below `end`; needs no memory and cannot fail. */
void range_set_remove_below(struct range_set *set, int64_t end);

bool range_set_contains(const struct range_set *set, int64_t value);

/* Index of the first range with end > value, or count. */
uint32_t range_set_find(const struct range_set *set, int64_t value);

/* The first run of integers at or after `from` that is not in the set; its end is INT64_MAX behind the last range. */
struct range range_set_first_gap(const struct range_set *set, int64_t from);

static inline bool range_set_empty(const struct range_set *set)
{
    return set->count == 0;
}

#endif
