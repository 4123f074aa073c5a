#include "snp/congestion_state.h"

#include <math.h>

static const double AMPLITUDE_LEAST = 0.1;
static const double SPAN_GROWTH = 0.2;       /* in a round trip: less, and STARTUP has met the path's rate */
static const double GROWTH = 1.25;           /* a round that delivers less times the one before did not grow */
static const double LOSS_EXCESS = 0.02;      /* beyond the path's own */
static const double LOSS_COMPETITOR = 0.005; /* beside a competitor, who gives way to any */
static const double LOSS_UNKNOWN = 0.08;     /* while that is not known */
static const double LOSS_STARTUP = 0.10;
static const double BRAKE = 0.85;

/* Packets sent at the end of UP have been heard of. */
static void judge_probe(struct model *model, microseconds now)
{
    microseconds noise = model->path.noise, rise;
    bool grown, free;

    model->judging = false;
    if (model->probe_reference == TIME_NEVER)
        return;
    rise = model->probe_low - model->probe_reference;
    grown = model->probe_best >= model->probe_base * (1 + model->probe_growth / 2);
    if (model->competitor)
        free = model->level == 0;
    else
        free = path_standing_queue(&model->path) < QUEUE_QUIET + path_noise_margin(&model->path) &&
               rise < time_later(model->probe_expected / 4, MILLISECOND) + noise;
    if (!grown || !free) {
        if (model->level > 0 && model->phase == CONGESTION_CRUISE && rise > QUEUE_QUIET + noise)
            model_begin_down(model, now);
        model->level = 0;
    } else if (++model->level >= LEVEL_RESTART) {
        model_begin_startup(model, now);
    } else {
        model_begin_up(model, now);
    }
}

/* Loss that goes beyond the path's own and cannot be chance. */
static bool too_much_loss(const struct model *model, const struct congestion_fate *fate, int packets)
{
    double own = path_loss(&model->path);
    double excess = model->competitor ? LOSS_COMPETITOR : LOSS_EXCESS;
    double usual = path_loss_known(&model->path) ? own + excess : LOSS_UNKNOWN;
    double count = larger((double)(fate->arrived + fate->lost) / PACKET, 1);

    return fate->lost >= packets * PACKET && fate_loss(fate) > usual + 2 * sqrt((own + 1 / count) / count);
}

static struct congestion_fate all_fates(const struct model *model)
{
    struct congestion_fate all = {0, 0};

    for (int i = 0; i < CONGESTION_TAGS; i++) {
        all.arrived += model->path.round[i].arrived;
        all.lost += model->path.round[i].lost;
    }
    return all;
}

static void judge_loss(struct model *model)
{
    struct congestion_fate all = all_fates(model);
    double believed = rate_of(model);

    if (too_much_loss(model, &model->path.round[PATH_PROBE], 2)) {
        model->amplitude = larger(model->amplitude / 2, AMPLITUDE_LEAST);
        model->level = 0;
    } else if (model->path.round[PATH_PROBE].arrived > 0) {
        model->amplitude = smaller(model->amplitude * RELEASE, 1);
    }
    if (!too_much_loss(model, &all, 3))
        return;
    model->ceiling = believed * BRAKE;
    if (!model->competitor)
        model->ceiling = smaller(believed, larger(model->path.latest, model->ceiling));
    model->flight_ceiling = larger(smaller(model->flight_ceiling, (double)model->base.allowance) * BRAKE,
                                   bytes_in(rate_of(model), path_floor(&model->path)));
}

