/*
 * The meter behind connection_statistics: counts what passes, closes an interval every five seconds into rates and
 * quality (protocol 17.6), and says when statistics should travel and what they are (protocol 17.5). It needs no timer
 * of its own: an interval is closed when somebody counts or looks.
 */
#ifndef CONN_STATISTICS_METER_H
#define CONN_STATISTICS_METER_H

#include "conn/statistics.h"

#include <stddef.h>

struct round_trip;

enum statistics_meter_limits {
    METER_PING_SAMPLES = 64,  /* the newest ones, for percentiles */
    METER_QUIET_PACKETS = 16, /* no more than so many in an interval, both ways: quiet */
};

struct statistics_meter {
    microseconds interval_start;
    uint64_t start_packets_sent, start_bytes_sent, start_packets_received, start_bytes_received;
    uint32_t received, dropped, weird; /* numbered packets of this interval */
    microseconds last_numbered_at;     /* for jitter */
    int64_t last_numbered;
    int32_t peak_jitter_us; /* of this interval; -1 none */
    int32_t previous_peak_jitter_us;
    uint16_t ping_samples[METER_PING_SAMPLES];
    uint32_t ping_sample_count;
    uint16_t quality_count[101]; /* samples by percent, for percentiles */

    /* statistics that travel */
    uint8_t outstanding;                                  /* enum statistics_carried: sent, fate unknown */
    microseconds instantaneous_settled, lifetime_settled; /* acknowledged last; the start before that */
    uint64_t instantaneous_packets, lifetime_packets;     /* exchanged then */
};

void statistics_meter_init(struct statistics_meter *meter, struct connection_statistics *statistics, microseconds now);

void statistics_meter_sent(struct connection_statistics *statistics, size_t bytes);
void statistics_meter_received(struct connection_statistics *statistics, size_t bytes);

/* An authentic numbered packet. jump: its distance from the highest number before. since_previous: -1 unknown. */
void statistics_meter_numbered(struct statistics_meter *meter, struct connection_statistics *statistics, int64_t number,
                               int64_t jump, microseconds since_previous, microseconds now);

/* A packet whose number had been seen. */
void statistics_meter_duplicate(struct statistics_meter *meter, struct connection_statistics *statistics);

void statistics_meter_ping(struct statistics_meter *meter, struct connection_statistics *statistics, int ping_ms);

/* Hardly any packets come and go, in this interval and the one before. */
bool statistics_meter_quiet(const struct statistics_meter *meter, const struct connection_statistics *statistics);

/* Closes the interval if its time has come. reply_timeouts: outstanding ones (a dead interval). */
void statistics_meter_roll(struct statistics_meter *meter, struct connection_statistics *statistics, int reply_timeouts,
                           microseconds now);

/* Which statistics may ride on a packet that leaves anyway, and which are worth a packet (enum statistics_carried). */
uint8_t statistics_meter_ready(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                               microseconds now);
uint8_t statistics_meter_forced(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                                microseconds now);
microseconds statistics_meter_deadline(const struct statistics_meter *meter,
                                       const struct connection_statistics *statistics);

/* Fills the blob's fields. */
void statistics_meter_fill(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                           uint8_t carried, microseconds now, struct statistics_message *message);

void statistics_meter_acknowledged(struct statistics_meter *meter, const struct connection_statistics *statistics,
                                   uint8_t carried, microseconds now);
void statistics_meter_lost(struct statistics_meter *meter, uint8_t carried);

#endif
