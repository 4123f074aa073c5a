/*
 * Messages that cannot be sent, and receivers that have no room: the result, whom the message belongs to afterwards,
 * that its payload is freed exactly once, and that no reliable byte is lost.
 *
 * Client and server are two processes; the server does what it is told over the line between them.
 */
#include "api/fixture.h"
#include "harness/process.h"
#include "harness/runner.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)
#define U(name, ...) SteamAPI_ISteamNetworkingUtils_##name(utils, ##__VA_ARGS__)

enum { LARGEST = k_cbMaxSteamNetworkingSocketsMessageSizeSend };

static char block[LARGEST + 1];

/* ---- the server ------------------------------------------------------------------------------------------------- */

struct served {
    HSteamListenSocket listener;
    HSteamNetConnection connection;
    HSteamNetPollGroup group;
};

/* Bytes and order of what the client numbers from `first` on; each message holds its number and is as long as it says.
 */
static void receive_numbered(struct served *served, uint32 first, uint32 count, int at_a_time, bool by_group)
{
    SteamNetworkingMessage_t *messages[64];
    uint32 expected = first, end = first + count;

    while (expected < end) {
        int got;

        if ((uint32)at_a_time > end - expected)
            at_a_time = (int)(end - expected);
        await((got = by_group ? S(ReceiveMessagesOnPollGroup, served->group, messages, at_a_time)
                              : S(ReceiveMessagesOnConnection, served->connection, messages, at_a_time)) != 0);
        assert_true(got > 0);
        for (int i = 0; i < got; i++) {
            uint32 number;

            memcpy(&number, messages[i]->m_pData, sizeof(number));
            assert_int_equal(number, expected);
            assert_int_equal(messages[i]->m_cbSize, 4 + expected * 7 % 3000);
            for (int k = 4; k < messages[i]->m_cbSize; k++)
                assert_int_equal(((uint8_t *)messages[i]->m_pData)[k], (uint8_t)(expected + (uint32)k));
            expected++;
            release(messages[i]);
        }
    }
}

/* Does what the client says, line by line. */
static void obey(struct process *client, struct served *served)
{
    char line[LINE_MAXIMUM];
    unsigned first, count;
    int at_a_time;

    for (;;) {
        await(has_news(client));
        hear(client, line);
        if (strcmp(line, "accept") == 0) {
            await(incoming(served->listener));
            served->connection = incoming(served->listener);
            assert_int_equal(S(AcceptConnection, served->connection), k_EResultOK);
        } else if (strcmp(line, "close") == 0) {
            assert_true(S(CloseConnection, served->connection, 1234, "enough", false));
        } else if (strcmp(line, "group") == 0) {
            served->group = S(CreatePollGroup);
            assert_true(S(SetConnectionPollGroup, served->connection, served->group));
        } else if (sscanf(line, "receive %u %u %d", &first, &count, &at_a_time) == 3) {
            receive_numbered(served, first, count, at_a_time, served->group != 0);
        } else if (strcmp(line, "read") == 0) {
            release(receive_one(served->connection));
        } else if (strcmp(line, "end") == 0) {
            return;
        }
        tell(client, "done");
    }
}

static SteamNetworkingConfigValue_t server_options[4];
static int server_option_count;

static void serve(void **state)
{
    struct process *client = *state;
    struct served served = {.group = 0};
    SteamNetworkingIPAddr address;

    start_as("str:server");
    served.listener = listen_with(server_option_count, server_options, &address);
    tell(client, "%u", address.m_port);
    obey(client, &served);
    stop(NULL);
}

/* ---- the client ------------------------------------------------------------------------------------------------- */

static struct process server;
static HSteamNetConnection connection;

static void order(const char *line)
{
    tell(&server, "%s", line);
    expect_to_hear(&server, "done");
}

static void start_both(int option_count, const SteamNetworkingConfigValue_t *options)
{
    char line[LINE_MAXIMUM];
    SteamNetworkingIPAddr address;

    server = start_process("server", serve);
    hear(&server, line);
    address = loopback((uint16)atoi(line));
    start_as("str:client");
    connection = S(ConnectByIPAddress, &address, option_count, options);
    assert_int_not_equal(connection, 0);
}

static void connect_both(int option_count, const SteamNetworkingConfigValue_t *options)
{
    start_both(option_count, options);
    order("accept");
    await(state_of(connection) == CONNECTED);
}

