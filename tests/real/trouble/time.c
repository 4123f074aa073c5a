/*
 * Peers that vanish, processes that are stopped for a while, clocks that jump: the right end after the right time, and
 * no end where there is no reason for one.
 */
#include "api/fixture.h"
#include "harness/process.h"
#include "harness/runner.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum {
    TIMED_OUT = k_ESteamNetConnectionEnd_Misc_Timeout,
    HOUR = 3600,
};

/* ---- clocks that the test may set: the library asks the C library, and finds this -------------------------------- */

static atomic_long day_offset, running_offset; /* seconds */

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *result)
{
    int outcome = (int)syscall(SYS_clock_gettime, clock, result);

    if (outcome == 0 && clock == CLOCK_REALTIME)
        result->tv_sec += atomic_load(&day_offset);
    else if (outcome == 0 && clock == CLOCK_MONOTONIC)
        result->tv_sec += atomic_load(&running_offset);
    return outcome;
}

/* Of the test, which no one sets. */
static double seconds_now(void)
{
    struct timespec time;

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* ---- a server that echoes --------------------------------------------------------------------------------------- */

struct timeouts {
    int initial, connected;
};

static struct timeouts server_timeouts = {10000, 10000}, client_timeouts = {10000, 10000};
static bool server_accepts = true;

static int options_of(const struct timeouts *timeouts, SteamNetworkingConfigValue_t options[2])
{
    options[0] = int_option(k_ESteamNetworkingConfig_TimeoutInitial, timeouts->initial);
    options[1] = int_option(k_ESteamNetworkingConfig_TimeoutConnected, timeouts->connected);
    return 2;
}

static void serve(void **state)
{
    struct process *client = *state;
    SteamNetworkingConfigValue_t options[2];
    SteamNetworkingMessage_t *message;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection connection = 0;

    start_as("str:server");
    listener = listen_with(options_of(&server_timeouts, options), options, &address);
    tell(client, "%u", address.m_port);
    while (!has_news(client)) {
        run_callbacks();
        if (!connection && incoming(listener)) {
            connection = incoming(listener);
            if (server_accepts)
                assert_int_equal(S(AcceptConnection, connection), k_EResultOK);
        }
        while (connection && S(ReceiveMessagesOnConnection, connection, &message, 1) == 1) {
            S(SendMessageToConnection, connection, message->m_pData, (uint32)message->m_cbSize, RELIABLE_NOW, NULL);
            release(message);
        }
        Fumarole_Wait(20);
    }
    expect_to_hear(client, "state?");
    tell(client, "%d %d", (int)info_of(connection).m_eState, info_of(connection).m_eEndReason);
    expect_to_hear(client, "end");
    stop(NULL);
}

static struct process server;
static HSteamNetConnection connection;

static void knock_at_server(void)
{
    SteamNetworkingConfigValue_t options[2];
    SteamNetworkingIPAddr address;
    char line[LINE_MAXIMUM];

    server = start_process("server", serve);
    hear(&server, line);
    address = loopback((uint16)atoi(line));
    start_as("str:client");
    connection = S(ConnectByIPAddress, &address, options_of(&client_timeouts, options), options);
    assert_int_not_equal(connection, 0);
}

static void echo(int count)
{
    for (int i = 0; i < count; i++) {
        char text[32];

        snprintf(text, sizeof(text), "echo %d", i);
        assert_int_equal(send_text(connection, text, RELIABLE_NOW), k_EResultOK);
        expect_text(connection, text);
    }
}

static void connect_to_server(void)
{
    knock_at_server();
    await(state_of(connection) == CONNECTED);
    echo(10);
}

static void ask_server(int *state, int *reason)
{
    char line[LINE_MAXIMUM];

    tell(&server, "state?");
    hear(&server, line);
    assert_int_equal(sscanf(line, "%d %d", state, reason), 2);
    tell(&server, "end");
    finish_process(&server);
}

static void finish_well(void)
{
    int state, reason;

    echo(10);
    assert_int_equal(state_of(connection), CONNECTED);
    ask_server(&state, &reason);
    assert_int_equal(state, CONNECTED);
    stop(NULL);
}

static void stop_server(void)
{
    int status;

    kill(server.id, SIGSTOP);
    assert_int_equal(waitpid(server.id, &status, WUNTRACED), server.id);
    assert_true(WIFSTOPPED(status));
}

/* The end of a connection whose peer says nothing any more: 5003, with a sentence, not early and not much too late. */
static void expect_timeout(double began, double at_least, double at_most)
{
    SteamNetConnectionInfo_t info;
    double took;

    await(state_of(connection) != CONNECTED && state_of(connection) != CONNECTING);
    took = seconds_now() - began;
    info = info_of(connection);
    assert_int_equal(info.m_eState, PROBLEM);
    assert_int_equal(info.m_eEndReason, TIMED_OUT);
    assert_true(strlen(info.m_szEndDebug) > 20);
    if (took < at_least || took > at_most)
        fail_msg("the timeout came after %.2f s, not within %.2f and %.2f", took, at_least, at_most);
    assert_true(close_connection(connection));
}

/* ---- vanished --------------------------------------------------------------------------------------------------- */

static void server_killed(void **state)
{
    double began;

    (void)state;
    client_timeouts.connected = 1000;
    connect_to_server();
    kill_process(&server);
    began = seconds_now();
    assert_int_equal(send_text(connection, "hello?", RELIABLE_NOW), k_EResultOK);
    expect_timeout(began, 1.0, 5.0);
    stop(NULL);
}

/* Without a word being said, keepalives notice it: ten seconds of silence, then the timeout. */
static void server_killed_while_nobody_speaks(void **state)
{
    double began;

    (void)state;
    client_timeouts.connected = 1000;
    connect_to_server();
    kill_process(&server);
    began = seconds_now();
    expect_timeout(began, 1.0, 18.0);
    stop(NULL);
}

static void server_stopped(void **state)
{
    double began;

    (void)state;
    client_timeouts.connected = 1000;
    connect_to_server();
    stop_server();
    began = seconds_now();
    assert_int_equal(send_text(connection, "hello?", RELIABLE_NOW), k_EResultOK);
    expect_timeout(began, 1.0, 5.0);
    kill(server.id, SIGCONT);
    kill_process(&server);
    stop(NULL);
}

/* The other way round: a client vanishes, and its server notices. */
static void vanishing_client(void **state)
{
    struct process *parent = *state;
    SteamNetworkingIPAddr address;
    char line[LINE_MAXIMUM];

    hear(parent, line);
    start_as("str:vanishing");
    address = loopback((uint16)atoi(line));
    connection = S(ConnectByIPAddress, &address, 0, NULL);
    await(state_of(connection) == CONNECTED);
    tell(parent, "connected");
    for (;;)
        pause();
}

static void client_killed(void **state)
{
    SteamNetworkingConfigValue_t quick = int_option(k_ESteamNetworkingConfig_TimeoutConnected, 1000);
    struct process client = start_process("client", vanishing_client);
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    double began;

    (void)state;
    start_as("str:server");
    listener = listen_with(1, &quick, &address);
    tell(&client, "%u", address.m_port);
    await(incoming(listener));
    connection = incoming(listener);
    assert_int_equal(S(AcceptConnection, connection), k_EResultOK);
    expect_to_hear(&client, "connected");
    kill_process(&client);
    began = seconds_now();
    assert_int_equal(send_text(connection, "hello?", RELIABLE_NOW), k_EResultOK);
    expect_timeout(began, 1.0, 5.0);
    stop(NULL);
}

static void server_killed_while_connecting(void **state)
{
    double began;

    (void)state;
    client_timeouts.initial = 1000;
    server_accepts = false;
    knock_at_server();
    began = seconds_now();
    stop_server();
    expect_timeout(began, 0.9, 3.0);
    kill_process(&server);
    stop(NULL);
}

/* What waits to be acknowledged when the peer is gone cannot keep a lingering connection for ever. */
static void server_killed_while_lingering(void **state)
{
    (void)state;
    client_timeouts.connected = 500;
    connect_to_server();
    kill_process(&server);
    assert_int_equal(send_text(connection, "my last words", RELIABLE_NOW), k_EResultOK);
    assert_true(S(CloseConnection, connection, 1500, "goodbye", true));
    assert_false(S(GetConnectionInfo, connection, NULL));
    await(logged("FinWait, was Linger"));
    stop(NULL);
}

/* ---- stopped for a while ---------------------------------------------------------------------------------------- */

static void server_stopped_for_a_second(void **state)
{
    double until;

    (void)state;
    connect_to_server();
    stop_server();
    for (int i = 0; i < 5; i++)
        assert_int_equal(send_text(connection, "meanwhile", RELIABLE_NOW), k_EResultOK);
    until = seconds_now() + 1;
    await(seconds_now() > until);
    assert_int_equal(state_of(connection), CONNECTED);
    kill(server.id, SIGCONT);
    for (int i = 0; i < 5; i++)
        expect_text(connection, "meanwhile");
    finish_well();
}

/* Wakes its parent after some time. */
static void wake_parent(void **state)
{
    struct process *parent = *state;
    char line[LINE_MAXIMUM];

    hear(parent, line);
    usleep((unsigned)atoi(line) * 1000);
    kill(parent->id, SIGCONT);
}

static struct process waker; /* started before the library is */

static void sleep_stopped(int milliseconds)
{
    tell(&waker, "%d", milliseconds);
    raise(SIGSTOP); /* goes on when the waker says so */
    finish_process(&waker);
}

/* Stopped longer than its own timeout: it asks again before it believes that the peer is gone. */
static void stopped_longer_than_the_timeout(void **state)
{
    (void)state;
    client_timeouts.connected = 500;
    waker = start_process("waker", wake_parent);
    connect_to_server();
    assert_int_equal(send_text(connection, "before", RELIABLE_NOW), k_EResultOK);
    sleep_stopped(1500);
    expect_text(connection, "before");
    finish_well();
}

/* Stopped longer than the peer's patience: when it wakes up it learns that the connection has ended, and why. */
static void stopped_longer_than_the_peers_timeout(void **state)
{
    int server_state, server_reason;

    (void)state;
    server_timeouts.connected = 500;
    waker = start_process("waker", wake_parent);
    connect_to_server();
    assert_int_equal(send_text(connection, "before", RELIABLE_NOW), k_EResultOK);
    sleep_stopped(3500);
    send_text(connection, "anybody there?", RELIABLE_NOW); /* it may know already */
    await(state_of(connection) != CONNECTED);
    assert_int_equal(state_of(connection), CLOSED_BY_PEER);
    assert_int_equal(info_of(connection).m_eEndReason, TIMED_OUT);
    ask_server(&server_state, &server_reason);
    assert_int_equal(server_state, PROBLEM);
    assert_int_equal(server_reason, TIMED_OUT);
    stop(NULL);
}

/* ---- clocks that jump ------------------------------------------------------------------------------------------- */

static void the_time_of_day_jumps(void **state)
{
    static const long jumps[] = {24 * HOUR, -48 * HOUR, 365L * 24 * HOUR, 0};

    (void)state;
    connect_to_server();
    for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        int64 before = milliseconds_now();

        atomic_store(&day_offset, jumps[i]);
        echo(5);
        assert_true(milliseconds_now() - before < 60000);
    }
    finish_well();
}

