/* Simulated conditions on simulated time with fixed seeds: each condition has the effect that its config value
 * promises. */
#include "testing.h"

#include "net/impairment.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DATAGRAMS = 20000, SIZE = 1000 };

static const uint64_t seeds[] = {1, 2, 3, 17, 4711};

struct trial {
    struct impairment_settings settings;
    struct impairment_bucket bucket;
    struct impairment_path path;
    struct random_generator random;
    microseconds now;
};

static void trial_init(struct trial *trial, uint64_t seed)
{
    memset(trial, 0, sizeof(*trial));
    impairment_settings_default(&trial->settings);
    random_generator_init(&trial->random, seed);
    trial->now = 3000000 * SECOND;
}

static struct impairment_verdict judge(struct trial *trial)
{
    struct impairment_verdict verdict;

    memset(&verdict, 0xee, sizeof(verdict));
    impairment_judge(&trial->settings, &trial->settings.send, &trial->bucket, &trial->path, SIZE, trial->now,
                     &trial->random.source, &verdict);
    return verdict;
}

/* Within five standard deviations of a count that has this probability in each of DATAGRAMS cases. */
static void assert_share(uint64_t seed, int count, double probability)
{
    double mean = DATAGRAMS * probability, deviation = sqrt(DATAGRAMS * probability * (1 - probability));

    if (fabs(count - mean) > 5 * deviation + 1)
        fail_msg("seed %llu: %d instead of %.0f", (unsigned long long)seed, count, mean);
}

#define for_each_seed(trial)                                                                                           \
    for (size_t index = 0; index < sizeof(seeds) / sizeof(seeds[0]) && (trial_init(trial, seeds[index]), true); index++)

static void test_off_changes_nothing(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        for (int i = 0; i < 100; i++, trial.now += 10) {
            struct impairment_verdict verdict = judge(&trial);

            assert_int_equal(verdict.copies, 1);
            assert_int_equal(verdict.due[0], trial.now);
        }
    }
}

static void test_loss(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        int lost = 0;

        trial.settings.send.loss_percent = 12.5f;
        for (int i = 0; i < DATAGRAMS; i++)
            lost += judge(&trial).copies == 0;
        assert_share(seeds[index], lost, 0.125);
        trial.settings.send.loss_percent = 100;
        assert_int_equal(judge(&trial).copies, 0);
    }
}

static void test_lag_is_constant(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        trial.settings.send.lag_ms = 80;
        for (int i = 0; i < 100; i++, trial.now += 333)
            assert_int_equal(judge(&trial).due[0], trial.now + 80 * MILLISECOND);
    }
}

static void test_jitter_never_reorders(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        microseconds last = 0;
        int jittered = 0;

        trial.settings.send.jitter_average_ms = 10;
        trial.settings.send.jitter_maximum_ms = 40;
        trial.settings.send.jitter_percent = 30;
        trial.settings.send.lag_ms = 5;
        for (int i = 0; i < DATAGRAMS; i++, trial.now += 2 * MILLISECOND) {
            struct impairment_verdict verdict = judge(&trial);

            assert_true(verdict.due[0] >= last);
            assert_true(verdict.due[0] >= trial.now + 5 * MILLISECOND);
            assert_true(verdict.due[0] <= trial.now + 45 * MILLISECOND);
            jittered += verdict.due[0] > trial.now + 5 * MILLISECOND;
            last = verdict.due[0];
        }
        assert_true(jittered > DATAGRAMS * 3 / 10); /* the jittered ones and those that wait behind them */
    }
}

/* Far apart, so that none waits behind another: the distribution itself. */
static void test_jitter_distribution(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        double sum = 0;
        int none = 0, cut = 0;

        trial.settings.send.jitter_average_ms = 10;
        trial.settings.send.jitter_maximum_ms = 30;
        trial.settings.send.jitter_percent = 40;
        for (int i = 0; i < DATAGRAMS; i++, trial.now += SECOND) {
            microseconds jitter = judge(&trial).due[0] - trial.now;

            none += jitter == 0;
            cut += jitter == 30 * MILLISECOND;
            sum += (double)jitter;
        }
        assert_share(seeds[index], none, 0.6);
        assert_share(seeds[index], cut, 0.4 * exp(-3));
        /* the mean of an exponential that is cut off at three times its mean */
        assert_true(fabs(sum / DATAGRAMS - 0.4 * 10000 * (1 - exp(-3))) < 200);
    }
}

