#include "net/socket_address.h"

#include "wire/address.h"

#include <arpa/inet.h>
#include <string.h>

socklen_t socket_address_pack(const SteamNetworkingIPAddr *address, int family, union socket_address *out)
{
    memset(out, 0, sizeof(*out));
    if (family == AF_INET6) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(address->m_port);
        memcpy(&out->v6.sin6_addr, address->m_ipv6, sizeof(address->m_ipv6));
        return sizeof(out->v6);
    }
    if (!address_is_ipv4(address) && !address_is_any(address))
        return 0;
    out->v4.sin_family = AF_INET;
    out->v4.sin_port = htons(address->m_port);
    out->v4.sin_addr.s_addr = htonl(address_ipv4(address));
    return sizeof(out->v4);
}

void socket_address_unpack(const union socket_address *from, SteamNetworkingIPAddr *address)
{
    if (from->any.sa_family == AF_INET6) {
        address_set_ipv6(address, from->v6.sin6_addr.s6_addr, ntohs(from->v6.sin6_port));
    } else {
        address_set_ipv4(address, ntohl(from->v4.sin_addr.s_addr), ntohs(from->v4.sin_port));
    }
}
