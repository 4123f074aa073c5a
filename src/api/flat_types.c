/*
 * The exported functions on plain values: addresses, identities, options, messages, hosted addresses. Thin; what they
 * do is in wire/. Any thread, no start of the library needed.
 */
#include "api/argument_check.h"
#include "api/no_backend.h"
#include "fumarole/addresses.h"
#include "fumarole/gamecoordinator.h"
#include "fumarole/utils.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <string.h>

enum {
    SMALLEST_IDENTITY = 32,   /* bytes that every version of the structure had */
    FIRST_POINTER = 4096,     /* no pointer is below */
    POP_SIZE = 4,             /* bytes of a data centre code in a hosted address */
    TEXT_LENGTH_LIMIT = 4096, /* longer text is no address and no identity */
};

/* ---- addresses ------------------------------------------------------------------------------------------------ */

void SteamAPI_SteamNetworkingIPAddr_Clear(SteamNetworkingIPAddr *self)
{
    if (GIVEN(self))
        address_clear(self);
}

bool SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(SteamNetworkingIPAddr *self)
{
    return GIVEN(self) && address_is_any(self);
}

void SteamAPI_SteamNetworkingIPAddr_SetIPv6(SteamNetworkingIPAddr *self, const uint8 *ipv6, uint16 port)
{
    if (GIVEN(self) && GIVEN(ipv6))
        address_set_ipv6(self, ipv6, port);
}

void SteamAPI_SteamNetworkingIPAddr_SetIPv4(SteamNetworkingIPAddr *self, uint32 ipv4, uint16 port)
{
    if (GIVEN(self))
        address_set_ipv4(self, ipv4, port);
}

bool SteamAPI_SteamNetworkingIPAddr_IsIPv4(SteamNetworkingIPAddr *self)
{
    return GIVEN(self) && address_is_ipv4(self);
}

uint32 SteamAPI_SteamNetworkingIPAddr_GetIPv4(SteamNetworkingIPAddr *self)
{
    return GIVEN(self) ? address_ipv4(self) : 0;
}

void SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(SteamNetworkingIPAddr *self, uint16 port)
{
    if (GIVEN(self))
        address_set_localhost(self, port);
}

bool SteamAPI_SteamNetworkingIPAddr_IsLocalHost(SteamNetworkingIPAddr *self)
{
    return GIVEN(self) && address_is_localhost(self);
}

bool SteamAPI_SteamNetworkingIPAddr_IsEqualTo(SteamNetworkingIPAddr *self, const SteamNetworkingIPAddr *other)
{
    return GIVEN(self) && GIVEN(other) && address_equal(self, other);
}

/* A buffer that cannot be written gets the answer that it is empty. */
static bool can_write(const char *function, const void *value, char *buffer, size_t size)
{
    if (!argument_given(buffer, function, "buffer") || size == 0)
        return false;
    buffer[0] = '\0';
    return argument_given(value, function, "self");
}

void SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *address, char *buffer, size_t size, bool with_port)
{
    if (can_write(__func__, address, buffer, size))
        address_print(address, buffer, size, with_port);
}

void SteamAPI_SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *self, char *buffer, size_t size,
                                             bool with_port)
{
    SteamNetworkingIPAddr_ToString(self, buffer, (uint32)size, with_port);
}

bool SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *address, const char *text)
{
    if (!GIVEN(address))
        return false;
    address_clear(address);
    if (!GIVEN(text))
        return false;
    if (address_parse(address, text, strnlen(text, TEXT_LENGTH_LIMIT)))
        return true;
    log_write(LOG_LEVEL_VERBOSE, "%s: text is no address", __func__);
    return false;
}

bool SteamAPI_SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *self, const char *text)
{
    return SteamNetworkingIPAddr_ParseString(self, text);
}

ESteamNetworkingFakeIPType SteamNetworkingIPAddr_GetFakeIPType(const SteamNetworkingIPAddr *address)
{
    return GIVEN(address) ? k_ESteamNetworkingFakeIPType_NotFake : k_ESteamNetworkingFakeIPType_Invalid;
}

