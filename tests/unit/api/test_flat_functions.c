/*
 * The exported functions of the interfaces: their failure values for null, foreign and stale objects, each with a line
 * that names the function; the ones without a slot in a table; and the hooks of the process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "fumarole/fumarole.h"

static char last_log[2048];
static int last_type;
static int lines;

static void keep_log(ESteamNetworkingSocketsDebugOutputType type, const char *text)
{
    last_type = (int)type;
    lines++;
    snprintf(last_log, sizeof(last_log), "%s", text);
}

static void listen_to_log(ESteamNetworkingSocketsDebugOutputType level)
{
    last_log[0] = '\0';
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(SteamNetworkingUtils_LibV4(), level, keep_log);
}

static int start(void **state)
{
    SteamNetworkingIdentity identity;

    (void)state;
    Fumarole_SetLocalMode(false);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "tester");
    if (!GameNetworkingSockets_Init(&identity, NULL))
        return -1;
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    GameNetworkingSockets_Kill();
    return 0;
}

/* ---- ISteamNetworkingSockets ---------------------------------------------------------------------------------- */

/* The line names the function that was called just now. */
#define CALL(name, ...) (last_log[0] = '\0', current = #name, SteamAPI_ISteamNetworkingSockets_##name(__VA_ARGS__))
#define EXPECT(expected, name, ...)                                                                                    \
    do {                                                                                                               \
        assert_int_equal(CALL(name, __VA_ARGS__), expected);                                                           \
        expect_named();                                                                                                \
    } while (0)
#define EXPECT_VOID(name, ...)                                                                                         \
    do {                                                                                                               \
        CALL(name, __VA_ARGS__);                                                                                       \
        expect_named();                                                                                                \
    } while (0)

static const char *current;

static void expect_named(void)
{
    if (!strstr(last_log, current) || !strstr(last_log, "self"))
        fail_msg("%s left the line '%s'", current, last_log);
}

/* Every function of the interface with an object that is none, or not any more; all other arguments are good. */
static void every_sockets_function(ISteamNetworkingSockets *self)
{
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    SteamNetworkingMessage_t *messages[2] = {NULL, NULL};
    SteamNetworkingMessage_t *allocated =
        SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), 4);
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetAuthenticationStatus_t authentication;
    SteamDatagramHostedAddress hosted;
    SteamDatagramRelayAuthTicket ticket;
    SteamDatagramGameCoordinatorServerLogin login;
    SteamNetworkingFakeIPResult_t fake;
    SteamNetworkingErrMsg error;
    HSteamNetConnection pair[2];
    char buffer[64];
    int size = sizeof(buffer);
    int64 number, results[2] = {0, 0};

    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&address, 27000);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "somebody");
    EXPECT(0, CreateListenSocketIP, self, &address, 0, NULL);
    EXPECT(0, ConnectByIPAddress, self, &address, 0, NULL);
    EXPECT(0, CreateListenSocketP2P, self, 1, 0, NULL);
    EXPECT(0, ConnectP2P, self, &identity, 1, 0, NULL);
    EXPECT(k_EResultInvalidParam, AcceptConnection, self, 5);
    EXPECT(false, CloseConnection, self, 5, 0, NULL, false);
    EXPECT(false, CloseListenSocket, self, 5);
    EXPECT(false, SetConnectionUserData, self, 5, 1);
    EXPECT(-1, GetConnectionUserData, self, 5);
    EXPECT_VOID(SetConnectionName, self, 5, "x");
    EXPECT(false, GetConnectionName, self, 5, buffer, sizeof(buffer));
    EXPECT(k_EResultInvalidParam, SendMessageToConnection, self, 5, "x", 1, 0, &number);
    messages[0] = allocated;
    EXPECT_VOID(SendMessages, self, 2, messages, results, false);
    assert_true(results[0] == -k_EResultInvalidParam && results[1] == -k_EResultInvalidParam);
    assert_ptr_equal(messages[0], allocated);
    EXPECT_VOID(SendMessages, self, 1, messages, results, true); /* it is gone now */
    EXPECT(k_EResultInvalidParam, FlushMessagesOnConnection, self, 5);
    EXPECT(-1, ReceiveMessagesOnConnection, self, 5, messages, 2);
    EXPECT(false, GetConnectionInfo, self, 5, &info);
    EXPECT(k_EResultNoConnection, GetConnectionRealTimeStatus, self, 5, &status, 0, NULL);
    EXPECT(-1, GetDetailedConnectionStatus, self, 5, buffer, sizeof(buffer));
    EXPECT(false, GetListenSocketAddress, self, 5, &address);
    EXPECT(false, CreateSocketPair, self, &pair[0], &pair[1], false, NULL, NULL);
    assert_true(pair[0] == 0 && pair[1] == 0);
    EXPECT(k_EResultNoConnection, ConfigureConnectionLanes, self, 5, 1, NULL, NULL);
    EXPECT(false, GetIdentity, self, &identity);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));
    EXPECT(k_ESteamNetworkingAvailability_CannotTry, InitAuthentication, self);
    EXPECT(k_ESteamNetworkingAvailability_CannotTry, GetAuthenticationStatus, self, &authentication);
    assert_int_equal(authentication.m_eAvail, k_ESteamNetworkingAvailability_CannotTry);
    EXPECT(0, CreatePollGroup, self);
    EXPECT(false, DestroyPollGroup, self, 0x80010000);
    EXPECT(false, SetConnectionPollGroup, self, 5, 0);
    EXPECT(-1, ReceiveMessagesOnPollGroup, self, 0x80010000, messages, 2);
    EXPECT(false, ReceivedRelayAuthTicket, self, "x", 1, &ticket);
    EXPECT(0, FindRelayAuthTicketForServer, self, &identity, 0, &ticket);
    EXPECT(0, ConnectToHostedDedicatedServer, self, &identity, 0, 0, NULL);
    EXPECT(0, GetHostedDedicatedServerPort, self);
    EXPECT(0, GetHostedDedicatedServerPOPID, self);
    EXPECT(k_EResultFail, GetHostedDedicatedServerAddress, self, &hosted);
    EXPECT(0, CreateHostedDedicatedServerListenSocket, self, 0, 0, NULL);
    EXPECT(k_EResultFail, GetGameCoordinatorServerLogin, self, &login, &size, buffer);
    EXPECT(false, ReceivedP2PCustomSignal, self, "x", 1, (ISteamNetworkingSignalingRecvContext *)(void *)buffer);
    size = sizeof(buffer);
    EXPECT(false, GetCertificateRequest, self, &size, buffer, error);
    EXPECT(false, SetCertificate, self, "x", 1, error);
    EXPECT_VOID(ResetIdentity, self, NULL);
    EXPECT_VOID(RunCallbacks, self);
    EXPECT(false, BeginAsyncRequestFakeIP, self, 1);
    EXPECT_VOID(GetFakeIP, self, 0, &fake);
    assert_int_equal(fake.m_eResult, k_EResultNoMatch);
    EXPECT(0, CreateListenSocketP2PFakeIP, self, 0, 0, NULL);
    EXPECT(k_EResultInvalidParam, GetRemoteFakeIPForConnection, self, 5, &address);
    assert_null(SteamAPI_ISteamNetworkingSockets_CreateFakeUDPPort(self, 0));
}

