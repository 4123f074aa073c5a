/*
 * Every enumeration, constant, structure and function type of the networking interface.
 *
 * Names, numbers and layouts are those that programs written for this interface were compiled with (Linux, x86-64 and
 * other 64-bit platforms: callback structures packed to 4 bytes, addresses and identities to 1). Nothing in here may
 * change. The header stands alone in C11 and C++11 or later. Constants that C++ headers of this interface nest inside a
 * class are spelled Class_constant here.
 */
#ifndef FUMAROLE_TYPES_H
#define FUMAROLE_TYPES_H

#include "fumarole/config.h"
#include "fumarole/results.h"
#include "fumarole/scalars.h"

FUMAROLE_BEGIN_DECLS

/*
 * Interface objects. They are pointers to a pointer to a table of functions (fumarole/vtables.h); programs in C use the
 * flat functions instead and treat them as opaque.
 */
typedef struct ISteamNetworkingSockets ISteamNetworkingSockets;
typedef struct ISteamNetworkingUtils ISteamNetworkingUtils;
typedef struct ISteamNetworkingMessages ISteamNetworkingMessages;
typedef struct ISteamNetworkingConnectionSignaling ISteamNetworkingConnectionSignaling;
typedef struct ISteamNetworkingSignalingRecvContext ISteamNetworkingSignalingRecvContext;
typedef struct ISteamNetworkingFakeUDPPort ISteamNetworkingFakeUDPPort;

typedef struct SteamDatagramHostedAddress SteamDatagramHostedAddress;
typedef struct SteamDatagramRelayAuthTicket SteamDatagramRelayAuthTicket;
typedef struct SteamDatagramGameCoordinatorServerLogin SteamDatagramGameCoordinatorServerLogin;

/* ------------------------------------------------------------------------------------------------ enumerations */

/* How far a service is from working. Negative: it does not work. */
typedef enum ESteamNetworkingAvailability {
    k_ESteamNetworkingAvailability_CannotTry = -102,  /* something it depends on is missing */
    k_ESteamNetworkingAvailability_Failed = -101,     /* tried, did not work */
    k_ESteamNetworkingAvailability_Previously = -100, /* worked before, does not now */
    k_ESteamNetworkingAvailability_Retrying = -10,    /* failed before, being tried again */
    k_ESteamNetworkingAvailability_NeverTried = 1,    /* nobody has asked for it */
    k_ESteamNetworkingAvailability_Waiting = 2,       /* waits for something it depends on */
    k_ESteamNetworkingAvailability_Attempting = 3,    /* being tried for the first time */
    k_ESteamNetworkingAvailability_Current = 100,     /* works */
    k_ESteamNetworkingAvailability_Unknown = 0,
    k_ESteamNetworkingAvailability__Force32bit = 0x7fffffff,
} ESteamNetworkingAvailability;

/* What kind of name an identity is. */
typedef enum ESteamNetworkingIdentityType {
    k_ESteamNetworkingIdentityType_Invalid = 0,
    k_ESteamNetworkingIdentityType_SteamID = 16,
    k_ESteamNetworkingIdentityType_XboxPairwiseID = 17,
    k_ESteamNetworkingIdentityType_SonyPSN = 18,
    k_ESteamNetworkingIdentityType_IPAddress = 1,
    k_ESteamNetworkingIdentityType_GenericString = 2,
    k_ESteamNetworkingIdentityType_GenericBytes = 3,
    k_ESteamNetworkingIdentityType_UnknownType = 4, /* a kind this library does not know, kept as text */
    k_ESteamNetworkingIdentityType__Force32bit = 0x7fffffff,
} ESteamNetworkingIdentityType;

/* Whether an address is a stand-in ("FakeIP") for a peer that is reached in another way. */
typedef enum ESteamNetworkingFakeIPType {
    k_ESteamNetworkingFakeIPType_Invalid = 0,    /* not an address at all */
    k_ESteamNetworkingFakeIPType_NotFake = 1,    /* an ordinary address */
    k_ESteamNetworkingFakeIPType_GlobalIPv4 = 2, /* assigned by a back end, valid for everybody */
    k_ESteamNetworkingFakeIPType_LocalIPv4 = 3,  /* assigned by this process, valid only in it */
    k_ESteamNetworkingFakeIPType__Force32Bit = 0x7fffffff,
} ESteamNetworkingFakeIPType;

