/*
 * The real clock, the only one of the library. Any thread may read it.
 *
 * Deviation from API contract 2.4, on purpose: a gap between two readings is not compressed to 1.1 seconds, because an
 * idle process takes no readings at all and its gaps are honest. The time a machine spends suspended does not count.
 */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include "base/time.h"

#include <stdint.h>

/* Added to the system's monotonic time, so that a time of zero is always more than a month ago (API contract 2.4). */
#define CLOCK_ORIGIN (3000000 * SECOND)

/* Monotonic, never below CLOCK_ORIGIN. Never goes back. */
microseconds clock_now(void);

/* Seconds since 1970 by the wall clock; for the validity of certificates only. */
int64_t clock_unix_seconds(void);

#endif
