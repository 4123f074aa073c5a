#include "fuzz/protobuf_dump.h"

#include "wire/control_messages.h"
#include "wire/statistics_message.h"

_Static_assert((int)OURS_POPS == CERTIFICATE_POPS_MAXIMUM && (int)OURS_APPS == CERTIFICATE_APPS_MAXIMUM &&
                   (int)OURS_ADDRESSES == CERTIFICATE_ADDRESSES_MAXIMUM && (int)OURS_CIPHERS == CRYPT_CIPHERS_MAXIMUM &&
                   (int)OURS_PATHS == STATISTICS_PATHS_MAXIMUM && (int)OURS_CLOSE_TEXT == CLOSE_TEXT_MAXIMUM,
               "the bounds are those of the library");

static void dump_bytes(struct dump *dump, bool present, struct byte_slice slice)
{
    dump_slice(dump, present, slice.data, slice.length);
}

static void dump_identity(struct dump *dump, const struct identity_forms *forms)
{
    dump_bytes(dump, forms->has_text, forms->text);
    dump_bytes(dump, forms->has_legacy, forms->legacy);
    dump_number(dump, forms->has_steam_id, forms->steam_id);
}

static void dump_signed_certificate(struct dump *dump, const struct signed_certificate *certificate)
{
    dump_bytes(dump, certificate->has_body, certificate->body);
    dump_number(dump, certificate->has_ca_key_id, certificate->ca_key_id);
    dump_bytes(dump, certificate->has_ca_signature, certificate->ca_signature);
}

static void dump_signed_crypt(struct dump *dump, const struct signed_crypt *crypt)
{
    dump_bytes(dump, crypt->has_info, crypt->info);
    dump_bytes(dump, crypt->has_signature, crypt->signature);
}

/* ---- control messages -------------------------------------------------------------------------------------------- */

static void dump_control(struct dump *dump, const struct control_message *message)
{
    const struct challenge_request *request = &message->challenge_request;
    const struct challenge_reply *reply = &message->challenge_reply;
    const struct connect_request *connect = &message->connect_request;
    const struct connect_ok *ok = &message->connect_ok;
    const struct connection_closed *closed = &message->connection_closed;
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        dump_number(dump, request->has_client_id, request->client_id);
        dump_number(dump, request->has_client_time, request->client_time);
        dump_number(dump, request->has_version, request->version);
        break;
    case CONTROL_CHALLENGE_REPLY:
        dump_number(dump, reply->has_client_id, reply->client_id);
        dump_number(dump, reply->has_challenge, reply->challenge);
        dump_number(dump, reply->has_echoed_time, reply->echoed_time);
        dump_number(dump, reply->has_version, reply->version);
        break;
    case CONTROL_CONNECT_REQUEST:
        dump_number(dump, connect->has_client_id, connect->client_id);
        dump_number(dump, connect->has_challenge, connect->challenge);
        dump_number(dump, connect->has_client_time, connect->client_time);
        dump_number(dump, connect->has_ping_estimate, connect->ping_estimate_ms);
        dump_number(dump, connect->has_legacy_version, connect->legacy_version);
        dump_identity(dump, &connect->identity);
        dump_number(dump, connect->has_certificate, 0);
        dump_signed_certificate(dump, &connect->certificate);
        dump_number(dump, connect->has_crypt, 0);
        dump_signed_crypt(dump, &connect->crypt);
        break;
    case CONTROL_CONNECT_OK:
        dump_number(dump, ok->has_client_id, ok->client_id);
        dump_number(dump, ok->has_server_id, ok->server_id);
        dump_number(dump, ok->has_echoed_time, ok->echoed_time);
        dump_number(dump, ok->has_delay, ok->delay_us);
        dump_identity(dump, &ok->identity);
        dump_number(dump, ok->has_certificate, 0);
        dump_signed_certificate(dump, &ok->certificate);
        dump_number(dump, ok->has_crypt, 0);
        dump_signed_crypt(dump, &ok->crypt);
        break;
    case CONTROL_CONNECTION_CLOSED:
        dump_bytes(dump, true, closed->debug);
        dump_number(dump, closed->has_reason, closed->reason);
        dump_number(dump, true, closed->to_id);
        dump_number(dump, true, closed->from_id);
        break;
    case CONTROL_NO_CONNECTION:
        dump_number(dump, true, message->no_connection.from_id);
        dump_number(dump, true, message->no_connection.to_id);
        break;
    }
}

static bool decode_control(struct control_message *message, const uint8_t *data, size_t length)
{
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return challenge_request_decode(&message->challenge_request, data, length);
    case CONTROL_CHALLENGE_REPLY:
        return challenge_reply_decode(&message->challenge_reply, data, length);
    case CONTROL_CONNECT_REQUEST:
        return connect_request_decode(&message->connect_request, data, length);
    case CONTROL_CONNECT_OK:
        return connect_ok_decode(&message->connect_ok, data, length);
    case CONTROL_CONNECTION_CLOSED:
        return connection_closed_decode(&message->connection_closed, data, length);
    case CONTROL_NO_CONNECTION:
        return no_connection_decode(&message->no_connection, data, length);
    }
    return false;
}

