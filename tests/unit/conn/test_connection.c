/*
 * Two connections on a line in virtual time: from the first challenge to the last close, with datagrams lost, delayed
 * and doubled, with peers that vanish, and with receive queues that are full.
 */
#include "conn/connection_private.h"
#include "virtual_line.h"

enum { RELIABLE = k_nSteamNetworkingSend_Reliable, NO_NAGLE = k_nSteamNetworkingSend_NoNagle };

static struct line line;

static int begin(void **state)
{
    (void)state;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_end(&line);
    return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

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

/* ---- closing ----------------------------------------------------------------------------------------------------- */

static void test_close_reasons(void **state)
{
    static const struct {
        int reason;
        const char *text;
        int seen;
        const char *seen_text; /* NULL: any that is not empty */
    } cases[] = {
        {1000, "a", 1000, "a"},
        {1999, "a", 1999, "a"},
        {2000, "a", 2000, "a"},
        {2999, "a", 2999, "a"},
        {0, "a", 1000, "a"},
        {0, NULL, 1000, NULL},
        {1500, "", 1500, NULL},
        {2500, NULL, 2500, NULL},
        {999, "a", 1999, NULL},
        {3000, "a", 1999, NULL},
        {-1, "a", 1999, NULL},
        {5003, "a", 1999, NULL},
        {1001,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "012345678901234567890123456789ABCDEF",
         1001,
         "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "012345678901234567890123456"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        SteamNetConnectionInfo_t info;

        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        line_establish(&line);
        line_close(&line, i % 2 ? SERVER : CLIENT, cases[i].reason, cases[i].text, false);
        line_run(&line, SECOND);
        info = line_info(&line, i % 2 ? CLIENT : SERVER);
        assert_int_equal(info.m_eState, STATE_CLOSED_BY_PEER);
        assert_int_equal(info.m_eEndReason, cases[i].seen);
        if (cases[i].seen_text)
            assert_string_equal(info.m_szEndDebug, cases[i].seen_text);
        else
            assert_true(strlen(info.m_szEndDebug) > 1);
    }
}

/* The reason is decided once: what the application says when it lets go of an ended connection does not matter. */
static void test_letting_go(void **state)
{
    const struct owner *owner = &line.ends[SERVER].owner;

    (void)state;
    line_establish(&line);
    line_close(&line, CLIENT, 1500, "first", false);
    line_run(&line, SECOND);
    line_close(&line, SERVER, 1600, "second", true);
    assert_int_equal(line_state(&line, SERVER), STATE_FIN_WAIT);
    assert_int_equal(line_info(&line, SERVER).m_eState, STATE_NONE);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1500);
    assert_string_equal(line_info(&line, SERVER).m_szEndDebug, "first");
    line_close(&line, SERVER, 1700, "third", false); /* nothing more to let go of */
    assert_int_equal(owner->state_count, 3);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_DEAD);
    assert_true(owner->saw_dead);
    assert_int_equal(owner->state_count, 3);
}

static void test_reject_and_abort(void **state)
{
    (void)state;
    line.accept_after = TIME_NEVER;
    assert_true(line_connect(&line));
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, SERVER, 1042, "full", false);
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, CLIENT).m_eEndReason, 1042);
    assert_int_equal(line_state(&line, SERVER), STATE_FIN_WAIT);

    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line.accept_after = TIME_NEVER;
    assert_true(line_connect(&line));
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, CLIENT, 1043, "changed my mind", true);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT); /* nothing to linger for */
    line_run(&line, SECOND);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1043);

    /* Before the server knows anything. */
    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    assert_true(line_connect(&line));
    line_close(&line, CLIENT, 1044, NULL, false);
    line_run(&line, 6 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
    assert_null(line_server(&line));
}

static void test_linger(void **state)
{
    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 200000, RELIABLE);
    line_send(&line, CLIENT, 2, 100, RELIABLE);
    line_close(&line, CLIENT, 1007, "when all is said", true);
    assert_int_equal(line_state(&line, CLIENT), STATE_LINGER);
    assert_int_equal(line_info(&line, CLIENT).m_eState, STATE_NONE);
    line_run(&line, 500 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_LINGER);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    /* What the server sends now is for nobody. */
    line_send(&line, SERVER, 3, 100, RELIABLE | NO_NAGLE);
    line_run(&line, SECOND);
    line_expect(&line, SERVER, 1, 200000);
    line_expect(&line, SERVER, 2, 100);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    assert_int_equal(line_state(&line, SERVER), STATE_CLOSED_BY_PEER);
    assert_int_equal(line_info(&line, SERVER).m_eEndReason, 1007);
    assert_int_equal(line.ends[CLIENT].owner.received.count, 0);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
}

