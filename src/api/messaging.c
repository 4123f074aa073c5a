/*
 * Messages out and in: sending, flushing, lanes, receiving, poll groups (api-contract 10 to 12), as functions of
 * sockets.h.
 */
#include "api/api_connection.h"
#include "api/poll_group.h"
#include "api/sockets.h"
#include "api/sockets_object.h"
#include "base/alloc.h"
#include "net/clock.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEND_INDEXES_ON_STACK = 64, /* messages of one SendMessages call that need no memory to be put in order */
};

/* ---- sending ----------------------------------------------------------------------------------------------------- */

/* Locked. On OK the message is gone and *number is set; otherwise it is still the caller's. */
static EResult send_one(struct api_connection *connection, struct message *message, microseconds now, int64_t *number)
{
    EResult result;

    *number = -1;
    if (connection->is_pipe)
        result = pipe_send(&connection->pipe->end, message, connection->transport.send_buffer_size, now, number);
    else
        result = connection_send_message(connection->core, message, now, number);
    if (result == k_EResultLimitExceeded)
        connection->watch.armed = true;
    if (result != k_EResultOK)
        *number = -1;
    return result;
}

/* Bits that mean nothing do nothing. */
static void look_over_flags(const char *function, const char *argument, int flags)
{
    const int known = k_nSteamNetworkingSend_NoNagle | k_nSteamNetworkingSend_NoDelay |
                      k_nSteamNetworkingSend_Reliable | k_nSteamNetworkingSend_UseCurrentThread |
                      k_nSteamNetworkingSend_AutoRestartBrokenSession;

    if (flags & ~known)
        log_write(LOG_LEVEL_VERBOSE, "%s: %s has bits that mean nothing: 0x%x", function, argument,
                  (unsigned)(flags & ~known));
}

static bool may_wait(int flags)
{
    return !(flags & (k_nSteamNetworkingSend_NoNagle | k_nSteamNetworkingSend_NoDelay));
}

static int largest_message(const struct api_connection *connection)
{
    return connection->is_pipe ? PIPE_MESSAGE_MAXIMUM : MESSAGE_SIZE_MAXIMUM;
}

/*
 * A copy of the application's data as a message, made without a lock. NULL: *result says why. The limit depends on the
 * kind of connection, so the handle is looked at before a large buffer is allocated.
 */
static struct message *copy_message(struct sockets *self, HSteamNetConnection handle, const void *data, uint32 size,
                                    int flags, EResult *result)
{
    struct message *message;

    *result = k_EResultInvalidParam;
    if (size > 0 && !data) {
        reject_argument("SendMessageToConnection", "pData", "is null");
        return NULL;
    }
    if (size > MESSAGE_SIZE_MAXIMUM) {
        struct connection_lock lock;
        int limit = 0;

        if (connection_lock_handle(self, handle, &lock)) {
            limit = largest_message(lock.connection);
            connection_unlock(&lock);
        }
        if (size > (uint32)limit) {
            reject_argument("SendMessageToConnection", "cbData", "%u is more than the %d bytes that a message may have",
                            size, limit);
            return NULL;
        }
    }
    message = message_allocate((int)size);
    if (!message) {
        *result = k_EResultFail;
        return NULL;
    }
    if (size > 0)
        memcpy(message->api.m_pData, data, size);
    message->api.m_nFlags = flags;
    return message;
}

/*
 * Leaves the message for a thread that is at work on the connection. Not when the caller is to learn what only that
 * thread knows.
 */
static bool deposit(struct sockets *self, HSteamNetConnection handle, struct message *message,
                    const int64 *message_number)
{
    struct handle_slot *slot;

    if (message_number || message->api.m_nFlags & k_nSteamNetworkingSend_NoDelay)
        return false;
    slot = handle_table_find(&self->handles, handle);
    message->api.m_conn = handle;
    return slot && deposit_box_put(&slot->deposits, message);
}

