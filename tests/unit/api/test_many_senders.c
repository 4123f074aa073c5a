/*
 * Threads that send at once over connections that are being closed, replaced and written to by others: what was
 * accepted arrives, once, in each thread's order, and at nobody else's connection.
 */
#include "fixture.h"

#include "base/random.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    PLACES = 3, /* connections at a time */
    SENDERS = 3,
    LIVES = 24, /* connections in all */
    SIZE_MAXIMUM = 2000,
    HANDFUL = 200,
};

/* A connection, from the client's side. */
struct life {
    atomic_uint client;
    HSteamNetConnection server;
    uint32 accepted[SENDERS]; /* written by its sender, read when that has ended */
    uint32 arrived[SENDERS];
};

struct letter {
    uint32 life, sender, number;
};

static struct life lives[LIVES];
static atomic_int places[PLACES]; /* index of a life */
static atomic_bool enough;
static HSteamListenSocket listener;
static HSteamNetPollGroup group;
static SteamNetworkingIPAddr address;

static void *send_letters(void *argument)
{
    uint32 sender = *(const uint32 *)argument;
    struct random_generator random;
    char bytes[SIZE_MAXIMUM];

    random_generator_init(&random, sender + 1);
    memset(bytes, 'x', sizeof(bytes));
    while (!atomic_load(&enough)) {
        uint32 index = (uint32)atomic_load(&places[random_u32(&random.source) % PLACES]);
        struct life *life = &lives[index];
        struct letter letter = {index, sender, life->accepted[sender] + 1};
        uint32 size = (uint32)sizeof(letter) + random_u32(&random.source) % 100;
        int flags = random_u32(&random.source) % 2 ? RELIABLE : RELIABLE_NOW;
        int64 number;
        EResult result;

        if (random_u32(&random.source) % 50 == 0)
            size = SIZE_MAXIMUM;
        memcpy(bytes, &letter, sizeof(letter));
        result = SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
            sockets, atomic_load(&life->client), bytes, size, flags,
            random_u32(&random.source) % 8 == 0 ? &number : NULL); /* the number is only to be had with the lock */
        if (result == k_EResultOK)
            life->accepted[sender]++;
        else
            sched_yield(); /* full, or closed a moment ago */
    }
    return NULL;
}

static bool take_letters(void)
{
    SteamNetworkingMessage_t *messages[HANDFUL];
    int count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, group, messages, HANDFUL);

    for (int i = 0; i < count; i++) {
        struct letter letter;

        assert_in_range(messages[i]->m_cbSize, sizeof(letter), SIZE_MAXIMUM);
        memcpy(&letter, messages[i]->m_pData, sizeof(letter));
        assert_in_range(letter.life, 0, LIVES - 1);
        assert_in_range(letter.sender, 0, SENDERS - 1);
        if (messages[i]->m_conn != lives[letter.life].server ||
            letter.number != lives[letter.life].arrived[letter.sender] + 1)
            fail_msg("life %u (server %u): letter %u of sender %u after %u, at connection %u", letter.life,
                     lives[letter.life].server, letter.number, letter.sender, lives[letter.life].arrived[letter.sender],
                     messages[i]->m_conn);
        lives[letter.life].arrived[letter.sender]++;
        if (i == 0) /* the other way something is on its way, too */
            SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, messages[i]->m_conn, "y", 1, UNRELIABLE,
                                                                     NULL);
        release(messages[i]);
    }
    for (int place = 0; place < PLACES; place++) {
        HSteamNetConnection client = atomic_load(&lives[atomic_load(&places[place])].client);
        int more =
            client ? SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, client, messages, HANDFUL)
                   : 0;

        for (int i = 0; i < more; i++)
            release(messages[i]);
    }
    return count > 0;
}

static void begin_life(int index)
{
    struct life *life = &lives[index];
    HSteamNetConnection client;

    forget_events();
    client = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
    assert_int_not_equal(client, 0);
    await((take_letters(), incoming(listener)));
    life->server = incoming(listener);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, life->server), k_EResultOK);
    assert_true(SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, life->server, group));
    await((take_letters(), state_of(client) == CONNECTED));
    atomic_store(&life->client, client);
}

static uint32 letters_of(const struct life *life, bool arrived)
{
    uint32 sum = 0;

    for (int i = 0; i < SENDERS; i++)
        sum += arrived ? life->arrived[i] : life->accepted[i];
    return sum;
}

static void check_senders(void)
{
    const SteamNetworkingConfigValue_t options[] = {
        int_option(k_ESteamNetworkingConfig_SendRateMin, 20000000),
        int_option(k_ESteamNetworkingConfig_SendRateMax, 20000000),
        int_option(k_ESteamNetworkingConfig_SendBufferSize, 60000),
    };
    uint32 numbers[SENDERS], total = 0;
    pthread_t threads[SENDERS];

    memset(lives, 0, sizeof(lives));
    atomic_store(&enough, false);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, options[i].m_eValue, k_ESteamNetworkingConfig_Global, 0,
                                                      k_ESteamNetworkingConfig_Int32, &options[i].m_val.m_int32);
    listener = listen_with(0, NULL, &address);
    group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    for (int i = 0; i < PLACES; i++) {
        begin_life(i);
        atomic_store(&places[i], i);
    }
    for (uint32 i = 0; i < SENDERS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, send_letters, &numbers[i]), 0);
    }
    for (int next = PLACES; next < LIVES; next++) {
        struct life *old = &lives[atomic_load(&places[next % PLACES])];
        uint32 before = letters_of(old, true);

        await((take_letters(), letters_of(old, true) >= before + HANDFUL));
        assert_true(
            SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, atomic_load(&old->client), 0, NULL, true));
        begin_life(next);
        atomic_store(&places[next % PLACES], next);
    }
    atomic_store(&enough, true);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < LIVES; i++) {
        await((take_letters(), letters_of(&lives[i], true) >= letters_of(&lives[i], false)));
        for (int k = 0; k < SENDERS; k++)
            assert_int_equal(lives[i].arrived[k], lives[i].accepted[k]);
        total += letters_of(&lives[i], true);
    }
    print_message("%u letters\n", total);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, options[i].m_eValue, k_ESteamNetworkingConfig_Global, 0,
                                                      k_ESteamNetworkingConfig_Int32, NULL);
}

static void test_with_threads(void **state)
{
    (void)state;
    assert_true(Fumarole_SetServiceThreads(2));
    start_as(NULL);
    check_senders();
    stop(NULL);
    assert_true(Fumarole_SetServiceThreads(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
