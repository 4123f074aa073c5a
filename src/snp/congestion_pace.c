#include "snp/congestion_state.h"

#include <math.h>

static const double STARTUP_FLIGHT = 2;
static const double DRAIN_GAIN = 0.4;
static const double CRUISE_LEAST = 0.9; /* of the path's rate, while a queue stands */
static const double SHARE_MOST = 0.5;   /* what UP_FLIGHT may add to that */
static const double FLATTERY_MOST = 0.05;
static const double UP_AMPLITUDE = 0.06; /* of the path's rate, at the first level, besides UP_FLIGHT */
static const double COMPETITOR_AMPLITUDE = 0.2;
static const double COMPETITOR_FLIGHT = 1.25;

static double initial_rate(const struct model *model)
{
    return larger(INITIAL_RATE, (double)INITIAL_FLIGHT * 1e6 / (double)path_floor(&model->path));
}

microseconds model_up_time(const struct model *model)
{
    return time_earlier(time_later(path_floor(&model->path), UP_LEAST), UP_MOST + 4 * model->path.noise);
}

double model_up_amplitude(const struct model *model)
{
    microseconds lowest = path_floor(&model->path);
    double share = (double)UP_FLIGHT / larger(bytes_in(rate_of(model), lowest), PACKET);
    /* What it does has to be told from the path's noise, as far as QUEUE_BUDGET allows. */
    double noise = (double)time_earlier(time_later(2 * model->path.noise - QUEUE_BUDGET, 0), QUEUE_BUDGET) /
                   (double)model_up_time(model);
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
double model_cruise_gain(const struct model *model)
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
        return 1 + model_up_amplitude(model);
    case CONGESTION_DOWN:
        return 1 - DOWN_AMPLITUDE;
    case CONGESTION_LOOK:
        return 0.9;
    default:
        return model_cruise_gain(model);
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

enum path_tag model_tag_of(const struct model *model)
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

void model_decide(struct model *model)
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
    model->base.tag = model_tag_of(model);
    model->base.ask_interval = model->base.ask_at_once ? time_later(ASK_LEAST, time_earlier(lowest / 8, ASK_MOST))
                                                       : time_later(ASK_LIMITED, lowest);
    model->base.ask_bytes = ASK_PACKETS * PACKET;
}