ESteamNetworkingFakeIPType SteamAPI_SteamNetworkingIPAddr_GetFakeIPType(SteamNetworkingIPAddr *self)
{
    return SteamNetworkingIPAddr_GetFakeIPType(self);
}

bool SteamAPI_SteamNetworkingIPAddr_IsFakeIP(SteamNetworkingIPAddr *self)
{
    return SteamNetworkingIPAddr_GetFakeIPType(self) > k_ESteamNetworkingFakeIPType_NotFake;
}

/* ---- identities ----------------------------------------------------------------------------------------------- */

static bool is_type(const SteamNetworkingIdentity *identity, ESteamNetworkingIdentityType type)
{
    return identity->m_eType == type;
}

void SteamAPI_SteamNetworkingIdentity_Clear(SteamNetworkingIdentity *self)
{
    if (GIVEN(self))
        identity_clear(self);
}

bool SteamAPI_SteamNetworkingIdentity_IsInvalid(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && identity_is_invalid(self);
}

void SteamAPI_SteamNetworkingIdentity_SetSteamID(SteamNetworkingIdentity *self, uint64_steamid steam_id)
{
    SteamAPI_SteamNetworkingIdentity_SetSteamID64(self, steam_id);
}

uint64_steamid SteamAPI_SteamNetworkingIdentity_GetSteamID(SteamNetworkingIdentity *self)
{
    return SteamAPI_SteamNetworkingIdentity_GetSteamID64(self);
}

void SteamAPI_SteamNetworkingIdentity_SetSteamID64(SteamNetworkingIdentity *self, uint64 steam_id)
{
    if (GIVEN(self))
        identity_set_steam_id(self, steam_id);
}

uint64 SteamAPI_SteamNetworkingIdentity_GetSteamID64(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_SteamID) ? self->m_steamID64 : 0;
}

bool SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(SteamNetworkingIdentity *self, const char *text)
{
    return GIVEN(self) && GIVEN(text) && identity_set_xbox_pairwise_id(self, text, strnlen(text, TEXT_LENGTH_LIMIT));
}

const char *SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_XboxPairwiseID) ? self->m_szXboxPairwiseID
                                                                                       : NULL;
}

void SteamAPI_SteamNetworkingIdentity_SetPSNID(SteamNetworkingIdentity *self, uint64 id)
{
    if (GIVEN(self))
        identity_set_psn_id(self, id);
}

uint64 SteamAPI_SteamNetworkingIdentity_GetPSNID(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_SonyPSN) ? self->m_PSNID : 0;
}

void SteamAPI_SteamNetworkingIdentity_SetIPAddr(SteamNetworkingIdentity *self, const SteamNetworkingIPAddr *address)
{
    SteamNetworkingIPAddr copy;

    if (!GIVEN(self) || !GIVEN(address))
        return;
    copy = *address; /* it may lie inside the identity */
    identity_set_address(self, &copy);
}

const SteamNetworkingIPAddr *SteamAPI_SteamNetworkingIdentity_GetIPAddr(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_IPAddress) ? &self->m_ip : NULL;
}

void SteamAPI_SteamNetworkingIdentity_SetIPv4Addr(SteamNetworkingIdentity *self, uint32 ipv4, uint16 port)
{
    SteamNetworkingIPAddr address;

    if (!GIVEN(self))
        return;
    address_set_ipv4(&address, ipv4, port);
    identity_set_address(self, &address);
}

uint32 SteamAPI_SteamNetworkingIdentity_GetIPv4(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_IPAddress) ? address_ipv4(&self->m_ip) : 0;
}

ESteamNetworkingFakeIPType SteamAPI_SteamNetworkingIdentity_GetFakeIPType(SteamNetworkingIdentity *self)
{
    return GIVEN(self) ? no_backend_fake_ip_type_of_identity(self) : k_ESteamNetworkingFakeIPType_Invalid;
}

