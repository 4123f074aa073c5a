/* Reassembly of unreliable messages against a plain table of segments with the rules of protocol 13.3. */
#include "engine.h"

#include "snp/fragment_store.h"

static const struct transport_config config = {.receive_buffer_size = 1 << 20};
static struct receive_budget budget;

enum { ENTRIES = 64, SIZE_MAX_HERE = 12 };

struct entry {
    int64_t number;
    uint32_t offset;
    size_t size;
    bool last;
    uint8_t data[SIZE_MAX_HERE];
};

static struct {
    struct entry entries[ENTRIES];
    int count;
} naive;

static void naive_drop(int64_t number)
{
    int kept = 0;

    for (int i = 0; i < naive.count; i++)
        if (naive.entries[i].number != number)
            naive.entries[kept++] = naive.entries[i];
    naive.count = kept;
}

static struct entry *naive_next(int64_t number, int64_t after)
{
    struct entry *best = NULL;

    for (int i = 0; i < naive.count; i++) {
        struct entry *entry = &naive.entries[i];

        if (entry->number == number && entry->offset > after && (!best || entry->offset < best->offset))
            best = entry;
    }
    return best;
}

/* The message's bytes if it is complete; its size, or -1. */
static int64_t naive_message(int64_t number, uint8_t *out)
{
    bool covered[400] = {false};
    struct entry *entry = NULL;
    int64_t after = -1, size = -1;

    while (size < 0 && (entry = naive_next(number, after))) {
        for (size_t i = 0; i < entry->size; i++) {
            covered[entry->offset + i] = true;
            out[entry->offset + i] = entry->data[i];
        }
        if (entry->last)
            size = entry->offset + (int64_t)entry->size;
        after = entry->offset;
    }
    for (int64_t i = 0; i < size; i++)
        if (!covered[i])
            return -1;
    if (size == 0 && !naive_next(number, -1))
        return -1;
    return size;
}

static void naive_add(const struct entry *entry)
{
    for (int i = 0; i < naive.count; i++)
        if (naive.entries[i].number == entry->number && naive.entries[i].offset == entry->offset)
            return;
    if (naive.count > UNRELIABLE_SEGMENTS_PER_LANE) {
        int64_t lowest = INT64_MAX;

        for (int i = 0; i < naive.count; i++)
            if (naive.entries[i].number < lowest)
                lowest = naive.entries[i].number;
        naive_drop(lowest);
    }
    naive.entries[naive.count++] = *entry;
}

static void test_random_segments(void **state)
{
    int complete = 0, evictions = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fragment_store store;
        struct random_generator random;

        receive_budget_init(&budget, NULL);
        fragment_store_init(&store, &budget);
        random_generator_init(&random, seed);
        naive.count = 0;
        for (int step = 0; step < 3000; step++) {
            uint8_t expected[400] = {0}, actual[400] = {0};
            struct entry entry = {
                .number = step / 40 + 1 + (int64_t)random_below(&random.source, 5),
                .offset = 6 * (uint32_t)random_below(&random.source, 5),
                .size = random_below(&random.source, SIZE_MAX_HERE + 1),
                .last = random_below(&random.source, 6) == 0,
            };
            enum fragment_outcome outcome;
            int64_t size;

            if (random_below(&random.source, 8) == 0)
                entry.offset++;
            random_fill(&random.source, entry.data, sizeof entry.data);
            if (entry.offset == 0 && entry.last)
                continue; /* whole messages do not come here */
            evictions += naive.count > UNRELIABLE_SEGMENTS_PER_LANE;
            naive_add(&entry);
            outcome =
                fragment_store_add(&store, entry.number, entry.offset, entry.last, entry.data, entry.size, &config);
            size = naive_message(entry.number, expected);
            if (fragment_store_message_size(&store, entry.number) != size)
                fail_msg("seed %llu, step %d: size %lld, expected %lld", (unsigned long long)seed, step,
                         (long long)fragment_store_message_size(&store, entry.number), (long long)size);
            assert_true(outcome == FRAGMENT_STORED || (outcome == FRAGMENT_COMPLETE && size >= 0));
            if (size >= 0) {
                assert_int_equal(outcome, FRAGMENT_COMPLETE);
                fragment_store_take(&store, entry.number, actual);
                assert_memory_equal(actual, expected, (size_t)size);
                for (size_t i = (size_t)size; i < sizeof actual; i++)
                    assert_int_equal(actual[i], 0); /* nothing is written behind the end */
                naive_drop(entry.number);
                complete++;
            }
            assert_int_equal(store.count, naive.count);
        }
        fragment_store_free(&store);
        assert_int_equal(budget.fragments, 0);
        assert_true(list_empty(&budget.fragment_ages));
    }
    assert_true(complete > 500);
    assert_true(evictions > 500);
}

