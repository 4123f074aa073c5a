/*
 * Addresses as people type them: numbers or names, with a port.
 */
#ifndef TOOLS_ADDRESS_H
#define TOOLS_ADDRESS_H

#include "fumarole/types.h"

#include <stdbool.h>

enum { ADDRESS_CANDIDATE_LIMIT = 4 };

/*
 * Where to connect to: "host:port", "192.0.2.1:port", "[2001:db8::1]:port". Names are looked up and may stand for
 * several addresses; up to ADDRESS_CANDIDATE_LIMIT are stored, in the resolver's order of preference. Returns how many;
 * 0 after having complained.
 */
int address_remote(const char *text, SteamNetworkingIPAddr candidates[ADDRESS_CANDIDATE_LIMIT]);

/*
 * Where to listen: as above, and the port may be 0 or absent for any free one, and the host may be empty or "*" for all
 * interfaces (":27015"). A bare number is a port. False after having complained.
 */
bool address_local(const char *text, SteamNetworkingIPAddr *address);

/* The address as text, with its port. The buffer takes SteamNetworkingIPAddr_k_cchMaxString bytes; returned. */
const char *address_text(const SteamNetworkingIPAddr *address, char text[SteamNetworkingIPAddr_k_cchMaxString]);

#endif
