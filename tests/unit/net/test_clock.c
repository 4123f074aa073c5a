#include "testing.h"

#include "net/clock.h"

static void test_origin(void **state)
{
    (void)state;
    assert_true(clock_now() >= INT64_C(3000000000000)); /* API contract 2.4 */
    assert_true(clock_now() < INT64_C(3000000000000) + INT64_C(100) * 365 * 24 * 60 * MINUTE);
}

static void test_runs_forward(void **state)
{
    microseconds before = clock_now(), last = before;

    (void)state;
    while (last < before + 2 * MILLISECOND) {
        microseconds now = clock_now();

        assert_true(now >= last);
        last = now;
    }
}

static void test_unix_seconds(void **state)
{
    time_t before = time(NULL), now = (time_t)clock_unix_seconds();

    (void)state;
    assert_true(now >= before - 1 && now <= time(NULL) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_runs_forward),
        cmocka_unit_test(test_unix_seconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
