/*
 * The sending half of the message engine: lanes and their scheduler, packet composition, packets in flight, loss and
 * retransmission, Nagle, pacing (protocol 14, 16). It writes frames into packets whose numbers it gives out, and is
 * told of acknowledgements and of time. One a connection, under its lock.
 *
 * What makes it look at the clock, in one table:
 *   Nagle        messages too small for a packet are held until `hold_until`
 *   pacing       a sender in debt waits for pacer_ready_at
 *   timeout      the oldest packet that the peer should have acknowledged is lost after the retransmit timeout, which
 *                doubles with every round of timeouts that no acknowledgement interrupts; a round ends with the first
 *                timeout of a packet that was sent after the one before
 */
#ifndef SNP_SENDER_H
#define SNP_SENDER_H

#include "base/bytes.h"
#include "base/pool.h"
#include "snp/congestion.h"
#include "snp/pacer.h"
#include "snp/path_mtu.h"
#include "snp/round_trip.h"
#include "snp/send_lane.h"
#include "snp/sent_packets.h"
#include "snp/transport_config.h"
#include "wire/certificate_message.h"
#include "wire/frame.h"

#include <stdbool.h>
#include <stdint.h>

enum sender_limits {
    SENDER_LANES_MAX = 255,
    SENDER_SEGMENT_MARGIN = 32, /* a segment leaves this much of the plaintext to stop-waiting, ack and lane frames */
    SENDER_BACKOFF_MAX = 5,     /* doublings of the retransmit timeout (protocol 20.8: deployed peers have none) */
    SENDER_PROBES = 4,          /* packets in flight once two rounds of timeouts went by without an acknowledgement */
    SENDER_AHEAD_MAX = SENT_PACKETS_CAPACITY_MAX, /* packets beyond the newest acknowledged one; then only probes */
    SENDER_MARGIN = 8,              /* of what a peer says that it keeps and accepts, an eighth is left out */
    SENDER_UNASKED_MAX = 2048,      /* packets in a row that the peer need not answer; then one asks for an answer */
    SENDER_UNTOLD_US = 2000000,     /* so often, of large ones, one asks in any case */
    SENDER_LATE_US = 20000,         /* packets that are late by so much are not lost after all */
    SENDER_VAIN_BYTES = 128 * 1024, /* and all that may be in flight: lost without anything that arrives in between */
    SENDER_STALL_US = 10000,        /* without memory for a segment: the first wait, ... */
    SENDER_STALL_DOUBLINGS = 7,     /* ... which doubles so often while there is none: 1.28 s */
    SENDER_NO_DELAY_LIMIT_US = 200000, /* a NoDelay message that would queue for longer is dropped (api 10.1) */
    SENDER_BLOB_MARGIN = 12,           /* for requests in the header of a packet that the path keeps small */
    SENDER_UNRELIABLE_SEGMENTS = 18,   /* full ones of a message: peers put 20 together (protocol 13.3) */
};

/* What rode in a packet's header, so that its fate can be reported (protocol 17.5). */
enum statistics_carried {
    CARRIED_INSTANTANEOUS = 1,
    CARRIED_LIFETIME = 2,
};

