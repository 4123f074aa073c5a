// Everything that needs no second process: accessors before the start, small value types, config values, poll groups
// and lanes on socket pairs, ownership of messages, and the interfaces that answer "nothing configured".
#include "check.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <set>

static void check_before_start()
{
    CHECK(SteamNetworkingSockets() == nullptr);
    CHECK(SteamNetworkingMessages() == nullptr);
    CHECK(SteamNetworkingUtils() != nullptr);
    CHECK(SteamNetworkingUtils() == SteamNetworkingUtils_Lib());
}

static void check_addresses()
{
    SteamNetworkingIPAddr address;
    address.Clear();
    CHECK(address.IsIPv6AllZeros());
    CHECK(!strcmp(SteamNetworkingIPAddrRender(address).c_str(), "[::]:0"));
    CHECK(!strcmp(SteamNetworkingIPAddrRender(address, false).c_str(), "::"));
    CHECK(address.ParseString("1.2.3.4:80"));
    CHECK(address.IsIPv4() && address.GetIPv4() == 0x01020304 && address.m_port == 80);
    CHECK(!strcmp(SteamNetworkingIPAddrRender(address).c_str(), "1.2.3.4:80"));
    CHECK(!strcmp(SteamNetworkingIPAddrRender(address, false).c_str(), "1.2.3.4"));
    CHECK(address.ParseString("[2001:db8::1]:443"));
    CHECK(!address.IsIPv4() && address.m_port == 443);
    CHECK(!strcmp(SteamNetworkingIPAddrRender(address).c_str(), "[2001:db8::1]:443"));
    CHECK(!address.ParseString("localhost:80"));
    CHECK(!address.ParseString("1.2.3.256"));
    CHECK(address.ParseString("127.0.0.1") && address.IsLocalHost() && address.m_port == 0);
    CHECK(!address.IsFakeIP() && address.GetFakeIPType() == k_ESteamNetworkingFakeIPType_NotFake);
    SteamNetworkingIPAddr same = address;
    CHECK(same == address);
    same.m_port = 1;
    CHECK(!(same == address));
}

static void check_identities()
{
    SteamNetworkingIdentity identity, parsed;
    identity.Clear();
    CHECK(identity.IsInvalid() && !strcmp(SteamNetworkingIdentityRender(identity).c_str(), "invalid"));
    CHECK(identity.SetGenericString("alice"));
    CHECK(!strcmp(SteamNetworkingIdentityRender(identity).c_str(), "str:alice"));
    CHECK(parsed.ParseString("str:alice") && parsed == identity);
    CHECK(!strcmp(parsed.GetGenericString(), "alice"));
    CHECK(!identity.SetGenericString("a string that is longer than 31 bytes"));

    CSteamID steam(1234567, k_EUniversePublic, k_EAccountTypeIndividual);
    identity.SetSteamID(steam);
    std::string text = "steamid:" + std::to_string(steam.ConvertToUint64());
    CHECK(text == SteamNetworkingIdentityRender(identity).c_str());
    CHECK(parsed.ParseString(text.c_str()) && parsed == identity && parsed.GetSteamID() == steam);
    CHECK(!parsed.ParseString("steamid:1") && parsed.IsInvalid());

    const uint8 raw[] = {0xde, 0xad, 0xbe, 0xef};
    int size = 0;
    CHECK(identity.SetGenericBytes(raw, sizeof raw));
    CHECK(!strcmp(SteamNetworkingIdentityRender(identity).c_str(), "gen:deadbeef"));
    CHECK(parsed.ParseString("gen:DEADBEEF") && parsed == identity);
    CHECK(parsed.GetGenericBytes(size) && size == 4);

    identity.SetIPv4Addr(0x0a000001, 27015);
    CHECK(!strcmp(SteamNetworkingIdentityRender(identity).c_str(), "ip:10.0.0.1:27015"));
    CHECK(parsed.ParseString("ip:10.0.0.1:27015") && parsed == identity && parsed.GetIPv4() == 0x0a000001);
    identity.SetLocalHost();
    CHECK(identity.IsLocalHost() && !strcmp(SteamNetworkingIdentityRender(identity).c_str(), "ip:::1"));
    identity.SetPSNID(77);
    CHECK(parsed.ParseString("psn:77") && parsed == identity && parsed.GetPSNID() == 77);
    CHECK(identity.SetXboxPairwiseID("abc"));
    CHECK(parsed.ParseString("xboxpwid:abc") && !strcmp(parsed.GetXboxPairwiseID(), "abc"));
    CHECK(parsed.ParseString("moon:sea of rains"));
    CHECK(parsed.m_eType == k_ESteamNetworkingIdentityType_UnknownType);
    CHECK(!strcmp(SteamNetworkingIdentityRender(parsed).c_str(), "moon:sea of rains"));
    CHECK(!parsed.ParseString("invalid") && !parsed.ParseString("") && !parsed.ParseString("STR:x"));

    // The same conversions through the interface's own slots.
    char buffer[SteamNetworkingIdentity::k_cchMaxString];
    SteamNetworkingUtils()->SteamNetworkingIdentity_ToString(identity, buffer, sizeof buffer);
    CHECK(!strcmp(buffer, "xboxpwid:abc"));
    CHECK(SteamNetworkingUtils()->SteamNetworkingIdentity_ParseString(&parsed, "str:slot"));
    SteamNetworkingIPAddr address;
    CHECK(SteamNetworkingUtils()->SteamNetworkingIPAddr_ParseString(&address, "9.8.7.6:5"));
    SteamNetworkingUtils()->SteamNetworkingIPAddr_ToString(address, buffer, sizeof buffer, true);
    CHECK(!strcmp(buffer, "9.8.7.6:5"));
    CHECK(SteamNetworkingUtils()->SteamNetworkingIPAddr_GetFakeIPType(address) == k_ESteamNetworkingFakeIPType_NotFake);
    CHECK(!strcmp(SteamNetworkingPOPIDRender(CalculateSteamNetworkingPOPIDFromString("fra")).c_str(), "fra"));
}

