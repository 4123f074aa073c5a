/*
 * OpenSSL's memory in a test's hands: allocations that fail, and a count of those that were not freed. It has to be
 * told before it allocates for the first time, that is, at the beginning of main.
 */
#ifndef UNIT_CRYPTO_OPENSSL_MEMORY_H
#define UNIT_CRYPTO_OPENSSL_MEMORY_H

#include <limits.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>

/* How many more allocations succeed before one fails, and whether all fail from then on. */
static long openssl_allocations_left = LONG_MAX;
static bool openssl_fails_for_good;
static bool openssl_has_failed;
/* What was allocated and not freed. */
static long openssl_blocks;

static inline bool openssl_has_memory(void)
{
    if (openssl_allocations_left > 0) {
        openssl_allocations_left--;
        return true;
    }
    openssl_has_failed = true;
    if (!openssl_fails_for_good)
        openssl_allocations_left = LONG_MAX;
    return false;
}

/* In a list, because OpenSSL loses some when it runs out of memory, which is not for a leak detector to report here. */
struct openssl_block {
    _Alignas(16) struct openssl_block *next, *previous;
};

static struct openssl_block openssl_list = {&openssl_list, &openssl_list};

static inline void *openssl_keep(struct openssl_block *block)
{
    block->next = openssl_list.next;
    block->previous = &openssl_list;
    block->next->previous = block->previous->next = block;
    openssl_blocks++;
    return block + 1;
}

static inline struct openssl_block *openssl_take(void *data)
{
    struct openssl_block *block = (struct openssl_block *)data - 1;

    block->next->previous = block->previous;
    block->previous->next = block->next;
    openssl_blocks--;
    return block;
}

static void *openssl_allocate(size_t size, const char *file, int line)
{
    struct openssl_block *block = openssl_has_memory() ? malloc(sizeof *block + size) : NULL;

    (void)file, (void)line;
    return block ? openssl_keep(block) : NULL;
}

static void openssl_release(void *data, const char *file, int line)
{
    (void)file, (void)line;
    if (data)
        free(openssl_take(data));
}

static void *openssl_resize(void *data, size_t size, const char *file, int line)
{
    struct openssl_block *block;

    if (!data)
        return openssl_allocate(size, file, line);
    if (!openssl_has_memory())
        return NULL;
    block = realloc(openssl_take(data), sizeof *block + size);
    return block ? openssl_keep(block) : NULL;
}

static inline bool openssl_memory_take_over(void)
{
    return CRYPTO_set_mem_functions(openssl_allocate, openssl_resize, openssl_release) == 1;
}

/* The n-th allocation from now on fails (n counts from 0), alone or with all after it. */
static inline void openssl_memory_fail_at(long n, bool for_good)
{
    openssl_allocations_left = n;
    openssl_fails_for_good = for_good;
    openssl_has_failed = false;
}

/* There is memory again. Whether the failure that was asked for has happened. */
static inline bool openssl_memory_recover(void)
{
    openssl_allocations_left = LONG_MAX;
    return openssl_has_failed;
}

#endif
