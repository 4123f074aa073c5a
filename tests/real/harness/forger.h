/*
 * Datagrams as a peer could write them that keeps the rules only as far as it likes: the messages of the handshake, and
 * certificates by an authority that is the test's own. Written with the library's own encoders, which are linked into
 * the test apart from the shared library under test.
 */
#ifndef TESTS_REAL_HARNESS_FORGER_H
#define TESTS_REAL_HARNESS_FORGER_H

#include "fumarole/fumarole.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORGED_MAXIMUM = 1400 };

struct forged {
    size_t length;
    uint8_t bytes[FORGED_MAXIMUM];
};

struct forged forge_challenge_request(uint32_t client_id);

/* A connect request with a key exchange and a certificate that names nobody and that nobody signed. */
struct connect_recipe {
    uint32_t client_id;
    uint64_t challenge;
    const char *identity; /* text beside the certificate; NULL: none */
    bool spoil_signature; /* of the key exchange */
};

struct forged forge_connect_request(const struct connect_recipe *recipe);

struct forged forge_closed(uint32_t to_id, uint32_t from_id, uint32_t reason, const char *text);
struct forged forge_no_connection(uint32_t to_id, uint32_t from_id);

/* A data packet for a connection, with a header and `size` bytes that are not sealed. */
struct forged forge_data(uint32_t to_id, uint16_t number, size_t size);

/* The challenge in a reply to a challenge request; false for another datagram. */
bool read_challenge(const uint8_t *datagram, size_t length, uint64_t *challenge);

/* Asks a listener for a challenge from a plain socket; fails if none comes. */
uint64_t ask_challenge(int descriptor, const SteamNetworkingIPAddr *server, uint32_t client_id);

/* ---- certificates ---- */

enum {
    FORGED_TEXT = 4096,
    FORGED_CERTIFICATE = 2304,
};

/* What a certificate says that is issued by a made-up authority. Numbers name keys: key 7 is always the same. */
struct certificate_recipe {
    const uint8_t *request; /* a certificate request; NULL: a self-made key pair, whose private key is attached */
    int request_size;
    uint8_t authority;    /* the key that signs */
    const char *identity; /* NULL: none, or the one of the request */
    int lifetime;         /* seconds from now; negative: expired */
    uint32_t app;
    bool spoil_signature;
};

struct forged_certificate {
    size_t length;
    uint8_t bytes[FORGED_CERTIFICATE];
};

struct forged_certificate issue_certificate(const struct certificate_recipe *recipe);

/* The authority's own certificate as text. */
void write_authority(uint8_t authority, char text[FORGED_TEXT]);

#endif
