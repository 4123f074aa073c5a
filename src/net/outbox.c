#include "net/outbox.h"

#include "base/alloc.h"
#include "net/socket_address.h"

#include <pthread.h>
#include <string.h>

struct outbox {
    pthread_mutex_t mutex;
    _Atomic(struct udp_socket *) socket; /* whose datagrams it holds; NULL when empty. Written with the mutex held */
    struct udp_parcels parcels;
    uint8_t bytes[OUTBOX_DATAGRAMS][DATAGRAM_BATCH_DATAGRAM_SIZE];
};

_Static_assert((int)OUTBOX_DATAGRAMS <= (int)UDP_PARCELS_CAPACITY, "one call takes the whole outbox");

struct outbox *outbox_new(void)
{
    struct outbox *outbox = mem_alloc_zeroed(sizeof(*outbox));

    if (outbox)
        pthread_mutex_init(&outbox->mutex, NULL);
    return outbox;
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    pthread_mutex_destroy(&outbox->mutex);
    mem_free(outbox);
}

/* With the mutex held. */
static void flush_locked(struct outbox *outbox)
{
    struct udp_socket *socket = atomic_load_explicit(&outbox->socket, memory_order_relaxed);

    if (socket)
        udp_socket_send_parcels(socket, &outbox->parcels);
    outbox->parcels.count = 0;
    atomic_store(&outbox->socket, NULL);
}

bool outbox_add(struct outbox *outbox, struct udp_socket *socket, const SteamNetworkingIPAddr *to,
                const struct datagram_batch *batch)
{
    const uint8_t *data = batch->bytes;
    union socket_address address;
    socklen_t address_length;

    if (batch->count > OUTBOX_RUN)
        return false;
    address_length = socket_address_pack(to, socket->family, &address);
    if (address_length == 0)
        return false;
    pthread_mutex_lock(&outbox->mutex);
    if (atomic_load_explicit(&outbox->socket, memory_order_relaxed) != socket ||
        outbox->parcels.count + batch->count > OUTBOX_DATAGRAMS)
        flush_locked(outbox);
    for (int i = 0; i < batch->count; data += batch->sizes[i], i++) {
        int place = outbox->parcels.count++;

        memcpy(outbox->bytes[place], data, batch->sizes[i]);
        outbox->parcels.data[place] = outbox->bytes[place];
        outbox->parcels.sizes[place] = batch->sizes[i];
        outbox->parcels.addresses[place] = address;
        outbox->parcels.address_lengths[place] = address_length;
    }
    atomic_store(&outbox->socket, socket);
    pthread_mutex_unlock(&outbox->mutex);
    return true;
}

void outbox_flush(struct outbox *outbox)
{
    if (!atomic_load(&outbox->socket))
        return;
    pthread_mutex_lock(&outbox->mutex);
    flush_locked(outbox);
    pthread_mutex_unlock(&outbox->mutex);
}

void outbox_flush_socket(struct outbox *outbox, const struct udp_socket *socket)
{
    if (atomic_load(&outbox->socket) != socket)
        return;
    pthread_mutex_lock(&outbox->mutex);
    if (atomic_load_explicit(&outbox->socket, memory_order_relaxed) == socket)
        flush_locked(outbox);
    pthread_mutex_unlock(&outbox->mutex);
}
