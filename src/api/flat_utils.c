/*
 * The exported functions of ISteamNetworkingUtils. Each checks `self` and passes on; a null self gives the value that
 * the function has for failure.
 */
#include "api/argument_check.h"
#include "api/config_values.h"
#include "api/no_backend.h"
#include "api/process_hooks.h"
#include "api/utils.h"
#include "fumarole/backend.h"
#include "fumarole/fake_ip.h"
#include "fumarole/utils.h"
#include "net/clock.h"
#include "snp/message.h"

#include <string.h>

#define SELF utils_is_object(self, __func__)

/* ---- accessors ------------------------------------------------------------------------------------------------ */

ISteamNetworkingUtils *SteamNetworkingUtils_LibV4(void)
{
    return utils_object();
}

ISteamNetworkingUtils *SteamAPI_SteamNetworkingUtils_v003(void)
{
    return utils_object();
}

ISteamNetworkingUtils *SteamAPI_SteamNetworkingUtils_SteamAPI_v004(void)
{
    return utils_object();
}

/* ---- messages, clock, diagnostics ----------------------------------------------------------------------------- */

SteamNetworkingMessage_t *SteamAPI_ISteamNetworkingUtils_AllocateMessage(ISteamNetworkingUtils *self, int size)
{
    struct message *message;

    if (!SELF)
        return NULL;
    if (size < 0) {
        log_write(LOG_LEVEL_BUG, "%s: size %d is negative", __func__, size);
        return NULL;
    }
    process_begins_to_allocate();
    message = message_allocate(size);
    return message ? &message->api : NULL;
}

SteamNetworkingMicroseconds SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(ISteamNetworkingUtils *self)
{
    return SELF ? clock_now() : 0;
}

void SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(ISteamNetworkingUtils *self,
                                                           ESteamNetworkingSocketsDebugOutputType level,
                                                           FSteamNetworkingSocketsDebugOutput function)
{
    if (SELF)
        process_set_debug_output((int)level, function);
}

/* ---- relays and ping times: no back end ----------------------------------------------------------------------- */

void SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(ISteamNetworkingUtils *self)
{
    SteamAPI_ISteamNetworkingUtils_CheckPingDataUpToDate(self, 1e10f);
}

ESteamNetworkingAvailability SteamAPI_ISteamNetworkingUtils_GetRelayNetworkStatus(ISteamNetworkingUtils *self,
                                                                                  SteamRelayNetworkStatus_t *details)
{
    (void)SELF; /* the answer is the same */
    return no_backend_relay_network_status(details);
}

float SteamAPI_ISteamNetworkingUtils_GetLocalPingLocation(ISteamNetworkingUtils *self,
                                                          SteamNetworkPingLocation_t *location)
{
    (void)SELF;
    return no_backend_local_ping_location(location);
}

int SteamAPI_ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations(ISteamNetworkingUtils *self,
                                                                       const SteamNetworkPingLocation_t *location1,
                                                                       const SteamNetworkPingLocation_t *location2)
{
    (void)(SELF && GIVEN(location1) && GIVEN(location2));
    return no_backend_ping();
}

int SteamAPI_ISteamNetworkingUtils_EstimatePingTimeFromLocalHost(ISteamNetworkingUtils *self,
                                                                 const SteamNetworkPingLocation_t *location)
{
    (void)(SELF && GIVEN(location));
    return no_backend_ping();
}

void SteamAPI_ISteamNetworkingUtils_ConvertPingLocationToString(ISteamNetworkingUtils *self,
                                                                const SteamNetworkPingLocation_t *location,
                                                                char *buffer, int size)
{
    (void)(SELF && GIVEN(location) && GIVEN(buffer));
    no_backend_print_location(buffer, size);
}

bool SteamAPI_ISteamNetworkingUtils_ParsePingLocationString(ISteamNetworkingUtils *self, const char *text,
                                                            SteamNetworkPingLocation_t *location)
{
    (void)(SELF && GIVEN(text));
    return no_backend_parse_location(location);
}

bool SteamAPI_ISteamNetworkingUtils_CheckPingDataUpToDate(ISteamNetworkingUtils *self, float max_age)
{
    (void)max_age;
    (void)SELF;
    return false;
}

