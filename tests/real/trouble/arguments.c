/*
 * Arguments that are wrong: handles that are null, stale or somebody else's, sizes that are negative or huge, flags and
 * options that do not exist, texts that are no addresses. Everywhere the result is the contract's, a line of debug
 * output names the argument, and the connections that are there go on.
 */
#include "api/fixture.h"
#include "harness/runner.h"

#include <limits.h>
#include <stdlib.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

static struct link live; /* two ends that must not suffer */

static void prepare(void)
{
    start_as("str:careless");
    live = link_up();
    forget_log();
}

/* The connection that was there all the time still works; the end of each case. */
static void finish_well(void)
{
    assert_int_equal(state_of(live.client), CONNECTED);
    assert_int_equal(state_of(live.server), CONNECTED);
    assert_int_equal(send_text(live.client, "still here", RELIABLE_NOW), k_EResultOK);
    expect_text(live.server, "still here");
    assert_int_equal(send_text(live.server, "here too", RELIABLE_NOW), k_EResultOK);
    expect_text(live.client, "here too");
    stop(NULL);
}

/* The log since the last time names this argument of this function. */
static void expect_named(const char *function, const char *argument)
{
    char start[128];
    const char *line;

    snprintf(start, sizeof(start), "%s: ", function);
    pthread_mutex_lock(&fixture_log_lock);
    line = strstr(fixture_log, start);
    while (line && !strstr(line, argument))
        line = strstr(line + 1, start);
    if (!line)
        print_error("%s: nothing names %s in \"%s\"\n", function, argument, fixture_log);
    pthread_mutex_unlock(&fixture_log_lock);
    assert_non_null(line);
    forget_log();
}

/* ---- handles --------------------------------------------------------------------------------------------------- */

enum { BAD_HANDLES = 16 };

static HSteamNetConnection bad_handles[BAD_HANDLES];
static int bad_handle_count;

static void add_bad(HSteamNetConnection handle)
{
    assert_true(bad_handle_count < BAD_HANDLES);
    bad_handles[bad_handle_count++] = handle;
}

/* Every kind of number that is not a connection. */
static void collect_bad_connections(void)
{
    struct link closed = link_up(), orphaned = link_up();

    assert_true(close_connection(closed.client));
    assert_true(S(CloseListenSocket, orphaned.listener)); /* takes its connection along */
    add_bad(0);
    add_bad(1);
    add_bad(UINT_MAX);
    add_bad(live.client ^ 0x10000); /* the right half of one */
    add_bad(live.client ^ 1);
    add_bad(live.client & 0xffff);
    add_bad(closed.client);
    add_bad(orphaned.server);
    add_bad(live.listener);
    add_bad(S(CreatePollGroup));
    forget_log();
}

