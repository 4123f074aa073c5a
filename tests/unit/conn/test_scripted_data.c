/* A connection against peers whose data packets break the rules; when it acknowledges (protocol 9.6, 11.2, 12). */
#include "scripted_case.h"

static uint64_t dropped_for(enum drop_cause cause)
{
    return peer_real(&peer)->statistics.drops.count[cause];
}

static void test_data_before_the_connection(void **state)
{
    uint8_t garbage[60] = {0x80, 0x22, 0x22, 0x11, 0x11, 0xff, 0x00, 1, 2, 3};

    (void)state;
    peer_init(&peer, false, 13);
    peer_start_client(&peer);
    peer_say(&peer, garbage, sizeof garbage);
    assert_int_equal(peer.heard_count, 1); /* the challenge request only */
    assert_true(dropped_for(DROP_WRONG_STATE) == 1);
}

static void test_dropped_packets(void **state)
{
    uint8_t packet[DATAGRAM_MAXIMUM], copy[DATAGRAM_MAXIMUM];
    size_t length;
    int64_t highest;

    (void)state;
    begin_connected();
    length = peer_packet(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1, packet);
    highest = peer_real(&peer)->window.highest;

    /* One bit wrong anywhere behind the header, or in the number: no effect at all. */
    for (size_t i = 5; i < length; i++) {
        memcpy(copy, packet, length);
        copy[i] ^= 0x20;
        peer_say(&peer, copy, length);
    }
    assert_true(dropped_for(DROP_BAD_SEAL) == length - 5);
    assert_int_equal(peer.owner.received.count, 0);
    assert_true(peer_real(&peer)->window.highest == highest);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    assert_int_equal(peer.heard_count, 0);

    /* Too short for a header, or for a tag. */
    for (size_t shorter = 5; shorter < length; shorter++)
        peer_say(&peer, packet, shorter);
    assert_int_equal(peer.owner.received.count, 0);
    assert_true(dropped_for(DROP_MALFORMED) == 2);

    /* Right, and then again. */
    peer_say(&peer, packet, length);
    assert_int_equal(peer.owner.received.count, 1);
    peer_say(&peer, packet, length);
    assert_int_equal(peer.owner.received.count, 1);
    assert_true(dropped_for(DROP_DUPLICATE_PACKET) == 1);
    assert_int_equal(peer_real(&peer)->statistics.duplicate, 1);

    /* For another connection. */
    packet[1] ^= 1;
    peer_say(&peer, packet, length);
    assert_true(dropped_for(DROP_WRONG_ID) == 1);
    assert_int_equal(peer_heard(&peer, CONTROL_NO_CONNECTION).no_connection.from_id, REAL_ID ^ 1);
}

