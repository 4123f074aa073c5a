#include "number_table.h"

#include <stdlib.h>

void number_table_clear(struct number_table *table)
{
    free(table->slots);
    *table = (struct number_table){0};
}

/* Handles and ids are spread well enough once their bits are mixed (Fibonacci hashing). */
static size_t home_of(const struct number_table *table, uint32_t number)
{
    return (size_t)(number * 2654435769u >> 7) & (table->room - 1);
}

/* The slot of the number, or the free one where it would be. There is always a free one. */
static struct number_table_slot *slot_of(const struct number_table *table, uint32_t number)
{
    size_t at = home_of(table, number);

    while (table->slots[at].number && table->slots[at].number != number)
        at = (at + 1) & (table->room - 1);
    return &table->slots[at];
}

void *number_table_find(const struct number_table *table, uint32_t number)
{
    return table->room && number ? slot_of(table, number)->value : NULL;
}

static bool grow(struct number_table *table)
{
    struct number_table larger = {.room = table->room ? 2 * table->room : 16, .count = table->count};

    larger.slots = calloc(larger.room, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->room; i++)
        if (table->slots[i].number)
            *slot_of(&larger, table->slots[i].number) = table->slots[i];
    free(table->slots);
    *table = larger;
    return true;
}

bool number_table_add(struct number_table *table, uint32_t number, void *value)
{
    if (4 * (table->count + 1) > 3 * table->room && !grow(table))
        return false;
    *slot_of(table, number) = (struct number_table_slot){.number = number, .value = value};
    table->count++;
    return true;
}

void number_table_remove(struct number_table *table, uint32_t number)
{
    struct number_table_slot *hole = table->room && number ? slot_of(table, number) : NULL;

    if (!hole || !hole->number)
        return;
    table->count--;
    /* What was pushed past the hole moves back into it, so that no search ends too early. */
    size_t free_at = (size_t)(hole - table->slots);
    for (size_t at = (free_at + 1) & (table->room - 1); table->slots[at].number; at = (at + 1) & (table->room - 1)) {
        size_t from_home = (at - home_of(table, table->slots[at].number)) & (table->room - 1);
        size_t from_hole = (at - free_at) & (table->room - 1);
        if (from_home >= from_hole) {
            table->slots[free_at] = table->slots[at];
            free_at = at;
        }
    }
    table->slots[free_at] = (struct number_table_slot){0};
}

void *number_table_next(const struct number_table *table, size_t *position)
{
    while (*position < table->room)
        if (table->slots[(*position)++].number)
            return table->slots[*position - 1].value;
    return NULL;
}
