/*
 * Two connections that are connected to each other without encryption, so that the input can say anything in the name
 * of either: frames in well-formed packets, datagrams of any kind, and what applications and the network do meanwhile.
 *
 * The input is a list of operations; the low three bits of the first byte of each say which, the next bit which end.
 */
#include "fuzz/ends.h"

#include "base/list.h"
#include "wire/control_messages.h"
#include "wire/data_header.h"

enum {
    OPERATIONS_LIMIT = 400,
    PENDING_LIMIT = 8 << 20, /* bytes that may wait to be sent: the send buffer and what is sent again */
};

struct end {
    struct connection_events events;
    struct connection *connection;
    struct transport_config config;
    uint32_t id;
    uint16_t next_number; /* of the packets that the input makes up for this end */
    bool full, dead;
    struct datagram_batch sent; /* by the last operation */
};

static microseconds now;

static bool deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    struct end *end = container_of(events, struct end, events);
    FUZZ_CHECK(connection == end->connection && !end->dead);
    FUZZ_CHECK(message->api.m_cbSize >= 0 && message->api.m_cbSize <= end->config.receive_max_message_size);
    FUZZ_CHECK(message->api.m_nMessageNumber >= 0);
    if (end->full)
        return false;
    message_release(message);
    return true;
}

static void state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    struct end *end = container_of(events, struct end, events);
    FUZZ_CHECK(!end->dead && connection_state(connection) != old_state);
    end->dead = connection_state(connection) == k_ESteamNetworkingConnectionState_Dead;
}

/* Sends what is ready; the last batch of it is kept, so that an operation can hand it to the other end. */
static void flush(struct end *end)
{
    int rounds = 0;
    bool more = true;
    datagram_batch_clear(&end->sent);
    while (more && !end->dead) {
        datagram_batch_clear(&end->sent);
        more = connection_send(end->connection, &end->sent, now);
        FUZZ_CHECK(++rounds < FUZZ_ROUNDS_LIMIT);
    }
    if (!end->dead)
        FUZZ_CHECK(connection_pending_bytes(end->connection) <= PENDING_LIMIT);
}

/* Does what is due, and looks that this comes to an end. */
static void settle(struct end *end)
{
    int rounds = 0;
    flush(end);
    while (!end->dead && connection_deadline(end->connection, now) <= now) {
        connection_tick(end->connection, now);
        flush(end);
        FUZZ_CHECK(++rounds < FUZZ_ROUNDS_LIMIT);
    }
}

/* A copy of exactly the size, because a datagram is decrypted in place. */
static void feed(struct end *end, const uint8_t *datagram, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, datagram, length);
    connection_receive(end->connection, copy, length, now);
    free(copy);
    settle(end);
}

static void feed_payload(struct end *end, struct fuzz_input *input)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    unsigned step = fuzz_take(input);
    size_t length = fuzz_take(input) << 8;
    length = (length | fuzz_take(input)) % 1200;
    const uint8_t *payload = fuzz_take_bytes(input, &length);
    end->next_number = (uint16_t)(end->next_number + 1 + (step < 8 ? 0 : step - 8));
    struct data_header header = {.connection_id = end->id, .packet_number = end->next_number};
    size_t size = data_header_encode(&header, datagram, sizeof datagram);
    memcpy(datagram + size, payload, length);
    feed(end, datagram, size + length);
}

static void feed_datagram(struct end *end, struct fuzz_input *input)
{
    uint8_t datagram[DATAGRAM_MAXIMUM] = {0};
    size_t length = fuzz_take(input) << 8;
    length = (length | fuzz_take(input)) % (DATAGRAM_MAXIMUM + 1);
    size_t padding = fuzz_take(input) * 4;
    const uint8_t *bytes = fuzz_take_bytes(input, &length);
    memcpy(datagram, bytes, length);
    if (length + padding > sizeof datagram)
        padding = sizeof datagram - length;
    feed(end, datagram, length + padding);
}

static void let_time_pass(struct end ends[2], struct fuzz_input *input)
{
    unsigned amount = fuzz_take(input);
    now += amount < 128 ? amount * MILLISECOND : (microseconds)(amount - 127) * 100 * MILLISECOND;
    for (int i = 0; i < 2; i++) {
        if (!ends[i].dead)
            connection_tick(ends[i].connection, now);
        if (!ends[i].dead)
            settle(&ends[i]);
    }
}

