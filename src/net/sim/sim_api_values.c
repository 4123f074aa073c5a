/* Addresses, identities and options: values by themselves, which know nothing of the library. */
#include "net/sim/sim_api_operations.h"
#include "wire/identity.h"

#include <string.h>

enum { TEXT = 200 };

/* ---- addresses ----------------------------------------------------------------------------------------------------
 */

static void run_address(struct sim_api_program *program)
{
    struct random_source *random = &program->world->random.source;
    SteamNetworkingIPAddr address, other;
    uint32 ipv4 = random_u32(random) | 0x01000000;
    uint16 port = (uint16)random_u32(random);
    uint8 ipv6[16];

    random_fill(random, ipv6, sizeof(ipv6));
    SteamAPI_SteamNetworkingIPAddr_Clear(&address);
    EXPECT(program, SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(&address), "a cleared address is not zero");
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, ipv4, port);
    EXPECT(program,
           SteamAPI_SteamNetworkingIPAddr_IsIPv4(&address) &&
               SteamAPI_SteamNetworkingIPAddr_GetIPv4(&address) == ipv4 && address.m_port == port,
           "the IPv4 address %08x is not kept", ipv4);
    SteamAPI_SteamNetworkingIPAddr_SetIPv6(&other, ipv6, port);
    EXPECT(program, !SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&address, &other), "two addresses are equal");
    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&other, port);
    EXPECT(program, SteamAPI_SteamNetworkingIPAddr_IsLocalHost(&other), "::1 is not this host");
    EXPECT(program,
           SteamAPI_SteamNetworkingIPAddr_GetFakeIPType(&address) == SteamNetworkingIPAddr_GetFakeIPType(&address) &&
               UTILS(SteamNetworkingIPAddr_GetFakeIPType)(program->utils, &address) ==
                   SteamNetworkingIPAddr_GetFakeIPType(&address) &&
               !SteamAPI_SteamNetworkingIPAddr_IsFakeIP(&address),
           "the kinds of an address differ");
}

static void run_address_text(struct sim_api_program *program)
{
    struct random_source *random = &program->world->random.source;
    char text[TEXT], again[TEXT], once_more[TEXT];
    SteamNetworkingIPAddr address, parsed, parsed_too;
    uint8 ipv6[16];

    random_fill(random, ipv6, sizeof(ipv6));
    if (sim_chance(program->world, 0.5))
        SteamAPI_SteamNetworkingIPAddr_SetIPv6(&address, ipv6, (uint16)random_u32(random));
    else
        SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, random_u32(random), (uint16)random_u32(random));
    SteamNetworkingIPAddr_ToString(&address, text, sizeof(text), true);
    SteamAPI_SteamNetworkingIPAddr_ToString(&address, again, sizeof(again), true);
    UTILS(SteamNetworkingIPAddr_ToString)(program->utils, &address, once_more, sizeof(once_more), true);
    EXPECT(program, strcmp(text, again) == 0 && strcmp(text, once_more) == 0, "an address is '%s' and '%s' and '%s'",
           text, again, once_more);
    EXPECT(program,
           SteamNetworkingIPAddr_ParseString(&parsed, text) &&
               SteamAPI_SteamNetworkingIPAddr_ParseString(&parsed_too, text) &&
               SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&parsed, &address) &&
               SteamAPI_SteamNetworkingIPAddr_IsEqualTo(&parsed_too, &address),
           "the address '%s' is read as another one", text);
    EXPECT(program, !UTILS(SteamNetworkingIPAddr_ParseString)(program->utils, &parsed, "localhost"),
           "'localhost' is an address");
}

/* ---- identities ---------------------------------------------------------------------------------------------------
 */

