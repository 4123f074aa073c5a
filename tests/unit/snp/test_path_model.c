/* What acknowledgements tell of a path (snp/path_model.h). */
#include "engine.h"

#include "snp/path_model.h"

enum { FLOOR = 50 * 1000, PACKET = 1300 };

static struct congestion_report report_of(microseconds now, microseconds round_trip, int64_t bytes,
                                          microseconds interval, int64_t delivered)
{
    return (struct congestion_report){
        .now = now,
        .round_trip = round_trip,
        .sent_at = now - round_trip,
        .rate = {.bytes = bytes,
                 .interval = interval,
                 .delivered = delivered,
                 .prior_delivered = delivered - bytes,
                 .sent_from = now - round_trip - interval},
    };
}

/* Notes reports for a while, one each millisecond; returns how many rounds they made. */
static int run(struct path_model *path, microseconds *now, int count, const microseconds *round_trips, int kinds)
{
    int rounds = 0;

    for (int i = 0; i < count; i++) {
        struct congestion_report report;

        *now += MILLISECOND;
        report = report_of(*now, round_trips[i % kinds], 50 * PACKET, FLOOR, *now / MILLISECOND * PACKET);
        if (path_model_note(path, &report) & PATH_ROUND) {
            rounds++;
            path_model_next_round(path, report.rate.delivered);
        }
    }
    return rounds;
}

static void test_floor_and_rounds(void **state)
{
    struct path_model path;
    microseconds now = SECOND;
    const microseconds steady[] = {FLOOR}, queue[] = {FLOOR + 20 * MILLISECOND};
    int rounds;

    (void)state;
    path_model_init(&path, 80 * MILLISECOND, now);
    assert_int_equal(path_floor(&path), 80 * MILLISECOND); /* the hint */
    rounds = run(&path, &now, 500, steady, 1);
    assert_true(rounds >= 8 && rounds <= 11);
    assert_int_equal(path_floor(&path), FLOOR);
    assert_int_equal(path_standing_queue(&path), 0);
    run(&path, &now, 500, queue, 1);
    assert_int_equal(path_floor(&path), FLOOR);
    assert_int_equal(path_standing_queue(&path), 20 * MILLISECOND);
    assert_true(path.noise < MILLISECOND);
    /* Half a BDP of packets in half a round trip each. */
    assert_true(path_bandwidth(&path) > 1.29e6 && path_bandwidth(&path) < 1.31e6);
}

/* Round trips that differ from one to the next are noise; it is forgotten when they do not any more. */
static void test_noise(void **state)
{
    struct path_model path;
    microseconds now = SECOND;
    const microseconds uneven[] = {FLOOR, FLOOR + 20 * MILLISECOND, FLOOR + 5 * MILLISECOND, FLOOR + 14 * MILLISECOND};
    const microseconds steady[] = {FLOOR};

    (void)state;
    path_model_init(&path, -1, now);
    run(&path, &now, 500, uneven, 4);
    assert_true(path.noise > 4 * MILLISECOND && path_noise_margin(&path) > path.noise);
    run(&path, &now, 4000, steady, 1);
    assert_true(path.noise < MILLISECOND / 2);
}

static void test_cycles(void **state)
{
    struct path_model path;
    struct congestion_report report = report_of(SECOND, FLOOR, 100 * PACKET, FLOOR, 100 * PACKET);
    double best;

    (void)state;
    path_model_init(&path, FLOOR, 0);
    path_model_note(&path, &report);
    best = path_bandwidth(&path);
    assert_true(best > 2.5e6);
    path_model_next_cycle(&path, 1e9);
    assert_true(path_bandwidth(&path) == best); /* the cycle before still counts */
    path_model_next_cycle(&path, 1e9);
    assert_true(path_bandwidth(&path) == 0);
    path_model_note(&path, &report);
    path_model_forget(&path, 1e6);
    assert_true(path_bandwidth(&path) == 1e6);
}

/* What the application limited counts only if it is more than what is believed. */
static void test_limited_samples(void **state)
{
    struct path_model path;
    struct congestion_report full = report_of(SECOND, FLOOR, 100 * PACKET, FLOOR, 100 * PACKET);
    struct congestion_report limited = report_of(2 * SECOND, FLOOR, 10 * PACKET, FLOOR, 110 * PACKET);
    double best;

    (void)state;
    path_model_init(&path, FLOOR, 0);
    path_model_note(&path, &full);
    best = path_bandwidth(&path);
    limited.rate.application_limited = true;
    path_model_note(&path, &limited);
    assert_true(path_bandwidth(&path) == best);
    limited.rate.bytes = 200 * PACKET;
    path_model_note(&path, &limited);
    assert_true(path_bandwidth(&path) > 1.9 * best);
}

/* Only packets that left slower than the path tell what it loses by itself; late ones were not lost. */
static void test_own_loss(void **state)
{
    struct path_model path;
    int64_t delivered = 0;

    (void)state;
    path_model_init(&path, FLOOR, 0);
    for (int i = 1; i <= 20; i++) {
        struct congestion_report report = report_of(i * FLOOR, FLOOR, 97 * PACKET, FLOOR, delivered += 97 * PACKET);

        report.fates[PATH_QUIET] = (struct congestion_fate){97 * PACKET, 3 * PACKET};
        report.fates[PATH_ORDINARY] = (struct congestion_fate){50 * PACKET, 50 * PACKET};
        path_model_note(&path, &report);
        path_model_next_round(&path, delivered - 97 * PACKET);
    }
    assert_true(path_loss_known(&path));
    assert_true(path_loss(&path) > 0.025 && path_loss(&path) < 0.035);
    assert_true(fate_loss(&(struct congestion_fate){10, -5}) == 0);
}

static void test_what_tells_nothing(void **state)
{
    struct path_model path;
    struct congestion_report report;

    (void)state;
    path_model_init(&path, 80 * MILLISECOND, SECOND);
    /* Before the first round nobody knows of a queue. */
    assert_int_equal(path_standing_queue(&path), 0);
    report = report_of(2 * SECOND, FLOOR, 50 * PACKET, FLOOR, 100 * PACKET);
    path_model_note(&path, &report);
    assert_true(path_bandwidth(&path) > 0);
    /* Too little time for what came: a bunch of packets says nothing of the rate. */
    report = report_of(3 * SECOND, FLOOR, 50 * PACKET, FLOOR / 2 - 1, 200 * PACKET);
    path_model_note(&path, &report);
    assert_true(path_bandwidth(&path) == 50.0 * PACKET * 1e6 / FLOOR);
    report = report_of(4 * SECOND, FLOOR, 50 * PACKET, FLOOR / 2, 300 * PACKET);
    path_model_note(&path, &report);
    assert_true(path_bandwidth(&path) == 50.0 * PACKET * 2e6 / FLOOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_floor_and_rounds), cmocka_unit_test(test_noise),
        cmocka_unit_test(test_cycles),           cmocka_unit_test(test_limited_samples),
        cmocka_unit_test(test_own_loss),         cmocka_unit_test(test_what_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