static void end_both(void)
{
    tell(&server, "end");
    finish_process(&server);
    stop(NULL);
}

/* Content that tells its number and its place in it. */
static uint32 fill_numbered(uint32 number)
{
    uint32 size = 4 + number * 7 % 3000;

    memcpy(block, &number, sizeof(number));
    for (uint32 k = 4; k < size; k++)
        block[k] = (char)(number + k);
    return size;
}

/* ---- whose a message is ----------------------------------------------------------------------------------------- */

static atomic_int freed;

static void count_free(SteamNetworkingMessage_t *message)
{
    assert_non_null(message->m_pData);
    atomic_fetch_add(&freed, 1);
}

static SteamNetworkingMessage_t *make(int size, int flags)
{
    SteamNetworkingMessage_t *message = U(AllocateMessage, 0);

    message->m_pData = block;
    message->m_cbSize = size;
    message->m_pfnFreeData = count_free;
    message->m_conn = connection;
    message->m_nFlags = flags;
    return message;
}

/* Both ways to fail: the message stays the caller's, or it is gone and its payload freed. */
static void expect_refusal(int size, int flags, EResult expected)
{
    SteamNetworkingMessage_t *message = make(size, flags), *mine = message;
    int64 number = 5;

    atomic_store(&freed, 0);
    S(SendMessages, 1, &message, &number, false);
    assert_int_equal(number, -(int64)expected);
    assert_ptr_equal(message, mine);
    assert_int_equal(message->m_cbSize, size);
    assert_int_equal(message->m_conn, connection);
    assert_int_equal(atomic_load(&freed), 0);
    release(message);
    assert_int_equal(atomic_load(&freed), 1);

    message = make(size, flags);
    S(SendMessages, 1, &message, &number, true);
    assert_int_equal(number, -(int64)expected);
    assert_int_equal(atomic_load(&freed), 2);

    assert_int_equal(S(SendMessageToConnection, connection, block, (uint32)size, flags, &number), expected);
    assert_int_equal(number, -1);
}

static void message_too_large(void **state)
{
    (void)state;
    connect_both(0, NULL);
    expect_refusal(LARGEST + 1, RELIABLE, k_EResultInvalidParam);
    expect_refusal(LARGEST + 1, UNRELIABLE, k_EResultInvalidParam);
    assert_int_equal(state_of(connection), CONNECTED);
    end_both();
}

