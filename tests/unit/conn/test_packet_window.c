/*
 * Packet numbers against the recorded runs and against a set that remembers everything.
 *
 * The deployed window reaches back 64 to 127 numbers and forgets all of them after a jump of 100; this one reaches back
 * 1024 whatever happens (protocol 12.2 asks for 64 at least). So a recorded discard may be an acceptance here, but only
 * of a number that was never received and that lies behind the deployed window.
 */
#include "../vector_file.h"

#include "base/random.h"
#include "conn/packet_window.h"
#include "wire/limits.h"

#include <stdbool.h>

enum { RUNS = 16, NUMBERS = 1 << 17 };

static int deviations, refusals;

/* A number that the deployed receiver takes for old although it was never received. */
static bool behind_deployed_window(int64_t number, int64_t highest, int64_t reset_at)
{
    int64_t window_begin = (highest / PACKET_WINDOW_BLOCK - 1) * PACKET_WINDOW_BLOCK;

    return number < window_begin || number < reset_at;
}

static void check_run(const json_t *run)
{
    const char *name = vector_string(run, "name");
    static bool received[NUMBERS];
    struct packet_window window;
    int64_t before = (int64_t)vector_u64(run, "highest_before"), reset_at = 0;
    const json_t *step;
    size_t i;

    memset(received, 0, sizeof received);
    packet_window_init(&window, 1);
    received[1] = true;
    for (int64_t number = 2; number <= before; number++) {
        assert_true(packet_window_expand(&window, (uint16_t)number) == number);
        assert_true(packet_window_accept(&window, number) == 1);
        received[number] = true;
    }
    json_array_foreach(vector_member(run, "steps"), i, step)
    {
        const char *result = vector_string(step, "result");
        int64_t highest = window.highest;
        int64_t number = packet_window_expand(&window, (uint16_t)vector_u64(step, "wire"));
        int64_t jump;

        if (strcmp(result, "discard") == 0) {
            if (number == 0) {
                refusals++;
            } else if (received[number] || !behind_deployed_window(number, highest, reset_at)) {
                fail_msg("%s: step %zu takes %lld", name, i, (long long)number);
            } else {
                deviations++;
                assert_true(packet_window_accept(&window, number) < 0);
                received[number] = true;
            }
        } else {
            if (number != (int64_t)vector_u64(step, "full"))
                fail_msg("%s: step %zu gives %lld", name, i, (long long)number);
            assert_false(received[number]);
            jump = packet_window_accept(&window, number);
            assert_true(jump == number - highest);
            assert_int_equal(jump > PACKET_JUMP_MAXIMUM, strcmp(result, "close_connection_5001") == 0);
            if (jump > PACKET_JUMP_MAXIMUM)
                continue;
            if (jump >= PACKET_JUMP_RESET)
                reset_at = number;
            received[number] = true;
        }
        assert_true(window.highest == (int64_t)vector_u64(step, "highest_after"));
    }
}

static void test_recorded_runs(void **state)
{
    json_t *root = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *runs = vector_member(root, "packet_number_expansion"), *run;
    size_t i;

    (void)state;
    assert_int_equal(json_array_size(runs), RUNS);
    json_array_foreach(runs, i, run)
    {
        check_run(run);
    }
    json_decref(root);
    assert_int_equal(deviations, 4); /* jump_100_resets_window and jump_101: two late numbers each */
    assert_true(refusals > 10);
}

/* Peers older than version 10 begin with packet 1 (protocol 12.1). */
static void test_nothing_received_yet(void **state)
{
    struct packet_window window;

    (void)state;
    packet_window_init(&window, 0);
    assert_true(packet_window_expand(&window, 0) == 0);
    assert_true(packet_window_expand(&window, 0xffff) == 0);
    assert_true(packet_window_expand(&window, 1) == 1);
    assert_true(packet_window_accept(&window, 1) == 1);
    assert_true(packet_window_expand(&window, 1) == 0);
}

/* Asking does not change anything: only packets that proved authentic move the window. */
static void test_asking_is_harmless(void **state)
{
    struct packet_window window, before;

    (void)state;
    packet_window_init(&window, 1);
    before = window;
    for (uint32_t wire = 0; wire <= 0xffff; wire++)
        (void)packet_window_expand(&window, (uint16_t)wire);
    assert_memory_equal(&window, &before, sizeof window);
}

/* Random packets, late, repeated and with jumps of every size, against a set of all that was received. */
static void test_against_a_set(void **state)
{
    static const uint64_t seeds[] = {1, 2, 3, 4, 5, 6, 7, 8};
    static bool received[NUMBERS];

    (void)state;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct random_generator random;
        struct packet_window window;
        int64_t highest = 1;

        random_generator_init(&random, seeds[s]);
        memset(received, 0, sizeof received);
        received[1] = true;
        packet_window_init(&window, 1);
        while (highest < NUMBERS - 4000) {
            static const int64_t reach[] = {1, 3, 70, 1200, 3000};
            int64_t span = reach[random_below(&random.source, 5)];
            int64_t number = highest - span + (int64_t)random_below(&random.source, (uint64_t)(2 * span) + 1);
            int64_t expanded = packet_window_expand(&window, (uint16_t)number);
            bool expected = number > 0 && number > highest - PACKET_WINDOW_SIZE && !received[number];

            if (expanded != (expected ? number : 0))
                fail_msg("seed %llu: %lld becomes %lld, the highest is %lld", (unsigned long long)seeds[s],
                         (long long)number, (long long)expanded, (long long)highest);
            if (!expected)
                continue;
            if (packet_window_accept(&window, number) != number - highest)
                fail_msg("seed %llu: wrong jump for %lld", (unsigned long long)seeds[s], (long long)number);
            received[number] = true;
            if (number > highest)
                highest = number;
            assert_true(window.highest == highest);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_runs),
        cmocka_unit_test(test_nothing_received_yet),
        cmocka_unit_test(test_asking_is_harmless),
        cmocka_unit_test(test_against_a_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
