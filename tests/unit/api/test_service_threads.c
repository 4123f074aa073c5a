/*
 * Several service threads: one port for all of them, connections spread over them, connections that go from one to
 * another because their peer's datagrams do, and a port that stays one server's.
 */
#include "fixture.h"

#include "api/api_connection.h"
#include "api/listen_socket.h"
#include "api/sockets.h"
#include "api/sockets_object.h"
#include "net/clock.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    THREADS = 4,
    DATAGRAM = 1500,
};

static void start_with_threads(int count)
{
    assert_true(Fumarole_SetServiceThreads(count));
    start_as(NULL);
    assert_int_equal(service_loop_count(), count);
}

static void stop_all(void)
{
    stop(NULL);
    assert_true(Fumarole_SetServiceThreads(0));
}

static struct listen_socket *listen_socket_of(HSteamListenSocket handle)
{
    struct sockets *self = sockets_instance();
    struct listen_socket *listen_socket;

    pthread_mutex_lock(&self->lock);
    listen_socket = listen_socket_find(self, handle);
    pthread_mutex_unlock(&self->lock);
    assert_non_null(listen_socket);
    return listen_socket;
}

/* The loop that a connection is with: its socket and its timer are with the same one. -1: it is gone. */
static int loop_of(HSteamNetConnection handle)
{
    struct handle_slot *slot = handle_table_lock(&sockets_instance()->handles, handle);
    struct service_loop *loop;

    if (!slot)
        return -1;
    loop = slot->connection->timer.loop;
    assert_ptr_equal(service_socket_loop(slot->connection->socket), loop);
    handle_slot_unlock(slot);
    for (int i = 0; i < service_loop_count(); i++) {
        if (service_loop_at(i) == loop)
            return i;
    }
    fail_msg("a connection is with no loop");
    return -1;
}

static uint64_t moves(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};

    Fumarole_GetStatistics(&statistics);
    return statistics.connections_moved;
}

/* ---- spreading --------------------------------------------------------------------------------------------------- */

/* The first packets of every peer may come in on any of the sockets. */
static void connect_and_talk(const SteamNetworkingIPAddr *bind, const char *target)
{
    enum { CLIENTS = 40 };
    HSteamListenSocket listener = Fumarole_CreateListenSocketIPAnyPort(bind, 0, NULL);
    HSteamNetConnection clients[CLIENTS], servers[CLIENTS];
    int used[2][THREADS] = {{0}};
    SteamNetworkingIPAddr address;
    uint64_t moves_before = moves();

    assert_int_not_equal(listener, 0);
    assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &address));
    assert_int_not_equal(address.m_port, 0);
    assert_int_equal(listen_socket_of(listener)->udp_count, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(service_socket_local_address(listen_socket_of(listener)->udp[i])->m_port, address.m_port);
    {
        uint16 port = address.m_port;

        assert_true(SteamAPI_SteamNetworkingIPAddr_ParseString(&address, target));
        address.m_port = port;
    }
    for (int i = 0; i < CLIENTS; i++) {
        char text[16];

        forget_events();
        clients[i] = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
        await(incoming(listener));
        servers[i] = incoming(listener);
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, servers[i]), k_EResultOK);
        snprintf(text, sizeof(text), "number %d", i);
        assert_int_equal(send_text(clients[i], text, RELIABLE_NOW), k_EResultOK);
    }
    for (int i = 0; i < CLIENTS; i++) {
        char text[16];

        snprintf(text, sizeof(text), "number %d", i);
        expect_text(servers[i], text);
        assert_int_equal(send_text(servers[i], text, RELIABLE_NOW), k_EResultOK);
        expect_text(clients[i], text);
        used[0][loop_of(clients[i])]++;
        used[1][loop_of(servers[i])]++;
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(used[0][i], CLIENTS / THREADS); /* outgoing ones in turn */
        assert_int_not_equal(used[1][i], 0);             /* the kernel spreads the others (4 * 0.75^40 not to) */
    }
    assert_int_equal(moves(), moves_before); /* a peer that stays where it is stays with its thread */
    for (int i = 0; i < CLIENTS; i++)
        assert_true(close_connection(clients[i]));
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
}

static bool machine_has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int descriptor = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool has = descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof(address)) == 0;

    close(descriptor);
    return has;
}

