// The server: one listen socket whose clients are served through a poll group, and one that refuses everybody.
// The first byte of a message says what the client wants: E echo, C close me, N count and keep silent, T tell the
// count, Q quit.
#include "check.h"

#include <cstring>

static HSteamListenSocket listener, refuser;
static HSteamNetPollGroup group;
static int accepted, left, refused;
static std::string last_reason;

static void on_client(SteamNetConnectionStatusChangedCallback_t *change)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
    record_change(change);
    switch (change->m_info.m_eState) {
    case k_ESteamNetworkingConnectionState_Connecting:
        CHECK(change->m_info.m_hListenSocket == listener);
        CHECK(!strcmp(SteamNetworkingIdentityRender(change->m_info.m_identityRemote).c_str(), "str:alice"));
        CHECK(change->m_info.m_nUserData == 4242);
        CHECK(sockets->AcceptConnection(change->m_hConn) == k_EResultOK);
        CHECK(sockets->AcceptConnection(change->m_hConn) == k_EResultInvalidState);
        CHECK(sockets->SetConnectionPollGroup(change->m_hConn, group));
        ++accepted;
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
        last_reason = std::to_string(change->m_info.m_eEndReason) + " " + change->m_info.m_szEndDebug;
        CHECK(sockets->CloseConnection(change->m_hConn, 0, nullptr, false));
        ++left;
        break;
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        CHECK(!"a client's connection has a problem");
        sockets->CloseConnection(change->m_hConn, 0, nullptr, false);
        break;
    default:
        break;
    }
}

static void on_refused(SteamNetConnectionStatusChangedCallback_t *change)
{
    if (change->m_info.m_eState != k_ESteamNetworkingConnectionState_Connecting)
        return;
    CHECK(change->m_info.m_hListenSocket == refuser);
    CHECK(SteamNetworkingSockets()->CloseConnection(change->m_hConn, 1007, "no room here", false));
    ++refused;
}

// Sends the same bytes back in the message's own lane, with the same reliability.
static void echo(const SteamNetworkingMessage_t *message)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
    SteamNetworkingMessage_t *reply = SteamNetworkingUtils()->AllocateMessage(message->m_cbSize);
    if (!CHECK(reply && reply->m_cbSize == message->m_cbSize))
        return;
    std::memcpy(reply->m_pData, message->m_pData, message->m_cbSize);
    reply->m_conn = message->m_conn;
    reply->m_nFlags = message->m_nFlags | k_nSteamNetworkingSend_NoNagle;
    reply->m_idxLane = message->m_idxLane;
    int64 result = 0;
    sockets->SendMessages(1, &reply, &result, true);
    CHECK(result > 0);
}

void run_server(uint16 port, uint16 refusing_port, int ready)
{
    start_library("bob");
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets();
    CHECK(SteamNetworkingUtils()->SetGlobalCallback_SteamNetConnectionStatusChanged(on_refused));
    group = sockets->CreatePollGroup();

    SteamNetworkingConfigValue_t options[3];
    options[0].SetPtr(k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged, reinterpret_cast<void *>(on_client));
    options[1].SetInt64(k_ESteamNetworkingConfig_ConnectionUserData, 4242);
    options[2].SetInt32(k_ESteamNetworkingConfig_SendBufferSize, 4 << 20);
    listener = sockets->CreateListenSocketIP(loopback(port), 3, options);
    refuser = sockets->CreateListenSocketIP(loopback(refusing_port), 0, nullptr);
    if (!CHECK(listener != k_HSteamListenSocket_Invalid && refuser != k_HSteamListenSocket_Invalid))
        return;
    CHECK(sockets->CreateListenSocketIP(loopback(port), 3, options) == k_HSteamListenSocket_Invalid);
    CHECK(sockets->CreateListenSocketIP(loopback(0), 3, options) == k_HSteamListenSocket_Invalid);
    SteamNetworkingIPAddr bound;
    CHECK(sockets->GetListenSocketAddress(listener, &bound) && bound == loopback(port));
    CHECK(write(ready, "r", 1) == 1);

    int counted = 0;
    bool in_order = true, quit = false;
    double end = seconds_now() + 60;
    while (!quit && seconds_now() < end) {
        sockets->RunCallbacks();
        SteamNetworkingMessage_t *messages[32];
        int n = sockets->ReceiveMessagesOnPollGroup(group, messages, 32);
        for (int i = 0; i < n; ++i) {
            SteamNetworkingMessage_t *message = messages[i];
            const auto *bytes = static_cast<const char *>(message->GetData());
            std::string reply;
            switch (message->GetSize() ? bytes[0] : 'E') {
            case 'L': // as many lanes as the second byte says
                CHECK(sockets->ConfigureConnectionLanes(message->m_conn, bytes[1], nullptr, nullptr) == k_EResultOK);
                CHECK(message->GetConnectionUserData() == 4242 && message->GetChannel() == -1);
                CHECK(!strcmp(SteamNetworkingIdentityRender(message->m_identityPeer).c_str(), "str:alice"));
                CHECK(message->GetTimeReceived() <= SteamNetworkingUtils()->GetLocalTimestamp());
                echo(message);
                break;
            case 'C':
                CHECK(sockets->CloseConnection(message->m_conn, 1234, "as you asked", false));
                break;
            case 'N': {
                int32 number = -1;
                std::memcpy(&number, bytes + 1, sizeof number);
                in_order &= number == counted++;
                break;
            }
            case 'T':
                reply = std::to_string(counted) + (in_order ? " in order, " : " out of order, ") + last_reason;
                sockets->SendMessageToConnection(message->m_conn, reply.data(), uint32(reply.size()),
                                                 k_nSteamNetworkingSend_ReliableNoNagle, nullptr);
                break;
            case 'Q':
                quit = true;
                break;
            default:
                echo(message);
            }
            message->Release();
        }
        if (n == 0)
            usleep(500);
    }
    CHECK(quit);
    CHECK(wait_for([] { return left == 2; })); // the third connection was closed by this side
    CHECK(accepted == 3 && refused == 1);
    CHECK(last_reason == "1099 thank you");
    CHECK(sockets->CloseListenSocket(refuser) && !sockets->CloseListenSocket(refuser));
    CHECK(sockets->CloseListenSocket(listener));
    CHECK(misuse_reports == 0);
    GameNetworkingSockets_Kill();
}
