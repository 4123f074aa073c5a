#include "net/sim/sim_siege.h"

#include "conn/connection_private.h"
#include "net/sim/sim_bounds.h"
#include "net/sim/sim_hostile.h"
#include "wire/frame.h"
#include "wire/statistics_message.h"
#include "wire/stream_header.h"

#include <string.h>

enum {
    PACKETS_LEAST = 50,
    PACKETS_MOST = 4000,
    BURST_MOST = 64,
    LANES = FRAME_LANE_MAXIMUM + 1,
    OWN_LANES = 9,      /* lanes below this may carry what the end's application sends */
    FEW_BYTES = 4,      /* in segments that are many */
    SKIPPED_MOST = 40,  /* numbers between two packets; in all they stay within what a peer puts up with */
    FUTURE_MOST = 30000 /* packets beyond the newest that the peer has sent */
};

#define GAP_MOST        (20 * MILLISECOND)
#define HOSTILITY_LEAST 0.02 /* of a host that does nothing but besiege */

/* ---- frames ---------------------------------------------------------------------------------------------------- */

/* The first one behind the choice of a lane. */
static void add_reliable(struct sim_world *world, struct byte_writer *writer, uint64_t position, size_t length)
{
    uint8_t *room;

    frame_write_reliable_header(writer, true, position, length, false);
    room = writer_claim(writer, length);
    if (room)
        random_fill(&world->random.source, room, length);
}

static uint32_t draw_lane(struct sim_world *world)
{
    return (uint32_t)sim_between(world, OWN_LANES, LANES - 1);
}

/* The largest message that there can be, in a lane where nothing came before it; only its beginning. */
static void add_giant(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                      struct byte_writer *writer)
{
    uint64_t size = (uint64_t)end->host->config.receive_max_message_size;
    uint32_t lane = draw_lane(world);

    (void)besieger;
    frame_write_select_lane(writer, lane);
    frame_write_reliable_header(writer, true, STREAM_FIRST_POSITION, stream_header_size(1, size), false);
    stream_header_write(writer, 1, size);
    if (sim_chance(world, 0.5)) { /* and something beyond a gap */
        frame_write_select_lane(writer, lane);
        add_reliable(world, writer, (uint64_t)sim_between(world, 2 * FEW_BYTES, (int64_t)size), FEW_BYTES);
    }
}

/* A few bytes as far ahead as they can be kept, which needs room for all that is missing. */
static void add_edge(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                     struct byte_writer *writer)
{
    int64_t window = end->host->config.receive_buffer_size * (sim_chance(world, 0.5) ? STREAM_WINDOW_BUFFERS : 1);
    int64_t before = sim_magnitude(world, 1, window - 1);

    (void)besieger;
    frame_write_select_lane(writer, draw_lane(world));
    add_reliable(world, writer, (uint64_t)(window - before + STREAM_FIRST_POSITION),
                 (size_t)sim_between(world, 1, FEW_BYTES));
}

/* A part of a message that never ends; each is of another one. */
static void add_fragment(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                         struct byte_writer *writer)
{
    size_t length = (size_t)(sim_chance(world, 0.99) ? sim_between(world, 1, FEW_BYTES) : sim_between(world, 1, 600));
    uint8_t *room;

    (void)end;
    frame_write_select_lane(writer, (uint32_t)(besieger->number % LANES));
    frame_write_unreliable_header(writer, true, ++besieger->number, (uint32_t)sim_between(world, 0, 20000), false,
                                  length, false);
    room = writer_claim(writer, length);
    if (room)
        random_fill(&world->random.source, room, length);
}

/* Acknowledgements of packets that the peer has not sent yet. */
static void add_future_ack(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                           struct byte_writer *writer)
{
    int64_t highest = end->connection->window.highest;
    struct ack_block block = {.acks = (uint32_t)sim_between(world, 1, highest + 1)};

    (void)besieger;
    frame_write_ack_header(writer, highest + sim_magnitude(world, 1, FUTURE_MOST), 0, 1);
    frame_write_ack_block(writer, block);
}

/* Of everything, whether it has come or not. */
static void add_full_ack(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                         struct byte_writer *writer)
{
    (void)besieger;
    frame_write_ack_header(writer, end->connection->window.highest + sim_between(world, 0, 1), 0, 0);
}

