/*
 * How connections begin and end: listen sockets, connect calls, accepting and closing (api-contract 5 to 8), as
 * functions of sockets.h.
 */
#include "api/api_connection.h"
#include "api/listen_socket.h"
#include "api/memory_connection.h"
#include "api/receive_memory.h"
#include "api/sockets.h"
#include "api/sockets_object.h"
#include "fumarole/vtables.h"
#include "net/clock.h"
#include "wire/address.h"
#include "wire/identity.h"

enum {
    VIRTUAL_PORT_MAXIMUM = 65535,
};

/* ---- what the calls have in common ------------------------------------------------------------------------------- */

static bool virtual_port_exists(int virtual_port)
{
    return (virtual_port >= 0 && virtual_port <= VIRTUAL_PORT_MAXIMUM) || virtual_port == SOCKETS_HIDDEN_VIRTUAL_PORT;
}

/* Value 38 has to come as a 32-bit number (api-contract 7.1). */
static bool local_port_typed(int count, const SteamNetworkingConfigValue_t *options)
{
    for (int i = 0; options && i < count; i++) {
        if (options[i].m_eValue == k_ESteamNetworkingConfig_LocalVirtualPort &&
            options[i].m_eDataType != k_ESteamNetworkingConfig_Int32)
            return false;
    }
    return true;
}

/*
 * With value 23 below 2 the library tries to have a certificate (api-contract 5.1, 14.3). False when one is required
 * and there is none to be had.
 */
static bool prepare_certificate(struct sockets *self, const struct config_node *config, const char *function)
{
    int allow = config_int32(config, k_ESteamNetworkingConfig_IP_AllowWithoutAuth);

    if (allow >= 2)
        return true;
    authentication_obtain(self);
    if (allow > 0 || authentication_certified(self))
        return true;
    log_write(LOG_LEVEL_ERROR, "%s: authentication is required (IP_AllowWithoutAuth is 0), but there is no certificate",
              function);
    return false;
}

/* ---- listening --------------------------------------------------------------------------------------------------- */

static HSteamListenSocket open_listen_socket(struct listen_socket *listen_socket, const char *function)
{
    struct sockets *self = listen_socket->sockets;
    const char *problem = NULL;
    HSteamListenSocket handle = 0;

    pthread_mutex_lock(&self->lock);
    if (listen_socket->is_p2p && listen_socket_find_port(self, listen_socket->virtual_port))
        problem = "the virtual port is taken";
    else if (!listen_socket_open(listen_socket))
        problem = "there are too many listen sockets";
    else
        handle = listen_socket->handle;
    pthread_mutex_unlock(&self->lock);
    if (!handle) {
        log_write(LOG_LEVEL_ERROR, "%s: %s", function, problem);
        listen_socket_abandon(listen_socket);
    }
    return handle;
}

static HSteamListenSocket listen_ip(struct sockets *self, const SteamNetworkingIPAddr *address, int option_count,
                                    const SteamNetworkingConfigValue_t *options)
{
    static const char function[] = "CreateListenSocketIP";
    struct listen_socket *listen_socket = listen_socket_new(self);
    char error[SERVICE_ERROR_TEXT] = "";
    char text[ADDRESS_TEXT_SIZE];

    if (!listen_socket) {
        log_write(LOG_LEVEL_ERROR, "%s: out of memory, or the system gives no random numbers", function);
        return 0;
    }
    if (!config_apply_options(&listen_socket->config, option_count, options)) {
        reject_argument("CreateListenSocketIP", "pOptions", "is not acceptable");
    } else if (config_int32(&listen_socket->config, k_ESteamNetworkingConfig_SymmetricConnect) != 0) {
        reject_argument("CreateListenSocketIP", "pOptions", "asks for symmetric mode, which IP sockets do not have");
    } else if (prepare_certificate(self, &listen_socket->config, function)) {
        config_node_lock(&listen_socket->config, CONFIG_LOCK_SYMMETRIC);
        if (listen_socket_bind(listen_socket, address, error))
            return open_listen_socket(listen_socket, function);
        address_print(address, text, sizeof(text), true);
        log_write(LOG_LEVEL_ERROR, "%s: cannot listen on %s: %s", function, text, error);
    }
    listen_socket_abandon(listen_socket);
    return 0;
}

HSteamListenSocket sockets_create_listen_socket_ip(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                   int option_count, const SteamNetworkingConfigValue_t *options)
{
    if (address && address->m_port == 0) {
        reject_argument("CreateListenSocketIP", "localAddress", "has no port");
        return 0;
    }
    return sockets_create_listen_socket_ip_any_port(self, address, option_count, options);
}

