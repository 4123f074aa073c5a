/*
 * Lanes: streams of messages that share a connection without waiting for each other.
 *
 *   lanes
 *
 * A download, a voice and orders go over one slow connection. Orders are served before everything else; of what is left
 * the voice gets three parts and the download one. Although the download is queued first, orders and voice are not
 * held up by it.
 */
#include <fumarole/fumarole.h>

#include <stdio.h>
#include <string.h>

enum lane {
    DOWNLOAD,
    VOICE,
    ORDERS,
    LANE_COUNT,
};

enum {
    PIECES = 60, /* messages on each lane */
    PIECE_SIZE = 1000,
};

static const char *const names[LANE_COUNT] = {"download", "voice", "orders"};

static void queue(ISteamNetworkingSockets *sockets, HSteamNetConnection connection, enum lane lane)
{
    SteamNetworkingMessage_t *messages[PIECES];
    int64 results[PIECES];
    for (int i = 0; i < PIECES; i++) {
        messages[i] = SteamAPI_ISteamNetworkingUtils_AllocateMessage(SteamNetworkingUtils_LibV4(), PIECE_SIZE);
        memset(messages[i]->m_pData, lane, PIECE_SIZE);
        messages[i]->m_conn = connection;
        messages[i]->m_idxLane = (uint16)lane;
        messages[i]->m_nFlags = k_nSteamNetworkingSend_Reliable;
    }
    /* One call for all of them; the library owns them from here on. */
    SteamAPI_ISteamNetworkingSockets_SendMessages(sockets, PIECES, messages, results, true);
}

int main(void)
{
    static const int priorities[LANE_COUNT] = {[DOWNLOAD] = 1, [VOICE] = 1, [ORDERS] = 0}; /* lower goes first */
    static const uint16 weights[LANE_COUNT] = {[DOWNLOAD] = 1, [VOICE] = 3, [ORDERS] = 1}; /* among equals */
    SteamNetworkingErrMsg error;
    if (!GameNetworkingSockets_Init(NULL, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    ISteamNetworkingUtils *utils = SteamNetworkingUtils_LibV4();
    HSteamNetConnection sender, receiver;
    if (!SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &sender, &receiver, true, NULL, NULL) ||
        SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(sockets, sender, LANE_COUNT, priorities, weights) !=
            k_EResultOK)
        return 1;
    /* 100 kB a second, so that there is something to share. */
    SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, sender, k_ESteamNetworkingConfig_SendRateMin,
                                                                 100000);
    SteamAPI_ISteamNetworkingUtils_SetConnectionConfigValueInt32(utils, sender, k_ESteamNetworkingConfig_SendRateMax,
                                                                 100000);
    for (int lane = 0; lane < LANE_COUNT; lane++)
        queue(sockets, sender, (enum lane)lane);

    int arrived[LANE_COUNT] = {0}, total = 0;
    while (total < LANE_COUNT * PIECES) {
        SteamNetworkingMessage_t *message;
        if (!Fumarole_Wait(10000))
            return 1;
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
        while (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, receiver, &message, 1) == 1) {
            total++;
            if (++arrived[message->m_idxLane] == PIECES)
                printf("%s complete after %d messages in all\n", names[message->m_idxLane], total);
            SteamAPI_SteamNetworkingMessage_t_Release(message);
        }
    }
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, sender, 1000, NULL, false);
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, receiver, 1000, NULL, false);
    GameNetworkingSockets_Kill();
    return 0;
}
