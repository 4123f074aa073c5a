/*
 * FakeIPs: addresses that stand for peers, and the datagram ports that use them.
 */
#include <pthread.h>

#include "dictionaries.h"
#include "message_list.h"
#include "options.h"
#include "references.h"
#include "steam.h"

#define SOCKETS(function) SteamAPI_ISteamNetworkingSockets_##function
#define PORT(function)    SteamAPI_ISteamNetworkingFakeUDPPort_##function

/* The objects of createFakeUDPPort, which a program names by the number of the port; -1, the client's, comes first. */
#define FAKE_PORTS 5
static ISteamNetworkingFakeUDPPort *fake_ports[FAKE_PORTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held while one is used, so that nobody destroys it */

static ISteamNetworkingFakeUDPPort **fake_port_place(int64_t number)
{
    return number >= -1 && number < FAKE_PORTS - 1 ? &fake_ports[number + 1] : NULL;
}

void steam_forget_fake_ports(void)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < FAKE_PORTS; i++) {
        if (fake_ports[i])
            PORT(DestroyFakeUDPPort)(fake_ports[i]);
        fake_ports[i] = NULL;
    }
    pthread_mutex_unlock(&lock);
}

static struct value begin_request(struct class_call *call, const struct value *arguments)
{
    (void)call;
    return value_bool(SOCKETS(BeginAsyncRequestFakeIP)(steam_sockets(), (int)arguments[0].integer));
}

static struct value get_fake_ip(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingFakeIPResult_t result = {0};
    SOCKETS(GetFakeIP)(steam_sockets(), (int)arguments[0].integer, &result);
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "result", value_int(result.m_eResult));
    value_put(&dictionary, "identity_type", value_int(result.m_identity.m_eType));
    value_put(&dictionary, "ip", value_int(result.m_unIP));
    value_put(&dictionary, "ports", dictionary_fake_ports(&result));
    return dictionary;
}

static struct value get_remote_fake_ip(struct class_call *call, const struct value *arguments)
{
    (void)call;
    SteamNetworkingIPAddr address = {0};
    EResult result = SOCKETS(GetRemoteFakeIPForConnection)(steam_sockets(), (uint32)arguments[0].integer, &address);
    bool good = result == k_EResultOK;
    struct value dictionary = value_dictionary();
    value_put(&dictionary, "result", value_int(result));
    value_put(&dictionary, "port", value_int(good ? address.m_port : 0));
    value_put(&dictionary, "ip_type", value_int(good ? SteamNetworkingIPAddr_GetFakeIPType(&address) : 0));
    value_put(&dictionary, "ip_address", good ? reference_address_text(&address, false) : value_literal(""));
    if (good)
        reference_set_address("fake_ip_address", &address);
    return dictionary;
}

static struct value create_listen_socket(struct class_call *call, const struct value *arguments)
{
    struct options options;
    if (!options_read(call, 1, &arguments[1], &options))
        return value_int(0);
    uint32 socket =
        SOCKETS(CreateListenSocketP2PFakeIP)(steam_sockets(), (int)arguments[0].integer, options.count, options.list);
    options_free(&options);
    return value_int(socket);
}

static struct value create_fake_port(struct class_call *call, const struct value *arguments)
{
    ISteamNetworkingFakeUDPPort **place = fake_port_place(arguments[0].integer);
    if (!place)
        return class_refuse(call, 0, "an int from -1 to 3");
    pthread_mutex_lock(&lock);
    if (!*place)
        *place = SOCKETS(CreateFakeUDPPort)(steam_sockets(), (int)arguments[0].integer);
    pthread_mutex_unlock(&lock);
    return value_nil();
}

/* The helpers that make use of those objects. */

static struct value destroy_fake_port(struct class_call *call, const struct value *arguments)
{
    ISteamNetworkingFakeUDPPort **place = fake_port_place(arguments[0].integer);
    if (!place)
        return class_refuse(call, 0, "an int from -1 to 3");
    pthread_mutex_lock(&lock);
    bool there = *place != NULL;
    if (there)
        PORT(DestroyFakeUDPPort)(*place);
    *place = NULL;
    pthread_mutex_unlock(&lock);
    return value_bool(there);
}

static struct value send_to_fake_ip(struct class_call *call, const struct value *arguments)
{
    ISteamNetworkingFakeUDPPort **place = fake_port_place(arguments[0].integer);
    if (!place)
        return class_refuse(call, 0, "an int from -1 to 3");
    SteamNetworkingIPAddr address = reference_address(&arguments[1]);
    EResult result = k_EResultInvalidParam;
    pthread_mutex_lock(&lock);
    if (*place)
        result = PORT(SendMessageToFakeIP)(*place, &address, arguments[2].bytes.data, (uint32)arguments[2].bytes.size,
                                           (int)arguments[3].integer);
    pthread_mutex_unlock(&lock);
    return value_int(result);
}

static int fetch_from_fake_port(int64_t number, SteamNetworkingMessage_t **messages, int max)
{
    pthread_mutex_lock(&lock);
    ISteamNetworkingFakeUDPPort **port = fake_port_place(number);
    int count = port && *port ? PORT(ReceiveMessages)(*port, messages, max) : 0;
    pthread_mutex_unlock(&lock);
    return count;
}

static struct value receive_on_fake_port(struct class_call *call, const struct value *arguments)
{
    if (!fake_port_place(arguments[0].integer))
        return class_refuse(call, 0, "an int from -1 to 3");
    return message_list_fetch(fetch_from_fake_port, arguments[0].integer, arguments[1].integer);
}

static const struct class_method methods[] = {
    METHOD("beginAsyncRequestFakeIP", BOOL, begin_request, PARAMETER(INT32, "num_ports")),
    METHOD("getFakeIP", DICTIONARY, get_fake_ip, OPTIONAL(INT32, "first_port", 0)),
    METHOD("getRemoteFakeIPForConnection", DICTIONARY, get_remote_fake_ip, PARAMETER(UINT32, "connection_handle")),
    METHOD("createListenSocketP2PFakeIP", INT, create_listen_socket, PARAMETER(INT32, "fake_port"),
           OPTIONAL(OPTIONS, "options", 0)),
    METHOD("createFakeUDPPort", NIL, create_fake_port, PARAMETER(INT32, "fake_server_port")),
    METHOD("destroyFakeUDPPort", BOOL, destroy_fake_port, PARAMETER(INT32, "fake_server_port")),
    METHOD("sendMessageToFakeIP", INT, send_to_fake_ip, PARAMETER(INT32, "fake_server_port"),
           PARAMETER(STRING, "ip_reference"), PARAMETER(BYTES, "data"), PARAMETER(INT32, "flags")),
    METHOD("receiveMessagesOnFakeUDPPort", ARRAY, receive_on_fake_port, PARAMETER(INT32, "fake_server_port"),
           PARAMETER(INT32, "max_messages")),
};

const struct class_methods steam_fake_ip_methods = METHODS(methods);