/* The life of a connection. Applications see 0 to 5; the negative ones are internal and reported as None. */
typedef enum ESteamNetworkingConnectionState {
    k_ESteamNetworkingConnectionState_None = 0,         /* does not exist, or the application closed it */
    k_ESteamNetworkingConnectionState_Connecting = 1,   /* no answer from the peer, or not yet accepted here */
    k_ESteamNetworkingConnectionState_FindingRoute = 2, /* P2P: both agreed, looking for a way between them */
    k_ESteamNetworkingConnectionState_Connected = 3,
    k_ESteamNetworkingConnectionState_ClosedByPeer = 4,           /* ended by the peer; handle still to be closed */
    k_ESteamNetworkingConnectionState_ProblemDetectedLocally = 5, /* failed here; handle still to be closed */
    k_ESteamNetworkingConnectionState_FinWait = -1,
    k_ESteamNetworkingConnectionState_Linger = -2,
    k_ESteamNetworkingConnectionState_Dead = -3,
    k_ESteamNetworkingConnectionState__Force32Bit = 0x7fffffff,
} ESteamNetworkingConnectionState;

/* How much a diagnostic message matters. A limit set to one of these lets through it and all smaller numbers. */
typedef enum ESteamNetworkingSocketsDebugOutputType {
    k_ESteamNetworkingSocketsDebugOutputType_None = 0,
    k_ESteamNetworkingSocketsDebugOutputType_Bug = 1,       /* the interface was used wrongly */
    k_ESteamNetworkingSocketsDebugOutputType_Error = 2,     /* something failed that should not */
    k_ESteamNetworkingSocketsDebugOutputType_Important = 3, /* nothing wrong, but worth knowing */
    k_ESteamNetworkingSocketsDebugOutputType_Warning = 4,
    k_ESteamNetworkingSocketsDebugOutputType_Msg = 5,
    k_ESteamNetworkingSocketsDebugOutputType_Verbose = 6,
    k_ESteamNetworkingSocketsDebugOutputType_Debug = 7,
    k_ESteamNetworkingSocketsDebugOutputType_Everything = 8,
    k_ESteamNetworkingSocketsDebugOutputType__Force32Bit = 0x7fffffff,
} ESteamNetworkingSocketsDebugOutputType;

typedef enum ESteamIPType {
    k_ESteamIPTypeIPv4 = 0,
    k_ESteamIPTypeIPv6 = 1,
} ESteamIPType;

/* Part of a Steam ID: which installation of the Steam service. */
typedef enum EUniverse {
    k_EUniverseInvalid = 0,
    k_EUniversePublic = 1,
    k_EUniverseBeta = 2,
    k_EUniverseInternal = 3,
    k_EUniverseDev = 4,
    k_EUniverseMax = 5,
} EUniverse;

/* Part of a Steam ID: what kind of account. */
typedef enum EAccountType {
    k_EAccountTypeInvalid = 0,
    k_EAccountTypeIndividual = 1,
    k_EAccountTypeMultiseat = 2,
    k_EAccountTypeGameServer = 3,
    k_EAccountTypeAnonGameServer = 4,
    k_EAccountTypePending = 5,
    k_EAccountTypeContentServer = 6,
    k_EAccountTypeClan = 7,
    k_EAccountTypeChat = 8,
    k_EAccountTypeConsoleUser = 9,
    k_EAccountTypeAnonUser = 10,
    k_EAccountTypeMax = 11,
} EAccountType;

/* --------------------------------------------------------------------------------------------------- constants */

/* Parts of a Steam ID. */
#define k_unSteamAccountIDMask       0xffffffffu
#define k_unSteamAccountInstanceMask 0x000fffffu
#define k_unSteamUserDefaultInstance 1u
#define k_cchGameExtraInfoMax        64

