/*
 * A connection against peers of every version, peers that break the rules in every way, and noise: which reason the
 * connection ends with, or that it does not end (protocol 2, 6, 7, 9.6, 10.4, 11.2, 12).
 */
#include "scripted_peer.h"

static struct scripted_peer peer;

static int end(void **state)
{
    (void)state;
    peer_end(&peer);
    return 0;
}

#define TEST(function) cmocka_unit_test_teardown(function, end)

/* The connection ended with this reason, and told the peer so with both ids. */
static void check_problem(int reason, bool knows_peer)
{
    SteamNetConnectionInfo_t info;
    struct control_message closed;

    memset(&info, 0, sizeof info);
    connection_fill_info(peer_real(&peer), &info);
    if ((int)info.m_eState != STATE_PROBLEM || info.m_eEndReason != reason)
        fail_msg("state %d, reason %d: %s", info.m_eState, info.m_eEndReason, info.m_szEndDebug);
    assert_true(strlen(info.m_szEndDebug) > 10);
    closed = peer_heard(&peer, CONTROL_CONNECTION_CLOSED);
    assert_int_equal(closed.connection_closed.reason, reason);
    assert_int_equal(closed.connection_closed.from_id, REAL_ID);
    assert_int_equal(closed.connection_closed.to_id, knows_peer ? PEER_ID : 0);
    assert_int_equal(closed.connection_closed.debug.length, strlen(info.m_szEndDebug));
    assert_memory_equal(closed.connection_closed.debug.data, info.m_szEndDebug, strlen(info.m_szEndDebug));
}

/* ---- versions ---------------------------------------------------------------------------------------------------- */

#define UNRELIABLE_ABC "\x37\1\0\0\0abc"

/* Both roles; what depends on the peer's version. */
static void test_versions(void **state)
{
    (void)state;
    for (int client = 0; client < 2; client++) {
        for (uint32_t version = 8; version <= 14; version++) {
            bool counts = version >= PROTOCOL_VERSION_CONNECT_COUNTS;
            struct message *message;
            struct opened opened;
            struct frame_decoder decoder;
            struct frame frame;
            int64_t number;
            int first;

            peer_end(&peer);
            peer_init(&peer, client, version);
            peer.config.send_time_since_previous = 1;
            peer_shake(&peer);
            assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);

            first = peer.heard_count;
            for (int i = 0; i < 2; i++) {
                message = pattern_message(1, 10, k_nSteamNetworkingSend_NoNagle, 0);
                assert_int_equal(connection_send_message(peer_real(&peer), message, peer.now, &number), k_EResultOK);
                peer_listen(&peer);
                peer.now += 20 * MILLISECOND;
            }
            assert_int_equal(peer.heard_count, first + 2);
            peer.highest_heard = 0;
            opened = peer_open(&peer, first);
            assert_true(opened.number == (counts ? 2 : 1));
            assert_false(opened.header.has_time_since_previous);
            frame_decoder_init(&decoder, opened.payload, opened.length, opened.number);
            assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
            assert_int_equal(frame.kind, FRAME_STOP_WAITING);
            assert_true(frame.stop_waiting == 0);
            assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
            assert_int_equal(frame.kind, counts ? FRAME_ACK : FRAME_UNRELIABLE); /* nothing received before 10 */
            if (counts) {
                assert_int_equal(frame.ack.latest_bits, 16); /* version 12 knows no other */
                assert_int_equal(frame.ack.latest_field, 1);
            }
            opened = peer_open(&peer, first + 1);
            assert_true(opened.number == (counts ? 3 : 2));
            assert_int_equal(opened.header.has_time_since_previous, version >= PROTOCOL_VERSION_TIME_FIELD);
            if (opened.header.has_time_since_previous)
                assert_int_equal(opened.header.time_since_previous, 20000 / PACKET_TIME_UNIT_US);

            /* The peer's first packet. */
            peer_send(&peer, 1, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
            assert_int_equal(peer.owner.received.count, counts ? 0 : 1);
            peer_send(&peer, 2, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
            assert_int_equal(peer.owner.received.count, counts ? 1 : 2);
            assert_int_equal(peer_real(&peer)->statistics.dropped, 0);

            /* Lanes. */
            if (version >= PROTOCOL_VERSION_LANES) {
                assert_int_equal(connection_configure_lanes(peer_real(&peer), 2, NULL, NULL, peer.now), k_EResultOK);
            } else {
                assert_int_equal(connection_configure_lanes(peer_real(&peer), 1, NULL, NULL, peer.now), k_EResultOK);
                assert_int_equal(connection_configure_lanes(peer_real(&peer), 2, NULL, NULL, peer.now), k_EResultFail);
                peer_listen(&peer);
                check_problem(END_REMOTE_BAD_VERSION, true);
            }
        }
    }
}

static void test_lanes_before_an_old_peer(void **state)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];

    (void)state;
    peer_init(&peer, false, 10);
    peer_start_client(&peer);
    assert_int_equal(connection_configure_lanes(peer_real(&peer), 2, NULL, NULL, peer.now), k_EResultOK);
    peer_reply_to_challenge(&peer, 0);
    peer_say(&peer, datagram, peer_connect_ok(&peer, datagram, sizeof datagram));
    check_problem(END_REMOTE_BAD_VERSION, true);
}

