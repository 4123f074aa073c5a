/*
 * Two connections on a line in virtual time, from the first challenge on: handshakes with datagrams lost, delayed and
 * doubled, peers that vanish, pairs.
 */
#include "connected_line.h"

#include "conn/connection_private.h"

/* ---- the handshake ----------------------------------------------------------------------------------------------- */

static void test_handshake(void **state)
{
    SteamNetConnectionInfo_t info;
    char text[IDENTITY_TEXT_SIZE];

    (void)state;
    line_establish(&line);
    info = line_info(&line, CLIENT);
    identity_print(&info.m_identityRemote, text, sizeof text);
    assert_string_equal(text, "str:bob");
    assert_int_equal(info.m_eState, STATE_CONNECTED);
    assert_int_equal(info.m_eEndReason, 0);
    assert_int_equal(info.m_nFlags, k_nSteamNetworkConnectionInfoFlags_Unauthenticated);
    info = line_info(&line, SERVER);
    identity_print(&info.m_identityRemote, text, sizeof text);
    assert_string_equal(text, "str:alice");

    assert_int_equal(connection_remote_id(line_client(&line)), connection_local_id(line_server(&line)));
    assert_int_equal(connection_remote_id(line_server(&line)), connection_local_id(line_client(&line)));
    assert_true(line_client(&line)->initiated_locally);
    assert_false(line_server(&line)->initiated_locally);
    /* The round trip is known from the start. */
    assert_int_equal(line_client(&line)->sender.round_trip.smoothed_ms, 20);
    assert_int_equal(line_server(&line)->sender.round_trip.smoothed_ms, 20);
    /* Four datagrams, and silence afterwards. */
    assert_int_equal(line.sent, 4);
    assert_null(line_client(&line)->handshake);
}

/* Two datagrams are read before anything is written: the second makes the reply to the first impossible. */
static void test_replies_that_come_too_late(void **state)
{
    struct transit seen[4], data;

    (void)state;
    assert_true(line_connect(&line));
    for (int i = 0; i < 4; i++) {
        assert_non_null(line_next_transit(&line));
        seen[i] = *line_next_transit(&line);
        if (i < 3)
            line_step(&line, TIME_NEVER);
    }
    line.in_transit = 0;
    line.now = seen[3].arrives;
    feed(line_client(&line), seen[1].bytes, seen[1].length, line.now); /* the challenge */
    feed(line_client(&line), seen[3].bytes, seen[3].length, line.now); /* ConnectOK */
    line_flush(&line, CLIENT);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);

    assert_int_equal(line_send(&line, CLIENT, 1, 100, RELIABLE | NO_NAGLE), k_EResultOK);
    data = *line_next_transit(&line);
    line.in_transit = 0;
    feed(line_server(&line), seen[2].bytes, seen[2].length, line.now); /* the request */
    feed(line_server(&line), data.bytes, data.length, line.now);
    line_flush(&line, SERVER);
    line_expect(&line, SERVER, 1, 100);
    line_run(&line, SECOND);
    assert_false(sender_reliable_outstanding(&line_client(&line)->sender));
}

static void test_messages_wait_for_the_connection(void **state)
{
    struct message *message;
    int64_t number;

    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(line_send(&line, CLIENT, 1, 100, RELIABLE), k_EResultOK);
    assert_int_equal(line_send(&line, CLIENT, 2, 50, 0), k_EResultOK);
    assert_int_equal(line_send(&line, CLIENT, 3, 50, k_nSteamNetworkingSend_NoDelay), k_EResultIgnored);
    assert_int_equal(connection_flush_messages(line_client(&line), line.now), k_EResultIgnored);
    line_run(&line, SECOND);
    line_expect(&line, SERVER, 1, 100);
    line_expect(&line, SERVER, 2, 50);
    assert_int_equal(connection_flush_messages(line_client(&line), line.now), k_EResultOK);

    line_close(&line, CLIENT, 0, NULL, false);
    message = pattern_message(1, 10, 0, 0);
    assert_int_equal(connection_send_message(line_client(&line), message, line.now, &number), k_EResultInvalidState);
    line_run(&line, SECOND);
    assert_int_equal(connection_send_message(line_server(&line), message, line.now, &number), k_EResultNoConnection);
    assert_int_equal(connection_flush_messages(line_server(&line), line.now), k_EResultNoConnection);
    message_release(message);
}

