/*
 * The whole handshake of a client, with valid crypto. The answers of the server are what the input wants: the
 * challenge, then its hello (hello.h), with changes made before it is signed and after; then both derive keys and the
 * server's packets arrive sealed (guest.h).
 *
 * An input of zeros is a handshake in good order, which must succeed. Where no byte was changed the outcome is
 * foretold; and never may a connection come about by a key exchange that was not signed for this client.
 */
#include "fuzz/guest.h"
#include "fuzz/hello.h"

#include "wire/control_messages.h"

static struct random_generator generator;
static struct endpoint *endpoint;
static struct hello hello;

static struct {
    struct control_message message; /* the client's request; points into the next one */
    uint8_t datagram[DATAGRAM_MAXIMUM];
} asked;

static void begin(struct guest *guest, unsigned expected_peer)
{
    SteamNetworkingIdentity expected;
    struct connection_parameters parameters = {
        .local_id = guest->connection_id,
        .endpoint = endpoint,
        .config = &guest->config,
        .events = &guest->events,
    };
    char error[128];
    address_set_ipv4(&parameters.remote_address, 0xc0000201, 4000);
    if (expected_peer) {
        FUZZ_CHECK(
            identity_set_string(&expected, expected_peer == 1 ? "peer" : "somebody else", expected_peer == 1 ? 4 : 13));
        parameters.expected_peer = &expected;
    }
    guest->connection = connection_connect(&parameters, guest->now, error);
    FUZZ_CHECK(guest->connection);
    guest_settle(guest);
}

/* Answers the challenge request; true when the client asks for the connection then. */
static bool answer_challenge(struct guest *guest, struct fuzz_input *input, bool *changed)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct challenge_reply reply = {
        .has_client_id = true,
        .client_id = guest->connection_id,
        .has_challenge = true,
        .challenge = 77,
        .has_echoed_time = true,
        .echoed_time = (uint64_t)guest->now - fuzz_take(input),
        .has_version = true,
        .version = (uint32_t)(HELLO_VERSION + fuzz_take(input)) & 255,
    };
    FUZZ_CHECK(control_decode(guest->control, guest->control_length, &asked.message) == CONTROL_OK);
    FUZZ_CHECK(asked.message.kind == CONTROL_CHALLENGE_REQUEST);
    guest->control_length = 0;
    size_t length = challenge_reply_encode(&reply, datagram, sizeof datagram);
    *changed = hello_change(input, datagram, length);
    guest_feed(guest, datagram, length);
    if (!guest->control_length || guest->control[0] != CONTROL_CONNECT_REQUEST) {
        FUZZ_CHECK(*changed || reply.version < 8);
        return false;
    }
    memcpy(asked.datagram, guest->control, guest->control_length);
    FUZZ_CHECK(control_decode(asked.datagram, guest->control_length, &asked.message) == CONTROL_OK);
    const struct connect_request *request = &asked.message.connect_request;
    FUZZ_CHECK(*changed || request->challenge == 77);
    FUZZ_CHECK(crypto_ed25519_verify(hello_own_credentials()->certificate.key, request->crypt.info.data,
                                     request->crypt.info.length, request->crypt.signature.data));
    /* What the challenge's version was decides what the hello's has to be. */
    *changed = *changed || reply.version != hello.version;
    return true;
}

static bool accepts_cipher(const struct guest *guest)
{
    if (hello.cipher_count != 1)
        return false;
    return (hello.ciphers[0] == CIPHER_AES_256_GCM && guest->config.unencrypted < 3) ||
           (hello.ciphers[0] == CIPHER_NONE && guest->config.unencrypted > 0);
}

