#include "conn/handshake.h"

#include "base/alloc.h"
#include "base/log.h"
#include "conn/connection_private.h"
#include "conn/endpoint.h"
#include "conn/session_keys.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <stdio.h>
#include <string.h>

static const char no_randomness[] = "the system gives no random numbers";

/* ---- our own hello (protocol 10.1) ---------------------------------------------------------------------------- */

/* What we present: the endpoint's certificate, or one made for this connection (protocol 9.4). */
static bool choose_credentials(struct connection *connection, const char **error)
{
    struct handshake *handshake = connection->handshake;
    struct endpoint *endpoint = connection->endpoint;
    uint8_t seed[CRYPTO_KEY_SIZE];
    bool have = endpoint->credentials && !credentials_expired(endpoint->credentials, endpoint->unix_time());

    if (have) {
        handshake->credentials = endpoint->credentials;
        return true;
    }
    if (connection_allow_unsigned(connection->config, &connection->remote_address) == ALLOW_UNSIGNED_NEVER) {
        *error =
            "IP_AllowWithoutAuth is 0 and there is no certificate: call InitAuthentication or SetCertificate first";
        return false;
    }
    /* A server is the same one to all its clients; a client's key of its own keeps servers from recognising it. */
    if (endpoint->self_issued && !connection->initiated_locally) {
        handshake->credentials = endpoint->self_issued;
        return true;
    }
    *error = no_randomness;
    if (!random_secret(endpoint->random, seed, sizeof seed))
        return false;
    handshake->own_credentials = credentials_self_issued(seed, &endpoint->identity, endpoint->app_id);
    handshake->credentials = handshake->own_credentials;
    crypto_wipe(seed, sizeof seed);
    *error = "no memory for a certificate, or the local identity cannot be written into one";
    return handshake->own_credentials != NULL;
}

static uint32_t stream_window(const struct transport_config *config)
{
    return (uint32_t)config->receive_buffer_size * STREAM_WINDOW_BUFFERS;
}

/* A fresh key and nonce, offering these ciphers, signed with the certified key. */
static bool make_crypt_info(struct connection *connection, const uint32_t *ciphers, int cipher_count,
                            const char **error)
{
    struct handshake *handshake = connection->handshake;
    struct random_source *random = connection->endpoint->random;
    uint8_t public_key[CRYPTO_KEY_SIZE];
    struct crypt_info info = {
        .has_kind = true,
        .has_dh_public = true,
        .has_nonce = true,
        .has_version = true,
        .kind = CRYPT_KIND_X25519,
        .dh_public = {public_key, sizeof public_key},
        .version = PROTOCOL_VERSION,
        .cipher_count = (uint32_t)cipher_count,
        .has_abilities = !connection->endpoint->as_deployed,
        .abilities =
            {
                .stream_holes = STREAM_HOLES_ABLE,
                .stream_window = stream_window(connection->config),
                .packet_jump = PACKET_JUMP_ABLE,
            },
    };

    memcpy(info.ciphers, ciphers, (size_t)cipher_count * sizeof *ciphers);
    *error = no_randomness;
    if (!random_secret(random, handshake->dh_private, sizeof handshake->dh_private) ||
        !random_secret(random, &handshake->nonce, sizeof handshake->nonce))
        return false;
    info.nonce = handshake->nonce;
    *error = "the cryptographic library refused to make keys";
    if (!crypto_x25519_public(handshake->dh_private, public_key))
        return false;
    handshake->crypt_info_length = crypt_info_encode(&info, handshake->crypt_info, sizeof handshake->crypt_info);
    return handshake->crypt_info_length > 0 &&
           credentials_sign(handshake->credentials, handshake->crypt_info, handshake->crypt_info_length,
                            handshake->crypt_signature);
}

static struct signed_crypt own_signed_crypt(const struct handshake *handshake)
{
    return (struct signed_crypt){
        .has_info = true,
        .has_signature = true,
        .info = {handshake->crypt_info, handshake->crypt_info_length},
        .signature = {handshake->crypt_signature, sizeof handshake->crypt_signature},
    };
}

