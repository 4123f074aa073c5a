/*
 * The module of one Lua state: what its functions share, and how they are put together.
 *
 * One block of memory of the interpreter holds it, which lives as long as the state; when the state is closed its
 * connections and sockets go with it. Functions have it as their first upvalue. They keep no pointer to a Lua state:
 * callbacks run on whatever coroutine calls runCallbacks.
 */
#ifndef LUASTEAM_MODULE_H
#define LUASTEAM_MODULE_H

#include "owner.h"
#include "vm.h"

struct module {
    struct owner owner;
    int generation; /* of the published interface: 1 or 2 */
    bool closed;    /* the Lua state is going away */

    int depth; /* of runCallbacks within callbacks */

    /* What runCallbacks knows about a program that only spins; see callbacks.c. */
    bool paces;
    bool is_idle;
    int64_t last_run; /* microseconds */
};

static inline struct module *module_of(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}

/* The sockets interface. Raises an error that names the function unless the library runs. */
ISteamNetworkingSockets *module_sockets(lua_State *L, struct module *self, const char *function);

/* Pushes the table that is Steam.networkingSockets. */
void module_push_sockets_table(lua_State *L);

struct module_function {
    const char *name;
    lua_CFunction function;
};

/* Adds functions to the table on top of the stack; `module` is the place of the block on the stack. */
void module_add_functions(lua_State *L, int module, const struct module_function *functions, size_t count);

/* Name of a result on the stack; 1, to be returned. */
int module_return_result(lua_State *L, EResult result);

/* The parts of the module: each adds its functions to the table on top of the stack. */
void sockets_open(lua_State *L, int module);
void messages_open(lua_State *L, int module);
void extras_open(lua_State *L, int module);

/* Steam.runCallbacks. */
int callbacks_run(lua_State *L);

/* The name of a state of a connection. */
const char *callbacks_state_name(int state);

#endif
