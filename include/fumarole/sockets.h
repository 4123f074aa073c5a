/*
 * ISteamNetworkingSockets: listen sockets, connections, messages on connections, poll groups and callbacks.
 *
 * What holds for every function here:
 *   - `self` is what one of the accessors returned. With null, and with any handle that is zero, stale or of another
 * kind, a function does nothing and returns the value it has for a bad handle, or its failure value.
 *   - Any thread may call, at any time between Init and Kill, also from inside a callback. Calls on different
 * connections do not wait for each other when they send or receive.
 *   - Texts are UTF-8 and end with a zero byte. Texts and structures passed in are copied; structures and buffers to be
 *     filled belong to the caller. Output pointers may be null where the description says so.
 *   - `option_count` and `options` are an array of settings that apply from the first packet on (fumarole/config.h).
 *     Any one that is unknown, misplaced or of the wrong type makes the call fail, as does a positive count with a
 *     null array; zero with null is no options. A negative count fails.
 *   - Every failure that is the caller's fault is also reported as a diagnostic message that names the argument.
 *
 * Not yet available: routes between processes other than plain UDP. See CreateListenSocketP2P and ConnectP2P.
 *
 * The numbers given as limits are fixed by the interface unless marked "own choice".
 */
#ifndef FUMAROLE_SOCKETS_H
#define FUMAROLE_SOCKETS_H

#include "fumarole/library.h"
#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* ------------------------------------------------------------------------------------------------------ accessors */

/*
 * The sockets interface of the process; null before Init and after Kill. The pointer is valid until Kill, and works as
 * a C++ object of interface version SteamNetworkingSockets012 too. The number in a name does not follow the version of
 * the interface: all these names exist because programs and bindings load them. Any thread.
 */
FUMAROLE_API ISteamNetworkingSockets *SteamNetworkingSockets_LibV12(void);
FUMAROLE_API ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_v009(void);
FUMAROLE_API ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_SteamAPI_v013(void);

/*
 * The same interface for programs whose SendMessages has three parameters: in the C++ table of this object that slot
 * takes no fourth argument and behaves as if it were true. The flat functions accept it like any other.
 */
FUMAROLE_API ISteamNetworkingSockets *SteamAPI_SteamNetworkingSockets_SteamAPI_v012(void);

/* The interface for game servers. A process has one sockets interface; these return it, under the rules above. */
FUMAROLE_API ISteamNetworkingSockets *SteamGameServerNetworkingSockets_LibV12(void);
FUMAROLE_API ISteamNetworkingSockets *SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v013(void);
FUMAROLE_API ISteamNetworkingSockets *SteamAPI_SteamGameServerNetworkingSockets_SteamAPI_v012(void);

/* ---------------------------------------------------------------------------------------------- listening by address
 */

/*
 * Opens a UDP port and takes connections on it.
 *
 * address  which interface and port. The port must not be 0 (Fumarole_CreateListenSocketIPAnyPort lets the system
 *          choose). An all-zero address means every interface, IPv6 and IPv4 where the system allows; ::ffff:0.0.0.0
 *          means every IPv4 interface.
 *
 * Returns a handle that the caller closes with CloseListenSocket. 0 when the address cannot be bound (port in use, no
 * permission), an option is bad, symmetric mode is asked for, or certificates are required (IP_AllowWithoutAuth 0) and
 * can never be had. Connections that come in inherit the options of the listen socket and announce themselves by a
 * status callback (None to Connecting), with m_info.m_hListenSocket set to this handle.
 */
FUMAROLE_API HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketIP(
    ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *address, int option_count,
    const SteamNetworkingConfigValue_t *options);

/*
 * The address a listen socket is bound to. `address` may be null to ask only whether there is one. False for an unknown
 * handle and for listen sockets that are not bound to an address (P2P).
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(ISteamNetworkingSockets *self,
                                                                          HSteamListenSocket socket,
                                                                          SteamNetworkingIPAddr *address);

/*
 * Closes a listen socket and, at once, every connection that came in through it, accepted or not: their handles become
 * invalid and each posts a status callback to None. Close the connections first to tell the peers why. Returns false
 * for an unknown handle.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_CloseListenSocket(ISteamNetworkingSockets *self,
                                                                     HSteamListenSocket socket);

/* ------------------------------------------------------------------------------------------------------- connecting */

