#include "api/listen_socket.h"

#include "api/api_connection.h"
#include "api/receive_memory.h"
#include "api/sockets_object.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "cert/certificate_policy.h"
#include "fumarole/extensions.h"
#include "net/clock.h"
#include "net/os_random.h"
#include "wire/address.h"
#include "wire/identity.h"
#include "wire/limits.h"

#include <stdio.h>
#include <string.h>

enum {
    DATA_ID_OFFSET = 1, /* protocol 11.1: the recipient's id follows the flag byte */
};

static const char closed_text[] = "The listen socket was closed";

/* ---- the address table ------------------------------------------------------------------------------------------- */

static bool matches_address(const struct hash_node *node, const void *key)
{
    return address_equal(&container_of(node, struct api_connection, address_node)->remote, key);
}

/* The handle of the connection with this remote address, or 0. With the listen socket's lock. */
static uint32_t find_address(struct listen_socket *listen_socket, const SteamNetworkingIPAddr *address)
{
    struct hash_node *node = hash_table_find(
        &listen_socket->by_address, address_hash(address, listen_socket->sockets->hash_key), matches_address, address);

    return node ? container_of(node, struct api_connection, address_node)->handle : 0;
}

/* ---- requests: incoming connections by who asked (protocol 6.4 step 6) ------------------------------------------- */

struct request_key {
    const SteamNetworkingIdentity *identity;
    uint32_t client_id;
};

static uint64_t hash_request(const struct sockets *self, const struct request_key *key)
{
    return identity_hash(key->identity, self->hash_key) ^ (uint64_t)key->client_id * 0x9e3779b97f4a7c15u;
}

static bool matches_request(const struct hash_node *node, const void *key_pointer)
{
    const struct api_connection *connection = container_of(node, struct api_connection, request_node);
    const struct request_key *key = key_pointer;

    return connection->request_id == key->client_id &&
           identity_equal(connection_remote_identity(connection->core), key->identity);
}

static struct api_connection *find_request(struct sockets *self, const struct request_key *key)
{
    struct hash_node *node = hash_table_find(&self->requests, hash_request(self, key), matches_request, key);

    return node ? container_of(node, struct api_connection, request_node) : NULL;
}

void listen_socket_adopt(struct listen_socket *listen_socket, struct api_connection *connection)
{
    struct sockets *self = listen_socket->sockets;
    struct request_key key = {NULL, connection->request_id};

    list_push_back(&listen_socket->children, &connection->listen_node);
    if (connection->is_pipe)
        return;
    key.identity = connection_remote_identity(connection->core);
    hash_table_insert(&self->requests, &connection->request_node, hash_request(self, &key));
    pthread_mutex_lock(&listen_socket->lock);
    hash_table_insert(&listen_socket->by_address, &connection->address_node,
                      address_hash(&connection->remote, self->hash_key));
    connection->waits = true;
    listen_socket->waiting++;
    pthread_mutex_unlock(&listen_socket->lock);
}

/* With the listen socket's lock. */
static void end_waiting(struct listen_socket *listen_socket, struct api_connection *connection)
{
    if (!connection->waits)
        return;
    connection->waits = false;
    listen_socket->waiting--;
    if (listen_socket->waiting < listen_socket->waiting_limit / 2)
        listen_socket->told_full = false;
}

void listen_socket_accepted(struct listen_socket *listen_socket, struct api_connection *connection)
{
    pthread_mutex_lock(&listen_socket->lock);
    end_waiting(listen_socket, connection);
    pthread_mutex_unlock(&listen_socket->lock);
}

void listen_socket_forget(struct listen_socket *listen_socket, struct api_connection *connection)
{
    list_remove(&connection->listen_node);
    if (connection->is_pipe)
        return;
    hash_table_remove(&listen_socket->sockets->requests, &connection->request_node);
    pthread_mutex_lock(&listen_socket->lock);
    hash_table_remove(&listen_socket->by_address, &connection->address_node);
    end_waiting(listen_socket, connection);
    pthread_mutex_unlock(&listen_socket->lock);
}

