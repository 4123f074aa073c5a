/*
 * AES-256-GCM for one direction of one connection (protocol 10.5): packets are sealed and opened in place, with the
 * nonce made from the direction's IV and the full packet number, no associated data, and the 16-byte tag behind the
 * ciphertext.
 *
 * Owns the key and, from the first packet on, one OpenSSL cipher context in which the key schedule stays expanded; a
 * packet then costs only a new IV, and no allocation. A cipher that rests has no context, which is most of its memory;
 * the next packet makes it again, in about a microsecond. A cipher belongs to the connection and is used under that
 * connection's lock: two threads must not use one cipher at once. The key and IV that the caller passed in remain the
 * caller's to wipe.
 */
#ifndef CRYPTO_PACKET_CIPHER_H
#define CRYPTO_PACKET_CIPHER_H

#include "crypto/crypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cipher is for. The two directions differ inside the library below, so it is settled at the start. */
enum packet_cipher_use {
    PACKET_CIPHER_SEAL,
    PACKET_CIPHER_OPEN,
};

struct packet_cipher {
    void *context; /* NULL while it rests */
    uint64_t iv_counter;
    uint8_t iv_tail[4];
    uint8_t use;            /* enum packet_cipher_use */
    bool ready;             /* has a key: a zeroed struct is an empty cipher */
    bool takes_nonce_alone; /* provider.h */
    uint8_t key[CRYPTO_CIPHER_KEY_SIZE];
};

/* Prepares a cipher, which rests. False if the cryptographic library cannot be used; the cipher is then empty. */
bool packet_cipher_init(struct packet_cipher *cipher, enum packet_cipher_use use,
                        const uint8_t key[CRYPTO_CIPHER_KEY_SIZE], const uint8_t iv[CRYPTO_CIPHER_IV_SIZE]);

/* Makes what the next packet needs. False if memory is short: then a packet cannot be sealed or opened now. */
bool packet_cipher_wake(struct packet_cipher *cipher);

/* Gives back what the next packet can make again. Harmless at any time. */
void packet_cipher_rest(struct packet_cipher *cipher);

/* Wipes and releases. Harmless on an empty cipher. */
void packet_cipher_free(struct packet_cipher *cipher);

/* Encrypts length bytes in place and writes the tag to data + length, so data must have room for
 * length + CRYPTO_CIPHER_TAG_SIZE. A packet number must never be sealed twice with different contents. False if the
 * cipher is empty or for opening, or memory ran out; the contents of data are then not to be sent. */
bool packet_cipher_seal(struct packet_cipher *cipher, uint64_t packet_number, uint8_t *data, size_t length);

/* Decrypts sealed_length bytes (ciphertext and tag) in place; the plaintext is sealed_length - CRYPTO_CIPHER_TAG_SIZE
 * long. False if there is no room for a tag, the tag does not match, the cipher is empty or for sealing, or memory ran
 * out; the contents of data then mean nothing and are to be dropped (protocol 10.5). */
bool packet_cipher_open(struct packet_cipher *cipher, uint64_t packet_number, uint8_t *data, size_t sealed_length);

#endif