static void use_as_connection(HSteamNetConnection handle)
{
    SteamNetworkingMessage_t *messages[2] = {NULL, NULL};
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;
    HSteamNetPollGroup group = S(CreatePollGroup);
    char text[64] = "untouched";
    int64 number = 77;

    assert_int_equal(S(AcceptConnection, handle), k_EResultInvalidParam);
    expect_named("AcceptConnection", "hConn");
    assert_false(S(CloseConnection, handle, 0, NULL, false));
    expect_named("CloseConnection", "hPeer");
    assert_false(S(SetConnectionUserData, handle, 5));
    expect_named("SetConnectionUserData", "hPeer");
    assert_int_equal(S(GetConnectionUserData, handle), -1);
    expect_named("GetConnectionUserData", "hPeer");
    S(SetConnectionName, handle, "nobody");
    expect_named("SetConnectionName", "hPeer");
    assert_false(S(GetConnectionName, handle, text, sizeof(text)));
    expect_named("GetConnectionName", "hPeer");
    assert_int_equal(S(SendMessageToConnection, handle, "x", 1, RELIABLE, &number), k_EResultInvalidParam);
    assert_int_equal(number, 77); /* api-contract 10.2: untouched */
    expect_named("SendMessageToConnection", "hConn");
    assert_int_equal(S(FlushMessagesOnConnection, handle), k_EResultInvalidParam);
    expect_named("FlushMessagesOnConnection", "hConn");
    assert_int_equal(S(ReceiveMessagesOnConnection, handle, messages, 2), -1);
    expect_named("ReceiveMessagesOnConnection", "hConn");
    assert_false(S(GetConnectionInfo, handle, &info));
    expect_named("GetConnectionInfo", "hConn");
    assert_false(S(GetConnectionInfo, handle, NULL));
    assert_int_equal(S(GetConnectionRealTimeStatus, handle, &status, 0, NULL), k_EResultNoConnection);
    expect_named("GetConnectionRealTimeStatus", "hConn");
    assert_int_equal(S(GetDetailedConnectionStatus, handle, text, sizeof(text)), -1);
    expect_named("GetDetailedConnectionStatus", "hConn");
    assert_int_equal(S(ConfigureConnectionLanes, handle, 2, NULL, NULL), k_EResultNoConnection);
    expect_named("ConfigureConnectionLanes", "hConn");
    assert_false(S(SetConnectionPollGroup, handle, group));
    expect_named("SetConnectionPollGroup", "hConn");
    assert_int_equal(S(GetRemoteFakeIPForConnection, handle, NULL), k_EResultInvalidParam);
    assert_false(Fumarole_SetSendQueueCallback(handle, 0, NULL, NULL));
    expect_named("SetSendQueueCallback", "connection");
    assert_true(S(DestroyPollGroup, group));
}

static void send_many_to(HSteamNetConnection handle)
{
    SteamNetworkingMessage_t *message = U(AllocateMessage, 1), *mine = message;
    int64 result = 0;

    message->m_conn = handle;
    S(SendMessages, 1, &message, &result, false);
    assert_int_equal(result, -k_EResultInvalidParam);
    assert_ptr_equal(message, mine);
    expect_named("SendMessages", "pMessages");
    S(SendMessages, 1, &message, &result, true);
    assert_int_equal(result, -k_EResultInvalidParam);
}

static void configure(HSteamNetConnection handle, ESteamNetworkingConfigScope scope)
{
    int32 number = 5;
    size_t size = sizeof(number);

    assert_false(U(SetConfigValue, k_ESteamNetworkingConfig_NagleTime, scope, (intptr_t)handle,
                   k_ESteamNetworkingConfig_Int32, &number));
    expect_named("SetConfigValue", "scope object");
    assert_int_equal(
        U(GetConfigValue, k_ESteamNetworkingConfig_NagleTime, scope, (intptr_t)handle, NULL, &number, &size),
        k_ESteamNetworkingGetConfigValue_BadScopeObj);
    assert_int_equal(size, 0);
}