static void many_threads_serve_one_port(void **state)
{
    SteamNetworkingIPAddr bind = loopback(0);

    (void)state;
    start_with_threads(THREADS);
    connect_and_talk(&bind, "127.0.0.1");
    SteamAPI_SteamNetworkingIPAddr_Clear(&bind); /* every address of both families */
    connect_and_talk(&bind, "127.0.0.1");
    if (machine_has_ipv6()) {
        connect_and_talk(&bind, "::1");
        SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&bind, 0);
        connect_and_talk(&bind, "::1");
    }
    stop_all();
}

static void impossible_numbers_of_threads(void **state)
{
    (void)state;
    assert_false(Fumarole_SetServiceThreads(-1));
    assert_false(Fumarole_SetServiceThreads(SERVICE_LOOPS_MAXIMUM + 1));
    start_with_threads(2);
    assert_false(Fumarole_SetServiceThreads(3));
    stop_all();

    /* The environment is the operator's, and has the last word. */
    assert_int_equal(setenv("FUMAROLE_SERVICE_THREADS", "3", 1), 0);
    assert_true(Fumarole_SetServiceThreads(2));
    start_as(NULL);
    assert_int_equal(service_loop_count(), 3);
    stop_all();
    for (int i = 0; i < 4; i++) {
        static const char *const nonsense[] = {"0", "65", "two", "2x"};

        assert_int_equal(setenv("FUMAROLE_SERVICE_THREADS", nonsense[i], 1), 0);
        start_with_threads(2);
        stop_all();
    }
    unsetenv("FUMAROLE_SERVICE_THREADS");
}

/* ---- a port is one server's -------------------------------------------------------------------------------------- */

/* What a second process says that wants the port; it exits with 0 if it was refused for the right reason. */
static int second_server(const char *bind_text, int threads)
{
    SteamNetworkingIPAddr bind;

    if (!SteamAPI_SteamNetworkingIPAddr_ParseString(&bind, bind_text))
        return 2;
    start_with_threads(threads);
    if (SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, &bind, 0, NULL))
        return 3;
    return logged("Address already in use") ? 0 : 4;
}

static void run_second_server(const char *bind_text, int threads)
{
    char number[8];
    pid_t child;
    int status;

    snprintf(number, sizeof(number), "%d", threads);
    child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_service_threads", "second", bind_text, number, (char *)NULL);
        _exit(9);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Sharing a port among threads must not let another server of the same user take some of the peers, unnoticed. */
static void a_second_server_is_refused(void **state)
{
    static const int threads[] = {1, THREADS};

    (void)state;
    for (int i = 0; i < 2; i++) {
        SteamNetworkingIPAddr bind = loopback(0);
        HSteamListenSocket listener;
        char text[64];

        start_with_threads(threads[i]);
        for (int wide = 0; wide < 2; wide++) {
            if (wide)
                SteamAPI_SteamNetworkingIPAddr_Clear(&bind);
            listener = Fumarole_CreateListenSocketIPAnyPort(&bind, 0, NULL);
            assert_int_not_equal(listener, 0);
            assert_true(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &bind));

            forget_log();
            assert_int_equal(SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(sockets, &bind, 0, NULL), 0);
            assert_true(logged("Address already in use"));
            for (int k = 0; k < 2; k++) {
                snprintf(text, sizeof(text), "127.0.0.1:%d", bind.m_port);
                run_second_server(text, threads[k]);
                snprintf(text, sizeof(text), "0.0.0.0:%d", bind.m_port);
                run_second_server(text, threads[k]);
                snprintf(text, sizeof(text), "[::]:%d", bind.m_port);
                run_second_server(text, threads[k]);
            }
            assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, listener));
        }
        stop_all();
    }
}

/* ---- following a peer from thread to thread ---------------------------------------------------------------------- */

/* Datagrams that the kernel could have brought to any socket of the listen address. */
struct delivery {
    struct service_task task;
    struct listen_socket *listen_socket;
    struct service_socket *socket;
    struct received datagram;
    uint8_t bytes[DATAGRAM];
};

static atomic_int deliveries_outstanding;

static void deliver(struct service_task *task)
{
    struct delivery *delivery = container_of(task, struct delivery, task);

    delivery->datagram.data = delivery->bytes;
    delivery->listen_socket->events.on_datagrams(&delivery->listen_socket->events, delivery->socket,
                                                 &delivery->datagram, 1, clock_now());
    free(delivery);
    atomic_fetch_sub(&deliveries_outstanding, 1);
}

/* Between a client and the server: an address of its own, whose datagrams arrive where the test wants. */
struct relay {
    int descriptor; /* the client talks to it */
    int away;       /* where the server sees the client; -1: the same */
    struct sockaddr_in server, client, own;
    SteamNetworkingIPAddr own_address;
    struct listen_socket *listen_socket;
    int next_loop; /* for what comes from the client; -1: through the network */
};

