/*
 * A peer of bare bytes: a client of any protocol version whose packets are whatever a test says, against a connection
 * on the server's side. Packets are not encrypted, so that nothing stands between the test and the message engine.
 */
#ifndef UNIT_CONN_RAW_PEER_H
#define UNIT_CONN_RAW_PEER_H

#include "ends.h"

#include "cert/credentials.h"
#include "wire/frame.h"

enum {
    RAW_PEER_ID = 0x55556666,
    RAW_LOCAL_ID = 0x33334444,
    RAW_ROUNDS_MAX = 16,    /* after so many ticks at one moment a connection must have nothing more to do */
    RAW_DATAGRAMS_MAX = 64, /* that it may send at one moment */
};

struct raw_peer {
    struct owner owner;
    struct transport_config config;
    struct random_generator random;
    struct endpoint *endpoint;
    microseconds now;
    int64_t next_number;        /* of the packets to the connection */
    struct memory_quota *quota; /* of received messages; NULL: none */
    int answers;                /* datagrams that the connection sent when it was last settled */
    size_t largest;             /* data packet that it ever sent */
    uint8_t last[DATAGRAM_MAXIMUM];
    size_t last_length;
};

static inline struct connection *raw_peer_connection(const struct raw_peer *peer)
{
    return peer->owner.connection;
}

/* Everything that is due is done, and comes to an end. */
static inline void raw_peer_settle(struct raw_peer *peer)
{
    static struct datagram_batch batch;
    struct connection *connection = raw_peer_connection(peer);
    int rounds = 0;
    bool more = true;

    peer->answers = 0;
    while (more || connection_deadline(connection, peer->now) <= peer->now) {
        const uint8_t *at = batch.bytes;

        assert_true(++rounds <= RAW_ROUNDS_MAX);
        if (!more)
            connection_tick(connection, peer->now);
        datagram_batch_clear(&batch);
        more = connection_send(connection, &batch, peer->now);
        for (int i = 0; i < batch.count; at += batch.sizes[i], i++) {
            if (at[0] & DATAGRAM_DATA_FLAG && batch.sizes[i] > peer->largest)
                peer->largest = batch.sizes[i];
            memcpy(peer->last, at, batch.sizes[i]);
            peer->last_length = batch.sizes[i];
        }
        peer->answers += batch.count;
        assert_true(peer->answers <= RAW_DATAGRAMS_MAX);
    }
}

static inline void raw_peer_wait(struct raw_peer *peer, microseconds duration)
{
    microseconds until = peer->now + duration;
    struct connection *connection = raw_peer_connection(peer);
    int answers = 0;

    while (connection_deadline(connection, peer->now) <= until) {
        peer->now = time_later(peer->now, connection_deadline(connection, peer->now));
        raw_peer_settle(peer);
        answers += peer->answers;
    }
    peer->now = until;
    raw_peer_settle(peer);
    peer->answers += answers;
}

static inline size_t raw_peer_crypt_info(struct raw_peer *peer, uint32_t version, uint8_t *out, size_t capacity)
{
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE];
    struct crypt_info info = {
        .has_kind = true,
        .has_dh_public = true,
        .has_nonce = true,
        .has_version = true,
        .kind = CRYPT_KIND_X25519,
        .dh_public = {public_key, sizeof public_key},
        .nonce = 1,
        .version = version,
        .cipher_count = 1,
        .ciphers = {CIPHER_NONE},
    };

    random_fill(&peer->random.source, seed, sizeof seed);
    assert_true(crypto_x25519_public(seed, public_key));
    return crypt_info_encode(&info, out, capacity);
}

