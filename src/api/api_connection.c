#include "api/api_connection.h"

#include "api/listen_socket.h"
#include "api/receive_memory.h"
#include "api/thread_batch.h"
#include "base/alloc.h"
#include "base/text.h"
#include "conn/close_reason.h"
#include "net/clock.h"
#include "wire/address.h"
#include "wire/identity.h"

#include <stdio.h>
#include <string.h>

enum {
    NONE = k_ESteamNetworkingConnectionState_None,
    DEAD = k_ESteamNetworkingConnectionState_Dead,
    CONNECTED = k_ESteamNetworkingConnectionState_Connected,
    NO_MEMORY_RETRY_MS = 10, /* sending is tried again so soon when there was no memory for it */
    ROUTE_LOOK_MS = 1000,    /* between looks for another way to a peer that cannot be reached */
    ROUTE_DOUBT = 3,         /* answers missing in a row that make it one */
    DEPOSIT_ROUNDS = 8,      /* taken over by a thread before it lets go of the connection */
};

/* ---- states ------------------------------------------------------------------------------------------------------ */

static int inner_state(const struct api_connection *connection)
{
    if (connection->is_pipe)
        return connection->pipe->end.state;
    return connection->core ? connection_state(connection->core) : DEAD;
}

int api_connection_state(const struct api_connection *connection)
{
    int state = inner_state(connection);

    return state < 0 ? NONE : state;
}

static const char *kind_text(const struct api_connection *connection)
{
    return connection->is_pipe ? "pipe" : "UDP";
}

void api_connection_describe(const struct api_connection *connection, char *buffer, size_t size)
{
    struct text text;

    text_init(&text, buffer, size);
    text_append_formatted(&text, "#%u %s", connection->handle, kind_text(connection));
    if (connection->core) {
        const SteamNetworkingIdentity *identity = connection_remote_identity(connection->core);
        char identity_text[IDENTITY_TEXT_SIZE], address_text[ADDRESS_TEXT_SIZE];

        address_print(connection_remote_address(connection->core), address_text, sizeof(address_text), true);
        if (identity->m_eType == k_ESteamNetworkingIdentityType_Invalid ||
            identity->m_eType == k_ESteamNetworkingIdentityType_IPAddress) {
            text_append_formatted(&text, " %s", address_text);
        } else {
            identity_print(identity, identity_text, sizeof(identity_text));
            text_append_formatted(&text, " %s@%s", identity_text, address_text);
        }
    }
    if (connection->name[0])
        text_append_formatted(&text, " '%s'", connection->name);
}

static void fill_pipe_info(const struct api_connection *connection, SteamNetConnectionInfo_t *info)
{
    info->m_identityRemote = connection->pipe->identity;
    info->m_eEndReason = connection->pipe->end.end_reason;
    memcpy(info->m_szEndDebug, connection->pipe->end.end_text, sizeof(info->m_szEndDebug));
    info->m_nFlags = k_nSteamNetworkConnectionInfoFlags_LoopbackBuffers | k_nSteamNetworkConnectionInfoFlags_Fast;
}

void api_connection_fill_info(const struct api_connection *connection, SteamNetConnectionInfo_t *info)
{
    memset(info, 0, sizeof(*info));
    if (connection->is_pipe)
        fill_pipe_info(connection, info);
    else if (connection->core)
        connection_fill_info(connection->core, info);
    info->m_eState = (ESteamNetworkingConnectionState)api_connection_state(connection);
    info->m_nUserData = config_user_data(&connection->config);
    info->m_hListenSocket = connection->listen_handle;
    api_connection_describe(connection, info->m_szConnectionDescription, sizeof(info->m_szConnectionDescription));
}

static void post_state(struct api_connection *connection, int state)
{
    SteamNetConnectionStatusChangedCallback_t event;
    void *function = config_pointer(&connection->config, k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged);

    memset(&event, 0, sizeof(event));
    event.m_hConn = connection->handle;
    event.m_eOldState = (ESteamNetworkingConnectionState)connection->shown_state;
    connection->shown_state = state;
    if (!function)
        return;
    api_connection_fill_info(connection, &event.m_info);
    event.m_info.m_eState = (ESteamNetworkingConnectionState)state;
    if ((callback_function)function == atomic_load(&connection->sockets->direct_status_function))
        ((callback_function)function)(&event);
    else
        callback_queue_post(&connection->sockets->callbacks, (callback_function)function, &event, sizeof(event));
}

