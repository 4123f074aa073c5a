/*
 * Classes in Godot 4, made of the tables of class.h, their objects, and signals.
 *
 * A class whose objects are nodes in Godot 3 becomes a singleton of the engine: one object, made when the extension is
 * loaded, that every script knows by the name of its class.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine.h"
#include "gdextension_engine.h"

#define CLASSES_MAX 8

static struct gdextension_class_entry {
    const struct class_description *description;
    const struct gdextension_virtual *virtuals;
    struct gdextension_storage name, base, virtual_names[GDEXTENSION_VIRTUALS_MAX];
    int virtual_count;
    bool is_singleton;
    void *singleton; /* the engine's object, if it was made */
} entries[CLASSES_MAX];

static int entry_count;

/* ------------------------------------------------------------------------------------------------------- reporting */

/* The engine shows the function only in small print below the text, and in the editor's list not at all. */
static void report(void (*print)(const char *, const char *, const char *, const char *, int32_t, uint8_t),
                   const char *function, const char *text)
{
    char whole[640];
    snprintf(whole, sizeof whole, "%s: %s", function, text);
    print(whole, whole, function, "fumarole", 0, 0);
}

void engine_error(const char *function, const char *text)
{
    report(gdextension.print_error_with_message, function, text);
}

void engine_warning(const char *function, const char *text)
{
    report(gdextension.print_warning_with_message, function, text);
}

/* --------------------------------------------------------------------------------------------------------- objects */

static void *create_object(void *userdata)
{
    struct gdextension_class_entry *entry = userdata;
    struct engine_object *own = calloc(1, sizeof *own);
    void *object = own ? gdextension.classdb_construct_object(&entry->base) : NULL;
    if (!object) {
        free(own);
        return NULL;
    }
    *own = (struct engine_object){.object = object, .of = entry};
    own->instance = entry->description->create(own);
    gdextension.object_set_instance(object, &entry->name, own);
    return object;
}

static void destroy_object(void *userdata, void *instance)
{
    struct gdextension_class_entry *entry = userdata;
    struct engine_object *own = instance;
    if (own->instance)
        entry->description->destroy(own->instance);
    free(own);
}

/* Two StringNames are equal when they are the same pointer. */
static gdextension_virtual_function *find_virtual(void *userdata, const void *name)
{
    struct gdextension_class_entry *entry = userdata;
    for (int i = 0; i < entry->virtual_count; i++)
        if (memcmp(&entry->virtual_names[i], name, sizeof(void *)) == 0)
            return entry->virtuals[i].function;
    return NULL;
}

/* ----------------------------------------------------------------------------------------------------------- calls */

static void *instance_of(void *instance)
{
    return instance ? ((struct engine_object *)instance)->instance : NULL;
}

static void call_method(void *userdata, void *instance, const void *const *variants, int64_t count,
                        void *result_variant, struct gdextension_call_error *error)
{
    struct value result = class_call(userdata, instance_of(instance), variants, (int)count);
    error->problem = GDEXTENSION_CALL_OK; /* what was wrong has been reported */
    gdextension.variant_destroy(result_variant);
    gdextension_write(result_variant, &result);
    value_free(&result);
}

/* Arguments that were left out come as their defaults. Where a method looks itself what it was given, that is null. */
static int given_count(const struct class_method *method, const void *const *variants, int count)
{
    while (count > 0 && method->parameters[count - 1].optional && method->parameters[count - 1].type == CLASS_ANY &&
           engine_variant_type(variants[count - 1]) == VALUE_NIL)
        count--;
    return count;
}

