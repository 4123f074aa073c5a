/* Smoothing of round-trip samples as protocol 17.1 has it, and the timeouts of 16.3. */
#include "engine.h"

#include "snp/round_trip.h"

static void test_without_samples(void **state)
{
    struct round_trip rt;

    (void)state;
    round_trip_init(&rt);
    assert_int_equal(rt.smoothed_ms, -1);
    assert_int_equal(round_trip_worst_ms(&rt), -1);
    assert_true(round_trip_retransmit_timeout(&rt) == SECOND);
}

static void test_first_three_samples(void **state)
{
    struct round_trip rt;

    (void)state;
    round_trip_init(&rt);
    assert_true(round_trip_sample(&rt, 40 * MILLISECOND, 1));
    assert_int_equal(rt.smoothed_ms, 40);
    assert_true(round_trip_retransmit_timeout(&rt) == 180 * MILLISECOND);
    /* At once: slots that are empty are filled without waiting. */
    assert_true(round_trip_sample(&rt, 90 * MILLISECOND, 1));
    assert_int_equal(rt.smoothed_ms, 40);
    assert_true(round_trip_sample(&rt, 51 * MILLISECOND, 1));
    assert_int_equal(rt.smoothed_ms, 45); /* (40 + 51) / 2, rounded down */
    assert_int_equal(round_trip_worst_ms(&rt), 90);
    assert_true(rt.last_sample_at == 1);
}

static void test_slots(void **state)
{
    struct round_trip rt;
    microseconds now = SECOND;

    (void)state;
    round_trip_init(&rt);
    for (int i = 0; i < 3; i++)
        assert_true(round_trip_sample(&rt, 50 * MILLISECOND, now));
    /* Within 100 ms the newest slot is only lowered. */
    assert_true(round_trip_sample(&rt, 80 * MILLISECOND, now + 99 * MILLISECOND));
    assert_int_equal(round_trip_worst_ms(&rt), 50);
    assert_true(round_trip_sample(&rt, 30 * MILLISECOND, now + 99 * MILLISECOND));
    assert_int_equal(rt.sample_ms[0], 30);
    assert_int_equal(rt.smoothed_ms, 40);
    /* Lowering does not restart the 100 ms. */
    assert_true(round_trip_sample(&rt, 80 * MILLISECOND, now + 100 * MILLISECOND));
    assert_int_equal(rt.sample_ms[0], 80);
    assert_int_equal(rt.sample_ms[1], 30);
    assert_int_equal(rt.sample_ms[2], 50);
}

static void test_implausible_samples(void **state)
{
    static const microseconds refused[] = {-2 * MILLISECOND,   -SECOND,   2001 * MILLISECOND, 10 * SECOND,
                                           4294967296000 + 20, INT64_MAX, INT64_MIN};
    struct round_trip rt;

    (void)state;
    round_trip_init(&rt);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(round_trip_sample(&rt, refused[i], SECOND));
    assert_int_equal(rt.sample_count, 0);
    assert_true(round_trip_sample(&rt, -MILLISECOND, SECOND));
    assert_int_equal(rt.smoothed_ms, 0);
    assert_true(round_trip_sample(&rt, 2000 * MILLISECOND, SECOND));
    assert_int_equal(round_trip_worst_ms(&rt), 2000);
    assert_true(rt.minimum_us == 0);
    assert_true(rt.precise_us >= 0);
}

static void test_rounding(void **state)
{
    struct round_trip rt;

    (void)state;
    round_trip_init(&rt);
    assert_true(round_trip_sample(&rt, 499, SECOND));
    assert_int_equal(rt.sample_ms[0], 0);
    assert_true(round_trip_sample(&rt, 500, SECOND));
    assert_int_equal(rt.sample_ms[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_samples), cmocka_unit_test(test_first_three_samples),
        cmocka_unit_test(test_slots),           cmocka_unit_test(test_implausible_samples),
        cmocka_unit_test(test_rounding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
