/*
 * The table that `require` returns, and the life of the library behind it.
 *
 * One file serves under three names: luasteam, fumarole, and luasteam1 for the older generation of the interface. All
 * of them return the one table of the Lua state, which the registry keeps under a name, so that even two copies of the
 * file agree within a state.
 */
#include "module.h"

#include "arguments.h"
#include "generated/constants.h"
#include "local_id.h"
#include "socket_object.h"
#include "uint64.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys of the registry; the first is a name since other copies of this file look for it too. */
static const char steam_key[] = "fumarole.luasteam";
static const char sockets_key = 's';
static const char metatable_key = 'm';

FUMAROLE_API int luaopen_luasteam(lua_State *L);
FUMAROLE_API int luaopen_luasteam1(lua_State *L);
FUMAROLE_API int luaopen_fumarole(lua_State *L);

/* ---- what the other parts use ------------------------------------------------------------------------------------ */

ISteamNetworkingSockets *module_sockets(lua_State *L, struct module *self, const char *function)
{
    if (!self->owner.running)
        luaL_error(L, "%s: the library is not running; call Steam.init() first", function);
    return SteamNetworkingSockets_LibV12();
}

void module_push_sockets_table(lua_State *L)
{
    vm_push_registered(L, &sockets_key);
}

void module_add_functions(lua_State *L, int module, const struct module_function *functions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lua_pushvalue(L, module);
        lua_pushcclosure(L, functions[i].function, 1);
        lua_setfield(L, -2, functions[i].name);
    }
}

int module_return_result(lua_State *L, EResult result)
{
    const char *name = (unsigned)result < LUASTEAM_RESULT_NAMES ? luasteam_result_names[result] : NULL;

    lua_pushstring(L, name ? name : "Fail");
    return 1;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* An identity as an argument: a 64-bit id, or text with a prefix such as "str:alice". */
static void read_identity(lua_State *L, const struct argument *argument, SteamNetworkingIdentity *identity)
{
    size_t length = 0;
    const char *text = lua_type(L, argument->index) == LUA_TSTRING ? lua_tolstring(L, argument->index, &length) : NULL;
    char steam_id[sizeof "steamid:18446744073709551615"];

    if (!text || !strchr(text, ':')) {
        snprintf(steam_id, sizeof steam_id, "steamid:%" PRIu64, argument_uint64(L, argument));
        text = steam_id;
        length = strlen(text);
    }
    if (strlen(text) != length || !SteamNetworkingIdentity_ParseString(identity, sizeof *identity, text))
        argument_error(L, argument, "identity such as steamid:76561197960265729 or str:alice expected, got \"%s\"",
                       text);
}

static int init(lua_State *L)
{
    struct module *self = module_of(L);
    const char *from_environment = getenv("FUMAROLE_IDENTITY");
    SteamNetworkingIdentity identity;
    SteamNetworkingErrMsg error = "";
    bool is_demanded = !lua_isnoneornil(L, 1);
    bool has_identity = is_demanded;

    memset(&identity, 0, sizeof identity);
    if (has_identity) {
        read_identity(L, ARGUMENT("init", 1, "identity"), &identity);
    } else if (from_environment && *from_environment) {
        has_identity = SteamNetworkingIdentity_ParseString(&identity, sizeof identity, from_environment);
        if (!has_identity)
            return luaL_error(L, "init: the environment variable FUMAROLE_IDENTITY is no identity: %s",
                              from_environment);
    }
    if (self->closed)
        return luaL_error(L, "init: this Lua state is being closed");
    if (!owner_start(&self->owner, has_identity ? &identity : NULL, is_demanded, error)) {
        lua_pushboolean(L, false);
        lua_pushstring(L, error);
        return 2;
    }
    lua_pushboolean(L, true);
    return 1;
}

static int shutdown_library(lua_State *L)
{
    owner_stop(&module_of(L)->owner);
    return 0;
}

/* The Lua state is being closed: the last moment at which threads and sockets can be ended in good order. */
static int collect(lua_State *L)
{
    struct module *self = vm_test_userdata(L, 1, &metatable_key);

    if (self) {
        self->closed = true;
        owner_stop(&self->owner);
    }
    return 0;
}

/* ---- the generation of the interface ----------------------------------------------------------------------------- */

/* networkingSockets.apiVersion is no field, so that assigning to it is noticed. */
static int get_missing_field(lua_State *L)
{
    if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "apiVersion") == 0)
        lua_pushinteger(L, module_of(L)->generation);
    else
        lua_pushnil(L);
    return 1;
}

