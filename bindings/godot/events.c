#include "events.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "dictionaries.h"
#include "references.h"

const struct class_signal event_signals[EVENT_SIGNALS] = {
    {"network_connection_status_changed",
     {{"connect_handle", VALUE_INT}, {"connection", VALUE_DICTIONARY}, {"old_state", VALUE_INT}}},
    {"network_authentication_status", {{"available", VALUE_INT}, {"debug_message", VALUE_STRING}}},
    {"fake_ip_result",
     {{"result", VALUE_INT}, {"identity", VALUE_STRING}, {"fake_ip", VALUE_STRING}, {"port_list", VALUE_ARRAY}}},
    {"relay_network_status",
     {{"available", VALUE_INT},
      {"ping_measurement", VALUE_INT},
      {"available_config", VALUE_INT},
      {"available_relay", VALUE_INT},
      {"debug_message", VALUE_STRING}}},
    {"network_messages_session_request", {{"identity", VALUE_STRING}}},
    {"network_messages_session_failed", {{"reason", VALUE_INT}}},
};

struct event {
    struct event *next;
    const char *signal;
    int count;
    struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct event *first, **last = &first;

/* ------------------------------------------------------------------------------------------------------- the queue */

/* Appends an event, which owns the arguments. Without memory the event is lost. */
static void post(const char *signal, const struct value *arguments, int count)
{
    struct event *event = malloc(sizeof *event);
    for (int i = 0; i < count; i++) {
        struct value argument = arguments[i];
        if (event)
            event->arguments[i] = argument;
        else
            value_free(&argument);
    }
    if (!event)
        return;
    event->next = NULL;
    event->signal = signal;
    event->count = count;
    pthread_mutex_lock(&lock);
    *last = event;
    last = &event->next;
    pthread_mutex_unlock(&lock);
}

int events_take(const char **signal, struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX])
{
    pthread_mutex_lock(&lock);
    struct event *event = first;
    if (event) {
        first = event->next;
        if (!first)
            last = &first;
    }
    pthread_mutex_unlock(&lock);
    if (!event)
        return -1;
    int count = event->count;
    *signal = event->signal;
    for (int i = 0; i < count; i++)
        arguments[i] = event->arguments[i];
    free(event);
    return count;
}

static void forget_queue(void)
{
    const char *signal;
    struct value arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    int count;
    while ((count = events_take(&signal, arguments)) >= 0)
        for (int i = 0; i < count; i++)
            value_free(&arguments[i]);
}

/* ------------------------------------------------------------------------------------------- the library's callbacks
 */

#define POST(signal, ...)                                                                                              \
    do {                                                                                                               \
        const struct value arguments[] = {__VA_ARGS__};                                                                \
        post(signal, arguments, (int)(sizeof arguments / sizeof arguments[0]));                                        \
    } while (0)

static void on_connection_status(SteamNetConnectionStatusChangedCallback_t *event)
{
    POST("network_connection_status_changed", value_int(event->m_hConn), dictionary_connection(&event->m_info),
         value_int(event->m_eOldState));
}

static void on_authentication_status(SteamNetAuthenticationStatus_t *event)
{
    POST("network_authentication_status", value_int(event->m_eAvail), value_string(event->m_debugMsg));
}

static void on_fake_ip(SteamNetworkingFakeIPResult_t *event)
{
    char text[16];
    uint32 ip = event->m_unIP;
    snprintf(text, sizeof text, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    reference_set_identity("fake_ip_identity", &event->m_identity);
    POST("fake_ip_result", value_int(event->m_eResult), value_literal("fake_ip_identity"), value_string(text),
         dictionary_fake_ports(event));
}

static void on_relay_status(SteamRelayNetworkStatus_t *event)
{
    POST("relay_network_status", value_int(event->m_eAvail), value_int(event->m_bPingMeasurementInProgress),
         value_int(event->m_eAvailNetworkConfig), value_int(event->m_eAvailAnyRelay), value_string(event->m_debugMsg));
}

static void on_session_request(SteamNetworkingMessagesSessionRequest_t *event)
{
    POST("network_messages_session_request", reference_identity_text(&event->m_identityRemote));
}

static void on_session_failed(SteamNetworkingMessagesSessionFailed_t *event)
{
    POST("network_messages_session_failed", value_int(event->m_info.m_eEndReason));
}

/* A function that is taken away leaves nothing behind, not even a null that was set: the code may be unloaded. */
static void set_callback(ESteamNetworkingConfigValue which, void (*function)(void))
{
    SteamAPI_ISteamNetworkingUtils_SetConfigValue(SteamAPI_SteamNetworkingUtils_v003(), which,
                                                  k_ESteamNetworkingConfig_Global, 0, k_ESteamNetworkingConfig_Ptr,
                                                  function ? &function : NULL);
}

static void set_callbacks(bool on)
{
    static const struct {
        ESteamNetworkingConfigValue which;
        void (*function)(void);
    } callbacks[] = {
        {k_ESteamNetworkingConfig_Callback_ConnectionStatusChanged, (void (*)(void))on_connection_status},
        {k_ESteamNetworkingConfig_Callback_AuthStatusChanged, (void (*)(void))on_authentication_status},
        {k_ESteamNetworkingConfig_Callback_RelayNetworkStatusChanged, (void (*)(void))on_relay_status},
        {k_ESteamNetworkingConfig_Callback_FakeIPResult, (void (*)(void))on_fake_ip},
        {k_ESteamNetworkingConfig_Callback_MessagesSessionRequest, (void (*)(void))on_session_request},
        {k_ESteamNetworkingConfig_Callback_MessagesSessionFailed, (void (*)(void))on_session_failed},
    };
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++)
        set_callback(callbacks[i].which, on ? callbacks[i].function : NULL);
}

void events_listen(void)
{
    set_callbacks(true);
}

void events_forget(void)
{
    set_callbacks(false);
    forget_queue();
}