/* Sizes of text fields, in bytes with the terminating zero. */
#define k_cchSteamNetworkingMaxConnectionCloseReason   128
#define k_cchSteamNetworkingMaxConnectionDescription   128
#define k_cchSteamNetworkingMaxConnectionAppName       32
#define k_cchMaxSteamNetworkingPingLocationString      1024
#define SteamNetworkingIPAddr_k_cchMaxString           48  /* enough for an address as text */
#define SteamNetworkingIdentity_k_cchMaxString         128 /* enough for an identity as text */
#define SteamNetworkingIdentity_k_cchMaxGenericString  32
#define SteamNetworkingIdentity_k_cchMaxXboxPairwiseID 33
#define SteamNetworkingIdentity_k_cbMaxGenericBytes    32

/* The longest message that can be sent over a network, in bytes. */
#define k_cbMaxSteamNetworkingSocketsMessageSizeSend (512 * 1024)

/*
 * How to send a message: a sum of these. The combinations are spelled out for convenience.
 *
 * NoNagle                   do not wait for more data to fill the packet; earlier messages that wait are released too
 * NoDelay                   unreliable only: rather drop the message than queue it for long
 * Reliable                  deliver once and, within its lane, in order; without it the message is sent once and may
 *                           be lost
 * UseCurrentThread          if it can go out now, do the work before the call returns
 * AutoRestartBrokenSession  only for ISteamNetworkingMessages: replace a session that has ended by a new one
 */
#define k_nSteamNetworkingSend_Unreliable               0
#define k_nSteamNetworkingSend_NoNagle                  1
#define k_nSteamNetworkingSend_UnreliableNoNagle        1
#define k_nSteamNetworkingSend_NoDelay                  4
#define k_nSteamNetworkingSend_UnreliableNoDelay        5
#define k_nSteamNetworkingSend_Reliable                 8
#define k_nSteamNetworkingSend_ReliableNoNagle          9
#define k_nSteamNetworkingSend_UseCurrentThread         16
#define k_nSteamNetworkingSend_AutoRestartBrokenSession 32

/* SteamNetConnectionInfo_t.m_nFlags: a sum of these. */
#define k_nSteamNetworkConnectionInfoFlags_Unauthenticated 1  /* nobody vouches for the peer's identity */
#define k_nSteamNetworkConnectionInfoFlags_Unencrypted     2  /* no encryption (yet) */
#define k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers 4  /* both ends in this process, no network between */
#define k_nSteamNetworkConnectionInfoFlags_Fast            8  /* this host, or very close in the same network */
#define k_nSteamNetworkConnectionInfoFlags_Relayed         16 /* by way of a relay */
#define k_nSteamNetworkConnectionInfoFlags_DualWifi        32 /* over two wireless links at once */

/* Instead of a ping time in milliseconds. */
#define k_nSteamNetworkingPing_Failed  (-1) /* network trouble prevents an estimate */
#define k_nSteamNetworkingPing_Unknown (-2) /* no data */

/* Callback numbers of the interfaces: the first of each family, then the structures themselves. */
#define k_iSteamNetworkingSocketsCallbacks                    1220
#define k_iSteamNetworkingMessagesCallbacks                   1250
#define k_iSteamNetworkingUtilsCallbacks                      1280
#define SteamNetConnectionStatusChangedCallback_t_k_iCallback 1221
#define SteamNetAuthenticationStatus_t_k_iCallback            1222
#define SteamNetworkingFakeIPResult_t_k_iCallback             1223
#define SteamNetworkingMessagesSessionRequest_t_k_iCallback   1251
#define SteamNetworkingMessagesSessionFailed_t_k_iCallback    1252
#define SteamRelayNetworkStatus_t_k_iCallback                 1281
#define SteamNetworkingFakeIPResult_t_k_nMaxReturnPorts       8

/* Payload of a FakeIP port, in bytes: what travels well, and what is possible. */
#define k_cbSteamNetworkingSocketsFakeUDPPortRecommendedMTU 1200
#define k_cbSteamNetworkingSocketsFakeUDPPortMaxMessageSize 4096

/* Sizes of tickets and coordinator logins, in bytes. */
#define k_cbSteamDatagramMaxSerializedTicket                     ((size_t)512)
#define k_cbMaxSteamDatagramGameCoordinatorServerLoginAppData    ((size_t)2048)
#define k_cbMaxSteamDatagramGameCoordinatorServerLoginSerialized ((size_t)4096)