static int32 int_value(ESteamNetworkingConfigValue value, ESteamNetworkingConfigScope scope, intptr_t object,
                       ESteamNetworkingGetConfigValueResult *result)
{
    int32 number = -12345;
    size_t size = sizeof number;
    ESteamNetworkingConfigDataType type;
    *result = SteamNetworkingUtils()->GetConfigValue(value, scope, object, &type, &number, &size);
    return number;
}

static void check_config_values()
{
    ISteamNetworkingUtils *utils = SteamNetworkingUtils();
    ESteamNetworkingGetConfigValueResult result;
    std::set<std::string> names;
    int last = 0, count = 0;
    bool ascending = true, described = true;
    ESteamNetworkingConfigValue value = k_ESteamNetworkingConfig_Invalid;
    while ((value = utils->IterateGenericEditableConfigValues(value, true)) != k_ESteamNetworkingConfig_Invalid &&
           count < 500) {
        ESteamNetworkingConfigDataType type;
        ESteamNetworkingConfigScope scope;
        const char *name = utils->GetConfigValueInfo(value, &type, &scope);
        ascending &= value > last;
        described &= name && *name && type >= k_ESteamNetworkingConfig_Int32 && type <= k_ESteamNetworkingConfig_Ptr &&
                     (scope == k_ESteamNetworkingConfig_Global || scope == k_ESteamNetworkingConfig_Connection);
        names.insert(name ? name : "");
        last = value;
        ++count;
    }
    CHECK(ascending && described);
    CHECK(count >= 30 && count < 500 && names.size() == size_t(count));
    CHECK(names.count("NagleTime") && names.count("SendRateMax") && names.count("FakePacketLoss_Send"));
    CHECK(utils->GetConfigValueInfo(ESteamNetworkingConfigValue(31337), nullptr, nullptr) == nullptr);

    CHECK(int_value(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, &result) == 5000);
    CHECK(result == k_ESteamNetworkingGetConfigValue_OK);
    CHECK(utils->SetGlobalConfigValueInt32(k_ESteamNetworkingConfig_NagleTime, 7000));
    CHECK(int_value(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, &result) == 7000);
    CHECK(utils->SetGlobalConfigValueInt32(k_ESteamNetworkingConfig_NagleTime, 1000000));
    CHECK(int_value(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, &result) == 20000);
    CHECK(utils->SetConfigValue(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0,
                                k_ESteamNetworkingConfig_Int32, nullptr));
    CHECK(int_value(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Global, 0, &result) == 5000);

    float loss = 0;
    size_t size = sizeof loss;
    ESteamNetworkingConfigDataType type = k_ESteamNetworkingConfig_Int32;
    CHECK(utils->SetGlobalConfigValueFloat(k_ESteamNetworkingConfig_FakePacketLoss_Send, 12.5f));
    CHECK(utils->GetConfigValue(k_ESteamNetworkingConfig_FakePacketLoss_Send, k_ESteamNetworkingConfig_Global, 0, &type,
                                &loss, &size) == k_ESteamNetworkingGetConfigValue_OK);
    CHECK(type == k_ESteamNetworkingConfig_Float && std::fabs(loss - 12.5f) < 0.001f);
    CHECK(utils->SetGlobalConfigValueFloat(k_ESteamNetworkingConfig_FakePacketLoss_Send, 0));
    size = 1;
    CHECK(utils->GetConfigValue(k_ESteamNetworkingConfig_FakePacketLoss_Send, k_ESteamNetworkingConfig_Global, 0, &type,
                                &loss, &size) == k_ESteamNetworkingGetConfigValue_BufferTooSmall);
    CHECK(size == sizeof(float));
    int_value(ESteamNetworkingConfigValue(31337), k_ESteamNetworkingConfig_Global, 0, &result);
    CHECK(result == k_ESteamNetworkingGetConfigValue_BadValue);
    int_value(k_ESteamNetworkingConfig_NagleTime, k_ESteamNetworkingConfig_Connection, 12345, &result);
    CHECK(result == k_ESteamNetworkingGetConfigValue_BadScopeObj);
    CHECK(!utils->SetGlobalConfigValueInt32(k_ESteamNetworkingConfig_MTU_DataSize, 100));
    CHECK(!utils->SetGlobalConfigValueInt32(ESteamNetworkingConfigValue(31337), 1));

    SteamNetworkingConfigValue_t option;
    option.SetInt32(k_ESteamNetworkingConfig_SendBufferSize, 600000);
    CHECK(utils->SetConfigValueStruct(option, k_ESteamNetworkingConfig_SocketsInterface,
                                      reinterpret_cast<intptr_t>(SteamNetworkingSockets())));
    CHECK(int_value(k_ESteamNetworkingConfig_SendBufferSize, k_ESteamNetworkingConfig_SocketsInterface,
                    reinterpret_cast<intptr_t>(SteamNetworkingSockets()), &result) == 600000);
    CHECK(result == k_ESteamNetworkingGetConfigValue_OK);
}

