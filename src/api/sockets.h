/*
 * The sockets interface: one object behind every ISteamNetworkingSockets face, flat or C++. It ties together the handle
 * table, connections, listen sockets, poll groups, the callback queue, the identity and the service threads.
 *
 * There is one such object in a process; the user and the game server accessors share it. Its memory is static, so that
 * a pointer which a program kept over sockets_stop fails cleanly instead of touching freed memory. Every function
 * takes a `self` that may be NULL or stopped and then returns its failure value.
 *
 * Any thread may call any function unless it says otherwise. One function a slot of the interface, with the results of
 * api-contract 5 to 14; the slots for relays, tickets, hosted servers and FakeIP are elsewhere.
 *
 * Locks, taken only in this order: the wide lock (creation, destruction, listing) - a slot's lock (one connection) - a
 * poll group's lock - leaves (configuration, callback queue, wait handles, service timers). Sending, receiving and the
 * arrival of datagrams never take the wide lock. Application callbacks run without any of them.
 */
#ifndef API_SOCKETS_H
#define API_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/callback_queue.h"
#include "conn/drop_counters.h"
#include "fumarole/types.h"

struct sockets;

/* ---- life -------------------------------------------------------------------------------------------------------- */

/*
 * api-contract 2.1. identity NULL: the anonymous localhost identity. `error` may be NULL. While running already: says
 * so in the debug output, changes nothing and returns true.
 */
bool sockets_start(const SteamNetworkingIdentity *identity, char *error /* SteamNetworkingErrMsg */);

/* api-contract 2.2. Harmless when not running. No other thread may be inside a call. */
void sockets_stop(void);

/* The running interface; NULL before the start and after the stop. */
struct sockets *sockets_instance(void);

bool sockets_running(const struct sockets *self);

/* The library was started by a process from which this one was forked: its threads are not here, its locks may be held
 * for ever, and its connections are the other's. Takes no lock. */
bool sockets_belong_to_parent(void);

/* api-contract 2.3; both may be called before the start and keep their setting over a stop. */
void sockets_set_manual_poll_mode(bool manual);
void sockets_set_service_thread_init_callback(void (*callback)(void));

/* How many service threads the next start makes; 0 (the default): as many as suit the machine. False for a number that
 * is not possible, and while the library is running. */
bool sockets_set_service_threads(int count);

/* How often service threads have returned from sleep, and connections have changed threads, since the process began. */
uint64_t sockets_wake_ups(void);
uint64_t sockets_connections_moved(void);

/* Does network work on the calling thread and waits at most so many milliseconds; negative: without limit. Only in
 * manual mode. */
void sockets_poll(int milliseconds);

/* ---- listening and connecting ------------------------------------------------------------------------------------ */

HSteamListenSocket sockets_create_listen_socket_ip(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                   int option_count, const SteamNetworkingConfigValue_t *options);
HSteamNetConnection sockets_connect_by_ip_address(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                  int option_count, const SteamNetworkingConfigValue_t *options);
HSteamListenSocket sockets_create_listen_socket_p2p(struct sockets *self, int virtual_port, int option_count,
                                                    const SteamNetworkingConfigValue_t *options);
HSteamNetConnection sockets_connect_p2p(struct sockets *self, const SteamNetworkingIdentity *identity, int virtual_port,
                                        int option_count, const SteamNetworkingConfigValue_t *options);

/* Takes the signaling object over in every case, as api-contract 7.2 wants. */
HSteamNetConnection sockets_connect_p2p_custom_signaling(struct sockets *self,
                                                         ISteamNetworkingConnectionSignaling *signaling,
                                                         const SteamNetworkingIdentity *peer, int virtual_port,
                                                         int option_count, const SteamNetworkingConfigValue_t *options);
bool sockets_received_p2p_custom_signal(struct sockets *self, const void *data, int size,
                                        ISteamNetworkingSignalingRecvContext *context);

EResult sockets_accept_connection(struct sockets *self, HSteamNetConnection connection);
bool sockets_close_connection(struct sockets *self, HSteamNetConnection connection, int reason, const char *text,
                              bool linger);
bool sockets_close_listen_socket(struct sockets *self, HSteamListenSocket socket);
bool sockets_get_listen_socket_address(struct sockets *self, HSteamListenSocket socket, SteamNetworkingIPAddr *address);
bool sockets_create_socket_pair(struct sockets *self, HSteamNetConnection *first, HSteamNetConnection *second,
                                bool network, const SteamNetworkingIdentity *first_peer,
                                const SteamNetworkingIdentity *second_peer);

/* ---- what a connection is called and how it is doing ------------------------------------------------------------- */

bool sockets_set_connection_user_data(struct sockets *self, HSteamNetConnection connection, int64 user_data);
int64 sockets_get_connection_user_data(struct sockets *self, HSteamNetConnection connection);
void sockets_set_connection_name(struct sockets *self, HSteamNetConnection connection, const char *name);
bool sockets_get_connection_name(struct sockets *self, HSteamNetConnection connection, char *buffer, int size);
bool sockets_get_connection_info(struct sockets *self, HSteamNetConnection connection, SteamNetConnectionInfo_t *info);
EResult sockets_get_connection_real_time_status(struct sockets *self, HSteamNetConnection connection,
                                                SteamNetConnectionRealTimeStatus_t *status, int lane_count,
                                                SteamNetConnectionRealTimeLaneStatus_t *lanes);
int sockets_get_detailed_connection_status(struct sockets *self, HSteamNetConnection connection, char *buffer,
                                           int size);

/* ---- messages ---------------------------------------------------------------------------------------------------- */

