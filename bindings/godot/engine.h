/*
 * The seam: everything that the binding's own code asks of an engine.
 *
 * Implemented once for GDNative (gdnative/) and once for GDExtension (gdextension/); an addon links one of them. The
 * other direction is class.h (an engine's side calls class_call for every method that a program calls, and create and
 * destroy for every object) and classes.h (its entry points call classes_register and classes_unregister).
 */
#ifndef FUMAROLE_GODOT_ENGINE_H
#define FUMAROLE_GODOT_ENGINE_H

#include "class.h"

/* -------------------------------------------------------------------------------------------------- reading values */

/* A value of the engine, as the argument of a call. It lives for the time of the call. */

/* Its type. Texts of all kinds that the engine has (String, StringName, NodePath) are strings, a byte array is bytes,
   arrays of every element type are arrays. */
enum value_type engine_variant_type(const void *variant);

/* The engine's own name of its type, for messages, as text that lives forever: "Vector2". */
const char *engine_variant_type_name(const void *variant);

/*
 * Copies it. Arrays and dictionaries are followed ENGINE_DEPTH_MAX deep, which is more than any method looks at; what
 * is below, and anything that has no type of its own here, becomes VALUE_OTHER (a program can put an array into
 * itself). The result belongs to the caller.
 */
#define ENGINE_DEPTH_MAX 4
struct value engine_variant_read(const void *variant);

/* The same, read as bytes: a byte array, or an array of numbers as the engine converts it. */
struct value engine_variant_read_bytes(const void *variant);

/* ------------------------------------------------------------------------------------------------------- reporting */

/* Shows an error or a warning where the engine shows its own: console, debugger. The text does not repeat the name of
   the function that a program called, so that it has to be shown with it. */
void engine_error(const char *function, const char *text);
void engine_warning(const char *function, const char *text);

/* --------------------------------------------------------------------------------------------------------- classes */

/* Makes a class known. The description and all that it points to live forever. Only inside classes_register. */
void engine_register_class(const struct class_description *description);

/*
 * Emits a signal of an object. The arguments stay the caller's. What is connected runs before the call returns, and may
 * do anything: call methods of the object, or free it. The caller looks after that (the object's `destroy` is called).
 */
void engine_emit_signal(struct engine_object *object, const char *name, const struct value *arguments, int count);

/* Makes the engine call the object's method _process once in every frame from now on, if it does not anyway. False, and
   reported: there are no frames. */
bool engine_call_in_every_frame(struct engine_object *object);

/* ------------------------------------------------------------------------------------------ the engine's networking */

/* The base of a class whose objects are networking peers. Each engine's side has its own class for that. */
#define ENGINE_MULTIPLAYER_PEER "MultiplayerPeer"

struct multiplayer_object;

/*
 * Makes the engine use an object of such a class through the functions of multiplayer_class.h, until it is detached.
 * The object's `create` attaches, its `destroy` detaches. Where the engine needs more than it can have, an error is
 * reported and the object does nothing.
 */
void engine_attach_multiplayer(struct engine_object *object, struct multiplayer_object *peer);
void engine_detach_multiplayer(struct engine_object *object);

/* Emits one of the signals of a networking peer, if the engine's class has it; it finds out about the rest by itself.
   What is said of engine_emit_signal counts here too. */
void engine_emit_multiplayer_signal(struct engine_object *object, const char *name, const struct value *arguments,
                                    int count);

/* Whether the engine itself passes packets from client to client, so that a server must not. */
bool engine_relays_between_clients(void);

#endif
