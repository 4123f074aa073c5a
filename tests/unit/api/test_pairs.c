/* Connections within the process: socket pairs of both kinds and P2P by memory (api-contract 7.1, 11.2, 13). */
#include "fixture.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define Send(connection, data, size, flags, number)                                                                    \
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, data, size, flags, number)
#define Receive(connection, messages, count)                                                                           \
    SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, messages, count)
#define Accept(connection) SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, connection)
#define Close(connection, reason, text)                                                                                \
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, reason, text, false)
#define ListenP2P(port, count, options)                                                                                \
    SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(sockets, port, count, options)
#define ConnectP2P(identity, port, count, options)                                                                     \
    SteamAPI_ISteamNetworkingSockets_ConnectP2P(sockets, identity, port, count, options)

struct pair {
    HSteamNetConnection a, b;
};

static struct pair make_pair(bool network, const char *peer_of_a, const char *peer_of_b)
{
    SteamNetworkingIdentity identities[2];
    struct pair pair;

    memset(identities, 0, sizeof(identities));
    if (peer_of_a)
        assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identities[0], sizeof(identities[0]), peer_of_a));
    if (peer_of_b)
        assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identities[1], sizeof(identities[1]), peer_of_b));
    assert_true(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(
        sockets, &pair.a, &pair.b, network, peer_of_a ? &identities[0] : NULL, peer_of_b ? &identities[1] : NULL));
    return pair;
}

static void expect_peer(HSteamNetConnection connection, const char *text)
{
    SteamNetConnectionInfo_t info = info_of(connection);
    char printed[SteamNetworkingIdentity_k_cchMaxString];

    SteamAPI_SteamNetworkingIdentity_ToString(&info.m_identityRemote, printed, sizeof(printed));
    assert_string_equal(printed, text);
}

static void both_kinds_are_connected_at_once(void **state)
{
    (void)state;
    for (int network = 0; network < 2; network++) {
        struct pair pair = make_pair(network, "str:Bonnie", "str:Clyde");

        assert_int_equal(state_of(pair.a), CONNECTED);
        assert_int_equal(state_of(pair.b), CONNECTED);
        assert_int_equal(info_of(pair.a).m_nFlags, network ? FLAG_FAST | FLAG_UNAUTHENTICATED : FLAG_PIPE | FLAG_FAST);
        expect_peer(pair.a, "str:Bonnie");
        expect_peer(pair.b, "str:Clyde");
        assert_int_equal(info_of(pair.a).m_hListenSocket, 0);
        assert_int_equal(Accept(pair.a), k_EResultInvalidState);
        assert_int_equal(send_text(pair.a, "to b", RELIABLE_NOW), k_EResultOK);
        assert_int_equal(send_text(pair.b, "to a", RELIABLE_NOW), k_EResultOK);
        expect_text(pair.a, "to a");
        expect_text(pair.b, "to b");
        run_callbacks();
        assert_int_equal(fixture_event_count, 0);

        assert_true(Close(pair.a, 1200, "over"));
        await(state_of(pair.b) == CLOSED_BY_PEER && event_of(pair.b, 0));
        assert_int_equal(info_of(pair.b).m_eEndReason, 1200);
        assert_string_equal(info_of(pair.b).m_szEndDebug, "over");
        expect_event(pair.a, 0, CONNECTED, NONE);
        expect_event(pair.b, 0, CONNECTED, CLOSED_BY_PEER);
        assert_int_equal(Send(pair.b, "x", 1, RELIABLE, NULL), k_EResultNoConnection);
        assert_true(close_connection(pair.b));
        run_callbacks();
        expect_event(pair.b, 1, CLOSED_BY_PEER, NONE);
        forget_events();
    }
}

static void without_identities_localhost_is_shown(void **state)
{
    struct pair pipe = make_pair(false, NULL, NULL), network = make_pair(true, NULL, NULL);
    SteamNetConnectionInfo_t info = info_of(network.a);

    (void)state;
    expect_peer(pipe.a, "ip:::1");
    expect_peer(pipe.b, "ip:::1");
    assert_int_equal(info.m_identityRemote.m_eType, k_ESteamNetworkingIdentityType_IPAddress);
    assert_int_equal(info.m_addrRemote.m_ipv6[12], 127);
    assert_int_not_equal(info.m_addrRemote.m_port, 0);
    info = info_of(pipe.a);
    assert_int_equal(info.m_addrRemote.m_port, 0);
}

