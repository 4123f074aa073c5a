#include "api/deposit_box.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum {
    HANDLE = 77,
    ROOM = 1000,
    THREADS = 4,
    MESSAGES = 5000, /* of each thread */
};

static struct message *make(int size, int64_t number)
{
    struct message *message = message_allocate(size);

    assert_non_null(message);
    message->api.m_nMessageNumber = number;
    message->api.m_conn = HANDLE;
    return message;
}

static struct message *pop(struct list *messages)
{
    struct list_node *node = list_pop_front(messages);

    return node ? container_of(node, struct message, queue_node) : NULL;
}

static void test_closed_box_refuses(void **state)
{
    struct message *message = make(10, 1);
    struct deposit_box box;

    (void)state;
    deposit_box_init(&box);
    assert_false(deposit_box_put(&box, message));
    message_release(message);
}

static void test_oldest_comes_first(void **state)
{
    struct deposit_box box;
    struct list messages;

    (void)state;
    deposit_box_init(&box);
    deposit_box_open(&box, HANDLE, ROOM);
    for (int i = 1; i <= 5; i++)
        assert_true(deposit_box_put(&box, make(10, i)));
    assert_false(deposit_box_take(&box, false, &messages));
    for (int i = 1; i <= 5; i++) {
        struct message *message = pop(&messages);

        assert_non_null(message);
        assert_int_equal(message->api.m_nMessageNumber, i);
        message_release(message);
    }
    assert_true(list_empty(&messages));
}

static void test_taking_nothing_closes(void **state)
{
    struct message *message = make(0, 1);
    struct deposit_box box;
    struct list messages;

    (void)state;
    deposit_box_init(&box);
    deposit_box_open(&box, HANDLE, ROOM);
    assert_true(deposit_box_take(&box, false, &messages));
    assert_true(list_empty(&messages));
    assert_false(deposit_box_put(&box, message));

    deposit_box_open(&box, HANDLE, ROOM);
    assert_true(deposit_box_put(&box, message));
    assert_true(deposit_box_take(&box, true, &messages));
    assert_ptr_equal(pop(&messages), message);
    assert_false(deposit_box_put(&box, message));
    message_release(message);
}

static void test_full_box_refuses(void **state)
{
    struct message *large = make(ROOM - DEPOSIT_COST + 1, 1), *exact = make(ROOM - DEPOSIT_COST, 2);
    struct message *empty = make(0, 3);
    struct deposit_box box;
    struct list messages;

    (void)state;
    deposit_box_init(&box);
    deposit_box_open(&box, HANDLE, ROOM);
    assert_false(deposit_box_put(&box, large));
    assert_true(deposit_box_put(&box, exact));
    assert_false(deposit_box_put(&box, empty)); /* empty messages take room, too */
    assert_false(deposit_box_take(&box, false, &messages));
    assert_false(deposit_box_put(&box, empty)); /* what was taken out is still to be sent */
    deposit_box_open(&box, HANDLE, -5);
    assert_false(deposit_box_put(&box, empty));
    message_release(large);
    message_release(exact);
    message_release(empty);
}

static void test_other_connections_are_refused(void **state)
{
    struct message *message = make(10, 1);
    struct deposit_box box;
    struct list messages;

    (void)state;
    deposit_box_init(&box);
    deposit_box_open(&box, HANDLE, ROOM);
    message->api.m_conn = HANDLE + 1;
    assert_false(deposit_box_put(&box, message));
    assert_true(deposit_box_take(&box, false, &messages));
    message_release(message);
}

/* Many threads leave messages in a box that opens and closes: none is lost, and each thread's own stay in order. */
struct depositor {
    struct deposit_box *box;
    int number;
};

static void *leave_messages(void *argument)
{
    const struct depositor *depositor = argument;

    for (int i = 1; i <= MESSAGES; i++) {
        struct message *message = message_allocate(4);

        if (!message)
            return NULL;
        message->api.m_conn = HANDLE;
        message->api.m_nChannel = depositor->number;
        message->api.m_nMessageNumber = i;
        while (!deposit_box_put(depositor->box, message))
            sched_yield();
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    struct depositor depositors[THREADS];
    pthread_t threads[THREADS];
    int64_t latest[THREADS] = {0};
    int left = THREADS * MESSAGES;
    struct deposit_box box;

    (void)state;
    deposit_box_init(&box);
    for (int i = 0; i < THREADS; i++) {
        depositors[i] = (struct depositor){&box, i};
        assert_int_equal(pthread_create(&threads[i], NULL, leave_messages, &depositors[i]), 0);
    }
    while (left > 0) {
        bool closed = false;

        deposit_box_open(&box, HANDLE, 50 * DEPOSIT_COST);
        for (int round = 1; !closed; round++) {
            struct message *message;
            struct list messages;

            sched_yield();
            closed = deposit_box_take(&box, round == 3, &messages);
            while ((message = pop(&messages))) {
                assert_int_equal(message->api.m_nMessageNumber, ++latest[message->api.m_nChannel]);
                message_release(message);
                left--;
            }
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(latest[i], MESSAGES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_box_refuses),
        cmocka_unit_test(test_oldest_comes_first),
        cmocka_unit_test(test_taking_nothing_closes),
        cmocka_unit_test(test_full_box_refuses),
        cmocka_unit_test(test_other_connections_are_refused),
        cmocka_unit_test(test_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
