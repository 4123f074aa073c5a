#include "snp/congestion_model.h"

#include "base/alloc.h"
#include "snp/congestion_state.h"

#include <math.h>
#include <stdlib.h>

static const double DRAIN_TO = 0.9;   /* of what the path holds */
static const double KEPT_SHARE = 0.7; /* of the rate before giving way, to begin beside a competitor with */
static const double FORGET = 0.7;

/* A number below the bound, so that connections that began together do not go on together. */
static int draw(struct model *model, uint32_t bound)
{
    model->lottery = model->lottery * 1664525 + 1013904223;
    return (int)(((uint64_t)model->lottery * bound) >> 32);
}

/* ---- phases ---------------------------------------------------------------------------------------------------- */

static void enter(struct model *model, enum congestion_phase phase, microseconds now)
{
    if (model_tag_of(model) == PATH_QUIET)
        model->full_since = now;
    model->phase = phase;
    model->phase_began = now;
    model->phase_ends = TIME_NEVER;
    model->phase_rounds = 0;
}

void model_begin_startup(struct model *model, microseconds now)
{
    enter(model, CONGESTION_STARTUP, now);
    model->startup_best = 0;
    model->flat_rounds = model->full_spans = 0;
    model->level = 0;
    model->judging = false;
    model->ceiling = model->flight_ceiling = INFINITY;
}

void model_begin_drain(struct model *model, int64_t in_flight, microseconds now)
{
    (void)in_flight;
    enter(model, CONGESTION_DRAIN, now);
    model->level = 0;
    model->judging = false;
}

static void begin_cruise(struct model *model, microseconds now)
{
    enter(model, CONGESTION_CRUISE, now);
}

/* The path has delivered no more than this although it was asked to: then that is its rate, unless it is chance. */
static bool is_behind(const struct model *model, double rate)
{
    double chance = 2 * (double)model->path.noise / (double)path_floor(&model->path);

    return rate < rate_of(model) * model_cruise_gain(model) * (1 - smaller(chance, 0.5));
}

void model_believe_delivery(struct model *model, double rate)
{
    if (is_behind(model, rate))
        model->ceiling = larger(rate, RATE_FLOOR);
}

static void end_drain(struct model *model, int64_t in_flight, microseconds now)
{
    (void)in_flight;
    begin_cruise(model, now);
}

void model_begin_up(struct model *model, microseconds now)
{
    microseconds lowest = path_floor(&model->path);
    microseconds length = model_up_time(model);

    if (model->level == 0) {
        path_model_next_cycle(&model->path, rate_of(model));
        model->probe_reference = model->path.last_low;
    }
    model->rounds_since_up = 0;
    model->cruise_rounds = CRUISE_ROUNDS + draw(model, CRUISE_DRAW);
    model->ceiling = INFINITY;
    model->flight_ceiling *= RELEASE;
    enter(model, CONGESTION_UP, now);
    model->phase_ends = now + length;
    model->judging = true;
    model->probe_expected = (microseconds)((double)length * model_up_amplitude(model));
    model->probe_from = now + length * 3 / 4;
    model->probe_to = now + length;
    model->probe_low = TIME_NEVER;
    model->probe_base = path_bandwidth(&model->path);
    model->probe_best = 0;
    model->probe_growth = model_up_amplitude(model) * (double)length / (double)time_later(lowest, length);
}

void model_begin_down(struct model *model, microseconds now)
{
    enter(model, CONGESTION_DOWN, now);
    model->phase_ends = now + (microseconds)((double)model->probe_expected / DOWN_AMPLITUDE);
}

static void begin_look(struct model *model, microseconds now)
{
    enter(model, CONGESTION_LOOK, now);
    model->look_from = TIME_NEVER;
    model->look_low = TIME_NEVER;
}

/* The queue comes back whenever this connection, and all others like it, have let it go: somebody else wants it. */
static void begin_competition(struct model *model, microseconds now)
{
    bool again = now - model->competed_at < COMPETITION_MEMORY;

    model->doubt_wait = again ? time_earlier(2 * model->doubt_wait, LOOK_AFTER) : DOUBT_FIRST;
    model->competitor = true;
    model->path.best[0] = larger(model->path.best[0], model->kept_rate * KEPT_SHARE);
    model->ceiling = larger(model->ceiling, model->kept_rate * KEPT_SHARE);
    model->flight_ceiling = INFINITY;
}

void model_end_competition(struct model *model, microseconds now)
{
    model->competitor = false;
    model->competed_at = model->looked_at = now;
}

