#include "snp/receiver.h"

#include "base/alloc.h"
#include "wire/counter.h"
#include "wire/frame.h"
#include "wire/limits.h"

#include <string.h>

/* What the frames of one packet share (protocol 13.2). */
struct packet_context {
    struct receiver *receiver;
    struct sender *sender;
    struct ack_tracker *tracker;
    struct receive_report *report;
    int64_t packet_number;
    enum receive_mode mode;
    microseconds now;
    uint32_t lane_number;
    struct receive_lane *lane; /* NULL until a segment needs it */
    int64_t message_number;    /* current unreliable message; meaningful once in_message */
    bool in_message;
    int64_t position; /* end of the last reliable segment */
    int segments;
};

/* Whether to go on with the next frame. */
enum frame_verdict {
    GO_ON,
    ABANDON, /* the rest of the packet is skipped */
    FAIL,    /* protocol error */
};

static void init_lane(struct receiver *receiver, struct receive_lane *lane, uint8_t number)
{
    receive_stream_init(&lane->stream, number, &receiver->budget);
    fragment_store_init(&lane->fragments, &receiver->budget);
}

void receiver_init(struct receiver *receiver, const struct transport_config *config, struct message_sink *sink,
                   struct memory_quota *quota)
{
    memset(receiver, 0, sizeof *receiver);
    receiver->config = config;
    receiver->sink = sink;
    receive_budget_init(&receiver->budget, quota);
    init_lane(receiver, &receiver->first_lane, 0);
}

void receiver_extend(struct receiver *receiver)
{
    receiver->extended = true;
    for (uint32_t i = 0; i <= (uint32_t)receiver->lane_capacity; i++) {
        struct receive_lane *lane = (struct receive_lane *)receiver_lane(receiver, i);

        if (lane)
            receive_stream_extend(&lane->stream);
    }
}

void receiver_forget_fragments(struct receiver *receiver)
{
    fragment_store_free(&receiver->first_lane.fragments);
    for (int i = 0; i < receiver->lane_capacity; i++)
        if (receiver->lanes[i])
            fragment_store_free(&receiver->lanes[i]->fragments);
    receive_budget_trim(&receiver->budget);
}

static void rest_lane(struct receive_lane *lane)
{
    receive_stream_rest(&lane->stream);
    if (lane->fragments.count == 0)
        fragment_store_free(&lane->fragments);
}

void receiver_rest(struct receiver *receiver)
{
    rest_lane(&receiver->first_lane);
    for (int i = 0; i < receiver->lane_capacity; i++)
        if (receiver->lanes[i])
            rest_lane(receiver->lanes[i]);
    if (!receiver->starved)
        receive_budget_rest(&receiver->budget);
}

void receiver_abandon(struct receiver *receiver, bool all)
{
    for (uint32_t i = 0; i <= (uint32_t)receiver->lane_capacity; i++) {
        struct receive_lane *lane = (struct receive_lane *)receiver_lane(receiver, i);

        if (!lane)
            continue;
        receive_stream_abandon(&lane->stream, all);
        fragment_store_free(&lane->fragments);
    }
    receive_budget_rest(&receiver->budget);
}

static void free_lane(struct receive_lane *lane)
{
    receive_stream_free(&lane->stream);
    fragment_store_free(&lane->fragments);
}

void receiver_free(struct receiver *receiver)
{
    if (!receiver->config)
        return;
    free_lane(&receiver->first_lane);
    for (int i = 0; i < receiver->lane_capacity; i++) {
        if (!receiver->lanes[i])
            continue;
        free_lane(receiver->lanes[i]);
        mem_free(receiver->lanes[i]);
    }
    mem_free(receiver->lanes);
    receiver->lanes = NULL;
    receiver->lane_capacity = 0;
    memory_share_return(&receiver->budget.share, 0);
}

const struct receive_lane *receiver_lane(const struct receiver *receiver, uint32_t lane)
{
    if (lane == 0)
        return &receiver->first_lane;
    return (int)lane <= receiver->lane_capacity ? receiver->lanes[lane - 1] : NULL;
}

/* The lane, made if need be; NULL without memory. The lane number is at most FRAME_LANE_MAXIMUM. */
static struct receive_lane *open_lane(struct receiver *receiver, uint32_t number)
{
    struct receive_lane *lane;

    if (number == 0)
        return &receiver->first_lane;
    if ((int)number > receiver->lane_capacity) {
        int capacity = number <= 8 ? 8 : FRAME_LANE_MAXIMUM;
        struct receive_lane **lanes = mem_realloc_array(receiver->lanes, (size_t)capacity, sizeof(void *));

        if (!lanes)
            return NULL;
        memset(lanes + receiver->lane_capacity, 0, (size_t)(capacity - receiver->lane_capacity) * sizeof(void *));
        receiver->lanes = lanes;
        receiver->lane_capacity = capacity;
    }
    if (receiver->lanes[number - 1])
        return receiver->lanes[number - 1];
    lane = mem_alloc_zeroed(sizeof *lane);
    if (!lane)
        return NULL;
    init_lane(receiver, lane, (uint8_t)number);
    if (receiver->extended)
        receive_stream_extend(&lane->stream);
    receiver->lanes[number - 1] = lane;
    return lane;
}

