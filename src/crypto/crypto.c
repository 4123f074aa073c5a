#include "crypto/crypto.h"

#include "crypto/provider.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

enum key_part {
    PUBLIC_PART,
    PRIVATE_PART,
};

/* Null if memory ran out: any 32 bytes make a key of either kind. */
static EVP_PKEY *make_key(const char *kind, enum key_part part, const uint8_t bytes[CRYPTO_KEY_SIZE])
{
    const struct provider *provider = provider_get();
    if (!provider)
        return NULL;
    if (part == PRIVATE_PART)
        return EVP_PKEY_new_raw_private_key_ex(provider->library, kind, NULL, bytes, CRYPTO_KEY_SIZE);
    return EVP_PKEY_new_raw_public_key_ex(provider->library, kind, NULL, bytes, CRYPTO_KEY_SIZE);
}

/* A private key together with its public key, which OpenSSL would otherwise compute: that takes as long as the
 * operation for which the key is made. */
static EVP_PKEY *make_pair(const char *kind, const uint8_t private_key[CRYPTO_KEY_SIZE],
                           const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    const struct provider *provider = provider_get();
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, (void *)private_key, CRYPTO_KEY_SIZE),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)public_key, CRYPTO_KEY_SIZE),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = provider ? EVP_PKEY_CTX_new_from_name(provider->library, kind, NULL) : NULL;
    if (context && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return key;
}

static bool public_of(const char *kind, const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    ERR_set_mark();
    EVP_PKEY *key = make_key(kind, PRIVATE_PART, private_key);
    size_t length = CRYPTO_KEY_SIZE;
    bool done = key && EVP_PKEY_get_raw_public_key(key, public_key, &length) == 1 && length == CRYPTO_KEY_SIZE;
    EVP_PKEY_free(key); /* wipes the private part */
    ERR_pop_to_mark();
    if (!done)
        memset(public_key, 0, CRYPTO_KEY_SIZE);
    return done;
}

bool crypto_x25519_public(const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    return public_of("X25519", private_key, public_key);
}

bool crypto_x25519(const uint8_t private_key[CRYPTO_KEY_SIZE], const uint8_t peer_public_key[CRYPTO_KEY_SIZE],
                   uint8_t shared[CRYPTO_KEY_SIZE])
{
    static const uint8_t zero[CRYPTO_KEY_SIZE];
    const struct provider *provider = provider_get();
    bool done = false;
    EVP_PKEY_CTX *context = NULL;

    ERR_set_mark();
    /* The agreement does not use our own public key, so any bytes do in its place. */
    EVP_PKEY *own = make_pair("X25519", private_key, peer_public_key);
    EVP_PKEY *peer = make_key("X25519", PUBLIC_PART, peer_public_key);
    if (!own || !peer)
        goto out;
    context = EVP_PKEY_CTX_new_from_pkey(provider->library, own, NULL);
    if (!context || EVP_PKEY_derive_init(context) != 1 || EVP_PKEY_derive_set_peer_ex(context, peer, 0) != 1)
        goto out;
    size_t length = CRYPTO_KEY_SIZE;
    done = EVP_PKEY_derive(context, shared, &length) == 1 && length == CRYPTO_KEY_SIZE &&
           !crypto_equal(shared, zero, CRYPTO_KEY_SIZE);
out:
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    ERR_pop_to_mark();
    if (!done)
        crypto_wipe(shared, CRYPTO_KEY_SIZE);
    return done;
}

bool crypto_ed25519_public(const uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE])
{
    return public_of("ED25519", seed, public_key);
}

/* Takes the key over. */
static bool sign_with(EVP_PKEY *key, const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    size_t written = CRYPTO_SIGNATURE_SIZE;
    EVP_MD_CTX *context = key ? EVP_MD_CTX_new() : NULL;
    bool done = context && EVP_DigestSignInit_ex(context, NULL, NULL, provider_get()->library, NULL, key, NULL) == 1 &&
                EVP_DigestSign(context, signature, &written, message, length) == 1 && written == CRYPTO_SIGNATURE_SIZE;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!done)
        memset(signature, 0, CRYPTO_SIGNATURE_SIZE);
    return done;
}

bool crypto_ed25519_sign(const uint8_t seed[CRYPTO_KEY_SIZE], const void *message, size_t length,
                         uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    ERR_set_mark();
    bool done = sign_with(make_key("ED25519", PRIVATE_PART, seed), message, length, signature);
    ERR_pop_to_mark();
    return done;
}

