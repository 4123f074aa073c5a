/*
 * A message: the API's SteamNetworkingMessage_t with what the engine keeps beside it. It is one allocation, with
 * room for the payload behind it; the application's pointer and the engine's are the same address.
 * A message belongs to exactly one owner at a time: the application, a send queue, or a receive queue.
 */
#ifndef SNP_MESSAGE_H
#define SNP_MESSAGE_H

#include "base/list.h"
#include "base/time.h"
#include "fumarole/types.h"

enum {
    MESSAGE_STREAM_HEADER_MAX = 21, /* protocol 14.2: flag byte and two varints */
};

/* What the sender keeps with a queued or unacknowledged message. */
struct message_send_state {
    int64_t stream_begin;      /* reliable: position of the message's header in the lane's stream */
    int64_t unacknowledged;    /* reliable: stream bytes, header included, not yet acknowledged */
    uint32_t sent;             /* bytes sent for the first time so far: of the stream form if reliable, else of the payload */
    microseconds release_time; /* Nagle: not before this time unless a packet is full; 0 is at once */
    double virtual_finish;     /* fair queueing among lanes of one priority (protocol 16.4) */
    uint8_t header_size;
    uint8_t header[MESSAGE_STREAM_HEADER_MAX];
};

struct inbox;

struct message {
    SteamNetworkingMessage_t api; /* first, so that the addresses are equal */
    struct list_node queue_node;  /* the lane's send queue, or the connection's receive queue */
    struct list_node group_node;  /* the poll group's receive queue */
    struct inbox *inbox;          /* the receive queue it waits in; NULL otherwise */
    struct message_send_state send;
    uint8_t payload[];
};

/*
 * A message with room for `size` payload bytes behind it (data NULL and no free function when size is 0), every
 * other field zero, m_nChannel -1 for a received message is the caller's to set. NULL when memory is short or size is negative.
 */
struct message *message_allocate(int size);

/* The engine's view of an application's message; the application must have got it from message_allocate. */
static inline struct message *message_from_api(SteamNetworkingMessage_t *api) { return (struct message *)(void *)api; }

/* Frees the payload through m_pfnFreeData, if both are set, and then the message. NULL is allowed. */
void message_release(struct message *message);

#endif
