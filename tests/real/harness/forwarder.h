/*
 * A bad line for kernels that cannot simulate one: a process that passes UDP datagrams between one client and a server
 * and loses, delays, swaps, repeats and damages some of them, always the same share, drawn from a seed.
 */
#ifndef TESTS_REAL_HARNESS_FORWARDER_H
#define TESTS_REAL_HARNESS_FORWARDER_H

#include "fumarole/fumarole.h"
#include "harness/process.h"

struct impairments {
    double loss, duplicate, damage; /* shares of the datagrams, each way */
    int delay_ms, jitter_ms; /* one way: delay to delay + jitter, each datagram by itself, so that they overtake */
    int bytes_per_second;    /* 0: as many as come */
    int queue_bytes;         /* what may wait for that; the rest is lost */
    unsigned seed;
};

/*
 * Forwards from now on what comes to `front`, an address of this machine, to `server`, and what the server answers
 * back, until the other process says something (which is not read).
 */
void forward_until_news(const struct process *other, const SteamNetworkingIPAddr *front,
                        const SteamNetworkingIPAddr *server, const struct impairments *impairments);

#endif
