#include "multiplayer_role.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    BATCH = 64,         /* messages fetched at once */
    POLL_BATCHES = 256, /* in one poll at most */
};

/* Peers that are alive: the library's status callback has no context of its own. One thread at a time, as the peers. */
static struct multiplayer_peer *all_peers;

/* Changes that the library has told of, on whatever thread RunCallbacks was called; the next poll hands them out. */
struct change {
    struct change *next;
    SteamNetConnectionStatusChangedCallback_t told;
};

static pthread_mutex_t changes_lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *first_change, **last_change = &first_change;
static int readers; /* how many peers there are; without one, changes are of interest to nobody */

static struct change *take_changes(void)
{
    struct change *all;

    pthread_mutex_lock(&changes_lock);
    all = first_change;
    first_change = NULL;
    last_change = &first_change;
    pthread_mutex_unlock(&changes_lock);
    return all;
}

static void free_changes(struct change *change)
{
    struct change *next;

    for (; change; change = next) {
        next = change->next;
        free(change);
    }
}

static void count_reader(int more)
{
    pthread_mutex_lock(&changes_lock);
    readers += more;
    pthread_mutex_unlock(&changes_lock);
}

/* ---- life -------------------------------------------------------------------------------------------------------- */

struct multiplayer_peer *multiplayer_peer_create(void)
{
    struct multiplayer_peer *peer = calloc(1, sizeof *peer);

    if (!peer)
        return NULL;
    peer->relay = true;
    peer->mode = MULTIPLAYER_RELIABLE;
    multiplayer_inbox_init(&peer->inbox);
    peer->next = all_peers;
    all_peers = peer;
    count_reader(1);
    return peer;
}

void multiplayer_peer_destroy(struct multiplayer_peer *peer)
{
    struct multiplayer_peer **link = &all_peers;

    if (!peer)
        return;
    multiplayer_peer_close(peer);
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    free(peer);
    count_reader(-1);
    if (!all_peers)
        free_changes(take_changes());
}

void multiplayer_peer_set_relay(struct multiplayer_peer *peer, bool on)
{
    if (peer->role == MULTIPLAYER_NO_ROLE)
        peer->relay = on;
}

void multiplayer_forget(struct multiplayer_peer *peer, struct multiplayer_remote *remote)
{
    if (remote->id && number_table_find(&peer->by_id, (uint32_t)remote->id) == remote)
        number_table_remove(&peer->by_id, (uint32_t)remote->id);
    if (remote->connection)
        number_table_remove(&peer->by_connection, remote->connection);
    if (remote->ended)
        peer->remotes_ended--;
    free(remote);
}

/* Any remote, in whichever table it is. */
static struct multiplayer_remote *any_remote(const struct multiplayer_peer *peer)
{
    size_t at = 0;
    struct multiplayer_remote *remote = number_table_next(&peer->by_connection, &at);

    at = 0;
    return remote ? remote : number_table_next(&peer->by_id, &at);
}

void multiplayer_peer_close(struct multiplayer_peer *peer)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    struct multiplayer_remote *remote;

    while ((remote = any_remote(peer))) {
        multiplayer_remote_close(remote, MULTIPLAYER_END_CLOSED,
                                 peer->role == MULTIPLAYER_SERVER ? "the server has closed" : "the player has left",
                                 true);
        multiplayer_forget(peer, remote);
    }
    if (peer->listen_socket)
        SteamAPI_ISteamNetworkingSockets_CloseListenSocket(sockets, peer->listen_socket);
    if (peer->poll_group)
        SteamAPI_ISteamNetworkingSockets_DestroyPollGroup(sockets, peer->poll_group);
    number_table_clear(&peer->by_id);
    number_table_clear(&peer->by_connection);
    multiplayer_inbox_clear(&peer->inbox);
    memset(peer->departed, 0, sizeof peer->departed);
    peer->listen_socket = 0;
    peer->poll_group = 0;
    peer->role = MULTIPLAYER_NO_ROLE;
    peer->status = MULTIPLAYER_DISCONNECTED;
    peer->id = 0;
}

