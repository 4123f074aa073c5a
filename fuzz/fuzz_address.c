/*
 * Addresses as text. The system's own reader of addresses is the judge of what is one: what it accepts must be read,
 * and as the same address; what is printed it must accept.
 */
#include "fuzz/fuzz.h"

#include "wire/address.h"

#include <arpa/inet.h>
#include <string.h>

/* What the system says to an address without port or brackets; false if it is none to it. */
static bool system_reads(const char *text, SteamNetworkingIPAddr *address)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (inet_pton(AF_INET, text, &ipv4) == 1)
        address_set_ipv4(address, ntohl(ipv4.s_addr), 0);
    else if (inet_pton(AF_INET6, text, &ipv6) == 1)
        address_set_ipv6(address, ipv6.s6_addr, 0);
    else
        return false;
    return true;
}

static void check_bare(const char *data, size_t size, bool accepted, const SteamNetworkingIPAddr *address)
{
    char text[ADDRESS_TEXT_SIZE * 2];
    SteamNetworkingIPAddr expected;
    if (size >= sizeof text)
        return;
    memcpy(text, data, size);
    text[size] = 0;
    if (strlen(text) == size && system_reads(text, &expected))
        FUZZ_CHECK(accepted && address_equal(address, &expected));
}

/* There is one text for each IPv6 address, which the system writes, too, except that it likes dots in more of them. */
static void check_canonical(const SteamNetworkingIPAddr *address, const char *bare)
{
    char expected[INET6_ADDRSTRLEN];
    if (address_is_ipv4(address))
        return;
    FUZZ_CHECK(inet_ntop(AF_INET6, address->m_ipv6, expected, sizeof expected));
    FUZZ_CHECK(strchr(expected, '.') || strcmp(bare, expected) == 0);
}

static void check_printed(const SteamNetworkingIPAddr *address)
{
    SteamNetworkingIPAddr again, without_port = *address;
    char text[ADDRESS_TEXT_SIZE], bare[ADDRESS_TEXT_SIZE], cut[5];
    without_port.m_port = 0;
    address_print(address, text, sizeof text, true);
    FUZZ_CHECK(strlen(text) < sizeof text && address_parse(&again, text, strlen(text)));
    FUZZ_CHECK(address_equal(address, &again));
    address_print(address, bare, sizeof bare, false);
    FUZZ_CHECK(address_parse(&again, bare, strlen(bare)) && address_equal(&without_port, &again));
    FUZZ_CHECK(system_reads(bare, &again) && address_equal(&without_port, &again));
    check_canonical(address, bare);
    address_print_brief(address, text, sizeof text);
    FUZZ_CHECK(address_parse(&again, text, strlen(text)) && address_equal(address, &again));
    address_print(address, cut, sizeof cut, false);
    FUZZ_CHECK(strlen(cut) < sizeof cut && strncmp(cut, bare, strlen(cut)) == 0);
    if (address_is_localhost(address))
        FUZZ_CHECK(address_is_loopback(address));
    FUZZ_CHECK(address_is_ipv4(address) || address_ipv4(address) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SteamNetworkingIPAddr address, zero;
    memset(&zero, 0, sizeof zero);
    bool accepted = address_parse(&address, (const char *)data, size);
    check_bare((const char *)data, size, accepted, &address);
    if (accepted)
        check_printed(&address);
    else
        FUZZ_CHECK(address_equal(&address, &zero));
    /* Any bytes are an address. */
    if (size >= sizeof address) {
        memcpy(&address, data, sizeof address);
        check_printed(&address);
    }
    return 0;
}
