/*
 * Payload frames: every recorded payload decoded and written again byte for byte, the recorded decoding cases, the
 * syntax errors of protocol 13, and encoders against the decoder with random values.
 */

#include "recorded.h"

#include "base/random.h"
#include "wire/frame.h"

static int payloads_seen, frames_seen[5];

/* ------------------------------------------------------------------------------------------------- recorded payloads
 */

/*
 * Writes frames again the way deployed senders do: shortest stop-waiting field, 32-bit message numbers, 48-bit
 * positions, size code 7 on the last segment only.
 */
static void write_again(struct byte_writer *writer, const struct frame *frame, int64_t packet_number, bool at_end)
{
    struct byte_slice blocks;
    struct ack_block block;

    switch (frame->kind) {
    case FRAME_STOP_WAITING:
        frame_write_stop_waiting(writer, (uint64_t)(packet_number - frame->stop_waiting - 1));
        break;
    case FRAME_ACK:
        assert_int_equal(frame->ack.latest_bits, 16);
        frame_write_ack_header(writer, frame->ack.latest_field, frame->ack.delay, frame->ack.block_count);
        blocks = frame->ack.blocks;
        while (ack_block_next(&blocks, &block)) {
            size_t before = writer_length(writer);
            frame_write_ack_block(writer, block);
            assert_int_equal(writer_length(writer) - before, frame_ack_block_size(block));
        }
        break;
    case FRAME_SELECT_LANE:
        frame_write_select_lane(writer, frame->lane);
        break;
    case FRAME_UNRELIABLE:
        if (frame->unreliable.first)
            assert_int_equal(frame->unreliable.number_bits, 32);
        frame_write_unreliable_header(writer, frame->unreliable.first, frame->unreliable.number_field,
                                      frame->unreliable.offset, frame->unreliable.last, frame->unreliable.data.length,
                                      at_end);
        writer_bytes(writer, frame->unreliable.data.data, frame->unreliable.data.length);
        break;
    case FRAME_RELIABLE:
        if (frame->reliable.first)
            assert_int_equal(frame->reliable.position_bits, 48);
        frame_write_reliable_header(writer, frame->reliable.first, frame->reliable.position_field,
                                    frame->reliable.data.length, at_end);
        writer_bytes(writer, frame->reliable.data.data, frame->reliable.data.length);
        break;
    }
}

static void check_event(const json_t *event)
{
    uint8_t buffer[2048], again[2048], *payload;
    struct frame_decoder decoder;
    enum frame_result result;
    struct byte_writer writer;
    struct frame frame;
    int64_t number;
    size_t length;

    if (!recorded_is(event, "data") || !json_object_get(event, "plaintext"))
        return;
    length = vector_bytes(event, "plaintext", buffer, sizeof buffer);
    number = (int64_t)vector_u64(event, "packet_number");
    payload = recorded_copy(buffer, length);
    writer_init(&writer, again, sizeof again);
    frame_decoder_init(&decoder, payload, length, number);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK) {
        frames_seen[frame.kind]++;
        write_again(&writer, &frame, number, reader_remaining(&decoder.reader) == 0);
    }
    assert_int_equal(result, FRAME_END);
    assert_int_equal(writer_length(&writer), length);
    assert_memory_equal(again, payload, length);
    free(payload);
    payloads_seen++;
}

static void recorded_payloads(void **state)
{
    (void)state;
    recorded_visit(check_event);
    assert_true(payloads_seen > 350);
    for (int kind = 0; kind < 5; kind++)
        assert_true(frames_seen[kind] > 0);
}

/*
 * The recorded decoding cases say what a whole receiver makes of them. A payload that it processed has no syntax
 * error; one that has, ended the connection with 5002.
 */