/* The way of scripts that know the types of what they pass. The values are those of the shown types. */
static void call_method_typed(void *userdata, void *instance, const void *const *typed, void *typed_result)
{
    const struct class_method *method = userdata;
    struct gdextension_storage variants[CLASS_PARAMETERS_MAX];
    const void *pointers[CLASS_PARAMETERS_MAX];
    int count = class_parameter_count(method);
    for (int i = 0; i < count; i++) {
        gdextension_wrap(&variants[i], class_shown_type(method->parameters[i].type), typed[i]);
        pointers[i] = &variants[i];
    }
    struct value result = class_call(method, instance_of(instance), pointers, given_count(method, pointers, count));
    for (int i = 0; i < count; i++)
        gdextension.variant_destroy(&variants[i]);
    if (method->result != VALUE_NIL && typed_result) {
        enum value_type bare = method->result == VALUE_OTHER ? VALUE_NIL : method->result;
        gdextension_destroy_typed(bare, typed_result);
        gdextension_write_typed(typed_result, bare, &result);
    }
    value_free(&result);
}

/* ------------------------------------------------------------------------------------------------------ describing */

/* A description of one argument or result, with what it points at. */
struct property {
    struct gdextension_storage name, class_name, hint;
};

static struct gdextension_property property_make(struct property *property, const char *name, enum value_type type)
{
    struct value empty = value_literal("");
    gdextension_name(&property->name, name);
    gdextension_name(&property->class_name, "");
    gdextension_write_typed(&property->hint, VALUE_STRING, &empty);
    return (struct gdextension_property){
        .type = gdextension_type(type),
        .name = &property->name,
        .class_name = &property->class_name,
        .hint_string = &property->hint,
        .usage = GDEXTENSION_USAGE_DEFAULT |
                 (gdextension_type(type) == GDEXTENSION_NIL ? GDEXTENSION_USAGE_NIL_IS_VARIANT : 0),
    };
}

static void property_free(struct property *property)
{
    gdextension_forget_name(&property->name);
    gdextension_forget_name(&property->class_name);
    gdextension_destroy_typed(VALUE_STRING, &property->hint);
}

static int32_t metadata_of(enum class_type type)
{
    switch (type) {
    case CLASS_INT32:
        return GDEXTENSION_METADATA_INT32;
    case CLASS_UINT32:
        return GDEXTENSION_METADATA_UINT32;
    case CLASS_UINT16:
        return GDEXTENSION_METADATA_UINT16;
    case CLASS_INT64:
        return GDEXTENSION_METADATA_INT64;
    case CLASS_FLOAT:
        return GDEXTENSION_METADATA_DOUBLE;
    default:
        return GDEXTENSION_METADATA_NONE;
    }
}

/* What the engine passes for an argument that was left out, which class_call must take. */
static struct value default_of(const struct class_parameter *parameter)
{
    switch (parameter->type) {
    case CLASS_OPTIONS:
        return value_array();
    case CLASS_IDENTITY:
        return value_literal("");
    default:
        break;
    }
    switch (class_shown_type(parameter->type)) {
    case VALUE_BOOL:
        return value_bool(parameter->default_int != 0);
    case VALUE_INT:
        return value_int(parameter->default_int);
    case VALUE_FLOAT:
        return value_float(parameter->default_int);
    default:
        return value_empty(class_shown_type(parameter->type));
    }
}

