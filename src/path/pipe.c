#include "path/pipe.h"

#include "base/alloc.h"
#include "wire/limits.h"

#include <stdio.h>
#include <string.h>

enum {
    CONNECTING = k_ESteamNetworkingConnectionState_Connecting,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    CLOSED_BY_PEER = k_ESteamNetworkingConnectionState_ClosedByPeer,
    PROBLEM = k_ESteamNetworkingConnectionState_ProblemDetectedLocally,
    DEAD = k_ESteamNetworkingConnectionState_Dead,
};

void pipe_init(struct pipe_end *ends[2], struct pipe_events *events[2], const microseconds deadlines[2])
{
    for (int i = 0; i < 2; i++) {
        memset(ends[i], 0, sizeof(*ends[i]));
        ends[i]->events = events[i];
        ends[i]->other = ends[1 - i];
        ends[i]->state = deadlines ? CONNECTING : CONNECTED;
        ends[i]->deadline = deadlines ? deadlines[i] : TIME_NEVER;
        ends[i]->initiated = i == 0;
        ends[i]->lane_count = 1;
        list_init(&ends[i]->held);
    }
}

static void drop_held(struct pipe_end *end)
{
    struct list_node *node;

    while ((node = list_pop_front(&end->held)))
        message_release(container_of(node, struct message, queue_node));
    end->held_bytes = end->held_messages = 0;
}

void pipe_end_destroy(struct pipe_end *end)
{
    if (end->other)
        end->other->other = NULL;
    end->other = NULL;
    drop_held(end);
    mem_free(end->lane_numbers);
    end->lane_numbers = NULL;
}

static void enter(struct pipe_end *end, int state)
{
    int old = end->state;

    end->state = state;
    end->deadline = TIME_NEVER;
    if (state != CONNECTED)
        drop_held(end);
    end->events->state_changed(end->events, end, old);
}

static void enter_with_reason(struct pipe_end *end, int state, int reason, const char *text)
{
    end->end_reason = reason;
    snprintf(end->end_text, sizeof(end->end_text), "%s", text);
    enter(end, state);
}

/* Hands the message over; its number is set. */
static EResult hand_over(struct pipe_end *end, struct message *message, microseconds now)
{
    struct pipe_end *other = end->other;
    int size = message->api.m_cbSize;
    EResult result;

    message->api.m_usecTimeReceived = now;
    result = other->events->deliver(other->events, other, message);
    if (result != k_EResultOK)
        return result;
    end->messages_sent++;
    end->bytes_sent += (uint64_t)size;
    other->messages_received++;
    other->bytes_received += (uint64_t)size;
    return k_EResultOK;
}

/* What one end wrote while it waited. Unreliable messages that find no room are lost, reliable ones end the pipe. */
static void deliver_held(struct pipe_end *end, microseconds now)
{
    struct list_node *node;

    while (end->state == CONNECTED && (node = list_pop_front(&end->held))) {
        struct message *message = container_of(node, struct message, queue_node);

        end->held_bytes -= message->api.m_cbSize;
        end->held_messages--;
        if (hand_over(end, message, now) == k_EResultOK)
            continue;
        if (message->api.m_nFlags & k_nSteamNetworkingSend_Reliable) {
            static const char text[] =
                "the receive buffer cannot take what was sent before the connection was accepted";
            struct pipe_end *other = end->other;

            enter_with_reason(end, PROBLEM, k_ESteamNetConnectionEnd_Misc_InternalError, text);
            enter_with_reason(other, CLOSED_BY_PEER, k_ESteamNetConnectionEnd_Misc_InternalError, text);
        }
        message_release(message);
    }
}

EResult pipe_accept(struct pipe_end *end, microseconds now)
{
    struct pipe_end *other = end->other;

    if (end->state != CONNECTING)
        return k_EResultInvalidState;
    if (end->initiated)
        return k_EResultInvalidParam;
    enter(end, CONNECTED);
    enter(other, CONNECTED);
    deliver_held(end, now);
    deliver_held(other, now);
    return k_EResultOK;
}

void pipe_close(struct pipe_end *end, int reason, const char *text)
{
    struct pipe_end *other = end->other;
    bool open = end->state == CONNECTING || end->state == CONNECTED;

    if (end->state == DEAD)
        return;
    if (open)
        enter_with_reason(end, DEAD, reason, text);
    else
        enter(end, DEAD);
    if (open && other)
        enter_with_reason(other, CLOSED_BY_PEER, reason, text);
}

void pipe_tick(struct pipe_end *end, microseconds now)
{
    struct pipe_end *other = end->other;

    if (end->state != CONNECTING || now < end->deadline)
        return;
    enter_with_reason(end, PROBLEM, k_ESteamNetConnectionEnd_Misc_Timeout,
                      end->initiated ? "the other end did not accept the connection in time"
                                     : "the application did not accept the connection in time");
    enter_with_reason(other, CLOSED_BY_PEER, k_ESteamNetConnectionEnd_Misc_Timeout, end->end_text);
}

static int64_t *last_number(struct pipe_end *end, int lane)
{
    return end->lane_numbers ? &end->lane_numbers[lane] : &end->first_lane_number;
}

EResult pipe_send(struct pipe_end *end, struct message *message, int64_t maximum_held, microseconds now,
                  int64_t *number)
{
    int64_t *last;

    *number = -1;
    if (message->api.m_cbSize < 0 || message->api.m_cbSize > PIPE_MESSAGE_MAXIMUM ||
        message->api.m_idxLane >= end->lane_count)
        return k_EResultInvalidParam;
    if (end->state == CLOSED_BY_PEER || end->state == PROBLEM)
        return k_EResultNoConnection;
    if (end->state != CONNECTED && end->state != CONNECTING)
        return k_EResultInvalidState;

    last = last_number(end, message->api.m_idxLane);
    message->api.m_nMessageNumber = *last + 1;
    if (end->state == CONNECTING) {
        if (message->api.m_nFlags & k_nSteamNetworkingSend_NoDelay)
            return k_EResultIgnored;
        if (end->held_bytes + message->api.m_cbSize > maximum_held || end->held_messages >= maximum_held)
            return k_EResultLimitExceeded;
        end->held_bytes += message->api.m_cbSize;
        end->held_messages++;
        list_push_back(&end->held, &message->queue_node);
    } else {
        EResult result = hand_over(end, message, now);

        if (result != k_EResultOK)
            return result;
    }
    *number = ++*last;
    return k_EResultOK;
}

EResult pipe_configure_lanes(struct pipe_end *end, int count, const uint16_t *weights)
{
    int64_t *numbers;

    if (end->state != CONNECTED && end->state != CONNECTING)
        return k_EResultInvalidState;
    if (count < end->lane_count || count < 1 || count > PIPE_LANES_MAXIMUM)
        return k_EResultInvalidParam;
    for (int i = 0; weights && i < count; i++) {
        if (weights[i] == 0)
            return k_EResultInvalidParam;
    }
    if (count == end->lane_count)
        return k_EResultOK;
    numbers = mem_alloc_array((size_t)count, sizeof(*numbers));
    if (!numbers)
        return k_EResultFail;
    for (int i = 0; i < count; i++)
        numbers[i] = i < end->lane_count ? *last_number(end, i) : 0;
    mem_free(end->lane_numbers);
    end->lane_numbers = numbers;
    end->lane_count = count;
    return k_EResultOK;
}
