/* Counting, five-second intervals and quality (protocol 17.6), and statistics that travel (protocol 17.5). */
#include "ends.h"

#include "conn/statistics_meter.h"
#include "snp/sender.h"

#include <math.h>

static struct statistics_meter meter;
static struct connection_statistics statistics;
static microseconds now;
static int64_t highest;

static int begin(void **state)
{
    (void)state;
    now = 100 * SECOND;
    highest = 1;
    statistics_meter_init(&meter, &statistics, now);
    return 0;
}

static void arrive_with_time(int64_t number, microseconds since_previous)
{
    statistics_meter_received(&statistics, 100);
    statistics_meter_numbered(&meter, &statistics, number, number - highest, since_previous, now);
    if (number > highest)
        highest = number;
}

static void arrive(int64_t number)
{
    arrive_with_time(number, -1);
}

static void arrive_many(int count)
{
    for (int i = 0; i < count; i++)
        arrive(highest + 1);
}

static void end_interval(void)
{
    now += 5 * SECOND;
    statistics_meter_roll(&meter, &statistics, 0, now);
}

#define assert_near(a, b) assert_true(fabs((double)(a) - (double)(b)) < 1e-4)

/* Quiet: as many packets as keepalives and their answers are, now and in the interval before. */
static void test_quiet(void **state)
{
    (void)state;
    assert_true(statistics_meter_quiet(&meter, &statistics));
    arrive_many(METER_QUIET_PACKETS / 2);
    for (int i = 0; i < METER_QUIET_PACKETS / 2; i++)
        statistics_meter_sent(&statistics, 100);
    assert_true(statistics_meter_quiet(&meter, &statistics));
    statistics_meter_sent(&statistics, 100);
    assert_false(statistics_meter_quiet(&meter, &statistics));
    end_interval();
    assert_false(statistics_meter_quiet(&meter, &statistics));
    arrive_many(METER_QUIET_PACKETS);
    end_interval();
    assert_true(statistics_meter_quiet(&meter, &statistics));
    arrive_many(METER_QUIET_PACKETS);
    assert_true(statistics_meter_quiet(&meter, &statistics));
    arrive_many(1);
    assert_false(statistics_meter_quiet(&meter, &statistics));
}

static void test_fresh(void **state)
{
    (void)state;
    assert_int_equal(statistics.ping_ms, -1);
    assert_int_equal(statistics.max_jitter_us, -1);
    assert_near(statistics.lost_fraction, -1);
    end_interval();
    assert_near(statistics.lost_fraction, -1); /* nothing received, nothing known */
    assert_near(statistics.packets_sent_per_second, 0);
}

static void test_rates(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++)
        statistics_meter_sent(&statistics, 1000);
    arrive_many(25);
    now += 5 * SECOND - 1;
    statistics_meter_roll(&meter, &statistics, 0, now);
    assert_near(statistics.packets_sent_per_second, 0); /* the interval is not over */
    now++;
    statistics_meter_roll(&meter, &statistics, 0, now);
    assert_near(statistics.packets_sent_per_second, 10);
    assert_near(statistics.bytes_sent_per_second, 10000);
    assert_near(statistics.packets_received_per_second, 5);
    assert_near(statistics.bytes_received_per_second, 500);
    end_interval();
    assert_near(statistics.packets_sent_per_second, 0);
    /* Nobody looked for a long time: the rates are those of the whole time. */
    arrive_many(100);
    now += 50 * SECOND;
    statistics_meter_roll(&meter, &statistics, 0, now);
    assert_near(statistics.packets_received_per_second, 2);
}

static void test_loss(void **state)
{
    (void)state;
    arrive_many(9);
    arrive(highest + 2); /* one is missing */
    end_interval();
    assert_near(statistics.lost_fraction, 1.0 / 11);
    assert_near(statistics.weird_fraction, 0);
    assert_int_equal(statistics.quality_histogram[4], 1); /* 10 * 100 / 11 = 90 */

    /* A late arrival takes the loss back, and is out of order. */
    arrive_many(8);
    arrive(highest + 2);
    arrive(highest - 1);
    end_interval();
    assert_near(statistics.lost_fraction, 0);
    assert_near(statistics.weird_fraction, 1.0 / 10);
    assert_int_equal(statistics.dropped, 1);
    assert_int_equal(statistics.out_of_order, 1);
    assert_int_equal(statistics.quality_histogram[4], 2);
}

