/*
 * What the environments of a Node process share (bindings/node/addon/process.h), with threads in the place of workers:
 * they join and leave at any time, every one hears of its own connections and of all that happens to them, in order,
 * and of nobody else's. No JavaScript is involved, so that the thread sanitizer can watch.
 */
#include "process.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { THREADS = 6, LIVES = 8, CONNECTIONS = 5 };

#define SOCKETS SteamAPI_SteamNetworkingSockets_SteamAPI_v012()

static atomic_int failures; /* cmocka's assertions belong to the main thread */

static void expect(bool truth)
{
    if (!truth)
        atomic_fetch_add(&failures, 1);
}

/* One of the two ends of each connection of a life. */
struct end {
    HSteamNetConnection handle;
    int state;
};

struct life {
    struct process_member *member;
    HSteamListenSocket door;
    struct end ends[2 * CONNECTIONS];
    int count, open, gone;
};

static struct end *end_of(struct life *life, HSteamNetConnection handle)
{
    for (int i = 0; i < life->count; i++) {
        if (life->ends[i].handle == handle)
            return &life->ends[i];
    }
    return NULL;
}

static void look_at(struct life *life, const SteamNetConnectionStatusChangedCallback_t *status)
{
    struct end *end = end_of(life, status->m_hConn);

    if (!end) { /* it came in */
        expect(life->count < 2 * CONNECTIONS && status->m_info.m_hListenSocket == life->door);
        if (life->count == 2 * CONNECTIONS)
            return;
        end = &life->ends[life->count++];
        end->handle = status->m_hConn;
        expect(SteamAPI_ISteamNetworkingSockets_AcceptConnection(SOCKETS, end->handle) == k_EResultOK);
    }
    expect((int)status->m_eOldState == end->state);
    end->state = status->m_info.m_eState;
    life->open += end->state == k_ESteamNetworkingConnectionState_Connected;
    life->gone += end->state == k_ESteamNetworkingConnectionState_None;
}

static void run(struct life *life)
{
    process_run_callbacks();
    for (struct process_event *event = process_take_events(life->member), *next; event; event = next) {
        next = event->next;
        if (event->type == PROCESS_EVENT_STATUS)
            look_at(life, &event->status);
        free(event);
    }
}

static void open_ends(struct life *life)
{
    SteamNetworkingIPAddr address;
    HSteamNetConnection connection;

    SteamNetworkingIPAddr_ParseString(&address, "127.0.0.1:0");
    process_making();
    life->door = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    process_made(life->member, PROCESS_LISTEN_SOCKET, life->door);
    expect(process_owns(life->member, PROCESS_LISTEN_SOCKET, life->door));
    expect(SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(SOCKETS, life->door, &address));
    for (int i = 0; i < CONNECTIONS; i++) {
        process_making();
        connection = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(SOCKETS, &address, 0, NULL);
        process_made(life->member, PROCESS_CONNECTION, connection);
        life->ends[life->count++].handle = connection;
    }
}

static void close_ends(struct life *life)
{
    uint32_t handles[2 * CONNECTIONS];

    expect(process_owned(life->member, PROCESS_CONNECTION, handles, 2 * CONNECTIONS) == 2 * CONNECTIONS);
    for (int i = 0; i < 2 * CONNECTIONS; i++) {
        expect(SteamAPI_ISteamNetworkingSockets_CloseConnection(SOCKETS, handles[i], 0, NULL, false));
        process_disown(PROCESS_CONNECTION, handles[i]);
    }
    expect(process_owned(life->member, PROCESS_CONNECTION, NULL, 0) == 0);
    while (life->gone < 2 * CONNECTIONS && Fumarole_Wait(100))
        run(life);
    expect(SteamAPI_ISteamNetworkingSockets_CloseListenSocket(SOCKETS, life->door));
    process_disown(PROCESS_LISTEN_SOCKET, life->door);
    expect(!process_owns(life->member, PROCESS_LISTEN_SOCKET, life->door));
}

static void *live(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    SteamNetworkingErrMsg error;

    for (int i = 0; i < LIVES; i++) {
        struct life life = {.member = process_join(NULL, 0, error)};

        expect(life.member != NULL && process_members() > 0);
        if (!life.member)
            break;
        open_ends(&life);
        /* Some leave in the middle of it. */
        for (int rounds = rand_r(&seed) % 3 ? -1 : rand_r(&seed) % 20; life.open < 2 * CONNECTIONS && rounds != 0;
             rounds--) {
            Fumarole_Wait(10);
            run(&life);
        }
        if (life.open == 2 * CONNECTIONS && rand_r(&seed) % 2)
            close_ends(&life);
        process_leave(life.member);
    }
    return NULL;
}

static void members_come_and_go(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, live, (void *)(uintptr_t)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
    assert_int_equal(process_members(), 0);
    assert_null(SOCKETS);
}

static bool readable(int descriptor)
{
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};

    return poll(&polled, 1, 0) == 1;
}

/* How many of the events that a member takes are about that connection; what else there is goes to all. */
static int take_changes(struct process_member *member, HSteamNetConnection connection)
{
    int count = 0;

    for (struct process_event *event = process_take_events(member), *next; event; event = next) {
        next = event->next;
        if (event->type == PROCESS_EVENT_STATUS) {
            assert_int_equal(event->status.m_hConn, connection);
            count++;
        }
        free(event);
    }
    assert_false(readable(process_event_descriptor(member)));
    return count;
}

/* The descriptor tells a member that somebody else has run the callbacks. */
static void a_member_is_told_of_events_that_another_has_sorted(void **state)
{
    SteamNetworkingErrMsg error;
    struct process_member *one = process_join(NULL, 0, error), *other = process_join(NULL, 0, error);
    HSteamNetConnection connection;
    SteamNetworkingIPAddr address;

    (void)state;
    assert_true(one && other);
    assert_int_equal(process_members(), 2);
    SteamNetworkingIPAddr_ParseString(&address, "127.0.0.1:9");
    process_making();
    connection = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(SOCKETS, &address, 0, NULL);
    process_made(one, PROCESS_CONNECTION, connection);
    assert_false(readable(process_event_descriptor(one)));
    process_run_callbacks();
    assert_true(readable(process_event_descriptor(one)));
    assert_int_equal(take_changes(other, 0), 0);
    assert_int_equal(take_changes(one, connection), 1);
    assert_false(process_owns(other, PROCESS_CONNECTION, connection));
    process_leave(one);
    assert_false(SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(SOCKETS, connection, NULL));
    process_leave(other);
    process_leave(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(a_member_is_told_of_events_that_another_has_sorted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
