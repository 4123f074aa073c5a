#include "wire/statistics_message.h"

#include "base/bytes.h"
#include "wire/generated/statistics.pb.h"
#include "wire/protobuf.h"
#include "wire/varint.h"

/* Figures that have the same name in our struct and in the message. */
#define INSTANTANEOUS_FIGURES(X)                                                                                       \
    X(packets_sent_rate)                                                                                               \
    X(bytes_sent_rate)                                                                                                 \
    X(packets_received_rate)                                                                                           \
    X(bytes_received_rate)                                                                                             \
    X(ping_ms)                                                                                                         \
    X(lost_percent)                                                                                                    \
    X(weird_percent)                                                                                                   \
    X(peak_jitter_us)

#define LIFETIME_FIGURES(X)                                                                                            \
    X(seconds_connected)                                                                                               \
    X(packets_sent)                                                                                                    \
    X(kilobytes_sent)                                                                                                  \
    X(packets_received)                                                                                                \
    X(kilobytes_received)                                                                                              \
    X(numbered_received)                                                                                               \
    X(dropped)                                                                                                         \
    X(out_of_order)                                                                                                    \
    X(duplicate)                                                                                                       \
    X(lurch)                                                                                                           \
    X(multipath_enabled)                                                                                               \
    X(out_of_order_corrected)                                                                                          \
    X(quality_2nd)                                                                                                     \
    X(quality_5th)                                                                                                     \
    X(quality_25th)                                                                                                    \
    X(quality_50th)                                                                                                    \
    X(ping_5th)                                                                                                        \
    X(ping_50th)                                                                                                       \
    X(ping_75th)                                                                                                       \
    X(ping_95th)                                                                                                       \
    X(ping_98th)

#define LIFETIME_BUCKETS(X)                                                                                            \
    X(quality, 0)                                                                                                      \
    X(quality, 1)                                                                                                      \
    X(quality, 2)                                                                                                      \
    X(quality, 3)                                                                                                      \
    X(quality, 4)                                                                                                      \
    X(quality, 5)                                                                                                      \
    X(quality, 6)                                                                                                      \
    X(quality, 7)                                                                                                      \
    X(quality, 8)                                                                                                      \
    X(ping, 0)                                                                                                         \
    X(ping, 1)                                                                                                         \
    X(ping, 2)                                                                                                         \
    X(ping, 3)                                                                                                         \
    X(ping, 4)                                                                                                         \
    X(ping, 5)                                                                                                         \
    X(ping, 6)                                                                                                         \
    X(ping, 7)                                                                                                         \
    X(ping, 8)                                                                                                         \
    X(jitter, 0)                                                                                                       \
    X(jitter, 1)                                                                                                       \
    X(jitter, 2)                                                                                                       \
    X(jitter, 3)                                                                                                       \
    X(jitter, 4)                                                                                                       \
    X(jitter, 5)

void statistics_instantaneous_clear(struct statistics_instantaneous *statistics)
{
#define CLEAR(name) statistics->name = STATISTICS_UNKNOWN;
    INSTANTANEOUS_FIGURES(CLEAR)
#undef CLEAR
}

void statistics_lifetime_clear(struct statistics_lifetime *statistics)
{
    *statistics = (struct statistics_lifetime){0};
#define CLEAR(name) statistics->name = STATISTICS_UNKNOWN;
    LIFETIME_FIGURES(CLEAR)
#undef CLEAR
}

void statistics_message_clear(struct statistics_message *message)
{
    *message = (struct statistics_message){0};
    statistics_instantaneous_clear(&message->instantaneous);
    statistics_lifetime_clear(&message->lifetime);
}

