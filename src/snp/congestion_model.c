#include "snp/congestion_model.h"

#include "base/alloc.h"
#include "base/list.h"
#include "snp/path_model.h"
#include "wire/limits.h"

#include <math.h>
#include <stdlib.h>

/* Times are in microseconds. */
enum {
    PACKET = DATAGRAM_PACKET_SIZE_DEFAULT,

    /* Rates and amounts that nothing goes below. */
    RATE_FLOOR = 32 * 1024,           /* bytes a second: what a small game needs, whatever else goes on */
    FLIGHT_FLOOR = 6 * PACKET,        /* bytes */
    INITIAL_FLIGHT = 10 * PACKET,     /* bytes in the first round trip, if that is more than ... */
    INITIAL_RATE = SEND_RATE_DEFAULT, /* ... this rate, at which fixed-rate connections send all the time */

    /* Queues. */
    QUEUE_QUIET = 2 * 1000,         /* below this there is none */
    QUEUE_NOTICED = 4 * 1000,       /* growth that ends STARTUP, or an eighth of the round trip if that is more, ... */
    QUEUE_NOTICED_MOST = 16 * 1000, /* ... up to this */
    QUEUE_BUDGET = 8 * 1000,        /* what one UP may add */
    QUEUE_STANDING = 8 * 1000,      /* what stands above this is drained */
    QUEUE_GONE = 5 * 1000,          /* what was drained has been below this at least once */
    PATIENCE = 1000 * 1000,         /* if it is not gone for so long, LOOK lets it go; ... */
    FAILED_LOOKS = 2,
    LOOK_MEMORY = 4 * 1000 * 1000, /* ... and if it comes back within this time, it is a competitor's */
    PATIENCE_SUSPICIOUS = 500 * 1000,
    PATIENCE_ONCE_BITTEN = 300 * 1000,     /* the same for so long ... */
    COMPETITION_MEMORY = 10 * 1000 * 1000, /* ... after a competitor was there */

    /* In flight beyond what the path holds. */
    SLACK_LEAST = 4 * 1000,
    SLACK_MOST = 8 * 1000,
    SLACK_REPORT = 3 * 1000, /* for gaps, which a receiver reports so much later (protocol 15.3) */

    /* Phases. */
    UP_FLIGHT = 12 * PACKET, /* bytes more in each round trip, whatever the rate: so that shares become equal */
    UP_LEAST = 2 * 1000,     /* UP lasts a round trip, within these */
    UP_MOST = 32 * 1000,
    CRUISE_ROUNDS = 6, /* and up to CRUISE_DRAW - 1 more */
    CRUISE_DRAW = 3,
    CALM_ROUNDS = 3,   /* of CRUISE before UP */
    FLAT_ROUNDS = 3,   /* without growth end STARTUP */
    LEVEL_RESTART = 4, /* so many successful UPs in a row are a new STARTUP */
    NOISY_SPANS = 4,
    NOISY_ROUNDS = 3,  /* so many rounds have to agree where round trips vary by themselves */
    ROUND_SAMPLES = 3, /* round-trip samples without which a round is not judged */
    LOOK_AFTER = 10 * 1000 * 1000,
    LOOK_TIME = 100 * 1000,
    DOUBT_FIRST =
        2 * 1000 * 1000, /* a competitor is doubted so long after the queue was lowest; then twice as long ... */
    LOOK_MOST = 2 * 1000 * 1000,
    DRAIN_MOST = 500 * 1000, /* and some round trips */

    STALE_US = 2 * 1000 * 1000,
    STALE_STEP = 500 * 1000,

    /* How the sender behaves. */
    CATCH_UP = 4 * 1000,
    ASK_LEAST = 1500, /* an acknowledgement each eighth of a round trip, within these, ... */
    ASK_MOST = 25 * 1000,
    ASK_PACKETS = 128,        /* ... and for so many full packets */
    ASK_LIMITED = 100 * 1000, /* when the application limits the rate: no oftener than this, or than round trips end */
};

