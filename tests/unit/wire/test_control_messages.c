/* Control messages against every recorded one, the padding rules, and what a receiver must tolerate. */

#include "recorded.h"

#include "base/bytes.h"
#include "wire/control_messages.h"

static json_t *vectors;
static int seen[6];

static int load(void **state)
{
    (void)state;
    vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    return 0;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static void check_number(const json_t *fields, const char *name, bool has, uint64_t value)
{
    assert_int_equal(has, json_object_get(fields, name) != NULL);
    if (has)
        assert_true(value == vector_u64(fields, name));
}

static void check_slice(const json_t *fields, const char *name, bool has, struct byte_slice slice)
{
    uint8_t expected[2048];

    assert_int_equal(has, json_object_get(fields, name) != NULL);
    if (has) {
        assert_int_equal(slice.length, vector_bytes(fields, name, expected, sizeof expected));
        assert_memory_equal(slice.data, expected, slice.length);
    }
}

static void check_credentials(const json_t *fields, const struct signed_certificate *certificate,
                              const struct signed_crypt *crypt)
{
    const json_t *cert = vector_member(fields, "cert"), *signed_info = vector_member(fields, "crypt");

    check_slice(cert, "body", certificate->has_body, certificate->body);
    check_slice(cert, "ca_signature", certificate->has_ca_signature, certificate->ca_signature);
    check_slice(cert, "private_key", certificate->has_private_key, certificate->private_key);
    check_number(cert, "ca_key_id", certificate->has_ca_key_id, certificate->ca_key_id);
    check_slice(signed_info, "body", crypt->has_info, crypt->info);
    check_slice(signed_info, "signature", crypt->has_signature, crypt->signature);
}

/* What the certificate's private key adds to a datagram that a deployed peer has sent by mistake (protocol 20.2). */
static bool leaks_private_key(const struct control_message *message)
{
    return (message->kind == CONTROL_CONNECT_REQUEST && message->connect_request.certificate.has_private_key) ||
           (message->kind == CONTROL_CONNECT_OK && message->connect_ok.certificate.has_private_key);
}

static void check_fields(const json_t *fields, const struct control_message *message)
{
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST: {
        const struct challenge_request *m = &message->challenge_request;
        check_number(fields, "connection_id", m->has_client_id, m->client_id);
        check_number(fields, "timestamp", m->has_client_time, m->client_time);
        check_number(fields, "protocol_version", m->has_version, m->version);
        break;
    }
    case CONTROL_CHALLENGE_REPLY: {
        const struct challenge_reply *m = &message->challenge_reply;
        check_number(fields, "connection_id", m->has_client_id, m->client_id);
        check_number(fields, "challenge", m->has_challenge, m->challenge);
        check_number(fields, "echoed_timestamp", m->has_echoed_time, m->echoed_time);
        check_number(fields, "protocol_version", m->has_version, m->version);
        break;
    }
    case CONTROL_CONNECT_REQUEST: {
        const struct connect_request *m = &message->connect_request;
        check_number(fields, "client_connection_id", m->has_client_id, m->client_id);
        check_number(fields, "challenge", m->has_challenge, m->challenge);
        check_number(fields, "timestamp", m->has_client_time, m->client_time);
        check_number(fields, "ping_estimate_ms", m->has_ping_estimate, m->ping_estimate_ms);
        assert_true(m->has_certificate && m->has_crypt);
        check_credentials(fields, &m->certificate, &m->crypt);
        break;
    }
    case CONTROL_CONNECT_OK: {
        const struct connect_ok *m = &message->connect_ok;
        check_number(fields, "client_connection_id", m->has_client_id, m->client_id);
        check_number(fields, "server_connection_id", m->has_server_id, m->server_id);
        check_number(fields, "echoed_timestamp", m->has_echoed_time, m->echoed_time);
        check_number(fields, "reply_delay_us", m->has_delay, m->delay_us);
        assert_true(m->has_certificate && m->has_crypt);
        check_credentials(fields, &m->certificate, &m->crypt);
        break;
    }
    case CONTROL_CONNECTION_CLOSED: {
        const struct connection_closed *m = &message->connection_closed;
        const json_t *debug = json_object_get(fields, "debug");
        check_number(fields, "reason", m->has_reason, m->reason);
        check_number(fields, "to_connection_id", m->to_id != 0, m->to_id);
        check_number(fields, "from_connection_id", m->from_id != 0, m->from_id);
        assert_int_equal(m->debug.length, debug ? json_string_length(debug) : 0);
        if (debug)
            assert_memory_equal(m->debug.data, json_string_value(debug), m->debug.length);
        break;
    }
    case CONTROL_NO_CONNECTION: {
        const struct no_connection *m = &message->no_connection;
        check_number(fields, "to_connection_id", m->to_id != 0, m->to_id);
        check_number(fields, "from_connection_id", m->from_id != 0, m->from_id);
        break;
    }
    }
}

