/*
 * What the functions that need a back end answer when none is configured: relay network, ping times and locations,
 * hosted servers, tickets, FakeIPs (docs/api/reference.md, "Relays ..." to "FakeIP").
 *
 * Pure but for their outputs, which may all be null; any thread.
 */
#ifndef API_NO_BACKEND_H
#define API_NO_BACKEND_H

#include "fumarole/types.h"

#include <stdbool.h>

/* ---- relay network and ping times ----------------------------------------------------------------------------- */

ESteamNetworkingAvailability no_backend_relay_network_status(SteamRelayNetworkStatus_t *details);

/* Makes the location unknown and returns its age. */
float no_backend_local_ping_location(SteamNetworkPingLocation_t *location);
int no_backend_ping(void);
void no_backend_print_location(char *buffer, int size);
bool no_backend_parse_location(SteamNetworkPingLocation_t *location);
int no_backend_ping_to_data_center(SteamNetworkingPOPID *via);

/* ---- hosted servers and tickets ------------------------------------------------------------------------------- */

EResult no_backend_hosted_address(SteamDatagramHostedAddress *address);
EResult no_backend_coordinator_login(int *size, void *blob);
int no_backend_find_ticket(SteamDatagramRelayAuthTicket *parsed);

/* ---- FakeIP --------------------------------------------------------------------------------------------------- */

/* `identity`: who asks; may be null. */
void no_backend_fake_ip(int first_port, const SteamNetworkingIdentity *identity, SteamNetworkingFakeIPResult_t *result);

/* Whether the connection exists decides about the result. */
EResult no_backend_remote_fake_ip(bool connection_exists, SteamNetworkingIPAddr *address);
EResult no_backend_real_identity(SteamNetworkingIdentity *identity);
ESteamNetworkingFakeIPType no_backend_fake_ip_type_of_identity(const SteamNetworkingIdentity *identity);

#endif
