/*
 * The interface objects as a C++ program sees them: abstract classes in the order of the interface, references where a
 * C++ program has references, and every slot called on the objects that the accessors return.
 */
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern "C" {
#include <cmocka.h>
}

#include "fumarole/fumarole.h"

/* Not in an unnamed namespace: there the compiler knows that nobody implements them, and calls nothing. */
namespace interfaces
{

typedef const SteamNetworkingConfigValue_t *Options;
typedef SteamNetworkingMessage_t Message;

/* ---- the interfaces ------------------------------------------------------------------------------------------- */

class FakePort
{
  public:
    virtual void DestroyFakeUDPPort() = 0;
    virtual EResult SendMessageToFakeIP(const SteamNetworkingIPAddr &, const void *, uint32, int) = 0;
    virtual int ReceiveMessages(Message **, int) = 0;
    virtual void ScheduleCleanup(const SteamNetworkingIPAddr &) = 0;
};

class Signaling
{
  public:
    virtual bool SendSignal(HSteamNetConnection, const SteamNetConnectionInfo_t &, const void *, int) = 0;
    virtual void Release() = 0;
};

class ReceiveContext
{
  public:
    virtual Signaling *OnConnectRequest(HSteamNetConnection, const SteamNetworkingIdentity &, int) = 0;
    virtual void SendRejectionSignal(const SteamNetworkingIdentity &, const void *, int) = 0;
};

class SocketsBegin
{
  public:
    virtual HSteamListenSocket CreateListenSocketIP(const SteamNetworkingIPAddr &, int, Options) = 0;
    virtual HSteamNetConnection ConnectByIPAddress(const SteamNetworkingIPAddr &, int, Options) = 0;
    virtual HSteamListenSocket CreateListenSocketP2P(int, int, Options) = 0;
    virtual HSteamNetConnection ConnectP2P(const SteamNetworkingIdentity &, int, int, Options) = 0;
    virtual EResult AcceptConnection(HSteamNetConnection) = 0;
    virtual bool CloseConnection(HSteamNetConnection, int, const char *, bool) = 0;
    virtual bool CloseListenSocket(HSteamListenSocket) = 0;
    virtual bool SetConnectionUserData(HSteamNetConnection, int64) = 0;
    virtual int64 GetConnectionUserData(HSteamNetConnection) = 0;
    virtual void SetConnectionName(HSteamNetConnection, const char *) = 0;
    virtual bool GetConnectionName(HSteamNetConnection, char *, int) = 0;
    virtual EResult SendMessageToConnection(HSteamNetConnection, const void *, uint32, int, int64 *) = 0;
};

class Sockets : public SocketsBegin
{
  public:
    virtual void SendMessages(int, Message **, int64 *, bool) = 0;
    virtual EResult FlushMessagesOnConnection(HSteamNetConnection) = 0;
    virtual int ReceiveMessagesOnConnection(HSteamNetConnection, Message **, int) = 0;
    virtual bool GetConnectionInfo(HSteamNetConnection, SteamNetConnectionInfo_t *) = 0;
    virtual EResult GetConnectionRealTimeStatus(HSteamNetConnection, SteamNetConnectionRealTimeStatus_t *, int,
                                                SteamNetConnectionRealTimeLaneStatus_t *) = 0;
    virtual int GetDetailedConnectionStatus(HSteamNetConnection, char *, int) = 0;
    virtual bool GetListenSocketAddress(HSteamListenSocket, SteamNetworkingIPAddr *) = 0;
    virtual bool CreateSocketPair(HSteamNetConnection *, HSteamNetConnection *, bool, const SteamNetworkingIdentity *,
                                  const SteamNetworkingIdentity *) = 0;
    virtual EResult ConfigureConnectionLanes(HSteamNetConnection, int, const int *, const uint16 *) = 0;
    virtual bool GetIdentity(SteamNetworkingIdentity *) = 0;
    virtual ESteamNetworkingAvailability InitAuthentication() = 0;
    virtual ESteamNetworkingAvailability GetAuthenticationStatus(SteamNetAuthenticationStatus_t *) = 0;
    virtual HSteamNetPollGroup CreatePollGroup() = 0;
    virtual bool DestroyPollGroup(HSteamNetPollGroup) = 0;
    virtual bool SetConnectionPollGroup(HSteamNetConnection, HSteamNetPollGroup) = 0;
    virtual int ReceiveMessagesOnPollGroup(HSteamNetPollGroup, Message **, int) = 0;
    virtual bool ReceivedRelayAuthTicket(const void *, int, SteamDatagramRelayAuthTicket *) = 0;
    virtual int FindRelayAuthTicketForServer(const SteamNetworkingIdentity &, int, SteamDatagramRelayAuthTicket *) = 0;
    virtual HSteamNetConnection ConnectToHostedDedicatedServer(const SteamNetworkingIdentity &, int, int, Options) = 0;
    virtual uint16 GetHostedDedicatedServerPort() = 0;
    virtual SteamNetworkingPOPID GetHostedDedicatedServerPOPID() = 0;
    virtual EResult GetHostedDedicatedServerAddress(SteamDatagramHostedAddress *) = 0;
    virtual HSteamListenSocket CreateHostedDedicatedServerListenSocket(int, int, Options) = 0;
    virtual EResult GetGameCoordinatorServerLogin(SteamDatagramGameCoordinatorServerLogin *, int *, void *) = 0;
    virtual HSteamNetConnection ConnectP2PCustomSignaling(Signaling *, const SteamNetworkingIdentity *, int, int,
                                                          Options) = 0;
    virtual bool ReceivedP2PCustomSignal(const void *, int, ReceiveContext *) = 0;
    virtual bool GetCertificateRequest(int *, void *, SteamNetworkingErrMsg &) = 0;
    virtual bool SetCertificate(const void *, int, SteamNetworkingErrMsg &) = 0;
    virtual void ResetIdentity(const SteamNetworkingIdentity *) = 0;
    virtual void RunCallbacks() = 0;
    virtual bool BeginAsyncRequestFakeIP(int) = 0;
    virtual void GetFakeIP(int, SteamNetworkingFakeIPResult_t *) = 0;
    virtual HSteamListenSocket CreateListenSocketP2PFakeIP(int, int, Options) = 0;
    virtual EResult GetRemoteFakeIPForConnection(HSteamNetConnection, SteamNetworkingIPAddr *) = 0;
    virtual FakePort *CreateFakeUDPPort(int) = 0;
};

/* The generation before: three arguments in slot 12. */
class OldSockets : public SocketsBegin
{
  public:
    virtual void SendMessages(int, Message *const *, int64 *) = 0;
    virtual EResult FlushMessagesOnConnection(HSteamNetConnection) = 0;
};

class Utils
{
  public:
    virtual Message *AllocateMessage(int) = 0;
    virtual ESteamNetworkingAvailability GetRelayNetworkStatus(SteamRelayNetworkStatus_t *) = 0;
    virtual float GetLocalPingLocation(SteamNetworkPingLocation_t &) = 0;
    virtual int EstimatePingTimeBetweenTwoLocations(const SteamNetworkPingLocation_t &,
                                                    const SteamNetworkPingLocation_t &) = 0;
    virtual int EstimatePingTimeFromLocalHost(const SteamNetworkPingLocation_t &) = 0;
    virtual void ConvertPingLocationToString(const SteamNetworkPingLocation_t &, char *, int) = 0;
    virtual bool ParsePingLocationString(const char *, SteamNetworkPingLocation_t &) = 0;
    virtual bool CheckPingDataUpToDate(float) = 0;
    virtual int GetPingToDataCenter(SteamNetworkingPOPID, SteamNetworkingPOPID *) = 0;
    virtual int GetDirectPingToPOP(SteamNetworkingPOPID) = 0;
    virtual int GetPOPCount() = 0;
    virtual int GetPOPList(SteamNetworkingPOPID *, int) = 0;
    virtual SteamNetworkingMicroseconds GetLocalTimestamp() = 0;
    virtual void SetDebugOutputFunction(ESteamNetworkingSocketsDebugOutputType, FSteamNetworkingSocketsDebugOutput) = 0;
    virtual ESteamNetworkingFakeIPType GetIPv4FakeIPType(uint32) = 0;
    virtual EResult GetRealIdentityForFakeIP(const SteamNetworkingIPAddr &, SteamNetworkingIdentity *) = 0;
    virtual bool SetConfigValue(ESteamNetworkingConfigValue, ESteamNetworkingConfigScope, intptr_t,
                                ESteamNetworkingConfigDataType, const void *) = 0;
    virtual ESteamNetworkingGetConfigValueResult GetConfigValue(ESteamNetworkingConfigValue,
                                                                ESteamNetworkingConfigScope, intptr_t,
                                                                ESteamNetworkingConfigDataType *, void *, size_t *) = 0;
    virtual const char *GetConfigValueInfo(ESteamNetworkingConfigValue, ESteamNetworkingConfigDataType *,
                                           ESteamNetworkingConfigScope *) = 0;
    virtual ESteamNetworkingConfigValue IterateGenericEditableConfigValues(ESteamNetworkingConfigValue, bool) = 0;
    virtual void SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr &, char *, size_t, bool) = 0;
    virtual bool SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *, const char *) = 0;
    virtual ESteamNetworkingFakeIPType SteamNetworkingIPAddr_GetFakeIPType(const SteamNetworkingIPAddr &) = 0;
    virtual void SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity &, char *, size_t) = 0;
    virtual bool SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *, const char *) = 0;
};

