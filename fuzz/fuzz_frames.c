/*
 * The decrypted payload of a data packet, frame by frame, and the headers in the reliable stream. What was read is
 * written again by the encoders of the sending side, and must read the same.
 */
#include "fuzz/fuzz.h"

#include "wire/frame.h"
#include "wire/stream_header.h"

#include <string.h>

enum {
    PAYLOAD_MAXIMUM = 2048,
    WRITTEN_MAXIMUM = 12 * PAYLOAD_MAXIMUM, /* a frame of one byte may become one of FRAME_STOP_WAITING_MAXIMUM */
    PACKET_NUMBER = 1000,
};

static void check_inside(struct byte_slice slice, const uint8_t *data, size_t size)
{
    FUZZ_CHECK(slice.length == 0 || (slice.data >= data && slice.data + slice.length <= data + size));
}

static void check_ack(const struct ack_frame *ack, const uint8_t *data, size_t size)
{
    struct byte_slice blocks = ack->blocks;
    struct ack_block block;
    uint32_t count = 0;
    check_inside(blocks, data, size);
    while (ack_block_next(&blocks, &block))
        count++;
    FUZZ_CHECK(count == ack->block_count && blocks.length == 0);
}

static void check_frame(const struct frame *frame, const uint8_t *data, size_t size)
{
    switch (frame->kind) {
    case FRAME_ACK:
        check_ack(&frame->ack, data, size);
        break;
    case FRAME_UNRELIABLE:
        check_inside(frame->unreliable.data, data, size);
        break;
    case FRAME_RELIABLE:
        check_inside(frame->reliable.data, data, size);
        break;
    case FRAME_STOP_WAITING:
        FUZZ_CHECK(frame->stop_waiting >= 0 && frame->stop_waiting < PACKET_NUMBER);
        break;
    case FRAME_SELECT_LANE:
        FUZZ_CHECK(frame->lane <= FRAME_LANE_MAXIMUM);
        break;
    }
}

/* ---- writing it again -------------------------------------------------------------------------------------------- */

static void write_ack(struct byte_writer *writer, const struct ack_frame *ack)
{
    struct byte_slice blocks = ack->blocks;
    struct ack_block block;
    size_t before = writer_length(writer);
    frame_write_ack_header(writer, ack->latest_field, ack->delay, ack->block_count);
    FUZZ_CHECK(writer_length(writer) - before == frame_ack_header_size(ack->block_count));
    while (ack_block_next(&blocks, &block)) {
        before = writer_length(writer);
        frame_write_ack_block(writer, block);
        FUZZ_CHECK(writer_length(writer) - before == frame_ack_block_size(block));
    }
}

static void write_segment(struct byte_writer *writer, const struct frame *frame, bool to_end)
{
    const struct unreliable_frame *unreliable = &frame->unreliable;
    const struct reliable_frame *reliable = &frame->reliable;
    size_t before = writer_length(writer), size;
    if (frame->kind == FRAME_UNRELIABLE) {
        size = frame_unreliable_header_size(unreliable->first, unreliable->number_field, unreliable->offset, to_end);
        frame_write_unreliable_header(writer, unreliable->first, unreliable->number_field, unreliable->offset,
                                      unreliable->last, unreliable->data.length, to_end);
    } else {
        size = frame_reliable_header_size(reliable->first, reliable->position_field, to_end);
        frame_write_reliable_header(writer, reliable->first, reliable->position_field, reliable->data.length, to_end);
    }
    FUZZ_CHECK(writer_length(writer) - before == size);
    struct byte_slice data = frame->kind == FRAME_UNRELIABLE ? unreliable->data : reliable->data;
    writer_bytes(writer, data.data, data.length);
}

/* The sending side lets a segment reach to the end of the packet only if it is the last one. */
static void write_frame(struct byte_writer *writer, const struct frame *frame, bool last)
{
    size_t before = writer_length(writer);
    switch (frame->kind) {
    case FRAME_ACK:
        write_ack(writer, &frame->ack);
        break;
    case FRAME_UNRELIABLE:
    case FRAME_RELIABLE:
        write_segment(writer, frame, last);
        break;
    case FRAME_STOP_WAITING:
        frame_write_stop_waiting(writer, (uint64_t)(PACKET_NUMBER - 1 - frame->stop_waiting));
        FUZZ_CHECK(writer_length(writer) - before ==
                   frame_stop_waiting_size((uint64_t)(PACKET_NUMBER - 1 - frame->stop_waiting)));
        break;
    case FRAME_SELECT_LANE:
        frame_write_select_lane(writer, frame->lane);
        FUZZ_CHECK(writer_length(writer) - before == frame_select_lane_size(frame->lane));
        break;
    }
}

