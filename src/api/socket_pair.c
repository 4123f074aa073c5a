/*
 * Socket pairs (api-contract 13): two connections of this process, connected to each other from the start, through
 * memory or over UDP on 127.0.0.1.
 */
#include "api/api_connection.h"
#include "api/memory_connection.h"
#include "api/receive_memory.h"
#include "api/sockets.h"
#include "api/sockets_object.h"
#include "net/clock.h"
#include "wire/address.h"
#include "wire/identity.h"

enum { IPV4_LOOPBACK = 0x7f000001 };

struct pair {
    struct api_connection *ends[2];
    SteamNetworkingIdentity identities[2]; /* what each end shows as its peer, which is who the other end is */
};

/* With the wide lock. */
static bool reserve(struct pair *pair)
{
    return api_connection_reserve(pair->ends[0], service_next_loop()) &&
           api_connection_reserve(pair->ends[1], service_next_loop());
}

/* ---- over the network -------------------------------------------------------------------------------------------- */

/* Whoever an end is to be, without a certificate of an authority. */
static struct endpoint *make_endpoint(const struct endpoint *ours, const SteamNetworkingIdentity *identity)
{
    struct endpoint *endpoint = endpoint_new();

    if (!endpoint)
        return NULL;
    endpoint->identity = *identity;
    endpoint->authorities = ours->authorities;
    endpoint->app_id = ours->app_id;
    endpoint->random = ours->random;
    endpoint->unix_time = ours->unix_time;
    return endpoint;
}

/* Authentication is not asked for between two ends of one program. */
static bool permit_unsigned(struct api_connection *connection)
{
    static const SteamNetworkingConfigValue_t option = {
        k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth, k_ESteamNetworkingConfig_Int32, {.m_int32 = 2}};

    return config_apply_options(&connection->config, 1, &option);
}

static bool open_sockets(struct pair *pair)
{
    SteamNetworkingIPAddr loopback;
    char error[SERVICE_ERROR_TEXT];

    address_set_ipv4(&loopback, IPV4_LOOPBACK, 0);
    for (int i = 0; i < 2; i++) {
        if (!api_connection_open_socket(pair->ends[i], &loopback, NULL, error)) {
            log_write(LOG_LEVEL_ERROR, "CreateSocketPair: no socket can be opened: %s", error);
            return false;
        }
    }
    for (int i = 0; i < 2; i++)
        pair->ends[i]->remote = *service_socket_local_address(pair->ends[1 - i]->socket);
    return true;
}

/* The cores, with their keys in place; without a lock. */
static bool make_cores(struct pair *pair, struct endpoint *endpoints[2])
{
    struct connection_parameters parameters[2];
    struct connection *cores[2];

    for (int i = 0; i < 2; i++) {
        struct api_connection *end = pair->ends[i];

        parameters[i] = (struct connection_parameters){
            .local_id = end->handle,
            .remote_address = end->remote,
            .endpoint = endpoints[i],
            .config = &end->transport,
            .receive_memory = receive_memory(),
            .events = &end->core_events,
            .fast_network = true,
        };
    }
    if (!connection_make_pair(cores, parameters, clock_now())) {
        log_write(LOG_LEVEL_ERROR, "CreateSocketPair: the two ends cannot be connected");
        return false;
    }
    pair->ends[0]->core = cores[0];
    pair->ends[1]->core = cores[1];
    return true;
}

static bool prepare_network(struct sockets *self, struct pair *pair)
{
    struct endpoint *ours, *endpoints[2];
    bool ready;

    if (!permit_unsigned(pair->ends[0]) || !permit_unsigned(pair->ends[1]))
        return false;
    pthread_mutex_lock(&self->lock);
    ours = endpoint_retain(self->endpoint);
    ready = reserve(pair);
    pthread_mutex_unlock(&self->lock);

    endpoints[0] = make_endpoint(ours, &pair->identities[1]);
    endpoints[1] = make_endpoint(ours, &pair->identities[0]);
    ready = ready && endpoints[0] && endpoints[1] && open_sockets(pair) && make_cores(pair, endpoints);
    endpoint_release(endpoints[0]);
    endpoint_release(endpoints[1]);
    endpoint_release(ours);
    return ready;
}

/* ---- either kind ------------------------------------------------------------------------------------------------- */

static bool prepare_memory(struct sockets *self, struct pair *pair)
{
    bool reserved;

    pthread_mutex_lock(&self->lock);
    reserved = reserve(pair);
    pthread_mutex_unlock(&self->lock);
    if (!reserved)
        return false;
    pair->ends[0]->pipe->identity = pair->identities[0];
    pair->ends[1]->pipe->identity = pair->identities[1];
    memory_connections_join(pair->ends[0], pair->ends[1], false, clock_now());
    return true;
}

/* Makes both visible at once, without a callback. */
static void go_live(struct sockets *self, struct pair *pair)
{
    microseconds now = clock_now();

    pthread_mutex_lock(&self->lock);
    for (int i = 0; i < 2; i++)
        config_node_lock(&pair->ends[i]->config, CONFIG_LOCK_ACTIVE);
    api_connection_publish_both(pair->ends[0], pair->ends[1], false);
    for (int i = 0; i < 2; i++) {
        api_connection_settle(pair->ends[i], now);
        handle_slot_unlock(pair->ends[i]->slot);
    }
    pthread_mutex_unlock(&self->lock);
}

static void set_identity(SteamNetworkingIdentity *identity, const SteamNetworkingIdentity *given)
{
    if (given && !identity_is_invalid(given))
        *identity = *given;
    else
        identity_set_localhost(identity);
}

bool sockets_create_socket_pair(struct sockets *self, HSteamNetConnection *first, HSteamNetConnection *second,
                                bool network, const SteamNetworkingIdentity *first_peer,
                                const SteamNetworkingIdentity *second_peer)
{
    struct pair pair;
    bool ready;

    if (first)
        *first = 0;
    if (second)
        *second = 0;
    if (!sockets_running(self))
        return false;
    if (!first || !second) {
        reject_argument("CreateSocketPair", "pOutConnection1 or pOutConnection2", "is null");
        return false;
    }
    if (!identity_is_absent_or_well_formed(first_peer) || !identity_is_absent_or_well_formed(second_peer)) {
        reject_argument("CreateSocketPair", "pPeerIdentity1 or pPeerIdentity2", "is malformed");
        return false;
    }
    for (int i = 0; i < 2; i++) {
        set_identity(&pair.identities[i], i == 0 ? first_peer : second_peer);
        pair.ends[i] = network ? api_connection_new(self, &self->config) : memory_connection_new(self, &self->config);
    }
    ready = pair.ends[0] && pair.ends[1] && (network ? prepare_network(self, &pair) : prepare_memory(self, &pair));
    if (ready) {
        *first = pair.ends[0]->handle;
        *second = pair.ends[1]->handle;
        go_live(self, &pair);
        return true;
    }
    log_write(LOG_LEVEL_ERROR,
              "CreateSocketPair: there are too many connections, or memory or random numbers are short");
    for (int i = 0; i < 2; i++) {
        if (pair.ends[i])
            api_connection_abandon(pair.ends[i]);
    }
    return false;
}
