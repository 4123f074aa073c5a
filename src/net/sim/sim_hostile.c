#include "net/sim/sim_hostile.h"

#include "conn/connection_private.h"
#include "net/sim/sim_host.h"
#include "wire/frame.h"
#include "wire/statistics_message.h"

#include <string.h>

enum {
    HOSTILE_FRAMES = 200, /* in one packet */
    UNUSED_LANE = 9,
    ISLAND_POSITIONS = 1024 * 1024,
    HEADER_ROOM = PACKET_HEADER_SIZE + STATISTICS_BLOB_MAXIMUM + 8,
    PAYLOAD_MAXIMUM = DATAGRAM_MAXIMUM - HEADER_ROOM - PACKET_TAG_SIZE,
};

/* ---- frames ---------------------------------------------------------------------------------------------------- */

static uint64_t any_number(struct sim_world *world, int bits)
{
    uint64_t number = random_u64(&world->random.source) >> sim_between(world, 64 - bits, 63);

    /* Those next to powers of two are the interesting ones. */
    return sim_chance(world, 0.3)
               ? (UINT64_C(1) << sim_between(world, 0, bits - 1)) - (uint64_t)sim_between(world, 0, 2)
               : number;
}

static void add_bytes(struct sim_world *world, struct byte_writer *writer, size_t length)
{
    uint8_t *room = length > 0 && length <= writer_remaining(writer) ? writer_claim(writer, length) : NULL;

    if (room)
        random_fill(&world->random.source, room, length);
}

static void add_stop_waiting(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    (void)connection;
    frame_write_stop_waiting(writer, any_number(world, sim_chance(world, 0.8) ? 12 : 64));
}

/* Of what the peer has sent, of what it has not, or of nearly everything that there can be. */
static void add_ack(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    int64_t highest = connection->window.highest;
    int64_t latest = sim_chance(world, 0.6) ? sim_between(world, 0, highest) : (int64_t)any_number(world, 16);
    uint32_t count = (uint32_t)sim_magnitude(world, 1, 200);
    int bits = sim_chance(world, 0.8) ? 5 : 17;

    frame_write_ack_header(writer, latest, (uint16_t)any_number(world, 16), count);
    for (uint32_t i = 0; i < count; i++) {
        struct ack_block block = {.acks = (uint32_t)any_number(world, bits),
                                  .nacks = (uint32_t)any_number(world, bits)};

        frame_write_ack_block(writer, block);
    }
}

static void add_lane(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    (void)connection;
    frame_write_select_lane(writer, (uint32_t)sim_between(world, 0, sim_chance(world, 0.95) ? 255 : 300));
}

/* Anywhere in a stream that is as long as streams can be; most often where it can be kept. */
static void add_reliable(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    size_t length = (size_t)(sim_chance(world, 0.7) ? sim_between(world, 0, 4) : sim_between(world, 0, 1200));
    uint64_t position = any_number(world, sim_chance(world, 0.8) ? 20 : 48);

    (void)connection;
    frame_write_reliable_header(writer, true, position, length, false);
    add_bytes(world, writer, length);
}

static void add_unreliable(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    size_t length = (size_t)(sim_chance(world, 0.7) ? sim_between(world, 0, 4) : sim_between(world, 0, 1200));
    uint32_t offset = (uint32_t)any_number(world, sim_chance(world, 0.9) ? 15 : 32);

    (void)connection;
    frame_write_unreliable_header(writer, true, any_number(world, 32), offset, sim_chance(world, 0.2), length, false);
    add_bytes(world, writer, length);
}

static void add_noise(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    (void)connection;
    add_bytes(world, writer, (size_t)sim_between(world, 1, 8));
}

/* Bytes that can be kept and never be delivered, in a lane that nobody uses. */
static void add_island(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    size_t length = (size_t)(sim_chance(world, 0.5) ? sim_between(world, 1, 4) : sim_between(world, 0, 1200));

    (void)connection;
    frame_write_select_lane(writer, (uint32_t)sim_between(world, UNUSED_LANE, FRAME_LANE_MAXIMUM));
    frame_write_reliable_header(writer, true, (uint64_t)sim_magnitude(world, 2, ISLAND_POSITIONS), length, false);
    add_bytes(world, writer, length);
}

