#include "api/config_table.h"

#include "api/config_values.h"
#include "conn/stranger_limits.h"
#include "fumarole/extensions.h"

#define NUMBER(number, bare_name, kind, level, lock, list, start, lowest, highest)                                     \
    {                                                                                                                  \
        .value = number, .type = CONFIG_TYPE_##kind, .scope = k_ESteamNetworkingConfig_##level, .locks = lock,         \
        .listing = CONFIG_##list, .transport_offset = -1, .name = #bare_name, .initial = start, .minimum = lowest,     \
        .maximum = highest                                                                                             \
    }

#define TRANSPORT(number, bare_name, lock, list, start, lowest, highest, field)                                        \
    {                                                                                                                  \
        .value = number, .type = CONFIG_TYPE_INT32, .scope = k_ESteamNetworkingConfig_Connection, .locks = lock,       \
        .listing = CONFIG_##list, .transport_offset = offsetof(struct transport_config, field), .name = #bare_name,    \
        .initial = start, .minimum = lowest, .maximum = highest                                                        \
    }

/* The same, where 0 is allowed below the range and means that there is no limit. */
#define TRANSPORT_OR_0(number, bare_name, lock, list, start, lowest, highest, field)                                   \
    {                                                                                                                  \
        .value = number, .type = CONFIG_TYPE_INT32, .scope = k_ESteamNetworkingConfig_Connection, .locks = lock,       \
        .listing = CONFIG_##list, .zero_is_no_limit = true,                                                            \
        .transport_offset = offsetof(struct transport_config, field), .name = #bare_name, .initial = start,            \
        .minimum = lowest, .maximum = highest                                                                          \
    }

