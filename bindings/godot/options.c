#include "options.h"

#include <stdlib.h>

/* The type that a value has without being told: numbers are int32, except where the library knows only int64. */
static int64_t implied_type(int64_t number, const struct value *value)
{
    switch (value->type) {
    case VALUE_BOOL:
    case VALUE_INT:
        return number == k_ESteamNetworkingConfig_ConnectionUserData ? k_ESteamNetworkingConfig_Int64
                                                                     : k_ESteamNetworkingConfig_Int32;
    case VALUE_FLOAT:
        return k_ESteamNetworkingConfig_Float;
    case VALUE_STRING:
        return k_ESteamNetworkingConfig_String;
    default:
        return 0;
    }
}

bool options_fill(SteamNetworkingConfigValue_t *option, int64_t number, int64_t type, const struct value *value,
                  const char **expected)
{
    int64_t integer = 0;
    double real = 0;
    if (number < INT32_MIN || number > INT32_MAX) {
        *expected = "options whose config values are NETWORKING_CONFIG_* numbers";
        return false;
    }
    ESteamNetworkingConfigValue config = (ESteamNetworkingConfigValue)number;
    switch (type == 0 ? implied_type(number, value) : type) {
    case k_ESteamNetworkingConfig_Int32:
        *expected = "options whose int32 values are ints from -2147483648 to 2147483647";
        if (!value_to_integer(value, &integer) || integer < INT32_MIN || integer > INT32_MAX)
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetInt32(option, config, (int32_t)integer);
        return true;
    case k_ESteamNetworkingConfig_Int64:
        *expected = "options whose int64 values are ints";
        if (!value_to_integer(value, &integer))
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetInt64(option, config, integer);
        return true;
    case k_ESteamNetworkingConfig_Float:
        *expected = "options whose float values are floats";
        if (!value_to_real(value, &real))
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetFloat(option, config, (float)real);
        return true;
    case k_ESteamNetworkingConfig_String:
        *expected = "options whose string values are Strings";
        if (value->type != VALUE_STRING)
            return false;
        SteamAPI_SteamNetworkingConfigValue_t_SetString(option, config, value->string.text);
        return true;
    default:
        *expected = "options of the types int32, int64, float and string (1 to 4)";
        return false;
    }
}

/* Reads [config value, data type, value]. */
static bool fill_from_row(SteamNetworkingConfigValue_t *option, const struct value *row, const char **expected)
{
    int64_t number, type;
    *expected = "an Array of [config value, data type, value], or a Dictionary of values by config value";
    if (row->type != VALUE_ARRAY || value_count(row) != 3 || !value_to_integer(value_element(row, 0), &number) ||
        !value_to_integer(value_element(row, 1), &type) || type <= 0)
        return false;
    return options_fill(option, number, type, value_element(row, 2), expected);
}

static bool fill_from_pair(SteamNetworkingConfigValue_t *option, const struct value *key, const struct value *value,
                           const char **expected)
{
    int64_t number;
    *expected = "a Dictionary whose keys are NETWORKING_CONFIG_* numbers";
    return value_to_integer(key, &number) && options_fill(option, number, 0, value, expected);
}

bool options_read(struct class_call *call, int index, const struct value *argument, struct options *options)
{
    size_t count = value_count(argument);
    const char *expected = "fewer options";
    *options = (struct options){0};
    bool good = count <= 4096;
    if (good && count > 0) {
        options->list = calloc(count, sizeof *options->list);
        good = options->list != NULL;
    }
    for (size_t i = 0; good && i < count; i++)
        good = argument->type == VALUE_ARRAY
                   ? fill_from_row(&options->list[i], value_element(argument, i), &expected)
                   : fill_from_pair(&options->list[i], value_key(argument, i), value_at(argument, i), &expected);
    if (!good) {
        class_refuse(call, index, expected);
        options_free(options);
        return false;
    }
    options->count = (int)count;
    return true;
}

void options_free(struct options *options)
{
    free(options->list);
    *options = (struct options){0};
}
