#include "testing.h"

#include "base/log.h"
#include "net/packet_trace.h"
#include "wire/address.h"

#include <stdio.h>
#include <string.h>

static char said[LOG_TEXT_MAXIMUM + 1];

static void listen_to_log(int level, const char *text)
{
    (void)level;
    snprintf(said, sizeof(said), "%s", text);
}

static void test_says_as_much_as_asked(void **state)
{
    static const uint8_t bytes[] = {0x20, 0xff, 0x00, 0x7a};
    SteamNetworkingIPAddr peer;

    (void)state;
    address_set_ipv4(&peer, 0x01020304, 50);
    log_set_output(LOG_LEVEL_MESSAGE, listen_to_log);
    assert_false(packet_trace_active());
    packet_trace("sent to", &peer, bytes, sizeof(bytes));
    assert_string_equal(said, "");

    packet_trace_set(0);
    assert_true(packet_trace_active());
    packet_trace("sent to", &peer, bytes, sizeof(bytes));
    assert_string_equal(said, "packet sent to 1.2.3.4:50 4 bytes");

    packet_trace_set(3);
    packet_trace("sent to", &peer, bytes, sizeof(bytes));
    assert_string_equal(said, "packet sent to 1.2.3.4:50 4 bytes: 20ff00");

    packet_trace_set(99999);
    packet_trace("sent to", &peer, bytes, sizeof(bytes));
    assert_string_equal(said, "packet sent to 1.2.3.4:50 4 bytes: 20ff007a");
    packet_trace_set(-1);
    assert_false(packet_trace_active());
    log_set_output(0, NULL);
}

static void test_long_packets_are_cut(void **state)
{
    static uint8_t bytes[1300];
    SteamNetworkingIPAddr peer;

    (void)state;
    address_set_localhost(&peer, 1);
    log_set_output(LOG_LEVEL_MESSAGE, listen_to_log);
    packet_trace_set(99999);
    packet_trace("received from", &peer, bytes, sizeof(bytes));
    assert_int_equal(strlen(said), LOG_TEXT_MAXIMUM);
    packet_trace_set(-1);
    log_set_output(0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_says_as_much_as_asked),
        cmocka_unit_test(test_long_packets_are_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
