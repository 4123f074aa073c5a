#include "net/service.h"

#include "net/clock.h"
#include "net/service_internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    TIMER_SLACK_NS = 1000, /* how late the kernel may wake a service thread in order to save power */
    STOP_PASSES = 1000,    /* tasks that make tasks for ever are cut off when the service stops */
    EXIT_PATIENCE_S = 1,   /* how long the end of the process waits for the threads */
};

static struct service {
    pthread_mutex_t control_mutex; /* starting, stopping and changing the mode */
    pthread_mutex_t poll_mutex;    /* held while a thread is in service_poll */
    atomic_bool running;
    atomic_bool manual;
    atomic_int loop_count;
    atomic_uint next;
    int poll_descriptor; /* the epoll descriptors of all loops */
    struct service_loop *loops[SERVICE_LOOPS_MAXIMUM];
    void (*_Atomic thread_init)(void);
    pid_t process;      /* that started it: a child after a fork has none of the threads */
    bool rests_at_exit; /* rest_at_exit is registered */
} service = {
    .control_mutex = PTHREAD_MUTEX_INITIALIZER, .poll_mutex = PTHREAD_MUTEX_INITIALIZER, .poll_descriptor = -1};

int service_default_loops(void)
{
    cpu_set_t usable;
    int processors = 1;

    if (sched_getaffinity(0, sizeof(usable), &usable) == 0)
        processors = CPU_COUNT(&usable);
    return processors >= 2 ? processors / 2 : 1;
}

bool service_running(void)
{
    return atomic_load(&service.running);
}

bool service_is_manual(void)
{
    return atomic_load(&service.manual);
}

int service_loop_count(void)
{
    return atomic_load(&service.loop_count);
}

struct service_loop *service_loop_at(int index)
{
    return service.loops[index];
}

struct service_loop *service_next_loop(void)
{
    int count = service_loop_count();

    return count > 0 ? service.loops[atomic_fetch_add(&service.next, 1) % (unsigned)count] : NULL;
}

void service_set_thread_init_callback(void (*callback)(void))
{
    atomic_store(&service.thread_init, callback);
}

/* ---- threads ------------------------------------------------------------------------------------------------- */

static void *thread_main(void *argument)
{
    struct service_loop *loop = argument;
    void (*thread_init)(void);
    char name[16]; /* the kernel's limit */

    snprintf(name, sizeof(name), "fumarole/%d", loop->index);
    pthread_setname_np(pthread_self(), name);
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0);
    thread_init = atomic_load(&service.thread_init);
    if (thread_init)
        thread_init();
    return loop_run(loop);
}

/* until: NULL, or when to go on without those that have not ended. */
static void stop_threads(const struct timespec *until)
{
    int count = service_loop_count();

    for (int i = 0; i < count; i++) {
        struct service_loop *loop = service.loops[i];

        pthread_mutex_lock(&loop->mutex);
        loop->stopping = true;
        pthread_mutex_unlock(&loop->mutex);
        loop_wake(loop);
    }
    for (int i = 0; i < count; i++) {
        struct service_loop *loop = service.loops[i];

        if (loop->has_thread && until && pthread_timedjoin_np(loop->thread, NULL, until) != 0)
            continue;
        if (loop->has_thread && !until)
            pthread_join(loop->thread, NULL);
        loop->has_thread = false;
        loop->stopping = false;
        atomic_store(&loop->sleeps_until, LOOP_AWAKE);
    }
}

/* The program's signals are for the program's threads. */
static bool start_threads(char *error)
{
    sigset_t all, before;
    int number = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < service_loop_count() && number == 0; i++) {
        struct service_loop *loop = service.loops[i];

        number = pthread_create(&loop->thread, NULL, thread_main, loop);
        loop->has_thread = number == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number == 0)
        return true;
    stop_threads(NULL);
    if (error) {
        char buffer[64];

        snprintf(error, SERVICE_ERROR_TEXT, "cannot start a thread: %s", strerror_r(number, buffer, sizeof(buffer)));
    }
    return false;
}

static bool is_own_thread(pthread_t thread)
{
    for (int i = 0; i < service_loop_count(); i++) {
        if (service.loops[i]->has_thread && pthread_equal(service.loops[i]->thread, thread))
            return true;
    }
    return false;
}

/*
 * The program ends without having stopped the service. Those whose end comes after this one, OpenSSL first of all, must
 * not meet threads at work. The wait is short: whoever ends the program may be holding what a thread waits for.
 */
static void rest_at_exit(void)
{
    struct timespec until;

    if (getpid() != service.process || pthread_mutex_trylock(&service.control_mutex) != 0)
        return;
    if (service_running() && !is_own_thread(pthread_self())) {
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += EXIT_PATIENCE_S;
        stop_threads(&until);
    }
    pthread_mutex_unlock(&service.control_mutex);
}

/* ---- starting and stopping ----------------------------------------------------------------------------------- */

static void free_loops(void)
{
    for (int i = 0; i < SERVICE_LOOPS_MAXIMUM; i++) {
        if (service.loops[i])
            loop_free(service.loops[i]);
        service.loops[i] = NULL;
    }
    atomic_store(&service.loop_count, 0);
    if (service.poll_descriptor >= 0)
        close(service.poll_descriptor);
    service.poll_descriptor = -1;
}

static bool make_loops(int count, char *error)
{
    service.poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (service.poll_descriptor < 0) {
        char buffer[64];

        snprintf(error, SERVICE_ERROR_TEXT, "cannot make an epoll set: %s", strerror_r(errno, buffer, sizeof(buffer)));
        return false;
    }
    for (int i = 0; i < count; i++) {
        struct epoll_event interest = {.events = EPOLLIN};

        service.loops[i] = loop_new(i, error);
        if (!service.loops[i])
            return false;
        if (epoll_ctl(service.poll_descriptor, EPOLL_CTL_ADD, service.loops[i]->epoll_descriptor, &interest) != 0) {
            snprintf(error, SERVICE_ERROR_TEXT, "cannot nest epoll sets");
            return false;
        }
    }
    atomic_store(&service.loop_count, count);
    return true;
}