static void test_reorder_delays_some(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        int delayed = 0;

        trial.settings.send.reorder_percent = 5;
        for (int i = 0; i < DATAGRAMS; i++, trial.now += 100) {
            microseconds delay = judge(&trial).due[0] - trial.now;

            assert_true(delay == 0 || delay == 15 * MILLISECOND);
            delayed += delay != 0;
        }
        assert_share(seeds[index], delayed, 0.05);
    }
}

static void test_duplicates(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        int twice = 0;
        double sum = 0;

        trial.settings.send.duplicate_percent = 20;
        trial.settings.send.lag_ms = 7;
        for (int i = 0; i < DATAGRAMS; i++, trial.now += 100) {
            struct impairment_verdict verdict = judge(&trial);

            assert_int_equal(verdict.due[0], trial.now + 7 * MILLISECOND);
            if (verdict.copies == 2) {
                twice++;
                assert_in_range(verdict.due[1] - verdict.due[0], 0, 10 * MILLISECOND);
                sum += (double)(verdict.due[1] - verdict.due[0]);
            }
        }
        assert_share(seeds[index], twice, 0.2);
        assert_true(fabs(sum / twice - 5000) < 250);
    }
}

static void test_rate_limit(void **state)
{
    struct trial trial;

    (void)state;
    for_each_seed(&trial)
    {
        int passed = 0, burst = 0;

        trial.settings.send.rate_limit = 100000;
        trial.settings.send.rate_burst = 10000;
        while (judge(&trial).copies == 1)
            burst++;
        assert_int_equal(burst, 10); /* a full bucket, all at one time */
        /* twice what is allowed, for ten seconds */
        for (int i = 0; i < 2000; i++) {
            trial.now += 5 * MILLISECOND;
            passed += judge(&trial).copies;
        }
        assert_in_range(passed, 995, 1001);
        /* after a pause the bucket is full again and not fuller */
        trial.now += 3600 * SECOND;
        for (burst = 0; judge(&trial).copies == 1;)
            burst++;
        assert_int_equal(burst, 10);
    }
}

static void test_a_bucket_smaller_than_a_datagram_still_lets_some_through(void **state)
{
    struct trial trial;
    int passed = 0;

    (void)state;
    trial_init(&trial, 1);
    trial.settings.send.rate_limit = 10000;
    trial.settings.send.rate_burst = 100;
    for (int i = 0; i < 10000; i++, trial.now += MILLISECOND)
        passed += judge(&trial).copies;
    assert_in_range(passed, 95, 101);
}

static void test_same_seed_same_verdicts(void **state)
{
    struct trial a, b;

    (void)state;
    trial_init(&a, 42);
    a.settings.send = (struct impairment_direction_settings){.loss_percent = 10,
                                                             .lag_ms = 3,
                                                             .reorder_percent = 10,
                                                             .duplicate_percent = 10,
                                                             .rate_limit = 1000000,
                                                             .rate_burst = 5000,
                                                             .jitter_average_ms = 2,
                                                             .jitter_maximum_ms = 9,
                                                             .jitter_percent = 50};
    b = a; /* the generator's function pointer takes its state from its own address */
    for (int i = 0; i < 1000; i++) {
        struct impairment_verdict x = judge(&a), y = judge(&b);

        assert_int_equal(x.copies, y.copies);
        for (int k = 0; k < x.copies; k++)
            assert_int_equal(x.due[k], y.due[k]);
        a.now = b.now += 700;
    }
}

static void test_process_settings(void **state)
{
    struct impairment_settings settings, read;

    (void)state;
    impairment_get(&read);
    impairment_settings_default(&settings);
    assert_memory_equal(&settings, &read, sizeof(settings));
    assert_false(impairment_active());

    settings.receive.lag_ms = 1;
    impairment_set(&settings);
    assert_true(impairment_active());
    impairment_get(&read);
    assert_int_equal(read.receive.lag_ms, 1);

    impairment_settings_default(&settings);
    settings.reorder_ms = 100; /* without a percentage this is nothing */
    impairment_set(&settings);
    assert_false(impairment_active());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off_changes_nothing),
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_lag_is_constant),
        cmocka_unit_test(test_jitter_never_reorders),
        cmocka_unit_test(test_jitter_distribution),
        cmocka_unit_test(test_reorder_delays_some),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_rate_limit),
        cmocka_unit_test(test_a_bucket_smaller_than_a_datagram_still_lets_some_through),
        cmocka_unit_test(test_same_seed_same_verdicts),
        cmocka_unit_test(test_process_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
