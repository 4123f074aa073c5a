/* Packets that carry frames, in both directions (protocol 11, 15.3, 16.1). */
#include "conn/connection_private.h"

#include "base/log.h"

#include <string.h>

/* ---- receiving (protocol 11.2) -------------------------------------------------------------------------------- */

/* What comes from elsewhere and is not the peer's is for others to count. */
static void drop(struct connection *connection, const SteamNetworkingIPAddr *elsewhere, enum drop_cause cause)
{
    if (!elsewhere)
        drop_count(&connection->statistics.drops, cause);
}

/* Step 5: what a packet number tells. False when the connection ended over it. */
static bool note_number(struct connection *connection, const struct data_header *header, int64_t number,
                        microseconds now)
{
    int64_t jump = packet_window_accept(&connection->window, number);
    microseconds since_previous =
        header->has_time_since_previous ? header->time_since_previous * PACKET_TIME_UNIT_US * MICROSECOND : -1;

    statistics_meter_numbered(&connection->meter, &connection->statistics, number, jump, since_previous, now);
    if (jump > 1)
        log_write_for(LOG_LEVEL_VERBOSE, connection->config->log_level_packet_gaps,
                      "connection #%u: packets %lld to %lld are missing", connection->local_id,
                      (long long)(number - jump + 1), (long long)(number - 1));
    if (jump <= (connection->peer_abilities.packet_jump ? PACKET_JUMP_ABLE : PACKET_JUMP_MAXIMUM))
        return true;
    connection_problem(connection, now, END_GENERIC, "The peer skipped %lld packets", (long long)jump);
    return false;
}

static enum receive_mode receive_mode_of(const struct connection *connection)
{
    switch (connection->state) {
    case STATE_LINGER:
        return RECEIVE_DISCARD;
    case STATE_FINDING_ROUTE:
        return RECEIVE_NO_UNRELIABLE;
    default:
        return RECEIVE_NORMAL;
    }
}

static void note_statistics(struct connection *connection, const struct data_header *header,
                            const struct statistics_message *message, microseconds now)
{
    struct connection_statistics *statistics = &connection->statistics;

    if (!header->has_statistics)
        return;
    if (message->has_instantaneous) {
        statistics->remote_instantaneous = message->instantaneous;
        statistics->remote_instantaneous_known = true;
        statistics->remote_instantaneous_at = now;
    }
    if (message->has_lifetime) {
        statistics->remote_lifetime = (struct remote_totals){
            .packets_sent = message->lifetime.packets_sent,
            .packets_received = message->lifetime.packets_received,
            .dropped = message->lifetime.dropped,
            .out_of_order = message->lifetime.out_of_order,
            .duplicate = message->lifetime.duplicate,
        };
        statistics->remote_lifetime_known = true;
        statistics->remote_lifetime_at = now;
    }
    if (message->flags & STATISTICS_ACK_IMMEDIATE)
        ack_tracker_request(&connection->acks, now);
    else if (statistics_asks_for_ack(message))
        ack_tracker_request(&connection->acks, now + ACK_DATA_DELAY_MS * MILLISECOND);
}

/* When what arrived has to be acknowledged (protocol 15.3). */
static void schedule_ack(struct connection *connection, const struct receive_report *report, microseconds now)
{
    if (report->reliable) {
        bool many = ++connection->reliable_since_ack >= RELIABLE_PACKETS_PER_ACK;

        ack_tracker_request(&connection->acks, many ? now : now + ACK_DATA_DELAY_MS * MILLISECOND);
    }
    if (report->ack.block_count > 0)
        ack_tracker_request(&connection->acks, now + ACK_BLOCKS_FLUSH_MS * MILLISECOND / report->ack.block_count);
    if (report->refused) {
        int ping = connection->sender.round_trip.smoothed_ms;

        if (ping < 0 || ping > ACK_REFUSED_PING_MAXIMUM_MS)
            ping = ACK_REFUSED_PING_MAXIMUM_MS;
        ack_tracker_request(&connection->acks, now + 2 * (ping + ACK_REFUSED_MARGIN_MS) * MILLISECOND);
    }
}

