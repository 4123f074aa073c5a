#include "api/thread_batch.h"

#include "base/alloc.h"
#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct owned_batch {
    struct list_node node;
    struct datagram_batch batch;
};

/* Batches are freed from outside, too (thread_batch_free_all); a thread knows by the generation that its own is gone.
 */
static atomic_uint generation = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list batches = {{&batches.head, &batches.head}};

/*
 * Tells of the end of a thread. It goes when the library stops: a thread that outlives a library that was unloaded
 * after that must not call it any more.
 */
static pthread_key_t key;
static bool has_key;

static _Thread_local struct {
    struct owned_batch *batch;
    unsigned generation;
} mine;

static void end_of_thread(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    if (mine.batch && mine.generation == atomic_load(&generation)) {
        list_remove(&mine.batch->node);
        mem_free(mine.batch);
    }
    mine.batch = NULL;
    pthread_mutex_unlock(&lock);
}

/* A batch that cannot be watched, because there are no keys left, goes when the library stops. */
static void own(struct owned_batch *batch)
{
    pthread_mutex_lock(&lock);
    list_push_back(&batches, &batch->node);
    if (!has_key)
        has_key = pthread_key_create(&key, end_of_thread) == 0;
    if (has_key)
        pthread_setspecific(key, &mine); /* anything but null makes the end of the thread known */
    pthread_mutex_unlock(&lock);
}

struct datagram_batch *thread_batch(void)
{
    unsigned present = atomic_load_explicit(&generation, memory_order_relaxed);

    if (!mine.batch || mine.generation != present) {
        mine.batch = mem_alloc(sizeof(*mine.batch));
        mine.generation = present;
        if (!mine.batch)
            return NULL;
        own(mine.batch);
    }
    datagram_batch_clear(&mine.batch->batch);
    return &mine.batch->batch;
}

void thread_batch_free_all(void)
{
    struct list_node *node;

    pthread_mutex_lock(&lock);
    atomic_fetch_add(&generation, 1);
    while ((node = list_pop_front(&batches)))
        mem_free(container_of(node, struct owned_batch, node));
    if (has_key)
        pthread_key_delete(key);
    has_key = false;
    pthread_mutex_unlock(&lock);
}
