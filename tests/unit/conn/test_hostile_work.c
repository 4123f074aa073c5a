/*
 * Peers with a valid session that want our time, our packets or our patience. Work is counted where it can be: records
 * looked at, packets sent in answer, rounds until the end.
 */
#include "hostile.h"
#include "scripted_peer.h"

static struct raw_peer peer;
static struct payload payload;

static void begin(void)
{
    raw_peer_init(&peer);
    peer.config.send_rate_min = peer.config.send_rate_max = 100000000;
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    payload_begin(&payload);
}

static void queue(int size)
{
    struct message *message = pattern_message(1, size, k_nSteamNetworkingSend_ReliableNoNagle, 0);
    int64_t number;

    if (connection_send_message(raw_peer_connection(&peer), message, peer.now, &number) != k_EResultOK)
        message_release(message);
}

/* Sends messages of this size until so many packets have left. */
static void fill_the_line(int64_t packets, int size)
{
    static struct datagram_batch batch;
    struct connection *connection = raw_peer_connection(&peer);

    while (connection->sender.packets.next < packets) {
        queue(size);
        peer.now += 200;
        do {
            datagram_batch_clear(&batch);
        } while (connection_send(connection, &batch, peer.now));
    }
}

/* Acts on the payload as if it had come in a packet; returns how many records were looked at. */
static int64_t act(void)
{
    struct connection *connection = raw_peer_connection(&peer);
    struct receive_report report;

    assert_false(payload.writer.failed);
    receiver_process(&connection->receiver, &connection->sender, &connection->acks, payload.bytes,
                     writer_length(&payload.writer), peer.next_number++, RECEIVE_NORMAL, peer.now, &report);
    assert_null(report.error);
    payload_begin(&payload);
    return report.ack.records_examined;
}

/* The same thousands of packets acknowledged, or reported missing, over and over: once each is what it costs. */
static void test_ack_bombs(void **state)
{
    enum { PACKETS = 6000, BOMBS = 2000 };
    int64_t newest, work = 0;

    (void)state;
    begin();
    fill_the_line(PACKETS, 100000);
    newest = raw_peer_connection(&peer)->sender.packets.next - 1;
    for (int i = 0; i < BOMBS; i++) {
        uint32_t above = 100, below = (uint32_t)(newest - PACKET_FIRST_NUMBER) - above;

        payload_ack(&payload, newest, above - (uint32_t)i % 7, below);
        work += act();
    }
    assert_in_range(work, PACKETS / 2, 4 * PACKETS + 40 * BOMBS);
    work = 0;
    for (int i = 0; i < BOMBS; i++) {
        payload_ack(&payload, newest - i % 7, (uint32_t)(newest - PACKET_FIRST_NUMBER) - 10, 1);
        work += act();
    }
    assert_in_range(work, PACKETS / 2, 4 * PACKETS + 40 * BOMBS);
    raw_peer_end(&peer);
}

/* Only this one packet. What a real ack says besides, that all below arrived, is below what we wait for. */
static void report_missing(int64_t number)
{
    raw_peer_connection(&peer)->sender.stop_waiting_sent = number;
    payload_ack(&payload, number, 0, 1);
    (void)act();
}

