/*
 * A message: the API's SteamNetworkingMessage_t with what the engine keeps beside it. It is one block of
 * memory, with room for the payload behind it; the application's pointer and the engine's are the same address.
 * A message belongs to exactly one owner at a time: the application, a send queue, or a receive queue.
 */
#ifndef SNP_MESSAGE_H
#define SNP_MESSAGE_H

#include "base/list.h"
#include "base/time.h"
#include "fumarole/types.h"
#include "wire/stream_header.h"

/* What the sender keeps with a queued or unacknowledged message. */
struct message_send_state {
    int64_t stream_begin;   /* reliable: position of the message's header in the lane's stream */
    int64_t unacknowledged; /* reliable: stream bytes, header included, not yet acknowledged */
    uint32_t sent; /* bytes sent for the first time so far: of the stream form if reliable, else of the payload */
    uint32_t stream_size; /* reliable: header and payload */
    uint8_t header_size;
    uint8_t pieces; /* unreliable: packets that it was divided among so far */
    uint8_t header[STREAM_HEADER_MAXIMUM];
};

struct inbox;

struct message {
    SteamNetworkingMessage_t api; /* first, so that the addresses are equal */
    struct list_node queue_node;  /* the lane's send queue, or the connection's receive queue */
    union {
        struct list_node group_node;  /* received: the poll group's queue */
        struct list_node stream_node; /* reliable, being sent: the lane's stream, until all of it is acknowledged */
    };
    struct inbox *inbox; /* the receive queue it waits in; NULL otherwise */
    struct message_send_state send;
    uint8_t block_kind; /* of the block that it lies in (base/block_cache.h) */
    uint8_t payload[];
};

/*
 * A message with room for `size` payload bytes behind it (data NULL and no free function when size is 0) and every
 * other field zero, except that m_nChannel is -1. NULL when memory is short or size is negative.
 */
struct message *message_allocate(int size);

/* The engine's view of an application's message; the application must have got it from message_allocate. */
static inline struct message *message_from_api(SteamNetworkingMessage_t *api)
{
    return (struct message *)(void *)api;
}

/* Frees the payload through m_pfnFreeData, if both are set, and then the message. NULL is allowed. */
void message_release(struct message *message);

#endif