bool listen_socket_move(struct listen_socket *listen_socket, struct api_connection *connection,
                        const SteamNetworkingIPAddr *address)
{
    const uint8_t *key = listen_socket->sockets->hash_key;
    bool possible;

    pthread_mutex_lock(&listen_socket->lock);
    /* One that is being taken away is not in the table any more. */
    possible = find_address(listen_socket, &connection->remote) == connection->handle &&
               find_address(listen_socket, address) == 0;
    if (possible) {
        hash_table_remove(&listen_socket->by_address, &connection->address_node);
        connection->remote = *address;
        hash_table_insert(&listen_socket->by_address, &connection->address_node, address_hash(address, key));
    }
    pthread_mutex_unlock(&listen_socket->lock);
    return possible;
}

/* ---- letting a connection in ------------------------------------------------------------------------------------- */

/* With the wide lock. */
static bool is_at(struct api_connection *connection, const SteamNetworkingIPAddr *address)
{
    bool equal;

    pthread_mutex_lock(&connection->slot->lock);
    equal = address_equal(&connection->slot->remote, address);
    pthread_mutex_unlock(&connection->slot->lock);
    return equal;
}

/* False: another connection of this identity and id comes from elsewhere, and *reply_length bytes say so. */
static bool check_duplicate(struct listen_socket *listen_socket, struct listener_result *result,
                            const struct received *datagram)
{
    struct sockets *self = listen_socket->sockets;
    struct request_key key = {&result->identity, result->request.client_id};
    struct api_connection *other;
    bool duplicate;

    pthread_mutex_lock(&self->lock);
    other = find_request(self, &key);
    duplicate = other && !is_at(other, &datagram->from);
    pthread_mutex_unlock(&self->lock);
    result->reply_length =
        duplicate ? listener_refuse_duplicate(&result->request, datagram->length, result->reply, sizeof(result->reply))
                  : 0;
    return !duplicate;
}

/* Step 4 of the order in conn/listener.c: what the request proves. Nothing is held and nothing was made for it yet. */
static bool judge(const struct listener_result *result, const SteamNetworkingIPAddr *from, int allow,
                  const struct endpoint *endpoint, struct certificate_verdict *verdict)
{
    char address[ADDRESS_TEXT_SIZE];

    if (connection_judge_request(endpoint, allow, &result->request, &result->identity, verdict))
        return true;
    drop_totals_count(DROP_BAD_CREDENTIALS, 1);
    if (log_enabled(LOG_LEVEL_MESSAGE)) {
        address_print(from, address, sizeof(address), true);
        log_write(LOG_LEVEL_MESSAGE, "A connect request from %s is ignored: %s (%d)", address, verdict->text,
                  verdict->end_reason);
    }
    return false;
}

/* With the listen socket's lock. False, and counted, when too many have come in and not been accepted. */
static bool has_place(struct listen_socket *listen_socket)
{
    if (listen_socket->waiting_limit == 0 || listen_socket->waiting < listen_socket->waiting_limit)
        return true;
    drop_count(&listen_socket->listener->drops, DROP_TOO_MANY_WAITING);
    return false;
}

/* Once, until there is some room again. */
static void tell_full(struct listen_socket *listen_socket)
{
    bool told;

    pthread_mutex_lock(&listen_socket->lock);
    told = listen_socket->told_full;
    listen_socket->told_full = true;
    pthread_mutex_unlock(&listen_socket->lock);
    if (!told)
        log_write(LOG_LEVEL_WARNING, "Connect requests are ignored: too many connections came in and were neither "
                                     "accepted nor closed (ListenWaitingConnections)");
}

