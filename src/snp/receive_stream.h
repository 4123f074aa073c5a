/*
 * The receiving end of one lane's reliable stream (protocol 13.4, 14.2). Bytes that arrive in order go straight from
 * the packet into the message they belong to; what arrives early waits in a ring until the hole in front of it is
 * filled. Owns the message under construction, the ring and the list of what is in it; all are bounded by the receive
 * buffer size. When the receive queue is full, the finished message and what follows it are kept here, acknowledged,
 * until the buffer is full too; then segments are refused and the peer sends them again (protocol 14.3 refuses at once,
 * which costs more).
 */
#ifndef SNP_RECEIVE_STREAM_H
#define SNP_RECEIVE_STREAM_H

#include "base/range_set.h"
#include "snp/message.h"
#include "snp/receive_budget.h"
#include "snp/transport_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whoever receives the messages. Returning true takes ownership; false: no room, the stream keeps the message. */
struct message_sink {
    bool (*deliver)(struct message_sink *sink, struct message *message);
};

struct receive_stream {
    uint8_t lane;
    struct receive_budget *budget;
    bool extended; /* the limits are not those of deployed peers */
    bool blocked;  /* the message is complete, or its header is, and cannot go on: queue full or no memory */
    bool starved;  /* blocked for want of memory, so that no room in the queue will ever be reported */
    uint8_t header_length;
    uint8_t header[STREAM_HEADER_MAXIMUM];
    int64_t message_begin;   /* position of the header of the first message not delivered */
    int64_t arrived_end;     /* everything below has arrived and is in `message` or delivered */
    int64_t last_number;     /* of the lane's last reliable message delivered or under construction */
    struct message *message; /* under construction; NULL while its header is incomplete */
    uint32_t message_filled;
    struct range_set early; /* what has arrived beyond arrived_end */
    uint8_t *ring;          /* holds position p at p modulo its capacity, a power of two */
    size_t ring_capacity;
};

/* budget: borrowed, shared by the connection's lanes. */
void receive_stream_init(struct receive_stream *stream, uint8_t lane, struct receive_budget *budget);
void receive_stream_free(struct receive_stream *stream);

/* Gives back a ring that is kept for the next loss. */
void receive_stream_rest(struct receive_stream *stream);

/* Nothing more will come: what can never become a message is let go; `all`: everything. */
void receive_stream_abandon(struct receive_stream *stream, bool all);

/* The peer knows that more is kept than deployed peers do. */
void receive_stream_extend(struct receive_stream *stream);

/* The position behind everything received so far, holes included (E of protocol 13.4). */
int64_t receive_stream_end(const struct receive_stream *stream);

/* How many holes lie in front of early bytes. */
uint32_t receive_stream_holes(const struct receive_stream *stream);

enum stream_outcome {
    STREAM_ACCEPTED, /* acknowledge the packet */
    STREAM_REFUSED,  /* it cannot be stored: do not acknowledge */
    STREAM_ERROR,    /* protocol error; *error says which */
};

/* A segment. *highest_number is the lane's highest message number seen, and is raised. */
enum stream_outcome receive_stream_add(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                       size_t size, const struct transport_config *config, int64_t *highest_number,
                                       struct message_sink *sink, microseconds now, const char **error);

/* Tries again what was refused before. Same results. */
enum stream_outcome receive_stream_retry(struct receive_stream *stream, const struct transport_config *config,
                                         int64_t *highest_number, struct message_sink *sink, microseconds now,
                                         const char **error);

#endif
