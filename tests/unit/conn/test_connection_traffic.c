/*
 * Two connections on a line in virtual time: receive queues that are full, sizes of packets, lanes, and what the
 * figures of a connection say of its traffic.
 */
#include "connected_line.h"

#include "conn/connection_private.h"

static void test_full_receive_queue(void **state)
{
    (void)state;
    line_establish(&line);
    line.ends[SERVER].owner.received.capacity = 2;
    for (uint32_t i = 0; i < 40; i++)
        line_send(&line, CLIENT, i, 2000, RELIABLE);
    line_run(&line, 2 * SECOND);
    assert_int_equal(line.ends[SERVER].owner.received.count, 2);
    assert_true(connection_delivery_blocked(line_server(&line)));
    for (uint32_t i = 0; i < 40; i++) {
        line_expect(&line, SERVER, i, 2000);
        connection_receive_queue_drained(line_server(&line), line.now);
        line_flush(&line, SERVER);
        line_run(&line, 100 * MILLISECOND);
    }
    assert_false(connection_delivery_blocked(line_server(&line)));
    line_run(&line, SECOND);
    assert_false(sender_reliable_outstanding(&line_client(&line)->sender));
}

/* More than the receive buffer holds: the peer has to wait, nothing is lost, the connection stays up. */
static void test_back_pressure(void **state)
{
    (void)state;
    line.ends[SERVER].config.receive_buffer_size = 50000;
    line.ends[SERVER].config.receive_max_message_size = 20000;
    line_establish(&line);
    line.ends[SERVER].owner.received.capacity = 0;
    for (uint32_t i = 0; i < 20; i++)
        line_send(&line, CLIENT, i, 10000, RELIABLE);
    line_run(&line, 15 * SECOND);
    assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
    assert_int_equal(line_state(&line, SERVER), STATE_CONNECTED);
    assert_true(sender_reliable_outstanding(&line_client(&line)->sender));
    line.ends[SERVER].owner.received.capacity = 1 << 30;
    connection_receive_queue_drained(line_server(&line), line.now);
    line_flush(&line, SERVER);
    line_run(&line, 20 * SECOND);
    for (uint32_t i = 0; i < 20; i++)
        line_expect(&line, SERVER, i, 10000);
}

/* Whatever rides along, no datagram with data is larger than the packet size. */
static void test_packet_sizes(void **state)
{
    static const int sizes[] = {200, 201, 300, 512, 1299, 1300};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        line_end(&line);
        assert_true(line_init(&line, "str:alice", "str:bob"));
        for (int which = CLIENT; which <= SERVER; which++) {
            line.ends[which].config.packet_size = sizes[i];
            line.ends[which].config.send_time_since_previous = 1;
        }
        line_establish(&line);
        /* Long enough for both kinds of statistics, with a gap now and then for the acks to describe. */
        for (uint32_t k = 0; k < 160; k++) {
            line_send(&line, CLIENT, k, 3000, RELIABLE);
            line_send(&line, SERVER, k, 500, 0);
            line.cut = k % 5 == 0;
            line_run(&line, 30 * MILLISECOND);
            line.cut = false;
            line_run(&line, 970 * MILLISECOND);
        }
        line_run(&line, 5 * SECOND);
        for (uint32_t k = 0; k < 160; k++)
            line_expect(&line, SERVER, k, 3000);
        kept_messages_drop_all(&line.ends[CLIENT].owner.received);
        assert_true(line.ends[CLIENT].largest_data <= (size_t)sizes[i]);
        assert_true(line.ends[SERVER].largest_data <= (size_t)sizes[i]);
        assert_true(connection_statistics(line_server(&line), line.now)->remote_instantaneous_known);
        assert_true(connection_statistics(line_server(&line), line.now)->remote_lifetime_known);
        assert_true(connection_statistics(line_client(&line), line.now)->remote_instantaneous_known);
    }
}

