/*
 * The sender's records of packets: what became of them, as acknowledgements, losses and changes of the path tell.
 */
#include "snp/sender_private.h"

#include "wire/counter.h"
#include "wire/limits.h"

#include <string.h>

enum {
    AHEAD_FAR = 8,  /* packets whose records are fetched into the cache before it is their turn; ... */
    AHEAD_NEAR = 4, /* ... and whose segments are */
};

/* ---- acknowledged, lost, forgotten ----------------------------------------------------------------------------- */

static void leave_flight(struct sender *sender, struct sent_packet *packet, enum sent_packet_state state)
{
    if (packet->state == SENT_PACKET_IN_FLIGHT) {
        if (packet->eliciting)
            sender->in_flight--;
        if (packet->data)
            sender->bytes_in_flight -= packet->size;
    }
    packet->state = (uint8_t)state & 3;
}

static void drop_segments(struct sender *sender, struct sent_packet *packet)
{
    for (int i = 0; i < packet->segment_count; i++) {
        struct segment *segment = sent_packet_segment(packet, i);

        if (--segment->records == 0 && segment->acknowledged)
            pool_give(&sender->segments, segment);
    }
    if (packet->segment_count > 1)
        pool_give(&sender->several, packet->several);
    packet->segment_count = 0;
}

/* What one ack frame tells, gathered while its blocks are gone through. */
struct ack_tally {
    struct ack_report *report;
    struct rate_gathering rates;
    struct congestion_report congestion;
};

static void tally_data(struct sender *sender, const struct sent_packet *packet, int64_t number, struct ack_tally *tally)
{
    rate_sampler_acknowledged(&sender->rates, &tally->rates, number, packet->size, packet->sent_at, &packet->rate_mark,
                              packet->application_limited);
    sender->lost_in_vain = 0;
    sender->fates[packet->tag].arrived += packet->size;
    if (packet->state == SENT_PACKET_LOST)
        sender->fates[packet->tag].lost -= packet->size;
}

static void count_probe(struct sender *sender, const struct sent_packet *packet, int64_t number)
{
    if (number < sender->probing_since || number == sender->mtu.probe)
        return;
    sender->probes_arrived++;
    sender->newest_probe_sent = time_later(sender->newest_probe_sent, packet->sent_at);
}

static void tell_mtu_of_arrival(struct sender *sender, const struct sent_packet *packet, int64_t number,
                                microseconds now)
{
    if (number == sender->mtu.probe ? path_mtu_probe_arrived(&sender->mtu, now)
                                    : path_mtu_arrived(&sender->mtu, packet->size, packet->sent_at, now))
        sender_follow_mtu(sender);
}

static void acknowledge_packet(struct sender *sender, struct sent_packet *packet, int64_t number, microseconds now,
                               struct ack_tally *tally)
{
    struct ack_report *report = tally->report;

    if (packet->state == SENT_PACKET_DONE) {
        /* Of those that are done only the skipped ones come here. */
        sender->false_acknowledgements += number >= sender->probing_since;
        return;
    }
    if (packet->eliciting)
        sender->timeouts = 0;
    if (packet->probe)
        count_probe(sender, packet, number);
    if (!path_mtu_at_rest(&sender->mtu))
        tell_mtu_of_arrival(sender, packet, number, now);
    if (packet->data)
        tally_data(sender, packet, number, tally);
    for (int i = 0; i < packet->segment_count; i++) {
        struct segment *segment = sent_packet_segment(packet, i);

        send_lane_acknowledge(&sender->lanes[segment->lane], segment);
    }
    drop_segments(sender, packet);
    report->packets_acknowledged++;
    report->statistics_acknowledged |= packet->statistics;
    leave_flight(sender, packet, SENT_PACKET_DONE);
}

/* Returns what statistics were lost with it. */
uint8_t sender_lose_packet(struct sender *sender, struct sent_packet *packet, int64_t number, microseconds now)
{
    if (packet->state != SENT_PACKET_IN_FLIGHT)
        return 0;
    if (number == sender->mtu.probe)
        path_mtu_probe_lost(&sender->mtu, now);
    else if (path_mtu_lost(&sender->mtu, packet->size, packet->sent_at, now))
        sender_follow_mtu(sender);
    for (int i = 0; i < packet->segment_count; i++) {
        struct segment *segment = sent_packet_segment(packet, i);

        send_lane_lose(&sender->lanes[segment->lane], segment);
    }
    sender->packets_lost++;
    if (packet->data) {
        sender->fates[packet->tag].lost += packet->size;
        sender->lost_in_vain += packet->size;
    }
    leave_flight(sender, packet, SENT_PACKET_LOST);
    return packet->statistics;
}

void sender_make_room_for_record(struct sender *sender, microseconds now)
{
    struct sent_packet *oldest = sent_packets_at(&sender->packets, sender->packets.oldest);

    sender->statistics_lost |= sender_lose_packet(sender, oldest, sender->packets.oldest, now);
    drop_segments(sender, oldest);
    sent_packets_pop(&sender->packets);
}

