/*
 * The handshake of a connection over plain UDP, for both roles (protocol 6, 10). Its state is held apart from the
 * connection and freed when nothing can ask for it any more. All calls are made by the connection.
 */
#ifndef CONN_HANDSHAKE_H
#define CONN_HANDSHAKE_H

#include "base/time.h"
#include "cert/certificate_policy.h"
#include "cert/credentials.h"
#include "wire/control_messages.h"

#include <stdbool.h>
#include <stdint.h>

struct connection;

enum handshake_limits {
    HANDSHAKE_CRYPT_INFO_MAX = 96, /* our own crypt info is 50 bytes, and up to 21 for the abilities */
};

/* What the acceptance needs of a client's request, whose datagram is gone by then. */
struct peer_hello {
    uint8_t dh_public[CRYPTO_KEY_SIZE];
    bool dh_usable;          /* kind and size are right */
    struct crypt_info crypt; /* its slices are not used after the copy */
    struct byte_slice certificate, crypt_info;
    uint8_t bytes[]; /* certificate body and crypt info, for the key derivation */
};

struct handshake {
    struct credentials *own_credentials; /* self-issued for this connection; NULL when the endpoint's are used */
    const struct credentials *credentials;
    uint8_t dh_private[CRYPTO_KEY_SIZE];
    uint64_t nonce;
    uint8_t crypt_info[HANDSHAKE_CRYPT_INFO_MAX];
    size_t crypt_info_length;
    uint8_t crypt_signature[CRYPTO_SIGNATURE_SIZE];

    /* client */
    microseconds retry_at;
    int challenges_asked, requests_made; /* one connect request for each challenge request, however many replies come */
    uint64_t challenge;
    uint32_t version_seen; /* in ChallengeReply; 0 before */

    /* server */
    struct peer_hello *peer; /* until the connection is accepted */
    uint64_t client_time;
    bool has_client_time;
    microseconds client_time_received;
};

/* Client: prepares certificate and crypt info. On false *error is a sentence. */
bool handshake_begin_client(struct connection *connection, microseconds now, const char **error);

/*
 * Server: keeps what the acceptance will need of a request that connection_judge_request has approved. False when
 * memory is short.
 */
bool handshake_begin_server(struct connection *connection, const struct connect_request *request,
                            const struct certificate_verdict *verdict, microseconds now);

/* Server: chooses the cipher and derives the keys. On false the connection has become a problem (4002) or memory is
 * short. */
bool handshake_accept(struct connection *connection, microseconds now);

void handshake_free(struct connection *connection);

void handshake_received_challenge_reply(struct connection *connection, const struct challenge_reply *message,
                                        microseconds now);
void handshake_received_connect_ok(struct connection *connection, const struct connect_ok *message, microseconds now);

/* Server: a repeated request on an existing connection (protocol 6.5). client_time only with a ConnectRequest. */
void handshake_received_repeat(struct connection *connection, uint32_t client_id, bool has_client_time,
                               uint64_t client_time, microseconds now);

size_t handshake_write_challenge_request(struct connection *connection, uint8_t *out, size_t capacity,
                                         microseconds now);
size_t handshake_write_connect_request(struct connection *connection, uint8_t *out, size_t capacity, microseconds now);
size_t handshake_write_connect_ok(struct connection *connection, uint8_t *out, size_t capacity, microseconds now);

#endif
