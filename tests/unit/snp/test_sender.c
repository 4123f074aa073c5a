/*
 * The sending half of the message engine: what leaves when, what happens to packets that are lost, and, with a receiver
 * at the other end of a bad line, that everything reliable arrives once and in order.
 */
#include "engine.h"

#include "snp/receiver.h"
#include "snp/sender.h"

#include <stdio.h>

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

static void side_begin(struct side *side, struct transport_config config, uint32_t tag)
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

static void side_end(struct side *side)
{
    kept_messages_drop_all(&side->kept);
    receiver_free(&side->receiver);
    sender_free(&side->sender);
    ack_tracker_free(&side->tracker);
}

static void begin(void)
{
    now = 1000 * SECOND;
    side_begin(&alice, engine_config(), TAG);
    side_begin(&bob, engine_config(), TAG);
}

static void end(void)
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
static struct packet compose(struct side *side, bool with_segments)
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
static struct packet send_now(struct side *side)
{
    struct packet packet = compose(side, true);

    assert_true(packet.segments > 0);
    return packet;
}

static struct receive_report deliver(struct side *to, struct side *from, const struct packet *packet)
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
static struct receive_report answer(void)
{
    struct packet packet;

    now += 10 * MILLISECOND;
    packet = compose(&bob, false);
    return deliver(&alice, &bob, &packet);
}

static EResult try_queue(struct side *side, int size, int flags, int lane, bool connected)
{
    struct message *message = pattern_message((uint32_t)size, size, flags, lane);
    EResult result = sender_queue(&side->sender, message, connected, now);

    if (result != k_EResultOK)
        message_release(message);
    return result;
}

static void queue(int size, int flags)
{
    assert_int_equal(try_queue(&alice, size, flags, 0, true), k_EResultOK);
}

/* In flight as the records have it. */
static void check_in_flight(const struct sender *sender)
{
    int in_flight = 0;

    for (int64_t number = sender->packets.oldest; number < sender->packets.next; number++) {
        const struct sent_packet *packet = sent_packets_find(&sender->packets, number);

        in_flight += packet->state == SENT_PACKET_IN_FLIGHT && packet->eliciting;
    }
    assert_int_equal(sender->in_flight, in_flight);
}

static void check_nothing_left(struct sender *sender)
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

static void test_results(void **state)
{
    struct message *message;

    (void)state;
    begin();
    assert_int_equal(try_queue(&alice, 10, 0, 1, true), k_EResultInvalidParam);
    message = pattern_message(1, 10, 0, 0);
    message->api.m_cbSize = MESSAGE_SIZE_MAXIMUM + 1;
    assert_int_equal(sender_queue(&alice.sender, message, true, now), k_EResultInvalidParam);
    message->api.m_cbSize = -1;
    assert_int_equal(sender_queue(&alice.sender, message, true, now), k_EResultInvalidParam);
    message_release(message);
    assert_int_equal(alice.sender.queued_messages, 0);
    assert_true(alice.sender.lanes[0].last_number == 0);

    assert_int_equal(try_queue(&alice, 10, k_nSteamNetworkingSend_NoDelay, 0, false), k_EResultIgnored);
    assert_int_equal(try_queue(&alice, 10, k_nSteamNetworkingSend_NoDelay | RELIABLE, 0, false), k_EResultOK);
    assert_int_equal(try_queue(&alice, 10, k_nSteamNetworkingSend_NoDelay, 0, true), k_EResultOK);
    /* 256 KiB/s: what has to wait for more than 200 ms is not worth sending. */
    assert_int_equal(try_queue(&alice, 100000, RELIABLE, 0, true), k_EResultOK);
    assert_int_equal(try_queue(&alice, 10, k_nSteamNetworkingSend_NoDelay, 0, true), k_EResultIgnored);
    assert_int_equal(try_queue(&alice, 10, 0, 0, true), k_EResultOK);
    end();
}

static void test_send_buffer_limit(void **state)
{
    (void)state;
    begin();
    queue(MESSAGE_SIZE_MAXIMUM, RELIABLE);
    assert_int_equal(try_queue(&alice, 1, 0, 0, true), k_EResultLimitExceeded);
    assert_int_equal(try_queue(&alice, 0, 0, 0, true), k_EResultLimitExceeded); /* the header counts, too */
    send_now(&alice);                                                           /* in flight does not count */
    assert_int_equal(try_queue(&alice, 1000, 0, 0, true), k_EResultOK);
    assert_int_equal(try_queue(&alice, 1000, 0, 0, true), k_EResultLimitExceeded);
    end();
}

/* Empty unreliable messages are no bytes that wait, but each of them takes memory. */
static void test_empty_messages_limit(void **state)
{
    (void)state;
    begin();
    alice.config.send_buffer_size = 4096;
    for (int i = 0; i < 4096; i++)
        assert_int_equal(try_queue(&alice, 0, 0, 0, true), k_EResultOK);
    assert_int_equal(try_queue(&alice, 0, 0, 0, true), k_EResultLimitExceeded);
    send_now(&alice);
    assert_int_equal(try_queue(&alice, 0, 0, 0, true), k_EResultOK);
    end();
}

static void test_large_unreliable_becomes_reliable(void **state)
{
    struct message *message;

    (void)state;
    begin();
    queue(UNRELIABLE_SEND_MAXIMUM, 0);
    assert_false(sender_reliable_outstanding(&alice.sender));
    message = pattern_message(1, UNRELIABLE_SEND_MAXIMUM + 1, NO_NAGLE, 0);
    assert_int_equal(sender_queue(&alice.sender, message, true, now), k_EResultOK);
    assert_true(sender_reliable_outstanding(&alice.sender));
    assert_int_equal(message->api.m_nFlags, NO_NAGLE | RELIABLE);
    end();
}

static void test_nagle(void **state)
{
    (void)state;
    begin();
    assert_true(sender_deadline(&alice.sender, now) == TIME_NEVER);
    assert_false(sender_ready(&alice.sender, now));
    queue(100, RELIABLE);
    assert_false(sender_ready(&alice.sender, now));
    assert_true(sender_deadline(&alice.sender, now) == now + NAGLE_DEFAULT_US);
    now += 3000;
    queue(100, 0); /* does not start the time again */
    assert_false(sender_ready(&alice.sender, now));
    assert_true(sender_deadline(&alice.sender, now) == now + 2000);
    now += 2000;
    assert_true(sender_ready(&alice.sender, now));
    assert_int_equal(send_now(&alice).segments, 2);
    assert_false(sender_ready(&alice.sender, now));

    /* The next one is held again, unless it says otherwise, which lets everything go. */
    now += SECOND / 2;
    queue(100, 0);
    assert_false(sender_ready(&alice.sender, now));
    queue(100, NO_NAGLE);
    assert_true(sender_ready(&alice.sender, now));
    assert_int_equal(send_now(&alice).segments, 2);

    /* A flush does the same. */
    now += SECOND / 10;
    sender_release_held(&alice.sender);
    queue(100, 0);
    assert_false(sender_ready(&alice.sender, now));
    sender_release_held(&alice.sender);
    assert_true(sender_ready(&alice.sender, now));
    send_now(&alice);

    /* A full packet does not wait. */
    now += SECOND / 10;
    queue(1000, 0);
    assert_false(sender_ready(&alice.sender, now));
    queue(1000, 0);
    assert_true(sender_ready(&alice.sender, now));
    end();
}

