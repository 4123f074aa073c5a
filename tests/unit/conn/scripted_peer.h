/*
 * A peer whose every byte is the test's: it announces any version, offers any cipher, makes any mistake, and seals and
 * opens packets with the keys that follow. It faces one real connection and keeps what that sends.
 */
#ifndef UNIT_CONN_SCRIPTED_PEER_H
#define UNIT_CONN_SCRIPTED_PEER_H

#include "ends.h"

#include "cert/certificate_issue.h"
#include "cert/credentials.h"
#include "conn/listener.h"
#include "conn/session_keys.h"
#include "wire/counter.h"
#include "wire/frame.h"

enum {
    PEER_ID = 0x55556666,
    REAL_ID = 0x11112222,
    HEARD_MAX = 256,
};

/* What the peer does otherwise than a good one would. Zero: nothing. */
struct mischief {
    uint32_t crypt_version;    /* instead of the announced one */
    bool no_crypt_version;     /* leaves it out */
    bool no_announced_version; /* in ChallengeReply */
    uint32_t ciphers[3];       /* instead of the right ones */
    int cipher_count;          /* -1: an empty list */
    uint32_t kind;             /* of the key exchange */
    bool low_order_key, short_key;
    bool bad_signature, short_signature;
    bool no_certificate, no_crypt, no_certificate_body, no_crypt_info;
    bool unreadable_certificate, unreadable_crypt;
    uint32_t server_id; /* instead of PEER_ID */
    bool no_server_id;
    uint32_t client_id; /* instead of the one the client has */
    const char *identity;
    bool nameless;             /* no identity in the certificate */
    const char *identity_text; /* in the message */
    uint32_t app_id;
    bool no_apps;
};

struct heard {
    size_t length;
    uint8_t bytes[DATAGRAM_MAXIMUM];
};

struct scripted_peer {
    bool client;
    uint32_t version;
    struct mischief mischief;
    struct random_generator random;
    struct owner owner; /* of the real connection */
    struct transport_config config;
    struct endpoint *endpoint;
    struct random_generator endpoint_random;
    SteamNetworkingIdentity expected; /* by the real client */
    struct listener listener;
    EResult accepted;
    int refuse_reason;
    microseconds now;

    uint64_t client_time;      /* in the request, if not zero */
    uint32_t ping_estimate_ms; /* likewise */
    uint64_t challenge;        /* that the request answers */
    uint8_t dh_private[CRYPTO_KEY_SIZE], signing_seed[CRYPTO_KEY_SIZE];
    uint8_t certificate[512], crypt[128], signature[CRYPTO_SIGNATURE_SIZE];
    size_t certificate_length, crypt_length;
    uint64_t nonce;
    struct packet_cipher seal, open;
    uint32_t cipher;
    uint32_t real_id;
    int64_t next_number, highest_heard;

    struct heard heard[HEARD_MAX];
    int heard_count;
};

static inline void peer_init(struct scripted_peer *peer, bool client, uint32_t version)
{
    memset(peer, 0, sizeof *peer);
    peer->client = client;
    peer->version = version;
    peer->now = 1000 * SECOND;
    random_generator_init(&peer->random, 5);
    random_generator_init(&peer->endpoint_random, 6);
    peer->config = engine_config();
    owner_init(&peer->owner);
    peer->endpoint = endpoint_named("str:real", &peer->endpoint_random.source);
    assert_non_null(peer->endpoint);
    identity_clear(&peer->expected);
    listener_init(&peer->listener, &peer->random.source);
    peer->next_number = version >= PROTOCOL_VERSION_CONNECT_COUNTS ? 2 : 1;
    peer->highest_heard = 1;
}

static inline void peer_end(struct scripted_peer *peer)
{
    owner_end(&peer->owner);
    endpoint_release(peer->endpoint);
    packet_cipher_free(&peer->seal);
    packet_cipher_free(&peer->open);
    memset(peer, 0, sizeof *peer);
}

static inline struct connection *peer_real(struct scripted_peer *peer)
{
    return peer->owner.connection;
}

