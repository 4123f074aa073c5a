/*
 * The table from connection handles to connections. A handle is a random 32-bit number with both halves nonzero; it is
 * also the connection's id on the wire (api-contract 3.1, protocol 5). Its low half is unique among live
 * connections and leads to a slot; the slot's mutex is the lock of the connection in it.
 *
 * Looking up takes no lock but the slot's: directory pages and slots are never freed while the table lives, so
 * that a slot found through a stale handle can always be locked, and all 32 bits of the handle are then compared.
 * Reserving and releasing are serialised by the caller (the wide lock).
 */
#ifndef API_HANDLE_TABLE_H
#define API_HANDLE_TABLE_H

#include "api/deposit_box.h"
#include "base/list.h"
#include "base/random.h"
#include "fumarole/types.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    HANDLE_PAGE_COUNT = 256, /* by the upper byte of the low half */
    HANDLE_PAGE_SIZE = 256,  /* by the lower byte */
    HANDLE_SLOT_CHUNK = 64,  /* slots allocated at once */
    HANDLE_RECENT = 256,     /* most recently used low halves that are not chosen again */
    HANDLE_LIMIT =
        60000, /* connections at a time; well below 65535 less the recent ones, so that choosing stays quick */
    HANDLE_CHUNK_LIMIT = (HANDLE_LIMIT + HANDLE_SLOT_CHUNK - 1) / HANDLE_SLOT_CHUNK,
};

struct api_connection;

struct handle_slot {
    pthread_mutex_t lock;
    uint32_t handle;                   /* 0: nobody's */
    SteamNetworkingIPAddr remote;      /* where datagrams for it must come from; zero when there is no such place */
    struct api_connection *connection; /* NULL while it is being made */
    struct handle_slot *next_free;
    struct deposit_box deposits; /* for the connection */
    uint16_t number;             /* of the slot, from 1; constant */
} __attribute__((aligned(64)));

/* Numbers of slots rather than pointers: handles are random, so that every page of the directory is soon in use. */
struct handle_page {
    _Atomic(uint16_t) numbers[HANDLE_PAGE_SIZE]; /* 0: no slot */
};

struct handle_slot_chunk;

struct handle_table {
    _Atomic(struct handle_page *) pages[HANDLE_PAGE_COUNT];
    _Atomic(struct handle_slot_chunk *) chunks[HANDLE_CHUNK_LIMIT];
    uint32_t chunk_count;
    struct handle_slot *free_slots;
    struct random_source *random;
    uint32_t count;
    uint32_t limit;
    uint16_t recent[HANDLE_RECENT];
    unsigned recent_next;
};

void handle_table_init(struct handle_table *table, struct random_source *random, uint32_t limit);

/* Frees everything. Nobody may hold or seek a slot. */
void handle_table_destroy(struct handle_table *table);

/*
 * A slot with a new handle and without a connection, so that nobody finds it yet; NULL at the limit, without memory or
 * randomness.
 * The caller holds the wide lock.
 */
struct handle_slot *handle_table_reserve(struct handle_table *table) __attribute__((warn_unused_result));

/* With the slot locked: from now on the handle leads to this connection. */
static inline void handle_slot_publish(struct handle_slot *slot, struct api_connection *connection)
{
    slot->connection = connection;
}

/* Gives the slot, which must not be locked, back. The caller holds the wide lock. */
void handle_table_release(struct handle_table *table, struct handle_slot *slot);

/* The slot of a handle, not locked, whatever it is used for by now; NULL when there never was one. */
struct handle_slot *handle_table_find(struct handle_table *table, uint32_t handle);

/* The slot of a handle, locked and with a connection in it; NULL, and nothing locked, for a handle that is nobody's. */
struct handle_slot *handle_table_lock(struct handle_table *table, uint32_t handle);

/*
 * Locks the slots of two handles without risk of deadlock. Either may come out as NULL. The handles must differ.
 */
void handle_table_lock_both(struct handle_table *table, const uint32_t handles[2], struct handle_slot *slots[2]);

/* Locks two slots in the order of their addresses, as handle_table_lock_both does. */
void handle_slot_lock_both(struct handle_slot *first, struct handle_slot *second);

/* Accepts NULL. */
static inline void handle_slot_unlock(struct handle_slot *slot)
{
    if (slot)
        pthread_mutex_unlock(&slot->lock);
}

#endif
