#include "wire/control_messages.h"

#include "wire/generated/control.pb.h"
#include "wire/protobuf.h"

/* More occurrences of one sub-message than this make a datagram malformed; no sender has more than one. */
enum { OCCURRENCES_MAXIMUM = 4 };

/* ------------------------------------------------------------------------------------------------- bodies, decoding */

/* What ConnectRequest and ConnectOK have in common. */
struct credentials_slices {
    struct byte_slice certificate_slices[OCCURRENCES_MAXIMUM];
    struct byte_slice crypt_slices[OCCURRENCES_MAXIMUM];
    struct protobuf_slices certificates;
    struct protobuf_slices crypts;
};

static void credentials_into(struct credentials_slices *slices, pb_callback_t *certificate, pb_callback_t *crypt)
{
    slices->certificates = (struct protobuf_slices){slices->certificate_slices, 0, OCCURRENCES_MAXIMUM};
    slices->crypts = (struct protobuf_slices){slices->crypt_slices, 0, OCCURRENCES_MAXIMUM};
    protobuf_slices_into(certificate, &slices->certificates);
    protobuf_slices_into(crypt, &slices->crypts);
}

static bool credentials_decode(const struct credentials_slices *slices, bool *has_certificate,
                               struct signed_certificate *certificate, bool *has_crypt, struct signed_crypt *crypt)
{
    *has_certificate = slices->certificates.count > 0;
    *has_crypt = slices->crypts.count > 0;
    for (uint32_t i = 0; i < slices->certificates.count; i++) {
        struct byte_slice slice = slices->certificate_slices[i];
        if (!signed_certificate_merge(certificate, slice.data, slice.length))
            return false;
    }
    for (uint32_t i = 0; i < slices->crypts.count; i++) {
        struct byte_slice slice = slices->crypt_slices[i];
        if (!signed_crypt_merge(crypt, slice.data, slice.length))
            return false;
    }
    return true;
}

bool challenge_request_decode(struct challenge_request *message, const uint8_t *body, size_t length)
{
    wire_ChallengeRequest raw = wire_ChallengeRequest_init_zero;

    if (!protobuf_decode(&wire_ChallengeRequest_msg, &raw, body, length))
        return false;
    *message = (struct challenge_request){
        .has_client_id = raw.has_client_id,
        .has_client_time = raw.has_client_time,
        .has_version = raw.has_version,
        .client_id = raw.client_id,
        .client_time = raw.client_time,
        .version = (uint32_t)raw.version,
    };
    return true;
}

bool challenge_reply_decode(struct challenge_reply *message, const uint8_t *body, size_t length)
{
    wire_ChallengeReply raw = wire_ChallengeReply_init_zero;

    if (!protobuf_decode(&wire_ChallengeReply_msg, &raw, body, length))
        return false;
    *message = (struct challenge_reply){
        .has_client_id = raw.has_client_id,
        .has_challenge = raw.has_challenge,
        .has_echoed_time = raw.has_echoed_time,
        .has_version = raw.has_version,
        .client_id = raw.client_id,
        .challenge = raw.challenge,
        .echoed_time = raw.echoed_time,
        .version = (uint32_t)raw.version,
    };
    return true;
}

bool connect_request_decode(struct connect_request *message, const uint8_t *body, size_t length)
{
    wire_ConnectRequest raw = wire_ConnectRequest_init_zero;
    struct credentials_slices slices;

    *message = (struct connect_request){0};
    credentials_into(&slices, &raw.certificate, &raw.crypt);
    protobuf_slice_into(&raw.legacy_identity, &message->identity.legacy);
    protobuf_slice_into(&raw.identity, &message->identity.text);
    if (!protobuf_decode(&wire_ConnectRequest_msg, &raw, body, length))
        return false;
    message->has_client_id = raw.has_client_id;
    message->client_id = raw.client_id;
    message->has_challenge = raw.has_challenge;
    message->challenge = raw.challenge;
    message->has_client_time = raw.has_client_time;
    message->client_time = raw.client_time;
    message->has_ping_estimate = raw.has_ping_estimate_ms;
    message->ping_estimate_ms = (uint32_t)raw.ping_estimate_ms;
    message->has_legacy_version = raw.has_legacy_version;
    message->legacy_version = (uint32_t)raw.legacy_version;
    message->identity.has_text = message->identity.text.data != NULL;
    message->identity.has_legacy = message->identity.legacy.data != NULL;
    message->identity.has_steam_id = raw.has_legacy_steam_id;
    message->identity.steam_id = raw.legacy_steam_id;
    return credentials_decode(&slices, &message->has_certificate, &message->certificate, &message->has_crypt,
                              &message->crypt);
}

