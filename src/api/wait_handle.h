/*
 * A wait handle tells a program that sleeps in poll() or epoll that something is pending: an eventfd, made when it is
 * first asked for, readable while the queue it belongs to is not empty. While nobody asked there is no descriptor and
 * no cost; while it is signalled already, signalling it again is no system call.
 *
 * Owned by a queue (a connection's or poll group's messages, the callbacks) and guarded by that queue's lock.
 */
#ifndef API_WAIT_HANDLE_H
#define API_WAIT_HANDLE_H

#include <stdbool.h>

struct wait_handle {
    int descriptor; /* -1: nobody asked for it */
    bool signalled;
};

void wait_handle_init(struct wait_handle *handle);
void wait_handle_destroy(struct wait_handle *handle);

/* The descriptor, made now if need be and readable at once when `pending`. -1 when there is none to be had (errno says
 * why). */
int wait_handle_open(struct wait_handle *handle, bool pending);

/* Behind the two below: changes the state, with a system call. */
void wait_handle_write(struct wait_handle *handle, bool signalled);

/* Something is pending. */
static inline void wait_handle_signal(struct wait_handle *handle)
{
    if (handle->descriptor >= 0 && !handle->signalled)
        wait_handle_write(handle, true);
}

/* The queue is empty. */
static inline void wait_handle_reset(struct wait_handle *handle)
{
    if (handle->signalled)
        wait_handle_write(handle, false);
}

#endif
