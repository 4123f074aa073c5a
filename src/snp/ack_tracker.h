/*
 * The receiving side of acknowledgement: which packets arrived, which are missing below the newest, since when, and
 * when that has to be told (protocol 13.5, 15). It writes the ack frames. Owns the list of gaps, which is bounded;
 * knows nothing of messages. One a connection, under its lock.
 */
#ifndef SNP_ACK_TRACKER_H
#define SNP_ACK_TRACKER_H

#include "base/bytes.h"
#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum ack_tracker_limits {
    ACK_TRACKER_GAPS_MAX = 255,   /* deployed peers keep 62 (protocol 15.1); more costs only memory when needed */
    ACK_TRACKER_GAPS_ABLE = 1024, /* instead, toward a sender that goes on with so many losses at once */
    ACK_TRACKER_MERGE_AMONG = 10, /* protocol 15.1: when full, two neighbours among the oldest ten become one */
};

/* Missing packets [begin, end). */
struct packet_gap {
    int64_t begin;
    int64_t end;
    microseconds reportable_at;   /* protocol 15.3: not reported before this time */
    microseconds before_received; /* when packet begin - 1 arrived; 0 unknown */
};

struct ack_tracker {
    int64_t highest;               /* newest packet recorded as received */
    microseconds highest_received; /* when; 0 unknown */
    int64_t stop_waiting;          /* the peer wants to hear nothing below this */
    int64_t stop_waiting_packet;   /* the packet that last set it */
    struct packet_gap *gaps;       /* ascending, never touching */
    int gap_count, gap_capacity;
    int gaps_max, blocks_max;
    microseconds flush_at;     /* a packet with an ack frame is due; TIME_NEVER if none */
    microseconds gap_flush_at; /* the same for a gap to report; subject to the rate limit */
};

enum stop_waiting_outcome { STOP_WAITING_OK, STOP_WAITING_ERROR };

/* first_received: the packet number that counts as received from the beginning, 0 if none (protocol 12.1). */
void ack_tracker_init(struct ack_tracker *tracker, int64_t first_received);
void ack_tracker_free(struct ack_tracker *tracker);

/* Gives back what it keeps for the next gaps. */
void ack_tracker_rest(struct ack_tracker *tracker);

/* Keeps and tells more than deployed peers do. */
void ack_tracker_extend(struct ack_tracker *tracker);

/*
 * Packet `number` arrived and is to be acknowledged. Numbers below the stop-waiting value are not recorded. False when
 * the list of gaps has no room (no memory): the packet then counts as missing.
 */
bool ack_tracker_record(struct ack_tracker *tracker, int64_t number, microseconds now);

/* A stop-waiting frame in packet `packet_number` (protocol 13.5). */
enum stop_waiting_outcome ack_tracker_stop_waiting(struct ack_tracker *tracker, int64_t packet_number, int64_t value);

/* An ack has to leave by `deadline`; the earliest request counts. Nothing happens while there is nothing to
 * acknowledge: a packet would leave without an ack, and the request would stay due. */
void ack_tracker_request(struct ack_tracker *tracker, microseconds deadline);

/* Whether there is anything to acknowledge at all. */
static inline bool ack_tracker_has_news(const struct ack_tracker *tracker)
{
    return tracker->highest > 0;
}

/*
 * Writes an ack frame with as many blocks as fit, and clears the timers it satisfies. Returns false, and writes
 * nothing, if there is nothing to acknowledge or fewer than FRAME_ACK_MINIMUM bytes are left.
 */
bool ack_tracker_write(struct ack_tracker *tracker, struct byte_writer *writer, microseconds now);

#endif
