#include "harness/forger.h"

#include "harness/raw_socket.h"
#include "harness/runner.h"

#include "cert/certificate_issue.h"
#include "crypto/crypto.h"
#include "crypto/key_text.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/identity.h"

#include <string.h>
#include <time.h>

enum {
    SUBJECT_KEY = 200,
    CREATED_AGO = 1000, /* seconds */
    REPLY_PATIENCE_MS = 10000,
};

static struct forged as_forged(const uint8_t *bytes, size_t length)
{
    struct forged forged = {.length = length};

    assert_true(length > 0 && length <= FORGED_MAXIMUM);
    memcpy(forged.bytes, bytes, length);
    return forged;
}

static void key_number(uint8_t number, uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    memset(seed, number, CRYPTO_KEY_SIZE);
    assert_true(crypto_ed25519_public(seed, public_key));
}

struct forged forge_challenge_request(uint32_t client_id)
{
    struct challenge_request request = {.has_client_id = true,
                                        .has_client_time = true,
                                        .has_version = true,
                                        .client_id = client_id,
                                        .client_time = 1234567,
                                        .version = PROTOCOL_VERSION};
    uint8_t bytes[DATAGRAM_MAXIMUM];

    return as_forged(bytes, challenge_request_encode(&request, bytes, sizeof(bytes)));
}

/* A key exchange like a real one, except that nobody has the private half. */
static size_t write_crypt_info(uint8_t *out, size_t capacity)
{
    uint8_t private_key[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE];
    struct crypt_info info = {.has_kind = true,
                              .has_dh_public = true,
                              .has_nonce = true,
                              .has_version = true,
                              .kind = CRYPT_KIND_X25519,
                              .dh_public = {public_key, sizeof(public_key)},
                              .nonce = 99,
                              .version = PROTOCOL_VERSION,
                              .cipher_count = 1,
                              .ciphers = {CIPHER_AES_256_GCM}};

    memset(private_key, 7, sizeof(private_key));
    assert_true(crypto_x25519_public(private_key, public_key));
    return crypt_info_encode(&info, out, capacity);
}

/* A certificate that nobody signed and that names nobody; the message itself says who is asking. */
static size_t write_nameless_certificate(const uint8_t public_key[CRYPTO_KEY_SIZE], uint8_t *out, size_t capacity)
{
    struct certificate_grant grant = {
        .key = public_key, .created = (uint32_t)time(NULL), .expiry = (uint32_t)time(NULL) + 100000};
    uint8_t body[FORGED_CERTIFICATE];
    size_t length = certificate_issue_body(&grant, body, sizeof(body));

    assert_true(length > 0);
    return certificate_issue_unsigned((struct byte_slice){body, length}, out, capacity);
}

struct forged forge_connect_request(const struct connect_recipe *recipe)
{
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE];
    uint8_t certificate[FORGED_CERTIFICATE], crypt[512], signature[CRYPTO_SIGNATURE_SIZE], bytes[DATAGRAM_MAXIMUM];
    struct connect_request request = {.has_client_id = true,
                                      .has_challenge = true,
                                      .has_certificate = true,
                                      .has_client_time = true,
                                      .has_crypt = true,
                                      .client_id = recipe->client_id,
                                      .challenge = recipe->challenge,
                                      .client_time = 1234567};
    size_t length;

    key_number(SUBJECT_KEY, seed, public_key);
    length = write_nameless_certificate(public_key, certificate, sizeof(certificate));
    assert_true(length > 0 && signed_certificate_decode(&request.certificate, certificate, length));
    length = write_crypt_info(crypt, sizeof(crypt));
    assert_true(crypto_ed25519_sign(seed, crypt, length, signature));
    signature[5] ^= (uint8_t)recipe->spoil_signature;
    request.crypt = (struct signed_crypt){
        .has_info = true, .has_signature = true, .info = {crypt, length}, .signature = {signature, sizeof(signature)}};
    if (recipe->identity) {
        request.identity.has_text = true;
        request.identity.text = (struct byte_slice){(const uint8_t *)recipe->identity, strlen(recipe->identity)};
    }
    return as_forged(bytes, connect_request_encode(&request, bytes, sizeof(bytes)));
}

struct forged forge_closed(uint32_t to_id, uint32_t from_id, uint32_t reason, const char *text)
{
    struct connection_closed closed = {.has_reason = true,
                                       .reason = reason,
                                       .to_id = to_id,
                                       .from_id = from_id,
                                       .debug = {(const uint8_t *)text, strlen(text)}};
    uint8_t bytes[DATAGRAM_MAXIMUM];

