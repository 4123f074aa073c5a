/*
 * The outside world of one process that runs the whole library: a second implementation of what src/api uses of net/
 * (service.h, clock.h, os_random.h) on top of a simulated world. Programs that link it instead of the real one run in
 * one thread and in virtual time; everything they see follows from the seed.
 *
 * The process has several network interfaces ("hosts"), each with an IPv4 and an IPv6 address, with a simulated link in
 * each direction between any two of them; host 0 is the loopback interface. Sockets that are opened without an address
 * belong to the host that is current at that moment, so that one library instance plays a whole deployment.
 *
 * Owns the links and the datagrams on them. One machine is attached at a time; nothing of the service may be called
 * without one.
 */
#ifndef NET_SIM_MACHINE_H
#define NET_SIM_MACHINE_H

#include "net/impairment.h"
#include "net/sim/sim_link.h"
#include "net/udp_socket.h"

enum {
    SIM_MACHINE_HOSTS = 5,          /* with the loopback interface */
    SIM_MACHINE_LOOPBACK = 0,       /* its index */
    SIM_MACHINE_FIRST_PORT = 40000, /* of sockets that ask for any; none is given out twice */
};

/* What goes wrong, as probabilities for each occasion. */
struct sim_machine_faults {
    double send[UDP_OUTCOMES]; /* of a send, by outcome */
    double open;               /* of opening a socket */
    double start;              /* of starting the service or its threads */
    double authority;          /* of getting at the development authority's key */
};

struct sim_machine_host {
    SteamNetworkingIPAddr addresses[2]; /* IPv4, IPv6 */
    int moved;                          /* so often has it got other addresses */
};

struct sim_machine_counters {
    uint64_t sent, sent_bytes, refused, delivered, unclaimed, queue_lost, passes, callbacks, opened, open_failed;
};

struct sim_machine {
    struct sim_world *world;
    struct random_generator random; /* what the library draws from */
    microseconds clock_offset;
    int64_t unix_base;     /* the wall clock at the world's beginning; may be stepped */
    int loops;             /* as many as suit the machine */
    microseconds lateness; /* service passes come up to so much late */
    microseconds frozen_until;
    int host_count, current_host;
    struct sim_machine_host hosts[SIM_MACHINE_HOSTS];
    struct sim_link links[SIM_MACHINE_HOSTS][SIM_MACHINE_HOSTS]; /* from, to */
    struct sim_machine_faults faults;
    uint16_t next_port;
    SteamNetworkingIPAddr last_opened;   /* local address of the socket that was opened last */
    struct impairment_bucket buckets[2]; /* receiving, sending */
    struct list sockets;                 /* open ones */
    struct sim_machine_counters counters;
};

/* Makes the machine the one that the library runs on. hosts: without loopback, from 1. */
void sim_machine_attach(struct sim_machine *machine, struct sim_world *world, int hosts);

/* The library must have been stopped. */
void sim_machine_detach(struct sim_machine *machine);

/* The one that is attached, or NULL. */
struct sim_machine *sim_machine(void);

/* The host that has this address, whatever the port; -1: none. */
int sim_machine_find_host(const struct sim_machine *machine, const SteamNetworkingIPAddr *address);

/* The host gets other addresses. What is bound to the old ones is cut off until it looks for its way again. */
void sim_machine_move_host(struct sim_machine *machine, int host);

/* A router on the way gives a socket that goes to one peer another port, and says nothing. */
void sim_machine_rebind(struct sim_machine *machine);

/* The port that the socket had at first which others see with this one now. */
uint16_t sim_machine_first_port(const struct sim_machine *machine, uint16_t port);

/* Lets the world go on up to that time; in the library's service threads, unless it is in manual mode. */
void sim_machine_run(struct sim_machine *machine, microseconds until);

#endif