static void test_jumps(void **state)
{
    (void)state;
    begin_connected();
    peer_send(&peer, 1 + PACKET_JUMP_MAXIMUM, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer_send(&peer, 2 + 2 * PACKET_JUMP_MAXIMUM, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
    check_problem(END_GENERIC, true);
}

static void test_broken_frames(void **state)
{
    (void)state;
    begin_connected();
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(connection_state(peer_real(&peer)), STATE_CONNECTED);
    peer_send(&peer, 0, "\xff", 1);
    check_problem(END_INTERNAL_ERROR, true);
    assert_int_equal(peer.owner.received.count, 1); /* stays readable */
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    assert_int_equal(peer.owner.received.count, 1);
}

/* An ack request is honoured within 50 ms, or at once; statistics imply one (protocol 17.5). */
static void test_ack_requests(void **state)
{
    static const struct {
        const char *blob;
        size_t length;
        microseconds within; /* TIME_NEVER: no answer */
    } cases[] = {
        {"\x18\x02", 2, 50 * MILLISECOND}, {"\x18\x06", 2, 0},          {"\x0a\x00", 2, 50 * MILLISECOND},
        {"\x18\x01", 2, TIME_NEVER},       {"\x18\x08", 2, TIME_NEVER}, {"\x18\x04", 2, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t datagram[DATAGRAM_MAXIMUM];
        struct data_header header = {.connection_id = REAL_ID, .has_statistics = true, .packet_number = 2};
        size_t size;

        begin_connected();
        header.statistics = (struct byte_slice){(const uint8_t *)cases[i].blob, cases[i].length};
        size = data_header_encode(&header, datagram, sizeof datagram);
        assert_true(packet_cipher_seal(&peer.seal, 2, datagram + size, 0));
        peer_say(&peer, datagram, size + PACKET_TAG_SIZE);
        if (cases[i].within != 0) {
            assert_int_equal(peer.heard_count, 0);
            peer_wait(&peer, 50 * MILLISECOND - 1);
            assert_int_equal(peer.heard_count, 0);
            peer_wait(&peer, 1);
        }
        assert_int_equal(peer.heard_count, cases[i].within != TIME_NEVER);
        if (peer.heard_count > 0) {
            struct opened opened = peer_open(&peer, 0);

            assert_int_equal(opened.payload[2], 0x98);
            assert_int_equal(opened.payload[3], 2);
        }
    }
    /* A blob that cannot be read costs the packet. */
    {
        uint8_t datagram[DATAGRAM_MAXIMUM];
        struct data_header header = {
            .connection_id = REAL_ID, .has_statistics = true, .statistics = {(const uint8_t *)"\xff", 1}};

        begin_connected();
        header.packet_number = 2;
        peer_say(&peer, datagram, data_header_encode(&header, datagram, sizeof datagram) + PACKET_TAG_SIZE);
        assert_true(dropped_for(DROP_MALFORMED) == 1);
    }
}

/* Much reliable data is acknowledged before 50 ms are over, every so many packets. */
static void test_acks_under_load(void **state)
{
    int64_t position = 1;

    (void)state;
    begin_connected();
    for (int i = 1; i <= 2 * RELIABLE_PACKETS_PER_ACK; i++) {
        uint8_t payload[11] = {0x57, 0, 0, 0, 0, 0, 0, 3, 'a', 'b', 'c'};

        store_u48(payload + 1, (uint64_t)position);
        position += 4;
        peer.now += 100;
        peer_send(&peer, 0, payload, sizeof payload);
        assert_int_equal(peer.heard_count, i / RELIABLE_PACKETS_PER_ACK);
    }
}

/* After acks with negative blocks the peer soon hears the new stop-waiting value; after something that could not be
 * kept, what it has to send again (protocol 13.6, 15.3). */
static void test_other_reasons_to_answer(void **state)
{
    (void)state;
    for (int blocks = 0; blocks <= 2; blocks++) {
        uint8_t payload[7] = {0x98, 6, 0, 0xff, 0xff, 0x11, 0x11};

        begin_connected();
        for (int i = 0; i < 5; i++) {
            struct message *message = pattern_message(1, 10, k_nSteamNetworkingSend_NoNagle, 0);
            int64_t number;

            assert_int_equal(connection_send_message(peer_real(&peer), message, peer.now, &number), k_EResultOK);
            peer_listen(&peer);
            peer.now += 20 * MILLISECOND;
        }
        peer.heard_count = 0;
        payload[0] |= (uint8_t)blocks;
        peer_send(&peer, 0, payload, 5 + (size_t)blocks);
        peer_wait(&peer, 124 * MILLISECOND);
        assert_int_equal(peer.heard_count, 0);
        peer_wait(&peer, 2 * MILLISECOND);
        assert_int_equal(peer.heard_count, blocks == 2);
        peer_wait(&peer, 125 * MILLISECOND);
        assert_int_equal(peer.heard_count, blocks > 0);
    }
    begin_connected();
    peer.owner.received.capacity = 0;
    peer_send(&peer, 0, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, 209 * MILLISECOND);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, MILLISECOND);
    assert_int_equal(peer.heard_count, 1); /* 2 * (100 + 5) ms: the round trip is not known */
}

/* Reliable data is acknowledged within 50 ms, a gap is reported by itself after 3 ms (protocol 15.3). */
static void test_prompt_acks(void **state)
{
    struct opened opened;

    (void)state;
    begin_connected();
    peer_send(&peer, 2, "\x57\x01\0\0\0\0\0\3abc", 11);
    peer_wait(&peer, 49 * MILLISECOND);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, MILLISECOND);
    assert_int_equal(peer.heard_count, 1);

    begin_connected();
    peer_send(&peer, 4, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, 3 * MILLISECOND - 1);
    assert_int_equal(peer.heard_count, 0);
    peer_wait(&peer, 1);
    assert_int_equal(peer.heard_count, 1);
    opened = peer_open(&peer, 0);
    assert_int_equal(opened.payload[2], 0x99);
    assert_int_equal(opened.payload[3], 4);
    assert_int_equal(opened.payload[7], 0x12); /* one received, two missing */
    /* Unreliable data alone is not worth an ack. */
    begin_connected();
    peer_send(&peer, 2, UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1);
    peer_wait(&peer, SECOND);
    assert_int_equal(peer.heard_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_data_before_the_connection),
        TEST(test_dropped_packets),
        TEST(test_jumps),
        TEST(test_broken_frames),
        TEST(test_ack_requests),
        TEST(test_acks_under_load),
        TEST(test_other_reasons_to_answer),
        TEST(test_prompt_acks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
