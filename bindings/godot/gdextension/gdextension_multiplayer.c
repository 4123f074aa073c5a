/*
 * Networking peers in Godot 4: the virtual functions of MultiplayerPeerExtension, which the engine's own networking
 * calls, on a multiplayer_object. Arguments and results are bare values of the engine: ints of all sizes and
 * enumerations are 64 bits wide, a bool is one byte, and pointers come as pointers to them.
 *
 * The engine relays between clients itself, and learns of a connection's fate from its status.
 */
#include <string.h>

#include "../engine.h"
#include "../multiplayer_class.h"
#include "gdextension_engine.h"

#define ARGUMENT(type, index) (*(const type *)typed[index])
#define RESULT(type)          (*(type *)typed_result)

static struct multiplayer_object *object_of(void *instance)
{
    return ((struct engine_object *)instance)->instance;
}

/* Null for an object that could not be made, and for one that is neither server nor client. */
static struct multiplayer_peer *peer_of(void *instance)
{
    return object_of(instance) ? multiplayer_object_peer(object_of(instance)) : NULL;
}

/* What comes next; null: nothing. */
static const struct multiplayer_packet *next_of(void *instance)
{
    struct multiplayer_peer *peer = peer_of(instance);
    return peer ? multiplayer_peer_next_packet(peer) : NULL;
}

/* --------------------------------------------------------------------------------------------------------- packets */

static void get_packet(void *instance, const void *const *typed, void *typed_result)
{
    const uint8_t **bytes = (const uint8_t **)(uintptr_t)ARGUMENT(uintptr_t, 0);
    int32_t *size = (int32_t *)(uintptr_t)ARGUMENT(uintptr_t, 1);
    struct multiplayer_peer *peer = peer_of(instance);
    const struct multiplayer_packet *packet = peer ? multiplayer_peer_get_packet(peer) : NULL;
    *bytes = packet ? packet->bytes : NULL;
    *size = packet ? packet->size : 0;
    RESULT(int64_t) = packet ? MULTIPLAYER_OK : MULTIPLAYER_UNAVAILABLE;
}

static void put_packet(void *instance, const void *const *typed, void *typed_result)
{
    const void *bytes = (const void *)ARGUMENT(uintptr_t, 0);
    RESULT(int64_t) = object_of(instance)
                          ? multiplayer_object_put(object_of(instance), bytes, (int)ARGUMENT(int64_t, 1))
                          : MULTIPLAYER_UNCONFIGURED;
}

static void get_available_packet_count(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(int64_t) = object_of(instance) ? multiplayer_object_available(object_of(instance)) : 0;
}

static void get_max_packet_size(void *instance, const void *const *typed, void *typed_result)
{
    (void)instance;
    (void)typed;
    RESULT(int64_t) = multiplayer_peer_packet_size_max();
}

static void get_packet_peer(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    const struct multiplayer_packet *next = next_of(instance);
    RESULT(int64_t) = next ? next->source : 0;
}

static void get_packet_mode(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    const struct multiplayer_packet *next = next_of(instance);
    RESULT(int64_t) = next ? next->mode : MULTIPLAYER_RELIABLE;
}

static void get_packet_channel(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    const struct multiplayer_packet *next = next_of(instance);
    RESULT(int64_t) = next ? next->channel : 0;
}

/* ------------------------------------------------------------------------------------------------ how packets are sent
 */

static void set_transfer_channel(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed_result;
    int64_t channel = ARGUMENT(int64_t, 0);
    if (object_of(instance) && !multiplayer_object_set_channel(object_of(instance), (int)channel))
        engine_error("set_transfer_channel", "set_transfer_channel: a channel is an int from 0 to 31");
}

static void get_transfer_channel(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(int64_t) = object_of(instance) ? multiplayer_object_channel(object_of(instance)) : 0;
}

static void set_transfer_mode(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_set_mode(object_of(instance), (int)ARGUMENT(int64_t, 0));
}

static void get_transfer_mode(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(int64_t) = object_of(instance) ? multiplayer_object_mode(object_of(instance)) : MULTIPLAYER_RELIABLE;
}

static void set_target_peer(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_set_target(object_of(instance), (int32_t)ARGUMENT(int64_t, 0));
}

/* ----------------------------------------------------------------------------------------------------------- state */

static void is_server(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(uint8_t) = peer_of(instance) && multiplayer_peer_is_server(peer_of(instance));
}

static void poll_peer(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_poll(object_of(instance));
}

static void close_peer(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_close(object_of(instance));
}

static void disconnect_peer(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_disconnect(object_of(instance), (int32_t)ARGUMENT(int64_t, 0), ARGUMENT(uint8_t, 1),
                                      !ARGUMENT(uint8_t, 1));
}

static void get_unique_id(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(int64_t) = peer_of(instance) ? multiplayer_peer_id(peer_of(instance)) : 0;
}

static void get_connection_status(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(int64_t) = peer_of(instance) ? multiplayer_peer_status(peer_of(instance)) : MULTIPLAYER_DISCONNECTED;
}

static void set_refuse_new_connections(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed_result;
    if (object_of(instance))
        multiplayer_object_refuse(object_of(instance), ARGUMENT(uint8_t, 0));
}

static void is_refusing_new_connections(void *instance, const void *const *typed, void *typed_result)
{
    (void)typed;
    RESULT(uint8_t) = object_of(instance) && multiplayer_object_is_refusing(object_of(instance));
}

/* The engine passes on between clients what they send each other, by its own rules. */
static void is_server_relay_supported(void *instance, const void *const *typed, void *typed_result)
{
    (void)instance;
    (void)typed;
    RESULT(uint8_t) = engine_relays_between_clients();
}

const struct gdextension_virtual gdextension_multiplayer_virtuals[] = {
    {"_get_packet", get_packet},
    {"_put_packet", put_packet},
    {"_get_available_packet_count", get_available_packet_count},
    {"_get_max_packet_size", get_max_packet_size},
    {"_get_packet_peer", get_packet_peer},
    {"_get_packet_mode", get_packet_mode},
    {"_get_packet_channel", get_packet_channel},
    {"_set_transfer_channel", set_transfer_channel},
    {"_get_transfer_channel", get_transfer_channel},
    {"_set_transfer_mode", set_transfer_mode},
    {"_get_transfer_mode", get_transfer_mode},
    {"_set_target_peer", set_target_peer},
    {"_is_server", is_server},
    {"_poll", poll_peer},
    {"_close", close_peer},
    {"_disconnect_peer", disconnect_peer},
    {"_get_unique_id", get_unique_id},
    {"_get_connection_status", get_connection_status},
    {"_set_refuse_new_connections", set_refuse_new_connections},
    {"_is_refusing_new_connections", is_refusing_new_connections},
    {"_is_server_relay_supported", is_server_relay_supported},
    {NULL, NULL},
};

/* --------------------------------------------------------------------------------------------------------- the seam */

/* The engine reaches the object through the functions above: there is nothing to attach. */

void engine_attach_multiplayer(struct engine_object *object, struct multiplayer_object *peer)
{
    (void)object;
    (void)peer;
}

void engine_detach_multiplayer(struct engine_object *object)
{
    (void)object;
}

void engine_emit_multiplayer_signal(struct engine_object *object, const char *name, const struct value *arguments,
                                    int count)
{
    if (strncmp(name, "peer_", strlen("peer_")) == 0)
        engine_emit_signal(object, name, arguments, count);
}

bool engine_relays_between_clients(void)
{
    return true;
}