struct sender {
    const struct transport_config *config;
    struct send_lane first_lane; /* so that a connection with one lane needs no allocation for it */
    struct send_lane *lanes;
    int lane_count;
    struct pool segments;
    struct pool several; /* struct several_segments */
    struct sent_packets packets;
    struct round_trip round_trip;
    struct congestion *congestion; /* fixed_rate, or one in memory of its own from the first message on */
    struct congestion fixed_rate;
    struct rate_sampler rates;
    struct pacer pacer;
    int64_t bytes_in_flight;    /* of packets with data, neither acknowledged nor given up */
    int64_t settled;            /* no packet with data below it is in flight without a timeout of its own */
    microseconds acks_asked_at; /* when a packet last asked for an acknowledgement */
    int64_t bytes_since_asked;
    int64_t lost_in_vain;                          /* bytes of data reported missing since the last that arrived */
    struct congestion_fate fates[CONGESTION_TAGS]; /* of which the controller has not been told yet */
    struct path_mtu mtu;
    uint32_t configured_plaintext, tag_size;
    uint32_t plaintext_max; /* bytes that a packet can have on this path */
    uint32_t segment_max;   /* stream bytes in one segment */
    struct stream_limits stream_limits;
    int64_t ahead_max;           /* packets beyond the newest acknowledged one */
    int64_t queued_messages;     /* not wholly sent */
    microseconds hold_until;     /* Nagle: TIME_NEVER while nothing is held, 0 when all may go */
    int64_t latest_acknowledged; /* what the next stop-waiting frame says */
    int64_t stop_waiting_sent;
    int64_t doubtful[2];       /* the lowest packet given up in this period and in the one before; INT64_MAX: none */
    microseconds doubt_turned; /* when this period began */
    bool used;                 /* a message was queued: there is something to control */
    bool awaits_late;          /* the peer is to tell of packets that come late, too */
    int64_t first_waiting;     /* no packet below it waits for an acknowledgement with a timeout */
    int in_flight;             /* packets that wait so */
    int64_t last_eliciting;    /* the newest packet that waits, or waited, so */
    uint8_t statistics_lost;   /* statistics_carried of records given up since the last tick */
    microseconds stalled_until;
    int stalls;          /* in a row */
    int timeouts;        /* consecutive rounds without an acknowledgement in between */
    int64_t round_begin; /* the first packet sent since the newest of them began */
    int resend_turn;     /* the lane whose lost segments come first in the next packet */
    uint64_t packets_lost, segments_resent;
    uint32_t false_acknowledgements; /* of packets that were never sent */
    int64_t probing_since;           /* of probes with this number and above ... */
    int probes_arrived;              /* so many have arrived, ... */
    microseconds newest_probe_sent;  /* the newest of which was sent then */
};

/* first_number: of the first packet (protocol 12.1). The struct must stay where it is. */
void sender_init(struct sender *sender, const struct transport_config *config, int64_t first_number, microseconds now);
void sender_free(struct sender *sender);

/* Nothing is happening: gives back memory that can be had again when something does. */
void sender_rest(struct sender *sender);

/* Lets go of all messages. After that only sender_free and what reads numbers may be called. */
void sender_discard(struct sender *sender);

/*
 * The plaintext of a packet of config->packet_size can have this many bytes; follows that and the cipher (protocol
 * 16.2). What the path does not take is taken off (path_mtu.h).
 */
void sender_set_plaintext_limit(struct sender *sender, uint32_t limit);

/* How large datagrams may be at present. */
static inline int sender_packet_size(const struct sender *sender)
{
    return sender->mtu.size;
}

/* And their plaintext, where the header leaves room for it. */
static inline size_t sender_plaintext_maximum(const struct sender *sender)
{
    return sender->plaintext_max;
}

/* The peer can do more than deployed ones (protocol 10.1, abilities). */
void sender_extend(struct sender *sender, const struct abilities *abilities);

/* Applies SendRateMin and SendRateMax after a change (protocol 16.5). */
void sender_update_rate(struct sender *sender, microseconds now);

/* A round-trip sample that did not come from an acknowledgement. */
void sender_sample_round_trip(struct sender *sender, microseconds sample, microseconds now);

/* The packets are numbered from 1 after all: the peer is older than version 10. Only before the first packet. */
void sender_renumber(struct sender *sender, int64_t first_number);

/* ---- the application's side ----------------------------------------------------------------------------------- */

/* k_EResultOK or InvalidParam (api-contract 12). NULL priorities: all equal; NULL weights: equal shares. */
EResult sender_configure_lanes(struct sender *sender, int count, const int *priorities, const uint16_t *weights);

/*
 * k_EResultOK: the sender owns the message and its number is set. InvalidParam: lane or size. LimitExceeded: the send
 * buffer is full. Ignored: NoDelay, and it could not leave soon.
 */
EResult sender_queue(struct sender *sender, struct message *message, bool connected, microseconds now);

/* Queues a message whose size and lane are right, whatever else is queued. */
void sender_queue_admitted(struct sender *sender, struct message *message, microseconds now);

/* Ends all Nagle delays. */
void sender_release_held(struct sender *sender);

/* What waits to be sent or sent again, of all lanes. */
int64_t sender_pending_bytes(const struct sender *sender);

