/*
 * Which lane sends next: the one with the numerically lowest priority that has something to send, and among equals the
 * one whose message has the earliest virtual finish time, self-clocked fair queueing by weight (protocol 16.4). Idle
 * lanes earn no credit. Works on the sender's lanes and owns nothing.
 */
#ifndef SNP_LANE_SCHEDULER_H
#define SNP_LANE_SCHEDULER_H

#include "snp/send_lane.h"

/* Groups the lanes into classes by priority; after every change of priorities. */
void lane_scheduler_classify(struct send_lane *lanes, int count);

/* The lane to serve, or NULL. may_send says whether the lane's head may leave now. The class's virtual time moves on.
 */
struct send_lane *lane_scheduler_pick(struct send_lane *lanes, int count,
                                      bool (*may_send)(const struct send_lane *lane));

#endif
