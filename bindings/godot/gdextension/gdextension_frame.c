/*
 * Being called in every frame, in Godot 4: by the signal that its main loop emits.
 */
#include "../engine.h"
#include "gdextension_engine.h"

/* A variant of the Callable of the object's _process, with the argument that it takes. */
static bool make_callable(void *fresh_variant, struct engine_object *object)
{
    gdextension_construct *make = gdextension.variant_get_ptr_constructor(GDEXTENSION_CALLABLE, 2);
    gdextension_convert *to_variant = gdextension.get_variant_from_type_constructor(GDEXTENSION_CALLABLE);
    gdextension_destruct *destroy = gdextension.variant_get_ptr_destructor(GDEXTENSION_CALLABLE);
    struct gdextension_storage name, callable, plain, delta;
    const void *parts[] = {&object->object, &name};
    const void *bound[] = {&delta};
    struct value none = value_float(0);
    if (!make || !to_variant || !destroy) {
        gdextension.variant_new_nil(fresh_variant);
        return false;
    }
    gdextension_name(&name, "_process");
    make(&callable, parts);
    gdextension_forget_name(&name);
    to_variant(&plain, &callable);
    destroy(&callable);
    gdextension_write(&delta, &none);
    bool done = gdextension_ask(&plain, "bind", bound, 1, fresh_variant);
    gdextension.variant_destroy(&delta);
    gdextension.variant_destroy(&plain);
    return done;
}

/* Connects a Callable to the main loop's signal; false when there is no main loop, or one of another kind. */
static bool connect_to_frames(const void *callable)
{
    struct gdextension_storage engine, loop, signal, error;
    const void *arguments[] = {&signal, callable};
    struct value name = value_literal("process_frame");
    bool done = false;
    gdextension_wrap_singleton(&engine, "Engine");
    if (gdextension_ask(&engine, "get_main_loop", NULL, 0, &loop) &&
        gdextension.variant_get_type(&loop) == GDEXTENSION_OBJECT) {
        gdextension_write(&signal, &name);
        done = gdextension_ask(&loop, "connect", arguments, 2, &error);
        struct value code = engine_variant_read(&error);
        done = done && code.type == VALUE_INT && code.integer == 0;
        value_free(&code);
        gdextension.variant_destroy(&error);
        gdextension.variant_destroy(&signal);
    }
    gdextension.variant_destroy(&loop);
    gdextension.variant_destroy(&engine);
    return done;
}

bool engine_call_in_every_frame(struct engine_object *object)
{
    struct gdextension_storage callable;
    if (object->is_in_every_frame)
        return true;
    object->is_in_every_frame = make_callable(&callable, object) && connect_to_frames(&callable);
    gdextension.variant_destroy(&callable);
    if (!object->is_in_every_frame)
        engine_error("embed_callbacks", "there are no frames yet; call run_callbacks in _process");
    return object->is_in_every_frame;
}
