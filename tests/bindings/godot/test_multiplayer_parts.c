/* The parts of the engine networking peer that need no network: frames, the inbox, the table of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "multiplayer_frame.h"
#include "multiplayer_inbox.h"
#include "multiplayer_remote.h"
#include "number_table.h"

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static void what_is_written_is_read(void **state)
{
    static const struct {
        enum multiplayer_frame_kind kind;
        uint8_t detail;
        int32_t peer;
    } cases[] = {
        {MULTIPLAYER_FRAME_HELLO, MULTIPLAYER_PROTOCOL, 2},
        {MULTIPLAYER_FRAME_WELCOME, 0, INT32_MAX},
        {MULTIPLAYER_FRAME_JOINED, 0, 77},
        {MULTIPLAYER_FRAME_LEFT, 0, 0x01020304},
        {MULTIPLAYER_FRAME_PACKET, MULTIPLAYER_RELIABLE, 0},
        {MULTIPLAYER_FRAME_PACKET, MULTIPLAYER_UNRELIABLE, -5},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t head[MULTIPLAYER_FRAME_HEAD];
        struct multiplayer_frame frame;
        multiplayer_frame_write_head(head, cases[i].kind, cases[i].detail, cases[i].peer);
        assert_true(multiplayer_frame_read(&frame, head, sizeof head));
        assert_int_equal(frame.kind, cases[i].kind);
        assert_int_equal(frame.detail, cases[i].detail);
        assert_int_equal(frame.peer, cases[i].peer);
        assert_int_equal(frame.payload_size, 0);
    }
}

static void what_is_no_frame_is_refused(void **state)
{
    static const uint8_t bad[][8] = {
        {0, 0, 2, 0, 0, 0},                                     /* no such kind */
        {6, 0, 2, 0, 0, 0},                                     /* nor this */
        {MULTIPLAYER_FRAME_PACKET, 3, 2, 0, 0, 0},              /* no such mode */
        {MULTIPLAYER_FRAME_PACKET, 0, 0, 0, 0, 0x80},           /* a target that has no opposite */
        {MULTIPLAYER_FRAME_WELCOME, 0, 1, 0, 0, 0},             /* the server's id */
        {MULTIPLAYER_FRAME_WELCOME, 0, 0xff, 0xff, 0xff, 0xff}, /* below 0 */
        {MULTIPLAYER_FRAME_JOINED, 1, 2, 0, 0, 0},              /* a detail where none is */
        {MULTIPLAYER_FRAME_LEFT, 0, 0, 0, 0, 0},                /* nobody */
    };
    struct multiplayer_frame frame;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(multiplayer_frame_read(&frame, bad[i], MULTIPLAYER_FRAME_HEAD));
    for (size_t size = 0; size < MULTIPLAYER_FRAME_HEAD; size++)
        assert_false(multiplayer_frame_read(&frame, "\x05\0\2\0\0\0", size));
    for (uint8_t kind = MULTIPLAYER_FRAME_HELLO; kind < MULTIPLAYER_FRAME_PACKET; kind++)
        assert_false(multiplayer_frame_read(&frame, (uint8_t[]){kind, 0, 2, 0, 0, 0, 9}, MULTIPLAYER_FRAME_HEAD + 1));
    assert_true(multiplayer_frame_read(&frame, "\x05\0\2\0\0\0x", MULTIPLAYER_FRAME_HEAD + 1));
    assert_int_equal(frame.payload_size, 1);
    assert_int_equal(*frame.payload, 'x');
}

static void an_overtaken_packet_is_known_by_its_number(void **state)
{
    struct multiplayer_remote remote = {0};
    (void)state;
    assert_false(multiplayer_remote_overtaken(&remote, 0, 1));
    assert_false(multiplayer_remote_overtaken(&remote, 0, 5));
    assert_true(multiplayer_remote_overtaken(&remote, 0, 4));
    assert_true(multiplayer_remote_overtaken(&remote, 0, 5));  /* twice */
    assert_false(multiplayer_remote_overtaken(&remote, 1, 4)); /* another channel */
    assert_false(multiplayer_remote_overtaken(&remote, 0, 6));
}

/* ---- inbox ------------------------------------------------------------------------------------------------------- */

static struct multiplayer_packet packet_of(int32_t source, int size)
{
    return (struct multiplayer_packet){.source = source, .size = size};
}

static void add(struct multiplayer_inbox *inbox, int32_t source, int size)
{
    struct multiplayer_packet packet = packet_of(source, size);
    multiplayer_inbox_add(inbox, &packet);
}

