/*
 * What the tests of the sending half share: two ends, each with a sender and what receives, packets as data_packet.c
 * makes them, and what a sender has to look like when everything is done.
 */
#ifndef UNIT_SNP_SENDER_PAIR_H
#define UNIT_SNP_SENDER_PAIR_H

#include "engine.h"

#include "snp/receiver.h"
#include "snp/sender.h"

enum { FIRST = PACKET_FIRST_NUMBER, TAG = PACKET_TAG_SIZE };

/* One end: it sends with its sender and receives with the rest. */
struct side {
    struct transport_config config;
    struct sender sender;
    struct receiver receiver;
    struct ack_tracker tracker;
    struct kept_messages kept;
    size_t plaintext_limit;
};

static struct side alice, bob;
static microseconds now;

static inline void side_begin(struct side *side, struct transport_config config, uint32_t tag)
{
    memset(side, 0, sizeof *side);
    side->config = config;
    kept_messages_init(&side->kept);
    ack_tracker_init(&side->tracker, 1);
    receiver_init(&side->receiver, &side->config, &side->kept.sink, NULL);
    side->plaintext_limit = (size_t)config.packet_size - PACKET_PROTECTED_MARGIN - tag;
    sender_init(&side->sender, &side->config, FIRST, now);
    sender_set_plaintext_limit(&side->sender, (uint32_t)side->plaintext_limit);
}

static inline void side_end(struct side *side)
{
    kept_messages_drop_all(&side->kept);
    receiver_free(&side->receiver);
    sender_free(&side->sender);
    ack_tracker_free(&side->tracker);
}

static inline void begin(void)
{
    now = 1000 * SECOND;
    side_begin(&alice, engine_config(), TAG);
    side_begin(&bob, engine_config(), TAG);
}

static inline void end(void)
{
    side_end(&alice);
    side_end(&bob);
}

struct packet {
    int64_t number;
    size_t length;
    int segments; /* of both kinds */
    bool reliable;
    uint8_t bytes[DATAGRAM_MAXIMUM];
};

/* As data_packet.c makes one. */
static inline struct packet compose(struct side *side, bool with_segments)
{
    struct packet packet = {.number = 0};
    struct byte_writer writer;

    writer_init(&writer, packet.bytes, side->plaintext_limit);
    packet.number = sender_begin_packet(&side->sender, &writer, now);
    writer.end -=
        with_segments ? side->sender.segment_max + FRAME_SELECT_LANE_MAXIMUM + FRAME_RELIABLE_HEADER_MAXIMUM : 0;
    ack_tracker_write(&side->tracker, &writer, now);
    writer.end = packet.bytes + side->plaintext_limit;
    if (with_segments)
        packet.segments = sender_write_segments(&side->sender, &writer, 0);
    assert_false(writer.failed);
    packet.length = writer_length(&writer);
    packet.reliable =
        sender_end_packet(&side->sender, packet.number, packet.length + PACKET_HEADER_SIZE + TAG, false, 0, now);
    return packet;
}

/* Sends data whether or not the rate allows. */
static inline struct packet send_now(struct side *side)
{
    struct packet packet = compose(side, true);

    assert_true(packet.segments > 0);
    return packet;
}

static inline struct receive_report deliver(struct side *to, struct side *from, const struct packet *packet)
{
    uint8_t *copy = malloc(packet->length);
    struct receive_report report;

    (void)from;
    assert_non_null(copy);
    memcpy(copy, packet->bytes, packet->length);
    receiver_process(&to->receiver, &to->sender, &to->tracker, copy, packet->length, packet->number, RECEIVE_NORMAL,
                     now, &report);
    free(copy);
    if (report.error)
        fail_msg("packet %lld: %s", (long long)packet->number, report.error);
    if (report.acknowledge)
        ack_tracker_record(&to->tracker, packet->number, now);
    if (report.reliable)
        ack_tracker_request(&to->tracker, now + ACK_DATA_DELAY_MS * MILLISECOND);
    return report;
}

/* Bob tells Alice what he has; gaps are old enough. */
static inline struct receive_report answer(void)
{
    struct packet packet;

    now += 10 * MILLISECOND;
    packet = compose(&bob, false);
    return deliver(&alice, &bob, &packet);
}

static inline EResult try_queue(struct side *side, int size, int flags, int lane, bool connected)
{
    struct message *message = pattern_message((uint32_t)size, size, flags, lane);
    EResult result = sender_queue(&side->sender, message, connected, now);

    if (result != k_EResultOK)
        message_release(message);
    return result;
}

static inline void queue(int size, int flags)
{
    assert_int_equal(try_queue(&alice, size, flags, 0, true), k_EResultOK);
}

/* In flight as the records have it. */
static inline void check_in_flight(const struct sender *sender)
{
    int in_flight = 0;

    for (int64_t number = sender->packets.oldest; number < sender->packets.next; number++) {
        const struct sent_packet *packet = sent_packets_find(&sender->packets, number);

        in_flight += packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting;
    }
    assert_int_equal(sender->in_flight, in_flight);
}

static inline void check_nothing_left(struct sender *sender)
{
    assert_false(sender_reliable_outstanding(sender));
    assert_true(sender_pending_bytes(sender) == 0);
    assert_int_equal(sender->queued_messages, 0);
    assert_int_equal(sender->in_flight, 0);
    for (int i = 0; i < sender->lane_count; i++) {
        assert_true(sender->lanes[i].unacknowledged == 0);
        assert_true(sender->lanes[i].resend_bytes == 0);
        assert_int_equal(sender->lanes[i].lost_outstanding, 0);
    }
    sender_tick(sender, now + 100 * SECOND); /* old records go */
    assert_true(sender->packets.oldest == sender->packets.next);
    assert_int_equal(sender->segments.in_use, 0);
}

/* ---- queueing ---------------------------------------------------------------------------------------------------- */

enum { RELIABLE = k_nSteamNetworkingSend_Reliable, NO_NAGLE = k_nSteamNetworkingSend_NoNagle };

/* ---- acknowledgements -------------------------------------------------------------------------------------------- */

static inline enum ack_outcome acknowledge(int64_t latest, uint16_t delay, struct ack_report *report)
{
    struct ack_frame ack = {.latest_bits = 16, .latest_field = (uint16_t)latest, .delay = delay};

    return sender_acknowledge(&alice.sender, &ack, now, report);
}

#endif
