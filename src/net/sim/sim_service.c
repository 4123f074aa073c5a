#include "net/sim/sim_service.h"

#include "base/alloc.h"
#include "base/log.h"
#include "net/clock.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
    STOP_PASSES = 1000,    /* tasks that make tasks for ever are cut off when the service stops */
    PASSES_AT_ONCE = 1000, /* and loops that never come to rest are an error */
};

static struct {
    bool running, manual, polling;
    int loop_count;
    unsigned next;
    uint64_t wake_ups;
    struct service_loop *loops[SERVICE_LOOPS_MAXIMUM];
    struct service_loop *current;
    void (*thread_init)(void);
    microseconds last_pass;
    int passes_at_once;
} service;

/* ---- passes -------------------------------------------------------------------------------------------------- */

static microseconds world_time(microseconds clock_time)
{
    return clock_time - (clock_now() - sim_machine()->world->now);
}

/* When the loop has something to do. */
static microseconds next_work(const struct service_loop *loop)
{
    microseconds deadline = timer_heap_next(&loop->timers);

    if (!list_empty(&loop->tasks) || !list_empty(&loop->readable) || !list_empty(&loop->closed_sockets))
        return sim_machine()->world->now;
    return deadline == TIME_NEVER ? TIME_NEVER : time_later(world_time(deadline), sim_machine()->world->now);
}

static void run_tasks(struct service_loop *loop)
{
    struct list_node *node;
    struct list tasks;

    list_init(&tasks);
    list_splice_back(&tasks, &loop->tasks);
    while ((node = list_pop_front(&tasks))) {
        struct service_task *task = container_of(node, struct service_task, node);

        task->run(task);
    }
}

/* At most as many as there are now. */
static void fire_timers(struct service_loop *loop)
{
    for (uint32_t budget = loop->timers.count; budget > 0; budget--) {
        struct timer *due = timer_heap_pop_due(&loop->timers, clock_now());
        struct service_timer *timer;

        if (!due)
            return;
        timer = container_of(due, struct service_timer, timer);
        sim_machine()->counters.callbacks++;
        timer->fire(timer, clock_now());
    }
}

static void draw_lateness(struct service_loop *loop)
{
    struct sim_machine *machine = sim_machine();

    loop->lateness = machine->lateness > 0 ? sim_between(machine->world, 0, machine->lateness) : 0;
}

static void pass(struct service_loop *loop)
{
    struct sim_machine *machine = sim_machine();

    service.wake_ups++;
    machine->counters.passes++;
    service.passes_at_once = machine->world->now == service.last_pass ? service.passes_at_once + 1 : 0;
    service.last_pass = machine->world->now;
    if (service.passes_at_once > PASSES_AT_ONCE)
        sim_fail(machine->world, "the service is woken again and again, and time does not pass");
    loop->due = false;
    service.current = loop;
    run_tasks(loop);
    sim_sockets_finish(loop);
    fire_timers(loop);
    sim_sockets_deliver(loop);
    service.current = NULL;
    draw_lateness(loop);
    sim_loop_plan(loop);
}

static void run_pass(struct sim_world *world, struct sim_event *event)
{
    struct service_loop *loop = container_of(event, struct service_loop, pass);

    if (world->now < sim_machine()->frozen_until)
        sim_plan(world, event, sim_machine()->frozen_until, run_pass);
    else if (service.manual || service.current)
        loop->due = true;
    else
        pass(loop);
}

void sim_loop_plan(struct service_loop *loop)
{
    struct sim_world *world = sim_machine()->world;
    microseconds at = next_work(loop);

    if (service.current == loop || loop->due)
        return; /* planned at the end */
    if (at == TIME_NEVER)
        sim_cancel(world, &loop->pass);
    else if (!loop->pass.event.position || loop->pass.event.due > at + loop->lateness || at > world->now)
        sim_plan(world, &loop->pass, at + loop->lateness, run_pass);
}

struct service_loop *service_current_loop(void)
{
    return service.current;
}

/* ---- starting and stopping ----------------------------------------------------------------------------------- */

int service_default_loops(void)
{
    return sim_machine()->loops;
}

bool service_running(void)
{
    return service.running;
}

bool service_is_manual(void)
{
    return service.manual;
}

int service_loop_count(void)
{
    return service.loop_count;
}

uint64_t service_wake_ups(void)
{
    return service.wake_ups;
}

struct service_loop *service_loop_at(int index)
{
    return service.loops[index];
}

struct service_loop *service_next_loop(void)
{
    return service.loop_count > 0 ? service.loops[service.next++ % (unsigned)service.loop_count] : NULL;
}

void service_set_thread_init_callback(void (*callback)(void))
{
    service.thread_init = callback;
}

static void start_threads(void)
{
    for (int i = 0; service.thread_init && i < service.loop_count; i++)
        service.thread_init();
}

static void free_loops(void)
{
    for (int i = 0; i < service.loop_count; i++) {
        struct service_loop *loop = service.loops[i];

        sim_cancel(sim_machine()->world, &loop->pass);
        timer_heap_destroy(&loop->timers);
        mem_free(loop);
        service.loops[i] = NULL;
    }
    service.loop_count = 0;
}

static bool make_loops(int count)
{
    for (int i = 0; i < count; i++) {
        struct service_loop *loop = mem_alloc_zeroed(sizeof(*loop));

        if (!loop)
            return false;
        service.loops[service.loop_count++] = loop;
        loop->index = i;
        timer_heap_init(&loop->timers);
        list_init(&loop->tasks);
        list_init(&loop->readable);
        list_init(&loop->closed_sockets);
        draw_lateness(loop);
    }
    return true;
}