EResult sockets_send_message_to_connection(struct sockets *self, HSteamNetConnection connection, const void *data,
                                           uint32 size, int flags, int64 *message_number);

/* The four-argument form of api-contract 10.3. A stopped interface fails every message with InvalidParam. */
void sockets_send_messages(struct sockets *self, int count, SteamNetworkingMessage_t **messages, int64 *results,
                           bool delete_failed);
EResult sockets_flush_messages_on_connection(struct sockets *self, HSteamNetConnection connection);
int sockets_receive_messages_on_connection(struct sockets *self, HSteamNetConnection connection,
                                           SteamNetworkingMessage_t **messages, int maximum);
EResult sockets_configure_connection_lanes(struct sockets *self, HSteamNetConnection connection, int count,
                                           const int *priorities, const uint16 *weights);

HSteamNetPollGroup sockets_create_poll_group(struct sockets *self);
bool sockets_destroy_poll_group(struct sockets *self, HSteamNetPollGroup group);
bool sockets_set_connection_poll_group(struct sockets *self, HSteamNetConnection connection, HSteamNetPollGroup group);
int sockets_receive_messages_on_poll_group(struct sockets *self, HSteamNetPollGroup group,
                                           SteamNetworkingMessage_t **messages, int maximum);

/* ---- who we are -------------------------------------------------------------------------------------------------- */

bool sockets_get_identity(struct sockets *self, SteamNetworkingIdentity *identity);
void sockets_reset_identity(struct sockets *self, const SteamNetworkingIdentity *identity);
ESteamNetworkingAvailability sockets_init_authentication(struct sockets *self);
ESteamNetworkingAvailability sockets_get_authentication_status(struct sockets *self,
                                                               SteamNetAuthenticationStatus_t *status);
bool sockets_get_certificate_request(struct sockets *self, int *size, void *buffer,
                                     char *error /* SteamNetworkingErrMsg */);
bool sockets_set_certificate(struct sockets *self, const void *data, int size, char *error /* SteamNetworkingErrMsg */);

/* Local mode (design, Trust); before the start, afterwards it changes nothing and returns false. */
bool sockets_set_local_mode(bool enabled);

/* A PEM certificate of an authority that is believed from now on until the process ends; works before the start. */
bool sockets_add_trusted_authority(const char *certificate_text, char *error /* SteamNetworkingErrMsg */);

/* The application id, for connections that are made later; works before the start. */
void sockets_set_app_id(uint32 app_id);

/* ---- callbacks --------------------------------------------------------------------------------------------------- */

void sockets_run_callbacks(struct sockets *self);

/*
 * Queues a call of `function` with a copy of `size` bytes at `event`, for the next RunCallbacks. A null function posts
 * nothing (api-contract 3.3). May be called with any lock held.
 */
void sockets_post_callback(struct sockets *self, callback_function function, const void *event, size_t size);

/* ---- extensions (fumarole/extensions.h) -------------------------------------------------------------------------- */

typedef void (*send_queue_callback)(HSteamNetConnection connection, int pending_bytes, void *context);

/* Readable while a message or a callback waits; -1 on failure. */
int sockets_wait_descriptor(struct sockets *self);
int sockets_callback_descriptor(struct sockets *self); /* while a callback waits */
int sockets_poll_group_descriptor(struct sockets *self, HSteamNetPollGroup group);

/* Waits until something waits to be fetched; negative: without limit. Does the network work in manual mode. */
bool sockets_wait(struct sockets *self, int milliseconds);

bool sockets_set_send_queue_callback(struct sockets *self, HSteamNetConnection connection, int low_water_bytes,
                                     send_queue_callback callback, void *context);

/* As sockets_create_listen_socket_ip, with port 0 allowed. */
HSteamListenSocket sockets_create_listen_socket_ip_any_port(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                            int option_count,
                                                            const SteamNetworkingConfigValue_t *options);

/* Datagrams dropped since the process started, by cause; works at any time. */
void sockets_drop_counters(struct drop_counters *counters);

/* ---- hidden connections ------------------------------------------------------------------------------------------ */

/*
 * The virtual port of message sessions. The P2P functions above accept it; those that the program calls do not pass it
 * on.
 */
enum { SOCKETS_HIDDEN_VIRTUAL_PORT = 0x7fffffff };

/*
 * Wherever this function is what value 201 holds, it is not queued for RunCallbacks but called at once, with the locks
 * of the connection held. For connections that the program does not know of.
 */
void sockets_set_direct_status_function(struct sockets *self, callback_function function);

/* Messages taken from hidden connections began to wait for the program, or the last of them was fetched. */
void sockets_note_pending(struct sockets *self, bool pending);

/* ---- faces ------------------------------------------------------------------------------------------------------- */

/*
 * What programs hold as ISteamNetworkingSockets pointers: blocks whose first word points at a table of functions.
 * They are part of the static object, so that they can be told from foreign pointers without being read, and
 * live on (without effect) after the stop.
 */
enum sockets_face {
    SOCKETS_FACE_CURRENT,        /* SendMessages takes four arguments */
    SOCKETS_FACE_THREE_ARGUMENT, /* the interface 012 of the platform's own kit (api-contract 1.3) */
    SOCKETS_FACE_COUNT,
};

/* Sets the table (slot 0 onwards) of a face; before the first start, by whoever owns the tables. */
void sockets_set_face_table(enum sockets_face face, const void *table);

/* The face of the running interface, or NULL. */
ISteamNetworkingSockets *sockets_face(enum sockets_face face);

/* The object behind a pointer that came from a program: NULL for anything but a face. It may be stopped. */
struct sockets *sockets_from_face(const void *face);

#endif
