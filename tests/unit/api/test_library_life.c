/* Starting and stopping, manual polling, threads, memory that runs out, and strangers' datagrams (api-contract 1.4, 2).
 */
#include "fixture.h"

#include "api/sockets.h"
#include "base/alloc.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define Connect(address, count, options)                                                                               \
    SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, address, count, options)
#define Accept(connection) SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, connection)

static void starts_and_stops_any_number_of_times(void **state)
{
    (void)state;
    assert_null(SteamAPI_SteamNetworkingSockets_v009());
    GameNetworkingSockets_Kill();
    for (int i = 0; i < 5; i++) {
        struct link link;

        start_as(i % 2 ? "str:again" : NULL);
        link = link_up();
        assert_int_equal(send_text(link.client, "hello", RELIABLE_NOW), k_EResultOK);
        expect_text(link.server, "hello");
        stop(NULL);
        assert_null(SteamAPI_SteamNetworkingSockets_v009());
        assert_false(SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, link.client, 0, NULL, false));
        assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, link.client, NULL));
        run_callbacks();
    }
}

static void starting_twice_changes_nothing(void **state)
{
    SteamNetworkingIdentity other, own;

    (void)state;
    start_as("str:first");
    assert_true(SteamAPI_SteamNetworkingIdentity_ParseString(&other, sizeof(other), "str:second"));
    assert_true(GameNetworkingSockets_Init(&other, NULL));
    assert_int_equal(fixture_bugs, 1);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &own));
    assert_string_equal(own.m_szGenericString, "first");
    stop(NULL);
}

/* What a program leaves in it by chance is no name for this host. */
static void malformed_identities_are_refused(void **state)
{
    SteamNetworkingIdentity identity, own;
    char error[k_cchMaxSteamNetworkingErrMsg] = "";

    (void)state;
    memset(&identity, 'x', sizeof(identity));
    identity.m_eType = k_ESteamNetworkingIdentityType_GenericString;
    assert_false(GameNetworkingSockets_Init(&identity, error));
    assert_string_equal(error, "The identity is malformed");
    assert_false(GameNetworkingSockets_Init(&identity, NULL));
    assert_null(SteamAPI_SteamNetworkingSockets_v009());
    identity.m_eType = (ESteamNetworkingIdentityType)77;
    assert_false(GameNetworkingSockets_Init(&identity, error));
    identity.m_eType = k_ESteamNetworkingIdentityType_Invalid; /* whatever else there is */
    assert_true(GameNetworkingSockets_Init(&identity, error));
    sockets = SteamAPI_SteamNetworkingSockets_v009();
    assert_true(SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets, &own));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&own));
    GameNetworkingSockets_Kill();
}

/* The server of the next test, in a process of its own. Returns the reason that its client gave. */
static int serve_one_client(int port_pipe)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection server;

    start_as(NULL);
    listener = listen_with(0, NULL, &address);
    if (write(port_pipe, &address.m_port, sizeof(address.m_port)) != sizeof(address.m_port))
        return -1;
    await(incoming(listener));
    server = incoming(listener);
    if (Accept(server) != k_EResultOK || send_text(server, "keep me", RELIABLE_NOW) != k_EResultOK)
        return -1;
    await(state_of(server) == CLOSED_BY_PEER);
    return info_of(server).m_eEndReason == k_ESteamNetConnectionEnd_AppException_Max ? 0 : 1;
}

