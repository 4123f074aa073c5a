#include "snp/receive_stream.h"

#include "base/alloc.h"
#include "wire/limits.h"

#include <string.h>

enum {
    RING_FIRST_CAPACITY = 16 * 1024,
    EARLY_RANGES_MAX = STREAM_HOLES_EXTENDING + 2,
    EARLY_RANGES_ABLE = STREAM_HOLES_ABLE + 2,
};

/* What travels through the functions of one call. */
struct stream_call {
    const struct transport_config *config;
    struct message_sink *sink;
    int64_t *highest_number;
    microseconds now;
    const char *error;
};

void receive_stream_init(struct receive_stream *stream, uint8_t lane, struct receive_budget *budget)
{
    memset(stream, 0, sizeof *stream);
    stream->lane = lane;
    stream->budget = budget;
    stream->message_begin = stream->arrived_end = STREAM_FIRST_POSITION;
    range_set_init(&stream->early, EARLY_RANGES_MAX);
}

void receive_stream_extend(struct receive_stream *stream)
{
    stream->extended = true;
    stream->early.bound = EARLY_RANGES_ABLE;
}

/*
 * How far the stream may reach behind the first message that is not delivered. What waits because the application does
 * not read stays within RecvBufferSize; what waits for a lost packet may be more, if the peer reckons with it.
 */
static int64_t window_of(const struct receive_stream *stream, const struct transport_config *config)
{
    return (int64_t)config->receive_buffer_size * (stream->extended && !stream->blocked ? STREAM_WINDOW_BUFFERS : 1);
}

void receive_stream_free(struct receive_stream *stream)
{
    message_release(stream->message);
    range_set_destroy(&stream->early);
    mem_free(stream->ring);
    stream->message = NULL;
    stream->ring = NULL;
}

int64_t receive_stream_end(const struct receive_stream *stream)
{
    return range_set_empty(&stream->early) ? stream->arrived_end : stream->early.ranges[stream->early.count - 1].end;
}

uint32_t receive_stream_holes(const struct receive_stream *stream)
{
    if (range_set_empty(&stream->early))
        return 0;
    return stream->early.count - (stream->early.ranges[0].begin == stream->arrived_end ? 1 : 0);
}

/* ---- in order ------------------------------------------------------------------------------------------------- */

/* A header is complete: the message it announces. False: error, or blocked for want of memory. */
static bool begin_message(struct receive_stream *stream, const struct stream_header *header, struct stream_call *call)
{
    int64_t number = stream->last_number + (int64_t)header->number_step;

    if (number - STREAM_NUMBER_AHEAD_MAXIMUM > *call->highest_number) {
        call->error = "a reliable message's number jumps ahead";
        return false;
    }
    if (header->message_size > (uint64_t)call->config->receive_max_message_size) {
        call->error = "a reliable message is larger than RecvMaxMessageSize";
        return false;
    }
    if (header->message_size > (uint64_t)call->config->receive_buffer_size) {
        call->error = "a reliable message is larger than RecvBufferSize";
        return false;
    }
    if (receive_budget_allows_message(stream->budget, (int64_t)header->message_size, call->config))
        stream->message = message_allocate((int)header->message_size);
    if (!stream->message) {
        stream->blocked = stream->starved = true;
        return false;
    }
    stream->budget->messages += stream->message->api.m_cbSize;
    stream->message->api.m_nMessageNumber = number;
    stream->message->api.m_nFlags = k_nSteamNetworkingSend_Reliable;
    stream->message->api.m_idxLane = stream->lane;
    stream->message_filled = 0;
    if (number > *call->highest_number)
        *call->highest_number = number;
    return true;
}

/* Collects header bytes. Returns how many it took; the message exists when the header is complete. */
static size_t take_header(struct receive_stream *stream, const uint8_t *data, size_t size, struct stream_call *call)
{
    size_t taken = 0;

    for (;;) {
        struct stream_header header;
        enum stream_header_outcome result = stream_header_decode(&header, stream->header, stream->header_length);

        if (result == STREAM_HEADER_OK)
            begin_message(stream, &header, call);
        if (result == STREAM_HEADER_ERROR)
            call->error = "a reliable message's header is invalid";
        if (result != STREAM_HEADER_INCOMPLETE || taken == size)
            return taken;
        stream->header[stream->header_length++] = data[taken++];
        stream->arrived_end++;
    }
}

