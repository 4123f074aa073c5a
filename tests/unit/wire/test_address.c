/* Text forms of addresses, what they are called, and what is refused. */

#include "../vector_file.h"

#include "base/random.h"
#include "wire/address.h"

static bool parse(SteamNetworkingIPAddr *address, const char *text)
{
    memset(address, 0xaa, sizeof *address);
    return address_parse(address, text, strlen(text));
}

static void accepted(void **state)
{
    static const struct {
        const char *text, *with_port, *brief;
    } cases[] = {
        {"1.2.3.4", "1.2.3.4:0", "1.2.3.4"},
        {"1.2.3.4:80", "1.2.3.4:80", "1.2.3.4:80"},
        {"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255:65535"},
        {"0.0.0.0", "0.0.0.0:0", "0.0.0.0"},
        {"1.2.3.4:garbage", "1.2.3.4:0", "1.2.3.4"},
        {"1.2.3.4:", "1.2.3.4:0", "1.2.3.4"},
        {"1.2.3.4:80x", "1.2.3.4:80", "1.2.3.4:80"},
        {"::", "[::]:0", "::"},
        {"::1", "[::1]:0", "::1"},
        {"[::1]", "[::1]:0", "::1"},
        {"[::1]:5", "[::1]:5", "[::1]:5"},
        {"[::]:5", "[::]:5", "[::]:5"},
        {"::ffff:1.2.3.4", "1.2.3.4:0", "1.2.3.4"},
        {"[::FFFF:1.2.3.4]:9", "1.2.3.4:9", "1.2.3.4:9"},
        {"::ffff:102:304", "1.2.3.4:0", "1.2.3.4"},
        {"2001:DB8::1", "[2001:db8::1]:0", "2001:db8::1"},
        {"1:2:3:4:5:6:7:8", "[1:2:3:4:5:6:7:8]:0", "1:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7:8:9", "[1:2:3:4:5:6:7:8]:9", "[1:2:3:4:5:6:7:8]:9"},
        {"1:2:3:4:5:6:1.2.3.4", "[1:2:3:4:5:6:102:304]:0", "1:2:3:4:5:6:102:304"},
        {"1::", "[1::]:0", "1::"},
        {"::8", "[::8]:0", "::8"},
        {"1:0:0:4:0:0:0:8", "[1:0:0:4::8]:0", "1:0:0:4::8"},
        {"1:0:0:4:5:0:0:8", "[1::4:5:0:0:8]:0", "1::4:5:0:0:8"},
        {"1:2:3:4:5:6:0:8", "[1:2:3:4:5:6:0:8]:0", "1:2:3:4:5:6:0:8"},
        {"0:0:3:4:5:6:7:8", "[::3:4:5:6:7:8]:0", "::3:4:5:6:7:8"},
        {"1:2:3:4:5:6:0:0", "[1:2:3:4:5:6::]:0", "1:2:3:4:5:6::"},
        {"[fe80::1%3]:9", "[fe80::1]:9", "[fe80::1]:9"},
        {"fe80::00a:0b", "[fe80::a:b]:0", "fe80::a:b"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:0",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SteamNetworkingIPAddr address, again;
        char buffer[ADDRESS_TEXT_SIZE];

        if (!parse(&address, cases[i].text))
            fail_msg("'%s' was refused", cases[i].text);
        address_print(&address, buffer, sizeof buffer, true);
        assert_string_equal(buffer, cases[i].with_port);
        assert_true(parse(&again, buffer));
        assert_true(address_equal(&address, &again));
        address_print_brief(&address, buffer, sizeof buffer);
        assert_string_equal(buffer, cases[i].brief);
        assert_true(parse(&again, buffer));
        assert_true(address_equal(&address, &again));
    }
}

static void refused(void **state)
{
    static const char *const cases[] = {
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "256.1.1.1",
        "1.2.3.4:65536",
        "1..2.3",
        ".1.2.3.4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.0x4",
        "-1.2.3.4",
        "1.2.3.0004",
        ":",
        ":::",
        "1:::2",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "12345::",
        "g::",
        "[::1",
        "::1]",
        "[::1]x",
        "[::1]:",
        "[::1]:x",
        "[::1]:65536",
        "[::1]:5x",
        "[1.2.3.4]",
        "[1.2.3.4]:5",
        "::1.2.3",
        "::1.2.3.4.5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1:2:3:4:5:6:7:",
        "1:",
        "::1%",
        "::1%eth0",
        "[fe80::1%lo]:9",
        "::1 ",
        "zz",
        "1:2:3:4:5:6:7:8:65536",
        "[]",
        "[]:5",
        "1:2:3:4:5:6:7:8::",
        "1:2:3:4::5:6:7:8",
        "99999999999999999999.1.1.1",
        "1.2.3.4:99999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const SteamNetworkingIPAddr cleared;
        SteamNetworkingIPAddr address;

        if (parse(&address, cases[i]))
            fail_msg("'%s' was accepted", cases[i]);
        assert_memory_equal(&address, &cleared, sizeof cleared);
    }
    assert_false(address_parse(&(SteamNetworkingIPAddr){0}, "1.2.3.4\0", 8));
}

static void random_addresses_come_back(void **state)
{
    struct random_generator random;
    const uint64_t seed = 11;

    (void)state;
    random_generator_init(&random, seed);
    for (int i = 0; i < 5000; i++) {
        SteamNetworkingIPAddr address, again;
        char buffer[ADDRESS_TEXT_SIZE];

        random_fill(&random.source, &address, sizeof address);
        for (int k = 0; k < 8; k++)
            if (random_below(&random.source, 2))
                memset(address.m_ipv6 + 2 * k, 0, 2);
        address_print(&address, buffer, sizeof buffer, true);
        if (!parse(&again, buffer) || !address_equal(&address, &again))
            fail_msg("seed %d, round %d: %s", (int)seed, i, buffer);
    }
}

static void random_text_is_harmless(void **state)
{
    static const char alphabet[] = "0123456789abcf:.[]%x:::..";
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 12);
    for (int i = 0; i < 50000; i++) {
        size_t length = (size_t)random_below(&random.source, 24);
        char *text = malloc(length > 0 ? length : 1);
        SteamNetworkingIPAddr address;
        char buffer[ADDRESS_TEXT_SIZE];

        assert_non_null(text);
        for (size_t k = 0; k < length; k++)
            text[k] = alphabet[random_below(&random.source, sizeof alphabet - 1)];
        if (address_parse(&address, text, length)) {
            address_print(&address, buffer, sizeof buffer, true);
            assert_true(strlen(buffer) < sizeof buffer - 1);
        } else {
            assert_true(address_is_any(&address) && address.m_port == 0);
        }
        free(text);
    }
}