/* No round trip was without a queue for long. */
static void lose_patience(struct model *model, microseconds now)
{
    if (now - model->looked_at < LOOK_MEMORY && model->failed_looks == 0)
        begin_competition(model, now);
    else {
        model->ceiling = smaller(model->ceiling, larger(model->path.last_best, RATE_FLOOR));
        begin_look(model, now);
    }
}

static void end_look(struct model *model, microseconds now)
{
    microseconds tolerance = QUEUE_QUIET + path_noise_margin(&model->path);
    bool gone = model->look_low - path_floor(&model->path) <= QUEUE_GONE - QUEUE_QUIET + tolerance;

    if (model->look_low == TIME_NEVER) { /* nothing was heard */
        begin_cruise(model, now);
        return;
    }
    /* No competitor leaves the same queue twice: then the path is longer than it was. */
    if (gone || (model->competitor && llabs(model->look_low - model->looked_low) <= tolerance))
        model->path.floor = model->look_low;
    model->failed_looks = gone ? 0 : model->failed_looks + 1;
    if (gone && model->competitor)
        model_end_competition(model, now);
    else if (model->competitor)
        model->doubt_wait = time_earlier(2 * model->doubt_wait, LOOK_AFTER);
    else if (model->failed_looks >= FAILED_LOOKS)
        begin_competition(model, now);
    model->looked_low = model->look_low;
    model->path.floor_met = model->gone_at = model->looked_at = model->low_at = now;
    model->low = TIME_NEVER;
    begin_cruise(model, now);
}

static bool is_patient(const struct model *model, microseconds now)
{
    microseconds patience = PATIENCE;

    if (now - model->competed_at < COMPETITION_MEMORY)
        patience = PATIENCE_ONCE_BITTEN;
    else if (model->failed_looks > 0)
        patience = PATIENCE_SUSPICIOUS;
    return now - model->gone_at <= patience ||
           path_standing_queue(&model->path) < QUEUE_STANDING + path_noise_margin(&model->path);
}

