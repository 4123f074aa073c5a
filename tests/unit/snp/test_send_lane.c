/* A sending lane against the stream it should make, through loss, retransmission and acknowledgement in any order. */
#include "engine.h"

#include "snp/send_lane.h"

enum { STREAM_SIZE = 400000, SEGMENTS_MAX = 4000 };

static struct {
    uint8_t bytes[STREAM_SIZE]; /* position p is at p - 1 */
    bool acknowledged[STREAM_SIZE];
    int64_t end;
    int64_t begins[4000], ends[4000]; /* of reliable messages, in order */
    int count;
} naive;

static struct send_lane lane;
static struct segment segments[SEGMENTS_MAX];
static int segment_count, messages_freed;
static uint64_t seed;

static void count_freed(SteamNetworkingMessage_t *message)
{
    (void)message;
    messages_freed++;
}

static void queue(struct random_source *random)
{
    bool reliable = random_below(random, 4) != 0;
    int size = (int)random_below(random, random_below(random, 5) ? 200 : 5000);
    int64_t step = lane.last_number + 1 - lane.last_reliable_number;
    struct message *message;
    struct byte_writer writer;

    if (naive.end + size + 64 > STREAM_SIZE || naive.count == 4000)
        return;
    message = pattern_message((uint32_t)lane.last_number + 1, size, 0, 2);
    message->api.m_pfnFreeData = count_freed; /* the payload lies in the message and goes with it */
    if (size == 0)
        message->api.m_pData = message; /* so that its end is noticed */
    send_lane_queue(&lane, message, reliable);
    assert_true(message->api.m_nMessageNumber == lane.last_number);
    assert_int_equal(message_is_reliable(message), reliable);
    if (!reliable)
        return;
    writer_init(&writer, naive.bytes + naive.end - 1, (size_t)(STREAM_SIZE - naive.end));
    stream_header_write(&writer, (uint64_t)step, (uint64_t)size);
    for (int i = 0; i < size; i++)
        writer_u8(&writer, pattern_byte((uint32_t)lane.last_number, (size_t)i));
    naive.begins[naive.count] = naive.end;
    naive.end += (int64_t)writer_length(&writer);
    naive.ends[naive.count++] = naive.end;
}

/* As the sender does with unreliable messages at the head. */
static void send_unreliable_head(void)
{
    struct message *message = send_lane_head(&lane);

    assert_int_equal(message_unsent(message), message->api.m_cbSize);
    lane.pending_unreliable -= message->api.m_cbSize;
    list_remove(&message->queue_node);
    message_release(message);
    messages_freed--; /* only reliable ones are counted */
}

static void check_copy(const struct segment *segment)
{
    uint8_t bytes[1300];

    send_lane_copy(segment, bytes);
    if (memcmp(bytes, naive.bytes + segment->begin - 1, segment->size) != 0)
        fail_msg("seed %llu: segment at %lld has other bytes", (unsigned long long)seed, (long long)segment->begin);
}

static void take(struct random_source *random)
{
    uint32_t most = 1 + (uint32_t)random_below(random, 1200);
    struct segment *segment = &segments[segment_count];
    int64_t begin = lane.stream_sent;
    int queued = 0, left = 0, finished;
    const struct list_node *node;

    list_for_each(node, &lane.queue) queued++;
    memset(segment, 0, sizeof *segment);
    list_node_init(&segment->resend_node);
    finished = send_lane_take(&lane, segment, most);
    list_for_each(node, &lane.queue) left++;
    assert_int_equal(queued - left, finished);
    assert_true(segment->begin == begin);
    assert_true(segment->size > 0 && segment->size <= most);
    assert_true(lane.stream_sent == begin + segment->size);
    check_copy(segment);
    segment_count++;
}

static struct segment *random_segment(struct random_source *random)
{
    return segment_count > 0 ? &segments[random_below(random, (uint64_t)segment_count)] : NULL;
}

static void acknowledge(struct segment *segment)
{
    for (int64_t position = segment->begin; position < segment->begin + segment->size; position++)
        naive.acknowledged[position - 1] = true;
    send_lane_acknowledge(&lane, segment);
    send_lane_acknowledge(&lane, segment); /* once more changes nothing */
    assert_true(segment->acknowledged);
}

static void check_accounts(void)
{
    int64_t resend = 0, in_flight = 0, last = 0;
    int holes = 0, done = 0;
    const struct list_node *node;

    for (int i = 0; i < segment_count; i++) {
        const struct segment *segment = &segments[i];

        if (segment->acknowledged)
            continue;
        holes += segment->was_lost;
        if (list_linked(&segment->resend_node))
            resend += segment->size;
        else
            in_flight += segment->size;
    }
    list_for_each(node, &lane.resend)
    {
        const struct segment *segment = container_of(node, struct segment, resend_node);

        assert_true(segment->begin > last);
        last = segment->begin;
    }
    for (int i = 0; i < naive.count; i++) {
        int64_t position = naive.begins[i];

        while (position < naive.ends[i] && naive.acknowledged[position - 1])
            position++;
        done += position == naive.ends[i];
    }
    assert_int_equal(messages_freed, done);
    assert_int_equal(lane.lost_outstanding, holes);
    assert_true(lane.resend_bytes == resend);
    assert_true(lane.unacknowledged == in_flight);
    assert_true(lane.stream_end == naive.end);
    assert_true(lane.pending_reliable == lane.stream_end - lane.stream_sent + resend);
}