static void send_buffer_full(void **state)
{
    SteamNetworkingConfigValue_t options[3] = {int_option(k_ESteamNetworkingConfig_SendBufferSize, 50000),
                                               int_option(k_ESteamNetworkingConfig_SendRateMin, 20000),
                                               int_option(k_ESteamNetworkingConfig_SendRateMax, 20000)};
    SteamNetConnectionRealTimeStatus_t status;
    uint32 sent = 0;

    (void)state;
    connect_both(3, options);
    for (;;) {
        uint32 size = fill_numbered(sent);
        EResult result = S(SendMessageToConnection, connection, block, size, RELIABLE, NULL);
        if (result != k_EResultOK) {
            assert_int_equal(result, k_EResultLimitExceeded);
            break;
        }
        sent++;
        assert_true(sent < 1000);
    }
    assert_int_equal(S(GetConnectionRealTimeStatus, connection, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_cbPendingReliable <= 50000);
    expect_refusal(40000, RELIABLE, k_EResultLimitExceeded);
    expect_refusal(40000, UNRELIABLE, k_EResultLimitExceeded);

    /* What was accepted arrives; then there is room again. */
    assert_true(U(SetConnectionConfigValueInt32, connection, k_ESteamNetworkingConfig_SendRateMax, 5000000));
    assert_true(U(SetConnectionConfigValueInt32, connection, k_ESteamNetworkingConfig_SendRateMin, 5000000));
    snprintf(block, sizeof(block), "receive 0 %u 64", sent);
    order(block);
    await(S(GetConnectionRealTimeStatus, connection, &status, 0, NULL) == k_EResultOK &&
          status.m_cbPendingReliable == 0);
    assert_int_equal(S(SendMessageToConnection, connection, block, 40000, RELIABLE, NULL), k_EResultOK);
    end_both();
}

static void not_connected(void **state)
{
    SteamNetworkingMessage_t *message;
    int64 number;

    (void)state;
    start_both(0, NULL);
    atomic_store(&freed, 0);
    expect_refusal(10, k_nSteamNetworkingSend_NoDelay, k_EResultIgnored);
    expect_refusal(LARGEST + 1, RELIABLE, k_EResultInvalidParam);
    atomic_store(&freed, 0);
    message = make(10, RELIABLE); /* waits, and arrives */
    S(SendMessages, 1, &message, &number, false);
    assert_int_equal(number, 1);
    assert_null(message);
    message = make(LARGEST, RELIABLE);
    S(SendMessages, 1, &message, &number, true); /* there is no room for that beside it */
    assert_int_equal(number, -(int64)k_EResultLimitExceeded);
    assert_int_equal(atomic_load(&freed), 1);
    order("accept");
    await(state_of(connection) == CONNECTED);
    await(atomic_load(&freed) == 2); /* arrived and acknowledged */
    end_both();
}

static void closed(void **state)
{
    (void)state;
    connect_both(0, NULL);
    order("close");
    await(state_of(connection) == CLOSED_BY_PEER);
    expect_refusal(10, RELIABLE, k_EResultNoConnection);
    expect_refusal(10, UNRELIABLE, k_EResultNoConnection);
    assert_int_equal(S(FlushMessagesOnConnection, connection), k_EResultNoConnection);
    assert_int_equal(S(ConfigureConnectionLanes, connection, 2, NULL, NULL), k_EResultInvalidState);
    assert_true(close_connection(connection));
    {
        SteamNetworkingMessage_t *message = make(10, RELIABLE);
        int64 number;

        S(SendMessages, 1, &message, &number, false);
        assert_int_equal(number, -(int64)k_EResultInvalidParam);
        assert_non_null(message);
        release(message);
    }
    end_both();
}

static void timed_out(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutInitial, 200);
    SteamNetworkingMessage_t *message;
    int64 number;

    (void)state;
    start_both(1, &quick); /* and nobody accepts */
    atomic_store(&freed, 0);
    message = make(10, RELIABLE);
    S(SendMessages, 1, &message, &number, true);
    assert_int_equal(number, 1);
    await(state_of(connection) == PROBLEM);
    assert_true(close_connection(connection));
    assert_int_equal(atomic_load(&freed), 1); /* what waited in vain goes with the connection */
    tell(&server, "end");
    finish_process(&server);
    stop(NULL);
}

/* Whatever becomes of a message, its payload is freed once: delivered, dropped at the end, refused, or cut off. */
static void every_payload_is_freed_once(void **state)
{
    enum { MESSAGES = 300 };
    int accepted = 0;

    (void)state;
    connect_both(0, NULL);
    atomic_store(&freed, 0);
    for (int i = 0; i < MESSAGES; i++) {
        SteamNetworkingMessage_t *message = make(1 + i * 37 % 5000, i % 3 ? RELIABLE : UNRELIABLE);
        int64 number;

        S(SendMessages, 1, &message, &number, true);
        accepted += number > 0;
    }
    assert_true(accepted > 0);
    assert_true(close_connection(connection)); /* with most of it unsent */
    assert_int_equal(atomic_load(&freed), MESSAGES);
    tell(&server, "end");
    finish_process(&server);
    stop(NULL);
    assert_int_equal(atomic_load(&freed), MESSAGES);
}

/* ---- a receiver without room ------------------------------------------------------------------------------------ */

static int stuck_bytes(void)
{
    SteamNetConnectionRealTimeStatus_t status;

    assert_int_equal(S(GetConnectionRealTimeStatus, connection, &status, 0, NULL), k_EResultOK);
    return status.m_cbPendingReliable + status.m_cbSentUnackedReliable;
}

/*
 * The receiver has room for five messages or few bytes and reads slowly; the sender is fast. What does not fit is not
 * lost, what waits at the receiver stays within its limit, and the sender notices that it cannot get rid of it.
 */
