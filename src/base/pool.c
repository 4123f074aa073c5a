#include "base/pool.h"

#include "base/alloc.h"

#include <stdalign.h>

/* In front of every object: which slab it is from while it is out, the next free one while it is in. */
struct pool_object {
    union {
        struct pool_slab *slab;
        struct pool_object *next_free;
    };
    alignas(max_align_t) unsigned char body[];
};

struct pool_slab {
    struct list_node in_pool;
    struct pool_object *free;
    uint32_t used;
    alignas(max_align_t) unsigned char objects[];
};

static size_t stride(const struct pool *pool)
{
    size_t alignment = alignof(max_align_t);
    return sizeof(struct pool_object) + (pool->object_size + alignment - 1) / alignment * alignment;
}

void pool_init(struct pool *pool, size_t object_size, uint32_t objects_per_slab, uint32_t keep_free_slabs,
               size_t maximum)
{
    *pool = (struct pool){
        .object_size = object_size,
        .objects_per_slab = objects_per_slab > 0 ? objects_per_slab : 1,
        .keep_free_slabs = keep_free_slabs,
        .maximum = maximum,
    };
    list_init(&pool->usable);
    list_init(&pool->full);
}

void pool_destroy(struct pool *pool)
{
    struct list_node *node;

    list_splice_back(&pool->usable, &pool->full);
    while ((node = list_pop_front(&pool->usable)))
        mem_free(container_of(node, struct pool_slab, in_pool));
    pool->free_slabs = 0;
    pool->in_use = 0;
}

static struct pool_slab *make_slab(struct pool *pool)
{
    size_t size, step = stride(pool);
    struct pool_slab *slab;

    if (step < pool->object_size || __builtin_mul_overflow(step, (size_t)pool->objects_per_slab, &size) ||
        __builtin_add_overflow(size, sizeof *slab, &size))
        return NULL;
    slab = mem_alloc(size);
    if (!slab)
        return NULL;
    slab->free = NULL;
    slab->used = 0;
    for (uint32_t i = pool->objects_per_slab; i-- > 0;) {
        struct pool_object *object = (struct pool_object *)(void *)(slab->objects + i * step);
        object->next_free = slab->free;
        slab->free = object;
    }
    list_push_back(&pool->usable, &slab->in_pool);
    pool->free_slabs++;
    return slab;
}

void *pool_take(struct pool *pool)
{
    struct list_node *node = list_first(&pool->usable);
    struct pool_slab *slab;
    struct pool_object *object;

    if (pool->in_use >= pool->maximum)
        return NULL;
    slab = node ? container_of(node, struct pool_slab, in_pool) : make_slab(pool);
    if (!slab)
        return NULL;
    /* A usable slab has a free object, and a slab has at least one. */
    object = slab->free;
    slab->free = object->next_free; /* NOLINT(clang-analyzer-core.NullDereference) */
    object->slab = slab;
    if (slab->used++ == 0)
        pool->free_slabs--;
    if (!slab->free) {
        list_remove(&slab->in_pool);
        list_push_back(&pool->full, &slab->in_pool);
    }
    pool->in_use++;
    return object->body;
}

void pool_give(struct pool *pool, void *body)
{
    struct pool_object *object;
    struct pool_slab *slab;

    if (!body)
        return;
    object = container_of(body, struct pool_object, body);
    slab = object->slab;
    object->next_free = slab->free;
    slab->free = object;
    slab->used--;
    pool->in_use--;

    list_remove(&slab->in_pool);
    if (slab->used > 0) {
        /* In front: slabs that are in use fill up first, and those at the end come free. */
        list_push_front(&pool->usable, &slab->in_pool);
    } else if (pool->free_slabs < pool->keep_free_slabs) {
        list_push_back(&pool->usable, &slab->in_pool);
        pool->free_slabs++;
    } else {
        mem_free(slab);
    }
}

void pool_trim(struct pool *pool)
{
    /* They are at the end. */
    for (; pool->free_slabs > 0; pool->free_slabs--) {
        struct pool_slab *slab = list_last_entry(&pool->usable, struct pool_slab, in_pool);

        list_remove(&slab->in_pool);
        mem_free(slab);
    }
}
