/*
 * What the ack tracker says, decoded from the frames it writes, against a set that remembers every packet.
 *
 * It differs from deployed receivers on purpose: it keeps 255 gaps instead of 62 before it merges neighbours
 * (protocol 15.1). What must hold whatever happens is that no packet is acknowledged that was not received.
 */
#include "engine.h"

#include "snp/ack_tracker.h"
#include "wire/counter.h"
#include "wire/frame.h"

enum { NUMBERS = 40000 };

static struct {
    bool received[NUMBERS];
    microseconds at[NUMBERS];
    int64_t highest, stop_waiting;
} naive;

static struct ack_tracker tracker;
static uint64_t seed;

/* What a decoded frame says of one packet. */
enum told { TOLD_NOTHING, TOLD_RECEIVED, TOLD_MISSING };

static struct {
    enum told told[NUMBERS];
    int64_t latest;
    uint16_t delay;
    uint32_t blocks;
} answer;

#define check(condition, number)                                                                                       \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail_msg("seed %llu, packet %lld: %s", (unsigned long long)seed, (long long)(number), #condition);         \
    } while (0)

static void begin(int64_t first_received)
{
    memset(&naive, 0, sizeof naive);
    naive.highest = first_received;
    naive.received[first_received] = true;
    ack_tracker_init(&tracker, first_received);
}

static void record(int64_t number, microseconds now)
{
    if (number < naive.stop_waiting)
        return;
    naive.received[number] = true;
    naive.at[number] = now;
    if (number > naive.highest)
        naive.highest = number;
}

/* Reads the frame as the peer does, whose next packet number is right behind the newest it has sent. */
static void read_answer(const uint8_t *bytes, size_t length)
{
    struct frame_decoder decoder;
    struct frame frame;
    struct ack_block block;
    struct byte_slice blocks;
    int64_t end;

    memset(&answer, 0, sizeof answer);
    frame_decoder_init(&decoder, bytes, length, 1000000);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_int_equal(frame.kind, FRAME_ACK);
    assert_int_equal(frame.ack.latest_bits, 16); /* every version understands it */
    answer.latest = counter_expand16(naive.highest + 1, (uint16_t)frame.ack.latest_field);
    answer.delay = frame.ack.delay;
    answer.blocks = frame.ack.block_count;
    check(answer.latest <= naive.highest, answer.latest);
    blocks = frame.ack.blocks;
    end = answer.latest + 1;
    while (ack_block_next(&blocks, &block)) {
        check(end - block.acks - block.nacks >= 0, end);
        for (uint32_t i = 0; i < block.acks; i++)
            answer.told[--end] = TOLD_RECEIVED;
        for (uint32_t i = 0; i < block.nacks; i++)
            answer.told[--end] = TOLD_MISSING;
    }
    while (end > naive.stop_waiting)
        answer.told[--end] = TOLD_RECEIVED;
    assert_int_equal(frame_next(&decoder, &frame), FRAME_END);
}

static size_t write_answer(size_t room, microseconds now)
{
    uint8_t *bytes = malloc(room > 0 ? room : 1);
    struct byte_writer writer;
    size_t length;
    bool written;

    assert_non_null(bytes);
    writer_init(&writer, bytes, room);
    written = ack_tracker_write(&tracker, &writer, now);
    length = writer_length(&writer);
    assert_false(writer.failed);
    assert_int_equal(written, length > 0);
    if (written)
        read_answer(bytes, length);
    free(bytes);
    return length;
}

/* exact: no gaps were merged, so what is told to be missing is. */
static void compare(bool exact, microseconds now)
{
    for (int64_t number = naive.stop_waiting; number <= answer.latest; number++) {
        check(answer.told[number] != TOLD_NOTHING || number == 0, number);
        if (answer.told[number] == TOLD_RECEIVED)
            check(naive.received[number] || number < 2, number);
        else if (exact)
            check(!naive.received[number], number);
    }
    if (answer.delay != FRAME_ACK_DELAY_UNKNOWN && exact)
        check(answer.delay == (now - naive.at[answer.latest]) / FRAME_ACK_DELAY_UNIT_US, answer.latest);
}

