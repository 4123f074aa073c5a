/* The token bucket of protocol 16.5. */
#include "engine.h"

#include "snp/pacer.h"

enum { RATE = SEND_RATE_DEFAULT, PACKET = 1300 };

static void test_burst_and_debt(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, RATE, SECOND);
    assert_true(pacer_allows(&pacer));
    pacer_spend(&pacer, PACKET);
    assert_false(pacer_allows(&pacer)); /* in debt by one packet at most */
    assert_true(pacer_ready_at(&pacer, SECOND) > SECOND);

    /* What it says is enough, and not by much. */
    microseconds ready = pacer_ready_at(&pacer, SECOND);
    assert_true(pacer_ready_at(&pacer, SECOND + 100) == ready); /* asking later does not put it off */
    assert_true(pacer_ready_at(&pacer, ready + 5) == ready + 5);
    pacer_advance(&pacer, true, ready);
    assert_true(pacer_allows(&pacer));
    assert_true(pacer_ready_at(&pacer, ready) == ready);
    assert_true(ready - SECOND < 2 * MILLISECOND);
}

static void test_idle_tokens_are_cut(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, RATE, 0);
    pacer_advance(&pacer, false, 60 * SECOND);
    assert_true(pacer.tokens == PACER_IDLE_BURST);
    /* While data waits, tokens of a late wake-up are kept, for a while. */
    pacer_advance(&pacer, true, 60 * SECOND + 20 * MILLISECOND);
    assert_true(pacer.tokens > PACER_IDLE_BURST + RATE / 51.0);
    pacer_advance(&pacer, true, 120 * SECOND);
    assert_true(pacer.tokens <= (double)RATE * PACER_CATCH_UP_US / 1e6);
    pacer_advance(&pacer, false, 120 * SECOND);
    assert_true(pacer.tokens == PACER_IDLE_BURST);
}

static void test_clock_standing_still(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, RATE, SECOND);
    pacer_spend(&pacer, 5000);
    double tokens = pacer.tokens;
    pacer_advance(&pacer, true, SECOND);
    pacer_advance(&pacer, true, SECOND / 2);
    assert_true(pacer.tokens == tokens);
}

static void test_useless_rates(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, 0, 0);
    assert_true(pacer.rate == 1);
    pacer_set_rate(&pacer, -5, 0);
    assert_true(pacer.rate == 1);
    pacer_spend(&pacer, PACKET);
    assert_true(pacer_ready_at(&pacer, 0) >= 52 * SECOND);
}

/* A change of rate does not count for the time before it. */
static void test_change_of_rate(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, 1000, 0);
    pacer_spend(&pacer, PACER_IDLE_BURST + 10000);
    pacer_set_rate(&pacer, 1000000, SECOND);
    assert_true(pacer.tokens == -9000);
    pacer_advance(&pacer, true, SECOND + 9 * MILLISECOND);
    assert_true(pacer.tokens == 0);
}

/* A sender that always has data, woken when the pacer says or late, keeps to the rate. */
static void test_long_run(void **state)
{
    static const int64_t rates[] = {1024, 20000, RATE, 10 << 20, 100 << 20};

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        for (int late = 0; late < 2; late++) {
            struct random_generator random;
            struct pacer pacer;
            microseconds now = 0, end = 20 * SECOND;
            int64_t sent = 0, wakes = 0;
            double expected = (double)rates[r] * 20, allowance = (double)rates[r] * 0.06 + 2 * PACKET;

            random_generator_init(&random, r + 1);
            pacer_init(&pacer, rates[r], now);
            while (now < end) {
                pacer_advance(&pacer, true, now);
                while (pacer_allows(&pacer)) {
                    pacer_spend(&pacer, PACKET);
                    sent += PACKET;
                }
                assert_true(pacer_ready_at(&pacer, now) > now);
                now = pacer_ready_at(&pacer, now);
                if (late)
                    now += (microseconds)random_below(&random.source, 5 * MILLISECOND);
                wakes++;
            }
            assert_true((double)sent <= expected + allowance);
            assert_true((double)sent >= expected - allowance);
            assert_true(wakes <= 20 * SECOND / PACER_BATCH_US + sent / PACKET + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_debt),       cmocka_unit_test(test_idle_tokens_are_cut),
        cmocka_unit_test(test_clock_standing_still), cmocka_unit_test(test_useless_rates),
        cmocka_unit_test(test_change_of_rate),       cmocka_unit_test(test_long_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
