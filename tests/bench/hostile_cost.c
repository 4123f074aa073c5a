/*
 * What a datagram of a hostile peer costs, beside an ordinary one (docs/security.md, "A hostile peer"): processor time
 * of one connection that gets a datagram, acts on it and sends what it has to say to it. No sockets, no encryption, so
 * what is compared is the message engine alone. Every line is the median of several runs.
 *
 *     build/hostile_cost [datagrams in a run]
 */
#include "unit/conn/hostile.h"

#include <stdio.h>
#include <time.h>

enum { RUNS = 5, DATAGRAMS = 20000, IN_FLIGHT = 6000 };

static struct raw_peer peer;
static struct payload payload;
static int64_t step; /* datagrams of this run so far */

/* ---- what a datagram may hold; each writes one payload ------------------------------------------------------------
 */

static int64_t stream_position;
static int left_of_message;

static void ordinary(void)
{
    enum { SIZE = 100000, PIECE = 1100 };
    int size = left_of_message < PIECE ? left_of_message : PIECE;

    if (left_of_message == 0) {
        uint8_t header[STREAM_HEADER_MAXIMUM];
        struct byte_writer writer;

        writer_init(&writer, header, sizeof header);
        stream_header_write(&writer, 1, SIZE);
        frame_write_reliable_header(&payload.writer, true, (uint64_t)stream_position, writer_length(&writer), true);
        writer_bytes(&payload.writer, header, writer_length(&writer));
        stream_position += (int64_t)writer_length(&writer);
        left_of_message = SIZE;
        return;
    }
    frame_write_reliable_header(&payload.writer, true, (uint64_t)stream_position, (size_t)size, true);
    payload_fill(&payload, (size_t)size);
    stream_position += size;
    left_of_message -= size;
}

static void small_message(void)
{
    payload_fragment(&payload, 0, step + 1, 0, 100, true);
}

static bool room_for(size_t bytes)
{
    return writer_remaining(&payload.writer) >= bytes;
}

static void many_small_messages(void)
{
    for (int i = 0; room_for(16); i++) {
        frame_write_unreliable_header(&payload.writer, i == 0, i == 0 ? (uint64_t)step * 1000 + 1 : 1, 0, true, 1,
                                      false);
        payload_fill(&payload, 1);
    }
}

static void tiny_segments(void)
{
    for (int i = 0; room_for(24); i++)
        payload_reliable(&payload, 0, 3 + (step * 37 + i) % 2000 * 2, 1);
}

static void tiny_segments_far_and_near(void)
{
    for (int i = 0; room_for(24); i++)
        payload_reliable(&payload, 0, i & 1 ? 5 + (step + i) % 900 * 2 : 5 + (step * 7 + i) % 50000, 1);
}

static void fragments(void)
{
    for (int i = 0; room_for(24); i++)
        payload_fragment(&payload, (uint32_t)(step + i) & 255, step * 1000 + i + 1, 1, 1, false);
}

static void large_fragments(void)
{
    payload_fragment(&payload, (uint32_t)step & 255, step + 1, 1, 1000, false);
}

static void gap_before_it(void)
{
    peer.next_number += 2;
    small_message();
}

static void stop_waiting(void)
{
    peer.next_number += step & 1;
    while (room_for(8))
        frame_write_stop_waiting(&payload.writer, 0);
}

static void lanes(void)
{
    for (uint32_t i = 0; room_for(8); i++)
        frame_write_select_lane(&payload.writer, 255 - i % 248);
}

static void announcements(void)
{
    for (uint32_t i = 0; room_for(32); i++)
        payload_announce(&payload, (uint32_t)(step * 80 + i) & 255, MESSAGE_SIZE_MAXIMUM);
}

static int64_t newest(void)
{
    return raw_peer_connection(&peer)->sender.packets.next - 1;
}

static void ack_of_all(void)
{
    for (int i = 0; i < 100 && room_for(24); i++)
        payload_ack(&payload, newest() - (step + i) % 5, 100, (uint32_t)(newest() - PACKET_FIRST_NUMBER) - 200);
}

static void ack_of_every_other(void)
{
    frame_write_ack_header(&payload.writer, newest(), FRAME_ACK_DELAY_UNKNOWN, 255);
    for (int i = 0; i < 255; i++)
        frame_write_ack_block(&payload.writer, (struct ack_block){.acks = 1 + (step & 1), .nacks = 2});
}

