#include "net/sim/sim_host.h"

#include "base/alloc.h"
#include "wire/address.h"
#include "wire/control_messages.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SMALL_PACKET = 150,
    RATE_TOLERANCE_BYTES = 2 * 1300, /* a full bucket, and one packet of debt */
    RATE_TOLERANCE_TIME = 51 * 1000, /* microseconds: what a sender that was woken late may catch up */
};

/* What an observation is about, for the digest. */
enum observation {
    OBSERVE_SENT = 1,
    OBSERVE_STATE,
    OBSERVE_DELIVERED,
    OBSERVE_REPLY,
};

static bool end_deliver(struct connection_events *events, struct connection *connection, struct message *message);
static void end_state_changed(struct connection_events *events, struct connection *connection, int old_state);
static void run_tick(struct sim_world *world, struct sim_event *event);

microseconds sim_host_now(const struct sim_host *host)
{
    return host->world->now + host->clock_offset;
}

/* ---- hosts and ends ------------------------------------------------------------------------------------------ */

bool sim_host_init(struct sim_host *host, struct sim_world *world, int index, struct endpoint *endpoint)
{
    memset(host, 0, sizeof(*host));
    host->world = world;
    host->index = index;
    host->endpoint = endpoint;
    random_generator_init(&host->random, random_u64(&world->random.source));
    endpoint->random = &host->random.source;
    list_init(&host->ends);
    list_init(&host->backlog);
    listener_init(&host->listener, &host->random.source);
    return true;
}

static void empty_inbox(struct sim_end *end)
{
    struct list_node *node;

    while ((node = list_pop_front(&end->inbox)))
        message_release(container_of(node, struct message, queue_node));
    end->inbox_count = 0;
    end->inbox_bytes = 0;
}

static void end_free(struct sim_end *end)
{
    connection_destroy(end->connection);
    sim_cancel(end->host->world, &end->tick);
    empty_inbox(end);
    sim_ledger_destroy(&end->ledger);
    free(end->application_data);
    free(end);
}

void sim_host_destroy(struct sim_host *host)
{
    struct list_node *node;

    while ((node = list_pop_front(&host->ends)))
        end_free(container_of(node, struct sim_end, node));
    while ((node = list_pop_front(&host->backlog)))
        sim_datagram_free(container_of(node, struct sim_datagram, node));
    endpoint_release(host->endpoint);
}

static uint32_t fresh_id(struct sim_host *host)
{
    for (;;) {
        uint32_t id = random_u32(&host->world->random.source);
        bool taken = false;
        struct sim_end *end;

        list_for_each_entry(end, &host->ends, struct sim_end, node) taken = taken || (uint16_t)end->id == (uint16_t)id;
        if ((id & 0xffff) && (id >> 16) && !taken)
            return id;
    }
}

static struct sim_end *end_new(struct sim_host *host, const SteamNetworkingIPAddr *local,
                               const SteamNetworkingIPAddr *remote)
{
    struct sim_end *end = calloc(1, sizeof(*end));

    if (!end || !sim_ledger_init(&end->ledger)) {
        sim_fail(host->world, "out of memory for the simulation itself");
        free(end);
        return NULL;
    }
    end->events.deliver = end_deliver;
    end->events.state_changed = end_state_changed;
    end->host = host;
    end->id = fresh_id(host);
    end->serial = host->end_count++;
    end->local = *local;
    end->remote = *remote;
    end->state = end->seen_state = k_ESteamNetworkingConnectionState_Connecting;
    end->inbox_limit = 1000;
    list_init(&end->inbox);
    list_push_back(&host->ends, &end->node);
    return end;
}

static struct connection_parameters parameters_of(struct sim_end *end)
{
    return (struct connection_parameters){
        .local_id = end->id,
        .remote_address = end->remote,
        .endpoint = end->host->endpoint,
        .config = &end->host->config,
        .events = &end->events,
    };
}

static void say_end(const struct sim_end *end, const char *what)
{
    sim_say(end->host->world, "host %d end %d (%08x): %s", end->host->index, end->serial, end->id, what);
}

