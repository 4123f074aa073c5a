/* The timelines of protocol 17.2 to 17.4: replies, pings, keepalives, and when a peer counts as gone. */
#include "ends.h"

#include "conn/liveness.h"

enum { TIMEOUT = TIMEOUT_CONNECTED_MS * 1000 };

static void test_reply_deadlines(void **state)
{
    static const struct {
        int worst_ping_ms;
        bool may_delay;
        microseconds wait;
    } cases[] = {
        {-1, false, 1250 * MILLISECOND},  {-1, true, 1450 * MILLISECOND},   {0, false, 250 * MILLISECOND},
        {0, true, 450 * MILLISECOND},     {100, false, 450 * MILLISECOND},  {499, false, 1248 * MILLISECOND},
        {600, false, 1250 * MILLISECOND}, {2000, true, 1450 * MILLISECOND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct liveness liveness;

        liveness_init(&liveness, false, SECOND);
        liveness_reply_expected(&liveness, cases[i].worst_ping_ms, cases[i].may_delay, SECOND);
        assert_true(liveness.reply_deadline == SECOND + cases[i].wait);
        /* Whatever else is sent meanwhile does not put it off. */
        liveness_reply_expected(&liveness, 2000, true, 2 * SECOND);
        assert_true(liveness.reply_deadline == SECOND + cases[i].wait);
        liveness_packet_received(&liveness, SECOND + 1);
        assert_true(liveness.reply_deadline == TIME_NEVER);
    }
}

static void test_pings_while_overdue(void **state)
{
    struct liveness liveness;
    microseconds now = SECOND;

    (void)state;
    liveness_init(&liveness, false, now);
    liveness_packet_received(&liveness, now);
    liveness_reply_expected(&liveness, 0, false, now);
    assert_false(liveness_ping_due(&liveness, now));
    now += 250 * MILLISECOND;
    liveness_tick(&liveness, now - 1);
    assert_false(liveness_ping_due(&liveness, now));
    for (int i = 1; i <= 5; i++) {
        assert_true(liveness_deadline(&liveness, TIMEOUT) <= now);
        liveness_tick(&liveness, now);
        assert_int_equal(liveness.reply_timeouts, i);
        assert_true(liveness_ping_due(&liveness, now));
        liveness_ping_sent(&liveness, now);
        assert_false(liveness_ping_due(&liveness, now));
        assert_true(liveness_deadline(&liveness, TIMEOUT) == now + 200 * MILLISECOND);
        now += 200 * MILLISECOND;
    }
    liveness_packet_received(&liveness, now);
    assert_int_equal(liveness.reply_timeouts, 0);
    assert_false(liveness_ping_due(&liveness, now));
}

/* One that has asked for a connection and was never heard since is not pinged five times a second. */
static void test_unheard_peer(void **state)
{
    struct liveness liveness;
    microseconds now = 0, last_ping = 0, wait = 200 * MILLISECOND;
    int pings = 0;

    (void)state;
    liveness_init(&liveness, false, now);
    while (!liveness_timed_out(&liveness, MINUTE, now)) {
        now = liveness_deadline(&liveness, MINUTE);
        liveness_tick(&liveness, now);
        if (liveness_keepalive_due(&liveness, now))
            liveness_reply_expected(&liveness, -1, true, now);
        if (!liveness_ping_due(&liveness, now))
            continue;
        if (pings++ > 0) {
            assert_int_equal(now - last_ping, wait);
            wait *= 2;
        }
        last_ping = now;
        liveness_ping_sent(&liveness, now);
    }
    assert_in_range(pings, TIMEOUT_REPLIES_MISSING, 9);
    /* Whoever connected has heard the other end's consent. */
    liveness_init(&liveness, true, now);
    liveness_reply_expected(&liveness, 0, false, now);
    for (int i = 0; i < 5; i++) {
        microseconds due = liveness.reply_deadline;

        liveness_tick(&liveness, due);
        liveness_ping_sent(&liveness, due);
        assert_int_equal(liveness.reply_deadline - due, 200 * MILLISECOND);
    }
}

/* A peer that vanishes. `outstanding`: reliable data is on its way. Returns when it is given up. */
static microseconds give_up(bool outstanding, int ping_ms, microseconds timeout)
{
    struct liveness liveness;
    microseconds now = 0, last_ping = 0;
    int pings = 0, keepalives = 0;

    liveness_init(&liveness, false, now);
    liveness_packet_received(&liveness, now);
    if (outstanding)
        liveness_reply_expected(&liveness, ping_ms, true, now);
    while (!liveness_timed_out(&liveness, timeout, now)) {
        microseconds next = liveness_deadline(&liveness, timeout);

        assert_true(next > now && next < MINUTE);
        now = next;
        liveness_tick(&liveness, now);
        if (liveness_ping_due(&liveness, now)) {
            assert_true(pings == 0 || now - last_ping == 200 * MILLISECOND);
            last_ping = now;
            pings++;
            liveness_ping_sent(&liveness, now);
            liveness_reply_expected(&liveness, ping_ms, false, now);
        } else if (liveness_keepalive_due(&liveness, now)) {
            keepalives++;
            assert_true(now == 9500 * MILLISECOND);
            liveness_ack_requested(&liveness, now);
            liveness_reply_expected(&liveness, ping_ms, true, now);
        }
    }
    assert_int_equal(keepalives, outstanding ? 0 : 1);
    assert_true(pings >= TIMEOUT_REPLIES_MISSING);
    return now;
}

static void test_vanished_peer(void **state)
{
    (void)state;
    /* Idle: 9.5 s to the keepalive, the reply deadline, 10 s more. */
    assert_true(give_up(false, -1, TIMEOUT) == 20950 * MILLISECOND);
    assert_true(give_up(false, 0, TIMEOUT) == 19950 * MILLISECOND);
    /* With data outstanding the clock starts at its reply deadline. */
    assert_true(give_up(true, 0, TIMEOUT) == 10450 * MILLISECOND);
    assert_true(give_up(true, 25, TIMEOUT) == 10500 * MILLISECOND);
    /* A short timeout still waits for four missing replies. */
    assert_true(give_up(true, 0, 1) == 450 * MILLISECOND + 3 * 200 * MILLISECOND);
}

/* Silence alone starts nothing, and a packet starts everything over. */
static void test_silence_and_sound(void **state)
{
    struct liveness liveness;

    (void)state;
    liveness_init(&liveness, false, 0);
    assert_false(liveness_timed_out(&liveness, TIMEOUT, 100 * SECOND));
    assert_false(liveness_keepalive_due(&liveness, 9500 * MILLISECOND - 1));
    assert_true(liveness_keepalive_due(&liveness, 9500 * MILLISECOND));
    liveness_packet_received(&liveness, 9 * SECOND);
    assert_false(liveness_keepalive_due(&liveness, 18 * SECOND));
    assert_true(liveness_deadline(&liveness, TIMEOUT) == 18500 * MILLISECOND);
    /* No keepalive while a reply is awaited anyway. */
    liveness_reply_expected(&liveness, 0, false, 19 * SECOND);
    assert_false(liveness_keepalive_due(&liveness, 19 * SECOND));
}

/* Keepalives of many connections meet; those of the two ends of one do not. */
static void test_keepalives_gather(void **state)
{
    struct liveness first, second;

    (void)state;
    for (microseconds heard = SECOND + 1; heard <= SECOND + KEEPALIVE_GRID_MS * MILLISECOND; heard += 997) {
        const microseconds grid = KEEPALIVE_GRID_MS * MILLISECOND;
        microseconds due = 11 * SECOND - grid;

        liveness_init(&first, false, heard);
        liveness_init(&second, true, heard);
        assert_true(liveness_deadline(&first, TIMEOUT) == due);
        assert_false(liveness_keepalive_due(&first, due - 1));
        assert_true(liveness_keepalive_due(&first, due));
        assert_true(liveness_deadline(&second, TIMEOUT) == due + grid);
        assert_false(liveness_keepalive_due(&second, due + grid - 1));
        assert_true(liveness_keepalive_due(&second, due + grid));
    }
}

static void test_tracer(void **state)
{
    struct liveness liveness;

    (void)state;
    liveness_init(&liveness, false, SECOND);
    assert_false(liveness_tracer_due(&liveness, 0, 8 * SECOND));
    assert_true(liveness_tracer_due(&liveness, 0, 8 * SECOND + 1));
    assert_false(liveness_tracer_due(&liveness, 5 * SECOND, 12 * SECOND)); /* a sample counts like a request */
    liveness_ack_requested(&liveness, 9 * SECOND);
    assert_false(liveness_tracer_due(&liveness, 5 * SECOND, 16 * SECOND));
    assert_true(liveness_tracer_due(&liveness, 5 * SECOND, 16 * SECOND + 1));
}

/* A stream that breaks off is asked about sooner, once, and by a watchful end only. */
static void test_watchful(void **state)
{
    (void)state;
    for (int watchful = 0; watchful <= 1; watchful++) {
        const microseconds early = KEEPALIVE_EARLY_MS * MILLISECOND, grid = KEEPALIVE_GRID_MS * MILLISECOND;
        microseconds now = 100 * SECOND; /* on the grid, and so is all that follows */
        struct liveness liveness;

        liveness_init(&liveness, true, now);
        liveness.watchful = watchful;
        for (int i = 0; i < 7; i++)
            liveness_packet_received(&liveness, now += 750 * MILLISECOND);
        /* A few make no stream. */
        assert_int_equal(liveness_deadline(&liveness, 10 * SECOND), now + 10 * SECOND - early + grid);
        liveness_packet_received(&liveness, now += 750 * MILLISECOND);
        assert_int_equal(liveness_deadline(&liveness, 10 * SECOND),
                         now + (watchful ? 4 * SECOND : 10 * SECOND - early) + grid);
        assert_false(liveness_keepalive_due(&liveness, now + 4 * SECOND + grid - 1));
        assert_int_equal(liveness_keepalive_due(&liveness, now + 4 * SECOND + grid), watchful);
        liveness_packet_received(&liveness, now += 4 * SECOND); /* the answer */
        liveness_packet_received(&liveness, now += 250 * MILLISECOND);
        assert_int_equal(liveness_deadline(&liveness, 10 * SECOND), now + 10 * SECOND - early + grid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reply_deadlines),
        cmocka_unit_test(test_pings_while_overdue),
        cmocka_unit_test(test_vanished_peer),
        cmocka_unit_test(test_unheard_peer),
        cmocka_unit_test(test_silence_and_sound),
        cmocka_unit_test(test_keepalives_gather),
        cmocka_unit_test(test_tracer),
        cmocka_unit_test(test_watchful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