static void test_too_old_servers(void **state)
{
    (void)state;
    peer_init(&peer, false, 7);
    peer_shake(&peer);
    check_problem(END_GENERIC, false);

    peer_end(&peer);
    peer_init(&peer, false, 13);
    peer.mischief.no_announced_version = true;
    peer_shake(&peer);
    check_problem(END_GENERIC, false);
}

static void test_too_old_clients(void **state)
{
    (void)state;
    peer_init(&peer, true, 7);
    peer_request(&peer);
    assert_null(peer_real(&peer));
    assert_int_equal(peer.refuse_reason, END_REMOTE_BAD_VERSION);
    peer_end(&peer);
    peer_init(&peer, true, 13);
    peer.mischief.no_crypt_version = true;
    peer_request(&peer);
    assert_int_equal(peer.refuse_reason, END_REMOTE_BAD_VERSION);
}

/* ---- hellos that are wrong --------------------------------------------------------------------------------------- */

/* Nobody is believed to be the server before he has answered the challenge request. */
static void test_acceptance_without_challenge(void **state)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t length;

    (void)state;
    peer_init(&peer, false, 13);
    peer_start_client(&peer);
    peer_reply_to_challenge(&peer, 0);
    length = peer_connect_ok(&peer, datagram, sizeof datagram);
    peer_real(&peer)->handshake->version_seen = 0;
    peer_say(&peer, datagram, length);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTING);
    peer_wait(&peer, SECOND); /* it asks again */
    peer_reply_to_challenge(&peer, 0);
    peer_say(&peer, datagram, length);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
}

/* However many challenges come for one request, one connect request is made of them. */
static void test_one_request_for_a_challenge(void **state)
{
    int heard;

    (void)state;
    peer_init(&peer, false, 13);
    peer_start_client(&peer);
    heard = peer.heard_count;
    for (int i = 0; i < 10; i++)
        peer_reply_to_challenge(&peer, 0);
    assert_int_equal(peer.heard_count, heard + 1);
    peer_wait(&peer, HANDSHAKE_RETRY_MS * MILLISECOND);
    heard = peer.heard_count;
    for (int i = 0; i < 10; i++)
        peer_reply_to_challenge(&peer, 0);
    assert_int_equal(peer.heard_count, heard + 1);
}

/* The retry timer starts again with the ConnectRequest, and then from the challenge (protocol 6.2). */
static void test_retry_timer(void **state)
{
    (void)state;
    peer_init(&peer, false, 13);
    peer_start_client(&peer);
    peer_wait(&peer, 300 * MILLISECOND);
    peer_reply_to_challenge(&peer, 0);
    assert_int_equal(peer.heard_count, 2);
    peer_wait(&peer, 499 * MILLISECOND);
    assert_int_equal(peer.heard_count, 2);
    peer_wait(&peer, MILLISECOND);
    assert_int_equal(peer.heard_count, 3);
    peer_heard(&peer, CONTROL_CHALLENGE_REQUEST);
    /* Each reply is answered with a ConnectRequest, the same but for the time. */
    peer_reply_to_challenge(&peer, 0);
    peer_heard(&peer, CONTROL_CONNECT_REQUEST);
    assert_int_equal(peer.heard[3].length, peer.heard[1].length);
}

/* Accepted and closed in one breath: nothing but the close is said. */
static void test_acceptance_withdrawn(void **state)
{
    (void)state;
    peer_init(&peer, true, 13);
    peer_request(&peer);
    assert_int_equal(connection_accept(peer_real(&peer), peer.now), k_EResultOK);
    connection_close(peer_real(&peer), 1200, "no", false, peer.now);
    peer_listen(&peer);
    assert_int_equal(peer.heard_count, 1);
    assert_int_equal(peer_heard(&peer, CONTROL_CONNECTION_CLOSED).connection_closed.reason, 1200);
}