static void test_sockets_with_bad_objects(void **state)
{
    void *foreign[4] = {NULL, NULL, NULL, NULL};

    (void)state;
    every_sockets_function(NULL);
    every_sockets_function((ISteamNetworkingSockets *)(void *)foreign);
    every_sockets_function((ISteamNetworkingSockets *)(void *)SteamNetworkingUtils_LibV4());
}

static void test_sockets_after_kill(void **state)
{
    ISteamNetworkingSockets *self = SteamNetworkingSockets_LibV12();

    GameNetworkingSockets_Kill();
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
    every_sockets_function(self);
    assert_int_equal(start(state), 0);
}

static void test_sockets_with_null_arguments(void **state)
{
    ISteamNetworkingSockets *self = SteamNetworkingSockets_LibV12();
    HSteamNetConnection pair[2];
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    int64 number = 7;
    int size = 0;

    (void)state;
    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&address, 27000);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "tester");

    assert_int_equal(CALL(CreateListenSocketIP, self, NULL, 0, NULL), 0);
    assert_non_null(strstr(last_log, "address"));
    assert_int_equal(CALL(ConnectByIPAddress, self, NULL, 0, NULL), 0);
    assert_non_null(strstr(last_log, "address"));
    assert_int_equal(CALL(ConnectByIPAddress, self, &address, 1, NULL), 0);
    assert_int_equal(CALL(ConnectP2P, self, NULL, 0, 0, NULL), 0);
    assert_non_null(strstr(last_log, "identity"));
    assert_false(CALL(CreateSocketPair, self, NULL, &pair[1], false, NULL, NULL));
    assert_false(CALL(CreateSocketPair, self, &pair[0], NULL, false, NULL, NULL));
    assert_int_equal(pair[0], 0); /* as on every failure */
    assert_true(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(self, &pair[0], &pair[1], false, NULL, NULL));
    assert_true(CALL(GetConnectionInfo, self, pair[0], NULL));
    assert_int_equal(CALL(GetConnectionRealTimeStatus, self, pair[0], NULL, 0, NULL), k_EResultOK);
    assert_int_equal(CALL(GetConnectionRealTimeStatus, self, pair[0], NULL, 1, NULL), k_EResultInvalidParam);
    assert_true(CALL(GetDetailedConnectionStatus, self, pair[0], NULL, 0) > 0);
    assert_false(CALL(GetConnectionName, self, pair[0], NULL, 5));
    CALL(SetConnectionName, self, pair[0], NULL);
    assert_int_equal(CALL(SendMessageToConnection, self, pair[0], NULL, 5, 8, &number), k_EResultInvalidParam);
    assert_true(number == -1);
    assert_non_null(strstr(last_log, "data"));
    assert_int_equal(CALL(SendMessageToConnection, self, pair[0], NULL, 0, 8, NULL), k_EResultOK);
    CALL(SendMessages, self, 5, NULL, NULL, true);
    assert_non_null(strstr(last_log, "messages"));
    CALL(SendMessages, self, -5, NULL, NULL, true);
    assert_int_equal(CALL(ReceiveMessagesOnConnection, self, pair[1], NULL, 5), 0);
    assert_non_null(strstr(last_log, "messages"));
    assert_int_equal(CALL(ReceiveMessagesOnConnection, self, pair[1], NULL, -5), 0);
    assert_false(CALL(GetCertificateRequest, self, NULL, NULL, NULL));
    assert_true(CALL(GetCertificateRequest, self, &size, NULL, NULL));
    assert_false(CALL(SetCertificate, self, NULL, 5, NULL));
    assert_true(CALL(GetIdentity, self, NULL));
    CALL(GetAuthenticationStatus, self, NULL);
    assert_false(CALL(ReceivedP2PCustomSignal, self, NULL, 1, NULL));
    assert_non_null(strstr(last_log, "signal"));
    assert_int_equal(CALL(ConnectP2PCustomSignaling, self, NULL, &identity, 0, 0, NULL), 0);
    assert_non_null(strstr(last_log, "signaling"));
    assert_int_equal(CALL(GetHostedDedicatedServerAddress, self, NULL), k_EResultFail);
    assert_int_equal(CALL(GetGameCoordinatorServerLogin, self, NULL, NULL, NULL), k_EResultFail);
    assert_int_equal(CALL(FindRelayAuthTicketForServer, self, NULL, 0, NULL), 0);
    CALL(GetFakeIP, self, 0, NULL);
    assert_int_equal(CALL(GetRemoteFakeIPForConnection, self, pair[0], NULL), k_EResultIPNotFound);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(self, pair[0], 0, NULL, false);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(self, pair[1], 0, NULL, false);

    SteamAPI_ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort(NULL);
    assert_int_equal(SteamAPI_ISteamNetworkingFakeUDPPort_SendMessageToFakeIP(NULL, &address, "x", 1, 0),
                     k_EResultInvalidParam);
    assert_int_equal(SteamAPI_ISteamNetworkingFakeUDPPort_ReceiveMessages(NULL, NULL, 1), 0);
    SteamAPI_ISteamNetworkingFakeUDPPort_ScheduleCleanup(NULL, NULL);
}

