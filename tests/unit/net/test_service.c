/* The service on real sockets and real time: delivery, timers, ending things while they are at work, manual mode. */
#include "testing.h"

#include "net/clock.h"
#include "net/impairment.h"
#include "net/service.h"
#include "wire/address.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char error[SERVICE_ERROR_TEXT];

static void start(int loops)
{
    if (!service_start(loops, error))
        fail_msg("%s", error);
}

/* A socket's owner that counts what comes and keeps the last bytes; it echoes when told to. */
struct owner {
    struct service_socket_events events;
    struct service_socket *socket;
    struct gate received, closed;
    atomic_bool echo;
    atomic_bool busy;           /* a callback is running */
    atomic_bool called_closed;  /* on_closed has been called */
    atomic_int calls_after_end; /* must stay 0 */
    atomic_bool ended;
    int pause_ms; /* how long each callback takes */
    bool close_inside;
    pthread_t thread;
    uint8_t order[4096]; /* first byte of each datagram */
    int ordered;
};

static void pause_ms(int milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static void on_datagrams(struct service_socket_events *events, struct service_socket *socket,
                         struct received *datagrams, int count, microseconds now)
{
    struct owner *owner = container_of(events, struct owner, events);

    (void)now;
    if (atomic_load(&owner->ended))
        atomic_fetch_add(&owner->calls_after_end, 1);
    atomic_store(&owner->busy, true);
    owner->thread = pthread_self();
    for (int i = 0; i < count; i++) {
        if (owner->ordered < (int)sizeof(owner->order))
            owner->order[owner->ordered++] = datagrams[i].data[0];
        if (atomic_load(&owner->echo))
            service_socket_send_one(socket, &datagrams[i].from, datagrams[i].data, datagrams[i].length);
    }
    if (owner->pause_ms > 0)
        pause_ms(owner->pause_ms);
    if (owner->close_inside)
        service_socket_close_and_wait(socket);
    atomic_store(&owner->busy, false);
    gate_raise(&owner->received, count);
}

/* For owners that several loops call, or that are closed with their lock held. */
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_datagrams_locked(struct service_socket_events *events, struct service_socket *socket,
                                struct received *datagrams, int count, microseconds now)
{
    pthread_mutex_lock(&shared_lock);
    on_datagrams(events, socket, datagrams, count, now);
    pthread_mutex_unlock(&shared_lock);
}

static void on_closed(struct service_socket_events *events, struct service_socket *socket)
{
    struct owner *owner = container_of(events, struct owner, events);

    (void)socket;
    if (atomic_load(&owner->busy))
        atomic_fetch_add(&owner->calls_after_end, 1);
    atomic_store(&owner->called_closed, true);
    gate_raise(&owner->closed, 1);
}

static void owner_init(struct owner *owner)
{
    memset(owner, 0, sizeof(*owner));
    owner->events.on_datagrams = on_datagrams;
    owner->events.on_closed = on_closed;
    gate_init(&owner->received);
    gate_init(&owner->closed);
}

static void owner_open(struct owner *owner, struct service_loop *loop, const SteamNetworkingIPAddr *remote)
{
    struct udp_socket_options options = {.remote = remote};

    address_set_ipv4(&options.bind, 0x7f000001, 0);
    owner->socket = service_socket_open(loop, &options, &owner->events, error);
    if (!owner->socket)
        fail_msg("%s", error);
}

static const SteamNetworkingIPAddr *address_of(const struct owner *owner)
{
    return service_socket_local_address(owner->socket);
}

/* ---- sockets ------------------------------------------------------------------------------------------------- */

static void test_round_trips(void **state)
{
    struct datagram_batch *batch = malloc(sizeof(*batch));
    struct owner server, client;

    (void)state;
    start(2);
    assert_int_equal(service_loop_count(), 2);
    owner_init(&server);
    owner_init(&client);
    atomic_store(&server.echo, true);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(1), address_of(&server));
    for (int round = 0; round < 50; round++) {
        datagram_batch_clear(batch);
        for (int i = 0; i < 1 + round % 40; i++) {
            memset(datagram_batch_room(batch), i, 500);
            datagram_batch_commit(batch, 500);
        }
        int before = gate_count(&client.received);
        assert_int_equal(service_socket_send(client.socket, address_of(&server), batch), UDP_SENT);
        assert_true(gate_wait(&client.received, before + batch->count));
    }
    service_stop();
    assert_true(atomic_load(&server.called_closed));
    assert_true(atomic_load(&client.called_closed));
    assert_false(service_running());
    free(batch);
}

