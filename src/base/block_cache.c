#include "base/block_cache.h"

#include "base/alloc.h"
#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#endif

/* To the address sanitizer a block that is kept is as bad to touch as one that was freed. */
#ifdef ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define forbid(memory, size) __asan_poison_memory_region(memory, size)
#define permit(memory, size) __asan_unpoison_memory_region(memory, size)
#else
#define forbid(memory, size) ((void)(memory), (void)(size))
#define permit(memory, size) ((void)(memory), (void)(size))
#endif

enum { KIND_ALLOCATED = BLOCK_SIZES }; /* too large, the allocator's */

_Static_assert(BLOCK_SMALLEST << (BLOCK_SIZES - 1) == BLOCK_LARGEST, "the sizes are consistent");

/* The beginning of a block that nobody uses. */
struct idle_block {
    struct idle_block *next;
    struct idle_block *next_magazine; /* the first block of a magazine in the depot */
};

struct magazine {
    struct idle_block *first;
    unsigned count;
};

struct thread_cache {
    struct list_node node; /* in `caches` while it may hold something */
    bool listed;
    atomic_bool busy; /* the thread is at it: closing, which comes from another thread, waits */
    struct magazine current[BLOCK_SIZES], previous[BLOCK_SIZES];
};

static struct {
    pthread_mutex_t lock;
    struct idle_block *magazines;
    unsigned count;
} depots[BLOCK_SIZES] = {
    {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER}, {.lock = PTHREAD_MUTEX_INITIALIZER}};

/* Order of locks: this one, then a depot's. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list caches = {{&caches.head, &caches.head}};
static atomic_bool is_open;
static pthread_key_t key; /* tells of the end of a thread; exists between opening and closing */
static bool has_key;

static _Thread_local struct thread_cache mine;

/*
 * A thread says that it is busy and then looks whether the cache is open; who closes it says so and then looks whether
 * the thread is busy. One of the two has to see the other's word, which takes a barrier between saying and looking on
 * both sides. Closing is rare and using is not, so the one who closes has the kernel run the barrier on all threads
 * (membarrier, Linux 4.14); where there is none, those who use it pay.
 */
static atomic_bool kernel_has_barriers;

enum {
    MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3,
    MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4,
    SETTLE_NS = 10 * 1000 * 1000, /* what was stored is visible after this, should the kernel have changed its mind */
};

static size_t size_of_kind(uint8_t kind)
{
    return (size_t)BLOCK_SMALLEST << kind;
}

/* ---- magazines --------------------------------------------------------------------------------------------------- */

static void magazine_push(struct magazine *magazine, struct idle_block *block, uint8_t kind)
{
    block->next = magazine->first;
    magazine->first = block;
    magazine->count++;
    forbid(block, size_of_kind(kind));
}

static struct idle_block *magazine_pop(struct magazine *magazine, uint8_t kind)
{
    struct idle_block *block = magazine->first;

    permit(block, size_of_kind(kind));
    magazine->first = block->next;
    magazine->count--;
    return block;
}

static void magazine_free(struct magazine *magazine, uint8_t kind)
{
    while (magazine->count > 0)
        mem_free(magazine_pop(magazine, kind));
}

static bool depot_put(uint8_t kind, struct magazine *magazine)
{
    bool room;

    pthread_mutex_lock(&depots[kind].lock);
    room = depots[kind].count < BLOCK_DEPOT_BYTES / BLOCK_MAGAZINE / size_of_kind(kind);
    if (room) {
        permit(magazine->first, sizeof(*magazine->first));
        magazine->first->next_magazine = depots[kind].magazines;
        forbid(magazine->first, sizeof(*magazine->first));
        depots[kind].magazines = magazine->first;
        depots[kind].count++;
        *magazine = (struct magazine){0};
    }
    pthread_mutex_unlock(&depots[kind].lock);
    return room;
}

/* The magazine is empty and becomes full, if the depot has one. */
static bool depot_get(uint8_t kind, struct magazine *magazine)
{
    struct idle_block *first;

    pthread_mutex_lock(&depots[kind].lock);
    first = depots[kind].magazines;
    if (first) {
        permit(first, sizeof(*first));
        depots[kind].magazines = first->next_magazine;
        forbid(first, sizeof(*first));
        depots[kind].count--;
        *magazine = (struct magazine){first, BLOCK_MAGAZINE};
    }
    pthread_mutex_unlock(&depots[kind].lock);
    return first != NULL;
}

/* ---- a thread's own ---------------------------------------------------------------------------------------------- */

static bool kernel_barrier(int command)
{
#ifdef SYS_membarrier
    return syscall(SYS_membarrier, command, 0, 0) == 0;
#else
    (void)command;
    return false;
#endif
}

/* The barrier on all threads. */
static void barrier_everywhere(void)
{
    const struct timespec settle = {.tv_nsec = SETTLE_NS};

    if (atomic_load(&kernel_has_barriers) && !kernel_barrier(MEMBARRIER_PRIVATE_EXPEDITED))
        nanosleep(&settle, NULL);
}

