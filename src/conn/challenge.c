#include "conn/challenge.h"

#include "base/bytes.h"
#include "wire/limits.h"

static uint64_t value_at(const uint8_t *secret, const SteamNetworkingIPAddr *address, uint16_t tick)
{
    uint8_t input[2 + 16 + 2];

    store_u16(input, tick);
    memcpy(input + 2, address->m_ipv6, 16);
    store_u16(input + 18, address->m_port);
    return (siphash(secret, input, sizeof input) & ~(uint64_t)0xFFFF) | tick;
}

uint64_t challenge_make(const uint8_t secret[SIPHASH_KEY_SIZE], const SteamNetworkingIPAddr *address, microseconds now)
{
    return value_at(secret, address, (uint16_t)(now >> CHALLENGE_TICK_SHIFT));
}

bool challenge_check(const uint8_t secret[SIPHASH_KEY_SIZE], const SteamNetworkingIPAddr *address, uint64_t challenge,
                     microseconds now)
{
    uint16_t tick = (uint16_t)challenge;
    uint16_t age = (uint16_t)((uint16_t)(now >> CHALLENGE_TICK_SHIFT) - tick);

    return age <= CHALLENGE_AGE_MAXIMUM && value_at(secret, address, tick) == challenge;
}