static void run_identity_numbers(struct sim_api_program *program)
{
    uint64 number = random_u64(&program->world->random.source);
    SteamNetworkingIdentity identity;
    SteamNetworkingIPAddr address;

    SteamAPI_SteamNetworkingIdentity_Clear(&identity);
    EXPECT(program, SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity), "a cleared identity is valid");
    SteamAPI_SteamNetworkingIdentity_SetSteamID64(&identity, number);
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity) == number &&
               SteamAPI_SteamNetworkingIdentity_GetSteamID(&identity) == number,
           "a Steam ID is not kept");
    SteamAPI_SteamNetworkingIdentity_SetSteamID(&identity, number);
    SteamAPI_SteamNetworkingIdentity_SetPSNID(&identity, number);
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_GetPSNID(&identity) == number &&
               SteamAPI_SteamNetworkingIdentity_GetSteamID64(&identity) == 0,
           "a number is not kept");
    SteamAPI_SteamNetworkingIdentity_SetIPv4Addr(&identity, (uint32)number, 5);
    EXPECT(program, SteamAPI_SteamNetworkingIdentity_GetIPv4(&identity) == (uint32)number, "an address is not kept");
    sim_api_draw_address(program, &address);
    SteamAPI_SteamNetworkingIdentity_SetIPAddr(&identity, &address);
    EXPECT(program, SteamAPI_SteamNetworkingIdentity_GetIPAddr(&identity)->m_port == address.m_port,
           "an address is not kept");
    EXPECT(program,
           !SteamAPI_SteamNetworkingIdentity_IsFakeIP(&identity) &&
               SteamAPI_SteamNetworkingIdentity_GetFakeIPType(&identity) == k_ESteamNetworkingFakeIPType_NotFake,
           "an address is a FakeIP");
    SteamAPI_SteamNetworkingIdentity_SetLocalHost(&identity);
    EXPECT(program, SteamAPI_SteamNetworkingIdentity_IsLocalHost(&identity), "this host is not this host");
}

static void run_identity_texts(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity, other;
    uint8 bytes[40];
    int size = (int)sim_between(program->world, 0, 40), found = 0;
    const uint8 *kept;

    random_fill(&program->world->random.source, bytes, sizeof(bytes));
    SteamAPI_SteamNetworkingIdentity_Clear(&identity);
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_SetGenericBytes(&identity, bytes, (uint32)size) ==
               (size >= 1 && size <= 32),
           "%d bytes as an identity", size);
    kept = SteamAPI_SteamNetworkingIdentity_GetGenericBytes(&identity, &found);
    EXPECT(program, !kept || (found == size && memcmp(kept, bytes, (size_t)size) == 0), "%d bytes are kept as %d", size,
           found);
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_SetGenericString(&other, "one") &&
               strcmp(SteamAPI_SteamNetworkingIdentity_GetGenericString(&other), "one") == 0 &&
               !SteamAPI_SteamNetworkingIdentity_IsEqualTo(&identity, &other),
           "a text is not kept as an identity");
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(&other, "two") &&
               strcmp(SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(&other), "two") == 0,
           "an Xbox ID is not kept");
}

static void run_identity_text(struct sim_api_program *program)
{
    SteamNetworkingIdentity identity, parsed;
    char text[TEXT], again[TEXT], once_more[TEXT];

    sim_api_draw_identity(program, &identity);
    SteamNetworkingIdentity_ToString(&identity, text, sizeof(text));
    SteamAPI_SteamNetworkingIdentity_ToString(&identity, again, sizeof(again));
    UTILS(SteamNetworkingIdentity_ToString)(program->utils, &identity, once_more, sizeof(once_more));
    EXPECT(program, strcmp(text, again) == 0 && strcmp(text, once_more) == 0, "an identity is '%s', '%s' and '%s'",
           text, again, once_more);
    if (identity.m_eType != k_ESteamNetworkingIdentityType_GenericString || !identity_is_well_formed(&identity) ||
        !text[4])
        return;
    EXPECT(program,
           SteamNetworkingIdentity_ParseString(&parsed, sizeof(parsed), text) &&
               (SteamAPI_SteamNetworkingIdentity_IsEqualTo(&parsed, &identity) || strncmp(text, "str:player", 10) != 0),
           "the identity '%s' is read as another one", text);
    EXPECT(program,
           SteamAPI_SteamNetworkingIdentity_ParseString(&parsed, sizeof(parsed), text) &&
               UTILS(SteamNetworkingIdentity_ParseString)(program->utils, &parsed, text),
           "the identity '%s' cannot be read", text);
}

