/*
 * ISteamNetworkingMessages on the running library: sessions of a process with itself, which is the peer that needs no
 * back end; that nothing of the hidden connections shows; waiting; ends; threads.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fumarole/fumarole.h"

static int status_events, request_events, failed_events;

static void on_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    (void)event;
    status_events++;
}

static void on_request(SteamNetworkingMessagesSessionRequest_t *event)
{
    (void)event;
    request_events++;
}

static void on_failed(SteamNetworkingMessagesSessionFailed_t *event)
{
    (void)event;
    failed_events++;
}

static SteamNetworkingIdentity self;

static int start_as(const char *name)
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();

    Fumarole_SetLocalMode(false);
    if (name)
        SteamAPI_SteamNetworkingIdentity_SetGenericString(&self, name);
    else
        SteamAPI_SteamNetworkingIdentity_SetLocalHost(&self);
    if (!GameNetworkingSockets_Init(name ? &self : NULL, NULL))
        return -1;
    status_events = request_events = failed_events = 0;
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, on_status);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionRequest(utils, on_request);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionFailed(utils, on_failed);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_as("me");
}

static int stop(void **state)
{
    (void)state;
    GameNetworkingSockets_Kill();
    return 0;
}

static EResult send_text(const char *text, int flags, int channel)
{
    return SteamAPI_ISteamNetworkingMessages_SendMessageToUser(SteamNetworkingMessages_LibV2(), &self, text,
                                                               (uint32)strlen(text), flags, channel);
}

static int receive(int channel, SteamNetworkingMessage_t **messages, int maximum)
{
    return SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(SteamNetworkingMessages_LibV2(), channel,
                                                                      messages, maximum);
}

static void expect_text(int channel, const char *text)
{
    SteamNetworkingMessage_t *message;

    assert_int_equal(receive(channel, &message, 1), 1);
    assert_int_equal(message->m_cbSize, strlen(text));
    assert_memory_equal(message->m_pData, text, strlen(text));
    assert_int_equal(message->m_nChannel, channel);
    assert_int_equal(message->m_conn, 0);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&message->m_identityPeer, &self));
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static void expect_no_events(void)
{
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(SteamNetworkingSockets_LibV12());
    assert_int_equal(status_events, 0);
    assert_int_equal(request_events, 0);
    assert_int_equal(failed_events, 0);
}

static int session_state(SteamNetConnectionInfo_t *info)
{
    return SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo(SteamNetworkingMessages_LibV2(), &self, info,
                                                                      NULL);
}

/* ---- what goes through ---------------------------------------------------------------------------------------- */

static void talk_to_oneself(void)
{
    SteamNetworkingMessage_t *messages[8];
    SteamNetConnectionInfo_t info;

    assert_int_equal(session_state(NULL), k_ESteamNetworkingConnectionState_None);
    assert_int_equal(send_text("one", k_nSteamNetworkingSend_Unreliable, 7), k_EResultOK);
    assert_int_equal(send_text("two", k_nSteamNetworkingSend_UnreliableNoDelay, -7), k_EResultOK);
    assert_int_equal(send_text("three", k_nSteamNetworkingSend_Reliable, 7), k_EResultOK);
    assert_int_equal(session_state(&info), k_ESteamNetworkingConnectionState_Connected);
    assert_int_equal(info.m_nFlags,
                     k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers | k_nSteamNetworkConnectionInfoFlags_Fast);
    assert_int_equal(info.m_hListenSocket, 0);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&info.m_identityRemote, &self));
    expect_text(7, "one");
    expect_text(7, "three");
    assert_int_equal(receive(7, messages, 8), 0);
    expect_text(-7, "two");
    assert_int_equal(receive(0, messages, 8), 0);
    expect_no_events();
    assert_true(SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(SteamNetworkingMessages_LibV2(), &self));
    expect_no_events();
    assert_int_equal(session_state(NULL), k_ESteamNetworkingConnectionState_None);
    /* And once more from the beginning. */
    assert_int_equal(send_text("four", k_nSteamNetworkingSend_Reliable, 1), k_EResultOK);
    expect_text(1, "four");
    expect_no_events();
}

