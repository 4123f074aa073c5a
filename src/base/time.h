/*
 * Time as the whole library counts it: signed microseconds on a monotonic clock that only net/ reads. Everybody else
 * receives "now" as an argument.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdint.h>

typedef int64_t microseconds;

#define MICROSECOND ((microseconds)1)
#define MILLISECOND ((microseconds)1000)
#define SECOND      ((microseconds)1000000)
#define MINUTE      (60 * SECOND)

/* A deadline that never comes. */
#define TIME_NEVER INT64_MAX

static inline microseconds time_earlier(microseconds a, microseconds b)
{
    return a < b ? a : b;
}

static inline microseconds time_later(microseconds a, microseconds b)
{
    return a > b ? a : b;
}

/* start + delay that stays at TIME_NEVER instead of overflowing. Neither argument may be negative. */
static inline microseconds time_after(microseconds start, microseconds delay)
{
    return start > TIME_NEVER - delay ? TIME_NEVER : start + delay;
}

#endif