static void kinds(void **state)
{
    static const uint8_t key[SIPHASH_KEY_SIZE] = {1};
    SteamNetworkingIPAddr a, b;

    (void)state;
    address_set_ipv4(&a, 0x01020304, 5);
    assert_true(address_is_ipv4(&a));
    assert_true(address_ipv4(&a) == 0x01020304);
    assert_false(address_is_loopback(&a));
    assert_false(address_is_any(&a));
    b = a;
    assert_true(address_equal(&a, &b));
    assert_true(address_hash(&a, key) == address_hash(&b, key));
    b.m_port = 6;
    assert_false(address_equal(&a, &b));
    assert_true(address_equal_without_port(&a, &b));
    assert_false(address_hash(&a, key) == address_hash(&b, key));

    address_set_ipv4(&a, 0x7f000001, 0);
    assert_true(address_is_loopback(&a) && address_is_localhost(&a));
    address_set_ipv4(&a, 0x7f010203, 0);
    assert_true(address_is_loopback(&a));
    assert_false(address_is_localhost(&a));
    address_set_localhost(&a, 9);
    assert_true(address_is_loopback(&a) && address_is_localhost(&a));
    assert_false(address_is_ipv4(&a));
    assert_true(address_ipv4(&a) == 0);
    address_clear(&a);
    assert_true(address_is_any(&a));
    assert_false(address_is_localhost(&a));
}

static void short_buffers(void **state)
{
    SteamNetworkingIPAddr address;
    char buffer[8];

    (void)state;
    assert_true(parse(&address, "255.255.255.255:65535"));
    address_print(&address, buffer, sizeof buffer, true);
    assert_string_equal(buffer, "255.255");
    address_print(&address, buffer, 1, true);
    assert_string_equal(buffer, "");
    buffer[0] = 'x';
    address_print(&address, buffer, 0, true);
    assert_int_equal(buffer[0], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
        cmocka_unit_test(refused),
        cmocka_unit_test(random_addresses_come_back),
        cmocka_unit_test(random_text_is_harmless),
        cmocka_unit_test(kinds),
        cmocka_unit_test(short_buffers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
