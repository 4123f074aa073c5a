/*
 * How much strangers may have (conn/stranger_limits.h): rates and bursts to the unit, addresses that do not hurt each
 * other, networks that count as one, a table that does not grow.
 */
#include "ends.h"

#include "conn/stranger_limits.h"

static struct stranger_limits limits;
static struct random_generator randomness;

static int begin(void **state)
{
    (void)state;
    random_generator_init(&randomness, 3);
    stranger_limits_init(&limits, &randomness.source);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

static SteamNetworkingIPAddr ipv4(uint32_t host)
{
    SteamNetworkingIPAddr address;

    address_set_ipv4(&address, host, (uint16_t)random_below(&randomness.source, 65536));
    return address;
}

static int taken(enum stranger_work work, const SteamNetworkingIPAddr *from, int tries, microseconds now)
{
    int count = 0;

    for (int i = 0; i < tries; i++)
        count += stranger_limits_take(&limits, work, from, now) == STRANGER_MAY;
    return count;
}

/* Four seconds' worth at once, then the rate; never more saved up than that. */
static void test_rate_and_burst_of_an_address(void **state)
{
    static const int rates[] = {1, 3, 7, 100, 999, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        SteamNetworkingIPAddr from = ipv4(0xc0000201);
        microseconds now = 1000 * SECOND * (microseconds)(i + 1);
        int many = rates[i] * 5 + 10, count = 0;

        stranger_limits_set(&limits, WORK_CONNECT, (struct stranger_rate){.per_address = rates[i]});
        assert_int_equal(taken(WORK_CONNECT, &from, many, now), rates[i] * 4);
        assert_int_equal(stranger_limits_take(&limits, WORK_CONNECT, &from, now), STRANGER_ADDRESS_EXCEEDED);
        for (int step = 1; step <= 20; step++)
            count += taken(WORK_CONNECT, &from, many, now + step * 100 * MILLISECOND);
        assert_in_range(count, rates[i] * 2 - 1, rates[i] * 2 + 1);
        assert_in_range(taken(WORK_CONNECT, &from, many, now + 100 * SECOND), rates[i] * 4, rates[i] * 4);
    }
}

static void test_total(void **state)
{
    int count = 0, exceeded = 0;

    (void)state;
    stranger_limits_set(&limits, WORK_CHALLENGE, (struct stranger_rate){.per_address = 10, .total = 1000});
    for (uint32_t i = 0; i < 10000; i++) {
        SteamNetworkingIPAddr from = ipv4(0x0a000000 + i);
        enum stranger_verdict verdict = stranger_limits_take(&limits, WORK_CHALLENGE, &from, SECOND);

        count += verdict == STRANGER_MAY;
        exceeded += verdict == STRANGER_TOTAL_EXCEEDED;
    }
    assert_int_equal(count, 4000);
    assert_int_equal(exceeded, 6000);
    /* What was refused because of the others has cost its sender nothing. */
    {
        SteamNetworkingIPAddr late = ipv4(0x0a000000 + 9999);

        assert_int_equal(taken(WORK_CHALLENGE, &late, 100, 3 * SECOND), 40);
    }
}

/* Kinds of work are counted apart. */
static void test_kinds(void **state)
{
    SteamNetworkingIPAddr from = ipv4(0xc0000201);

    (void)state;
    assert_int_equal(taken(WORK_CHALLENGE, &from, 10000, SECOND), 4 * CHALLENGES_PER_ADDRESS);
    assert_int_equal(taken(WORK_CONNECT, &from, 10000, SECOND), 4 * CONNECTS_PER_ADDRESS);
    assert_int_equal(taken(WORK_STRAY, &from, 10000, SECOND), 1); /* these are not saved up */
    assert_int_equal(taken(WORK_STRAY, &from, 10000, 2 * SECOND - 1), 0);
    assert_int_equal(taken(WORK_STRAY, &from, 10000, 2 * SECOND), 1);
}

static void test_zero_is_no_limit(void **state)
{
    static const struct stranger_rate none;
    SteamNetworkingIPAddr from = ipv4(0xc0000201);

    (void)state;
    for (int work = 0; work < WORK_KINDS; work++) {
        stranger_limits_set(&limits, (enum stranger_work)work, none);
        assert_int_equal(taken((enum stranger_work)work, &from, 100000, SECOND), 100000);
    }
    stranger_limits_set(&limits, WORK_CONNECT, (struct stranger_rate){.total = 5});
    assert_int_equal(taken(WORK_CONNECT, &from, 100, SECOND), 20);
}

/* What one address is: all ports, all of an IPv6 network of 64 bits, no neighbour. */
static void test_what_an_address_is(void **state)
{
    static const struct {
        const char *first, *second;
        bool same;
    } cases[] = {
        {"192.0.2.1:1", "192.0.2.1:65535", true},
        {"192.0.2.1:1", "192.0.2.2:1", false},
        {"[2001:db8::1]:5", "[2001:db8::ffff:1:2]:9", true},
        {"[2001:db8::1]:5", "[2001:db8:0:1::1]:5", false},
        {"[::2]:5", "192.0.2.1:5", false},
    };

    (void)state;
    stranger_limits_set(&limits, WORK_CONNECT, (struct stranger_rate){.per_address = 10});
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SteamNetworkingIPAddr first = address_of(cases[i].first), second = address_of(cases[i].second);
        microseconds now = (microseconds)(i + 1) * 100 * SECOND;

        assert_int_equal(taken(WORK_CONNECT, &first, 100, now), 40);
        assert_int_equal(taken(WORK_CONNECT, &second, 100, now), cases[i].same ? 0 : 40);
    }
}

