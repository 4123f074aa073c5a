/*
 * Delivery rate: how many bytes a second arrive at the peer, learnt from acknowledgements. Each packet remembers, when
 * it is sent, how much had been delivered by then and when; when it is acknowledged, what was delivered since and the
 * time that took are one sample. The time is the longer one of two: in which the bytes were sent, and in which they
 * arrived; so a sample is never more than was sent, and acknowledgements that come in bunches do not inflate it.
 * Arrival is counted on our clock with the peer's delay taken off, so that a peer which answers seldom is no worse.
 *
 * A sample that the application limited, because it had nothing to send, says only what the path can do at least.
 *
 * Owns nothing; one a sender, under the connection's lock. Knows packets by what it leaves in their records.
 */
#ifndef SNP_RATE_SAMPLER_H
#define SNP_RATE_SAMPLER_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

/* What a packet's record keeps. Differences, so that 32 bits are enough: 4 GiB, and 71 minutes. */
struct rate_mark {
    uint32_t delivered;        /* the low half of the sampler's count when the packet was sent */
    uint32_t since_delivered;  /* microseconds since the newest arrival that was known then */
    uint32_t since_first_sent; /* microseconds since the packet that arrival tells of was sent */
};

struct rate_sampler {
    int64_t delivered;          /* bytes known to have arrived */
    microseconds delivered_at;  /* when the newest of them did */
    microseconds first_sent_at; /* when the newest packet among them was sent */
    int64_t limited_until;      /* until so much is delivered, packets carry the application's mark; 0: none does */
};

struct rate_sample {
    int64_t bytes;
    microseconds interval;   /* 0: there is no sample */
    int64_t delivered;       /* by now, in all */
    microseconds sent_from;  /* when the oldest of them left */
    int64_t prior_delivered; /* in all when the newest acknowledged packet was sent: rounds are counted by it */
    bool application_limited;
};

/* Packets acknowledged by one frame, gathered until it is finished. */
struct rate_gathering {
    int64_t newest; /* packet number; 0: none yet */
    microseconds sent_at;
    struct rate_mark mark;
    bool application_limited;
};

void rate_sampler_init(struct rate_sampler *sampler, microseconds now);

/* A packet leaves; nothing_in_flight: all earlier ones are settled, so that the silence before it does not count.
 * Returns whether the application limits its sample. */
bool rate_sampler_sent(struct rate_sampler *sampler, struct rate_mark *mark, bool nothing_in_flight, microseconds now);

/* There is room to send, and nothing to be sent: what is in flight now says nothing about the path's limit. */
void rate_sampler_application_limited(struct rate_sampler *sampler, int64_t in_flight);

/* A packet of so many bytes was acknowledged. */
void rate_sampler_acknowledged(struct rate_sampler *sampler, struct rate_gathering *gathering, int64_t number,
                               int64_t bytes, microseconds sent_at, const struct rate_mark *mark,
                               bool application_limited);

/* All packets of one frame were gathered, the newest of which arrived at this time. */
struct rate_sample rate_sampler_finish(struct rate_sampler *sampler, const struct rate_gathering *gathering,
                                       microseconds arrived_at);

#endif
