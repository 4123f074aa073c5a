/*
 * How a listen socket and a client's own socket route datagrams (protocol 3.3, 6.4, 7.4): the other side is played by
 * connection cores whose sockets the test holds in its hands.
 */
#include "fixture.h"

#include "conn/connection.h"
#include "conn/endpoint.h"
#include "conn/listener.h"
#include "net/clock.h"
#include "net/os_random.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client made of a core and a socket. */
struct raw_client {
    struct connection_events events;
    struct connection *core;
    struct transport_config config;
    struct endpoint *endpoint;
    int descriptor;
    struct sockaddr_in server;
    struct datagram_batch *batch;
    int received; /* datagrams */
    int messages;
};

static void raw_state_changed(struct connection_events *events, struct connection *core, int old_state)
{
    (void)events;
    (void)core;
    (void)old_state;
}

static bool raw_deliver(struct connection_events *events, struct connection *core, struct message *message)
{
    (void)core;
    container_of(events, struct raw_client, events)->messages++;
    message_release(message);
    return true;
}

static void raw_open(struct raw_client *client, const SteamNetworkingIPAddr *server, const char *identity, uint32_t id,
                     int descriptor)
{
    struct connection_parameters parameters;

    memset(client, 0, sizeof(*client));
    client->events.state_changed = raw_state_changed;
    client->events.deliver = raw_deliver;
    client->config = (struct transport_config){
        .timeout_initial_ms = 10000,
        .timeout_connected_ms = 10000,
        .send_buffer_size = 524288,
        .send_rate_min = 262144,
        .send_rate_max = 262144,
        .receive_buffer_size = 1048576,
        .receive_buffer_messages = 1000,
        .receive_max_message_size = 524288,
        .receive_max_segments = 1300,
        .packet_size = 1300,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
    };
    client->endpoint = endpoint_new();
    assert_true(identity_parse(&client->endpoint->identity, identity, strlen(identity)));
    client->endpoint->random = os_random();
    client->endpoint->unix_time = clock_unix_seconds;
    client->batch = calloc(1, sizeof(*client->batch));
    client->descriptor = descriptor >= 0 ? descriptor : socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(client->descriptor >= 0);
    client->server.sin_family = AF_INET;
    client->server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client->server.sin_port = htons(server->m_port);
    parameters = (struct connection_parameters){
        .local_id = id,
        .remote_address = *server,
        .endpoint = client->endpoint,
        .config = &client->config,
        .events = &client->events,
    };
    client->core = connection_connect(&parameters, clock_now(), NULL);
    assert_non_null(client->core);
}

static void raw_close(struct raw_client *client, bool keep_socket)
{
    connection_destroy(client->core);
    endpoint_release(client->endpoint);
    free(client->batch);
    if (!keep_socket)
        close(client->descriptor);
}

/* Sends what is ready and takes in what comes within some milliseconds. */
static void raw_turn(struct raw_client *client, int milliseconds)
{
    struct pollfd watched = {.fd = client->descriptor, .events = POLLIN};
    uint8_t datagram[2048];
    size_t offset = 0;
    bool more;

    connection_tick(client->core, clock_now());
    do {
        more = connection_send(client->core, client->batch, clock_now());
        offset = 0;
        for (int i = 0; i < client->batch->count; i++) {
            sendto(client->descriptor, client->batch->bytes + offset, client->batch->sizes[i], 0,
                   (struct sockaddr *)&client->server, sizeof(client->server));
            offset += client->batch->sizes[i];
        }
        datagram_batch_clear(client->batch);
    } while (more);
    while (poll(&watched, 1, milliseconds) > 0) {
        ssize_t length = recv(client->descriptor, datagram, sizeof(datagram), MSG_DONTWAIT);

        if (length <= 0)
            break;
        client->received++;
        connection_receive(client->core, datagram, (size_t)length, clock_now());
        milliseconds = 0;
    }
}

#define raw_await(client, condition)                                                                                   \
    do {                                                                                                               \
        int64 raw_deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;                                                 \
                                                                                                                       \
        while (run_callbacks(), !(condition)) {                                                                        \
            assert_true(milliseconds_now() < raw_deadline);                                                            \
            raw_turn(client, 20);                                                                                      \
        }                                                                                                              \
    } while (0)

static HSteamNetConnection let_in(struct raw_client *client, HSteamListenSocket listener)
{
    raw_await(client, incoming(listener));
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, incoming(listener)), k_EResultOK);
    raw_await(client, connection_state(client->core) == CONNECTED);
    return incoming(listener);
}

static void the_same_request_from_elsewhere_is_refused(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);
    struct raw_client first, second, other;
    SteamNetConnectionInfo_t info;

    (void)state;
    raw_open(&first, &address, "str:twin", 0x12345678, -1);
    let_in(&first, listener);
    forget_events();
    raw_open(&second, &address, "str:twin", 0x12345678, -1);
    raw_await(&second, connection_state(second.core) == CLOSED_BY_PEER);
    connection_fill_info(second.core, &info);
    assert_int_equal(info.m_eEndReason, k_ESteamNetConnectionEnd_Misc_Generic);
    assert_int_equal(fixture_event_count, 0);

    /* Another id, or another identity, is another connection. */
    raw_open(&other, &address, "str:twin", 0x12345679, -1);
    let_in(&other, listener);
    raw_close(&other, false);
    forget_events();
    raw_open(&other, &address, "str:stranger", 0x12345678, -1);
    let_in(&other, listener);
    raw_close(&other, false);
    raw_close(&second, false);
    raw_close(&first, false);
}

