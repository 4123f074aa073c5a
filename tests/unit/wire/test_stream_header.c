/* The header of a message in the reliable stream: examples of protocol 14.2, errors, and every cut. */

#include "../vector_file.h"

#include "wire/limits.h"
#include "wire/stream_header.h"

static void examples(void **state)
{
    static const uint8_t plain[] = {0x05}, full[] = {0x64, 0x02, 0x03};
    struct stream_header header;

    (void)state;
    assert_int_equal(stream_header_decode(&header, plain, sizeof plain), STREAM_HEADER_OK);
    assert_true(header.number_step == 1 && header.message_size == 5 && header.size == 1);
    assert_int_equal(stream_header_decode(&header, full, sizeof full), STREAM_HEADER_OK);
    assert_true(header.number_step == 2 && header.message_size == 100 && header.size == 3);
}

static void written_and_read(void **state)
{
    static const uint64_t steps[] = {1, 2, 127, 128, 10000, STREAM_NUMBER_STEP_MAXIMUM};
    static const uint64_t sizes[] = {0, 1, 31, 32, 4095, 4096, 65536, MESSAGE_SIZE_MAXIMUM, UINT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            uint8_t buffer[STREAM_HEADER_MAXIMUM];
            struct stream_header header;
            struct byte_writer writer;
            size_t length;

            writer_init(&writer, buffer, sizeof buffer);
            stream_header_write(&writer, steps[i], sizes[k]);
            length = writer_length(&writer);
            assert_int_equal(length, stream_header_size(steps[i], sizes[k]));
            assert_int_equal(stream_header_decode(&header, buffer, length), STREAM_HEADER_OK);
            assert_true(header.number_step == steps[i] && header.message_size == sizes[k] && header.size == length);
            for (size_t cut = 0; cut < length; cut++)
                assert_int_equal(stream_header_decode(&header, buffer, cut), STREAM_HEADER_INCOMPLETE);
        }
    }
}

static void errors(void **state)
{
    static const uint8_t overlong[] = {0x40, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00};
    static const uint8_t huge_size[] = {0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
    static const uint8_t step_too_large[] = {0x40, 0xc1, 0x84, 0x3d};
    struct stream_header header;

    (void)state;
    assert_int_equal(stream_header_decode(&header, (const uint8_t *)"\x80", 1), STREAM_HEADER_ERROR);
    /* Ten bytes that all want to go on are an error, fewer may still end (protocol 20.16). */
    assert_int_equal(stream_header_decode(&header, overlong, sizeof overlong), STREAM_HEADER_ERROR);
    assert_int_equal(stream_header_decode(&header, overlong, 11), STREAM_HEADER_ERROR);
    assert_int_equal(stream_header_decode(&header, overlong, 10), STREAM_HEADER_INCOMPLETE);
    assert_int_equal(stream_header_decode(&header, huge_size, sizeof huge_size), STREAM_HEADER_ERROR);
    assert_int_equal(stream_header_decode(&header, step_too_large, sizeof step_too_large), STREAM_HEADER_ERROR);
    assert_int_equal(stream_header_decode(&header, NULL, 0), STREAM_HEADER_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