static enum frame_verdict fail(struct packet_context *context, const char *error)
{
    context->report->error = error;
    return FAIL;
}

/* Something could not be kept: the packet counts as lost, so that it comes again. */
static enum frame_verdict refuse(struct packet_context *context)
{
    context->report->acknowledge = false;
    context->report->refused = true;
    return GO_ON;
}

/* False: no memory for the lane. The rest of the packet is skipped and its statistics are, too. */
static bool have_lane(struct packet_context *context)
{
    if (!context->lane)
        context->lane = open_lane(context->receiver, context->lane_number);
    if (context->lane)
        return true;
    refuse(context);
    context->report->processed = false;
    return false;
}

/* False: the packet has more segments than RecvMaxSegmentsPerPacket. The rest of its frames is skipped. */
static bool count_segment(struct packet_context *context)
{
    if (++context->segments <= context->receiver->config->receive_max_segments)
        return true;
    refuse(context);
    return false;
}

/* ---- unreliable segments (protocol 13.3) ---------------------------------------------------------------------- */

static enum frame_verdict deliver_unreliable(struct packet_context *context, struct message *message)
{
    struct receiver *receiver = context->receiver;

    message->api.m_nMessageNumber = context->message_number;
    message->api.m_idxLane = (uint16_t)context->lane_number;
    message->api.m_usecTimeReceived = context->now;
    if (receiver->sink->deliver(receiver->sink, message))
        return GO_ON;
    message_release(message);
    return refuse(context);
}

static enum frame_verdict whole_message(struct packet_context *context, const struct unreliable_frame *frame)
{
    struct message *message;

    if (frame->data.length > (size_t)context->receiver->config->receive_max_message_size)
        return fail(context, "an unreliable message is larger than RecvMaxMessageSize");
    message = message_allocate((int)frame->data.length);
    if (!message)
        return refuse(context);
    if (frame->data.length > 0)
        memcpy(message->api.m_pData, frame->data.data, frame->data.length);
    return deliver_unreliable(context, message);
}

static enum frame_verdict message_part(struct packet_context *context, const struct unreliable_frame *frame)
{
    struct fragment_store *store = &context->lane->fragments;
    enum fragment_outcome outcome;
    struct message *message;
    int64_t size;

    outcome = fragment_store_add(store, context->message_number, frame->offset, frame->last, frame->data.data,
                                 frame->data.length, context->receiver->config);
    if (outcome == FRAGMENT_NO_MEMORY)
        return refuse(context);
    if (outcome == FRAGMENT_STORED)
        return GO_ON;
    size = fragment_store_message_size(store, context->message_number);
    if (size > context->receiver->config->receive_max_message_size)
        return fail(context, "an unreliable message is larger than RecvMaxMessageSize");
    message = message_allocate((int)size);
    if (!message) {
        fragment_store_drop(store, context->message_number);
        return refuse(context);
    }
    fragment_store_take(store, context->message_number, message->api.m_pData);
    receive_budget_trim(&context->receiver->budget);
    return deliver_unreliable(context, message);
}

static enum frame_verdict unreliable_segment(struct packet_context *context, const struct unreliable_frame *frame)
{
    struct receive_lane *lane;

    if (!have_lane(context))
        return ABANDON;
    lane = context->lane;
    if (frame->first) {
        context->message_number =
            counter_expand(lane->highest_number, (uint32_t)frame->number_field, frame->number_bits);
        if (context->message_number <= 0)
            return fail(context, "an unreliable message's number is not positive");
    } else if (__builtin_add_overflow(context->message_number, (int64_t)frame->number_field,
                                      &context->message_number) ||
               context->message_number <= 0) {
        return fail(context, "an unreliable message's number overflows");
    }
    context->in_message = true;
    if (context->message_number > lane->highest_number)
        lane->highest_number = context->message_number;

    if (!count_segment(context))
        return ABANDON;
    if (frame->data.length > UNRELIABLE_SEGMENT_MAXIMUM ||
        (uint64_t)frame->offset + frame->data.length > UNRELIABLE_MESSAGE_MAXIMUM)
        return GO_ON;
    if (context->mode != RECEIVE_NORMAL) {
        context->report->acknowledge = false;
        return GO_ON;
    }
    return frame->offset == 0 && frame->last ? whole_message(context, frame) : message_part(context, frame);
}

/* ---- reliable segments (protocol 13.4) ------------------------------------------------------------------------ */

static enum frame_verdict reliable_segment(struct packet_context *context, const struct reliable_frame *frame)
{
    struct receive_stream *stream;
    enum stream_outcome outcome;
    const char *error = NULL;
    int64_t position;