bool service_start(int loops, char *error)
{
    bool started = true;

    if (loops < 1)
        loops = 1;
    if (loops > SERVICE_LOOPS_MAXIMUM)
        loops = SERVICE_LOOPS_MAXIMUM;
    pthread_mutex_lock(&service.control_mutex);
    if (!service_running()) {
        started = make_loops(loops, error) && (service_is_manual() || start_threads(error));
        if (!started)
            free_loops();
        service.process = getpid();
        service.rests_at_exit = service.rests_at_exit || atexit(rest_at_exit) == 0;
        atomic_store(&service.running, started);
    }
    pthread_mutex_unlock(&service.control_mutex);
    return started;
}

static void close_sockets(struct service_loop *loop)
{
    for (;;) {
        struct list_node *node;

        pthread_mutex_lock(&loop->mutex);
        node = list_first(&loop->sockets);
        pthread_mutex_unlock(&loop->mutex);
        if (!node)
            return;
        service_socket_close(container_of(node, struct service_socket, node));
    }
}

/* With no thread at work: lets all loops end their sockets and run their tasks. */
static void finish_loops(void)
{
    int count = service_loop_count();
    bool more = true;

    for (int i = 0; i < count; i++) {
        struct service_loop *loop = service.loops[i];

        close_sockets(loop);
        timer_heap_destroy(&loop->timers);
    }
    for (int passes = 0; more && passes < STOP_PASSES; passes++) {
        more = false;
        for (int i = 0; i < count; i++) {
            loop_step(service.loops[i]);
            close_sockets(service.loops[i]);
        }
        for (int i = 0; i < count; i++)
            more = more || loop_has_tasks(service.loops[i]);
    }
}

void service_stop(void)
{
    pthread_mutex_lock(&service.control_mutex);
    if (service_running()) {
        stop_threads(NULL);
        /* Whoever is in service_poll leaves it first. */
        atomic_store(&service.running, false);
        for (int i = 0; i < service_loop_count(); i++)
            loop_wake(service.loops[i]);
        pthread_mutex_lock(&service.poll_mutex);
        finish_loops();
        free_loops();
        pthread_mutex_unlock(&service.poll_mutex);
    }
    pthread_mutex_unlock(&service.control_mutex);
}

/* ---- manual mode --------------------------------------------------------------------------------------------- */

bool service_set_manual(bool manual)
{
    bool done = true;

    pthread_mutex_lock(&service.control_mutex);
    if (manual && !service_is_manual()) {
        if (service_running())
            stop_threads(NULL);
        atomic_store(&service.manual, true); /* now, when no thread of ours is at work any more, others may poll */
    } else if (!manual && service_is_manual()) {
        atomic_store(&service.manual, false);
        if (service_running()) {
            for (int i = 0; i < service_loop_count(); i++)
                loop_wake(service.loops[i]);
            pthread_mutex_lock(&service.poll_mutex);
            done = start_threads(NULL);
            pthread_mutex_unlock(&service.poll_mutex);
            if (!done)
                atomic_store(&service.manual, true);
        }
    }
    pthread_mutex_unlock(&service.control_mutex);
    return done;
}

static microseconds step_all(int count)
{
    microseconds next = TIME_NEVER;

    for (int i = 0; i < count; i++)
        next = time_earlier(next, loop_step(service.loops[i]));
    return next;
}

/* Sleeps until a loop has something to do, `also` (unless negative) is readable, or the time has come. */
static void sleep_for_all(int also, microseconds until)
{
    struct pollfd watched[] = {{.fd = service.poll_descriptor, .events = POLLIN}, {.fd = also, .events = POLLIN}};
    microseconds now = clock_now(), duration = until > now ? until - now : 0;
    struct timespec timeout = {.tv_sec = duration / SECOND, .tv_nsec = duration % SECOND * 1000};

    ppoll(watched, 2, until == TIME_NEVER ? NULL : &timeout, NULL);
}

bool service_poll(int milliseconds, int also)
{
    microseconds until = milliseconds < 0 ? TIME_NEVER : clock_now() + milliseconds * MILLISECOND;
    bool allowed;

    if (service_current_loop())
        return false;
    pthread_mutex_lock(&service.poll_mutex);
    allowed = service_running() && service_is_manual();
    if (allowed) {
        int count = service_loop_count();

        until = time_earlier(until, step_all(count));
        sleep_for_all(also, until);
        for (int i = 0; i < count; i++)
            loop_wait(service.loops[i], 0);
        step_all(count);
        /* Nobody sleeps, so nobody needs waking: the next poll looks at everything. */
        for (int i = 0; i < count; i++)
            atomic_store(&service.loops[i]->sleeps_until, LOOP_AWAKE);
    }
    pthread_mutex_unlock(&service.poll_mutex);
    return allowed;
}

/* ---- reclaiming ---------------------------------------------------------------------------------------------- */

/* Goes from loop to loop; a loop runs its tasks between callbacks. */
static void visit_next_loop(struct service_task *task)
{
    int index = service_loop_count() - task->visits;

    if (task->visits-- == 0)
        task->finally(task);
    else
        service_run_on(service.loops[index], task, visit_next_loop);
}

void service_reclaim(struct service_task *task, void (*run)(struct service_task *task))
{
    task->finally = run;
    task->visits = service_loop_count();
    visit_next_loop(task);
}
