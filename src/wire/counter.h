/*
 * 64-bit counters of which only the low bits travel (protocol 1.4, 13.4).
 */
#ifndef WIRE_COUNTER_H
#define WIRE_COUNTER_H

#include <stdint.h>

/*
 * The value with these low 16 bits that is nearest to the reference, the lower one of two equally near. May be negative
 * for small references. Wraps silently at the ends of the 64-bit range.
 */
static inline int64_t counter_expand16(int64_t reference, uint16_t field)
{
    int16_t difference = (int16_t)(uint16_t)(field - (uint16_t)reference);
    return (int64_t)((uint64_t)reference + (uint64_t)(int64_t)difference);
}

static inline int64_t counter_expand32(int64_t reference, uint32_t field)
{
    int32_t difference = (int32_t)(field - (uint32_t)reference);
    return (int64_t)((uint64_t)reference + (uint64_t)(int64_t)difference);
}

/* By the width in bits, 16 or 32. */
static inline int64_t counter_expand(int64_t reference, uint32_t field, unsigned bits)
{
    return bits == 16 ? counter_expand16(reference, (uint16_t)field) : counter_expand32(reference, field);
}

/*
 * The stream position of a reliable segment from its low 24, 32 or 48 bits, with the rule of protocol 13.4: adjusted
 * upward only (20.3). `expected` is the position behind everything received so far.
 */
static inline int64_t counter_expand_position(int64_t expected, uint64_t field, unsigned bits)
{
    uint64_t mask = ((uint64_t)1 << bits) - 1;
    uint64_t position = ((uint64_t)expected & ~mask) + field;

    if ((int64_t)(position + mask / 2) < expected)
        position += mask + 1;
    return (int64_t)position;
}

#endif
