#include "snp/sender.h"

#include "base/alloc.h"
#include "snp/lane_scheduler.h"
#include "wire/counter.h"
#include "wire/limits.h"

#include <string.h>

enum {
    SEGMENTS_PER_SLAB = 64,
    SEGMENTS_MAX = SENT_PACKETS_CAPACITY_MAX * SENT_PACKET_SEGMENTS,
};

bool sender_init(struct sender *sender, const struct transport_config *config, int64_t first_number, microseconds now)
{
    memset(sender, 0, sizeof *sender);
    sender->config = config;
    send_lane_init(&sender->first_lane, 0);
    sender->lanes = &sender->first_lane;
    sender->lane_count = 1;
    sender->hold_until = TIME_NEVER;
    sender->first_waiting = first_number;
    pool_init(&sender->segments, sizeof(struct segment), SEGMENTS_PER_SLAB, 1, SEGMENTS_MAX);
    round_trip_init(&sender->round_trip);
    pacer_init(&sender->pacer, SEND_RATE_DEFAULT, now);
    sender_set_plaintext_limit(sender, (uint32_t)config->packet_size - PACKET_PROTECTED_MARGIN - PACKET_TAG_SIZE);
    sender_update_rate(sender, now);
    return sent_packets_init(&sender->packets, first_number);
}

void sender_free(struct sender *sender)
{
    if (!sender->lanes)
        return;
    for (int i = 0; i < sender->lane_count; i++)
        send_lane_free(&sender->lanes[i]);
    if (sender->lanes != &sender->first_lane)
        mem_free(sender->lanes);
    sender->lanes = NULL;
    sent_packets_free(&sender->packets);
    pool_destroy(&sender->segments);
}

void sender_discard(struct sender *sender)
{
    for (int i = 0; i < sender->lane_count; i++) {
        send_lane_free(&sender->lanes[i]);
        send_lane_init(&sender->lanes[i], i);
    }
}

void sender_set_plaintext_limit(struct sender *sender, uint32_t limit)
{
    sender->segment_max = limit - SENDER_SEGMENT_MARGIN;
}

void sender_update_rate(struct sender *sender, microseconds now)
{
    int64_t low = sender->config->send_rate_min, high = sender->config->send_rate_max;
    int64_t rate = low;

    if (high < low)
        high = low;
    if (low != high) {
        microseconds round_trip = sender->round_trip.precise_us;

        if (round_trip < 0)
            round_trip = SEND_RATE_UNKNOWN_PING_MS * MILLISECOND;
        if (round_trip < MILLISECOND / 2)
            round_trip = MILLISECOND / 2;
        rate = SEND_RATE_INITIAL_PER_PING * SECOND / round_trip;
        rate = rate < low ? low : rate > high ? high : rate;
    }
    if (rate != sender->pacer.rate)
        pacer_set_rate(&sender->pacer, rate, now);
}

void sender_renumber(struct sender *sender, int64_t first_number)
{
    sender->packets.oldest = sender->packets.next = sender->first_waiting = first_number;
}

/* ---- the application's side ----------------------------------------------------------------------------------- */

EResult sender_configure_lanes(struct sender *sender, int count, const int *priorities, const uint16_t *weights)
{
    if (count < 1 || count > SENDER_LANES_MAX || count < sender->lane_count)
        return k_EResultInvalidParam;
    for (int i = 0; weights && i < count; i++)
        if (weights[i] == 0)
            return k_EResultInvalidParam;

    if (count > sender->lane_count) {
        struct send_lane *lanes = mem_alloc_array((size_t)count, sizeof *lanes);

        if (!lanes)
            return k_EResultFail;
        for (int i = 0; i < count; i++) {
            if (i < sender->lane_count)
                send_lane_move(&lanes[i], &sender->lanes[i]);
            else
                send_lane_init(&lanes[i], i);
        }
        if (sender->lanes != &sender->first_lane)
            mem_free(sender->lanes);
        sender->lanes = lanes;
        sender->lane_count = count;
    }
    for (int i = 0; i < count; i++) {
        sender->lanes[i].priority = priorities ? priorities[i] : 0;
        sender->lanes[i].weight = weights ? weights[i] : 1;
    }
    lane_scheduler_classify(sender->lanes, count);
    return k_EResultOK;
}

