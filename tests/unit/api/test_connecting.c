/* Listening, connecting, accepting, closing over real UDP on the loopback address (api-contract 3, 5, 6, 8). */
#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

#define Listen(address, count, options)                                                                                \
    SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, address, count, options)
#define Connect(address, count, options)                                                                               \
    SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, address, count, options)
#define Accept(connection) SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, connection)
#define Close(connection, reason, text, linger)                                                                        \
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, reason, text, linger)

static void a_client_connects_and_both_are_told(void **state)
{
    struct link link = knock(0, NULL, 0, NULL);
    SteamNetConnectionInfo_t info;

    (void)state;
    assert_int_equal(state_of(link.client), CONNECTING);
    assert_int_equal(state_of(link.server), CONNECTING);
    info = info_of(link.client);
    assert_int_equal(info.m_identityRemote.m_eType, k_ESteamNetworkingIdentityType_Invalid);
    assert_int_equal(info.m_hListenSocket, 0);
    assert_int_equal(info.m_nFlags, FLAG_FAST | FLAG_UNAUTHENTICATED | FLAG_UNENCRYPTED);
    assert_memory_equal(&info.m_addrRemote, &link.address, sizeof(link.address));
    info = info_of(link.server);
    assert_int_equal(info.m_hListenSocket, link.listener);
    assert_int_equal(info.m_identityRemote.m_eType, k_ESteamNetworkingIdentityType_IPAddress);
    assert_memory_equal(&info.m_identityRemote.m_ip, &info.m_addrRemote, sizeof(info.m_addrRemote));

    assert_int_equal(Accept(link.server), k_EResultOK);
    assert_int_equal(state_of(link.server), CONNECTED); /* before the call returns */
    await(state_of(link.client) == CONNECTED && event_of(link.client, 1));
    info = info_of(link.client);
    assert_int_equal(info.m_nFlags, FLAG_FAST | FLAG_UNAUTHENTICATED);
    assert_int_equal(info.m_identityRemote.m_eType, k_ESteamNetworkingIdentityType_IPAddress);
    assert_memory_equal(&info.m_identityRemote.m_ip, &link.address, sizeof(link.address));
    assert_int_equal(info.m_eEndReason, 0);

    assert_int_equal(events_of(link.client), 2);
    expect_event(link.client, 0, NONE, CONNECTING);
    expect_event(link.client, 1, CONNECTING, CONNECTED);
    assert_int_equal(events_of(link.server), 2);
    expect_event(link.server, 0, NONE, CONNECTING);
    expect_event(link.server, 1, CONNECTING, CONNECTED);
    assert_int_equal(fixture_bugs, 0);
}

static void accepting_has_its_rules(void **state)
{
    struct link link = knock(0, NULL, 0, NULL);

    (void)state;
    assert_int_equal(Accept(0), k_EResultInvalidParam);
    assert_int_equal(Accept(link.server ^ 0x10000), k_EResultInvalidParam); /* the same low half */
    assert_true(logged("AcceptConnection: hConn"));
    assert_int_equal(Accept(link.client), k_EResultInvalidParam);
    assert_int_equal(Accept(link.server), k_EResultOK);
    assert_int_equal(Accept(link.server), k_EResultInvalidState);
    await(state_of(link.client) == CONNECTED);
    assert_int_equal(Accept(link.client), k_EResultInvalidState);
    assert_true(close_connection(link.server));
    assert_int_equal(Accept(link.server), k_EResultInvalidParam);
}

static void refusing_tells_the_client_why(void **state)
{
    struct link link = knock(0, NULL, 0, NULL);

    (void)state;
    assert_true(Close(link.server, 1234, "no room", false));
    await(state_of(link.client) == CLOSED_BY_PEER && event_of(link.client, 1));
    assert_int_equal(info_of(link.client).m_eEndReason, 1234);
    assert_string_equal(info_of(link.client).m_szEndDebug, "no room");
    expect_event(link.client, 1, CONNECTING, CLOSED_BY_PEER);
    run_callbacks();
    expect_event(link.server, 1, CONNECTING, NONE);
    assert_int_equal(event_of(link.server, 1)->m_info.m_eEndReason, 1234);
}

