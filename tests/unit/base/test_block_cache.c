/* The block cache: blocks are whole and apart, are used again across threads, are bounded, and all go back. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"
#include "base/block_cache.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static atomic_int blocks, allocations;
static atomic_bool out_of_memory;

static void *counting_allocate(size_t size)
{
    if (out_of_memory)
        return NULL;
    blocks++;
    allocations++;
    return malloc(size);
}

static void counting_release(void *memory)
{
    blocks--;
    free(memory);
}

static int set_up(void **state)
{
    (void)state;
    blocks = allocations = 0;
    out_of_memory = false;
    alloc_set_hooks(counting_allocate, counting_release, realloc);
    block_cache_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    block_cache_close();
    alloc_set_hooks(NULL, NULL, NULL);
    return 0;
}

struct held {
    uint8_t *block;
    uint8_t kind;
    size_t size;
};

static void take(struct held *held, size_t size, uint8_t mark)
{
    held->block = block_take(size, &held->kind);
    held->size = size;
    assert_non_null(held->block);
    assert_int_equal((uintptr_t)held->block % alignof(max_align_t), 0);
    memset(held->block, mark, size);
}

static void give(struct held *held, uint8_t mark)
{
    for (size_t i = 0; i < held->size; i++)
        assert_int_equal(held->block[i], mark);
    block_give(held->block, held->kind);
}

static void blocks_of_all_sizes_keep_what_is_in_them(void **state)
{
    enum { HELD = 150 };
    static const size_t sizes[] = {0, 1, 511, 512, 513, 1024, 1025, 2047, 2048, 2049, 100000};
    struct held held[HELD];

    (void)state;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < HELD; i++)
            take(&held[i], sizes[(i + round) % 11], (uint8_t)i);
        for (int i = 0; i < HELD; i++)
            give(&held[i * 7 % HELD], (uint8_t)(i * 7 % HELD));
    }
    block_cache_close();
    assert_int_equal(blocks, 0);
}

static void the_steady_state_allocates_nothing(void **state)
{
    struct held held[2 * BLOCK_MAGAZINE];
    int before;

    (void)state;
    for (int i = 0; i < 2 * BLOCK_MAGAZINE; i++)
        take(&held[i], 300, 1);
    for (int i = 0; i < 2 * BLOCK_MAGAZINE; i++)
        give(&held[i], 1);
    before = allocations;
    for (int round = 0; round < 100; round++) {
        int count = round % (2 * BLOCK_MAGAZINE) + 1;

        for (int i = 0; i < count; i++)
            take(&held[i], 400, 2);
        for (int i = 0; i < count; i++)
            give(&held[i], 2);
    }
    assert_int_equal(allocations, before);
}

/* What one thread hands to another, one block at a time. */
struct channel {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct held held;
    bool full;
    int count;
};

static void *give_back_what_comes(void *argument)
{
    struct channel *channel = argument;

    for (int i = 0; i < channel->count; i++) {
        struct held held;

        pthread_mutex_lock(&channel->lock);
        while (!channel->full)
            pthread_cond_wait(&channel->changed, &channel->lock);
        held = channel->held;
        channel->full = false;
        pthread_cond_signal(&channel->changed);
        pthread_mutex_unlock(&channel->lock);
        give(&held, 3);
    }
    return NULL;
}

static void one_thread_takes_and_another_gives_back(void **state)
{
    struct channel channel = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .count = 5000};
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, give_back_what_comes, &channel), 0);
    for (int i = 0; i < channel.count; i++) {
        struct held held;

        take(&held, 600, 3);
        pthread_mutex_lock(&channel.lock);
        while (channel.full)
            pthread_cond_wait(&channel.changed, &channel.lock);
        channel.held = held;
        channel.full = true;
        pthread_cond_signal(&channel.changed);
        pthread_mutex_unlock(&channel.lock);
    }
    pthread_join(thread, NULL);
    /* Two magazines there, one on the way, one here. */
    assert_in_range(allocations, 1, 5 * BLOCK_MAGAZINE);
    block_cache_close();
    assert_int_equal(blocks, 0);
}

static void what_is_kept_is_bounded(void **state)
{
    enum { MANY = BLOCK_DEPOT_BYTES / BLOCK_LARGEST + 10 * BLOCK_MAGAZINE };
    struct held *held = calloc(MANY, sizeof(*held));

    (void)state;
    assert_non_null(held);
    for (int i = 0; i < MANY; i++)
        take(&held[i], BLOCK_LARGEST, 4);
    for (int i = 0; i < MANY; i++)
        give(&held[i], 4);
    free(held);
    assert_in_range(blocks, BLOCK_DEPOT_BYTES / BLOCK_LARGEST, BLOCK_DEPOT_BYTES / BLOCK_LARGEST + 2 * BLOCK_MAGAZINE);
}

static void nothing_is_kept_while_closed(void **state)
{
    struct held held, late;

    (void)state;
    take(&late, 100, 5);
    block_cache_close();
    take(&held, 100, 6);
    assert_int_equal(blocks, 2);
    give(&held, 6);
    give(&late, 5);
    assert_int_equal(blocks, 0);
}

static void *keep_some(void *unused)
{
    struct held held;

    take(&held, 100, 7);
    give(&held, 7);
    return unused;
}

static void a_thread_that_ends_leaves_nothing(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, keep_some, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(allocations, 1);
    assert_int_equal(blocks, 0);
}

static atomic_bool ending;

static void *churn(void *unused)
{
    while (!ending)
        keep_some(NULL);
    return unused;
}

static void closing_while_others_use_it_loses_nothing(void **state)
{
    pthread_t threads[2];

    (void)state;
    ending = false;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
    for (int i = 0; i < 200; i++) {
        keep_some(NULL);
        block_cache_close();
        block_cache_open();
    }
    ending = true;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    block_cache_close();
    assert_int_equal(blocks, 0);
}

static void without_memory_there_are_the_kept_ones(void **state)
{
    struct held held;
    uint8_t kind;

    (void)state;
    keep_some(NULL);
    out_of_memory = true;
    take(&held, 100, 8);
    assert_null(block_take(100, &kind));
    assert_null(block_take(5000, &kind));
    give(&held, 8);
    block_give(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_of_all_sizes_keep_what_is_in_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_steady_state_allocates_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_thread_takes_and_another_gives_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_kept_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_kept_while_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_thread_that_ends_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closing_while_others_use_it_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_there_are_the_kept_ones, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
