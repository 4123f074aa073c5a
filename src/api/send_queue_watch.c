#include "api/send_queue_watch.h"

#include "api/api_connection.h"

struct send_queue_event {
    struct sockets *sockets;
    HSteamNetConnection connection;
    int pending_bytes;
    send_queue_callback callback;
    void *context;
};

/* Whether messages may still be queued. */
static bool is_open(const struct api_connection *connection)
{
    int state = api_connection_state(connection);

    return state >= k_ESteamNetworkingConnectionState_Connecting &&
           state <= k_ESteamNetworkingConnectionState_Connected;
}

/* Runs in RunCallbacks: a function that was replaced, or whose connection has ended meanwhile, is not called. */
static void send_queue_drained(void *event_pointer)
{
    const struct send_queue_event *event = event_pointer;
    struct connection_lock lock;
    bool current;

    if (!connection_lock_handle(event->sockets, event->connection, &lock))
        return;
    current = is_open(lock.connection) && lock.connection->watch.callback == event->callback &&
              lock.connection->watch.context == event->context;
    connection_unlock(&lock);
    if (current)
        event->callback(event->connection, event->pending_bytes, event->context);
}

void send_queue_watch_look(struct api_connection *connection)
{
    struct send_queue_watch *watch = &connection->watch;
    int64_t pending = api_connection_pending_bytes(connection);

    if (pending > watch->low_water) {
        watch->armed = true;
    } else if (watch->armed && is_open(connection)) {
        struct send_queue_event event = {
            .sockets = connection->sockets,
            .connection = connection->handle,
            .pending_bytes = (int)pending,
            .callback = watch->callback,
            .context = watch->context,
        };

        watch->armed = false;
        callback_queue_post(&connection->sockets->callbacks, send_queue_drained, &event, sizeof(event));
    }
}
