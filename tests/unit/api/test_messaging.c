/* Sending, flushing, lanes, receiving and what the figures say, over UDP (api-contract 9.4, 9.5, 10, 11, 12). */
#include "fixture.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define Send(connection, data, size, flags, number)                                                                    \
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, data, size, flags, number)
#define Receive(connection, messages, count)                                                                           \
    SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, messages, count)
#define Flush(connection) SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, connection)

static char block[524288 + 1];

static void fields_of_a_received_message(void **state)
{
    struct link link = link_up();
    int64 before = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(utils), number = 0;
    SteamNetworkingMessage_t *message;
    SteamNetConnectionInfo_t info;

    (void)state;
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, link.server, 4711));
    assert_int_equal(Send(link.client, "abc", 3, RELIABLE_NOW, &number), k_EResultOK);
    assert_int_equal(number, 1);
    message = receive_one(link.server);
    assert_int_equal(message->m_cbSize, 3);
    assert_memory_equal(message->m_pData, "abc", 3);
    assert_int_equal(message->m_conn, link.server);
    info = info_of(link.server);
    assert_memory_equal(&message->m_identityPeer, &info.m_identityRemote, sizeof(message->m_identityPeer));
    assert_int_equal(message->m_nConnUserData, 4711);
    assert_true(message->m_usecTimeReceived >= before);
    assert_true(message->m_usecTimeReceived <= SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(utils));
    assert_int_equal(message->m_nMessageNumber, 1);
    assert_int_equal(message->m_nChannel, -1);
    assert_int_equal(message->m_nFlags & RELIABLE, RELIABLE);
    assert_int_equal(message->m_idxLane, 0);
    release(message);

    assert_int_equal(Send(link.server, "de", 2, k_nSteamNetworkingSend_UnreliableNoNagle, &number), k_EResultOK);
    assert_int_equal(number, 1);
    message = receive_one(link.client);
    assert_int_equal(message->m_nFlags & RELIABLE, 0);
    assert_int_equal(message->m_nConnUserData, -1);
    release(message);
}

static void reliable_and_unreliable_share_the_numbers(void **state)
{
    struct link link = link_up();
    int64 number;

    (void)state;
    for (int i = 1; i <= 6; i++) {
        assert_int_equal(Send(link.client, "x", 1, i % 2 ? RELIABLE : UNRELIABLE, &number), k_EResultOK);
        assert_int_equal(number, i);
    }
}

static void an_empty_message_is_a_message(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_equal(Send(link.client, NULL, 0, RELIABLE_NOW, NULL), k_EResultOK);
    message = receive_one(link.server);
    assert_int_equal(message->m_cbSize, 0);
    assert_null(message->m_pData);
    release(message);
}

static void results_of_sending(void **state)
{
    struct link link = link_up();
    int64 number = 55;

    (void)state;
    assert_int_equal(Send(0, "x", 1, RELIABLE, &number), k_EResultInvalidParam);
    assert_int_equal(number, 55);
    assert_int_equal(Send(link.client, block, sizeof(block), RELIABLE, &number), k_EResultInvalidParam);
    assert_int_equal(number, -1);
    assert_int_equal(Send(link.client, block, 0xffffffff, RELIABLE, NULL), k_EResultInvalidParam);
    assert_int_equal(Send(link.client, NULL, 5, RELIABLE, &number), k_EResultInvalidParam);
    assert_true(logged("data is null"));

    assert_true(close_connection(link.server));
    await(state_of(link.client) == CLOSED_BY_PEER);
    assert_int_equal(Send(link.client, "x", 1, RELIABLE, &number), k_EResultNoConnection);
    assert_int_equal(number, -1);
    assert_int_equal(Flush(link.client), k_EResultNoConnection);
}

