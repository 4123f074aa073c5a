/*
 * A datagram batch for the calling thread: where connections write what is to be sent at once. It is too large for a
 * stack, so each thread that sends has one on the heap; it goes with the thread, or when the library stops.
 */
#ifndef API_THREAD_BATCH_H
#define API_THREAD_BATCH_H

#include "wire/datagram_batch.h"

/* The calling thread's batch, empty; NULL when memory is short. Not to be used while it is in use further up the stack.
 */
struct datagram_batch *thread_batch(void);

/* Frees the batches of all threads. None of them may be using one. */
void thread_batch_free_all(void);

#endif