bool connect_ok_decode(struct connect_ok *message, const uint8_t *body, size_t length)
{
    wire_ConnectOk raw = wire_ConnectOk_init_zero;
    struct credentials_slices slices;

    *message = (struct connect_ok){0};
    credentials_into(&slices, &raw.certificate, &raw.crypt);
    protobuf_slice_into(&raw.legacy_identity, &message->identity.legacy);
    protobuf_slice_into(&raw.identity, &message->identity.text);
    if (!protobuf_decode(&wire_ConnectOk_msg, &raw, body, length))
        return false;
    message->has_client_id = raw.has_client_id;
    message->client_id = raw.client_id;
    message->has_echoed_time = raw.has_echoed_time;
    message->echoed_time = raw.echoed_time;
    message->has_delay = raw.has_delay_us;
    message->delay_us = (uint32_t)raw.delay_us;
    message->has_server_id = raw.has_server_id;
    message->server_id = raw.server_id;
    message->identity.has_text = message->identity.text.data != NULL;
    message->identity.has_legacy = message->identity.legacy.data != NULL;
    message->identity.has_steam_id = raw.has_legacy_steam_id;
    message->identity.steam_id = raw.legacy_steam_id;
    return credentials_decode(&slices, &message->has_certificate, &message->certificate, &message->has_crypt,
                              &message->crypt);
}

/* At most CLOSE_TEXT_MAXIMUM bytes, not ending inside a UTF-8 character. */
static struct byte_slice cut_text(struct byte_slice text)
{
    if (text.length > CLOSE_TEXT_MAXIMUM) {
        text.length = CLOSE_TEXT_MAXIMUM;
        while (text.length > 0 && (text.data[text.length] & 0xc0) == 0x80)
            text.length--;
        /* Nothing but continuation bytes is no UTF-8: then any place is as good. */
        if (text.length == 0)
            text.length = CLOSE_TEXT_MAXIMUM;
    }
    return text;
}

bool connection_closed_decode(struct connection_closed *message, const uint8_t *body, size_t length)
{
    wire_ConnectionClosed raw = wire_ConnectionClosed_init_zero;
    struct byte_slice debug;

    protobuf_slice_into(&raw.debug, &debug);
    if (!protobuf_decode(&wire_ConnectionClosed_msg, &raw, body, length))
        return false;
    *message = (struct connection_closed){
        .has_reason = raw.has_reason,
        .reason = (uint32_t)raw.reason,
        .to_id = raw.to_id,
        .from_id = raw.from_id,
        .debug = cut_text(debug),
    };
    return true;
}

bool no_connection_decode(struct no_connection *message, const uint8_t *body, size_t length)
{
    wire_NoConnection raw = wire_NoConnection_init_zero;

    if (!protobuf_decode(&wire_NoConnection_msg, &raw, body, length))
        return false;
    *message = (struct no_connection){.from_id = raw.from_id, .to_id = raw.to_id};
    return true;
}

/* ------------------------------------------------------------------------------------------------- whole datagrams */

/* A body in the plain form of protocol 3.1. */
static size_t encode_plain(enum control_kind kind, const pb_msgdesc_t *type, const void *raw, uint8_t *out,
                           size_t capacity)
{
    size_t length;

    if (capacity > DATAGRAM_MAXIMUM)
        capacity = DATAGRAM_MAXIMUM;
    if (capacity < 1 || !protobuf_encode(type, raw, out + 1, capacity - 1, &length))
        return 0;
    out[0] = (uint8_t)kind;
    return 1 + length;
}

/* A body in the padded form of protocol 3.2. None of the messages that are sent so fills the smallest datagram. */
static size_t encode_padded(enum control_kind kind, const pb_msgdesc_t *type, const void *raw, uint8_t *out,
                            size_t capacity)
{
    enum { ROOM = DATAGRAM_PADDED_MINIMUM - DATAGRAM_PADDED_PREFIX };
    uint8_t *body = out + DATAGRAM_PADDED_PREFIX;
    size_t length;

    if (capacity < DATAGRAM_PADDED_MINIMUM || !protobuf_encode(type, raw, body, ROOM, &length))
        return 0;
    /* A receiver drops an empty body. */
    if (length == 0)
        return 0;
    out[0] = (uint8_t)kind;
    store_u16(out + 1, (uint16_t)length);
    memset(body + length, 0, ROOM - length);
    return DATAGRAM_PADDED_MINIMUM;
}