static void stopping_tells_the_peers_and_spares_messages(void **state)
{
    SteamNetworkingMessage_t *message;
    SteamNetworkingIPAddr address = loopback(0);
    HSteamNetConnection client;
    int port_pipe[2], status = -1;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(port_pipe), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(serve_one_client(port_pipe[1]));
    assert_int_equal(read(port_pipe[0], &address.m_port, sizeof(address.m_port)), sizeof(address.m_port));
    close(port_pipe[0]);
    close(port_pipe[1]);
    start_as(NULL);
    client = Connect(&address, 0, NULL);
    message = receive_one(client);
    stop(NULL);
    assert_memory_equal(message->m_pData, "keep me", 7);
    release(message);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static bool threads_must_end;

/* What registered for the exit before the library was started (by main) comes after it, and meets none of its threads.
 */
static void look_for_threads_at_exit(void)
{
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;

    while (threads_must_end && (task = readdir(tasks))) {
        char path[300], name[32] = "";
        FILE *file;

        snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        file = fopen(path, "r");
        if (file && fgets(name, sizeof(name), file) && strncmp(name, "fumarole/", 9) == 0)
            _exit(9);
        if (file)
            fclose(file);
    }
    closedir(tasks);
}

static void exit_from_callback(SteamNetConnectionStatusChangedCallback_t *event)
{
    (void)event;
    exit(3);
}

/* Ends without having stopped the library: at leisure, in a callback, or in a process that was forked meanwhile. */
static void end_abruptly(int way)
{
    HSteamNetConnection a, b;

    threads_must_end = true;
    start_as(NULL);
    link_up();
    if (way == 1) {
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, exit_from_callback);
        if (SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &a, &b, false, NULL, NULL))
            close_connection(a);
        run_callbacks();
    } else if (way == 2) {
        pid_t child = fork();
        int status = -1;

        if (child == 0)
            exit(3);
        if (waitpid(child, &status, 0) != child || status != 3 << 8)
            exit(4);
    }
    exit(3);
}

/* A forked process lacks the threads that hold some of the memory, so that the leak sanitizer takes it for lost. */
#if defined(__SANITIZE_ADDRESS__)
#define WAYS_TO_END 2
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WAYS_TO_END 2
#endif
#endif
#ifndef WAYS_TO_END
#define WAYS_TO_END 3
#endif

static void a_program_may_end_without_stopping(void **state)
{
    (void)state;
    for (int way = 0; way < WAYS_TO_END; way++) {
        int status = -1;
        pid_t child;

        fflush(NULL);
        child = fork();
        assert_true(child >= 0);
        if (child == 0)
            end_abruptly(way);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 3);
    }
}

static void a_stopped_listener_frees_its_port(void **state)
{
    SteamNetworkingIPAddr address;

    (void)state;
    start_as(NULL);
    listen_with(0, NULL, &address);
    stop(NULL);
    start_as(NULL);
    assert_int_not_equal(SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, &address, 0, NULL), 0);
    stop(NULL);
}

/* ---- manual polling ------------------------------------------------------------------------------------------- */

static atomic_int thread_starts;

static void note_thread(void)
{
    atomic_fetch_add(&thread_starts, 1);
}

static void manual_mode_does_everything_in_the_callers_thread(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    HSteamNetConnection client, server;
    int64 deadline;

    (void)state;
    atomic_store(&thread_starts, 0);
    SteamNetworkingSockets_SetServiceThreadInitCallback(note_thread);
    SteamNetworkingSockets_SetManualPollMode(true);
    start_as(NULL);
    listener = listen_with(0, NULL, &address);
    client = Connect(&address, 0, NULL);
    deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;
    while (run_callbacks(), !(server = incoming(listener))) {
        assert_true(milliseconds_now() < deadline);
        SteamNetworkingSockets_Poll(10);
    }
    assert_int_equal(Accept(server), k_EResultOK);
    while (state_of(client) != CONNECTED) {
        assert_true(milliseconds_now() < deadline);
        SteamNetworkingSockets_Poll(10);
    }
    assert_int_equal(send_text(server, "by hand", RELIABLE_NOW), k_EResultOK);
    run_callbacks();
    assert_true(Fumarole_Wait(-1)); /* does the work while it waits */
    expect_text(client, "by hand");
    run_callbacks();
    assert_false(Fumarole_Wait(0));
    assert_int_equal(atomic_load(&thread_starts), 0);

    /* Threads can take over at any time. */
    SteamNetworkingSockets_SetManualPollMode(false);
    assert_int_equal(send_text(client, "by thread", RELIABLE_NOW), k_EResultOK);
    expect_text(server, "by thread");
    assert_true(atomic_load(&thread_starts) > 0);
    SteamNetworkingSockets_Poll(0);
    assert_int_equal(fixture_bugs, 1);
    SteamNetworkingSockets_SetServiceThreadInitCallback(NULL);
    stop(NULL);
}

/* ---- many threads --------------------------------------------------------------------------------------------- */

static struct link busy[3];
static atomic_bool stop_busy;
static atomic_int busy_failures;

