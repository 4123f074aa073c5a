#include "net/sim/sim_host.h"

#include "base/bytes.h"
#include "net/sim/sim_inert.h"
#include "net/sim/sim_network.h"
#include "wire/address.h"
#include "wire/control_messages.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <string.h>

/* What an observation is about, for the digest; those of sim_end.c are smaller. */
enum { OBSERVE_REPLY = 100 };

enum { PROVED_AMPLIFICATION = 3 };

microseconds sim_host_now(const struct sim_host *host)
{
    return host->world->now + host->clock_offset;
}

/* With new secrets. */
static void begin_listening(struct sim_host *host)
{
    for (int i = 0; i < SIM_LISTENERS_MAXIMUM; i++)
        listener_init(&host->listeners[i], &host->random.source);
}

SteamNetworkingIPAddr sim_host_listener_address(const struct sim_host *host, int listener)
{
    SteamNetworkingIPAddr address = host->address;

    address.m_port = (uint16)(address.m_port + listener * SIM_LISTENER_PORTS);
    return address;
}

/* The listener at this address, or NULL. */
static struct listener *find_listener(struct sim_host *host, const SteamNetworkingIPAddr *local)
{
    for (int i = 0; i < host->listener_count; i++) {
        SteamNetworkingIPAddr address = sim_host_listener_address(host, i);

        if (address_equal(&address, local))
            return &host->listeners[i];
    }
    return NULL;
}

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
    begin_listening(host);
    return true;
}

void sim_host_restart(struct sim_host *host)
{
    struct list_node *node;
    struct sim_end *end;

    list_for_each_entry(end, &host->ends, struct sim_end, node) sim_end_kill(end);
    while ((node = list_pop_front(&host->backlog)))
        sim_datagram_free(container_of(node, struct sim_datagram, node));
    host->backlog_bytes = 0;
    host->ports_begin = host->end_count;
    begin_listening(host);
}

void sim_host_destroy(struct sim_host *host)
{
    struct list_node *node;

    while ((node = list_pop_front(&host->ends)))
        sim_end_free(container_of(node, struct sim_end, node));
    while ((node = list_pop_front(&host->backlog)))
        sim_datagram_free(container_of(node, struct sim_datagram, node));
    endpoint_release(host->endpoint);
}