static void test_shrinking_packets(void **state)
{
    (void)state;
    line_establish(&line);
    assert_true(connection_may_shrink_packets(line_client(&line)));
    line_send(&line, CLIENT, 1, 30000, RELIABLE);
    assert_false(connection_may_shrink_packets(line_client(&line)));
    line_run(&line, 2 * SECOND);
    assert_true(connection_may_shrink_packets(line_client(&line)));
    line.ends[CLIENT].config.packet_size = 250;
    connection_config_changed(line_client(&line), line.now);
    line.ends[CLIENT].largest_data = 0;
    line_send(&line, CLIENT, 2, 30000, RELIABLE);
    line_run(&line, 2 * SECOND);
    assert_true(line.ends[CLIENT].largest_data <= 250);
    line_expect(&line, SERVER, 1, 30000);
    line_expect(&line, SERVER, 2, 30000);
}

/* Black holes for packets of some sizes, which come and go: everything arrives, and soon. */
static void test_black_holes(void **state)
{
    static const struct {
        int largest, expected;
    } phases[] = {{0, 1300}, {1210, 1200}, {0, 1300}, {1200, 1200}, {600, 548}, {980, 972}, {0, 1300}};

    (void)state;
    for (int unreliable = 0; unreliable <= 1; unreliable++) {
        line_end(&line);
        begin(NULL);
        for (int which = CLIENT; which <= SERVER; which++)
            line.ends[which].config.send_rate_min = line.ends[which].config.send_rate_max = 1000000;
        line_establish(&line);
        for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
            bool wider = i > 0 && (phases[i].largest == 0 || phases[i].largest > phases[i - 1].largest) &&
                         phases[i - 1].largest != 0;
            microseconds time = wider ? 90 * SECOND : 5 * SECOND; /* it looks for more seldom */
            uint32_t count = 0;

            line.largest = phases[i].largest;
            line_run(&line, 65 * SECOND);
            for (microseconds end = line.now + time; line.now < end; count++) {
                line_send(&line, CLIENT, count, 7000, unreliable ? 0 : RELIABLE);
                line_run(&line, 50 * MILLISECOND);
            }
            line_run(&line, 5 * SECOND);
            if (sender_packet_size(&line_client(&line)->sender) != phases[i].expected)
                fail_msg("packets of %d bytes where %d pass", sender_packet_size(&line_client(&line)->sender),
                         phases[i].largest);
            if (unreliable) {
                /* Lost is what is sent until it is noticed. */
                assert_true(line.ends[SERVER].owner.received.count >= (int)count - 60);
                kept_messages_drop_all(&line.ends[SERVER].owner.received);
            }
            for (uint32_t k = 0; !unreliable && k < count; k++)
                line_expect(&line, SERVER, k, 7000);
        }
        assert_int_equal(line_state(&line, CLIENT), STATE_CONNECTED);
        /* Three quarters of a minute without a word, and nobody has probed anything for its own sake. */
        line.ends[CLIENT].data_sent = 0;
        line_run(&line, 45 * SECOND);
        assert_true(line.ends[CLIENT].data_sent <= 12);
    }
}

static size_t largest_ping;
static int pings;

/* A blob of an immediate ack request and nothing else (protocol 17.5), in a packet from the client. */
static void look_for_pings(struct line *l, const struct transit *seen)
{
    static const uint8_t blob[] = {2, 0x18, 0x06};

    (void)l;
    if (seen->to != SERVER || seen->bytes[0] != 0x81 || memcmp(seen->bytes + PACKET_HEADER_SIZE, blob, 3) != 0)
        return;
    pings++;
    if (seen->length > largest_ping)
        largest_ping = seen->length;
}

