/*
 * Peers with a valid session that want our memory: each attack stays within bounds that have names
 * (docs/security.md, "A hostile peer").
 */
#include "hostile.h"

#include "base/memory_quota.h"

enum {
    LANES = FRAME_LANE_MAXIMUM + 1,
    BUFFER = RECEIVE_BUFFER_SIZE,
    SMALL_CHANGE = 64 * 1024, /* what the allocator rounds up, records of packets, gaps */
};

static struct raw_peer peer;
static struct payload payload;
static int64_t before;

static int64_t lanes_bound(void)
{
    return LANES * (int64_t)(sizeof(struct receive_lane) + FRAGMENT_STORE_CAPACITY * sizeof(void *) + 64);
}

static void begin(void)
{
    raw_peer_init(&peer);
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    payload_begin(&payload);
    payload_send(&payload, &peer, 0); /* so that the handshake is over */
    before = bytes_held;
    bytes_peak = bytes_held;
}

static void end(void)
{
    assert_int_equal(connection_state(raw_peer_connection(&peer)), STATE_CONNECTED);
    raw_peer_end(&peer);
}

static void announce_on_all_lanes(void)
{
    for (uint32_t lane = 0; lane < LANES; lane++) {
        payload_make_room(&payload, &peer, 32);
        payload_announce(&payload, lane, MESSAGE_SIZE_MAXIMUM);
    }
    payload_send(&payload, &peer, 0);
}

static void leave_gaps_on_all_lanes(int64_t position)
{
    for (uint32_t lane = 0; lane < LANES; lane++) {
        payload_make_room(&payload, &peer, 600);
        payload_reliable(&payload, lane, position, 600);
    }
    payload_send(&payload, &peer, 0);
}

static void fragments_on_all_lanes(int rounds, uint16_t size)
{
    for (int round = 0; round < rounds; round++)
        for (uint32_t lane = 0; lane < LANES; lane++) {
            payload_make_room(&payload, &peer, size);
            payload_fragment(&payload, lane, 1 + round, 1, size, false);
        }
    payload_send(&payload, &peer, 0);
}

/* Twelve bytes that announce half a megabyte, on every lane there is. */
static void gigantic_announcements(void **state)
{
    (void)state;
    begin();
    announce_on_all_lanes();
    assert_in_range(bytes_held - before, BUFFER,
                    (int64_t)RECEIVE_BUDGET_BUFFERS * BUFFER + lanes_bound() + SMALL_CHANGE);
    end();
}

/* Larger than allowed: over at once, and nothing is allocated. */
static void announcements_beyond_the_limit(void **state)
{
    (void)state;
    begin();
    payload_announce(&payload, 0, UINT64_C(1) << 40);
    payload_send(&payload, &peer, 0);
    assert_int_equal(connection_state(raw_peer_connection(&peer)), STATE_PROBLEM);
    assert_in_range(bytes_peak - before, 0, SMALL_CHANGE);
    raw_peer_end(&peer);
}

static void a_gap_on_every_lane(void **state)
{
    (void)state;
    begin();
    leave_gaps_on_all_lanes(BUFFER - 700); /* at the edge of the window */
    leave_gaps_on_all_lanes(100);
    assert_in_range(bytes_held - before, BUFFER,
                    (int64_t)RECEIVE_BUDGET_BUFFERS * BUFFER + lanes_bound() + SMALL_CHANGE);
    /* While a ring grows, the old one is there as well. */
    assert_in_range(bytes_peak - before, 0,
                    (int64_t)(RECEIVE_BUDGET_BUFFERS + 1) * BUFFER + lanes_bound() + SMALL_CHANGE);
    end();
}

static void endless_fragments(void **state)
{
    (void)state;
    begin();
    fragments_on_all_lanes(25, 1000);
    assert_in_range(bytes_held - before, BUFFER / 2,
                    (int64_t)RECEIVE_FRAGMENTS_BUFFERS * BUFFER + lanes_bound() + SMALL_CHANGE);
    fragments_on_all_lanes(25, 1);
    assert_in_range(bytes_held - before, 0,
                    (int64_t)RECEIVE_FRAGMENTS_BUFFERS * BUFFER * 5 / 4 + lanes_bound() + SMALL_CHANGE);
    /* What is whole in one packet needs none of it; what is new makes what is old give way. */
    payload_fragment(&payload, 7, 1000, 0, 500, false);
    payload_fragment(&payload, 7, 1000, 500, 500, true);
    payload_send(&payload, &peer, 0);
    assert_int_equal(peer.owner.received.count, 1);
    end();
}

static void everything_at_once(void **state)
{
    const int64_t buffers = 2 * RECEIVE_BUDGET_BUFFERS + RECEIVE_FRAGMENTS_BUFFERS;

    (void)state;
    begin();
    announce_on_all_lanes();
    leave_gaps_on_all_lanes(BUFFER - 700);
    fragments_on_all_lanes(25, 1000);
    assert_in_range(bytes_held - before, buffers * BUFFER / 2, buffers * BUFFER + lanes_bound() + SMALL_CHANGE);
    end();
}

