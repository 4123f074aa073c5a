/*
 * The receiving end of a reliable stream against a naive model of it. The input first says which messages the peer's
 * stream consists of, perhaps with some of its bytes changed; then segments of it arrive, early, late, again and in
 * part, while the application's queue is full or not.
 *
 * The model is an array that says which bytes have arrived. A message may be delivered only when all up to its end has
 * come, must be delivered when all of that was accepted, and is the one in the stream. Whatever came before, the rest
 * of the stream in order brings all messages.
 *
 * In some inputs a segment's bytes are not those of the stream; then only what the stream holds is looked at.
 */
#include "fuzz/ends.h"

#include "snp/receive_stream.h"

enum {
    STREAM_MAXIMUM = 24 * 1024,
    MESSAGES_MAXIMUM = STREAM_MAXIMUM, /* of no bytes each */
    OPERATIONS_LIMIT = 300,
    BUFFER_SIZE = 4096,
    MESSAGE_SIZE = 3000,
};

struct expected {
    size_t begin, end; /* of the payload; positions from STREAM_FIRST_POSITION on */
    int64_t number;
};

static struct {
    uint8_t bytes[STREAM_MAXIMUM];
    size_t end; /* behind the last byte */
    struct expected messages[MESSAGES_MAXIMUM];
    int message_count;
    size_t error_at; /* the header that ends here is a protocol error; SIZE_MAX if there is none */
} truth;

static struct {
    bool arrived[STREAM_MAXIMUM + 1], accepted[STREAM_MAXIMUM + 1]; /* accepted implies arrived */
    size_t arrived_to, accepted_to;                                 /* without a gap from the start */
    size_t arrived_end, accepted_end;
    int delivered;
    bool full, consistent;
} model;

/* ---- what the peer sends ----------------------------------------------------------------------------------------- */

enum number { NUMBER_COMPLETE, NUMBER_CUT, NUMBER_ENDLESS };

/* A number in groups of seven bits, of at most ten bytes. */
static enum number read_number(size_t *at, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < 10; i++) {
        if (*at == truth.end)
            return NUMBER_CUT;
        uint8_t byte = truth.bytes[(*at)++];
        *value |= (uint64_t)(byte & 127) << (7 * i);
        if (byte < 128)
            return NUMBER_COMPLETE;
    }
    return NUMBER_ENDLESS;
}

/* Protocol 14.2. Finds the messages and the first error in what the stream has become. */
static void read_truth(void)
{
    size_t at = STREAM_FIRST_POSITION;
    int64_t number = 0;
    truth.message_count = 0;
    truth.error_at = SIZE_MAX;
    while (at < truth.end) {
        uint8_t lead = truth.bytes[at++];
        uint64_t step = 1, size = 0;
        bool readable = !(lead & 0x80);
        enum number number_read = NUMBER_COMPLETE;
        if (readable && (lead & 0x40)) {
            number_read = read_number(&at, &step);
            readable = number_read == NUMBER_COMPLETE && step <= 1000000;
        }
        if (readable && (lead & 0x20)) {
            number_read = read_number(&at, &size);
            readable = number_read == NUMBER_COMPLETE && size < UINT64_C(1) << 59;
        }
        if (number_read == NUMBER_CUT)
            return; /* the stream ends in the header */
        size = (size << 5) + (lead & 31);
        if (!readable || step > 10000 || size > MESSAGE_SIZE) {
            truth.error_at = at;
            return;
        }
        number += (int64_t)step;
        if (at + size > truth.end || truth.message_count == MESSAGES_MAXIMUM)
            return;
        truth.messages[truth.message_count++] = (struct expected){at, at + size, number};
        at += size;
    }
}

FUZZ_UNTRACED static void put(unsigned byte)
{
    if (truth.end < STREAM_MAXIMUM)
        truth.bytes[truth.end++] = (uint8_t)byte;
}

FUZZ_UNTRACED static void put_message(unsigned size, unsigned step, unsigned content)
{
    put((step != 1 ? 0x40 : 0) | (size > 31 ? 0x20 : 0) | (size & 31));
    if (step > 127)
        put((step & 127) | 128);
    if (step != 1)
        put(step > 127 ? step >> 7 : step);
    if (size > 31 && size >> 5 > 127)
        put((size >> 5 & 127) | 128);
    if (size > 31)
        put(size >> 5 > 127 ? size >> 12 : size >> 5);
    for (unsigned i = 0; i < size; i++)
        put(content + i * 7);
}