static void test_talking_to_oneself(void **state)
{
    (void)state;
    talk_to_oneself();
}

static void test_talking_to_oneself_without_a_name(void **state)
{
    (void)state;
    GameNetworkingSockets_Kill();
    assert_int_equal(start_as(NULL), 0);
    talk_to_oneself();
}

static void test_sizes(void **state)
{
    ISteamNetworkingMessages *messages = SteamNetworkingMessages_LibV2();
    const uint32 limit = k_cbMaxSteamNetworkingSocketsMessageSizeSend;
    char *data = calloc(1, limit + 1);
    SteamNetworkingMessage_t *message;

    (void)state;
    data[limit - 1] = 'z';
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(messages, &self, data, limit + 1, 8, 0),
                     k_EResultInvalidParam);
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(messages, &self, NULL, 0, 8, 0), k_EResultOK);
    assert_int_equal(receive(0, &message, 1), 1);
    assert_int_equal(message->m_cbSize, 0);
    assert_null(message->m_pData);
    SteamAPI_SteamNetworkingMessage_t_Release(message);
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(messages, &self, data, limit, 8, 0),
                     k_EResultOK);
    assert_int_equal(receive(0, &message, 1), 1);
    assert_int_equal(message->m_cbSize, limit);
    assert_memory_equal(message->m_pData, data, limit);
    /* It outlives the library. */
    GameNetworkingSockets_Kill();
    assert_memory_equal(message->m_pData, data, limit);
    SteamAPI_SteamNetworkingMessage_t_Release(message);
    free(data);
}

static void test_nobody_else_can_be_reached(void **state)
{
    ISteamNetworkingMessages *messages = SteamNetworkingMessages_LibV2();
    SteamNetworkingIdentity stranger;
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&stranger, "stranger");
    memset(&info, 0xff, sizeof(info));
    memset(&status, 0xff, sizeof(status));
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(messages, &stranger, "x", 1, 8, 0),
                     k_EResultFail);
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(
                         messages, &stranger, "x", 1, k_nSteamNetworkingSend_AutoRestartBrokenSession, 0),
                     k_EResultFail);
    assert_false(SteamAPI_ISteamNetworkingMessages_AcceptSessionWithUser(messages, &stranger));
    assert_false(SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(messages, &stranger));
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo(messages, &stranger, &info, &status),
                     k_ESteamNetworkingConnectionState_None);
    assert_true(info.m_eState == 0 && info.reserved[62] == 0 && status.m_eState == 0 && status.reserved[14] == 0);
    expect_no_events();
}

/* ---- waiting -------------------------------------------------------------------------------------------------- */

static bool readable(void)
{
    struct pollfd watched = {.fd = Fumarole_GetWaitDescriptor(), .events = POLLIN};

    return poll(&watched, 1, 0) == 1;
}

static void test_waiting(void **state)
{
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_non_null(SteamNetworkingMessages_LibV2());
    assert_false(readable());
    assert_false(Fumarole_Wait(0));
    assert_int_equal(send_text("one", k_nSteamNetworkingSend_Reliable, 1), k_EResultOK);
    assert_int_equal(send_text("two", k_nSteamNetworkingSend_Reliable, 2), k_EResultOK);
    assert_true(Fumarole_Wait(-1));
    assert_true(readable());
    /* Asking for one channel must not silence the other. */
    assert_int_equal(receive(3, &message, 1), 0);
    assert_true(readable());
    expect_text(1, "one");
    assert_true(Fumarole_Wait(0));
    expect_text(2, "two");
    assert_false(readable());
    assert_false(Fumarole_Wait(0));
}

/* ---- ends ----------------------------------------------------------------------------------------------------- */

static void test_reset_of_the_identity(void **state)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_equal(send_text("old", k_nSteamNetworkingSend_Reliable, 0), k_EResultOK);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&self, "other");
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(sockets, &self);
    assert_int_equal(receive(0, &message, 1), 0);
    expect_no_events();
    assert_false(Fumarole_Wait(0));
    talk_to_oneself();
}