/* Lingering ends when the peer closes, and when it vanishes; nobody is told. */
static void test_linger_cut_short(void **state)
{
    const struct owner *owner = &line.ends[CLIENT].owner;

    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 500000, RELIABLE);
    line_close(&line, CLIENT, 1007, NULL, true);
    line_run(&line, 100 * MILLISECOND);
    line_close(&line, SERVER, 1008, NULL, false);
    line_run(&line, 100 * MILLISECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    assert_int_equal(owner->state_count, 2);
    line_run(&line, 5 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);

    line_end(&line);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    line_establish(&line);
    line_send(&line, CLIENT, 1, 500000, RELIABLE);
    line_close(&line, CLIENT, 1007, NULL, true);
    line.cut = true;
    line_run(&line, 12 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
    line_run(&line, 6 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_DEAD);
    assert_int_equal(owner->state_count, 2);
}

static void test_linger_without_need(void **state)
{
    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 100, 0); /* unreliable data is not waited for */
    line_close(&line, CLIENT, 0, NULL, true);
    assert_int_equal(line_state(&line, CLIENT), STATE_FIN_WAIT);
}

/* Nothing is held any longer when the application lets go. */
static void test_linger_ends_holding(void **state)
{
    int sent;

    (void)state;
    line_establish(&line);
    line_send(&line, CLIENT, 1, 100, RELIABLE);
    sent = line.ends[CLIENT].data_sent;
    line_close(&line, CLIENT, 0, NULL, true);
    assert_int_equal(line.ends[CLIENT].data_sent, sent + 1);
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

/* ---- traffic ----------------------------------------------------------------------------------------------------- */

static void test_full_receive_queue(void **state)
{
    (void)state;
    line_establish(&line);
    line.ends[SERVER].owner.received.capacity = 2;
    for (uint32_t i = 0; i < 40; i++)
        line_send(&line, CLIENT, i, 2000, RELIABLE);
    line_run(&line, 2 * SECOND);
    assert_int_equal(line.ends[SERVER].owner.received.count, 2);
    assert_true(connection_delivery_blocked(line_server(&line)));
    for (uint32_t i = 0; i < 40; i++) {
        line_expect(&line, SERVER, i, 2000);
        connection_receive_queue_drained(line_server(&line), line.now);
        line_flush(&line, SERVER);
        line_run(&line, 100 * MILLISECOND);
    }
    assert_false(connection_delivery_blocked(line_server(&line)));
    line_run(&line, SECOND);
    assert_false(sender_reliable_outstanding(&line_client(&line)->sender));
}

/* More than the receive buffer holds: the peer has to wait, nothing is lost, the connection stays up. */
static void test_back_pressure(void **state)
{
    (void)state;
    line.ends[SERVER].config.receive_buffer_size = 50000;
    line.ends[SERVER].config.receive_max_message_size = 20000;
    line_establish(&line);
    line.ends[SERVER].owner.received.capacity = 0;
    for (uint32_t i = 0; i < 20; i++)
        line_send(&line, CLIENT, i, 10000, RELIABLE);
    line_run(&line, 15 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    assert_true(sender_reliable_outstanding(&line_client(&line)->sender));
    line.ends[SERVER].owner.received.capacity = 1 << 30;
    connection_receive_queue_drained(line_server(&line), line.now);
    line_flush(&line, SERVER);
    line_run(&line, 20 * SECOND);
    for (uint32_t i = 0; i < 20; i++)
        line_expect(&line, SERVER, i, 10000);
}

/* Whatever rides along, no datagram with data is larger than the packet size. */
static void test_packet_sizes(void **state)
{
    static const int sizes[] = {200, 201, 300, 512, 1299, 1300};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        for (int which = CLIENT; which <= SERVER; which++) {
            line.ends[which].config.packet_size = sizes[i];
            line.ends[which].config.send_time_since_previous = 1;
        }
        line_establish(&line);
        /* Long enough for both kinds of statistics, with a gap now and then for the acks to describe. */
        for (uint32_t k = 0; k < 160; k++) {
            line_send(&line, CLIENT, k, 3000, RELIABLE);
            line_send(&line, SERVER, k, 500, 0);
            line.cut = k % 5 == 0;
            line_run(&line, 30 * MILLISECOND);
            line.cut = false;
            line_run(&line, 970 * MILLISECOND);
        }
        line_run(&line, 5 * SECOND);
        for (uint32_t k = 0; k < 160; k++)
            line_expect(&line, SERVER, k, 3000);
        kept_messages_drop_all(&line.ends[CLIENT].owner.received);
        assert_true(line.ends[CLIENT].largest_data <= (size_t)sizes[i]);
        assert_true(line.ends[SERVER].largest_data <= (size_t)sizes[i]);
        assert_true(connection_statistics(line_server(&line), line.now)->remote_instantaneous_known);
        assert_true(connection_statistics(line_server(&line), line.now)->remote_lifetime_known);
        assert_true(connection_statistics(line_client(&line), line.now)->remote_instantaneous_known);
    }
}

static void test_shrinking_packets(void **state)
{
    (void)state;
    line_establish(&line);
    assert_true(connection_may_shrink_packets(line_client(&line)));
    line_send(&line, CLIENT, 1, 30000, RELIABLE);
    assert_false(connection_may_shrink_packets(line_client(&line)));
    line_run(&line, 2 * SECOND);
    assert_true(connection_may_shrink_packets(line_client(&line)));
    line.ends[CLIENT].config.packet_size = 250;
    connection_config_changed(line_client(&line), line.now);
    line.ends[CLIENT].largest_data = 0;
    line_send(&line, CLIENT, 2, 30000, RELIABLE);
    line_run(&line, 2 * SECOND);
    assert_true(line.ends[CLIENT].largest_data <= 250);
    line_expect(&line, SERVER, 1, 30000);
    line_expect(&line, SERVER, 2, 30000);
}

/* Black holes for packets of some sizes, which come and go: everything arrives, and soon. */
static void test_black_holes(void **state)
{
    static const struct {
        int largest, expected;
    } phases[] = {{0, 1300}, {1210, 1200}, {0, 1300}, {1200, 1200}, {600, 548}, {980, 972}, {0, 1300}};

    (void)state;
    for (int unreliable = 0; unreliable <= 1; unreliable++) {
        line_end(&line);
        begin(NULL);
        for (int which = CLIENT; which <= SERVER; which++)
            line.ends[which].config.send_rate_min = line.ends[which].config.send_rate_max = 1000000;
        line_establish(&line);
        for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
            bool wider = i > 0 && (phases[i].largest == 0 || phases[i].largest > phases[i - 1].largest) &&
                         phases[i - 1].largest != 0;
            microseconds time = wider ? 90 * SECOND : 5 * SECOND; /* it looks for more seldom */
            uint32_t count = 0;

            line.largest = phases[i].largest;
            line_run(&line, 65 * SECOND);
            for (microseconds end = line.now + time; line.now < end; count++) {
                line_send(&line, CLIENT, count, 7000, unreliable ? 0 : RELIABLE);
                line_run(&line, 50 * MILLISECOND);
            }
            line_run(&line, 5 * SECOND);
            if (sender_packet_size(&line_client(&line)->sender) != phases[i].expected)
                fail_msg("packets of %d bytes where %d pass", sender_packet_size(&line_client(&line)->sender),
                         phases[i].largest);
            if (unreliable) {
                /* Lost is what is sent until it is noticed. */
                assert_true(line.ends[SERVER].owner.received.count >= (int)count - 60);
                kept_messages_drop_all(&line.ends[SERVER].owner.received);
            }
            for (uint32_t k = 0; !unreliable && k < count; k++)
                line_expect(&line, SERVER, k, 7000);
        }
        assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
        /* Three quarters of a minute without a word, and nobody has probed anything for its own sake. */
        line.ends[CLIENT].data_sent = 0;
        line_run(&line, 45 * SECOND);
        assert_true(line.ends[CLIENT].data_sent <= 12);
    }
}