/* Facing a client, each of these ends the attempt at once. */
static void test_bad_servers(void **state)
{
    static const struct {
        struct mischief mischief;
        int reason;
        int allow; /* IP_AllowWithoutAuth */
    } cases[] = {
        {{.no_server_id = true}, 4002, 2},
        {{.server_id = 0x12340000}, 4002, 2},
        {{.no_certificate = true}, 4002, 2},
        {{.no_crypt = true}, 4002, 2},
        {{.no_crypt_info = true}, 4002, 2},
        {{.unreadable_certificate = true}, 4002, 2},
        {{.unreadable_crypt = true}, 4002, 2},
        {{.bad_signature = true}, 4002, 2},
        {{.short_signature = true}, 4002, 2},
        {{.low_order_key = true}, 4002, 2},
        {{.short_key = true}, 4002, 2},
        {{.kind = 2}, 4002, 2},
        {{.ciphers = {1}, .cipher_count = 1}, 4002, 2}, /* not offered */
        {{.ciphers = {3}, .cipher_count = 1}, 4002, 2},
        {{.ciphers = {0}, .cipher_count = 1}, 4002, 2},
        {{.ciphers = {2, 1}, .cipher_count = 2}, 4002, 2},
        {{.cipher_count = -1}, 4002, 2},
        {{.app_id = 480}, 4003, 2},
        {{.no_apps = true}, 4003, 2},
        {{.identity = "str:peer"}, 4003, 0}, /* unsigned, and signatures are required */
        {{.crypt_version = 7}, 4006, 2},
        {{.crypt_version = 12}, 4006, 2}, /* not what it announced */
        {{.no_crypt_version = true}, 4006, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct credentials *credentials = NULL;
        uint8_t seed[CRYPTO_KEY_SIZE] = {9};

        peer_end(&peer);
        peer_init(&peer, false, 13);
        peer.mischief = cases[i].mischief;
        peer.config.allow_without_auth = cases[i].allow;
        if (cases[i].allow == 0) {
            SteamNetworkingIdentity identity = named("str:real");

            credentials = credentials_self_issued(seed, &identity, 0); /* something to present is needed */
            peer.endpoint->credentials = credentials;
        }
        peer_shake(&peer);
        if (connection_state(peer_real(&peer)) != STATE_PROBLEM)
            fail_msg("case %zu: state %d", i, connection_state(peer_real(&peer)));
        check_problem(cases[i].reason, !cases[i].mischief.no_server_id && !cases[i].mischief.server_id &&
                                           !cases[i].mischief.unreadable_certificate);
        /* And stays so. */
        peer_wait(&peer, MINUTE);
        assert_int_equal(connection_state(peer_real(&peer)), STATE_PROBLEM);
    }
}

/* These are not believed, and not told either: the client goes on trying until its time is over. */
static void test_ignored_servers(void **state)
{
    static const struct {
        struct mischief mischief;
        const char *expected;
        int allow;
    } cases[] = {
        {{.client_id = 0x99999999}, NULL, 2},
        {{.identity = "str:mallory"}, "str:peer", 2},
        {{.nameless = true, .no_apps = true}, "str:peer", 2},
        {{.nameless = true, .identity_text = "NOT AN IDENTITY"}, NULL, 2},
        {{.nameless = true, .identity_text = "ip:192.0.2.1"}, NULL, 2}, /* not in the certificate */
        {{.nameless = true}, NULL, 0},
        {{.identity = "ip:::1"}, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t datagram[DATAGRAM_MAXIMUM], seed[CRYPTO_KEY_SIZE] = {9};
        SteamNetworkingIdentity identity = named("str:real");

        peer_end(&peer);
        peer_init(&peer, false, 13);
        if (cases[i].expected)
            peer.expected = named(cases[i].expected);
        peer.config.allow_without_auth = cases[i].allow;
        if (cases[i].allow == 0)
            peer.endpoint->credentials = credentials_self_issued(seed, &identity, 0);
        peer_start_client(&peer);
        peer_reply_to_challenge(&peer, 0);
        peer.mischief = cases[i].mischief;
        peer_say(&peer, datagram, peer_connect_ok(&peer, datagram, sizeof datagram));
        if (connection_state(peer_real(&peer)) != STATE_CONNECTING)
            fail_msg("case %zu: state %d", i, connection_state(peer_real(&peer)));
        peer_wait(&peer, 9 * SECOND);
        assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTING);
        assert_true(peer.heard_count >= 18);
        peer_wait(&peer, SECOND);
        check_problem(END_TIMED_OUT, false);
    }
}

static void test_servers_identity(void **state)
{
    static const struct {
        struct mischief mischief;
        const char *expected, *seen;
    } cases[] = {
        {{.identity = "str:peer"}, NULL, "str:peer"},
        {{.identity = "str:peer"}, "str:peer", "str:peer"},
        {{.nameless = true}, NULL, "ip:192.0.2.9:1234"},
        {{.identity = "ip:::1"}, NULL, "ip:192.0.2.9:1234"},
        {{.nameless = true, .identity_text = "str:other"}, NULL, "str:other"},
        {{.identity = "ip:192.0.2.1"}, NULL, "ip:192.0.2.1"},
        {{.identity = "str:peer", .identity_text = "str:other"}, NULL, "str:peer"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[IDENTITY_TEXT_SIZE];

        peer_end(&peer);
        peer_init(&peer, false, 13);
        if (cases[i].expected)
            peer.expected = named(cases[i].expected);
        peer.mischief = cases[i].mischief;
        peer_shake(&peer);
        if (connection_state(peer_real(&peer)) != STATE_CONNECTED)
            fail_msg("case %zu: state %d", i, connection_state(peer_real(&peer)));
        identity_print(connection_remote_identity(peer_real(&peer)), text, sizeof text);
        assert_string_equal(text, cases[i].seen);
    }
}

/* Facing a server, these get no connection and no answer. */
static void test_refused_clients(void **state)
{
    static const struct {
        struct mischief mischief;
        int reason;
        int allow;
    } cases[] = {
        {{.no_crypt = true}, 4002, 2},        {{.no_crypt_info = true}, 4002, 2},    {{.bad_signature = true}, 4002, 2},
        {{.short_signature = true}, 4002, 2}, {{.unreadable_crypt = true}, 4002, 2}, {{.app_id = 480}, 4003, 2},
        {{.no_apps = true}, 4003, 2},         {{.identity = "str:peer"}, 4003, 0},   {{.crypt_version = 7}, 4006, 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, true, 13);
        peer.mischief = cases[i].mischief;
        peer.config.allow_without_auth = cases[i].allow;
        peer_request(&peer);
        assert_null(peer_real(&peer));
        assert_int_equal(peer.refuse_reason, cases[i].reason);
    }
}

/* What only the acceptance finds out ends the connection after all. */
static void test_failures_of_acceptance(void **state)
{
    static const struct mischief cases[] = {
        {.low_order_key = true},
        {.short_key = true},
        {.kind = 2},
        {.ciphers = {1}, .cipher_count = 1},
        {.ciphers = {99, 0}, .cipher_count = 2},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, true, 13);
        peer.mischief = cases[i];
        peer_shake(&peer);
        assert_int_equal(peer.accepted, k_EResultHandshakeFailed);
        check_problem(END_REMOTE_BAD_CRYPT, true);
    }
}

/* A certificate is required and there is none to present. */
static void test_nothing_to_present(void **state)
{
    struct connection_parameters parameters;
    char error[128] = "";

    (void)state;
    peer_init(&peer, false, 13);
    peer.config.allow_without_auth = 0;
    parameters = peer_parameters(&peer);
    assert_null(connection_connect(&parameters, peer.now, error));
    assert_true(strlen(error) > 10);
    assert_int_equal(peer.owner.state_count, 0);
    /* On this host the more generous of the two values counts. */
    parameters.remote_address = address_of("127.0.0.1:5");
    peer.owner.connection = connection_connect(&parameters, peer.now, error);
    assert_non_null(peer.owner.connection);
}

/* ---- repeated and strange control messages ----------------------------------------------------------------------- */

static void say_challenge_request(uint32_t client_id)
{
    struct challenge_request request = {.has_client_id = true, .client_id = client_id, .has_version = true};
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer_say(&peer, datagram, challenge_request_encode(&request, datagram, sizeof datagram));
}

static void test_repeated_requests(void **state)
{
    struct heard first;
    struct connect_ok ok;

    (void)state;
    peer_init(&peer, true, 13);
    peer_request(&peer);
    say_challenge_request(PEER_ID);
    assert_int_equal(peer.heard_count, 0); /* undecided: no answer */
    assert_int_equal(connection_accept(peer_real(&peer), peer.now), k_EResultOK);
    peer_listen(&peer);
    first = peer.heard[0];
    ok = peer_heard(&peer, CONTROL_CONNECT_OK).connect_ok;
    assert_int_equal(ok.server_id, REAL_ID);
    peer.now += SECOND;
    say_challenge_request(PEER_ID);
    assert_int_equal(peer.heard_count, 2);
    assert_int_equal(peer.heard[1].length, first.length);
    assert_memory_equal(peer.heard[1].bytes, first.bytes, first.length); /* it carries no time here */
    say_challenge_request(PEER_ID + 1);
    assert_int_equal(peer.heard_count, 2);
}

static void say_connect_request(uint64_t client_time)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer.client_time = client_time;
    peer_say(&peer, datagram, peer_connect_request(&peer, datagram, sizeof datagram));
}

