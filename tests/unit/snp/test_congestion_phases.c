/*
 * The model-based controller's conclusions one by one: its state is set to what leads up to one of them, and one event
 * follows. That they add up to something good on real paths is seen in the simulator (tests/sim).
 */
#include "engine.h"

#include "snp/congestion_state.h"

enum { FLOOR = 40 * 1000 };

static const microseconds begun = 1000 * SECOND;
static const double believed = 4e6;

/* A connection that has met its path's rate and lowest round trip, and has nothing to complain about. */
static struct model *cruising(void)
{
    struct congestion *congestion =
        congestion_model_new(&(struct congestion_limits){.lowest = 0}, FLOOR, begun - 100 * SECOND);
    struct model *model;

    assert_non_null(congestion);
    model = model_of(congestion);
    model->phase = CONGESTION_CRUISE;
    model->phase_began = begun - 10 * FLOOR;
    model->phase_ends = TIME_NEVER;
    model->path.floor = model->path.last_low = model->path.last_high = FLOOR;
    model->path.floor_met = model->gone_at = model->confirmed = model->low_at = begun;
    model->path.best[0] = model->path.latest = model->kept_rate = believed;
    model->path.round_samples = ROUND_SAMPLES;
    model->path.latest_sent_from = begun;
    model->cruise_rounds = CRUISE_ROUNDS;
    model->full_since = begun - SECOND;
    model_decide(model);
    return model;
}

static void destroy(struct model *model)
{
    congestion_destroy(&model->base);
}

static void packet_leaves(struct model *model, microseconds now)
{
    model->base.controller->sent(&model->base, PACKET, PACKET, false, now);
}

static struct congestion_report heard(microseconds now, microseconds round_trip)
{
    return (struct congestion_report){.now = now, .round_trip = round_trip, .sent_at = now - FLOOR};
}

/* ---- probes ------------------------------------------------------------------------------------------------------ */

/* UP is over, has brought what it asked for, and its last packets are about to be heard of. */
static struct model *probed(int level)
{
    struct model *model = cruising();

    model->judging = true;
    model->level = level;
    model->probe_reference = FLOOR;
    model->probe_expected = 8 * MILLISECOND;
    model->probe_from = begun - 2 * FLOOR;
    model->probe_to = begun - FLOOR;
    model->probe_low = TIME_NEVER;
    model->probe_base = believed;
    model->probe_best = 2 * believed;
    model->probe_growth = 0.1;
    return model;
}

static void note(struct model *model, microseconds round_trip)
{
    struct congestion_report report = heard(begun, round_trip);

    model_note_probe(model, &report);
}

static void what_a_probe_finds(void **state)
{
    struct model *model = probed(0);

    (void)state;
    /* Without a round trip it has not been heard of yet. */
    note(model, -1);
    assert_true(model->judging);
    note(model, FLOOR);
    assert_int_equal(model->level, 1);
    assert_int_equal(model->phase, CONGESTION_UP);
    destroy(model);

    /* Nobody knows how the path was before: no conclusion. */
    model = probed(1);
    model->probe_reference = TIME_NEVER;
    note(model, FLOOR);
    assert_false(model->judging);
    assert_int_equal(model->level, 1);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    destroy(model);

    /* Nothing more was to be had, and there is a queue for it. */
    model = probed(2);
    model->probe_best = believed;
    note(model, FLOOR + 10 * MILLISECOND);
    assert_int_equal(model->level, 0);
    assert_int_equal(model->phase, CONGESTION_DOWN);
    destroy(model);
    /* It is being drained already. */
    model = probed(2);
    model->probe_best = believed;
    model->phase = CONGESTION_DRAIN;
    note(model, FLOOR + 10 * MILLISECOND);
    assert_int_equal(model->level, 0);
    assert_int_equal(model->phase, CONGESTION_DRAIN);
    destroy(model);
}

