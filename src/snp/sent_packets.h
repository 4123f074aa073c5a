/*
 * The records of packets on their way: a ring indexed by packet number (quicly calls it the sent map). A record lives
 * from sending until the packet is acknowledged, or was given up long enough ago that a late acknowledgement no longer
 * matters (protocol 16.3). The ring grows up to a bound that keeps the peer from seeing a jump it refuses
 * (protocol 12.3). Its first records lie in the struct itself, so that an idle connection needs no more.
 */
#ifndef SNP_SENT_PACKETS_H
#define SNP_SENT_PACKETS_H

#include "base/time.h"
#include "snp/rate_sampler.h"

#include <stdbool.h>
#include <stdint.h>

struct segment;

enum sent_packets_limits {
    SENT_PACKETS_FIRST_CAPACITY = 2,
    SENT_PACKETS_GROWN_CAPACITY = 16,   /* the next step */
    SENT_PACKETS_CAPACITY_MAX = 8192,   /* half of protocol 12.3's 16384 unreceived packets in a row; a power of two */
    SENT_PACKETS_CAPACITY_ABLE = 32768, /* toward a peer that accepts larger jumps: all that 16 bits tell apart */
    SENT_PACKET_SEGMENTS = 8,           /* reliable segments in one packet; one is the rule */
};

enum sent_packet_state {
    SENT_PACKET_IN_FLIGHT,
    SENT_PACKET_LOST, /* reported missing or timed out; a late acknowledgement still counts */
    SENT_PACKET_DONE, /* acknowledged: names no segment any more */
};

struct sent_packet {
    microseconds sent_at;
    struct rate_mark rate_mark;
    uint16_t size;
    uint16_t state : 2;
    uint16_t eliciting : 1;           /* the peer answers by itself: its loss is noticed by timeout */
    uint16_t data : 1;                /* has segments of either kind: it counts for congestion control */
    uint16_t application_limited : 1; /* what the rate sampler said of it */
    uint16_t tag : 2;                 /* congestion control's */
    uint16_t statistics : 2;          /* statistics_carried flags of what rode in its header */
    uint16_t segment_count : 4;
    uint16_t probe : 1;   /* tries something out: its loss says nothing about the peer or the network's load */
    uint16_t skipped : 1; /* never left: whoever acknowledges it lies */
    union {
        struct segment *segment;          /* the only one */
        struct several_segments *several; /* from the sender's pool */
    };
};

struct several_segments {
    struct segment *segments[SENT_PACKET_SEGMENTS];
};

static inline struct segment *sent_packet_segment(const struct sent_packet *packet, int index)
{
    return packet->segment_count == 1 ? packet->segment : packet->several->segments[index];
}

struct sent_packets {
    struct sent_packet *ring;
    uint32_t capacity; /* a power of two, up to ... */
    uint32_t capacity_max;
    int64_t oldest; /* records exist for [oldest, next) */
    int64_t next;
    struct sent_packet first[SENT_PACKETS_FIRST_CAPACITY];
};

/* next: the number of the first packet. The struct must stay where it is. */
void sent_packets_init(struct sent_packets *packets, int64_t next);
void sent_packets_free(struct sent_packets *packets);

/* Gives back what was allocated if so few records are left that they need no more than the struct. */
void sent_packets_rest(struct sent_packets *packets);

/* Whether the next push needs the oldest record to go first (the bound is reached, or there is no memory to grow). */
bool sent_packets_full(struct sent_packets *packets);

/* The record of the next packet number, cleared. There must be room. */
struct sent_packet *sent_packets_push(struct sent_packets *packets);

/* The record of a number for which there is one. */
static inline struct sent_packet *sent_packets_at(const struct sent_packets *packets, int64_t number)
{
    return &packets->ring[(uint64_t)number & (packets->capacity - 1)];
}

/* The record of this number, or NULL if there is none (any more). */
static inline struct sent_packet *sent_packets_find(const struct sent_packets *packets, int64_t number)
{
    return number < packets->oldest || number >= packets->next ? 0 : sent_packets_at(packets, number);
}

/* Forgets the oldest record; its segments must have been taken care of. */
static inline void sent_packets_pop(struct sent_packets *packets)
{
    packets->oldest++;
}

#endif
