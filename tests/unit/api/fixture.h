/*
 * What the tests of the whole API share: the library started with a recorder of its status callbacks and log lines, a
 * listening server and a client on the loopback address, and waiting for events (never for time to pass).
 */
#ifndef TESTS_UNIT_API_FIXTURE_H
#define TESTS_UNIT_API_FIXTURE_H

#include "fumarole/fumarole.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    FIXTURE_EVENTS = 256,
    FIXTURE_PATIENCE_MS = 60000, /* after which an awaited event is a failure */
    UNRELIABLE = k_nSteamNetworkingSend_Unreliable,
    RELIABLE = k_nSteamNetworkingSend_Reliable,
    RELIABLE_NOW = k_nSteamNetworkingSend_ReliableNoNagle,
    FLAG_UNAUTHENTICATED = k_nSteamNetworkConnectionInfoFlags_Unauthenticated,
    FLAG_UNENCRYPTED = k_nSteamNetworkConnectionInfoFlags_Unencrypted,
    FLAG_PIPE = k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers,
    FLAG_FAST = k_nSteamNetworkConnectionInfoFlags_Fast,
};

#define NONE           k_ESteamNetworkingConnectionState_None
#define CONNECTING     k_ESteamNetworkingConnectionState_Connecting
#define FINDING_ROUTE  k_ESteamNetworkingConnectionState_FindingRoute
#define CONNECTED      k_ESteamNetworkingConnectionState_Connected
#define CLOSED_BY_PEER k_ESteamNetworkingConnectionState_ClosedByPeer
#define PROBLEM        k_ESteamNetworkingConnectionState_ProblemDetectedLocally

static ISteamNetworkingSockets *sockets;
static ISteamNetworkingUtils *utils;

/* ---- what was reported ------------------------------------------------------------------------------------------- */

static SteamNetConnectionStatusChangedCallback_t fixture_events[FIXTURE_EVENTS];
static int fixture_event_count;

static pthread_mutex_t fixture_log_lock = PTHREAD_MUTEX_INITIALIZER;
static char fixture_log[65536];
static int fixture_bugs;

static inline void fixture_note_event(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (fixture_event_count < FIXTURE_EVENTS)
        fixture_events[fixture_event_count++] = *event;
}

static inline void fixture_note_log(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    size_t length;

    pthread_mutex_lock(&fixture_log_lock);
    length = strlen(fixture_log);
    snprintf(fixture_log + length, sizeof(fixture_log) - length, "%s\n", text);
    if (type == k_ESteamNetworkingSocketsDebugOutputType_Bug)
        fixture_bugs++;
    pthread_mutex_unlock(&fixture_log_lock);
}

/* Whether the log since the last forget_log contains a text. */
static inline bool logged(const char *text)
{
    bool found;

    pthread_mutex_lock(&fixture_log_lock);
    found = strstr(fixture_log, text) != NULL;
    pthread_mutex_unlock(&fixture_log_lock);
    return found;
}

static inline void forget_log(void)
{
    pthread_mutex_lock(&fixture_log_lock);
    fixture_log[0] = '\0';
    pthread_mutex_unlock(&fixture_log_lock);
}

static inline void forget_events(void)
{
    fixture_event_count = 0;
}

/* ---- starting and stopping --------------------------------------------------------------------------------------- */

static inline void start_as(const char *identity_text)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";

    memset(&identity, 0, sizeof(identity));
    if (identity_text)
        assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), identity_text));
    if (!GameNetworkingSockets_Init(identity_text ? &identity : NULL, error))
        fail_msg("Init: %s", error);
    sockets = SteamAPI_SteamNetworkingSockets_v009();
    utils = SteamAPI_SteamNetworkingUtils_v003();
    assert_non_null(sockets);
    fixture_bugs = 0;
    forget_log();
    forget_events();
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_Verbose,
                                                          fixture_note_log);
    assert_true(
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, fixture_note_event));
}

static inline int start(void **state)
{
    (void)state;
    start_as(NULL);
    return 0;
}

/* Puts back what tests set globally, and stops. */
static inline int stop(void **state)
{
    static const ESteamNetworkingConfigValue values[] = {
        k_ESteamNetworkingConfig_TimeoutInitial,          k_ESteamNetworkingConfig_TimeoutConnected,
        k_ESteamNetworkingConfig_IP_AllowWithoutAuth,     k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth,
        k_ESteamNetworkingConfig_FakePacketLoss_Send,     k_ESteamNetworkingConfig_FakePacketLag_Send,
        k_ESteamNetworkingConfig_FakePacketLoss_Recv,     k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
        k_ESteamNetworkingConfig_ConnectionUserData,      k_ESteamNetworkingConfig_Callback_AuthStatusChanged,
        k_ESteamNetworkingConfig_FakeRateLimit_Send_Rate,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, values[i], k_ESteamNetworkingConfig_Global, 0,
                                                      k_ESteamNetworkingConfig_Int32, NULL);
    GameNetworkingSockets_Kill();
    return 0;
}

#define with_library(test) cmocka_unit_test_setup_teardown(test, start, stop)

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static inline int64 milliseconds_now(void)
{
    return SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(utils) / 1000;
}

static inline void run_callbacks(void)
{
    SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
}

