/*
 * What a connection is called and how it is doing (api-contract 9), as functions of
 * sockets.h.
 */
#include "api/api_connection.h"
#include "api/detailed_status.h"
#include "api/sockets.h"
#include "api/sockets_object.h"
#include "net/clock.h"
#include "wire/limits.h"

#include <stdio.h>
#include <string.h>

enum { DETAILED_STATUS_SLACK = 1024 }; /* api-contract 9.5: the text can grow until the next call */

/* Only one end of a pipe is looked at, so the other one needs no lock. */
static struct api_connection *lock_one(struct sockets *self, HSteamNetConnection handle)
{
    struct handle_slot *slot = sockets_running(self) ? handle_table_lock(&self->handles, handle) : NULL;

    if (slot && !slot->connection->released)
        return slot->connection;
    handle_slot_unlock(slot);
    return NULL;
}

static void unlock_one(struct api_connection *connection)
{
    handle_slot_unlock(connection->slot);
}

bool sockets_set_connection_user_data(struct sockets *self, HSteamNetConnection handle, int64 user_data)
{
    struct api_connection *connection = lock_one(self, handle);

    if (!connection) {
        reject_argument("SetConnectionUserData", "hPeer", "%u is not a connection", handle);
        return false;
    }
    config_set_user_data(&connection->config, user_data);
    inbox_set_user_data(&connection->inbox, user_data);
    unlock_one(connection);
    return true;
}

int64 sockets_get_connection_user_data(struct sockets *self, HSteamNetConnection handle)
{
    struct api_connection *connection = lock_one(self, handle);
    int64 user_data;

    if (!connection) {
        reject_argument("GetConnectionUserData", "hPeer", "%u is not a connection", handle);
        return -1;
    }
    user_data = config_user_data(&connection->config);
    unlock_one(connection);
    return user_data;
}

void sockets_set_connection_name(struct sockets *self, HSteamNetConnection handle, const char *name)
{
    struct api_connection *connection = lock_one(self, handle);

    if (!connection) {
        reject_argument("SetConnectionName", "hPeer", "%u is not a connection", handle);
        return;
    }
    snprintf(connection->name, sizeof(connection->name), "%s", name ? name : "");
    unlock_one(connection);
}

bool sockets_get_connection_name(struct sockets *self, HSteamNetConnection handle, char *buffer, int size)
{
    struct api_connection *connection = lock_one(self, handle);

    if (!connection) {
        reject_argument("GetConnectionName", "hPeer", "%u is not a connection", handle);
        return false;
    }
    if (buffer && size > 0)
        snprintf(buffer, (size_t)size, "%s", connection->name);
    unlock_one(connection);
    if (!buffer || size <= 0)
        reject_argument("GetConnectionName", "pszName or nMaxLen", "is null or not positive");
    return buffer && size > 0;
}

bool sockets_get_connection_info(struct sockets *self, HSteamNetConnection handle, SteamNetConnectionInfo_t *info)
{
    struct api_connection *connection = lock_one(self, handle);

    if (!connection) {
        reject_argument("GetConnectionInfo", "hConn", "%u is not a connection", handle);
        return false;
    }
    if (info)
        api_connection_fill_info(connection, info);
    unlock_one(connection);
    return true;
}

/* What waits for the other end to accept, lane by lane. */
static void add_held_bytes(const struct pipe_end *end, int lane_count, SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    const struct message *message;

    list_for_each_entry(message, &end->held, const struct message, queue_node)
    {
        if (message->api.m_idxLane < lane_count)
            lanes[message->api.m_idxLane].m_cbPendingReliable += message->api.m_cbSize;
    }
}

/* In memory there is nothing to measure: no delay, no loss, nothing in flight. */
static EResult pipe_status(const struct api_connection *connection, SteamNetConnectionRealTimeStatus_t *status,
                           int lane_count, SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    bool connected = connection->pipe->end.state == k_ESteamNetworkingConnectionState_Connected;
    int64 queue_time = connected ? 0 : INT64_MAX;

    if (lane_count < 0 || lane_count > connection->pipe->end.lane_count || (lane_count > 0 && !lanes))
        return k_EResultInvalidParam;
    if (status) {
        memset(status, 0, sizeof(*status));
        status->m_eState = (ESteamNetworkingConnectionState)api_connection_state(connection);
        status->m_flConnectionQualityLocal = status->m_flConnectionQualityRemote = connected ? 1 : -1;
        status->m_nSendRateBytesPerSecond =
            connection->transport.send_rate_max != 0 ? connection->transport.send_rate_max : SEND_RATE_NO_LIMIT;
        status->m_cbPendingReliable = (int)connection->pipe->end.held_bytes;
        status->m_usecQueueTime = connection->pipe->end.lane_count > 1 ? INT64_MAX : queue_time;
        status->m_usecMaxJitter = -1;
    }
    for (int i = 0; i < lane_count; i++) {
        memset(&lanes[i], 0, sizeof(lanes[i]));
        lanes[i].m_usecQueueTime = queue_time;
    }
    if (lane_count > 0)
        add_held_bytes(&connection->pipe->end, lane_count, lanes);
    return k_EResultOK;
}

EResult sockets_get_connection_real_time_status(struct sockets *self, HSteamNetConnection handle,
                                                SteamNetConnectionRealTimeStatus_t *status, int lane_count,
                                                SteamNetConnectionRealTimeLaneStatus_t *lanes)
{
    struct api_connection *connection = lock_one(self, handle);
    EResult result;

    if (!connection) {
        reject_argument("GetConnectionRealTimeStatus", "hConn", "%u is not a connection", handle);
        return k_EResultNoConnection;
    }
    if (connection->is_pipe)
        result = pipe_status(connection, status, lane_count, lanes);
    else
        result = connection_real_time_status(connection->core, clock_now(), status, lane_count, lanes);
    unlock_one(connection);
    if (result == k_EResultInvalidParam)
        reject_argument("GetConnectionRealTimeStatus", "nLanes or pLanes", "is out of range or null");
    return result;
}

int sockets_get_detailed_connection_status(struct sockets *self, HSteamNetConnection handle, char *buffer, int size)
{
    struct api_connection *connection = lock_one(self, handle);
    size_t needed, capacity = buffer && size > 0 ? (size_t)size : 0;

    if (!connection) {
        reject_argument("GetDetailedConnectionStatus", "hConn", "%u is not a connection", handle);
        return -1;
    }
    needed = detailed_status_write(connection, clock_now(), buffer, capacity);
    unlock_one(connection);
    return needed <= capacity ? 0 : (int)needed + DETAILED_STATUS_SLACK;
}
