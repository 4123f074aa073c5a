/* The ring of sent packets: numbering, growth, its bound, and want of memory. */
#include "engine.h"

#include "snp/sent_packets.h"

static void push_all(struct sent_packets *packets, int count)
{
    for (int i = 0; i < count; i++) {
        int64_t number = packets->next;

        assert_false(sent_packets_full(packets));
        sent_packets_push(packets)->sent_at = number * 10;
        assert_true(packets->next == number + 1);
    }
}

static void check_records(const struct sent_packets *packets)
{
    for (int64_t number = packets->oldest; number < packets->next; number++)
        assert_true(sent_packets_find(packets, number)->sent_at == number * 10);
    assert_null(sent_packets_find(packets, packets->oldest - 1));
    assert_null(sent_packets_find(packets, packets->next));
}

static void test_growing_keeps_records(void **state)
{
    struct sent_packets packets;

    (void)state;
    sent_packets_init(&packets, 2);
    push_all(&packets, 10);
    for (int i = 0; i < 7; i++)
        sent_packets_pop(&packets);
    push_all(&packets, 3000); /* the ring's seam moves with each doubling */
    check_records(&packets);
    assert_true(packets.oldest == 9);
    sent_packets_free(&packets);
}

static void test_bound(void **state)
{
    struct sent_packets packets;

    (void)state;
    sent_packets_init(&packets, 1000000);
    push_all(&packets, SENT_PACKETS_CAPACITY_MAX);
    assert_true(sent_packets_full(&packets));
    assert_int_equal(packets.capacity, SENT_PACKETS_CAPACITY_MAX);
    sent_packets_pop(&packets);
    assert_false(sent_packets_full(&packets));
    push_all(&packets, 1);
    check_records(&packets);
    sent_packets_free(&packets);
}

static void test_records_start_clean(void **state)
{
    struct sent_packets packets;

    (void)state;
    sent_packets_init(&packets, 1);
    for (int i = 0; i < 3 * SENT_PACKETS_FIRST_CAPACITY; i++) {
        struct sent_packet *packet = sent_packets_push(&packets);

        assert_int_equal(packet->state, SENT_PACKET_IN_FLIGHT);
        assert_int_equal(packet->segment_count, 0);
        assert_false(packet->eliciting);
        assert_int_equal(packet->statistics, 0);
        memset(packet, 0xff, sizeof *packet);
        sent_packets_pop(&packets);
    }
    sent_packets_free(&packets);
}

static void test_resting_gives_back_the_ring(void **state)
{
    struct sent_packets packets;

    (void)state;
    allocation_fail_after(-1);
    for (int round = 0; round < 40; round++) { /* so that the seam lies everywhere */
        sent_packets_init(&packets, 1 + round);
        push_all(&packets, 20);
        assert_int_equal(allocations_alive, 1);
        while (packets.next - packets.oldest > SENT_PACKETS_FIRST_CAPACITY) {
            sent_packets_rest(&packets);
            assert_int_equal(allocations_alive, 1);
            sent_packets_pop(&packets);
        }
        sent_packets_rest(&packets);
        assert_int_equal(allocations_alive, 0);
        check_records(&packets);
        push_all(&packets, 50);
        check_records(&packets);
        sent_packets_free(&packets);
    }
    alloc_set_hooks(NULL, NULL, NULL);
}

static void test_without_memory(void **state)
{
    struct sent_packets packets;

    (void)state;
    allocation_fail_after(0);
    sent_packets_init(&packets, 1);
    push_all(&packets, SENT_PACKETS_FIRST_CAPACITY);
    assert_true(sent_packets_full(&packets)); /* the oldest record has to go */
    sent_packets_pop(&packets);
    assert_false(sent_packets_full(&packets));
    push_all(&packets, 1);
    check_records(&packets);
    allocation_fail_after(-1);
    push_all(&packets, 100);
    check_records(&packets);
    sent_packets_free(&packets);
    assert_int_equal(allocations_alive, 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_keeps_records), cmocka_unit_test(test_bound),
        cmocka_unit_test(test_records_start_clean),   cmocka_unit_test(test_resting_gives_back_the_ring),
        cmocka_unit_test(test_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
