/*
 * Every recorded connection replayed twice: once this library is the client and receives what the recorded server sent,
 * once it is the server. Randomness gives the recorded private keys and nonces in the order in which the handshake
 * draws them, so that certificates, signatures and session keys come out as recorded, and with them every control
 * message, byte for byte.
 *
 * Where the bytes are the implementation's choice (the challenge, packing, timing, default texts) the recording decides
 * nothing and they are not compared: data packets of our own are opened with the recorded key and must parse.
 *
 * The recordings list an application's call after the datagrams that it caused, so a call is made as soon as one of
 * these is due.
 */
#include "ends.h"

#include "cert/authority_store.h"
#include "cert/credentials.h"
#include "conn/listener.h"
#include "crypto/packet_cipher.h"
#include "wire/counter.h"
#include "wire/frame.h"

#include <stdio.h>

enum {
    CONNECTIONS = 18,
    SENT_MAX = 64,
    CERTIFICATES_VALID_AT = 1750000000,
};

/* ---- randomness from a script ------------------------------------------------------------------------------------ */

struct script {
    struct random_source source;
    uint8_t bytes[2 * CRYPTO_KEY_SIZE + 8];
    size_t length, used;
};

static bool script_fill(struct random_source *source, void *buffer, size_t length)
{
    struct script *script = container_of(source, struct script, source);

    assert_true(length <= script->length - script->used);
    memcpy(buffer, script->bytes + script->used, length);
    script->used += length;
    return true;
}

static void script_add(struct script *script, const void *bytes, size_t length)
{
    assert_true(length <= sizeof script->bytes - script->length);
    memcpy(script->bytes + script->length, bytes, length);
    script->length += length;
}

/* ---- a replay ---------------------------------------------------------------------------------------------------- */

struct sent_control {
    size_t length;
    uint8_t bytes[DATAGRAM_MAXIMUM];
};

static struct {
    const char *name; /* of the connection */
    const char *side; /* which one is ours */
    const json_t *recording, *events;
    bool client;
    microseconds base, now;

    struct script script;
    struct random_generator listener_random;
    struct transport_config config;
    struct endpoint *endpoint;
    struct authority_store *authorities;
    struct listener listener;
    struct owner owner;
    SteamNetworkingIPAddr peer_address, stranger_address;
    struct packet_cipher own_cipher; /* opens what we send */
    uint32_t cipher;                 /* 0: no keys were recorded */

    int64_t own_number; /* of our newest recorded data packet */
    struct sent_control sent[SENT_MAX];
    int sent_count, compared; /* control messages we sent, and how many of them were expected */
    bool call_made[1024];     /* by index of the event */
    uint8_t stranger_reply[LISTENER_REPLY_MAX];
    size_t stranger_reply_length;
} replay;

static int packets_opened, own_packets_opened, messages_matched, controls_matched, states_matched;

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bool is(const json_t *event, const char *member, const char *value)
{
    const char *text = text_of(event, member);

    return text && strcmp(text, value) == 0;
}

static bool flag(const json_t *event, const char *name)
{
    return json_is_true(json_object_get(event, name));
}

static bool is_own_datagram(const json_t *event)
{
    return is(event, "dir", replay.client ? "c2s" : "s2c");
}

static bool is_peer_datagram(const json_t *event)
{
    return is(event, "dir", replay.client ? "s2c" : "c2s");
}

static bool is_own_call(const json_t *event, const char *call)
{
    return is(event, "app", call) && is(event, "side", replay.side);
}

static microseconds time_of(const json_t *event)
{
    return replay.base + (microseconds)vector_u64(event, "t_us");
}

static void wait_until(microseconds moment)
{
    replay.now = time_later(replay.now, moment);
}

/* The first event of this type from index `from` on that is ours, or the peer's; NULL if there is none. */
static const json_t *find(size_t from, const char *type, bool own)
{
    for (size_t i = from; i < json_array_size(replay.events); i++) {
        const json_t *event = json_array_get(replay.events, i);

        if (is(event, "type", type) && (own ? is_own_datagram(event) : is_peer_datagram(event)))
            return event;
    }
    return NULL;
}

