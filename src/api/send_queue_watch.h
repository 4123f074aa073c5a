/*
 * Tells an application that the send queue of a connection has drained (fumarole/extensions.h,
 * Fumarole_SetSendQueueCallback): once each time after the bytes that wait have been above a mark, or a message was
 * refused.
 *
 * Part of an API connection and guarded by its lock.
 */
#ifndef API_SEND_QUEUE_WATCH_H
#define API_SEND_QUEUE_WATCH_H

#include "api/sockets.h"

#include <stdbool.h>
#include <stdint.h>

struct api_connection;

struct send_queue_watch {
    send_queue_callback callback; /* NULL: nobody wants to know */
    void *context;
    int64_t low_water;
    bool armed; /* the queue was above the mark, or refused a message */
};

/* Compares the queue with the mark; posts the callback when it is due. Only if there is one. */
void send_queue_watch_look(struct api_connection *connection);

#endif
