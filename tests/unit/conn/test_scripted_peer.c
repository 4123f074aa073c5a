/*
 * A connection against peers of every version, peers that repeat and confuse control messages, and noise: which reason
 * the connection ends with, or that it does not end (protocol 2, 6, 7, 10.4).
 */
#include "scripted_case.h"

/* ---- versions ---------------------------------------------------------------------------------------------------- */

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
        TEST(test_repeated_requests),
        TEST(test_echoed_times),
        TEST(test_ping_estimate),
        TEST(test_receiving_closes),
        TEST(test_closes_before_the_connection),
        TEST(test_receiving_no_connection),
        TEST(test_answers_of_ended_connections),
        TEST(test_messages_for_the_other_role),
        TEST(test_absurd_times),
        TEST(test_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