static void test_random_packets(void **state)
{
    (void)state;
    for (seed = 1; seed <= 12; seed++) {
        struct random_generator random;
        microseconds now = SECOND;
        int64_t newest_packet = 1;
        int answers = 0, with_delay = 0;

        random_generator_init(&random, seed);
        begin(1);
        while (naive.highest < 3000) {
            int64_t number;

            now += (microseconds)random_below(&random.source, 2000);
            switch (random_below(&random.source, 12)) {
            case 0: /* late */
                number = naive.highest - (int64_t)random_below(&random.source, 60);
                break;
            case 1: /* loss */
                number = naive.highest + 1 + (int64_t)random_below(&random.source, 20);
                break;
            default:
                number = naive.highest + 1;
                break;
            }
            if (number > 0 && !naive.received[number]) {
                if (number > newest_packet)
                    newest_packet = number;
                check(ack_tracker_record(&tracker, number, now), number);
                record(number, now);
            }
            check(tracker.highest == naive.highest, number);
            if (random_below(&random.source, 40) == 0) {
                int64_t value =
                    naive.stop_waiting +
                    (int64_t)random_below(&random.source, (uint64_t)(naive.highest - naive.stop_waiting) + 3);

                if (ack_tracker_stop_waiting(&tracker, ++newest_packet, value) == STOP_WAITING_OK)
                    naive.stop_waiting = value > naive.highest ? naive.highest : value;
                check(tracker.stop_waiting == naive.stop_waiting, value);
            }
            if (random_below(&random.source, 3) == 0) {
                size_t room = random_below(&random.source, 4) ? 200 : random_below(&random.source, 24);

                if (write_answer(room, now)) {
                    compare(true, now);
                    answers++;
                    with_delay += answer.delay != FRAME_ACK_DELAY_UNKNOWN;
                }
            }
        }
        /* With room and time, everything is told. */
        now += 10 * MILLISECOND;
        assert_true(tracker.gap_count <= ACK_BLOCKS_SENT_MAXIMUM);
        write_answer(1200, now);
        compare(true, now);
        assert_true(answer.latest == naive.highest);
        assert_true(answers > 100);
        assert_true(with_delay > 50);
        ack_tracker_free(&tracker);
    }
}

/* More gaps than it keeps, and no memory for the ones it might. */
static void test_too_many_gaps(void **state)
{
    (void)state;
    for (seed = 1; seed <= 10; seed++) {
        struct random_generator random;
        microseconds now = SECOND;

        random_generator_init(&random, seed);
        begin(1);
        if (seed % 2)
            allocation_fail_after((long)(seed / 2)); /* 0, 1, 2, ... blocks of gaps */
        for (int i = 0; i < 2500; i++) {
            int64_t number = random_below(&random.source, 3) == 0
                                 ? naive.highest - (int64_t)random_below(&random.source, 300)
                                 : naive.highest + 1 + (int64_t)random_below(&random.source, 4);

            now += 100;
            if (number < 2 || naive.received[number])
                continue;
            if (ack_tracker_record(&tracker, number, now))
                record(number, now);
            else
                check(tracker.highest == naive.highest, number); /* it counts as missing */
            check(tracker.gap_count <= ACK_TRACKER_GAPS_MAX, number);
            for (int gap = 0; gap + 1 < tracker.gap_count; gap++)
                check(tracker.gaps[gap].begin < tracker.gaps[gap].end &&
                          tracker.gaps[gap].end < tracker.gaps[gap + 1].begin,
                      number);
            if (i % 50 == 0 && write_answer(1200, now))
                compare(false, now);
        }
        if (seed % 2 == 0)
            assert_int_equal(tracker.gap_count, ACK_TRACKER_GAPS_MAX);
        ack_tracker_free(&tracker);
        allocation_fail_after(-1);
        alloc_set_hooks(NULL, NULL, NULL);
    }
    assert_int_equal(allocations_alive, 0);
}

