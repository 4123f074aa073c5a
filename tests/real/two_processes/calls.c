/*
 * The functions that have to do with another process, called on both sides of a connection to one: what they do when
 * all is well, and what they say when it is not. What interop/ does between any two libraries is not repeated here.
 *
 * The server is a second process that does what it is told, line by line.
 */
#include "api/fixture.h"
#include "harness/process.h"
#include "harness/runner.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

/* ---- the server ------------------------------------------------------------------------------------------------- */

static HSteamListenSocket listener;
static HSteamNetConnection theirs;

/* One line of the client's; the answer goes back in the same buffer. False: it was the last. */
static bool obey(char line[LINE_MAXIMUM])
{
    char text[LINE_MAXIMUM];
    int number;

    if (strcmp(line, "accept") == 0) {
        await(incoming(listener) != theirs); /* another one than last time */
        theirs = incoming(listener);
        snprintf(line, LINE_MAXIMUM, "%d", (int)S(AcceptConnection, theirs));
    } else if (strcmp(line, "accept again") == 0) {
        snprintf(line, LINE_MAXIMUM, "%d", (int)S(AcceptConnection, theirs));
    } else if (strcmp(line, "name") == 0) {
        S(SetConnectionName, theirs, "my client");
        assert_true(S(GetConnectionName, theirs, text, sizeof(text)));
        assert_non_null(strstr(info_of(theirs).m_szConnectionDescription, "'my client'"));
        snprintf(line, LINE_MAXIMUM, "%s", text);
    } else if (strcmp(line, "user data") == 0) {
        snprintf(line, LINE_MAXIMUM, "%lld", (long long)S(GetConnectionUserData, theirs));
    } else if (sscanf(line, "send %d", &number) == 1) {
        memset(text, 'x', (size_t)number);
        snprintf(line, LINE_MAXIMUM, "%d",
                 (int)S(SendMessageToConnection, theirs, text, (uint32)number, RELIABLE_NOW, NULL));
    } else if (strcmp(line, "receive") == 0) {
        SteamNetworkingMessage_t *message = receive_one(theirs);

        snprintf(line, LINE_MAXIMUM, "%d bytes, lane %u, number %lld", message->m_cbSize, message->m_idxLane,
                 (long long)message->m_nMessageNumber);
        release(message);
    } else if (strcmp(line, "close") == 0) {
        snprintf(line, LINE_MAXIMUM, "%d", S(CloseConnection, theirs, 1717, "that was all", false));
    } else if (strcmp(line, "close listener") == 0) {
        snprintf(line, LINE_MAXIMUM, "%d", S(CloseListenSocket, listener));
    } else if (strcmp(line, "state") == 0) {
        snprintf(line, LINE_MAXIMUM, "%d %d", (int)info_of(theirs).m_eState, info_of(theirs).m_eEndReason);
    } else {
        return strcmp(line, "end") != 0;
    }
    return true;
}

static void serve(void **state)
{
    SteamNetworkingConfigValue_t user_data = {.m_eValue = k_ESteamNetworkingConfig_ConnectionUserData,
                                              .m_eDataType = k_ESteamNetworkingConfig_Int64};
    struct process *client = *state;
    SteamNetworkingIPAddr address;
    char line[LINE_MAXIMUM];

    start_as("str:server");
    user_data.m_val.m_int64 = 4242;
    listener = listen_with(1, &user_data, &address);
    tell(client, "%u", address.m_port);
    do {
        await(has_news(client));
        hear(client, line);
        if (!obey(line))
            break;
        tell(client, "%s", line);
    } while (true);
    stop(NULL);
}

/* ---- the client ------------------------------------------------------------------------------------------------- */

static struct process server;
static SteamNetworkingIPAddr server_address;
static HSteamNetConnection connection;

static void expect_answer(const char *order, const char *answer)
{
    tell(&server, "%s", order);
    expect_to_hear(&server, answer);
}

static void start_both(void)
{
    char line[LINE_MAXIMUM];

    server = start_process("server", serve);
    hear(&server, line);
    server_address = loopback((uint16)atoi(line));
}

