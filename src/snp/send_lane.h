/*
 * One lane of the sending side: the messages that wait, the reliable stream they make, and the stretches of it that
 * were sent (protocol 14). A reliable message stays in the lane's stream list until every byte of it is acknowledged;
 * segments point into it, so retransmission copies from the message itself. Owned by the sender.
 */
#ifndef SNP_SEND_LANE_H
#define SNP_SEND_LANE_H

#include "base/list.h"
#include "base/pool.h"
#include "snp/message.h"

#include <stdbool.h>
#include <stdint.h>

enum send_lane_limits {
    /* New data waits while so many segments are lost: deployed receivers refuse beyond 20 and 30 holes (protocol 13.4).
     */
    SEND_LANE_HOLES_MAX = 15,
    /* Bytes beyond the oldest hole; deployed receivers buffer 1 MiB (protocol 13.4). */
    SEND_LANE_SPAN_WITH_HOLE = 900000,
    /* Steps from each of three places in search of a lost segment's place among the others. */
    SEND_LANE_SEARCH_MAX = 1024,
};

/*
 * A stretch of the reliable stream that went out in one piece. It is resent with the same boundaries, unless packets
 * have become too small for it: then it is cut. It lives until it is acknowledged or resent for the last time and no
 * packet record names it any more.
 */
struct segment {
    struct list_node resend_node; /* in the lane's resend list while it is lost and not sent again */
    struct message *first;        /* the message that holds `begin`; valid until acknowledged */
    int64_t begin;
    uint16_t size;
    uint8_t lane;
    bool acknowledged;
    bool was_lost;
    uint16_t records; /* packet records that name it */
};

/* What the peer can keep of a lane's stream; more is not sent (protocol 13.4). */
struct stream_limits {
    int holes;      /* new data waits while so many segments are lost */
    int64_t window; /* and so many bytes behind the first message that is not acknowledged, ... */
    bool always;    /* ... in any case; or only while there is a hole */
};

extern const struct stream_limits send_lane_deployed; /* those of deployed peers */

struct send_lane {
    const struct stream_limits *limits; /* the sender's */
    int priority;                       /* lower is served first */
    uint16_t weight;
    uint8_t index;
    uint8_t class_leader;          /* the first lane of the same priority; it keeps the class's virtual time */
    double class_time;             /* in the class leader: virtual time of the priority class (protocol 16.4) */
    double virtual_time;           /* bytes sent for their weight, never behind the class when the lane has data */
    struct list queue;             /* messages not yet wholly sent, in order of submission */
    struct list stream;            /* reliable messages not yet wholly acknowledged, in stream order */
    struct list resend;            /* lost segments, in stream order (nearly, if there are very many) */
    struct list_node *resend_hint; /* in that list, or its head: beside this the next one probably belongs */
    int64_t last_number;           /* message number given last */
    int64_t last_reliable_number;
    int64_t stream_end;         /* stream position behind the last queued message */
    int64_t stream_sent;        /* stream position behind the last byte sent */
    int64_t pending_unreliable; /* bytes */
    int64_t pending_reliable;   /* stream bytes not sent yet, and lost ones waiting to be resent */
    int64_t resend_bytes;       /* the part of pending_reliable that is to be resent */
    int64_t unacknowledged;     /* stream bytes sent, neither acknowledged nor lost */
    int lost_outstanding;       /* segments lost at least once and not yet acknowledged: holes at the receiver */
};

void send_lane_init(struct send_lane *lane, int index);

/* Releases every message. Segments belong to the sender's pool and go with it. */
void send_lane_free(struct send_lane *lane);

/* Moves everything to another place in memory (the lane array grew). */
void send_lane_move(struct send_lane *to, struct send_lane *from);

/* Gives the message its number and, if reliable, its place in the stream, and queues it. */
void send_lane_queue(struct send_lane *lane, struct message *message, bool reliable);

static inline struct message *send_lane_head(const struct send_lane *lane)
{
    return list_empty(&lane->queue) ? NULL : list_first_entry(&lane->queue, struct message, queue_node);
}

/* Whether the receiver can be expected to store what the head holds, as far as holes are concerned. There is a head. */
bool send_lane_head_may_leave(const struct send_lane *lane);

static inline bool message_is_reliable(const struct message *message)
{
    return message->send.stream_size > 0;
}

/* Bytes of the message that were not sent yet. */
uint32_t message_unsent(const struct message *message);

/*
 * Takes up to `most` stream bytes from the reliable messages at the head of the queue and describes them in `segment`,
 * which is new. The head must be reliable. Returns how many messages left the queue with it.
 */
int send_lane_take(struct send_lane *lane, struct segment *segment, uint32_t most);

/* Copies the segment's bytes. */
void send_lane_copy(const struct segment *segment, uint8_t *out);

/* The segment arrived: it leaves the resend list, and messages that are complete with it are released. */
void send_lane_acknowledge(struct send_lane *lane, struct segment *segment);

/* The packet that carried it is lost: it is queued to be resent, unless it was acknowledged or is queued already. */
void send_lane_lose(struct send_lane *lane, struct segment *segment);

/*
 * Cuts a segment of the resend list in two: it keeps the first `size` bytes, `rest`, which is new, gets the others and
 * its place behind it. Packets that carried the whole name only the first part from now on.
 */
void send_lane_split(struct send_lane *lane, struct segment *segment, uint16_t size, struct segment *rest);

/* Takes the segment out of the resend list because it is on its way again. */
void send_lane_resent(struct send_lane *lane, struct segment *segment);

#endif