static bool make_core(struct api_connection *connection, const struct listener_result *result,
                      const struct certificate_verdict *verdict, struct endpoint *endpoint, microseconds now)
{
    struct connection_parameters parameters = {
        .local_id = connection->handle,
        .remote_address = connection->remote,
        .endpoint = endpoint,
        .config = &connection->transport,
        .receive_memory = receive_memory(),
        .events = &connection->core_events,
        .fast_network = address_is_loopback(&connection->remote),
    };

    connection->core = connection_incoming_judged(&parameters, &result->request, &result->identity, verdict, now);
    if (!connection->core)
        log_write(LOG_LEVEL_ERROR, "A connect request is ignored: out of memory");
    return connection->core;
}

/* Step 5: the object, for a request that was found acceptable with the endpoint of this era. */
static void make_incoming(struct listen_socket *listen_socket, struct service_socket *socket,
                          const struct listener_result *result, const struct certificate_verdict *verdict,
                          const SteamNetworkingIPAddr *from, struct endpoint *endpoint, unsigned era, microseconds now)
{
    struct sockets *self = listen_socket->sockets;
    struct api_connection *connection = api_connection_new(self, &listen_socket->config);
    bool reserved, admitted = false;

    if (!connection) {
        log_write(LOG_LEVEL_ERROR, "A connect request is ignored: out of memory");
        return;
    }
    connection->remote = *from;
    connection->socket = socket;
    connection->listen_socket = NULL; /* not before it is adopted */
    connection->listen_handle = listen_socket->handle;
    connection->request_id = result->request.client_id;
    pthread_mutex_lock(&self->lock);
    reserved = api_connection_reserve(connection, service_socket_loop(socket));
    pthread_mutex_unlock(&self->lock);
    if (!reserved) {
        log_write(
            LOG_LEVEL_ERROR,
            "A connect request is ignored: there are too many connections, or memory or random numbers are short");
    } else if (make_core(connection, result, verdict, endpoint, now)) {
        pthread_mutex_lock(&self->lock);
        pthread_mutex_lock(&listen_socket->lock);
        admitted = listen_socket->open && self->era == era && find_address(listen_socket, from) == 0 &&
                   !find_request(self, &(struct request_key){&result->identity, result->request.client_id}) &&
                   has_place(listen_socket);
        pthread_mutex_unlock(&listen_socket->lock);
        if (admitted) {
            connection->listen_socket = listen_socket;
            listen_socket_adopt(listen_socket, connection);
            api_connection_publish(connection, true);
            api_connection_settle(connection, now);
            handle_slot_unlock(connection->slot);
        }
        pthread_mutex_unlock(&self->lock);
    }
    if (!admitted)
        api_connection_abandon(connection);
}

/* Everything that takes time happens without the wide lock. */
static void admit(struct listen_socket *listen_socket, struct service_socket *socket,
                  const struct listener_result *result, const SteamNetworkingIPAddr *from, int allow, microseconds now)
{
    struct sockets *self = listen_socket->sockets;
    struct certificate_verdict verdict;
    struct endpoint *endpoint;
    unsigned era;

    pthread_mutex_lock(&self->lock);
    endpoint = endpoint_retain(self->endpoint);
    era = self->era;
    pthread_mutex_unlock(&self->lock);
    if (judge(result, from, allow, endpoint, &verdict))
        make_incoming(listen_socket, socket, result, &verdict, from, endpoint, era, now);
    endpoint_release(endpoint);
}