class Messages
{
  public:
    virtual EResult SendMessageToUser(const SteamNetworkingIdentity &, const void *, uint32, int, int) = 0;
    virtual int ReceiveMessagesOnChannel(int, Message **, int) = 0;
    virtual bool AcceptSessionWithUser(const SteamNetworkingIdentity &) = 0;
    virtual bool CloseSessionWithUser(const SteamNetworkingIdentity &) = 0;
    virtual bool CloseChannelWithUser(const SteamNetworkingIdentity &, int) = 0;
    virtual ESteamNetworkingConnectionState GetSessionConnectionInfo(const SteamNetworkingIdentity &,
                                                                     SteamNetConnectionInfo_t *,
                                                                     SteamNetConnectionRealTimeStatus_t *) = 0;
};

} // namespace interfaces

using namespace interfaces;

namespace
{

/* ---- help ----------------------------------------------------------------------------------------------------- */

Sockets *sockets()
{
    return reinterpret_cast<Sockets *>(SteamNetworkingSockets_LibV12());
}

Utils *utils()
{
    return reinterpret_cast<Utils *>(SteamNetworkingUtils_LibV4());
}

Messages *messages()
{
    return reinterpret_cast<Messages *>(SteamNetworkingMessages_LibV2());
}

SteamNetworkingIdentity named(const char *text)
{
    SteamNetworkingIdentity identity;

    assert_true(SteamAPI_SteamNetworkingIdentity_SetGenericString(&identity, text));
    return identity;
}

int events;

void count_event(SteamNetConnectionStatusChangedCallback_t *)
{
    events++;
}

int start(void **)
{
    SteamNetworkingIdentity identity = named("tester");

    Fumarole_SetLocalMode(false);
    return GameNetworkingSockets_Init(&identity, nullptr) ? 0 : -1;
}

int stop(void **)
{
    GameNetworkingSockets_Kill();
    return 0;
}

/* The words in front of slot 0 of the table of an object. */
void expect_bare_table(const void *object)
{
    const intptr_t *table;

    std::memcpy(&table, object, sizeof(table));
    assert_int_equal(table[-1], 0);
    assert_int_equal(table[-2], 0);
}

/* ---- accessors ------------------------------------------------------------------------------------------------ */

void test_accessors_before_and_after(void **)
{
    for (int round = 0; round < 2; round++) {
        assert_null(SteamNetworkingSockets_LibV12());
        assert_null(SteamAPI_SteamNetworkingSockets_v009());
        assert_null(SteamAPI_SteamNetworkingSockets_SteamAPI_v012());
        assert_null(SteamAPI_SteamNetworkingSockets_SteamAPI_v013());
        assert_null(SteamGameServerNetworkingSockets_LibV12());
        assert_null(SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012());
        assert_null(SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013());
        assert_null(SteamNetworkingMessages_LibV2());
        assert_null(SteamAPI_SteamNetworkingMessages_v002());
        assert_null(SteamAPI_SteamNetworkingMessages_SteamAPI_v002());
        assert_null(SteamGameServerNetworkingMessages_LibV2());
        assert_null(SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002());
        assert_non_null(SteamNetworkingUtils_LibV4());
        assert_int_equal(start(nullptr), 0);
        assert_non_null(SteamNetworkingSockets_LibV12());
        assert_non_null(SteamNetworkingMessages_LibV2());
        stop(nullptr);
    }
}

void test_accessors_agree(void **)
{
    const void *now = SteamNetworkingSockets_LibV12(), *old = SteamAPI_SteamNetworkingSockets_SteamAPI_v012();
    const void *talk = SteamNetworkingMessages_LibV2(), *tools = SteamNetworkingUtils_LibV4();

    assert_ptr_equal(now, SteamAPI_SteamNetworkingSockets_v009());
    assert_ptr_equal(now, SteamAPI_SteamNetworkingSockets_SteamAPI_v013());
    assert_ptr_equal(now, SteamGameServerNetworkingSockets_LibV12());
    assert_ptr_equal(now, SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013());
    assert_ptr_not_equal(now, old);
    assert_ptr_equal(old, SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012());
    assert_ptr_equal(tools, SteamAPI_SteamNetworkingUtils_v003());
    assert_ptr_equal(tools, SteamAPI_SteamNetworkingUtils_SteamAPI_v004());
    assert_ptr_equal(talk, SteamAPI_SteamNetworkingMessages_v002());
    assert_ptr_equal(talk, SteamAPI_SteamNetworkingMessages_SteamAPI_v002());
    assert_ptr_equal(talk, SteamGameServerNetworkingMessages_LibV2());
    assert_ptr_equal(talk, SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002());
    expect_bare_table(now);
    expect_bare_table(old);
    expect_bare_table(talk);
    expect_bare_table(tools);
}

/* ---- ISteamNetworkingSockets ---------------------------------------------------------------------------------- */

void test_sockets_listening_and_connecting(void **)
{
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    HSteamListenSocket listening, virtual_listening;
    HSteamNetConnection connection;

    SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(&address, 0);
    assert_int_equal(sockets()->CreateListenSocketIP(address, 0, nullptr), 0); /* port 0 */
    listening = Fumarole_CreateListenSocketIPAnyPort(&address, 0, nullptr);
    assert_int_not_equal(listening, 0);
    assert_true(sockets()->GetListenSocketAddress(listening, &address));
    assert_int_not_equal(address.m_port, 0);
    assert_int_equal(sockets()->CreateListenSocketIP(address, 0, nullptr), 0); /* taken */

    connection = sockets()->ConnectByIPAddress(address, 0, nullptr);
    assert_int_not_equal(connection, 0);
    assert_int_equal(sockets()->AcceptConnection(connection), k_EResultInvalidParam); /* ours */
    assert_true(sockets()->CloseConnection(connection, 0, nullptr, false));
    assert_false(sockets()->CloseConnection(connection, 0, nullptr, false));
    assert_true(sockets()->CloseListenSocket(listening));
    assert_false(sockets()->CloseListenSocket(listening));

    virtual_listening = sockets()->CreateListenSocketP2P(5, 0, nullptr);
    assert_int_not_equal(virtual_listening, 0);
    assert_int_equal(sockets()->CreateListenSocketP2P(5, 0, nullptr), 0);
    assert_int_equal(sockets()->CreateListenSocketP2P(0x7fffffff, 0, nullptr), 0);
    assert_true(sockets()->GetIdentity(&identity));
    connection = sockets()->ConnectP2P(identity, 5, 0, nullptr);
    assert_int_not_equal(connection, 0);
    assert_int_equal(sockets()->ConnectP2P(identity, 6, 0, nullptr), 0);
    assert_int_equal(sockets()->ConnectP2P(identity, 0x7fffffff, 0, nullptr), 0);
    assert_true(sockets()->CloseConnection(connection, 0, nullptr, false));
    assert_true(sockets()->CloseListenSocket(virtual_listening));
}

void test_sockets_connections(void **)
{
    HSteamNetConnection pair[2];
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lane;
    SteamNetworkingIPAddr address;
    Message *received[4];
    HSteamNetPollGroup group;
    const int priorities[] = {0, 1};
    const uint16 weights[] = {1, 2};
    char text[8192];
    int64 number = 0;

    assert_true(sockets()->CreateSocketPair(&pair[0], &pair[1], false, nullptr, nullptr));
    assert_true(sockets()->SetConnectionUserData(pair[0], 99));
    assert_true(sockets()->GetConnectionUserData(pair[0]) == 99);
    assert_true(sockets()->GetConnectionUserData(12345) == -1);
    sockets()->SetConnectionName(pair[0], "left");
    assert_true(sockets()->GetConnectionName(pair[0], text, sizeof(text)));
    assert_string_equal(text, "left");
    assert_int_equal(sockets()->SendMessageToConnection(pair[0], "abc", 3, k_nSteamNetworkingSend_Reliable, &number),
                     k_EResultOK);
    assert_true(number == 1);
    assert_int_equal(sockets()->FlushMessagesOnConnection(pair[0]), k_EResultOK);
    assert_int_equal(sockets()->ReceiveMessagesOnConnection(pair[1], received, 4), 1);
    assert_memory_equal(received[0]->m_pData, "abc", 3);
    received[0]->m_pfnRelease(received[0]);
    assert_true(sockets()->GetConnectionInfo(pair[0], &info));
    assert_int_equal(info.m_eState, k_ESteamNetworkingConnectionState_Connected);
    assert_true(info.m_nUserData == 99);
    assert_int_equal(sockets()->ConfigureConnectionLanes(pair[0], 2, priorities, weights), k_EResultOK);
    assert_int_equal(sockets()->ConfigureConnectionLanes(pair[0], 1, nullptr, nullptr), k_EResultInvalidParam);
    assert_int_equal(sockets()->GetConnectionRealTimeStatus(pair[0], &status, 1, &lane), k_EResultOK);
    assert_int_equal(status.m_eState, k_ESteamNetworkingConnectionState_Connected);
    assert_int_equal(sockets()->GetDetailedConnectionStatus(pair[0], text, sizeof(text)), 0);
    assert_true(std::strlen(text) > 0);

    group = sockets()->CreatePollGroup();
    assert_int_not_equal(group, 0);
    assert_true(sockets()->SetConnectionPollGroup(pair[1], group));
    assert_int_equal(sockets()->SendMessageToConnection(pair[0], "de", 2, 8, nullptr), k_EResultOK);
    assert_int_equal(sockets()->ReceiveMessagesOnPollGroup(group, received, 4), 1);
    assert_int_equal(received[0]->m_conn, pair[1]);
    received[0]->m_pfnRelease(received[0]);
    assert_true(sockets()->DestroyPollGroup(group));
    assert_false(sockets()->DestroyPollGroup(group));
    assert_int_equal(sockets()->ReceiveMessagesOnPollGroup(group, received, 4), -1);
    assert_int_equal(sockets()->GetRemoteFakeIPForConnection(pair[0], &address), k_EResultIPNotFound);
    assert_int_equal(sockets()->GetRemoteFakeIPForConnection(12345, &address), k_EResultInvalidParam);
    assert_true(sockets()->CloseConnection(pair[0], 1234, "bye", false));
    assert_true(sockets()->GetConnectionInfo(pair[1], &info));
    assert_int_equal(info.m_eEndReason, 1234);
    assert_true(sockets()->CloseConnection(pair[1], 0, nullptr, false));
}

Message *message_to(HSteamNetConnection connection)
{
    Message *message = utils()->AllocateMessage(4);

    std::memcpy(message->m_pData, "data", 4);
    message->m_conn = connection;
    message->m_nFlags = k_nSteamNetworkingSend_Reliable;
    return message;
}

int freed;

void count_free(Message *)
{
    freed++;
}

void test_both_generations_of_send_messages(void **)
{
    OldSockets *old = reinterpret_cast<OldSockets *>(SteamAPI_SteamNetworkingSockets_SteamAPI_v012());
    HSteamNetConnection pair[2];
    Message *batch[2], *received[4];
    int64 results[2];
    static char payload[4];

    assert_true(sockets()->CreateSocketPair(&pair[0], &pair[1], false, nullptr, nullptr));

    /* Four arguments, false: what fails stays ours. */
    batch[0] = message_to(pair[0]);
    batch[1] = message_to(4711);
    sockets()->SendMessages(2, batch, results, false);
    assert_true(results[0] == 1 && results[1] == -k_EResultInvalidParam);
    assert_null(batch[0]);
    assert_non_null(batch[1]);
    batch[1]->m_pfnRelease(batch[1]);

    /* Three arguments: what fails is gone, whatever the register of a fourth holds. */
    freed = 0;
    batch[0] = message_to(pair[0]);
    batch[1] = utils()->AllocateMessage(0);
    batch[1]->m_pData = payload;
    batch[1]->m_cbSize = sizeof(payload);
    batch[1]->m_pfnFreeData = count_free;
    batch[1]->m_conn = 4711;
    Message *kept[2] = {batch[0], batch[1]};
    old->SendMessages(2, batch, results);
    assert_true(results[0] == 2 && results[1] == -k_EResultInvalidParam);
    assert_int_equal(freed, 1);
    assert_memory_equal(kept, batch, sizeof(kept));
    assert_int_equal(old->FlushMessagesOnConnection(pair[0]), k_EResultOK);

    assert_int_equal(sockets()->ReceiveMessagesOnConnection(pair[1], received, 4), 2);
    received[0]->m_pfnRelease(received[0]);
    received[1]->m_pfnRelease(received[1]);
    /* The flat function takes either object and four arguments. */
    batch[0] = message_to(4711);
    SteamAPI_ISteamNetworkingSockets_SendMessages(SteamAPI_SteamNetworkingSockets_SteamAPI_v012(), 1, batch, results,
                                                  false);
    assert_true(results[0] == -k_EResultInvalidParam);
    batch[0]->m_pfnRelease(batch[0]);
    old->CloseConnection(pair[0], 0, nullptr, false);
    old->CloseConnection(pair[1], 0, nullptr, false);
}

int signals_released;

class CountingSignaling : public Signaling
{
  public:
    bool SendSignal(HSteamNetConnection, const SteamNetConnectionInfo_t &, const void *, int) override { return true; }
    void Release() override { signals_released++; }
};

class EmptyContext : public ReceiveContext
{
  public:
    Signaling *OnConnectRequest(HSteamNetConnection, const SteamNetworkingIdentity &, int) override { return nullptr; }
    void SendRejectionSignal(const SteamNetworkingIdentity &, const void *, int) override {}
};

void test_sockets_identity_and_the_rest(void **)
{
    SteamNetworkingIdentity identity, stranger = named("stranger");
    SteamNetAuthenticationStatus_t authentication;
    SteamDatagramRelayAuthTicket ticket;
    SteamDatagramHostedAddress hosted;
    SteamDatagramGameCoordinatorServerLogin login;
    SteamNetworkingFakeIPResult_t fake;
    SteamNetworkingErrMsg error;
    CountingSignaling signaling;
    EmptyContext context;
    char blob[512];
    int size = 0;

    assert_true(sockets()->GetIdentity(&identity));
    assert_string_equal(SteamAPI_SteamNetworkingIdentity_GetGenericString(&identity), "tester");
    assert_int_equal(sockets()->InitAuthentication(), sockets()->GetAuthenticationStatus(&authentication));
    assert_int_equal(authentication.m_eAvail, k_ESteamNetworkingAvailability_CannotTry);
    assert_true(sockets()->GetCertificateRequest(&size, nullptr, error));
    assert_in_range(size, 1, 512);
    size = sizeof(blob);
    assert_true(sockets()->GetCertificateRequest(&size, blob, error));
    assert_false(sockets()->SetCertificate("nonsense", 8, error));
    assert_true(std::strlen(error) > 0);

    std::memset(&ticket, 0xff, sizeof(ticket));
    assert_false(sockets()->ReceivedRelayAuthTicket("x", 1, &ticket));
    assert_int_equal(sockets()->FindRelayAuthTicketForServer(identity, 0, &ticket), 0);
    assert_int_equal(ticket.m_nRestrictToVirtualPort, -1);
    assert_int_equal(sockets()->ConnectToHostedDedicatedServer(identity, 0, 0, nullptr), 0);
    assert_int_equal(sockets()->GetHostedDedicatedServerPort(), 0);
    assert_int_equal(sockets()->GetHostedDedicatedServerPOPID(), 0);
    assert_int_equal(sockets()->GetHostedDedicatedServerAddress(&hosted), k_EResultFail);
    assert_true(hosted.m_cbSize == 0 && std::strlen(hosted.m_data) > 0);
    assert_int_equal(sockets()->CreateHostedDedicatedServerListenSocket(0, 0, nullptr), 0);
    std::memset(&login, 0, sizeof(login));
    size = sizeof(blob);
    assert_int_equal(sockets()->GetGameCoordinatorServerLogin(&login, &size, blob), k_EResultFail);
    assert_true(size == 0 && std::strlen(blob) > 0);

    signals_released = 0;
    assert_int_equal(sockets()->ConnectP2PCustomSignaling(&signaling, &stranger, 0, 0, nullptr), 0);
    assert_int_equal(signals_released, 1);
    assert_int_equal(sockets()->ConnectP2PCustomSignaling(nullptr, &stranger, 0, 0, nullptr), 0);
    assert_false(sockets()->ReceivedP2PCustomSignal("x", 1, &context));

    assert_false(sockets()->BeginAsyncRequestFakeIP(1));
    sockets()->GetFakeIP(0, &fake);
    assert_int_equal(fake.m_eResult, k_EResultNoMatch);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&fake.m_identity, &identity));
    sockets()->GetFakeIP(1, &fake);
    assert_int_equal(fake.m_eResult, k_EResultInvalidParam);
    assert_int_equal(sockets()->CreateListenSocketP2PFakeIP(0, 0, nullptr), 0);
    assert_null(sockets()->CreateFakeUDPPort(-1));

    sockets()->ResetIdentity(&stranger);
    assert_true(sockets()->GetIdentity(&identity));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&stranger, &identity));
    sockets()->ResetIdentity(nullptr);
    assert_true(sockets()->GetIdentity(&identity));
    assert_true(SteamAPI_SteamNetworkingIdentity_IsLocalHost(&identity));
}