/* ------------------------------------------------------------------------------------- addresses and identities */

#pragma pack(push, 1)

/* An IPv4 address in the clothes of IPv6: ::ffff:a.b.c.d. */
typedef struct SteamNetworkingIPAddr_IPv4MappedAddress {
    uint64 m_8zeros;
    uint16 m_0000;
    uint16 m_ffff;
    uint8 m_ip[4]; /* network order */
} SteamNetworkingIPAddr_IPv4MappedAddress;

/* An IP address and UDP port. IPv4 is stored mapped into IPv6. All zero means "any address" or "not set". */
typedef struct SteamNetworkingIPAddr {
    union {
        uint8 m_ipv6[16]; /* network order */
        SteamNetworkingIPAddr_IPv4MappedAddress m_ipv4;
    };
    uint16 m_port; /* host order */
} SteamNetworkingIPAddr;

/*
 * The name of a host. m_eType says which member of the union counts, m_cbSize how many of its bytes are used: 8 for the
 * 64-bit numbers, 18 for an address, length with terminating zero for text, the number of bytes for generic bytes.
 * Unused bytes are zero. Two identities are equal when type, size and used bytes are.
 */
typedef struct SteamNetworkingIdentity {
    ESteamNetworkingIdentityType m_eType;
    int m_cbSize;
    union {
        uint64 m_steamID64;
        uint64 m_PSNID;
        char m_szGenericString[SteamNetworkingIdentity_k_cchMaxGenericString];
        char m_szXboxPairwiseID[SteamNetworkingIdentity_k_cchMaxXboxPairwiseID];
        uint8 m_genericBytes[SteamNetworkingIdentity_k_cbMaxGenericBytes];
        char m_szUnknownRawString[SteamNetworkingIdentity_k_cchMaxString];
        SteamNetworkingIPAddr m_ip;
        uint32 m_reserved[32];
    };
} SteamNetworkingIdentity;

/* An IP address as other Steam interfaces store it. */
typedef struct SteamIPAddress_t {
    union {
        uint32 m_unIPv4; /* host order */
        uint8 m_rgubIPv6[16];
        uint64 m_ipv6Qword[2];
    };
    ESteamIPType m_eType;
} SteamIPAddress_t;

#pragma pack(pop)

/* Text of an address, an identity or a data centre code, as C++ helpers return it by value. */
typedef struct SteamNetworkingIPAddrRender {
    char buf[SteamNetworkingIPAddr_k_cchMaxString];
} SteamNetworkingIPAddrRender;

typedef struct SteamNetworkingIdentityRender {
    char buf[SteamNetworkingIdentity_k_cchMaxString];
} SteamNetworkingIdentityRender;

typedef struct SteamNetworkingPOPIDRender {
    char buf[8];
} SteamNetworkingPOPIDRender;

/* ------------------------------------------------------------------------------------------- connections, messages */

#pragma pack(push, 4)

/* A connection at one moment. */
typedef struct SteamNetConnectionInfo_t {
    SteamNetworkingIdentity m_identityRemote; /* invalid type until the peer has named itself */
    int64 m_nUserData;                        /* what SetConnectionUserData stored; -1 if nothing did */
    HSteamListenSocket m_hListenSocket;       /* where it came in; zero if this end started it */
    SteamNetworkingIPAddr m_addrRemote;       /* zero unless datagrams go straight to the peer */
    uint16 m__pad1;
    SteamNetworkingPOPID m_idPOPRemote; /* data centre of the peer; zero unless relayed */
    SteamNetworkingPOPID m_idPOPRelay;  /* data centre of the relay; zero unless relayed */
    ESteamNetworkingConnectionState m_eState;
    int m_eEndReason; /* an ESteamNetConnectionEnd or a number in one of its ranges; 0 if not ended */
    char m_szEndDebug[k_cchSteamNetworkingMaxConnectionCloseReason];              /* text to the reason, for people */
    char m_szConnectionDescription[k_cchSteamNetworkingMaxConnectionDescription]; /* for people; do not parse it */
    int m_nFlags; /* a sum of k_nSteamNetworkConnectionInfoFlags_* */
    uint32 reserved[63];
} SteamNetConnectionInfo_t;

