#include "harness/memory.h"

#include "harness/runner.h"

#include "fumarole/fumarole.h"

#include <malloc.h>
#include <stdlib.h>

static atomic_long blocks, bytes, peak, calls;
static atomic_int every;
static atomic_long until_failure; /* 0: none */

static bool fails(void)
{
    long call = atomic_fetch_add(&calls, 1) + 1;
    int n = atomic_load(&every);
    long left = atomic_load(&until_failure);

    if (n > 0 && call % n == 0)
        return true;
    if (left <= 0)
        return false;
    while (left > 1 && !atomic_compare_exchange_weak(&until_failure, &left, left - 1))
        ;
    return left == 1;
}

static void count(void *memory, int sign)
{
    long now, highest = atomic_load(&peak);

    atomic_fetch_add(&blocks, sign);
    now = atomic_fetch_add(&bytes, sign * (long)malloc_usable_size(memory)) + sign * (long)malloc_usable_size(memory);
    while (now > highest && !atomic_compare_exchange_weak(&peak, &highest, now))
        ;
}

static void *counting_allocate(size_t size)
{
    void *memory = fails() ? NULL : malloc(size);

    if (memory)
        count(memory, 1);
    return memory;
}

static void counting_release(void *memory)
{
    if (memory)
        count(memory, -1);
    free(memory);
}

static void *counting_resize(void *memory, size_t size)
{
    void *resized = counting_allocate(size);
    size_t old = memory ? malloc_usable_size(memory) : 0;

    if (!resized)
        return NULL;
    for (size_t i = 0; i < old && i < size; i++)
        ((char *)resized)[i] = ((char *)memory)[i];
    counting_release(memory);
    return resized;
}

void memory_install(void)
{
    SteamNetworkingSockets_SetCustomMemoryAllocator(counting_allocate, counting_release, counting_resize);
}

long memory_blocks(void)
{
    return atomic_load(&blocks);
}

long memory_bytes(void)
{
    return atomic_load(&bytes);
}

long memory_peak_bytes(void)
{
    return atomic_load(&peak);
}

void memory_forget_peak(void)
{
    atomic_store(&peak, atomic_load(&bytes));
}

long memory_calls(void)
{
    return atomic_load(&calls);
}

void memory_fail_every(int n)
{
    atomic_store(&every, n);
}

void memory_fail_from(long n)
{
    atomic_store(&until_failure, n);
}