static void before_the_connection_is_there(void **state)
{
    struct link link = knock(0, NULL, 0, NULL);
    int64 number = 5;

    (void)state;
    assert_int_equal(Send(link.client, "x", 1, k_nSteamNetworkingSend_UnreliableNoDelay, &number), k_EResultIgnored);
    assert_int_equal(number, -1);
    assert_int_equal(Send(link.client, "early", 5, RELIABLE, &number), k_EResultOK);
    assert_int_equal(number, 1);
    assert_int_equal(Send(link.server, "early too", 9, RELIABLE, &number), k_EResultOK);
    /* The largest message is just what the buffer holds, if nothing else waits. */
    assert_int_equal(Send(link.client, block, sizeof(block) - 1, RELIABLE, &number), k_EResultLimitExceeded);
    assert_int_equal(number, -1);
    assert_int_equal(Flush(link.client), k_EResultIgnored);
    assert_int_equal(Flush(0), k_EResultInvalidParam);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, link.server), k_EResultOK);
    expect_text(link.server, "early");
    expect_text(link.client, "early too");
    assert_int_equal(Flush(link.client), k_EResultOK);
}

static void the_largest_message_travels(void **state)
{
    SteamNetworkingConfigValue_t rates[2] = {int_option(k_ESteamNetworkingConfig_SendRateMin, 100000000),
                                             int_option(k_ESteamNetworkingConfig_SendRateMax, 100000000)};
    struct link link = link_up_with(0, NULL, 2, rates);
    SteamNetworkingMessage_t *message;

    (void)state;
    for (size_t i = 0; i < sizeof(block); i++)
        block[i] = (char)(i * 2654435761u >> 13);
    assert_int_equal(Send(link.client, block, sizeof(block) - 1, RELIABLE, NULL), k_EResultOK);
    message = receive_one(link.server);
    assert_int_equal(message->m_cbSize, sizeof(block) - 1);
    assert_memory_equal(message->m_pData, block, sizeof(block) - 1);
    release(message);
}

static void a_large_unreliable_message_is_sent_reliably(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_equal(Send(link.client, block, 16501, k_nSteamNetworkingSend_UnreliableNoNagle, NULL), k_EResultOK);
    message = receive_one(link.server);
    assert_int_equal(message->m_cbSize, 16501);
    assert_int_equal(message->m_nFlags & RELIABLE, RELIABLE);
    release(message);
    assert_int_equal(Send(link.client, block, 16500, k_nSteamNetworkingSend_UnreliableNoNagle, NULL), k_EResultOK);
    message = receive_one(link.server);
    assert_int_equal(message->m_cbSize, 16500);
    assert_int_equal(message->m_nFlags & RELIABLE, 0);
    release(message);
}

static void flushing_releases_what_waits(void **state)
{
    SteamNetworkingConfigValue_t slow = int_option(k_ESteamNetworkingConfig_NagleTime, 20000);
    struct link link = link_up_with(0, NULL, 1, &slow);
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    assert_int_equal(Send(link.client, "wait", 4, RELIABLE, NULL), k_EResultOK);
    assert_int_equal(Flush(link.client), k_EResultOK);
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link.client, &status, 0, NULL),
        k_EResultOK);
    assert_int_equal(status.m_cbPendingReliable, 0);
    assert_true(status.m_cbSentUnackedReliable > 0);
    expect_text(link.server, "wait");
}

/* ---- SendMessages ------------------------------------------------------------------------------------------------ */

static atomic_int freed;

static void count_free(SteamNetworkingMessage_t *message)
{
    (void)message;
    atomic_fetch_add(&freed, 1);
}

static SteamNetworkingMessage_t *make(HSteamNetConnection connection, const char *text, int flags)
{
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, (int)strlen(text));

    assert_non_null(message);
    if (text[0])
        memcpy(message->m_pData, text, strlen(text));
    message->m_conn = connection;
    message->m_nFlags = flags;
    return message;
}

static void allocated_messages_are_blank(void **state)
{
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 100);

    (void)state;
    assert_non_null(message->m_pData);
    assert_int_equal(message->m_cbSize, 100);
    assert_int_equal(message->m_conn, 0);
    assert_int_equal(message->m_identityPeer.m_eType, 0);
    assert_int_equal(message->m_nFlags, 0);
    assert_int_equal(message->m_idxLane, 0);
    assert_int_equal(message->m_nUserData, 0);
    assert_int_equal(message->m_nChannel, -1);
    assert_int_equal(message->m_nMessageNumber, 0);
    release(message);
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 0);
    assert_null(message->m_pData);
    assert_int_equal(message->m_cbSize, 0);
    assert_true(message->m_pfnFreeData == NULL);
    release(message);
    assert_null(SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, -1));
}

