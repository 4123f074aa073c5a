#include "snp/fragment_store.h"

#include "base/alloc.h"
#include "base/block_cache.h"

#include <string.h>

static void free_fragment(struct fragment *fragment)
{
    block_give(fragment, fragment->block_kind);
}

void fragment_store_free(struct fragment_store *store)
{
    for (int i = 0; i < store->count; i++)
        free_fragment(store->fragments[i]);
    mem_free(store->fragments);
    *store = (struct fragment_store){0};
}

/* Index of the first fragment of this message at this offset or beyond. */
static int find(const struct fragment_store *store, int64_t number, uint32_t offset)
{
    int index = 0;

    while (index < store->count &&
           (store->fragments[index]->number < number ||
            (store->fragments[index]->number == number && store->fragments[index]->offset < offset)))
        index++;
    return index;
}

void fragment_store_drop(struct fragment_store *store, int64_t number)
{
    int begin = find(store, number, 0), end = begin;

    while (end < store->count && store->fragments[end]->number == number)
        free_fragment(store->fragments[end++]);
    if (end == begin)
        return;
    memmove(store->fragments + begin, store->fragments + end, (size_t)(store->count - end) * sizeof *store->fragments);
    store->count -= end - begin;
}

int64_t fragment_store_message_size(const struct fragment_store *store, int64_t number)
{
    int64_t covered = 0;

    for (int i = find(store, number, 0); i < store->count && store->fragments[i]->number == number; i++) {
        const struct fragment *fragment = store->fragments[i];
        int64_t end = (int64_t)fragment->offset + fragment->size;

        if (fragment->offset > covered)
            return -1;
        if (end > covered)
            covered = end;
        if (fragment->last)
            return end;
    }
    return -1;
}

enum fragment_outcome fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset, bool last,
                                         const uint8_t *data, size_t size)
{
    struct fragment *fragment;
    uint8_t block_kind;
    int index;

    if (!store->fragments) {
        store->fragments = mem_alloc_array(FRAGMENT_STORE_CAPACITY, sizeof *store->fragments);
        if (!store->fragments)
            return FRAGMENT_NO_MEMORY;
    }
    index = find(store, number, offset);
    if (index < store->count && store->fragments[index]->number == number && store->fragments[index]->offset == offset)
        return FRAGMENT_STORED;
    fragment = block_take(sizeof *fragment + size, &block_kind);
    if (!fragment)
        return FRAGMENT_NO_MEMORY;
    *fragment = (struct fragment){
        .number = number, .offset = offset, .size = (uint16_t)size, .last = last, .block_kind = block_kind};
    if (size > 0)
        memcpy(fragment->data, data, size);

    if (store->count == FRAGMENT_STORE_CAPACITY) {
        fragment_store_drop(store, store->fragments[0]->number);
        index = find(store, number, offset);
    }
    memmove(store->fragments + index + 1, store->fragments + index,
            (size_t)(store->count - index) * sizeof *store->fragments);
    store->fragments[index] = fragment;
    store->count++;
    return fragment_store_message_size(store, number) >= 0 ? FRAGMENT_COMPLETE : FRAGMENT_STORED;
}

void fragment_store_take(struct fragment_store *store, int64_t number, uint8_t *out)
{
    int64_t size = fragment_store_message_size(store, number);

    for (int i = find(store, number, 0); i < store->count && store->fragments[i]->number == number; i++) {
        const struct fragment *fragment = store->fragments[i];
        int64_t part = fragment->size;

        if (fragment->offset >= size)
            break;
        if (fragment->offset + part > size)
            part = size - fragment->offset;
        if (part > 0)
            memcpy(out + fragment->offset, fragment->data, (size_t)part);
        if (fragment->last)
            break;
    }
    fragment_store_drop(store, number);
}