/* 64 blocks are written at most; the newest gaps are left out and the frame ends in front of them (protocol 15.2). */
static void test_newest_gaps_are_left_out(void **state)
{
    microseconds now = SECOND;

    (void)state;
    seed = 0;
    begin(1);
    for (int64_t number = 3; number < 300; number += 2) {
        assert_true(ack_tracker_record(&tracker, number, now));
        record(number, now);
    }
    now += 5 * MILLISECOND;
    write_answer(1200, now);
    assert_int_equal(answer.blocks, ACK_BLOCKS_SENT_MAXIMUM);
    assert_true(answer.latest == 1 + 2 * ACK_BLOCKS_SENT_MAXIMUM);
    compare(true, now);

    /* Room for a frame without blocks only: the packet before the oldest gap. */
    assert_int_equal(write_answer(FRAME_ACK_MINIMUM, now), FRAME_ACK_MINIMUM);
    assert_true(answer.latest == 1);
    assert_int_equal(answer.blocks, 0);
    assert_int_equal(write_answer(FRAME_ACK_MINIMUM - 1, now), 0);
    ack_tracker_free(&tracker);
}

/* A gap is told when it is 3 ms old; what lies beyond a younger one waits with it (protocol 15.3). */
static void test_young_gaps(void **state)
{
    microseconds now = SECOND;

    (void)state;
    seed = 0;
    begin(1);
    for (int64_t number = 2; number <= 6; number++) {
        if (number != 4) {
            assert_true(ack_tracker_record(&tracker, number, now));
            record(number, now);
        }
        now += 100;
    }
    assert_true(tracker.gap_flush_at == SECOND + 300 + 3 * MILLISECOND);
    write_answer(100, now);
    assert_true(answer.latest == 3);
    assert_true(answer.delay == (now - naive.at[3]) / 32);
    assert_int_equal(answer.blocks, 0);
    /* It stays due. */
    assert_true(tracker.gap_flush_at == SECOND + 300 + 3 * MILLISECOND);
    now = tracker.gap_flush_at;
    write_answer(100, now);
    assert_true(answer.latest == 6);
    assert_int_equal(answer.told[4], TOLD_MISSING);
    assert_true(tracker.gap_flush_at == TIME_NEVER);

    /* The packet was only late: nothing is left to tell. */
    assert_true(ack_tracker_record(&tracker, 9, now));
    record(9, now);
    assert_true(tracker.gap_flush_at == now + 3 * MILLISECOND);
    assert_true(ack_tracker_record(&tracker, 4, now));
    assert_true(ack_tracker_record(&tracker, 7, now));
    assert_true(ack_tracker_record(&tracker, 8, now));
    assert_int_equal(tracker.gap_count, 0);
    assert_true(tracker.gap_flush_at == TIME_NEVER);
    ack_tracker_free(&tracker);
}

/* The packet in front of a gap that is too young to tell has its time of arrival, however the gap came to begin there.
 */
static void test_time_of_the_packet_before_a_gap(void **state)
{
    (void)state;
    seed = 0;
    begin(1);
    assert_true(ack_tracker_record(&tracker, 9, SECOND));
    record(9, SECOND);
    assert_true(ack_tracker_record(&tracker, 2, SECOND + 320)); /* at its beginning */
    record(2, SECOND + 320);
    write_answer(16, SECOND + 640);
    assert_true(answer.latest == 2);
    assert_int_equal(answer.delay, 10);
    assert_true(ack_tracker_record(&tracker, 5, SECOND + 960)); /* in its middle: two gaps */
    record(5, SECOND + 960);
    assert_true(ack_tracker_record(&tracker, 3, SECOND + 1280));
    assert_true(ack_tracker_record(&tracker, 4, SECOND + 1280));
    record(3, SECOND + 1280);
    record(4, SECOND + 1280);
    write_answer(16, SECOND + 1600);
    assert_true(answer.latest == 5);
    assert_int_equal(answer.delay, 20);
    ack_tracker_free(&tracker);
}