/* ---- ISteamNetworkingUtils ------------------------------------------------------------------------------------ */

#undef CALL
#define CALL(name, ...) (last_log[0] = '\0', current = #name, SteamAPI_ISteamNetworkingUtils_##name(__VA_ARGS__))

static void every_utils_function(ISteamNetworkingUtils *self)
{
    SteamNetworkPingLocation_t location;
    SteamNetworkingIdentity identity;
    SteamNetworkingIPAddr address;
    SteamRelayNetworkStatus_t relay;
    SteamNetworkingPOPID via;
    SteamNetworkingConfigValue_t option = {.m_eValue = k_ESteamNetworkingConfig_NagleTime,
                                           .m_eDataType = k_ESteamNetworkingConfig_Int32};
    char buffer[32] = "x";
    int32 number = 1;
    size_t size = sizeof(number);

    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 1, 1);
    memset(&location, 0, sizeof(location));
    assert_null(CALL(AllocateMessage, self, 1));
    expect_named();
    EXPECT(0, GetLocalTimestamp, self);
    EXPECT_VOID(SetDebugOutputFunction, self, k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    EXPECT_VOID(GetPOPCount, self); /* the log is still on */
    CALL(InitRelayNetworkAccess, self);
    EXPECT(k_ESteamNetworkingAvailability_CannotTry, GetRelayNetworkStatus, self, &relay);
    assert_true(CALL(GetLocalPingLocation, self, &location) == -1.0f);
    expect_named();
    EXPECT(-2, EstimatePingTimeBetweenTwoLocations, self, &location, &location);
    EXPECT(-2, EstimatePingTimeFromLocalHost, self, &location);
    EXPECT_VOID(ConvertPingLocationToString, self, &location, buffer, sizeof(buffer));
    assert_string_equal(buffer, "");
    EXPECT(false, ParsePingLocationString, self, "fra=1+1", &location);
    EXPECT(false, CheckPingDataUpToDate, self, 1.0f);
    EXPECT(-2, GetPingToDataCenter, self, 1, &via);
    EXPECT(-2, GetDirectPingToPOP, self, 1);
    EXPECT(0, GetPOPList, self, &via, 1);
    assert_false(CALL(IsFakeIPv4, self, 1));
    EXPECT(k_ESteamNetworkingFakeIPType_Invalid, GetIPv4FakeIPType, self, 1);
    EXPECT(k_EResultDisabled, GetRealIdentityForFakeIP, self, &address, &identity);
    EXPECT(false, SetConfigValue, self, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0,
           k_ESteamNetworkingConfig_Int32, &number);
    assert_false(CALL(SetConfigValueStruct, self, &option, k_ESteamNetworkingConfig_Global, 0));
    assert_false(CALL(SetGlobalConfigValueInt32, self, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(CALL(SetGlobalConfigValueFloat, self, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(CALL(SetGlobalConfigValueString, self, k_ESteamNetworkingConfig_NagleTime, "1"));
    assert_false(CALL(SetGlobalConfigValuePtr, self, k_ESteamNetworkingConfig_Callback_FakeIPResult, buffer));
    assert_false(CALL(SetConnectionConfigValueInt32, self, 5, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(CALL(SetConnectionConfigValueFloat, self, 5, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(CALL(SetConnectionConfigValueString, self, 5, k_ESteamNetworkingConfig_NagleTime, "1"));
    EXPECT(k_ESteamNetworkingGetConfigValue_BadValue, GetConfigValue, self, k_ESteamNetworkingConfig_NagleTime,
           k_ESteamNetworkingConfig_Global, 0, NULL, &number, &size);
    assert_null(CALL(GetConfigValueInfo, self, k_ESteamNetworkingConfig_NagleTime, NULL, NULL));
    expect_named();
    EXPECT(0, IterateGenericEditableConfigValues, self, k_ESteamNetworkingConfig_Invalid, true);
    assert_false(CALL(SetGlobalCallback_SteamNetConnectionStatusChanged, self, NULL));
    assert_false(CALL(SetGlobalCallback_SteamNetAuthenticationStatusChanged, self, NULL));
    assert_false(CALL(SetGlobalCallback_SteamRelayNetworkStatusChanged, self, NULL));
    assert_false(CALL(SetGlobalCallback_FakeIPResult, self, NULL));
    assert_false(CALL(SetGlobalCallback_MessagesSessionRequest, self, NULL));
    assert_false(CALL(SetGlobalCallback_MessagesSessionFailed, self, NULL));
    /* These do not look at the object. */
    SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString(self, &address, buffer, sizeof(buffer), true);
    assert_string_equal(buffer, "0.0.0.1:1");
    assert_true(SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString(self, &address, "::1"));
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType(self, &address), 1);
    assert_true(SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString(self, &identity, "str:abc"));
    SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ToString(self, &identity, buffer, sizeof(buffer));
    assert_string_equal(buffer, "str:abc");
}

static void test_utils_with_bad_objects(void **state)
{
    void *foreign[4] = {NULL, NULL, NULL, NULL};

    (void)state;
    every_utils_function(NULL);
    every_utils_function((ISteamNetworkingUtils *)(void *)foreign);
}

static void test_utils_without_init(void **state)
{
    ISteamNetworkingUtils *self = SteamNetworkingUtils_LibV4();
    SteamNetworkingMessage_t *message;
    int32 number = 0;
    size_t size = sizeof(number);

    (void)state;
    assert_null(SteamNetworkingSockets_LibV12());
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(self, 0);
    assert_true(message->m_pData == NULL && message->m_cbSize == 0 && message->m_pfnFreeData == NULL);
    assert_true(message->m_nChannel == -1 && message->m_nUserData == 0 && message->m_conn == 0);
    assert_true(message->m_nFlags == 0 && message->m_idxLane == 0 && message->m_nMessageNumber == 0);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&message->m_identityPeer));
    SteamAPI_SteamNetworkingMessage_t_Release(message);
    assert_true(SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(self) >= 3000000000000);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(self, k_ESteamNetworkingConfig_NagleTime, 9));
    assert_int_equal(start(state), 0);
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(
                         self, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_SocketsInterface,
                         (intptr_t)SteamNetworkingSockets_LibV12(), NULL, &number, &size),
                     k_ESteamNetworkingGetConfigValue_OKInherited);
    assert_int_equal(number, 9);
    GameNetworkingSockets_Kill();
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, k_ESteamNetworkingConfig_NagleTime,
                                                              k_ESteamNetworkingConfig_Global, 0,
                                                              k_ESteamNetworkingConfig_Int32, NULL));
}

static void test_config_helpers(void **state)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    ISteamNetworkingUtils *self = SteamNetworkingUtils_LibV4();
    HSteamNetConnection pair[2];
    SteamNetworkingConfigValue_t option;
    char text[32];
    float real = 0;
    int32 number = 0;
    size_t size;

    (void)state;
    assert_true(SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &pair[0], &pair[1], false, NULL, NULL));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(
        self, k_ESteamNetworkingConfig_FakePacketJitter_Send_Max, 12.5f));
    size = sizeof(real);
    assert_int_equal(
        SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_FakePacketJitter_Send_Max,
                                                      k_ESteamNetworkingConfig_Global, 0, NULL, &real, &size),
        k_ESteamNetworkingGetConfigValue_OK);
    assert_true(real == 12.5f);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(
        self, k_ESteamNetworkingConfig_P2P_STUN_ServerList, "a.example"));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueString(
        self, pair[0], k_ESteamNetworkingConfig_P2P_STUN_ServerList, "b.example"));
    size = sizeof(text);
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_P2P_STUN_ServerList,
                                                                   k_ESteamNetworkingConfig_Connection,
                                                                   (intptr_t)pair[0], NULL, text, &size),
                     k_ESteamNetworkingGetConfigValue_OK);
    assert_string_equal(text, "b.example");
    size = sizeof(text);
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_P2P_STUN_ServerList,
                                                                   k_ESteamNetworkingConfig_Connection,
                                                                   (intptr_t)pair[1], NULL, text, &size),
                     k_ESteamNetworkingGetConfigValue_OKInherited);
    assert_string_equal(text, "a.example");
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(
        self, k_ESteamNetworkingConfig_P2P_STUN_ServerList, NULL));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        self, pair[0], k_ESteamNetworkingConfig_SendRateMax, 4096));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueFloat(
        self, pair[0], k_ESteamNetworkingConfig_SendRateMin, 2047.6f));
    size = sizeof(number);
    SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_SendRateMin,
                                                  k_ESteamNetworkingConfig_Connection, (intptr_t)pair[0], NULL, &number,
                                                  &size);
    assert_int_equal(number, 2048);
    assert_false(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        self, 12345, k_ESteamNetworkingConfig_SendRateMax, 4096));

    SteamAPI_SteamNetworkingConfigValue_t_SetString(&option, k_ESteamNetworkingConfig_P2P_STUN_ServerList, "c.example");
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct(self, &option, k_ESteamNetworkingConfig_Connection,
                                                                    (intptr_t)pair[1]));
    size = sizeof(text);
    SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_P2P_STUN_ServerList,
                                                  k_ESteamNetworkingConfig_Connection, (intptr_t)pair[1], NULL, text,
                                                  &size);
    assert_string_equal(text, "c.example");
    assert_false(
        SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct(self, NULL, k_ESteamNetworkingConfig_Connection, 1));
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, k_ESteamNetworkingConfig_FakePacketJitter_Send_Max,
                                                              k_ESteamNetworkingConfig_Global, 0,
                                                              k_ESteamNetworkingConfig_Float, NULL));

    /* The handle of a connection that was closed is nobody's. */
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, pair[0], 0, NULL, false);
    assert_false(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        self, pair[0], k_ESteamNetworkingConfig_SendRateMax, 4096));
    size = sizeof(number);
    assert_int_equal(SteamAPI_ISteamNetworkingUtils_GetConfigValue(self, k_ESteamNetworkingConfig_SendRateMin,
                                                                   k_ESteamNetworkingConfig_Connection,
                                                                   (intptr_t)pair[0], NULL, &number, &size),
                     k_ESteamNetworkingGetConfigValue_BadScopeObj);
    assert_int_equal(size, 0);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, pair[1], 0, NULL, false);
}

