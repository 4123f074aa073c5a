#include "api/handle_table.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct handle_slot_chunk {
    void *memory; /* of this chunk, as it was allocated */
    struct handle_slot slots[HANDLE_SLOT_CHUNK];
};

void handle_table_init(struct handle_table *table, struct random_source *random, uint32_t limit)
{
    memset(table, 0, sizeof(*table));
    table->random = random;
    table->limit = limit < HANDLE_LIMIT ? limit : HANDLE_LIMIT;
}

void handle_table_destroy(struct handle_table *table)
{
    for (uint32_t n = 0; n < table->chunk_count; n++) {
        struct handle_slot_chunk *chunk = atomic_load_explicit(&table->chunks[n], memory_order_relaxed);

        for (int i = 0; i < HANDLE_SLOT_CHUNK; i++)
            pthread_mutex_destroy(&chunk->slots[i].lock);
        mem_free(chunk->memory);
    }
    for (int i = 0; i < HANDLE_PAGE_COUNT; i++)
        mem_free(atomic_load_explicit(&table->pages[i], memory_order_relaxed));
    memset(table, 0, sizeof(*table));
}

static bool allocate_slots(struct handle_table *table)
{
    size_t alignment = _Alignof(struct handle_slot_chunk);
    char *memory = mem_alloc_zeroed(sizeof(struct handle_slot_chunk) + alignment);
    struct handle_slot_chunk *chunk;

    if (!memory)
        return false;
    /* The allocator hooks promise no more than malloc's alignment. */
    chunk = (void *)(memory + (alignment - (uintptr_t)memory % alignment) % alignment);
    chunk->memory = memory;
    for (int i = 0; i < HANDLE_SLOT_CHUNK; i++) {
        pthread_mutex_init(&chunk->slots[i].lock, NULL);
        deposit_box_init(&chunk->slots[i].deposits);
        chunk->slots[i].number = (uint16_t)(table->chunk_count * HANDLE_SLOT_CHUNK + (uint32_t)i + 1);
        chunk->slots[i].next_free = table->free_slots;
        table->free_slots = &chunk->slots[i];
    }
    atomic_store_explicit(&table->chunks[table->chunk_count++], chunk, memory_order_release);
    return true;
}

static _Atomic(uint16_t) *find_entry(struct handle_table *table, uint32_t handle)
{
    struct handle_page *page =
        atomic_load_explicit(&table->pages[handle >> 8 & (HANDLE_PAGE_COUNT - 1)], memory_order_acquire);

    return page ? &page->numbers[handle & (HANDLE_PAGE_SIZE - 1)] : NULL;
}

static _Atomic(uint16_t) *make_entry(struct handle_table *table, uint32_t handle)
{
    _Atomic(struct handle_page *) *place = &table->pages[handle >> 8 & (HANDLE_PAGE_COUNT - 1)];
    struct handle_page *page = atomic_load_explicit(place, memory_order_relaxed);

    if (!page) {
        page = mem_alloc_zeroed(sizeof(*page));
        if (!page)
            return NULL;
        atomic_store_explicit(place, page, memory_order_release);
    }
    return &page->numbers[handle & (HANDLE_PAGE_SIZE - 1)];
}

static bool recently_used(const struct handle_table *table, uint16_t low)
{
    for (int i = 0; i < HANDLE_RECENT; i++) {
        if (table->recent[i] == low)
            return true;
    }
    return false;
}

/* At the limit fewer than one low half in ten is free to choose; a few dozen draws are then enough on average. */
static uint32_t choose_handle(struct handle_table *table)
{
    for (;;) {
        uint32_t handle;
        _Atomic(uint16_t) *entry;

        /* Peers name connections by these numbers; who can guess them can interfere. */
        if (!random_secret(table->random, &handle, sizeof(handle)))
            return 0;

        if ((handle & 0xffff) == 0 || handle >> 16 == 0 || recently_used(table, (uint16_t)handle))
            continue;
        entry = find_entry(table, handle);
        if (!entry || !atomic_load_explicit(entry, memory_order_relaxed))
            return handle;
    }
}

struct handle_slot *handle_table_reserve(struct handle_table *table)
{
    _Atomic(uint16_t) *entry;
    struct handle_slot *slot;
    uint32_t handle;

    if (table->count >= table->limit)
        return NULL;
    if (!table->free_slots && !allocate_slots(table))
        return NULL;
    handle = choose_handle(table);
    entry = handle ? make_entry(table, handle) : NULL;
    if (!entry)
        return NULL;

    slot = table->free_slots;
    table->free_slots = slot->next_free;
    table->count++;
    table->recent[table->recent_next++ % HANDLE_RECENT] = (uint16_t)handle;

    pthread_mutex_lock(&slot->lock);
    slot->handle = handle;
    slot->connection = NULL;
    memset(&slot->remote, 0, sizeof(slot->remote));
    pthread_mutex_unlock(&slot->lock);
    atomic_store_explicit(entry, slot->number, memory_order_release);
    return slot;
}

void handle_table_release(struct handle_table *table, struct handle_slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    atomic_store_explicit(find_entry(table, slot->handle), 0, memory_order_release);
    slot->handle = 0;
    slot->connection = NULL;
    pthread_mutex_unlock(&slot->lock);
    slot->next_free = table->free_slots;
    table->free_slots = slot;
    table->count--;
}

struct handle_slot *handle_table_find(struct handle_table *table, uint32_t handle)
{
    _Atomic(uint16_t) *entry = find_entry(table, handle);
    unsigned number = entry ? atomic_load_explicit(entry, memory_order_acquire) : 0;
    struct handle_slot_chunk *chunk;

    if (number == 0)
        return NULL;
    chunk = atomic_load_explicit(&table->chunks[(number - 1) / HANDLE_SLOT_CHUNK], memory_order_acquire);
    return &chunk->slots[(number - 1) % HANDLE_SLOT_CHUNK];
}

static struct handle_slot *lock_slot(struct handle_slot *slot, uint32_t handle)
{
    if (!slot)
        return NULL;
    pthread_mutex_lock(&slot->lock);
    if (slot->handle == handle && handle != 0 && slot->connection)
        return slot;
    pthread_mutex_unlock(&slot->lock);
    return NULL;
}

struct handle_slot *handle_table_lock(struct handle_table *table, uint32_t handle)
{
    return lock_slot(handle_table_find(table, handle), handle);
}

void handle_table_lock_both(struct handle_table *table, const uint32_t handles[2], struct handle_slot *slots[2])
{
    struct handle_slot *found[2] = {handle_table_find(table, handles[0]), handle_table_find(table, handles[1])};
    int first = (uintptr_t)found[0] <= (uintptr_t)found[1] ? 0 : 1;

    slots[0] = slots[1] = NULL;
    slots[first] = lock_slot(found[first], handles[first]);
    if (found[0] != found[1])
        slots[1 - first] = lock_slot(found[1 - first], handles[1 - first]);
}

void handle_slot_lock_both(struct handle_slot *first, struct handle_slot *second)
{
    bool in_order = (uintptr_t)first < (uintptr_t)second;

    pthread_mutex_lock(in_order ? &first->lock : &second->lock);
    pthread_mutex_lock(in_order ? &second->lock : &first->lock);
}