static size_t datagram_of(const json_t *event, uint8_t *bytes, size_t capacity)
{
    const json_t *padding = json_object_get(event, "zero_padding");
    size_t length = vector_bytes(event, "hex", bytes, capacity);

    if (padding) {
        size_t zeros = (size_t)json_integer_value(padding);

        assert_true(length + zeros <= capacity);
        memset(bytes + length, 0, zeros);
        length += zeros;
    }
    return length;
}

/* ---- what we send ------------------------------------------------------------------------------------------------ */

static void keep_sent(const uint8_t *datagram, size_t length)
{
    struct sent_control *sent = &replay.sent[replay.sent_count++];

    assert_true(replay.sent_count <= SENT_MAX && length <= sizeof sent->bytes);
    memcpy(sent->bytes, datagram, length);
    sent->length = length;
}

/* Our own data packet: sealed with the recorded key, addressed to the recorded id, and every frame parses. */
static void check_own_packet(uint8_t *datagram, size_t length)
{
    struct data_header header;
    struct frame_decoder decoder;
    struct frame frame;
    enum frame_result result;
    int64_t number;

    assert_true(length <= DATAGRAM_MAXIMUM);
    assert_true(data_header_decode(&header, datagram, length));
    assert_true(header.connection_id == replay.owner.connection->remote_id);
    number = counter_expand16(replay.owner.connection->sender.packets.next, header.packet_number);
    datagram += header.size;
    length -= header.size;
    if (replay.cipher == CIPHER_AES_256_GCM) {
        assert_true(packet_cipher_open(&replay.own_cipher, (uint64_t)number, datagram, length));
        length -= PACKET_TAG_SIZE;
    }
    frame_decoder_init(&decoder, datagram, length, number);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK)
        ;
    assert_int_equal(result, FRAME_END);
    own_packets_opened++;
}

static void flush(void)
{
    static struct datagram_batch batch;
    bool more = true;

    while (more && replay.owner.connection) {
        uint8_t *at = batch.bytes;

        datagram_batch_clear(&batch);
        more = connection_send(replay.owner.connection, &batch, replay.now);
        for (int i = 0; i < batch.count; i++) {
            if (at[0] & DATAGRAM_DATA_FLAG)
                check_own_packet(at, batch.sizes[i]);
            else
                keep_sent(at, batch.sizes[i]);
            at += batch.sizes[i];
        }
    }
}

/* Lets timers run out one after the other. */
static void pass_time(microseconds until)
{
    struct connection *connection = replay.owner.connection;

    while (connection && connection_is_open(connection) && connection_deadline(connection, replay.now) < until) {
        wait_until(connection_deadline(connection, replay.now));
        connection_tick(connection, replay.now);
        flush();
    }
    wait_until(until);
}

/* ---- setting up -------------------------------------------------------------------------------------------------- */

static void set_up_script(void)
{
    const json_t *own = json_object_get(replay.recording, replay.side);
    const json_t *hello = find(0, replay.client ? "ConnectRequest" : "ConnectOK", true);
    uint8_t key[CRYPTO_KEY_SIZE], body[256];
    struct crypt_info info;

    memset(&replay.script, 0, sizeof replay.script);
    replay.script.source.fill = script_fill;
    if (!hello)
        return; /* rejected or abandoned: nothing was drawn */
    if (!replay.endpoint->credentials) {
        vector_exact(own, "signing_private", key, sizeof key);
        script_add(&replay.script, key, sizeof key);
    }
    vector_exact(own, "dh_private", key, sizeof key);
    script_add(&replay.script, key, sizeof key);
    assert_true(crypt_info_decode(
        &info, body, vector_bytes(vector_member(vector_member(hello, "fields"), "crypt"), "body", body, sizeof body)));
    script_add(&replay.script, &info.nonce, sizeof info.nonce);
}

/* The certificate that was installed: the recorded message has the private key in it (protocol 20.2). */
static void install_certificate(const json_t *root)
{
    const json_t *hello = find(0, replay.client ? "ConnectRequest" : "ConnectOK", true);
    const json_t *authority = json_array_get(vector_member(vector_member(root, "certificates"), "list"), 0);
    uint8_t datagram[DATAGRAM_MAXIMUM], message[1024];
    struct control_message control;
    struct byte_slice raw;
    const char *error = NULL;
    size_t length = datagram_of(hello, datagram, sizeof datagram);

    assert_int_equal(control_decode(datagram, length, &control), CONTROL_OK);
    raw = replay.client ? control.connect_request.certificate.raw : control.connect_ok.certificate.raw;
    replay.endpoint->credentials = credentials_from_message(raw.data, raw.length, NULL, &error);
    if (!replay.endpoint->credentials)
        fail_msg("%s", error);

    assert_string_equal(vector_string(authority, "name"), "root");
    length = vector_bytes(authority, "signed_cert", message, sizeof message);
    replay.authorities = authority_store_new();
    assert_non_null(replay.authorities);
    assert_int_equal(authority_store_add(replay.authorities, message, length, true), AUTHORITY_ADDED);
    replay.endpoint->authorities = replay.authorities;
    replay.config.allow_without_auth = replay.config.localhost_allow_without_auth = 0;
}

