/*
 * Simulated network conditions (API contract 4.7): the whole process's datagrams are limited in rate, lost, delayed,
 * jittered, reordered and duplicated, in that order, each direction with its own settings, below encryption.
 *
 * Two parts. The settings of the process are set here by whoever owns the config values and take effect for the next
 * datagram. The judgement of one datagram is a pure function of settings, state, time and randomness; service.c applies
 * it to real sockets and holds back the delayed ones.
 */
#ifndef NET_IMPAIRMENT_H
#define NET_IMPAIRMENT_H

#include "base/random.h"
#include "base/time.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* The config values of one direction; the number of each is in the comment, send first. */
struct impairment_direction_settings {
    float loss_percent;      /* 2, 3 */
    int lag_ms;              /* 4, 5 */
    float reorder_percent;   /* 6, 7 */
    float duplicate_percent; /* 26, 27 */
    int rate_limit;          /* 42, 44: bytes per second; 0 is no limit */
    int rate_burst;          /* 43, 45: bytes */
    float jitter_average_ms; /* 53, 56; 0 is off */
    float jitter_maximum_ms; /* 54, 57 */
    float jitter_percent;    /* 55, 58 */
};

struct impairment_settings {
    struct impairment_direction_settings send;
    struct impairment_direction_settings receive;
    int reorder_ms;           /* 8 */
    int duplicate_maximum_ms; /* 28 */
};

/* What the config values are by default: everything off. */
void impairment_settings_default(struct impairment_settings *settings);

/* Makes these the process's conditions from the next datagram on. Any thread. */
void impairment_set(const struct impairment_settings *settings);
void impairment_get(struct impairment_settings *settings);

extern atomic_bool impairment_flag; /* kept by impairment.c: some setting is not off */

static inline bool impairment_active(void)
{
    return atomic_load_explicit(&impairment_flag, memory_order_relaxed);
}

/* ---- judging one datagram ------------------------------------------------------------------------------------ */

/* The token bucket of a direction. All zero is a full bucket that has not been used. */
struct impairment_bucket {
    double tokens;
    microseconds refilled_at; /* 0: never used */
};

/* What is remembered of one path in one direction, so that jitter does not reorder. All zero at first. */
struct impairment_path {
    microseconds last_due;
};

struct impairment_verdict {
    int copies;          /* 0: the datagram is dropped */
    microseconds due[2]; /* when each copy passes; now means at once */
};

/* `common` supplies the values that both directions share. Pure but for what it is given. */
void impairment_judge(const struct impairment_settings *common, const struct impairment_direction_settings *settings,
                      struct impairment_bucket *bucket, struct impairment_path *path, size_t datagram_size,
                      microseconds now, struct random_source *random, struct impairment_verdict *verdict);

/* The same with the process's settings and buckets, under their lock. */
void impairment_judge_process(bool sending, struct impairment_path *path, size_t datagram_size, microseconds now,
                              struct random_source *random, struct impairment_verdict *verdict);

#endif
