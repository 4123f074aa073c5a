/* Memory that many share: what each may have, and who is over its part. */
#include "base/memory_quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 64 << 20, MANY = 100 };

static struct memory_quota quota;

static void test_small_shares_draw_nothing(void **state)
{
    struct memory_share share = {.quota = &quota};

    (void)state;
    memory_quota_init(&quota, LIMIT);
    assert_true(memory_share_cover(&share, MEMORY_SHARE_FREE));
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_true(memory_share_cover(&share, MEMORY_SHARE_FREE + MEMORY_SHARE_PIECE + 1));
    assert_int_equal(memory_quota_drawn(&quota), 2 * MEMORY_SHARE_PIECE);
    memory_share_trim(&share, MEMORY_SHARE_FREE + 1); /* worth keeping for the next time */
    assert_int_equal(memory_quota_drawn(&quota), 2 * MEMORY_SHARE_PIECE);
    memory_share_trim(&share, MEMORY_SHARE_FREE); /* many may have no more than that, and for long */
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_int_equal(quota.drawers, 0);
}

/* A share that waits keeps its place in the queue, so to speak, until its owner holds nothing. */
static void test_trimming_who_waits(void **state)
{
    struct memory_share greedy = {.quota = &quota}, share = {.quota = &quota};

    (void)state;
    memory_quota_init(&quota, LIMIT);
    memory_share_force(&greedy, LIMIT);
    assert_false(memory_share_cover(&share, MEMORY_SHARE_FREE + 1));
    assert_int_equal(quota.wanting, 1);
    memory_share_trim(&share, MEMORY_SHARE_FREE);
    assert_int_equal(quota.wanting, 1);
    memory_share_trim(&share, 0);
    assert_int_equal(quota.wanting, 0);
    memory_share_return(&greedy, 0);
    assert_int_equal(quota.drawers, 0);
}

/* What is needed whole is had at once from what is left, of which some remains for others. */
static void test_whole_things(void **state)
{
    struct memory_share first = {.quota = &quota}, second = {.quota = &quota};
    const int64_t half = LIMIT / 2;

    (void)state;
    memory_quota_init(&quota, LIMIT);
    assert_false(memory_share_cover(&first, half));
    assert_true(memory_share_cover_whole(&first, half));
    assert_false(memory_share_cover_whole(&second, half));
    assert_true(memory_share_cover_whole(&second, LIMIT / 4));
    assert_false(memory_share_cover_whole(&first, half + LIMIT / 4));
    memory_share_return(&second, 0);
    assert_true(memory_share_cover_whole(&first, half + LIMIT / 4));
    memory_share_return(&first, 0);
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_int_equal(quota.drawers, 0);
    assert_int_equal(quota.wanting, 0);
}

static void test_without_a_limit(void **state)
{
    struct memory_share share = {.quota = &quota}, free_of_it = {0};

    (void)state;
    memory_quota_init(&quota, 0);
    assert_true(memory_share_cover(&share, INT64_C(1) << 40));
    assert_true(memory_share_cover(&free_of_it, INT64_C(1) << 40));
    memory_share_trim(&share, MEMORY_SHARE_FREE);
    assert_int_equal(memory_quota_drawn(&quota), 0);
}

/* Takes as much as it can get. */
static void gorge(struct memory_share *share)
{
    while (memory_share_cover(share, share->granted + MEMORY_SHARE_FREE + 1))
        assert_true(memory_quota_drawn(&quota) <= LIMIT);
}

static void test_who_comes_later_has_some(void **state)
{
    struct memory_share greedy[20] = {{0}}, modest = {.quota = &quota};

    (void)state;
    memory_quota_init(&quota, LIMIT);
    for (int i = 0; i < 20; i++) {
        greedy[i].quota = &quota;
        gorge(&greedy[i]);
        assert_true(greedy[i].granted <= LIMIT / MEMORY_SHARE_PART);
        assert_false(memory_share_is_over(&greedy[i]));
    }
    assert_true(memory_share_cover(&modest, 1 << 20));
    for (int i = 0; i < 20; i++)
        memory_share_return(&greedy[i], 0);
    memory_share_return(&modest, 0);
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_int_equal(quota.drawers, 0);
    assert_int_equal(quota.wanting, 0);
}

/* Until there is nothing left: then those with more than an equal part are over it, as long as others want. */
static void test_over_the_equal_part(void **state)
{
    struct memory_share greedy[MANY] = {{0}}, modest = {.quota = &quota};
    int over = 0;

    (void)state;
    memory_quota_init(&quota, LIMIT);
    for (int i = 0; i < MANY; i++) {
        greedy[i].quota = &quota;
        gorge(&greedy[i]);
    }
    assert_false(memory_share_cover(&modest, 200000));
    assert_true(modest.wanting);
    for (int i = 0; i < MANY; i++)
        over += memory_share_is_over(&greedy[i]);
    assert_in_range(over, 1, MANY / 2);
    assert_true(memory_share_is_over(&greedy[0]));
    assert_false(memory_share_is_over(&modest));
    assert_false(memory_share_is_over(&greedy[MANY - 1]));

    /* What is returned goes to nobody who has its part already. */
    memory_share_return(&greedy[1], 0);
    memory_share_return(&greedy[2], 0);
    assert_false(memory_share_cover(&greedy[0], greedy[0].granted + MEMORY_SHARE_FREE + 1));
    assert_true(memory_share_cover(&modest, 200000));
    for (int i = 0; i < MANY; i++)
        memory_share_return(&greedy[i], 0);
    memory_share_return(&modest, 0);
    assert_int_equal(memory_quota_drawn(&quota), 0);
    assert_int_equal(quota.drawers, 0);
    assert_int_equal(quota.wanting, 0);
}

/* What is held already is counted, whatever the limit. */
static void test_forced(void **state)
{
    struct memory_share share = {.quota = &quota};

    (void)state;
    memory_quota_init(&quota, MEMORY_SHARE_PIECE);
    assert_false(memory_share_cover(&share, 1 << 20));
    memory_share_force(&share, 1 << 20);
    assert_true(memory_quota_drawn(&quota) >= (1 << 20) - MEMORY_SHARE_FREE);
    assert_int_equal(quota.wanting, 0);
    memory_share_return(&share, 0);
    assert_int_equal(memory_quota_drawn(&quota), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_shares_draw_nothing),
        cmocka_unit_test(test_trimming_who_waits),
        cmocka_unit_test(test_whole_things),
        cmocka_unit_test(test_without_a_limit),
        cmocka_unit_test(test_who_comes_later_has_some),
        cmocka_unit_test(test_over_the_equal_part),
        cmocka_unit_test(test_forced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