EResult sockets_send_message_to_connection(struct sockets *self, HSteamNetConnection handle, const void *data,
                                           uint32 size, int flags, int64 *message_number)
{
    struct connection_lock lock;
    struct message *message;
    EResult result, copied;
    int64_t number = -1;
    microseconds now;

    if (!sockets_running(self)) {
        reject_argument("SendMessageToConnection", "hConn", "%u is not a connection", handle);
        return k_EResultInvalidParam;
    }
    look_over_flags("SendMessageToConnection", "nSendFlags", flags);
    message = copy_message(self, handle, data, size, flags, &copied);
    if (message && deposit(self, handle, message, message_number))
        return k_EResultOK;
    if (!connection_lock_handle(self, handle, &lock)) {
        message_release(message);
        reject_argument("SendMessageToConnection", "hConn", "%u is not a connection", handle);
        return k_EResultInvalidParam;
    }
    now = clock_now();
    result = message ? send_one(lock.connection, message, now, &number) : copied;
    connection_settle_sent_and_unlock(&lock, result == k_EResultOK && may_wait(flags), now);
    if (result != k_EResultOK)
        message_release(message);
    if (message_number)
        *message_number = number;
    return result;
}

/* One message of a SendMessages call, for putting them in order by connection. */
struct send_index {
    HSteamNetConnection connection;
    int position;
};

static int compare_indexes(const void *a_pointer, const void *b_pointer)
{
    const struct send_index *a = a_pointer, *b = b_pointer;

    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    return a->position < b->position ? -1 : 1;
}

struct send_call {
    SteamNetworkingMessage_t **messages;
    int64 *results;
    bool delete_failed;
};

static void set_result(const struct send_call *call, int position, int64 result)
{
    if (call->results)
        call->results[position] = result;
}

/* The message was not accepted: it stays the caller's or goes away. */
static void fail_message(const struct send_call *call, int position, EResult result)
{
    set_result(call, position, -(int64)result);
    if (call->delete_failed && call->messages[position])
        message_release(message_from_api(call->messages[position]));
}

static EResult check_message(const struct api_connection *connection, const SteamNetworkingMessage_t *message)
{
    if (message->m_cbSize < 0 || message->m_cbSize > largest_message(connection) ||
        (message->m_cbSize > 0 && !message->m_pData))
        return k_EResultInvalidParam;
    look_over_flags("SendMessages", "m_nFlags", message->m_nFlags);
    return k_EResultOK;
}

/* Says what a message lacks that is not accepted; the other results speak for themselves. */
static void explain_message(const SteamNetworkingMessage_t *message, EResult result)
{
    if (result == k_EResultInvalidParam)
        reject_argument("SendMessages", "pMessages",
                        "has a message whose m_cbSize (%d), m_pData (%s) or m_idxLane (%u) is wrong", message->m_cbSize,
                        message->m_pData ? "set" : "null", message->m_idxLane);
}

/* All messages for one connection, in their order. */
static void send_to_connection(struct sockets *self, const struct send_call *call, const struct send_index *indexes,
                               int count)
{
    struct connection_lock lock;
    EResult result = k_EResultOK;
    bool patient = true;
    microseconds now;
    int i = 0;

    if (indexes[0].connection == 0 || !connection_lock_handle(self, indexes[0].connection, &lock)) {
        reject_argument("SendMessages", "pMessages", "has a message for %u, which is not a connection",
                        indexes[0].connection);
        for (; i < count; i++)
            fail_message(call, indexes[i].position, k_EResultInvalidParam);
        return;
    }
    now = clock_now();
    for (; i < count && result == k_EResultOK; i++) {
        int position = indexes[i].position;
        SteamNetworkingMessage_t *message = call->messages[position];
        int64_t number = -1;

        result = check_message(lock.connection, message);
        patient = patient && may_wait(message->m_nFlags);
        if (result == k_EResultOK)
            result = send_one(lock.connection, message_from_api(message), now, &number);
        if (result == k_EResultOK) {
            set_result(call, position, number);
            if (!call->delete_failed)
                call->messages[position] = NULL;
        } else {
            set_result(call, position, -(int64)result);
        }
    }
    connection_settle_sent_and_unlock(&lock, patient && result == k_EResultOK, now);

    if (result == k_EResultOK)
        return;
    explain_message(call->messages[indexes[i - 1].position], result);
    fail_message(call, indexes[i - 1].position, result);
    for (; i < count; i++) { /* not attempted */
        fail_message(call, indexes[i].position, k_EResultNone);
        set_result(call, indexes[i].position, 0);
    }
}

