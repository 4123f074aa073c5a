#include "net/sim/sim_benchmark.h"

#include "net/sim/sim_competitor.h"
#include "net/sim/sim_flow.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLOWS_MAXIMUM = 10,
    STEPS_MAXIMUM = 6,
    SEED = 20241,
};

#define SAMPLE_INTERVAL MILLISECOND
#define START_SPREAD    (50 * MILLISECOND) /* nothing begins at a round number */
#define CSV_INTERVAL    (20 * MILLISECOND)

/* ---- what a scenario is made of -------------------------------------------------------------------------------- */

enum step_kind {
    STEP_NONE,
    STEP_RATE,    /* of the path: value bytes a second */
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

struct scenario {
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
    struct step steps[STEPS_MAXIMUM];
    struct bar bars[SIM_BARS_MAXIMUM];
};

/* clang-format off */
#define MBIT(R)          ((int64_t)(R)*1000000 / 8)
#define MS(T)            ((microseconds)((T)*1000))
#define BDP(R, RTT, X)   (int64_t)((double)(R) * 1e6 / 8 * (RTT) / 1000 * (X))
#define PATH(R, RTT, X, ...) {.rate = MBIT(R), .buffer = BDP(R, RTT, X), .delay = MS(RTT) / 2, __VA_ARGS__}
#define GOOD_BARS(SETTLED) \
    {BAR_SHARE, 0.9, MS(SETTLED), 0}, {BAR_MEDIAN, 10, 0, 0}, {BAR_P95, 25, 0, 0}, {BAR_DROPS, 0.05, 0, 0}
#define BULK_AT(NAME, R, RTT, X, LOSS, TIME)                                                                           \
    {.name = NAME,                                                                                                     \
     .about = "one bulk transfer, " #R " Mbit/s, " #RTT " ms, buffer " #X " BDP, loss " #LOSS,                         \
     .path = PATH(R, RTT, X, .loss = LOSS), .flows = 1, .pattern = SIM_BULK, .duration = MS(TIME),                     \
     .bars = {GOOD_BARS((TIME) / 5)}}
/* clang-format on */

static const struct scenario scenarios[] = {
    BULK_AT("bulk-buffer0.5-loss0", 100, 50, 0.5, 0, 10000),
    BULK_AT("bulk-buffer0.5-loss1", 100, 50, 0.5, 0.01, 10000),
    BULK_AT("bulk-buffer0.5-loss3", 100, 50, 0.5, 0.03, 10000),
    BULK_AT("bulk-buffer1-loss0", 100, 50, 1, 0, 10000),
    BULK_AT("bulk-buffer1-loss1", 100, 50, 1, 0.01, 10000),
    BULK_AT("bulk-buffer1-loss3", 100, 50, 1, 0.03, 10000),
    BULK_AT("bulk-buffer4-loss0", 100, 50, 4, 0, 10000),
    BULK_AT("bulk-buffer4-loss1", 100, 50, 4, 0.01, 10000),
    BULK_AT("bulk-buffer4-loss3", 100, 50, 4, 0.03, 10000),
    BULK_AT("bulk-10m-5ms", 10, 5, 1, 0, 10000),
    BULK_AT("bulk-10m-50ms", 10, 50, 1, 0, 10000),
    BULK_AT("bulk-10m-200ms", 10, 200, 1, 0, 20000),
    BULK_AT("bulk-1g-5ms", 1000, 5, 1, 0, 3000),
    BULK_AT("bulk-1g-50ms", 1000, 50, 1, 0, 5000),
    BULK_AT("bulk-1g-200ms", 1000, 200, 1, 0, 10000),
    {
        .name = "rate-drop",
        .about = "100 Mbit/s, 50 ms, buffer 1 BDP; a tenth from second 5 to 12",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(20000),
        .steps = {{STEP_RATE, MS(5000), MBIT(10)}, {STEP_RATE, MS(12000), MBIT(100)}},
        .bars = {{BAR_SHARE, 0.9, MS(7000), MS(12000)},
                 {BAR_SHARE, 0.9, MS(15000), 0},
                 {BAR_MEDIAN, 10, MS(7000), 0},
                 {BAR_P95, 25, MS(7000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "jitter-packets",
        .about = "100 Mbit/s, 50 ms, each packet up to 30 ms late, the order kept",
        .path = PATH(100, 50, 1, .jitter = MS(30), .jitter_kind = SIM_JITTER_PACKETS),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {GOOD_BARS(2000)},
    },
    {
        .name = "jitter-wanders",
        .about = "100 Mbit/s, 50 ms, the path up to 30 ms longer for 2 to 20 ms at a time",
        .path = PATH(100, 50, 1, .jitter = MS(30), .jitter_kind = SIM_JITTER_WANDERS),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {GOOD_BARS(2000)},
    },
    {
        .name = "reordering",
        .about = "100 Mbit/s, 50 ms, 5 % of the packets up to 10 ms late, so that others overtake them",
        .path = PATH(100, 50, 1, .reorder = 0.05, .reorder_delay = MS(10)),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {GOOD_BARS(2000)},
    },
    {
        .name = "ten-flows",
        .about = "ten bulk transfers on 100 Mbit/s, 50 ms, begun 0.2 s apart",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 10,
        .pattern = SIM_BULK,
        .stagger = MS(200),
        .duration = MS(15000),
        .bars = {{BAR_JAIN, 0.9, MS(8000), MS(10000)},
                 {BAR_JAIN, 0.9, MS(10000), 0},
                 {BAR_SHARE, 0.9, MS(3000), 0},
                 {BAR_MEDIAN, 10, MS(3000), 0},
                 {BAR_P95, 25, MS(3000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "beside-cubic-buffer1",
        .about = "beside a CUBIC flow, 100 Mbit/s, 50 ms, buffer 1 BDP",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .competitor = true,
        .competitor_from = MS(2000),
        .duration = MS(30000),
        .bars = {{BAR_FAIR, 0.5, MS(5000), 0}, {BAR_COMPETITOR, 0.25, MS(5000), 0}, {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "beside-cubic-buffer4",
        .about = "beside a CUBIC flow, 100 Mbit/s, 50 ms, buffer 4 BDP",
        .path = PATH(100, 50, 4, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .competitor = true,
        .competitor_from = MS(2000),
        .duration = MS(30000),
        .bars = {{BAR_FAIR, 0.5, MS(5000), 0}, {BAR_COMPETITOR, 0.25, MS(5000), 0}, {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "beside-reno-buffer1",
        .about = "beside a Reno flow, 100 Mbit/s, 50 ms, buffer 1 BDP",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .competitor = true,
        .competitor_kind = SIM_RENO,
        .competitor_from = MS(2000),
        .duration = MS(30000),
        .bars = {{BAR_FAIR, 0.5, MS(5000), 0}, {BAR_COMPETITOR, 0.25, MS(5000), 0}, {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "game-beside-bulk",
        .about = "a 60 Hz game flow beside a bulk transfer, 20 Mbit/s, 40 ms, buffer 4 BDP",
        .path = PATH(20, 40, 4, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .game = true,
        .stagger = MS(1000),
        .duration = MS(20000),
        .bars = {{BAR_GAME, 15, 0, 0}, {BAR_SHARE, 0.9, MS(3000), 0}},
    },
    {
        .name = "limited-then-busy",
        .about = "bulk, then 1 Mbit/s for 15 s while the path falls from 100 to 20 Mbit/s, then bulk again",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(25000),
        .steps = {{STEP_TRICKLE, MS(4000), MBIT(1)}, {STEP_RATE, MS(10000), MBIT(20)}, {STEP_BULK, MS(19000), 0}},
        .bars = {{BAR_SHARE, 0.9, MS(20500), 0},
                 {BAR_MEDIAN, 10, MS(19000), 0},
                 {BAR_P95, 25, MS(19000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
};

enum { SCENARIO_COUNT = sizeof(scenarios) / sizeof(scenarios[0]) };

const char *sim_benchmark_name(int index)
{
    return index >= 0 && index < SCENARIO_COUNT ? scenarios[index].name : NULL;
}

const char *sim_benchmark_about(int index)
{
    return index >= 0 && index < SCENARIO_COUNT ? scenarios[index].about : NULL;
}

int sim_benchmark_find(const char *name)
{
    for (int i = 0; i < SCENARIO_COUNT; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- a run ----------------------------------------------------------------------------------------------------- */

/* What is noted every millisecond. */
struct sample {
    float queue_ms;
    int64_t capacity;                 /* bytes the path could have carried by now */
    int64_t delivered[FLOWS_MAXIMUM]; /* as messages */
    int64_t passed[FLOWS_MAXIMUM];    /* through the rate, as packets */
    int64_t competitor;
    int64_t latencies; /* of the game, by now */
};

struct run {
    const struct scenario *scenario;
    struct sim_world world;
    struct sim_bottleneck forward, backward;
    struct sim_flow flows[FLOWS_MAXIMUM + 1]; /* the game's is behind the others */
    struct sim_competitor competitor;
    struct sim_event starts[FLOWS_MAXIMUM + 1], competitor_start, steps[STEPS_MAXIMUM], sampling, csv_line;
    struct sample *samples;
    int sample_count;
    double capacity;
    FILE *csv;
};

static int flow_count(const struct scenario *scenario)
{
    return scenario->flows + (scenario->game ? 1 : 0);
}

static void run_start(struct sim_world *world, struct sim_event *event)
{
    struct run *run = container_of(world, struct run, world);
    ptrdiff_t index = event - run->starts;

    if (index == run->scenario->flows)
        sim_flow_send(&run->flows[index], SIM_GAME, 0);
    else
        sim_flow_send(&run->flows[index], run->scenario->pattern, run->scenario->trickle_rate);
}

static void run_competitor(struct sim_world *world, struct sim_event *event)
{
    (void)event;
    sim_competitor_start(&container_of(world, struct run, world)->competitor);
}

static void run_step(struct sim_world *world, struct sim_event *event)
{
    struct run *run = container_of(world, struct run, world);
    const struct step *step = &run->scenario->steps[event - run->steps];

    switch (step->kind) {
    case STEP_RATE:
        run->forward.path.rate = step->value;
        break;
    case STEP_BULK:
        sim_flow_send(&run->flows[0], SIM_BULK, 0);
        break;
    case STEP_TRICKLE:
        sim_flow_send(&run->flows[0], SIM_TRICKLE, step->value);
        break;
    case STEP_NONE:
        break;
    }
}

static void run_sampling(struct sim_world *world, struct sim_event *event)
{
    struct run *run = container_of(world, struct run, world);
    struct sample *sample = &run->samples[run->sample_count++];

    run->capacity += (double)run->forward.path.rate * (double)SAMPLE_INTERVAL / 1e6;
    sample->queue_ms = (float)sim_bottleneck_delay(&run->forward) / 1000;
    sample->capacity = (int64_t)run->capacity;
    for (int i = 0; i < run->scenario->flows; i++) {
        sample->delivered[i] = run->flows[i].delivered_bytes;
        sample->passed[i] = run->flows[i].client.account.passed_bytes;
    }
    sample->competitor = run->competitor.delivered_bytes;
    sample->latencies = run->flows[run->scenario->flows].latency_count;
    sim_plan(world, event, world->now + SAMPLE_INTERVAL, run_sampling);
}

static double mbit(int64_t bytes, microseconds time)
{
    return (double)bytes * 8 / (double)time;
}

static void run_csv_line(struct sim_world *world, struct sim_event *event)
{
    struct run *run = container_of(world, struct run, world);
    const struct scenario *scenario = run->scenario;
    int steps = (int)(CSV_INTERVAL / SAMPLE_INTERVAL);
    const struct sample *now = &run->samples[run->sample_count - 1];
    const struct sample *before = run->sample_count > steps ? now - steps : &run->samples[0];
    const struct sim_flow *game = &run->flows[scenario->flows];
    microseconds worst = 0;

    fprintf(run->csv, "%.3f,%.3f,%.3f", (double)world->now / 1e6, mbit(run->forward.path.rate, SECOND),
            (double)now->queue_ms);
    for (int i = 0; i < scenario->flows; i++) {
        SteamNetConnectionRealTimeStatus_t status = sim_flow_status(&run->flows[i]);
        struct congestion_view view = sim_flow_view(&run->flows[i]);

        fprintf(run->csv, ",%.3f,%.3f,%d,%.3f,%d,%.1f,%d,%.2f", mbit(now->passed[i] - before->passed[i], CSV_INTERVAL),
                mbit(status.m_nSendRateBytesPerSecond, SECOND), status.m_nPing, mbit(view.bandwidth, SECOND),
                view.phase, (double)view.base_round_trip / 1000, view.competitor, (double)view.noise / 1000);
    }
    if (scenario->competitor)
        fprintf(run->csv, ",%.3f,%.1f", mbit(now->competitor - before->competitor, CSV_INTERVAL),
                run->competitor.window);
    for (int64_t i = before->latencies; i < now->latencies; i++)
        worst = time_later(worst, game->latencies[i] - scenario->path.delay);
    if (scenario->game)
        fprintf(run->csv, ",%.3f", (double)worst / 1000);
    fputc('\n', run->csv);
    sim_plan(world, event, world->now + CSV_INTERVAL, run_csv_line);
}

static void write_csv_head(const struct run *run)
{
    fprintf(run->csv, "seconds,path_mbit,queue_ms");
    for (int i = 1; i <= run->scenario->flows; i++)
        fprintf(run->csv, ",mbit_%d,rate_%d,ping_ms_%d,model_mbit_%d,phase_%d,base_ms_%d,competitor_%d,noise_ms_%d", i,
                i, i, i, i, i, i, i);
    if (run->scenario->competitor)
        fprintf(run->csv, ",competitor_mbit,competitor_window");
    if (run->scenario->game)
        fprintf(run->csv, ",game_added_ms");
    fputc('\n', run->csv);
}

static struct transport_config config_of(const struct scenario *scenario)
{
    (void)scenario;
    return (struct transport_config){
        .timeout_initial_ms = 10000,
        .timeout_connected_ms = 10000,
        .send_buffer_size = 4 * 1024 * 1024,
        .send_rate_min = 0,
        .send_rate_max = 0,
        .nagle_us = 5000,
        .receive_buffer_size = 64 * 1024 * 1024,
        .receive_buffer_messages = 1000,
        .receive_max_message_size = 512 * 1024,
        .receive_max_segments = 1300,
        .packet_size = 1300,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
        .send_time_since_previous = -1,
    };
}

static void build(struct run *run)
{
    const struct scenario *scenario = run->scenario;
    struct transport_config config = config_of(scenario);
    struct sim_path back = scenario->path;

    back.rate = 0;
    sim_bottleneck_init(&run->forward, &run->world, &scenario->path);
    sim_bottleneck_init(&run->backward, &run->world, &back);
    for (int i = 0; i < flow_count(scenario); i++) {
        bool game = i == scenario->flows;
        microseconds at = scenario->game ? (game ? 0 : (i + 1) * scenario->stagger) : i * scenario->stagger;

        at += sim_between(&run->world, 0, START_SPREAD);

        sim_flow_init(&run->flows[i], &run->world, i, &config, &run->forward, &run->backward);
        run->flows[i].tell_latencies = game;
        sim_plan(&run->world, &run->starts[i], at, run_start);
    }
    if (scenario->competitor) {
        sim_competitor_init(&run->competitor, &run->world, scenario->competitor_kind, &run->forward, &run->backward);
        sim_plan(&run->world, &run->competitor_start,
                 scenario->competitor_from + sim_between(&run->world, 0, START_SPREAD), run_competitor);
    }
    for (int i = 0; i < STEPS_MAXIMUM; i++)
        if (scenario->steps[i].kind != STEP_NONE)
            sim_plan(&run->world, &run->steps[i], scenario->steps[i].at, run_step);
    sim_plan(&run->world, &run->sampling, SAMPLE_INTERVAL, run_sampling);
    if (run->csv) {
        write_csv_head(run);
        sim_plan(&run->world, &run->csv_line, CSV_INTERVAL, run_csv_line);
    }
}

static void tear_down(struct run *run)
{
    for (int i = 0; i < flow_count(run->scenario); i++)
        sim_flow_destroy(&run->flows[i]);
    if (run->scenario->competitor)
        sim_competitor_destroy(&run->competitor);
    sim_bottleneck_destroy(&run->forward);
    sim_bottleneck_destroy(&run->backward);
    free(run->samples);
    sim_world_destroy(&run->world);
}

/* ---- what was measured ----------------------------------------------------------------------------------------- */

struct window {
    const struct sample *first, *last;
    microseconds from, to;
};

static struct window window_of(const struct run *run, const struct bar *bar)
{
    microseconds to = bar->to ? bar->to : run->scenario->duration;
    int last = (int)(to / SAMPLE_INTERVAL) - 1, first = (int)(bar->from / SAMPLE_INTERVAL);

    if (last >= run->sample_count)
        last = run->sample_count - 1;
    return (struct window){&run->samples[first], &run->samples[last], bar->from, to};
}

static int compare_floats(const void *a, const void *b)
{
    float left = *(const float *)a, right = *(const float *)b;

    return left < right ? -1 : left > right;
}

static double queue_percentile(const struct run *run, const struct window *window, double part)
{
    size_t count = (size_t)(window->last - window->first) + 1;
    float *sorted = malloc(count * sizeof(*sorted)), result;

    (void)run;
    if (!sorted)
        return 1e9;
    for (size_t i = 0; i < count; i++)
        sorted[i] = window->first[i].queue_ms;
    qsort(sorted, count, sizeof(*sorted), compare_floats);
    result = sorted[(size_t)((double)(count - 1) * part)];
    free(sorted);
    return (double)result;
}

static int compare_times(const void *a, const void *b)
{
    microseconds left = *(const microseconds *)a, right = *(const microseconds *)b;

    return left < right ? -1 : left > right;
}

static double game_percentile(const struct run *run, double part)
{
    const struct sim_flow *game = &run->flows[run->scenario->flows];
    size_t count = (size_t)game->latency_count;
    microseconds *sorted = malloc((count + 1) * sizeof(*sorted)), result;

    if (!sorted || count == 0) {
        free(sorted);
        return 1e9;
    }
    memcpy(sorted, game->latencies, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_times);
    result = sorted[(size_t)((double)(count - 1) * part)];
    free(sorted);
    return (double)(result - run->scenario->path.delay) / 1000;
}

static double jain(const struct run *run, const struct window *window)
{
    double sum = 0, squares = 0;

    for (int i = 0; i < run->scenario->flows; i++) {
        double part = (double)(window->last->delivered[i] - window->first->delivered[i]);

        sum += part;
        squares += part * part;
    }
    return squares > 0 ? sum * sum / (run->scenario->flows * squares) : 0;
}

static double drops(const struct run *run)
{
    int64_t offered = 0, dropped = 0;

    for (int i = 0; i < flow_count(run->scenario); i++) {
        offered += run->flows[i].client.account.offered;
        dropped += run->flows[i].client.account.dropped;
    }
    return offered > 0 ? (double)dropped / (double)offered : 0;
}

static void measure(const struct run *run, const struct bar *bar, struct sim_bar_result *result)
{
    struct window window = window_of(run, bar);
    double capacity = (double)(window.last->capacity - window.first->capacity), ours = 0;
    const char *what = "";

    for (int i = 0; i < run->scenario->flows; i++)
        ours += (double)(window.last->delivered[i] - window.first->delivered[i]);
    switch (bar->kind) {
    case BAR_SHARE:
        what = "share of the path";
        result->measured = ours / capacity;
        break;
    case BAR_MEDIAN:
        what = "queue, median, ms";
        result->measured = queue_percentile(run, &window, 0.5);
        break;
    case BAR_P95:
        what = "queue, 95th percentile, ms";
        result->measured = queue_percentile(run, &window, 0.95);
        break;
    case BAR_DROPS:
        what = "packets dropped by the queue";
        result->measured = drops(run);
        break;
    case BAR_JAIN:
        what = "Jain's index";
        result->measured = jain(run, &window);
        break;
    case BAR_FAIR:
        what = "of its fair share";
        result->measured = ours / (capacity / 2);
        break;
    case BAR_COMPETITOR:
        what = "the competitor, of its fair share";
        result->measured = (double)(window.last->competitor - window.first->competitor) / (capacity / 2);
        break;
    case BAR_GAME:
        what = "added to game messages, 99th percentile, ms";
        result->measured = game_percentile(run, 0.99);
        break;
    case BAR_NONE:
        break;
    }
    result->limit = bar->limit;
    result->at_least =
        bar->kind == BAR_SHARE || bar->kind == BAR_JAIN || bar->kind == BAR_FAIR || bar->kind == BAR_COMPETITOR;
    result->cleared = result->at_least ? result->measured >= result->limit : result->measured <= result->limit;
    snprintf(result->text, sizeof(result->text), "%s, %.1f to %.1f s", what, (double)window.from / 1e6,
             (double)window.to / 1e6);
}

void sim_benchmark_run(int index, uint64_t seed, FILE *csv, struct sim_benchmark_result *result)
{
    struct run *run = calloc(1, sizeof(*run));

    memset(result, 0, sizeof(*result));
    if (!run) {
        result->failed = true;
        return;
    }
    run->scenario = &scenarios[index];
    run->csv = csv;
    run->samples = calloc((size_t)(run->scenario->duration / SAMPLE_INTERVAL) + 2, sizeof(*run->samples));
    sim_world_init(&run->world, seed ? seed : SEED, false);
    if (run->samples) {
        build(run);
        while (sim_step(&run->world, run->scenario->duration))
            ;
        for (int i = 0; !run->world.failed && i < SIM_BARS_MAXIMUM && run->scenario->bars[i].kind != BAR_NONE; i++) {
            measure(run, &run->scenario->bars[i], &result->bars[i]);
            result->failed = result->failed || !result->bars[i].cleared;
            result->bar_count = i + 1;
        }
        for (int i = 0; i < flow_count(run->scenario); i++) {
            sim_observe(&run->world, 1, (uint64_t)run->flows[i].delivered_bytes);
            sim_observe(&run->world, 2, (uint64_t)run->flows[i].client.account.offered);
        }
    }
    result->failed = result->failed || run->world.failed || !run->samples;
    memcpy(result->failure, run->world.failure, sizeof(result->failure));
    result->digest = run->world.digest;
    result->steps = run->world.steps;
    tear_down(run);
    free(run);
}