/* The client's time is echoed with the time for which it was held, if that was less than 4 s (protocol 4.4, 6.6). */
static void test_echoed_times(void **state)
{
    struct connect_ok ok;

    (void)state;
    for (int refreshed = 0; refreshed < 2; refreshed++) {
        for (microseconds held = 3999 * MILLISECOND; held <= 4000 * MILLISECOND; held += MILLISECOND) {
            peer_end(&peer);
            peer_init(&peer, true, 13);
            peer.client_time = 111;
            peer_request(&peer);
            if (refreshed) {
                peer.now += 2 * SECOND;
                say_challenge_request(PEER_ID); /* this does not refresh it */
                say_connect_request(222);
            }
            peer.now += held;
            assert_int_equal(connection_accept(peer_real(&peer), peer.now), k_EResultOK);
            peer_listen(&peer);
            ok = peer_heard(&peer, CONTROL_CONNECT_OK).connect_ok;
            assert_int_equal(ok.has_echoed_time, held < 4 * SECOND);
            assert_int_equal(ok.has_delay, held < 4 * SECOND);
            if (ok.has_echoed_time) {
                assert_true(ok.echoed_time == (refreshed ? 222 : 111));
                assert_int_equal(ok.delay_us, held);
            }
            /* A repeated request brings a new time and the same bytes otherwise. */
            peer.now += SECOND;
            say_connect_request(333);
            ok = peer_heard(&peer, CONTROL_CONNECT_OK).connect_ok;
            assert_true(ok.has_echoed_time && ok.echoed_time == 333 && ok.delay_us == 0);
        }
    }
}

static void test_ping_estimate(void **state)
{
    static const uint32_t estimates[] = {1, 40, 1500, 1501, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof estimates / sizeof estimates[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, true, 13);
        peer.ping_estimate_ms = estimates[i];
        peer_request(&peer);
        assert_int_equal(peer_real(&peer)->sender.round_trip.smoothed_ms,
                         estimates[i] <= HANDSHAKE_PING_MAXIMUM_MS ? (int)estimates[i] : -1);
    }
}

static size_t closed_with(uint32_t to_id, uint32_t from_id, uint32_t reason, const char *text, uint8_t *datagram)
{
    struct connection_closed closed = {.has_reason = true, .reason = reason, .to_id = to_id, .from_id = from_id};

    closed.debug = (struct byte_slice){(const uint8_t *)text, strlen(text)};
    return connection_closed_encode(&closed, datagram, DATAGRAM_MAXIMUM);
}

static void say_closed(uint32_t to_id, uint32_t from_id, uint32_t reason, const char *text)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer_say(&peer, datagram, closed_with(to_id, from_id, reason, text, datagram));
}

static void say_no_connection(uint32_t to_id, uint32_t from_id)
{
    struct no_connection message = {.to_id = to_id, .from_id = from_id};
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer_say(&peer, datagram, no_connection_encode(&message, datagram, sizeof datagram));
}