HSteamListenSocket sockets_create_listen_socket_ip_any_port(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                            int option_count,
                                                            const SteamNetworkingConfigValue_t *options)
{
    if (!sockets_running(self))
        return 0;
    if (!address) {
        reject_argument("CreateListenSocketIP", "localAddress", "is null");
        return 0;
    }
    return listen_ip(self, address, option_count, options);
}

HSteamListenSocket sockets_create_listen_socket_p2p(struct sockets *self, int virtual_port, int option_count,
                                                    const SteamNetworkingConfigValue_t *options)
{
    static const char function[] = "CreateListenSocketP2P";
    struct listen_socket *listen_socket;

    if (!sockets_running(self))
        return 0;
    if (!virtual_port_exists(virtual_port)) {
        reject_argument("CreateListenSocketP2P", "nLocalVirtualPort", "%d is not between 0 and 65535", virtual_port);
        return 0;
    }
    listen_socket = listen_socket_new(self);
    if (!listen_socket) {
        log_write(LOG_LEVEL_ERROR, "%s: out of memory, or the system gives no random numbers", function);
        return 0;
    }
    listen_socket->is_p2p = true;
    listen_socket->virtual_port = virtual_port;
    if (!config_apply_options(&listen_socket->config, option_count, options)) {
        reject_argument("CreateListenSocketP2P", "pOptions", "is not acceptable");
        listen_socket_abandon(listen_socket);
        return 0;
    }
    config_node_lock(&listen_socket->config, CONFIG_LOCK_SYMMETRIC | CONFIG_LOCK_PORT);
    return open_listen_socket(listen_socket, function);
}

bool sockets_close_listen_socket(struct sockets *self, HSteamListenSocket handle)
{
    struct listen_socket *listen_socket;

    if (!sockets_running(self))
        return false;
    pthread_mutex_lock(&self->lock);
    listen_socket = listen_socket_find(self, handle);
    if (listen_socket)
        listen_socket_close(listen_socket);
    pthread_mutex_unlock(&self->lock);
    if (!listen_socket)
        reject_argument("CloseListenSocket", "hSocket", "%u is not a listen socket", handle);
    return listen_socket;
}

bool sockets_get_listen_socket_address(struct sockets *self, HSteamListenSocket handle, SteamNetworkingIPAddr *address)
{
    struct listen_socket *listen_socket;
    bool has_address;

    if (!sockets_running(self))
        return false;
    pthread_mutex_lock(&self->lock);
    listen_socket = listen_socket_find(self, handle);
    has_address = listen_socket && !listen_socket->is_p2p;
    if (has_address && address)
        *address = listen_socket->address;
    pthread_mutex_unlock(&self->lock);
    if (!has_address)
        reject_argument("GetListenSocketAddress", "hSocket", "%u is not an IP listen socket", handle);
    return has_address;
}

/* ---- connecting over IP ------------------------------------------------------------------------------------------ */

/* The address family decides what a client's socket is bound to. */
static SteamNetworkingIPAddr any_address_like(const SteamNetworkingIPAddr *remote)
{
    SteamNetworkingIPAddr any;

    if (address_is_ipv4(remote))
        address_set_ipv4(&any, 0, 0);
    else
        address_clear(&any);
    return any;
}

/* Makes what takes time, without a lock. False: the log says why. */
static bool start_ip(struct api_connection *connection, struct endpoint *endpoint)
{
    static const char function[] = "ConnectByIPAddress";
    struct connection_parameters parameters = {
        .remote_address = connection->remote,
        .endpoint = endpoint,
        .config = &connection->transport,
        .receive_memory = receive_memory(),
        .events = &connection->core_events,
        .fast_network = address_is_loopback(&connection->remote),
    };
    SteamNetworkingIPAddr any = any_address_like(&connection->remote);
    char error[SERVICE_ERROR_TEXT] = "out of memory";

    if (!api_connection_open_socket(connection, &any, &connection->remote, error)) {
        log_write(LOG_LEVEL_ERROR, "%s: no socket can be opened: %s", function, error);
        return false;
    }
    parameters.local_id = connection->handle;
    connection->core = connection_connect(&parameters, clock_now(), error);
    if (!connection->core)
        log_write(LOG_LEVEL_ERROR, "%s: %s", function, error);
    return connection->core;
}

/*
 * Lets the world see a connection that was made with the endpoint of this era, and returns its handle, or 0. Others may
 * have closed it by then, so that it must not be looked at any more.
 */
static HSteamNetConnection go_live(struct api_connection *connection, unsigned era)
{
    struct sockets *self = connection->sockets;
    HSteamNetConnection handle = 0;

    pthread_mutex_lock(&self->lock);
    if (self->era == era) {
        handle = connection->handle;
        api_connection_publish(connection, true);
        api_connection_settle(connection, clock_now());
        handle_slot_unlock(connection->slot);
    }
    pthread_mutex_unlock(&self->lock);
    return handle;
}

