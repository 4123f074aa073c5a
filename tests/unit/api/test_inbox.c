#include "api/inbox.h"

#include "api/poll_group.h"
#include "base/random.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 1000000 };

static struct readiness readiness;
static struct poll_group_table groups;

static int set_up(void **state)
{
    (void)state;
    readiness_init(&readiness);
    poll_group_table_init(&groups);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_false(readiness_any(&readiness));
    poll_group_table_destroy(&groups);
    readiness_destroy(&readiness);
    return 0;
}

static struct message *make(int lane, int64_t number, microseconds time)
{
    struct message *message = message_allocate(10);

    assert_non_null(message);
    message->api.m_idxLane = (uint16_t)lane;
    message->api.m_nMessageNumber = number;
    message->api.m_usecTimeReceived = time;
    return message;
}

static void arrive(struct inbox *inbox, int lane, int64_t number, microseconds time)
{
    assert_true(inbox_accept(inbox, make(lane, number, time), MANY, MANY));
}

/* Fetches everything and compares the numbers, given in order and ended by 0. */
static void expect_taken(struct inbox *inbox, const int64_t *numbers)
{
    SteamNetworkingMessage_t *messages[64];
    int count = inbox_take(inbox, messages, 64);

    for (int i = 0; i < count; i++) {
        assert_int_equal(messages[i]->m_nMessageNumber, numbers[i]);
        messages[i]->m_pfnRelease(messages[i]);
    }
    assert_int_equal(numbers[count], 0);
}

static struct poll_group *open_group(HSteamNetPollGroup *handle)
{
    struct poll_group *group;

    *handle = poll_group_create(&groups);
    assert_int_not_equal(*handle, 0);
    group = poll_group_lock(&groups, *handle);
    assert_non_null(group);
    poll_group_unlock(group);
    return group;
}

static void expect_taken_from_group(HSteamNetPollGroup handle, const int64_t *numbers)
{
    SteamNetworkingMessage_t *messages[64];
    struct poll_group *group = poll_group_lock(&groups, handle);
    int count;

    assert_non_null(group);
    count = poll_group_take(group, messages, 64);
    poll_group_unlock(group);
    for (int i = 0; i < count; i++) {
        assert_int_equal(messages[i]->m_nMessageNumber, numbers[i]);
        messages[i]->m_pfnRelease(messages[i]);
    }
    assert_int_equal(numbers[count], 0);
}

static void arrivals_show_when_published(void **state)
{
    struct inbox inbox;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    arrive(&inbox, 0, 1, 1);
    expect_taken(&inbox, (int64_t[]){0});
    inbox_publish(&inbox);
    assert_true(readiness_any(&readiness));
    expect_taken(&inbox, (int64_t[]){1, 0});
    assert_false(readiness_any(&readiness));
    inbox_destroy(&inbox);
}

static void late_messages_of_a_lane_are_put_in_order(void **state)
{
    struct inbox inbox;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    arrive(&inbox, 0, 1, 1);
    arrive(&inbox, 0, 4, 2);
    arrive(&inbox, 1, 100, 3);
    arrive(&inbox, 0, 2, 4);
    inbox_publish(&inbox);
    arrive(&inbox, 0, 3, 5);
    arrive(&inbox, 1, 99, 6);
    inbox_publish(&inbox);
    expect_taken(&inbox, (int64_t[]){1, 2, 3, 4, 99, 100, 0});
    inbox_destroy(&inbox);
}

/* Many late messages among those of other lanes find their places until that takes too long. */
static void reordering_takes_bounded_time(void **state)
{
    enum { LATE = 200, OTHERS = INBOX_REORDER_STEPS - 4 };
    SteamNetworkingMessage_t *taken[1 + OTHERS + LATE];
    struct inbox inbox;
    int count, found = 0;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    arrive(&inbox, 3, 1000, 1);
    for (int i = 1; i <= OTHERS; i++)
        arrive(&inbox, 2, i, 1);
    for (int i = 1; i <= LATE; i++)
        arrive(&inbox, 3, i, 1);
    inbox_publish(&inbox);
    count = inbox_take(&inbox, taken, 1 + OTHERS + LATE);
    assert_int_equal(count, 1 + OTHERS + LATE);
    while (taken[found]->m_nMessageNumber != 1000)
        found++;
    assert_in_range(found, INBOX_REORDER_STEPS_ALL / INBOX_REORDER_STEPS, LATE - 1);
    for (int i = 0; i < count; i++)
        taken[i]->m_pfnRelease(taken[i]);
    inbox_destroy(&inbox);
}

