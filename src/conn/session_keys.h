/*
 * From two hellos to two keys: the choice of cipher (protocol 10.2) and the key derivation (protocol 10.3).
 * Pure functions over bytes; every secret that stays here is wiped.
 */
#ifndef CONN_SESSION_KEYS_H
#define CONN_SESSION_KEYS_H

#include "base/bytes.h"
#include "crypto/crypto.h"
#include "wire/certificate_message.h"

#include <stdbool.h>
#include <stdint.h>

/* What both sides know. "client" is the side that initiated the connection. Bodies are exactly as transmitted. */
struct session_transcript {
    uint32_t client_id, server_id;
    uint64_t client_nonce, server_nonce;
    struct byte_slice client_certificate, server_certificate; /* SignedCert field 4 */
    struct byte_slice client_crypt, server_crypt;             /* SignedCrypt field 1 */
};

struct session_keys {
    uint8_t client_to_server_key[CRYPTO_CIPHER_KEY_SIZE];
    uint8_t server_to_client_key[CRYPTO_CIPHER_KEY_SIZE];
    uint8_t client_to_server_iv[CRYPTO_CIPHER_IV_SIZE];
    uint8_t server_to_client_iv[CRYPTO_CIPHER_IV_SIZE];
};

/* False for a peer key that is a low-order point. The caller wipes the keys. */
bool session_keys_derive(struct session_keys *keys, const struct session_transcript *transcript,
                         const uint8_t own_private[CRYPTO_KEY_SIZE], const uint8_t peer_public[CRYPTO_KEY_SIZE]);

/* The ciphers offered under a setting of "Unencrypted" (0 to 3), in order of preference; returns how many (1 or 2). */
int session_ciphers(int unencrypted, uint32_t ciphers[2]);

/* The server's choice: the first of its own list that the client offers; 0 if there is none. */
uint32_t session_choose_cipher(int unencrypted, const struct crypt_info *client);

#endif
