/*
 * Round-trip time: the three most recent samples, smoothed as protocol 17.1 says, and the timeouts that follow from
 * them. Owns nothing; used by one connection under its lock.
 */
#ifndef SNP_ROUND_TRIP_H
#define SNP_ROUND_TRIP_H

#include "base/time.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stdint.h>

struct round_trip {
    int sample_ms[PING_SAMPLES]; /* newest first */
    int sample_count;
    microseconds newest_slot_opened;
    microseconds last_sample_at;
    int smoothed_ms; /* -1 until there is a sample */
    microseconds
        precise_us; /* an exponential average in microseconds, for local decisions; -1 until there is a sample */
    microseconds minimum_us; /* lowest sample; -1 until there is one */
};

void round_trip_init(struct round_trip *round_trip);

/* A sample in microseconds; false when it was discarded as implausible. */
bool round_trip_sample(struct round_trip *round_trip, microseconds sample, microseconds now);

/* When a packet without an acknowledgement counts as lost (protocol 16.3). */
microseconds round_trip_retransmit_timeout(const struct round_trip *round_trip);

/* The largest of the recent samples, in ms; -1 when there is none. */
int round_trip_worst_ms(const struct round_trip *round_trip);

#endif
