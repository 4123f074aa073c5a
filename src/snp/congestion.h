/*
 * Congestion control: how fast a connection sends, and how much it lets be on its way at once. One interface, so that
 * controllers can be exchanged and compared in the simulator; two controllers:
 *   fixed rate   the rate that SendRateMin and SendRateMax agree on, whatever the network does (congestion.c)
 *   model        between the two, what a model of the path says (congestion_model.h)
 *
 * The sender owns the controller, tells it what leaves and what becomes of it, and obeys `rate`, `allowance` and the
 * fields beside them, which change only within these calls. Controllers know bytes and times, no packets; they read no
 * clock. Under the connection's lock.
 */
#ifndef SNP_CONGESTION_H
#define SNP_CONGESTION_H

#include "snp/rate_sampler.h"
#include "snp/transport_config.h"

#include <stdbool.h>
#include <stdint.h>

struct congestion;

/* SendRateMin and SendRateMax, understood. */
struct congestion_limits {
    int64_t lowest;  /* bytes per second; 0: none */
    int64_t highest; /* 0: none */
    bool fixed;      /* both are the same limit: there is nothing to choose */
};

enum { CONGESTION_TAGS = 3 };

/* What became of packets that left with one tag, in bytes. */
struct congestion_fate {
    int64_t arrived;
    int64_t lost; /* given up, less what had been and arrived after all: may be negative */
};

/* What one acknowledgement told, and timeouts since the one before. */
struct congestion_report {
    microseconds now;
    struct congestion_fate fates[CONGESTION_TAGS]; /* by tag */
    int64_t in_flight;                             /* bytes neither acknowledged nor given up, now */
    struct rate_sample rate;
    microseconds round_trip; /* a sample; -1: none */
    microseconds sent_at;    /* when the packet it was taken from had left */
};

struct congestion_controller {
    const char *name;
    void (*destroy)(struct congestion *congestion); /* NULL: nothing to free */
    /* The handshake has told how long a round trip takes, about. */
    void (*round_trip_hinted)(struct congestion *congestion, microseconds round_trip);
    void (*limits_changed)(struct congestion *congestion, const struct congestion_limits *limits, microseconds now);
    /* A packet with data has left; in_flight: with it. */
    void (*sent)(struct congestion *congestion, int64_t bytes, int64_t in_flight, bool application_limited,
                 microseconds now);
    void (*acknowledged)(struct congestion *congestion, const struct congestion_report *report);
    /* Nothing was heard of the oldest packet for the retransmit timeout: for so many rounds in a row. */
    void (*timed_out)(struct congestion *congestion, int rounds, int64_t in_flight, microseconds now);
};

/* The part that every controller begins with. */
struct congestion {
    const struct congestion_controller *controller;
    int64_t rate;      /* bytes per second, for the pacer */
    int64_t allowance; /* bytes that may be in flight */
    uint8_t tag;       /* what packets that leave now are marked with, below CONGESTION_TAGS */

    /* How the sender asks for acknowledgements (protocol 17.5): no later than after this time and so many bytes. */
    microseconds ask_interval; /* TIME_NEVER: it does not */
    int64_t ask_bytes;
    bool ask_at_once; /* the peer is not to wait for a packet of its own that could carry the acknowledgement */

    microseconds catch_up; /* what was not sent in time is made up for, this far back */
};

struct congestion_limits congestion_limits_of(const struct transport_config *config);

/* The fixed-rate controller, in memory of the caller. */
void congestion_fixed_init(struct congestion *congestion, const struct congestion_limits *limits);

static inline void congestion_destroy(struct congestion *congestion)
{
    if (congestion->controller->destroy)
        congestion->controller->destroy(congestion);
}

#endif