/* A whole life, with one datagram lost, late or doubled. */
static void live(uint64_t special, int fate, microseconds delay)
{
    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line.special = special;
    line.special_fate = fate;
    line.special_delay = delay;
    assert_true(line_connect(&line));
    line_run(&line, 1500 * MILLISECOND);
    if (line_state(&line, CLIENT) != STATE_CONNECTED || line_state(&line, SERVER) != STATE_CONNECTED)
        fail_msg("datagram %llu, fate %d: not connected", (unsigned long long)special, fate);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(line_send(&line, CLIENT, i, 700, RELIABLE | NO_NAGLE), k_EResultOK);
        assert_int_equal(line_send(&line, SERVER, i, 3000, RELIABLE | NO_NAGLE), k_EResultOK);
        line_run(&line, 5 * MILLISECOND);
    }
    line_run(&line, 2 * SECOND);
    for (uint32_t i = 0; i < 4; i++) {
        line_expect(&line, SERVER, i, 700);
        line_expect(&line, CLIENT, i, 3000);
    }
    assert_int_equal(line.ends[CLIENT].owner.received.count + line.ends[SERVER].owner.received.count, 0);
    assert_false(sender_reliable_outstanding(&line_client(&line)->sender));
    assert_false(sender_reliable_outstanding(&line_server(&line)->sender));
    line_close(&line, CLIENT, 1234, "enough", false);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
    line_run(&line, 30 * SECOND);
    if (line_state(&line, SERVER) == STATE_CLOSED_BY_PEER) {
        assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1234);
        assert_string_equal(line_info(&line, SERVER).m_szEndDebug, "enough");
    } else {
        /* The one close message was lost, and nothing was under way to ask for it again. */
        assert_int_equal(fate, LINE_LOSES);
        assert_int_equal(line_state(&line, SERVER), STATE_PROBLEM);
        assert_int_equal(line_info(&line, SERVER).m_eEndReason, END_TIMED_OUT);
    }
    line_close(&line, SERVER, 0, NULL, false);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_DEAD);
}

static void test_any_datagram_lost_late_or_doubled(void **state)
{
    uint64_t count;
    int timed_out = 0;

    (void)state;
    live(UINT64_MAX, LINE_LOSES, 0);
    count = line.sent;
    assert_true(count > 20 && count < 100);
    for (uint64_t special = 0; special < count; special++) {
        live(special, LINE_LOSES, 0);
        timed_out += line.ends[SERVER].owner.states[line.ends[SERVER].owner.state_count - 2].new_state == STATE_PROBLEM;
        live(special, LINE_DELAYS, 35 * MILLISECOND);
        live(special, LINE_DELAYS, 700 * MILLISECOND);
        live(special, LINE_DOUBLES, 0);
        live(special, LINE_DOUBLES, 900 * MILLISECOND);
    }
    assert_int_equal(timed_out, 1);
}

static void test_bad_line(void **state)
{
    int connected = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct random_generator weather;

        line_end(&line);
        assert_true(line_init(&line, "str:alice", NULL));
        random_generator_init(&weather, seed);
        line.weather = &weather;
        line.loss_percent = 25;
        line.accept_after = 300 * MILLISECOND;
        assert_true(line_connect(&line));
        line_run(&line, 9 * SECOND);
        connected += line_state(&line, CLIENT) == STATE_CONNECTED;
        if (line_state(&line, CLIENT) == STATE_CONNECTED && line_state(&line, SERVER) == STATE_CONNECTED) {
            for (uint32_t i = 0; i < 30; i++) {
                line_send(&line, CLIENT, i, (int)i * 300, RELIABLE);
                line_send(&line, SERVER, i, (int)i * 100, RELIABLE);
                line_run(&line, 20 * MILLISECOND);
            }
            line_run(&line, 20 * SECOND);
            for (uint32_t i = 0; i < 30; i++) {
                line_expect(&line, SERVER, i, (int)i * 300);
                line_expect(&line, CLIENT, i, (int)i * 100);
            }
        }
    }
    assert_true(connected >= 11);
}