static void test_reset_that_is_refused(void **state)
{
    SteamNetworkingIdentity malformed;

    (void)state;
    assert_int_equal(send_text("kept", k_nSteamNetworkingSend_Reliable, 0), k_EResultOK);
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(NULL, NULL);
    memset(&malformed, 0xff, sizeof(malformed));
    SteamAPI_ISteamNetworkingSockets_ResetIdentity(SteamNetworkingSockets_LibV12(), &malformed);
    expect_text(0, "kept");
    assert_int_equal(session_state(NULL), k_ESteamNetworkingConnectionState_Connected);
}

static void test_kill_in_the_middle(void **state)
{
    for (int i = 0; i < 5; i++) {
        SteamNetworkingMessage_t *message;

        assert_int_equal(send_text("unread", k_nSteamNetworkingSend_Reliable, 0), k_EResultOK);
        if (i % 2)
            assert_int_equal(receive(1, &message, 1), 0); /* moves it on */
        GameNetworkingSockets_Kill();
        assert_null(SteamNetworkingMessages_LibV2());
        assert_int_equal(start(state), 0);
        assert_int_equal(receive(0, &message, 1), 0);
    }
}

static void test_closing_a_channel(void **state)
{
    ISteamNetworkingMessages *messages = SteamNetworkingMessages_LibV2();

    (void)state;
    assert_int_equal(send_text("a", k_nSteamNetworkingSend_Reliable, 1), k_EResultOK);
    assert_int_equal(send_text("b", k_nSteamNetworkingSend_Reliable, 2), k_EResultOK);
    assert_false(SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(messages, &self, 3));
    assert_true(SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(messages, &self, 1));
    assert_int_equal(session_state(NULL), k_ESteamNetworkingConnectionState_Connected);
    expect_text(2, "b");
    assert_true(SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(messages, &self, 2));
    assert_int_equal(session_state(NULL), k_ESteamNetworkingConnectionState_None);
    expect_no_events();
}

static void test_manual_mode(void **state)
{
    (void)state;
    SteamNetworkingSockets_SetManualPollMode(true);
    talk_to_oneself();
    SteamNetworkingSockets_Poll(0);
    assert_true(SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(SteamNetworkingMessages_LibV2(), &self));
    SteamNetworkingSockets_Poll(0);
    expect_no_events();
    SteamNetworkingSockets_SetManualPollMode(false);
}

/* ---- threads -------------------------------------------------------------------------------------------------- */

enum { WRITERS = 3, EACH = 300 };

static void *write_many(void *argument)
{
    int channel = *(int *)argument;
    char text[16];

    for (int i = 0; i < EACH; i++) {
        EResult result;

        snprintf(text, sizeof(text), "%d", i);
        do
            result = send_text(text, k_nSteamNetworkingSend_Reliable, channel);
        while (result == k_EResultLimitExceeded);
        if (result != k_EResultOK)
            return (void *)(intptr_t)result;
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    pthread_t writers[WRITERS];
    int channels[WRITERS], next[WRITERS] = {0}, total = 0;

    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        channels[i] = i;
        assert_int_equal(pthread_create(&writers[i], NULL, write_many, &channels[i]), 0);
    }
    while (total < WRITERS * EACH) {
        for (int channel = 0; channel < WRITERS; channel++) {
            SteamNetworkingMessage_t *messages[32];
            int count = receive(channel, messages, 32);

            for (int i = 0; i < count; i++) {
                char text[16];

                snprintf(text, sizeof(text), "%d", next[channel]++);
                assert_memory_equal(messages[i]->m_pData, text, strlen(text));
                SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
            }
            total += count;
        }
        if (total < WRITERS * EACH)
            Fumarole_Wait(1000);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *result;

        pthread_join(writers[i], &result);
        assert_null(result);
    }
    expect_no_events();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_talking_to_oneself),
        TEST(test_talking_to_oneself_without_a_name),
        TEST(test_sizes),
        TEST(test_nobody_else_can_be_reached),
        TEST(test_waiting),
        TEST(test_reset_of_the_identity),
        TEST(test_reset_that_is_refused),
        TEST(test_kill_in_the_middle),
        TEST(test_closing_a_channel),
        TEST(test_manual_mode),
        TEST(test_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
