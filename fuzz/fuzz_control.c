/*
 * The body of a control message of any of the six kinds: the input's first byte says which, and the frame of the
 * datagram is made around the rest, so that nothing is spent on lengths and padding. The decoder of the body alone must
 * agree with that of the datagram.
 */
#include "fuzz/fuzz.h"
#include "fuzz/round_trip.h"

static bool decode_alone(struct control_message *message, const uint8_t *body, size_t length)
{
    switch (message->kind) {
    case CONTROL_CHALLENGE_REQUEST:
        return challenge_request_decode(&message->challenge_request, body, length);
    case CONTROL_CHALLENGE_REPLY:
        return challenge_reply_decode(&message->challenge_reply, body, length);
    case CONTROL_CONNECT_REQUEST:
        return connect_request_decode(&message->connect_request, body, length);
    case CONTROL_CONNECT_OK:
        return connect_ok_decode(&message->connect_ok, body, length);
    case CONTROL_CONNECTION_CLOSED:
        return connection_closed_decode(&message->connection_closed, body, length);
    case CONTROL_NO_CONNECTION:
        return no_connection_decode(&message->no_connection, body, length);
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t datagram[DATAGRAM_MAXIMUM];
    struct control_message message, alone;
    if (size < 2)
        return 0;
    alone.kind = (enum control_kind)(CONTROL_CHALLENGE_REQUEST + data[0] % 6);
    bool padded = alone.kind == CONTROL_CHALLENGE_REQUEST || alone.kind == CONTROL_CONNECTION_CLOSED;
    const uint8_t *body = data + 1;
    size_t length = size - 1, prefix = padded ? DATAGRAM_PADDED_PREFIX : 1, total = prefix + length;
    if (total > sizeof datagram)
        return 0;
    bool good = decode_alone(&alone, body, length);

    datagram[0] = (uint8_t)alone.kind;
    if (padded) {
        store_u16(datagram + 1, (uint16_t)length);
        memset(datagram + prefix, 0, DATAGRAM_PADDED_MINIMUM - prefix);
        if (total < DATAGRAM_PADDED_MINIMUM)
            total = DATAGRAM_PADDED_MINIMUM;
    }
    memcpy(datagram + prefix, body, length);
    enum control_outcome outcome = control_decode(datagram, total, &message);
    FUZZ_CHECK((outcome == CONTROL_OK) == (good && total >= DATAGRAM_MINIMUM));
    if (outcome != CONTROL_OK)
        return 0;
    FUZZ_CHECK(same_control(&message, &alone));
    check_control_round_trip(&message, total);
    return 0;
}