static void many_messages_at_once(void **state)
{
    enum { COUNT = 200 };
    struct link first = link_up(), second = link_up();
    SteamNetworkingMessage_t *messages[COUNT];
    int64 results[COUNT];
    char text[32];

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof(text), "message %d", i / 2);
        messages[i] = make(i % 2 ? first.client : second.client, text, RELIABLE);
    }
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, COUNT, messages, results, false);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(results[i], i / 2 + 1);
        assert_null(messages[i]);
    }
    for (int i = 0; i < COUNT / 2; i++) {
        snprintf(text, sizeof(text), "message %d", i);
        expect_text(first.server, text);
        expect_text(second.server, text);
    }
}

static void failed_messages_stay_or_go(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *messages[7], *kept;
    int64 results[7];

    (void)state;
    for (int delete_failed = 0; delete_failed < 2; delete_failed++) {
        atomic_store(&freed, 0);
        messages[0] = make(link.client, "good", RELIABLE_NOW);
        messages[1] = NULL;
        messages[2] = make(0, "nowhere", RELIABLE);
        messages[3] = make(link.client ^ 0x10000, "stale", RELIABLE);
        messages[4] = make(link.client, "bad lane", RELIABLE);
        messages[4]->m_idxLane = 9;
        messages[5] = make(link.client, "behind it", RELIABLE);
        messages[6] = make(link.server, "other", RELIABLE_NOW);
        for (int i = 0; i < 7; i++) {
            if (messages[i])
                messages[i]->m_pfnFreeData = count_free;
        }
        kept = messages[4];
        SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 7, messages, results, delete_failed);
        assert_int_equal(results[0], delete_failed ? 2 : 1);
        assert_int_equal(results[1], -k_EResultInvalidParam);
        assert_int_equal(results[2], -k_EResultInvalidParam);
        assert_int_equal(results[3], -k_EResultInvalidParam);
        assert_int_equal(results[4], -k_EResultInvalidParam);
        assert_int_equal(results[5], 0);
        assert_int_equal(results[6], delete_failed ? 2 : 1);
        if (delete_failed) {
            assert_ptr_equal(messages[4], kept); /* the array is as it was */
        } else {
            assert_null(messages[0]);
            assert_null(messages[6]);
            assert_ptr_equal(messages[4], kept);
            for (int i = 2; i < 6; i++)
                release(messages[i]);
        }
        expect_text(link.server, "good");
        expect_text(link.client, "other");
    }
    /* without results, and with nothing */
    messages[0] = make(0, "nowhere", RELIABLE);
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, messages, NULL, true);
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 0, NULL, NULL, true);
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, -1, messages, NULL, true);
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 5, NULL, NULL, true);
}

static void payloads_are_freed_once(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *message;

    (void)state;
    atomic_store(&freed, 0);
    for (int i = 0; i < 10; i++) {
        message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 0);
        message->m_pData = block;
        message->m_cbSize = 1000;
        message->m_pfnFreeData = count_free;
        message->m_conn = link.client;
        message->m_nFlags = i % 2 ? RELIABLE_NOW : k_nSteamNetworkingSend_UnreliableNoNagle;
        SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, NULL, true);
    }
    for (int i = 0; i < 5; i++) { /* the reliable ones are sure to come */
        do {
            message = receive_one(link.server);
            if (!(message->m_nFlags & RELIABLE))
                i--;
            assert_int_equal(message->m_cbSize, 1000);
            release(message);
        } while (0);
    }
    assert_true(close_connection(link.client));
    GameNetworkingSockets_Kill();
    assert_int_equal(atomic_load(&freed), 10);
    start_as(NULL);
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