static void check_event(const json_t *event)
{
    static const char *const names[] = {"ChallengeRequest", "ChallengeReply",   "ConnectRequest",
                                        "ConnectOK",        "ConnectionClosed", "NoConnection"};
    struct control_message message;
    uint8_t *datagram, out[DATAGRAM_MAXIMUM];
    size_t length, written;
    int index = 0;

    if (!json_object_get(event, "fields") || recorded_is(event, "stun") || recorded_is(event, "signal"))
        return;
    while (!recorded_is(event, names[index]))
        assert_true(++index < 6);
    datagram = recorded_datagram(event, &length);
    assert_int_equal(control_decode(datagram, length, &message), CONTROL_OK);
    assert_int_equal(message.kind, CONTROL_CHALLENGE_REQUEST + index);
    check_fields(vector_member(event, "fields"), &message);
    seen[index]++;

    written = control_encode(&message, out, sizeof out);
    if (leaks_private_key(&message)) {
        struct control_message again;
        assert_int_equal(written, length - 34);
        assert_int_equal(control_decode(out, written, &again), CONTROL_OK);
        assert_false(leaks_private_key(&again));
    } else {
        assert_int_equal(written, length);
        assert_memory_equal(out, datagram, length);
    }
    /* Nothing is written where it does not fit. */
    assert_int_equal(control_encode(&message, out, written - 1), 0);
    assert_int_equal(control_encode(&message, out, 0), 0);
    free(datagram);
}

static void recorded_messages(void **state)
{
    (void)state;
    recorded_visit(check_event);
    for (int i = 0; i < 6; i++)
        assert_true(seen[i] >= 2);
}

/* The stray datagrams and their answers carry no decoded fields; what they are is said in the notes. */
static void recorded_probes(void **state)
{
    struct control_message message;
    size_t length;
    const json_t *connection, *event;
    size_t i, k, decoded = 0, refused = 0;

    (void)state;
    json_array_foreach(vector_member(vectors, "connections"), i, connection)
    {
        json_array_foreach(vector_member(connection, "events"), k, event)
        {
            const json_t *note = json_object_get(event, "note");
            uint8_t *datagram;
            bool padded_short;

            if (!(recorded_is(event, "raw_probe") || recorded_is(event, "raw_reply")) ||
                !json_is_string(json_object_get(event, "hex")))
                continue;
            datagram = recorded_datagram(event, &length);
            padded_short = note && strstr(json_string_value(note), "511");
            if (datagram[0] & 0x80 || datagram[0] == 0x40) {
                assert_int_equal(control_decode(datagram, length, &message), CONTROL_UNKNOWN);
                refused++;
            } else if (padded_short || length < 5) {
                assert_int_equal(control_decode(datagram, length, &message), CONTROL_MALFORMED);
                refused++;
            } else {
                assert_int_equal(control_decode(datagram, length, &message), CONTROL_OK);
                decoded++;
            }
            free(datagram);
        }
    }
    assert_true(decoded >= 8);
    assert_true(refused >= 5);
}

static void padding_rules(void **state)
{
    static const struct challenge_request request = {.has_client_id = true, .client_id = 7};
    uint8_t datagram[DATAGRAM_MAXIMUM + 1] = {0};
    struct control_message message;

    (void)state;
    assert_int_equal(challenge_request_encode(&request, datagram, sizeof datagram), DATAGRAM_PADDED_MINIMUM);
    assert_int_equal(challenge_request_encode(&request, datagram, DATAGRAM_PADDED_MINIMUM - 1), 0);
    assert_int_equal(load_u16(datagram + 1), 5);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_OK);
    assert_int_equal(message.challenge_request.client_id, 7);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM - 1, &message), CONTROL_MALFORMED);
    assert_int_equal(control_decode(datagram, DATAGRAM_MAXIMUM, &message), CONTROL_OK);
    assert_int_equal(control_decode(datagram, DATAGRAM_MAXIMUM + 1, &message), CONTROL_MALFORMED);
    /* The padding's content does not matter. */
    memset(datagram + 8, 0xff, DATAGRAM_PADDED_MINIMUM - 8);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_OK);
    store_u16(datagram + 1, 0);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_MALFORMED);
    /* A body that fills the datagram: field 1, then one unknown bytes field. */
    store_u16(datagram + 1, DATAGRAM_PADDED_MINIMUM - 3);
    datagram[8] = 15 << 3 | 2;
    datagram[9] = 0xf6;
    datagram[10] = 0x03;
    assert_int_equal(DATAGRAM_PADDED_MINIMUM - 11, 501);
    datagram[9] = 0xf5;
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_OK);
    store_u16(datagram + 1, DATAGRAM_PADDED_MINIMUM - 2);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_MALFORMED);
    store_u16(datagram + 1, 0xffff);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_MALFORMED);
}