int64_t sender_pending_bytes(const struct sender *sender)
{
    int64_t pending = 0;

    for (int i = 0; i < sender->lane_count; i++)
        pending += sender->lanes[i].pending_reliable + sender->lanes[i].pending_unreliable;
    return pending;
}

bool sender_reliable_outstanding(const struct sender *sender)
{
    for (int i = 0; i < sender->lane_count; i++)
        if (!list_empty(&sender->lanes[i].stream))
            return true;
    return false;
}

microseconds sender_queue_time(const struct sender *sender, int64_t pending_bytes)
{
    double wait = ((double)pending_bytes - sender->pacer.tokens) * 1e6 / (double)sender->pacer.rate;

    return wait > 0 ? (microseconds)wait : 0;
}

EResult sender_queue(struct sender *sender, struct message *message, bool connected, microseconds now)
{
    int flags = message->api.m_nFlags;
    bool reliable = (flags & k_nSteamNetworkingSend_Reliable) != 0;
    int64_t size = message->api.m_cbSize, pending = sender_pending_bytes(sender);
    struct send_lane *lane;

    if (message->api.m_idxLane >= sender->lane_count || size < 0 || size > MESSAGE_SIZE_MAXIMUM)
        return k_EResultInvalidParam;
    if (!reliable && (flags & k_nSteamNetworkingSend_NoDelay) &&
        (!connected || sender_queue_time(sender, pending) > SENDER_NO_DELAY_LIMIT_US))
        return k_EResultIgnored;
    /* No more messages than bytes, so that empty ones have a limit too. */
    if (pending + size > sender->config->send_buffer_size ||
        sender->queued_messages >= sender->config->send_buffer_size)
        return k_EResultLimitExceeded;

    if (!reliable && size > UNRELIABLE_SEND_MAXIMUM) {
        reliable = true;
        message->api.m_nFlags |= k_nSteamNetworkingSend_Reliable;
    }
    lane = &sender->lanes[message->api.m_idxLane];
    send_lane_queue(lane, message, reliable);
    sender->queued_messages++;
    if (flags & k_nSteamNetworkingSend_NoNagle)
        sender->hold_until = 0;
    else if (sender->hold_until == TIME_NEVER)
        sender->hold_until = now + sender->config->nagle_us;
    return k_EResultOK;
}

void sender_release_held(struct sender *sender)
{
    if (sender->queued_messages > 0)
        sender->hold_until = 0;
}

/* ---- what may leave ------------------------------------------------------------------------------------------- */

static bool lane_head_may_leave(const struct send_lane *lane)
{
    if (!message_is_reliable(send_lane_head(lane)))
        return true;
    if (lane->lost_outstanding == 0)
        return true;
    if (lane->lost_outstanding >= SENDER_HOLES_MAX)
        return false;
    return lane->stream_sent - list_first_entry(&lane->stream, struct message, stream_node)->send.stream_begin <
           SENDER_SPAN_WITH_HOLE;
}

static bool has_resends(const struct sender *sender)
{
    for (int i = 0; i < sender->lane_count; i++)
        if (sender->lanes[i].resend_bytes > 0)
            return true;
    return false;
}

static bool new_data_may_leave(const struct sender *sender)
{
    for (int i = 0; i < sender->lane_count; i++)
        if (send_lane_head(&sender->lanes[i]) && lane_head_may_leave(&sender->lanes[i]))
            return true;
    return false;
}

static bool far_ahead(const struct sender *sender)
{
    return sender->packets.next - sender->latest_acknowledged >= SENDER_AHEAD_MAX;
}

