#include "wire/certificate_message.h"

#include "wire/generated/certificate.pb.h"
#include "wire/protobuf.h"

/* The numbers of a repeated field while they are being decoded or encoded. */
static uint32_t narrow(const struct protobuf_numbers *numbers, uint32_t *out)
{
    for (uint32_t i = 0; i < numbers->count; i++)
        out[i] = (uint32_t)numbers->values[i];
    return numbers->count;
}

static void widen(struct protobuf_numbers *numbers, const uint32_t *in, uint32_t count)
{
    numbers->count = count;
    for (uint32_t i = 0; i < count; i++)
        numbers->values[i] = in[i];
}

bool certificate_body_decode(struct certificate_body *body, const uint8_t *data, size_t length)
{
    wire_CertificateBody message = wire_CertificateBody_init_zero;
    struct protobuf_slices addresses = {.slices = body->addresses, .maximum = CERTIFICATE_ADDRESSES_MAXIMUM};
    uint64_t pop_values[CERTIFICATE_POPS_MAXIMUM], app_values[CERTIFICATE_APPS_MAXIMUM];
    struct protobuf_numbers pops = {.values = pop_values, .maximum = CERTIFICATE_POPS_MAXIMUM, .fixed32 = true};
    struct protobuf_numbers apps = {.values = app_values, .maximum = CERTIFICATE_APPS_MAXIMUM};

    *body = (struct certificate_body){0};
    protobuf_slice_into(&message.key, &body->key);
    protobuf_slice_into(&message.legacy_identity, &body->identity.legacy);
    protobuf_slice_into(&message.identity, &body->identity.text);
    protobuf_slices_into(&message.addresses, &addresses);
    protobuf_numbers_into(&message.pops, &pops);
    protobuf_numbers_into(&message.apps, &apps);
    if (!protobuf_decode(&wire_CertificateBody_msg, &message, data, length))
        return false;
    body->has_key_kind = message.has_key_kind;
    body->key_kind = (uint32_t)message.key_kind;
    body->has_key = body->key.data != NULL;
    body->identity.has_steam_id = message.has_legacy_steam_id;
    body->identity.steam_id = message.legacy_steam_id;
    body->identity.has_legacy = body->identity.legacy.data != NULL;
    body->identity.has_text = body->identity.text.data != NULL;
    body->has_created = message.has_created;
    body->created = message.created;
    body->has_expiry = message.has_expiry;
    body->expiry = message.expiry;
    body->pop_count = narrow(&pops, body->pops);
    body->app_count = narrow(&apps, body->apps);
    body->address_count = addresses.count;
    return true;
}

size_t certificate_body_encode(const struct certificate_body *body, uint8_t *out, size_t capacity)
{
    wire_CertificateBody message = wire_CertificateBody_init_zero;
    struct protobuf_slices addresses = {.slices = (struct byte_slice *)body->addresses, .count = body->address_count};
    uint64_t pop_values[CERTIFICATE_POPS_MAXIMUM], app_values[CERTIFICATE_APPS_MAXIMUM];
    struct protobuf_numbers pops = {.values = pop_values, .fixed32 = true};
    struct protobuf_numbers apps = {.values = app_values};
    size_t length;

    if (body->pop_count > CERTIFICATE_POPS_MAXIMUM || body->app_count > CERTIFICATE_APPS_MAXIMUM ||
        body->address_count > CERTIFICATE_ADDRESSES_MAXIMUM)
        return 0;
    message.has_key_kind = body->has_key_kind;
    message.key_kind = body->key_kind;
    protobuf_slice_from(&message.key, body->has_key, &body->key);
    message.has_legacy_steam_id = body->identity.has_steam_id;
    message.legacy_steam_id = body->identity.steam_id;
    message.has_created = body->has_created;
    message.created = body->created;
    message.has_expiry = body->has_expiry;
    message.expiry = body->expiry;
    protobuf_slice_from(&message.legacy_identity, body->identity.has_legacy, &body->identity.legacy);
    protobuf_slice_from(&message.identity, body->identity.has_text, &body->identity.text);
    protobuf_slices_from(&message.addresses, &addresses);
    widen(&pops, body->pops, body->pop_count);
    protobuf_numbers_from(&message.pops, &pops);
    widen(&apps, body->apps, body->app_count);
    protobuf_numbers_from(&message.apps, &apps);
    return protobuf_encode(&wire_CertificateBody_msg, &message, out, capacity, &length) ? length : 0;
}

