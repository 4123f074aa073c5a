/*
 * The whole handshake of a server, with valid crypto. The client's hello is what the input wants (hello.h), with
 * changes made before it is signed and after; then both derive keys and the client's packets arrive sealed (guest.h).
 *
 * An input of zeros is a handshake in good order, which must succeed. Where no byte was changed the outcome is
 * foretold; and never may a connection count as authenticated by a certificate or a key exchange that nobody signed.
 */
#include "fuzz/guest.h"
#include "fuzz/hello.h"

#include "conn/listener.h"
#include "wire/control_messages.h"

static struct random_generator generator;
static struct endpoint *endpoint;
static struct hello hello;
static struct listener_result result;

static uint64_t get_challenge(struct guest *guest, struct listener *listener, const SteamNetworkingIPAddr *from)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct challenge_request request = {
        .has_client_id = true, .client_id = guest->own_id, .has_version = true, .version = HELLO_VERSION};
    struct control_message reply;
    size_t length = challenge_request_encode(&request, datagram, sizeof datagram);
    FUZZ_CHECK(listener_receive(listener, from, datagram, length, true, guest->now, &result) == LISTENER_REPLY);
    FUZZ_CHECK(control_decode(result.reply, result.reply_length, &reply) == CONTROL_OK);
    return reply.challenge_reply.challenge;
}

/* Who sees the traffic and has no key can change what he wants: what was signed stays. */
static void check_not_forged(const struct guest *guest)
{
    SteamNetConnectionInfo_t info;
    memset(&info, 0, sizeof info);
    connection_fill_info(guest->connection, &info);
    struct byte_slice crypt = result.request.crypt.info, body = result.request.certificate.body;
    FUZZ_CHECK(crypt.length == hello.crypt.info.length && memcmp(crypt.data, hello.info, crypt.length) == 0);
    if (info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated)
        return;
    FUZZ_CHECK(hello.authority == BY_INTERMEDIATE || hello.authority == BY_ROOT);
    FUZZ_CHECK(body.length == hello.certificate.body.length && memcmp(body.data, hello.body, body.length) == 0);
    /* A certificate may leave it to the message which anonymous game server it is for. */
    if (!hello.changed && hello.name != NAME_ABSENT)
        FUZZ_CHECK(identity_equal(&info.m_identityRemote, &hello.certified));
}

static void check_foretold(struct guest *guest, enum hello_result outcome, bool changed)
{
    struct hello_verdict expected = hello_judge(&hello, guest->config.allow_without_auth);
    SteamNetConnectionInfo_t info;
    if (changed || hello.changed)
        return;
    FUZZ_CHECK(outcome == expected.result);
    if (outcome != HELLO_ACCEPTED)
        return;
    memset(&info, 0, sizeof info);
    connection_fill_info(guest->connection, &info);
    FUZZ_CHECK(!(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unauthenticated) == expected.authenticated);
}

/* What the client makes of the answer. */
static void derive(struct guest *guest)
{
    struct control_message answer;
    struct crypt_info info;
    struct session_keys keys;
    FUZZ_CHECK(guest->control_length);
    FUZZ_CHECK(control_decode(guest->control, guest->control_length, &answer) == CONTROL_OK);
    FUZZ_CHECK(answer.kind == CONTROL_CONNECT_OK);
    const struct connect_ok *ok = &answer.connect_ok;
    FUZZ_CHECK(ok->client_id == guest->own_id && ok->server_id == guest->connection_id && ok->has_certificate);
    FUZZ_CHECK(ok->crypt.signature.length == CRYPTO_SIGNATURE_SIZE &&
               crypto_ed25519_verify(hello_own_credentials()->certificate.key, ok->crypt.info.data,
                                     ok->crypt.info.length, ok->crypt.signature.data));
    FUZZ_CHECK(crypt_info_decode(&info, ok->crypt.info.data, ok->crypt.info.length) && info.cipher_count == 1);
    struct session_transcript transcript = {
        .client_id = guest->own_id,
        .server_id = guest->connection_id,
        .client_nonce = 5,
        .server_nonce = info.nonce,
        .client_certificate = hello.certificate.body,
        .server_certificate = ok->certificate.body,
        .client_crypt = hello.crypt.info,
        .server_crypt = ok->crypt.info,
    };
    if (hello.changed)
        return; /* the keys are anybody's guess */
    FUZZ_CHECK(session_keys_derive(&keys, &transcript, hello_dh_private, info.dh_public.data));
    guest_use_keys(guest, &keys, info.ciphers[0], true,
                   hello.version >= PROTOCOL_VERSION_CONNECT_COUNTS ? PACKET_FIRST_NUMBER : PACKET_FIRST_NUMBER_OLD);
}

