#include "api/messages_interface.h"

#include "api/config_values.h"
#include "api/message_sessions.h"
#include "api/receive_memory.h"
#include "api/sockets.h"
#include "api/vtables.h"
#include "base/alloc.h"
#include "base/log.h"
#include "crypto/crypto.h"
#include "net/clock.h"
#include "net/os_random.h"
#include "net/service.h"
#include "wire/identity.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

/* A change of state that waits to be told to the sessions. */
struct waiting_event {
    struct list_node node;
    SteamNetConnectionStatusChangedCallback_t event;
};

static ISteamNetworkingMessages the_object = {&messages_table.slots};

/* Held from the beginning to the end of starting and stopping; taken before every other lock. */
static pthread_mutex_t life_lock = PTHREAD_MUTEX_INITIALIZER;

/* Taken before every lock of the sockets interface. */
static pthread_mutex_t session_lock = PTHREAD_MUTEX_INITIALIZER;
static bool started;
static struct message_sessions sessions;
static struct service_timer timer;
static HSteamListenSocket hidden_listen_socket;

/* Taken while locks of the sockets interface may be held. Setting the timer needs it, too. */
static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list events = {{&events.head, &events.head}};
static bool events_wanted;

/* ---- what the hidden connections report ----------------------------------------------------------------------- */

/*
 * Stands where other connections have the application's function, and is called at once instead of from RunCallbacks,
 * with the connection's lock held. An event for which there is no memory is lost; what follows from it shows when the
 * connection is used next.
 */
static void status_changed(void *argument)
{
    struct waiting_event *waiting = mem_alloc(sizeof(*waiting));
    bool wanted;

    if (!waiting)
        return;
    memcpy(&waiting->event, argument, sizeof(waiting->event));
    pthread_mutex_lock(&event_lock);
    wanted = events_wanted;
    if (wanted) {
        list_push_back(&events, &waiting->node);
        service_timer_set(&timer, clock_now());
    }
    pthread_mutex_unlock(&event_lock);
    if (!wanted)
        mem_free(waiting);
}

static struct waiting_event *next_event(void)
{
    struct list_node *node;

    pthread_mutex_lock(&event_lock);
    node = list_pop_front(&events);
    pthread_mutex_unlock(&event_lock);
    return node ? container_of(node, struct waiting_event, node) : NULL;
}

/* With session_lock. */
static void handle_events(microseconds now)
{
    struct waiting_event *waiting;

    while ((waiting = next_event())) {
        sessions_event(&sessions, &waiting->event, now);
        mem_free(waiting);
    }
}

/* Both with session_lock held from the first to the second; false, and not held, when there is nothing to work with. */
static bool begin(microseconds *now)
{
    pthread_mutex_lock(&session_lock);
    if (!started) {
        pthread_mutex_unlock(&session_lock);
        return false;
    }
    *now = clock_now();
    handle_events(*now);
    return true;
}

static void end(microseconds now)
{
    handle_events(now); /* what the call itself brought about */
    sessions_tick(&sessions, now);
    pthread_mutex_lock(&event_lock);
    /* What another thread has brought about since then must not wait for the sessions' own time. */
    service_timer_set(&timer, list_empty(&events) ? sessions_deadline(&sessions) : now);
    pthread_mutex_unlock(&event_lock);
    pthread_mutex_unlock(&session_lock);
}

static void timer_fired(struct service_timer *fired, microseconds now)
{
    microseconds real_now;

    (void)fired;
    (void)now;
    if (begin(&real_now))
        end(real_now);
}

/* ---- the way to the connections ------------------------------------------------------------------------------- */

static SteamNetworkingConfigValue_t hidden_option(void)
{
    callback_function function = status_changed;
    SteamNetworkingConfigValue_t option = {
        .m_eValue = k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged,
        .m_eDataType = k_ESteamNetworkingConfig_Ptr,
    };

    memcpy(&option.m_val.m_ptr, &function, sizeof(option.m_val.m_ptr));
    return option;
}

static HSteamNetConnection transport_connect(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    SteamNetworkingConfigValue_t option = hidden_option();

    (void)transport;
    return sockets_connect_p2p(sockets_instance(), peer, SOCKETS_HIDDEN_VIRTUAL_PORT, 1, &option);
}

