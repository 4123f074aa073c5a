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
    uint16_t size : 11; /* of the datagram */
    uint16_t run : 4;   /* of a settled packet: see sent_packets_skip */
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

/*
 * A peer tells of the same packets again and again, an honest one for a round trip, a hostile one as long as it likes.
 * So that this costs it more than us, a packet whose fate is told remembers that those behind it are settled in the
 * same way, 2 ^ run - 1 of them: after one that is lost come no packets in flight, after one that is done only such.
 *
 * Notes that all packets from `number` up to `end` share its fate, or are about to.
 */
static inline void sent_packet_note_run(struct sent_packet *packet, int64_t number, int64_t end)
{
    unsigned following = (unsigned)(end - number);

    packet->run = (31u - (unsigned)__builtin_clz(following)) & 15;
}

/*
 * The first packet at or behind `number` and before `end` that has to be looked at: the first that is not done or, if
 * lost ones are settled as well (`lost`), the first in flight. What it passes is shortened for the next time. *steps
 * is raised by how many records it looked at.
 */
int64_t sent_packets_skip(const struct sent_packets *packets, int64_t number, int64_t end, bool lost, int64_t *steps);

/* Forgets the oldest record; its segments must have been taken care of. */
static inline void sent_packets_pop(struct sent_packets *packets)
{
    packets->oldest++;
}

#endif
