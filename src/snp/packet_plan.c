#include "snp/packet_plan.h"

#include "snp/lane_scheduler.h"
#include "snp/sender.h"
#include "wire/frame.h"
#include "wire/limits.h"

#include <string.h>

enum {
    PLAN_PIECES = 256,
    PLAN_LANES = 16,
    SELECT_LANE_ZERO_SIZE = 2,
    UNSPLIT_PART = 4, /* unreliable messages up to this part of a segment are not split for the rest of a packet */
};

struct piece {
    struct segment *segment; /* reliable; NULL for an unreliable one */
    struct message *message; /* unreliable */
    uint32_t offset;
    uint16_t size;
    uint8_t lane_slot;
    bool last; /* unreliable: ends the message, which is then released */
};

/*
 * What goes into one packet, gathered before it is written: the last segment has another form, and lanes with reliable
 * segments go last, because a deployed receiver decides by the last lane whether to acknowledge soon (protocol 15.3).
 */
struct plan {
    int piece_count, lane_count;
    int reliable_count;
    struct several_segments *several; /* taken before there is a second reliable segment */
    int64_t room;                     /* bytes left in the packet */
    int64_t spared; /* of these, what new data leaves alone, so that full packets have the same size */
    struct {
        uint8_t lane;
        bool reliable;
        bool unreliable;
    } lanes[PLAN_LANES];
    struct piece pieces[PLAN_PIECES];
};

/* The lane's slot in the plan, or -1 when there is no room for another lane. */
static int plan_lane(struct plan *plan, const struct send_lane *lane)
{
    for (int i = 0; i < plan->lane_count; i++)
        if (plan->lanes[i].lane == lane->index)
            return i;
    if (plan->lane_count == PLAN_LANES)
        return -1;
    plan->lanes[plan->lane_count].lane = lane->index;
    plan->lanes[plan->lane_count].reliable = false;
    plan->lanes[plan->lane_count].unreliable = false;
    return plan->lane_count++;
}

/* The most that the next segment's header, and the selection of its lane, can take. */
static int64_t plan_overhead(const struct plan *plan, int slot, bool reliable)
{
    int64_t overhead = 0;
    bool lane_known = plan->lanes[slot].reliable || plan->lanes[slot].unreliable;

    /* A second lane may also push lane 0, which needs no selection in front, behind itself. */
    if (!lane_known && plan->piece_count > 0)
        overhead += FRAME_SELECT_LANE_MAXIMUM + SELECT_LANE_ZERO_SIZE;
    else if (!lane_known && plan->lanes[slot].lane != 0)
        overhead += FRAME_SELECT_LANE_MAXIMUM;
    if (reliable)
        return overhead + (plan->lanes[slot].reliable ? 6 : FRAME_RELIABLE_HEADER_MAXIMUM);
    return overhead + (plan->lanes[slot].unreliable ? 2 + 3 : 1 + 4 + 3 + 1);
}

static struct piece *plan_add(struct plan *plan, int slot, bool reliable, int64_t bytes)
{
    struct piece *piece = &plan->pieces[plan->piece_count];

    plan->room -= plan_overhead(plan, slot, reliable) + bytes;
    plan->piece_count++;
    memset(piece, 0, sizeof *piece);
    piece->lane_slot = (uint8_t)slot;
    piece->size = (uint16_t)bytes;
    if (reliable) {
        plan->lanes[slot].reliable = true;
        plan->reliable_count++;
    } else {
        plan->lanes[slot].unreliable = true;
    }
    return piece;
}

static bool plan_has_room(struct sender *sender, struct plan *plan, bool reliable)
{
    if (plan->piece_count >= PLAN_PIECES)
        return false;
    if (!reliable || plan->reliable_count == 0)
        return true;
    if (!plan->several)
        plan->several = pool_take(&sender->several);
    return plan->several && plan->reliable_count < SENT_PACKET_SEGMENTS;
}

/* A segment from the time when packets could be larger. False when there is no memory for the other part. */
static bool cut_to_fit(struct sender *sender, struct send_lane *lane, struct segment *segment)
{
    struct segment *rest;

    if (segment->size <= sender->segment_max)
        return true;
    rest = pool_take(&sender->segments);
    if (rest)
        send_lane_split(lane, segment, (uint16_t)sender->segment_max, rest);
    return rest;
}