/* ---- status callbacks -------------------------------------------------------------------------------------------- */

static void on_status(SteamNetConnectionStatusChangedCallback_t *told)
{
    struct change *change = malloc(sizeof *change);

    if (!change)
        return; /* the connection ends by its timeout */
    change->next = NULL;
    change->told = *told;
    pthread_mutex_lock(&changes_lock);
    if (readers) {
        *last_change = change;
        last_change = &change->next;
        change = NULL;
    }
    pthread_mutex_unlock(&changes_lock);
    free(change);
}

/* To the peer whose connection it is; nobody's if that has closed meanwhile, and its connections with it. */
static void hand_out(const SteamNetConnectionStatusChangedCallback_t *change)
{
    for (struct multiplayer_peer *peer = all_peers; peer; peer = peer->next) {
        if (peer->role == MULTIPLAYER_SERVER && change->m_info.m_hListenSocket == peer->listen_socket) {
            multiplayer_server_status(peer, change);
            return;
        }
        if (peer->role == MULTIPLAYER_CLIENT && number_table_find(&peer->by_connection, change->m_hConn)) {
            multiplayer_client_status(peer, change);
            return;
        }
    }
}

static void hand_out_changes(void)
{
    struct change *changes = take_changes();

    for (const struct change *change = changes; change; change = change->next)
        hand_out(&change->told);
    free_changes(changes);
}

/* The options of the program, and our own behind them, so that ours count. Null without memory. */
static SteamNetworkingConfigValue_t *with_status_callback(int count, const SteamNetworkingConfigValue_t *options)
{
    FnSteamNetConnectionStatusChanged function = on_status;
    SteamNetworkingConfigValue_t *all = calloc((size_t)count + 1, sizeof *all);

    if (!all)
        return NULL;
    if (count)
        memcpy(all, options, (size_t)count * sizeof *all);
    all[count].m_eValue = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged;
    all[count].m_eDataType = k_ESteamNetworkingConfig_Ptr;
    memcpy(&all[count].m_val.m_ptr, &function, sizeof function); /* the interface carries it in a data pointer */
    return all;
}

/* ---- becoming something ------------------------------------------------------------------------------------------ */

/* Exactly one of address and virtual port is used: a null address means the port. */
static enum multiplayer_error serve(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                    int virtual_port, int clients_max, int count,
                                    const SteamNetworkingConfigValue_t *options)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    SteamNetworkingConfigValue_t *all;

    if (peer->role != MULTIPLAYER_NO_ROLE)
        return MULTIPLAYER_ALREADY_IN_USE;
    if (clients_max < 1 || clients_max > MULTIPLAYER_CLIENTS_MAX)
        return MULTIPLAYER_PARAMETER_RANGE;
    all = with_status_callback(count, options);
    if (!all)
        return MULTIPLAYER_OUT_OF_MEMORY;
    peer->listen_socket =
        address ? Fumarole_CreateListenSocketIPAnyPort(address, count + 1, all)
                : SteamAPI_ISteamNetworkingSockets_CreateListenSocketP2P(sockets, virtual_port, count + 1, all);
    free(all);
    if (!peer->listen_socket)
        return MULTIPLAYER_CANNOT_CREATE;
    peer->poll_group = SteamAPI_ISteamNetworkingSockets_CreatePollGroup(sockets);
    if (!peer->poll_group) {
        multiplayer_peer_close(peer);
        return MULTIPLAYER_OUT_OF_MEMORY;
    }
    peer->role = MULTIPLAYER_SERVER;
    peer->status = MULTIPLAYER_CONNECTED;
    peer->id = MULTIPLAYER_SERVER_ID;
    peer->clients_max = clients_max;
    return MULTIPLAYER_OK;
}

enum multiplayer_error multiplayer_peer_serve(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                              int clients_max, int option_count,
                                              const SteamNetworkingConfigValue_t *options)
{
    return serve(peer, address, 0, clients_max, option_count, options);
}

