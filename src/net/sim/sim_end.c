#include "net/sim/sim_end.h"

#include "net/sim/sim_host.h"
#include "net/sim/sim_judge.h"
#include "net/sim/sim_network.h"
#include "net/sim/sim_transmit.h"
#include "wire/address.h"
#include "wire/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAYING_SIZE = 256 };

/* What an observation is about, for the digest. */
enum observation {
    OBSERVE_STATE = SIM_OBSERVE_SENT + 1,
    OBSERVE_DELIVERED,
};

static bool end_deliver(struct connection_events *events, struct connection *connection, struct message *message);
static void end_state_changed(struct connection_events *events, struct connection *connection, int old_state);
static bool end_moved(struct connection_events *events, struct connection *connection,
                      const SteamNetworkingIPAddr *address);
static void run_tick(struct sim_world *world, struct sim_event *event);

microseconds sim_end_connected_until(const struct sim_end *end)
{
    return end->disconnected_at < 0 ? end->host->world->now : end->disconnected_at;
}

int sim_visible_state(int state)
{
    return state < 0 ? k_ESteamNetworkingConnectionState_None : state;
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void empty_inbox(struct sim_end *end)
{
    struct list_node *node;

    while ((node = list_pop_front(&end->inbox)))
        message_release(container_of(node, struct message, queue_node));
    end->inbox_count = 0;
    end->inbox_bytes = 0;
}

void sim_end_free(struct sim_end *end)
{
    connection_destroy(end->connection);
    sim_cancel(end->host->world, &end->tick);
    empty_inbox(end);
    sim_ledger_destroy(&end->ledger);
    free(end->application_data);
    free(end);
}

void sim_end_kill(struct sim_end *end)
{
    if (end->killed || !end->connection)
        return;
    sim_end_say(end, "dies");
    if (end->disconnected_at < 0)
        end->disconnected_at = end->host->world->now;
    connection_destroy(end->connection);
    end->connection = NULL;
    sim_cancel(end->host->world, &end->tick);
    empty_inbox(end);
    end->state = end->seen_state = k_ESteamNetworkingConnectionState_Dead;
    end->killed = end->released = true;
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

struct sim_end *sim_end_new(struct sim_host *host, const SteamNetworkingIPAddr *local,
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
    end->events.moved = end_moved;
    end->host = host;
    end->id = fresh_id(host);
    end->serial = host->end_count++;
    end->local = *local;
    end->remote = *remote;
    end->state = end->seen_state = k_ESteamNetworkingConnectionState_Connecting;
    end->inbox_limit = 1000;
    end->hostile = host->hostility > 0;
    if (end->hostile)
        sim_tally(host->world, SIM_KIND_HOSTILE_END);
    end->made_at = end->state_since = end->last_heard = sim_host_now(host);
    end->disconnected_at = -1;
    list_init(&end->inbox);
    list_push_back(&host->ends, &end->node);
    return end;
}

struct connection_parameters sim_end_parameters(struct sim_end *end)
{
    return (struct connection_parameters){
        .local_id = end->id,
        .remote_address = end->remote,
        .endpoint = end->host->endpoint,
        .config = &end->host->config,
        .events = &end->events,
    };
}

void sim_end_say(const struct sim_end *end, const char *format, ...)
{
    char text[SAYING_SIZE];
    va_list arguments;

    if (!end->host->world->verbose)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sim_say(end->host->world, "host %d end %d (%08x): %s", end->host->index, end->serial, end->id, text);
}

/* ---- after every call -------------------------------------------------------------------------------------------- */

/* Sends until nothing is left, sets the timer, destroys what is dead: the owner's part of every call. */
void sim_end_after_call(struct sim_end *end)
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
        if (sim_transmit(end, &end->remote, &batch))
            more = connection_datagram_too_large(end->connection, now) || more;
        if (++rounds > SIM_SENDS_WITHOUT_END) {
            sim_fail(world, "host %d end %d: sending has no end", host->index, end->serial);
            return;
        }
    } while (more && !world->failed);
    sim_transmit_elsewhere(end, &batch, now);
    sim_judge_call(end);
    if (end->state == k_ESteamNetworkingConnectionState_Dead) {
        sim_end_say(end, "destroyed");
        sim_judge_statistics(end);
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
void sim_end_tell(struct sim_end *end)
{
    struct sim_application *application = end->host->application;
    int state = sim_visible_state(end->state);

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
    sim_end_after_call(end);
    sim_end_tell(end);
}

/* ---- reports of the connection ----------------------------------------------------------------------------------- */

static bool end_moved(struct connection_events *events, struct connection *connection,
                      const SteamNetworkingIPAddr *address)
{
    struct sim_end *end = container_of(events, struct sim_end, events), *other;

    (void)connection;
    list_for_each_entry(other, &end->host->ends, struct sim_end,
                        node) if (other->connection && address_equal(&other->local, &end->local) &&
                                  address_equal(&other->remote, address)) return false;
    end->remote = *address;
    end->followed++;
    sim_judge_moved(end);
    sim_tally(end->host->world, SIM_KIND_FOLLOWED);
    sim_end_say(end, "follows its peer");
    return true;
}

static void tally_state(struct sim_end *end, int old_state)
{
    struct sim_world *world = end->host->world;
    bool was_connected = old_state == k_ESteamNetworkingConnectionState_Connected;

    switch (end->state) {
    case k_ESteamNetworkingConnectionState_Connected:
        sim_tally(world, SIM_KIND_CONNECTED);
        break;
    case k_ESteamNetworkingConnectionState_Linger:
        sim_tally(world, SIM_KIND_LINGER);
        break;
    case k_ESteamNetworkingConnectionState_ClosedByPeer:
        if (end->end_reason == k_ESteamNetConnectionEnd_Misc_PeerSentNoConnection)
            sim_tally(world, SIM_KIND_NO_CONNECTION);
        else
            sim_tally(world, SIM_KIND_CLOSED_BY_PEER);
        break;
    case k_ESteamNetworkingConnectionState_ProblemDetectedLocally:
        if (end->end_reason == k_ESteamNetConnectionEnd_Misc_Timeout)
            sim_tally(world, was_connected ? SIM_KIND_TIMED_OUT : SIM_KIND_TIMED_OUT_CONNECTING);
        else if (end->end_reason == k_ESteamNetConnectionEnd_Remote_BadCert)
            sim_tally(world, SIM_KIND_BAD_CERTIFICATE);
        break;
    default:
        break;
    }
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
    end->state = state;
    end->state_since = sim_host_now(end->host);
    if (state == k_ESteamNetworkingConnectionState_Connected) {
        end->was_connected = true;
        end->last_heard = end->last_taken = end->connected_at = end->state_since;
        end->connected_world = world->now;
    } else if (state != k_ESteamNetworkingConnectionState_Linger && end->disconnected_at < 0) {
        end->disconnected_at = world->now;
    }
    end->lingered = end->lingered || state == k_ESteamNetworkingConnectionState_Linger;
    sim_end_say(end, "state %d to %d", old_state, state);
    if (state == k_ESteamNetworkingConnectionState_ClosedByPeer ||
        state == k_ESteamNetworkingConnectionState_ProblemDetectedLocally) {
        SteamNetConnectionInfo_t info;

        memset(&info, 0, sizeof(info));
        connection_fill_info(connection, &info);
        end->end_reason = info.m_eEndReason;
        sim_say(world, "    reason %d: %s", info.m_eEndReason, info.m_szEndDebug);
    }
    tally_state(end, old_state);
    sim_judge_state(end, old_state);
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
    end->delivered[(message->api.m_nFlags & k_nSteamNetworkingSend_Reliable) != 0]++;
    if (!peer->hostile)
        sim_ledger_delivered(world, &peer->ledger, message);
    sim_end_say(end, "message %lld of lane %d delivered, %d bytes", (long long)message->api.m_nMessageNumber,
                message->api.m_idxLane, message->api.m_cbSize);
    sim_observe(world, OBSERVE_DELIVERED,
                (uint64_t)message->api.m_idxLane << 48 | (uint64_t)message->api.m_nMessageNumber);
    list_push_back(&end->inbox, &message->queue_node);
    end->inbox_count++;
    end->inbox_bytes += message->api.m_cbSize;
    return true;
}

/* ---- the application's calls ------------------------------------------------------------------------------------- */

EResult sim_end_accept(struct sim_end *end)
{
    EResult result;

    end->inside = true;
    result = connection_accept(end->connection, sim_host_now(end->host));
    end->inside = false;
    sim_end_say(end, "accepted by the application: result %d", (int)result);
    sim_end_after_call(end);
    sim_end_tell(end);
    return result;
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
    sim_end_say(end, "message %lld of lane %d, %d bytes, flags %d: result %d", (long long)number, lane, size, flags,
                (int)result);
    sim_judge_send(end, result, size, flags, pending);
    if (result == k_EResultOK)
        sim_ledger_sent(world, &end->ledger, lane, number, size, message->api.m_nFlags, content);
    else
        message_release(message);
    sim_end_after_call(end);
    return result;
}

EResult sim_end_flush(struct sim_end *end)
{
    EResult result;

    end->inside = true;
    result = connection_flush_messages(end->connection, sim_host_now(end->host));
    end->inside = false;
    sim_end_say(end, "flushed: result %d", (int)result);
    sim_end_after_call(end);
    return result;
}

EResult sim_end_configure_lanes(struct sim_end *end, int count, const int *priorities, const uint16_t *weights)
{
    EResult result;

    end->inside = true;
    result = connection_configure_lanes(end->connection, count, priorities, weights, sim_host_now(end->host));
    end->inside = false;
    sim_end_say(end, "%d lanes: result %d", count, (int)result);
    sim_end_after_call(end);
    return result;
}

void sim_end_close(struct sim_end *end, int reason, bool linger)
{
    sim_end_say(end, linger ? "closed by the application, lingering" : "closed by the application");
    sim_judge_release(end);
    end->released = true;
    end->close_reason = reason;
    end->close_linger = linger;
    empty_inbox(end); /* API contract 8.2 */
    end->inside = true;
    connection_close(end->connection, reason, "the simulation closes it", linger, sim_host_now(end->host));
    end->inside = false;
    sim_end_after_call(end);
}

void sim_end_fail(struct sim_end *end)
{
    sim_end_say(end, "its socket fails");
    end->failed_locally = true;
    sim_tally(end->host->world, SIM_KIND_SOCKET_FAILED);
    end->inside = true;
    connection_fail(end->connection, SIM_LOCAL_FAILURE, "the simulated socket failed", sim_host_now(end->host));
    end->inside = false;
    sim_end_after_call(end);
    sim_end_tell(end);
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
        sim_end_after_call(end);
    }
    return read;
}

void sim_end_query(struct sim_end *end)
{
    struct sim_world *world = end->host->world;
    SteamNetConnectionRealTimeStatus_t status;
    SteamNetConnectionInfo_t info;

    memset(&info, 0, sizeof(info));
    connection_fill_info(end->connection, &info);
    if (connection_real_time_status(end->connection, sim_host_now(end->host), &status, 0, NULL) != k_EResultOK)
        sim_fail(world, "host %d end %d: no status", end->host->index, end->serial);
    if (status.m_cbPendingReliable < 0 || status.m_cbPendingUnreliable < 0 || status.m_cbSentUnackedReliable < 0)
        sim_fail(world, "host %d end %d: negative counts in its status", end->host->index, end->serial);
    if (info.m_eState != sim_visible_state(end->state) || status.m_eState != info.m_eState)
        sim_fail(world, "host %d end %d: states differ in info and status", end->host->index, end->serial);
    if (!memchr(info.m_szEndDebug, 0, sizeof(info.m_szEndDebug)))
        sim_fail(world, "host %d end %d: unterminated text", end->host->index, end->serial);
    sim_judge_statistics(end);
}

/* ---- the other end ----------------------------------------------------------------------------------------------- */

static bool faces(const struct sim_end *end, const struct sim_end *other)
{
    return address_equal(&end->local, &other->remote) && address_equal(&end->remote, &other->local);
}

/* As far as it knows anybody. */
static bool knows(const struct sim_end *other, const struct sim_end *end)
{
    uint32_t id = other->connection ? connection_remote_id(other->connection) : 0;

    return id == 0 || id == end->id;
}

struct sim_end *sim_end_peer(struct sim_end *end)
{
    uint32_t id = end->connection ? connection_remote_id(end->connection) : 0;
    struct sim_host *host = sim_network_host(end->host->network, &end->remote);
    struct sim_end *other;

    if (!host || id == 0)
        return NULL;
    list_for_each_entry(other, &host->ends, struct sim_end,
                        node) if (other->id == id && (end->roamed || other->roamed || faces(other, end)) &&
                                  knows(other, end)) return other;
    return NULL;
}

bool sim_end_peer_is_gone(struct sim_end *end)
{
    const struct sim_end *peer = sim_end_peer(end);

    return !peer || peer->killed || !peer->connection;
}

struct sim_end *sim_end_counterpart(struct sim_end *end)
{
    struct sim_host *host = sim_network_host(end->host->network, &end->remote);
    struct sim_end *newest = sim_end_peer(end), *other;

    if (!host || newest)
        return newest;
    list_for_each_entry(other, &host->ends, struct sim_end, node) if (faces(other, end)) newest = other;
    return newest;
}
