/*
 * What a peer with a valid session may try: packets that keep the other side busy, numbers at the ends of their range,
 * sizes that add up. Every step also checks that the connection comes to rest (raw_peer.h).
 */
#include "raw_peer.h"

/* Nothing that a peer older than version 10 has sent can be acknowledged yet, and an acknowledgement is due. */
static void test_ack_is_due_before_anything_arrived(void **state)
{
    /* A reliable segment far beyond the receive buffer: refused, so that packet 1 does not count as received. */
    static const uint8_t far_away[] = {0x57, 0, 0, 0, 0, 1, 0, 'x'};

    (void)state;
    for (uint32_t version = PROTOCOL_VERSION_MINIMUM; version <= PROTOCOL_VERSION + 1; version++) {
        struct raw_peer peer;

        raw_peer_init(&peer);
        raw_peer_admit(&peer, version);
        raw_peer_send(&peer, STATISTICS_ACK_IMMEDIATE, far_away, sizeof far_away);
        raw_peer_wait(&peer, SECOND);
        assert_int_equal(connection_state(raw_peer_connection(&peer)), STATE_CONNECTED);
        raw_peer_end(&peer);
    }
}

/* So few packets that statistics are not worth one of their own, from a peer that wants no answers. */
static void test_few_packets_without_answers(void **state)
{
    static const uint8_t message[] = {0x37, 1, 0, 0, 0, 'm'};
    struct raw_peer peer;
    int sent = 0;

    (void)state;
    raw_peer_init(&peer);
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    for (int i = 0; i < 100; i++) {
        raw_peer_send(&peer, 0, message, sizeof message);
        raw_peer_wait(&peer, 4 * SECOND);
        sent += peer.answers;
    }
    assert_int_equal(connection_state(raw_peer_connection(&peer)), STATE_CONNECTED);
    assert_true(sent < 100);
    raw_peer_end(&peer);
}

/* The statistics of a long life do not make a packet larger than the configured size. */
static void test_statistics_in_small_packets(void **state)
{
    static const uint8_t message[] = {0x37, 1, 0, 0, 0, 'm'};
    struct connection_statistics *statistics;
    struct raw_peer peer;

    (void)state;
    raw_peer_init(&peer);
    peer.config.packet_size = DATAGRAM_PACKET_SIZE_SMALLEST;
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    statistics = &raw_peer_connection(&peer)->statistics;
    statistics->packets_sent = statistics->numbered_received = statistics->out_of_order = 1u << 30;
    statistics->duplicate = statistics->lurch = 1u << 30;
    for (int i = 0; i < QUALITY_BUCKETS; i++)
        statistics->quality_histogram[i] = 1u << 30;
    for (int i = 0; i < PING_BUCKETS; i++)
        statistics->ping_histogram[i] = 1u << 30;
    for (int i = 0; i < JITTER_BUCKETS; i++)
        statistics->jitter_histogram[i] = 1u << 30;
    for (int i = 0; i < 150; i++) {
        raw_peer_send(&peer, STATISTICS_ACK_IMMEDIATE, message, sizeof message);
        raw_peer_wait(&peer, SECOND);
    }
    assert_int_equal(connection_state(raw_peer_connection(&peer)), STATE_CONNECTED);
    assert_true(peer.largest <= DATAGRAM_PACKET_SIZE_SMALLEST);
    raw_peer_end(&peer);
}

/* Message numbers at the end of what 64 bits hold: errors, not undefined behaviour. */
static void test_last_message_numbers(void **state)
{
    /* Message 1, then one INT64_MAX - 1 further on; both segments are empty and end nothing. */
    static const uint8_t raise[] = {0x10, 1, 0, 0, 0, 0, 0x10, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0};
    static const uint8_t step[] = {0x50, 1, 0, 0, 0, 0, 0, 0};
    static const uint8_t reliable[] = {0x57, 1, 0, 0, 0, 0, 0, 1, 'x'};
    uint8_t both[sizeof raise + sizeof step];
    struct raw_peer peer;

    (void)state;
    memcpy(both, raise, sizeof raise);
    memcpy(both + sizeof raise, step, sizeof step);
    raw_peer_init(&peer);
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    raw_peer_send(&peer, 0, both, sizeof both);
    raw_peer_end(&peer);

    raw_peer_init(&peer);
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    raw_peer_send(&peer, 0, raise, sizeof raise);
    assert_true(receiver_lane(&raw_peer_connection(&peer)->receiver, 0)->highest_number == INT64_MAX);
    raw_peer_send(&peer, 0, reliable, sizeof reliable);
    raw_peer_end(&peer);
}

