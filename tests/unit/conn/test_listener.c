/*
 * A listening socket and strangers (protocol 3.3, 6.3, 6.4, 7.4): each reason to drop a datagram, no state before the
 * challenge came back, and never an answer longer than the question.
 */
#include "ends.h"

#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "conn/listener.h"

static struct listener listener;
static struct random_generator random_source;
static struct listener_result result;
static SteamNetworkingIPAddr client_address;
static microseconds now;

struct datagram {
    size_t length;
    uint8_t bytes[DATAGRAM_MAXIMUM + 100];
};

static int begin(void **state)
{
    (void)state;
    random_generator_init(&random_source, 17);
    listener_init(&listener, &random_source.source);
    client_address = address_of("203.0.113.7:31000");
    now = 100 * SECOND;
    return 0;
}

static enum listener_verdict hear(const struct datagram *datagram, bool allow_anonymous)
{
    static uint8_t *kept; /* results point into it */
    enum listener_verdict verdict;

    free(kept);
    kept = malloc(datagram->length > 0 ? datagram->length : 1);
    assert_non_null(kept);
    memcpy(kept, datagram->bytes, datagram->length);
    verdict = listener_receive(&listener, &client_address, kept, datagram->length, allow_anonymous, now, &result);
    assert_true(result.reply_length <= datagram->length);
    assert_true(result.reply_length < DATAGRAM_PADDED_MINIMUM);
    assert_true(result.reply_length == 0 || result.reply_length >= DATAGRAM_MINIMUM);
    assert_int_equal(verdict == LISTENER_REPLY, result.reply_length > 0);
    if (verdict != LISTENER_CONNECT) {
        free(kept);
        kept = NULL;
    }
    return verdict;
}

static uint64_t dropped_in_all(void)
{
    uint64_t sum = 0;

    for (int cause = 0; cause < DROP_CAUSES; cause++)
        sum += listener.drops.count[cause];
    return sum;
}

/* It is dropped, counted once under this cause, and nothing else of the listener changes. */
static void check_dropped(const struct datagram *datagram, bool allow_anonymous, enum drop_cause cause)
{
    struct listener before = listener;

    if (hear(datagram, allow_anonymous) != LISTENER_DROP ||
        listener.drops.count[cause] != before.drops.count[cause] + 1)
        fail_msg("it is not dropped for cause %d", cause);
    before.drops.count[cause]++;
    if (cause == DROP_BAD_IDENTITY || cause == DROP_ANONYMOUS_REFUSED)
        before.limits = listener.limits; /* what is found out later has counted by then */
    assert_memory_equal(&listener, &before, sizeof listener);
}

/* ---- datagrams --------------------------------------------------------------------------------------------------- */

static struct datagram challenge_request(uint32_t client_id)
{
    struct challenge_request request = {.has_client_id = true,
                                        .has_client_time = true,
                                        .has_version = true,
                                        .client_id = client_id,
                                        .client_time = 424242,
                                        .version = PROTOCOL_VERSION};
    struct datagram datagram;

    datagram.length = challenge_request_encode(&request, datagram.bytes, sizeof datagram.bytes);
    assert_int_equal(datagram.length, DATAGRAM_PADDED_MINIMUM);
    return datagram;
}

static uint64_t own_challenge(void)
{
    struct datagram request = challenge_request(5);
    struct control_message reply;

    assert_int_equal(hear(&request, true), LISTENER_REPLY);
    assert_int_equal(control_decode(result.reply, result.reply_length, &reply), CONTROL_OK);
    return reply.challenge_reply.challenge;
}

/* What a client says of itself. */
struct claim {
    const char *in_certificate; /* NULL: the certificate names nobody */
    const char *as_text;        /* NULL: no identity field */
    const char *as_legacy;
    uint64_t steam_id;
    uint32_t client_id;
};

static struct datagram connect_request(struct claim claim, uint64_t challenge)
{
    static uint8_t body[CERTIFICATE_BODY_SIZE], crypt[4] = {1, 2, 3, 4}, legacy[64];
    uint8_t key[CRYPTO_KEY_SIZE];
    SteamNetworkingIdentity identity;
    uint32_t app = 0;
    struct certificate_grant grant = {.key = key, .apps = &app, .app_count = 1};
    struct connect_request request = {.has_client_id = true,
                                      .has_challenge = challenge != 0,
                                      .has_certificate = true,
                                      .has_crypt = true,
                                      .client_id = claim.client_id,
                                      .challenge = challenge};
    struct datagram datagram;

