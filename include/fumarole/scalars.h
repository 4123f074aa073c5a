/*
 * The plain number types and handles that the interface is written in.
 */
#ifndef FUMAROLE_SCALARS_H
#define FUMAROLE_SCALARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fumarole/export.h"

typedef unsigned char uint8;
typedef signed char int8;
typedef short int16;
typedef unsigned short uint16;
typedef int int32;
typedef unsigned int uint32;
typedef long long int64;
typedef unsigned long long uint64;
typedef long lint64;
typedef unsigned long ulint64;
typedef long long intp;
typedef unsigned long long uintp;

typedef uint32 AppId_t;
typedef uint32 DepotId_t;
typedef uint32 RTime32; /* seconds since 1970-01-01 00:00 UTC */
typedef uint64 SteamAPICall_t;
typedef uint32 AccountID_t;
typedef uint64 PartyBeaconID_t;
typedef uint64 uint64_steamid; /* a Steam ID as one number */
typedef int32 HSteamPipe;
typedef int32 HSteamUser;

/* Handles are numbers; zero is never a valid one. */
typedef uint32 HSteamNetConnection; /* one end of a connection */
typedef uint32 HSteamListenSocket;  /* something that accepts connections */
typedef uint32 HSteamNetPollGroup;  /* a set of connections that is read together */
#define k_HSteamNetConnection_Invalid ((HSteamNetConnection)0)
#define k_HSteamListenSocket_Invalid  ((HSteamListenSocket)0)
#define k_HSteamNetPollGroup_Invalid  ((HSteamNetPollGroup)0)

/*
 * Microseconds on the library's own clock: never negative, never going back, starting so high that zero always means
 * "long ago". Only meaningful inside one run of one process.
 */
typedef int64 SteamNetworkingMicroseconds;

/* The code of a data centre: three or four lower-case letters abcd packed as 0xddaabbcc. */
typedef uint32 SteamNetworkingPOPID;
#define k_SteamDatagramPOPID_dev ((SteamNetworkingPOPID)6579574) /* "dev", not a place */

/* A buffer for the text that explains a failure; always terminated when a call fails. */
#define k_cchMaxSteamNetworkingErrMsg 1024
typedef char SteamNetworkingErrMsg[k_cchMaxSteamNetworkingErrMsg];
typedef SteamNetworkingErrMsg SteamDatagramErrMsg;

FUMAROLE_STATIC_ASSERT(sizeof(int64) == 8 && sizeof(int32) == 4 && sizeof(int16) == 2, "sizes of the number types");

#endif
