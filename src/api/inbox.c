#include "api/inbox.h"

#include "api/poll_group.h"

#include <pthread.h>

void inbox_init(struct inbox *inbox, uint32_t connection, struct readiness *readiness, struct memory_quota *quota)
{
    inbox->connection = connection;
    inbox->group = NULL;
    list_init(&inbox->queue);
    list_init(&inbox->arrivals);
    inbox->arrived_count = 0;
    inbox->arrived_bytes = 0;
    atomic_init(&inbox->queued_count, 0);
    atomic_init(&inbox->queued_bytes, 0);
    atomic_init(&inbox->refused, false);
    list_node_init(&inbox->member_node);
    list_node_init(&inbox->drained_node);
    inbox->readiness = readiness;
    inbox->share = (struct memory_share){.quota = quota};
}

static void lock_group(struct inbox *inbox)
{
    if (inbox->group)
        pthread_mutex_lock(&inbox->group->lock);
}

static void unlock_group(struct inbox *inbox)
{
    if (inbox->group)
        pthread_mutex_unlock(&inbox->group->lock);
}

static struct message *message_of(struct list_node *node)
{
    return container_of(node, struct message, queue_node);
}

/* The queue's counts change under one lock, so that adding to them needs no more than a load and a store. */
static void count_queued(struct inbox *inbox, int count, int64_t bytes)
{
    count += atomic_load_explicit(&inbox->queued_count, memory_order_relaxed);
    bytes += atomic_load_explicit(&inbox->queued_bytes, memory_order_relaxed);
    atomic_store_explicit(&inbox->queued_count, count, memory_order_relaxed);
    atomic_store_explicit(&inbox->queued_bytes, bytes, memory_order_relaxed);
}

int inbox_count(struct inbox *inbox)
{
    return inbox->arrived_count + atomic_load_explicit(&inbox->queued_count, memory_order_relaxed);
}

/* The memory that so many messages take. */
static int64_t cost_of(int count, int64_t bytes)
{
    return count * (int64_t)sizeof(struct message) + bytes;
}

static bool has_room(struct inbox *inbox, int size, int maximum_count, int64_t maximum_bytes)
{
    int count = inbox_count(inbox);
    int64_t bytes = inbox->arrived_bytes + atomic_load_explicit(&inbox->queued_bytes, memory_order_relaxed);
    int64_t cost = cost_of(count + 1, bytes + size);

    if (count == 0) {
        memory_share_force(&inbox->share, cost);
        return true;
    }
    return count < maximum_count && bytes + size <= maximum_bytes && memory_share_cover(&inbox->share, cost);
}

static int64_t cost_of_all(struct inbox *inbox)
{
    return cost_of(inbox_count(inbox),
                   inbox->arrived_bytes + atomic_load_explicit(&inbox->queued_bytes, memory_order_relaxed));
}

/* What the application has taken meanwhile is returned to the quota now and then. */
static void trim_share(struct inbox *inbox)
{
    if (inbox->share.granted > 0 || inbox->share.wanting)
        memory_share_trim(&inbox->share, cost_of_all(inbox));
}

bool inbox_accept(struct inbox *inbox, struct message *message, int maximum_count, int64_t maximum_bytes)
{
    int size = message->api.m_cbSize;

    if (!has_room(inbox, size, maximum_count, maximum_bytes)) {
        /* The application may be making room at this very moment; whoever comes second sees the other. */
        bool others_wait = atomic_exchange(&inbox->refused, true);
        if (!has_room(inbox, size, maximum_count, maximum_bytes))
            return false;
        atomic_store(&inbox->refused, others_wait);
    }
    message->inbox = inbox;
    list_node_init(&message->group_node);
    list_push_back(&inbox->arrivals, &message->queue_node);
    inbox->arrived_count++;
    inbox->arrived_bytes += size;
    return true;
}

/*
 * The message of the same lane that a late message has to precede (protocol 14.3, a courtesy), or NULL. Other lanes
 * are passed over, but not endlessly: `left` is what all messages of this time have left together.
 */
static struct message *find_later_message(struct inbox *inbox, const struct message *message, int *left)
{
    struct list_node *node = list_last(&inbox->queue);
    struct message *later = NULL;

    for (int steps = 0; node && steps<INBOX_REORDER_STEPS && * left> 0; steps++, --*left) {
        struct message *waiting = message_of(node);

        node = list_previous(&inbox->queue, node);
        if (waiting->api.m_idxLane != message->api.m_idxLane)
            continue;
        if (waiting->api.m_nMessageNumber <= message->api.m_nMessageNumber)
            break;
        later = waiting;
    }
    return later;
}

void inbox_publish(struct inbox *inbox)
{
    int steps = INBOX_REORDER_STEPS_ALL;
    struct list_node *node;

    trim_share(inbox);
    if (list_empty(&inbox->arrivals))
        return;
    lock_group(inbox);
    if (list_empty(&inbox->queue))
        readiness_add(inbox->readiness);
    while ((node = list_pop_front(&inbox->arrivals))) {
        struct message *message = message_of(node);
        struct message *later = find_later_message(inbox, message, &steps);

        if (later)
            list_insert_before(&later->queue_node, &message->queue_node);
        else
            list_push_back(&inbox->queue, &message->queue_node);
        if (inbox->group)
            poll_group_insert(inbox->group, message, later);
    }
    count_queued(inbox, inbox->arrived_count, inbox->arrived_bytes);
    inbox->arrived_count = 0;
    inbox->arrived_bytes = 0;
    if (inbox->group)
        wait_handle_signal(&inbox->group->wait);
    unlock_group(inbox);
}

