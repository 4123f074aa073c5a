/*
 * What a stranger's datagram costs before it is worth something, in this order:
 *
 *   1. length      the datagram has a possible size, and a message that demands an answer is padded (protocol 3.2)
 *   2. cookie      a connect request brings back a challenge made for this address a moment ago: one short hash
 *   3. rate limit  of its address and of all (stranger_limits.h); also before a challenge is made, or a stray answered
 *   4. crypto      signatures are checked (connection_judge_request), by the caller, without its locks
 *   5. allocation  an object is made (connection_incoming_judged)
 *
 * The first three are in this file, which neither allocates nor uses public keys. Parsing belongs to the step that
 * needs its result: the message before the cookie, certificate and identity after the rate limit.
 */
#include "conn/listener.h"

#include "conn/challenge.h"
#include "crypto/crypto.h"
#include "wire/address.h"
#include "wire/data_header.h"
#include "wire/limits.h"

#include <string.h>

bool listener_init(struct listener *listener, struct random_source *random)
{
    memset(listener, 0, sizeof *listener);
    return random_secret(random, listener->secret, sizeof listener->secret) &&
           stranger_limits_init(&listener->limits, random);
}

void listener_free(struct listener *listener)
{
    crypto_wipe(listener->secret, sizeof listener->secret);
    stranger_limits_free(&listener->limits);
}

static enum listener_verdict drop(struct listener *listener, enum drop_cause cause)
{
    drop_count(&listener->drops, cause);
    return LISTENER_DROP;
}

/* Step 3. What is over a limit is counted as dropped. */
static bool may(struct listener *listener, enum stranger_work work, const SteamNetworkingIPAddr *from, microseconds now)
{
    switch (stranger_limits_take(&listener->limits, work, from, now)) {
    case STRANGER_ADDRESS_EXCEEDED:
        drop_count(&listener->drops, DROP_ADDRESS_LIMIT);
        return false;
    case STRANGER_TOTAL_EXCEEDED:
        drop_count(&listener->drops, DROP_TOTAL_LIMIT);
        return false;
    case STRANGER_MAY:
        break;
    }
    return true;
}

static enum listener_verdict answer_challenge_request(struct listener *listener, const SteamNetworkingIPAddr *from,
                                                      const struct challenge_request *request, microseconds now,
                                                      struct listener_result *result)
{
    struct challenge_reply reply = {
        .has_client_id = true,
        .has_challenge = true,
        .has_echoed_time = true,
        .has_version = true,
        .client_id = request->client_id,
        .echoed_time = request->client_time,
        .version = PROTOCOL_VERSION,
    };

    if (request->client_id == 0)
        return drop(listener, DROP_MALFORMED);
    if (!may(listener, WORK_CHALLENGE, from, now))
        return LISTENER_DROP;
    reply.challenge = challenge_make(listener->secret, from, now);
    result->reply_length = challenge_reply_encode(&reply, result->reply, sizeof result->reply);
    return result->reply_length > 0 ? LISTENER_REPLY : LISTENER_DROP;
}

/* Steps 1 to 5 of protocol 6.4; the certificate's own identity counts before those of the message. */
static enum listener_verdict judge_connect_request(struct listener *listener, const SteamNetworkingIPAddr *from,
                                                   const struct connect_request *request, bool allow_anonymous,
                                                   microseconds now, struct listener_result *result)
{
    struct certificate_body body;
    enum identity_outcome outcome;
    bool in_certificate = true;

    if (request->client_id == 0 || !request->has_challenge)
        return drop(listener, DROP_MALFORMED);
    if (!challenge_check(listener->secret, from, request->challenge, now))
        return drop(listener, DROP_BAD_CHALLENGE);
    if (!may(listener, WORK_CONNECT, from, now))
        return LISTENER_DROP;
    if (!request->has_certificate || !request->certificate.has_body ||
        !certificate_body_decode(&body, request->certificate.body.data, request->certificate.body.length))
        return drop(listener, DROP_MALFORMED);

    outcome = identity_choose(&body.identity, &result->identity);
    if (outcome == IDENTITY_ABSENT) {
        in_certificate = false;
        outcome = identity_choose(&request->identity, &result->identity);
    }
    if (outcome == IDENTITY_MALFORMED)
        return drop(listener, DROP_BAD_IDENTITY);
    if (outcome == IDENTITY_ABSENT || identity_is_localhost(&result->identity)) {
        if (!allow_anonymous)
            return drop(listener, DROP_ANONYMOUS_REFUSED);
        identity_set_address(&result->identity, from);
    } else if (result->identity.m_eType == k_ESteamNetworkingIdentityType_IPAddress && !in_certificate) {
        return drop(listener, DROP_BAD_IDENTITY);
    }
    result->request = *request;
    return LISTENER_CONNECT;
}

/* Tells a peer that holds on to a connection we do not have (protocol 3.3, 7.4). */
static enum listener_verdict answer_close(struct listener *listener, const SteamNetworkingIPAddr *from,
                                          const struct connection_closed *closed, microseconds now,
                                          struct listener_result *result)
{
    struct no_connection reply = {.from_id = closed->to_id, .to_id = closed->from_id};

    if (closed->to_id == 0 && closed->from_id == 0)
        return drop(listener, DROP_MALFORMED);
    if (!may(listener, WORK_STRAY, from, now))
        return LISTENER_DROP;
    result->reply_length = no_connection_encode(&reply, result->reply, sizeof result->reply);
    return result->reply_length > 0 ? LISTENER_REPLY : LISTENER_DROP;
}

enum listener_verdict listener_receive(struct listener *listener, const SteamNetworkingIPAddr *from,
                                       const uint8_t *datagram, size_t length, bool allow_anonymous, microseconds now,
                                       struct listener_result *result)
{
    struct control_message message;

    result->reply_length = 0;
    switch (datagram_classify(datagram, length)) {
    case DATAGRAM_INVALID:
        return drop(listener, length < DATAGRAM_MINIMUM ? DROP_TOO_SHORT : DROP_TOO_LONG);
    case DATAGRAM_DATA:
        return drop(listener, DROP_NO_CONNECTION);
    case DATAGRAM_CONTROL:
        break;
    }
    switch (control_decode(datagram, length, &message)) {
    case CONTROL_OK:
        break;
    case CONTROL_UNKNOWN:
        return drop(listener, DROP_UNKNOWN_MESSAGE);
    case CONTROL_MALFORMED:
        return drop(listener, DROP_MALFORMED);
    }
    switch (message.kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return answer_challenge_request(listener, from, &message.challenge_request, now, result);
    case CONTROL_CONNECT_REQUEST:
        return judge_connect_request(listener, from, &message.connect_request, allow_anonymous, now, result);
    case CONTROL_CONNECTION_CLOSED:
        return answer_close(listener, from, &message.connection_closed, now, result);
    case CONTROL_CHALLENGE_REPLY:
    case CONTROL_CONNECT_OK:
    case CONTROL_NO_CONNECTION:
        break;
    }
    return drop(listener, DROP_UNKNOWN_MESSAGE);
}

size_t listener_refuse_duplicate(const struct connect_request *request, size_t request_length, uint8_t *reply,
                                 size_t capacity)
{
    static const char text[] = "This identity and connection id are in use from another address.";
    struct connection_closed closed = {
        .has_reason = true,
        .reason = END_GENERIC,
        .to_id = request->client_id,
        .debug = {(const uint8_t *)text, sizeof text - 1},
    };

    size_t length = connection_closed_encode(&closed, reply, capacity);

    return length <= REPLY_AMPLIFICATION * request_length ? length : 0;
}
