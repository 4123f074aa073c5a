/*
 * What the tests of hostile peers share: payloads written frame by frame, and an allocator that knows how much is held.
 */
#ifndef UNIT_CONN_HOSTILE_H
#define UNIT_CONN_HOSTILE_H

#include "raw_peer.h"

#include "wire/stream_header.h"

#include <malloc.h>

enum { PAYLOAD_MAXIMUM = 1200 };

static int64_t bytes_held, bytes_peak;

static inline void count_held(void *memory, int sign)
{
    bytes_held += sign * (int64_t)(memory ? malloc_usable_size(memory) : 0);
    if (bytes_held > bytes_peak)
        bytes_peak = bytes_held;
}

static inline void *counting_alloc(size_t size)
{
    void *memory = malloc(size);

    count_held(memory, 1);
    return memory;
}

static inline void counting_free(void *memory)
{
    count_held(memory, -1);
    free(memory);
}

static inline void *counting_realloc(void *memory, size_t size)
{
    void *moved;

    count_held(memory, -1);
    moved = realloc(memory, size);
    count_held(moved ? moved : memory, 1);
    return moved;
}

static inline int count_allocations(void **state)
{
    (void)state;
    bytes_held = bytes_peak = 0;
    alloc_set_hooks(counting_alloc, counting_free, counting_realloc);
    return 0;
}

/* Nothing may be left. */
static inline int allocations_are_gone(void **state)
{
    (void)state;
    alloc_set_hooks(NULL, NULL, NULL);
    return bytes_held == 0 ? 0 : -1;
}

/* ---- payloads ---------------------------------------------------------------------------------------------------- */

struct payload {
    struct byte_writer writer;
    uint8_t bytes[PAYLOAD_MAXIMUM];
};

static inline void payload_begin(struct payload *payload)
{
    writer_init(&payload->writer, payload->bytes, sizeof payload->bytes);
}

static inline void payload_send(struct payload *payload, struct raw_peer *peer, uint32_t flags)
{
    assert_false(payload->writer.failed);
    raw_peer_send(peer, flags, payload->bytes, writer_length(&payload->writer));
    payload_begin(payload);
}

/* Sends what there is if there is no room for so many bytes and some headers. */
static inline void payload_make_room(struct payload *payload, struct raw_peer *peer, size_t bytes)
{
    if (writer_remaining(&payload->writer) < bytes + 32)
        payload_send(payload, peer, 0);
}

static inline void payload_fill(struct payload *payload, size_t size)
{
    uint8_t *data = writer_claim(&payload->writer, size);

    assert_non_null(data);
    memset(data, 'x', size);
}

/* A segment at this position of the lane's stream, with or without the header of a message in front. */
static inline void payload_reliable(struct payload *payload, uint32_t lane, int64_t position, size_t size)
{
    frame_write_select_lane(&payload->writer, lane);
    frame_write_reliable_header(&payload->writer, true, (uint64_t)position, size, false);
    payload_fill(payload, size);
}

/* The first segment of a lane: the header of a message of `message_size` bytes, and nothing of it. */
static inline void payload_announce(struct payload *payload, uint32_t lane, uint64_t message_size)
{
    uint8_t header[STREAM_HEADER_MAXIMUM];
    struct byte_writer writer;

    writer_init(&writer, header, sizeof header);
    stream_header_write(&writer, 1, message_size);
    frame_write_select_lane(&payload->writer, lane);
    frame_write_reliable_header(&payload->writer, true, STREAM_FIRST_POSITION, writer_length(&writer), false);
    writer_bytes(&payload->writer, header, writer_length(&writer));
}

static inline void payload_fragment(struct payload *payload, uint32_t lane, int64_t number, uint32_t offset,
                                    uint16_t size, bool last)
{
    frame_write_select_lane(&payload->writer, lane);
    frame_write_unreliable_header(&payload->writer, true, (uint64_t)number, offset, last, size, false);
    payload_fill(payload, size);
}

/* Of packet `latest` and those before it: `acks` arrived, `nacks` did not. */
static inline void payload_ack(struct payload *payload, int64_t latest, uint32_t acks, uint32_t nacks)
{
    frame_write_ack_header(&payload->writer, latest, FRAME_ACK_DELAY_UNKNOWN, 1);
    frame_write_ack_block(&payload->writer, (struct ack_block){.acks = acks, .nacks = nacks});
}

#endif
