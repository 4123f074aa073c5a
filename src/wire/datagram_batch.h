/*
 * A batch of datagrams for one destination, packed one behind the other so that runs of equal size can be
 * handed to the kernel as one buffer (UDP_SEGMENT). Connections write into it; net/ sends and clears it.
 * Not thread-safe: whoever builds a batch owns it until it is sent.
 */
#ifndef WIRE_DATAGRAM_BATCH_H
#define WIRE_DATAGRAM_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DATAGRAM_BATCH_DATAGRAM_SIZE = 1300, /* protocol 3: the largest datagram */
    DATAGRAM_BATCH_CAPACITY = 48,        /* 48 * 1300 stays below the 65507 bytes that one UDP_SEGMENT call takes */
};

struct datagram_batch {
    int count;
    size_t used;
    uint16_t sizes[DATAGRAM_BATCH_CAPACITY];
    uint8_t bytes[DATAGRAM_BATCH_CAPACITY * DATAGRAM_BATCH_DATAGRAM_SIZE];
};

static inline void datagram_batch_clear(struct datagram_batch *batch)
{
    batch->count = 0;
    batch->used = 0;
}

static inline bool datagram_batch_full(const struct datagram_batch *batch)
{
    return batch->count == DATAGRAM_BATCH_CAPACITY;
}

/* Room for one more datagram of DATAGRAM_BATCH_DATAGRAM_SIZE bytes, or NULL when the batch is full. */
static inline uint8_t *datagram_batch_room(struct datagram_batch *batch)
{
    return datagram_batch_full(batch) ? NULL : batch->bytes + batch->used;
}

/* Keeps `size` bytes of the room last handed out as a datagram. */
static inline void datagram_batch_commit(struct datagram_batch *batch, size_t size)
{
    batch->sizes[batch->count++] = (uint16_t)size;
    batch->used += size;
}

#endif