void api_connection_report_state(struct api_connection *connection)
{
    int state = api_connection_state(connection);

    if (!connection->released && state != connection->shown_state)
        post_state(connection, state);
}

void api_connection_report_end(struct api_connection *connection)
{
    if (!connection->released && connection->shown_state != NONE)
        post_state(connection, NONE);
    connection->released = true;
}

/* ---- what the connection behind it reports ----------------------------------------------------------------------- */

static void core_state_changed(struct connection_events *events, struct connection *core, int old_state)
{
    struct api_connection *connection = container_of(events, struct api_connection, core_events);

    (void)old_state;
    if (connection->core == core)
        api_connection_report_state(connection);
}

static bool core_moved(struct connection_events *events, struct connection *core, const SteamNetworkingIPAddr *address)
{
    struct api_connection *connection = container_of(events, struct api_connection, core_events);

    (void)core;
    if (!connection->listen_socket || !listen_socket_move(connection->listen_socket, connection, address))
        return false;
    connection->slot->remote = *address;
    return true;
}

static void pipe_state_changed(struct pipe_events *events, struct pipe_end *end, int old_state)
{
    (void)end;
    (void)old_state;
    api_connection_report_state(container_of(events, struct connection_pipe, events)->owner);
}

static bool deliver(struct api_connection *connection, struct message *message, const SteamNetworkingIdentity *sender)
{
    if (connection->released) {
        message_release(message);
        return true;
    }
    message->api.m_conn = connection->handle;
    message->api.m_identityPeer = *sender;
    message->api.m_nConnUserData = config_user_data(&connection->config);
    message->api.m_nChannel = -1;
    return inbox_accept(&connection->inbox, message, connection->transport.receive_buffer_messages,
                        connection->transport.receive_buffer_size);
}

static bool core_deliver(struct connection_events *events, struct connection *core, struct message *message)
{
    return deliver(container_of(events, struct api_connection, core_events), message, connection_remote_identity(core));
}

static EResult pipe_deliver(struct pipe_events *events, struct pipe_end *end, struct message *message)
{
    struct api_connection *connection = container_of(events, struct connection_pipe, events)->owner;
    SteamNetworkingMessage_t before = message->api;

    (void)end;
    if (message->api.m_cbSize > connection->transport.receive_max_message_size)
        return k_EResultInvalidParam;
    if (deliver(connection, message, &connection->pipe->identity))
        return k_EResultOK;
    message->api = before; /* it stays the sender's, as it was */
    inbox_forgo(&connection->inbox);
    return k_EResultLimitExceeded;
}

/* ---- messages left by the application (deposit_box.h) ------------------------------------------------------------ */

/* Locked: the application need not wait while this thread is at work. False: it has to, in this state. */
static bool open_deposits(struct api_connection *connection)
{
    if (connection->is_pipe || connection->released || inner_state(connection) != CONNECTED)
        return false;
    deposit_box_open(&connection->slot->deposits, connection->handle,
                     connection->transport.send_buffer_size - connection_pending_bytes(connection->core));
    return true;
}

/* What cannot be sent because the connection has ended meanwhile shares the fate of what was sent just before. */
static void queue_deposits(struct api_connection *connection, struct list *deposits, microseconds now)
{
    struct list_node *node;

    while ((node = list_pop_front(deposits))) {
        struct message *message = container_of(node, struct message, queue_node);
        bool ours = message->api.m_conn == connection->handle;

        if (!ours || connection_send_admitted(connection->core, message, now) != k_EResultOK)
            message_release(message);
    }
}

/* Locked: before the lock goes, takes over and sends what was left. */
static void close_deposits(struct api_connection *connection)
{
    struct list deposits;
    bool closed = false;

    for (int round = 1; !closed; round++) {
        closed = deposit_box_take(&connection->slot->deposits, round == DEPOSIT_ROUNDS, &deposits);
        if (!list_empty(&deposits)) {
            microseconds now = clock_now();

            queue_deposits(connection, &deposits, now);
            api_connection_settle(connection, now);
        }
    }
}

/* ---- the service's callbacks ------------------------------------------------------------------------------------- */