/* Whatever the order of arrival, a lane that waits as a whole comes out in order, as long as it is not too long. */
static void random_arrivals_are_put_in_order(void **state)
{
    static const uint64_t seeds[] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    for (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++) {
        struct random_generator random;
        HSteamNetPollGroup handle;
        struct poll_group *group = open_group(&handle);
        struct inbox inbox;
        int64_t expected[33];
        int order[32];

        random_generator_init(&random, seeds[s]);
        inbox_init(&inbox, 7, &readiness, NULL);
        assert_true(inbox_set_group(&inbox, group, handle));
        for (int i = 0; i < 32; i++)
            order[i] = i + 1;
        for (int i = 31; i > 0; i--) {
            int j = (int)random_below(&random.source, (uint64_t)i + 1), swap = order[i];

            order[i] = order[j];
            order[j] = swap;
        }
        for (int i = 0; i < 32; i++) {
            arrive(&inbox, 3, order[i], i);
            if (random_below(&random.source, 2))
                inbox_publish(&inbox);
            expected[i] = i + 1;
        }
        expected[32] = 0;
        inbox_publish(&inbox);
        expect_taken_from_group(handle, expected);
        inbox_destroy(&inbox);
    }
}

static void limits_refuse_and_room_is_noticed(void **state)
{
    struct message *refused;
    struct inbox inbox;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    assert_true(inbox_accept(&inbox, make(0, 1, 1), 2, 100));
    assert_true(inbox_accept(&inbox, make(0, 2, 1), 2, 100));
    refused = make(0, 3, 1);
    assert_false(inbox_accept(&inbox, refused, 2, 100)); /* by number */
    assert_false(inbox_accept(&inbox, refused, 9, 29));  /* by bytes: 20 wait, 10 more come */
    assert_true(inbox_take_refused(&inbox));
    assert_false(inbox_take_refused(&inbox));
    assert_true(inbox_accept(&inbox, refused, 9, 30));
    inbox_publish(&inbox);
    expect_taken(&inbox, (int64_t[]){1, 2, 3, 0});

    /* An empty inbox takes what is larger than the limit. */
    assert_true(inbox_accept(&inbox, make(0, 4, 1), 2, 5));
    refused = make(0, 5, 1);
    assert_false(inbox_accept(&inbox, refused, 2, 5));
    message_release(refused);
    inbox_destroy(&inbox);
}

static void a_group_reports_who_has_room_again(void **state)
{
    HSteamNetPollGroup handle;
    struct poll_group *group = open_group(&handle);
    struct message *refused = make(0, 3, 1);
    struct inbox full, easy;

    (void)state;
    inbox_init(&full, 7, &readiness, NULL);
    inbox_init(&easy, 8, &readiness, NULL);
    assert_true(inbox_set_group(&full, group, handle));
    assert_true(inbox_set_group(&easy, group, handle));
    assert_true(inbox_accept(&full, make(0, 1, 1), 1, MANY));
    assert_false(inbox_accept(&full, refused, 1, MANY));
    arrive(&easy, 0, 2, 2);
    inbox_publish(&full);
    inbox_publish(&easy);
    expect_taken_from_group(handle, (int64_t[]){1, 2, 0});
    assert_int_equal(poll_group_take_drained(group), 7);
    assert_int_equal(poll_group_take_drained(group), 0);
    assert_true(inbox_take_refused(&full));
    message_release(refused);
    inbox_destroy(&full);
    inbox_destroy(&easy);
}

