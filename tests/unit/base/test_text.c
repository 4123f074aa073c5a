/* Text in a buffer of fixed size never overflows and is always terminated. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/text.h"

static void appends_and_truncates(void **state)
{
    char buffer[9] = "........";
    struct text text;

    (void)state;
    text_init(&text, buffer, 8);
    assert_string_equal(buffer, "");
    text_append(&text, "abc");
    text_append_formatted(&text, "%d", 12);
    assert_string_equal(buffer, "abc12");
    assert_false(text.truncated);
    text_append_formatted(&text, "%s", "xyz");
    assert_string_equal(buffer, "abc12xy");
    assert_true(text.truncated);
    assert_int_equal(text.length, 7);
    text_append(&text, "more");
    text_append_formatted(&text, "%s", "more");
    assert_string_equal(buffer, "abc12xy");
    assert_int_equal(buffer[8], '\0');

    text_init(&text, buffer, 8);
    text_append_bytes(&text, "1234567", 7);
    assert_false(text.truncated);
    text_append_bytes(&text, "", 0);
    assert_false(text.truncated);
    text_append(&text, "8");
    assert_true(text.truncated);
    assert_string_equal(buffer, "1234567");
}

static void no_room_at_all(void **state)
{
    char byte = 'x';
    struct text text;

    (void)state;
    text_init(&text, &byte, 0);
    text_append(&text, "abc");
    text_append_formatted(&text, "%d", 1);
    assert_true(text.truncated);
    assert_int_equal(text.length, 0);
    assert_int_equal(byte, 'x');
    text_init(&text, &byte, 1);
    text_append(&text, "abc");
    text_append_formatted(&text, "%d", 1);
    assert_int_equal(byte, '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_truncates),
        cmocka_unit_test(no_room_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
