/* A connection against peers whose handshakes break the rules in every way (protocol 6, 7). */
#include "scripted_case.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
