/*
 * Identities: who a peer is (protocol 8). Text forms, comparison, the legacy message, and choosing among the forms that
 * a message may carry. Works on the API's SteamNetworkingIdentity; unused bytes are always zero.
 *
 * Pure functions; any thread. Text and messages come from the network: everything is checked.
 */
#ifndef WIRE_IDENTITY_H
#define WIRE_IDENTITY_H

#include "base/bytes.h"
#include "base/siphash.h"
#include "fumarole/types.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IDENTITY_TEXT_SIZE = SteamNetworkingIdentity_k_cchMaxString }; /* room for any identity, with the terminator */

/* Setters. Those with a length return false and change nothing when it is out of range. */
void identity_clear(SteamNetworkingIdentity *identity);
void identity_set_localhost(SteamNetworkingIdentity *identity); /* ip:::1, the anonymous identity */
void identity_set_address(SteamNetworkingIdentity *identity, const SteamNetworkingIPAddr *address);
void identity_set_steam_id(SteamNetworkingIdentity *identity, uint64_t steam_id);
void identity_set_psn_id(SteamNetworkingIdentity *identity, uint64_t psn_id);
bool identity_set_string(SteamNetworkingIdentity *identity, const char *text, size_t length);           /* 0..31 */
bool identity_set_bytes(SteamNetworkingIdentity *identity, const void *data, size_t length);            /* 1..32 */
bool identity_set_xbox_pairwise_id(SteamNetworkingIdentity *identity, const char *text, size_t length); /* 1..32 */

/* Parses a text form. False, and cleared, when it is none. The text need not be terminated and must not contain NUL. */
bool identity_parse(SteamNetworkingIdentity *identity, const char *text, size_t length);

/*
 * Writes the text form ("invalid" for the invalid kind, a note with the number for a kind nobody knows); cut off, but
 * terminated, in a buffer smaller than IDENTITY_TEXT_SIZE. Works on any content of the struct.
 */
void identity_print(const SteamNetworkingIdentity *identity, char *buffer, size_t size);

bool identity_equal(const SteamNetworkingIdentity *a, const SteamNetworkingIdentity *b);
uint64_t identity_hash(const SteamNetworkingIdentity *identity, const uint8_t key[SIPHASH_KEY_SIZE]);

bool identity_is_invalid(const SteamNetworkingIdentity *identity);

/* The anonymous identity: an IP identity with ::1 or 127.0.0.1 and any port. */
bool identity_is_localhost(const SteamNetworkingIdentity *identity);

/* Whether the struct, which may come from an application, holds one kind of content within its limits. */
bool identity_is_well_formed(const SteamNetworkingIdentity *identity);

/* The same where an identity may be left out: null, or the invalid kind. */
bool identity_is_absent_or_well_formed(const SteamNetworkingIdentity *identity);

/* Protocol 8.2: universe, type, account and instance are in order. */
bool steam_id_is_valid(uint64_t steam_id);

/* Protocol 8.2: may be written into protocol messages. Other kinds than Steam ids always may. */
bool identity_is_serialisable(const SteamNetworkingIdentity *identity);

/* The forms in which a message carries an identity (protocol 8.6). Slices point into the message. */
struct identity_forms {
    bool has_text;
    bool has_legacy;
    bool has_steam_id;
    struct byte_slice text;   /* the identity string */
    struct byte_slice legacy; /* body of the legacy identity message (8.5) */
    uint64_t steam_id;
};

enum identity_outcome {
    IDENTITY_ABSENT,    /* no form is present: *identity is cleared */
    IDENTITY_PRESENT,   /* *identity is set */
    IDENTITY_MALFORMED, /* the form that counts is wrong: *identity is cleared */
};

/* The first form that is present, in the order text, legacy message, legacy Steam id, decides. */
enum identity_outcome identity_choose(const struct identity_forms *forms, SteamNetworkingIdentity *identity);

/* What a message needs to carry an identity; `forms` points into it, so it must not be moved. */
struct identity_fields {
    struct identity_forms forms;
    char text[IDENTITY_TEXT_SIZE];
    uint8_t legacy[IDENTITY_LEGACY_MAXIMUM];
};

/*
 * The forms that deployed peers write into a certificate: text, legacy message, and for Steam ids the number. False for
 * an identity that cannot be written (invalid, or a Steam id that is not serialisable); all forms are then absent.
 */
bool identity_fields_set(struct identity_fields *fields, const SteamNetworkingIdentity *identity);

/* The body of the legacy identity message. */
bool identity_legacy_decode(SteamNetworkingIdentity *identity, const uint8_t *data, size_t length);

/* Returns the length (0 is right for kinds without a legacy form), or -1 when it did not fit. */
int identity_legacy_encode(const SteamNetworkingIdentity *identity, uint8_t *out, size_t capacity);

#endif
