/*
 * The sending half of the message engine when packets are lost: what is found out by acknowledgements and by timeouts,
 * what is sent again, and what is done without memory.
 */
#include "sender_pair.h"

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

/* A packet whose record is still there, because an older one is, has only one fate all the same. */
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
        cmocka_unit_test(test_samples_that_are_none),
        cmocka_unit_test(test_withdrawing),
        cmocka_unit_test(test_numbers_left_out_at_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
