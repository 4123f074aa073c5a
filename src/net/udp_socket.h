/*
 * A UDP socket that moves datagrams in batches: one recvmmsg with UDP_GRO in, one sendmmsg with UDP_SEGMENT out. What
 * the kernel or the network card does not support is noticed on first use and turned off for that socket.
 *
 * Routers must not fragment data packets: what is too large for the path is reported, and connections adapt. Control
 * messages cannot adapt and are fragmented where there is no other way.
 *
 * Sending is safe from several threads at once; receiving from one thread at a time. Opening and closing are the
 * owner's, who sees to it that nobody uses a closed socket (service.h does).
 */
#ifndef NET_UDP_SOCKET_H
#define NET_UDP_SOCKET_H

#include "fumarole/types.h"
#include "net/socket_address.h"
#include "wire/datagram_batch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    UDP_SOCKET_BUFFER_BYTES = 2 * 1024 * 1024, /* asked of the kernel for each direction; it may grant less */
    UDP_SOCKET_ERROR_TEXT = 128,               /* room that functions with an `error` text need */

    UDP_PARCELS_CAPACITY = 32, /* datagrams for several peers that leave in one call */

    RECEIVE_BATCH_BUFFERS = 16,         /* kernel messages a receive call takes; each may be a run of datagrams */
    RECEIVE_BATCH_BUFFER_SIZE = 65536,  /* no UDP payload and no run is longer */
    RECEIVE_BATCH_DATAGRAMS = 16 * 128, /* the kernel joins at most 128 datagrams to a run */
};

/* What became of datagrams that were to be sent. All but UDP_SENT are losses as the peer sees it: nothing is kept. */
enum udp_outcome {
    UDP_SENT,
    UDP_BUSY,        /* EAGAIN, ENOBUFS: a queue of this machine is full; passes by itself */
    UDP_TOO_LARGE,   /* EMSGSIZE: does not fit the path's MTU */
    UDP_FORBIDDEN,   /* EPERM, EACCES: a firewall of this machine */
    UDP_UNREACHABLE, /* ENETUNREACH, EHOSTUNREACH, ENETDOWN, wrong address family: no route at present */
    UDP_FAILED,      /* anything else */
    UDP_OUTCOMES,
};

/* A few English words for a log line. */
const char *udp_outcome_text(enum udp_outcome outcome);

enum udp_sharing {
    UDP_EXCLUSIVE,   /* nobody else may bind the same port */
    UDP_SHARE_FIRST, /* binds exclusively, then lets UDP_SHARE_JOIN sockets of this user in (one for each thread) */
    UDP_SHARE_JOIN,
};

struct udp_socket_options {
    /*
     * Zero address: every address of the machine, IPv6 and IPv4 where the system has both, else IPv4. Mapped zero
     * address: every IPv4 address. Port 0: a free one.
     */
    SteamNetworkingIPAddr bind;
    const SteamNetworkingIPAddr *remote; /* connects to this address; NULL: datagrams to and from anybody */
    enum udp_sharing sharing;
};

struct udp_socket {
    int descriptor; /* -1 when closed */
    int family;     /* AF_INET6 (which carries IPv4 too when bound to any address) or AF_INET */
    atomic_bool connected;
    bool coalescing;          /* UDP_GRO is on */
    atomic_bool segmentation; /* UDP_SEGMENT is tried */
    atomic_bool segmented;    /* it has worked once: what fails later is a path, not the kernel or the device */
    SteamNetworkingIPAddr local;
    atomic_uint_least64_t losses[UDP_OUTCOMES]; /* datagrams not sent, by outcome */
    atomic_uint_least64_t datagrams_cut;        /* received beyond RECEIVE_BATCH_DATAGRAMS and dropped */
};

/* One received datagram. The bytes lie in the receive batch and may be changed in place until the next receive. */
struct received {
    uint8_t *data;
    uint32_t length;
    SteamNetworkingIPAddr from;
};

/* The memory that receiving fills: about a megabyte of address space. Owned by one receiving thread. */
struct receive_batch {
    int count;
    bool drained; /* the socket had nothing more at that moment */
    struct received *datagrams;
    uint8_t *buffers;
};

/* NULL when memory is short. */
struct receive_batch *receive_batch_new(void);
void receive_batch_free(struct receive_batch *batch);

/* False: `error` (UDP_SOCKET_ERROR_TEXT bytes) says why, and *socket is closed. */
bool udp_socket_open(struct udp_socket *socket, const struct udp_socket_options *options, char *error);

/* Harmless on a closed socket. */
void udp_socket_close(struct udp_socket *socket);

/*
 * Takes what has arrived, up to the batch's capacity, and returns how many datagrams that is. Reports of the network
 * that a port was closed (ECONNREFUSED) are ignored. A failure of the socket itself is like nothing to receive.
 */
int udp_socket_receive(struct udp_socket *socket, struct receive_batch *batch);

/*
 * Sends the whole batch, which stays as it is. `to` is ignored on a connected socket. The first outcome that is not
 * UDP_SENT is returned; the datagrams behind are still tried, except after UDP_BUSY.
 */
enum udp_outcome udp_socket_send(struct udp_socket *socket, const SteamNetworkingIPAddr *to,
                                 const struct datagram_batch *batch);

enum udp_outcome udp_socket_send_one(struct udp_socket *socket, const SteamNetworkingIPAddr *to, const void *data,
                                     size_t length);

/*
 * Looks for the way to `remote` again, for a socket that was opened to go there: the machine may have other addresses
 * by now. The port stays as it is if possible; what arrives meanwhile may be lost. Returns whether the machine's
 * address is another one than before. Must not race with itself; sending and receiving may go on.
 */
bool udp_socket_reroute(struct udp_socket *socket, const SteamNetworkingIPAddr *remote);

/* Datagrams for several peers, none joined with another. */
struct udp_parcels {
    int count;
    const uint8_t *data[UDP_PARCELS_CAPACITY];
    uint16_t sizes[UDP_PARCELS_CAPACITY];
    union socket_address addresses[UDP_PARCELS_CAPACITY];
    socklen_t address_lengths[UDP_PARCELS_CAPACITY];
};

/* Sends all of them, in one call as far as nothing goes wrong; what does is counted. Not for a connected socket. */
void udp_socket_send_parcels(struct udp_socket *socket, struct udp_parcels *parcels);

/* Turns UDP_SEGMENT and UDP_GRO off for good, as if the kernel had neither. */
void udp_socket_disable_offload(struct udp_socket *socket);

#endif
