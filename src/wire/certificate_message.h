/*
 * Encoding and decoding of certificates and key-exchange information (protocol 9.2, 9.3, 9.7, 10.1). What is signed is
 * kept as the exact bytes that came: slices into the caller's buffer, valid as long as that buffer is. Whether anything
 * in here is true is the cert floor's business.
 *
 * Pure functions; any thread. Decoders take untrusted bytes and refuse what exceeds the bounds of wire/limits.h.
 * Encoders return the length, or 0 when it did not fit.
 */
#ifndef WIRE_CERTIFICATE_MESSAGE_H
#define WIRE_CERTIFICATE_MESSAGE_H

#include "base/bytes.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Certificate body (protocol 9.2). Fields that are absent are zero and empty. */
struct certificate_body {
    bool has_key_kind;
    bool has_key;
    bool has_created;
    bool has_expiry;
    uint32_t key_kind;
    struct byte_slice key;
    uint32_t created; /* Unix seconds */
    uint32_t expiry;  /* Unix seconds */
    struct identity_forms identity;
    uint32_t pop_count;
    uint32_t pops[CERTIFICATE_POPS_MAXIMUM];
    uint32_t app_count;
    uint32_t apps[CERTIFICATE_APPS_MAXIMUM];
    uint32_t address_count;
    struct byte_slice addresses[CERTIFICATE_ADDRESSES_MAXIMUM]; /* texts; enforced by nobody (20.11) */
};

bool certificate_body_decode(struct certificate_body *body, const uint8_t *data, size_t length);
size_t certificate_body_encode(const struct certificate_body *body, uint8_t *out, size_t capacity);

/* Signed certificate (protocol 9.3). */
struct signed_certificate {
    bool has_body;
    bool has_ca_key_id;
    bool has_ca_signature;
    bool has_private_key;
    struct byte_slice body; /* serialised certificate body, as transmitted */
    uint64_t ca_key_id;
    struct byte_slice ca_signature;
    struct byte_slice private_key; /* storage form only; never written into a control message (20.2) */
    struct byte_slice raw;         /* decoding: the whole message, its last occurrence; encoding ignores it */
};

bool signed_certificate_decode(struct signed_certificate *certificate, const uint8_t *data, size_t length);

/* One more occurrence of the same sub-message: fields that it has replace those there are (protocol 1.3). */
bool signed_certificate_merge(struct signed_certificate *certificate, const uint8_t *data, size_t length);

/* With the private key only for storage; what goes to a peer is encoded without it. */
size_t signed_certificate_encode(const struct signed_certificate *certificate, bool with_private_key, uint8_t *out,
                                 size_t capacity);

/* Crypt info (protocol 10.1). */
/*
 * What one end of this library tells the other that it can do beyond what deployed peers can (protocol 10.1,
 * abilities). Whatever is absent is 0, and then what deployed peers can do holds.
 */
struct abilities {
    uint32_t stream_holes;  /* holes that it keeps track of in each lane's reliable stream */
    uint32_t stream_window; /* bytes of each lane's stream that it keeps behind the first message not delivered */
    uint32_t packet_jump;   /* the largest jump of packet numbers that it accepts */
};

struct crypt_info {
    bool has_abilities;
    bool has_kind;
    bool has_dh_public;
    bool has_nonce;
    bool has_version;
    uint32_t kind;
    struct byte_slice dh_public;
    uint64_t nonce;
    uint32_t version;
    uint32_t cipher_count; /* 0 means AES-256-GCM only */
    uint32_t ciphers[CRYPT_CIPHERS_MAXIMUM];
    struct abilities abilities; /* zero unless has_abilities */
};

bool crypt_info_decode(struct crypt_info *info, const uint8_t *data, size_t length);
size_t crypt_info_encode(const struct crypt_info *info, uint8_t *out, size_t capacity);

/* Signed crypt info (protocol 10.1). */
struct signed_crypt {
    bool has_info;
    bool has_signature;
    struct byte_slice info; /* serialised crypt info, as transmitted */
    struct byte_slice signature;
    struct byte_slice raw; /* decoding: the whole message, its last occurrence; encoding ignores it */
};

bool signed_crypt_decode(struct signed_crypt *crypt, const uint8_t *data, size_t length);
bool signed_crypt_merge(struct signed_crypt *crypt, const uint8_t *data, size_t length);
size_t signed_crypt_encode(const struct signed_crypt *crypt, uint8_t *out, size_t capacity);

/* Certificate request (protocol 9.7): an unsigned certificate body in an envelope. *body points into the data. */
bool certificate_request_decode(struct byte_slice *body, const uint8_t *data, size_t length);
size_t certificate_request_encode(struct byte_slice body, uint8_t *out, size_t capacity);

#endif
