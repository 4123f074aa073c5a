/* The token bucket of protocol 16.5. */
#include "engine.h"

#include "snp/pacer.h"

enum { RATE = SEND_RATE_DEFAULT, PACKET = 1300 };

static void test_burst_and_debt(void **state)
{
    struct pacer pacer;
    microseconds ready;

    (void)state;
    pacer_init(&pacer, RATE, SECOND);
    assert_true(pacer_admits(&pacer, SECOND));
    pacer_spend(&pacer, PACKET, SECOND);
    assert_false(pacer_admits(&pacer, SECOND)); /* in debt by one packet at most */
    ready = pacer_ready_at(&pacer, SECOND);
    assert_true(ready > SECOND);

    /* What it says is enough, and not by much; asking later does not put it off. */
    assert_true(pacer_ready_at(&pacer, SECOND + 100) == ready);
    assert_true(pacer_ready_at(&pacer, ready + 5) == ready + 5);
    assert_true(pacer_admits(&pacer, ready));
    assert_true(pacer_ready_at(&pacer, ready) == ready);
    assert_true(ready - SECOND < 2 * MILLISECOND);
}

static void test_idle_tokens_are_cut(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, RATE, 0);
    pacer_advance(&pacer, MINUTE);
    assert_true(pacer.tokens == PACING_BURST);
    /* The same if somebody asks: nobody was kept waiting. */
    assert_true(pacer_admits(&pacer, 2 * MINUTE));
    assert_true(pacer.tokens == PACING_BURST);
    /* The tokens of one who waits and wakes up late are kept, for a while. */
    pacer_spend(&pacer, PACING_BURST + 1, 2 * MINUTE);
    assert_false(pacer_admits(&pacer, 2 * MINUTE));
    assert_true(pacer_admits(&pacer, 2 * MINUTE + 20 * MILLISECOND));
    assert_true(pacer.tokens > RATE / 51.0);
    pacer_spend(&pacer, PACKET, 2 * MINUTE + 20 * MILLISECOND);
    assert_true(pacer_admits(&pacer, 2 * MINUTE + 20 * MILLISECOND));
    assert_true(pacer.tokens > RATE / 51.0 - PACKET); /* not cut in the middle of catching up */
    pacer_spend(&pacer, 100000, 2 * MINUTE + 20 * MILLISECOND);
    assert_false(pacer_admits(&pacer, 2 * MINUTE + 20 * MILLISECOND));
    assert_true(pacer_admits(&pacer, 3 * MINUTE));
    assert_true(pacer.tokens <= (double)RATE * PACER_CATCH_UP_US / 1e6);
}

static void test_clock_standing_still(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, RATE, SECOND);
    pacer_spend(&pacer, 5000, SECOND);
    double tokens = pacer.tokens;
    pacer_advance(&pacer, SECOND);
    pacer_advance(&pacer, SECOND / 2);
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
    pacer_spend(&pacer, PACKET, 0);
    assert_true(pacer_ready_at(&pacer, 0) >= 52 * SECOND);
}

/* A change of rate does not count for the time before it. */
static void test_change_of_rate(void **state)
{
    struct pacer pacer;

    (void)state;
    pacer_init(&pacer, 1000, 0);
    pacer_spend(&pacer, PACING_BURST + 10000, 0);
    pacer_set_rate(&pacer, 1000000, SECOND);
    assert_true(pacer.tokens == -9000);
    assert_true(pacer_admits(&pacer, SECOND + 9 * MILLISECOND));
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
                while (pacer_admits(&pacer, now)) {
                    pacer_spend(&pacer, PACKET, now);
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