static void test_group_shares_one_port(void **state)
{
    enum { PEERS = 40 };
    struct service_socket *sockets[SERVICE_LOOPS_MAXIMUM];
    struct owner *clients = calloc(PEERS, sizeof(*clients));
    struct owner server;
    SteamNetworkingIPAddr any;
    int count;

    (void)state;
    start(3);
    owner_init(&server);
    server.events.on_datagrams = on_datagrams_locked;
    address_set_ipv4(&any, 0x7f000001, 0);
    count = service_socket_open_group(&any, &server.events, sockets, error);
    assert_int_equal(count, 3);
    for (int i = 0; i < count; i++)
        assert_true(address_equal(service_socket_local_address(sockets[i]), service_socket_local_address(sockets[0])));
    for (int i = 0; i < PEERS; i++) {
        owner_init(&clients[i]);
        owner_open(&clients[i], service_next_loop(), service_socket_local_address(sockets[0]));
        service_socket_send_one(clients[i].socket, service_socket_local_address(sockets[0]), "x", 1);
    }
    assert_true(gate_wait(&server.received, PEERS));
    any = *service_socket_local_address(sockets[0]);
    for (int i = 0; i < count; i++)
        service_socket_close(sockets[i]);
    /* The port is free at once. */
    assert_int_equal(service_socket_open_group(&any, &server.events, sockets, error), 3);
    service_stop();
    assert_int_equal(gate_count(&server.closed), 6);
    free(clients);
}

/* Closing while datagrams stream in: no callback after the waiting form has returned. */
static void test_close_and_wait(void **state)
{
    (void)state;
    start(2);
    for (int round = 0; round < 30; round++) {
        struct owner server, client;

        owner_init(&server);
        owner_init(&client);
        owner_open(&server, service_loop_at(0), NULL);
        server.pause_ms = 1;
        owner_open(&client, service_loop_at(1), address_of(&server));
        for (int i = 0; i < 100; i++)
            service_socket_send_one(client.socket, address_of(&server), "x", 1);
        assert_true(gate_wait(&server.received, 1 + round % 5));
        service_socket_close_and_wait(server.socket);
        assert_false(atomic_load(&server.busy));
        atomic_store(&server.ended, true);
        assert_true(gate_wait(&server.closed, 1));
        assert_int_equal(atomic_load(&server.calls_after_end), 0);
        service_socket_close(client.socket);
        assert_true(gate_wait(&client.closed, 1));
    }
    service_stop();
}

static void test_close_inside_a_callback(void **state)
{
    struct owner server, client;

    (void)state;
    start(1);
    owner_init(&server);
    owner_init(&client);
    owner_open(&server, service_loop_at(0), NULL);
    server.close_inside = true;
    owner_open(&client, service_loop_at(0), address_of(&server));
    service_socket_send_one(client.socket, address_of(&server), "x", 1);
    assert_true(gate_wait(&server.closed, 1));
    assert_int_equal(atomic_load(&server.calls_after_end), 0);
    service_stop();
}