static void begin_connected(void)
{
    peer_end(&peer);
    peer_init(&peer, true, 13);
    peer_shake(&peer);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer.heard_count = 0;
}

/* Which closes count, and what is answered (protocol 7.4). */
static void test_receiving_closes(void **state)
{
    static const struct {
        uint32_t to_id, from_id;
        bool matches;
    } cases[] = {
        {REAL_ID, PEER_ID, true}, {REAL_ID, 0, true},      {REAL_ID, 12345, true},    {0, PEER_ID, true},
        {0, 12345, false},        {12345, PEER_ID, false}, {PEER_ID, REAL_ID, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct no_connection answer;

        begin_connected();
        say_closed(cases[i].to_id, cases[i].from_id, 7777, "goodbye");
        assert_int_equal(connection_state(peer_real(&peer)), cases[i].matches ? STATE_CLOSED_BY_PEER : STATE_CONNECTED);
        assert_int_equal(peer.heard_count, 1);
        answer = peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection;
        assert_int_equal(answer.from_id, cases[i].to_id);
        assert_int_equal(answer.to_id, cases[i].from_id);
        if (cases[i].matches) {
            SteamNetConnectionInfo_t info;

            memset(&info, 0, sizeof info);
            connection_fill_info(peer_real(&peer), &info);
            assert_int_equal(info.m_eEndReason, 7777); /* unchanged, whatever it means */
            assert_string_equal(info.m_szEndDebug, "goodbye");
            /* The first one counts; each is answered. */
            say_closed(REAL_ID, PEER_ID, 1000, "again");
            connection_fill_info(peer_real(&peer), &info);
            assert_int_equal(info.m_eEndReason, 7777);
            assert_int_equal(peer.heard_count, 2);
        } else {
            /* Strays are answered four times a second at most. */
            say_closed(cases[i].to_id, cases[i].from_id, 7777, "goodbye");
            assert_int_equal(peer.heard_count, 1);
            peer.now += 250 * MILLISECOND;
            say_closed(cases[i].to_id, cases[i].from_id, 7777, "goodbye");
            assert_int_equal(peer.heard_count, 2);
        }
    }
    begin_connected();
    say_closed(0, 0, 1000, "who am I"); /* an answer would have nothing in it */
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    assert_int_equal(peer.heard_count, 0);
    say_closed(REAL_ID, PEER_ID, 0, "");
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CLOSED_BY_PEER);
    assert_true(strlen(peer.owner.states[peer.owner.state_count - 1].text) > 5);
    assert_int_equal(peer.owner.states[peer.owner.state_count - 1].reason, 0);
}

static void test_receiving_no_connection(void **state)
{
    static const struct {
        uint32_t to_id, from_id;
        bool counts;
    } cases[] = {{REAL_ID, PEER_ID, true}, {REAL_ID, 0, false}, {0, PEER_ID, false}, {0, 0, false},
                 {REAL_ID, 5, false},      {5, PEER_ID, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin_connected();
        say_no_connection(cases[i].to_id, cases[i].from_id);
        assert_int_equal(connection_state(peer_real(&peer)), cases[i].counts ? STATE_CLOSED_BY_PEER : STATE_CONNECTED);
        assert_int_equal(peer.heard_count, 0); /* never answered */
    }
    begin_connected();
    say_no_connection(REAL_ID, PEER_ID);
    assert_int_equal(peer.owner.states[peer.owner.state_count - 1].reason, END_PEER_SENT_NO_CONNECTION);

    /* While lingering, too, it is not answered. */
    begin_connected();
    for (int i = 0; i < 2; i++) {
        struct message *message = pattern_message(1, 500, k_nSteamNetworkingSend_Reliable, 0);
        int64_t number;

        assert_int_equal(connection_send_message(peer_real(&peer), message, peer.now, &number), k_EResultOK);
    }
    connection_close(peer_real(&peer), 0, NULL, true, peer.now);
    peer_listen(&peer);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_LINGER);
    peer.heard_count = 0;
    say_no_connection(REAL_ID, PEER_ID);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_FIN_WAIT);
    assert_int_equal(peer.heard_count, 0);
}

/* As long as the server's id is not known, only our own id proves anything. */
static void test_closes_before_the_connection(void **state)
{
    static const struct {
        uint32_t to_id, from_id;
        bool counts;
    } cases[] = {{0, 0, false}, {0, PEER_ID, false}, {PEER_ID, 0, false}, {REAL_ID, 0, true}, {REAL_ID, PEER_ID, true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, false, 13);
        peer_start_client(&peer);
        say_closed(cases[i].to_id, cases[i].from_id, 1000, "go away");
        assert_int_equal(connection_state(peer_real(&peer)), cases[i].counts ? STATE_CLOSED_BY_PEER : STATE_CONNECTING);
    }
    /* NoConnection proves nothing at all. */
    for (size_t i = 1; i < sizeof cases / sizeof cases[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, false, 13);
        peer_start_client(&peer);
        say_no_connection(cases[i].to_id, cases[i].from_id);
        assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTING);
    }
}

