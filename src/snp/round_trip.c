#include "snp/round_trip.h"

void round_trip_init(struct round_trip *round_trip)
{
    *round_trip = (struct round_trip){.smoothed_ms = -1, .precise_us = -1, .minimum_us = -1};
}

static int smooth(const struct round_trip *rt)
{
    int a = rt->sample_ms[0], b = rt->sample_ms[1], c = rt->sample_ms[2];
    int largest;

    if (rt->sample_count == 1)
        return a;
    if (rt->sample_count == 2)
        return a < b ? a : b;
    largest = a > b ? a : b;
    if (c > largest)
        largest = c;
    return (a + b + c - largest) / 2;
}

bool round_trip_sample(struct round_trip *rt, microseconds sample, microseconds now)
{
    int ms;

    if (sample < -MILLISECOND || sample >= PING_SAMPLE_MAXIMUM_MS * MILLISECOND + MILLISECOND / 2)
        return false;
    if (sample < 0)
        sample = 0;
    ms = (int)((sample + MILLISECOND / 2) / MILLISECOND);

    if (rt->sample_count == PING_SAMPLES && now - rt->newest_slot_opened < PING_SAMPLE_SPACING_MS * MILLISECOND) {
        if (ms < rt->sample_ms[0])
            rt->sample_ms[0] = ms;
    } else {
        rt->sample_ms[2] = rt->sample_ms[1];
        rt->sample_ms[1] = rt->sample_ms[0];
        rt->sample_ms[0] = ms;
        if (rt->sample_count < PING_SAMPLES)
            rt->sample_count++;
        rt->newest_slot_opened = now;
    }
    rt->last_sample_at = now;
    rt->smoothed_ms = smooth(rt);
    rt->precise_us = rt->precise_us < 0 ? sample : rt->precise_us + (sample - rt->precise_us) / 8;
    if (rt->minimum_us < 0 || sample < rt->minimum_us)
        rt->minimum_us = sample;
    return true;
}

microseconds round_trip_retransmit_timeout(const struct round_trip *rt)
{
    if (rt->smoothed_ms < 0)
        return RETRANSMIT_WITHOUT_PING_MS * MILLISECOND;
    return (RETRANSMIT_PING_FACTOR * rt->smoothed_ms + RETRANSMIT_MARGIN_MS) * MILLISECOND;
}

int round_trip_worst_ms(const struct round_trip *rt)
{
    int worst = -1;

    for (int i = 0; i < rt->sample_count; i++)
        if (rt->sample_ms[i] > worst)
            worst = rt->sample_ms[i];
    return worst;
}