bool signed_certificate_merge(struct signed_certificate *certificate, const uint8_t *data, size_t length)
{
    wire_SignedCertificate message = wire_SignedCertificate_init_zero;
    struct byte_slice private_key, body, signature;

    protobuf_slice_into(&message.private_key, &private_key);
    protobuf_slice_into(&message.body, &body);
    protobuf_slice_into(&message.ca_signature, &signature);
    if (!protobuf_decode(&wire_SignedCertificate_msg, &message, data, length))
        return false;
    certificate->raw = (struct byte_slice){data, length};
    if (private_key.data) {
        certificate->has_private_key = true;
        certificate->private_key = private_key;
    }
    if (body.data) {
        certificate->has_body = true;
        certificate->body = body;
    }
    if (message.has_ca_key_id) {
        certificate->has_ca_key_id = true;
        certificate->ca_key_id = message.ca_key_id;
    }
    if (signature.data) {
        certificate->has_ca_signature = true;
        certificate->ca_signature = signature;
    }
    return true;
}

bool signed_certificate_decode(struct signed_certificate *certificate, const uint8_t *data, size_t length)
{
    *certificate = (struct signed_certificate){0};
    return signed_certificate_merge(certificate, data, length);
}

size_t signed_certificate_encode(const struct signed_certificate *certificate, bool with_private_key, uint8_t *out,
                                 size_t capacity)
{
    wire_SignedCertificate message = wire_SignedCertificate_init_zero;
    size_t length;

    protobuf_slice_from(&message.private_key, with_private_key && certificate->has_private_key,
                        &certificate->private_key);
    protobuf_slice_from(&message.body, certificate->has_body, &certificate->body);
    message.has_ca_key_id = certificate->has_ca_key_id;
    message.ca_key_id = certificate->ca_key_id;
    protobuf_slice_from(&message.ca_signature, certificate->has_ca_signature, &certificate->ca_signature);
    return protobuf_encode(&wire_SignedCertificate_msg, &message, out, capacity, &length) ? length : 0;
}

