/* What SendRateMin and SendRateMax mean, and the fixed rate (snp/congestion.h). */
#include "engine.h"

#include "snp/congestion.h"
#include "snp/pacer.h"

static struct congestion_limits limits_of(int32_t lowest, int32_t highest)
{
    struct transport_config config = {.send_rate_min = lowest, .send_rate_max = highest};

    return congestion_limits_of(&config);
}

static void expect(int32_t lowest, int32_t highest, int64_t understood_lowest, int64_t understood_highest, bool fixed)
{
    struct congestion_limits limits = limits_of(lowest, highest);

    assert_int_equal(limits.lowest, understood_lowest);
    assert_int_equal(limits.highest, understood_highest);
    assert_int_equal(limits.fixed, fixed);
}

static void test_limits(void **state)
{
    (void)state;
    expect(262144, 262144, 262144, 262144, true); /* the defaults */
    expect(0, 0, 0, 0, false);
    expect(SEND_RATE_NO_LIMIT, SEND_RATE_NO_LIMIT, 0, 0, false);
    expect(SEND_RATE_NO_LIMIT - 1, SEND_RATE_NO_LIMIT - 1, SEND_RATE_NO_LIMIT - 1, SEND_RATE_NO_LIMIT - 1, true);
    expect(0, 1000000, 0, 1000000, false);
    expect(1000000, 0, 1000000, 0, false);
    expect(100000, 1000000, 100000, 1000000, false);
    expect(1000000, 100000, 1000000, 1000000, true); /* contradiction: the lower limit counts */
}

static void test_fixed(void **state)
{
    struct congestion congestion;
    struct congestion_limits limits = limits_of(8000000, 8000000);

    (void)state;
    congestion_fixed_init(&congestion, &limits);
    assert_int_equal(congestion.rate, 8000000);
    assert_int_equal(congestion.allowance, INT64_MAX);
    /* A network that loses everything changes nothing. */
    congestion.controller->timed_out(&congestion, 5, 1000000, SECOND);
    congestion.controller->acknowledged(
        &congestion, &(struct congestion_report){.now = SECOND, .fates = {{0, 1000000}}, .round_trip = SECOND});
    assert_int_equal(congestion.rate, 8000000);
    congestion_destroy(&congestion);
}

/* What is made up for fits a socket buffer of 208 KB, the kernel's usual limit, at every rate below 200 MB/s. */
static void test_catch_up(void **state)
{
    static const int64_t rates[] = {1024, 262144, 8000000, 60000000, 200000000};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct congestion congestion;
        struct congestion_limits limits = limits_of((int32_t)rates[i], (int32_t)rates[i]);

        congestion_fixed_init(&congestion, &limits);
        assert_true(congestion.catch_up >= MILLISECOND && congestion.catch_up <= PACER_CATCH_UP_US);
        assert_true(congestion.catch_up * rates[i] / SECOND <= 208 * 1024);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_catch_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