    if (!have_lane(context))
        return ABANDON;
    stream = &context->lane->stream;
    position = frame->first
                   ? counter_expand_position(receive_stream_end(stream), frame->position_field, frame->position_bits)
                   : context->position + (int64_t)frame->position_field;
    if (position <= 0)
        return fail(context, "a reliable segment's position is not positive");
    context->position = position + (int64_t)frame->data.length;
    if (context->in_message && __builtin_add_overflow(context->message_number, 1, &context->message_number))
        return fail(context, "an unreliable message's number overflows");
    context->report->reliable = true;
    if (!count_segment(context))
        return ABANDON;
    if (context->mode == RECEIVE_DISCARD)
        return GO_ON;

    outcome = receive_stream_add(stream, position, frame->data.data, frame->data.length, context->receiver->config,
                                 &context->lane->highest_number, context->receiver->sink, context->now, &error);
    context->receiver->starved |= stream->starved;
    switch (outcome) {
    case STREAM_ACCEPTED:
        return GO_ON;
    case STREAM_REFUSED:
        return refuse(context);
    default:
        return fail(context, error);
    }
}

/* ---- the other frames ----------------------------------------------------------------------------------------- */

static enum frame_verdict acknowledgement(struct packet_context *context, const struct ack_frame *frame)
{
    struct ack_report *sum = &context->report->ack;
    struct ack_report one;
    enum ack_outcome outcome;

    /* A sender has no use for a second ack in a packet. Hundreds of them, each about all packets in flight, would only
     * keep us busy. */
    if (sum->records_examined >= context->sender->packets.capacity_max)
        return GO_ON;
    outcome = sender_acknowledge(context->sender, frame, context->now, &one);
    sum->records_examined += one.records_examined;
    sum->packets_acknowledged += one.packets_acknowledged;
    sum->statistics_acknowledged |= one.statistics_acknowledged;
    sum->statistics_lost |= one.statistics_lost;
    sum->sampled |= one.sampled;
    if (outcome == ACK_ERROR)
        return fail(context, "an acknowledgement reaches below packet 0");
    if (outcome == ACK_ABANDON) {
        context->report->acknowledge = false;
        context->report->processed = false;
        return ABANDON;
    }
    sum->block_count = one.block_count;
    return GO_ON;
}

static enum frame_verdict act_on(struct packet_context *context, const struct frame *frame)
{
    switch (frame->kind) {
    case FRAME_UNRELIABLE:
        return unreliable_segment(context, &frame->unreliable);
    case FRAME_RELIABLE:
        return reliable_segment(context, &frame->reliable);
    case FRAME_STOP_WAITING:
        if (ack_tracker_stop_waiting(context->tracker, context->packet_number, frame->stop_waiting) == STOP_WAITING_OK)
            return GO_ON;
        return fail(context, "a stop-waiting value goes back");
    case FRAME_ACK:
        return acknowledgement(context, &frame->ack);
    case FRAME_SELECT_LANE:
        context->lane_number = frame->lane;
        context->lane = NULL;
        context->in_message = false;
        return GO_ON;
    }
    return fail(context, "an unknown frame");
}

void receiver_process(struct receiver *receiver, struct sender *sender, struct ack_tracker *tracker,
                      const uint8_t *payload, size_t length, int64_t packet_number, enum receive_mode mode,
                      microseconds now, struct receive_report *report)
{
    struct packet_context context = {
        .receiver = receiver,
        .sender = sender,
        .tracker = tracker,
        .report = report,
        .packet_number = packet_number,
        .mode = mode,
        .now = now,
    };
    enum frame_verdict verdict = GO_ON;
    enum frame_result result = FRAME_END;
    struct frame_decoder decoder;
    struct frame frame;

    memset(report, 0, sizeof *report);
    report->acknowledge = report->processed = true;
    frame_decoder_init(&decoder, payload, length, packet_number);
    while (verdict == GO_ON && (result = frame_next(&decoder, &frame)) == FRAME_OK)
        verdict = act_on(&context, &frame);
    if (verdict == GO_ON && result == FRAME_ERROR)
        verdict = fail(&context, frame_error_text(decoder.error));
    if (verdict == FAIL)
        report->acknowledge = report->processed = false;
}

/* ---- the receive queue ---------------------------------------------------------------------------------------- */

bool receiver_retry(struct receiver *receiver, microseconds now, const char **error)
{
    receiver->starved = false;
    for (uint32_t i = 0; i <= (uint32_t)receiver->lane_capacity; i++) {
        struct receive_lane *lane = (struct receive_lane *)receiver_lane(receiver, i);

        if (lane && receive_stream_retry(&lane->stream, receiver->config, &lane->highest_number, receiver->sink, now,
                                         error) == STREAM_ERROR)
            return false;
        receiver->starved |= lane && lane->stream.starved;
    }
    return true;
}

bool receiver_blocked(const struct receiver *receiver)
{
    for (uint32_t i = 0; i <= (uint32_t)receiver->lane_capacity; i++) {
        const struct receive_lane *lane = receiver_lane(receiver, i);

        if (lane && lane->stream.blocked)
            return true;
    }
    return false;
}