/* ---- after every call ---------------------------------------------------------------------------------------- */

static int visible_state(int state)
{
    return state < 0 ? k_ESteamNetworkingConnectionState_None : state;
}

/* What must hold of any connection between two calls. */
static void sim_end_check(struct sim_end *end)
{
    struct sim_world *world = end->host->world;
    int state = connection_state(end->connection);

    if (state != end->state)
        sim_fail(world, "host %d end %d: the state became %d without a report", end->host->index, end->serial, state);
    if (end->released && state >= 0)
        sim_fail(world, "host %d end %d: state %d after it was closed", end->host->index, end->serial, state);
    if (!end->released && state < 0)
        sim_fail(world, "host %d end %d: state %d although it was not closed", end->host->index, end->serial, state);
    if (connection_pending_bytes(end->connection) < 0)
        sim_fail(world, "host %d end %d: negative pending bytes", end->host->index, end->serial);
    if (connection_local_id(end->connection) != end->id)
        sim_fail(world, "host %d end %d: its id changed", end->host->index, end->serial);
}

/*
 * Nobody may send faster than the configuration allows, from the beginning of the connection until now. Small packets
 * are left out: acknowledgements and probes are sent even when the rate is used up (protocol 16.5).
 */
static void check_rate(struct sim_end *end, size_t size)
{
    struct sim_host *host = end->host;
    microseconds elapsed = host->world->now - end->connected_at + RATE_TOLERANCE_TIME;
    int64_t allowed = elapsed * host->config.send_rate_max / SECOND + RATE_TOLERANCE_BYTES;

    if (size <= SMALL_PACKET)
        return;
    end->bytes_since_connected += (int64_t)size;
    if (end->bytes_since_connected > allowed)
        sim_fail(host->world, "host %d end %d has sent %lld bytes in %lld ms at a rate of at most %d", host->index,
                 end->serial, (long long)end->bytes_since_connected,
                 (long long)((host->world->now - end->connected_at) / MILLISECOND), host->config.send_rate_max);
}

static void transmit(struct sim_end *end, const struct datagram_batch *batch)
{
    struct sim_host *host = end->host;
    struct sim_link *link = host->route(host, &end->remote);
    const uint8_t *bytes = batch->bytes;
    size_t limit = (size_t)host->config.packet_size;

    for (int i = 0; i < batch->count; bytes += batch->sizes[i], i++) {
        size_t size = batch->sizes[i];

        if (size < DATAGRAM_MINIMUM || size > DATAGRAM_MAXIMUM || ((bytes[0] & DATAGRAM_DATA_FLAG) && size > limit))
            sim_fail(host->world, "host %d end %d: a datagram of %zu bytes", host->index, end->serial, size);
        sim_observe_bytes(host->world, OBSERVE_SENT, bytes, size);
        if (bytes[0] & DATAGRAM_DATA_FLAG)
            check_rate(end, size);
        end->packets++;
        host->datagrams_sent++;
        host->bytes_sent += size;
        if (link)
            sim_link_send(link, &end->local, &end->remote, bytes, size);
    }
}

/* Sends until nothing is left, sets the timer, destroys what is dead: the owner's part of every call. */
static void flush(struct sim_end *end)
{
    struct sim_host *host = end->host;
    struct sim_world *world = host->world;
    static struct datagram_batch batch; /* 60 kB, and simulations have one thread */
    microseconds now = sim_host_now(host), deadline;
    int rounds = 0;
    bool more;

    do {
        datagram_batch_clear(&batch);
        end->inside = true;
        more = connection_send(end->connection, &batch, now);
        end->inside = false;
        transmit(end, &batch);
        if (++rounds > SIM_SENDS_WITHOUT_END) {
            sim_fail(world, "host %d end %d: sending has no end", host->index, end->serial);
            return;
        }
    } while (more && !world->failed);
    sim_end_check(end);
    if (end->state == k_ESteamNetworkingConnectionState_Dead) {
        say_end(end, "destroyed");
        connection_destroy(end->connection);
        end->connection = NULL;
        sim_cancel(world, &end->tick);
        return;
    }
    deadline = connection_deadline(end->connection, now);
    if (deadline == TIME_NEVER) {
        sim_cancel(world, &end->tick);
    } else {
        microseconds at = time_later(deadline - host->clock_offset, world->now);

        if (host->tick_late_maximum > 0)
            at += sim_between(world, 0, host->tick_late_maximum);
        if (sim_chance(world, host->tick_early))
            at = world->now + sim_between(world, 0, at - world->now);
        sim_plan(world, &end->tick, at, run_tick);
    }
}