    return as_forged(bytes, connection_closed_encode(&closed, bytes, sizeof(bytes)));
}

struct forged forge_no_connection(uint32_t to_id, uint32_t from_id)
{
    struct no_connection message = {.to_id = to_id, .from_id = from_id};
    uint8_t bytes[DATAGRAM_MAXIMUM];

    return as_forged(bytes, no_connection_encode(&message, bytes, sizeof(bytes)));
}

struct forged forge_data(uint32_t to_id, uint16_t number, size_t size)
{
    struct data_header header = {.connection_id = to_id, .packet_number = number};
    struct forged forged = {.length = 0};
    size_t head = data_header_encode(&header, forged.bytes, sizeof(forged.bytes));

    assert_true(head > 0 && head + size <= sizeof(forged.bytes));
    memset(forged.bytes + head, 0xa5, size);
    forged.length = head + size;
    return forged;
}

bool read_challenge(const uint8_t *datagram, size_t length, uint64_t *challenge)
{
    struct control_message message;

    if (control_decode(datagram, length, &message) != CONTROL_OK || message.kind != CONTROL_CHALLENGE_REPLY ||
        !message.challenge_reply.has_challenge)
        return false;
    *challenge = message.challenge_reply.challenge;
    return true;
}

uint64_t ask_challenge(int descriptor, const SteamNetworkingIPAddr *server, uint32_t client_id)
{
    struct forged request = forge_challenge_request(client_id);
    uint8_t reply[DATAGRAM_ROOM];
    uint64_t challenge = 0;
    int length;

    raw_send(descriptor, server, request.bytes, request.length);
    do {
        length = raw_receive(descriptor, reply, sizeof(reply), NULL, REPLY_PATIENCE_MS);
        if (length < 0)
            fail_msg("a challenge request is not answered");
    } while (!read_challenge(reply, (size_t)length, &challenge));
    return challenge;
}

/* ---- certificates ---- */

/* The signature is the last field of the message. */
static void spoil(struct forged_certificate *certificate)
{
    certificate->bytes[certificate->length - 1] ^= 1;
}

static void attach_private_key(struct forged_certificate *certificate, const uint8_t seed[CRYPTO_KEY_SIZE])
{
    struct forged_certificate with_key;

    with_key.length = certificate_attach_private_key(certificate->bytes, certificate->length, seed, with_key.bytes,
                                                     sizeof(with_key.bytes));
    assert_true(with_key.length > 0);
    *certificate = with_key;
}

struct forged_certificate issue_certificate(const struct certificate_recipe *recipe)
{
    uint8_t authority[CRYPTO_KEY_SIZE], seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE], unused[CRYPTO_KEY_SIZE];
    struct forged_certificate certificate;
    SteamNetworkingIdentity identity;
    struct certificate wanted;
    struct certificate_grant grant = {.key = public_key};

    key_number(recipe->authority, authority, unused);
    key_number(SUBJECT_KEY, seed, public_key);
    if (recipe->request) {
        assert_true(certificate_request_parse(&wanted, recipe->request, (size_t)recipe->request_size));
        grant = certificate_grant_of(&wanted);
    }
    if (recipe->identity) {
        assert_true(identity_parse(&identity, recipe->identity, strlen(recipe->identity)));
        grant.identity = &identity;
    }
    grant.created = (uint32_t)time(NULL) - CREATED_AGO;
    grant.expiry = (uint32_t)(time(NULL) + recipe->lifetime);
    grant.apps = &recipe->app;
    grant.app_count = 1;
    certificate.length = certificate_issue(&grant, authority, certificate.bytes, sizeof(certificate.bytes));
    assert_true(certificate.length > 0);
    if (recipe->spoil_signature)
        spoil(&certificate);
    if (!recipe->request)
        attach_private_key(&certificate, seed);
    return certificate;
}

void write_authority(uint8_t authority, char text[FORGED_TEXT])
{
    uint8_t seed[CRYPTO_KEY_SIZE], public_key[CRYPTO_KEY_SIZE], message[FORGED_CERTIFICATE];
    struct certificate_grant grant = {
        .key = public_key, .created = (uint32_t)time(NULL) - CREATED_AGO, .expiry = (uint32_t)time(NULL) + 100000};
    size_t length;

    key_number(authority, seed, public_key);
    length = certificate_issue(&grant, seed, message, sizeof(message));
    assert_true(length > 0);
    assert_true(certificate_text_write(message, length, text, FORGED_TEXT));
}