/* The message has all its bytes. False: it was refused. */
static bool finish_message(struct receive_stream *stream, struct stream_call *call)
{
    struct message *message = stream->message;
    int64_t number = message->api.m_nMessageNumber, size = message->api.m_cbSize;

    message->api.m_usecTimeReceived = call->now;
    if (!call->sink->deliver(call->sink, message)) {
        stream->blocked = true;
        return false;
    }
    stream->message = NULL;
    stream->budget->messages -= size;
    receive_budget_trim(stream->budget);
    stream->header_length = 0;
    stream->message_begin = stream->arrived_end;
    stream->last_number = number;
    return true;
}

/* Takes bytes that begin at arrived_end, while nothing blocks yet, until something does. Returns how many. */
static size_t consume(struct receive_stream *stream, const uint8_t *data, size_t size, struct stream_call *call)
{
    size_t taken = 0;

    for (;;) {
        uint32_t missing;

        if (!stream->message) {
            taken += take_header(stream, data + taken, size - taken, call);
            if (!stream->message)
                break;
        }
        missing = (uint32_t)stream->message->api.m_cbSize - stream->message_filled;
        if (missing > size - taken)
            missing = (uint32_t)(size - taken);
        if (missing > 0)
            memcpy((uint8_t *)stream->message->api.m_pData + stream->message_filled, data + taken, missing);
        stream->message_filled += missing;
        stream->arrived_end += missing;
        taken += missing;
        if (stream->message_filled < (uint32_t)stream->message->api.m_cbSize)
            break;
        if (!finish_message(stream, call) || taken == size)
            break;
    }
    return taken;
}

/* ---- early bytes ---------------------------------------------------------------------------------------------- */

static void ring_copy_in(struct receive_stream *stream, int64_t position, const uint8_t *data, size_t size)
{
    size_t at = (size_t)position & (stream->ring_capacity - 1);
    size_t part = stream->ring_capacity - at;

    if (part > size)
        part = size;
    memcpy(stream->ring + at, data, part);
    memcpy(stream->ring, data + part, size - part);
}

/* A ring that can hold everything from arrived_end to `end`. */
static bool ring_reserve(struct receive_stream *stream, int64_t end, const struct transport_config *config)
{
    size_t needed = (size_t)(end - stream->arrived_end);
    size_t capacity = stream->ring_capacity ? stream->ring_capacity : RING_FIRST_CAPACITY;
    size_t old_capacity = stream->ring_capacity;
    uint8_t *old = stream->ring;
    uint8_t *ring;

    if (needed <= old_capacity)
        return true;
    /* What waits for the memory for its message must not be what takes it. */
    if (stream->starved && needed > RING_FIRST_CAPACITY)
        return false;
    while (capacity < needed)
        capacity *= 2;
    if (!receive_budget_allows(stream->budget, stream->budget->rings, (int64_t)(capacity - old_capacity), config))
        return false;
    ring = mem_alloc(capacity);
    if (!ring)
        return false;
    stream->ring = ring;
    stream->ring_capacity = capacity;
    stream->budget->rings += (int64_t)(capacity - old_capacity);
    for (uint32_t i = 0; i < stream->early.count; i++) {
        int64_t position = stream->early.ranges[i].begin;

        while (position < stream->early.ranges[i].end) {
            size_t at = (size_t)position & (old_capacity - 1);
            size_t part = old_capacity - at;

            if ((int64_t)part > stream->early.ranges[i].end - position)
                part = (size_t)(stream->early.ranges[i].end - position);
            ring_copy_in(stream, position, old + at, part);
            position += (int64_t)part;
        }
    }
    mem_free(old);
    return true;
}