size_t challenge_request_encode(const struct challenge_request *message, uint8_t *out, size_t capacity)
{
    wire_ChallengeRequest raw = {
        .has_client_id = message->has_client_id,
        .client_id = message->client_id,
        .has_client_time = message->has_client_time,
        .client_time = message->client_time,
        .has_version = message->has_version,
        .version = message->version,
    };

    return encode_padded(CONTROL_CHALLENGE_REQUEST, &wire_ChallengeRequest_msg, &raw, out, capacity);
}

size_t challenge_reply_encode(const struct challenge_reply *message, uint8_t *out, size_t capacity)
{
    wire_ChallengeReply raw = {
        .has_client_id = message->has_client_id,
        .client_id = message->client_id,
        .has_challenge = message->has_challenge,
        .challenge = message->challenge,
        .has_echoed_time = message->has_echoed_time,
        .echoed_time = message->echoed_time,
        .has_version = message->has_version,
        .version = message->version,
    };

    return encode_plain(CONTROL_CHALLENGE_REPLY, &wire_ChallengeReply_msg, &raw, out, capacity);
}

/* The signed messages, serialised for embedding. */
struct credentials_bytes {
    uint8_t certificate[DATAGRAM_MAXIMUM];
    uint8_t crypt[DATAGRAM_MAXIMUM];
    struct byte_slice certificate_slice;
    struct byte_slice crypt_slice;
    struct protobuf_slices certificates;
    struct protobuf_slices crypts;
};

/* False when one of them is too large (or has nothing in it, which nobody could use). */
static bool credentials_encode(struct credentials_bytes *bytes, bool has_certificate,
                               const struct signed_certificate *certificate, bool has_crypt,
                               const struct signed_crypt *crypt, pb_callback_t *certificate_field,
                               pb_callback_t *crypt_field)
{
    size_t length = 0;

    bytes->certificates = (struct protobuf_slices){&bytes->certificate_slice, has_certificate, 1};
    bytes->crypts = (struct protobuf_slices){&bytes->crypt_slice, has_crypt, 1};
    if (has_certificate) {
        length = signed_certificate_encode(certificate, false, bytes->certificate, sizeof bytes->certificate);
        if (length == 0)
            return false;
        bytes->certificate_slice = (struct byte_slice){bytes->certificate, length};
    }
    if (has_crypt) {
        length = signed_crypt_encode(crypt, bytes->crypt, sizeof bytes->crypt);
        if (length == 0)
            return false;
        bytes->crypt_slice = (struct byte_slice){bytes->crypt, length};
    }
    protobuf_slices_from(certificate_field, &bytes->certificates);
    protobuf_slices_from(crypt_field, &bytes->crypts);
    return true;
}

size_t connect_request_encode(const struct connect_request *message, uint8_t *out, size_t capacity)
{
    struct credentials_bytes bytes;
    wire_ConnectRequest raw = {
        .has_client_id = message->has_client_id,
        .client_id = message->client_id,
        .has_challenge = message->has_challenge,
        .challenge = message->challenge,
        .has_legacy_steam_id = message->identity.has_steam_id,
        .legacy_steam_id = message->identity.steam_id,
        .has_client_time = message->has_client_time,
        .client_time = message->client_time,
        .has_ping_estimate_ms = message->has_ping_estimate,
        .ping_estimate_ms = message->ping_estimate_ms,
        .has_legacy_version = message->has_legacy_version,
        .legacy_version = message->legacy_version,
    };

    protobuf_slice_from(&raw.legacy_identity, message->identity.has_legacy, &message->identity.legacy);
    protobuf_slice_from(&raw.identity, message->identity.has_text, &message->identity.text);
    if (!credentials_encode(&bytes, message->has_certificate, &message->certificate, message->has_crypt,
                            &message->crypt, &raw.certificate, &raw.crypt))
        return 0;
    return encode_plain(CONTROL_CONNECT_REQUEST, &wire_ConnectRequest_msg, &raw, out, capacity);
}

