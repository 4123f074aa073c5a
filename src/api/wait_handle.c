#include "api/wait_handle.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

void wait_handle_init(struct wait_handle *handle)
{
    handle->descriptor = -1;
    handle->signalled = false;
}

void wait_handle_destroy(struct wait_handle *handle)
{
    if (handle->descriptor >= 0)
        close(handle->descriptor);
    wait_handle_init(handle);
}

int wait_handle_open(struct wait_handle *handle, bool pending)
{
    if (handle->descriptor < 0) {
        handle->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (handle->descriptor < 0)
            return -1;
        if (pending)
            wait_handle_write(handle, true);
    }
    return handle->descriptor;
}

void wait_handle_write(struct wait_handle *handle, bool signalled)
{
    uint64_t value = 1;
    ssize_t done;

    do {
        done = signalled ? write(handle->descriptor, &value, sizeof(value))
                         : read(handle->descriptor, &value, sizeof(value));
    } while (done < 0 && errno == EINTR);
    /* A program that reads the descriptor itself makes the read find nothing; that is as good as having reset it. */
    handle->signalled = signalled;
}