/* ---- options ------------------------------------------------------------------------------------------------------
 */

static void run_option(struct sim_api_program *program)
{
    SteamNetworkingConfigValue_t option;

    SteamAPI_SteamNetworkingConfigValue_t_SetInt32(&option, k_ESteamNetworkingConfig_NagleTime, 5);
    SteamAPI_SteamNetworkingConfigValue_t_SetInt64(&option, k_ESteamNetworkingConfig_ConnectionUserData, 5);
    SteamAPI_SteamNetworkingConfigValue_t_SetFloat(&option, k_ESteamNetworkingConfig_FakePacketLoss_Send, 5);
    SteamAPI_SteamNetworkingConfigValue_t_SetPtr(&option, k_ESteamNetworkingConfig_Callback_AuthStatusChanged, &option);
    SteamAPI_SteamNetworkingConfigValue_t_SetString(&option, k_ESteamNetworkingConfig_P2P_STUN_ServerList, "a");
    EXPECT(program, option.m_eDataType == k_ESteamNetworkingConfig_String && strcmp(option.m_val.m_string, "a") == 0,
           "an option is not kept");
}

const struct sim_api_operation sim_api_value_operations[] = {
    {"SteamAPI_SteamNetworkingIPAddr_Clear", run_address, 2, false},
    {"SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_SetIPv6", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_SetIPv4", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_IsIPv4", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_GetIPv4", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_IsLocalHost", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_IsEqualTo", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_GetFakeIPType", run_address, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_IsFakeIP", run_address, 0, false},
    {"SteamNetworkingIPAddr_GetFakeIPType", run_address, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType", run_address, 0, false},
    {"SteamNetworkingIPAddr_ToString", run_address_text, 2, false},
    {"SteamAPI_SteamNetworkingIPAddr_ToString", run_address_text, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString", run_address_text, 0, false},
    {"SteamNetworkingIPAddr_ParseString", run_address_text, 0, false},
    {"SteamAPI_SteamNetworkingIPAddr_ParseString", run_address_text, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString", run_address_text, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_Clear", run_identity_numbers, 2, false},
    {"SteamAPI_SteamNetworkingIdentity_IsInvalid", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetSteamID", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetSteamID", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetSteamID64", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetSteamID64", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetPSNID", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetPSNID", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetIPAddr", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetIPAddr", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetIPv4Addr", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetIPv4", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetFakeIPType", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_IsFakeIP", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetLocalHost", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_IsLocalHost", run_identity_numbers, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID", run_identity_texts, 2, false},
    {"SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID", run_identity_texts, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetGenericString", run_identity_texts, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetGenericString", run_identity_texts, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_SetGenericBytes", run_identity_texts, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_GetGenericBytes", run_identity_texts, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_IsEqualTo", run_identity_texts, 0, false},
    {"SteamNetworkingIdentity_ToString", run_identity_text, 2, false},
    {"SteamAPI_SteamNetworkingIdentity_ToString", run_identity_text, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ToString", run_identity_text, 0, false},
    {"SteamNetworkingIdentity_ParseString", run_identity_text, 0, false},
    {"SteamAPI_SteamNetworkingIdentity_ParseString", run_identity_text, 0, false},
    {"SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString", run_identity_text, 0, false},
    {"SteamAPI_SteamNetworkingConfigValue_t_SetInt32", run_option, 2, false},
    {"SteamAPI_SteamNetworkingConfigValue_t_SetInt64", run_option, 0, false},
    {"SteamAPI_SteamNetworkingConfigValue_t_SetFloat", run_option, 0, false},
    {"SteamAPI_SteamNetworkingConfigValue_t_SetPtr", run_option, 0, false},
    {"SteamAPI_SteamNetworkingConfigValue_t_SetString", run_option, 0, false},
    {NULL, NULL, 0, false},
};
