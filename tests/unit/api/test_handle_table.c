#include "api/handle_table.h"

#include "base/alloc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The table never looks into a connection, so any address will do. */
static int objects[4];
#define OBJECT(i) ((struct api_connection *)(void *)&objects[i])

static struct handle_slot *add(struct handle_table *table, struct api_connection *connection)
{
    struct handle_slot *slot = handle_table_reserve(table);

    if (slot) {
        pthread_mutex_lock(&slot->lock);
        handle_slot_publish(slot, connection);
        handle_slot_unlock(slot);
    }
    return slot;
}

static void finds_only_whole_handles(void **state)
{
    struct random_generator random;
    struct handle_table table;
    struct handle_slot *slot, *found;
    uint32_t handle;

    (void)state;
    random_generator_init(&random, 1);
    handle_table_init(&table, &random.source, HANDLE_LIMIT);
    slot = handle_table_reserve(&table);
    assert_non_null(slot);
    handle = slot->handle;
    assert_true(handle & 0xffff);
    assert_true(handle >> 16);
    assert_null(handle_table_lock(&table, handle)); /* reserved is not published */
    pthread_mutex_lock(&slot->lock);
    handle_slot_publish(slot, OBJECT(0));
    handle_slot_unlock(slot);

    found = handle_table_lock(&table, handle);
    assert_ptr_equal(found, slot);
    assert_ptr_equal(found->connection, OBJECT(0));
    handle_slot_unlock(found);
    assert_null(handle_table_lock(&table, 0));
    assert_null(handle_table_lock(&table, handle ^ 0x10000)); /* same low half */
    assert_null(handle_table_lock(&table, handle ^ 1));
    assert_null(handle_table_lock(&table, handle & 0xffff));

    handle_table_release(&table, slot);
    assert_null(handle_table_lock(&table, handle));
    handle_table_destroy(&table);
}

static void low_halves_are_unique_and_not_reused_at_once(void **state)
{
    static unsigned char used[65536];
    static uint32_t handles[3000];
    struct random_generator random;
    struct handle_table table;

    (void)state;
    random_generator_init(&random, 2);
    handle_table_init(&table, &random.source, HANDLE_LIMIT);
    memset(used, 0, sizeof(used));
    for (int i = 0; i < 3000; i++) {
        struct handle_slot *slot = add(&table, OBJECT(0));

        assert_non_null(slot);
        handles[i] = slot->handle;
        assert_int_equal(used[handles[i] & 0xffff]++, 0);
    }
    /* A free low half out of the last 256 is avoided, however often we draw. */
    for (int round = 0; round < 20000; round++) {
        struct handle_slot *slot = handle_table_find(&table, handles[round % 3000]);
        uint32_t released = slot->handle;

        handle_table_release(&table, slot);
        slot = add(&table, OBJECT(0));
        handles[round % 3000] = slot->handle;
        assert_int_not_equal(slot->handle, released);
    }
    handle_table_destroy(&table);
}

static void recently_used_low_halves_are_avoided(void **state)
{
    uint16_t recent[HANDLE_RECENT];
    struct random_generator random;
    struct handle_table table;

    (void)state;
    random_generator_init(&random, 3);
    handle_table_init(&table, &random.source, HANDLE_LIMIT);
    memset(recent, 0, sizeof(recent));
    for (int i = 0; i < 100000; i++) {
        struct handle_slot *slot = handle_table_reserve(&table);

        for (int j = 0; j < HANDLE_RECENT; j++)
            assert_int_not_equal(recent[j], slot->handle & 0xffff);
        recent[i % HANDLE_RECENT] = (uint16_t)slot->handle;
        handle_table_release(&table, slot);
    }
    handle_table_destroy(&table);
}

static void the_limit_holds_and_slots_come_back(void **state)
{
    struct random_generator random;
    struct handle_table table;
    struct handle_slot *last = NULL;

    (void)state;
    random_generator_init(&random, 4);
    handle_table_init(&table, &random.source, 500);
    for (int i = 0; i < 500; i++) {
        last = add(&table, OBJECT(1));
        assert_non_null(last);
    }
    assert_null(handle_table_reserve(&table));
    handle_table_release(&table, last);
    assert_ptr_equal(handle_table_reserve(&table), last);
    assert_null(handle_table_reserve(&table));
    handle_table_destroy(&table);
}