static void register_method(struct gdextension_class_entry *entry, const struct class_method *method)
{
    struct property texts[CLASS_PARAMETERS_MAX + 1];
    struct gdextension_property arguments[CLASS_PARAMETERS_MAX];
    int32_t metadata[CLASS_PARAMETERS_MAX];
    struct gdextension_storage name, defaults[CLASS_PARAMETERS_MAX];
    void *default_pointers[CLASS_PARAMETERS_MAX];
    int count = class_parameter_count(method), required = class_required_count(method);
    for (int i = 0; i < count; i++) {
        const struct class_parameter *parameter = &method->parameters[i];
        arguments[i] = property_make(&texts[i], parameter->name, class_shown_type(parameter->type));
        metadata[i] = metadata_of(parameter->type);
    }
    for (int i = required; i < count; i++) {
        struct value value = default_of(&method->parameters[i]);
        gdextension_write(&defaults[i - required], &value);
        default_pointers[i - required] = &defaults[i - required];
    }
    struct gdextension_property result = property_make(&texts[CLASS_PARAMETERS_MAX], "", method->result);
    gdextension_name(&name, method->name);
    struct gdextension_method registered = {
        .name = &name,
        .userdata = (void *)method,
        .call = call_method,
        .typed_call = call_method_typed,
        .flags = GDEXTENSION_METHOD_NORMAL,
        .has_result = method->result != VALUE_NIL,
        .result = &result,
        .argument_count = (uint32_t)count,
        .arguments = arguments,
        .argument_metadata = metadata,
        .default_count = (uint32_t)(count - required),
        .defaults = default_pointers,
    };
    gdextension.classdb_register_extension_class_method(gdextension.library, &entry->name, &registered);
    gdextension_forget_name(&name);
    property_free(&texts[CLASS_PARAMETERS_MAX]);
    for (int i = 0; i < count; i++)
        property_free(&texts[i]);
    for (int i = required; i < count; i++)
        gdextension.variant_destroy(&defaults[i - required]);
}

static void register_signal(struct gdextension_class_entry *entry, const struct class_signal *signal)
{
    struct property texts[CLASS_SIGNAL_ARGUMENTS_MAX];
    struct gdextension_property arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    struct gdextension_storage name;
    int count = 0;
    for (; count < CLASS_SIGNAL_ARGUMENTS_MAX && signal->arguments[count].name; count++)
        arguments[count] = property_make(&texts[count], signal->arguments[count].name, signal->arguments[count].type);
    gdextension_name(&name, signal->name);
    gdextension.classdb_register_extension_class_signal(gdextension.library, &entry->name, &name, arguments, count);
    gdextension_forget_name(&name);
    for (int i = 0; i < count; i++)
        property_free(&texts[i]);
}

static void register_constant(struct gdextension_class_entry *entry, const struct steam_constant *constant)
{
    struct gdextension_storage enumeration, name;
    gdextension_name(&enumeration, constant->enumeration ? constant->enumeration : "");
    gdextension_name(&name, constant->name);
    gdextension.classdb_register_extension_class_integer_constant(gdextension.library, &entry->name, &enumeration,
                                                                  &name, constant->value, 0);
    gdextension_forget_name(&name);
    gdextension_forget_name(&enumeration);
}

/* ----------------------------------------------------------------------------------------------------- registering */

/* What is a virtual function here is a method of the base already, under its name without the underscore. */
static bool is_wanted(const struct gdextension_class_entry *entry, const char *method)
{
    for (int i = 0; i < entry->virtual_count; i++)
        if (strcmp(entry->virtuals[i].name + 1, method) == 0)
            return false;
    return true;
}

void gdextension_register_class(const struct class_description *description, const char *base,
                                const struct gdextension_virtual *virtuals)
{
    if (entry_count == CLASSES_MAX) {
        engine_error(description->name, "there is no room for another class");
        return;
    }
    struct gdextension_class_entry *entry = &entries[entry_count++];
    *entry = (struct gdextension_class_entry){.description = description, .virtuals = virtuals};
    gdextension_name(&entry->name, description->name);
    gdextension_name(&entry->base, base);
    for (int i = 0; virtuals && virtuals[i].name && i < GDEXTENSION_VIRTUALS_MAX; i++) {
        gdextension_name(&entry->virtual_names[i], virtuals[i].name);
        entry->virtual_count++;
    }
    const struct gdextension_class registered = {
        .is_exposed = 1,
        .create = create_object,
        .destroy = destroy_object,
        .find_virtual = find_virtual,
        .userdata = entry,
    };
    gdextension.classdb_register_extension_class2(gdextension.library, &entry->name, &entry->base, &registered);
    for (const struct class_methods *const *group = description->methods; group && *group; group++)
        for (size_t i = 0; i < (*group)->count; i++)
            if (is_wanted(entry, (*group)->methods[i].name))
                register_method(entry, &(*group)->methods[i]);
    for (size_t i = 0; i < description->signal_count; i++)
        register_signal(entry, &description->signals[i]);
    for (size_t i = 0; i < description->constant_count; i++)
        register_constant(entry, &description->constants[i]);
}

