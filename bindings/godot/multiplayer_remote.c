#include "multiplayer_remote.h"

#include <stdlib.h>
#include <string.h>

static int32 limit_of(HSteamNetConnection connection, ESteamNetworkingConfigValue which)
{
    int32 number = 0;
    size_t size = sizeof number;

    SteamAPI_ISteamNetworkingUtils_GetConfigValue(SteamNetworkingUtils_LibV4(), which,
                                                  k_ESteamNetworkingConfig_Connection, (intptr_t)connection, NULL,
                                                  &number, &size);
    return number;
}

struct multiplayer_remote *multiplayer_remote_create(HSteamNetConnection connection, int32_t id)
{
    struct multiplayer_remote *remote = calloc(1, sizeof *remote);

    if (!remote)
        return NULL;
    remote->connection = connection;
    remote->id = id;
    remote->lanes = 1;
    remote->since = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    remote->surplus_at = remote->since;
    if (connection) {
        remote->rate = limit_of(connection, k_ESteamNetworkingConfig_SendRateMax);
        remote->buffer = limit_of(connection, k_ESteamNetworkingConfig_SendBufferSize);
    }
    return remote;
}

/* Lanes of equal rank: a channel orders what is in it, it does not overtake others. */
static EResult ensure_lane(struct multiplayer_remote *remote, int channel)
{
    EResult result;

    if (channel < remote->lanes)
        return k_EResultOK;
    result = SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(SteamNetworkingSockets_LibV12(),
                                                                       remote->connection, channel + 1, NULL, NULL);
    if (result == k_EResultOK)
        remote->lanes = channel + 1;
    return result;
}

EResult multiplayer_remote_send(struct multiplayer_remote *remote, enum multiplayer_frame_kind kind, uint8_t detail,
                                int32_t peer, const void *payload, size_t size, int channel)
{
    bool reliable = kind != MULTIPLAYER_FRAME_PACKET || detail == MULTIPLAYER_RELIABLE;
    EResult result = ensure_lane(remote, channel);
    SteamNetworkingMessage_t *message;
    int64 number = 0;

    if (result != k_EResultOK)
        return result;
    if (size > k_cbMaxSteamNetworkingSocketsMessageSizeSend - MULTIPLAYER_FRAME_HEAD)
        return k_EResultInvalidParam;
    message = SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(),
                                                             (int)size + MULTIPLAYER_FRAME_HEAD);
    if (!message)
        return k_EResultFail;
    multiplayer_frame_write_head(message->m_pData, kind, detail, peer);
    if (size)
        memcpy((uint8_t *)message->m_pData + MULTIPLAYER_FRAME_HEAD, payload, size);
    message->m_conn = remote->connection;
    message->m_nFlags = reliable ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_Unreliable;
    message->m_idxLane = (uint16)channel;
    SteamAPI_ISteamNetworkingSockets_SendMessages(SteamNetworkingSockets_LibV12(), 1, &message, &number, true);
    return number > 0 ? k_EResultOK : (EResult)-number;
}

bool multiplayer_remote_overtaken(struct multiplayer_remote *sender, int channel, int64 message_number)
{
    if (message_number <= sender->newest[channel])
        return true;
    sender->newest[channel] = message_number;
    return false;
}

void multiplayer_remote_count(struct multiplayer_remote *sender, size_t size)
{
    SteamNetworkingMicroseconds now = SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    double gone = (double)(now - sender->surplus_at) * sender->rate / 1e6;

    sender->surplus = gone < (double)sender->surplus ? sender->surplus - (int64)gone : 0;
    sender->surplus += (int64)size;
    sender->surplus_at = now;
}

bool multiplayer_remote_floods(const struct multiplayer_remote *sender)
{
    return sender->surplus > sender->buffer / 2;
}

void multiplayer_remote_close(const struct multiplayer_remote *remote, int reason, const char *sentence, bool linger)
{
    if (remote->connection)
        SteamAPI_ISteamNetworkingSockets_CloseConnection(SteamNetworkingSockets_LibV12(), remote->connection, reason,
                                                         sentence, linger);
}
