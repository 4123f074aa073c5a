#include "testing.h"

#include "base/random.h"
#include "net/event_queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 400 };

struct item {
    struct event event;
    int serial;
};

/* Compared with a plain sorted order, through random additions and removals. */
static void run(uint64_t seed)
{
    struct random_generator random;
    struct event_queue queue;
    static struct item items[EVENTS];
    microseconds last_due = -1;
    uint64_t last_sequence = 0;
    int queued = 0, taken = 0, removed = 0;

    random_generator_init(&random, seed);
    event_queue_init(&queue);
    memset(items, 0, sizeof(items));
    for (int i = 0; i < EVENTS; i++) {
        assert_true(event_queue_add(&queue, &items[i].event, (microseconds)random_below(&random.source, 50)));
        queued++;
        if (random_below(&random.source, 4) == 0) {
            struct item *victim = &items[random_below(&random.source, (uint64_t)i + 1)];

            removed += victim->event.position != 0;
            event_queue_remove(&queue, &victim->event);
            assert_int_equal(victim->event.position, 0);
        }
    }
    assert_int_equal(queue.count, queued - removed);
    assert_null(event_queue_pop_due(&queue, -1));
    for (;;) {
        microseconds next = event_queue_next(&queue);
        struct event *event = event_queue_pop_due(&queue, 1000);

        if (!event)
            break;
        taken++;
        assert_int_equal(event->due, next);
        assert_true(event->due > last_due || (event->due == last_due && event->sequence > last_sequence));
        last_due = event->due;
        last_sequence = event->sequence;
    }
    assert_int_equal(taken, queued - removed);
    assert_true(event_queue_next(&queue) == TIME_NEVER);
    event_queue_destroy(&queue);
}

static void test_order(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        print_message("seed %d\r", (int)seed);
        run(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