/* Tells the application what has changed, outside of any call on the connection. */
static void tell_application(struct sim_end *end)
{
    struct sim_application *application = end->host->application;
    int state = visible_state(end->state);

    if (!end->released && state != end->seen_state) {
        int old = end->seen_state;

        end->seen_state = state;
        application->changed(application, end, old);
    }
    if (!end->released && end->inbox_count > 0)
        application->readable(application, end);
}

static void run_tick(struct sim_world *world, struct sim_event *event)
{
    struct sim_end *end = container_of(event, struct sim_end, tick);

    if (end->host->frozen) {
        sim_plan(world, event, world->now + 10 * MILLISECOND, run_tick);
        return;
    }
    end->ticks_at_instant = world->now == end->last_tick ? end->ticks_at_instant + 1 : 0;
    end->last_tick = world->now;
    if (end->ticks_at_instant > SIM_TICKS_WITHOUT_TIME) {
        sim_fail(world, "host %d end %d: its deadline does not move", end->host->index, end->serial);
        return;
    }
    end->ticks++;
    end->inside = true;
    connection_tick(end->connection, sim_host_now(end->host));
    end->inside = false;
    flush(end);
    tell_application(end);
}

/* ---- reports of connections ---------------------------------------------------------------------------------- */

static bool transition_allowed(int from, int to)
{
    switch (from) {
    case k_ESteamNetworkingConnectionState_Connecting:
        return to == k_ESteamNetworkingConnectionState_Connected ||
               to == k_ESteamNetworkingConnectionState_ClosedByPeer ||
               to == k_ESteamNetworkingConnectionState_ProblemDetectedLocally ||
               to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_Connected:
        return to == k_ESteamNetworkingConnectionState_ClosedByPeer ||
               to == k_ESteamNetworkingConnectionState_ProblemDetectedLocally ||
               to == k_ESteamNetworkingConnectionState_Linger || to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_Linger:
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        return to == k_ESteamNetworkingConnectionState_FinWait;
    case k_ESteamNetworkingConnectionState_FinWait:
        return to == k_ESteamNetworkingConnectionState_Dead;
    default:
        return false;
    }
}

/* A peer of which something was heard so recently is not lost (protocol 17.3; a bit less than its 10 s). */
#define HEARD_RECENTLY (9500 * MILLISECOND)

static bool heard_recently(const struct sim_end *end)
{
    return end->host->world->now - end->last_heard < HEARD_RECENTLY;
}

/*
 * Linger is over: because everything has been delivered, or with a good reason. Messages that wait for room in the
 * peer's receive queue count as delivered; the peer's application will get them, after the end of the connection if
 * need be.
 */
static void linger_ended(struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    end->linger_complete = sim_ledger_complete(&end->ledger);
    if (end->linger_complete || !peer || !peer->connection ||
        peer->state != k_ESteamNetworkingConnectionState_Connected || !heard_recently(end))
        return;
    if (connection_delivery_blocked(peer->connection)) {
        peer->owed = true;
        return;
    }
    sim_fail(end->host->world, "host %d end %d stopped lingering with %lld of %lld reliable messages delivered",
             end->host->index, end->serial, (long long)end->ledger.reliable_delivered,
             (long long)end->ledger.reliable_sent);
}

/* The application has read all there is of a connection that its peer has closed. */
static void check_owed(struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    if (end->owed && !end->host->shortage && end->state == k_ESteamNetworkingConnectionState_ClosedByPeer &&
        end->inbox_count == 0 && peer && !sim_ledger_complete(&peer->ledger))
        sim_fail(end->host->world, "host %d end %d cannot read all that its lingering peer has sent: %lld of %lld",
                 end->host->index, end->serial, (long long)peer->ledger.reliable_delivered,
                 (long long)peer->ledger.reliable_sent);
}