static void test_retry_and_timeout(void **state)
{
    (void)state;
    line.cut = true;
    assert_true(line_connect(&line));
    line_run(&line, 9999 * MILLISECOND);
    assert_int_equal(line.sent, 20); /* every 500 ms */
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTING);
    line_run(&line, MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_TIMED_OUT);
    assert_true(line_info(&line, CLIENT).m_szEndDebug[0] != 0);
    assert_int_equal(line.sent, 21); /* and a close */
    line_run(&line, MINUTE);
    assert_int_equal(line.sent, 21);
    assert_true(line_deadline(&line, CLIENT) == TIME_NEVER);
}

/* The application decides too late, or after all. */
static void test_undecided(void **state)
{
    (void)state;
    line.accept_after = TIME_NEVER;
    line.ends[CLIENT].config.timeout_initial_ms = 20000; /* more patient than the server */
    assert_true(line_connect(&line));
    line_run(&line, 9 * SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTING);
    assert_int_equal(line.ends[SERVER].control_sent, 0); /* repeated requests are not answered meanwhile */
    line_run(&line, 2 * SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_PROBLEM);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, END_TIMED_OUT);
    assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_TIMED_OUT);
    assert_int_equal(connection_accept(line_server(&line), line.now), k_EResultInvalidState);
}

static void test_late_acceptance(void **state)
{
    (void)state;
    line.accept_after = 6 * SECOND;
    assert_true(line_connect(&line));
    line_run(&line, 7 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    assert_int_equal(line.accept_result, k_EResultOK);
    assert_int_equal(line_client(&line)->sender.round_trip.smoothed_ms, 20);
    assert_int_equal(connection_accept(line_server(&line), line.now), k_EResultInvalidState);
    assert_int_equal(connection_accept(line_client(&line), line.now), k_EResultInvalidState);
}

static void test_accepting_an_outgoing_connection(void **state)
{
    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(connection_accept(line_client(&line), line.now), k_EResultInvalidParam);
}

static void test_cipher_combinations(void **state)
{
    static const uint32_t expected[4][4] = {
        {CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, 0},
        {CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_AES_256_GCM, CIPHER_NONE},
        {CIPHER_AES_256_GCM, CIPHER_NONE, CIPHER_NONE, CIPHER_NONE},
        {0, CIPHER_NONE, CIPHER_NONE, CIPHER_NONE},
    };

    (void)state;
    for (int server = 0; server < 4; server++) {
        for (int client = 0; client < 4; client++) {
            uint32_t cipher = expected[server][client];
            size_t largest = 1300 - PACKET_PROTECTED_MARGIN + PACKET_HEADER_SIZE;

            line_end(&line);
            assert_true(line_init(&line, "str:alice", "str:bob"));
            line.ends[CLIENT].config.unencrypted = client;
            line.ends[SERVER].config.unencrypted = server;
            assert_true(line_connect(&line));
            line_run(&line, SECOND);
            if (cipher == 0) {
                assert_int_equal(line.accept_result, k_EResultHandshakeFailed);
                assert_int_equal(line_state(&line, SERVER), STATE_PROBLEM);
                assert_int_equal(line_info(&line, SERVER).m_eEndReason, END_REMOTE_BAD_CRYPT);
                assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
                assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_REMOTE_BAD_CRYPT);
                continue;
            }
            assert_int_equal(line_client(&line)->cipher, cipher);
            assert_int_equal(line_server(&line)->cipher, cipher);
            assert_int_equal(!(line_info(&line, CLIENT).m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted),
                             cipher == CIPHER_AES_256_GCM);
            line_send(&line, CLIENT, 9, 50000, RELIABLE);
            line_run(&line, SECOND);
            line_expect(&line, SERVER, 9, 50000);
            assert_true(line.ends[CLIENT].largest_data <= largest);
            assert_true(line.ends[CLIENT].largest_data > largest - 60);
        }
    }
}