int SteamAPI_ISteamNetworkingUtils_GetPingToDataCenter(ISteamNetworkingUtils *self, SteamNetworkingPOPID data_center,
                                                       SteamNetworkingPOPID *via)
{
    (void)data_center;
    (void)SELF;
    return no_backend_ping_to_data_center(via);
}

int SteamAPI_ISteamNetworkingUtils_GetDirectPingToPOP(ISteamNetworkingUtils *self, SteamNetworkingPOPID data_center)
{
    (void)data_center;
    (void)SELF;
    return no_backend_ping();
}

int SteamAPI_ISteamNetworkingUtils_GetPOPCount(ISteamNetworkingUtils *self)
{
    (void)SELF;
    return 0;
}

int SteamAPI_ISteamNetworkingUtils_GetPOPList(ISteamNetworkingUtils *self, SteamNetworkingPOPID *list, int max)
{
    (void)list;
    (void)max;
    (void)SELF;
    return 0;
}

/* ---- FakeIP: no back end -------------------------------------------------------------------------------------- */

bool SteamAPI_ISteamNetworkingUtils_IsFakeIPv4(ISteamNetworkingUtils *self, uint32 ipv4)
{
    return SteamAPI_ISteamNetworkingUtils_GetIPv4FakeIPType(self, ipv4) > k_ESteamNetworkingFakeIPType_NotFake;
}

ESteamNetworkingFakeIPType SteamAPI_ISteamNetworkingUtils_GetIPv4FakeIPType(ISteamNetworkingUtils *self, uint32 ipv4)
{
    (void)ipv4;
    return SELF ? k_ESteamNetworkingFakeIPType_NotFake : k_ESteamNetworkingFakeIPType_Invalid;
}

EResult SteamAPI_ISteamNetworkingUtils_GetRealIdentityForFakeIP(ISteamNetworkingUtils *self,
                                                                const SteamNetworkingIPAddr *address,
                                                                SteamNetworkingIdentity *identity)
{
    (void)(SELF && GIVEN(address));
    return no_backend_real_identity(identity);
}

/* ---- configuration values ------------------------------------------------------------------------------------- */

bool SteamAPI_ISteamNetworkingUtils_SetConfigValue(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue value,
                                                   ESteamNetworkingConfigScope scope, intptr_t object,
                                                   ESteamNetworkingConfigDataType type, const void *data)
{
    if (!SELF)
        return false;
    process_begins_to_allocate();
    return config_set_value(value, scope, object, type, data);
}

bool SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct(ISteamNetworkingUtils *self,
                                                         const SteamNetworkingConfigValue_t *option,
                                                         ESteamNetworkingConfigScope scope, intptr_t object)
{
    const void *data;

    if (!GIVEN(option))
        return false;
    data = option->m_eDataType == k_ESteamNetworkingConfig_String ? (const void *)option->m_val.m_string
                                                                  : (const void *)&option->m_val;
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, option->m_eValue, scope, object, option->m_eDataType,
                                                         data);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueInt32(ISteamNetworkingUtils *self,
                                                              ESteamNetworkingConfigValue value, int32 data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_Int32, &data);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueFloat(ISteamNetworkingUtils *self,
                                                              ESteamNetworkingConfigValue value, float data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_Float, &data);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValueString(ISteamNetworkingUtils *self,
                                                               ESteamNetworkingConfigValue value, const char *data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_String, data);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalConfigValuePtr(ISteamNetworkingUtils *self,
                                                            ESteamNetworkingConfigValue value, void *data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Global, 0,
                                                         k_ESteamNetworkingConfig_Ptr, &data);
}

bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(ISteamNetworkingUtils *self,
                                                                  HSteamNetConnection connection,
                                                                  ESteamNetworkingConfigValue value, int32 data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Connection,
                                                         (intptr_t)connection, k_ESteamNetworkingConfig_Int32, &data);
}

bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueFloat(ISteamNetworkingUtils *self,
                                                                  HSteamNetConnection connection,
                                                                  ESteamNetworkingConfigValue value, float data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Connection,
                                                         (intptr_t)connection, k_ESteamNetworkingConfig_Float, &data);
}

