/*
 * The interpreter's interface, and what differs between the five that this module is built for: Lua 5.1 to 5.4 and
 * LuaJIT, which has the interface of 5.1.
 */
#ifndef LUASTEAM_VM_H
#define LUASTEAM_VM_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if LUA_VERSION_NUM < 502
#define lua_rawlen(L, index) lua_objlen(L, index)
#endif

/* LuaJIT's type of C data, which the interface of 5.1 has no name for. */
#define VM_TYPE_CDATA 10

/* A number that fits into 53 bits, exactly, also where the interpreter's integers have only 32 bits. */
static inline void vm_push_number(lua_State *L, int64_t value)
{
    if (sizeof(lua_Integer) >= sizeof value)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, (lua_Number)value);
}

/* Sets a field of the table on top of the stack. */
static inline void vm_set_number(lua_State *L, const char *name, int64_t value)
{
    vm_push_number(L, value);
    lua_setfield(L, -2, name);
}

static inline void vm_set_string(lua_State *L, const char *name, const char *value)
{
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

/* Pushes what the registry holds for a key, which is the address of something static. */
static inline void vm_push_registered(lua_State *L, const void *key)
{
    lua_pushlightuserdata(L, (void *)key);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

/* Takes the value on top of the stack into the registry. */
static inline void vm_register(lua_State *L, const void *key)
{
    lua_pushlightuserdata(L, (void *)key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

/* The userdata at an index if its metatable is the one registered under the key; else null. */
static inline void *vm_test_userdata(lua_State *L, int index, const void *key)
{
    void *data = lua_type(L, index) == LUA_TUSERDATA ? lua_touserdata(L, index) : NULL;

    if (!data || !lua_getmetatable(L, index))
        return NULL;
    vm_push_registered(L, key);
    if (!lua_rawequal(L, -1, -2))
        data = NULL;
    lua_pop(L, 2);
    return data;
}

#endif