static void receiving_has_its_rules(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *messages[4];

    (void)state;
    assert_int_equal(Receive(link.client, messages, 4), 0);
    assert_int_equal(Receive(link.client, messages, 0), 0);
    assert_int_equal(Receive(link.client, messages, -3), 0);
    assert_int_equal(Receive(link.client, NULL, 4), 0);
    assert_int_equal(Receive(0, messages, 4), -1);
    assert_int_equal(Receive(link.client ^ 0x10000, messages, 4), -1);
    assert_true(logged("ReceiveMessagesOnConnection: hConn"));
}

static void user_data_of_waiting_messages_is_rewritten(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *first, *second;

    (void)state;
    assert_int_equal(send_text(link.client, "1", RELIABLE_NOW), k_EResultOK);
    first = receive_one(link.server);
    assert_int_equal(first->m_nConnUserData, -1);
    assert_int_equal(send_text(link.client, "2", RELIABLE_NOW), k_EResultOK);
    await(Fumarole_Wait(0));
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, link.server, 8));
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(sockets, link.server), 8);
    second = receive_one(link.server);
    assert_int_equal(second->m_nConnUserData, 8);
    assert_int_equal(first->m_nConnUserData, -1);
    release(first);
    release(second);
}

/* Back-pressure: a small receive buffer loses nothing that is reliable (api-contract 11.2). */
static void a_full_receive_buffer_loses_no_reliable_byte(void **state)
{
    SteamNetworkingConfigValue_t small[2] = {int_option(k_ESteamNetworkingConfig_RecvBufferMessages, 5),
                                             int_option(k_ESteamNetworkingConfig_RecvBufferSize, 4096)};
    SteamNetworkingConfigValue_t rates[2] = {int_option(k_ESteamNetworkingConfig_SendRateMin, 10000000),
                                             int_option(k_ESteamNetworkingConfig_SendRateMax, 10000000)};
    struct link link = link_up_with(2, small, 2, rates);
    HSteamNetPollGroup group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    int expected = 0;

    (void)state;
    for (uint32_t i = 0; i < 400; i++) {
        memcpy(block, &i, sizeof(i));
        assert_int_equal(Send(link.client, block, 4 + i * 7 % 1200, RELIABLE, NULL), k_EResultOK);
    }
    while (expected < 400) {
        SteamNetworkingMessage_t *messages[3];
        int count;

        /* Half of it is read through the connection, half through a group. */
        if (expected == 200)
            assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, link.server, group));
        await((count = expected < 200 ? Receive(link.server, messages, expected < 198 ? 3 : 1)
                                      : SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group,
                                                                                                    messages, 3)) > 0);
        for (int i = 0; i < count; i++) {
            uint32_t index;

            memcpy(&index, messages[i]->m_pData, sizeof(index));
            assert_int_equal(index, expected);
            assert_int_equal(messages[i]->m_cbSize, 4 + expected * 7 % 1200);
            expected++;
            release(messages[i]);
        }
    }
}

static void a_message_above_the_receivers_limit_ends_the_connection(void **state)
{
    SteamNetworkingConfigValue_t small = int_option(k_ESteamNetworkingConfig_RecvMaxMessageSize, 100);
    struct link link = link_up_with(1, &small, 0, NULL);

    (void)state;
    assert_int_equal(Send(link.client, block, 101, RELIABLE_NOW, NULL), k_EResultOK);
    await(state_of(link.server) == PROBLEM);
    assert_int_equal(info_of(link.server).m_eEndReason, k_ESteamNetConnectionEnd_Misc_InternalError);
    await(state_of(link.client) == CLOSED_BY_PEER);
}

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