/* Runs callbacks until the condition holds; what it looks at must change with a callback or a message. */
#define await(condition)                                                                                               \
    do {                                                                                                               \
        int64 await_deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;                                               \
                                                                                                                       \
        while (run_callbacks(), !(condition)) {                                                                        \
            if (milliseconds_now() > await_deadline)                                                                   \
                fail_msg("waited in vain for " #condition);                                                            \
            Fumarole_Wait(20);                                                                                         \
        }                                                                                                              \
    } while (0)

static inline SteamNetConnectionInfo_t info_of(HSteamNetConnection connection)
{
    SteamNetConnectionInfo_t info;

    memset(&info, 0xee, sizeof(info));
    if (!SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, connection, &info))
        memset(&info, 0, sizeof(info));
    return info;
}

static inline ESteamNetworkingConnectionState state_of(HSteamNetConnection connection)
{
    return info_of(connection).m_eState;
}

/* The n-th event (from 0) of a connection, or NULL. */
static inline const SteamNetConnectionStatusChangedCallback_t *event_of(HSteamNetConnection connection, int n)
{
    for (int i = 0; i < fixture_event_count; i++) {
        if (fixture_events[i].m_hConn == connection && n-- == 0)
            return &fixture_events[i];
    }
    return NULL;
}

static inline int events_of(HSteamNetConnection connection)
{
    int count = 0;

    while (event_of(connection, count))
        count++;
    return count;
}

#define expect_event(connection, n, from, to)                                                                          \
    do {                                                                                                               \
        const SteamNetConnectionStatusChangedCallback_t *the_event = event_of(connection, n);                          \
                                                                                                                       \
        assert_non_null(the_event);                                                                                    \
        assert_int_equal(the_event->m_eOldState, from);                                                                \
        assert_int_equal(the_event->m_info.m_eState, to);                                                              \
    } while (0)

/* ---- a server and a client --------------------------------------------------------------------------------------- */

static inline SteamNetworkingConfigValue_t int_option(ESteamNetworkingConfigValue value, int32 number)
{
    SteamNetworkingConfigValue_t option = {.m_eValue = value, .m_eDataType = k_ESteamNetworkingConfig_Int32};

    option.m_val.m_int32 = number;
    return option;
}

static inline SteamNetworkingIPAddr loopback(uint16 port)
{
    SteamNetworkingIPAddr address;

    memset(&address, 0, sizeof(address));
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0x7f000001, port);
    return address;
}

static inline HSteamListenSocket listen_with(int count, const SteamNetworkingConfigValue_t *options,
                                             SteamNetworkingIPAddr *address)
{
    SteamNetworkingIPAddr any_port = loopback(0);
    HSteamListenSocket handle = Fumarole_CreateListenSocketIPAnyPort(&any_port, count, options);

    assert_int_not_equal(handle, 0);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, handle, address));
    assert_int_not_equal(address->m_port, 0);
    return handle;
}

/* The connection that came in at a listen socket last, or 0. */
static inline HSteamNetConnection incoming(HSteamListenSocket listener)
{
    for (int i = fixture_event_count; i-- > 0;) {
        if (fixture_events[i].m_info.m_hListenSocket == listener && fixture_events[i].m_eOldState == NONE)
            return fixture_events[i].m_hConn;
    }
    return 0;
}

struct link {
    HSteamListenSocket listener;
    SteamNetworkingIPAddr address;
    HSteamNetConnection client, server;
};

/* A client whose request has reached the server, which has not decided yet. */
static inline struct link knock(int server_options, const SteamNetworkingConfigValue_t *server_option,
                                int client_options, const SteamNetworkingConfigValue_t *client_option)
{
    struct link link;

    link.listener = listen_with(server_options, server_option, &link.address);
    link.client =
        SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &link.address, client_options, client_option);
    assert_int_not_equal(link.client, 0);
    await(incoming(link.listener));
    link.server = incoming(link.listener);
    return link;
}

static inline struct link link_up_with(int server_options, const SteamNetworkingConfigValue_t *server_option,
                                       int client_options, const SteamNetworkingConfigValue_t *client_option)
{
    struct link link = knock(server_options, server_option, client_options, client_option);

    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, link.server), k_EResultOK);
    await(state_of(link.client) == CONNECTED && event_of(link.client, 1));
    assert_int_equal(state_of(link.server), CONNECTED);
    return link;
}

static inline struct link link_up(void)
{
    return link_up_with(0, NULL, 0, NULL);
}

static inline bool close_connection(HSteamNetConnection connection)
{
    return SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, 0, NULL, false);
}

static inline EResult send_text(HSteamNetConnection connection, const char *text, int flags)
{
    return SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, text, (uint32)strlen(text),
                                                                    flags, NULL);
}

static inline SteamNetworkingMessage_t *receive_one(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *message = NULL;

    await(SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, &message, 1) != 0);
    assert_non_null(message);
    return message;
}

static inline void release(SteamNetworkingMessage_t *message)
{
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static inline void expect_text(HSteamNetConnection connection, const char *text)
{
    SteamNetworkingMessage_t *message = receive_one(connection);

    assert_int_equal(message->m_cbSize, strlen(text));
    assert_memory_equal(message->m_pData, text, strlen(text));
    release(message);
}

#endif
