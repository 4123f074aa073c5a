/*
 * The sending half of the message engine with a receiver at the other end of a bad line: everything reliable arrives
 * once and in order.
 */
#include "sender_pair.h"

enum { SENT_MAX = 4000 };

struct weather {
    int packet_size;
    uint32_t tag;
    int lanes;
    int loss_percent, late_percent;
    int size_below;
};

static struct {
    uint32_t seed_of[256][SENT_MAX]; /* by lane and message number */
    int size_of[256][SENT_MAX];
    bool reliable[256][SENT_MAX], arrived[256][SENT_MAX];
    int64_t last_reliable[256];
    int outstanding; /* reliable messages that have not arrived */
} book;

static void queue_random(struct random_source *random, const struct weather *weather)
{
    int lane = (int)random_below(random, (uint64_t)weather->lanes);
    int size = (int)random_below(random, (uint64_t)(random_below(random, 20) ? weather->size_below : 20000));
    int flags = (random_below(random, 2) ? RELIABLE : 0) | (random_below(random, 3) ? 0 : NO_NAGLE);
    uint32_t seed = (uint32_t)random_below(random, 1 << 20);
    struct message *message = pattern_message(seed, size, flags, lane);
    int64_t number;

    if (sender_queue(&alice.sender, message, true, now) != k_EResultOK) {
        message_release(message);
        return;
    }
    number = message->api.m_nMessageNumber;
    assert_true(number < SENT_MAX);
    book.seed_of[lane][number] = seed;
    book.size_of[lane][number] = size;
    book.reliable[lane][number] = message_is_reliable(message);
    book.outstanding += message_is_reliable(message);
}

static void take_all(void)
{
    while (bob.kept.count > 0) {
        struct message *message = kept_messages_take(&bob.kept);
        int lane = message->api.m_idxLane;
        int64_t number = message->api.m_nMessageNumber;

        assert_true(number > 0 && number < SENT_MAX);
        assert_false(book.arrived[lane][number]);
        book.arrived[lane][number] = true;
        assert_true(has_pattern(message, book.seed_of[lane][number], book.size_of[lane][number]));
        assert_int_equal(message->api.m_nFlags & RELIABLE, book.reliable[lane][number] ? RELIABLE : 0);
        if (book.reliable[lane][number]) {
            assert_true(number > book.last_reliable[lane]);
            book.last_reliable[lane] = number;
            book.outstanding--;
        }
        message_release(message);
    }
}

enum { LATE_MAX = 64 };

static void run(uint64_t seed, struct weather weather)
{
    struct transport_config config = engine_config();
    struct random_generator random;
    static struct packet late[LATE_MAX];
    int late_count = 0, unreliable = 0, arrived = 0;
    microseconds start;

    memset(&book, 0, sizeof book);
    now = start = 1000 * SECOND;
    config.packet_size = weather.packet_size;
    config.send_rate_min = config.send_rate_max = 4 << 20;
    side_begin(&alice, config, weather.tag);
    side_begin(&bob, config, weather.tag);
    if (weather.lanes > 1)
        assert_int_equal(sender_configure_lanes(&alice.sender, weather.lanes, NULL, NULL), k_EResultOK);
    random_generator_init(&random, seed);

    for (int step = 0; step < 3000 || book.outstanding > 0 || sender_pending_bytes(&alice.sender) > 0; step++) {
        if (step > 100000)
            fail_msg("seed %llu: %d messages do not arrive", (unsigned long long)seed, book.outstanding);
        now += (microseconds)random_below(&random.source, 800);
        if (step < 3000 && random_below(&random.source, 3) == 0)
            queue_random(&random.source, &weather);
        if (step == 3000)
            sender_release_held(&alice.sender);
        if (sender_ready(&alice.sender, now)) {
            struct packet packet = compose(&alice, true);

            assert_true(packet.length + PACKET_PROTECTED_MARGIN + weather.tag <= (size_t)weather.packet_size);
            if (random_below(&random.source, 100) < (uint64_t)weather.loss_percent) {
            } else if (random_below(&random.source, 100) < (uint64_t)weather.late_percent && late_count < LATE_MAX) {
                late[late_count++] = packet;
            } else {
                deliver(&bob, &alice, &packet);
            }
        }
        if (late_count > 0 && random_below(&random.source, 4) == 0) {
            int i = (int)random_below(&random.source, (uint64_t)late_count);

            deliver(&bob, &alice, &late[i]);
            late[i] = late[--late_count];
        }
        if (bob.tracker.flush_at <= now || bob.tracker.gap_flush_at <= now) {
            struct packet packet = compose(&bob, false);

            if (random_below(&random.source, 100) >= (uint64_t)weather.loss_percent)
                deliver(&alice, &bob, &packet);
        }
        sender_tick(&alice.sender, now);
        take_all();
        if (step % 64 == 0)
            check_in_flight(&alice.sender);
        assert_true(alice.sender.first_lane.resend_bytes <= alice.sender.first_lane.pending_reliable);
    }
    for (int i = 0; i < 100 && sender_reliable_outstanding(&alice.sender); i++)
        answer();
    now += 10 * SECOND;
    sender_tick(&alice.sender, now); /* unreliable ones that nobody acknowledged */
    while (sender_ready(&alice.sender, now)) {
        struct packet packet = compose(&alice, true);

        deliver(&bob, &alice, &packet);
    }
    answer();
    check_nothing_left(&alice.sender);
    for (int lane = 0; lane < weather.lanes; lane++)
        for (int64_t number = 1; number <= alice.sender.lanes[lane].last_number; number++) {
            assert_true(book.arrived[lane][number] || !book.reliable[lane][number]);
            unreliable += !book.reliable[lane][number];
            arrived += !book.reliable[lane][number] && book.arrived[lane][number];
        }
    if (weather.loss_percent == 0 && weather.late_percent == 0)
        assert_int_equal(arrived, unreliable);
    else if (weather.size_below < 1000)
        assert_true(arrived > unreliable / 3);
    end();
}

static void test_good_line(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++)
        run(seed, (struct weather){.packet_size = 1300,
                                   .tag = seed % 2 ? TAG : 0,
                                   .lanes = seed % 3 == 0   ? 254
                                            : seed % 3 == 1 ? 1
                                                            : 12,
                                   .size_below = seed % 2 ? 60 : 3000});
}

static void test_bad_line(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 16; seed++)
        run(seed, (struct weather){.packet_size = seed % 4 == 0   ? 200
                                                  : seed % 4 == 1 ? 500
                                                                  : 1300,
                                   .tag = seed % 2 ? TAG : 0,
                                   .lanes = seed % 3 == 0   ? 30
                                            : seed % 3 == 1 ? 1
                                                            : 3,
                                   .loss_percent = (int)(seed % 5) * 8,
                                   .late_percent = (int)(seed % 4) * 10,
                                   .size_below = seed % 2 ? 100 : 2000});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_line),
        cmocka_unit_test(test_bad_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
