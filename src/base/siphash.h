/*
 * SipHash-2-4 with 64 bits of result: a short keyed hash for hash tables whose keys an attacker may choose, and for the
 * stateless handshake challenge (protocol 6.3). The key is secret and random per process.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_SIZE = 16 };

uint64_t siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *data, size_t length);

#endif
