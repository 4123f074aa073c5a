/*
 * Where Godot 3 enters: the three functions that it looks up by name when it loads and unloads the library.
 */
#include "../classes.h"
#include "gdnative_engine.h"

#define ENTRY __attribute__((visibility("default")))

struct gdnative_engine gdnative;

ENTRY void godot_gdnative_init(godot_gdnative_init_options *options);
ENTRY void godot_gdnative_terminate(godot_gdnative_terminate_options *options);
ENTRY void godot_nativescript_init(void *handle);

void godot_gdnative_init(godot_gdnative_init_options *options)
{
    gdnative.core = options->api_struct;
    for (unsigned int i = 0; i < gdnative.core->num_extensions; i++) {
        const godot_gdnative_api_struct *table = gdnative.core->extensions[i];
        if (table->type == GDNATIVE_EXT_NET)
            gdnative.net = (const godot_gdnative_ext_net_api_struct *)table;
        if (table->type != GDNATIVE_EXT_NATIVESCRIPT)
            continue;
        gdnative.script = (const godot_gdnative_ext_nativescript_api_struct *)table;
        for (table = table->next; table; table = table->next)
            if (table->version.major == 1 && table->version.minor == 1)
                gdnative.script_1_1 = (const godot_gdnative_ext_nativescript_1_1_api_struct *)table;
    }
    gdnative.emit_signal = gdnative.core->godot_method_bind_get_method("Object", "emit_signal");
    gdnative.reference = gdnative.core->godot_method_bind_get_method("Reference", "reference");
    gdnative.unreference = gdnative.core->godot_method_bind_get_method("Reference", "unreference");
}

void godot_nativescript_init(void *handle)
{
    if (!gdnative.script || !gdnative.emit_signal || !gdnative.reference || !gdnative.unreference) {
        gdnative.core->godot_print_error("This engine has no NativeScript", "godot_nativescript_init", "fumarole", 0);
        return;
    }
    gdnative.handle = handle;
    classes_register();
    gdnative.handle = NULL;
}

void godot_gdnative_terminate(godot_gdnative_terminate_options *options)
{
    (void)options;
    classes_unregister();
    gdnative_forget_keys();
}
