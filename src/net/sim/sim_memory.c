#include "net/sim/sim_memory.h"

#include "base/alloc.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

/* In front of each block; keeps the alignment that malloc gives. */
union block_head {
    size_t size;
    max_align_t alignment;
};

static struct sim_memory counters;
static struct random_generator shortage_random;
static uint32_t shortage_one_in;
static bool shortage_paused;

void sim_memory_shortage(uint64_t seed, uint32_t one_in)
{
    random_generator_init(&shortage_random, seed);
    shortage_one_in = one_in;
    shortage_paused = false;
}

void sim_memory_pause_shortage(bool pause)
{
    shortage_paused = pause;
}

static bool fails(void)
{
    if (shortage_one_in == 0 || shortage_paused || random_below(&shortage_random.source, shortage_one_in) != 0)
        return false;
    counters.refused++;
    return true;
}

static void count(size_t size)
{
    counters.bytes += size;
    counters.blocks++;
    counters.allocations++;
    if (counters.bytes > counters.peak_bytes)
        counters.peak_bytes = counters.bytes;
}

static void *counted_allocate(size_t size)
{
    union block_head *head = fails() ? NULL : malloc(sizeof(*head) + size);

    if (!head)
        return NULL;
    head->size = size;
    count(size);
    return head + 1;
}

static void counted_free(void *memory)
{
    union block_head *head;

    if (!memory)
        return;
    head = (union block_head *)memory - 1;
    counters.bytes -= head->size;
    counters.blocks--;
    free(head);
}

static void *counted_resize(void *memory, size_t size)
{
    void *moved = counted_allocate(size);

    if (!moved || !memory)
        return moved;
    {
        const union block_head *old = (const union block_head *)memory - 1;

        memcpy(moved, memory, old->size < size ? old->size : size);
    }
    counted_free(memory);
    return moved;
}

void sim_memory_install(void)
{
    alloc_set_hooks(counted_allocate, counted_free, counted_resize);
}

void sim_memory_reset(void)
{
    counters.peak_bytes = counters.bytes;
    counters.allocations = counters.refused = 0;
}

const struct sim_memory *sim_memory(void)
{
    return &counters;
}