enum multiplayer_error multiplayer_peer_serve_p2p(struct multiplayer_peer *peer, int virtual_port, int clients_max,
                                                  int option_count, const SteamNetworkingConfigValue_t *options)
{
    return serve(peer, NULL, virtual_port, clients_max, option_count, options);
}

/* Client ids are 2 and above, chosen by the clients as the engine expects; the server refuses one that is taken. */
static int32_t choose_id(void)
{
    uint32_t bits;

    if (getrandom(&bits, sizeof bits, 0) != sizeof bits)
        bits = (uint32_t)SteamAPI_ISteamNetworkingUtils_GetLocalTimestamp(SteamNetworkingUtils_LibV4());
    bits &= INT32_MAX;
    return bits > MULTIPLAYER_SERVER_ID ? (int32_t)bits : INT32_MAX;
}

/* Exactly one of address and identity is used. */
static enum multiplayer_error join(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                   const SteamNetworkingIdentity *identity, int virtual_port, int count,
                                   const SteamNetworkingConfigValue_t *options)
{
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    SteamNetworkingConfigValue_t *all;
    HSteamNetConnection connection;
    struct multiplayer_remote *server;

    if (peer->role != MULTIPLAYER_NO_ROLE)
        return MULTIPLAYER_ALREADY_IN_USE;
    all = with_status_callback(count, options);
    if (!all)
        return MULTIPLAYER_OUT_OF_MEMORY;
    connection = address ? SteamAPI_ISteamNetworkingSockets_ConnectByIPAddress(sockets, address, count + 1, all)
                         : SteamAPI_ISteamNetworkingSockets_ConnectP2P(sockets, identity, virtual_port, count + 1, all);
    free(all);
    if (!connection)
        return MULTIPLAYER_CANNOT_CREATE;
    server = multiplayer_remote_create(connection, 0);
    if (!server || !number_table_add(&peer->by_connection, connection, server)) {
        free(server);
        SteamAPI_ISteamNetworkingSockets_CloseConnection(sockets, connection, 0, NULL, false);
        return MULTIPLAYER_OUT_OF_MEMORY;
    }
    peer->role = MULTIPLAYER_CLIENT;
    peer->status = MULTIPLAYER_CONNECTING;
    peer->id = choose_id();
    peer->end_reason = 0;
    memset(peer->end_sentence, 0, sizeof peer->end_sentence);
    return MULTIPLAYER_OK;
}

enum multiplayer_error multiplayer_peer_join(struct multiplayer_peer *peer, const SteamNetworkingIPAddr *address,
                                             int option_count, const SteamNetworkingConfigValue_t *options)
{
    return join(peer, address, NULL, 0, option_count, options);
}

enum multiplayer_error multiplayer_peer_join_p2p(struct multiplayer_peer *peer, const SteamNetworkingIdentity *identity,
                                                 int virtual_port, int option_count,
                                                 const SteamNetworkingConfigValue_t *options)
{
    return join(peer, NULL, identity, virtual_port, option_count, options);
}

enum multiplayer_error multiplayer_peer_disconnect(struct multiplayer_peer *peer, int32_t id, bool at_once, bool tell)
{
    struct multiplayer_remote *remote = number_table_find(&peer->by_id, (uint32_t)id);

    if (peer->role != MULTIPLAYER_SERVER)
        return MULTIPLAYER_UNCONFIGURED;
    if (!remote)
        return MULTIPLAYER_INVALID_PARAMETER;
    multiplayer_server_expel(peer, remote, MULTIPLAYER_END_KICKED, "the server has disconnected this player", !at_once,
                             tell);
    multiplayer_server_expel_the_slow(peer);
    return MULTIPLAYER_OK;
}

/* ---- what comes -------------------------------------------------------------------------------------------------- */

