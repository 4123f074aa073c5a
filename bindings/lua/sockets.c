/*
 * Steam.networkingSockets, all but messages: sockets, connections, authentication, poll groups.
 */
#include "arguments.h"
#include "local_id.h"
#include "module.h"
#include "socket_object.h"
#include "uint64.h"

/* ---- creating ---------------------------------------------------------------------------------------------------- */

struct creation {
    struct module *module;
    ISteamNetworkingSockets *sockets;
    const char *function;
    SteamNetworkingConfigValue_t options[MAX_OPTIONS];
    int option_count;
};

/* What all four creating functions do first. Options of the older generation are taken and have no effect. */
static void begin(lua_State *L, struct creation *self, const char *function, int options_index)
{
    self->module = module_of(L);
    self->sockets = module_sockets(L, self->module, function);
    self->function = function;
    self->option_count = self->module->generation == 1
                             ? 0
                             : argument_options(L, ARGUMENT(function, options_index, "options"), self->options);
    SteamAPI_SteamNetworkingConfigValue_t_SetInt64(&self->options[self->option_count++],
                                                   k_ESteamNetworkingConfig_ConnectionUserData, self->module->owner.id);
}

/* The last thing before the library is asked: from here on nothing can raise an error until the handle is kept. */
static void prepare(lua_State *L, const struct creation *self, enum owned_kind kind)
{
    if (!owner_reserve(&self->module->owner, kind))
        luaL_error(L, "%s: not enough memory", self->function);
    self->module->is_idle = false;
    owner_forget_complaint();
}

/* What is returned in place of something that could not be made, and why. */
static int return_failure(lua_State *L, bool is_number, const char *why)
{
    if (is_number)
        lua_pushinteger(L, 0);
    else
        lua_pushnil(L);
    lua_pushstring(L, owner_complaint(why));
    return 2;
}

static int return_listen_socket(lua_State *L, const struct creation *self, HSteamListenSocket socket)
{
    if (!socket)
        return return_failure(L, false, "the listen socket could not be made");
    owner_add(&self->module->owner, OWNED_LISTEN_SOCKET, socket);
    socket_object_push(L, SOCKET_LISTEN, socket);
    return 1;
}

static int return_connection(lua_State *L, const struct creation *self, HSteamNetConnection connection)
{
    if (!connection)
        return return_failure(L, self->module->generation != 1, "the connection could not be made");
    owner_add(&self->module->owner, OWNED_CONNECTION, connection);
    if (self->module->generation == 1)
        socket_object_push(L, SOCKET_CONNECTION, connection);
    else
        vm_push_number(L, connection);
    return 1;
}

static int create_listen_socket_ip(lua_State *L)
{
    static const char name[] = "createListenSocketIP";
    struct creation creation;
    SteamNetworkingIPAddr address;

    argument_address(L, ARGUMENT(name, 1, "address"), true, &address);
    begin(L, &creation, name, 2);
    prepare(L, &creation, OWNED_LISTEN_SOCKET);
    return return_listen_socket(
        L, &creation, Fumarole_CreateListenSocketIPAnyPort(&address, creation.option_count, creation.options));
}

static int create_listen_socket_p2p(lua_State *L)
{
    static const char name[] = "createListenSocketP2P";
    struct creation creation;
    int port = (int)argument_integer(L, ARGUMENT(name, 1, "virtualPort"), 0, 65535);

    begin(L, &creation, name, 2);
    prepare(L, &creation, OWNED_LISTEN_SOCKET);
    return return_listen_socket(L, &creation,
                                SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(
                                    creation.sockets, port, creation.option_count, creation.options));
}

static int connect_by_ip_address(lua_State *L)
{
    static const char name[] = "connectByIPAddress";
    struct creation creation;
    SteamNetworkingIPAddr address;

    argument_address(L, ARGUMENT(name, 1, "address"), false, &address);
    begin(L, &creation, name, 2);
    prepare(L, &creation, OWNED_CONNECTION);
    return return_connection(L, &creation,
                             SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(
                                 creation.sockets, &address, creation.option_count, creation.options));
}

static int connect_p2p(lua_State *L)
{
    static const char name[] = "connectP2P";
    struct creation creation;
    SteamNetworkingIdentity identity;
    uint64_t id = argument_uint64(L, ARGUMENT(name, 1, "steamID"));
    int port = (int)argument_integer(L, ARGUMENT(name, 2, "virtualPort"), 0, 65535);

    begin(L, &creation, name, 3);
    local_id_identity(id, &identity);
    prepare(L, &creation, OWNED_CONNECTION);
    return return_connection(L, &creation,
                             SteamAPI_ISteamNetworkingSockets_ConnectP2P(creation.sockets, &identity, port,
                                                                         creation.option_count, creation.options));
}

/* ---- accepting, closing ------------------------------------------------------------------------------------------ */

