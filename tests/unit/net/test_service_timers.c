/* The service's timers in real time: when they fire, what they wake, and that what they send leaves together. */
#include "socket_owner.h"

/* ---- timers -------------------------------------------------------------------------------------------------- */

static void test_timers_fire_once_and_not_early(void **state)
{
    enum { ALARMS = 200 };
    static struct alarm alarms[ALARMS];
    microseconds now;

    (void)state;
    start(2);
    now = clock_now();
    for (int i = 0; i < ALARMS; i++) {
        alarm_init(&alarms[i], service_loop_at(i % 2));
        alarm_set(&alarms[i], now + (i * 7919) % 50 * MILLISECOND);
    }
    for (int i = 0; i < ALARMS; i += 3) /* some of them once more: later, earlier, never */
        alarm_set(&alarms[i], i % 9 == 0 ? TIME_NEVER : now + (i * 104729) % 60 * MILLISECOND);
    for (int i = 0; i < ALARMS; i++) {
        if (alarms[i].deadline == TIME_NEVER)
            continue;
        assert_true(gate_wait(&alarms[i].fired, 1));
        assert_true(alarms[i].fired_at >= alarms[i].deadline || i % 3 == 0);
    }
    /* Those that were set again may have fired before the second setting, thus twice in all; no others. */
    for (int i = 0; i < ALARMS; i++) {
        assert_in_range(gate_count(&alarms[i].fired), 0, i % 3 == 0 ? 2 : 1);
        service_timer_cancel_and_wait(&alarms[i].timer);
        service_timer_release(&alarms[i].timer);
    }
    service_stop();
}

/* Earlier than what the loop sleeps for: it must be woken. */
static void test_an_earlier_deadline_wakes_the_loop(void **state)
{
    struct alarm far, near;

    (void)state;
    start(1);
    alarm_init(&far, service_loop_at(0));
    alarm_init(&near, service_loop_at(0));
    alarm_set(&far, clock_now() + 3600 * SECOND);
    for (int i = 0; i < 20; i++) {
        alarm_set(&near, clock_now() + 2 * MILLISECOND);
        assert_true(gate_wait(&near.fired, i + 1));
        assert_true(near.fired_at >= near.deadline);
    }
    alarm_set(&far, clock_now());
    assert_true(gate_wait(&far.fired, 1));
    service_stop();
}

/* Moved to later again and again, as a connection does with every packet: it fires at the last deadline only. */
static void test_a_postponed_timer(void **state)
{
    struct alarm alarm;
    microseconds end;

    (void)state;
    start(1);
    alarm_init(&alarm, service_loop_at(0));
    end = clock_now() + 100 * MILLISECOND;
    /* Far enough from the deadline that a slow machine does not let it pass in between. */
    while (clock_now() < end)
        alarm_set(&alarm, clock_now() + 10 * SECOND);
    assert_int_equal(gate_count(&alarm.fired), 0);
    alarm_set(&alarm, clock_now() + 50 * MILLISECOND);
    alarm_set(&alarm, clock_now() + 80 * MILLISECOND);
    assert_true(gate_wait(&alarm.fired, 1));
    if (alarm.fired_at < alarm.deadline) { /* it was so slow that the earlier one fired too */
        assert_true(gate_wait(&alarm.fired, 2));
        assert_true(alarm.fired_at >= alarm.deadline);
    }
    service_stop();
}

static void test_timers_do_not_starve_sockets(void **state)
{
    struct owner server, client;
    struct alarm alarm;

    (void)state;
    start(1);
    alarm_init(&alarm, service_loop_at(0));
    alarm.repeat = -1; /* for ever */
    alarm_set(&alarm, 1);
    owner_init(&server);
    owner_init(&client);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(0), NULL);
    service_socket_send_one(client.socket, address_of(&server), "x", 1);
    assert_true(gate_wait(&server.received, 1));
    service_timer_cancel_and_wait(&alarm.timer);
    assert_false(atomic_load(&alarm.busy));
    service_stop();
}

/* Threads that set, postpone and cancel their own timers all the time; nothing fires after the waiting cancel. */
static char firing_after_cancel[] = "firing after cancel", never_fired[] = "never fired";

static void *juggle(void *argument)
{
    struct alarm *alarm = argument;
    unsigned seed = (unsigned)(uintptr_t)argument;

    for (int i = 0; i < 3000; i++) {
        switch (rand_r(&seed) % 8) {
        case 0:
            service_timer_cancel(&alarm->timer);
            break;
        case 1:
            service_timer_cancel_and_wait(&alarm->timer);
            if (atomic_load(&alarm->busy))
                return firing_after_cancel;
            break;
        default:
            service_timer_set(&alarm->timer, clock_now() + rand_r(&seed) % 300);
        }
    }
    service_timer_set(&alarm->timer, clock_now());
    return gate_wait(&alarm->fired, 1) ? NULL : never_fired;
}