void test_callbacks_through_the_tables(void **)
{
    FnSteamNetConnectionStatusChanged function = count_event;
    HSteamNetConnection pair[2];

    assert_true(utils()->SetConfigValue(
        k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged, k_ESteamNetworkingConfig_SocketsInterface,
        reinterpret_cast<intptr_t>(sockets()), k_ESteamNetworkingConfig_Ptr, &function));
    events = 0;
    assert_true(sockets()->CreateSocketPair(&pair[0], &pair[1], false, nullptr, nullptr));
    sockets()->RunCallbacks();
    assert_int_equal(events, 0);
    sockets()->CloseConnection(pair[0], 0, nullptr, false);
    assert_int_equal(events, 0);
    sockets()->RunCallbacks();
    assert_int_equal(events, 2); /* to None here, closed by peer there */
    sockets()->CloseConnection(pair[1], 0, nullptr, false);
    sockets()->RunCallbacks();
    assert_int_equal(events, 3);
}

/* ---- ISteamNetworkingUtils ------------------------------------------------------------------------------------ */

char last_text[2048];

void keep_text(ESteamNetworkingSocketsDebugOutputType, const char *text)
{
    std::snprintf(last_text, sizeof(last_text), "%s", text);
}

void test_utils(void **)
{
    SteamRelayNetworkStatus_t relay;
    SteamNetworkPingLocation_t here, there;
    SteamNetworkingPOPID via = 1, list[4];
    SteamNetworkingIPAddr address;
    SteamNetworkingIdentity identity;
    ESteamNetworkingConfigDataType type;
    ESteamNetworkingConfigScope scope;
    SteamNetworkingMicroseconds before, after;
    Message *message;
    char text[1024] = "x";
    int32 number = 0;
    size_t size = sizeof(number);

    message = utils()->AllocateMessage(10);
    assert_non_null(message);
    assert_int_equal(message->m_cbSize, 10);
    message->m_pfnRelease(message);
    assert_null(utils()->AllocateMessage(-1));

    std::memset(&relay, 0xff, sizeof(relay));
    assert_int_equal(utils()->GetRelayNetworkStatus(&relay), k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(relay.m_eAvail, k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(relay.m_eAvailNetworkConfig, k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(relay.m_eAvailAnyRelay, k_ESteamNetworkingAvailability_CannotTry);
    assert_int_equal(relay.m_bPingMeasurementInProgress, 0);
    assert_true(std::strlen(relay.m_debugMsg) > 0);
    std::memset(&here, 0xff, sizeof(here));
    assert_true(utils()->GetLocalPingLocation(here) == -1.0f);
    std::memset(&there, 0, sizeof(there));
    assert_memory_equal(&here, &there, sizeof(here));
    assert_int_equal(utils()->EstimatePingTimeBetweenTwoLocations(here, there), -2);
    assert_int_equal(utils()->EstimatePingTimeFromLocalHost(there), -2);
    utils()->ConvertPingLocationToString(here, text, sizeof(text));
    assert_string_equal(text, "");
    std::memset(&there, 0xff, sizeof(there));
    assert_false(utils()->ParsePingLocationString("fra=10+1", there));
    assert_memory_equal(&here, &there, sizeof(here));
    assert_false(utils()->CheckPingDataUpToDate(1e10f));
    assert_int_equal(utils()->GetPingToDataCenter(k_SteamDatagramPOPID_dev, &via), -2);
    assert_int_equal(via, 0);
    assert_int_equal(utils()->GetDirectPingToPOP(k_SteamDatagramPOPID_dev), -2);
    assert_int_equal(utils()->GetPOPCount(), 0);
    assert_int_equal(utils()->GetPOPList(list, 4), 0);

    before = utils()->GetLocalTimestamp();
    after = utils()->GetLocalTimestamp();
    assert_true(before >= 2592000000000 && after >= before);
    utils()->SetDebugOutputFunction(k_ESteamNetworkingSocketsDebugOutputType_Bug, keep_text);
    SteamAPI_ISteamNetworkingUtils_GetPOPCount(nullptr);
    assert_non_null(std::strstr(last_text, "GetPOPCount"));
    utils()->SetDebugOutputFunction(k_ESteamNetworkingSocketsDebugOutputType_None, nullptr);
    assert_int_equal(utils()->GetIPv4FakeIPType(0xa9fe0102), k_ESteamNetworkingFakeIPType_NotFake);
    SteamAPI_SteamNetworkingIPAddr_SetIPv4(&address, 0xa9fe0102, 5);
    assert_int_equal(utils()->GetRealIdentityForFakeIP(address, &identity), k_EResultDisabled);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsInvalid(&identity));

    number = 77;
    assert_true(utils()->SetConfigValue(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_SocketsInterface,
                                        reinterpret_cast<intptr_t>(sockets()), k_ESteamNetworkingConfig_Int32,
                                        &number));
    number = 0;
    assert_int_equal(utils()->GetConfigValue(k_ESteamNetworkingConfig_NagleTime,
                                             k_ESteamNetworkingConfig_SocketsInterface,
                                             reinterpret_cast<intptr_t>(sockets()), &type, &number, &size),
                     k_ESteamNetworkingGetConfigValue_OK);
    assert_true(number == 77 && type == k_ESteamNetworkingConfig_Int32 && size == 4);
    assert_string_equal(utils()->GetConfigValueInfo(k_ESteamNetworkingConfig_NagleTime, &type, &scope), "NagleTime");
    assert_int_equal(scope, k_ESteamNetworkingConfig_Connection);
    assert_int_equal(utils()->IterateGenericEditableConfigValues(k_ESteamNetworkingConfig_Invalid, false), 2);
    assert_int_equal(utils()->IterateGenericEditableConfigValues(k_ESteamNetworkingConfig_SDRClient_SingleSocket, true),
                     23);

    assert_true(utils()->SteamNetworkingIPAddr_ParseString(&address, "[2001:db8::1]:9"));
    utils()->SteamNetworkingIPAddr_ToString(address, text, sizeof(text), true);
    assert_string_equal(text, "[2001:db8::1]:9");
    utils()->SteamNetworkingIPAddr_ToString(address, text, sizeof(text), false);
    assert_string_equal(text, "2001:db8::1");
    assert_int_equal(utils()->SteamNetworkingIPAddr_GetFakeIPType(address), k_ESteamNetworkingFakeIPType_NotFake);
    assert_true(utils()->SteamNetworkingIdentity_ParseString(&identity, "str:abc"));
    utils()->SteamNetworkingIdentity_ToString(identity, text, sizeof(text));
    assert_string_equal(text, "str:abc");
    assert_false(utils()->SteamNetworkingIdentity_ParseString(&identity, "abc"));
}

/* ---- ISteamNetworkingMessages --------------------------------------------------------------------------------- */

void test_messages(void **)
{
    SteamNetworkingIdentity self, stranger = named("stranger");
    SteamNetConnectionInfo_t info;
    SteamNetConnectionRealTimeStatus_t status;
    Message *received[4];

    assert_true(sockets()->GetIdentity(&self));
    assert_int_equal(messages()->SendMessageToUser(stranger, "x", 1, 8, 0), k_EResultFail);
    assert_int_equal(messages()->SendMessageToUser(self, "note", 4, 8, 3), k_EResultOK);
    assert_int_equal(messages()->ReceiveMessagesOnChannel(3, received, 4), 1);
    assert_memory_equal(received[0]->m_pData, "note", 4);
    assert_int_equal(received[0]->m_nChannel, 3);
    assert_true(SteamAPI_SteamNetworkingIdentity_IsEqualTo(&received[0]->m_identityPeer, &self));
    received[0]->m_pfnRelease(received[0]);
    assert_true(messages()->AcceptSessionWithUser(self));
    assert_false(messages()->AcceptSessionWithUser(stranger));
    assert_int_equal(messages()->GetSessionConnectionInfo(self, &info, &status),
                     k_ESteamNetworkingConnectionState_Connected);
    assert_int_equal(info.m_eState, k_ESteamNetworkingConnectionState_Connected);
    assert_int_equal(info.m_hListenSocket, 0);
    assert_int_equal(status.m_eState, k_ESteamNetworkingConnectionState_Connected);
    assert_false(messages()->CloseChannelWithUser(self, 4));
    assert_true(messages()->CloseChannelWithUser(self, 3));
    assert_false(messages()->CloseSessionWithUser(self));
    assert_int_equal(messages()->GetSessionConnectionInfo(self, &info, &status),
                     k_ESteamNetworkingConnectionState_None);
}

/* ---- objects of the library and of the program ---------------------------------------------------------------- */

int sent_signals, releases;

bool send_signal(void *context, HSteamNetConnection connection, const SteamNetConnectionInfo_t *info, const void *data,
                 int size)
{
    assert_ptr_equal(context, &sent_signals);
    assert_non_null(info);
    assert_true(connection == 5 && size == 3 && std::memcmp(data, "sig", 3) == 0);
    return ++sent_signals == 1;
}

void release_context(void *context)
{
    assert_ptr_equal(context, &sent_signals);
    releases++;
}

ISteamNetworkingConnectionSignaling *on_request(void *, HSteamNetConnection, const SteamNetworkingIdentity *, int)
{
    return nullptr;
}

void test_signaling_made_of_functions(void **)
{
    SteamNetConnectionInfo_t info;
    ISteamNetworkingConnectionSignaling *object =
        SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(&sent_signals, send_signal, release_context);
    Signaling *signaling = reinterpret_cast<Signaling *>(object);

    std::memset(&info, 0, sizeof(info));
    assert_non_null(object);
    expect_bare_table(object);
    assert_true(signaling->SendSignal(5, info, "sig", 3));
    assert_false(signaling->SendSignal(5, info, "sig", 3));
    signaling->Release();
    assert_int_equal(releases, 1);

    /* The library releases what it is given, and a release function is not necessary. */
    object = SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(&sent_signals, send_signal, release_context);
    assert_int_equal(SteamAPI_ISteamNetworkingSockets_ConnectP2PCustomSignaling(SteamNetworkingSockets_LibV12(), object,
                                                                                nullptr, 0, 0, nullptr),
                     0);
    assert_int_equal(releases, 2);
    object = SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(nullptr, send_signal, nullptr);
    reinterpret_cast<Signaling *>(object)->Release();
    assert_null(SteamAPI_ISteamNetworkingSockets_CreateCustomSignaling(nullptr, nullptr, release_context));

    assert_false(SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2(SteamNetworkingSockets_LibV12(), "x", 1,
                                                                           nullptr, on_request, nullptr));
    assert_false(SteamAPI_ISteamNetworkingSockets_ReceivedP2PCustomSignal2(SteamNetworkingSockets_LibV12(), "x", 1,
                                                                           nullptr, nullptr, nullptr));
}

} // namespace

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main()
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accessors_before_and_after),
        TEST(test_accessors_agree),
        TEST(test_sockets_listening_and_connecting),
        TEST(test_sockets_connections),
        TEST(test_both_generations_of_send_messages),
        TEST(test_sockets_identity_and_the_rest),
        TEST(test_callbacks_through_the_tables),
        TEST(test_utils),
        TEST(test_messages),
        TEST(test_signaling_made_of_functions),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