static void a_pair_needs_both_outputs(void **state)
{
    HSteamNetConnection connection = 5;

    (void)state;
    assert_false(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &connection, NULL, false, NULL, NULL));
    assert_int_equal(connection, 0);
    assert_false(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, NULL, &connection, true, NULL, NULL));
}

/* ---- what is particular to memory ----------------------------------------------------------------------------- */

static atomic_int freed;

static void count_free(SteamNetworkingMessage_t *message)
{
    (void)message;
    atomic_fetch_add(&freed, 1);
}

static void the_message_object_itself_moves(void **state)
{
    struct pair pair = make_pair(false, "str:b", "str:a");
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 0), *received;
    static char payload[] = "payload";
    int64 result;

    (void)state;
    atomic_store(&freed, 0);
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, pair.b, 99));
    message->m_pData = payload;
    message->m_cbSize = 7;
    message->m_pfnFreeData = count_free;
    message->m_conn = pair.a;
    message->m_nFlags = k_nSteamNetworkingSend_ReliableNoNagle;
    message->m_nUserData = 12345;
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &result, true);
    assert_int_equal(result, 1);
    assert_int_equal(Receive(pair.b, &received, 1), 1); /* delivered inside the send call */
    assert_ptr_equal(received, message);
    assert_ptr_equal(received->m_pData, payload);
    assert_int_equal(received->m_conn, pair.b);
    assert_int_equal(received->m_nUserData, 12345);
    assert_int_equal(received->m_nFlags, k_nSteamNetworkingSend_ReliableNoNagle);
    assert_int_equal(received->m_nConnUserData, 99);
    assert_int_equal(received->m_nChannel, -1);
    assert_string_equal(received->m_identityPeer.m_szGenericString, "a");
    assert_int_equal(atomic_load(&freed), 0);
    release(received);
    assert_int_equal(atomic_load(&freed), 1);
}

static void memory_has_no_small_limits(void **state)
{
    enum { LARGE = 5000000 };
    struct pair pair = make_pair(false, NULL, NULL);
    char *data = calloc(1, LARGE);
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_equal(Send(pair.a, data, LARGE, RELIABLE, NULL), k_EResultOK);
    for (int i = 0; i < 3000; i++)
        assert_int_equal(Send(pair.a, data, 1000, UNRELIABLE, NULL), k_EResultOK);
    assert_int_equal(Receive(pair.b, &message, 1), 1);
    assert_int_equal(message->m_cbSize, LARGE);
    release(message);
    assert_int_equal(Send(pair.a, data, 0x10000001, RELIABLE, NULL), k_EResultInvalidParam);

    /* unless the receiver sets them */
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        utils, pair.b, k_ESteamNetworkingConfig_RecvMaxMessageSize, 500));
    assert_int_equal(Send(pair.a, data, 501, RELIABLE, NULL), k_EResultInvalidParam);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        utils, pair.b, k_ESteamNetworkingConfig_RecvBufferMessages, 3000));
    assert_int_equal(Send(pair.a, data, 500, RELIABLE, NULL), k_EResultLimitExceeded);
    assert_int_equal(Receive(pair.b, &message, 1), 1);
    release(message);
    assert_int_equal(Send(pair.a, data, 500, RELIABLE, NULL), k_EResultOK);
    free(data);
}

static void memory_has_a_status_and_lanes(void **state)
{
    struct pair pair = make_pair(false, NULL, NULL);
    SteamNetConnectionRealTimeLaneStatus_t lanes[2];
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetworkingMessage_t *message;
    char text[4096];
    int64 result;

    (void)state;
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, pair.a, &status, 0, NULL),
                     k_EResultOK);
    assert_int_equal(status.m_eState, CONNECTED);
    assert_int_equal(status.m_nPing, 0);
    assert_int_equal(status.m_usecQueueTime, 0);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, pair.a), k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, pair.a, 2, NULL, NULL),
                     k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, pair.a, &status, 2, lanes),
                     k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, pair.b, &status, 2, lanes),
                     k_EResultInvalidParam);
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 1);
    message->m_conn = pair.a;
    message->m_idxLane = 1;
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &result, true);
    assert_int_equal(result, 1);
    assert_int_equal(Receive(pair.b, &message, 1), 1);
    assert_int_equal(message->m_idxLane, 1);
    release(message);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, pair.a, text, sizeof(text)),
                     0);
    assert_non_null(strstr(text, "pipe"));
}

