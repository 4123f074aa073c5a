/*
 * Intrusive hash table with chains. The node lives in the element; the caller computes the hash (keyed with siphash
 * where the key comes from the network) and supplies the comparison. Inserting never fails: a table that cannot grow
 * keeps working with longer chains.
 *
 * The table owns its bucket array, not the elements. It must not be moved in memory. Not thread-safe.
 */
#ifndef BASE_HASH_TABLE_H
#define BASE_HASH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_node {
    struct hash_node *next;
    uint64_t hash;
};

enum { HASH_TABLE_INITIAL_BUCKETS = 8 };

struct hash_table {
    struct hash_node **buckets; /* own_buckets until the table first grows */
    size_t bucket_count;        /* a power of two */
    size_t count;
    struct hash_node *own_buckets[HASH_TABLE_INITIAL_BUCKETS];
};

/* Whether the element that holds `node` has this key. Called only for nodes whose hash is equal. */
typedef bool (*hash_matches)(const struct hash_node *node, const void *key);

void hash_table_init(struct hash_table *table);

/* Frees the buckets; elements still in the table are simply forgotten. */
void hash_table_destroy(struct hash_table *table);

/* The node must not be in a table. Equal keys are not looked for: find first where they must be unique. */
void hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash);

struct hash_node *hash_table_find(const struct hash_table *table, uint64_t hash, hash_matches matches, const void *key);

/* False when the node is not in this table. */
bool hash_table_remove(struct hash_table *table, struct hash_node *node);

#endif