/* How a connection is doing right now. */
typedef struct SteamNetConnectionRealTimeStatus_t {
    ESteamNetworkingConnectionState m_eState;
    int m_nPing;                       /* smoothed round trip in milliseconds; -1 unknown */
    float m_flConnectionQualityLocal;  /* 0 to 1: share of packets that came in order; -1 unknown */
    float m_flConnectionQualityRemote; /* the same as the peer sees it; -1 unknown */
    float m_flOutPacketsPerSec;        /* the rates are averages over the last seconds */
    float m_flOutBytesPerSec;
    float m_flInPacketsPerSec;
    float m_flInBytesPerSec;
    int m_nSendRateBytesPerSecond;               /* how fast this end may send at present */
    int m_cbPendingUnreliable;                   /* bytes that wait to be sent */
    int m_cbPendingReliable;                     /* the same; with those that must be sent again */
    int m_cbSentUnackedReliable;                 /* bytes sent and not acknowledged */
    SteamNetworkingMicroseconds m_usecQueueTime; /* how long a new message would wait; INT64_MAX: no telling */
    int32 m_usecMaxJitter;                       /* highest jitter in microseconds since the last query; -1 unknown */
    uint32 reserved[15];
} SteamNetConnectionRealTimeStatus_t;

/* The same for one lane of a connection. */
typedef struct SteamNetConnectionRealTimeLaneStatus_t {
    int m_cbPendingUnreliable;
    int m_cbPendingReliable;
    int m_cbSentUnackedReliable;
    int _reservePad1;
    SteamNetworkingMicroseconds m_usecQueueTime;
    uint32 reserved[10];
} SteamNetConnectionRealTimeLaneStatus_t;

#pragma pack(pop)

/*
 * A message, received or about to be sent. Made only by the library (AllocateMessage and the receive functions), given
 * back with SteamAPI_SteamNetworkingMessage_t_Release or by sending it with SendMessages.
 */
typedef struct SteamNetworkingMessage_t SteamNetworkingMessage_t;
typedef SteamNetworkingMessage_t ISteamNetworkingMessage;
struct SteamNetworkingMessage_t {
    void *m_pData;              /* the payload; null if m_cbSize is 0 */
    int m_cbSize;               /* bytes of payload */
    HSteamNetConnection m_conn; /* received: where it came from (0 on ISteamNetworkingMessages); sending: where to */
    SteamNetworkingIdentity m_identityPeer; /* received: the sender */
    int64 m_nConnUserData;                  /* received: user data of the connection when it was fetched */
    SteamNetworkingMicroseconds m_usecTimeReceived;
    int64 m_nMessageNumber;                            /* the sender's count on this lane, from 1 */
    void (*m_pfnFreeData)(SteamNetworkingMessage_t *); /* sending: frees m_pData, not the message; any thread */
    void (*m_pfnRelease)(SteamNetworkingMessage_t *);  /* set by the library; see Release */
    int m_nChannel;                                    /* ISteamNetworkingMessages: the channel; otherwise -1 */
    int m_nFlags;      /* k_nSteamNetworkingSend_*; received: only the Reliable bit means something */
    int64 m_nUserData; /* sending: free for the application, for example in m_pfnFreeData */
    uint16 m_idxLane;  /* the lane, from 0 */
    uint16 _pad1__;
};

/* Where a host is, measured by its ping times to the relays. Opaque, and valid only inside this process: pass it on as
   text (ConvertPingLocationToString). All zero means unknown. */
typedef struct SteamNetworkPingLocation_t {
    uint8 m_data[512];
} SteamNetworkPingLocation_t;

/* -------------------------------------------------------------------------------------- callback structures */

#pragma pack(push, 4)

/* A connection changed its visible state (1221). */
typedef struct SteamNetConnectionStatusChangedCallback_t {
    HSteamNetConnection m_hConn;
    SteamNetConnectionInfo_t m_info; /* as it was right after the change; may be stale when delivered */
    ESteamNetworkingConnectionState m_eOldState;
} SteamNetConnectionStatusChangedCallback_t;