bool SteamAPI_SteamNetworkingIdentity_IsFakeIP(SteamNetworkingIdentity *self)
{
    return SteamAPI_SteamNetworkingIdentity_GetFakeIPType(self) > k_ESteamNetworkingFakeIPType_NotFake;
}

void SteamAPI_SteamNetworkingIdentity_SetLocalHost(SteamNetworkingIdentity *self)
{
    if (GIVEN(self))
        identity_set_localhost(self);
}

bool SteamAPI_SteamNetworkingIdentity_IsLocalHost(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && identity_is_localhost(self);
}

bool SteamAPI_SteamNetworkingIdentity_SetGenericString(SteamNetworkingIdentity *self, const char *text)
{
    return GIVEN(self) && GIVEN(text) && identity_set_string(self, text, strnlen(text, TEXT_LENGTH_LIMIT));
}

const char *SteamAPI_SteamNetworkingIdentity_GetGenericString(SteamNetworkingIdentity *self)
{
    return GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_GenericString) ? self->m_szGenericString : NULL;
}

bool SteamAPI_SteamNetworkingIdentity_SetGenericBytes(SteamNetworkingIdentity *self, const void *data, uint32 size)
{
    return GIVEN(self) && GIVEN(data) && identity_set_bytes(self, data, size);
}

const uint8 *SteamAPI_SteamNetworkingIdentity_GetGenericBytes(SteamNetworkingIdentity *self, int *size)
{
    bool fits = GIVEN(self) && is_type(self, k_ESteamNetworkingIdentityType_GenericBytes);

    if (size)
        *size = fits ? self->m_cbSize : 0;
    return fits ? self->m_genericBytes : NULL;
}

bool SteamAPI_SteamNetworkingIdentity_IsEqualTo(SteamNetworkingIdentity *self, const SteamNetworkingIdentity *other)
{
    return GIVEN(self) && GIVEN(other) && identity_equal(self, other);
}

void SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *identity, char *buffer, size_t size)
{
    if (can_write(__func__, identity, buffer, size))
        identity_print(identity, buffer, size);
}

void SteamAPI_SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *self, char *buffer, size_t size)
{
    SteamNetworkingIdentity_ToString(self, buffer, (uint32)size);
}

/* The structure behind the pointer may be of a program with a shorter version of it, and nothing is written past that.
 */
bool SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *identity, size_t identity_size, const char *text)
{
    const size_t head = offsetof(SteamNetworkingIdentity, m_genericBytes);
    SteamNetworkingIdentity parsed;

    if (!GIVEN(identity))
        return false;
    if (identity_size < SMALLEST_IDENTITY || identity_size >= FIRST_POINTER) {
        log_write(LOG_LEVEL_BUG, "%s: identity_size is %zu", __func__, identity_size);
        return false;
    }
    memset((void *)identity, 0, identity_size);
    if (!GIVEN(text))
        return false;
    if (!identity_parse(&parsed, text, strnlen(text, TEXT_LENGTH_LIMIT))) {
        log_write(LOG_LEVEL_VERBOSE, "%s: text is no identity", __func__);
        return false;
    }
    if (head + (size_t)parsed.m_cbSize > identity_size)
        return false;
    memcpy((void *)identity, &parsed, identity_size < sizeof(parsed) ? identity_size : sizeof(parsed));
    return true;
}

/*
 * One name, two prototypes: (identity, size, text) and (identity, text). A null text of the second kind looks like the
 * size 0.
 */
bool SteamAPI_SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *self, size_t identity_size, const char *text)
{
    if (identity_size == 0)
        return SteamNetworkingIdentity_ParseString(self, sizeof(*self), NULL);
    if (identity_size >= FIRST_POINTER)
        return SteamNetworkingIdentity_ParseString(self, sizeof(*self), (const char *)(uintptr_t)identity_size);
    return SteamNetworkingIdentity_ParseString(self, identity_size, text);
}

/* ---- options -------------------------------------------------------------------------------------------------- */

