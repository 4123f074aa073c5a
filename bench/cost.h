/*
 * What the calling process has cost so far: processor time, memory, and how often its threads have been woken.
 */
#ifndef BENCH_COST_H
#define BENCH_COST_H

#include <stdint.h>

/* Seconds of an arbitrary origin that only grow. */
double clock_seconds(void);

/* Seconds of user and system time, of all threads. */
double processor_seconds(void);

/* What is resident, in KiB. */
int64_t resident_kilobytes(void);

/*
 * How often the threads other than the main one have given up a processor to wait, which is as often as something woke
 * them afterwards. The main thread is the program's; the others are the library's.
 */
int64_t library_waits(void);

#endif
