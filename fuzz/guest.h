/*
 * One connection under test and its peer, the guest, who shares session keys with it: what the input makes up arrives
 * sealed, so that it passes authentication, or is changed after sealing. Looked at all the time: that the connection
 * comes to rest at every moment, and that what it sends can be opened and read.
 */
#ifndef FUZZ_GUEST_H
#define FUZZ_GUEST_H

#include "conn/session_keys.h"
#include "crypto/packet_cipher.h"
#include "fuzz/ends.h"

struct guest {
    struct connection_events events;
    struct connection *connection;
    struct transport_config config;
    microseconds now;
    bool dead;
    int delivered; /* messages */
    uint32_t connection_id, own_id;

    bool keyed, encrypted;
    struct packet_cipher seal, open;
    int64_t number;   /* of the guest's last packet */
    int64_t received; /* of the connection's last packet */

    /* The last control message that the connection has sent. */
    size_t control_length;
    uint8_t control[DATAGRAM_MAXIMUM];
};

/* The only one; its connection is not made yet. */
struct guest *guest_begin(void);
void guest_end(struct guest *guest);

/* After any call on the connection: takes what it sends, and does what is due. */
void guest_settle(struct guest *guest);

/* A datagram arrives as it is. */
void guest_feed(struct guest *guest, const uint8_t *datagram, size_t length);

/* From now on there are session keys. */
void guest_use_keys(struct guest *guest, const struct session_keys *keys, uint32_t cipher, bool as_client,
                    int64_t first_number);

/* A packet with these frames, `step` numbers after the last one. */
void guest_feed_payload(struct guest *guest, unsigned step, const uint8_t *payload, size_t length);

/* An unreliable message of one byte, which must be delivered. */
void guest_check_delivery(struct guest *guest);

/* What the rest of the input says, as a list of operations. */
void guest_live(struct guest *guest, struct fuzz_input *input);

#endif
