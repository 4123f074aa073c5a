/*
 * What the parts of the model-based controller share: its state. congestion_model.c has the phases and what begins and
 * ends them, congestion_pace.c what follows from them for the sender, congestion_judgement.c what is concluded when a
 * round, a part of one, or a probe is over. Nobody else includes this but the
 * test that brings each conclusion about.
 */
#ifndef SNP_CONGESTION_STATE_H
#define SNP_CONGESTION_STATE_H

#include "base/list.h"
#include "snp/congestion_model.h"
#include "snp/path_model.h"
#include "wire/limits.h"

/* Times are in microseconds. */
enum {
    PACKET = DATAGRAM_PACKET_SIZE_DEFAULT,

    /* Rates and amounts that nothing goes below. */
    RATE_FLOOR = 32 * 1024,           /* bytes a second: what a small game needs, whatever else goes on */
    FLIGHT_FLOOR = 6 * PACKET,        /* bytes */
    INITIAL_FLIGHT = 10 * PACKET,     /* bytes in the first round trip, if that is more than ... */
    INITIAL_RATE = SEND_RATE_DEFAULT, /* ... this rate, at which fixed-rate connections send all the time */

    /* Queues. */
    QUEUE_QUIET = 2 * 1000,         /* below this there is none */
    QUEUE_NOTICED = 4 * 1000,       /* growth that ends STARTUP, or an eighth of the round trip if that is more, ... */
    QUEUE_NOTICED_MOST = 16 * 1000, /* ... up to this */
    QUEUE_BUDGET = 8 * 1000,        /* what one UP may add */
    QUEUE_STANDING = 8 * 1000,      /* what stands above this is drained */
    QUEUE_GONE = 5 * 1000,          /* what was drained has been below this at least once */
    PATIENCE = 1000 * 1000,         /* if it is not gone for so long, LOOK lets it go */
    PATIENCE_SUSPICIOUS = 500 * 1000,      /* the same after a LOOK that did not find it gone, ... */
    PATIENCE_ONCE_BITTEN = 300 * 1000,     /* ... and after a competitor was there, ... */
    COMPETITION_MEMORY = 10 * 1000 * 1000, /* ... for so long */
    LOOK_MEMORY = 4 * 1000 * 1000,         /* what comes back within this time after LOOK is a competitor's, ... */
    FAILED_LOOKS = 2,                      /* ... and so is what so many of them in a row did not find gone */

    /* In flight beyond what the path holds. */
    SLACK_LEAST = 4 * 1000,
    SLACK_MOST = 8 * 1000,
    SLACK_REPORT = 3 * 1000, /* for gaps, which a receiver reports so much later (protocol 15.3) */

    /* Phases. */
    UP_FLIGHT = 12 * PACKET, /* bytes more in each round trip, whatever the rate: so that shares become equal */
    UP_LEAST = 2 * 1000,     /* UP lasts a round trip, within these */
    UP_MOST = 32 * 1000,
    CRUISE_ROUNDS = 6, /* and up to CRUISE_DRAW - 1 more */
    CRUISE_DRAW = 3,
    CALM_ROUNDS = 3,               /* of CRUISE before UP */
    FLAT_ROUNDS = 3,               /* without growth end STARTUP */
    LEVEL_RESTART = 4,             /* so many successful UPs in a row are a new STARTUP */
    NOISY_SPANS = 4,               /* so many spans, ... */
    NOISY_ROUNDS = 3,              /* ... or rounds, have to agree where round trips vary by themselves */
    ROUND_SAMPLES = 3,             /* round-trip samples without which a round is not judged */
    LOOK_AFTER = 10 * 1000 * 1000, /* the lowest round trip was met */
    LOOK_TIME = 100 * 1000,        /* it lasts a round trip and this, ... */
    LOOK_MOST = 2 * 1000 * 1000,   /* ... but no longer than this */
    DOUBT_FIRST = 2 * 1000 * 1000, /* a competitor is doubted so long after the queue was lowest; then twice as long */
    DRAIN_MOST = 500 * 1000,       /* and some round trips */

    STALE_US = 2 * 1000 * 1000,
    STALE_STEP = 500 * 1000,