static void any_callback(void *event)
{
    (void)event;
}

static void *value_of(ESteamNetworkingConfigValue value)
{
    void *pointer = NULL;
    size_t size = sizeof(pointer);

    SteamAPI_ISteamNetworkingUtils_GetConfigValue(SteamNetworkingUtils_LibV4(), value, k_ESteamNetworkingConfig_Global,
                                                  0, NULL, &pointer, &size);
    return pointer;
}

#define EXPECT_CALLBACK(name, type, value)                                                                             \
    do {                                                                                                               \
        assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_##name(self, (type)any_callback));                \
        assert_true(value_of(k_ESteamNetworkingConfig_Callback_##value) == (void *)any_callback);                      \
        assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_##name(self, NULL));                              \
        assert_null(value_of(k_ESteamNetworkingConfig_Callback_##value));                                              \
    } while (0)

static void test_global_callbacks(void **state)
{
    ISteamNetworkingUtils *self = SteamNetworkingUtils_LibV4();

    (void)state;
    EXPECT_CALLBACK(SteamNetConnectionStatusChanged, FnSteamNetConnectionStatusChanged, ConnectionStatusChanged);
    EXPECT_CALLBACK(SteamNetAuthenticationStatusChanged, FnSteamNetAuthenticationStatusChanged, AuthStatusChanged);
    EXPECT_CALLBACK(SteamRelayNetworkStatusChanged, FnSteamRelayNetworkStatusChanged, RelayNetworkStatusChanged);
    EXPECT_CALLBACK(FakeIPResult, FnSteamNetworkingFakeIPResult, FakeIPResult);
    EXPECT_CALLBACK(MessagesSessionRequest, FnSteamNetworkingMessagesSessionRequest, MessagesSessionRequest);
    EXPECT_CALLBACK(MessagesSessionFailed, FnSteamNetworkingMessagesSessionFailed, MessagesSessionFailed);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValuePtr(
        self, k_ESteamNetworkingConfig_Callback_CreateConnectionSignaling, (void *)any_callback));
    assert_true(value_of(k_ESteamNetworkingConfig_Callback_CreateConnectionSignaling) == (void *)any_callback);
    assert_true(SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValuePtr(
        self, k_ESteamNetworkingConfig_Callback_CreateConnectionSignaling, NULL));
}

/* ---- ISteamNetworkingMessages --------------------------------------------------------------------------------- */

#undef CALL
#define CALL(name, ...) (last_log[0] = '\0', current = #name, SteamAPI_ISteamNetworkingMessages_##name(__VA_ARGS__))

static void every_messages_function(ISteamNetworkingMessages *self)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingMessage_t *message;
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;

    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "tester");
    memset(&info, 0xff, sizeof(info));
    EXPECT(k_EResultFail, SendMessageToUser, self, &identity, "x", 1, 0, 0);
    EXPECT(0, ReceiveMessagesOnChannel, self, 0, &message, 1);
    EXPECT(false, AcceptSessionWithUser, self, &identity);
    EXPECT(false, CloseSessionWithUser, self, &identity);
    EXPECT(false, CloseChannelWithUser, self, &identity, 0);
    EXPECT(k_ESteamNetworkingConnectionState_None, GetSessionConnectionInfo, self, &identity, &info, &status);
    assert_true(info.m_eState == 0 && info.m_hListenSocket == 0);
}

static void test_messages_with_bad_objects(void **state)
{
    void *foreign[4] = {NULL, NULL, NULL, NULL};
    ISteamNetworkingMessages *self = SteamNetworkingMessages_LibV2();
    SteamNetworkingIdentity identity;

    (void)state;
    every_messages_function(NULL);
    every_messages_function((ISteamNetworkingMessages *)(void *)foreign);

    memset(&identity, 0, sizeof(identity));
    assert_int_equal(CALL(SendMessageToUser, self, &identity, "x", 1, 0, 0), k_EResultInvalidParam);
    assert_int_equal(CALL(SendMessageToUser, self, NULL, "x", 1, 0, 0), k_EResultInvalidParam);
    assert_non_null(strstr(last_log, "identity"));
    memset(&identity, 0xff, sizeof(identity));
    assert_int_equal(CALL(SendMessageToUser, self, &identity, "x", 1, 0, 0), k_EResultInvalidParam);
    assert_false(CALL(AcceptSessionWithUser, self, &identity));
    assert_false(CALL(CloseSessionWithUser, self, NULL));
    assert_false(CALL(CloseChannelWithUser, self, NULL, 0));
    assert_int_equal(CALL(GetSessionConnectionInfo, self, NULL, NULL, NULL), 0);
    SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, "tester");
    assert_int_equal(CALL(SendMessageToUser, self, &identity, NULL, 1, 0, 0), k_EResultInvalidParam);
    assert_non_null(strstr(last_log, "data"));
    assert_int_equal(CALL(ReceiveMessagesOnChannel, self, 0, NULL, 1), 0);

    GameNetworkingSockets_Kill();
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
    every_messages_function(self);
    assert_int_equal(start(state), 0);
}

