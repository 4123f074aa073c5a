#include "net/delay_line.h"

#include "base/alloc.h"
#include "net/event_queue.h"
#include "net/impairment.h"
#include "net/os_random.h"
#include "net/packet_trace.h"
#include "net/service_internal.h"

#include <pthread.h>
#include <string.h>

struct held_datagram {
    struct event event;
    struct service_socket *socket;
    bool sending;
    SteamNetworkingIPAddr peer;
    uint32_t length;
    uint8_t bytes[];
};

struct delay_line {
    struct service_timer timer;
    pthread_mutex_t mutex; /* guards the queue and setting the timer */
    struct event_queue queue;
};

static struct held_datagram *from_event(struct event *event)
{
    return container_of(event, struct held_datagram, event);
}

static void deliver_received(struct held_datagram **held, int count, microseconds now)
{
    struct received received[DELAY_LINE_RELEASED_AT_ONCE];

    for (int i = 0; i < count;) {
        struct service_socket *socket = held[i]->socket;
        int run = 0;

        for (; i < count && held[i]->socket == socket; i++) {
            received[run].data = held[i]->bytes;
            received[run].length = held[i]->length;
            received[run].from = held[i]->peer;
            run++;
        }
        socket_deliver(socket, received, run, now);
    }
}

/* Lets out what is due, keeping the order. */
static void release_due(struct service_timer *timer, microseconds now)
{
    struct delay_line *line = container_of(timer, struct delay_line, timer);
    struct held_datagram *held[DELAY_LINE_RELEASED_AT_ONCE];
    int count = 0;

    pthread_mutex_lock(&line->mutex);
    for (int i = 0; i < DELAY_LINE_RELEASED_AT_ONCE; i++) {
        struct event *event = event_queue_pop_due(&line->queue, now);

        if (!event)
            break;
        held[count] = from_event(event);
        if (held[count]->sending) {
            /* Under the lock, so that nobody who sends at this moment overtakes. */
            udp_socket_send_one(&held[count]->socket->udp, &held[count]->peer, held[count]->bytes, held[count]->length);
            mem_free(held[count]);
        } else {
            count++;
        }
    }
    service_timer_set(&line->timer, event_queue_next(&line->queue));
    pthread_mutex_unlock(&line->mutex);

    deliver_received(held, count, now);
    for (int i = 0; i < count; i++)
        mem_free(held[i]);
}

struct delay_line *delay_line_new(struct service_loop *loop)
{
    struct delay_line *line = mem_alloc_zeroed(sizeof(*line));

    if (!line)
        return NULL;
    if (!service_timer_init(&line->timer, loop, release_due)) {
        mem_free(line);
        return NULL;
    }
    pthread_mutex_init(&line->mutex, NULL);
    event_queue_init(&line->queue);
    return line;
}

void delay_line_free(struct delay_line *line)
{
    struct event *event;

    if (!line)
        return;
    service_timer_cancel(&line->timer);
    service_timer_release(&line->timer);
    while ((event = event_queue_pop_due(&line->queue, TIME_NEVER)))
        mem_free(from_event(event));
    event_queue_destroy(&line->queue);
    pthread_mutex_destroy(&line->mutex);
    mem_free(line);
}

/* With the mutex held. Out of memory or room, the datagram is lost, as on any network. */
static void hold(struct delay_line *line, struct service_socket *socket, bool sending,
                 const SteamNetworkingIPAddr *peer, const void *data, size_t length, microseconds due)
{
    struct held_datagram *held;

    if (line->queue.count >= DELAY_LINE_MAXIMUM)
        return;
    held = mem_alloc(sizeof(*held) + length);
    if (!held)
        return;
    memset(&held->event, 0, sizeof(held->event));
    held->socket = socket;
    held->sending = sending;
    held->peer = *peer;
    held->length = (uint32_t)length;
    memcpy(held->bytes, data, length);
    if (!event_queue_add(&line->queue, &held->event, due)) {
        mem_free(held);
        return;
    }
    service_timer_set(&line->timer, event_queue_next(&line->queue));
}

bool delay_line_admit(struct delay_line *line, struct service_socket *socket, bool sending,
                      const SteamNetworkingIPAddr *peer, const void *data, size_t length, microseconds now)
{
    struct impairment_verdict verdict;
    bool pass = false;

    pthread_mutex_lock(&line->mutex);
    impairment_judge_process(sending, sending ? &socket->sending : &socket->receiving, length, now, os_random(),
                             &verdict);
    if (packet_trace_active() && verdict.copies == 0)
        packet_trace(sending ? "dropped instead of sent to" : "dropped instead of received from", peer, data, length);
    for (int i = 0; i < verdict.copies; i++) {
        /* What is due already still goes behind what is on hold and due, else a late timer would reorder. */
        if (i == 0 && verdict.due[i] <= now && event_queue_next(&line->queue) > now)
            pass = true;
        else
            hold(line, socket, sending, peer, data, length, verdict.due[i]);
    }
    pthread_mutex_unlock(&line->mutex);
    return pass;
}

void delay_line_forget(struct delay_line *line, const struct service_socket *socket)
{
    bool removed;

    pthread_mutex_lock(&line->mutex);
    do {
        removed = false;
        for (uint32_t i = 0; i < line->queue.count; i++) {
            struct held_datagram *held = from_event(line->queue.heap[i]);

            if (held->socket != socket)
                continue;
            event_queue_remove(&line->queue, &held->event);
            mem_free(held);
            removed = true; /* and others have moved about, maybe to places already seen */
        }
    } while (removed);
    pthread_mutex_unlock(&line->mutex);
}
