/*
 * What the tests of the message engine share: the default configuration, a receive queue that keeps or refuses
 * messages, messages with recognisable bytes, and an allocator that fails when told to.
 */
#ifndef UNIT_SNP_ENGINE_H
#define UNIT_SNP_ENGINE_H

#include "../vector_file.h"

#include "base/alloc.h"
#include "base/list.h"
#include "base/random.h"
#include "snp/message.h"
#include "snp/receive_stream.h"
#include "snp/transport_config.h"
#include "wire/limits.h"

#include <stdbool.h>

static inline struct transport_config engine_config(void)
{
    return (struct transport_config){
        .timeout_initial_ms = HANDSHAKE_TIMEOUT_MS,
        .timeout_connected_ms = TIMEOUT_CONNECTED_MS,
        .send_buffer_size = MESSAGE_SIZE_MAXIMUM,
        .send_rate_min = SEND_RATE_DEFAULT,
        .send_rate_max = SEND_RATE_DEFAULT,
        .nagle_us = NAGLE_DEFAULT_US,
        .receive_buffer_size = RECEIVE_BUFFER_SIZE,
        .receive_buffer_messages = RECEIVE_BUFFER_MESSAGES,
        .receive_max_message_size = MESSAGE_SIZE_MAXIMUM,
        .receive_max_segments = SEGMENTS_PER_PACKET,
        .packet_size = DATAGRAM_PACKET_SIZE_DEFAULT,
        .allow_without_auth = 2,
        .localhost_allow_without_auth = 2,
        .send_time_since_previous = -1,
    };
}

/* ---- a receive queue --------------------------------------------------------------------------------------------- */

struct kept_messages {
    struct message_sink sink;
    struct list messages;
    int count;
    int capacity; /* refuses beyond this many */
};

static inline bool kept_messages_deliver(struct message_sink *sink, struct message *message)
{
    struct kept_messages *kept = container_of(sink, struct kept_messages, sink);

    if (kept->count >= kept->capacity)
        return false;
    list_push_back(&kept->messages, &message->queue_node);
    kept->count++;
    return true;
}

static inline void kept_messages_init(struct kept_messages *kept)
{
    kept->sink.deliver = kept_messages_deliver;
    list_init(&kept->messages);
    kept->count = 0;
    kept->capacity = 1 << 30;
}

/* The oldest message, which is then the caller's; fails the test when there is none. */
static inline struct message *kept_messages_take(struct kept_messages *kept)
{
    struct list_node *node = list_pop_front(&kept->messages);

    assert_non_null(node);
    kept->count--;
    return container_of(node, struct message, queue_node);
}

static inline void kept_messages_drop_all(struct kept_messages *kept)
{
    while (kept->count > 0)
        message_release(kept_messages_take(kept));
}

/* ---- messages that can be told apart ----------------------------------------------------------------------------- */

/* The pattern of the recorded connections: byte i is seed + 7 i + (i >> 8). */
static inline uint8_t pattern_byte(uint32_t seed, size_t i)
{
    return (uint8_t)(seed + 7 * i + (i >> 8));
}

static inline struct message *pattern_message(uint32_t seed, int size, int flags, int lane)
{
    struct message *message = message_allocate(size);

    assert_non_null(message);
    for (int i = 0; i < size; i++)
        ((uint8_t *)message->api.m_pData)[i] = pattern_byte(seed, (size_t)i);
    message->api.m_nFlags = flags;
    message->api.m_idxLane = (uint16_t)lane;
    return message;
}

static inline bool has_pattern(const struct message *message, uint32_t seed, int size)
{
    if (message->api.m_cbSize != size)
        return false;
    for (int i = 0; i < size; i++)
        if (((const uint8_t *)message->api.m_pData)[i] != pattern_byte(seed, (size_t)i))
            return false;
    return true;
}

/* ---- an allocator that fails ------------------------------------------------------------------------------------- */

static long allocations_until_failure; /* negative: none fails */
static bool allocation_fails_once;
static bool allocation_failed;
static long allocations_alive;

static inline bool allocation_refused(void)
{
    if (allocations_until_failure < 0)
        return false;
    if (allocations_until_failure > 0) {
        allocations_until_failure--;
        return false;
    }
    allocation_failed = true;
    if (allocation_fails_once)
        allocations_until_failure = -1;
    return true;
}

static inline void *failing_alloc(size_t size)
{
    void *memory = allocation_refused() ? NULL : malloc(size);

    allocations_alive += memory != NULL;
    return memory;
}

static inline void failing_free(void *memory)
{
    allocations_alive -= memory != NULL;
    free(memory);
}

static inline void *failing_realloc(void *memory, size_t size)
{
    void *grown = allocation_refused() ? NULL : realloc(memory, size);

    allocations_alive += grown && !memory;
    return grown;
}

/* From now on `successes` allocations succeed and all later ones fail; negative: all succeed. */
static inline void allocation_fail_after(long successes)
{
    allocations_until_failure = successes;
    allocation_fails_once = false;
    allocation_failed = false;
    alloc_set_hooks(failing_alloc, failing_free, failing_realloc);
}

/* After that many successes one allocation fails, and all later ones succeed. */
static inline void allocation_fail_once_after(long successes)
{
    allocation_fail_after(successes);
    allocation_fails_once = true;
}

#endif