/* A datagram from an address without a connection. */
static void receive_from_stranger(struct listen_socket *listen_socket, struct service_socket *socket,
                                  const struct received *datagram, microseconds now)
{
    enum listener_verdict verdict = LISTENER_DROP;
    struct listener_result result;
    bool full = false;
    int allow = 0;

    pthread_mutex_lock(&listen_socket->lock);
    if (listen_socket->open) {
        allow = listen_socket->allow_without_auth;
        if (address_is_loopback(&datagram->from) && listen_socket->localhost_allow_without_auth > allow)
            allow = listen_socket->localhost_allow_without_auth;
        verdict = listener_receive(listen_socket->listener, &datagram->from, datagram->data, datagram->length,
                                   allow > 0, now, &result);
        full = verdict == LISTENER_CONNECT && !has_place(listen_socket);
    }
    pthread_mutex_unlock(&listen_socket->lock);
    if (full) {
        tell_full(listen_socket);
        return;
    }

    if (verdict == LISTENER_CONNECT) {
        if (check_duplicate(listen_socket, &result, datagram)) {
            admit(listen_socket, socket, &result, &datagram->from, allow, now);
            return;
        }
        verdict = LISTENER_REPLY;
    }
    if (verdict == LISTENER_REPLY && result.reply_length > 0)
        service_socket_send_one(socket, &datagram->from, result.reply, result.reply_length);
}

/* ---- routing ----------------------------------------------------------------------------------------------------- */

static bool is_from(const struct handle_slot *slot, const struct listen_socket *listen_socket,
                    const SteamNetworkingIPAddr *from)
{
    return slot->connection->listen_socket == listen_socket && address_equal(&slot->remote, from);
}

/* The slot, locked, of the connection that a data packet names; NULL if it names none. */
static struct handle_slot *find_named(struct listen_socket *listen_socket, const struct received *datagram)
{
    struct handle_slot *slot;

    if (datagram->length < DATAGRAM_MINIMUM || !(datagram->data[0] & DATAGRAM_DATA_FLAG))
        return NULL;
    slot = handle_table_lock(&listen_socket->sockets->handles, load_u32(datagram->data + DATA_ID_OFFSET));
    if (slot && slot->connection->listen_socket == listen_socket)
        return slot;
    handle_slot_unlock(slot);
    return NULL;
}

/* The slot, locked, of the connection whose peer is at the address that the datagram came from; NULL if there is none.
 */
static struct handle_slot *find_by_address(struct listen_socket *listen_socket, const struct received *datagram)
{
    struct handle_table *handles = &listen_socket->sockets->handles;
    struct handle_slot *slot;
    uint32_t handle;

    pthread_mutex_lock(&listen_socket->lock);
    handle = find_address(listen_socket, &datagram->from);
    pthread_mutex_unlock(&listen_socket->lock);
    slot = handle ? handle_table_lock(handles, handle) : NULL;
    if (slot && !is_from(slot, listen_socket, &datagram->from)) {
        handle_slot_unlock(slot);
        slot = NULL;
    }
    return slot;
}

static void receive_datagrams(struct service_socket_events *events, struct service_socket *socket,
                              struct received *datagrams, int count, microseconds now)
{
    struct listen_socket *listen_socket = container_of(events, struct listen_socket, events);
    int i = 0;

    while (i < count) {
        /* A data packet names its connection, so that the usual case touches nothing that connections share. */
        struct handle_slot *slot = find_named(listen_socket, &datagrams[i]);

        if (slot && !address_equal(&slot->remote, &datagrams[i].from)) {
            bool taken = api_connection_receive_elsewhere(slot->connection, &datagrams[i], now);

            handle_slot_unlock(slot);
            slot = NULL;
            if (taken) {
                i++;
                continue;
            }
        }
        if (!slot)
            slot = find_by_address(listen_socket, &datagrams[i]);
        if (!slot) {
            receive_from_stranger(listen_socket, socket, &datagrams[i++], now);
            continue;
        }
        if (slot->connection->socket != socket)
            api_connection_move(slot->connection, socket);
        i += api_connection_receive(slot->connection, &datagrams[i], count - i, now);
        handle_slot_unlock(slot);
    }
}

/* ---- making and ending ------------------------------------------------------------------------------------------- */

static void drop_reference(struct listen_socket *listen_socket)
{
    if (atomic_fetch_sub(&listen_socket->references, 1) != 1)
        return;
    if (listen_socket->listener)
        listener_free(listen_socket->listener);
    mem_free(listen_socket->listener);
    hash_table_destroy(&listen_socket->by_address);
    config_node_destroy(&listen_socket->config);
    pthread_mutex_destroy(&listen_socket->lock);
    mem_free(listen_socket);
}