/* Readiness to prove the local identity changed (1222). */
typedef struct SteamNetAuthenticationStatus_t {
    ESteamNetworkingAvailability m_eAvail;
    char m_debugMsg[256]; /* for people */
} SteamNetAuthenticationStatus_t;

/* A request for FakeIP addresses came to an end (1223). */
typedef struct SteamNetworkingFakeIPResult_t {
    EResult m_eResult;                  /* Busy while running, NoMatch if never requested */
    SteamNetworkingIdentity m_identity; /* whom the address stands for */
    uint32 m_unIP;                      /* host order */
    uint16 m_unPorts[SteamNetworkingFakeIPResult_t_k_nMaxReturnPorts]; /* unused ones are zero */
} SteamNetworkingFakeIPResult_t;

#pragma pack(pop)

/* The state of the relay network changed (1281). */
typedef struct SteamRelayNetworkStatus_t {
    ESteamNetworkingAvailability m_eAvail; /* all in all */
    int m_bPingMeasurementInProgress;
    ESteamNetworkingAvailability m_eAvailNetworkConfig; /* the description of the network */
    ESteamNetworkingAvailability m_eAvailAnyRelay;      /* talking to at least one relay */
    char m_debugMsg[256];                               /* for people */
} SteamRelayNetworkStatus_t;

#pragma pack(push, 1)

/* Somebody without a session sent a message (1251): accept the session, or ignore it and let it time out. */
typedef struct SteamNetworkingMessagesSessionRequest_t {
    SteamNetworkingIdentity m_identityRemote;
} SteamNetworkingMessagesSessionRequest_t;

/* A message session broke (1252). */
typedef struct SteamNetworkingMessagesSessionFailed_t {
    SteamNetConnectionInfo_t m_info; /* m_hListenSocket is always zero */
} SteamNetworkingMessagesSessionFailed_t;

#pragma pack(pop)

/* --------------------------------------------------------------------------------------------- hosted servers */

#pragma pack(push, 4)

/* Where a hosted server is, in a form that only relays understand. */
struct SteamDatagramHostedAddress {
    int m_cbSize; /* bytes used in m_data */
    char m_data[128];
};

/* A field that the coordinator added to a ticket. */
typedef struct SteamDatagramRelayAuthTicket_ExtraField {
    int m_eType;
    char m_szName[28];
    union {
        char m_szStringValue[128];
        int64 m_nIntValue;
        uint64 m_nFixed64Value;
    };
} SteamDatagramRelayAuthTicket_ExtraField;

/* Permission for one client to talk to one hosted server, in readable form. */
struct SteamDatagramRelayAuthTicket {
    SteamNetworkingIdentity m_identityGameserver;
    SteamNetworkingIdentity m_identityAuthorizedClient;
    uint32 m_unPublicIP;                  /* host order; zero: any address of the client */
    RTime32 m_rtimeTicketExpiry;          /* when it stops being valid */
    SteamDatagramHostedAddress m_routing; /* blank in tickets that a client sees */
    AppId_t m_nAppID;
    int m_nRestrictToVirtualPort; /* -1: any port of the server */
    int m_nExtraFields;           /* used entries of m_vecExtraFields */
    SteamDatagramRelayAuthTicket_ExtraField m_vecExtraFields[16];
};

#pragma pack(pop)

/* What a server tells a game coordinator about itself. */
struct SteamDatagramGameCoordinatorServerLogin {
    SteamNetworkingIdentity m_identity;
    SteamDatagramHostedAddress m_routing;
    AppId_t m_nAppID;
    RTime32 m_rtime; /* when it was written */
    int m_cbAppData; /* bytes used in m_appData */
    char m_appData[2048];
};

/* ----------------------------------------------------------------------------------------------- function types */