static void unread_messages_outlive_the_other_end(void **state)
{
    struct pair pair = make_pair(false, NULL, NULL);

    (void)state;
    assert_int_equal(send_text(pair.a, "testament", UNRELIABLE), k_EResultOK);
    assert_true(close_connection(pair.a));
    assert_int_equal(state_of(pair.b), CLOSED_BY_PEER);
    expect_text(pair.b, "testament");
}

static void a_network_pair_feels_simulated_conditions(void **state)
{
    struct pair pair = make_pair(true, NULL, NULL);
    int64 before;

    (void)state;
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(
        utils, k_ESteamNetworkingConfig_FakePacketLag_Send, 60));
    before = milliseconds_now();
    assert_int_equal(send_text(pair.a, "slow", RELIABLE_NOW), k_EResultOK);
    expect_text(pair.b, "slow");
    assert_true(milliseconds_now() - before >= 60);
}

/* ---- P2P within the process ----------------------------------------------------------------------------------- */

static SteamNetworkingIdentity self(void)
{
    SteamNetworkingIdentity identity;

    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &identity));
    return identity;
}

static void p2p_reaches_a_listener_of_this_process(void **state)
{
    SteamNetworkingIdentity own = self();
    SteamNetworkingConfigValue_t user_data = {.m_eValue = k_ESteamNetworkingConfig_ConnectionUserData,
                                              .m_eDataType = k_ESteamNetworkingConfig_Int64,
                                              .m_val.m_int64 = 31};
    HSteamListenSocket listener = ListenP2P(7, 1, &user_data);
    HSteamNetConnection client, server;
    SteamNetworkingIPAddr address;

    (void)state;
    assert_int_not_equal(listener, 0);
    assert_int_equal(ListenP2P(7, 0, NULL), 0); /* taken */
    assert_false(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &address));
    assert_int_equal(ConnectP2P(&own, 8, 0, NULL), 0); /* nobody there */
    client = ConnectP2P(&own, 7, 0, NULL);
    assert_int_not_equal(client, 0);
    run_callbacks();
    server = incoming(listener);
    assert_int_not_equal(server, 0);
    assert_int_equal(fixture_events[0].m_hConn, server); /* the listening side first */
    assert_int_equal(fixture_events[1].m_hConn, client);
    assert_int_equal(info_of(server).m_nUserData, 31);
    assert_int_equal(state_of(client), CONNECTING);
    assert_int_equal(Accept(client), k_EResultInvalidParam);
    assert_int_equal(Send(client, "early", 5, k_nSteamNetworkingSend_NoDelay, NULL), k_EResultIgnored);
    assert_int_equal(Send(client, "early", 5, RELIABLE, NULL), k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, client), k_EResultIgnored);
    assert_int_equal(Accept(server), k_EResultOK);
    assert_int_equal(state_of(client), CONNECTED);
    assert_int_equal(state_of(server), CONNECTED);
    expect_text(server, "early");
    run_callbacks();
    expect_event(server, 1, CONNECTING, CONNECTED);
    expect_event(client, 1, CONNECTING, CONNECTED);
    assert_int_equal(info_of(client).m_nFlags, FLAG_PIPE | FLAG_FAST);

    forget_events();
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
    run_callbacks();
    expect_event(server, 0, CONNECTED, NONE);
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, server, NULL));
    assert_int_equal(state_of(client), CLOSED_BY_PEER);
    assert_int_not_equal(ListenP2P(7, 0, NULL), 0); /* free again */
}

/* What waits for the other end to accept counts for its lane as it does for the connection. */
static void lanes_tell_what_waits_to_be_accepted(void **state)
{
    SteamNetConnectionRealTimeLaneStatus_t lanes[3];
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetworkingIdentity own = self();
    HSteamListenSocket listener = ListenP2P(9, 0, NULL);
    HSteamNetConnection client = ConnectP2P(&own, 9, 0, NULL);
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, 70);
    int64 number = 0;

    (void)state;
    assert_int_not_equal(client, 0);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, client, 3, NULL, NULL),
                     k_EResultOK);
    assert_int_equal(Send(client, "five!", 5, RELIABLE, NULL), k_EResultOK);
    memset(message->m_pData, 0, 70);
    message->m_conn = client;
    message->m_idxLane = 2;
    message->m_nFlags = RELIABLE;
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &number, true);
    assert_int_equal(number, 1);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, client, &status, 3, lanes),
                     k_EResultOK);
    assert_int_equal(status.m_cbPendingReliable, 75);
    assert_int_equal(lanes[0].m_cbPendingReliable, 5);
    assert_int_equal(lanes[1].m_cbPendingReliable, 0);
    assert_int_equal(lanes[2].m_cbPendingReliable, 70);
    run_callbacks();
    assert_int_equal(Accept(incoming(listener)), k_EResultOK);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, client, &status, 3, lanes),
                     k_EResultOK);
    assert_int_equal(status.m_cbPendingReliable, 0);
    assert_int_equal(lanes[2].m_cbPendingReliable, 0);
}