/* ---- the library ---------------------------------------------------------------------------------------------- */

static void test_init_and_kill(void **state)
{
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "untouched";

    (void)state;
    GameNetworkingSockets_Kill(); /* not running: nothing happens */
    for (int i = 0; i < 3; i++) {
        assert_true(GameNetworkingSockets_Init(NULL, error));
        assert_string_equal(error, "untouched");
        assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(SteamNetworkingSockets_LibV12(), &identity));
        assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&identity));
        listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
        assert_true(GameNetworkingSockets_Init(NULL, error)); /* twice is a mistake, and harmless */
        assert_int_equal(last_type, k_ESteamNetworkingSocketsDebugOutputType_Bug);
        assert_true(strlen(last_log) > 0);
        GameNetworkingSockets_Kill();
        /* The output function is forgotten. */
        last_log[0] = '\0';
        SteamAPI_ISteamNetworkingUtils_GetPOPCount(NULL);
        assert_string_equal(last_log, "");
    }
}

static void test_poll_mode(void **state)
{
    (void)state;
    last_log[0] = '\0';
    SteamNetworkingSockets_Poll(0);
    assert_int_equal(last_type, k_ESteamNetworkingSocketsDebugOutputType_Bug);
    assert_true(strlen(last_log) > 0);
    last_log[0] = '\0';
    SteamNetworkingSockets_SetManualPollMode(true);
    SteamNetworkingSockets_SetManualPollMode(true);
    SteamNetworkingSockets_Poll(0);
    SteamNetworkingSockets_SetManualPollMode(false);
    assert_string_equal(last_log, "");
}