static void null_zero_stale_and_foreign_connections(void **state)
{
    (void)state;
    prepare();
    collect_bad_connections();
    for (int i = 0; i < bad_handle_count; i++) {
        use_as_connection(bad_handles[i]);
        send_many_to(bad_handles[i]);
        configure(bad_handles[i], k_ESteamNetworkingConfig_Connection);
    }
    assert_false(U(SetConnectionConfigValueInt32, 0, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(U(SetConnectionConfigValueFloat, 0, k_ESteamNetworkingConfig_NagleTime, 1));
    assert_false(U(SetConnectionConfigValueString, 0, k_ESteamNetworkingConfig_NagleTime, "1"));
    finish_well();
}

static void null_zero_stale_and_foreign_listen_sockets(void **state)
{
    struct link closed;
    SteamNetworkingIPAddr address;

    (void)state;
    prepare();
    closed = link_up();
    assert_true(S(CloseListenSocket, closed.listener));
    add_bad(0);
    add_bad(1);
    add_bad(UINT_MAX);
    add_bad(live.listener ^ 0x10000);
    add_bad(live.listener & 0xffff);
    add_bad(closed.listener);
    add_bad(live.client);
    add_bad(S(CreatePollGroup));
    forget_log();
    for (int i = 0; i < bad_handle_count; i++) {
        assert_false(S(GetListenSocketAddress, bad_handles[i], &address));
        expect_named("GetListenSocketAddress", "hSocket");
        assert_false(S(CloseListenSocket, bad_handles[i]));
        expect_named("CloseListenSocket", "hSocket");
        configure(bad_handles[i], k_ESteamNetworkingConfig_ListenSocket);
    }
    assert_true(S(GetListenSocketAddress, live.listener, NULL));
    finish_well();
}

static void null_zero_stale_and_foreign_poll_groups(void **state)
{
    HSteamNetPollGroup group, gone;
    SteamNetworkingMessage_t *message;

    (void)state;
    prepare();
    group = S(CreatePollGroup);
    gone = S(CreatePollGroup);
    assert_true(S(DestroyPollGroup, gone));
    add_bad(1);
    add_bad(UINT_MAX);
    add_bad(group ^ 0x10000);
    add_bad(group & 0xffff);
    add_bad(group & 0x7fffffff);
    add_bad(gone);
    add_bad(live.client);
    add_bad(live.listener);
    add_bad(0);
    forget_log();
    for (int i = 0; i < bad_handle_count; i++) {
        HSteamNetPollGroup bad = bad_handles[i];

        assert_false(S(DestroyPollGroup, bad));
        expect_named("DestroyPollGroup", "hPollGroup");
        assert_int_equal(S(ReceiveMessagesOnPollGroup, bad, &message, 1), -1);
        expect_named("ReceiveMessagesOnPollGroup", "hPollGroup");
        assert_int_equal(Fumarole_GetPollGroupDescriptor(bad), -1);
        expect_named("GetPollGroupDescriptor", "group");
        if (bad != 0) {
            assert_false(S(SetConnectionPollGroup, live.client, bad));
            expect_named("SetConnectionPollGroup", "hPollGroup");
        }
    }
    assert_true(S(SetConnectionPollGroup, live.client, group));
    assert_true(S(SetConnectionPollGroup, live.client, 0)); /* out of it */
    assert_true(S(DestroyPollGroup, group));
    finish_well();
}

/* Handles of a life before this one, and the interface of that life. */
static void handles_of_an_earlier_life(void **state)
{
    SteamNetworkingMessage_t *message;
    ISteamNetworkingSockets *old;
    struct link before;
    HSteamNetPollGroup group;

    (void)state;
    prepare();
    before = live;
    group = S(CreatePollGroup);
    old = sockets;
    stop(NULL);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(old, before.client, "x", 1, 0, NULL),
                     k_EResultInvalidParam);
    prepare();
    assert_false(S(CloseConnection, before.client, 0, NULL, false));
    assert_false(S(CloseConnection, before.server, 0, NULL, false));
    assert_int_equal(S(ReceiveMessagesOnConnection, before.server, &message, 1), -1);
    (void)group; /* numbers of groups and listen sockets begin anew, so these may be in use again */
    finish_well();
}

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

static void negative_and_huge_sizes_of_messages(void **state)
{
    static const uint32 sizes[] = {524289, INT_MAX, (uint32)INT_MAX + 1, UINT_MAX};
    SteamNetworkingMessage_t *message, *mine;
    int64 number;

    (void)state;
    prepare();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        number = 5;
        assert_int_equal(S(SendMessageToConnection, live.client, "x", sizes[i], RELIABLE, &number),
                         k_EResultInvalidParam);
        assert_int_equal(number, -1);
        expect_named("SendMessageToConnection", "cbData");
        message = U(AllocateMessage, 8);
        mine = message;
        message->m_conn = live.client;
        message->m_cbSize = (int)sizes[i];
        S(SendMessages, 1, &message, &number, false);
        assert_int_equal(number, -k_EResultInvalidParam);
        assert_ptr_equal(message, mine);
        expect_named("SendMessages", "m_cbSize");
        release(message);
    }
    message = U(AllocateMessage, 0); /* a size without data */
    message->m_conn = live.client;
    message->m_cbSize = 5;
    S(SendMessages, 1, &message, &number, true);
    assert_int_equal(number, -k_EResultInvalidParam);
    expect_named("SendMessages", "m_pData");
    assert_null(U(AllocateMessage, -1));
    expect_named("AllocateMessage", "size");
    assert_null(U(AllocateMessage, INT_MIN));
    S(SendMessages, -1, &message, &number, true);
    expect_named("SendMessages", "nMessages");
    S(SendMessages, INT_MIN, &message, NULL, true);
    expect_named("SendMessages", "nMessages");
    finish_well();
}

