/*
 * What the files of GDExtension's side share: the engine's functions, and values on their way in and out.
 *
 * Owned by entry.c, which asks the engine for the functions when it loads the library; used by nothing outside this
 * folder. No method of the engine is called by an address that depends on the hash of its signature: variant_call finds
 * it by its name.
 */
#ifndef FUMAROLE_GODOT_GDEXTENSION_ENGINE_H
#define FUMAROLE_GODOT_GDEXTENSION_ENGINE_H

#include <stdbool.h>

#include "../class.h"
#include "gdextension_interface.h"

struct gdextension_engine {
    void *library; /* handed to the engine with everything that is registered */
#define GDEXTENSION_MEMBER(result, name, parameters) result(*name) parameters;
    GDEXTENSION_FUNCTIONS(GDEXTENSION_MEMBER)
#undef GDEXTENSION_MEMBER
};

extern struct gdextension_engine gdextension;

/* Memory for a value of the engine: a variant in any build of it, or a value of one of the types below. */
struct gdextension_storage {
    uint64_t words[5];
};

/* ------------------------------------------------------------------------------------------- gdextension_value.c */

/* Prepares and frees what is kept for repeated use. Nothing below works outside. False: the engine lacks a type. */
bool gdextension_values_begin(void);
void gdextension_values_end(void);

/* Makes a variant of one of our values, which stays the caller's. */
void gdextension_write(void *fresh_variant, const struct value *value);

/* The same as the bare value of its type, which must be `type`; nil stands for a variant. */
void gdextension_write_typed(void *fresh, enum value_type type, const struct value *value);

/* Makes a variant of a bare value of a type; nil: of a variant. */
void gdextension_wrap(void *fresh_variant, enum value_type type, const void *typed);

/* Destroys a bare value of a type; nil: a variant. */
void gdextension_destroy_typed(enum value_type type, void *typed);

/* Makes a variant of an object of the engine. */
void gdextension_wrap_object(void *fresh_variant, void *object);

/* Makes a StringName, to be destroyed with gdextension_forget_name. Latin-1. */
void gdextension_name(void *fresh_name, const char *text);
void gdextension_forget_name(void *name);

/* The engine's number for one of our types. */
int32_t gdextension_type(enum value_type type);

/* Calls a method of what is in a variant; the result is a fresh variant, also on failure. False: there is no such
   method, or it does not take the arguments. */
bool gdextension_ask(void *variant, const char *method, const void *const *variants, int count, void *fresh_result);

/* The same with the result destroyed. */
bool gdextension_call(void *variant, const char *method, const void *const *variants, int count);

/* ------------------------------------------------------------------------------------------- gdextension_class.c */

/* What the engine knows as the instance of an object of the binding, and class.h as its engine_object. */
struct engine_object {
    void *object;   /* the engine's */
    void *instance; /* what the description's `create` returned */
    struct gdextension_class_entry *of;
    bool is_in_every_frame; /* engine_call_in_every_frame was called */
};

/* A virtual function of a class of the engine that a class of the binding implements. `instance` is an engine_object.
 */
struct gdextension_virtual {
    const char *name;
    gdextension_virtual_function *function;
};

#define GDEXTENSION_VIRTUALS_MAX 32

/* Makes a class known: engine_register_class, with virtual functions, the last one without a name, or null. */
void gdextension_register_class(const struct class_description *description, const char *base,
                                const struct gdextension_virtual *virtuals);

/* Makes a variant of one of the engine's own singletons, such as Engine. */
void gdextension_wrap_singleton(void *fresh_variant, const char *name);

/* Makes the objects that a program reaches by the name of their class alone, and takes them back. */
bool gdextension_make_singletons(void);
void gdextension_free_singletons(void);

/* Forgets all classes, the last one first. Their objects are gone by then. */
void gdextension_unregister_classes(void);

/* ------------------------------------------------------------------------------------- gdextension_multiplayer.c */

/* The virtual functions of networking peers. */
extern const struct gdextension_virtual gdextension_multiplayer_virtuals[];

#endif