bool service_start(int loops, char *error)
{
    int count = loops < 1 ? 1 : loops > SERVICE_LOOPS_MAXIMUM ? SERVICE_LOOPS_MAXIMUM : loops;

    if (service.running)
        return true;
    if (sim_chance(sim_machine()->world, sim_machine()->faults.start)) {
        snprintf(error, SERVICE_ERROR_TEXT, "cannot start a thread");
        return false;
    }
    service.next = 0;
    if (!make_loops(count)) {
        snprintf(error, SERVICE_ERROR_TEXT, "out of memory");
        free_loops();
        return false;
    }
    service.running = true;
    if (!service.manual)
        start_threads();
    return true;
}

static bool finish_pass(void)
{
    bool more = false;

    for (int i = 0; i < service.loop_count; i++) {
        service.current = service.loops[i];
        run_tasks(service.loops[i]);
        sim_sockets_finish(service.loops[i]);
        service.current = NULL;
        sim_sockets_close(service.loops[i]);
    }
    for (int i = 0; i < service.loop_count; i++)
        more = more || !list_empty(&service.loops[i]->tasks) || !list_empty(&service.loops[i]->closed_sockets);
    return more;
}

void service_stop(void)
{
    if (!service.running)
        return;
    service.running = false;
    for (int i = 0; i < service.loop_count; i++) {
        sim_sockets_close(service.loops[i]);
        timer_heap_destroy(&service.loops[i]->timers);
    }
    for (int i = 0; i < STOP_PASSES && finish_pass(); i++)
        ;
    free_loops();
}

/* ---- manual mode --------------------------------------------------------------------------------------------- */

bool service_set_manual(bool manual)
{
    if (manual == service.manual)
        return true;
    if (!manual && service.running && sim_chance(sim_machine()->world, sim_machine()->faults.start))
        return false;
    service.manual = manual;
    if (manual || !service.running)
        return true;
    start_threads();
    for (int i = 0; i < service.loop_count; i++) {
        service.loops[i]->due = false;
        sim_loop_plan(service.loops[i]);
    }
    return true;
}

static bool is_readable(int descriptor)
{
    struct pollfd watched = {.fd = descriptor, .events = POLLIN};

    return descriptor >= 0 && poll(&watched, 1, 0) > 0;
}

/* Returns whether there was anything to do. */
static bool pass_all(void)
{
    microseconds now = sim_machine()->world->now;
    bool worked = false;

    for (int i = 0; i < service.loop_count && service.running; i++) {
        if (now >= sim_machine()->frozen_until && next_work(service.loops[i]) <= now) {
            sim_cancel(sim_machine()->world, &service.loops[i]->pass);
            pass(service.loops[i]);
            worked = true;
        }
    }
    return worked;
}

bool service_poll(int milliseconds, int also)
{
    struct sim_world *world = sim_machine()->world;
    microseconds until = milliseconds < 0 ? TIME_NEVER : world->now + milliseconds * MILLISECOND;

    if (service.current || service.polling || !service.running || !service.manual)
        return false;
    service.polling = true;
    while (!pass_all() && world->now < until && !world->failed && !is_readable(also) &&
           (until != TIME_NEVER || event_queue_next(&world->events) != TIME_NEVER))
        sim_step(world, until);
    service.polling = false;
    return true;
}

/* ---- timers -------------------------------------------------------------------------------------------------- */

static bool reserve_room(struct service_loop *loop)
{
    bool room = timer_heap_reserve(&loop->timers, loop->timer_room + 1);

    loop->timer_room += room;
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
    if (!timer_heap_set(&timer->loop->timers, &timer->timer, deadline))
        sim_fail(sim_machine()->world, "a timer has no room in its loop");
    sim_loop_plan(timer->loop);
}

bool service_timer_move(struct service_timer *timer, struct service_loop *loop)
{
    microseconds deadline = timer_is_set(&timer->timer) ? timer->timer.deadline : TIME_NEVER;
    struct service_loop *old = timer->loop;

    if (loop == old)
        return true;
    if (!reserve_room(loop))
        return false;
    timer_heap_cancel(&old->timers, &timer->timer);
    old->timer_room--;
    timer->loop = loop;
    service_timer_set(timer, deadline);
    return true;
}

void service_timer_cancel(struct service_timer *timer)
{
    timer_heap_cancel(&timer->loop->timers, &timer->timer);
}

void service_timer_cancel_and_wait(struct service_timer *timer)
{
    service_timer_cancel(timer);
}

void service_timer_release(struct service_timer *timer)
{
    timer_heap_cancel(&timer->loop->timers, &timer->timer);
    timer->loop->timer_room--;
}

/* ---- tasks --------------------------------------------------------------------------------------------------- */

void service_run_on(struct service_loop *loop, struct service_task *task, void (*run)(struct service_task *task))
{
    list_node_init(&task->node);
    task->run = run;
    list_push_back(&loop->tasks, &task->node);
    sim_loop_plan(loop);
}

/* From loop to loop, as the threads of the real service need it. */
static void visit_next_loop(struct service_task *task)
{
    int index = service.loop_count - task->visits;

    if (task->visits-- == 0)
        task->finally(task);
    else
        service_run_on(service.loops[index], task, visit_next_loop);
}

void service_reclaim(struct service_task *task, void (*run)(struct service_task *task))
{
    task->finally = run;
    task->visits = service.loop_count;
    visit_next_loop(task);
}