void multiplayer_deliver(struct multiplayer_peer *peer, SteamNetworkingMessage_t *message, int32_t source,
                         const struct multiplayer_frame *frame)
{
    struct multiplayer_packet packet = {
        .message = message,
        .bytes = frame->payload,
        .size = (int)frame->payload_size,
        .source = source,
        .mode = frame->detail,
        .channel = message->m_idxLane,
    };

    /* A server has just put out whom it does not know; to a client, a packet may come before the announcement. */
    if (number_table_find(&peer->by_id, (uint32_t)source))
        multiplayer_inbox_add(&peer->inbox, &packet);
    else if (peer->role == MULTIPLAYER_CLIENT && !multiplayer_client_has_departed(peer, source))
        multiplayer_inbox_put_aside(&peer->inbox, &packet);
    else
        SteamAPI_SteamNetworkingMessage_t_Release(message);
}

static void read_message(struct multiplayer_peer *peer, SteamNetworkingMessage_t *message)
{
    struct multiplayer_remote *remote = number_table_find(&peer->by_connection, message->m_conn);

    if (!remote)
        SteamAPI_SteamNetworkingMessage_t_Release(message); /* of one that has been closed since it was fetched */
    else if (peer->role == MULTIPLAYER_SERVER)
        multiplayer_server_message(peer, remote, message);
    else
        multiplayer_client_message(peer, message);
}

static struct multiplayer_remote *any_ended(const struct multiplayer_peer *peer)
{
    struct multiplayer_remote *remote;

    for (size_t at = 0; peer->remotes_ended && (remote = number_table_next(&peer->by_connection, &at));)
        if (remote->ended)
            return remote;
    return NULL;
}

static struct multiplayer_remote *only_remote(const struct multiplayer_peer *peer)
{
    size_t at = 0;

    return number_table_next(&peer->by_connection, &at);
}

/* Fetches and reads messages while there is room for packets. False when there were none. */
static bool read_some(struct multiplayer_peer *peer, HSteamNetConnection connection)
{
    SteamNetworkingMessage_t *messages[BATCH];
    ISteamNetworkingSockets *sockets = SteamNetworkingSockets_LibV12();
    int most = (int)multiplayer_inbox_room(&peer->inbox), count;

    if (most > BATCH)
        most = BATCH;
    count =
        connection
            ? SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, connection, messages, most)
            : SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnPollGroup(sockets, peer->poll_group, messages, most);
    for (int i = 0; i < count; i++)
        read_message(peer, messages[i]);
    return count > 0;
}

/* Reads what the ended connections have left, and takes leave of those that have nothing more. */
static void read_ended(struct multiplayer_peer *peer)
{
    struct multiplayer_remote *remote;

    while (multiplayer_inbox_room(&peer->inbox) && (remote = any_ended(peer))) {
        if (read_some(peer, remote->connection))
            continue;
        if (peer->role == MULTIPLAYER_SERVER)
            multiplayer_server_drained(peer, remote);
        else
            multiplayer_client_drained(peer);
    }
}

void multiplayer_peer_poll(struct multiplayer_peer *peer)
{
    struct multiplayer_remote *server;

    SteamAPI_ISteamNetworkingSockets_RunCallbacks(SteamNetworkingSockets_LibV12());
    hand_out_changes();
    /* What is only forwarded takes no room, so that those who send it must not keep us here. */
    for (int batches = 0; batches < POLL_BATCHES && multiplayer_inbox_room(&peer->inbox); batches++) {
        server = peer->role == MULTIPLAYER_CLIENT ? only_remote(peer) : NULL;
        if (peer->role != MULTIPLAYER_SERVER && !server)
            break;
        if (!read_some(peer, server ? server->connection : 0))
            break;
    }
    if (peer->role == MULTIPLAYER_SERVER)
        multiplayer_server_overdue(peer);
    read_ended(peer);
}