static inline void peer_listen(struct scripted_peer *peer)
{
    static struct datagram_batch batch;
    bool more = peer->owner.connection != NULL;

    while (more) {
        const uint8_t *at = batch.bytes;

        datagram_batch_clear(&batch);
        more = connection_send(peer->owner.connection, &batch, peer->now);
        for (int i = 0; i < batch.count; i++) {
            struct heard *heard = &peer->heard[peer->heard_count++];

            assert_true(peer->heard_count < HEARD_MAX);
            heard->length = batch.sizes[i];
            memcpy(heard->bytes, at, heard->length);
            at += batch.sizes[i];
        }
    }
}

/* Lets time pass for the real connection. */
static inline void peer_wait(struct scripted_peer *peer, microseconds duration)
{
    microseconds until = peer->now + duration;
    int steps = 0;

    while (connection_deadline(peer->owner.connection, peer->now) <= until) {
        peer->now = time_later(peer->now, connection_deadline(peer->owner.connection, peer->now));
        connection_tick(peer->owner.connection, peer->now);
        peer_listen(peer);
        assert_true(++steps < 100000);
    }
    peer->now = until;
}

static inline void peer_say(struct scripted_peer *peer, const uint8_t *datagram, size_t length)
{
    assert_true(length > 0);
    feed(peer->owner.connection, datagram, length, peer->now);
    peer_listen(peer);
}

/* The newest control message that was heard; fails the test if it is of another kind. */
static inline struct control_message peer_heard(struct scripted_peer *peer, enum control_kind kind)
{
    struct control_message message;
    const struct heard *heard;

    assert_true(peer->heard_count > 0);
    heard = &peer->heard[peer->heard_count - 1];
    assert_int_equal(heard->bytes[0], kind);
    assert_int_equal(control_decode(heard->bytes, heard->length, &message), CONTROL_OK);
    return message;
}

/* ---- the peer's hello -------------------------------------------------------------------------------------------- */

static inline void peer_make_certificate(struct scripted_peer *peer)
{
    uint8_t public_key[CRYPTO_KEY_SIZE];
    SteamNetworkingIdentity identity = named(peer->mischief.identity ? peer->mischief.identity : "str:peer");
    uint32_t app = peer->mischief.app_id;
    struct certificate_grant grant = {.key = public_key,
                                      .identity = peer->mischief.nameless ? NULL : &identity,
                                      .apps = &app,
                                      .app_count = peer->mischief.no_apps ? 0 : 1};

    random_fill(&peer->random.source, peer->signing_seed, sizeof peer->signing_seed);
    assert_true(crypto_ed25519_public(peer->signing_seed, public_key));
    peer->certificate_length = certificate_issue_body(&grant, peer->certificate, sizeof peer->certificate);
    assert_true(peer->certificate_length > 0);
    if (peer->mischief.unreadable_certificate)
        memset(peer->certificate, 0xff, peer->certificate_length);
}

static inline void peer_make_crypt(struct scripted_peer *peer, const uint32_t *ciphers, int cipher_count)
{
    const struct mischief *mischief = &peer->mischief;
    uint8_t public_key[CRYPTO_KEY_SIZE];
    struct crypt_info info = {
        .has_kind = true,
        .has_dh_public = true,
        .has_nonce = true,
        .has_version = !mischief->no_crypt_version,
        .kind = mischief->kind ? mischief->kind : CRYPT_KIND_X25519,
        .dh_public = {public_key, mischief->short_key ? 31 : sizeof public_key},
        .version = mischief->crypt_version ? mischief->crypt_version : peer->version,
    };

    random_fill(&peer->random.source, peer->dh_private, sizeof peer->dh_private);
    random_fill(&peer->random.source, &peer->nonce, sizeof peer->nonce);
    info.nonce = peer->nonce;
    assert_true(crypto_x25519_public(peer->dh_private, public_key));
    if (mischief->low_order_key)
        memset(public_key, 0, sizeof public_key);
    if (mischief->cipher_count != 0) {
        ciphers = mischief->ciphers;
        cipher_count = mischief->cipher_count < 0 ? 0 : mischief->cipher_count;
    }
    info.cipher_count = (uint32_t)cipher_count;
    memcpy(info.ciphers, ciphers, (size_t)cipher_count * sizeof *ciphers);
    peer->crypt_length = crypt_info_encode(&info, peer->crypt, sizeof peer->crypt);
    assert_true(peer->crypt_length > 0);
    if (mischief->unreadable_crypt)
        memset(peer->crypt, 0xff, peer->crypt_length);
    assert_true(crypto_ed25519_sign(peer->signing_seed, peer->crypt, peer->crypt_length, peer->signature));
    if (mischief->bad_signature)
        peer->signature[10] ^= 4;
}