static void a_group_mixes_by_arrival_and_each_message_comes_once(void **state)
{
    HSteamNetPollGroup handle;
    struct poll_group *group = open_group(&handle);
    struct inbox a, b;

    (void)state;
    inbox_init(&a, 7, &readiness, NULL);
    inbox_init(&b, 8, &readiness, NULL);
    assert_true(inbox_set_group(&a, group, handle));
    assert_true(inbox_set_group(&b, group, handle));
    arrive(&a, 0, 1, 1);
    inbox_publish(&a);
    arrive(&b, 0, 2, 2);
    inbox_publish(&b);
    arrive(&a, 0, 3, 3);
    inbox_publish(&a);
    expect_taken(&b, (int64_t[]){2, 0});
    expect_taken_from_group(handle, (int64_t[]){1, 3, 0});
    expect_taken(&a, (int64_t[]){0});
    inbox_destroy(&a);
    inbox_destroy(&b);
}

static void moving_takes_waiting_messages_along(void **state)
{
    HSteamNetPollGroup first_handle, second_handle;
    struct poll_group *first = open_group(&first_handle), *second = open_group(&second_handle);
    struct inbox a, b;

    (void)state;
    inbox_init(&a, 7, &readiness, NULL);
    inbox_init(&b, 8, &readiness, NULL);
    arrive(&a, 0, 1, 10); /* before it is in any group */
    inbox_publish(&a);
    arrive(&b, 0, 2, 15);
    inbox_publish(&b);
    assert_true(inbox_set_group(&b, second, second_handle));
    assert_true(inbox_set_group(&a, first, first_handle));
    arrive(&a, 0, 3, 20);
    inbox_publish(&a);
    assert_true(inbox_set_group(&a, second, second_handle));
    expect_taken_from_group(first_handle, (int64_t[]){0});
    expect_taken_from_group(second_handle, (int64_t[]){1, 2, 3, 0});

    arrive(&a, 0, 4, 30);
    inbox_publish(&a);
    assert_true(inbox_set_group(&a, NULL, 0));
    expect_taken_from_group(second_handle, (int64_t[]){0});
    expect_taken(&a, (int64_t[]){4, 0});
    inbox_destroy(&a);
    inbox_destroy(&b);
}

static void an_ended_group_takes_nobody_and_loses_nothing(void **state)
{
    HSteamNetPollGroup handle, next_handle;
    struct poll_group *group = open_group(&handle);
    struct inbox inbox, other;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    inbox_init(&other, 8, &readiness, NULL);
    assert_true(inbox_set_group(&inbox, group, handle));
    arrive(&inbox, 0, 1, 1);
    inbox_publish(&inbox);

    group = poll_group_lock(&groups, handle);
    poll_group_end(group);
    assert_int_equal(poll_group_member(group), 7);
    poll_group_unlock(group);
    assert_null(poll_group_lock(&groups, handle));
    assert_false(inbox_set_group(&other, group, handle));
    assert_true(inbox_set_group(&inbox, NULL, 0));
    assert_int_equal(poll_group_member(group), 0);
    expect_taken(&inbox, (int64_t[]){1, 0});

    /* The place is used again, under another handle. */
    assert_ptr_equal(open_group(&next_handle), group);
    assert_int_not_equal(next_handle, handle);
    assert_false(inbox_set_group(&other, group, handle));
    inbox_destroy(&inbox);
    inbox_destroy(&other);
}

static void group_handles_are_recognised(void **state)
{
    HSteamNetPollGroup handle = poll_group_create(&groups);

    (void)state;
    assert_true(handle & 0x80000000u);
    assert_null(poll_group_lock(&groups, 0));
    assert_null(poll_group_lock(&groups, handle & 0x7fffffff));
    assert_null(poll_group_lock(&groups, handle + 1));
    assert_null(poll_group_lock(&groups, handle ^ 0x10000));
    assert_null(poll_group_lock(&groups, handle | 0xffff));
    poll_group_unlock(poll_group_lock(&groups, handle));
}

static void user_data_reaches_waiting_messages(void **state)
{
    SteamNetworkingMessage_t *messages[2];
    struct inbox inbox;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    arrive(&inbox, 0, 1, 1);
    inbox_publish(&inbox);
    arrive(&inbox, 0, 2, 1); /* not published yet */
    inbox_set_user_data(&inbox, 55);
    inbox_publish(&inbox);
    assert_int_equal(inbox_take(&inbox, messages, 2), 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(messages[i]->m_nConnUserData, 55);
        messages[i]->m_pfnRelease(messages[i]);
    }
    inbox_destroy(&inbox);
}

