/*
 * A listen socket: where connections come in. Over IP it has a UDP socket for every service thread, all on one address
 * and port, and routes what arrives: to the connection that the packet names or the sender's address belongs to
 * (protocol 3.3), else to the stateless listener. What a stranger's datagram costs, in which order, is said at the top
 * of conn/listener.c; the signatures and the object come here, in admit. In memory (P2P) it is a virtual port that
 * ConnectP2P finds.
 *
 * Owned by the sockets object's table. The children, connections that came in here, never outlive it. Its own lock is a
 * leaf and guards the address table and the listener.
 */
#ifndef API_LISTEN_SOCKET_H
#define API_LISTEN_SOCKET_H

#include "api/config_values.h"
#include "base/hash_table.h"
#include "base/list.h"
#include "conn/listener.h"
#include "fumarole/types.h"
#include "net/service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct api_connection;
struct sockets;

struct listen_socket {
    struct sockets *sockets;
    HSteamListenSocket handle;
    struct config_node config;
    struct list children; /* api_connection.listen_node; wide lock */
    bool is_p2p;
    int virtual_port;              /* P2P */
    SteamNetworkingIPAddr address; /* IP: as bound */
    struct service_socket_events events;
    struct service_socket *udp[SERVICE_LOOPS_MAXIMUM];
    int udp_count;

    pthread_mutex_t lock;
    bool open;                        /* lets new connections in; changed with the wide lock held, too */
    struct hash_table by_address;     /* api_connection.address_node */
    struct listener *listener;        /* over IP; NULL otherwise */
    int allow_without_auth;           /* config value 23 */
    int localhost_allow_without_auth; /* config value 52 */
    int waiting;                      /* connections that came in, were never accepted, and are not gone yet */
    int waiting_limit;                /* config value 10008; 0: none */
    bool told_full;                   /* the log has said that the limit is reached */

    atomic_int references; /* of the service: it frees the memory */
    struct service_task reclaim;
};

/* An object with a configuration below the interface's, not open yet; no lock is needed. NULL when memory is short. */
struct listen_socket *listen_socket_new(struct sockets *self);

/* Opens the UDP sockets. False: `error` (SERVICE_ERROR_TEXT) says why. No lock held. */
bool listen_socket_bind(struct listen_socket *listen_socket, const SteamNetworkingIPAddr *address, char *error);

/* With the wide lock held: gives it a handle and lets connections in. False: there are too many. */
bool listen_socket_open(struct listen_socket *listen_socket);

/* Undoes everything before listen_socket_open. */
void listen_socket_abandon(struct listen_socket *listen_socket);

/* With the wide lock held: NULL for a handle that is nobody's. */
struct listen_socket *listen_socket_find(struct sockets *self, HSteamListenSocket handle);
struct listen_socket *listen_socket_find_port(struct sockets *self, int virtual_port);

/* Lets nobody in any more. */
void listen_socket_shut(struct listen_socket *listen_socket);

/* With the wide lock held: ends all children (api-contract 5.4) and then itself. */
void listen_socket_close(struct listen_socket *listen_socket);

/* With the wide lock held: the configuration changed. */
void listen_socket_refresh(struct listen_socket *listen_socket);

/* With the wide lock held: a connection came in or goes away. */
void listen_socket_adopt(struct listen_socket *listen_socket, struct api_connection *connection);
void listen_socket_forget(struct listen_socket *listen_socket, struct api_connection *connection);

/* With the slot locked: the application has accepted a connection that came in here. */
void listen_socket_accepted(struct listen_socket *listen_socket, struct api_connection *connection);

/* With the slot locked: the peer of a connection is at another address. False: another connection's is there already.
 */
bool listen_socket_move(struct listen_socket *listen_socket, struct api_connection *connection,
                        const SteamNetworkingIPAddr *address);

/* Adds what the listener has dropped so far. */
void listen_socket_count_drops(struct listen_socket *listen_socket, struct drop_counters *sum);

#endif