bool sender_wants_ack(const struct sender *sender)
{
    int64_t answered =
        sender->latest_acknowledged > sender->last_eliciting ? sender->latest_acknowledged : sender->last_eliciting;

    return far_ahead(sender) || sender->packets.next - answered >= SENDER_UNASKED_MAX;
}

/* The peer has not been heard for so long that only a few packets may be on their way to it. */
static bool must_wait(const struct sender *sender)
{
    return sender->in_flight >= SENDER_PROBES && (sender->timeouts >= 2 || far_ahead(sender));
}

/* Something to send, whatever the rate allows. */
static bool wants_to_send(const struct sender *sender, microseconds now)
{
    if (sender->stalled_until > now || must_wait(sender))
        return false;
    if (has_resends(sender))
        return true;
    if (sender->queued_messages == 0)
        return false;
    if (sender->hold_until > now && sender_pending_bytes(sender) < sender->segment_max)
        return false;
    return new_data_may_leave(sender);
}

bool sender_within_rate(struct sender *sender, microseconds now)
{
    return pacer_admits(&sender->pacer, now);
}

bool sender_ready(struct sender *sender, microseconds now)
{
    return wants_to_send(sender, now) && sender_within_rate(sender, now);
}

/* ---- composing a packet (protocol 16.1) ----------------------------------------------------------------------- */

enum {
    PLAN_PIECES = 256,
    PLAN_LANES = 16,
    SELECT_LANE_ZERO_SIZE = 2,
};

struct piece {
    struct segment *segment; /* reliable; NULL for an unreliable one */
    struct message *message; /* unreliable */
    uint32_t offset;
    uint16_t size;
    uint8_t lane_slot;
    bool last; /* unreliable: ends the message, which is then released */
};

/*
 * What goes into one packet, gathered before it is written: the last segment has another form, and lanes with reliable
 * segments go last, because a deployed receiver decides by the last lane whether to acknowledge soon (protocol 15.3).
 */
struct plan {
    int piece_count, lane_count;
    int reliable_count;
    int64_t room;
    struct {
        uint8_t lane;
        bool reliable;
        bool unreliable;
    } lanes[PLAN_LANES];
    struct piece pieces[PLAN_PIECES];
};

/* The lane's slot in the plan, or -1 when there is no room for another lane. */
static int plan_lane(struct plan *plan, const struct send_lane *lane)
{
    for (int i = 0; i < plan->lane_count; i++)
        if (plan->lanes[i].lane == lane->index)
            return i;
    if (plan->lane_count == PLAN_LANES)
        return -1;
    plan->lanes[plan->lane_count].lane = lane->index;
    plan->lanes[plan->lane_count].reliable = false;
    plan->lanes[plan->lane_count].unreliable = false;
    return plan->lane_count++;
}

/* The most that the next segment's header, and the selection of its lane, can take. */
static int64_t plan_overhead(const struct plan *plan, int slot, bool reliable)
{
    int64_t overhead = 0;
    bool lane_known = plan->lanes[slot].reliable || plan->lanes[slot].unreliable;

    /* A second lane may also push lane 0, which needs no selection in front, behind itself. */
    if (!lane_known && plan->piece_count > 0)
        overhead += FRAME_SELECT_LANE_MAXIMUM + SELECT_LANE_ZERO_SIZE;
    else if (!lane_known && plan->lanes[slot].lane != 0)
        overhead += FRAME_SELECT_LANE_MAXIMUM;
    if (reliable)
        return overhead + (plan->lanes[slot].reliable ? 6 : FRAME_RELIABLE_HEADER_MAXIMUM);
    return overhead + (plan->lanes[slot].unreliable ? 2 + 3 : 1 + 4 + 3 + 1);
}

static struct piece *plan_add(struct plan *plan, int slot, bool reliable, int64_t bytes)
{
    struct piece *piece = &plan->pieces[plan->piece_count];