/* Round trips say nothing beside a competitor; but once more is enough. */
static void a_probe_beside_a_competitor(void **state)
{
    struct model *model = probed(0);

    (void)state;
    model->competitor = true;
    note(model, FLOOR + 60 * MILLISECOND);
    assert_int_equal(model->level, 1);
    assert_int_equal(model->phase, CONGESTION_UP);
    destroy(model);
    model = probed(1);
    model->competitor = true;
    note(model, FLOOR);
    assert_int_equal(model->level, 0);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    destroy(model);
}

static void probes_go_farther_beside_a_competitor(void **state)
{
    struct model *model = cruising();
    double alone = model_up_amplitude(model);

    (void)state;
    model->competitor = true;
    assert_true(model_up_amplitude(model) > alone + 0.1);
    destroy(model);
}

/* ---- rounds ------------------------------------------------------------------------------------------------------ */

static void end_round(struct model *model)
{
    struct congestion_report report = heard(begun, FLOOR);

    model_end_round(model, &report);
}

/* 1.2 % of a thousand packets. */
static void lose_a_little(struct model *model)
{
    model->path.quiet_arrived = 100.0 * PACKET;
    model->path.round[PATH_ORDINARY] = (struct congestion_fate){.arrived = 988 * PACKET, .lost = 12 * PACKET};
}

static void a_competitor_gives_way_to_little_loss(void **state)
{
    struct model *model = cruising();

    (void)state;
    lose_a_little(model);
    end_round(model);
    assert_true(model->ceiling > believed && model->flight_ceiling > 1e12);
    destroy(model);

    model = cruising();
    model->competitor = true;
    model->path.last_low = FLOOR + 50 * MILLISECOND; /* it is still there */
    lose_a_little(model);
    end_round(model);
    assert_true(model->competitor);
    /* Below what was delivered. */
    assert_true(model->ceiling < 0.9 * believed && model->ceiling > 0.8 * believed);
    assert_true(model->flight_ceiling < 1e12);
    destroy(model);

    /* Without a competitor much loss does not lower the rate below what was delivered. */
    model = cruising();
    model->path.quiet_arrived = 100.0 * PACKET;
    model->path.round[PATH_ORDINARY] = (struct congestion_fate){.arrived = 800 * PACKET, .lost = 200 * PACKET};
    end_round(model);
    assert_true(model->ceiling == believed);
    destroy(model);
}

static void a_competitor_goes_with_its_queue(void **state)
{
    struct model *model = cruising();

    (void)state;
    model->competitor = true;
    model->path.last_low = FLOOR + 50 * MILLISECOND;
    end_round(model);
    assert_true(model->competitor);
    model->path.last_low = FLOOR + QUEUE_GONE;
    end_round(model);
    assert_false(model->competitor);
    assert_true(model->competed_at == begun && model->looked_at == begun);
    destroy(model);
}

/* The next round, in which a queue of this length stood all the time. */
static void end_round_with_queue(struct model *model, microseconds queue)
{
    model->path.last_low = FLOOR + queue;
    model->path.round_samples = ROUND_SAMPLES;
    end_round(model);
}