static const double STARTUP_GAIN = 2.5;
static const double STARTUP_FLIGHT = 2;
static const double DRAIN_GAIN = 0.4;
static const double DRAIN_TO = 0.9;     /* of what the path holds */
static const double CRUISE_LEAST = 0.9; /* of the path's rate, while a queue stands */
static const double SHARE_MOST = 0.5;   /* what UP_FLIGHT may add to that */
static const double FLATTERY_MOST = 0.05;
static const double UP_AMPLITUDE = 0.06; /* of the path's rate, at the first level, besides UP_FLIGHT */
static const double COMPETITOR_AMPLITUDE = 0.2;
static const double DOWN_AMPLITUDE = 0.25;
static const double AMPLITUDE_LEAST = 0.1;
static const double LOOK_FLIGHT = 0.5;
static const double COMPETITOR_FLIGHT = 1.25;
static const double KEPT_SHARE = 0.7;        /* of the rate before giving way, to begin beside a competitor with */
static const double SPAN_GROWTH = 0.2;       /* in a round trip: less, and STARTUP has met the path's rate */
static const double GROWTH = 1.25;           /* a round that delivers less times the one before did not grow */
static const double LOSS_EXCESS = 0.02;      /* beyond the path's own */
static const double LOSS_COMPETITOR = 0.005; /* beside a competitor, who gives way to any */
static const double LOSS_UNKNOWN = 0.08;     /* while that is not known */
static const double LOSS_STARTUP = 0.10;
static const double BRAKE = 0.85;
static const double RELEASE = 1.15; /* of the ceiling on what is in flight, with each UP */
static const double FORGET = 0.7;

struct model {
    struct congestion base;
    struct congestion_limits limits;
    struct path_model path;

    enum congestion_phase phase;
    microseconds phase_began;
    microseconds phase_ends; /* UP, DOWN, LOOK; TIME_NEVER: not known yet */
    int phase_rounds, rounds_since_up, cruise_rounds, standing_rounds;
    microseconds full_since; /* since then the rate was not below the path's on purpose */

    double ceiling;        /* what loss or a queue has shown the rate to be, until the next UP */
    double flight_ceiling; /* the same for bytes in flight; released slowly */
    double startup_best;
    double span_rate; /* the newest when the last span ended */
    microseconds span_ended;
    int flat_rounds, full_spans;
    microseconds confirmed;           /* when the rate was last used up */
    microseconds look_from, look_low; /* LOOK: since little is in flight */
    microseconds looked_low;          /* of the LOOK before */

    /* UP, and what came of it */
    int level;        /* successful UPs in a row */
    double amplitude; /* part of UP_AMPLITUDE, less after loss */
    bool judging;
    microseconds probe_expected; /* the queue that it makes if there is no more to be had */
    microseconds probe_reference;
    microseconds probe_from, probe_to; /* packets sent in between see that queue */
    microseconds probe_low;
    double probe_base, probe_best, probe_growth;

    microseconds gone_at; /* when there was no queue last, ... */
    double kept_rate;     /* ... and what was believed then */
    bool competitor;
    microseconds looked_at;   /* when LOOK ended last */
    microseconds competed_at; /* when a competitor was there last */
    int failed_looks;         /* in a row: the queue was not gone */
    microseconds doubt_wait;
    microseconds low, low_at; /* the lowest round trip since LOOK, and when: all who are on the path saw it then */

    uint32_t lottery;
};

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static struct model *model_of(struct congestion *congestion)
{
    return container_of(congestion, struct model, base);
}

/* A number below the bound, so that connections that began together do not go on together. */
static int draw(struct model *model, uint32_t bound)
{
    model->lottery = model->lottery * 1664525 + 1013904223;
    return (int)(((uint64_t)model->lottery * bound) >> 32);
}

