/*
 * What acknowledgements tell of a path: how many bytes a second it delivers, how long a round trip takes at least and
 * how long it takes now, how much these vary by themselves, how much is lost. Measuring only; what follows from it is
 * decided elsewhere (congestion_model.h). Owns nothing; one a connection that needs it.
 *
 * A round is the time in which what was in flight at its beginning is acknowledged. Spans are parts of rounds.
 */
#ifndef SNP_PATH_MODEL_H
#define SNP_PATH_MODEL_H

#include "snp/congestion.h"

/* Tags of packets (congestion.h): how fast they left. */
enum path_tag {
    PATH_ORDINARY,
    PATH_PROBE, /* faster than the path is believed to be */
    PATH_QUIET, /* slower: what is lost of them is nobody's fault */
};

struct path_model {
    /* Rates in bytes a second. */
    double best[2];               /* the highest in this cycle and in the one before; the owner turns cycles */
    double latest;                /* of the newest sample */
    double round_best, last_best; /* the highest in this round, and in the last whole one */
    double used[2];               /* the highest that the application limited, in this second and in the one before */
    microseconds used_turned;
    microseconds latest_sent_from; /* when the oldest packet of the newest sample left */

    /* Round trips. */
    microseconds floor;                    /* the lowest that is believed; TIME_NEVER: none yet */
    microseconds floor_met;                /* when one about as low was met last */
    microseconds newest, second;           /* the newest samples; TIME_NEVER: none yet */
    microseconds newest_sent, second_sent; /* when their packets left */
    microseconds hint;                     /* for as long as there is none */
    microseconds noise; /* what a sample differs from what the two before it led to expect, on average */
    double noise_exact;
    microseconds gap; /* between acknowledgements, on average */
    microseconds acknowledged_at;

    /* The round under way, and the last whole one. */
    int64_t round_target;               /* delivered in all when it ends */
    microseconds round_low, last_low;   /* the lowest round trip; TIME_NEVER: no sample */
    microseconds round_high, last_high; /* the highest */
    int round_samples;
    bool round_limited; /* the application limited some of it */
    struct congestion_fate round[CONGESTION_TAGS];
    microseconds span_began, span_low, last_span_low;
    int span_samples;

    double quiet_arrived, quiet_lost; /* decaying sums of quiet packets, in bytes */
};

/* What a report completed. */
enum path_news {
    PATH_ROUND = 1, /* a round: the fields of the round are valid until path_model_next_round */
    PATH_SPAN = 2,  /* a span: last_span_low is new */
};

void path_model_init(struct path_model *path, microseconds round_trip, microseconds now);

/* Returns path_news. */
int path_model_note(struct path_model *path, const struct congestion_report *report);

/* The owner has looked at the round. */
void path_model_next_round(struct path_model *path, int64_t delivered);

/* A cycle is over: what was best in the one before the last is forgotten. No more than `most` is believed of it. */
void path_model_next_cycle(struct path_model *path, double most);

/* What was best is forgotten down to this. */
void path_model_forget(struct path_model *path, double most);

static inline double path_bandwidth(const struct path_model *path)
{
    return path->best[0] > path->best[1] ? path->best[0] : path->best[1];
}

/* The lowest round trip, or the best guess. */
microseconds path_floor(const struct path_model *path);

/* The queue that the last whole round found at its best. */
microseconds path_standing_queue(const struct path_model *path);

/* Differences of round trips up to this may be chance. */
microseconds path_noise_margin(const struct path_model *path);

/* How long what has arrived may wait for its acknowledgement. */
microseconds path_hold(const struct path_model *path);

/* The share of packets that the path loses by itself; known: enough packets were seen. */
bool path_loss_known(const struct path_model *path);
double path_loss(const struct path_model *path);

double fate_loss(const struct congestion_fate *fate);

#endif