static void an_address_belongs_to_its_connection_while_that_exists(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);
    struct raw_client client;
    HSteamNetConnection server;
    int descriptor;

    (void)state;
    raw_open(&client, &address, "str:first", 0x00110011, -1);
    server = let_in(&client, listener);
    descriptor = client.descriptor;
    raw_close(&client, true); /* vanishes without a word */

    /* A new attempt from the same port reaches the old connection, which does not know it. */
    forget_events();
    raw_open(&client, &address, "str:first", 0x00220022, descriptor);
    for (int i = 0; i < 5; i++) {
        raw_turn(&client, 50);
        run_callbacks();
    }
    assert_int_equal(fixture_event_count, 0);
    assert_int_equal(client.received, 0);
    assert_int_equal(state_of(server), CONNECTED);

    /* In its closing period the server still answers for the old one only; when it is gone the port is anybody's. */
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
    run_callbacks();
    forget_events();
    listener = SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, &address, 0, NULL);
    assert_int_not_equal(listener, 0);
    raw_await(&client, incoming(listener));
    raw_close(&client, false);
}

static void stray_closes_are_answered_and_nothing_is_made(void **state)
{
    SteamNetworkingIPAddr address;
    uint8_t closed[512];
    struct connection_closed message = {.has_reason = true, .reason = 1000, .to_id = 7, .from_id = 9};
    struct sockaddr_in to = {.sin_family = AF_INET};
    int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};
    uint8_t answer[2048];
    ssize_t length;

    (void)state;
    listen_with(0, NULL, &address);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(address.m_port);
    assert_int_equal(connection_closed_encode(&message, closed, sizeof(closed)), sizeof(closed));
    assert_int_equal(sendto(descriptor, closed, sizeof(closed), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(closed));
    assert_int_equal(poll(&watched, 1, FIXTURE_PATIENCE_MS), 1);
    length = recv(descriptor, answer, sizeof(answer), 0);
    assert_true(length > 0 && length < 512);
    assert_int_equal(answer[0], CONTROL_NO_CONNECTION);
    run_callbacks();
    assert_int_equal(fixture_event_count, 0);
    close(descriptor);
}

static void a_client_hears_only_its_server(void **state)
{
    struct link link = link_up();
    struct FumaroleStatistics before = {.size = sizeof(before)}, after = {.size = sizeof(after)};
    SteamNetConnectionInfo_t info = info_of(link.server);
    uint8_t closed[512];
    struct connection_closed message = {
        .has_reason = true, .reason = 1000, .to_id = link.client, .from_id = link.server};
    struct sockaddr_in to = {.sin_family = AF_INET};
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    Fumarole_GetStatistics(&before);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(info.m_addrRemote.m_port); /* the client's own socket */
    assert_int_equal(connection_closed_encode(&message, closed, sizeof(closed)), sizeof(closed));
    assert_int_equal(sendto(stranger, closed, sizeof(closed), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(closed));
    /* The kernel drops it for us, or we do; in no case the connection ends, although the ids are right. */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(send_text(link.server, "still on", RELIABLE_NOW), k_EResultOK);
        expect_text(link.client, "still on");
    }
    Fumarole_GetStatistics(&after);
    assert_true(after.dropped_no_connection - before.dropped_no_connection <= 1);
    assert_int_equal(state_of(link.client), CONNECTED);
    close(stranger);
}

static void garbage_from_the_peers_address_does_no_harm(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener = listen_with(0, NULL, &address);
    struct raw_client client;
    struct random_generator random;
    HSteamNetConnection server;

    (void)state;
    raw_open(&client, &address, "str:noisy", 0x00330033, -1);
    server = let_in(&client, listener);
    random_generator_init(&random, 99);
    for (int i = 0; i < 500; i++) {
        uint8_t datagram[1400];
        size_t length = 1 + random_below(&random.source, sizeof(datagram));

        random_fill(&random.source, datagram, length);
        if (i % 2 && length >= 5) { /* addressed to the connection */
            datagram[0] |= 0x80;
            memcpy(datagram + 1, &server, sizeof(server));
        }
        sendto(client.descriptor, datagram, length, 0, (struct sockaddr *)&client.server, sizeof(client.server));
        if (i % 50 == 0)
            raw_turn(&client, 1);
    }
    assert_int_equal(send_text(server, "unharmed", RELIABLE_NOW), k_EResultOK);
    raw_await(&client, client.messages == 1);
    assert_int_equal(state_of(server), CONNECTED);
    raw_close(&client, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_library(the_same_request_from_elsewhere_is_refused),
        with_library(an_address_belongs_to_its_connection_while_that_exists),
        with_library(stray_closes_are_answered_and_nothing_is_made),
        with_library(a_client_hears_only_its_server),
        with_library(garbage_from_the_peers_address_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
