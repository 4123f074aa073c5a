/*
 * Listen sockets, connections and what there is to know about them, poll groups.
 */
#include <stdlib.h>

#include "dictionaries.h"
#include "options.h"
#include "references.h"
#include "steam.h"

#define SOCKETS(function) SteamAPI_ISteamNetworkingSockets_##function

static uint32 handle(const struct value *argument)
{
    return (uint32)argument->integer;
}

/* ------------------------------------------------------------------------------------------- listening, connecting */

static struct value create_listen_socket_ip(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    SteamNetworkingIPAddr address = reference_address(&arguments[0]);
    uint32 socket = SOCKETS(CreateListenSocketIP)(steam_sockets(), &address, options.count, options.list);
    options_free(&options);
    return value_int(socket);
}

static struct value create_listen_socket_any_port(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    SteamNetworkingIPAddr address = reference_address(&arguments[0]);
    address.m_port = 0;
    uint32 socket = Fumarole_CreateListenSocketIPAnyPort(&address, options.count, options.list);
    options_free(&options);
    return value_int(socket);
}

static struct value create_listen_socket_p2p(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    uint32 socket =
        SOCKETS(CreateListenSocketP2P)(steam_sockets(), (int)arguments[0].integer, options.count, options.list);
    options_free(&options);
    return value_int(socket);
}

static struct value connect_by_ip_address(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    SteamNetworkingIPAddr address = reference_address(&arguments[0]);
    /* A slip in the text is an empty reference, to which a connection would come to nothing after ten seconds. */
    if (address.m_port == 0) {
        options_free(&options);
        return class_refuse(call, 0, "an address with a port, such as \"127.0.0.1:27015\", or the name of one");
    }
    uint32 connection = SOCKETS(ConnectByIPAddress)(steam_sockets(), &address, options.count, options.list);
    options_free(&options);
    return value_int(connection);
}

static struct value connect_p2p(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 2, &arguments[2], &options))
        return value_int(0);
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    uint32 connection =
        SOCKETS(ConnectP2P)(steam_sockets(), &identity, (int)arguments[1].integer, options.count, options.list);
    options_free(&options);
    return value_int(connection);
}

/* Who is nobody is left to the library, which calls it the localhost. */
static struct value create_socket_pair(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identities[2];
    const SteamNetworkingIdentity *given[2];
    for (int i = 0; i < 2; i++) {
        identities[i] = reference_identity(&arguments[1 + i]);
        given[i] = identities[i].m_eType == k_ESteamNetworkingIdentityType_Invalid ? NULL : &identities[i];
    }
    HSteamNetConnection connections[2] = {0, 0};
    bool success = SOCKETS(CreateSocketPair)(steam_sockets(), &connections[0], &connections[1], arguments[0].boolean,
                                             given[0], given[1]);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "success", value_bool(success));
    value_put(&dictionary, "connection1", value_int(connections[0]));
    value_put(&dictionary, "connection2", value_int(connections[1]));
    return dictionary;
}

/* ----------------------------------------------------------------------------------------------- accepting, closing */

static struct value accept_connection(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_int(SOCKETS(AcceptConnection)(steam_sockets(), handle(&arguments[0])));
}

static struct value close_connection(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(CloseConnection)(steam_sockets(), handle(&arguments[0]), (int)arguments[1].integer,
                                               arguments[2].string.text, arguments[3].boolean));
}

static struct value close_listen_socket(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(CloseListenSocket)(steam_sockets(), handle(&arguments[0])));
}

static struct value get_listen_socket_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address;
    if (!SOCKETS(GetListenSocketAddress)(steam_sockets(), handle(&arguments[0]), &address))
        return value_literal("");
    return reference_address_text(&address, arguments[1].boolean);
}

/* ------------------------------------------------------------------------------------------------ about a connection
 */

static struct value get_connection_info(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetConnectionInfo_t info;
    if (!SOCKETS(GetConnectionInfo)(steam_sockets(), handle(&arguments[0]), &info))
        return value_dictionary();
    return dictionary_connection(&info);
}

