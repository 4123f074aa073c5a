#include "net/service_internal.h"

/*
 * A deadline that moves to later, as most do with every packet, is only noted in `wanted`; the loop finds it when the
 * old time comes and goes on waiting. The owner writes `wanted` and then reads `armed_at`; the loop writes `armed_at`
 * and then reads `wanted`: whatever the order, one of the two sees the other's value. Firing claims `wanted` by
 * exchanging it.
 */

static bool reserve_room(struct service_loop *loop)
{
    bool room;

    pthread_mutex_lock(&loop->mutex);
    room = timer_heap_reserve(&loop->timers, loop->timer_room + 1);
    if (room)
        loop->timer_room++;
    pthread_mutex_unlock(&loop->mutex);
    return room;
}

bool service_timer_init(struct service_timer *timer, struct service_loop *loop,
                        void (*fire)(struct service_timer *timer, microseconds now))
{
    timer->timer = (struct timer){0};
    timer->loop = loop;
    timer->fire = fire;
    atomic_init(&timer->wanted, TIME_NEVER);
    atomic_init(&timer->armed_at, TIME_NEVER);
    return reserve_room(loop);
}

void service_timer_set(struct service_timer *timer, microseconds deadline)
{
    struct service_loop *loop = timer->loop;

    if (deadline == TIME_NEVER) {
        service_timer_cancel(timer);
        return;
    }
    if (atomic_load(&timer->armed_at) <= deadline) {
        atomic_store(&timer->wanted, deadline);
        if (atomic_load(&timer->armed_at) <= deadline)
            return;
    }
    pthread_mutex_lock(&loop->mutex);
    atomic_store(&timer->wanted, deadline);
    if (atomic_load(&timer->armed_at) > deadline) {
        timer_heap_set(&loop->timers, &timer->timer, deadline);
        atomic_store(&timer->armed_at, deadline);
        loop_wake_for(loop, deadline);
    }
    pthread_mutex_unlock(&loop->mutex);
}

bool service_timer_move(struct service_timer *timer, struct service_loop *loop)
{
    struct service_loop *old = timer->loop;
    int64_t wanted;

    if (loop == old)
        return true;
    if (!reserve_room(loop))
        return false;
    pthread_mutex_lock(&old->mutex);
    timer_heap_cancel(&old->timers, &timer->timer);
    old->timer_room--;
    wanted = atomic_load(&timer->wanted);
    atomic_store(&timer->armed_at, TIME_NEVER);
    pthread_mutex_unlock(&old->mutex);
    /* Only a loop whose heap it is in claims a deadline, so that nobody does here. */
    timer->loop = loop;
    if (wanted != TIME_NEVER)
        service_timer_set(timer, wanted);
    return true;
}

/* With the loop's mutex held. */
static void disarm(struct service_timer *timer)
{
    atomic_store(&timer->wanted, TIME_NEVER);
    timer_heap_cancel(&timer->loop->timers, &timer->timer);
    atomic_store(&timer->armed_at, TIME_NEVER);
}

void service_timer_cancel(struct service_timer *timer)
{
    struct service_loop *loop = timer->loop;

    if (atomic_load(&timer->wanted) == TIME_NEVER && atomic_load(&timer->armed_at) == TIME_NEVER)
        return;
    pthread_mutex_lock(&loop->mutex);
    disarm(timer);
    pthread_mutex_unlock(&loop->mutex);
}

void service_timer_cancel_and_wait(struct service_timer *timer)
{
    struct service_loop *loop = timer->loop;
    bool inside = service_current_loop() == loop;

    atomic_fetch_add(&loop->waiters, 1);
    pthread_mutex_lock(&loop->mutex);
    disarm(timer);
    while (!inside && atomic_load(&loop->current) == timer) {
        pthread_cond_wait(&loop->callback_returned, &loop->mutex);
        disarm(timer); /* it may have been set again while it fired */
    }
    pthread_mutex_unlock(&loop->mutex);
    atomic_fetch_sub(&loop->waiters, 1);
}

void service_timer_release(struct service_timer *timer)
{
    struct service_loop *loop = timer->loop;

    pthread_mutex_lock(&loop->mutex);
    timer_heap_cancel(&loop->timers, &timer->timer);
    loop->timer_room--;
    pthread_mutex_unlock(&loop->mutex);
}
