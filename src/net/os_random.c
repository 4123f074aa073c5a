#include "net/os_random.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 512,
    BUFFERED_REQUEST_MAX = 64, /* longer requests go to the kernel directly */
};

struct random_buffer {
    unsigned generation; /* of the process that filled it */
    pid_t process;       /* its id: not every way to fork tells note_fork */
    size_t available;    /* bytes at the end of `bytes` that were not handed out */
    uint8_t bytes[BUFFER_SIZE];
};

static _Thread_local struct random_buffer thread_buffer;

/* Grows in every forked child, so that bytes buffered before the fork are not used on both sides of it. */
static atomic_uint process_generation = 1;
static pthread_once_t fork_watch = PTHREAD_ONCE_INIT;

static void note_fork(void)
{
    atomic_fetch_add(&process_generation, 1);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, note_fork);
}

/* For kernels that have no getrandom or forbid it. Returns how many bytes it got. */
static size_t read_device(uint8_t *buffer, size_t length)
{
    int descriptor = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got;

    if (descriptor < 0)
        return 0;
    got = read(descriptor, buffer, length);
    close(descriptor);
    return got > 0 ? (size_t)got : 0;
}

static bool fill_from_system(uint8_t *buffer, size_t length)
{
    size_t done = 0;

    while (done < length) {
        ssize_t got = getrandom(buffer + done, length - done, 0);
        size_t count;

        if (got < 0 && errno == EINTR)
            continue;
        count = got > 0 ? (size_t)got : read_device(buffer + done, length - done);
        if (count == 0) {
            explicit_bzero(buffer, length);
            return false;
        }
        done += count;
    }
    return true;
}

static bool os_random_fill(struct random_source *source, void *buffer, size_t length)
{
    struct random_buffer *own = &thread_buffer;
    unsigned generation = atomic_load_explicit(&process_generation, memory_order_relaxed);
    pid_t process = getpid();
    uint8_t *from;

    (void)source;
    if (length > BUFFERED_REQUEST_MAX)
        return fill_from_system(buffer, length);
    if (own->generation != generation || own->process != process || own->available < length) {
        pthread_once(&fork_watch, watch_forks);
        own->available = 0;
        if (!fill_from_system(own->bytes, sizeof(own->bytes))) {
            memset(buffer, 0, length);
            return false;
        }
        own->available = sizeof(own->bytes);
        own->generation = generation;
        own->process = process;
    }
    from = own->bytes + sizeof(own->bytes) - own->available;
    memcpy(buffer, from, length);
    explicit_bzero(from, length);
    own->available -= length;
    return true;
}

struct random_source *os_random(void)
{
    static struct random_source source = {.fill = os_random_fill};

    return &source;
}
