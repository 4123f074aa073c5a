#include "snp/fragment_store.h"

#include "base/alloc.h"
#include "base/block_cache.h"

#include <string.h>

/* The block that it lies in. */
static int64_t cost_of(size_t size)
{
    int64_t cost = BLOCK_SMALLEST;

    while (cost < (int64_t)(sizeof(struct fragment) + size))
        cost *= 2;
    return cost;
}

static void free_fragment(struct fragment *fragment)
{
    fragment->store->budget->fragments -= cost_of(fragment->size);
    list_remove(&fragment->age_node);
    block_give(fragment, fragment->block_kind);
}

void fragment_store_init(struct fragment_store *store, struct receive_budget *budget)
{
    *store = (struct fragment_store){.budget = budget};
}

void fragment_store_free(struct fragment_store *store)
{
    for (int i = 0; i < store->count; i++)
        free_fragment(store->fragments[i]);
    mem_free(store->fragments);
    fragment_store_init(store, store->budget);
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
    if (begin == end) /* also when there is no array yet */
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

/* Room for so many bytes; what is oldest on the connection gives way. False: there is none. */
static bool make_room(struct receive_budget *budget, int64_t bytes, const struct transport_config *config)
{
    while (budget->fragments + bytes > receive_budget_fragments_limit(config) ||
           !receive_budget_quota_allows(budget, bytes)) {
        const struct fragment *oldest;

        if (list_empty(&budget->fragment_ages))
            return false;
        oldest = list_first_entry(&budget->fragment_ages, struct fragment, age_node);
        fragment_store_drop(oldest->store, oldest->number);
    }
    return true;
}

enum fragment_outcome fragment_store_add(struct fragment_store *store, int64_t number, uint32_t offset, bool last,
                                         const uint8_t *data, size_t size, const struct transport_config *config)
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
    if (!make_room(store->budget, cost_of(size), config))
        return FRAGMENT_NO_MEMORY;
    fragment = block_take(sizeof *fragment + size, &block_kind);
    if (!fragment)
        return FRAGMENT_NO_MEMORY;
    *fragment = (struct fragment){.store = store,
                                  .number = number,
                                  .offset = offset,
                                  .size = (uint16_t)size,
                                  .last = last,
                                  .block_kind = block_kind};
    if (size > 0)
        memcpy(fragment->data, data, size);

    if (store->count == FRAGMENT_STORE_CAPACITY)
        fragment_store_drop(store, store->fragments[0]->number);
    index = find(store, number, offset); /* where it was before others gave way */
    memmove(store->fragments + index + 1, store->fragments + index,
            (size_t)(store->count - index) * sizeof *store->fragments);
    store->fragments[index] = fragment;
    store->count++;
    store->budget->fragments += cost_of(size);
    list_push_back(&store->budget->fragment_ages, &fragment->age_node);
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