static void set_up_keys(void)
{
    const json_t *keys = json_object_get(replay.recording, "keys");
    uint8_t key[CRYPTO_CIPHER_KEY_SIZE], iv[CRYPTO_CIPHER_IV_SIZE];

    if (!keys)
        return;
    replay.cipher = (uint32_t)vector_u64(keys, "cipher");
    vector_exact(keys, replay.client ? "key_c2s" : "key_s2c", key, sizeof key);
    vector_exact(keys, replay.client ? "iv_c2s" : "iv_s2c", iv, sizeof iv);
    assert_true(packet_cipher_init(&replay.own_cipher, PACKET_CIPHER_OPEN, key, iv));
}

/* The address under which the other side saw its peer, where that was written down. */
static SteamNetworkingIPAddr peer_address(void)
{
    const json_t *event;
    size_t i;

    json_array_foreach(replay.events, i, event)
    {
        if (is(event, "app", "status") && is(event, "side", replay.side) &&
            strncmp(vector_string(event, "remote_identity"), "ip:", 3) == 0)
            return address_of(vector_string(event, "remote_identity") + 3);
    }
    return address_of("127.0.0.1:27001");
}

static void set_up(const json_t *root, const json_t *recording, bool client)
{
    const json_t *settings, *setting, *request;

    memset(&replay, 0, sizeof replay);
    replay.recording = recording;
    replay.name = vector_string(recording, "name");
    replay.events = vector_member(recording, "events");
    replay.client = client;
    replay.side = client ? "client" : "server";
    request = find(0, "ChallengeRequest", client);
    replay.base = replay.now = (microseconds)vector_u64(vector_member(request, "fields"), "timestamp") -
                               (microseconds)vector_u64(request, "t_us");
    replay.config = engine_config();
    settings = vector_member(vector_member(recording, "config"), replay.side);
    if ((setting = json_object_get(settings, "unencrypted")))
        replay.config.unencrypted = (int32_t)json_integer_value(setting);
    if ((setting = json_object_get(settings, "send_time_since_previous")))
        replay.config.send_time_since_previous = (int32_t)json_integer_value(setting);

    replay.endpoint = endpoint_named(strcmp(replay.name, "anonymous") == 0 ? NULL
                                     : client                              ? "str:alice"
                                                                           : "str:bob",
                                     &replay.script.source);
    assert_non_null(replay.endpoint);
    replay.endpoint->as_deployed = true; /* the bytes are to be the recorded ones */
    wall_clock = CERTIFICATES_VALID_AT;
    if (strcmp(replay.name, "ca_signed") == 0)
        install_certificate(root);
    set_up_script();
    set_up_keys();
    replay.peer_address = peer_address();
    replay.stranger_address = address_of("127.0.0.1:9");
    random_generator_init(&replay.listener_random, 1);
    listener_init(&replay.listener, &replay.listener_random.source);
    owner_init(&replay.owner);
}

static void tear_down(void)
{
    owner_end(&replay.owner);
    endpoint_release(replay.endpoint);
    authority_store_free(replay.authorities);
    packet_cipher_free(&replay.own_cipher);
}

/* A server that never accepted is not described; its id is in the last message that it sent. */
static uint32_t own_id(void)
{
    const json_t *own = json_object_get(replay.recording, replay.side), *id = NULL;

    if (json_is_object(own))
        return (uint32_t)vector_u64(own, "connection_id");
    for (size_t i = 0; i < json_array_size(replay.events); i++) {
        const json_t *event = json_array_get(replay.events, i);
        const json_t *from = json_object_get(json_object_get(event, "fields"), "from_connection_id");

        if (is_own_datagram(event) && from)
            id = from;
    }
    assert_non_null(id);
    return (uint32_t)json_integer_value(id);
}

