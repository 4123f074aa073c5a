/* The intrusive list against an array that does the same. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* needs the four above it */

#include "base/list.h"
#include "base/random.h"

#include <string.h>

enum { ITEMS = 12 };

struct item {
    int number;
    struct list_node node;
};

static void assert_order(const struct list *list, const int *expected, size_t count)
{
    const struct list_node *node;
    size_t i = 0;

    list_for_each(node, list)
    {
        assert_true(i < count);
        assert_int_equal(container_of(node, struct item, node)->number, expected[i++]);
    }
    assert_int_equal(i, count);
    for (node = list_last(list); node; node = list_previous(list, node))
        assert_int_equal(container_of(node, struct item, node)->number, expected[--i]);
    assert_int_equal(i, 0);
}

static void ends_and_middle(void **state)
{
    struct item items[5];
    struct item *item, *following;
    struct list list, other;

    (void)state;
    list_init(&list);
    list_init(&other);
    assert_true(list_empty(&list));
    assert_null(list_first(&list));
    assert_null(list_last(&list));
    assert_null(list_pop_front(&list));
    for (int i = 0; i < 5; i++) {
        items[i].number = i;
        list_node_init(&items[i].node);
        assert_false(list_linked(&items[i].node));
    }
    list_remove(&items[0].node);
    list_push_back(&list, &items[1].node);
    list_push_front(&list, &items[0].node);
    list_push_back(&list, &items[4].node);
    list_insert_before(&items[4].node, &items[3].node);
    list_insert_after(&items[1].node, &items[2].node);
    assert_true(list_linked(&items[2].node));
    assert_order(&list, (int[]){0, 1, 2, 3, 4}, 5);
    assert_int_equal(list_first_entry(&list, struct item, node)->number, 0);
    assert_int_equal(list_last_entry(&list, struct item, node)->number, 4);

    list_for_each_entry_safe(item, following, &list, struct item, node)
    {
        if (item->number % 2 == 0) {
            list_remove(&item->node);
            list_push_back(&other, &item->node);
        }
    }
    assert_order(&list, (int[]){1, 3}, 2);
    list_splice_back(&list, &other);
    assert_true(list_empty(&other));
    assert_order(&list, (int[]){1, 3, 0, 2, 4}, 5);
    list_splice_back(&list, &other);
    assert_order(&list, (int[]){1, 3, 0, 2, 4}, 5);
    list_splice_back(&other, &list);
    assert_true(list_empty(&list));
    assert_order(&other, (int[]){1, 3, 0, 2, 4}, 5);
    assert_ptr_equal(list_pop_front(&other), &items[1].node);
    assert_false(list_linked(&items[1].node));
    assert_null(list_next(&other, &items[4].node));
    assert_ptr_equal(list_next(&other, &items[0].node), &items[2].node);
}

static void random_operations(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_generator random;
        struct item items[ITEMS];
        int model[ITEMS];
        size_t count = 0;
        struct list list;

        print_message("seed %d\n", (int)seed);
        random_generator_init(&random, seed);
        list_init(&list);
        for (int i = 0; i < ITEMS; i++) {
            items[i].number = i;
            list_node_init(&items[i].node);
        }
        for (int step = 0; step < 500; step++) {
            int number = (int)random_below(&random.source, ITEMS);
            struct item *item = &items[number];
            if (list_linked(&item->node)) {
                size_t i = 0;
                while (model[i] != number)
                    i++;
                memmove(model + i, model + i + 1, (--count - i) * sizeof *model);
                list_remove(&item->node);
            } else {
                size_t place = (size_t)random_below(&random.source, count + 1);
                if (place == count)
                    list_push_back(&list, &item->node);
                else
                    list_insert_before(&items[model[place]].node, &item->node);
                memmove(model + place + 1, model + place, (count++ - place) * sizeof *model);
                model[place] = number;
            }
            assert_order(&list, model, count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_and_middle),
        cmocka_unit_test(random_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
