/* The challenge: right for the address and for 3.1 to 4.2 seconds, and for nothing else (protocol 6.3). */
#include "ends.h"

#include "conn/challenge.h"

static const uint8_t secret[SIPHASH_KEY_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8}, other_secret[SIPHASH_KEY_SIZE] = {1, 2, 3};

enum { TICK = 1 << CHALLENGE_TICK_SHIFT };

static void test_lifetime(void **state)
{
    SteamNetworkingIPAddr address = address_of("10.1.2.3:4000");

    (void)state;
    for (microseconds made = 7 * TICK; made < 9 * TICK; made += 50 * MILLISECOND) {
        uint64_t challenge = challenge_make(secret, &address, made);
        microseconds valid_for = 0;

        while (valid_for < 10 * SECOND && challenge_check(secret, &address, challenge, made + valid_for))
            valid_for += MILLISECOND;
        assert_true(valid_for > 3100 * MILLISECOND);
        assert_true(valid_for < 4200 * MILLISECOND);
        assert_false(challenge_check(secret, &address, challenge, made + 10 * SECOND));
        assert_false(challenge_check(secret, &address, challenge, made - 2 * TICK)); /* not from the future */
    }
}

/* The coarse counter has 16 bits and wraps after 19 hours. */
static void test_wrap(void **state)
{
    SteamNetworkingIPAddr address = address_of("[2001:db8::1]:27015");
    microseconds end = (microseconds)65536 * TICK;
    uint64_t challenge = challenge_make(secret, &address, end - 1);

    (void)state;
    assert_int_equal(challenge & 0xffff, 0xffff);
    assert_true(challenge_check(secret, &address, challenge, end + 2 * TICK));
    assert_false(challenge_check(secret, &address, challenge, end + 4 * TICK));
}

static void test_anything_else_is_refused(void **state)
{
    SteamNetworkingIPAddr address = address_of("10.1.2.3:4000"), port = address_of("10.1.2.3:4001"),
                          host = address_of("10.1.2.4:4000");
    uint64_t challenge = challenge_make(secret, &address, SECOND);

    (void)state;
    assert_true(challenge_check(secret, &address, challenge, SECOND));
    assert_false(challenge_check(secret, &port, challenge, SECOND));
    assert_false(challenge_check(secret, &host, challenge, SECOND));
    assert_false(challenge_check(other_secret, &address, challenge, SECOND));
    for (int bit = 0; bit < 64; bit++)
        assert_false(challenge_check(secret, &address, challenge ^ (uint64_t)1 << bit, SECOND));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