static void p2p_can_be_refused_and_times_out(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 100);
    SteamNetworkingIdentity own = self();
    HSteamListenSocket listener = ListenP2P(1, 1, &quick);
    HSteamNetConnection client = ConnectP2P(&own, 1, 0, NULL);

    (void)state;
    run_callbacks();
    assert_true(Close(incoming(listener), 1050, "no"));
    assert_int_equal(state_of(client), CLOSED_BY_PEER);
    assert_int_equal(info_of(client).m_eEndReason, 1050);

    client = ConnectP2P(&own, 1, 0, NULL);
    await(state_of(client) == CLOSED_BY_PEER);
    assert_int_equal(info_of(client).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_int_equal(state_of(incoming(listener)), PROBLEM);
}

static int released;

static bool send_signal(ISteamNetworkingConnectionSignaling *object, HSteamNetConnection connection,
                        const SteamNetConnectionInfo_t *info, const void *message, int size)
{
    (void)object;
    (void)connection;
    (void)info;
    (void)message;
    (void)size;
    return true;
}

static void release_signaling(ISteamNetworkingConnectionSignaling *object)
{
    (void)object;
    released++;
}

static void p2p_has_its_rules(void **state)
{
    static const struct ISteamNetworkingConnectionSignalingVtbl table = {send_signal, release_signaling};
    ISteamNetworkingConnectionSignaling signaling = {&table};
    SteamNetworkingIdentity own = self(), stranger, invalid;
    SteamNetworkingConfigValue_t bad = int_option((ESteamNetworkingConfigValue)4321, 1);
    SteamNetworkingConfigValue_t port = {.m_eValue = k_ESteamNetworkingConfig_LocalVirtualPort,
                                         .m_eDataType = k_ESteamNetworkingConfig_Int64,
                                         .m_val.m_int64 = 5};

    (void)state;
    memset(&invalid, 0, sizeof(invalid));
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&stranger, sizeof(stranger), "str:somebody else"));
    assert_int_not_equal(ListenP2P(0, 0, NULL), 0);
    assert_int_not_equal(ListenP2P(65535, 0, NULL), 0);
    assert_int_equal(ListenP2P(-1, 0, NULL), 0);
    assert_int_equal(ListenP2P(65536, 0, NULL), 0);
    assert_int_equal(ListenP2P(0x7fffffff, 0, NULL), 0);
    assert_int_equal(ListenP2P(3, 1, &bad), 0);
    assert_int_equal(ConnectP2P(NULL, 0, 0, NULL), 0);
    assert_int_equal(ConnectP2P(&invalid, 0, 0, NULL), 0);
    assert_int_equal(ConnectP2P(&own, -1, 0, NULL), 0);
    assert_int_equal(ConnectP2P(&own, 65536, 0, NULL), 0);
    assert_int_equal(ConnectP2P(&own, 0, 1, &bad), 0);
    assert_int_equal(ConnectP2P(&own, 0, 1, &port), 0);
    assert_int_equal(ConnectP2P(&own, 0, 1, NULL), 0);
    forget_log();
    assert_int_equal(ConnectP2P(&stranger, 0, 0, NULL), 0); /* no back end */
    assert_true(logged("ConnectP2P"));

    released = 0;
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(sockets, &signaling, &stranger, 0, 0, NULL), 0);
    assert_int_equal(released, 1);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(sockets, NULL, &stranger, 0, 0, NULL),
                     0);
    assert_false(SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal(sockets, "x", 1, NULL));
    run_callbacks();
    assert_int_equal(fixture_event_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(both_kinds_are_connected_at_once),
        with_library(without_identities_localhost_is_shown),
        with_library(a_pair_needs_both_outputs),
        with_library(the_message_object_itself_moves),
        with_library(memory_has_no_small_limits),
        with_library(memory_has_a_status_and_lanes),
        with_library(unread_messages_outlive_the_other_end),
        with_library(a_network_pair_feels_simulated_conditions),
        with_library(p2p_reaches_a_listener_of_this_process),
        with_library(lanes_tell_what_waits_to_be_accepted),
        with_library(p2p_can_be_refused_and_times_out),
        with_library(p2p_has_its_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
