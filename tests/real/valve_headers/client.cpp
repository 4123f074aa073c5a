// The client: echoes on several lanes, large and empty messages, a refusal, a close by the server, a lingering close.
#include "check.h"

#include <atomic>
#include <cstring>

static ISteamNetworkingSockets *sockets;

static HSteamNetConnection connect_to(uint16 port)
{
    SteamNetworkingConfigValue_t options[4];
    options[0].SetInt32(k_ESteamNetworkingConfig_SendBufferSize, 4 << 20);
    options[1].SetInt32(k_ESteamNetworkingConfig_SendRateMin, 8 << 20);
    options[2].SetInt32(k_ESteamNetworkingConfig_SendRateMax, 8 << 20);
    options[3].SetInt64(k_ESteamNetworkingConfig_ConnectionUserData, port);
    return sockets->ConnectByIPAddress(loopback(port), 4, options);
}

static bool connected(HSteamNetConnection connection)
{
    return wait_for([&] { return change_to(connection, k_ESteamNetworkingConnectionState_Connected) != nullptr; });
}

// The next message of a connection, or null after the time that wait_for grants.
static SteamNetworkingMessage_t *next_message(HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *message = nullptr;
    wait_for([&] { return sockets->ReceiveMessagesOnConnection(connection, &message, 1) != 0; });
    return message;
}

static void check_info(HSteamNetConnection connection, uint16 port)
{
    SteamNetConnectionInfo_t info;
    CHECK(sockets->GetConnectionInfo(connection, &info));
    CHECK(info.m_eState == k_ESteamNetworkingConnectionState_Connected);
    CHECK(info.m_eEndReason == k_ESteamNetConnectionEnd_Invalid && info.m_szEndDebug[0] == 0);
    CHECK(!strcmp(SteamNetworkingIdentityRender(info.m_identityRemote).c_str(), "str:bob"));
    CHECK(info.m_addrRemote == loopback(port));
    CHECK(info.m_hListenSocket == k_HSteamListenSocket_Invalid && info.m_nUserData == port);
    CHECK(!(info.m_nFlags &
            (k_nSteamNetworkConnectionInfoFlags_Unencrypted | k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers)));
    CHECK(info.m_szConnectionDescription[0] != 0);
    const SteamNetConnectionStatusChangedCallback_t *change =
        change_to(connection, k_ESteamNetworkingConnectionState_Connecting);
    CHECK(change && change->m_eOldState == k_ESteamNetworkingConnectionState_None);
    change = change_to(connection, k_ESteamNetworkingConnectionState_Connected);
    CHECK(change && change->m_eOldState == k_ESteamNetworkingConnectionState_Connecting);
    CHECK(sockets->AcceptConnection(connection) != k_EResultOK);
}

static std::atomic<int> freed{0};

static void check_echoes(HSteamNetConnection connection)
{
    enum { lanes = 4, each = 25 };
    const int priorities[lanes] = {0, 0, 1, 2};
    const uint16 weights[lanes] = {1, 2, 1, 1};
    CHECK(sockets->ConfigureConnectionLanes(connection, lanes, priorities, weights) == k_EResultOK);
    const char lane_request[2] = {'L', lanes};
    CHECK(sockets->SendMessageToConnection(connection, lane_request, 2, k_nSteamNetworkingSend_ReliableNoNagle,
                                           nullptr) == k_EResultOK);
    if (SteamNetworkingMessage_t *reply = next_message(connection)) {
        CHECK(reply->GetSize() == 2 && !memcmp(reply->GetData(), lane_request, 2));
        reply->Release();
    } else {
        CHECK(!"the first echo came");
    }

    // One call for all messages of a round; sizes from nothing to 60 KB, buffers that this program frees itself.
    auto size_of = [](int lane, int i) {
        return size_t(i == 7 ? 0 : 1 + (i * 997 + lane * 31) % (i % 6 ? 1500 : 60000));
    };
    int64 results[lanes];
    SteamNetworkingMessage_t *messages[lanes];
    bool all_sent = true;
    int given = 0;
    for (int i = 0; i < each; ++i) {
        for (int lane = 0; lane < lanes; ++lane) {
            std::vector<uint8> bytes = pattern(size_of(lane, i), uint32(lane * 1000 + i));
            SteamNetworkingMessage_t *message = messages[lane] = SteamNetworkingUtils()->AllocateMessage(0);
            if (!bytes.empty()) {
                bytes[0] = 'E';
                message->m_pData = std::malloc(bytes.size());
                std::memcpy(message->m_pData, bytes.data(), bytes.size());
                message->m_cbSize = int(bytes.size());
                message->m_pfnFreeData = [](SteamNetworkingMessage_t *done) {
                    std::free(done->m_pData);
                    ++freed;
                };
                ++given;
            }
            message->m_conn = connection;
            message->m_nFlags = k_nSteamNetworkingSend_Reliable;
            message->m_idxLane = uint16(lane);
        }
        sockets->SendMessages(lanes, messages, results, false);
        for (int lane = 0; lane < lanes; ++lane)
            all_sent &= results[lane] == i + (lane == 0 ? 2 : 1) && !messages[lane];
    }
    CHECK(all_sent);
    CHECK(sockets->FlushMessagesOnConnection(connection) == k_EResultOK);

    int next[lanes] = {0}, total = 0;
    bool right = true;
    CHECK(wait_for([&] {
        SteamNetworkingMessage_t *echoes[16];
        int n = sockets->ReceiveMessagesOnConnection(connection, echoes, 16);
        for (int k = 0; k < n; ++k, ++total) {
            int lane = echoes[k]->m_idxLane;
            int i = lane < lanes ? next[lane]++ : 0;
            std::vector<uint8> bytes = pattern(size_of(lane, i), uint32(lane * 1000 + i));
            if (!bytes.empty())
                bytes[0] = 'E';
            right &= lane < lanes && i < each && echoes[k]->GetSize() == bytes.size() &&
                     (bytes.empty() || !memcmp(echoes[k]->GetData(), bytes.data(), bytes.size()));
            echoes[k]->Release();
        }
        return total >= lanes * each;
    }));
    CHECK(right && total == lanes * each);
    CHECK(wait_for([&] { return freed == given; }));
}

