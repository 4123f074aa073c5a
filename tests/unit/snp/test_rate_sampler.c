/* Delivery rates from acknowledgements (snp/rate_sampler.h). */
#include "engine.h"

#include "snp/rate_sampler.h"

enum { SIZE = 1000, ROUND_TRIP = 50 * 1000 };

struct sent {
    microseconds at;
    struct rate_mark mark;
    bool limited;
};

static void send(struct rate_sampler *sampler, struct sent *packet, bool first, microseconds now)
{
    packet->at = now;
    packet->limited = rate_sampler_sent(sampler, &packet->mark, first, now);
}

static struct rate_sample acknowledge(struct rate_sampler *sampler, const struct sent *packets, int from, int to,
                                      microseconds arrived_at)
{
    struct rate_gathering gathering = {.newest = 0};

    for (int i = from; i <= to; i++)
        rate_sampler_acknowledged(sampler, &gathering, i + 1, SIZE, packets[i].at, &packets[i].mark,
                                  packets[i].limited);
    return rate_sampler_finish(sampler, &gathering, arrived_at);
}

static double rate_of(const struct rate_sample *sample)
{
    return (double)sample->bytes * 1e6 / (double)sample->interval;
}

/* A packet each millisecond, acknowledged one by one: a megabyte a second. */
static void test_steady(void **state)
{
    struct rate_sampler sampler;
    struct sent packets[400];
    struct rate_sample sample = {.interval = 0};

    (void)state;
    rate_sampler_init(&sampler, 0);
    for (int i = 0; i < 400; i++) {
        send(&sampler, &packets[i], i == 0, i * MILLISECOND);
        if (i >= 50)
            sample = acknowledge(&sampler, packets, i - 50, i - 50, i * MILLISECOND);
    }
    assert_true(rate_of(&sample) > 0.98e6 && rate_of(&sample) < 1.02e6);
    assert_false(sample.application_limited);
    assert_int_equal(sample.delivered, 350 * SIZE);
    assert_int_equal(sample.prior_delivered + sample.bytes, sample.delivered);
}

/* Acknowledgements of many packets at once do not make it look faster. */
static void test_bunches(void **state)
{
    struct rate_sampler sampler;
    struct sent packets[600];
    double most = 0;

    (void)state;
    rate_sampler_init(&sampler, 0);
    for (int i = 0; i < 600; i++) {
        send(&sampler, &packets[i], i == 0, i * MILLISECOND);
        if (i >= 100 && i % 25 == 0) {
            struct rate_sample sample = acknowledge(&sampler, packets, i - 100, i - 76, i * MILLISECOND);

            if (i > 200 && rate_of(&sample) > most)
                most = rate_of(&sample);
        }
    }
    assert_true(most > 0.9e6 && most < 1.05e6);
}

/* Never more than was sent: what waited somewhere and arrives all at once is counted by the time of sending. */
static void test_compressed(void **state)
{
    struct rate_sampler sampler;
    struct sent packets[60];
    struct rate_sample sample;

    (void)state;
    rate_sampler_init(&sampler, 0);
    for (int i = 0; i < 60; i++)
        send(&sampler, &packets[i], i == 0, i * MILLISECOND);
    acknowledge(&sampler, packets, 0, 0, ROUND_TRIP);
    sample = acknowledge(&sampler, packets, 1, 59, ROUND_TRIP + 100);
    assert_true(rate_of(&sample) < 1.1e6);
}

static void test_application_limited(void **state)
{
    struct rate_sampler sampler;
    struct sent packets[4];

    (void)state;
    rate_sampler_init(&sampler, 0);
    send(&sampler, &packets[0], true, 0);
    assert_false(packets[0].limited);
    rate_sampler_application_limited(&sampler, SIZE);
    send(&sampler, &packets[1], false, MILLISECOND);
    assert_true(packets[1].limited);
    /* What was in flight then has arrived, and one more: the mark is gone. */
    acknowledge(&sampler, packets, 0, 1, ROUND_TRIP);
    send(&sampler, &packets[2], true, 2 * ROUND_TRIP);
    assert_false(packets[2].limited);
}

/* The silence before a packet that leaves alone is not counted. */
static void test_silence(void **state)
{
    struct rate_sampler sampler;
    struct sent packets[2];
    struct rate_sample sample;

    (void)state;
    rate_sampler_init(&sampler, 0);
    send(&sampler, &packets[0], true, 0);
    acknowledge(&sampler, packets, 0, 0, ROUND_TRIP);
    send(&sampler, &packets[1], true, MINUTE);
    sample = acknowledge(&sampler, packets, 1, 1, MINUTE + ROUND_TRIP);
    assert_int_equal(sample.bytes, SIZE);
    assert_int_equal(sample.interval, ROUND_TRIP);
}

/* A frame that acknowledges nothing new is no sample. */
static void test_nothing(void **state)
{
    struct rate_sampler sampler;
    struct rate_gathering gathering = {.newest = 0};
    struct rate_sample sample;

    (void)state;
    rate_sampler_init(&sampler, 0);
    sample = rate_sampler_finish(&sampler, &gathering, SECOND);
    assert_int_equal(sample.interval, 0);
    assert_int_equal(sample.prior_delivered, -1);
}

/* Marks have 32 bits: what lies before the newest arrival is no time, what lies long before is as long as they tell. */
static void test_marks_at_their_limits(void **state)
{
    struct rate_sampler sampler;
    struct rate_mark mark;
    const microseconds now = 10000 * SECOND;

    (void)state;
    rate_sampler_init(&sampler, now);
    /* The peer's delay was taken off, so that an arrival may lie ahead. */
    sampler.delivered_at = now + 10;
    rate_sampler_sent(&sampler, &mark, false, now);
    assert_int_equal(mark.since_delivered, 0);
    assert_int_equal(mark.since_first_sent, 0);
    rate_sampler_sent(&sampler, &mark, false, now + UINT32_MAX);
    assert_true(mark.since_delivered == UINT32_MAX - 10 && mark.since_first_sent == UINT32_MAX);
    rate_sampler_sent(&sampler, &mark, false, now + 2 * (microseconds)UINT32_MAX);
    assert_true(mark.since_delivered == UINT32_MAX && mark.since_first_sent == UINT32_MAX);
}

/* An acknowledgement that says that it waited longer than the packet was on its way: there is no sample. */
static void test_arrival_before_departure(void **state)
{
    struct rate_sampler sampler;
    struct sent packet;
    struct rate_sample sample;

    (void)state;
    rate_sampler_init(&sampler, SECOND);
    send(&sampler, &packet, true, 5 * SECOND);
    sampler.delivered_at = SECOND; /* of an acknowledgement that came late */
    sample = acknowledge(&sampler, &packet, 0, 0, 4 * SECOND);
    assert_true(sample.interval == 0);
    assert_true(sample.delivered == SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steady),
        cmocka_unit_test(test_bunches),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_application_limited),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_marks_at_their_limits),
        cmocka_unit_test(test_arrival_before_departure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
