#include "net/sim/sim_flow.h"

#include "conn/connection_private.h"
#include "wire/address.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    BULK_MESSAGE = 16 * 1024,
    BULK_PENDING = 512 * 1024, /* so much waits at least */
    UNRELIABLE_MESSAGE = 1150,
    GAME_MESSAGE = 200,
    CLOCK_BEGINS = 1000, /* seconds: no reading is 0 */
    TICK_LATE = 60,      /* microseconds: timers are never exact */
};

#define GAME_INTERVAL    (SECOND / 60)
#define TRICKLE_INTERVAL (10 * MILLISECOND)

static void flush(struct sim_flow_end *end);

static microseconds clock_now(const struct sim_flow *flow)
{
    return flow->world->now + CLOCK_BEGINS * SECOND;
}

static int64_t unix_time(void)
{
    return 1700000000;
}

/* ---- the application ------------------------------------------------------------------------------------------- */

static bool offer(struct sim_flow *flow, int size, int flags)
{
    struct message *message = message_allocate(size);
    int64_t number;

    if (!message)
        return false;
    memset(message->api.m_pData, 0, (size_t)size);
    memcpy(message->api.m_pData, &flow->world->now, sizeof(flow->world->now));
    message->api.m_nFlags = flags;
    if (connection_send_message(flow->client.connection, message, clock_now(flow), &number) == k_EResultOK)
        return true;
    message_release(message);
    return false;
}

/* Fills up what the connection has sent of a bulk transfer. */
static void top_up(struct sim_flow *flow)
{
    struct connection *connection = flow->client.connection;
    bool reliable = flow->pattern == SIM_BULK;

    if (connection_state(connection) != k_ESteamNetworkingConnectionState_Connected)
        return;
    if (flow->pattern != SIM_BULK && flow->pattern != SIM_BULK_UNRELIABLE)
        return;
    while (connection_pending_bytes(connection) < BULK_PENDING &&
           offer(flow, reliable ? BULK_MESSAGE : UNRELIABLE_MESSAGE,
                 reliable ? k_nSteamNetworkingSend_ReliableNoNagle : k_nSteamNetworkingSend_UnreliableNoNagle))
        ;
}

static void run_application(struct sim_world *world, struct sim_event *event)
{
    struct sim_flow *flow = container_of(event, struct sim_flow, application);
    bool connected = connection_state(flow->client.connection) == k_ESteamNetworkingConnectionState_Connected;

    switch (flow->pattern) {
    case SIM_GAME:
        if (connected)
            offer(flow, GAME_MESSAGE, k_nSteamNetworkingSend_UnreliableNoNagle);
        sim_plan(world, event, world->now + GAME_INTERVAL, run_application);
        break;
    case SIM_TRICKLE:
        if (connected)
            offer(flow, (int)(flow->trickle_rate * TRICKLE_INTERVAL / SECOND), k_nSteamNetworkingSend_ReliableNoNagle);
        sim_plan(world, event, world->now + TRICKLE_INTERVAL, run_application);
        break;
    default:
        break;
    }
    flush(&flow->client);
}

static void note_latency(struct sim_flow *flow, const struct message *message)
{
    microseconds sent;

    if (flow->latency_count == flow->latency_capacity) {
        int64_t capacity = flow->latency_capacity ? 2 * flow->latency_capacity : 1024;
        microseconds *grown = realloc(flow->latencies, (size_t)capacity * sizeof(*grown));

        if (!grown) {
            sim_fail(flow->world, "out of memory for the simulation itself");
            return;
        }
        flow->latencies = grown;
        flow->latency_capacity = capacity;
    }
    memcpy(&sent, message->api.m_pData, sizeof(sent));
    flow->latencies[flow->latency_count++] = flow->world->now - sent;
}

static bool deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    struct sim_flow_end *end = container_of(events, struct sim_flow_end, events);

    (void)connection;
    end->flow->delivered_bytes += message->api.m_cbSize;
    end->flow->delivered_messages++;
    if (end->flow->tell_latencies)
        note_latency(end->flow, message);
    message_release(message);
    return true;
}

static void state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    struct sim_flow_end *end = container_of(events, struct sim_flow_end, events);
    SteamNetConnectionInfo_t info;

    (void)old_state;
    if (connection_state(connection) != k_ESteamNetworkingConnectionState_ProblemDetectedLocally &&
        connection_state(connection) != k_ESteamNetworkingConnectionState_ClosedByPeer)
        return;
    memset(&info, 0, sizeof(info));
    connection_fill_info(connection, &info);
    sim_fail(end->flow->world, "a connection ended with reason %d: %s", info.m_eEndReason, info.m_szEndDebug);
}

/* ---- datagrams ------------------------------------------------------------------------------------------------- */

static bool is_client(const struct sim_flow_end *end)
{
    return end == &end->flow->client;
}

static void arrive(struct sim_parcel *parcel);

static void put_on_path(struct sim_flow_end *from, const uint8_t *bytes, size_t length)
{
    struct sim_flow *flow = from->flow;
    struct sim_parcel *parcel = sim_parcel_new(flow->world, length, length);

    if (!parcel)
        return;
    memcpy(parcel->bytes, bytes, length);
    parcel->arrive = arrive;
    parcel->receiver = is_client(from) ? &flow->server : &flow->client;
    parcel->account = &from->account;
    sim_bottleneck_send(is_client(from) ? flow->forward : flow->backward, parcel);
}

static void run_tick(struct sim_world *world, struct sim_event *event)
{
    struct sim_flow_end *end = container_of(event, struct sim_flow_end, tick);

    (void)world;
    connection_tick(end->connection, clock_now(end->flow));
    flush(end);
}

