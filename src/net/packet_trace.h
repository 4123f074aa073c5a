/*
 * The packet trace (config value 41): a log line for every datagram sent and received, and as many of its bytes in
 * hexadecimal as asked for. What it shows is what is on the wire: sealed packets stay sealed.
 */
#ifndef NET_PACKET_TRACE_H
#define NET_PACKET_TRACE_H

#include "fumarole/types.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

extern atomic_int packet_trace_bytes; /* -1: off; kept by packet_trace.c */

/* -1 turns the trace off, 0 traces headers only. Any thread. */
void packet_trace_set(int bytes);

static inline bool packet_trace_active(void)
{
    return atomic_load_explicit(&packet_trace_bytes, memory_order_relaxed) >= 0;
}

/* Says it, if anybody listens. `what` is a word or two: sent, received, dropped ... */
void packet_trace(const char *what, const SteamNetworkingIPAddr *peer, const void *data, size_t length);

#endif
