/*
 * An allocator for the library that counts what is in use and can run out:
 * SteamNetworkingSockets_SetCustomMemoryAllocator with malloc behind it. To be installed before every other call.
 */
#ifndef TESTS_REAL_HARNESS_MEMORY_H
#define TESTS_REAL_HARNESS_MEMORY_H

#include <stdatomic.h>

/* Counts from now on. */
void memory_install(void);

long memory_blocks(void); /* in use */
long memory_bytes(void);
long memory_peak_bytes(void); /* the most since the last call of memory_forget_peak */
void memory_forget_peak(void);
long memory_calls(void); /* allocations so far, failed ones included */

/* Every n-th allocation from now on fails; 0: none does. */
void memory_fail_every(int n);

/* All allocations from the n-th on fail (1: the next); 0: none does. */
void memory_fail_from(long n);

#endif
