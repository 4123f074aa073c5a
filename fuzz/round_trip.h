/*
 * What holds for every control message that was read: written again it is not longer, reads the same, and writes the
 * same bytes from then on.
 */
#ifndef FUZZ_ROUND_TRIP_H
#define FUZZ_ROUND_TRIP_H

#include "fuzz/compare.h"
#include "fuzz/fuzz.h"
#include "wire/data_header.h"

/* A sub-message that is there but says nothing cannot be written. */
static inline bool certificate_is_empty(bool present, const struct signed_certificate *certificate)
{
    return present && !certificate->has_body && !certificate->has_ca_key_id && !certificate->has_ca_signature;
}

static inline bool crypt_is_empty(bool present, const struct signed_crypt *crypt)
{
    return present && !crypt->has_info && !crypt->has_signature;
}

/* The two kinds in the padded form must not be empty either (protocol 3.2). */
static inline bool control_cannot_be_written(const struct control_message *message)
{
    const struct challenge_request *challenge = &message->challenge_request;
    const struct connection_closed *closed = &message->connection_closed;
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return !challenge->has_client_id && !challenge->has_client_time && !challenge->has_version;
    case CONTROL_CONNECTION_CLOSED:
        return !closed->has_reason && !closed->to_id && !closed->from_id && !closed->debug.length;
    case CONTROL_CONNECT_REQUEST:
        return certificate_is_empty(message->connect_request.has_certificate, &message->connect_request.certificate) ||
               crypt_is_empty(message->connect_request.has_crypt, &message->connect_request.crypt);
    case CONTROL_CONNECT_OK:
        return certificate_is_empty(message->connect_ok.has_certificate, &message->connect_ok.certificate) ||
               crypt_is_empty(message->connect_ok.has_crypt, &message->connect_ok.crypt);
    case CONTROL_CHALLENGE_REPLY:
    case CONTROL_NO_CONNECTION:
        break;
    }
    return false;
}

static inline void check_control_round_trip(const struct control_message *message, size_t size)
{
    struct control_message again;
    uint8_t written[DATAGRAM_MAXIMUM], rewritten[DATAGRAM_MAXIMUM];
    size_t length = control_encode(message, written, sizeof written);
    if (control_cannot_be_written(message)) {
        FUZZ_CHECK(length == 0);
        return;
    }
    FUZZ_CHECK(length > 0 && length <= size);
    for (size_t less = 1; less < 4 && less < length; less++)
        FUZZ_CHECK(control_encode(message, rewritten, length - less) == 0);
    /* A message in which nearly everything is absent is shorter than a datagram may be. */
    if (length < DATAGRAM_MINIMUM)
        return;
    FUZZ_CHECK(control_decode(written, length, &again) == CONTROL_OK);
    FUZZ_CHECK(same_control(message, &again));
    FUZZ_CHECK(control_encode(&again, rewritten, sizeof rewritten) == length);
    FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
}

#endif
