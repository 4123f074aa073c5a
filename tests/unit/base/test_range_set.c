/* Range sets against an array of flags, one for each integer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"
#include "base/random.h"
#include "base/range_set.h"

#include <stdlib.h>
#include <string.h>

enum { SPAN = 120, OFFSET = -60 };

static int64_t model_ranges(const bool *model)
{
    int64_t ranges = 0;

    for (int i = 0; i < SPAN; i++)
        ranges += model[i] && (i == 0 || !model[i - 1]);
    return ranges;
}

static void assert_same(const struct range_set *set, const bool *model)
{
    assert_int_equal(set->count, model_ranges(model));
    for (uint32_t i = 0; i < set->count; i++) {
        assert_true(set->ranges[i].begin < set->ranges[i].end);
        if (i > 0)
            assert_true(set->ranges[i - 1].end < set->ranges[i].begin);
    }
    for (int i = 0; i < SPAN; i++)
        assert_int_equal(range_set_contains(set, i + OFFSET), model[i]);
    assert_int_equal(range_set_empty(set), set->count == 0);
}

static void assert_first_gap(const struct range_set *set, const bool *model, int begin)
{
    struct range gap = range_set_first_gap(set, begin + OFFSET);
    int first = begin, last;

    while (first < SPAN && model[first])
        first++;
    last = first;
    while (last < SPAN && !model[last])
        last++;
    assert_int_equal(gap.begin, first + OFFSET);
    assert_true(gap.end == (last == SPAN ? INT64_MAX : last + OFFSET));
}

static void run(uint64_t seed, uint32_t bound)
{
    bool model[SPAN] = {0}, tried[SPAN];
    struct random_generator random;
    struct range_set set;

    print_message("seed %d\n", (int)seed);
    random_generator_init(&random, seed);
    range_set_init(&set, bound);
    for (int step = 0; step < 3000; step++) {
        int begin = (int)random_below(&random.source, SPAN);
        int end = begin + (int)random_below(&random.source, (uint64_t)(step % 2 ? 8 : SPAN - begin + 1));
        unsigned choice = (unsigned)random_below(&random.source, 20);
        if (end > SPAN)
            end = SPAN;
        if (choice == 0) {
            range_set_remove_below(&set, end + OFFSET);
            memset(model, 0, (size_t)end * sizeof *model);
        } else {
            bool insert = choice < 12, done;
            memcpy(tried, model, sizeof model);
            memset(tried + begin, insert, (size_t)(end - begin) * sizeof *model);
            done = insert ? range_set_insert(&set, begin + OFFSET, end + OFFSET)
                          : range_set_remove(&set, begin + OFFSET, end + OFFSET);
            /* Refused when, and only when, the result has too many ranges; then nothing has changed. */
            assert_int_equal(done, model_ranges(tried) <= bound);
            if (done)
                memcpy(model, tried, sizeof model);
        }
        assert_same(&set, model);
        assert_first_gap(&set, model, begin);
    }
    range_set_clear(&set);
    assert_true(range_set_empty(&set));
    range_set_destroy(&set);
}

static void random_operations(void **state)
{
    static const uint32_t bounds[] = {1, 2, 3, 4, 5, 7, 16, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
        for (uint64_t seed = 1; seed <= 4; seed++)
            run(seed, bounds[i]);
}

static void whole_span_of_integers(void **state)
{
    struct range_set set;

    (void)state;
    range_set_init(&set, 4);
    assert_true(range_set_insert(&set, INT64_MAX - 1, INT64_MAX));
    assert_true(range_set_insert(&set, 0, 1));
    assert_true(range_set_insert(&set, 5, 5));
    assert_true(range_set_insert(&set, 6, 5));
    assert_int_equal(set.count, 2);
    range_set_remove_below(&set, INT64_MAX);
    assert_true(range_set_empty(&set));
    range_set_destroy(&set);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void *no_resize(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

static void without_memory_it_stays_as_it_was(void **state)
{
    struct range_set set;

    (void)state;
    range_set_init(&set, 100);
    alloc_set_hooks(no_memory, free, no_resize);
    for (int i = 0; i < RANGE_SET_INLINE; i++)
        assert_true(range_set_insert(&set, i * 10, i * 10 + 5));
    assert_false(range_set_insert(&set, 1000, 1001));
    assert_false(range_set_remove(&set, 2, 3));
    assert_int_equal(set.count, RANGE_SET_INLINE);
    /* What needs no new range still works. */
    assert_true(range_set_insert(&set, 5, 10));
    assert_int_equal(set.count, RANGE_SET_INLINE - 1);
    alloc_set_hooks(NULL, NULL, NULL);
    range_set_destroy(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations),
        cmocka_unit_test(whole_span_of_integers),
        cmocka_unit_test(without_memory_it_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
