/*
 * The receiving end of a reliable stream: segments in any order, repeated, overlapping, with a receive queue that
 * refuses messages and memory that runs out; against an array that says which bytes have come.
 *
 * On purpose, a segment is accepted while a finished message waits for room in the receive queue (protocol 14.3 refuses
 * it), until the receive buffer is full, too.
 */
#include "engine.h"

#include "snp/fragment_store.h"
#include "snp/receive_stream.h"
#include "wire/stream_header.h"

enum { STREAM_SIZE = 200000, MESSAGES_MAX = 4000 };

/* A stream of messages with random sizes and number steps. */
static struct {
    uint8_t bytes[STREAM_SIZE + 64]; /* position p is at p - 1 */
    int64_t end;                     /* position behind the last whole message */
    struct {
        int64_t begin, number;
        uint32_t size;
    } messages[MESSAGES_MAX];
    int count;
} sent;

static bool arrived[STREAM_SIZE + 64]; /* by position */

static struct transport_config config;
static struct receive_stream stream;
static struct receive_budget budget;
static struct kept_messages kept;
static int64_t highest_number;
static int next_message;
static uint64_t seed;

static void make_stream(struct random_source *random, uint64_t sizes_below)
{
    struct byte_writer writer;
    int64_t number = 0;

    writer_init(&writer, sent.bytes, STREAM_SIZE);
    for (sent.count = 0; sent.count < MESSAGES_MAX; sent.count++) {
        int64_t step = random_below(random, 4) ? 1 : 1 + (int64_t)random_below(random, 200);
        uint32_t size = (uint32_t)random_below(random, random_below(random, 10) ? sizes_below : 10 * sizes_below);

        if (writer_remaining(&writer) < size + STREAM_HEADER_MAXIMUM)
            break;
        number += step;
        sent.messages[sent.count].begin = (int64_t)writer_length(&writer) + 1;
        sent.messages[sent.count].number = number;
        sent.messages[sent.count].size = size;
        stream_header_write(&writer, (uint64_t)step, size);
        for (uint32_t i = 0; i < size; i++)
            writer_u8(&writer, pattern_byte((uint32_t)number, i));
    }
    sent.end = (int64_t)writer_length(&writer) + 1;
}

static void begin(void)
{
    config = engine_config();
    kept_messages_init(&kept);
    budget = (struct receive_budget){0};
    receive_stream_init(&stream, 3, &budget);
    highest_number = 0;
    next_message = 0;
    memset(arrived, 0, sizeof arrived);
}

static void end(void)
{
    kept_messages_drop_all(&kept);
    receive_stream_free(&stream);
}

/* Every message that was delivered is the next of the stream, whole. */
static void take_all(void)
{
    while (kept.count > 0) {
        struct message *message = kept_messages_take(&kept);

        assert_true(next_message < sent.count);
        if (message->api.m_nMessageNumber != sent.messages[next_message].number ||
            !has_pattern(message, (uint32_t)sent.messages[next_message].number, (int)sent.messages[next_message].size))
            fail_msg("seed %llu: message %d is wrong", (unsigned long long)seed, next_message);
        assert_int_equal(message->api.m_idxLane, 3);
        assert_int_equal(message->api.m_nFlags, k_nSteamNetworkingSend_Reliable);
        assert_true(highest_number >= message->api.m_nMessageNumber);
        message_release(message);
        next_message++;
    }
}

static int64_t next_position(void)
{
    int delivered = next_message + kept.count;

    return delivered < sent.count ? sent.messages[delivered].begin : sent.end;
}

struct naive_view {
    int64_t received_end; /* E of protocol 13.4 */
    int holes;
};

static struct naive_view look(void)
{
    int64_t position, last = 0;
    struct naive_view view = {.received_end = next_position()};
    int64_t first_missing = view.received_end;

    for (position = next_position(); position < sent.end; position++)
        if (arrived[position])
            last = position;
    while (first_missing < sent.end && arrived[first_missing])
        first_missing++;
    if (last + 1 > view.received_end)
        view.received_end = last + 1;
    for (position = first_missing; position < view.received_end; position++)
        if (!arrived[position] && arrived[position + 1])
            view.holes++;
    return view;
}

/* What protocol 13.4 says about storing a segment. */
static enum stream_outcome expected_outcome(int64_t position, int64_t segment_end)
{
    struct naive_view view = look();
    bool inside = true;

