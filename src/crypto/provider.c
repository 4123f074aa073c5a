#include "crypto/provider.h"

#include "crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Two threads that come first at once both make one, and the slower of them throws its own away. That spares a lock. */
static _Atomic(const struct provider *) shared_provider;

static void provider_release(struct provider *provider)
{
    if (!provider)
        return;
    EVP_MAC_free(provider->hmac);
    EVP_MD_free(provider->sha256);
    EVP_CIPHER_free(provider->aes_256_gcm);
    OSSL_LIB_CTX_free(provider->library);
    OPENSSL_free(provider);
}

bool provider_set_nonce(EVP_CIPHER_CTX *context, const uint8_t *nonce, const uint8_t *tag)
{
    OSSL_PARAM parameters[3];
    int count = 0;

    if (tag)
        parameters[count++] =
            OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, (void *)tag, CRYPTO_CIPHER_TAG_SIZE);
    parameters[count++] =
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, (void *)nonce, (size_t)-1);
    parameters[count] = OSSL_PARAM_construct_end();
    return EVP_CIPHER_CTX_set_params(context, parameters) == 1;
}

enum { TRIAL_SIZE = 20, TRIAL_PACKETS = 3 };

/* Seals a packet in either way. */
static bool seal_trial(EVP_CIPHER_CTX *context, bool alone, const uint8_t nonce[CRYPTO_CIPHER_IV_SIZE],
                       uint8_t packet[TRIAL_SIZE + CRYPTO_CIPHER_TAG_SIZE])
{
    int written;

    memset(packet, nonce[0], TRIAL_SIZE);
    return (alone ? provider_set_nonce(context, nonce, NULL)
                  : EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL) == 1) &&
           EVP_EncryptUpdate(context, packet, &written, packet, TRIAL_SIZE) == 1 &&
           EVP_EncryptFinal_ex(context, packet + TRIAL_SIZE, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CRYPTO_CIPHER_TAG_SIZE, packet + TRIAL_SIZE) == 1;
}

static bool open_trial(EVP_CIPHER_CTX *context, const uint8_t nonce[CRYPTO_CIPHER_IV_SIZE],
                       uint8_t packet[TRIAL_SIZE + CRYPTO_CIPHER_TAG_SIZE])
{
    int written;

    return provider_set_nonce(context, nonce, packet + TRIAL_SIZE) &&
           EVP_DecryptUpdate(context, packet, &written, packet, TRIAL_SIZE) == 1 &&
           EVP_DecryptFinal_ex(context, packet + TRIAL_SIZE, &written) == 1;
}

/* Whether both ways of giving the nonce come to the same, packet after packet, and forgeries are noticed. */
static bool try_nonce_alone(const EVP_CIPHER *cipher)
{
    const uint8_t key[CRYPTO_CIPHER_KEY_SIZE] = {1};
    EVP_CIPHER_CTX *usual = EVP_CIPHER_CTX_new(), *quick = EVP_CIPHER_CTX_new(), *opening = EVP_CIPHER_CTX_new();
    bool same = usual && quick && opening && EVP_CipherInit_ex2(usual, cipher, key, NULL, 1, NULL) == 1 &&
                EVP_CipherInit_ex2(quick, cipher, key, NULL, 1, NULL) == 1 &&
                EVP_CipherInit_ex2(opening, cipher, key, NULL, 0, NULL) == 1;

    for (int i = 1; same && i <= TRIAL_PACKETS; i++) {
        const uint8_t nonce[CRYPTO_CIPHER_IV_SIZE] = {(uint8_t)i, [CRYPTO_CIPHER_IV_SIZE - 1] = (uint8_t)(2 * i)};
        uint8_t expected[TRIAL_SIZE + CRYPTO_CIPHER_TAG_SIZE], packet[sizeof expected], forged[sizeof expected];

        same = seal_trial(usual, false, nonce, expected) && seal_trial(quick, true, nonce, packet) &&
               memcmp(packet, expected, sizeof expected) == 0;
        memcpy(forged, expected, sizeof expected);
        forged[i] ^= 1;
        same = same && !open_trial(opening, nonce, forged) && open_trial(opening, nonce, packet) && packet[0] == i;
    }
    EVP_CIPHER_CTX_free(usual);
    EVP_CIPHER_CTX_free(quick);
    EVP_CIPHER_CTX_free(opening);
    return same;
}

static struct provider *provider_make(void)
{
    struct provider *provider = OPENSSL_zalloc(sizeof *provider);
    if (!provider)
        return NULL;
    provider->library = OSSL_LIB_CTX_new();
    if (provider->library) {
        provider->aes_256_gcm = EVP_CIPHER_fetch(provider->library, "AES-256-GCM", NULL);
        provider->sha256 = EVP_MD_fetch(provider->library, "SHA256", NULL);
        provider->hmac = EVP_MAC_fetch(provider->library, "HMAC", NULL);
    }
    if (!provider->aes_256_gcm || !provider->sha256 || !provider->hmac) {
        provider_release(provider);
        return NULL;
    }
    provider->takes_nonce_alone = try_nonce_alone(provider->aes_256_gcm);
    return provider;
}

const struct provider *provider_get(void)
{
    const struct provider *present = atomic_load_explicit(&shared_provider, memory_order_acquire);
    if (present)
        return present;

    ERR_set_mark();
    struct provider *made = provider_make();
    ERR_pop_to_mark();
    if (!made)
        return NULL;
    if (atomic_compare_exchange_strong_explicit(&shared_provider, &present, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    provider_release(made);
    return present;
}

void provider_forget(void)
{
    provider_release((struct provider *)atomic_exchange(&shared_provider, NULL));
}
