/*
 * The model-based controller (snp/congestion_model.h) on a path of a few lines: a rate with a queue, no loss. How it
 * does on real ones is seen in the simulator (tests/sim).
 */
#include "engine.h"

#include "snp/congestion_model.h"

#include <inttypes.h>

enum {
    PACKET = 1300,
    ROUND_TRIP = 40 * 1000,
    IN_FLIGHT_MAXIMUM = 65536,
};

/* Sender, path and receiver: what is in flight is a ring of packets, which arrive in order. */
struct world {
    struct congestion *congestion;
    struct rate_sampler sampler;
    struct flight {
        microseconds sent, arrives;
        struct rate_mark mark;
        bool limited;
        uint8_t tag;
    } flight[IN_FLIGHT_MAXIMUM];
    int64_t first, next;
    microseconds now, free_at;
    double tokens;
    int64_t path_rate;
    int64_t offered_rate; /* 0: the application sends as much as it may */
    double offered;
    int64_t sent_bytes;
    microseconds worst_queue;
};

static void world_init(struct world *world, const struct congestion_limits *limits, int64_t path_rate)
{
    memset(world, 0, sizeof *world);
    world->now = 1000 * SECOND;
    world->path_rate = path_rate;
    world->congestion = congestion_model_new(limits, ROUND_TRIP, world->now);
    assert_non_null(world->congestion);
    rate_sampler_init(&world->sampler, world->now);
}

static void send_one(struct world *world)
{
    struct flight *packet = &world->flight[world->next % IN_FLIGHT_MAXIMUM];
    int64_t in_flight = (world->next - world->first) * PACKET;

    packet->sent = world->now;
    packet->limited = rate_sampler_sent(&world->sampler, &packet->mark, in_flight == 0, world->now);
    packet->tag = world->congestion->tag;
    world->free_at = time_later(world->free_at, world->now);
    world->worst_queue = time_later(world->worst_queue, world->free_at - world->now);
    world->free_at += PACKET * SECOND / world->path_rate;
    packet->arrives = world->free_at + ROUND_TRIP;
    world->next++;
    world->sent_bytes += PACKET;
    world->congestion->controller->sent(world->congestion, PACKET, in_flight + PACKET, packet->limited, world->now);
    assert_true(world->next - world->first < IN_FLIGHT_MAXIMUM);
}

static void acknowledge(struct world *world)
{
    struct congestion_report report = {.now = world->now, .round_trip = -1};
    struct rate_gathering gathering = {.newest = 0};
    const struct flight *packet = &world->flight[world->first % IN_FLIGHT_MAXIMUM];

    while (world->first < world->next && packet->arrives <= world->now) {
        rate_sampler_acknowledged(&world->sampler, &gathering, world->first + 1, PACKET, packet->sent, &packet->mark,
                                  packet->limited);
        report.round_trip = packet->arrives - packet->sent;
        report.sent_at = packet->sent;
        report.fates[packet->tag].arrived += PACKET;
        packet = &world->flight[++world->first % IN_FLIGHT_MAXIMUM];
    }
    if (gathering.newest == 0)
        return;
    report.rate = rate_sampler_finish(&world->sampler, &gathering, world->now);
    report.in_flight = (world->next - world->first) * PACKET;
    world->congestion->controller->acknowledged(world->congestion, &report);
}

/* Steps of half a millisecond. Returns bytes a second sent meanwhile. */
static double run(struct world *world, microseconds time)
{
    const microseconds step = MILLISECOND / 2, end = world->now + time;
    int64_t before = world->sent_bytes;

    world->worst_queue = 0;
    for (; world->now < end; world->now += step) {
        acknowledge(world);
        world->tokens += (double)world->congestion->rate * (double)step / SECOND;
        world->offered += (double)world->offered_rate * (double)step / SECOND;
        while (world->tokens > 0 && (world->next - world->first) * PACKET < world->congestion->allowance &&
               (world->offered_rate == 0 || world->offered >= PACKET)) {
            send_one(world);
            world->tokens -= PACKET;
            world->offered -= PACKET;
        }
        if (world->offered_rate == 0)
            world->offered = 0;
        else if (world->offered < PACKET)
            rate_sampler_application_limited(&world->sampler, (world->next - world->first) * PACKET);
        if (world->tokens > 2 * PACKET)
            world->tokens = 2 * PACKET;
    }
    return (double)(world->sent_bytes - before) * SECOND / (double)time;
}