static int set_new_field(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 3);
    if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "apiVersion") == 0) {
        int64_t generation = 0;

        if (!argument_read_integer(L, 3, &generation) || generation < 1 || generation > 2)
            return luaL_error(L, "networkingSockets.apiVersion: 1 or 2 expected, got %s",
                              lua_isnumber(L, 3) ? lua_tostring(L, 3) : luaL_typename(L, 3));
        module_of(L)->generation = (int)generation;
        return 0;
    }
    lua_rawset(L, 1);
    return 0;
}

/* ---- Steam.extra, Steam.user ------------------------------------------------------------------------------------- */

static int parse_uint64(lua_State *L)
{
    static const struct argument argument = {"parseUint64", 1, "text"};
    size_t length;
    const char *text = argument_string(L, &argument, &length);
    uint64_t value;

    if (!uint64_parse(text, length, &value))
        return argument_error(L, &argument, "decimal number of at most 64 bits expected, got \"%s\"", text);
    uint64_push(L, value);
    return 1;
}

static int get_steam_id(lua_State *L)
{
    module_sockets(L, module_of(L), "getSteamID");
    uint64_push(L, local_id());
    return 1;
}

/* ---- putting it together ----------------------------------------------------------------------------------------- */

static const struct module_function steam_functions[] = {
    {"init", init},
    {"shutdown", shutdown_library},
    {"runCallbacks", callbacks_run},
};
static const struct module_function extra_functions[] = {{"parseUint64", parse_uint64}};
static const struct module_function user_functions[] = {{"getSteamID", get_steam_id}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Pushes the block of this Lua state. */
static void push_module(lua_State *L)
{
    struct module *self = lua_newuserdata(L, sizeof *self);

    memset(self, 0, sizeof *self);
    self->generation = 2;
    self->paces = true;
    lua_newtable(L);
    lua_pushcfunction(L, collect);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    vm_register(L, &metatable_key);
    lua_setmetatable(L, -2);
}

static void push_flags(lua_State *L)
{
    lua_newtable(L);
    for (const struct luasteam_number *flag = luasteam_flags; flag->name; flag++)
        vm_set_number(L, flag->name, flag->value);
}

static void push_sockets(lua_State *L, int module)
{
    lua_newtable(L);
    sockets_open(L, module);
    messages_open(L, module);
    push_flags(L);
    lua_setfield(L, -2, "flags");

    lua_newtable(L);
    lua_pushvalue(L, module);
    lua_pushcclosure(L, get_missing_field, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, module);
    lua_pushcclosure(L, set_new_field, 1);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);

    lua_pushvalue(L, -1);
    vm_register(L, &sockets_key);
}

static void push_functions(lua_State *L, int module, const struct module_function *functions, size_t count)
{
    lua_newtable(L);
    module_add_functions(L, module, functions, count);
}

/*
 * Lua 5.1 and LuaJIT unload modules before the last finalizers have run, and those may still call us. So the file stays
 * in memory, whatever way it was linked.
 */
static void stay_in_memory(void)
{
    Dl_info file;

    if (dladdr(steam_key, &file) && file.dli_fname)
        dlopen(file.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

/* Pushes the module's table, making it when this Lua state asks for the first time. */
static void push_steam(lua_State *L)
{
    int module;

    luaL_checkstack(L, 12, "luasteam");
    lua_getfield(L, LUA_REGISTRYINDEX, steam_key);
    if (lua_istable(L, -1))
        return;
    lua_pop(L, 1);

    stay_in_memory();
    push_module(L);
    module = lua_gettop(L);
    uint64_open(L);
    socket_object_open(L, module);
    push_functions(L, module, steam_functions, COUNT(steam_functions));
    push_sockets(L, module);
    lua_setfield(L, -2, "networkingSockets");
    push_functions(L, module, extra_functions, COUNT(extra_functions));
    lua_setfield(L, -2, "extra");
    push_functions(L, module, user_functions, COUNT(user_functions));
    lua_setfield(L, -2, "user");
    extras_open(L, module);

    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, steam_key);
    lua_remove(L, module);
}

int luaopen_luasteam(lua_State *L)
{
    push_steam(L);
    return 1;
}

int luaopen_fumarole(lua_State *L)
{
    push_steam(L);
    return 1;
}

int luaopen_luasteam1(lua_State *L)
{
    push_steam(L);
    lua_getfield(L, -1, "networkingSockets");
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "apiVersion");
    lua_pop(L, 1);
    return 1;
}
