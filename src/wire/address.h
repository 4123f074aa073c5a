/*
 * IP addresses with ports as the protocol and the API hold them: SteamNetworkingIPAddr, always IPv6, IPv4 in the mapped
 * form. Text forms (protocol 8.3), comparison, hashing. Conversion from and to the system's socket addresses is net/'s.
 *
 * Pure functions; any thread.
 */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/siphash.h"
#include "fumarole/types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_TEXT_SIZE = SteamNetworkingIPAddr_k_cchMaxString }; /* room for any address, with the terminator */

/* Address :: and port 0. */
void address_clear(SteamNetworkingIPAddr *address);
void address_set_ipv4(SteamNetworkingIPAddr *address, uint32_t ipv4, uint16_t port); /* host order */
void address_set_ipv6(SteamNetworkingIPAddr *address, const uint8_t ipv6[16], uint16_t port);
void address_set_localhost(SteamNetworkingIPAddr *address, uint16_t port); /* ::1 */

/*
 * Parses "1.2.3.4", "1.2.3.4:5", IPv6, "[IPv6]:5"; the port is 0 if there is none. Tolerates what deployed peers do:
 * text that is no port behind an IPv4 address, a ninth group of a bare IPv6 address as port, a numeric zone.
 * False, and cleared, on anything else. The text need not be terminated.
 */
bool address_parse(SteamNetworkingIPAddr *address, const char *text, size_t length);

/* Writes the canonical text; cut off, but terminated, in a buffer smaller than ADDRESS_TEXT_SIZE. */
void address_print(const SteamNetworkingIPAddr *address, char *buffer, size_t size, bool with_port);

/* The address and, unlike address_print's with_port, the port only when it is not 0 (identities). */
void address_print_brief(const SteamNetworkingIPAddr *address, char *buffer, size_t size);

bool address_equal(const SteamNetworkingIPAddr *a, const SteamNetworkingIPAddr *b);
bool address_equal_without_port(const SteamNetworkingIPAddr *a, const SteamNetworkingIPAddr *b);
uint64_t address_hash(const SteamNetworkingIPAddr *address, const uint8_t key[SIPHASH_KEY_SIZE]);

/* The address part is all zero: "any" to listen on. */
bool address_is_any(const SteamNetworkingIPAddr *address);
bool address_is_ipv4(const SteamNetworkingIPAddr *address);

/* In host order; 0 for one that is not IPv4. */
uint32_t address_ipv4(const SteamNetworkingIPAddr *address);

/* 127.0.0.0/8 or ::1: this host, for policies (protocol 9.6). */
bool address_is_loopback(const SteamNetworkingIPAddr *address);

/* 127.0.0.1 or ::1 exactly: the anonymous identity's address (protocol 8.1, API contract 19.3). */
bool address_is_localhost(const SteamNetworkingIPAddr *address);

#endif