static HSteamNetConnection connect_ip(struct sockets *self, const SteamNetworkingIPAddr *address, int option_count,
                                      const SteamNetworkingConfigValue_t *options)
{
    static const char function[] = "ConnectByIPAddress";
    struct api_connection *connection = api_connection_new(self, &self->config);
    struct endpoint *endpoint;
    HSteamNetConnection handle = 0;
    unsigned era;
    bool reserved;

    if (!connection) {
        log_write(LOG_LEVEL_ERROR, "%s: out of memory", function);
        return 0;
    }
    connection->remote = *address;
    if (!config_apply_options(&connection->config, option_count, options)) {
        reject_argument("ConnectByIPAddress", "pOptions", "is not acceptable");
    } else if (config_int32(&connection->config, k_ESteamNetworkingConfig_SymmetricConnect) != 0) {
        reject_argument("ConnectByIPAddress", "pOptions", "asks for symmetric mode, which IP connections do not have");
    } else {
        if (config_int32(&connection->config, k_ESteamNetworkingConfig_IP_AllowWithoutAuth) < 2)
            authentication_obtain(self);
        config_node_lock(&connection->config, CONFIG_LOCK_ACTIVE);
        pthread_mutex_lock(&self->lock);
        endpoint = endpoint_retain(self->endpoint);
        era = self->era;
        reserved = api_connection_reserve(connection, service_next_loop());
        pthread_mutex_unlock(&self->lock);
        if (!reserved)
            log_write(LOG_LEVEL_ERROR, "%s: there are too many connections, or memory or random numbers are short",
                      function);
        else if (start_ip(connection, endpoint))
            handle = go_live(connection, era);
        endpoint_release(endpoint);
    }
    if (!handle)
        api_connection_abandon(connection);
    return handle;
}

HSteamNetConnection sockets_connect_by_ip_address(struct sockets *self, const SteamNetworkingIPAddr *address,
                                                  int option_count, const SteamNetworkingConfigValue_t *options)
{
    if (!sockets_running(self))
        return 0;
    if (!address) {
        reject_argument("ConnectByIPAddress", "address", "is null");
        return 0;
    }
    return connect_ip(self, address, option_count, options);
}

/* ---- connecting to an identity ----------------------------------------------------------------------------------- */

/* With the wide lock: the other end comes in at the listen socket. NULL: the log says why. */
static struct api_connection *come_in(struct listen_socket *listen_socket, struct api_connection *client)
{
    struct sockets *self = client->sockets;
    struct api_connection *incoming = memory_connection_new(self, &listen_socket->config);

    if (!incoming || !api_connection_reserve(client, service_next_loop()) ||
        !api_connection_reserve(incoming, service_next_loop())) {
        log_write(LOG_LEVEL_ERROR, "ConnectP2P: there are too many connections, or memory or random numbers are short");
        return incoming;
    }
    config_node_lock(&incoming->config, CONFIG_LOCK_PORT);
    incoming->listen_socket = listen_socket;
    incoming->listen_handle = listen_socket->handle;
    client->pipe->identity = incoming->pipe->identity = self->endpoint->identity;
    memory_connections_join(client, incoming, true, clock_now());
    listen_socket_adopt(listen_socket, incoming);

    /* Events for the listening side come first (api-contract 7.1). */
    api_connection_publish_both(incoming, client, true);
    api_connection_settle(incoming, clock_now());
    api_connection_settle(client, clock_now());
    handle_slot_unlock(incoming->slot);
    handle_slot_unlock(client->slot);
    return incoming;
}

static HSteamNetConnection connect_within_process(struct sockets *self, int virtual_port, int option_count,
                                                  const SteamNetworkingConfigValue_t *options)
{
    struct api_connection *client = memory_connection_new(self, &self->config), *incoming = NULL;
    struct listen_socket *listen_socket;
    HSteamNetConnection handle = 0;

    if (!client) {
        log_write(LOG_LEVEL_ERROR, "ConnectP2P: out of memory");
        return 0;
    }
    if (!config_apply_options(&client->config, option_count, options)) {
        reject_argument("ConnectP2P", "pOptions", "is not acceptable");
        api_connection_abandon(client);
        return 0;
    }
    config_node_lock(&client->config, CONFIG_LOCK_ACTIVE | CONFIG_LOCK_PORT);

    pthread_mutex_lock(&self->lock);
    listen_socket = listen_socket_find_port(self, virtual_port);
    if (listen_socket)
        incoming = come_in(listen_socket, client);
    if (incoming && incoming->listen_socket)
        handle = client->handle;
    pthread_mutex_unlock(&self->lock);

    if (!listen_socket)
        log_write(LOG_LEVEL_WARNING, "ConnectP2P: nothing in this process listens on virtual port %d", virtual_port);
    if (!handle) {
        api_connection_abandon(client);
        if (incoming)
            api_connection_abandon(incoming);
    }
    return handle;
}

