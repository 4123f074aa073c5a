/* Closed and no-connection messages (protocol 7.3 to 7.5). */
#include "conn/connection_private.h"

#include "base/log.h"

#include <string.h>

size_t closing_write_closed(const struct connection *connection, uint8_t *out, size_t capacity)
{
    struct connection_closed message = {
        .has_reason = true,
        .reason = (uint32_t)connection->end_reason,
        .to_id = connection->remote_id,
        .from_id = connection->local_id,
        .debug = {(const uint8_t *)connection->end_text, strlen(connection->end_text)},
    };

    return connection_closed_encode(&message, out, capacity);
}

/* Without any id there is nothing to say, and the datagram would be too short to be one. */
static void answer_no_connection(struct connection *connection, uint32_t from_id, uint32_t to_id)
{
    if (from_id == 0 && to_id == 0)
        return;
    connection->no_connection = (struct no_connection){.from_id = from_id, .to_id = to_id};
    connection_reply(connection, PENDING_NO_CONNECTION);
}

void closing_answer(struct connection *connection, microseconds now)
{
    if (now < connection->next_close_reply)
        return;
    connection->next_close_reply = now + CLOSE_REPLY_INTERVAL_MS * MILLISECOND;
    if (connection->ended_by_peer)
        answer_no_connection(connection, connection->local_id, connection->remote_id);
    else
        connection_reply(connection, PENDING_CLOSED);
}

/* One answer to what matches nothing per 250 ms (protocol 7.4). */
static bool may_answer_stray(struct connection *connection, microseconds now)
{
    if (now < connection->next_stray_reply)
        return false;
    connection->next_stray_reply = now + STRAY_REPLY_INTERVAL_MS * MILLISECOND;
    return true;
}

void closing_answer_wrong_id(struct connection *connection, uint32_t id, microseconds now)
{
    if (may_answer_stray(connection, now))
        answer_no_connection(connection, id, 0);
}

static void peer_is_gone(struct connection *connection, int reason, const char *text, size_t length, microseconds now)
{
    switch (connection->state) {
    case STATE_CONNECTING:
    case STATE_FINDING_ROUTE:
    case STATE_CONNECTED:
        connection_ended_by_peer(connection, reason, text, length, now);
        break;
    case STATE_LINGER:
        connection->ended_by_peer = true;
        connection_set_state(connection, STATE_FIN_WAIT, now);
        break;
    default:
        break;
    }
}

void closing_received_closed(struct connection *connection, const struct connection_closed *message, microseconds now)
{
    static const char default_text[] = "The peer closed the connection without saying why";
    bool matches = message->to_id == connection->local_id ||
                   (message->to_id == 0 && message->from_id != 0 && message->from_id == connection->remote_id);

    if (!matches) {
        drop_count(&connection->statistics.drops, DROP_WRONG_ID);
        if (may_answer_stray(connection, now))
            answer_no_connection(connection, message->to_id, message->from_id);
        return;
    }
    answer_no_connection(connection, message->to_id, message->from_id);
    if (message->debug.length > 0)
        peer_is_gone(connection, (int)message->reason, (const char *)message->debug.data, message->debug.length, now);
    else
        peer_is_gone(connection, (int)message->reason, default_text, sizeof default_text - 1, now);
}

void closing_received_no_connection(struct connection *connection, const struct no_connection *message,
                                    microseconds now)
{
    static const char text[] = "The peer does not know this connection any more";

    if (message->to_id != connection->local_id || message->from_id != connection->remote_id || message->from_id == 0) {
        drop_count(&connection->statistics.drops, DROP_WRONG_ID);
        return;
    }
    peer_is_gone(connection, END_PEER_SENT_NO_CONNECTION, text, sizeof text - 1, now);
    connection->pending &= (uint8_t)~PENDING_NO_CONNECTION; /* it is never answered (protocol 4.6) */
}

/* ---- lingering (protocol 7.2) --------------------------------------------------------------------------------- */

static microseconds linger_period(const struct connection *connection)
{
    int32_t period = connection->config->timeout_connected_ms;

    return (period > LINGER_PERIOD_LEAST_MS ? period : LINGER_PERIOD_LEAST_MS) * MILLISECOND;
}

void closing_begin_linger(struct connection *connection, microseconds now)
{
    connection->linger_bytes = sender_reliable_bytes(&connection->sender);
    connection->linger_until = now + linger_period(connection);
}

void closing_tick_linger(struct connection *connection, microseconds now)
{
    int64_t bytes = sender_reliable_bytes(&connection->sender);

    if (!sender_reliable_outstanding(&connection->sender)) {
        connection_set_state(connection, STATE_FIN_WAIT, now);
        return;
    }
    if (now < connection->linger_until)
        return;
    if (connection->linger_bytes - bytes >= LINGER_PROGRESS_BYTES) {
        closing_begin_linger(connection, now);
        return;
    }
    log_write(LOG_LEVEL_MESSAGE,
              "connection #%u: %lld bytes that were to be delivered after the close are given up; the peer has "
              "acknowledged only %lld in %lld ms",
              connection->local_id, (long long)bytes, (long long)(connection->linger_bytes - bytes),
              (long long)(linger_period(connection) / MILLISECOND));
    connection_set_state(connection, STATE_FIN_WAIT, now);
}
