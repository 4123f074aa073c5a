/* Poll groups and waiting, over UDP (api-contract 11.3, fumarole/extensions.h). */
#include "fixture.h"

#include <poll.h>

#define Create()               SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets)
#define Destroy(group)         SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, group)
#define Put(connection, group) SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, connection, group)
#define ReceiveGroup(group, messages, count)                                                                           \
    SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, count)
#define Receive(connection, messages, count)                                                                           \
    SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, messages, count)

/* A message that is sure to wait at the server, unread. */
static void leave_message(struct link *link, const char *text)
{
    SteamNetConnectionRealTimeStatus_t status;

    assert_int_equal(send_text(link->client, text, RELIABLE_NOW), k_EResultOK);
    do {
        run_callbacks();
        assert_int_equal(
            SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, link->client, &status, 0, NULL),
            k_EResultOK);
    } while (status.m_cbPendingReliable + status.m_cbSentUnackedReliable > 0); /* until it is acknowledged */
}

static void expect_from_group(HSteamNetPollGroup group, const char *text)
{
    SteamNetworkingMessage_t *message = NULL;

    await(ReceiveGroup(group, &message, 1) == 1);
    assert_int_equal(message->m_cbSize, strlen(text));
    assert_memory_equal(message->m_pData, text, strlen(text));
    release(message);
}

static void a_group_collects_its_members(void **state)
{
    struct link a = link_up(), b = link_up();
    HSteamNetPollGroup group = Create();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_not_equal(group, 0);
    assert_true(Put(a.server, group));
    assert_true(Put(b.server, group));
    leave_message(&a, "one");
    leave_message(&b, "two");
    leave_message(&a, "three");
    expect_from_group(group, "one");
    expect_text(b.server, "two"); /* can be read through the connection as well, and comes once */
    expect_from_group(group, "three");
    assert_int_equal(ReceiveGroup(group, &message, 1), 0);
    assert_int_equal(ReceiveGroup(group, &message, 0), 0);
    assert_int_equal(ReceiveGroup(group, NULL, 1), 0);
}

static void handles_are_checked(void **state)
{
    struct link link = link_up();
    HSteamNetPollGroup group = Create();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_int_equal(ReceiveGroup(0, &message, 1), -1);
    assert_int_equal(ReceiveGroup(link.listener, &message, 1), -1);
    assert_int_equal(ReceiveGroup(group ^ 0x10000, &message, 1), -1);
    assert_true(logged("ReceiveMessagesOnPollGroup: hPollGroup"));
    assert_false(Put(link.server, group + 1));
    assert_false(Put(link.server, link.listener));
    assert_false(Put(0, group));
    assert_true(Put(link.server, 0));
    assert_false(Destroy(0));
    assert_false(Destroy(link.listener));
    assert_false(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, group));
    assert_true(Destroy(group));
    assert_false(Destroy(group));
    assert_int_equal(ReceiveGroup(group, &message, 1), -1);
}

static void messages_move_with_their_connection(void **state)
{
    struct link a = link_up(), b = link_up();
    HSteamNetPollGroup first = Create(), second = Create();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_true(Put(a.server, first));
    assert_true(Put(b.server, second));
    leave_message(&a, "a1");
    leave_message(&b, "b1");
    leave_message(&a, "a2");
    assert_true(Put(a.server, second)); /* merged by time */
    assert_int_equal(ReceiveGroup(first, &message, 1), 0);
    expect_from_group(second, "a1");
    expect_from_group(second, "b1");
    assert_true(Put(a.server, 0));
    assert_int_equal(ReceiveGroup(second, &message, 1), 0);
    expect_text(a.server, "a2");
}

static void a_destroyed_group_leaves_the_messages(void **state)
{
    struct link link = link_up();
    HSteamNetPollGroup group = Create();

    (void)state;
    assert_true(Put(link.server, group));
    leave_message(&link, "still there");
    assert_true(Destroy(group));
    expect_text(link.server, "still there");
    leave_message(&link, "and alive");
    expect_text(link.server, "and alive");
}

static void a_closed_connection_leaves_nothing_in_the_group(void **state)
{
    struct link link = link_up();
    HSteamNetPollGroup group = Create();
    SteamNetworkingMessage_t *message;

    (void)state;
    assert_true(Put(link.server, group));
    leave_message(&link, "unread");
    assert_true(close_connection(link.server));
    assert_int_equal(ReceiveGroup(group, &message, 1), 0);
}

static void messages_of_an_ended_connection_can_be_read_from_the_group(void **state)
{
    struct link link = link_up();
    HSteamNetPollGroup group = Create();

    (void)state;
    assert_true(Put(link.server, group));
    leave_message(&link, "last words");
    assert_true(close_connection(link.client));
    await(state_of(link.server) == CLOSED_BY_PEER);
    expect_from_group(group, "last words");
}