static struct connection_parameters parameters(void)
{
    return (struct connection_parameters){
        .local_id = own_id(),
        .remote_address = replay.peer_address,
        .endpoint = replay.endpoint,
        .config = &replay.config,
        .events = &replay.owner.events,
        .fast_network = true,
    };
}

/* ---- the application's calls ------------------------------------------------------------------------------------- */

/* None to Connecting is the owner's to report. */
static void note_start(void)
{
    struct owner *owner = &replay.owner;

    assert_int_equal(connection_state(owner->connection), STATE_CONNECTING);
    owner->events.state_changed(&owner->events, owner->connection, STATE_NONE);
}

static void configure_lanes(void)
{
    static const int priorities[] = {0, 0, 1, 2};
    static const uint16_t weights[] = {3, 1, 1, 1};

    assert_int_equal(connection_configure_lanes(replay.owner.connection, 4, priorities, weights, replay.now),
                     k_EResultOK);
}

static void call(size_t index)
{
    const json_t *event = json_array_get(replay.events, index);
    struct connection *connection = replay.owner.connection;

    if (replay.call_made[index])
        return;
    replay.call_made[index] = true;
    if (is(event, "app", "send")) {
        struct message *message =
            pattern_message((uint32_t)vector_u64(event, "pattern_seed"), (int)vector_u64(event, "size"),
                            (flag(event, "reliable") ? k_nSteamNetworkingSend_Reliable : 0) |
                                (flag(event, "no_nagle") ? k_nSteamNetworkingSend_NoNagle : 0),
                            (int)vector_u64(event, "lane"));
        int64_t number = 0;

        if (message->api.m_idxLane > 0 && connection->sender.lane_count == 1)
            configure_lanes();
        assert_int_equal(connection_send_message(connection, message, replay.now, &number), k_EResultOK);
        assert_true(number == (int64_t)vector_u64(event, "message_number"));
    } else if (is(event, "app", "accept")) {
        const json_t *ok = find(0, "ConnectOK", true), *delay;

        assert_true(flag(event, "ok"));
        delay = json_object_get(vector_member(ok, "fields"), "reply_delay_us");
        if (delay)
            replay.now = connection->handshake->client_time_received + json_integer_value(delay);
        assert_int_equal(connection_accept(connection, replay.now), k_EResultOK);
    } else if (is(event, "app", "close")) {
        connection_close(connection, (int)vector_u64(event, "reason"), text_of(event, "debug"), flag(event, "linger"),
                         replay.now);
    }
    flush();
}

/* Makes the next call of this kind that was not made yet; false if there is none. */
static bool call_ahead(size_t from, const char *kind)
{
    for (size_t i = from; i < json_array_size(replay.events); i++) {
        if (is_own_call(json_array_get(replay.events, i), kind) && !replay.call_made[i]) {
            call(i);
            return true;
        }
    }
    return false;
}

/* ---- the peer's datagrams ---------------------------------------------------------------------------------------- */

static struct listener_result *ask_listener(const SteamNetworkingIPAddr *from, const uint8_t *datagram, size_t length,
                                            enum listener_verdict *verdict)
{
    static struct listener_result result;
    uint8_t *copy = malloc(length);

    assert_non_null(copy);
    memcpy(copy, datagram, length);
    *verdict = listener_receive(&replay.listener, from, copy, length, true, replay.now, &result);
    if (*verdict == LISTENER_CONNECT) {
        /* The slices of the request point into the copy. */
        struct connection_parameters made = parameters();
        int end_reason = 0;
        char error[128] = "";

        replay.owner.connection =
            connection_incoming(&made, &result.request, &result.identity, replay.now, &end_reason, error);
        if (!replay.owner.connection)
            fail_msg("%s: %d %s", replay.name, end_reason, error);
        assert_int_equal(end_reason, 0);
        note_start();
    }
    free(copy);
    return &result;
}

/* The challenge is the server's own: put ours in place of the recorded one. */
static void set_own_challenge(uint8_t *datagram, size_t length)
{
    struct control_message reply;

    assert_true(replay.sent_count > 0);
    assert_int_equal(
        control_decode(replay.sent[replay.sent_count - 1].bytes, replay.sent[replay.sent_count - 1].length, &reply),
        CONTROL_OK);
    assert_int_equal(reply.kind, CONTROL_CHALLENGE_REPLY);
    assert_true(length > 14 && datagram[6] == (2 << 3 | 1));
    store_u64(datagram + 7, reply.challenge_reply.challenge);
}