bool multiplayer_peer_take_event(struct multiplayer_peer *peer, struct multiplayer_event *event)
{
    if (!multiplayer_inbox_take_event(&peer->inbox, event))
        return false;
    if (event->kind == MULTIPLAYER_CONNECTION_SUCCEEDED)
        peer->status = MULTIPLAYER_CONNECTED;
    if (event->kind == MULTIPLAYER_CONNECTION_FAILED || event->kind == MULTIPLAYER_SERVER_DISCONNECTED)
        multiplayer_peer_close(peer);
    return true;
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

void multiplayer_peer_set_target(struct multiplayer_peer *peer, int32_t target)
{
    peer->target = target;
}

enum multiplayer_error multiplayer_peer_set_mode(struct multiplayer_peer *peer, int mode)
{
    if (mode < MULTIPLAYER_UNRELIABLE || mode > MULTIPLAYER_RELIABLE)
        return MULTIPLAYER_PARAMETER_RANGE;
    peer->mode = mode;
    return MULTIPLAYER_OK;
}

enum multiplayer_mode multiplayer_peer_mode(const struct multiplayer_peer *peer)
{
    return peer->mode;
}

enum multiplayer_error multiplayer_peer_set_channel(struct multiplayer_peer *peer, int channel)
{
    if (channel < 0 || channel >= MULTIPLAYER_CHANNELS_MAX)
        return MULTIPLAYER_PARAMETER_RANGE;
    peer->channel = channel;
    return MULTIPLAYER_OK;
}

int multiplayer_peer_channel(const struct multiplayer_peer *peer)
{
    return peer->channel;
}

int multiplayer_peer_packet_size_max(void)
{
    return k_cbMaxSteamNetworkingSocketsMessageSizeSend - MULTIPLAYER_FRAME_HEAD;
}

enum multiplayer_error multiplayer_peer_put_packet(struct multiplayer_peer *peer, const void *bytes, int size)
{
    if (peer->role == MULTIPLAYER_NO_ROLE)
        return MULTIPLAYER_UNCONFIGURED;
    if (size < 0 || size > multiplayer_peer_packet_size_max() || peer->target == INT32_MIN)
        return MULTIPLAYER_INVALID_PARAMETER;
    if (peer->target == peer->id)
        return MULTIPLAYER_INVALID_PARAMETER;
    return peer->role == MULTIPLAYER_SERVER ? multiplayer_server_put(peer, bytes, (size_t)size)
                                            : multiplayer_client_put(peer, bytes, (size_t)size);
}

int multiplayer_peer_available(const struct multiplayer_peer *peer)
{
    return (int)multiplayer_inbox_available(&peer->inbox);
}

bool multiplayer_peer_packets_wait(const struct multiplayer_peer *peer)
{
    return peer->inbox.packets.count > 0;
}

const struct multiplayer_packet *multiplayer_peer_get_packet(struct multiplayer_peer *peer)
{
    return multiplayer_inbox_take(&peer->inbox);
}

const struct multiplayer_packet *multiplayer_peer_next_packet(const struct multiplayer_peer *peer)
{
    return multiplayer_inbox_peek(&peer->inbox);
}

/* ---- state ------------------------------------------------------------------------------------------------------- */

enum multiplayer_status multiplayer_peer_status(const struct multiplayer_peer *peer)
{
    return peer->status;
}

bool multiplayer_peer_is_server(const struct multiplayer_peer *peer)
{
    return peer->role == MULTIPLAYER_SERVER;
}

int32_t multiplayer_peer_id(const struct multiplayer_peer *peer)
{
    return peer->id;
}

void multiplayer_peer_refuse(struct multiplayer_peer *peer, bool on)
{
    peer->refusing = on;
}

bool multiplayer_peer_is_refusing(const struct multiplayer_peer *peer)
{
    return peer->refusing;
}

HSteamNetConnection multiplayer_peer_connection(const struct multiplayer_peer *peer, int32_t id)
{
    const struct multiplayer_remote *remote = number_table_find(&peer->by_id, (uint32_t)id);

    return remote ? remote->connection : 0;
}

HSteamListenSocket multiplayer_peer_listen_socket(const struct multiplayer_peer *peer)
{
    return peer->listen_socket;
}

int multiplayer_peer_end_reason(const struct multiplayer_peer *peer)
{
    return peer->end_reason;
}

const char *multiplayer_peer_end_sentence(const struct multiplayer_peer *peer)
{
    return peer->end_sentence;
}
