#include "fuzz/guest.h"

#include "wire/control_messages.h"
#include "wire/data_header.h"
#include "wire/frame.h"

#include "fuzz/hello.h"

enum {
    OPERATIONS_LIMIT = 32,
    BATCHES_LIMIT = 256,
};

static struct guest the_guest;

/* ---- events ------------------------------------------------------------------------------------------------------ */

static bool deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    (void)events;
    FUZZ_CHECK(connection == the_guest.connection && !the_guest.dead);
    FUZZ_CHECK(message->api.m_cbSize >= 0 && message->api.m_cbSize <= the_guest.config.receive_max_message_size);
    the_guest.delivered++;
    message_release(message);
    return true;
}

static void state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    (void)events;
    FUZZ_CHECK(!the_guest.dead && connection_state(connection) != old_state);
    the_guest.dead = connection_state(connection) == k_ESteamNetworkingConnectionState_Dead;
}

struct guest *guest_begin(void)
{
    memset(&the_guest, 0, sizeof the_guest);
    the_guest.events = (struct connection_events){.deliver = deliver, .state_changed = state_changed};
    the_guest.now = 3000000000000;
    the_guest.connection_id = 0x00020002;
    the_guest.own_id = 0x00030003;
    return &the_guest;
}

void guest_end(struct guest *guest)
{
    connection_destroy(guest->connection);
    packet_cipher_free(&guest->seal);
    packet_cipher_free(&guest->open);
}

/* ---- what the connection sends ----------------------------------------------------------------------------------- */

static void check_data(struct guest *guest, const uint8_t *datagram, size_t length)
{
    struct data_header header;
    struct frame_decoder decoder;
    struct frame frame;
    enum frame_result result;
    uint8_t payload[DATAGRAM_MAXIMUM];
    FUZZ_CHECK(data_header_decode(&header, datagram, length));
    if (!guest->keyed)
        return;
    FUZZ_CHECK(header.connection_id == guest->own_id && header.packet_number == (uint16_t)(guest->received + 1));
    guest->received++;
    length -= header.size;
    memcpy(payload, datagram + header.size, length);
    if (guest->encrypted) {
        FUZZ_CHECK(packet_cipher_open(&guest->open, (uint64_t)guest->received, payload, length));
        length -= CRYPTO_CIPHER_TAG_SIZE;
    }
    frame_decoder_init(&decoder, payload, length, guest->received);
    while ((result = frame_next(&decoder, &frame)) == FRAME_OK)
        ;
    FUZZ_CHECK(result == FRAME_END);
}

static void check_sent(struct guest *guest, const uint8_t *datagram, size_t length)
{
    struct control_message message;
    FUZZ_CHECK(length <= DATAGRAM_MAXIMUM);
    if (datagram_classify(datagram, length) == DATAGRAM_DATA) {
        check_data(guest, datagram, length);
        return;
    }
    FUZZ_CHECK(control_decode(datagram, length, &message) == CONTROL_OK);
    memcpy(guest->control, datagram, length);
    guest->control_length = length;
}

static void flush(struct guest *guest)
{
    static struct datagram_batch batch;
    int rounds = 0;
    bool more = true;
    while (more && !guest->dead) {
        const uint8_t *at = batch.bytes;
        datagram_batch_clear(&batch);
        more = connection_send(guest->connection, &batch, guest->now);
        for (int i = 0; i < batch.count; at += batch.sizes[i], i++)
            check_sent(guest, at, batch.sizes[i]);
        FUZZ_CHECK(++rounds < BATCHES_LIMIT);
    }
}

void guest_settle(struct guest *guest)
{
    int rounds = 0;
    flush(guest);
    while (!guest->dead && connection_deadline(guest->connection, guest->now) <= guest->now) {
        connection_tick(guest->connection, guest->now);
        flush(guest);
        FUZZ_CHECK(++rounds < FUZZ_ROUNDS_LIMIT);
    }
}

/* ---- what the guest sends ---------------------------------------------------------------------------------------- */

void guest_feed(struct guest *guest, const uint8_t *datagram, size_t length)
{
    if (guest->dead)
        return;
    uint8_t *copy = malloc(length ? length : 1);
    FUZZ_CHECK(copy);
    memcpy(copy, datagram, length);
    connection_receive(guest->connection, copy, length, guest->now);
    free(copy);
    guest_settle(guest);
}

void guest_use_keys(struct guest *guest, const struct session_keys *keys, uint32_t cipher, bool as_client,
                    int64_t first_number)
{
    guest->keyed = true;
    guest->encrypted = cipher == CIPHER_AES_256_GCM;
    guest->number = guest->received = first_number - 1;
    if (!guest->encrypted)
        return;
    FUZZ_CHECK(packet_cipher_init(&guest->seal, PACKET_CIPHER_SEAL,
                                  as_client ? keys->client_to_server_key : keys->server_to_client_key,
                                  as_client ? keys->client_to_server_iv : keys->server_to_client_iv));
    FUZZ_CHECK(packet_cipher_init(&guest->open, PACKET_CIPHER_OPEN,
                                  as_client ? keys->server_to_client_key : keys->client_to_server_key,
                                  as_client ? keys->server_to_client_iv : keys->client_to_server_iv));
}

