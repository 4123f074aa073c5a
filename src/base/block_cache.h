/*
 * Memory for objects that come and go with every packet: blocks of a few sizes, kept for reuse when they are given
 * back, so that the steady state allocates nothing, even where one thread takes and another gives back.
 *
 * Each thread keeps two magazines of blocks for each size; full ones pass through a depot that all threads share, one
 * lock for a whole magazine. Both are bounded. The cache owns the blocks it keeps; it keeps some only between opening
 * and closing, and at other times is a thin layer over the allocator. Any thread may take and give at any time.
 */
#ifndef BASE_BLOCK_CACHE_H
#define BASE_BLOCK_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum {
    BLOCK_SIZES = 3,
    BLOCK_SMALLEST = 512,                /* each further size is twice the one before */
    BLOCK_LARGEST = 2048,                /* larger ones are the allocator's */
    BLOCK_MAGAZINE = 32,                 /* blocks that pass between threads at a time; a thread keeps up to twice as
                                            many of each size: 224 KiB */
    BLOCK_DEPOT_BYTES = 4 * 1024 * 1024, /* kept for all threads, of each size */
};

/* Starts and ends keeping blocks. Closing frees what all threads have kept; blocks still out are freed when they come
 * back. Must not race with each other. */
void block_cache_open(void);
void block_cache_close(void);

/* At least `size` bytes, uninitialised, aligned for any type; NULL without memory. *kind is for block_give. */
void *block_take(size_t size, uint8_t *kind) __attribute__((warn_unused_result));

/* Accepts NULL. */
void block_give(void *block, uint8_t kind);

#endif
