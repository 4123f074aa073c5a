/*
 * ISteamNetworkingMessages: messages to identities, without handling connections.
 *
 * Behind each peer there is a session: a connection that the first message makes and that ends by itself after 180 s
 * without sending. A program answers a SteamNetworkingMessagesSessionRequest_t with AcceptSessionWithUser or by
 * sending. Channels are numbers, chosen by the application, that keep its subsystems apart. For `self`, threads and
 * memory see fumarole/sockets.h.
 *
 * Not yet available: sessions with identities outside this process, which need a route that is not plain UDP. Sending
 * to them returns Fail.
 */
#ifndef FUMAROLE_MESSAGES_H
#define FUMAROLE_MESSAGES_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/*
 * The messages interface, made on first use; null before Init and after Kill. It works as a C++ object of interface
 * version SteamNetworkingMessages002 too. The names for game servers return the same object.
 */
FUMAROLE_API ISteamNetworkingMessages *SteamNetworkingMessages_LibV2(void);
FUMAROLE_API ISteamNetworkingMessages *SteamAPI_SteamNetworkingMessages_v002(void);
FUMAROLE_API ISteamNetworkingMessages *SteamAPI_SteamNetworkingMessages_SteamAPI_v002(void);
FUMAROLE_API ISteamNetworkingMessages *SteamGameServerNetworkingMessages_LibV2(void);
FUMAROLE_API ISteamNetworkingMessages *SteamAPI_SteamGameServerNetworkingMessages_SteamAPI_v002(void);

/*
 * Sends a message to an identity, starting a session if there is none, and accepting one that waits.
 *
 * data, size  the payload, copied; size is at most 524288 (512 KiB)
 * flags       a sum of k_nSteamNetworkingSend_*. Until the session is established everything is sent reliably.
 * channel     the channel at the receiver, any number
 *
 *   OK             queued
 *   InvalidParam   invalid identity, or message too large
 *   ConnectFailed  the session has failed, and AutoRestartBrokenSession is not among the flags
 *   Fail           no session can be made
 *   LimitExceeded  and others as for SendMessageToConnection
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingMessages_SendMessageToUser(ISteamNetworkingMessages *self,
                                                                         const SteamNetworkingIdentity *identity,
                                                                         const void *data, uint32 size, int flags,
                                                                         int channel);

/*
 * Fetches up to `max` messages of a channel, from all peers. Each has m_identityPeer and m_nChannel set and m_conn 0,
 * and is to be released. Returns how many; 0 also on failure.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingMessages_ReceiveMessagesOnChannel(ISteamNetworkingMessages *self, int channel,
                                                                            SteamNetworkingMessage_t **messages,
                                                                            int max);

/* Lets the messages of a peer in. True if there is a live session with it, accepted now or before. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingMessages_AcceptSessionWithUser(ISteamNetworkingMessages *self,
                                                                          const SteamNetworkingIdentity *identity);

/* Ends the session with a peer (reason 1001, fixed by the interface) and discards its messages that were not fetched.
   False if there is none. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingMessages_CloseSessionWithUser(ISteamNetworkingMessages *self,
                                                                         const SteamNetworkingIdentity *identity);

/*
 * Discards the messages of a peer on one channel, and ends the session when no channel with it is open any more. A
 * channel is open from the first message received on it. False if it is not open.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingMessages_CloseChannelWithUser(ISteamNetworkingMessages *self,
                                                                         const SteamNetworkingIdentity *identity,
                                                                         int channel);

/*
 * The state of the session with a peer, None if there is none. info and status may be null; they are zeroed and then
 * filled as far as there is something to tell. What ended a failed session stays readable until it is closed or 180 s
 * have passed.
 */
FUMAROLE_API ESteamNetworkingConnectionState SteamAPI_ISteamNetworkingMessages_GetSessionConnectionInfo(
    ISteamNetworkingMessages *self, const SteamNetworkingIdentity *identity, SteamNetConnectionInfo_t *info,
    SteamNetConnectionRealTimeStatus_t *status);

FUMAROLE_END_DECLS

#endif
