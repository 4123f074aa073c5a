#include "multiplayer_class.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "library_use.h"
#include "options.h"
#include "references.h"

enum { CLIENTS_DEFAULT = 32 };

struct multiplayer_object {
    struct engine_object *object; /* null: it was freed while its signals were being emitted */
    struct multiplayer_peer *peer;
    int polling; /* how many polls are emitting its signals, one inside the other */
    bool refusing;
    int32_t target;
    enum multiplayer_mode mode;
    int channel;
    int end_reason; /* of the last connection, when its peer is gone */
    char end_sentence[128];
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void *create(struct engine_object *object)
{
    struct multiplayer_object *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->object = object;
    self->mode = MULTIPLAYER_RELIABLE;
    engine_attach_multiplayer(object, self);
    return self;
}

/* Gives up the peer and its use of the library, in which what it sent last may still be on its way. */
static void drop_peer(struct multiplayer_object *self)
{
    if (!self->peer)
        return;
    multiplayer_peer_destroy(self->peer);
    self->peer = NULL;
    library_leave();
}

static void destroy(void *instance)
{
    struct multiplayer_object *self = instance;

    engine_detach_multiplayer(self->object);
    self->object = NULL;
    drop_peer(self);
    if (self->polling == 0)
        free(self);
}

static bool make_peer(struct multiplayer_object *self)
{
    SteamNetworkingErrMsg error;

    if (!library_acquire(NULL, error)) {
        engine_error("FumaroleMultiplayerPeer", error);
        return false;
    }
    self->peer = multiplayer_peer_create();
    if (!self->peer) {
        library_release();
        return false;
    }
    multiplayer_peer_set_relay(self->peer, !engine_relays_between_clients());
    multiplayer_peer_refuse(self->peer, self->refusing);
    multiplayer_peer_set_target(self->peer, self->target);
    multiplayer_peer_set_mode(self->peer, self->mode);
    multiplayer_peer_set_channel(self->peer, self->channel);
    return true;
}

/* ---- for the engine ---------------------------------------------------------------------------------------------- */

struct multiplayer_peer *multiplayer_object_peer(struct multiplayer_object *self)
{
    return self->peer;
}

static void emit(struct multiplayer_object *self, const struct multiplayer_event *event)
{
    static const char *const names[] = {
        [MULTIPLAYER_PEER_CONNECTED] = "peer_connected",
        [MULTIPLAYER_PEER_DISCONNECTED] = "peer_disconnected",
        [MULTIPLAYER_CONNECTION_SUCCEEDED] = "connection_succeeded",
        [MULTIPLAYER_CONNECTION_FAILED] = "connection_failed",
        [MULTIPLAYER_SERVER_DISCONNECTED] = "server_disconnected",
    };
    bool about_peer = event->kind == MULTIPLAYER_PEER_CONNECTED || event->kind == MULTIPLAYER_PEER_DISCONNECTED;
    struct value peer = value_int(event->peer);

    engine_emit_multiplayer_signal(self->object, names[event->kind], &peer, about_peer ? 1 : 0);
}

/*
 * Emits the events whose turn it is, and says how many packets can then be fetched. A handler may free the object:
 * what is left of it goes at the end, so that nobody touches it afterwards.
 */
static int emit_events(struct multiplayer_object *self)
{
    struct multiplayer_event event;
    int available;

    self->polling++;
    while (self->object && self->peer && multiplayer_peer_take_event(self->peer, &event)) {
        if (event.kind == MULTIPLAYER_CONNECTION_FAILED || event.kind == MULTIPLAYER_SERVER_DISCONNECTED) {
            self->end_reason = multiplayer_peer_end_reason(self->peer);
            memcpy(self->end_sentence, multiplayer_peer_end_sentence(self->peer), sizeof self->end_sentence);
            drop_peer(self);
        }
        emit(self, &event);
    }
    available = self->object && self->peer ? multiplayer_peer_available(self->peer) : 0;
    if (--self->polling == 0 && !self->object)
        free(self);
    return available;
}

void multiplayer_object_poll(struct multiplayer_object *self)
{
    if (!self->peer)
        return;
    multiplayer_peer_poll(self->peer);
    emit_events(self);
}

int multiplayer_object_available(struct multiplayer_object *self)
{
    int count = self->peer ? multiplayer_peer_available(self->peer) : 0;

    if (count == 0 && self->peer && self->polling == 0 && multiplayer_peer_packets_wait(self->peer))
        count = emit_events(self);
    return count;
}

/* The engine asks nobody what became of a call, so that one which is lost has to be said. */
enum multiplayer_error multiplayer_object_put(struct multiplayer_object *self, const void *bytes, int size)
{
    enum multiplayer_error error =
        self->peer ? multiplayer_peer_put_packet(self->peer, bytes, size) : MULTIPLAYER_UNCONFIGURED;
    char text[128];

