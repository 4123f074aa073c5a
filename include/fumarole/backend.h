/*
 * What needs a back end: the relay network, ping times and locations computed from it, and servers hosted behind
 * relays.
 *
 * NOT YET AVAILABLE. All functions exist, so that programs link and run, and behave as they do when no back end is
 * configured; each description ends with what that means ("For the present"). For `self`, threads and memory see
 * fumarole/sockets.h and fumarole/utils.h.
 */
#ifndef FUMAROLE_BACKEND_H
#define FUMAROLE_BACKEND_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* --------------------------------------------------------------------------------------------------- relay network */

/*
 * Starts to fetch the description of the relay network and to measure ping times, or tries again after a failure. For
 * the present: does nothing.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingUtils_InitRelayNetworkAccess(ISteamNetworkingUtils *self);

/*
 * How far the relay network is from working; changes post SteamRelayNetworkStatus_t. details may be null. For the
 * present: CannotTry
 * (-102) in the result and all three availabilities, with a text.
 */
FUMAROLE_API ESteamNetworkingAvailability
SteamAPI_ISteamNetworkingUtils_GetRelayNetworkStatus(ISteamNetworkingUtils *self, SteamRelayNetworkStatus_t *details);

/* ------------------------------------------------------------------------------------------------------ ping times */

/*
 * Where this host is, by its ping times. Returns the age of the data in seconds, -1 if there is none; *location is the
 * best known so far. For the present: -1, and the location is unknown (all zero).
 */
FUMAROLE_API float SteamAPI_ISteamNetworkingUtils_GetLocalPingLocation(ISteamNetworkingUtils *self,
                                                                       SteamNetworkPingLocation_t *location);

/*
 * Estimates the round trip in milliseconds between two locations, or between one and this host, from stored data;
 * nothing is sent. k_nSteamNetworkingPing_Failed (-1) or k_nSteamNetworkingPing_Unknown (-2) if there is no telling.
 * For the present: -2.
 */
FUMAROLE_API int
SteamAPI_ISteamNetworkingUtils_EstimatePingTimeBetweenTwoLocations(ISteamNetworkingUtils *self,
                                                                   const SteamNetworkPingLocation_t *location1,
                                                                   const SteamNetworkPingLocation_t *location2);
FUMAROLE_API int
SteamAPI_ISteamNetworkingUtils_EstimatePingTimeFromLocalHost(ISteamNetworkingUtils *self,
                                                             const SteamNetworkPingLocation_t *location);

/*
 * Writes a location as text that other processes and later versions can read. size: bytes at `buffer`, at least 1024
 * (k_cchMaxSteamNetworkingPingLocationString). For the present: an empty text.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingUtils_ConvertPingLocationToString(ISteamNetworkingUtils *self,
                                                                             const SteamNetworkPingLocation_t *location,
                                                                             char *buffer, int size);

/* The inverse. False, and an unknown location, if the text makes no sense. For the present: always. */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_ParsePingLocationString(ISteamNetworkingUtils *self, const char *text,
                                                                         SteamNetworkPingLocation_t *location);

/*
 * Whether ping data is newer than max_age seconds; if not, measuring starts and the result is false. For the present:
 * false.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingUtils_CheckPingDataUpToDate(ISteamNetworkingUtils *self, float max_age);

/*
 * The best round trip in milliseconds to a data centre by way of relays; via may be null and receives the data centre
 * where that way begins. -1 or -2 as above. For the present: -2, and via 0.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingUtils_GetPingToDataCenter(ISteamNetworkingUtils *self,
                                                                    SteamNetworkingPOPID data_center,
                                                                    SteamNetworkingPOPID *via);

/* The round trip in milliseconds straight to the relays of a data centre. For the present: -2. */
FUMAROLE_API int SteamAPI_ISteamNetworkingUtils_GetDirectPingToPOP(ISteamNetworkingUtils *self,
                                                                   SteamNetworkingPOPID data_center);

/* The number of data centres in the description of the network. For the present: 0. */
FUMAROLE_API int SteamAPI_ISteamNetworkingUtils_GetPOPCount(ISteamNetworkingUtils *self);

/* Writes up to `max` codes of data centres and returns how many. For the present: 0. */
FUMAROLE_API int SteamAPI_ISteamNetworkingUtils_GetPOPList(ISteamNetworkingUtils *self, SteamNetworkingPOPID *list,
                                                           int max);

/* -------------------------------------------------------------------------------------------------- hosted servers */

/* The UDP port of a server that runs behind relays (environment variable SDR_LISTEN_PORT); 0 if this is none. For the
 * present: 0. */
FUMAROLE_API uint16 SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPort(ISteamNetworkingSockets *self);

/* The data centre of such a server; 0 if this is none. For the present: 0. */
FUMAROLE_API SteamNetworkingPOPID
SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerPOPID(ISteamNetworkingSockets *self);

/*
 * Where relays find this server, to be put into tickets. OK; InvalidState if this is no hosted server; Pending until
 * authentication is ready. On failure m_data holds a text for people. For the present: Fail.
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_GetHostedDedicatedServerAddress(
    ISteamNetworkingSockets *self, SteamDatagramHostedAddress *address);

/*
 * Takes connections on a virtual port of a hosted server; clients need tickets. Otherwise like CreateListenSocketP2P.
 * For the present: 0.
 */
FUMAROLE_API HSteamListenSocket SteamAPI_ISteamNetworkingSockets_CreateHostedDedicatedServerListenSocket(
    ISteamNetworkingSockets *self, int virtual_port, int option_count, const SteamNetworkingConfigValue_t *options);

/*
 * Starts a connection to a hosted server for which a ticket was received (fumarole/gamecoordinator.h). Otherwise like
 * ConnectP2P. 0 without a ticket. For the present: 0.
 */
FUMAROLE_API HSteamNetConnection SteamAPI_ISteamNetworkingSockets_ConnectToHostedDedicatedServer(
    ISteamNetworkingSockets *self, const SteamNetworkingIdentity *identity, int virtual_port, int option_count,
    const SteamNetworkingConfigValue_t *options);

FUMAROLE_END_DECLS

#endif