static void receive_as_listener(uint8_t *datagram, size_t length)
{
    enum listener_verdict verdict;
    struct listener_result *result;

    if (datagram[0] == CONTROL_CONNECT_REQUEST)
        set_own_challenge(datagram, length);
    result = ask_listener(&replay.peer_address, datagram, length, &verdict);
    if (verdict == LISTENER_REPLY)
        keep_sent(result->reply, result->reply_length);
}

/*
 * Our packing is our own; what the peer acknowledges are the recorded numbers, so they must have been given out when
 * its packets arrive.
 */
static void use_up_numbers(void)
{
    struct sender *sender = &replay.owner.connection->sender;

    while (sender->packets.next <= replay.own_number) {
        uint8_t frames[64];
        struct byte_writer writer;
        int64_t number;

        writer_init(&writer, frames, sizeof frames);
        number = sender_begin_packet(sender, &writer, replay.now);
        sender_end_packet(sender, number, 100, false, 0, replay.now);
    }
}

static void check_opened(const json_t *event)
{
    struct connection *connection = replay.owner.connection;
    const json_t *number = json_object_get(event, "packet_number");

    if (!number || !json_object_get(event, "plaintext") || !connection_is_open(connection))
        return;
    assert_true(connection->window.highest >= json_integer_value(number));
    packets_opened++;
}

static void receive(size_t index)
{
    const json_t *event = json_array_get(replay.events, index);
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t length = datagram_of(event, datagram, sizeof datagram);
    struct connection *connection = replay.owner.connection;
    uint64_t bad_seals = 0;

    if (flag(event, "lost"))
        return;
    if (is(event, "type", "ChallengeReply") && connection_state(connection) == STATE_CONNECTING) {
        /* Our ConnectRequest is to carry the recorded time. */
        const json_t *request = find(index, "ConnectRequest", true);

        if (request)
            replay.now = (microseconds)vector_u64(vector_member(request, "fields"), "timestamp");
    }
    if (!connection) {
        receive_as_listener(datagram, length);
        return;
    }
    use_up_numbers();
    bad_seals = connection->statistics.drops.count[DROP_BAD_SEAL];
    feed(connection, datagram, length, replay.now);
    assert_true(connection->statistics.drops.count[DROP_BAD_SEAL] == bad_seals);
    check_opened(event);
    flush();
}

static void receive_from_stranger(const json_t *event)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t length = datagram_of(event, datagram, sizeof datagram);
    enum listener_verdict verdict;
    struct listener_result *result;

    assert_int_equal(length, vector_u64(event, "size"));
    result = ask_listener(&replay.stranger_address, datagram, length, &verdict);
    assert_true(verdict != LISTENER_CONNECT);
    replay.stranger_reply_length = result->reply_length;
    memcpy(replay.stranger_reply, result->reply, result->reply_length);
    assert_int_equal(verdict == LISTENER_REPLY, result->reply_length > 0);
    assert_true(result->reply_length <= length);
    if (verdict == LISTENER_REPLY)
        keep_sent(result->reply, result->reply_length);
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* Encodes a message again without what the recording does not decide. */
static size_t essence(const uint8_t *datagram, size_t length, bool without_text, uint8_t *out)
{
    struct control_message message;

    assert_int_equal(control_decode(datagram, length, &message), CONTROL_OK);
    if (message.kind == CONTROL_CHALLENGE_REPLY)
        message.challenge_reply.challenge = 1;
    if (message.kind == CONTROL_CONNECTION_CLOSED && without_text)
        message.connection_closed.debug.length = 0;
    return control_encode(&message, out, DATAGRAM_MAXIMUM); /* leaves out private keys */
}

/* Whether the application gave no text, so that the library's own travels. */
static bool default_text_closes(void)
{
    const json_t *event;
    size_t i;

    json_array_foreach(replay.events, i, event)
    {
        if (is(event, "app", "close")) {
            const char *text = text_of(event, "debug");

            return !text || !text[0];
        }
    }
    return false;
}

