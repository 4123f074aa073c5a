/*
 * The inside of a connection, shared by the files of conn/ that make it up:
 *   connection.c         making, ending, states, datagrams and time
 *   connection_status.c  what the owner reads
 *   connection_pair.c    two of them connected to each other
 *   handshake.c          from the first challenge to the session keys (protocol 6, 10)
 *   closing.c            closed and no-connection messages (protocol 7)
 *   data_packet.c        packets that carry frames, in both directions (protocol 11)
 *   migration.c          following a peer to another address
 *   liveness.c           expected replies, keepalive, timeouts (protocol 17.2 to 17.4)
 *   statistics_meter.c   counting, and the statistics that travel (protocol 17.5, 17.6)
 */
#ifndef CONN_CONNECTION_PRIVATE_H
#define CONN_CONNECTION_PRIVATE_H

#include "conn/connection.h"
#include "conn/handshake.h"
#include "conn/liveness.h"
#include "conn/packet_window.h"
#include "conn/path_validation.h"
#include "conn/statistics_meter.h"
#include "crypto/packet_cipher.h"
#include "snp/ack_tracker.h"
#include "snp/receiver.h"
#include "snp/sender.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/limits.h"

/* The API's states and the internal ones behind them (protocol 7.1, 19.3). */
enum connection_state_value {
    STATE_NONE = k_ESteamNetworkingConnectionState_None,
    STATE_CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    STATE_FINDING_ROUTE = k_ESteamNetworkingConnectionState_FindingRoute,
    STATE_CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    STATE_CLOSED_BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    STATE_PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
    STATE_FIN_WAIT = k_ESteamNetworkingConnectionState_FinWait,
    STATE_LINGER = k_ESteamNetworkingConnectionState_Linger,
    STATE_DEAD = k_ESteamNetworkingConnectionState_Dead,
};

/* Control messages that wait for connection_send. One of a kind is enough: they say what is so now. */
enum pending_control {
    PENDING_CHALLENGE_REQUEST = 1 << 0,
    PENDING_CONNECT_REQUEST = 1 << 1,
    PENDING_CONNECT_OK = 1 << 2,
    PENDING_CLOSED = 1 << 3,
    PENDING_NO_CONNECTION = 1 << 4,
};

enum connection_limits {
    END_TEXT_SIZE = CLOSE_TEXT_MAXIMUM + 1,
    STARVED_RETRY_MS = 100,         /* between attempts to find memory for a message that has arrived */
    CLOSE_REPLY_INTERVAL_MS = 20,   /* a peer that keeps sending into a closed connection is answered no more often */
    SEAL_RETRY_MS = 10,             /* between attempts to find memory for sealing a packet */
    REPLY_CREDIT_MAXIMUM = 4096,    /* bytes of answers that can be saved up */
    HOARDING_MS = 20000,            /* that a peer may take more than its part of what all received messages may take */
    HOARDING_LOOKS = 4,             /* at least so many times it was found so */
    FRAGMENTS_KEPT_MS = 5000,       /* of unreliable messages, through a silence of the peer */
    RELIABLE_PACKETS_PER_ACK = 128, /* received without an ack in between before one is sent at once */
};

struct connection {
    uint32_t local_id, remote_id; /* remote_id 0 until known */
    int state;
    bool initiated_locally; /* the client of the protocol */
    bool fast_network;
    bool quiet;         /* no events: a socket pair is being made */
    bool ended_by_peer; /* answers NoConnection, not ConnectionClosed (protocol 7.3) */
    bool authenticated;
    uint8_t pending; /* enum pending_control */
    uint8_t replies; /* those of them that only answer something, and only as far as there is credit */
    uint32_t reply_credit;
    uint32_t cipher; /* CIPHER_NONE, CIPHER_AES_256_GCM, 0 until chosen */
    uint32_t peer_version;
    struct abilities peer_abilities; /* zero: it is like the deployed ones */
    SteamNetworkingIPAddr remote_address;
    SteamNetworkingIdentity remote_identity; /* invalid until known */

    struct endpoint *endpoint;
    const struct transport_config *config;
    struct connection_events *events;

    microseconds state_entered;
    int end_reason;
    char end_text[END_TEXT_SIZE];
    microseconds next_close_reply, next_stray_reply;
    microseconds linger_until;          /* lingering: by then the peer must have acknowledged some more ... */
    int64_t linger_bytes;               /* ... of so many */
    struct no_connection no_connection; /* the ids of the pending NoConnection */