/* What ended connections answer to whatever still comes (protocol 7.3). */
static void test_answers_of_ended_connections(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        enum control_kind answer = how < 2 ? CONTROL_CONNECTION_CLOSED : CONTROL_NO_CONNECTION;
        uint8_t garbage[60] = {0x80, 0x22, 0x22, 0x11, 0x11, 0xff, 0x00, 1, 2, 3};

        begin_connected();
        if (how == 0)
            connection_close(peer_real(&peer), 1005, "over", false, peer.now);
        else if (how == 1)
            connection_fail(peer_real(&peer), 3005, "broken", peer.now);
        else
            say_closed(REAL_ID, PEER_ID, 1000, "bye");
        peer_listen(&peer);
        if (how == 3) {
            connection_close(peer_real(&peer), 0, NULL, false, peer.now);
            peer_listen(&peer);
        }
        assert_int_equal(peer.heard_count, how == 3 ? 2 : 1);
        peer_heard(&peer, answer);

        /* A data packet with the right id, readable or not. */
        peer.now += SECOND;
        peer.heard_count = 0;
        peer_say(&peer, garbage, sizeof garbage);
        assert_int_equal(peer.heard_count, 1);
        if (how < 2) {
            struct connection_closed closed = peer_heard(&peer, CONTROL_CONNECTION_CLOSED).connection_closed;

            assert_int_equal(closed.reason, how == 0 ? 1005 : 3005);
            assert_int_equal(closed.to_id, PEER_ID);
            assert_int_equal(closed.from_id, REAL_ID);
        } else {
            struct no_connection none = peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection;

            assert_int_equal(none.from_id, REAL_ID);
            assert_int_equal(none.to_id, PEER_ID);
        }
        /* A request for a challenge by the same client; not by another one. */
        peer.now += SECOND;
        peer.heard_count = 0;
        say_challenge_request(PEER_ID);
        assert_int_equal(peer.heard_count, 1);
        peer_heard(&peer, answer);
        peer.now += SECOND;
        say_challenge_request(PEER_ID + 1);
        assert_int_equal(peer.heard_count, 1);
        /* Another close is answered with NoConnection, NoConnection with nothing. */
        peer.heard_count = 0;
        say_closed(REAL_ID, PEER_ID, 1000, "bye");
        peer_heard(&peer, CONTROL_NO_CONNECTION);
        peer.heard_count = 0;
        say_no_connection(REAL_ID, PEER_ID);
        assert_int_equal(peer.heard_count, 0);
        /* A wrong id is answered as anywhere. */
        peer.now += SECOND;
        garbage[1] ^= 1;
        peer_say(&peer, garbage, sizeof garbage);
        assert_int_equal(peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection.from_id, REAL_ID ^ 1);
        assert_int_equal(peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection.to_id, 0);
    }
}

/* Messages that have no business here. */
static void test_messages_for_the_other_role(void **state)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t length;
    uint64_t drops;

    (void)state;
    begin_connected(); /* the real one is the server */
    drops = peer_real(&peer)->statistics.drops.count[DROP_WRONG_STATE];
    peer_reply_to_challenge(&peer, 0);
    assert_true(peer_real(&peer)->statistics.drops.count[DROP_WRONG_STATE] == drops + 1);
    assert_int_equal(peer.heard_count, 0);
    length =
        connect_ok_encode(&(struct connect_ok){.has_client_id = true, .client_id = REAL_ID}, datagram, sizeof datagram);
    peer_say(&peer, datagram, length);
    assert_int_equal(peer.heard_count, 0);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);

    peer_end(&peer);
    peer_init(&peer, false, 13);
    peer_shake(&peer);
    peer.heard_count = 0;
    say_challenge_request(REAL_ID);
    assert_int_equal(peer.heard_count, 0);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
}

/* An echoed time is the peer's to choose, so it may be anything. */
static void test_absurd_times(void **state)
{
    static const uint64_t times[] = {1, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX,
                                     (uint64_t)INT64_MAX + 1000000001};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        peer_end(&peer);
        peer_init(&peer, false, 13);
        peer_start_client(&peer);
        peer_reply_to_challenge(&peer, times[i]);
        assert_int_equal(peer_real(&peer)->sender.round_trip.sample_count, 0);
        peer_heard(&peer, CONTROL_CONNECT_REQUEST);
    }
}

/* ---- data packets ------------------------------------------------------------------------------------------------ */

static uint64_t dropped_for(enum drop_cause cause)
{
    return peer_real(&peer)->statistics.drops.count[cause];
}

static void test_data_before_the_connection(void **state)
{
    uint8_t garbage[60] = {0x80, 0x22, 0x22, 0x11, 0x11, 0xff, 0x00, 1, 2, 3};

    (void)state;
    peer_init(&peer, false, 13);
    peer_start_client(&peer);
    peer_say(&peer, garbage, sizeof garbage);
    assert_int_equal(peer.heard_count, 1); /* the challenge request only */
    assert_true(dropped_for(DROP_WRONG_STATE) == 1);
}

