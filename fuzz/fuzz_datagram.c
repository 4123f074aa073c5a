/*
 * A datagram as it comes from the network, of either kind. What it says must survive being written and read again.
 */
#include "fuzz/fuzz.h"
#include "fuzz/round_trip.h"

#include "wire/statistics_message.h"

static void check_control(const uint8_t *data, size_t size)
{
    struct control_message message;
    if (control_decode(data, size, &message) == CONTROL_OK)
        check_control_round_trip(&message, size);
}

static void check_data(const uint8_t *data, size_t size)
{
    struct data_header header, again;
    struct statistics_message statistics;
    uint8_t written[DATAGRAM_MAXIMUM];
    if (!data_header_decode(&header, data, size))
        return;
    FUZZ_CHECK(header.size <= size && data_header_size(&header) <= header.size);
    size_t length = data_header_encode(&header, written, sizeof written);
    FUZZ_CHECK(length == data_header_size(&header));
    FUZZ_CHECK(data_header_encode(&header, written, length - 1) == 0);
    FUZZ_CHECK(data_header_encode(&header, written, length) == length);
    FUZZ_CHECK(data_header_decode(&again, written, length) && again.size == length);
    FUZZ_CHECK(again.connection_id == header.connection_id && again.packet_number == header.packet_number);
    FUZZ_CHECK(again.has_time_since_previous == header.has_time_since_previous);
    FUZZ_CHECK(again.time_since_previous == header.time_since_previous);
    FUZZ_CHECK(again.has_statistics == header.has_statistics && same_slice(again.statistics, header.statistics));
    /* Only the length of the blob can be written in more bytes than necessary, and only bits without meaning differ. */
    if (header.size == length) {
        written[0] = data[0];
        FUZZ_CHECK(memcmp(written, data, length) == 0);
    }
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
    case DATAGRAM_INVALID:
        FUZZ_CHECK(size < DATAGRAM_MINIMUM || size > DATAGRAM_MAXIMUM);
        break;
    }
    return 0;
}
