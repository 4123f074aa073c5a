/*
 * Configuration values: setting, reading, describing them; and the clock.
 */
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "steam.h"

#define UTILS(function) SteamAPI_ISteamNetworkingUtils_##function

static ESteamNetworkingConfigValue config(const struct value *argument)
{
    return (ESteamNetworkingConfigValue)argument->integer;
}

static struct value set_connection_int(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(UTILS(SetConnectionConfigValueInt32)(steam_utils(), (uint32)arguments[0].integer,
                                                           config(&arguments[1]), (int32)arguments[2].integer));
}

static struct value set_connection_float(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(UTILS(SetConnectionConfigValueFloat)(steam_utils(), (uint32)arguments[0].integer,
                                                           config(&arguments[1]), (float)arguments[2].real));
}

static struct value set_connection_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(UTILS(SetConnectionConfigValueString)(steam_utils(), (uint32)arguments[0].integer,
                                                            config(&arguments[1]), arguments[2].string.text));
}

static struct value set_global_int(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(
        UTILS(SetGlobalConfigValueInt32)(steam_utils(), config(&arguments[0]), (int32)arguments[1].integer));
}

static struct value set_global_float(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(UTILS(SetGlobalConfigValueFloat)(steam_utils(), config(&arguments[0]), (float)arguments[1].real));
}

static struct value set_global_string(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(
        UTILS(SetGlobalConfigValueString)(steam_utils(), config(&arguments[0]), arguments[1].string.text));
}

/* The object of a scope, as the library wants it: the handle that the program gives, or the interface. */
static intptr_t scope_object(int64_t scope, int64_t handle)
{
    return scope == k_ESteamNetworkingConfig_SocketsInterface ? (intptr_t)steam_sockets() : (intptr_t)handle;
}

/* Without a value there is nothing to set: the page lists the function with three parameters, and not enabled. */
static struct value set_value(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingConfigValue_t option = {0};
    const char *expected;
    if (call->given < 5)
        return value_bool(false);
    if (!options_fill(&option, arguments[0].integer, arguments[3].integer, &arguments[4], &expected))
        return class_refuse(call, 4, "a value of the data type: 1 int32, 2 int64, 3 float, 4 string, 0 its own");
    return value_bool(UTILS(SetConfigValueStruct)(steam_utils(), &option,
                                                  (ESteamNetworkingConfigScope)arguments[1].integer,
                                                  scope_object(arguments[1].integer, arguments[2].integer)));
}

/* The value as the engine would have it. `size` bytes are at `data`. */
static struct value decode(ESteamNetworkingConfigDataType type, const void *data, size_t size)
{
    int32_t small;
    int64_t large;
    float real;
    switch (type) {
    case k_ESteamNetworkingConfig_Int32:
        memcpy(&small, data, sizeof small);
        return value_int(small);
    case k_ESteamNetworkingConfig_Int64:
        memcpy(&large, data, sizeof large);
        return value_int(large);
    case k_ESteamNetworkingConfig_Float:
        memcpy(&real, data, sizeof real);
        return value_float(real);
    case k_ESteamNetworkingConfig_String:
        return value_string_of_length(data, strnlen(data, size));
    default:
        return value_nil(); /* an address in memory means nothing to a program */
    }
}

static struct value get_value(struct class_call *call, const struct value *arguments)
{
    (void)call;
    ESteamNetworkingConfigScope scope = (ESteamNetworkingConfigScope)arguments[1].integer;
    intptr_t object = scope_object(arguments[1].integer, arguments[2].integer);
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    size_t size = 256;
    char *data = NULL;
    ESteamNetworkingGetConfigValueResult result = k_ESteamNetworkingGetConfigValue_BufferTooSmall;
    /* A text that another thread makes longer meanwhile is asked for again. */
    for (int tries = 0; result == k_ESteamNetworkingGetConfigValue_BufferTooSmall && tries < 4; tries++) {
        char *larger = realloc(data, size > 256 ? size : 256);
        if (!larger)
            break;
        data = larger;
        if (size < 256)
            size = 256;
        result = UTILS(GetConfigValue)(steam_utils(), config(&arguments[0]), scope, object, &type, data, &size);
    }
    bool good = result > 0;
    bool pointer = good && type == k_ESteamNetworkingConfig_Ptr;
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "result", value_int(result));
    value_put(&dictionary, "type", value_int(good ? (int)type : 0));
    value_put(&dictionary, "value", value_bytes(data, good && !pointer ? size : 0));
    value_put(&dictionary, "buffer", value_int(good ? (int64_t)size : 0));
    value_put(&dictionary, "decoded", good ? decode(type, data, size) : value_nil());
    free(data);
    return dictionary;
}

static struct value get_value_info(struct class_call *call, const struct value *arguments)
{
    (void)call;
    ESteamNetworkingConfigDataType type = (ESteamNetworkingConfigDataType)0;
    ESteamNetworkingConfigScope scope = (ESteamNetworkingConfigScope)0;
    const char *name = UTILS(GetConfigValueInfo)(steam_utils(), config(&arguments[0]), &type, &scope);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "type", value_int(name ? (int)type : 0));
    value_put(&dictionary, "scope", value_int(name ? (int)scope : 0));
    value_put(&dictionary, "next_value",
              value_int(UTILS(IterateGenericEditableConfigValues)(steam_utils(), config(&arguments[0]), true)));
    value_put(&dictionary, "name", value_string(name));
    return dictionary;
}

static struct value get_local_timestamp(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(UTILS(GetLocalTimestamp)(steam_utils()));
}

static const struct class_method methods[] = {
    METHOD("setConnectionConfigValueInt32", BOOL, set_connection_int, PARAMETER(UINT32, "connection"),
           PARAMETER(INT32, "config"), PARAMETER(INT32, "value")),
    METHOD("setConnectionConfigValueFloat", BOOL, set_connection_float, PARAMETER(UINT32, "connection"),
           PARAMETER(INT32, "config"), PARAMETER(FLOAT, "value")),
    METHOD("setConnectionConfigValueString", BOOL, set_connection_string, PARAMETER(UINT32, "connection"),
           PARAMETER(INT32, "config"), PARAMETER(STRING, "value")),
    METHOD("setGlobalConfigValueInt32", BOOL, set_global_int, PARAMETER(INT32, "config"), PARAMETER(INT32, "value")),
    METHOD("setGlobalConfigValueFloat", BOOL, set_global_float, PARAMETER(INT32, "config"), PARAMETER(FLOAT, "value")),
    METHOD("setGlobalConfigValueString", BOOL, set_global_string, PARAMETER(INT32, "config"),
           PARAMETER(STRING, "value")),
    METHOD("setConfigValue", BOOL, set_value, PARAMETER(INT32, "setting"), PARAMETER(INT32, "scope_type"),
           PARAMETER(UINT32, "connection_handle"), OPTIONAL(INT32, "data_type", 0), OPTIONAL(ANY, "value", 0)),
    METHOD("getConfigValue", DICTIONARY, get_value, PARAMETER(INT32, "config_value"), PARAMETER(INT32, "scope_type"),
           PARAMETER(UINT32, "connection_handle")),
    METHOD("getConfigValueInfo", DICTIONARY, get_value_info, PARAMETER(INT32, "config_value")),
    METHOD("getLocalTimestamp", INT, get_local_timestamp),
};

const struct class_methods steam_configuration_methods = METHODS(methods);
