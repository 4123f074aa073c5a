#include "connections.h"

#include <stdlib.h>

#include "config_values.h"
#include "process.h"
#include "values.h"

/* Reads one handle, the only argument of many functions. */
static bool take_handle(napi_env env, napi_callback_info info, uint32 *handle)
{
    napi_value arguments[1];
    return take_arguments(env, info, 1, arguments) && take_uint32(env, arguments[0], handle);
}

/* Null with an exception pending if the text is no address; lib/ words the error. */
static bool take_address(napi_env env, napi_value value, SteamNetworkingIPAddr *address)
{
    char text[SteamNetworkingIPAddr_k_cchMaxString + 4];
    if (!take_short_text(env, value, text, sizeof text))
        return false;
    if (SteamNetworkingIPAddr_ParseString(address, text))
        return true;
    napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "this is no address");
    return false;
}

/* ---------------------------------------------------------------------------------------------------- making */

/* What a call makes, and for whom it is. */
enum making { LISTEN_IP, LISTEN_P2P, CONNECT_IP, CONNECT_P2P };

struct making_arguments {
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    int32 virtual_port;
    struct config_options options;
};

static uint32 make_handle(ISteamNetworkingSockets *sockets, enum making making, const struct making_arguments *what)
{
    const struct config_options *options = &what->options;
    switch (making) {
    case LISTEN_IP:
        return sockets ? Fumarole_CreateListenSocketIPAnyPort(&what->address, options->count, options->values) : 0;
    case LISTEN_P2P:
        return SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(sockets, what->virtual_port, options->count,
                                                                      options->values);
    case CONNECT_IP:
        return SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &what->address, options->count,
                                                                   options->values);
    case CONNECT_P2P:
        return SteamAPI_ISteamNetworkingSockets_ConnectP2P(sockets, &what->identity, what->virtual_port, options->count,
                                                           options->values);
    }
    return 0;
}

/* Makes it with the arguments in place, and keeps who owns it. */
static napi_value make_owned(napi_env env, enum making making, napi_value options, struct making_arguments *what)
{
    struct process_member *member = environment_of(env)->member;
    uint32 handle = 0;
    if (!take_config_options(env, options, &what->options)) {
        config_options_free(&what->options);
        return NULL;
    }
    if (member) {
        process_making();
        handle = make_handle(sockets_of(env), making, what);
        process_made(member, making == LISTEN_IP || making == LISTEN_P2P ? PROCESS_LISTEN_SOCKET : PROCESS_CONNECTION,
                     handle);
    }
    config_options_free(&what->options);
    return make_uint32(env, handle);
}

/* createListenSocketIP(address, options) */
static napi_value create_listen_socket_ip(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    struct making_arguments what = {0};
    if (!take_arguments(env, info, 2, arguments) || !take_address(env, arguments[0], &what.address))
        return NULL;
    return make_owned(env, LISTEN_IP, arguments[1], &what);
}

/* createListenSocketP2P(virtual port, options) */
static napi_value create_listen_socket_p2p(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    struct making_arguments what = {0};
    if (!take_arguments(env, info, 2, arguments) || !take_int32(env, arguments[0], &what.virtual_port))
        return NULL;
    return make_owned(env, LISTEN_P2P, arguments[1], &what);
}

/* connectByIPAddress(address, options) */
static napi_value connect_by_ip_address(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    struct making_arguments what = {0};
    if (!take_arguments(env, info, 2, arguments) || !take_address(env, arguments[0], &what.address))
        return NULL;
    return make_owned(env, CONNECT_IP, arguments[1], &what);
}

/* connectP2P(identity in its text form, virtual port, options) */
static napi_value connect_p2p(napi_env env, napi_callback_info info)
{
    napi_value arguments[3];
    struct making_arguments what = {0};
    if (!take_arguments(env, info, 3, arguments) || !take_int32(env, arguments[1], &what.virtual_port))
        return NULL;
    if (!take_identity(env, arguments[0], &what.identity)) {
        bool pending = true;
        if (napi_is_exception_pending(env, &pending) == napi_ok && !pending)
            napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "this is no identity");
        return NULL;
    }
    return make_owned(env, CONNECT_P2P, arguments[2], &what);
}

static napi_value create_poll_group(napi_env env, napi_callback_info info)
{
    (void)info;
    struct process_member *member = environment_of(env)->member;
    HSteamNetPollGroup group = 0;
    if (member) {
        process_making();
        group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets_of(env));
        process_made(member, PROCESS_POLL_GROUP, group);
    }
    return make_uint32(env, group);
}

