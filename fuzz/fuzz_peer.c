/*
 * One accepted connection and a peer of any protocol version that keeps to nothing but the packet's outer form: frames,
 * statistics blobs, acknowledgements, jumps in the numbers, closes; with small buffers and packets, several lanes,
 * a receive queue that is full, and memory that is short. It looks that the connection comes to rest at every moment,
 * that what it sends fits and can be read, and that what it holds is bounded.
 *
 * The input: a byte for the version, a byte for the configuration, and operations as in fuzz_connection.c.
 */
#include "fuzz/ends.h"

#include "base/alloc.h"
#include "cert/credentials.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/frame.h"

enum {
    OPERATIONS_LIMIT = 400,
    LOCAL_ID = 0x00020002,
    PEER_ID = 0x00030003,
    BATCHES_LIMIT = 256,     /* in a row: what the send buffer holds, in the smallest packets */
    MEMORY_LIMIT = 24 << 20, /* queues, rings and messages of all lanes with the buffers of small_config */
};

static struct {
    struct connection_events events;
    struct connection *connection;
    struct transport_config config;
    bool full, dead;
    int64_t received; /* highest packet number that the connection sent */
} end;

static struct {
    int64_t number, highest;  /* of its packets: the last one's, and the highest */
    bool sent[INT16_MAX + 1]; /* by number */
} peer;

static microseconds now;

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static size_t held;
static unsigned failures; /* the next allocations that fail */

union block {
    size_t size;
    max_align_t aligned;
};

static void *counted_alloc(size_t size)
{
    union block *block = NULL;
    if (failures > 0)
        failures--;
    else
        block = malloc(sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    held += size;
    FUZZ_CHECK(held <= MEMORY_LIMIT);
    return block + 1;
}

static void counted_free(void *memory)
{
    union block *block = memory;
    if (!block)
        return;
    held -= block[-1].size;
    free(block - 1);
}

static void *counted_realloc(void *memory, size_t size)
{
    void *grown = counted_alloc(size);
    if (grown && memory) {
        size_t old = ((union block *)memory)[-1].size;
        memcpy(grown, memory, old < size ? old : size);
        counted_free(memory);
    }
    return grown;
}

/* ---- what the connection does ------------------------------------------------------------------------------------ */

static bool deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    (void)events;
    FUZZ_CHECK(connection == end.connection && !end.dead);
    FUZZ_CHECK(message->api.m_cbSize >= 0 && message->api.m_cbSize <= end.config.receive_max_message_size);
    FUZZ_CHECK(message->api.m_nMessageNumber >= 0 && message->api.m_idxLane <= FRAME_LANE_MAXIMUM);
    if (end.full)
        return false;
    message_release(message);
    return true;
}

static void state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    (void)events;
    FUZZ_CHECK(!end.dead && connection_state(connection) != old_state);
    end.dead = connection_state(connection) == k_ESteamNetworkingConnectionState_Dead;
}

static void check_ack(const struct ack_frame *ack)
{
    struct byte_slice blocks = ack->blocks;
    struct ack_block block;
    int64_t latest = peer.highest + (int16_t)(uint16_t)(ack->latest_field - (uint64_t)peer.highest);
    FUZZ_CHECK(ack->latest_bits == 16);
    /* What an ack leaves for the next one may be farther back than 16 bits can tell, after jumps in a row. */
    if (peer.highest > INT16_MAX)
        return;
    FUZZ_CHECK(latest <= peer.highest && latest >= 0);
    /* Above a gap, nothing counts as received that was not sent. */
    for (latest++; ack_block_next(&blocks, &block); latest -= (int64_t)block.acks + block.nacks) {
        FUZZ_CHECK(latest >= (int64_t)block.acks + block.nacks);
        for (int64_t number = latest - block.acks; number < latest; number++)
            FUZZ_CHECK(peer.sent[number]);
    }
}

