/*
 * The service: the threads that wait for datagrams and deadlines and call their owners back. There is one in a process.
 * It has a fixed number of loops; each loop has its own epoll set, its own timers and, except in manual mode, its own
 * thread.
 *
 * Callbacks run on the loop's thread (in manual mode: inside service_poll), one at a time in each loop, with no lock of
 * the service held; they may call everything here except the functions marked [not in a callback].
 *
 * Ending things. A callback of a loop may be running, or be about to run, while another thread ends the socket or timer
 * that it is for. Three ways to cope:
 *   - service_socket_close and service_timer_cancel never wait and may be called with any lock held. Afterwards no new
 *     callback begins, but one that began may still run. For a socket, on_closed comes when that is over.
 *   - The _and_wait forms return when no callback of that object runs or will run any more. The caller must hold no
 * lock that the callback takes. Inside a callback of the same loop they do not wait: the one that is running is the
 * caller.
 *   - service_reclaim runs a task when every callback, of all loops, that was running at that time has returned: for
 *     objects that callbacks of several loops find by themselves. First make the object impossible to find.
 */
#ifndef NET_SERVICE_H
#define NET_SERVICE_H

#include "base/list.h"
#include "base/time.h"
#include "base/timer_heap.h"
#include "net/udp_socket.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    SERVICE_LOOPS_MAXIMUM = 64,
    SERVICE_ERROR_TEXT = 128, /* room that functions with an `error` text need */
};

struct service_loop;

/* ---- starting and stopping ----------------------------------------------------------------------------------- */

/* One loop for every two processors, at least one. */
int service_default_loops(void);

/*
 * Makes the loops (count clamped to 1..SERVICE_LOOPS_MAXIMUM) and, unless manual mode is on, their threads. False:
 * nothing was started and `error` (SERVICE_ERROR_TEXT bytes) says why. Must not race with service_stop.
 *
 * When the process exits without service_stop, the threads end before everything that registered for the exit (atexit)
 * earlier than the first service_start.
 */
bool service_start(int loops, char *error);

/*
 * [not in a callback] Ends the threads, closes what sockets are left (with on_closed), runs what tasks are left,
 * cancels all timers and frees the loops. Nobody may be using the service by then. Harmless when it is not running.
 */
void service_stop(void);

bool service_running(void);

/*
 * [not in a callback] Manual mode (API contract 2.3): true ends the threads or prevents their start; false starts them
 * if the service runs. Sockets and timers stay as they are. False is returned when the threads could not be started;
 * the mode is then manual.
 */
bool service_set_manual(bool manual);
bool service_is_manual(void);

/*
 * [not in a callback] Manual mode only: does the work of all loops on this thread, waiting for some at most that many
 * milliseconds; negative waits without limit. It also stops waiting when the descriptor `also` (-1: none) is readable.
 * One pass of work is done in any case. False when not in manual mode or not running.
 */
bool service_poll(int milliseconds, int also);

/* Called first on every service thread that is started from now on; NULL for none. */
void service_set_thread_init_callback(void (*callback)(void));

int service_loop_count(void);

/* How often loops have returned from sleep, since the process started; in manual mode too. */
uint64_t service_wake_ups(void);

struct service_loop *service_loop_at(int index);

/* The loops in turn, for spreading sockets and timers. NULL when the service does not run. */
struct service_loop *service_next_loop(void);

/* The loop whose callback is running on this thread, or NULL. */
struct service_loop *service_current_loop(void);

/* ---- sockets ------------------------------------------------------------------------------------------------- */

struct service_socket;

/* What a socket reports. The owner embeds this struct and keeps it until on_closed. */
struct service_socket_events {
    /*
     * Datagrams arrived: at least one, in the order of arrival, runs from one sender next to each other where the
     * network had them so. Their bytes may be changed in place and are gone when this returns.
     */
    void (*on_datagrams)(struct service_socket_events *events, struct service_socket *socket,
                         struct received *datagrams, int count, microseconds now);
    /* The last callback of a socket that was closed: nothing refers to it or to `events` any more. May be NULL. */
    void (*on_closed)(struct service_socket_events *events, struct service_socket *socket);
};

/* The first on_datagrams may come before this returns. NULL when the socket cannot be opened: `error`
 * (SERVICE_ERROR_TEXT bytes) says why. */
struct service_socket *service_socket_open(struct service_loop *loop, const struct udp_socket_options *options,
                                           struct service_socket_events *events, char *error);