static void connect_to_server(void)
{
    start_both();
    start_as("str:client");
    connection = S(ConnectByIPAddress, &server_address, 0, NULL);
    assert_int_not_equal(connection, 0);
    expect_answer("accept", "1");
    await(state_of(connection) == CONNECTED && event_of(connection, 1)); /* and told so */
    forget_events();
}

static void end_both(void)
{
    tell(&server, "end");
    finish_process(&server);
    stop(NULL);
}

static void accepting_and_its_errors(void **state)
{
    (void)state;
    start_both();
    start_as("str:client");
    connection = S(ConnectByIPAddress, &server_address, 0, NULL);
    assert_int_equal(S(AcceptConnection, connection), k_EResultInvalidParam); /* one's own */
    expect_answer("accept", "1");
    expect_answer("accept again", "11");
    await(state_of(connection) == CONNECTED);
    assert_int_equal(S(AcceptConnection, connection), k_EResultInvalidState);
    assert_true(close_connection(connection));
    assert_int_equal(S(AcceptConnection, connection), k_EResultInvalidParam);
    end_both();
}

static void names_and_user_data_belong_to_one_side(void **state)
{
    char name[32];

    (void)state;
    connect_to_server();
    expect_answer("name", "my client");
    assert_true(S(GetConnectionName, connection, name, sizeof(name)));
    assert_string_equal(name, "");
    expect_answer("user data", "4242"); /* from its listen socket */
    assert_int_equal(S(GetConnectionUserData, connection), -1);
    assert_true(S(SetConnectionUserData, connection, 17));
    assert_int_equal(S(GetConnectionUserData, connection), 17);
    expect_answer("user data", "4242");
    expect_answer("send 5", "1");
    SteamNetworkingMessage_t *message = receive_one(connection);
    assert_int_equal(message->m_nConnUserData, 17);
    assert_int_equal(message->m_conn, connection);
    assert_string_equal(message->m_identityPeer.m_szGenericString, "server");
    assert_true(message->m_usecTimeReceived <= U(GetLocalTimestamp));
    assert_true(message->m_usecTimeReceived > U(GetLocalTimestamp) - 60000000);
    release(message);
    end_both();
}

static void lanes_reach_the_other_process(void **state)
{
    SteamNetworkingMessage_t *message;
    int64 number;

    (void)state;
    connect_to_server();
    assert_int_equal(S(ConfigureConnectionLanes, connection, 2, NULL, NULL), k_EResultOK);
    message = U(AllocateMessage, 7);
    message->m_conn = connection;
    message->m_nFlags = RELIABLE_NOW;
    message->m_idxLane = 1;
    S(SendMessages, 1, &message, &number, true);
    assert_int_equal(number, 1);
    expect_answer("receive", "7 bytes, lane 1, number 1");
    assert_int_equal(S(SendMessageToConnection, connection, "nine bytes", 9, RELIABLE, &number), k_EResultOK);
    assert_int_equal(S(FlushMessagesOnConnection, connection), k_EResultOK);
    expect_answer("receive", "9 bytes, lane 0, number 1");
    end_both();
}

