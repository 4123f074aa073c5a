/*
 * The statistics blob of a data packet's header: what it says must survive being written and read again.
 */
#include "fuzz/fuzz.h"

#include "wire/statistics_message.h"

#include <string.h>

enum { ROOM = 2048 }; /* for every figure, in ten bytes each */

/* What is not written: flags of 0, and the frame around no figures at all. */
static void normalise(struct statistics_message *message)
{
    if (message->flags == 0)
        message->has_flags = false;
    if (!message->has_instantaneous && !message->has_lifetime)
        message->has_statistics = false;
}

static void check_padding(uint32_t flags, size_t length)
{
    uint8_t padded[ROOM];
    struct statistics_message message;
    if (length < STATISTICS_PADDED_MINIMUM || length > sizeof padded)
        return;
    statistics_message_pad(flags, padded, length);
    FUZZ_CHECK(statistics_message_decode(&message, padded, length));
    FUZZ_CHECK(message.flags == flags && !message.has_statistics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct statistics_message message, again;
    uint8_t written[ROOM], rewritten[ROOM];
    memset(&message, 0, sizeof message);
    memset(&again, 0, sizeof again);
    if (!statistics_message_decode(&message, data, size))
        return 0;
    size_t length = statistics_message_encode(&message, written, sizeof written);
    normalise(&message);
    FUZZ_CHECK((length == 0) == (!message.has_flags && !message.has_statistics));
    check_padding(message.flags, size);
    if (!length)
        return 0;
    /* It may be longer than what was read, where numbers came packed. */
    FUZZ_CHECK(statistics_message_encode(&message, rewritten, length - 1) == 0);
    FUZZ_CHECK(statistics_message_decode(&again, written, length));
    normalise(&again);
    FUZZ_CHECK(memcmp(&message, &again, sizeof message) == 0);
    FUZZ_CHECK(statistics_message_encode(&again, rewritten, sizeof rewritten) == length);
    FUZZ_CHECK(memcmp(written, rewritten, length) == 0);
    return 0;
}