/* Sends and receives on one connection for as long as it goes. */
static void *talk(void *argument)
{
    struct link *link = argument;
    SteamNetworkingMessage_t *messages[16];
    uint32 sent = 0, received = 0;

    while (!atomic_load(&stop_busy) || received < sent) {
        int count;

        if (!atomic_load(&stop_busy) && sent - received < 200) {
            if (SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, link->client, &sent, sizeof(sent),
                                                                         RELIABLE_NOW, NULL) == k_EResultOK)
                sent++;
        }
        count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, link->server, messages, 16);
        for (int i = 0; i < count; i++) {
            if (memcmp(messages[i]->m_pData, &received, sizeof(received)) != 0)
                atomic_fetch_add(&busy_failures, 1);
            received++;
            release(messages[i]);
        }
        if (count < 0) {
            atomic_fetch_add(&busy_failures, 1);
            break;
        }
    }
    return NULL;
}

/* Creates and destroys everything else meanwhile. */
static void *churn(void *argument)
{
    (void)argument;
    for (int i = 0; i < 60; i++) {
        HSteamNetConnection a, b;
        HSteamNetPollGroup group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
        SteamNetworkingMessage_t *message = NULL;
        char text[2048];

        if (!SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &a, &b, i % 3 == 0, NULL, NULL)) {
            atomic_fetch_add(&busy_failures, 1);
            break;
        }
        SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, b, group);
        send_text(a, "x", RELIABLE_NOW);
        SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, a, "churned");
        SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, a, text, sizeof(text));
        SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, a, k_ESteamNetworkingConfig_NagleTime, i);
        if (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, &message, 1) == 1)
            release(message);
        if (i % 2)
            SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, group);
        close_connection(a);
        close_connection(b);
        if (i % 2 == 0)
            SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, group);
        SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(utils, k_ESteamNetworkingConfig_TimeoutConnected,
                                                                 20000 + i);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    SteamNetworkingConfigValue_t rates[2] = {int_option(k_ESteamNetworkingConfig_SendRateMin, 5000000),
                                             int_option(k_ESteamNetworkingConfig_SendRateMax, 5000000)};
    pthread_t threads[5];

    (void)state;
    sockets_set_service_threads(3);
    start_as(NULL);
    atomic_store(&stop_busy, false);
    atomic_store(&busy_failures, 0);
    for (int i = 0; i < 3; i++)
        busy[i] = link_up_with(0, NULL, 2, rates);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, talk, &busy[i]), 0);
    for (int i = 3; i < 5; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
    for (int i = 3; i < 5; i++)
        pthread_join(threads[i], NULL);
    atomic_store(&stop_busy, true);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&busy_failures), 0);
    run_callbacks();
    stop(NULL);
    sockets_set_service_threads(0);
}

/* Connections come in on every thread of a listener at once. */
static void many_threads_serve_one_listener(void **state)
{
    enum { CLIENTS = 60 };
    HSteamNetConnection clients[CLIENTS];
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    int finished = 0;

    (void)state;
    sockets_set_service_threads(4);
    start_as(NULL);
    listener = listen_with(0, NULL, &address);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = Connect(&address, 0, NULL);
        assert_int_not_equal(clients[i], 0);
        assert_int_equal(send_text(clients[i], "ping", RELIABLE), k_EResultOK);
    }
    while (finished < CLIENTS) {
        SteamNetworkingMessage_t *message;

        await(fixture_event_count > 0 || Fumarole_Wait(0));
        for (int i = 0; i < fixture_event_count; i++) {
            HSteamNetConnection server = fixture_events[i].m_hConn;

            if (fixture_events[i].m_info.m_hListenSocket != listener)
                continue;
            if (fixture_events[i].m_eOldState == NONE)
                assert_int_equal(Accept(server), k_EResultOK);
            else if (fixture_events[i].m_info.m_eState == CONNECTED)
                assert_int_equal(send_text(server, "pong", RELIABLE_NOW), k_EResultOK);
        }
        forget_events();
        for (int i = 0; i < CLIENTS; i++) {
            if (clients[i] &&
                SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, clients[i], &message, 1) == 1) {
                assert_memory_equal(message->m_pData, "pong", 4);
                release(message);
                assert_true(close_connection(clients[i]));
                clients[i] = 0;
                finished++;
            }
        }
    }
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
    stop(NULL);
    sockets_set_service_threads(0);
}