static size_t largest_ping;
static int pings;

/* A blob of an immediate ack request and nothing else (protocol 17.5), in a packet from the client. */
static void look_for_pings(struct line *l, const struct transit *seen)
{
    static const uint8_t blob[] = {2, 0x18, 0x06};

    (void)l;
    if (seen->to != SERVER || seen->bytes[0] != 0x81 || memcmp(seen->bytes + PACKET_HEADER_SIZE, blob, 3) != 0)
        return;
    pings++;
    if (seen->length > largest_ping)
        largest_ping = seen->length;
}

/* When answers are missing, what asks for one is small, though there is a lot to be sent. */
static void test_pings_are_small(void **state)
{
    (void)state;
    line_establish(&line);
    line.ends[CLIENT].config.send_rate_min = line.ends[CLIENT].config.send_rate_max = 10000000;
    connection_config_changed(line_client(&line), line.now);
    line.eavesdropper = look_for_pings;
    pings = 0;
    largest_ping = 0;
    line.cut = true;
    for (uint32_t i = 0; i < 400; i++) {
        line_send(&line, CLIENT, i, 1200, i % 2 ? 0 : RELIABLE);
        line_run(&line, 10 * MILLISECOND);
    }
    assert_true(pings > 10);
    assert_true(largest_ping < 100);
}