static void bodies_of_other_senders(void **state)
{
    /* Unknown fields of every wire type, descending order, a repeated field, a version beyond 32 bits. */
    static const uint8_t odd[] = {0x20, 0x8d, 0x80, 0x80, 0x80, 0x90, 0x02,       /* version 0x20000000d */
                                  0x70, 0x05,                                     /* field 14, varint */
                                  0x71, 1,    2,    3,    4,    5,    6,    7, 8, /* field 14, fixed64 */
                                  0x72, 0x02, 'x',  'y',                          /* field 14, bytes */
                                  0x75, 1,    2,    3,    4,                      /* field 14, fixed32 */
                                  0x0d, 1,    0,    0,    0,    0x0d, 2,    0, 0, 0};
    static const uint8_t wrong_type[] = {0x0d, 1, 0, 0, 0, 0x09, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t field_zero[] = {0x00, 0x01};
    static const uint8_t truncated[] = {0x0d, 1, 0, 0};
    struct challenge_reply reply;
    struct challenge_request request;

    (void)state;
    assert_true(challenge_request_decode(&request, odd, sizeof odd));
    assert_true(request.has_client_id && request.client_id == 2);
    assert_true(request.has_version && request.version == 13);
    assert_false(request.has_client_time);
    assert_true(challenge_reply_decode(&reply, NULL, 0));
    assert_false(reply.has_client_id || reply.has_challenge || reply.has_version || reply.has_echoed_time);
    assert_false(challenge_request_decode(&request, wrong_type, sizeof wrong_type));
    assert_false(challenge_request_decode(&request, field_zero, sizeof field_zero));
    assert_false(challenge_request_decode(&request, truncated, sizeof truncated));
}

static void sub_messages_merge(void **state)
{
    static const uint8_t body[] = {0x22, 4, 0x22, 2, 'a', 'b',                         /* certificate body "ab" */
                                   0x22, 9, 0x29, 1, 2,   3,    4, 5,    6, 7,   8,    /* then only its CA */
                                   0x3a, 3, 0x0a, 1, 'x', 0x3a, 4, 0x0a, 2, 'y', 'z'}; /* crypt info twice */
    static const uint8_t bad_certificate[] = {0x22, 2, 0x22, 9};
    static const uint8_t bad_crypt[] = {0x3a, 1, 0x0a};
    static const uint8_t wrong_type[] = {0x20, 5, 0x39, 1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t many[5 * 2];
    struct connect_request request;

    (void)state;
    assert_true(connect_request_decode(&request, body, sizeof body));
    assert_true(request.certificate.has_body && request.certificate.has_ca_key_id);
    assert_int_equal(request.certificate.body.length, 2);
    assert_ptr_equal(request.certificate.body.data, body + 4);
    assert_true(request.certificate.ca_key_id == UINT64_C(0x0807060504030201));
    assert_int_equal(request.certificate.raw.length, 9);
    assert_int_equal(request.crypt.info.length, 2);
    assert_false(request.crypt.has_signature);
    assert_false(connect_request_decode(&request, bad_certificate, sizeof bad_certificate));
    assert_false(connect_request_decode(&request, bad_crypt, sizeof bad_crypt));
    /* With another wire type the number means nothing. */
    assert_true(connect_request_decode(&request, wrong_type, sizeof wrong_type));
    assert_false(request.has_certificate || request.has_crypt);
    for (size_t i = 0; i < sizeof many; i += 2) {
        many[i] = 0x22;
        many[i + 1] = 0;
    }
    assert_true(connect_request_decode(&request, many, 4 * 2));
    assert_true(request.has_certificate);
    assert_false(request.certificate.has_body);
    assert_false(connect_request_decode(&request, many, sizeof many));
}

static void close_text_is_cut(void **state)
{
    uint8_t text[300], datagram[DATAGRAM_MAXIMUM], body[320] = {0x12, 0xac, 0x02};
    struct connection_closed closed = {.debug = {text, sizeof text}, .to_id = 5}, back;
    struct control_message message;

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text + 126, "\xc3\xa4", 2);
    assert_int_equal(connection_closed_encode(&closed, datagram, sizeof datagram), DATAGRAM_PADDED_MINIMUM);
    assert_int_equal(control_decode(datagram, DATAGRAM_PADDED_MINIMUM, &message), CONTROL_OK);
    /* The character that does not fit goes wholly. */
    assert_int_equal(message.connection_closed.debug.length, 126);
    assert_int_equal(message.connection_closed.to_id, 5);
    assert_false(message.connection_closed.has_reason);

    memcpy(body + 3, text, sizeof text);
    assert_true(connection_closed_decode(&back, body, 3 + sizeof text));
    assert_int_equal(back.debug.length, 126);
    memset(body + 3, 0x80, sizeof text);
    assert_true(connection_closed_decode(&back, body, 3 + sizeof text));
    assert_int_equal(back.debug.length, CLOSE_TEXT_MAXIMUM);
    /* Empty text is left out, and so is a message without anything. */
    closed = (struct connection_closed){.has_reason = true, .reason = 1000};
    assert_int_equal(connection_closed_encode(&closed, datagram, sizeof datagram), DATAGRAM_PADDED_MINIMUM);
    assert_int_equal(load_u16(datagram + 1), 3);
    closed.has_reason = false;
    assert_int_equal(connection_closed_encode(&closed, datagram, sizeof datagram), 0);
}

static void a_certificate_that_is_too_large(void **state)
{
    static uint8_t body[1300];
    struct connect_request request = {.has_certificate = true, .certificate = {.has_body = true, .body = {body, 1200}}};
    uint8_t datagram[2000];
    size_t length;

    (void)state;
    length = connect_request_encode(&request, datagram, sizeof datagram);
    assert_true(length > 1200 && length <= DATAGRAM_MAXIMUM);
    request.certificate.body.length = sizeof body;
    assert_int_equal(connect_request_encode(&request, datagram, sizeof datagram), 0);
}

static void credentials_without_content(void **state)
{
    struct connect_request request = {.has_client_id = true, .has_certificate = true};
    struct connect_ok ok = {.has_client_id = true, .has_crypt = true};
    static uint8_t info[DATAGRAM_MAXIMUM + 1];
    uint8_t datagram[DATAGRAM_MAXIMUM];

    (void)state;
    /* Nobody could use them, so they are not sent. */
    assert_int_equal(connect_request_encode(&request, datagram, sizeof datagram), 0);
    assert_int_equal(connect_ok_encode(&ok, datagram, sizeof datagram), 0);
    request.certificate.has_ca_key_id = true;
    ok.crypt.has_info = true;
    assert_true(connect_request_encode(&request, datagram, sizeof datagram) > 0);
    assert_true(connect_ok_encode(&ok, datagram, sizeof datagram) > 0);
    ok.crypt.info = (struct byte_slice){info, sizeof info};
    assert_int_equal(connect_ok_encode(&ok, datagram, sizeof datagram), 0);
}

static void what_is_no_control_message(void **state)
{
    uint8_t datagram[DATAGRAM_PADDED_MINIMUM] = {0};
    struct control_message message;

    (void)state;
    for (int lead = 0; lead < 256; lead++) {
        bool known = lead >= CONTROL_CHALLENGE_REQUEST && lead <= CONTROL_NO_CONNECTION;
        datagram[0] = (uint8_t)lead;
        assert_int_equal(control_decode(datagram, sizeof datagram, &message) == CONTROL_UNKNOWN, !known);
        message = (struct control_message){.kind = (enum control_kind)lead};
        if (!known)
            assert_int_equal(control_encode(&message, datagram, sizeof datagram), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_messages),
        cmocka_unit_test(recorded_probes),
        cmocka_unit_test(padding_rules),
        cmocka_unit_test(bodies_of_other_senders),
        cmocka_unit_test(sub_messages_merge),
        cmocka_unit_test(close_text_is_cut),
        cmocka_unit_test(a_certificate_that_is_too_large),
        cmocka_unit_test(credentials_without_content),
        cmocka_unit_test(what_is_no_control_message),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
