/*
 * The hosts of a world, the links between the server (host 0) and the clients, and the conditions on them, which
 * change. What befalls the hosts is in sim_trouble.h, who attacks them in sim_attacker.h.
 *
 * Owns the hosts and the links.
 */
#ifndef NET_SIM_NETWORK_H
#define NET_SIM_NETWORK_H

#include "net/sim/sim_host.h"

enum { SIM_HOSTS_MAXIMUM = 6 };

enum sim_severity {
    SIM_SEVERITY_NONE,
    SIM_SEVERITY_MILD,     /* what everyday networks do: no connection may fail because of it */
    SIM_SEVERITY_HARD,     /* heavy loss, queues that overflow, foreign datagrams, short memory */
    SIM_SEVERITY_TERRIBLE, /* and cuts, corruption, frozen hosts */
};

struct sim_network {
    struct sim_world *world;
    enum sim_severity severity;
    bool corrupting;
    int host_count;
    struct sim_host hosts[SIM_HOSTS_MAXIMUM];
    struct sim_link up[SIM_HOSTS_MAXIMUM], down[SIM_HOSTS_MAXIMUM]; /* by client */
    struct sim_event weather, narrowing;
};

const char *sim_severity_name(enum sim_severity severity);

/* Draws how bad it is going to be. The hosts are the caller's to make. */
void sim_network_init(struct sim_network *network, struct sim_world *world);
void sim_network_destroy(struct sim_network *network);

/* Lays the links between the hosts. */
void sim_network_connect(struct sim_network *network);

/* The conditions begin to change, and become good ones for the rest of the time. */
void sim_network_begin(struct sim_network *network);
void sim_network_heal(struct sim_network *network);

/* Fails the world when some datagram is not accounted for. */
void sim_network_check(struct sim_network *network);

/* The host at this address, whatever the port, or NULL. */
struct sim_host *sim_network_host(struct sim_network *network, const SteamNetworkingIPAddr *address);

/* The link that leads from a host to an address, or NULL. */
struct sim_link *sim_network_route(struct sim_host *from, const SteamNetworkingIPAddr *to);

#endif
