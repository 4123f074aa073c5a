/*
 * A datagram as it comes from the network. What a control message says must survive being written and read again.
 */
#include "fuzz/fuzz.h"

#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/statistics_message.h"

static void check_control(const uint8_t *data, size_t size)
{
    struct control_message message, again;
    uint8_t written[DATAGRAM_MAXIMUM];
    if (control_decode(data, size, &message) != CONTROL_OK)
        return;
    size_t length = control_encode(&message, written, sizeof written);
    FUZZ_CHECK(length <= sizeof written);
    /* A message in which everything is absent is shorter than a datagram may be. */
    if (length < DATAGRAM_MINIMUM)
        return;
    FUZZ_CHECK(control_decode(written, length, &again) == CONTROL_OK);
    FUZZ_CHECK(again.kind == message.kind);
}

static void check_data(const uint8_t *data, size_t size)
{
    struct data_header header;
    struct statistics_message statistics;
    if (!data_header_decode(&header, data, size))
        return;
    FUZZ_CHECK(header.size <= size);
    if (!header.has_statistics)
        return;
    FUZZ_CHECK(header.statistics.data >= data && header.statistics.data + header.statistics.length <= data + size);
    statistics_message_decode(&statistics, header.statistics.data, header.statistics.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    switch (datagram_classify(data, size)) {
    case DATAGRAM_CONTROL:
        check_control(data, size);
        break;
    case DATAGRAM_DATA:
        check_data(data, size);
        break;
    default:
        break;
    }
    return 0;
}
