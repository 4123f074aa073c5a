/*
 * Why datagrams were dropped, counted. One set a connection and one a listener; the API adds them up. Plain
 * integers: whoever holds the lock of the object counts.
 */
#ifndef CONN_DROP_COUNTERS_H
#define CONN_DROP_COUNTERS_H

#include <stdint.h>

enum drop_cause {
    DROP_TOO_SHORT,       /* below 5 bytes (protocol 3) */
    DROP_TOO_LONG,        /* above 1300 bytes */
    DROP_UNKNOWN_MESSAGE, /* a message id that does not exist or does not belong here */
    DROP_MALFORMED,       /* a control message or data header that does not parse */
    DROP_BAD_CHALLENGE,   /* stale or forged */
    DROP_ANONYMOUS_REFUSED,
    DROP_BAD_IDENTITY,
    DROP_WRONG_ID, /* addressed to another connection id */
    DROP_WRONG_STATE,
    DROP_DUPLICATE_PACKET, /* number seen before or too old (protocol 12.2) */
    DROP_BAD_SEAL,         /* does not decrypt */
    DROP_NO_CONNECTION,    /* data from an address without a connection */
    DROP_BAD_CREDENTIALS,  /* a connect request that proves nothing (protocol 6.4 step 8) */
    DROP_ADDRESS_LIMIT,    /* more from one address than is allowed (stranger_limits.h) */
    DROP_TOTAL_LIMIT,      /* more from all addresses together than is allowed */
    DROP_TOO_MANY_WAITING, /* a connect request, with too many connections waiting to be accepted */
    DROP_CAUSES
};

struct drop_counters {
    uint64_t count[DROP_CAUSES];
};

static inline void drop_count(struct drop_counters *counters, enum drop_cause cause)
{
    counters->count[cause]++;
}

#endif