static void negative_and_huge_sizes_of_arrays(void **state)
{
    SteamNetworkingMessage_t *message;
    SteamNetConnectionRealTimeLaneStatus_t lane;
    static const int counts[] = {-1, INT_MIN, 0, 256, INT_MAX};
    HSteamNetPollGroup group;

    (void)state;
    prepare();
    group = S(CreatePollGroup);
    assert_int_equal(S(ReceiveMessagesOnConnection, live.client, &message, -1), 0);
    expect_named("ReceiveMessagesOnConnection", "max");
    assert_int_equal(S(ReceiveMessagesOnConnection, live.client, &message, INT_MIN), 0);
    assert_int_equal(S(ReceiveMessagesOnConnection, live.client, &message, INT_MAX), 0);
    assert_int_equal(S(ReceiveMessagesOnPollGroup, group, &message, -1), 0);
    expect_named("ReceiveMessagesOnPollGroup", "max");
    assert_int_equal(S(ReceiveMessagesOnPollGroup, group, &message, INT_MAX), 0);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        forget_log();
        assert_int_equal(S(ConfigureConnectionLanes, live.client, counts[i], NULL, NULL), k_EResultInvalidParam);
        expect_named("ConfigureConnectionLanes", "nNumLanes");
        if (counts[i] != 0) {
            assert_int_equal(S(GetConnectionRealTimeStatus, live.client, NULL, counts[i], &lane),
                             k_EResultInvalidParam);
            expect_named("GetConnectionRealTimeStatus", "nLanes");
        }
    }
    assert_int_equal(S(GetConnectionRealTimeStatus, live.client, NULL, 1, NULL), k_EResultInvalidParam);
    expect_named("GetConnectionRealTimeStatus", "pLanes");
    assert_int_equal(S(ConfigureConnectionLanes, live.client, 2, NULL, (const uint16[]){1, 0}), k_EResultInvalidParam);
    expect_named("ConfigureConnectionLanes", "pLaneWeights");
    assert_int_equal(S(ConfigureConnectionLanes, live.client, 3, (const int[]){INT_MIN, 0, INT_MAX}, NULL),
                     k_EResultOK); /* every priority is one */
    finish_well();
}

static void negative_and_huge_sizes_of_texts(void **state)
{
    static const int sizes[] = {-1, INT_MIN, 0};
    char *endless = malloc(1 << 20), small[4] = "abc";
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";
    int size;

    (void)state;
    prepare();
    assert_non_null(endless);
    memset(endless, 'a', (1 << 20) - 1);
    endless[(1 << 20) - 1] = '\0';
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_false(S(GetConnectionName, live.client, small, sizes[i]));
        expect_named("GetConnectionName", "nMaxLen");
        assert_true(S(GetDetailedConnectionStatus, live.client, small, sizes[i]) > 1024);
        size = sizes[i];
        assert_false(S(GetCertificateRequest, &size, small, error));
        assert_true(size > 0 && error[0]);
        error[0] = '\0';
        assert_false(S(SetCertificate, small, sizes[i], error));
        assert_true(error[0]);
        expect_named("SetCertificate", "pCertificate");
        assert_false(S(ReceivedRelayAuthTicket, small, sizes[i], NULL));
    }
    assert_string_equal(small, "abc");
    assert_true(S(GetDetailedConnectionStatus, live.client, small, 2) > 1024);
    assert_true(strlen(small) < 2);
    S(SetConnectionName, live.client, endless);
    assert_true(S(GetConnectionName, live.client, small, sizeof(small)));
    assert_string_equal(small, "aaa");
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, endless));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&identity, endless));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, endless, UINT_MAX));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, endless, 33));
    assert_false(SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, endless, 0));
    assert_false(SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), endless));
    assert_false(U(SetGlobalConfigValueString, k_ESteamNetworkingConfig_P2P_STUN_ServerList, endless));
    expect_named("SetConfigValue", "103");
    {
        struct link doomed = link_up();

        assert_true(S(CloseConnection, doomed.client, INT_MIN, endless, true));
        await(state_of(doomed.server) == CLOSED_BY_PEER);
        assert_int_equal(info_of(doomed.server).m_eEndReason, k_ESteamNetConnectionEnd_App_Max);
    }
    free(endless);
    finish_well();
}