/* This host itself is only bounded by the total. */
static void test_loopback(void **state)
{
    static const char *const own[] = {"127.0.0.1:5", "127.1.2.3:5", "[::1]:5"};

    (void)state;
    stranger_limits_set(&limits, WORK_CONNECT, (struct stranger_rate){.per_address = 1, .total = 1000});
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        SteamNetworkingIPAddr from = address_of(own[i]);

        assert_int_equal(taken(WORK_CONNECT, &from, 10000, (microseconds)(i + 1) * 100 * SECOND), 4000);
    }
}

/*
 * While a hundred addresses take all they can get, hardly anybody else is refused; and no address gets more than twice
 * its share, whomever it shares its buckets with.
 */
static void test_collisions(void **state)
{
    enum { GREEDY = 100, OTHERS = 10000 };
    int refused = 0;

    (void)state;
    stranger_limits_set(&limits, WORK_CONNECT, (struct stranger_rate){.per_address = 100});
    for (uint32_t i = 0; i < GREEDY; i++) {
        SteamNetworkingIPAddr from = ipv4(0x01000000 + i * 77);

        assert_in_range(taken(WORK_CONNECT, &from, 2000, SECOND), 0, 800);
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        struct stranger_limits before = limits;
        SteamNetworkingIPAddr from = ipv4(0x02000000 + i * 131);

        refused += taken(WORK_CONNECT, &from, 1, SECOND) == 0;
        limits = before; /* they do not come all at once */
    }
    assert_true(refused < OTHERS / 50); /* 1 % is to be expected */
}

/* The places in the table depend on a secret: who knows the addresses of others does not know whose bucket is whose. */
static void test_secret_places(void **state)
{
    SteamNetworkingIPAddr from = ipv4(0xc0000201);
    static struct stranger_limits other;
    int same = 0;

    (void)state;
    for (int round = 0; round < 100; round++) {
        stranger_limits_init(&limits, &randomness.source);
        stranger_limits_init(&other, &randomness.source);
        stranger_limits_take(&limits, WORK_CONNECT, &from, SECOND);
        stranger_limits_take(&other, WORK_CONNECT, &from, SECOND);
        same += memcmp(limits.addresses, other.addresses, sizeof limits.addresses) == 0;
    }
    assert_int_equal(same, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rate_and_burst_of_an_address),
        TEST(test_total),
        TEST(test_kinds),
        TEST(test_zero_is_no_limit),
        TEST(test_what_an_address_is),
        TEST(test_loopback),
        TEST(test_collisions),
        TEST(test_secret_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
