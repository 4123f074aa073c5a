/*
 * The statistics blob of a data packet's header (protocol 17.5): ack-request flags and the sender's figures.
 *
 * Pure functions; any thread. The blob is not authenticated, so whoever uses the figures must expect any value.
 */
#ifndef WIRE_STATISTICS_MESSAGE_H
#define WIRE_STATISTICS_MESSAGE_H

#include "wire/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum statistics_flags {
    STATISTICS_ACK_REQUEST = 2,   /* an ack must be sent within ACK_DATA_DELAY_MS */
    STATISTICS_ACK_IMMEDIATE = 4, /* an ack must be sent at once */
    STATISTICS_NOT_SELECTED = 16, /* sent on a transport that is not the sender's selected one */
};

enum statistics_shape {
    STATISTICS_QUALITY_BUCKETS = 9, /* 100; >= 99; >= 97; >= 95; >= 90; >= 75; >= 50; >= 1; dead */
    STATISTICS_PING_BUCKETS = 9,    /* <= 25, 50, 75, 100, 125, 150, 200, 300 ms; above */
    STATISTICS_JITTER_BUCKETS = 6,  /* < 1, 2, 5, 10, 20 ms; above */
    STATISTICS_UNKNOWN = -1,        /* a figure that is absent, or not to be written */
    STATISTICS_BLOB_MAXIMUM = 512,  /* enough for everything this library writes, padding apart */
    STATISTICS_PADDED_MINIMUM = 16,
};

/* STATISTICS_UNKNOWN where absent. Values above INT64_MAX read as INT64_MAX. */
struct statistics_instantaneous {
    int64_t packets_sent_rate; /* per second * 10 */
    int64_t bytes_sent_rate;   /* per second */
    int64_t packets_received_rate;
    int64_t bytes_received_rate;
    int64_t ping_ms;
    int64_t lost_percent;
    int64_t weird_percent; /* out of sequence or otherwise odd */
    int64_t peak_jitter_us;
};

/* STATISTICS_UNKNOWN where absent, except the histograms: absent entries are 0, and 0 is not written. */
struct statistics_lifetime {
    int64_t seconds_connected;
    int64_t packets_sent;
    int64_t kilobytes_sent;
    int64_t packets_received;
    int64_t kilobytes_received;
    int64_t numbered_received;
    int64_t dropped;
    int64_t out_of_order;
    int64_t duplicate;
    int64_t lurch;
    int64_t multipath_enabled;
    int64_t out_of_order_corrected;
    int64_t quality_2nd, quality_5th, quality_25th, quality_50th;
    int64_t ping_5th, ping_50th, ping_75th, ping_95th, ping_98th;
    int64_t quality[STATISTICS_QUALITY_BUCKETS];
    int64_t ping[STATISTICS_PING_BUCKETS];
    int64_t jitter[STATISTICS_JITTER_BUCKETS];
    uint32_t path_received_count;
    uint32_t path_duplicate_count;
    int64_t path_received[STATISTICS_PATHS_MAXIMUM];
    int64_t path_duplicate[STATISTICS_PATHS_MAXIMUM];
};

struct statistics_message {
    uint32_t flags; /* as transmitted; statistics_asks_for_ack says what they mean */
    bool has_flags; /* decoding: field 3 was present; encoding: ignored, flags are written when not 0 */
    bool has_instantaneous;
    bool has_lifetime;
    bool has_statistics; /* field 1 was present, if only as an empty message; encoding: implied by the two above */
    struct statistics_instantaneous instantaneous;
    struct statistics_lifetime lifetime;
};

/* Everything absent: figures unknown, histograms zero. */
void statistics_instantaneous_clear(struct statistics_instantaneous *statistics);
void statistics_lifetime_clear(struct statistics_lifetime *statistics);
void statistics_message_clear(struct statistics_message *message);

bool statistics_message_decode(struct statistics_message *message, const uint8_t *data, size_t length);

/* Returns the length, or 0 when it did not fit (or there was nothing to write). */
size_t statistics_message_encode(const struct statistics_message *message, uint8_t *out, size_t capacity);

/*
 * A blob with nothing but these flags and a field that nobody knows (protocol 1.3: to be ignored), so that it is
 * exactly `length` bytes long, which is at least STATISTICS_PADDED_MINIMUM. For packets whose size matters.
 */
void statistics_message_pad(uint32_t flags, uint8_t *out, size_t length);

/* Statistics imply an ack request (protocol 17.5). */
static inline bool statistics_asks_for_ack(const struct statistics_message *message)
{
    return message->has_statistics || (message->flags & STATISTICS_ACK_REQUEST) != 0;
}

#endif