static void check_payload(const uint8_t *payload, size_t length, int64_t number)
{
    struct frame_decoder decoder;
    struct frame frame;
    enum frame_result result;
    int frames = 0;
    frame_decoder_init(&decoder, payload, length, number);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK) {
        FUZZ_CHECK(frames > 0 || frame.kind == FRAME_STOP_WAITING);
        if (frame.kind == FRAME_ACK)
            check_ack(&frame.ack);
        frames++;
    }
    FUZZ_CHECK(result == FRAME_END && frames > 0);
}

static void check_sent(const uint8_t *datagram, size_t length)
{
    struct data_header header;
    struct control_message message;
    if (datagram_classify(datagram, length) == DATAGRAM_CONTROL) {
        FUZZ_CHECK(control_decode(datagram, length, &message) == CONTROL_OK);
        return;
    }
    FUZZ_CHECK(length <= (size_t)end.config.packet_size);
    FUZZ_CHECK(data_header_decode(&header, datagram, length));
    FUZZ_CHECK(header.connection_id == PEER_ID && header.packet_number == (uint16_t)(end.received + 1));
    end.received++;
    check_payload(datagram + header.size, length - header.size, end.received);
}

static void flush(void)
{
    static struct datagram_batch batch;
    int rounds = 0;
    bool more = true;
    while (more && !end.dead) {
        const uint8_t *at = batch.bytes;
        datagram_batch_clear(&batch);
        more = connection_send(end.connection, &batch, now);
        for (int i = 0; i < batch.count; at += batch.sizes[i], i++)
            check_sent(at, batch.sizes[i]);
        FUZZ_CHECK(++rounds < BATCHES_LIMIT);
    }
}

/* Does what is due, and looks that this comes to an end. */
static void settle(void)
{
    int rounds = 0;
    flush();
    while (!end.dead && connection_deadline(end.connection, now) <= now) {
        connection_tick(end.connection, now);
        flush();
        FUZZ_CHECK(++rounds < FUZZ_ROUNDS_LIMIT);
    }
}

/* ---- what the peer does ------------------------------------------------------------------------------------------ */

static void feed(const uint8_t *datagram, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, datagram, length);
    connection_receive(end.connection, copy, length, now);
    free(copy);
    settle();
}

static void feed_packet(struct fuzz_input *input, unsigned flags, const uint8_t *payload, size_t length)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct data_header header = {.connection_id = LOCAL_ID, .has_time_since_previous = flags & 2};
    if (flags & 1) {
        header.statistics.length = fuzz_take(input) % 80;
        header.statistics.data = fuzz_take_bytes(input, &header.statistics.length);
        header.has_statistics = true;
    }
    header.packet_number = (uint16_t)peer.number;
    size_t size = data_header_encode(&header, datagram, sizeof datagram);
    if (length > sizeof datagram - size)
        length = sizeof datagram - size;
    memcpy(datagram + size, payload, length);
    feed(datagram, size + length);
}

/* Forward by one, by more, or back. */
static void step_number(unsigned step)
{
    int by = step < 8 ? 1 : step < 200 ? (int)step - 7 : step < 240 ? (int)(step - 199) * 400 : 240 - (int)step;
    peer.number += by;
    if (peer.number > peer.highest)
        peer.highest = peer.number;
    if (peer.number >= 0 && peer.number <= INT16_MAX)
        peer.sent[peer.number] = true;
}

static void feed_payload(struct fuzz_input *input, unsigned flags)
{
    step_number(fuzz_take(input));
    size_t length = fuzz_take(input) << 8;
    length = (length | fuzz_take(input)) % 1200;
    const uint8_t *payload = fuzz_take_bytes(input, &length);
    feed_packet(input, flags, payload, length);
}

