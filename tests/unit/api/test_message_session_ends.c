/* When a message session ends, for what reason, what is thrown away then and what the application hears of it. */
#include "session_host.h"

static void test_failure_is_told_and_remembered(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    arrive(handle, 0, "last words", false);
    event(handle, STATE(ProblemDetectedLocally), STATE(Connected), 5003, false);
    assert_false(at(handle)->open);
    assert_int_equal(fake.failures, 1);
    assert_int_equal(fake.last_failure.m_eEndReason, 5003);
    assert_int_equal(fake.last_failure.m_hListenSocket, 0);
    expect_message(0, &anna, "last words");
    assert_int_equal(sessions_info(&sessions, &anna, &info, &status), STATE(ProblemDetectedLocally));
    assert_int_equal(info.m_eEndReason, 5003);
    assert_int_equal(status.m_eState, STATE(ProblemDetectedLocally));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultConnectFailed);
    assert_false(sessions_accept(&sessions, &anna, now));
    assert_int_equal(fake.used, 1);

    assert_int_equal(send_text(&anna, "x", k_nSteamNetworkingSend_AutoRestartBrokenSession, 0), k_EResultOK);
    assert_int_equal(fake.used, 2);
    assert_int_equal(state_of(&anna), STATE(Connecting));
    event(2, STATE(ClosedByPeer), STATE(Connecting), 1001, false);
    assert_int_equal(fake.failures, 2); /* refused before it ever was established */
    assert_true(sessions_close(&sessions, &anna));
    assert_false(sessions_close(&sessions, &anna));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
}

static void test_peer_closes(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    /* Established, nothing lost: no failure. */
    event(handle, STATE(ClosedByPeer), STATE(Connected), SESSION_CLOSED, false);
    assert_int_equal(fake.failures, 0);
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultConnectFailed);

    /* Idle: as if there had been none. */
    handle = connected_session(&bert);
    event(handle, STATE(ClosedByPeer), STATE(Connected), SESSION_IDLE, false);
    assert_int_equal(state_of(&bert), STATE(None));
    handle = connected_session(&bert);

    /* Idle with a message waiting here: it is kept, and sending makes a new connection. */
    arrive(handle, 0, "kept", false);
    event(handle, STATE(ClosedByPeer), STATE(Connected), SESSION_IDLE, false);
    assert_int_equal(state_of(&bert), STATE(None));
    assert_int_equal(send_text(&bert, "x", NO_FLAGS, 0), k_EResultOK);
    expect_message(0, &bert, "kept");

    /* Something was on the way. */
    handle = (HSteamNetConnection)fake.used;
    event(handle, STATE(Connected), STATE(Connecting), 0, false);
    at(handle)->unacknowledged = 1;
    event(handle, STATE(ClosedByPeer), STATE(Connected), SESSION_IDLE, false);
    assert_int_equal(fake.failures, 1);
}

static void test_request_replaces_a_broken_session(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    event(handle, STATE(ProblemDetectedLocally), STATE(Connected), 5003, false);
    handle = request_from(&anna);
    assert_int_equal(fake.requests, 1);
    assert_int_equal(state_of(&anna), STATE(Connecting));
    assert_true(sessions_accept(&sessions, &anna, now));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
    assert_int_equal(at(handle)->sent_count, 1);
}

static void test_end_that_nobody_told_of_yet(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    at(handle)->state = STATE(ProblemDetectedLocally);
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultConnectFailed);
    assert_int_equal(fake.failures, 1);
    event(handle, STATE(ProblemDetectedLocally), STATE(Connected), 5003, false);
    assert_int_equal(fake.failures, 1);

    handle = connected_session(&bert);
    at(handle)->state = STATE(ProblemDetectedLocally);
    assert_int_equal(send_text(&bert, "x", k_nSteamNetworkingSend_AutoRestartBrokenSession, 0), k_EResultOK);
    assert_int_equal(state_of(&bert), STATE(Connecting));
    assert_int_equal(fake.failures, 2);
}

static void test_closing_discards(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    arrive(handle, 0, "unread", false);
    expect_nothing(1);
    assert_true(fake.pending);
    assert_true(sessions_close(&sessions, &anna));
    assert_false(fake.pending);
    assert_int_equal(at(handle)->close_reason, 1001);
    expect_nothing(0);
    assert_int_equal(state_of(&anna), STATE(None));
}

