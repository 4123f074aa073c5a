/*
 * Addresses and identities: reading, writing, comparing, and their text forms.
 *
 * These functions work on plain values: no interface, no library start, any thread. `self`, `address` and `identity`
 * must not be null unless said otherwise; a null one makes a function return false, 0 or null. Functions that turn a
 * value into text always terminate the buffer if it has at least one byte, and cut what does not fit.
 */
#ifndef FUMAROLE_ADDRESSES_H
#define FUMAROLE_ADDRESSES_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/* -------------------------------------------------------------------------------------------------------- addresses */

/* Sets address and port to zero. */
FUMAROLE_API void SteamAPI_SteamNetworkingIPAddr_Clear(SteamNetworkingIPAddr *self);

/* Whether the address is ::, whatever the port. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_IsIPv6AllZeros(SteamNetworkingIPAddr *self);

/* Sets an IPv6 address, 16 bytes in network order, and a port. Bytes of the form ::ffff:a.b.c.d make it an IPv4
 * address. */
FUMAROLE_API void SteamAPI_SteamNetworkingIPAddr_SetIPv6(SteamNetworkingIPAddr *self, const uint8 *ipv6, uint16 port);

/* Sets an IPv4 address and a port, both in host order: 0x7f000001 is 127.0.0.1. */
FUMAROLE_API void SteamAPI_SteamNetworkingIPAddr_SetIPv4(SteamNetworkingIPAddr *self, uint32 ipv4, uint16 port);

/* Whether this is an IPv4 address (stored as ::ffff:a.b.c.d). */
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_IsIPv4(SteamNetworkingIPAddr *self);

/* The IPv4 address in host order; 0 if it is not one. */
FUMAROLE_API uint32 SteamAPI_SteamNetworkingIPAddr_GetIPv4(SteamNetworkingIPAddr *self);

/* Sets ::1 and a port. */
FUMAROLE_API void SteamAPI_SteamNetworkingIPAddr_SetIPv6LocalHost(SteamNetworkingIPAddr *self, uint16 port);

/* Whether the address is ::1 or 127.0.0.1. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_IsLocalHost(SteamNetworkingIPAddr *self);

/* Whether two addresses and their ports are the same. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_IsEqualTo(SteamNetworkingIPAddr *self,
                                                           const SteamNetworkingIPAddr *other);

/*
 * Writes an address: "1.2.3.4" or "2001:db8::1", with port "1.2.3.4:80" or "[2001:db8::1]:80".
 *
 * size  bytes at `buffer`; 48 (SteamNetworkingIPAddr_k_cchMaxString) always suffice. The SteamAPI_ name is declared
 *       with a 32-bit size elsewhere, so that it looks only at the low 32 bits.
 */
FUMAROLE_API void SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *address, char *buffer, size_t size,
                                                 bool with_port);
FUMAROLE_API void SteamAPI_SteamNetworkingIPAddr_ToString(const SteamNetworkingIPAddr *self, char *buffer, size_t size,
                                                          bool with_port);

/*
 * Reads an address: dotted IPv4 or IPv6, plain or in brackets, with or without a port (then 0); also IPv4 in the
 * clothes of IPv6. Host names and zones ("%eth0") are not accepted. On failure returns false with the address cleared.
 */
FUMAROLE_API bool SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *address, const char *text);
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_ParseString(SteamNetworkingIPAddr *self, const char *text);

/* Whether the address stands in for a peer (fumarole/fake_ip.h). In this version always NotFake. */
FUMAROLE_API ESteamNetworkingFakeIPType SteamNetworkingIPAddr_GetFakeIPType(const SteamNetworkingIPAddr *address);
FUMAROLE_API ESteamNetworkingFakeIPType SteamAPI_SteamNetworkingIPAddr_GetFakeIPType(SteamNetworkingIPAddr *self);
FUMAROLE_API bool SteamAPI_SteamNetworkingIPAddr_IsFakeIP(SteamNetworkingIPAddr *self);

/* ------------------------------------------------------------------------------------------------------- identities */

/* Makes the identity invalid: all zero. */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_Clear(SteamNetworkingIdentity *self);

/* Whether the type is Invalid. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_IsInvalid(SteamNetworkingIdentity *self);

/*
 * Steam IDs as numbers: account in bits 0 to 31, instance in 32 to 51, type in 52 to 55, universe in 56 to 63. The two
 * forms do the same. The getters return 0 for an identity of another type.
 */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetSteamID(SteamNetworkingIdentity *self, uint64_steamid steam_id);