static bool own_signed_certificate(const struct handshake *handshake, struct signed_certificate *out)
{
    return signed_certificate_decode(out, handshake->credentials->message, handshake->credentials->message_length);
}

/* Our identity travels as text only if the certificate does not carry it (protocol 4.3). */
static void add_identity(const struct connection *connection, struct identity_forms *forms, char *text, size_t size)
{
    if (connection->handshake->credentials->certificate.has_identity)
        return;
    identity_print(&connection->endpoint->identity, text, size);
    forms->has_text = true;
    forms->text = (struct byte_slice){(const uint8_t *)text, strlen(text)};
}

/* ---- keys ----------------------------------------------------------------------------------------------------- */

static bool install_keys(struct connection *connection, const struct session_transcript *transcript,
                         const uint8_t *peer_public)
{
    bool client = connection->initiated_locally;
    struct session_keys keys;
    bool ok = session_keys_derive(&keys, transcript, connection->handshake->dh_private, peer_public);

    if (ok && connection->cipher == CIPHER_AES_256_GCM)
        ok = packet_cipher_init(&connection->seal, PACKET_CIPHER_SEAL,
                                client ? keys.client_to_server_key : keys.server_to_client_key,
                                client ? keys.client_to_server_iv : keys.server_to_client_iv) &&
             packet_cipher_init(&connection->open, PACKET_CIPHER_OPEN,
                                client ? keys.server_to_client_key : keys.client_to_server_key,
                                client ? keys.server_to_client_iv : keys.client_to_server_iv);
    crypto_wipe(&keys, sizeof keys);
    crypto_wipe(connection->handshake->dh_private, sizeof connection->handshake->dh_private);
    return ok;
}

/* Packet numbers begin where the peer's version says (protocol 12.1). */
static void start_numbering(struct connection *connection)
{
    bool counts = connection->peer_version >= PROTOCOL_VERSION_CONNECT_COUNTS;

    sender_renumber(&connection->sender, counts ? PACKET_FIRST_NUMBER : PACKET_FIRST_NUMBER_OLD);
    ack_tracker_free(&connection->acks);
    ack_tracker_init(&connection->acks, counts ? 1 : 0);
    packet_window_init(&connection->window, counts ? 1 : 0);
}

/* Both ends have told what they can; a peer that has told nothing is treated as the deployed ones are. */
static void use_abilities(struct connection *connection)
{
    if (connection->endpoint->as_deployed)
        connection->peer_abilities = (struct abilities){0};
    if (connection->peer_abilities.stream_window == 0)
        return;
    sender_extend(&connection->sender, &connection->peer_abilities);
    receiver_extend(&connection->receiver);
    ack_tracker_extend(&connection->acks);
}

/* First part of protocol 10.4, for a connection with so many lanes: 0, or the reason to end with. */
static int check_version(const struct crypt_info *crypt, uint32_t announced, int lanes)
{
    if (!crypt->has_version || crypt->version < PROTOCOL_VERSION_MINIMUM)
        return END_REMOTE_BAD_VERSION;
    if (announced && crypt->version != announced)
        return END_REMOTE_BAD_VERSION;
    if (lanes > 1 && crypt->version < PROTOCOL_VERSION_LANES)
        return END_REMOTE_BAD_VERSION;
    return 0;
}

static bool crypt_key_usable(const struct crypt_info *crypt)
{
    return crypt->kind == CRYPT_KIND_X25519 && crypt->has_dh_public && crypt->dh_public.length == PUBLIC_KEY_SIZE;
}

static struct certificate_policy policy_of(const struct endpoint *endpoint, int allow_unsigned)
{
    return (struct certificate_policy){
        .authorities = endpoint->authorities,
        .unix_now = endpoint->unix_time(),
        .app_id = endpoint->app_id,
        .allow_unsigned = allow_unsigned,
    };
}

