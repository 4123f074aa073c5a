#include "conn/liveness.h"

#include "wire/limits.h"

void liveness_init(struct liveness *liveness, bool second, microseconds now)
{
    *liveness = (struct liveness){.last_received = now,
                                  .reply_deadline = TIME_NEVER,
                                  .ping_at = TIME_NEVER,
                                  .last_ack_request = now,
                                  .second = second,
                                  .heard = second};
}

static microseconds keepalive_at(const struct liveness *liveness)
{
    const microseconds grid = KEEPALIVE_GRID_MS * MILLISECOND;
    bool soon = liveness->watchful && liveness->flow >= KEEPALIVE_FLOW_PACKETS;
    microseconds wait = soon ? KEEPALIVE_WATCHFUL_MS : KEEPALIVE_MS - KEEPALIVE_EARLY_MS;
    microseconds at = liveness->last_received + wait * MILLISECOND;

    at = (at + grid - 1) / grid * grid;
    return liveness->second ? at + grid : at;
}

void liveness_packet_received(struct liveness *liveness, microseconds now)
{
    if (now - liveness->last_received >= KEEPALIVE_FLOW_MS * MILLISECOND)
        liveness->flow = 0;
    else if (liveness->flow < KEEPALIVE_FLOW_PACKETS)
        liveness->flow++;
    liveness->heard = true;
    liveness->last_received = now;
    liveness->reply_deadline = TIME_NEVER;
    liveness->ping_at = TIME_NEVER;
    liveness->first_timeout = 0;
    liveness->reply_timeouts = 0;
}

void liveness_reply_expected(struct liveness *liveness, int worst_ping_ms, bool may_delay, microseconds now)
{
    microseconds wait = REPLY_DEADLINE_MAXIMUM_MS * MILLISECOND;

    if (liveness->reply_deadline != TIME_NEVER)
        return;
    if (worst_ping_ms >= 0)
        wait = time_earlier(wait, (2 * worst_ping_ms + REPLY_MARGIN_MS) * MILLISECOND);
    if (may_delay)
        wait += REPLY_DELAYED_MS * MILLISECOND;
    liveness->reply_deadline = now + wait;
}

void liveness_ack_requested(struct liveness *liveness, microseconds now)
{
    liveness->last_ack_request = now;
}

void liveness_tick(struct liveness *liveness, microseconds now)
{
    int doublings = liveness->heard ? 0 : liveness->reply_timeouts;

    if (liveness->reply_deadline > now)
        return;
    if (liveness->reply_timeouts++ == 0)
        liveness->first_timeout = now;
    if (doublings > UNHEARD_DOUBLINGS_MAXIMUM)
        doublings = UNHEARD_DOUBLINGS_MAXIMUM;
    liveness->reply_deadline = now + (AGGRESSIVE_PING_MS * MILLISECOND << doublings);
    liveness->ping_at = now;
}

bool liveness_ping_due(const struct liveness *liveness, microseconds now)
{
    return liveness->ping_at <= now;
}

void liveness_ping_sent(struct liveness *liveness, microseconds now)
{
    liveness->ping_at = TIME_NEVER;
    liveness->last_ack_request = now;
}

bool liveness_keepalive_due(const struct liveness *liveness, microseconds now)
{
    return liveness->reply_deadline == TIME_NEVER && now >= keepalive_at(liveness);
}

bool liveness_tracer_due(const struct liveness *liveness, microseconds last_sample, microseconds now)
{
    return now - time_later(liveness->last_ack_request, last_sample) > TRACER_MS * MILLISECOND;
}

static microseconds give_up_at(const struct liveness *liveness, microseconds timeout)
{
    return time_after(time_later(liveness->last_received, liveness->first_timeout), timeout);
}

bool liveness_timed_out(const struct liveness *liveness, microseconds timeout, microseconds now)
{
    return liveness->reply_timeouts >= TIMEOUT_REPLIES_MISSING && now >= give_up_at(liveness, timeout);
}

microseconds liveness_deadline(const struct liveness *liveness, microseconds timeout)
{
    microseconds deadline = time_earlier(liveness->reply_deadline, liveness->ping_at);

    if (liveness->reply_deadline == TIME_NEVER)
        return time_earlier(deadline, keepalive_at(liveness));
    if (liveness->reply_timeouts >= TIMEOUT_REPLIES_MISSING)
        deadline = time_earlier(deadline, give_up_at(liveness, timeout));
    return deadline;
}
