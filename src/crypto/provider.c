#include "crypto/provider.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdatomic.h>
#include <stdlib.h>

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
