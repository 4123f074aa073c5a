/* Varints and counters against the recorded vectors, and at the edges of their ranges. */

#include "../vector_file.h"

#include "wire/counter.h"
#include "wire/varint.h"

static json_t *vectors;

static int load(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static void recorded_encodings(void **state)
{
    const json_t *list = vector_member(vector_member(vectors, "varint"), "encode"), *entry;
    size_t index;

    (void)state;
    assert_true(json_array_size(list) > 20);
    json_array_foreach(list, index, entry)
    {
        uint8_t expected[10], buffer[10];
        size_t length = vector_bytes(entry, "hex", expected, sizeof expected);
        uint64_t value = vector_u64(entry, "value");
        struct byte_writer writer;

        assert_int_equal(varint_size(value), length);
        writer_init(&writer, buffer, length);
        writer_varint(&writer, value);
        assert_false(writer.failed);
        assert_int_equal(writer_length(&writer), length);
        assert_memory_equal(buffer, expected, length);
        /* One byte less, and nothing is written. */
        writer_init(&writer, buffer, length - 1);
        writer_varint(&writer, value);
        assert_true(writer.failed);
        assert_int_equal(writer_length(&writer), 0);
    }
}

static void check_decoding(const json_t *expected, struct byte_reader *reader, const uint8_t *data, uint64_t value)
{
    if (json_is_null(expected)) {
        assert_true(reader->failed);
        assert_true(value == 0);
    } else {
        assert_false(reader->failed);
        assert_true(value == vector_u64(expected, "value"));
        assert_int_equal(reader->at - data, vector_u64(expected, "consumed"));
    }
}

static void recorded_decodings(void **state)
{
    const json_t *list = vector_member(vector_member(vectors, "varint"), "decode"), *entry;
    size_t index;

    (void)state;
    assert_true(json_array_size(list) > 15);
    json_array_foreach(list, index, entry)
    {
        uint8_t data[16];
        size_t length = vector_bytes(entry, "hex", data, sizeof data);
        struct byte_reader reader;
        uint64_t value;

        reader_init(&reader, data, length);
        value = reader_varint32(&reader);
        check_decoding(vector_member(entry, "u32"), &reader, data, value);
        reader_init(&reader, data, length);
        value = reader_varint64(&reader);
        check_decoding(vector_member(entry, "u64"), &reader, data, value);
    }
}

static void every_length_comes_back(void **state)
{
    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        for (int delta = -1; delta <= 1; delta++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)delta;
            uint8_t buffer[VARINT64_MAXIMUM];
            struct byte_writer writer;
            struct byte_reader reader;

            writer_init(&writer, buffer, sizeof buffer);
            writer_varint(&writer, value);
            reader_init(&reader, buffer, writer_length(&writer));
            assert_true(reader_varint64(&reader) == value);
            assert_false(reader.failed);
            assert_int_equal(reader_remaining(&reader), 0);
            if (value <= UINT32_MAX) {
                reader_init(&reader, buffer, writer_length(&writer));
                assert_true(reader_varint32(&reader) == value);
            }
        }
    }
}

static void recorded_packet_numbers(void **state)
{
    const json_t *runs = vector_member(vectors, "packet_number_expansion"), *run, *step;
    size_t index, inner, accepted = 0;

    (void)state;
    json_array_foreach(runs, index, run)
    {
        int64_t highest = (int64_t)vector_u64(run, "highest_before");
        json_array_foreach(vector_member(run, "steps"), inner, step)
        {
            uint64_t full = vector_u64(step, "full");
            /* Which of them are duplicates or too old is not decided here. */
            if (full != 0) {
                int64_t expanded = counter_expand16(highest, (uint16_t)vector_u64(step, "wire"));
                assert_true(expanded == (int64_t)full);
                accepted++;
            }
            highest = (int64_t)vector_u64(step, "highest_after");
        }
    }
    assert_true(accepted > 20);
}

static void nearest_value(void **state)
{
    (void)state;
    assert_true(counter_expand16(0x10000, 0xffff) == 0xffff);
    assert_true(counter_expand16(0xffff, 0x0000) == 0x10000);
    assert_true(counter_expand16(2, 0xfffe) == -2);
    /* Half the range away: the lower candidate. */
    assert_true(counter_expand16(0x18000, 0x0000) == 0x10000);
    assert_true(counter_expand16(0x10000, 0x8000) == 0x8000);
    assert_true(counter_expand16(0x10000, 0x7fff) == 0x17fff);
    assert_true(counter_expand32(INT64_C(0x100000000), 0x80000000) == 0x80000000);
    assert_true(counter_expand32(INT64_C(0x1ffffffff), 0) == INT64_C(0x200000000));
    assert_true(counter_expand(0x1ffff, 0, 16) == 0x20000);
    assert_true(counter_expand(0x1ffff, 0, 32) == 0);
    /* At the end of the range it wraps instead of being undefined. */
    assert_true(counter_expand16(INT64_MAX, 0) == INT64_MIN);
}

static void stream_positions(void **state)
{
    (void)state;
    assert_true(counter_expand_position(1, 1, 48) == 1);
    assert_true(counter_expand_position(0x1000001, 0x000001, 24) == 0x1000001);
    /* Just beyond a wrap: adjusted upward. */
    assert_true(counter_expand_position(0xfffff0, 0x000010, 24) == 0x1000010);
    /* Just below a wrap: the deployed rule does not adjust downward (protocol 20.3). */
    assert_true(counter_expand_position(0x1000010, 0xfffff0, 24) == 0x1fffff0);
    assert_true(counter_expand_position(0x1000010, UINT64_C(0xfffff0), 48) == 0xfffff0);
    assert_true(counter_expand_position(INT64_C(0x1fffffff0), 0x10, 32) == INT64_C(0x200000010));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_encodings),      cmocka_unit_test(recorded_decodings),
        cmocka_unit_test(every_length_comes_back), cmocka_unit_test(recorded_packet_numbers),
        cmocka_unit_test(nearest_value),           cmocka_unit_test(stream_positions),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
