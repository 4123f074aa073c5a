/*
 * The exported functions of ISteamNetworkingMessages. Each checks its arguments and passes on.
 */
#include "api/argument_check.h"
#include "api/messages_interface.h"
#include "fumarole/messages.h"
#include "wire/identity.h"

#include <string.h>

#define SELF messages_is_object(self, __func__)

/* ---- accessors ------------------------------------------------------------------------------------------------ */

ISteamNetworkingMessages *SteamNetworkingMessages_LibV2(void)
{
    return messages_object();
}

ISteamNetworkingMessages *SteamAPI_SteamNetworkingMessages_v002(void)
{
    return messages_object();
}

ISteamNetworkingMessages *SteamAPI_SteamNetworkingMessages_SteamAPI_v002(void)
{
    return messages_object();
}

ISteamNetworkingMessages *SteamGameServerNetworkingMessages_LibV2(void)
{
    return messages_object();
}

ISteamNetworkingMessages *SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002(void)
{
    return messages_object();
}

/* ---- sessions ------------------------------------------------------------------------------------------------- */

/* What comes from a program may hold anything. */
static bool is_good(const SteamNetworkingIdentity *identity, const char *function)
{
    if (!argument_given(identity, function, "identity"))
        return false;
    if (!identity_is_invalid(identity) && identity_is_well_formed(identity))
        return true;
    log_write(LOG_LEVEL_WARNING, "%s: identity is not valid", function);
    return false;
}

EResult SteamAPI_ISteamNetworkingMessages_SendMessageToUser(ISteamNetworkingMessages *self,
                                                            const SteamNetworkingIdentity *identity, const void *data,
                                                            uint32 size, int flags, int channel)
{
    if (!SELF)
        return k_EResultFail;
    if (!is_good(identity, __func__) || (size > 0 && !GIVEN(data)))
        return k_EResultInvalidParam;
    return messages_send(identity, data, size, flags, channel);
}

int SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(ISteamNetworkingMessages *self, int channel,
                                                               SteamNetworkingMessage_t **messages, int max)
{
    return SELF && max > 0 && GIVEN(messages) ? messages_receive(channel, messages, max) : 0;
}

bool SteamAPI_ISteamNetworkingMessages_AcceptSessionWithUser(ISteamNetworkingMessages *self,
                                                             const SteamNetworkingIdentity *identity)
{
    return SELF && is_good(identity, __func__) && messages_accept(identity);
}

bool SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(ISteamNetworkingMessages *self,
                                                            const SteamNetworkingIdentity *identity)
{
    return SELF && is_good(identity, __func__) && messages_close(identity);
}

bool SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(ISteamNetworkingMessages *self,
                                                            const SteamNetworkingIdentity *identity, int channel)
{
    return SELF && is_good(identity, __func__) && messages_close_channel(identity, channel);
}

ESteamNetworkingConnectionState SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo(
    ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity, SteamNetConnectionInfo_t *info,
    SteamNetConnectionRealTimeStatus_t *status)
{
    if (SELF && is_good(identity, __func__))
        return messages_info(identity, info, status);
    if (info)
        memset(info, 0, sizeof(*info));
    if (status)
        memset(status, 0, sizeof(*status));
    return k_ESteamNetworkingConnectionState_None;
}