static void udp_closed(struct service_socket_events *events, struct service_socket *socket)
{
    (void)socket;
    drop_reference(container_of(events, struct listen_socket, events));
}

static void reclaimed(struct service_task *task)
{
    drop_reference(container_of(task, struct listen_socket, reclaim));
}

struct listen_socket *listen_socket_new(struct sockets *self)
{
    struct listen_socket *listen_socket = mem_alloc_zeroed(sizeof(*listen_socket));

    if (!listen_socket)
        return NULL;
    listen_socket->sockets = self;
    listen_socket->events.on_datagrams = receive_datagrams;
    listen_socket->events.on_closed = udp_closed;
    list_init(&listen_socket->children);
    pthread_mutex_init(&listen_socket->lock, NULL);
    hash_table_init(&listen_socket->by_address);
    config_node_init(&listen_socket->config, k_ESteamNetworkingConfig_ListenSocket, &self->config);
    atomic_init(&listen_socket->references, 1);
    return listen_socket;
}

bool listen_socket_bind(struct listen_socket *listen_socket, const SteamNetworkingIPAddr *address, char *error)
{
    listen_socket->listener = mem_alloc(sizeof(*listen_socket->listener));
    if (!listen_socket->listener) {
        snprintf(error, SERVICE_ERROR_TEXT, "out of memory");
        return false;
    }
    if (!listener_init(listen_socket->listener, os_random())) {
        snprintf(error, SERVICE_ERROR_TEXT, "no random numbers can be had");
        return false;
    }
    /* Each socket has its reference before it can report that it is closed. */
    atomic_fetch_add(&listen_socket->references, SERVICE_LOOPS_MAXIMUM);
    listen_socket->udp_count = service_socket_open_group(address, &listen_socket->events, listen_socket->udp, error);
    atomic_fetch_sub(&listen_socket->references, SERVICE_LOOPS_MAXIMUM - listen_socket->udp_count);
    if (listen_socket->udp_count == 0)
        return false;
    listen_socket->address = *service_socket_local_address(listen_socket->udp[0]);
    return true;
}

bool listen_socket_open(struct listen_socket *listen_socket)
{
    struct sockets *self = listen_socket->sockets;
    uint32_t index = 0;

    while (index < LISTEN_SOCKET_LIMIT && self->listen_sockets[index])
        index++;
    if (index == LISTEN_SOCKET_LIMIT)
        return false;
    self->listen_sequence = (uint16_t)(self->listen_sequence % 0x7fff + 1);
    listen_socket->handle = (uint32_t)self->listen_sequence << 16 | index;
    self->listen_sockets[index] = listen_socket;
    listen_socket_refresh(listen_socket);
    pthread_mutex_lock(&listen_socket->lock);
    listen_socket->open = true;
    pthread_mutex_unlock(&listen_socket->lock);
    return true;
}

void listen_socket_abandon(struct listen_socket *listen_socket)
{
    for (int i = 0; i < listen_socket->udp_count; i++)
        service_socket_close(listen_socket->udp[i]);
    service_reclaim(&listen_socket->reclaim, reclaimed);
}

struct listen_socket *listen_socket_find(struct sockets *self, HSteamListenSocket handle)
{
    struct listen_socket *listen_socket =
        (handle & 0xffff) < LISTEN_SOCKET_LIMIT ? self->listen_sockets[handle & 0xffff] : NULL;

    return listen_socket && listen_socket->handle == handle ? listen_socket : NULL;
}

struct listen_socket *listen_socket_find_port(struct sockets *self, int virtual_port)
{
    for (int i = 0; i < LISTEN_SOCKET_LIMIT; i++) {
        struct listen_socket *listen_socket = self->listen_sockets[i];

        if (listen_socket && listen_socket->is_p2p && listen_socket->virtual_port == virtual_port)
            return listen_socket;
    }
    return NULL;
}