    if (size > multiplayer_peer_packet_size_max()) {
        snprintf(text, sizeof text, "a packet of %d bytes is not sent: the most is %d", size,
                 multiplayer_peer_packet_size_max());
        engine_error("put_packet", text);
    } else if (error == MULTIPLAYER_OUT_OF_MEMORY && self->mode == MULTIPLAYER_RELIABLE) {
        snprintf(text, sizeof text, "a reliable packet of %d bytes is not sent: what waits fills the send buffer",
                 size);
        engine_error("put_packet", text);
    }
    return error;
}

void multiplayer_object_refuse(struct multiplayer_object *self, bool on)
{
    self->refusing = on;
    if (self->peer)
        multiplayer_peer_refuse(self->peer, on);
}

bool multiplayer_object_is_refusing(const struct multiplayer_object *self)
{
    return self->refusing;
}

void multiplayer_object_set_target(struct multiplayer_object *self, int32_t target)
{
    self->target = target;
    if (self->peer)
        multiplayer_peer_set_target(self->peer, target);
}

void multiplayer_object_set_mode(struct multiplayer_object *self, int mode)
{
    if (mode < MULTIPLAYER_UNRELIABLE || mode > MULTIPLAYER_RELIABLE)
        return;
    self->mode = mode;
    if (self->peer)
        multiplayer_peer_set_mode(self->peer, mode);
}

enum multiplayer_mode multiplayer_object_mode(const struct multiplayer_object *self)
{
    return self->mode;
}

bool multiplayer_object_set_channel(struct multiplayer_object *self, int channel)
{
    if (channel < 0 || channel >= MULTIPLAYER_CHANNELS_MAX)
        return false;
    self->channel = channel;
    if (self->peer)
        multiplayer_peer_set_channel(self->peer, channel);
    return true;
}

int multiplayer_object_channel(const struct multiplayer_object *self)
{
    return self->channel;
}

enum multiplayer_error multiplayer_object_disconnect(struct multiplayer_object *self, int32_t id, bool at_once,
                                                     bool tell)
{
    return self->peer ? multiplayer_peer_disconnect(self->peer, id, at_once, tell) : MULTIPLAYER_UNCONFIGURED;
}

void multiplayer_object_close(struct multiplayer_object *self)
{
    drop_peer(self);
}

/* ---- becoming something ------------------------------------------------------------------------------------------ */

/*
 * Where to listen or connect to: "127.0.0.1:27015", "[::1]:27015", the name of an address reference, or, to listen on
 * all interfaces, only a port. Reports what is none of these.
 */
static bool read_address(struct class_call *call, const struct value *argument, bool to_listen,
                         SteamNetworkingIPAddr *address)
{
    int64_t port;

    if (argument->type == VALUE_STRING && reference_has_address(argument->string.text)) {
        *address = reference_address(argument);
        if (to_listen || address->m_port != 0)
            return true;
    } else if (argument->type == VALUE_STRING && SteamNetworkingIPAddr_ParseString(address, argument->string.text) &&
               (to_listen || address->m_port != 0)) {
        return true;
    }
    if (to_listen && value_to_integer(argument, &port) && port >= 0 && port <= UINT16_MAX) {
        *address = (SteamNetworkingIPAddr){.m_port = (uint16)port};
        return true;
    }
    class_refuse(call, 0,
                 to_listen ? "a String such as \"127.0.0.1:27015\", or a port from 0 to 65535"
                           : "a String such as \"127.0.0.1:27015\", an address with a port");
    return false;
}

/* What an object is to become. */
struct beginning {
    bool as_server;
    const SteamNetworkingIPAddr *address; /* null: by identity and virtual port */
    SteamNetworkingIdentity identity;     /* of the server, for a client */
    int virtual_port;
    int clients_max; /* for a server */
};

static enum multiplayer_error begin_peer(struct multiplayer_peer *peer, const struct beginning *beginning,
                                         const struct options *options)
{
    int virtual_port = beginning->virtual_port;

    if (beginning->as_server)
        return beginning->address ? multiplayer_peer_serve(peer, beginning->address, beginning->clients_max,
                                                           options->count, options->list)
                                  : multiplayer_peer_serve_p2p(peer, virtual_port, beginning->clients_max,
                                                               options->count, options->list);
    return beginning->address
               ? multiplayer_peer_join(peer, beginning->address, options->count, options->list)
               : multiplayer_peer_join_p2p(peer, &beginning->identity, virtual_port, options->count, options->list);
}

/* The object must be nothing yet, and is nothing again on failure. Options are the last argument. */
static struct value begin(struct class_call *call, const struct value *arguments, const struct beginning *beginning)
{
    struct multiplayer_object *self = call->instance;
    enum multiplayer_error error = MULTIPLAYER_OUT_OF_MEMORY;
    int last = class_parameter_count(call->method) - 1;
    struct options options;

