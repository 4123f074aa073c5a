/*
 * The flat ISteamNetworkingSockets API of whatever shared library is given at run time, so that one program can drive
 * two implementations; for measuring (bench/) and for testing (tests/real). What every implementation exports must be
 * there, this project's extensions may be. Types come from this project's headers, whose layouts are the interface's.
 *
 * One library a process.
 */
#ifndef BENCH_FLAT_H
#define BENCH_FLAT_H

#include "fumarole/fumarole.h"

#include <stdbool.h>

#define SOCKETS_FUNCTION(name) __typeof__(SteamAPI_ISteamNetworkingSockets_##name) *
#define UTILS_FUNCTION(name)   __typeof__(SteamAPI_ISteamNetworkingUtils_##name) *

struct flat {
    ISteamNetworkingSockets *sockets; /* after flat_start */
    ISteamNetworkingUtils *utils;

    __typeof__(GameNetworkingSockets_Init) *init;
    __typeof__(GameNetworkingSockets_Kill) *kill;
    __typeof__(SteamAPI_SteamNetworkingSockets_v009) *get_sockets;
    __typeof__(SteamAPI_SteamNetworkingUtils_v003) *get_utils;
    SOCKETS_FUNCTION(CreateListenSocketIP) listen;
    SOCKETS_FUNCTION(CloseListenSocket) close_listen;
    SOCKETS_FUNCTION(ConnectByIPAddress) connect;
    SOCKETS_FUNCTION(AcceptConnection) accept;
    SOCKETS_FUNCTION(CloseConnection) close;
    SOCKETS_FUNCTION(SetConnectionUserData) set_user_data;
    SOCKETS_FUNCTION(SendMessageToConnection) send;
    SOCKETS_FUNCTION(SendMessages) send_many;
    SOCKETS_FUNCTION(FlushMessagesOnConnection) flush;
    SOCKETS_FUNCTION(ReceiveMessagesOnConnection) receive;
    SOCKETS_FUNCTION(GetConnectionInfo) info;
    SOCKETS_FUNCTION(GetConnectionRealTimeStatus) status;
    SOCKETS_FUNCTION(GetDetailedConnectionStatus) detail;
    SOCKETS_FUNCTION(ConfigureConnectionLanes) lanes;
    SOCKETS_FUNCTION(GetIdentity) get_identity;
    SOCKETS_FUNCTION(CreatePollGroup) group;
    SOCKETS_FUNCTION(SetConnectionPollGroup) set_group;
    SOCKETS_FUNCTION(ReceiveMessagesOnPollGroup) receive_group;
    SOCKETS_FUNCTION(RunCallbacks) run;
    UTILS_FUNCTION(AllocateMessage) allocate;
    UTILS_FUNCTION(SetDebugOutputFunction) debug;
    UTILS_FUNCTION(SetConfigValue) set_config;
    __typeof__(SteamAPI_SteamNetworkingIdentity_ParseString) *parse_identity;
    __typeof__(SteamAPI_SteamNetworkingIdentity_ToString) *print_identity;
    __typeof__(SteamAPI_SteamNetworkingIPAddr_ParseString) *parse_address;
    __typeof__(SteamAPI_SteamNetworkingIPAddr_ToString) *print_address;
    __typeof__(SteamAPI_SteamNetworkingMessage_t_Release) *release;

    /* Null where the library has no such thing. */
    __typeof__(Fumarole_Version) *version;
    __typeof__(Fumarole_GetWaitDescriptor) *wait_descriptor;
};

extern struct flat lib;

/* Opens the library and binds every function. Says on the standard error output what is missing and ends the process
 * with status 2. */
void flat_load(const char *path);

/* Whether it exports that name: what only some implementations have. */
bool flat_has(const char *name);

/* Starts it as an identity in text form, or anonymously for a null text. False with the library's words in `error`. */
bool flat_start(const char *identity_text, SteamNetworkingErrMsg error);

#endif
