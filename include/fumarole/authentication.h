/*
 * Who this host is, and how it proves it.
 *
 * An identity is chosen at Init or comes from a certificate. A certificate ties it to a key; a peer believes it if it
 * trusts the authority that signed it. In local mode (the default; fumarole/extensions.h) the library signs its own
 * certificate with a development authority that belongs to the user of this machine, so that processes of one user
 * believe each other and nobody else. Without local mode a certificate comes from the application:
 * GetCertificateRequest, an authority of its own, and SetCertificate. For `self`, threads and memory see
 * fumarole/sockets.h.
 */
#ifndef FUMAROLE_AUTHENTICATION_H
#define FUMAROLE_AUTHENTICATION_H

#include "fumarole/types.h"

FUMAROLE_BEGIN_DECLS

/*
 * The identity of this host. Returns true with *identity filled; without a chosen identity it is the anonymous
 * localhost identity. identity may be null. False when `self` is null; *identity is then of invalid type.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_GetIdentity(ISteamNetworkingSockets *self,
                                                               SteamNetworkingIdentity *identity);

/*
 * Changes the identity of this host. Everything is closed as GameNetworkingSockets_Kill closes it, but the status
 * callbacks are posted; certificate and private key are forgotten. Null: the anonymous localhost identity, until
 * SetCertificate brings another.
 */
FUMAROLE_API void SteamAPI_ISteamNetworkingSockets_ResetIdentity(ISteamNetworkingSockets *self,
                                                                 const SteamNetworkingIdentity *identity);

/*
 * Starts to get a certificate, if there is none, and returns how far that is (see GetAuthenticationStatus). Not needed
 * before connecting; it only takes the delay out of the first connection.
 */
FUMAROLE_API ESteamNetworkingAvailability
SteamAPI_ISteamNetworkingSockets_InitAuthentication(ISteamNetworkingSockets *self);

/*
 * Whether this host can prove its identity: Current (100) with a certificate; NeverTried (1) when nobody has asked;
 * Waiting (2) or Attempting (3) on the way; CannotTry (-102) when there is no authority: local mode is off and no
 * certificate was set; Failed (-101), Previously (-100) and Retrying (-10) after failures. A change of the number posts
 * SteamNetAuthenticationStatus_t. details may be null; its text is for people. With a null `self` the result is
 * CannotTry.
 */
FUMAROLE_API ESteamNetworkingAvailability SteamAPI_ISteamNetworkingSockets_GetAuthenticationStatus(
    ISteamNetworkingSockets *self, SteamNetAuthenticationStatus_t *details);

/*
 * Writes a request for a certificate: the public key (made on the first call), the identity unless it is anonymous, and
 * the data centre of a hosted server. How it reaches an authority is the application's affair; `fumarole cert` can sign
 * it.
 *
 * size    in: bytes at `buffer`; out: bytes of the request. Must not be null. 512 bytes always suffice.
 * buffer  null to ask for the size.
 * error   null, or 1024 bytes that receive a text on failure.
 *
 * Returns false when the buffer is too small (*size says what it takes) or memory is short.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_GetCertificateRequest(ISteamNetworkingSockets *self, int *size,
                                                                         void *buffer, char *error);

/*
 * Installs a certificate: the signed certificate as bytes, with or without the private key in it.
 *
 * certificate, size  the bytes; copied.
 * error              null, or 1024 bytes that receive a text on failure.
 *
 * Returns true when new connections use it: the status is then Current, and its identity is adopted if there was none.
 * That nobody known here has signed it is only a warning. False when it cannot be parsed, names another identity, does
 * not fit the private key (or there is none), has a key that is not Ed25519, has expired, or does not permit the
 * application.
 */
FUMAROLE_API bool SteamAPI_ISteamNetworkingSockets_SetCertificate(ISteamNetworkingSockets *self,
                                                                  const void *certificate, int size, char *error);

FUMAROLE_END_DECLS

#endif
