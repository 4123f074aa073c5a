/*
 * What 'fumarole send' and 'fumarole recv' say to each other. Every message is reliable; its first byte is its kind.
 *
 *   sender                      receiver
 *   header (name, size)   ->
 *                         <-    go
 *   data, data, ...       ->
 *   end (size, SHA-256)   ->
 *                         <-    received (SHA-256 of what was stored)
 *
 * Either side may instead say that it gives up, and why.
 */
#ifndef TOOLS_TRANSFER_H
#define TOOLS_TRANSFER_H

#include "crypto/crypto.h"
#include "fumarole/types.h"
#include "tools/terminal.h"
#include "tools/transfer_header.h"

#include <stdbool.h>
#include <stdint.h>

enum transfer_kind {
    /* and TRANSFER_HEADER */
    TRANSFER_GO = 'G',
    TRANSFER_DATA = 'D',
    TRANSFER_END = 'E',      /* 8 bytes of size, little-endian, then the digest */
    TRANSFER_RECEIVED = 'R', /* the digest */
    TRANSFER_GIVE_UP = 'X',  /* text for people */
};

enum {
    TRANSFER_CHUNK = 32 * 1024,
    TRANSFER_END_SIZE = 1 + 8 + CRYPTO_DIGEST_SIZE,
    TRANSFER_RECEIVED_SIZE = 1 + CRYPTO_DIGEST_SIZE,
    TRANSFER_DEFAULT_RATE = 8000000, /* bytes per second */
    TRANSFER_REASON_DONE = 1000,
    TRANSFER_REASON_BUSY = 1100,
    TRANSFER_REASON_GAVE_UP = 2100,
};

void transfer_digest_text(const uint8_t digest[CRYPTO_DIGEST_SIZE], char text[2 * CRYPTO_DIGEST_SIZE + 1]);

/* Shows how far it is: bytes of total (-1: unknown). */
void transfer_show(struct progress *progress, int64_t bytes, int64_t total, int64_t began);

/* What either side does when it gives up: says so to the other and gives that time to arrive. */
void transfer_give_up(HSteamNetConnection connection, const char *why);

#endif
