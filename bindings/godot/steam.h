/*
 * The Steam object: what the files that implement it share.
 *
 * One process has one state behind it, however many objects a program makes: whether steamInit was called, the named
 * references (references.h) and the events that wait to be emitted (events.h). Its methods are in steam_*.c, a table in
 * each; what they pass on and what they answer is the library's own.
 */
#ifndef FUMAROLE_GODOT_STEAM_H
#define FUMAROLE_GODOT_STEAM_H

#include "class.h"
#include "fumarole/fumarole.h"

extern const struct class_description steam_class;

/* One instance of the class. */
struct steam {
    struct engine_object *object;
};

/* The tables of methods. */
extern const struct class_methods steam_lifecycle_methods;

#endif