/* ---- flags ------------------------------------------------------------------------------------------------------ */

/* Bits that mean nothing are looked over, and said so; the message goes out by the ones that do. */
static void bad_flags(void **state)
{
    static const int flags[] = {-1, INT_MAX, 0x40 | RELIABLE_NOW, INT_MIN | RELIABLE_NOW, 2 | RELIABLE_NOW};
    SteamNetworkingMessage_t *message;
    int64 result;

    (void)state;
    prepare();
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        assert_int_equal(send_text(live.client, "odd", flags[i]), k_EResultOK);
        expect_named("SendMessageToConnection", "nSendFlags");
        message = receive_one(live.server);
        assert_int_equal(message->m_nFlags, RELIABLE);
        release(message);
        message = U(AllocateMessage, 3);
        message->m_conn = live.client;
        message->m_nFlags = flags[i];
        S(SendMessages, 1, &message, &result, true);
        assert_true(result > 0);
        expect_named("SendMessages", "m_nFlags");
        release(receive_one(live.server));
    }
    /* Contradictory, but known: as reliable as can be (api-contract 10.1). */
    assert_int_equal(send_text(live.client, "both", RELIABLE_NOW | k_nSteamNetworkingSend_NoDelay), k_EResultOK);
    expect_text(live.server, "both");
    finish_well();
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

struct bad_option {
    int value;
    int type;
    int64 argument;
};

static const struct bad_option bad_options[] = {
    {0, k_ESteamNetworkingConfig_Int32, 1}, /* ids that are none */
    {1, k_ESteamNetworkingConfig_Int32, 1},
    {-1, k_ESteamNetworkingConfig_Int32, 1},
    {INT_MAX, k_ESteamNetworkingConfig_Int32, 1},
    {31337, k_ESteamNetworkingConfig_Int32, 1},
    {35, k_ESteamNetworkingConfig_Int32, 1},    /* was removed */
    {33, k_ESteamNetworkingConfig_Int32, 1000}, /* can only be read */
    {12, 0, 1},                                 /* types that are none */
    {12, 6, 1},
    {12, -1, 1},
    {12, INT_MAX, 1},
    {12, k_ESteamNetworkingConfig_Ptr, 1}, /* a number is no pointer, and the other way round */
    {201, k_ESteamNetworkingConfig_Int32, 1},
    {12, k_ESteamNetworkingConfig_Int64, 1LL << 40}, /* does not fit */
    {4, k_ESteamNetworkingConfig_Int32, 1},          /* exist only for the whole process */
    {202, k_ESteamNetworkingConfig_Ptr, 0},
};

static SteamNetworkingConfigValue_t option_from(const struct bad_option *bad)
{
    SteamNetworkingConfigValue_t option = {.m_eValue = (ESteamNetworkingConfigValue)bad->value,
                                           .m_eDataType = (ESteamNetworkingConfigDataType)bad->type};

    option.m_val.m_int64 = bad->argument;
    return option;
}

