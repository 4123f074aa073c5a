/*
 * A deposit box: where the application leaves messages for a connection that another thread is at work on, instead of
 * waiting for its lock. Whoever holds the lock opens the box while it receives or sends, and takes over what was left
 * in it before it lets go; a closed box refuses everything, and then one has to wait after all. So nobody who holds the
 * lock ever finds messages that he has not been told of, and the order in which one thread sends is kept.
 *
 * Putting in takes no lock. The box owns the messages in it.
 *
 * The room is what the send buffer has left, counted anew each time the box is opened. A thread that has found room and
 * is held up before it puts its message in may do so when the box has been closed and opened again: so the messages in
 * it may exceed the room by one for each thread that sends. They are sent all the same.
 */
#ifndef API_DEPOSIT_BOX_H
#define API_DEPOSIT_BOX_H

#include "base/list.h"
#include "snp/message.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    DEPOSIT_COST = 64, /* bytes that a message counts for beside its own, so that empty ones have a limit too */
};

struct deposit_box {
    _Atomic(struct message *) newest; /* each leads to the one before it; closed: not a message at all */
    atomic_llong room;                /* bytes */
    atomic_uint connection;           /* the handle */
};

void deposit_box_init(struct deposit_box *box);

/*
 * Any thread. Leaves a message for the connection that m_conn names. False: the box is closed, full or another
 * connection's, and the message is still the caller's. It may become another's at this very moment: who takes messages
 * out has to look at m_conn again.
 */
bool deposit_box_put(struct deposit_box *box, struct message *message);

/* With the connection's lock: from now on messages of so many bytes may be left for it, until the box is closed. */
void deposit_box_open(struct deposit_box *box, uint32_t connection, int64_t room);

/*
 * With the connection's lock, when the box is open: moves what was left to `messages`, by queue_node, oldest first. If
 * there was nothing, or if that is wanted anyway, closes the box. Returns whether it is closed.
 */
bool deposit_box_take(struct deposit_box *box, bool close, struct list *messages);

#endif
