/*
 * Networking peers in Godot 3: the table of functions by which the engine uses one, on top of multiplayer_class.h.
 *
 * The engine keeps a pointer to the table, so that each object has one of its own, from attach to detach.
 */
#include <stdlib.h>

#include "../engine.h"
#include "../multiplayer_class.h"
#include "gdnative_engine.h"

/* How many tables there are to look in when an object is detached: a list, since a game has one or two. */
struct attachment {
    struct attachment *next;
    struct engine_object *object;
    godot_net_multiplayer_peer table;
};

static struct attachment *attachments;

static struct multiplayer_peer *peer_of(const void *data)
{
    return multiplayer_object_peer((struct multiplayer_object *)data);
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

static godot_error get_packet(void *data, const uint8_t **bytes, int *size)
{
    struct multiplayer_peer *peer = peer_of(data);
    const struct multiplayer_packet *packet = peer ? multiplayer_peer_get_packet(peer) : NULL;

    *bytes = packet ? packet->bytes : NULL;
    *size = packet ? packet->size : 0;
    return packet ? MULTIPLAYER_OK : MULTIPLAYER_UNAVAILABLE;
}

static godot_error put_packet(void *data, const uint8_t *bytes, int size)
{
    return (godot_error)multiplayer_object_put(data, bytes, size);
}

static godot_int get_available_packet_count(const void *data)
{
    return multiplayer_object_available((struct multiplayer_object *)data);
}

static godot_int get_max_packet_size(const void *data)
{
    (void)data;
    return multiplayer_peer_packet_size_max();
}

/* Of the packet that is next, as the engine asks before it fetches it. */
static godot_int get_packet_peer(const void *data)
{
    struct multiplayer_peer *peer = peer_of(data);
    const struct multiplayer_packet *packet = peer ? multiplayer_peer_next_packet(peer) : NULL;

    return packet ? packet->source : 0;
}

static void set_target_peer(void *data, godot_int target)
{
    multiplayer_object_set_target(data, target);
}

static void set_transfer_mode(void *data, godot_int mode)
{
    multiplayer_object_set_mode(data, mode);
}

static godot_int get_transfer_mode(const void *data)
{
    return multiplayer_object_mode(data);
}

/* ---- state ------------------------------------------------------------------------------------------------------- */

static godot_bool is_server(const void *data)
{
    struct multiplayer_peer *peer = peer_of(data);

    return peer && multiplayer_peer_is_server(peer);
}

static void poll_peer(void *data)
{
    multiplayer_object_poll(data);
}

static int32_t get_unique_id(const void *data)
{
    struct multiplayer_peer *peer = peer_of(data);

    return peer ? multiplayer_peer_id(peer) : 0;
}

static void set_refuse_new_connections(void *data, godot_bool on)
{
    multiplayer_object_refuse(data, on);
}

static godot_bool is_refusing_new_connections(const void *data)
{
    return multiplayer_object_is_refusing(data);
}

static godot_int get_connection_status(const void *data)
{
    struct multiplayer_peer *peer = peer_of(data);

    return peer ? (godot_int)multiplayer_peer_status(peer) : MULTIPLAYER_DISCONNECTED;
}

/* ---- the seam ---------------------------------------------------------------------------------------------------- */

void engine_attach_multiplayer(struct engine_object *object, struct multiplayer_object *peer)
{
    struct attachment *attachment = calloc(1, sizeof *attachment);

    if (!attachment || !gdnative.net) {
        engine_error("FumaroleMultiplayerPeer", attachment ? "this engine has no networking" : "out of memory");
        free(attachment);
        return;
    }
    attachment->object = object;
    attachment->table = (godot_net_multiplayer_peer){
        .version = {3, 1},
        .data = peer,
        .get_packet = get_packet,
        .put_packet = put_packet,
        .get_available_packet_count = get_available_packet_count,
        .get_max_packet_size = get_max_packet_size,
        .set_transfer_mode = set_transfer_mode,
        .get_transfer_mode = get_transfer_mode,
        .set_target_peer = set_target_peer,
        .get_packet_peer = get_packet_peer,
        .is_server = is_server,
        .poll = poll_peer,
        .get_unique_id = get_unique_id,
        .set_refuse_new_connections = set_refuse_new_connections,
        .is_refusing_new_connections = is_refusing_new_connections,
        .get_connection_status = get_connection_status,
    };
    attachment->next = attachments;
    attachments = attachment;
    gdnative.net->godot_net_bind_multiplayer_peer((godot_object *)object, &attachment->table);
}

void engine_detach_multiplayer(struct engine_object *object)
{
    for (struct attachment **link = &attachments; *link; link = &(*link)->next) {
        struct attachment *attachment = *link;
        if (attachment->object == object) {
            gdnative.net->godot_net_bind_multiplayer_peer((godot_object *)object, NULL);
            *link = attachment->next;
            free(attachment);
            return;
        }
    }
}

/* Calls a method without arguments that says yes or no. */
static bool ask(godot_method_bind *method, struct engine_object *object)
{
    godot_variant_call_error error = {0};
    godot_variant result = gdnative.core->godot_method_bind_call(method, (godot_object *)object, NULL, 0, &error);
    bool yes = gdnative.core->godot_variant_as_bool(&result);
    gdnative.core->godot_variant_destroy(&result);
    return yes;
}

/* A handler may drop the last reference (network_peer = null), but the engine goes on with an object that emits: it is
   kept until then. */
void engine_emit_multiplayer_signal(struct engine_object *object, const char *name, const struct value *arguments,
                                    int count)
{
    ask(gdnative.reference, object);
    engine_emit_signal(object, name, arguments, count);
    if (ask(gdnative.unreference, object))
        gdnative.core->godot_object_destroy((godot_object *)object);
}

bool engine_relays_between_clients(void)
{
    return false;
}