    /* How the sender behaves. */
    CATCH_UP = 4 * 1000,
    ASK_LEAST = 1500, /* an acknowledgement each eighth of a round trip, within these, ... */
    ASK_MOST = 25 * 1000,
    ASK_PACKETS = 128,        /* ... and for so many full packets */
    ASK_LIMITED = 100 * 1000, /* when the application limits the rate: no oftener than this, or than round trips end */
};

static const double STARTUP_GAIN = 2.5;
static const double DOWN_AMPLITUDE = 0.25;
static const double LOOK_FLIGHT = 0.5;
static const double RELEASE = 1.15; /* of the ceiling on what is in flight, with each UP */

struct model {
    struct congestion base;
    struct congestion_limits limits;
    struct path_model path;

    enum congestion_phase phase;
    microseconds phase_began;
    microseconds phase_ends; /* UP, DOWN, LOOK; TIME_NEVER: not known yet */
    int phase_rounds, rounds_since_up, cruise_rounds, standing_rounds;
    microseconds full_since; /* since then the rate was not below the path's on purpose */

    double ceiling;        /* what loss or a queue has shown the rate to be, until the next UP */
    double flight_ceiling; /* the same for bytes in flight; released slowly */
    double startup_best;
    double span_rate; /* the newest when the last span ended */
    microseconds span_ended;
    int flat_rounds, full_spans;
    microseconds confirmed;           /* when the rate was last used up */
    microseconds look_from, look_low; /* LOOK: since little is in flight */
    microseconds looked_low;          /* of the LOOK before */

    /* UP, and what came of it */
    int level;        /* successful UPs in a row */
    double amplitude; /* part of UP_AMPLITUDE, less after loss */
    bool judging;
    microseconds probe_expected; /* the queue that it makes if there is no more to be had */
    microseconds probe_reference;
    microseconds probe_from, probe_to; /* packets sent in between see that queue */
    microseconds probe_low;
    double probe_base, probe_best, probe_growth;

    microseconds gone_at; /* when there was no queue last, ... */
    double kept_rate;     /* ... and what was believed then */
    bool competitor;
    microseconds looked_at;   /* when LOOK ended last */
    microseconds competed_at; /* when a competitor was there last */
    int failed_looks;         /* in a row: the queue was not gone */
    microseconds doubt_wait;
    microseconds low, low_at; /* the lowest round trip since LOOK, and when: all who are on the path saw it then */

    uint32_t lottery;
};

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

static inline struct model *model_of(struct congestion *congestion)
{
    return container_of(congestion, struct model, base);
}

/* The rate that is believed in. */
static inline double rate_of(const struct model *model)
{
    return larger(smaller(path_bandwidth(&model->path), model->ceiling), RATE_FLOOR);
}

static inline double bytes_in(double rate, microseconds time)
{
    return rate * (double)time / 1e6;
}

/* ---- congestion_pace.c ---- */

/* How long UP lasts, and how much faster it is than the path, as a part of its rate. */
microseconds model_up_time(const struct model *model);
double model_up_amplitude(const struct model *model);

/* What CRUISE makes of the rate: a little less while a queue stands. */
double model_cruise_gain(const struct model *model);

/* What packets are marked with in this phase. */
enum path_tag model_tag_of(const struct model *model);

/* Tells the sender: after every change. */
void model_decide(struct model *model);

/* ---- congestion_model.c ---- */

void model_begin_startup(struct model *model, microseconds now);
void model_begin_drain(struct model *model, int64_t in_flight, microseconds now);
void model_begin_up(struct model *model, microseconds now);
void model_begin_down(struct model *model, microseconds now);

/* The path has delivered no more than this although it was asked to: then that is its rate, unless it is chance. */
void model_believe_delivery(struct model *model, double rate);

/* The queue has gone, and so has whoever else filled it. */
void model_end_competition(struct model *model, microseconds now);

/* ---- congestion_judgement.c ---- */

/* A round is over; a span of it; a packet may have been a probe. */
void model_end_round(struct model *model, const struct congestion_report *report);
void model_judge_span(struct model *model, const struct congestion_report *report);
void model_note_probe(struct model *model, const struct congestion_report *report);

#endif