static void flush(struct sim_flow_end *end)
{
    struct sim_flow *flow = end->flow;
    static struct datagram_batch batch; /* simulations have one thread */
    microseconds now = clock_now(flow), deadline;
    bool more;

    do {
        const uint8_t *bytes = batch.bytes;

        if (is_client(end))
            top_up(flow);
        datagram_batch_clear(&batch);
        more = connection_send(end->connection, &batch, now);
        for (int i = 0; i < batch.count; bytes += batch.sizes[i], i++)
            put_on_path(end, bytes, batch.sizes[i]);
    } while (more && !flow->world->failed);
    deadline = connection_deadline(end->connection, now);
    if (deadline == TIME_NEVER)
        sim_cancel(flow->world, &end->tick);
    else
        sim_plan(flow->world, &end->tick, deadline - CLOCK_BEGINS * SECOND + sim_between(flow->world, 0, TICK_LATE),
                 run_tick);
}

static struct connection_parameters parameters_of(struct sim_flow_end *end)
{
    struct sim_flow *flow = end->flow;
    uint32_t id;

    do
        id = random_u32(&flow->random.source);
    while (!(id & 0xffff) || !(id >> 16));
    return (struct connection_parameters){
        .local_id = id,
        .remote_address = flow->addresses[is_client(end)],
        .endpoint = end->endpoint,
        .config = &end->config,
        .events = &end->events,
    };
}

static void shake_hands(struct sim_flow *flow, const struct sim_parcel *parcel)
{
    struct sim_flow_end *server = &flow->server;
    struct connection_parameters parameters;
    static struct listener_result result;
    char error[256] = "";
    int reason = 0;

    switch (listener_receive(&flow->listener, &flow->addresses[0], parcel->bytes, parcel->length, true, clock_now(flow),
                             &result)) {
    case LISTENER_REPLY:
        put_on_path(server, result.reply, result.reply_length);
        break;
    case LISTENER_CONNECT:
        parameters = parameters_of(server);
        server->connection =
            connection_incoming(&parameters, &result.request, &result.identity, clock_now(flow), &reason, error);
        if (!server->connection)
            sim_fail(flow->world, "a connection was refused: %d, %s", reason, error);
        else if (connection_accept(server->connection, clock_now(flow)) != k_EResultOK)
            sim_fail(flow->world, "a connection could not be accepted");
        break;
    default:
        break;
    }
}

static void arrive(struct sim_parcel *parcel)
{
    struct sim_flow_end *end = parcel->receiver;
    struct sim_flow *flow = end->flow;

    if (end->connection)
        connection_receive(end->connection, parcel->bytes, parcel->length, clock_now(flow));
    else
        shake_hands(flow, parcel);
    free(parcel);
    if (end->connection && !flow->world->failed)
        flush(end);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void end_init(struct sim_flow_end *end, struct sim_flow *flow, const struct transport_config *config)
{
    end->flow = flow;
    end->events.deliver = deliver;
    end->events.state_changed = state_changed;
    end->config = *config;
    end->endpoint = endpoint_new();
    if (!end->endpoint) {
        sim_fail(flow->world, "out of memory for the simulation itself");
        return;
    }
    identity_set_localhost(&end->endpoint->identity);
    end->endpoint->random = &flow->random.source;
    end->endpoint->unix_time = unix_time;
}

void sim_flow_init(struct sim_flow *flow, struct sim_world *world, int index, const struct transport_config *config,
                   struct sim_bottleneck *forward, struct sim_bottleneck *backward)
{
    memset(flow, 0, sizeof(*flow));
    flow->world = world;
    flow->forward = forward;
    flow->backward = backward;
    random_generator_init(&flow->random, random_u64(&world->random.source));
    address_set_ipv4(&flow->addresses[0], 0x0a000001 + (uint32_t)index, 30000);
    address_set_ipv4(&flow->addresses[1], 0x0a010001 + (uint32_t)index, 27015);
    listener_init(&flow->listener, &flow->random.source);
    end_init(&flow->client, flow, config);
    end_init(&flow->server, flow, config);
}

static void end_destroy(struct sim_flow_end *end)
{
    sim_cancel(end->flow->world, &end->tick);
    connection_destroy(end->connection);
    if (end->endpoint)
        endpoint_release(end->endpoint);
}

void sim_flow_destroy(struct sim_flow *flow)
{
    sim_cancel(flow->world, &flow->application);
    end_destroy(&flow->client);
    end_destroy(&flow->server);
    free(flow->latencies);
}

void sim_flow_send(struct sim_flow *flow, enum sim_pattern pattern, int64_t trickle_rate)
{
    flow->pattern = pattern;
    flow->trickle_rate = trickle_rate;
    if (!flow->client.connection) {
        struct connection_parameters parameters = parameters_of(&flow->client);
        char error[256] = "";

        flow->client.connection = connection_connect(&parameters, clock_now(flow), error);
        if (!flow->client.connection) {
            sim_fail(flow->world, "cannot connect: %s", error);
            return;
        }
    }
    run_application(flow->world, &flow->application);
}

SteamNetConnectionRealTimeStatus_t sim_flow_status(const struct sim_flow *flow)
{
    SteamNetConnectionRealTimeStatus_t status;

    memset(&status, 0, sizeof(status));
    if (flow->client.connection)
        connection_real_time_status(flow->client.connection, clock_now(flow), &status, 0, NULL);
    return status;
}

struct congestion_view sim_flow_view(const struct sim_flow *flow)
{
    const struct connection *connection = flow->client.connection;

    return connection ? congestion_model_view(connection->sender.congestion) : (struct congestion_view){.bandwidth = 0};
}