static int accept_connection(lua_State *L)
{
    static const char name[] = "acceptConnection";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    struct module *self = module_of(L);
    ISteamNetworkingSockets *sockets = module_sockets(L, self, name);

    self->is_idle = false;
    return module_return_result(L, SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, connection));
}

/* Closing what is not there is no mistake, and neither is closing it after shutdown. */
static int close_connection(lua_State *L)
{
    static const char name[] = "closeConnection";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    bool linger = argument_boolean(L, ARGUMENT(name, 2, "linger"));
    struct module *self = module_of(L);

    if (self->owner.running && connection) {
        self->is_idle = false;
        owner_remove(&self->owner, OWNED_CONNECTION, connection);
        SteamAPI_ISteamNetworkingSockets_CloseConnection(SteamNetworkingSockets_LibV12(), connection, 0, NULL, linger);
    }
    return 0;
}

static int close_listen_socket(lua_State *L)
{
    HSteamListenSocket socket = argument_listen_socket(L, ARGUMENT("closeListenSocket", 1, "socket"));
    struct module *self = module_of(L);

    if (self->owner.running && socket) {
        self->is_idle = false;
        owner_remove(&self->owner, OWNED_LISTEN_SOCKET, socket);
        SteamAPI_ISteamNetworkingSockets_CloseListenSocket(SteamNetworkingSockets_LibV12(), socket);
    }
    return 0;
}

static int get_connection_info(lua_State *L)
{
    static const char name[] = "getConnectionInfo";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    SteamNetConnectionInfo_t info;
    bool is_known = SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, connection, &info);

    module_return_result(L, is_known ? k_EResultOK : k_EResultNone);
    lua_pushstring(L, is_known ? info.m_szConnectionDescription : "");
    return 2;
}

/* ---- who we are -------------------------------------------------------------------------------------------------- */

static int init_authentication(lua_State *L)
{
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), "initAuthentication");

    lua_pushinteger(L, SteamAPI_ISteamNetworkingSockets_InitAuthentication(sockets));
    return 1;
}

static int get_authentication_status(lua_State *L)
{
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), "getAuthenticationStatus");
    SteamNetAuthenticationStatus_t status;

    lua_pushinteger(L, SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(sockets, &status));
    lua_pushstring(L, status.m_debugMsg);
    return 2;
}

static int get_identity(lua_State *L)
{
    uint64_t id;

    module_sockets(L, module_of(L), "getIdentity");
    id = local_id();
    if (id)
        uint64_push(L, id);
    else
        lua_pushnil(L);
    return 1;
}

/* ---- poll groups ------------------------------------------------------------------------------------------------- */

static int create_poll_group(lua_State *L)
{
    static const char name[] = "createPollGroup";
    struct module *self = module_of(L);
    ISteamNetworkingSockets *sockets = module_sockets(L, self, name);
    HSteamNetPollGroup group;

    if (!owner_reserve(&self->owner, OWNED_POLL_GROUP))
        return luaL_error(L, "%s: not enough memory", name);
    group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    if (group)
        owner_add(&self->owner, OWNED_POLL_GROUP, group);
    vm_push_number(L, group);
    return 1;
}

static int destroy_poll_group(lua_State *L)
{
    HSteamNetPollGroup group = argument_poll_group(L, ARGUMENT("destroyPollGroup", 1, "pollGroup"));
    struct module *self = module_of(L);
    bool was_there = false;

    if (self->owner.running && group) {
        owner_remove(&self->owner, OWNED_POLL_GROUP, group);
        was_there = SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(SteamNetworkingSockets_LibV12(), group);
    }
    lua_pushboolean(L, was_there);
    return 1;
}

static int set_connection_poll_group(lua_State *L)
{
    static const char name[] = "setConnectionPollGroup";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    HSteamNetPollGroup group = argument_poll_group(L, ARGUMENT(name, 2, "pollGroup"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);

    lua_pushboolean(L, SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, connection, group));
    return 1;
}

void sockets_open(lua_State *L, int module)
{
    static const struct module_function functions[] = {
        {"createListenSocketP2P", create_listen_socket_p2p},
        {"connectP2P", connect_p2p},
        {"createListenSocketIP", create_listen_socket_ip},
        {"connectByIPAddress", connect_by_ip_address},
        {"acceptConnection", accept_connection},
        {"closeConnection", close_connection},
        {"closeListenSocket", close_listen_socket},
        {"initAuthentication", init_authentication},
        {"getAuthenticationStatus", get_authentication_status},
        {"getConnectionInfo", get_connection_info},
        {"getIdentity", get_identity},
        {"createPollGroup", create_poll_group},
        {"destroyPollGroup", destroy_poll_group},
        {"setConnectionPollGroup", set_connection_poll_group},
    };

    module_add_functions(L, module, functions, sizeof functions / sizeof functions[0]);
}