    memset(key, 3, sizeof key);
    if (claim.in_certificate) {
        identity = named(claim.in_certificate);
        grant.identity = &identity;
    }
    request.certificate = (struct signed_certificate){
        .has_body = true, .body = {body, certificate_issue_body(&grant, body, sizeof body)}};
    assert_true(request.certificate.body.length > 0);
    request.crypt = (struct signed_crypt){
        .has_info = true, .has_signature = true, .info = {crypt, sizeof crypt}, .signature = {crypt, sizeof crypt}};
    if (claim.as_text) {
        request.identity.has_text = true;
        request.identity.text = (struct byte_slice){(const uint8_t *)claim.as_text, strlen(claim.as_text)};
    }
    if (claim.as_legacy) {
        SteamNetworkingIdentity old = named(claim.as_legacy);

        request.identity.has_legacy = true;
        request.identity.legacy =
            (struct byte_slice){legacy, (size_t)identity_legacy_encode(&old, legacy, sizeof legacy)};
    }
    request.identity.has_steam_id = claim.steam_id != 0;
    request.identity.steam_id = claim.steam_id;
    datagram.length = connect_request_encode(&request, datagram.bytes, sizeof datagram.bytes);
    assert_true(datagram.length > 0);
    return datagram;
}

static struct datagram of_bytes(const char *bytes, size_t length, size_t padded_to)
{
    struct datagram datagram;