/* When answers are missing, what asks for one is small, though there is a lot to be sent. */
static void test_pings_are_small(void **state)
{
    (void)state;
    line_establish(&line);
    line.ends[CLIENT].config.send_rate_min = line.ends[CLIENT].config.send_rate_max = 10000000;
    connection_config_changed(line_client(&line), line.now);
    line.eavesdropper = look_for_pings;
    pings = 0;
    largest_ping = 0;
    line.cut = true;
    for (uint32_t i = 0; i < 400; i++) {
        line_send(&line, CLIENT, i, 1200, i % 2 ? 0 : RELIABLE);
        line_run(&line, 10 * MILLISECOND);
    }
    assert_true(pings > 10);
    assert_true(largest_ping < 100);
}

/* What this machine refuses to send is sent again in smaller packets at once, without a loss. */
static void test_refused_by_this_machine(void **state)
{
    static struct datagram_batch batch;
    struct sender *sender;
    int tries = 0;

    (void)state;
    line_establish(&line);
    sender = &line_client(&line)->sender;
    line.ends[CLIENT].config.send_rate_min = line.ends[CLIENT].config.send_rate_max = 10000000;
    connection_config_changed(line_client(&line), line.now);
    line_run(&line, SECOND);
    for (uint32_t i = 0; i < 3; i++) {
        int64_t number;

        connection_send_message(line_client(&line), pattern_message(i, 10000, RELIABLE, 0), line.now, &number);
    }
    do {
        assert_true(++tries < 10);
        datagram_batch_clear(&batch);
        connection_send(line_client(&line), &batch, line.now);
        assert_true(batch.count > 0);
    } while (batch.sizes[0] > 972 && connection_datagram_too_large(line_client(&line), line.now));
    assert_int_equal(sender_packet_size(sender), 972);
    assert_in_range(batch.sizes[0], 700, 972);
    assert_false(connection_datagram_too_large(line_client(&line), line.now) &&
                 sender_packet_size(sender) > 972); /* the machine may be of another mind soon */
    line.ends[CLIENT].largest_data = 0;
    line_flush(&line, CLIENT);
    line_run(&line, 3 * SECOND);
    for (uint32_t i = 0; i < 3; i++)
        line_expect(&line, SERVER, i, 10000);
    assert_true(line.ends[CLIENT].largest_data <= 972);
}

static void test_lanes(void **state)
{
    static const int priorities[] = {1, 0};
    struct message *message;
    int64_t number;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionRealTimeLaneStatus_t lanes[2];
    int64_t rate;

    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(connection_configure_lanes(line_client(&line), 2, priorities, NULL, line.now), k_EResultOK);
    line_run(&line, SECOND);
    line_send(&line, CLIENT, 1, 60000, RELIABLE);
    message = pattern_message(2, 100, RELIABLE, 1);
    assert_int_equal(connection_send_message(line_client(&line), message, line.now, &number), k_EResultOK);
    assert_true(number == 1);
    line_flush(&line, CLIENT);

    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 2, lanes), k_EResultOK);
    assert_true(status.m_usecQueueTime == INT64_MAX);
    assert_true(lanes[0].m_cbPendingReliable > 50000);
    assert_true(lanes[0].m_usecQueueTime > 100 * MILLISECOND && lanes[0].m_usecQueueTime < SECOND);
    assert_int_equal(status.m_cbPendingReliable, lanes[0].m_cbPendingReliable + lanes[1].m_cbPendingReliable);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 3, lanes),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, -1, lanes),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 1, NULL),
                     k_EResultInvalidParam);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, NULL, 0, NULL), k_EResultOK);

    /* A rate that the field cannot express does not turn negative. */
    rate = line_client(&line)->sender.pacer.rate;
    line_client(&line)->sender.pacer.rate = (int64_t)INT32_MAX + 5;
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_nSendRateBytesPerSecond, INT32_MAX);
    line_client(&line)->sender.pacer.rate = rate;

    line_run(&line, 2 * SECOND);
    line_expect(&line, SERVER, 2, 100); /* overtakes */
    line_expect(&line, SERVER, 1, 60000);
    line_close(&line, CLIENT, 0, NULL, false);
    assert_int_equal(connection_configure_lanes(line_client(&line), 3, NULL, NULL, line.now), k_EResultInvalidState);
}