/*
 * Starts a connection to a UDP address.
 *
 * address  where to; not checked: an address where nobody listens gives a connection that times out.
 *
 * Returns a handle in state Connecting, to be closed by the caller whatever happens to it. The state goes to Connected
 * when the server accepts, to ClosedByPeer when it refuses, to ProblemDetectedLocally with reason 5003 when nothing is
 * heard for TimeoutInitial (default 10 s). Each change posts a status callback, the first one (None to Connecting)
 * included. Returns 0 when an option is bad, no socket can be made, symmetric mode is asked for, or certificates are
 * required and can never be had, and when there are 60000 connections already (own choice).
 */
FUMAROLE_API HSteamNetConnection
SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(ISteamNetworkingSockets *self, const SteamNetworkingIPAddr *address,
                                                    int option_count, const SteamNetworkingConfigValue_t *options);

/*
 * Takes connections that are addressed to this host's identity and a virtual port.
 *
 * virtual_port  0 to 65535; below 1000 is recommended. One listen socket for each port.
 *
 * Returns a handle, or 0 when the port is out of range or taken or an option is bad. In this version connections reach
 * it only from the same process (ConnectP2P); in later ones also over ICE and relays.
 */
FUMAROLE_API HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(
    ISteamNetworkingSockets *self, int virtual_port, int option_count, const SteamNetworkingConfigValue_t *options);

/*
 * Starts a connection to an identity.
 *
 * identity      whom to reach.
 * virtual_port  the remote virtual port, 0 to 65535 (-1 only together with a FakeIP).
 *
 * An identity of this process is reached through memory: if a P2P listen socket has that port the result is a handle,
 * and the other end accepts or closes the connection as usual; otherwise 0. For anybody else the function set as
 * k_ESteamNetworkingConfig_Callback_CreateConnectionSignaling is asked for a signaling object, and the call goes on
 * like ConnectP2PCustomSignaling (fumarole/signaling.h), with its present limits; without such a function the result is
 * 0.
 */
FUMAROLE_API HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectP2P(
    ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity, int virtual_port, int option_count,
    const SteamNetworkingConfigValue_t *options);

/*
 * Makes two connections that are connected to each other.
 *
 * connection1, connection2  receive the handles, or 0 on failure; must not be null. Both have to be closed.
 * network                   false: memory only; a message object moves to the other end during the send call, nothing
 *                           is copied, encrypted, delayed or lost, and messages may be up to 268435456 bytes (256 MiB).
 *                           True: UDP over 127.0.0.1 with everything a network connection has.
 * identity1, identity2      the peer's identity that connection1 (connection2) shows; null: the localhost identity.
 *
 * Returns true with both connections in state Connected; no callbacks are posted for that.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_CreateSocketPair(ISteamNetworkingSockets *self,
                                                                    HSteamNetConnection *connection1,
                                                                    HSteamNetConnection *connection2, bool network,
                                                                    const SteamNetworkingIdentity *identity1,
                                                                    const SteamNetworkingIdentity *identity2);

/* ----------------------------------------------------------------------------------------------- accepting, closing */

/*
 * Lets an incoming connection in. To be called within TimeoutInitial after its status callback; until then it may be
 * configured and inspected, and what the application sends is kept.
 *
 *   OK                an IP connection is now Connected, a P2P connection FindingRoute; a status callback is queued
 *   InvalidParam      unknown handle, or a connection that this host started
 *   InvalidState      it is not in state Connecting (any more)
 *   DuplicateRequest  symmetric mode: already accepted
 *   HandshakeFailed   no cipher that both ends allow; the connection goes to ProblemDetectedLocally with reason 4002
 *   Fail              it cannot be started; the connection goes to ProblemDetectedLocally
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_AcceptConnection(ISteamNetworkingSockets *self,
                                                                       HSteamNetConnection connection);

/*
 * Ends a connection, refuses an incoming one, or frees the handle of one that ended by itself. The handle is invalid
 * when the call returns; a status callback to None is posted; received messages that were not fetched are discarded.
 *
 * reason  what the peer is told: 1000 to 1999 ordinary, 2000 to 2999 exceptional. 0 becomes 1000, anything else 1999.
 * text    a sentence for people that goes with it, cut to 127 bytes; null or empty: a general one.
 * linger  true: go on in the background until all reliable data has arrived, and only then tell the peer. False: drop
 *         what is unsent or unacknowledged. Only counts in state Connected; unreliable data is not waited for.
 *
 * For a connection that has ended already the three are ignored. Returns false for an unknown or closed handle.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_CloseConnection(ISteamNetworkingSockets *self,
                                                                   HSteamNetConnection connection, int reason,
                                                                   const char *text, bool linger);

/* ------------------------------------------------------------------------------------------------ about a connection
 */

