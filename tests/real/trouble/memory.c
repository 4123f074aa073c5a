/*
 * Memory that runs out, at every place in turn: the call fails cleanly, other connections go on, nothing crashes and
 * nothing is left behind. The library is given an allocator that fails every n-th time, or from some time on, through
 * whole sessions of everything it can do.
 */
#include "harness/memory.h"
#include "api/fixture.h"
#include "harness/runner.h"

#include <stdlib.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

enum { PATIENCE_MS = 150 }; /* for what may never happen without memory */

static struct link witness; /* was there before, and must survive */
static char block[30000];

/* Waits a little; the caller goes on either way. */
#define await_a_little(condition)                                                                                      \
    do {                                                                                                               \
        int64 little_deadline = milliseconds_now() + PATIENCE_MS;                                                      \
                                                                                                                       \
        while (run_callbacks(), !(condition) && milliseconds_now() < little_deadline)                                  \
            Fumarole_Wait(5);                                                                                          \
    } while (0)

static void release_all(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *messages[16];
    int count;

    while ((count = S(ReceiveMessagesOnConnection, connection, messages, 16)) > 0) {
        for (int i = 0; i < count; i++)
            release(messages[i]);
    }
}

/* ---- the parts of a session; every call may fail, in the ways it is documented to ------------------------------- */

static bool is_result_of_sending(int64 result)
{
    return result > 0 || result == -(int64)k_EResultFail || result == -(int64)k_EResultLimitExceeded ||
           result == -(int64)k_EResultNoConnection || result == -(int64)k_EResultInvalidParam || result == 0;
}

static void send_everything(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *messages[70];
    int64 results[70];
    int count = 0;

    for (int size = 1; size <= (int)sizeof(block); size *= 3) {
        EResult result = S(SendMessageToConnection, connection, block, (uint32)size, size % 2 ? RELIABLE : RELIABLE_NOW,
                           &results[0]);

        assert_true(result == k_EResultOK || results[0] == -1);
        assert_true(is_result_of_sending(result == k_EResultOK ? 1 : -(int64)result));
    }
    while (count < 70) {
        messages[count] = U(AllocateMessage, 100 + count);
        if (!messages[count])
            break;
        messages[count]->m_conn = connection;
        messages[count]->m_nFlags = count % 3 ? UNRELIABLE : RELIABLE_NOW;
        count++;
    }
    S(SendMessages, count, messages, results, true);
    for (int i = 0; i < count; i++)
        assert_true(is_result_of_sending(results[i]));
}

static void describe(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;
    char text[4096];
    int32 number = 700;
    size_t size = sizeof(text);

    S(SetConnectionName, connection, "short of memory");
    S(SetConnectionUserData, connection, 5);
    assert_true(S(GetConnectionInfo, connection, &info));
    assert_int_equal(S(GetConnectionRealTimeStatus, connection, &status, 0, NULL), k_EResultOK);
    assert_true(S(GetDetailedConnectionStatus, connection, text, sizeof(text)) >= 0);
    U(SetConnectionConfigValueInt32, connection, k_ESteamNetworkingConfig_NagleTime, 100);
    U(SetConnectionConfigValueString, connection, k_ESteamNetworkingConfig_P2P_STUN_ServerList, "stun.example:3478");
    U(GetConfigValue, k_ESteamNetworkingConfig_P2P_STUN_ServerList, k_ESteamNetworkingConfig_Connection,
      (intptr_t)connection, NULL, text, &size);
    U(SetConfigValue, k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Connection, (intptr_t)connection,
      k_ESteamNetworkingConfig_Int32, &number);
    S(ConfigureConnectionLanes, connection, 3, (const int[]){1, 0, 1}, NULL);
    Fumarole_SetSendQueueCallback(connection, 0, NULL, NULL);
}