/* The lock that a callback takes is held while closing: the form that does not wait must not deadlock. */
static void test_close_with_a_lock_held(void **state)
{
    (void)state;
    start(1);
    for (int round = 0; round < 50; round++) {
        struct owner server, client;

        owner_init(&server);
        owner_init(&client);
        server.events.on_datagrams = on_datagrams_locked;
        owner_open(&server, service_loop_at(0), NULL);
        owner_open(&client, service_loop_at(0), address_of(&server));
        for (int i = 0; i < 20; i++)
            service_socket_send_one(client.socket, address_of(&server), "x", 1);
        pthread_mutex_lock(&shared_lock);
        service_socket_close(server.socket);
        /* Still in memory, because the lock keeps a callback from returning or on_closed has not come: sending is
         * harmless as long as on_closed has not. */
        pthread_mutex_unlock(&shared_lock);
        assert_true(gate_wait(&server.closed, 1));
        service_socket_close(client.socket);
        assert_true(gate_wait(&client.closed, 1));
    }
    service_stop();
}

/* ---- timers -------------------------------------------------------------------------------------------------- */

struct alarm {
    struct service_timer timer;
    struct gate fired;
    microseconds deadline, fired_at;
    atomic_bool busy;
    int pause_ms;
    int repeat; /* times to set itself again, at once */
};

static void on_alarm(struct service_timer *timer, microseconds now)
{
    struct alarm *alarm = container_of(timer, struct alarm, timer);

    atomic_store(&alarm->busy, true);
    alarm->fired_at = now;
    if (alarm->pause_ms > 0)
        pause_ms(alarm->pause_ms);
    if (alarm->repeat != 0) {
        alarm->repeat -= alarm->repeat > 0;
        service_timer_set(&alarm->timer, now);
    }
    atomic_store(&alarm->busy, false);
    gate_raise(&alarm->fired, 1);
}

static void alarm_init(struct alarm *alarm, struct service_loop *loop)
{
    memset(alarm, 0, sizeof(*alarm));
    gate_init(&alarm->fired);
    assert_true(service_timer_init(&alarm->timer, loop, on_alarm));
}

static void alarm_set(struct alarm *alarm, microseconds deadline)
{
    alarm->deadline = deadline;
    service_timer_set(&alarm->timer, deadline);
}

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

/* ---- tasks --------------------------------------------------------------------------------------------------- */

struct errand {
    struct service_task task;
    struct gate done;
    struct alarm *alarms;
    int alarm_count;
    bool found_busy;
};

static void on_errand(struct service_task *task)
{
    struct errand *errand = container_of(task, struct errand, task);

    for (int i = 0; i < errand->alarm_count; i++)
        errand->found_busy = errand->found_busy || atomic_load(&errand->alarms[i].busy);
    gate_raise(&errand->done, 1);
}

static void test_run_on(void **state)
{
    struct errand errand = {.alarm_count = 0};

    (void)state;
    start(2);
    gate_init(&errand.done);
    for (int i = 0; i < 10; i++) {
        service_run_on(service_loop_at(i % 2), &errand.task, on_errand);
        assert_true(gate_wait(&errand.done, i + 1));
    }
    service_stop();
}

/* Slow callbacks run on every loop; the task must wait for all of them. */
static void test_reclaim(void **state)
{
    enum { LOOPS = 3 };

    (void)state;
    start(LOOPS);
    for (int round = 0; round < 5; round++) {
        struct alarm alarms[LOOPS];
        struct errand errand = {.alarms = alarms, .alarm_count = LOOPS};

        gate_init(&errand.done);
        for (int i = 0; i < LOOPS; i++) {
            alarm_init(&alarms[i], service_loop_at(i));
            alarms[i].pause_ms = 5 + 10 * i;
            alarm_set(&alarms[i], clock_now());
        }
        for (int i = 0; i < LOOPS; i++)
            while (!atomic_load(&alarms[i].busy) && gate_count(&alarms[i].fired) == 0)
                sched_yield();
        service_reclaim(&errand.task, on_errand);
        assert_true(gate_wait(&errand.done, 1));
        assert_false(errand.found_busy);
        for (int i = 0; i < LOOPS; i++) {
            service_timer_cancel_and_wait(&alarms[i].timer);
            service_timer_release(&alarms[i].timer);
        }
    }
    service_stop();
}