static void recorded_cases(void **state)
{
    json_t *vectors = vector_file_load(VECTOR_DIR "/wire-vectors.json");
    const json_t *cases = vector_member(vectors, "snp_decode"), *entry, *packet;
    size_t i, k, errors = 0;

    (void)state;
    assert_int_equal(json_array_size(cases), 112);
    json_array_foreach(cases, i, entry)
    {
        json_array_foreach(vector_member(entry, "packets"), k, packet)
        {
            uint8_t buffer[2048];
            size_t length = vector_bytes(packet, "payload", buffer, sizeof buffer);
            uint8_t *payload = recorded_copy(buffer, length);
            bool processed = json_is_true(vector_member(packet, "processed"));
            bool alive = json_is_true(vector_member(packet, "connection_alive"));
            struct frame_decoder decoder;
            enum frame_result result;
            struct frame frame;

            frame_decoder_init(&decoder, payload, length, (int64_t)vector_u64(packet, "pktnum"));
            while ((result = frame_next(&decoder, &frame)) == FRAME_OK)
                continue;
            if (processed)
                assert_int_equal(result, FRAME_END);
            if (result == FRAME_ERROR) {
                assert_false(alive);
                assert_int_equal(vector_u64(packet, "end_reason"), END_INTERNAL_ERROR);
                errors++;
            } else if (!alive) {
                /* The frames are in order; what they say is not. */
                print_message("only wrong in meaning: %s\n", vector_string(entry, "name"));
            }
            free(payload);
        }
    }
    assert_true(errors > 20);
    json_decref(vectors);
}

/* ------------------------------------------------------------------------------------------------- syntax */

static enum frame_error first_error(const char *hex, int64_t packet_number)
{
    uint8_t buffer[256];
    size_t length = vector_unhex(hex, buffer, sizeof buffer);
    uint8_t *payload = recorded_copy(buffer, length);
    struct frame_decoder decoder;
    enum frame_result result;
    struct frame frame;
    enum frame_error error;

    frame_decoder_init(&decoder, payload, length, packet_number);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK)
        continue;
    error = decoder.error;
    assert_int_equal(result == FRAME_ERROR, error != FRAME_ERROR_NONE);
    /* An error stays one. */
    assert_int_equal(frame_next(&decoder, &frame), result);
    assert_non_null(frame_error_text(error));
    free(payload);
    return error;
}

