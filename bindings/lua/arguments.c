#include "arguments.h"

#include "generated/constants.h"
#include "socket_object.h"
#include "uint64.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ------------------------------------------------------------------------------------------------------ */

int argument_error(lua_State *L, const struct argument *argument, const char *format, ...)
{
    va_list values;

    luaL_checkstack(L, 8, "error message");
    luaL_where(L, 1);
    lua_pushfstring(L, "bad argument #%d to '%s' (%s: ", argument->index, argument->function, argument->name);
    va_start(values, format);
    lua_pushvfstring(L, format, values);
    va_end(values);
    lua_pushliteral(L, ")");
    lua_concat(L, 4);
    lua_error(L);
    __builtin_unreachable();
}

/* What kind of thing a value is, for people. */
static const char *kind_of(lua_State *L, int index)
{
    enum socket_kind kind;
    uint32_t handle;
    uint64_t number;

    if (socket_object_test(L, index, &kind, &handle))
        return kind == SOCKET_LISTEN ? "listen socket" : "connection object";
    if (uint64_test(L, index, &number))
        return "uint64";
    return luaL_typename(L, index);
}

/* Whether somebody wrote a colon where a dot belongs: then the first argument is the table that the function is in. */
static bool is_called_with_colon(lua_State *L, const struct argument *argument)
{
    bool has_function;

    if (argument->index != 1 || !lua_istable(L, 1))
        return false;
    lua_pushstring(L, argument->function);
    lua_rawget(L, 1);
    has_function = lua_isfunction(L, -1);
    lua_pop(L, 1);
    return has_function;
}

int argument_type_error(lua_State *L, const struct argument *argument, const char *expected, int value_index)
{
    const char *hint = is_called_with_colon(L, argument) ? "; call it with '.', not with ':'" : "";

    argument_error(L, argument, "%s expected, got %s%s", expected, kind_of(L, value_index), hint);
}

/* ---- numbers and text -------------------------------------------------------------------------------------------- */

bool argument_read_integer(lua_State *L, int index, int64_t *value)
{
    lua_Number number;

    if (!lua_isnumber(L, index))
        return false;
#if LUA_VERSION_NUM >= 503
    int is_integer;
    lua_Integer integer = lua_tointegerx(L, index, &is_integer);

    if (is_integer) {
        *value = integer;
        return true;
    }
#endif
    number = lua_tonumber(L, index);
    if (number != floor(number) || fabs(number) >= 9223372036854775808.0)
        return false;
    *value = (int64_t)number;
    return true;
}

int64_t argument_integer(lua_State *L, const struct argument *argument, int64_t smallest, int64_t largest)
{
    int64_t value;
    char expected[64];

    if (argument_read_integer(L, argument->index, &value) && value >= smallest && value <= largest)
        return value;
    snprintf(expected, sizeof expected, "whole number from %" PRId64 " to %" PRId64, smallest, largest);
    if (!lua_isnumber(L, argument->index))
        return argument_type_error(L, argument, expected, argument->index);
    return argument_error(L, argument, "%s expected, got %s", expected, lua_tostring(L, argument->index));
}

bool argument_boolean(lua_State *L, const struct argument *argument)
{
    if (!lua_isnoneornil(L, argument->index) && !lua_isboolean(L, argument->index))
        argument_type_error(L, argument, "boolean", argument->index);
    return lua_toboolean(L, argument->index);
}

const char *argument_string(lua_State *L, const struct argument *argument, size_t *length)
{
    if (!lua_isstring(L, argument->index))
        argument_type_error(L, argument, "string", argument->index);
    return lua_tolstring(L, argument->index, length);
}

uint64_t argument_uint64(lua_State *L, const struct argument *argument)
{
    uint64_t value = 0;
    const char *expected = uint64_read(L, argument->index, &value);

    if (expected && lua_type(L, argument->index) == LUA_TSTRING)
        argument_error(L, argument, "%s expected, got \"%s\"", expected, lua_tostring(L, argument->index));
    if (expected && lua_isnumber(L, argument->index))
        argument_error(L, argument, "%s expected, got %s", expected, lua_tostring(L, argument->index));
    if (expected)
        argument_type_error(L, argument, expected, argument->index);
    return value;
}

