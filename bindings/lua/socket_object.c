#include "socket_object.h"

#include "module.h"

#include <string.h>

struct socket_object {
    enum socket_kind kind;
    uint32_t handle;
};

static const char metatable_key = 'm'; /* of the registry */

static struct socket_object *check(lua_State *L, int index)
{
    struct socket_object *self = vm_test_userdata(L, index, &metatable_key);

    if (!self) {
        luaL_argerror(L, index, "socket expected");
        __builtin_unreachable();
    }
    return self;
}

bool socket_object_test(lua_State *L, int index, enum socket_kind *kind, uint32_t *handle)
{
    const struct socket_object *self = vm_test_userdata(L, index, &metatable_key);

    if (self) {
        *kind = self->kind;
        *handle = self->handle;
    }
    return self;
}

void socket_object_push(lua_State *L, enum socket_kind kind, uint32_t handle)
{
    struct socket_object *self = lua_newuserdata(L, sizeof *self);

    self->kind = kind;
    self->handle = handle;
    vm_push_registered(L, &metatable_key);
    lua_setmetatable(L, -2);
}

static int to_number(lua_State *L)
{
    vm_push_number(L, check(L, 1)->handle);
    return 1;
}

/*
 * The address that a listen socket is bound to; false when it has none, or is closed. A state that does not run must
 * not ask the library, which another one may be stopping.
 */
static bool find_address(const struct module *module, const struct socket_object *self, SteamNetworkingIPAddr *address)
{
    return self->kind == SOCKET_LISTEN && module->owner.running &&
           SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(SteamNetworkingSockets_LibV12(), self->handle,
                                                                   address);
}

/* Fields: handle, tonumber; connection of a connection; address and port of a listen socket. */
static int get_field(lua_State *L)
{
    const struct socket_object *self = check(L, 1);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    SteamNetworkingIPAddr address;
    char text[SteamNetworkingIPAddr_k_cchMaxString];

    if (strcmp(name, "handle") == 0 || (strcmp(name, "connection") == 0 && self->kind == SOCKET_CONNECTION)) {
        vm_push_number(L, self->handle);
    } else if (strcmp(name, "tonumber") == 0) {
        lua_pushcfunction(L, to_number);
    } else if (strcmp(name, "port") == 0 && find_address(module_of(L), self, &address)) {
        lua_pushinteger(L, address.m_port);
    } else if (strcmp(name, "address") == 0 && find_address(module_of(L), self, &address)) {
        SteamNetworkingIPAddr_ToString(&address, text, sizeof text, true);
        lua_pushstring(L, text);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

static int to_string(lua_State *L)
{
    const struct socket_object *self = check(L, 1);

    lua_pushfstring(L, "%s: ", self->kind == SOCKET_LISTEN ? "listen socket" : "connection");
    vm_push_number(L, self->handle);
    lua_concat(L, 2);
    return 1;
}

static int equal(lua_State *L)
{
    const struct socket_object *left = vm_test_userdata(L, 1, &metatable_key);
    const struct socket_object *right = vm_test_userdata(L, 2, &metatable_key);

    lua_pushboolean(L, left && right && left->kind == right->kind && left->handle == right->handle);
    return 1;
}

void socket_object_open(lua_State *L, int module)
{
    static const struct module_function metamethods[] = {
        {"__index", get_field},
        {"__tostring", to_string},
        {"__eq", equal},
    };

    lua_newtable(L);
    module_add_functions(L, module, metamethods, sizeof metamethods / sizeof metamethods[0]);
    vm_set_string(L, "__name", "socket");
    vm_set_string(L, "__metatable", "socket");
    vm_register(L, &metatable_key);
}
