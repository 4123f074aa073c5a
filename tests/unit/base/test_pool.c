/* The pool: objects do not overlap, the bounds hold, everything goes back to the heap. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"
#include "base/pool.h"
#include "base/random.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

static int blocks;
static bool out_of_memory;

static void *counting_allocate(size_t size)
{
    if (out_of_memory)
        return NULL;
    blocks++;
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
    blocks = 0;
    out_of_memory = false;
    alloc_set_hooks(counting_allocate, counting_release, realloc);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alloc_set_hooks(NULL, NULL, NULL);
    return 0;
}

static void random_operations(void **state)
{
    enum { OBJECTS = 200, SIZE = 37 };

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        uint8_t *objects[OBJECTS] = {0};
        struct random_generator random;
        struct pool pool;
        size_t out = 0;

        print_message("seed %d\n", (int)seed);
        random_generator_init(&random, seed);
        pool_init(&pool, SIZE, 7, 2, 150);
        for (int step = 0; step < 5000; step++) {
            size_t i = (size_t)random_below(&random.source, OBJECTS);
            if (objects[i]) {
                for (int k = 0; k < SIZE; k++)
                    assert_int_equal(objects[i][k], i);
                pool_give(&pool, objects[i]);
                objects[i] = NULL;
                out--;
            } else {
                objects[i] = pool_take(&pool);
                assert_int_equal(objects[i] != NULL, out < 150);
                if (!objects[i])
                    continue;
                assert_int_equal((uintptr_t)objects[i] % alignof(max_align_t), 0);
                memset(objects[i], (int)i, SIZE);
                out++;
            }
            assert_int_equal(pool.in_use, out);
            assert_true(pool.free_slabs <= 2 + 1);
        }
        for (size_t i = 0; i < OBJECTS; i++)
            pool_give(&pool, objects[i]);
        assert_int_equal(pool.in_use, 0);
        /* Only what is kept for reuse is left, and that goes with the pool. */
        assert_int_equal(blocks, 2);
        pool_destroy(&pool);
        assert_int_equal(blocks, 0);
    }
}

static void destroy_takes_what_is_still_out(void **state)
{
    struct pool pool;

    (void)state;
    pool_init(&pool, 8, 2, 0, 10);
    for (int i = 0; i < 5; i++)
        assert_non_null(pool_take(&pool));
    assert_int_equal(blocks, 3);
    pool_destroy(&pool);
    assert_int_equal(blocks, 0);
}

static void trimming_frees_what_is_free(void **state)
{
    struct pool pool;
    void *objects[12];

    (void)state;
    pool_init(&pool, 8, 4, 2, 12);
    pool_trim(&pool);
    for (int i = 0; i < 12; i++)
        objects[i] = pool_take(&pool);
    assert_int_equal(blocks, 3);
    pool_trim(&pool);
    assert_int_equal(blocks, 3);
    for (int i = 0; i < 9; i++)
        pool_give(&pool, objects[i]);
    assert_int_equal(blocks, 3);
    pool_trim(&pool);
    assert_int_equal(blocks, 1);
    for (int i = 0; i < 9; i++)
        assert_non_null(objects[i] = pool_take(&pool));
    assert_null(pool_take(&pool));
    for (int i = 0; i < 12; i++)
        pool_give(&pool, objects[i]);
    pool_trim(&pool);
    assert_int_equal(blocks, 0);
    objects[0] = pool_take(&pool);
    assert_non_null(objects[0]);
    pool_destroy(&pool);
}

static void no_memory_is_null(void **state)
{
    struct pool pool;
    void *first, *second;

    (void)state;
    pool_init(&pool, 8, 2, 1, 10);
    first = pool_take(&pool);
    out_of_memory = true;
    second = pool_take(&pool);
    assert_non_null(second);
    assert_null(pool_take(&pool));
    pool_give(&pool, first);
    assert_ptr_equal(pool_take(&pool), first);
    pool_destroy(&pool);

    pool_init(&pool, SIZE_MAX, 2, 1, 10);
    assert_null(pool_take(&pool));
    pool_init(&pool, SIZE_MAX / 2, 4, 1, 10);
    assert_null(pool_take(&pool));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_operations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(destroy_takes_what_is_still_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(trimming_frees_what_is_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_memory_is_null, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