static void compare_control(size_t index)
{
    const json_t *event = json_array_get(replay.events, index);
    uint8_t recorded[DATAGRAM_MAXIMUM], expected[DATAGRAM_MAXIMUM], actual[DATAGRAM_MAXIMUM];
    size_t length = datagram_of(event, recorded, sizeof recorded), expected_length, actual_length;
    const struct sent_control *sent;

    if (replay.compared == replay.sent_count) {
        if (recorded[0] == CONTROL_CONNECT_OK)
            call_ahead(index, "accept");
        else if (recorded[0] == CONTROL_CONNECTION_CLOSED || recorded[0] == CONTROL_NO_CONNECTION)
            call_ahead(index, "close");
    }
    if (replay.compared == replay.sent_count)
        fail_msg("%s as %s: event %zu, %s, was not sent", replay.name, replay.side, index,
                 vector_string(event, "type"));
    sent = &replay.sent[replay.compared++];
    expected_length = essence(recorded, length, default_text_closes(), expected);
    actual_length = essence(sent->bytes, sent->length, default_text_closes(), actual);
    if (actual_length != expected_length || memcmp(actual, expected, actual_length) != 0)
        fail_msg("%s as %s: event %zu, %s, differs", replay.name, replay.side, index, vector_string(event, "type"));
    if (recorded[0] == CONTROL_CONNECTION_CLOSED || recorded[0] == CONTROL_CHALLENGE_REQUEST)
        assert_int_equal(sent->length, vector_u64(event, "datagram_size"));
    controls_matched++;
}

static void own_datagram(size_t index)
{
    const json_t *event = json_array_get(replay.events, index);

    if (is(event, "type", "data")) {
        if (!json_object_get(event, "note"))
            replay.own_number = (int64_t)vector_u64(event, "packet_number");
        return;
    }
    if (is(event, "type", "ChallengeRequest")) {
        replay.now = (microseconds)vector_u64(vector_member(event, "fields"), "timestamp");
        if (!replay.owner.connection) {
            struct connection_parameters made = parameters();

            replay.owner.connection = connection_connect(&made, replay.now, NULL);
            assert_non_null(replay.owner.connection);
            note_start();
        } else {
            connection_tick(replay.owner.connection, replay.now);
        }
        flush();
    }
    compare_control(index);
}

static bool same_message(const struct message *message, const json_t *event)
{
    uint8_t expected[CRYPTO_DIGEST_SIZE], digest[CRYPTO_DIGEST_SIZE];
    const SteamNetworkingMessage_t *api = &message->api;

    if (api->m_idxLane != vector_u64(event, "lane") ||
        (uint64_t)api->m_nMessageNumber != vector_u64(event, "message_number"))
        return false;
    vector_exact(event, "sha256", expected, sizeof expected);
    assert_true(crypto_sha256(api->m_pData, (size_t)api->m_cbSize, digest));
    assert_memory_equal(digest, expected, sizeof digest);
    assert_int_equal(api->m_cbSize, vector_u64(event, "size"));
    assert_int_equal(api->m_nFlags & k_nSteamNetworkingSend_Reliable,
                     flag(event, "reliable") ? k_nSteamNetworkingSend_Reliable : 0);
    return true;
}

/* The deployed receive queue puts messages of a lane in order while they wait, so that only the set is compared; and
 * that reliable messages of a lane come in order. */
static void compare_messages(void)
{
    int64_t last_reliable[256] = {0};
    const json_t *event;
    struct message *message;
    size_t i;

    list_for_each_entry(message, &replay.owner.received.messages, struct message, queue_node)
    {
        int64_t *last = &last_reliable[message->api.m_idxLane];

        if (!(message->api.m_nFlags & k_nSteamNetworkingSend_Reliable))
            continue;
        assert_true(message->api.m_nMessageNumber > *last);
        *last = message->api.m_nMessageNumber;
    }
    json_array_foreach(replay.events, i, event)
    {
        struct list_node *node;
        bool found = false;

        if (!is_own_call(event, "receive"))
            continue;
        list_for_each(node, &replay.owner.received.messages)
        {
            message = container_of(node, struct message, queue_node);
            if (!same_message(message, event))
                continue;
            list_remove(node);
            replay.owner.received.count--;
            message_release(message);
            found = true;
            break;
        }
        if (!found)
            fail_msg("%s as %s: message of event %zu did not arrive", replay.name, replay.side, i);
        messages_matched++;
    }
    if (replay.owner.received.count > 0)
        fail_msg("%s as %s: %d messages too many", replay.name, replay.side, replay.owner.received.count);
}