static void test_pacing(void **state)
{
    int64_t sent = 0;
    microseconds start;

    (void)state;
    begin();
    start = now;
    queue(300000, RELIABLE);
    while (now < start + SECOND) {
        while (sender_ready(&alice.sender, now)) {
            struct packet packet = send_now(&alice);

            sent += (int64_t)packet.length + PACKET_HEADER_SIZE + TAG;
            deliver(&bob, &alice, &packet);
        }
        assert_true(sender_deadline(&alice.sender, now) > now);
        now = sender_deadline(&alice.sender, now);
        if (bob.tracker.flush_at <= now)
            answer();
        sender_tick(&alice.sender, now);
    }
    assert_true(sent > SEND_RATE_DEFAULT * 98 / 100);
    assert_true(sent < SEND_RATE_DEFAULT + 2 * DATAGRAM_MAXIMUM + PACING_BURST);
    end();
}

/* Equal limits fix the rate; between others congestion control chooses; 0 and the largest value are no limits. */
static void test_rate(void **state)
{
    static const struct {
        int32_t lowest, highest;
        int64_t fixed; /* 0: chosen */
    } cases[] = {
        {SEND_RATE_DEFAULT, SEND_RATE_DEFAULT, SEND_RATE_DEFAULT},
        {1000, 1000, 1000},
        {5000, 1000, 5000},
        {1000, 10000000, 0},
        {0, 0, 0},
        {0, 1000, 0},
        {1000, 0, 0},
        {SEND_RATE_NO_LIMIT, SEND_RATE_NO_LIMIT, 0},
        {SEND_RATE_NO_LIMIT, 0, 0},
        {SEND_RATE_NO_LIMIT, 1000, 0},
        {SEND_RATE_NO_LIMIT - 1, SEND_RATE_NO_LIMIT - 1, SEND_RATE_NO_LIMIT - 1},
    };
    struct transport_config config = engine_config();
    struct message *message;

    (void)state;
    side_begin(&alice, config, TAG);
    /* Before there is anything to send there is nothing to choose. */
    alice.config.send_rate_min = 0;
    sender_update_rate(&alice.sender, now);
    assert_ptr_equal(alice.sender.congestion, &alice.sender.fixed_rate);
    queue(1, RELIABLE);
    assert_ptr_not_equal(alice.sender.congestion, &alice.sender.fixed_rate);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sender *sender = &alice.sender;

        alice.config.send_rate_min = cases[i].lowest;
        alice.config.send_rate_max = cases[i].highest;
        sender_update_rate(sender, now);
        if (cases[i].fixed) {
            assert_ptr_equal(sender->congestion, &sender->fixed_rate);
            assert_true(sender->pacer.rate == cases[i].fixed);
            assert_true(sender->congestion->allowance == INT64_MAX);
            assert_true(sender->pacer.catch_up == sender->congestion->catch_up);
        } else {
            assert_ptr_not_equal(sender->congestion, &sender->fixed_rate);
            assert_true(sender->congestion->allowance < 1 << 20);
            assert_true(cases[i].lowest % SEND_RATE_NO_LIMIT == 0 || sender->pacer.rate >= cases[i].lowest);
            assert_true(cases[i].highest % SEND_RATE_NO_LIMIT == 0 || sender->pacer.rate <= cases[i].highest);
        }
    }
    side_end(&alice);

    /* Without memory for a model the rate is the one that would be the default, within the limits. */
    config.send_rate_min = 0;
    config.send_rate_max = 5000;
    side_begin(&alice, config, TAG);
    message = pattern_message(1, 1, RELIABLE, 0);
    allocation_fail_after(0);
    assert_int_equal(sender_queue(&alice.sender, message, true, now), k_EResultOK);
    allocation_fail_after(-1);
    assert_ptr_equal(alice.sender.congestion, &alice.sender.fixed_rate);
    assert_true(alice.sender.pacer.rate == 5000);
    side_end(&alice);
    alloc_set_hooks(NULL, NULL, NULL);
}

static void test_configuring_lanes(void **state)
{
    static const int priorities[] = {1, 0, 0};
    static const uint16_t weights[] = {1, 2, 0};
    uint16_t many[256];

    (void)state;
    begin();
    for (int i = 0; i < 256; i++)
        many[i] = 1;
    assert_int_equal(sender_configure_lanes(&alice.sender, 0, NULL, NULL), k_EResultInvalidParam);
    assert_int_equal(sender_configure_lanes(&alice.sender, 256, NULL, many), k_EResultInvalidParam);
    assert_int_equal(sender_configure_lanes(&alice.sender, 3, priorities, weights), k_EResultInvalidParam);
    assert_int_equal(alice.sender.lane_count, 1);
    queue(5000, RELIABLE); /* stays on its lane when there are more of them */
    send_now(&alice);
    assert_int_equal(sender_configure_lanes(&alice.sender, 2, priorities, weights), k_EResultOK);
    assert_int_equal(sender_configure_lanes(&alice.sender, 1, priorities, weights), k_EResultInvalidParam);
    assert_int_equal(try_queue(&alice, 10, 0, 1, true), k_EResultOK);
    assert_int_equal(try_queue(&alice, 10, 0, 2, true), k_EResultInvalidParam);
    assert_int_equal(sender_configure_lanes(&alice.sender, 255, NULL, NULL), k_EResultOK);
    assert_int_equal(try_queue(&alice, 10, 0, 254, true), k_EResultOK);
    while (alice.sender.queued_messages > 0)
        send_now(&alice);

    allocation_fail_after(0);
    assert_int_equal(sender_configure_lanes(&alice.sender, 255, NULL, many), k_EResultOK); /* nothing to grow */
    assert_int_equal(sender_configure_lanes(&bob.sender, 2, NULL, NULL), k_EResultFail);
    assert_int_equal(bob.sender.lane_count, 1);
    alloc_set_hooks(NULL, NULL, NULL);
    end();
}

/* ---- loss -------------------------------------------------------------------------------------------------------- */