/* What this machine refuses to send is sent again in smaller packets at once, without a loss. */
static void test_refused_by_this_machine(void **state)
{
    static struct datagram_batch batch;
    struct sender *sender;
    int tries = 0;

    (void)state;
    line_establish(&line);
    sender = &line_client(&line)->sender;
    line.ends[CLIENT].config.send_rate_min = line.ends[CLIENT].config.send_rate_max = 10000000;
    connection_config_changed(line_client(&line), line.now);
    line_run(&line, SECOND);
    for (uint32_t i = 0; i < 3; i++) {
        int64_t number;

        connection_send_message(line_client(&line), pattern_message(i, 10000, RELIABLE, 0), line.now, &number);
    }
    do {
        assert_true(++tries < 10);
        datagram_batch_clear(&batch);
        connection_send(line_client(&line), &batch, line.now);
        assert_true(batch.count > 0);
    } while (batch.sizes[0] > 972 && connection_datagram_too_large(line_client(&line), line.now));
    assert_int_equal(sender_packet_size(sender), 972);
    assert_in_range(batch.sizes[0], 700, 972);
    assert_false(connection_datagram_too_large(line_client(&line), line.now) &&
                 sender_packet_size(sender) > 972); /* the machine may be of another mind soon */
    line.ends[CLIENT].largest_data = 0;
    line_flush(&line, CLIENT);
    line_run(&line, 3 * SECOND);
    for (uint32_t i = 0; i < 3; i++)
        line_expect(&line, SERVER, i, 10000);
    assert_true(line.ends[CLIENT].largest_data <= 972);
}

static void test_lanes(void **state)
{
    static const int priorities[] = {1, 0};
    struct message *message;
    int64_t number;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[2];
    int64_t rate;

    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(connection_configure_lanes(line_client(&line), 2, priorities, NULL, line.now), k_EResultOK);
    line_run(&line, SECOND);
    line_send(&line, CLIENT, 1, 60000, RELIABLE);
    message = pattern_message(2, 100, RELIABLE, 1);
    assert_int_equal(connection_send_message(line_client(&line), message, line.now, &number), k_EResultOK);
    assert_true(number == 1);
    line_flush(&line, CLIENT);

    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 2, lanes), k_EResultOK);
    assert_true(status.m_usecQueueTime == INT64_MAX);
    assert_true(lanes[0].m_cbPendingReliable > 50000);
    assert_true(lanes[0].m_usecQueueTime > 100 * MILLISECOND && lanes[0].m_usecQueueTime < SECOND);
    assert_int_equal(status.m_cbPendingReliable, lanes[0].m_cbPendingReliable + lanes[1].m_cbPendingReliable);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 3, lanes),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, -1, lanes),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 1, NULL),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, NULL, 0, NULL), k_EResultOK);

    /* A rate that the field cannot express does not turn negative. */
    rate = line_client(&line)->sender.pacer.rate;
    line_client(&line)->sender.pacer.rate = (int64_t)INT32_MAX + 5;
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_nSendRateBytesPerSecond, INT32_MAX);
    line_client(&line)->sender.pacer.rate = rate;

    line_run(&line, 2 * SECOND);
    line_expect(&line, SERVER, 2, 100); /* overtakes */
    line_expect(&line, SERVER, 1, 60000);
    line_close(&line, CLIENT, 0, NULL, false);
    assert_int_equal(connection_configure_lanes(line_client(&line), 3, NULL, NULL, line.now), k_EResultInvalidState);
}