    plan->room -= plan_overhead(plan, slot, reliable) + bytes;
    plan->piece_count++;
    memset(piece, 0, sizeof *piece);
    piece->lane_slot = (uint8_t)slot;
    piece->size = (uint16_t)bytes;
    if (reliable) {
        plan->lanes[slot].reliable = true;
        plan->reliable_count++;
    } else {
        plan->lanes[slot].unreliable = true;
    }
    return piece;
}

static bool plan_has_room(const struct plan *plan, bool reliable)
{
    return plan->piece_count < PLAN_PIECES && (!reliable || plan->reliable_count < SENT_PACKET_SEGMENTS);
}

static void plan_resends(struct sender *sender, struct plan *plan)
{
    for (int i = 0; i < sender->lane_count; i++) {
        struct send_lane *lane = &sender->lanes[i];

        while (!list_empty(&lane->resend) && plan_has_room(plan, true)) {
            struct segment *segment = list_first_entry(&lane->resend, struct segment, resend_node);
            int slot = plan_lane(plan, lane);

            if (slot < 0 || plan_overhead(plan, slot, true) + segment->size > plan->room)
                return;
            plan_add(plan, slot, true, segment->size)->segment = segment;
            send_lane_resent(lane, segment);
            sender->segments_resent++;
        }
    }
}

static bool too_little_room(int64_t room, uint32_t left)
{
    return room < (left < PACKET_SEGMENT_START_MINIMUM ? (int64_t)left : PACKET_SEGMENT_START_MINIMUM);
}

/* False when the packet takes no more. */
static bool plan_reliable(struct sender *sender, struct plan *plan, struct send_lane *lane, int slot)
{
    int64_t room = plan->room - plan_overhead(plan, slot, true);
    uint32_t most = room < sender->segment_max ? (uint32_t)(room < 0 ? 0 : room) : sender->segment_max;
    struct segment *segment;

    if (!plan_has_room(plan, true) || too_little_room(room, message_unsent(send_lane_head(lane))))
        return false;
    segment = pool_take(&sender->segments);
    if (!segment)
        return false;
    memset(segment, 0, sizeof *segment);
    list_node_init(&segment->resend_node);
    sender->queued_messages -= send_lane_take(lane, segment, most);
    plan_add(plan, slot, true, segment->size)->segment = segment;
    lane_scheduler_charge(lane, segment->size);
    return segment->size < sender->segment_max;
}

static bool plan_unreliable(struct sender *sender, struct plan *plan, struct send_lane *lane, int slot)
{
    struct message *message = send_lane_head(lane);
    int64_t room = plan->room - plan_overhead(plan, slot, false);
    uint32_t left = message_unsent(message);
    uint32_t size = left;
    struct piece *piece;

    if (!plan_has_room(plan, false) || room < 0 || too_little_room(room, left))
        return false;
    if (size > (uint32_t)room)
        size = (uint32_t)room;
    piece = plan_add(plan, slot, false, size);
    piece->message = message;
    piece->offset = message->send.sent;
    piece->last = size == left;
    message->send.sent += size;
    lane->pending_unreliable -= size;
    lane_scheduler_charge(lane, size);
    if (piece->last) {
        list_remove(&message->queue_node);
        sender->queued_messages--;
    }
    return piece->last;
}

static void plan_new_data(struct sender *sender, struct plan *plan)
{
    struct send_lane *lane;
    bool more = true;

    while (more && (lane = lane_scheduler_pick(sender->lanes, sender->lane_count, lane_head_may_leave))) {
        int slot = plan_lane(plan, lane);

        if (slot < 0)
            return;
        more = message_is_reliable(send_lane_head(lane)) ? plan_reliable(sender, plan, lane, slot)
                                                         : plan_unreliable(sender, plan, lane, slot);
    }
}

/* The context of protocol 13.2, as the receiver will have it. */
struct write_context {
    bool in_message, in_position;
    int64_t message_number;
    int64_t position;
};