/* The length of the datagram. */
static size_t seal(struct guest *guest, unsigned step, const uint8_t *payload, size_t length, uint8_t *datagram)
{
    guest->number += 1 + (step < 8 ? 0 : step - 8);
    struct data_header header = {.connection_id = guest->connection_id, .packet_number = (uint16_t)guest->number};
    size_t size = data_header_encode(&header, datagram, DATAGRAM_MAXIMUM);
    memcpy(datagram + size, payload, length);
    if (!guest->encrypted)
        return size + length;
    FUZZ_CHECK(packet_cipher_seal(&guest->seal, (uint64_t)guest->number, datagram + size, length));
    return size + length + CRYPTO_CIPHER_TAG_SIZE;
}

void guest_feed_payload(struct guest *guest, unsigned step, const uint8_t *payload, size_t length)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    size_t size = seal(guest, step, payload, length, datagram);
    guest_feed(guest, datagram, size);
}

void guest_check_delivery(struct guest *guest)
{
    /* Unreliable, the last segment, its number in 16 bits, up to the end of the packet. */
    static const uint8_t payload[] = {0x20 | 7, 1, 0, 'x'};
    FUZZ_CHECK(connection_state(guest->connection) == k_ESteamNetworkingConnectionState_Connected);
    FUZZ_CHECK(guest->keyed && guest->delivered == 0);
    guest_feed_payload(guest, 0, payload, sizeof payload);
    FUZZ_CHECK(guest->delivered == 1);
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static size_t take_payload(struct fuzz_input *input, const uint8_t **payload)
{
    size_t length = fuzz_take(input) << 8;
    length = (length | fuzz_take(input)) % 1200;
    *payload = fuzz_take_bytes(input, &length);
    return length;
}

/* Sealed; with the high bit of the operation, changed afterwards, which nothing but a counter may notice. */
static void send_payload(struct guest *guest, struct fuzz_input *input, bool change)
{
    uint8_t datagram[DATAGRAM_MAXIMUM];
    const uint8_t *payload;
    unsigned step = fuzz_take(input);
    if (!guest->keyed)
        return;
    size_t length = take_payload(input, &payload);
    length = seal(guest, step, payload, length, datagram);
    int delivered = guest->delivered, state = connection_state(guest->connection);
    bool changed = change && hello_change(input, datagram + PACKET_HEADER_SIZE, length - PACKET_HEADER_SIZE);
    guest_feed(guest, datagram, length);
    if (changed && guest->encrypted && !guest->dead) {
        /* Two changes may have undone each other. */
        uint8_t again[DATAGRAM_MAXIMUM];
        guest->number -= 1 + (step < 8 ? 0 : step - 8);
        size_t size = seal(guest, step, payload, length - PACKET_HEADER_SIZE - CRYPTO_CIPHER_TAG_SIZE, again);
        if (size != length || memcmp(again, datagram, length) != 0)
            FUZZ_CHECK(guest->delivered == delivered && connection_state(guest->connection) == state);
    }
}

static void send_message(struct guest *guest, struct fuzz_input *input)
{
    unsigned kind = fuzz_take(input);
    int64_t number;
    struct message *message = message_allocate((int)(fuzz_take(input) << (kind >> 5)));
    FUZZ_CHECK(message);
    if (message->api.m_cbSize)
        memset(message->api.m_pData, 'm', (size_t)message->api.m_cbSize);
    message->api.m_nFlags = kind & 1 ? k_nSteamNetworkingSend_Reliable : k_nSteamNetworkingSend_Unreliable;
    message->api.m_nFlags |= kind & 2 ? k_nSteamNetworkingSend_NoNagle : 0;
    if (connection_send_message(guest->connection, message, guest->now, &number) != k_EResultOK)
        message_release(message);
    guest_settle(guest);
}

static void act(struct guest *guest, struct fuzz_input *input)
{
    unsigned operation = fuzz_take(input);
    const uint8_t *bytes;
    switch (operation & 7) {
    case 0:
    case 1:
    case 2:
        send_payload(guest, input, operation & 0x80);
        break;
    case 3: {
        size_t length = take_payload(input, &bytes);
        guest_feed(guest, bytes, length);
        break;
    }
    case 4: {
        unsigned amount = fuzz_take(input);
        guest->now += amount < 128 ? amount * MILLISECOND : (microseconds)(amount - 127) * 100 * MILLISECOND;
        connection_tick(guest->connection, guest->now);
        guest_settle(guest);
        break;
    }
    case 5:
        send_message(guest, input);
        break;
    case 6:
        connection_close(guest->connection, (int)fuzz_take(input) * 16, "closed", operation & 0x20, guest->now);
        guest_settle(guest);
        break;
    default:
        /* What it sent last comes back to it. */
        guest_feed(guest, guest->control, guest->control_length);
        break;
    }
}

void guest_live(struct guest *guest, struct fuzz_input *input)
{
    for (int i = 0; i < OPERATIONS_LIMIT && input->left && !guest->dead; i++)
        act(guest, input);
}
