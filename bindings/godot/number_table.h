/*
 * Finds what belongs to a number: peer ids, connection handles. Numbers are never 0. The table owns its memory, not
 * what it points to.
 */
#ifndef FUMAROLE_GODOT_NUMBER_TABLE_H
#define FUMAROLE_GODOT_NUMBER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number_table_slot {
    uint32_t number; /* 0: free */
    void *value;
};

struct number_table {
    struct number_table_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

/* All zero is an empty table. Frees the memory; the table is empty again. */
void number_table_clear(struct number_table *table);

/* Null if there is none. */
void *number_table_find(const struct number_table *table, uint32_t number);

/* The number must not be in the table. False without memory. */
bool number_table_add(struct number_table *table, uint32_t number, void *value);

void number_table_remove(struct number_table *table, uint32_t number);

/* Goes through all values: begin with *position = 0; null at the end. The table must not change meanwhile. */
void *number_table_next(const struct number_table *table, size_t *position);

#endif