static inline struct signed_certificate peer_signed_certificate(struct scripted_peer *peer)
{
    return (struct signed_certificate){.has_body = !peer->mischief.no_certificate_body,
                                       .body = {peer->certificate, peer->certificate_length}};
}

static inline struct signed_crypt peer_signed_crypt(struct scripted_peer *peer)
{
    return (struct signed_crypt){
        .has_info = !peer->mischief.no_crypt_info,
        .has_signature = true,
        .info = {peer->crypt, peer->crypt_length},
        .signature = {peer->signature, peer->mischief.short_signature ? 63 : sizeof peer->signature}};
}

static inline void peer_derive(struct scripted_peer *peer, uint32_t cipher, struct byte_slice certificate,
                               struct byte_slice crypt)
{
    struct crypt_info info;
    struct session_keys keys;
    struct byte_slice own_certificate = {peer->certificate, peer->certificate_length};
    struct byte_slice own_crypt = {peer->crypt, peer->crypt_length};
    struct session_transcript transcript;

    assert_true(crypt_info_decode(&info, crypt.data, crypt.length));
    transcript = (struct session_transcript){
        .client_id = peer->client ? PEER_ID : peer->real_id,
        .server_id = peer->client ? peer->real_id : PEER_ID,
        .client_nonce = peer->client ? peer->nonce : info.nonce,
        .server_nonce = peer->client ? info.nonce : peer->nonce,
        .client_certificate = peer->client ? own_certificate : certificate,
        .server_certificate = peer->client ? certificate : own_certificate,
        .client_crypt = peer->client ? own_crypt : crypt,
        .server_crypt = peer->client ? crypt : own_crypt,
    };
    assert_true(session_keys_derive(&keys, &transcript, peer->dh_private, info.dh_public.data));
    assert_true(packet_cipher_init(&peer->seal, PACKET_CIPHER_SEAL,
                                   peer->client ? keys.client_to_server_key : keys.server_to_client_key,
                                   peer->client ? keys.client_to_server_iv : keys.server_to_client_iv));
    assert_true(packet_cipher_init(&peer->open, PACKET_CIPHER_OPEN,
                                   peer->client ? keys.server_to_client_key : keys.client_to_server_key,
                                   peer->client ? keys.server_to_client_iv : keys.client_to_server_iv));
    peer->cipher = cipher;
}

static inline struct connection_parameters peer_parameters(struct scripted_peer *peer)
{
    return (struct connection_parameters){
        .local_id = REAL_ID,
        .remote_address = address_of("192.0.2.9:1234"),
        .expected_peer = &peer->expected,
        .endpoint = peer->endpoint,
        .config = &peer->config,
        .events = &peer->owner.events,
    };
}

/* ---- against a real client --------------------------------------------------------------------------------------- */

static inline void peer_start_client(struct scripted_peer *peer)
{
    struct connection_parameters parameters = peer_parameters(peer);

    peer->owner.connection = connection_connect(&parameters, peer->now, NULL);
    assert_non_null(peer->owner.connection);
    peer_listen(peer);
    peer->real_id = peer_heard(peer, CONTROL_CHALLENGE_REQUEST).challenge_request.client_id;
}

