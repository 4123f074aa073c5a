#include "uint64.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Keys of the registry. */
static const char metatable_key = 'm';
static const char objects_key = 'o'; /* number, as text -> object; holds none that nobody else holds */

static const char expected[] = "64-bit id (a uint64 object or a decimal string)";

enum { TEXT_SIZE = 21 };
static const double exact_limit = 9007199254740992.0; /* 2^53: from here on a float stands for several whole numbers */

bool uint64_test(lua_State *L, int index, uint64_t *value)
{
    const uint64_t *object = vm_test_userdata(L, index, &metatable_key);

    if (object)
        *value = *object;
    return object;
}

void uint64_push(lua_State *L, uint64_t value)
{
    char text[TEXT_SIZE];
    uint64_t *object;

    luaL_checkstack(L, 6, "64-bit number");
    snprintf(text, sizeof text, "%" PRIu64, value);
    vm_push_registered(L, &objects_key);
    lua_pushstring(L, text);
    lua_pushvalue(L, -1);
    lua_rawget(L, -3);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        object = lua_newuserdata(L, sizeof *object);
        *object = value;
        vm_push_registered(L, &metatable_key);
        lua_setmetatable(L, -2);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

bool uint64_parse(const char *text, size_t length, uint64_t *value)
{
    uint64_t number = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)text[i] - '0';

        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

static const char *read_number(lua_State *L, int index, uint64_t *value)
{
    lua_Number number;

#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index)) {
        lua_Integer integer = lua_tointeger(L, index);

        if (integer < 0)
            return expected;
        *value = (uint64_t)integer;
        return NULL;
    }
#endif
    number = lua_tonumber(L, index);
    if (!(number >= 0) || number != floor(number))
        return expected;
    if (number >= exact_limit)
        return "decimal string for a 64-bit id, which a float does not hold exactly,";
    *value = (uint64_t)number;
    return NULL;
}

/* LuaJIT writes its 64-bit numbers with a suffix: 123ULL. */
static const char *read_cdata(lua_State *L, int index, uint64_t *value)
{
    const char *text;
    size_t length;
    bool is_number;

    if (!luaL_callmeta(L, index, "__tostring"))
        return expected;
    text = lua_tolstring(L, -1, &length);
    while (text && length > 0 && (text[length - 1] == 'L' || text[length - 1] == 'U'))
        length--;
    is_number = text && uint64_parse(text, length, value);
    lua_pop(L, 1);
    return is_number ? NULL : expected;
}

const char *uint64_read(lua_State *L, int index, uint64_t *value)
{
    const char *text;
    size_t length;

    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        return read_number(L, index, value);
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        return uint64_parse(text, length, value) ? NULL : "decimal number of at most 64 bits";
    case VM_TYPE_CDATA:
        return read_cdata(L, index, value);
    default:
        return uint64_test(L, index, value) ? NULL : expected;
    }
}

/* ---- metamethods: the operands are what the program wrote, at least one of them an object ------------------------ */

static int compare(lua_State *L, bool (*holds)(uint64_t, uint64_t))
{
    uint64_t left;
    uint64_t right;

    if (!uint64_test(L, 1, &left) || !uint64_test(L, 2, &right))
        return luaL_error(L, "attempt to compare %s with %s", luaL_typename(L, 1), luaL_typename(L, 2));
    lua_pushboolean(L, holds(left, right));
    return 1;
}

static bool is_less(uint64_t left, uint64_t right)
{
    return left < right;
}

static bool is_not_greater(uint64_t left, uint64_t right)
{
    return left <= right;
}

static int less(lua_State *L)
{
    return compare(L, is_less);
}

static int less_or_equal(lua_State *L)
{
    return compare(L, is_not_greater);
}

static int equal(lua_State *L)
{
    uint64_t left;
    uint64_t right;

    lua_pushboolean(L, uint64_test(L, 1, &left) && uint64_test(L, 2, &right) && left == right);
    return 1;
}

static int to_string(lua_State *L)
{
    uint64_t value;
    char text[TEXT_SIZE];

    if (!uint64_test(L, 1, &value))
        return luaL_argerror(L, 1, "uint64 expected");
    snprintf(text, sizeof text, "%" PRIu64, value);
    lua_pushstring(L, text);
    return 1;
}

static int concatenate(lua_State *L)
{
    for (int index = 1; index <= 2; index++) {
        uint64_t value;
        char text[TEXT_SIZE];

        if (uint64_test(L, index, &value)) {
            snprintf(text, sizeof text, "%" PRIu64, value);
            lua_pushstring(L, text);
        } else if (lua_isstring(L, index)) {
            lua_pushvalue(L, index);
        } else {
            return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, index));
        }
    }
    lua_concat(L, 2);
    return 1;
}

void uint64_open(lua_State *L)
{
    static const luaL_Reg metamethods[] = {
        {"__eq", equal}, {"__lt", less}, {"__le", less_or_equal}, {"__tostring", to_string}, {"__concat", concatenate},
    };

    lua_newtable(L);
    for (size_t i = 0; i < sizeof metamethods / sizeof metamethods[0]; i++) {
        lua_pushcfunction(L, metamethods[i].func);
        lua_setfield(L, -2, metamethods[i].name);
    }
    vm_set_string(L, "__name", "uint64");
    vm_set_string(L, "__metatable", "uint64");
    vm_register(L, &metatable_key);

    lua_newtable(L);
    lua_newtable(L);
    vm_set_string(L, "__mode", "v");
    lua_setmetatable(L, -2);
    vm_register(L, &objects_key);
}
