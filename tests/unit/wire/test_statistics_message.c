/* Statistics blobs: every field by its number, what is absent, and values nobody should send. */

#include "../vector_file.h"

#include "base/random.h"
#include "wire/statistics_message.h"
#include "wire/varint.h"

/* A message of varint fields, written without the code under test. */
static void put(struct byte_writer *writer, uint32_t field, uint64_t value)
{
    writer_varint(writer, field << 3);
    writer_varint(writer, value);
}

static size_t wrap(uint32_t field, const uint8_t *data, size_t length, uint8_t *out, size_t capacity)
{
    struct byte_writer writer;

    writer_init(&writer, out, capacity);
    writer_varint(&writer, field << 3 | 2);
    writer_varint(&writer, length);
    writer_bytes(&writer, data, length);
    assert_false(writer.failed);
    return writer_length(&writer);
}

/* The value that a field has in these tests. */
static int64_t value_of(uint32_t field)
{
    return 1000 + field;
}

static void every_lifetime_field(void **state)
{
    uint8_t lifetime[512], statistics[600], blob[700], out[700];
    struct statistics_message message;
    const struct statistics_lifetime *s = &message.lifetime;
    struct byte_writer writer;
    size_t length;

    (void)state;
    writer_init(&writer, lifetime, sizeof lifetime);
    for (uint32_t field = 2; field <= 66; field++) {
        if ((field > 15 && field < 21) || (field > 33 && field < 41) || (field > 54 && field < 61))
            continue;
        put(&writer, field, (uint64_t)value_of(field));
        if (field == 12 || field == 13)
            put(&writer, field, 7);
    }
    assert_false(writer.failed);
    length = wrap(2, lifetime, writer_length(&writer), statistics, sizeof statistics);
    length = wrap(1, statistics, length, blob, sizeof blob);

    assert_true(statistics_message_decode(&message, blob, length));
    assert_true(message.has_statistics && message.has_lifetime);
    assert_false(message.has_instantaneous || message.has_flags);
    assert_true(statistics_asks_for_ack(&message));
    assert_true(s->seconds_connected == value_of(2));
    assert_true(s->packets_sent == value_of(3));
    assert_true(s->kilobytes_sent == value_of(4));
    assert_true(s->packets_received == value_of(5));
    assert_true(s->kilobytes_received == value_of(6));
    assert_true(s->numbered_received == value_of(7));
    assert_true(s->dropped == value_of(8));
    assert_true(s->out_of_order == value_of(9));
    assert_true(s->duplicate == value_of(10));
    assert_true(s->lurch == value_of(11));
    assert_int_equal(s->path_received_count, 2);
    assert_true(s->path_received[0] == value_of(12) && s->path_received[1] == 7);
    assert_int_equal(s->path_duplicate_count, 2);
    assert_true(s->path_duplicate[0] == value_of(13) && s->path_duplicate[1] == 7);
    assert_true(s->multipath_enabled == value_of(14));
    assert_true(s->out_of_order_corrected == value_of(15));
    for (uint32_t i = 0; i < STATISTICS_QUALITY_BUCKETS; i++)
        assert_true(s->quality[i] == value_of(21 + i));
    assert_true(s->quality_2nd == value_of(30) && s->quality_5th == value_of(31));
    assert_true(s->quality_25th == value_of(32) && s->quality_50th == value_of(33));
    for (uint32_t i = 0; i < STATISTICS_PING_BUCKETS; i++)
        assert_true(s->ping[i] == value_of(41 + i));
    assert_true(s->ping_5th == value_of(50) && s->ping_50th == value_of(51) && s->ping_75th == value_of(52));
    assert_true(s->ping_95th == value_of(53) && s->ping_98th == value_of(54));
    for (uint32_t i = 0; i < STATISTICS_JITTER_BUCKETS; i++)
        assert_true(s->jitter[i] == value_of(61 + i));

    assert_int_equal(statistics_message_encode(&message, out, sizeof out), length);
    assert_memory_equal(out, blob, length);
    assert_int_equal(statistics_message_encode(&message, out, length - 1), 0);
}