static void drop_reference(struct api_connection *connection)
{
    if (atomic_fetch_sub(&connection->references, 1) == 1)
        mem_free(connection);
}

static void reclaimed(struct service_task *task)
{
    struct api_connection *connection = container_of(task, struct api_connection, reclaim);

    service_timer_release(&connection->timer);
    drop_reference(connection);
}

static void socket_closed(struct service_socket_events *events, struct service_socket *socket)
{
    (void)socket;
    drop_reference(container_of(events, struct api_connection, socket_events));
}

/* Inside a callback the object's memory is there; whether it is still in its slot shows under the slot's lock. */
static bool lock_in_callback(struct api_connection *connection)
{
    pthread_mutex_lock(&connection->slot->lock);
    if (connection->slot->connection == connection)
        return true;
    pthread_mutex_unlock(&connection->slot->lock);
    return false;
}

int api_connection_receive(struct api_connection *connection, struct received *datagrams, int count, microseconds now)
{
    bool deposits = open_deposits(connection);
    int taken = 0;

    while (taken < count && address_equal(&datagrams[taken].from, &connection->slot->remote)) {
        connection_receive(connection->core, datagrams[taken].data, datagrams[taken].length, now);
        if (++taken % CONNECTION_RUN == 0)
            api_connection_settle(connection, now);
    }
    if (taken % CONNECTION_RUN != 0)
        api_connection_settle(connection, now);
    if (deposits)
        close_deposits(connection);
    return taken;
}

bool api_connection_receive_elsewhere(struct api_connection *connection, struct received *datagram, microseconds now)
{
    if (!connection->core ||
        !connection_receive_elsewhere(connection->core, &datagram->from, datagram->data, datagram->length, now))
        return false;
    api_connection_settle(connection, now);
    return true;
}

void api_connection_move(struct api_connection *connection, struct service_socket *socket)
{
    /* Without memory it stays, which costs some contention and nothing else. */
    if (!service_timer_move(&connection->timer, service_socket_loop(socket)))
        return;
    connection->socket = socket;
    atomic_fetch_add_explicit(&connection->sockets->moves, 1, memory_order_relaxed);
}

static void socket_datagrams(struct service_socket_events *events, struct service_socket *socket,
                             struct received *datagrams, int count, microseconds now)
{
    struct api_connection *connection = container_of(events, struct api_connection, socket_events);
    uint64_t strangers = 0;

    (void)socket;
    if (!lock_in_callback(connection))
        return;
    for (int i = 0; i < count;) {
        int taken = api_connection_receive(connection, &datagrams[i], count - i, now);

        i += taken;
        if (taken == 0) {
            strangers++;
            i++;
        }
    }
    pthread_mutex_unlock(&connection->slot->lock);
    if (strangers)
        drop_totals_count(DROP_NO_CONNECTION, strangers);
}

void api_connection_bury(struct sockets *self, uint32_t handle)
{
    struct handle_slot *slot;
    struct api_connection *connection = NULL;

    pthread_mutex_lock(&self->lock);
    slot = handle_table_lock(&self->handles, handle);
    if (slot) {
        if (inner_state(slot->connection) == DEAD)
            connection = slot->connection;
        handle_slot_unlock(slot);
    }
    if (connection) /* only with the wide lock is a connection removed, so it is still there */
        api_connection_remove(connection);
    pthread_mutex_unlock(&self->lock);
}

static void timer_fired(struct service_timer *timer, microseconds now)
{
    struct api_connection *connection = container_of(timer, struct api_connection, timer);
    struct sockets *self = connection->sockets;
    uint32_t handle = connection->handle;
    struct connection_lock lock;
    bool dead;

    if (!connection_lock_any(self, handle, &lock))
        return;
    connection = lock.connection;
    connection->armed = TIME_NEVER;
    if (connection->is_pipe)
        pipe_tick(&connection->pipe->end, now);
    else
        connection_tick(connection->core, now);
    dead = inner_state(connection) == DEAD;
    if (dead) {
        connection_unlock(&lock);
        api_connection_bury(self, handle);
    } else {
        connection_settle_and_unlock(&lock, now);
    }
}

/* ---- making and ending ------------------------------------------------------------------------------------------- */

