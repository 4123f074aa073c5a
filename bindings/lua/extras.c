/*
 * Steam.networkingUtils, and Steam.fumarole: the little that games need beyond the published interface.
 */
#include "arguments.h"
#include "local_id.h"
#include "module.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- networkingUtils --------------------------------------------------------------------------------------------- */

static int init_relay_network_access(lua_State *L)
{
    module_sockets(L, module_of(L), "initRelayNetworkAccess");
    SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(SteamNetworkingUtils_LibV4());
    return 0;
}

static int get_relay_network_status(lua_State *L)
{
    module_sockets(L, module_of(L), "getRelayNetworkStatus");
    lua_pushinteger(L, SteamAPI_ISteamNetworkingUtils_GetRelayNetworkStatus(SteamNetworkingUtils_LibV4(), NULL));
    return 1;
}

/* ---- fumarole ---------------------------------------------------------------------------------------------------- */

static int wait_milliseconds(lua_State *L)
{
    static const char name[] = "wait";
    int64_t milliseconds = argument_integer(L, ARGUMENT(name, 1, "milliseconds"), 0, INT_MAX);
    struct module *self = module_of(L);

    module_sockets(L, self, name);
    lua_pushboolean(L, owner_wait(&self->owner, (int)milliseconds));
    return 1;
}

/* The library's clock, in seconds. */
static int get_time(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4()) / 1e6);
    return 1;
}

static int set_pacing(lua_State *L)
{
    if (!lua_isboolean(L, 1))
        return argument_type_error(L, ARGUMENT("setPacing", 1, "on"), "boolean", 1);
    module_of(L)->paces = lua_toboolean(L, 1);
    return 0;
}

static int get_real_time_status(lua_State *L)
{
    static const char name[] = "getConnectionRealTimeStatus";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    SteamNetConnectionRealTimeStatus_t status;

    if (SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(sockets, connection, &status, 0, NULL) !=
        k_EResultOK) {
        lua_pushnil(L);
        return 1;
    }
    {
        const struct {
            const char *name;
            double value;
        } numbers[] = {
            {"localQuality", status.m_flConnectionQualityLocal},  {"remoteQuality", status.m_flConnectionQualityRemote},
            {"outPacketsPerSecond", status.m_flOutPacketsPerSec}, {"outBytesPerSecond", status.m_flOutBytesPerSec},
            {"inPacketsPerSecond", status.m_flInPacketsPerSec},   {"inBytesPerSecond", status.m_flInBytesPerSec},
        };

        lua_createtable(L, 0, 16);
        vm_set_string(L, "state", callbacks_state_name(status.m_eState));
        for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
            lua_pushnumber(L, numbers[i].value);
            lua_setfield(L, -2, numbers[i].name);
        }
        vm_set_number(L, "ping", status.m_nPing);
        vm_set_number(L, "sendRate", status.m_nSendRateBytesPerSecond);
        vm_set_number(L, "pendingUnreliable", status.m_cbPendingUnreliable);
        vm_set_number(L, "pendingReliable", status.m_cbPendingReliable);
        vm_set_number(L, "sentUnackedReliable", status.m_cbSentUnackedReliable);
        vm_set_number(L, "maxJitter", status.m_usecMaxJitter);
        if (status.m_usecQueueTime != INT64_MAX)
            vm_set_number(L, "queueTime", status.m_usecQueueTime);
    }
    return 1;
}

static int get_detailed_status(lua_State *L)
{
    static const char name[] = "getDetailedConnectionStatus";
    HSteamNetConnection connection = argument_connection(L, ARGUMENT(name, 1, "connection"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    int size = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, connection, NULL, 0);

    while (size > 0) {
        char *text = lua_newuserdata(L, (size_t)size); /* which the interpreter frees, whatever happens */
        int more = SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(sockets, connection, text, size);

        if (more == 0) {
            lua_pushstring(L, text);
            return 1;
        }
        lua_pop(L, 1);
        size = more;
    }
    lua_pushnil(L);
    return 1;
}

static int get_listen_socket_address(lua_State *L)
{
    static const char name[] = "getListenSocketAddress";
    HSteamListenSocket socket = argument_listen_socket(L, ARGUMENT(name, 1, "socket"));
    ISteamNetworkingSockets *sockets = module_sockets(L, module_of(L), name);
    SteamNetworkingIPAddr address;
    char text[SteamNetworkingIPAddr_k_cchMaxString];

    if (SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, socket, &address)) {
        SteamNetworkingIPAddr_ToString(&address, text, sizeof text, true);
        lua_pushstring(L, text);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* The number of the configuration value of that name; 0 if there is none. */
static ESteamNetworkingConfigValue find_config_value(const char *wanted)
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;

    do {
        const char *name;

        value = SteamAPI_ISteamNetworkingUtils_IterateGenericEditableConfigValues(utils, value, true);
        name = value ? SteamAPI_ISteamNetworkingUtils_GetConfigValueInfo(utils, value, NULL, NULL) : NULL;
        if (name && strcmp(name, wanted) == 0)
            break;
    } while (value);
    return value;
}

/* (name, number) for the whole process; absent: back to the default. */
static int set_config_value(lua_State *L)
{
    static const struct argument value_argument = {"setConfigValue", 2, "value"};
    static const struct argument name_argument = {"setConfigValue", 1, "name"};
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();
    const char *name = argument_string(L, &name_argument, NULL);
    ESteamNetworkingConfigValue value = find_config_value(name);
    float number;

    if (!value)
        return argument_error(L, &name_argument, "name of a configuration value expected, got \"%s\"", name);
    if (lua_isnoneornil(L, 2)) {
        lua_pushboolean(L, SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_Global,
                                                                         0, k_ESteamNetworkingConfig_Float, NULL));
        return 1;
    }
    if (!lua_isnumber(L, 2))
        return argument_type_error(L, &value_argument, "number", 2);
    {
        int64_t integer;

        number = (float)lua_tonumber(L, 2);
        if (argument_read_integer(L, 2, &integer))
            lua_pushboolean(L,
                            SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_Global,
                                                                          0, k_ESteamNetworkingConfig_Int64, &integer));
        else
            lua_pushboolean(L,
                            SteamAPI_ISteamNetworkingUtils_SetConfigValue(utils, value, k_ESteamNetworkingConfig_Global,
                                                                          0, k_ESteamNetworkingConfig_Float, &number));
    }
    return 1;
}

void extras_open(lua_State *L, int module)
{
    static const struct module_function utils_functions[] = {
        {"initRelayNetworkAccess", init_relay_network_access},
        {"getRelayNetworkStatus", get_relay_network_status},
    };
    static const struct module_function fumarole_functions[] = {
        {"wait", wait_milliseconds},
        {"time", get_time},
        {"setPacing", set_pacing},
        {"getConnectionRealTimeStatus", get_real_time_status},
        {"getDetailedConnectionStatus", get_detailed_status},
        {"getListenSocketAddress", get_listen_socket_address},
        {"setConfigValue", set_config_value},
    };

    lua_newtable(L);
    module_add_functions(L, module, utils_functions, sizeof utils_functions / sizeof utils_functions[0]);
    lua_setfield(L, -2, "networkingUtils");
    lua_newtable(L);
    module_add_functions(L, module, fumarole_functions, sizeof fumarole_functions / sizeof fumarole_functions[0]);
    vm_set_string(L, "version", Fumarole_Version());
    lua_setfield(L, -2, "fumarole");
}