static void empty(void) {}

/* ---- running -------------------------------------------------------------------------------------------------------
 */

static struct kind {
    const char *name;
    void (*write)(void);
    uint32_t flags;
    bool extended; /* both ends are this library */
    bool in_flight;
    bool full; /* the application does not read */
} kinds[] = {
    {.name = "ordinary: 1100 bytes of a large reliable message", .write = ordinary},
    {.name = "ordinary: one message of 100 bytes", .write = small_message},
    {.name = "asks for an answer at once, and says nothing", .write = empty, .flags = 0x3},
    {.name = "as many messages of one byte as fit", .write = many_small_messages},
    {.name = "the same, and the application does not read", .write = many_small_messages, .full = true},
    {.name = "one-byte reliable segments with gaps", .write = tiny_segments, .extended = true},
    {.name = "one-byte reliable segments here and there", .write = tiny_segments_far_and_near, .extended = true},
    {.name = "one-byte fragments on all lanes", .write = fragments},
    {.name = "fragments of 1000 bytes on all lanes", .write = large_fragments},
    {.name = "a gap before every packet", .write = gap_before_it, .extended = true},
    {.name = "hundreds of stop-waiting frames", .write = stop_waiting},
    {.name = "hundreds of lanes, and nothing on them", .write = lanes},
    {.name = "messages of 512 KiB announced on all lanes", .write = announcements},
    {.name = "100 acks about 6000 packets in flight", .write = ack_of_all, .in_flight = true},
    {.name = "an ack with 255 gaps", .write = ack_of_every_other, .in_flight = true},
};

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void answer(void)
{
    static struct datagram_batch batch;
    struct connection *connection = raw_peer_connection(&peer);

    do {
        datagram_batch_clear(&batch);
    } while (connection_send(connection, &batch, peer.now));
}

/* Nanoseconds for each datagram; how many there were, should the connection not survive all of them. */
static double run(const struct kind *kind, int datagrams)
{
    double spent = 0;

    raw_peer_init(&peer);
    peer.config.send_rate_min = peer.config.send_rate_max = 100000000;
    raw_peer_admit(&peer, PROTOCOL_VERSION);
    if (kind->extended) {
        receiver_extend(&raw_peer_connection(&peer)->receiver);
        ack_tracker_extend(&raw_peer_connection(&peer)->acks);
    }
    if (kind->in_flight)
        raw_peer_fill_line(&peer, IN_FLIGHT);
    if (kind->full)
        peer.owner.received.capacity = 1000;
    stream_position = STREAM_FIRST_POSITION;
    left_of_message = 0;
    for (step = 0; step < datagrams; step++) {
        double start;

        payload_begin(&payload);
        kind->write();
        peer.now += kind->in_flight ? 0 : 50;
        start = cpu_seconds();
        raw_peer_feed(&peer, kind->flags, payload.bytes, writer_length(&payload.writer));
        answer();
        spent += cpu_seconds() - start;
        if (!kind->full)
            kept_messages_drop_all(&peer.owner.received);
        if (connection_state(raw_peer_connection(&peer)) != STATE_CONNECTED) {
            fprintf(stderr, "%s: %s\n", kind->name, raw_peer_connection(&peer)->end_text);
            exit(1);
        }
    }
    raw_peer_end(&peer);
    return spent * 1e9 / datagrams;
}

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return difference < 0 ? -1 : difference > 0;
}

int main(int argc, char **argv)
{
    int datagrams = argc > 1 ? atoi(argv[1]) : DATAGRAMS;
    double first = 0;

    if (datagrams < 1) {
        fprintf(stderr, "usage: %s [datagrams in a run]\n", argv[0]);
        return 2;
    }
    printf("%-52s %10s %8s\n", "datagram", "ns", "times");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        double results[RUNS];

        for (int r = 0; r < RUNS; r++)
            results[r] = run(&kinds[i], datagrams);
        qsort(results, RUNS, sizeof results[0], compare);
        if (i == 0)
            first = results[RUNS / 2];
        printf("%-52s %10.0f %8.1f\n", kinds[i].name, results[RUNS / 2], results[RUNS / 2] / first);
        fflush(stdout);
    }
    return 0;
}
