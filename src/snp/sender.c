#include "snp/sender_private.h"

#include "base/alloc.h"
#include "snp/congestion_model.h"
#include "snp/lane_scheduler.h"
#include "snp/packet_plan.h"
#include "wire/limits.h"

#include <string.h>

enum {
    SEGMENTS_PER_SLAB = 64,
    SEVERAL_PER_SLAB = 32,
    SEGMENTS_MAX = SENT_PACKETS_CAPACITY_ABLE * SENT_PACKET_SEGMENTS,
};

static void init_lane(const struct sender *sender, struct send_lane *lane, int index)
{
    send_lane_init(lane, index);
    lane->limits = &sender->stream_limits;
}

void sender_init(struct sender *sender, const struct transport_config *config, int64_t first_number, microseconds now)
{
    memset(sender, 0, sizeof *sender);
    sender->config = config;
    sender->stream_limits = send_lane_deployed;
    sender->ahead_max = SENDER_AHEAD_MAX;
    init_lane(sender, &sender->first_lane, 0);
    sender->lanes = &sender->first_lane;
    sender->lane_count = 1;
    sender->hold_until = TIME_NEVER;
    sender->first_waiting = first_number;
    pool_init(&sender->segments, sizeof(struct segment), SEGMENTS_PER_SLAB, 1, SEGMENTS_MAX);
    pool_init(&sender->several, sizeof(struct several_segments), SEVERAL_PER_SLAB, 1, SENT_PACKETS_CAPACITY_ABLE);
    round_trip_init(&sender->round_trip);
    pacer_init(&sender->pacer, SEND_RATE_DEFAULT, now);
    rate_sampler_init(&sender->rates, now);
    sender->settled = first_number;
    sender->doubtful[0] = sender->doubtful[1] = INT64_MAX;
    sender->acks_asked_at = now;
    path_mtu_init(&sender->mtu, config->packet_size);
    sender_set_plaintext_limit(sender, (uint32_t)config->packet_size - PACKET_PROTECTED_MARGIN - PACKET_TAG_SIZE);
    sender->congestion = &sender->fixed_rate;
    congestion_fixed_init(sender->congestion, &(struct congestion_limits){.fixed = true});
    sender_update_rate(sender, now);
    sent_packets_init(&sender->packets, first_number);
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
    congestion_destroy(sender->congestion);
    sent_packets_free(&sender->packets);
    pool_destroy(&sender->segments);
    pool_destroy(&sender->several);
}

void sender_rest(struct sender *sender)
{
    sent_packets_rest(&sender->packets);
    pool_trim(&sender->segments);
    pool_trim(&sender->several);
}

void sender_discard(struct sender *sender)
{
    for (int i = 0; i < sender->lane_count; i++) {
        send_lane_free(&sender->lanes[i]);
        send_lane_init(&sender->lanes[i], i);
    }
}

static uint32_t lower_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void sender_follow_mtu(struct sender *sender)
{
    uint32_t room = sender->mtu.size - PACKET_HEADER_SIZE - sender->tag_size;

    sender->plaintext_max = lower_of(sender->configured_plaintext, room);
    sender->segment_max = lower_of(sender->configured_plaintext, room - SENDER_BLOB_MARGIN) - SENDER_SEGMENT_MARGIN;
}

void sender_set_plaintext_limit(struct sender *sender, uint32_t limit)
{
    sender->configured_plaintext = limit;
    sender->tag_size = (uint32_t)sender->config->packet_size - PACKET_PROTECTED_MARGIN - limit;
    path_mtu_set_maximum(&sender->mtu, sender->config->packet_size);
    sender_follow_mtu(sender);
}

void sender_extend(struct sender *sender, const struct abilities *abilities)
{
    int64_t jump = abilities->packet_jump < PACKET_JUMP_ABLE ? abilities->packet_jump : PACKET_JUMP_ABLE;

    /* More segments are lost at any time than are known to be: half of what the peer can keep track of is for them. */
    if (abilities->stream_holes / 2 > SEND_LANE_HOLES_MAX)
        sender->stream_limits.holes =
            abilities->stream_holes < STREAM_HOLES_ABLE ? (int)abilities->stream_holes / 2 : STREAM_HOLES_ABLE / 2;
    if (abilities->stream_window > 0) {
        sender->stream_limits.window = abilities->stream_window - abilities->stream_window / SENDER_MARGIN;
        sender->stream_limits.always = true;
    }
    sender->pacer.batch_packets = PACER_BATCH_RUN;
    sender->awaits_late = true; /* such a peer remembers enough */
    if (jump > PACKET_JUMP_MAXIMUM) {
        sender->ahead_max = jump - jump / SENDER_MARGIN;
        sender->packets.capacity_max = SENT_PACKETS_CAPACITY_ABLE;
    }
}