bool sim_host_has_address(const struct sim_host *host, const SteamNetworkingIPAddr *address)
{
    return address_is_ipv4(address) &&
           (address_ipv4(address) & SIM_HOST_MASK) == (address_ipv4(&host->address) & SIM_HOST_MASK);
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

/* The end that a data packet names, if that is at this address; its peer may be somewhere else. */
static struct sim_end *find_named(struct sim_host *host, const struct sim_datagram *datagram)
{
    struct sim_end *end;

    if (datagram->length < DATAGRAM_MINIMUM || !(datagram->bytes[0] & DATAGRAM_DATA_FLAG))
        return NULL;
    list_for_each_entry(end, &host->ends, struct sim_end,
                        node) if (end->connection && end->id == load_u32(datagram->bytes + 1) &&
                                  address_equal(&end->local, &datagram->to)) return end;
    return NULL;
}

/* Whether there have been authentic packets that were new since it was asked last. */
static bool has_taken(struct sim_end *end)
{
    microseconds now = sim_host_now(end->host);
    uint64_t taken = connection_statistics(end->connection, now)->numbered_received;

    if (taken == end->taken)
        return false;
    end->taken = taken;
    end->last_taken = now;
    return true;
}

/* False: it is not from the end's peer. */
static bool receive_elsewhere(struct sim_end *end, struct sim_datagram *datagram)
{
    bool taken;

    if (datagram->judged)
        return sim_inert_receive_elsewhere(end, datagram);
    end->inside = true;
    taken = connection_receive_elsewhere(end->connection, &datagram->from, datagram->bytes, datagram->length,
                                         sim_host_now(end->host));
    end->inside = false;
    if (!taken)
        return false;
    end->last_heard = sim_host_now(end->host);
    end->datagrams_received++;
    has_taken(end);
    sim_end_after_call(end);
    sim_end_tell(end);
    return true;
}

/* proved: the datagram shows that its sender can receive what is sent to its address. */
static void reply(struct sim_host *host, const struct sim_datagram *datagram, bool proved, const uint8_t *bytes,
                  size_t length)
{
    struct sim_link *link = sim_network_route(host, &datagram->from);

    /* Nobody may be made to flood a third party (protocol 3.2). */
    if (length == 0 || length > (proved ? PROVED_AMPLIFICATION : 1) * datagram->length)
        sim_fail(host->world, "host %d answers %zu bytes with %zu to an address that has%s proved itself", host->index,
                 datagram->length, length, proved ? "" : " not");
    host->stray_replies++;
    sim_observe_bytes(host->world, OBSERVE_REPLY, bytes, length);
    if (link)
        sim_link_send(link, &datagram->to, &datagram->from, bytes, length);
    else
        host->datagrams_refused++;
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

/* Whether a connection was made. */
static bool incoming(struct sim_host *host, const struct sim_datagram *datagram, const struct listener_result *result)
{
    struct sim_end *end = sim_end_new(host, &datagram->to, &datagram->from);
    struct connection_parameters parameters;
    char error[256] = "";
    int reason = 0;

    if (!end)
        return false;
    parameters = sim_end_parameters(end);
    end->inside = true;
    end->connection =
        connection_incoming(&parameters, &result->request, &result->identity, sim_host_now(host), &reason, error);
    end->inside = false;
    if (!end->connection) {
        sim_say(host->world, "host %d refuses a request: %d, %s", host->index, reason, error);
        host->refused_requests++;
        sim_tally(host->world, SIM_KIND_REQUEST_REFUSED);
        list_remove(&end->node);
        sim_end_free(end);
        return false;
    }
    sim_end_say(end, "incoming");
    sim_end_after_call(end);
    host->application->incoming(host->application, end);
    return true;
}

/* Tells whoever watches the wire that the datagram has done what it can do. */
static void note_accepted(const struct sim_datagram *datagram)
{
    struct sim_link *link = datagram->link;

    if (link->wire && link->wire->accepted && datagram->genuine)
        link->wire->accepted(link->wire, link, datagram->serial);
}

static void receive_for_end(struct sim_end *end, struct sim_datagram *datagram)
{
    struct sim_host *host = end->host;
    bool data = datagram->length > 0 && (datagram->bytes[0] & DATAGRAM_DATA_FLAG);
    bool taken;

    if (datagram->judged) {
        sim_inert_receive(end, datagram);
        sim_end_tell(end);
        return;
    }
    end->datagrams_received++;
    if (datagram->genuine && data)
        end->last_heard = sim_host_now(host);
    end->inside = true;
    connection_receive(end->connection, datagram->bytes, datagram->length, sim_host_now(host));
    end->inside = false;
    taken = has_taken(end);
    if (taken || !data)
        note_accepted(datagram);
    sim_end_after_call(end);
    sim_end_tell(end);
}

static void receive(struct sim_host *host, struct sim_datagram *datagram)
{
    struct sim_end *end = find_end(host, &datagram->to, &datagram->from);
    struct listener *listener;
    bool accepted = true;
    static struct listener_result result;
    uint8_t refusal[LISTENER_REPLY_MAX];
    size_t length;

    host->datagrams_received++;
    host->bytes_received += datagram->length;
    if (end) {
        sim_end_say(end, "gets %zu bytes%s", datagram->length, datagram->genuine ? "" : ", not as they were sent");
        receive_for_end(end, datagram);
        return;
    }
    end = find_named(host, datagram);
    if (end && receive_elsewhere(end, datagram))
        return;
    listener = find_listener(host, &datagram->to);
    if (!listener)
        return;
    switch (listener_receive(listener, &datagram->from, datagram->bytes, datagram->length,
                             host->config.allow_without_auth > 0, sim_host_now(host), &result)) {
    case LISTENER_REPLY:
        reply(host, datagram, false, result.reply, result.reply_length);
        break;
    case LISTENER_CONNECT:
        if (is_duplicate(host, &result, &datagram->from)) {
            length = listener_refuse_duplicate(&result.request, datagram->length, refusal, sizeof(refusal));
            if (length > 0)
                reply(host, datagram, true, refusal, length);
        } else if (datagram->judged) {
            sim_fail(host->world, "host %d takes an attacker's datagram for a request to connect", host->index);
        } else {
            accepted = incoming(host, datagram, &result);
        }
        break;
    default:
        break;
    }
    if (accepted)
        note_accepted(datagram);
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
    host->off_beat_at = sim_host_now(host);
    while ((node = list_pop_front(&host->backlog))) {
        struct sim_datagram *datagram = container_of(node, struct sim_datagram, node);

        if (!host->world->failed)
            receive(host, datagram);
        sim_datagram_free(datagram);
    }
    host->backlog_bytes = 0;
}

void sim_host_jump(struct sim_host *host, microseconds by)
{
    struct sim_end *end;

    host->clock_offset += by;
    host->off_beat_at = sim_host_now(host);
    list_for_each_entry(end, &host->ends, struct sim_end, node) if (end->connection) sim_end_after_call(end);
}

void sim_host_config_changed(struct sim_host *host)
{
    struct sim_end *end;

    if (host->config.send_rate_max > host->highest_rate)
        host->highest_rate = host->config.send_rate_max;
    list_for_each_entry(end, &host->ends, struct sim_end, node)
    {
        if (!end->connection)
            continue;
        end->inside = true;
        connection_config_changed(end->connection, sim_host_now(host));
        end->inside = false;
        sim_end_after_call(end);
    }
}

struct sim_end *sim_host_connect(struct sim_host *host, const SteamNetworkingIPAddr *to)
{
    SteamNetworkingIPAddr local = host->address;
    struct connection_parameters parameters;
    char error[256] = "";
    struct sim_end *end;

    local.m_port =
        (uint16)(local.m_port + host->end_count - host->ports_begin); /* a fresh port for each (protocol 3.3) */
    end = sim_end_new(host, &local, to);
    if (!end)
        return NULL;
    end->outgoing = true;
    parameters = sim_end_parameters(end);
    end->connection = connection_connect(&parameters, sim_host_now(host), error);
    if (!end->connection) {
        if (!host->shortage && !sim_host_certificate_doubtful(host))
            sim_fail(host->world, "host %d cannot connect: %s", host->index, error);
        list_remove(&end->node);
        sim_end_free(end);
        return NULL;
    }
    sim_end_say(end, "connects");
    sim_end_after_call(end);
    return end;
}
