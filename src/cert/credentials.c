#include "cert/credentials.h"

#include "base/alloc.h"
#include "cert/certificate_issue.h"
#include "wire/certificate_message.h"
#include "wire/identity.h"

#include <string.h>

static struct credentials *refuse(struct credentials *credentials, const char **error, const char *sentence)
{
    credentials_free(credentials);
    if (error)
        *error = sentence;
    return NULL;
}

/* The private key that belongs to the certificate: the one that came with it, else the one made for the request. */
static const char *take_private_key(struct credentials *credentials, const struct signed_certificate *fields,
                                    const uint8_t *seed)
{
    uint8_t public_key[CRYPTO_KEY_SIZE];

    if (fields->has_private_key) {
        if (fields->private_key.length != CRYPTO_KEY_SIZE)
            return "The private key in the certificate is not an Ed25519 key.";
        seed = fields->private_key.data;
    }
    if (!seed)
        return "The certificate comes without a private key, and no certificate request was made here.";
    memcpy(credentials->seed, seed, CRYPTO_KEY_SIZE);
    if (!crypto_ed25519_public(credentials->seed, public_key))
        return "Out of memory.";
    if (memcmp(public_key, credentials->certificate.key, CRYPTO_KEY_SIZE) != 0)
        return "The certificate is for another private key.";
    return NULL;
}

/* Writes the message that goes to the peer and points body into it. */
static bool set_message(struct credentials *credentials, const struct signed_certificate *fields)
{
    struct signed_certificate written;
    credentials->message_length =
        signed_certificate_encode(fields, false, credentials->message, sizeof credentials->message);
    if (credentials->message_length == 0 ||
        !signed_certificate_decode(&written, credentials->message, credentials->message_length))
        return false;
    credentials->body = written.body;
    return true;
}

struct credentials *credentials_from_message(const uint8_t *message, size_t length, const uint8_t *seed,
                                             const char **error)
{
    struct signed_certificate fields;
    struct credentials *credentials = mem_alloc_zeroed(sizeof *credentials);

    if (!credentials)
        return refuse(NULL, error, "Out of memory.");
    if (!signed_certificate_decode(&fields, message, length) || !fields.has_body)
        return refuse(credentials, error, "This is not a certificate.");
    enum certificate_outcome outcome = certificate_parse(&credentials->certificate, fields.body);
    if (outcome == CERTIFICATE_UNREADABLE)
        return refuse(credentials, error, "The certificate cannot be read.");
    if (outcome == CERTIFICATE_BAD_IDENTITY)
        return refuse(credentials, error, "The identity in the certificate is malformed.");
    if (!credentials->certificate.has_key)
        return refuse(credentials, error, "The certificate has no Ed25519 key.");
    const char *problem = take_private_key(credentials, &fields, seed);
    if (problem)
        return refuse(credentials, error, problem);
    if (!set_message(credentials, &fields))
        return refuse(credentials, error, "The certificate is too large to be sent to a peer.");
    credentials->has_ca_signature = fields.has_ca_signature;
    credentials->ca_key_id = fields.ca_key_id;
    return credentials;
}

struct credentials *credentials_self_issued(const uint8_t seed[CRYPTO_KEY_SIZE],
                                            const SteamNetworkingIdentity *identity, uint32_t app_id)
{
    SteamNetworkingIdentity anonymous;
    uint8_t body[CERTIFICATE_BODY_SIZE];

    if (!identity || identity_is_invalid(identity)) {
        identity_set_localhost(&anonymous);
        identity = &anonymous;
    }
    struct credentials *credentials = mem_alloc_zeroed(sizeof *credentials);
    if (!credentials)
        return NULL;
    memcpy(credentials->seed, seed, CRYPTO_KEY_SIZE);
    uint8_t public_key[CRYPTO_KEY_SIZE];
    const struct certificate_grant grant = {.key = public_key, .identity = identity, .apps = &app_id, .app_count = 1};
    size_t length = crypto_ed25519_public(seed, public_key) ? certificate_issue_body(&grant, body, sizeof body) : 0;
    const struct signed_certificate fields = {.has_body = true, .body = {body, length}};
    if (length == 0 || !set_message(credentials, &fields) ||
        certificate_parse(&credentials->certificate, credentials->body) != CERTIFICATE_READABLE)
        return refuse(credentials, NULL, NULL);
    return credentials;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    crypto_wipe(credentials, sizeof *credentials);
    mem_free(credentials);
}

bool credentials_expired(const struct credentials *credentials, int64_t unix_now)
{
    if (credentials->certificate.expiry == 0 && !credentials->has_ca_signature)
        return false;
    return credentials->certificate.expiry < unix_now;
}

bool credentials_sign(const struct credentials *credentials, const void *data, size_t length,
                      uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    return crypto_ed25519_sign_pair(credentials->seed, credentials->certificate.key, data, length, signature);
}