static bool has_common_cipher(const struct guest *guest)
{
    bool encrypted = hello.cipher_count == 0, plain = false;
    for (uint32_t i = 0; i < hello.cipher_count; i++) {
        encrypted = encrypted || hello.ciphers[i] == CIPHER_AES_256_GCM;
        plain = plain || hello.ciphers[i] == CIPHER_NONE;
    }
    return (encrypted && guest->config.unencrypted < 3) || (plain && guest->config.unencrypted > 0);
}

static void connect(struct guest *guest, const SteamNetworkingIPAddr *from, struct fuzz_input *input, bool changed)
{
    struct connection_parameters parameters = {
        .local_id = guest->connection_id,
        .remote_address = *from,
        .endpoint = endpoint,
        .config = &guest->config,
        .events = &guest->events,
    };
    char error[128] = "";
    int reason = 0;
    guest->connection = connection_incoming(&parameters, &result.request, &result.identity, guest->now, &reason, error);
    FUZZ_CHECK(memchr(error, 0, sizeof error) && (reason == 0) == (guest->connection != NULL));
    check_foretold(guest, guest->connection ? HELLO_ACCEPTED : HELLO_REFUSED, changed);
    if (!guest->connection)
        return;
    check_not_forged(guest);
    EResult accepted = connection_accept(guest->connection, guest->now);
    if (!changed && !hello.changed)
        FUZZ_CHECK((accepted == k_EResultOK) == (hello_key_is_usable(&hello) && has_common_cipher(guest)));
    guest_settle(guest);
    if (accepted == k_EResultOK && !changed) {
        derive(guest);
        if (guest->keyed)
            guest_check_delivery(guest);
    }
    guest_live(guest, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t ciphers[] = {CIPHER_AES_256_GCM, CIPHER_NONE};
    struct fuzz_input input = {data, size};
    struct listener listener;
    SteamNetworkingIPAddr from;
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct guest *guest = guest_begin();
    if (!endpoint)
        endpoint = hello_endpoint(&generator.source);
    random_generator_init(&generator, 1);
    listener_init(&listener, &generator.source);
    address_set_ipv4(&from, 0xc0000201, 4000);
    unsigned choice = fuzz_take(&input);
    guest->config = fuzz_config((int)(choice & 3));
    guest->config.allow_without_auth = (int)(choice >> 2 & 3) % 3;

    hello_take(&hello, &input, ciphers, 2);
    struct control_message message;
    memset(&message, 0, sizeof message);
    message.kind = CONTROL_CONNECT_REQUEST;
    message.connect_request = (struct connect_request){
        .has_client_id = true,
        .client_id = guest->own_id,
        .has_challenge = true,
        .challenge = get_challenge(guest, &listener, &from),
        .has_client_time = true,
        .client_time = fuzz_take(&input),
        .has_ping_estimate = true,
        .ping_estimate_ms = fuzz_take(&input) * 8,
        .has_certificate = true,
        .certificate = hello.certificate,
        .has_crypt = true,
        .crypt = hello.crypt,
        .identity = hello.identity,
    };
    size_t length = control_encode(&message, datagram, sizeof datagram);
    if (!length)
        return 0;
    bool changed = hello_change(&input, datagram, length);
    bool anonymous = guest->config.allow_without_auth > 0;
    if (listener_receive(&listener, &from, datagram, length, anonymous, guest->now, &result) == LISTENER_CONNECT)
        connect(guest, &from, &input, changed);
    else
        check_foretold(guest, HELLO_DROPPED, changed);
    guest_end(guest);
    return 0;
}