static void errors(void **state)
{
    static const struct {
        const char *hex;
        enum frame_error error;
    } cases[] = {
        {"", FRAME_ERROR_NONE},
        {"60", FRAME_ERROR_RESERVED},
        {"7f", FRAME_ERROR_RESERVED},
        {"84", FRAME_ERROR_RESERVED},
        {"87", FRAME_ERROR_RESERVED},
        {"a0", FRAME_ERROR_RESERVED},
        {"ff", FRAME_ERROR_RESERVED},
        /* unreliable segments */
        {"0701", FRAME_ERROR_TRUNCATED},
        {"070100", FRAME_ERROR_NONE},
        {"17010000", FRAME_ERROR_TRUNCATED},
        {"1701000000", FRAME_ERROR_NONE},
        {"050100", FRAME_ERROR_SIZE_CODE},
        {"060100", FRAME_ERROR_SIZE_CODE},
        {"000100", FRAME_ERROR_TRUNCATED},
        {"00010000", FRAME_ERROR_NONE},
        {"00010002aa", FRAME_ERROR_TRUNCATED},
        {"00010002aaaa", FRAME_ERROR_NONE},
        {"04010000", FRAME_ERROR_TRUNCATED},
        {"0f0100", FRAME_ERROR_TRUNCATED},
        {"0f010005", FRAME_ERROR_NONE},
        {"0f0100ffffffff7f", FRAME_ERROR_NONE},
        {"0f0100ffffffffff00", FRAME_ERROR_TRUNCATED},
        {"0001000010", FRAME_ERROR_TRUNCATED},
        {"00010000100500", FRAME_ERROR_NONE},
        {"0001000017ffffffffffffffffffff01", FRAME_ERROR_TRUNCATED},
        {"0001000007", FRAME_ERROR_NONE},
        /* reliable segments */
        {"5f000000000000", FRAME_ERROR_POSITION},
        {"470000", FRAME_ERROR_TRUNCATED},
        {"47010000", FRAME_ERROR_NONE},
        {"4f010000", FRAME_ERROR_TRUNCATED},
        {"4f01000000", FRAME_ERROR_NONE},
        {"570100000000", FRAME_ERROR_TRUNCATED},
        {"57010000000000", FRAME_ERROR_NONE},
        {"45010000", FRAME_ERROR_SIZE_CODE},
        {"400100000047", FRAME_ERROR_NONE},
        {"40010000004f", FRAME_ERROR_TRUNCATED},
        {"40010000005f000000", FRAME_ERROR_TRUNCATED},
        {"40010000005f00000000", FRAME_ERROR_NONE},
        /* stop waiting, in packet 10 */
        {"80", FRAME_ERROR_TRUNCATED},
        {"8009", FRAME_ERROR_NONE},
        {"800a", FRAME_ERROR_STOP_WAITING},
        {"810a00", FRAME_ERROR_STOP_WAITING},
        {"8200", FRAME_ERROR_TRUNCATED},
        {"82090000", FRAME_ERROR_NONE},
        {"8300000000000000", FRAME_ERROR_TRUNCATED},
        {"830000000000000000", FRAME_ERROR_NONE},
        {"83ffffffffffffffff", FRAME_ERROR_STOP_WAITING},
        {"830900000000000080", FRAME_ERROR_STOP_WAITING},
        /* acks */
        {"98010000", FRAME_ERROR_TRUNCATED},
        {"9801000000", FRAME_ERROR_NONE},
        {"90010000000000", FRAME_ERROR_NONE},
        {"900100000000", FRAME_ERROR_TRUNCATED},
        {"9901000000", FRAME_ERROR_TRUNCATED},
        {"990100000011", FRAME_ERROR_NONE},
        {"9f01000000", FRAME_ERROR_TRUNCATED},
        {"9f0100000000", FRAME_ERROR_NONE},
        {"9f01000000021100", FRAME_ERROR_NONE},
        {"9f010000000211", FRAME_ERROR_TRUNCATED},
        {"990100000080a08d06", FRAME_ERROR_NONE},
        {"990100000080a18d06", FRAME_ERROR_ACK_COUNT},
        {"990100000008a18d06", FRAME_ERROR_ACK_COUNT},
        {"990100000080ffffffffffffffffff01", FRAME_ERROR_ACK_COUNT},
        {"990100000080ffffffffffffffffffff01", FRAME_ERROR_TRUNCATED},
        {"99010000008801", FRAME_ERROR_TRUNCATED},
        /* lanes */
        {"88", FRAME_ERROR_NONE},
        {"8f", FRAME_ERROR_TRUNCATED},
        {"8f00", FRAME_ERROR_NONE},
        {"8fff01", FRAME_ERROR_NONE},
        {"8f8002", FRAME_ERROR_LANE},
        {"8fffffffff0f", FRAME_ERROR_LANE},
        {"8fffffffffff0f", FRAME_ERROR_TRUNCATED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum frame_error error = first_error(cases[i].hex, 10);
        if (error != cases[i].error)
            fail_msg("%s: %s instead of %s", cases[i].hex, frame_error_text(error), frame_error_text(cases[i].error));
    }
    /* No packet number makes it better. */
    assert_int_equal(first_error("8000", 0), FRAME_ERROR_STOP_WAITING);
    assert_int_equal(first_error("8000", -5), FRAME_ERROR_STOP_WAITING);
    assert_int_equal(first_error("83feffffffffffff7f", INT64_MAX), FRAME_ERROR_NONE);
}

static void the_context_ends_with_the_lane(void **state)
{
    /* Two unreliable and two reliable segments, each without data; a lane; the same once more. */
    static const uint8_t payload[] = {0x20, 7, 0,    0,    0x30, 0x85, 0x02, 0, 0x48, 1,    2, 3, 4, 0, 0x50, 0x34,
                                      0x12, 0, 0x8a, 0x30, 1,    0,    0,    0, 0,    0x40, 9, 0, 0, 0, 0x00, 0};
    struct frame_decoder decoder;
    struct frame frame;

    (void)state;
    frame_decoder_init(&decoder, payload, sizeof payload, 5);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_int_equal(frame.kind, FRAME_UNRELIABLE);
    assert_true(frame.unreliable.first && frame.unreliable.last);
    assert_int_equal(frame.unreliable.number_bits, 16);
    assert_int_equal(frame.unreliable.number_field, 7);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_false(frame.unreliable.first);
    assert_int_equal(frame.unreliable.number_field, 0x105);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_int_equal(frame.kind, FRAME_RELIABLE);
    assert_true(frame.reliable.first);
    assert_int_equal(frame.reliable.position_bits, 32);
    assert_int_equal(frame.reliable.position_field, 0x04030201);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_false(frame.reliable.first);
    assert_int_equal(frame.reliable.position_field, 0x1234);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_int_equal(frame.kind, FRAME_SELECT_LANE);
    assert_int_equal(frame.lane, 3);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_true(frame.unreliable.first);
    assert_int_equal(frame.unreliable.number_bits, 32);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_true(frame.reliable.first);
    assert_int_equal(frame.reliable.position_bits, 24);
    assert_int_equal(frame.reliable.position_field, 9);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_false(frame.unreliable.first || frame.unreliable.last);
    assert_int_equal(frame.unreliable.number_field, 1);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_END);
}

