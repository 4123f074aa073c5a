/*
 * Local mode between processes: those of one user believe each other without anything being set up, however many of
 * them start at once; others are strangers.
 */
#include "api/fixture.h"
#include "harness/home.h"
#include "harness/process.h"
#include "harness/runner.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define S(name, ...) SteamAPI_ISteamNetworkingSockets_##name(sockets, ##__VA_ARGS__)

enum { MANY = 8 };

static SteamNetworkingConfigValue_t strict[2];
static int strict_count;

static void be_strict(void)
{
    strict[0] = int_option(k_ESteamNetworkingConfig_IP_AllowWithoutAuth, 0);
    strict[1] = int_option(k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, 0);
    strict_count = 2;
}

/* Tells what its peer is: 1 authenticated, 0 not. */
static void serve(void **state)
{
    struct process *client = *state;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection connection;
    char line[LINE_MAXIMUM];

    hear(client, line); /* its home, or "same" */
    if (strcmp(line, "same") != 0)
        setenv("XDG_DATA_HOME", line, 1);
    hear(client, line); /* whether it is to be on */
    setenv("FUMAROLE_LOCAL_MODE", line, 1);
    start_as("str:server");
    tell(client, "status %d", (int)S(InitAuthentication));
    listener = listen_with(strict_count, strict, &address);
    tell(client, "%u", address.m_port);
    await(incoming(listener));
    connection = incoming(listener);
    assert_int_equal(S(AcceptConnection, connection), k_EResultOK);
    expect_to_hear(client, "and?");
    tell(client, "%d", !(info_of(connection).m_nFlags & FLAG_UNAUTHENTICATED));
    expect_to_hear(client, "end");
    stop(NULL);
}

/* Returns what the two think of each other: 1 + 2 if both believe the other. */
static int meet(const char *server_home, const char *server_mode, int expected_status)
{
    struct process server = start_process("server", serve);
    HSteamNetConnection connection;
    SteamNetworkingIPAddr address;
    char line[LINE_MAXIMUM];
    int status, believed;

    tell(&server, "%s", server_home);
    tell(&server, "%s", server_mode);
    hear(&server, line);
    assert_int_equal(sscanf(line, "status %d", &status), 1);
    assert_int_equal(status, expected_status);
    hear(&server, line);
    address = loopback((uint16)atoi(line));
    start_as("str:client");
    S(InitAuthentication);
    connection = S(ConnectByIPAddress, &address, strict_count, strict);
    assert_int_not_equal(connection, 0);
    await(state_of(connection) == CONNECTED);
    tell(&server, "and?");
    hear(&server, line);
    believed = !(info_of(connection).m_nFlags & FLAG_UNAUTHENTICATED) + 2 * atoi(line);
    tell(&server, "end");
    finish_process(&server);
    stop(NULL);
    return believed;
}

static void processes_of_one_user_believe_each_other(void **state)
{
    struct stat status;
    char path[256];

    (void)state;
    make_home();
    be_strict(); /* so that they would not even talk otherwise */
    assert_int_equal(meet("same", "1", k_ESteamNetworkingAvailability_Current), 3);
    snprintf(path, sizeof(path), "%s/fumarole/authority.key", getenv("XDG_DATA_HOME"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    snprintf(path, sizeof(path), "%s/fumarole", getenv("XDG_DATA_HOME"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

static void users_with_different_homes_are_strangers(void **state)
{
    char other[256];

    (void)state;
    make_home();
    snprintf(other, sizeof(other), "%s/other", getenv("XDG_DATA_HOME"));
    assert_int_equal(mkdir(other, 0700), 0);
    assert_int_equal(meet(other, "1", k_ESteamNetworkingAvailability_Current), 0);
}

static void who_has_turned_it_off_is_a_stranger(void **state)
{
    (void)state;
    make_home();
    assert_int_equal(meet("same", "0", k_ESteamNetworkingAvailability_CannotTry), 0);
}

/* ---- many at once ----------------------------------------------------------------------------------------------- */

/* Starts when told, with all the others, and then is a server to the one before it and a client of the one after. */
static void one_of_many(void **state)
{
    struct process *parent = *state;
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection client;
    char line[LINE_MAXIMUM];

    expect_to_hear(parent, "go");
    start_as("str:one of many");
    assert_int_equal(S(InitAuthentication), k_ESteamNetworkingAvailability_Current);
    listener = listen_with(strict_count, strict, &address);
    tell(parent, "%u", address.m_port);
    hear(parent, line);
    address = loopback((uint16)atoi(line));
    client = S(ConnectByIPAddress, &address, strict_count, strict);
    assert_int_not_equal(client, 0);
    await(incoming(listener));
    assert_int_equal(S(AcceptConnection, incoming(listener)), k_EResultOK);
    await(state_of(client) == CONNECTED);
    assert_int_equal(info_of(client).m_nFlags & FLAG_UNAUTHENTICATED, 0);
    assert_int_equal(info_of(incoming(listener)).m_nFlags & FLAG_UNAUTHENTICATED, 0);
    tell(parent, "done");
    expect_to_hear(parent, "end");
    stop(NULL);
}

static void many_processes_start_at_once(void **state)
{
    struct process processes[MANY];
    char ports[MANY][LINE_MAXIMUM];

    (void)state;
    make_home();
    be_strict();
    for (int i = 0; i < MANY; i++)
        processes[i] = start_process("one of many", one_of_many);
    for (int i = 0; i < MANY; i++)
        tell(&processes[i], "go");
    for (int i = 0; i < MANY; i++)
        hear(&processes[i], ports[i]);
    for (int i = 0; i < MANY; i++)
        tell(&processes[i], "%s", ports[(i + 1) % MANY]);
    for (int i = 0; i < MANY; i++)
        expect_to_hear(&processes[i], "done");
    for (int i = 0; i < MANY; i++) {
        tell(&processes[i], "end");
        finish_process(&processes[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(processes_of_one_user_believe_each_other),
        real_case(users_with_different_homes_are_strangers),
        real_case(who_has_turned_it_off_is_a_stranger),
        real_case(many_processes_start_at_once),
    };

    return run_cases(argc, argv, cases);
}