static EResult transport_accept(struct session_transport *transport, HSteamNetConnection connection)
{
    (void)transport;
    return sockets_accept_connection(sockets_instance(), connection);
}

static void transport_close(struct session_transport *transport, HSteamNetConnection connection, int reason,
                            const char *text)
{
    (void)transport;
    sockets_close_connection(sockets_instance(), connection, reason, text, false);
}

static EResult transport_send(struct session_transport *transport, struct message *message)
{
    SteamNetworkingMessage_t *api = &message->api;
    int64 result = 0;

    (void)transport;
    sockets_send_messages(sockets_instance(), 1, &api, &result, false);
    return result > 0 ? k_EResultOK : (EResult)-result;
}

static int transport_receive(struct session_transport *transport, HSteamNetConnection connection,
                             SteamNetworkingMessage_t **messages, int maximum)
{
    (void)transport;
    return sockets_receive_messages_on_connection(sockets_instance(), connection, messages, maximum);
}

static bool transport_info(struct session_transport *transport, HSteamNetConnection connection,
                           SteamNetConnectionInfo_t *info)
{
    (void)transport;
    return sockets_get_connection_info(sockets_instance(), connection, info);
}

static EResult transport_status(struct session_transport *transport, HSteamNetConnection connection,
                                SteamNetConnectionRealTimeStatus_t *status)
{
    (void)transport;
    return sockets_get_connection_real_time_status(sockets_instance(), connection, status, 0, NULL);
}

static bool transport_is_own(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    SteamNetworkingIdentity own;

    (void)transport;
    return sockets_get_identity(sockets_instance(), &own) && identity_equal(&own, peer);
}

static callback_function application_function(ESteamNetworkingConfigValue value)
{
    void *pointer = config_pointer(NULL, value);
    callback_function function;

    memcpy(&function, &pointer, sizeof(function));
    return function;
}

static void transport_requested(struct session_transport *transport, const SteamNetworkingIdentity *peer)
{
    SteamNetworkingMessagesSessionRequest_t event = {.m_identityRemote = *peer};

    (void)transport;
    sockets_post_callback(sockets_instance(),
                          application_function(k_ESteamNetworkingConfig_Callback_MessagesSessionRequest), &event,
                          sizeof(event));
}

static void transport_failed(struct session_transport *transport, const SteamNetConnectionInfo_t *info)
{
    SteamNetworkingMessagesSessionFailed_t event = {.m_info = *info};

    (void)transport;
    sockets_post_callback(sockets_instance(),
                          application_function(k_ESteamNetworkingConfig_Callback_MessagesSessionFailed), &event,
                          sizeof(event));
}

static void transport_pending(struct session_transport *transport, bool pending)
{
    (void)transport;
    sockets_note_pending(sockets_instance(), pending);
}

static struct session_transport transport = {
    .connect = transport_connect,
    .accept = transport_accept,
    .close = transport_close,
    .send = transport_send,
    .receive = transport_receive,
    .info = transport_info,
    .status = transport_status,
    .is_own = transport_is_own,
    .requested = transport_requested,
    .failed = transport_failed,
    .pending = transport_pending,
};

/* ---- life ----------------------------------------------------------------------------------------------------- */

static void want_events(bool wanted)
{
    pthread_mutex_lock(&event_lock);
    events_wanted = wanted;
    pthread_mutex_unlock(&event_lock);
}

static void drop_events(void)
{
    struct waiting_event *waiting;

    while ((waiting = next_event()))
        mem_free(waiting);
}

/* With session_lock. */
static bool start_locked(void)
{
    struct service_loop *loop = service_next_loop();
    SteamNetworkingConfigValue_t option = hidden_option();
    uint8_t hash_key[SIPHASH_KEY_SIZE];

    if (!loop || !service_timer_init(&timer, loop, timer_fired))
        return false;
    if (!random_secret(os_random(), hash_key, sizeof(hash_key))) {
        service_timer_release(&timer);
        return false;
    }
    sessions_init(&sessions, &transport, hash_key, receive_memory());
    crypto_wipe(hash_key, sizeof(hash_key));
    want_events(true);
    sockets_set_direct_status_function(sockets_instance(), status_changed);
    hidden_listen_socket =
        sockets_create_listen_socket_p2p(sockets_instance(), SOCKETS_HIDDEN_VIRTUAL_PORT, 1, &option);
    if (hidden_listen_socket)
        return true;
    want_events(false);
    sessions_destroy(&sessions);
    service_timer_release(&timer);
    return false;
}