static void note_acknowledgements(struct connection *connection, const struct ack_report *report, microseconds now)
{
    if (report->statistics_acknowledged)
        statistics_meter_acknowledged(&connection->meter, &connection->statistics, report->statistics_acknowledged,
                                      now);
    if (report->statistics_lost)
        statistics_meter_lost(&connection->meter, report->statistics_lost);
    if (report->sampled) {
        const struct round_trip *round_trip = &connection->sender.round_trip;

        connection->statistics.ping_ms = round_trip->smoothed_ms;
        statistics_meter_ping(&connection->meter, &connection->statistics, round_trip->sample_ms[0]);
        log_write_for(LOG_LEVEL_VERBOSE, connection->config->log_level_ack_rtt, "connection #%u: round trip %d ms",
                      connection->local_id, round_trip->sample_ms[0]);
    }
}

static void process_payload(struct connection *connection, const struct data_header *header,
                            const struct statistics_message *blob, const uint8_t *payload, size_t length,
                            int64_t number, microseconds now)
{
    struct receive_report report;
    int before = sender_packet_size(&connection->sender);

    receiver_process(&connection->receiver, &connection->sender, &connection->acks, payload, length, number,
                     receive_mode_of(connection), now, &report);
    note_acknowledgements(connection, &report.ack, now);
    connection_note_packet_size(connection, before);
    if (report.error) {
        connection_problem(connection, now, END_INTERNAL_ERROR, "The peer broke the protocol: %s", report.error);
        return;
    }
    if (report.acknowledge && !ack_tracker_record(&connection->acks, number, now))
        report.refused = true;
    schedule_ack(connection, &report, now);
    if (report.processed)
        note_statistics(connection, header, blob, now);
    if (connection->state == STATE_LINGER && !sender_reliable_outstanding(&connection->sender))
        connection_set_state(connection, STATE_FIN_WAIT, now);
}

/* The packet is authentic and its number is taken note of; the frames are not acted on yet. */
static void note_origin(struct connection *connection, const SteamNetworkingIPAddr *elsewhere, int64_t number,
                        size_t length, microseconds now)
{
    if (number != connection->window.highest)
        return; /* it comes late, from where the peer was some time ago */
    if (elsewhere)
        migration_heard(connection, elsewhere, number, length, now);
    else
        path_validation_heard_at_home(&connection->validation, number);
}

bool data_packet_receive(struct connection *connection, const SteamNetworkingIPAddr *elsewhere, uint8_t *datagram,
                         size_t length, microseconds now)
{
    struct statistics_message blob;
    struct data_header header;
    uint8_t *payload;
    size_t payload_length;
    int64_t number;

    if (!data_header_decode(&header, datagram, length)) {
        drop(connection, elsewhere, DROP_MALFORMED);
        return false;
    }
    if (header.connection_id != connection->local_id) {
        drop(connection, elsewhere, DROP_WRONG_ID);
        closing_answer_wrong_id(connection, header.connection_id, now);
        return false;
    }
    if (!connection_is_open(connection)) {
        drop(connection, elsewhere, DROP_WRONG_STATE);
        if (connection_is_closing(connection))
            closing_answer(connection, now);
        return false;
    }
    if (header.has_statistics && !statistics_message_decode(&blob, header.statistics.data, header.statistics.length)) {
        drop(connection, elsewhere, DROP_MALFORMED);
        return false;
    }
    number = packet_window_expand(&connection->window, header.packet_number);
    if (number == 0) {
        drop(connection, elsewhere, DROP_DUPLICATE_PACKET);
        if (!elsewhere)
            statistics_meter_duplicate(&connection->meter, &connection->statistics);
        return false;
    }
    payload = datagram + header.size;
    payload_length = length - header.size;
    if (connection->cipher == CIPHER_AES_256_GCM) {
        if (!packet_cipher_open(&connection->open, (uint64_t)number, payload, payload_length)) {
            drop(connection, elsewhere, DROP_BAD_SEAL);
            return false;
        }
        payload_length -= PACKET_TAG_SIZE;
    }

    log_write_for(LOG_LEVEL_VERBOSE, connection->config->log_level_packet_decode,
                  "connection #%u: packet %lld decoded, %zu bytes of payload", connection->local_id, (long long)number,
                  payload_length);
    if (now - connection->liveness.last_received >= FRAGMENTS_KEPT_MS * MILLISECOND)
        receiver_forget_fragments(&connection->receiver);
    liveness_packet_received(&connection->liveness, now);
    if (connection->handshake && !connection->initiated_locally)
        handshake_free(connection); /* the client has the keys, so it will not ask for ConnectOK again */
    statistics_meter_roll(&connection->meter, &connection->statistics, 0, now);
    if (note_number(connection, &header, number, now)) {
        int probes;

        note_origin(connection, elsewhere, number, length, now);
        probes = connection->sender.probes_arrived;
        process_payload(connection, &header, &blob, payload, payload_length, number, now);
        if (elsewhere)
            migration_judge(connection, elsewhere, connection->sender.probes_arrived - probes, now);
    }
    return true;
}

