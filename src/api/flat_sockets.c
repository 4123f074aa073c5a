/*
 * The exported functions of ISteamNetworkingSockets. Each finds the object behind `self` and passes on to sockets.h;
 * with null, a foreign pointer or a stopped interface, that is NULL or an object that refuses, and the result is the
 * function's value for failure.
 */
#include "api/argument_check.h"
#include "api/messages_interface.h"
#include "api/no_backend.h"
#include "api/process_hooks.h"
#include "api/signaling_adapter.h"
#include "api/sockets.h"
#include "fumarole/authentication.h"
#include "fumarole/backend.h"
#include "fumarole/fake_ip.h"
#include "fumarole/gamecoordinator.h"
#include "fumarole/signaling.h"
#include "fumarole/sockets.h"
#include "wire/identity.h"

static struct sockets *find(const ISteamNetworkingSockets *self, const char *function)
{
    struct sockets *sockets = sockets_from_face(self);

    if (!sockets)
        log_write(LOG_LEVEL_BUG, "%s: self is %s", function, self ? "not a sockets interface of this library" : "null");
    else if (!sockets_running(sockets))
        log_write(LOG_LEVEL_BUG, "%s: self is from before GameNetworkingSockets_Kill", function);
    return sockets;
}

#define SELF find(self, __func__)

/* The port of message sessions is not the program's. */
static bool may_use_port(int virtual_port, const char *function)
{
    if (virtual_port != SOCKETS_HIDDEN_VIRTUAL_PORT)
        return true;
    log_write(LOG_LEVEL_WARNING, "%s: virtual_port %d is not between 0 and 65535", function, virtual_port);
    return false;
}

/* ---- accessors ------------------------------------------------------------------------------------------------ */

ISteamNetworkingSockets *SteamNetworkingSockets_LibV12(void)
{
    return sockets_face(SOCKETS_FACE_CURRENT);
}

ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_v009(void)
{
    return sockets_face(SOCKETS_FACE_CURRENT);
}

ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_SteamAPI_v013(void)
{
    return sockets_face(SOCKETS_FACE_CURRENT);
}

ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_SteamAPI_v012(void)
{
    return sockets_face(SOCKETS_FACE_THREE_ARGUMENT);
}

ISteamNetworkingSockets *SteamGameServerNetworkingSockets_LibV12(void)
{
    return sockets_face(SOCKETS_FACE_CURRENT);
}

ISteamNetworkingSockets *SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013(void)
{
    return sockets_face(SOCKETS_FACE_CURRENT);
}

ISteamNetworkingSockets *SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012(void)
{
    return sockets_face(SOCKETS_FACE_THREE_ARGUMENT);
}

/* ---- listening and connecting --------------------------------------------------------------------------------- */

HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(ISteamNetworkingSockets *self,
                                                                         const SteamNetworkingIPAddr *address,
                                                                         int option_count,
                                                                         const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = SELF;

    return GIVEN(address) ? sockets_create_listen_socket_ip(sockets, address, option_count, options) : 0;
}

HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(ISteamNetworkingSockets *self,
                                                                        const SteamNetworkingIPAddr *address,
                                                                        int option_count,
                                                                        const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = SELF;

    return GIVEN(address) ? sockets_connect_by_ip_address(sockets, address, option_count, options) : 0;
}

HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(ISteamNetworkingSockets *self,
                                                                          int virtual_port, int option_count,
                                                                          const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = SELF;

    if (!may_use_port(virtual_port, __func__))
        return 0;
    return sockets_create_listen_socket_p2p(sockets, virtual_port, option_count, options);
}

HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectP2P(ISteamNetworkingSockets *self,
                                                                const SteamNetworkingIdentity *identity,
                                                                int virtual_port, int option_count,
                                                                const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = SELF;

    if (!GIVEN(identity) || !may_use_port(virtual_port, __func__))
        return 0;
    return sockets_connect_p2p(sockets, identity, virtual_port, option_count, options);
}

/* The signaling object changes hands in every case, so nothing is refused before that. */
HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(
    ISteamNetworkingSockets *self, ISteamNetworkingConnectionSignaling *signaling,
    const SteamNetworkingIdentity *identity, int virtual_port, int option_count,
    const SteamNetworkingConfigValue_t *options)
{
    struct sockets *sockets = SELF;

    if (!GIVEN(signaling))
        return 0;
    return sockets_connect_p2p_custom_signaling(sockets, signaling, identity, virtual_port, option_count, options);
}

bool SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal(ISteamNetworkingSockets *self, const void *signal,
                                                              int size, ISteamNetworkingSignalingRecvContext *context)
{
    struct sockets *sockets = SELF;

    return GIVEN(signal) && GIVEN(context) && sockets_received_p2p_custom_signal(sockets, signal, size, context);
}

