/*
 * The logic of message sessions, with a transport made up here: who is asked, what is sent how, what is kept and
 * thrown away, when a session ends and what the application hears of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/message_sessions.h"
#include "base/alloc.h"
#include "wire/identity.h"

enum { CONNECTIONS = 64, QUEUE = 2048, NO_FLAGS = 0, RELIABLE = k_nSteamNetworkingSend_Reliable };

#define STATE(name) k_ESteamNetworkingConnectionState_##name
#define START       (3000000 * SECOND)
#define IDLE        (180 * SECOND)

/* ---- the transport: every connection is a queue of what was sent and one of what arrived ---------------------- */

struct fake_connection {
    int state;
    bool open;
    bool accepted;
    int close_reason;
    SteamNetworkingIdentity peer;
    struct message *sent[QUEUE];
    int sent_count;
    struct message *arrived[QUEUE];
    int arrived_first, arrived_count;
    int unacknowledged;
};

static struct fake {
    struct session_transport transport;
    struct fake_connection connections[CONNECTIONS]; /* by handle; 0 is nobody */
    int used;
    bool reachable;
    EResult send_result; /* 0: works */
    EResult accept_result;
    SteamNetworkingIdentity own;
    int requests, failures, pending_changes;
    bool pending;
    SteamNetworkingIdentity last_request;
    SteamNetConnectionInfo_t last_failure;
} fake;

static struct message_sessions sessions;
static struct memory_quota quota;
static microseconds now;

static struct fake_connection *at(HSteamNetConnection handle)
{
    assert_true(handle > 0 && handle <= (uint32_t)fake.used);
    return &fake.connections[handle];
}

static HSteamNetConnection new_connection(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle = (HSteamNetConnection)++fake.used;

    assert_true(handle < CONNECTIONS);
    fake.connections[handle].open = true;
    fake.connections[handle].peer = *peer;
    fake.connections[handle].state = STATE(Connecting);
    return handle;
}

static HSteamNetConnection fake_connect(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    return fake.reachable ? new_connection(peer) : 0;
}

static EResult fake_accept(struct session_transport *transport, HSteamNetConnection handle)
{
    (void)transport;
    if (fake.accept_result)
        return fake.accept_result;
    at(handle)->accepted = true;
    return k_EResultOK;
}

static void fake_close(struct session_transport *transport, HSteamNetConnection handle, int reason, const char *text)
{
    (void)transport;
    (void)text;
    assert_true(at(handle)->open);
    at(handle)->open = false;
    at(handle)->close_reason = reason;
}

static EResult fake_send(struct session_transport *transport, struct message *message)
{
    struct fake_connection *connection = at(message->api.m_conn);

    (void)transport;
    if (fake.send_result)
        return fake.send_result;
    if (connection->state > STATE(Connected))
        return k_EResultNoConnection;
    assert_true(connection->open && connection->sent_count < QUEUE);
    connection->sent[connection->sent_count++] = message;
    return k_EResultOK;
}

static int fake_receive(struct session_transport *transport, HSteamNetConnection handle,
                        SteamNetworkingMessage_t **messages, int maximum)
{
    struct fake_connection *connection = at(handle);
    int count = 0;

    (void)transport;
    while (connection->open && count < maximum && connection->arrived_count > 0) {
        messages[count++] = &connection->arrived[connection->arrived_first++]->api;
        connection->arrived_count--;
    }
    return count;
}

static bool fake_info(struct session_transport *transport, HSteamNetConnection handle, SteamNetConnectionInfo_t *info)
{
    (void)transport;
    memset(info, 0, sizeof(*info));
    if (!at(handle)->open)
        return false;
    info->m_eState = (ESteamNetworkingConnectionState)at(handle)->state;
    info->m_identityRemote = at(handle)->peer;
    info->m_hListenSocket = 77;
    info->m_eEndReason = at(handle)->state > STATE(Connected) ? 5003 : 0;
    return true;
}

static EResult fake_status(struct session_transport *transport, HSteamNetConnection handle,
                           SteamNetConnectionRealTimeStatus_t *status)
{
    (void)transport;
    memset(status, 0, sizeof(*status));
    if (!at(handle)->open)
        return k_EResultNoConnection;
    status->m_eState = (ESteamNetworkingConnectionState)at(handle)->state;
    status->m_cbSentUnackedReliable = at(handle)->unacknowledged;
    return k_EResultOK;
}

static bool fake_is_own(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    return identity_equal(peer, &fake.own);
}

static void fake_requested(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    (void)transport;
    fake.requests++;
    fake.last_request = *peer;
}

static void fake_failed(struct session_transport *transport, const SteamNetConnectionInfo_t *info)
{
    (void)transport;
    fake.failures++;
    fake.last_failure = *info;
}

static void fake_pending(struct session_transport *transport, bool pending)
{
    (void)transport;
    assert_int_not_equal(pending, fake.pending); /* told of changes only */
    fake.pending = pending;
    fake.pending_changes++;
}