static bool readable(int descriptor)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};

    return poll(&watched, 1, 0) == 1;
}

static void descriptors_tell_what_waits(void **state)
{
    HSteamNetPollGroup handle;
    struct poll_group *group = open_group(&handle);
    struct inbox inbox, lonely;
    struct list discarded;
    int all, of_group;

    (void)state;
    inbox_init(&inbox, 7, &readiness, NULL);
    inbox_init(&lonely, 8, &readiness, NULL);
    assert_true(inbox_set_group(&inbox, group, handle));
    arrive(&inbox, 0, 1, 1);
    inbox_publish(&inbox);
    all = readiness_descriptor(&readiness);
    assert_true(all >= 0);
    assert_int_equal(readiness_descriptor(&readiness), all);
    of_group = wait_handle_open(&group->wait, !list_empty(&group->queue));
    assert_true(readable(all));
    assert_true(readable(of_group));

    arrive(&lonely, 0, 1, 1);
    inbox_publish(&lonely);
    expect_taken_from_group(handle, (int64_t[]){1, 0});
    assert_false(readable(of_group));
    assert_true(readable(all));
    inbox_discard(&lonely, &discarded);
    inbox_release_discarded(&discarded);
    assert_false(readable(all));

    arrive(&inbox, 0, 2, 1);
    inbox_publish(&inbox);
    arrive(&inbox, 0, 3, 1);
    inbox_publish(&inbox);
    assert_true(readable(of_group));
    assert_true(readable(all));
    assert_true(inbox_set_group(&inbox, NULL, 0));
    assert_false(readable(of_group));
    assert_true(readable(all));
    inbox_destroy(&inbox);
    assert_false(readable(all));
    inbox_destroy(&lonely);
}

static struct inbox contended;
static HSteamNetPollGroup contended_group;
static atomic_bool filled;

static void *fetch_from_group(void *unused)
{
    SteamNetworkingMessage_t *messages[4];

    (void)unused;
    while (!atomic_load(&filled)) {
        struct poll_group *group = poll_group_lock(&groups, contended_group);
        int count = poll_group_take(group, messages, 4);

        poll_group_unlock(group);
        for (int i = 0; i < count; i++)
            messages[i]->m_pfnRelease(messages[i]);
    }
    return NULL;
}

/* While the application makes room, one message may be refused and the next one taken: the first still waits. */
static void a_refusal_is_remembered_when_later_messages_find_room(void **state)
{
    enum { ARRIVALS = 200000, ROOM = 3 };
    pthread_t thread;
    struct message *refused = NULL;
    struct poll_group *group = open_group(&contended_group);

    (void)state;
    inbox_init(&contended, 1, &readiness, NULL);
    assert_true(inbox_set_group(&contended, group, contended_group));
    atomic_store(&filled, false);
    assert_int_equal(pthread_create(&thread, NULL, fetch_from_group, NULL), 0);
    for (int i = 1; i <= ARRIVALS; i++) {
        struct message *message = refused ? refused : make(0, i, i);

        if (inbox_accept(&contended, message, ROOM, MANY)) {
            refused = NULL;
        } else {
            refused = message;
            /* Of another lane, as it were. */
            message = make(1, i, i);
            if (inbox_accept(&contended, message, ROOM, MANY))
                assert_true(atomic_load(&contended.refused));
            else
                message_release(message);
            inbox_take_refused(&contended);
        }
        inbox_publish(&contended);
    }
    atomic_store(&filled, true);
    pthread_join(thread, NULL);
    message_release(refused);
    inbox_destroy(&contended);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arrivals_show_when_published, set_up, tear_down),
        cmocka_unit_test_setup_teardown(late_messages_of_a_lane_are_put_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reordering_takes_bounded_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_arrivals_are_put_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_refuse_and_room_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_reports_who_has_room_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_group_mixes_by_arrival_and_each_message_comes_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moving_takes_waiting_messages_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_ended_group_takes_nobody_and_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(group_handles_are_recognised, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_is_remembered_when_later_messages_find_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(user_data_reaches_waiting_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(descriptors_tell_what_waits, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
