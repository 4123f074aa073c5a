#include "net/sim/sim_host.h"

#include "base/bytes.h"
#include "net/sim/sim_network.h"
#include "wire/address.h"
#include "wire/control_messages.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <string.h>

/* What an observation is about, for the digest; those of sim_end.c are smaller. */
enum { OBSERVE_REPLY = 100 };

microseconds sim_host_now(const struct sim_host *host)
{
    return host->world->now + host->clock_offset;
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
    listener_init(&host->listener, &host->random.source);
    return true;
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

/* False: it is not from the end's peer. */
static bool receive_elsewhere(struct sim_end *end, struct sim_datagram *datagram)
{
    bool taken;

    end->inside = true;
    taken = connection_receive_elsewhere(end->connection, &datagram->from, datagram->bytes, datagram->length,
                                         sim_host_now(end->host));
    end->inside = false;
    if (!taken)
        return false;
    end->last_heard = end->host->world->now;
    sim_end_after_call(end);
    sim_end_tell(end);
    return true;
}

static void reply(struct sim_host *host, const struct sim_datagram *datagram, const uint8_t *bytes, size_t length)
{
    struct sim_link *link = sim_network_route(host, &datagram->from);

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
    struct sim_end *end = sim_end_new(host, &host->address, &datagram->from);
    struct connection_parameters parameters;
    char error[256] = "";
    int reason = 0;

    if (!end)
        return;
    parameters = sim_end_parameters(end);
    end->inside = true;
    end->connection =
        connection_incoming(&parameters, &result->request, &result->identity, sim_host_now(host), &reason, error);
    end->inside = false;
    if (!end->connection) {
        sim_say(host->world, "host %d refuses a request: %d, %s", host->index, reason, error);
        host->refused_requests++;
        list_remove(&end->node);
        sim_end_free(end);
        return;
    }
    sim_end_say(end, "incoming");
    sim_end_after_call(end);
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
        sim_end_after_call(end);
        sim_end_tell(end);
        return;
    }
    end = find_named(host, datagram);
    if (end && receive_elsewhere(end, datagram))
        return;
    if (!host->listening || !address_equal(&datagram->to, &host->address))
        return;
    switch (listener_receive(&host->listener, &datagram->from, datagram->bytes, datagram->length,
                             host->config.allow_without_auth > 0, sim_host_now(host), &result)) {
    case LISTENER_REPLY:
        reply(host, datagram, result.reply, result.reply_length);
        break;
    case LISTENER_CONNECT:
        if (is_duplicate(host, &result, &datagram->from)) {
            length = listener_refuse_duplicate(&result.request, datagram->length, refusal, sizeof(refusal));
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

    local.m_port = (uint16)(local.m_port + host->end_count); /* a fresh port for each (protocol 3.3) */
    end = sim_end_new(host, &local, to);
    if (!end)
        return NULL;
    parameters = sim_end_parameters(end);
    end->connection = connection_connect(&parameters, sim_host_now(host), error);
    if (!end->connection) {
        if (!host->shortage)
            sim_fail(host->world, "host %d cannot connect: %s", host->index, error);
        list_remove(&end->node);
        sim_end_free(end);
        return NULL;
    }
    sim_end_say(end, "connects");
    sim_end_after_call(end);
    return end;
}