static SteamNetworkingIdentity name(const char *text)
{
    SteamNetworkingIdentity identity;

    memset(&identity, 0, sizeof(identity));
    assert_true(identity_set_string(&identity, text, strlen(text)));
    return identity;
}

static SteamNetworkingIdentity anna, bert;

static int set_up(void **state)
{
    static const uint8_t key[SIPHASH_KEY_SIZE] = {1, 2, 3};

    (void)state;
    memset(&fake, 0, sizeof(fake));
    fake.transport = (struct session_transport){
        .connect = fake_connect,
        .accept = fake_accept,
        .close = fake_close,
        .send = fake_send,
        .receive = fake_receive,
        .info = fake_info,
        .status = fake_status,
        .is_own = fake_is_own,
        .requested = fake_requested,
        .failed = fake_failed,
        .pending = fake_pending,
    };
    fake.reachable = true;
    fake.own = name("self");
    anna = name("anna");
    bert = name("bert");
    now = START;
    memory_quota_init(&quota, 0);
    sessions_init(&sessions, &fake.transport, key, &quota);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sessions_destroy(&sessions);
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_false(fake.pending);
    for (int i = 1; i <= fake.used; i++) {
        struct fake_connection *connection = &fake.connections[i];

        for (int j = 0; j < connection->sent_count; j++)
            message_release(connection->sent[j]);
        for (int j = 0; j < connection->arrived_count; j++)
            message_release(connection->arrived[connection->arrived_first + j]);
    }
    return 0;
}

/* ---- making things happen ------------------------------------------------------------------------------------- */

static void event(HSteamNetConnection handle, int state, int old, int reason, bool incoming)
{
    SteamNetConnectionStatusChangedCallback_t change;

    memset(&change, 0, sizeof(change));
    change.m_hConn = handle;
    change.m_eOldState = (ESteamNetworkingConnectionState)old;
    change.m_info.m_eState = (ESteamNetworkingConnectionState)state;
    change.m_info.m_identityRemote = at(handle)->peer;
    change.m_info.m_hListenSocket = incoming ? 77 : 0;
    change.m_info.m_eEndReason = reason;
    if (state)
        at(handle)->state = state;
    sessions_event(&sessions, &change, now);
}

static HSteamNetConnection request_from(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle = new_connection(peer);

    event(handle, STATE(Connecting), STATE(None), 0, true);
    return handle;
}

static void free_apart(SteamNetworkingMessage_t *message)
{
    free(message->m_pData);
}

static void arrive(HSteamNetConnection handle, int channel, const char *text, bool apart)
{
    struct fake_connection *connection = at(handle);
    size_t length = strlen(text);
    struct message *message = message_allocate((int)length + 5);
    uint8_t *data = message->api.m_pData;

    if (apart) { /* a payload that does not lie behind the message */
        data = message->api.m_pData = malloc(length + 5);
        message->api.m_pfnFreeData = free_apart;
    }
    data[0] = 99; /* nobody looks at it */
    for (int i = 0; i < 4; i++)
        data[1 + i] = (uint8_t)((uint32_t)channel >> 8 * i);
    memcpy(data + 5, text, length);
    message->api.m_conn = handle;
    message->api.m_identityPeer = connection->peer;
    assert_true(connection->arrived_first + connection->arrived_count < QUEUE);
    connection->arrived[connection->arrived_first + connection->arrived_count++] = message;
}

static EResult send_text(const SteamNetworkingIdentity *peer, const char *text, int flags, int channel)
{
    return sessions_send(&sessions, peer, text, (uint32_t)strlen(text), flags, channel, now);
}

static HSteamNetConnection connected_session(const SteamNetworkingIdentity *peer)
{
    HSteamNetConnection handle;

    assert_int_equal(send_text(peer, "hello", RELIABLE, 0), k_EResultOK);
    handle = (HSteamNetConnection)fake.used;
    event(handle, STATE(Connected), STATE(Connecting), 0, false);
    return handle;
}

static void expect_message(int channel, const SteamNetworkingIdentity *peer, const char *text)
{
    SteamNetworkingMessage_t *message = NULL;

    assert_int_equal(sessions_receive(&sessions, channel, &message, 1), 1);
    assert_int_equal(message->m_cbSize, strlen(text));
    if (*text)
        assert_memory_equal(message->m_pData, text, strlen(text));
    else
        assert_null(message->m_pData);
    assert_int_equal(message->m_nChannel, channel);
    assert_int_equal(message->m_conn, 0);
    assert_true(identity_equal(&message->m_identityPeer, peer));
    message->m_pfnRelease(message);
}

static void expect_nothing(int channel)
{
    SteamNetworkingMessage_t *message = NULL;

    assert_int_equal(sessions_receive(&sessions, channel, &message, 1), 0);
}

static int state_of(const SteamNetworkingIdentity *peer)
{
    return sessions_info(&sessions, peer, NULL, NULL);
}

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

/* ---- ends ----------------------------------------------------------------------------------------------------- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
        TEST(test_session_with_ourselves),
        TEST(test_memory_shortage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
