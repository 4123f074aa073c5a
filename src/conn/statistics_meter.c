#include "conn/statistics_meter.h"

#include "snp/sender.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

void statistics_meter_init(struct statistics_meter *meter, struct connection_statistics *statistics, microseconds now)
{
    memset(meter, 0, sizeof *meter);
    memset(statistics, 0, sizeof *statistics);
    meter->interval_start = now;
    meter->peak_jitter_us = meter->previous_peak_jitter_us = -1;
    meter->instantaneous_settled = meter->lifetime_settled = now;
    statistics->packets_sent_per_second = statistics->bytes_sent_per_second = 0;
    statistics->lost_fraction = statistics->weird_fraction = -1;
    statistics->max_jitter_us = -1;
    statistics->ping_ms = -1;
    statistics_instantaneous_clear(&statistics->remote_instantaneous);
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

void statistics_meter_sent(struct connection_statistics *statistics, size_t bytes)
{
    statistics->packets_sent++;
    statistics->bytes_sent += bytes;
}

void statistics_meter_received(struct connection_statistics *statistics, size_t bytes)
{
    statistics->packets_received++;
    statistics->bytes_received += bytes;
}

static void count_jitter(struct statistics_meter *meter, struct connection_statistics *statistics, microseconds jitter)
{
    static const int limits_ms[JITTER_BUCKETS - 1] = {1, 2, 5, 10, 20};
    int bucket = 0;

    while (bucket < JITTER_BUCKETS - 1 && jitter >= limits_ms[bucket] * MILLISECOND)
        bucket++;
    statistics->jitter_histogram[bucket]++;
    if (jitter > meter->peak_jitter_us)
        meter->peak_jitter_us = (int32_t)jitter;
    if (jitter > statistics->max_jitter_us)
        statistics->max_jitter_us = (int32_t)jitter;
}

void statistics_meter_numbered(struct statistics_meter *meter, struct connection_statistics *statistics, int64_t number,
                               int64_t jump, microseconds since_previous, microseconds now)
{
    statistics->numbered_received++;
    meter->received++;
    if (jump < 1) {
        statistics->out_of_order++;
        meter->weird++;
        if (meter->dropped > 0)
            meter->dropped--;
        if (statistics->dropped > 0)
            statistics->dropped--;
    } else if (jump >= PACKET_JUMP_RESET) {
        statistics->lurch++;
        meter->weird++;
    } else if (jump > 1) {
        statistics->dropped += (uint64_t)(jump - 1);
        meter->dropped += (uint32_t)(jump - 1);
    }

    if (jump == 1 && number == meter->last_numbered + 1 && since_previous >= 0) {
        microseconds arrived_after = now - meter->last_numbered_at;

        if (arrived_after < PACKET_TIME_MAXIMUM_US && since_previous < PACKET_TIME_MAXIMUM_US)
            count_jitter(meter, statistics, llabs(arrived_after - since_previous));
    }
    if (jump >= 1) {
        meter->last_numbered = number;
        meter->last_numbered_at = now;
    }
}

void statistics_meter_duplicate(struct statistics_meter *meter, struct connection_statistics *statistics)
{
    statistics->duplicate++;
    meter->weird++;
}

void statistics_meter_ping(struct statistics_meter *meter, struct connection_statistics *statistics, int ping_ms)
{
    static const int limits_ms[PING_BUCKETS - 1] = {25, 50, 75, 100, 125, 150, 200, 300};
    int bucket = 0;

    while (bucket < PING_BUCKETS - 1 && ping_ms > limits_ms[bucket])
        bucket++;
    statistics->ping_histogram[bucket]++;
    meter->ping_samples[meter->ping_sample_count++ % METER_PING_SAMPLES] = (uint16_t)ping_ms;
}

/* ---- intervals (protocol 17.6) -------------------------------------------------------------------------------- */

static void count_quality(struct statistics_meter *meter, struct connection_statistics *statistics, int percent)
{
    static const int limits[QUALITY_BUCKETS] = {100, 99, 97, 95, 90, 75, 50, 1, 0};
    int bucket = 0;

    while (percent < limits[bucket])
        bucket++;
    statistics->quality_histogram[bucket]++;
    meter->quality_count[percent]++;
}

static void sample_quality(struct statistics_meter *meter, struct connection_statistics *statistics, double seconds,
                           uint64_t sent, uint64_t received, int reply_timeouts)
{
    if (seconds <= STATISTICS_INTERVAL_SHORTEST_MS / 1e3)
        return;
    if (meter->received > 5) {
        int64_t percent = 100;

        if (meter->dropped + meter->weird > 0) {
            percent = ((int64_t)meter->received - meter->weird) * 100 / ((int64_t)meter->received + meter->dropped);
            percent = percent < 1 ? 1 : percent > 99 ? 99 : percent;
        }
        count_quality(meter, statistics, (int)percent);
    } else if (received == 0 && (double)sent > seconds && reply_timeouts >= 2) {
        count_quality(meter, statistics, 0);
    }
}

static void close_interval(struct statistics_meter *meter, struct connection_statistics *statistics, int reply_timeouts,
                           microseconds now)
{
    double seconds = (double)(now - meter->interval_start) / 1e6;
    uint64_t sent = statistics->packets_sent - meter->start_packets_sent;
    uint64_t received = statistics->packets_received - meter->start_packets_received;
    uint32_t expected = meter->received + meter->dropped;

    statistics->packets_sent_per_second = (float)((double)sent / seconds);
    statistics->bytes_sent_per_second = (float)((double)(statistics->bytes_sent - meter->start_bytes_sent) / seconds);
    statistics->packets_received_per_second = (float)((double)received / seconds);
    statistics->bytes_received_per_second =
        (float)((double)(statistics->bytes_received - meter->start_bytes_received) / seconds);
    statistics->lost_fraction = meter->received ? (float)meter->dropped / (float)expected : -1;
    statistics->weird_fraction = meter->received ? (float)meter->weird / (float)expected : -1;
    sample_quality(meter, statistics, seconds, sent, received, reply_timeouts);

    meter->interval_start = now;
    meter->start_packets_sent = statistics->packets_sent;
    meter->start_bytes_sent = statistics->bytes_sent;
    meter->start_packets_received = statistics->packets_received;
    meter->start_bytes_received = statistics->bytes_received;
    meter->received = meter->dropped = meter->weird = 0;
    meter->previous_peak_jitter_us = meter->peak_jitter_us;
    meter->peak_jitter_us = -1;
}

void statistics_meter_roll(struct statistics_meter *meter, struct connection_statistics *statistics, int reply_timeouts,
                           microseconds now)
{
    if (now - meter->interval_start >= STATISTICS_INTERVAL_MS * MILLISECOND)
        close_interval(meter, statistics, reply_timeouts, now);
}

bool statistics_meter_quiet(const struct statistics_meter *meter, const struct connection_statistics *statistics)
{
    const float limit = (float)METER_QUIET_PACKETS * 1000 / STATISTICS_INTERVAL_MS;
    uint64_t sent = statistics->packets_sent - meter->start_packets_sent;
    uint64_t received = statistics->packets_received - meter->start_packets_received;

    return sent + received <= METER_QUIET_PACKETS &&
           statistics->packets_sent_per_second + statistics->packets_received_per_second <= limit;
}

/* ---- statistics that travel (protocol 17.5) ------------------------------------------------------------------- */

static uint64_t exchanged(const struct connection_statistics *statistics)
{
    return statistics->packets_sent + statistics->packets_received;
}

/* When each kind is due, given the two delays; TIME_NEVER without enough traffic. */
static microseconds instantaneous_due(const struct statistics_meter *meter, int delay_ms)
{
    return meter->outstanding ? TIME_NEVER : meter->instantaneous_settled + delay_ms * MILLISECOND;
}

static microseconds lifetime_due(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                                 int delay_ms)
{
    if (meter->outstanding || exchanged(statistics) - meter->lifetime_packets <= STATISTICS_LIFETIME_PACKETS)
        return TIME_NEVER;
    return meter->lifetime_settled + delay_ms * MILLISECOND;
}

/* Statistics are worth a packet of their own only if there is traffic to report (protocol 17.5). */
static bool has_traffic(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                        microseconds at)
{
    return exchanged(statistics) - meter->instantaneous_packets >
           (uint64_t)((at - meter->instantaneous_settled) / SECOND / STATISTICS_INSTANT_PACKETS_PER);
}

uint8_t statistics_meter_ready(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                               microseconds now)
{
    uint8_t ready = 0;

    if (instantaneous_due(meter, STATISTICS_INSTANT_READY_MS) <= now)
        ready |= CARRIED_INSTANTANEOUS;
    if (lifetime_due(meter, statistics, STATISTICS_LIFETIME_READY_MS) <= now)
        ready |= CARRIED_LIFETIME;
    return ready;
}

uint8_t statistics_meter_forced(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                                microseconds now)
{
    microseconds instantaneous = instantaneous_due(meter, STATISTICS_INSTANT_FORCED_MS);
    uint8_t forced = 0;

    /* Traffic counts up to the time when they are due, as for the deadline: who comes late must find the same. */
    if (instantaneous <= now && has_traffic(meter, statistics, instantaneous))
        forced |= CARRIED_INSTANTANEOUS;
    if (lifetime_due(meter, statistics, STATISTICS_LIFETIME_FORCED_MS) <= now)
        forced |= CARRIED_LIFETIME;
    return forced;
}

microseconds statistics_meter_deadline(const struct statistics_meter *meter,
                                       const struct connection_statistics *statistics)
{
    microseconds instantaneous = instantaneous_due(meter, STATISTICS_INSTANT_FORCED_MS);

    if (instantaneous != TIME_NEVER && !has_traffic(meter, statistics, instantaneous))
        instantaneous = TIME_NEVER;
    return time_earlier(instantaneous, lifetime_due(meter, statistics, STATISTICS_LIFETIME_FORCED_MS));
}

static int64_t percent_of(float fraction)
{
    return fraction < 0 ? STATISTICS_UNKNOWN : fraction > 1 ? 100 : (int64_t)(fraction * 100 + 0.5f);
}

static void fill_instantaneous(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                               struct statistics_instantaneous *out)
{
    out->packets_sent_rate = (int64_t)(statistics->packets_sent_per_second * 10);
    out->bytes_sent_rate = (int64_t)statistics->bytes_sent_per_second;
    out->packets_received_rate = (int64_t)(statistics->packets_received_per_second * 10);
    out->bytes_received_rate = (int64_t)statistics->bytes_received_per_second;
    out->ping_ms = statistics->ping_ms;
    out->lost_percent = percent_of(statistics->lost_fraction);
    out->weird_percent = percent_of(statistics->weird_fraction);
    out->peak_jitter_us = meter->previous_peak_jitter_us;
}

static int compare_samples(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static void fill_ping_percentiles(const struct statistics_meter *meter, struct statistics_lifetime *out)
{
    uint16_t sorted[METER_PING_SAMPLES];
    uint32_t count = meter->ping_sample_count < METER_PING_SAMPLES ? meter->ping_sample_count : METER_PING_SAMPLES;

    memcpy(sorted, meter->ping_samples, sizeof sorted);
    qsort(sorted, count, sizeof sorted[0], compare_samples);
    if (count >= STATISTICS_SAMPLES_MEDIAN)
        out->ping_50th = sorted[count / 2];
    if (count >= STATISTICS_SAMPLES_QUARTILE)
        out->ping_75th = sorted[count * 3 / 4];
    if (count >= STATISTICS_SAMPLES_TAIL) {
        out->ping_5th = sorted[count / 20];
        out->ping_95th = sorted[count * 19 / 20];
    }
    if (count >= STATISTICS_SAMPLES_FAR_TAIL)
        out->ping_98th = sorted[count * 49 / 50];
}

/* The quality that `share` (0 to 1) of the samples are at or below. */
static int64_t quality_percentile(const struct statistics_meter *meter, uint32_t total, double share)
{
    uint32_t wanted = (uint32_t)(share * total), sum = 0;

    for (int percent = 0; percent <= 100; percent++) {
        sum += meter->quality_count[percent];
        if (sum > wanted)
            return percent;
    }
    return 100;
}

static void fill_quality_percentiles(const struct statistics_meter *meter, struct statistics_lifetime *out)
{
    uint32_t total = 0;

    for (int percent = 0; percent <= 100; percent++)
        total += meter->quality_count[percent];
    if (total >= STATISTICS_SAMPLES_MEDIAN)
        out->quality_50th = quality_percentile(meter, total, 0.50);
    if (total >= STATISTICS_SAMPLES_QUARTILE)
        out->quality_25th = quality_percentile(meter, total, 0.25);
    if (total >= STATISTICS_SAMPLES_TAIL)
        out->quality_5th = quality_percentile(meter, total, 0.05);
    if (total >= STATISTICS_SAMPLES_FAR_TAIL)
        out->quality_2nd = quality_percentile(meter, total, 0.02);
}

static void fill_lifetime(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                          microseconds now, struct statistics_lifetime *out)
{
    out->seconds_connected = statistics->connected_at ? (now - statistics->connected_at) / SECOND : 0;
    out->packets_sent = (int64_t)statistics->packets_sent;
    out->kilobytes_sent = (int64_t)((statistics->bytes_sent + 512) / 1024);
    out->packets_received = (int64_t)statistics->packets_received;
    out->kilobytes_received = (int64_t)((statistics->bytes_received + 512) / 1024);
    out->numbered_received = (int64_t)statistics->numbered_received;
    out->dropped = (int64_t)statistics->dropped;
    out->out_of_order = (int64_t)statistics->out_of_order;
    out->duplicate = (int64_t)statistics->duplicate;
    out->lurch = (int64_t)statistics->lurch;
    for (int i = 0; i < QUALITY_BUCKETS; i++)
        out->quality[i] = statistics->quality_histogram[i];
    for (int i = 0; i < PING_BUCKETS; i++)
        out->ping[i] = statistics->ping_histogram[i];
    for (int i = 0; i < JITTER_BUCKETS; i++)
        out->jitter[i] = statistics->jitter_histogram[i];
    fill_ping_percentiles(meter, out);
    fill_quality_percentiles(meter, out);
}

void statistics_meter_fill(const struct statistics_meter *meter, const struct connection_statistics *statistics,
                           uint8_t carried, microseconds now, struct statistics_message *message)
{
    if (carried & CARRIED_INSTANTANEOUS) {
        message->has_instantaneous = true;
        fill_instantaneous(meter, statistics, &message->instantaneous);
    }
    if (carried & CARRIED_LIFETIME) {
        message->has_lifetime = true;
        fill_lifetime(meter, statistics, now, &message->lifetime);
    }
}

void statistics_meter_acknowledged(struct statistics_meter *meter, const struct connection_statistics *statistics,
                                   uint8_t carried, microseconds now)
{
    meter->outstanding &= (uint8_t)~carried;
    if (carried & CARRIED_INSTANTANEOUS) {
        meter->instantaneous_settled = now;
        meter->instantaneous_packets = exchanged(statistics);
    }
    if (carried & CARRIED_LIFETIME) {
        meter->lifetime_settled = now;
        meter->lifetime_packets = exchanged(statistics);
    }
}

void statistics_meter_lost(struct statistics_meter *meter, uint8_t carried)
{
    meter->outstanding &= (uint8_t)~carried;
}
