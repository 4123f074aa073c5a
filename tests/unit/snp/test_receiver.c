/* What the recorded payloads do not show of the receiver: states other than Connected, full queues, no memory, noise.
 */
#include "engine.h"

#include "snp/receiver.h"

static struct transport_config config;
static struct receiver receiver;
static struct sender sender;
static struct ack_tracker tracker;
static struct kept_messages kept;
static struct receive_report report;

static void begin(void)
{
    config = engine_config();
    kept_messages_init(&kept);
    sender_init(&sender, &config, PACKET_FIRST_NUMBER, SECOND);
    receiver_init(&receiver, &config, &kept.sink, NULL);
    ack_tracker_init(&tracker, 1);
}

static void end(void)
{
    kept_messages_drop_all(&kept);
    receiver_free(&receiver);
    sender_free(&sender);
    ack_tracker_free(&tracker);
}

static void process(const void *payload, size_t length, enum receive_mode mode)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);

    assert_non_null(copy);
    memcpy(copy, payload, length);
    receiver_process(&receiver, &sender, &tracker, copy, length, 5, mode, SECOND, &report);
    free(copy);
}

#define PROCESS(literal, mode) process(literal, sizeof literal - 1, mode)

#define RELIABLE_ABC   "\x57\x01\0\0\0\0\0\3abc"
#define UNRELIABLE_ABC "\x37\1\0\0\0abc"

static void test_lingering(void **state)
{
    (void)state;
    begin();
    PROCESS(RELIABLE_ABC, RECEIVE_DISCARD);
    assert_null(report.error);
    assert_true(report.acknowledge);
    assert_int_equal(kept.count, 0);
    assert_true(receiver_lane(&receiver, 0)->stream.arrived_end == 1);
    PROCESS(UNRELIABLE_ABC, RECEIVE_DISCARD);
    assert_false(report.acknowledge);
    assert_int_equal(kept.count, 0);
    /* Both in one packet: the reliable part does not save it. */
    PROCESS("\x30\1\0\0\0\3abc" RELIABLE_ABC, RECEIVE_DISCARD);
    assert_false(report.acknowledge);
    assert_null(report.error);
    end();
}

static void test_finding_a_route(void **state)
{
    (void)state;
    begin();
    PROCESS(UNRELIABLE_ABC, RECEIVE_NO_UNRELIABLE);
    assert_false(report.acknowledge);
    PROCESS(RELIABLE_ABC, RECEIVE_NO_UNRELIABLE);
    assert_true(report.acknowledge);
    assert_int_equal(kept.count, 1);
    end();
}

static void test_full_queue(void **state)
{
    const char *error = NULL;

    (void)state;
    begin();
    kept.capacity = 0;
    PROCESS(UNRELIABLE_ABC, RECEIVE_NORMAL);
    assert_false(report.acknowledge);
    assert_true(report.refused);
    assert_true(report.processed);
    /* On purpose: a reliable message waits here and its packet is acknowledged. */
    PROCESS(RELIABLE_ABC, RECEIVE_NORMAL);
    assert_true(report.acknowledge);
    assert_true(receiver_blocked(&receiver));
    PROCESS("\x8f\x20" RELIABLE_ABC, RECEIVE_NORMAL);
    kept.capacity = 1;
    assert_true(receiver_retry(&receiver, 2 * SECOND, &error));
    assert_int_equal(kept.count, 1);
    assert_true(receiver_blocked(&receiver));
    kept.capacity = 2;
    assert_true(receiver_retry(&receiver, 2 * SECOND, &error));
    assert_int_equal(kept.count, 2);
    assert_false(receiver_blocked(&receiver));
    end();
}

static void test_message_too_large(void **state)
{
    (void)state;
    begin();
    config.receive_max_message_size = 2;
    PROCESS(UNRELIABLE_ABC, RECEIVE_NORMAL);
    assert_non_null(report.error);
    end();
    begin();
    config.receive_max_message_size = 5;
    PROCESS("\x17\1\0\0\0abc", RECEIVE_NORMAL);
    assert_null(report.error);
    PROCESS("\x3f\1\0\0\0\3abc", RECEIVE_NORMAL); /* six bytes in two pieces */
    assert_non_null(report.error);
    end();
}

/* A packet with too many segments is not acknowledged, but what came before counts, and so do its statistics. */
static void test_segment_limit(void **state)
{
    (void)state;
    begin();
    config.receive_max_segments = 2;
    PROCESS("\x50\1\0\0\0\0\0\2\1a"
            "\x40\2\1b"
            "\x47\1c",
            RECEIVE_NORMAL);
    assert_null(report.error);
    assert_false(report.acknowledge);
    assert_true(report.refused);
    assert_true(report.processed);
    assert_int_equal(kept.count, 2);
    end();
}