/* False when the packet has no room for all of them. */
static bool plan_lane_resends(struct sender *sender, struct plan *plan, struct send_lane *lane)
{
    int64_t position = 0;

    while (!list_empty(&lane->resend)) {
        struct segment *segment = list_first_entry(&lane->resend, struct segment, resend_node);
        int slot = plan_has_room(sender, plan, true) ? plan_lane(plan, lane) : -1;

        if (slot < 0 || !cut_to_fit(sender, lane, segment) ||
            plan_overhead(plan, slot, true) + segment->size > plan->room)
            return false;
        if (segment->begin < position)
            return false; /* positions in one packet only go up */
        position = segment->begin;
        plan_add(plan, slot, true, segment->size)->segment = segment;
        send_lane_resent(lane, segment);
        sender->segments_resent++;
    }
    return true;
}

/* Another lane has the first turn in each packet: what the peer refuses of one must not keep back the others'. */
static void plan_resends(struct sender *sender, struct plan *plan)
{
    for (int i = 0; i < sender->lane_count; i++) {
        int index = (sender->resend_turn + i) % sender->lane_count;

        if (!plan_lane_resends(sender, plan, &sender->lanes[index])) {
            sender->resend_turn = (index + 1) % sender->lane_count;
            return;
        }
    }
}

static bool too_little_room(int64_t room, uint32_t left)
{
    return room < (left < PACKET_SEGMENT_START_MINIMUM ? (int64_t)left : PACKET_SEGMENT_START_MINIMUM);
}

/* False when the packet takes no more. */
static bool plan_reliable(struct sender *sender, struct plan *plan, struct send_lane *lane, int slot)
{
    int64_t room = plan->room - plan->spared - plan_overhead(plan, slot, true);
    uint32_t most = room < sender->segment_max ? (uint32_t)(room < 0 ? 0 : room) : sender->segment_max;
    struct segment *segment;

    if (!plan_has_room(sender, plan, true) || too_little_room(room, message_unsent(send_lane_head(lane))))
        return false;
    segment = pool_take(&sender->segments);
    if (!segment)
        return false;
    memset(segment, 0, sizeof *segment);
    list_node_init(&segment->resend_node);
    sender->queued_messages -= send_lane_take(lane, segment, most);
    plan_add(plan, slot, true, segment->size)->segment = segment;
    lane_scheduler_charge(lane, segment->size);
    return segment->size < sender->segment_max;
}

/*
 * The least that has to go now of an unreliable message, so that what is left then fits into as many segments as the
 * peer puts together (protocol 13.3). Other lanes' data may leave but little of each packet.
 */
static int64_t least_piece(const struct sender *sender, const struct message *message, uint32_t left)
{
    int64_t more = UNRELIABLE_SEGMENTS_PER_LANE - 1 - message->send.pieces;

    return left - more * sender->segment_max;
}

static bool plan_unreliable(struct sender *sender, struct plan *plan, struct send_lane *lane, int slot)
{
    struct message *message = send_lane_head(lane);
    int64_t room = plan->room - plan->spared - plan_overhead(plan, slot, false);
    uint32_t left = message_unsent(message);
    uint32_t size = left;
    struct piece *piece;

    if (!plan_has_room(sender, plan, false) || room < 0 || too_little_room(room, left))
        return false;
    /* A part in each of two packets would be lost twice as often, and leave packets of uneven sizes. */
    if (left > (uint32_t)room && plan->piece_count > 0 && left <= sender->segment_max / UNSPLIT_PART)
        return false;
    if (size > (uint32_t)room)
        size = (uint32_t)room;
    if (plan->piece_count > 0 && size < least_piece(sender, message, left))
        return false;
    piece = plan_add(plan, slot, false, size);
    piece->message = message;
    piece->offset = message->send.sent;
    piece->last = size == left;
    message->send.sent += size;
    message->send.pieces++;
    lane->pending_unreliable -= size;
    lane_scheduler_charge(lane, size);
    if (piece->last) {
        list_remove(&message->queue_node);
        sender->queued_messages--;
    }
    return piece->last;
}

static void plan_new_data(struct sender *sender, struct plan *plan)
{
    struct send_lane *lane;
    bool more = true;

    while (more && (lane = lane_scheduler_pick(sender->lanes, sender->lane_count, send_lane_head_may_leave))) {
        int slot = plan_lane(plan, lane);

        if (slot < 0)
            return;
        more = message_is_reliable(send_lane_head(lane)) ? plan_reliable(sender, plan, lane, slot)
                                                         : plan_unreliable(sender, plan, lane, slot);
    }
}