static struct value get_connection_name(struct class_call *call, const struct value *arguments)
{
    (void)call;
    char name[256];
    if (!SOCKETS(GetConnectionName)(steam_sockets(), handle(&arguments[0]), name, sizeof name))
        return value_literal("");
    return value_string(name);
}

static struct value set_connection_name(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SOCKETS(SetConnectionName)(steam_sockets(), handle(&arguments[0]), arguments[1].string.text);
    return value_nil();
}

static struct value get_connection_user_data(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_int(SOCKETS(GetConnectionUserData)(steam_sockets(), handle(&arguments[0])));
}

static struct value set_connection_user_data(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(SetConnectionUserData)(steam_sockets(), handle(&arguments[0]), arguments[1].integer));
}

/* A connection has at most 255 lanes; asking for more is an answer of the library's, not a larger array. */
#define LANES_MAX 255

static struct value get_real_time_status(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[LANES_MAX + 1];
    bool wanted = arguments[2].boolean;
    int lane_count = arguments[1].integer <= LANES_MAX ? (int)arguments[1].integer : LANES_MAX + 1;
    EResult result = SOCKETS(GetConnectionRealTimeStatus)(steam_sockets(), handle(&arguments[0]),
                                                          wanted ? &status : NULL, lane_count, lanes);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "response", value_int(result));
    if (result != k_EResultOK)
        return dictionary;
    struct value lanes_status = value_array();
    for (int i = 0; i < lane_count; i++)
        value_append(&lanes_status, dictionary_lane_status(&lanes[i]));
    value_put(&dictionary, "connection_status", wanted ? dictionary_real_time_status(&status) : value_dictionary());
    value_put(&dictionary, "lanes_status", lanes_status);
    return dictionary;
}

/* The text may grow between asking for its size and fetching it; the library's answer leaves room for that. */
static struct value get_detailed_status(struct class_call *call, const struct value *arguments)
{
    (void)call;
    char *text = NULL;
    int success = 1;
    for (int tries = 0; success > 0 && tries < 4; tries++) {
        int size = tries == 0 ? 8192 : success;
        char *larger = realloc(text, (size_t)size);
        if (!larger)
            break;
        text = larger;
        text[0] = '\0';
        success = SOCKETS(GetDetailedConnectionStatus)(steam_sockets(), handle(&arguments[0]), text, size);
    }
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "success", value_int(success));
    value_put(&dictionary, "buffer", value_string(success == 0 ? text : ""));
    value_put(&dictionary, "status", value_string(success == 0 ? text : ""));
    free(text);
    return dictionary;
}

/* ------------------------------------------------------------------------------------------------------------ lanes */

/* Reads `count` numbers in a range. An empty array stands for all being equal, and gives false without a report. */
static bool read_numbers(struct class_call *call, int index, int64_t count, int64_t minimum, int64_t maximum,
                         int *numbers)
{
    const struct value *array = &call->arguments[index];
    size_t given = value_count(array);
    if (given == 0)
        return false;
    bool good = (int64_t)given == count;
    for (size_t i = 0; good && i < given; i++) {
        int64_t number;
        good = value_to_integer(value_element(array, i), &number) && number >= minimum && number <= maximum;
        numbers[i] = good ? (int)number : 0;
    }
    if (!good)
        class_refuse(call, index,
                     maximum == UINT16_MAX ? "an Array with an int from 0 to 65535 for each lane, or an empty one"
                                           : "an Array with an int of 32 bits for each lane, or an empty one");
    return good;
}

static struct value configure_lanes(struct class_call *call, const struct value *arguments)
{
    int priorities[LANES_MAX], wide_weights[LANES_MAX];
    uint16 weights[LANES_MAX];
    int64_t count = arguments[1].integer;
    bool with_priorities = false, with_weights = false;
    if (count >= 0 && count <= LANES_MAX) {
        with_priorities = read_numbers(call, 2, count, INT32_MIN, INT32_MAX, priorities);
        with_weights = !call->failed && read_numbers(call, 3, count, 0, UINT16_MAX, wide_weights);
        if (call->failed)
            return value_int(0);
    }
    for (int i = 0; with_weights && i < count; i++)
        weights[i] = (uint16)wide_weights[i];
    return value_int(SOCKETS(ConfigureConnectionLanes)(steam_sockets(), handle(&arguments[0]), (int)count,
                                                       with_priorities ? priorities : NULL,
                                                       with_weights ? weights : NULL));
}