struct api_connection *api_connection_new(struct sockets *self, struct config_node *parent)
{
    struct api_connection *connection = mem_alloc_zeroed(sizeof(*connection));

    if (!connection)
        return NULL;
    connection->sockets = self;
    connection->core_events.state_changed = core_state_changed;
    connection->core_events.deliver = core_deliver;
    connection->core_events.moved = core_moved;
    connection->socket_events.on_datagrams = socket_datagrams;
    connection->socket_events.on_closed = socket_closed;
    connection->armed = TIME_NEVER;
    list_node_init(&connection->node);
    list_node_init(&connection->listen_node);
    config_node_init(&connection->config, k_ESteamNetworkingConfig_Connection, parent);
    return connection;
}

bool api_connection_add_pipe(struct api_connection *connection)
{
    connection->pipe = mem_alloc_zeroed(sizeof(*connection->pipe));
    if (!connection->pipe)
        return false;
    connection->pipe->owner = connection;
    connection->pipe->events.state_changed = pipe_state_changed;
    connection->pipe->events.deliver = pipe_deliver;
    return true;
}

bool api_connection_reserve(struct api_connection *connection, struct service_loop *loop)
{
    struct sockets *self = connection->sockets;

    connection->slot = handle_table_reserve(&self->handles);
    if (!connection->slot)
        return false;
    connection->handle = connection->slot->handle;
    inbox_init(&connection->inbox, connection->handle, &self->readiness, receive_memory());
    config_resolve_transport(&connection->config, false, &connection->transport);
    atomic_init(&connection->references, 1);
    connection->has_timer = service_timer_init(&connection->timer, loop, timer_fired);
    return connection->has_timer;
}

bool api_connection_open_socket(struct api_connection *connection, const SteamNetworkingIPAddr *bind,
                                const SteamNetworkingIPAddr *remote, char *error)
{
    struct udp_socket_options options = {.bind = *bind, .remote = remote, .sharing = UDP_EXCLUSIVE};

    connection->socket = service_socket_open(connection->timer.loop, &options, &connection->socket_events, error);
    if (!connection->socket)
        return false;
    connection->owns_socket = true;
    connection->has_route = remote;
    atomic_fetch_add(&connection->references, 1);
    return true;
}

/* With the wide lock held, and locked. */
static void publish_locked(struct api_connection *connection, bool announce)
{
    list_push_back(&connection->sockets->connections, &connection->node);
    connection->slot->remote = connection->remote;
    handle_slot_publish(connection->slot, connection);
    if (announce)
        api_connection_report_state(connection);
    else
        connection->shown_state = api_connection_state(connection);
}

void api_connection_publish(struct api_connection *connection, bool announce)
{
    pthread_mutex_lock(&connection->slot->lock);
    publish_locked(connection, announce);
}

void api_connection_publish_both(struct api_connection *first, struct api_connection *second, bool announce)
{
    handle_slot_lock_both(first->slot, second->slot);
    publish_locked(first, announce);
    publish_locked(second, announce);
}

/* The parts that both ways out have in common; nobody can find the object any more. */
static void dispose(struct api_connection *connection)
{
    if (connection->core) {
        drop_totals_add(&connection_statistics(connection->core, clock_now())->drops);
        connection_destroy(connection->core);
        connection->core = NULL;
    }
    if (connection->slot)
        inbox_destroy(&connection->inbox);
    config_node_destroy(&connection->config);
    mem_free(connection->pipe);
    connection->pipe = NULL;
    if (!connection->has_timer) {
        mem_free(connection);
        return;
    }
    service_timer_cancel(&connection->timer);
    if (connection->owns_socket)
        service_socket_close(connection->socket);
    service_reclaim(&connection->reclaim, reclaimed);
}

void api_connection_abandon(struct api_connection *connection)
{
    struct sockets *self = connection->sockets;

    if (connection->is_pipe)
        pipe_end_destroy(&connection->pipe->end);
    if (connection->slot) {
        pthread_mutex_lock(&self->lock);
        handle_table_release(&self->handles, connection->slot);
        pthread_mutex_unlock(&self->lock);
    }
    dispose(connection);
}

