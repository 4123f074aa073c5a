/*
 * Configuration values: their numbers, levels and types, and the option structure that create and connect calls take.
 *
 * A value that is not "global only" exists at four levels: process, sockets interface, listen socket, connection. Each
 * level has its own setting or inherits, at all times, from the next one up. Numbers outside the range given here are
 * clamped silently.
 */
#ifndef FUMAROLE_CONFIG_H
#define FUMAROLE_CONFIG_H

#include "fumarole/scalars.h"

/* The level a setting belongs to. */
typedef enum ESteamNetworkingConfigScope {
    k_ESteamNetworkingConfig_Global = 1,           /* the whole process */
    k_ESteamNetworkingConfig_SocketsInterface = 2, /* one sockets interface */
    k_ESteamNetworkingConfig_ListenSocket = 3,     /* one listen socket */
    k_ESteamNetworkingConfig_Connection = 4,       /* one connection */
    k_ESteamNetworkingConfigScope__Force32Bit = 0x7fffffff,
} ESteamNetworkingConfigScope;

/* The type of a setting. */
typedef enum ESteamNetworkingConfigDataType {
    k_ESteamNetworkingConfig_Int32 = 1,  /* int32 */
    k_ESteamNetworkingConfig_Int64 = 2,  /* int64 */
    k_ESteamNetworkingConfig_Float = 3,  /* float */
    k_ESteamNetworkingConfig_String = 4, /* text, terminated by zero */
    k_ESteamNetworkingConfig_Ptr = 5,    /* pointer */
    k_ESteamNetworkingConfigDataType__Force32Bit = 0x7fffffff,
} ESteamNetworkingConfigDataType;

/* What GetConfigValue returns. Negative values are failures. */
typedef enum ESteamNetworkingGetConfigValueResult {
    k_ESteamNetworkingGetConfigValue_BadValue = -1,    /* no such value */
    k_ESteamNetworkingGetConfigValue_BadScopeObj = -2, /* the scope object does not exist or does not know this value */
    k_ESteamNetworkingGetConfigValue_BufferTooSmall = -3, /* no buffer, or too small for the value */
    k_ESteamNetworkingGetConfigValue_OK = 1,              /* the value is set at the level asked for */
    k_ESteamNetworkingGetConfigValue_OKInherited = 2,     /* the value comes from a higher level or is the default */
    k_ESteamNetworkingGetConfigValueResult__Force32Bit = 0x7fffffff,
} ESteamNetworkingGetConfigValueResult;