static bool readable(int descriptor, int milliseconds)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};

    return poll(&watched, 1, milliseconds) == 1;
}

static void descriptors_wake_a_program(void **state)
{
    struct link link = link_up();
    HSteamNetPollGroup group = Create();
    int all = Fumarole_GetWaitDescriptor(), of_group = Fumarole_GetPollGroupDescriptor(group);
    int of_callbacks = Fumarole_GetCallbackDescriptor();

    (void)state;
    assert_true(all >= 0 && of_group >= 0 && of_callbacks >= 0);
    assert_int_equal(Fumarole_GetPollGroupDescriptor(group), of_group);
    assert_int_equal(Fumarole_GetPollGroupDescriptor(0), -1);
    assert_true(Put(link.server, group));
    run_callbacks();
    assert_false(readable(all, 0));
    assert_false(readable(of_group, 0));
    assert_false(Fumarole_Wait(0));

    assert_int_equal(send_text(link.client, "wake up", RELIABLE_NOW), k_EResultOK);
    assert_true(readable(of_group, FIXTURE_PATIENCE_MS));
    assert_true(readable(all, FIXTURE_PATIENCE_MS));
    assert_false(readable(of_callbacks, 0));
    assert_true(Fumarole_Wait(-1));
    expect_from_group(group, "wake up");
    assert_false(readable(of_group, 0));
    assert_false(readable(all, 0));

    assert_true(close_connection(link.client)); /* a callback is something to fetch */
    assert_true(readable(all, FIXTURE_PATIENCE_MS));
    assert_true(readable(of_callbacks, FIXTURE_PATIENCE_MS));
    assert_false(readable(of_group, 0));
    await(state_of(link.server) == CLOSED_BY_PEER);
    run_callbacks();
    assert_false(readable(all, 0));
    assert_false(readable(of_callbacks, 0));
}

/* ---- the send queue ---------------------------------------------------------------------------------------------- */

static int drained_calls, drained_bytes;

static void drained(HSteamNetConnection connection, int pending_bytes, void *context)
{
    assert_int_equal(connection, *(HSteamNetConnection *)context);
    drained_calls++;
    drained_bytes = pending_bytes;
}

static void a_drained_send_queue_is_reported(void **state)
{
    struct link link = link_up(), other = link_up();
    static char data[60000];

    (void)state;
    drained_calls = 0;
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        utils, other.client, k_ESteamNetworkingConfig_SendBufferSize, 4096));
    assert_true(Fumarole_SetSendQueueCallback(other.client, 1000000, drained, &other.client));
    assert_false(Fumarole_SetSendQueueCallback(0, 0, drained, &link.client));
    assert_false(Fumarole_SetSendQueueCallback(link.client, -1, drained, &link.client));
    assert_true(Fumarole_SetSendQueueCallback(link.client, 1000, drained, &link.client));
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, data, sizeof(data),
                                                                              RELIABLE, NULL),
                     k_EResultOK);
    run_callbacks();
    assert_int_equal(drained_calls, 0);
    await(drained_calls == 1);
    assert_true(drained_bytes <= 1000);

    /* A refused message counts as a full queue, even if the mark is higher. */
    assert_true(SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(
        utils, link.client, k_ESteamNetworkingConfig_SendBufferSize, 4096));
    assert_true(Fumarole_SetSendQueueCallback(link.client, 1000000, drained, &link.client));
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, data, sizeof(data),
                                                                              RELIABLE, NULL),
                     k_EResultLimitExceeded);
    await(drained_calls == 2);

    /* Nobody is called for a connection that the peer has closed before RunCallbacks. */
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, other.client, data, sizeof(data),
                                                                              RELIABLE, NULL),
                     k_EResultLimitExceeded); /* posts the event, as there is nothing else in the queue */
    assert_true(close_connection(other.server));
    while (state_of(other.client) == CONNECTED)
        Fumarole_Wait(1);
    run_callbacks();
    assert_int_equal(drained_calls, 2);

    /* Nor for one that was closed here. */
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link.client, data, sizeof(data),
                                                                              RELIABLE, NULL),
                     k_EResultLimitExceeded);
    assert_true(close_connection(link.client));
    run_callbacks();
    assert_int_equal(drained_calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(a_group_collects_its_members),
        with_library(handles_are_checked),
        with_library(messages_move_with_their_connection),
        with_library(a_destroyed_group_leaves_the_messages),
        with_library(a_closed_connection_leaves_nothing_in_the_group),
        with_library(messages_of_an_ended_connection_can_be_read_from_the_group),
        with_library(descriptors_wake_a_program),
        with_library(a_drained_send_queue_is_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