static void test_requests(void **state)
{
    uint8_t bytes[16];
    struct byte_writer writer;

    (void)state;
    begin(1);
    assert_true(tracker.flush_at == TIME_NEVER);
    ack_tracker_request(&tracker, 5 * SECOND);
    ack_tracker_request(&tracker, 7 * SECOND);
    assert_true(tracker.flush_at == 5 * SECOND);
    ack_tracker_request(&tracker, 3 * SECOND);
    assert_true(tracker.flush_at == 3 * SECOND);
    writer_init(&writer, bytes, sizeof bytes);
    assert_true(ack_tracker_write(&tracker, &writer, SECOND));
    assert_true(tracker.flush_at == TIME_NEVER);

    /* A peer older than version 10 has sent nothing yet: there is nothing to acknowledge. */
    ack_tracker_init(&tracker, 0);
    assert_false(ack_tracker_has_news(&tracker));
    writer_init(&writer, bytes, sizeof bytes);
    assert_false(ack_tracker_write(&tracker, &writer, SECOND));
    assert_int_equal(writer_length(&writer), 0);
    assert_true(ack_tracker_record(&tracker, 1, SECOND));
    assert_true(ack_tracker_has_news(&tracker));
}

static void test_delay_field(void **state)
{
    microseconds now = SECOND;

    (void)state;
    begin(1);
    assert_int_equal(write_answer(16, now), FRAME_ACK_MINIMUM);
    assert_int_equal(answer.delay, FRAME_ACK_DELAY_UNKNOWN); /* packet 1 was the handshake */
    assert_true(ack_tracker_record(&tracker, 2, now));
    record(2, now);
    write_answer(16, now + 65534 * FRAME_ACK_DELAY_UNIT_US);
    assert_int_equal(answer.delay, 65534);
    write_answer(16, now + 65535 * FRAME_ACK_DELAY_UNIT_US);
    assert_int_equal(answer.delay, FRAME_ACK_DELAY_UNKNOWN);
    ack_tracker_free(&tracker);
}

/* A stop-waiting value cuts the gap that it falls into, and lower ones are errors only in newer packets. */
static void test_stop_waiting(void **state)
{
    (void)state;
    begin(1);
    assert_true(ack_tracker_record(&tracker, 20, SECOND));
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 21, 10), STOP_WAITING_OK);
    assert_true(tracker.gaps[0].begin == 10 && tracker.gaps[0].end == 20);
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 19, 5), STOP_WAITING_OK);
    assert_true(tracker.stop_waiting == 10);
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 21, 5), STOP_WAITING_ERROR);
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 22, 10), STOP_WAITING_OK);
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 22, 9), STOP_WAITING_ERROR);
    /* Below the value nothing is recorded any more. */
    assert_true(ack_tracker_record(&tracker, 9, SECOND));
    assert_true(tracker.gaps[0].begin == 10);
    /* Above the newest packet it is reduced to that. */
    assert_int_equal(ack_tracker_stop_waiting(&tracker, 30, 25), STOP_WAITING_OK);
    assert_true(tracker.stop_waiting == 20);
    assert_int_equal(tracker.gap_count, 0);
    ack_tracker_free(&tracker);
}

static void arrive(int64_t number, microseconds now)
{
    assert_true(ack_tracker_record(&tracker, number, now));
    record(number, now);
}

/* The gaps that the tracker has now. */
static void expect_gaps(const int64_t (*gaps)[2], int count)
{
    assert_int_equal(tracker.gap_count, count);
    for (int i = 0; i < count; i++)
        assert_true(tracker.gaps[i].begin == gaps[i][0] && tracker.gaps[i].end == gaps[i][1]);
}

