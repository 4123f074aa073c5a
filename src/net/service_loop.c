#include "net/service_internal.h"

#include "base/alloc.h"
#include "net/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The loop that is at work on this thread. */
static _Thread_local struct service_loop *current_loop;

struct service_loop *service_current_loop(void)
{
    return current_loop;
}

/* ---- making and ending --------------------------------------------------------------------------------------- */

struct service_loop *loop_new(int index, char *error)
{
    struct service_loop *loop = mem_alloc_zeroed(sizeof(*loop));
    struct epoll_event wake = {.events = EPOLLIN};

    if (!loop) {
        snprintf(error, SERVICE_ERROR_TEXT, "out of memory");
        return NULL;
    }
    loop->index = index;
    atomic_init(&loop->sleeps_until, LOOP_AWAKE);
    pthread_mutex_init(&loop->mutex, NULL);
    pthread_cond_init(&loop->callback_returned, NULL);
    timer_heap_init(&loop->timers);
    list_init(&loop->tasks);
    list_init(&loop->sockets);
    list_init(&loop->closed_sockets);
    loop->epoll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll_descriptor < 0 || loop->wake_descriptor < 0 ||
        epoll_ctl(loop->epoll_descriptor, EPOLL_CTL_ADD, loop->wake_descriptor, &wake) != 0) {
        char buffer[64];

        snprintf(error, SERVICE_ERROR_TEXT, "cannot make a service loop: %s",
                 strerror_r(errno, buffer, sizeof(buffer)));
        loop_free(loop);
        return NULL;
    }
    loop->batch = receive_batch_new();
    loop->delay_line = delay_line_new(loop);
    loop->outbox = outbox_new();
    if (!loop->batch || !loop->delay_line || !loop->outbox) {
        snprintf(error, SERVICE_ERROR_TEXT, "out of memory");
        loop_free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct service_loop *loop)
{
    delay_line_free(loop->delay_line);
    outbox_free(loop->outbox);
    receive_batch_free(loop->batch);
    timer_heap_destroy(&loop->timers);
    if (loop->wake_descriptor >= 0)
        close(loop->wake_descriptor);
    if (loop->epoll_descriptor >= 0)
        close(loop->epoll_descriptor);
    pthread_cond_destroy(&loop->callback_returned);
    pthread_mutex_destroy(&loop->mutex);
    mem_free(loop);
}

/* ---- waking and waiting -------------------------------------------------------------------------------------- */

void loop_wake_for(struct service_loop *loop, microseconds deadline)
{
    uint64_t one = 1;

    if (atomic_load(&loop->sleeps_until) <= deadline)
        return;
    atomic_store(&loop->sleeps_until, LOOP_AWAKE); /* once is enough */
    while (write(loop->wake_descriptor, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

void loop_wake(struct service_loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    loop->pass_wanted = true;
    loop_wake_for(loop, LOOP_AWAKE);
    pthread_mutex_unlock(&loop->mutex);
}

/* For kernels older than epoll_pwait2: whole milliseconds, rounded up so that no deadline is met early. */
static int sleep_milliseconds(int epoll_descriptor, struct epoll_event *events, int capacity, microseconds duration)
{
    microseconds whole = duration / MILLISECOND + (duration % MILLISECOND > 0);
    int timeout = -1;

    if (duration != TIME_NEVER)
        timeout = whole > INT32_MAX ? INT32_MAX : (int)whole;
    return epoll_wait(epoll_descriptor, events, capacity, timeout);
}

#ifdef SYS_epoll_pwait2
static atomic_bool precise_sleep_missing;

static int sleep_precisely(int epoll_descriptor, struct epoll_event *events, int capacity, microseconds duration)
{
    struct timespec timeout = {.tv_sec = duration / SECOND, .tv_nsec = duration % SECOND * 1000};
    int count;

    if (atomic_load_explicit(&precise_sleep_missing, memory_order_relaxed))
        return sleep_milliseconds(epoll_descriptor, events, capacity, duration);
    count = (int)syscall(SYS_epoll_pwait2, epoll_descriptor, events, capacity, duration == TIME_NEVER ? NULL : &timeout,
                         NULL, 0);
    /* Sandboxes that do not know the call answer EPERM. */
    if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
        atomic_store_explicit(&precise_sleep_missing, true, memory_order_relaxed);
        return sleep_milliseconds(epoll_descriptor, events, capacity, duration);
    }
    return count;
}
#else
#define sleep_precisely sleep_milliseconds
#endif

/* By the loop's index; not in the loop, so that anybody can look at any time. A line of the cache for each. */
static struct {
    _Alignas(64) atomic_uint_least64_t count; /* written by the loop's thread alone */
} wake_ups[SERVICE_LOOPS_MAXIMUM];

static void count_wake_up(const struct service_loop *loop)
{
    atomic_uint_least64_t *count = &wake_ups[loop->index].count;

    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1, memory_order_relaxed);
}

uint64_t service_wake_ups(void)
{
    uint64_t sum = 0;

    for (int i = 0; i < SERVICE_LOOPS_MAXIMUM; i++)
        sum += atomic_load_explicit(&wake_ups[i].count, memory_order_relaxed);
    return sum;
}

/* Sleeps until sockets are ready or the time has come. Returns the number of events. */
static int loop_sleep(int epoll_descriptor, struct epoll_event *events, int capacity, microseconds until)
{
    microseconds duration = TIME_NEVER;
    int count;

    if (until <= 0) {
        duration = 0;
    } else if (until != TIME_NEVER) {
        microseconds now = clock_now();

        duration = until > now ? until - now : 0;
    }
    count = sleep_precisely(epoll_descriptor, events, capacity, duration);
    return count < 0 ? 0 : count; /* interrupted by a signal: like nothing */
}

/* False: there may be more to receive. */
static bool handle_events(struct service_loop *loop, const struct epoll_event *events, int count)
{
    bool all = count < LOOP_EVENTS;

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr) {
            all = socket_ready(events[i].data.ptr) && all;
        } else {
            uint64_t wakes;

            while (read(loop->wake_descriptor, &wakes, sizeof(wakes)) < 0 && errno == EINTR)
                continue;
        }
    }
    return all;
}

