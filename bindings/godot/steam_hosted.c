/*
 * Servers hosted behind relays: what they are told by their environment, tickets and logins.
 */
#include <string.h>

#include "options.h"
#include "references.h"
#include "steam.h"

#define SOCKETS(function) SteamAPI_ISteamNetworkingSockets_##function

static struct value create_hosted_listen_socket(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    uint32 socket =
        SOCKETS(CreateHostedDedicatedServerListenSocket)(SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013(),
                                                         (int)arguments[0].integer, options.count, options.list);
    options_free(&options);
    return value_int(socket);
}

static struct value connect_to_hosted_server(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 2, &arguments[2], &options))
        return value_int(0);
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    uint32 connection = SOCKETS(ConnectToHostedDedicatedServer)(steam_sockets(), &identity, (int)arguments[1].integer,
                                                                options.count, options.list);
    options_free(&options);
    return value_int(connection);
}

static struct value get_hosted_port(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(SOCKETS(GetHostedDedicatedServerPort)(steam_sockets()));
}

static struct value get_hosted_pop_id(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    return value_int(SOCKETS(GetHostedDedicatedServerPOPID)(steam_sockets()));
}

static struct value get_hosted_address(struct class_call *call, const struct value *arguments)
{
    (void)call;
    (void)arguments;
    SteamDatagramHostedAddress address = {0};
    return value_int(SOCKETS(GetHostedDedicatedServerAddress)(steam_sockets(), &address));
}

static struct value get_coordinator_login(struct class_call *call, const struct value *arguments)
{
    SteamDatagramGameCoordinatorServerLogin login = {0};
    char blob[k_cbMaxSteamDatagramGameCoordinatorServerLoginSerialized];
    int size = sizeof blob;
    if (arguments[0].string.length > sizeof login.m_appData)
        return class_refuse(call, 0, "a String of at most 2048 bytes");
    login.m_cbAppData = (int)arguments[0].string.length;
    memcpy(login.m_appData, arguments[0].string.text, arguments[0].string.length);
    return value_int(SOCKETS(GetGameCoordinatorServerLogin)(steam_sockets(), &login, &size, blob));
}

static struct value find_ticket(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    return value_int(
        SOCKETS(FindRelayAuthTicketForServer)(steam_sockets(), &identity, (int)arguments[1].integer, NULL));
}

static struct value extra_fields(const SteamDatagramRelayAuthTicket *ticket)
{
    struct value fields = value_array();
    for (int i = 0; i < ticket->m_nExtraFields && i < 16; i++) {
        const SteamDatagramRelayAuthTicket_ExtraField *field = &ticket->m_vecExtraFields[i];
        struct value dictionary = value_dictionary();
        value_put(&dictionary, "name", value_string(field->m_szName));
        value_put(&dictionary, "value",
                  field->m_eType == 0 ? value_string(field->m_szStringValue) : value_int(field->m_nIntValue));
        value_append(&fields, dictionary);
    }
    return fields;
}

static struct value received_ticket(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamDatagramRelayAuthTicket ticket;
    struct value dictionary = value_dictionary();
    if (!SOCKETS(ReceivedRelayAuthTicket)(steam_sockets(), arguments[0].bytes.data, (int)arguments[0].bytes.size,
                                          &ticket))
        return dictionary;
    value_put(&dictionary, "game_server", reference_identity_text(&ticket.m_identityGameserver));
    value_put(&dictionary, "authorized_client", reference_identity_text(&ticket.m_identityAuthorizedClient));
    value_put(&dictionary, "public_ip", value_int(ticket.m_unPublicIP));
    value_put(&dictionary, "expiry", value_int(ticket.m_rtimeTicketExpiry));
    value_put(&dictionary, "routing", value_int(SteamAPI_SteamDatagramHostedAddress_GetPopID(&ticket.m_routing)));
    value_put(&dictionary, "app_id", value_int(ticket.m_nAppID));
    value_put(&dictionary, "restrict_to_v_port", value_int(ticket.m_nRestrictToVirtualPort));
    value_put(&dictionary, "number_of_extras", value_int(ticket.m_nExtraFields));
    value_put(&dictionary, "extra_fields", extra_fields(&ticket));
    return dictionary;
}

static const struct class_method methods[] = {
    METHOD("createHostedDedicatedServerListenSocket", INT, create_hosted_listen_socket,
           PARAMETER(INT32, "virtual_port"), OPTIONAL(OPTIONS, "options", 0)),
    METHOD("connectToHostedDedicatedServer", INT, connect_to_hosted_server, PARAMETER(IDENTITY, "identity_reference"),
           PARAMETER(INT32, "virtual_port"), OPTIONAL(OPTIONS, "options", 0)),
    METHOD("getHostedDedicatedServerPort", INT, get_hosted_port),
    METHOD("getHostedDedicatedServerPOPId", INT, get_hosted_pop_id),
    METHOD("getHostedDedicatedServerAddress", INT, get_hosted_address),
    METHOD("getGameCoordinatorServerLogin", INT, get_coordinator_login, OPTIONAL(STRING, "app_data", 0)),
    METHOD("findRelayAuthTicketForServer", INT, find_ticket, PARAMETER(IDENTITY, "gameServer"),
           PARAMETER(INT32, "port")),
    METHOD("receivedRelayAuthTicket", DICTIONARY, received_ticket, OPTIONAL(BYTES, "ticket", 0)),
};

const struct class_methods steam_hosted_methods = METHODS(methods);