static void note_authentication(struct connection *connection, const struct certificate_verdict *verdict)
{
    connection->authenticated = verdict->authenticated;
    if (!verdict->authenticated &&
        connection_allow_unsigned(connection->config, &connection->remote_address) == ALLOW_UNSIGNED_WITH_WARNING)
        log_write(LOG_LEVEL_WARNING, "connection #%u: the peer is not authenticated%s%s", connection->local_id,
                  verdict->text[0] ? ": " : "", verdict->text);
}

/* ---- client (protocol 6.2) ------------------------------------------------------------------------------------ */

bool handshake_begin_client(struct connection *connection, microseconds now, const char **error)
{
    uint32_t ciphers[2];
    int cipher_count = session_ciphers(connection->config->unencrypted, ciphers);

    *error = "out of memory";
    connection->handshake = mem_alloc_zeroed(sizeof *connection->handshake);
    if (!connection->handshake || !choose_credentials(connection, error))
        return false;
    if (!make_crypt_info(connection, ciphers, cipher_count, error))
        return false;
    connection->pending |= PENDING_CHALLENGE_REQUEST;
    connection->handshake->retry_at = now + HANDSHAKE_RETRY_MS * MILLISECOND;
    return true;
}

size_t handshake_write_challenge_request(struct connection *connection, uint8_t *out, size_t capacity, microseconds now)
{
    struct challenge_request request = {
        .has_client_id = true,
        .has_client_time = true,
        .has_version = true,
        .client_id = connection->local_id,
        .client_time = (uint64_t)now,
        .version = PROTOCOL_VERSION,
    };

    connection->handshake->challenges_asked++;
    return challenge_request_encode(&request, out, capacity);
}

size_t handshake_write_connect_request(struct connection *connection, uint8_t *out, size_t capacity, microseconds now)
{
    struct handshake *handshake = connection->handshake;
    char identity[IDENTITY_TEXT_SIZE];
    int ping = connection->sender.round_trip.smoothed_ms;
    struct connect_request request = {
        .has_client_id = true,
        .has_challenge = true,
        .has_certificate = true,
        .has_client_time = true,
        .has_crypt = true,
        .has_ping_estimate = ping >= 0,
        .client_id = connection->local_id,
        .challenge = handshake->challenge,
        .client_time = (uint64_t)now,
        .ping_estimate_ms = ping >= 0 ? (uint32_t)ping : 0,
        .crypt = own_signed_crypt(handshake),
    };

    if (!own_signed_certificate(handshake, &request.certificate))
        return 0;
    add_identity(connection, &request.identity, identity, sizeof identity);
    return connect_request_encode(&request, out, capacity);
}

/* The round trip that an echoed time tells, without what the peer held it for. Any 64 bits may come. */
static microseconds since_echoed(uint64_t echoed, uint32_t held, microseconds now)
{
    return (microseconds)((uint64_t)now - echoed - held);
}

static void sample_handshake(struct connection *connection, microseconds sample, microseconds now)
{
    if (sample >= 0 && sample <= PING_SAMPLE_MAXIMUM_MS * MILLISECOND)
        sender_sample_round_trip(&connection->sender, sample, now);
}

void handshake_received_challenge_reply(struct connection *connection, const struct challenge_reply *message,
                                        microseconds now)
{
    struct handshake *handshake = connection->handshake;

    if (!connection->initiated_locally || connection->state != STATE_CONNECTING || !message->has_client_id ||
        message->client_id != connection->local_id || !message->has_challenge) {
        drop_count(&connection->statistics.drops, DROP_WRONG_STATE);
        return;
    }
    if (!message->has_version || message->version < PROTOCOL_VERSION_MINIMUM) {
        connection_problem(connection, now, END_GENERIC, "The server speaks protocol version %u; at least %d is needed",
                           message->version, PROTOCOL_VERSION_MINIMUM);
        return;
    }
    if (handshake->requests_made >= handshake->challenges_asked) {
        drop_count(&connection->statistics.drops, DROP_WRONG_STATE);
        return;
    }
    handshake->requests_made++;
    handshake->version_seen = message->version;
    handshake->challenge = message->challenge;
    if (message->echoed_time != 0)
        sample_handshake(connection, since_echoed(message->echoed_time, 0, now), now);
    connection->pending |= PENDING_CONNECT_REQUEST;
    handshake->retry_at = now + HANDSHAKE_RETRY_MS * MILLISECOND;
}