/* What time and the amount in flight bring about. */
static void advance(struct model *model, int64_t in_flight, bool limited, microseconds now)
{
    microseconds lowest = path_floor(&model->path);
    double held = bytes_in(rate_of(model), lowest); /* by the path, without a queue */

    switch (model->phase) {
    case CONGESTION_STARTUP:
        break;
    case CONGESTION_DRAIN:
        if ((double)in_flight <= DRAIN_TO * held + 2 * PACKET ||
            now - model->phase_began > 4 * (lowest + path_standing_queue(&model->path)) + DRAIN_MOST)
            end_drain(model, in_flight, now);
        break;
    case CONGESTION_CRUISE:
        if (limited || model->judging)
            break;
        if (model->competitor ? now - model->low_at > model->doubt_wait : now - model->path.floor_met > LOOK_AFTER)
            begin_look(model, now);
        else if (!model->competitor && !is_patient(model, now))
            lose_patience(model, now);
        else if (model->rounds_since_up >= model->cruise_rounds && model->phase_rounds >= CALM_ROUNDS &&
                 (model->competitor ||
                  path_standing_queue(&model->path) < QUEUE_GONE + path_noise_margin(&model->path)))
            model_begin_up(model, now);
        break;
    case CONGESTION_UP:
        if (now < model->phase_ends)
            break;
        if (model->level == 0)
            model_begin_down(model, now);
        else
            begin_cruise(model, now);
        break;
    case CONGESTION_DOWN:
        if (now >= model->phase_ends)
            begin_cruise(model, now);
        break;
    case CONGESTION_LOOK:
        if (model->look_from == TIME_NEVER && (double)in_flight <= LOOK_FLIGHT * held + 2 * PACKET) {
            model->look_from = now;
            model->phase_ends = now + LOOK_TIME + lowest + path_standing_queue(&model->path);
        }
        if (now >= model->phase_ends || now - model->phase_began > LOOK_MOST)
            end_look(model, now);
        break;
    }
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* What has not been used for long may not be there any more. */
static void forget_unused(struct model *model, microseconds now)
{
    const struct path_model *path = &model->path;
    double used = larger(2 * larger(path->used[0], path->used[1]), INITIAL_RATE / STARTUP_GAIN);

    if (now - model->confirmed <= STALE_US)
        return;
    while (now - model->confirmed > STALE_US && path_bandwidth(path) > used) {
        path_model_forget(&model->path, larger(path_bandwidth(path) * FORGET, used));
        model->confirmed += STALE_STEP;
    }
    if (path_bandwidth(path) <= used)
        model->confirmed = now - STALE_US;
    if (model->phase != CONGESTION_STARTUP)
        model_begin_startup(model, now);
}

static void model_sent(struct congestion *congestion, int64_t bytes, int64_t in_flight, bool application_limited,
                       microseconds now)
{
    struct model *model = model_of(congestion);

    (void)bytes;
    model->base.ask_at_once = !application_limited;
    forget_unused(model, now);
    advance(model, in_flight, application_limited, now);
    model_decide(model);
}

static void model_acknowledged(struct congestion *congestion, const struct congestion_report *report)
{
    struct model *model = model_of(congestion);
    int news = path_model_note(&model->path, report);

    if (report->rate.interval > 0 && !report->rate.application_limited)
        model->confirmed = report->now;
    if (report->round_trip >= 0 && report->round_trip < model->low) {
        model->low = report->round_trip;
        model->low_at = report->now;
    }
    if (model->phase == CONGESTION_LOOK && report->round_trip >= 0 && report->sent_at >= model->look_from)
        model->look_low = time_earlier(model->look_low, report->round_trip);
    if (report->round_trip >= 0 &&
        report->round_trip - path_floor(&model->path) <= QUEUE_GONE + path_noise_margin(&model->path)) {
        model->gone_at = report->now;
        model->kept_rate = rate_of(model);
    }
    /* Until what was sent before has arrived, the path delivers what it can; a single sample tells if it is steady. */
    if (model->phase == CONGESTION_DRAIN && report->rate.interval > 0 && report->round_trip >= 0 &&
        report->sent_at < model->phase_began && model->path.noise < QUEUE_QUIET &&
        report->round_trip - path_floor(&model->path) > QUEUE_STANDING + 2 * model->path.noise)
        model_believe_delivery(model, model->path.latest);
    if (news & PATH_SPAN)
        model_judge_span(model, report);
    if (news & PATH_ROUND)
        model_end_round(model, report);
    model_note_probe(model, report);
    advance(model, report->in_flight, report->rate.application_limited, report->now);
    model_decide(model);
}

static void model_timed_out(struct congestion *congestion, int rounds, int64_t in_flight, microseconds now)
{
    struct model *model = model_of(congestion);

    (void)in_flight;
    if (rounds < 2)
        return;
    path_model_forget(&model->path, 0);
    model_begin_startup(model, now);
    model_decide(model);
}

static void model_round_trip_hinted(struct congestion *congestion, microseconds round_trip)
{
    struct model *model = model_of(congestion);

    model->path.hint = round_trip;
    model_decide(model);
}

static void model_limits_changed(struct congestion *congestion, const struct congestion_limits *limits,
                                 microseconds now)
{
    struct model *model = model_of(congestion);

    (void)now;
    model->limits = *limits;
    model_decide(model);
}

static void model_destroy(struct congestion *congestion)
{
    mem_free(model_of(congestion));
}

static const struct congestion_controller model_controller = {
    .name = "model",
    .destroy = model_destroy,
    .round_trip_hinted = model_round_trip_hinted,
    .limits_changed = model_limits_changed,
    .sent = model_sent,
    .acknowledged = model_acknowledged,
    .timed_out = model_timed_out,
};

struct congestion *congestion_model_new(const struct congestion_limits *limits, microseconds round_trip,
                                        microseconds now)
{
    struct model *model = mem_alloc_zeroed(sizeof *model);

    if (!model)
        return NULL;
    model->base.controller = &model_controller;
    model->base.catch_up = CATCH_UP;
    model->base.ask_at_once = true;
    model->limits = *limits;
    path_model_init(&model->path, round_trip, now);
    model->confirmed = model->gone_at = now;
    model->looked_at = now - LOOK_MEMORY;
    model->low = TIME_NEVER;
    model->competed_at = now - COMPETITION_MEMORY;
    model->amplitude = 1;
    model->lottery = (uint32_t)now * 2654435761U;
    model_begin_startup(model, now);
    model_decide(model);
    return &model->base;
}

struct congestion_view congestion_model_view(const struct congestion *congestion)
{
    const struct model *model = container_of(congestion, struct model, base);

    if (congestion->controller != &model_controller)
        return (struct congestion_view){.bandwidth = 0};
    return (struct congestion_view){
        .phase = model->phase,
        .bandwidth = (int64_t)rate_of(model),
        .base_round_trip = path_floor(&model->path),
        .noise = model->path.noise,
        .ambient_loss = path_loss(&model->path),
        .competitor = model->competitor,
    };
}