void inbox_unlink(struct inbox *inbox, struct message *message)
{
    list_remove(&message->queue_node);
    list_remove(&message->group_node);
    message->inbox = NULL;
    count_queued(inbox, -1, -message->api.m_cbSize);
    if (list_empty(&inbox->queue))
        readiness_remove(inbox->readiness);
    if (inbox->group && list_empty(&inbox->group->queue))
        wait_handle_reset(&inbox->group->wait);
}

int inbox_take(struct inbox *inbox, SteamNetworkingMessage_t **messages, int maximum)
{
    int count = 0;

    lock_group(inbox);
    while (count < maximum && !list_empty(&inbox->queue)) {
        struct message *message = message_of(list_first(&inbox->queue));

        inbox_unlink(inbox, message);
        messages[count++] = &message->api;
    }
    unlock_group(inbox);
    trim_share(inbox);
    return count;
}

bool inbox_was_refused(struct inbox *inbox)
{
    /* Not a mere load: of this and the exchange in inbox_accept, the later one sees what the other had done before. */
    return atomic_fetch_or(&inbox->refused, false);
}

bool inbox_take_refused(struct inbox *inbox)
{
    return inbox_was_refused(inbox) && atomic_exchange(&inbox->refused, false);
}

void inbox_forgo(struct inbox *inbox)
{
    (void)inbox_take_refused(inbox);
    if (inbox->share.wanting)
        memory_share_return(&inbox->share, cost_of_all(inbox));
}

void inbox_set_user_data(struct inbox *inbox, int64_t user_data)
{
    struct list_node *node;

    lock_group(inbox);
    list_for_each(node, &inbox->queue) message_of(node)->api.m_nConnUserData = user_data;
    unlock_group(inbox);
    list_for_each(node, &inbox->arrivals) message_of(node)->api.m_nConnUserData = user_data;
}

void inbox_discard(struct inbox *inbox, struct list *discarded)
{
    struct list_node *node;

    list_init(discarded);
    inbox_publish(inbox);
    lock_group(inbox);
    while ((node = list_first(&inbox->queue))) {
        inbox_unlink(inbox, message_of(node));
        list_push_back(discarded, node);
    }
    unlock_group(inbox);
    memory_share_return(&inbox->share, 0);
}

void inbox_release_discarded(struct list *discarded)
{
    struct list_node *node;

    while ((node = list_pop_front(discarded)))
        message_release(message_of(node));
}

/* With the group's lock. */
static void leave_group(struct inbox *inbox)
{
    struct list_node *node;

    list_for_each(node, &inbox->queue) list_remove(&message_of(node)->group_node);
    list_remove(&inbox->member_node);
    list_remove(&inbox->drained_node);
    if (list_empty(&inbox->group->queue))
        wait_handle_reset(&inbox->group->wait);
}

/* With the group's lock. Two queues in order of time become one. */
static void join_group(struct inbox *inbox, struct poll_group *group)
{
    struct list_node *node, *place = list_first(&group->queue);

    list_for_each(node, &inbox->queue)
    {
        struct message *message = message_of(node);

        while (place && container_of(place, struct message, group_node)->api.m_usecTimeReceived <=
                            message->api.m_usecTimeReceived)
            place = list_next(&group->queue, place);
        list_insert_before(place ? place : &group->queue.head, &message->group_node);
    }
    list_push_back(&group->members, &inbox->member_node);
    if (!list_empty(&inbox->queue))
        wait_handle_signal(&group->wait);
}

bool inbox_set_group(struct inbox *inbox, struct poll_group *group, uint32_t group_handle)
{
    struct poll_group *old = inbox->group;

    if (group) {
        bool alive;

        pthread_mutex_lock(&group->lock);
        alive = group->handle == group_handle && group_handle != 0;
        pthread_mutex_unlock(&group->lock);
        if (!alive)
            return false;
    }
    if (old == group)
        return true;
    if (old) {
        pthread_mutex_lock(&old->lock);
        leave_group(inbox);
        inbox->group = NULL;
        pthread_mutex_unlock(&old->lock);
    }
    if (group) {
        bool alive;

        pthread_mutex_lock(&group->lock);
        alive = group->handle == group_handle; /* it may have ended meanwhile; then we are in none */
        if (alive) {
            join_group(inbox, group);
            inbox->group = group;
        }
        pthread_mutex_unlock(&group->lock);
        return alive;
    }
    return true;
}

void inbox_destroy(struct inbox *inbox)
{
    struct list discarded;

    inbox_discard(inbox, &discarded);
    inbox_release_discarded(&discarded);
    inbox_set_group(inbox, NULL, 0);
}