/* Steps 2 to 4 of protocol 6.2. False: the message is ignored. */
static bool establish_server_identity(struct connection *connection, const struct connect_ok *message,
                                      const struct certificate_body *body, SteamNetworkingIdentity *identity)
{
    bool in_certificate = true;
    enum identity_outcome outcome = identity_choose(&body->identity, identity);

    if (outcome == IDENTITY_ABSENT) {
        in_certificate = false;
        outcome = identity_choose(&message->identity, identity);
    }
    if (outcome == IDENTITY_MALFORMED)
        return false;
    if (outcome == IDENTITY_ABSENT || identity_is_localhost(identity)) {
        if (connection_allow_unsigned(connection->config, &connection->remote_address) == ALLOW_UNSIGNED_NEVER)
            return false;
        identity_set_address(identity, &connection->remote_address);
    } else if (identity->m_eType == k_ESteamNetworkingIdentityType_IPAddress && !in_certificate) {
        return false;
    }
    return identity_is_invalid(&connection->remote_identity) || identity_equal(&connection->remote_identity, identity);
}

/* Step 8 of protocol 6.2. False: the connection has become a problem. */
static bool accept_server(struct connection *connection, const struct connect_ok *message,
                          const SteamNetworkingIdentity *identity, microseconds now)
{
    struct handshake *handshake = connection->handshake;
    struct certificate_policy policy =
        policy_of(connection->endpoint, connection_allow_unsigned(connection->config, &connection->remote_address));
    struct certificate_verdict verdict;
    struct crypt_info offered = {.cipher_count = 0};
    struct session_transcript transcript;
    int reason;

    if (!certificate_policy_check(&policy, &message->certificate, &message->crypt, identity, &verdict)) {
        connection_problem(connection, now, verdict.end_reason, "%s", verdict.text);
        return false;
    }
    reason = check_version(&verdict.crypt, handshake->version_seen, connection->sender.lane_count);
    if (reason) {
        connection_problem(connection, now, reason, "The server's protocol version %u is not acceptable",
                           verdict.crypt.version);
        return false;
    }
    if (!crypt_key_usable(&verdict.crypt)) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server's key exchange is not X25519");
        return false;
    }
    crypt_info_decode(&offered, handshake->crypt_info, handshake->crypt_info_length);
    connection->cipher = verdict.crypt.cipher_count == 1 ? verdict.crypt.ciphers[0] : 0;
    for (uint32_t i = 0;; i++) {
        if (i == offered.cipher_count || connection->cipher == 0) {
            connection->cipher = 0;
            connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server chose a cipher that was not offered");
            return false;
        }
        if (offered.ciphers[i] == connection->cipher)
            break;
    }

    connection->peer_version = verdict.crypt.version;
    connection->peer_abilities = verdict.crypt.abilities;
    transcript = (struct session_transcript){
        .client_id = connection->local_id,
        .server_id = connection->remote_id,
        .client_nonce = handshake->nonce,
        .server_nonce = verdict.crypt.nonce,
        .client_certificate = handshake->credentials->body,
        .server_certificate = message->certificate.body,
        .client_crypt = {handshake->crypt_info, handshake->crypt_info_length},
        .server_crypt = message->crypt.info,
    };
    if (!install_keys(connection, &transcript, verdict.crypt.dh_public.data)) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server's public key is not usable");
        return false;
    }
    note_authentication(connection, &verdict);
    return true;
}

