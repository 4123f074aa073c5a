/*
 * The logic of message sessions, with a transport made up here: who is asked, what is sent how, what is kept and
 * thrown away.
 */
#include "session_host.h"

/* ---- sending -------------------------------------------------------------------------------------------------- */

static void test_first_message_makes_a_session(void **state)
{
    struct fake_connection *connection;
    const uint8_t *data;

    (void)state;
    assert_int_equal(state_of(&anna), STATE(None));
    assert_int_equal(send_text(&anna, "abc", k_nSteamNetworkingSend_UnreliableNoDelay, -2), k_EResultOK);
    assert_int_equal(fake.used, 1);
    connection = at(1);
    assert_int_equal(connection->sent_count, 1);
    assert_int_equal(connection->sent[0]->api.m_cbSize, 8);
    data = connection->sent[0]->api.m_pData;
    assert_memory_equal(data,
                        "\x01\xfe\xff\xff\xff"
                        "abc",
                        8);
    /* Not established yet: reliable, and not dropped for being late. */
    assert_int_equal(connection->sent[0]->api.m_nFlags, k_nSteamNetworkingSend_ReliableNoNagle);
    assert_int_equal(connection->sent[0]->api.m_idxLane, 0);

    event(1, STATE(Connected), STATE(Connecting), 0, false);
    assert_int_equal(state_of(&anna), STATE(Connected));
    assert_int_equal(send_text(&anna, "", 5 | k_nSteamNetworkingSend_AutoRestartBrokenSession, 1000), k_EResultOK);
    assert_int_equal(fake.used, 1);
    assert_int_equal(connection->sent[1]->api.m_nFlags, 5);
    assert_int_equal(connection->sent[1]->api.m_cbSize, 5);
    assert_int_equal(send_text(&bert, "x", NO_FLAGS, 0), k_EResultOK);
    assert_int_equal(fake.used, 2);
    assert_int_equal(fake.requests, 0);
}

static void test_what_cannot_be_sent(void **state)
{
    SteamNetworkingIdentity nobody;
    char *giant = calloc(1, k_cbMaxSteamNetworkingSocketsMessageSizeSend + 1);

    (void)state;
    identity_clear(&nobody);
    assert_int_equal(send_text(&nobody, "x", NO_FLAGS, 0), k_EResultInvalidParam);
    assert_int_equal(
        sessions_send(&sessions, &anna, giant, k_cbMaxSteamNetworkingSocketsMessageSizeSend + 1, 0, 0, now),
        k_EResultInvalidParam);
    assert_int_equal(fake.used, 0);
    assert_int_equal(sessions_send(&sessions, &anna, giant, k_cbMaxSteamNetworkingSocketsMessageSizeSend, 0, 0, now),
                     k_EResultOK);
    assert_int_equal(at(1)->sent[0]->api.m_cbSize, k_cbMaxSteamNetworkingSocketsMessageSizeSend + 5);
    free(giant);

    fake.reachable = false;
    assert_int_equal(send_text(&bert, "x", NO_FLAGS, 0), k_EResultFail);
    assert_false(sessions_close(&sessions, &bert)); /* nothing is left of the attempt */
    fake.send_result = k_EResultLimitExceeded;
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultLimitExceeded);
    assert_int_equal(at(1)->sent_count, 1);
}

/* ---- being asked ---------------------------------------------------------------------------------------------- */

static void test_request_and_acceptance(void **state)
{
    HSteamNetConnection handle = request_from(&anna);

    (void)state;
    assert_int_equal(fake.requests, 1);
    assert_true(identity_equal(&fake.last_request, &anna));
    assert_false(at(handle)->accepted);
    assert_int_equal(state_of(&anna), STATE(Connecting));
    assert_false(sessions_accept(&sessions, &bert, now));
    assert_true(sessions_accept(&sessions, &anna, now));
    assert_true(at(handle)->accepted);
    at(handle)->accepted = false;
    assert_true(sessions_accept(&sessions, &anna, now)); /* again is no mistake, and does nothing */
    assert_false(at(handle)->accepted);
    event(handle, STATE(Connected), STATE(Connecting), 0, true);
    arrive(handle, 7, "hi", false);
    expect_message(7, &anna, "hi");
}

static void test_sending_accepts(void **state)
{
    HSteamNetConnection handle = request_from(&anna);

    (void)state;
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
    assert_true(at(handle)->accepted);
    assert_int_equal(at(handle)->sent_count, 1);
    assert_int_equal(fake.used, 1);
}