bool SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2(
    ISteamNetworkingSockets *self, const void *signal, int size, void *context,
    FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest on_connect_request,
    FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal send_rejection)
{
    struct receive_context_adapter adapter;

    if (!argument_given((const void *)(uintptr_t)on_connect_request, __func__, "on_connect_request"))
        return false;
    receive_context_adapter_init(&adapter, context, on_connect_request, send_rejection);
    return SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal(self, signal, size, &adapter.object);
}

ISteamNetworkingConnectionSignaling *
SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(void *context,
                                                       FSteamNetworkingSocketsCustomSignaling_SendSignal send_signal,
                                                       FSteamNetworkingSocketsCustomSignaling_Release release)
{
    if (!argument_given((const void *)(uintptr_t)send_signal, __func__, "send_signal"))
        return NULL;
    process_begins_to_allocate();
    return signaling_adapter_new(context, send_signal, release);
}

EResult SteamAPI_ISteamNetworkingSockets_AcceptConnection(ISteamNetworkingSockets *self, HSteamNetConnection connection)
{
    return sockets_accept_connection(SELF, connection);
}

bool SteamAPI_ISteamNetworkingSockets_CloseConnection(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                                      int reason, const char *text, bool linger)
{
    return sockets_close_connection(SELF, connection, reason, text, linger);
}

bool SteamAPI_ISteamNetworkingSockets_CloseListenSocket(ISteamNetworkingSockets *self, HSteamListenSocket socket)
{
    return sockets_close_listen_socket(SELF, socket);
}

bool SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(ISteamNetworkingSockets *self, HSteamListenSocket socket,
                                                             SteamNetworkingIPAddr *address)
{
    return sockets_get_listen_socket_address(SELF, socket, address);
}

bool SteamAPI_ISteamNetworkingSockets_CreateSocketPair(ISteamNetworkingSockets *self, HSteamNetConnection *connection1,
                                                       HSteamNetConnection *connection2, bool network,
                                                       const SteamNetworkingIdentity *identity1,
                                                       const SteamNetworkingIdentity *identity2)
{
    return sockets_create_socket_pair(SELF, connection1, connection2, network, identity1, identity2);
}

/* ---- about a connection --------------------------------------------------------------------------------------- */

bool SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(ISteamNetworkingSockets *self,
                                                            HSteamNetConnection connection, int64 user_data)
{
    return sockets_set_connection_user_data(SELF, connection, user_data);
}

int64 SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(ISteamNetworkingSockets *self,
                                                             HSteamNetConnection connection)
{
    return sockets_get_connection_user_data(SELF, connection);
}

void SteamAPI_ISteamNetworkingSockets_SetConnectionName(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                                        const char *name)
{
    sockets_set_connection_name(SELF, connection, name);
}

bool SteamAPI_ISteamNetworkingSockets_GetConnectionName(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                                        char *name, int size)
{
    struct sockets *sockets = SELF;

    return GIVEN(name) && sockets_get_connection_name(sockets, connection, name, size);
}

bool SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(ISteamNetworkingSockets *self, HSteamNetConnection connection,
                                                        SteamNetConnectionInfo_t *info)
{
    return sockets_get_connection_info(SELF, connection, info);
}

EResult SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(ISteamNetworkingSockets *self,
                                                                     HSteamNetConnection connection,
                                                                     SteamNetConnectionRealTimeStatus_t *status,
                                                                     int lane_count,
                                                                     SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    return sockets_get_connection_real_time_status(SELF, connection, status, lane_count, lanes);
}

int SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(ISteamNetworkingSockets *self,
                                                                 HSteamNetConnection connection, char *buffer, int size)
{
    return sockets_get_detailed_connection_status(SELF, connection, buffer, size);
}

/* ---- messages, lanes, poll groups ----------------------------------------------------------------------------- */

EResult SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(ISteamNetworkingSockets *self,
                                                                 HSteamNetConnection connection, const void *data,
                                                                 uint32 size, int flags, int64 *number)
{
    struct sockets *sockets = SELF;

    if (size > 0 && !GIVEN(data)) {
        if (number)
            *number = -1;
        return k_EResultInvalidParam;
    }
    return sockets_send_message_to_connection(sockets, connection, data, size, flags, number);
}

void SteamAPI_ISteamNetworkingSockets_SendMessages(ISteamNetworkingSockets *self, int count,
                                                   SteamNetworkingMessage_t **messages, int64 *results,
                                                   bool delete_failed)
{
    struct sockets *sockets = SELF;

    if (count != 0 && GIVEN(messages))
        sockets_send_messages(sockets, count, messages, results, delete_failed);
}