static inline void peer_reply_to_challenge(struct scripted_peer *peer, uint64_t echoed_time)
{
    struct challenge_reply reply = {.has_client_id = true,
                                    .has_challenge = true,
                                    .has_echoed_time = true,
                                    .has_version = !peer->mischief.no_announced_version,
                                    .client_id = peer->mischief.client_id ? peer->mischief.client_id : peer->real_id,
                                    .challenge = 77,
                                    .echoed_time = echoed_time,
                                    .version = peer->version};
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer_say(peer, datagram, challenge_reply_encode(&reply, datagram, sizeof datagram));
}

static inline size_t peer_connect_ok(struct scripted_peer *peer, uint8_t *datagram, size_t capacity)
{
    struct control_message request = peer_heard(peer, CONTROL_CONNECT_REQUEST);
    const struct mischief *mischief = &peer->mischief;
    uint32_t cipher = session_choose_cipher(1, &(struct crypt_info){.cipher_count = 0});
    struct crypt_info offered;
    struct connect_ok ok = {
        .has_client_id = true,
        .has_server_id = !mischief->no_server_id,
        .has_certificate = !mischief->no_certificate,
        .has_crypt = !mischief->no_crypt,
        .client_id = mischief->client_id ? mischief->client_id : peer->real_id,
        .server_id = mischief->server_id ? mischief->server_id : PEER_ID,
    };

    assert_true(crypt_info_decode(&offered, request.connect_request.crypt.info.data,
                                  request.connect_request.crypt.info.length));
    cipher = offered.ciphers[0];
    peer_make_certificate(peer);
    peer_make_crypt(peer, &cipher, 1);
    ok.certificate = peer_signed_certificate(peer);
    ok.crypt = peer_signed_crypt(peer);
    if (mischief->identity_text) {
        ok.identity.has_text = true;
        ok.identity.text =
            (struct byte_slice){(const uint8_t *)mischief->identity_text, strlen(mischief->identity_text)};
    }
    peer_derive(peer, cipher, request.connect_request.certificate.body, request.connect_request.crypt.info);
    return connect_ok_encode(&ok, datagram, capacity);
}

static inline void peer_shake_with_client(struct scripted_peer *peer)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];

    peer_start_client(peer);
    peer_reply_to_challenge(peer, 0);
    if (connection_state(peer_real(peer)) == STATE_CONNECTING)
        peer_say(peer, datagram, peer_connect_ok(peer, datagram, sizeof datagram));
}

/* ---- against a real server --------------------------------------------------------------------------------------- */

static inline uint64_t peer_ask_for_challenge(struct scripted_peer *peer)
{
    static struct listener_result result;
    struct challenge_request request = {.has_client_id = true, .client_id = PEER_ID};
    struct connection_parameters parameters = peer_parameters(peer);
    struct control_message message;
    uint8_t datagram[DATAGRAM_MAXIMUM];

    assert_int_equal(listener_receive(&peer->listener, &parameters.remote_address, datagram,
                                      challenge_request_encode(&request, datagram, sizeof datagram), true, peer->now,
                                      &result),
                     LISTENER_REPLY);
    assert_int_equal(control_decode(result.reply, result.reply_length, &message), CONTROL_OK);
    return message.challenge_reply.challenge;
}

static inline size_t peer_connect_request(struct scripted_peer *peer, uint8_t *datagram, size_t capacity)
{
    struct connect_request request = {
        .has_client_id = true,
        .has_challenge = true,
        .has_certificate = true,
        .has_crypt = !peer->mischief.no_crypt,
        .has_client_time = peer->client_time != 0,
        .has_ping_estimate = peer->ping_estimate_ms != 0,
        .client_id = PEER_ID,
        .challenge = peer->challenge,
        .client_time = peer->client_time,
        .ping_estimate_ms = peer->ping_estimate_ms,
        .certificate = peer_signed_certificate(peer),
        .crypt = peer_signed_crypt(peer),
    };

    return connect_request_encode(&request, datagram, capacity);
}