static void test_ignored_request_times_out_and_comes_again(void **state)
{
    HSteamNetConnection handle = request_from(&anna);

    (void)state;
    event(handle, STATE(ProblemDetectedLocally), STATE(Connecting), 5003, true);
    assert_false(at(handle)->open);
    assert_int_equal(fake.failures, 0);
    assert_false(sessions_accept(&sessions, &anna, now));
    assert_int_equal(state_of(&anna), STATE(None));
    request_from(&anna);
    assert_int_equal(fake.requests, 2);
}

static void test_acceptance_that_fails(void **state)
{
    (void)state;
    request_from(&anna);
    fake.accept_result = k_EResultInvalidState;
    assert_false(sessions_accept(&sessions, &anna, now));
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultConnectFailed);
    fake.accept_result = k_EResultDuplicateRequest;
    assert_true(sessions_accept(&sessions, &anna, now));
}

static void test_second_request_of_a_live_session_is_refused(void **state)
{
    HSteamNetConnection first = connected_session(&anna), second = request_from(&anna);

    (void)state;
    assert_true(at(first)->open);
    assert_false(at(second)->open);
    assert_int_equal(fake.requests, 0);
}

/* ---- receiving ------------------------------------------------------------------------------------------------ */

static void test_channels_are_kept_apart(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);

    (void)state;
    arrive(handle, 1, "one", false);
    arrive(handle, -5, "minus", true);
    arrive(handle, 1, "", false);
    arrive(handle, 1, "three", true);
    expect_nothing(2);
    assert_true(fake.pending); /* they were taken out of the connection, and wait here */
    expect_message(-5, &anna, "minus");
    expect_message(1, &anna, "one");
    expect_message(1, &anna, "");
    expect_message(1, &anna, "three");
    expect_nothing(1);
    assert_false(fake.pending);
}

/* The test's own payloads are freed here; a message that is too short for its header goes silently. */
static void test_short_messages_are_dropped(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);
    struct message *message = message_allocate(4);

    (void)state;
    memset(message->api.m_pData, 0, 4);
    at(handle)->arrived[at(handle)->arrived_count++] = message;
    at(handle)->arrived[at(handle)->arrived_count++] = message_allocate(0);
    arrive(handle, 0, "good", false);
    expect_message(0, &anna, "good");
    expect_nothing(0);
}

static int frees;

static void count_free(SteamNetworkingMessage_t *message)
{
    frees++;
    free(message->m_pData);
}

static void test_payload_with_its_own_free_function(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);
    static const char *const texts[] = {"", "long enough to be moved"};

    (void)state;
    for (int i = 0; i < 2; i++) {
        frees = 0;
        arrive(handle, 3, texts[i], true);
        at(handle)->arrived[at(handle)->arrived_first + at(handle)->arrived_count - 1]->api.m_pfnFreeData = count_free;
        expect_message(3, &anna, texts[i]);
        assert_int_equal(frees, 1);
    }
}

static void test_peers_take_turns(void **state)
{
    HSteamNetConnection of_anna = connected_session(&anna), of_bert = connected_session(&bert);
    int from_bert = 0;

    (void)state;
    for (int i = 0; i < 10; i++) {
        arrive(of_anna, 0, "a", false);
        arrive(of_bert, 0, "b", false);
    }
    for (int i = 0; i < 10; i++) {
        SteamNetworkingMessage_t *message;

        assert_int_equal(sessions_receive(&sessions, 0, &message, 1), 1);
        from_bert += identity_equal(&message->m_identityPeer, &bert);
        message->m_pfnRelease(message);
    }
    assert_int_equal(from_bert, 5);
}

static void test_unread_messages_are_bounded(void **state)
{
    HSteamNetConnection handle = connected_session(&anna);
    SteamNetworkingMessage_t *messages[QUEUE];
    int count, total;

    (void)state;
    for (int i = 0; i < 1500; i++)
        arrive(handle, i % 2, "x", false);
    expect_nothing(9);
    assert_in_range(at(handle)->arrived_count, 1500 - SESSION_UNREAD_MESSAGES - 32, 1500 - SESSION_UNREAD_MESSAGES);
    count = sessions_receive(&sessions, 0, messages, QUEUE);
    assert_true(count >= 500);
    for (int i = 0; i < count; i++)
        messages[i]->m_pfnRelease(messages[i]);
    total = count;
    while ((count = sessions_receive(&sessions, 0, messages, QUEUE)) > 0) {
        for (int i = 0; i < count; i++)
            messages[i]->m_pfnRelease(messages[i]);
        total += count;
    }
    /* Those of the other channel fill the room; fetching them lets the rest in. */
    assert_in_range(total, 500, 750);
    while ((count = sessions_receive(&sessions, 1, messages, QUEUE)) > 0) {
        for (int i = 0; i < count; i++)
            messages[i]->m_pfnRelease(messages[i]);
        total += count;
    }
    while ((count = sessions_receive(&sessions, 0, messages, QUEUE)) > 0) {
        for (int i = 0; i < count; i++)
            messages[i]->m_pfnRelease(messages[i]);
        total += count;
    }
    assert_int_equal(total, 1500);
}

