/*
 * Sends words to an echo server and prints what comes back.
 *
 *   echo_client ADDRESS:PORT WORD...
 */
#include <fumarole/fumarole.h>

#include <stdio.h>
#include <string.h>

static bool ended;

static void on_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    const SteamNetConnectionInfo_t *info = &change->m_info;
    if (info->m_eState == k_ESteamNetworkingConnectionState_ClosedByPeer ||
        info->m_eState == k_ESteamNetworkingConnectionState_ProblemDetectedLocally) {
        fprintf(stderr, "the connection ended: %s (%d)\n", info->m_szEndDebug, info->m_eEndReason);
        ended = true;
    }
}

int main(int argc, char **argv)
{
    SteamNetworkingErrMsg error;
    SteamNetworkingIPAddr address;
    if (argc < 3 || !SteamNetworkingIPAddr_ParseString(&address, argv[1]) || !address.m_port) {
        fputs("usage: echo_client ADDRESS:PORT WORD...\n", stderr);
        return 2;
    }
    if (!GameNetworkingSockets_Init(NULL, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(SteamNetworkingUtils_LibV4(),
                                                                                     on_status);
    HSteamNetConnection connection = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, &address, 0, NULL);
    if (!connection)
        return 1;
    /* Messages may be sent at once; they go out when the connection stands. */
    for (int i = 2; i < argc; i++)
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, connection, argv[i], (uint32)strlen(argv[i]),
                                                                 k_nSteamNetworkingSend_Reliable, NULL);
    for (int missing = argc - 2; missing > 0 && !ended;) {
        SteamNetworkingMessage_t *message;
        Fumarole_Wait(-1);
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
        while (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, &message, 1) == 1) {
            printf("%.*s\n", message->m_cbSize, (const char *)message->m_pData);
            SteamAPI_SteamNetworkingMessage_t_Release(message);
            missing--;
        }
    }
    SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, 1000, "thank you", false);
    GameNetworkingSockets_Kill();
    return ended;
}
