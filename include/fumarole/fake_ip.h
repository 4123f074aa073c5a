/*
 * FakeIPs: IPv4 addresses that stand for peers reached over relays, for programs that know nothing but addresses and
 * ports.
 *
 * NOT YET AVAILABLE: addresses are assigned by a back end. All functions exist and behave as they do without one; each
 * description ends with what that means ("For the present"). For `self`, threads and memory see fumarole/sockets.h.
 */
#ifndef FUMAROLE_FAKE_IP_H
#define FUMAROLE_FAKE_IP_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* --------------------------------------------------------------------------------------------------- own addresses */

/*
 * Asks for an address with 1 to 4 ports. The outcome is posted as SteamNetworkingFakeIPResult_t. False if a request is
 * running already. For the present: false.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_BeginAsyncRequestFakeIP(ISteamNetworkingSockets *self, int ports);

/*
 * What has been assigned, from port number first_port on. result->m_eResult: OK; Busy while the request runs; NoMatch
 * if there was none; InvalidParam for a bad number. For the present: NoMatch for 0, InvalidParam otherwise.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingSockets_GetFakeIP(ISteamNetworkingSockets *self, int first_port,
                                                             SteamNetworkingFakeIPResult_t *result);

/* Takes connections on one of the ports asked for, by its number. Otherwise like CreateListenSocketP2P. For the
 * present: 0. */
FUMAROLE_API HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2PFakeIP(
    ISteamNetworkingSockets *self, int port_index, int option_count, const SteamNetworkingConfigValue_t *options);

/* -------------------------------------------------------------------------------------------------- other addresses */

/*
 * The address that stands for a connection's peer; address may be null. OK; InvalidParam for a bad handle; IPNotFound
 * if the connection has nothing to do with FakeIPs. For the present: the latter two.
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_GetRemoteFakeIPForConnection(ISteamNetworkingSockets *self,
                                                                                   HSteamNetConnection connection,
                                                                                   SteamNetworkingIPAddr *address);

/* Whether an IPv4 address, in host order, is a FakeIP, and of which kind. For the present: false, NotFake. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_IsFakeIPv4(ISteamNetworkingUtils *self, uint32 ipv4);
FUMAROLE_API ESteamNetworkingFakeIPType SteamAPI_ISteamNetworkingUtils_GetIPv4FakeIPType(ISteamNetworkingUtils *self,
                                                                                         uint32 ipv4);

/*
 * The identity behind a FakeIP; identity may be null. OK; InvalidParam if it is an ordinary address; NoMatch if it is
 * not known here. For the present: Disabled.
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingUtils_GetRealIdentityForFakeIP(ISteamNetworkingUtils *self,
                                                                             const SteamNetworkingIPAddr *address,
                                                                             SteamNetworkingIdentity *identity);

/* ------------------------------------------------------------------------------------------------------- datagrams */

/*
 * Makes an object that sends and receives single datagrams between FakeIPs. server_port: the number of one of the ports
 * asked for, or -1 for a client. The caller destroys it. Null on failure. For the present: null.
 */
FUMAROLE_API ISteamNetworkingFakeUDPPort *
SteamAPI_ISteamNetworkingSockets_CreateFakeUDPPort(ISteamNetworkingSockets *self, int server_port);

/* Destroys it. No other call on it may be in progress. Null is allowed. */
FUMAROLE_API void SteamAPI_ISteamNetworkingFakeUDPPort_DestroyFakeUDPPort(ISteamNetworkingFakeUDPPort *self);

/*
 * Sends a datagram of at most 4096 bytes (1200 are recommended), unreliably. OK; Busy before an address is assigned;
 * IPNotFound if the address is not known. For the present: InvalidParam, as there are no such objects.
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingFakeUDPPort_SendMessageToFakeIP(ISteamNetworkingFakeUDPPort *self,
                                                                              const SteamNetworkingIPAddr *address,
                                                                              const void *data, uint32 size, int flags);

/* Fetches up to `max` datagrams, whose m_identityPeer is the sender's FakeIP; to be released. Returns how many. For the
 * present: 0. */
FUMAROLE_API int SteamAPI_ISteamNetworkingFakeUDPPort_ReceiveMessages(ISteamNetworkingFakeUDPPort *self,
                                                                      SteamNetworkingMessage_t **messages, int max);

/* Says that no more traffic with an address is expected, so that what is kept for it may go soon. For the present: does
 * nothing. */
FUMAROLE_API void SteamAPI_ISteamNetworkingFakeUDPPort_ScheduleCleanup(ISteamNetworkingFakeUDPPort *self,
                                                                       const SteamNetworkingIPAddr *address);

FUMAROLE_END_DECLS

#endif