static void a_closed_handle_is_nobodys(void **state)
{
    struct link link = link_up();
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetworkingMessage_t *message;
    char text[16] = "";
    int64 number = 77;

    (void)state;
    assert_true(close_connection(link.client));
    assert_false(close_connection(link.client));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, NULL));
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, "x", 1, RELIABLE, &number),
        k_EResultInvalidParam);
    assert_int_equal(number, 77);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets, link.client),
                     k_EResultInvalidParam);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, link.client, &message, 1),
                     -1);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(sockets, link.client), -1);
    assert_false(SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets, link.client, 1));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionName(sockets, link.client, text, sizeof(text)));
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, link.client, "x");
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link.client, &status, 0, NULL),
        k_EResultNoConnection);
    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, link.client, text, sizeof(text)), -1);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, link.client, 2, NULL, NULL),
                     k_EResultNoConnection);
    assert_false(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, link.client, 0));
    assert_false(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, link.client,
                                                                              k_ESteamNetworkingConfig_NagleTime, 1));
    assert_int_equal(Accept(link.client), k_EResultInvalidParam);
}

static void closing_ends_both_sides_with_the_reason(void **state)
{
    struct link link = link_up();

    (void)state;
    assert_true(Close(link.client, 1500, "goodbye", false));
    run_callbacks();
    expect_event(link.client, 2, CONNECTED, NONE);
    assert_int_equal(event_of(link.client, 2)->m_info.m_eEndReason, 1500);
    await(state_of(link.server) == CLOSED_BY_PEER && event_of(link.server, 2));
    expect_event(link.server, 2, CONNECTED, CLOSED_BY_PEER);
    assert_int_equal(info_of(link.server).m_eEndReason, 1500);
    assert_string_equal(info_of(link.server).m_szEndDebug, "goodbye");
    assert_int_equal(info_of(link.server).m_hListenSocket, link.listener);

    /* What the application says about a connection that has ended is ignored. */
    assert_true(Close(link.server, 1777, "too late", true));
    run_callbacks();
    expect_event(link.server, 3, CLOSED_BY_PEER, NONE);
    assert_int_equal(event_of(link.server, 3)->m_info.m_eEndReason, 1500);
    assert_string_equal(event_of(link.server, 3)->m_info.m_szEndDebug, "goodbye");
    assert_int_equal(events_of(link.server), 4);
}

struct reason_case {
    int given;
    const char *text;
    int expected;
};

static void reasons_are_normalised(void **state)
{
    static const struct reason_case cases[] = {
        {0, NULL, 1000},    {0, "", 1000},      {999, "bad", 1999}, {3000, "bad", 1999}, {-5, NULL, 1999},
        {1000, NULL, 1000}, {1999, "ok", 1999}, {2000, NULL, 2000}, {2999, "ok", 2999},  {5003, "bad", 1999},
    };
    char texts[10][k_cchSteamNetworkingMaxConnectionCloseReason];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct link link = link_up();
        SteamNetConnectionInfo_t info;

        assert_true(Close(link.client, cases[i].given, cases[i].text, false));
        await(state_of(link.server) == CLOSED_BY_PEER);
        info = info_of(link.server);
        assert_int_equal(info.m_eEndReason, cases[i].expected);
        assert_true(info.m_szEndDebug[0] != '\0');
        if (cases[i].text && !strcmp(cases[i].text, "ok"))
            assert_string_equal(info.m_szEndDebug, "ok");
        if (cases[i].text && !strcmp(cases[i].text, "bad"))
            assert_string_not_equal(info.m_szEndDebug, "bad");
        memcpy(texts[i], info.m_szEndDebug, sizeof(texts[i]));
        assert_true(close_connection(link.server));
        assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
        forget_events();
    }
    assert_string_not_equal(texts[0], texts[7]); /* ordinary and exceptional have different general texts */
}

static void a_long_text_is_cut(void **state)
{
    struct link link = link_up();
    char text[301];

    (void)state;
    memset(text, 'x', 300);
    text[300] = '\0';
    assert_true(Close(link.client, 1001, text, false));
    await(state_of(link.server) == CLOSED_BY_PEER);
    assert_int_equal(strlen(info_of(link.server).m_szEndDebug), 127);
}