bool loop_wait(struct service_loop *loop, microseconds until)
{
    struct epoll_event events[LOOP_EVENTS];
    int count = loop_sleep(loop->epoll_descriptor, events, LOOP_EVENTS, until);
    microseconds limit = 0;

    loop->had_events = count > 0;
    atomic_store(&loop->sleeps_until, LOOP_AWAKE);
    count_wake_up(loop);
    (void)atomic_load(&loop->openings);
    current_loop = loop;
    while (!handle_events(loop, events, count)) {
        microseconds now = clock_now();

        if (limit == 0)
            limit = now + time_later(LOOP_RECEIVE_US * MICROSECOND, loop->timers_took);
        else if (now >= limit)
            break;
        count = loop_sleep(loop->epoll_descriptor, events, LOOP_EVENTS, 0);
        (void)atomic_load(&loop->openings);
    }
    current_loop = NULL;
    return loop->had_events;
}

/* ---- one pass ------------------------------------------------------------------------------------------------ */

void loop_callback_begins(struct service_loop *loop, const void *object)
{
    atomic_store(&loop->current, object);
}

void loop_callback_returned(struct service_loop *loop)
{
    atomic_store(&loop->current, NULL);
    if (atomic_load(&loop->waiters) > 0) {
        pthread_mutex_lock(&loop->mutex);
        pthread_cond_broadcast(&loop->callback_returned);
        pthread_mutex_unlock(&loop->mutex);
    }
}

void loop_wait_for_callback(struct service_loop *loop, const void *object)
{
    if (current_loop == loop)
        return;
    atomic_fetch_add(&loop->waiters, 1);
    pthread_mutex_lock(&loop->mutex);
    while (atomic_load(&loop->current) == object)
        pthread_cond_wait(&loop->callback_returned, &loop->mutex);
    pthread_mutex_unlock(&loop->mutex);
    atomic_fetch_sub(&loop->waiters, 1);
}

static void run_tasks(struct service_loop *loop)
{
    struct list_node *node;
    struct list tasks;

    list_init(&tasks);
    pthread_mutex_lock(&loop->mutex);
    list_splice_back(&tasks, &loop->tasks);
    pthread_mutex_unlock(&loop->mutex);
    while ((node = list_pop_front(&tasks))) {
        struct service_task *task = container_of(node, struct service_task, node);

        task->run(task);
    }
}

static void finish_sockets(struct service_loop *loop)
{
    struct list_node *node;
    struct list sockets;

    list_init(&sockets);
    pthread_mutex_lock(&loop->mutex);
    list_splice_back(&sockets, &loop->closed_sockets);
    pthread_mutex_unlock(&loop->mutex);
    while ((node = list_pop_front(&sockets)))
        socket_finish(container_of(node, struct service_socket, node));
}

/*
 * With the mutex held: the next timer that is to fire now, with its callback begun. Timers whose deadline was moved to
 * later are put where they belong (service_timer.c).
 */
static struct service_timer *claim_due_timer(struct service_loop *loop, microseconds now)
{
    struct timer *due;

    while ((due = timer_heap_pop_due(&loop->timers, now))) {
        struct service_timer *timer = container_of(due, struct service_timer, timer);
        int64_t wanted;

        atomic_store(&timer->armed_at, TIME_NEVER);
        wanted = atomic_load(&timer->wanted);
        while (wanted <= now && !atomic_compare_exchange_weak(&timer->wanted, &wanted, TIME_NEVER))
            continue;
        if (wanted <= now) {
            loop_callback_begins(loop, timer);
            return timer;
        }
        if (wanted != TIME_NEVER) {
            timer_heap_set(&loop->timers, &timer->timer, wanted);
            atomic_store(&timer->armed_at, wanted);
        }
    }
    return NULL;
}