static void write_reliable(struct sender *sender, struct byte_writer *writer, struct write_context *context,
                           const struct piece *piece, bool to_end)
{
    struct segment *segment = piece->segment;
    uint64_t position = (uint64_t)(context->in_position ? segment->begin - context->position : segment->begin);
    uint8_t *data;

    frame_write_reliable_header(writer, !context->in_position, position, segment->size, to_end);
    data = writer_claim(writer, segment->size);
    if (data)
        send_lane_copy(&sender->lanes[segment->lane], segment, data);
    context->in_position = true;
    context->position = segment->begin + segment->size;
    if (context->in_message)
        context->message_number++;
}

static void write_unreliable(struct byte_writer *writer, struct write_context *context, const struct piece *piece,
                             bool to_end)
{
    const struct message *message = piece->message;
    int64_t number = message->api.m_nMessageNumber;
    uint64_t field = (uint64_t)(context->in_message ? number - context->message_number : number);

    frame_write_unreliable_header(writer, !context->in_message, field, piece->offset, piece->last, piece->size, to_end);
    if (piece->size > 0)
        writer_bytes(writer, (const uint8_t *)message->api.m_pData + piece->offset, piece->size);
    context->in_message = true;
    context->message_number = number;
}

static void write_lane(struct sender *sender, struct plan *plan, int slot, struct byte_writer *writer, int *written)
{
    struct write_context context = {0};

    if (*written > 0 || plan->lanes[slot].lane != 0)
        frame_write_select_lane(writer, plan->lanes[slot].lane);
    for (int i = 0; i < plan->piece_count; i++) {
        struct piece *piece = &plan->pieces[i];
        bool to_end;

        if (piece->lane_slot != slot)
            continue;
        to_end = ++*written == plan->piece_count;
        if (piece->segment)
            write_reliable(sender, writer, &context, piece, to_end);
        else
            write_unreliable(writer, &context, piece, to_end);
        if (piece->last)
            message_release(piece->message);
    }
}

int sender_write_segments(struct sender *sender, struct byte_writer *writer)
{
    struct sent_packet *packet = sent_packets_find(&sender->packets, sender->packets.next - 1);
    struct plan plan;
    int written = 0;

    plan.piece_count = plan.lane_count = plan.reliable_count = 0;
    plan.room = (int64_t)writer_remaining(writer);
    plan_resends(sender, &plan);
    plan_new_data(sender, &plan);
    if (sender->queued_messages == 0)
        sender->hold_until = TIME_NEVER;

    for (int reliable = 0; reliable <= 1; reliable++)
        for (int slot = 0; slot < plan.lane_count; slot++)
            if (plan.lanes[slot].reliable == reliable && (reliable || plan.lanes[slot].unreliable))
                write_lane(sender, &plan, slot, writer, &written);
    for (int i = 0; i < plan.piece_count; i++) {
        if (!plan.pieces[i].segment)
            continue;
        plan.pieces[i].segment->records++;
        packet->segments[packet->segment_count++] = plan.pieces[i].segment;
    }
    return plan.piece_count;
}

void sender_stall(struct sender *sender, microseconds now)
{
    sender->stalled_until = now + SENDER_STALL_US;
}

static void make_room_for_record(struct sender *sender);

int64_t sender_begin_packet(struct sender *sender, struct byte_writer *writer, microseconds now)
{
    int64_t number = sender->packets.next;
    struct sent_packet *packet;

    if (sent_packets_full(&sender->packets))
        make_room_for_record(sender);
    packet = sent_packets_push(&sender->packets);
    packet->sent_at = now;
    sender->stop_waiting_sent = sender->latest_acknowledged;
    frame_write_stop_waiting(writer, (uint64_t)(number - sender->latest_acknowledged - 1));
    return number;
}