/* Of messages that never end. */
static void add_fragment(struct sim_world *world, const struct connection *connection, struct byte_writer *writer)
{
    size_t length = (size_t)(sim_chance(world, 0.5) ? sim_between(world, 1, 4) : sim_between(world, 0, 1200));

    (void)connection;
    frame_write_select_lane(writer, (uint32_t)sim_between(world, UNUSED_LANE, FRAME_LANE_MAXIMUM));
    frame_write_unreliable_header(writer, true, any_number(world, 20) + 1, (uint32_t)sim_between(world, 0, 24000),
                                  false, length, false);
    add_bytes(world, writer, length);
}

/* Some frames of one kind or of all. Those that do not fit spoil none before them: the writer's length is theirs. */
static void add_frames(struct sim_world *world, const struct connection *connection, bool sly,
                       struct byte_writer *writer)
{
    static void (*const kinds[])(struct sim_world * world, const struct connection *connection,
                                 struct byte_writer *writer) = {
        add_stop_waiting, add_ack, add_lane, add_reliable, add_unreliable, add_island, add_fragment,
    };
    enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), SLY_KINDS = 2 };
    int64_t first = sly ? KINDS - SLY_KINDS : 0;
    int64_t only = sim_chance(world, 0.3) ? sim_between(world, first, KINDS - 1) : -1;

    for (int64_t count = sim_magnitude(world, 1, HOSTILE_FRAMES); count > 0; count--) {
        struct byte_writer before = *writer;

        if (!sly && sim_chance(world, 0.01))
            add_noise(world, connection, writer);
        else
            kinds[only >= 0 ? only : sim_between(world, first, KINDS - 1)](world, connection, writer);
        if (writer->failed) {
            *writer = before;
            return;
        }
    }
}

/* ---- payloads -------------------------------------------------------------------------------------------------- */

static void change_bytes(struct sim_world *world, uint8_t *payload, size_t length)
{
    for (int64_t count = sim_between(world, 1, 4); length > 0 && count > 0; count--)
        payload[sim_between(world, 0, (int64_t)length - 1)] = (uint8_t)random_u32(&world->random.source);
}