void sockets_send_messages(struct sockets *self, int count, SteamNetworkingMessage_t **messages, int64 *results,
                           bool delete_failed)
{
    const struct send_call call = {messages, results, delete_failed};
    struct send_index on_stack[SEND_INDEXES_ON_STACK], *indexes = on_stack;
    EResult failure = sockets_running(self) ? k_EResultOK : k_EResultInvalidParam;
    bool in_order = true;
    int used = 0;

    if (count <= 0 || !messages) {
        if (count != 0)
            reject_argument("SendMessages", "nMessages or pMessages", "is negative or null");
        return;
    }
    if (failure == k_EResultOK && count > SEND_INDEXES_ON_STACK) {
        indexes = mem_alloc_array((size_t)count, sizeof(*indexes));
        if (!indexes)
            failure = k_EResultFail;
    }
    for (int i = 0; i < count; i++) {
        if (failure != k_EResultOK || !messages[i])
            fail_message(&call, i, messages[i] ? failure : k_EResultInvalidParam);
        else
            indexes[used++] = (struct send_index){messages[i]->m_conn, i};
        in_order = in_order && (used < 2 || indexes[used - 2].connection <= indexes[used - 1].connection);
    }
    if (failure == k_EResultOK) {
        if (!in_order)
            qsort(indexes, (size_t)used, sizeof(*indexes), compare_indexes);
        for (int first = 0, next; first < used; first = next) {
            for (next = first + 1; next < used && indexes[next].connection == indexes[first].connection; next++)
                ;
            send_to_connection(self, &call, &indexes[first], next - first);
        }
    }
    if (indexes != on_stack)
        mem_free(indexes);
}

EResult sockets_flush_messages_on_connection(struct sockets *self, HSteamNetConnection handle)
{
    struct connection_lock lock;
    microseconds now;
    EResult result;

    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("FlushMessagesOnConnection", "hConn", "%u is not a connection", handle);
        return k_EResultInvalidParam;
    }
    now = clock_now();
    if (!lock.connection->is_pipe)
        result = connection_flush_messages(lock.connection->core, now);
    else if (lock.connection->pipe->end.state == k_ESteamNetworkingConnectionState_Connected)
        result = k_EResultOK;
    else if (lock.connection->pipe->end.state == k_ESteamNetworkingConnectionState_Connecting)
        result = k_EResultIgnored;
    else
        result = k_EResultNoConnection;
    connection_settle_and_unlock(&lock, now);
    return result;
}

EResult sockets_configure_connection_lanes(struct sockets *self, HSteamNetConnection handle, int count,
                                           const int *priorities, const uint16 *weights)
{
    struct connection_lock lock;
    microseconds now;
    EResult result;

    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("ConfigureConnectionLanes", "hConn", "%u is not a connection", handle);
        return k_EResultNoConnection;
    }
    now = clock_now();
    if (lock.connection->is_pipe)
        result = pipe_configure_lanes(&lock.connection->pipe->end, count, weights);
    else
        result = connection_configure_lanes(lock.connection->core, count, priorities, weights, now);
    connection_settle_and_unlock(&lock, now);
    if (result != k_EResultOK)
        reject_argument("ConfigureConnectionLanes", "nNumLanes or pLaneWeights", "is refused (result %d)", (int)result);
    return result;
}

bool sockets_set_send_queue_callback(struct sockets *self, HSteamNetConnection handle, int low_water_bytes,
                                     send_queue_callback callback, void *context)
{
    struct connection_lock lock;

    if (low_water_bytes < 0) {
        reject_argument("SetSendQueueCallback", "low_water_bytes", "%d is negative", low_water_bytes);
        return false;
    }
    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("SetSendQueueCallback", "connection", "%u is not a connection", handle);
        return false;
    }
    lock.connection->watch = (struct send_queue_watch){
        .callback = callback,
        .context = context,
        .low_water = low_water_bytes,
        .armed = api_connection_pending_bytes(lock.connection) > low_water_bytes,
    };
    connection_unlock(&lock);
    return true;
}

