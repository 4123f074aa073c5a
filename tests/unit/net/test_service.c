/* The service on real sockets and real time: delivery, tasks, ending things while they are at work, manual mode. */
#include "socket_owner.h"

#include "net/impairment.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For owners that several loops call, or that are closed with their lock held. */
static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;

static void on_datagrams_locked(struct service_socket_events *events, struct service_socket *socket,
                                struct received *datagrams, int count, microseconds now)
{
    pthread_mutex_lock(&shared_lock);
    on_datagrams(events, socket, datagrams, count, now);
    pthread_mutex_unlock(&shared_lock);
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

/* ---- tasks --------------------------------------------------------------------------------------------------- */

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

/* ---- scheduling ------------------------------------------------------------------------------------------------- */

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
        cmocka_unit_test(test_run_on),
        cmocka_unit_test(test_reclaim),
        cmocka_unit_test(test_tasks_run_when_the_service_stops),
        cmocka_unit_test(test_manual_mode),
        cmocka_unit_test(test_leaving_manual_mode_wakes_the_poller),
        cmocka_unit_test(test_threads_are_set_up),
        cmocka_unit_test(test_start_and_stop_again),
        cmocka_unit_test(test_idle_costs_nothing),
        cmocka_unit_test(test_lag_and_order),
        cmocka_unit_test(test_loss_and_duplicates),
        cmocka_unit_test(test_closing_drops_what_is_on_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