/* ------------------------------------------------------------------------------------------------- encoders */

static struct frame only_frame(const uint8_t *data, size_t length, int64_t packet_number)
{
    struct frame_decoder decoder;
    struct frame frame;

    frame_decoder_init(&decoder, data, length, packet_number);
    assert_int_equal(frame_next(&decoder, &frame), FRAME_OK);
    assert_int_equal(frame_next(&decoder, &(struct frame){0}), FRAME_END);
    return frame;
}

static void stop_waiting_and_lanes(void **state)
{
    static const uint64_t offsets[] = {0, 1, 0xff, 0x100, 0xffff, 0x10000, 0xffffff, 0x1000000, UINT64_C(1) << 40};
    uint8_t buffer[16];
    struct byte_writer writer;

    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct frame frame;
        writer_init(&writer, buffer, FRAME_STOP_WAITING_MAXIMUM);
        frame_write_stop_waiting(&writer, offsets[i]);
        assert_int_equal(writer_length(&writer), frame_stop_waiting_size(offsets[i]));
        frame = only_frame(buffer, writer_length(&writer), INT64_C(1) << 50);
        assert_int_equal(frame.kind, FRAME_STOP_WAITING);
        assert_true(frame.stop_waiting == (INT64_C(1) << 50) - (int64_t)offsets[i] - 1);
        writer_init(&writer, buffer, writer_length(&writer) - 1);
        frame_write_stop_waiting(&writer, offsets[i]);
        assert_true(writer.failed);
    }
    for (uint32_t lane = 0; lane <= FRAME_LANE_MAXIMUM; lane++) {
        struct frame frame;
        writer_init(&writer, buffer, FRAME_SELECT_LANE_MAXIMUM);
        frame_write_select_lane(&writer, lane);
        assert_false(writer.failed);
        assert_int_equal(writer_length(&writer), frame_select_lane_size(lane));
        frame = only_frame(buffer, writer_length(&writer), 1);
        assert_int_equal(frame.kind, FRAME_SELECT_LANE);
        assert_int_equal(frame.lane, lane);
    }
}

static void acks_come_back(void **state)
{
    struct random_generator random;

    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint32_t count = (uint32_t)random_below((random_generator_init(&random, seed), &random.source), 256);
        struct ack_block blocks[256], block;
        static uint8_t buffer[256 * FRAME_ACK_BLOCK_MAXIMUM + FRAME_ACK_HEADER_MAXIMUM];
        struct byte_writer writer;
        struct byte_slice slice;
        struct frame frame;
        uint32_t latest = random_u32(&random.source), i = 0;
        size_t before;

        if (seed % 3 == 0)
            count %= 10;
        writer_init(&writer, buffer, sizeof buffer);
        frame_write_ack_header(&writer, latest, 77, count);
        assert_int_equal(writer_length(&writer), frame_ack_header_size(count));
        for (uint32_t k = 0; k < count; k++) {
            uint64_t bound = UINT64_C(1) << random_below(&random.source, 20);
            blocks[k].acks = (uint32_t)random_below(&random.source, bound);
            blocks[k].nacks = (uint32_t)random_below(&random.source, bound);
            if (k == 0 && seed % 7 == 0)
                blocks[k].acks = blocks[k].nacks = FRAME_COUNT_MAXIMUM * 8 + 7;
            before = writer_length(&writer);
            frame_write_ack_block(&writer, blocks[k]);
            assert_int_equal(writer_length(&writer) - before, frame_ack_block_size(blocks[k]));
        }
        assert_false(writer.failed);
        frame = only_frame(buffer, writer_length(&writer), 1);
        assert_int_equal(frame.kind, FRAME_ACK);
        assert_int_equal(frame.ack.latest_field, latest & 0xffff);
        assert_int_equal(frame.ack.delay, 77);
        assert_int_equal(frame.ack.block_count, count);
        slice = frame.ack.blocks;
        while (ack_block_next(&slice, &block)) {
            assert_int_equal(block.acks, blocks[i].acks);
            assert_int_equal(block.nacks, blocks[i].nacks);
            i++;
        }
        assert_int_equal(i, count);
    }
}