static void test_real_time_status(void **state)
{
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    assert_true(line_connect(&line));
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CONNECTING);
    assert_int_equal(status.m_nPing, -1);
    assert_true(status.m_usecQueueTime == INT64_MAX);
    line_run(&line, SECOND);
    for (uint32_t i = 0; i < 600; i++) {
        line_send(&line, CLIENT, i, 500, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
    }
    kept_messages_drop_all(&line.ends[SERVER].owner.received);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CONNECTED);
    assert_int_equal(status.m_nPing, 20);
    assert_int_equal(status.m_nSendRateBytesPerSecond, SEND_RATE_DEFAULT);
    assert_true(status.m_flOutPacketsPerSec > 70 && status.m_flOutPacketsPerSec < 130);
    assert_true(status.m_flOutBytesPerSec > 500 * status.m_flOutPacketsPerSec);
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal == 1);
    assert_true(status.m_flInPacketsPerSec > 70 && status.m_flInPacketsPerSec < 130);
    line_close(&line, CLIENT, 0, NULL, false);
    line_run(&line, SECOND);
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_int_equal(status.m_eState, STATE_CLOSED_BY_PEER);
}

/* Quality as seen at both ends of a bad line, and never outside of 0 to 1. */
static void test_quality(void **state)
{
    struct random_generator weather;
    SteamNetConnectionRealTimeStatus_t status;

    (void)state;
    line_establish(&line);
    random_generator_init(&weather, 4);
    line.weather = &weather;
    line.loss_percent = 20;
    for (uint32_t i = 0; i < 3500; i++) {
        line_send(&line, CLIENT, i, 500, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
    }
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal > 0.7f && status.m_flConnectionQualityLocal < 0.9f);
    assert_int_equal(connection_real_time_status(line_client(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityRemote > 0.7f && status.m_flConnectionQualityRemote < 0.9f);
    line_server(&line)->statistics.lost_fraction = 0.5f;
    line_server(&line)->statistics.weird_fraction = 3;
    assert_int_equal(connection_real_time_status(line_server(&line), line.now, &status, 0, NULL), k_EResultOK);
    assert_true(status.m_flConnectionQualityLocal == 0);
}

/* One-way unreliable traffic: the round trip stays fresh and no record piles up. */
static void test_one_way_traffic(void **state)
{
    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 3000; i++) {
        line_send(&line, CLIENT, i, 50, NO_NAGLE);
        line_run(&line, 10 * MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
        if (i == 1500)
            line.latency = 40 * MILLISECOND;
    }
    assert_int_equal(line_client(&line)->sender.round_trip.smoothed_ms >= 20, 1);
    assert_int_equal(round_trip_worst_ms(&line_client(&line)->sender.round_trip), 80);
    assert_true(line_client(&line)->sender.packets.next - line_client(&line)->sender.packets.oldest < 1500);
}

/* So much of it that acks would come too seldom: some packets ask for one. */
static void test_heavy_one_way_traffic(void **state)
{
    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 5000; i++) {
        line_send(&line, CLIENT, i, 10, NO_NAGLE);
        line_run(&line, MILLISECOND);
        kept_messages_drop_all(&line.ends[SERVER].owner.received);
    }
    assert_true(line_client(&line)->sender.packets.next > 4900);
    assert_true(line_client(&line)->sender.latest_acknowledged > 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_full_receive_queue), TEST(test_back_pressure),
        TEST(test_packet_sizes),       TEST(test_black_holes),
        TEST(test_pings_are_small),    TEST(test_refused_by_this_machine),
        TEST(test_shrinking_packets),  TEST(test_lanes),
        TEST(test_real_time_status),   TEST(test_quality),
        TEST(test_one_way_traffic),    TEST(test_heavy_one_way_traffic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
