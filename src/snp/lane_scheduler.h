/*
 * Which lane sends next: the one with the numerically lowest priority that has something to send, and among equals the
 * one that has had the least for its weight, start-time fair queueing (protocol 16.4). It counts bytes, not messages,
 * so that a long message gives way to other lanes between packets. Idle lanes earn no credit. Works on the sender's
 * lanes and owns nothing.
 */
#ifndef SNP_LANE_SCHEDULER_H
#define SNP_LANE_SCHEDULER_H

#include "snp/send_lane.h"

/* Groups the lanes into classes by priority; after every change of priorities. */
void lane_scheduler_classify(struct send_lane *lanes, int count);

/* The lane to serve, or NULL. may_send says whether the lane's head may leave now. */
struct send_lane *lane_scheduler_pick(struct send_lane *lanes, int count,
                                      bool (*may_send)(const struct send_lane *lane));

/* So many bytes of the lane that was picked are on their way. */
void lane_scheduler_charge(struct send_lane *lane, uint32_t bytes);

#endif
