/*
 * The six control messages (protocol 3, 4): from a whole datagram to a struct and back. Only the form is checked here;
 * which fields must be present and what a message does is decided by conn/.
 *
 * Pure functions; any thread. Decoders take untrusted bytes; slices in the results point into the datagram. Absent
 * fields are zero and their has_ flag is false. Encoders write a whole datagram, id byte and padding included, and
 * return its length, or 0 when it did not fit.
 */
#ifndef WIRE_CONTROL_MESSAGES_H
#define WIRE_CONTROL_MESSAGES_H

#include "base/bytes.h"
#include "wire/certificate_message.h"
#include "wire/identity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Message ids, the first byte of the datagram (protocol 3). */
enum control_kind {
    CONTROL_CHALLENGE_REQUEST = 0x20,
    CONTROL_CHALLENGE_REPLY = 0x21,
    CONTROL_CONNECT_REQUEST = 0x22,
    CONTROL_CONNECT_OK = 0x23,
    CONTROL_CONNECTION_CLOSED = 0x24,
    CONTROL_NO_CONNECTION = 0x25,
};

struct challenge_request {
    bool has_client_id;
    bool has_client_time;
    bool has_version;
    uint32_t client_id;
    uint64_t client_time;
    uint32_t version;
};

struct challenge_reply {
    bool has_client_id;
    bool has_challenge;
    bool has_echoed_time;
    bool has_version;
    uint32_t client_id;
    uint64_t challenge;
    uint64_t echoed_time;
    uint32_t version;
};

struct connect_request {
    bool has_client_id;
    bool has_challenge;
    bool has_certificate;
    bool has_client_time;
    bool has_ping_estimate;
    bool has_crypt;
    bool has_legacy_version;
    uint32_t client_id;
    uint64_t challenge;
    uint64_t client_time;
    uint32_t ping_estimate_ms;
    uint32_t legacy_version;
    struct signed_certificate certificate;
    struct signed_crypt crypt;
    struct identity_forms identity;
};

struct connect_ok {
    bool has_client_id;
    bool has_echoed_time;
    bool has_delay;
    bool has_server_id;
    bool has_crypt;
    bool has_certificate;
    uint32_t client_id;
    uint32_t server_id;
    uint64_t echoed_time;
    uint32_t delay_us;
    struct signed_crypt crypt;
    struct signed_certificate certificate;
    struct identity_forms identity;
};

/* Ids of 0 are the same as absent ones, so there are no flags: 0 is not written. */
struct connection_closed {
    bool has_reason;
    uint32_t reason;
    uint32_t to_id;
    uint32_t from_id;
    struct byte_slice debug; /* at most CLOSE_TEXT_MAXIMUM bytes, longer ones are cut; not terminated */
};

struct no_connection {
    uint32_t from_id;
    uint32_t to_id;
};

/* The body alone, without id and padding. False: malformed. */
bool challenge_request_decode(struct challenge_request *message, const uint8_t *body, size_t length);
bool challenge_reply_decode(struct challenge_reply *message, const uint8_t *body, size_t length);
bool connect_request_decode(struct connect_request *message, const uint8_t *body, size_t length);
bool connect_ok_decode(struct connect_ok *message, const uint8_t *body, size_t length);
bool connection_closed_decode(struct connection_closed *message, const uint8_t *body, size_t length);
bool no_connection_decode(struct no_connection *message, const uint8_t *body, size_t length);

/* A whole datagram. The certificate's private key is never written. Debug text is cut to CLOSE_TEXT_MAXIMUM. */
size_t challenge_request_encode(const struct challenge_request *message, uint8_t *out, size_t capacity);
size_t challenge_reply_encode(const struct challenge_reply *message, uint8_t *out, size_t capacity);
size_t connect_request_encode(const struct connect_request *message, uint8_t *out, size_t capacity);
size_t connect_ok_encode(const struct connect_ok *message, uint8_t *out, size_t capacity);
size_t connection_closed_encode(const struct connection_closed *message, uint8_t *out, size_t capacity);
size_t no_connection_encode(const struct no_connection *message, uint8_t *out, size_t capacity);

struct control_message {
    enum control_kind kind;
    union {
        struct challenge_request challenge_request;
        struct challenge_reply challenge_reply;
        struct connect_request connect_request;
        struct connect_ok connect_ok;
        struct connection_closed connection_closed;
        struct no_connection no_connection;
    };
};

enum control_outcome {
    CONTROL_OK,
    CONTROL_UNKNOWN,   /* the first byte is no control message's id (a data packet's included) */
    CONTROL_MALFORMED, /* too short, bad padding, or the body does not parse */
};

/* A datagram as it came from the network. Nothing but `kind` is set unless the result is CONTROL_OK. */
enum control_outcome control_decode(const uint8_t *datagram, size_t length, struct control_message *message);

/* By message->kind. */
size_t control_encode(const struct control_message *message, uint8_t *out, size_t capacity);

#endif
