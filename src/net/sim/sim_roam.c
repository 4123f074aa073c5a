#include "net/sim/sim_roam.h"

#include "net/sim/sim_host.h"
#include "wire/address.h"

#include <string.h>

bool sim_roam_possible(const struct sim_end *end)
{
    SteamNetConnectionInfo_t info;

    if (!end->connection || end->state != k_ESteamNetworkingConnectionState_Connected)
        return false;
    connection_fill_info(end->connection, &info);
    return !(info.m_nFlags & k_nSteamNetworkConnectionInfoFlags_Unencrypted);
}

/* For an end that its peer cannot find: there is no proof without encryption, and nobody to follow it. */
static void cut_off(struct sim_end *end)
{
    struct sim_end *peer = sim_end_peer(end);

    end->cut_off = true;
    if (peer)
        peer->cut_off = true;
}

void sim_roam(struct sim_end *end, bool known)
{
    address_set_ipv4(&end->local, address_ipv4(&end->local) + SIM_HOST_MASK + 1, /* in the next network */
                     (uint16_t)(end->local.m_port + SIM_ROAM_PORTS));
    end->roamed++;
    sim_end_say(end, known ? "has another address and knows it" : "has another address");
    sim_tally(end->host->world, known ? SIM_KIND_ADDRESS_CHANGE_KNOWN : SIM_KIND_ADDRESS_CHANGED);
    if (!known)
        return;
    end->inside = true;
    connection_path_changed(end->connection, sim_host_now(end->host));
    end->inside = false;
    sim_end_after_call(end);
}

void sim_roam_rebind(struct sim_end *end)
{
    struct sim_world *world = end->host->world;
    uint32_t ip = address_ipv4(&end->local);

    switch (end->state) {
    case k_ESteamNetworkingConnectionState_Connecting:
        sim_tally(world, SIM_KIND_NAT_REBOUND_CONNECTING);
        cut_off(end);
        break;
    case k_ESteamNetworkingConnectionState_Connected:
        sim_tally(world, sim_roam_possible(end) ? SIM_KIND_NAT_REBOUND : SIM_KIND_NAT_REBOUND_PLAIN);
        if (!sim_roam_possible(end))
            cut_off(end);
        break;
    default:
        sim_tally(world, SIM_KIND_NAT_REBOUND_CLOSING);
        break;
    }
    address_set_ipv4(&end->local, ip, (uint16_t)(end->local.m_port + SIM_ROAM_PORTS));
    end->roamed++;
    sim_end_say(end, "comes from another port");
}
