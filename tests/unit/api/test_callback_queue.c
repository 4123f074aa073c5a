#include "api/callback_queue.h"

#include "base/alloc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct readiness readiness;
static struct callback_queue queue;
static int seen[100];
static int seen_count;

static void note(void *event)
{
    int value;

    memcpy(&value, event, sizeof(value));
    seen[seen_count++] = value;
}

static void post(int value)
{
    assert_true(callback_queue_post(&queue, note, &value, sizeof(value)));
}

static void note_and_post(void *event)
{
    note(event);
    post(99);
}

static int set_up(void **state)
{
    (void)state;
    seen_count = 0;
    readiness_init(&readiness);
    callback_queue_init(&queue, &readiness);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    callback_queue_destroy(&queue);
    assert_false(readiness_any(&readiness));
    readiness_destroy(&readiness);
    return 0;
}

static void callbacks_run_in_order_and_once(void **state)
{
    (void)state;
    assert_false(readiness_any(&readiness));
    for (int i = 0; i < 5; i++)
        post(i);
    assert_true(readiness_any(&readiness));
    assert_int_equal(seen_count, 0);
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(seen[i], i);
    assert_false(readiness_any(&readiness));
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 5);
}

static void what_a_callback_posts_waits_for_the_next_run(void **state)
{
    int value = 1;

    (void)state;
    callback_queue_post(&queue, note_and_post, &value, sizeof(value));
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 1);
    assert_true(readiness_any(&readiness));
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 2);
    assert_int_equal(seen[1], 99);
}

static void a_null_function_posts_nothing(void **state)
{
    (void)state;
    assert_true(callback_queue_post(&queue, NULL, NULL, 0));
    assert_false(readiness_any(&readiness));
}

static void destroying_forgets(void **state)
{
    (void)state;
    post(1);
    callback_queue_destroy(&queue);
    assert_false(readiness_any(&readiness));
    callback_queue_init(&queue, &readiness);
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 0);
}

static void note_post_and_run(void *event)
{
    note(event);
    post(9);
    callback_queue_run(&queue);
}

static void a_run_within_a_run_keeps_the_order(void **state)
{
    static const int order[] = {1, 2, 3, 9};
    int value = 1;

    (void)state;
    callback_queue_post(&queue, note_post_and_run, &value, sizeof(value));
    post(2);
    post(3);
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 4);
    assert_memory_equal(seen, order, sizeof(order));
}

static void note_and_begin_anew(void *event)
{
    note(event);
    callback_queue_destroy(&queue);
    callback_queue_init(&queue, &readiness);
    post(7);
}

static void a_queue_that_is_destroyed_in_a_run_calls_nothing_more(void **state)
{
    int value = 1;

    (void)state;
    callback_queue_post(&queue, note_and_begin_anew, &value, sizeof(value));
    post(2);
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 1);
    callback_queue_run(&queue);
    assert_int_equal(seen_count, 2);
    assert_int_equal(seen[1], 7);
}

static void the_queue_is_bounded(void **state)
{
    int value = 1;

    (void)state;
    for (int i = 0; i < CALLBACK_QUEUE_LIMIT; i++)
        assert_true(callback_queue_post(&queue, note, &value, sizeof(value)));
    assert_false(callback_queue_post(&queue, note, &value, sizeof(value)));
    callback_queue_destroy(&queue);
    callback_queue_init(&queue, &readiness);
    post(2);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void without_memory_an_event_is_lost_and_said_so(void **state)
{
    int value = 1;

    (void)state;
    alloc_set_hooks(no_memory, free, realloc);
    assert_false(callback_queue_post(&queue, note, &value, sizeof(value)));
    alloc_set_hooks(NULL, NULL, NULL);
    assert_false(readiness_any(&readiness));
}

enum { POSTERS = 3, POSTS = 2000 };
static int from_thread[POSTERS];

static void count_in_order(void *event)
{
    int value[2];

    memcpy(value, event, sizeof(value));
    assert_int_equal(from_thread[value[0]], value[1]);
    from_thread[value[0]]++;
}

static void *post_many(void *argument)
{
    int value[2] = {(int)(intptr_t)argument, 0};

    for (; value[1] < POSTS; value[1]++)
        callback_queue_post(&queue, count_in_order, value, sizeof(value));
    return NULL;
}

static void posting_from_several_threads_keeps_the_order_of_each(void **state)
{
    pthread_t threads[POSTERS];
    int total = 0;

    (void)state;
    memset(from_thread, 0, sizeof(from_thread));
    for (int i = 0; i < POSTERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, (void *)(intptr_t)i), 0);
    while (total < POSTERS * POSTS) {
        callback_queue_run(&queue);
        total = from_thread[0] + from_thread[1] + from_thread[2];
    }
    for (int i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(total, POSTERS * POSTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(callbacks_run_in_order_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_callback_posts_waits_for_the_next_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_null_function_posts_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(destroying_forgets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_within_a_run_keeps_the_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_queue_that_is_destroyed_in_a_run_calls_nothing_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_queue_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_memory_an_event_is_lost_and_said_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(posting_from_several_threads_keeps_the_order_of_each, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
