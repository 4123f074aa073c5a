/*
 * A connection: handshake, session keys, packet numbers, the message engine, liveness, statistics, close and linger, as
 * one state machine without I/O. It is fed with datagrams, application calls and times; it is asked for datagrams and
 * for its next deadline. The caller serialises all calls on one connection (one lock a connection) and, after every
 * call marked [flush], calls connection_send until it says that nothing is left, then re-arms its timer with
 * connection_deadline.
 *
 * States are the API's, negative ones included (protocol 7.1, 19.3). DEAD asks the owner to destroy the object.
 */
#ifndef CONN_CONNECTION_H
#define CONN_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "conn/statistics.h"
#include "fumarole/types.h"
#include "snp/message.h"
#include "snp/transport_config.h"
#include "wire/datagram_batch.h"

struct certificate_verdict;
struct connection;
struct connect_request;
struct endpoint;
struct memory_quota;

/*
 * What a connection reports. The owner embeds this struct. Both functions run inside a call on the connection, with the
 * owner's lock held, and must not call back into the connection, except for its read-only functions.
 */
struct connection_events {
    /* The internal state changed from `old_state` to connection_state(); the visible state may be the same. */
    void (*state_changed)(struct connection_events *events, struct connection *connection, int old_state);
    /* A message arrived; returning true takes ownership, false says that the receive queue is full (protocol 14.3). */
    bool (*deliver)(struct connection_events *events, struct connection *connection, struct message *message);
    /*
     * The peer has proved to be at another address, to which everything goes from now on. False: it cannot be there,
     * everything stays as it is. NULL: it can always be.
     */
    bool (*moved)(struct connection_events *events, struct connection *connection,
                  const SteamNetworkingIPAddr *address);
};

struct connection_parameters {
    uint32_t local_id; /* the handle; both 16-bit halves nonzero (protocol 5) */
    SteamNetworkingIPAddr remote_address;
    const SteamNetworkingIdentity *expected_peer; /* client: the only acceptable peer; NULL or invalid: anybody */
    struct endpoint *endpoint;                    /* a reference is taken */
    const struct transport_config *config;        /* borrowed for the connection's life */
    struct connection_events *events;             /* borrowed for the connection's life */
    struct memory_quota *receive_memory;          /* borrowed, shared by connections; NULL: no common limit */
    bool fast_network;                            /* the remote address is local: info flag 8 */
};

/* ---- making and ending --------------------------------------------------------------------------------------- */

/*
 * [flush] An outgoing connection in state Connecting. Returns NULL when memory is short or a certificate is required
 * (allow_without_auth 0) and the endpoint has none; `error` (at least 128 bytes, may be NULL) then says why. No event
 * is reported.
 */
struct connection *connection_connect(const struct connection_parameters *parameters, microseconds now, char *error);

/*
 * What a request is worth that the listener has let through (protocol 6.4 step 8): whether certificate, key exchange
 * and version are acceptable. `allow_unsigned`: IP_AllowWithoutAuth for this address; `from_identity` is the identity
 * the listener established. When they are not, the verdict says why, for a log line. Costs signatures, allocates
 * nothing; any thread.
 */
bool connection_judge_request(const struct endpoint *endpoint, int allow_unsigned,
                              const struct connect_request *request, const SteamNetworkingIdentity *from_identity,
                              struct certificate_verdict *verdict);

/*
 * An incoming connection in state Connecting from a request that was found acceptable (protocol 6.4 steps 7 and 9).
 * NULL when memory is short. No event is reported.
 */
struct connection *connection_incoming_judged(const struct connection_parameters *parameters,
                                              const struct connect_request *request,
                                              const SteamNetworkingIdentity *from_identity,
                                              const struct certificate_verdict *verdict, microseconds now);

/*
 * Both. Returns NULL, silently as the protocol wants, when the request is not acceptable; `end_reason` and `error` (at
 * least 128 bytes, may be NULL) say why.
 */
struct connection *connection_incoming(const struct connection_parameters *parameters,
                                       const struct connect_request *request,
                                       const SteamNetworkingIdentity *from_identity, microseconds now, int *end_reason,
                                       char *error);

/* Two connections, already Connected to each other and with keys in place (socket pairs over the loopback network). */
bool connection_make_pair(struct connection *pair[2], const struct connection_parameters parameters[2],
                          microseconds now);

/* Frees everything, at any time, without a word to the peer. NULL is allowed. */
void connection_destroy(struct connection *connection);

/* [flush] Accepts an incoming connection: k_EResultOK, or as api-contract 8.1 (InvalidParam, InvalidState,
 * HandshakeFailed). */
EResult connection_accept(struct connection *connection, microseconds now);

/*
 * [flush] The application lets go (api-contract 8.2): reason and text are normalised here. With linger and reliable
 * data outstanding the state becomes Linger, otherwise FinWait; in ClosedByPeer and Problem reason and text are
 * ignored.
 */
void connection_close(struct connection *connection, int reason, const char *text, bool linger, microseconds now);

/* [flush] A local failure: state ProblemDetectedLocally with this reason and text (used by the owner for socket
 * errors). */
void connection_fail(struct connection *connection, int reason, const char *text, microseconds now);