// Implemented by this program and called by the library through its table of functions.
struct CountingSignaling final : ISteamNetworkingConnectionSignaling {
    int released = 0;
    bool SendSignal(HSteamNetConnection, const SteamNetConnectionInfo_t &, const void *, int) override { return true; }
    void Release() override { ++released; }
};
struct RefusingContext final : ISteamNetworkingSignalingRecvContext {
    ISteamNetworkingConnectionSignaling *OnConnectRequest(HSteamNetConnection, const SteamNetworkingIdentity &,
                                                          int) override
    {
        return nullptr;
    }
    void SendRejectionSignal(const SteamNetworkingIdentity &, const void *, int) override {}
};

// With no back end configured these answer at once, and harmlessly.
static void check_nothing_configured()
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
    ISteamNetworkingUtils *utils = SteamNetworkingUtils();
    SteamRelayNetworkStatus_t relays;
    SteamNetworkPingLocation_t place = {};
    utils->InitRelayNetworkAccess();
    CHECK(utils->GetRelayNetworkStatus(&relays) == relays.m_eAvail && relays.m_eAvail < 0);
    CHECK(utils->GetPOPCount() == 0 && utils->GetPOPList(nullptr, 0) == 0);
    CHECK(utils->GetLocalPingLocation(place) < 0);
    CHECK(utils->EstimatePingTimeFromLocalHost(place) < 0);
    CHECK(utils->EstimatePingTimeBetweenTwoLocations(place, place) < 0);
    CHECK(utils->GetDirectPingToPOP(k_SteamDatagramPOPID_dev) < 0);
    CHECK(!utils->ParsePingLocationString("nonsense", place));
    CHECK(!utils->IsFakeIPv4(0x7f000001));

    SteamNetworkingIdentity identity;
    identity.SetGenericString("nobody");
    CHECK(sockets->GetHostedDedicatedServerPort() == 0 && sockets->GetHostedDedicatedServerPOPID() == 0);
    CHECK(sockets->FindRelayAuthTicketForServer(identity, 0, nullptr) == 0);
    CHECK(!sockets->ReceivedRelayAuthTicket("x", 1, nullptr));
    CHECK(sockets->ConnectToHostedDedicatedServer(identity, 0, 0, nullptr) == k_HSteamNetConnection_Invalid);
    CHECK(sockets->CreateHostedDedicatedServerListenSocket(0, 0, nullptr) == k_HSteamListenSocket_Invalid);
    CHECK(!sockets->BeginAsyncRequestFakeIP(1));
    CHECK(sockets->CreateFakeUDPPort(0) == nullptr);
    CHECK(sockets->CreateListenSocketP2PFakeIP(0, 0, nullptr) == k_HSteamListenSocket_Invalid);
    CHECK(sockets->ConnectP2P(identity, 0, 0, nullptr) == k_HSteamNetConnection_Invalid);
    CHECK(sockets->ConnectP2PCustomSignaling(nullptr, &identity, 0, 0, nullptr) == k_HSteamNetConnection_Invalid);

    CountingSignaling signaling;
    RefusingContext context;
    SteamNetworkingConfigValue_t impossible;
    impossible.SetInt32(ESteamNetworkingConfigValue(31337), 1);
    CHECK(sockets->ConnectP2PCustomSignaling(&signaling, &identity, 0, 1, &impossible) ==
          k_HSteamNetConnection_Invalid);
    CHECK(signaling.released == 1);
    CHECK(!sockets->ReceivedP2PCustomSignal("garbage", 7, &context));

    SteamNetAuthenticationStatus_t authentication;
    CHECK(sockets->GetAuthenticationStatus(&authentication) == authentication.m_eAvail);
    CHECK(sockets->InitAuthentication() == sockets->GetAuthenticationStatus(nullptr));
    int size = 0;
    SteamNetworkingErrMsg why = "";
    CHECK(sockets->GetCertificateRequest(&size, nullptr, why) && size > 0 && size <= 512);
    std::vector<uint8> request(size);
    CHECK(sockets->GetCertificateRequest(&size, request.data(), why) && size > 0);
    size = 1;
    CHECK(!sockets->GetCertificateRequest(&size, request.data(), why) && size > 1 && why[0]);
    why[0] = 0;
    CHECK(!sockets->SetCertificate("not a certificate", 17, why) && why[0]);
}