static void test_timers_from_many_threads(void **state)
{
    enum { THREADS = 4 };
    static struct alarm alarms[THREADS];
    pthread_t threads[THREADS];

    (void)state;
    start(2);
    for (int i = 0; i < THREADS; i++) {
        alarm_init(&alarms[i], service_loop_at(i % 2));
        assert_int_equal(pthread_create(&threads[i], NULL, juggle, &alarms[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failure;

        pthread_join(threads[i], &failure);
        if (failure)
            fail_msg("%s", (char *)failure);
    }
    service_stop();
}

/* Many timers that were postponed one after the other wake the loop once, and not each for nothing. */
static void test_postponed_timers_do_not_wake(void **state)
{
    enum { ALARMS = 60 };
    static struct alarm alarms[ALARMS];
    microseconds now;
    uint64_t before;

    (void)state;
    start(1);
    now = clock_now();
    for (int i = 0; i < ALARMS; i++) {
        alarm_init(&alarms[i], service_loop_at(0));
        alarm_set(&alarms[i], now + (100 + i) * MILLISECOND);
    }
    for (int i = 0; i < ALARMS; i++)
        alarm_set(&alarms[i], i % 3 == 0 ? TIME_NEVER : now + (600 + i / 3) * SECOND);
    settle();
    before = service_wake_ups();
    pause_ms(100 + ALARMS + 50);
    assert_in_range(service_wake_ups() - before, 0, 3); /* not even one if they were postponed before its first sleep */
    /* They are where they belong: the one that was postponed least can still be had earlier. */
    alarm_set(&alarms[1], clock_now() + MILLISECOND);
    assert_true(gate_wait(&alarms[1].fired, 1));
    for (int i = 0; i < ALARMS; i++)
        assert_int_equal(gate_count(&alarms[i].fired), i == 1);
    service_stop();
}

/* A timer that moves between loops fires once for each setting, not early, on the loop where it then is. */
static void test_timers_move(void **state)
{
    enum { ROUNDS = 300 };
    struct alarm alarm;
    int fired = 0;

    (void)state;
    start(3);
    alarm_init(&alarm, service_loop_at(0));
    for (int round = 1; round <= ROUNDS; round++) {
        microseconds deadline = clock_now() + round % 5 * 100 * MICROSECOND;

        alarm_set(&alarm, deadline);
        for (int move = 0; move < round % 4; move++)
            assert_true(service_timer_move(&alarm.timer, service_loop_at((round + move) % 3)));
        assert_true(gate_wait(&alarm.fired, ++fired));
        assert_true(clock_now() >= deadline);
    }
    pause_ms(5);
    assert_int_equal(gate_count(&alarm.fired), ROUNDS);
    /* Without a deadline nothing follows from a move, and a deadline can be taken back on the other loop. */
    assert_true(service_timer_move(&alarm.timer, service_loop_at(1)));
    alarm_set(&alarm, clock_now() + 10 * MILLISECOND);
    assert_true(service_timer_move(&alarm.timer, service_loop_at(2)));
    service_timer_cancel(&alarm.timer);
    pause_ms(20);
    assert_int_equal(gate_count(&alarm.fired), ROUNDS);
    service_timer_release(&alarm.timer);
    service_stop();
}

/* ---- what timers of one pass send ------------------------------------------------------------------------------ */

struct sending_timer {
    struct service_timer timer;
    struct service_socket *through;
    const SteamNetworkingIPAddr *to;
    int datagrams;
    uint8_t mark;
};

static void send_marks(struct service_timer *timer, microseconds now)
{
    struct sending_timer *sending = container_of(timer, struct sending_timer, timer);
    struct datagram_batch *batch = malloc(sizeof(*batch));

    (void)now;
    datagram_batch_clear(batch);
    for (int i = 0; i < sending->datagrams; i++) {
        memset(datagram_batch_room(batch), sending->mark + i, 100);
        datagram_batch_commit(batch, 100);
    }
    assert_int_equal(service_socket_send(sending->through, sending->to, batch), UDP_SENT);
    free(batch);
}

/* Short and long runs for many peers, from timers that are due at the same time: each peer gets its own in order. */
static void test_timers_send_together(void **state)
{
    enum { PEERS = 45, ROUNDS = 8 };
    struct owner *peers = calloc(PEERS, sizeof(*peers)), server;
    struct sending_timer *timers = calloc(PEERS, sizeof(*timers));

    (void)state;
    start(1);
    owner_init(&server);
    owner_open(&server, service_loop_at(0), NULL);
    for (int i = 0; i < PEERS; i++) {
        owner_init(&peers[i]);
        owner_open(&peers[i], service_loop_at(0), address_of(&server));
        assert_true(service_timer_init(&timers[i].timer, service_loop_at(0), send_marks));
        timers[i].through = server.socket;
        timers[i].to = address_of(&peers[i]);
        timers[i].datagrams = 1 + i % 7;
    }
    for (int round = 0; round < ROUNDS; round++) {
        microseconds deadline = clock_now() + 2 * MILLISECOND;

        for (int i = 0; i < PEERS; i++) {
            timers[i].mark = (uint8_t)(round * 10);
            service_timer_set(&timers[i].timer, deadline);
        }
        for (int i = 0; i < PEERS; i++)
            assert_true(gate_wait(&peers[i].received, (round + 1) * timers[i].datagrams));
    }
    for (int i = 0; i < PEERS; i++) {
        assert_int_equal(gate_count(&peers[i].received), ROUNDS * timers[i].datagrams);
        for (int n = 0; n < ROUNDS * timers[i].datagrams; n++)
            assert_int_equal(peers[i].order[n], n / timers[i].datagrams * 10 + n % timers[i].datagrams);
    }
    service_stop();
    free(timers);
    free(peers);
}

static void answer_each(struct service_socket_events *events, struct service_socket *socket, struct received *datagrams,
                        int count, microseconds now)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));

    (void)events, (void)now;
    assert_non_null(batch);
    for (int i = 0; i < count; i++) {
        datagram_batch_clear(batch);
        memcpy(datagram_batch_room(batch), datagrams[i].data, datagrams[i].length);
        datagram_batch_commit(batch, datagrams[i].length);
        assert_int_equal(service_socket_send(socket, &datagrams[i].from, batch), UDP_SENT);
    }
    free(batch);
}

