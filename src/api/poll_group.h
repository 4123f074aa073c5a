/*
 * Poll groups: connections whose messages are read together, roughly in the order of arrival (api-contract 11.3).
 * A group has a queue through all its members' inboxes and one lock that guards it.
 *
 * The table owns the groups. They are not freed while it lives, so that a group found through a stale handle can always
 * be locked and its handle be compared. Creating and destroying is serialised by the caller (the wide lock).
 */
#ifndef API_POLL_GROUP_H
#define API_POLL_GROUP_H

#include "api/wait_handle.h"
#include "base/list.h"
#include "fumarole/types.h"
#include "snp/message.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    POLL_GROUP_LIMIT = 4096, /* groups at a time */
    POLL_GROUP_HANDLE_BIT = (int)0x80000000,
};

struct inbox;

struct poll_group {
    pthread_mutex_t lock;
    HSteamNetPollGroup handle; /* 0: destroyed */
    struct list queue;         /* message.group_node, by time of arrival */
    struct list members;       /* inbox.member_node */
    struct list drained;       /* inbox.drained_node: had refused messages and have room now */
    struct wait_handle wait;
};

struct poll_group_table {
    _Atomic(struct poll_group *) groups[POLL_GROUP_LIMIT];
    int used;          /* entries that have ever been used */
    uint16_t sequence; /* upper half of the next handle, 15 bits */
};

void poll_group_table_init(struct poll_group_table *table);
void poll_group_table_destroy(struct poll_group_table *table);

/* A new group; 0 at the limit or without memory. */
HSteamNetPollGroup poll_group_create(struct poll_group_table *table);

/* The group of a handle, locked; NULL for any other number. */
struct poll_group *poll_group_lock(struct poll_group_table *table, HSteamNetPollGroup handle);
void poll_group_unlock(struct poll_group *group);

/*
 * Ends the (locked) group: its handle is nobody's from now on. Members are still in it, and the caller takes them out
 * one by one: poll_group_member gives the handle of one, or 0 when none is left.
 */
void poll_group_end(struct poll_group *group);
uint32_t poll_group_member(struct poll_group *group);

/* With the group locked: fetches up to `maximum` messages, now the caller's. */
int poll_group_take(struct poll_group *group, SteamNetworkingMessage_t **messages, int maximum);

/* With the group locked: one connection that refused messages and has room now, or 0. */
uint32_t poll_group_take_drained(struct poll_group *group);

/*
 * With the group locked: puts the message into the group's queue, by time. The usual case, the latest time, is quick;
 * `before`, when not NULL, is a message of the same connection that it has to precede.
 */
void poll_group_insert(struct poll_group *group, struct message *message, struct message *before);

#endif
