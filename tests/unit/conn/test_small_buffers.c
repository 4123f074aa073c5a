/*
 * Small numbers. A receiver with small buffers and an application that reads slowly: everything arrives, on however
 * many lanes, from deployed senders and from those that know more, with losses and through a narrow path. Small
 * packets.
 */
#include "virtual_line.h"

enum {
    MESSAGES = 300,
    SIZE_MAXIMUM = 4000,
    BUFFER = 4096,    /* the least that can be configured */
    READ_AT_ONCE = 3, /* each ... */
    READ_EVERY_MS = 100,
    READS_MAXIMUM = 20000, /* half an hour */
    NARROW = 800,
};

struct variant {
    int lanes, queue; /* messages that wait for the application at most */
    int loss_percent;
    bool deployed[2];
    bool fixed_rate, narrow;
};

static struct line line;
static int64_t latest[SENDER_LANES_MAX];

static int read_some(void)
{
    struct owner *owner = &line.ends[SERVER].owner;
    int count = 0;

    for (; count < READ_AT_ONCE && owner->received.count > 0; count++) {
        struct message *message = kept_messages_take(&owner->received);

        assert_true(message->api.m_nMessageNumber > latest[message->api.m_idxLane]);
        latest[message->api.m_idxLane] = message->api.m_nMessageNumber;
        message_release(message);
    }
    connection_receive_queue_drained(owner->connection, line.now);
    line_flush(&line, SERVER);
    return count;
}

static int send_all(struct random_source *random, int lanes)
{
    int sent = 0;

    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message *message =
            pattern_message(i, (int)random_below(random, SIZE_MAXIMUM), k_nSteamNetworkingSend_ReliableNoNagle,
                            (int)random_below(random, (uint64_t)lanes));
        int64_t number;

        if (connection_send_message(line_client(&line), message, line.now, &number) == k_EResultOK)
            sent++;
        else
            message_release(message); /* too much waits already */
        line_flush(&line, CLIENT);
        line_run(&line, (microseconds)random_below(random, 5000));
    }
    return sent;
}

static void check(const struct variant *variant, uint64_t seed)
{
    struct random_generator random, weather;
    int left, rounds = 0;

    memset(latest, 0, sizeof latest);
    random_generator_init(&random, seed);
    random_generator_init(&weather, seed + 1);
    assert_true(line_init(&line, "str:alice", "str:bob"));
    for (int which = CLIENT; which <= SERVER; which++) {
        struct line_end *end = &line.ends[which];

        end->config.receive_buffer_size = BUFFER;
        end->config.send_rate_min = end->config.send_rate_max = variant->fixed_rate ? SEND_RATE_DEFAULT : 0;
        end->endpoint->as_deployed = variant->deployed[which];
        end->owner.received.capacity = variant->queue;
    }
    line_establish(&line);
    line.weather = &weather;
    line.loss_percent = variant->loss_percent;
    line.largest = variant->narrow ? NARROW : 0;
    assert_int_equal(connection_configure_lanes(line_client(&line), variant->lanes, NULL, NULL, line.now), k_EResultOK);
    for (left = send_all(&random.source, variant->lanes); left > 0; left -= read_some()) {
        if (++rounds > READS_MAXIMUM || line_state(&line, CLIENT) != STATE_CONNECTED)
            fail_msg("seed %llu: %d messages do not arrive", (unsigned long long)seed, left);
        line_run(&line, READ_EVERY_MS * MILLISECOND);
    }
    line_end(&line);
}

static void test_everything_arrives(void **state)
{
    static const int lanes[] = {1, 3, 40};

    (void)state;
    for (unsigned i = 0; i < sizeof lanes / sizeof *lanes; i++) {
        for (unsigned bits = 0; bits < 32; bits++) {
            const struct variant variant = {
                .lanes = lanes[i],
                .queue = bits & 1 ? 2 : 50,
                .loss_percent = bits & 2 ? 15 : 0,
                .deployed = {bits & 4, bits & 8},
                .fixed_rate = bits & 16,
                .narrow = (bits & 6) == 6,
            };

            check(&variant, 100 * i + bits);
        }
    }
}

/* What needs more segments than receivers put together goes reliably. Without losses, nothing is missing. */
static void test_unreliable_messages_in_small_packets(void **state)
{
    static const int sizes[] = {DATAGRAM_PACKET_SIZE_SMALLEST, 300, 548, 900};
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 5);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_true(line_init(&line, "str:alice", "str:bob"));
        for (int which = CLIENT; which <= SERVER; which++)
            line.ends[which].config.packet_size = sizes[i];
        line_establish(&line);
        for (uint32_t k = 0; k < 200; k++) {
            const int size = (int)random_below(&random.source, UNRELIABLE_SEND_MAXIMUM);

            assert_int_equal(line_send(&line, CLIENT, k, 30, 0), k_EResultOK); /* so that it begins anywhere */
            assert_int_equal(line_send(&line, CLIENT, k, size, k_nSteamNetworkingSend_NoNagle), k_EResultOK);
            line_run(&line, 200 * MILLISECOND);
            assert_int_equal(line.ends[SERVER].owner.received.count, 2);
            line_expect(&line, SERVER, k, 30);
            line_expect(&line, SERVER, k, size);
        }
        line_end(&line);
    }
}

static void keep_sending(microseconds time, bool read)
{
    struct owner *owner = &line.ends[SERVER].owner;
    const microseconds until = line.now + time;

    while (line.now < until) {
        while (connection_pending_bytes(line_client(&line)) < 20 * BUFFER)
            assert_int_equal(line_send(&line, CLIENT, 1, BUFFER, k_nSteamNetworkingSend_Reliable), k_EResultOK);
        line_run(&line, 5 * MILLISECOND);
        if (!read)
            continue;
        kept_messages_drop_all(&owner->received);
        connection_receive_queue_drained(owner->connection, line.now);
        line_flush(&line, SERVER);
    }
}

/* Congestion control does not go on at full speed when nothing is taken, and finds its speed again. */
static void test_application_that_does_not_read(void **state)
{
    enum { QUEUE = 200, SECONDS = 4, PACKETS_IN_VAIN = 1500 /* each second; the path takes ten times as many */ };

    (void)state;
    for (int deployed = 0; deployed <= 1; deployed++) {
        int sent;
        uint64_t received;

        assert_true(line_init(&line, "str:alice", "str:bob"));
        for (int which = CLIENT; which <= SERVER; which++) {
            line.ends[which].config.send_rate_min = line.ends[which].config.send_rate_max = 0;
            line.ends[which].endpoint->as_deployed = deployed;
        }
        line.ends[SERVER].owner.received.capacity = QUEUE;
        line_establish(&line);
        keep_sending(2 * SECOND, true);
        keep_sending(SECOND, false);
        sent = line.ends[CLIENT].data_sent;
        keep_sending(SECONDS * SECOND, false);
        assert_in_range(line.ends[CLIENT].data_sent - sent, 1, SECONDS * PACKETS_IN_VAIN);
        keep_sending(2 * SECOND, true);
        received = line_server(&line)->statistics.messages_received[1];
        keep_sending(SECOND, true);
        assert_true(line_server(&line)->statistics.messages_received[1] - received > 1000);
        line_end(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_arrives),
        cmocka_unit_test(test_unreliable_messages_in_small_packets),
        cmocka_unit_test(test_application_that_does_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