bool sender_end_packet(struct sender *sender, int64_t number, size_t datagram_size, bool expects_reply,
                       uint8_t statistics, microseconds now)
{
    struct sent_packet *packet = sent_packets_find(&sender->packets, number);

    packet->size = (uint16_t)datagram_size;
    packet->statistics = statistics;
    packet->eliciting = packet->segment_count > 0 || expects_reply;
    if (packet->eliciting) {
        sender->in_flight++;
        sender->last_eliciting = number;
    }
    pacer_spend(&sender->pacer, (int64_t)datagram_size, now);
    return packet->segment_count > 0;
}

/* ---- the fate of packets -------------------------------------------------------------------------------------- */

static void leave_flight(struct sender *sender, struct sent_packet *packet, enum sent_packet_state state)
{
    if (packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting)
        sender->in_flight--;
    packet->state = (uint8_t)state;
}

static void drop_segments(struct sender *sender, struct sent_packet *packet)
{
    for (int i = 0; i < packet->segment_count; i++) {
        struct segment *segment = packet->segments[i];

        if (--segment->records == 0 && segment->acknowledged)
            pool_give(&sender->segments, segment);
    }
    packet->segment_count = 0;
}

static void acknowledge_packet(struct sender *sender, struct sent_packet *packet, struct ack_report *report)
{
    if (packet->state == SENT_PACKET_DONE)
        return;
    if (packet->eliciting)
        sender->timeouts = 0;
    for (int i = 0; i < packet->segment_count; i++)
        send_lane_acknowledge(&sender->lanes[packet->segments[i]->lane], packet->segments[i]);
    drop_segments(sender, packet);
    report->packets_acknowledged++;
    report->statistics_acknowledged |= packet->statistics;
    leave_flight(sender, packet, SENT_PACKET_DONE);
}

/* Returns what statistics were lost with it. */
static uint8_t lose_packet(struct sender *sender, struct sent_packet *packet)
{
    if (packet->state != SENT_PACKET_IN_FLIGHT)
        return 0;
    for (int i = 0; i < packet->segment_count; i++)
        send_lane_lose(&sender->lanes[packet->segments[i]->lane], packet->segments[i]);
    sender->packets_lost++;
    leave_flight(sender, packet, SENT_PACKET_LOST);
    return packet->statistics;
}

static void make_room_for_record(struct sender *sender)
{
    struct sent_packet *oldest = sent_packets_find(&sender->packets, sender->packets.oldest);

    sender->statistics_lost |= lose_packet(sender, oldest);
    drop_segments(sender, oldest);
    sent_packets_pop(&sender->packets);
}

/* Records that no late acknowledgement can concern any more. */
static void forget_old_packets(struct sender *sender, microseconds now)
{
    microseconds kept = RECORD_KEPT_RETRANSMITS * round_trip_retransmit_timeout(&sender->round_trip);
    struct sent_packet *packet;

    while ((packet = sent_packets_find(&sender->packets, sender->packets.oldest))) {
        if (packet->state != SENT_PACKET_DONE) {
            if (packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting)
                return;
            if (now - packet->sent_at < kept)
                return;
            drop_segments(sender, packet);
        }
        sent_packets_pop(&sender->packets);
    }
}

static void acknowledge_range(struct sender *sender, int64_t begin, int64_t end, struct ack_report *report)
{
    if (begin < sender->packets.oldest)
        begin = sender->packets.oldest;
    if (begin < end)
        report->records_examined += end - begin;
    for (int64_t number = begin; number < end; number++)
        acknowledge_packet(sender, sent_packets_find(&sender->packets, number), report);
}

static void lose_range(struct sender *sender, int64_t begin, int64_t end, struct ack_report *report)
{
    if (begin < sender->packets.oldest)
        begin = sender->packets.oldest;
    if (begin < end)
        report->records_examined += end - begin;
    for (int64_t number = begin; number < end; number++)
        report->statistics_lost |= lose_packet(sender, sent_packets_find(&sender->packets, number));
}