/*
 * With the mutex held: puts timers that were moved to later where they belong, as far as they are in front of all
 * others. A loop that was woken by one of them for nothing does so before it sleeps, so that the others do not wake it
 * one by one; a busy loop finds them in passing.
 */
static void move_postponed_timers(struct service_loop *loop)
{
    struct timer *first;

    while ((first = timer_heap_peek(&loop->timers))) {
        struct service_timer *timer = container_of(first, struct service_timer, timer);
        int64_t wanted;

        if (atomic_load(&timer->wanted) <= first->deadline)
            return;
        atomic_store(&timer->armed_at, TIME_NEVER); /* in this order: see service_timer.c */
        wanted = atomic_load(&timer->wanted);
        timer_heap_set(&loop->timers, first, wanted);
        atomic_store(&timer->armed_at, wanted);
    }
}

/*
 * At most as many as there are now, so that timers that set themselves again cannot keep the loop from its sockets.
 * Returns whether one fired.
 */
static bool fire_timers(struct service_loop *loop)
{
    bool fired = false;
    microseconds began = clock_now(), now = began;
    uint32_t budget;

    loop->collecting = true;
    pthread_mutex_lock(&loop->mutex);
    for (budget = loop->timers.count; budget > 0; budget--) {
        struct service_timer *timer = claim_due_timer(loop, now);

        if (!timer)
            break;
        pthread_mutex_unlock(&loop->mutex);
        timer->fire(timer, now);
        loop_callback_returned(loop);
        fired = true;
        now = clock_now();
        pthread_mutex_lock(&loop->mutex);
    }
    pthread_mutex_unlock(&loop->mutex);
    loop->collecting = false;
    loop->timers_took = now - began;
    outbox_flush(loop->outbox);
    return fired;
}

microseconds loop_step(struct service_loop *loop)
{
    microseconds next;
    bool fired;

    current_loop = loop;
    run_tasks(loop);
    finish_sockets(loop);
    fired = fire_timers(loop);
    current_loop = NULL;

    pthread_mutex_lock(&loop->mutex);
    if (!fired && !loop->had_events)
        move_postponed_timers(loop);
    next = timer_heap_next(&loop->timers);
    if (loop->pass_wanted || !list_empty(&loop->tasks) || !list_empty(&loop->closed_sockets))
        next = 0;
    loop->pass_wanted = false;
    atomic_store(&loop->sleeps_until, next);
    pthread_mutex_unlock(&loop->mutex);
    return next;
}

bool loop_has_tasks(struct service_loop *loop)
{
    bool some;

    pthread_mutex_lock(&loop->mutex);
    some = !list_empty(&loop->tasks) || !list_empty(&loop->closed_sockets);
    pthread_mutex_unlock(&loop->mutex);
    return some;
}

/*
 * Asks the scheduler for short turns, and so for early ones: a thread that has a little to do now and then goes before
 * others that compute for long (EEVDF, Linux 6.12). Other kernels refuse or ignore it, which does no harm.
 */
static void ask_for_short_turns(void)
{
#ifdef SYS_sched_setattr
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period; /* ns; for ordinary threads the first is the length of a turn */
    } wish = {.size = sizeof(wish), .policy = SCHED_OTHER, .runtime = LOOP_TURN_NS};

    if (sched_getscheduler(0) != SCHED_OTHER)
        return; /* somebody has other plans for the threads of this process */
    errno = 0;
    wish.nice = getpriority(PRIO_PROCESS, 0); /* of this thread; the call below sets it as well */
    if (errno == 0)
        syscall(SYS_sched_setattr, 0, &wish, 0);
#endif
}

void *loop_run(void *argument)
{
    struct service_loop *loop = argument;
    bool stopping = false;

    ask_for_short_turns();
    while (!stopping) {
        loop_wait(loop, loop_step(loop));
        pthread_mutex_lock(&loop->mutex);
        stopping = loop->stopping;
        pthread_mutex_unlock(&loop->mutex);
    }
    return NULL;
}

/* ---- tasks --------------------------------------------------------------------------------------------------- */

static void enqueue_task(struct service_loop *loop, struct service_task *task)
{
    pthread_mutex_lock(&loop->mutex);
    list_push_back(&loop->tasks, &task->node);
    loop_wake_for(loop, LOOP_AWAKE);
    pthread_mutex_unlock(&loop->mutex);
}

void service_run_on(struct service_loop *loop, struct service_task *task, void (*run)(struct service_task *task))
{
    list_node_init(&task->node);
    task->run = run;
    enqueue_task(loop, task);
}
