#include "snp/send_lane.h"

#include "wire/limits.h"
#include "wire/stream_header.h"

#include <string.h>

const struct stream_limits send_lane_deployed = {.holes = SEND_LANE_HOLES_MAX, .window = SEND_LANE_SPAN_WITH_HOLE};

void send_lane_init(struct send_lane *lane, int index)
{
    *lane = (struct send_lane){.limits = &send_lane_deployed,
                               .weight = 1,
                               .index = (uint8_t)index,
                               .stream_end = STREAM_FIRST_POSITION,
                               .stream_sent = STREAM_FIRST_POSITION};
    list_init(&lane->queue);
    list_init(&lane->stream);
    list_init(&lane->resend);
    lane->resend_hint = &lane->resend.head;
}

void send_lane_free(struct send_lane *lane)
{
    struct list_node *node;

    while ((node = list_pop_front(&lane->queue))) {
        struct message *message = container_of(node, struct message, queue_node);
        list_remove(&message->stream_node);
        message_release(message);
    }
    while ((node = list_pop_front(&lane->stream)))
        message_release(container_of(node, struct message, stream_node));
}

void send_lane_move(struct send_lane *to, struct send_lane *from)
{
    *to = *from;
    list_init(&to->queue);
    list_init(&to->stream);
    list_init(&to->resend);
    list_splice_back(&to->queue, &from->queue);
    list_splice_back(&to->stream, &from->stream);
    list_splice_back(&to->resend, &from->resend);
    to->resend_hint = &to->resend.head;
}

/* ---- queueing -------------------------------------------------------------------------------------------------- */

void send_lane_queue(struct send_lane *lane, struct message *message, bool reliable)
{
    struct message_send_state *send = &message->send;
    uint32_t size = (uint32_t)message->api.m_cbSize;

    memset(send, 0, sizeof *send);
    message->api.m_nMessageNumber = ++lane->last_number;
    if (reliable) {
        struct byte_writer writer;

        writer_init(&writer, send->header, sizeof send->header);
        stream_header_write(&writer, (uint64_t)(lane->last_number - lane->last_reliable_number), size);
        send->header_size = (uint8_t)writer_length(&writer);
        lane->last_reliable_number = lane->last_number;
        send->stream_begin = lane->stream_end;
        send->stream_size = send->header_size + size;
        send->unacknowledged = send->stream_size;
        lane->stream_end += send->stream_size;
        lane->pending_reliable += send->stream_size;
        list_push_back(&lane->stream, &message->stream_node);
    } else {
        lane->pending_unreliable += size;
    }
    list_push_back(&lane->queue, &message->queue_node);
}

uint32_t message_unsent(const struct message *message)
{
    return (message_is_reliable(message) ? message->send.stream_size : (uint32_t)message->api.m_cbSize) -
           message->send.sent;
}

bool send_lane_head_may_leave(const struct send_lane *lane)
{
    const struct message *oldest;

    if (!message_is_reliable(send_lane_head(lane)) || (lane->lost_outstanding == 0 && !lane->limits->always))
        return true;
    /* What the peer said it keeps may be less than it keeps by now: with nothing on the way there would be no end. */
    if (lane->unacknowledged == 0 && lane->lost_outstanding == 0)
        return true;
    oldest = list_first_entry(&lane->stream, struct message, stream_node);
    return lane->lost_outstanding < lane->limits->holes &&
           lane->stream_sent - oldest->send.stream_begin < lane->limits->window;
}

/* ---- the stream -------------------------------------------------------------------------------------------------- */

/* The message behind this one. Not to be looked into where there is none. */
static struct message *next_in_stream(const struct message *message)
{
    return container_of(message->stream_node.next, struct message, stream_node);
}

int send_lane_take(struct send_lane *lane, struct segment *segment, uint32_t most)
{
    struct message *message = send_lane_head(lane);
    uint32_t size = 0;
    int finished = 0;

    segment->first = message;
    segment->begin = message->send.stream_begin + message->send.sent;
    segment->lane = lane->index;
    segment->acknowledged = segment->was_lost = false;
    while (message && message_is_reliable(message) && size < most) {
        uint32_t part = message->send.stream_size - message->send.sent;

        if (part > most - size)
            part = most - size;
        message->send.sent += part;
        size += part;
        if (message->send.sent < message->send.stream_size)
            break;
        list_remove(&message->queue_node);
        finished++;
        message = send_lane_head(lane);
    }
    segment->size = (uint16_t)size;
    lane->stream_sent += size;
    lane->pending_reliable -= size;
    lane->unacknowledged += size;
    return finished;
}

static void copy_from_message(const struct message *message, uint32_t offset, uint8_t *out, uint32_t size)
{
    const struct message_send_state *send = &message->send;

    if (offset < send->header_size) {
        uint32_t part = send->header_size - offset;

        if (part > size)
            part = size;
        memcpy(out, send->header + offset, part);
        out += part;
        offset += part;
        size -= part;
    }
    if (size > 0)
        memcpy(out, (const uint8_t *)message->api.m_pData + (offset - send->header_size), size);
}

