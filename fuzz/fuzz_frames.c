/*
 * The decrypted payload of a data packet, frame by frame, and the headers in the reliable stream.
 */
#include "fuzz/fuzz.h"

#include "wire/frame.h"
#include "wire/stream_header.h"

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
    FUZZ_CHECK(count == ack->block_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_decoder decoder;
    struct frame frame;
    enum frame_result result;
    size_t frames = 0;
    frame_decoder_init(&decoder, data, size, 1000);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK) {
        FUZZ_CHECK(++frames <= size);
        if (frame.kind == FRAME_ACK)
            check_ack(&frame.ack, data, size);
        else if (frame.kind == FRAME_UNRELIABLE)
            check_inside(frame.unreliable.data, data, size);
        else if (frame.kind == FRAME_RELIABLE)
            check_inside(frame.reliable.data, data, size);
        else if (frame.kind == FRAME_STOP_WAITING)
            FUZZ_CHECK(frame.stop_waiting >= 0 && frame.stop_waiting <= 1000);
        else
            FUZZ_CHECK(frame.kind == FRAME_SELECT_LANE);
    }
    if (result == FRAME_ERROR) {
        FUZZ_CHECK(decoder.error != FRAME_ERROR_NONE && frame_error_text(decoder.error));
        FUZZ_CHECK(frame_next(&decoder, &frame) == FRAME_ERROR);
    }
    struct stream_header header;
    if (stream_header_decode(&header, data, size) == STREAM_HEADER_OK)
        FUZZ_CHECK(header.size >= 1 && header.size <= size && header.size <= STREAM_HEADER_MAXIMUM);
    return 0;
}
