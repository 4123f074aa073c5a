/* What a connection keeps while nothing happens: little, whatever happened before, and nothing that traffic made. */
#include "virtual_line.h"

#include <malloc.h>
#include <stdlib.h>

enum {
    RELIABLE = k_nSteamNetworkingSend_Reliable,
    NO_NAGLE = k_nSteamNetworkingSend_NoNagle,
    FRESH_BYTES = 3328,              /* a connection that has not sent yet, its state as a whole */
    USED_BYTES = FRESH_BYTES + 1024, /* one that has: congestion control stays, so that it need not begin anew */
    REST_SECONDS = 30,
};

static size_t allocated;

static void *counting_malloc(size_t size)
{
    void *memory = malloc(size);

    allocated += malloc_usable_size(memory);
    return memory;
}

static void counting_free(void *memory)
{
    allocated -= malloc_usable_size(memory);
    free(memory);
}

static void *counting_realloc(void *memory, size_t size)
{
    allocated -= malloc_usable_size(memory);
    memory = realloc(memory, size);
    allocated += malloc_usable_size(memory);
    return memory;
}

static struct line line;
static size_t before;

static int begin(void **state)
{
    (void)state;
    alloc_set_hooks(counting_malloc, counting_free, counting_realloc);
    allocated = 0;
    assert_true(line_init(&line, "str:alice", "str:bob"));
    for (int which = CLIENT; which <= SERVER; which++)
        line.ends[which].config.send_rate_min = line.ends[which].config.send_rate_max = 0; /* congestion control */
    before = allocated;
    return 0;
}

static int end(void **state)
{
    (void)state;
    line_end(&line);
    assert_int_equal(allocated, 0);
    alloc_set_hooks(NULL, NULL, NULL);
    return 0;
}

static void check_rests(const char *what, size_t most)
{
    size_t each = (allocated - before) / 2;

    print_message("%s: %zu bytes a connection\n", what, each);
    assert_in_range(each, sizeof(struct connection), most);
    for (int which = CLIENT; which <= SERVER; which++) {
        const struct connection *connection = line.ends[which].owner.connection;

        assert_null(connection->seal.context);
        assert_null(connection->open.context);
        assert_null(connection->handshake);
        assert_ptr_equal(connection->sender.packets.ring, connection->sender.packets.first);
        assert_true(list_empty(&connection->sender.segments.usable));
        assert_true(list_empty(&connection->sender.segments.full));
        assert_null(connection->receiver.first_lane.stream.ring);
        assert_null(connection->acks.gaps);
    }
}

static void talk(int messages, int size)
{
    for (uint32_t i = 0; i < (uint32_t)messages; i++) {
        for (int which = CLIENT; which <= SERVER; which++) {
            assert_int_equal(line_send(&line, which, i, size, RELIABLE), k_EResultOK);
            assert_int_equal(line_send(&line, which, i, size / 10, 0), k_EResultOK);
        }
        line_run(&line, 5 * MILLISECOND);
    }
    line_run(&line, 10 * SECOND);
    for (int which = CLIENT; which <= SERVER; which++) {
        assert_false(sender_reliable_outstanding(&line.ends[which].owner.connection->sender));
        kept_messages_drop_all(&line.ends[which].owner.received);
    }
}

static void test_fresh(void **state)
{
    (void)state;
    line_establish(&line);
    line_run(&line, REST_SECONDS * SECOND);
    check_rests("fresh", FRESH_BYTES);
    line_run(&line, 600 * SECOND);
    check_rests("ten minutes old", FRESH_BYTES);
}

static void test_after_traffic(void **state)
{
    struct random_generator weather;

    (void)state;
    line_establish(&line);
    random_generator_init(&weather, 5);
    line.weather = &weather;
    line.loss_percent = 5;
    for (int round = 0; round < 3; round++) {
        talk(300, 9000);
        line.loss_percent = 0;
        line_run(&line, REST_SECONDS * SECOND);
        check_rests("after traffic", USED_BYTES);
        line_run(&line, 600 * SECOND);
        check_rests("ten minutes after traffic", USED_BYTES);
        line.loss_percent = 5;
    }
}

/* With traffic, what makes it quick is kept from packet to packet. */
static void test_busy(void **state)
{
    const void *contexts[2];

    (void)state;
    line_establish(&line);
    for (uint32_t i = 0; i < 1000; i++) {
        line_send(&line, CLIENT, i, 100, RELIABLE | NO_NAGLE);
        line_run(&line, 20 * MILLISECOND);
        if (i == 100) {
            contexts[CLIENT] = line_client(&line)->seal.context;
            contexts[SERVER] = line_server(&line)->open.context;
        }
        if (i >= 100) {
            assert_non_null(line_client(&line)->seal.context);
            assert_ptr_equal(line_client(&line)->seal.context, contexts[CLIENT]);
            assert_ptr_equal(line_server(&line)->open.context, contexts[SERVER]);
        }
    }
    kept_messages_drop_all(&line.ends[SERVER].owner.received);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fresh),
        TEST(test_after_traffic),
        TEST(test_busy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