static void test_negative_ack(void **state)
{
    struct packet first, second, again;

    (void)state;
    begin();
    queue(100, RELIABLE | NO_NAGLE);
    first = send_now(&alice);
    queue(200, RELIABLE | NO_NAGLE);
    second = send_now(&alice);
    deliver(&bob, &alice, &second);
    answer();
    assert_int_equal(alice.sender.in_flight, 0);
    assert_int_equal(alice.sender.first_lane.lost_outstanding, 1);
    assert_true(sender_ready(&alice.sender, now));
    again = send_now(&alice);
    assert_true(again.number == second.number + 1);
    assert_true(alice.sender.segments_resent == 1);
    answer(); /* says the same once more */
    assert_false(sender_ready(&alice.sender, now));
    assert_int_equal(alice.sender.in_flight, 1);
    assert_true(alice.sender.packets_lost == 1);
    deliver(&bob, &alice, &again);
    assert_int_equal(bob.kept.count, 2);
    answer();
    check_nothing_left(&alice.sender);

    /* The first copy, very late, does no harm. */
    deliver(&bob, &alice, &first);
    assert_int_equal(bob.kept.count, 2);
    answer();
    end();
}

/* Packets taken for lost that had arrived: nothing is sent again once that is known. */
static void test_late_ack(void **state)
{
    struct packet first, second, again;

    (void)state;
    begin();
    queue(100, RELIABLE | NO_NAGLE);
    first = send_now(&alice);
    queue(100, RELIABLE | NO_NAGLE);
    second = send_now(&alice);
    deliver(&bob, &alice, &second);
    answer();
    assert_true(alice.sender.first_lane.resend_bytes > 0);
    deliver(&bob, &alice, &first);
    answer();
    assert_false(sender_ready(&alice.sender, now));
    check_nothing_left(&alice.sender);

    /* Once it is on its way again, the stop-waiting value that went with it says that nobody cares about the first
     * copy any more; only the second one counts (protocol 13.6). */
    queue(100, RELIABLE | NO_NAGLE);
    first = send_now(&alice);
    queue(100, RELIABLE | NO_NAGLE);
    second = send_now(&alice);
    deliver(&bob, &alice, &second);
    answer();
    again = send_now(&alice);
    deliver(&bob, &alice, &first);
    answer();
    assert_true(sender_reliable_outstanding(&alice.sender));
    assert_int_equal(bob.kept.count, 4);
    deliver(&bob, &alice, &again);
    answer();
    assert_int_equal(bob.kept.count, 4);
    check_nothing_left(&alice.sender);
    end();
}

static void test_timeouts_back_off(void **state)
{
    microseconds sent_at, timeout = SECOND;

    (void)state;
    begin();
    queue(100, RELIABLE | NO_NAGLE);
    for (int round = 0; round < 8; round++) {
        assert_true(sender_ready(&alice.sender, now));
        send_now(&alice);
        sent_at = now;
        assert_true(sender_deadline(&alice.sender, now) == sent_at + timeout);
        now = sent_at + timeout - 1;
        sender_tick(&alice.sender, now);
        assert_false(sender_ready(&alice.sender, now));
        now++;
        sender_tick(&alice.sender, now);
        assert_int_equal(alice.sender.timeouts, round + 1);
        check_in_flight(&alice.sender);
        if (round < SENDER_BACKOFF_MAX)
            timeout *= 2;
    }
    assert_true(timeout == SECOND << SENDER_BACKOFF_MAX);

    /* An answer ends it, and its sample replaces the unknown round trip. */
    struct packet packet = send_now(&alice);
    deliver(&bob, &alice, &packet);
    answer();
    assert_int_equal(alice.sender.timeouts, 0);
    queue(100, RELIABLE | NO_NAGLE);
    now += SECOND;
    sender_ready(&alice.sender, now);
    send_now(&alice);
    assert_true(sender_deadline(&alice.sender, now) ==
                now + 3 * alice.sender.round_trip.smoothed_ms * MILLISECOND + 60 * MILLISECOND);
    end();
}

/* Against a peer that is not there, only probes are sent once that begins to show. */
static void test_probes(void **state)
{
    microseconds start;
    int probes = 0;

    (void)state;
    begin();
    start = now;
    round_trip_sample(&alice.sender.round_trip, 20 * MILLISECOND, now);
    queue(500000, RELIABLE);
    while (now < start + 10 * SECOND) {
        while (sender_ready(&alice.sender, now)) {
            send_now(&alice);
            probes += alice.sender.timeouts >= 2;
        }
        assert_true(alice.sender.timeouts < 2 || alice.sender.in_flight <= SENDER_PROBES || now < start + SECOND);
        check_in_flight(&alice.sender);
        assert_true(sender_deadline(&alice.sender, now) > now);
        now = sender_deadline(&alice.sender, now);
        sender_tick(&alice.sender, now);
    }
    assert_true(probes > 0 && probes < 60);
    end();
}

/* A sender never gets so far ahead of a silent peer that the peer would refuse the next packet (protocol 12.3). */
static void test_never_too_far_ahead(void **state)
{
    for (int reliable = 0; reliable < 2; reliable++) {
        struct transport_config config = engine_config();
        microseconds start;
        int64_t heard;

        (void)state;
        begin();
        config.send_rate_min = config.send_rate_max = 100 << 20;
        config.send_buffer_size = 1 << 28;
        side_end(&alice);
        side_begin(&alice, config, TAG);
        round_trip_sample(&alice.sender.round_trip, 200 * MILLISECOND, now);
        start = now;
        heard = alice.sender.packets.next;
        while (now < start + 10 * SECOND) {
            while (sender_ready(&alice.sender, now) || alice.sender.queued_messages == 0) {
                struct byte_writer writer;
                uint8_t bytes[DATAGRAM_MAXIMUM];
                int64_t number;
                bool asks;

                while (alice.sender.queued_messages < 20)
                    queue(reliable ? 20000 : 100, (reliable ? RELIABLE : 0) | NO_NAGLE);
                if (!sender_ready(&alice.sender, now))
                    break;
                asks = sender_wants_ack(&alice.sender, true, now) != ACK_NOT_WISHED;
                writer_init(&writer, bytes, alice.plaintext_limit);
                number = sender_begin_packet(&alice.sender, &writer, now);
                sender_write_segments(&alice.sender, &writer, 0);
                sender_end_packet(&alice.sender, number, writer_length(&writer), asks, 0, now);
            }
            assert_true(sender_deadline(&alice.sender, now) > now);
            now = time_earlier(sender_deadline(&alice.sender, now), now + 10 * MILLISECOND);
            sender_tick(&alice.sender, now);
        }
        assert_true(alice.sender.packets.next - heard > 8000);
        assert_true(alice.sender.packets.next - heard < PACKET_JUMP_MAXIMUM - 1000);
        check_in_flight(&alice.sender);
        end();
    }
}

