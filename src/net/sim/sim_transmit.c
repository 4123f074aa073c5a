#include "net/sim/sim_transmit.h"

#include "net/sim/sim_host.h"
#include "net/sim/sim_hostile.h"
#include "net/sim/sim_judge.h"
#include "net/sim/sim_network.h"
#include "net/udp_socket.h"
#include "wire/limits.h"

/* What the kernel says to a datagram. */
static enum udp_outcome try_socket(struct sim_host *host, const uint8_t *bytes, size_t size)
{
    struct sim_world *world = host->world;

    if (host->interface_largest > 0 && (int64_t)size > host->interface_largest && (bytes[0] & DATAGRAM_DATA_FLAG)) {
        sim_tally(world, SIM_KIND_SOCKET_TOO_LARGE);
        return UDP_TOO_LARGE;
    }
    if (host->socket_forbidden) {
        sim_tally(world, SIM_KIND_SOCKET_FORBIDDEN);
        return UDP_FORBIDDEN;
    }
    if (sim_chance(world, host->socket_busy)) {
        sim_tally(world, SIM_KIND_SOCKET_BUSY);
        return UDP_BUSY;
    }
    return UDP_SENT;
}

static void send_on(struct sim_link *link, struct sim_end *end, const SteamNetworkingIPAddr *to, const uint8_t *bytes,
                    size_t size)
{
    uint8_t other[DATAGRAM_MAXIMUM];
    size_t other_size =
        end->hostile && (bytes[0] & DATAGRAM_DATA_FLAG) ? sim_hostile_packet(end, bytes, size, other) : 0;

    sim_link_send(link, &end->local, to, other_size > 0 ? other : bytes, other_size > 0 ? other_size : size);
    if (other_size == 0)
        return;
    for (int64_t count = sim_between(end->host->world, 0, end->host->flood); count > 0; count--) {
        other_size = sim_hostile_extra(end, other);
        if (other_size == 0)
            return;
        end->host->datagrams_sent++;
        sim_link_send(link, &end->local, to, other, other_size);
    }
}

/* Returns whether something was too large for this machine. */
bool sim_transmit(struct sim_end *end, const SteamNetworkingIPAddr *to, const struct datagram_batch *batch)
{
    struct sim_host *host = end->host;
    struct sim_link *link = sim_network_route(host, to);
    const uint8_t *bytes = batch->bytes;
    size_t limit = (size_t)host->config.packet_size;
    bool too_large = false;

    for (int i = 0; i < batch->count; bytes += batch->sizes[i], i++) {
        size_t size = batch->sizes[i];

        if (size < DATAGRAM_MINIMUM || size > DATAGRAM_MAXIMUM || ((bytes[0] & DATAGRAM_DATA_FLAG) && size > limit))
            sim_fail(host->world, "host %d end %d: a datagram of %zu bytes, at most %zu may be", host->index,
                     end->serial, size, limit);
        sim_end_say(end, "sends %zu bytes", size);
        sim_observe_bytes(host->world, SIM_OBSERVE_SENT, bytes, size);
        end->packets++;
        end->packets_total++;
        end->bytes_total += size;
        host->datagrams_sent++;
        host->bytes_sent += size;
        switch (try_socket(host, bytes, size)) {
        case UDP_SENT:
            if (bytes[0] & DATAGRAM_DATA_FLAG)
                sim_judge_rate(end, size);
            if (link)
                send_on(link, end, to, bytes, size);
            else
                host->datagrams_refused++;
            break;
        case UDP_TOO_LARGE:
            too_large = true;
            host->datagrams_refused++;
            break;
        default:
            host->datagrams_refused++;
            break;
        }
    }
    return too_large;
}

void sim_transmit_elsewhere(struct sim_end *end, struct datagram_batch *batch, microseconds now)
{
    SteamNetworkingIPAddr to;
    size_t size;

    datagram_batch_clear(batch);
    while ((size = connection_send_elsewhere(end->connection, batch->bytes, &to, now)) > 0) {
        datagram_batch_commit(batch, size);
        sim_transmit(end, &to, batch);
        datagram_batch_clear(batch);
    }
}
