/*
 * Intrusive doubly linked list: the node lives inside the element, so nothing is allocated and an element leaves its
 * list in constant time without knowing which list it is in.
 *
 * The list owns nothing. A node that is in no list points to itself (after list_node_init or list_remove).
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#define container_of(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct list_node {
    struct list_node *previous;
    struct list_node *next;
};

struct list {
    struct list_node head;
};

static inline void list_node_init(struct list_node *node)
{
    node->previous = node->next = node;
}

static inline void list_init(struct list *list)
{
    list_node_init(&list->head);
}

static inline bool list_empty(const struct list *list)
{
    return list->head.next == &list->head;
}

/* Whether the node is in some list. Not for a list's own head. */
static inline bool list_linked(const struct list_node *node)
{
    return node->next != node;
}

static inline void list_insert_before(struct list_node *position, struct list_node *node)
{
    node->previous = position->previous;
    node->next = position;
    position->previous->next = node;
    position->previous = node;
}

static inline void list_insert_after(struct list_node *position, struct list_node *node)
{
    list_insert_before(position->next, node);
}

static inline void list_push_back(struct list *list, struct list_node *node)
{
    list_insert_before(&list->head, node);
}

static inline void list_push_front(struct list *list, struct list_node *node)
{
    list_insert_after(&list->head, node);
}

/* Harmless for a node that is in no list. */
static inline void list_remove(struct list_node *node)
{
    node->previous->next = node->next;
    node->next->previous = node->previous;
    list_node_init(node);
}

/* Moves all of `from`, in order, to the end of `into`. */
static inline void list_splice_back(struct list *into, struct list *from)
{
    if (list_empty(from))
        return;
    from->head.next->previous = into->head.previous;
    into->head.previous->next = from->head.next;
    from->head.previous->next = &into->head;
    into->head.previous = from->head.previous;
    list_init(from);
}

static inline struct list_node *list_first(const struct list *list)
{
    return list_empty(list) ? NULL : list->head.next;
}

static inline struct list_node *list_last(const struct list *list)
{
    return list_empty(list) ? NULL : list->head.previous;
}

/* The neighbour, or NULL at the end of the list. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->next == &list->head ? NULL : node->next;
}

static inline struct list_node *list_previous(const struct list *list, const struct list_node *node)
{
    return node->previous == &list->head ? NULL : node->previous;
}

static inline struct list_node *list_pop_front(struct list *list)
{
    struct list_node *node = list_first(list);
    if (node)
        list_remove(node);
    return node;
}

/* The first or last element as its own type; only for a list that is not empty. */
#define list_first_entry(list, type, member) container_of((list)->head.next, type, member)
#define list_last_entry(list, type, member)  container_of((list)->head.previous, type, member)

#define list_for_each(node, list) for (node = (list)->head.next; node != &(list)->head; node = node->next)

/* The body may remove (and free) the element that `node` is in. */
#define list_for_each_safe(node, following, list)                                                                      \
    for (node = (list)->head.next, following = node->next; node != &(list)->head;                                      \
         node = following, following = node->next)

#define list_for_each_entry(element, list, type, member)                                                               \
    for (element = container_of((list)->head.next, type, member); &element->member != &(list)->head;                   \
         element = container_of(element->member.next, type, member))

#define list_for_each_entry_safe(element, following, list, type, member)                                               \
    for (element = container_of((list)->head.next, type, member),                                                      \
        following = container_of(element->member.next, type, member);                                                  \
         &element->member != &(list)->head;                                                                            \
         element = following, following = container_of(element->member.next, type, member))

#endif