/* An accepted connection with a peer of this version. `peer` has had its configuration set. */
static inline void raw_peer_admit(struct raw_peer *peer, uint32_t version)
{
    struct connect_request request = {
        .has_client_id = true, .has_certificate = true, .has_crypt = true, .client_id = RAW_PEER_ID};
    struct connection_parameters parameters = {
        .local_id = RAW_LOCAL_ID,
        .remote_address = address_of("192.0.2.1:40000"),
        .endpoint = peer->endpoint,
        .config = &peer->config,
        .events = &peer->owner.events,
        .receive_memory = peer->quota,
    };
    SteamNetworkingIdentity identity = named("str:raw");
    uint8_t seed[CRYPTO_KEY_SIZE] = {1}, info[128], signature[CRYPTO_SIGNATURE_SIZE];
    struct credentials *credentials = credentials_self_issued(seed, &identity, 0);
    char error[128];
    int reason;

    assert_non_null(credentials);
    assert_true(signed_certificate_decode(&request.certificate, credentials->message, credentials->message_length));
    request.crypt.has_info = request.crypt.has_signature = true;
    request.crypt.info = (struct byte_slice){info, raw_peer_crypt_info(peer, version, info, sizeof info)};
    assert_true(credentials_sign(credentials, info, request.crypt.info.length, signature));
    request.crypt.signature = (struct byte_slice){signature, sizeof signature};
    peer->owner.connection = connection_incoming(&parameters, &request, &identity, peer->now, &reason, error);
    assert_non_null(peer->owner.connection);
    assert_int_equal(connection_accept(peer->owner.connection, peer->now), k_EResultOK);
    peer->next_number = version >= PROTOCOL_VERSION_CONNECT_COUNTS ? PACKET_FIRST_NUMBER : PACKET_FIRST_NUMBER_OLD;
    raw_peer_settle(peer);
    credentials_free(credentials);
}

static inline void raw_peer_init(struct raw_peer *peer)
{
    memset(peer, 0, sizeof *peer);
    peer->now = 1000 * SECOND;
    peer->config = engine_config();
    peer->config.unencrypted = 3;
    random_generator_init(&peer->random, 5);
    owner_init(&peer->owner);
    peer->endpoint = endpoint_named("str:local", &peer->random.source);
    assert_non_null(peer->endpoint);
}

static inline void raw_peer_end(struct raw_peer *peer)
{
    owner_end(&peer->owner);
    endpoint_release(peer->endpoint);
}

/* Feeds a packet with this payload and, if not 0, these flags in a statistics blob; nothing is sent yet. */
static inline void raw_peer_feed(struct raw_peer *peer, uint32_t flags, const void *payload, size_t length)
{
    uint8_t datagram[DATAGRAM_MAXIMUM], blob[2] = {0x18, (uint8_t)flags};
    struct data_header header = {
        .connection_id = RAW_LOCAL_ID,
        .packet_number = (uint16_t)peer->next_number++,
        .has_statistics = flags != 0,
        .statistics = {blob, sizeof blob},
    };
    size_t size = data_header_encode(&header, datagram, sizeof datagram);

    assert_true(size > 0 && size + length <= sizeof datagram);
    memcpy(datagram + size, payload, length);
    feed(raw_peer_connection(peer), datagram, size + length, peer->now);
}

static inline void raw_peer_send(struct raw_peer *peer, uint32_t flags, const void *payload, size_t length)
{
    raw_peer_feed(peer, flags, payload, length);
    raw_peer_settle(peer);
}

/* The connection sends until it has used so many packet numbers, of which none is acknowledged. */
static inline void raw_peer_fill_line(struct raw_peer *peer, int64_t packets)
{
    static struct datagram_batch batch;
    struct connection *connection = raw_peer_connection(peer);

    while (connection->sender.packets.next < packets) {
        struct message *message = pattern_message(1, 100000, k_nSteamNetworkingSend_ReliableNoNagle, 0);
        int64_t number;

        if (connection_send_message(connection, message, peer->now, &number) != k_EResultOK)
            message_release(message);
        peer->now += 200;
        do {
            datagram_batch_clear(&batch);
        } while (connection_send(connection, &batch, peer->now));
    }
}

#endif