static void connect_and_talk(void)
{
    SteamNetworkingIPAddr address = loopback(0);
    HSteamListenSocket listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    HSteamNetPollGroup group = S(CreatePollGroup);
    HSteamNetConnection client = 0, server = 0;

    if (listener && S(GetListenSocketAddress, listener, &address)) {
        client = S(ConnectByIPAddress, &address, 0, NULL);
        if (client)
            await_a_little(incoming(listener));
        server = incoming(listener);
    }
    if (server) {
        EResult result = S(AcceptConnection, server);

        /* What runs out is memory, not agreement. */
        assert_true(result == k_EResultOK || result == k_EResultFail || result == k_EResultInvalidState);
        if (result == k_EResultOK)
            await_a_little(state_of(client) != CONNECTING);
    }
    if (client) {
        describe(client);
        send_everything(client);
        if (group)
            S(SetConnectionPollGroup, client, group);
    }
    if (server) {
        await_a_little(Fumarole_Wait(0));
        release_all(server);
        send_everything(server);
        S(FlushMessagesOnConnection, server);
        S(CloseConnection, server, 0, NULL, true);
    }
    if (client) {
        release_all(client);
        assert_true(S(CloseConnection, client, 1234, "enough of that", false));
    }
    if (group)
        assert_true(S(DestroyPollGroup, group));
    if (listener)
        assert_true(S(CloseListenSocket, listener));
}

static void make_pairs(void)
{
    for (int network = 0; network < 2; network++) {
        HSteamNetConnection a = 1, b = 1;

        if (!S(CreateSocketPair, &a, &b, network != 0, NULL, NULL)) {
            assert_true(a == 0 && b == 0);
            continue;
        }
        send_everything(a);
        await_a_little(Fumarole_Wait(0));
        release_all(b);
        assert_true(close_connection(a));
        assert_true(close_connection(b));
    }
}

static void use_the_rest(void)
{
    ISteamNetworkingMessages *sessions = SteamAPI_SteamNetworkingMessages_v002();
    SteamNetworkingMessage_t *messages[4];
    SteamNetworkingIdentity self;
    SteamNetworkingErrMsg error;
    uint8_t request[512];
    int size = sizeof(request), count;

    S(GetCertificateRequest, &size, request, error);
    assert_true(S(GetIdentity, &self));
    HSteamListenSocket listener = S(CreateListenSocketP2P, 7, 0, NULL);
    if (listener) {
        HSteamNetConnection client = S(ConnectP2P, &self, 7, 0, NULL);

        if (client) {
            run_callbacks();
            assert_true(close_connection(client));
        }
        assert_true(S(CloseListenSocket, listener));
    }
    if (!sessions)
        return;
    SteamAPI_ISteamNetworkingMessages_SendMessageToUser(sessions, &self, "to myself", 9, RELIABLE, 3);
    await_a_little(Fumarole_Wait(0));
    count = SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(sessions, 3, messages, 4);
    for (int i = 0; i < count; i++)
        release(messages[i]);
    SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(sessions, &self);
}

static void whole_session(void)
{
    forget_events();
    send_text(witness.client, "during", RELIABLE_NOW); /* may fail, must not harm */
    connect_and_talk();
    make_pairs();
    use_the_rest();
    send_text(witness.server, "during", RELIABLE_NOW);
}

/* ---- with and without memory ------------------------------------------------------------------------------------ */

static void prepare(void)
{
    memory_install();
    start_as("str:poor");
    witness = link_up();
}

/* Memory is back: what was there before is whole, in both directions, and new connections can be made. */
static void expect_recovery(void)
{
    struct link another;

    assert_int_equal(state_of(witness.client), CONNECTED);
    assert_int_equal(state_of(witness.server), CONNECTED);
    for (int direction = 0; direction < 2; direction++) {
        HSteamNetConnection from = direction ? witness.server : witness.client;
        HSteamNetConnection to = direction ? witness.client : witness.server;
        bool last = false;

        assert_int_equal(send_text(from, "the last of it", RELIABLE_NOW), k_EResultOK);
        while (!last) {
            SteamNetworkingMessage_t *message = receive_one(to);

            last = message->m_cbSize == 14;
            assert_true(last || (message->m_cbSize == 6 && memcmp(message->m_pData, "during", 6) == 0));
            release(message);
        }
    }
    forget_events();
    another = link_up();
    assert_true(close_connection(another.client));
    assert_true(S(CloseListenSocket, another.listener));
}

static void end_without_remains(void)
{
    stop(NULL);
    assert_int_equal(memory_blocks(), 0);
}

static void fail_every(const int *n, size_t count)
{
    prepare();
    for (size_t i = 0; i < count; i++) {
        for (int round = 0; round < 4; round++) { /* which begin at different places */
            memory_fail_every(n[i]);
            whole_session();
        }
        memory_fail_every(0);
        expect_recovery();
    }
    end_without_remains();
}