static void test_finds_the_rate(void **state)
{
    static const int64_t rates[] = {500000, 4000000, 40000000};
    static struct world world;

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct congestion_view view;
        double rate;

        world_init(&world, &(struct congestion_limits){.lowest = 0}, rates[i]);
        run(&world, 2 * SECOND);
        rate = run(&world, 3 * SECOND);
        view = congestion_model_view(world.congestion);
        if (rate < 0.93 * (double)rates[i] || rate > 1.02 * (double)rates[i])
            print_error("path %.0f, sent %.0f\n", (double)rates[i], rate);
        assert_true(rate > 0.93 * (double)rates[i] && rate < 1.02 * (double)rates[i]);
        assert_true(world.worst_queue < 30 * MILLISECOND);
        assert_true(view.base_round_trip >= ROUND_TRIP && view.base_round_trip < ROUND_TRIP + 8 * MILLISECOND);
        assert_false(view.competitor);
        congestion_destroy(world.congestion);
    }
}

static void test_follows_the_path(void **state)
{
    static struct world world;
    double rate;

    (void)state;
    world_init(&world, &(struct congestion_limits){.lowest = 0}, 4000000);
    run(&world, 3 * SECOND);
    world.path_rate = 400000;
    run(&world, 6 * SECOND); /* nothing is ever dropped here, and all that queues has to be waited for */
    rate = run(&world, 2 * SECOND);
    if (rate > 1.02 * 400000 || world.worst_queue > 40 * MILLISECOND)
        print_error("sent %.0f, queue %" PRId64 " us\n", rate, world.worst_queue);
    assert_true(rate < 1.02 * 400000);
    assert_true(world.worst_queue < 40 * MILLISECOND);
    world.path_rate = 4000000;
    run(&world, 3 * SECOND);
    assert_true(run(&world, 2 * SECOND) > 0.9 * 4000000);
    congestion_destroy(world.congestion);
}

static void test_keeps_the_limits(void **state)
{
    static struct world world;
    struct congestion_limits limits = {.lowest = 0, .highest = 1000000};

    (void)state;
    world_init(&world, &limits, 4000000);
    for (int i = 0; i < 100; i++) {
        run(&world, 20 * MILLISECOND);
        assert_true(world.congestion->rate <= 1000000);
    }
    limits = (struct congestion_limits){.lowest = 2000000, .highest = 3000000};
    world.congestion->controller->limits_changed(world.congestion, &limits, world.now);
    for (int i = 0; i < 100; i++) {
        run(&world, 20 * MILLISECOND);
        assert_true(world.congestion->rate >= 2000000 && world.congestion->rate <= 3000000);
    }
    congestion_destroy(world.congestion);
}

/* What has not been used is not believed for long. */
static void test_forgets(void **state)
{
    static struct world world;

    (void)state;
    world_init(&world, &(struct congestion_limits){.lowest = 0}, 10000000);
    run(&world, 3 * SECOND);
    assert_true(congestion_model_view(world.congestion).bandwidth > 9000000);
    world.offered_rate = 100000;
    run(&world, 15 * SECOND);
    assert_true(congestion_model_view(world.congestion).bandwidth < 2000000);
    congestion_destroy(world.congestion);
}

/* Silence after everything was sent: it begins anew, and never stops altogether. */
static void test_timeouts(void **state)
{
    static struct world world;

    (void)state;
    world_init(&world, &(struct congestion_limits){.lowest = 0}, 10000000);
    run(&world, 3 * SECOND);
    world.congestion->controller->timed_out(world.congestion, 1, 100000, world.now);
    assert_true(world.congestion->rate > 5000000); /* one round may be chance */
    world.congestion->controller->timed_out(world.congestion, 2, 100000, world.now);
    assert_true(world.congestion->rate < 2000000);
    assert_true(world.congestion->rate > 0 && world.congestion->allowance >= 2 * PACKET);
    assert_int_equal(congestion_model_view(world.congestion).phase, CONGESTION_STARTUP);
    congestion_destroy(world.congestion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_the_rate),   cmocka_unit_test(test_follows_the_path),
        cmocka_unit_test(test_keeps_the_limits), cmocka_unit_test(test_forgets),
        cmocka_unit_test(test_timeouts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