/* The body out of the datagram that is written. */
static size_t encode_control(const struct control_message *message, uint8_t *out)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t length = control_encode(message, datagram, sizeof datagram), prefix = 1;
    if (length && (message->kind == CONTROL_CHALLENGE_REQUEST || message->kind == CONTROL_CONNECTION_CLOSED)) {
        prefix = DATAGRAM_PADDED_PREFIX;
        length = prefix + load_u16(datagram + 1);
    }
    if (length <= prefix)
        return 0;
    memcpy(out, datagram + prefix, length - prefix);
    return length - prefix;
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static void dump_certificate_body(struct dump *dump, const struct certificate_body *body)
{
    dump_number(dump, body->has_key_kind, body->key_kind);
    dump_bytes(dump, body->has_key, body->key);
    dump_number(dump, body->has_created, body->created);
    dump_number(dump, body->has_expiry, body->expiry);
    dump_identity(dump, &body->identity);
    dump_number(dump, true, body->pop_count);
    for (uint32_t i = 0; i < body->pop_count; i++)
        dump_number(dump, true, body->pops[i]);
    dump_number(dump, true, body->app_count);
    for (uint32_t i = 0; i < body->app_count; i++)
        dump_number(dump, true, body->apps[i]);
    dump_number(dump, true, body->address_count);
    for (uint32_t i = 0; i < body->address_count; i++)
        dump_bytes(dump, true, body->addresses[i]);
}

static void dump_crypt_info(struct dump *dump, const struct crypt_info *info)
{
    dump_number(dump, info->has_kind, info->kind);
    dump_bytes(dump, info->has_dh_public, info->dh_public);
    dump_number(dump, info->has_nonce, info->nonce);
    dump_number(dump, info->has_version, info->version);
    dump_number(dump, true, info->cipher_count);
    for (uint32_t i = 0; i < info->cipher_count; i++)
        dump_number(dump, true, info->ciphers[i]);
    dump_number(dump, info->has_abilities, info->abilities.stream_holes);
    dump_number(dump, info->has_abilities, info->abilities.stream_window);
    dump_number(dump, info->has_abilities, info->abilities.packet_jump);
}

static void dump_statistics(struct dump *dump, const struct statistics_message *message)
{
    /* In the order of the struct, whose members are all of one type up to the paths. */
    const int64_t *figure = &message->instantaneous.packets_sent_rate;
    dump_number(dump, true, message->flags);
    dump_number(dump, message->has_instantaneous, 0);
    dump_number(dump, message->has_lifetime, 0);
    for (size_t i = 0; i < sizeof message->instantaneous / sizeof *figure; i++)
        dump_number(dump, true, (uint64_t)figure[i]);
    figure = &message->lifetime.seconds_connected;
    for (size_t i = 0; i < offsetof(struct statistics_lifetime, path_received_count) / sizeof *figure; i++)
        dump_number(dump, true, (uint64_t)figure[i]);
    dump_number(dump, true, message->lifetime.path_received_count);
    for (uint32_t i = 0; i < message->lifetime.path_received_count; i++)
        dump_number(dump, true, (uint64_t)message->lifetime.path_received[i]);
    dump_number(dump, true, message->lifetime.path_duplicate_count);
    for (uint32_t i = 0; i < message->lifetime.path_duplicate_count; i++)
        dump_number(dump, true, (uint64_t)message->lifetime.path_duplicate[i]);
}

bool ours_read(enum message_kind kind, const uint8_t *data, size_t length, struct dump *dump, uint8_t *rewritten,
               size_t *rewritten_length)
{
    static union {
        struct control_message control;
        struct certificate_body body;
        struct signed_certificate certificate;
        struct crypt_info info;
        struct signed_crypt crypt;
        struct statistics_message statistics;
        struct byte_slice request;
    } message;
    memset(&message, 0, sizeof message);
    dump->length = 0;
    switch (kind) {
    case KIND_CERTIFICATE_BODY:
        if (!certificate_body_decode(&message.body, data, length))
            return false;
        dump_certificate_body(dump, &message.body);
        *rewritten_length = certificate_body_encode(&message.body, rewritten, DUMP_SIZE);
        return true;
    case KIND_SIGNED_CERTIFICATE:
        if (!signed_certificate_decode(&message.certificate, data, length))
            return false;
        dump_signed_certificate(dump, &message.certificate);
        dump_bytes(dump, message.certificate.has_private_key, message.certificate.private_key);
        *rewritten_length = signed_certificate_encode(&message.certificate, true, rewritten, DUMP_SIZE);
        return true;
    case KIND_CRYPT_INFO:
        if (!crypt_info_decode(&message.info, data, length))
            return false;
        dump_crypt_info(dump, &message.info);
        *rewritten_length = crypt_info_encode(&message.info, rewritten, DUMP_SIZE);
        return true;
    case KIND_SIGNED_CRYPT:
        if (!signed_crypt_decode(&message.crypt, data, length))
            return false;
        dump_signed_crypt(dump, &message.crypt);
        *rewritten_length = signed_crypt_encode(&message.crypt, rewritten, DUMP_SIZE);
        return true;
    case KIND_CERTIFICATE_REQUEST:
        if (!certificate_request_decode(&message.request, data, length))
            return false;
        dump_bytes(dump, true, message.request);
        *rewritten_length = certificate_request_encode(message.request, rewritten, DUMP_SIZE);
        return true;
    case KIND_STATISTICS:
        if (!statistics_message_decode(&message.statistics, data, length))
            return false;
        dump_statistics(dump, &message.statistics);
        *rewritten_length = statistics_message_encode(&message.statistics, rewritten, DUMP_SIZE);
        return true;
    default:
        message.control.kind = (enum control_kind)(CONTROL_CHALLENGE_REQUEST + (int)kind);
        if (!decode_control(&message.control, data, length))
            return false;
        dump_control(dump, &message.control);
        *rewritten_length = encode_control(&message.control, rewritten);
        return true;
    }
}