FUMAROLE_API uint64_steamid SteamAPI_SteamNetworkingIdentity_GetSteamID(SteamNetworkingIdentity *self);
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetSteamID64(SteamNetworkingIdentity *self, uint64 steam_id);
FUMAROLE_API uint64 SteamAPI_SteamNetworkingIdentity_GetSteamID64(SteamNetworkingIdentity *self);

/* Xbox pairwise IDs: text of 1 to 32 bytes. Set returns false and changes nothing for another length; Get returns null
   for another type, otherwise a pointer into the identity. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_SetXboxPairwiseID(SteamNetworkingIdentity *self, const char *text);
FUMAROLE_API const char *SteamAPI_SteamNetworkingIdentity_GetXboxPairwiseID(SteamNetworkingIdentity *self);

/* PlayStation Network IDs. Get returns 0 for another type. */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetPSNID(SteamNetworkingIdentity *self, uint64 id);
FUMAROLE_API uint64 SteamAPI_SteamNetworkingIdentity_GetPSNID(SteamNetworkingIdentity *self);

/* Addresses as identities. GetIPAddr returns null for another type, otherwise a pointer into the identity. */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetIPAddr(SteamNetworkingIdentity *self,
                                                             const SteamNetworkingIPAddr *address);
FUMAROLE_API const SteamNetworkingIPAddr *SteamAPI_SteamNetworkingIdentity_GetIPAddr(SteamNetworkingIdentity *self);

/* The same for IPv4, in host order. Get returns 0 for another type, and for an address that is not IPv4. */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetIPv4Addr(SteamNetworkingIdentity *self, uint32 ipv4, uint16 port);
FUMAROLE_API uint32 SteamAPI_SteamNetworkingIdentity_GetIPv4(SteamNetworkingIdentity *self);

/* Whether the identity is an address that stands in for a peer. Invalid for identities that are no addresses. */
FUMAROLE_API ESteamNetworkingFakeIPType SteamAPI_SteamNetworkingIdentity_GetFakeIPType(SteamNetworkingIdentity *self);
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_IsFakeIP(SteamNetworkingIdentity *self);

/* The anonymous identity: the address ::1 with port 0. Is... is also true for 127.0.0.1. */
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_SetLocalHost(SteamNetworkingIdentity *self);
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_IsLocalHost(SteamNetworkingIdentity *self);

/* Text of 0 to 31 bytes that the application chooses. Set returns false and changes nothing for another length; Get
   returns null for another type, otherwise a pointer into the identity. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_SetGenericString(SteamNetworkingIdentity *self, const char *text);
FUMAROLE_API const char *SteamAPI_SteamNetworkingIdentity_GetGenericString(SteamNetworkingIdentity *self);

/* The same with 1 to 32 arbitrary bytes. Get writes their number to *size (0 for another type). */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_SetGenericBytes(SteamNetworkingIdentity *self, const void *data,
                                                                   uint32 size);
FUMAROLE_API const uint8 *SteamAPI_SteamNetworkingIdentity_GetGenericBytes(SteamNetworkingIdentity *self, int *size);

/* Whether type, size and used bytes are the same. */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_IsEqualTo(SteamNetworkingIdentity *self,
                                                             const SteamNetworkingIdentity *other);

/*
 * Writes an identity: "steamid:<decimal>", "xboxpwid:<text>", "psn:<decimal>", "ip:<address>" with the port if it is
 * not 0, "str:<text>", "gen:<hexadecimal>", or the text of an unknown kind as it came; "invalid" for the invalid type.
 *
 * size  bytes at `buffer`; 128 (SteamNetworkingIdentity_k_cchMaxString) always suffice. The SteamAPI_ name is declared
 *       with a 32-bit size elsewhere, so that it looks only at the low 32 bits.
 */
FUMAROLE_API void SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *identity, char *buffer, size_t size);
FUMAROLE_API void SteamAPI_SteamNetworkingIdentity_ToString(const SteamNetworkingIdentity *self, char *buffer,
                                                            size_t size);

/*
 * Reads an identity in one of those forms; other kinds are kept as text if the part before the colon has 1 to 16
 * characters of a-z, 0-9 and underscore and the whole has at most 127 bytes. On failure returns false with the identity
 * invalid.
 *
 * identity_size  sizeof(SteamNetworkingIdentity), at least 32; so many bytes are zeroed first.
 */
FUMAROLE_API bool SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *identity, size_t identity_size,
                                                      const char *text);

/*
 * The same. The Steamworks SDK declares this name as (identity, text). Both callers are served: a second argument below
 * 4096 is a size, and the text is the third; otherwise the second argument is the text, and the third is not looked at.
 */
FUMAROLE_API bool SteamAPI_SteamNetworkingIdentity_ParseString(SteamNetworkingIdentity *self, size_t identity_size,
                                                               const char *text);

FUMAROLE_END_DECLS

#endif