static void a_standing_queue_is_drained(void **state)
{
    struct model *model = cruising();

    (void)state;
    end_round_with_queue(model, QUEUE_STANDING + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_DRAIN);
    destroy(model);

    /* Not if it is not this connection's: a competitor's, or one that LOOK did not find gone. */
    model = cruising();
    model->competitor = true;
    end_round_with_queue(model, QUEUE_STANDING + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    destroy(model);
    model = cruising();
    model->failed_looks = 1;
    end_round_with_queue(model, QUEUE_STANDING + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    destroy(model);
}

/* Where round trips vary by themselves several rounds have to agree, unless it is obvious. */
static void a_queue_in_noise(void **state)
{
    const microseconds noise = 3 * MILLISECOND, most = QUEUE_STANDING + 3 * noise;
    struct model *model = cruising();

    (void)state;
    model->path.noise = noise;
    for (int round = 1; round < NOISY_ROUNDS; round++) {
        end_round_with_queue(model, most + MILLISECOND);
        assert_int_equal(model->phase, CONGESTION_CRUISE);
    }
    /* One that does not agree, and it begins anew. */
    end_round_with_queue(model, most - MILLISECOND);
    for (int round = 1; round < NOISY_ROUNDS; round++)
        end_round_with_queue(model, most + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    end_round_with_queue(model, most + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_DRAIN);
    destroy(model);

    model = cruising();
    model->path.noise = noise;
    end_round_with_queue(model, 2 * most + MILLISECOND);
    assert_int_equal(model->phase, CONGESTION_DRAIN);
    destroy(model);
}

/* ---- patience, and LOOK ------------------------------------------------------------------------------------------ */

/* A queue has stood for so long. */
static struct model *impatient(microseconds since)
{
    struct model *model = cruising();

    model->path.last_low = FLOOR + QUEUE_STANDING + MILLISECOND;
    model->gone_at = begun - since;
    return model;
}

static void patience_ends(void **state)
{
    struct model *model = impatient(PATIENCE);

    (void)state;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    packet_leaves(model, begun + 1);
    assert_int_equal(model->phase, CONGESTION_LOOK);
    assert_false(model->competitor);
    destroy(model);

    /* After a LOOK that found no end of it. */
    model = impatient(PATIENCE_SUSPICIOUS + 1);
    model->failed_looks = 1;
    model->looked_at = begun - SECOND;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_LOOK);
    assert_false(model->competitor);
    destroy(model);
}

/* What comes back at once after LOOK found it gone is somebody else's. */
static void a_competitor_is_noticed(void **state)
{
    struct model *model = impatient(PATIENCE + 1);

    (void)state;
    model->looked_at = begun - LOOK_MEMORY + 1;
    model->ceiling = model->path.best[0] = believed / 10;
    packet_leaves(model, begun);
    assert_true(model->competitor);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    assert_true(model->doubt_wait == DOUBT_FIRST);
    /* Its rate begins near what it was before giving way. */
    assert_true(rate_of(model) > believed / 2);
    destroy(model);

    /* Again, soon after it had gone: with less patience, and it is doubted later, but not later and later. */
    for (int i = 0; i < 2; i++) {
        model = impatient(PATIENCE_ONCE_BITTEN + 1);
        model->competed_at = model->looked_at = begun - SECOND;
        model->doubt_wait = i == 0 ? DOUBT_FIRST : LOOK_AFTER;
        packet_leaves(model, begun);
        assert_true(model->competitor);
        assert_true(model->doubt_wait == (i == 0 ? 2 * DOUBT_FIRST : LOOK_AFTER));
        destroy(model);
    }
}

static void a_competitor_is_doubted(void **state)
{
    struct model *model = impatient(PATIENCE + 1);

    (void)state;
    model->competitor = true;
    model->doubt_wait = DOUBT_FIRST;
    model->low_at = begun - DOUBT_FIRST;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    packet_leaves(model, begun + 1);
    assert_int_equal(model->phase, CONGESTION_LOOK);
    assert_true(model->competitor);
    destroy(model);
}

static void when_to_probe(void **state)
{
    struct model *model = cruising();

    (void)state;
    model->rounds_since_up = CRUISE_ROUNDS;
    model->phase_rounds = CALM_ROUNDS;
    /* Not into a queue, however small; unless it is a competitor's. */
    model->path.last_low = FLOOR + QUEUE_GONE;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    model->competitor = true;
    model->doubt_wait = DOUBT_FIRST;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_UP);
    destroy(model);

    model = cruising();
    model->rounds_since_up = CRUISE_ROUNDS;
    model->phase_rounds = CALM_ROUNDS;
    model->path.last_low = FLOOR + QUEUE_GONE - 1;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_UP);
    destroy(model);
}

