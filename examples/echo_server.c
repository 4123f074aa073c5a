/*
 * Sends back every message of every client.
 *
 *   echo_server ADDRESS:PORT
 *
 * It sleeps in Fumarole_Wait while nothing happens, reads all clients through one poll group, and answers reliably what
 * came reliably.
 */
#include <fumarole/fumarole.h>

#include <signal.h>
#include <stdio.h>

static ISteamNetworkingSockets *sockets;
static HSteamNetPollGroup clients;
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void on_status(SteamNetConnectionStatusChangedCallback_t *change)
{
    const SteamNetConnectionInfo_t *info = &change->m_info;
    switch (info->m_eState) {
    case k_ESteamNetworkingConnectionState_Connecting:
        if (SteamAPI_ISteamNetworkingSockets_AcceptConnection(sockets, change->m_hConn) == k_EResultOK)
            SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(sockets, change->m_hConn, clients);
        else
            SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, change->m_hConn, 0, NULL, false);
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        /* The handle stays valid until we give it back. */
        fprintf(stderr, "%s: %s (%d)\n", info->m_szConnectionDescription, info->m_szEndDebug, info->m_eEndReason);
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, change->m_hConn, 0, NULL, false);
        break;
    default:
        break;
    }
}

static void answer(const SteamNetworkingMessage_t *message)
{
    EResult result = SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(
        sockets, message->m_conn, message->m_pData, (uint32)message->m_cbSize,
        message->m_nFlags & k_nSteamNetworkingSend_Reliable, NULL);
    /* A client that does not read fast enough for its own questions has to go. */
    if (result == k_EResultLimitExceeded)
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, message->m_conn, 2001, "you do not listen", false);
}

int main(int argc, char **argv)
{
    SteamNetworkingErrMsg error;
    SteamNetworkingIPAddr address;
    char text[SteamNetworkingIPAddr_k_cchMaxString];
    if (argc != 2 || !SteamNetworkingIPAddr_ParseString(&address, argv[1])) {
        fputs("usage: echo_server ADDRESS:PORT (port 0: any free one)\n", stderr);
        return 2;
    }
    if (!GameNetworkingSockets_Init(NULL, error)) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    /* Without SA_RESTART a signal also ends a wait. */
    sigaction(SIGINT, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_signal}, NULL);
    sockets = SteamNetworkingSockets_LibV12();
    clients = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    SteamAPI_ISteamNetworkingUtils_SetGlobalCallback_SteamNetConnectionStatusChanged(SteamNetworkingUtils_LibV4(),
                                                                                     on_status);
    HSteamListenSocket listener = Fumarole_CreateListenSocketIPAnyPort(&address, 0, NULL);
    if (!listener || !SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(sockets, listener, &address)) {
        fprintf(stderr, "cannot listen on %s\n", argv[1]);
        return 1;
    }
    SteamNetworkingIPAddr_ToString(&address, text, sizeof text, true);
    printf("listening on %s\n", text);
    fflush(stdout);

    while (!stop) {
        SteamNetworkingMessage_t *messages[32];
        int count;
        Fumarole_Wait(1000);
        SteamAPI_ISteamNetworkingSockets_RunCallbacks(sockets);
        while ((count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, clients, messages, 32)) >
               0) {
            for (int i = 0; i < count; i++) {
                answer(messages[i]);
                SteamAPI_SteamNetworkingMessage_t_Release(messages[i]);
            }
        }
    }
    GameNetworkingSockets_Kill();
    return 0;
}
