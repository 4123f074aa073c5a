#include "path/pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    CLOSED_BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
    DEAD = k_ESteamNetworkingConnectionState_Dead,
    RELIABLE = k_nSteamNetworkingSend_Reliable,
};

struct owner {
    struct pipe_events events;
    struct pipe_end end;
    int changes;
    int last_old_state;
    struct list received;
    int count;
    int room;    /* messages that are still taken */
    int largest; /* bytes of one that is */
};

static struct owner a, b;

static void changed(struct pipe_events *events, struct pipe_end *end, int old_state)
{
    struct owner *owner = container_of(events, struct owner, events);

    assert_ptr_equal(end, &owner->end);
    owner->changes++;
    owner->last_old_state = old_state;
}

static EResult deliver(struct pipe_events *events, struct pipe_end *end, struct message *message)
{
    struct owner *owner = container_of(events, struct owner, events);

    assert_ptr_equal(end, &owner->end);
    if (message->api.m_cbSize > owner->largest)
        return k_EResultInvalidParam;
    if (owner->room == 0)
        return k_EResultLimitExceeded;
    owner->room--;
    owner->count++;
    list_push_back(&owner->received, &message->queue_node);
    return k_EResultOK;
}

static void init_owner(struct owner *owner)
{
    memset(owner, 0, sizeof(*owner));
    owner->events.state_changed = changed;
    owner->events.deliver = deliver;
    owner->room = 1000;
    owner->largest = PIPE_MESSAGE_MAXIMUM;
    list_init(&owner->received);
}

static void join(const microseconds *deadlines)
{
    init_owner(&a);
    init_owner(&b);
    pipe_init((struct pipe_end *[2]){&a.end, &b.end}, (struct pipe_events *[2]){&a.events, &b.events}, deadlines);
}

static const microseconds later[2] = {100, 200};

static void part(void)
{
    struct list_node *node;

    pipe_end_destroy(&a.end);
    pipe_end_destroy(&b.end);
    while ((node = list_pop_front(&a.received)) || (node = list_pop_front(&b.received)))
        message_release(container_of(node, struct message, queue_node));
}

static struct message *make(int size, int flags, int lane)
{
    struct message *message = message_allocate(size);

    assert_non_null(message);
    message->api.m_nFlags = flags;
    message->api.m_idxLane = (uint16_t)lane;
    return message;
}

static EResult send(struct owner *from, int size, int flags, int lane, int64_t *number)
{
    struct message *message = make(size, flags, lane);
    EResult result = pipe_send(&from->end, message, 1000, 50, number);

    if (result != k_EResultOK) {
        assert_int_equal(*number, -1);
        message_release(message);
    }
    return result;
}

static void the_very_object_arrives(void **state)
{
    struct message *message = make(3, RELIABLE, 0), *arrived;
    int64_t number;

    (void)state;
    join(NULL);
    assert_int_equal(a.end.state, CONNECTED);
    assert_int_equal(b.end.state, CONNECTED);
    message->api.m_nUserData = 42;
    assert_int_equal(pipe_send(&a.end, message, 0, 77, &number), k_EResultOK);
    assert_int_equal(number, 1);
    assert_int_equal(b.count, 1);
    arrived = list_first_entry(&b.received, struct message, queue_node);
    assert_ptr_equal(arrived, message);
    assert_int_equal(arrived->api.m_nUserData, 42);
    assert_int_equal(arrived->api.m_nFlags, RELIABLE);
    assert_int_equal(arrived->api.m_nMessageNumber, 1);
    assert_int_equal(arrived->api.m_usecTimeReceived, 77);
    assert_int_equal(a.changes + b.changes, 0);
    part();
}

static void bad_messages_stay_with_the_sender(void **state)
{
    struct message *message = make(0, 0, 0);
    int64_t number;

    (void)state;
    join(NULL);
    assert_int_equal(send(&a, 1, 0, 1, &number), k_EResultInvalidParam);
    message->api.m_cbSize = PIPE_MESSAGE_MAXIMUM + 1;
    assert_int_equal(pipe_send(&a.end, message, 0, 0, &number), k_EResultInvalidParam);
    message->api.m_cbSize = -1;
    assert_int_equal(pipe_send(&a.end, message, 0, 0, &number), k_EResultInvalidParam);
    message->api.m_cbSize = 0;
    b.room = 0;
    assert_int_equal(pipe_send(&a.end, message, 0, 0, &number), k_EResultLimitExceeded);
    b.room = 1;
    b.largest = -1;
    assert_int_equal(pipe_send(&a.end, message, 0, 0, &number), k_EResultInvalidParam);
    b.largest = 0;
    assert_int_equal(pipe_send(&a.end, message, 0, 0, &number), k_EResultOK);
    assert_int_equal(number, 1); /* the failures took no number */
    part();
}

static void closing_ends_both_sides(void **state)
{
    int64_t number;

    (void)state;
    join(NULL);
    pipe_close(&a.end, 1234, "enough");
    assert_int_equal(a.end.state, DEAD);
    assert_int_equal(b.end.state, CLOSED_BY_PEER);
    assert_int_equal(b.end.end_reason, 1234);
    assert_string_equal(b.end.end_text, "enough");
    assert_int_equal(a.changes, 1);
    assert_int_equal(b.changes, 1);
    assert_int_equal(send(&a, 1, 0, 0, &number), k_EResultInvalidState);
    assert_int_equal(send(&b, 1, 0, 0, &number), k_EResultNoConnection);
    assert_int_equal(pipe_configure_lanes(&b.end, 2, NULL), k_EResultInvalidState);
    pipe_end_destroy(&a.end);
    pipe_close(&b.end, 1999, "ignored");
    assert_int_equal(b.end.state, DEAD);
    assert_int_equal(b.end.end_reason, 1234);
    pipe_close(&b.end, 1999, "ignored");
    assert_int_equal(b.changes, 2);
    part();
}