/* An end that the application still looks at ended by itself: only for reasons that exist. */
static void check_problem(struct sim_end *end, int old_state)
{
    int reason = end->end_reason;
    bool allowed = reason == k_ESteamNetConnectionEnd_Misc_Timeout;

    /* After a handshake with changed bits the two may not understand each other, and hear each other all the same. */
    if (old_state == k_ESteamNetworkingConnectionState_Connected)
        allowed = allowed && (!heard_recently(end) || end->host->corruption);
    else
        allowed = allowed || end->host->corruption;
    if (!allowed && !end->host->shortage)
        sim_fail(end->host->world,
                 "host %d end %d failed in state %d with reason %d, last heard of its peer %lld ms ago",
                 end->host->index, end->serial, old_state, reason,
                 (long long)((end->host->world->now - end->last_heard) / MILLISECOND));
}

static void check_closed_by_peer(struct sim_end *end)
{
    struct sim_end *peer = sim_end_counterpart(end);
    int reason = end->end_reason;

    if (end->host->corruption || reason == k_ESteamNetConnectionEnd_Misc_PeerSentNoConnection)
        return;
    if (!peer || reason != (peer->end_reason ? peer->end_reason : peer->close_reason))
        sim_fail(end->host->world, "host %d end %d was closed by its peer with reason %d, which the peer does not have",
                 end->host->index, end->serial, reason);
}

static void end_state_changed(struct connection_events *events, struct connection *connection, int old_state)
{
    struct sim_end *end = container_of(events, struct sim_end, events);
    struct sim_world *world = end->host->world;
    int state = connection_state(connection);

    if (!end->inside)
        sim_fail(world, "host %d end %d: a report outside of any call", end->host->index, end->serial);
    if (old_state != end->state)
        sim_fail(world, "host %d end %d: reported from state %d, was %d", end->host->index, end->serial, old_state,
                 end->state);
    if (!transition_allowed(old_state, state))
        sim_fail(world, "host %d end %d: state %d became %d", end->host->index, end->serial, old_state, state);
    if (old_state == k_ESteamNetworkingConnectionState_Linger)
        linger_ended(end);
    end->state = state;
    if (state == k_ESteamNetworkingConnectionState_Connected) {
        end->was_connected = true;
        end->last_heard = end->connected_at = world->now;
    }
    end->lingered = end->lingered || state == k_ESteamNetworkingConnectionState_Linger;
    sim_say(world, "host %d end %d (%08x): state %d to %d", end->host->index, end->serial, end->id, old_state, state);
    if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
        state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally) {
        SteamNetConnectionInfo_t info;

        memset(&info, 0, sizeof(info));
        connection_fill_info(connection, &info);
        end->end_reason = info.m_eEndReason;
        sim_say(world, "    reason %d: %s", info.m_eEndReason, info.m_szEndDebug);
        if (state == k_ESteamNetworkingConnectionState_ClosedByPeer)
            check_closed_by_peer(end);
        else
            check_problem(end, old_state);
    }
    sim_observe(world, OBSERVE_STATE, (uint64_t)end->id << 32 | (uint32_t)state);
}

static bool end_deliver(struct connection_events *events, struct connection *connection, struct message *message)
{
    struct sim_end *end = container_of(events, struct sim_end, events);
    struct sim_world *world = end->host->world;
    struct sim_end *peer;

    (void)connection;
    if (!end->inside)
        sim_fail(world, "host %d end %d: a message outside of any call", end->host->index, end->serial);
    /* What came before the end may be handed over after it, when the application makes room. */
    if (end->released || !(end->state == k_ESteamNetworkingConnectionState_Connected ||
                           (end->reading && end->state == k_ESteamNetworkingConnectionState_ClosedByPeer) ||
                           (end->reading && end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally))) {
        sim_fail(world, "host %d end %d: a message in state %d", end->host->index, end->serial, end->state);
        return false;
    }
    if (end->inbox_count >= end->inbox_limit ||
        end->inbox_bytes + message->api.m_cbSize > end->host->config.receive_buffer_size)
        return false;
    peer = sim_end_peer(end);
    if (!peer) {
        sim_fail(world, "host %d end %d: a message from nobody", end->host->index, end->serial);
        return false;
    }
    sim_ledger_delivered(world, &peer->ledger, message);
    sim_observe(world, OBSERVE_DELIVERED,
                (uint64_t)message->api.m_idxLane << 48 | (uint64_t)message->api.m_nMessageNumber);
    list_push_back(&end->inbox, &message->queue_node);
    end->inbox_count++;
    end->inbox_bytes += message->api.m_cbSize;
    return true;
}