static void every_instantaneous_field(void **state)
{
    uint8_t instantaneous[64], statistics[80], blob[100], out[100];
    struct statistics_message message;
    const struct statistics_instantaneous *s = &message.instantaneous;
    struct byte_writer writer;
    size_t length;

    (void)state;
    writer_init(&writer, instantaneous, sizeof instantaneous);
    for (uint32_t field = 1; field <= 8; field++)
        put(&writer, field, (uint64_t)value_of(field));
    length = wrap(1, instantaneous, writer_length(&writer), statistics, sizeof statistics);
    length = wrap(1, statistics, length, blob, sizeof blob);
    memcpy(blob + length, "\x18\x16", 2);
    length += 2;

    assert_true(statistics_message_decode(&message, blob, length));
    assert_true(message.has_instantaneous && message.has_flags);
    assert_int_equal(message.flags, STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE | STATISTICS_NOT_SELECTED);
    assert_true(s->packets_sent_rate == value_of(1) && s->bytes_sent_rate == value_of(2));
    assert_true(s->packets_received_rate == value_of(3) && s->bytes_received_rate == value_of(4));
    assert_true(s->ping_ms == value_of(5) && s->lost_percent == value_of(6));
    assert_true(s->weird_percent == value_of(7) && s->peak_jitter_us == value_of(8));
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), length);
    assert_memory_equal(out, blob, length);
}

static void what_is_absent(void **state)
{
    struct statistics_message message;
    uint8_t out[STATISTICS_BLOB_MAXIMUM];

    (void)state;
    assert_true(statistics_message_decode(&message, (const uint8_t *)"\x0a\x04\x0a\0\x12\0", 6));
    assert_true(message.has_instantaneous && message.has_lifetime);
    assert_true(message.instantaneous.ping_ms == STATISTICS_UNKNOWN);
    assert_true(message.lifetime.ping_98th == STATISTICS_UNKNOWN);
    assert_true(message.lifetime.jitter[5] == 0);
    assert_int_equal(message.lifetime.path_received_count, 0);
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), 6);

    statistics_message_clear(&message);
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), 0);
    message.flags = STATISTICS_ACK_REQUEST;
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), 2);
    assert_memory_equal(out, "\x18\x02", 2);
    assert_true(statistics_message_decode(&message, (const uint8_t *)"\x18\x05", 2));
    assert_false(statistics_asks_for_ack(&message));
    /* Empty statistics ask for an ack, too. */
    assert_true(statistics_message_decode(&message, (const uint8_t *)"\x0a\0", 2));
    assert_true(statistics_asks_for_ack(&message));
    /* A quality of zero is a figure, an empty bucket is not. */
    statistics_message_clear(&message);
    message.has_lifetime = true;
    message.lifetime.quality_2nd = 0;
    assert_int_equal(statistics_message_encode(&message, out, sizeof out), 7);
    assert_memory_equal(out, "\x0a\x05\x12\x03\xf0\x01\0", 7);
}