static void relay_open(struct relay *relay, HSteamListenSocket listener, const SteamNetworkingIPAddr *server)
{
    socklen_t length = sizeof(relay->own);

    memset(relay, 0, sizeof(*relay));
    relay->listen_socket = listen_socket_of(listener);
    relay->next_loop = relay->away = -1;
    relay->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(relay->descriptor >= 0);
    relay->own = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(bind(relay->descriptor, (struct sockaddr *)&relay->own, sizeof(relay->own)), 0);
    assert_int_equal(getsockname(relay->descriptor, (struct sockaddr *)&relay->own, &length), 0);
    relay->server = relay->own;
    relay->server.sin_port = htons(server->m_port);
    relay->own_address = loopback(ntohs(relay->own.sin_port));
}

static void relay_to_server(struct relay *relay, const uint8_t *bytes, size_t length)
{
    struct delivery *delivery;

    if (relay->next_loop < 0) {
        sendto(relay->away >= 0 ? relay->away : relay->descriptor, bytes, length, 0, (struct sockaddr *)&relay->server,
               sizeof(relay->server));
        return;
    }
    delivery = calloc(1, sizeof(*delivery));
    assert_non_null(delivery);
    delivery->listen_socket = relay->listen_socket;
    delivery->socket = relay->listen_socket->udp[relay->next_loop];
    delivery->datagram.from = relay->own_address;
    delivery->datagram.length = (uint32_t)length;
    memcpy(delivery->bytes, bytes, length);
    atomic_fetch_add(&deliveries_outstanding, 1);
    service_run_on(service_loop_at(relay->next_loop), &delivery->task, deliver);
}

/* Passes on what has arrived. Returns how many datagrams came from the client. */
static int relay_run(struct relay *relay)
{
    uint8_t bytes[DATAGRAM];
    struct sockaddr_in from;
    socklen_t length;
    ssize_t got;
    int count = 0;

    while (relay->away >= 0 && (got = recv(relay->away, bytes, sizeof(bytes), 0)) >= 0)
        sendto(relay->descriptor, bytes, (size_t)got, 0, (struct sockaddr *)&relay->client, sizeof(relay->client));
    while (length = sizeof(from),
           (got = recvfrom(relay->descriptor, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &length)) >= 0) {
        if (from.sin_port == relay->server.sin_port) {
            if (relay->away < 0) /* else nobody is there any more */
                sendto(relay->descriptor, bytes, (size_t)got, 0, (struct sockaddr *)&relay->client,
                       sizeof(relay->client));
            continue;
        }
        relay->client = from;
        relay_to_server(relay, bytes, (size_t)got);
        count++;
    }
    return count;
}

#define await_through(relay, condition)                                                                                \
    do {                                                                                                               \
        int64 relay_deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;                                               \
                                                                                                                       \
        while (relay_run(relay), run_callbacks(), !(condition)) {                                                      \
            struct pollfd wait = {.fd = (relay)->descriptor, .events = POLLIN};                                        \
                                                                                                                       \
            if (milliseconds_now() > relay_deadline)                                                                   \
                fail_msg("waited in vain for " #condition);                                                            \
            poll(&wait, 1, 2);                                                                                         \
        }                                                                                                              \
    } while (0)

static bool receive_through(struct relay *relay, HSteamNetConnection connection, const char *text)
{
    SteamNetworkingMessage_t *message = NULL;
    bool same;

    await_through(relay,
                  SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, &message, 1));
    same = message->m_cbSize == (int)strlen(text) && memcmp(message->m_pData, text, strlen(text)) == 0;
    release(message);
    return same;
}

