#include "ownership.h"

#include <stdlib.h>

enum { BUCKETS = 4096 }; /* for 60 000 connections, which is what there can be, chains of fifteen */

static struct ownership *buckets[BUCKETS];

/* Connections are random, the others have their index in the lower half. */
static struct ownership **bucket_of(uint32_t handle)
{
    return &buckets[(handle ^ handle >> 16) % BUCKETS];
}

struct ownership *ownership_find(enum process_kind kind, uint32_t handle)
{
    struct ownership *entry = *bucket_of(handle);

    while (entry && (entry->handle != handle || entry->kind != kind))
        entry = entry->next_in_bucket;
    return entry;
}

bool ownership_add(struct process_member *owner, struct ownership_list *list, enum process_kind kind, uint32_t handle)
{
    struct ownership **bucket = bucket_of(handle), *entry = calloc(1, sizeof(*entry));

    if (!entry)
        return false;
    entry->owner = owner;
    entry->kind = kind;
    entry->handle = handle;
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    entry->previous = list->last;
    if (list->last)
        list->last->next = entry;
    else
        list->first = entry;
    list->last = entry;
    return true;
}

void ownership_remove(struct ownership_list *list, struct ownership *entry)
{
    struct ownership **link = bucket_of(entry->handle);

    while (*link != entry)
        link = &(*link)->next_in_bucket;
    *link = entry->next_in_bucket;
    if (entry->previous)
        entry->previous->next = entry->next;
    else
        list->first = entry->next;
    if (entry->next)
        entry->next->previous = entry->previous;
    else
        list->last = entry->previous;
    free(entry);
}