    if (segment_end <= next_position())
        return STREAM_ACCEPTED;
    if (segment_end - next_position() > config.receive_buffer_size)
        return STREAM_REFUSED;
    if (position > view.received_end)
        return view.holes >= STREAM_HOLES_EXTENDING ? STREAM_REFUSED : STREAM_ACCEPTED;
    if (position <= next_position() || segment_end >= view.received_end || arrived[position - 1])
        inside = false;
    for (int64_t p = position; inside && p <= segment_end; p++)
        inside = !arrived[p];
    return inside && view.holes >= STREAM_HOLES_SPLITTING ? STREAM_REFUSED : STREAM_ACCEPTED;
}

static enum stream_outcome add(int64_t position, int64_t segment_end)
{
    size_t size = (size_t)(segment_end - position);
    uint8_t *copy = malloc(size);
    const char *error = NULL;
    enum stream_outcome outcome;

    assert_non_null(copy);
    memcpy(copy, sent.bytes + position - 1, size);
    outcome = receive_stream_add(&stream, position, copy, size, &config, &highest_number, &kept.sink, SECOND, &error);
    free(copy);
    if (outcome == STREAM_ERROR)
        fail_msg("seed %llu: %s", (unsigned long long)seed, error);
    return outcome;
}

static void mark(int64_t position, int64_t segment_end)
{
    for (; position < segment_end; position++)
        arrived[position] = true;
}

/* Random segments near the front of what is missing. */
static void random_segment(struct random_source *random, int64_t reach, int64_t *position, int64_t *segment_end)
{
    int64_t front = next_position();

    while (front < sent.end && arrived[front] && random_below(random, 50))
        front++;
    *position = front - 300 + (int64_t)random_below(random, (uint64_t)reach + 300);
    if (random_below(random, 3) == 0)
        *position = front;
    if (*position < 1)
        *position = 1;
    *segment_end = *position + 1 + (int64_t)random_below(random, random_below(random, 2) ? 60 : 1200);
    if (*segment_end > sent.end)
        *segment_end = sent.end;
}

/* Holes and acceptance exactly as the array says, with a queue that always has room. */
static void test_against_an_array(void **state)
{
    int refused = 0, accepted = 0;

    (void)state;
    for (seed = 1; seed <= 14; seed++) {
        struct random_generator random;

        random_generator_init(&random, seed);
        make_stream(&random.source, seed % 2 ? 40 : 900);
        sent.end = sent.messages[sent.count / 4].begin; /* the array is slow */
        sent.count = sent.count / 4;
        begin();
        config.receive_buffer_size = 30000;
        config.receive_max_message_size = 20000;
        for (int i = 0; next_position() < sent.end; i++) {
            int64_t position, segment_end;
            enum stream_outcome outcome, expected;
            struct naive_view view;

            assert_true(i < 100000);
            random_segment(&random.source, seed % 3 ? 20000 : 40000, &position, &segment_end);
            if (position >= segment_end)
                continue;
            expected = expected_outcome(position, segment_end);
            outcome = add(position, segment_end);
            if (outcome != expected)
                fail_msg("seed %llu: [%lld, %lld) is %d", (unsigned long long)seed, (long long)position,
                         (long long)segment_end, outcome);
            if (outcome == STREAM_ACCEPTED)
                mark(position, segment_end);
            refused += outcome == STREAM_REFUSED;
            accepted += outcome == STREAM_ACCEPTED;
            take_all();
            view = look();
            assert_true(stream.message_begin == next_position());
            assert_true(receive_stream_end(&stream) == view.received_end);
            assert_int_equal(receive_stream_holes(&stream), view.holes);
            assert_true(stream.ring_capacity <= 32768);
        }
        assert_int_equal(next_message, sent.count);
        end();
    }
    assert_true(accepted > 1000);
    assert_true(refused > 500);
}