/* Deployed receivers refuse more than 20 or 30 holes: new data waits while that many segments are lost. */
static void test_holes_limit(void **state)
{
    (void)state;
    begin();
    alice.config.send_buffer_size = 1 << 28;
    queue(100000, RELIABLE | NO_NAGLE);
    for (int i = 0; i < 2 * SEND_LANE_HOLES_MAX + 20; i++) {
        struct packet packet = send_now(&alice);

        if (i % 2)
            deliver(&bob, &alice, &packet);
    }
    assert_true(receive_stream_holes(&receiver_lane(&bob.receiver, 0)->stream) > SEND_LANE_HOLES_MAX);
    answer();
    assert_true(alice.sender.first_lane.lost_outstanding > SEND_LANE_HOLES_MAX);
    now += SECOND;
    while (sender_ready(&alice.sender, now)) {
        int64_t sent = alice.sender.first_lane.stream_sent;

        send_now(&alice); /* and lost again */
        assert_true(alice.sender.first_lane.stream_sent == sent);
        now += 10 * MILLISECOND;
    }
    assert_true(alice.sender.queued_messages > 0);
    assert_true(alice.sender.first_lane.resend_bytes == 0);

    /* Repaired, it goes on. */
    while (bob.kept.count == 0) {
        if (sender_ready(&alice.sender, now)) {
            struct packet packet = send_now(&alice);

            deliver(&bob, &alice, &packet);
        }
        answer();
        sender_tick(&alice.sender, now);
        assert_true(now < 2000 * SECOND);
    }
    check_nothing_left(&alice.sender);
    end();
}

/* They buffer 1 MiB beyond the first hole. */
static void test_span_limit(void **state)
{
    struct packet packet;

    (void)state;
    begin();
    alice.config.send_buffer_size = 1 << 28;
    for (int i = 0; i < 4; i++)
        queue(MESSAGE_SIZE_MAXIMUM, RELIABLE | NO_NAGLE);
    send_now(&alice); /* lost */
    packet = send_now(&alice);
    deliver(&bob, &alice, &packet);
    answer();
    assert_int_equal(alice.sender.first_lane.lost_outstanding, 1);
    for (int i = 0; i < 2000; i++) {
        alice.sender.pacer.tokens = 1000000;
        if (!sender_ready(&alice.sender, now))
            break;
        send_now(&alice);
    }
    assert_true(alice.sender.first_lane.stream_sent > SEND_LANE_SPAN_WITH_HOLE);
    assert_true(alice.sender.first_lane.stream_sent < SEND_LANE_SPAN_WITH_HOLE + 2000);
    end();
}

/* ---- acknowledgements -------------------------------------------------------------------------------------------- */

static enum ack_outcome acknowledge(int64_t latest, uint16_t delay, struct ack_report *report)
{
    struct ack_frame ack = {.latest_bits = 16, .latest_field = (uint16_t)latest, .delay = delay};

    return sender_acknowledge(&alice.sender, &ack, now, report);
}

static void test_round_trip_from_acks(void **state)
{
    struct ack_report report;
    struct packet packet;

    (void)state;
    begin();
    queue(10, RELIABLE | NO_NAGLE);
    packet = send_now(&alice);
    now += 80 * MILLISECOND;
    assert_int_equal(acknowledge(packet.number, 1000, &report), ACK_PROCESSED); /* held for 32 ms */
    assert_true(report.sampled);
    assert_int_equal(report.packets_acknowledged, 1);
    assert_int_equal(alice.sender.round_trip.smoothed_ms, 48);
    /* Nothing more can be learned from the same packet, nor without a delay. */
    assert_int_equal(acknowledge(packet.number, 0, &report), ACK_PROCESSED);
    assert_false(report.sampled);
    queue(10, RELIABLE | NO_NAGLE);
    packet = send_now(&alice);
    assert_int_equal(acknowledge(packet.number, FRAME_ACK_DELAY_UNKNOWN, &report), ACK_PROCESSED);
    assert_false(report.sampled);
    assert_int_equal(alice.sender.round_trip.sample_count, 1);
    end();
}

static void test_stop_waiting_follows_acks(void **state)
{
    struct ack_report report;

    (void)state;
    begin();
    for (int i = 0; i < 300; i++) {
        queue(10, RELIABLE | NO_NAGLE);
        send_now(&alice);
    }
    assert_int_equal(acknowledge(200, FRAME_ACK_DELAY_UNKNOWN, &report), ACK_PROCESSED);
    assert_true(alice.sender.latest_acknowledged == 200);
    assert_int_equal(acknowledge(150, FRAME_ACK_DELAY_UNKNOWN, &report), ACK_PROCESSED); /* an old one */
    assert_true(alice.sender.latest_acknowledged == 200);
    assert_int_equal(acknowledge(302, FRAME_ACK_DELAY_UNKNOWN, &report), ACK_ABANDON);
    assert_int_equal(acknowledge(301, FRAME_ACK_DELAY_UNKNOWN, &report), ACK_PROCESSED);
    check_nothing_left(&alice.sender);
    end();
}

/* The fate of statistics that rode on packets is reported once. */
static void test_fate_of_statistics(void **state)
{
    struct ack_report report;
    struct byte_writer writer;
    uint8_t bytes[64];
    int64_t number;

    (void)state;
    begin();
    writer_init(&writer, bytes, sizeof bytes);
    number = sender_begin_packet(&alice.sender, &writer, now);
    assert_false(sender_end_packet(&alice.sender, number, 50, true, CARRIED_LIFETIME, now));
    assert_int_equal(acknowledge(number, 0, &report), ACK_PROCESSED);
    assert_int_equal(report.statistics_acknowledged, CARRIED_LIFETIME);
    assert_int_equal(report.statistics_lost, 0);
    acknowledge(number, 0, &report);
    assert_int_equal(report.statistics_acknowledged, 0);

    writer_init(&writer, bytes, sizeof bytes);
    number = sender_begin_packet(&alice.sender, &writer, now);
    sender_end_packet(&alice.sender, number, 50, true, CARRIED_INSTANTANEOUS, now);
    assert_int_equal(sender_tick(&alice.sender, now + SECOND / 1000), 0);
    assert_int_equal(sender_tick(&alice.sender, now + 10 * SECOND), CARRIED_INSTANTANEOUS);
    assert_int_equal(sender_tick(&alice.sender, now + 20 * SECOND), 0);
    end();
}

