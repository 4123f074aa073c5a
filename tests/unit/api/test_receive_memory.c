/* The memory of received messages that all connections share (ReceiveMemory): what is fetched is given back, whatever
 * way, and who needs more than others have left gets it in turn. */
#include "fixture.h"

#include "api/receive_memory.h"
#include "base/memory_quota.h"

enum { CONNECTIONS = 50, SENDERS = 8, LARGE = 500000, BURST = 100, PIECE = 1000 };

static char large[LARGE];

static void limit_kilobytes(int32 kilobytes)
{
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, k_EFumaroleConfig_ReceiveMemory,
                                                              k_ESteamNetworkingConfig_Global, 0,
                                                              k_ESteamNetworkingConfig_Int32, &kilobytes));
}

static int stop_without_limit(void **state)
{
    SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, k_EFumaroleConfig_ReceiveMemory,
                                                  k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Int32,
                                                  NULL);
    stop(state);
    assert_int_equal(memory_quota_drawn(receive_memory()), 0);
    assert_int_equal(receive_memory()->drawers, 0);
    assert_int_equal(receive_memory()->wanting, 0);
    return 0;
}

static void send_bytes(HSteamNetConnection connection, int size)
{
    EResult result;

    await((result = SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
               sockets, connection, large, (uint32)size, RELIABLE_NOW, NULL)) != k_EResultLimitExceeded);
    assert_int_equal(result, k_EResultOK);
}

/* Nobody else needs the memory: a message may be as large as it is otherwise. */
static void a_large_message_gets_through_a_small_limit(void **state)
{
    struct link link = link_up();
    SteamNetworkingMessage_t *message;

    (void)state;
    limit_kilobytes(1024);
    for (int i = 0; i < 3; i++) {
        send_bytes(link.client, LARGE);
        message = receive_one(link.server);
        assert_int_equal(message->m_cbSize, LARGE);
        release(message);
    }
}

static int unread_of(HSteamNetConnection connection)
{
    char status[8192];
    const char *line;
    int count = -1;

    assert_int_equal(
        SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, connection, status, sizeof(status)), 0);
    line = strstr(status, "Unread messages");
    assert_non_null(line);
    sscanf(line, "Unread messages %d", &count);
    return count;
}

/* Connections that once had a lot to fetch, have fetched it and go on with little. */
static void what_was_fetched_is_given_back(bool by_group)
{
    HSteamNetPollGroup group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    SteamNetworkingMessage_t *messages[BURST];
    struct link link = link_up();

    if (by_group)
        assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, link.server, group));
    for (int i = 0; i < BURST; i++)
        send_bytes(link.client, PIECE);
    await(unread_of(link.server) == BURST);
    assert_true(memory_quota_drawn(receive_memory()) > 0);
    for (int count = 0; count < BURST;) {
        int taken =
            by_group
                ? SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, BURST)
                : SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, link.server, messages, BURST);
        for (int i = 0; i < taken; i++)
            release(messages[i]);
        count += taken;
    }
    if (by_group) {
        assert_int_equal(send_text(link.client, "more", UNRELIABLE), k_EResultOK);
        await(SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, 1) == 1);
        release(messages[0]);
    }
    assert_int_equal(memory_quota_drawn(receive_memory()), 0);
    SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, group);
}

static void what_was_fetched_from_a_connection_is_given_back(void **state)
{
    (void)state;
    what_was_fetched_is_given_back(false);
}

static void what_was_fetched_from_a_poll_group_is_given_back(void **state)
{
    (void)state;
    what_was_fetched_is_given_back(true);
}

static HSteamNetConnection clients[CONNECTIONS], servers[CONNECTIONS];

static void link_up_many(int count)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);

    for (int i = 0; i < count; i++) {
        forget_events();
        clients[i] = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
        await(incoming(listener));
        servers[i] = incoming(listener);
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, servers[i]), k_EResultOK);
        await(state_of(clients[i]) == CONNECTED);
    }
}

static int fetch_from_all(int count)
{
    int fetched = 0;

    for (int i = 0; i < count; i++) {
        SteamNetworkingMessage_t *message;

        if (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, servers[i], &message, 1) != 1)
            continue;
        assert_int_equal(message->m_cbSize, LARGE);
        release(message);
        fetched++;
    }
    return fetched;
}

/* More large messages than there is memory for arrive one after the other. */
static void large_messages_take_turns(void **state)
{
    int fetched = 0;

    (void)state;
    limit_kilobytes(2048);
    link_up_many(SENDERS);
    for (int i = 0; i < SENDERS; i++)
        send_bytes(clients[i], LARGE);
    await((fetched += fetch_from_all(SENDERS)) == SENDERS);
}

/* Connections nobody reads from do not keep others from getting what they need. */
static void unread_connections_leave_others_what_they_need(void **state)
{
    SteamNetworkingMessage_t *message;

    (void)state;
    limit_kilobytes(1024);
    link_up_many(CONNECTIONS);
    for (int i = 1; i < CONNECTIONS; i++)
        for (int k = 0; k < BURST; k++)
            send_bytes(clients[i], PIECE);
    for (int i = 0; i < BURST; i++)
        send_bytes(clients[0], PIECE);
    for (int i = 0; i < BURST; i++)
        release(receive_one(servers[0]));
    assert_true(memory_quota_drawn(receive_memory()) <= 1024 * 1024);
    send_bytes(clients[0], 30000);
    message = receive_one(servers[0]);
    assert_int_equal(message->m_cbSize, 30000);
    release(message);
    /* And nothing is lost. */
    for (int i = 1; i < CONNECTIONS; i++)
        for (int k = 0; k < BURST; k++)
            release(receive_one(servers[i]));
}

#define limited(test) cmocka_unit_test_setup_teardown(test, start, stop_without_limit)

int main(void)
{
    const struct CMUnitTest tests[] = {
        limited(what_was_fetched_from_a_connection_is_given_back),
        limited(what_was_fetched_from_a_poll_group_is_given_back),
        limited(unread_connections_leave_others_what_they_need),
        limited(a_large_message_gets_through_a_small_limit),
        limited(large_messages_take_turns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