void handshake_received_connect_ok(struct connection *connection, const struct connect_ok *message, microseconds now)
{
    struct certificate_body body;
    SteamNetworkingIdentity identity;

    if (!connection->initiated_locally || !message->has_client_id || message->client_id != connection->local_id) {
        drop_count(&connection->statistics.drops, DROP_WRONG_ID);
        return;
    }
    if (connection_is_closing(connection)) {
        closing_answer(connection, now);
        return;
    }
    if (connection->state != STATE_CONNECTING || connection->handshake->version_seen == 0)
        return; /* a duplicate, or nobody asked */

    memset(&body, 0, sizeof body);
    if (message->has_certificate && message->certificate.has_body &&
        !certificate_body_decode(&body, message->certificate.body.data, message->certificate.body.length)) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server's certificate cannot be read");
        return;
    }
    if (!establish_server_identity(connection, message, &body, &identity)) {
        drop_count(&connection->statistics.drops, DROP_BAD_IDENTITY);
        return;
    }
    if (message->has_echoed_time && message->echoed_time != 0)
        sample_handshake(connection, since_echoed(message->echoed_time, message->delay_us, now), now);
    if (!message->has_server_id || (message->server_id & 0xFFFF) == 0) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server sent no usable connection id");
        return;
    }
    connection->remote_id = message->server_id; /* so that a refusal can be addressed */
    if (!message->has_certificate || !message->has_crypt) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The server sent no certificate or no key exchange");
        return;
    }
    if (!accept_server(connection, message, &identity, now))
        return;
    connection->remote_identity = identity;
    start_numbering(connection);
    use_abilities(connection);
    connection_apply_limits(connection);
    handshake_free(connection);
    connection_set_state(connection, STATE_CONNECTED, now);
}

/* ---- server (protocol 6.3 to 6.6) ----------------------------------------------------------------------------- */

static bool keep_peer_hello(struct handshake *handshake, const struct connect_request *request,
                            const struct crypt_info *crypt)
{
    struct byte_slice certificate = request->certificate.body, info = request->crypt.info;
    struct peer_hello *peer = mem_alloc_zeroed(sizeof *peer + certificate.length + info.length);

    if (!peer)
        return false;
    memcpy(peer->bytes, certificate.data, certificate.length);
    memcpy(peer->bytes + certificate.length, info.data, info.length);
    peer->certificate = (struct byte_slice){peer->bytes, certificate.length};
    peer->crypt_info = (struct byte_slice){peer->bytes + certificate.length, info.length};
    peer->crypt = *crypt;
    peer->dh_usable = crypt_key_usable(crypt);
    if (peer->dh_usable)
        memcpy(peer->dh_public, crypt->dh_public.data, PUBLIC_KEY_SIZE);
    handshake->peer = peer;
    return true;
}

bool connection_judge_request(const struct endpoint *endpoint, int allow_unsigned,
                              const struct connect_request *request, const SteamNetworkingIdentity *from_identity,
                              struct certificate_verdict *verdict)
{
    struct certificate_policy policy = policy_of(endpoint, allow_unsigned);

    if (!certificate_policy_check(&policy, &request->certificate, &request->crypt, from_identity, verdict))
        return false;
    verdict->end_reason = check_version(&verdict->crypt, 0, 1);
    if (verdict->end_reason)
        snprintf(verdict->text, sizeof verdict->text, "The peer's protocol version %u is too old.",
                 verdict->crypt.version);
    return verdict->end_reason == 0;
}

bool handshake_begin_server(struct connection *connection, const struct connect_request *request,
                            const struct certificate_verdict *verdict, microseconds now)
{
    struct handshake *handshake = connection->handshake = mem_alloc_zeroed(sizeof *handshake);

    connection->peer_version = verdict->crypt.version;
    connection->peer_abilities = verdict->crypt.abilities;
    if (!handshake || !keep_peer_hello(handshake, request, &verdict->crypt))
        return false;
    handshake->has_client_time = request->has_client_time && request->client_time != 0;
    handshake->client_time = request->client_time;
    handshake->client_time_received = now;
    if (request->has_ping_estimate && request->ping_estimate_ms <= HANDSHAKE_PING_MAXIMUM_MS)
        sample_handshake(connection, request->ping_estimate_ms * MILLISECOND, now);
    note_authentication(connection, verdict);
    return true;
}

