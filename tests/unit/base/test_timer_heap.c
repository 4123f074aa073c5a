/* The timer heap against a linear search through all timers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"
#include "base/random.h"
#include "base/timer_heap.h"

#include <stdlib.h>

enum { TIMERS = 100 };

static microseconds model_next(const struct timer *timers)
{
    microseconds next = TIME_NEVER;

    for (int i = 0; i < TIMERS; i++)
        if (timer_is_set(&timers[i]))
            next = time_earlier(next, timers[i].deadline);
    return next;
}

static void random_operations(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct timer timers[TIMERS] = {{0}};
        microseconds deadlines[TIMERS];
        bool set[TIMERS] = {0};
        struct random_generator random;
        struct timer_heap heap;
        struct timer *timer;
        microseconds now = 0, last;

        print_message("seed %d\n", (int)seed);
        random_generator_init(&random, seed);
        timer_heap_init(&heap);
        for (int step = 0; step < 5000; step++) {
            size_t i = (size_t)random_below(&random.source, TIMERS);
            switch (random_below(&random.source, 8)) {
            case 0:
                timer_heap_cancel(&heap, &timers[i]);
                set[i] = false;
                break;
            case 1:
                assert_true(timer_heap_set(&heap, &timers[i], TIME_NEVER));
                set[i] = false;
                break;
            case 2:
                now += (microseconds)random_below(&random.source, 20);
                last = 0;
                while ((timer = timer_heap_pop_due(&heap, now))) {
                    i = (size_t)(timer - timers);
                    assert_true(set[i]);
                    assert_true(timer->deadline == deadlines[i] && deadlines[i] <= now && deadlines[i] >= last);
                    assert_false(timer_is_set(timer));
                    last = deadlines[i];
                    set[i] = false;
                }
                break;
            default:
                deadlines[i] = now + (microseconds)random_below(&random.source, 200);
                assert_true(timer_heap_set(&heap, &timers[i], deadlines[i]));
                set[i] = true;
                break;
            }
            for (i = 0; i < TIMERS; i++)
                assert_int_equal(timer_is_set(&timers[i]), set[i]);
            assert_true(timer_heap_next(&heap) == model_next(timers));
            assert_int_equal(timer_heap_peek(&heap) != NULL, heap.count > 0);
        }
        timer_heap_destroy(&heap);
        for (int i = 0; i < TIMERS; i++)
            assert_false(timer_is_set(&timers[i]));
    }
}

static void *no_resize(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

static void reserved_room_cannot_fail(void **state)
{
    struct timer timers[TIMERS] = {{0}};
    struct timer one_more = {0};
    struct timer_heap heap;

    (void)state;
    timer_heap_init(&heap);
    assert_true(timer_heap_reserve(&heap, 128));
    alloc_set_hooks(malloc, free, no_resize);
    for (int i = 0; i < TIMERS; i++)
        assert_true(timer_heap_set(&heap, &timers[i], TIMERS - i));
    for (int i = TIMERS; i < 128; i++) {
        static struct timer more[128];
        assert_true(timer_heap_set(&heap, &more[i], 1000));
    }
    assert_false(timer_heap_set(&heap, &one_more, 0));
    assert_false(timer_is_set(&one_more));
    /* Moving what is set needs no memory. */
    assert_true(timer_heap_set(&heap, &timers[0], 0));
    assert_ptr_equal(timer_heap_peek(&heap), &timers[0]);
    assert_false(timer_heap_reserve(&heap, SIZE_MAX));
    alloc_set_hooks(NULL, NULL, NULL);
    timer_heap_destroy(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations),
        cmocka_unit_test(reserved_room_cannot_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
