/* Two ends of a connection in one process say something to each other. */
#include <fumarole/fumarole.h>

#include <stdio.h>
#include <string.h>

int main(void)
{
    SteamNetworkingErrMsg error;
    if (!GameNetworkingSockets_Init(NULL, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    HSteamNetConnection a, b;
    SteamNetworkingMessage_t *message = NULL;
    if (!SteamAPI_ISteamNetworkingSockets_CreateSocketPair(sockets, &a, &b, true, NULL, NULL) ||
        SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(sockets, a, "installed", 10,
                                                                 k_nSteamNetworkingSend_Reliable, NULL) != k_EResultOK)
        return 1;
    while (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, b, &message, 1) < 1)
        if (!Fumarole_Wait(10000))
            return 1;
    int wrong = strcmp(message->m_pData, "installed");
    SteamAPI_SteamNetworkingMessage_t_Release(message);
    GameNetworkingSockets_Kill();
    printf("version %s\n", Fumarole_Version());
    return wrong != 0;
}