bool handshake_accept(struct connection *connection, microseconds now)
{
    struct handshake *handshake = connection->handshake;
    struct session_transcript transcript;
    const char *error = NULL;

    if (!choose_credentials(connection, &error)) {
        connection_problem(connection, now, END_INTERNAL_ERROR, "%s", error);
        return false;
    }
    connection->cipher = session_choose_cipher(connection->config->unencrypted, &handshake->peer->crypt);
    if (connection->cipher == 0) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT,
                           "The two sides have no cipher in common (Unencrypted is %d here)",
                           connection->config->unencrypted);
        return false;
    }
    if (!make_crypt_info(connection, &connection->cipher, 1, &error)) {
        connection_problem(connection, now, END_INTERNAL_ERROR, "%s", error);
        return false;
    }
    transcript = (struct session_transcript){
        .client_id = connection->remote_id,
        .server_id = connection->local_id,
        .client_nonce = handshake->peer->crypt.nonce,
        .server_nonce = handshake->nonce,
        .client_certificate = handshake->peer->certificate,
        .server_certificate = handshake->credentials->body,
        .client_crypt = handshake->peer->crypt_info,
        .server_crypt = {handshake->crypt_info, handshake->crypt_info_length},
    };
    if (!handshake->peer->dh_usable || !install_keys(connection, &transcript, handshake->peer->dh_public)) {
        connection_problem(connection, now, END_REMOTE_BAD_CRYPT, "The client's public key is not usable");
        return false;
    }
    mem_free(handshake->peer);
    handshake->peer = NULL;
    start_numbering(connection);
    use_abilities(connection);
    connection_apply_limits(connection);
    connection->pending |= PENDING_CONNECT_OK;
    return true;
}

void handshake_received_repeat(struct connection *connection, uint32_t client_id, bool has_client_time,
                               uint64_t client_time, microseconds now)
{
    struct handshake *handshake = connection->handshake;

    if (connection->initiated_locally || client_id != connection->remote_id) {
        drop_count(&connection->statistics.drops, DROP_WRONG_ID);
        return;
    }
    if (connection_is_closing(connection)) {
        closing_answer(connection, now);
        return;
    }
    if (!handshake)
        return; /* the client has been heard with the session's keys: it has our ConnectOK */
    if (has_client_time && client_time != 0) {
        handshake->has_client_time = true;
        handshake->client_time = client_time;
        handshake->client_time_received = now;
    }
    if (connection->state == STATE_CONNECTED || connection->state == STATE_LINGER)
        connection_reply(connection, PENDING_CONNECT_OK);
}

size_t handshake_write_connect_ok(struct connection *connection, uint8_t *out, size_t capacity, microseconds now)
{
    struct handshake *handshake = connection->handshake;
    microseconds held;
    char identity[IDENTITY_TEXT_SIZE];
    struct connect_ok message = {
        .has_client_id = true,
        .has_server_id = true,
        .has_crypt = true,
        .has_certificate = true,
        .client_id = connection->remote_id,
        .server_id = connection->local_id,
    };

    if (!handshake || !own_signed_certificate(handshake, &message.certificate))
        return 0;
    held = now - handshake->client_time_received;
    message.crypt = own_signed_crypt(handshake);
    if (handshake->has_client_time && held < HANDSHAKE_TIMESTAMP_VALID_MS * MILLISECOND) {
        message.has_echoed_time = message.has_delay = true;
        message.echoed_time = handshake->client_time;
        message.delay_us = (uint32_t)held;
    }
    add_identity(connection, &message.identity, identity, sizeof identity);
    return connect_ok_encode(&message, out, capacity);
}

void handshake_free(struct connection *connection)
{
    struct handshake *handshake = connection->handshake;

    if (!handshake)
        return;
    credentials_free(handshake->own_credentials);
    mem_free(handshake->peer);
    crypto_wipe(handshake, sizeof *handshake);
    mem_free(handshake);
    connection->handshake = NULL;
    /* A late or repeated datagram may have asked for another one right before; there is nothing left to write it with.
     */
    connection->pending &= (uint8_t) ~(PENDING_CHALLENGE_REQUEST | PENDING_CONNECT_REQUEST | PENDING_CONNECT_OK);
}
