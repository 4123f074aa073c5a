/*
 * Is the peer still there? Replies that are expected, pings while they are overdue, keepalives in silence, and when to
 * give up (protocol 17.2 to 17.4). Named by what happened on the wire; knows times only.
 *
 * Its timers, in one table:
 *   reply_deadline   after a packet that wants an answer: counts a reply timeout, makes the next packet a ping
 *   ping_at          while replies are overdue: the next ping, every 200 ms; twice as long each time as long as the
 *                    peer has never been heard, who may have asked for a connection and gone
 *   keepalive        10 s after the last packet came, if nothing is awaited: a packet with an ack request; up to half a
 *                    second earlier, at a full quarter of a second, so that many connections wake up together, and for
 *                    the end that connected a quarter later, so that the other end's does for both; a watchful end
 *                    sends it after 4 s when packets had been coming in a stream
 *   give up          TimeoutConnected after the later of the last receipt and the first reply timeout after it
 */
#ifndef CONN_LIVENESS_H
#define CONN_LIVENESS_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

struct liveness {
    microseconds last_received;
    microseconds reply_deadline;   /* TIME_NEVER while no reply is awaited */
    microseconds first_timeout;    /* of this silence; 0 if none */
    microseconds ping_at;          /* TIME_NEVER unless replies are overdue */
    microseconds last_ack_request; /* when a packet asked for an ack last */
    int reply_timeouts;            /* consecutive */
    bool watchful;                 /* a stream of packets that breaks off is asked about soon: set by the owner */
    uint8_t flow;                  /* packets that came soon after the one before, in a row */
    bool second;                   /* the other end's keepalives come first */
    bool heard;                    /* the peer has shown that it has the keys */
};

enum {
    KEEPALIVE_GRID_MS =
        250, /* all keepalives of a process leave at multiples of it; no later than after KEEPALIVE_MS */
    KEEPALIVE_EARLY_MS = 2 * KEEPALIVE_GRID_MS,
};

/* second: this end connected, after it had heard the other one. */
void liveness_init(struct liveness *liveness, bool second, microseconds now);

/* A valid packet came from the peer. */
void liveness_packet_received(struct liveness *liveness, microseconds now);

/* A packet left that wants an answer. worst_ping_ms: -1 unknown. may_delay: the peer need not answer at once. */
void liveness_reply_expected(struct liveness *liveness, int worst_ping_ms, bool may_delay, microseconds now);

/* A packet with an ack request left. */
void liveness_ack_requested(struct liveness *liveness, microseconds now);

/* Counts reply timeouts that are due. */
void liveness_tick(struct liveness *liveness, microseconds now);

/* An immediate ping is due; liveness_ping_sent says that it left. */
bool liveness_ping_due(const struct liveness *liveness, microseconds now);
void liveness_ping_sent(struct liveness *liveness, microseconds now);

bool liveness_keepalive_due(const struct liveness *liveness, microseconds now);

/* An ack request should ride on the next packet, to keep the round trip fresh (protocol 17.4). */
bool liveness_tracer_due(const struct liveness *liveness, microseconds last_sample, microseconds now);

/* The peer is gone. */
bool liveness_timed_out(const struct liveness *liveness, microseconds timeout, microseconds now);

microseconds liveness_deadline(const struct liveness *liveness, microseconds timeout);

#endif
