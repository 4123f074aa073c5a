/* Which lane is served: priority classes first, and shares by weight within a class (protocol 16.4). */
#include "engine.h"

#include "snp/lane_scheduler.h"

enum { LANES_MAX = 8 };

static struct send_lane lanes[LANES_MAX];
static int lane_count;
static int64_t served[LANES_MAX];

static bool always(const struct send_lane *lane)
{
    (void)lane;
    return true;
}

static bool not_the_first(const struct send_lane *lane)
{
    return lane->index != 0;
}

static void begin(int count, const int *priorities, const uint16_t *weights)
{
    lane_count = count;
    memset(served, 0, sizeof served);
    for (int i = 0; i < count; i++) {
        send_lane_init(&lanes[i], i);
        lanes[i].priority = priorities ? priorities[i] : 0;
        lanes[i].weight = weights ? weights[i] : 1;
    }
    lane_scheduler_classify(lanes, count);
}

static void end(void)
{
    for (int i = 0; i < lane_count; i++)
        send_lane_free(&lanes[i]);
}

static void queue(int lane, int size)
{
    struct message *message = message_allocate(size);

    assert_non_null(message);
    send_lane_queue(&lanes[lane], message, false);
}

/* Serves one lane with up to `most` bytes of its head. Returns its index, -1 if none may send. */
static int serve(uint32_t most, bool (*may_send)(const struct send_lane *))
{
    struct send_lane *lane = lane_scheduler_pick(lanes, lane_count, may_send);
    struct message *message;
    uint32_t size;

    if (!lane)
        return -1;
    message = send_lane_head(lane);
    size = message_unsent(message) < most ? message_unsent(message) : most;
    message->send.sent += size;
    lane->pending_unreliable -= size;
    served[lane->index] += size;
    lane_scheduler_charge(lane, size);
    if (message_unsent(message) == 0) {
        list_remove(&message->queue_node);
        message_release(message);
    }
    return lane->index;
}

/* Keeps the first `busy` lanes busy with messages of random sizes until so many bytes were served. */
static void serve_busy(struct random_source *random, int busy, int64_t bytes, int size_max)
{
    for (int64_t total = 0; total < bytes;) {
        int64_t before = 0, after = 0;

        for (int i = 0; i < lane_count; i++) {
            before += served[i];
            while (i < busy && lanes[i].pending_unreliable < 100000)
                queue(i, 1 + (int)random_below(random, (uint64_t)size_max));
        }
        assert_true(serve(1200, always) >= 0);
        for (int i = 0; i < lane_count; i++)
            after += served[i];
        total += after - before;
    }
}

static void check_share(int lane, double share)
{
    double total = 0;

    for (int i = 0; i < lane_count; i++)
        total += (double)served[i];
    if ((double)served[lane] < total * share * 0.97 || (double)served[lane] > total * share * 1.03)
        fail_msg("lane %d got %.3f instead of %.3f", lane, (double)served[lane] / total, share);
}

static void test_shares_by_weight(void **state)
{
    static const uint16_t weights[] = {1, 2, 5, 12};
    static const int sizes[] = {50, 1000, 20000};
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 5);
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        begin(4, NULL, weights);
        serve_busy(&random.source, 4, 1000LL * sizes[s] + 1000000, sizes[s]);
        for (int i = 0; i < 4; i++)
            check_share(i, weights[i] / 20.0);
        end();
    }
}

static void test_priorities_come_first(void **state)
{
    static const int priorities[] = {5, 1, 9, 1};
    static const int expected[] = {1, 3, 1, 3, 0, 0, 2, 2};

    (void)state;
    begin(4, priorities, NULL);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 4; i++)
            queue(i, 100);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(serve(1200, always), expected[i]);
    assert_int_equal(serve(1200, always), -1);

    /* One that may not send does not stand in the way of the others. */
    queue(1, 100);
    queue(2, 100);
    queue(0, 100);
    lanes[0].priority = 0;
    lane_scheduler_classify(lanes, 4);
    assert_int_equal(serve(1200, not_the_first), 1);
    assert_int_equal(serve(1200, not_the_first), 2);
    assert_int_equal(serve(1200, not_the_first), -1);
    assert_int_equal(serve(1200, always), 0);
    end();
}

/* Idle lanes earn no credit: one that wakes up gets its share, not what it missed. */
static void test_no_credit_for_idleness(void **state)
{
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 3);
    begin(2, NULL, NULL);
    serve_busy(&random.source, 1, 5000000, 1000);
    memset(served, 0, sizeof served);
    serve_busy(&random.source, 2, 500000, 1000);
    check_share(0, 0.5);
    check_share(1, 0.5);
    end();
}

/* A message in progress gives way to another lane between packets, and is then taken up where it was left. Small
 * messages that keep coming beside it do not stop it. */
static void test_long_message_gives_way(void **state)
{
    (void)state;
    begin(2, NULL, NULL);
    queue(0, 100000);
    assert_int_equal(serve(1200, always), 0);
    for (int i = 0; i < 20; i++) {
        queue(1, 500);
        assert_int_equal(serve(1200, always), 1);
        assert_int_equal(serve(1200, always), 0);
    }
    while (lanes[1].pending_unreliable < 50000)
        queue(1, 500);
    memset(served, 0, sizeof served);
    for (int i = 0; i < 60; i++)
        assert_true(serve(1200, always) >= 0);
    check_share(0, 0.5);
    end();
}

/* Empty messages take turns with full ones and do not go on for ever. */
static void test_empty_messages(void **state)
{
    int turns = 0;

    (void)state;
    begin(2, NULL, NULL);
    for (int i = 0; i < 2000; i++)
        queue(0, 0);
    queue(1, 100);
    queue(1, 100);
    while (served[1] < 200) {
        assert_true(serve(1200, always) >= 0);
        assert_true(++turns < 300);
    }
    end();
}

static void test_one_lane(void **state)
{
    (void)state;
    begin(1, NULL, NULL);
    assert_int_equal(serve(1200, always), -1);
    queue(0, 10);
    assert_int_equal(serve(1200, not_the_first), -1);
    assert_int_equal(serve(1200, always), 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares_by_weight),       cmocka_unit_test(test_priorities_come_first),
        cmocka_unit_test(test_no_credit_for_idleness), cmocka_unit_test(test_long_message_gives_way),
        cmocka_unit_test(test_empty_messages),         cmocka_unit_test(test_one_lane),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