/* The controller has spoken. */
void sender_obey(struct sender *sender, microseconds now)
{
    const struct congestion *congestion = sender->congestion;

    sender->pacer.catch_up = congestion->catch_up;
    if (congestion->rate != sender->pacer.rate)
        pacer_set_rate(&sender->pacer, congestion->rate, now);
}

void sender_update_rate(struct sender *sender, microseconds now)
{
    struct congestion_limits limits = congestion_limits_of(sender->config);
    bool fixed = sender->congestion == &sender->fixed_rate;

    if (limits.fixed && !fixed) {
        congestion_destroy(sender->congestion);
        sender->congestion = &sender->fixed_rate;
    } else if (!limits.fixed && fixed && sender->used) {
        struct congestion *model = congestion_model_new(&limits, sender->round_trip.precise_us, now);

        if (model)
            sender->congestion = model;
    }
    sender->congestion->controller->limits_changed(sender->congestion, &limits, now);
    sender_obey(sender, now);
}

void sender_sample_round_trip(struct sender *sender, microseconds sample, microseconds now)
{
    if (!round_trip_sample(&sender->round_trip, sample, now))
        return;
    sender->congestion->controller->round_trip_hinted(sender->congestion, sender->round_trip.precise_us);
    sender_obey(sender, now);
}

void sender_renumber(struct sender *sender, int64_t first_number)
{
    sender->packets.oldest = sender->packets.next = sender->first_waiting = sender->settled = first_number;
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
                init_lane(sender, &lanes[i], i);
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

int64_t sender_reliable_bytes(const struct sender *sender)
{
    int64_t bytes = 0;

    for (int i = 0; i < sender->lane_count; i++)
        bytes += sender->lanes[i].pending_reliable + sender->lanes[i].unacknowledged;
    return bytes;
}

microseconds sender_queue_time(const struct sender *sender, int64_t pending_bytes)
{
    double wait = ((double)pending_bytes - sender->pacer.tokens) * 1e6 / (double)sender->pacer.rate;

    return wait > 0 ? (microseconds)wait : 0;
}

/* Peers lose larger ones: for their size (protocol 14.4), or, in small packets, because of too many segments. */
static int64_t unreliable_maximum(const struct sender *sender)
{
    int64_t segments = (int64_t)sender->segment_max * SENDER_UNRELIABLE_SEGMENTS;

    return segments < UNRELIABLE_SEND_MAXIMUM ? segments : UNRELIABLE_SEND_MAXIMUM;
}

void sender_queue_admitted(struct sender *sender, struct message *message, microseconds now)
{
    bool reliable = (message->api.m_nFlags & k_nSteamNetworkingSend_Reliable) != 0;

    if (!reliable && message->api.m_cbSize > unreliable_maximum(sender)) {
        reliable = true;
        message->api.m_nFlags |= k_nSteamNetworkingSend_Reliable;
    }
    if (!sender->used) {
        sender->used = true;
        sender_update_rate(sender, now);
    }
    send_lane_queue(&sender->lanes[message->api.m_idxLane], message, reliable);
    sender->queued_messages++;
    if (message->api.m_nFlags & k_nSteamNetworkingSend_NoNagle)
        sender->hold_until = 0;
    else if (sender->hold_until == TIME_NEVER)
        sender->hold_until = now + sender->config->nagle_us;
}

EResult sender_queue(struct sender *sender, struct message *message, bool connected, microseconds now)
{
    int flags = message->api.m_nFlags;
    bool reliable = (flags & k_nSteamNetworkingSend_Reliable) != 0;
    int64_t size = message->api.m_cbSize, pending = sender_pending_bytes(sender);

    if (message->api.m_idxLane >= sender->lane_count || size < 0 || size > MESSAGE_SIZE_MAXIMUM)
        return k_EResultInvalidParam;
    if (!reliable && (flags & k_nSteamNetworkingSend_NoDelay) &&
        (!connected || sender_queue_time(sender, pending) > SENDER_NO_DELAY_LIMIT_US))
        return k_EResultIgnored;
    /* No more messages than bytes, so that empty ones have a limit too. */
    if (pending + size > sender->config->send_buffer_size ||
        sender->queued_messages >= sender->config->send_buffer_size)
        return k_EResultLimitExceeded;
    sender_queue_admitted(sender, message, now);
    return k_EResultOK;
}

void sender_release_held(struct sender *sender)
{
    if (sender->queued_messages > 0)
        sender->hold_until = 0;
}

/* ---- what may leave ------------------------------------------------------------------------------------------- */

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
        if (send_lane_head(&sender->lanes[i]) && send_lane_head_may_leave(&sender->lanes[i]))
            return true;
    return false;
}