/* Packets have become smaller. */
static void split(struct segment *segment, struct random_source *random)
{
    struct segment *rest = &segments[segment_count++];
    uint16_t whole = segment->size, size = (uint16_t)(1 + random_below(random, (uint64_t)segment->size - 1));

    send_lane_split(&lane, segment, size, rest);
    assert_int_equal(segment->size, size);
    assert_int_equal(rest->size, whole - size);
    assert_true(rest->begin == segment->begin + size);
    check_copy(segment);
    check_copy(rest);
}

static void test_random_fates(void **state)
{
    (void)state;
    for (seed = 1; seed <= 10; seed++) {
        struct random_generator random;

        random_generator_init(&random, seed);
        memset(&naive, 0, sizeof naive);
        naive.end = STREAM_FIRST_POSITION;
        segment_count = messages_freed = 0;
        send_lane_init(&lane, 2);
        for (int step = 0; step < 2500; step++) {
            struct segment *segment = random_segment(&random.source);
            struct message *head = send_lane_head(&lane);

            switch (random_below(&random.source, 6)) {
            case 0:
                queue(&random.source);
                break;
            case 1:
            case 2:
                if (head && !message_is_reliable(head))
                    send_unreliable_head();
                else if (head && segment_count < SEGMENTS_MAX)
                    take(&random.source);
                break;
            case 3:
                if (segment)
                    send_lane_lose(&lane, segment); /* acknowledged ones, too: nothing happens */
                break;
            case 4:
                if (!list_empty(&lane.resend)) {
                    segment = list_first_entry(&lane.resend, struct segment, resend_node);
                    if (segment->size > 1 && segment_count < SEGMENTS_MAX && random_below(&random.source, 3) == 0)
                        split(segment, &random.source);
                    check_copy(segment);
                    send_lane_resent(&lane, segment);
                }
                break;
            default:
                if (segment)
                    acknowledge(segment);
                break;
            }
            if (step % 16 == 0)
                check_accounts();
        }
        check_accounts();
        assert_true(segment_count > 200);
        assert_true(messages_freed > 50);
        send_lane_free(&lane);
        assert_int_equal(messages_freed >= naive.count, true);
    }
}

/* When the lane array grows, lanes move; lists and segments go on working. */
static void test_moving(void **state)
{
    struct random_generator random;
    struct send_lane first;

    (void)state;
    seed = 7;
    random_generator_init(&random, seed);
    memset(&naive, 0, sizeof naive);
    naive.end = STREAM_FIRST_POSITION;
    segment_count = messages_freed = 0;
    send_lane_init(&lane, 2);
    while (naive.count < 20)
        queue(&random.source);
    while (segment_count < 6) {
        if (message_is_reliable(send_lane_head(&lane)))
            take(&random.source);
        else
            send_unreliable_head();
    }
    send_lane_lose(&lane, &segments[4]);
    send_lane_lose(&lane, &segments[1]);
    first = lane;
    send_lane_move(&first, &lane);
    send_lane_move(&lane, &first);
    check_accounts();
    for (int i = 0; i < segment_count; i++) {
        check_copy(&segments[i]);
        acknowledge(&segments[i]);
    }
    check_accounts();
    send_lane_free(&lane);
}

/* New data waits with exactly as many holes, and exactly as far behind the oldest message, as the peer can keep. */
static void test_what_the_peer_can_keep(void **state)
{
    static const struct stream_limits deployed = {.holes = 3, .window = 1000}, extended = {3, 1000, true};
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 8);
    for (int always = 0; always <= 1; always++) {
        segment_count = messages_freed = 0;
        send_lane_init(&lane, 0);
        lane.limits = always ? &extended : &deployed;
        send_lane_queue(&lane, pattern_message(1, 4000, 0, 2), true);
        for (; segment_count < 10; segment_count++) {
            memset(&segments[segment_count], 0, sizeof segments[0]);
            list_node_init(&segments[segment_count].resend_node);
            assert_true(send_lane_head_may_leave(&lane));
            send_lane_take(&lane, &segments[segment_count], segment_count < 9 ? 100 : 99);
        }
        assert_true(send_lane_head_may_leave(&lane)); /* 999 bytes */
        for (int i = 0; i < 3; i++) {
            assert_true(send_lane_head_may_leave(&lane));
            send_lane_lose(&lane, &segments[i]);
        }
        assert_false(send_lane_head_may_leave(&lane)); /* three holes */
        send_lane_resent(&lane, &segments[1]);
        assert_false(send_lane_head_may_leave(&lane)); /* which are there until it is known to have arrived */
        send_lane_acknowledge(&lane, &segments[1]);
        assert_true(send_lane_head_may_leave(&lane));
        segment_count++;
        memset(&segments[10], 0, sizeof segments[0]);
        list_node_init(&segments[10].resend_node);
        send_lane_take(&lane, &segments[10], 1);
        assert_false(send_lane_head_may_leave(&lane)); /* 1000 bytes */
        send_lane_acknowledge(&lane, &segments[0]);
        send_lane_acknowledge(&lane, &segments[2]);
        assert_int_equal(send_lane_head_may_leave(&lane), !always); /* no hole is left */
        for (int i = 3; i <= 10; i++)
            send_lane_acknowledge(&lane, &segments[i]);
        assert_true(send_lane_head_may_leave(&lane)); /* nothing is on the way, and the message is longer than that */
        send_lane_free(&lane);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_fates),
        cmocka_unit_test(test_moving),
        cmocka_unit_test(test_what_the_peer_can_keep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