/* A packet whose record is still there, because an older one is, has only one fate all the same. */
/* What tries something out says nothing by its loss: no timeout, no back-off, no loss for congestion control. */
static void test_lost_probes(void **state)
{
    struct byte_writer writer;
    uint8_t bytes[64];
    int64_t number;

    (void)state;
    begin();
    for (int i = 0; i < 10; i++) {
        writer_init(&writer, bytes, sizeof bytes);
        number = sender_begin_packet(&alice.sender, &writer, now);
        sender_mark_probe(&alice.sender, number, false);
        sender_end_packet(&alice.sender, number, 1300, true, 0, now);
        assert_int_equal(alice.sender.in_flight, 1);
        now = sender_deadline(&alice.sender, now);
        sender_tick(&alice.sender, now);
        assert_int_equal(alice.sender.in_flight, 0);
        assert_int_equal(alice.sender.timeouts, 0);
        assert_int_equal(alice.sender.bytes_in_flight, 0);
        assert_int_equal(alice.sender.fates[0].lost, 0);
    }
    end();
}

/* What was on its way when the path changed is no measure of the new one, but it is not forgotten. */
static void test_path_changes(void **state)
{
    struct packet packets[4];

    (void)state;
    begin();
    alice.config.send_rate_max = 100 * 1024 * 1024;
    for (int i = 0; i < 4; i++) {
        try_queue(&alice, 1000, RELIABLE | NO_NAGLE, 0, true);
        packets[i] = send_now(&alice);
        now += 5 * MILLISECOND;
    }
    sender_sample_round_trip(&alice.sender, 30 * MILLISECOND, now);
    path_mtu_too_large(&alice.sender.mtu, 1300, now);
    assert_true(alice.sender.bytes_in_flight > 4000);
    sender_path_changed(&alice.sender, 70 * MILLISECOND, now);
    assert_int_equal(alice.sender.bytes_in_flight, 0);
    assert_int_equal(alice.sender.in_flight, 4);
    assert_int_equal(sender_packet_size(&alice.sender), 1300);
    assert_int_equal(alice.sender.round_trip.smoothed_ms, 70);
    deliver(&bob, &alice, &packets[0]);
    deliver(&bob, &alice, &packets[3]);
    answer(); /* two arrived, two did not */
    assert_int_equal(alice.sender.bytes_in_flight, 0);
    assert_int_equal(alice.sender.rates.delivered, 0);
    for (int tag = 0; tag < CONGESTION_TAGS; tag++) {
        assert_int_equal(alice.sender.fates[tag].arrived, 0);
        assert_int_equal(alice.sender.fates[tag].lost, 0);
    }
    now += SECOND;
    while (sender_ready(&alice.sender, now)) {
        packets[0] = send_now(&alice);
        deliver(&bob, &alice, &packets[0]);
    }
    answer();
    assert_false(sender_reliable_outstanding(&alice.sender));
    assert_int_equal(bob.kept.count, 4);
    assert_true(alice.sender.rates.delivered > 0);
    end();
}

/* Numbers that no packet has are no losses either; who acknowledges one of them is found out. */
static void test_numbers_left_out(void **state)
{
    struct packet packet;

    (void)state;
    begin();
    sender_begin_probing(&alice.sender);
    for (int i = 0; i < 5; i++)
        sender_skip_number(&alice.sender, now);
    try_queue(&alice, 100, RELIABLE, 0, true);
    packet = send_now(&alice);
    assert_int_equal(packet.number, FIRST + 5);
    deliver(&bob, &alice, &packet);
    answer();
    assert_int_equal(alice.sender.packets_lost, 0);
    assert_int_equal(alice.sender.false_acknowledgements, 0);
    assert_false(sender_reliable_outstanding(&alice.sender));

    for (int i = 0; i < 3; i++)
        sender_skip_number(&alice.sender, now);
    ack_tracker_record(&bob.tracker, FIRST + 7, now); /* he says so */
    answer();
    assert_int_equal(alice.sender.false_acknowledgements, 1);
    end();
}

static void test_one_fate(void **state)
{
    static const uint8_t one_of_each = 0x11; /* one received, the one before it missing */
    struct ack_frame ack = {.latest_bits = 16, .latest_field = 3, .block_count = 1, .blocks = {&one_of_each, 1}};
    struct ack_report report;
    struct byte_writer writer;
    uint8_t bytes[64];

    (void)state;
    begin();
    for (int i = 0; i < 2; i++) {
        writer_init(&writer, bytes, sizeof bytes);
        sender_begin_packet(&alice.sender, &writer, now);
        sender_end_packet(&alice.sender, 2 + i, 50, true, i == 1 ? CARRIED_LIFETIME : CARRIED_INSTANTANEOUS, now);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sender_acknowledge(&alice.sender, &ack, now, &report), ACK_PROCESSED);
        assert_int_equal(alice.sender.packets.oldest, 2);
        assert_int_equal(report.packets_acknowledged, i == 0);
        assert_int_equal(report.statistics_acknowledged, i == 0 ? CARRIED_LIFETIME : 0);
        assert_int_equal(report.statistics_lost, i == 0 ? CARRIED_INSTANTANEOUS : 0);
        assert_int_equal(report.sampled, i == 0);
        assert_int_equal(report.block_count, 1);
    }
    assert_true(alice.sender.packets_lost == 1);
    end();
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void test_without_memory_for_segments(void **state)
{
    struct packet packet;

    (void)state;
    begin();
    queue(5000, RELIABLE | NO_NAGLE);
    allocation_fail_after(0);
    packet = compose(&alice, true);
    assert_int_equal(packet.segments, 0);
    assert_true(packet.length < 20);
    assert_true(alice.sender.first_lane.pending_reliable > 5000);
    sender_stall(&alice.sender, now);
    assert_false(sender_ready(&alice.sender, now));
    assert_true(sender_deadline(&alice.sender, now) == now + SENDER_STALL_US);
    alloc_set_hooks(NULL, NULL, NULL);
    now += SENDER_STALL_US;
    assert_true(sender_ready(&alice.sender, now));
    while (alice.sender.queued_messages > 0) {
        packet = send_now(&alice);
        deliver(&bob, &alice, &packet);
    }
    answer();
    assert_int_equal(bob.kept.count, 1);
    check_nothing_left(&alice.sender);
    end();
}

/* Records that there is no memory for: the oldest packets are given up early, and nothing is lost. */
static void test_without_memory_for_records(void **state)
{
    (void)state;
    begin();
    queue(100000, RELIABLE | NO_NAGLE);
    for (int i = 0; i < SENT_PACKETS_GROWN_CAPACITY; i++)
        send_now(&alice);
    allocation_fail_after(0);
    sent_packets_find(&alice.sender.packets, FIRST + 3)->statistics = CARRIED_LIFETIME;
    for (int i = 0; i < 20; i++)
        compose(&alice, true);
    assert_int_equal(sender_tick(&alice.sender, now), CARRIED_LIFETIME); /* went with its record */
    assert_int_equal(sender_tick(&alice.sender, now), 0);
    check_in_flight(&alice.sender);
    assert_true(alice.sender.packets.next - alice.sender.packets.oldest <= SENT_PACKETS_GROWN_CAPACITY);
    alloc_set_hooks(NULL, NULL, NULL);
    while (bob.kept.count == 0) {
        if (sender_ready(&alice.sender, now)) {
            struct packet packet = send_now(&alice);

            deliver(&bob, &alice, &packet);
        }
        answer();
        sender_tick(&alice.sender, now);
        assert_true(now < 2000 * SECOND);
    }
    check_nothing_left(&alice.sender);
    end();
}

