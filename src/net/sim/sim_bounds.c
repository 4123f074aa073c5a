#include "net/sim/sim_bounds.h"

#include "base/block_cache.h"
#include "conn/connection_private.h"
#include "net/sim/sim_host.h"

/* Bytes that are held for what cannot be delivered yet. */
struct holdings {
    int64_t messages, rings, fragments;
};

/* The list of what is in the ring of one lane, at its longest: it has a place beside the limit of the rings. */
static const int64_t longest_list = (STREAM_HOLES_ABLE + 2) * (int64_t)sizeof(struct range);

static int64_t list_bytes(const struct range_set *set)
{
    return set->ranges == set->own_ranges ? 0 : (int64_t)(set->capacity * sizeof(struct range));
}

/* With the block that it lies in, of which an empty one needs the smallest. */
static int64_t fragment_bytes(const struct fragment *fragment)
{
    int64_t bytes = BLOCK_SMALLEST;

    while (bytes < (int64_t)sizeof(*fragment) + fragment->size)
        bytes *= 2;
    return bytes;
}

static void add_lane(struct sim_end *end, const struct receive_lane *lane, struct holdings *held)
{
    const struct receive_stream *stream = &lane->stream;

    if (stream->message)
        held->messages += stream->message->api.m_cbSize;
    held->rings += (int64_t)stream->ring_capacity + list_bytes(&stream->early);
    for (int i = 0; i < lane->fragments.count; i++)
        held->fragments += fragment_bytes(lane->fragments.fragments[i]);
    if (lane->fragments.count > FRAGMENT_STORE_CAPACITY)
        sim_fail(end->host->world, "host %d end %d keeps %d fragments in one lane", end->host->index, end->serial,
                 lane->fragments.count);
}

static void expect_within(struct sim_end *end, int64_t held, int64_t limit, const char *what)
{
    if (held > limit)
        sim_fail(end->host->world, "host %d end %d holds %lld %s, at most %lld may be", end->host->index, end->serial,
                 (long long)held, what, (long long)limit);
}

static void expect_counted(struct sim_end *end, int64_t counted, int64_t held, const char *what)
{
    if (counted != held)
        sim_fail(end->host->world, "host %d end %d counts %lld %s and holds %lld", end->host->index, end->serial,
                 (long long)counted, what, (long long)held);
}

static void judge_receiver(struct sim_end *end, const struct receiver *receiver)
{
    const struct receive_budget *budget = &receiver->budget;
    int64_t buffer = receiver->config->receive_buffer_size;
    struct holdings held = {.messages = 0};

    if (receiver->lane_capacity > FRAME_LANE_MAXIMUM)
        sim_fail(end->host->world, "host %d end %d has room for %d lanes more", end->host->index, end->serial,
                 receiver->lane_capacity);
    for (uint32_t i = 0; i <= (uint32_t)receiver->lane_capacity; i++) {
        const struct receive_lane *lane = receiver_lane(receiver, i);

        if (lane)
            add_lane(end, lane, &held);
    }
    expect_within(end, held.messages, RECEIVE_BUDGET_BUFFERS * buffer, "bytes of unfinished messages");
    expect_within(end, held.rings, RECEIVE_BUDGET_BUFFERS * buffer + 2 * longest_list, "early bytes");
    expect_within(end, held.fragments, time_later(RECEIVE_FRAGMENTS_BUFFERS * buffer, RECEIVE_FRAGMENTS_LEAST),
                  "bytes of fragments");
    expect_counted(end, budget->messages, held.messages, "bytes of unfinished messages");
    expect_counted(end, budget->rings, held.rings, "early bytes");
    expect_counted(end, budget->fragments, held.fragments, "bytes of fragments");
}

/* What it has been told of its packets: nothing about those that it never sent. */
static void judge_sender(struct sim_end *end, const struct sender *sender)
{
    const struct sent_packets *packets = &sender->packets;

    expect_within(end, packets->capacity, SENT_PACKETS_CAPACITY_ABLE, "records of packets");
    expect_within(end, packets->next - packets->oldest, packets->capacity, "records of packets in use");
    expect_within(end, sender->latest_acknowledged, packets->next - 1, "as its newest acknowledged packet");
    expect_within(end, sender->stop_waiting_sent, packets->next, "as what its peer need not tell about");
    if (sender->bytes_in_flight < 0 || sender->in_flight < 0)
        sim_fail(end->host->world, "host %d end %d has %lld bytes and %d packets in flight", end->host->index,
                 end->serial, (long long)sender->bytes_in_flight, sender->in_flight);
}

void sim_bounds_judge(struct sim_end *end)
{
    const struct connection *connection = end->connection;

    if (!connection || !connection_is_open(connection))
        return;
    judge_receiver(end, &connection->receiver);
    judge_sender(end, &connection->sender);
    expect_within(end, connection->acks.gap_count, ACK_TRACKER_GAPS_ABLE, "gaps between packets");
    expect_within(end, end->inbox_bytes, end->host->config.receive_buffer_size, "bytes for its application");
}

size_t sim_bounds_memory(const struct sim_end *end)
{
    const struct transport_config *config = &end->host->config;
    size_t received = 2 * RECEIVE_BUDGET_BUFFERS + RECEIVE_FRAGMENTS_BUFFERS + 2; /* the queue, rounded up */

    return received * (size_t)config->receive_buffer_size + RECEIVE_FRAGMENTS_LEAST + (size_t)config->send_buffer_size;
}