/* The context of protocol 13.2, as the receiver will have it. */
struct write_context {
    bool in_message, in_position;
    int64_t message_number;
    int64_t position;
};

static void write_reliable(struct byte_writer *writer, struct write_context *context, const struct piece *piece,
                           bool to_end)
{
    struct segment *segment = piece->segment;
    uint64_t position = (uint64_t)(context->in_position ? segment->begin - context->position : segment->begin);
    uint8_t *data;

    frame_write_reliable_header(writer, !context->in_position, position, segment->size, to_end);
    data = writer_claim(writer, segment->size);
    if (data)
        send_lane_copy(segment, data);
    context->in_position = true;
    context->position = segment->begin + segment->size;
    if (context->in_message)
        context->message_number++;
}

static void write_unreliable(struct byte_writer *writer, struct write_context *context, const struct piece *piece,
                             bool to_end)
{
    const struct message *message = piece->message;
    int64_t number = message->api.m_nMessageNumber;
    uint64_t field = (uint64_t)(context->in_message ? number - context->message_number : number);

    frame_write_unreliable_header(writer, !context->in_message, field, piece->offset, piece->last, piece->size, to_end);
    if (piece->size > 0)
        writer_bytes(writer, (const uint8_t *)message->api.m_pData + piece->offset, piece->size);
    context->in_message = true;
    context->message_number = number;
}

static void write_lane(struct plan *plan, int slot, struct byte_writer *writer, int *written)
{
    struct write_context context = {0};

    if (*written > 0 || plan->lanes[slot].lane != 0)
        frame_write_select_lane(writer, plan->lanes[slot].lane);
    for (int i = 0; i < plan->piece_count; i++) {
        struct piece *piece = &plan->pieces[i];
        bool to_end;

        if (piece->lane_slot != slot)
            continue;
        to_end = ++*written == plan->piece_count;
        if (piece->segment)
            write_reliable(writer, &context, piece, to_end);
        else
            write_unreliable(writer, &context, piece, to_end);
        if (piece->last)
            message_release(piece->message);
    }
}

static void record_segments(struct sender *sender, struct plan *plan, struct sent_packet *packet)
{
    struct segment *latest = NULL;
    int count = 0;

    for (int i = 0; i < plan->piece_count; i++) {
        if (!plan->pieces[i].segment)
            continue;
        latest = plan->pieces[i].segment;
        latest->records++;
        if (plan->reliable_count > 1)
            plan->several->segments[count] = latest;
        count++;
    }
    packet->segment_count = (uint16_t)count & 15;
    if (count > 1) {
        packet->several = plan->several;
        return;
    }
    packet->segment = latest;
    pool_give(&sender->several, plan->several);
}

/*
 * The kernel cuts runs of datagrams that are equally large. So a packet that carries more in its header, or an ack
 * frame, gets so much less new data; unless that leaves it half empty.
 */
static int64_t spared_room(const struct sender *sender, const struct byte_writer *writer, size_t extra)
{
    int64_t even = (int64_t)sender->segment_max + PACKET_EVEN_OVERHEAD - (int64_t)(writer_length(writer) + extra);
    int64_t room = (int64_t)writer_remaining(writer);

    return even < room && even >= sender->segment_max / 2 ? room - even : 0;
}

int packet_plan_write(struct sender *sender, struct sent_packet *packet, struct byte_writer *writer, size_t extra)
{
    struct plan plan;
    int written = 0;

    plan.piece_count = plan.lane_count = plan.reliable_count = 0;
    plan.several = NULL;
    plan.room = (int64_t)writer_remaining(writer);
    plan.spared = spared_room(sender, writer, extra);
    plan_resends(sender, &plan);
    plan_new_data(sender, &plan);

    for (int reliable = 0; reliable <= 1; reliable++)
        for (int slot = 0; slot < plan.lane_count; slot++)
            if (plan.lanes[slot].reliable == reliable && (reliable || plan.lanes[slot].unreliable))
                write_lane(&plan, slot, writer, &written);
    record_segments(sender, &plan, packet);
    return plan.piece_count;
}