static void judge_startup(struct model *model, const struct congestion_report *report)
{
    struct congestion_fate all = all_fates(model);
    double bandwidth = path_bandwidth(&model->path);

    if (all.lost >= 5 * PACKET && fate_loss(&all) > LOSS_STARTUP) {
        /* What the application sent until now may have been far less than it could have. */
        if (model->path.round_limited)
            model->path.best[0] = larger(model->path.best[0], (double)model->base.rate / 2);
        model_begin_drain(model, report->in_flight, report->now);
    } else if (model->path.round_limited) {
        model->flat_rounds = 0;
    } else if (bandwidth >= model->startup_best * GROWTH) {
        model->startup_best = bandwidth;
        model->flat_rounds = 0;
    } else if (++model->flat_rounds >= FLAT_ROUNDS) {
        model_begin_drain(model, report->in_flight, report->now);
    }
}

/* A queue that shows in all samples of a span ends STARTUP; of several, where round trips vary by themselves. */
void model_judge_span(struct model *model, const struct congestion_report *report)
{
    const struct path_model *path = &model->path;
    microseconds lowest = path_floor(path);
    microseconds noticeable =
        time_later(time_later(QUEUE_NOTICED, time_earlier(lowest / 8, QUEUE_NOTICED_MOST)), path_noise_margin(path));
    double growth = SPAN_GROWTH * (double)(report->now - model->span_ended) / (double)lowest;
    bool saturated = path->latest < model->span_rate * (1 + growth) ||
                     path->last_span_low - lowest > QUEUE_NOTICED_MOST + path_noise_margin(path);

    model->span_rate = path->latest;
    model->span_ended = report->now;
    if (model->phase != CONGESTION_STARTUP || path->last_low == TIME_NEVER)
        return;
    if (!saturated || path->last_span_low - path->last_low <= noticeable)
        model->full_spans = 0;
    else if (++model->full_spans >= (path->noise > QUEUE_QUIET ? NOISY_SPANS : 1))
        model_begin_drain(model, report->in_flight, report->now);
}

/* The queue has gone: so has whoever else made it stand. */
static void judge_competitor(struct model *model, microseconds now)
{
    if (model->competitor && path_standing_queue(&model->path) <= QUEUE_GONE + path_noise_margin(&model->path))
        model_end_competition(model, now);
}

/* A queue stands: it is drained, and if delivery has fallen behind, what is delivered is the path's rate now. */
static void judge_cruise(struct model *model, const struct congestion_report *report)
{
    const struct path_model *path = &model->path;
    microseconds queue = path_standing_queue(path), most = QUEUE_STANDING + path_noise_margin(path);
    bool obvious = queue > 2 * most; /* whatever was sent meanwhile, the path was never idle */

    if (model->phase == CONGESTION_DRAIN && obvious)
        model_believe_delivery(model, path->round_best);
    if (model->competitor || model->failed_looks > 0 || path->round_limited || model->phase != CONGESTION_CRUISE)
        return;
    if ((path->latest_sent_from < model->full_since && !obvious) || path->round_samples < ROUND_SAMPLES ||
        queue < most) {
        model->standing_rounds = 0;
        return;
    }
    if (++model->standing_rounds < (path->noise > QUEUE_QUIET && !obvious ? NOISY_ROUNDS : 1))
        return;
    model->standing_rounds = 0;
    model_believe_delivery(model, path->round_best);
    model_begin_drain(model, report->in_flight, report->now);
}

void model_end_round(struct model *model, const struct congestion_report *report)
{
    model->phase_rounds++;
    model->rounds_since_up++;
    if (model->phase == CONGESTION_STARTUP) {
        judge_startup(model, report);
    } else {
        judge_loss(model);
        judge_competitor(model, report->now);
        judge_cruise(model, report);
    }
    path_model_next_round(&model->path, report->rate.delivered);
}

void model_note_probe(struct model *model, const struct congestion_report *report)
{
    if (!model->judging || report->round_trip < 0 || report->sent_at < model->probe_from)
        return;
    model->probe_low = time_earlier(model->probe_low, report->round_trip);
    if (report->rate.interval > 0)
        model->probe_best = larger(model->probe_best, model->path.latest);
    if (report->sent_at >= model->probe_to && model->phase != CONGESTION_UP)
        judge_probe(model, report->now);
}
