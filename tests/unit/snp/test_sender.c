/*
 * The sending half of the message engine, as long as nothing is lost: what leaves when, and by what limits it is held
 * back.
 */
#include "sender_pair.h"

/* ---- queueing ---------------------------------------------------------------------------------------------------- */

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
        cmocka_unit_test(test_abilities),
        cmocka_unit_test(test_allowance_without_answers),
        cmocka_unit_test(test_deadline_of_a_lane_that_waits),
        cmocka_unit_test(test_many_lanes_in_one_packet),
        cmocka_unit_test(test_packet_with_little_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