static int threads_started;

static void count_thread(void)
{
    __atomic_add_fetch(&threads_started, 1, __ATOMIC_SEQ_CST);
}

static void lock_hook(const char *tag, SteamNetworkingMicroseconds duration)
{
    (void)tag;
    (void)duration;
}

static void test_hooks_of_threads_and_locks(void **state)
{
    (void)state;
    SteamNetworkingSockets_SetLockWaitWarningThreshold(1);
    SteamNetworkingSockets_SetLockAcquiredCallback(lock_hook);
    SteamNetworkingSockets_SetLockHeldCallback(lock_hook);
    SteamNetworkingSockets_SetServiceThreadInitCallback(count_thread);
    assert_int_equal(start(state), 0);
    GameNetworkingSockets_Kill(); /* waits for the threads, so that each has begun */
    assert_true(__atomic_load_n(&threads_started, __ATOMIC_SEQ_CST) >= 1);
    SteamNetworkingSockets_SetServiceThreadInitCallback(NULL);
    SteamNetworkingSockets_SetLockAcquiredCallback(NULL);
    SteamNetworkingSockets_SetLockHeldCallback(NULL);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void *no_more_memory(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

static void test_allocator_comes_too_late(void **state)
{
    SteamNetworkingMessage_t *message;

    (void)state;
    SteamNetworkingSockets_SetCustomMemoryAllocator(no_memory, free, no_more_memory);
    assert_non_null(strstr(last_log, "SetCustomMemoryAllocator"));
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), 5);
    assert_non_null(message);
    SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static int allocations, resizes, releases;

static void *count_alloc(size_t size)
{
    allocations++;
    return malloc(size);
}

static void *count_realloc(void *memory, size_t size)
{
    resizes++;
    return realloc(memory, size);
}

static void count_release(void *memory)
{
    releases++;
    free(memory);
}

/* Must run before anything else does. */
static void test_allocator(void **state)
{
    SteamNetworkingMessage_t *message;

    (void)state;
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
    SteamNetworkingSockets_SetCustomMemoryAllocator(count_alloc, NULL, count_realloc);
    assert_non_null(strstr(last_log, "together"));
    SteamNetworkingSockets_SetCustomMemoryAllocator(NULL, NULL, NULL);
    SteamNetworkingSockets_SetCustomMemoryAllocator(count_alloc, count_release, count_realloc);
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), 5);
    assert_int_equal(allocations, 1);
    SteamAPI_SteamNetworkingMessage_t_Release(message);
    assert_int_equal(releases, 1);
    alloc_set_hooks(NULL, NULL, NULL);
}