/*
 * Opens one socket for every loop, all on the same address and port, among which the kernel spreads the peers. Where it
 * cannot, there is only one. `sockets` has room for SERVICE_LOOPS_MAXIMUM. Returns how many; 0 on failure.
 */
int service_socket_open_group(const SteamNetworkingIPAddr *bind, struct service_socket_events *events,
                              struct service_socket **sockets, char *error);

/*
 * Gives back the port before it returns and lets no new on_datagrams begin. The object is freed after on_closed, which
 * a loop thread calls soon (in manual mode: the next service_poll or service_stop). Sending on it until then is safe
 * and does nothing.
 */
void service_socket_close(struct service_socket *socket);

/* The same, and waits (see above). on_closed comes as above. */
void service_socket_close_and_wait(struct service_socket *socket);

/*
 * Sends through the simulated network conditions (impairment.h) and the packet trace, which cost one test when off. Any
 * thread, any lock held. What a callback sends to one of several peers may leave only at the end of the pass (timers)
 * or of the batch (datagrams), together with what is sent to others, but never behind something that is sent later; its
 * outcome then shows in service_socket_losses alone.
 */
enum udp_outcome service_socket_send(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                     const struct datagram_batch *batch);
enum udp_outcome service_socket_send_one(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                         const void *data, size_t length);

/* udp_socket_reroute; the local address that is reported stays the first one. Any lock held. */
bool service_socket_reroute(struct service_socket *socket, const SteamNetworkingIPAddr *remote);

const SteamNetworkingIPAddr *service_socket_local_address(const struct service_socket *socket);
struct service_loop *service_socket_loop(const struct service_socket *socket);

/* Datagrams that could not be sent, by outcome, since the socket was opened. */
void service_socket_losses(const struct service_socket *socket, uint64_t losses[UDP_OUTCOMES]);

/* ---- timers -------------------------------------------------------------------------------------------------- */

/*
 * A deadline of somebody. The owner embeds it and calls the functions for one timer from one thread at a time (its own
 * lock held); only firing is concurrent. All fields are the service's.
 */
struct service_timer {
    struct timer timer;
    struct service_loop *loop;
    void (*fire)(struct service_timer *timer, microseconds now);
    atomic_int_least64_t wanted;   /* what the owner asked for; TIME_NEVER when nothing */
    atomic_int_least64_t armed_at; /* when the loop will look at it; TIME_NEVER when it will not */
};

/* Binds the timer to a loop and makes room for it, so that setting cannot fail. False when memory is short. */
bool service_timer_init(struct service_timer *timer, struct service_loop *loop,
                        void (*fire)(struct service_timer *timer, microseconds now));

/*
 * Sets or moves the deadline; TIME_NEVER is like service_timer_cancel. Any lock held. Moving it to later costs two
 * atomic accesses (the loop looks at the old time and goes on sleeping). Wakes the loop only when it would otherwise
 * sleep past the deadline. A timer fires once for each setting and not before its deadline.
 */
void service_timer_set(struct service_timer *timer, microseconds deadline);

/*
 * Binds the timer to another loop; its deadline stays. A callback that has begun on the old loop may still run, so that
 * the owner's lock has to keep it from the new one, and service_timer_cancel_and_wait is not for timers that move.
 * False when memory is short: then it stays where it is.
 */
bool service_timer_move(struct service_timer *timer, struct service_loop *loop);

/* The timer will not fire unless it is set again, but may be firing just now (see above). */
void service_timer_cancel(struct service_timer *timer);
void service_timer_cancel_and_wait(struct service_timer *timer);

/* Gives back the room. The timer must be cancelled (it is not firing and will not be set any more). */
void service_timer_release(struct service_timer *timer);

/* ---- tasks --------------------------------------------------------------------------------------------------- */

/* Something to be done once on a loop's thread. The owner embeds it and leaves it alone until it runs. */
struct service_task {
    struct list_node node;
    void (*run)(struct service_task *task);
    void (*finally)(struct service_task *task); /* service_reclaim: what to do after the visits */
    int visits;                                 /* loops that are still to be visited */
};

/* Runs the task on that loop, soon. Any thread, any lock held. */
void service_run_on(struct service_loop *loop, struct service_task *task, void (*run)(struct service_task *task));

/*
 * Runs the task on some loop when every callback that is running now, on any loop, has returned. Any thread, any lock
 * held, inside callbacks too. When the service is not running it runs at once.
 */
void service_reclaim(struct service_task *task, void (*run)(struct service_task *task));

#endif
