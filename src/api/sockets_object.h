/*
 * What is inside the sockets object, for the files of this folder that implement sockets.h. Which lock guards what is
 * said beside each field; the order of the locks is in sockets.h.
 */
#ifndef API_SOCKETS_OBJECT_H
#define API_SOCKETS_OBJECT_H

#include "api/authentication.h"
#include "api/callback_queue.h"
#include "api/config_values.h"
#include "api/handle_table.h"
#include "api/poll_group.h"
#include "api/readiness.h"
#include "api/sockets.h"
#include "base/hash_table.h"
#include "base/list.h"
#include "base/log.h"
#include "base/siphash.h"
#include "conn/drop_counters.h"
#include "conn/endpoint.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    LISTEN_SOCKET_LIMIT = 4096, /* listen sockets at a time */
};

struct listen_socket;

struct sockets {
    atomic_bool running;
    pthread_mutex_t lock; /* the wide lock */

    struct handle_table handles;    /* reserving and releasing: wide lock */
    struct poll_group_table groups; /* creating and destroying: wide lock */
    struct readiness readiness;
    struct callback_queue callbacks;
    _Atomic(callback_function) direct_status_function; /* NULL: none */
    struct config_node config;                         /* the interface's; config_values.c locks it */
    struct authentication authentication;
    uint8_t hash_key[SIPHASH_KEY_SIZE]; /* constant while running */
    pid_t process;                      /* that started it; constant while running */

    atomic_uint_least64_t moves; /* connections that went from one thread to another */

    /* Wide lock: */
    struct list connections;    /* api_connection.node, all of them */
    struct hash_table requests; /* api_connection.request_node: incoming ones by identity and the client's id */
    struct listen_socket *listen_sockets[LISTEN_SOCKET_LIMIT];
    uint16_t listen_sequence;  /* upper half of the next listen socket handle, 15 bits */
    struct endpoint *endpoint; /* for connections that are made from now on */
    unsigned era; /* of the identity: counts the resets, so that what is being made across one is noticed */
};

/* With the wide lock held: the group ends, and its members are in none. */
void sockets_end_poll_group(struct sockets *self, struct poll_group *group);

/* A line in the log about an argument that a call refuses; the result is the call's own affair. */
#define reject_argument(function, argument, ...) log_write(LOG_LEVEL_WARNING, function ": " argument " " __VA_ARGS__)

/* Adds the drops of an object that goes away to the process's totals; counts one of somebody without an object. */
void drop_totals_add(const struct drop_counters *counters);
void drop_totals_count(enum drop_cause cause, uint64_t count);

#endif