/* Bytes allocated for the list of early ranges. */
static int64_t list_size(const struct range_set *set)
{
    return set->ranges == set->own_ranges ? 0 : (int64_t)set->capacity * (int64_t)sizeof *set->ranges;
}

void receive_stream_rest(struct receive_stream *stream)
{
    if (!range_set_empty(&stream->early))
        return;
    stream->budget->rings -= list_size(&stream->early);
    range_set_destroy(&stream->early); /* empty, and usable */
    stream->budget->rings -= (int64_t)stream->ring_capacity;
    receive_budget_trim(stream->budget);
    mem_free(stream->ring);
    stream->ring = NULL;
    stream->ring_capacity = 0;
}

void receive_stream_abandon(struct receive_stream *stream, bool all)
{
    bool complete = stream->message && stream->message_filled == (uint32_t)stream->message->api.m_cbSize;

    if (complete && !all)
        return;
    if (stream->message) {
        stream->budget->messages -= stream->message->api.m_cbSize;
        message_release(stream->message);
        stream->message = NULL;
    }
    stream->blocked = stream->starved = false;
    range_set_clear(&stream->early);
    receive_stream_rest(stream);
}

/* A small ring is kept for the next loss, unless the connection's lanes hold much already. */
static void ring_release_if_empty(struct receive_stream *stream, const struct transport_config *config)
{
    bool much = stream->budget->rings > (int64_t)RECEIVE_BUDGET_BUFFERS * config->receive_buffer_size / 2;

    if (much || stream->ring_capacity > RING_FIRST_CAPACITY)
        receive_stream_rest(stream);
}

/* Moves on through early bytes that have become due. */
static void drain_early(struct receive_stream *stream, struct stream_call *call)
{
    while (!stream->blocked && !call->error && !range_set_empty(&stream->early) &&
           stream->early.ranges[0].begin <= stream->arrived_end) {
        int64_t end = stream->early.ranges[0].end;

        while (stream->arrived_end < end && !stream->blocked && !call->error) {
            size_t at = (size_t)stream->arrived_end & (stream->ring_capacity - 1);
            size_t part = stream->ring_capacity - at;

            if ((int64_t)part > end - stream->arrived_end)
                part = (size_t)(end - stream->arrived_end);
            consume(stream, stream->ring + at, part, call);
        }
        range_set_remove_below(&stream->early, stream->arrived_end);
    }
    ring_release_if_empty(stream, call->config);
}

/*
 * The list of what is in the ring may be as large as a small ring, and counts as such. The longest has its place beside
 * what rings may take, so that it does not matter where these are small.
 */
static bool note_early(struct receive_stream *stream, int64_t begin, int64_t end, const struct transport_config *config)
{
    int64_t before = list_size(&stream->early);

    const int64_t longest = EARLY_RANGES_ABLE * (int64_t)sizeof(struct range);

    if (stream->early.count == stream->early.capacity &&
        !receive_budget_allows(stream->budget, stream->budget->rings - longest, before, config))
        return false;
    if (!range_set_insert(&stream->early, begin, end))
        return false;
    stream->budget->rings += list_size(&stream->early) - before;
    return true;
}

static enum stream_outcome store_early(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                       size_t size, const struct transport_config *config)
{
    int64_t end = position + (int64_t)size;
    int64_t received_end = receive_stream_end(stream);
    uint32_t holes = receive_stream_holes(stream);
    uint32_t extending = stream->extended ? STREAM_HOLES_ABLE : STREAM_HOLES_EXTENDING;
    uint32_t splitting = stream->extended ? STREAM_HOLES_ABLE : STREAM_HOLES_SPLITTING;

    if (position > received_end) {
        if (holes >= extending)
            return STREAM_REFUSED;
    } else if (position < received_end && position > stream->arrived_end && holes >= splitting && end < received_end) {
        struct range gap = range_set_first_gap(&stream->early, position);

        if (gap.begin == position && gap.end > end && !range_set_contains(&stream->early, position - 1))
            return STREAM_REFUSED;
    }
    if (!ring_reserve(stream, end, config) || !note_early(stream, position, end, config))
        return STREAM_REFUSED;
    ring_copy_in(stream, position, data, size);
    return STREAM_ACCEPTED;
}