    if (self->peer)
        return value_int(MULTIPLAYER_ALREADY_IN_USE);
    if (!options_read(call, last, &arguments[last], &options))
        return value_int(MULTIPLAYER_INVALID_PARAMETER);
    if (make_peer(self))
        error = begin_peer(self->peer, beginning, &options);
    options_free(&options);
    if (error != MULTIPLAYER_OK)
        drop_peer(self);
    return value_int(error);
}

static struct value create_server(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingIPAddr address;
    struct beginning beginning = {.as_server = true, .address = &address, .clients_max = (int)arguments[1].integer};

    return read_address(call, &arguments[0], true, &address) ? begin(call, arguments, &beginning)
                                                             : value_int(MULTIPLAYER_INVALID_PARAMETER);
}

static struct value create_server_p2p(struct class_call *call, const struct value *arguments)
{
    struct beginning beginning = {
        .as_server = true, .virtual_port = (int)arguments[0].integer, .clients_max = (int)arguments[1].integer};

    return begin(call, arguments, &beginning);
}

static struct value create_client(struct class_call *call, const struct value *arguments)
{
    SteamNetworkingIPAddr address;
    struct beginning beginning = {.address = &address};

    return read_address(call, &arguments[0], false, &address) ? begin(call, arguments, &beginning)
                                                              : value_int(MULTIPLAYER_INVALID_PARAMETER);
}

static struct value create_client_p2p(struct class_call *call, const struct value *arguments)
{
    struct beginning beginning = {.identity = reference_identity(&arguments[0]),
                                  .virtual_port = (int)arguments[1].integer};

    return begin(call, arguments, &beginning);
}

static struct value close_connection(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    multiplayer_object_close(call->instance);
    return value_nil();
}

static struct value disconnect_peer(struct class_call *call, const struct value *arguments)
{
    /* Here the scene tree learns from the signal that somebody has gone, in Godot 4 it does without. */
    return value_int(
        multiplayer_object_disconnect(call->instance, (int32_t)arguments[0].integer, arguments[1].boolean, true));
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static struct value get_connection(struct class_call *call, const struct value *arguments)
{
    struct multiplayer_object *self = call->instance;

    return value_int(self->peer ? multiplayer_peer_connection(self->peer, (int32_t)arguments[0].integer) : 0);
}

static struct value get_listen_socket(struct class_call *call, const struct value *arguments)
{
    struct multiplayer_object *self = call->instance;

    (void)arguments;
    return value_int(self->peer ? multiplayer_peer_listen_socket(self->peer) : 0);
}

static struct value get_local_port(struct class_call *call, const struct value *arguments)
{
    struct multiplayer_object *self = call->instance;
    SteamNetworkingIPAddr address;