/* One-byte segments with holes of one byte between them, over and over. */
static void tiny_segments_with_gaps(void **state)
{
    struct connection *connection;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    receiver_extend(&connection->receiver);
    ack_tracker_extend(&connection->acks);
    for (int64_t position = 3; position < 60000; position += 2) {
        payload_make_room(&payload, &peer, 1);
        payload_reliable(&payload, 0, position, 1);
    }
    payload_send(&payload, &peer, 0);
    assert_in_range(receiver_lane(&connection->receiver, 0)->stream.early.count, STREAM_HOLES_ABLE,
                    STREAM_HOLES_ABLE + 2);
    assert_in_range(bytes_held - before, 0, 2 * SMALL_CHANGE);
    end();
}

/* The lists of what has arrived early count, too. */
static void tiny_segments_on_all_lanes(void **state)
{
    (void)state;
    begin();
    receiver_extend(&raw_peer_connection(&peer)->receiver);
    for (uint32_t lane = 0; lane < LANES; lane++)
        for (int64_t position = 3; position < 3000; position += 2) {
            payload_make_room(&payload, &peer, 1);
            payload_reliable(&payload, lane, position, 1);
        }
    payload_send(&payload, &peer, 0);
    assert_true(bytes_held - before <= (int64_t)RECEIVE_BUDGET_BUFFERS * BUFFER + lanes_bound() + SMALL_CHANGE);
    end();
}

static void gaps_on_every_packet(void **state)
{
    struct connection *connection;
    int answers = 0;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    ack_tracker_extend(&connection->acks);
    for (int i = 0; i < 5000; i++) {
        peer.next_number += 2;
        payload_reliable(&payload, 0, 1 << 22, 1); /* refused: it is to be told soon */
        payload_send(&payload, &peer, 0);
        peer.next_number += 2;
        payload_fragment(&payload, 0, 1, 1, 1, false);
        payload_send(&payload, &peer, 0);
        peer.now += 4 * MILLISECOND;
        raw_peer_settle(&peer);
        answers += peer.answers;
    }
    assert_true(connection->acks.gap_count <= ACK_TRACKER_GAPS_ABLE);
    assert_in_range(bytes_held - before, 0,
                    ACK_TRACKER_GAPS_ABLE * (int64_t)sizeof(struct packet_gap) +
                        SENT_PACKETS_CAPACITY_MAX * (int64_t)sizeof(struct sent_packet) + SMALL_CHANGE);
    assert_true(answers <= 2 * 5000);
    end();
}

static void stop_waiting_to_and_fro(void **state)
{
    struct connection *connection;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    for (int i = 0; i < 3000; i++) {
        peer.next_number += i & 1;
        /* As far ahead as it goes, hundreds of times; only going back is an error. */
        for (int again = 0; again < 300; again++)
            frame_write_stop_waiting(&payload.writer, 0);
        payload_send(&payload, &peer, 0);
    }
    assert_in_range(connection->acks.gap_count, 0, 1);
    assert_in_range(bytes_held - before, 0, SMALL_CHANGE);
    frame_write_stop_waiting(&payload.writer, 100);
    payload_send(&payload, &peer, 0);
    assert_int_equal(connection_state(connection), STATE_PROBLEM);
    raw_peer_end(&peer);
}

/* ---- what we send ------------------------------------------------------------------------------------------------ */

/* As many messages as are taken; returns how many. */
static int send_all(int size)
{
    struct connection *connection = raw_peer_connection(&peer);
    int sent = 0;

    for (;;) {
        struct message *message = pattern_message(1, size, k_nSteamNetworkingSend_ReliableNoNagle, 0);
        int64_t number;

        if (connection_send_message(connection, message, peer.now, &number) != k_EResultOK) {
            message_release(message);
            return sent;
        }
        sent++;
    }
}

/* It talks, so that it counts as alive, and never acknowledges. */
static void never_acknowledging(void **state)
{
    const int64_t bound = 3 * (int64_t)MESSAGE_SIZE_MAXIMUM;
    uint64_t sent = 0;

    (void)state;
    begin();
    for (int i = 0; i < 600; i++) {
        send_all(10000);
        payload_fragment(&payload, 0, 1 + i, 0, 1, true);
        payload_send(&payload, &peer, 0);
        raw_peer_wait(&peer, 100 * MILLISECOND);
        kept_messages_drop_all(&peer.owner.received);
        if (i == 100)
            sent = raw_peer_connection(&peer)->statistics.packets_sent;
        assert_in_range(bytes_held - before, 0, bound);
    }
    /* Probes, farther and farther apart, and no more. */
    assert_in_range(raw_peer_connection(&peer)->statistics.packets_sent - sent, 0, 500);
    end();
}