static void test_real_time_status(void **state)
{
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CONNECTING);
    assert_int_equal(status.m_nPing, -1);
    assert_true(status.m_usecQueueTime == INT64_MAX);
    line_run(&line, SECOND);
    for (uint32_t i = 0; i < 600; i++) {
        line_send(&line, CLIENT, i, 500, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
    }
    kept_messages_drop_all(&line.ends[SERVER].owner.received);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CONNECTED);
    assert_int_equal(status.m_nPing, 20);
    assert_int_equal(status.m_nSendRateBytesPerSecond, SEND_RATE_DEFAULT);
    assert_true(status.m_flOutPacketsPerSec > 70 && status.m_flOutPacketsPerSec < 130);
    assert_true(status.m_flOutBytesPerSec > 500 * status.m_flOutPacketsPerSec);
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal == 1);
    assert_true(status.m_flInPacketsPerSec > 70 && status.m_flInPacketsPerSec < 130);
    line_close(&line, CLIENT, 0, NULL, false);
    line_run(&line, SECOND);
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CLOSED_BY_PEER);
}

/* Quality as seen at both ends of a bad line, and never outside of 0 to 1. */
static void test_quality(void **state)
{
    struct random_generator weather;
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    line_establish(&line);
    random_generator_init(&weather, 4);
    line.weather = &weather;
    line.loss_percent = 20;
    for (uint32_t i = 0; i < 3500; i++) {
        line_send(&line, CLIENT, i, 500, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
    }
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal > 0.7f && status.m_flConnectionQualityLocal < 0.9f);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityRemote > 0.7f && status.m_flConnectionQualityRemote < 0.9f);
    line_server(&line)->statistics.lost_fraction = 0.5f;
    line_server(&line)->statistics.weird_fraction = 3;
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal == 0);
}

/* One-way unreliable traffic: the round trip stays fresh and no record piles up. */
static void test_one_way_traffic(void **state)
{
    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 3000; i++) {
        line_send(&line, CLIENT, i, 50, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
        if (i == 1500)
            line.latency = 40 * MILLISECOND;
    }
    assert_int_equal(line_client(&line)->sender.round_trip.smoothed_ms >= 20, 1);
    assert_int_equal(round_trip_worst_ms(&line_client(&line)->sender.round_trip), 80);
    assert_true(line_client(&line)->sender.packets.next - line_client(&line)->sender.packets.oldest < 1500);
}

