/*
 * UDP without the library: a plain socket for datagrams of the test's own making, and a middleman through whose hands
 * everything goes that a client and a server say to each other.
 *
 * Used by one thread. Failures of the system end the test.
 */
#ifndef TESTS_REAL_HARNESS_RAW_SOCKET_H
#define TESTS_REAL_HARNESS_RAW_SOCKET_H

#include "fumarole/fumarole.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DATAGRAM_ROOM = 2048,
    KEPT_DATAGRAMS = 512, /* the newest of each direction */
};

/* A non-blocking socket bound to an IPv4 address (host byte order); port 0: any. */
int raw_open(uint32_t ipv4, uint16_t port);
SteamNetworkingIPAddr raw_address(int descriptor);

void raw_send(int descriptor, const SteamNetworkingIPAddr *to, const void *data, size_t length);

/* The length of a datagram that has come, or -1 if none comes in time. `from` may be null. */
int raw_receive(int descriptor, void *buffer, size_t capacity, SteamNetworkingIPAddr *from, int milliseconds);

/* ---- the middleman ---- */

enum direction {
    TO_SERVER,
    TO_CLIENT,
};

struct kept_datagram {
    size_t length;
    uint8_t bytes[DATAGRAM_ROOM];
};

struct middleman;

/* Decides about a datagram, which it may change: true lets it pass. */
typedef bool (*middleman_judge)(struct middleman *middleman, enum direction direction, uint8_t *data, size_t *length);

struct middleman {
    int front, back;               /* towards the client, towards the server */
    SteamNetworkingIPAddr address; /* for the client to connect to */
    SteamNetworkingIPAddr server, client;
    middleman_judge judge; /* NULL: everything passes */
    void *context;         /* the judge's */
    int count[2];          /* datagrams of each direction that arrived here */
    struct kept_datagram *kept[2];
};

void middleman_open(struct middleman *middleman, const SteamNetworkingIPAddr *server);
void middleman_close(struct middleman *middleman);

/* The server sees the client at another port from now on; what goes to the old one is lost. */
void middleman_rebind(struct middleman *middleman);

/* Passes on all that waits. Returns true, for use in conditions. */
bool middleman_work(struct middleman *middleman);

/* Waits until something arrives at the middleman or at another descriptor, or the time is over. */
void middleman_wait(const struct middleman *middleman, int other, int milliseconds);

/* The n-th newest datagram of a direction, from 0; NULL if there is none. */
const struct kept_datagram *middleman_kept(const struct middleman *middleman, enum direction direction, int n);

/* Sends something as if the other side had. */
void middleman_send(struct middleman *middleman, enum direction direction, const void *data, size_t length);

#endif