static void all_of_the_default_limit_fits(void **state)
{
    struct random_generator random;
    struct handle_table table;

    (void)state;
    random_generator_init(&random, 5);
    handle_table_init(&table, &random.source, 1000000);
    for (int i = 0; i < HANDLE_LIMIT; i++)
        assert_non_null(handle_table_reserve(&table));
    assert_null(handle_table_reserve(&table));
    handle_table_destroy(&table);
}

static void two_are_locked_whatever_their_order(void **state)
{
    struct random_generator random;
    struct handle_table table;
    struct handle_slot *first, *second, *slots[2];

    (void)state;
    random_generator_init(&random, 6);
    handle_table_init(&table, &random.source, HANDLE_LIMIT);
    first = add(&table, OBJECT(0));
    second = add(&table, OBJECT(1));
    for (int order = 0; order < 2; order++) {
        uint32_t handles[2] = {order ? second->handle : first->handle, order ? first->handle : second->handle};

        handle_table_lock_both(&table, handles, slots);
        assert_ptr_equal(slots[0], order ? second : first);
        assert_ptr_equal(slots[1], order ? first : second);
        handle_slot_unlock(slots[0]);
        handle_slot_unlock(slots[1]);
    }
    handle_table_lock_both(&table, (uint32_t[2]){0, second->handle}, slots);
    assert_null(slots[0]);
    assert_ptr_equal(slots[1], second);
    handle_slot_unlock(slots[1]);
    handle_table_lock_both(&table, (uint32_t[2]){first->handle, second->handle ^ 0x10000}, slots);
    assert_ptr_equal(slots[0], first);
    assert_null(slots[1]);
    handle_slot_unlock(slots[0]);
    handle_table_destroy(&table);
}

/* Threads look up handles that come and go; what they find is always the one they asked for. */
enum { RACE_HANDLES = 64, RACE_LOOKUPS = 20000 };
static struct handle_table race_table;
static _Atomic(uint32_t) race_handles[RACE_HANDLES];

static void *look_up(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument;
    long found = 0;

    for (int i = 0; i < RACE_LOOKUPS; i++) {
        uint32_t handle = atomic_load(&race_handles[(unsigned)rand_r(&seed) % RACE_HANDLES]);
        struct handle_slot *slot = handle_table_lock(&race_table, handle);

        if (slot) {
            if (slot->handle != handle || slot->connection != OBJECT(2))
                return NULL;
            found++;
            handle_slot_unlock(slot);
        }
    }
    return (void *)(uintptr_t)(found + 1);
}

static void lookups_may_race_with_changes(void **state)
{
    struct random_generator random;
    pthread_t threads[3];

    (void)state;
    random_generator_init(&random, 7);
    handle_table_init(&race_table, &random.source, HANDLE_LIMIT);
    for (int i = 0; i < RACE_HANDLES; i++)
        atomic_store(&race_handles[i], add(&race_table, OBJECT(2))->handle);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_up, (void *)(uintptr_t)(i + 1)), 0);
    for (int i = 0; i < 20000; i++) {
        int place = i % RACE_HANDLES;
        struct handle_slot *slot = handle_table_find(&race_table, atomic_load(&race_handles[place]));

        handle_table_release(&race_table, slot);
        atomic_store(&race_handles[place], add(&race_table, OBJECT(2))->handle);
    }
    for (int i = 0; i < 3; i++) {
        void *result;

        pthread_join(threads[i], &result);
        assert_non_null(result);
    }
    handle_table_destroy(&race_table);
}

/* Memory that runs out is a NULL, and nothing is lost. */
static int allocations_left;

static void *failing_malloc(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

static void without_memory_there_is_no_slot(void **state)
{
    struct random_generator random;
    struct handle_table table;

    (void)state;
    random_generator_init(&random, 8);
    handle_table_init(&table, &random.source, HANDLE_LIMIT);
    alloc_set_hooks(failing_malloc, free, realloc);
    allocations_left = 0;
    assert_null(handle_table_reserve(&table));
    allocations_left = 1; /* slots, but no page */
    assert_null(handle_table_reserve(&table));
    allocations_left = 1;
    assert_non_null(handle_table_reserve(&table));
    handle_table_destroy(&table);
    alloc_set_hooks(NULL, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_only_whole_handles),
        cmocka_unit_test(low_halves_are_unique_and_not_reused_at_once),
        cmocka_unit_test(recently_used_low_halves_are_avoided),
        cmocka_unit_test(the_limit_holds_and_slots_come_back),
        cmocka_unit_test(all_of_the_default_limit_fits),
        cmocka_unit_test(two_are_locked_whatever_their_order),
        cmocka_unit_test(lookups_may_race_with_changes),
        cmocka_unit_test(without_memory_there_is_no_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