/* The rate that is believed in. */
static double rate_of(const struct model *model)
{
    return larger(smaller(path_bandwidth(&model->path), model->ceiling), RATE_FLOOR);
}

static double bytes_in(double rate, microseconds time)
{
    return rate * (double)time / 1e6;
}

/* ---- what the sender may do ------------------------------------------------------------------------------------ */

static double initial_rate(const struct model *model)
{
    return larger(INITIAL_RATE, (double)INITIAL_FLIGHT * 1e6 / (double)path_floor(&model->path));
}

static microseconds up_time(const struct model *model)
{
    return time_earlier(time_later(path_floor(&model->path), UP_LEAST), UP_MOST + 4 * model->path.noise);
}

static double up_amplitude(const struct model *model)
{
    microseconds lowest = path_floor(&model->path);
    double share = (double)UP_FLIGHT / larger(bytes_in(rate_of(model), lowest), PACKET);
    /* What it does has to be told from the path's noise, as far as QUEUE_BUDGET allows. */
    double noise = (double)time_earlier(time_later(2 * model->path.noise - QUEUE_BUDGET, 0), QUEUE_BUDGET) /
                   (double)up_time(model);
    double amplitude =
        larger((model->competitor ? COMPETITOR_AMPLITUDE : UP_AMPLITUDE) + smaller(share, SHARE_MOST), noise);

    return smaller(amplitude * model->amplitude * (double)(1 << model->level), 1);
}

/* The longer a queue stands, the more CRUISE gives way. */
static double give_way(const struct model *model)
{
    const struct path_model *path = &model->path;
    microseconds lowest = path_floor(path);
    microseconds low = path->last_low;
    double excess;

    if (model->competitor || low == TIME_NEVER)
        return 1;
    excess = (double)(low - lowest - QUEUE_QUIET - path_noise_margin(path)) /
             (double)(4 * time_later(lowest, 10 * MILLISECOND));
    return excess < 0 ? 1 : larger(1 - excess, CRUISE_LEAST);
}

/* Noise flatters the best samples. */
static double cruise_gain(const struct model *model)
{
    double lowest = (double)time_later(path_floor(&model->path), 10 * MILLISECOND);

    return larger(give_way(model) - smaller((double)model->path.noise / (2 * lowest), FLATTERY_MOST), CRUISE_LEAST);
}

static double gain_of(const struct model *model)
{
    switch (model->phase) {
    case CONGESTION_STARTUP:
        return STARTUP_GAIN;
    case CONGESTION_DRAIN:
        return DRAIN_GAIN;
    case CONGESTION_UP:
        return 1 + up_amplitude(model);
    case CONGESTION_DOWN:
        return 1 - DOWN_AMPLITUDE;
    case CONGESTION_LOOK:
        return 0.9;
    default:
        return cruise_gain(model);
    }
}

/* Until when what is in flight now has been acknowledged, at the latest, if nothing queues. */
static microseconds round_time(const struct model *model)
{
    const struct path_model *path = &model->path;
    microseconds lowest = path_floor(path);
    microseconds slack = time_later(SLACK_LEAST, time_earlier(lowest, SLACK_MOST));
    microseconds usual = time_later(lowest, path->last_high);

    if (model->level > 0)
        slack += model->probe_expected;
    return time_earlier(usual, 2 * lowest) + slack + 2 * path->noise + path_hold(path) + SLACK_REPORT;
}

static double flight_of(const struct model *model, double rate)
{
    const struct path_model *path = &model->path;
    microseconds lowest = path_floor(path);

    if (model->phase == CONGESTION_LOOK)
        return LOOK_FLIGHT * bytes_in(rate, lowest);
    if (model->phase == CONGESTION_STARTUP)
        return bytes_in(rate * STARTUP_FLIGHT, lowest + path_hold(path) + SLACK_REPORT);
    if (model->competitor && path->last_low != TIME_NEVER)
        return smaller(bytes_in(rate * COMPETITOR_FLIGHT, path->last_low + path_hold(path) + SLACK_REPORT),
                       model->flight_ceiling);
    return smaller(bytes_in(rate, round_time(model)), model->flight_ceiling);
}