/* ---- datagrams ----------------------------------------------------------------------------------------------- */

static struct sim_end *find_end(struct sim_host *host, const SteamNetworkingIPAddr *local,
                                const SteamNetworkingIPAddr *remote)
{
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end, node) if (end->connection &&
                                                                    address_equal(&end->local, local) &&
                                                                    address_equal(&end->remote, remote)) return end;
    return NULL;
}

static void reply(struct sim_host *host, const struct sim_datagram *datagram, const uint8_t *bytes, size_t length)
{
    struct sim_link *link = host->route(host, &datagram->from);

    /* Nobody may be made to flood a third party (protocol 3.2). */
    if (length == 0 || length > datagram->length)
        sim_fail(host->world, "host %d answers %zu bytes with %zu to an address that has not proved itself",
                 host->index, datagram->length, length);
    host->stray_replies++;
    sim_observe_bytes(host->world, OBSERVE_REPLY, bytes, length);
    if (link)
        sim_link_send(link, &host->address, &datagram->from, bytes, length);
}

static bool is_duplicate(struct sim_host *host, const struct listener_result *result, const SteamNetworkingIPAddr *from)
{
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end,
                        node) if (end->connection &&
                                  connection_remote_id(end->connection) == result->request.client_id &&
                                  identity_equal(connection_remote_identity(end->connection), &result->identity) &&
                                  !address_equal(&end->remote, from)) return true;
    return false;
}

static void incoming(struct sim_host *host, const struct sim_datagram *datagram, const struct listener_result *result)
{
    struct sim_end *end = end_new(host, &host->address, &datagram->from);
    struct connection_parameters parameters;
    char error[256] = "";
    int reason = 0;

    if (!end)
        return;
    parameters = parameters_of(end);
    end->inside = true;
    end->connection =
        connection_incoming(&parameters, &result->request, &result->identity, sim_host_now(host), &reason, error);
    end->inside = false;
    if (!end->connection) {
        sim_say(host->world, "host %d refuses a request: %d, %s", host->index, reason, error);
        host->refused_requests++;
        list_remove(&end->node);
        end_free(end);
        return;
    }
    say_end(end, "incoming");
    flush(end);
    host->application->incoming(host->application, end);
}

static void receive(struct sim_host *host, struct sim_datagram *datagram)
{
    struct sim_end *end = find_end(host, &datagram->to, &datagram->from);
    static struct listener_result result;
    uint8_t refusal[LISTENER_REPLY_MAX];
    size_t length;

    host->datagrams_received++;
    host->bytes_received += datagram->length;
    if (end) {
        if (datagram->genuine && (datagram->bytes[0] & DATAGRAM_DATA_FLAG))
            end->last_heard = host->world->now;
        end->inside = true;
        connection_receive(end->connection, datagram->bytes, datagram->length, sim_host_now(host));
        end->inside = false;
        flush(end);
        tell_application(end);
        return;
    }
    if (!host->listening || !address_equal(&datagram->to, &host->address))
        return;
    switch (listener_receive(&host->listener, &datagram->from, datagram->bytes, datagram->length,
                             host->config.allow_without_auth > 0, sim_host_now(host), &result)) {
    case LISTENER_REPLY:
        reply(host, datagram, result.reply, result.reply_length);
        break;
    case LISTENER_CONNECT:
        if (is_duplicate(host, &result, &datagram->from)) {
            length = listener_refuse_duplicate(&result.request, refusal, sizeof(refusal));
            if (length > 0)
                reply(host, datagram, refusal, length);
        } else {
            incoming(host, datagram, &result);
        }
        break;
    default:
        break;
    }
}

