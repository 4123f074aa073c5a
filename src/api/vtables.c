#include "api/vtables.h"

#include "fumarole/fumarole.h"

#define FLAT(interface, name) .name = SteamAPI_##interface##_##name

/* ---- ISteamNetworkingSockets ---------------------------------------------------------------------------------- */

/*
 * Interface 012 of the platform's own kit has no fourth argument: what its register holds then is anybody's guess, so
 * it is not looked at.
 */
static void send_messages_three_arguments(ISteamNetworkingSockets *self, int count, SteamNetworkingMessage_t **messages,
                                          int64 *results, bool undefined)
{
    (void)undefined;
    SteamAPI_ISteamNetworkingSockets_SendMessages(self, count, messages, results, true);
}

#define SOCKETS(name) FLAT(ISteamNetworkingSockets, name)

#define SOCKETS_SLOTS_BEFORE_SEND_MESSAGES                                                                             \
    SOCKETS(CreateListenSocketIP), SOCKETS(ConnectByIPAddress), SOCKETS(CreateListenSocketP2P), SOCKETS(ConnectP2P),   \
        SOCKETS(AcceptConnection), SOCKETS(CloseConnection), SOCKETS(CloseListenSocket),                               \
        SOCKETS(SetConnectionUserData), SOCKETS(GetConnectionUserData), SOCKETS(SetConnectionName),                    \
        SOCKETS(GetConnectionName), SOCKETS(SendMessageToConnection)

#define SOCKETS_SLOTS_AFTER_SEND_MESSAGES                                                                              \
    SOCKETS(FlushMessagesOnConnection), SOCKETS(ReceiveMessagesOnConnection), SOCKETS(GetConnectionInfo),              \
        SOCKETS(GetConnectionRealTimeStatus), SOCKETS(GetDetailedConnectionStatus), SOCKETS(GetListenSocketAddress),   \
        SOCKETS(CreateSocketPair), SOCKETS(ConfigureConnectionLanes), SOCKETS(GetIdentity),                            \
        SOCKETS(InitAuthentication), SOCKETS(GetAuthenticationStatus), SOCKETS(CreatePollGroup),                       \
        SOCKETS(DestroyPollGroup), SOCKETS(SetConnectionPollGroup), SOCKETS(ReceiveMessagesOnPollGroup),               \
        SOCKETS(ReceivedRelayAuthTicket), SOCKETS(FindRelayAuthTicketForServer),                                       \
        SOCKETS(ConnectToHostedDedicatedServer), SOCKETS(GetHostedDedicatedServerPort),                                \
        SOCKETS(GetHostedDedicatedServerPOPID), SOCKETS(GetHostedDedicatedServerAddress),                              \
        SOCKETS(CreateHostedDedicatedServerListenSocket), SOCKETS(GetGameCoordinatorServerLogin),                      \
        SOCKETS(ConnectP2PCustomSignaling), SOCKETS(ReceivedP2PCustomSignal), SOCKETS(GetCertificateRequest),          \
        SOCKETS(SetCertificate), SOCKETS(ResetIdentity), SOCKETS(RunCallbacks), SOCKETS(BeginAsyncRequestFakeIP),      \
        SOCKETS(GetFakeIP), SOCKETS(CreateListenSocketP2PFakeIP), SOCKETS(GetRemoteFakeIPForConnection),               \
        SOCKETS(CreateFakeUDPPort)

const sockets_table_type sockets_table = {
    .slots = {SOCKETS_SLOTS_BEFORE_SEND_MESSAGES, SOCKETS(SendMessages), SOCKETS_SLOTS_AFTER_SEND_MESSAGES},
};

const sockets_table_type sockets_three_argument_table = {
    .slots = {SOCKETS_SLOTS_BEFORE_SEND_MESSAGES, .SendMessages = send_messages_three_arguments,
              SOCKETS_SLOTS_AFTER_SEND_MESSAGES},
};

/* ---- ISteamNetworkingUtils ------------------------------------------------------------------------------------ */

#define UTILS(name) FLAT(ISteamNetworkingUtils, name)

/* In the table these take a size_t, which the exported ones do not. */
static void address_to_string(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *address, char *buffer,
                              size_t size, bool with_port)
{
    (void)self;
    SteamNetworkingIPAddr_ToString(address, buffer, size, with_port);
}

static void identity_to_string(ISteamNetworkingUtils *self, const SteamNetworkingIdentity *identity, char *buffer,
                               size_t size)
{
    (void)self;
    SteamNetworkingIdentity_ToString(identity, buffer, size);
}

const utils_table_type utils_table = {
    .slots = {UTILS(AllocateMessage),
              UTILS(GetRelayNetworkStatus),
              UTILS(GetLocalPingLocation),
              UTILS(EstimatePingTimeBetweenTwoLocations),
              UTILS(EstimatePingTimeFromLocalHost),
              UTILS(ConvertPingLocationToString),
              UTILS(ParsePingLocationString),
              UTILS(CheckPingDataUpToDate),
              UTILS(GetPingToDataCenter),
              UTILS(GetDirectPingToPOP),
              UTILS(GetPOPCount),
              UTILS(GetPOPList),
              UTILS(GetLocalTimestamp),
              UTILS(SetDebugOutputFunction),
              UTILS(GetIPv4FakeIPType),
              UTILS(GetRealIdentityForFakeIP),
              UTILS(SetConfigValue),
              UTILS(GetConfigValue),
              UTILS(GetConfigValueInfo),
              UTILS(IterateGenericEditableConfigValues),
              .SteamNetworkingIPAddr_ToString = address_to_string,
              UTILS(SteamNetworkingIPAddr_ParseString),
              UTILS(SteamNetworkingIPAddr_GetFakeIPType),
              .SteamNetworkingIdentity_ToString = identity_to_string,
              UTILS(SteamNetworkingIdentity_ParseString)},
};

/* ---- ISteamNetworkingMessages --------------------------------------------------------------------------------- */

#define MESSAGES(name) FLAT(ISteamNetworkingMessages, name)

const messages_table_type messages_table = {
    .slots = {MESSAGES(SendMessageToUser), MESSAGES(ReceiveMessagesOnChannel), MESSAGES(AcceptSessionWithUser),
              MESSAGES(CloseSessionWithUser), MESSAGES(CloseChannelWithUser), MESSAGES(GetSessionConnectionInfo)},
};

/* ---- ISteamNetworkingFakeUDPPort ------------------------------------------------------------------------------ */

#define FAKE_UDP_PORT(name) FLAT(ISteamNetworkingFakeUDPPort, name)

const fake_udp_port_table_type fake_udp_port_table = {
    .slots = {FAKE_UDP_PORT(DestroyFakeUDPPort), FAKE_UDP_PORT(SendMessageToFakeIP), FAKE_UDP_PORT(ReceiveMessages),
              FAKE_UDP_PORT(ScheduleCleanup)},
};