static void check_messages_interface()
{
    ISteamNetworkingMessages *messages = SteamNetworkingMessages();
    if (!CHECK(messages != nullptr))
        return;
    SteamNetworkingIdentity identity;
    SteamNetworkingMessage_t *message;
    SteamNetConnectionInfo_t info;
    identity.Clear();
    CHECK(messages == SteamNetworkingMessages_Lib());
    CHECK(messages->SendMessageToUser(identity, "x", 1, k_nSteamNetworkingSend_Reliable, 0) == k_EResultInvalidParam);
    identity.SetGenericString("stranger");
    CHECK(messages->ReceiveMessagesOnChannel(0, &message, 1) == 0);
    CHECK(!messages->AcceptSessionWithUser(identity));
    CHECK(!messages->CloseSessionWithUser(identity));
    CHECK(!messages->CloseChannelWithUser(identity, 0));
    CHECK(messages->GetSessionConnectionInfo(identity, &info, nullptr) == k_ESteamNetworkingConnectionState_None);
}

static std::atomic<int> freed{0};
static void count_free(SteamNetworkingMessage_t *message)
{
    freed += int(message->m_nUserData);
    std::free(message->m_pData);
}

// A message whose buffer belongs to this program until the library calls count_free.
static SteamNetworkingMessage_t *own_message(HSteamNetConnection to, const std::vector<uint8> &bytes, int flags,
                                             uint16 lane)
{
    SteamNetworkingMessage_t *message = SteamNetworkingUtils()->AllocateMessage(0);
    CHECK(message && !message->m_pData && message->m_cbSize == 0 && !message->m_pfnFreeData);
    message->m_pData = std::malloc(bytes.size());
    std::memcpy(message->m_pData, bytes.data(), bytes.size());
    message->m_cbSize = int(bytes.size());
    message->m_pfnFreeData = count_free;
    message->m_nUserData = 1;
    message->m_conn = to;
    message->m_nFlags = flags;
    message->m_idxLane = lane;
    return message;
}