    (void)arguments;
    if (!self->peer || !SteamAPI_ISteamNetworkingSockets_GetListenSocketAddress(
                           SteamNetworkingSockets_LibV12(), multiplayer_peer_listen_socket(self->peer), &address))
        return value_int(0);
    return value_int(address.m_port);
}

static struct value get_end_reason(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    return value_int(((struct multiplayer_object *)call->instance)->end_reason);
}

static struct value get_end_text(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    return value_string(((struct multiplayer_object *)call->instance)->end_sentence);
}

static struct value set_channel(struct class_call *call, const struct value *arguments)
{
    if (arguments[0].integer > UINT16_MAX || !multiplayer_object_set_channel(call->instance, (int)arguments[0].integer))
        return class_refuse(call, 0, "an int from 0 to 31");
    return value_nil();
}

static struct value get_channel(struct class_call *call, const struct value *arguments)
{
    (void)arguments;
    return value_int(multiplayer_object_channel(call->instance));
}

static struct value get_packet_channel(struct class_call *call, const struct value *arguments)
{
    struct multiplayer_object *self = call->instance;
    const struct multiplayer_packet *packet = self->peer ? multiplayer_peer_next_packet(self->peer) : NULL;

    (void)arguments;
    return value_int(packet ? packet->channel : 0);
}

static const struct class_method methods[] = {
    {"create_server",
     VALUE_INT,
     create_server,
     {{"address", CLASS_ANY, false, 0},
      {"max_clients", CLASS_INT32, true, CLIENTS_DEFAULT},
      {"options", CLASS_OPTIONS, true, 0}},
     NULL,
     MULTIPLAYER_INVALID_PARAMETER},
    {"create_client",
     VALUE_INT,
     create_client,
     {{"address", CLASS_ANY, false, 0}, {"options", CLASS_OPTIONS, true, 0}},
     NULL,
     MULTIPLAYER_INVALID_PARAMETER},
    {"create_server_p2p",
     VALUE_INT,
     create_server_p2p,
     {{"virtual_port", CLASS_INT32, false, 0},
      {"max_clients", CLASS_INT32, true, CLIENTS_DEFAULT},
      {"options", CLASS_OPTIONS, true, 0}},
     NULL,
     MULTIPLAYER_INVALID_PARAMETER},
    {"create_client_p2p",
     VALUE_INT,
     create_client_p2p,
     {{"identity", CLASS_IDENTITY, false, 0},
      {"virtual_port", CLASS_INT32, false, 0},
      {"options", CLASS_OPTIONS, true, 0}},
     NULL,
     MULTIPLAYER_INVALID_PARAMETER},
    {"close_connection", VALUE_NIL, close_connection, {{0}}, NULL, 0},
    {"disconnect_peer",
     VALUE_INT,
     disconnect_peer,
     {{"id", CLASS_INT32, false, 0}, {"now", CLASS_BOOL, true, 0}},
     NULL,
     MULTIPLAYER_INVALID_PARAMETER},
    {"get_connection", VALUE_INT, get_connection, {{"id", CLASS_INT32, false, 0}}, NULL, 0},
    {"get_listen_socket", VALUE_INT, get_listen_socket, {{0}}, NULL, 0},
    {"get_local_port", VALUE_INT, get_local_port, {{0}}, NULL, 0},
    {"get_end_reason", VALUE_INT, get_end_reason, {{0}}, NULL, 0},
    {"get_end_text", VALUE_STRING, get_end_text, {{0}}, NULL, 0},
    {"set_transfer_channel", VALUE_NIL, set_channel, {{"channel", CLASS_INT32, false, 0}}, NULL, 0},
    {"get_transfer_channel", VALUE_INT, get_channel, {{0}}, NULL, 0},
    {"get_packet_channel", VALUE_INT, get_packet_channel, {{0}}, NULL, 0},
};

static const struct class_methods all_methods = {methods, sizeof methods / sizeof *methods};
static const struct class_methods *const method_groups[] = {&all_methods, NULL};

const struct class_description multiplayer_class = {
    .name = "FumaroleMultiplayerPeer",
    .base = ENGINE_MULTIPLAYER_PEER,
    .methods = method_groups,
    .create = create,
    .destroy = destroy,
};
