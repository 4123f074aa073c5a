#include "snp/rate_sampler.h"

void rate_sampler_init(struct rate_sampler *sampler, microseconds now)
{
    *sampler = (struct rate_sampler){.delivered_at = now, .first_sent_at = now};
}

static uint32_t elapsed(microseconds since, microseconds now)
{
    microseconds difference = now - since;

    return difference < 0 ? 0 : difference > UINT32_MAX ? UINT32_MAX : (uint32_t)difference;
}

bool rate_sampler_sent(struct rate_sampler *sampler, struct rate_mark *mark, bool nothing_in_flight, microseconds now)
{
    if (nothing_in_flight)
        sampler->delivered_at = sampler->first_sent_at = now;
    mark->delivered = (uint32_t)sampler->delivered;
    mark->since_delivered = elapsed(sampler->delivered_at, now);
    mark->since_first_sent = elapsed(sampler->first_sent_at, now);
    return sampler->limited_until > 0;
}

void rate_sampler_application_limited(struct rate_sampler *sampler, int64_t in_flight)
{
    sampler->limited_until = sampler->delivered + in_flight;
    if (sampler->limited_until <= 0)
        sampler->limited_until = 1;
}

void rate_sampler_acknowledged(struct rate_sampler *sampler, struct rate_gathering *gathering, int64_t number,
                               int64_t bytes, microseconds sent_at, const struct rate_mark *mark,
                               bool application_limited)
{
    sampler->delivered += bytes;
    if (number <= gathering->newest)
        return;
    gathering->newest = number;
    gathering->sent_at = sent_at;
    gathering->mark = *mark;
    gathering->application_limited = application_limited;
}

struct rate_sample rate_sampler_finish(struct rate_sampler *sampler, const struct rate_gathering *gathering,
                                       microseconds arrived_at)
{
    struct rate_sample sample = {.delivered = sampler->delivered, .prior_delivered = -1};
    microseconds sending, arriving;

    if (sampler->limited_until > 0 && sampler->delivered > sampler->limited_until)
        sampler->limited_until = 0;
    if (gathering->newest == 0)
        return sample;
    sampler->delivered_at = time_later(sampler->delivered_at, arrived_at);
    sampler->first_sent_at = time_later(sampler->first_sent_at, gathering->sent_at);

    sample.bytes = (uint32_t)sampler->delivered - gathering->mark.delivered;
    sample.prior_delivered = sampler->delivered - sample.bytes;
    sample.application_limited = gathering->application_limited;
    sending = gathering->mark.since_first_sent;
    sample.sent_from = gathering->sent_at - sending;
    arriving = sampler->delivered_at - (gathering->sent_at - gathering->mark.since_delivered);
    sample.interval = time_later(sending, arriving); /* not negative, because sending is not */
    return sample;
}
