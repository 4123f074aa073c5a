/*
 * The table of which member owns which handle: by handle for sorting events, by owner for listing and closing.
 *
 * Owned and locked by process.c. Handles of different kinds do not collide with each other, so one table holds all.
 */
#ifndef FUMAROLE_NODE_OWNERSHIP_H
#define FUMAROLE_NODE_OWNERSHIP_H

#include "process.h"

struct ownership {
    struct ownership *next_in_bucket;
    struct ownership *previous, *next; /* of the same owner, in the order in which they came */
    struct process_member *owner;
    uint64_t closed_in; /* the run of callbacks during or before which it was closed; 0: open */
    enum process_kind kind;
    uint32_t handle;
};

/* What one member owns. */
struct ownership_list {
    struct ownership *first, *last;
};

/* NULL if nobody owns it. */
struct ownership *ownership_find(enum process_kind kind, uint32_t handle);

/* Replaces an entry with this handle. False without memory. */
bool ownership_add(struct process_member *owner, struct ownership_list *list, enum process_kind kind, uint32_t handle);

/* `list` is the one that it was added to. */
void ownership_remove(struct ownership_list *list, struct ownership *entry);

#endif
