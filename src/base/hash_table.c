#include "base/hash_table.h"

#include "base/alloc.h"

#include <string.h>

static size_t bucket_of(uint64_t hash, size_t bucket_count)
{
    /* Fibonacci hashing: also spreads hashes that are only a counter. */
    return (size_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (bucket_count - 1);
}

void hash_table_init(struct hash_table *table)
{
    memset(table, 0, sizeof *table);
    table->buckets = table->own_buckets;
    table->bucket_count = HASH_TABLE_INITIAL_BUCKETS;
}

void hash_table_destroy(struct hash_table *table)
{
    if (table->buckets != table->own_buckets)
        mem_free(table->buckets);
    hash_table_init(table);
}

/* Doubles the buckets. Without memory everything stays as it is. */
static void grow(struct hash_table *table)
{
    size_t bucket_count = table->bucket_count * 2;
    struct hash_node **buckets = mem_alloc_array(bucket_count, sizeof *buckets);

    if (!buckets)
        return;
    memset(buckets, 0, bucket_count * sizeof *buckets);
    for (size_t i = 0; i < table->bucket_count; i++) {
        struct hash_node *node = table->buckets[i];
        while (node) {
            struct hash_node *next = node->next;
            struct hash_node **bucket = &buckets[bucket_of(node->hash, bucket_count)];
            node->next = *bucket;
            *bucket = node;
            node = next;
        }
    }
    if (table->buckets != table->own_buckets)
        mem_free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = bucket_count;
}

void hash_table_insert(struct hash_table *table, struct hash_node *node, uint64_t hash)
{
    struct hash_node **bucket;

    if (table->count >= table->bucket_count && table->bucket_count <= UINT32_MAX / 2)
        grow(table);
    bucket = &table->buckets[bucket_of(hash, table->bucket_count)];
    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
    table->count++;
}

struct hash_node *hash_table_find(const struct hash_table *table, uint64_t hash, hash_matches matches, const void *key)
{
    struct hash_node *node = table->buckets[bucket_of(hash, table->bucket_count)];

    while (node && !(node->hash == hash && matches(node, key)))
        node = node->next;
    return node;
}

bool hash_table_remove(struct hash_table *table, struct hash_node *node)
{
    struct hash_node **link = &table->buckets[bucket_of(node->hash, table->bucket_count)];

    while (*link && *link != node)
        link = &(*link)->next;
    if (!*link)
        return false;
    *link = node->next;
    node->next = NULL;
    table->count--;
    return true;
}