/*
 * Stores a number with a connection. Messages that wait to be fetched, and all later ones, carry it, as do status
 * callbacks posted from now on. Incoming connections start with the listen socket's
 * k_ESteamNetworkingConfig_ConnectionUserData. Returns false for a bad handle.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_SetConnectionUserData(ISteamNetworkingSockets *self,
                                                                         HSteamNetConnection connection,
                                                                         int64 user_data);

/* The number stored with a connection; -1 if none was, and also for a bad handle. */
FUMAROLE_API int64 SteamAPI_ISteamNetworkingSockets_GetConnectionUserData(ISteamNetworkingSockets *self,
                                                                          HSteamNetConnection connection);

/* Names a connection for diagnostics and its description, cut to 31 bytes. Null or empty removes the name. */
FUMAROLE_API void SteamAPI_ISteamNetworkingSockets_SetConnectionName(ISteamNetworkingSockets *self,
                                                                     HSteamNetConnection connection, const char *name);

/*
 * Copies the name of a connection, cut to `size` bytes with the terminating zero; empty for one without a name. Returns
 * false for a bad handle, and for a null or empty buffer.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_GetConnectionName(ISteamNetworkingSockets *self,
                                                                     HSteamNetConnection connection, char *name,
                                                                     int size);

/*
 * Describes a connection. All 696 bytes of *info are written, unused fields with zero. info may be null to test the
 * handle. Works in every state until the handle is closed. Returns false for a bad handle.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_GetConnectionInfo(ISteamNetworkingSockets *self,
                                                                     HSteamNetConnection connection,
                                                                     SteamNetConnectionInfo_t *info);

/*
 * Reads how a connection is doing, cheaply enough for every frame.
 *
 * status      null, or receives 120 bytes. Its maximum of jitter starts anew with each call.
 * lane_count  how many entries of `lanes` to fill, from lane 0 on: 0 to the number of configured lanes.
 * lanes       may be null if lane_count is 0.
 *
 *   OK            also after the connection has ended, until it is closed
 *   NoConnection  bad handle
 *   InvalidParam  lane_count out of range, or lanes null although it is not 0
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_GetConnectionRealTimeStatus(
    ISteamNetworkingSockets *self, HSteamNetConnection connection, SteamNetConnectionRealTimeStatus_t *status,
    int lane_count, SteamNetConnectionRealTimeLaneStatus_t *lanes);

/*
 * Writes a multi-line report about a connection, for people. buffer may be null (size 0) to learn the size.
 *
 * Returns 0 when the text fit into `size` bytes with its terminating zero; otherwise the number of bytes to provide,
 * with 1024 to spare because the text may grow meanwhile (the part that fits is written); -1 for a bad handle.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingSockets_GetDetailedConnectionStatus(ISteamNetworkingSockets *self,
                                                                              HSteamNetConnection connection,
                                                                              char *buffer, int size);

/* ---------------------------------------------------------------------------------------------------------- sending */

