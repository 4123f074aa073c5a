#include "multiplayer_frame.h"

void multiplayer_frame_write_head(uint8_t head[MULTIPLAYER_FRAME_HEAD], enum multiplayer_frame_kind kind,
                                  uint8_t detail, int32_t peer)
{
    uint32_t bits = (uint32_t)peer;

    head[0] = (uint8_t)kind;
    head[1] = detail;
    for (int i = 0; i < 4; i++)
        head[2 + i] = (uint8_t)(bits >> (8 * i));
}

bool multiplayer_frame_read(struct multiplayer_frame *frame, const void *message, size_t size)
{
    const uint8_t *bytes = message;
    uint32_t bits = 0;

    if (size < MULTIPLAYER_FRAME_HEAD)
        return false;
    for (int i = 0; i < 4; i++)
        bits |= (uint32_t)bytes[2 + i] << (8 * i);
    frame->kind = bytes[0];
    frame->detail = bytes[1];
    frame->peer = (int32_t)bits;
    frame->payload = bytes + MULTIPLAYER_FRAME_HEAD;
    frame->payload_size = size - MULTIPLAYER_FRAME_HEAD;

    switch (frame->kind) {
    case MULTIPLAYER_FRAME_PACKET:
        return frame->detail <= MULTIPLAYER_RELIABLE && frame->peer != INT32_MIN;
    case MULTIPLAYER_FRAME_HELLO:
        return frame->payload_size == 0;
    case MULTIPLAYER_FRAME_WELCOME:
    case MULTIPLAYER_FRAME_JOINED:
    case MULTIPLAYER_FRAME_LEFT:
        return frame->payload_size == 0 && frame->detail == 0 && frame->peer > MULTIPLAYER_SERVER_ID;
    }
    return false;
}
