#include "wire/address.h"

#include "base/bytes.h"
#include "base/text.h"

#include <string.h>

enum { GROUPS = 8 };

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void address_clear(SteamNetworkingIPAddr *address)
{
    memset(address, 0, sizeof *address);
}

void address_set_ipv4(SteamNetworkingIPAddr *address, uint32_t ipv4, uint16_t port)
{
    memcpy(address->m_ipv6, mapped_prefix, sizeof mapped_prefix);
    store_u32_big_endian(address->m_ipv6 + sizeof mapped_prefix, ipv4);
    address->m_port = port;
}

void address_set_ipv6(SteamNetworkingIPAddr *address, const uint8_t ipv6[16], uint16_t port)
{
    memcpy(address->m_ipv6, ipv6, sizeof address->m_ipv6);
    address->m_port = port;
}

void address_set_localhost(SteamNetworkingIPAddr *address, uint16_t port)
{
    address_clear(address);
    address->m_ipv6[15] = 1;
    address->m_port = port;
}

/* A text that is being parsed from the front. */
struct cursor {
    const char *at;
    const char *end;
};

static bool accept(struct cursor *cursor, char character)
{
    if (cursor->at == cursor->end || *cursor->at != character)
        return false;
    cursor->at++;
    return true;
}

static int digit_value(char character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return 16;
}

/* An unsigned number of at least one digit and at most `maximum`; digits beyond that make it fail. */
static bool number(struct cursor *cursor, int base, int maximum_digits, uint32_t maximum, uint32_t *value)
{
    int digits = 0;

    *value = 0;
    while (cursor->at < cursor->end && digit_value(*cursor->at) < base) {
        *value = *value * (uint32_t)base + (uint32_t)digit_value(*cursor->at++);
        if (++digits > maximum_digits || *value > maximum)
            return false;
    }
    return digits > 0;
}

static bool port_number(struct cursor *cursor, uint32_t *port)
{
    /* Leading zeros are allowed, so count digits generously; the value is checked at each. */
    return number(cursor, 10, 128, UINT16_MAX, port);
}

static bool dotted_quad(struct cursor *cursor, uint32_t *ipv4)
{
    *ipv4 = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t octet;
        if (i > 0 && !accept(cursor, '.'))
            return false;
        if (!number(cursor, 10, 3, 255, &octet))
            return false;
        *ipv4 = *ipv4 << 8 | octet;
    }
    return true;
}

/* "1.2.3.4" and what may follow it. */
static bool parse_ipv4(SteamNetworkingIPAddr *address, struct cursor cursor)
{
    uint32_t ipv4, port = 0;

    if (!dotted_quad(&cursor, &ipv4))
        return false;
    if (cursor.at < cursor.end) {
        if (!accept(&cursor, ':'))
            return false;
        /* Deployed peers read a port of 0 from text that does not start with a digit, and stop behind the digits. */
        if (cursor.at < cursor.end && digit_value(*cursor.at) < 10 && !port_number(&cursor, &port))
            return false;
    }
    address_set_ipv4(address, ipv4, (uint16_t)port);
    return true;
}

/* Hexadecimal groups, one "::", perhaps a dotted quad at the end. Stops at the first character that fits nowhere. */
static bool parse_groups(struct cursor *cursor, uint8_t ipv6[16], int *explicit_groups)
{
    uint16_t groups[GROUPS] = {0};
    int count = 0, gap = -1;

    if (cursor->end - cursor->at >= 2 && cursor->at[0] == ':' && cursor->at[1] == ':') {
        gap = 0;
        cursor->at += 2;
    }
    /* Ends by itself behind the last of GROUPS groups. */
    while (cursor->at < cursor->end && digit_value(*cursor->at) < 16) {
        struct cursor start = *cursor;
        uint32_t group, ipv4;

        if (!number(cursor, 16, 4, UINT16_MAX, &group))
            return false;
        if (cursor->at < cursor->end && *cursor->at == '.') {
            *cursor = start;
            if (count > GROUPS - 2 || !dotted_quad(cursor, &ipv4))
                return false;
            groups[count++] = (uint16_t)(ipv4 >> 16);
            groups[count++] = (uint16_t)ipv4;
            break;
        }
        groups[count++] = (uint16_t)group;
        if (count == GROUPS || cursor->at == cursor->end || *cursor->at != ':')
            break;
        if (cursor->end - cursor->at >= 2 && cursor->at[1] == ':') {
            if (gap >= 0)
                return false;
            gap = count;
            cursor->at += 2;
        } else {
            cursor->at++;
            if (cursor->at == cursor->end || digit_value(*cursor->at) == 16)
                return false;
        }
    }
    if (gap < 0 ? count != GROUPS : count == GROUPS)
        return false;
    for (int i = 0; i < GROUPS; i++) {
        int source = gap < 0 || i < gap ? i : i - (GROUPS - count);
        bool zero = gap >= 0 && i >= gap && source < gap;
        store_u16_big_endian(ipv6 + 2 * i, zero ? 0 : groups[source]);
    }
    *explicit_groups = count;
    return true;
}