/*
 * Sends one message, copying it, on lane 0.
 *
 * data, size  the payload; size is at most 524288 (512 KiB). A size of 0 is a legal message.
 * flags       a sum of k_nSteamNetworkingSend_*. Unreliable messages above 16500 bytes are sent reliably.
 * number      null, or receives the message's number on its lane, from 1; -1 on failure; untouched for a bad handle.
 *
 *   OK             queued, or on its way. Before the connection is established messages wait for that.
 *   InvalidParam   bad handle, message too large, or data null although size is not 0
 *   NoConnection   the connection has ended
 *   LimitExceeded  the bytes that wait, with this message, would exceed SendBufferSize (default 524288). Try later:
 *                  Fumarole_SetSendQueueCallback tells when.
 *   Ignored        NoDelay was asked for, and the message could not go out soon
 *   InvalidState   the connection is lingering
 *   Fail           no memory
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(ISteamNetworkingSockets *self,
                                                                              HSteamNetConnection connection,
                                                                              const void *data, uint32 size, int flags,
                                                                              int64 *number);

/*
 * Sends many messages at once, to any connections, without copying.
 *
 * count, messages  messages from AllocateMessage, with m_conn, m_nFlags, m_idxLane, m_pData and m_cbSize set. Null
 *                  entries are allowed and fail.
 * results          null, or an array of `count` that receives for each message its number (positive), a negated EResult
 *                  (-8 InvalidParam for null, unknown connection, bad lane or size; -3 NoConnection; -25 LimitExceeded;
 *                  -41 Ignored), or 0 if it was not tried because an earlier message of this call to the same
 *                  connection failed.
 * delete_failed    true: the library owns all of them from now on and releases the failed ones. False: accepted
 *                  messages belong to the library and their entries become null; the others stay the caller's.
 *
 * Order is kept among the messages of a connection. A payload is freed by m_pfnFreeData when it is no longer needed, on
 * any thread, perhaps before the call returns.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingSockets_SendMessages(ISteamNetworkingSockets *self, int count,
                                                                SteamNetworkingMessage_t **messages, int64 *results,
                                                                bool delete_failed);

/*
 * Sends what waits for more data to fill a packet.
 *
 *   OK            done, or nothing waited
 *   Ignored       not established yet; what waits goes out at once when it is
 *   InvalidParam  bad handle
 *   NoConnection  the connection has ended
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_FlushMessagesOnConnection(ISteamNetworkingSockets *self,
                                                                                HSteamNetConnection connection);

/*
 * Divides a connection into lanes: separate streams of messages, each with its own order and numbers, that share the
 * bandwidth by priority and weight. Only the sender configures lanes.
 *
 * count       1 to 255, and not fewer than there are already
 * priorities  an array of `count`: a lane gets a turn only when all lanes with lower numbers are empty. Null: all
 *             equal.
 * weights     an array of `count`, each at least 1: shares of the bandwidth among lanes of equal priority. Null: all
 *             equal.
 *
 *   OK            messages queued before keep their lanes
 *   NoConnection  bad handle
 *   InvalidState  the connection has ended
 *   InvalidParam  count out of range, or a weight of 0
 *   Fail          the peer does not understand lanes; the connection ends with reason 4006
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_ConfigureConnectionLanes(ISteamNetworkingSockets *self,
                                                                               HSteamNetConnection connection,
                                                                               int count, const int *priorities,
                                                                               const uint16 *weights);

/* -------------------------------------------------------------------------------------------------------- receiving */

/*
 * Fetches messages of a connection. Reliable messages of a lane come in order, and none is missing; unreliable ones may
 * be missing, late or twice. Works after the connection has ended until everything is read.
 *
 * messages  receives up to `max` pointers, each to be given back with SteamAPI_SteamNetworkingMessage_t_Release; they
 *           stay valid when the connection is closed and when the library is stopped.
 *
 * Returns how many, 0 if there are none or max is not positive, -1 for a bad handle.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(ISteamNetworkingSockets *self,
                                                                              HSteamNetConnection connection,
                                                                              SteamNetworkingMessage_t **messages,
                                                                              int max);

/*
 * Makes a poll group: a set of connections whose messages are fetched together. Returns a handle to be destroyed by the
 * caller, or 0 when memory is short or there are 4096 groups already (own choice).
 */
FUMAROLE_API HSteamNetPollGroup SteamAPI_ISteamNetworkingSockets_CreatePollGroup(ISteamNetworkingSockets *self);

/* Ends a poll group. Its connections go on, and their waiting messages can be fetched from them. Returns false for a
 * bad handle. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(ISteamNetworkingSockets *self,
                                                                    HSteamNetPollGroup group);

/*
 * Moves a connection into a poll group, out of the one it was in; 0 only takes it out. Messages that wait move along.
 * Returns false for a bad connection or group.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_SetConnectionPollGroup(ISteamNetworkingSockets *self,
                                                                          HSteamNetConnection connection,
                                                                          HSteamNetPollGroup group);

/*
 * Fetches messages of all connections in a poll group, roughly in the order of their arrival; otherwise like
 * ReceiveMessagesOnConnection. m_conn and m_nConnUserData say whose a message is. Returns -1 for a bad group.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(ISteamNetworkingSockets *self,
                                                                             HSteamNetPollGroup group,
                                                                             SteamNetworkingMessage_t **messages,
                                                                             int max);

/* -------------------------------------------------------------------------------------------------------- callbacks */

/*
 * Calls the callback functions for everything that has happened since the last time, in order, on the calling thread
 * and with no lock held. What happens meanwhile waits for the next call. Callbacks are set as configuration values
 * (fumarole/utils.h); an event for which no function is set when it happens is not kept. One thread at a time is the
 * sensible use; two at once deliver different events.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingSockets_RunCallbacks(ISteamNetworkingSockets *self);

FUMAROLE_END_DECLS

#endif
