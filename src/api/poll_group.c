#include "api/poll_group.h"

#include "api/inbox.h"
#include "base/alloc.h"

#include <string.h>

void poll_group_table_init(struct poll_group_table *table)
{
    memset(table, 0, sizeof(*table));
}

void poll_group_table_destroy(struct poll_group_table *table)
{
    for (int i = 0; i < table->used; i++) {
        struct poll_group *group = atomic_load_explicit(&table->groups[i], memory_order_relaxed);

        wait_handle_destroy(&group->wait);
        pthread_mutex_destroy(&group->lock);
        mem_free(group);
    }
    memset(table, 0, sizeof(*table));
}

static struct poll_group *new_group(struct poll_group_table *table, int index)
{
    struct poll_group *group = mem_alloc_zeroed(sizeof(*group));

    if (!group)
        return NULL;
    pthread_mutex_init(&group->lock, NULL);
    list_init(&group->queue);
    list_init(&group->members);
    list_init(&group->drained);
    wait_handle_init(&group->wait);
    atomic_store_explicit(&table->groups[index], group, memory_order_release);
    table->used = index + 1;
    return group;
}

HSteamNetPollGroup poll_group_create(struct poll_group_table *table)
{
    for (int i = 0; i < POLL_GROUP_LIMIT; i++) {
        struct poll_group *group;
        HSteamNetPollGroup handle = 0;

        group = i < table->used ? atomic_load_explicit(&table->groups[i], memory_order_relaxed) : new_group(table, i);
        if (!group)
            return 0;
        pthread_mutex_lock(&group->lock);
        if (group->handle == 0 && list_empty(&group->members)) {
            table->sequence = (uint16_t)((table->sequence + 1) & 0x7fff);
            handle = (uint32_t)POLL_GROUP_HANDLE_BIT | (uint32_t)table->sequence << 16 | (uint32_t)i;
            group->handle = handle;
        }
        pthread_mutex_unlock(&group->lock);
        if (handle)
            return handle;
    }
    return 0;
}

struct poll_group *poll_group_lock(struct poll_group_table *table, HSteamNetPollGroup handle)
{
    struct poll_group *group;

    if (!(handle & (uint32_t)POLL_GROUP_HANDLE_BIT) || (handle & 0xffff) >= POLL_GROUP_LIMIT)
        return NULL;
    group = atomic_load_explicit(&table->groups[handle & 0xffff], memory_order_acquire);
    if (!group)
        return NULL;
    pthread_mutex_lock(&group->lock);
    if (group->handle == handle)
        return group;
    pthread_mutex_unlock(&group->lock);
    return NULL;
}

void poll_group_unlock(struct poll_group *group)
{
    pthread_mutex_unlock(&group->lock);
}

void poll_group_end(struct poll_group *group)
{
    group->handle = 0;
    wait_handle_destroy(&group->wait);
}

uint32_t poll_group_member(struct poll_group *group)
{
    if (list_empty(&group->members))
        return 0;
    return list_first_entry(&group->members, struct inbox, member_node)->connection;
}

/* Messages were taken out of it. */
static void note_room(struct poll_group *group, struct inbox *inbox)
{
    if (inbox && inbox_was_refused(inbox) && !list_linked(&inbox->drained_node))
        list_push_back(&group->drained, &inbox->drained_node);
}

int poll_group_take(struct poll_group *group, SteamNetworkingMessage_t **messages, int maximum)
{
    struct inbox *previous = NULL;
    int count = 0;

    while (count < maximum && !list_empty(&group->queue)) {
        struct message *message = list_first_entry(&group->queue, struct message, group_node);
        struct inbox *inbox = message->inbox;

        if (inbox != previous)
            note_room(group, previous);
        previous = inbox;
        inbox_unlink(inbox, message);
        messages[count++] = &message->api;
    }
    note_room(group, previous);
    return count;
}

uint32_t poll_group_take_drained(struct poll_group *group)
{
    struct inbox *inbox;

    if (list_empty(&group->drained))
        return 0;
    inbox = list_first_entry(&group->drained, struct inbox, drained_node);
    list_remove(&inbox->drained_node);
    return inbox->connection;
}

void poll_group_insert(struct poll_group *group, struct message *message, struct message *before)
{
    if (before)
        list_insert_before(&before->group_node, &message->group_node);
    else
        list_push_back(&group->queue, &message->group_node);
}