static void lanes_are_served_by_priority(void **state)
{
    SteamNetworkingConfigValue_t rates[2] = {int_option(k_ESteamNetworkingConfig_SendRateMin, 200000),
                                             int_option(k_ESteamNetworkingConfig_SendRateMax, 200000)};
    struct link link = knock(0, NULL, 2, rates);
    const int priorities[3] = {5, 1, 9};
    int received[3] = {0, 0, 0}, order[3], finished = 0;

    (void)state;
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, link.client, 3, priorities, NULL),
        k_EResultOK);
    for (int lane = 0; lane < 3; lane++) {
        for (int i = 0; i < 10; i++) {
            SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 3000);
            int64 result;

            memset(message->m_pData, lane, 3000);
            message->m_conn = link.client;
            message->m_idxLane = (uint16)lane;
            message->m_nFlags = RELIABLE;
            SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &result, true);
            assert_int_equal(result, i + 1); /* each lane counts for itself */
        }
    }
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, link.server), k_EResultOK);
    while (finished < 3) {
        SteamNetworkingMessage_t *message = receive_one(link.server);
        int lane = message->m_idxLane;

        assert_int_equal(((char *)message->m_pData)[0], lane);
        assert_int_equal(message->m_nMessageNumber, ++received[lane]);
        if (received[lane] == 10)
            order[finished++] = lane;
        release(message);
    }
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 2);
}

static void configuring_lanes_has_its_rules(void **state)
{
    struct link link = link_up();
    SteamNetConnectionRealTimeLaneStatus_t lanes[3];
    SteamNetConnectionRealTimeStatus_t status;
    uint16 weights[2] = {1, 0};

    (void)state;
#define Configure(connection, count, weights)                                                                          \
    SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, connection, count, NULL, weights)
#define Status(count, lanes)                                                                                           \
    SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link.client, &status, count, lanes)
    assert_int_equal(Configure(0, 2, NULL), k_EResultNoConnection);
    assert_int_equal(Configure(link.client, 0, NULL), k_EResultInvalidParam);
    assert_int_equal(Configure(link.client, 256, NULL), k_EResultInvalidParam);
    assert_int_equal(Configure(link.client, 2, weights), k_EResultInvalidParam);
    weights[1] = 3;
    assert_int_equal(Configure(link.client, 2, weights), k_EResultOK);
    assert_int_equal(Configure(link.client, 1, NULL), k_EResultInvalidParam);

    assert_int_equal(Status(2, lanes), k_EResultOK);
    assert_int_equal(Status(3, lanes), k_EResultInvalidParam);
    assert_int_equal(Status(-1, lanes), k_EResultInvalidParam);
    assert_int_equal(Status(1, NULL), k_EResultInvalidParam);
    assert_int_equal(Status(0, NULL), k_EResultOK);
    assert_true(status.m_usecQueueTime == INT64_MAX); /* more than one lane */

    assert_true(close_connection(link.server));
    await(state_of(link.client) == CLOSED_BY_PEER);
    assert_int_equal(Configure(link.client, 3, NULL), k_EResultInvalidState);
}

/* ---- how it is doing --------------------------------------------------------------------------------------------- */

static void the_real_time_status_makes_sense(void **state)
{
    struct link link = link_up();
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    assert_int_equal(Status(0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, CONNECTED);
    assert_true(status.m_nPing >= -1 && status.m_nPing < 5000);
    assert_int_equal(status.m_nSendRateBytesPerSecond, 262144);
    assert_int_equal(status.m_cbPendingUnreliable, 0);
    assert_int_equal(Send(link.client, block, 100000, RELIABLE, NULL), k_EResultOK);
    assert_int_equal(Status(0, NULL), k_EResultOK);
    assert_true(status.m_cbPendingReliable + status.m_cbSentUnackedReliable >= 100000);
    assert_true(status.m_usecQueueTime > 0 && status.m_usecQueueTime < 5000000);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link.client, NULL, 0, NULL),
                     k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, 0, &status, 0, NULL),
                     k_EResultNoConnection);
    assert_true(close_connection(link.server));
    await(state_of(link.client) == CLOSED_BY_PEER);
    assert_int_equal(Status(0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, CLOSED_BY_PEER);
    assert_true(status.m_usecQueueTime == INT64_MAX);
}

static int send_rate(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;

    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, connection, &status, 0, NULL),
        k_EResultOK);
    return status.m_nSendRateBytesPerSecond;
}