/* Well-formed: the newest packet, or one some way back; up to six blocks. */
static void feed_ack(struct fuzz_input *input)
{
    uint8_t payload[64];
    struct byte_writer writer;
    unsigned back = fuzz_take(input), blocks = fuzz_take(input);
    writer_init(&writer, payload, sizeof payload);
    frame_write_ack_header(&writer, end.received - (back & 63), (uint16_t)(back >> 6 << 8), blocks & 3);
    for (unsigned i = 0; i < (blocks & 3); i++)
        frame_write_ack_block(&writer, (struct ack_block){blocks >> 2 & 7, blocks >> 5});
    step_number(0);
    feed_packet(input, 0, payload, writer_length(&writer));
}

static void feed_control(struct fuzz_input *input)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    unsigned kind = fuzz_take(input);
    uint32_t to_id = kind & 8 ? LOCAL_ID : kind & 16 ? 0 : 99, from_id = kind & 32 ? PEER_ID : kind & 64 ? 0 : 98;
    struct control_message message;
    memset(&message, 0, sizeof message);
    message.kind = (enum control_kind)(CONTROL_CHALLENGE_REQUEST + kind % 6);
    if (message.kind == CONTROL_CONNECTION_CLOSED)
        message.connection_closed = (struct connection_closed){.to_id = to_id, .from_id = from_id};
    else if (message.kind == CONTROL_NO_CONNECTION)
        message.no_connection = (struct no_connection){.to_id = to_id, .from_id = from_id};
    else if (message.kind == CONTROL_CHALLENGE_REQUEST)
        message.challenge_request = (struct challenge_request){.has_client_id = true, .client_id = from_id};
    else if (message.kind == CONTROL_CONNECT_REQUEST)
        message.connect_request = (struct connect_request){.has_client_id = true, .client_id = from_id};
    size_t length = control_encode(&message, datagram, sizeof datagram);
    feed(datagram, length);
}

/* ---- what the application does ----------------------------------------------------------------------------------- */

static void let_time_pass(struct fuzz_input *input)
{
    unsigned amount = fuzz_take(input);
    now += amount < 128 ? amount * MILLISECOND : (microseconds)(amount - 127) * 250 * MILLISECOND;
    connection_tick(end.connection, now);
    settle();
}

static void send_message(struct fuzz_input *input)
{
    unsigned kind = fuzz_take(input);
    int64_t number;
    failures = 0;
    struct message *message = message_allocate((int)(fuzz_take(input) << (kind >> 5)));
    FUZZ_CHECK(message);
    if (message->api.m_cbSize)
        memset(message->api.m_pData, 'm', (size_t)message->api.m_cbSize);
    message->api.m_nFlags = kind & 1 ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_Unreliable;
    message->api.m_nFlags |= kind & 2 ? k_nSteamNetworkingSend_NoNagle : 0;
    message->api.m_idxLane = (uint16)((kind >> 2) & 3);
    if (connection_send_message(end.connection, message, now, &number) != k_EResultOK)
        message_release(message);
    settle();
}

static void configure(struct fuzz_input *input)
{
    unsigned kind = fuzz_take(input);
    int priorities[4];
    uint16_t weights[4];
    for (int i = 0; i < 4; i++) {
        priorities[i] = kind >> (i + 2) & 1;
        weights[i] = (uint16_t)(kind >> 4);
    }
    connection_configure_lanes(end.connection, 1 + (int)(kind & 3), priorities, weights, now);
    settle();
}

