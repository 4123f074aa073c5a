#include "conn/connection.h"

#include "base/alloc.h"
#include "base/log.h"
#include "cert/certificate_policy.h"
#include "conn/close_reason.h"
#include "conn/connection_private.h"
#include "conn/endpoint.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- states --------------------------------------------------------------------------------------------------- */

static const char *state_name(int state)
{
    switch (state) {
    case STATE_NONE:
        return "None";
    case STATE_CONNECTING:
        return "Connecting";
    case STATE_FINDING_ROUTE:
        return "FindingRoute";
    case STATE_CONNECTED:
        return "Connected";
    case STATE_CLOSED_BY_PEER:
        return "ClosedByPeer";
    case STATE_PROBLEM:
        return "ProblemDetectedLocally";
    case STATE_FIN_WAIT:
        return "FinWait";
    case STATE_LINGER:
        return "Linger";
    default:
        return "Dead";
    }
}

static void say_unasked(struct connection *connection, uint8_t kind)
{
    connection->pending |= kind;
    connection->replies &= (uint8_t)~kind;
}

void connection_set_state(struct connection *connection, int state, microseconds now)
{
    int old = connection->state;

    if (state == old)
        return;
    connection->state = state;
    connection->state_entered = now;
    if (state == STATE_CONNECTED) {
        connection->statistics.connected_at = now;
        liveness_init(&connection->liveness, connection->initiated_locally, now);
        connection->hoarding_looked_at = now;
        /* A server that can follow it has to hear of it (migration.c). */
        connection->liveness.watchful = connection->initiated_locally && connection->cipher == CIPHER_AES_256_GCM &&
                                        connection->peer_abilities.packet_jump > 0;
    } else if (state == STATE_FIN_WAIT) {
        say_unasked(connection, connection->ended_by_peer ? PENDING_NO_CONNECTION : PENDING_CLOSED);
        connection->no_connection =
            (struct no_connection){.from_id = connection->local_id, .to_id = connection->remote_id};
    } else if (state == STATE_PROBLEM) {
        say_unasked(connection, PENDING_CLOSED);
    }
    if (connection_is_closing(connection) || state == STATE_LINGER)
        receiver_abandon(&connection->receiver, state == STATE_LINGER || state == STATE_FIN_WAIT);
    if (connection->statistics.ended_at == 0 && connection_is_closing(connection))
        connection->statistics.ended_at = now;
    if (connection_is_closing(connection) || state == STATE_LINGER)
        connection->pending &= (uint8_t) ~(PENDING_CHALLENGE_REQUEST | PENDING_CONNECT_REQUEST);
    if (connection_is_closing(connection)) {
        connection->pending &= (uint8_t)~PENDING_CONNECT_OK;
        /* Nothing is sealed or opened any more (protocol 7.3), however long the application keeps its handle. */
        handshake_free(connection);
        packet_cipher_free(&connection->seal);
        packet_cipher_free(&connection->open);
    }
    log_write(LOG_LEVEL_VERBOSE, "connection #%u: %s, was %s", connection->local_id, state_name(state),
              state_name(old));
    if (!connection->quiet)
        connection->events->state_changed(connection->events, connection, old);
}

/* Text for a person, cut to what a close message carries, on one line. */
static void set_end(struct connection *connection, int reason, const char *text, size_t length)
{
    if (length >= END_TEXT_SIZE)
        length = END_TEXT_SIZE - 1;
    connection->end_reason = reason;
    memcpy(connection->end_text, text, length);
    connection->end_text[length] = 0;
}

void connection_ended_by_peer(struct connection *connection, int reason, const char *text, size_t length,
                              microseconds now)
{
    set_end(connection, reason, text, length);
    connection->ended_by_peer = true;
    connection_set_state(connection, STATE_CLOSED_BY_PEER, now);
}

static void problem_text(struct connection *connection, int reason, const char *text, microseconds now)
{
    switch (connection->state) {
    case STATE_LINGER: /* the application let go already and is not told (protocol 7.2) */
        connection_set_state(connection, STATE_FIN_WAIT, now);
        break;
    case STATE_CONNECTING:
    case STATE_FINDING_ROUTE:
    case STATE_CONNECTED:
        set_end(connection, reason, text, strlen(text));
        log_write(LOG_LEVEL_MESSAGE, "connection #%u: problem %d: %s", connection->local_id, reason, text);
        connection_set_state(connection, STATE_PROBLEM, now);
        break;
    default:
        break;
    }
}

