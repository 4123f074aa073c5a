/*
 * Whether two decoded messages say the same. Slices count by their bytes, wherever these are; fields that are absent
 * must be zero in both.
 */
#ifndef FUZZ_COMPARE_H
#define FUZZ_COMPARE_H

#include "wire/certificate_message.h"
#include "wire/control_messages.h"

#include <string.h>

static inline bool same_slice(struct byte_slice a, struct byte_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool same_identity_forms(const struct identity_forms *a, const struct identity_forms *b)
{
    return a->has_text == b->has_text && a->has_legacy == b->has_legacy && a->has_steam_id == b->has_steam_id &&
           a->steam_id == b->steam_id && same_slice(a->text, b->text) && same_slice(a->legacy, b->legacy);
}

static inline bool same_certificate_body(const struct certificate_body *a, const struct certificate_body *b)
{
    if (a->has_key_kind != b->has_key_kind || a->has_key != b->has_key || a->has_created != b->has_created ||
        a->has_expiry != b->has_expiry || a->key_kind != b->key_kind || !same_slice(a->key, b->key) ||
        a->created != b->created || a->expiry != b->expiry || !same_identity_forms(&a->identity, &b->identity) ||
        a->pop_count != b->pop_count || a->app_count != b->app_count || a->address_count != b->address_count ||
        memcmp(a->pops, b->pops, sizeof a->pops) != 0 || memcmp(a->apps, b->apps, sizeof a->apps) != 0)
        return false;
    for (uint32_t i = 0; i < a->address_count; i++)
        if (!same_slice(a->addresses[i], b->addresses[i]))
            return false;
    return true;
}

/* All but the private key, which not every encoder writes. */
static inline bool same_signed_certificate(const struct signed_certificate *a, const struct signed_certificate *b)
{
    return a->has_body == b->has_body && a->has_ca_key_id == b->has_ca_key_id &&
           a->has_ca_signature == b->has_ca_signature && same_slice(a->body, b->body) && a->ca_key_id == b->ca_key_id &&
           same_slice(a->ca_signature, b->ca_signature);
}

static inline bool same_crypt_info(const struct crypt_info *a, const struct crypt_info *b)
{
    return a->has_abilities == b->has_abilities && a->has_kind == b->has_kind && a->has_dh_public == b->has_dh_public &&
           a->has_nonce == b->has_nonce && a->has_version == b->has_version && a->kind == b->kind &&
           same_slice(a->dh_public, b->dh_public) && a->nonce == b->nonce && a->version == b->version &&
           a->cipher_count == b->cipher_count && memcmp(a->ciphers, b->ciphers, sizeof a->ciphers) == 0 &&
           a->abilities.stream_holes == b->abilities.stream_holes &&
           a->abilities.stream_window == b->abilities.stream_window &&
           a->abilities.packet_jump == b->abilities.packet_jump;
}

static inline bool same_signed_crypt(const struct signed_crypt *a, const struct signed_crypt *b)
{
    return a->has_info == b->has_info && a->has_signature == b->has_signature && same_slice(a->info, b->info) &&
           same_slice(a->signature, b->signature);
}

static inline bool same_challenge_request(const struct challenge_request *a, const struct challenge_request *b)
{
    return a->has_client_id == b->has_client_id && a->has_client_time == b->has_client_time &&
           a->has_version == b->has_version && a->client_id == b->client_id && a->client_time == b->client_time &&
           a->version == b->version;
}

static inline bool same_challenge_reply(const struct challenge_reply *a, const struct challenge_reply *b)
{
    return a->has_client_id == b->has_client_id && a->has_challenge == b->has_challenge &&
           a->has_echoed_time == b->has_echoed_time && a->has_version == b->has_version &&
           a->client_id == b->client_id && a->challenge == b->challenge && a->echoed_time == b->echoed_time &&
           a->version == b->version;
}

static inline bool same_connect_request(const struct connect_request *a, const struct connect_request *b)
{
    return a->has_client_id == b->has_client_id && a->has_challenge == b->has_challenge &&
           a->has_certificate == b->has_certificate && a->has_client_time == b->has_client_time &&
           a->has_ping_estimate == b->has_ping_estimate && a->has_crypt == b->has_crypt &&
           a->has_legacy_version == b->has_legacy_version && a->client_id == b->client_id &&
           a->challenge == b->challenge && a->client_time == b->client_time &&
           a->ping_estimate_ms == b->ping_estimate_ms && a->legacy_version == b->legacy_version &&
           same_signed_certificate(&a->certificate, &b->certificate) && same_signed_crypt(&a->crypt, &b->crypt) &&
           same_identity_forms(&a->identity, &b->identity);
}

static inline bool same_connect_ok(const struct connect_ok *a, const struct connect_ok *b)
{
    return a->has_client_id == b->has_client_id && a->has_echoed_time == b->has_echoed_time &&
           a->has_delay == b->has_delay && a->has_server_id == b->has_server_id && a->has_crypt == b->has_crypt &&
           a->has_certificate == b->has_certificate && a->client_id == b->client_id && a->server_id == b->server_id &&
           a->echoed_time == b->echoed_time && a->delay_us == b->delay_us &&
           same_signed_certificate(&a->certificate, &b->certificate) && same_signed_crypt(&a->crypt, &b->crypt) &&
           same_identity_forms(&a->identity, &b->identity);
}

static inline bool same_connection_closed(const struct connection_closed *a, const struct connection_closed *b)
{
    return a->has_reason == b->has_reason && a->reason == b->reason && a->to_id == b->to_id &&
           a->from_id == b->from_id && same_slice(a->debug, b->debug);
}

static inline bool same_no_connection(const struct no_connection *a, const struct no_connection *b)
{
    return a->from_id == b->from_id && a->to_id == b->to_id;
}

static inline bool same_control(const struct control_message *a, const struct control_message *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return same_challenge_request(&a->challenge_request, &b->challenge_request);
    case CONTROL_CHALLENGE_REPLY:
        return same_challenge_reply(&a->challenge_reply, &b->challenge_reply);
    case CONTROL_CONNECT_REQUEST:
        return same_connect_request(&a->connect_request, &b->connect_request);
    case CONTROL_CONNECT_OK:
        return same_connect_ok(&a->connect_ok, &b->connect_ok);
    case CONTROL_CONNECTION_CLOSED:
        return same_connection_closed(&a->connection_closed, &b->connection_closed);
    case CONTROL_NO_CONNECTION:
        return same_no_connection(&a->no_connection, &b->no_connection);
    }
    return false;
}

#endif