static void descriptors_wake_for_another_process(void **state)
{
    HSteamNetPollGroup group;
    struct pollfd watched[3] = {{.events = POLLIN}, {.events = POLLIN}, {.events = POLLIN}};

    (void)state;
    connect_to_server();
    group = S(CreatePollGroup);
    assert_true(S(SetConnectionPollGroup, connection, group));
    watched[0].fd = Fumarole_GetWaitDescriptor();
    watched[1].fd = Fumarole_GetPollGroupDescriptor(group);
    watched[2].fd = Fumarole_GetCallbackDescriptor();
    run_callbacks();
    assert_int_equal(poll(watched, 3, 0), 0);
    assert_false(Fumarole_Wait(0));
    tell(&server, "send 10");
    assert_int_equal(poll(&watched[1], 1, FIXTURE_PATIENCE_MS), 1);
    assert_int_equal(poll(&watched[0], 1, FIXTURE_PATIENCE_MS), 1);
    assert_int_equal(poll(&watched[2], 1, 0), 0);
    expect_to_hear(&server, "1");
    assert_true(Fumarole_Wait(-1));
    SteamNetworkingMessage_t *message;
    assert_int_equal(S(ReceiveMessagesOnPollGroup, group, &message, 1), 1);
    assert_int_equal(message->m_cbSize, 10);
    release(message);
    assert_int_equal(poll(watched, 3, 0), 0);
    expect_answer("close", "1"); /* a callback is something to fetch, too */
    assert_int_equal(poll(&watched[2], 1, FIXTURE_PATIENCE_MS), 1);
    assert_int_equal(poll(&watched[0], 1, FIXTURE_PATIENCE_MS), 1);
    await(state_of(connection) == CLOSED_BY_PEER);
    assert_true(S(DestroyPollGroup, group));
    assert_int_equal(Fumarole_GetPollGroupDescriptor(group), -1);
    end_both();
}

static int drained, drained_to;

static void note_drained(HSteamNetConnection whose, int pending, void *context)
{
    assert_int_equal(whose, connection);
    assert_ptr_equal(context, &drained);
    drained++;
    drained_to = pending;
}

static void room_in_the_send_queue_is_told(void **state)
{
    static char block[100000];

    (void)state;
    connect_to_server();
    assert_true(U(SetConnectionConfigValueInt32, connection, k_ESteamNetworkingConfig_SendBufferSize, 150000));
    assert_true(Fumarole_SetSendQueueCallback(connection, 20000, note_drained, &drained));
    assert_int_equal(S(SendMessageToConnection, connection, block, sizeof(block), RELIABLE, NULL), k_EResultOK);
    assert_int_equal(S(SendMessageToConnection, connection, block, sizeof(block), RELIABLE, NULL),
                     k_EResultLimitExceeded);
    await(drained == 1);
    assert_true(drained_to <= 20000);
    assert_int_equal(S(SendMessageToConnection, connection, block, sizeof(block), RELIABLE, NULL), k_EResultOK);
    await(drained == 2);
    assert_false(Fumarole_SetSendQueueCallback(connection ^ 1, 0, note_drained, NULL));
    assert_false(Fumarole_SetSendQueueCallback(connection, -1, note_drained, NULL));
    end_both();
}

static atomic_int service_threads;

static void note_service_thread(void)
{
    atomic_fetch_add(&service_threads, 1);
}

/* The client's own thread does all its work; the server does not notice. */
static void manual_polling(void **state)
{
    SteamNetworkingMessage_t *message;
    int64 deadline;

    (void)state;
    start_both();
    SteamNetworkingSockets_SetServiceThreadInitCallback(note_service_thread);
    SteamNetworkingSockets_SetManualPollMode(true);
    start_as("str:client");
    connection = S(ConnectByIPAddress, &server_address, 0, NULL);
    assert_int_not_equal(connection, 0);
    tell(&server, "accept");
    deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;
    while (state_of(connection) == CONNECTING && milliseconds_now() < deadline)
        SteamNetworkingSockets_Poll(100);
    assert_int_equal(state_of(connection), CONNECTED);
    expect_to_hear(&server, "1");
    assert_int_equal(send_text(connection, "by hand", RELIABLE_NOW), k_EResultOK);
    expect_answer("receive", "7 bytes, lane 0, number 1");
    expect_answer("send 3", "1");
    while (S(ReceiveMessagesOnConnection, connection, &message, 1) == 0 && milliseconds_now() < deadline)
        SteamNetworkingSockets_Poll(-1);
    assert_int_equal(message->m_cbSize, 3);
    release(message);
    assert_int_equal(atomic_load(&service_threads), 0);
    SteamNetworkingSockets_SetManualPollMode(false);
    expect_answer("send 4", "1");
    message = receive_one(connection);
    assert_int_equal(message->m_cbSize, 4);
    release(message);
    assert_true(atomic_load(&service_threads) > 0);
    SteamNetworkingSockets_Poll(0); /* not in this mode */
    assert_int_equal(fixture_bugs, 1);
    SteamNetworkingSockets_SetServiceThreadInitCallback(NULL);
    end_both();
}

