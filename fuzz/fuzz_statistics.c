/*
 * The statistics blob of a data packet's header.
 */
#include "fuzz/fuzz.h"

#include "wire/statistics_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct statistics_message message, again;
    uint8_t written[STATISTICS_BLOB_MAXIMUM];
    if (!statistics_message_decode(&message, data, size))
        return 0;
    size_t length = statistics_message_encode(&message, written, sizeof written);
    FUZZ_CHECK(length <= sizeof written);
    if (length) {
        FUZZ_CHECK(statistics_message_decode(&again, written, length));
        FUZZ_CHECK(again.has_lifetime == message.has_lifetime);
    }
    return 0;
}
