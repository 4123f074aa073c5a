#include "testing.h"

#include "net/os_random.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, DRAWS = 500 };

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void *draw(void *argument)
{
    uint64_t *out = argument;

    for (int i = 0; i < DRAWS; i++)
        out[i] = random_u64(os_random());
    return NULL;
}

static void test_threads_draw_different_numbers(void **state)
{
    static uint64_t numbers[THREADS * DRAWS];
    pthread_t threads[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw, numbers + (size_t)i * DRAWS), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    qsort(numbers, THREADS * DRAWS, sizeof(numbers[0]), compare_u64);
    for (int i = 1; i < THREADS * DRAWS; i++)
        assert_true(numbers[i] != numbers[i - 1]);
}

static void test_a_forked_child_draws_its_own_numbers(void **state)
{
    uint64_t own[8], childs[8];
    int ends[2], status;
    pid_t child;

    (void)state;
    random_u64(os_random()); /* leaves buffered bytes behind */
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    for (size_t i = 0; i < 8; i++)
        own[i] = random_u64(os_random());
    if (child == 0)
        _exit(write(ends[1], own, sizeof(own)) == sizeof(own) ? 0 : 1);
    assert_int_equal(read(ends[0], childs, sizeof(childs)), sizeof(childs));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < 8; k++)
            assert_true(own[i] != childs[k]);
    close(ends[0]);
    close(ends[1]);
}

static void test_long_requests_are_filled(void **state)
{
    static uint8_t buffer[100000];
    int counts[256] = {0};

    (void)state;
    random_fill(os_random(), buffer, sizeof(buffer));
    for (size_t i = 0; i < sizeof(buffer); i++)
        counts[buffer[i]]++;
    for (int i = 0; i < 256; i++)
        assert_in_range(counts[i], 200, 600); /* mean 390, standard deviation 20 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_draw_different_numbers),
        cmocka_unit_test(test_a_forked_child_draws_its_own_numbers),
        cmocka_unit_test(test_long_requests_are_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