static void test_weird_packets(void **state)
{
    (void)state;
    arrive_many(10);
    statistics_meter_duplicate(&meter, &statistics);
    arrive(highest + 100);
    end_interval();
    assert_int_equal(statistics.duplicate, 1);
    assert_int_equal(statistics.lurch, 1);
    assert_near(statistics.weird_fraction, 2.0 / 11);
    assert_int_equal(statistics.numbered_received, 11);
}

static void test_quality_samples(void **state)
{
    static const struct {
        int received, dropped;
        int bucket; /* -1: no sample */
    } cases[] = {
        {5, 0, -1}, {6, 0, 0}, {200, 1, 1}, {98, 2, 2}, {95, 4, 3}, {90, 10, 4}, {80, 20, 5}, {50, 50, 6}, {10, 89, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t before[QUALITY_BUCKETS];

        memcpy(before, statistics.quality_histogram, sizeof before);
        arrive_many(cases[i].received - 1);
        arrive(highest + 1 + cases[i].dropped);
        end_interval();
        for (int bucket = 0; bucket < QUALITY_BUCKETS; bucket++)
            if (statistics.quality_histogram[bucket] - before[bucket] != (bucket == cases[i].bucket))
                fail_msg("case %zu, bucket %d", i, bucket);
    }
}

/* A dead interval: we sent, nothing came, and replies are overdue. */
static void test_dead_interval(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++)
        statistics_meter_sent(&statistics, 100);
    now += 5 * SECOND;
    statistics_meter_roll(&meter, &statistics, 1, now);
    assert_int_equal(statistics.quality_histogram[8], 0);
    for (int i = 0; i < 6; i++)
        statistics_meter_sent(&statistics, 100);
    now += 5 * SECOND;
    statistics_meter_roll(&meter, &statistics, 2, now);
    assert_int_equal(statistics.quality_histogram[8], 1);
    for (int i = 0; i < 5; i++)
        statistics_meter_sent(&statistics, 100);
    now += 5 * SECOND;
    statistics_meter_roll(&meter, &statistics, 2, now);
    assert_int_equal(statistics.quality_histogram[8], 1); /* one a second is too little */
}

static void test_jitter(void **state)
{
    (void)state;
    arrive_with_time(highest + 1, 0);
    now += 10 * MILLISECOND;
    arrive_with_time(highest + 1, 8 * MILLISECOND);
    assert_int_equal(statistics.max_jitter_us, 2000);
    assert_int_equal(statistics.jitter_histogram[2], 1);
    now += 10 * MILLISECOND;
    arrive_with_time(highest + 1, 40 * MILLISECOND);
    assert_int_equal(statistics.max_jitter_us, 30000);
    assert_int_equal(statistics.jitter_histogram[5], 1);
    /* No sample: not the next number, no field, or an interval that is too long. */
    now += 10 * MILLISECOND;
    arrive_with_time(highest + 2, 0);
    arrive_with_time(highest - 1, 0);
    arrive(highest + 1);
    now += 250 * MILLISECOND;
    arrive_with_time(highest + 1, 0);
    assert_int_equal(statistics.jitter_histogram[0] + statistics.jitter_histogram[1] + statistics.jitter_histogram[3] +
                         statistics.jitter_histogram[4],
                     0);
    assert_int_equal(statistics.jitter_histogram[2], 1);
    assert_int_equal(statistics.jitter_histogram[5], 1);
}

static void test_ping_histogram(void **state)
{
    static const int pings[] = {0, 25, 26, 50, 75, 100, 125, 150, 200, 300, 301, 5000};
    static const uint32_t expected[PING_BUCKETS] = {2, 2, 1, 1, 1, 1, 1, 1, 2};

    (void)state;
    for (size_t i = 0; i < sizeof pings / sizeof pings[0]; i++)
        statistics_meter_ping(&meter, &statistics, pings[i]);
    assert_memory_equal(statistics.ping_histogram, expected, sizeof expected);
}

/* ---- statistics that travel -------------------------------------------------------------------------------------- */

static void test_instantaneous_timeline(void **state)
{
    microseconds start = now;

    (void)state;
    arrive_many(11);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, start + 20 * SECOND - 1), 0);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, start + 20 * SECOND), CARRIED_INSTANTANEOUS);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, start + 30 * SECOND - 1), 0);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, start + 30 * SECOND), CARRIED_INSTANTANEOUS);
    assert_true(statistics_meter_deadline(&meter, &statistics) == start + 30 * SECOND);
    /* One may be outstanding. */
    meter.outstanding = CARRIED_INSTANTANEOUS;
    assert_int_equal(statistics_meter_ready(&meter, &statistics, start + 300 * SECOND), 0);
    assert_true(statistics_meter_deadline(&meter, &statistics) == TIME_NEVER);
    /* Lost: at once again. Acknowledged: the time starts over. */
    statistics_meter_lost(&meter, CARRIED_INSTANTANEOUS);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, start + 30 * SECOND), CARRIED_INSTANTANEOUS);
    meter.outstanding = CARRIED_INSTANTANEOUS;
    statistics_meter_acknowledged(&meter, &statistics, CARRIED_INSTANTANEOUS, start + 31 * SECOND);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, start + 51 * SECOND - 1), 0);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, start + 51 * SECOND), CARRIED_INSTANTANEOUS);
}