static enum path_tag tag_of(const struct model *model)
{
    switch (model->phase) {
    case CONGESTION_UP:
        return PATH_PROBE;
    case CONGESTION_DRAIN:
    case CONGESTION_DOWN:
    case CONGESTION_LOOK:
        return PATH_QUIET;
    default:
        return PATH_ORDINARY;
    }
}

static void decide(struct model *model)
{
    double believed = rate_of(model), rate, flight;
    microseconds lowest = path_floor(&model->path);

    if (model->phase == CONGESTION_STARTUP)
        believed = larger(believed, initial_rate(model) / STARTUP_GAIN);
    /* What arrives is what is measured; what the path loses by itself comes on top. */
    rate = believed * gain_of(model) / (1 - path_loss(&model->path));
    if (model->limits.lowest > 0)
        rate = larger(rate, (double)model->limits.lowest);
    flight = larger(flight_of(model, larger(believed, (double)model->limits.lowest)) + 2 * PACKET, FLIGHT_FLOOR);
    if (model->limits.highest > 0)
        rate = smaller(rate, (double)model->limits.highest);
    model->base.rate = (int64_t)rate;
    model->base.allowance = (int64_t)flight;
    model->base.tag = tag_of(model);
    model->base.ask_interval = model->base.ask_at_once ? time_later(ASK_LEAST, time_earlier(lowest / 8, ASK_MOST))
                                                       : time_later(ASK_LIMITED, lowest);
    model->base.ask_bytes = ASK_PACKETS * PACKET;
}

/* ---- phases ---------------------------------------------------------------------------------------------------- */

static void enter(struct model *model, enum congestion_phase phase, microseconds now)
{
    if (tag_of(model) == PATH_QUIET)
        model->full_since = now;
    model->phase = phase;
    model->phase_began = now;
    model->phase_ends = TIME_NEVER;
    model->phase_rounds = 0;
}

static void begin_startup(struct model *model, microseconds now)
{
    enter(model, CONGESTION_STARTUP, now);
    model->startup_best = 0;
    model->flat_rounds = model->full_spans = 0;
    model->level = 0;
    model->judging = false;
    model->ceiling = model->flight_ceiling = INFINITY;
}

static void begin_drain(struct model *model, int64_t in_flight, microseconds now)
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

    return rate < rate_of(model) * cruise_gain(model) * (1 - smaller(chance, 0.5));
}

static void believe_delivery(struct model *model, double rate)
{
    if (is_behind(model, rate))
        model->ceiling = larger(rate, RATE_FLOOR);
}

static void end_drain(struct model *model, int64_t in_flight, microseconds now)
{
    (void)in_flight;
    begin_cruise(model, now);
}

static void begin_up(struct model *model, microseconds now)
{
    microseconds lowest = path_floor(&model->path);
    microseconds length = up_time(model);

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
    model->probe_expected = (microseconds)((double)length * up_amplitude(model));
    model->probe_from = now + length * 3 / 4;
    model->probe_to = now + length;
    model->probe_low = TIME_NEVER;
    model->probe_base = path_bandwidth(&model->path);
    model->probe_best = 0;
    model->probe_growth = up_amplitude(model) * (double)length / (double)time_later(lowest, length);
}

static void begin_down(struct model *model, microseconds now)
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

static void end_competition(struct model *model, microseconds now)
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
        end_competition(model, now);
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
            begin_up(model, now);
        break;
    case CONGESTION_UP:
        if (now < model->phase_ends)
            break;
        if (model->level == 0)
            begin_down(model, now);
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

/* ---- judgements ------------------------------------------------------------------------------------------------ */