size_t connect_ok_encode(const struct connect_ok *message, uint8_t *out, size_t capacity)
{
    struct credentials_bytes bytes;
    wire_ConnectOk raw = {
        .has_client_id = message->has_client_id,
        .client_id = message->client_id,
        .has_legacy_steam_id = message->identity.has_steam_id,
        .legacy_steam_id = message->identity.steam_id,
        .has_echoed_time = message->has_echoed_time,
        .echoed_time = message->echoed_time,
        .has_delay_us = message->has_delay,
        .delay_us = message->delay_us,
        .has_server_id = message->has_server_id,
        .server_id = message->server_id,
    };

    protobuf_slice_from(&raw.legacy_identity, message->identity.has_legacy, &message->identity.legacy);
    protobuf_slice_from(&raw.identity, message->identity.has_text, &message->identity.text);
    if (!credentials_encode(&bytes, message->has_certificate, &message->certificate, message->has_crypt,
                            &message->crypt, &raw.certificate, &raw.crypt))
        return 0;
    return encode_plain(CONTROL_CONNECT_OK, &wire_ConnectOk_msg, &raw, out, capacity);
}

size_t connection_closed_encode(const struct connection_closed *message, uint8_t *out, size_t capacity)
{
    struct byte_slice debug = cut_text(message->debug);
    wire_ConnectionClosed raw = {
        .has_reason = message->has_reason,
        .reason = message->reason,
        .has_to_id = message->to_id != 0,
        .to_id = message->to_id,
        .has_from_id = message->from_id != 0,
        .from_id = message->from_id,
    };

    protobuf_slice_from(&raw.debug, debug.length > 0, &debug);
    return encode_padded(CONTROL_CONNECTION_CLOSED, &wire_ConnectionClosed_msg, &raw, out, capacity);
}

size_t no_connection_encode(const struct no_connection *message, uint8_t *out, size_t capacity)
{
    wire_NoConnection raw = {
        .has_from_id = message->from_id != 0,
        .from_id = message->from_id,
        .has_to_id = message->to_id != 0,
        .to_id = message->to_id,
    };

    return encode_plain(CONTROL_NO_CONNECTION, &wire_NoConnection_msg, &raw, out, capacity);
}

/* The body of a padded message: false when the datagram breaks a rule of protocol 3.2. */
static bool padded_body(const uint8_t *datagram, size_t length, struct byte_slice *body)
{
    if (length < DATAGRAM_PADDED_MINIMUM)
        return false;
    *body = (struct byte_slice){datagram + DATAGRAM_PADDED_PREFIX, load_u16(datagram + 1)};
    return body->length > 0 && body->length <= length - DATAGRAM_PADDED_PREFIX;
}

enum control_outcome control_decode(const uint8_t *datagram, size_t length, struct control_message *message)
{
    struct byte_slice body;
    bool good;

    if (length < DATAGRAM_MINIMUM || length > DATAGRAM_MAXIMUM)
        return CONTROL_MALFORMED;
    body = (struct byte_slice){datagram + 1, length - 1};
    message->kind = (enum control_kind)datagram[0];
    switch (datagram[0]) {
    case CONTROL_CHALLENGE_REQUEST:
        good = padded_body(datagram, length, &body) &&
               challenge_request_decode(&message->challenge_request, body.data, body.length);
        break;
    case CONTROL_CHALLENGE_REPLY:
        good = challenge_reply_decode(&message->challenge_reply, body.data, body.length);
        break;
    case CONTROL_CONNECT_REQUEST:
        good = connect_request_decode(&message->connect_request, body.data, body.length);
        break;
    case CONTROL_CONNECT_OK:
        good = connect_ok_decode(&message->connect_ok, body.data, body.length);
        break;
    case CONTROL_CONNECTION_CLOSED:
        good = padded_body(datagram, length, &body) &&
               connection_closed_decode(&message->connection_closed, body.data, body.length);
        break;
    case CONTROL_NO_CONNECTION:
        good = no_connection_decode(&message->no_connection, body.data, body.length);
        break;
    default:
        return CONTROL_UNKNOWN;
    }
    return good ? CONTROL_OK : CONTROL_MALFORMED;
}

size_t control_encode(const struct control_message *message, uint8_t *out, size_t capacity)
{
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return challenge_request_encode(&message->challenge_request, out, capacity);
    case CONTROL_CHALLENGE_REPLY:
        return challenge_reply_encode(&message->challenge_reply, out, capacity);
    case CONTROL_CONNECT_REQUEST:
        return connect_request_encode(&message->connect_request, out, capacity);
    case CONTROL_CONNECT_OK:
        return connect_ok_encode(&message->connect_ok, out, capacity);
    case CONTROL_CONNECTION_CLOSED:
        return connection_closed_encode(&message->connection_closed, out, capacity);
    case CONTROL_NO_CONNECTION:
        return no_connection_encode(&message->no_connection, out, capacity);
    }
    return 0;
}