static void a_connection_follows_its_peer_to_another_thread(void **state)
{
    SteamNetworkingIPAddr address;
    HSteamNetConnection client, server;
    HSteamListenSocket listener;
    uint64_t moves_before;
    struct relay relay;
    int home;

    (void)state;
    start_with_threads(THREADS);
    listener = listen_with(0, NULL, &address);
    relay_open(&relay, listener, &address);
    client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &relay.own_address, 0, NULL);
    await_through(&relay, incoming(listener));
    server = incoming(listener);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, server), k_EResultOK);
    assert_int_equal(send_text(client, "first", RELIABLE_NOW), k_EResultOK);
    assert_true(receive_through(&relay, server, "first"));
    home = loop_of(server);
    moves_before = moves();

    for (int round = 1; round <= 12; round++) {
        char text[16];

        relay.next_loop = (home + round) % THREADS;
        snprintf(text, sizeof(text), "round %d", round);
        assert_int_equal(send_text(client, text, RELIABLE_NOW), k_EResultOK);
        assert_true(receive_through(&relay, server, text));
        assert_int_equal(loop_of(server), relay.next_loop);
        /* From there it answers and keeps its time: the acknowledgements and keepalives are its new thread's. */
        assert_int_equal(send_text(server, text, RELIABLE), k_EResultOK);
        assert_true(receive_through(&relay, client, text));
    }
    assert_true(moves() >= moves_before + 12);
    relay.next_loop = -1; /* the network has not changed its mind */
    assert_int_equal(send_text(client, "home", RELIABLE_NOW), k_EResultOK);
    assert_true(receive_through(&relay, server, "home"));
    assert_int_equal(loop_of(server), home);

    await_through(&relay, atomic_load(&deliveries_outstanding) == 0);
    assert_true(close_connection(client));
    await_through(&relay, state_of(server) == CLOSED_BY_PEER);
    stop_all();
    close(relay.descriptor);
}

/* What a phone does that leaves the house: the next datagrams come from another address, and the old one is gone. */
static void relay_go_away(struct relay *relay)
{
    struct sockaddr_in away = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

    if (relay->away >= 0)
        close(relay->away);
    relay->away = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(relay->away >= 0);
    assert_int_equal(bind(relay->away, (struct sockaddr *)&away, sizeof(away)), 0);
}

/* The kernel gives each new address of a peer to any of the threads; the connection goes along, and loses nothing. */
static void a_peer_with_another_address_keeps_its_connection(void **state)
{
    enum { ADDRESSES = 16, CHANGES = 3 }; /* hardly more than four addresses are needed for them */
    SteamNetworkingIPAddr address;
    HSteamNetConnection client, server;
    HSteamListenSocket listener;
    bool used[THREADS] = {false};
    uint64_t moves_before;
    struct relay relay;
    int changes = 0;

    (void)state;
    start_with_threads(THREADS);
    listener = listen_with(0, NULL, &address);
    relay_open(&relay, listener, &address);
    client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &relay.own_address, 0, NULL);
    await_through(&relay, incoming(listener));
    server = incoming(listener);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, server), k_EResultOK);
    assert_int_equal(send_text(client, "at home", RELIABLE_NOW), k_EResultOK);
    assert_true(receive_through(&relay, server, "at home"));
    moves_before = moves();
    for (int i = 0, last = loop_of(server); i < ADDRESSES && changes < CHANGES; i++) {
        char text[16];

        relay_go_away(&relay);
        snprintf(text, sizeof(text), "address %d", i);
        assert_int_equal(send_text(client, text, RELIABLE_NOW), k_EResultOK);
        assert_true(receive_through(&relay, server, text));
        /* Back to where the client is now, which takes until the server believes it. */
        assert_int_equal(send_text(server, text, RELIABLE_NOW), k_EResultOK);
        assert_true(receive_through(&relay, client, text));
        /* And the first datagram from there takes it to the thread where such datagrams arrive. */
        assert_int_equal(send_text(client, "here", RELIABLE_NOW), k_EResultOK);
        assert_true(receive_through(&relay, server, "here"));
        changes += loop_of(server) != last;
        used[last = loop_of(server)] = true;
    }
    assert_int_equal(changes, CHANGES);
    assert_true(moves() >= moves_before + (uint64_t)changes);
    assert_true(used[0] + used[1] + used[2] + used[3] >= 2);
    assert_true(close_connection(client));
    await_through(&relay, state_of(server) == CLOSED_BY_PEER);
    stop_all();
    close(relay.away);
    close(relay.descriptor);
}

/* ---- under load -------------------------------------------------------------------------------------------------- */

enum {
    PAIRS = 12,
    LOAD_MESSAGES = 60, /* to be received on each connection, in order */
    GENERATIONS = 3,    /* of connections of a pair, one after the other */
};

struct pair {
    struct relay relay;
    HSteamNetConnection client, server;
    int got, generation;
    uint32_t lottery;
};

static struct pair pairs[PAIRS];
static HSteamListenSocket load_listener;
static atomic_bool load_over;
static atomic_uint load_clients[PAIRS];