static void accepting_connects_both_and_delivers_what_waited(void **state)
{
    int64_t number;

    (void)state;
    join(later);
    assert_int_equal(a.end.state, CONNECTING);
    assert_int_equal(pipe_accept(&a.end, 1), k_EResultInvalidParam);
    assert_int_equal(send(&a, 10, 0, 0, &number), k_EResultOK);
    assert_int_equal(send(&a, 20, RELIABLE, 0, &number), k_EResultOK);
    assert_int_equal(number, 2);
    assert_int_equal(send(&a, 5, k_nSteamNetworkingSend_NoDelay, 0, &number), k_EResultIgnored);
    assert_int_equal(send(&a, 971, 0, 0, &number), k_EResultLimitExceeded); /* 30 + 971 > 1000 */
    assert_int_equal(send(&b, 7, RELIABLE, 0, &number), k_EResultOK);
    assert_int_equal(a.end.held_bytes, 30);
    assert_int_equal(b.count, 0);
    assert_int_equal(pipe_accept(&b.end, 60), k_EResultOK);
    assert_int_equal(pipe_accept(&b.end, 60), k_EResultInvalidState);
    assert_int_equal(a.end.state, CONNECTED);
    assert_int_equal(b.end.state, CONNECTED);
    assert_int_equal(a.count, 1);
    assert_int_equal(b.count, 2);
    assert_int_equal(a.end.held_bytes, 0);
    assert_true(a.end.deadline == TIME_NEVER && b.end.deadline == TIME_NEVER);
    part();
}

static void what_waits_is_bounded_even_if_it_is_empty(void **state)
{
    int64_t number;

    (void)state;
    join(later);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(send(&a, 0, RELIABLE, 0, &number), k_EResultOK);
    assert_int_equal(send(&a, 0, RELIABLE, 0, &number), k_EResultLimitExceeded);
    assert_int_equal(pipe_accept(&b.end, 60), k_EResultOK);
    assert_int_equal(a.end.held_messages, 0);
    assert_int_equal(b.count, 1000);
    part();
}

static void nobody_accepting_is_a_timeout(void **state)
{
    int64_t number;

    (void)state;
    join(later);
    assert_int_equal(send(&a, 10, 0, 0, &number), k_EResultOK); /* dropped, not leaked */
    pipe_tick(&a.end, 99);
    assert_int_equal(a.end.state, CONNECTING);
    pipe_tick(&b.end, 200);
    assert_int_equal(b.end.state, PROBLEM);
    assert_int_equal(b.end.end_reason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_int_equal(a.end.state, CLOSED_BY_PEER);
    assert_int_equal(a.end.end_reason, k_ESteamNetConnectionEnd_Misc_Timeout);
    pipe_tick(&a.end, 300);
    assert_int_equal(a.changes + b.changes, 2);
    part();
}

static void refusing_what_waited_is_a_problem_only_if_reliable(void **state)
{
    int64_t number;

    (void)state;
    join(later);
    b.room = 0;
    assert_int_equal(send(&a, 10, 0, 0, &number), k_EResultOK);
    assert_int_equal(pipe_accept(&b.end, 60), k_EResultOK);
    assert_int_equal(a.end.state, CONNECTED);
    part();

    join(later);
    b.room = 0;
    assert_int_equal(send(&a, 10, RELIABLE, 0, &number), k_EResultOK);
    assert_int_equal(pipe_accept(&b.end, 60), k_EResultOK);
    assert_int_equal(a.end.state, PROBLEM);
    assert_int_equal(b.end.state, CLOSED_BY_PEER);
    part();
}

static void lanes_count_for_themselves(void **state)
{
    int64_t number;

    (void)state;
    join(NULL);
    assert_int_equal(send(&a, 1, 0, 0, &number), k_EResultOK);
    assert_int_equal(pipe_configure_lanes(&a.end, 0, NULL), k_EResultInvalidParam);
    assert_int_equal(pipe_configure_lanes(&a.end, 256, NULL), k_EResultInvalidParam);
    assert_int_equal(pipe_configure_lanes(&a.end, 2, (uint16_t[]){1, 0}), k_EResultInvalidParam);
    assert_int_equal(pipe_configure_lanes(&a.end, 2, (uint16_t[]){1, 1}), k_EResultOK);
    assert_int_equal(pipe_configure_lanes(&a.end, 1, NULL), k_EResultInvalidParam);
    assert_int_equal(send(&a, 1, 0, 1, &number), k_EResultOK);
    assert_int_equal(number, 1);
    assert_int_equal(send(&a, 1, 0, 0, &number), k_EResultOK);
    assert_int_equal(number, 2);
    assert_int_equal(pipe_configure_lanes(&a.end, 255, NULL), k_EResultOK);
    assert_int_equal(send(&a, 1, 0, 1, &number), k_EResultOK);
    assert_int_equal(number, 2);
    assert_int_equal(send(&a, 1, 0, 254, &number), k_EResultOK);
    assert_int_equal(number, 1);
    part();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_very_object_arrives),
        cmocka_unit_test(bad_messages_stay_with_the_sender),
        cmocka_unit_test(closing_ends_both_sides),
        cmocka_unit_test(accepting_connects_both_and_delivers_what_waited),
        cmocka_unit_test(what_waits_is_bounded_even_if_it_is_empty),
        cmocka_unit_test(nobody_accepting_is_a_timeout),
        cmocka_unit_test(refusing_what_waited_is_a_problem_only_if_reliable),
        cmocka_unit_test(lanes_count_for_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