/* ---- a bad line -------------------------------------------------------------------------------------------------- */

enum { SENT_MAX = 4000 };

struct weather {
    int packet_size;
    uint32_t tag;
    int lanes;
    int loss_percent, late_percent;
    int size_below;
};

static struct {
    uint32_t seed_of[256][SENT_MAX]; /* by lane and message number */
    int size_of[256][SENT_MAX];
    bool reliable[256][SENT_MAX], arrived[256][SENT_MAX];
    int64_t last_reliable[256];
    int outstanding; /* reliable messages that have not arrived */
} book;

static void queue_random(struct random_source *random, const struct weather *weather)
{
    int lane = (int)random_below(random, (uint64_t)weather->lanes);
    int size = (int)random_below(random, (uint64_t)(random_below(random, 20) ? weather->size_below : 20000));
    int flags = (random_below(random, 2) ? RELIABLE : 0) | (random_below(random, 3) ? 0 : NO_NAGLE);
    uint32_t seed = (uint32_t)random_below(random, 1 << 20);
    struct message *message = pattern_message(seed, size, flags, lane);
    int64_t number;

    if (sender_queue(&alice.sender, message, true, now) != k_EResultOK) {
        message_release(message);
        return;
    }
    number = message->api.m_nMessageNumber;
    assert_true(number < SENT_MAX);
    book.seed_of[lane][number] = seed;
    book.size_of[lane][number] = size;
    book.reliable[lane][number] = message_is_reliable(message);
    book.outstanding += message_is_reliable(message);
}

static void take_all(void)
{
    while (bob.kept.count > 0) {
        struct message *message = kept_messages_take(&bob.kept);
        int lane = message->api.m_idxLane;
        int64_t number = message->api.m_nMessageNumber;

        assert_true(number > 0 && number < SENT_MAX);
        assert_false(book.arrived[lane][number]);
        book.arrived[lane][number] = true;
        assert_true(has_pattern(message, book.seed_of[lane][number], book.size_of[lane][number]));
        assert_int_equal(message->api.m_nFlags & RELIABLE, book.reliable[lane][number] ? RELIABLE : 0);
        if (book.reliable[lane][number]) {
            assert_true(number > book.last_reliable[lane]);
            book.last_reliable[lane] = number;
            book.outstanding--;
        }
        message_release(message);
    }
}

enum { LATE_MAX = 64 };

static void run(uint64_t seed, struct weather weather)
{
    struct transport_config config = engine_config();
    struct random_generator random;
    static struct packet late[LATE_MAX];
    int late_count = 0, unreliable = 0, arrived = 0;
    microseconds start;

    memset(&book, 0, sizeof book);
    now = start = 1000 * SECOND;
    config.packet_size = weather.packet_size;
    config.send_rate_min = config.send_rate_max = 4 << 20;
    side_begin(&alice, config, weather.tag);
    side_begin(&bob, config, weather.tag);
    if (weather.lanes > 1)
        assert_int_equal(sender_configure_lanes(&alice.sender, weather.lanes, NULL, NULL), k_EResultOK);
    random_generator_init(&random, seed);

    for (int step = 0; step < 3000 || book.outstanding > 0 || sender_pending_bytes(&alice.sender) > 0; step++) {
        if (step > 100000)
            fail_msg("seed %llu: %d messages do not arrive", (unsigned long long)seed, book.outstanding);
        now += (microseconds)random_below(&random.source, 800);
        if (step < 3000 && random_below(&random.source, 3) == 0)
            queue_random(&random.source, &weather);
        if (step == 3000)
            sender_release_held(&alice.sender);
        if (sender_ready(&alice.sender, now)) {
            struct packet packet = compose(&alice, true);

            assert_true(packet.length + PACKET_PROTECTED_MARGIN + weather.tag <= (size_t)weather.packet_size);
            if (random_below(&random.source, 100) < (uint64_t)weather.loss_percent) {
            } else if (random_below(&random.source, 100) < (uint64_t)weather.late_percent && late_count < LATE_MAX) {
                late[late_count++] = packet;
            } else {
                deliver(&bob, &alice, &packet);
            }
        }
        if (late_count > 0 && random_below(&random.source, 4) == 0) {
            int i = (int)random_below(&random.source, (uint64_t)late_count);

            deliver(&bob, &alice, &late[i]);
            late[i] = late[--late_count];
        }
        if (bob.tracker.flush_at <= now || bob.tracker.gap_flush_at <= now) {
            struct packet packet = compose(&bob, false);

            if (random_below(&random.source, 100) >= (uint64_t)weather.loss_percent)
                deliver(&alice, &bob, &packet);
        }
        sender_tick(&alice.sender, now);
        take_all();
        if (step % 64 == 0)
            check_in_flight(&alice.sender);
        assert_true(alice.sender.first_lane.resend_bytes <= alice.sender.first_lane.pending_reliable);
    }
    for (int i = 0; i < 100 && sender_reliable_outstanding(&alice.sender); i++)
        answer();
    now += 10 * SECOND;
    sender_tick(&alice.sender, now); /* unreliable ones that nobody acknowledged */
    while (sender_ready(&alice.sender, now)) {
        struct packet packet = compose(&alice, true);

        deliver(&bob, &alice, &packet);
    }
    answer();
    check_nothing_left(&alice.sender);
    for (int lane = 0; lane < weather.lanes; lane++)
        for (int64_t number = 1; number <= alice.sender.lanes[lane].last_number; number++) {
            assert_true(book.arrived[lane][number] || !book.reliable[lane][number]);
            unreliable += !book.reliable[lane][number];
            arrived += !book.reliable[lane][number] && book.arrived[lane][number];
        }
    if (weather.loss_percent == 0 && weather.late_percent == 0)
        assert_int_equal(arrived, unreliable);
    else if (weather.size_below < 1000)
        assert_true(arrived > unreliable / 3);
    end();
}

static void test_good_line(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++)
        run(seed, (struct weather){.packet_size = 1300,
                                   .tag = seed % 2 ? TAG : 0,
                                   .lanes = seed % 3 == 0   ? 254
                                            : seed % 3 == 1 ? 1
                                                            : 12,
                                   .size_below = seed % 2 ? 60 : 3000});
}

