/*
 * The classes of this binding, for an engine's side to register when it is loaded.
 */
#ifndef FUMAROLE_GODOT_CLASSES_H
#define FUMAROLE_GODOT_CLASSES_H

/* Passes every class to engine_register_class. */
void classes_register(void);

/* The binding is about to be unloaded: stops the library, whoever still uses it. */
void classes_unregister(void);

#endif
