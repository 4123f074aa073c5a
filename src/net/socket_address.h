/*
 * Between the API's addresses and the kernel's. IPv4 is stored mapped into IPv6 in the former. A link-local IPv6
 * address loses its interface number, which the API's form has no room for.
 */
#ifndef NET_SOCKET_ADDRESS_H
#define NET_SOCKET_ADDRESS_H

#include "fumarole/types.h"

#include <netinet/in.h>
#include <sys/socket.h>

union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/*
 * Fills `out` for a socket of `family` (AF_INET or AF_INET6) and returns its length; 0 when an IPv6 address is wanted
 * on an IPv4 socket. The all-zero address becomes the any-address of either family.
 */
socklen_t socket_address_pack(const SteamNetworkingIPAddr *address, int family, union socket_address *out);

void socket_address_unpack(const union socket_address *from, SteamNetworkingIPAddr *address);

#endif
