/*
 * The receiving half of the message engine: takes a decrypted payload apart and acts on its frames in order (protocol
 * 13): messages go to the sink, acknowledgements to the sender, stop-waiting values to the ack tracker. Owns the lanes'
 * receive state. One a connection, under its lock.
 */
#ifndef SNP_RECEIVER_H
#define SNP_RECEIVER_H

#include "snp/ack_tracker.h"
#include "snp/fragment_store.h"
#include "snp/receive_budget.h"
#include "snp/receive_stream.h"
#include "snp/sender.h"
#include "snp/transport_config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receive_lane {
    int64_t highest_number; /* message number seen */
    struct receive_stream stream;
    struct fragment_store fragments;
};

struct receiver {
    const struct transport_config *config;
    struct message_sink *sink;
    bool extended; /* lanes keep more than deployed peers do */
    bool starved;  /* some lane is blocked for want of memory: to be retried after a while */
    struct receive_budget budget;
    struct receive_lane first_lane;
    struct receive_lane **lanes; /* lanes 1 and up, made when first used */
    int lane_capacity;
};

/* What the connection's state allows (protocol 7.2, 13.3). */
enum receive_mode {
    RECEIVE_NORMAL,
    RECEIVE_NO_UNRELIABLE, /* finding a route: unreliable segments are refused */
    RECEIVE_DISCARD,       /* lingering: reliable data is dropped but acknowledged, unreliable refused */
};

struct receive_report {
    bool acknowledge;      /* record the packet as received */
    bool processed;        /* false: abandoned or failed, its statistics blob is ignored (protocol 11.2) */
    bool reliable;         /* had a reliable segment: acknowledge soon */
    bool refused;          /* something could not be stored: tell soon (protocol 15.3) */
    const char *error;     /* protocol error: the connection ends with 5002 */
    struct ack_report ack; /* of all ack frames in the packet */
};

/* quota: what all connections draw on for what they hold; NULL: no limit. Borrowed. */
void receiver_init(struct receiver *receiver, const struct transport_config *config, struct message_sink *sink,
                   struct memory_quota *quota);
/* The peer knows that more is kept than deployed peers do (protocol 10.1, abilities). */
void receiver_extend(struct receiver *receiver);

void receiver_free(struct receiver *receiver);

/* The peer was silent for long: what is missing of unreliable messages will not come any more. */
void receiver_forget_fragments(struct receiver *receiver);

/* Nothing is happening: gives back memory that can be had again when something does. */
void receiver_rest(struct receiver *receiver);

/*
 * Nothing more is to be processed. Gives back what can never become a message; `all`: also what only waits for room in
 * the receive queue.
 */
void receiver_abandon(struct receiver *receiver, bool all);

void receiver_process(struct receiver *receiver, struct sender *sender, struct ack_tracker *tracker,
                      const uint8_t *payload, size_t length, int64_t packet_number, enum receive_mode mode,
                      microseconds now, struct receive_report *report);

/* The receive queue has room again. False on a protocol error (*error). */
bool receiver_retry(struct receiver *receiver, microseconds now, const char **error);

/* Whether messages wait for room in the receive queue. */
bool receiver_blocked(const struct receiver *receiver);

/* The lane's state, for tests; NULL if it was never used. */
const struct receive_lane *receiver_lane(const struct receiver *receiver, uint32_t lane);

#endif
