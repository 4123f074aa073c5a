#include "bench/flat.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

struct flat lib;
static void *handle;

static const struct {
    const char *name;
    void *place; /* of a function pointer in `lib` */
    bool optional;
} bindings[] = {
#define BIND(field, name)                                                                                              \
    {                                                                                                                  \
#name, &lib.field, false                                                                                       \
    }
#define SOCKETS(field, name) BIND(field, SteamAPI_ISteamNetworkingSockets_##name)
#define UTILS(field, name)   BIND(field, SteamAPI_ISteamNetworkingUtils_##name)
#define EXTENSION(field, name)                                                                                         \
    {                                                                                                                  \
#name, &lib.field, true                                                                                        \
    }
    BIND(init, GameNetworkingSockets_Init),
    BIND(kill, GameNetworkingSockets_Kill),
    BIND(get_sockets, SteamAPI_SteamNetworkingSockets_v009),
    BIND(get_utils, SteamAPI_SteamNetworkingUtils_v003),
    SOCKETS(listen, CreateListenSocketIP),
    SOCKETS(close_listen, CloseListenSocket),
    SOCKETS(connect, ConnectByIPAddress),
    SOCKETS(accept, AcceptConnection),
    SOCKETS(close, CloseConnection),
    SOCKETS(set_user_data, SetConnectionUserData),
    SOCKETS(send, SendMessageToConnection),
    SOCKETS(send_many, SendMessages),
    SOCKETS(flush, FlushMessagesOnConnection),
    SOCKETS(receive, ReceiveMessagesOnConnection),
    SOCKETS(info, GetConnectionInfo),
    SOCKETS(status, GetConnectionRealTimeStatus),
    SOCKETS(detail, GetDetailedConnectionStatus),
    SOCKETS(lanes, ConfigureConnectionLanes),
    SOCKETS(get_identity, GetIdentity),
    SOCKETS(group, CreatePollGroup),
    SOCKETS(set_group, SetConnectionPollGroup),
    SOCKETS(receive_group, ReceiveMessagesOnPollGroup),
    SOCKETS(run, RunCallbacks),
    UTILS(allocate, AllocateMessage),
    UTILS(debug, SetDebugOutputFunction),
    UTILS(set_config, SetConfigValue),
    BIND(parse_identity, SteamAPI_SteamNetworkingIdentity_ParseString),
    BIND(print_identity, SteamAPI_SteamNetworkingIdentity_ToString),
    BIND(parse_address, SteamAPI_SteamNetworkingIPAddr_ParseString),
    BIND(print_address, SteamAPI_SteamNetworkingIPAddr_ToString),
    BIND(release, SteamAPI_SteamNetworkingMessage_t_Release),
    EXTENSION(version, Fumarole_Version),
    EXTENSION(wait_descriptor, Fumarole_GetWaitDescriptor),
};

void flat_load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    handle = library;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(2);
    }
    for (size_t i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        void **place = bindings[i].place;

        *place = dlsym(library, bindings[i].name);
        if (!*place && !bindings[i].optional) {
            fprintf(stderr, "%s has no %s\n", path, bindings[i].name);
            _exit(2);
        }
    }
}

bool flat_has(const char *name)
{
    return dlsym(handle, name);
}

bool flat_start(const char *identity_text, SteamNetworkingErrMsg error)
{
    SteamNetworkingIdentity identity;

    if (identity_text && !lib.parse_identity(&identity, sizeof(identity), identity_text)) {
        snprintf(error, k_cchMaxSteamNetworkingErrMsg, "identity %s was not parsed", identity_text);
        return false;
    }
    if (!lib.init(identity_text ? &identity : NULL, error))
        return false;
    lib.sockets = lib.get_sockets();
    lib.utils = lib.get_utils();
    return lib.sockets && lib.utils;
}