/* Records that no late acknowledgement can concern any more. */
void sender_forget_old_packets(struct sender *sender, microseconds now)
{
    microseconds kept = RECORD_KEPT_RETRANSMITS * round_trip_retransmit_timeout(&sender->round_trip);
    struct sent_packet *packet;

    while ((packet = sent_packets_find(&sender->packets, sender->packets.oldest))) {
        if (packet->state != SENT_PACKET_DONE || packet->skipped) {
            if (packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting)
                return;
            if (now - packet->sent_at < kept)
                return;
            drop_segments(sender, packet);
            leave_flight(sender, packet, SENT_PACKET_LOST); /* the peer had no reason to tell of it */
        }
        sent_packets_pop(&sender->packets);
    }
}

/* Records and segments were written a round trip ago and have left the cache since. */
static void look_ahead(const struct sender *sender, int64_t number, int64_t end)
{
    if (number + AHEAD_FAR < end)
        __builtin_prefetch(sent_packets_at(&sender->packets, number + AHEAD_FAR));
    if (number + AHEAD_NEAR < end)
        __builtin_prefetch(sent_packets_at(&sender->packets, number + AHEAD_NEAR)->segment);
}

static void acknowledge_range(struct sender *sender, int64_t begin, int64_t end, microseconds now,
                              struct ack_tally *tally)
{
    if (begin < sender->packets.oldest)
        begin = sender->packets.oldest;
    for (int64_t number = begin; number < end; number++) {
        struct sent_packet *packet = sent_packets_at(&sender->packets, number);

        tally->report->records_examined++;
        if (packet->state == SENT_PACKET_DONE && !packet->skipped) {
            number = sent_packets_skip(&sender->packets, number, end, false, &tally->report->records_examined) - 1;
            continue;
        }
        look_ahead(sender, number, end);
        acknowledge_packet(sender, packet, number, now, tally);
        sent_packet_note_run(packet, number, end);
    }
}

static void lose_range(struct sender *sender, int64_t begin, int64_t end, microseconds now, struct ack_report *report)
{
    if (begin < sender->packets.oldest)
        begin = sender->packets.oldest;
    for (int64_t number = begin; number < end; number++) {
        struct sent_packet *packet = sent_packets_at(&sender->packets, number);

        report->records_examined++;
        if (packet->state != SENT_PACKET_IN_FLIGHT && !packet->skipped) {
            number = sent_packets_skip(&sender->packets, number, end, true, &report->records_examined) - 1;
            continue;
        }
        if (sender->awaits_late && packet->state == SENT_PACKET_IN_FLIGHT && number < sender->doubtful[0])
            sender->doubtful[0] = number;
        report->statistics_lost |= sender_lose_packet(sender, packet, number, now);
        if (packet->state == SENT_PACKET_LOST)
            sent_packet_note_run(packet, number, end);
    }
}

/* Returns when the latest packet arrived, as far as is known. */
static microseconds sample_round_trip(struct sender *sender, const struct ack_frame *ack, int64_t latest,
                                      microseconds now, struct ack_tally *tally)
{
    const struct sent_packet *packet = sent_packets_find(&sender->packets, latest);
    microseconds arrived_at = now - ack->delay * FRAME_ACK_DELAY_UNIT_US * MICROSECOND;

    if (!packet || packet->state == SENT_PACKET_DONE || ack->delay == FRAME_ACK_DELAY_UNKNOWN)
        return now;
    if (!round_trip_sample(&sender->round_trip, arrived_at - packet->sent_at, now))
        return now;
    tally->report->sampled = true;
    tally->congestion.round_trip = time_later(arrived_at - packet->sent_at, 0);
    tally->congestion.sent_at = packet->sent_at;
    return arrived_at;
}

static void report_to_controller(struct sender *sender, struct ack_tally *tally, microseconds arrived_at,
                                 microseconds now)
{
    if (tally->rates.newest == 0 && tally->congestion.round_trip < 0)
        return;
    tally->congestion.rate = rate_sampler_finish(&sender->rates, &tally->rates, arrived_at);
    tally->congestion.now = now;
    tally->congestion.in_flight = sender->bytes_in_flight;
    memcpy(tally->congestion.fates, sender->fates, sizeof sender->fates);
    memset(sender->fates, 0, sizeof sender->fates);
    sender->congestion->controller->acknowledged(sender->congestion, &tally->congestion);
    sender_obey(sender, now);
}

/*
 * All that is sent is reported missing, most likely because the peer's application does not read and its buffers are
 * full. Without anything delivered the controller learns nothing; it begins anew, as after silence.
 */
static void notice_vain_sending(struct sender *sender, microseconds now)
{
    if (sender->lost_in_vain < SENDER_VAIN_BYTES ||
        sender->lost_in_vain - SENDER_VAIN_BYTES < sender->congestion->allowance)
        return;
    sender->lost_in_vain = 0;
    sender->congestion->controller->timed_out(sender->congestion, 2, sender->bytes_in_flight, now);
    sender_obey(sender, now);
}