static void sample_round_trip(struct sender *sender, const struct ack_frame *ack, int64_t latest, microseconds now,
                              struct ack_report *report)
{
    const struct sent_packet *packet = sent_packets_find(&sender->packets, latest);

    if (!packet || packet->state == SENT_PACKET_DONE || ack->delay == FRAME_ACK_DELAY_UNKNOWN)
        return;
    report->sampled = round_trip_sample(
        &sender->round_trip, now - packet->sent_at - ack->delay * FRAME_ACK_DELAY_UNIT_US * MICROSECOND, now);
    if (report->sampled)
        sender_update_rate(sender, now);
}

enum ack_outcome sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                    struct ack_report *report)
{
    int64_t latest = counter_expand(sender->packets.next, ack->latest_field, ack->latest_bits);
    struct byte_slice blocks = ack->blocks;
    struct ack_block block;
    int64_t end;

    memset(report, 0, sizeof *report);
    report->block_count = ack->block_count;
    if (latest < 0)
        return ACK_ERROR;
    if (latest >= sender->packets.next)
        return ACK_ABANDON;

    sample_round_trip(sender, ack, latest, now, report);
    end = latest + 1;
    while (ack_block_next(&blocks, &block)) {
        int64_t received = end - block.acks, missing = received - block.nacks;

        if (missing < 0)
            return ACK_ERROR;
        acknowledge_range(sender, received, end, report);
        lose_range(sender, missing, received, report);
        end = missing;
    }
    acknowledge_range(sender, sender->stop_waiting_sent, end, report);
    if (latest > sender->latest_acknowledged)
        sender->latest_acknowledged = latest;
    forget_old_packets(sender, now);
    return ACK_PROCESSED;
}

/* ---- time ----------------------------------------------------------------------------------------------------- */

/* Packets that were sent before the timeout that began the present round keep the shorter timeout that they had. */
static microseconds timeout_of(const struct sender *sender, int64_t number)
{
    int doublings = sender->timeouts;

    if (doublings > 0 && number < sender->round_begin)
        doublings--;
    if (doublings > SENDER_BACKOFF_MAX)
        doublings = SENDER_BACKOFF_MAX;
    return round_trip_retransmit_timeout(&sender->round_trip) << doublings;
}

/* The oldest packet that waits for an acknowledgement, or NULL. */
static struct sent_packet *oldest_waiting(struct sender *sender)
{
    if (sender->in_flight == 0)
        return NULL;
    if (sender->first_waiting < sender->packets.oldest)
        sender->first_waiting = sender->packets.oldest;
    for (;; sender->first_waiting++) {
        struct sent_packet *packet = sent_packets_find(&sender->packets, sender->first_waiting);

        if (!packet || (packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting))
            return packet;
    }
}

uint8_t sender_tick(struct sender *sender, microseconds now)
{
    struct sent_packet *packet;
    uint8_t lost = sender->statistics_lost;

    while ((packet = oldest_waiting(sender)) && packet->sent_at + timeout_of(sender, sender->first_waiting) <= now) {
        lost |= lose_packet(sender, packet);
        if (sender->timeouts == 0 || sender->first_waiting >= sender->round_begin) {
            sender->timeouts++;
            sender->round_begin = sender->packets.next;
        }
    }
    sender->statistics_lost = 0;
    forget_old_packets(sender, now);
    return lost;
}

microseconds sender_deadline(struct sender *sender, microseconds now)
{
    microseconds deadline = TIME_NEVER;
    const struct sent_packet *packet = oldest_waiting(sender);

    if (packet)
        deadline = packet->sent_at + timeout_of(sender, sender->first_waiting);
    if (sender->stalled_until > now)
        return time_earlier(deadline, sender->stalled_until);
    if (wants_to_send(sender, now))
        return time_earlier(deadline, pacer_ready_at(&sender->pacer, now));
    if (sender->queued_messages > 0 && sender->hold_until > now && new_data_may_leave(sender))
        deadline = time_earlier(deadline, sender->hold_until);
    return deadline;
}