static void test_bad_line(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 16; seed++)
        run(seed, (struct weather){.packet_size = seed % 4 == 0   ? 200
                                                  : seed % 4 == 1 ? 500
                                                                  : 1300,
                                   .tag = seed % 2 ? TAG : 0,
                                   .lanes = seed % 3 == 0   ? 30
                                            : seed % 3 == 1 ? 1
                                                            : 3,
                                   .loss_percent = (int)(seed % 5) * 8,
                                   .late_percent = (int)(seed % 4) * 10,
                                   .size_below = seed % 2 ? 100 : 2000});
}

/*
 * A large unreliable message whose packets are nearly full of another lane's data: it is not cut into more pieces than
 * a peer puts together.
 */
static void test_unreliable_beside_a_busy_lane(void **state)
{
    static const int priorities[] = {1, 0};
    int sent = 0;

    (void)state;
    begin();
    alice.config.send_buffer_size = 1 << 24;
    assert_int_equal(sender_configure_lanes(&alice.sender, 2, priorities, NULL), k_EResultOK);
    assert_int_equal(try_queue(&alice, 16000, k_nSteamNetworkingSend_Unreliable, 0, true), k_EResultOK);
    while (bob.kept.count == 0 || alice.sender.queued_messages > 0) {
        struct packet packet;

        assert_true(++sent < 400);
        if (sent < 200) /* leaves a hundred bytes of each packet */
            assert_int_equal(
                try_queue(&alice, (int)alice.sender.segment_max - 100, k_nSteamNetworkingSend_ReliableNoNagle, 1, true),
                k_EResultOK);
        packet = send_now(&alice);
        deliver(&bob, &alice, &packet);
    }
    for (bool found = false; !found;) {
        struct message *message = kept_messages_take(&bob.kept);

        found = message->api.m_idxLane == 0;
        if (found)
            assert_true(has_pattern(message, 16000, 16000));
        message_release(message);
    }
    end();
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

/* What the peer says that it is able to, and what is made of it. */
static void test_abilities(void **state)
{
    static const struct {
        struct abilities abilities;
        int holes;
        int64_t window, ahead;
    } cases[] = {
        {{0, 0, 0}, SEND_LANE_HOLES_MAX, SEND_LANE_SPAN_WITH_HOLE, SENDER_AHEAD_MAX},
        {{2 * SEND_LANE_HOLES_MAX + 1, 0, PACKET_JUMP_MAXIMUM},
         SEND_LANE_HOLES_MAX,
         SEND_LANE_SPAN_WITH_HOLE,
         SENDER_AHEAD_MAX},
        {{2 * SEND_LANE_HOLES_MAX + 2, 8000, PACKET_JUMP_MAXIMUM + 8},
         SEND_LANE_HOLES_MAX + 1,
         7000,
         (PACKET_JUMP_MAXIMUM + 8) / 8 * 7},
        {{STREAM_HOLES_ABLE, 8, PACKET_JUMP_ABLE}, STREAM_HOLES_ABLE / 2, 7, PACKET_JUMP_ABLE - PACKET_JUMP_ABLE / 8},
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX},
         STREAM_HOLES_ABLE / 2,
         UINT32_MAX - UINT32_MAX / 8,
         PACKET_JUMP_ABLE - PACKET_JUMP_ABLE / 8},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        sender_extend(&alice.sender, &cases[i].abilities);
        assert_int_equal(alice.sender.stream_limits.holes, cases[i].holes);
        assert_true(alice.sender.stream_limits.window == cases[i].window);
        assert_int_equal(alice.sender.stream_limits.always, cases[i].abilities.stream_window > 0);
        assert_true(alice.sender.ahead_max == cases[i].ahead);
        assert_int_equal(alice.sender.packets.capacity_max,
                         cases[i].ahead > SENDER_AHEAD_MAX ? SENT_PACKETS_CAPACITY_ABLE : SENT_PACKETS_CAPACITY_MAX);
        end();
    }
}

static void test_samples_that_are_none(void **state)
{
    struct sender never_begun = {0};

    (void)state;
    begin();
    sender_sample_round_trip(&alice.sender, 10 * SECOND, now);
    assert_true(alice.sender.round_trip.smoothed_ms < 0);
    sender_sample_round_trip(&alice.sender, -SECOND, now);
    assert_true(alice.sender.round_trip.smoothed_ms < 0);
    sender_sample_round_trip(&alice.sender, 30 * MILLISECOND, now);
    assert_int_equal(alice.sender.round_trip.smoothed_ms, 30);
    /* A new path of which nothing is known. */
    sender_path_changed(&alice.sender, -1, now);
    assert_true(alice.sender.round_trip.smoothed_ms < 0);
    end();
    sender_free(&never_begun);
}

/* Packets that the peer need not answer use the allowance up: the one that does asks, and one more may always leave. */
static void test_allowance_without_answers(void **state)
{
    microseconds sent_at;

    (void)state;
    begin();
    alice.sender.congestion->allowance = 3 * DATAGRAM_PACKET_SIZE_DEFAULT;
    for (int i = 0; i < 4; i++) {
        bool last = alice.sender.bytes_in_flight + DATAGRAM_PACKET_SIZE_DEFAULT >= alice.sender.congestion->allowance;
        assert_int_equal(sender_wants_ack(&alice.sender, true, now) == ACK_WISHED_AT_ONCE, last);
        assert_int_equal(last, i >= 3);
        queue(1000, NO_NAGLE);
        assert_true(sender_ready(&alice.sender, now));
        send_now(&alice);
        now += 100 * MILLISECOND;
    }
    assert_int_equal(alice.sender.in_flight, 0);
    assert_true(alice.sender.bytes_in_flight >= alice.sender.congestion->allowance);
    queue(1000, RELIABLE | NO_NAGLE);
    assert_true(sender_ready(&alice.sender, now));
    sent_at = now;
    send_now(&alice);
    /* Now there is something to wait for, and nothing leaves before. */
    now += 100 * MILLISECOND;
    queue(1000, NO_NAGLE);
    assert_false(sender_ready(&alice.sender, now));
    assert_true(sender_deadline(&alice.sender, now) == sent_at + RETRANSMIT_WITHOUT_PING_MS * MILLISECOND);
    end();
}

/* A message that Nagle holds and that could not leave anyway is no reason to wake up. */
static void test_deadline_of_a_lane_that_waits(void **state)
{
    struct packet first, second;

    (void)state;
    begin();
    queue(100, RELIABLE | NO_NAGLE);
    first = send_now(&alice);
    queue(100, RELIABLE | NO_NAGLE);
    second = send_now(&alice);
    deliver(&bob, &alice, &second);
    answer();
    first = send_now(&alice); /* again */
    alice.sender.stream_limits.holes = 1;
    queue(10, RELIABLE);
    assert_true(alice.sender.hold_until > now && alice.sender.hold_until < now + SECOND / 10);
    assert_true(sender_deadline(&alice.sender, now) > alice.sender.hold_until);
    deliver(&bob, &alice, &first);
    answer();
    assert_true(sender_ready(&alice.sender, now));
    assert_true(sender_deadline(&alice.sender, now) <= now);
    end();
}