    memset(&datagram, 0, sizeof datagram);
    memcpy(datagram.bytes, bytes, length);
    datagram.length = padded_to > length ? padded_to : length;
    return datagram;
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_challenge(void **state)
{
    struct datagram request = challenge_request(0x1234);
    struct control_message reply;

    (void)state;
    assert_int_equal(hear(&request, false), LISTENER_REPLY);
    assert_int_equal(control_decode(result.reply, result.reply_length, &reply), CONTROL_OK);
    assert_int_equal(reply.kind, CONTROL_CHALLENGE_REPLY);
    assert_int_equal(reply.challenge_reply.client_id, 0x1234);
    assert_true(reply.challenge_reply.echoed_time == 424242);
    assert_int_equal(reply.challenge_reply.version, PROTOCOL_VERSION);
    assert_true(dropped_in_all() == 0);

    /* The low half alone is no rule for a client's id; zero is. */
    request = challenge_request(0x10000);
    assert_int_equal(hear(&request, false), LISTENER_REPLY);
}

static void test_causes_of_dropping(void **state)
{
    static const struct {
        const char *bytes;
        size_t length, padded_to;
        enum drop_cause cause;
    } cases[] = {
        {"", 0, 0, DROP_TOO_SHORT},
        {"\x20\0\0\0", 4, 4, DROP_TOO_SHORT},
        {"\x20", 1, DATAGRAM_MAXIMUM + 1, DROP_TOO_LONG},
        {"\x80\1\2\3\4\5\6", 7, 7, DROP_NO_CONNECTION},
        {"\xff\xff\xff\xff\x54", 5, 30, DROP_NO_CONNECTION},
        {"\x26\0\0\0\0", 5, 5, DROP_UNKNOWN_MESSAGE},
        {"\x00\1\0\0\0", 5, 20, DROP_UNKNOWN_MESSAGE},
        {"\x20\x05\0\x0d\x05\0\0\0", 8, DATAGRAM_PADDED_MINIMUM - 1, DROP_MALFORMED},
        {"\x20\0\0", 3, DATAGRAM_PADDED_MINIMUM, DROP_MALFORMED},
        {"\x20\xfe\x01", 3, DATAGRAM_PADDED_MINIMUM, DROP_MALFORMED},           /* one byte more than there is */
        {"\x20\x05\0\x0d\0\0\0\0", 8, DATAGRAM_PADDED_MINIMUM, DROP_MALFORMED}, /* client id 0 */
        {"\x20\x02\0\x20\x0d", 5, DATAGRAM_PADDED_MINIMUM, DROP_MALFORMED},     /* no client id */
        {"\x22\xff\xff\xff\xff\xff", 6, 6, DROP_MALFORMED},
        {"\x21\x0d\x05\0\0\0", 6, 6, DROP_UNKNOWN_MESSAGE},
        {"\x23\x0d\x05\0\0\0", 6, 6, DROP_UNKNOWN_MESSAGE},
        {"\x25\x15\x05\0\0\0", 6, 6, DROP_UNKNOWN_MESSAGE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct datagram datagram = of_bytes(cases[i].bytes, cases[i].length, cases[i].padded_to);

        check_dropped(&datagram, true, cases[i].cause);
    }
}

static void test_connect_requests(void **state)
{
    static const struct {
        struct claim claim;
        bool allow_anonymous;
        const char *identity; /* NULL: dropped */
        enum drop_cause cause;
    } cases[] = {
        {{.in_certificate = "str:alice", .client_id = 9}, false, "str:alice", 0},
        {{.in_certificate = "str:alice", .as_text = "str:mallory", .client_id = 9}, false, "str:alice", 0},
        {{.as_text = "str:alice", .as_legacy = "str:old", .steam_id = 1, .client_id = 9}, false, "str:alice", 0},
        {{.as_legacy = "str:old", .steam_id = 76561197960265729, .client_id = 9}, false, "str:old", 0},
        {{.steam_id = 76561197960265729, .client_id = 9}, false, "steamid:76561197960265729", 0},
        {{.in_certificate = "ip:192.0.2.1", .client_id = 9}, false, "ip:192.0.2.1", 0},
        {{.client_id = 9}, true, "ip:203.0.113.7:31000", 0},
        {{.in_certificate = "ip:::1", .client_id = 9}, true, "ip:203.0.113.7:31000", 0},
        {{.as_text = "ip:127.0.0.1:5", .client_id = 9}, true, "ip:203.0.113.7:31000", 0},
        {{.client_id = 9}, false, NULL, DROP_ANONYMOUS_REFUSED},
        {{.in_certificate = "ip:::1", .client_id = 9}, false, NULL, DROP_ANONYMOUS_REFUSED},
        {{.as_text = "ip:192.0.2.1", .client_id = 9}, true, NULL, DROP_BAD_IDENTITY},
        {{.as_text = "NOT AN IDENTITY", .as_legacy = "str:old", .client_id = 9}, true, NULL, DROP_BAD_IDENTITY},
        {{.in_certificate = "str:alice", .client_id = 0}, true, NULL, DROP_MALFORMED},
    };
    uint64_t challenge = own_challenge();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct datagram datagram = connect_request(cases[i].claim, challenge);
        char text[IDENTITY_TEXT_SIZE];

        if (!cases[i].identity) {
            check_dropped(&datagram, cases[i].allow_anonymous, cases[i].cause);
            continue;
        }
        if (hear(&datagram, cases[i].allow_anonymous) != LISTENER_CONNECT)
            fail_msg("case %zu is dropped", i);
        identity_print(&result.identity, text, sizeof text);
        assert_string_equal(text, cases[i].identity);
        assert_int_equal(result.request.client_id, 9);
        assert_int_equal(result.request.crypt.info.length, 4);
    }
}

static void test_bad_challenges(void **state)
{
    uint64_t challenge = own_challenge();
    struct claim claim = {.in_certificate = "str:alice", .client_id = 9};
    struct datagram wrong = connect_request(claim, challenge ^ 0x10000), right = connect_request(claim, challenge),
                    none = connect_request(claim, 0);

    (void)state;
    check_dropped(&wrong, true, DROP_BAD_CHALLENGE);
    check_dropped(&none, true, DROP_MALFORMED);
    assert_int_equal(hear(&right, true), LISTENER_CONNECT);
    client_address.m_port++;
    check_dropped(&right, true, DROP_BAD_CHALLENGE);
    client_address.m_port--;
    now += 3 * SECOND;
    assert_int_equal(hear(&right, true), LISTENER_CONNECT);
    now += 3 * SECOND;
    check_dropped(&right, true, DROP_BAD_CHALLENGE);
}

static void test_closes_are_answered_now_and_then(void **state)
{
    struct connection_closed closed = {.has_reason = true, .reason = 1000, .to_id = 77, .from_id = 88};
    struct control_message reply;
    struct datagram datagram;

    (void)state;
    datagram.length = connection_closed_encode(&closed, datagram.bytes, sizeof datagram.bytes);
    assert_int_equal(hear(&datagram, true), LISTENER_REPLY);
    assert_int_equal(control_decode(result.reply, result.reply_length, &reply), CONTROL_OK);
    assert_int_equal(reply.kind, CONTROL_NO_CONNECTION);
    assert_int_equal(reply.no_connection.from_id, 77);
    assert_int_equal(reply.no_connection.to_id, 88);
    now += 999 * MILLISECOND;
    check_dropped(&datagram, true, DROP_ADDRESS_LIMIT);
    now += MILLISECOND;
    assert_int_equal(hear(&datagram, true), LISTENER_REPLY);
    client_address = address_of("203.0.113.8:31000"); /* it is not the other one's fault, */
    check_dropped(&datagram, true, DROP_TOTAL_LIMIT); /* but 40 a second are enough */
    now += 25 * MILLISECOND;
    assert_int_equal(hear(&datagram, true), LISTENER_REPLY);
    /* An answer without any id would be no datagram. */
    now += SECOND;
    closed.to_id = closed.from_id = 0;
    datagram.length = connection_closed_encode(&closed, datagram.bytes, sizeof datagram.bytes);
    check_dropped(&datagram, true, DROP_MALFORMED);
}

/* Mutations of everything valid: an answer is never longer than the question, and nothing piles up. */
static void test_mutations(void **state)
{
    uint64_t challenge = own_challenge();
    struct connection_closed closed = {.has_reason = true, .reason = 1000, .to_id = 77, .from_id = 88};
    struct datagram base[3];
    int verdicts[3] = {0};

    (void)state;
    base[0] = challenge_request(0x1234);
    base[1] = connect_request((struct claim){.in_certificate = "str:alice", .client_id = 9}, challenge);
    base[2].length = connection_closed_encode(&closed, base[2].bytes, sizeof base[2].bytes);
    for (int i = 0; i < 30000; i++) {
        struct datagram datagram = base[i % 3];

        for (uint64_t k = random_below(&random_source.source, 4); k > 0; k--)
            datagram.bytes[random_below(&random_source.source,
                                        random_below(&random_source.source, 2) ? 30 : datagram.length)] =
                (uint8_t)random_below(&random_source.source, 256);
        if (random_below(&random_source.source, 4) == 0)
            datagram.length = random_below(&random_source.source, sizeof datagram.bytes);
        now += (microseconds)random_below(&random_source.source, 100);
        verdicts[hear(&datagram, true)]++;
    }
    assert_true(verdicts[LISTENER_DROP] > 1000);
    assert_true(verdicts[LISTENER_REPLY] > 1000);
    assert_true(verdicts[LISTENER_CONNECT] > 1000);
}

static void test_refusal_of_a_duplicate(void **state)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct connect_request request = {.client_id = 99};
    struct control_message message;
    size_t length = listener_refuse_duplicate(&request, 300, datagram, sizeof datagram);

