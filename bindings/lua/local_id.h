/*
 * The number by which this host goes in programs that know only Steam IDs.
 *
 * A host whose identity is a Steam ID has that number. Any other identity is given one that has the shape of a Steam ID
 * (an individual account of the universe for development, so that it can be no real account's): for the anonymous
 * identity a random one that stays until the process ends, for any other name one that follows from the name.
 */
#ifndef LUASTEAM_LOCAL_ID_H
#define LUASTEAM_LOCAL_ID_H

#include <fumarole/fumarole.h>

/* The number of this host; 0 when the library is not running. */
uint64_t local_id(void);

/* The identity that a number means: this host's own for its own number, a Steam ID otherwise. */
void local_id_identity(uint64_t number, SteamNetworkingIdentity *identity);

#endif
