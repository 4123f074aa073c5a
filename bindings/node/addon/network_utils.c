#include "network_utils.h"

#include <stdio.h>
#include <stdlib.h>

#include "values.h"

static ISteamNetworkingUtils *utils(void)
{
    return SteamNetworkingUtils_LibV4();
}

/* -------------------------------------------------------------------------------------- identity, authentication */

/* getIdentity(): { type, text } or null; the text is a Steam ID in decimal or a text form. */
static napi_value get_identity(napi_env env, napi_callback_info info)
{
    (void)info;
    SteamNetworkingIdentity identity;
    if (!SteamAPI_ISteamNetworkingSockets_GetIdentity(sockets_of(env), &identity))
        return make_null(env);
    napi_value object = make_object(env);
    put(env, object, "type", make_int32(env, identity.m_eType));
    put(env, object, "text", make_identity(env, &identity));
    return object;
}

/* identityForm(text): the text form of an identity as the library writes it, null if the text is none. */
static napi_value identity_form(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    SteamNetworkingIdentity identity;
    char text[SteamNetworkingIdentity_k_cchMaxString];
    bool pending = false;
    if (!take_arguments(env, info, 1, arguments))
        return NULL;
    if (!take_identity(env, arguments[0], &identity))
        return napi_is_exception_pending(env, &pending) == napi_ok && pending ? NULL : make_null(env);
    SteamNetworkingIdentity_ToString(&identity, text, sizeof text);
    return make_text(env, text);
}

/* addressForm(text): the same for an address with its port. */
static napi_value address_form(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    SteamNetworkingIPAddr address;
    char text[SteamNetworkingIPAddr_k_cchMaxString + 4];
    if (!take_arguments(env, info, 1, arguments) || !take_short_text(env, arguments[0], text, sizeof text))
        return NULL;
    if (!SteamNetworkingIPAddr_ParseString(&address, text))
        return make_null(env);
    SteamNetworkingIPAddr_ToString(&address, text, sizeof text, true);
    return make_text(env, text);
}

static napi_value init_authentication(napi_env env, napi_callback_info info)
{
    (void)info;
    return make_int32(env, SteamAPI_ISteamNetworkingSockets_InitAuthentication(sockets_of(env)));
}

napi_value make_authentication_status(napi_env env, const SteamNetAuthenticationStatus_t *status)
{
    napi_value object = make_object(env);
    put(env, object, "availability", make_int32(env, status->m_eAvail));
    put(env, object, "debugMessage", make_text(env, status->m_debugMsg));
    return object;
}

static napi_value get_authentication_status(napi_env env, napi_callback_info info)
{
    (void)info;
    SteamNetAuthenticationStatus_t status = {0};
    status.m_eAvail = SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(sockets_of(env), &status);
    return make_authentication_status(env, &status);
}

/* -------------------------------------------------------------------------------------------------- relay network */

napi_value make_relay_status(napi_env env, const SteamRelayNetworkStatus_t *status)
{
    napi_value object = make_object(env);
    put(env, object, "availability", make_int32(env, status->m_eAvail));
    put(env, object, "pingMeasurementInProgress", make_bool(env, status->m_bPingMeasurementInProgress != 0));
    put(env, object, "networkConfigAvailability", make_int32(env, status->m_eAvailNetworkConfig));
    put(env, object, "anyRelayAvailability", make_int32(env, status->m_eAvailAnyRelay));
    put(env, object, "debugMessage", make_text(env, status->m_debugMsg));
    return object;
}

static napi_value init_relay_network_access(napi_env env, napi_callback_info info)
{
    (void)info;
    SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(utils());
    return make_undefined(env);
}

static napi_value get_relay_network_status(napi_env env, napi_callback_info info)
{
    (void)info;
    SteamRelayNetworkStatus_t status = {0};
    status.m_eAvail = SteamAPI_ISteamNetworkingUtils_GetRelayNetworkStatus(utils(), &status);
    return make_relay_status(env, &status);
}

/* ----------------------------------------------------------------------------------------------------- ping times */

/* getLocalPingLocation(): { locationString, dataAge }, null if nothing is known. */
static napi_value get_local_ping_location(napi_env env, napi_callback_info info)
{
    (void)info;
    SteamNetworkPingLocation_t location;
    char text[k_cchMaxSteamNetworkingPingLocationString] = "";
    float age = SteamAPI_ISteamNetworkingUtils_GetLocalPingLocation(utils(), &location);
    if (age < 0)
        return make_null(env);
    SteamAPI_ISteamNetworkingUtils_ConvertPingLocationToString(utils(), &location, text, sizeof text);
    napi_value object = make_object(env);
    put(env, object, "locationString", make_text(env, text));
    put(env, object, "dataAge", make_double(env, (double)age));
    return object;
}

static bool take_location(napi_env env, napi_value value, SteamNetworkPingLocation_t *location, bool *known)
{
    char *text = take_text(env, value);
    if (!text)
        return false;
    *known = SteamAPI_ISteamNetworkingUtils_ParsePingLocationString(utils(), text, location);
    free(text);
    return true;
}