static bool begin_option(SteamNetworkingConfigValue_t *option, const char *function, ESteamNetworkingConfigValue value,
                         ESteamNetworkingConfigDataType type)
{
    if (!argument_given(option, function, "self"))
        return false;
    option->m_eValue = value;
    option->m_eDataType = type;
    option->m_val.m_int64 = 0;
    return true;
}

void SteamAPI_SteamNetworkingConfigValue_t_SetInt32(SteamNetworkingConfigValue_t *self,
                                                    ESteamNetworkingConfigValue value, int32_t data)
{
    if (begin_option(self, __func__, value, k_ESteamNetworkingConfig_Int32))
        self->m_val.m_int32 = data;
}

void SteamAPI_SteamNetworkingConfigValue_t_SetInt64(SteamNetworkingConfigValue_t *self,
                                                    ESteamNetworkingConfigValue value, int64_t data)
{
    if (begin_option(self, __func__, value, k_ESteamNetworkingConfig_Int64))
        self->m_val.m_int64 = data;
}

void SteamAPI_SteamNetworkingConfigValue_t_SetFloat(SteamNetworkingConfigValue_t *self,
                                                    ESteamNetworkingConfigValue value, float data)
{
    if (begin_option(self, __func__, value, k_ESteamNetworkingConfig_Float))
        self->m_val.m_float = data;
}

void SteamAPI_SteamNetworkingConfigValue_t_SetPtr(SteamNetworkingConfigValue_t *self, ESteamNetworkingConfigValue value,
                                                  void *data)
{
    if (begin_option(self, __func__, value, k_ESteamNetworkingConfig_Ptr))
        self->m_val.m_ptr = data;
}

void SteamAPI_SteamNetworkingConfigValue_t_SetString(SteamNetworkingConfigValue_t *self,
                                                     ESteamNetworkingConfigValue value, const char *data)
{
    if (begin_option(self, __func__, value, k_ESteamNetworkingConfig_String))
        self->m_val.m_string = data;
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

void SteamAPI_SteamNetworkingMessage_t_Release(SteamNetworkingMessage_t *self)
{
    if (self && argument_given((const void *)(uintptr_t)self->m_pfnRelease, __func__, "self->m_pfnRelease"))
        self->m_pfnRelease(self);
}

/* ---- hosted addresses ----------------------------------------------------------------------------------------- */

void SteamAPI_SteamDatagramHostedAddress_Clear(SteamDatagramHostedAddress *self)
{
    if (GIVEN(self))
        memset(self, 0, sizeof(*self));
}

/* A code of three or four letters abcd is 0xddaabbcc as a number. */
SteamNetworkingPOPID SteamAPI_SteamDatagramHostedAddress_GetPopID(SteamDatagramHostedAddress *self)
{
    const unsigned char *code;

    if (!GIVEN(self) || self->m_cbSize < POP_SIZE)
        return 0;
    code = (const unsigned char *)self->m_data;
    return (uint32)code[3] << 24 | (uint32)code[0] << 16 | (uint32)code[1] << 8 | code[2];
}

void SteamAPI_SteamDatagramHostedAddress_SetDevAddress(SteamDatagramHostedAddress *self, uint32 ipv4, uint16 port,
                                                       SteamNetworkingPOPID data_center)
{
    const unsigned char bytes[] = {
        (unsigned char)(data_center >> 16),
        (unsigned char)(data_center >> 8),
        (unsigned char)data_center,
        (unsigned char)(data_center >> 24),
        1,
        1,
        (unsigned char)port,
        (unsigned char)(port >> 8),
        (unsigned char)ipv4,
        (unsigned char)(ipv4 >> 8),
        (unsigned char)(ipv4 >> 16),
        (unsigned char)(ipv4 >> 24),
    };

    if (!GIVEN(self))
        return;
    memset(self, 0, sizeof(*self));
    memcpy(self->m_data, bytes, sizeof(bytes));
    self->m_cbSize = sizeof(bytes);
}
