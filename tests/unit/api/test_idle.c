/*
 * Who does nothing costs nothing: how often service threads wake up, and what is sent, counted and not timed. Pauses
 * only give mistakes an opportunity; a machine that takes longer gives them more of it, which the bounds reckon with.
 */
#include "fixture.h"

#include "api/api_connection.h"
#include "api/sockets_object.h"
#include "net/clock.h"
#include "wire/limits.h"

#include <stdatomic.h>
#include <time.h>

enum {
    LOOK_MS = 400, /* how long something that must not happen is looked for */
    LINKS = 300,
    FIRST_SETTLE_MS = 1500, /* late acknowledgements, records that are kept for a while */
    WINDOW_MS = KEEPALIVE_MS + 1000,
};

static void pause_ms(int milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static uint64_t wake_ups(void)
{
    struct FumaroleStatistics statistics = {.size = sizeof(statistics)};

    Fumarole_GetStatistics(&statistics);
    return statistics.service_wake_ups;
}

static void came_by(struct service_task *task)
{
    atomic_fetch_add((atomic_int *)(task + 1), 1);
}

/* Every service thread has done what there was, and goes to sleep next. */
static void settle(void)
{
    for (int i = 0; i < service_loop_count(); i++) {
        struct {
            struct service_task task;
            atomic_int done;
        } visit = {.done = 0};

        service_run_on(service_loop_at(i), &visit.task, came_by);
        while (!atomic_load(&visit.done))
            pause_ms(1);
    }
}

static void expect_sleep(void)
{
    uint64_t before;

    settle();
    before = wake_ups();
    pause_ms(LOOK_MS);
    assert_int_equal(wake_ups(), before);
}

static int live_connections(void)
{
    struct sockets *self = sockets_instance();
    int count;

    pthread_mutex_lock(&self->lock);
    count = (int)self->handles.count;
    pthread_mutex_unlock(&self->lock);
    return count;
}

static void without_connections_nobody_wakes_up(void **state)
{
    struct link link;

    (void)state;
    assert_true(Fumarole_SetServiceThreads(3));
    start_as(NULL);
    expect_sleep();
    link = link_up();
    assert_int_equal(send_text(link.client, "hello", RELIABLE), k_EResultOK);
    expect_text(link.server, "hello");
    assert_true(close_connection(link.client));
    await(state_of(link.server) == CLOSED_BY_PEER);
    assert_true(close_connection(link.server));
    while (live_connections() > 0) /* goodbyes are repeated for a while to those who missed them */
        pause_ms(50);
    expect_sleep(); /* and with the listen socket open */
    assert_true(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, link.listener));
    expect_sleep();
    stop(NULL);
    assert_true(Fumarole_SetServiceThreads(0));
}

static HSteamListenSocket listener;
static int connected;

static void accept_all(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (event->m_info.m_eState == CONNECTING && event->m_info.m_hListenSocket == listener)
        assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, event->m_hConn), k_EResultOK);
    else if (event->m_info.m_eState == CONNECTED)
        connected++;
}

/* Packets sent by all connections so far. */
static uint64_t packets_sent(void)
{
    struct sockets *self = sockets_instance();
    struct api_connection *connection;
    uint64_t sum = 0;

    pthread_mutex_lock(&self->lock);
    list_for_each_entry(connection, &self->connections, struct api_connection, node)
    {
        pthread_mutex_lock(&connection->slot->lock);
        sum += connection_statistics(connection->core, clock_now())->packets_sent;
        pthread_mutex_unlock(&connection->slot->lock);
    }
    pthread_mutex_unlock(&self->lock);
    return sum;
}

static void idle_connections_only_keep_alive(void **state)
{
    HSteamNetConnection clients[LINKS];
    uint64_t packets, woken, periods;
    SteamNetworkingIPAddr address;
    microseconds began;

    (void)state;
    start_as(NULL);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, accept_all);
    listener = listen_with(0, NULL, &address);
    connected = 0;
    for (int i = 0; i < LINKS; i++) {
        clients[i] = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
        assert_int_not_equal(clients[i], 0);
    }
    await(connected == 2 * LINKS);
    for (int i = 0; i < LINKS; i++)
        assert_int_equal(send_text(clients[i], "hello", RELIABLE), k_EResultOK);
    pause_ms(FIRST_SETTLE_MS);

    settle();
    packets = packets_sent();
    woken = wake_ups();
    began = clock_now();
    pause_ms(WINDOW_MS);
    packets = packets_sent() - packets;
    woken = wake_ups() - woken;
    periods = (uint64_t)((clock_now() - began) / (KEEPALIVE_MS * MILLISECOND)) + 1;
    print_message("%d idle links: %llu packets, %llu wake-ups in %d ms\n", LINKS, (unsigned long long)packets,
                  (unsigned long long)woken, WINDOW_MS);
    /* A keepalive and its answer for each link and period, and not one more wake-up than these need at most. */
    assert_in_range(packets, 2 * LINKS, 2 * LINKS * periods);
    assert_in_range(woken, 1, 4 * LINKS * periods);
    for (int i = 0; i < LINKS; i++)
        assert_int_equal(state_of(clients[i]), CONNECTED);
    stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_connections_nobody_wakes_up),
        cmocka_unit_test(idle_connections_only_keep_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