/* A receive queue that is full now and then: nothing is lost, nothing comes twice, memory stays bounded. */
static void test_full_queue(void **state)
{
    int blocked = 0, refused = 0;

    (void)state;
    for (seed = 1; seed <= 14; seed++) {
        struct random_generator random;

        random_generator_init(&random, seed);
        make_stream(&random.source, 300);
        begin();
        config.receive_buffer_size = 4000;
        config.receive_max_message_size = 3000;
        kept.capacity = 3;
        for (int i = 0; next_message < sent.count; i++) {
            int64_t position, segment_end;

            assert_true(i < 200000);
            random_segment(&random.source, 5000, &position, &segment_end);
            if (position < segment_end) {
                if (add(position, segment_end) == STREAM_ACCEPTED)
                    mark(position, segment_end);
                else
                    refused++;
            }
            assert_true(kept.count <= 3);
            assert_true(stream.ring_capacity <= 16384);
            assert_true(stream.early.count <= STREAM_HOLES_EXTENDING + 2);
            blocked += stream.blocked;
            if (random_below(&random.source, 4) == 0) {
                const char *error = NULL;

                take_all();
                assert_int_equal(receive_stream_retry(&stream, &config, &highest_number, &kept.sink, SECOND, &error),
                                 STREAM_ACCEPTED);
            }
        }
        end();
    }
    assert_true(blocked > 1000);
    assert_true(refused > 100);
}

/* What comes while a message waits for room is kept, and acknowledged, until the receive buffer is full. */
static void test_waiting_message_keeps_what_follows(void **state)
{
    struct random_generator random;
    const char *error = NULL;

    (void)state;
    seed = 99;
    random_generator_init(&random, seed);
    make_stream(&random.source, 300);
    begin();
    config.receive_buffer_size = 20000;
    kept.capacity = 0;
    assert_int_equal(add(1, 1001), STREAM_ACCEPTED);
    assert_true(stream.blocked);
    assert_true(stream.message_begin == 1);
    for (int64_t position = 1001; position < 20001; position += 1000)
        assert_int_equal(add(position, position + 1000), STREAM_ACCEPTED);
    assert_int_equal(add(20001, 20001 + STREAM_HEADER_MAXIMUM), STREAM_REFUSED);
    kept.capacity = 1 << 30;
    assert_int_equal(receive_stream_retry(&stream, &config, &highest_number, &kept.sink, SECOND, &error),
                     STREAM_ACCEPTED);
    assert_false(stream.blocked);
    take_all();
    assert_true(sent.messages[next_message].begin <= 20001);
    assert_true(sent.messages[next_message].begin + sent.messages[next_message].size > 20000 - 10);
    end();
}

/* A segment that ends the message that fills the buffer, and holds the beginning of the next. */
static void test_segment_across_the_end_of_the_buffer(void **state)
{
    enum { SIZE = 1000, NEXT = 10, FIRST_PART = 600 };
    uint8_t bytes[SIZE + NEXT + 2 * STREAM_HEADER_MAXIMUM];
    struct byte_writer writer;
    const char *error = NULL;
    size_t size;

    (void)state;
    begin();
    config.receive_buffer_size = SIZE;
    writer_init(&writer, bytes, sizeof bytes);
    stream_header_write(&writer, 1, SIZE);
    writer_zeros(&writer, SIZE);
    stream_header_write(&writer, 1, NEXT);
    writer_zeros(&writer, NEXT);
    size = writer_length(&writer);
#define ADD(from, to)                                                                                                  \
    receive_stream_add(&stream, 1 + (from), bytes + (from), (to) - (from), &config, &highest_number, &kept.sink,       \
                       SECOND, &error)
    assert_int_equal(ADD(0, FIRST_PART), STREAM_ACCEPTED);
    assert_int_equal(ADD(FIRST_PART, size), STREAM_REFUSED);
    assert_int_equal(kept.count, 1);
    assert_int_equal(ADD(FIRST_PART, size), STREAM_ACCEPTED); /* it has to come as it was */
#undef ADD
    assert_int_equal(kept.count, 2);
    end();
}

/* Memory that runs out anywhere: segments are refused or messages wait, and all is well when it is back. */
static void test_without_memory(void **state)
{
    int failures = 0;

    (void)state;
    for (seed = 1; seed <= 30; seed++) {
        struct random_generator random;

        random_generator_init(&random, seed);
        make_stream(&random.source, 200);
        sent.end = sent.messages[sent.count / 8].begin;
        sent.count = sent.count / 8;
        begin();
        while (next_message < sent.count) {
            int64_t position, segment_end;

            allocation_fail_after(random_below(&random.source, 3) ? (long)random_below(&random.source, 3) : -1);
            random_segment(&random.source, 15000, &position, &segment_end);
            if (position < segment_end && add(position, segment_end) == STREAM_ACCEPTED)
                mark(position, segment_end);
            failures += allocation_failed;
            take_all();
        }
        end();
        assert_int_equal(allocations_alive, 0);
    }
    alloc_set_hooks(NULL, NULL, NULL);
    assert_true(failures > 100);
}