/* Closing from both ends of many pipes at once must neither deadlock nor crash. */
static HSteamNetConnection ends[2][200];

static void *close_one_side(void *argument)
{
    for (int i = 0; i < 200; i++)
        close_connection(ends[(intptr_t)argument][i]);
    return NULL;
}

static void both_ends_of_pipes_close_at_once(void **state)
{
    pthread_t threads[2];

    (void)state;
    start_as(NULL);
    for (int i = 0; i < 200; i++)
        assert_true(
            SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &ends[0][i], &ends[1][i], false, NULL, NULL));
    for (intptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, close_one_side, (void *)i), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 200; i++)
        assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, ends[0][i], NULL));
    stop(NULL);
}

/* ---- memory --------------------------------------------------------------------------------------------------- */

static atomic_long allocations_until_failure; /* counts down; failing while it is zero */
static atomic_long blocks;

static void *counting_malloc(size_t size)
{
    void *memory;

    if (atomic_load(&allocations_until_failure) <= 0 || atomic_fetch_sub(&allocations_until_failure, 1) <= 0)
        return NULL;
    memory = malloc(size);
    if (memory)
        atomic_fetch_add(&blocks, 1);
    return memory;
}

static void counting_free(void *memory)
{
    if (memory)
        atomic_fetch_sub(&blocks, 1);
    free(memory);
}

static void *counting_realloc(void *memory, size_t size)
{
    if (!memory)
        return counting_malloc(size);
    if (atomic_load(&allocations_until_failure) <= 0 || atomic_fetch_sub(&allocations_until_failure, 1) <= 0)
        return NULL;
    return realloc(memory, size);
}

enum { PLENTY = 1000000000 };

static void let_memory_last(long allocations)
{
    atomic_store(&allocations_until_failure, allocations);
}

/* Whatever allocation fails, the call fails cleanly or succeeds, and connections that exist go on. */
static void calls_fail_cleanly_without_memory(void **state)
{
    HSteamNetConnection a, b, client;
    SteamNetworkingIPAddr address, any_port = loopback(0);
    HSteamListenSocket listener;
    struct link link;
    bool whole = false;

    (void)state;
    let_memory_last(PLENTY);
    atomic_store(&blocks, 0);
    alloc_set_hooks(counting_malloc, counting_free, counting_realloc);
    start_as(NULL);
    link = link_up();
    listen_with(0, NULL, &address);
    for (long n = 0; n < 400 && !whole; n++) {
        let_memory_last(n);
        client = Connect(&address, 0, NULL);
        if (client)
            SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, client, 0, NULL, false);
        listener = Fumarole_CreateListenSocketIPAnyPort(&any_port, 0, NULL);
        if (listener)
            SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener);
        whole = client && listener;
        for (int network = 0; network < 2; network++) {
            a = b = 1;
            if (SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &a, &b, network, NULL, NULL)) {
                send_text(a, "anything", RELIABLE_NOW);
                close_connection(a);
                close_connection(b);
            } else {
                assert_int_equal(a, 0);
                assert_int_equal(b, 0);
                whole = false;
            }
        }
        send_text(link.client, "maybe", UNRELIABLE);
        SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(
            sockets, link.server, SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets));
    }
    assert_true(whole);
    let_memory_last(PLENTY);
    assert_int_equal(state_of(link.client), CONNECTED);
    assert_int_equal(send_text(link.client, "still here", RELIABLE_NOW), k_EResultOK);
    for (;;) {
        SteamNetworkingMessage_t *message = receive_one(link.server);
        bool last = message->m_cbSize == 10;

        release(message);
        if (last)
            break;
    }
    stop(NULL);
    assert_int_equal(atomic_load(&blocks), 0); /* everything has come back */
    alloc_set_hooks(NULL, NULL, NULL);
}