/* Reliable data that the peer has not acknowledged, sent or not: what a linger waits for (protocol 7.2). */
bool sender_reliable_outstanding(const struct sender *sender);
int64_t sender_reliable_bytes(const struct sender *sender);

/* How long so many bytes will wait for their turn at the present rate. */
microseconds sender_queue_time(const struct sender *sender, int64_t pending_bytes);

/* ---- packets -------------------------------------------------------------------------------------------------- */

/* Whether a packet with segments should leave now. */
bool sender_ready(struct sender *sender, microseconds now);

/* Whether the next packet should ask for an acknowledgement. */
enum ack_wish {
    ACK_NOT_WISHED,
    ACK_WISHED,
    ACK_WISHED_AT_ONCE,
};

/*
 * Acknowledgements are wished for because the peer has had no reason to send one for too many packets in a row, and
 * refuses a packet that is too far ahead of what it has received (protocol 12.3); or, with data, because congestion
 * control needs to hear more often than the peer would tell.
 */
enum ack_wish sender_wants_ack(const struct sender *sender, bool data, microseconds now);

/* No packet can leave at this moment: takes note whether that is for want of data. */
void sender_rests(struct sender *sender, microseconds now);

/* Whether negative acks and other optional packets may leave now. */
bool sender_within_rate(struct sender *sender, microseconds now);

/*
 * A packet is made by these in order: begin gives its number and writes the stop-waiting frame, the caller writes an
 * ack frame, write_segments adds what fits (skipped for packets without data), end accounts for the whole.
 */
int64_t sender_begin_packet(struct sender *sender, struct byte_writer *writer, microseconds now);
/* Returns how many segments it wrote. */
int sender_write_segments(struct sender *sender, struct byte_writer *writer, size_t extra);
/* expects_reply: the packet asks for an ack; statistics: statistics_carried. Returns whether it has reliable segments.
 */
bool sender_end_packet(struct sender *sender, int64_t number, size_t datagram_size, bool expects_reply,
                       uint8_t statistics, microseconds now);

/* ---- the path --------------------------------------------------------------------------------------------------- */

/* The size of the datagram that should now be sent to find out whether the path takes it; 0: none. */
int sender_probe_size(struct sender *sender, microseconds now);

/* Counts what is going to become of probes that are not for sizes, and of numbers that are left out. */
void sender_begin_probing(struct sender *sender);

/* Between begin and end: the packet is a probe; of_size: for the size just asked for, otherwise for something else. */
void sender_mark_probe(struct sender *sender, int64_t number, bool of_size);

/* Gives out a packet number that no packet will have. */
void sender_skip_number(struct sender *sender, microseconds now);

/*
 * This machine refused to send packets from this number on, all or some of those of the largest size among them,
 * because they are too large: they are taken back and the size goes down. Returns whether there is anything to be sent
 * instead.
 */
bool sender_withdraw_large(struct sender *sender, int64_t first, microseconds now);

/*
 * Packets take another path from now on, about which nothing is known but, perhaps, how long a round trip takes
 * (negative: not even that). What is in flight is no measure of it.
 */
void sender_path_changed(struct sender *sender, microseconds round_trip, microseconds now);

/* ---- the peer's side ------------------------------------------------------------------------------------------ */

enum ack_outcome {
    ACK_PROCESSED,
    ACK_ABANDON, /* it names a packet that was not sent: the rest of the packet is skipped (protocol 13.6) */
    ACK_ERROR,   /* protocol error */
};

struct ack_report {
    int64_t block_count;
    int64_t records_examined; /* how much work it was */
    int packets_acknowledged;
    uint8_t statistics_acknowledged, statistics_lost; /* statistics_carried */
    bool sampled;                                     /* a round-trip sample was taken */
};

enum ack_outcome sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                    struct ack_report *report);

/* Timeouts and the end of old records. Returns statistics_carried flags of packets that timed out. */
uint8_t sender_tick(struct sender *sender, microseconds now);

/* When sender_ready or sender_tick wants another look. */
microseconds sender_deadline(struct sender *sender, microseconds now);

/* A packet that should have had segments got none, for want of memory: try again later, and later each time. */
void sender_stall(struct sender *sender, microseconds now);

#endif