static void test_repeated_numbers(void **state)
{
    static const int64_t gaps[][2] = {{3, 5}, {7, 9}};

    (void)state;
    begin(1);
    assert_true(ack_tracker_record(&tracker, 1, SECOND)); /* without any gap */
    arrive(2, SECOND);
    arrive(5, SECOND);
    arrive(6, SECOND);
    arrive(9, SECOND);
    expect_gaps(gaps, 2);
    /* Below, between and behind the gaps. */
    for (int64_t number = 1; number <= 9; number++)
        if (naive.received[number])
            assert_true(ack_tracker_record(&tracker, number, 2 * SECOND));
    expect_gaps(gaps, 2);
    assert_true(tracker.gaps[0].before_received == SECOND);
    ack_tracker_free(&tracker);
}

/* A gap is to be split, and there is no memory for one more. */
static void test_splitting_without_memory(void **state)
{
    static const int64_t whole[][2] = {{2, 12}}, joined[][2] = {{2, 16}};

    (void)state;
    /* The only one: the packet in its middle counts as lost, nothing else changes. */
    begin(1);
    arrive(12, SECOND);
    tracker.gap_capacity = 1;
    allocation_fail_after(0);
    assert_false(ack_tracker_record(&tracker, 7, SECOND));
    expect_gaps(whole, 1);
    /* It is joined with its neighbour, and what came in between counts as lost too. */
    alloc_set_hooks(NULL, NULL, NULL);
    tracker.gap_capacity = 8;
    arrive(13, SECOND);
    arrive(14, SECOND);
    arrive(16, SECOND);
    tracker.gap_capacity = tracker.gap_count;
    allocation_fail_after(0);
    assert_int_equal(tracker.gap_count, 2);
    assert_false(ack_tracker_record(&tracker, 7, SECOND));
    expect_gaps(joined, 1);
    alloc_set_hooks(NULL, NULL, NULL);
    ack_tracker_free(&tracker);
}

/* A clock that seems to go back, or a packet that came long ago: the delay is not known. */
static void test_delays_that_cannot_be_told(void **state)
{
    static const struct {
        microseconds after;
        uint16_t delay;
    } cases[] = {{0, 0},
                 {320, 10},
                 {-1000, FRAME_ACK_DELAY_UNKNOWN},
                 {(FRAME_ACK_DELAY_UNKNOWN - 1) * FRAME_ACK_DELAY_UNIT_US, FRAME_ACK_DELAY_UNKNOWN - 1},
                 {FRAME_ACK_DELAY_UNKNOWN * FRAME_ACK_DELAY_UNIT_US, FRAME_ACK_DELAY_UNKNOWN},
                 {10 * MINUTE, FRAME_ACK_DELAY_UNKNOWN}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buffer[64];
        struct byte_writer writer;
        struct frame_decoder decoder;
        struct frame frame;

        begin(1);
        arrive(2, MINUTE);
        writer_init(&writer, buffer, sizeof buffer);
        assert_true(ack_tracker_write(&tracker, &writer, MINUTE + cases[i].after));
        frame_decoder_init(&decoder, buffer, writer_length(&writer), 5);
        assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
        assert_int_equal(frame.ack.delay, cases[i].delay);
        ack_tracker_free(&tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_packets),
        cmocka_unit_test(test_too_many_gaps),
        cmocka_unit_test(test_newest_gaps_are_left_out),
        cmocka_unit_test(test_young_gaps),
        cmocka_unit_test(test_time_of_the_packet_before_a_gap),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_delay_field),
        cmocka_unit_test(test_stop_waiting),
        cmocka_unit_test(test_repeated_numbers),
        cmocka_unit_test(test_splitting_without_memory),
        cmocka_unit_test(test_delays_that_cannot_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