void send_lane_copy(const struct segment *segment, uint8_t *out)
{
    const struct message *message = segment->first;
    uint32_t offset = (uint32_t)(segment->begin - message->send.stream_begin);
    uint32_t left = segment->size;

    while (left > 0) {
        uint32_t part = message->send.stream_size - offset;

        if (part > left)
            part = left;
        copy_from_message(message, offset, out, part);
        out += part;
        left -= part;
        offset = 0;
        if (left > 0)
            message = next_in_stream(message);
    }
}

/* ---- lost segments ---------------------------------------------------------------------------------------------- */

static int64_t begin_of(const struct list_node *node)
{
    return container_of(node, struct segment, resend_node)->begin;
}

/*
 * The node of the resend list, or its head, behind which a segment belongs, as far as it is found from `start` within
 * so many steps.
 */
static struct list_node *place_near(const struct send_lane *lane, struct list_node *start, int64_t begin, bool *found)
{
    const struct list_node *head = &lane->resend.head;
    struct list_node *position = start;
    int steps = 0;

    while (position != head && begin_of(position) > begin && steps++ < SEND_LANE_SEARCH_MAX)
        position = position->previous;
    while (position->next != head && begin_of(position->next) < begin && steps++ < SEND_LANE_SEARCH_MAX)
        position = position->next;
    *found = steps <= SEND_LANE_SEARCH_MAX;
    return position;
}

/*
 * Keeps stream order. Segments are lost in runs, upward when they time out and downward when the peer says so, and a
 * peer may say it of thousands at once: the search goes on from where the last one was put, or else begins at the end
 * or the beginning. A peer that leaps to and fro in a long list gets what it asks for only roughly in order.
 */
static void enter_resend(struct send_lane *lane, struct segment *segment)
{
    struct list_node *head = &lane->resend.head;
    struct list_node *starts[] = {lane->resend_hint, head->previous, head};
    struct list_node *position = head;
    bool found = false;

    for (int i = 0; i < 3 && !found; i++)
        position = place_near(lane, starts[i], segment->begin, &found);
    list_insert_after(position, &segment->resend_node);
    lane->resend_hint = &segment->resend_node;
    lane->pending_reliable += segment->size;
    lane->resend_bytes += segment->size;
}

static void leave_resend(struct send_lane *lane, struct segment *segment)
{
    if (lane->resend_hint == &segment->resend_node)
        lane->resend_hint = segment->resend_node.previous;
    list_remove(&segment->resend_node);
    lane->pending_reliable -= segment->size;
    lane->resend_bytes -= segment->size;
}

void send_lane_acknowledge(struct send_lane *lane, struct segment *segment)
{
    struct message *message = segment->first;
    uint32_t left = segment->size;
    uint32_t offset;

    if (segment->acknowledged)
        return;
    offset = (uint32_t)(segment->begin - message->send.stream_begin);
    segment->acknowledged = true;
    segment->first = NULL;
    if (segment->was_lost)
        lane->lost_outstanding--;
    if (list_linked(&segment->resend_node))
        leave_resend(lane, segment);
    else
        lane->unacknowledged -= segment->size;
    while (left > 0) {
        struct message *next = next_in_stream(message);
        uint32_t part = message->send.stream_size - offset;

        if (part > left)
            part = left;
        left -= part;
        offset = 0;
        message->send.unacknowledged -= part;
        if (message->send.unacknowledged == 0) {
            list_remove(&message->stream_node);
            message_release(message);
        }
        message = next;
    }
}

void send_lane_lose(struct send_lane *lane, struct segment *segment)
{
    if (segment->acknowledged || list_linked(&segment->resend_node))
        return;
    if (!segment->was_lost) {
        segment->was_lost = true;
        lane->lost_outstanding++;
    }
    lane->unacknowledged -= segment->size;
    enter_resend(lane, segment);
}

void send_lane_split(struct send_lane *lane, struct segment *segment, uint16_t size, struct segment *rest)
{
    struct message *message = segment->first;

    *rest = (struct segment){
        .begin = segment->begin + size,
        .size = (uint16_t)(segment->size - size),
        .lane = segment->lane,
        .was_lost = true, /* as everything that is to be sent again */
    };
    list_node_init(&rest->resend_node);
    while (message->send.stream_begin + message->send.stream_size <= rest->begin)
        message = next_in_stream(message);
    rest->first = message;
    segment->size = size;
    lane->lost_outstanding++;
    list_insert_after(&segment->resend_node, &rest->resend_node);
}

void send_lane_resent(struct send_lane *lane, struct segment *segment)
{
    leave_resend(lane, segment);
    lane->unacknowledged += segment->size;
}