/* A random packet of segments on random lanes, as any sender may compose it. */
static void segments_come_back(void **state)
{
    struct expected {
        struct frame frame;
        size_t data_begin;
    };
    static uint8_t source[FRAME_SEGMENT_SIZED_MAXIMUM + 1];

    (void)state;
    for (size_t i = 0; i < sizeof source; i++)
        source[i] = (uint8_t)(i * 7);
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct expected expected[40];
        struct random_generator random;
        struct frame_decoder decoder;
        static uint8_t buffer[40 * (FRAME_SEGMENT_SIZED_MAXIMUM + 32)];
        struct byte_writer writer;
        struct frame frame;
        bool in_message = false, in_position = false;
        int count;

        random_generator_init(&random, seed);
        count = 1 + (int)random_below(&random.source, 40);
        writer_init(&writer, buffer, sizeof buffer);
        for (int i = 0; i < count; i++) {
            bool to_end = i == count - 1 && random_below(&random.source, 2);
            size_t before = writer_length(&writer), size;
            struct byte_slice data = {source, (size_t)random_below(&random.source, sizeof source)};
            struct frame *f = &expected[i].frame;

            if (random_below(&random.source, 3) == 0)
                data.length %= 3;
            switch (random_below(&random.source, 5)) {
            case 0:
                f->kind = FRAME_SELECT_LANE;
                f->lane = (uint32_t)random_below(&random.source, FRAME_LANE_MAXIMUM + 1);
                frame_write_select_lane(&writer, f->lane);
                in_message = in_position = false;
                continue;
            case 1:
            case 2:
                f->kind = FRAME_UNRELIABLE;
                f->unreliable = (struct unreliable_frame){
                    .first = !in_message,
                    .last = random_below(&random.source, 2),
                    .number_field = in_message ? random_u64(&random.source) >> random_below(&random.source, 64)
                                               : random_u32(&random.source),
                    .offset = (uint32_t)random_below(&random.source, 3) * (random_u32(&random.source) >> 2),
                    .data = data,
                };
                frame_write_unreliable_header(&writer, f->unreliable.first, f->unreliable.number_field,
                                              f->unreliable.offset, f->unreliable.last, data.length, to_end);
                size = frame_unreliable_header_size(f->unreliable.first, f->unreliable.number_field,
                                                    f->unreliable.offset, to_end);
                assert_true(size <= FRAME_UNRELIABLE_HEADER_MAXIMUM);
                in_message = true;
                break;
            default:
                f->kind = FRAME_RELIABLE;
                f->reliable = (struct reliable_frame){
                    .first = !in_position,
                    .position_field = in_position ? random_u32(&random.source) >> random_below(&random.source, 32)
                                                  : random_u64(&random.source) >> 16,
                    .data = data,
                };
                if (in_position && random_below(&random.source, 2))
                    f->reliable.position_field = 0;
                frame_write_reliable_header(&writer, f->reliable.first, f->reliable.position_field, data.length,
                                            to_end);
                size = frame_reliable_header_size(f->reliable.first, f->reliable.position_field, to_end);
                assert_true(size <= FRAME_RELIABLE_HEADER_MAXIMUM);
                in_position = true;
                break;
            }
            assert_int_equal(writer_length(&writer) - before, size);
            writer_bytes(&writer, data.data, data.length);
        }
        assert_false(writer.failed);

        frame_decoder_init(&decoder, buffer, writer_length(&writer), 1);
        for (int i = 0; i < count; i++) {
            const struct frame *f = &expected[i].frame;
            if (frame_next(&decoder, &frame) != FRAME_OK || frame.kind != f->kind)
                fail_msg("seed %d, frame %d", (int)seed, i);
            if (f->kind == FRAME_SELECT_LANE) {
                assert_int_equal(frame.lane, f->lane);
            } else if (f->kind == FRAME_UNRELIABLE) {
                assert_int_equal(frame.unreliable.first, f->unreliable.first);
                assert_int_equal(frame.unreliable.last, f->unreliable.last);
                assert_true(frame.unreliable.number_field == f->unreliable.number_field);
                assert_int_equal(frame.unreliable.offset, f->unreliable.offset);
                assert_int_equal(frame.unreliable.data.length, f->unreliable.data.length);
                assert_memory_equal(frame.unreliable.data.data, source, f->unreliable.data.length);
            } else {
                assert_int_equal(frame.reliable.first, f->reliable.first);
                assert_true(frame.reliable.position_field == f->reliable.position_field);
                assert_int_equal(frame.reliable.data.length, f->reliable.data.length);
                assert_memory_equal(frame.reliable.data.data, source, f->reliable.data.length);
            }
        }
        assert_int_equal(frame_next(&decoder, &frame), FRAME_END);
    }
}