static void check_pair(bool network)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
    HSteamNetConnection a = 0, b = 0;
    SteamNetworkingIdentity left, right;
    left.SetGenericString("left");
    right.SetGenericString("right");
    sockets->RunCallbacks(); // what earlier checks left in the queue
    size_t changes_before = changes.size();
    if (!CHECK(sockets->CreateSocketPair(&a, &b, network, &left, &right)))
        return;
    sockets->RunCallbacks();
    CHECK(changes.size() == changes_before);
    SteamNetConnectionInfo_t info;
    CHECK(sockets->GetConnectionInfo(a, &info) && info.m_eState == k_ESteamNetworkingConnectionState_Connected);
    CHECK(info.m_identityRemote == left);
    CHECK(bool(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers) == !network);
    CHECK(bool(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Fast));
    CHECK(sockets->GetConnectionInfo(b, &info) && info.m_identityRemote == right);

    CHECK(sockets->SetConnectionUserData(a, 111) && sockets->GetConnectionUserData(a) == 111);
    CHECK(sockets->GetConnectionUserData(b) == -1);
    char name[32];
    sockets->SetConnectionName(a, "left end");
    CHECK(sockets->GetConnectionName(a, name, sizeof name) && !strcmp(name, "left end"));
    CHECK(sockets->GetConnectionInfo(a, &info) && strstr(info.m_szConnectionDescription, "left end"));
    CHECK(sockets->GetConnectionName(a, name, 5) && !strcmp(name, "left"));

    const int priorities[] = {0, 1, 0};
    const uint16 weights[] = {1, 1, 3};
    CHECK(sockets->ConfigureConnectionLanes(a, 3, priorities, weights) == k_EResultOK);
    CHECK(sockets->ConfigureConnectionLanes(a, 2, nullptr, nullptr) == k_EResultInvalidParam);
    CHECK(sockets->ConfigureConnectionLanes(12345, 2, nullptr, nullptr) == k_EResultNoConnection);

    // Three lanes, a lane that does not exist, and a connection that does not exist, in one call.
    SteamNetworkingMessage_t *batch[5];
    int64 results[5];
    freed = 0;
    for (int i = 0; i < 3; ++i)
        batch[i] = own_message(a, pattern(100 + i, i), k_nSteamNetworkingSend_Reliable, uint16(i));
    batch[3] = own_message(a, pattern(10, 3), k_nSteamNetworkingSend_Reliable, 200);
    batch[4] = own_message(54321, pattern(10, 4), k_nSteamNetworkingSend_Reliable, 0);
    sockets->SendMessages(5, batch, results, false);
    CHECK(results[0] == 1 && results[1] == 1 && results[2] == 1);
    CHECK(results[3] == -k_EResultInvalidParam && results[4] == -k_EResultInvalidParam);
    CHECK(!batch[0] && !batch[1] && !batch[2]);
    if (CHECK(batch[3] && batch[4])) {
        batch[3]->Release();
        batch[4]->Release();
    }
    // Failed messages are the library's when the last argument is true.
    SteamNetworkingMessage_t *lost = own_message(54321, pattern(10, 5), k_nSteamNetworkingSend_Reliable, 0);
    sockets->SendMessages(1, &lost, results, true);
    CHECK(results[0] == -k_EResultInvalidParam);

    HSteamNetPollGroup group = sockets->CreatePollGroup();
    CHECK(group != k_HSteamNetPollGroup_Invalid);
    CHECK(sockets->SetConnectionPollGroup(b, group) && !sockets->SetConnectionPollGroup(b, 999));
    bool seen[3] = {false, false, false};
    int received = 0;
    CHECK(wait_for([&] {
        SteamNetworkingMessage_t *messages[8];
        int n = sockets->ReceiveMessagesOnPollGroup(group, messages, 8);
        for (int i = 0; i < n; ++i) {
            SteamNetworkingMessage_t *message = messages[i];
            uint16 lane = message->m_idxLane;
            std::vector<uint8> expected = pattern(100 + lane, lane);
            if (CHECK(lane < 3 && !seen[lane])) {
                seen[lane] = true;
                CHECK(message->GetSize() == expected.size() &&
                      !memcmp(message->GetData(), expected.data(), expected.size()));
            }
            CHECK(message->GetConnection() == b && message->GetMessageNumber() == 1);
            CHECK(message->m_identityPeer == right && message->GetConnectionUserData() == -1);
            CHECK(message->m_nFlags & k_nSteamNetworkingSend_Reliable);
            message->Release();
            ++received;
        }
        return received == 3;
    }));
    CHECK(sockets->ReceiveMessagesOnPollGroup(0, nullptr, 0) == -1);

    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[3];
    CHECK(sockets->GetConnectionRealTimeStatus(a, &status, 3, lanes) == k_EResultOK);
    CHECK(status.m_eState == k_ESteamNetworkingConnectionState_Connected);
    CHECK(sockets->GetConnectionRealTimeStatus(a, &status, 4, lanes) == k_EResultInvalidParam);
    CHECK(sockets->GetDetailedConnectionStatus(a, nullptr, 0) > 0);
    CHECK(sockets->GetDetailedConnectionStatus(12345, nullptr, 0) == -1);

    // Waiting messages survive their poll group.
    CHECK(sockets->SendMessageToConnection(a, "stay", 4, k_nSteamNetworkingSend_ReliableNoNagle, nullptr) ==
          k_EResultOK);
    CHECK(wait_for([&] {
        return sockets->GetConnectionRealTimeStatus(a, &status, 0, nullptr) == k_EResultOK &&
               status.m_cbSentUnackedReliable == 0 && status.m_cbPendingReliable == 0;
    }));
    CHECK(sockets->DestroyPollGroup(group) && !sockets->DestroyPollGroup(group));
    SteamNetworkingMessage_t *message = nullptr;
    if (CHECK(sockets->ReceiveMessagesOnConnection(b, &message, 1) == 1))
        message->Release();
    CHECK(freed == 6);

    CHECK(sockets->CloseConnection(a, 1042, "pair closed", false));
    CHECK(wait_for([&] { return change_to(b, k_ESteamNetworkingConnectionState_ClosedByPeer) != nullptr; }));
    if (const auto *change = change_to(b, k_ESteamNetworkingConnectionState_ClosedByPeer)) {
        CHECK(change->m_info.m_eEndReason == 1042 && !strcmp(change->m_info.m_szEndDebug, "pair closed"));
        CHECK(change->m_eOldState == k_ESteamNetworkingConnectionState_Connected);
    }
    CHECK(sockets->CloseConnection(b, 0, nullptr, false) && !sockets->CloseConnection(b, 0, nullptr, false));
}

