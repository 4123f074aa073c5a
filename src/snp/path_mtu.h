/*
 * How large the datagrams of a connection may be: packetization-layer path MTU discovery (RFC 8899) in small. Datagrams
 * are as large as is allowed from the first one on, because nearly all paths take them. When large ones are lost and
 * smaller ones, sent in the middle of them, arrive, the path is a black hole for the large ones: the size goes down to
 * one that most paths take, and from there to one that all take. Then probes look for the largest size that passes, and
 * look again every now and then, because paths change.
 *
 * A state machine without I/O that owns nothing. The sender tells it of the fate of packets, and obeys `size`. Sizes
 * are of UDP payloads. Under the connection's lock.
 */
#ifndef SNP_PATH_MTU_H
#define SNP_PATH_MTU_H

#include "base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum path_mtu_limits {
    PATH_MTU_BASE = 1200,            /* passes nearly everywhere (RFC 8899, 5.1.2) */
    PATH_MTU_SMALLEST = 548,         /* fits in an IP packet of 576 bytes */
    PATH_MTU_LOSSES = 4,             /* large packets lost in a row before the path is suspected */
    PATH_MTU_SUSPICION_US = 100000,  /* that they are apart at least: one full queue is no reason */
    PATH_MTU_SMALL_US = 50000,       /* between small packets that are sent then, to see whether they pass */
    PATH_MTU_PROBES = 3,             /* lost ones that make a size refused (RFC 8899: MAX_PROBES) */
    PATH_MTU_RAISE_FIRST_MS = 10000, /* after a search, until the next one; doubles up to ... */
    PATH_MTU_RAISE_LAST_MS = 600000, /* (RFC 8899: PMTU_RAISE_TIMER) */
    PATH_MTU_STEADY_MS = 60000,      /* a size that lasted for so long was no mistake: intervals begin anew */
};

struct path_mtu {
    uint16_t maximum; /* MTU_PacketSize */
    uint16_t size;    /* of the largest datagrams that may be sent now */
    uint16_t refused; /* the smallest size that was found not to pass; above maximum: none */
    bool confirmed;   /* large datagrams have arrived */
    bool asked;       /* one of them has asked the peer for an answer */

    /* large packets lost since one arrived, and the first small one that arrived after the first of them, by when they
     * were sent */
    uint8_t losses;
    microseconds first_lost, last_lost, small_arrived;
    microseconds small_sent;

    /* the search; none while size is maximum */
    int64_t probe;       /* packet number of the probe on its way; 0: none */
    uint16_t probe_size; /* what is being probed */
    uint8_t probes_lost; /* of this size */
    microseconds search_at;
    microseconds raise_interval;
    microseconds raised_at; /* when a probe arrived last; -1: never */
};

void path_mtu_init(struct path_mtu *mtu, int maximum);

/* The configured size has changed. */
void path_mtu_set_maximum(struct path_mtu *mtu, int maximum);

/* Nothing that arrives can change anything now. */
static inline bool path_mtu_at_rest(const struct path_mtu *mtu)
{
    return mtu->confirmed && mtu->losses == 0 && mtu->probe == 0;
}

/* The first large datagram should ask for an answer, and has left. */
static inline bool path_mtu_asks(const struct path_mtu *mtu)
{
    return !mtu->confirmed && !mtu->asked;
}
void path_mtu_asked(struct path_mtu *mtu, int size);

/* So much is lost that a small packet should leave, to see whether it passes; it then does. */
bool path_mtu_wants_small(struct path_mtu *mtu, microseconds now);

/*
 * A packet of so many bytes, sent at that time, has arrived, or counts as lost. Both return whether `size` changed.
 * Probes are not reported here.
 */
bool path_mtu_arrived(struct path_mtu *mtu, int size, microseconds sent_at, microseconds now);
bool path_mtu_lost(struct path_mtu *mtu, int size, microseconds sent_at, microseconds now);

/* This machine refuses to send a datagram of so many bytes: it has learnt better. Returns whether `size` changed. */
bool path_mtu_too_large(struct path_mtu *mtu, int size, microseconds now);

/* The size of the probe that should leave now, while there is data to be sent; 0: none. */
int path_mtu_probe_size(struct path_mtu *mtu, microseconds now);
void path_mtu_probe_sent(struct path_mtu *mtu, int64_t number);

/* What became of the probe. The first returns whether `size` changed. */
bool path_mtu_probe_arrived(struct path_mtu *mtu, microseconds now);
void path_mtu_probe_lost(struct path_mtu *mtu, microseconds now);

#endif