/* ---- life and death ---------------------------------------------------------------------------------------------- */

static void test_idle_connection(void **state)
{
    uint64_t sent;
    struct connection_statistics before;

    (void)state;
    line_establish(&line);
    sent = line.sent;
    line_run(&line, 10 * MINUTE);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    /* Every 10 s a keepalive, its answer, and an answer to the request that rides on that; no more. */
    assert_true(line.sent - sent >= 2 * 58);
    assert_true(line.sent - sent <= 3 * 62);
    before = *connection_statistics(line_client(&line), line.now);
    assert_true(before.drops.count[DROP_BAD_SEAL] == 0);
    assert_int_equal(line_client(&line)->sender.round_trip.smoothed_ms, 20);
}

static void test_vanished_peer(void **state)
{
    microseconds start;

    (void)state;
    line_establish(&line);
    start = line_client(&line)->liveness.last_received;
    line.cut = true;
    line_run(&line, start + 20 * SECOND - line.now);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    line_run(&line, 2 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_TIMED_OUT);
    assert_int_equal(line_state(&line, SERVER), STATE_PROBLEM);
}

static void test_vanished_peer_with_data(void **state)
{
    microseconds start;
    int sent;

    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 100, RELIABLE | NO_NAGLE);
    line_run(&line, SECOND);
    line.cut = true;
    start = line.now;
    sent = line.ends[CLIENT].data_sent;
    line_send(&line, CLIENT, 1, 100, RELIABLE | NO_NAGLE);
    line_run(&line, 10300 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    line_run(&line, 400 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_TIMED_OUT);
    assert_true(line.now - start < 11 * SECOND);
    /* Pings every 200 ms, and retransmissions that back off. */
    assert_in_range(line.ends[CLIENT].data_sent - sent, 48, 65);
}

/* Short outages are survived, whatever was under way. */
static void test_outage(void **state)
{
    (void)state;
    for (microseconds outage = 50 * MILLISECOND; outage < 9 * SECOND; outage *= 2) {
        microseconds back, recovered;

        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        line_establish(&line);
        for (uint32_t i = 0; i < 8; i++)
            line_send(&line, CLIENT, i, 60000, RELIABLE);
        line_run(&line, 100 * MILLISECOND);
        line.cut = true;
        line_run(&line, outage);
        line.cut = false;
        back = line.now;
        while (line.ends[SERVER].owner.received.count < 8) {
            line_run(&line, 10 * MILLISECOND);
            assert_true(line.now < back + 20 * SECOND);
        }
        recovered = line.now - back;
        /* 480000 bytes at 256 KiB/s take 1.9 s; little time is lost beyond that and the outage itself. */
        if (recovered > 2700 * MILLISECOND)
            fail_msg("%lld ms of outage: %lld ms to recover", (long long)outage / 1000, (long long)recovered / 1000);
        for (uint32_t i = 0; i < 8; i++)
            line_expect(&line, SERVER, i, 60000);
    }
}

/* The host slept: the clock is a minute on and nothing was heard. That is no reason to give up before asking. */
static void test_clock_jumps(void **state)
{
    (void)state;
    for (int busy = 0; busy < 2; busy++) {
        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        line_establish(&line);
        if (busy) {
            line_send(&line, CLIENT, 1, 100000, RELIABLE);
            line_send(&line, SERVER, 2, 100000, RELIABLE);
            line_run(&line, 50 * MILLISECOND);
        }
        line.now += MINUTE;
        line_run(&line, 5 * SECOND);
        assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
        assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
        line_send(&line, CLIENT, 3, 100, RELIABLE | NO_NAGLE);
        line_run(&line, SECOND);
        if (busy) {
            line_expect(&line, SERVER, 1, 100000);
            line_expect(&line, CLIENT, 2, 100000);
        }
        line_expect(&line, SERVER, 3, 100);
        /* And if it is gone, that is found out as always. */
        line.cut = true;
        line.now += MINUTE;
        line_run(&line, 12 * SECOND);
        assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
        assert_int_equal(line_state(&line, SERVER), STATE_PROBLEM);
    }
}

