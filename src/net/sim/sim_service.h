/*
 * What the files of the simulated service share: its loops and sockets. sim_service.c is loops, timers and tasks,
 * sim_service_socket.c the sockets; sim_machine.c the process around them.
 */
#ifndef NET_SIM_SERVICE_H
#define NET_SIM_SERVICE_H

#include "net/service.h"
#include "net/sim/sim_machine.h"

struct service_loop {
    int index;
    struct sim_event pass; /* planned for when there is something to do */
    microseconds lateness; /* of the next pass */
    bool due;              /* manual mode: the pass waits for somebody to poll */
    struct timer_heap timers;
    size_t timer_room;
    struct list tasks, readable, closed_sockets;
};

struct service_socket {
    struct list_node node; /* in the machine */
    struct list_node readable_node;
    struct list_node closed_node;
    struct service_loop *loop;
    struct service_socket_events *events;
    SteamNetworkingIPAddr local;  /* as reported */
    SteamNetworkingIPAddr source; /* where datagrams come from at present, unless it is bound to any address */
    SteamNetworkingIPAddr remote; /* if connected */
    int host;
    bool any, any_family; /* bound to every address of loopback and its host, of IPv4 or of both families */
    bool connected, closed;
    struct list queue;     /* datagrams that have arrived */
    struct list held_back; /* and that simulated conditions delay */
    int queued;
    struct impairment_path sending, receiving;
    uint64_t losses[UDP_OUTCOMES];
};

/* The loop has something to do at that time of the world. */
void sim_loop_plan(struct service_loop *loop);

/* Delivers what has arrived, a batch for each socket. */
void sim_sockets_deliver(struct service_loop *loop);

/* Ends the closed ones for good. */
void sim_sockets_finish(struct service_loop *loop);

/* Closes those of the loop that are open. */
void sim_sockets_close(struct service_loop *loop);

/* A datagram has arrived at a host. */
void sim_sockets_arrive(struct sim_link *link, struct sim_datagram *datagram);

#endif
