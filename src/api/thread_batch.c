#include "api/thread_batch.h"

#include "base/alloc.h"
#include "base/list.h"

#include <pthread.h>
#include <stdatomic.h>

struct owned_batch {
    struct list_node node;
    struct datagram_batch batch;
};

/* Batches are freed from outside, too (thread_batch_free_all); a thread knows by the generation that its own is gone.
 */
static atomic_uint generation = 1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct list batches = {{&batches.head, &batches.head}};
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

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

static void make_key(void)
{
    pthread_key_create(&key, end_of_thread);
}

struct datagram_batch *thread_batch(void)
{
    unsigned present = atomic_load_explicit(&generation, memory_order_relaxed);

    if (!mine.batch || mine.generation != present) {
        struct owned_batch *batch;

        pthread_once(&key_once, make_key);
        batch = mem_alloc(sizeof(*batch));
        mine.batch = batch;
        mine.generation = present;
        if (!batch)
            return NULL;
        pthread_mutex_lock(&lock);
        list_push_back(&batches, &batch->node);
        pthread_mutex_unlock(&lock);
        pthread_setspecific(key, &mine); /* anything but null makes the end of the thread known */
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
    pthread_mutex_unlock(&lock);
}