void sim_host_arrive(struct sim_link *link, struct sim_datagram *datagram)
{
    struct sim_host *host = link->receiver;

    if (!host->frozen) {
        receive(host, datagram);
        sim_datagram_free(datagram);
    } else if (host->backlog_bytes + datagram->length <= SIM_BACKLOG_BYTES) {
        host->backlog_bytes += datagram->length;
        list_push_back(&host->backlog, &datagram->node);
    } else {
        sim_datagram_free(datagram);
    }
}

void sim_host_freeze(struct sim_host *host, bool frozen)
{
    struct list_node *node;

    host->frozen = frozen;
    if (frozen)
        return;
    while ((node = list_pop_front(&host->backlog))) {
        struct sim_datagram *datagram = container_of(node, struct sim_datagram, node);

        if (!host->world->failed)
            receive(host, datagram);
        sim_datagram_free(datagram);
    }
    host->backlog_bytes = 0;
}

/* ---- the application's calls --------------------------------------------------------------------------------- */

struct sim_end *sim_host_connect(struct sim_host *host, const SteamNetworkingIPAddr *to)
{
    SteamNetworkingIPAddr local = host->address;
    struct connection_parameters parameters;
    char error[256] = "";
    struct sim_end *end;

    local.m_port = (uint16)(local.m_port + host->end_count); /* a fresh port for each (protocol 3.3) */
    end = end_new(host, &local, to);
    if (!end)
        return NULL;
    parameters = parameters_of(end);
    end->connection = connection_connect(&parameters, sim_host_now(host), error);
    if (!end->connection) {
        if (!host->shortage)
            sim_fail(host->world, "host %d cannot connect: %s", host->index, error);
        list_remove(&end->node);
        end_free(end);
        return NULL;
    }
    say_end(end, "connects");
    flush(end);
    return end;
}

EResult sim_end_accept(struct sim_end *end)
{
    EResult result;

    end->inside = true;
    result = connection_accept(end->connection, sim_host_now(end->host));
    end->inside = false;
    flush(end);
    tell_application(end);
    return result;
}

/* The reasons for which sending may fail, and no others. */
static void check_send_result(struct sim_end *end, EResult result, int size, int flags, int64_t pending)
{
    struct sim_world *world = end->host->world;
    int64_t limit = end->host->config.send_buffer_size;
    bool fits = pending + size + STREAM_HEADER_MAXIMUM <= limit;
    bool allowed = false;

    switch (result) {
    case k_EResultOK:
        allowed = pending + size <= limit;
        break;
    case k_EResultLimitExceeded:
        allowed = !fits;
        break;
    case k_EResultIgnored:
        allowed = flags & k_nSteamNetworkingSend_UnreliableNoDelay & ~k_nSteamNetworkingSend_NoNagle;
        break;
    case k_EResultNoConnection:
        allowed = end->state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
                  end->state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally;
        break;
    case k_EResultFail:
        allowed = end->host->shortage;
        break;
    default:
        break;
    }
    if (!allowed)
        sim_fail(world, "host %d end %d: sending %d bytes with flags %d in state %d with %lld pending gave %d",
                 end->host->index, end->serial, size, flags, end->state, (long long)pending, (int)result);
}

EResult sim_end_send(struct sim_end *end, int size, int flags, int lane)
{
    struct sim_world *world = end->host->world;
    int64_t pending = connection_pending_bytes(end->connection), number = -1;
    uint64_t content;
    struct message *message = sim_ledger_make(world, size, flags, lane, &content);
    EResult result;

    if (!message)
        return k_EResultFail;
    end->inside = true;
    result = connection_send_message(end->connection, message, sim_host_now(end->host), &number);
    end->inside = false;
    check_send_result(end, result, size, flags, pending);
    if (result == k_EResultOK)
        sim_ledger_sent(world, &end->ledger, lane, number, size, flags, content);
    else
        message_release(message);
    flush(end);
    return result;
}

