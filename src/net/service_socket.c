#include "net/service_internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "net/clock.h"
#include "net/packet_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* ---- opening and closing ------------------------------------------------------------------------------------- */

struct service_socket *service_socket_open(struct service_loop *loop, const struct udp_socket_options *options,
                                           struct service_socket_events *events, char *error)
{
    struct service_socket *socket = mem_alloc_zeroed(sizeof(*socket));
    struct epoll_event interest = {.events = EPOLLIN};

    if (!socket) {
        snprintf(error, SERVICE_ERROR_TEXT, "out of memory");
        return NULL;
    }
    if (!udp_socket_open(&socket->udp, options, error)) {
        mem_free(socket);
        return NULL;
    }
    socket->loop = loop;
    socket->events = events;
    list_node_init(&socket->node);
    pthread_mutex_init(&socket->receive_mutex, NULL);
    pthread_mutex_lock(&loop->mutex);
    list_push_back(&loop->sockets, &socket->node);
    pthread_mutex_unlock(&loop->mutex);
    interest.data.ptr = socket;
    atomic_fetch_add(&loop->openings, 1);
    if (epoll_ctl(loop->epoll_descriptor, EPOLL_CTL_ADD, socket->udp.descriptor, &interest) != 0) {
        char buffer[64];

        snprintf(error, SERVICE_ERROR_TEXT, "cannot wait for a socket: %s", strerror_r(errno, buffer, sizeof(buffer)));
        pthread_mutex_lock(&loop->mutex);
        list_remove(&socket->node);
        pthread_mutex_unlock(&loop->mutex);
        udp_socket_close(&socket->udp);
        pthread_mutex_destroy(&socket->receive_mutex);
        mem_free(socket);
        return NULL;
    }
    return socket;
}

int service_socket_open_group(const SteamNetworkingIPAddr *bind, struct service_socket_events *events,
                              struct service_socket **sockets, char *error)
{
    int loops = service_loop_count(), count = 0;
    struct udp_socket_options options = {.bind = *bind, .sharing = loops > 1 ? UDP_SHARE_FIRST : UDP_EXCLUSIVE};

    if (loops == 0) {
        snprintf(error, SERVICE_ERROR_TEXT, "the service is not running");
        return 0;
    }
    sockets[0] = service_socket_open(service_loop_at(0), &options, events, error);
    if (!sockets[0])
        return 0;
    options.bind = sockets[0]->udp.local; /* the same family and port */
    options.sharing = UDP_SHARE_JOIN;
    for (count = 1; count < loops; count++) {
        sockets[count] = service_socket_open(service_loop_at(count), &options, events, error);
        if (!sockets[count]) {
            log_write(LOG_LEVEL_WARNING, "a listen address is served by %d of %d threads: %s", count, loops, error);
            break;
        }
    }
    return count;
}

void service_socket_close(struct service_socket *socket)
{
    struct service_loop *loop = socket->loop;
    bool again;

    pthread_mutex_lock(&socket->receive_mutex);
    again = atomic_exchange(&socket->closed, true);
    if (!again) {
        outbox_flush_socket(loop->outbox, &socket->udp);
        epoll_ctl(loop->epoll_descriptor, EPOLL_CTL_DEL, socket->udp.descriptor, NULL);
        /*
         * The port is free from here on, but the descriptor's number stays taken, by something that cannot send:
         * another thread may be about to use it.
         */
        if (dup3(loop->wake_descriptor, socket->udp.descriptor, O_CLOEXEC) < 0)
            udp_socket_close(&socket->udp);
    }
    pthread_mutex_unlock(&socket->receive_mutex);
    if (again)
        return;
    /* The loop may free the socket as soon as it is in this list. */
    pthread_mutex_lock(&loop->mutex);
    list_remove(&socket->node);
    list_push_back(&loop->closed_sockets, &socket->node);
    loop_wake_for(loop, LOOP_AWAKE);
    pthread_mutex_unlock(&loop->mutex);
}

void service_socket_close_and_wait(struct service_socket *socket)
{
    struct service_loop *loop = socket->loop;

    service_socket_close(socket); /* from here on it may be freed at any time; only its address is compared */
    loop_wait_for_callback(loop, socket);
}

void socket_finish(struct service_socket *socket)
{
    delay_line_forget(socket->loop->delay_line, socket);
    if (socket->events->on_closed)
        socket->events->on_closed(socket->events, socket);
    udp_socket_close(&socket->udp);
    pthread_mutex_destroy(&socket->receive_mutex);
    mem_free(socket);
}

/* ---- receiving ----------------------------------------------------------------------------------------------- */

/* Leaves in the array what simulated conditions let through at once. */
static int impair_received(struct service_socket *socket, struct received *datagrams, int count, microseconds now)
{
    int kept = 0;

    for (int i = 0; i < count; i++) {
        struct received *datagram = &datagrams[i];

        if (delay_line_admit(socket->loop->delay_line, socket, false, &datagram->from, datagram->data, datagram->length,
                             now))
            datagrams[kept++] = *datagram;
    }
    return kept;
}

