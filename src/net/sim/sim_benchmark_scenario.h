/*
 * The scenarios that congestion control is put to: a path, who sends on it, what changes on the way, and the bars that
 * the measured figures have to clear. Data only; sim_benchmark.c runs them.
 */
#ifndef NET_SIM_BENCHMARK_SCENARIO_H
#define NET_SIM_BENCHMARK_SCENARIO_H

#include "net/sim/sim_benchmark.h"
#include "net/sim/sim_competitor.h"
#include "net/sim/sim_flow.h"

enum { SIM_STEPS_MAXIMUM = 6 };

enum step_kind {
    STEP_NONE,
    STEP_RATE,    /* of the path: value bytes a second */
    STEP_DELAY,   /* of the path, one way: value microseconds */
    STEP_BULK,    /* the first flow sends without end */
    STEP_TRICKLE, /* it sends value bytes a second */
};

struct step {
    enum step_kind kind;
    microseconds at;
    int64_t value;
};

enum bar_kind {
    BAR_NONE,
    BAR_SHARE,  /* of the path's rate that arrives as messages of all flows, at least */
    BAR_MEDIAN, /* milliseconds of queue, at most */
    BAR_P95,
    BAR_DROPS,      /* share of the flows' packets that the full queue dropped, at most */
    BAR_JAIN,       /* fairness among the flows, at least */
    BAR_FAIR,       /* of its fair share that the first flow gets beside the competitor, at least */
    BAR_COMPETITOR, /* of its fair share that the competitor keeps, at least */
    BAR_GAME,       /* milliseconds added for 99 of 100 messages of the game, at most */
};

struct bar {
    enum bar_kind kind;
    double limit;
    microseconds from, to; /* to 0: the end */
};

struct sim_benchmark_scenario {
    const char *name, *about;
    struct sim_path path; /* forward; delay is half the round trip */
    int flows;
    enum sim_pattern pattern;
    int64_t trickle_rate;
    microseconds stagger; /* between the flows' beginnings */
    bool game;            /* one flow more, which begins first */
    bool competitor;
    enum sim_competitor_kind competitor_kind;
    microseconds competitor_from;
    microseconds duration;
    struct step steps[SIM_STEPS_MAXIMUM];
    struct bar bars[SIM_BARS_MAXIMUM];
};

extern const struct sim_benchmark_scenario sim_benchmark_scenarios[];
extern const int sim_benchmark_scenario_count;

#endif
