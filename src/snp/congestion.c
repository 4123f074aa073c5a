#include "snp/congestion.h"

#include "snp/pacer.h"
#include "wire/limits.h"

enum {
    /* What was not sent in time is made up for by a burst of so many bytes at most, which the socket buffers of
     * deployed peers take; or what a millisecond brings in, where that is more. */
    CATCH_UP_BYTES = 96 * 1024,
};

static int64_t understood(int32_t configured)
{
    return configured <= 0 || configured >= SEND_RATE_NO_LIMIT ? 0 : configured;
}

struct congestion_limits congestion_limits_of(const struct transport_config *config)
{
    struct congestion_limits limits = {understood(config->send_rate_min), understood(config->send_rate_max), false};

    /* When they contradict each other the lower limit counts. */
    if (limits.lowest > 0 && limits.highest > 0 && limits.highest <= limits.lowest) {
        limits.highest = limits.lowest;
        limits.fixed = true;
    }
    return limits;
}

static void fixed_limits_changed(struct congestion *congestion, const struct congestion_limits *limits,
                                 microseconds now)
{
    (void)now;
    /* Limits that do not agree come here before there is anything to send, and without memory for anything better. */
    congestion->rate = SEND_RATE_DEFAULT;
    if (limits->highest > 0 && congestion->rate > limits->highest)
        congestion->rate = limits->highest;
    if (congestion->rate < limits->lowest || limits->fixed)
        congestion->rate = limits->lowest;
    congestion->catch_up = PACER_CATCH_UP_US;
    if (congestion->rate > 0)
        congestion->catch_up =
            time_earlier(congestion->catch_up, time_later(CATCH_UP_BYTES * SECOND / congestion->rate, MILLISECOND));
}

static void fixed_round_trip_hinted(struct congestion *congestion, microseconds round_trip)
{
    (void)congestion, (void)round_trip;
}

static void fixed_sent(struct congestion *congestion, int64_t bytes, int64_t in_flight, bool application_limited,
                       microseconds now)
{
    (void)congestion, (void)bytes, (void)in_flight, (void)application_limited, (void)now;
}

static void fixed_acknowledged(struct congestion *congestion, const struct congestion_report *report)
{
    (void)congestion, (void)report;
}

static void fixed_timed_out(struct congestion *congestion, int rounds, int64_t in_flight, microseconds now)
{
    (void)congestion, (void)rounds, (void)in_flight, (void)now;
}

static const struct congestion_controller fixed_controller = {
    .name = "fixed rate",
    .round_trip_hinted = fixed_round_trip_hinted,
    .limits_changed = fixed_limits_changed,
    .sent = fixed_sent,
    .acknowledged = fixed_acknowledged,
    .timed_out = fixed_timed_out,
};

void congestion_fixed_init(struct congestion *congestion, const struct congestion_limits *limits)
{
    *congestion = (struct congestion){
        .controller = &fixed_controller,
        .allowance = INT64_MAX,
        .ask_interval = TIME_NEVER,
        .ask_bytes = INT64_MAX,
    };
    fixed_limits_changed(congestion, limits, 0);
}