void engine_register_class(const struct class_description *description)
{
    if (strcmp(description->base, ENGINE_MULTIPLAYER_PEER) == 0) {
        gdextension_register_class(description, "MultiplayerPeerExtension", gdextension_multiplayer_virtuals);
        return;
    }
    bool is_singleton = strcmp(description->base, "Node") == 0;
    gdextension_register_class(description, is_singleton ? "Object" : description->base, NULL);
    if (entry_count > 0)
        entries[entry_count - 1].is_singleton = is_singleton;
}

void gdextension_unregister_classes(void)
{
    while (entry_count > 0) {
        struct gdextension_class_entry *entry = &entries[--entry_count];
        gdextension.classdb_unregister_extension_class(gdextension.library, &entry->name);
        for (int i = 0; i < entry->virtual_count; i++)
            gdextension_forget_name(&entry->virtual_names[i]);
        gdextension_forget_name(&entry->base);
        gdextension_forget_name(&entry->name);
    }
}

/* ------------------------------------------------------------------------------------------------------ singletons */

void gdextension_wrap_singleton(void *fresh_variant, const char *name)
{
    struct gdextension_storage stored;
    gdextension_name(&stored, name);
    gdextension_wrap_object(fresh_variant, gdextension.global_get_singleton(&stored));
    gdextension_forget_name(&stored);
}

/* Calls a method of the engine's object Engine about a singleton; object: null for none. */
static bool tell_engine(const char *method, const char *name, void *object)
{
    struct gdextension_storage engine, variants[2];
    const void *arguments[] = {&variants[0], &variants[1]};
    struct value text = value_literal(name);
    gdextension_wrap_singleton(&engine, "Engine");
    gdextension_write(&variants[0], &text);
    gdextension_wrap_object(&variants[1], object);
    bool done = gdextension_call(&engine, method, arguments, object ? 2 : 1);
    gdextension.variant_destroy(&variants[0]);
    gdextension.variant_destroy(&variants[1]);
    gdextension.variant_destroy(&engine);
    return done;
}

bool gdextension_make_singletons(void)
{
    bool all = true;
    for (int i = 0; i < entry_count; i++) {
        struct gdextension_class_entry *entry = &entries[i];
        if (!entry->is_singleton)
            continue;
        entry->singleton = gdextension.classdb_construct_object(&entry->name);
        all = entry->singleton && tell_engine("register_singleton", entry->description->name, entry->singleton) && all;
    }
    return all;
}

void gdextension_free_singletons(void)
{
    for (int i = entry_count - 1; i >= 0; i--) {
        if (!entries[i].singleton)
            continue;
        tell_engine("unregister_singleton", entries[i].description->name, NULL);
        gdextension.object_destroy(entries[i].singleton);
        entries[i].singleton = NULL;
    }
}

/* --------------------------------------------------------------------------------------------------------- signals */

/* What is connected may free the object: it is not looked at any more after the call. */
void engine_emit_signal(struct engine_object *object, const char *name, const struct value *arguments, int count)
{
    struct gdextension_storage source, variants[1 + CLASS_SIGNAL_ARGUMENTS_MAX];
    const void *pointers[1 + CLASS_SIGNAL_ARGUMENTS_MAX];
    struct value signal = value_literal(name);
    for (int i = 0; i <= count; i++) {
        gdextension_write(&variants[i], i == 0 ? &signal : &arguments[i - 1]);
        pointers[i] = &variants[i];
    }
    gdextension_wrap_object(&source, object->object);
    if (!gdextension_call(&source, "emit_signal", pointers, count + 1))
        engine_error(name, "the signal could not be emitted");
    gdextension.variant_destroy(&source);
    for (int i = 0; i <= count; i++)
        gdextension.variant_destroy(&variants[i]);
}