static void fill_receiver(int messages, int bytes, bool by_group)
{
    enum { COUNT = 400 };
    SteamNetworkingConfigValue_t options[3] = {int_option(k_ESteamNetworkingConfig_SendBufferSize, 4000000),
                                               int_option(k_ESteamNetworkingConfig_SendRateMin, 20000000),
                                               int_option(k_ESteamNetworkingConfig_SendRateMax, 20000000)};
    int stuck, before;

    server_options[0] = int_option(k_ESteamNetworkingConfig_RecvBufferMessages, messages);
    server_options[1] = int_option(k_ESteamNetworkingConfig_RecvBufferSize, bytes);
    server_option_count = 2;
    connect_both(3, options);
    if (by_group)
        order("group");
    for (uint32 number = 0; number < COUNT; number++) {
        uint32 size = fill_numbered(number);

        assert_int_equal(S(SendMessageToConnection, connection, block, size, RELIABLE, NULL), k_EResultOK);
    }
    /* Nobody reads: after a while nothing moves any more, and most of it is still here. */
    stuck = stuck_bytes();
    do {
        before = stuck;
        for (int i = 0; i < 20; i++)
            await(Fumarole_Wait(20) || true);
        stuck = stuck_bytes();
    } while (stuck != before);
    assert_true(stuck > 300000);
    assert_int_equal(state_of(connection), CONNECTED);
    order("receive 0 100 1");
    order("receive 100 99 3");
    order("receive 199 201 64");
    await(stuck_bytes() == 0);
    assert_int_equal(state_of(connection), CONNECTED);
    end_both();
}

static void receive_queue_full_of_messages(void **state)
{
    (void)state;
    fill_receiver(5, 65536, false);
}

static void receive_queue_full_of_bytes(void **state)
{
    (void)state;
    fill_receiver(1000, 8192, false);
}

static void poll_group_with_full_queue_of_messages(void **state)
{
    (void)state;
    fill_receiver(5, 65536, true);
}

static void poll_group_with_full_queue_of_bytes(void **state)
{
    (void)state;
    fill_receiver(1000, 8192, true);
}

static void expect_end_by_receiver(const char *named)
{
    await(state_of(connection) != CONNECTED);
    assert_int_equal(state_of(connection), CLOSED_BY_PEER);
    assert_int_equal(info_of(connection).m_eEndReason, k_ESteamNetConnectionEnd_Misc_InternalError);
    if (!strstr(info_of(connection).m_szEndDebug, named))
        fail_msg("\"%s\" does not name %s", info_of(connection).m_szEndDebug, named);
    end_both();
}

/* One that can never be received ends the connection; it would be in the way for ever. */
static void message_larger_than_the_receive_buffer(void **state)
{
    SteamNetworkingConfigValue_t options[2] = {int_option(k_ESteamNetworkingConfig_SendRateMin, 20000000),
                                               int_option(k_ESteamNetworkingConfig_SendRateMax, 20000000)};

    (void)state;
    server_options[0] = int_option(k_ESteamNetworkingConfig_RecvBufferSize, 4096);
    server_option_count = 1;
    connect_both(2, options);
    assert_int_equal(S(SendMessageToConnection, connection, block, 4096, RELIABLE_NOW, NULL), k_EResultOK);
    await(stuck_bytes() == 0);
    order("read");
    assert_int_equal(S(SendMessageToConnection, connection, block, 4097, RELIABLE_NOW, NULL), k_EResultOK);
    expect_end_by_receiver("RecvBufferSize");
}

static void message_above_the_receivers_maximum(void **state)
{
    (void)state;
    server_options[0] = int_option(k_ESteamNetworkingConfig_RecvMaxMessageSize, 1000);
    server_option_count = 1;
    connect_both(0, NULL);
    assert_int_equal(S(SendMessageToConnection, connection, block, 1000, RELIABLE_NOW, NULL), k_EResultOK);
    await(stuck_bytes() == 0);
    order("read");
    assert_int_equal(S(SendMessageToConnection, connection, block, 1001, RELIABLE_NOW, NULL), k_EResultOK);
    expect_end_by_receiver("RecvMaxMessageSize");
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(message_too_large),
        real_case(send_buffer_full),
        real_case(not_connected),
        real_case(closed),
        real_case(timed_out),
        real_case(every_payload_is_freed_once),
        real_case(receive_queue_full_of_messages),
        real_case(receive_queue_full_of_bytes),
        real_case(poll_group_with_full_queue_of_messages),
        real_case(poll_group_with_full_queue_of_bytes),
        real_case(message_larger_than_the_receive_buffer),
        real_case(message_above_the_receivers_maximum),
    };

    return run_cases(argc, argv, cases);
}