static uint32_t at_most_32_bits(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* What cannot be read is somebody else's use of the field. */
static bool abilities_decode(struct abilities *abilities, struct byte_slice data)
{
    wire_Abilities message = wire_Abilities_init_zero;

    if (!data.data || !protobuf_decode(&wire_Abilities_msg, &message, data.data, data.length))
        return false;
    abilities->stream_holes = at_most_32_bits(message.stream_holes);
    abilities->stream_window = at_most_32_bits(message.stream_window);
    abilities->packet_jump = at_most_32_bits(message.packet_jump);
    return true;
}

static size_t abilities_encode(const struct abilities *abilities, uint8_t *out, size_t capacity)
{
    wire_Abilities message = {
        .has_stream_holes = true,
        .stream_holes = abilities->stream_holes,
        .has_stream_window = true,
        .stream_window = abilities->stream_window,
        .has_packet_jump = true,
        .packet_jump = abilities->packet_jump,
    };
    size_t length;

    return protobuf_encode(&wire_Abilities_msg, &message, out, capacity, &length) ? length : 0;
}

bool crypt_info_decode(struct crypt_info *info, const uint8_t *data, size_t length)
{
    wire_CryptInfo message = wire_CryptInfo_init_zero;
    struct byte_slice abilities = {NULL, 0};
    uint64_t cipher_values[CRYPT_CIPHERS_MAXIMUM];
    struct protobuf_numbers ciphers = {.values = cipher_values, .maximum = CRYPT_CIPHERS_MAXIMUM};

    *info = (struct crypt_info){0};
    protobuf_slice_into(&message.dh_public, &info->dh_public);
    protobuf_slice_into(&message.abilities, &abilities);
    protobuf_numbers_into(&message.ciphers, &ciphers);
    if (!protobuf_decode(&wire_CryptInfo_msg, &message, data, length))
        return false;
    info->has_kind = message.has_kind;
    info->kind = (uint32_t)message.kind;
    info->has_dh_public = info->dh_public.data != NULL;
    info->has_nonce = message.has_nonce;
    info->nonce = message.nonce;
    info->has_version = message.has_version;
    info->version = (uint32_t)message.version;
    info->cipher_count = narrow(&ciphers, info->ciphers);
    info->has_abilities = abilities_decode(&info->abilities, abilities);
    return true;
}

size_t crypt_info_encode(const struct crypt_info *info, uint8_t *out, size_t capacity)
{
    wire_CryptInfo message = wire_CryptInfo_init_zero;
    uint64_t cipher_values[CRYPT_CIPHERS_MAXIMUM];
    struct protobuf_numbers ciphers = {.values = cipher_values};
    uint8_t ability_bytes[ABILITIES_SIZE_MAXIMUM];
    struct byte_slice abilities = {ability_bytes, 0};
    size_t length;

    if (info->cipher_count > CRYPT_CIPHERS_MAXIMUM)
        return 0;
    message.has_kind = info->has_kind;
    message.kind = info->kind;
    protobuf_slice_from(&message.dh_public, info->has_dh_public, &info->dh_public);
    if (info->has_abilities)
        abilities.length = abilities_encode(&info->abilities, ability_bytes, sizeof ability_bytes);
    protobuf_slice_from(&message.abilities, info->has_abilities, &abilities);
    message.has_nonce = info->has_nonce;
    message.nonce = info->nonce;
    message.has_version = info->has_version;
    message.version = info->version;
    widen(&ciphers, info->ciphers, info->cipher_count);
    protobuf_numbers_from(&message.ciphers, &ciphers);
    return protobuf_encode(&wire_CryptInfo_msg, &message, out, capacity, &length) ? length : 0;
}

bool signed_crypt_merge(struct signed_crypt *crypt, const uint8_t *data, size_t length)
{
    wire_SignedCrypt message = wire_SignedCrypt_init_zero;
    struct byte_slice info, signature;

    protobuf_slice_into(&message.info, &info);
    protobuf_slice_into(&message.signature, &signature);
    if (!protobuf_decode(&wire_SignedCrypt_msg, &message, data, length))
        return false;
    crypt->raw = (struct byte_slice){data, length};
    if (info.data) {
        crypt->has_info = true;
        crypt->info = info;
    }
    if (signature.data) {
        crypt->has_signature = true;
        crypt->signature = signature;
    }
    return true;
}

bool signed_crypt_decode(struct signed_crypt *crypt, const uint8_t *data, size_t length)
{
    *crypt = (struct signed_crypt){0};
    return signed_crypt_merge(crypt, data, length);
}

size_t signed_crypt_encode(const struct signed_crypt *crypt, uint8_t *out, size_t capacity)
{
    wire_SignedCrypt message = wire_SignedCrypt_init_zero;
    size_t length;

    protobuf_slice_from(&message.info, crypt->has_info, &crypt->info);
    protobuf_slice_from(&message.signature, crypt->has_signature, &crypt->signature);
    return protobuf_encode(&wire_SignedCrypt_msg, &message, out, capacity, &length) ? length : 0;
}

bool certificate_request_decode(struct byte_slice *body, const uint8_t *data, size_t length)
{
    wire_CertificateRequest message = wire_CertificateRequest_init_zero;

    protobuf_slice_into(&message.body, body);
    return protobuf_decode(&wire_CertificateRequest_msg, &message, data, length) && body->data;
}

size_t certificate_request_encode(struct byte_slice body, uint8_t *out, size_t capacity)
{
    wire_CertificateRequest message = wire_CertificateRequest_init_zero;
    size_t length;

    protobuf_slice_from(&message.body, true, &body);
    return protobuf_encode(&wire_CertificateRequest_msg, &message, out, capacity, &length) ? length : 0;
}