static void take_truth(struct fuzz_input *input)
{
    unsigned count = 1 + fuzz_take(input) % 20;
    truth.end = STREAM_FIRST_POSITION;
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = fuzz_take(input), size = fuzz_take(input);
        if (kind & 1)
            size = (size << 4 | kind >> 4) % (MESSAGE_SIZE + 1);
        put_message(size, kind & 2 ? fuzz_take(input) : 1, kind);
    }
    for (unsigned i = fuzz_take(input) & 3; i > 0; i--) {
        size_t place = fuzz_take(input) << 8;
        place = (place | fuzz_take(input)) % truth.end;
        truth.bytes[place] ^= (uint8_t)fuzz_take(input);
    }
    read_truth();
}

/* ---- what comes of it -------------------------------------------------------------------------------------------- */

static bool deliver(struct message_sink *sink, struct message *message)
{
    (void)sink;
    FUZZ_CHECK(message->api.m_cbSize >= 0 && message->api.m_cbSize <= MESSAGE_SIZE);
    if (model.full)
        return false;
    if (model.consistent) {
        FUZZ_CHECK(model.delivered < truth.message_count);
        const struct expected *expected = &truth.messages[model.delivered];
        FUZZ_CHECK(expected->end <= model.arrived_to && expected->number == message->api.m_nMessageNumber);
        FUZZ_CHECK((size_t)message->api.m_cbSize == expected->end - expected->begin);
        FUZZ_CHECK(message->api.m_cbSize == 0 ||
                   memcmp(message->api.m_pData, truth.bytes + expected->begin, (size_t)message->api.m_cbSize) == 0);
    }
    model.delivered++;
    message_release(message);
    return true;
}

FUZZ_UNTRACED static size_t without_gap(const bool *which, size_t from)
{
    while (from < truth.end && which[from])
        from++;
    return from;
}

FUZZ_UNTRACED static unsigned count_holes(const struct receive_stream *stream)
{
    unsigned holes = 0;
    for (size_t i = model.accepted_to; i < model.accepted_end; i++)
        holes += !model.accepted[i] && model.accepted[i + 1];
    (void)stream;
    return holes;
}

static void check_stream(const struct receive_stream *stream, enum stream_outcome outcome, bool refused_before)
{
    int due = 0;
    FUZZ_CHECK(stream->ring_capacity <= 2 * BUFFER_SIZE * STREAM_WINDOW_BUFFERS);
    size_t list = stream->early.ranges == stream->early.own_ranges ? 0 : stream->early.capacity * sizeof(struct range);
    FUZZ_CHECK(stream->budget->rings == (int64_t)(stream->ring_capacity + list));
    FUZZ_CHECK(stream->budget->messages == (stream->message ? stream->message->api.m_cbSize : 0));
    if (!model.consistent)
        return;
    if (outcome == STREAM_ERROR) {
        FUZZ_CHECK(model.arrived_to >= truth.error_at);
        return;
    }
    while (due < truth.message_count && truth.messages[due].end <= model.accepted_to)
        due++;
    if (!model.full) {
        FUZZ_CHECK(model.delivered >= due && model.accepted_to < truth.error_at && !stream->blocked);
        FUZZ_CHECK((size_t)stream->arrived_end >= model.accepted_to);
    }
    FUZZ_CHECK((size_t)receive_stream_end(stream) >= model.accepted_end);
    FUZZ_CHECK((size_t)receive_stream_end(stream) <= model.arrived_end);
    if (!refused_before && !model.full) {
        FUZZ_CHECK((size_t)stream->arrived_end == model.accepted_to);
        FUZZ_CHECK(receive_stream_holes(stream) == count_holes(stream));
    }
}

struct run {
    struct receive_stream stream;
    struct receive_budget budget;
    struct transport_config config;
    struct message_sink sink;
    int64_t highest_number;
    bool refused_before;
};

