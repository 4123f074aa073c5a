/*
 * What this library offers beyond the interface it is compatible with. Everything here starts with Fumarole_ and stays
 * out of the tables of fumarole/vtables.h, so that a program that does not ask for it cannot tell the difference.
 *
 * Any thread may call, unless a description says otherwise.
 */
#ifndef FUMAROLE_EXTENSIONS_H
#define FUMAROLE_EXTENSIONS_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* The version of the library, for example "0.1.0", as text that lives forever. Works without Init. */
FUMAROLE_API const char *Fumarole_Version(void);

/* ------------------------------------------------------------------------------------- waiting instead of polling */

/*
 * A file descriptor for poll, select or epoll. It is readable as long as anything waits to be fetched: a message on a
 * connection or a message session of this process, or an event for RunCallbacks. Fetching all of it makes it quiet
 * again; the descriptor itself is only to be watched, never read, written or closed. It may be readable with nothing to
 * fetch (another thread was faster); it is never quiet while something waits.
 *
 * The library owns it: every call returns the same one, and Kill closes it. -1 when the library is not running or no
 * descriptor can be had.
 *
 * In manual poll mode nothing happens between two calls that do network work, so the descriptor only tells what the
 * last of them found; use Fumarole_Wait there.
 */
FUMAROLE_API int Fumarole_GetWaitDescriptor(void);

/*
 * The same for callbacks alone: readable as long as RunCallbacks has something to do, whatever messages wait. For a
 * program that leaves messages waiting on purpose.
 */
FUMAROLE_API int Fumarole_GetCallbackDescriptor(void);

/*
 * The same for the messages of one poll group. DestroyPollGroup and Kill close it. -1 for a bad handle as well.
 */
FUMAROLE_API int Fumarole_GetPollGroupDescriptor(HSteamNetPollGroup group);

/*
 * Waits until something can be fetched (as above): true as soon as that is so, false when the time is over or the
 * library is not running.
 *
 * timeout_milliseconds  0: only look; negative: without limit
 *
 * In manual poll mode it does the network work of SteamNetworkingSockets_Poll while it waits, under the same rule: one
 * thread at a time.
 */
FUMAROLE_API bool Fumarole_Wait(int timeout_milliseconds);

/* ----------------------------------------------------------------------------------------- room in the send queue */

/* pending_bytes: what waited to be sent when the event was posted, reliable and unreliable, without what is in flight.
 */
typedef void (*FumaroleSendQueueCallback)(HSteamNetConnection connection, int pending_bytes, void *context);

/*
 * Asks to be told when the send queue of a connection has drained.
 *
 * low_water_bytes  0 or more. The function is due when the bytes that wait fall to this number or below, after they
 *                  exceeded it or a send was refused with LimitExceeded. It is then called once, and again only after
 *                  the next time that happens.
 * callback         called by RunCallbacks, like any other callback; null: do not tell any more
 * context          passed on; must stay valid until the connection is closed or another function is set, and
 *                  RunCallbacks has returned
 *
 * One function for each connection; setting one replaces the other. It is not called for a connection that has ended.
 * Returns false for a bad handle and for a negative number.
 */
FUMAROLE_API bool Fumarole_SetSendQueueCallback(HSteamNetConnection connection, int low_water_bytes,
                                                FumaroleSendQueueCallback callback, void *context);

/* --------------------------------------------------------------------------------------------------------- listening
 */

/*
 * CreateListenSocketIP that also takes port 0: the system then chooses a free one, and
 * SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress tells which. 0 when the library is not running, and as for
 * CreateListenSocketIP.
 */
FUMAROLE_API HSteamListenSocket Fumarole_CreateListenSocketIPAnyPort(const SteamNetworkingIPAddr *address,
                                                                     int option_count,
                                                                     const SteamNetworkingConfigValue_t *options);

/* --------------------------------------------------------------------------------------------------- service threads
 */

/*
 * How many threads do the network work from the next Init on: 1 to 64; 0 is the default, one for every two processors
 * and at least one. The environment variable FUMAROLE_SERVICE_THREADS, a number in this range, overrules it. Each
 * thread has a UDP socket of its own for every listen address; the kernel spreads the peers among them, and every
 * connection is served by one thread at a time. Outgoing connections go to the threads in turn.
 *
 * False for another number, and when the library is running.
 */
FUMAROLE_API bool Fumarole_SetServiceThreads(int count);

/* ------------------------------------------------------------------------------------------------------------- trust
 */

/*
 * Turns local mode on (the default) or off: whether, with no back end and no certificate set, the library signs a
 * certificate with the development authority of the user of this machine. Before Init; afterwards it changes nothing
 * and returns false. The environment variable FUMAROLE_LOCAL_MODE with the value 0 turns it off too, and cannot be
 * overruled from here.
 */
FUMAROLE_API bool Fumarole_SetLocalMode(bool on);

/*
 * Adds an authority whose certificates are believed from now on, by all interfaces, until the process ends.
 *
 * certificate_text  the authority's own certificate, a certificate without an identity, as text between
 *                   -----BEGIN STEAMDATAGRAM CERT----- and -----END STEAMDATAGRAM CERT-----. One that signed
 *                   itself becomes a root of trust; any other must be signed by one that is believed already.
 * error             null, or 1024 bytes that receive a text on failure
 *
 * Adding one twice is no failure. False when the text cannot be parsed, the certificate is not one of an authority, its
 * signature is wrong, it has expired, or there is no room for more. Works before Init.
 */