static void check_unreliable_and_large(HSteamNetConnection connection)
{
    int64 number = 0;
    std::vector<uint8> bytes = pattern(1000, 77);
    bytes[0] = 'E';
    CHECK(sockets->SendMessageToConnection(connection, bytes.data(), uint32(bytes.size()),
                                           k_nSteamNetworkingSend_UnreliableNoDelay, &number) == k_EResultOK);
    CHECK(number > 0);
    if (SteamNetworkingMessage_t *echo = next_message(connection)) {
        CHECK(echo->GetSize() == bytes.size() && !memcmp(echo->GetData(), bytes.data(), bytes.size()));
        CHECK(!(echo->m_nFlags & k_nSteamNetworkingSend_Reliable));
        echo->Release();
    } else {
        CHECK(!"an unreliable echo came");
    }
    bytes = pattern(k_cbMaxSteamNetworkingSocketsMessageSizeSend, 78);
    bytes[0] = 'E';
    CHECK(sockets->SendMessageToConnection(connection, bytes.data(), uint32(bytes.size()),
                                           k_nSteamNetworkingSend_Reliable, &number) == k_EResultOK);
    if (SteamNetworkingMessage_t *echo = next_message(connection)) {
        CHECK(echo->GetSize() == bytes.size() && !memcmp(echo->GetData(), bytes.data(), bytes.size()));
        echo->Release();
    } else {
        CHECK(!"a message of the greatest size came back");
    }
    bytes.push_back(0);
    CHECK(sockets->SendMessageToConnection(connection, bytes.data(), uint32(bytes.size()),
                                           k_nSteamNetworkingSend_Reliable, &number) == k_EResultInvalidParam);
    CHECK(number == -1);
}

static void check_status(HSteamNetConnection connection)
{
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[4];
    CHECK(wait_for([&] {
        return sockets->GetConnectionRealTimeStatus(connection, &status, 4, lanes) == k_EResultOK &&
               status.m_cbPendingReliable == 0 && status.m_cbSentUnackedReliable == 0;
    }));
    CHECK(status.m_eState == k_ESteamNetworkingConnectionState_Connected);
    CHECK(status.m_nPing >= 0 && status.m_nPing < 1000);
    CHECK(status.m_nSendRateBytesPerSecond == 8 << 20);
    CHECK(lanes[3].m_cbPendingReliable == 0 && lanes[3].m_cbSentUnackedReliable == 0);
    char text[8192] = "";
    CHECK(sockets->GetDetailedConnectionStatus(connection, text, sizeof text) == 0 && text[0]);
    int32 rate = 0;
    size_t size = sizeof rate;
    CHECK(SteamNetworkingUtils()->GetConfigValue(k_ESteamNetworkingConfig_SendRateMax,
                                                 k_ESteamNetworkingConfig_Connection, intptr_t(connection), nullptr,
                                                 &rate, &size) == k_ESteamNetworkingGetConfigValue_OK);
    CHECK(rate == 8 << 20);
    CHECK(SteamNetworkingUtils()->SetConnectionConfigValueInt32(connection, k_ESteamNetworkingConfig_NagleTime, 1000));
}

