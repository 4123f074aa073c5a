/*
 * A library that is no good as a peer: everything of it is that of the real one, which it is linked with, but what the
 * environment variable BAD_PEER names. "refuse": it does not start. "die": it aborts in the middle of sending. "leave":
 * it ends the process there.
 */
#include "fumarole/fumarole.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GOOD_SENDS = 1000 };

static bool asked_to(const char *what)
{
    const char *wish = getenv("BAD_PEER");
    return wish && strcmp(wish, what) == 0;
}

bool GameNetworkingSockets_Init(const SteamNetworkingIdentity *identity, char *error)
{
    if (asked_to("refuse")) {
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "no wish to work");
        return false;
    }
    __typeof__(GameNetworkingSockets_Init) *init =
        (__typeof__(init))(uintptr_t)dlsym(RTLD_NEXT, "GameNetworkingSockets_Init");
    return init(identity, error);
}

EResult SteamAPI_ISteamNetworkingSockets_SendMessageToConnection(ISteamNetworkingSockets *self,
                                                                 HSteamNetConnection connection, const void *data,
                                                                 uint32 size, int flags, int64 *number)
{
    static int sends;
    if (sends++ == GOOD_SENDS && asked_to("die"))
        abort();
    if (sends > GOOD_SENDS && asked_to("leave"))
        _exit(1);
    __typeof__(SteamAPI_ISteamNetworkingSockets_SendMessageToConnection) *send =
        (__typeof__(send))(uintptr_t)dlsym(RTLD_NEXT, "SteamAPI_ISteamNetworkingSockets_SendMessageToConnection");
    return send(self, connection, data, size, flags, number);
}