bool crypto_ed25519_sign_pair(const uint8_t seed[CRYPTO_KEY_SIZE], const uint8_t public_key[CRYPTO_KEY_SIZE],
                              const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    ERR_set_mark();
    bool done = sign_with(make_pair("ED25519", seed, public_key), message, length, signature);
    ERR_pop_to_mark();
    return done;
}

bool crypto_ed25519_verify(const uint8_t public_key[CRYPTO_KEY_SIZE], const void *message, size_t length,
                           const uint8_t signature[CRYPTO_SIGNATURE_SIZE])
{
    const struct provider *provider = provider_get();

    ERR_set_mark();
    EVP_PKEY *key = make_key("ED25519", PUBLIC_PART, public_key);
    EVP_MD_CTX *context = key ? EVP_MD_CTX_new() : NULL;
    bool genuine = context && EVP_DigestVerifyInit_ex(context, NULL, NULL, provider->library, NULL, key, NULL) == 1 &&
                   EVP_DigestVerify(context, signature, CRYPTO_SIGNATURE_SIZE, message, length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_pop_to_mark();
    return genuine;
}

bool crypto_sha256(const void *message, size_t length, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    struct crypto_sha256_stream stream;
    crypto_sha256_start(&stream);
    crypto_sha256_add(&stream, message, length);
    return crypto_sha256_finish(&stream, digest);
}

bool crypto_sha256_start(struct crypto_sha256_stream *stream)
{
    stream->context = NULL;
    const struct provider *provider = provider_get();
    if (!provider)
        return false;

    ERR_set_mark();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context && EVP_DigestInit_ex2(context, provider->sha256, NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    ERR_pop_to_mark();
    stream->context = context;
    return context != NULL;
}

bool crypto_sha256_add(struct crypto_sha256_stream *stream, const void *data, size_t length)
{
    return stream->context && EVP_DigestUpdate(stream->context, data, length) == 1;
}

bool crypto_sha256_finish(struct crypto_sha256_stream *stream, uint8_t digest[CRYPTO_DIGEST_SIZE])
{
    bool done = stream->context && EVP_DigestFinal_ex(stream->context, digest, NULL) == 1;
    EVP_MD_CTX_free(stream->context);
    stream->context = NULL;
    if (!done)
        memset(digest, 0, CRYPTO_DIGEST_SIZE);
    return done;
}

bool crypto_hmac_sha256(const void *key, size_t key_length, const struct crypto_part *parts, size_t part_count,
                        uint8_t code[CRYPTO_DIGEST_SIZE])
{
    char digest_name[] = OSSL_DIGEST_NAME_SHA2_256;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_end(),
    };
    const struct provider *provider = provider_get();
    size_t written = 0;

    ERR_set_mark();
    EVP_MAC_CTX *context = provider ? EVP_MAC_CTX_new(provider->hmac) : NULL;
    /* A null key would mean "the key of the last time" to OpenSSL. */
    bool done = context && EVP_MAC_init(context, key_length ? key : (const void *)"", key_length, parameters) == 1;
    for (size_t i = 0; done && i < part_count; i++)
        done = parts[i].length == 0 || EVP_MAC_update(context, parts[i].data, parts[i].length) == 1;
    done = done && EVP_MAC_final(context, code, &written, CRYPTO_DIGEST_SIZE) == 1 && written == CRYPTO_DIGEST_SIZE;
    EVP_MAC_CTX_free(context);
    ERR_pop_to_mark();
    if (!done)
        memset(code, 0, CRYPTO_DIGEST_SIZE);
    return done;
}

uint64_t crypto_key_id(const uint8_t public_key[CRYPTO_KEY_SIZE])
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    crypto_sha256(public_key, CRYPTO_KEY_SIZE, digest);
    uint64_t id = 0;
    for (int i = 7; i >= 0; i--)
        id = id << 8 | digest[i];
    return id;
}

bool crypto_prepare(void)
{
    return provider_get() != NULL;
}

void crypto_release(void)
{
    provider_forget();
}

void crypto_wipe(void *secret, size_t length)
{
    OPENSSL_cleanse(secret, length);
}

bool crypto_equal(const void *a, const void *b, size_t length)
{
    return CRYPTO_memcmp(a, b, length) == 0;
}