/* It acknowledges everything but the first packet, for as long as it likes. */
static void old_segments_kept_alive(void **state)
{
    struct connection *connection;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    for (int i = 0; i < 600; i++) {
        int64_t newest = connection->sender.packets.next - 1;

        send_all(50000);
        if (newest > PACKET_FIRST_NUMBER + 1) {
            payload_ack(&payload, newest, (uint32_t)(newest - PACKET_FIRST_NUMBER - 1), 1);
            payload_send(&payload, &peer, 0);
        }
        raw_peer_wait(&peer, 50 * MILLISECOND);
        assert_in_range(bytes_held - before, 0,
                        2 * (int64_t)MESSAGE_SIZE_MAXIMUM + SEND_LANE_SPAN_WITH_HOLE + 8 * SMALL_CHANGE);
    }
    end();
}

/* ---- the sum of all connections ---------------------------------------------------------------------------------- */

/* A reliable message in lane 0 from `position` on; returns where the next begins. */
static int64_t send_message_in_pieces(struct raw_peer *from, int64_t position)
{
    enum { SIZE = 100000, PIECE = 1000 };
    uint8_t header[STREAM_HEADER_MAXIMUM];
    struct byte_writer writer;
    int64_t end;

    payload_begin(&payload);
    writer_init(&writer, header, sizeof header);
    stream_header_write(&writer, 1, SIZE);
    frame_write_reliable_header(&payload.writer, true, (uint64_t)position, writer_length(&writer), true);
    writer_bytes(&payload.writer, header, writer_length(&writer));
    payload_send(&payload, from, 0);
    position += (int64_t)writer_length(&writer);
    for (end = position + SIZE; position < end; position += PIECE) {
        frame_write_reliable_header(&payload.writer, true, (uint64_t)position, PIECE, true);
        payload_fill(&payload, PIECE);
        payload_send(&payload, from, 0);
    }
    return position;
}

/* A second passes, with a packet in it. */
static void keep_alive(struct raw_peer *from)
{
    payload_begin(&payload);
    payload_send(&payload, from, 0);
    raw_peer_wait(from, SECOND);
}

static void a_quota_for_all(void **state)
{
    enum { HOSTILE = 40, QUOTA = 16 << 20 };
    static struct raw_peer hostile[HOSTILE];
    static struct raw_peer honest;
    struct memory_quota quota;
    int64_t position = STREAM_FIRST_POSITION, start;
    int closed = 0;

    (void)state;
    memory_quota_init(&quota, QUOTA);
    raw_peer_init(&honest);
    honest.quota = &quota;
    raw_peer_admit(&honest, PROTOCOL_VERSION);
    for (int i = 0; i < HOSTILE; i++) {
        raw_peer_init(&hostile[i]);
        hostile[i].quota = &quota;
        raw_peer_admit(&hostile[i], PROTOCOL_VERSION);
    }
    start = bytes_held;
    for (int i = 0; i < HOSTILE; i++) {
        payload_begin(&payload);
        for (uint32_t lane = 0; lane < LANES; lane++) {
            struct raw_peer *end = &hostile[i];

            payload_make_room(&payload, end, 1000);
            payload_announce(&payload, lane, 60000);
            payload_reliable(&payload, lane, 200000, 100);
            payload_fragment(&payload, lane, 5, 1, 500, false);
        }
        payload_send(&payload, &hostile[i], 0);
    }
    assert_true(memory_quota_drawn(&quota) <= QUOTA);
    assert_in_range(bytes_held - start, QUOTA / 2,
                    QUOTA + HOSTILE * (MEMORY_SHARE_FREE + lanes_bound() + SMALL_CHANGE));

    /* Messages whose size is more than is free for everybody: the first has to wait until others have lost patience. */
    for (int round = 0; round < 20; round++) {
        int64_t next = send_message_in_pieces(&honest, position);

        for (int second = 0; round == 0 && second < 60 && honest.owner.received.count == 0; second++) {
            send_message_in_pieces(&honest, position);
            for (int i = 0; i < HOSTILE; i++)
                keep_alive(&hostile[i]);
            keep_alive(&honest);
        }
        assert_int_equal(honest.owner.received.count, 1);
        position = next;
        kept_messages_drop_all(&honest.owner.received);
    }
    for (int i = 0; i < HOSTILE; i++)
        closed += connection_state(raw_peer_connection(&hostile[i])) == STATE_PROBLEM;
    assert_in_range(closed, 1, HOSTILE);
    for (int i = 0; i < HOSTILE; i++)
        raw_peer_end(&hostile[i]);
    raw_peer_end(&honest);
    assert_int_equal(memory_quota_drawn(&quota), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gigantic_announcements, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(announcements_beyond_the_limit, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(a_gap_on_every_lane, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(endless_fragments, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(everything_at_once, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(tiny_segments_with_gaps, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(tiny_segments_on_all_lanes, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(gaps_on_every_packet, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(stop_waiting_to_and_fro, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(never_acknowledging, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(old_segments_kept_alive, count_allocations, allocations_are_gone),
        cmocka_unit_test_setup_teardown(a_quota_for_all, count_allocations, allocations_are_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
