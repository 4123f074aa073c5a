/* Data packet headers and statistics blobs against every recorded data packet. */

#include "recorded.h"

#include "wire/data_header.h"
#include "wire/statistics_message.h"

static int packets_seen, blobs_seen, statistics_seen, times_seen;

static void check_figure(const json_t *object, const char *name, int64_t value)
{
    const json_t *member = json_object_get(object, name);

    assert_true(value == (member ? json_integer_value(member) : STATISTICS_UNKNOWN));
}

static void check_blob(const json_t *expected, struct byte_slice blob)
{
    const json_t *flags = json_object_get(expected, "flags");
    const json_t *quality = json_object_get(expected, "quality");
    struct statistics_message message;
    uint8_t out[STATISTICS_BLOB_MAXIMUM];

    assert_true(statistics_message_decode(&message, blob.data, blob.length));
    assert_int_equal(message.has_flags, flags != NULL);
    assert_int_equal(message.flags, flags ? json_integer_value(flags) : 0);
    assert_int_equal(message.has_statistics, quality != NULL);
    assert_true(statistics_asks_for_ack(&message));
    if (quality) {
        const json_t *instantaneous = vector_member(quality, "instantaneous");
        const struct statistics_instantaneous *s = &message.instantaneous;
        assert_true(message.has_instantaneous);
        assert_false(message.has_lifetime);
        check_figure(instantaneous, "out_packets_per_sec_x10", s->packets_sent_rate);
        check_figure(instantaneous, "out_bytes_per_sec", s->bytes_sent_rate);
        check_figure(instantaneous, "in_packets_per_sec_x10", s->packets_received_rate);
        check_figure(instantaneous, "in_bytes_per_sec", s->bytes_received_rate);
        check_figure(instantaneous, "ping_ms", s->ping_ms);
        check_figure(instantaneous, "dropped_pct", s->lost_percent);
        check_figure(instantaneous, "weird_sequence_pct", s->weird_percent);
        assert_true(s->peak_jitter_us == STATISTICS_UNKNOWN);
        statistics_seen++;
    }
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), blob.length);
    assert_memory_equal(out, blob.data, blob.length);
    blobs_seen++;
}

static void check_event(const json_t *event)
{
    const json_t *blob, *time;
    struct data_header header;
    uint8_t *datagram, out[DATAGRAM_MAXIMUM];
    size_t length;

    if (!recorded_is(event, "data"))
        return;
    datagram = recorded_datagram(event, &length);
    assert_int_equal(datagram_classify(datagram, length), DATAGRAM_DATA);
    assert_true(data_header_decode(&header, datagram, length));
    assert_true(header.connection_id == vector_u64(event, "to_connection_id"));
    assert_true(header.packet_number == vector_u64(event, "wire_number"));
    blob = json_object_get(event, "stats_blob");
    assert_int_equal(header.has_statistics, blob != NULL);
    if (blob)
        check_blob(blob, header.statistics);
    time = json_object_get(event, "time_since_prev_us");
    assert_int_equal(header.has_time_since_previous, time != NULL);
    if (time) {
        assert_int_equal(header.time_since_previous * PACKET_TIME_UNIT_US, json_integer_value(time));
        times_seen++;
    }
    assert_int_equal(data_header_size(&header), header.size);
    assert_int_equal(data_header_encode(&header, out, header.size), header.size);
    assert_memory_equal(out, datagram, header.size);
    assert_int_equal(data_header_encode(&header, out, header.size - 1), 0);
    if (json_object_get(event, "plaintext")) {
        size_t plaintext = strlen(vector_string(event, "plaintext")) / 2, rest = length - header.size;
        assert_true(rest == plaintext || rest == plaintext + PACKET_TAG_SIZE);
    }
    free(datagram);
    packets_seen++;
}

static void recorded_packets(void **state)
{
    (void)state;
    recorded_visit(check_event);
    assert_true(packets_seen > 350);
    assert_true(blobs_seen >= 4 && statistics_seen >= 1 && times_seen == 3);
}

static void fields_that_overrun(void **state)
{
    static const uint8_t plain[] = {0x80, 1, 2, 3, 4, 5, 6};
    static const uint8_t with_all[] = {0x83, 1, 2, 3, 4, 5, 6, 2, 0x18, 2, 7, 8};
    static const uint8_t long_blob[] = {0x81, 1,    2,    3,    4,    5,    6,    0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    static const uint8_t empty_blob[] = {0x81, 1, 2, 3, 4, 5, 6, 0};
    static const uint8_t other_flags[] = {0xfc, 1, 2, 3, 4, 5, 6, 9};
    struct statistics_message message;
    struct data_header header;

    (void)state;
    for (size_t length = 0; length <= sizeof plain; length++) {
        uint8_t *copy = recorded_copy(plain, length);
        assert_int_equal(data_header_decode(&header, copy, length), length == sizeof plain);
        free(copy);
    }
    for (size_t length = 0; length <= sizeof with_all; length++) {
        uint8_t *copy = recorded_copy(with_all, length);
        assert_int_equal(data_header_decode(&header, copy, length), length == sizeof with_all);
        free(copy);
    }
    assert_int_equal(header.size, sizeof with_all);
    assert_int_equal(header.time_since_previous, 0x0807);
    assert_int_equal(header.statistics.length, 2);
    assert_false(data_header_decode(&header, long_blob, sizeof long_blob));
    assert_true(data_header_decode(&header, empty_blob, sizeof empty_blob));
    assert_true(header.has_statistics);
    assert_true(statistics_message_decode(&message, header.statistics.data, header.statistics.length));
    assert_false(statistics_asks_for_ack(&message));
    assert_true(data_header_decode(&header, other_flags, sizeof other_flags));
    assert_int_equal(header.size, 7);
    assert_false(data_header_decode(&header, (const uint8_t *)"\x01\0\0\0\0\0\0\0", 8));
}

static void first_look(void **state)
{
    static const uint8_t zero[DATAGRAM_MAXIMUM + 1];

    (void)state;
    assert_int_equal(datagram_classify(zero, 4), DATAGRAM_INVALID);
    assert_int_equal(datagram_classify(zero, 5), DATAGRAM_CONTROL);
    assert_int_equal(datagram_classify(zero, DATAGRAM_MAXIMUM), DATAGRAM_CONTROL);
    assert_int_equal(datagram_classify(zero, DATAGRAM_MAXIMUM + 1), DATAGRAM_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_packets),
        cmocka_unit_test(fields_that_overrun),
        cmocka_unit_test(first_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
