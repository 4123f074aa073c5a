/*
 * What the tests of the service share: its start, and the owner of a socket that counts what comes.
 */
#ifndef UNIT_NET_SOCKET_OWNER_H
#define UNIT_NET_SOCKET_OWNER_H

#include "testing.h"

#include "net/clock.h"
#include "net/service.h"
#include "wire/address.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char error[SERVICE_ERROR_TEXT];

static inline void start(int loops)
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

static inline void pause_ms(int milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static inline void on_datagrams(struct service_socket_events *events, struct service_socket *socket,
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

static inline void on_closed(struct service_socket_events *events, struct service_socket *socket)
{
    struct owner *owner = container_of(events, struct owner, events);

    (void)socket;
    if (atomic_load(&owner->busy))
        atomic_fetch_add(&owner->calls_after_end, 1);
    atomic_store(&owner->called_closed, true);
    gate_raise(&owner->closed, 1);
}

static inline void owner_init(struct owner *owner)
{
    memset(owner, 0, sizeof(*owner));
    owner->events.on_datagrams = on_datagrams;
    owner->events.on_closed = on_closed;
    gate_init(&owner->received);
    gate_init(&owner->closed);
}

static inline void owner_open(struct owner *owner, struct service_loop *loop, const SteamNetworkingIPAddr *remote)
{
    struct udp_socket_options options = {.remote = remote};

    address_set_ipv4(&options.bind, 0x7f000001, 0);
    owner->socket = service_socket_open(loop, &options, &owner->events, error);
    if (!owner->socket)
        fail_msg("%s", error);
}

static inline const SteamNetworkingIPAddr *address_of(const struct owner *owner)
{
    return service_socket_local_address(owner->socket);
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

static inline void on_alarm(struct service_timer *timer, microseconds now)
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

static inline void alarm_init(struct alarm *alarm, struct service_loop *loop)
{
    memset(alarm, 0, sizeof(*alarm));
    gate_init(&alarm->fired);
    assert_true(service_timer_init(&alarm->timer, loop, on_alarm));
}

static inline void alarm_set(struct alarm *alarm, microseconds deadline)
{
    alarm->deadline = deadline;
    service_timer_set(&alarm->timer, deadline);
}

/* ---- tasks --------------------------------------------------------------------------------------------------- */

struct errand {
    struct service_task task;
    struct gate done;
    struct alarm *alarms;
    int alarm_count;
    bool found_busy;
};

static inline void on_errand(struct service_task *task)
{
    struct errand *errand = container_of(task, struct errand, task);

    for (int i = 0; i < errand->alarm_count; i++)
        errand->found_busy = errand->found_busy || atomic_load(&errand->alarms[i].busy);
    gate_raise(&errand->done, 1);
}

/* Returns when every loop has run what it was given, and goes to sleep next. */
static inline void settle(void)
{
    for (int i = 0; i < service_loop_count(); i++) {
        struct errand errand = {.alarm_count = 0};

        gate_init(&errand.done);
        service_run_on(service_loop_at(i), &errand.task, on_errand);
        assert_true(gate_wait(&errand.done, 1));
    }
}

#endif