static bool same_data(struct byte_slice a, struct byte_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static bool same_blocks(struct byte_slice a, struct byte_slice b)
{
    struct ack_block block, other;
    while (ack_block_next(&a, &block))
        if (!ack_block_next(&b, &other) || block.acks != other.acks || block.nacks != other.nacks)
            return false;
    return !ack_block_next(&b, &other);
}

/* Absolute numbers and positions are written in the widest form, packet numbers of acks in the narrow one. */
static bool same_frame(const struct frame *a, const struct frame *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case FRAME_ACK:
        return (uint16_t)a->ack.latest_field == b->ack.latest_field && b->ack.latest_bits == 16 &&
               a->ack.delay == b->ack.delay && a->ack.block_count == b->ack.block_count &&
               same_blocks(a->ack.blocks, b->ack.blocks);
    case FRAME_UNRELIABLE:
        return a->unreliable.first == b->unreliable.first && a->unreliable.last == b->unreliable.last &&
               a->unreliable.number_field == b->unreliable.number_field &&
               a->unreliable.offset == b->unreliable.offset && same_data(a->unreliable.data, b->unreliable.data);
    case FRAME_RELIABLE:
        return a->reliable.first == b->reliable.first && a->reliable.position_field == b->reliable.position_field &&
               same_data(a->reliable.data, b->reliable.data);
    case FRAME_STOP_WAITING:
        return a->stop_waiting == b->stop_waiting;
    case FRAME_SELECT_LANE:
        return a->lane == b->lane;
    }
    return false;
}

/* Reads as far as it goes and writes that; returns the length. `expected`: what it must read as. */
static size_t rewrite(const uint8_t *data, size_t size, uint8_t *out, size_t *count, const struct frame *expected)
{
    static struct frame frames[PAYLOAD_MAXIMUM];
    struct frame_decoder decoder;
    struct byte_writer writer;
    enum frame_result result;
    size_t frame_count = 0;
    frame_decoder_init(&decoder, data, size, PACKET_NUMBER);
    while ((result = frame_next(&decoder, &frames[frame_count])) == FRAME_OK) {
        check_frame(&frames[frame_count], data, size);
        if (expected)
            FUZZ_CHECK(frame_count < *count && same_frame(&expected[frame_count], &frames[frame_count]));
        frame_count++;
        FUZZ_CHECK(frame_count < PAYLOAD_MAXIMUM);
    }
    if (result == FRAME_ERROR) {
        FUZZ_CHECK(!expected && decoder.error != FRAME_ERROR_NONE && frame_error_text(decoder.error));
        FUZZ_CHECK(frame_next(&decoder, &frames[frame_count]) == FRAME_ERROR);
    }
    writer_init(&writer, out, WRITTEN_MAXIMUM);
    for (size_t i = 0; i < frame_count; i++)
        write_frame(&writer, &frames[i], i + 1 == frame_count);
    FUZZ_CHECK(!writer.failed);
    if (!expected) {
        /* Once more from what was written: the frames are the same, and so are the bytes. */
        static uint8_t again[WRITTEN_MAXIMUM];
        static struct frame kept[PAYLOAD_MAXIMUM];
        memcpy(kept, frames, frame_count * sizeof *frames);
        FUZZ_CHECK(rewrite(out, writer_length(&writer), again, &frame_count, kept) == writer_length(&writer));
        FUZZ_CHECK(memcmp(out, again, writer_length(&writer)) == 0);
    } else {
        FUZZ_CHECK(frame_count == *count);
    }
    return writer_length(&writer);
}

static void check_stream_header(const uint8_t *data, size_t size)
{
    struct stream_header header, again;
    struct byte_writer writer;
    uint8_t written[STREAM_HEADER_MAXIMUM];
    enum stream_header_outcome outcome = stream_header_decode(&header, data, size);
    if (outcome != STREAM_HEADER_OK)
        return;
    FUZZ_CHECK(header.size >= 1 && header.size <= size && header.size <= STREAM_HEADER_MAXIMUM);
    /* Nothing less is a header, nor an error. */
    for (size_t length = 0; length < header.size; length++)
        FUZZ_CHECK(stream_header_decode(&again, data, length) == STREAM_HEADER_INCOMPLETE);
    writer_init(&writer, written, sizeof written);
    stream_header_write(&writer, header.number_step, header.message_size);
    size_t length = writer_length(&writer);
    FUZZ_CHECK(!writer.failed && length == stream_header_size(header.number_step, header.message_size));
    FUZZ_CHECK(length <= header.size);
    FUZZ_CHECK(stream_header_decode(&again, written, length) == STREAM_HEADER_OK && again.size == length);
    FUZZ_CHECK(again.number_step == header.number_step && again.message_size == header.message_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t written[WRITTEN_MAXIMUM];
    size_t count;
    if (size >= PAYLOAD_MAXIMUM)
        return 0;
    rewrite(data, size, written, &count, NULL);
    check_stream_header(data, size);
    return 0;
}
