/*
 * Who uses the library: the Steam object and every networking peer of the engine count as one user each.
 *
 * The idea: the library runs as long as somebody has acquired it; the first starts it and the last stops it, whatever
 * the order. Owns the count. Any thread, but starting and stopping wait for nobody who is inside another function of
 * the library: a program acquires and releases where it makes and drops the objects, as with every other resource.
 */
#ifndef FUMAROLE_GODOT_LIBRARY_USE_H
#define FUMAROLE_GODOT_LIBRARY_USE_H

#include "fumarole/fumarole.h"

/*
 * Starts the library if nobody uses it yet. identity: who this host is, null for anonymous; only looked at by the call
 * that starts it. error: receives a text on failure. True: to be given back with library_release.
 */
bool library_acquire(const SteamNetworkingIdentity *identity, SteamNetworkingErrMsg error);

/* Gives up one use, and stops the library if it was the last. */
void library_release(void);

/*
 * Gives up one use, and leaves the library running if it was the last, so that what lingering connections have to
 * deliver is still delivered: until somebody else has acquired and released it, or it is stopped.
 */
void library_leave(void);

/* Stops the library, whoever uses it: the code is about to be unloaded. Later releases do nothing. */
void library_stop(void);

/* Whether it runs. */
bool library_runs(void);

#endif