/* Answers to what many peers sent, in batches: each peer gets its own, in order, whatever they leave together with. */
static void test_answers_leave_together(void **state)
{
    enum { PEERS = 70, ROUNDS = 6 };
    struct owner *peers = calloc(PEERS, sizeof(*peers)), server;

    (void)state;
    start(1);
    owner_init(&server);
    server.events.on_datagrams = answer_each;
    owner_open(&server, service_loop_at(0), NULL);
    for (int i = 0; i < PEERS; i++) {
        owner_init(&peers[i]);
        owner_open(&peers[i], service_loop_at(0), address_of(&server));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PEERS; i++)
            for (int n = 0; n <= i % 3; n++) {
                uint8_t mark = (uint8_t)(round * 10 + n);

                assert_int_equal(service_socket_send_one(peers[i].socket, address_of(&server), &mark, 1), UDP_SENT);
            }
        for (int i = 0; i < PEERS; i++)
            assert_true(gate_wait(&peers[i].received, (round + 1) * (i % 3 + 1)));
    }
    for (int i = 0; i < PEERS; i++)
        for (int n = 0; n < ROUNDS * (i % 3 + 1); n++)
            assert_int_equal(peers[i].order[n], n / (i % 3 + 1) * 10 + n % (i % 3 + 1));
    service_stop();
    free(peers);
}

/* What another thread sends after a timer, it sends behind it, though the timer's pass still goes on. */
struct holding_timer {
    struct sending_timer sending;
    struct gate sent, go_on;
};

static void send_and_hold(struct service_timer *timer, microseconds now)
{
    struct holding_timer *holding = container_of(timer, struct holding_timer, sending.timer);

    send_marks(timer, now);
    gate_raise(&holding->sent, 1);
    gate_wait(&holding->go_on, 1);
}

static void test_other_threads_send_behind_timers(void **state)
{
    struct owner server, peer;
    struct holding_timer timer = {.sending = {.datagrams = 2, .mark = 1}};

    (void)state;
    start(2);
    owner_init(&server);
    owner_init(&peer);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&peer, service_loop_at(1), address_of(&server));
    gate_init(&timer.sent);
    gate_init(&timer.go_on);
    timer.sending.through = server.socket;
    timer.sending.to = address_of(&peer);
    assert_true(service_timer_init(&timer.sending.timer, service_loop_at(0), send_and_hold));
    service_timer_set(&timer.sending.timer, clock_now());
    assert_true(gate_wait(&timer.sent, 1));
    assert_int_equal(service_socket_send_one(server.socket, address_of(&peer), "\3", 1), UDP_SENT);
    assert_true(gate_wait(&peer.received, 3));
    for (int i = 0; i < 3; i++)
        assert_int_equal(peer.order[i], i + 1);
    gate_raise(&timer.go_on, 1);
    service_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timers_fire_once_and_not_early),
        cmocka_unit_test(test_an_earlier_deadline_wakes_the_loop),
        cmocka_unit_test(test_a_postponed_timer),
        cmocka_unit_test(test_timers_do_not_starve_sockets),
        cmocka_unit_test(test_timers_from_many_threads),
        cmocka_unit_test(test_postponed_timers_do_not_wake),
        cmocka_unit_test(test_timers_move),
        cmocka_unit_test(test_timers_send_together),
        cmocka_unit_test(test_answers_leave_together),
        cmocka_unit_test(test_other_threads_send_behind_timers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
