/*
 * The outbox of a loop: datagrams for many peers that timers of one pass, or answers to one batch, send through one
 * socket, collected so that they leave in one system call. A socket that talks to one peer only gains nothing and does
 * not use it.
 *
 * Owned by the loop. The loop's thread adds; any thread may flush, and whoever sends through a socket flushes what it
 * has in here first, so that datagrams keep their order. The mutex is a leaf: any lock may be held.
 */
#ifndef NET_OUTBOX_H
#define NET_OUTBOX_H

#include "net/udp_socket.h"

enum {
    OUTBOX_DATAGRAMS = 32, /* more save nothing, and the first ones would wait for longer */
    OUTBOX_RUN = 4,        /* datagrams for one peer; longer runs are better off by themselves (UDP_SEGMENT) */
};

struct outbox;

/* NULL when memory is short. */
struct outbox *outbox_new(void);

/* What is in it is lost. NULL is allowed. */
void outbox_free(struct outbox *outbox);

/*
 * Takes up to OUTBOX_RUN datagrams for one peer. False: the address is not one for this socket, or they are too many.
 * The socket must not go away before the next flush.
 */
bool outbox_add(struct outbox *outbox, struct udp_socket *socket, const SteamNetworkingIPAddr *to,
                const struct datagram_batch *batch);

/* Sends what is in it. */
void outbox_flush(struct outbox *outbox);

/* The same if it holds something of this socket. Costs next to nothing when the outbox is empty. */
void outbox_flush_socket(struct outbox *outbox, const struct udp_socket *socket);

#endif