void api_connection_remove(struct api_connection *connection)
{
    struct sockets *self = connection->sockets;
    struct connection_lock lock;
    struct list discarded;

    list_remove(&connection->node);
    if (connection->listen_socket)
        listen_socket_forget(connection->listen_socket, connection);

    if (!connection_lock_any(self, connection->handle, &lock))
        return;
    api_connection_release(connection, &discarded);
    if (connection->is_pipe)
        pipe_end_destroy(&connection->pipe->end);
    connection->slot->connection = NULL;
    connection_unlock(&lock);

    inbox_release_discarded(&discarded);
    handle_table_release(&self->handles, connection->slot);
    dispose(connection);
}

void api_connection_release(struct api_connection *connection, struct list *discarded)
{
    connection->released = true;
    connection->watch.callback = NULL;
    inbox_discard(&connection->inbox, discarded);
    inbox_set_group(&connection->inbox, NULL, 0);
}

/* ---- locking ----------------------------------------------------------------------------------------------------- */

bool connection_lock_any(struct sockets *self, uint32_t handle, struct connection_lock *lock)
{
    struct handle_slot *slot = handle_table_lock(&self->handles, handle);

    lock->connection = slot ? slot->connection : NULL;
    lock->other = NULL;
    if (!slot)
        return false;
    if (slot->connection->is_pipe) {
        uint32_t handles[2] = {handle, slot->connection->pipe->peer};
        struct handle_slot *slots[2];

        handle_slot_unlock(slot);
        handle_table_lock_both(&self->handles, handles, slots);
        if (!slots[0]) {
            handle_slot_unlock(slots[1]);
            return false;
        }
        lock->connection = slots[0]->connection;
        /* The other end's handle may have passed on to a stranger long after it was closed. */
        if (slots[1] && slots[1]->connection->is_pipe && slots[1]->connection->pipe->peer == handle)
            lock->other = slots[1]->connection;
        else
            handle_slot_unlock(slots[1]);
    }
    return true;
}

bool connection_lock_handle(struct sockets *self, uint32_t handle, struct connection_lock *lock)
{
    if (!connection_lock_any(self, handle, lock))
        return false;
    if (!lock->connection->released)
        return true;
    connection_unlock(lock);
    return false;
}

void connection_unlock(struct connection_lock *lock)
{
    handle_slot_unlock(lock->connection->slot);
    if (lock->other)
        handle_slot_unlock(lock->other->slot);
}

void connection_settle_and_unlock(struct connection_lock *lock, microseconds now)
{
    bool deposits = open_deposits(lock->connection);

    api_connection_settle(lock->connection, now);
    if (deposits)
        close_deposits(lock->connection);
    if (lock->other)
        api_connection_settle(lock->other, now);
    connection_unlock(lock);
}

/* ---- settling ---------------------------------------------------------------------------------------------------- */

/* The peer cannot be reached: this machine may have another address now. */
static void look_for_route(struct api_connection *connection, microseconds now)
{
    if (!connection->has_route || now - connection->route_looked_at < ROUTE_LOOK_MS * MILLISECOND)
        return;
    connection->route_looked_at = now;
    if (!service_socket_reroute(connection->socket, &connection->slot->remote))
        return;
    log_write(LOG_LEVEL_MESSAGE, "connection #%u: leaves from another address of this machine now", connection->handle);
    connection_path_changed(connection->core, now);
}

static bool lacks_route(enum udp_outcome outcome)
{
    return outcome == UDP_UNREACHABLE || outcome == UDP_FAILED;
}

/* Whether there is something else to be sent because the network does not take what was sent. */
static bool learn_from_outcome(struct api_connection *connection, enum udp_outcome outcome, microseconds now)
{
    if (outcome == UDP_TOO_LARGE)
        return connection_datagram_too_large(connection->core, now);
    if (lacks_route(outcome))
        look_for_route(connection, now);
    return false;
}

/* To an address where the peer may be. */
static void send_elsewhere(struct api_connection *connection, struct datagram_batch *batch, microseconds now)
{
    SteamNetworkingIPAddr to;
    size_t size;

    while ((size = connection_send_elsewhere(connection->core, batch->bytes, &to, now)) > 0)
        service_socket_send_one(connection->socket, &to, batch->bytes, size);
}

