#include "snp/path_model.h"

#include "wire/limits.h"

#include <math.h>
#include <string.h>

enum {
    PACKET = DATAGRAM_PACKET_SIZE_DEFAULT,
    ROUND_TRIP_LEAST = 20,     /* microseconds: what is shorter is not believed */
    FLOOR_TOLERANCE_SHIFT = 5, /* a round trip within 1/32 of the lowest ... */
    FLOOR_TOLERANCE = 300,     /* ... and so many microseconds is as low */
    AVERAGE_SHIFT = 3,         /* averages forget an eighth with each sample */
    NOISE_RISE = 8,            /* noise is learnt so many times slower than samples come, ... */
    NOISE_MEMORY = 700 * 1000, /* ... and forgotten in about this time */
    NOISE_MOST = 15 * 1000,    /* larger differences are something else */
    NOISE_FACTOR = 3,
    NOISE_MARGIN_MOST = 20 * 1000,
    GAP_MOST = 60 * 1000,      /* microseconds: longer gaps are not the peer's, who answers within 50 ms */
    GAP_FACTOR = 2,            /* the longest gap that counts, as a multiple of the average */
    SPAN_SAMPLES = 4,          /* a span has so many samples at least, ... */
    SPANS_PER_ROUND = 8,       /* ... takes this part of a round trip, ... */
    NOISE_SPAN = 4,            /* ... and so many times the noise */
    QUIET_PACKETS = 50,        /* before which loss is unknown */
    QUIET_PACKETS_MOST = 1000, /* and beyond which half of what was is forgotten */
};

static const double LOSS_MOST = 0.06; /* more is not believed to be the path's own */

void path_model_init(struct path_model *path, microseconds round_trip, microseconds now)
{
    *path = (struct path_model){
        .floor = TIME_NEVER,
        .newest = TIME_NEVER,
        .second = TIME_NEVER,
        .round_low = TIME_NEVER,
        .last_low = TIME_NEVER,
        .span_low = TIME_NEVER,
        .last_span_low = TIME_NEVER,
        .hint = round_trip >= 0 ? round_trip : SEND_RATE_UNKNOWN_PING_MS * MILLISECOND,
        .used_turned = now,
        .floor_met = now,
        .acknowledged_at = now,
    };
}

/* ---- what is asked --------------------------------------------------------------------------------------------- */

microseconds path_floor(const struct path_model *path)
{
    return time_later(path->floor == TIME_NEVER ? path->hint : path->floor, ROUND_TRIP_LEAST);
}

microseconds path_standing_queue(const struct path_model *path)
{
    return path->last_low == TIME_NEVER ? 0 : path->last_low - path_floor(path);
}

microseconds path_noise_margin(const struct path_model *path)
{
    return time_earlier(NOISE_FACTOR * path->noise, NOISE_MARGIN_MOST);
}

microseconds path_hold(const struct path_model *path)
{
    return time_earlier(GAP_FACTOR * path->gap, GAP_MOST);
}

bool path_loss_known(const struct path_model *path)
{
    return path->quiet_arrived + path->quiet_lost >= (double)QUIET_PACKETS * PACKET;
}

double path_loss(const struct path_model *path)
{
    double loss;

    if (!path_loss_known(path) || path->quiet_lost <= 0)
        return 0;
    loss = path->quiet_lost / (path->quiet_arrived + path->quiet_lost);
    return loss < LOSS_MOST ? loss : LOSS_MOST;
}

double fate_loss(const struct congestion_fate *fate)
{
    return fate->lost > 0 ? (double)fate->lost / (double)(fate->arrived + fate->lost) : 0;
}

/* ---- what is told ---------------------------------------------------------------------------------------------- */

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static bool note_span(struct path_model *path, microseconds sample, microseconds now)
{
    path->span_low = time_earlier(path->span_low, sample);
    if (++path->span_samples < SPAN_SAMPLES ||
        now - path->span_began < time_later(path_floor(path) / SPANS_PER_ROUND, NOISE_SPAN * path->noise))
        return false;
    path->last_span_low = path->span_low;
    path->span_low = TIME_NEVER;
    path->span_began = now;
    path->span_samples = 0;
    return true;
}