static bool running(void)
{
    bool result;

    pthread_mutex_lock(&session_lock);
    result = started;
    pthread_mutex_unlock(&session_lock);
    return result;
}

/* With life_lock. */
static bool start(void)
{
    bool result;

    pthread_mutex_lock(&session_lock);
    if (!started && sockets_instance())
        started = start_locked();
    result = started;
    pthread_mutex_unlock(&session_lock);
    return result;
}

/* With life_lock. Returns whether there was anything to stop. */
static bool stop(void)
{
    bool was_started;

    pthread_mutex_lock(&session_lock);
    was_started = started;
    started = false;
    if (was_started) {
        want_events(false);
        sessions_destroy(&sessions);
    }
    pthread_mutex_unlock(&session_lock);
    if (was_started) {
        service_timer_cancel_and_wait(&timer);
        service_timer_release(&timer);
        drop_events();
    }
    return was_started;
}

void messages_stop(void)
{
    pthread_mutex_lock(&life_lock);
    stop();
    pthread_mutex_unlock(&life_lock);
}

bool messages_pause(void)
{
    pthread_mutex_lock(&life_lock);
    return stop();
}

void messages_resume(bool was_running)
{
    if (was_running)
        start();
    pthread_mutex_unlock(&life_lock);
}

ISteamNetworkingMessages *messages_object(void)
{
    bool works;

    pthread_mutex_lock(&life_lock);
    works = start();
    pthread_mutex_unlock(&life_lock);
    return works ? &the_object : NULL;
}

bool messages_is_object(const ISteamNetworkingMessages *self, const char *function)
{
    if (self == &the_object && running())
        return true;
    log_write(LOG_LEVEL_BUG, "%s: self is %s", function,
              !self                 ? "null"
              : self == &the_object ? "from before GameNetworkingSockets_Kill"
                                    : "not the messages interface of this library");
    return false;
}

/* ---- what the application asks for ---------------------------------------------------------------------------- */

EResult messages_send(const SteamNetworkingIdentity *peer, const void *data, uint32 size, int flags, int channel)
{
    EResult result = k_EResultFail;
    microseconds now;

    if (begin(&now)) {
        result = sessions_send(&sessions, peer, data, size, flags, channel, now);
        end(now);
    }
    return result;
}

int messages_receive(int channel, SteamNetworkingMessage_t **messages, int maximum)
{
    int result = 0;
    microseconds now;

    if (begin(&now)) {
        result = sessions_receive(&sessions, channel, messages, maximum);
        end(now);
    }
    return result;
}

bool messages_accept(const SteamNetworkingIdentity *peer)
{
    bool result = false;
    microseconds now;

    if (begin(&now)) {
        result = sessions_accept(&sessions, peer, now);
        end(now);
    }
    return result;
}

bool messages_close(const SteamNetworkingIdentity *peer)
{
    bool result = false;
    microseconds now;

    if (begin(&now)) {
        result = sessions_close(&sessions, peer);
        end(now);
    }
    return result;
}

bool messages_close_channel(const SteamNetworkingIdentity *peer, int channel)
{
    bool result = false;
    microseconds now;

    if (begin(&now)) {
        result = sessions_close_channel(&sessions, peer, channel);
        end(now);
    }
    return result;
}

ESteamNetworkingConnectionState messages_info(const SteamNetworkingIdentity *peer, SteamNetConnectionInfo_t *info,
                                              SteamNetConnectionRealTimeStatus_t *status)
{
    ESteamNetworkingConnectionState result = k_ESteamNetworkingConnectionState_None;
    microseconds now;

    if (begin(&now)) {
        result = sessions_info(&sessions, peer, info, status);
        end(now);
    }
    return result;
}
