/*
 * A pool of equally sized objects: taken from slabs, returned to a free list, so that the steady state allocates
 * nothing. A slab whose objects have all come back is kept for reuse up to a bound and then returned to the heap.
 *
 * The pool owns all memory it hands out. Not thread-safe.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/list.h"

#include <stddef.h>
#include <stdint.h>

struct pool {
    struct list usable; /* slabs with at least one free object, wholly free ones at the end */
    struct list full;
    size_t object_size;
    uint32_t objects_per_slab;
    uint32_t keep_free_slabs;
    uint32_t free_slabs; /* slabs of which every object is free */
    size_t in_use;
    size_t maximum;
};

/*
 * maximum: how many objects may be out at once (the bound). keep_free_slabs: how many wholly free slabs are kept
 * instead of being given back.
 */
void pool_init(struct pool *pool, size_t object_size, uint32_t objects_per_slab, uint32_t keep_free_slabs,
               size_t maximum);

/* Frees all slabs, whatever is still out. */
void pool_destroy(struct pool *pool);

/* An uninitialised object aligned for any type; NULL at the maximum or without memory. */
void *pool_take(struct pool *pool) __attribute__((warn_unused_result));

/* Accepts NULL. The object must come from this pool. */
void pool_give(struct pool *pool, void *object);

/* Frees the slabs of which nothing is out. */
void pool_trim(struct pool *pool);

#endif