/* --------------------------------------------------------------------------------------------------- closing */

static napi_value close_listen_socket(napi_env env, napi_callback_info info)
{
    uint32 handle;
    if (!take_handle(env, info, &handle))
        return NULL;
    bool closed = SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets_of(env), handle);
    if (closed)
        process_disown(PROCESS_LISTEN_SOCKET, handle);
    return make_bool(env, closed);
}

static napi_value destroy_poll_group(napi_env env, napi_callback_info info)
{
    uint32 handle;
    if (!take_handle(env, info, &handle))
        return NULL;
    bool destroyed = SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets_of(env), handle);
    if (destroyed)
        process_disown(PROCESS_POLL_GROUP, handle);
    return make_bool(env, destroyed);
}

/* closeConnection(connection, reason, text, linger) */
static napi_value close_connection(napi_env env, napi_callback_info info)
{
    napi_value arguments[4];
    uint32 connection;
    int32 reason;
    bool linger;
    char text[k_cchSteamNetworkingMaxConnectionCloseReason];
    if (!take_arguments(env, info, 4, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_int32(env, arguments[1], &reason) || !take_short_text(env, arguments[2], text, sizeof text) ||
        !take_bool(env, arguments[3], &linger))
        return NULL;
    bool closed = SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets_of(env), connection, reason, text, linger);
    if (closed)
        process_disown(PROCESS_CONNECTION, connection);
    return make_bool(env, closed);
}

/* ------------------------------------------------------------------------------------- accepting and properties */

static napi_value accept_connection(napi_env env, napi_callback_info info)
{
    uint32 connection;
    if (!take_handle(env, info, &connection))
        return NULL;
    return make_int32(env, SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets_of(env), connection));
}

static napi_value flush_messages(napi_env env, napi_callback_info info)
{
    uint32 connection;
    if (!take_handle(env, info, &connection))
        return NULL;
    return make_int32(env, SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(sockets_of(env), connection));
}

/* setConnectionPollGroup(connection, group) */
static napi_value set_connection_poll_group(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    uint32 connection, group;
    if (!take_arguments(env, info, 2, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_uint32(env, arguments[1], &group))
        return NULL;
    return make_bool(env, SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets_of(env), connection, group));
}

static napi_value get_connection_user_data(napi_env env, napi_callback_info info)
{
    uint32 connection;
    if (!take_handle(env, info, &connection))
        return NULL;
    ISteamNetworkingSockets *sockets = sockets_of(env);
    return make_int64(env, sockets ? SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(sockets, connection) : -1);
}

/* setConnectionUserData(connection, BigInt) */
static napi_value set_connection_user_data(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    uint32 connection;
    int64 user_data;
    if (!take_arguments(env, info, 2, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_int64(env, arguments[1], &user_data))
        return NULL;
    return make_bool(env,
                     SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(sockets_of(env), connection, user_data));
}

/* setConnectionName(connection, text): whether there is such a connection. */
static napi_value set_connection_name(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    uint32 connection;
    char name[k_cchSteamNetworkingMaxConnectionAppName];
    if (!take_arguments(env, info, 2, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_short_text(env, arguments[1], name, sizeof name))
        return NULL;
    ISteamNetworkingSockets *sockets = sockets_of(env);
    if (!SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(sockets, connection, NULL))
        return make_bool(env, false);
    SteamAPI_ISteamNetworkingSockets_SetConnectionName(sockets, connection, name);
    return make_bool(env, true);
}

/* getConnectionName(connection): a text, null for a bad handle. */
static napi_value get_connection_name(napi_env env, napi_callback_info info)
{
    uint32 connection;
    char name[128];
    if (!take_handle(env, info, &connection))
        return NULL;
    if (!SteamAPI_ISteamNetworkingSockets_GetConnectionName(sockets_of(env), connection, name, sizeof name))
        return make_null(env);
    return make_text(env, name);
}

/* getListenSocketAddress(socket): a text, null for a bad handle or a listen socket without an address. */
static napi_value get_listen_socket_address(napi_env env, napi_callback_info info)
{
    uint32 socket;
    char text[SteamNetworkingIPAddr_k_cchMaxString];
    SteamNetworkingIPAddr address;
    if (!take_handle(env, info, &socket))
        return NULL;
    if (!SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets_of(env), socket, &address))
        return make_null(env);
    SteamNetworkingIPAddr_ToString(&address, text, sizeof text, true);
    return make_text(env, text);
}

/* configureConnectionLanes(connection, priorities, weights): an EResult. Two arrays of the same length. */
static napi_value configure_connection_lanes(napi_env env, napi_callback_info info)
{
    napi_value arguments[3], value;
    uint32 connection, count = 0, weight_count = 0, weight;
    int priorities[255];
    uint16 weights[255];
    if (!take_arguments(env, info, 3, arguments) || !take_uint32(env, arguments[0], &connection))
        return NULL;
    if (napi_get_array_length(env, arguments[1], &count) != napi_ok ||
        napi_get_array_length(env, arguments[2], &weight_count) != napi_ok || count != weight_count || count > 255) {
        napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "two arrays of the same length, at most 255, are expected");
        return NULL;
    }
    for (uint32 i = 0; i < count; i++) {
        if (napi_get_element(env, arguments[1], i, &value) != napi_ok || !take_int32(env, value, &priorities[i]) ||
            napi_get_element(env, arguments[2], i, &value) != napi_ok || !take_uint32(env, value, &weight))
            return NULL;
        weights[i] = (uint16)weight;
    }
    return make_int32(env, SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets_of(env), connection,
                                                                                     (int)count, priorities, weights));
}