static void compare_states(void)
{
    const struct owner *owner = &replay.owner;
    const json_t *event;
    int count = 0;
    size_t i;

    json_array_foreach(replay.events, i, event)
    {
        const struct seen_state *seen = &owner->states[count];

        if (!is_own_call(event, "status"))
            continue;
        if (count == owner->state_count)
            fail_msg("%s as %s: only %d changes of state", replay.name, replay.side, count);
        assert_int_equal(seen->old_state, vector_u64(event, "old_state"));
        assert_int_equal(seen->new_state, vector_u64(event, "new_state"));
        assert_int_equal(seen->flags, vector_u64(event, "flags"));
        assert_string_equal(seen->identity, vector_string(event, "remote_identity"));
        if (json_object_get(event, "reason")) {
            assert_int_equal(seen->reason, vector_u64(event, "reason"));
            if (!default_text_closes())
                assert_string_equal(seen->text, vector_string(event, "debug"));
            assert_true(seen->text[0] != 0);
        } else {
            assert_int_equal(seen->reason, 0);
        }
        count++;
        states_matched++;
    }
    assert_int_equal(owner->state_count, count);
}

/* ---- the replay -------------------------------------------------------------------------------------------------- */

static void replay_event(size_t index)
{
    const json_t *event = json_array_get(replay.events, index);

    if (is(event, "type", "raw_probe")) {
        if (!replay.client) {
            wait_until(time_of(event));
            receive_from_stranger(event);
        }
    } else if (is(event, "type", "raw_reply")) {
        const char *hex = text_of(event, "hex");

        if (!replay.client)
            assert_int_equal(replay.stranger_reply_length, hex ? strlen(hex) / 2 : 0);
    } else if (is_own_datagram(event)) {
        own_datagram(index);
    } else if (is_peer_datagram(event)) {
        pass_time(time_of(event));
        receive(index);
    } else if (is_own_call(event, "send") || is_own_call(event, "accept") || is_own_call(event, "close")) {
        if (!replay.call_made[index])
            pass_time(time_of(event));
        call(index);
    }
}

static void run(const json_t *root, const json_t *recording, bool client)
{
    struct connection *connection;

    set_up(root, recording, client);
    assert_true(json_array_size(replay.events) <= sizeof replay.call_made);
    for (size_t i = 0; i < json_array_size(replay.events); i++)
        replay_event(i);
    if (replay.compared != replay.sent_count)
        fail_msg("%s as %s: %d control messages were sent, %d recorded; the first in excess is %02x", replay.name,
                 replay.side, replay.sent_count, replay.compared, replay.sent[replay.compared].bytes[0]);
    compare_messages();
    compare_states();
    assert_int_equal(replay.script.used, replay.script.length);

    connection = replay.owner.connection;
    assert_int_equal(connection_state(connection), STATE_FIN_WAIT);
    connection_tick(connection, replay.now + FIN_WAIT_MS * MILLISECOND);
    assert_int_equal(connection_state(connection), STATE_DEAD);
    tear_down();
}

static void replay_all(bool client)
{
    json_t *root = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *connections = vector_member(root, "connections"), *recording;
    size_t i;

    packets_opened = own_packets_opened = messages_matched = controls_matched = states_matched = 0;
    assert_int_equal(json_array_size(connections), CONNECTIONS);
    json_array_foreach(connections, i, recording)
    {
        run(root, recording, client);
    }
    json_decref(root);
}

static void test_as_client(void **state)
{
    (void)state;
    replay_all(true);
    assert_int_equal(packets_opened, 40);
    assert_int_equal(messages_matched, 10);
    assert_int_equal(controls_matched, 60);
    assert_int_equal(states_matched, 54);
    assert_true(own_packets_opened > 200);
}

static void test_as_server(void **state)
{
    (void)state;
    replay_all(false);
    assert_int_equal(packets_opened, 203);
    assert_int_equal(messages_matched, 124);
    assert_int_equal(controls_matched, 73);
    assert_int_equal(states_matched, 68);
    assert_true(own_packets_opened > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_client),
        cmocka_unit_test(test_as_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
