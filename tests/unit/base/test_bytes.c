/* Loads, stores, readers and writers: every width, and failure that stays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/bytes.h"
#include "base/time.h"

static void integers_are_little_endian(void **state)
{
    static const uint8_t expected[] = {1,  3,  2,  6,  5,  4,  10, 9,  8,  7,  16, 15,
                                       14, 13, 12, 11, 24, 23, 22, 21, 20, 19, 18, 17};
    uint8_t buffer[sizeof expected];
    struct byte_writer writer;
    struct byte_reader reader;

    (void)state;
    writer_init(&writer, buffer, sizeof buffer);
    writer_u8(&writer, 0x01);
    writer_u16(&writer, 0x0203);
    writer_u24(&writer, 0x040506);
    writer_u32(&writer, 0x0708090a);
    writer_u48(&writer, UINT64_C(0x0b0c0d0e0f10));
    writer_u64(&writer, UINT64_C(0x1112131415161718));
    assert_false(writer.failed);
    assert_int_equal(writer_length(&writer), sizeof buffer);
    assert_int_equal(writer_remaining(&writer), 0);
    assert_memory_equal(buffer, expected, sizeof expected);

    reader_init(&reader, buffer, sizeof buffer);
    assert_int_equal(reader_u8(&reader), 0x01);
    assert_int_equal(reader_u16(&reader), 0x0203);
    assert_int_equal(reader_u24(&reader), 0x040506);
    assert_int_equal(reader_u32(&reader), 0x0708090a);
    assert_true(reader_u48(&reader) == UINT64_C(0x0b0c0d0e0f10));
    assert_true(reader_u64(&reader) == UINT64_C(0x1112131415161718));
    assert_false(reader.failed);
    assert_int_equal(reader_remaining(&reader), 0);
}

static void high_bits_survive(void **state)
{
    uint8_t buffer[8];

    (void)state;
    memset(buffer, 0xff, sizeof buffer);
    assert_int_equal(load_u16(buffer), 0xffff);
    assert_int_equal(load_u24(buffer), 0xffffff);
    assert_true(load_u32(buffer) == UINT32_MAX);
    assert_true(load_u48(buffer) == UINT64_C(0xffffffffffff));
    assert_true(load_u64(buffer) == UINT64_MAX);
    assert_true(load_u32_big_endian(buffer) == UINT32_MAX);
    store_u32_big_endian(buffer, 0x01020304);
    assert_true(load_u32_big_endian(buffer) == 0x01020304);
    assert_int_equal(buffer[0], 1);
    store_u16_big_endian(buffer, 0x0506);
    assert_int_equal(load_u16_big_endian(buffer), 0x0506);
    assert_int_equal(buffer[0], 5);
}

static void a_reader_that_failed_stays_failed(void **state)
{
    static const uint8_t data[5] = {1, 2, 3, 4, 5};
    struct byte_reader reader;

    (void)state;
    reader_init(&reader, data, sizeof data);
    assert_int_equal(reader_u32(&reader), 0x04030201);
    assert_int_equal(reader_u16(&reader), 0);
    assert_true(reader.failed);
    /* The byte that was left is not handed out afterwards. */
    assert_int_equal(reader_u8(&reader), 0);
    assert_int_equal(reader_remaining(&reader), 0);
    assert_null(reader_take(&reader, 0));

    reader_init(&reader, NULL, 0);
    assert_non_null(reader_take(&reader, 0));
    assert_false(reader.failed);
    reader_skip(&reader, 1);
    assert_true(reader.failed);
    reader_init(&reader, data, sizeof data);
    assert_null(reader_take(&reader, SIZE_MAX));
}

static void a_writer_writes_wholly_or_not_at_all(void **state)
{
    uint8_t buffer[4] = {0xaa, 0xaa, 0xaa, 0xaa};
    struct byte_writer writer;

    (void)state;
    writer_init(&writer, buffer, 3);
    writer_u32(&writer, 0);
    assert_true(writer.failed);
    writer_u8(&writer, 1);
    assert_int_equal(writer_length(&writer), 0);
    assert_int_equal(buffer[0], 0xaa);

    writer_init(&writer, buffer, 3);
    writer_zeros(&writer, 1);
    writer_bytes(&writer, "xy", 2);
    assert_false(writer.failed);
    writer_bytes(&writer, NULL, 0);
    assert_false(writer.failed);
    assert_null(writer_claim(&writer, 1));
    assert_memory_equal(buffer, "\0xy\xaa", 4);
}

static void time_does_not_overflow(void **state)
{
    (void)state;
    assert_true(time_after(5, TIME_NEVER) == TIME_NEVER);
    assert_true(time_after(TIME_NEVER - 1, 2) == TIME_NEVER);
    assert_true(time_after(SECOND, MILLISECOND) == 1001000);
    assert_true(time_earlier(1, 2) == 1);
    assert_true(time_later(1, 2) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_are_little_endian),
        cmocka_unit_test(high_bits_survive),
        cmocka_unit_test(a_reader_that_failed_stays_failed),
        cmocka_unit_test(a_writer_writes_wholly_or_not_at_all),
        cmocka_unit_test(time_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
