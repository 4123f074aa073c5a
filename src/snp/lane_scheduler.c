#include "snp/lane_scheduler.h"

void lane_scheduler_classify(struct send_lane *lanes, int count)
{
    for (int i = 0; i < count; i++) {
        int leader = 0;

        while (lanes[leader].priority != lanes[i].priority)
            leader++;
        lanes[i].class_leader = (uint8_t)leader;
        lanes[i].class_time = 0;
        lanes[i].virtual_finish = 0;
        lanes[i].tagged_number = 0;
    }
}

/* The message at the head gets its finish time when it is first looked at. */
static void tag_head(struct send_lane *lanes, struct send_lane *lane, const struct message *head)
{
    double start = lanes[lane->class_leader].class_time;

    if (lane->tagged_number == head->api.m_nMessageNumber)
        return;
    if (start < lane->virtual_finish)
        start = lane->virtual_finish;
    lane->virtual_finish = start + (double)message_unsent(head) / lane->weight;
    lane->tagged_number = head->api.m_nMessageNumber;
}

struct send_lane *lane_scheduler_pick(struct send_lane *lanes, int count,
                                      bool (*may_send)(const struct send_lane *lane))
{
    struct send_lane *best = NULL;

    if (count == 1)
        return send_lane_head(lanes) && may_send(lanes) ? lanes : NULL;
    for (int i = 0; i < count; i++) {
        struct send_lane *lane = &lanes[i];
        const struct message *head = send_lane_head(lane);

        if (!head || (best && lane->priority > best->priority) || !may_send(lane))
            continue;
        tag_head(lanes, lane, head);
        if (!best || lane->priority < best->priority || lane->virtual_finish < best->virtual_finish)
            best = lane;
    }
    if (best)
        lanes[best->class_leader].class_time = best->virtual_finish;
    return best;
}