static bool note_round_trip(struct path_model *path, microseconds sample, microseconds sent_at, microseconds now)
{
    /* What rises or falls steadily is a queue. */
    if (path->newest != TIME_NEVER && path->second != TIME_NEVER) {
        double step = (double)(sent_at - path->newest_sent), before = (double)(path->newest_sent - path->second_sent);
        double slope = before > 0 ? (double)(path->newest - path->second) / before : 0;
        double bend = ((double)sample - (double)path->newest - slope * (step < 2 * before ? step : 2 * before)) / 2;
        double difference = fabs(bend) < NOISE_MOST ? fabs(bend) : NOISE_MOST;

        if (difference > path->noise_exact)
            path->noise_exact += (difference - path->noise_exact) / NOISE_RISE;
        else if (step > 0)
            path->noise_exact -= (path->noise_exact - difference) * (step < NOISE_MEMORY ? step / NOISE_MEMORY : 1);
        path->noise = (microseconds)path->noise_exact;
    }
    path->second = path->newest;
    path->second_sent = path->newest_sent;
    path->newest = sample;
    path->newest_sent = sent_at;
    if (path->floor == TIME_NEVER || sample <= path->floor + (path->floor >> FLOOR_TOLERANCE_SHIFT) + FLOOR_TOLERANCE) {
        path->floor = time_earlier(path->floor, sample);
        path->floor_met = now;
    }
    path->round_low = time_earlier(path->round_low, sample);
    path->round_high = time_later(path->round_high, sample);
    path->round_samples++;
    return note_span(path, sample, now);
}

static void note_gap(struct path_model *path, bool limited, microseconds now)
{
    microseconds gap = time_earlier(now - path->acknowledged_at, GAP_MOST);

    path->acknowledged_at = now;
    if (!limited)
        path->gap += (gap - path->gap) >> AVERAGE_SHIFT;
}

static void note_rate(struct path_model *path, const struct rate_sample *sample, microseconds now)
{
    double rate = (double)sample->bytes * 1e6 / (double)sample->interval;

    if (sample->interval < path_floor(path) / 2)
        return;
    if (now - path->used_turned >= SECOND) {
        path->used[1] = path->used[0];
        path->used[0] = 0;
        path->used_turned = now;
    }
    path->used[0] = larger(path->used[0], rate);
    path->latest = rate;
    path->latest_sent_from = sample->sent_from;
    path->round_best = larger(path->round_best, rate);
    path->round_limited = path->round_limited || sample->application_limited;
    if (!sample->application_limited || rate > path_bandwidth(path))
        path->best[0] = larger(path->best[0], rate);
}

static void note_quiet(struct path_model *path, const struct congestion_fate *quiet)
{
    path->quiet_arrived += (double)quiet->arrived;
    path->quiet_lost = larger(path->quiet_lost + (double)quiet->lost, 0);
    if (path->quiet_arrived + path->quiet_lost > (double)QUIET_PACKETS_MOST * PACKET) {
        path->quiet_arrived /= 2;
        path->quiet_lost /= 2;
    }
}

int path_model_note(struct path_model *path, const struct congestion_report *report)
{
    const struct rate_sample *sample = &report->rate;
    int news = 0;

    for (int i = 0; i < CONGESTION_TAGS; i++) {
        path->round[i].arrived += report->fates[i].arrived;
        path->round[i].lost += report->fates[i].lost;
    }
    if (report->round_trip >= 0 && note_round_trip(path, report->round_trip, report->sent_at, report->now))
        news |= PATH_SPAN;
    if (sample->interval > 0) {
        note_rate(path, sample, report->now);
        note_gap(path, sample->application_limited, report->now);
        if (sample->prior_delivered >= path->round_target) {
            path->last_low = path->round_low;
            path->last_high = path->round_high;
            path->last_best = path->round_best;
            note_quiet(path, &path->round[PATH_QUIET]);
            news |= PATH_ROUND;
        }
    }
    return news;
}

void path_model_next_round(struct path_model *path, int64_t delivered)
{
    path->round_target = delivered;
    path->round_low = TIME_NEVER;
    path->round_samples = 0;
    path->round_high = 0;
    path->round_best = 0;
    path->round_limited = false;
    memset(path->round, 0, sizeof path->round);
}

void path_model_next_cycle(struct path_model *path, double most)
{
    path->best[1] = path->best[0] < most ? path->best[0] : most;
    path->best[0] = 0;
}

void path_model_forget(struct path_model *path, double most)
{
    for (int i = 0; i < 2; i++)
        if (path->best[i] > most)
            path->best[i] = most;
}