static void check_outcome(struct guest *guest, unsigned expected_peer, bool changed, const struct connect_ok *ok)
{
    struct hello_verdict expected = hello_judge(&hello, guest->config.allow_without_auth);
    SteamNetConnectionInfo_t info;
    int state = connection_state(guest->connection);
    bool connected = state == k_ESteamNetworkingConnectionState_Connected;
    memset(&info, 0, sizeof info);
    connection_fill_info(guest->connection, &info);
    bool authenticated = connected && !(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated);
    if (connected && ok) {
        struct byte_slice crypt = ok->crypt.info, body = ok->certificate.body;
        FUZZ_CHECK(crypt.length == hello.crypt.info.length && memcmp(crypt.data, hello.info, crypt.length) == 0);
        FUZZ_CHECK(!authenticated ||
                   (body.length == hello.certificate.body.length && memcmp(body.data, hello.body, body.length) == 0));
    }
    if (authenticated)
        FUZZ_CHECK(hello.authority == BY_INTERMEDIATE || hello.authority == BY_ROOT);
    if (changed || hello.changed)
        return;
    bool is_expected = expected_peer == 0 || (expected_peer == 1 && hello.name == NAME_STRING);
    bool good =
        expected.result == HELLO_ACCEPTED && is_expected && hello_key_is_usable(&hello) && accepts_cipher(guest);
    FUZZ_CHECK(connected == good && authenticated == (good && expected.authenticated));
}

static void derive(struct guest *guest)
{
    const struct connect_request *request = &asked.message.connect_request;
    struct crypt_info info;
    struct session_keys keys;
    FUZZ_CHECK(crypt_info_decode(&info, request->crypt.info.data, request->crypt.info.length));
    struct session_transcript transcript = {
        .client_id = guest->connection_id,
        .server_id = guest->own_id,
        .client_nonce = info.nonce,
        .server_nonce = 5,
        .client_certificate = request->certificate.body,
        .server_certificate = hello.certificate.body,
        .client_crypt = request->crypt.info,
        .server_crypt = hello.crypt.info,
    };
    FUZZ_CHECK(session_keys_derive(&keys, &transcript, hello_dh_private, info.dh_public.data));
    guest_use_keys(guest, &keys, hello.ciphers[0], false,
                   hello.version >= PROTOCOL_VERSION_CONNECT_COUNTS ? PACKET_FIRST_NUMBER : PACKET_FIRST_NUMBER_OLD);
}

/* False when the answer cannot be written. */
static bool answer_request(struct guest *guest, struct fuzz_input *input, unsigned expected_peer, bool changed)
{
    struct control_message message, sent;
    uint8_t datagram[DATAGRAM_MAXIMUM];
    memset(&message, 0, sizeof message);
    message.kind = CONTROL_CONNECT_OK;
    message.connect_ok = (struct connect_ok){
        .has_client_id = true,
        .client_id = guest->connection_id,
        .has_server_id = true,
        .server_id = guest->own_id,
        .has_echoed_time = true,
        .echoed_time = (uint64_t)guest->now - fuzz_take(input),
        .has_delay = true,
        .delay_us = fuzz_take(input),
        .has_certificate = true,
        .certificate = hello.certificate,
        .has_crypt = true,
        .crypt = hello.crypt,
        .identity = hello.identity,
    };
    size_t length = control_encode(&message, datagram, sizeof datagram);
    if (!length)
        return false;
    bool changed_after = hello_change(input, datagram, length);
    bool readable = control_decode(datagram, length, &sent) == CONTROL_OK && sent.kind == CONTROL_CONNECT_OK;
    guest_feed(guest, datagram, length);
    check_outcome(guest, expected_peer, changed || changed_after, readable ? &sent.connect_ok : NULL);
    if (!changed && !changed_after && !hello.changed &&
        connection_state(guest->connection) == k_ESteamNetworkingConnectionState_Connected) {
        derive(guest);
        guest_check_delivery(guest);
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t ciphers[] = {CIPHER_AES_256_GCM};
    struct fuzz_input input = {data, size};
    struct guest *guest = guest_begin();
    bool changed;
    if (!endpoint)
        endpoint = hello_endpoint(&generator.source);
    random_generator_init(&generator, 1);
    unsigned choice = fuzz_take(&input), expected_peer = (choice >> 4 & 3) % 3;
    guest->config = fuzz_config((int)(choice & 3));
    guest->config.allow_without_auth = (int)(choice >> 2 & 3) % 3;
    /* All zero: the client offers encryption only. */
    hello_take(&hello, &input, ciphers, 1);
    begin(guest, expected_peer);
    if (answer_challenge(guest, &input, &changed))
        answer_request(guest, &input, expected_peer, changed);
    guest_live(guest, &input);
    guest_end(guest);
    return 0;
}