EResult SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(ISteamNetworkingSockets *self,
                                                                   HSteamNetConnection connection)
{
    return sockets_flush_messages_on_connection(SELF, connection);
}

/* How many messages may be put into an array; none without one. */
static int may_receive(const char *function, SteamNetworkingMessage_t **messages, int max)
{
    if (max < 0)
        log_write(LOG_LEVEL_BUG, "%s: max %d is negative", function, max);
    return max > 0 && argument_given(messages, function, "messages") ? max : 0;
}

int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(ISteamNetworkingSockets *self,
                                                                 HSteamNetConnection connection,
                                                                 SteamNetworkingMessage_t **messages, int max)
{
    struct sockets *sockets = SELF;

    return sockets_receive_messages_on_connection(sockets, connection, messages, may_receive(__func__, messages, max));
}

EResult SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(ISteamNetworkingSockets *self,
                                                                  HSteamNetConnection connection, int count,
                                                                  const int *priorities, const uint16 *weights)
{
    return sockets_configure_connection_lanes(SELF, connection, count, priorities, weights);
}

HSteamNetPollGroup SteamAPI_ISteamNetworkingSockets_CreatePollGroup(ISteamNetworkingSockets *self)
{
    return sockets_create_poll_group(SELF);
}

bool SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(ISteamNetworkingSockets *self, HSteamNetPollGroup group)
{
    return sockets_destroy_poll_group(SELF, group);
}

bool SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(ISteamNetworkingSockets *self,
                                                             HSteamNetConnection connection, HSteamNetPollGroup group)
{
    return sockets_set_connection_poll_group(SELF, connection, group);
}

int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(ISteamNetworkingSockets *self, HSteamNetPollGroup group,
                                                                SteamNetworkingMessage_t **messages, int max)
{
    struct sockets *sockets = SELF;

    return sockets_receive_messages_on_poll_group(sockets, group, messages, may_receive(__func__, messages, max));
}

/* ---- identity, certificates, callbacks ------------------------------------------------------------------------ */

bool SteamAPI_ISteamNetworkingSockets_GetIdentity(ISteamNetworkingSockets *self, SteamNetworkingIdentity *identity)
{
    return sockets_get_identity(SELF, identity);
}

/* Message sessions end first, because they hold on to the connections that are about to go. */
void SteamAPI_ISteamNetworkingSockets_ResetIdentity(ISteamNetworkingSockets *self,
                                                    const SteamNetworkingIdentity *identity)
{
    struct sockets *sockets = SELF;
    bool had_messages;

    if (!sockets_running(sockets))
        return;
    if (!identity_is_absent_or_well_formed(identity)) {
        log_write(LOG_LEVEL_BUG, "%s: identity is not valid", __func__);
        return;
    }
    had_messages = messages_pause();
    sockets_reset_identity(sockets, identity);
    messages_resume(had_messages);
}

ESteamNetworkingAvailability SteamAPI_ISteamNetworkingSockets_InitAuthentication(ISteamNetworkingSockets *self)
{
    return sockets_init_authentication(SELF);
}

ESteamNetworkingAvailability
SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(ISteamNetworkingSockets *self,
                                                         SteamNetAuthenticationStatus_t *details)
{
    return sockets_get_authentication_status(SELF, details);
}

bool SteamAPI_ISteamNetworkingSockets_GetCertificateRequest(ISteamNetworkingSockets *self, int *size, void *buffer,
                                                            char *error)
{
    return sockets_get_certificate_request(SELF, size, buffer, error);
}

bool SteamAPI_ISteamNetworkingSockets_SetCertificate(ISteamNetworkingSockets *self, const void *certificate, int size,
                                                     char *error)
{
    return sockets_set_certificate(SELF, certificate, size, error);
}

void SteamAPI_ISteamNetworkingSockets_RunCallbacks(ISteamNetworkingSockets *self)
{
    sockets_run_callbacks(SELF);
}

/* ---- hosted servers, tickets: no back end --------------------------------------------------------------------- */

bool SteamAPI_ISteamNetworkingSockets_ReceivedRelayAuthTicket(ISteamNetworkingSockets *self, const void *ticket,
                                                              int size, SteamDatagramRelayAuthTicket *parsed)
{
    (void)size;
    (void)(SELF && GIVEN(ticket));
    no_backend_find_ticket(parsed);
    return false;
}

int SteamAPI_ISteamNetworkingSockets_FindRelayAuthTicketForServer(ISteamNetworkingSockets *self,
                                                                  const SteamNetworkingIdentity *identity,
                                                                  int virtual_port,
                                                                  SteamDatagramRelayAuthTicket *parsed)
{
    (void)virtual_port;
    (void)(SELF && GIVEN(identity));
    return no_backend_find_ticket(parsed);
}

HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectToHostedDedicatedServer(
    ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity, int virtual_port, int option_count,
    const SteamNetworkingConfigValue_t *options)
{
    (void)virtual_port;
    (void)option_count;
    (void)options;
    if (SELF && GIVEN(identity))
        log_write(LOG_LEVEL_ERROR, "ConnectToHostedDedicatedServer: there is no ticket for this server");
    return 0;
}

uint16 SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPort(ISteamNetworkingSockets *self)
{
    (void)SELF;
    return 0;
}

SteamNetworkingPOPID SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPOPID(ISteamNetworkingSockets *self)
{
    (void)SELF;
    return 0;
}

EResult SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerAddress(ISteamNetworkingSockets *self,
                                                                         SteamDatagramHostedAddress *address)
{
    (void)(SELF && GIVEN(address));
    return no_backend_hosted_address(address);
}

HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateHostedDedicatedServerListenSocket(
    ISteamNetworkingSockets *self, int virtual_port, int option_count, const SteamNetworkingConfigValue_t *options)
{
    (void)virtual_port;
    (void)option_count;
    (void)options;
    if (SELF)
        log_write(LOG_LEVEL_ERROR, "CreateHostedDedicatedServerListenSocket: this is not a hosted server");
    return 0;
}

EResult SteamAPI_ISteamNetworkingSockets_GetGameCoordinatorServerLogin(ISteamNetworkingSockets *self,
                                                                       SteamDatagramGameCoordinatorServerLogin *login,
                                                                       int *size, void *blob)
{
    (void)(SELF && GIVEN(login) && GIVEN(size) && GIVEN(blob));
    return no_backend_coordinator_login(size, blob);
}

/* ---- FakeIP: no back end -------------------------------------------------------------------------------------- */

bool SteamAPI_ISteamNetworkingSockets_BeginAsyncRequestFakeIP(ISteamNetworkingSockets *self, int ports)
{
    (void)ports;
    (void)SELF;
    return false;
}

void SteamAPI_ISteamNetworkingSockets_GetFakeIP(ISteamNetworkingSockets *self, int first_port,
                                                SteamNetworkingFakeIPResult_t *result)
{
    SteamNetworkingIdentity identity;
    bool known = sockets_get_identity(SELF, &identity);

    if (GIVEN(result))
        no_backend_fake_ip(first_port, known ? &identity : NULL, result);
}

HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2PFakeIP(
    ISteamNetworkingSockets *self, int port_index, int option_count, const SteamNetworkingConfigValue_t *options)
{
    (void)port_index;
    (void)option_count;
    (void)options;
    if (SELF)
        log_write(LOG_LEVEL_ERROR, "CreateListenSocketP2PFakeIP: no FakeIP was requested");
    return 0;
}

EResult SteamAPI_ISteamNetworkingSockets_GetRemoteFakeIPForConnection(ISteamNetworkingSockets *self,
                                                                      HSteamNetConnection connection,
                                                                      SteamNetworkingIPAddr *address)
{
    return no_backend_remote_fake_ip(sockets_get_connection_info(SELF, connection, NULL), address);
}

ISteamNetworkingFakeUDPPort *SteamAPI_ISteamNetworkingSockets_CreateFakeUDPPort(ISteamNetworkingSockets *self,
                                                                                int server_port)
{
    (void)server_port;
    (void)SELF;
    return NULL;
}

/* Nobody can have such an object, so whatever `self` is it is not looked at. */

void SteamAPI_ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort(ISteamNetworkingFakeUDPPort *self)
{
    (void)self;
}

EResult SteamAPI_ISteamNetworkingFakeUDPPort_SendMessageToFakeIP(ISteamNetworkingFakeUDPPort *self,
                                                                 const SteamNetworkingIPAddr *address, const void *data,
                                                                 uint32 size, int flags)
{
    (void)data;
    (void)size;
    (void)flags;
    (void)(GIVEN(self) && GIVEN(address));
    return k_EResultInvalidParam;
}

int SteamAPI_ISteamNetworkingFakeUDPPort_ReceiveMessages(ISteamNetworkingFakeUDPPort *self,
                                                         SteamNetworkingMessage_t **messages, int max)
{
    (void)messages;
    (void)max;
    (void)GIVEN(self);
    return 0;
}

void SteamAPI_ISteamNetworkingFakeUDPPort_ScheduleCleanup(ISteamNetworkingFakeUDPPort *self,
                                                          const SteamNetworkingIPAddr *address)
{
    (void)(GIVEN(self) && GIVEN(address));
}
