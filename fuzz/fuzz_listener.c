/*
 * A datagram from an address that nobody knows. A connect request gets the challenge that belongs to the address put in
 * its place, so that what lies behind that check is reached too: the identity, the certificate and the key exchange,
 * and a connection that accepts.
 */
#include "fuzz/ends.h"

#include "conn/listener.h"
#include "wire/control_messages.h"

static bool deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    (void)events, (void)connection;
    message_release(message);
    return true;
}

static void state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    (void)events;
    FUZZ_CHECK(connection_state(connection) != old_state);
}

/* The challenge that the listener gives this address now. */
static uint64_t challenge_for(struct listener *listener, const SteamNetworkingIPAddr *from, microseconds now)
{
    static struct listener_result result;
    uint8_t datagram[DATAGRAM_MAXIMUM];
    struct challenge_request request = {.has_client_id = true,
                                        .client_id = 7,
                                        .has_client_time = true,
                                        .client_time = 1,
                                        .has_version = true,
                                        .version = 13};
    struct control_message reply;
    size_t length = challenge_request_encode(&request, datagram, sizeof datagram);
    FUZZ_CHECK(length);
    FUZZ_CHECK(listener_receive(listener, from, datagram, length, true, now, &result) == LISTENER_REPLY);
    FUZZ_CHECK(result.reply_length <= length);
    FUZZ_CHECK(control_decode(result.reply, result.reply_length, &reply) == CONTROL_OK);
    FUZZ_CHECK(reply.kind == CONTROL_CHALLENGE_REPLY);
    return reply.challenge_reply.challenge;
}

static void try_connection(struct random_source *random, const struct listener_result *result,
                           const SteamNetworkingIPAddr *from, const uint8_t *datagram, size_t length, microseconds now)
{
    struct transport_config config = fuzz_config(1);
    struct connection_events events = {.deliver = deliver, .state_changed = state_changed};
    static struct datagram_batch batch;
    struct endpoint *endpoint = fuzz_endpoint(random);
    struct connection_parameters parameters = {
        .local_id = 0x00020002,
        .remote_address = *from,
        .endpoint = endpoint,
        .config = &config,
        .events = &events,
    };
    char error[128] = "";
    int reason = 0;
    struct connection *connection =
        connection_incoming(&parameters, &result->request, &result->identity, now, &reason, error);
    FUZZ_CHECK(memchr(error, 0, sizeof error));
    if (connection) {
        uint8_t again[DATAGRAM_MAXIMUM];
        connection_accept(connection, now);
        datagram_batch_clear(&batch);
        connection_send(connection, &batch, now);
        memcpy(again, datagram, length);
        connection_receive(connection, again, length, now);
        datagram_batch_clear(&batch);
        connection_send(connection, &batch, now);
    }
    connection_destroy(connection);
    endpoint_release(endpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct listener_result result;
    const microseconds now = 3000000000000;
    struct random_generator random;
    struct listener listener;
    struct control_message message;
    SteamNetworkingIPAddr from;
    uint8_t datagram[DATAGRAM_MAXIMUM];
    random_generator_init(&random, 1);
    listener_init(&listener, &random.source);
    address_set_ipv4(&from, 0xc0000201, 4000);

    enum listener_verdict verdict = listener_receive(&listener, &from, data, size, true, now, &result);
    FUZZ_CHECK(verdict != LISTENER_CONNECT);
    if (verdict == LISTENER_REPLY)
        FUZZ_CHECK(result.reply_length > 0 && result.reply_length <= size);

    if (control_decode(data, size, &message) != CONTROL_OK || message.kind != CONTROL_CONNECT_REQUEST)
        return 0;
    message.connect_request.has_challenge = true;
    message.connect_request.challenge = challenge_for(&listener, &from, now);
    size_t length = control_encode(&message, datagram, sizeof datagram);
    if (length && listener_receive(&listener, &from, datagram, length, true, now, &result) == LISTENER_CONNECT)
        try_connection(&random.source, &result, &from, datagram, length, now);
    return 0;
}
