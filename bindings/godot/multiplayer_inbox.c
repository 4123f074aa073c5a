#include "multiplayer_inbox.h"

#include <stdlib.h>
#include <string.h>

/* Joining and leaving clients: more than this at once have not been told apart by anybody. */
enum { EVENTS_MAX = 65536 };

/* ---- rings ------------------------------------------------------------------------------------------------------ */

static void ring_init(struct multiplayer_ring *ring, size_t element_size, size_t most)
{
    *ring = (struct multiplayer_ring){.element_size = element_size, .most = most};
}

static void *ring_at(const struct multiplayer_ring *ring, size_t position)
{
    return (char *)ring->elements + (ring->first + position) % ring->room * ring->element_size;
}

static bool ring_grow(struct multiplayer_ring *ring)
{
    size_t room = ring->room ? 2 * ring->room : 16;
    char *elements = calloc(room, ring->element_size);

    if (!elements)
        return false;
    for (size_t i = 0; i < ring->count; i++)
        memcpy(elements + i * ring->element_size, ring_at(ring, i), ring->element_size);
    free(ring->elements);
    ring->elements = elements;
    ring->room = room;
    ring->first = 0;
    return true;
}

static bool ring_push(struct multiplayer_ring *ring, const void *element)
{
    if (ring->count == ring->most || (ring->count == ring->room && !ring_grow(ring)))
        return false;
    memcpy(ring_at(ring, ring->count++), element, ring->element_size);
    return true;
}

static bool ring_pop(struct multiplayer_ring *ring, void *element)
{
    if (ring->count == 0)
        return false;
    memcpy(element, ring_at(ring, 0), ring->element_size);
    ring->first = (ring->first + 1) % ring->room;
    ring->count--;
    return true;
}

/* ---- packets ---------------------------------------------------------------------------------------------------- */

static void release(struct multiplayer_packet *packet)
{
    if (packet->message)
        SteamAPI_SteamNetworkingMessage_t_Release(packet->message);
    *packet = (struct multiplayer_packet){0};
}

static void ring_release_all(struct multiplayer_ring *packets)
{
    struct multiplayer_packet packet;

    while (ring_pop(packets, &packet))
        release(&packet);
}

void multiplayer_inbox_init(struct multiplayer_inbox *inbox)
{
    *inbox = (struct multiplayer_inbox){0};
    /* What waits aside has a place when it is admitted. */
    ring_init(&inbox->packets, sizeof(struct multiplayer_packet), MULTIPLAYER_PACKETS_MAX + MULTIPLAYER_ASIDE_MAX);
    ring_init(&inbox->aside, sizeof(struct multiplayer_packet), MULTIPLAYER_ASIDE_MAX);
    ring_init(&inbox->events, sizeof(struct multiplayer_event), EVENTS_MAX);
}

void multiplayer_inbox_clear(struct multiplayer_inbox *inbox)
{
    ring_release_all(&inbox->packets);
    ring_release_all(&inbox->aside);
    release(&inbox->current);
    free(inbox->packets.elements);
    free(inbox->aside.elements);
    free(inbox->events.elements);
    multiplayer_inbox_init(inbox);
}

size_t multiplayer_inbox_room(const struct multiplayer_inbox *inbox)
{
    return inbox->packets.count < MULTIPLAYER_PACKETS_MAX ? MULTIPLAYER_PACKETS_MAX - inbox->packets.count : 0;
}

void multiplayer_inbox_add(struct multiplayer_inbox *inbox, const struct multiplayer_packet *packet)
{
    struct multiplayer_packet refused = *packet;

    if (ring_push(&inbox->packets, packet))
        inbox->added++;
    else
        release(&refused);
}

void multiplayer_inbox_put_aside(struct multiplayer_inbox *inbox, const struct multiplayer_packet *packet)
{
    struct multiplayer_packet dropped;

    if (inbox->aside.count == inbox->aside.most && ring_pop(&inbox->aside, &dropped))
        release(&dropped);
    dropped = *packet;
    if (!ring_push(&inbox->aside, packet))
        release(&dropped);
}

void multiplayer_inbox_admit(struct multiplayer_inbox *inbox, int32_t source)
{
    struct multiplayer_packet packet;

    for (size_t left = inbox->aside.count; left > 0 && ring_pop(&inbox->aside, &packet); left--) {
        if (packet.source == source)
            multiplayer_inbox_add(inbox, &packet);
        else
            multiplayer_inbox_put_aside(inbox, &packet);
    }
}

size_t multiplayer_inbox_available(const struct multiplayer_inbox *inbox)
{
    const struct multiplayer_event *event = inbox->events.count ? ring_at(&inbox->events, 0) : NULL;

    return event ? (size_t)(event->after - inbox->taken) : inbox->packets.count;
}

const struct multiplayer_packet *multiplayer_inbox_take(struct multiplayer_inbox *inbox)
{
    release(&inbox->current);
    if (multiplayer_inbox_available(inbox) == 0 || !ring_pop(&inbox->packets, &inbox->current))
        return NULL;
    inbox->taken++;
    return &inbox->current;
}

const struct multiplayer_packet *multiplayer_inbox_peek(const struct multiplayer_inbox *inbox)
{
    return multiplayer_inbox_available(inbox) ? ring_at(&inbox->packets, 0) : NULL;
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

void multiplayer_inbox_add_event(struct multiplayer_inbox *inbox, enum multiplayer_event_kind kind, int32_t peer)
{
    struct multiplayer_event event = {.kind = kind, .peer = peer, .after = inbox->added};

    ring_push(&inbox->events, &event);
}

bool multiplayer_inbox_take_event(struct multiplayer_inbox *inbox, struct multiplayer_event *event)
{
    const struct multiplayer_event *next = inbox->events.count ? ring_at(&inbox->events, 0) : NULL;

    return next && next->after <= inbox->taken && ring_pop(&inbox->events, event);
}