/* Whatever runs out of memory, the packet counts as lost and comes again. */
static void test_without_memory(void **state)
{
    static const struct {
        const char *payload;
        size_t length;
    } cases[] = {
        {UNRELIABLE_ABC, sizeof UNRELIABLE_ABC - 1},
        {"\x17\1\0\0\0abc", 8},
        {"\x88" UNRELIABLE_ABC, sizeof UNRELIABLE_ABC},
        {"\x8f\xff\x01" RELIABLE_ABC, sizeof RELIABLE_ABC + 2},
        {"\x57\5\0\0\0\0\0\3abc", 11}, /* early: needs room to wait */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool failed = true;

        for (long successes = 0; failed; successes++) {
            begin();
            allocation_fail_after(successes);
            process(cases[i].payload, cases[i].length, RECEIVE_NORMAL);
            failed = allocation_failed;
            alloc_set_hooks(NULL, NULL, NULL);
            assert_null(report.error);
            if (failed) {
                assert_false(report.acknowledge);
                assert_true(report.refused);
                assert_int_equal(kept.count, 0);
            }
            process(cases[i].payload, cases[i].length, RECEIVE_NORMAL);
            assert_true(report.acknowledge);
            end();
        }
    }
}

/* A message under construction that finds no memory waits, and is not forgotten. */
static void test_reliable_message_without_memory(void **state)
{
    const char *error = NULL;

    (void)state;
    begin();
    allocation_fail_after(0);
    PROCESS(RELIABLE_ABC, RECEIVE_NORMAL);
    assert_false(report.acknowledge); /* the bytes behind the header could not be kept */
    assert_true(receiver_blocked(&receiver));
    assert_true(receiver.starved);
    alloc_set_hooks(NULL, NULL, NULL);
    assert_true(receiver_retry(&receiver, SECOND, &error));
    assert_false(receiver.starved);
    assert_false(receiver_blocked(&receiver));
    assert_int_equal(kept.count, 0);
    PROCESS(RELIABLE_ABC, RECEIVE_NORMAL);
    assert_int_equal(kept.count, 1);
    end();
}

/* A peer that begins a large message on every lane, and early bytes on every lane, cannot make the connection hold more
 * than the budget, and gets everything through in the end. */
static void test_budget_of_all_lanes(void **state)
{
    enum { LANES = 40, SIZE = 65536 };
    static const char begin_large[] = "\x8f\x00\x57\x01\0\0\0\0\0\x20\x80\x10"; /* 65536 bytes are to come */
    static uint8_t part[1200 + 16];
    int64_t limit;
    int refused = 0;

    (void)state;
    begin();
    config.receive_buffer_size = SIZE;
    config.receive_max_message_size = SIZE;
    limit = (int64_t)RECEIVE_BUDGET_BUFFERS * SIZE;
    for (int lane = 0; lane < LANES; lane++) {
        char payload[sizeof begin_large];

        memcpy(payload, begin_large, sizeof payload);
        payload[1] = (char)lane;
        process(payload, sizeof payload - 1, RECEIVE_NORMAL);
        assert_null(report.error);
        assert_true(receiver.budget.messages <= limit);
        /* Early bytes near the end of the buffer. */
        memcpy(payload + 2, "\x57\0\xf0\0\0\0\0\1", 8);
        process(payload, 11, RECEIVE_NORMAL);
        assert_null(report.error);
        refused += report.refused;
        assert_true(receiver.budget.rings <= limit);
    }
    assert_true(receiver.budget.messages == limit);
    assert_true(refused > 10);
    assert_true(receiver.starved);

    /* The peer goes on sending what was not acknowledged. */
    for (int round = 0; kept.count < LANES; round++) {
        const char *error = NULL;

        assert_true(round < 50);
        for (int lane = 0; lane < LANES; lane++) {
            for (int64_t position = 1; position < SIZE + 5; position += 1200) {
                int64_t bytes = SIZE + 5 - position < 1200 ? SIZE + 5 - position : 1200;
                size_t header = 9;

                part[0] = 0x8f;
                part[1] = (uint8_t)lane;
                part[2] = 0x57;
                store_u48(part + 3, (uint64_t)position);
                memset(part + header, 'x', (size_t)bytes);
                if (position == 1)
                    memcpy(part + header, begin_large + 9, 3);
                if (position + bytes > SIZE + 4)
                    bytes = SIZE + 4 - position;
                if (bytes > 0)
                    process(part, header + (size_t)bytes, RECEIVE_NORMAL);
                assert_null(report.error);
            }
        }
        assert_true(receiver_retry(&receiver, SECOND, &error));
        assert_true(receiver.budget.messages <= limit);
    }
    assert_true(receiver.budget.messages == 0);
    assert_true(receiver.budget.rings <= (int64_t)LANES * 16384);
    assert_true(receiver.budget.rings <= limit / 2 + SIZE);
    end();
}