static void test_tasks_run_when_the_service_stops(void **state)
{
    struct errand errand = {.alarm_count = 0};

    (void)state;
    gate_init(&errand.done);
    assert_true(service_set_manual(true));
    start(3);
    service_reclaim(&errand.task, on_errand);
    assert_int_equal(gate_count(&errand.done), 0);
    service_stop();
    assert_int_equal(gate_count(&errand.done), 1);
    assert_true(service_set_manual(false));
    service_reclaim(&errand.task, on_errand); /* not running: at once */
    assert_int_equal(gate_count(&errand.done), 2);
}

/* ---- manual mode, threads ------------------------------------------------------------------------------------ */

static void test_manual_mode(void **state)
{
    struct owner server, client;
    struct alarm alarm;
    microseconds before;

    (void)state;
    assert_false(service_poll(0, -1)); /* not running */
    assert_true(service_set_manual(true));
    start(2);
    owner_init(&server);
    owner_init(&client);
    alarm_init(&alarm, service_loop_at(1));
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(1), NULL);
    atomic_store(&server.echo, true);
    service_socket_send_one(client.socket, address_of(&server), "x", 1);
    alarm_set(&alarm, clock_now());
    while (gate_count(&client.received) < 1 || gate_count(&alarm.fired) < 1)
        assert_true(service_poll(1000, -1));
    assert_true(pthread_equal(client.thread, pthread_self()));

    /* Returns when the time is over, or for a timer. */
    before = clock_now();
    assert_true(service_poll(20, -1));
    assert_true(clock_now() >= before + 20 * MILLISECOND);
    alarm_set(&alarm, clock_now() + 5 * MILLISECOND);
    while (gate_count(&alarm.fired) < 2)
        assert_true(service_poll(-1, -1));

    /* To threads and back, with the same sockets. */
    assert_true(service_set_manual(false));
    assert_false(service_poll(0, -1));
    service_socket_send_one(client.socket, address_of(&server), "x", 1);
    assert_true(gate_wait(&client.received, 2));
    assert_false(pthread_equal(client.thread, pthread_self()));
    assert_true(service_set_manual(true));
    service_socket_send_one(client.socket, address_of(&server), "x", 1);
    while (gate_count(&client.received) < 3)
        assert_true(service_poll(1000, -1));

    service_socket_close(client.socket);
    assert_false(atomic_load(&client.called_closed));
    assert_true(service_poll(0, -1));
    assert_true(atomic_load(&client.called_closed));
    service_stop();
    assert_true(service_set_manual(false));
}

static void *poll_for_ever(void *argument)
{
    (void)argument;
    while (service_poll(-1, -1))
        continue;
    return NULL;
}

/* A thread that waits in a poll without limit is woken by timers and by the end of manual mode. */
static void test_leaving_manual_mode_wakes_the_poller(void **state)
{
    struct alarm alarm;
    pthread_t poller;

    (void)state;
    assert_true(service_set_manual(true));
    start(2);
    alarm_init(&alarm, service_loop_at(1));
    assert_int_equal(pthread_create(&poller, NULL, poll_for_ever, NULL), 0);
    for (int i = 0; i < 5; i++) {
        alarm_set(&alarm, clock_now() + MILLISECOND);
        assert_true(gate_wait(&alarm.fired, i + 1));
    }
    assert_true(service_set_manual(false));
    pthread_join(poller, NULL);
    service_stop();
}

static atomic_int threads_begun;

static void on_thread_begins(void)
{
    sigset_t blocked;
    char name[16] = "";

    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    pthread_getname_np(pthread_self(), name, sizeof(name));
    if (sigismember(&blocked, SIGINT) && sigismember(&blocked, SIGUSR1) && strncmp(name, "fumarole/", 9) == 0)
        atomic_fetch_add(&threads_begun, 1);
}