static void send_message(struct end *end, struct fuzz_input *input)
{
    unsigned kind = fuzz_take(input);
    int size = (int)(fuzz_take(input) << (kind >> 5));
    struct message *message = message_allocate(size);
    FUZZ_CHECK(message);
    if (size)
        memset(message->api.m_pData, 'm', (size_t)size);
    message->api.m_nFlags = kind & 1 ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_Unreliable;
    message->api.m_nFlags |= kind & 2 ? k_nSteamNetworkingSend_NoNagle : 0;
    message->api.m_idxLane = (uint16)((kind >> 2) & 3);
    int64_t number;
    if (connection_send_message(end->connection, message, now, &number) != k_EResultOK)
        message_release(message);
    settle(end);
}

/* What one end has just sent arrives at the other, as far as the bits of two bytes say so. */
static void exchange(struct end ends[2], int from, struct fuzz_input *input)
{
    struct end *receiver = &ends[!from];
    static struct datagram_batch batch;
    unsigned which = fuzz_take(input) << 8;
    which |= fuzz_take(input);
    batch = ends[from].sent;
    datagram_batch_clear(&ends[from].sent);
    const uint8_t *bytes = batch.bytes;
    for (int i = 0; i < batch.count && !receiver->dead; bytes += batch.sizes[i], i++)
        if (which >> (i % 16) & 1)
            feed(receiver, bytes, batch.sizes[i]);
}

static void configure(struct end *end, struct fuzz_input *input)
{
    int priorities[4];
    uint16_t weights[4];
    unsigned kind = fuzz_take(input);
    for (int i = 0; i < 4; i++) {
        priorities[i] = kind >> (i + 2) & 1;
        weights[i] = (uint16_t)(kind >> 4);
    }
    connection_configure_lanes(end->connection, 1 + (int)(kind & 3), priorities, weights, now);
    settle(end);
}

static void act(struct end ends[2], struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    int which = operation >> 3 & 1;
    struct end *end = &ends[which];
    if (end->dead)
        return;
    switch (operation & 7) {
    case 0:
    case 1:
        feed_payload(end, input);
        break;
    case 2:
        feed_datagram(end, input);
        break;
    case 3:
        let_time_pass(ends, input);
        break;
    case 4:
        send_message(end, input);
        break;
    case 5:
        exchange(ends, which, input);
        break;
    case 6:
        if (operation & 0x80)
            configure(end, input);
        else if (operation & 0x40)
            connection_close(end->connection, (int)fuzz_take(input) * 16, "closed", operation & 0x20, now);
        else
            connection_flush_messages(end->connection, now);
        settle(end);
        break;
    default:
        end->full = !end->full;
        if (!end->full) {
            connection_receive_queue_drained(end->connection, now);
            settle(end);
        }
        break;
    }
}

static void read_everything(struct end *end)
{
    SteamNetConnectionInfo_t info = {0};
    SteamNetConnectionRealTimeStatus_t status;
    if (end->dead)
        return;
    connection_fill_info(end->connection, &info);
    FUZZ_CHECK(memchr(info.m_szEndDebug, 0, sizeof info.m_szEndDebug));
    connection_real_time_status(end->connection, now, &status, 0, NULL);
    connection_statistics(end->connection, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct random_generator random;
    static struct end ends[2];
    struct connection *pair[2];
    struct connection_parameters parameters[2];
    now = 3000000000000;
    random_generator_init(&random, 1);
    struct endpoint *endpoint = fuzz_endpoint(&random.source);
    memset(ends, 0, sizeof ends);
    for (int i = 0; i < 2; i++) {
        ends[i].events.deliver = deliver;
        ends[i].events.state_changed = state_changed;
        ends[i].config = fuzz_config(3);
        ends[i].id = 0x00010001u + (uint32_t)i;
        ends[i].next_number = 1;
        parameters[i] = (struct connection_parameters){
            .local_id = ends[i].id,
            .endpoint = endpoint,
            .config = &ends[i].config,
            .events = &ends[i].events,
        };
        address_set_localhost(&parameters[i].remote_address, (uint16_t)(1000 + i));
    }
    FUZZ_CHECK(connection_make_pair(pair, parameters, now));
    ends[0].connection = pair[0];
    ends[1].connection = pair[1];
    for (int i = 0; i < OPERATIONS_LIMIT && input.left; i++)
        act(ends, &input);
    for (int i = 0; i < 2; i++) {
        read_everything(&ends[i]);
        connection_destroy(ends[i].connection);
    }
    endpoint_release(endpoint);
    return 0;
}