/* ---- handles ----------------------------------------------------------------------------------------------------- */

static bool read_handle(lua_State *L, int index, enum socket_kind wanted, uint32_t *handle)
{
    enum socket_kind kind;
    int64_t number;

    if (lua_isuserdata(L, index))
        return socket_object_test(L, index, &kind, handle) && kind == wanted;
    if (!argument_read_integer(L, index, &number))
        return false;
    *handle = number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
    return true;
}

bool argument_read_connection(lua_State *L, int index, uint32_t *handle)
{
    return read_handle(L, index, SOCKET_CONNECTION, handle);
}

uint32_t argument_connection(lua_State *L, const struct argument *argument)
{
    uint32_t handle = 0;

    if (!read_handle(L, argument->index, SOCKET_CONNECTION, &handle))
        argument_type_error(L, argument, "handle of a connection", argument->index);
    return handle;
}

uint32_t argument_listen_socket(lua_State *L, const struct argument *argument)
{
    uint32_t handle = 0;

    if (!read_handle(L, argument->index, SOCKET_LISTEN, &handle))
        argument_type_error(L, argument, "listen socket", argument->index);
    return handle;
}

uint32_t argument_poll_group(lua_State *L, const struct argument *argument)
{
    uint32_t handle = 0;

    if (lua_isuserdata(L, argument->index) || !read_handle(L, argument->index, SOCKET_LISTEN, &handle))
        argument_type_error(L, argument, "handle of a poll group", argument->index);
    return handle;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

/* Whether the text, which is an address, says port 0 in so many words. */
static bool names_port_zero(const char *text)
{
    const char *colon = strrchr(text, ':');
    const char *bracket = strrchr(text, ']');

    if (!colon || (bracket && colon < bracket) || (!bracket && strchr(text, ':') != colon))
        return false;
    return colon[1] && colon[1 + strspn(colon + 1, "0")] == 0;
}

void argument_address(lua_State *L, const struct argument *argument, bool port_zero_allowed,
                      SteamNetworkingIPAddr *address)
{
    static const char expected[] = "IP address with a port, such as 127.0.0.1:27015 or [::]:27015,";
    size_t length;
    const char *text;

    if (lua_type(L, argument->index) != LUA_TSTRING)
        argument_type_error(L, argument, expected, argument->index);
    text = lua_tolstring(L, argument->index, &length);
    if (strlen(text) != length || !SteamNetworkingIPAddr_ParseString(address, text))
        argument_error(L, argument, "%s expected, got \"%s\"", expected, text);
    if (address->m_port == 0 && !(port_zero_allowed && names_port_zero(text)))
        argument_error(L, argument, "%s expected, got \"%s\", which has no port", expected, text);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static const struct luasteam_number *find_option(const char *name)
{
    for (const struct luasteam_number *option = luasteam_options; option->name; option++) {
        if (strcmp(option->name, name) == 0)
            return option;
    }
    return NULL;
}

int argument_options(lua_State *L, const struct argument *argument, SteamNetworkingConfigValue_t *options)
{
    int count = 0;

    if (lua_isnoneornil(L, argument->index))
        return 0;
    if (!lua_istable(L, argument->index))
        argument_type_error(L, argument, "table", argument->index);
    for (lua_pushnil(L); lua_next(L, argument->index); lua_pop(L, 1)) {
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        const struct luasteam_number *option = name ? find_option(name) : NULL;
        int64_t value = 0;

        if (!option) {
            if (name)
                fprintf(stderr, "luasteam: %s: there is no option %s; it is ignored\n", argument->function, name);
            else
                fprintf(stderr, "luasteam: %s: options have names; a %s is ignored\n", argument->function,
                        luaL_typename(L, -2));
            continue;
        }
        if (!argument_read_integer(L, -1, &value) || value < INT32_MIN || value > INT32_MAX)
            argument_error(L, argument, "whole number of 32 bits expected for %s, got %s", name,
                           lua_isnumber(L, -1) ? lua_tostring(L, -1) : luaL_typename(L, -1));
        if (count < MAX_OPTIONS - 1)
            SteamAPI_SteamNetworkingConfigValue_t_SetInt32(&options[count++],
                                                           (ESteamNetworkingConfigValue)option->value, (int32)value);
    }
    return count;
}
