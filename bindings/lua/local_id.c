#include "local_id.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_RESERVED_ACCOUNT = (int)0xf0000000 /* account numbers from here on are nobody's */
};

static pthread_once_t anonymous_once = PTHREAD_ONCE_INIT;
static uint32_t anonymous_account;

/* An account number: neither zero nor reserved. */
static uint32_t as_account(uint32_t number)
{
    return number % ((uint32_t)FIRST_RESERVED_ACCOUNT - 1) + 1;
}

static void choose_anonymous_account(void)
{
    uint32_t number;

    if (getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number)
        number = (uint32_t)getpid() * 2654435761u ^ (uint32_t)time(NULL);
    anonymous_account = as_account(number);
}

static uint32_t account_of(const SteamNetworkingIdentity *identity)
{
    char text[SteamNetworkingIdentity_k_cchMaxString];
    uint32_t hash = 2166136261u; /* FNV-1a */

    if (SteamAPI_SteamNetworkingIdentity_IsLocalHost((SteamNetworkingIdentity *)identity)) {
        pthread_once(&anonymous_once, choose_anonymous_account);
        return anonymous_account;
    }
    SteamNetworkingIdentity_ToString(identity, text, sizeof text);
    for (const char *character = text; *character; character++)
        hash = (hash ^ (uint8_t)*character) * 16777619u;
    return as_account(hash);
}

uint64_t local_id(void)
{
    SteamNetworkingIdentity identity;

    if (!SteamAPI_ISteamNetworkingSockets_GetIdentity(SteamNetworkingSockets_LibV12(), &identity) ||
        SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity))
        return 0;
    if (identity.m_eType == k_ESteamNetworkingIdentityType_SteamID)
        return SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity);
    return (uint64_t)k_EUniverseDev << 56 | (uint64_t)k_EAccountTypeIndividual << 52 |
           (uint64_t)k_unSteamUserDefaultInstance << 32 | account_of(&identity);
}

void local_id_identity(uint64_t number, SteamNetworkingIdentity *identity)
{
    SteamAPI_SteamNetworkingIdentity_Clear(identity);
    if (number && number == local_id())
        SteamAPI_ISteamNetworkingSockets_GetIdentity(SteamNetworkingSockets_LibV12(), identity);
    else
        SteamAPI_SteamNetworkingIdentity_SetSteamID64(identity, number);
}