void connection_problem(struct connection *connection, microseconds now, int reason, const char *format, ...)
{
    char text[END_TEXT_SIZE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    problem_text(connection, reason, text, now);
}

void connection_fail(struct connection *connection, int reason, const char *text, microseconds now)
{
    problem_text(connection, reason, text, now);
}

/* ---- making and ending ---------------------------------------------------------------------------------------- */

int connection_allow_unsigned(const struct transport_config *config, const SteamNetworkingIPAddr *address)
{
    int allow = config->allow_without_auth;

    if (address_is_loopback(address) && config->localhost_allow_without_auth > allow)
        allow = config->localhost_allow_without_auth;
    return allow;
}

void connection_note_packet_size(const struct connection *connection, int before)
{
    int size = sender_packet_size(&connection->sender);

    if (size != before)
        log_write(LOG_LEVEL_VERBOSE, "connection #%u: packets of %d bytes at most, was %d", connection->local_id, size,
                  before);
}

void connection_apply_limits(struct connection *connection)
{
    uint32_t tag = connection->cipher == CIPHER_NONE ? 0 : PACKET_TAG_SIZE;

    sender_set_plaintext_limit(&connection->sender,
                               (uint32_t)connection->config->packet_size - PACKET_PROTECTED_MARGIN - tag);
}

static bool deliver(struct message_sink *sink, struct message *message)
{
    struct connection *connection = container_of(sink, struct connection, sink);
    bool reliable = (message->api.m_nFlags & k_nSteamNetworkingSend_Reliable) != 0;

    if (!connection->events->deliver(connection->events, connection, message))
        return false;
    connection->statistics.messages_received[reliable]++;
    return true;
}

static struct connection *make(const struct connection_parameters *parameters, microseconds now)
{
    struct connection *connection = mem_alloc_zeroed(sizeof *connection);

    if (!connection)
        return NULL;
    connection->local_id = parameters->local_id;
    connection->remote_address = parameters->remote_address;
    connection->fast_network = parameters->fast_network;
    connection->config = parameters->config;
    connection->events = parameters->events;
    connection->endpoint = endpoint_retain(parameters->endpoint);
    connection->state = STATE_NONE;
    connection->state_entered = now;
    connection->sink.deliver = deliver;
    identity_clear(&connection->remote_identity);
    liveness_init(&connection->liveness, connection->initiated_locally, now);
    statistics_meter_init(&connection->meter, &connection->statistics, now);
    packet_window_init(&connection->window, 1);
    ack_tracker_init(&connection->acks, 1);
    receiver_init(&connection->receiver, connection->config, &connection->sink, parameters->receive_memory);
    sender_init(&connection->sender, connection->config, PACKET_FIRST_NUMBER, now);
    return connection;
}

void connection_destroy(struct connection *connection)
{
    if (!connection)
        return;
    handshake_free(connection);
    packet_cipher_free(&connection->seal);
    packet_cipher_free(&connection->open);
    sender_free(&connection->sender);
    receiver_free(&connection->receiver);
    ack_tracker_free(&connection->acks);
    endpoint_release(connection->endpoint);
    mem_free(connection);
}

static void report_error(char *error, const char *text)
{
    if (error)
        snprintf(error, END_TEXT_SIZE, "%s", text);
}

struct connection *connection_connect(const struct connection_parameters *parameters, microseconds now, char *error)
{
    struct connection *connection = make(parameters, now);
    const char *text = "out of memory";

    if (!connection) {
        report_error(error, text);
        return NULL;
    }
    connection->initiated_locally = true;
    if (parameters->expected_peer)
        connection->remote_identity = *parameters->expected_peer;
    if (!handshake_begin_client(connection, now, &text)) {
        report_error(error, text);
        connection_destroy(connection);
        return NULL;
    }
    connection->state = STATE_CONNECTING;
    return connection;
}

/* What came from the peer's address, whoever may have written it, pays for answers that go there. */
static void earn_credit(struct connection *connection, size_t length)
{
    uint32_t credit = connection->reply_credit + REPLY_AMPLIFICATION * (uint32_t)length;

    connection->reply_credit = credit < REPLY_CREDIT_MAXIMUM ? credit : REPLY_CREDIT_MAXIMUM;
}

struct connection *connection_incoming_judged(const struct connection_parameters *parameters,
                                              const struct connect_request *request,
                                              const SteamNetworkingIdentity *from_identity,
                                              const struct certificate_verdict *verdict, microseconds now)
{
    struct connection *connection = make(parameters, now);

    if (!connection)
        return NULL;
    connection->remote_id = request->client_id;
    connection->remote_identity = *from_identity;
    if (handshake_begin_server(connection, request, verdict, now)) {
        connection->state = STATE_CONNECTING;
        earn_credit(connection, DATAGRAM_PADDED_MINIMUM); /* at least that it took to get the challenge */
        return connection;
    }
    connection_destroy(connection);
    return NULL;
}

struct connection *connection_incoming(const struct connection_parameters *parameters,
                                       const struct connect_request *request,
                                       const SteamNetworkingIdentity *from_identity, microseconds now, int *end_reason,
                                       char *error)
{
    int allow = connection_allow_unsigned(parameters->config, &parameters->remote_address);
    struct certificate_verdict verdict;
    struct connection *connection;

    if (!connection_judge_request(parameters->endpoint, allow, request, from_identity, &verdict)) {
        *end_reason = verdict.end_reason;
        report_error(error, verdict.text);
        return NULL;
    }
    connection = connection_incoming_judged(parameters, request, from_identity, &verdict, now);
    *end_reason = connection ? 0 : END_INTERNAL_ERROR;
    if (!connection)
        report_error(error, "out of memory");
    return connection;
}

EResult connection_accept(struct connection *connection, microseconds now)
{
    if (connection->state != STATE_CONNECTING)
        return k_EResultInvalidState;
    if (connection->initiated_locally)
        return k_EResultInvalidParam;
    if (!handshake_accept(connection, now))
        return connection->end_reason == END_REMOTE_BAD_CRYPT ? k_EResultHandshakeFailed : k_EResultFail;
    connection_set_state(connection, STATE_CONNECTED, now);
    return k_EResultOK;
}

static void set_application_end(struct connection *connection, int reason, const char *text)
{
    connection->end_reason = close_reason_normalise(reason, text, connection->end_text);
}

void connection_close(struct connection *connection, int reason, const char *text, bool linger, microseconds now)
{
    switch (connection->state) {
    case STATE_CONNECTED:
        set_application_end(connection, reason, text);
        sender_release_held(&connection->sender);
        connection_set_state(connection,
                             linger && sender_reliable_outstanding(&connection->sender) ? STATE_LINGER : STATE_FIN_WAIT,
                             now);
        if (connection->state == STATE_LINGER)
            closing_begin_linger(connection, now);
        break;
    case STATE_CONNECTING:
    case STATE_FINDING_ROUTE:
        set_application_end(connection, reason, text);
        connection_set_state(connection, STATE_FIN_WAIT, now);
        break;
    case STATE_CLOSED_BY_PEER:
    case STATE_PROBLEM:
        connection_set_state(connection, STATE_FIN_WAIT, now);
        break;
    case STATE_LINGER:
        /* There is no more time for what is undelivered, but the peer is told, with the reason it was closed for. */
        if (!linger)
            connection_set_state(connection, STATE_FIN_WAIT, now);
        break;
    default:
        break;
    }
    /* What remains of the connection for some seconds is there to repeat a lost goodbye; it needs no payloads. */
    if (connection->state == STATE_FIN_WAIT)
        sender_discard(&connection->sender);
}

/* ---- datagrams and time --------------------------------------------------------------------------------------- */

static void receive_control(struct connection *connection, const uint8_t *datagram, size_t length, microseconds now)
{
    struct control_message message;

    switch (control_decode(datagram, length, &message)) {
    case CONTROL_OK:
        break;
    case CONTROL_UNKNOWN:
        drop_count(&connection->statistics.drops, DROP_UNKNOWN_MESSAGE);
        return;
    case CONTROL_MALFORMED:
        drop_count(&connection->statistics.drops, DROP_MALFORMED);
        return;
    }
    switch (message.kind) {
    case CONTROL_CHALLENGE_REQUEST:
        handshake_received_repeat(connection, message.challenge_request.client_id, false, 0, now);
        break;
    case CONTROL_CHALLENGE_REPLY:
        handshake_received_challenge_reply(connection, &message.challenge_reply, now);
        break;
    case CONTROL_CONNECT_REQUEST:
        handshake_received_repeat(connection, message.connect_request.client_id,
                                  message.connect_request.has_client_time, message.connect_request.client_time, now);
        break;
    case CONTROL_CONNECT_OK:
        handshake_received_connect_ok(connection, &message.connect_ok, now);
        break;
    case CONTROL_CONNECTION_CLOSED:
        closing_received_closed(connection, &message.connection_closed, now);
        break;
    case CONTROL_NO_CONNECTION:
        closing_received_no_connection(connection, &message.no_connection, now);
        break;
    }
}

void connection_receive(struct connection *connection, uint8_t *datagram, size_t length, microseconds now)
{
    statistics_meter_received(&connection->statistics, length);
    earn_credit(connection, length);
    switch (datagram_classify(datagram, length)) {
    case DATAGRAM_INVALID:
        drop_count(&connection->statistics.drops, length < DATAGRAM_MINIMUM ? DROP_TOO_SHORT : DROP_TOO_LONG);
        break;
    case DATAGRAM_DATA:
        data_packet_receive(connection, NULL, datagram, length, now);
        break;
    case DATAGRAM_CONTROL:
        receive_control(connection, datagram, length, now);
        break;
    }
}

bool connection_receive_elsewhere(struct connection *connection, const SteamNetworkingIPAddr *from, uint8_t *datagram,
                                  size_t length, microseconds now)
{
    if (!migration_possible(connection) || datagram_classify(datagram, length) != DATAGRAM_DATA ||
        !data_packet_receive(connection, from, datagram, length, now))
        return false;
    statistics_meter_received(&connection->statistics, length);
    return true;
}

static void tick_connecting(struct connection *connection, microseconds now)
{
    if (now - connection->state_entered >= connection->config->timeout_initial_ms * MILLISECOND) {
        connection_problem(connection, now, END_TIMED_OUT,
                           connection->initiated_locally ? (connection->handshake->version_seen
                                                                ? "The server did not accept the connection in time"
                                                                : "The server did not answer in time")
                                                         : "The application did not accept the connection in time");
        return;
    }
    if (connection->initiated_locally && now >= connection->handshake->retry_at) {
        connection->pending |= PENDING_CHALLENGE_REQUEST;
        connection->handshake->retry_at = now + HANDSHAKE_RETRY_MS * MILLISECOND;
    }
}

/* A message that has arrived found no memory. Its packet is acknowledged, so nobody but the clock brings it up again.
 */
static bool starves(const struct connection *connection)
{
    return connection->state == STATE_CONNECTED && connection->receiver.starved;
}

/*
 * What is acknowledged cannot be dropped, so a peer that fills our memory with what never becomes a message is let go,
 * if others lack that memory.
 */
static bool hoards(struct connection *connection, microseconds now)
{
    microseconds elapsed =
        time_earlier(now - connection->hoarding_looked_at, HOARDING_MS * MILLISECOND / HOARDING_LOOKS);

    connection->hoarding_looked_at = now;
    if (memory_share_is_over(&connection->receiver.budget.share))
        connection->hoarding += elapsed;
    else
        connection->hoarding = time_later(connection->hoarding - elapsed, 0);
    return connection->hoarding >= HOARDING_MS * MILLISECOND;
}

static void tick_open(struct connection *connection, microseconds now)
{
    int before = sender_packet_size(&connection->sender);
    uint8_t lost = sender_tick(&connection->sender, now);

    connection_note_packet_size(connection, before);
    if (lost)
        statistics_meter_lost(&connection->meter, lost);
    migration_tick(connection, now);
    liveness_tick(&connection->liveness, now);
    if (liveness_timed_out(&connection->liveness, connection->config->timeout_connected_ms * MILLISECOND, now))
        connection_problem(connection, now, END_TIMED_OUT, "The peer has not answered for %lld ms",
                           (long long)((now - connection->liveness.last_received) / MILLISECOND));
    else if (connection->state == STATE_CONNECTED && hoards(connection, now))
        connection_problem(connection, now, END_GENERIC,
                           "The peer's unfinished messages take %lld bytes, and others have too few",
                           (long long)receive_budget_used(&connection->receiver.budget));
    else if (connection->state == STATE_LINGER)
        closing_tick_linger(connection, now);
    else if (starves(connection) && now >= connection->starved_retry_at) {
        connection->starved_retry_at = now + STARVED_RETRY_MS * MILLISECOND;
        connection_receive_queue_drained(connection, now);
    }
}

void connection_tick(struct connection *connection, microseconds now)
{
    switch (connection->state) {
    case STATE_CONNECTING:
        tick_connecting(connection, now);
        break;
    case STATE_FINDING_ROUTE:
    case STATE_CONNECTED:
    case STATE_LINGER:
        tick_open(connection, now);
        break;
    case STATE_FIN_WAIT:
        if (now - connection->state_entered >= FIN_WAIT_MS * MILLISECOND)
            connection_set_state(connection, STATE_DEAD, now);
        break;
    default:
        break;
    }
}

void connection_reply(struct connection *connection, uint8_t kind)
{
    if (!(connection->pending & kind))
        connection->replies |= kind;
    connection->pending |= kind;
}

static size_t encode_control(struct connection *connection, uint8_t kind, uint8_t *out, microseconds now)
{
    size_t capacity = DATAGRAM_MAXIMUM;

    switch (kind) {
    case PENDING_CHALLENGE_REQUEST:
        return handshake_write_challenge_request(connection, out, capacity, now);
    case PENDING_CONNECT_REQUEST:
        return handshake_write_connect_request(connection, out, capacity, now);
    case PENDING_CONNECT_OK:
        return handshake_write_connect_ok(connection, out, capacity, now);
    case PENDING_CLOSED:
        return closing_write_closed(connection, out, capacity);
    default:
        return no_connection_encode(&connection->no_connection, out, capacity);
    }
}

/* Writes one pending control message, the most urgent first; 0 when none can be written or afforded. */
static size_t write_control(struct connection *connection, uint8_t *out, microseconds now)
{
    uint8_t kind = connection->pending & (uint8_t)-connection->pending;
    bool reply = (connection->replies & kind) != 0;
    size_t size;

    connection->pending &= (uint8_t)~kind;
    connection->replies &= (uint8_t)~kind;
    size = encode_control(connection, kind, out, now);
    if (reply && size > connection->reply_credit)
        return 0;
    connection->reply_credit -= size < connection->reply_credit ? (uint32_t)size : connection->reply_credit;
    return size;
}

bool connection_is_quiet(const struct connection *connection)
{
    return statistics_meter_quiet(&connection->meter, &connection->statistics);
}

/*
 * When hardly any packets come and go, memory that only makes the next one quicker is worth more to other connections.
 */
static void rest_if_quiet(struct connection *connection)
{
    if (!connection_is_quiet(connection))
        return;
    packet_cipher_rest(&connection->seal);
    packet_cipher_rest(&connection->open);
    sender_rest(&connection->sender);
    receiver_rest(&connection->receiver);
    ack_tracker_rest(&connection->acks);
}

bool connection_send(struct connection *connection, struct datagram_batch *batch, microseconds now)
{
    uint8_t *room;

    connection->batch_begin = connection->sender.packets.next;
    while (connection->pending) {
        size_t size;

        room = datagram_batch_room(batch);
        if (!room)
            return true;
        size = write_control(connection, room, now);
        if (size > 0) {
            datagram_batch_commit(batch, size);
            statistics_meter_sent(&connection->statistics, size);
        }
    }
    while (connection_is_open(connection)) {
        size_t size;

        room = datagram_batch_room(batch);
        if (!room)
            return true;
        size = data_packet_send(connection, room, now);
        if (size == 0)
            break;
        datagram_batch_commit(batch, size);
    }
    if (connection->pending)
        return true;
    rest_if_quiet(connection);
    return false;
}

size_t connection_send_elsewhere(struct connection *connection, uint8_t *out, SteamNetworkingIPAddr *to,
                                 microseconds now)
{
    return migration_send(connection, out, to, now);
}

bool connection_datagram_too_large(struct connection *connection, microseconds now)
{
    int before = sender_packet_size(&connection->sender);
    bool more = sender_withdraw_large(&connection->sender, connection->batch_begin, now);

    connection_note_packet_size(connection, before);
    return more && connection_is_open(connection);
}

void connection_path_changed(struct connection *connection, microseconds now)
{
    sender_path_changed(&connection->sender, -1, now);
}

int connection_packet_size(const struct connection *connection)
{
    return sender_packet_size(&connection->sender);
}

int connection_answers_missing(const struct connection *connection)
{
    return connection_is_open(connection) ? connection->liveness.reply_timeouts : 0;
}

microseconds connection_deadline(struct connection *connection, microseconds now)
{
    switch (connection->state) {
    case STATE_CONNECTING: {
        microseconds deadline = connection->state_entered + connection->config->timeout_initial_ms * MILLISECOND;

        return connection->initiated_locally ? time_earlier(deadline, connection->handshake->retry_at) : deadline;
    }
    case STATE_FINDING_ROUTE:
    case STATE_CONNECTED:
    case STATE_LINGER: {
        microseconds deadline = time_earlier(
            data_packet_deadline(connection, now),
            liveness_deadline(&connection->liveness, connection->config->timeout_connected_ms * MILLISECOND));

        deadline = time_earlier(deadline, migration_deadline(connection));
        if (starves(connection))
            deadline = time_earlier(deadline, connection->starved_retry_at);
        deadline = time_later(deadline, connection->seal_retry_at);
        return connection->state == STATE_LINGER ? time_earlier(deadline, connection->linger_until) : deadline;
    }
    case STATE_FIN_WAIT:
        return connection->state_entered + FIN_WAIT_MS * MILLISECOND;
    default:
        return TIME_NEVER;
    }
}

void connection_config_changed(struct connection *connection, microseconds now)
{
    if (connection->cipher != 0)
        connection_apply_limits(connection);
    sender_update_rate(&connection->sender, now);
}

bool connection_may_shrink_packets(const struct connection *connection)
{
    return !sender_reliable_outstanding(&connection->sender);
}

void connection_receive_queue_drained(struct connection *connection, microseconds now)
{
    const char *error = NULL;

    if (!receiver_retry(&connection->receiver, now, &error))
        connection_problem(connection, now, END_INTERNAL_ERROR, "The peer broke the protocol: %s", error);
}

bool connection_delivery_blocked(const struct connection *connection)
{
    return receiver_blocked(&connection->receiver);
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

static void note_queued(struct connection *connection, const struct message *message)
{
    connection->statistics.messages_sent[message_is_reliable(message)]++;
    log_write_for(LOG_LEVEL_VERBOSE, connection->config->log_level_message,
                  "connection #%u: queued message %lld, lane %u, %d bytes", connection->local_id,
                  (long long)message->api.m_nMessageNumber, message->api.m_idxLane, message->api.m_cbSize);
}

EResult connection_send_message(struct connection *connection, struct message *message, microseconds now,
                                int64_t *number)
{
    EResult result;

    switch (connection->state) {
    case STATE_CONNECTING:
    case STATE_FINDING_ROUTE:
    case STATE_CONNECTED:
        break;
    case STATE_CLOSED_BY_PEER:
    case STATE_PROBLEM:
        return k_EResultNoConnection;
    default:
        return k_EResultInvalidState;
    }
    result = sender_queue(&connection->sender, message, connection->state == STATE_CONNECTED, now);
    if (result == k_EResultOK) {
        *number = message->api.m_nMessageNumber;
        note_queued(connection, message);
    }
    return result;
}

EResult connection_send_admitted(struct connection *connection, struct message *message, microseconds now)
{
    if (connection->state != STATE_CONNECTED)
        return k_EResultNoConnection;
    sender_queue_admitted(&connection->sender, message, now);
    note_queued(connection, message);
    return k_EResultOK;
}

EResult connection_flush_messages(struct connection *connection, microseconds now)
{
    (void)now;
    switch (connection->state) {
    case STATE_CONNECTING:
    case STATE_FINDING_ROUTE:
        sender_release_held(&connection->sender);
        return k_EResultIgnored;
    case STATE_CONNECTED:
        sender_release_held(&connection->sender);
        return k_EResultOK;
    default:
        return k_EResultNoConnection;
    }
}

EResult connection_configure_lanes(struct connection *connection, int count, const int *priorities,
                                   const uint16_t *weights, microseconds now)
{
    if (connection->state != STATE_CONNECTING && connection->state != STATE_FINDING_ROUTE &&
        connection->state != STATE_CONNECTED)
        return k_EResultInvalidState;
    if (count > 1 && connection->peer_version != 0 && connection->peer_version < PROTOCOL_VERSION_LANES) {
        connection_problem(connection, now, END_REMOTE_BAD_VERSION, "The peer's protocol version %u knows no lanes",
                           connection->peer_version);
        return k_EResultFail;
    }
    return sender_configure_lanes(&connection->sender, count, priorities, weights);
}
