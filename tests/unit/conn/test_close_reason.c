/* What an application's reason and text become before the peer is told. */
#include "ends.h"

#include "conn/close_reason.h"

#include <limits.h>

static void test_reasons(void **state)
{
    static const struct {
        int given, sent;
    } cases[] = {{0, 1000},   {1000, 1000}, {1001, 1001}, {1999, 1999},    {2000, 2000}, {2999, 2999},   {3000, 1999},
                 {999, 1999}, {1, 1999},    {-1, 1999},   {INT_MAX, 1999}, {5003, 1999}, {INT_MIN, 1999}};
    char text[CLOSE_REASON_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(close_reason_normalise(cases[i].given, "because", text), cases[i].sent);
}

static void test_texts(void **state)
{
    char long_text[300], text[CLOSE_REASON_TEXT_SIZE], other[CLOSE_REASON_TEXT_SIZE];

    (void)state;
    close_reason_normalise(1001, "because", text);
    assert_string_equal(text, "because");
    close_reason_normalise(7, "because", text);
    assert_null(strstr(text, "because"));
    assert_non_null(strstr(text, "invalid reason 7"));
    close_reason_normalise(1001, NULL, text);
    close_reason_normalise(2001, "", other);
    assert_true(text[0] && other[0]);
    assert_string_not_equal(text, other);
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = 0;
    close_reason_normalise(1001, long_text, text);
    assert_int_equal(strlen(text), CLOSE_TEXT_MAXIMUM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reasons), cmocka_unit_test(test_texts)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