static int preformatted;

static void preformat(ESteamNetworkingSocketsDebugOutputType type, bool is_format, const char *file, int line,
                      const char *message, va_list arguments)
{
    assert_non_null(message);
    preformatted++;
    if (type == k_ESteamNetworkingSocketsDebugOutputType_Bug)
        SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler(type, is_format, file, line, message, arguments);
}

static void call_default_handler(int type, bool is_format, const char *message, ...)
{
    va_list arguments;

    va_start(arguments, message);
    SteamNetworkingSockets_DefaultPreFormatDebugOutputHandler((ESteamNetworkingSocketsDebugOutputType)type, is_format,
                                                              NULL, 0, message, arguments);
    va_end(arguments);
}

static void test_preformat_handler(void **state)
{
    (void)state;
    SteamNetworkingSockets_SetPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_Bug, preformat);
    last_log[0] = '\0';
    SteamAPI_ISteamNetworkingUtils_GetPOPCount(NULL);
    assert_int_equal(preformatted, 1);
    assert_non_null(strstr(last_log, "GetPOPCount"));
    SteamNetworkingSockets_SetPreFormatDebugOutputHandler(k_ESteamNetworkingSocketsDebugOutputType_Bug, NULL);
    SteamAPI_ISteamNetworkingUtils_GetPOPCount(NULL);
    assert_int_equal(preformatted, 1);
    call_default_handler(1, true, "%s %d", "number", 5);
    assert_string_equal(last_log, "number 5");
    call_default_handler(1, false, "%s stays");
    assert_string_equal(last_log, "%s stays");
    call_default_handler(2, false, "too much"); /* only type 1 is listened to */
    assert_string_equal(last_log, "%s stays");
    call_default_handler(1, false, NULL);
    assert_non_null(strstr(last_log, "message"));
}

