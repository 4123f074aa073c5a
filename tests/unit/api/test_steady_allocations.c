/*
 * Once traffic runs steadily over real sockets, packets and small messages cost no memory: neither the ones that are
 * sent, by value or prepared by the application, nor the ones that arrive.
 */
#include "fixture.h"

#include "base/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    WARM_UP_ROUNDS = 150,
    ROUNDS = 500,
    MESSAGES = 12, /* in a round, one way */
    SIZES = 4,
    SEND_RATE = 100 * 1000 * 1000,
    /*
     * What grows up to a bound (records of packets on their way, for one) may still grow when the machine's other work
     * holds up a thread; that is a handful of times for tens of thousands of messages and packets.
     */
    GROWTH_ALLOWED = 24,
};

static atomic_int allocations, blocks;

static void *counting_malloc(size_t size)
{
    atomic_fetch_add(&allocations, 1);
    atomic_fetch_add(&blocks, 1);
    return malloc(size);
}

static void counting_free(void *memory)
{
    atomic_fetch_sub(&blocks, 1);
    free(memory);
}

static void *counting_realloc(void *memory, size_t size)
{
    atomic_fetch_add(&allocations, 1);
    if (!memory)
        atomic_fetch_add(&blocks, 1);
    return realloc(memory, size);
}

static const int sizes[SIZES] = {0, 100, 700, 1150};

static int flags_of(int i)
{
    return i % 3 == 0 ? RELIABLE_NOW : i % 3 == 1 ? RELIABLE : k_nSteamNetworkingSend_UnreliableNoNagle;
}

static void send_by_value(HSteamNetConnection connection, int i)
{
    static const uint8_t data[1200];

    assert_int_equal(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
                         sockets, connection, data, (uint32)sizes[i % SIZES], flags_of(i), NULL),
                     k_EResultOK);
}

static void send_prepared(HSteamNetConnection connection, int i)
{
    SteamNetworkingMessage_t *message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(utils, sizes[i % SIZES]);
    int64 result;

    assert_non_null(message);
    if (sizes[i % SIZES])
        memset(message->m_pData, i, (size_t)sizes[i % SIZES]);
    message->m_conn = connection;
    message->m_nFlags = flags_of(i);
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, 1, &message, &result, true);
    assert_true(result > 0);
}

/* Messages that are not reliable may be lost when the machine is busy; those are not waited for. */
static void take_reliable(HSteamNetPollGroup group, int count)
{
    int taken = 0;

    while (taken < count) {
        SteamNetworkingMessage_t *messages[8];
        int got;

        await((got = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, 8)) != 0);
        assert_true(got > 0);
        for (int i = 0; i < got; i++) {
            if (messages[i]->m_nFlags & RELIABLE)
                taken++;
            release(messages[i]);
        }
    }
}

static void exchange(const struct link *link, HSteamNetPollGroup to_client, HSteamNetPollGroup to_server, int rounds)
{
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < MESSAGES; i++)
            send_by_value(link->client, i + round);
        take_reliable(to_server, MESSAGES * 2 / 3);
        for (int i = 0; i < MESSAGES; i++)
            send_prepared(link->server, i + round);
        take_reliable(to_client, MESSAGES * 2 / 3);
    }
}

static void steady_traffic_allocates_nothing(void **state)
{
    const SteamNetworkingConfigValue_t fast[] = {int_option(k_ESteamNetworkingConfig_SendRateMin, SEND_RATE),
                                                 int_option(k_ESteamNetworkingConfig_SendRateMax, SEND_RATE)};
    HSteamNetPollGroup to_client, to_server;
    struct link link;
    int before;

    (void)state;
    alloc_set_hooks(counting_malloc, counting_free, counting_realloc);
    start_as(NULL);
    link = link_up_with(2, fast, 2, fast);
    to_client = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    to_server = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, link.client, to_client));
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, link.server, to_server));

    exchange(&link, to_client, to_server, WARM_UP_ROUNDS);
    before = atomic_load(&allocations);
    exchange(&link, to_client, to_server, ROUNDS);
    print_message("%d allocations for %d messages\n", atomic_load(&allocations) - before, 2 * ROUNDS * MESSAGES);
    assert_in_range(atomic_load(&allocations) - before, 0, GROWTH_ALLOWED);

    stop(NULL);
    assert_int_equal(atomic_load(&blocks), 0); /* everything that was kept has come back */
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_traffic_allocates_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
