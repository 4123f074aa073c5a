/*
 * The interfaces as tables of functions: how C++ sees them, written down for C.
 *
 * An interface object begins with a pointer to its table; every function receives the object first. The order of the
 * slots is the binary contract (asserted by the tests); what the functions do is described with the flat functions of
 * the same name. C programs need this header only to implement the two interfaces that applications implement,
 * ISteamNetworkingConnectionSignaling and ISteamNetworkingSignalingRecvContext, or to call an object obtained from C++.
 * A C++ program may implement them as classes without a virtual destructor.
 *
 * C++ references are pointers here. None of the tables has a slot for a destructor.
 */
#ifndef FUMAROLE_VTABLES_H
#define FUMAROLE_VTABLES_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* Version SteamNetworkingSockets012 with the SendMessages of 013; in the object of the _SteamAPI_v012 accessors that
   slot has no delete_failed. */
struct ISteamNetworkingSocketsVtbl {
    HSteamListenSocket (*CreateListenSocketIP)(ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *address,
                                               int option_count, const SteamNetworkingConfigValue_t *options);
    HSteamNetConnection (*ConnectByIPAddress)(ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *address,
                                              int option_count, const SteamNetworkingConfigValue_t *options);
    HSteamListenSocket (*CreateListenSocketP2P)(ISteamNetworkingSockets *self, int virtual_port, int option_count,
                                                const SteamNetworkingConfigValue_t *options);
    HSteamNetConnection (*ConnectP2P)(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity,
                                      int virtual_port, int option_count, const SteamNetworkingConfigValue_t *options);
    EResult (*AcceptConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection);
    bool (*CloseConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection, int reason, const char *text,
                            bool linger);
    bool (*CloseListenSocket)(ISteamNetworkingSockets *self, HSteamListenSocket socket);
    bool (*SetConnectionUserData)(ISteamNetworkingSockets *self, HSteamNetConnection connection, int64 user_data);
    int64 (*GetConnectionUserData)(ISteamNetworkingSockets *self, HSteamNetConnection connection);
    void (*SetConnectionName)(ISteamNetworkingSockets *self, HSteamNetConnection connection, const char *name);
    bool (*GetConnectionName)(ISteamNetworkingSockets *self, HSteamNetConnection connection, char *name, int size);
    EResult (*SendMessageToConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection, const void *data,
                                       uint32 size, int flags, int64 *number);
    void (*SendMessages)(ISteamNetworkingSockets *self, int count, SteamNetworkingMessage_t **messages, int64 *results,
                         bool delete_failed);
    EResult (*FlushMessagesOnConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection);
    int (*ReceiveMessagesOnConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                       SteamNetworkingMessage_t **messages, int max);
    bool (*GetConnectionInfo)(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                              SteamNetConnectionInfo_t *info);
    EResult (*GetConnectionRealTimeStatus)(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                           SteamNetConnectionRealTimeStatus_t *status, int lane_count,
                                           SteamNetConnectionRealTimeLaneStatus_t *lanes);
    int (*GetDetailedConnectionStatus)(ISteamNetworkingSockets *self, HSteamNetConnection connection, char *buffer,
                                       int size);
    bool (*GetListenSocketAddress)(ISteamNetworkingSockets *self, HSteamListenSocket socket,
                                   SteamNetworkingIPAddr *address);
    bool (*CreateSocketPair)(ISteamNetworkingSockets *self, HSteamNetConnection *connection1,
                             HSteamNetConnection *connection2, bool network, const SteamNetworkingIdentity *identity1,
                             const SteamNetworkingIdentity *identity2);
    EResult (*ConfigureConnectionLanes)(ISteamNetworkingSockets *self, HSteamNetConnection connection, int count,
                                        const int *priorities, const uint16 *weights);
    bool (*GetIdentity)(ISteamNetworkingSockets *self, SteamNetworkingIdentity *identity);
    ESteamNetworkingAvailability (*InitAuthentication)(ISteamNetworkingSockets *self);
    ESteamNetworkingAvailability (*GetAuthenticationStatus)(ISteamNetworkingSockets *self,
                                                            SteamNetAuthenticationStatus_t *details);
    HSteamNetPollGroup (*CreatePollGroup)(ISteamNetworkingSockets *self);
    bool (*DestroyPollGroup)(ISteamNetworkingSockets *self, HSteamNetPollGroup group);
    bool (*SetConnectionPollGroup)(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                   HSteamNetPollGroup group);
    int (*ReceiveMessagesOnPollGroup)(ISteamNetworkingSockets *self, HSteamNetPollGroup group,
                                      SteamNetworkingMessage_t **messages, int max);
    bool (*ReceivedRelayAuthTicket)(ISteamNetworkingSockets *self, const void *ticket, int size,
                                    SteamDatagramRelayAuthTicket *parsed);
    int (*FindRelayAuthTicketForServer)(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity,
                                        int virtual_port, SteamDatagramRelayAuthTicket *parsed);
    HSteamNetConnection (*ConnectToHostedDedicatedServer)(ISteamNetworkingSockets *self,
                                                          const SteamNetworkingIdentity *identity, int virtual_port,
                                                          int option_count,
                                                          const SteamNetworkingConfigValue_t *options);
    uint16 (*GetHostedDedicatedServerPort)(ISteamNetworkingSockets *self);
    SteamNetworkingPOPID (*GetHostedDedicatedServerPOPID)(ISteamNetworkingSockets *self);
    EResult (*GetHostedDedicatedServerAddress)(ISteamNetworkingSockets *self, SteamDatagramHostedAddress *address);
    HSteamListenSocket (*CreateHostedDedicatedServerListenSocket)(ISteamNetworkingSockets *self, int virtual_port,
                                                                  int option_count,
                                                                  const SteamNetworkingConfigValue_t *options);
    EResult (*GetGameCoordinatorServerLogin)(ISteamNetworkingSockets *self,
                                             SteamDatagramGameCoordinatorServerLogin *login, int *size, void *blob);
    HSteamNetConnection (*ConnectP2PCustomSignaling)(ISteamNetworkingSockets *self,
                                                     ISteamNetworkingConnectionSignaling *signaling,
                                                     const SteamNetworkingIdentity *identity, int virtual_port,
                                                     int option_count, const SteamNetworkingConfigValue_t *options);
    bool (*ReceivedP2PCustomSignal)(ISteamNetworkingSockets *self, const void *signal, int size,
                                    ISteamNetworkingSignalingRecvContext *context);
    bool (*GetCertificateRequest)(ISteamNetworkingSockets *self, int *size, void *blob, char *error);
    bool (*SetCertificate)(ISteamNetworkingSockets *self, const void *certificate, int size, char *error);
    void (*ResetIdentity)(ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity);
    void (*RunCallbacks)(ISteamNetworkingSockets *self);
    bool (*BeginAsyncRequestFakeIP)(ISteamNetworkingSockets *self, int ports);
    void (*GetFakeIP)(ISteamNetworkingSockets *self, int first_port, SteamNetworkingFakeIPResult_t *info);
    HSteamListenSocket (*CreateListenSocketP2PFakeIP)(ISteamNetworkingSockets *self, int port_index, int option_count,
                                                      const SteamNetworkingConfigValue_t *options);
    EResult (*GetRemoteFakeIPForConnection)(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                            SteamNetworkingIPAddr *address);
    ISteamNetworkingFakeUDPPort *(*CreateFakeUDPPort)(ISteamNetworkingSockets *self, int server_port);
};

