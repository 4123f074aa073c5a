#include "tools/address.h"

#include "tools/complain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    HOST_SIZE = 256 /* longest DNS name, 253, and its end */
};

static void from_ipv4(SteamNetworkingIPAddr *address, const struct in_addr *from, uint16_t port)
{
    memset(address, 0, sizeof *address);
    address->m_ipv6[10] = address->m_ipv6[11] = 0xff;
    memcpy(address->m_ipv6 + 12, from, 4);
    address->m_port = port;
}

static void from_ipv6(SteamNetworkingIPAddr *address, const struct in6_addr *from, uint16_t port)
{
    memcpy(address->m_ipv6, from, 16);
    address->m_port = port;
}

/* Host and port in text; *port is null where there is none. A bare IPv6 address has colons but no port. */
static bool split(const char *text, char host[HOST_SIZE], const char **port)
{
    size_t length;
    *port = NULL;
    if (text[0] == '[') {
        const char *end = strchr(text, ']');
        if (!end || (end[1] && end[1] != ':'))
            return false;
        text++;
        length = (size_t)(end - text);
        if (end[1])
            *port = end + 2;
    } else {
        const char *colon = strchr(text, ':');
        if (colon && strchr(colon + 1, ':'))
            colon = NULL;
        length = colon ? (size_t)(colon - text) : strlen(text);
        if (colon)
            *port = colon + 1;
    }
    if (length >= HOST_SIZE)
        return false;
    memcpy(host, text, length);
    host[length] = 0;
    return true;
}

static bool read_port(const char *text, uint16_t *port)
{
    size_t length = strlen(text);
    if (length < 1 || length > 5 || strspn(text, "0123456789") != length)
        return false;
    long number = strtol(text, NULL, 10);
    *port = (uint16_t)number;
    return number <= 65535;
}

static void complain_shape(const char *text)
{
    complain("'%s' is not an address with a port", text);
    advise("Write host:port, for example localhost:27015, 192.0.2.1:27015 or [2001:db8::1]:27015.");
}

/* All addresses of a host, numeric or named. */
static int look_up(const char *host, uint16_t port, SteamNetworkingIPAddr *out, int limit)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, host, &four) == 1) {
        from_ipv4(out, &four, port);
        return 1;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        from_ipv6(out, &six, port);
        return 1;
    }
    /* Known without asking, also on machines that have nothing to ask (RFC 6761, 6.3). */
    if (strcasecmp(host, "localhost") == 0) {
        four.s_addr = htonl(INADDR_LOOPBACK);
        from_ipv4(out, &four, port);
        if (limit > 1)
            from_ipv6(out + 1, &in6addr_loopback, port);
        return limit > 1 ? 2 : 1;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list = NULL;
    int error = getaddrinfo(host, NULL, &hints, &list);
    if (error) {
        complain("cannot find the host '%s': %s", host, error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
        advise("Check the spelling, or give the number of the address instead.");
        return 0;
    }
    int count = 0;
    for (struct addrinfo *entry = list; entry && count < limit; entry = entry->ai_next) {
        if (entry->ai_family == AF_INET) {
            struct sockaddr_in from;
            memcpy(&from, entry->ai_addr, sizeof from);
            from_ipv4(&out[count++], &from.sin_addr, port);
        } else if (entry->ai_family == AF_INET6) {
            struct sockaddr_in6 from;
            memcpy(&from, entry->ai_addr, sizeof from);
            from_ipv6(&out[count++], &from.sin6_addr, port);
        }
    }
    freeaddrinfo(list);
    if (!count) {
        complain("the host '%s' has no IPv4 or IPv6 address", host);
        advise("Give the number of the address instead.");
    }
    return count;
}

int address_remote(const char *text, SteamNetworkingIPAddr candidates[ADDRESS_CANDIDATE_LIMIT])
{
    char host[HOST_SIZE];
    const char *port_text;
    uint16_t port;
    if (!split(text, host, &port_text) || !host[0] || !port_text || !read_port(port_text, &port)) {
        complain_shape(text);
        return 0;
    }
    if (port == 0) {
        complain("nobody can be reached at port 0");
        advise("Use the port that the listening side printed.");
        return 0;
    }
    return look_up(host, port, candidates, ADDRESS_CANDIDATE_LIMIT);
}

bool address_local(const char *text, SteamNetworkingIPAddr *address)
{
    char host[HOST_SIZE];
    const char *port_text;
    uint16_t port = 0;
    memset(address, 0, sizeof *address);
    if (read_port(text, &port)) {
        address->m_port = port;
        return true;
    }
    if (!split(text, host, &port_text) || (port_text && !read_port(port_text, &port))) {
        complain_shape(text);
        return false;
    }
    if (!host[0] || strcmp(host, "*") == 0) {
        if (!port_text) {
            complain_shape(text);
            return false;
        }
        address->m_port = port;
        return true;
    }
    return look_up(host, port, address, 1) == 1;
}

const char *address_text(const SteamNetworkingIPAddr *address, char text[SteamNetworkingIPAddr_k_cchMaxString])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char number[INET6_ADDRSTRLEN];
    bool four = memcmp(address->m_ipv6, mapped, sizeof mapped) == 0;
    inet_ntop(four ? AF_INET : AF_INET6, address->m_ipv6 + (four ? 12 : 0), number, sizeof number);
    snprintf(text, SteamNetworkingIPAddr_k_cchMaxString, four ? "%s:%u" : "[%s]:%u", number, (unsigned)address->m_port);
    return text;
}