static void unread_messages_survive_the_peers_closing(void **state)
{
    struct link link = link_up();

    (void)state;
    assert_int_equal(send_text(link.client, "first", RELIABLE_NOW), k_EResultOK);
    assert_int_equal(send_text(link.client, "second", RELIABLE_NOW), k_EResultOK);
    assert_true(Close(link.client, 1001, NULL, true)); /* linger: nothing is lost */
    await(state_of(link.server) == CLOSED_BY_PEER);
    expect_text(link.server, "first");
    expect_text(link.server, "second");
}

/* A listen socket takes with it who lingers on it: there is no time left for the data, but the peer is told. */
static void who_lingers_says_goodbye_when_its_listen_socket_closes(void **state)
{
    static char data[300000];
    SteamNetConnectionInfo_t info;
    struct link link;

    (void)state;
    link = link_up();
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.server, data, sizeof(data),
                                                                              RELIABLE, NULL),
                     k_EResultOK);
    assert_true(Close(link.server, 1077, "done", true));
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
    await(state_of(link.client) == CLOSED_BY_PEER || state_of(link.client) == PROBLEM);
    info = info_of(link.client);
    assert_int_equal(info.m_eState, CLOSED_BY_PEER);
    assert_int_equal(info.m_eEndReason, 1077);
    assert_string_equal(info.m_szEndDebug, "done");
}

static void lingering_delivers_everything_and_then_closes(void **state)
{
    static char data[300000];
    struct link link;
    size_t received = 0;

    (void)state;
    link = link_up();
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 31 >> 3);
    for (size_t sent = 0; sent < sizeof(data); sent += 30000)
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, data + sent,
                                                                                  30000, RELIABLE, NULL),
                         k_EResultOK);
    assert_true(Close(link.client, 1077, "done", true));
    run_callbacks();
    expect_event(link.client, 2, CONNECTED, NONE); /* at once */
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, NULL));
    while (received < sizeof(data)) {
        SteamNetworkingMessage_t *message = receive_one(link.server);

        assert_memory_equal(message->m_pData, data + received, (size_t)message->m_cbSize);
        received += (size_t)message->m_cbSize;
        release(message);
    }
    await(state_of(link.server) == CLOSED_BY_PEER);
    assert_int_equal(info_of(link.server).m_eEndReason, 1077);
    assert_string_equal(info_of(link.server).m_szEndDebug, "done");
}

static void closing_a_listen_socket_ends_its_children(void **state)
{
    struct link link = link_up();
    HSteamNetConnection second = Connect(&link.address, 0, NULL), waiting;

    (void)state;
    await(incoming(link.listener) != link.server);
    waiting = incoming(link.listener);
    forget_events();
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
    assert_false(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, link.listener, NULL));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.server, NULL));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, waiting, NULL));
    run_callbacks();
    assert_int_equal(events_of(link.server), 1);
    expect_event(link.server, 0, CONNECTED, NONE);
    assert_int_equal(event_of(link.server, 0)->m_info.m_eEndReason, 0);
    assert_int_equal(events_of(waiting), 1);
    expect_event(waiting, 0, CONNECTING, NONE);

    /* The peers are told as a courtesy. */
    await(state_of(link.client) == CLOSED_BY_PEER);
    await(state_of(second) == CLOSED_BY_PEER);
}

static void listening_has_its_rules(void **state)
{
    SteamNetworkingIPAddr address = loopback(0), other = loopback(0);
    SteamNetworkingConfigValue_t bad = int_option((ESteamNetworkingConfigValue)12345, 1);
    SteamNetworkingConfigValue_t symmetric = int_option(k_ESteamNetworkingConfig_SymmetricConnect, 1);
    HSteamListenSocket listener;

    (void)state;
    assert_int_equal(Listen(&address, 0, NULL), 0); /* port 0 */
    assert_true(logged("localAddress"));
    assert_int_equal(Listen(NULL, 0, NULL), 0);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, 1, &bad), 0);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, 1, NULL), 0);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, -1, NULL), 0);
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, 1, &symmetric), 0);

    listener = listen_with(0, NULL, &address);
    assert_int_equal(listener & 0x80000000u, 0);
    assert_memory_equal(address.m_ipv6, other.m_ipv6, 16);
    forget_log();
    assert_int_equal(Listen(&address, 0, NULL), 0); /* the port is in use */
    assert_true(logged("cannot listen on 127.0.0.1"));
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, NULL));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener ^ 0x10000, &other));
    assert_false(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, 0, &other));
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
    listener = Listen(&address, 0, NULL); /* the port is free again at once */
    assert_int_not_equal(listener, 0);
}

