/*
 * The server's proof that a client receives at the address it claims, without keeping state (protocol 6.3): a coarse
 * time in the low 16 bits, a keyed hash over time and address in the others.
 */
#ifndef CONN_CHALLENGE_H
#define CONN_CHALLENGE_H

#include "base/siphash.h"
#include "base/time.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stdint.h>

uint64_t challenge_make(const uint8_t secret[SIPHASH_KEY_SIZE], const SteamNetworkingIPAddr *address, microseconds now);

/* Valid for 3.1 to 4.2 seconds. */
bool challenge_check(const uint8_t secret[SIPHASH_KEY_SIZE], const SteamNetworkingIPAddr *address, uint64_t challenge,
                     microseconds now);

#endif
