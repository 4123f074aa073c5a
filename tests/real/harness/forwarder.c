#include "harness/forwarder.h"

#include "harness/raw_socket.h"
#include "harness/runner.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    PARCELS_MAXIMUM = 4096, /* on the way at once; more are lost */
    LONGEST_SLEEP_MS = 1000,
};

struct parcel {
    int64_t due; /* microseconds */
    enum direction direction;
    size_t length;
    uint8_t bytes[DATAGRAM_ROOM];
};

struct forwarder {
    const struct impairments *impairments;
    int front, back;
    SteamNetworkingIPAddr server, client;
    bool has_client;
    unsigned random;
    int64_t free_at[2]; /* when the queue of a direction is empty */
    int count;
    struct parcel *parcels[PARCELS_MAXIMUM];
};

static int64_t now_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* From 0 to below 1. */
static double draw(struct forwarder *forwarder)
{
    forwarder->random = forwarder->random * 1664525u + 1013904223u;
    return (forwarder->random >> 8) / 16777216.0;
}

/* When it is through the queue, or -1 when the queue has no room for it. */
static int64_t leave_queue(struct forwarder *forwarder, enum direction direction, size_t length, int64_t now)
{
    const struct impairments *impairments = forwarder->impairments;
    int64_t *free_at = &forwarder->free_at[direction];
    int64_t begin = *free_at > now ? *free_at : now;

    if (impairments->bytes_per_second == 0)
        return now;
    if ((begin - now) * impairments->bytes_per_second / 1000000 + (int64_t)length > impairments->queue_bytes)
        return -1;
    *free_at = begin + (int64_t)length * 1000000 / impairments->bytes_per_second;
    return *free_at;
}

static void launch(struct forwarder *forwarder, enum direction direction, const uint8_t *bytes, size_t length,
                   int64_t from)
{
    const struct impairments *impairments = forwarder->impairments;
    struct parcel *parcel;

    if (forwarder->count == PARCELS_MAXIMUM)
        return;
    parcel = malloc(sizeof(*parcel));
    assert_non_null(parcel);
    parcel->direction = direction;
    parcel->length = length;
    memcpy(parcel->bytes, bytes, length);
    parcel->due = from + (int64_t)((impairments->delay_ms + draw(forwarder) * impairments->jitter_ms) * 1000);
    if (draw(forwarder) < impairments->damage)
        parcel->bytes[(size_t)(draw(forwarder) * (double)length)] ^= (uint8_t)(1 << (int)(draw(forwarder) * 8));
    forwarder->parcels[forwarder->count++] = parcel;
}

static void take(struct forwarder *forwarder, enum direction direction)
{
    uint8_t bytes[DATAGRAM_ROOM];
    SteamNetworkingIPAddr from;
    int length;

    while ((length = raw_receive(direction == TO_SERVER ? forwarder->front : forwarder->back, bytes, sizeof(bytes),
                                 &from, 0)) >= 0) {
        int64_t through;

        if (direction == TO_SERVER) {
            forwarder->client = from;
            forwarder->has_client = true;
        }
        through = leave_queue(forwarder, direction, (size_t)length, now_us());
        if (through < 0 || draw(forwarder) < forwarder->impairments->loss)
            continue;
        launch(forwarder, direction, bytes, (size_t)length, through);
        if (draw(forwarder) < forwarder->impairments->duplicate)
            launch(forwarder, direction, bytes, (size_t)length, through);
    }
}

/* Delivers what is due and returns how long nothing else is, in milliseconds. */
static int deliver(struct forwarder *forwarder)
{
    int64_t now = now_us(), next = now + LONGEST_SLEEP_MS * 1000;
    int kept = 0;

    for (int i = 0; i < forwarder->count; i++) {
        struct parcel *parcel = forwarder->parcels[i];

        if (parcel->due > now) {
            next = parcel->due < next ? parcel->due : next;
            forwarder->parcels[kept++] = parcel;
            continue;
        }
        if (parcel->direction == TO_SERVER)
            raw_send(forwarder->back, &forwarder->server, parcel->bytes, parcel->length);
        else if (forwarder->has_client)
            raw_send(forwarder->front, &forwarder->client, parcel->bytes, parcel->length);
        free(parcel);
    }
    forwarder->count = kept;
    return (int)((next - now) / 1000) + 1;
}

void forward_until_news(const struct process *other, const SteamNetworkingIPAddr *front,
                        const SteamNetworkingIPAddr *server, const struct impairments *impairments)
{
    struct forwarder forwarder = {.impairments = impairments, .server = *server, .random = impairments->seed};
    SteamNetworkingIPAddr address = *front;

    forwarder.front = raw_open(SteamAPI_SteamNetworkingIPAddr_GetIPv4(&address), front->m_port);
    forwarder.back = raw_open(0, 0);
    while (!has_news(other)) {
        struct pollfd watched[] = {
            {.fd = other->socket, .events = POLLIN},
            {.fd = forwarder.front, .events = POLLIN},
            {.fd = forwarder.back, .events = POLLIN},
        };

        poll(watched, sizeof(watched) / sizeof(watched[0]), deliver(&forwarder));
        take(&forwarder, TO_SERVER);
        take(&forwarder, TO_CLIENT);
    }
    for (int i = 0; i < forwarder.count; i++)
        free(forwarder.parcels[i]);
    close(forwarder.front);
    close(forwarder.back);
}