/* Packets sent at the end of UP have been heard of. */
static void judge_probe(struct model *model, microseconds now)
{
    microseconds noise = model->path.noise, rise;
    bool grown, free;

    model->judging = false;
    if (model->probe_low == TIME_NEVER || model->probe_reference == TIME_NEVER)
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
            begin_down(model, now);
        model->level = 0;
    } else if (++model->level >= LEVEL_RESTART) {
        begin_startup(model, now);
    } else {
        begin_up(model, now);
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
        begin_drain(model, report->in_flight, report->now);
    } else if (model->path.round_limited) {
        model->flat_rounds = 0;
    } else if (bandwidth >= model->startup_best * GROWTH) {
        model->startup_best = bandwidth;
        model->flat_rounds = 0;
    } else if (++model->flat_rounds >= FLAT_ROUNDS) {
        begin_drain(model, report->in_flight, report->now);
    }
}

/* A queue that shows in all samples of a span ends STARTUP; of several, where round trips vary by themselves. */
static void judge_span(struct model *model, const struct congestion_report *report)
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
        begin_drain(model, report->in_flight, report->now);
}

/* The queue has gone: so has whoever else made it stand. */
static void judge_competitor(struct model *model, microseconds now)
{
    if (model->competitor && path_standing_queue(&model->path) <= QUEUE_GONE + path_noise_margin(&model->path))
        end_competition(model, now);
}

/* A queue stands: it is drained, and if delivery has fallen behind, what is delivered is the path's rate now. */
static void judge_cruise(struct model *model, const struct congestion_report *report)
{
    const struct path_model *path = &model->path;
    microseconds queue = path_standing_queue(path), most = QUEUE_STANDING + path_noise_margin(path);
    bool obvious = queue > 2 * most; /* whatever was sent meanwhile, the path was never idle */

    if (model->phase == CONGESTION_DRAIN && obvious)
        believe_delivery(model, path->round_best);
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
    believe_delivery(model, path->round_best);
    begin_drain(model, report->in_flight, report->now);
}

static void end_round(struct model *model, const struct congestion_report *report)
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
        begin_startup(model, now);
}

static void model_sent(struct congestion *congestion, int64_t bytes, int64_t in_flight, bool application_limited,
                       microseconds now)
{
    struct model *model = model_of(congestion);

    (void)bytes;
    model->base.ask_at_once = !application_limited;
    forget_unused(model, now);
    advance(model, in_flight, application_limited, now);
    decide(model);
}

static void note_probe(struct model *model, const struct congestion_report *report)
{
    if (!model->judging || report->round_trip < 0 || report->sent_at < model->probe_from)
        return;
    model->probe_low = time_earlier(model->probe_low, report->round_trip);
    if (report->rate.interval > 0)
        model->probe_best = larger(model->probe_best, model->path.latest);
    if (report->sent_at >= model->probe_to && model->phase != CONGESTION_UP)
        judge_probe(model, report->now);
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
        believe_delivery(model, model->path.latest);
    if (news & PATH_SPAN)
        judge_span(model, report);
    if (news & PATH_ROUND)
        end_round(model, report);
    note_probe(model, report);
    advance(model, report->in_flight, report->rate.application_limited, report->now);
    decide(model);
}

static void model_timed_out(struct congestion *congestion, int rounds, int64_t in_flight, microseconds now)
{
    struct model *model = model_of(congestion);

    (void)in_flight;
    if (rounds < 2)
        return;
    path_model_forget(&model->path, 0);
    begin_startup(model, now);
    decide(model);
}

static void model_round_trip_hinted(struct congestion *congestion, microseconds round_trip)
{
    struct model *model = model_of(congestion);

    model->path.hint = round_trip;
    decide(model);
}

static void model_limits_changed(struct congestion *congestion, const struct congestion_limits *limits,
                                 microseconds now)
{
    struct model *model = model_of(congestion);

    (void)now;
    model->limits = *limits;
    decide(model);
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
    begin_startup(model, now);
    decide(model);
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