/* Returns when to try again: TIME_NEVER when everything that was ready has been sent. */
static microseconds send_ready(struct api_connection *connection, microseconds now)
{
    struct datagram_batch *batch = thread_batch();
    bool more;

    if (!batch)
        return now + NO_MEMORY_RETRY_MS * MILLISECOND;
    do {
        more = connection_send(connection->core, batch, now);
        if (batch->count > 0) {
            enum udp_outcome outcome = service_socket_send(connection->socket, &connection->slot->remote, batch);

            if (outcome != UDP_SENT && learn_from_outcome(connection, outcome, now))
                more = true;
            connection->sent_at = now;
        }
        datagram_batch_clear(batch);
    } while (more);
    send_elsewhere(connection, batch, now);
    if (connection_answers_missing(connection->core) >= ROUTE_DOUBT)
        look_for_route(connection, now);
    return TIME_NEVER;
}

static void arm_timer(struct api_connection *connection, microseconds deadline)
{
    if (deadline >= connection->armed)
        return;
    connection->armed = deadline;
    service_timer_set(&connection->timer, deadline);
}

/*
 * The timer of a busy connection is left where it is when there is more time than that: it will be moved when it fires,
 * if not before. That of a quiet one is moved, so that it fires no more often than something is due.
 */
static void postpone_timer(struct api_connection *connection, microseconds deadline)
{
    if (connection->is_pipe || deadline <= connection->armed || !connection_is_quiet(connection->core))
        return;
    connection->armed = deadline;
    service_timer_set(&connection->timer, deadline);
}

void api_connection_settle(struct api_connection *connection, microseconds now)
{
    microseconds deadline;

    inbox_publish(&connection->inbox);
    if (connection->is_pipe) {
        deadline = connection->pipe->end.deadline;
    } else {
        if (connection->packet_size_pending && connection_may_shrink_packets(connection->core))
            api_connection_refresh(connection, now);
        deadline = send_ready(connection, now);
        deadline = time_earlier(deadline, connection_deadline(connection->core, now));
    }
    if (connection->watch.callback)
        send_queue_watch_look(connection);
    if (inner_state(connection) == DEAD)
        deadline = now;
    arm_timer(connection, deadline);
    postpone_timer(connection, deadline);
}

/* The messages queued last can join what else the application is about to send. The timer sees to them otherwise. */
static bool gather(struct api_connection *connection, microseconds now)
{
    microseconds patience = time_earlier(SEND_BURST_US * MICROSECOND, connection->transport.nagle_us);

    if (connection->is_pipe || now >= connection->sent_at + patience ||
        connection_pending_bytes(connection->core) >= SEND_BURST_BYTES)
        return false;
    /* Later than the next call that finds the time over, so that a busy application needs no help. */
    arm_timer(connection, connection->sent_at + 2 * patience);
    if (connection->watch.callback)
        send_queue_watch_look(connection);
    return true;
}

void connection_settle_sent_and_unlock(struct connection_lock *lock, bool patient, microseconds now)
{
    if (patient && gather(lock->connection, now))
        connection_unlock(lock);
    else
        connection_settle_and_unlock(lock, now);
}

void api_connection_offer_room(struct api_connection *connection)
{
    microseconds now;

    if (!inbox_take_refused(&connection->inbox) || !connection->core)
        return;
    now = clock_now();
    connection_receive_queue_drained(connection->core, now);
    api_connection_settle(connection, now);
}

/* ---- the rest ---------------------------------------------------------------------------------------------------- */

int64_t api_connection_pending_bytes(const struct api_connection *connection)
{
    return connection->is_pipe ? connection->pipe->end.held_bytes : connection_pending_bytes(connection->core);
}

void api_connection_refresh(struct api_connection *connection, microseconds now)
{
    bool may_shrink = !connection->core || connection_may_shrink_packets(connection->core);

    connection->packet_size_pending =
        !config_resolve_transport(&connection->config, !may_shrink, &connection->transport);
    if (connection->core)
        connection_config_changed(connection->core, now);
}

void api_connection_close(struct api_connection *connection, int reason, const char *text, bool linger,
                          microseconds now)
{
    if (connection->is_pipe) {
        char normalised[CLOSE_REASON_TEXT_SIZE];

        reason = close_reason_normalise(reason, text, normalised);
        pipe_close(&connection->pipe->end, reason, normalised);
    } else {
        connection_close(connection->core, reason, text, linger, now);
    }
}