static void check_refusal(uint16 port)
{
    HSteamNetConnection connection = connect_to(port);
    CHECK(connection != k_HSteamNetConnection_Invalid);
    CHECK(wait_for([&] { return change_to(connection, k_ESteamNetworkingConnectionState_ClosedByPeer) != nullptr; }));
    if (const auto *change = change_to(connection, k_ESteamNetworkingConnectionState_ClosedByPeer)) {
        CHECK(change->m_eOldState == k_ESteamNetworkingConnectionState_Connecting);
        CHECK(change->m_info.m_eEndReason == 1007 && !strcmp(change->m_info.m_szEndDebug, "no room here"));
    }
    CHECK(sockets->CloseConnection(connection, 0, nullptr, false));
}

static void check_close_by_server(uint16 port)
{
    HSteamNetConnection connection = connect_to(port);
    CHECK(connected(connection));
    CHECK(sockets->SendMessageToConnection(connection, "C", 1, k_nSteamNetworkingSend_ReliableNoNagle, nullptr) ==
          k_EResultOK);
    CHECK(wait_for([&] { return change_to(connection, k_ESteamNetworkingConnectionState_ClosedByPeer) != nullptr; }));
    if (const auto *change = change_to(connection, k_ESteamNetworkingConnectionState_ClosedByPeer))
        CHECK(change->m_info.m_eEndReason == 1234 && !strcmp(change->m_info.m_szEndDebug, "as you asked"));
    CHECK(sockets->SendMessageToConnection(connection, "x", 1, 0, nullptr) == k_EResultNoConnection);
    CHECK(sockets->CloseConnection(connection, 0, nullptr, false));
    CHECK(sockets->SendMessageToConnection(connection, "x", 1, 0, nullptr) == k_EResultInvalidParam);
}

// What was sent before a lingering close arrives, although the handle is gone at once.
static void check_linger(uint16 port)
{
    HSteamNetConnection connection = connect_to(port);
    CHECK(connected(connection));
    std::vector<uint8> bytes = pattern(20000, 5);
    bool all_sent = true;
    for (int32 i = 0; i < 40; ++i) {
        bytes[0] = 'N';
        std::memcpy(&bytes[1], &i, sizeof i);
        all_sent &= sockets->SendMessageToConnection(connection, bytes.data(), uint32(bytes.size()),
                                                     k_nSteamNetworkingSend_Reliable, nullptr) == k_EResultOK;
    }
    CHECK(all_sent);
    CHECK(sockets->CloseConnection(connection, 1088, "drained", true));
    CHECK(!sockets->GetConnectionInfo(connection, nullptr));
}

void run_client(uint16 port, uint16 refusing_port, int ready)
{
    char byte;
    start_library("alice");
    sockets = SteamNetworkingSockets();
    CHECK(SteamNetworkingUtils()->SetGlobalCallback_SteamNetConnectionStatusChanged(record_change));
    if (!CHECK(read(ready, &byte, 1) == 1))
        return;
    HSteamNetConnection connection = connect_to(port);
    if (!CHECK(connection != k_HSteamNetConnection_Invalid && connected(connection)))
        return;
    check_info(connection, port);
    check_echoes(connection);
    check_unreliable_and_large(connection);
    check_status(connection);
    check_refusal(refusing_port);
    check_close_by_server(port);
    check_linger(port);

    std::string told;
    CHECK(wait_for([&] {
        sockets->SendMessageToConnection(connection, "T", 1, k_nSteamNetworkingSend_ReliableNoNagle, nullptr);
        if (SteamNetworkingMessage_t *message = next_message(connection)) {
            told.assign(static_cast<const char *>(message->GetData()), message->GetSize());
            message->Release();
        }
        return told.find("drained") != std::string::npos;
    }));
    if (!CHECK(told == "40 in order, 1088 drained"))
        std::printf("client: the server said: %s\n", told.c_str());

    CHECK(sockets->SendMessageToConnection(connection, "Q", 1, k_nSteamNetworkingSend_Reliable, nullptr) ==
          k_EResultOK);
    CHECK(sockets->CloseConnection(connection, 1099, "thank you", true));
    CHECK(change_to(connection, k_ESteamNetworkingConnectionState_None) == nullptr);
    CHECK(wait_for([&] { return change_to(connection, k_ESteamNetworkingConnectionState_None) != nullptr; }));
    CHECK(read(ready, &byte, 1) == 0); // lingering goes on behind our back until the server has seen the end and left
    CHECK(misuse_reports == 0);
    GameNetworkingSockets_Kill();
}
