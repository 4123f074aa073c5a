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
#include <stdbool.h>
#include <stdint.h>

struct provider {
    OSSL_LIB_CTX *library;
    EVP_CIPHER *aes_256_gcm;
    EVP_MD *sha256;
    EVP_MAC *hmac;
    bool takes_nonce_alone; /* provider_set_nonce works with aes_256_gcm: tried out when this was made */
};

/* Null if memory ran out; a later call tries again. Any thread; never waits for another. */
const struct provider *provider_get(void);

/*
 * Gives a context for AES-256-GCM the nonce of the next packet, and the tag to compare with if it is for opening (else
 * NULL). The same as initialising it with them, in half the time: initialising asks the context for the nonce's length
 * and for much else on the way. The parameter is the one by which TLS records get the fixed part of their nonces; a
 * length of -1 stands for all of it. That is not documented, hence takes_nonce_alone. False: it is not taken.
 */
bool provider_set_nonce(EVP_CIPHER_CTX *context, const uint8_t *nonce, const uint8_t *tag);

/* Frees it; the next use makes another. No thread may be using it, nor anything that was made with it. */
void provider_forget(void);

#endif