/* ----------------------------------------------------------------------------------------------------- owning */

/* owned(kind): the handles of this environment that are open, the oldest first. */
static napi_value owned_handles(napi_env env, napi_callback_info info)
{
    napi_value arguments[1], array;
    int32 kind;
    struct process_member *member = environment_of(env)->member;
    if (!take_arguments(env, info, 1, arguments) || !take_int32(env, arguments[0], &kind) ||
        napi_create_array(env, &array) != napi_ok)
        return NULL;
    size_t capacity = member ? process_owned(member, (enum process_kind)kind, NULL, 0) : 0;
    if (!capacity)
        return array;
    uint32_t *handles = malloc(capacity * sizeof *handles);
    if (!handles) {
        napi_throw_error(env, "ERR_MEMORY_ALLOCATION_FAILED", "not enough memory for a list of handles");
        return NULL;
    }
    size_t count = process_owned(member, (enum process_kind)kind, handles, capacity);
    if (count > capacity) /* more have come in meanwhile */
        count = capacity;
    for (size_t i = 0; i < count; i++) {
        napi_value handle = make_uint32(env, handles[i]);
        if (!handle || napi_set_element(env, array, (uint32_t)i, handle) != napi_ok)
            break;
    }
    free(handles);
    return array;
}

/* setSendQueueMark(connection, bytes; negative: none): whether there is such a connection. */
static napi_value set_send_queue_mark(napi_env env, napi_callback_info info)
{
    napi_value arguments[2];
    uint32 connection;
    int32 bytes;
    if (!take_arguments(env, info, 2, arguments) || !take_uint32(env, arguments[0], &connection) ||
        !take_int32(env, arguments[1], &bytes))
        return NULL;
    return make_bool(env, sockets_of(env) && process_watch_send_queue(connection, bytes));
}

bool export_connections(napi_env env, napi_value exports)
{
    static const struct native_function functions[] = {
        {"createListenSocketIP", create_listen_socket_ip},
        {"createListenSocketP2P", create_listen_socket_p2p},
        {"closeListenSocket", close_listen_socket},
        {"getListenSocketAddress", get_listen_socket_address},
        {"connectByIPAddress", connect_by_ip_address},
        {"connectP2P", connect_p2p},
        {"acceptConnection", accept_connection},
        {"closeConnection", close_connection},
        {"flushMessages", flush_messages},
        {"createPollGroup", create_poll_group},
        {"destroyPollGroup", destroy_poll_group},
        {"setConnectionPollGroup", set_connection_poll_group},
        {"getConnectionUserData", get_connection_user_data},
        {"setConnectionUserData", set_connection_user_data},
        {"setConnectionName", set_connection_name},
        {"getConnectionName", get_connection_name},
        {"configureConnectionLanes", configure_connection_lanes},
        {"setSendQueueMark", set_send_queue_mark},
        {"owned", owned_handles},
    };
    return EXPORT_FUNCTIONS(env, exports, functions);
}
