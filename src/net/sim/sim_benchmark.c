#include "net/sim/sim_benchmark.h"

#include "net/sim/sim_benchmark_scenario.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLOWS_MAXIMUM = 10,
    SEED = 20241,
};

#define SAMPLE_INTERVAL MILLISECOND
#define START_SPREAD    (50 * MILLISECOND) /* nothing begins at a round number */
#define CSV_INTERVAL    (20 * MILLISECOND)

const char *sim_benchmark_name(int index)
{
    return index >= 0 && index < sim_benchmark_scenario_count ? sim_benchmark_scenarios[index].name : NULL;
}

const char *sim_benchmark_about(int index)
{
    return index >= 0 && index < sim_benchmark_scenario_count ? sim_benchmark_scenarios[index].about : NULL;
}

int sim_benchmark_find(const char *name)
{
    for (int i = 0; i < sim_benchmark_scenario_count; i++)
        if (strcmp(sim_benchmark_scenarios[i].name, name) == 0)
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
    const struct sim_benchmark_scenario *scenario;
    struct sim_world world;
    struct sim_bottleneck forward, backward;
    struct sim_flow flows[FLOWS_MAXIMUM + 1]; /* the game's is behind the others */
    struct sim_competitor competitor;
    struct sim_event starts[FLOWS_MAXIMUM + 1], competitor_start, steps[SIM_STEPS_MAXIMUM], sampling, csv_line;
    struct sample *samples;
    int sample_count;
    double capacity;
    FILE *csv;
};

static int flow_count(const struct sim_benchmark_scenario *scenario)
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
    case STEP_DELAY:
        run->forward.path.delay = step->value;
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
    const struct sim_benchmark_scenario *scenario = run->scenario;
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

static struct transport_config config_of(const struct sim_benchmark_scenario *scenario)
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
    const struct sim_benchmark_scenario *scenario = run->scenario;
    struct transport_config config = config_of(scenario);
    struct sim_path back = scenario->path;

    back.rate = 0;
    sim_bottleneck_init(&run->forward, &run->world, &scenario->path);
    sim_bottleneck_init(&run->backward, &run->world, &back);
    for (int i = 0; i < flow_count(scenario); i++) {
        bool game = i == scenario->flows;
        bool later = scenario->game || scenario->competitor; /* than the one that begins first */
        microseconds at = game ? 0 : (i + later) * scenario->stagger;

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
    for (int i = 0; i < SIM_STEPS_MAXIMUM; i++)
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
    microseconds *sorted = count > 0 ? malloc(count * sizeof(*sorted)) : NULL, result;

    if (!sorted)
        return 1e9;
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
    run->scenario = &sim_benchmark_scenarios[index];
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
