/*
 * Two processes in networks of their own, joined by a cable: a server that echoes everything, and the case, which is
 * its client, tells it what to do with its end of the cable, and asks it what it sees.
 *
 * Part of a case's program, like the fixture.
 */
#ifndef TESTS_REAL_TROUBLE_ECHO_LINE_H
#define TESTS_REAL_TROUBLE_ECHO_LINE_H

#include "api/fixture.h"
#include "harness/private_network.h"
#include "harness/process.h"
#include "harness/runner.h"

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum {
    CLIENT_ADDRESS = 0x0a000001, /* 10.0.0.1 */
    SERVER_ADDRESS = 0x0a000002,
};

/* What the server does until the client says something: it echoes everything on the newest connection. */
static inline void echo_until_news(struct process *client, HSteamListenSocket listener, HSteamNetConnection *connection)
{
    while (!has_news(client)) {
        SteamNetworkingMessage_t *messages[16];
        int count = *connection ? S(ReceiveMessagesOnConnection, *connection, messages, 16) : 0;

        for (int i = 0; i < count; i++) {
            S(SendMessageToConnection, *connection, messages[i]->m_pData, (uint32)messages[i]->m_cbSize,
              messages[i]->m_nFlags | k_nSteamNetworkingSend_NoNagle, NULL);
            release(messages[i]);
        }
        run_callbacks();
        if (incoming(listener) != *connection) {
            *connection = incoming(listener);
            assert_int_equal(S(AcceptConnection, *connection), k_EResultOK);
        }
        if (count == 0)
            Fumarole_Wait(20);
    }
}

static inline void echo_server(void **state)
{
    struct process *client = *state;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection connection = 0;
    char line[LINE_MAXIMUM];
    int mtu;

    enter_private_network();
    tell(client, "there");
    expect_to_hear(client, "laid");
    set_address("cable", SERVER_ADDRESS);
    set_up("cable", true);
    start_as("str:server");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, SERVER_ADDRESS, 7777);
    listener = S(CreateListenSocketIP, &address, 0, NULL);
    assert_int_not_equal(listener, 0);
    for (;;) {
        tell(client, "ready");
        echo_until_news(client, listener, &connection);
        hear(client, line);
        if (sscanf(line, "mtu %d", &mtu) == 1) {
            set_mtu("cable", mtu);
        } else if (strcmp(line, "where") == 0) {
            SteamNetworkingIPAddr from = info_of(connection).m_addrRemote;

            tell(client, "%u %u", SteamAPI_SteamNetworkingIPAddr_GetIPv4(&from), from.m_port);
        } else {
            break;
        }
    }
    tell(client, "state %d reason %d", (int)info_of(connection).m_eState, info_of(connection).m_eEndReason);
    stop(NULL);
}

static struct process server;
static SteamNetworkingIPAddr server_address;

/* Where the server sees its client. */
static inline SteamNetworkingIPAddr seen_address(void)
{
    SteamNetworkingIPAddr address;
    char line[LINE_MAXIMUM];
    unsigned ipv4, port;

    tell(&server, "where");
    hear(&server, line);
    assert_int_equal(sscanf(line, "%u %u", &ipv4, &port), 2);
    expect_to_hear(&server, "ready");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, ipv4, (uint16)port);
    return address;
}

static inline void set_mtu_of_both(int mtu)
{
    set_mtu("cable", mtu);
    tell(&server, "mtu %d", mtu);
    expect_to_hear(&server, "ready");
}

static inline void lay_line(int mtu)
{
    enter_private_network();
    server = start_process("server", echo_server);
    expect_to_hear(&server, "there");
    lay_cable(server.id);
    set_address("cable", CLIENT_ADDRESS);
    set_up("cable", true);
    tell(&server, "laid");
    expect_to_hear(&server, "ready");
    set_mtu_of_both(mtu);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&server_address, SERVER_ADDRESS, 7777);
    start_as("str:client");
}

static inline HSteamNetConnection connect_by_line(int timeout_connected)
{
    SteamNetworkingConfigValue_t options[3] = {
        int_option(k_ESteamNetworkingConfig_SendRateMin, 2000000),
        int_option(k_ESteamNetworkingConfig_SendRateMax, 2000000),
        int_option(k_ESteamNetworkingConfig_TimeoutConnected, timeout_connected)};
    HSteamNetConnection client = S(ConnectByIPAddress, &server_address, 3, options);

    assert_int_not_equal(client, 0);
    await(state_of(client) != CONNECTING);
    assert_int_equal(state_of(client), CONNECTED);
    return client;
}

static inline void take_away_line(int server_state)
{
    char line[LINE_MAXIMUM];
    int seen;

    tell(&server, "end");
    hear(&server, line);
    assert_int_equal(sscanf(line, "state %d", &seen), 1);
    assert_int_equal(seen, server_state);
    finish_process(&server);
    stop(NULL);
}

static inline void echo(HSteamNetConnection client, int count, int size)
{
    static char block[20000];
    int received = 0;

    for (int i = 0; i < count; i++) {
        memset(block, i, (size_t)size);
        assert_int_equal(S(SendMessageToConnection, client, block, (uint32)size, RELIABLE_NOW, NULL), k_EResultOK);
    }
    while (received < count) {
        SteamNetworkingMessage_t *message = receive_one(client);

        assert_int_equal(message->m_cbSize, size);
        assert_int_equal(((char *)message->m_pData)[size - 1], (char)received);
        received++;
        release(message);
    }
}

/* The largest packets that this end sends. */
static inline int packet_size(HSteamNetConnection connection)
{
    char text[8192];
    const char *line;
    int size = 0;

    assert_int_equal(S(GetDetailedConnectionStatus, connection, text, sizeof(text)), 0);
    line = strstr(text, "packets        ");
    assert_non_null(line);
    assert_int_equal(sscanf(line, "packets %d bytes at most", &size), 1);
    return size;
}

static inline void pass_time(int milliseconds)
{
    int64 end = milliseconds_now() + milliseconds;

    await(milliseconds_now() >= end);
}

#endif