/* Each call that takes options fails because of the second of these two, and names it. */
static void create_with(const SteamNetworkingConfigValue_t *options, int count, const char *named)
{
    SteamNetworkingIPAddr any = loopback(0), nowhere = loopback(9);
    SteamNetworkingIdentity self;

    assert_true(S(GetIdentity, &self));
    assert_int_equal(Fumarole_CreateListenSocketIPAnyPort(&any, count, options), 0);
    assert_true(logged(named));
    expect_named("CreateListenSocketIP", "pOptions");
    assert_int_equal(S(ConnectByIPAddress, &nowhere, count, options), 0);
    assert_true(logged(named));
    expect_named("ConnectByIPAddress", "pOptions");
    assert_int_equal(S(CreateListenSocketP2P, 7, count, options), 0);
    assert_true(logged(named));
    expect_named("CreateListenSocketP2P", "pOptions");
    assert_int_equal(S(ConnectP2P, &self, 3, count, options), 0);
    assert_true(logged(named));
    expect_named("ConnectP2P", "pOptions");
}

static void bad_option_ids_and_types(void **state)
{
    SteamNetworkingConfigValue_t options[2] = {int_option(k_ESteamNetworkingConfig_NagleTime, 100)};

    (void)state;
    prepare();
    assert_int_not_equal(S(CreateListenSocketP2P, 3, 0, NULL), 0);
    for (size_t i = 0; i < sizeof(bad_options) / sizeof(bad_options[0]); i++) {
        options[1] = option_from(&bad_options[i]);
        create_with(options, 2, "options[1]");
    }
    options[1] = int_option(k_ESteamNetworkingConfig_NagleTime, 0);
    options[1].m_eDataType = k_ESteamNetworkingConfig_String;
    options[1].m_val.m_string = "ten";
    create_with(options, 2, "options[1]");
    create_with(NULL, 1, "null");
    create_with(options, -1, "negative");
    create_with(options, INT_MIN, "negative");
    finish_well();
}

static void bad_scopes_and_arguments_of_settings(void **state)
{
    static const int scopes[] = {0, 5, -1, INT_MAX};
    int32 number = 1;
    size_t size = sizeof(number);
    SteamNetworkingConfigValue_t option = int_option(k_ESteamNetworkingConfig_NagleTime, 100);

    (void)state;
    prepare();
    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        ESteamNetworkingConfigScope scope = (ESteamNetworkingConfigScope)scopes[i];

        configure(live.client, scope);
        assert_false(U(SetConfigValueStruct, &option, scope, (intptr_t)live.client));
        expect_named("SetConfigValue", "scope object");
    }
    for (size_t i = 0; i < sizeof(bad_options) / sizeof(bad_options[0]); i++) {
        const struct bad_option *bad = &bad_options[i];
        char id[16];

        assert_false(U(SetConfigValue, (ESteamNetworkingConfigValue)bad->value, k_ESteamNetworkingConfig_Connection,
                       (intptr_t)live.client, (ESteamNetworkingConfigDataType)bad->type, &bad->argument));
        snprintf(id, sizeof(id), "value %d", bad->value);
        expect_named("SetConfigValue", id);
    }
    assert_false(U(SetConfigValueStruct, NULL, k_ESteamNetworkingConfig_Global, 0));
    assert_false(U(SetConfigValue, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_SocketsInterface, 1234,
                   k_ESteamNetworkingConfig_Int32, &number));
    expect_named("SetConfigValue", "scope object");
    assert_int_equal(
        U(GetConfigValue, (ESteamNetworkingConfigValue)31337, k_ESteamNetworkingConfig_Global, 0, NULL, &number, &size),
        k_ESteamNetworkingGetConfigValue_BadValue);
    assert_int_equal(
        U(GetConfigValue, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, NULL, &number, NULL),
        k_ESteamNetworkingGetConfigValue_BufferTooSmall);
    assert_int_equal(
        U(GetConfigValue, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, NULL, NULL, &size),
        k_ESteamNetworkingGetConfigValue_BufferTooSmall);
    assert_int_equal(size, sizeof(number));
    finish_well();
}