static void a_dual_stack_listener_takes_both_families(void **state)
{
    SteamNetworkingIPAddr any, bound, to;
    HSteamListenSocket listener;
    HSteamNetConnection client, server;
    int probe = socket(AF_INET6, SOCK_DGRAM, 0);
    char text[48];

    (void)state;
    if (probe < 0)
        skip();
    close(probe);
    memset(&any, 0, sizeof(any));
    listener = Fumarole_CreateListenSocketIPAnyPort(&any, 0, NULL);
    assert_int_not_equal(listener, 0);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &bound));
    SteamAPI_SteamNetworkingIPAddr_ToString(&bound, text, sizeof(text), true);
    assert_memory_equal(text, "[::]:", 5);
    for (int v6 = 0; v6 < 2; v6++) {
        to = loopback(bound.m_port);
        if (v6)
            SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&to, bound.m_port);
        forget_events();
        client = Connect(&to, 0, NULL);
        assert_int_not_equal(client, 0);
        await(incoming(listener));
        server = incoming(listener);
        assert_int_equal(Accept(server), k_EResultOK);
        await(state_of(client) == CONNECTED);
        assert_int_equal(info_of(server).m_addrRemote.m_ipv6[15], 1);
        assert_int_equal(send_text(client, "hello", RELIABLE_NOW), k_EResultOK);
        expect_text(server, "hello");
    }
}

static void connecting_has_its_rules(void **state)
{
    SteamNetworkingConfigValue_t bad = int_option((ESteamNetworkingConfigValue)12345, 1);
    SteamNetworkingConfigValue_t symmetric = int_option(k_ESteamNetworkingConfig_SymmetricConnect, 1);
    SteamNetworkingConfigValue_t read_only = int_option(k_ESteamNetworkingConfig_MTU_DataSize, 1000);
    SteamNetworkingIPAddr address = loopback(9), nowhere;
    HSteamNetConnection connection;

    (void)state;
    assert_int_equal(Connect(NULL, 0, NULL), 0);
    assert_int_equal(Connect(&address, 1, &bad), 0);
    assert_int_equal(Connect(&address, 1, &read_only), 0);
    assert_int_equal(Connect(&address, 1, NULL), 0);
    assert_int_equal(Connect(&address, 1, &symmetric), 0);
    run_callbacks();
    assert_int_equal(fixture_event_count, 0); /* a failure during creation posts nothing */

    /* Addresses are not judged: these have a handle, and time out. */
    memset(&nowhere, 0, sizeof(nowhere));
    connection = Connect(&nowhere, 0, NULL);
    assert_int_not_equal(connection, 0);
    assert_true((connection & 0xffff) != 0 && connection >> 16 != 0);
    address.m_port = 0;
    assert_int_not_equal(Connect(&address, 0, NULL), 0);
}

static void silence_is_a_timeout(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 200);
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);
    HSteamNetConnection connection;

    (void)state;
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener)); /* nobody is there any more */
    connection = Connect(&address, 1, &quick);
    await(state_of(connection) == PROBLEM && event_of(connection, 1));
    expect_event(connection, 1, CONNECTING, PROBLEM);
    assert_int_equal(info_of(connection).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_true(info_of(connection).m_szEndDebug[0] != '\0');
    assert_true(close_connection(connection));
    run_callbacks();
    expect_event(connection, 2, PROBLEM, NONE);
}

