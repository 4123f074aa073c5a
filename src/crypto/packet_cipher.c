#include "crypto/packet_cipher.h"

#include "crypto/provider.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

static uint64_t load_le64(const uint8_t *bytes)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static void make_nonce(const struct packet_cipher *cipher, uint64_t packet_number, uint8_t nonce[CRYPTO_CIPHER_IV_SIZE])
{
    uint64_t counter = cipher->iv_counter + packet_number;
    for (int i = 0; i < 8; i++)
        nonce[i] = (uint8_t)(counter >> (8 * i));
    memcpy(nonce + 8, cipher->iv_tail, sizeof cipher->iv_tail);
}

bool packet_cipher_init(struct packet_cipher *cipher, enum packet_cipher_use use,
                        const uint8_t key[CRYPTO_CIPHER_KEY_SIZE], const uint8_t iv[CRYPTO_CIPHER_IV_SIZE])
{
    memset(cipher, 0, sizeof *cipher);
    if (!provider_get())
        return false;
    memcpy(cipher->key, key, sizeof cipher->key);
    cipher->iv_counter = load_le64(iv);
    memcpy(cipher->iv_tail, iv + 8, sizeof cipher->iv_tail);
    cipher->use = (uint8_t)use;
    cipher->ready = true;
    return true;
}

/* The context, made if the cipher rests; NULL without memory. */
static EVP_CIPHER_CTX *wake(struct packet_cipher *cipher)
{
    if (cipher->context)
        return cipher->context;
    const struct provider *provider = provider_get();

    ERR_set_mark();
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    bool ready = context && EVP_CipherInit_ex2(context, provider->aes_256_gcm, cipher->key, NULL,
                                               cipher->use == PACKET_CIPHER_SEAL, NULL);
    ERR_pop_to_mark();
    if (!ready) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    cipher->context = context;
    cipher->takes_nonce_alone = provider->takes_nonce_alone;
    return context;
}

bool packet_cipher_wake(struct packet_cipher *cipher)
{
    return cipher->ready && wake(cipher);
}

void packet_cipher_rest(struct packet_cipher *cipher)
{
    if (!cipher->context)
        return;
    EVP_CIPHER_CTX_free(cipher->context); /* wipes the key schedule */
    cipher->context = NULL;
}

void packet_cipher_free(struct packet_cipher *cipher)
{
    packet_cipher_rest(cipher);
    crypto_wipe(cipher, sizeof *cipher);
}

static bool begin_packet(const struct packet_cipher *cipher, EVP_CIPHER_CTX *context, const uint8_t *nonce,
                         uint8_t *tag)
{
    if (cipher->takes_nonce_alone)
        return provider_set_nonce(context, nonce, tag);
    return EVP_CipherInit_ex2(context, NULL, NULL, nonce, -1, NULL) &&
           (!tag || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, CRYPTO_CIPHER_TAG_SIZE, tag));
}

static bool get_tag(EVP_CIPHER_CTX *context, uint8_t *tag)
{
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, CRYPTO_CIPHER_TAG_SIZE),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_get_params(context, parameters) == 1;
}

bool packet_cipher_seal(struct packet_cipher *cipher, uint64_t packet_number, uint8_t *data, size_t length)
{
    if (!cipher->ready || cipher->use != PACKET_CIPHER_SEAL || length > INT_MAX - CRYPTO_CIPHER_TAG_SIZE)
        return false;

    uint8_t nonce[CRYPTO_CIPHER_IV_SIZE];
    make_nonce(cipher, packet_number, nonce);
    EVP_CIPHER_CTX *context = wake(cipher);
    int written = 0;
    return context && begin_packet(cipher, context, nonce, NULL) &&
           (length == 0 || EVP_EncryptUpdate(context, data, &written, data, (int)length)) &&
           EVP_EncryptFinal_ex(context, data + length, &written) && get_tag(context, data + length);
}

bool packet_cipher_open(struct packet_cipher *cipher, uint64_t packet_number, uint8_t *data, size_t sealed_length)
{
    if (!cipher->ready || cipher->use != PACKET_CIPHER_OPEN || sealed_length < CRYPTO_CIPHER_TAG_SIZE ||
        sealed_length > INT_MAX)
        return false;

    uint8_t nonce[CRYPTO_CIPHER_IV_SIZE];
    make_nonce(cipher, packet_number, nonce);
    EVP_CIPHER_CTX *context = wake(cipher);
    size_t length = sealed_length - CRYPTO_CIPHER_TAG_SIZE;
    int written = 0;
    return context && begin_packet(cipher, context, nonce, data + length) &&
           (length == 0 || EVP_DecryptUpdate(context, data, &written, data, (int)length)) &&
           EVP_DecryptFinal_ex(context, data + length, &written);
}
