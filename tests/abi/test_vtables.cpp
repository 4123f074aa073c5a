/* Made by tests/abi/generate.py from tests/abi/abi.json; do not edit. */
/* clang-format off */

/*
 * Every slot is called in both directions: as a virtual function of a class on an object that C code made, and
 * through the C table on an object of a class. The classes list the methods in the order of the interface.
 */
#include <cstdio>
#include <cstring>

#include "fumarole/fumarole.h"

static const char *called;
static const void *called_on;
static int failures;

static void expect(const char *method, const void *object)
{
    if (called == nullptr || std::strcmp(called, method) != 0 || called_on != object) {
        std::fprintf(stderr, "%s: the call went to %s\n", method, called == nullptr ? "nothing" : called);
        failures++;
    }
    called = nullptr;
    called_on = nullptr;
}

static void note(const char *method, const void *object)
{
    called = method;
    called_on = object;
}

/* ---- ISteamNetworkingSockets ---- */

namespace {
class ISteamNetworkingSocketsClass {
public:
    virtual HSteamListenSocket CreateListenSocketIP(const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual HSteamNetConnection ConnectByIPAddress(const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual HSteamListenSocket CreateListenSocketP2P(int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual HSteamNetConnection ConnectP2P(const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual EResult AcceptConnection(HSteamNetConnection) = 0;
    virtual bool CloseConnection(HSteamNetConnection, int, const char *, bool) = 0;
    virtual bool CloseListenSocket(HSteamListenSocket) = 0;
    virtual bool SetConnectionUserData(HSteamNetConnection, int64) = 0;
    virtual int64 GetConnectionUserData(HSteamNetConnection) = 0;
    virtual void SetConnectionName(HSteamNetConnection, const char *) = 0;
    virtual bool GetConnectionName(HSteamNetConnection, char *, int) = 0;
    virtual EResult SendMessageToConnection(HSteamNetConnection, const void *, uint32, int, int64 *) = 0;
    virtual void SendMessages(int, SteamNetworkingMessage_t **, int64 *, bool) = 0;
    virtual EResult FlushMessagesOnConnection(HSteamNetConnection) = 0;
    virtual int ReceiveMessagesOnConnection(HSteamNetConnection, SteamNetworkingMessage_t **, int) = 0;
    virtual bool GetConnectionInfo(HSteamNetConnection, SteamNetConnectionInfo_t *) = 0;
    virtual EResult GetConnectionRealTimeStatus(HSteamNetConnection, SteamNetConnectionRealTimeStatus_t *, int, SteamNetConnectionRealTimeLaneStatus_t *) = 0;
    virtual int GetDetailedConnectionStatus(HSteamNetConnection, char *, int) = 0;
    virtual bool GetListenSocketAddress(HSteamListenSocket, SteamNetworkingIPAddr *) = 0;
    virtual bool CreateSocketPair(HSteamNetConnection *, HSteamNetConnection *, bool, const SteamNetworkingIdentity *, const SteamNetworkingIdentity *) = 0;
    virtual EResult ConfigureConnectionLanes(HSteamNetConnection, int, const int *, const uint16 *) = 0;
    virtual bool GetIdentity(SteamNetworkingIdentity *) = 0;
    virtual ESteamNetworkingAvailability InitAuthentication() = 0;
    virtual ESteamNetworkingAvailability GetAuthenticationStatus(SteamNetAuthenticationStatus_t *) = 0;
    virtual HSteamNetPollGroup CreatePollGroup() = 0;
    virtual bool DestroyPollGroup(HSteamNetPollGroup) = 0;
    virtual bool SetConnectionPollGroup(HSteamNetConnection, HSteamNetPollGroup) = 0;
    virtual int ReceiveMessagesOnPollGroup(HSteamNetPollGroup, SteamNetworkingMessage_t **, int) = 0;
    virtual bool ReceivedRelayAuthTicket(const void *, int, SteamDatagramRelayAuthTicket *) = 0;
    virtual int FindRelayAuthTicketForServer(const SteamNetworkingIdentity *, int, SteamDatagramRelayAuthTicket *) = 0;
    virtual HSteamNetConnection ConnectToHostedDedicatedServer(const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual uint16 GetHostedDedicatedServerPort() = 0;
    virtual SteamNetworkingPOPID GetHostedDedicatedServerPOPID() = 0;
    virtual EResult GetHostedDedicatedServerAddress(SteamDatagramHostedAddress *) = 0;
    virtual HSteamListenSocket CreateHostedDedicatedServerListenSocket(int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual EResult GetGameCoordinatorServerLogin(SteamDatagramGameCoordinatorServerLogin *, int *, void *) = 0;
    virtual HSteamNetConnection ConnectP2PCustomSignaling(ISteamNetworkingConnectionSignaling *, const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual bool ReceivedP2PCustomSignal(const void *, int, ISteamNetworkingSignalingRecvContext *) = 0;
    virtual bool GetCertificateRequest(int *, void *, char *) = 0;
    virtual bool SetCertificate(const void *, int, char *) = 0;
    virtual void ResetIdentity(const SteamNetworkingIdentity *) = 0;
    virtual void RunCallbacks() = 0;
    virtual bool BeginAsyncRequestFakeIP(int) = 0;
    virtual void GetFakeIP(int, SteamNetworkingFakeIPResult_t *) = 0;
    virtual HSteamListenSocket CreateListenSocketP2PFakeIP(int, int, const SteamNetworkingConfigValue_t *) = 0;
    virtual EResult GetRemoteFakeIPForConnection(HSteamNetConnection, SteamNetworkingIPAddr *) = 0;
    virtual ISteamNetworkingFakeUDPPort * CreateFakeUDPPort(int) = 0;
protected:
    ~ISteamNetworkingSocketsClass() {}
};
}

static HSteamListenSocket ISteamNetworkingSockets_CreateListenSocketIP(ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.CreateListenSocketIP", self);
    return static_cast<HSteamListenSocket>(0);
}

static HSteamNetConnection ISteamNetworkingSockets_ConnectByIPAddress(ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.ConnectByIPAddress", self);
    return static_cast<HSteamNetConnection>(0);
}

static HSteamListenSocket ISteamNetworkingSockets_CreateListenSocketP2P(ISteamNetworkingSockets *self, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.CreateListenSocketP2P", self);
    return static_cast<HSteamListenSocket>(0);
}

static HSteamNetConnection ISteamNetworkingSockets_ConnectP2P(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.ConnectP2P", self);
    return static_cast<HSteamNetConnection>(0);
}

static EResult ISteamNetworkingSockets_AcceptConnection(ISteamNetworkingSockets *self, HSteamNetConnection)
{
    note("ISteamNetworkingSockets.AcceptConnection", self);
    return static_cast<EResult>(0);
}

static bool ISteamNetworkingSockets_CloseConnection(ISteamNetworkingSockets *self, HSteamNetConnection, int, const char *, bool)
{
    note("ISteamNetworkingSockets.CloseConnection", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_CloseListenSocket(ISteamNetworkingSockets *self, HSteamListenSocket)
{
    note("ISteamNetworkingSockets.CloseListenSocket", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_SetConnectionUserData(ISteamNetworkingSockets *self, HSteamNetConnection, int64)
{
    note("ISteamNetworkingSockets.SetConnectionUserData", self);
    return static_cast<bool>(0);
}

static int64 ISteamNetworkingSockets_GetConnectionUserData(ISteamNetworkingSockets *self, HSteamNetConnection)
{
    note("ISteamNetworkingSockets.GetConnectionUserData", self);
    return static_cast<int64>(0);
}

static void ISteamNetworkingSockets_SetConnectionName(ISteamNetworkingSockets *self, HSteamNetConnection, const char *)
{
    note("ISteamNetworkingSockets.SetConnectionName", self);
}

static bool ISteamNetworkingSockets_GetConnectionName(ISteamNetworkingSockets *self, HSteamNetConnection, char *, int)
{
    note("ISteamNetworkingSockets.GetConnectionName", self);
    return static_cast<bool>(0);
}

static EResult ISteamNetworkingSockets_SendMessageToConnection(ISteamNetworkingSockets *self, HSteamNetConnection, const void *, uint32, int, int64 *)
{
    note("ISteamNetworkingSockets.SendMessageToConnection", self);
    return static_cast<EResult>(0);
}

static void ISteamNetworkingSockets_SendMessages(ISteamNetworkingSockets *self, int, SteamNetworkingMessage_t **, int64 *, bool)
{
    note("ISteamNetworkingSockets.SendMessages", self);
}

static EResult ISteamNetworkingSockets_FlushMessagesOnConnection(ISteamNetworkingSockets *self, HSteamNetConnection)
{
    note("ISteamNetworkingSockets.FlushMessagesOnConnection", self);
    return static_cast<EResult>(0);
}

static int ISteamNetworkingSockets_ReceiveMessagesOnConnection(ISteamNetworkingSockets *self, HSteamNetConnection, SteamNetworkingMessage_t **, int)
{
    note("ISteamNetworkingSockets.ReceiveMessagesOnConnection", self);
    return static_cast<int>(0);
}

static bool ISteamNetworkingSockets_GetConnectionInfo(ISteamNetworkingSockets *self, HSteamNetConnection, SteamNetConnectionInfo_t *)
{
    note("ISteamNetworkingSockets.GetConnectionInfo", self);
    return static_cast<bool>(0);
}

static EResult ISteamNetworkingSockets_GetConnectionRealTimeStatus(ISteamNetworkingSockets *self, HSteamNetConnection, SteamNetConnectionRealTimeStatus_t *, int, SteamNetConnectionRealTimeLaneStatus_t *)
{
    note("ISteamNetworkingSockets.GetConnectionRealTimeStatus", self);
    return static_cast<EResult>(0);
}

static int ISteamNetworkingSockets_GetDetailedConnectionStatus(ISteamNetworkingSockets *self, HSteamNetConnection, char *, int)
{
    note("ISteamNetworkingSockets.GetDetailedConnectionStatus", self);
    return static_cast<int>(0);
}

static bool ISteamNetworkingSockets_GetListenSocketAddress(ISteamNetworkingSockets *self, HSteamListenSocket, SteamNetworkingIPAddr *)
{
    note("ISteamNetworkingSockets.GetListenSocketAddress", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_CreateSocketPair(ISteamNetworkingSockets *self, HSteamNetConnection *, HSteamNetConnection *, bool, const SteamNetworkingIdentity *, const SteamNetworkingIdentity *)
{
    note("ISteamNetworkingSockets.CreateSocketPair", self);
    return static_cast<bool>(0);
}

static EResult ISteamNetworkingSockets_ConfigureConnectionLanes(ISteamNetworkingSockets *self, HSteamNetConnection, int, const int *, const uint16 *)
{
    note("ISteamNetworkingSockets.ConfigureConnectionLanes", self);
    return static_cast<EResult>(0);
}

static bool ISteamNetworkingSockets_GetIdentity(ISteamNetworkingSockets *self, SteamNetworkingIdentity *)
{
    note("ISteamNetworkingSockets.GetIdentity", self);
    return static_cast<bool>(0);
}

static ESteamNetworkingAvailability ISteamNetworkingSockets_InitAuthentication(ISteamNetworkingSockets *self)
{
    note("ISteamNetworkingSockets.InitAuthentication", self);
    return static_cast<ESteamNetworkingAvailability>(0);
}

static ESteamNetworkingAvailability ISteamNetworkingSockets_GetAuthenticationStatus(ISteamNetworkingSockets *self, SteamNetAuthenticationStatus_t *)
{
    note("ISteamNetworkingSockets.GetAuthenticationStatus", self);
    return static_cast<ESteamNetworkingAvailability>(0);
}

static HSteamNetPollGroup ISteamNetworkingSockets_CreatePollGroup(ISteamNetworkingSockets *self)
{
    note("ISteamNetworkingSockets.CreatePollGroup", self);
    return static_cast<HSteamNetPollGroup>(0);
}

static bool ISteamNetworkingSockets_DestroyPollGroup(ISteamNetworkingSockets *self, HSteamNetPollGroup)
{
    note("ISteamNetworkingSockets.DestroyPollGroup", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_SetConnectionPollGroup(ISteamNetworkingSockets *self, HSteamNetConnection, HSteamNetPollGroup)
{
    note("ISteamNetworkingSockets.SetConnectionPollGroup", self);
    return static_cast<bool>(0);
}

static int ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(ISteamNetworkingSockets *self, HSteamNetPollGroup, SteamNetworkingMessage_t **, int)
{
    note("ISteamNetworkingSockets.ReceiveMessagesOnPollGroup", self);
    return static_cast<int>(0);
}

static bool ISteamNetworkingSockets_ReceivedRelayAuthTicket(ISteamNetworkingSockets *self, const void *, int, SteamDatagramRelayAuthTicket *)
{
    note("ISteamNetworkingSockets.ReceivedRelayAuthTicket", self);
    return static_cast<bool>(0);
}

static int ISteamNetworkingSockets_FindRelayAuthTicketForServer(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *, int, SteamDatagramRelayAuthTicket *)
{
    note("ISteamNetworkingSockets.FindRelayAuthTicketForServer", self);
    return static_cast<int>(0);
}

static HSteamNetConnection ISteamNetworkingSockets_ConnectToHostedDedicatedServer(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.ConnectToHostedDedicatedServer", self);
    return static_cast<HSteamNetConnection>(0);
}

static uint16 ISteamNetworkingSockets_GetHostedDedicatedServerPort(ISteamNetworkingSockets *self)
{
    note("ISteamNetworkingSockets.GetHostedDedicatedServerPort", self);
    return static_cast<uint16>(0);
}

static SteamNetworkingPOPID ISteamNetworkingSockets_GetHostedDedicatedServerPOPID(ISteamNetworkingSockets *self)
{
    note("ISteamNetworkingSockets.GetHostedDedicatedServerPOPID", self);
    return static_cast<SteamNetworkingPOPID>(0);
}

static EResult ISteamNetworkingSockets_GetHostedDedicatedServerAddress(ISteamNetworkingSockets *self, SteamDatagramHostedAddress *)
{
    note("ISteamNetworkingSockets.GetHostedDedicatedServerAddress", self);
    return static_cast<EResult>(0);
}

static HSteamListenSocket ISteamNetworkingSockets_CreateHostedDedicatedServerListenSocket(ISteamNetworkingSockets *self, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.CreateHostedDedicatedServerListenSocket", self);
    return static_cast<HSteamListenSocket>(0);
}

static EResult ISteamNetworkingSockets_GetGameCoordinatorServerLogin(ISteamNetworkingSockets *self, SteamDatagramGameCoordinatorServerLogin *, int *, void *)
{
    note("ISteamNetworkingSockets.GetGameCoordinatorServerLogin", self);
    return static_cast<EResult>(0);
}

static HSteamNetConnection ISteamNetworkingSockets_ConnectP2PCustomSignaling(ISteamNetworkingSockets *self, ISteamNetworkingConnectionSignaling *, const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.ConnectP2PCustomSignaling", self);
    return static_cast<HSteamNetConnection>(0);
}

static bool ISteamNetworkingSockets_ReceivedP2PCustomSignal(ISteamNetworkingSockets *self, const void *, int, ISteamNetworkingSignalingRecvContext *)
{
    note("ISteamNetworkingSockets.ReceivedP2PCustomSignal", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_GetCertificateRequest(ISteamNetworkingSockets *self, int *, void *, char *)
{
    note("ISteamNetworkingSockets.GetCertificateRequest", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingSockets_SetCertificate(ISteamNetworkingSockets *self, const void *, int, char *)
{
    note("ISteamNetworkingSockets.SetCertificate", self);
    return static_cast<bool>(0);
}

static void ISteamNetworkingSockets_ResetIdentity(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *)
{
    note("ISteamNetworkingSockets.ResetIdentity", self);
}

static void ISteamNetworkingSockets_RunCallbacks(ISteamNetworkingSockets *self)
{
    note("ISteamNetworkingSockets.RunCallbacks", self);
}

static bool ISteamNetworkingSockets_BeginAsyncRequestFakeIP(ISteamNetworkingSockets *self, int)
{
    note("ISteamNetworkingSockets.BeginAsyncRequestFakeIP", self);
    return static_cast<bool>(0);
}

static void ISteamNetworkingSockets_GetFakeIP(ISteamNetworkingSockets *self, int, SteamNetworkingFakeIPResult_t *)
{
    note("ISteamNetworkingSockets.GetFakeIP", self);
}

static HSteamListenSocket ISteamNetworkingSockets_CreateListenSocketP2PFakeIP(ISteamNetworkingSockets *self, int, int, const SteamNetworkingConfigValue_t *)
{
    note("ISteamNetworkingSockets.CreateListenSocketP2PFakeIP", self);
    return static_cast<HSteamListenSocket>(0);
}

static EResult ISteamNetworkingSockets_GetRemoteFakeIPForConnection(ISteamNetworkingSockets *self, HSteamNetConnection, SteamNetworkingIPAddr *)
{
    note("ISteamNetworkingSockets.GetRemoteFakeIPForConnection", self);
    return static_cast<EResult>(0);
}

static ISteamNetworkingFakeUDPPort * ISteamNetworkingSockets_CreateFakeUDPPort(ISteamNetworkingSockets *self, int)
{
    note("ISteamNetworkingSockets.CreateFakeUDPPort", self);
    return nullptr;
}

static const ISteamNetworkingSocketsVtbl ISteamNetworkingSockets_table = {
    ISteamNetworkingSockets_CreateListenSocketIP,
    ISteamNetworkingSockets_ConnectByIPAddress,
    ISteamNetworkingSockets_CreateListenSocketP2P,
    ISteamNetworkingSockets_ConnectP2P,
    ISteamNetworkingSockets_AcceptConnection,
    ISteamNetworkingSockets_CloseConnection,
    ISteamNetworkingSockets_CloseListenSocket,
    ISteamNetworkingSockets_SetConnectionUserData,
    ISteamNetworkingSockets_GetConnectionUserData,
    ISteamNetworkingSockets_SetConnectionName,
    ISteamNetworkingSockets_GetConnectionName,
    ISteamNetworkingSockets_SendMessageToConnection,
    ISteamNetworkingSockets_SendMessages,
    ISteamNetworkingSockets_FlushMessagesOnConnection,
    ISteamNetworkingSockets_ReceiveMessagesOnConnection,
    ISteamNetworkingSockets_GetConnectionInfo,
    ISteamNetworkingSockets_GetConnectionRealTimeStatus,
    ISteamNetworkingSockets_GetDetailedConnectionStatus,
    ISteamNetworkingSockets_GetListenSocketAddress,
    ISteamNetworkingSockets_CreateSocketPair,
    ISteamNetworkingSockets_ConfigureConnectionLanes,
    ISteamNetworkingSockets_GetIdentity,
    ISteamNetworkingSockets_InitAuthentication,
    ISteamNetworkingSockets_GetAuthenticationStatus,
    ISteamNetworkingSockets_CreatePollGroup,
    ISteamNetworkingSockets_DestroyPollGroup,
    ISteamNetworkingSockets_SetConnectionPollGroup,
    ISteamNetworkingSockets_ReceiveMessagesOnPollGroup,
    ISteamNetworkingSockets_ReceivedRelayAuthTicket,
    ISteamNetworkingSockets_FindRelayAuthTicketForServer,
    ISteamNetworkingSockets_ConnectToHostedDedicatedServer,
    ISteamNetworkingSockets_GetHostedDedicatedServerPort,
    ISteamNetworkingSockets_GetHostedDedicatedServerPOPID,
    ISteamNetworkingSockets_GetHostedDedicatedServerAddress,
    ISteamNetworkingSockets_CreateHostedDedicatedServerListenSocket,
    ISteamNetworkingSockets_GetGameCoordinatorServerLogin,
    ISteamNetworkingSockets_ConnectP2PCustomSignaling,
    ISteamNetworkingSockets_ReceivedP2PCustomSignal,
    ISteamNetworkingSockets_GetCertificateRequest,
    ISteamNetworkingSockets_SetCertificate,
    ISteamNetworkingSockets_ResetIdentity,
    ISteamNetworkingSockets_RunCallbacks,
    ISteamNetworkingSockets_BeginAsyncRequestFakeIP,
    ISteamNetworkingSockets_GetFakeIP,
    ISteamNetworkingSockets_CreateListenSocketP2PFakeIP,
    ISteamNetworkingSockets_GetRemoteFakeIPForConnection,
    ISteamNetworkingSockets_CreateFakeUDPPort,
};

namespace {
class ISteamNetworkingSocketsObject final : public ISteamNetworkingSocketsClass {
public:
    HSteamListenSocket CreateListenSocketIP(const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.CreateListenSocketIP", this);
        return static_cast<HSteamListenSocket>(0);
    }
    HSteamNetConnection ConnectByIPAddress(const SteamNetworkingIPAddr *, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.ConnectByIPAddress", this);
        return static_cast<HSteamNetConnection>(0);
    }
    HSteamListenSocket CreateListenSocketP2P(int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.CreateListenSocketP2P", this);
        return static_cast<HSteamListenSocket>(0);
    }
    HSteamNetConnection ConnectP2P(const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.ConnectP2P", this);
        return static_cast<HSteamNetConnection>(0);
    }
    EResult AcceptConnection(HSteamNetConnection) override
    {
        note("ISteamNetworkingSockets.AcceptConnection", this);
        return static_cast<EResult>(0);
    }
    bool CloseConnection(HSteamNetConnection, int, const char *, bool) override
    {
        note("ISteamNetworkingSockets.CloseConnection", this);
        return static_cast<bool>(0);
    }
    bool CloseListenSocket(HSteamListenSocket) override
    {
        note("ISteamNetworkingSockets.CloseListenSocket", this);
        return static_cast<bool>(0);
    }
    bool SetConnectionUserData(HSteamNetConnection, int64) override
    {
        note("ISteamNetworkingSockets.SetConnectionUserData", this);
        return static_cast<bool>(0);
    }
    int64 GetConnectionUserData(HSteamNetConnection) override
    {
        note("ISteamNetworkingSockets.GetConnectionUserData", this);
        return static_cast<int64>(0);
    }
    void SetConnectionName(HSteamNetConnection, const char *) override
    {
        note("ISteamNetworkingSockets.SetConnectionName", this);
    }
    bool GetConnectionName(HSteamNetConnection, char *, int) override
    {
        note("ISteamNetworkingSockets.GetConnectionName", this);
        return static_cast<bool>(0);
    }
    EResult SendMessageToConnection(HSteamNetConnection, const void *, uint32, int, int64 *) override
    {
        note("ISteamNetworkingSockets.SendMessageToConnection", this);
        return static_cast<EResult>(0);
    }
    void SendMessages(int, SteamNetworkingMessage_t **, int64 *, bool) override
    {
        note("ISteamNetworkingSockets.SendMessages", this);
    }
    EResult FlushMessagesOnConnection(HSteamNetConnection) override
    {
        note("ISteamNetworkingSockets.FlushMessagesOnConnection", this);
        return static_cast<EResult>(0);
    }
    int ReceiveMessagesOnConnection(HSteamNetConnection, SteamNetworkingMessage_t **, int) override
    {
        note("ISteamNetworkingSockets.ReceiveMessagesOnConnection", this);
        return static_cast<int>(0);
    }
    bool GetConnectionInfo(HSteamNetConnection, SteamNetConnectionInfo_t *) override
    {
        note("ISteamNetworkingSockets.GetConnectionInfo", this);
        return static_cast<bool>(0);
    }
    EResult GetConnectionRealTimeStatus(HSteamNetConnection, SteamNetConnectionRealTimeStatus_t *, int, SteamNetConnectionRealTimeLaneStatus_t *) override
    {
        note("ISteamNetworkingSockets.GetConnectionRealTimeStatus", this);
        return static_cast<EResult>(0);
    }
    int GetDetailedConnectionStatus(HSteamNetConnection, char *, int) override
    {
        note("ISteamNetworkingSockets.GetDetailedConnectionStatus", this);
        return static_cast<int>(0);
    }
    bool GetListenSocketAddress(HSteamListenSocket, SteamNetworkingIPAddr *) override
    {
        note("ISteamNetworkingSockets.GetListenSocketAddress", this);
        return static_cast<bool>(0);
    }
    bool CreateSocketPair(HSteamNetConnection *, HSteamNetConnection *, bool, const SteamNetworkingIdentity *, const SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingSockets.CreateSocketPair", this);
        return static_cast<bool>(0);
    }
    EResult ConfigureConnectionLanes(HSteamNetConnection, int, const int *, const uint16 *) override
    {
        note("ISteamNetworkingSockets.ConfigureConnectionLanes", this);
        return static_cast<EResult>(0);
    }
    bool GetIdentity(SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingSockets.GetIdentity", this);
        return static_cast<bool>(0);
    }
    ESteamNetworkingAvailability InitAuthentication() override
    {
        note("ISteamNetworkingSockets.InitAuthentication", this);
        return static_cast<ESteamNetworkingAvailability>(0);
    }
    ESteamNetworkingAvailability GetAuthenticationStatus(SteamNetAuthenticationStatus_t *) override
    {
        note("ISteamNetworkingSockets.GetAuthenticationStatus", this);
        return static_cast<ESteamNetworkingAvailability>(0);
    }
    HSteamNetPollGroup CreatePollGroup() override
    {
        note("ISteamNetworkingSockets.CreatePollGroup", this);
        return static_cast<HSteamNetPollGroup>(0);
    }
    bool DestroyPollGroup(HSteamNetPollGroup) override
    {
        note("ISteamNetworkingSockets.DestroyPollGroup", this);
        return static_cast<bool>(0);
    }
    bool SetConnectionPollGroup(HSteamNetConnection, HSteamNetPollGroup) override
    {
        note("ISteamNetworkingSockets.SetConnectionPollGroup", this);
        return static_cast<bool>(0);
    }
    int ReceiveMessagesOnPollGroup(HSteamNetPollGroup, SteamNetworkingMessage_t **, int) override
    {
        note("ISteamNetworkingSockets.ReceiveMessagesOnPollGroup", this);
        return static_cast<int>(0);
    }
    bool ReceivedRelayAuthTicket(const void *, int, SteamDatagramRelayAuthTicket *) override
    {
        note("ISteamNetworkingSockets.ReceivedRelayAuthTicket", this);
        return static_cast<bool>(0);
    }
    int FindRelayAuthTicketForServer(const SteamNetworkingIdentity *, int, SteamDatagramRelayAuthTicket *) override
    {
        note("ISteamNetworkingSockets.FindRelayAuthTicketForServer", this);
        return static_cast<int>(0);
    }
    HSteamNetConnection ConnectToHostedDedicatedServer(const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.ConnectToHostedDedicatedServer", this);
        return static_cast<HSteamNetConnection>(0);
    }
    uint16 GetHostedDedicatedServerPort() override
    {
        note("ISteamNetworkingSockets.GetHostedDedicatedServerPort", this);
        return static_cast<uint16>(0);
    }
    SteamNetworkingPOPID GetHostedDedicatedServerPOPID() override
    {
        note("ISteamNetworkingSockets.GetHostedDedicatedServerPOPID", this);
        return static_cast<SteamNetworkingPOPID>(0);
    }
    EResult GetHostedDedicatedServerAddress(SteamDatagramHostedAddress *) override
    {
        note("ISteamNetworkingSockets.GetHostedDedicatedServerAddress", this);
        return static_cast<EResult>(0);
    }
    HSteamListenSocket CreateHostedDedicatedServerListenSocket(int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.CreateHostedDedicatedServerListenSocket", this);
        return static_cast<HSteamListenSocket>(0);
    }
    EResult GetGameCoordinatorServerLogin(SteamDatagramGameCoordinatorServerLogin *, int *, void *) override
    {
        note("ISteamNetworkingSockets.GetGameCoordinatorServerLogin", this);
        return static_cast<EResult>(0);
    }
    HSteamNetConnection ConnectP2PCustomSignaling(ISteamNetworkingConnectionSignaling *, const SteamNetworkingIdentity *, int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.ConnectP2PCustomSignaling", this);
        return static_cast<HSteamNetConnection>(0);
    }
    bool ReceivedP2PCustomSignal(const void *, int, ISteamNetworkingSignalingRecvContext *) override
    {
        note("ISteamNetworkingSockets.ReceivedP2PCustomSignal", this);
        return static_cast<bool>(0);
    }
    bool GetCertificateRequest(int *, void *, char *) override
    {
        note("ISteamNetworkingSockets.GetCertificateRequest", this);
        return static_cast<bool>(0);
    }
    bool SetCertificate(const void *, int, char *) override
    {
        note("ISteamNetworkingSockets.SetCertificate", this);
        return static_cast<bool>(0);
    }
    void ResetIdentity(const SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingSockets.ResetIdentity", this);
    }
    void RunCallbacks() override
    {
        note("ISteamNetworkingSockets.RunCallbacks", this);
    }
    bool BeginAsyncRequestFakeIP(int) override
    {
        note("ISteamNetworkingSockets.BeginAsyncRequestFakeIP", this);
        return static_cast<bool>(0);
    }
    void GetFakeIP(int, SteamNetworkingFakeIPResult_t *) override
    {
        note("ISteamNetworkingSockets.GetFakeIP", this);
    }
    HSteamListenSocket CreateListenSocketP2PFakeIP(int, int, const SteamNetworkingConfigValue_t *) override
    {
        note("ISteamNetworkingSockets.CreateListenSocketP2PFakeIP", this);
        return static_cast<HSteamListenSocket>(0);
    }
    EResult GetRemoteFakeIPForConnection(HSteamNetConnection, SteamNetworkingIPAddr *) override
    {
        note("ISteamNetworkingSockets.GetRemoteFakeIPForConnection", this);
        return static_cast<EResult>(0);
    }
    ISteamNetworkingFakeUDPPort * CreateFakeUDPPort(int) override
    {
        note("ISteamNetworkingSockets.CreateFakeUDPPort", this);
        return nullptr;
    }
};
}

static void check_ISteamNetworkingSockets()
{
    ISteamNetworkingSockets made_in_c = {&ISteamNetworkingSockets_table};
    ISteamNetworkingSocketsClass *seen = reinterpret_cast<ISteamNetworkingSocketsClass *>(&made_in_c);
    ISteamNetworkingSocketsObject made_in_cpp;
    ISteamNetworkingSockets *table_of = reinterpret_cast<ISteamNetworkingSockets *>(static_cast<ISteamNetworkingSocketsClass *>(&made_in_cpp));
    seen->CreateListenSocketIP(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketIP", &made_in_c);
    table_of->vtable->CreateListenSocketIP(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketIP", &made_in_cpp);
    seen->ConnectByIPAddress(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectByIPAddress", &made_in_c);
    table_of->vtable->ConnectByIPAddress(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectByIPAddress", &made_in_cpp);
    seen->CreateListenSocketP2P(static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketP2P", &made_in_c);
    table_of->vtable->CreateListenSocketP2P(table_of, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketP2P", &made_in_cpp);
    seen->ConnectP2P(nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectP2P", &made_in_c);
    table_of->vtable->ConnectP2P(table_of, nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectP2P", &made_in_cpp);
    seen->AcceptConnection(static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.AcceptConnection", &made_in_c);
    table_of->vtable->AcceptConnection(table_of, static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.AcceptConnection", &made_in_cpp);
    seen->CloseConnection(static_cast<HSteamNetConnection>(0), static_cast<int>(0), nullptr, static_cast<bool>(0));
    expect("ISteamNetworkingSockets.CloseConnection", &made_in_c);
    table_of->vtable->CloseConnection(table_of, static_cast<HSteamNetConnection>(0), static_cast<int>(0), nullptr, static_cast<bool>(0));
    expect("ISteamNetworkingSockets.CloseConnection", &made_in_cpp);
    seen->CloseListenSocket(static_cast<HSteamListenSocket>(0));
    expect("ISteamNetworkingSockets.CloseListenSocket", &made_in_c);
    table_of->vtable->CloseListenSocket(table_of, static_cast<HSteamListenSocket>(0));
    expect("ISteamNetworkingSockets.CloseListenSocket", &made_in_cpp);
    seen->SetConnectionUserData(static_cast<HSteamNetConnection>(0), static_cast<int64>(0));
    expect("ISteamNetworkingSockets.SetConnectionUserData", &made_in_c);
    table_of->vtable->SetConnectionUserData(table_of, static_cast<HSteamNetConnection>(0), static_cast<int64>(0));
    expect("ISteamNetworkingSockets.SetConnectionUserData", &made_in_cpp);
    seen->GetConnectionUserData(static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.GetConnectionUserData", &made_in_c);
    table_of->vtable->GetConnectionUserData(table_of, static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.GetConnectionUserData", &made_in_cpp);
    seen->SetConnectionName(static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.SetConnectionName", &made_in_c);
    table_of->vtable->SetConnectionName(table_of, static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.SetConnectionName", &made_in_cpp);
    seen->GetConnectionName(static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.GetConnectionName", &made_in_c);
    table_of->vtable->GetConnectionName(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.GetConnectionName", &made_in_cpp);
    seen->SendMessageToConnection(static_cast<HSteamNetConnection>(0), nullptr, static_cast<uint32>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.SendMessageToConnection", &made_in_c);
    table_of->vtable->SendMessageToConnection(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<uint32>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.SendMessageToConnection", &made_in_cpp);
    seen->SendMessages(static_cast<int>(0), nullptr, nullptr, static_cast<bool>(0));
    expect("ISteamNetworkingSockets.SendMessages", &made_in_c);
    table_of->vtable->SendMessages(table_of, static_cast<int>(0), nullptr, nullptr, static_cast<bool>(0));
    expect("ISteamNetworkingSockets.SendMessages", &made_in_cpp);
    seen->FlushMessagesOnConnection(static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.FlushMessagesOnConnection", &made_in_c);
    table_of->vtable->FlushMessagesOnConnection(table_of, static_cast<HSteamNetConnection>(0));
    expect("ISteamNetworkingSockets.FlushMessagesOnConnection", &made_in_cpp);
    seen->ReceiveMessagesOnConnection(static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.ReceiveMessagesOnConnection", &made_in_c);
    table_of->vtable->ReceiveMessagesOnConnection(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.ReceiveMessagesOnConnection", &made_in_cpp);
    seen->GetConnectionInfo(static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.GetConnectionInfo", &made_in_c);
    table_of->vtable->GetConnectionInfo(table_of, static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.GetConnectionInfo", &made_in_cpp);
    seen->GetConnectionRealTimeStatus(static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.GetConnectionRealTimeStatus", &made_in_c);
    table_of->vtable->GetConnectionRealTimeStatus(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.GetConnectionRealTimeStatus", &made_in_cpp);
    seen->GetDetailedConnectionStatus(static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.GetDetailedConnectionStatus", &made_in_c);
    table_of->vtable->GetDetailedConnectionStatus(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.GetDetailedConnectionStatus", &made_in_cpp);
    seen->GetListenSocketAddress(static_cast<HSteamListenSocket>(0), nullptr);
    expect("ISteamNetworkingSockets.GetListenSocketAddress", &made_in_c);
    table_of->vtable->GetListenSocketAddress(table_of, static_cast<HSteamListenSocket>(0), nullptr);
    expect("ISteamNetworkingSockets.GetListenSocketAddress", &made_in_cpp);
    seen->CreateSocketPair(nullptr, nullptr, static_cast<bool>(0), nullptr, nullptr);
    expect("ISteamNetworkingSockets.CreateSocketPair", &made_in_c);
    table_of->vtable->CreateSocketPair(table_of, nullptr, nullptr, static_cast<bool>(0), nullptr, nullptr);
    expect("ISteamNetworkingSockets.CreateSocketPair", &made_in_cpp);
    seen->ConfigureConnectionLanes(static_cast<HSteamNetConnection>(0), static_cast<int>(0), nullptr, nullptr);
    expect("ISteamNetworkingSockets.ConfigureConnectionLanes", &made_in_c);
    table_of->vtable->ConfigureConnectionLanes(table_of, static_cast<HSteamNetConnection>(0), static_cast<int>(0), nullptr, nullptr);
    expect("ISteamNetworkingSockets.ConfigureConnectionLanes", &made_in_cpp);
    seen->GetIdentity(nullptr);
    expect("ISteamNetworkingSockets.GetIdentity", &made_in_c);
    table_of->vtable->GetIdentity(table_of, nullptr);
    expect("ISteamNetworkingSockets.GetIdentity", &made_in_cpp);
    seen->InitAuthentication();
    expect("ISteamNetworkingSockets.InitAuthentication", &made_in_c);
    table_of->vtable->InitAuthentication(table_of);
    expect("ISteamNetworkingSockets.InitAuthentication", &made_in_cpp);
    seen->GetAuthenticationStatus(nullptr);
    expect("ISteamNetworkingSockets.GetAuthenticationStatus", &made_in_c);
    table_of->vtable->GetAuthenticationStatus(table_of, nullptr);
    expect("ISteamNetworkingSockets.GetAuthenticationStatus", &made_in_cpp);
    seen->CreatePollGroup();
    expect("ISteamNetworkingSockets.CreatePollGroup", &made_in_c);
    table_of->vtable->CreatePollGroup(table_of);
    expect("ISteamNetworkingSockets.CreatePollGroup", &made_in_cpp);
    seen->DestroyPollGroup(static_cast<HSteamNetPollGroup>(0));
    expect("ISteamNetworkingSockets.DestroyPollGroup", &made_in_c);
    table_of->vtable->DestroyPollGroup(table_of, static_cast<HSteamNetPollGroup>(0));
    expect("ISteamNetworkingSockets.DestroyPollGroup", &made_in_cpp);
    seen->SetConnectionPollGroup(static_cast<HSteamNetConnection>(0), static_cast<HSteamNetPollGroup>(0));
    expect("ISteamNetworkingSockets.SetConnectionPollGroup", &made_in_c);
    table_of->vtable->SetConnectionPollGroup(table_of, static_cast<HSteamNetConnection>(0), static_cast<HSteamNetPollGroup>(0));
    expect("ISteamNetworkingSockets.SetConnectionPollGroup", &made_in_cpp);
    seen->ReceiveMessagesOnPollGroup(static_cast<HSteamNetPollGroup>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.ReceiveMessagesOnPollGroup", &made_in_c);
    table_of->vtable->ReceiveMessagesOnPollGroup(table_of, static_cast<HSteamNetPollGroup>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSockets.ReceiveMessagesOnPollGroup", &made_in_cpp);
    seen->ReceivedRelayAuthTicket(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ReceivedRelayAuthTicket", &made_in_c);
    table_of->vtable->ReceivedRelayAuthTicket(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ReceivedRelayAuthTicket", &made_in_cpp);
    seen->FindRelayAuthTicketForServer(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.FindRelayAuthTicketForServer", &made_in_c);
    table_of->vtable->FindRelayAuthTicketForServer(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.FindRelayAuthTicketForServer", &made_in_cpp);
    seen->ConnectToHostedDedicatedServer(nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectToHostedDedicatedServer", &made_in_c);
    table_of->vtable->ConnectToHostedDedicatedServer(table_of, nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectToHostedDedicatedServer", &made_in_cpp);
    seen->GetHostedDedicatedServerPort();
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerPort", &made_in_c);
    table_of->vtable->GetHostedDedicatedServerPort(table_of);
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerPort", &made_in_cpp);
    seen->GetHostedDedicatedServerPOPID();
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerPOPID", &made_in_c);
    table_of->vtable->GetHostedDedicatedServerPOPID(table_of);
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerPOPID", &made_in_cpp);
    seen->GetHostedDedicatedServerAddress(nullptr);
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerAddress", &made_in_c);
    table_of->vtable->GetHostedDedicatedServerAddress(table_of, nullptr);
    expect("ISteamNetworkingSockets.GetHostedDedicatedServerAddress", &made_in_cpp);
    seen->CreateHostedDedicatedServerListenSocket(static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateHostedDedicatedServerListenSocket", &made_in_c);
    table_of->vtable->CreateHostedDedicatedServerListenSocket(table_of, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateHostedDedicatedServerListenSocket", &made_in_cpp);
    seen->GetGameCoordinatorServerLogin(nullptr, nullptr, nullptr);
    expect("ISteamNetworkingSockets.GetGameCoordinatorServerLogin", &made_in_c);
    table_of->vtable->GetGameCoordinatorServerLogin(table_of, nullptr, nullptr, nullptr);
    expect("ISteamNetworkingSockets.GetGameCoordinatorServerLogin", &made_in_cpp);
    seen->ConnectP2PCustomSignaling(nullptr, nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectP2PCustomSignaling", &made_in_c);
    table_of->vtable->ConnectP2PCustomSignaling(table_of, nullptr, nullptr, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ConnectP2PCustomSignaling", &made_in_cpp);
    seen->ReceivedP2PCustomSignal(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ReceivedP2PCustomSignal", &made_in_c);
    table_of->vtable->ReceivedP2PCustomSignal(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.ReceivedP2PCustomSignal", &made_in_cpp);
    seen->GetCertificateRequest(nullptr, nullptr, nullptr);
    expect("ISteamNetworkingSockets.GetCertificateRequest", &made_in_c);
    table_of->vtable->GetCertificateRequest(table_of, nullptr, nullptr, nullptr);
    expect("ISteamNetworkingSockets.GetCertificateRequest", &made_in_cpp);
    seen->SetCertificate(nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.SetCertificate", &made_in_c);
    table_of->vtable->SetCertificate(table_of, nullptr, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.SetCertificate", &made_in_cpp);
    seen->ResetIdentity(nullptr);
    expect("ISteamNetworkingSockets.ResetIdentity", &made_in_c);
    table_of->vtable->ResetIdentity(table_of, nullptr);
    expect("ISteamNetworkingSockets.ResetIdentity", &made_in_cpp);
    seen->RunCallbacks();
    expect("ISteamNetworkingSockets.RunCallbacks", &made_in_c);
    table_of->vtable->RunCallbacks(table_of);
    expect("ISteamNetworkingSockets.RunCallbacks", &made_in_cpp);
    seen->BeginAsyncRequestFakeIP(static_cast<int>(0));
    expect("ISteamNetworkingSockets.BeginAsyncRequestFakeIP", &made_in_c);
    table_of->vtable->BeginAsyncRequestFakeIP(table_of, static_cast<int>(0));
    expect("ISteamNetworkingSockets.BeginAsyncRequestFakeIP", &made_in_cpp);
    seen->GetFakeIP(static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.GetFakeIP", &made_in_c);
    table_of->vtable->GetFakeIP(table_of, static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.GetFakeIP", &made_in_cpp);
    seen->CreateListenSocketP2PFakeIP(static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketP2PFakeIP", &made_in_c);
    table_of->vtable->CreateListenSocketP2PFakeIP(table_of, static_cast<int>(0), static_cast<int>(0), nullptr);
    expect("ISteamNetworkingSockets.CreateListenSocketP2PFakeIP", &made_in_cpp);
    seen->GetRemoteFakeIPForConnection(static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.GetRemoteFakeIPForConnection", &made_in_c);
    table_of->vtable->GetRemoteFakeIPForConnection(table_of, static_cast<HSteamNetConnection>(0), nullptr);
    expect("ISteamNetworkingSockets.GetRemoteFakeIPForConnection", &made_in_cpp);
    seen->CreateFakeUDPPort(static_cast<int>(0));
    expect("ISteamNetworkingSockets.CreateFakeUDPPort", &made_in_c);
    table_of->vtable->CreateFakeUDPPort(table_of, static_cast<int>(0));
    expect("ISteamNetworkingSockets.CreateFakeUDPPort", &made_in_cpp);
}

/* ---- ISteamNetworkingUtils ---- */

namespace {
class ISteamNetworkingUtilsClass {
public:
    virtual SteamNetworkingMessage_t * AllocateMessage(int) = 0;
    virtual ESteamNetworkingAvailability GetRelayNetworkStatus(SteamRelayNetworkStatus_t *) = 0;
    virtual float GetLocalPingLocation(SteamNetworkPingLocation_t *) = 0;
    virtual int EstimatePingTimeBetweenTwoLocations(const SteamNetworkPingLocation_t *, const SteamNetworkPingLocation_t *) = 0;
    virtual int EstimatePingTimeFromLocalHost(const SteamNetworkPingLocation_t *) = 0;
    virtual void ConvertPingLocationToString(const SteamNetworkPingLocation_t *, char *, int) = 0;
    virtual bool ParsePingLocationString(const char *, SteamNetworkPingLocation_t *) = 0;
    virtual bool CheckPingDataUpToDate(float) = 0;
    virtual int GetPingToDataCenter(SteamNetworkingPOPID, SteamNetworkingPOPID *) = 0;
    virtual int GetDirectPingToPOP(SteamNetworkingPOPID) = 0;
    virtual int GetPOPCount() = 0;
    virtual int GetPOPList(SteamNetworkingPOPID *, int) = 0;
    virtual SteamNetworkingMicroseconds GetLocalTimestamp() = 0;
    virtual void SetDebugOutputFunction(ESteamNetworkingSocketsDebugOutputType, FSteamNetworkingSocketsDebugOutput) = 0;
    virtual ESteamNetworkingFakeIPType GetIPv4FakeIPType(uint32) = 0;
    virtual EResult GetRealIdentityForFakeIP(const SteamNetworkingIPAddr *, SteamNetworkingIdentity *) = 0;
    virtual bool SetConfigValue(ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType, const void *) = 0;
    virtual ESteamNetworkingGetConfigValueResult GetConfigValue(ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType *, void *, size_t *) = 0;
    virtual const char * GetConfigValueInfo(ESteamNetworkingConfigValue, ESteamNetworkingConfigDataType *, ESteamNetworkingConfigScope *) = 0;
    virtual ESteamNetworkingConfigValue IterateGenericEditableConfigValues(ESteamNetworkingConfigValue, bool) = 0;
    virtual void SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *, char *, size_t, bool) = 0;
    virtual bool SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *, const char *) = 0;
    virtual ESteamNetworkingFakeIPType SteamNetworkingIPAddr_GetFakeIPType(const SteamNetworkingIPAddr *) = 0;
    virtual void SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *, char *, size_t) = 0;
    virtual bool SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *, const char *) = 0;
protected:
    ~ISteamNetworkingUtilsClass() {}
};
}

static SteamNetworkingMessage_t * ISteamNetworkingUtils_AllocateMessage(ISteamNetworkingUtils *self, int)
{
    note("ISteamNetworkingUtils.AllocateMessage", self);
    return nullptr;
}

static ESteamNetworkingAvailability ISteamNetworkingUtils_GetRelayNetworkStatus(ISteamNetworkingUtils *self, SteamRelayNetworkStatus_t *)
{
    note("ISteamNetworkingUtils.GetRelayNetworkStatus", self);
    return static_cast<ESteamNetworkingAvailability>(0);
}

static float ISteamNetworkingUtils_GetLocalPingLocation(ISteamNetworkingUtils *self, SteamNetworkPingLocation_t *)
{
    note("ISteamNetworkingUtils.GetLocalPingLocation", self);
    return static_cast<float>(0);
}

static int ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *, const SteamNetworkPingLocation_t *)
{
    note("ISteamNetworkingUtils.EstimatePingTimeBetweenTwoLocations", self);
    return static_cast<int>(0);
}

static int ISteamNetworkingUtils_EstimatePingTimeFromLocalHost(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *)
{
    note("ISteamNetworkingUtils.EstimatePingTimeFromLocalHost", self);
    return static_cast<int>(0);
}

static void ISteamNetworkingUtils_ConvertPingLocationToString(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *, char *, int)
{
    note("ISteamNetworkingUtils.ConvertPingLocationToString", self);
}

static bool ISteamNetworkingUtils_ParsePingLocationString(ISteamNetworkingUtils *self, const char *, SteamNetworkPingLocation_t *)
{
    note("ISteamNetworkingUtils.ParsePingLocationString", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingUtils_CheckPingDataUpToDate(ISteamNetworkingUtils *self, float)
{
    note("ISteamNetworkingUtils.CheckPingDataUpToDate", self);
    return static_cast<bool>(0);
}

static int ISteamNetworkingUtils_GetPingToDataCenter(ISteamNetworkingUtils *self, SteamNetworkingPOPID, SteamNetworkingPOPID *)
{
    note("ISteamNetworkingUtils.GetPingToDataCenter", self);
    return static_cast<int>(0);
}

static int ISteamNetworkingUtils_GetDirectPingToPOP(ISteamNetworkingUtils *self, SteamNetworkingPOPID)
{
    note("ISteamNetworkingUtils.GetDirectPingToPOP", self);
    return static_cast<int>(0);
}

static int ISteamNetworkingUtils_GetPOPCount(ISteamNetworkingUtils *self)
{
    note("ISteamNetworkingUtils.GetPOPCount", self);
    return static_cast<int>(0);
}

static int ISteamNetworkingUtils_GetPOPList(ISteamNetworkingUtils *self, SteamNetworkingPOPID *, int)
{
    note("ISteamNetworkingUtils.GetPOPList", self);
    return static_cast<int>(0);
}

static SteamNetworkingMicroseconds ISteamNetworkingUtils_GetLocalTimestamp(ISteamNetworkingUtils *self)
{
    note("ISteamNetworkingUtils.GetLocalTimestamp", self);
    return static_cast<SteamNetworkingMicroseconds>(0);
}

static void ISteamNetworkingUtils_SetDebugOutputFunction(ISteamNetworkingUtils *self, ESteamNetworkingSocketsDebugOutputType, FSteamNetworkingSocketsDebugOutput)
{
    note("ISteamNetworkingUtils.SetDebugOutputFunction", self);
}

static ESteamNetworkingFakeIPType ISteamNetworkingUtils_GetIPv4FakeIPType(ISteamNetworkingUtils *self, uint32)
{
    note("ISteamNetworkingUtils.GetIPv4FakeIPType", self);
    return static_cast<ESteamNetworkingFakeIPType>(0);
}

static EResult ISteamNetworkingUtils_GetRealIdentityForFakeIP(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *, SteamNetworkingIdentity *)
{
    note("ISteamNetworkingUtils.GetRealIdentityForFakeIP", self);
    return static_cast<EResult>(0);
}

static bool ISteamNetworkingUtils_SetConfigValue(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType, const void *)
{
    note("ISteamNetworkingUtils.SetConfigValue", self);
    return static_cast<bool>(0);
}

static ESteamNetworkingGetConfigValueResult ISteamNetworkingUtils_GetConfigValue(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType *, void *, size_t *)
{
    note("ISteamNetworkingUtils.GetConfigValue", self);
    return static_cast<ESteamNetworkingGetConfigValueResult>(0);
}

static const char * ISteamNetworkingUtils_GetConfigValueInfo(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue, ESteamNetworkingConfigDataType *, ESteamNetworkingConfigScope *)
{
    note("ISteamNetworkingUtils.GetConfigValueInfo", self);
    return nullptr;
}

static ESteamNetworkingConfigValue ISteamNetworkingUtils_IterateGenericEditableConfigValues(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue, bool)
{
    note("ISteamNetworkingUtils.IterateGenericEditableConfigValues", self);
    return static_cast<ESteamNetworkingConfigValue>(0);
}

static void ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *, char *, size_t, bool)
{
    note("ISteamNetworkingUtils.SteamNetworkingIPAddr_ToString", self);
}

static bool ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString(ISteamNetworkingUtils *self, SteamNetworkingIPAddr *, const char *)
{
    note("ISteamNetworkingUtils.SteamNetworkingIPAddr_ParseString", self);
    return static_cast<bool>(0);
}

static ESteamNetworkingFakeIPType ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *)
{
    note("ISteamNetworkingUtils.SteamNetworkingIPAddr_GetFakeIPType", self);
    return static_cast<ESteamNetworkingFakeIPType>(0);
}

static void ISteamNetworkingUtils_SteamNetworkingIdentity_ToString(ISteamNetworkingUtils *self, const SteamNetworkingIdentity *, char *, size_t)
{
    note("ISteamNetworkingUtils.SteamNetworkingIdentity_ToString", self);
}

static bool ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString(ISteamNetworkingUtils *self, SteamNetworkingIdentity *, const char *)
{
    note("ISteamNetworkingUtils.SteamNetworkingIdentity_ParseString", self);
    return static_cast<bool>(0);
}

static const ISteamNetworkingUtilsVtbl ISteamNetworkingUtils_table = {
    ISteamNetworkingUtils_AllocateMessage,
    ISteamNetworkingUtils_GetRelayNetworkStatus,
    ISteamNetworkingUtils_GetLocalPingLocation,
    ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations,
    ISteamNetworkingUtils_EstimatePingTimeFromLocalHost,
    ISteamNetworkingUtils_ConvertPingLocationToString,
    ISteamNetworkingUtils_ParsePingLocationString,
    ISteamNetworkingUtils_CheckPingDataUpToDate,
    ISteamNetworkingUtils_GetPingToDataCenter,
    ISteamNetworkingUtils_GetDirectPingToPOP,
    ISteamNetworkingUtils_GetPOPCount,
    ISteamNetworkingUtils_GetPOPList,
    ISteamNetworkingUtils_GetLocalTimestamp,
    ISteamNetworkingUtils_SetDebugOutputFunction,
    ISteamNetworkingUtils_GetIPv4FakeIPType,
    ISteamNetworkingUtils_GetRealIdentityForFakeIP,
    ISteamNetworkingUtils_SetConfigValue,
    ISteamNetworkingUtils_GetConfigValue,
    ISteamNetworkingUtils_GetConfigValueInfo,
    ISteamNetworkingUtils_IterateGenericEditableConfigValues,
    ISteamNetworkingUtils_SteamNetworkingIPAddr_ToString,
    ISteamNetworkingUtils_SteamNetworkingIPAddr_ParseString,
    ISteamNetworkingUtils_SteamNetworkingIPAddr_GetFakeIPType,
    ISteamNetworkingUtils_SteamNetworkingIdentity_ToString,
    ISteamNetworkingUtils_SteamNetworkingIdentity_ParseString,
};

namespace {
class ISteamNetworkingUtilsObject final : public ISteamNetworkingUtilsClass {
public:
    SteamNetworkingMessage_t * AllocateMessage(int) override
    {
        note("ISteamNetworkingUtils.AllocateMessage", this);
        return nullptr;
    }
    ESteamNetworkingAvailability GetRelayNetworkStatus(SteamRelayNetworkStatus_t *) override
    {
        note("ISteamNetworkingUtils.GetRelayNetworkStatus", this);
        return static_cast<ESteamNetworkingAvailability>(0);
    }
    float GetLocalPingLocation(SteamNetworkPingLocation_t *) override
    {
        note("ISteamNetworkingUtils.GetLocalPingLocation", this);
        return static_cast<float>(0);
    }
    int EstimatePingTimeBetweenTwoLocations(const SteamNetworkPingLocation_t *, const SteamNetworkPingLocation_t *) override
    {
        note("ISteamNetworkingUtils.EstimatePingTimeBetweenTwoLocations", this);
        return static_cast<int>(0);
    }
    int EstimatePingTimeFromLocalHost(const SteamNetworkPingLocation_t *) override
    {
        note("ISteamNetworkingUtils.EstimatePingTimeFromLocalHost", this);
        return static_cast<int>(0);
    }
    void ConvertPingLocationToString(const SteamNetworkPingLocation_t *, char *, int) override
    {
        note("ISteamNetworkingUtils.ConvertPingLocationToString", this);
    }
    bool ParsePingLocationString(const char *, SteamNetworkPingLocation_t *) override
    {
        note("ISteamNetworkingUtils.ParsePingLocationString", this);
        return static_cast<bool>(0);
    }
    bool CheckPingDataUpToDate(float) override
    {
        note("ISteamNetworkingUtils.CheckPingDataUpToDate", this);
        return static_cast<bool>(0);
    }
    int GetPingToDataCenter(SteamNetworkingPOPID, SteamNetworkingPOPID *) override
    {
        note("ISteamNetworkingUtils.GetPingToDataCenter", this);
        return static_cast<int>(0);
    }
    int GetDirectPingToPOP(SteamNetworkingPOPID) override
    {
        note("ISteamNetworkingUtils.GetDirectPingToPOP", this);
        return static_cast<int>(0);
    }
    int GetPOPCount() override
    {
        note("ISteamNetworkingUtils.GetPOPCount", this);
        return static_cast<int>(0);
    }
    int GetPOPList(SteamNetworkingPOPID *, int) override
    {
        note("ISteamNetworkingUtils.GetPOPList", this);
        return static_cast<int>(0);
    }
    SteamNetworkingMicroseconds GetLocalTimestamp() override
    {
        note("ISteamNetworkingUtils.GetLocalTimestamp", this);
        return static_cast<SteamNetworkingMicroseconds>(0);
    }
    void SetDebugOutputFunction(ESteamNetworkingSocketsDebugOutputType, FSteamNetworkingSocketsDebugOutput) override
    {
        note("ISteamNetworkingUtils.SetDebugOutputFunction", this);
    }
    ESteamNetworkingFakeIPType GetIPv4FakeIPType(uint32) override
    {
        note("ISteamNetworkingUtils.GetIPv4FakeIPType", this);
        return static_cast<ESteamNetworkingFakeIPType>(0);
    }
    EResult GetRealIdentityForFakeIP(const SteamNetworkingIPAddr *, SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingUtils.GetRealIdentityForFakeIP", this);
        return static_cast<EResult>(0);
    }
    bool SetConfigValue(ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType, const void *) override
    {
        note("ISteamNetworkingUtils.SetConfigValue", this);
        return static_cast<bool>(0);
    }
    ESteamNetworkingGetConfigValueResult GetConfigValue(ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t, ESteamNetworkingConfigDataType *, void *, size_t *) override
    {
        note("ISteamNetworkingUtils.GetConfigValue", this);
        return static_cast<ESteamNetworkingGetConfigValueResult>(0);
    }
    const char * GetConfigValueInfo(ESteamNetworkingConfigValue, ESteamNetworkingConfigDataType *, ESteamNetworkingConfigScope *) override
    {
        note("ISteamNetworkingUtils.GetConfigValueInfo", this);
        return nullptr;
    }
    ESteamNetworkingConfigValue IterateGenericEditableConfigValues(ESteamNetworkingConfigValue, bool) override
    {
        note("ISteamNetworkingUtils.IterateGenericEditableConfigValues", this);
        return static_cast<ESteamNetworkingConfigValue>(0);
    }
    void SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *, char *, size_t, bool) override
    {
        note("ISteamNetworkingUtils.SteamNetworkingIPAddr_ToString", this);
    }
    bool SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *, const char *) override
    {
        note("ISteamNetworkingUtils.SteamNetworkingIPAddr_ParseString", this);
        return static_cast<bool>(0);
    }
    ESteamNetworkingFakeIPType SteamNetworkingIPAddr_GetFakeIPType(const SteamNetworkingIPAddr *) override
    {
        note("ISteamNetworkingUtils.SteamNetworkingIPAddr_GetFakeIPType", this);
        return static_cast<ESteamNetworkingFakeIPType>(0);
    }
    void SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *, char *, size_t) override
    {
        note("ISteamNetworkingUtils.SteamNetworkingIdentity_ToString", this);
    }
    bool SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *, const char *) override
    {
        note("ISteamNetworkingUtils.SteamNetworkingIdentity_ParseString", this);
        return static_cast<bool>(0);
    }
};
}

static void check_ISteamNetworkingUtils()
{
    ISteamNetworkingUtils made_in_c = {&ISteamNetworkingUtils_table};
    ISteamNetworkingUtilsClass *seen = reinterpret_cast<ISteamNetworkingUtilsClass *>(&made_in_c);
    ISteamNetworkingUtilsObject made_in_cpp;
    ISteamNetworkingUtils *table_of = reinterpret_cast<ISteamNetworkingUtils *>(static_cast<ISteamNetworkingUtilsClass *>(&made_in_cpp));
    seen->AllocateMessage(static_cast<int>(0));
    expect("ISteamNetworkingUtils.AllocateMessage", &made_in_c);
    table_of->vtable->AllocateMessage(table_of, static_cast<int>(0));
    expect("ISteamNetworkingUtils.AllocateMessage", &made_in_cpp);
    seen->GetRelayNetworkStatus(nullptr);
    expect("ISteamNetworkingUtils.GetRelayNetworkStatus", &made_in_c);
    table_of->vtable->GetRelayNetworkStatus(table_of, nullptr);
    expect("ISteamNetworkingUtils.GetRelayNetworkStatus", &made_in_cpp);
    seen->GetLocalPingLocation(nullptr);
    expect("ISteamNetworkingUtils.GetLocalPingLocation", &made_in_c);
    table_of->vtable->GetLocalPingLocation(table_of, nullptr);
    expect("ISteamNetworkingUtils.GetLocalPingLocation", &made_in_cpp);
    seen->EstimatePingTimeBetweenTwoLocations(nullptr, nullptr);
    expect("ISteamNetworkingUtils.EstimatePingTimeBetweenTwoLocations", &made_in_c);
    table_of->vtable->EstimatePingTimeBetweenTwoLocations(table_of, nullptr, nullptr);
    expect("ISteamNetworkingUtils.EstimatePingTimeBetweenTwoLocations", &made_in_cpp);
    seen->EstimatePingTimeFromLocalHost(nullptr);
    expect("ISteamNetworkingUtils.EstimatePingTimeFromLocalHost", &made_in_c);
    table_of->vtable->EstimatePingTimeFromLocalHost(table_of, nullptr);
    expect("ISteamNetworkingUtils.EstimatePingTimeFromLocalHost", &made_in_cpp);
    seen->ConvertPingLocationToString(nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingUtils.ConvertPingLocationToString", &made_in_c);
    table_of->vtable->ConvertPingLocationToString(table_of, nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingUtils.ConvertPingLocationToString", &made_in_cpp);
    seen->ParsePingLocationString(nullptr, nullptr);
    expect("ISteamNetworkingUtils.ParsePingLocationString", &made_in_c);
    table_of->vtable->ParsePingLocationString(table_of, nullptr, nullptr);
    expect("ISteamNetworkingUtils.ParsePingLocationString", &made_in_cpp);
    seen->CheckPingDataUpToDate(static_cast<float>(0));
    expect("ISteamNetworkingUtils.CheckPingDataUpToDate", &made_in_c);
    table_of->vtable->CheckPingDataUpToDate(table_of, static_cast<float>(0));
    expect("ISteamNetworkingUtils.CheckPingDataUpToDate", &made_in_cpp);
    seen->GetPingToDataCenter(static_cast<SteamNetworkingPOPID>(0), nullptr);
    expect("ISteamNetworkingUtils.GetPingToDataCenter", &made_in_c);
    table_of->vtable->GetPingToDataCenter(table_of, static_cast<SteamNetworkingPOPID>(0), nullptr);
    expect("ISteamNetworkingUtils.GetPingToDataCenter", &made_in_cpp);
    seen->GetDirectPingToPOP(static_cast<SteamNetworkingPOPID>(0));
    expect("ISteamNetworkingUtils.GetDirectPingToPOP", &made_in_c);
    table_of->vtable->GetDirectPingToPOP(table_of, static_cast<SteamNetworkingPOPID>(0));
    expect("ISteamNetworkingUtils.GetDirectPingToPOP", &made_in_cpp);
    seen->GetPOPCount();
    expect("ISteamNetworkingUtils.GetPOPCount", &made_in_c);
    table_of->vtable->GetPOPCount(table_of);
    expect("ISteamNetworkingUtils.GetPOPCount", &made_in_cpp);
    seen->GetPOPList(nullptr, static_cast<int>(0));
    expect("ISteamNetworkingUtils.GetPOPList", &made_in_c);
    table_of->vtable->GetPOPList(table_of, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingUtils.GetPOPList", &made_in_cpp);
    seen->GetLocalTimestamp();
    expect("ISteamNetworkingUtils.GetLocalTimestamp", &made_in_c);
    table_of->vtable->GetLocalTimestamp(table_of);
    expect("ISteamNetworkingUtils.GetLocalTimestamp", &made_in_cpp);
    seen->SetDebugOutputFunction(static_cast<ESteamNetworkingSocketsDebugOutputType>(0), nullptr);
    expect("ISteamNetworkingUtils.SetDebugOutputFunction", &made_in_c);
    table_of->vtable->SetDebugOutputFunction(table_of, static_cast<ESteamNetworkingSocketsDebugOutputType>(0), nullptr);
    expect("ISteamNetworkingUtils.SetDebugOutputFunction", &made_in_cpp);
    seen->GetIPv4FakeIPType(static_cast<uint32>(0));
    expect("ISteamNetworkingUtils.GetIPv4FakeIPType", &made_in_c);
    table_of->vtable->GetIPv4FakeIPType(table_of, static_cast<uint32>(0));
    expect("ISteamNetworkingUtils.GetIPv4FakeIPType", &made_in_cpp);
    seen->GetRealIdentityForFakeIP(nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetRealIdentityForFakeIP", &made_in_c);
    table_of->vtable->GetRealIdentityForFakeIP(table_of, nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetRealIdentityForFakeIP", &made_in_cpp);
    seen->SetConfigValue(static_cast<ESteamNetworkingConfigValue>(0), static_cast<ESteamNetworkingConfigScope>(0), static_cast<intptr_t>(0), static_cast<ESteamNetworkingConfigDataType>(0), nullptr);
    expect("ISteamNetworkingUtils.SetConfigValue", &made_in_c);
    table_of->vtable->SetConfigValue(table_of, static_cast<ESteamNetworkingConfigValue>(0), static_cast<ESteamNetworkingConfigScope>(0), static_cast<intptr_t>(0), static_cast<ESteamNetworkingConfigDataType>(0), nullptr);
    expect("ISteamNetworkingUtils.SetConfigValue", &made_in_cpp);
    seen->GetConfigValue(static_cast<ESteamNetworkingConfigValue>(0), static_cast<ESteamNetworkingConfigScope>(0), static_cast<intptr_t>(0), nullptr, nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetConfigValue", &made_in_c);
    table_of->vtable->GetConfigValue(table_of, static_cast<ESteamNetworkingConfigValue>(0), static_cast<ESteamNetworkingConfigScope>(0), static_cast<intptr_t>(0), nullptr, nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetConfigValue", &made_in_cpp);
    seen->GetConfigValueInfo(static_cast<ESteamNetworkingConfigValue>(0), nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetConfigValueInfo", &made_in_c);
    table_of->vtable->GetConfigValueInfo(table_of, static_cast<ESteamNetworkingConfigValue>(0), nullptr, nullptr);
    expect("ISteamNetworkingUtils.GetConfigValueInfo", &made_in_cpp);
    seen->IterateGenericEditableConfigValues(static_cast<ESteamNetworkingConfigValue>(0), static_cast<bool>(0));
    expect("ISteamNetworkingUtils.IterateGenericEditableConfigValues", &made_in_c);
    table_of->vtable->IterateGenericEditableConfigValues(table_of, static_cast<ESteamNetworkingConfigValue>(0), static_cast<bool>(0));
    expect("ISteamNetworkingUtils.IterateGenericEditableConfigValues", &made_in_cpp);
    seen->SteamNetworkingIPAddr_ToString(nullptr, nullptr, static_cast<size_t>(0), static_cast<bool>(0));
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_ToString", &made_in_c);
    table_of->vtable->SteamNetworkingIPAddr_ToString(table_of, nullptr, nullptr, static_cast<size_t>(0), static_cast<bool>(0));
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_ToString", &made_in_cpp);
    seen->SteamNetworkingIPAddr_ParseString(nullptr, nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_ParseString", &made_in_c);
    table_of->vtable->SteamNetworkingIPAddr_ParseString(table_of, nullptr, nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_ParseString", &made_in_cpp);
    seen->SteamNetworkingIPAddr_GetFakeIPType(nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_GetFakeIPType", &made_in_c);
    table_of->vtable->SteamNetworkingIPAddr_GetFakeIPType(table_of, nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIPAddr_GetFakeIPType", &made_in_cpp);
    seen->SteamNetworkingIdentity_ToString(nullptr, nullptr, static_cast<size_t>(0));
    expect("ISteamNetworkingUtils.SteamNetworkingIdentity_ToString", &made_in_c);
    table_of->vtable->SteamNetworkingIdentity_ToString(table_of, nullptr, nullptr, static_cast<size_t>(0));
    expect("ISteamNetworkingUtils.SteamNetworkingIdentity_ToString", &made_in_cpp);
    seen->SteamNetworkingIdentity_ParseString(nullptr, nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIdentity_ParseString", &made_in_c);
    table_of->vtable->SteamNetworkingIdentity_ParseString(table_of, nullptr, nullptr);
    expect("ISteamNetworkingUtils.SteamNetworkingIdentity_ParseString", &made_in_cpp);
}

/* ---- ISteamNetworkingMessages ---- */

namespace {
class ISteamNetworkingMessagesClass {
public:
    virtual EResult SendMessageToUser(const SteamNetworkingIdentity *, const void *, uint32, int, int) = 0;
    virtual int ReceiveMessagesOnChannel(int, SteamNetworkingMessage_t **, int) = 0;
    virtual bool AcceptSessionWithUser(const SteamNetworkingIdentity *) = 0;
    virtual bool CloseSessionWithUser(const SteamNetworkingIdentity *) = 0;
    virtual bool CloseChannelWithUser(const SteamNetworkingIdentity *, int) = 0;
    virtual ESteamNetworkingConnectionState GetSessionConnectionInfo(const SteamNetworkingIdentity *, SteamNetConnectionInfo_t *, SteamNetConnectionRealTimeStatus_t *) = 0;
protected:
    ~ISteamNetworkingMessagesClass() {}
};
}

static EResult ISteamNetworkingMessages_SendMessageToUser(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *, const void *, uint32, int, int)
{
    note("ISteamNetworkingMessages.SendMessageToUser", self);
    return static_cast<EResult>(0);
}

static int ISteamNetworkingMessages_ReceiveMessagesOnChannel(ISteamNetworkingMessages *self, int, SteamNetworkingMessage_t **, int)
{
    note("ISteamNetworkingMessages.ReceiveMessagesOnChannel", self);
    return static_cast<int>(0);
}

static bool ISteamNetworkingMessages_AcceptSessionWithUser(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *)
{
    note("ISteamNetworkingMessages.AcceptSessionWithUser", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingMessages_CloseSessionWithUser(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *)
{
    note("ISteamNetworkingMessages.CloseSessionWithUser", self);
    return static_cast<bool>(0);
}

static bool ISteamNetworkingMessages_CloseChannelWithUser(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *, int)
{
    note("ISteamNetworkingMessages.CloseChannelWithUser", self);
    return static_cast<bool>(0);
}

static ESteamNetworkingConnectionState ISteamNetworkingMessages_GetSessionConnectionInfo(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *, SteamNetConnectionInfo_t *, SteamNetConnectionRealTimeStatus_t *)
{
    note("ISteamNetworkingMessages.GetSessionConnectionInfo", self);
    return static_cast<ESteamNetworkingConnectionState>(0);
}

static const ISteamNetworkingMessagesVtbl ISteamNetworkingMessages_table = {
    ISteamNetworkingMessages_SendMessageToUser,
    ISteamNetworkingMessages_ReceiveMessagesOnChannel,
    ISteamNetworkingMessages_AcceptSessionWithUser,
    ISteamNetworkingMessages_CloseSessionWithUser,
    ISteamNetworkingMessages_CloseChannelWithUser,
    ISteamNetworkingMessages_GetSessionConnectionInfo,
};

namespace {
class ISteamNetworkingMessagesObject final : public ISteamNetworkingMessagesClass {
public:
    EResult SendMessageToUser(const SteamNetworkingIdentity *, const void *, uint32, int, int) override
    {
        note("ISteamNetworkingMessages.SendMessageToUser", this);
        return static_cast<EResult>(0);
    }
    int ReceiveMessagesOnChannel(int, SteamNetworkingMessage_t **, int) override
    {
        note("ISteamNetworkingMessages.ReceiveMessagesOnChannel", this);
        return static_cast<int>(0);
    }
    bool AcceptSessionWithUser(const SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingMessages.AcceptSessionWithUser", this);
        return static_cast<bool>(0);
    }
    bool CloseSessionWithUser(const SteamNetworkingIdentity *) override
    {
        note("ISteamNetworkingMessages.CloseSessionWithUser", this);
        return static_cast<bool>(0);
    }
    bool CloseChannelWithUser(const SteamNetworkingIdentity *, int) override
    {
        note("ISteamNetworkingMessages.CloseChannelWithUser", this);
        return static_cast<bool>(0);
    }
    ESteamNetworkingConnectionState GetSessionConnectionInfo(const SteamNetworkingIdentity *, SteamNetConnectionInfo_t *, SteamNetConnectionRealTimeStatus_t *) override
    {
        note("ISteamNetworkingMessages.GetSessionConnectionInfo", this);
        return static_cast<ESteamNetworkingConnectionState>(0);
    }
};
}

static void check_ISteamNetworkingMessages()
{
    ISteamNetworkingMessages made_in_c = {&ISteamNetworkingMessages_table};
    ISteamNetworkingMessagesClass *seen = reinterpret_cast<ISteamNetworkingMessagesClass *>(&made_in_c);
    ISteamNetworkingMessagesObject made_in_cpp;
    ISteamNetworkingMessages *table_of = reinterpret_cast<ISteamNetworkingMessages *>(static_cast<ISteamNetworkingMessagesClass *>(&made_in_cpp));
    seen->SendMessageToUser(nullptr, nullptr, static_cast<uint32>(0), static_cast<int>(0), static_cast<int>(0));
    expect("ISteamNetworkingMessages.SendMessageToUser", &made_in_c);
    table_of->vtable->SendMessageToUser(table_of, nullptr, nullptr, static_cast<uint32>(0), static_cast<int>(0), static_cast<int>(0));
    expect("ISteamNetworkingMessages.SendMessageToUser", &made_in_cpp);
    seen->ReceiveMessagesOnChannel(static_cast<int>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingMessages.ReceiveMessagesOnChannel", &made_in_c);
    table_of->vtable->ReceiveMessagesOnChannel(table_of, static_cast<int>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingMessages.ReceiveMessagesOnChannel", &made_in_cpp);
    seen->AcceptSessionWithUser(nullptr);
    expect("ISteamNetworkingMessages.AcceptSessionWithUser", &made_in_c);
    table_of->vtable->AcceptSessionWithUser(table_of, nullptr);
    expect("ISteamNetworkingMessages.AcceptSessionWithUser", &made_in_cpp);
    seen->CloseSessionWithUser(nullptr);
    expect("ISteamNetworkingMessages.CloseSessionWithUser", &made_in_c);
    table_of->vtable->CloseSessionWithUser(table_of, nullptr);
    expect("ISteamNetworkingMessages.CloseSessionWithUser", &made_in_cpp);
    seen->CloseChannelWithUser(nullptr, static_cast<int>(0));
    expect("ISteamNetworkingMessages.CloseChannelWithUser", &made_in_c);
    table_of->vtable->CloseChannelWithUser(table_of, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingMessages.CloseChannelWithUser", &made_in_cpp);
    seen->GetSessionConnectionInfo(nullptr, nullptr, nullptr);
    expect("ISteamNetworkingMessages.GetSessionConnectionInfo", &made_in_c);
    table_of->vtable->GetSessionConnectionInfo(table_of, nullptr, nullptr, nullptr);
    expect("ISteamNetworkingMessages.GetSessionConnectionInfo", &made_in_cpp);
}

/* ---- ISteamNetworkingConnectionSignaling ---- */

namespace {
class ISteamNetworkingConnectionSignalingClass {
public:
    virtual bool SendSignal(HSteamNetConnection, const SteamNetConnectionInfo_t *, const void *, int) = 0;
    virtual void Release() = 0;
protected:
    ~ISteamNetworkingConnectionSignalingClass() {}
};
}

static bool ISteamNetworkingConnectionSignaling_SendSignal(ISteamNetworkingConnectionSignaling *self, HSteamNetConnection, const SteamNetConnectionInfo_t *, const void *, int)
{
    note("ISteamNetworkingConnectionSignaling.SendSignal", self);
    return static_cast<bool>(0);
}

static void ISteamNetworkingConnectionSignaling_Release(ISteamNetworkingConnectionSignaling *self)
{
    note("ISteamNetworkingConnectionSignaling.Release", self);
}

static const ISteamNetworkingConnectionSignalingVtbl ISteamNetworkingConnectionSignaling_table = {
    ISteamNetworkingConnectionSignaling_SendSignal,
    ISteamNetworkingConnectionSignaling_Release,
};

namespace {
class ISteamNetworkingConnectionSignalingObject final : public ISteamNetworkingConnectionSignalingClass {
public:
    bool SendSignal(HSteamNetConnection, const SteamNetConnectionInfo_t *, const void *, int) override
    {
        note("ISteamNetworkingConnectionSignaling.SendSignal", this);
        return static_cast<bool>(0);
    }
    void Release() override
    {
        note("ISteamNetworkingConnectionSignaling.Release", this);
    }
};
}

static void check_ISteamNetworkingConnectionSignaling()
{
    ISteamNetworkingConnectionSignaling made_in_c = {&ISteamNetworkingConnectionSignaling_table};
    ISteamNetworkingConnectionSignalingClass *seen = reinterpret_cast<ISteamNetworkingConnectionSignalingClass *>(&made_in_c);
    ISteamNetworkingConnectionSignalingObject made_in_cpp;
    ISteamNetworkingConnectionSignaling *table_of = reinterpret_cast<ISteamNetworkingConnectionSignaling *>(static_cast<ISteamNetworkingConnectionSignalingClass *>(&made_in_cpp));
    seen->SendSignal(static_cast<HSteamNetConnection>(0), nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingConnectionSignaling.SendSignal", &made_in_c);
    table_of->vtable->SendSignal(table_of, static_cast<HSteamNetConnection>(0), nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingConnectionSignaling.SendSignal", &made_in_cpp);
    seen->Release();
    expect("ISteamNetworkingConnectionSignaling.Release", &made_in_c);
    table_of->vtable->Release(table_of);
    expect("ISteamNetworkingConnectionSignaling.Release", &made_in_cpp);
}

/* ---- ISteamNetworkingSignalingRecvContext ---- */

namespace {
class ISteamNetworkingSignalingRecvContextClass {
public:
    virtual ISteamNetworkingConnectionSignaling * OnConnectRequest(HSteamNetConnection, const SteamNetworkingIdentity *, int) = 0;
    virtual void SendRejectionSignal(const SteamNetworkingIdentity *, const void *, int) = 0;
protected:
    ~ISteamNetworkingSignalingRecvContextClass() {}
};
}

static ISteamNetworkingConnectionSignaling * ISteamNetworkingSignalingRecvContext_OnConnectRequest(ISteamNetworkingSignalingRecvContext *self, HSteamNetConnection, const SteamNetworkingIdentity *, int)
{
    note("ISteamNetworkingSignalingRecvContext.OnConnectRequest", self);
    return nullptr;
}

static void ISteamNetworkingSignalingRecvContext_SendRejectionSignal(ISteamNetworkingSignalingRecvContext *self, const SteamNetworkingIdentity *, const void *, int)
{
    note("ISteamNetworkingSignalingRecvContext.SendRejectionSignal", self);
}

static const ISteamNetworkingSignalingRecvContextVtbl ISteamNetworkingSignalingRecvContext_table = {
    ISteamNetworkingSignalingRecvContext_OnConnectRequest,
    ISteamNetworkingSignalingRecvContext_SendRejectionSignal,
};

namespace {
class ISteamNetworkingSignalingRecvContextObject final : public ISteamNetworkingSignalingRecvContextClass {
public:
    ISteamNetworkingConnectionSignaling * OnConnectRequest(HSteamNetConnection, const SteamNetworkingIdentity *, int) override
    {
        note("ISteamNetworkingSignalingRecvContext.OnConnectRequest", this);
        return nullptr;
    }
    void SendRejectionSignal(const SteamNetworkingIdentity *, const void *, int) override
    {
        note("ISteamNetworkingSignalingRecvContext.SendRejectionSignal", this);
    }
};
}

static void check_ISteamNetworkingSignalingRecvContext()
{
    ISteamNetworkingSignalingRecvContext made_in_c = {&ISteamNetworkingSignalingRecvContext_table};
    ISteamNetworkingSignalingRecvContextClass *seen = reinterpret_cast<ISteamNetworkingSignalingRecvContextClass *>(&made_in_c);
    ISteamNetworkingSignalingRecvContextObject made_in_cpp;
    ISteamNetworkingSignalingRecvContext *table_of = reinterpret_cast<ISteamNetworkingSignalingRecvContext *>(static_cast<ISteamNetworkingSignalingRecvContextClass *>(&made_in_cpp));
    seen->OnConnectRequest(static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSignalingRecvContext.OnConnectRequest", &made_in_c);
    table_of->vtable->OnConnectRequest(table_of, static_cast<HSteamNetConnection>(0), nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSignalingRecvContext.OnConnectRequest", &made_in_cpp);
    seen->SendRejectionSignal(nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSignalingRecvContext.SendRejectionSignal", &made_in_c);
    table_of->vtable->SendRejectionSignal(table_of, nullptr, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingSignalingRecvContext.SendRejectionSignal", &made_in_cpp);
}

/* ---- ISteamNetworkingFakeUDPPort ---- */

namespace {
class ISteamNetworkingFakeUDPPortClass {
public:
    virtual void DestroyFakeUDPPort() = 0;
    virtual EResult SendMessageToFakeIP(const SteamNetworkingIPAddr *, const void *, uint32, int) = 0;
    virtual int ReceiveMessages(SteamNetworkingMessage_t **, int) = 0;
    virtual void ScheduleCleanup(const SteamNetworkingIPAddr *) = 0;
protected:
    ~ISteamNetworkingFakeUDPPortClass() {}
};
}

static void ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort(ISteamNetworkingFakeUDPPort *self)
{
    note("ISteamNetworkingFakeUDPPort.DestroyFakeUDPPort", self);
}

static EResult ISteamNetworkingFakeUDPPort_SendMessageToFakeIP(ISteamNetworkingFakeUDPPort *self, const SteamNetworkingIPAddr *, const void *, uint32, int)
{
    note("ISteamNetworkingFakeUDPPort.SendMessageToFakeIP", self);
    return static_cast<EResult>(0);
}

static int ISteamNetworkingFakeUDPPort_ReceiveMessages(ISteamNetworkingFakeUDPPort *self, SteamNetworkingMessage_t **, int)
{
    note("ISteamNetworkingFakeUDPPort.ReceiveMessages", self);
    return static_cast<int>(0);
}

static void ISteamNetworkingFakeUDPPort_ScheduleCleanup(ISteamNetworkingFakeUDPPort *self, const SteamNetworkingIPAddr *)
{
    note("ISteamNetworkingFakeUDPPort.ScheduleCleanup", self);
}

static const ISteamNetworkingFakeUDPPortVtbl ISteamNetworkingFakeUDPPort_table = {
    ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort,
    ISteamNetworkingFakeUDPPort_SendMessageToFakeIP,
    ISteamNetworkingFakeUDPPort_ReceiveMessages,
    ISteamNetworkingFakeUDPPort_ScheduleCleanup,
};

namespace {
class ISteamNetworkingFakeUDPPortObject final : public ISteamNetworkingFakeUDPPortClass {
public:
    void DestroyFakeUDPPort() override
    {
        note("ISteamNetworkingFakeUDPPort.DestroyFakeUDPPort", this);
    }
    EResult SendMessageToFakeIP(const SteamNetworkingIPAddr *, const void *, uint32, int) override
    {
        note("ISteamNetworkingFakeUDPPort.SendMessageToFakeIP", this);
        return static_cast<EResult>(0);
    }
    int ReceiveMessages(SteamNetworkingMessage_t **, int) override
    {
        note("ISteamNetworkingFakeUDPPort.ReceiveMessages", this);
        return static_cast<int>(0);
    }
    void ScheduleCleanup(const SteamNetworkingIPAddr *) override
    {
        note("ISteamNetworkingFakeUDPPort.ScheduleCleanup", this);
    }
};
}

static void check_ISteamNetworkingFakeUDPPort()
{
    ISteamNetworkingFakeUDPPort made_in_c = {&ISteamNetworkingFakeUDPPort_table};
    ISteamNetworkingFakeUDPPortClass *seen = reinterpret_cast<ISteamNetworkingFakeUDPPortClass *>(&made_in_c);
    ISteamNetworkingFakeUDPPortObject made_in_cpp;
    ISteamNetworkingFakeUDPPort *table_of = reinterpret_cast<ISteamNetworkingFakeUDPPort *>(static_cast<ISteamNetworkingFakeUDPPortClass *>(&made_in_cpp));
    seen->DestroyFakeUDPPort();
    expect("ISteamNetworkingFakeUDPPort.DestroyFakeUDPPort", &made_in_c);
    table_of->vtable->DestroyFakeUDPPort(table_of);
    expect("ISteamNetworkingFakeUDPPort.DestroyFakeUDPPort", &made_in_cpp);
    seen->SendMessageToFakeIP(nullptr, nullptr, static_cast<uint32>(0), static_cast<int>(0));
    expect("ISteamNetworkingFakeUDPPort.SendMessageToFakeIP", &made_in_c);
    table_of->vtable->SendMessageToFakeIP(table_of, nullptr, nullptr, static_cast<uint32>(0), static_cast<int>(0));
    expect("ISteamNetworkingFakeUDPPort.SendMessageToFakeIP", &made_in_cpp);
    seen->ReceiveMessages(nullptr, static_cast<int>(0));
    expect("ISteamNetworkingFakeUDPPort.ReceiveMessages", &made_in_c);
    table_of->vtable->ReceiveMessages(table_of, nullptr, static_cast<int>(0));
    expect("ISteamNetworkingFakeUDPPort.ReceiveMessages", &made_in_cpp);
    seen->ScheduleCleanup(nullptr);
    expect("ISteamNetworkingFakeUDPPort.ScheduleCleanup", &made_in_c);
    table_of->vtable->ScheduleCleanup(table_of, nullptr);
    expect("ISteamNetworkingFakeUDPPort.ScheduleCleanup", &made_in_cpp);
}

int main()
{
    check_ISteamNetworkingSockets();
    check_ISteamNetworkingUtils();
    check_ISteamNetworkingMessages();
    check_ISteamNetworkingConnectionSignaling();
    check_ISteamNetworkingSignalingRecvContext();
    check_ISteamNetworkingFakeUDPPort();
    return failures == 0 ? 0 : 1;
}