static void not_deciding_is_a_timeout_for_both(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 200);
    struct link link = knock(1, &quick, 0, NULL);

    (void)state;
    await(state_of(link.server) == PROBLEM);
    assert_int_equal(info_of(link.server).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    await(state_of(link.client) == CLOSED_BY_PEER);
    assert_int_equal(info_of(link.client).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_int_equal(Accept(link.server), k_EResultInvalidState);
}

static void a_vanished_peer_is_noticed(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutConnected, 500);
    struct link link = link_up_with(0, NULL, 1, &quick);

    (void)state;
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(
        utils, k_ESteamNetworkingConfig_FakePacketLoss_Send, 100));
    assert_int_equal(send_text(link.client, "anybody?", RELIABLE_NOW), k_EResultOK);
    await(state_of(link.client) == PROBLEM);
    assert_int_equal(info_of(link.client).m_eEndReason, k_ESteamNetConnectionEnd_Misc_Timeout);
    assert_int_equal(send_text(link.client, "more", RELIABLE), k_EResultNoConnection);
}

static void many_clients_reach_one_listener(void **state)
{
    enum { CLIENTS = 40 };
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);
    HSteamNetConnection clients[CLIENTS];
    int accepted = 0, connected;

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = Connect(&address, 0, NULL);
        assert_int_not_equal(clients[i], 0);
    }
    do {
        await(fixture_event_count > 0);
        for (int i = 0; i < fixture_event_count; i++) {
            if (fixture_events[i].m_info.m_hListenSocket == listener && fixture_events[i].m_eOldState == NONE) {
                assert_int_equal(Accept(fixture_events[i].m_hConn), k_EResultOK);
                accepted++;
            }
        }
        forget_events();
        connected = 0;
        for (int i = 0; i < CLIENTS; i++)
            connected += state_of(clients[i]) == CONNECTED;
    } while (connected < CLIENTS);
    assert_int_equal(accepted, CLIENTS);
}

static void incoming_connections_inherit_options(void **state)
{
    SteamNetworkingConfigValue_t options[2] = {int_option(k_ESteamNetworkingConfig_NagleTime, 777),
                                               {.m_eValue = k_ESteamNetworkingConfig_ConnectionUserData,
                                                .m_eDataType = k_ESteamNetworkingConfig_Int64,
                                                .m_val.m_int64 = 1234567890123}};
    struct link link = link_up_with(2, options, 0, NULL);
    ESteamNetworkingConfigDataType type;
    int32 nagle = 0;
    size_t size = sizeof(nagle);

    (void)state;
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(utils, k_ESteamNetworkingConfig_NagleTime,
                                                                   k_ESteamNetworkingConfig_Connection,
                                                                   (intptr_t)link.server, &type, &nagle, &size),
                     k_ESteamNetworkingGetConfigValue_OKInherited);
    assert_int_equal(nagle, 777);
    assert_true(info_of(link.server).m_nUserData == 1234567890123);
    assert_true(event_of(link.server, 0)->m_info.m_nUserData == 1234567890123);
    assert_int_equal(info_of(link.client).m_nUserData, -1);
}

static void some_values_are_locked_once_active(void **state)
{
    struct link link = knock(0, NULL, 0, NULL);

    (void)state;
#define Set(connection, value, number)                                                                                 \
    SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, connection, value, number)
    assert_true(Set(link.server, k_ESteamNetworkingConfig_Unencrypted, 0));
    assert_false(Set(link.client, k_ESteamNetworkingConfig_Unencrypted, 0));
    assert_int_equal(Accept(link.server), k_EResultOK);
    assert_false(Set(link.server, k_ESteamNetworkingConfig_Unencrypted, 0));
    assert_true(Set(link.server, k_ESteamNetworkingConfig_NagleTime, 10));
}

static void without_a_common_cipher_accepting_fails(void **state)
{
    SteamNetworkingConfigValue_t only_plain = int_option(k_ESteamNetworkingConfig_Unencrypted, 3);
    struct link link = knock(0, NULL, 1, &only_plain);

    (void)state;
    assert_int_equal(Accept(link.server), k_EResultHandshakeFailed);
    run_callbacks();
    assert_int_equal(state_of(link.server), PROBLEM);
    assert_int_equal(info_of(link.server).m_eEndReason, k_ESteamNetConnectionEnd_Remote_BadCrypt);
    await(state_of(link.client) == CLOSED_BY_PEER);
    assert_int_equal(info_of(link.client).m_eEndReason, k_ESteamNetConnectionEnd_Remote_BadCrypt);
}

