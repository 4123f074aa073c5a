/*
 * What a connection counts: totals since its start, rates and quality over the running interval, histograms
 * (protocol 17.5, 17.6). Owned by one connection and guarded by its lock.
 */
#ifndef CONN_STATISTICS_H
#define CONN_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "conn/drop_counters.h"
#include "wire/statistics_message.h"

enum {
    QUALITY_BUCKETS = 9, /* 100, >=99, >=97, >=95, >=90, >=75, >=50, >=1, dead */
    PING_BUCKETS = 9,    /* <=25, 50, 75, 100, 125, 150, 200, 300 ms, above */
    JITTER_BUCKETS = 6,  /* <1, <2, <5, <10, <20, >=20 ms */
};

/* What is kept of what the peer tells about its whole life; STATISTICS_UNKNOWN: it did not say. */
struct remote_totals {
    int64_t packets_sent, packets_received, dropped, out_of_order, duplicate;
};

struct connection_statistics {
    microseconds connected_at; /* 0 until Connected */
    microseconds ended_at;     /* 0 until the connection ended */

    uint64_t packets_sent, bytes_sent;
    uint64_t packets_received, bytes_received;
    uint64_t numbered_received, dropped, out_of_order, duplicate, lurch;
    uint64_t messages_sent[2], messages_received[2]; /* unreliable, reliable */
    uint64_t segments_retransmitted;
    struct drop_counters drops;

    /* the interval before the present one (5 s); -1 unknown */
    float packets_sent_per_second, bytes_sent_per_second, packets_received_per_second, bytes_received_per_second;
    float lost_fraction, weird_fraction;
    int32_t max_jitter_us; /* since it was last reported; -1 none */

    int ping_ms; /* smoothed; -1 unknown */
    uint32_t quality_histogram[QUALITY_BUCKETS];
    uint32_t ping_histogram[PING_BUCKETS];
    uint32_t jitter_histogram[JITTER_BUCKETS];

    bool remote_instantaneous_known, remote_lifetime_known;
    microseconds remote_instantaneous_at, remote_lifetime_at;
    struct statistics_instantaneous remote_instantaneous;
    struct remote_totals remote_lifetime;
};

#endif