/* Minimum and maximum together, in an order in which the one never passes the other; 0: back to what is inherited. */
static void set_rates(ESteamNetworkingConfigScope scope, intptr_t object, int32 rate)
{
    const void *argument = rate ? &rate : NULL;

    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, k_ESteamNetworkingConfig_SendRateMax, scope,
                                                              object, k_ESteamNetworkingConfig_Int32, argument));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, k_ESteamNetworkingConfig_SendRateMin, scope,
                                                              object, k_ESteamNetworkingConfig_Int32, argument));
}

/* Every level reaches the connections below it at once (api-contract 4.1). */
static void configuration_changes_reach_living_connections(void **state)
{
    struct link link = link_up();

    (void)state;
    assert_int_equal(send_rate(link.client), 262144);
    set_rates(k_ESteamNetworkingConfig_Global, 0, 300000);
    assert_int_equal(send_rate(link.client), 300000);
    assert_int_equal(send_rate(link.server), 300000);
    set_rates(k_ESteamNetworkingConfig_SocketsInterface, (intptr_t)sockets, 400000);
    assert_int_equal(send_rate(link.client), 400000);
    assert_int_equal(send_rate(link.server), 400000);
    set_rates(k_ESteamNetworkingConfig_ListenSocket, (intptr_t)link.listener, 500000);
    assert_int_equal(send_rate(link.client), 400000);
    assert_int_equal(send_rate(link.server), 500000);
    set_rates(k_ESteamNetworkingConfig_Connection, (intptr_t)link.client, 600000);
    assert_int_equal(send_rate(link.client), 600000);
    set_rates(k_ESteamNetworkingConfig_Global, 0, 0);
    set_rates(k_ESteamNetworkingConfig_ListenSocket, (intptr_t)link.listener, 0);
    assert_int_equal(send_rate(link.server), 400000);
    set_rates(k_ESteamNetworkingConfig_SocketsInterface, (intptr_t)sockets, 0);
    assert_int_equal(send_rate(link.server), 262144);
    assert_int_equal(send_rate(link.client), 600000);

    assert_false(SteamAPI_ISteamNetworkingUtils_SetConfigValue(
        utils, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_ListenSocket, (intptr_t)link.client,
        k_ESteamNetworkingConfig_Int32, &(int32){1}));
    assert_false(SteamAPI_ISteamNetworkingUtils_SetConfigValue(
        utils, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_SocketsInterface, (intptr_t)&link,
        k_ESteamNetworkingConfig_Int32, &(int32){1}));
}

/* A packet size is made smaller while data is on its way, and nothing suffers (config value 32). */
static void packets_shrink_under_way(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *message;

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        block[i] = (char)(i * 7 >> 2);
    assert_int_equal(Send(link.client, block, 50000, RELIABLE, NULL), k_EResultOK);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        utils, link.client, k_ESteamNetworkingConfig_MTU_PacketSize, 300));
    assert_int_equal(Send(link.client, block + 50000, 50000, RELIABLE_NOW, NULL), k_EResultOK);
    for (int i = 0; i < 2; i++) {
        message = receive_one(link.server);
        assert_int_equal(message->m_cbSize, 50000);
        assert_memory_equal(message->m_pData, block + i * 50000, 50000);
        release(message);
    }
}

static void the_detailed_status_tells_its_size(void **state)
{
    struct link link = link_up();
    char small[20], *text;
    int needed;

    (void)state;
#define Detailed(connection, buffer, size)                                                                             \
    SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, connection, buffer, size)
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, link.client, "Ariadne");
    needed = Detailed(link.client, NULL, 0);
    assert_true(needed > 1024);
    memset(small, 'x', sizeof(small));
    assert_true(Detailed(link.client, small, sizeof(small)) > 1024);
    assert_int_equal(strlen(small), sizeof(small) - 1);
    text = malloc((size_t)needed);
    assert_int_equal(Detailed(link.client, text, needed), 0);
    assert_non_null(strstr(text, "Ariadne"));
    assert_true(strlen(text) + 1 <= (size_t)needed - 512);
    free(text);
    assert_int_equal(Detailed(0, small, sizeof(small)), -1);
    assert_true(Detailed(link.client, small, -5) > 0);
}

