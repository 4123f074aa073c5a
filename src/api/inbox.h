/*
 * The inbox of a connection: messages that arrived and wait for the application, and whether there is room for more
 * (api-contract 11, protocol 14.3).
 *
 * A message passes two places. inbox_accept puts it among the arrivals, which nobody but the thread with the
 * connection's lock sees; inbox_publish moves a whole run of arrivals to the queue. The queue is guarded by the lock of
 * the poll group when the connection is in one, else by the connection's lock, so that a program that reads a group
 * touches one lock for all its connections.
 *
 * The inbox owns its messages. "Owner" below means: the caller holds the connection's lock.
 */
#ifndef API_INBOX_H
#define API_INBOX_H

#include "api/readiness.h"
#include "base/list.h"
#include "base/memory_quota.h"
#include "snp/message.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    INBOX_REORDER_STEPS = 64,       /* how far back a late message of a lane looks for its place */
    INBOX_REORDER_STEPS_ALL = 8192, /* and all those together that are published at once */
};

struct poll_group;

struct inbox {
    uint32_t connection;      /* the handle, for those who only hold the group's lock */
    struct poll_group *group; /* changed by the owner, under the group's lock too */
    struct list queue;        /* message.queue_node */
    struct list arrivals;     /* message.queue_node; the owner's */
    int arrived_count;        /* arrivals; the owner's */
    int64_t arrived_bytes;
    atomic_int queued_count;       /* the queue's; change with its lock held, the owner reads them without */
    atomic_llong queued_bytes;     /* ... */
    atomic_uchar refused;          /* a message was refused since the application last made room */
    struct list_node member_node;  /* group->members; the group's lock */
    struct list_node drained_node; /* group->drained; the group's lock */
    struct readiness *readiness;   /* is told whether the queue is empty */
    struct memory_share share;     /* for the messages in both places; the owner's */
};

/* quota: what all inboxes and others draw on for the messages; NULL: no limit. Borrowed. */
void inbox_init(struct inbox *inbox, uint32_t connection, struct readiness *readiness, struct memory_quota *quota);

/* Owner. Leaves its group and frees the messages that nobody fetched. */
void inbox_destroy(struct inbox *inbox);

/*
 * Owner. Takes the message over, or refuses it because the inbox already holds `maximum_count` messages or would
 * hold more than `maximum_bytes`, or more than its share of the quota. An empty inbox takes any message, so that one
 * larger than the limit gets through.
 */
bool inbox_accept(struct inbox *inbox, struct message *message, int maximum_count, int64_t maximum_bytes);

/* Owner. Messages in both places. */
int inbox_count(struct inbox *inbox);

/* Owner. Lets the application see what arrived; one lock of the group for all of it. */
void inbox_publish(struct inbox *inbox);

/* Owner. Fetches up to `maximum` messages, now the caller's. */
int inbox_take(struct inbox *inbox, SteamNetworkingMessage_t **messages, int maximum);

/*
 * Whether messages were refused since the application last made room; to be asked after messages were taken out: then
 * either this sees the refusal, or the refusal saw the room.
 */
bool inbox_was_refused(struct inbox *inbox);

/* Owner. True once after messages were refused and the application has made room since (or there is room anyway). */
bool inbox_take_refused(struct inbox *inbox);

/* Owner. Rewrites the user data of the messages that wait (api-contract 9.1). */
/* Owner. Who was refused does not wait for room. */
void inbox_forgo(struct inbox *inbox);

void inbox_set_user_data(struct inbox *inbox, int64_t user_data);

/* Owner. Moves all messages, unread, to `discarded` (by queue_node) for the caller to release without locks. */
void inbox_discard(struct inbox *inbox, struct list *discarded);
void inbox_release_discarded(struct list *discarded);

/*
 * Owner. Moves the inbox, with the messages in it, to another group; NULL: to none. False: the group's handle is not
 * `group_handle` any more; the inbox is where it was, or in no group if the group ended during the move.
 */
bool inbox_set_group(struct inbox *inbox, struct poll_group *group, uint32_t group_handle);

/*
 * With the lock that guards the queue: takes the message out of queue and counts. What poll_group.c and inbox.c share.
 */
void inbox_unlink(struct inbox *inbox, struct message *message);

#endif