/* estimatePing(text[, other text]): milliseconds or a negative number; null if a text is no location. */
static napi_value estimate_ping(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    napi_valuetype type;
    SteamNetworkPingLocation_t here, there;
    bool known;
    if (!take_arguments(env, info, 2, arguments) || !take_location(env, arguments[0], &there, &known) ||
        napi_typeof(env, arguments[1], &type) != napi_ok)
        return NULL;
    if (!known)
        return make_null(env);
    if (type == napi_undefined)
        return make_int32(env, SteamAPI_ISteamNetworkingUtils_EstimatePingTimeFromLocalHost(utils(), &there));
    if (!take_location(env, arguments[1], &here, &known))
        return NULL;
    if (!known)
        return make_null(env);
    return make_int32(env, SteamAPI_ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations(utils(), &there, &here));
}

static napi_value check_ping_data_up_to_date(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    double seconds;
    if (!take_arguments(env, info, 1, arguments) || !take_double(env, arguments[0], &seconds))
        return NULL;
    return make_bool(env, SteamAPI_ISteamNetworkingUtils_CheckPingDataUpToDate(utils(), (float)seconds));
}

static napi_value get_pop_count(napi_env env, napi_callback_info info)
{
    (void)info;
    return make_int32(env, SteamAPI_ISteamNetworkingUtils_GetPOPCount(utils()));
}

/* getPOPList(): the codes as numbers. */
static napi_value get_pop_list(napi_env env, napi_callback_info info)
{
    (void)info;
    napi_value array;
    SteamNetworkingPOPID codes[1024];
    int count = SteamAPI_ISteamNetworkingUtils_GetPOPList(utils(), codes, sizeof codes / sizeof *codes);
    if (napi_create_array(env, &array) != napi_ok)
        return NULL;
    for (int i = 0; i < count; i++) {
        napi_value code = make_uint32(env, codes[i]);
        if (!code || napi_set_element(env, array, (uint32_t)i, code) != napi_ok)
            return NULL;
    }
    return array;
}

/* getPingToDataCenter(code): { pingMs, viaRelayPOP }; pingMs is negative if it is not known. */
static napi_value get_ping_to_data_center(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 code;
    SteamNetworkingPOPID via = 0;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &code))
        return NULL;
    int ping = SteamAPI_ISteamNetworkingUtils_GetPingToDataCenter(utils(), code, &via);
    napi_value object = make_object(env);
    put(env, object, "pingMs", make_int32(env, ping));
    put(env, object, "viaRelayPOP", make_uint32(env, via));
    return object;
}

static napi_value get_direct_ping_to_pop(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    uint32 code;
    if (!take_arguments(env, info, 1, arguments) || !take_uint32(env, arguments[0], &code))
        return NULL;
    return make_int32(env, SteamAPI_ISteamNetworkingUtils_GetDirectPingToPOP(utils(), code));
}

/* ---------------------------------------------------------------------------------------- clock, diagnostic output */

static napi_value get_local_timestamp(napi_env env, napi_callback_info info)
{
    (void)info;
    return make_int64(env, SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(utils()));
}

/* Any thread of the library may call this, so that it cannot go through JavaScript without being late. */
static void print_diagnostic(ESteamNetworkingSocketsDebugOutputType type, const char *message)
{
    fprintf(stderr, "[fumarole %d] %s\n", (int)type, message);
}

static napi_value set_debug_output_level(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    int32 level;
    if (!take_arguments(env, info, 1, arguments) || !take_int32(env, arguments[0], &level))
        return NULL;
    SteamAPI_ISteamNetworkingUtils_SetDebugOutputFunction(utils(), (ESteamNetworkingSocketsDebugOutputType)level,
                                                          level > 0 ? print_diagnostic : NULL);
    return make_undefined(env);
}

static napi_value version(napi_env env, napi_callback_info info)
{
    (void)info;
    return make_text(env, Fumarole_Version());
}

bool export_network_utils(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"getIdentity", get_identity},
        {"identityForm", identity_form},
        {"addressForm", address_form},
        {"initAuthentication", init_authentication},
        {"getAuthenticationStatus", get_authentication_status},
        {"initRelayNetworkAccess", init_relay_network_access},
        {"getRelayNetworkStatus", get_relay_network_status},
        {"getLocalPingLocation", get_local_ping_location},
        {"estimatePing", estimate_ping},
        {"checkPingDataUpToDate", check_ping_data_up_to_date},
        {"getPOPCount", get_pop_count},
        {"getPOPList", get_pop_list},
        {"getPingToDataCenter", get_ping_to_data_center},
        {"getDirectPingToPOP", get_direct_ping_to_pop},
        {"getLocalTimestamp", get_local_timestamp},
        {"setDebugOutputLevel", set_debug_output_level},
        {"version", version},
    };
    return EXPORT_FUNCTIONS(env, exports, functions);
}
