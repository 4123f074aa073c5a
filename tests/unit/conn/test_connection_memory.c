/* Two connections on a line in virtual time, while allocations fail. */
#include "connected_line.h"

#include "conn/connection_private.h"

/* A life of which allocations may fail; whatever happens, it ends cleanly. Returns whether everything worked. */
static bool try_to_live(void)
{
    struct connection_parameters parameters;
    bool all_well = true;
    int64_t number;

    if (!line_init(&line, "str:alice", "str:bob"))
        return false;
    parameters = line_parameters(&line, CLIENT);
    line.ends[CLIENT].owner.connection = connection_connect(&parameters, line.now, NULL);
    if (!line_client(&line))
        return false;
    line_flush(&line, CLIENT);
    line_run(&line, 2 * SECOND);
    for (uint32_t i = 0; i < 6; i++) {
        for (int which = CLIENT; which <= SERVER; which++) {
            struct message *message = message_allocate(i % 2 ? 3000 : 300);

            if (!message || line_state(&line, which) != STATE_CONNECTED) {
                message_release(message);
                all_well = false;
                continue;
            }
            memset(message->api.m_pData, (int)i, (size_t)message->api.m_cbSize);
            message->api.m_nFlags = i < 4 ? RELIABLE | NO_NAGLE : NO_NAGLE;
            if (connection_send_message(line.ends[which].owner.connection, message, line.now, &number) != k_EResultOK) {
                message_release(message);
                all_well = false;
            }
            line_flush(&line, which);
        }
        if (i == 2 && connection_configure_lanes(line_client(&line), 4, NULL, NULL, line.now) != k_EResultOK)
            all_well = false;
        line.cut = i == 1;
        line_run(&line, 15 * MILLISECOND);
    }
    line.cut = false;
    line_run(&line, 3 * SECOND);
    for (int which = CLIENT; which <= SERVER; which++) {
        if (line_state(&line, which) != STATE_CONNECTED || line.ends[which].owner.received.count != 6)
            all_well = false;
        else
            assert_false(sender_reliable_outstanding(&line.ends[which].owner.connection->sender));
    }
    line_close(&line, CLIENT, 0, NULL, true);
    line_run(&line, SECOND);
    return all_well;
}

static void check_messages_whole(void)
{
    for (int which = CLIENT; which <= SERVER; which++) {
        struct message *message;

        list_for_each_entry(message, &line.ends[which].owner.received.messages, struct message, queue_node)
        {
            const uint8_t *bytes = message->api.m_pData;

            for (int i = 0; i < message->api.m_cbSize; i++)
                assert_int_equal(bytes[i], bytes[0]);
        }
    }
}

static void test_every_allocation_fails_once(void **state)
{
    long allocations;
    int lived = 0;

    (void)state;
    line_end(&line);
    allocations_alive = 0;
    for (allocations = 0;; allocations++) {
        bool failed;

        allocation_fail_once_after(allocations);
        lived += try_to_live();
        failed = allocation_failed;
        check_messages_whole();
        line_end(&line);
        assert_int_equal(allocations_alive, 0);
        if (!failed)
            break;
        assert_true(allocations < 1000);
    }
    assert_true(allocations > 20);
    assert_true(lived > 5); /* many are survived without loss */
    alloc_set_hooks(NULL, NULL, NULL);
}

static void test_all_allocations_fail_from_then_on(void **state)
{
    long allocations;

    (void)state;
    line_end(&line);
    allocations_alive = 0;
    for (allocations = 0;; allocations++) {
        bool failed;

        allocation_fail_after(allocations);
        (void)try_to_live();
        failed = allocation_failed;
        check_messages_whole();
        line_end(&line);
        assert_int_equal(allocations_alive, 0);
        if (!failed)
            break;
        assert_true(allocations < 1000);
    }
    assert_true(allocations > 20);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* Making a pair fails as a whole. */
static void test_pair_without_memory(void **state)
{
    struct connection_parameters parameters[2] = {line_parameters(&line, CLIENT), line_parameters(&line, SERVER)};
    long allocations = 0;
    bool made = false;

    (void)state;
    while (!made) {
        struct connection *pair[2];
        long alive;

        allocation_fail_after(allocations++);
        alive = allocations_alive;
        made = connection_make_pair(pair, parameters, line.now);
        assert_int_equal(made, pair[0] != NULL);
        assert_int_equal(made, pair[1] != NULL);
        assert_int_equal(line.ends[CLIENT].owner.state_count + line.ends[SERVER].owner.state_count, 0);
        connection_destroy(pair[0]);
        connection_destroy(pair[1]);
        assert_int_equal(allocations_alive, alive);
        assert_true(allocations < 200);
    }
    assert_true(allocations > 2);
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_allocation_fails_once),
        TEST(test_all_allocations_fail_from_then_on),
        TEST(test_pair_without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
