/*
 * Networking peers in Godot 4, whose engine relays between clients itself and learns of a connection's fate from its
 * status.
 */
#include <string.h>

#include "../engine.h"

/* The engine reaches the object through virtual functions of its class: there is nothing to attach. */

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