/* Sends on whatever connections there are. */
static void *send_load(void *argument)
{
    uint32_t counters[PAIRS] = {0};
    HSteamNetConnection last[PAIRS] = {0};

    (void)argument;
    while (!atomic_load(&load_over)) {
        for (int i = 0; i < PAIRS; i++) {
            HSteamNetConnection client = atomic_load(&load_clients[i]);

            if (client != last[i])
                counters[i] = 0;
            last[i] = client;
            if (client && counters[i] < LOAD_MESSAGES + 20 &&
                SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                    sockets, client, &counters[i], sizeof(counters[i]), RELIABLE, NULL) == k_EResultOK)
                counters[i]++;
        }
        usleep(200);
    }
    return NULL;
}

/* The status of a server connection: accepted at once, and found by its relay's address. */
static void on_load_change(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (event->m_info.m_hListenSocket != load_listener || event->m_info.m_eState != CONNECTING)
        return;
    for (int i = 0; i < PAIRS; i++) {
        if (event->m_info.m_addrRemote.m_port == pairs[i].relay.own_address.m_port) {
            pairs[i].server = event->m_hConn;
            SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, event->m_hConn);
        }
    }
}

static void pair_begin(struct pair *pair)
{
    pair->got = 0;
    pair->server = 0;
    pair->client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &pair->relay.own_address, 0, NULL);
    assert_int_not_equal(pair->client, 0);
    atomic_store(&load_clients[pair - pairs], pair->client);
}

/* One of the two lets go in the midst of it, while threads send on it and its datagrams arrive on several. */
static void pair_end(struct pair *pair)
{
    atomic_store(&load_clients[pair - pairs], 0);
    if (pair->generation % 2) {
        close_connection(pair->server);
        close_connection(pair->client);
    } else {
        close_connection(pair->client);
        close_connection(pair->server);
    }
    pair->client = 0;
    pair->generation++;
}

static bool pair_receive(struct pair *pair)
{
    SteamNetworkingMessage_t *messages[16];
    int count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, pair->server, messages, 16);
    bool in_order = true;

    for (int i = 0; i < count; i++) {
        uint32_t number;

        memcpy(&number, messages[i]->m_pData, sizeof(number));
        in_order = in_order && number == (uint32_t)pair->got;
        pair->got++;
        release(messages[i]);
    }
    return in_order;
}

/*
 * Four threads, and peers whose datagrams come in on any of them, one after the other, which no network does: data
 * arrives in order all the same, and nothing is served by two threads at once, which the thread sanitizer watches.
 */
static void datagrams_on_all_threads_at_once(void **state)
{
    int64 deadline;
    SteamNetworkingIPAddr address;
    pthread_t sender;
    int unfinished = PAIRS;

    (void)state;
    start_with_threads(THREADS);
    assert_true(
        SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, on_load_change));
    load_listener = listen_with(0, NULL, &address);
    atomic_store(&load_over, false);
    for (int i = 0; i < PAIRS; i++) {
        pairs[i] = (struct pair){.lottery = (uint32_t)i * 2654435761u + 1};
        relay_open(&pairs[i].relay, load_listener, &address);
        pair_begin(&pairs[i]);
    }
    assert_int_equal(pthread_create(&sender, NULL, send_load, NULL), 0);
    deadline = milliseconds_now() + FIXTURE_PATIENCE_MS;
    while (unfinished > 0) {
        assert_true(milliseconds_now() < deadline);
        for (int i = 0; i < PAIRS; i++) {
            struct pair *pair = &pairs[i];

            pair->lottery = pair->lottery * 1664525u + 1013904223u;
            pair->relay.next_loop = (int)(pair->lottery >> 24) % (THREADS + 1) - 1;
            relay_run(&pair->relay);
            if (!pair->client)
                continue;
            assert_true(pair_receive(pair));
            if (pair->got < LOAD_MESSAGES)
                continue;
            pair_end(pair);
            if (pair->generation < GENERATIONS)
                pair_begin(pair);
            else
                unfinished--;
        }
        run_callbacks();
        Fumarole_Wait(1);
    }
    atomic_store(&load_over, true);
    pthread_join(sender, NULL);
    await(atomic_load(&deliveries_outstanding) == 0);
    print_message("%llu moves\n", (unsigned long long)moves());
    stop_all();
    for (int i = 0; i < PAIRS; i++)
        close(pairs[i].relay.descriptor);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_serve_one_port),
        cmocka_unit_test(impossible_numbers_of_threads),
        cmocka_unit_test(a_second_server_is_refused),
        cmocka_unit_test(a_connection_follows_its_peer_to_another_thread),
        cmocka_unit_test(a_peer_with_another_address_keeps_its_connection),
        cmocka_unit_test(datagrams_on_all_threads_at_once),
    };

    if (argc == 4 && strcmp(argv[1], "second") == 0)
        return second_server(argv[2], atoi(argv[3]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