static bool far_ahead(const struct sender *sender)
{
    return sender->packets.next - sender->latest_acknowledged >= sender->ahead_max;
}

enum ack_wish sender_wants_ack(const struct sender *sender, bool data, microseconds now)
{
    const struct congestion *congestion = sender->congestion;
    int64_t answered =
        sender->latest_acknowledged > sender->last_eliciting ? sender->latest_acknowledged : sender->last_eliciting;

    if (data && sender->in_flight == 0 && sender->bytes_in_flight + sender->mtu.size >= congestion->allowance)
        return ACK_WISHED_AT_ONCE; /* the allowance is used up with it, and nothing else brings an answer */
    if (data &&
        (sender->bytes_since_asked >= congestion->ask_bytes || now - sender->acks_asked_at >= congestion->ask_interval))
        return congestion->ask_at_once ? ACK_WISHED_AT_ONCE : ACK_WISHED;
    /* Large packets that nobody has to tell of may vanish (path_mtu.h). */
    if (data && sender->in_flight == 0 &&
        (path_mtu_asks(&sender->mtu) || now - sender->acks_asked_at >= SENDER_UNTOLD_US) &&
        sender_pending_bytes(sender) >= sender->segment_max)
        return ACK_WISHED;
    return far_ahead(sender) || sender->packets.next - answered >= SENDER_UNASKED_MAX ? ACK_WISHED : ACK_NOT_WISHED;
}

/* With nothing in flight that the peer has to answer, one more may leave, to be answered. */
static bool has_allowance(const struct sender *sender)
{
    return sender->bytes_in_flight < sender->congestion->allowance || sender->in_flight == 0;
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
    if (!wants_to_send(sender, now))
        return false;
    if (has_allowance(sender))
        return sender_within_rate(sender, now);
    sender->pacer.refused = false; /* it is not for the rate that it waits */
    return false;
}

void sender_rests(struct sender *sender, microseconds now)
{
    /* What waits for the peer to keep less, or to be heard again, is not the application's fault. */
    bool nothing_to_send = sender->queued_messages == 0 && !has_resends(sender);
    bool held = sender->hold_until > now && sender_pending_bytes(sender) < sender->segment_max;

    if ((nothing_to_send || held) && has_allowance(sender))
        rate_sampler_application_limited(&sender->rates, sender->bytes_in_flight);
}

/* ---- packets ------------------------------------------------------------------------------------------------ */

/*
 * What the peer may forget: all below the newest acknowledged packet; but for a while after packets were given up, not
 * what comes after them, so that it can still tell that they were only late.
 */
static int64_t stop_waiting(struct sender *sender, microseconds now)
{
    int64_t value = sender->latest_acknowledged;

    for (int i = 0; i < 2; i++)
        if (sender->doubtful[i] < value)
            value = sender->doubtful[i];
    if (now - sender->doubt_turned >= SENDER_LATE_US) {
        sender->doubtful[1] = sender->doubtful[0];
        sender->doubtful[0] = INT64_MAX;
        sender->doubt_turned = now;
    }
    return value > sender->stop_waiting_sent ? value : sender->stop_waiting_sent;
}

