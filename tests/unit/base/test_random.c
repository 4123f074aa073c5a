/* The deterministic generator against values worked out by hand from its definition, and the helpers' ranges. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/random.h"

static void the_recurrence(void **state)
{
    struct random_generator generator;

    (void)state;
    random_generator_init(&generator, 0);
    /* splitmix64 of seed 0 is a published sequence. */
    assert_true(generator.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(generator.state[1] == UINT64_C(0x6e789e6aa1b965f4));
    assert_true(generator.state[2] == UINT64_C(0x06c45d188009454f));
    assert_true(generator.state[3] == UINT64_C(0xf88bb8a8724c81ec));
    /* With this state the first three results are easily computed: rotl(2*5, 7)*9, then 0, then rotl(262149*5, 7)*9. */
    for (int i = 0; i < 4; i++)
        generator.state[i] = (uint64_t)i + 1;
    assert_true(random_generator_next(&generator) == 11520);
    assert_true(random_generator_next(&generator) == 0);
    assert_true(random_generator_next(&generator) == 1509978240);
}

static void same_seed_same_bytes(void **state)
{
    struct random_generator a, b, c;
    uint8_t from_a[100], from_b[100], from_c[100];

    (void)state;
    random_generator_init(&a, 42);
    random_generator_init(&b, 42);
    random_generator_init(&c, 43);
    random_fill(&a.source, from_a, sizeof from_a);
    random_fill(&b.source, from_b, sizeof from_b);
    random_fill(&c.source, from_c, sizeof from_c);
    assert_memory_equal(from_a, from_b, sizeof from_a);
    assert_memory_not_equal(from_a, from_c, sizeof from_a);
    assert_true(random_u32(&a.source) == random_u32(&b.source));
}

static void helpers_keep_their_ranges(void **state)
{
    struct random_generator generator;
    unsigned counts[6] = {0};
    double sum = 0;

    (void)state;
    random_generator_init(&generator, 7);
    for (int i = 0; i < 60000; i++) {
        uint64_t value = random_below(&generator.source, 6);
        double fraction = random_double(&generator.source);
        assert_true(value < 6);
        counts[value]++;
        assert_true(fraction >= 0 && fraction < 1);
        sum += fraction;
    }
    for (int i = 0; i < 6; i++)
        assert_in_range(counts[i], 9500, 10500);
    assert_true(sum > 29500 && sum < 30500);
    assert_true(random_below(&generator.source, 0) == 0);
    assert_true(random_below(&generator.source, 1) == 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_below(&generator.source, (UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_recurrence),
        cmocka_unit_test(same_seed_same_bytes),
        cmocka_unit_test(helpers_keep_their_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
