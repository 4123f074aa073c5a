/*
 * Tickets and server logins: what a game's own service, the coordinator, exchanges with hosted servers and clients.
 *
 * A server tells the coordinator where it is; the coordinator gives a client a ticket, signed, that lets it reach that
 * server; relays check it. The structures are in fumarole/types.h.
 *
 * NOT YET AVAILABLE, except for the functions of SteamDatagramHostedAddress, which work on plain values. The others
 * behave as they do without a back end ("For the present"). For `self`, threads and memory see fumarole/sockets.h.
 */
#ifndef FUMAROLE_GAMECOORDINATOR_H
#define FUMAROLE_GAMECOORDINATOR_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* --------------------------------------------------------------------------------------------------------- tickets */

/*
 * Checks a ticket and keeps it for connections to its server. size is at most 512
 * (k_cbSteamDatagramMaxSerializedTicket). parsed may be null; it receives the contents. False when the ticket is not
 * valid. For the present: false.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_ReceivedRelayAuthTicket(ISteamNetworkingSockets *self,
                                                                           const void *ticket, int size,
                                                                           SteamDatagramRelayAuthTicket *parsed);

/*
 * Looks for a ticket to a server and virtual port. Returns the seconds until the best one expires, 0 if there is none.
 * parsed may be null. For the present: 0.
 */
FUMAROLE_API int SteamAPI_ISteamNetworkingSockets_FindRelayAuthTicketForServer(ISteamNetworkingSockets *self,
                                                                               const SteamNetworkingIdentity *identity,
                                                                               int virtual_port,
                                                                               SteamDatagramRelayAuthTicket *parsed);

/* ---------------------------------------------------------------------------------------------------------- logins */

/*
 * Writes what a hosted server tells the coordinator about itself, signed.
 *
 * login  in: m_cbAppData and m_appData, set by the caller; out: all other fields
 * size   in: bytes at `blob`; out: bytes written. 4096 (k_cbMaxSteamDatagramGameCoordinatorServerLoginSerialized)
 *        suffice.
 * blob   receives the signed login; on failure a text for people
 *
 * OK; NotLoggedOn without an identity; otherwise as GetHostedDedicatedServerAddress. For the present: Fail.
 */
FUMAROLE_API EResult SteamAPI_ISteamNetworkingSockets_GetGameCoordinatorServerLogin(
    ISteamNetworkingSockets *self, SteamDatagramGameCoordinatorServerLogin *login, int *size, void *blob);

/* ------------------------------------------------------------------------------------------------ hosted addresses */

/* Makes the address empty. */
FUMAROLE_API void SteamAPI_SteamDatagramHostedAddress_Clear(SteamDatagramHostedAddress *self);

/* The data centre that an address names; 0 if it is empty. */
FUMAROLE_API SteamNetworkingPOPID SteamAPI_SteamDatagramHostedAddress_GetPopID(SteamDatagramHostedAddress *self);

/*
 * Makes an address for development, which shows IPv4 address and port (both in host order) openly; data_center is
 * usually k_SteamDatagramPOPID_dev.
 */
FUMAROLE_API void SteamAPI_SteamDatagramHostedAddress_SetDevAddress(SteamDatagramHostedAddress *self, uint32 ipv4,
                                                                    uint16 port, SteamNetworkingPOPID data_center);

FUMAROLE_END_DECLS

#endif
