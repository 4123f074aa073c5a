#include "snp/pacer.h"

#include "wire/limits.h"

/* Tokens worth waiting for: what PACER_BATCH_US brings in, but no more than batch_packets full packets. */
static double batch_tokens(const struct pacer *pacer)
{
    double tokens = (double)pacer->rate * PACER_BATCH_US / 1e6;
    double most = (double)pacer->batch_packets * DATAGRAM_MAXIMUM;

    return tokens < most ? tokens : most;
}

void pacer_init(struct pacer *pacer, int64_t rate, microseconds now)
{
    *pacer = (struct pacer){.batch_packets = PACER_BATCH_PACKETS,
                            .rate = rate > 0 ? rate : 1,
                            .tokens = PACING_BURST,
                            .updated_at = now,
                            .catch_up = PACER_CATCH_UP_US};
}

void pacer_set_rate(struct pacer *pacer, int64_t rate, microseconds now)
{
    pacer_advance(pacer, now);
    pacer->rate = rate > 0 ? rate : 1;
}

void pacer_advance(struct pacer *pacer, microseconds now)
{
    double limit = batch_tokens(pacer);

    if (now <= pacer->updated_at)
        return;
    pacer->tokens += (double)pacer->rate * (double)(now - pacer->updated_at) / 1e6;
    pacer->updated_at = now;
    if (limit < PACING_BURST)
        limit = PACING_BURST;
    if (pacer->refused) {
        double catch_up = (double)pacer->rate * (double)pacer->catch_up / 1e6;
        if (limit < catch_up)
            limit = catch_up;
    }
    if (pacer->tokens > limit)
        pacer->tokens = limit;
}

bool pacer_admits(struct pacer *pacer, microseconds now)
{
    pacer_advance(pacer, now);
    pacer->refused = pacer->tokens < 0;
    return !pacer->refused;
}

void pacer_spend(struct pacer *pacer, int64_t bytes, microseconds now)
{
    pacer_advance(pacer, now);
    pacer->tokens -= (double)bytes;
}

microseconds pacer_ready_at(const struct pacer *pacer, microseconds now)
{
    double missing = batch_tokens(pacer) - pacer->tokens;

    if (missing <= 0)
        return now;
    /* From when the tokens were counted, so that asking again later does not put it off. */
    return time_later(now, pacer->updated_at + (microseconds)(missing * 1e6 / (double)pacer->rate) + 1);
}