/* LOOK is about to end, having met this round trip at its lowest. */
static struct model *looked(microseconds low)
{
    struct model *model = cruising();

    model->phase = CONGESTION_LOOK;
    model->look_from = begun - LOOK_TIME;
    model->look_low = low;
    model->phase_ends = begun;
    return model;
}

static void what_look_finds(void **state)
{
    const microseconds queue = 30 * MILLISECOND;
    struct model *model = looked(FLOOR + MILLISECOND);

    (void)state;
    /* The path, a little longer than believed. */
    model->failed_looks = 1;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    assert_true(path_floor(&model->path) == FLOOR + MILLISECOND);
    assert_int_equal(model->failed_looks, 0);
    destroy(model);

    /* Nothing at all. */
    model = looked(TIME_NEVER);
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    assert_true(path_floor(&model->path) == FLOOR);
    assert_int_equal(model->failed_looks, 0);
    destroy(model);

    /* The same queue: once it may be chance, FAILED_LOOKS in a row are a competitor. */
    model = looked(FLOOR + queue);
    packet_leaves(model, begun);
    assert_int_equal(model->failed_looks, 1);
    assert_false(model->competitor);
    model->phase = CONGESTION_LOOK;
    model->look_low = FLOOR + 2 * queue;
    model->phase_ends = begun;
    packet_leaves(model, begun);
    assert_true(model->competitor);
    assert_true(path_floor(&model->path) == FLOOR);
    destroy(model);

    /* A competitor's queue that is gone: so is the competitor. */
    model = looked(FLOOR);
    model->competitor = true;
    packet_leaves(model, begun);
    assert_false(model->competitor);
    assert_true(model->competed_at == begun);
    destroy(model);
}

/* No competitor leaves the same queue twice: then the path is longer than it was. */
static void look_finds_the_same_queue_again(void **state)
{
    const microseconds queue = 30 * MILLISECOND;

    (void)state;
    for (int same = 0; same <= 1; same++) {
        struct model *model = looked(FLOOR + queue);

        model->competitor = true;
        model->doubt_wait = DOUBT_FIRST;
        model->looked_low = FLOOR + (same ? queue : 3 * queue);
        packet_leaves(model, begun);
        assert_true(path_floor(&model->path) == (same ? FLOOR + queue : FLOOR));
        assert_true(model->competitor);
        assert_true(model->doubt_wait == 2 * DOUBT_FIRST);
        destroy(model);
    }
}

/* What tells of no round trip changes nothing that depends on one. */
static void acknowledgements_without_round_trip(void **state)
{
    struct congestion_report report = heard(begun, -1);
    struct model *model = looked(TIME_NEVER);

    (void)state;
    model->phase_ends = TIME_NEVER;
    model->base.controller->acknowledged(&model->base, &report);
    assert_true(model->look_low == TIME_NEVER);
    report.round_trip = FLOOR + 5;
    model->base.controller->acknowledged(&model->base, &report);
    assert_true(model->look_low == FLOOR + 5);
    destroy(model);

    /* In DRAIN a long round trip shows what the path delivers; nothing shows nothing. */
    for (int known = 0; known <= 1; known++) {
        model = cruising();
        model_begin_drain(model, 1000 * PACKET, begun);
        model->path.round_target = INT64_MAX;
        report = heard(begun, known ? FLOOR + 50 * MILLISECOND : -1);
        report.in_flight = 1000 * PACKET;
        report.rate = (struct rate_sample){.bytes = (int64_t)(believed / 4) / 20, .interval = SECOND / 20};
        model->base.controller->acknowledged(&model->base, &report);
        assert_int_equal(model->phase, CONGESTION_DRAIN);
        if (known)
            assert_true(model->ceiling < believed / 3);
        else
            assert_true(model->ceiling > believed);
        destroy(model);
    }
}

/* ---- what follows for the sender --------------------------------------------------------------------------------- */