/* Noise in every state: an error or not, but never more than that. */
static void test_noise(void **state)
{
    int errors = 0, accepted = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_generator random;

        random_generator_init(&random, seed);
        begin();
        kept.capacity = 5;
        for (int i = 0; i < 200; i++) {
            static const uint8_t leads[] = {0x30, 0x10, 0x37, 0x50, 0x57, 0x47, 0x80, 0x83, 0x98, 0x9f, 0x88, 0x8f};
            uint8_t payload[64];
            size_t length = random_below(&random.source, sizeof payload);

            random_fill(&random.source, payload, sizeof payload);
            if (length > 0)
                payload[0] = leads[random_below(&random.source, sizeof leads)];
            for (size_t k = 1; k < 12; k++)
                if (random_below(&random.source, 2))
                    payload[k] = (uint8_t)random_below(&random.source, 4);
            process(payload, length, (enum receive_mode)random_below(&random.source, 3));
            assert_true(!report.error || (!report.acknowledge && !report.processed));
            errors += report.error != NULL;
            accepted += report.acknowledge;
            if (report.acknowledge)
                ack_tracker_record(&tracker, 2 + i, SECOND);
        }
        end();
    }
    assert_true(errors > 1000);
    assert_true(accepted > 1000);
}

static void test_unreliable_numbers(void **state)
{
    static const struct {
        const char *payload;
        size_t length;
        bool good;
    } cases[] = {
#define CASE(literal, good) {"\x30\1\0\0\0\1a" literal, sizeof "\x30\1\0\0\0\1a" literal - 1, good}
        CASE("\x30\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\1b", true),      /* up to the largest number */
        CASE("\x30\xff\xff\xff\xff\xff\xff\xff\xff\x7f\1b", false),     /* one more */
        CASE("\x30\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\1b", false), /* back, below zero */
        CASE("\x30\0\1b", true),                                        /* the same again */
#undef CASE
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin();
        process(cases[i].payload, cases[i].length, RECEIVE_NORMAL);
        assert_int_equal(report.error == NULL, cases[i].good);
        assert_int_equal(report.acknowledge, cases[i].good);
        assert_int_equal(kept.count, cases[i].good ? 2 : 1);
        end();
    }
}

/* Longer than any datagram of a deployed peer: ignored (protocol 13.3). */
static void test_segment_too_large(void **state)
{
    uint8_t payload[5 + UNRELIABLE_SEGMENT_MAXIMUM + 1] = "\x37\1\0\0\0";

    (void)state;
    begin();
    process(payload, sizeof payload, RECEIVE_NORMAL);
    assert_null(report.error);
    assert_true(report.acknowledge);
    assert_int_equal(kept.count, 0);
    process(payload, sizeof payload - 1, RECEIVE_NORMAL);
    assert_int_equal(kept.count, 1);
    end();
}

/* What early bytes contain is seen when the application makes room. */
static void test_nonsense_behind_a_full_queue(void **state)
{
    const char *error = NULL;

    (void)state;
    begin();
    kept.capacity = 0;
    PROCESS(RELIABLE_ABC, RECEIVE_NORMAL);
    PROCESS("\x57\5\0\0\0\0\0\x80x", RECEIVE_NORMAL);
    assert_null(report.error);
    kept.capacity = 1;
    assert_false(receiver_retry(&receiver, 2 * SECOND, &error));
    assert_non_null(error);
    assert_int_equal(kept.count, 1);
    end();
}

static void test_extending(void **state)
{
    struct receiver never_begun = {0};

    (void)state;
    begin();
    PROCESS("\x8a" RELIABLE_ABC, RECEIVE_NORMAL); /* lane 3; room for others is there, but they are not */
    assert_null(receiver_lane(&receiver, 1));
    receiver_extend(&receiver);
    PROCESS("\x88" RELIABLE_ABC, RECEIVE_NORMAL);
    assert_true(receiver_lane(&receiver, 0)->stream.extended);
    assert_true(receiver_lane(&receiver, 1)->stream.extended);
    assert_true(receiver_lane(&receiver, 3)->stream.extended);
    end();
    receiver_free(&never_begun);
}

/* Acknowledgements that have had as many records looked at as there can be are not read any more. */
static void test_too_many_acknowledgements(void **state)
{
    (void)state;
    begin();
    PROCESS("\x99\1\0\0\0\x77", RECEIVE_NORMAL); /* reaches below packet 0 */
    assert_non_null(report.error);
    sender.packets.capacity_max = 0;
    PROCESS("\x99\1\0\0\0\x77", RECEIVE_NORMAL);
    assert_null(report.error);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lingering),
        cmocka_unit_test(test_finding_a_route),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_message_too_large),
        cmocka_unit_test(test_segment_limit),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_reliable_message_without_memory),
        cmocka_unit_test(test_budget_of_all_lanes),
        cmocka_unit_test(test_noise),
        cmocka_unit_test(test_unreliable_numbers),
        cmocka_unit_test(test_segment_too_large),
        cmocka_unit_test(test_nonsense_behind_a_full_queue),
        cmocka_unit_test(test_extending),
        cmocka_unit_test(test_too_many_acknowledgements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
