/* Callbacks that call everything (api-contract 1.4, 3.3): closing, stopping, starting, running callbacks in callbacks.
 */
#include "fixture.h"

static HSteamNetConnection ends[6];
static int calls;
static bool order_kept;
static void (*in_first_call)(void);

/* Counts, looks whether the events come in the order of user data, and does what the test wants in the first of them.
 */
static void act(SteamNetConnectionStatusChangedCallback_t *event)
{
    order_kept = order_kept && event->m_info.m_nUserData == calls;
    if (calls++ == 0 && in_first_call)
        in_first_call();
}

/* Four events wait: the ends of two pipes, closed one after the other. */
static void queue_four_events(void (*action)(void))
{
    for (int i = 0; i < 4; i += 2)
        assert_true(
            SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &ends[i], &ends[i + 1], false, NULL, NULL));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, act));
    calls = 0;
    order_kept = true;
    in_first_call = action;
    for (int i = 0; i < 4; i++)
        assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, ends[i], i / 2 * 2 + 1 - i % 2));
    for (int i = 0; i < 4; i += 2)
        assert_true(close_connection(ends[i + 1])); /* posts this end's event and the other's */
}

static void bring_about_and_run(void)
{
    assert_true(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &ends[4], &ends[5], false, NULL, NULL));
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, ends[5], 4));
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, ends[4], 5));
    assert_true(close_connection(ends[5]));
    run_callbacks();
    assert_int_equal(calls, 6);
}

static void callbacks_in_a_callback_keep_the_order(void **state)
{
    (void)state;
    queue_four_events(bring_about_and_run);
    run_callbacks();
    assert_int_equal(calls, 6);
    assert_true(order_kept);
}

static void close_the_rest(void)
{
    assert_true(close_connection(ends[0]));
    assert_true(close_connection(ends[2]));
}

static void closing_in_a_callback_is_told_in_the_next_run(void **state)
{
    (void)state;
    queue_four_events(close_the_rest);
    run_callbacks();
    assert_int_equal(calls, 4);
    run_callbacks();
    assert_int_equal(calls, 6);
}

static void nothing_is_called_after_stopping_in_a_callback(void **state)
{
    (void)state;
    start_as(NULL);
    queue_four_events(GameNetworkingSockets_Kill);
    run_callbacks();
    assert_int_equal(calls, 1);
    assert_null(SteamAPI_SteamNetworkingSockets_v009());
}

static void stop_and_start(void)
{
    GameNetworkingSockets_Kill();
    assert_true(GameNetworkingSockets_Init(NULL, NULL));
}

static void nothing_old_is_called_after_starting_again_in_a_callback(void **state)
{
    HSteamNetConnection a, b;

    (void)state;
    start_as(NULL);
    queue_four_events(stop_and_start);
    run_callbacks();
    assert_int_equal(calls, 1);
    assert_true(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &a, &b, false, NULL, NULL));
    assert_true(close_connection(a));
    run_callbacks();
    assert_int_equal(calls, 3); /* the new life's events come */
    stop(NULL);
}

static void become_another(void)
{
    SteamNetworkingIdentity identity;

    assert_true(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "another"));
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, &identity);
}

static void the_identity_can_be_reset_in_a_callback(void **state)
{
    (void)state;
    queue_four_events(become_another);
    run_callbacks();
    assert_int_equal(calls, 4);
    run_callbacks();
    assert_int_equal(calls, 6); /* the two ends that were still open */
    assert_int_equal(state_of(ends[0]), NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(callbacks_in_a_callback_keep_the_order),
        with_library(closing_in_a_callback_is_told_in_the_next_run),
        cmocka_unit_test(nothing_is_called_after_stopping_in_a_callback),
        cmocka_unit_test(nothing_old_is_called_after_starting_again_in_a_callback),
        with_library(the_identity_can_be_reset_in_a_callback),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