int64_t sender_begin_packet(struct sender *sender, struct byte_writer *writer, microseconds now)
{
    int64_t number = sender->packets.next;
    struct sent_packet *packet;

    if (sent_packets_full(&sender->packets))
        sender_make_room_for_record(sender, now);
    packet = sent_packets_push(&sender->packets);
    packet->sent_at = now;
    sender->stop_waiting_sent = stop_waiting(sender, now);
    frame_write_stop_waiting(writer, (uint64_t)(number - sender->stop_waiting_sent - 1));
    return number;
}

int sender_write_segments(struct sender *sender, struct byte_writer *writer, size_t extra)
{
    struct sent_packet *packet = sent_packets_at(&sender->packets, sender->packets.next - 1);
    int written = packet_plan_write(sender, packet, writer, extra);

    packet->data = written > 0;
    if (written > 0)
        sender->stalls = 0;
    if (sender->queued_messages == 0)
        sender->hold_until = TIME_NEVER;
    return written;
}

bool sender_end_packet(struct sender *sender, int64_t number, size_t datagram_size, bool expects_reply,
                       uint8_t statistics, microseconds now)
{
    struct sent_packet *packet = sent_packets_at(&sender->packets, number);

    packet->size = (uint16_t)datagram_size & 0x7ff;
    packet->statistics = statistics & 3;
    packet->eliciting = packet->segment_count > 0 || expects_reply;
    if (packet->eliciting) {
        sender->in_flight++;
        sender->last_eliciting = number;
    }
    if (packet->data) {
        packet->application_limited =
            rate_sampler_sent(&sender->rates, &packet->rate_mark, sender->bytes_in_flight == 0, now);
        packet->tag = sender->congestion->tag & 3;
        sender->bytes_in_flight += packet->size;
        sender->bytes_since_asked += packet->size;
        sender->congestion->controller->sent(sender->congestion, packet->size, sender->bytes_in_flight,
                                             packet->application_limited, now);
        sender_obey(sender, now);
    }
    if (expects_reply) {
        sender->acks_asked_at = now;
        sender->bytes_since_asked = 0;
        path_mtu_asked(&sender->mtu, (int)datagram_size);
    }
    pacer_spend(&sender->pacer, (int64_t)datagram_size, now);
    return packet->segment_count > 0;
}

void sender_stall(struct sender *sender, microseconds now)
{
    sender->stalled_until = now + ((microseconds)SENDER_STALL_US << sender->stalls);
    if (sender->stalls < SENDER_STALL_DOUBLINGS)
        sender->stalls++;
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

/* What was sent before a packet that timed out and has no timeout of its own: nobody is going to tell of it. */
static void settle_before(struct sender *sender, int64_t number, microseconds now)
{
    if (sender->settled < sender->packets.oldest)
        sender->settled = sender->packets.oldest;
    for (; sender->settled < number; sender->settled++) {
        struct sent_packet *packet = sent_packets_at(&sender->packets, sender->settled);

        if (packet->data)
            sender->statistics_lost |= sender_lose_packet(sender, packet, sender->settled, now);
    }
}

uint8_t sender_tick(struct sender *sender, microseconds now)
{
    struct sent_packet *packet;
    uint8_t lost = 0;
    bool new_round = false;

    while ((packet = oldest_waiting(sender)) && packet->sent_at + timeout_of(sender, sender->first_waiting) <= now) {
        lost |= sender_lose_packet(sender, packet, sender->first_waiting, now);
        if (packet->probe)
            continue;
        settle_before(sender, sender->first_waiting, now);
        if (sender->timeouts == 0 || sender->first_waiting >= sender->round_begin) {
            sender->timeouts++;
            sender->round_begin = sender->packets.next;
            new_round = true;
        }
    }
    if (new_round) {
        sender->congestion->controller->timed_out(sender->congestion, sender->timeouts, sender->bytes_in_flight, now);
        sender_obey(sender, now);
    }
    lost |= sender->statistics_lost;
    sender->statistics_lost = 0;
    sender_forget_old_packets(sender, now);
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
    if (wants_to_send(sender, now)) {
        /* What has no allowance waits for an acknowledgement or a timeout. */
        return has_allowance(sender) ? time_earlier(deadline, pacer_ready_at(&sender->pacer, now)) : deadline;
    }
    if (sender->queued_messages > 0 && sender->hold_until > now && new_data_may_leave(sender))
        deadline = time_earlier(deadline, sender->hold_until);
    return deadline;
}
