/* The hash table against an array of flags, with good hashes, bad hashes and no memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/alloc.h"
#include "base/hash_table.h"
#include "base/list.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

enum { ELEMENTS = 1000 };

struct element {
    int key;
    struct hash_node node;
};

static bool key_matches(const struct hash_node *node, const void *key)
{
    return container_of(node, struct element, node)->key == *(const int *)key;
}

static uint64_t good_hash(int key)
{
    return (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t bad_hash(int key)
{
    return (uint64_t)key % 3;
}

static uint64_t high_hash(int key)
{
    return (uint64_t)key << 40;
}

static void run(uint64_t seed, uint64_t (*hash)(int), int steps)
{
    static struct element elements[ELEMENTS];
    bool present[ELEMENTS] = {0};
    struct random_generator random;
    struct hash_table table;
    struct hash_node *node;
    size_t count = 0;

    print_message("seed %d\n", (int)seed);
    random_generator_init(&random, seed);
    hash_table_init(&table);
    for (int step = 0; step < steps; step++) {
        int key = (int)random_below(&random.source, ELEMENTS);
        node = hash_table_find(&table, hash(key), key_matches, &key);
        assert_int_equal(node != NULL, present[key]);
        if (node) {
            assert_ptr_equal(node, &elements[key].node);
            assert_true(hash_table_remove(&table, node));
            assert_false(hash_table_remove(&table, node));
            count--;
        } else {
            elements[key].key = key;
            hash_table_insert(&table, &elements[key].node, hash(key));
            count++;
        }
        present[key] = !present[key];
        assert_int_equal(table.count, count);
    }
    for (int key = 0; key < ELEMENTS; key++)
        assert_int_equal(hash_table_remove(&table, &elements[key].node), present[key]);
    assert_int_equal(table.count, 0);
    hash_table_destroy(&table);
}

static void random_operations(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++)
        run(seed, good_hash, 20000);
    run(6, high_hash, 20000);
    run(7, bad_hash, 3000);
}

static void *no_memory(size_t size)
{
    (void)size;
    return NULL;
}

static void *no_resize(void *memory, size_t size)
{
    (void)memory;
    (void)size;
    return NULL;
}

static void works_without_memory(void **state)
{
    (void)state;
    alloc_set_hooks(no_memory, free, no_resize);
    run(8, good_hash, 3000);
    alloc_set_hooks(NULL, NULL, NULL);
}

static void grows(void **state)
{
    static struct element elements[ELEMENTS];
    struct hash_table table;

    (void)state;
    hash_table_init(&table);
    for (int i = 0; i < ELEMENTS; i++)
        hash_table_insert(&table, &elements[i].node, good_hash(i));
    assert_true(table.bucket_count >= ELEMENTS);
    hash_table_destroy(&table);
    assert_int_equal(table.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations),
        cmocka_unit_test(works_without_memory),
        cmocka_unit_test(grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