static void values_nobody_should_send(void **state)
{
    static const uint8_t negative[] = {0x0a, 0x0d, 0x0a, 0x0b, 0x28, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    struct statistics_message message;
    uint8_t paths[2 * (STATISTICS_PATHS_MAXIMUM + 1)], statistics[64], blob[64];
    size_t length;

    (void)state;
    assert_true(statistics_message_decode(&message, negative, sizeof negative));
    assert_true(message.instantaneous.ping_ms == INT64_MAX);

    for (size_t i = 0; i < sizeof paths; i += 2) {
        paths[i] = 12 << 3;
        paths[i + 1] = 1;
    }
    length = wrap(2, paths, sizeof paths, statistics, sizeof statistics);
    length = wrap(1, statistics, length, blob, sizeof blob);
    assert_false(statistics_message_decode(&message, blob, length));
    length = wrap(2, paths, sizeof paths - 2, statistics, sizeof statistics);
    length = wrap(1, statistics, length, blob, sizeof blob);
    assert_true(statistics_message_decode(&message, blob, length));
    assert_int_equal(message.lifetime.path_received_count, STATISTICS_PATHS_MAXIMUM);
    message.lifetime.path_received_count++;
    assert_int_equal(statistics_message_encode(&message, blob, sizeof blob), 0);
    message.lifetime.path_received_count--;
    message.lifetime.path_duplicate_count = STATISTICS_PATHS_MAXIMUM + 1;
    assert_int_equal(statistics_message_encode(&message, blob, sizeof blob), 0);
    message.lifetime.path_duplicate_count = 0;
    assert_true(statistics_message_encode(&message, blob, sizeof blob) > 0);
}

static void random_figures_come_back(void **state)
{
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 21);
    for (int round = 0; round < 200; round++) {
        struct statistics_message message, back;
        int64_t *figures = &message.lifetime.seconds_connected;
        uint8_t out[1200];
        size_t length;

        statistics_message_clear(&message);
        message.has_lifetime = true;
        /* The single figures lie in a row, the histograms behind them. */
        for (size_t i = 0; figures + i < &message.lifetime.quality[0]; i++)
            if (random_below(&random.source, 2))
                figures[i] = (int64_t)(random_u64(&random.source) >> (1 + random_below(&random.source, 63)));
        for (size_t i = 0; i < STATISTICS_PING_BUCKETS; i++)
            message.lifetime.ping[i] = (int64_t)random_below(&random.source, 3);
        length = statistics_message_encode(&message, out, sizeof out);
        assert_true(length > 0);
        assert_true(statistics_message_decode(&back, out, length));
        assert_memory_equal(&back.lifetime, &message.lifetime, sizeof back.lifetime);
    }
}

static void padding_to_the_byte(void **state)
{
    (void)state;
    for (size_t length = STATISTICS_PADDED_MINIMUM; length <= 1200; length++) {
        uint8_t *blob = malloc(length);
        struct statistics_message message;
        assert_non_null(blob);
        memset(blob, 0xff, length);
        statistics_message_pad(STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE, blob, length);
        assert_true(statistics_message_decode(&message, blob, length));
        assert_int_equal(message.flags, STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE);
        assert_false(message.has_statistics);
        /* All of it is in the field that nobody knows. */
        assert_false(statistics_message_decode(&message, blob, length - 1));
        free(blob);
    }
}

static void numbers_that_are_cut_off(void **state)
{
    static const uint8_t paths[] = {12 << 3, 1, 12 << 3 | 2, 3, 1, 2, 0x80};
    struct statistics_message message;
    uint8_t statistics[64], blob[64];
    size_t length;

    (void)state;
    for (size_t cut = 0; cut <= 1; cut++) {
        uint8_t copy[sizeof paths];
        memcpy(copy, paths, sizeof copy);
        copy[3] = (uint8_t)(3 - cut);
        length = wrap(2, copy, sizeof copy - cut, statistics, sizeof statistics);
        length = wrap(1, statistics, length, blob, sizeof blob);
        assert_int_equal(statistics_message_decode(&message, blob, length), cut == 1);
    }
    assert_int_equal(message.lifetime.path_received_count, 3);
    assert_true(message.lifetime.path_received[0] == 1 && message.lifetime.path_received[2] == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lifetime_field),     cmocka_unit_test(every_instantaneous_field),
        cmocka_unit_test(what_is_absent),           cmocka_unit_test(values_nobody_should_send),
        cmocka_unit_test(random_figures_come_back), cmocka_unit_test(padding_to_the_byte),
        cmocka_unit_test(numbers_that_are_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