static void bad_ports_of_listen_sockets(void **state)
{
    static const int ports[] = {-1, 65536, INT_MIN, INT_MAX, 0x7ffffffe};
    SteamNetworkingIPAddr no_port = loopback(0);
    SteamNetworkingIdentity self;

    (void)state;
    prepare();
    assert_int_equal(S(CreateListenSocketIP, &no_port, 0, NULL), 0);
    expect_named("CreateListenSocketIP", "localAddress");
    assert_true(S(GetIdentity, &self));
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        assert_int_equal(S(CreateListenSocketP2P, ports[i], 0, NULL), 0);
        expect_named("CreateListenSocketP2P", "irtual");
        assert_int_equal(S(ConnectP2P, &self, ports[i], 0, NULL), 0);
        expect_named("ConnectP2P", "irtual");
    }
    finish_well();
}

/* ---- addresses and identities ----------------------------------------------------------------------------------- */

static void unparsable_addresses(void **state)
{
    static const char *const texts[] = {"",           "localhost",          "1.2.3",     "1.2.3.4.5:6",
                                        "1.2.3.256",  "1.2.3.4:65536",      "[::1",      "::1]",
                                        "fe80::1%lo", "1:2:3:4:5:6:7:8::9", "[::1]:-1",  "12345::",
                                        "1.2.3.-4",   " 1.2.3.4",           "\xff\xfe",  ":::",
                                        "[]:5",       "[1.2.3.4",           "0x1.2.3.4", "[::1]:99999"};
    SteamNetworkingIPAddr address, zero;

    (void)state;
    prepare();
    memset(&zero, 0, sizeof(zero));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(&address, 0x55, sizeof(address));
        if (SteamAPI_SteamNetworkingIPAddr_ParseString(&address, texts[i]))
            fail_msg("\"%s\" passes for an address", texts[i]);
        assert_memory_equal(&address, &zero, sizeof(zero));
        expect_named("IPAddr_ParseString", "text");
        assert_false(U(SteamNetworkingIPAddr_ParseString, &address, texts[i]));
        expect_named("IPAddr_ParseString", "text");
    }
    assert_false(SteamNetworkingIPAddr_ParseString(&address, NULL));
    assert_false(SteamNetworkingIPAddr_ParseString(NULL, "::1"));
    finish_well();
}

static void unparsable_identities(void **state)
{
    static const char *const texts[] = {"",
                                        "invalid",
                                        "steamid:1",
                                        "steamid:x",
                                        "steamid:",
                                        "STR:a",
                                        "nocolon",
                                        "xboxpwid:",
                                        "gen:",
                                        "gen:123",
                                        "gen:zz",
                                        "ip:",
                                        "ip:1.2.3",
                                        "psn:",
                                        "psn:-1",
                                        "gen:0102030405060708091011121314151617181920212223242526272829303132333",
                                        "str:0123456789012345678901234567890123",
                                        "waytoolongprefixfora:x",
                                        ":",
                                        "a b:c"};
    SteamNetworkingIdentity identity;

    (void)state;
    prepare();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(&identity, 0x55, sizeof(identity));
        if (SteamAPI_SteamNetworkingIdentity_ParseString(&identity, sizeof(identity), texts[i]))
            fail_msg("\"%s\" passes for an identity", texts[i]);
        assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));
        expect_named("Identity_ParseString", "text");
    }
    assert_false(SteamNetworkingIdentity_ParseString(&identity, 31, "str:a"));
    expect_named("Identity_ParseString", "identity_size");
    assert_int_equal(S(ConnectP2P, &identity, 0, 0, NULL), 0); /* an invalid one is nobody */
    expect_named("ConnectP2P", "identityRemote");
    finish_well();
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(null_zero_stale_and_foreign_connections),
        real_case(null_zero_stale_and_foreign_listen_sockets),
        real_case(null_zero_stale_and_foreign_poll_groups),
        real_case(handles_of_an_earlier_life),
        real_case(negative_and_huge_sizes_of_messages),
        real_case(negative_and_huge_sizes_of_arrays),
        real_case(negative_and_huge_sizes_of_texts),
        real_case(bad_flags),
        real_case(bad_option_ids_and_types),
        real_case(bad_scopes_and_arguments_of_settings),
        real_case(bad_ports_of_listen_sockets),
        real_case(unparsable_addresses),
        real_case(unparsable_identities),
    };

    return run_cases(argc, argv, cases);
}