static void a_distance_that_cannot_be_written(void **state)
{
    uint8_t buffer[16];
    struct byte_writer writer;

    (void)state;
    writer_init(&writer, buffer, sizeof buffer);
    frame_write_reliable_header(&writer, false, UINT64_C(1) << 32, 0, true);
    assert_true(writer.failed);
}

static void random_bytes(void **state)
{
    struct random_generator random;

    (void)state;
    random_generator_init(&random, 31);
    for (int round = 0; round < 20000; round++) {
        size_t length = (size_t)random_below(&random.source, 64), steps = 0;
        uint8_t *payload = malloc(length > 0 ? length : 1);
        struct frame_decoder decoder;
        enum frame_result result;
        struct frame frame;

        assert_non_null(payload);
        random_fill(&random.source, payload, length);
        /* Reserved lead bytes end most random payloads at once, so begin with one that is not. */
        if (length > 0 && payload[0] >= 0xa0)
            payload[0] -= 0x60;
        frame_decoder_init(&decoder, payload, length, (int64_t)(random_u64(&random.source) >> 1));
        while ((result = frame_next(&decoder, &frame)) == FRAME_OK) {
            assert_true(++steps <= length);
            if (frame.kind == FRAME_ACK) {
                struct byte_slice blocks = frame.ack.blocks;
                struct ack_block block;
                uint32_t count = 0;
                while (ack_block_next(&blocks, &block))
                    count++;
                assert_int_equal(count, frame.ack.block_count);
            } else if (frame.kind == FRAME_STOP_WAITING) {
                assert_true(frame.stop_waiting >= 0);
            } else if (frame.kind == FRAME_SELECT_LANE) {
                assert_true(frame.lane <= FRAME_LANE_MAXIMUM);
            } else {
                struct byte_slice data = frame.kind == FRAME_RELIABLE ? frame.reliable.data : frame.unreliable.data;
                assert_true(data.data >= payload && data.data + data.length <= payload + length);
            }
        }
        free(payload);
    }
}

static void blocks_that_are_none(void **state)
{
    static const char *const hex[] = {"80", "08", "8080", "80a18d06", "08a18d06"};
    struct ack_block block;

    (void)state;
    for (size_t i = 0; i < sizeof hex / sizeof hex[0]; i++) {
        uint8_t data[8];
        struct byte_slice blocks = {data, vector_unhex(hex[i], data, sizeof data)}, before = blocks;
        assert_false(ack_block_next(&blocks, &block));
        assert_memory_equal(&blocks, &before, sizeof blocks);
    }
}

static void an_ack_without_room(void **state)
{
    uint8_t buffer[FRAME_ACK_HEADER_MAXIMUM + 1];

    (void)state;
    for (uint32_t blocks = 6; blocks <= 7; blocks++) {
        size_t size = frame_ack_header_size(blocks);
        struct byte_writer writer;
        memset(buffer, 0xee, sizeof buffer);
        writer_init(&writer, buffer, size - 1);
        frame_write_ack_header(&writer, 5, 6, blocks);
        assert_true(writer.failed);
        for (size_t i = 0; i < sizeof buffer; i++)
            assert_int_equal(buffer[i], 0xee);
        writer_init(&writer, buffer, size);
        frame_write_ack_header(&writer, 5, 6, blocks);
        assert_false(writer.failed);
        assert_int_equal(buffer[size], 0xee);
    }
}

static void every_error_has_a_text(void **state)
{
    (void)state;
    for (int a = FRAME_ERROR_NONE; a <= FRAME_ERROR_LANE; a++) {
        assert_string_not_equal(frame_error_text((enum frame_error)a), "unknown error");
        for (int b = FRAME_ERROR_NONE; b < a; b++)
            assert_string_not_equal(frame_error_text((enum frame_error)a), frame_error_text((enum frame_error)b));
    }
    assert_string_equal(frame_error_text((enum frame_error)(FRAME_ERROR_LANE + 1)), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_payloads),
        cmocka_unit_test(recorded_cases),
        cmocka_unit_test(errors),
        cmocka_unit_test(the_context_ends_with_the_lane),
        cmocka_unit_test(stop_waiting_and_lanes),
        cmocka_unit_test(acks_come_back),
        cmocka_unit_test(segments_come_back),
        cmocka_unit_test(a_distance_that_cannot_be_written),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(blocks_that_are_none),
        cmocka_unit_test(an_ack_without_room),
        cmocka_unit_test(every_error_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