/* A later copy overwrites what was not delivered (protocol 13.4). */
static void test_later_copy_counts(void **state)
{
    static const uint8_t first[] = {6, 'a', 'b', 'c'}, again[] = {'B', 'C'}, early[] = {'e', 'f'}, tail[] = {'d', 'E'};
    const char *error = NULL;
    struct message *message;

    (void)state;
    begin();
#define ADD(position, bytes)                                                                                           \
    receive_stream_add(&stream, position, bytes, sizeof bytes, &config, &highest_number, &kept.sink, SECOND, &error)
    assert_int_equal(ADD(1, first), STREAM_ACCEPTED);
    assert_int_equal(ADD(3, again), STREAM_ACCEPTED);
    assert_int_equal(ADD(6, early), STREAM_ACCEPTED);
    assert_int_equal(ADD(5, tail), STREAM_ACCEPTED);
#undef ADD
    message = kept_messages_take(&kept);
    assert_int_equal(message->api.m_cbSize, 6);
    assert_memory_equal(message->api.m_pData, "aBCdEf", 6);
    message_release(message);
    end();
}

static enum stream_outcome add_bytes(const char *bytes, size_t size)
{
    const char *error = NULL;
    enum stream_outcome outcome = receive_stream_add(&stream, stream.arrived_end, (const uint8_t *)bytes, size, &config,
                                                     &highest_number, &kept.sink, SECOND, &error);

    assert_int_equal(outcome == STREAM_ERROR, error != NULL);
    return outcome;
}