static void test_closing_channels(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    assert_false(sessions_close_channel(&sessions, &bert, 0));
    assert_false(sessions_close_channel(&sessions, &anna, 0)); /* nothing came in on it */
    arrive(handle, 1, "a", false);
    arrive(handle, 2, "b", false);
    arrive(handle, 1, "c", false);
    assert_true(sessions_close_channel(&sessions, &anna, 1));
    assert_false(sessions_close_channel(&sessions, &anna, 1));
    expect_nothing(1);
    assert_true(at(handle)->open);
    arrive(handle, 1, "again", false);
    expect_message(1, &anna, "again");
    assert_true(sessions_close_channel(&sessions, &anna, 1));
    assert_true(sessions_close_channel(&sessions, &anna, 2));
    assert_false(at(handle)->open);
    assert_int_equal(at(handle)->close_reason, 1001);
    assert_false(sessions_close(&sessions, &anna));
}

static void test_more_channels_than_are_remembered(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    for (int i = 0; i < SESSION_CHANNELS + 10; i++) {
        arrive(handle, i, "x", false);
        expect_message(i, &anna, "x");
    }
    assert_false(sessions_close_channel(&sessions, &anna, SESSION_CHANNELS + 5));
    assert_true(sessions_close_channel(&sessions, &anna, SESSION_CHANNELS - 1));
    assert_true(at(handle)->open);
}

static void test_idle_sessions_end(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    assert_int_equal(sessions_deadline(&sessions), START + IDLE);
    now = START + IDLE - 1;
    sessions_tick(&sessions, now);
    assert_true(at(handle)->open);
    /* Sending keeps it alive; receiving does not. */
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
    now = START + IDLE + 10;
    arrive(handle, 0, "y", false);
    expect_message(0, &anna, "y");
    sessions_tick(&sessions, now);
    assert_true(at(handle)->open);
    assert_int_equal(sessions_deadline(&sessions), START + 2 * IDLE - 1);
    now = START + 2 * IDLE - 1;
    /* What is under way is waited for. */
    at(handle)->unacknowledged = 1;
    sessions_tick(&sessions, now);
    assert_true(at(handle)->open);
    assert_int_equal(sessions_deadline(&sessions), now + SECOND);
    at(handle)->unacknowledged = 0;
    /* So is what nobody fetched, with less hurry. */
    arrive(handle, 0, "z", false);
    now += SECOND;
    sessions_tick(&sessions, now);
    assert_true(at(handle)->open);
    assert_true(sessions_deadline(&sessions) > now + 10 * SECOND);
    expect_message(0, &anna, "z");
    now = sessions_deadline(&sessions);
    sessions_tick(&sessions, now);
    assert_false(at(handle)->open);
    assert_int_equal(at(handle)->close_reason, 1002);
    assert_int_equal(state_of(&anna), STATE(None));
    assert_int_equal(fake.failures, 0);
    assert_true(sessions_deadline(&sessions) == TIME_NEVER);
}

static void test_failed_sessions_are_forgotten_in_time(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    now += SECOND;
    event(handle, STATE(ProblemDetectedLocally), STATE(Connected), 5003, false);
    now += IDLE - 1;
    sessions_tick(&sessions, now);
    assert_int_equal(state_of(&anna), STATE(ProblemDetectedLocally));
    now += 1;
    sessions_tick(&sessions, now);
    assert_int_equal(state_of(&anna), STATE(None));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
}

static void test_everything_is_closed_from_outside(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    event(handle, STATE(None), STATE(Connected), 2999, false);
    assert_int_equal(state_of(&anna), STATE(None));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
    assert_int_equal(fake.used, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_failure_is_told_and_remembered),
        TEST(test_peer_closes),
        TEST(test_request_replaces_a_broken_session),
        TEST(test_end_that_nobody_told_of_yet),
        TEST(test_closing_discards),
        TEST(test_closing_channels),
        TEST(test_more_channels_than_are_remembered),
        TEST(test_idle_sessions_end),
        TEST(test_failed_sessions_are_forgotten_in_time),
        TEST(test_everything_is_closed_from_outside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
