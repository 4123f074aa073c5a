/* Whether a peer is at an address (conn/path_validation.h): the attempt itself, without packets. */
#include "ends.h"

#include "conn/path_validation.h"

enum { PROBE = 40 };

static struct path_validation begin(const SteamNetworkingIPAddr *there, size_t bytes, microseconds now)
{
    struct path_validation validation = {0};

    path_validation_heard(&validation, there, 10, bytes, now);
    assert_true(validation.active);
    return validation;
}

static void test_probes_until_proved(void **state)
{
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1234");
    struct path_validation validation = begin(&there, 1000, SECOND);
    microseconds now = SECOND;

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(path_validation_deadline(&validation, PROBE), now);
        assert_true(path_validation_due(&validation, PROBE, now));
        path_validation_sent(&validation, PROBE, now);
        assert_false(path_validation_due(&validation, PROBE, now + 4999));
        now += 5000;
    }
    assert_false(path_validation_proved(&validation, 1));
    assert_false(path_validation_proved(&validation, 0));
    assert_false(path_validation_proved(&validation, 2));
    assert_true(path_validation_proved(&validation, 1));
    path_validation_end(&validation);
    assert_int_equal(path_validation_deadline(&validation, PROBE), TIME_NEVER);
    assert_false(path_validation_due(&validation, PROBE, now + SECOND));
}

/* One after the other as long as there are not too many; then so many in a time. */
static void test_attempts_are_counted(void **state)
{
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1");
    struct path_validation validation = {0};
    microseconds now = 1000 * SECOND;
    int begun = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        there.m_port++;
        path_validation_end(&validation); /* also when it was found */
        begun += path_validation_heard(&validation, &there, i, 1000, now);
    }
    assert_int_equal(begun, PATH_VALIDATION_ATTEMPTS);
    path_validation_end(&validation);
    path_validation_heard(&validation, &there, 1000, 1000, now + PATH_VALIDATION_SPACING_US - 1);
    assert_false(validation.active);
    path_validation_heard(&validation, &there, 1001, 1000, now + PATH_VALIDATION_SPACING_US + 1);
    assert_true(validation.active);
}

static void test_gives_up(void **state)
{
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1234");
    struct path_validation validation = begin(&there, 1000, 0);
    microseconds now = 0;
    int probes = 0;

    (void)state;
    while (validation.active) {
        now = path_validation_deadline(&validation, PROBE);
        assert_true(now < 10 * SECOND);
        if (path_validation_tick(&validation, now))
            break;
        assert_true(path_validation_due(&validation, PROBE, now));
        path_validation_sent(&validation, PROBE, now);
        probes++;
    }
    assert_int_equal(probes, PATH_VALIDATION_PROBES);
    assert_in_range(now, 2 * SECOND, 5 * SECOND);
    path_validation_heard(&validation, &there, 20, 50, now); /* there may be another attempt */
    assert_true(validation.active);
    assert_int_equal(validation.proofs + validation.probe_count, 0);
    validation.barred = true;
    path_validation_end(&validation);
    path_validation_heard(&validation, &there, 21, 50, now);
    assert_false(validation.active);
}

static void test_amplification(void **state)
{
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1234"), elsewhere = address_of("198.51.100.8:1234");
    struct path_validation validation = begin(&there, 30, 0);

    (void)state;
    path_validation_sent(&validation, PROBE, 0);
    path_validation_sent(&validation, PROBE, 0);
    assert_false(path_validation_due(&validation, PROBE, SECOND)); /* 80 of 90 bytes are spent */
    assert_int_equal(path_validation_deadline(&validation, PROBE), TIME_NEVER);
    assert_true(path_validation_due(&validation, 10, SECOND));
    path_validation_heard(&validation, &there, 11, 10, SECOND);
    assert_true(path_validation_due(&validation, PROBE, SECOND));
    path_validation_heard(&validation, &elsewhere, 12, 10, SECOND); /* what came from one is not for the other */
    assert_false(path_validation_due(&validation, PROBE, SECOND));
    assert_true(path_validation_due(&validation, 30, SECOND));
}

static void test_news_from_home(void **state)
{
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1234");
    struct path_validation validation = begin(&there, 30, 0);

    (void)state;
    path_validation_heard_at_home(&validation, 9); /* late */
    assert_true(validation.active);
    path_validation_heard_at_home(&validation, 11);
    assert_false(validation.active);
}

static SteamNetworkingIPAddr numbered(uint32_t i)
{
    SteamNetworkingIPAddr address;

    address_set_ipv4(&address, 0xcb007100 + i, 666);
    return address;
}

/* The attempt that is under way is not disturbed by what comes too early from somewhere else. */
static void test_too_early_for_another(void **state)
{
    struct path_validation validation = {0};
    SteamNetworkingIPAddr there = address_of("198.51.100.7:1234"), elsewhere = numbered(9);
    int64_t bytes;

    (void)state;
    for (uint32_t i = 0; i < PATH_VALIDATION_ATTEMPTS - 1; i++) {
        SteamNetworkingIPAddr from = numbered(i);

        assert_true(path_validation_heard(&validation, &from, i, 100, SECOND));
    }
    assert_true(path_validation_heard(&validation, &there, 10, 100, SECOND));
    bytes = validation.bytes_received;
    assert_false(path_validation_heard(&validation, &elsewhere, 11, 100, SECOND + 1));
    assert_true(validation.active && address_equal(&validation.address, &there));
    assert_int_equal(validation.bytes_received, bytes);
    assert_int_equal(validation.newest, 10);
    assert_false(path_validation_heard(&validation, &there, 12, 100, SECOND + 2)); /* it is no new one */
    assert_int_equal(validation.newest, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probes_until_proved),
        cmocka_unit_test(test_attempts_are_counted),
        cmocka_unit_test(test_gives_up),
        cmocka_unit_test(test_amplification),
        cmocka_unit_test(test_news_from_home),
        cmocka_unit_test(test_too_early_for_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