enum ack_outcome sender_acknowledge(struct sender *sender, const struct ack_frame *ack, microseconds now,
                                    struct ack_report *report)
{
    int64_t latest = counter_expand(sender->packets.next, ack->latest_field, ack->latest_bits);
    struct byte_slice blocks = ack->blocks;
    struct ack_tally tally = {.report = report, .congestion = {.round_trip = -1}};
    struct ack_block block;
    microseconds arrived_at;
    int64_t end;

    memset(report, 0, sizeof *report);
    report->block_count = ack->block_count;
    if (latest < 0)
        return ACK_ERROR;
    if (latest >= sender->packets.next)
        return ACK_ABANDON;

    arrived_at = sample_round_trip(sender, ack, latest, now, &tally);
    end = latest + 1;
    while (ack_block_next(&blocks, &block)) {
        int64_t received = end - block.acks, missing = received - block.nacks;

        if (missing < 0)
            return ACK_ERROR;
        acknowledge_range(sender, received, end, now, &tally);
        lose_range(sender, missing, received, now, report);
        end = missing;
    }
    acknowledge_range(sender, sender->stop_waiting_sent, end, now, &tally);
    if (latest > sender->latest_acknowledged)
        sender->latest_acknowledged = latest;
    sender_forget_old_packets(sender, now);
    report_to_controller(sender, &tally, arrived_at, now);
    notice_vain_sending(sender, now);
    return ACK_PROCESSED;
}

/* ---- the path --------------------------------------------------------------------------------------------------- */

int sender_probe_size(struct sender *sender, microseconds now)
{
    return path_mtu_probe_size(&sender->mtu, now);
}

void sender_begin_probing(struct sender *sender)
{
    sender->probing_since = sender->packets.next;
    sender->probes_arrived = 0;
    sender->newest_probe_sent = 0;
    sender->false_acknowledgements = 0;
}

void sender_mark_probe(struct sender *sender, int64_t number, bool of_size)
{
    sent_packets_at(&sender->packets, number)->probe = 1;
    if (of_size)
        path_mtu_probe_sent(&sender->mtu, number);
}

void sender_skip_number(struct sender *sender, microseconds now)
{
    struct sent_packet *packet;

    if (sent_packets_full(&sender->packets))
        sender_make_room_for_record(sender, now);
    packet = sent_packets_push(&sender->packets);
    packet->sent_at = now;
    packet->state = SENT_PACKET_DONE;
    packet->skipped = 1;
}

/* As if it had never left; but its number is used up. */
static void withdraw(struct sender *sender, struct sent_packet *packet, microseconds now)
{
    for (int i = 0; i < packet->segment_count; i++) {
        struct segment *segment = sent_packet_segment(packet, i);

        send_lane_lose(&sender->lanes[segment->lane], segment);
    }
    drop_segments(sender, packet);
    sender->statistics_lost |= packet->statistics;
    pacer_spend(&sender->pacer, -(int64_t)packet->size, now);
    leave_flight(sender, packet, SENT_PACKET_LOST);
}

bool sender_withdraw_large(struct sender *sender, int64_t first, microseconds now)
{
    bool any = false;
    int largest = 0;

    if (first < sender->packets.oldest)
        first = sender->packets.oldest;
    for (int64_t number = first; number < sender->packets.next; number++) {
        const struct sent_packet *packet = sent_packets_at(&sender->packets, number);

        if (packet->state == SENT_PACKET_IN_FLIGHT && packet->size > largest)
            largest = packet->size;
    }
    if (path_mtu_too_large(&sender->mtu, largest, now))
        sender_follow_mtu(sender);
    for (int64_t number = first; number < sender->packets.next; number++) {
        struct sent_packet *packet = sent_packets_at(&sender->packets, number);

        if (packet->state == SENT_PACKET_IN_FLIGHT && packet->size > sender->mtu.size) {
            withdraw(sender, packet, now);
            any = true;
        }
    }
    return any;
}

/* What is in flight says nothing about the path that packets take now. */
static void disregard_flight(struct sender *sender)
{
    for (int64_t number = sender->packets.oldest; number < sender->packets.next; number++) {
        struct sent_packet *packet = sent_packets_at(&sender->packets, number);

        if (packet->state == SENT_PACKET_IN_FLIGHT && packet->data)
            sender->bytes_in_flight -= packet->size;
        packet->data = 0;
    }
    memset(sender->fates, 0, sizeof sender->fates);
}

void sender_path_changed(struct sender *sender, microseconds round_trip, microseconds now)
{
    disregard_flight(sender);
    round_trip_init(&sender->round_trip);
    rate_sampler_init(&sender->rates, now);
    path_mtu_init(&sender->mtu, sender->config->packet_size);
    sender_follow_mtu(sender);
    sender->timeouts = 0;
    if (sender->congestion != &sender->fixed_rate) {
        congestion_destroy(sender->congestion);
        sender->congestion = &sender->fixed_rate;
        congestion_fixed_init(sender->congestion, &(struct congestion_limits){.fixed = true});
        sender_update_rate(sender, now);
    }
    if (round_trip >= 0)
        sender_sample_round_trip(sender, round_trip, now);
}