/* ---- receiving --------------------------------------------------------------------------------------------------- */

int sockets_receive_messages_on_connection(struct sockets *self, HSteamNetConnection handle,
                                           SteamNetworkingMessage_t **messages, int maximum)
{
    struct connection_lock lock;
    int count = 0;

    if (!sockets_running(self) || !connection_lock_handle(self, handle, &lock)) {
        reject_argument("ReceiveMessagesOnConnection", "hConn", "%u is not a connection", handle);
        return -1;
    }
    if (messages)
        count = inbox_take(&lock.connection->inbox, messages, maximum);
    if (count > 0)
        api_connection_offer_room(lock.connection);
    connection_unlock(&lock);
    if (!messages && maximum > 0)
        reject_argument("ReceiveMessagesOnConnection", "ppOutMessages", "is null");
    return count;
}

int sockets_receive_messages_on_poll_group(struct sockets *self, HSteamNetPollGroup handle,
                                           SteamNetworkingMessage_t **messages, int maximum)
{
    struct poll_group *group = sockets_running(self) ? poll_group_lock(&self->groups, handle) : NULL;
    uint32_t drained = 0;
    int count = 0;

    if (!group) {
        reject_argument("ReceiveMessagesOnPollGroup", "hPollGroup", "%u is not a poll group", handle);
        return -1;
    }
    if (messages)
        count = poll_group_take(group, messages, maximum);
    drained = poll_group_take_drained(group);
    poll_group_unlock(group);

    while (drained) {
        struct handle_slot *slot = handle_table_lock(&self->handles, drained);

        if (slot) {
            api_connection_offer_room(slot->connection);
            handle_slot_unlock(slot);
        }
        group = poll_group_lock(&self->groups, handle);
        drained = group ? poll_group_take_drained(group) : 0;
        if (group)
            poll_group_unlock(group);
    }
    if (!messages && maximum > 0)
        reject_argument("ReceiveMessagesOnPollGroup", "ppOutMessages", "is null");
    return count;
}

/* ---- poll groups ------------------------------------------------------------------------------------------------- */

HSteamNetPollGroup sockets_create_poll_group(struct sockets *self)
{
    HSteamNetPollGroup handle;

    if (!sockets_running(self))
        return 0;
    pthread_mutex_lock(&self->lock);
    handle = poll_group_create(&self->groups);
    pthread_mutex_unlock(&self->lock);
    if (!handle)
        log_write(LOG_LEVEL_ERROR, "CreatePollGroup: there are too many poll groups, or memory is short");
    return handle;
}

bool sockets_destroy_poll_group(struct sockets *self, HSteamNetPollGroup handle)
{
    struct poll_group *group = NULL;

    if (sockets_running(self)) {
        pthread_mutex_lock(&self->lock);
        group = poll_group_lock(&self->groups, handle);
        if (group) {
            poll_group_unlock(group);
            sockets_end_poll_group(self, group);
        }
        pthread_mutex_unlock(&self->lock);
    }
    if (!group)
        reject_argument("DestroyPollGroup", "hPollGroup", "%u is not a poll group", handle);
    return group;
}

bool sockets_set_connection_poll_group(struct sockets *self, HSteamNetConnection handle,
                                       HSteamNetPollGroup group_handle)
{
    struct poll_group *group = NULL;
    struct handle_slot *slot;
    bool done = false;

    if (!sockets_running(self))
        return false;
    if (group_handle) {
        group = poll_group_lock(&self->groups, group_handle);
        if (group)
            poll_group_unlock(group);
    }
    slot = handle_table_lock(&self->handles, handle);
    if (slot && !slot->connection->released && (group || !group_handle))
        done = inbox_set_group(&slot->connection->inbox, group, group_handle);
    if (done)
        api_connection_offer_room(slot->connection); /* the old group does not know it any more */
    handle_slot_unlock(slot);
    if (!done)
        reject_argument("SetConnectionPollGroup", "hConn or hPollGroup", "%u, %u is not a connection or poll group",
                        handle, group_handle);
    return done;
}
