/*
 * The cryptography of the protocol, as a handful of functions over bytes: X25519, Ed25519, SHA-256, HMAC-SHA-256
 * (protocol 9.1, 10.3), and the two helpers every holder of a secret needs. Packet protection is in packet_cipher.h,
 * the text forms of keys in key_text.h.
 *
 * Keeps nothing between calls but OpenSSL's algorithms, once looked up. No function draws randomness: whoever needs a
 * private key passes in 32 random bytes. Every function may be called from any thread, on distinct memory. Anybody may
 * call them.
 *
 * A false result means the inputs are unacceptable where that is possible (said below), otherwise that memory ran out;
 * outputs then hold zeros. The calling thread's OpenSSL error queue is left as it was found, because the application
 * may be using OpenSSL itself.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crypto_size {
    CRYPTO_KEY_SIZE = 32,        /* X25519 and Ed25519 keys, public and private; Ed25519 private keys are the seed */
    CRYPTO_SIGNATURE_SIZE = 64,  /* Ed25519 */
    CRYPTO_DIGEST_SIZE = 32,     /* SHA-256 and HMAC-SHA-256 */
    CRYPTO_CIPHER_KEY_SIZE = 32, /* AES-256 */
    CRYPTO_CIPHER_IV_SIZE = 12,  /* GCM */
    CRYPTO_CIPHER_TAG_SIZE = 16, /* GCM */
};

/* A piece of a message that is hashed as if the pieces were one after the other. data may be null if length is 0. */
struct crypto_part {
    const void *data;
    size_t length;
};

/* The X25519 public key that belongs to a private key (any 32 bytes). */
bool crypto_x25519_public(const uint8_t private_key[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);

/* The raw X25519 agreement. False if the peer's key is a low-order point, that is if the result would be all zero
 * (protocol 10.3). The caller wipes the result. */
bool crypto_x25519(const uint8_t private_key[CRYPTO_KEY_SIZE], const uint8_t peer_public_key[CRYPTO_KEY_SIZE],
                   uint8_t shared[CRYPTO_KEY_SIZE]);

/* The Ed25519 public key that belongs to a seed. */
bool crypto_ed25519_public(const uint8_t seed[CRYPTO_KEY_SIZE], uint8_t public_key[CRYPTO_KEY_SIZE]);

/* Signs with the key made from seed. */
bool crypto_ed25519_sign(const uint8_t seed[CRYPTO_KEY_SIZE], const void *message, size_t length,
                         uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

/* The same in half the time, for a holder who computed public_key from seed. With any other public key the signature
 * would give the seed away. */
bool crypto_ed25519_sign_pair(const uint8_t seed[CRYPTO_KEY_SIZE], const uint8_t public_key[CRYPTO_KEY_SIZE],
                              const void *message, size_t length, uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

/* True if the signature over the message is the key's. */
bool crypto_ed25519_verify(const uint8_t public_key[CRYPTO_KEY_SIZE], const void *message, size_t length,
                           const uint8_t signature[CRYPTO_SIGNATURE_SIZE]);

/* SHA-256 of a message. */
bool crypto_sha256(const void *message, size_t length, uint8_t digest[CRYPTO_DIGEST_SIZE]);

/* SHA-256 of a message that arrives in pieces (a file, say): start, add as often as needed, finish exactly once.
 * A failed start leaves the stream empty; add and finish on an empty stream do nothing and return false. */
struct crypto_sha256_stream {
    void *context;
};
bool crypto_sha256_start(struct crypto_sha256_stream *stream);
bool crypto_sha256_add(struct crypto_sha256_stream *stream, const void *data, size_t length);
bool crypto_sha256_finish(struct crypto_sha256_stream *stream, uint8_t digest[CRYPTO_DIGEST_SIZE]);

/* HMAC-SHA-256 with a key of any length over the parts in order. */
bool crypto_hmac_sha256(const void *key, size_t key_length, const struct crypto_part *parts, size_t part_count,
                        uint8_t code[CRYPTO_DIGEST_SIZE]);

/* The id by which certificates name an Ed25519 public key: the first 8 bytes of its SHA-256, little-endian
 * (protocol 9.1). 0, which no key is expected to have, if memory ran out. */
uint64_t crypto_key_id(const uint8_t public_key[CRYPTO_KEY_SIZE]);

/* Looks OpenSSL's algorithms up now and not only on first use. OpenSSL has then registered what it does when the
 * process exits, after which it cannot be used. False if memory ran out. */
bool crypto_prepare(void);

/* Frees what the first of these functions made for all of them (provider.h); the next one makes it anew. No other
 * thread may be using cryptography, and no stream or packet cipher may be left. */
void crypto_release(void);

/* Overwrites secret memory with zeros in a way that the compiler does not remove. */
void crypto_wipe(void *secret, size_t length);

/* Compares in time that depends on length only. */
bool crypto_equal(const void *a, const void *b, size_t length);

#endif
