/* Waiting for something to fetch while other threads bring it about (fumarole/extensions.h, api-contract 2.3). */
#include "fixture.h"

#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

static HSteamNetConnection pipe_ends[2];

static void limit_descriptors(rlim_t count)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Something that needs no network work, some time after the other thread has begun to wait. */
static void *send_later(void *unused)
{
    (void)unused;
    usleep(200000);
    assert_int_equal(send_text(pipe_ends[0], "wake up", RELIABLE_NOW), k_EResultOK);
    return NULL;
}

static void wait_is_woken_by_another_thread(bool manual)
{
    pthread_t thread;

    SteamNetworkingSockets_SetManualPollMode(manual);
    start_as(NULL);
    assert_true(
        SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &pipe_ends[0], &pipe_ends[1], false, NULL, NULL));
    assert_int_equal(pthread_create(&thread, NULL, send_later, NULL), 0);
    assert_true(Fumarole_Wait(FIXTURE_PATIENCE_MS));
    pthread_join(thread, NULL);
    expect_text(pipe_ends[1], "wake up");
    assert_false(Fumarole_Wait(0));
    stop(NULL);
    SteamNetworkingSockets_SetManualPollMode(false);
}

static void a_message_in_memory_wakes_who_waits(void **state)
{
    (void)state;
    wait_is_woken_by_another_thread(false);
}

static void a_message_in_memory_wakes_who_waits_by_hand(void **state)
{
    (void)state;
    wait_is_woken_by_another_thread(true);
}

/* A program that has used up its descriptors still waits, and still wakes up. */
static void waiting_works_without_a_descriptor(void **state)
{
    int taken[1024], count = 0;
    int64 before;

    (void)state;
    start_as(NULL);
    assert_true(
        SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &pipe_ends[0], &pipe_ends[1], false, NULL, NULL));
    limit_descriptors(64);
    while (count < 1024 && (taken[count] = dup(0)) >= 0)
        count++;
    assert_int_equal(Fumarole_GetWaitDescriptor(), -1);
    before = milliseconds_now();
    assert_false(Fumarole_Wait(50));
    assert_true(milliseconds_now() - before >= 50);
    assert_int_equal(send_text(pipe_ends[0], "x", RELIABLE_NOW), k_EResultOK);
    assert_true(Fumarole_Wait(-1));
    while (count > 0)
        close(taken[--count]);
    limit_descriptors(1024);
    stop(NULL);
}

static void *poll_without_limit(void *returned)
{
    SteamNetworkingSockets_Poll(-1);
    *(atomic_bool *)returned = true;
    return NULL;
}

static void polling_without_limit_lasts_until_a_datagram_comes(void **state)
{
    SteamNetworkingIPAddr address;
    atomic_bool returned;
    pthread_t thread;

    (void)state;
    SteamNetworkingSockets_SetManualPollMode(true);
    start_as(NULL);
    listen_with(0, NULL, &address);
    atomic_init(&returned, false);
    assert_int_equal(pthread_create(&thread, NULL, poll_without_limit, &returned), 0);
    usleep(200000);
    assert_false(atomic_load(&returned));
    assert_int_not_equal(SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL), 0);
    pthread_join(thread, NULL);
    stop(NULL);
    SteamNetworkingSockets_SetManualPollMode(false);
}

static void *poll_all_the_time(void *done)
{
    while (!atomic_load((atomic_bool *)done))
        SteamNetworkingSockets_Poll(1);
    return NULL;
}

static struct link flooded;

static void *flood(void *done)
{
    while (!atomic_load((atomic_bool *)done))
        send_text(flooded.client, "again and again", k_nSteamNetworkingSend_UnreliableNoNagle);
    return NULL;
}

/* At no moment do two threads do the same work. (What would go wrong shows with the thread sanitizer.) */
static void the_mode_can_change_while_another_thread_polls(void **state)
{
    SteamNetworkingMessage_t *messages[64];
    atomic_bool done;
    pthread_t threads[2];

    (void)state;
    start_as(NULL);
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils, k_ESteamNetworkingSocketsDebugOutputType_None, NULL);
    flooded = link_up();
    atomic_init(&done, false);
    assert_int_equal(pthread_create(&threads[0], NULL, poll_all_the_time, &done), 0);
    assert_int_equal(pthread_create(&threads[1], NULL, flood, &done), 0);
    for (int i = 0; i < 200; i++) {
        int count;

        SteamNetworkingSockets_SetManualPollMode(i % 2 == 0);
        await((count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, flooded.server, messages,
                                                                                    64)) > 0);
        while (count > 0)
            release(messages[--count]);
    }
    atomic_store(&done, true);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    SteamNetworkingSockets_SetManualPollMode(false);
    stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_in_memory_wakes_who_waits),
        cmocka_unit_test(a_message_in_memory_wakes_who_waits_by_hand),
        cmocka_unit_test(waiting_works_without_a_descriptor),
        cmocka_unit_test(polling_without_limit_lasts_until_a_datagram_comes),
        cmocka_unit_test(the_mode_can_change_while_another_thread_polls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