    (void)state;
    assert_int_equal(control_decode(datagram, length, &message), CONTROL_OK);
    assert_int_equal(message.kind, CONTROL_CONNECTION_CLOSED);
    assert_int_equal(message.connection_closed.reason, END_GENERIC);
    assert_int_equal(message.connection_closed.to_id, 99);
    assert_int_equal(message.connection_closed.from_id, 0);
    assert_true(message.connection_closed.debug.length > 0);
    assert_int_equal(listener_refuse_duplicate(&request, 300, datagram, 100), 0);
    /* Not for a request that is much shorter than the refusal. */
    assert_int_equal(listener_refuse_duplicate(&request, (length - 1) / 3, datagram, sizeof datagram), 0);
    assert_int_equal(listener_refuse_duplicate(&request, (length + 2) / 3, datagram, sizeof datagram), length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_challenge, begin),
        cmocka_unit_test_setup(test_causes_of_dropping, begin),
        cmocka_unit_test_setup(test_connect_requests, begin),
        cmocka_unit_test_setup(test_bad_challenges, begin),
        cmocka_unit_test_setup(test_closes_are_answered_now_and_then, begin),
        cmocka_unit_test_setup(test_mutations, begin),
        cmocka_unit_test_setup(test_refusal_of_a_duplicate, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