static void say_busy(struct thread_cache *cache)
{
    if (atomic_load_explicit(&kernel_has_barriers, memory_order_relaxed)) {
        atomic_store_explicit(&cache->busy, true, memory_order_relaxed);
        atomic_signal_fence(memory_order_seq_cst);
    } else {
        atomic_exchange(&cache->busy, true);
    }
}

static void cache_leave(struct thread_cache *cache)
{
    atomic_store_explicit(&cache->busy, false, memory_order_release);
}

/* With list_lock held, by the thread itself or when the cache is closed. */
static void cache_retire(struct thread_cache *cache)
{
    while (atomic_load_explicit(&cache->busy, memory_order_acquire))
        continue;
    for (int kind = 0; kind < BLOCK_SIZES; kind++) {
        magazine_free(&cache->current[kind], kind);
        magazine_free(&cache->previous[kind], kind);
    }
    if (cache->listed)
        list_remove(&cache->node);
    cache->listed = false;
}

static void end_of_thread(void *cache)
{
    pthread_mutex_lock(&list_lock);
    cache_retire(cache);
    pthread_mutex_unlock(&list_lock);
}

/* From now on the thread keeps blocks. Without a key nobody would learn of its end: then it keeps none. */
static void cache_enlist(struct thread_cache *cache)
{
    pthread_mutex_lock(&list_lock);
    if (atomic_load(&is_open) && has_key && pthread_setspecific(key, cache) == 0) {
        list_push_back(&caches, &cache->node);
        cache->listed = true;
    }
    pthread_mutex_unlock(&list_lock);
}

static bool try_enter(struct thread_cache *cache)
{
    say_busy(cache);
    if (atomic_load(&is_open) && cache->listed)
        return true;
    cache_leave(cache);
    return false;
}

/* Begins to use it, enlisted if that is possible; false otherwise, and then it is not used. */
static bool cache_enter(struct thread_cache *cache)
{
    if (try_enter(cache))
        return true;
    if (!atomic_load_explicit(&is_open, memory_order_relaxed))
        return false;
    cache_enlist(cache);
    return try_enter(cache);
}

static struct idle_block *cache_take(struct thread_cache *cache, uint8_t kind)
{
    struct magazine *current = &cache->current[kind], *previous = &cache->previous[kind];

    if (current->count == 0 && previous->count > 0) {
        *current = *previous;
        *previous = (struct magazine){0};
    }
    if (current->count == 0 && !depot_get(kind, current))
        return NULL;
    return magazine_pop(current, kind);
}

/* False when there is no room for it. */
static bool cache_give(struct thread_cache *cache, struct idle_block *block, uint8_t kind)
{
    struct magazine *current = &cache->current[kind], *previous = &cache->previous[kind];

    if (current->count == BLOCK_MAGAZINE) {
        if (previous->count > 0 && !depot_put(kind, previous))
            return false;
        *previous = *current;
        *current = (struct magazine){0};
    }
    magazine_push(current, block, kind);
    return true;
}

/* ---- the calls --------------------------------------------------------------------------------------------------- */

void block_cache_open(void)
{
    pthread_mutex_lock(&list_lock);
    if (!has_key)
        has_key = pthread_key_create(&key, end_of_thread) == 0;
    if (kernel_barrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED))
        atomic_store(&kernel_has_barriers, true);
    atomic_store(&is_open, true);
    pthread_mutex_unlock(&list_lock);
}

void block_cache_close(void)
{
    pthread_mutex_lock(&list_lock);
    atomic_store(&is_open, false);
    barrier_everywhere();
    while (!list_empty(&caches))
        cache_retire(list_first_entry(&caches, struct thread_cache, node));
    for (int kind = 0; kind < BLOCK_SIZES; kind++) {
        struct magazine magazine = {0};

        while (depot_get(kind, &magazine))
            magazine_free(&magazine, kind);
    }
    /* A thread that outlives a library that was unloaded must not call it any more. */
    if (has_key)
        pthread_key_delete(key);
    has_key = false;
    pthread_mutex_unlock(&list_lock);
}

static uint8_t kind_for(size_t size)
{
    uint8_t kind = 0;

    while (kind < BLOCK_SIZES && size > size_of_kind(kind))
        kind++;
    return kind;
}

void *block_take(size_t size, uint8_t *kind)
{
    struct thread_cache *cache = &mine;
    struct idle_block *block = NULL;

    *kind = kind_for(size);
    if (*kind == KIND_ALLOCATED)
        return mem_alloc(size);
    if (cache_enter(cache)) {
        block = cache_take(cache, *kind);
        cache_leave(cache);
    }
    return block ? (void *)block : mem_alloc(size_of_kind(*kind));
}

void block_give(void *memory, uint8_t kind)
{
    struct thread_cache *cache = &mine;
    bool kept = false;

    if (!memory)
        return;
    if (kind < BLOCK_SIZES && cache_enter(cache)) {
        kept = cache_give(cache, memory, kind);
        cache_leave(cache);
    }
    if (!kept)
        mem_free(memory);
}