/* Every other packet is missing, told in leaps to and fro: whatever order that makes, packets stay readable. */
static void test_losses_in_leaps(void **state)
{
    enum { PACKETS = 8000 };
    static struct datagram_batch batch;
    struct connection *connection;
    int64_t first = PACKET_FIRST_NUMBER + 10, newest;
    int lost = 0, frames = 0;
    bool more = true;

    (void)state;
    begin();
    fill_the_line(PACKETS, 100); /* a packet for each, several of which fit in one when they come again */
    connection = raw_peer_connection(&peer);
    newest = connection->sender.packets.next - 1;
    /* Every second of them first, upward; then between those, from two places in the middle in turn. */
    for (int64_t number = first; number < newest - 10; number += 2, lost++) {
        report_missing(number);
    }
    for (int64_t i = 0; i < 600; i++) {
        int64_t number = first + 1 + (i & 1 ? PACKETS / 3 : 2 * PACKETS / 3) / 2 * 2 + 2 * (i / 2);

        report_missing(number);
    }
    assert_true(connection->sender.first_lane.lost_outstanding > PACKETS / 3);
    peer.now += SECOND;
    while (more || connection->sender.first_lane.resend_bytes > 0) {
        const uint8_t *at = batch.bytes;

        datagram_batch_clear(&batch);
        more = connection_send(connection, &batch, peer.now);
        for (int i = 0; i < batch.count; at += batch.sizes[i], i++) {
            struct frame_decoder decoder;
            struct data_header header;
            struct frame frame;
            enum frame_result result;

            assert_true(data_header_decode(&header, at, batch.sizes[i]));
            frame_decoder_init(&decoder, at + header.size, batch.sizes[i] - header.size, header.packet_number);
            while ((result = frame_next(&decoder, &frame)) == FRAME_OK)
                frames++;
            assert_int_equal(result, FRAME_END);
        }
        peer.now += MILLISECOND;
        if (frames > 20 * PACKETS)
            break;
    }
    assert_true(frames > 1000);
    raw_peer_end(&peer);
}

/* Of packets that were never sent: nothing in the packet counts, and nothing changes. */
static void test_acks_of_packets_never_sent(void **state)
{
    struct connection *connection;
    int64_t unacknowledged;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    queue(5000);
    raw_peer_settle(&peer);
    unacknowledged = connection->sender.first_lane.unacknowledged;
    assert_true(unacknowledged > 0);
    for (int i = 0; i < 1000; i++) {
        payload_ack(&payload, connection->sender.packets.next + i, 100, 100);
        payload_reliable(&payload, 0, 1, 1);
        payload_send(&payload, &peer, 0);
    }
    assert_int_equal(connection->sender.first_lane.unacknowledged + connection->sender.first_lane.resend_bytes,
                     unacknowledged);
    assert_int_equal(receive_stream_end(&connection->receiver.first_lane.stream), STREAM_FIRST_POSITION);
    assert_int_equal(connection_state(connection), STATE_CONNECTED);
    raw_peer_end(&peer);
}

/* An answer at once, in every packet, with statistics on top: one packet for one, and no larger than the data would be.
 */
static void test_asking_all_the_time(void **state)
{
    (void)state;
    begin();
    for (int i = 0; i < 3000; i++) {
        raw_peer_send(&peer, STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE, "", 0);
        assert_in_range(peer.answers, 0, 1);
        if (i % 100 == 0)
            peer.now += MILLISECOND;
    }
    assert_in_range(peer.largest, 1, 64);
    raw_peer_end(&peer);
}

/* ---- lingering --------------------------------------------------------------------------------------------------- */

/* It goes on sending, so that it counts as alive, and acknowledges nothing of what the application left behind. */
static void test_linger_ends_without_progress(void **state)
{
    struct connection *connection;
    int seconds = 0;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    queue(100000);
    connection_close(connection, 1000, "bye", true, peer.now);
    assert_int_equal(connection_state(connection), STATE_LINGER);
    while (connection_state(connection) == STATE_LINGER) {
        assert_true(++seconds <= LINGER_PERIOD_LEAST_MS / 1000 + 1);
        payload_fragment(&payload, 0, seconds, 0, 1, true);
        payload_send(&payload, &peer, 0);
        raw_peer_wait(&peer, SECOND);
    }
    assert_true(seconds >= LINGER_PERIOD_LEAST_MS / 1000);
    assert_int_equal(connection_state(connection), STATE_FIN_WAIT);
    raw_peer_end(&peer);
}