/* The payload after the mutation; returns its length. */
static size_t mutate(struct sim_end *end, const uint8_t *payload, size_t length, uint8_t out[PAYLOAD_MAXIMUM])
{
    struct sim_world *world = end->host->world;
    struct byte_writer writer;
    size_t kept = length < PAYLOAD_MAXIMUM ? length : PAYLOAD_MAXIMUM;

    writer_init(&writer, out, PAYLOAD_MAXIMUM);
    if (end->host->sly) { /* it acknowledges nothing, but is there */
        add_frames(world, end->connection, true, &writer);
        return writer_length(&writer);
    }
    switch (sim_between(world, 0, 5)) {
    case 0: /* something in it is different */
        writer_bytes(&writer, payload, kept);
        change_bytes(world, out, kept);
        break;
    case 1: /* the end is missing */
        writer_bytes(&writer, payload, (size_t)sim_between(world, 0, (int64_t)kept));
        break;
    case 2: /* everything twice */
        writer_bytes(&writer, payload, kept / 2);
        writer_bytes(&writer, payload, kept / 2);
        break;
    case 3: /* something else before it */
        add_frames(world, end->connection, false, &writer);
        if (kept <= writer_remaining(&writer))
            writer_bytes(&writer, payload, kept);
        break;
    default: /* something else instead */
        add_frames(world, end->connection, false, &writer);
        break;
    }
    return writer_length(&writer);
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* The cipher that opens what this one seals. */
static bool make_opposite(const struct packet_cipher *seal, struct packet_cipher *open)
{
    uint8_t iv[CRYPTO_CIPHER_IV_SIZE];

    store_u64(iv, seal->iv_counter);
    memcpy(iv + sizeof(uint64_t), seal->iv_tail, sizeof(seal->iv_tail));
    return packet_cipher_init(open, PACKET_CIPHER_OPEN, seal->key, iv);
}

static bool open_own(struct connection *connection, uint64_t number, uint8_t *payload, size_t *length)
{
    struct packet_cipher open;
    bool opened;

    if (connection->cipher != CIPHER_AES_256_GCM)
        return true;
    if (!make_opposite(&connection->seal, &open))
        return false;
    opened = packet_cipher_open(&open, number, payload, *length);
    packet_cipher_free(&open);
    *length -= PACKET_TAG_SIZE;
    return opened;
}

/* A blob that parses and says what nobody would, or that does not parse. */
static void mutate_blob(struct sim_world *world, struct data_header *header, uint8_t blob[STATISTICS_BLOB_MAXIMUM])
{
    size_t length =
        header->has_statistics && header->statistics.length <= STATISTICS_BLOB_MAXIMUM ? header->statistics.length : 0;

    if (length > 0)
        memcpy(blob, header->statistics.data, length);
    if (length == 0 || sim_chance(world, 0.3)) {
        length = (size_t)sim_between(world, 1, STATISTICS_BLOB_MAXIMUM);
        random_fill(&world->random.source, blob, length);
    }
    change_bytes(world, blob, length);
    header->has_statistics = true;
    header->statistics = (struct byte_slice){blob, length};
}

size_t sim_hostile_packet(struct sim_end *end, const uint8_t *bytes, size_t size, uint8_t out[DATAGRAM_MAXIMUM])
{
    struct connection *connection = end->connection;
    struct sim_world *world = end->host->world;
    size_t tag = connection->cipher == CIPHER_AES_256_GCM ? PACKET_TAG_SIZE : 0, header_size, length;
    uint8_t blob[STATISTICS_BLOB_MAXIMUM], payload[DATAGRAM_MAXIMUM];
    int64_t next = connection->sender.packets.next;
    struct data_header header;
    int64_t number;

    if (!sim_chance(world, end->host->hostility) || !connection_is_open(connection) ||
        !data_header_decode(&header, bytes, size))
        return 0;
    number = next + (int16_t)(header.packet_number - (uint16_t)next);
    length = size - header.size;
    memcpy(payload, bytes + header.size, length);
    if (!open_own(connection, (uint64_t)number, payload, &length))
        return 0;
    if (!end->host->sly && sim_chance(world, 0.05)) /* a number that is not its turn yet */
        number += sim_magnitude(world, 1, 20000);
    header.packet_number = (uint16_t)number;
    if (!end->host->sly && sim_chance(world, 0.1))
        mutate_blob(world, &header, blob);
    if (header.has_statistics && header.statistics.length > STATISTICS_BLOB_MAXIMUM)
        header.has_statistics = false;
    header_size = data_header_encode(&header, out, HEADER_ROOM);
    if (header_size == 0)
        return 0;
    length = mutate(end, payload, length, out + header_size);
    if (tag > 0 && !packet_cipher_seal(&connection->seal, (uint64_t)number, out + header_size, length))
        return 0;
    sim_tally(world, SIM_KIND_HOSTILE_PACKET);
    return header_size + length + tag;
}

bool sim_hostile_begin(struct sim_made_packet *packet, struct sim_end *end, const struct byte_slice *statistics,
                       uint8_t out[DATAGRAM_MAXIMUM])
{
    struct connection *connection = end->connection;
    struct data_header header = {.connection_id = connection->remote_id};

    if (!connection_is_open(connection))
        return false;
    packet->end = end;
    packet->out = out;
    packet->number = connection->sender.packets.next;
    packet->tag = connection->cipher == CIPHER_AES_256_GCM ? PACKET_TAG_SIZE : 0;
    sender_skip_number(&connection->sender, sim_host_now(end->host));
    header.packet_number = (uint16_t)packet->number;
    if (statistics) {
        header.has_statistics = true;
        header.statistics = *statistics;
    }
    packet->header_size = data_header_encode(&header, out, HEADER_ROOM);
    writer_init(&packet->payload, out + packet->header_size, PAYLOAD_MAXIMUM);
    return packet->header_size > 0;
}

size_t sim_hostile_finish(struct sim_made_packet *packet)
{
    size_t length = writer_length(&packet->payload);

    if (packet->tag > 0 && !packet_cipher_seal(&packet->end->connection->seal, (uint64_t)packet->number,
                                               packet->out + packet->header_size, length))
        return 0;
    sim_tally(packet->end->host->world, SIM_KIND_HOSTILE_PACKET);
    return packet->header_size + length + packet->tag;
}

size_t sim_hostile_extra(struct sim_end *end, uint8_t out[DATAGRAM_MAXIMUM])
{
    struct sim_made_packet packet;

    if (!sim_hostile_begin(&packet, end, NULL, out))
        return 0;
    add_frames(end->host->world, end->connection, end->host->sly, &packet.payload);
    return sim_hostile_finish(&packet);
}