static void test_threads_are_set_up(void **state)
{
    sigset_t before, after;

    (void)state;
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    service_set_thread_init_callback(on_thread_begins);
    start(3);
    service_stop();
    assert_int_equal(atomic_load(&threads_begun), 3);
    service_set_thread_init_callback(NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
}

static void test_start_and_stop_again(void **state)
{
    (void)state;
    service_stop();
    for (int i = 0; i < 20; i++) {
        start(1 + i % 4);
        assert_int_equal(service_loop_count(), 1 + i % 4);
        assert_true(service_start(9, error)); /* already running: nothing changes */
        assert_int_equal(service_loop_count(), 1 + i % 4);
        service_stop();
        assert_int_equal(service_loop_count(), 0);
        assert_null(service_next_loop());
    }
    assert_true(service_default_loops() >= 1);
}

/* Returns when every loop has run what it was given, and goes to sleep next. */
static void settle(void)
{
    for (int i = 0; i < service_loop_count(); i++) {
        struct errand errand = {.alarm_count = 0};

        gate_init(&errand.done);
        service_run_on(service_loop_at(i), &errand.task, on_errand);
        assert_true(gate_wait(&errand.done, 1));
    }
}

/* An idle process does not wake up: its threads do not run at all. The pause only makes a fault more visible. */
static void test_idle_costs_nothing(void **state)
{
    struct owner server;
    struct alarm far;
    uint64_t before;

    (void)state;
    start(4);
    owner_init(&server);
    owner_open(&server, service_loop_at(0), NULL);
    alarm_init(&far, service_loop_at(1));
    alarm_set(&far, clock_now() + 3600 * SECOND);
    settle();
    before = service_wake_ups();
    pause_ms(400);
    assert_int_equal(service_wake_ups(), before);
    settle();
    assert_int_equal(service_wake_ups(), before + 4);
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

/* ---- simulated conditions on real sockets -------------------------------------------------------------------- */

static void test_lag_and_order(void **state)
{
    enum { COUNT = 200 };
    struct impairment_settings settings;
    struct owner server, client;
    microseconds begun;

    (void)state;
    start(1);
    owner_init(&server);
    owner_init(&client);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(0), NULL);
    impairment_settings_default(&settings);
    settings.send.lag_ms = 10;
    settings.receive.lag_ms = 10;
    settings.send.jitter_average_ms = 1;
    settings.receive.jitter_average_ms = 1;
    impairment_set(&settings);
    begun = clock_now();
    for (int i = 0; i < COUNT; i++) {
        uint8_t byte = (uint8_t)i;

        assert_int_equal(service_socket_send_one(client.socket, address_of(&server), &byte, 1), UDP_SENT);
    }
    assert_true(gate_wait(&server.received, COUNT));
    assert_true(clock_now() >= begun + 20 * MILLISECOND);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(server.order[i], (uint8_t)i);
    impairment_settings_default(&settings);
    impairment_set(&settings);
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

static void test_loss_and_duplicates(void **state)
{
    enum { COUNT = 100 };
    struct impairment_settings settings;
    struct owner server, client;

    (void)state;
    start(1);
    owner_init(&server);
    owner_init(&client);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(0), NULL);
    impairment_settings_default(&settings);
    settings.send.duplicate_percent = 100;
    settings.receive.duplicate_percent = 100;
    impairment_set(&settings);
    for (int i = 0; i < COUNT; i++)
        service_socket_send_one(client.socket, address_of(&server), "x", 1);
    assert_true(gate_wait(&server.received, 4 * COUNT));

    settings.receive.duplicate_percent = 0;
    settings.send.duplicate_percent = 0;
    settings.send.loss_percent = 100;
    impairment_set(&settings);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(service_socket_send_one(client.socket, address_of(&server), "x", 1), UDP_SENT);
    impairment_settings_default(&settings);
    impairment_set(&settings);
    service_socket_send_one(client.socket, address_of(&server), "y", 1);
    assert_true(gate_wait(&server.received, 4 * COUNT + 1));
    assert_int_equal(gate_count(&server.received), 4 * COUNT + 1);
    service_stop();
}

/* A socket that ends takes along what is on hold for it. */
static void test_closing_drops_what_is_on_hold(void **state)
{
    struct impairment_settings settings;
    struct owner server, client;

    (void)state;
    start(1);
    owner_init(&server);
    owner_init(&client);
    owner_open(&server, service_loop_at(0), NULL);
    owner_open(&client, service_loop_at(0), NULL);
    impairment_settings_default(&settings);
    settings.send.lag_ms = 5000;
    impairment_set(&settings);
    for (int i = 0; i < 100; i++)
        service_socket_send_one(client.socket, address_of(&server), "x", 1);
    service_socket_close(client.socket);
    assert_true(gate_wait(&client.closed, 1));
    impairment_settings_default(&settings);
    impairment_set(&settings);
    service_stop();
    assert_int_equal(gate_count(&server.received), 0);
}

/* ---- scheduling ---------------------------------------------------------------------------------------------------
 */

/* What the kernel knows of the calling thread's turns; as long as it is so that older kernels take it. */
struct scheduling {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static struct scheduling scheduling_of_this_thread(void)
{
    struct scheduling scheduling = {0};

    assert_int_equal(syscall(SYS_sched_getattr, 0, &scheduling, sizeof(scheduling), 0), 0);
    return scheduling;
}

struct turn_errand {
    struct service_task task;
    struct scheduling found;
    struct gate done;
};

static void look_at_turns(struct service_task *task)
{
    struct turn_errand *errand = container_of(task, struct turn_errand, task);

    errand->found = scheduling_of_this_thread();
    gate_raise(&errand->done, 1);
}

/* Where the kernel lets threads choose, service threads have short turns; they stay ordinary threads, as nice as ever.
 */
static void test_short_turns(void **state)
{
    struct scheduling mine = scheduling_of_this_thread(), trial = mine;
    struct turn_errand errand;
    bool chooses;

    (void)state;
    trial.runtime = 200 * 1000;
    chooses = syscall(SYS_sched_setattr, 0, &trial, 0) == 0 && scheduling_of_this_thread().runtime == 200 * 1000;
    assert_int_equal(syscall(SYS_sched_setattr, 0, &mine, 0), 0);

    start(1);
    gate_init(&errand.done);
    service_run_on(service_loop_at(0), &errand.task, look_at_turns);
    assert_true(gate_wait(&errand.done, 1));
    service_stop();
    assert_int_equal(errand.found.policy, mine.policy);
    assert_int_equal(errand.found.nice, mine.nice);
    if (chooses)
        assert_int_equal(errand.found.runtime, 100 * 1000);
    else
        print_message("this kernel does not let threads choose the length of their turns\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_short_turns),
        cmocka_unit_test(test_group_shares_one_port),
        cmocka_unit_test(test_close_and_wait),
        cmocka_unit_test(test_close_inside_a_callback),
        cmocka_unit_test(test_close_with_a_lock_held),
        cmocka_unit_test(test_timers_fire_once_and_not_early),
        cmocka_unit_test(test_an_earlier_deadline_wakes_the_loop),
        cmocka_unit_test(test_a_postponed_timer),
        cmocka_unit_test(test_timers_do_not_starve_sockets),
        cmocka_unit_test(test_timers_from_many_threads),
        cmocka_unit_test(test_run_on),
        cmocka_unit_test(test_reclaim),
        cmocka_unit_test(test_tasks_run_when_the_service_stops),
        cmocka_unit_test(test_manual_mode),
        cmocka_unit_test(test_leaving_manual_mode_wakes_the_poller),
        cmocka_unit_test(test_threads_are_set_up),
        cmocka_unit_test(test_start_and_stop_again),
        cmocka_unit_test(test_idle_costs_nothing),
        cmocka_unit_test(test_postponed_timers_do_not_wake),
        cmocka_unit_test(test_timers_move),
        cmocka_unit_test(test_lag_and_order),
        cmocka_unit_test(test_timers_send_together),
        cmocka_unit_test(test_answers_leave_together),
        cmocka_unit_test(test_other_threads_send_behind_timers),
        cmocka_unit_test(test_loss_and_duplicates),
        cmocka_unit_test(test_closing_drops_what_is_on_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