bool SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueString(ISteamNetworkingUtils *self,
                                                                   HSteamNetConnection connection,
                                                                   ESteamNetworkingConfigValue value, const char *data)
{
    return SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, value, k_ESteamNetworkingConfig_Connection,
                                                         (intptr_t)connection, k_ESteamNetworkingConfig_String, data);
}

ESteamNetworkingGetConfigValueResult
SteamAPI_ISteamNetworkingUtils_GetConfigValue(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue value,
                                              ESteamNetworkingConfigScope scope, intptr_t object,
                                              ESteamNetworkingConfigDataType *type, void *buffer, size_t *size)
{
    if (!SELF)
        return k_ESteamNetworkingGetConfigValue_BadValue;
    return config_get_value(value, scope, object, type, buffer, size);
}

const char *SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(ISteamNetworkingUtils *self,
                                                              ESteamNetworkingConfigValue value,
                                                              ESteamNetworkingConfigDataType *type,
                                                              ESteamNetworkingConfigScope *scope)
{
    return SELF ? config_value_info(value, type, scope) : NULL;
}

ESteamNetworkingConfigValue SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(
    ISteamNetworkingUtils *self, ESteamNetworkingConfigValue current, bool include_developer)
{
    return SELF ? config_iterate(current, include_developer) : k_ESteamNetworkingConfig_Invalid;
}

/* ---- callback functions --------------------------------------------------------------------------------------- */

/* Function pointers and object pointers are of one size here; the value stored is the pointer's. */
#define SET_CALLBACK(name)                                                                                             \
    SteamAPI_ISteamNetworkingUtils_SetConfigValue(self, k_ESteamNetworkingConfig_Callback_##name,                      \
                                                  k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Ptr,    \
                                                  &function)

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(
    ISteamNetworkingUtils *self, FnSteamNetConnectionStatusChanged function)
{
    return SET_CALLBACK(ConnectionStatusChanged);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetAuthenticationStatusChanged(
    ISteamNetworkingUtils *self, FnSteamNetAuthenticationStatusChanged function)
{
    return SET_CALLBACK(AuthStatusChanged);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamRelayNetworkStatusChanged(
    ISteamNetworkingUtils *self, FnSteamRelayNetworkStatusChanged function)
{
    return SET_CALLBACK(RelayNetworkStatusChanged);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_FakeIPResult(ISteamNetworkingUtils *self,
                                                                   FnSteamNetworkingFakeIPResult function)
{
    return SET_CALLBACK(FakeIPResult);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionRequest(
    ISteamNetworkingUtils *self, FnSteamNetworkingMessagesSessionRequest function)
{
    return SET_CALLBACK(MessagesSessionRequest);
}

bool SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_MessagesSessionFailed(
    ISteamNetworkingUtils *self, FnSteamNetworkingMessagesSessionFailed function)
{
    return SET_CALLBACK(MessagesSessionFailed);
}

/* ---- text forms ----------------------------------------------------------------------------------------------- */

void SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString(ISteamNetworkingUtils *self,
                                                                   const SteamNetworkingIPAddr *address, char *buffer,
                                                                   uint32 size, bool with_port)
{
    (void)self;
    SteamNetworkingIPAddr_ToString(address, buffer, size, with_port);
}

bool SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString(ISteamNetworkingUtils *self,
                                                                      SteamNetworkingIPAddr *address, const char *text)
{
    (void)self;
    return SteamNetworkingIPAddr_ParseString(address, text);
}

ESteamNetworkingFakeIPType
SteamAPI_ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType(ISteamNetworkingUtils *self,
                                                                   const SteamNetworkingIPAddr *address)
{
    (void)self;
    return SteamNetworkingIPAddr_GetFakeIPType(address);
}

void SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ToString(ISteamNetworkingUtils *self,
                                                                     const SteamNetworkingIdentity *identity,
                                                                     char *buffer, uint32 size)
{
    (void)self;
    SteamNetworkingIdentity_ToString(identity, buffer, size);
}

bool SteamAPI_ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString(ISteamNetworkingUtils *self,
                                                                        SteamNetworkingIdentity *identity,
                                                                        const char *text)
{
    (void)self;
    return SteamNetworkingIdentity_ParseString(identity, sizeof(*identity), text);
}
