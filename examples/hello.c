#include <fumarole/fumarole.h>
#include <stdio.h>

static HSteamNetConnection server; /* the server's end of the connection */

static void on_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_info.m_eState == k_ESteamNetworkingConnectionState_Connecting && change->m_info.m_hListenSocket)
        SteamAPI_ISteamNetworkingSockets_AcceptConnection(SteamNetworkingSockets_LibV12(), server = change->m_hConn);
}

int main(void)
{
    SteamNetworkingIPAddr address;
    SteamNetworkingMessage_t *got = NULL;
    ISteamNetworkingSockets *net = GameNetworkingSockets_Init(NULL, NULL) ? SteamNetworkingSockets_LibV12() : NULL;
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(SteamNetworkingUtils_LibV4(),
                                                                                     on_status);
    SteamNetworkingIPAddr_ParseString(&address, "127.0.0.1:0");
    HSteamListenSocket door = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(net, door, &address);
    HSteamNetConnection us = SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(net, &address, 0, NULL);
    SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(net, us, "Hello", 6, k_nSteamNetworkingSend_Reliable, 0);
    while (SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(net, server, &got, 1) < 1 &&
           Fumarole_Wait(9000))
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(net);
    puts(got ? got->m_pData : "nothing came");
    SteamAPI_SteamNetworkingMessage_t_Release(got);
    GameNetworkingSockets_Kill();
}