static int64_t clamp(uint64_t value)
{
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static void read_instantaneous(struct statistics_instantaneous *statistics, const wire_Instantaneous *raw)
{
#define READ(name)                                                                                                     \
    if (raw->has_##name)                                                                                               \
        statistics->name = clamp(raw->name);
    INSTANTANEOUS_FIGURES(READ)
#undef READ
}

static void read_lifetime(struct statistics_lifetime *statistics, const wire_Lifetime *raw)
{
#define READ(name)                                                                                                     \
    if (raw->has_##name)                                                                                               \
        statistics->name = clamp(raw->name);
    LIFETIME_FIGURES(READ)
#undef READ
#define READ(name, index)                                                                                              \
    if (raw->has_##name##_##index)                                                                                     \
        statistics->name[index] = clamp(raw->name##_##index);
    LIFETIME_BUCKETS(READ)
#undef READ
}

/* The repeated fields of the lifetime statistics. */
struct path_numbers {
    uint64_t received_values[STATISTICS_PATHS_MAXIMUM];
    uint64_t duplicate_values[STATISTICS_PATHS_MAXIMUM];
    struct protobuf_numbers received;
    struct protobuf_numbers duplicate;
};

static void path_numbers_init(struct path_numbers *paths)
{
    paths->received = (struct protobuf_numbers){.values = paths->received_values, .maximum = STATISTICS_PATHS_MAXIMUM};
    paths->duplicate =
        (struct protobuf_numbers){.values = paths->duplicate_values, .maximum = STATISTICS_PATHS_MAXIMUM};
}

static uint32_t read_numbers(const struct protobuf_numbers *numbers, int64_t *out)
{
    for (uint32_t i = 0; i < numbers->count; i++)
        out[i] = clamp(numbers->values[i]);
    return numbers->count;
}

static void write_numbers(struct protobuf_numbers *numbers, const int64_t *in, uint32_t count)
{
    numbers->count = count;
    for (uint32_t i = 0; i < count; i++)
        numbers->values[i] = (uint64_t)in[i];
}

bool statistics_message_decode(struct statistics_message *message, const uint8_t *data, size_t length)
{
    wire_StatisticsBlob raw = wire_StatisticsBlob_init_zero;
    struct path_numbers paths;

    statistics_message_clear(message);
    path_numbers_init(&paths);
    protobuf_numbers_into(&raw.statistics.lifetime.path_received, &paths.received);
    protobuf_numbers_into(&raw.statistics.lifetime.path_duplicate, &paths.duplicate);
    if (!protobuf_decode(&wire_StatisticsBlob_msg, &raw, data, length))
        return false;
    message->has_flags = raw.has_flags;
    message->flags = (uint32_t)raw.flags;
    message->has_statistics = raw.has_statistics;
    message->has_instantaneous = raw.statistics.has_instantaneous;
    message->has_lifetime = raw.statistics.has_lifetime;
    if (message->has_instantaneous)
        read_instantaneous(&message->instantaneous, &raw.statistics.instantaneous);
    if (message->has_lifetime)
        read_lifetime(&message->lifetime, &raw.statistics.lifetime);
    message->lifetime.path_received_count = read_numbers(&paths.received, message->lifetime.path_received);
    message->lifetime.path_duplicate_count = read_numbers(&paths.duplicate, message->lifetime.path_duplicate);
    return true;
}

static void write_instantaneous(const struct statistics_instantaneous *statistics, wire_Instantaneous *raw)
{
#define WRITE(name)                                                                                                    \
    raw->has_##name = statistics->name >= 0;                                                                           \
    raw->name = (uint64_t)statistics->name;
    INSTANTANEOUS_FIGURES(WRITE)
#undef WRITE
}

static void write_lifetime(const struct statistics_lifetime *statistics, wire_Lifetime *raw)
{
#define WRITE(name)                                                                                                    \
    raw->has_##name = statistics->name >= 0;                                                                           \
    raw->name = (uint64_t)statistics->name;
    LIFETIME_FIGURES(WRITE)
#undef WRITE
#define WRITE(name, index)                                                                                             \
    raw->has_##name##_##index = statistics->name[index] > 0;                                                           \
    raw->name##_##index = (uint64_t)statistics->name[index];
    LIFETIME_BUCKETS(WRITE)
#undef WRITE
}

size_t statistics_message_encode(const struct statistics_message *message, uint8_t *out, size_t capacity)
{
    wire_StatisticsBlob raw = wire_StatisticsBlob_init_zero;
    struct path_numbers paths;
    size_t length;

    if (message->lifetime.path_received_count > STATISTICS_PATHS_MAXIMUM ||
        message->lifetime.path_duplicate_count > STATISTICS_PATHS_MAXIMUM)
        return 0;
    raw.has_flags = message->flags != 0;
    raw.flags = message->flags;
    raw.has_statistics = message->has_instantaneous || message->has_lifetime;
    raw.statistics.has_instantaneous = message->has_instantaneous;
    raw.statistics.has_lifetime = message->has_lifetime;
    if (message->has_instantaneous)
        write_instantaneous(&message->instantaneous, &raw.statistics.instantaneous);
    if (message->has_lifetime)
        write_lifetime(&message->lifetime, &raw.statistics.lifetime);
    path_numbers_init(&paths);
    write_numbers(&paths.received, message->lifetime.path_received, message->lifetime.path_received_count);
    write_numbers(&paths.duplicate, message->lifetime.path_duplicate, message->lifetime.path_duplicate_count);
    protobuf_numbers_from(&raw.statistics.lifetime.path_received, &paths.received);
    protobuf_numbers_from(&raw.statistics.lifetime.path_duplicate, &paths.duplicate);
    return protobuf_encode(&wire_StatisticsBlob_msg, &raw, out, capacity, &length) ? length : 0;
}

void statistics_message_pad(uint32_t flags, uint8_t *out, size_t length)
{
    enum { FLAGS_TAG = 3 << 3, PADDING_TAG = 1000 << 3 | 2, PADDING_LENGTH_SIZE = 3 };
    struct byte_writer writer;
    size_t left;

    writer_init(&writer, out, length);
    writer_varint(&writer, FLAGS_TAG);
    writer_varint(&writer, flags);
    writer_varint(&writer, PADDING_TAG);
    left = writer_remaining(&writer) - PADDING_LENGTH_SIZE;
    /* The length with as many bytes, whatever its value is. */
    writer_u8(&writer, (uint8_t)(left | 0x80));
    writer_u8(&writer, (uint8_t)(left >> 7 | 0x80));
    writer_u8(&writer, (uint8_t)(left >> 14));
    writer_zeros(&writer, left);
}