/* Callbacks. They run inside RunCallbacks, on its thread, with no lock held; the structure is valid during the call. */
typedef void (*FnSteamNetConnectionStatusChanged)(SteamNetConnectionStatusChangedCallback_t *);
typedef void (*FnSteamNetAuthenticationStatusChanged)(SteamNetAuthenticationStatus_t *);
typedef void (*FnSteamRelayNetworkStatusChanged)(SteamRelayNetworkStatus_t *);
typedef void (*FnSteamNetworkingMessagesSessionRequest)(SteamNetworkingMessagesSessionRequest_t *);
typedef void (*FnSteamNetworkingMessagesSessionFailed)(SteamNetworkingMessagesSessionFailed_t *);
typedef void (*FnSteamNetworkingFakeIPResult)(SteamNetworkingFakeIPResult_t *);

/* Receives one diagnostic message: UTF-8, at most 2047 bytes, no line end. Any thread, locks may be held: it must not
   call the library. */
typedef void (*FSteamNetworkingSocketsDebugOutput)(ESteamNetworkingSocketsDebugOutputType type, const char *message);

/* Makes the signaling object for a connection that this host starts; null makes the connect call fail. */
typedef ISteamNetworkingConnectionSignaling *(*FnSteamNetworkingSocketsCreateConnectionSignaling)(
    ISteamNetworkingSockets *interface_object, const SteamNetworkingIdentity *identity, int local_virtual_port,
    int remote_virtual_port);

/* The methods of signaling objects and receive contexts as plain functions; the first argument is the caller's. */
typedef bool (*FSteamNetworkingSocketsCustomSignaling_SendSignal)(void *context, HSteamNetConnection connection,
                                                                  const SteamNetConnectionInfo_t *info,
                                                                  const void *signal, int size);
typedef void (*FSteamNetworkingSocketsCustomSignaling_Release)(void *context);
typedef ISteamNetworkingConnectionSignaling *(*FSteamNetworkingCustomSignalingRecvContext_OnConnectRequest)(
    void *context, HSteamNetConnection connection, const SteamNetworkingIdentity *identity, int local_virtual_port);
typedef void (*FSteamNetworkingCustomSignalingRecvContext_SendRejectionSignal)(void *context,
                                                                               const SteamNetworkingIdentity *identity,
                                                                               const void *signal, int size);

FUMAROLE_END_DECLS

/* The layouts that compiled programs rely on; every field is checked by the tests. */
FUMAROLE_STATIC_ASSERT(sizeof(EResult) == 4, "enumerations take 32 bits");
FUMAROLE_STATIC_ASSERT(sizeof(ESteamNetworkingConnectionState) == 4, "enumerations take 32 bits");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetworkingIPAddr) == 18, "layout of SteamNetworkingIPAddr");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetworkingIdentity) == 136, "layout of SteamNetworkingIdentity");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetConnectionInfo_t) == 696, "layout of SteamNetConnectionInfo_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetConnectionRealTimeStatus_t) == 120,
                       "layout of SteamNetConnectionRealTimeStatus_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetConnectionRealTimeLaneStatus_t) == 64,
                       "layout of SteamNetConnectionRealTimeLaneStatus_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetConnectionStatusChangedCallback_t) == 704,
                       "layout of SteamNetConnectionStatusChangedCallback_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetAuthenticationStatus_t) == 260, "layout of SteamNetAuthenticationStatus_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamRelayNetworkStatus_t) == 272, "layout of SteamRelayNetworkStatus_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetworkingFakeIPResult_t) == 160, "layout of SteamNetworkingFakeIPResult_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamNetworkPingLocation_t) == 512, "layout of SteamNetworkPingLocation_t");
FUMAROLE_STATIC_ASSERT(sizeof(SteamDatagramHostedAddress) == 132, "layout of SteamDatagramHostedAddress");
FUMAROLE_STATIC_ASSERT(sizeof(SteamDatagramRelayAuthTicket) == 2984, "layout of SteamDatagramRelayAuthTicket");
FUMAROLE_STATIC_ASSERT(sizeof(SteamDatagramGameCoordinatorServerLogin) == 2328,
                       "layout of SteamDatagramGameCoordinatorServerLogin");
FUMAROLE_STATIC_ASSERT(sizeof(void *) != 8 || sizeof(SteamNetworkingMessage_t) == 216,
                       "layout of SteamNetworkingMessage_t");

#endif