/* ------------------------------------------------------------------------------------------------------ poll groups */

static struct value create_poll_group(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(SOCKETS(CreatePollGroup)(steam_sockets()));
}

static struct value destroy_poll_group(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(DestroyPollGroup)(steam_sockets(), handle(&arguments[0])));
}

static struct value set_poll_group(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(SetConnectionPollGroup)(steam_sockets(), handle(&arguments[0]), handle(&arguments[1])));
}

static const struct class_method methods[] = {
    METHOD("createListenSocketIP", INT, create_listen_socket_ip, PARAMETER(STRING, "ip_reference"),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("createListenSocketIPAnyPort", INT, create_listen_socket_any_port, OPTIONAL(STRING, "ip_reference", 0),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("createListenSocketP2P", INT, create_listen_socket_p2p, PARAMETER(INT32, "virtual_port"),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("connectByIPAddress", INT, connect_by_ip_address, PARAMETER(STRING, "ip_with_port"),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("connectP2P", INT, connect_p2p, PARAMETER(IDENTITY, "identity_reference"), PARAMETER(INT32, "port"),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("createSocketPair", DICTIONARY, create_socket_pair, PARAMETER(BOOL, "loopback"),
           PARAMETER(IDENTITY, "identity_reference1"), PARAMETER(IDENTITY, "identity_reference2")),
    METHOD("acceptConnection", INT, accept_connection, PARAMETER(UINT32, "connection_handle")),
    METHOD("closeConnection", BOOL, close_connection, PARAMETER(UINT32, "peer"), PARAMETER(INT32, "reason"),
           PARAMETER(STRING, "debug_message"), PARAMETER(BOOL, "linger")),
    METHOD("closeListenSocket", BOOL, close_listen_socket, PARAMETER(UINT32, "socket")),
    METHOD("getListenSocketAddress", STRING, get_listen_socket_address, PARAMETER(UINT32, "socket"),
           OPTIONAL(BOOL, "with_port", 1)),
    METHOD("getConnectionInfo", DICTIONARY, get_connection_info, PARAMETER(UINT32, "connection_handle")),
    METHOD("getConnectionName", STRING, get_connection_name, PARAMETER(UINT32, "peer")),
    METHOD("setConnectionName", NIL, set_connection_name, PARAMETER(UINT32, "peer"), PARAMETER(STRING, "name")),
    METHOD("getConnectionUserData", INT, get_connection_user_data, PARAMETER(UINT32, "peer")),
    METHOD("setConnectionUserData", BOOL, set_connection_user_data, PARAMETER(UINT32, "peer"),
           PARAMETER(INT64, "user_data")),
    METHOD("getConnectionRealTimeStatus", DICTIONARY, get_real_time_status, PARAMETER(UINT32, "connection_handle"),
           PARAMETER(INT32, "lanes"), OPTIONAL(BOOL, "get_status", 1)),
    METHOD("GetConnectionRealTimeStatus", DICTIONARY, get_real_time_status, PARAMETER(UINT32, "connection_handle"),
           PARAMETER(INT32, "lanes"), OPTIONAL(BOOL, "get_status", 1)),
    METHOD("getDetailedConnectionStatus", DICTIONARY, get_detailed_status, PARAMETER(UINT32, "connection_handle")),
    METHOD("configureConnectionLanes", INT, configure_lanes, OPTIONAL(UINT32, "connection_handle", 0),
           OPTIONAL(INT32, "lanes", 0), OPTIONAL(ARRAY, "priorities", 0), OPTIONAL(ARRAY, "weights", 0)),
    METHOD("createPollGroup", INT, create_poll_group),
    METHOD("destroyPollGroup", BOOL, destroy_poll_group, PARAMETER(UINT32, "poll_group")),
    METHOD("setConnectionPollGroup", BOOL, set_poll_group, PARAMETER(UINT32, "connection_handle"),
           PARAMETER(UINT32, "pollGroup")),
};

const struct class_methods steam_connection_methods = METHODS(methods);
