/*
 * What the files of the service share: the loop. service.c starts, stops and polls; service_loop.c is one pass of a
 * loop, its tasks and the order of ending things; service_timer.c and service_socket.c are those two; outbox.c
 * gathers what timers send; delay_line.c holds back datagrams that simulated conditions delay.
 *
 * Order of locks: a socket's receive_mutex or a delay line's mutex, then a loop's mutex or an outbox's.
 * None is held during callbacks.
 */
#ifndef NET_SERVICE_INTERNAL_H
#define NET_SERVICE_INTERNAL_H

#include "net/delay_line.h"
#include "net/impairment.h"
#include "net/outbox.h"
#include "net/service.h"

#include <pthread.h>
#include <stdatomic.h>

/* The loop is awake: it looks at timers and tasks again before it sleeps. */
#define LOOP_AWAKE INT64_MIN

enum {
    LOOP_EVENTS = 64,            /* sockets taken from the kernel at a time */
    LOOP_TURN_NS = 100 * 1000,   /* of the processor at a time; the kernel takes no less */
    LOOP_BATCHES_PER_SOCKET = 4, /* receive calls in a row before another socket has its turn */

    /*
     * While there is more to receive, timers wait for so long, or for as long as they have just taken themselves: under
     * load neither may keep the other waiting, or thousands of sockets are read too late to hear that the peer is
     * there.
     */
    LOOP_RECEIVE_US = 500,
};

struct service_loop {
    int index;
    int epoll_descriptor;
    int wake_descriptor;
    pthread_t thread;
    bool has_thread;
    struct receive_batch *batch; /* filled on the loop's thread only */
    struct delay_line *delay_line;
    struct outbox *outbox;
    microseconds timers_took; /* in this pass; the loop's thread only */
    bool had_events;          /* the last sleep ended for other reasons than time; the loop's thread only */
    bool collecting;          /* what callbacks send goes to the outbox; the loop's thread only */

    /* The socket or timer whose callback is running. Set under a lock that whoever ends the object takes as well. */
    _Atomic(const void *) current;
    atomic_int waiters; /* threads that wait for `current` to change */
    atomic_int_least64_t sleeps_until;
    atomic_uint openings; /* raised before a socket goes to the kernel, read after one comes back: orders its memory */

    pthread_mutex_t mutex; /* guards everything below */
    pthread_cond_t callback_returned;
    struct timer_heap timers;
    size_t timer_room; /* timers bound to this loop */
    struct list tasks;
    struct list sockets;        /* open */
    struct list closed_sockets; /* waiting for the end of the pass */
    bool stopping;              /* the thread is to end */
    bool pass_wanted;           /* not to sleep before another pass */
};

struct service_socket {
    struct udp_socket udp;
    struct service_loop *loop;
    struct service_socket_events *events;
    struct list_node node;
    pthread_mutex_t receive_mutex; /* no callback begins, and no receiving happens, without it */
    atomic_bool closed;
    struct impairment_path sending, receiving; /* guarded by impairment.c's lock */
};

/* ---- service_loop.c ------------------------------------------------------------------------------------------ */

/* NULL when a descriptor or memory is short; `error` says which. */
struct service_loop *loop_new(int index, char *error);

/* Ends everything of the loop; its thread has ended and no other loop is at work. */
void loop_free(struct service_loop *loop);

/* One pass over tasks, ended sockets and due timers. Returns until when the loop may sleep; 0 if there is more to do.
 */
microseconds loop_step(struct service_loop *loop);

/* Waits for sockets until then and lets them deliver. False when there was nothing. */
bool loop_wait(struct service_loop *loop, microseconds until);

/* The thread's function. */
void *loop_run(void *loop);

/* Makes the loop do a whole pass from now on, whether it sleeps or is at work. */
void loop_wake(struct service_loop *loop);

/* The same with the loop's mutex held, and only if the loop would sleep past `deadline`. */
void loop_wake_for(struct service_loop *loop, microseconds deadline);

bool loop_has_tasks(struct service_loop *loop);

/* The callback of an object begins; the lock that guards against its end is held. */
void loop_callback_begins(struct service_loop *loop, const void *object);
void loop_callback_returned(struct service_loop *loop);

/* Waits until no callback of the object is running; returns at once on the loop's own thread. */
void loop_wait_for_callback(struct service_loop *loop, const void *object);

/* ---- service_socket.c ---------------------------------------------------------------------------------------- */

/* Receives and delivers what has arrived. False: there may be more, and others have their turn first. */
bool socket_ready(struct service_socket *socket);

/* Hands datagrams to the owner unless the socket is closed. */
void socket_deliver(struct service_socket *socket, struct received *datagrams, int count, microseconds now);

/* The end: on_closed, then the memory. On the loop's thread, between passes. */
void socket_finish(struct service_socket *socket);

#endif