static void test_oldest_message_gives_way(void **state)
{
    struct fragment_store store;

    (void)state;
    receive_budget_init(&budget, NULL);
    fragment_store_init(&store, &budget);
    for (uint32_t i = 0; i < FRAGMENT_STORE_CAPACITY; i++)
        assert_int_equal(fragment_store_add(&store, 5 + i / 3, i % 3 * 10, false, NULL, 0, &config), FRAGMENT_STORED);
    assert_int_equal(store.count, FRAGMENT_STORE_CAPACITY);
    assert_int_equal(fragment_store_add(&store, 100, 1, false, NULL, 0, &config), FRAGMENT_STORED);
    assert_int_equal(store.count, FRAGMENT_STORE_CAPACITY - 2); /* message 5 with three segments went */
    assert_true(store.fragments[0]->number == 6);
    fragment_store_free(&store);
}

static void test_without_memory(void **state)
{
    static const uint8_t data[4] = {1, 2, 3, 4};
    struct fragment_store store;

    (void)state;
    receive_budget_init(&budget, NULL);
    fragment_store_init(&store, &budget);
    for (long successes = 0; successes < 2; successes++) {
        allocation_fail_after(successes);
        assert_int_equal(fragment_store_add(&store, 1, 0, false, data, 4, &config), FRAGMENT_NO_MEMORY);
        assert_int_equal(store.count, 0);
    }
    allocation_fail_after(-1);
    assert_int_equal(fragment_store_add(&store, 1, 0, false, data, 4, &config), FRAGMENT_STORED);
    fragment_store_free(&store);
    assert_int_equal(allocations_alive, 0);
    alloc_set_hooks(NULL, NULL, NULL);
}

/* Nothing is copied of a message that is not there, or not complete; others stay. */
static void test_taking_what_is_not_complete(void **state)
{
    struct fragment_store store;
    uint8_t out[8] = {9, 9, 9, 9, 9, 9, 9, 9};

    (void)state;
    receive_budget_init(&budget, NULL);
    fragment_store_init(&store, &budget);
    fragment_store_take(&store, 5, out);
    assert_int_equal(fragment_store_add(&store, 6, 0, false, (const uint8_t *)"abc", 3, &config), FRAGMENT_STORED);
    assert_int_equal(fragment_store_add(&store, 8, 0, true, (const uint8_t *)"xyz", 3, &config), FRAGMENT_COMPLETE);
    fragment_store_take(&store, 5, out);
    fragment_store_take(&store, 7, out);
    fragment_store_take(&store, 9, out);
    assert_int_equal(store.count, 2);
    fragment_store_take(&store, 6, out);
    assert_int_equal(store.count, 1);
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], 9);
    fragment_store_take(&store, 8, out);
    assert_memory_equal(out, "xyz\11", 4);
    assert_int_equal(store.count, 0);
    fragment_store_free(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_segments),
        cmocka_unit_test(test_oldest_message_gives_way),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_taking_what_is_not_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
