#include "api/memory_connection.h"

#include "base/alloc.h"

enum { BUFFER_MAXIMUM = 0x10000000 }; /* config values 47 to 49 cannot be higher */

struct api_connection *memory_connection_new(struct sockets *self, struct config_node *parent)
{
    static const SteamNetworkingConfigValue_t limits[] = {
        {k_ESteamNetworkingConfig_RecvBufferSize, k_ESteamNetworkingConfig_Int32, {.m_int32 = BUFFER_MAXIMUM}},
        {k_ESteamNetworkingConfig_RecvBufferMessages, k_ESteamNetworkingConfig_Int32, {.m_int32 = BUFFER_MAXIMUM}},
        {k_ESteamNetworkingConfig_RecvMaxMessageSize, k_ESteamNetworkingConfig_Int32, {.m_int32 = BUFFER_MAXIMUM}},
    };
    struct api_connection *connection = api_connection_new(self, parent);

    if (connection && !(api_connection_add_pipe(connection) &&
                        config_apply_options(&connection->config, sizeof(limits) / sizeof(limits[0]), limits))) {
        api_connection_abandon(connection);
        return NULL;
    }
    return connection;
}

static microseconds initial_deadline(const struct api_connection *connection, microseconds now)
{
    return time_after(now, connection->transport.timeout_initial_ms * MILLISECOND);
}

void memory_connections_join(struct api_connection *first, struct api_connection *second, bool ask, microseconds now)
{
    struct pipe_end *ends[2] = {&first->pipe->end, &second->pipe->end};
    struct pipe_events *events[2] = {&first->pipe->events, &second->pipe->events};
    microseconds deadlines[2] = {initial_deadline(first, now), initial_deadline(second, now)};

    pipe_init(ends, events, ask ? deadlines : NULL);
    first->is_pipe = second->is_pipe = true;
    first->pipe->peer = second->handle;
    second->pipe->peer = first->handle;
}