/* One of this library's own (fumarole/extensions.h), for listen sockets; 0 means that there is no limit. */
#define LISTEN_LIMIT(bare_name, start)                                                                                 \
    NUMBER(k_EFumaroleConfig_##bare_name, bare_name, INT32, ListenSocket, 0, UNLISTED, start, 0, 10000000)

#define OTHER(number, bare_name, kind, level, lock, list) NUMBER(number, bare_name, kind, level, lock, list, 0, 0, 0)

/*
 * The relay values 18 to 22, 60 and 998 have no published defaults and limits; these are this library's own choice.
 */
const struct config_row config_table[CONFIG_ROW_COUNT] = {
    /* clang-format off */
    NUMBER(2, FakePacketLoss_Send, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(3, FakePacketLoss_Recv, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(4, FakePacketLag_Send, INT32, Global, 0, LISTED, 0, 0, 5000),
    NUMBER(5, FakePacketLag_Recv, INT32, Global, 0, LISTED, 0, 0, 5000),
    NUMBER(6, FakePacketReorder_Send, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(7, FakePacketReorder_Recv, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(8, FakePacketReorder_Time, INT32, Global, 0, LISTED, 15, 0, 5000),
    TRANSPORT(9, SendBufferSize, 0, LISTED, 524288, 4096, 268435456, send_buffer_size),
    TRANSPORT_OR_0(10, SendRateMin, 0, LISTED, 262144, 1024, 268435456, send_rate_min),
    TRANSPORT_OR_0(11, SendRateMax, 0, LISTED, 262144, 1024, 268435456, send_rate_max),
    TRANSPORT(12, NagleTime, 0, LISTED, 5000, 0, 20000, nagle_us),
    TRANSPORT(13, LogLevel_AckRTT, 0, LISTED, 4, 2, 8, log_level_ack_rtt),
    TRANSPORT(14, LogLevel_PacketDecode, 0, LISTED, 4, 2, 8, log_level_packet_decode),
    TRANSPORT(15, LogLevel_Message, 0, LISTED, 4, 2, 8, log_level_message),
    TRANSPORT(16, LogLevel_PacketGaps, 0, LISTED, 4, 2, 8, log_level_packet_gaps),
    NUMBER(17, LogLevel_P2PRendezvous, INT32, Connection, 0, LISTED, 4, 2, 8),
    NUMBER(18, LogLevel_SDRRelayPings, INT32, Global, 0, UNLISTED, 4, 2, 8),
    NUMBER(19, SDRClient_ConsecutitivePingTimeoutsFailInitial, INT32, Global, 0, UNLISTED, 4, 1, 1000),
    NUMBER(20, SDRClient_ConsecutitivePingTimeoutsFail, INT32, Global, 0, UNLISTED, 10, 1, 1000),
    NUMBER(21, SDRClient_MinPingsBeforePingAccurate, INT32, Global, 0, UNLISTED, 10, 1, 1000),
    NUMBER(22, SDRClient_SingleSocket, INT32, Global, 0, UNLISTED, 0, 0, 1),
    TRANSPORT(23, IP_AllowWithoutAuth, CONFIG_LOCK_ACTIVE, DEVELOPMENT, 2, 0, 2, allow_without_auth),
    TRANSPORT(24, TimeoutInitial, 0, LISTED, 10000, 0, INT32_MAX, timeout_initial_ms),
    TRANSPORT(25, TimeoutConnected, 0, LISTED, 10000, 0, INT32_MAX, timeout_connected_ms),
    NUMBER(26, FakePacketDup_Send, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(27, FakePacketDup_Recv, FLOAT, Global, 0, LISTED, 0, 0, 100),
    NUMBER(28, FakePacketDup_TimeMax, INT32, Global, 0, LISTED, 10, 0, 5000),
    OTHER(29, SDRClient_ForceRelayCluster, STRING, Global, 0, UNLISTED),
    OTHER(30, SDRClient_DevTicket, STRING, Connection, CONFIG_LOCK_ACTIVE, UNLISTED),
    OTHER(31, SDRClient_ForceProxyAddr, STRING, Global, 0, UNLISTED),
    TRANSPORT(32, MTU_PacketSize, 0, LISTED, 1300, 200, 1300, packet_size),
    TRANSPORT(34, Unencrypted, CONFIG_LOCK_ACTIVE, DEVELOPMENT, 0, 0, 3, unencrypted),
    OTHER(36, SDRClient_FakeClusterPing, STRING, Global, 0, UNLISTED),
    NUMBER(37, SymmetricConnect, INT32, Connection, CONFIG_LOCK_ACTIVE | CONFIG_LOCK_SYMMETRIC, UNLISTED, 0, 0, 1),
    NUMBER(38, LocalVirtualPort, INT32, Connection, CONFIG_LOCK_PORT, UNLISTED, -1, -1, INT32_MAX),
    NUMBER(39, DualWifi_Enable, INT32, Connection, 0, UNLISTED, 1, 0, 2),
    NUMBER(40, ConnectionUserData, INT64, Connection, 0, UNLISTED, -1, 0, 0),
    NUMBER(41, PacketTraceMaxBytes, INT32, Global, 0, LISTED, -1, -1, 99999),
    NUMBER(42, FakeRateLimit_Send_Rate, INT32, Global, 0, LISTED, 0, 0, 1073741824),
    NUMBER(43, FakeRateLimit_Send_Burst, INT32, Global, 0, LISTED, 16384, 0, 1048576),
    NUMBER(44, FakeRateLimit_Recv_Rate, INT32, Global, 0, LISTED, 0, 0, 1073741824),
    NUMBER(45, FakeRateLimit_Recv_Burst, INT32, Global, 0, LISTED, 16384, 0, 1048576),
    NUMBER(46, EnableDiagnosticsUI, INT32, Connection, 0, UNLISTED, 1, 0, 1),
    TRANSPORT(47, RecvBufferSize, 0, LISTED, 1048576, 4096, 268435456, receive_buffer_size),
    TRANSPORT(48, RecvBufferMessages, 0, LISTED, 1000, 2, 268435456, receive_buffer_messages),
    TRANSPORT(49, RecvMaxMessageSize, 0, LISTED, 524288, 64, 268435456, receive_max_message_size),
    TRANSPORT(50, RecvMaxSegmentsPerPacket, 0, LISTED, 1300, 1, 1300, receive_max_segments),
    NUMBER(51, OutOfOrderCorrectionWindowMicroseconds, INT32, Global, 0, LISTED, 1000, 0, 50000),
    TRANSPORT(52, IPLocalHost_AllowWithoutAuth, CONFIG_LOCK_ACTIVE, LISTED, 2, 0, 2, localhost_allow_without_auth),
    NUMBER(53, FakePacketJitter_Send_Avg, FLOAT, Global, 0, LISTED, 0, 0, 2000),
    NUMBER(54, FakePacketJitter_Send_Max, FLOAT, Global, 0, LISTED, 100, 0, 5000),
    NUMBER(55, FakePacketJitter_Send_Pct, FLOAT, Global, 0, LISTED, 75, 0, 100),
    NUMBER(56, FakePacketJitter_Recv_Avg, FLOAT, Global, 0, LISTED, 0, 0, 2000),
    NUMBER(57, FakePacketJitter_Recv_Max, FLOAT, Global, 0, LISTED, 100, 0, 5000),
    NUMBER(58, FakePacketJitter_Recv_Pct, FLOAT, Global, 0, LISTED, 75, 0, 100),
    TRANSPORT(59, SendTimeSincePreviousPacket, 0, LISTED, -1, -1, 1, send_time_since_previous),
    NUMBER(60, SDRClient_LimitPingProbesToNearestN, INT32, Global, 0, UNLISTED, 0, 0, 1000),
    OTHER(103, P2P_STUN_ServerList, STRING, Connection, 0, LISTED),
    NUMBER(104, P2P_Transport_ICE_Enable, INT32, Connection, CONFIG_LOCK_ACTIVE, LISTED, INT32_MAX, 0, INT32_MAX),
    NUMBER(105, P2P_Transport_ICE_Penalty, INT32, Connection, 0, LISTED, 0, 0, INT32_MAX),
    NUMBER(106, P2P_Transport_SDR_Penalty, INT32, Connection, 0, UNLISTED, 0, 0, INT32_MAX),
    OTHER(107, P2P_TURN_ServerList, STRING, Connection, 0, LISTED),
    OTHER(108, P2P_TURN_UserList, STRING, Connection, 0, LISTED),
    OTHER(109, P2P_TURN_PassList, STRING, Connection, 0, LISTED),
    NUMBER(110, P2P_Transport_ICE_Implementation, INT32, Connection, CONFIG_LOCK_ACTIVE, LISTED, 0, 0, 2),
    OTHER(201, Callback_ConnectionStatusChanged, POINTER, Connection, 0, UNLISTED),
    OTHER(202, Callback_AuthStatusChanged, POINTER, Global, 0, UNLISTED),
    OTHER(203, Callback_RelayNetworkStatusChanged, POINTER, Global, 0, UNLISTED),
    OTHER(204, Callback_MessagesSessionRequest, POINTER, Global, 0, UNLISTED),
    OTHER(205, Callback_MessagesSessionFailed, POINTER, Global, 0, UNLISTED),
    OTHER(206, Callback_CreateConnectionSignaling, POINTER, Global, 0, UNLISTED),
    OTHER(207, Callback_FakeIPResult, POINTER, Global, 0, UNLISTED),
    NUMBER(998, SDRClient_EnableTOSProbes, INT32, Global, 0, UNLISTED, 0, 0, 1),
    NUMBER(999, ECN, INT32, Global, 0, UNLISTED, -1, -1, 2),
    NUMBER(10001, ReceiveMemory, INT32, Global, 0, UNLISTED, 262144, 0, INT32_MAX),
    LISTEN_LIMIT(ListenChallengesPerAddress, CHALLENGES_PER_ADDRESS),
    LISTEN_LIMIT(ListenChallengesTotal, CHALLENGES_TOTAL),
    LISTEN_LIMIT(ListenConnectsPerAddress, CONNECTS_PER_ADDRESS),
    LISTEN_LIMIT(ListenConnectsTotal, CONNECTS_TOTAL),
    LISTEN_LIMIT(ListenStrayRepliesPerAddress, STRAYS_PER_ADDRESS),
    LISTEN_LIMIT(ListenStrayRepliesTotal, STRAYS_TOTAL),
    LISTEN_LIMIT(ListenWaitingConnections, LISTEN_WAITING_CONNECTIONS),
    /* clang-format on */
};

const struct config_row *config_find_row(int value)
{
    size_t low = 0;
    size_t high = CONFIG_ROW_COUNT;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (config_table[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < CONFIG_ROW_COUNT && config_table[low].value == value ? &config_table[low] : NULL;
}