/* So many lanes in one packet, and no more. */
static void test_many_lanes_in_one_packet(void **state)
{
    enum { LANES = 20, IN_ONE = 16 };
    struct packet packet;

    (void)state;
    begin();
    assert_int_equal(sender_configure_lanes(&alice.sender, LANES, NULL, NULL), k_EResultOK);
    for (int lane = 0; lane < LANES; lane++)
        assert_int_equal(try_queue(&alice, 3, NO_NAGLE, lane, true), k_EResultOK);
    packet = send_now(&alice);
    assert_int_equal(packet.segments, IN_ONE);
    deliver(&bob, &alice, &packet);
    packet = send_now(&alice);
    assert_int_equal(packet.segments, LANES - IN_ONE);
    deliver(&bob, &alice, &packet);
    assert_int_equal(bob.kept.count, LANES);
    end();
}

/* The packet is smaller than usual, for whatever reason: it is filled. */
static void test_packet_with_little_room(void **state)
{
    enum { ROOM = 600 };
    struct packet packet;

    (void)state;
    begin();
    queue(5000, RELIABLE | NO_NAGLE);
    alice.plaintext_limit = ROOM;
    packet = send_now(&alice);
    assert_true(packet.length > ROOM - 20 && packet.length <= ROOM);
    deliver(&bob, &alice, &packet);
    alice.plaintext_limit = (size_t)alice.config.packet_size - PACKET_PROTECTED_MARGIN - TAG;
    for (int i = 0; i < 4; i++) {
        packet = send_now(&alice);
        deliver(&bob, &alice, &packet);
    }
    assert_int_equal(bob.kept.count, 1);
    end();
}

/* This machine refuses large packets: those in flight never left. */
static void test_withdrawing(void **state)
{
    struct packet packets[4];
    int64_t first;

    (void)state;
    begin();
    for (int i = 0; i < 2; i++) {
        queue(1000, RELIABLE | NO_NAGLE);
        packets[i] = send_now(&alice);
    }
    queue(100, RELIABLE | NO_NAGLE);
    packets[2] = send_now(&alice);
    deliver(&bob, &alice, &packets[0]);
    deliver(&bob, &alice, &packets[2]);
    answer(); /* the first has arrived, the second is lost */
    assert_true(alice.sender.packets_lost == 1);
    packets[1] = send_now(&alice);
    queue(100, RELIABLE | NO_NAGLE);
    packets[3] = send_now(&alice);
    first = alice.sender.packets.oldest;
    assert_true(first > 0);
    /* Numbers whose records are gone are asked for as well. */
    assert_true(sender_withdraw_large(&alice.sender, 0, now));
    assert_int_equal(alice.sender.in_flight, 1);
    assert_true(sender_packet_size(&alice.sender) < 1000);
    assert_true(alice.sender.packets_lost == 1); /* that was nobody's loss */
    /* Once more there is nothing that is too large. */
    first = sender_packet_size(&alice.sender);
    deliver(&bob, &alice, &packets[3]);
    answer();
    assert_int_equal(alice.sender.in_flight, 0);
    assert_false(sender_withdraw_large(&alice.sender, 0, now));
    assert_int_equal(sender_packet_size(&alice.sender), first);
    /* It comes again in smaller pieces; without memory for the pieces, later. */
    alice.plaintext_limit = alice.sender.plaintext_max;
    alice.sender.segments.maximum = alice.sender.segments.in_use;
    assert_int_equal(compose(&alice, true).segments, 0);
    alice.sender.segments.maximum = 100;
    for (int i = 0; i < 5 && sender_reliable_outstanding(&alice.sender); i++) {
        packets[0] = compose(&alice, true);
        assert_true(packets[0].length < 1000);
        deliver(&bob, &alice, &packets[0]);
        answer();
    }
    assert_int_equal(bob.kept.count, 4);
    check_nothing_left(&alice.sender);
    end();
}

/* Numbers are left out though no record is free, and what was left out before does not count later. */
static void test_numbers_left_out_at_the_limit(void **state)
{
    struct packet packet;
    int64_t skipped;

    (void)state;
    begin();
    while (alice.sender.packets.next - alice.sender.packets.oldest < SENT_PACKETS_CAPACITY_MAX)
        sender_skip_number(&alice.sender, now);
    skipped = alice.sender.packets.next;
    sender_skip_number(&alice.sender, now);
    assert_true(alice.sender.packets.next == skipped + 1);
    assert_true(alice.sender.packets.next - alice.sender.packets.oldest <= SENT_PACKETS_CAPACITY_MAX);
    end();

    begin();
    sender_skip_number(&alice.sender, now);
    sender_begin_probing(&alice.sender);
    queue(100, RELIABLE | NO_NAGLE);
    packet = send_now(&alice);
    deliver(&bob, &alice, &packet);
    ack_tracker_record(&bob.tracker, FIRST, now);
    answer();
    assert_int_equal(alice.sender.false_acknowledgements, 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unreliable_beside_a_busy_lane),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_send_buffer_limit),
        cmocka_unit_test(test_empty_messages_limit),
        cmocka_unit_test(test_large_unreliable_becomes_reliable),
        cmocka_unit_test(test_nagle),
        cmocka_unit_test(test_pacing),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_configuring_lanes),
        cmocka_unit_test(test_negative_ack),
        cmocka_unit_test(test_late_ack),
        cmocka_unit_test(test_timeouts_back_off),
        cmocka_unit_test(test_probes),
        cmocka_unit_test(test_never_too_far_ahead),
        cmocka_unit_test(test_holes_limit),
        cmocka_unit_test(test_span_limit),
        cmocka_unit_test(test_round_trip_from_acks),
        cmocka_unit_test(test_stop_waiting_follows_acks),
        cmocka_unit_test(test_fate_of_statistics),
        cmocka_unit_test(test_lost_probes),
        cmocka_unit_test(test_path_changes),
        cmocka_unit_test(test_numbers_left_out),
        cmocka_unit_test(test_one_fate),
        cmocka_unit_test(test_without_memory_for_segments),
        cmocka_unit_test(test_without_memory_for_records),
        cmocka_unit_test(test_good_line),
        cmocka_unit_test(test_bad_line),
        cmocka_unit_test(test_abilities),
        cmocka_unit_test(test_samples_that_are_none),
        cmocka_unit_test(test_allowance_without_answers),
        cmocka_unit_test(test_deadline_of_a_lane_that_waits),
        cmocka_unit_test(test_many_lanes_in_one_packet),
        cmocka_unit_test(test_packet_with_little_room),
        cmocka_unit_test(test_withdrawing),
        cmocka_unit_test(test_numbers_left_out_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