/* So much of it that acks would come too seldom: some packets ask for one. */
static void test_heavy_one_way_traffic(void **state)
{
    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 5000; i++) {
        line_send(&line, CLIENT, i, 10, NO_NAGLE);
        line_run(&line, MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
    }
    assert_true(line_client(&line)->sender.packets.next > 4900);
    assert_true(line_client(&line)->sender.latest_acknowledged > 4000);
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

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* A life of which allocations may fail; whatever happens, it ends cleanly. Returns whether everything worked. */
static bool try_to_live(void)
{
    struct connection_parameters parameters;
    bool all_well = true;
    int64_t number;

    if (!line_init(&line, "str:alice", "str:bob"))
        return false;
    parameters = line_parameters(&line, CLIENT);
    line.ends[CLIENT].owner.connection = connection_connect(&parameters, line.now, NULL);
    if (!line_client(&line))
        return false;
    line_flush(&line, CLIENT);
    line_run(&line, 2 * SECOND);
    for (uint32_t i = 0; i < 6; i++) {
        for (int which = CLIENT; which <= SERVER; which++) {
            struct message *message = message_allocate(i % 2 ? 3000 : 300);

            if (!message || line_state(&line, which) != STATE_CONNECTED) {
                message_release(message);
                all_well = false;
                continue;
            }
            memset(message->api.m_pData, (int)i, (size_t)message->api.m_cbSize);
            message->api.m_nFlags = i < 4 ? RELIABLE | NO_NAGLE : NO_NAGLE;
            if (connection_send_message(line.ends[which].owner.connection, message, line.now, &number) != k_EResultOK) {
                message_release(message);
                all_well = false;
            }
            line_flush(&line, which);
        }
        if (i == 2 && connection_configure_lanes(line_client(&line), 4, NULL, NULL, line.now) != k_EResultOK)
            all_well = false;
        line.cut = i == 1;
        line_run(&line, 15 * MILLISECOND);
    }
    line.cut = false;
    line_run(&line, 3 * SECOND);
    for (int which = CLIENT; which <= SERVER; which++) {
        if (line_state(&line, which) != STATE_CONNECTED || line.ends[which].owner.received.count != 6)
            all_well = false;
        else
            assert_false(sender_reliable_outstanding(&line.ends[which].owner.connection->sender));
    }
    line_close(&line, CLIENT, 0, NULL, true);
    line_run(&line, SECOND);
    return all_well;
}

static void check_messages_whole(void)
{
    for (int which = CLIENT; which <= SERVER; which++) {
        struct message *message;

        list_for_each_entry(message, &line.ends[which].owner.received.messages, struct message, queue_node)
        {
            const uint8_t *bytes = message->api.m_pData;

            for (int i = 0; i < message->api.m_cbSize; i++)
                assert_int_equal(bytes[i], bytes[0]);
        }
    }
}

static void test_every_allocation_fails_once(void **state)
{
    long allocations;
    int lived = 0;

    (void)state;
    line_end(&line);
    allocations_alive = 0;
    for (allocations = 0;; allocations++) {
        bool failed;

        allocation_fail_once_after(allocations);
        lived += try_to_live();
        failed = allocation_failed;
        check_messages_whole();
        line_end(&line);
        assert_int_equal(allocations_alive, 0);
        if (!failed)
            break;
        assert_true(allocations < 1000);
    }
    assert_true(allocations > 20);
    assert_true(lived > 5); /* many are survived without loss */
    alloc_set_hooks(NULL, NULL, NULL);
}

static void test_all_allocations_fail_from_then_on(void **state)
{
    long allocations;

    (void)state;
    line_end(&line);
    allocations_alive = 0;
    for (allocations = 0;; allocations++) {
        bool failed;

        allocation_fail_after(allocations);
        (void)try_to_live();
        failed = allocation_failed;
        check_messages_whole();
        line_end(&line);
        assert_int_equal(allocations_alive, 0);
        if (!failed)
            break;
        assert_true(allocations < 1000);
    }
    assert_true(allocations > 20);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* Making a pair fails as a whole. */
static void test_pair_without_memory(void **state)
{
    struct connection_parameters parameters[2] = {line_parameters(&line, CLIENT), line_parameters(&line, SERVER)};
    long allocations = 0;
    bool made = false;

    (void)state;
    while (!made) {
        struct connection *pair[2];
        long alive;

        allocation_fail_after(allocations++);
        alive = allocations_alive;
        made = connection_make_pair(pair, parameters, line.now);
        assert_int_equal(made, pair[0] != NULL);
        assert_int_equal(made, pair[1] != NULL);
        assert_int_equal(line.ends[CLIENT].owner.state_count + line.ends[SERVER].owner.state_count, 0);
        connection_destroy(pair[0]);
        connection_destroy(pair[1]);
        assert_int_equal(allocations_alive, alive);
        assert_true(allocations < 200);
    }
    assert_true(allocations > 2);
    alloc_set_hooks(NULL, NULL, NULL);
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
        TEST(test_close_reasons),
        TEST(test_letting_go),
        TEST(test_reject_and_abort),
        TEST(test_linger),
        TEST(test_linger_cut_short),
        TEST(test_linger_without_need),
        TEST(test_linger_ends_holding),
        TEST(test_idle_connection),
        TEST(test_vanished_peer),
        TEST(test_vanished_peer_with_data),
        TEST(test_outage),
        TEST(test_clock_jumps),
        TEST(test_config_values_in_effect),
        TEST(test_failing_locally),
        TEST(test_full_receive_queue),
        TEST(test_back_pressure),
        TEST(test_packet_sizes),
        TEST(test_black_holes),
        TEST(test_pings_are_small),
        TEST(test_refused_by_this_machine),
        TEST(test_shrinking_packets),
        TEST(test_lanes),
        TEST(test_real_time_status),
        TEST(test_quality),
        TEST(test_one_way_traffic),
        TEST(test_heavy_one_way_traffic),
        TEST(test_pair),
        TEST(test_anonymous_pair),
        TEST(test_every_allocation_fails_once),
        TEST(test_all_allocations_fail_from_then_on),
        TEST(test_pair_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
