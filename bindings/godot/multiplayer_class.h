/*
 * FumaroleMultiplayerPeer: the class that a program gives to the engine's own networking, so that rpc() goes over our
 * connections. A multiplayer_peer with the methods that a program calls; what the engine itself calls it by goes
 * through multiplayer_object_peer and multiplayer_object_poll, in each engine's own way (engine_attach_multiplayer).
 *
 * Every object counts as a user of the library (library_use.h) while it is a server or client. One thread at a time,
 * the one that polls: in the engines, the main thread.
 */
#ifndef FUMAROLE_GODOT_MULTIPLAYER_CLASS_H
#define FUMAROLE_GODOT_MULTIPLAYER_CLASS_H

#include "class.h"
#include "multiplayer_peer.h"

extern const struct class_description multiplayer_class;

struct multiplayer_object;

/* Null until it is a server or client; what the engine asks of it then has the answer of one that is disconnected. */
struct multiplayer_peer *multiplayer_object_peer(struct multiplayer_object *self);

/* What the engine does in every frame: fetches what has come, and emits the signals of it. A handler may free the
   object. */
void multiplayer_object_poll(struct multiplayer_object *self);

/*
 * How many packets can be fetched. The engine asks after each packet and does not poll again as long as there are any:
 * when only an event is before the next one, its signal is emitted here, or one coming and going would cost a frame.
 */
int multiplayer_object_available(struct multiplayer_object *self);

/* multiplayer_peer_put_packet, and an error of the engine for what it loses though it was to be reliable. */
enum multiplayer_error multiplayer_object_put(struct multiplayer_object *self, const void *bytes, int size);

/* These are remembered until there is a peer. */
void multiplayer_object_refuse(struct multiplayer_object *self, bool on);
bool multiplayer_object_is_refusing(const struct multiplayer_object *self);
void multiplayer_object_set_target(struct multiplayer_object *self, int32_t target);
void multiplayer_object_set_mode(struct multiplayer_object *self, int mode);
enum multiplayer_mode multiplayer_object_mode(const struct multiplayer_object *self);
bool multiplayer_object_set_channel(struct multiplayer_object *self, int channel);
int multiplayer_object_channel(const struct multiplayer_object *self);

/* As the functions of multiplayer_peer.h, also without a peer. */
enum multiplayer_error multiplayer_object_disconnect(struct multiplayer_object *self, int32_t id, bool at_once,
                                                     bool tell);
void multiplayer_object_close(struct multiplayer_object *self);

#endif
