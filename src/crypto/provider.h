/*
 * The algorithms as OpenSSL objects, looked up once per process, and the library context they live in. Looking an
 * algorithm up by name costs more than encrypting a packet with it.
 *
 * The context is our own and not the process-wide one: what the application (or its openssl.cnf) does to the default
 * context, such as loading only the legacy or the FIPS provider, then changes nothing here.
 *
 * It is made on first use and stays until it is forgotten. Only the files of crypto/ include this header.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include <openssl/evp.h>

struct provider {
    OSSL_LIB_CTX *library;
    EVP_CIPHER *aes_256_gcm;
    EVP_MD *sha256;
    EVP_MAC *hmac;
};

/* Null if memory ran out; a later call tries again. Any thread; never waits for another. */
const struct provider *provider_get(void);

/* Frees it; the next use makes another. No thread may be using it, nor anything that was made with it. */
void provider_forget(void);

#endif
