/*
 * Messages to identities, without handling connections.
 */
#include "dictionaries.h"
#include "message_list.h"
#include "references.h"
#include "steam.h"

#define MESSAGES(function) SteamAPI_ISteamNetworkingMessages_##function

static ISteamNetworkingMessages *interface(void)
{
    return SteamAPI_SteamNetworkingMessages_SteamAPI_v002();
}

static struct value send_to_user(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    return value_int(MESSAGES(SendMessageToUser)(interface(), &identity, arguments[1].bytes.data,
                                                 (uint32)arguments[1].bytes.size, (int)arguments[2].integer,
                                                 (int)arguments[3].integer));
}

static int fetch_from_channel(int64_t channel, SteamNetworkingMessage_t **messages, int max)
{
    return MESSAGES(ReceiveMessagesOnChannel)(interface(), (int)channel, messages, max);
}

static struct value receive_on_channel(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return message_list_fetch(fetch_from_channel, arguments[0].integer, arguments[1].integer);
}

static struct value accept_session(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    return value_bool(MESSAGES(AcceptSessionWithUser)(interface(), &identity));
}

static struct value close_session(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    return value_bool(MESSAGES(CloseSessionWithUser)(interface(), &identity));
}

static struct value close_channel(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    return value_bool(MESSAGES(CloseChannelWithUser)(interface(), &identity, (int)arguments[1].integer));
}

static struct value get_session_info(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIdentity identity = reference_identity(&arguments[0]);
    SteamNetConnectionInfo_t info = {0};
    SteamNetConnectionRealTimeStatus_t status = {0};
    ESteamNetworkingConnectionState state = MESSAGES(GetSessionConnectionInfo)(interface(), &identity, &info, &status);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "state", value_int(state));
    if (arguments[1].boolean)
        dictionary_put_connection(&dictionary, &info);
    if (arguments[2].boolean)
        dictionary_put_real_time_status(&dictionary, &status);
    return dictionary;
}

static const struct class_method methods[] = {
    METHOD("sendMessageToUser", INT, send_to_user, PARAMETER(IDENTITY, "identity_reference"), PARAMETER(BYTES, "data"),
           PARAMETER(INT32, "flags"), PARAMETER(INT32, "channel")),
    METHOD("receiveMessagesOnChannel", ARRAY, receive_on_channel, PARAMETER(INT32, "channel"),
           PARAMETER(INT32, "max_messages")),
    METHOD("acceptSessionWithUser", BOOL, accept_session, PARAMETER(IDENTITY, "identity_reference")),
    METHOD("closeSessionWithUser", BOOL, close_session, PARAMETER(IDENTITY, "identity_reference")),
    METHOD("closeChannelWithUser", BOOL, close_channel, PARAMETER(IDENTITY, "identity_reference"),
           PARAMETER(INT32, "channel")),
    METHOD("getSessionConnectionInfo", DICTIONARY, get_session_info, PARAMETER(IDENTITY, "identity_reference"),
           OPTIONAL(BOOL, "get_connection", 1), OPTIONAL(BOOL, "get_status", 1)),
};

const struct class_methods steam_session_methods = METHODS(methods);