/* What nobody fetches counts where all received messages do; what finds no room there stays in its connection. */
static void test_unread_messages_of_all_sessions_are_bounded(void **state)
{
    HSteamNetConnection of_anna = connected_session(&anna), of_bert = connected_session(&bert);
    SteamNetworkingMessage_t *messages[QUEUE];
    int count, total = 0;

    (void)state;
    memory_quota_set_limit(&quota, MEMORY_SHARE_PIECE);
    for (int i = 0; i < 900; i++) {
        arrive(of_anna, 1, "x", false);
        arrive(of_bert, 1, "x", false);
    }
    expect_nothing(9);
    assert_in_range(at(of_anna)->arrived_count, 600, 899);
    assert_in_range(at(of_bert)->arrived_count, 600, 899);
    while ((count = sessions_receive(&sessions, 1, messages, QUEUE)) > 0) {
        for (int i = 0; i < count; i++)
            messages[i]->m_pfnRelease(messages[i]);
        total += count;
    }
    assert_int_equal(total, 1800);
    assert_int_equal(quota.wanting, 0);
}

/* ---- talking to oneself --------------------------------------------------------------------------------------- */

static void test_session_with_ourselves(void **state)
{
    HSteamNetConnection out, in;

    (void)state;
    assert_int_equal(send_text(&fake.own, "note", NO_FLAGS, 4), k_EResultOK);
    out = (HSteamNetConnection)fake.used;
    in = request_from(&fake.own);
    assert_int_equal(fake.requests, 0);
    assert_true(at(in)->accepted);
    event(in, STATE(Connected), STATE(Connecting), 0, true);
    event(out, STATE(Connected), STATE(Connecting), 0, false);
    arrive(in, 4, "note", false);
    expect_message(4, &fake.own, "note");
    assert_true(sessions_close(&sessions, &fake.own));
    assert_false(at(in)->open);
    assert_false(at(out)->open);
    /* What is left of it does no harm. */
    event(in, STATE(ClosedByPeer), STATE(Connected), 1001, true);
    assert_int_equal(fake.failures, 0);
    in = request_from(&fake.own);
    assert_false(at(in)->open);
}

/* ---- trouble -------------------------------------------------------------------------------------------------- */

static int allocations_left = -1;

static void *failing_alloc(size_t size)
{
    if (allocations_left == 0)
        return NULL;
    if (allocations_left > 0)
        allocations_left--;
    return malloc(size);
}

static void *failing_realloc(void *memory, size_t size)
{
    return allocations_left == 0 ? NULL : realloc(memory, size);
}

static void test_memory_shortage(void **state)
{
    HSteamNetConnection handle;

    (void)state;
    alloc_set_hooks(failing_alloc, free, failing_realloc);
    allocations_left = 0;
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultFail);
    handle = request_from(&bert);
    assert_false(at(handle)->open);
    assert_int_equal(fake.requests, 0);
    allocations_left = 1; /* the session, but not the message */
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultFail);
    allocations_left = -1;
    assert_int_equal(send_text(&anna, "x", NO_FLAGS, 0), k_EResultOK);
    handle = (HSteamNetConnection)fake.used;
    event(handle, STATE(Connected), STATE(Connecting), 0, false);
    arrive(handle, 5, "kept", false);
    allocations_left = 0; /* the channel is not remembered, the message is there */
    expect_message(5, &anna, "kept");
    assert_false(sessions_close_channel(&sessions, &anna, 5));
    allocations_left = -1;
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_message_makes_a_session),
        TEST(test_what_cannot_be_sent),
        TEST(test_request_and_acceptance),
        TEST(test_sending_accepts),
        TEST(test_ignored_request_times_out_and_comes_again),
        TEST(test_acceptance_that_fails),
        TEST(test_second_request_of_a_live_session_is_refused),
        TEST(test_channels_are_kept_apart),
        TEST(test_short_messages_are_dropped),
        TEST(test_payload_with_its_own_free_function),
        TEST(test_peers_take_turns),
        TEST(test_unread_messages_are_bounded),
        TEST(test_unread_messages_of_all_sessions_are_bounded),
        TEST(test_session_with_ourselves),
        TEST(test_memory_shortage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
