/* The allocator's hooks, and what happens at the edges of sizes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static int allocations, releases, resizes;

static void *counting_allocate(size_t size)
{
    allocations++;
    return malloc(size);
}

static void counting_release(void *memory)
{
    releases++;
    free(memory);
}

static void *counting_resize(void *memory, size_t size)
{
    resizes++;
    return realloc(memory, size);
}

static void *failing_allocate(size_t size)
{
    (void)size;
    return NULL;
}

static void *failing_resize(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

static void hooks_see_everything(void **state)
{
    void *memory;

    (void)state;
    alloc_set_hooks(counting_allocate, counting_release, counting_resize);
    memory = mem_alloc(10);
    assert_non_null(memory);
    memory = mem_realloc(memory, 20);
    assert_non_null(memory);
    mem_free(memory);
    mem_free(NULL);
    assert_int_equal(allocations, 1);
    assert_int_equal(resizes, 1);
    assert_int_equal(releases, 1);
    alloc_set_hooks(NULL, NULL, NULL);
    mem_free(mem_alloc(1));
    assert_int_equal(allocations, 1);
}

static void incomplete_hooks_are_not_mixed(void **state)
{
    (void)state;
    allocations = 0;
    alloc_set_hooks(counting_allocate, NULL, counting_resize);
    mem_free(mem_alloc(1));
    assert_int_equal(allocations, 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

static void sizes_at_the_edge(void **state)
{
    static const uint8_t zero[64];
    void *memory = mem_alloc(0);

    (void)state;
    assert_non_null(memory);
    mem_free(memory);
    memory = mem_alloc_zeroed(sizeof zero);
    assert_memory_equal(memory, zero, sizeof zero);
    assert_null(mem_alloc_array(SIZE_MAX / 2, 3));
    assert_null(mem_realloc_array(memory, SIZE_MAX / 2, 3));
    memory = mem_realloc_array(memory, 3, 5);
    assert_non_null(memory);
    mem_free(memory);
}

static void failure_is_null(void **state)
{
    (void)state;
    alloc_set_hooks(failing_allocate, counting_release, failing_resize);
    assert_null(mem_alloc(1));
    assert_null(mem_alloc_zeroed(1));
    assert_null(mem_alloc_array(1, 1));
    assert_null(mem_realloc(NULL, 1));
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hooks_see_everything),
        cmocka_unit_test(incomplete_hooks_are_not_mixed),
        cmocka_unit_test(sizes_at_the_edge),
        cmocka_unit_test(failure_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