    struct handshake *handshake; /* NULL once nothing can ask for it any more */
    struct packet_cipher seal, open;
    struct packet_window window;
    struct message_sink sink;
    struct sender sender;
    struct receiver receiver;
    struct ack_tracker acks;
    int64_t batch_begin; /* the first packet number of what connection_send has made last */
    struct path_validation validation;
    int reliable_since_ack;
    microseconds starved_retry_at;
    microseconds hoarding_looked_at;
    microseconds hoarding;         /* how long more than our part was taken, as far as it was looked at */
    microseconds seal_retry_at;    /* before then no data packet is tried */
    microseconds last_packet_sent; /* for time since previous; 0 before the first */
    struct liveness liveness;
    struct statistics_meter meter;
    struct connection_statistics statistics;
};

/* ---- connection.c --------------------------------------------------------------------------------------------- */

void connection_set_state(struct connection *connection, int state, microseconds now);

/* ClosedByPeer with this reason and text; only from Connecting, FindingRoute or Connected. */
void connection_ended_by_peer(struct connection *connection, int reason, const char *text, size_t length,
                              microseconds now);

/* ProblemDetectedLocally, announced to the peer. printf-like. Harmless when the connection ended already. */
void connection_problem(struct connection *connection, microseconds now, int reason, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The numeric limits that follow from configuration and cipher. */
void connection_apply_limits(struct connection *connection);

/* Says when the size of packets is not what it was. */
void connection_note_packet_size(const struct connection *connection, int before);

/*
 * A control message as the answer to a datagram that proves nothing. It is left out when all answers together would
 * exceed three times what has come from the peer's address: its sender may not be the peer.
 */
void connection_reply(struct connection *connection, uint8_t kind);

static inline bool connection_is_open(const struct connection *connection)
{
    return connection->state == STATE_CONNECTED || connection->state == STATE_LINGER ||
           connection->state == STATE_FINDING_ROUTE;
}

static inline bool connection_is_closing(const struct connection *connection)
{
    return connection->state == STATE_FIN_WAIT || connection->state == STATE_CLOSED_BY_PEER ||
           connection->state == STATE_PROBLEM;
}

/* IP_AllowWithoutAuth as it applies to this peer's address (protocol 9.6). */
int connection_allow_unsigned(const struct transport_config *config, const SteamNetworkingIPAddr *address);

/* ---- closing.c ------------------------------------------------------------------------------------------------ */

void closing_received_closed(struct connection *connection, const struct connection_closed *message, microseconds now);
void closing_received_no_connection(struct connection *connection, const struct no_connection *message,
                                    microseconds now);

/* Something for a connection that is closing came from the peer: say again that it is over (protocol 7.3). */
void closing_answer(struct connection *connection, microseconds now);

/* A data packet with an id that is not ours (protocol 7.5). */
void closing_answer_wrong_id(struct connection *connection, uint32_t id, microseconds now);

/*
 * Lingering: the wait begins; it ends when the peer, though it may send, does not acknowledge; when to look again.
 * Delivered or not, the state becomes FinWait.
 */
void closing_begin_linger(struct connection *connection, microseconds now);
void closing_tick_linger(struct connection *connection, microseconds now);

size_t closing_write_closed(const struct connection *connection, uint8_t *out, size_t capacity);

/* ---- data_packet.c -------------------------------------------------------------------------------------------- */

/*
 * `elsewhere`: where it came from if not from the address that the peer is known to have; NULL otherwise. False: it
 * came from elsewhere, and nothing shows that it is the peer's.
 */
bool data_packet_receive(struct connection *connection, const SteamNetworkingIPAddr *elsewhere, uint8_t *datagram,
                         size_t length, microseconds now);

/* Writes the next packet if one is due, and returns its size; 0 if none is. */
size_t data_packet_send(struct connection *connection, uint8_t *out, microseconds now);

/* Whether a packet can be sealed now. If memory is short for that, connection_deadline says when to try again. */
bool data_packet_sealable(struct connection *connection, microseconds now);

/*
 * Writes a packet that asks for an immediate answer and says nothing else, padded to `size` if that is not 0. Returns
 * its size; 0 when the connection has ended over it.
 */
size_t data_packet_write_probe(struct connection *connection, uint8_t *out, size_t size, microseconds now);

microseconds data_packet_deadline(struct connection *connection, microseconds now);

/* ---- migration.c ----------------------------------------------------------------------------------------------- */

/* Whether the connection follows its peer to another address. */
bool migration_possible(const struct connection *connection);

/* The newest packet came from another address. */
void migration_heard(struct connection *connection, const SteamNetworkingIPAddr *from, int64_t number, size_t length,
                     microseconds now);

/* The frames of a packet from another address were acted on, which told of so many probes: the peer may be there. */
void migration_judge(struct connection *connection, const SteamNetworkingIPAddr *from, int arrived, microseconds now);

/* The next probe if one is due, for the address *to; returns its size, or 0. */
size_t migration_send(struct connection *connection, uint8_t *out, SteamNetworkingIPAddr *to, microseconds now);
void migration_tick(struct connection *connection, microseconds now);
microseconds migration_deadline(const struct connection *connection);

#endif