static void names_are_kept_short(void **state)
{
    struct link link = link_up();
    char name[64] = "?";

    (void)state;
#define GetName(connection, size) SteamAPI_ISteamNetworkingSockets_GetConnectionName(sockets, connection, name, size)
    assert_true(GetName(link.client, 64));
    assert_string_equal(name, "");
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, link.client, "a name of more than thirty-one bytes");
    assert_true(GetName(link.client, 64));
    assert_string_equal(name, "a name of more than thirty-one ");
    assert_non_null(strstr(info_of(link.client).m_szConnectionDescription, "'a name of more"));
    assert_true(GetName(link.client, 5));
    assert_string_equal(name, "a na");
    assert_false(GetName(link.client, 0));
    assert_false(GetName(0, 64));
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, link.client, NULL);
    assert_true(GetName(link.client, 64));
    assert_string_equal(name, "");
    assert_null(strchr(info_of(link.client).m_szConnectionDescription, '\''));
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, 0, "x");
}

static void all_of_the_info_is_written(void **state)
{
    struct link link = link_up();
    SteamNetConnectionInfo_t info;

    (void)state;
    memset(&info, 0xee, sizeof(info));
    assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, &info));
    for (size_t i = 0; i < sizeof(info.reserved) / sizeof(info.reserved[0]); i++)
        assert_int_equal(info.reserved[i], 0);
    assert_int_equal(info.m_idPOPRemote, 0);
    assert_int_equal(info.m__pad1, 0);
    assert_true(strstr(info.m_szConnectionDescription, "UDP 127.0.0.1:") != NULL);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, NULL));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, 0, &info));
}

/*
 * Messages that may wait are gathered behind datagrams that have just left, but whole packets never wait for Nagle's
 * time, even when the application falls silent.
 */
static void whole_packets_do_not_wait_for_others(void **state)
{
    enum { MESSAGES = 60, SIZE = 300, NAGLE_SECONDS = 30 };
    const SteamNetworkingConfigValue_t patient =
        int_option(k_ESteamNetworkingConfig_NagleTime, NAGLE_SECONDS * 1000000);
    struct link link = link_up_with(0, NULL, 1, &patient);
    int64 begun = milliseconds_now();
    char data[SIZE] = "";

    (void)state;
    for (int round = 0; round < 3; round++) {
        int taken = 0, whole;

        for (int i = 0; i < MESSAGES; i++)
            assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, data, SIZE,
                                                                                      RELIABLE, NULL),
                             k_EResultOK);
        for (whole = MESSAGES - 4; taken < whole; taken++) /* four fill a packet */
            release(receive_one(link.server));
        assert_in_range(milliseconds_now() - begun, 0, NAGLE_SECONDS * 1000 / 2);
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, link.client), k_EResultOK);
        for (; taken < MESSAGES; taken++)
            release(receive_one(link.server));
    }
    assert_in_range(milliseconds_now() - begun, 0, NAGLE_SECONDS * 1000 / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(fields_of_a_received_message),
        with_library(reliable_and_unreliable_share_the_numbers),
        with_library(an_empty_message_is_a_message),
        with_library(results_of_sending),
        with_library(before_the_connection_is_there),
        with_library(the_largest_message_travels),
        with_library(a_large_unreliable_message_is_sent_reliably),
        with_library(flushing_releases_what_waits),
        with_library(allocated_messages_are_blank),
        with_library(many_messages_at_once),
        with_library(failed_messages_stay_or_go),
        with_library(payloads_are_freed_once),
        with_library(receiving_has_its_rules),
        with_library(user_data_of_waiting_messages_is_rewritten),
        with_library(a_full_receive_buffer_loses_no_reliable_byte),
        with_library(a_message_above_the_receivers_limit_ends_the_connection),
        with_library(lanes_are_served_by_priority),
        with_library(configuring_lanes_has_its_rules),
        with_library(the_real_time_status_makes_sense),
        with_library(configuration_changes_reach_living_connections),
        with_library(packets_shrink_under_way),
        with_library(the_detailed_status_tells_its_size),
        with_library(names_are_kept_short),
        with_library(all_of_the_info_is_written),
        with_library(whole_packets_do_not_wait_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