/* A numeric zone is dropped; a named one is refused. */
static bool skip_zone(struct cursor *cursor)
{
    uint32_t zone;

    return !accept(cursor, '%') || number(cursor, 10, 10, UINT32_MAX / 10, &zone);
}

static bool parse_ipv6(SteamNetworkingIPAddr *address, struct cursor cursor)
{
    bool bracketed = accept(&cursor, '[');
    uint8_t ipv6[16];
    uint32_t port = 0;
    int groups;

    if (!parse_groups(&cursor, ipv6, &groups) || !skip_zone(&cursor))
        return false;
    if (bracketed && !accept(&cursor, ']'))
        return false;
    /* Without brackets a port is only recognised behind eight groups. */
    if (cursor.at < cursor.end && (bracketed || groups == GROUPS)) {
        if (!accept(&cursor, ':') || !port_number(&cursor, &port))
            return false;
    }
    if (cursor.at < cursor.end)
        return false;
    address_set_ipv6(address, ipv6, (uint16_t)port);
    return true;
}

bool address_parse(SteamNetworkingIPAddr *address, const char *text, size_t length)
{
    struct cursor cursor = {text, text + length};
    const char *dot = memchr(text, '.', length);
    const char *colon = memchr(text, ':', length);

    address_clear(address);
    if (memchr(text, '\0', length))
        return false;
    return dot && (!colon || dot < colon) ? parse_ipv4(address, cursor) : parse_ipv6(address, cursor);
}

/* The longest run of at least two zero groups, the first of several: [*begin, *end). */
static void zero_run(const uint8_t ipv6[16], int *begin, int *end)
{
    *begin = *end = -1;
    for (int i = 0; i < GROUPS;) {
        int start = i;
        while (i < GROUPS && load_u16_big_endian(ipv6 + 2 * i) == 0)
            i++;
        if (i - start >= 2 && i - start > *end - *begin) {
            *begin = start;
            *end = i;
        }
        if (i == start)
            i++;
    }
}

static void append_ipv6(struct text *text, const uint8_t ipv6[16])
{
    int begin, end;

    zero_run(ipv6, &begin, &end);
    for (int i = 0; i < GROUPS; i++) {
        if (i == begin) {
            text_append(text, "::");
            i = end - 1;
            continue;
        }
        if (i > 0 && i != end)
            text_append(text, ":");
        text_append_formatted(text, "%x", load_u16_big_endian(ipv6 + 2 * i));
    }
}

void address_print(const SteamNetworkingIPAddr *address, char *buffer, size_t size, bool with_port)
{
    struct text text;

    text_init(&text, buffer, size);
    if (address_is_ipv4(address)) {
        const uint8_t *p = address->m_ipv6 + sizeof mapped_prefix;
        text_append_formatted(&text, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
    } else {
        if (with_port)
            text_append(&text, "[");
        append_ipv6(&text, address->m_ipv6);
        if (with_port)
            text_append(&text, "]");
    }
    if (with_port)
        text_append_formatted(&text, ":%u", address->m_port);
}

void address_print_brief(const SteamNetworkingIPAddr *address, char *buffer, size_t size)
{
    address_print(address, buffer, size, address->m_port != 0);
}

bool address_equal(const SteamNetworkingIPAddr *a, const SteamNetworkingIPAddr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

bool address_equal_without_port(const SteamNetworkingIPAddr *a, const SteamNetworkingIPAddr *b)
{
    return memcmp(a->m_ipv6, b->m_ipv6, sizeof a->m_ipv6) == 0;
}

uint64_t address_hash(const SteamNetworkingIPAddr *address, const uint8_t key[SIPHASH_KEY_SIZE])
{
    return siphash(key, address, sizeof *address);
}

bool address_is_any(const SteamNetworkingIPAddr *address)
{
    static const uint8_t zero[16];

    return memcmp(address->m_ipv6, zero, sizeof zero) == 0;
}

bool address_is_ipv4(const SteamNetworkingIPAddr *address)
{
    return memcmp(address->m_ipv6, mapped_prefix, sizeof mapped_prefix) == 0;
}

uint32_t address_ipv4(const SteamNetworkingIPAddr *address)
{
    return address_is_ipv4(address) ? load_u32_big_endian(address->m_ipv6 + sizeof mapped_prefix) : 0;
}

static bool is_ipv6_loopback(const SteamNetworkingIPAddr *address)
{
    static const uint8_t loopback[16] = {[15] = 1};

    return memcmp(address->m_ipv6, loopback, sizeof loopback) == 0;
}

bool address_is_loopback(const SteamNetworkingIPAddr *address)
{
    return is_ipv6_loopback(address) || address_ipv4(address) >> 24 == 127;
}

bool address_is_localhost(const SteamNetworkingIPAddr *address)
{
    return is_ipv6_loopback(address) || address_ipv4(address) == UINT32_C(0x7f000001);
}