FUMAROLE_API bool Fumarole_AddTrustedAuthority(const char *certificate_text, char error[k_cchMaxSteamNetworkingErrMsg]);

/*
 * Says which application this is; 0 until it is set. Certificates, the own and the peers', must permit it if they name
 * applications at all. Counts for connections that are made later; before Init is the sensible time.
 */
FUMAROLE_API void Fumarole_SetAppID(uint32 app_id);

/* ------------------------------------------------------------------------------------------------------ configuration
 */

/*
 * Configuration values of this library's own, for SetConfigValue and GetConfigValue like all others; they are not
 * listed. Numbers from 10001 on.
 */

/*
 * Kilobytes that received messages may take before the application has fetched them, in the whole process: those that
 * are not complete yet and those that wait. When so much is taken, connections that hold more than what is left get no
 * more: their peers' messages are refused, and reliable ones are sent again later. Others go on. (int32, 0 = no limit,
 * default 262144; global only)
 */
#define k_EFumaroleConfig_ReceiveMemory ((ESteamNetworkingConfigValue)10001)

/* ---------------------------------------------------------------------------------------------------------- counters
 */

/*
 * Counted since the process started: datagrams that arrived and were dropped, by cause, and what the service threads
 * do. The structure can grow at its end in later versions.
 */
struct FumaroleStatistics {
    uint32 size; /* set by the caller: sizeof(struct FumaroleStatistics) */
    uint32 reserved;
    uint64 dropped_too_short;         /* less than the 5 bytes that every datagram has */
    uint64 dropped_too_long;          /* more than the 1300 bytes that a peer may send */
    uint64 dropped_unknown_message;   /* a kind that does not exist, or does not belong there */
    uint64 dropped_malformed;         /* does not parse */
    uint64 dropped_bad_challenge;     /* a connect request whose challenge is stale or forged */
    uint64 dropped_anonymous_refused; /* a nameless peer where a certificate is required */
    uint64 dropped_bad_identity;      /* a name that is impossible, or not the sender's */
    uint64 dropped_wrong_id;          /* meant for another connection */
    uint64 dropped_wrong_state;       /* the connection is not at that point */
    uint64 dropped_duplicate;         /* seen before, or too old to tell */
    uint64 dropped_bad_seal;          /* does not decrypt: damaged, forged or from another key */
    uint64 dropped_no_connection;     /* from somebody who has no connection here */
    uint64 dropped_bad_credentials;   /* a connect request whose certificate, key exchange or version is refused */
    uint64 service_wake_ups;          /* how often the library's threads (or Poll) have returned from sleep */
    uint64 connections_moved;         /* from one service thread to another, after their peers */
    uint64 dropped_address_limit;     /* more from one address than the limits for strangers allow (see below) */
    uint64 dropped_total_limit;       /* more from all strangers together than they allow */
    uint64 dropped_too_many_waiting;  /* a connect request while too many connections wait to be accepted */
};

/*
 * Reads the counters. statistics->size says how much the caller has room for; no more is written, what this version
 * does not know is zeroed, and size is left as it was. Nothing is written for null or a size below 8. Counters that are
 * read while they change may be a few datagrams apart from each other. Works without Init.
 */
FUMAROLE_API void Fumarole_GetStatistics(struct FumaroleStatistics *statistics);

/* ------------------------------------------------------------------------------------------- limits for strangers
 */

/*
 * Configuration values of this library's own: what a listen socket over IP does for those who have no connection yet.
 * They are set like all others, for the process, the interface or one listen socket, and take effect at once;
 * IterateGenericEditableConfigValues does not list them. In brackets: type, range, default.
 *
 * The rates are a second. 0 stands for no limit. An address may save up four seconds' worth (of stray replies: one),
 * and so may all together. An address is one IPv4 address, or the first 64 bits of an IPv6 address; the loopback
 * addresses are bounded in total only. What exceeds a limit is dropped and counted.
 */

/* Challenge requests answered for one address. (int32, 0 to 10000000, default 1000) */
#define k_EFumaroleConfig_ListenChallengesPerAddress ((ESteamNetworkingConfigValue)10002)
/* ... and for all together. (int32, 0 to 10000000, default 50000) */
#define k_EFumaroleConfig_ListenChallengesTotal ((ESteamNetworkingConfigValue)10003)
/* Connect requests with a good challenge whose signatures are checked, for one address. (int32, 0 to 10000000, default
   500) */
#define k_EFumaroleConfig_ListenConnectsPerAddress ((ESteamNetworkingConfigValue)10004)
/* ... and for all together. (int32, 0 to 10000000, default 5000) */
#define k_EFumaroleConfig_ListenConnectsTotal ((ESteamNetworkingConfigValue)10005)
/* Replies to somebody who closes a connection that does not exist. (int32, 0 to 10000000, default 1) */
#define k_EFumaroleConfig_ListenStrayRepliesPerAddress ((ESteamNetworkingConfigValue)10006)
/* ... and for all together. (int32, 0 to 10000000, default 40) */
#define k_EFumaroleConfig_ListenStrayRepliesTotal ((ESteamNetworkingConfigValue)10007)
/* Connections that came in and were never accepted, from their arrival until they are gone, some seconds after
   CloseConnection. While there are so many, connect requests are dropped; clients repeat them twice a second until
   their own TimeoutInitial. (int32, 0 to 10000000, default 8192) */
#define k_EFumaroleConfig_ListenWaitingConnections ((ESteamNetworkingConfigValue)10008)

FUMAROLE_END_DECLS

#endif
