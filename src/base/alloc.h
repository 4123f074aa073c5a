/*
 * The one door to the heap. Every allocation of the library goes through here, so that a program can supply its own
 * allocator and tests can make allocation fail.
 *
 * Owns the process-wide allocator hooks. Any thread may allocate and free; the hooks are set once, before the first
 * use. A failed allocation returns NULL and the caller copes.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stddef.h>

typedef void *(*alloc_function)(size_t size);
typedef void (*free_function)(void *memory);
typedef void *(*realloc_function)(void *memory, size_t size);

/* Replaces the allocator; three null pointers restore the C library's. Must not race with any use of the library. */
void alloc_set_hooks(alloc_function allocate, free_function release, realloc_function resize);

void *mem_alloc(size_t size) __attribute__((malloc, warn_unused_result));
void *mem_alloc_zeroed(size_t size) __attribute__((malloc, warn_unused_result));

/* count * size bytes, uninitialised; NULL when the product overflows. */
void *mem_alloc_array(size_t count, size_t size) __attribute__((malloc, warn_unused_result));

/* As realloc: on failure returns NULL and leaves the old block alone. */
void *mem_realloc(void *memory, size_t size) __attribute__((warn_unused_result));
void *mem_realloc_array(void *memory, size_t count, size_t size) __attribute__((warn_unused_result));

/* Accepts NULL. */
void mem_free(void *memory);

#endif