static void starting_fails_cleanly_without_memory(void **state)
{
    SteamNetworkingErrMsg error;
    bool started = false;

    (void)state;
    alloc_set_hooks(counting_malloc, counting_free, counting_realloc);
    atomic_store(&blocks, 0);
    for (long n = 0; n < 200 && !started; n++) {
        let_memory_last(n);
        error[0] = '\0';
        started = GameNetworkingSockets_Init(NULL, error);
        let_memory_last(PLENTY);
        if (!started) {
            assert_true(error[0] != '\0');
            assert_null(SteamAPI_SteamNetworkingSockets_v009());
        }
    }
    assert_true(started);
    GameNetworkingSockets_Kill();
    assert_int_equal(atomic_load(&blocks), 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* ---- strangers ------------------------------------------------------------------------------------------------ */

static uint64 dropped(void)
{
    struct FumaroleStatistics s = {.size = sizeof(s)};

    Fumarole_GetStatistics(&s);
    return s.dropped_too_short + s.dropped_too_long + s.dropped_unknown_message + s.dropped_malformed +
           s.dropped_bad_challenge + s.dropped_anonymous_refused + s.dropped_bad_identity + s.dropped_wrong_id +
           s.dropped_wrong_state + s.dropped_duplicate + s.dropped_bad_seal + s.dropped_no_connection;
}

static void strangers_datagrams_are_dropped_and_counted(void **state)
{
    static const uint8_t data_packet[30] = {0x80, 1, 2, 3, 4, 5, 6};
    static const uint8_t rubbish[600] = {0x22, 0xff, 0xff};
    static const uint8_t wrong_kind[40] = {0x55};
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint64 before;
    struct link link;
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    start_as(NULL);
    link = link_up();
    to.sin_port = htons(link.address.m_port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    before = dropped();
#define Throw(bytes, length)                                                                                           \
    assert_int_equal(sendto(stranger, bytes, length, 0, (struct sockaddr *)&to, sizeof(to)), length)
    for (int i = 0; i < 10; i++) {
        Throw(data_packet, sizeof(data_packet));
        Throw(rubbish, sizeof(rubbish));
        Throw(rubbish, 3);
        Throw(wrong_kind, sizeof(wrong_kind));
    }
    await(dropped() >= before + 40);
    assert_int_equal(state_of(link.server), CONNECTED);
    assert_int_equal(send_text(link.client, "unimpressed", RELIABLE_NOW), k_EResultOK);
    expect_text(link.server, "unimpressed");
    close(stranger);
    stop(NULL);
    assert_true(dropped() >= before + 40); /* since the start of the process */
}

/* In manual mode nothing ends the listen socket for good before the next poll. */
static void counters_do_not_go_back_when_a_listener_closes(void **state)
{
    static const uint8_t rubbish[3] = {0x22, 0xff, 0xff};
    struct sockaddr_in to = {.sin_family = AF_INET};
    SteamNetworkingIPAddr address;
    HSteamListenSocket listener;
    uint64 before, counted;
    int stranger = socket(AF_INET, SOCK_DGRAM, 0);

    (void)state;
    SteamNetworkingSockets_SetManualPollMode(true);
    start_as(NULL);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, INADDR_LOOPBACK, 0);
    listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &address));
    to.sin_port = htons(address.m_port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    before = dropped();
    Throw(rubbish, sizeof(rubbish));
    while (dropped() == before)
        SteamNetworkingSockets_Poll(100);
    counted = dropped();
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
    assert_int_equal(dropped(), counted);
    SteamNetworkingSockets_Poll(0);
    SteamNetworkingSockets_Poll(0);
    assert_int_equal(dropped(), counted);
    close(stranger);
    stop(NULL);
    assert_int_equal(dropped(), counted);
    SteamNetworkingSockets_SetManualPollMode(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_and_stops_any_number_of_times),
        cmocka_unit_test(starting_twice_changes_nothing),
        cmocka_unit_test(malformed_identities_are_refused),
        cmocka_unit_test(stopping_tells_the_peers_and_spares_messages),
        cmocka_unit_test(a_program_may_end_without_stopping),
        cmocka_unit_test(a_stopped_listener_frees_its_port),
        cmocka_unit_test(manual_mode_does_everything_in_the_callers_thread),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(many_threads_serve_one_listener),
        cmocka_unit_test(both_ends_of_pipes_close_at_once),
        cmocka_unit_test(calls_fail_cleanly_without_memory),
        cmocka_unit_test(starting_fails_cleanly_without_memory),
        cmocka_unit_test(strangers_datagrams_are_dropped_and_counted),
        cmocka_unit_test(counters_do_not_go_back_when_a_listener_closes),
    };

    atexit(look_for_threads_at_exit);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