/* The settings. In brackets: type, range, default, lowest level at which it can be set, and when it is locked. */
typedef enum ESteamNetworkingConfigValue {
    k_ESteamNetworkingConfig_Invalid = 0, /* not a value; also ends an iteration */

    /* ---- connections of any kind ---- */

    /* Milliseconds allowed for a connection to become established. (int32, 0 to 0x7fffffff, default 10000; down to one
       connection) */
    k_ESteamNetworkingConfig_TimeoutInitial = 24,
    /* Milliseconds without communication before an established connection is dropped. (int32, 0 to 0x7fffffff, default
       10000; down to one connection) */
    k_ESteamNetworkingConfig_TimeoutConnected = 25,
    /* Ceiling on bytes queued for sending; a send that would exceed it fails with LimitExceeded. (int32, 4096 to
       268435456, default 524288; down to one connection) */
    k_ESteamNetworkingConfig_SendBufferSize = 9,
    /* Ceiling on bytes of received messages waiting for the application. (int32, 4096 to 268435456, default 1048576;
       down to one connection) */
    k_ESteamNetworkingConfig_RecvBufferSize = 47,
    /* Ceiling on the number of received messages waiting for the application. (int32, 2 to 268435456, default 1000;
       down to one connection) */
    k_ESteamNetworkingConfig_RecvBufferMessages = 48,
    /* Largest message accepted from the peer; a larger one ends the connection. (int32, 64 to 268435456, default
       524288; down to one connection) */
    k_ESteamNetworkingConfig_RecvMaxMessageSize = 49,
    /* Largest number of message segments accepted in one packet. (int32, 1 to 1300, default 1300; down to one
       connection) */
    k_ESteamNetworkingConfig_RecvMaxSegmentsPerPacket = 50,
    /* The user data that a connection starts with; copied when it is made. (int64, any, default -1; down to one
       connection) */
    k_ESteamNetworkingConfig_ConnectionUserData = 40,
    /* Lower clamp of the send rate in bytes per second. (int32, 1024 to 268435456, default 262144; down to one
       connection) */
    k_ESteamNetworkingConfig_SendRateMin = 10,
    /* Upper clamp of the send rate in bytes per second. (int32, 1024 to 268435456, default 262144; down to one
       connection) */
    k_ESteamNetworkingConfig_SendRateMax = 11,
    /* Microseconds that a partly filled packet waits for more data. (int32, 0 to 20000, default 5000; down to one
       connection) */
    k_ESteamNetworkingConfig_NagleTime = 12,
    /* Tolerance for missing strong authentication on IP connections: 0 refuse, 1 allow and warn, 2 allow silently.
       (int32, 0 to 2, default 2; down to one connection; locked once the connection is active) */
    k_ESteamNetworkingConfig_IP_AllowWithoutAuth = 23,
    /* Same as IP_AllowWithoutAuth but for localhost peers only; the larger of the two applies. (int32, 0 to 2, default
       2; down to one connection; locked once the connection is active) */
    k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth = 52,
    /* Largest UDP payload to send, in bytes. (int32, 200 to 1300, default 1300; down to one connection) */
    k_ESteamNetworkingConfig_MTU_PacketSize = 32,
    /* Read-only: the largest message that fits in one packet, MTU_PacketSize less 100. (int32, default 1200; down to
       one connection) */
    k_ESteamNetworkingConfig_MTU_DataSize = 33,
    /* Plaintext policy: 0 forbid, 1 allow but prefer encryption, 2 prefer plaintext, 3 require plaintext. (int32, 0 to
       3, default 0; down to one connection; locked once the connection is active) */
    k_ESteamNetworkingConfig_Unencrypted = 34,
    /* Symmetric connect mode: both peers may initiate and end up with one connection. (int32, 0 to 1, default 0; down
       to one connection; locked once the listen socket exists or the connection is active) */
    k_ESteamNetworkingConfig_SymmetricConnect = 37,
    /* Local virtual port; -1 means same as the remote virtual port. (int32, -1 to 0x7fffffff, default -1; down to one
       connection; locked once the P2P listen socket or connection exists) */
    k_ESteamNetworkingConfig_LocalVirtualPort = 38,
    /* Dual Wi-Fi use: 0 off, 1 on, 2 simulated. (int32, 0 to 2, default 1; down to one connection) */
    k_ESteamNetworkingConfig_DualWifi_Enable = 39,
    /* Report the connection to a platform diagnostics user interface. (int32, 0 to 1, default 1; down to one
       connection) */
    k_ESteamNetworkingConfig_EnableDiagnosticsUI = 46,
    /* Send the time elapsed since the previous packet so that the receiver can measure jitter: -1 automatic by
       connection type, 0 off, 1 on. (int32, -1 to 1, default -1; down to one connection) */
    k_ESteamNetworkingConfig_SendTimeSincePreviousPacket = 59,

    /* ---- simulated network conditions, for all datagrams of the process; percentages are of packets ---- */

    /* Percentage of outgoing packets that are thrown away on purpose. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketLoss_Send = 2,
    /* Percentage of incoming packets that are thrown away on purpose. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketLoss_Recv = 3,
    /* Milliseconds added to every outgoing packet. (int32, 0 to 5000, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketLag_Send = 4,
    /* Milliseconds added to every incoming packet. (int32, 0 to 5000, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketLag_Recv = 5,
    /* Mean outgoing jitter in milliseconds (exponential distribution; 0 = off). (float, 0 to 2000, default 0; global
       only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Send_Avg = 53,
    /* Cap on outgoing jitter in milliseconds. (float, 0 to 5000, default 100; global only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Send_Max = 54,
    /* Percentage of outgoing packets that get a jitter value. (float, 0 to 100, default 75; global only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Send_Pct = 55,
    /* Mean incoming jitter in milliseconds (exponential distribution; 0 = off). (float, 0 to 2000, default 0; global
       only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Recv_Avg = 56,
    /* Cap on incoming jitter in milliseconds. (float, 0 to 5000, default 100; global only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Recv_Max = 57,
    /* Percentage of incoming packets that get a jitter value. (float, 0 to 100, default 75; global only) */
    k_ESteamNetworkingConfig_FakePacketJitter_Recv_Pct = 58,
    /* Percentage of outgoing packets given the extra reorder delay. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketReorder_Send = 6,
    /* Percentage of incoming packets given the extra reorder delay. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketReorder_Recv = 7,
    /* Length in milliseconds of the extra reorder delay. (int32, 0 to 5000, default 15; global only) */
    k_ESteamNetworkingConfig_FakePacketReorder_Time = 8,
    /* Percentage of outgoing packets sent twice. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketDup_Send = 26,
    /* Percentage of incoming packets processed twice. (float, 0 to 100, default 0; global only) */
    k_ESteamNetworkingConfig_FakePacketDup_Recv = 27,
    /* Upper bound in milliseconds of the random delay given to a duplicate. (int32, 0 to 5000, default 10; global only)
     */
    k_ESteamNetworkingConfig_FakePacketDup_TimeMax = 28,
    /* Bytes of each UDP packet to trace; -1 turns tracing off, 0 traces headers only. (int32, -1 to 99999, default -1;
       global only) */
    k_ESteamNetworkingConfig_PacketTraceMaxBytes = 41,
    /* Global send token-bucket rate in bytes per second (0 = no limit). (int32, 0 to 1073741824, default 0; global
       only) */
    k_ESteamNetworkingConfig_FakeRateLimit_Send_Rate = 42,
    /* Global send token-bucket depth in bytes. (int32, 0 to 1048576, default 16384; global only) */
    k_ESteamNetworkingConfig_FakeRateLimit_Send_Burst = 43,
    /* Global receive token-bucket rate in bytes per second (0 = no limit). (int32, 0 to 1073741824, default 0; global
       only) */
    k_ESteamNetworkingConfig_FakeRateLimit_Recv_Rate = 44,
    /* Global receive token-bucket depth in bytes. (int32, 0 to 1048576, default 16384; global only) */
    k_ESteamNetworkingConfig_FakeRateLimit_Recv_Burst = 45,
    /* Microseconds a packet that arrived early is held back to see whether the missing one follows (0 = off). Kept,
       without effect on direct UDP, where packets are processed as they arrive (protocol 12.3). (int32, 0 to 50000,
       default 1000; global only) */
    k_ESteamNetworkingConfig_OutOfOrderCorrectionWindowMicroseconds = 51,

    /* ---- callback functions: pointers of the types in fumarole/types.h ---- */

    /* Function that receives connection state changes. (pointer, default null; down to one connection) */
    k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged = 201,
    /* Function that receives authentication readiness changes. (pointer, default null; global only) */
    k_ESteamNetworkingConfig_Callback_AuthStatusChanged = 202,
    /* Function that receives relay network status changes. (pointer, default null; global only) */
    k_ESteamNetworkingConfig_Callback_RelayNetworkStatusChanged = 203,
    /* Function that receives incoming message-session requests. (pointer, default null; global only) */
    k_ESteamNetworkingConfig_Callback_MessagesSessionRequest = 204,
    /* Function that receives message-session failures. (pointer, default null; global only) */
    k_ESteamNetworkingConfig_Callback_MessagesSessionFailed = 205,
    /* Function that creates the signaling object for locally initiated P2P connections. (pointer, default null; global
       only) */
    k_ESteamNetworkingConfig_Callback_CreateConnectionSignaling = 206,
    /* Function that receives the outcome of a FakeIP allocation. (pointer, default null; global only) */
    k_ESteamNetworkingConfig_Callback_FakeIPResult = 207,

    /* ---- connections between identities; without effect in this version ---- */

    /* Comma-separated STUN servers (host:port, an optional stun: prefix is accepted). (string, default empty; down to
       one connection) */
    k_ESteamNetworkingConfig_P2P_STUN_ServerList = 103,
    /* Which kinds of address candidates to gather and share: a sum of relay 1, private 2 and public 4; 0 turns ICE off.
       (int32, 0 to 0x7fffffff, default 0x7fffffff; down to one connection; locked once the connection is active) */
    k_ESteamNetworkingConfig_P2P_Transport_ICE_Enable = 104,
    /* Score penalty in milliseconds applied to the ICE route. (int32, 0 to 0x7fffffff, default 0; down to one
       connection) */
    k_ESteamNetworkingConfig_P2P_Transport_ICE_Penalty = 105,
    /* Score penalty in milliseconds applied to the relayed route. (int32, 0 to 0x7fffffff, default 0; down to one
       connection) */
    k_ESteamNetworkingConfig_P2P_Transport_SDR_Penalty = 106,
    /* Comma-separated TURN servers (an optional turn: prefix is accepted). (string, default empty; down to one
       connection) */
    k_ESteamNetworkingConfig_P2P_TURN_ServerList = 107,
    /* Comma-separated TURN user names, matched to the server list by position. (string, default empty; down to one
       connection) */
    k_ESteamNetworkingConfig_P2P_TURN_UserList = 108,
    /* Comma-separated TURN passwords, matched to the server list by position. (string, default empty; down to one
       connection) */
    k_ESteamNetworkingConfig_P2P_TURN_PassList = 109,
    /* Which implementation of ICE to use: 0 whatever there is, 1 the built-in one, 2 an external library. (int32, 0 to
       2, default 0; down to one connection; locked once the connection is active) */
    k_ESteamNetworkingConfig_P2P_Transport_ICE_Implementation = 110,

    /* ---- relays; without effect in this version. Ranges and defaults of numbers are own choices ---- */

    /* How many first pings to a relay port may fail before that port is set aside. (int32, 1 to 1000, default 4; global
       only) */
    k_ESteamNetworkingConfig_SDRClient_ConsecutitivePingTimeoutsFailInitial = 19,
    /* How many consecutive pings may fail, after earlier success, before a relay port is set aside. (int32, 1 to 1000,
       default 10; global only) */
    k_ESteamNetworkingConfig_SDRClient_ConsecutitivePingTimeoutsFail = 20,
    /* Lifetime ping count needed before a relay latency estimate is trusted. (int32, 1 to 1000, default 10; global
       only) */
    k_ESteamNetworkingConfig_SDRClient_MinPingsBeforePingAccurate = 21,
    /* Use one local UDP port for all relay traffic instead of one per relay. (int32, 0 to 1, default 0; global only) */
    k_ESteamNetworkingConfig_SDRClient_SingleSocket = 22,
    /* Code of the only relay cluster that may be used (empty = no restriction). (string, default empty; global only) */
    k_ESteamNetworkingConfig_SDRClient_ForceRelayCluster = 29,
    /* Base64 developer ticket used to reach a hosted server without a coordinator; the SDR_DEVTICKET environment
       variable is an alternative source. (string, default empty; down to one connection; locked once the connection is
       active) */
    k_ESteamNetworkingConfig_SDRClient_DevTicket = 30,
    /* Comma-separated relay addresses that replace the configured relay list. (string, default empty; global only) */
    k_ESteamNetworkingConfig_SDRClient_ForceProxyAddr = 31,
    /* Fixed ping times for relay clusters, as cluster=milliseconds pairs separated by commas. (string, default empty;
       global only) */
    k_ESteamNetworkingConfig_SDRClient_FakeClusterPing = 36,
    /* Restrict relay probing to the N points of presence believed to be closest. (int32, 0 to 1000, default 0; global
       only) */
    k_ESteamNetworkingConfig_SDRClient_LimitPingProbesToNearestN = 60,

    /* ---- diagnostics: the k_ESteamNetworkingSocketsDebugOutputType_* up to which a subject is reported ---- */

    /* Verbosity of round-trip-time logging. (int32, 2 to 8, default 4; down to one connection) */
    k_ESteamNetworkingConfig_LogLevel_AckRTT = 13,
    /* Verbosity of packet encode/decode logging. (int32, 2 to 8, default 4; down to one connection) */
    k_ESteamNetworkingConfig_LogLevel_PacketDecode = 14,
    /* Verbosity of per-message send/receive logging. (int32, 2 to 8, default 4; down to one connection) */
    k_ESteamNetworkingConfig_LogLevel_Message = 15,
    /* Verbosity of dropped-packet logging. (int32, 2 to 8, default 4; down to one connection) */
    k_ESteamNetworkingConfig_LogLevel_PacketGaps = 16,
    /* Verbosity of P2P rendezvous logging. (int32, 2 to 8, default 4; down to one connection) */
    k_ESteamNetworkingConfig_LogLevel_P2PRendezvous = 17,
    /* Verbosity of relay-ping logging. (int32, 2 to 8, default 4; global only) */
    k_ESteamNetworkingConfig_LogLevel_SDRRelayPings = 18,

    /* ---- experiments; without effect in this version ---- */

    /* Experimental: ECN value for outgoing packets; -1 automatic, 0..2 fixed. (int32, -1 to 2, default -1; global only)
     */
    k_ESteamNetworkingConfig_ECN = 999,
    /* Experimental: probe relays with different type-of-service values. (int32, 0 to 1, default 0; global only) */
    k_ESteamNetworkingConfig_SDRClient_EnableTOSProbes = 998,
    /* no longer exists; listed so that its number is not reused */
    k_ESteamNetworkingConfig_DELETED_EnumerateDevVars = 35,
    k_ESteamNetworkingConfigValue__Force32Bit = 0x7fffffff,
} ESteamNetworkingConfigValue;