static void events_and_packets_keep_their_order(void **state)
{
    struct multiplayer_inbox inbox;
    struct multiplayer_event event;
    (void)state;
    multiplayer_inbox_init(&inbox);
    multiplayer_inbox_add_event(&inbox, MULTIPLAYER_PEER_CONNECTED, 7);
    add(&inbox, 7, 1);
    add(&inbox, 7, 2);
    multiplayer_inbox_add_event(&inbox, MULTIPLAYER_PEER_DISCONNECTED, 7);
    multiplayer_inbox_add_event(&inbox, MULTIPLAYER_PEER_CONNECTED, 8);
    add(&inbox, 8, 3);

    assert_int_equal(multiplayer_inbox_available(&inbox), 0); /* nobody has been told of 7 */
    assert_null(multiplayer_inbox_peek(&inbox));
    assert_null(multiplayer_inbox_take(&inbox));
    assert_true(multiplayer_inbox_take_event(&inbox, &event));
    assert_int_equal(event.kind, MULTIPLAYER_PEER_CONNECTED);
    assert_false(multiplayer_inbox_take_event(&inbox, &event)); /* its packets come first */
    assert_int_equal(multiplayer_inbox_available(&inbox), 2);
    assert_int_equal(multiplayer_inbox_peek(&inbox)->size, 1);
    assert_int_equal(multiplayer_inbox_take(&inbox)->size, 1);
    assert_int_equal(multiplayer_inbox_take(&inbox)->size, 2);
    assert_null(multiplayer_inbox_take(&inbox));
    assert_true(multiplayer_inbox_take_event(&inbox, &event));
    assert_int_equal(event.kind, MULTIPLAYER_PEER_DISCONNECTED);
    assert_true(multiplayer_inbox_take_event(&inbox, &event));
    assert_int_equal(event.peer, 8);
    assert_int_equal(multiplayer_inbox_take(&inbox)->source, 8);
    multiplayer_inbox_clear(&inbox);
}

static void packets_of_the_unknown_wait_aside(void **state)
{
    struct multiplayer_inbox inbox;
    (void)state;
    multiplayer_inbox_init(&inbox);
    for (int i = 0; i < MULTIPLAYER_ASIDE_MAX + 10; i++) {
        struct multiplayer_packet packet = packet_of(i % 2 ? 5 : 6, i);
        multiplayer_inbox_put_aside(&inbox, &packet);
    }
    assert_int_equal(multiplayer_inbox_available(&inbox), 0);
    multiplayer_inbox_admit(&inbox, 5);
    assert_int_equal(multiplayer_inbox_available(&inbox), MULTIPLAYER_ASIDE_MAX / 2);
    for (int i = 11; i < MULTIPLAYER_ASIDE_MAX + 10; i += 2) /* the ten oldest gave way */
        assert_int_equal(multiplayer_inbox_take(&inbox)->size, i);
    assert_null(multiplayer_inbox_take(&inbox));
    multiplayer_inbox_admit(&inbox, 5);
    assert_int_equal(multiplayer_inbox_available(&inbox), 0);
    multiplayer_inbox_admit(&inbox, 6);
    assert_int_equal(multiplayer_inbox_available(&inbox), MULTIPLAYER_ASIDE_MAX / 2);
    multiplayer_inbox_clear(&inbox);
}

static void a_full_inbox_has_no_room(void **state)
{
    struct multiplayer_inbox inbox;
    (void)state;
    multiplayer_inbox_init(&inbox);
    for (int i = 0; i < MULTIPLAYER_PACKETS_MAX; i++) {
        assert_int_equal(multiplayer_inbox_room(&inbox), MULTIPLAYER_PACKETS_MAX - i);
        add(&inbox, 2, i);
    }
    assert_int_equal(multiplayer_inbox_room(&inbox), 0);
    for (int i = 0; i < MULTIPLAYER_ASIDE_MAX + 1; i++) /* those that waited aside have a place, no others */
        add(&inbox, 2, i);
    assert_int_equal(multiplayer_inbox_available(&inbox), MULTIPLAYER_PACKETS_MAX + MULTIPLAYER_ASIDE_MAX);
    assert_int_equal(multiplayer_inbox_take(&inbox)->size, 0);
    multiplayer_inbox_clear(&inbox);
    assert_int_equal(multiplayer_inbox_room(&inbox), MULTIPLAYER_PACKETS_MAX);
}

/* ---- table of numbers -------------------------------------------------------------------------------------------- */

static void a_table_does_what_an_array_does(void **state)
{
    static char values[512];
    void *model[512] = {0};
    struct number_table table = {0};
    size_t count = 0;
    unsigned seed = 1;
    (void)state;
    assert_null(number_table_find(&table, 1));
    number_table_remove(&table, 1);
    for (int step = 0; step < 200000; step++) {
        seed = seed * 1103515245 + 12345;
        /* Few numbers, far apart: they meet in the table, and wrap around at its end. */
        uint32_t index = (seed >> 8) % 512, number = 1 + index * 8388593u;
        if (model[index]) {
            assert_ptr_equal(number_table_find(&table, number), model[index]);
            number_table_remove(&table, number);
            model[index] = NULL;
            count--;
        } else {
            assert_null(number_table_find(&table, number));
            model[index] = &values[index];
            assert_true(number_table_add(&table, number, model[index]));
            count++;
        }
        assert_int_equal(table.count, count);
    }
    size_t found = 0;
    for (size_t at = 0; number_table_next(&table, &at);)
        found++;
    assert_int_equal(found, count);
    for (uint32_t index = 0; index < 512; index++)
        assert_ptr_equal(number_table_find(&table, 1 + index * 8388593u), model[index]);
    number_table_clear(&table);
    assert_null(number_table_find(&table, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_no_frame_is_refused),
        cmocka_unit_test(an_overtaken_packet_is_known_by_its_number),
        cmocka_unit_test(events_and_packets_keep_their_order),
        cmocka_unit_test(packets_of_the_unknown_wait_aside),
        cmocka_unit_test(a_full_inbox_has_no_room),
        cmocka_unit_test(a_table_does_what_an_array_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
