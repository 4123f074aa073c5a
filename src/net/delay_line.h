/*
 * The datagrams of one loop that simulated conditions hold back, sent ones before they go out and received ones before
 * they are delivered. It owns copies of them, a bounded number; a timer of the loop lets them go when they are due.
 */
#ifndef NET_DELAY_LINE_H
#define NET_DELAY_LINE_H

#include "net/service.h"

enum {
    DELAY_LINE_MAXIMUM = 16384,       /* datagrams held by one loop; what comes on top is lost */
    DELAY_LINE_RELEASED_AT_ONCE = 32, /* before the loop looks after its sockets again */
};

struct delay_line;

/* NULL when memory is short. */
struct delay_line *delay_line_new(struct service_loop *loop);

/* Drops what it holds. NULL is allowed. */
void delay_line_free(struct delay_line *line);

/*
 * Passes one datagram through the process's conditions. True: it may go on at once (a duplicate may be on hold). False:
 * it is lost or on hold. Any thread.
 */
bool delay_line_admit(struct delay_line *line, struct service_socket *socket, bool sending,
                      const SteamNetworkingIPAddr *peer, const void *data, size_t length, microseconds now);

/* Drops what is on hold for a socket that ends. On the loop's thread. */
void delay_line_forget(struct delay_line *line, const struct service_socket *socket);

#endif
