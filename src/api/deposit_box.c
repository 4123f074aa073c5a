#include "api/deposit_box.h"

static struct message closed;

void deposit_box_init(struct deposit_box *box)
{
    atomic_init(&box->newest, &closed);
    atomic_init(&box->room, 0);
    atomic_init(&box->connection, 0);
}

static bool claim_room(struct deposit_box *box, int64_t bytes)
{
    long long room = atomic_load_explicit(&box->room, memory_order_relaxed);

    while (room >= bytes)
        if (atomic_compare_exchange_weak_explicit(&box->room, &room, room - bytes, memory_order_relaxed,
                                                  memory_order_relaxed))
            return true;
    return false;
}

bool deposit_box_put(struct deposit_box *box, struct message *message)
{
    struct message *newest = atomic_load_explicit(&box->newest, memory_order_relaxed);

    if (newest == &closed || atomic_load_explicit(&box->connection, memory_order_relaxed) != message->api.m_conn ||
        !claim_room(box, (int64_t)message->api.m_cbSize + DEPOSIT_COST))
        return false;
    do {
        if (newest == &closed)
            return false;
        message->queue_node.previous = newest ? &newest->queue_node : NULL;
    } while (!atomic_compare_exchange_weak_explicit(&box->newest, &newest, message, memory_order_release,
                                                    memory_order_relaxed));
    return true;
}

void deposit_box_open(struct deposit_box *box, uint32_t connection, int64_t room)
{
    atomic_store_explicit(&box->connection, connection, memory_order_relaxed);
    atomic_store_explicit(&box->room, room, memory_order_relaxed);
    atomic_store_explicit(&box->newest, NULL, memory_order_release);
}

bool deposit_box_take(struct deposit_box *box, bool close, struct list *messages)
{
    struct message *newest = NULL;

    list_init(messages);
    if (atomic_compare_exchange_strong_explicit(&box->newest, &newest, &closed, memory_order_acquire,
                                                memory_order_relaxed))
        return true;
    newest = atomic_exchange_explicit(&box->newest, close ? &closed : NULL, memory_order_acquire);
    while (newest) {
        struct list_node *older = newest->queue_node.previous;

        list_push_front(messages, &newest->queue_node);
        newest = older ? container_of(older, struct message, queue_node) : NULL;
    }
    return close;
}