EResult sim_end_flush(struct sim_end *end)
{
    EResult result;

    end->inside = true;
    result = connection_flush_messages(end->connection, sim_host_now(end->host));
    end->inside = false;
    flush(end);
    return result;
}

EResult sim_end_configure_lanes(struct sim_end *end, int count, const int *priorities, const uint16_t *weights)
{
    EResult result;

    end->inside = true;
    result = connection_configure_lanes(end->connection, count, priorities, weights, sim_host_now(end->host));
    end->inside = false;
    flush(end);
    return result;
}

void sim_end_close(struct sim_end *end, int reason, bool linger)
{
    say_end(end, linger ? "closed by the application, lingering" : "closed by the application");
    check_owed(end);
    end->released = true;
    end->close_reason = reason;
    end->close_linger = linger;
    empty_inbox(end); /* API contract 8.2 */
    end->inside = true;
    connection_close(end->connection, reason, "the simulation closes it", linger, sim_host_now(end->host));
    end->inside = false;
    flush(end);
}

int sim_end_read(struct sim_end *end, int count)
{
    int read = 0;

    while (read < count && end->inbox_count > 0) {
        struct message *message = container_of(list_pop_front(&end->inbox), struct message, queue_node);

        end->inbox_count--;
        end->inbox_bytes -= message->api.m_cbSize;
        message_release(message);
        read++;
    }
    if (read > 0 && end->connection && connection_delivery_blocked(end->connection)) {
        end->inside = end->reading = true;
        connection_receive_queue_drained(end->connection, sim_host_now(end->host));
        end->inside = end->reading = false;
        flush(end);
    }
    return read;
}

void sim_end_query(struct sim_end *end)
{
    struct sim_world *world = end->host->world;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;
    const struct connection_statistics *statistics;

    memset(&info, 0, sizeof(info));
    connection_fill_info(end->connection, &info);
    if (connection_real_time_status(end->connection, sim_host_now(end->host), &status, 0, NULL) != k_EResultOK)
        sim_fail(world, "host %d end %d: no status", end->host->index, end->serial);
    if (status.m_cbPendingReliable < 0 || status.m_cbPendingUnreliable < 0 || status.m_cbSentUnackedReliable < 0)
        sim_fail(world, "host %d end %d: negative counts in its status", end->host->index, end->serial);
    if (info.m_eState != visible_state(end->state) || status.m_eState != info.m_eState)
        sim_fail(world, "host %d end %d: states differ in info and status", end->host->index, end->serial);
    if (!memchr(info.m_szEndDebug, 0, sizeof(info.m_szEndDebug)))
        sim_fail(world, "host %d end %d: unterminated text", end->host->index, end->serial);
    statistics = connection_statistics(end->connection, sim_host_now(end->host));
    if (statistics->packets_sent > 0 && statistics->bytes_sent == 0)
        sim_fail(world, "host %d end %d: packets without bytes", end->host->index, end->serial);
}

struct sim_end *sim_end_peer(struct sim_end *end)
{
    uint32_t id = end->connection ? connection_remote_id(end->connection) : 0;

    for (int i = 0; id != 0 && i < end->host->host_count; i++) {
        struct sim_host *host = &end->host->all_hosts[i];
        struct sim_end *other;

        list_for_each_entry(other, &host->ends, struct sim_end,
                            node) if (other->id == id && address_equal(&other->local, &end->remote) &&
                                      address_equal(&other->remote, &end->local)) return other;
    }
    return NULL;
}

struct sim_end *sim_end_counterpart(struct sim_end *end)
{
    struct sim_end *newest = NULL;

    for (int i = 0; i < end->host->host_count; i++) {
        struct sim_host *host = &end->host->all_hosts[i];
        struct sim_end *other;

        list_for_each_entry(other, &host->ends, struct sim_end, node) if (address_equal(&other->local, &end->remote) &&
                                                                          address_equal(&other->remote, &end->local))
            newest = other;
    }
    return newest;
}
