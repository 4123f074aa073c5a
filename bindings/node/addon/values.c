#include "values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_pending(napi_env env)
{
    bool pending = false;
    return napi_is_exception_pending(env, &pending) == napi_ok && pending;
}

static bool refuse(napi_env env, const char *expected)
{
    if (!is_pending(env))
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", expected);
    return false;
}

bool take_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values)
{
    size_t room = count;
    return napi_get_cb_info(env, info, &room, values, NULL, NULL) == napi_ok || refuse(env, "arguments are unreadable");
}

bool take_uint32(napi_env env, napi_value value, uint32 *number)
{
    return napi_get_value_uint32(env, value, number) == napi_ok || refuse(env, "a number is expected");
}

bool take_int32(napi_env env, napi_value value, int32 *number)
{
    return napi_get_value_int32(env, value, number) == napi_ok || refuse(env, "a number is expected");
}

bool take_int64(napi_env env, napi_value value, int64 *number)
{
    int64_t wide = 0;
    bool lossless;
    if (napi_get_value_bigint_int64(env, value, &wide, &lossless) != napi_ok)
        return refuse(env, "a bigint is expected");
    *number = wide;
    return true;
}

bool take_double(napi_env env, napi_value value, double *number)
{
    return napi_get_value_double(env, value, number) == napi_ok || refuse(env, "a number is expected");
}

bool take_bool(napi_env env, napi_value value, bool *truth)
{
    return napi_get_value_bool(env, value, truth) == napi_ok || refuse(env, "a boolean is expected");
}

char *take_text(napi_env env, napi_value value)
{
    size_t length;
    if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok) {
        refuse(env, "a string is expected");
        return NULL;
    }
    char *text = malloc(length + 1);
    if (!text) {
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for a string");
        return NULL;
    }
    if (napi_get_value_string_utf8(env, value, text, length + 1, NULL) != napi_ok) {
        free(text);
        refuse(env, "a string is expected");
        return NULL;
    }
    return text;
}

bool take_short_text(napi_env env, napi_value value, char *buffer, size_t size)
{
    return napi_get_value_string_utf8(env, value, buffer, size, NULL) == napi_ok || refuse(env, "a string is expected");
}

bool take_identity(napi_env env, napi_value value, SteamNetworkingIdentity *identity)
{
    char text[SteamNetworkingIdentity_k_cchMaxString + 4]; /* what is cut from a longer text is too long all the same */
    return take_short_text(env, value, text, sizeof text) &&
           SteamNetworkingIdentity_ParseString(identity, sizeof *identity, text);
}

/* What a napi_create_ function has made, or null with an exception. */
static napi_value made(napi_env env, napi_status status, napi_value const *value)
{
    if (status == napi_ok)
        return *value;
    if (!is_pending(env))
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "a value cannot be made");
    return NULL;
}

napi_value make_undefined(napi_env env)
{
    napi_value value = NULL;
    return made(env, napi_get_undefined(env, &value), &value);
}

napi_value make_null(napi_env env)
{
    napi_value value = NULL;
    return made(env, napi_get_null(env, &value), &value);
}

napi_value make_bool(napi_env env, bool truth)
{
    napi_value value = NULL;
    return made(env, napi_get_boolean(env, truth, &value), &value);
}

napi_value make_uint32(napi_env env, uint32 number)
{
    napi_value value = NULL;
    return made(env, napi_create_uint32(env, number, &value), &value);
}

napi_value make_int32(napi_env env, int32 number)
{
    napi_value value = NULL;
    return made(env, napi_create_int32(env, number, &value), &value);
}

napi_value make_int64(napi_env env, int64 number)
{
    napi_value value = NULL;
    return made(env, napi_create_bigint_int64(env, number, &value), &value);
}

napi_value make_double(napi_env env, double number)
{
    napi_value value = NULL;
    return made(env, napi_create_double(env, number, &value), &value);
}

napi_value make_text(napi_env env, const char *text)
{
    napi_value value = NULL;
    return made(env, napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value), &value);
}

void identity_text(const SteamNetworkingIdentity *identity, char *text)
{
    if (identity->m_eType == k_ESteamNetworkingIdentityType_SteamID)
        snprintf(text, SteamNetworkingIdentity_k_cchMaxString, "%llu", identity->m_steamID64);
    else if (identity->m_eType == k_ESteamNetworkingIdentityType_Invalid)
        text[0] = '\0';
    else
        SteamNetworkingIdentity_ToString(identity, text, SteamNetworkingIdentity_k_cchMaxString);
}

napi_value make_identity(napi_env env, const SteamNetworkingIdentity *identity)
{
    char text[SteamNetworkingIdentity_k_cchMaxString];
    identity_text(identity, text);
    return make_text(env, text);
}

napi_value make_address(napi_env env, const SteamNetworkingIPAddr *address)
{
    static const SteamNetworkingIPAddr unset;
    char text[SteamNetworkingIPAddr_k_cchMaxString] = "";
    if (memcmp(address, &unset, sizeof unset) != 0)
        SteamNetworkingIPAddr_ToString(address, text, sizeof text, true);
    return make_text(env, text);
}

napi_value make_object(napi_env env)
{
    napi_value value = NULL;
    return made(env, napi_create_object(env, &value), &value);
}

void put(napi_env env, napi_value object, const char *name, napi_value value)
{
    if (object && value)
        made(env, napi_set_named_property(env, object, name, value), &value);
}
