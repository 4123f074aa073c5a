/* What all connections share, used by several threads at once while the limits change: the memory of received messages
 * and the places of those that wait to be accepted. Afterwards nothing of either is taken. */
#include "fixture.h"

#include "api/receive_memory.h"
#include "base/memory_quota.h"
#include "base/random.h"

#include <limits.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 100, SEED = 20261120, WAITING_MAX = 200, RECENT = 6, BIG = 150000 };

static SteamNetworkingIPAddr address;
static HSteamListenSocket listener;
static atomic_int busy;
static char bytes[BIG];
static int accepted;

static bool set_number(ESteamNetworkingConfigValue value, int32 number)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_Int32, &number);
}

static void send_some(HSteamNetConnection connection, struct random_generator *random)
{
    int count = (int)random_below(&random->source, 40);

    for (int i = 0; i < count; i++)
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
            sockets, connection, bytes, 1 + (uint32)random_below(&random->source, i % 8 == 0 ? BIG : 3000),
            random_below(&random->source, 2) ? RELIABLE : UNRELIABLE, NULL);
}

/* Clients that come, send, and go in one way or another. */
static void *come_and_go(void *which)
{
    struct random_generator random;

    random_generator_init(&random, SEED + (uintptr_t)which);
    for (int i = 0; i < ROUNDS; i++) {
        HSteamNetConnection client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
        int looks = (int)random_below(&random.source, 100);

        while (looks-- > 0 && state_of(client) == CONNECTING)
            usleep(1000); /* its patience, not ours */
        send_some(client, &random);
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, client, 0, NULL,
                                                         random_below(&random.source, 2) != 0);
    }
    atomic_fetch_sub(&busy, 1);
    return NULL;
}

static void *change_limits(void *unused)
{
    struct random_generator random;

    (void)unused;
    random_generator_init(&random, SEED);
    while (atomic_load(&busy) > 0) {
        set_number(k_EFumaroleConfig_ReceiveMemory, (int32)random_below(&random.source, 4096));
        set_number(k_EFumaroleConfig_ListenWaitingConnections, (int32)random_below(&random.source, WAITING_MAX));
        set_number(k_EFumaroleConfig_ListenConnectsTotal, (int32)random_below(&random.source, 5000));
        Fumarole_Wait(2);
    }
    return NULL;
}

/* What the server's main thread does with one of those who came: nothing, or a part of what it could. */
static void attend(HSteamNetConnection server, HSteamNetPollGroup group, struct random_generator *random)
{
    SteamNetworkingMessage_t *messages[32];
    int count = 0;

    switch (random_below(&random->source, 8)) {
    case 0:
    case 1:
        if (SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, server) == k_EResultOK)
            accepted++;
        break;
    case 2:
        SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, server, group);
        break;
    case 3:
        count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, server, messages, 32);
        break;
    case 4:
        count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, 32);
        break;
    case 5:
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, server, 0, NULL,
                                                         random_below(&random->source, 2) != 0);
        break;
    default:
        break;
    }
    while (count > 0)
        release(messages[--count]);
}

static HSteamNetConnection came[THREADS * ROUNDS + 1];
static int came_count;

static void note_who_comes(SteamNetConnectionStatusChangedCallback_t *event)
{
    if (event->m_info.m_hListenSocket && event->m_eOldState == NONE && came_count <= THREADS * ROUNDS)
        came[came_count++] = event->m_hConn;
    fixture_note_event(event);
}

/* One of those who came, mostly of those who came last. */
static uint64_t choose(struct random_generator *random)
{
    uint64_t back = random_below(&random->source, random_below(&random->source, 4) ? RECENT : THREADS * ROUNDS);

    return (uint64_t)came_count - 1 - back % (uint64_t)came_count;
}

/* Those as well that were still on their way. */
static void accept_from(int first)
{
    for (int i = first; i < came_count; i++)
        SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, came[i]);
}

static void nothing_is_taken_when_all_are_gone(void **state)
{
    struct random_generator random;
    HSteamNetPollGroup group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    pthread_t threads[THREADS], changer;
    HSteamNetConnection last;
    int closed, drawn = 0;

    (void)state;
    random_generator_init(&random, SEED - 1);
    print_message("seed %d\n", SEED);
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_Bug,
                                                          fixture_note_log);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(utils, note_who_comes);
    listener = listen_with(0, NULL, &address);
    atomic_store(&busy, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, (void *)(i + 1)), 0);
    assert_int_equal(pthread_create(&changer, NULL, change_limits, NULL), 0);
    while (atomic_load(&busy) > 0) {
        run_callbacks();
        for (int i = 0; i < 8 && came_count > 0; i++)
            attend(came[choose(&random)], group, &random);
        if (memory_quota_drawn(receive_memory()) > 0)
            drawn++;
        Fumarole_Wait(1);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_join(changer, NULL);

    assert_in_range(accepted, 1, THREADS * ROUNDS);
    assert_in_range(drawn, 1, INT_MAX);
    print_message("%d came, %d accepted, %d times drawn\n", came_count, accepted, drawn);

    /* One place is enough for one more, when those who waited have left theirs. */
    assert_true(set_number(k_EFumaroleConfig_ReceiveMemory, 262144));
    assert_true(set_number(k_EFumaroleConfig_ListenConnectsTotal, 5000));
    assert_true(set_number(k_EFumaroleConfig_ListenWaitingConnections, 1));
    run_callbacks();
    closed = came_count;
    for (int i = 0; i < closed; i++)
        close_connection(came[i]);
    assert_true(set_number(k_ESteamNetworkingConfig_TimeoutInitial, FIXTURE_PATIENCE_MS));
    last = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
    await((accept_from(closed), state_of(last) == CONNECTED));
    await(memory_quota_drawn(receive_memory()) == 0);
}

static int stop_and_look(void **state)
{
    static const ESteamNetworkingConfigValue values[] = {k_EFumaroleConfig_ReceiveMemory,
                                                         k_EFumaroleConfig_ListenConnectsTotal,
                                                         k_EFumaroleConfig_ListenWaitingConnections};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, values[i], k_ESteamNetworkingConfig_Global, 0,
                                                      k_ESteamNetworkingConfig_Int32, NULL);
    stop(state);
    assert_int_equal(memory_quota_drawn(receive_memory()), 0);
    assert_int_equal(receive_memory()->drawers, 0);
    assert_int_equal(receive_memory()->wanting, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_taken_when_all_are_gone, start, stop_and_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