/* The peer need not tell of anything any more. */
static void add_leap(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                     struct byte_writer *writer)
{
    (void)world;
    (void)end;
    (void)besieger;
    frame_write_stop_waiting(writer, 0);
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* What fills packets, one kind at a time. */
static const struct {
    void (*add)(struct sim_world *world, struct sim_end *end, struct sim_besieger *besieger,
                struct byte_writer *writer);
    bool once;       /* in a packet: more do nothing */
    bool statistics; /* and each packet wants an answer at once */
    bool skips;      /* and there are gaps between packets */
} kinds[] = {
    {add_giant, false, false, false},   {add_edge, false, false, false},      {add_fragment, false, false, false},
    {add_fragment, false, false, true}, {add_future_ack, true, false, false}, {add_full_ack, true, true, false},
    {add_leap, true, false, true},      {add_edge, true, true, true},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* Figures that nobody can have, and a wish to be answered at once. */
static struct byte_slice make_statistics(struct sim_world *world, uint8_t blob[STATISTICS_BLOB_MAXIMUM])
{
    struct statistics_message message;

    statistics_message_clear(&message);
    message.flags = STATISTICS_ACK_REQUEST | STATISTICS_ACK_IMMEDIATE;
    message.has_instantaneous = message.has_lifetime = true;
    message.instantaneous.ping_ms = message.instantaneous.bytes_sent_rate = INT64_MAX;
    message.lifetime.packets_sent = message.lifetime.dropped = (int64_t)(random_u64(&world->random.source) >> 1);
    return (struct byte_slice){blob, statistics_message_encode(&message, blob, STATISTICS_BLOB_MAXIMUM)};
}

/* Until a frame does not fit, or one is enough. */
static void fill(struct sim_end *end, struct sim_besieger *besieger, struct byte_writer *writer)
{
    struct sim_world *world = end->host->world;
    struct byte_writer before;

    do {
        before = *writer;
        kinds[besieger->kind].add(world, end, besieger, writer);
    } while (!kinds[besieger->kind].once && !writer->failed);
    if (writer->failed)
        *writer = before;
}

static bool send_one(struct sim_end *end, struct sim_besieger *besieger)
{
    struct sim_host *host = end->host;
    struct sim_link *link = sim_network_route(host, &end->remote);
    uint8_t out[DATAGRAM_MAXIMUM], blob[STATISTICS_BLOB_MAXIMUM];
    struct sim_made_packet packet;
    struct byte_slice statistics;
    size_t size;

    if (kinds[besieger->kind].skips)
        for (int64_t count = sim_between(host->world, 0, SKIPPED_MOST); count > 0; count--)
            sender_skip_number(&end->connection->sender, sim_host_now(host));
    if (kinds[besieger->kind].statistics)
        statistics = make_statistics(host->world, blob);
    if (!link || !sim_hostile_begin(&packet, end, kinds[besieger->kind].statistics ? &statistics : NULL, out))
        return false;
    fill(end, besieger, &packet.payload);
    size = sim_hostile_finish(&packet);
    if (size == 0)
        return false;
    host->datagrams_sent++;
    sim_tally(host->world, SIM_KIND_SIEGE_PACKET);
    sim_link_send(link, &end->local, &end->remote, out, size);
    return true;
}

/* ---- the siege ------------------------------------------------------------------------------------------------- */

/* The other end is judged from now on. */
static void besiege(struct sim_siege *siege, struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    if (!peer || peer->besieged || peer->hostile)
        return;
    peer->besieged = true;
    siege->memory += sim_bounds_memory(peer);
}

static void burst(struct sim_siege *siege, struct sim_end *end, struct sim_besieger *besieger)
{
    int64_t count = sim_between(siege->network->world, 1, besieger->burst);

    besiege(siege, end);
    sim_end_say(end, "besieges its peer with %lld packets of kind %d", (long long)count, besieger->kind);
    if (besieger->never_reads)
        end->inbox_limit = 0;
    for (; count > 0 && besieger->packets > 0; count--, besieger->packets--)
        if (!send_one(end, besieger))
            return;
}

static void run_burst(struct sim_world *world, struct sim_event *event)
{
    struct sim_siege *siege = container_of(event, struct sim_siege, bursting);
    microseconds after = sim_between(world, 1, siege->gap);
    bool goes_on = false;

    for (int i = 0; i < siege->network->host_count; i++) {
        struct sim_besieger *besieger = &siege->besiegers[i];
        struct sim_host *host = &siege->network->hosts[i];
        struct sim_end *end;

        if (besieger->packets == 0)
            continue;
        goes_on = true;
        if (sim_chance(world, besieger->changes))
            besieger->kind = (int)sim_between(world, 0, KINDS - 1);
        list_for_each_entry(end, &host->ends, struct sim_end,
                            node) if (!host->frozen && end->hostile && end->connection &&
                                      end->state == k_ESteamNetworkingConnectionState_Connected)
            burst(siege, end, besieger);
    }
    if (goes_on)
        sim_plan(world, event, world->now + after, run_burst);
}

/* Hostile hosts besiege mostly, and a few of the others do, which are hostile in nothing else. */
static bool draw_besieger(struct sim_world *world, struct sim_host *host)
{
    bool besieges = sim_chance(world, host->hostility > 0 ? 0.8 : 0.06);
    bool sly = sim_chance(world, 0.8); /* nothing ends the siege early */

    if (!besieges || host->index == 0 || !sim_may(world, SIM_FAULT_HOSTILE_PEER))
        return false;
    host->sly = host->sly || sly;
    if (host->hostility == 0)
        host->hostility = HOSTILITY_LEAST;
    return true;
}

/* In an event, so that it is drawn from the siege's own stream. */
static void run_begin(struct sim_world *world, struct sim_event *event)
{
    struct sim_siege *siege = container_of(event, struct sim_siege, bursting);

    siege->gap = sim_magnitude(world, MILLISECOND, GAP_MOST);
    for (int i = 0; i < siege->network->host_count; i++) {
        struct sim_besieger *besieger = &siege->besiegers[i];
        int packets = (int)sim_magnitude(world, PACKETS_LEAST, PACKETS_MOST);

        besieger->burst = (int)sim_magnitude(world, 1, BURST_MOST);
        besieger->kind = (int)sim_between(world, 0, KINDS - 1);
        besieger->changes = random_double(&world->random.source) * 0.2;
        besieger->never_reads = sim_chance(world, 0.5);
        besieger->packets = draw_besieger(world, &siege->network->hosts[i]) ? packets : 0;
    }
    run_burst(world, event);
}

void sim_siege_begin(struct sim_siege *siege, struct sim_network *network)
{
    struct sim_world *world = network->world;

    memset(siege, 0, sizeof(*siege));
    siege->network = network;
    sim_give_stream(world, &siege->bursting);
    sim_plan(world, &siege->bursting, world->now, run_begin);
}

void sim_siege_end(struct sim_siege *siege)
{
    sim_cancel(siege->network->world, &siege->bursting);
}