static struct stranger_rate configured_rate(const struct listen_socket *listen_socket,
                                            ESteamNetworkingConfigValue per_address, ESteamNetworkingConfigValue total)
{
    return (struct stranger_rate){.per_address = config_int32(&listen_socket->config, per_address),
                                  .total = config_int32(&listen_socket->config, total)};
}

void listen_socket_refresh(struct listen_socket *listen_socket)
{
    int allow = config_int32(&listen_socket->config, k_ESteamNetworkingConfig_IP_AllowWithoutAuth);
    int local = config_int32(&listen_socket->config, k_ESteamNetworkingConfig_IPLocalHost_AllowWithoutAuth);

    int waiting = config_int32(&listen_socket->config, k_EFumaroleConfig_ListenWaitingConnections);
    struct stranger_rate rates[WORK_KINDS] = {
        [WORK_CHALLENGE] = configured_rate(listen_socket, k_EFumaroleConfig_ListenChallengesPerAddress,
                                           k_EFumaroleConfig_ListenChallengesTotal),
        [WORK_CONNECT] = configured_rate(listen_socket, k_EFumaroleConfig_ListenConnectsPerAddress,
                                         k_EFumaroleConfig_ListenConnectsTotal),
        [WORK_STRAY] = configured_rate(listen_socket, k_EFumaroleConfig_ListenStrayRepliesPerAddress,
                                       k_EFumaroleConfig_ListenStrayRepliesTotal),
    };

    pthread_mutex_lock(&listen_socket->lock);
    listen_socket->allow_without_auth = allow;
    listen_socket->localhost_allow_without_auth = local;
    listen_socket->waiting_limit = waiting;
    for (int work = 0; listen_socket->listener && work < WORK_KINDS; work++)
        stranger_limits_set(&listen_socket->listener->limits, (enum stranger_work)work, rates[work]);
    pthread_mutex_unlock(&listen_socket->lock);
}

static void end_child(struct listen_socket *listen_socket, struct api_connection *connection)
{
    microseconds now = clock_now();
    struct connection_lock lock;
    struct list discarded;

    if (connection_lock_any(listen_socket->sockets, connection->handle, &lock)) {
        api_connection_report_end(connection);
        api_connection_release(connection, &discarded);
        api_connection_close(connection, k_ESteamNetConnectionEnd_App_Generic, closed_text, false, now);
        connection_settle_and_unlock(&lock, now);
        inbox_release_discarded(&discarded);
    }
    api_connection_remove(connection);
}

void listen_socket_shut(struct listen_socket *listen_socket)
{
    pthread_mutex_lock(&listen_socket->lock);
    listen_socket->open = false;
    /* From here on it drops nothing, and its counters are where they are read when it is not listed any more. */
    if (listen_socket->listener) {
        drop_totals_add(&listen_socket->listener->drops);
        memset(&listen_socket->listener->drops, 0, sizeof(listen_socket->listener->drops));
    }
    pthread_mutex_unlock(&listen_socket->lock);
}

void listen_socket_close(struct listen_socket *listen_socket)
{
    struct sockets *self = listen_socket->sockets;

    listen_socket_shut(listen_socket);
    self->listen_sockets[listen_socket->handle & 0xffff] = NULL;
    while (!list_empty(&listen_socket->children))
        end_child(listen_socket, list_first_entry(&listen_socket->children, struct api_connection, listen_node));
    listen_socket_abandon(listen_socket);
}

void listen_socket_count_drops(struct listen_socket *listen_socket, struct drop_counters *sum)
{
    if (!listen_socket->listener)
        return;
    pthread_mutex_lock(&listen_socket->lock);
    for (int cause = 0; cause < DROP_CAUSES; cause++)
        sum->count[cause] += listen_socket->listener->drops.count[cause];
    pthread_mutex_unlock(&listen_socket->lock);
}