/* ---- extensions ----------------------------------------------------------------------------------------------- */

static void on_drained(HSteamNetConnection connection, int pending, void *context)
{
    (void)connection;
    (void)pending;
    (void)context;
}

static void test_extensions_without_the_library(void **state)
{
    SteamNetworkingIPAddr address;

    (void)state;
    assert_true(strlen(Fumarole_Version()) >= 5);
    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&address, 0);
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_Bug);
    assert_int_equal(Fumarole_GetWaitDescriptor(), -1);
    assert_non_null(strstr(last_log, "Fumarole_GetWaitDescriptor"));
    assert_int_equal(Fumarole_GetCallbackDescriptor(), -1);
    assert_non_null(strstr(last_log, "Fumarole_GetCallbackDescriptor"));
    assert_int_equal(Fumarole_GetPollGroupDescriptor(5), -1);
    assert_false(Fumarole_Wait(-1));
    assert_false(Fumarole_SetSendQueueCallback(5, 0, on_drained, NULL));
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL), 0);
    assert_non_null(strstr(last_log, "Fumarole_CreateListenSocketIPAnyPort"));
    listen_to_log(k_ESteamNetworkingSocketsDebugOutputType_None);
}

static void test_extensions(void **state)
{
    struct FumaroleStatistics statistics;
    struct {
        struct FumaroleStatistics known;
        char more[16];
    } newer;
    SteamNetworkingErrMsg error = "";

    (void)state;
    assert_false(Fumarole_SetLocalMode(true)); /* too late */
    assert_true(Fumarole_GetWaitDescriptor() >= 0);
    assert_int_equal(Fumarole_GetWaitDescriptor(), Fumarole_GetWaitDescriptor());
    assert_int_equal(Fumarole_GetCallbackDescriptor(), Fumarole_GetCallbackDescriptor());
    assert_int_equal(Fumarole_GetPollGroupDescriptor(5), -1);
    assert_false(Fumarole_Wait(0));
    assert_false(Fumarole_SetSendQueueCallback(5, 0, on_drained, NULL));
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(NULL, 0, NULL), 0);
    assert_false(Fumarole_AddTrustedAuthority("nonsense", error));
    assert_true(strlen(error) > 0);
    assert_false(Fumarole_AddTrustedAuthority(NULL, NULL));

    memset(&statistics, 0xff, sizeof(statistics));
    statistics.size = sizeof(statistics);
    Fumarole_GetStatistics(&statistics);
    assert_true(statistics.size == sizeof(statistics) && statistics.reserved == 0);
    assert_true(statistics.dropped_bad_seal == 0 && statistics.dropped_no_connection == 0);
    /* An older program knows fewer counters, a newer one more. */
    memset(&statistics, 0xff, sizeof(statistics));
    statistics.size = 16;
    Fumarole_GetStatistics(&statistics);
    assert_true(statistics.dropped_too_short == 0 && statistics.dropped_too_long == UINT64_MAX);
    memset(&newer, 0xff, sizeof(newer));
    newer.known.size = sizeof(newer);
    Fumarole_GetStatistics(&newer.known);
    assert_true(newer.known.size == sizeof(newer) && newer.more[0] == 0 && newer.more[15] == 0);
    memset(&statistics, 0xff, sizeof(statistics));
    statistics.size = 7;
    Fumarole_GetStatistics(&statistics);
    assert_true(statistics.dropped_too_short == UINT64_MAX);
    Fumarole_GetStatistics(NULL);
    assert_non_null(strstr(last_log, "Fumarole_GetStatistics"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator), /* first */
        cmocka_unit_test(test_extensions_without_the_library),
        cmocka_unit_test(test_utils_without_init),
        cmocka_unit_test(test_init_and_kill),
        cmocka_unit_test(test_hooks_of_threads_and_locks),
        TEST(test_sockets_with_bad_objects),
        TEST(test_sockets_after_kill),
        TEST(test_sockets_with_null_arguments),
        TEST(test_utils_with_bad_objects),
        TEST(test_config_helpers),
        TEST(test_global_callbacks),
        TEST(test_messages_with_bad_objects),
        TEST(test_poll_mode),
        TEST(test_allocator_comes_too_late),
        TEST(test_preformat_handler),
        TEST(test_extensions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