/* One that acknowledges a packet every other second is waited for, and the time it can take is bounded. */
static void test_linger_goes_on_with_progress(void **state)
{
    enum { SIZE = 60000 };
    struct connection *connection;
    int seconds = 0;

    (void)state;
    begin();
    connection = raw_peer_connection(&peer);
    queue(SIZE);
    connection_close(connection, 1000, "bye", true, peer.now);
    raw_peer_settle(&peer);
    while (connection_state(connection) == STATE_LINGER) {
        int64_t newest = connection->sender.last_eliciting;

        assert_true(++seconds < SIZE / LINGER_PROGRESS_BYTES * LINGER_PERIOD_LEAST_MS / 1000);
        connection->sender.stop_waiting_sent = newest;
        if (seconds % 2 == 0)
            frame_write_ack_header(&payload.writer, newest, FRAME_ACK_DELAY_UNKNOWN, 0);
        payload_send(&payload, &peer, 0);
        raw_peer_wait(&peer, SECOND);
    }
    assert_true(seconds > LINGER_PERIOD_LEAST_MS / 1000);
    assert_false(sender_reliable_outstanding(&connection->sender));
    raw_peer_end(&peer);
}

/* ---- moving --------------------------------------------------------------------------------------------------------
 */

/* Each packet from another address: only some of them are ever answered there. */
static void test_moving_all_the_time(void **state)
{
    enum { PACKETS = 2000 };
    static struct scripted_peer mover;
    uint8_t datagram[DATAGRAM_MAXIMUM], out[DATAGRAM_BATCH_DATAGRAM_SIZE];
    SteamNetworkingIPAddr from, to;
    int64_t records;
    int probes = 0;

    (void)state;
    peer_init(&mover, true, PROTOCOL_VERSION);
    peer_shake(&mover);
    assert_int_equal(connection_state(peer_real(&mover)), STATE_CONNECTED);
    records = peer_real(&mover)->sender.packets.next;
    for (int i = 0; i < PACKETS; i++) {
        size_t length = peer_packet(&mover, 0, "", 0, datagram);

        from = address_of("198.51.100.1:1000");
        from.m_port = (uint16)(1000 + i);
        assert_true(feed_elsewhere(peer_real(&mover), &from, datagram, length, mover.now));
        while (connection_send_elsewhere(peer_real(&mover), out, &to, mover.now) > 0)
            probes++;
        mover.now += MILLISECOND;
        peer_listen(&mover);
        mover.heard_count = 0;
    }
    /* PACKETS milliseconds have passed. */
    assert_in_range(probes, 1,
                    (PATH_VALIDATION_ATTEMPTS + PACKETS * 1000 / PATH_VALIDATION_SPACING_US) * PATH_VALIDATION_PROBES);
    assert_true(peer_real(&mover)->sender.packets.next - records <= probes * PATH_VALIDATION_BLOCK + PACKETS / 2);
    assert_int_equal(connection_state(peer_real(&mover)), STATE_CONNECTED);
    peer_end(&mover);
}

/* ---- without memory ------------------------------------------------------------------------------------------------
 */

static bool pools_are_short;

static void *short_alloc(size_t size)
{
    return pools_are_short ? NULL : malloc(size);
}

/* No memory for segments, and much to send: fewer and fewer packets that say nothing. */
static void test_no_memory_for_segments(void **state)
{
    uint64_t sent;

    (void)state;
    alloc_set_hooks(short_alloc, free, realloc);
    begin();
    queue(50000);
    pools_are_short = true;
    raw_peer_settle(&peer);
    sent = raw_peer_connection(&peer)->statistics.packets_sent;
    for (int i = 0; i < 5; i++)
        raw_peer_wait(&peer, SECOND);
    assert_in_range(raw_peer_connection(&peer)->statistics.packets_sent - sent, 0, 60);
    pools_are_short = false;
    raw_peer_wait(&peer, ((int64_t)SENDER_STALL_US << SENDER_STALL_DOUBLINGS) + 10 * MILLISECOND);
    assert_true(raw_peer_connection(&peer)->sender.first_lane.unacknowledged > 0);
    raw_peer_end(&peer);
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ack_bombs),
        cmocka_unit_test(test_losses_in_leaps),
        cmocka_unit_test(test_acks_of_packets_never_sent),
        cmocka_unit_test(test_asking_all_the_time),
        cmocka_unit_test(test_linger_ends_without_progress),
        cmocka_unit_test(test_linger_goes_on_with_progress),
        cmocka_unit_test(test_moving_all_the_time),
        cmocka_unit_test(test_no_memory_for_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