static void a_new_identity_ends_everything(void **state)
{
    SteamNetworkingIdentity other, seen;

    (void)state;
    connect_to_server();
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&other, sizeof(other), "str:somebody else"));
    S(ResetIdentity, &other);
    assert_true(S(GetIdentity, &seen));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&seen, &other));
    run_callbacks();
    expect_event(connection, 0, CONNECTED, NONE);
    assert_false(S(GetConnectionInfo, connection, NULL));
    {
        char line[LINE_MAXIMUM];

        do {
            tell(&server, "state");
            hear(&server, line);
        } while (strcmp(line, "3 0") == 0);
        assert_string_equal(line, "4 2999");
    }
    connection = S(ConnectByIPAddress, &server_address, 0, NULL); /* and life goes on */
    expect_answer("accept", "1");
    await(state_of(connection) == CONNECTED);
    end_both();
}

/* A listen socket that closes takes its connections along, and says goodbye to their peers. */
static void a_closed_listen_socket(void **state)
{
    (void)state;
    connect_to_server();
    expect_answer("close listener", "1");
    expect_answer("state", "0 0");
    await(state_of(connection) == CLOSED_BY_PEER);
    assert_int_equal(info_of(connection).m_eEndReason, k_ESteamNetConnectionEnd_App_Generic);
    expect_answer("close listener", "0");
    end_both();
}

/* Names that only a back end could resolve: there is none, and the calls say so. */
static void what_needs_a_back_end(void **state)
{
    ISteamNetworkingMessages *sessions;
    SteamNetworkingIdentity other;
    SteamNetworkingMessage_t *message;

    (void)state;
    connect_to_server();
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&other, sizeof(other), "str:server"));
    assert_int_equal(S(ConnectP2P, &other, 0, 0, NULL), 0);
    sessions = SteamAPI_SteamNetworkingMessages_v002();
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_SendMessageToUser(sessions, &other, "x", 1, RELIABLE, 0),
                     k_EResultFail);
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(sessions, 0, &message, 1), 0);
    assert_false(SteamAPI_ISteamNetworkingMessages_AcceptSessionWithUser(sessions, &other));
    assert_false(SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(sessions, &other));
    assert_false(SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(sessions, &other, 0));
    assert_int_equal(SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo(sessions, &other, NULL, NULL), NONE);
    assert_int_equal(S(GetRemoteFakeIPForConnection, connection, NULL), k_EResultIPNotFound);
    assert_int_equal(U(GetRelayNetworkStatus, NULL), k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(state_of(connection), CONNECTED);
    end_both();
}

static void what_the_library_says(void **state)
{
    (void)state;
    connect_to_server();
    assert_true(U(SetConnectionConfigValueInt32, connection, k_ESteamNetworkingConfig_LogLevel_Message,
                  k_ESteamNetworkingSocketsDebugOutputType_Verbose));
    U(SetDebugOutputFunction, k_ESteamNetworkingSocketsDebugOutputType_Bug, fixture_note_log);
    forget_log();
    assert_int_equal(send_text(connection, "spoken of", RELIABLE_NOW), k_EResultOK);
    assert_true(logged("queued message 1")); /* its own level counts, not the general one */
    expect_answer("receive", "9 bytes, lane 0, number 1");
    U(SetDebugOutputFunction, k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    forget_log();
    assert_int_equal(send_text(connection, "in silence", RELIABLE_NOW), k_EResultOK);
    assert_false(logged("queued"));
    end_both();
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(accepting_and_its_errors),       real_case(names_and_user_data_belong_to_one_side),
        real_case(lanes_reach_the_other_process),  real_case(descriptors_wake_for_another_process),
        real_case(room_in_the_send_queue_is_told), real_case(manual_polling),
        real_case(a_new_identity_ends_everything), real_case(a_closed_listen_socket),
        real_case(what_needs_a_back_end),          real_case(what_the_library_says),
    };

    return run_cases(argc, argv, cases);
}