/* As when a virtual machine was asleep and its clock catches up: that is no silence of the peer's. */
static void the_running_clock_jumps_ahead(void **state)
{
    (void)state;
    connect_to_server();
    atomic_fetch_add(&running_offset, HOUR);
    echo(10);
    atomic_fetch_add(&running_offset, 24 * HOUR);
    {
        double until = seconds_now() + 0.5;

        await(seconds_now() > until); /* idle meanwhile */
    }
    assert_int_equal(state_of(connection), CONNECTED);
    finish_well();
}

static void time_stamps_never_go_back(void **state)
{
    int64 last = 0;

    (void)state;
    start_as("str:timekeeper");
    for (int i = 0; i < 200000; i++) {
        int64 now = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(utils);

        assert_true(now >= last && now >= 2592000000000);
        last = now;
        if (i % 1000 == 0)
            atomic_store(&day_offset, i % 3000 - 1500);
    }
    stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(server_killed_while_nobody_speaks), /* takes longest */
        real_case(server_killed),
        real_case(server_stopped),
        real_case(client_killed),
        real_case(server_killed_while_connecting),
        real_case(server_killed_while_lingering),
        real_case(server_stopped_for_a_second),
        real_case(stopped_longer_than_the_timeout),
        real_case(stopped_longer_than_the_peers_timeout),
        real_case(the_time_of_day_jumps),
        real_case(the_running_clock_jumps_ahead),
        real_case(time_stamps_never_go_back),
    };

    return run_cases(argc, argv, cases);
}
