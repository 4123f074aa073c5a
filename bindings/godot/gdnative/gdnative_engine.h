/*
 * What the files of GDNative's side share: the engine's tables of functions, and values on their way in and out.
 *
 * Owned by entry.c, which fills the tables when the engine loads the library; used by nothing outside this folder.
 */
#ifndef FUMAROLE_GODOT_GDNATIVE_ENGINE_H
#define FUMAROLE_GODOT_GDNATIVE_ENGINE_H

#include "../value.h"
#include "gdnative_interface.h"

struct gdnative_engine {
    const godot_gdnative_core_api_struct *core;
    const godot_gdnative_ext_nativescript_api_struct *script;
    const godot_gdnative_ext_net_api_struct *net;                     /* null in an engine without networking */
    const godot_gdnative_ext_nativescript_1_1_api_struct *script_1_1; /* null: an older engine */
    void *handle;                               /* the library, for registering; only inside godot_nativescript_init */
    godot_method_bind *emit_signal;             /* Object.emit_signal */
    godot_method_bind *reference, *unreference; /* of Reference */
};

extern struct gdnative_engine gdnative;

/* Makes an engine's value of one of ours, which stays the caller's. The result is to be destroyed by the engine or with
   godot_variant_destroy. */
godot_variant gdnative_write(const struct value *value);

/* Makes an engine's text of UTF-8; what is not valid becomes U+FFFD. To be destroyed. */
godot_string gdnative_string(const char *text, size_t length);

/* The engine's number for one of our types. */
godot_int gdnative_type(enum value_type type);

/* Frees what gdnative_write has kept for repeated use. */
void gdnative_forget_keys(void);

#endif