static void test_config_values_in_effect(void **state)
{
    (void)state;
    line.ends[CLIENT].config.timeout_initial_ms = 2000;
    line.cut = true;
    assert_true(line_connect(&line));
    line_run(&line, 2001 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);

    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    line.ends[CLIENT].config.timeout_connected_ms = 3000;
    line.ends[CLIENT].config.send_rate_min = line.ends[CLIENT].config.send_rate_max = 1 << 20;
    connection_config_changed(line_client(&line), line.now);
    assert_int_equal(line_client(&line)->sender.pacer.rate, 1 << 20);
    line.cut = true;
    line_send(&line, CLIENT, 1, 1, RELIABLE | NO_NAGLE);
    line_run(&line, 3600 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
}

static void test_failing_locally(void **state)
{
    (void)state;
    line_establish(&line);
    connection_fail(line_client(&line), k_ESteamNetConnectionEnd_Misc_InternalError, "the socket is gone", line.now);
    line_flush(&line, CLIENT);
    assert_int_equal(line_state(&line, CLIENT), STATE_PROBLEM);
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, END_INTERNAL_ERROR);
    assert_string_equal(line_info(&line, SERVER).m_szEndDebug, "the socket is gone");
    connection_fail(line_client(&line), 4001, "again", line.now);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, END_INTERNAL_ERROR);
}

/* ---- pairs ------------------------------------------------------------------------------------------------------- */

static void test_pair(void **state)
{
    struct connection_parameters parameters[2] = {line_parameters(&line, CLIENT), line_parameters(&line, SERVER)};
    struct connection *pair[2];
    char text[IDENTITY_TEXT_SIZE];

    (void)state;
    assert_true(connection_make_pair(pair, parameters, line.now));
    for (int i = 0; i < 2; i++)
        line.ends[i].owner.connection = pair[i];
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    assert_int_equal(line.ends[CLIENT].owner.state_count + line.ends[SERVER].owner.state_count, 0);
    identity_print(connection_remote_identity(pair[0]), text, sizeof text);
    assert_string_equal(text, "str:bob");
    identity_print(connection_remote_identity(pair[1]), text, sizeof text);
    assert_string_equal(text, "str:alice");
    line_flush(&line, CLIENT);
    line_flush(&line, SERVER);
    assert_int_equal(line.sent, 0);
    line_send(&line, CLIENT, 1, 5000, RELIABLE);
    line_send(&line, SERVER, 2, 5000, 0);
    line_run(&line, SECOND);
    line_expect(&line, SERVER, 1, 5000);
    line_expect(&line, CLIENT, 2, 5000);
    line_close(&line, SERVER, 0, NULL, false);
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
}

static void test_anonymous_pair(void **state)
{
    struct connection_parameters parameters[2];
    struct connection *pair[2];

    (void)state;
    line_end(&line);
    assert_true(line_init(&line, NULL, NULL));
    parameters[0] = line_parameters(&line, CLIENT);
    parameters[1] = line_parameters(&line, SERVER);
    assert_true(connection_make_pair(pair, parameters, line.now));
    for (int i = 0; i < 2; i++) {
        const SteamNetworkingIdentity *identity;

        line.ends[i].owner.connection = pair[i];
        identity = connection_remote_identity(pair[i]);
        assert_int_equal(identity->m_eType, k_ESteamNetworkingIdentityType_IPAddress);
        assert_true(address_equal(&identity->m_ip, &line.ends[!i].address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake),
        TEST(test_replies_that_come_too_late),
        TEST(test_messages_wait_for_the_connection),
        TEST(test_any_datagram_lost_late_or_doubled),
        TEST(test_bad_line),
        TEST(test_retry_and_timeout),
        TEST(test_undecided),
        TEST(test_late_acceptance),
        TEST(test_accepting_an_outgoing_connection),
        TEST(test_cipher_combinations),
        TEST(test_idle_connection),
        TEST(test_vanished_peer),
        TEST(test_vanished_peer_with_data),
        TEST(test_outage),
        TEST(test_clock_jumps),
        TEST(test_config_values_in_effect),
        TEST(test_failing_locally),
        TEST(test_pair),
        TEST(test_anonymous_pair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