/* Without traffic, statistics are not worth a packet, and an idle connection does not wake up for them. */
static void test_idle(void **state)
{
    (void)state;
    arrive_many(10); /* 30 s / 3 */
    assert_int_equal(statistics_meter_forced(&meter, &statistics, now + 30 * SECOND), 0);
    assert_true(statistics_meter_deadline(&meter, &statistics) == TIME_NEVER);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, now + 1000 * SECOND), 0);
    arrive_many(1);
    assert_true(statistics_meter_deadline(&meter, &statistics) == now + 30 * SECOND);
}

static void test_lifetime_timeline(void **state)
{
    (void)state;
    meter.instantaneous_settled = now + 1000 * SECOND; /* out of the way */
    arrive_many(100);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, now + 500 * SECOND), 0);
    statistics_meter_sent(&statistics, 10); /* more than 100 exchanged */
    assert_int_equal(statistics_meter_ready(&meter, &statistics, now + 120 * SECOND - 1), 0);
    assert_int_equal(statistics_meter_ready(&meter, &statistics, now + 120 * SECOND), CARRIED_LIFETIME);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, now + 140 * SECOND - 1), 0);
    assert_int_equal(statistics_meter_forced(&meter, &statistics, now + 140 * SECOND), CARRIED_LIFETIME);
    assert_true(statistics_meter_deadline(&meter, &statistics) == now + 140 * SECOND);
    statistics_meter_acknowledged(&meter, &statistics, CARRIED_LIFETIME, now + 140 * SECOND);
    assert_true(statistics_meter_deadline(&meter, &statistics) > now + 280 * SECOND);
}

static void test_figures(void **state)
{
    struct statistics_message message;

    (void)state;
    statistics.connected_at = now;
    statistics.ping_ms = 17;
    for (int i = 0; i < 100; i++)
        statistics_meter_sent(&statistics, 1024);
    arrive_many(90);
    arrive(highest + 11); /* 10 of 101 are missing */
    end_interval();
    statistics_message_clear(&message);
    statistics_meter_fill(&meter, &statistics, CARRIED_INSTANTANEOUS | CARRIED_LIFETIME, now + 700 * MILLISECOND,
                          &message);
    assert_true(message.has_instantaneous && message.has_lifetime);
    assert_int_equal(message.instantaneous.packets_sent_rate, 200);
    assert_int_equal(message.instantaneous.bytes_sent_rate, 20480);
    assert_int_equal(message.instantaneous.packets_received_rate, 182);
    assert_int_equal(message.instantaneous.ping_ms, 17);
    assert_int_equal(message.instantaneous.lost_percent, 10);
    assert_int_equal(message.instantaneous.weird_percent, 0);
    assert_true(message.instantaneous.peak_jitter_us == STATISTICS_UNKNOWN);
    assert_int_equal(message.lifetime.seconds_connected, 5);
    assert_int_equal(message.lifetime.packets_sent, 100);
    assert_int_equal(message.lifetime.kilobytes_sent, 100);
    assert_int_equal(message.lifetime.packets_received, 91);
    assert_int_equal(message.lifetime.kilobytes_received, 9); /* (9100 + 512) / 1024 */
    assert_int_equal(message.lifetime.numbered_received, 91);
    assert_int_equal(message.lifetime.dropped, 10);
    assert_int_equal(message.lifetime.quality[4], 1);
    assert_true(message.lifetime.ping_50th == STATISTICS_UNKNOWN);
}

/* More odd packets than good ones are still only a hundred percent. */
static void test_percent_is_bounded(void **state)
{
    struct statistics_message message;

    (void)state;
    arrive_many(10);
    for (int i = 0; i < 50; i++)
        statistics_meter_duplicate(&meter, &statistics);
    end_interval();
    statistics_message_clear(&message);
    statistics_meter_fill(&meter, &statistics, CARRIED_INSTANTANEOUS, now, &message);
    assert_int_equal(message.instantaneous.weird_percent, 100);
    assert_int_equal(statistics.quality_histogram[7], 1);
}