/* Times that the peer claims to echo. */
static void test_absurd_echoed_times(void **state)
{
    static const uint64_t times[] = {UINT64_C(1) << 63, UINT64_MAX, INT64_MAX, 1, (UINT64_C(1) << 63) + 1};
    struct raw_peer peer;

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct challenge_reply reply = {.has_client_id = true,
                                        .has_challenge = true,
                                        .has_echoed_time = true,
                                        .has_version = true,
                                        .client_id = RAW_LOCAL_ID,
                                        .echoed_time = times[i],
                                        .version = PROTOCOL_VERSION};
        struct connect_ok ok = {.has_client_id = true,
                                .has_echoed_time = true,
                                .has_delay = true,
                                .client_id = RAW_LOCAL_ID,
                                .echoed_time = times[i],
                                .delay_us = UINT32_MAX};
        struct connection_parameters parameters = {.local_id = RAW_LOCAL_ID,
                                                   .remote_address = address_of("192.0.2.1:40000")};
        uint8_t datagram[DATAGRAM_MAXIMUM];

        raw_peer_init(&peer);
        parameters.endpoint = peer.endpoint;
        parameters.config = &peer.config;
        parameters.events = &peer.owner.events;
        peer.owner.connection = connection_connect(&parameters, peer.now, NULL);
        assert_non_null(peer.owner.connection);
        feed(peer.owner.connection, datagram, challenge_reply_encode(&reply, datagram, sizeof datagram), peer.now);
        assert_int_equal(peer.owner.connection->sender.round_trip.sample_count, 0);
        feed(peer.owner.connection, datagram, connect_ok_encode(&ok, datagram, sizeof datagram), peer.now);
        assert_int_equal(peer.owner.connection->sender.round_trip.sample_count, 0);
        raw_peer_end(&peer);
    }
}

/* Hundreds of acks in one packet, each about all packets in flight, cost no more than two of them. */
static void test_many_acks_in_a_packet(void **state)
{
    enum { PACKETS = 4000, ACKS = 150 };
    /* One block: no packet arrived, so many did not; the count's upper bits are to be filled in. */
    static const uint8_t nothing_arrived[] = {0x99, 0, 0, 0xff, 0xff, 0x08, 0, 0};
    uint8_t payload[ACKS * sizeof nothing_arrived];
    struct receive_report report;
    struct connection *connection;
    struct raw_peer peer;

    (void)state;
    raw_peer_init(&peer);
    peer.config.send_rate_min = peer.config.send_rate_max = 100000000;
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    connection = raw_peer_connection(&peer);
    raw_peer_fill_line(&peer, PACKETS);
    connection->sender.stop_waiting_sent = PACKET_FIRST_NUMBER;
    for (int i = 0; i < ACKS; i++) {
        uint8_t *frame = payload + i * (int)sizeof nothing_arrived;

        memcpy(frame, nothing_arrived, sizeof nothing_arrived);
        store_u16(frame + 1, (uint16_t)(connection->sender.packets.next - 1));
        frame[6] = (uint8_t)(0x80 | ((PACKETS - 100) / 8 & 0x7f));
        frame[7] = (uint8_t)((PACKETS - 100) / 8 >> 7);
    }
    receiver_process(&connection->receiver, &connection->sender, &connection->acks, payload, sizeof payload, 2,
                     RECEIVE_NORMAL, peer.now, &report);
    assert_null(report.error);
    assert_in_range(report.ack.records_examined, PACKETS - 200, 2 * SENT_PACKETS_CAPACITY_MAX);
    assert_true(connection->sender.first_lane.lost_outstanding > PACKETS / 2);
    raw_peer_end(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_acks_in_a_packet),
        cmocka_unit_test(test_statistics_in_small_packets),
        cmocka_unit_test(test_last_message_numbers),
        cmocka_unit_test(test_absurd_echoed_times),
        cmocka_unit_test(test_ack_is_due_before_anything_arrived),
        cmocka_unit_test(test_few_packets_without_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