static void test_dropped_packets(void **state)
{
    uint8_t packet[DATAGRAM_MAXIMUM], copy[DATAGRAM_MAXIMUM];
    size_t length;
    int64_t highest;

    (void)state;
    begin_connected();
    length = peer_packet(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1, packet);
    highest = peer_real(&peer)->window.highest;

    /* One bit wrong anywhere behind the header, or in the number: no effect at all. */
    for (size_t i = 5; i < length; i++) {
        memcpy(copy, packet, length);
        copy[i] ^= 0x20;
        peer_say(&peer, copy, length);
    }
    assert_true(dropped_for(DROP_BAD_SEAL) == length - 5);
    assert_int_equal(peer.owner.received.count, 0);
    assert_true(peer_real(&peer)->window.highest == highest);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    assert_int_equal(peer.heard_count, 0);

    /* Too short for a header, or for a tag. */
    for (size_t shorter = 5; shorter < length; shorter++)
        peer_say(&peer, packet, shorter);
    assert_int_equal(peer.owner.received.count, 0);
    assert_true(dropped_for(DROP_MALFORMED) == 2);

    /* Right, and then again. */
    peer_say(&peer, packet, length);
    assert_int_equal(peer.owner.received.count, 1);
    peer_say(&peer, packet, length);
    assert_int_equal(peer.owner.received.count, 1);
    assert_true(dropped_for(DROP_DUPLICATE_PACKET) == 1);
    assert_int_equal(peer_real(&peer)->statistics.duplicate, 1);

    /* For another connection. */
    packet[1] ^= 1;
    peer_say(&peer, packet, length);
    assert_true(dropped_for(DROP_WRONG_ID) == 1);
    assert_int_equal(peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection.from_id, REAL_ID ^ 1);
}

static void test_jumps(void **state)
{
    (void)state;
    begin_connected();
    peer_send(&peer, 1 + PACKET_JUMP_MAXIMUM, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer_send(&peer, 2 + 2 * PACKET_JUMP_MAXIMUM, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
    check_problem(END_GENERIC, true);
}

static void test_broken_frames(void **state)
{
    (void)state;
    begin_connected();
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer_send(&peer, 0, "\xff", 1);
    check_problem(END_INTERNAL_ERROR, true);
    assert_int_equal(peer.owner.received.count, 1); /* stays readable */
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
}

/* An ack request is honoured within 50 ms, or at once; statistics imply one (protocol 17.5). */
static void test_ack_requests(void **state)
{
    static const struct {
        const char *blob;
        size_t length;
        microseconds within; /* TIME_NEVER: no answer */
    } cases[] = {
        {"\x18\x02", 2, 50 * MILLISECOND}, {"\x18\x06", 2, 0},          {"\x0a\x00", 2, 50 * MILLISECOND},
        {"\x18\x01", 2, TIME_NEVER},       {"\x18\x08", 2, TIME_NEVER}, {"\x18\x04", 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t datagram[DATAGRAM_MAXIMUM];
        struct data_header header = {.connection_id = REAL_ID, .has_statistics = true, .packet_number = 2};
        size_t size;

        begin_connected();
        header.statistics = (struct byte_slice){(const uint8_t *)cases[i].blob, cases[i].length};
        size = data_header_encode(&header, datagram, sizeof datagram);
        assert_true(packet_cipher_seal(&peer.seal, 2, datagram + size, 0));
        peer_say(&peer, datagram, size + PACKET_TAG_SIZE);
        if (cases[i].within != 0) {
            assert_int_equal(peer.heard_count, 0);
            peer_wait(&peer, 50 * MILLISECOND - 1);
            assert_int_equal(peer.heard_count, 0);
            peer_wait(&peer, 1);
        }
        assert_int_equal(peer.heard_count, cases[i].within != TIME_NEVER);
        if (peer.heard_count > 0) {
            struct opened opened = peer_open(&peer, 0);

            assert_int_equal(opened.payload[2], 0x98);
            assert_int_equal(opened.payload[3], 2);
        }
    }
    /* A blob that cannot be read costs the packet. */
    {
        uint8_t datagram[DATAGRAM_MAXIMUM];
        struct data_header header = {
            .connection_id = REAL_ID, .has_statistics = true, .statistics = {(const uint8_t *)"\xff", 1}};

        begin_connected();
        header.packet_number = 2;
        peer_say(&peer, datagram, data_header_encode(&header, datagram, sizeof datagram) + PACKET_TAG_SIZE);
        assert_true(dropped_for(DROP_MALFORMED) == 1);
    }
}

/* Much reliable data is acknowledged before 50 ms are over, every so many packets. */
static void test_acks_under_load(void **state)
{
    int64_t position = 1;

    (void)state;
    begin_connected();
    for (int i = 1; i <= 2 * RELIABLE_PACKETS_PER_ACK; i++) {
        uint8_t payload[11] = {0x57, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'};

        store_u48(payload + 1, (uint64_t)position);
        position += 4;
        peer.now += 100;
        peer_send(&peer, 0, payload, sizeof payload);
        assert_int_equal(peer.heard_count, i / RELIABLE_PACKETS_PER_ACK);
    }
}

/* After acks with negative blocks the peer soon hears the new stop-waiting value; after something that could not be
 * kept, what it has to send again (protocol 13.6, 15.3). */
static void test_other_reasons_to_answer(void **state)
{
    (void)state;
    for (int blocks = 0; blocks <= 2; blocks++) {
        uint8_t payload[7] = {0x98, 6, 0, 0xff, 0xff, 0x11, 0x11};

        begin_connected();
        for (int i = 0; i < 5; i++) {
            struct message *message = pattern_message(1, 10, k_nSteamNetworkingSend_NoNagle, 0);
            int64_t number;

            assert_int_equal(connection_send_message(peer_real(&peer), message, peer.now, &number), k_EResultOK);
            peer_listen(&peer);
            peer.now += 20 * MILLISECOND;
        }
        peer.heard_count = 0;
        payload[0] |= (uint8_t)blocks;
        peer_send(&peer, 0, payload, 5 + (size_t)blocks);
        peer_wait(&peer, 124 * MILLISECOND);
        assert_int_equal(peer.heard_count, 0);
        peer_wait(&peer, 2 * MILLISECOND);
        assert_int_equal(peer.heard_count, blocks == 2);
        peer_wait(&peer, 125 * MILLISECOND);
        assert_int_equal(peer.heard_count, blocks > 0);
    }
    begin_connected();
    peer.owner.received.capacity = 0;
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, 209 * MILLISECOND);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, MILLISECOND);
    assert_int_equal(peer.heard_count, 1); /* 2 * (100 + 5) ms: the round trip is not known */
}

/* Reliable data is acknowledged within 50 ms, a gap is reported by itself after 3 ms (protocol 15.3). */
static void test_prompt_acks(void **state)
{
    struct opened opened;

    (void)state;
    begin_connected();
    peer_send(&peer, 2, "\x57\x01\0\0\0\0\0\3abc", 11);
    peer_wait(&peer, 49 * MILLISECOND);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, MILLISECOND);
    assert_int_equal(peer.heard_count, 1);

    begin_connected();
    peer_send(&peer, 4, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, 3 * MILLISECOND - 1);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, 1);
    assert_int_equal(peer.heard_count, 1);
    opened = peer_open(&peer, 0);
    assert_int_equal(opened.payload[2], 0x99);
    assert_int_equal(opened.payload[3], 4);
    assert_int_equal(opened.payload[7], 0x12); /* one received, two missing */
    /* Unreliable data alone is not worth an ack. */
    begin_connected();
    peer_send(&peer, 2, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, SECOND);
    assert_int_equal(peer.heard_count, 0);
}