void socket_deliver(struct service_socket *socket, struct received *datagrams, int count, microseconds now)
{
    bool closed;

    pthread_mutex_lock(&socket->receive_mutex);
    closed = atomic_load(&socket->closed);
    if (!closed)
        loop_callback_begins(socket->loop, socket);
    pthread_mutex_unlock(&socket->receive_mutex);
    if (closed)
        return;
    socket->events->on_datagrams(socket->events, socket, datagrams, count, now);
    loop_callback_returned(socket->loop);
}

/* What is answered at once to many peers leaves together. Runs from one peer are answered while they are read. */
static void deliver_and_collect(struct service_socket *socket, struct received *datagrams, int count, microseconds now)
{
    struct service_loop *loop = socket->loop;

    loop->collecting = count > 1 && count <= RECEIVE_BATCH_BUFFERS;
    socket_deliver(socket, datagrams, count, now);
    loop->collecting = false;
    outbox_flush(loop->outbox);
}

bool socket_ready(struct service_socket *socket)
{
    struct service_loop *loop = socket->loop;
    struct receive_batch *batch = loop->batch;

    for (int i = 0; i < LOOP_BATCHES_PER_SOCKET; i++) {
        microseconds now;
        int count = 0;

        pthread_mutex_lock(&socket->receive_mutex);
        if (!atomic_load(&socket->closed))
            count = udp_socket_receive(&socket->udp, batch);
        pthread_mutex_unlock(&socket->receive_mutex);
        if (count == 0)
            return true;
        now = clock_now();
        if (packet_trace_active())
            for (int k = 0; k < count; k++)
                packet_trace("received from", &batch->datagrams[k].from, batch->datagrams[k].data,
                             batch->datagrams[k].length);
        if (impairment_active())
            count = impair_received(socket, batch->datagrams, count, now);
        if (count > 0)
            deliver_and_collect(socket, batch->datagrams, count, now);
        if (batch->drained)
            return true;
    }
    return false;
}

/* ---- sending ------------------------------------------------------------------------------------------------- */

static enum udp_outcome send_impaired(struct service_socket *socket, const SteamNetworkingIPAddr *to, const void *data,
                                      size_t length, microseconds now)
{
    if (!delay_line_admit(socket->loop->delay_line, socket, true, to, data, length, now))
        return UDP_SENT;
    return udp_socket_send_one(&socket->udp, to, data, length);
}

/* Whether the caller is a callback and what it sends may wait for the others' of this pass or batch. */
static bool may_collect(const struct service_socket *socket)
{
    struct service_loop *loop = socket->loop;

    return !socket->udp.connected && service_current_loop() == loop && loop->collecting &&
           !atomic_load(&socket->closed);
}

enum udp_outcome service_socket_send(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                     const struct datagram_batch *batch)
{
    enum udp_outcome outcome = UDP_SENT;
    const uint8_t *data = batch->bytes;
    microseconds now;

    if (packet_trace_active())
        for (int i = 0; i < batch->count; data += batch->sizes[i], i++)
            packet_trace("sent to", to, data, batch->sizes[i]);
    if (!impairment_active()) {
        if (may_collect(socket) && outbox_add(socket->loop->outbox, &socket->udp, to, batch))
            return UDP_SENT;
        outbox_flush_socket(socket->loop->outbox, &socket->udp);
        return udp_socket_send(&socket->udp, to, batch);
    }
    now = clock_now();
    data = batch->bytes;
    for (int i = 0; i < batch->count; data += batch->sizes[i], i++) {
        enum udp_outcome one = send_impaired(socket, to, data, batch->sizes[i], now);

        if (outcome == UDP_SENT)
            outcome = one;
    }
    return outcome;
}

enum udp_outcome service_socket_send_one(struct service_socket *socket, const SteamNetworkingIPAddr *to,
                                         const void *data, size_t length)
{
    if (packet_trace_active())
        packet_trace("sent to", to, data, length);
    if (impairment_active())
        return send_impaired(socket, to, data, length, clock_now());
    outbox_flush_socket(socket->loop->outbox, &socket->udp);
    return udp_socket_send_one(&socket->udp, to, data, length);
}

bool service_socket_reroute(struct service_socket *socket, const SteamNetworkingIPAddr *remote)
{
    return !atomic_load(&socket->closed) && udp_socket_reroute(&socket->udp, remote);
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

const SteamNetworkingIPAddr *service_socket_local_address(const struct service_socket *socket)
{
    return &socket->udp.local;
}

struct service_loop *service_socket_loop(const struct service_socket *socket)
{
    return socket->loop;
}

void service_socket_losses(const struct service_socket *socket, uint64_t losses[UDP_OUTCOMES])
{
    for (int i = 0; i < UDP_OUTCOMES; i++)
        losses[i] = atomic_load_explicit(&socket->udp.losses[i], memory_order_relaxed);
}
