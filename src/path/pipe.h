/*
 * A pipe: two ends of a connection in one process, without any network between (protocol 19.2, api-contract 13). A
 * message sent at one end is handed over, the same object, at the other; nothing is copied, delayed or lost.
 *
 * An end is embedded in its owner, who serialises all calls on both ends of a pipe (by holding what guards the two). An
 * end owns the messages that wait for the other side to accept, and nothing else. Time is an argument.
 */
#ifndef PATH_PIPE_H
#define PATH_PIPE_H

#include "base/list.h"
#include "base/time.h"
#include "fumarole/types.h"
#include "snp/message.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    PIPE_MESSAGE_MAXIMUM = 0x10000000, /* bytes of one message */
    PIPE_LANES_MAXIMUM = 255,
};

struct pipe_end;

/* What an end reports, inside a call on either end; the functions must not call back into the pipe but may read it. */
struct pipe_events {
    void (*state_changed)(struct pipe_events *events, struct pipe_end *end, int old_state);

    /* A message arrived. OK takes it over; LimitExceeded: there is no room for it now; InvalidParam: it is too large.
     */
    EResult (*deliver)(struct pipe_events *events, struct pipe_end *end, struct message *message);
};

struct pipe_end {
    struct pipe_events *events;
    struct pipe_end *other; /* NULL once the other end is gone */
    int state;              /* ESteamNetworkingConnectionState: Connecting to ProblemDetectedLocally, or Dead */
    bool initiated;         /* this end asked for the connection */
    int end_reason;
    char end_text[k_cchSteamNetworkingMaxConnectionCloseReason];
    microseconds deadline; /* Connecting: when that ends; else TIME_NEVER */
    int lane_count;
    int64_t first_lane_number; /* the last message number of lane 0 ... */
    int64_t *lane_numbers;     /* ... and of all lanes, when there are several */
    struct list held;          /* messages that wait for the connection to be accepted */
    int64_t held_bytes, held_messages;
    uint64_t messages_sent, bytes_sent, messages_received, bytes_received;
};

/*
 * Both ends Connected (deadlines NULL), or Connecting: the first is the initiator, and each has a time by which it
 * wants to be Connected. No event is reported.
 */
void pipe_init(struct pipe_end *ends[2], struct pipe_events *events[2], const microseconds deadlines[2]);

/* Frees what the end owns and leaves the other one alone with itself. */
void pipe_end_destroy(struct pipe_end *end);

/*
 * api-contract 8.1: both ends become Connected, and what waited is delivered. InvalidParam for the initiator,
 * InvalidState when not Connecting.
 */
EResult pipe_accept(struct pipe_end *end, microseconds now);

/*
 * The application lets go: this end is Dead, the other one ClosedByPeer with this reason and text, which the caller has
 * normalised. For an end that has ended already they are ignored.
 */
void pipe_close(struct pipe_end *end, int reason, const char *text);

/* Ends both sides when the time to accept is over (protocol 6.2: 5003). */
void pipe_tick(struct pipe_end *end, microseconds now);

/*
 * Sends a message, of which size, flags and lane count; api-contract 10.2. On OK it is not the caller's any more and
 * *number is set. maximum_held bounds the bytes that wait for the other side to accept, and their messages, which may
 * be empty.
 */
EResult pipe_send(struct pipe_end *end, struct message *message, int64_t maximum_held, microseconds now,
                  int64_t *number);

/* api-contract 12. Priorities and weights mean nothing here, but are checked. */
EResult pipe_configure_lanes(struct pipe_end *end, int count, const uint16_t *weights);

#endif