struct ISteamNetworkingSockets {
    const struct ISteamNetworkingSocketsVtbl *vtable;
};

/* Version SteamNetworkingUtils004. */
struct ISteamNetworkingUtilsVtbl {
    SteamNetworkingMessage_t *(*AllocateMessage)(ISteamNetworkingUtils *self, int size);
    ESteamNetworkingAvailability (*GetRelayNetworkStatus)(ISteamNetworkingUtils *self,
                                                          SteamRelayNetworkStatus_t *details);
    float (*GetLocalPingLocation)(ISteamNetworkingUtils *self, SteamNetworkPingLocation_t *location);
    int (*EstimatePingTimeBetweenTwoLocations)(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *location1,
                                               const SteamNetworkPingLocation_t *location2);
    int (*EstimatePingTimeFromLocalHost)(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *location);
    void (*ConvertPingLocationToString)(ISteamNetworkingUtils *self, const SteamNetworkPingLocation_t *location,
                                        char *buffer, int size);
    bool (*ParsePingLocationString)(ISteamNetworkingUtils *self, const char *text,
                                    SteamNetworkPingLocation_t *location);
    bool (*CheckPingDataUpToDate)(ISteamNetworkingUtils *self, float max_age);
    int (*GetPingToDataCenter)(ISteamNetworkingUtils *self, SteamNetworkingPOPID data_center,
                               SteamNetworkingPOPID *via);
    int (*GetDirectPingToPOP)(ISteamNetworkingUtils *self, SteamNetworkingPOPID data_center);
    int (*GetPOPCount)(ISteamNetworkingUtils *self);
    int (*GetPOPList)(ISteamNetworkingUtils *self, SteamNetworkingPOPID *list, int max);
    SteamNetworkingMicroseconds (*GetLocalTimestamp)(ISteamNetworkingUtils *self);
    void (*SetDebugOutputFunction)(ISteamNetworkingUtils *self, ESteamNetworkingSocketsDebugOutputType level,
                                   FSteamNetworkingSocketsDebugOutput function);
    ESteamNetworkingFakeIPType (*GetIPv4FakeIPType)(ISteamNetworkingUtils *self, uint32 ipv4);
    EResult (*GetRealIdentityForFakeIP)(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *address,
                                        SteamNetworkingIdentity *identity);
    bool (*SetConfigValue)(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue value,
                           ESteamNetworkingConfigScope scope, intptr_t object, ESteamNetworkingConfigDataType type,
                           const void *data);
    ESteamNetworkingGetConfigValueResult (*GetConfigValue)(ISteamNetworkingUtils *self,
                                                           ESteamNetworkingConfigValue value,
                                                           ESteamNetworkingConfigScope scope, intptr_t object,
                                                           ESteamNetworkingConfigDataType *type, void *buffer,
                                                           size_t *size);
    const char *(*GetConfigValueInfo)(ISteamNetworkingUtils *self, ESteamNetworkingConfigValue value,
                                      ESteamNetworkingConfigDataType *type, ESteamNetworkingConfigScope *scope);
    ESteamNetworkingConfigValue (*IterateGenericEditableConfigValues)(ISteamNetworkingUtils *self,
                                                                      ESteamNetworkingConfigValue current,
                                                                      bool include_developer);
    void (*SteamNetworkingIPAddr_ToString)(ISteamNetworkingUtils *self, const SteamNetworkingIPAddr *address,
                                           char *buffer, size_t size, bool with_port);
    bool (*SteamNetworkingIPAddr_ParseString)(ISteamNetworkingUtils *self, SteamNetworkingIPAddr *address,
                                              const char *text);
    ESteamNetworkingFakeIPType (*SteamNetworkingIPAddr_GetFakeIPType)(ISteamNetworkingUtils *self,
                                                                      const SteamNetworkingIPAddr *address);
    void (*SteamNetworkingIdentity_ToString)(ISteamNetworkingUtils *self, const SteamNetworkingIdentity *identity,
                                             char *buffer, size_t size);
    bool (*SteamNetworkingIdentity_ParseString)(ISteamNetworkingUtils *self, SteamNetworkingIdentity *identity,
                                                const char *text);
};

