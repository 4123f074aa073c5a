/*
 * Every recorded payload-decoding case, fed to receiver, ack tracker and sender as a connection would, and every
 * recorded outcome compared.
 *
 * The deployed receiver and this one differ on purpose in two things: how many gaps they keep track of (62 there, 255
 * here) and what happens to a finished message that finds the receive queue full. No case reaches either, so there is
 * no exception to make here; test_receive_stream and test_ack_tracker show what happens instead.
 */
#include "engine.h"

#include "snp/receiver.h"

enum { CASES = 112 };

static struct transport_config config;
static struct receiver receiver;
static struct sender sender;
static struct ack_tracker tracker;
static struct kept_messages kept;
static microseconds now;
static int cases_run, messages_compared, payloads_composed;
static const char *case_name;

static int64_t number_of(const json_t *value)
{
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static int64_t member(const json_t *object, const char *name)
{
    return number_of(vector_member(object, name));
}

#define check_equal(actual, expected)                                                                                  \
    do {                                                                                                               \
        int64_t actual_value = (actual), expected_value = (expected);                                                  \
        if (actual_value != expected_value)                                                                            \
            fail_msg("%s: %s is %lld, recorded is %lld", case_name, #actual, (long long)actual_value,                  \
                     (long long)expected_value);                                                                       \
    } while (0)

/* Packets [first, last] that this side sent and that nobody has acknowledged. */
static void send_packets(const json_t *range)
{
    int64_t first = number_of(json_array_get(range, 0)), last = number_of(json_array_get(range, 1));

    for (int64_t number = first; number <= last; number++) {
        uint8_t payload[64];
        struct byte_writer writer;

        writer_init(&writer, payload, sizeof payload);
        assert_true(sender_begin_packet(&sender, &writer, now) == number);
        sender_end_packet(&sender, number, 100, true, 0, now);
    }
    assert_int_equal(sender.in_flight, last - first + 1);
}

static void set_up(const json_t *vector)
{
    const json_t *segments = json_object_get(vector, "setup_max_segments_per_packet");
    const json_t *position = json_object_get(vector, "setup_lane0_next_stream_pos");
    const json_t *in_flight = json_object_get(vector, "setup_sender_in_flight");

    case_name = vector_string(vector, "name");
    now = 1000 * SECOND;
    config = engine_config();
    if (segments)
        config.receive_max_segments = (int32_t)json_integer_value(segments);
    kept_messages_init(&kept);
    sender_init(&sender, &config, PACKET_FIRST_NUMBER, now);
    receiver_init(&receiver, &config, &kept.sink, NULL);
    ack_tracker_init(&tracker, 1);
    if (position) {
        receiver.first_lane.stream.message_begin = json_integer_value(position);
        receiver.first_lane.stream.arrived_end = json_integer_value(position);
    }
    if (in_flight)
        send_packets(in_flight);
}

static void tear_down(void)
{
    kept_messages_drop_all(&kept);
    receiver_free(&receiver);
    sender_free(&sender);
    ack_tracker_free(&tracker);
}

static void check_delivered(const json_t *messages)
{
    const json_t *expected;
    size_t i;

    json_array_foreach(messages, i, expected)
    {
        uint8_t data[4096];
        size_t size = vector_bytes(expected, "data", data, sizeof data);
        struct message *message = kept_messages_take(&kept);
        const SteamNetworkingMessage_t *api = &message->api;

        check_equal(api->m_idxLane, member(expected, "lane"));
        check_equal(api->m_nMessageNumber, member(expected, "number"));
        check_equal(api->m_nFlags & k_nSteamNetworkingSend_Reliable,
                    json_is_true(vector_member(expected, "reliable")) ? k_nSteamNetworkingSend_Reliable : 0);
        check_equal(api->m_cbSize, (int64_t)size);
        check_equal(api->m_usecTimeReceived, now);
        if (size > 0)
            assert_memory_equal(api->m_pData, data, size);
        else
            assert_null(api->m_pData);
        message_release(message);
        messages_compared++;
    }
    check_equal(kept.count, 0);
}

/* A packet as data_packet.c treats it. Returns whether the connection is still alive. */
static bool receive(const json_t *packet)
{
    bool alive = json_is_true(vector_member(packet, "connection_alive"));
    const char *hex = vector_string(packet, "payload");
    size_t length = strlen(hex) / 2;
    uint8_t *payload = malloc(length > 0 ? length : 1); /* exact, for the sanitizers */
    struct receive_report report;

    assert_non_null(payload);
    vector_unhex(hex, payload, length);
    receiver_process(&receiver, &sender, &tracker, payload, length, member(packet, "pktnum"), RECEIVE_NORMAL, now,
                     &report);
    free(payload);
    if (report.acknowledge)
        assert_true(ack_tracker_record(&tracker, member(packet, "pktnum"), now));

    check_equal(report.error == NULL, alive);
    check_equal(report.processed, json_is_true(vector_member(packet, "processed")));
    if (alive)
        check_equal(report.acknowledge, json_is_true(vector_member(packet, "will_be_acked")));
    else
        check_equal(member(packet, "end_reason"), END_INTERNAL_ERROR);
    check_delivered(vector_member(packet, "delivered"));
    return alive;
}

static int64_t buffered(const struct receive_stream *stream)
{
    return receive_stream_end(stream) - stream->message_begin;
}

static bool untouched(const struct receive_lane *lane)
{
    return lane->highest_number == 0 && lane->stream.message_begin == STREAM_FIRST_POSITION &&
           buffered(&lane->stream) == 0 && lane->fragments.count == 0;
}

static void check_lanes(const json_t *lanes)
{
    size_t index = 0;

    for (uint32_t number = 0; number <= FRAME_LANE_MAXIMUM; number++) {
        const struct receive_lane *lane = receiver_lane(&receiver, number);
        const json_t *expected = json_array_get(lanes, index);

        if (!lane || untouched(lane))
            continue;
        if (!expected)
            fail_msg("%s: lane %u was used", case_name, number);
        check_equal(number, member(expected, "lane"));
        check_equal(lane->highest_number, member(expected, "highest_number"));
        check_equal(lane->stream.message_begin, member(expected, "next_stream_pos"));
        check_equal(buffered(&lane->stream), member(expected, "buffered_stream_bytes"));
        check_equal(receive_stream_holes(&lane->stream), member(expected, "stream_gaps"));
        check_equal(lane->fragments.count, member(expected, "buffered_unreliable_segments"));
        index++;
    }
    check_equal((int64_t)index, (int64_t)json_array_size(lanes));
}

static void check_gaps(const json_t *gaps)
{
    check_equal(tracker.gap_count, (int64_t)json_array_size(gaps));
    for (int i = 0; i < tracker.gap_count; i++) {
        const json_t *gap = json_array_get(gaps, (size_t)i);

        check_equal(tracker.gaps[i].begin, number_of(json_array_get(gap, 0)));
        check_equal(tracker.gaps[i].end - 1, number_of(json_array_get(gap, 1)));
    }
}

static void check_own_packets(const json_t *expected, enum sent_packet_state state)
{
    size_t index = 0;

    for (int64_t number = sender.packets.oldest; number < sender.packets.next; number++) {
        if (sent_packets_find(&sender.packets, number)->state != state)
            continue;
        assert_true(index < json_array_size(expected));
        check_equal(number, number_of(json_array_get(expected, index)));
        index++;
    }
    check_equal((int64_t)index, (int64_t)json_array_size(expected));
}

/* The delay in the recorded ack frame was wall-clock time: let as much time pass. */
static void check_next_payload(const json_t *after)
{
    uint8_t recorded[256], payload[256];
    size_t length = vector_bytes(after, "next_packet_payload", recorded, sizeof recorded);
    struct byte_writer writer;

    assert_int_equal(recorded[0], 0x80);
    now += load_u16(recorded + 5) * FRAME_ACK_DELAY_UNIT_US;
    writer_init(&writer, payload, sizeof payload);
    assert_true(sender_begin_packet(&sender, &writer, now) == PACKET_FIRST_NUMBER);
    assert_true(ack_tracker_write(&tracker, &writer, now));
    check_equal((int64_t)writer_length(&writer), (int64_t)length);
    assert_memory_equal(payload, recorded, length);
    payloads_composed++;
}

static void run(const json_t *vector)
{
    const json_t *after = json_object_get(vector, "after"), *packet;
    bool alive = true;
    size_t i;

    set_up(vector);
    json_array_foreach(vector_member(vector, "packets"), i, packet)
    {
        assert_true(alive);
        alive = receive(packet);
    }
    check_equal(after != NULL, alive);
    if (after) {
        check_equal(tracker.stop_waiting, member(after, "stop_waiting"));
        check_lanes(vector_member(after, "lanes"));
        check_gaps(vector_member(after, "packet_gaps"));
        check_equal(tracker.highest + 1, member(after, "next_expected_packet"));
        if (json_object_get(vector, "setup_sender_in_flight")) {
            check_own_packets(vector_member(after, "nacked"), SENT_PACKET_LOST);
            check_own_packets(vector_member(after, "still_in_flight"), SENT_PACKET_IN_FLIGHT);
            check_equal(sender.latest_acknowledged, member(after, "sender_stop_waiting"));
        }
        if (json_object_get(after, "next_packet_payload"))
            check_next_payload(after);
    }
    tear_down();
    cases_run++;
}

static void test_recorded_cases(void **state)
{
    json_t *root = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *vector;
    size_t i;

    (void)state;
    json_array_foreach(vector_member(root, "snp_decode"), i, vector)
    {
        run(vector);
    }
    json_decref(root);
    assert_int_equal(cases_run, CASES);
    assert_true(messages_compared > 50);
    assert_int_equal(payloads_composed, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