/* ---- sending (protocol 16.1, 16.2) ---------------------------------------------------------------------------- */

enum { BLOB_LENGTH_SIZE = 2 /* of a blob that pads a packet */ };

/* Why a packet leaves now. */
struct send_cause {
    bool segments; /* data that the rate allows */
    bool ack;      /* an ack timer ran out */
    bool ping;     /* replies are overdue */
    bool keepalive;
    uint8_t statistics; /* forced */
};

static bool find_cause(struct connection *connection, microseconds now, struct send_cause *cause)
{
    *cause = (struct send_cause){
        .segments = sender_ready(&connection->sender, now),
        .ack = connection->acks.flush_at <= now ||
               (connection->acks.gap_flush_at <= now && sender_within_rate(&connection->sender, now)),
        .ping = liveness_ping_due(&connection->liveness, now),
        .keepalive = liveness_keepalive_due(&connection->liveness, now),
        .statistics = statistics_meter_forced(&connection->meter, &connection->statistics, now),
    };
    if (cause->segments && path_mtu_wants_small(&connection->sender.mtu, now))
        cause->ping = true;
    return cause->segments || cause->ack || cause->ping || cause->keepalive || cause->statistics;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Flags and figures as a blob; statistics imply the request for an ack (protocol 17.5). */
static size_t encode_blob(const struct connection *connection, uint32_t flags, uint8_t carried, microseconds now,
                          uint8_t *out, size_t capacity)
{
    struct statistics_message message;

    if (flags == 0 && carried == 0)
        return 0;
    statistics_message_clear(&message);
    statistics_meter_fill(&connection->meter, &connection->statistics, carried, now, &message);
    message.flags = carried && flags == STATISTICS_ACK_REQUEST ? 0 : flags;
    return statistics_message_encode(&message, out, capacity);
}

/* On a quiet connection, a wish for an answer in what may itself be one would double the packets. */
static bool may_ask(const struct connection *connection, const struct send_cause *cause)
{
    return cause->segments || cause->keepalive || cause->statistics ||
           !statistics_meter_quiet(&connection->meter, &connection->statistics);
}

/* The statistics blob for this packet; returns its length, 0 for none. *flags gets what it asks for. */
static size_t write_blob(struct connection *connection, const struct send_cause *cause, microseconds now, uint8_t *out,
                         size_t capacity, uint32_t *flags, uint8_t *carried)
{
    enum ack_wish wish = sender_wants_ack(&connection->sender, cause->segments, now);
    uint8_t ready = 0;
    size_t length;

    *flags = 0;
    if (cause->ping || wish == ACK_WISHED_AT_ONCE)
        *flags = STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE;
    else if (cause->keepalive || wish == ACK_WISHED ||
             (may_ask(connection, cause) &&
              liveness_tracer_due(&connection->liveness, connection->sender.round_trip.last_sample_at, now)))
        *flags = STATISTICS_ACK_REQUEST;
    statistics_meter_roll(&connection->meter, &connection->statistics, connection->liveness.reply_timeouts, now);
    if (!cause->ping && may_ask(connection, cause))
        ready = statistics_meter_ready(&connection->meter, &connection->statistics, now);

    *carried = ready;
    while ((length = encode_blob(connection, *flags, *carried, now, out, capacity)) == 0 && *carried)
        *carried &= *carried & CARRIED_LIFETIME ? CARRIED_INSTANTANEOUS : 0;
    if (*carried != ready) /* packets are too small for the others: no sooner again than if they had been sent */
        statistics_meter_acknowledged(&connection->meter, &connection->statistics, ready & (uint8_t) ~*carried, now);
    if (*carried)
        *flags |= STATISTICS_ACK_REQUEST;
    return length;
}

/* What a blob may take of a packet, so that stop-waiting and ack frames have their place beside it. */
static size_t blob_room(const struct connection *connection, size_t tag)
{
    size_t others =
        PACKET_HEADER_SIZE + VARINT32_MAXIMUM + sizeof(uint16_t) + tag + FRAME_STOP_WAITING_MAXIMUM + FRAME_ACK_MINIMUM;

    return smaller(STATISTICS_BLOB_MAXIMUM, (size_t)sender_packet_size(&connection->sender) - others);
}

/* In the unit of the field, or -1 when it is not to be sent (protocol 11.1). */
static int time_since_previous(const struct connection *connection, microseconds now)
{
    microseconds since = now - connection->last_packet_sent;

    if (connection->config->send_time_since_previous != 1 || connection->peer_version < PROTOCOL_VERSION_TIME_FIELD ||
        connection->last_packet_sent == 0 || since > PACKET_TIME_MAXIMUM_US)
        return -1;
    return (int)(since / PACKET_TIME_UNIT_US);
}

/*
 * Stop-waiting, ack, segments. Blocks of the ack frame leave room for a whole segment, so that one to be resent always
 * fits beside them. Returns whether segments were wanted but none could be made.
 */
static bool write_payload(struct connection *connection, const struct send_cause *cause, struct byte_writer *writer,
                          size_t header_size, microseconds now)
{
    size_t reserved = cause->segments
                          ? connection->sender.segment_max + FRAME_SELECT_LANE_MAXIMUM + FRAME_RELIABLE_HEADER_MAXIMUM
                          : 0;
    size_t room = writer_remaining(writer);

    if (reserved + FRAME_ACK_MINIMUM > room)
        reserved = room > FRAME_ACK_MINIMUM ? room - FRAME_ACK_MINIMUM : 0;
    writer->end -= reserved;
    if (ack_tracker_write(&connection->acks, writer, now))
        connection->reliable_since_ack = 0;
    writer->end += reserved;
    return cause->segments && sender_write_segments(&connection->sender, writer, header_size - PACKET_HEADER_SIZE) == 0;
}

static void note_sent(struct connection *connection, size_t size, uint32_t asked, uint8_t carried, bool reliable,
                      microseconds now)
{
    if (asked & STATISTICS_ACK_IMMEDIATE)
        liveness_ping_sent(&connection->liveness, now);
    else if (asked)
        liveness_ack_requested(&connection->liveness, now);
    if (asked || reliable)
        liveness_reply_expected(&connection->liveness, round_trip_worst_ms(&connection->sender.round_trip),
                                !(asked & STATISTICS_ACK_IMMEDIATE), now);
    connection->meter.outstanding |= carried;
    connection->last_packet_sent = now;
    statistics_meter_sent(&connection->statistics, size);
}

bool data_packet_sealable(struct connection *connection, microseconds now)
{
    if (connection->seal_retry_at > now)
        return false;
    if (connection->cipher != CIPHER_AES_256_GCM || packet_cipher_wake(&connection->seal))
        return true;
    connection->seal_retry_at = now + SEAL_RETRY_MS * MILLISECOND;
    return false;
}

size_t data_packet_send(struct connection *connection, uint8_t *out, microseconds now)
{
    uint8_t blob[STATISTICS_BLOB_MAXIMUM];
    size_t tag = connection->cipher == CIPHER_AES_256_GCM ? PACKET_TAG_SIZE : 0;
    size_t packet_size = (size_t)sender_packet_size(&connection->sender);
    struct data_header header = {.connection_id = connection->remote_id};
    struct byte_writer writer;
    struct send_cause cause;
    uint32_t asked;
    uint8_t carried;
    size_t header_size, size;
    int64_t number;
    int since, probe;
    bool stalled, reliable;

    if (connection->seal_retry_at > now)
        return 0;
    if (!find_cause(connection, now, &cause)) {
        sender_rests(&connection->sender, now);
        return 0;
    }
    if (!data_packet_sealable(connection, now))
        return 0;
    if (cause.segments && (probe = sender_probe_size(&connection->sender, now)) > 0)
        return data_packet_write_probe(connection, out, (size_t)probe, now);
    if (cause.ping)
        cause.segments = false; /* a small packet has the best chances */

    header.statistics.length = write_blob(connection, &cause, now, blob, blob_room(connection, tag), &asked, &carried);
    header.statistics.data = blob;
    header.has_statistics = header.statistics.length > 0;
    since = time_since_previous(connection, now);
    header.has_time_since_previous = since >= 0;
    header.time_since_previous = (uint16_t)(since >= 0 ? since : 0);
    header_size = data_header_size(&header);

    writer_init(&writer, out + header_size,
                smaller(packet_size - header_size - tag, sender_plaintext_maximum(&connection->sender)));
    number = sender_begin_packet(&connection->sender, &writer, now);
    stalled = write_payload(connection, &cause, &writer, header_size, now);
    header.packet_number = (uint16_t)number;
    data_header_encode(&header, out, header_size);

    size = writer_length(&writer);
    if (tag && !packet_cipher_seal(&connection->seal, (uint64_t)number, out + header_size, size)) {
        connection_problem(connection, now, END_INTERNAL_ERROR, "The cryptographic library refused to seal a packet");
        return 0;
    }
    size += header_size + tag;
    reliable = sender_end_packet(&connection->sender, number, size, asked != 0, carried, now);
    if (stalled && !carried)
        sender_stall(&connection->sender, now);
    note_sent(connection, size, asked, carried, reliable, now);
    return size;
}

size_t data_packet_write_probe(struct connection *connection, uint8_t *out, size_t size, microseconds now)
{
    size_t tag = connection->cipher == CIPHER_AES_256_GCM ? PACKET_TAG_SIZE : 0;
    struct data_header header = {.connection_id = connection->remote_id, .has_statistics = true};
    uint8_t frames[FRAME_STOP_WAITING_MAXIMUM], blob[DATAGRAM_MAXIMUM];
    uint32_t asked = STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE;
    struct byte_writer writer;
    size_t header_size, length;
    int64_t number;

    writer_init(&writer, frames, sizeof frames);
    number = sender_begin_packet(&connection->sender, &writer, now);
    sender_mark_probe(&connection->sender, number, size > 0);
    length = writer_length(&writer);
    header.packet_number = (uint16_t)number;
    header.statistics.data = blob;
    if (size > 0) {
        header.statistics.length = size - PACKET_HEADER_SIZE - BLOB_LENGTH_SIZE - length - tag;
        statistics_message_pad(asked, blob, header.statistics.length);
    } else {
        header.statistics.length = encode_blob(connection, asked, 0, now, blob, sizeof blob);
    }
    header_size = data_header_size(&header);
    data_header_encode(&header, out, header_size);
    memcpy(out + header_size, frames, length);
    if (tag && !packet_cipher_seal(&connection->seal, (uint64_t)number, out + header_size, length)) {
        connection_problem(connection, now, END_INTERNAL_ERROR, "The cryptographic library refused to seal a packet");
        return 0;
    }
    size = header_size + length + tag;
    sender_end_packet(&connection->sender, number, size, true, 0, now);
    connection->last_packet_sent = now;
    statistics_meter_sent(&connection->statistics, size);
    return size;
}

microseconds data_packet_deadline(struct connection *connection, microseconds now)
{
    microseconds deadline = sender_deadline(&connection->sender, now);

    deadline = time_earlier(deadline, connection->acks.flush_at);
    if (connection->acks.gap_flush_at != TIME_NEVER) {
        microseconds at = connection->acks.gap_flush_at;

        /* Reporting a gap waits for the rate limit. */
        if (connection->sender.pacer.refused)
            at = time_later(at, pacer_ready_at(&connection->sender.pacer, now));
        deadline = time_earlier(deadline, at);
    }
    return time_earlier(deadline, statistics_meter_deadline(&connection->meter, &connection->statistics));
}
