/*
 * A kernel that has no epoll_pwait2: the loops sleep in whole milliseconds, never too short, and not too long either.
 */
#include "testing.h"

#include "base/list.h"
#include "net/clock.h"
#include "net/service.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

static atomic_int refusals; /* of epoll_pwait2 */
static atomic_int newest_timeout;
static struct gate sleeps;

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
#ifdef SYS_epoll_pwait2
    if (number == SYS_epoll_pwait2) {
        atomic_fetch_add(&refusals, 1);
        errno = ENOSYS;
        return -1;
    }
#endif
    return __real_syscall(number, a, b, c, d, e, f);
}

int __real_epoll_wait(int descriptor, struct epoll_event *events, int capacity, int timeout);
int __wrap_epoll_wait(int descriptor, struct epoll_event *events, int capacity, int timeout);
int __wrap_epoll_wait(int descriptor, struct epoll_event *events, int capacity, int timeout)
{
    if (timeout != 0) {
        atomic_store(&newest_timeout, timeout);
        gate_raise(&sleeps, 1);
    }
    return __real_epoll_wait(descriptor, events, capacity, timeout);
}

struct alarm {
    struct service_timer timer;
    struct gate fired;
    microseconds fired_at;
};

static void fire(struct service_timer *timer, microseconds now)
{
    struct alarm *alarm = container_of(timer, struct alarm, timer);

    (void)now;
    alarm->fired_at = clock_now();
    gate_raise(&alarm->fired, 1);
}

/* The timeout of the first sleep after the deadline was set for which the loop had to wake up. */
static int timeout_for(struct alarm *alarm, microseconds duration)
{
    int before = gate_count(&sleeps);

    service_timer_set(&alarm->timer, clock_now() + duration);
    assert_true(gate_wait(&sleeps, before + 1));
    return atomic_load(&newest_timeout);
}

static void test_whole_milliseconds(void **state)
{
    char error[SERVICE_ERROR_TEXT];
    struct alarm alarm;
    microseconds deadline;
    int timeout;

    (void)state;
    gate_init(&sleeps);
    gate_init(&alarm.fired);
    assert_true(service_start(1, error));
    assert_true(service_timer_init(&alarm.timer, service_loop_at(0), fire));
    assert_true(gate_wait(&sleeps, 1));
    assert_int_equal(atomic_load(&newest_timeout), -1); /* nothing to wait for */

    /* Further away than any sleep is long, then nearer and nearer: each time it has to wake up. */
    assert_int_equal(timeout_for(&alarm, 1000 * 24 * 60 * MINUTE), INT32_MAX);
    timeout = timeout_for(&alarm, 48 * 60 * MINUTE);
    assert_true(timeout <= 48 * 3600 * 1000 && timeout > 47 * 3600 * 1000);
    timeout = timeout_for(&alarm, 60 * MINUTE);
    assert_true(timeout <= 3600 * 1000 && timeout > 3500 * 1000);

    deadline = clock_now() + 1500;
    service_timer_set(&alarm.timer, deadline);
    assert_true(gate_wait(&alarm.fired, 1));
    assert_true(alarm.fired_at >= deadline);
    service_timer_cancel_and_wait(&alarm.timer);
    service_timer_release(&alarm.timer);
    service_stop();
    /* It was asked for once and never again. */
    assert_int_equal(atomic_load(&refusals), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_milliseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