/* ---- datagrams and time -------------------------------------------------------------------------------------- */

/*
 * [flush] One datagram from the peer's address, decrypted in place. The owner may feed several before it flushes.
 */
void connection_receive(struct connection *connection, uint8_t *datagram, size_t length, microseconds now);

/*
 * [flush] A data packet with this connection's id that came from another address than the peer's. False when it has
 * nothing to do with this connection (its bytes may have changed all the same). When the peer turns out to be there,
 * `moved` is reported.
 */
bool connection_receive_elsewhere(struct connection *connection, const SteamNetworkingIPAddr *from, uint8_t *datagram,
                                  size_t length, microseconds now);

/* [flush] Something may be due; harmless when called early. */
void connection_tick(struct connection *connection, microseconds now);

/*
 * Adds what is ready to be sent now to `batch`. Returns true when the batch became full and there is more: send it,
 * clear it and call again.
 */
bool connection_send(struct connection *connection, struct datagram_batch *batch, microseconds now);

/*
 * The same for another address than the peer's, where it may be: writes a datagram into `out` (room for
 * DATAGRAM_BATCH_DATAGRAM_SIZE bytes) and its destination into *to. Returns its size; 0 when there is none (any more).
 * To be asked after connection_send.
 */
size_t connection_send_elsewhere(struct connection *connection, uint8_t *out, SteamNetworkingIPAddr *to,
                                 microseconds now);

/*
 * This machine refused to send some of what the last connection_send has put into the batch, because it was too large.
 * Returns whether connection_send has something instead.
 */
bool connection_datagram_too_large(struct connection *connection, microseconds now);

/* [flush] What is sent takes another path from now on: this machine's address has changed. */
void connection_path_changed(struct connection *connection, microseconds now);

/* How large its data packets may be at present. */
int connection_packet_size(const struct connection *connection);

/* How many times in a row the peer did not answer in time. */
int connection_answers_missing(const struct connection *connection);

/* When connection_tick wants to be called next; TIME_NEVER when nothing is pending. */
microseconds connection_deadline(struct connection *connection, microseconds now);

/* The transport_config that the connection was made with has new values. [flush] */
void connection_config_changed(struct connection *connection, microseconds now);

/* packet_size may become smaller only while no reliable data is in flight (config value 32). */
bool connection_may_shrink_packets(const struct connection *connection);

/* The owner's receive queue has room again after a refused delivery. Retries at once. [flush] */
void connection_receive_queue_drained(struct connection *connection, microseconds now);

/* True while deliveries are held back because the receive queue was full. */
bool connection_delivery_blocked(const struct connection *connection);

/* Hardly any packets come and go. */
bool connection_is_quiet(const struct connection *connection);

/* ---- messages ------------------------------------------------------------------------------------------------ */

/*
 * [flush] Queues a message; size, flags and lane are taken from it. On k_EResultOK the connection owns it and *number
 * is its message number; otherwise it stays the caller's (api-contract 10.2, 10.3: InvalidParam, NoConnection,
 * InvalidState, Ignored, LimitExceeded).
 */
EResult connection_send_message(struct connection *connection, struct message *message, microseconds now,
                                int64_t *number);

/*
 * [flush] The same for a message of lane 0 that the owner has said yes to, without regard to the send buffer's limit.
 * k_EResultNoConnection when the connection is not connected (any more).
 */
EResult connection_send_admitted(struct connection *connection, struct message *message, microseconds now);

/* [flush] Cancels Nagle delays: k_EResultOK, Ignored before connection, NoConnection when ended (api-contract 10.5). */
EResult connection_flush_messages(struct connection *connection, microseconds now);

/* api-contract 12: OK, InvalidState, InvalidParam, Fail (peer too old for lanes; the connection ends with 4006).
 * [flush] */
EResult connection_configure_lanes(struct connection *connection, int count, const int *priorities,
                                   const uint16_t *weights, microseconds now);

/* ---- reading ------------------------------------------------------------------------------------------------- */

int connection_state(const struct connection *connection); /* with the negative ones */
uint32_t connection_local_id(const struct connection *connection);
uint32_t connection_remote_id(const struct connection *connection); /* 0 until known */
const SteamNetworkingIPAddr *connection_remote_address(const struct connection *connection);
const SteamNetworkingIdentity *connection_remote_identity(const struct connection *connection);

/* Fills the fields that the connection knows: remote identity, address, state, end reason and text, flags. */
void connection_fill_info(const struct connection *connection, SteamNetConnectionInfo_t *info);

/* api-contract 9.4. `lanes` may be NULL when lane_count is 0. Resets the reported maximum of jitter. InvalidParam for a
 * bad lane count. */
EResult connection_real_time_status(struct connection *connection, microseconds now,
                                    SteamNetConnectionRealTimeStatus_t *status, int lane_count,
                                    SteamNetConnectionRealTimeLaneStatus_t *lanes);

/* Bytes queued for sending, with what waits for Nagle and what is to be resent. */
int64_t connection_pending_bytes(const struct connection *connection);

/* Everything counted since the connection was made, for the detailed status text. */
const struct connection_statistics *connection_statistics(struct connection *connection, microseconds now);

#endif
