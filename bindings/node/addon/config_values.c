#include "config_values.h"

#include <stdlib.h>

#include "values.h"

/* The storage behind one value that SetConfigValue reads by address. */
union config_data {
    int32 int32_value;
    int64 int64_value;
    float float_value;
};

static bool take_option(napi_env env, napi_value const *triple, SteamNetworkingConfigValue_t *option, char **text)
{
    int32 number, type;
    if (!take_int32(env, triple[0], &number) || !take_int32(env, triple[1], &type))
        return false;
    ESteamNetworkingConfigValue value = (ESteamNetworkingConfigValue)number;
    double real;
    int32 narrow;
    int64 wide;
    switch (type) {
    case k_ESteamNetworkingConfig_Int32:
        if (!take_int32(env, triple[2], &narrow))
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetInt32(option, value, narrow);
        return true;
    case k_ESteamNetworkingConfig_Int64:
        if (!take_int64(env, triple[2], &wide))
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetInt64(option, value, wide);
        return true;
    case k_ESteamNetworkingConfig_Float:
        if (!take_double(env, triple[2], &real))
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetFloat(option, value, (float)real);
        return true;
    default:
        *text = take_text(env, triple[2]);
        if (!*text)
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetString(option, value, *text);
        return true;
    }
}

bool take_config_options(napi_env env, napi_value array, struct config_options *options)
{
    *options = (struct config_options){0};
    bool is_array = false;
    uint32_t length = 0;
    if (napi_is_array(env, array, &is_array) != napi_ok || !is_array)
        return true;
    if (napi_get_array_length(env, array, &length) != napi_ok || length % 3 != 0 || length / 3 > CONFIG_OPTIONS_MAX) {
        napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "these are too many options");
        return false;
    }
    if (length == 0)
        return true;
    options->values = calloc(length / 3, sizeof *options->values);
    options->texts = calloc(length / 3, sizeof *options->texts);
    if (!options->values || !options->texts) {
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for options");
        return false;
    }
    while (options->count < (int)(length / 3)) {
        napi_value triple[3];
        for (uint32_t i = 0; i < 3; i++)
            if (napi_get_element(env, array, (uint32_t)options->count * 3 + i, &triple[i]) != napi_ok)
                return false;
        if (!take_option(env, triple, &options->values[options->count], &options->texts[options->count]))
            return false;
        options->count++;
    }
    return true;
}

void config_options_free(struct config_options *options)
{
    for (int i = 0; i < options->count; i++)
        free(options->texts[i]);
    free(options->texts);
    free(options->values);
    *options = (struct config_options){0};
}

/* configType(number): its ESteamNetworkingConfigDataType, 0 if there is no such value. */
static napi_value config_type(napi_env env, napi_callback_info info)
{
    napi_value arguments[1];
    int32 number;
    if (!take_arguments(env, info, 1, arguments) || !take_int32(env, arguments[0], &number))
        return NULL;
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    if (!SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(SteamNetworkingUtils_LibV4(),
                                                           (ESteamNetworkingConfigValue)number, &type, NULL))
        return make_int32(env, 0);
    return make_int32(env, type);
}

/* Reads scope and handle; only these two levels are offered, and the handle means nothing at the first. */
static bool take_scope(napi_env env, napi_value const *arguments, ESteamNetworkingConfigScope *scope, intptr_t *object)
{
    bool global;
    uint32 handle;
    if (!take_bool(env, arguments[0], &global) || !take_uint32(env, arguments[1], &handle))
        return false;
    *scope = global ? k_ESteamNetworkingConfig_Global : k_ESteamNetworkingConfig_Connection;
    *object = (intptr_t)handle;
    return global || sockets_of(env);
}

/* setConfigValue(global, connection, number, type, value): whether it was set. */
static napi_value set_config_value(napi_env env, napi_callback_info info)
{
    napi_value arguments[5];
    ESteamNetworkingConfigScope scope;
    intptr_t object;
    SteamNetworkingConfigValue_t option;
    char *text = NULL;
    if (!take_arguments(env, info, 5, arguments) || !take_option(env, &arguments[2], &option, &text))
        return NULL;
    bool set = take_scope(env, arguments, &scope, &object) && SteamAPI_ISteamNetworkingUtils_SetConfigValueStruct(
                                                                  SteamNetworkingUtils_LibV4(), &option, scope, object);
    free(text);
    return make_bool(env, set);
}

/* getConfigValue(global, connection, number): a number, null for a text and where there is no value. */
static napi_value get_config_value(napi_env env, napi_callback_info info)
{
    napi_value arguments[3];
    ESteamNetworkingConfigScope scope;
    intptr_t object;
    int32 number;
    if (!take_arguments(env, info, 3, arguments) || !take_int32(env, arguments[2], &number))
        return NULL;
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    union config_data data = {0};
    size_t size = sizeof data;
    if (!take_scope(env, arguments, &scope, &object) ||
        SteamAPI_ISteamNetworkingUtils_GetConfigValue(SteamNetworkingUtils_LibV4(), (ESteamNetworkingConfigValue)number,
                                                      scope, object, &type, &data, &size) < 0)
        return make_null(env);
    switch (type) {
    case k_ESteamNetworkingConfig_Int32:
        return make_int32(env, data.int32_value);
    case k_ESteamNetworkingConfig_Int64:
        return make_double(env, (double)data.int64_value);
    case k_ESteamNetworkingConfig_Float:
        return make_double(env, (double)data.float_value);
    default:
        return make_null(env);
    }
}

bool export_config_values(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"configType", config_type},
        {"setConfigValue", set_config_value},
        {"getConfigValue", get_config_value},
    };
    return EXPORT_FUNCTIONS(env, exports, functions);
}
