/*
 * The model-based controller. It keeps a model of the path (path_model.h): how many bytes a second it delivers at most,
 * and how long a round trip takes at least; it paces at that rate and lets little more be in flight than such a path
 * holds, so that hardly anything queues. It looks for more by sending a little faster for a moment, and takes it back
 * at once; what the round trips and the loss of just these packets tell decides what to believe.
 *
 * Phases:
 *   STARTUP  the rate grows from round trip to round trip, until a queue shows or delivery does not follow
 *   DRAIN    slower than the path, until what queued is gone
 *   CRUISE   at the path's rate, a little less while a queue stands
 *   UP       faster, by so much that QUEUE_BUDGET at most is queued; if it brings more and queues nothing, the next is
 *            twice as strong at once, and in the end it is a new start
 *   DOWN     slower by as much as UP was faster
 *   LOOK     half of what the path holds in flight for a moment, when the lowest round trip was not met for long, or
 * the queue was not gone for PATIENCE
 *
 * A standing queue is drained, and the rate that arrived meanwhile is believed. One that does not go is let go of in
 * LOOK, by all connections of this kind at about the same time, because all of them saw it gone at the same time. If it
 * comes back at once, or FAILED_LOOKS did not find it gone, it is somebody else's. Beside such a competitor the round
 * trip says little; then the connection holds on to its measured rate and lets more be in flight, as much as keeps its
 * share, and doubts the competitor again and again by LOOK. Two of them that meet the same queue mean a longer path.
 *
 * Loss is a brake and not a signal: what is lost in DOWN and DRAIN, when nobody can blame the rate, is taken for the
 * path's own; what exceeds that by LOSS_EXCESS in a round lowers the rate and the amount in flight until the next UP.
 *
 * A rate that was not used for STALE_US is forgotten step by step, down to twice what is used.
 */
#ifndef SNP_CONGESTION_MODEL_H
#define SNP_CONGESTION_MODEL_H

#include "snp/congestion.h"

/* A controller on the heap; NULL without memory. round_trip: -1 unknown. */
struct congestion *congestion_model_new(const struct congestion_limits *limits, microseconds round_trip,
                                        microseconds now);

enum congestion_phase {
    CONGESTION_STARTUP,
    CONGESTION_DRAIN,
    CONGESTION_CRUISE,
    CONGESTION_UP,
    CONGESTION_DOWN,
    CONGESTION_LOOK,
};

/* For tests and plots; zero for another controller. */
struct congestion_view {
    enum congestion_phase phase;
    int64_t bandwidth;            /* bytes per second */
    microseconds base_round_trip; /* the lowest, or a guess */
    microseconds noise;           /* of round trips */
    double ambient_loss;
    bool competitor;
};

struct congestion_view congestion_model_view(const struct congestion *congestion);

#endif