static int service_threads;

void check_one_process()
{
    check_before_start();
    check_addresses();
    check_identities();
    SteamNetworkingSockets_SetServiceThreadInitCallback([] { ++service_threads; });
    for (int round = 0; round < 2; ++round) {
        service_threads = 0;
        start_library("solo");
        ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
        if (!CHECK(sockets != nullptr))
            return;
        CHECK(sockets == SteamNetworkingSockets_Lib());
        CHECK(SteamNetworkingUtils()->SetGlobalCallback_SteamNetConnectionStatusChanged(record_change));
        SteamNetworkingIdentity me;
        CHECK(sockets->GetIdentity(&me) && !strcmp(SteamNetworkingIdentityRender(me).c_str(), "str:solo"));
        SteamNetworkingMicroseconds before = SteamNetworkingUtils()->GetLocalTimestamp();
        CHECK(before >= 2592000000000ll);
        check_config_values();
        check_messages_interface();
        check_nothing_configured();
        check_pair(false);
        check_pair(true);
        CHECK(SteamNetworkingUtils()->GetLocalTimestamp() >= before);
        CHECK(wait_for([] { return service_threads > 0; }));
        GameNetworkingSockets_Kill();
        CHECK(SteamNetworkingSockets() == nullptr);
        CHECK(SteamNetworkingUtils() != nullptr);
    }
}