static bool is_own_identity(struct sockets *self, const SteamNetworkingIdentity *identity)
{
    SteamNetworkingIdentity own;

    sockets_get_identity(self, &own);
    return identity_equal(&own, identity);
}

HSteamNetConnection sockets_connect_p2p(struct sockets *self, const SteamNetworkingIdentity *identity, int virtual_port,
                                        int option_count, const SteamNetworkingConfigValue_t *options)
{
    if (!sockets_running(self))
        return 0;
    if (!identity || identity_is_invalid(identity) || !identity_is_well_formed(identity)) {
        reject_argument("ConnectP2P", "identityRemote", "is null or not an identity");
    } else if (!virtual_port_exists(virtual_port)) {
        reject_argument("ConnectP2P", "nRemoteVirtualPort", "%d is not between 0 and 65535", virtual_port);
    } else if (!local_port_typed(option_count, options)) {
        reject_argument("ConnectP2P", "pOptions", "has a local virtual port that is not a 32-bit number");
    } else if (is_own_identity(self, identity)) {
        return connect_within_process(self, virtual_port, option_count, options);
    } else {
        log_write(LOG_LEVEL_WARNING, "ConnectP2P: the identity is not in this process, and no back end is configured "
                                     "that could reach it elsewhere");
    }
    return 0;
}

HSteamNetConnection sockets_connect_p2p_custom_signaling(struct sockets *self,
                                                         ISteamNetworkingConnectionSignaling *signaling,
                                                         const SteamNetworkingIdentity *peer, int virtual_port,
                                                         int option_count, const SteamNetworkingConfigValue_t *options)
{
    (void)self;
    (void)peer;
    (void)virtual_port;
    (void)option_count;
    (void)options;
    if (!signaling) {
        reject_argument("ConnectP2PCustomSignaling", "pSignaling", "is null");
        return 0;
    }
    log_write(LOG_LEVEL_WARNING, "ConnectP2PCustomSignaling: connections between players through signaling are not "
                                 "available in this version; the signaling object is released");
    signaling->vtable->Release(signaling);
    return 0;
}

bool sockets_received_p2p_custom_signal(struct sockets *self, const void *data, int size,
                                        ISteamNetworkingSignalingRecvContext *context)
{
    (void)self;
    if (!data || size <= 0 || !context)
        reject_argument("ReceivedP2PCustomSignal", "pMsg or pContext", "is null or empty");
    else
        log_write(LOG_LEVEL_WARNING, "ReceivedP2PCustomSignal: connections between players through signaling are not "
                                     "available in this version; the signal is ignored");
    return false;
}

/* ---- accepting and closing --------------------------------------------------------------------------------------- */

EResult sockets_accept_connection(struct sockets *self, HSteamNetConnection handle)
{
    struct connection_lock lock;
    microseconds now;
    EResult result;

    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("AcceptConnection", "hConn", "%u is not a connection", handle);
        return k_EResultInvalidParam;
    }
    now = clock_now();
    result = lock.connection->is_pipe ? pipe_accept(&lock.connection->pipe->end, now)
                                      : connection_accept(lock.connection->core, now);
    if (result == k_EResultOK)
        config_node_lock(&lock.connection->config, CONFIG_LOCK_ACTIVE);
    if (result == k_EResultOK && lock.connection->listen_socket)
        listen_socket_accepted(lock.connection->listen_socket, lock.connection);
    connection_settle_and_unlock(&lock, now);
    if (result != k_EResultOK)
        reject_argument("AcceptConnection", "hConn", "%u cannot be accepted (result %d)", handle, (int)result);
    return result;
}

bool sockets_close_connection(struct sockets *self, HSteamNetConnection handle, int reason, const char *text,
                              bool linger)
{
    struct connection_lock lock;
    struct list discarded;
    microseconds now;
    bool in_memory;

    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("CloseConnection", "hPeer", "%u is not a connection", handle);
        return false;
    }
    now = clock_now();
    in_memory = lock.connection->is_pipe;
    api_connection_close(lock.connection, reason, text, linger, now);
    api_connection_report_end(lock.connection);
    api_connection_release(lock.connection, &discarded);
    connection_settle_and_unlock(&lock, now);
    inbox_release_discarded(&discarded);
    if (in_memory) /* nothing has to be kept for a peer's sake */
        api_connection_bury(self, handle);
    return true;
}