struct ISteamNetworkingUtils {
    const struct ISteamNetworkingUtilsVtbl *vtable;
};

/* Version SteamNetworkingMessages002. */
struct ISteamNetworkingMessagesVtbl {
    EResult (*SendMessageToUser)(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity,
                                 const void *data, uint32 size, int flags, int channel);
    int (*ReceiveMessagesOnChannel)(ISteamNetworkingMessages *self, int channel, SteamNetworkingMessage_t **messages,
                                    int max);
    bool (*AcceptSessionWithUser)(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity);
    bool (*CloseSessionWithUser)(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity);
    bool (*CloseChannelWithUser)(ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity, int channel);
    ESteamNetworkingConnectionState (*GetSessionConnectionInfo)(ISteamNetworkingMessages *self,
                                                                const SteamNetworkingIdentity *identity,
                                                                SteamNetConnectionInfo_t *info,
                                                                SteamNetConnectionRealTimeStatus_t *status);
};

struct ISteamNetworkingMessages {
    const struct ISteamNetworkingMessagesVtbl *vtable;
};

/* Implemented by the application: sends the signals of one connection. SendSignal returns false if that is impossible,
   which ends the connection; Release is called exactly once, last. Any thread, locks may be held. */
struct ISteamNetworkingConnectionSignalingVtbl {
    bool (*SendSignal)(ISteamNetworkingConnectionSignaling *self, HSteamNetConnection connection,
                       const SteamNetConnectionInfo_t *info, const void *signal, int size);
    void (*Release)(ISteamNetworkingConnectionSignaling *self);
};

struct ISteamNetworkingConnectionSignaling {
    const struct ISteamNetworkingConnectionSignalingVtbl *vtable;
};

/* Implemented by the application: used while one signal is handed in, on that thread. See fumarole/signaling.h. */
struct ISteamNetworkingSignalingRecvContextVtbl {
    ISteamNetworkingConnectionSignaling *(*OnConnectRequest)(ISteamNetworkingSignalingRecvContext *self,
                                                             HSteamNetConnection connection,
                                                             const SteamNetworkingIdentity *identity, int virtual_port);
    void (*SendRejectionSignal)(ISteamNetworkingSignalingRecvContext *self, const SteamNetworkingIdentity *identity,
                                const void *signal, int size);
};

struct ISteamNetworkingSignalingRecvContext {
    const struct ISteamNetworkingSignalingRecvContextVtbl *vtable;
};

/* Single datagrams between FakeIPs. See fumarole/fake_ip.h. */
struct ISteamNetworkingFakeUDPPortVtbl {
    void (*DestroyFakeUDPPort)(ISteamNetworkingFakeUDPPort *self);
    EResult (*SendMessageToFakeIP)(ISteamNetworkingFakeUDPPort *self, const SteamNetworkingIPAddr *address,
                                   const void *data, uint32 size, int flags);
    int (*ReceiveMessages)(ISteamNetworkingFakeUDPPort *self, SteamNetworkingMessage_t **messages, int max);
    void (*ScheduleCleanup)(ISteamNetworkingFakeUDPPort *self, const SteamNetworkingIPAddr *address);
};

struct ISteamNetworkingFakeUDPPort {
    const struct ISteamNetworkingFakeUDPPortVtbl *vtable;
};

FUMAROLE_END_DECLS

#endif
