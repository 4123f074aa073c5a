#include "snp/lane_scheduler.h"

void lane_scheduler_classify(struct send_lane *lanes, int count)
{
    for (int i = 0; i < count; i++) {
        int leader = 0;

        while (lanes[leader].priority != lanes[i].priority)
            leader++;
        lanes[i].class_leader = (uint8_t)leader;
        lanes[i].class_time = 0;
        lanes[i].virtual_time = 0;
    }
}

struct send_lane *lane_scheduler_pick(struct send_lane *lanes, int count,
                                      bool (*may_send)(const struct send_lane *lane))
{
    struct send_lane *best = NULL;

    if (count == 1)
        return send_lane_head(lanes) && may_send(lanes) ? lanes : NULL;
    for (int i = 0; i < count; i++) {
        struct send_lane *lane = &lanes[i];

        if (!send_lane_head(lane) || (best && lane->priority > best->priority) || !may_send(lane))
            continue;
        /* What was not sent while the lane was idle is gone: it starts where the class is. */
        if (lane->virtual_time < lanes[lane->class_leader].class_time)
            lane->virtual_time = lanes[lane->class_leader].class_time;
        if (!best || lane->priority < best->priority || lane->virtual_time < best->virtual_time)
            best = lane;
    }
    if (best)
        lanes[best->class_leader].class_time = best->virtual_time;
    return best;
}

void lane_scheduler_charge(struct send_lane *lane, uint32_t bytes)
{
    /* One more, so that empty messages take turns, too. */
    lane->virtual_time += (bytes + 1.0) / lane->weight;
}