/* ---- noise ------------------------------------------------------------------------------------------------------- */

/* Everything that was ever said, changed at random, in every state: never more than an answer, and with encryption no
 * data is believed. */
static void test_noise(void **state)
{
    static uint8_t spoken[8][DATAGRAM_MAXIMUM];
    size_t lengths[8];
    int ended = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random_generator random;
        int role = (int)(seed % 2), count = 0;

        random_generator_init(&random, seed);
        peer_end(&peer);
        peer_init(&peer, role, 13);
        if (seed % 3 == 0 && role == 0)
            peer_start_client(&peer);
        else if (seed % 3 == 0)
            peer_request(&peer);
        else
            peer_shake(&peer);
        for (int i = 0; i < peer.heard_count && count < 4; i++) {
            memcpy(spoken[count], peer.heard[i].bytes, peer.heard[i].length);
            lengths[count++] = peer.heard[i].length;
        }
        lengths[count] = closed_with(REAL_ID, PEER_ID, 1000, "bye", spoken[count]);
        count++;
        lengths[count] = no_connection_encode(&(struct no_connection){.to_id = REAL_ID, .from_id = PEER_ID},
                                              spoken[count], DATAGRAM_MAXIMUM);
        count++;
        if (peer.cipher) {
            lengths[count] = peer_packet(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1, spoken[count]);
            count++;
        }
        for (int i = 0; i < 600; i++) {
            uint8_t datagram[DATAGRAM_MAXIMUM + 50] = {0};
            int which = (int)random_below(&random.source, (uint64_t)count);
            size_t length = lengths[which];

            memcpy(datagram, spoken[which], length);
            for (uint64_t k = 1 + random_below(&random.source, 4); k > 0; k--)
                datagram[random_below(&random.source, random_below(&random.source, 2) ? 24 : length)] ^=
                    (uint8_t)(1 + random_below(&random.source, 255));
            if (random_below(&random.source, 8) == 0)
                length = 1 + random_below(&random.source, sizeof datagram - 1);
            peer.heard_count = 0;
            peer_say(&peer, datagram, length);
            assert_true(peer.heard_count <= 2);
            peer_wait(&peer, (microseconds)random_below(&random.source, 5 * MILLISECOND));
            assert_int_equal(peer.owner.received.count, 0);
        }
        ended += connection_is_closing(peer_real(&peer));
    }
    assert_true(ended > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_versions),
        TEST(test_lanes_before_an_old_peer),
        TEST(test_too_old_servers),
        TEST(test_too_old_clients),
        TEST(test_acceptance_without_challenge),
        TEST(test_one_request_for_a_challenge),
        TEST(test_retry_timer),
        TEST(test_acceptance_withdrawn),
        TEST(test_bad_servers),
        TEST(test_ignored_servers),
        TEST(test_servers_identity),
        TEST(test_refused_clients),
        TEST(test_failures_of_acceptance),
        TEST(test_nothing_to_present),
        TEST(test_repeated_requests),
        TEST(test_echoed_times),
        TEST(test_ping_estimate),
        TEST(test_receiving_closes),
        TEST(test_closes_before_the_connection),
        TEST(test_receiving_no_connection),
        TEST(test_answers_of_ended_connections),
        TEST(test_messages_for_the_other_role),
        TEST(test_absurd_times),
        TEST(test_data_before_the_connection),
        TEST(test_dropped_packets),
        TEST(test_jumps),
        TEST(test_broken_frames),
        TEST(test_ack_requests),
        TEST(test_acks_under_load),
        TEST(test_other_reasons_to_answer),
        TEST(test_prompt_acks),
        TEST(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
