/*
 * A sender that is not ours: loss-based congestion control as ordinary TCP has it, CUBIC (RFC 9438) or Reno, with slow
 * start, one reduction for each round trip with a loss, and a timeout; every packet is acknowledged. Retransmission
 * and the byte stream are left out: only what it does to the path counts.
 */
#ifndef NET_SIM_COMPETITOR_H
#define NET_SIM_COMPETITOR_H

#include "net/sim/sim_bottleneck.h"

enum sim_competitor_kind { SIM_CUBIC, SIM_RENO };

struct sim_competitor {
    struct sim_world *world;
    struct sim_bottleneck *forward, *backward;
    enum sim_competitor_kind kind;
    struct sim_account account, acknowledgements;
    struct sim_event timeout;
    double window, threshold; /* packets */
    double last_maximum;      /* CUBIC: the window at the last loss */
    double estimate;          /* CUBIC: what Reno would have */
    microseconds epoch;       /* CUBIC: when the window was last reduced; 0: not since slow start */
    double round_trip;        /* microseconds, smoothed; 0 unknown */
    int64_t next, expected;   /* packet numbers: to send, and to be acknowledged */
    int64_t recovery;         /* losses below this number belong to the last reduction */
    int64_t delivered_bytes;
};

void sim_competitor_init(struct sim_competitor *competitor, struct sim_world *world, enum sim_competitor_kind kind,
                         struct sim_bottleneck *forward, struct sim_bottleneck *backward);
void sim_competitor_destroy(struct sim_competitor *competitor);

/* It sends from now on, without end. */
void sim_competitor_start(struct sim_competitor *competitor);

#endif
