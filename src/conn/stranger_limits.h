/*
 * How much work strangers may cause: token buckets for each source address and in total, one set for each kind of work.
 * The source of a UDP datagram is whatever its sender writes there, so nothing here grows with the number of addresses:
 * the buckets of the addresses are a fixed table, found by a keyed hash of the address (of an IPv6 address the first 64
 * bits, which is what one host usually has to itself).
 *
 * Addresses that fall on one bucket share it. Each address has therefore two, in two rows, and is let through while one
 * of them has something left: it suffers from others only when both are shared with addresses that exceed their limit,
 * which is (n / 1024)^2 likely with n such addresses. An address whose neighbours are quiet in one row only may get up
 * to twice its limit. Addresses of this very host are bounded in total only.
 *
 * Owns its memory, allocates none. Callers serialise; the listener does.
 */
#ifndef CONN_STRANGER_LIMITS_H
#define CONN_STRANGER_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "base/siphash.h"
#include "base/time.h"
#include "fumarole/types.h"

enum stranger_work {
    WORK_CHALLENGE, /* a challenge request is answered */
    WORK_CONNECT,   /* a connect request with a good challenge is looked at, signature and all */
    WORK_STRAY,     /* somebody is told that there is no such connection */
    WORK_KINDS,
};

/* A second; 0: no limit. */
struct stranger_rate {
    int32_t per_address, total;
};

/* What holds unless it is configured otherwise (docs/api/configuration.md). */
enum stranger_rate_defaults {
    CHALLENGES_PER_ADDRESS = 1000,
    CHALLENGES_TOTAL = 50000,
    CONNECTS_PER_ADDRESS = 500,
    CONNECTS_TOTAL = 5000,
    STRAYS_PER_ADDRESS = 1,
    STRAYS_TOTAL = 40,
};

enum stranger_limits_sizes {
    STRANGER_ROWS = 2,
    STRANGER_BUCKETS = 1024,  /* in a row; a power of two */
    STRANGER_BURST_MS = 4000, /* what a full bucket holds: so long a time's worth, but at least one */
    STRANGER_STRAY_BURST_MS = 0,
};

/* A bucket is the time, in nanoseconds, at which it will be full again. */
typedef int64_t token_bucket;

struct stranger_limits {
    uint8_t key[SIPHASH_KEY_SIZE];
    struct stranger_rate rates[WORK_KINDS];
    token_bucket total[WORK_KINDS];
    token_bucket addresses[WORK_KINDS][STRANGER_ROWS][STRANGER_BUCKETS];
};

enum stranger_verdict {
    STRANGER_MAY,
    STRANGER_ADDRESS_EXCEEDED, /* there was too much from that address, or from one that shares its buckets */
    STRANGER_TOTAL_EXCEEDED,
};

/* With the defaults. False: there is no randomness for a secret. */
bool stranger_limits_init(struct stranger_limits *limits, struct random_source *random);

/* Wipes the secret. */
void stranger_limits_free(struct stranger_limits *limits);

/* Takes effect at once. */
void stranger_limits_set(struct stranger_limits *limits, enum stranger_work work, struct stranger_rate rate);

/* Whether that may be done for this address now; if so it counts. */
enum stranger_verdict stranger_limits_take(struct stranger_limits *limits, enum stranger_work work,
                                           const SteamNetworkingIPAddr *from, microseconds now);

#endif
