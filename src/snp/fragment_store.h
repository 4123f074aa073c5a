/*
 * Segments of unreliable messages that did not arrive whole, waiting for the rest (protocol 13.3). A handful a lane,
 * and so many bytes a connection; the lane's message with the lowest number, or the connection's oldest, gives way.
 * Owns copies of the data.
 */
#ifndef SNP_FRAGMENT_STORE_H
#define SNP_FRAGMENT_STORE_H

#include "snp/message.h"
#include "snp/receive_budget.h"
#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* When there are more than the protocol says, a new one drops the oldest message (protocol 13.3). */
enum { FRAGMENT_STORE_CAPACITY = UNRELIABLE_SEGMENTS_PER_LANE + 1 };

struct fragment_store;

struct fragment {
    struct list_node age_node; /* budget->fragment_ages */
    struct fragment_store *store;
    int64_t number;
    uint32_t offset;
    uint16_t size;
    bool last;          /* ends the message */
    uint8_t block_kind; /* of the block that it lies in (base/block_cache.h) */
    uint8_t data[];
};

struct fragment_store {
    struct receive_budget *budget; /* the connection's */
    struct fragment **fragments;   /* by number, then offset; NULL until the first one comes */
    int count;
};

/* budget: borrowed, shared by the connection's lanes. The store must stay where it is. */
void fragment_store_init(struct fragment_store *store, struct receive_budget *budget);

/* Forgets everything; the store is usable afterwards. */
void fragment_store_free(struct fragment_store *store);

enum fragment_outcome {
    FRAGMENT_STORED,   /* or ignored as a copy */
    FRAGMENT_COMPLETE, /* fragment_store_take gives the message */
    FRAGMENT_NO_MEMORY,
};

enum fragment_outcome fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset, bool last,
                                         const uint8_t *data, size_t size, const struct transport_config *config);

/* The size of the complete message `number`, or -1 when it is not complete. */
int64_t fragment_store_message_size(const struct fragment_store *store, int64_t number);

/* Copies the complete message into `out`, which has that size, and forgets it. */
void fragment_store_take(struct fragment_store *store, int64_t number, uint8_t *out);

/* Forgets everything of the message. */
void fragment_store_drop(struct fragment_store *store, int64_t number);

#endif