static enum stream_outcome arrive(struct run *run, size_t position, size_t size, unsigned change)
{
    uint8_t segment[UINT16_MAX];
    const char *error = NULL;
    if (position >= truth.end)
        return STREAM_ACCEPTED;
    if (size > truth.end - position)
        size = truth.end - position;
    memcpy(segment, truth.bytes + position, size);
    if (size && change) {
        segment[change % size] ^= (uint8_t)change;
        model.consistent = false;
    }
    unsigned holes = receive_stream_holes(&run->stream);
    bool near = position + size <= (size_t)run->stream.message_begin + BUFFER_SIZE;
    memset(model.arrived + position, 1, size);
    model.arrived_to = without_gap(model.arrived, model.arrived_to);
    if (size && position + size > model.arrived_end)
        model.arrived_end = position + size;
    enum stream_outcome outcome = receive_stream_add(&run->stream, (int64_t)position, segment, size, &run->config,
                                                     &run->highest_number, &run->sink, 1, &error);
    FUZZ_CHECK((outcome == STREAM_ERROR) == (error != NULL));
    /* What lies within the receive buffer is refused only when there are many holes. */
    FUZZ_CHECK(outcome != STREAM_REFUSED || !near || holes >= STREAM_HOLES_SPLITTING);
    if (outcome == STREAM_ACCEPTED) {
        memset(model.accepted + position, 1, size);
        model.accepted_to = without_gap(model.accepted, model.accepted_to);
        if (size && position + size > model.accepted_end)
            model.accepted_end = position + size;
    } else {
        run->refused_before = true;
    }
    check_stream(&run->stream, outcome, run->refused_before);
    return outcome;
}

static bool act(struct run *run, struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    const char *error = NULL;
    if ((operation & 7) == 7) {
        if (operation & 8)
            model.full = !model.full;
        enum stream_outcome outcome =
            receive_stream_retry(&run->stream, &run->config, &run->highest_number, &run->sink, 1, &error);
        check_stream(&run->stream, outcome, run->refused_before);
        if (operation & 16)
            receive_stream_rest(&run->stream);
        return outcome != STREAM_ERROR;
    }
    size_t position = fuzz_take(input), size = fuzz_take(input);
    if (operation & 1)
        position += fuzz_take(input) << 8;
    if (operation & 2)
        size <<= 3;
    if (operation & 4) /* from where everything has come */
        position = (size_t)run->stream.arrived_end + (position & 0xff) - ((operation & 8) ? 128 : 0);
    else
        position += STREAM_FIRST_POSITION;
    if (position < STREAM_FIRST_POSITION || position > truth.end)
        position = STREAM_FIRST_POSITION;
    return arrive(run, position, size, operation >= 0xf0 ? fuzz_take(input) : 0) != STREAM_ERROR;
}

/* The sender sends everything again until it is acknowledged. */
static void finish(struct run *run)
{
    const char *error = NULL;
    model.full = false;
    enum stream_outcome outcome =
        receive_stream_retry(&run->stream, &run->config, &run->highest_number, &run->sink, 1, &error);
    for (size_t at = STREAM_FIRST_POSITION; at < truth.end && outcome != STREAM_ERROR; at += 1000)
        outcome = arrive(run, at, 1000, 0);
    if (!model.consistent)
        return;
    FUZZ_CHECK(outcome == (truth.error_at == SIZE_MAX ? STREAM_ACCEPTED : STREAM_ERROR));
    FUZZ_CHECK(model.delivered == truth.message_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    static struct run run;
    unsigned choice = fuzz_take(&input);
    memset(&run, 0, sizeof run);
    run.config = fuzz_config(0);
    run.config.receive_buffer_size = BUFFER_SIZE;
    run.config.receive_max_message_size = MESSAGE_SIZE;
    run.sink.deliver = deliver;
    take_truth(&input);
    memset(model.arrived, 0, truth.end + 1);
    memset(model.accepted, 0, truth.end + 1);
    model.delivered = 0;
    model.full = false;
    model.consistent = true;
    model.arrived_to = model.accepted_to = model.arrived_end = model.accepted_end = STREAM_FIRST_POSITION;
    model.arrived[0] = model.accepted[0] = true;
    receive_stream_init(&run.stream, 3, &run.budget);
    if (choice & 1)
        receive_stream_extend(&run.stream);
    bool alive = true;
    for (int i = 0; i < OPERATIONS_LIMIT && input.left && alive; i++)
        alive = act(&run, &input);
    if (alive)
        finish(&run);
    receive_stream_free(&run.stream);
    return 0;
}