static void plaintext_shows_in_the_flags(void **state)
{
    SteamNetworkingConfigValue_t plain = int_option(k_ESteamNetworkingConfig_Unencrypted, 2);
    struct link link = link_up_with(1, &plain, 1, &plain);

    (void)state;
    assert_true(info_of(link.client).m_nFlags & FLAG_UNENCRYPTED);
    assert_true(info_of(link.server).m_nFlags & FLAG_UNENCRYPTED);
    assert_int_equal(send_text(link.client, "in clear", RELIABLE_NOW), k_EResultOK);
    expect_text(link.server, "in clear");
}

/* The function is looked up when the event happens, in the most specific scope that sets it (api-contract 3.3). */
static int own_events;

static void own_function(SteamNetConnectionStatusChangedCallback_t *event)
{
    (void)event;
    own_events++;
}

static void the_status_function_is_that_of_the_moment(void **state)
{
    SteamNetworkingConfigValue_t option = {.m_eValue = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
                                           .m_eDataType = k_ESteamNetworkingConfig_Ptr};
    SteamNetworkingIPAddr address;
    HSteamNetConnection quiet, own;

    (void)state;
    listen_with(0, NULL, &address);
    forget_events();
    own_events = 0;
    memcpy(&option.m_val.m_ptr, &(FnSteamNetConnectionStatusChanged){own_function}, sizeof(void *));
    own = Connect(&address, 1, &option);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, NULL));
    quiet = Connect(&address, 0, NULL); /* dropped, not stored */
    assert_true(
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, fixture_note_event));
    run_callbacks();
    assert_int_equal(own_events, 1);
    assert_int_equal(events_of(own), 0);
    assert_int_equal(events_of(quiet), 0);
    assert_true(close_connection(quiet));
    run_callbacks();
    assert_int_equal(events_of(quiet), 1);
}

/* Everything is allowed inside a callback. */
static HSteamListenSocket eager_listener;

static void accept_at_once(SteamNetConnectionStatusChangedCallback_t *event)
{
    fixture_note_event(event);
    if (event->m_info.m_hListenSocket == eager_listener && event->m_info.m_eState == CONNECTING) {
        assert_int_equal(Accept(event->m_hConn), k_EResultOK);
        assert_int_equal(send_text(event->m_hConn, "welcome", RELIABLE_NOW), k_EResultOK);
    } else if (event->m_info.m_eState == CLOSED_BY_PEER) {
        assert_true(close_connection(event->m_hConn));
    }
}

static void callbacks_may_call_everything(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamNetConnection client, server;

    (void)state;
    assert_true(
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, accept_at_once));
    eager_listener = listen_with(0, NULL, &address);
    client = Connect(&address, 0, NULL);
    await(state_of(client) == CONNECTED);
    server = incoming(eager_listener);
    expect_text(client, "welcome");
    assert_true(close_connection(client));
    await(event_of(server, 3));
    expect_event(server, 2, CONNECTED, CLOSED_BY_PEER);
    expect_event(server, 3, CLOSED_BY_PEER, NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(a_client_connects_and_both_are_told),
        with_library(accepting_has_its_rules),
        with_library(refusing_tells_the_client_why),
        with_library(a_closed_handle_is_nobodys),
        with_library(closing_ends_both_sides_with_the_reason),
        with_library(reasons_are_normalised),
        with_library(a_long_text_is_cut),
        with_library(unread_messages_survive_the_peers_closing),
        with_library(who_lingers_says_goodbye_when_its_listen_socket_closes),
        with_library(lingering_delivers_everything_and_then_closes),
        with_library(closing_a_listen_socket_ends_its_children),
        with_library(listening_has_its_rules),
        with_library(a_dual_stack_listener_takes_both_families),
        with_library(connecting_has_its_rules),
        with_library(silence_is_a_timeout),
        with_library(not_deciding_is_a_timeout_for_both),
        with_library(a_vanished_peer_is_noticed),
        with_library(many_clients_reach_one_listener),
        with_library(incoming_connections_inherit_options),
        with_library(some_values_are_locked_once_active),
        with_library(without_a_common_cipher_accepting_fails),
        with_library(plaintext_shows_in_the_flags),
        with_library(the_status_function_is_that_of_the_moment),
        with_library(callbacks_may_call_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