static void a_competitor_is_held_out_against(void **state)
{
    struct model *model = cruising();
    int64_t alone, beside;

    (void)state;
    /* Alone, a queue is given way to; not if it is somebody else's; nor where nothing is known of one. */
    model->path.last_low = FLOOR + 30 * MILLISECOND;
    assert_true(model_cruise_gain(model) < 1);
    model->path.last_low = TIME_NEVER;
    assert_true(model_cruise_gain(model) == 1);
    model->path.last_low = FLOOR + 30 * MILLISECOND;
    model_decide(model);
    alone = model->base.allowance;
    model->competitor = true;
    assert_true(model_cruise_gain(model) == 1);
    /* And more may be in flight, as much as its queue takes; but never more than loss has shown. */
    model_decide(model);
    beside = model->base.allowance;
    assert_true(beside > alone + (int64_t)bytes_in(believed, 20 * MILLISECOND));
    model->path.last_low = TIME_NEVER;
    model_decide(model);
    assert_true(model->base.allowance < beside);
    model->path.last_low = FLOOR + 30 * MILLISECOND;
    model->flight_ceiling = 20 * PACKET;
    model_decide(model);
    assert_int_equal(model->base.allowance, 22 * PACKET);
    destroy(model);
}

static void another_controller_has_no_view(void **state)
{
    struct congestion congestion;
    struct congestion_view view;

    (void)state;
    congestion_fixed_init(&congestion, &(struct congestion_limits){.lowest = 5000, .highest = 5000, .fixed = true});
    view = congestion_model_view(&congestion);
    assert_true(view.bandwidth == 0 && view.base_round_trip == 0 && !view.competitor);
}

/* A queue in a span ends STARTUP; where round trips vary by themselves, only in several in a row. */
static void spans_with_a_queue(void **state)
{
    (void)state;
    for (int noisy = 0; noisy <= 1; noisy++) {
        struct congestion_report report = heard(begun, FLOOR);
        struct model *model = cruising();

        model_begin_startup(model, begun);
        model->path.noise = noisy ? 3 * MILLISECOND : 0;
        model->path.last_span_low = FLOOR + 50 * MILLISECOND;
        for (int span = 1; span < (noisy ? NOISY_SPANS : 1); span++) {
            model_judge_span(model, &report);
            assert_int_equal(model->phase, CONGESTION_STARTUP);
        }
        model_judge_span(model, &report);
        assert_int_equal(model->phase, CONGESTION_DRAIN);
        destroy(model);
    }
}

static void look_does_not_last(void **state)
{
    struct model *model = looked(FLOOR);

    (void)state;
    model->phase_ends = TIME_NEVER;
    model->phase_began = begun - LOOK_MOST;
    packet_leaves(model, begun);
    assert_int_equal(model->phase, CONGESTION_LOOK);
    packet_leaves(model, begun + 1);
    assert_int_equal(model->phase, CONGESTION_CRUISE);
    destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_probe_finds),
        cmocka_unit_test(a_probe_beside_a_competitor),
        cmocka_unit_test(probes_go_farther_beside_a_competitor),
        cmocka_unit_test(a_competitor_gives_way_to_little_loss),
        cmocka_unit_test(a_competitor_goes_with_its_queue),
        cmocka_unit_test(a_standing_queue_is_drained),
        cmocka_unit_test(a_queue_in_noise),
        cmocka_unit_test(patience_ends),
        cmocka_unit_test(a_competitor_is_noticed),
        cmocka_unit_test(a_competitor_is_doubted),
        cmocka_unit_test(when_to_probe),
        cmocka_unit_test(what_look_finds),
        cmocka_unit_test(look_finds_the_same_queue_again),
        cmocka_unit_test(acknowledgements_without_round_trip),
        cmocka_unit_test(a_competitor_is_held_out_against),
        cmocka_unit_test(another_controller_has_no_view),
        cmocka_unit_test(spans_with_a_queue),
        cmocka_unit_test(look_does_not_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