static void act(struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    switch (operation & 7) {
    case 0:
    case 1:
        feed_payload(input, operation >> 4);
        break;
    case 2:
        feed_control(input);
        break;
    case 3:
        let_time_pass(input);
        break;
    case 4:
        send_message(input);
        break;
    case 5:
        feed_ack(input);
        break;
    case 6:
        if (operation & 0x80)
            configure(input);
        else if (operation & 0x40)
            connection_close(end.connection, (int)fuzz_take(input) * 16, "closed", operation & 0x20, now);
        else
            connection_flush_messages(end.connection, now);
        settle();
        break;
    default:
        if (operation & 0x80) {
            failures = operation >> 3 & 15;
            break;
        }
        end.full = !end.full;
        if (!end.full)
            connection_receive_queue_drained(end.connection, now);
        settle();
        break;
    }
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

static struct transport_config small_config(unsigned kind)
{
    struct transport_config config = fuzz_config(3);
    if (kind & 1)
        config.packet_size = 200;
    if (kind & 2)
        config.receive_max_segments = 4;
    if (kind & 4)
        config.nagle_us = 0;
    if (kind & 8)
        config.send_rate_min = config.send_rate_max = 50000000;
    if (kind & 16)
        config.send_time_since_previous = 1;
    if (kind & 32)
        config.timeout_connected_ms = 1 << 30;
    config.receive_buffer_size = kind & 64 ? 1 << 18 : 1 << 12;
    config.receive_max_message_size = kind & 128 ? 1 << 17 : 1 << 12;
    return config;
}

static void connect_peer(uint32_t version, struct endpoint *endpoint)
{
    static const uint8_t seed[CRYPTO_KEY_SIZE] = {1};
    uint8_t public_key[CRYPTO_KEY_SIZE], info_bytes[128], signature[CRYPTO_SIGNATURE_SIZE];
    struct connect_request request = {
        .has_client_id = true, .client_id = PEER_ID, .has_certificate = true, .has_crypt = true};
    struct crypt_info info = {
        .has_kind = true,
        .kind = CRYPT_KIND_X25519,
        .has_dh_public = true,
        .dh_public = {public_key, sizeof public_key},
        .has_nonce = true,
        .has_version = true,
        .version = version,
        .cipher_count = 1,
        .ciphers = {CIPHER_NONE},
    };
    struct connection_parameters parameters = {
        .local_id = LOCAL_ID, .endpoint = endpoint, .config = &end.config, .events = &end.events};
    SteamNetworkingIdentity identity;
    int reason;
    char error[128];
    FUZZ_CHECK(identity_parse(&identity, "str:peer", 8));
    struct credentials *credentials = credentials_self_issued(seed, &identity, 0);
    FUZZ_CHECK(credentials && crypto_x25519_public(seed, public_key));
    FUZZ_CHECK(signed_certificate_decode(&request.certificate, credentials->message, credentials->message_length));
    request.crypt.has_info = request.crypt.has_signature = true;
    request.crypt.info.data = info_bytes;
    request.crypt.info.length = crypt_info_encode(&info, info_bytes, sizeof info_bytes);
    FUZZ_CHECK(credentials_sign(credentials, info_bytes, request.crypt.info.length, signature));
    request.crypt.signature = (struct byte_slice){signature, sizeof signature};
    address_set_ipv4(&parameters.remote_address, 0xc0000201, 4000);
    end.connection = connection_incoming(&parameters, &request, &identity, now, &reason, error);
    FUZZ_CHECK(end.connection && connection_accept(end.connection, now) == k_EResultOK);
    credentials_free(credentials);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct random_generator random;
    uint32_t version = 8 + fuzz_take(&input) % 7;
    now = 3000000000000;
    failures = 0;
    held = 0;
    memset(&end, 0, sizeof end);
    memset(&peer, 0, sizeof peer);
    alloc_set_hooks(counted_alloc, counted_free, counted_realloc);
    random_generator_init(&random, 1);
    struct endpoint *endpoint = fuzz_endpoint(&random.source);
    end.events = (struct connection_events){.deliver = deliver, .state_changed = state_changed};
    end.config = small_config(fuzz_take(&input));
    connect_peer(version, endpoint);
    peer.number = peer.highest = end.received = version >= PROTOCOL_VERSION_CONNECT_COUNTS ? 1 : 0;
    peer.sent[peer.number] = true; /* the handshake */
    settle();
    for (int i = 0; i < OPERATIONS_LIMIT && input.left && !end.dead; i++)
        act(&input);
    connection_destroy(end.connection);
    endpoint_release(endpoint);
    FUZZ_CHECK(held == 0);
    alloc_set_hooks(NULL, NULL, NULL);
    return 0;
}