/* The real server's connection, up to Connecting; none when the request is refused (refuse_reason). */
static inline void peer_request(struct scripted_peer *peer)
{
    static const uint32_t ciphers[] = {CIPHER_AES_256_GCM, CIPHER_NONE};
    static struct listener_result result;
    struct connection_parameters parameters = peer_parameters(peer);
    uint8_t datagram[DATAGRAM_MAXIMUM];
    char error[128];
    size_t length;

    peer->challenge = peer_ask_for_challenge(peer);
    peer_make_certificate(peer);
    peer_make_crypt(peer, ciphers, 2);
    length = peer_connect_request(peer, datagram, sizeof datagram);
    assert_int_equal(
        listener_receive(&peer->listener, &parameters.remote_address, datagram, length, true, peer->now, &result),
        LISTENER_CONNECT);
    peer->owner.connection =
        connection_incoming(&parameters, &result.request, &result.identity, peer->now, &peer->refuse_reason, error);
    assert_true(peer->owner.connection || error[0]);
    assert_int_equal(peer->owner.connection == NULL, peer->refuse_reason != 0);
    peer->real_id = REAL_ID;
}

static inline void peer_shake_with_server(struct scripted_peer *peer)
{
    struct control_message message;
    struct crypt_info info;

    peer_request(peer);
    if (!peer->owner.connection)
        return;
    peer->accepted = connection_accept(peer->owner.connection, peer->now);
    peer_listen(peer);
    if (peer->accepted != k_EResultOK)
        return;
    message = peer_heard(peer, CONTROL_CONNECT_OK);
    assert_true(crypt_info_decode(&info, message.connect_ok.crypt.info.data, message.connect_ok.crypt.info.length));
    assert_int_equal(info.cipher_count, 1);
    peer_derive(peer, info.ciphers[0], message.connect_ok.certificate.body, message.connect_ok.crypt.info);
}

static inline void peer_shake(struct scripted_peer *peer)
{
    if (peer->client)
        peer_shake_with_server(peer);
    else
        peer_shake_with_client(peer);
}

/* ---- data packets ------------------------------------------------------------------------------------------------ */

/* A packet with this number and payload; for the number 0, with the next one. */
static inline size_t peer_packet(struct scripted_peer *peer, int64_t number, const void *payload, size_t length,
                                 uint8_t *datagram)
{
    struct data_header header = {.connection_id = peer->real_id};
    size_t size;

    if (number == 0)
        number = peer->next_number++;
    header.packet_number = (uint16_t)number;
    size = data_header_encode(&header, datagram, DATAGRAM_MAXIMUM);
    memcpy(datagram + size, payload, length);
    if (peer->cipher != CIPHER_AES_256_GCM)
        return size + length;
    assert_true(packet_cipher_seal(&peer->seal, (uint64_t)number, datagram + size, length));
    return size + length + PACKET_TAG_SIZE;
}

static inline void peer_send(struct scripted_peer *peer, int64_t number, const void *payload, size_t length)
{
    uint8_t datagram[DATAGRAM_MAXIMUM + 100];

    peer_say(peer, datagram, peer_packet(peer, number, payload, length, datagram));
}

/* Opens a data packet that was heard. */
struct opened {
    struct data_header header;
    int64_t number;
    size_t length;
    uint8_t payload[DATAGRAM_MAXIMUM];
};

static inline struct opened peer_open(struct scripted_peer *peer, int index)
{
    const struct heard *heard = &peer->heard[index];
    struct opened opened;

    assert_true(index < peer->heard_count);
    assert_true(data_header_decode(&opened.header, heard->bytes, heard->length));
    assert_int_equal(opened.header.connection_id, peer->client ? PEER_ID : PEER_ID);
    opened.number = counter_expand16(peer->highest_heard, opened.header.packet_number);
    if (opened.number > peer->highest_heard)
        peer->highest_heard = opened.number;
    opened.length = heard->length - opened.header.size;
    memcpy(opened.payload, heard->bytes + opened.header.size, opened.length);
    if (peer->cipher == CIPHER_AES_256_GCM) {
        assert_true(packet_cipher_open(&peer->open, (uint64_t)opened.number, opened.payload, opened.length));
        opened.length -= PACKET_TAG_SIZE;
    }
    return opened;
}

#endif
