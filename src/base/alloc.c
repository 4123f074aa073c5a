#include "base/alloc.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static alloc_function hook_allocate = malloc;
static free_function hook_release = free;
static realloc_function hook_resize = realloc;

void alloc_set_hooks(alloc_function allocate, free_function release, realloc_function resize)
{
    /* Memory from one allocator must not reach another's free: all three together or none. */
    bool complete = allocate && release && resize;

    hook_allocate = complete ? allocate : malloc;
    hook_release = complete ? release : free;
    hook_resize = complete ? resize : realloc;
}

void *mem_alloc(size_t size)
{
    /* What an allocator returns for size 0 is its own choice; ours is a pointer that can be told from failure. */
    return hook_allocate(size > 0 ? size : 1);
}

void *mem_alloc_zeroed(size_t size)
{
    void *memory = mem_alloc(size);

    if (memory)
        memset(memory, 0, size);
    return memory;
}

void *mem_alloc_array(size_t count, size_t size)
{
    size_t total;

    return __builtin_mul_overflow(count, size, &total) ? NULL : mem_alloc(total);
}

void *mem_realloc(void *memory, size_t size)
{
    return hook_resize(memory, size > 0 ? size : 1);
}

void *mem_realloc_array(void *memory, size_t count, size_t size)
{
    size_t total;

    return __builtin_mul_overflow(count, size, &total) ? NULL : mem_realloc(memory, total);
}

void mem_free(void *memory)
{
    if (memory)
        hook_release(memory);
}
