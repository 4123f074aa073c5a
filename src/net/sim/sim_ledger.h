/*
 * What one end of a connection has sent and what has been delivered of it: the judge of exactly-once, in-order and
 * unchanged.
 *
 * The ledger belongs to the sending end. Contents are not kept but made again from a seed.
 */
#ifndef NET_SIM_LEDGER_H
#define NET_SIM_LEDGER_H

#include "net/sim/sim_world.h"
#include "snp/message.h"

enum { SIM_LANES_MAXIMUM = 255 };

struct sim_record {
    uint32_t size;
    bool reliable;
    bool delivered;
    uint64_t content; /* seed */
    microseconds sent_at;
};

struct sim_ledger_lane {
    struct sim_record *records; /* the message number is the index plus one */
    int64_t count, capacity;
    int64_t next_reliable;  /* records before this one are unreliable or delivered */
    int64_t last_delivered; /* highest number delivered at all */
};

struct sim_ledger {
    struct sim_ledger_lane *lanes;
    int64_t reliable_sent, reliable_delivered, unreliable_sent, unreliable_delivered;
    int64_t bytes_sent, bytes_delivered;
};

bool sim_ledger_init(struct sim_ledger *ledger);
void sim_ledger_destroy(struct sim_ledger *ledger);

/* Content made from its seed; and whether it is that. */
void sim_ledger_fill(uint8_t *bytes, size_t size, uint64_t content);
bool sim_ledger_matches(const uint8_t *bytes, size_t size, uint64_t content);

/* A message with fresh random content, of which the ledger knows nothing yet. NULL when memory is short. */
struct message *sim_ledger_make(struct sim_world *world, int size, int flags, int lane, uint64_t *content);

/* The message was accepted for sending and got this number. */
void sim_ledger_sent(struct sim_world *world, struct sim_ledger *ledger, int lane, int64_t number, int size, int flags,
                     uint64_t content);

/* The message came out at the other end: fails the world when it must not have. */
void sim_ledger_delivered(struct sim_world *world, struct sim_ledger *ledger, const struct message *message);

/* A message that was to be sent unreliably, and that small packets have made a reliable one (protocol 14.4). */
void sim_ledger_made_reliable(struct sim_ledger *ledger, int lane, int64_t number);

static inline bool sim_ledger_complete(const struct sim_ledger *ledger)
{
    return ledger->reliable_delivered == ledger->reliable_sent;
}

#endif