static void test_bad_headers(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum stream_outcome outcome;
    } cases[] = {
        {"\x80", 1, STREAM_ERROR},
        {"\x40\xc0\x84\x3d", 4, STREAM_ERROR},    /* step 1000000: above the highest number by too much */
        {"\x40\xc1\x84\x3d", 4, STREAM_ERROR},    /* step 1000001 */
        {"\x40\x90\x4e", 3, STREAM_ACCEPTED},     /* step 10000 */
        {"\x40\x91\x4e", 3, STREAM_ERROR},        /* step 10001 */
        {"\x20\x80\x80\x01", 4, STREAM_ACCEPTED}, /* 524288 bytes */
        {"\x21\x80\x80\x01", 4, STREAM_ERROR},    /* 524289 bytes */
        {"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, STREAM_ERROR},
        {"\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 11, STREAM_ERROR}, /* protocol 20.16 */
        {"\x40\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", 12, STREAM_ERROR},
        {"\x20\x80\x80\x80\x80\x80\x80\x80\x80\x80", 10, STREAM_ACCEPTED}, /* may still end */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        if (add_bytes(cases[i].bytes, cases[i].size) != cases[i].outcome)
            fail_msg("case %zu", i);
        end();

        /* Byte by byte it is the same. */
        begin();
        enum stream_outcome outcome = STREAM_ACCEPTED;
        for (size_t k = 0; k < cases[i].size && outcome == STREAM_ACCEPTED; k++)
            outcome = add_bytes(cases[i].bytes + k, 1);
        if (outcome != cases[i].outcome)
            fail_msg("case %zu, byte by byte", i);
        end();
    }

    /* A message that could never wait in the receive buffer. */
    begin();
    config.receive_buffer_size = 1000;
    assert_int_equal(add_bytes("\x28\x1f", 2), STREAM_ACCEPTED); /* 1000 bytes */
    end();
    begin();
    config.receive_buffer_size = 1000;
    assert_int_equal(add_bytes("\x29\x1f", 2), STREAM_ERROR);
    end();
}

/* Many lanes that each begin a large message: together they hold no more than the connection's budget. */
static void test_lanes_share_a_budget(void **state)
{
    enum { LANES = 40, SIZE = 9000 };
    static struct receive_stream streams[LANES];
    uint8_t bytes[64];
    struct byte_writer writer;
    int building = 0, waiting = 0;

    (void)state;
    begin();
    config.receive_buffer_size = 10000;
    config.receive_max_message_size = SIZE;
    writer_init(&writer, bytes, sizeof bytes);
    stream_header_write(&writer, 1, SIZE);
    writer_zeros(&writer, 20);
    for (int i = 0; i < LANES; i++) {
        const char *error = NULL;

        highest_number = 0;
        receive_stream_init(&streams[i], (uint8_t)i, &budget);
        assert_int_not_equal(receive_stream_add(&streams[i], 1, bytes, writer_length(&writer), &config, &highest_number,
                                                &kept.sink, 0, &error),
                             STREAM_ERROR);
        building += streams[i].message != NULL;
        waiting += streams[i].starved;
        assert_true(budget.messages <= (int64_t)RECEIVE_BUDGET_BUFFERS * config.receive_buffer_size);
    }
    assert_int_equal(building + waiting, LANES);
    assert_in_range(building, RECEIVE_BUDGET_BUFFERS / 2, RECEIVE_BUDGET_BUFFERS);
    for (int i = 0; i < LANES; i++)
        receive_stream_free(&streams[i]);
    end();
}

/* The largest message that the receive buffer allows comes through, although its header is larger than nothing. */
static void test_message_as_large_as_the_buffer(void **state)
{
    static uint8_t bytes[10000 + STREAM_HEADER_MAXIMUM];
    const char *error = NULL;
    struct byte_writer writer;

    (void)state;
    begin();
    config.receive_buffer_size = 10000;
    writer_init(&writer, bytes, sizeof bytes);
    stream_header_write(&writer, 1, 10000);
    writer_zeros(&writer, 10000);
    for (size_t at = 0; at < writer_length(&writer); at += 1000) {
        size_t left = writer_length(&writer) - at;

        assert_int_equal(receive_stream_add(&stream, 1 + (int64_t)at, bytes + at, left < 1000 ? left : 1000, &config,
                                            &highest_number, &kept.sink, 0, &error),
                         STREAM_ACCEPTED);
    }
    assert_int_equal(kept.count, 1);
    end();
}

/*
 * Lanes that have received all but the first segment of a large message: what waits in their rings must not keep the
 * messages from being begun, or nothing would ever move again.
 */
static void test_full_rings_let_messages_begin(void **state)
{
    enum { LANES = RECEIVE_BUDGET_BUFFERS + 1, SIZE = 16000, FIRST = 100 };
    static struct receive_stream streams[LANES];
    static uint8_t bytes[SIZE + STREAM_HEADER_MAXIMUM];
    const char *error = NULL;
    struct byte_writer writer;
    size_t length;
    int refused = 0;

    (void)state;
    begin();
    config.receive_buffer_size = 17000;
    writer_init(&writer, bytes, sizeof bytes);
    stream_header_write(&writer, 1, SIZE);
    writer_zeros(&writer, SIZE);
    length = writer_length(&writer);
    for (int i = 0; i < LANES; i++) {
        receive_stream_init(&streams[i], (uint8_t)i, &budget);
        refused += receive_stream_add(&streams[i], 1 + FIRST, bytes + FIRST, length - FIRST, &config, &highest_number,
                                      &kept.sink, 0, &error) == STREAM_REFUSED;
    }
    for (int round = 0; kept.count < LANES; round++) {
        assert_in_range(round, 0, LANES);
        for (int i = 0; i < LANES; i++) {
            highest_number = 0;
            /* All of it comes again, as from a sender that has not heard of anything. */
            receive_stream_add(&streams[i], 1, bytes, FIRST, &config, &highest_number, &kept.sink, 0, &error);
            receive_stream_add(&streams[i], 1 + FIRST, bytes + FIRST, length - FIRST, &config, &highest_number,
                               &kept.sink, 0, &error);
            assert_null(error);
        }
    }
    assert_true(refused > 0);
    for (int i = 0; i < LANES; i++)
        receive_stream_free(&streams[i]);
    end();
}

static enum stream_outcome add_at(int64_t position, const void *bytes, size_t size)
{
    const char *error = NULL;
    enum stream_outcome outcome =
        receive_stream_add(&stream, position, bytes, size, &config, &highest_number, &kept.sink, SECOND, &error);

    assert_int_equal(outcome == STREAM_ERROR, error != NULL);
    return outcome;
}

/* What came early turns out to be nonsense when it is due. */
static void test_nonsense_that_came_early(void **state)
{
    (void)state;
    begin();
    assert_int_equal(add_at(4, "\x80xy", 3), STREAM_ACCEPTED);
    assert_int_equal(add_at(9, "z", 1), STREAM_ACCEPTED);
    assert_int_equal(add_at(1, "\2ab", 3), STREAM_ERROR);
    assert_int_equal(kept.count, 1); /* what was right is delivered */
    end();

    /* The message before it had to wait, and the next segment finds it out. */
    begin();
    kept.capacity = 0;
    assert_int_equal(add_at(1, "\2ab", 3), STREAM_ACCEPTED);
    assert_int_equal(add_at(4, "\x80xy", 3), STREAM_ACCEPTED);
    assert_true(stream.blocked);
    kept.capacity = 1;
    assert_int_equal(add_at(20, "z", 1), STREAM_ERROR);
    assert_int_equal(kept.count, 1);
    end();
}

/* With as many holes as deployed receivers keep track of, none is split; but what is there may grow. */
static void test_no_more_holes(void **state)
{
    (void)state;
    begin();
    for (int i = 1; i <= STREAM_HOLES_SPLITTING; i++)
        assert_int_equal(add_at(10 * i, "x", 1), STREAM_ACCEPTED);
    assert_int_equal(receive_stream_holes(&stream), STREAM_HOLES_SPLITTING);
    assert_int_equal(add_at(15, "x", 1), STREAM_REFUSED);
    assert_int_equal(add_at(11, "xx", 2), STREAM_ACCEPTED);
    assert_int_equal(add_at(18, "xx", 2), STREAM_ACCEPTED);
    assert_int_equal(receive_stream_holes(&stream), STREAM_HOLES_SPLITTING);
    assert_int_equal(add_at(13, "xxxxx", 5), STREAM_ACCEPTED); /* fills the second */
    assert_int_equal(receive_stream_holes(&stream), STREAM_HOLES_SPLITTING - 1);
    end();
}

/* A whole message that waits for room in the queue is kept, unless all is to go. */
static void test_abandoning_a_whole_message(void **state)
{
    (void)state;
    begin();
    kept.capacity = 0;
    assert_int_equal(add_at(1, "\2ab", 3), STREAM_ACCEPTED);
    receive_stream_abandon(&stream, false);
    assert_non_null(stream.message);
    assert_true(budget.messages == 2 && stream.blocked);
    receive_stream_abandon(&stream, true);
    assert_null(stream.message);
    assert_true(budget.messages == 0 && !stream.blocked);
    end();
}

/* Others hold all that a process may: fragments and lists of early bytes are refused, and taken when there is room. */
static void test_quota_that_others_hold(void **state)
{
    struct memory_quota quota;
    struct memory_share others = {.quota = &quota};
    struct fragment_store store = {.budget = &budget};
    int64_t position = 100;

    (void)state;
    memory_quota_init(&quota, 1 << 20);
    memory_share_force(&others, 2 << 20);
    begin();
    receive_budget_init(&budget, &quota);
    budget.messages = MEMORY_SHARE_FREE;
    assert_int_equal(fragment_store_add(&store, 1, 0, false, (const uint8_t *)"abc", 3, &config), FRAGMENT_NO_MEMORY);
    assert_true(budget.share.wanting && budget.fragments == 0);
    budget.messages = 0;
    receive_budget_rest(&budget);
    assert_false(budget.share.wanting);
    assert_int_equal(fragment_store_add(&store, 1, 0, false, (const uint8_t *)"abc", 3, &config), FRAGMENT_STORED);
    fragment_store_free(&store);
    assert_true(budget.fragments == 0);

    budget.messages = MEMORY_SHARE_FREE - 16 * 1024; /* just so that there is room for a ring */
    while (add_at(position, "x", 1) == STREAM_ACCEPTED && position < 100 * STREAM_HOLES_SPLITTING)
        position += 100;
    assert_true(position > 100 && position < 100 * STREAM_HOLES_SPLITTING);
    budget.messages = 0;
    assert_int_equal(add_at(position, "x", 1), STREAM_ACCEPTED);
    end();
    memory_share_return(&others, 0);
    assert_true(memory_quota_drawn(&quota) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full_rings_let_messages_begin),
        cmocka_unit_test(test_message_as_large_as_the_buffer),
        cmocka_unit_test(test_against_an_array),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_lanes_share_a_budget),
        cmocka_unit_test(test_waiting_message_keeps_what_follows),
        cmocka_unit_test(test_segment_across_the_end_of_the_buffer),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_later_copy_counts),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_nonsense_that_came_early),
        cmocka_unit_test(test_no_more_holes),
        cmocka_unit_test(test_abandoning_a_whole_message),
        cmocka_unit_test(test_quota_that_others_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