/* The part of a repeated segment that belongs to the message under construction: the later copy counts (protocol 13.4).
 */
static void overwrite(struct receive_stream *stream, int64_t position, const uint8_t *data, size_t size)
{
    int64_t payload_begin = stream->message_begin + stream->header_length;
    int64_t end = position + (int64_t)size;

    if (!stream->message)
        return;
    if (position < payload_begin) {
        if (end <= payload_begin)
            return;
        data += payload_begin - position;
        position = payload_begin;
    }
    if (end > stream->arrived_end)
        end = stream->arrived_end;
    if (position < end)
        memcpy((uint8_t *)stream->message->api.m_pData + (position - payload_begin), data, (size_t)(end - position));
}

/* ---- the calls ------------------------------------------------------------------------------------------------ */

static void retry(struct receive_stream *stream, struct stream_call *call)
{
    if (!stream->blocked)
        return;
    stream->blocked = stream->starved = false;
    if (stream->message) { /* a whole one */
        if (!finish_message(stream, call))
            return;
    } else {
        consume(stream, stream->header, 0, call); /* a complete header that found no memory */
    }
    drain_early(stream, call);
}

static enum stream_outcome finish(const struct stream_call *call, enum stream_outcome outcome, const char **error)
{
    if (!call->error)
        return outcome;
    *error = call->error;
    return STREAM_ERROR;
}

enum stream_outcome receive_stream_retry(struct receive_stream *stream, const struct transport_config *config,
                                         int64_t *highest_number, struct message_sink *sink, microseconds now,
                                         const char **error)
{
    struct stream_call call = {.config = config, .sink = sink, .highest_number = highest_number, .now = now};

    retry(stream, &call);
    return finish(&call, STREAM_ACCEPTED, error);
}

/* A segment within the window. */
static enum stream_outcome add(struct receive_stream *stream, int64_t position, const uint8_t *data, size_t size,
                               struct stream_call *call)
{
    enum stream_outcome outcome = STREAM_ACCEPTED;
    int64_t end = position + (int64_t)size;

    if (position < stream->arrived_end) {
        overwrite(stream, position, data, size);
        if (end <= stream->arrived_end)
            return outcome;
        data += stream->arrived_end - position;
        size = (size_t)(end - stream->arrived_end);
        position = stream->arrived_end;
    }
    if (position == stream->arrived_end && !stream->blocked) {
        size_t taken = consume(stream, data, size, call);

        range_set_remove_below(&stream->early, stream->arrived_end);
        data += taken;
        size -= taken;
        position += (int64_t)taken;
    }
    if (size > 0 && !call->error)
        outcome = store_early(stream, position, data, size, call->config);
    if (!call->error)
        drain_early(stream, call);
    return outcome;
}

enum stream_outcome receive_stream_add(struct receive_stream *stream, int64_t position, const uint8_t *data,
                                       size_t size, const struct transport_config *config, int64_t *highest_number,
                                       struct message_sink *sink, microseconds now, const char **error)
{
    struct stream_call call = {.config = config, .sink = sink, .highest_number = highest_number, .now = now};
    int64_t room;

    if (size == 0)
        return STREAM_ACCEPTED;
    retry(stream, &call);
    if (call.error)
        return finish(&call, STREAM_ACCEPTED, error);
    /* The first message's header comes on top, or a message as large as the buffer could never be finished. */
    room = stream->message_begin + window_of(stream, config) + stream->header_length - position;
    if ((int64_t)size <= room)
        return finish(&call, add(stream, position, data, size, &call), error);
    /*
     * It comes again with the same boundaries, so what is due of it is taken: the message that it ends makes the room
     * for the rest.
     */
    if (room > 0 && position <= stream->arrived_end && !stream->blocked)
        (void)add(stream, position, data, (size_t)room, &call);
    return finish(&call, STREAM_REFUSED, error);
}