static void every_second_to_sixth_allocation_fails(void **state)
{
    static const int n[] = {2, 3, 4, 5, 6};

    (void)state;
    fail_every(n, sizeof(n) / sizeof(n[0]));
}

static void every_seventh_to_thirteenth_allocation_fails(void **state)
{
    static const int n[] = {7, 8, 9, 10, 11, 12, 13};

    (void)state;
    fail_every(n, sizeof(n) / sizeof(n[0]));
}

static void every_seventeenth_and_rarer_allocation_fails(void **state)
{
    static const int n[] = {17, 19, 23, 29, 31, 37, 41, 53, 67, 83, 100, 131, 171, 233};

    (void)state;
    fail_every(n, sizeof(n) / sizeof(n[0]));
}

static void every_allocation_fails(void **state)
{
    (void)state;
    prepare();
    for (int i = 0; i < 3; i++) {
        memory_fail_from(1);
        whole_session();
        memory_fail_from(0);
        expect_recovery();
    }
    end_without_remains();
}

/*
 * Each allocation in turn is the first of which there is no more: a session is interrupted at every place it can be. It
 * takes some four hundred.
 */
static void memory_ends_at(long first, long last)
{
    prepare();
    for (long n = first; n <= last; n++) {
        memory_fail_from(n);
        whole_session();
        memory_fail_from(0);
        if (n % 16 == 0)
            expect_recovery();
    }
    expect_recovery();
    end_without_remains();
}

static void memory_ends_early(void **state)
{
    (void)state;
    memory_ends_at(1, 100);
}

static void memory_ends_in_the_middle(void **state)
{
    (void)state;
    memory_ends_at(101, 250);
}

static void memory_ends_late(void **state)
{
    (void)state;
    memory_ends_at(251, 450);
}

static void starting_and_stopping(void **state)
{
    (void)state;
    memory_install();
    for (int n = 2; n < 60; n++) {
        SteamNetworkingErrMsg error = "";
        bool started;

        memory_fail_every(n);
        started = GameNetworkingSockets_Init(NULL, error);
        if (started) {
            sockets = SteamAPI_SteamNetworkingSockets_v009();
            utils = SteamAPI_SteamNetworkingUtils_v003();
            make_pairs();
        } else {
            assert_true(strlen(error) > 5);
        }
        GameNetworkingSockets_Kill(); /* which needs none */
        memory_fail_every(0);
        assert_int_equal(memory_blocks(), 0);
    }
}

/* A message for which the receiver has no memory comes when it has some again; nothing reliable is lost. */
static void a_message_waits_for_memory(void **state)
{
    enum { LARGE = 3000 }; /* small ones lie in blocks that are kept for reuse */
    SteamNetworkingMessage_t *message;

    (void)state;
    prepare();
    for (int round = 0; round < 5; round++) {
        SteamNetworkingMessage_t *sent = U(AllocateMessage, LARGE); /* while there is memory for it */
        int64 result;
        long calls;

        assert_non_null(sent);
        memset(sent->m_pData, round, LARGE);
        sent->m_conn = witness.client;
        sent->m_nFlags = RELIABLE_NOW;
        calls = memory_calls();
        memory_fail_from(1);
        S(SendMessages, 1, &sent, &result, true);
        assert_true(result > 0);
        await(memory_calls() > calls + 3); /* it was tried, in vain */
        assert_int_equal(S(ReceiveMessagesOnConnection, witness.server, &message, 1), 0);
        memory_fail_from(0);
        message = receive_one(witness.server);
        assert_int_equal(message->m_cbSize, LARGE);
        release(message);
    }
    assert_int_equal(state_of(witness.client), CONNECTED);
    end_without_remains();
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(every_second_to_sixth_allocation_fails),
        real_case(every_seventh_to_thirteenth_allocation_fails),
        real_case(every_seventeenth_and_rarer_allocation_fails),
        real_case(every_allocation_fails),
        real_case(memory_ends_early),
        real_case(memory_ends_in_the_middle),
        real_case(memory_ends_late),
        real_case(starting_and_stopping),
        real_case(a_message_waits_for_memory),
    };

    return run_cases(argc, argv, cases);
}