/* Which address candidates may be gathered and shared with a peer (k_ESteamNetworkingConfig_P2P_Transport_ICE_Enable):
   a sum of Relay, Private and Public, or one of the other values. */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_Default (-1)       /* a platform's choice; 0 here */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_Disable 0          /* no ICE at all */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_Relay   1          /* addresses on TURN servers */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_Private 2          /* addresses of local interfaces */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_Public  4          /* addresses seen by STUN servers */
#define k_nSteamNetworkingConfig_P2P_Transport_ICE_Enable_All     0x7fffffff /* every kind */

/*
 * One option of a create or connect call. m_eDataType says which member of m_val holds the value. The text behind
 * m_string has to stay valid only during the call.
 */
typedef struct SteamNetworkingConfigValue_t {
    ESteamNetworkingConfigValue m_eValue;
    ESteamNetworkingConfigDataType m_eDataType;
    union {
        int32 m_int32;
        int64 m_int64;
        float m_float;
        const char *m_string;
        void *m_ptr;
    } m_val;
} SteamNetworkingConfigValue_t;

FUMAROLE_STATIC_ASSERT(sizeof(ESteamNetworkingConfigValue) == 4, "enumerations take 32 bits");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetworkingConfigValue_t) == 16, "layout of SteamNetworkingConfigValue_t");

#endif