/* A percentile is sent with enough samples only. */
static void test_percentiles(void **state)
{
    (void)state;
    for (int samples = 1; samples <= 60; samples++) {
        struct statistics_message message;

        statistics_meter_ping(&meter, &statistics, samples * 7 % 61); /* a permutation of 1 to 60 in the end */
        statistics_message_clear(&message);
        statistics_meter_fill(&meter, &statistics, CARRIED_LIFETIME, now, &message);
        assert_int_equal(message.lifetime.ping_50th != STATISTICS_UNKNOWN, samples >= 2);
        assert_int_equal(message.lifetime.ping_75th != STATISTICS_UNKNOWN, samples >= 4);
        assert_int_equal(message.lifetime.ping_5th != STATISTICS_UNKNOWN, samples >= 20);
        assert_int_equal(message.lifetime.ping_95th != STATISTICS_UNKNOWN, samples >= 20);
        assert_int_equal(message.lifetime.ping_98th != STATISTICS_UNKNOWN, samples >= 50);
        if (samples == 60) {
            assert_in_range(message.lifetime.ping_5th, 3, 5);
            assert_in_range(message.lifetime.ping_50th, 30, 31);
            assert_in_range(message.lifetime.ping_75th, 45, 46);
            assert_in_range(message.lifetime.ping_95th, 57, 58);
            assert_in_range(message.lifetime.ping_98th, 58, 60);
        }
    }
    for (int i = 0; i < 20; i++) {
        struct statistics_message message;

        arrive_many(9 + i);
        arrive(highest + 2);
        end_interval();
        statistics_message_clear(&message);
        statistics_meter_fill(&meter, &statistics, CARRIED_LIFETIME, now, &message);
        assert_int_equal(message.lifetime.quality_50th != STATISTICS_UNKNOWN, i + 1 >= 2);
        assert_int_equal(message.lifetime.quality_25th != STATISTICS_UNKNOWN, i + 1 >= 4);
        assert_int_equal(message.lifetime.quality_5th != STATISTICS_UNKNOWN, i + 1 >= 20);
        assert_true(message.lifetime.quality_2nd == STATISTICS_UNKNOWN);
        if (i + 1 == 20) {
            assert_in_range(message.lifetime.quality_5th, 90, 92);
            assert_in_range(message.lifetime.quality_50th, 94, 96);
            assert_true(message.lifetime.quality_5th <= message.lifetime.quality_25th);
        }
    }
}

/* Everything that can be said fits into the blob. */
static void test_largest_blob(void **state)
{
    struct statistics_message message;
    uint8_t blob[STATISTICS_BLOB_MAXIMUM];

    (void)state;
    memset(&statistics, 0x7f, sizeof statistics);
    statistics.connected_at = 1;
    statistics.lost_fraction = statistics.weird_fraction = 1;
    statistics.packets_sent_per_second = statistics.bytes_sent_per_second = 1e15f;
    statistics.packets_received_per_second = statistics.bytes_received_per_second = 1e15f;
    for (int i = 0; i < 1000; i++)
        statistics_meter_ping(&meter, &statistics, 2000);
    for (int i = 0; i < 101; i++)
        meter.quality_count[i] = 1000;
    statistics_message_clear(&message);
    statistics_meter_fill(&meter, &statistics, CARRIED_INSTANTANEOUS | CARRIED_LIFETIME, INT64_MAX / 2, &message);
    message.flags = STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE;
    assert_true(statistics_message_encode(&message, blob, sizeof blob) > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fresh, begin),          cmocka_unit_test_setup(test_quiet, begin),
        cmocka_unit_test_setup(test_rates, begin),          cmocka_unit_test_setup(test_loss, begin),
        cmocka_unit_test_setup(test_weird_packets, begin),  cmocka_unit_test_setup(test_quality_samples, begin),
        cmocka_unit_test_setup(test_dead_interval, begin),  cmocka_unit_test_setup(test_jitter, begin),
        cmocka_unit_test_setup(test_ping_histogram, begin), cmocka_unit_test_setup(test_instantaneous_timeline, begin),
        cmocka_unit_test_setup(test_idle, begin),           cmocka_unit_test_setup(test_lifetime_timeline, begin),
        cmocka_unit_test_setup(test_figures, begin),        cmocka_unit_test_setup(test_percent_is_bounded, begin),
        cmocka_unit_test_setup(test_percentiles, begin),    cmocka_unit_test_setup(test_largest_blob, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
