#include "host_engine.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sanitizer that reports at the end can only name what is still mapped. */
#ifdef __SANITIZE_ADDRESS__
#define KEEP_MAPPED RTLD_NODELETE
#else
#define KEEP_MAPPED 0
#endif

#define OBJECT_MARK 0x4f424a54u

static struct host_class *classes;
static struct host_object *objects;
static struct host_object *engine_object; /* what Engine is */
static struct host_object *main_loop;
static struct variant frame_callables[4]; /* connected to process_frame */
static size_t frame_callable_count;
static struct {
    char name[64];
    struct host_object *object;
} singletons[8];
static size_t singleton_count;

static const char *lacking;
static int errors;
static char last_error[1024];
static void *library;
static struct gdextension_initialization initialization;

/* ------------------------------------------------------------------------------------------------------- reporting */

static void print_error_with_message(const char *description, const char *message, const char *function,
                                     const char *file, int32_t line, uint8_t notify)
{
    (void)line;
    (void)notify;
    HOST_CHECK(description && message && function && file);
    snprintf(last_error, sizeof last_error, "%s", message);
    errors++;
}

int host_error_count(void)
{
    return errors;
}

const char *host_last_error(void)
{
    return last_error;
}

void host_forget_errors(void)
{
    errors = 0;
    last_error[0] = '\0';
}

void host_lacks(const char *function)
{
    lacking = function;
}

/* ------------------------------------------------------------------------------------------------------------ objects
 */

static struct host_object *object_check(void *pointer)
{
    struct host_object *object = objects;
    while (object && object != pointer)
        object = object->next;
    if (!object || object->mark != OBJECT_MARK)
        host_abort("%p is no living object", pointer);
    return object;
}

static struct host_object *object_make(const char *base)
{
    struct host_object *object = calloc(1, sizeof *object);
    HOST_CHECK(object);
    object->mark = OBJECT_MARK;
    object->references = strcmp(base, "MultiplayerPeerExtension") == 0 ? 0 : -1;
    snprintf(object->base, sizeof object->base, "%s", base);
    object->next = objects;
    objects = object;
    return object;
}

static void object_free(struct host_object *object)
{
    if (object->class)
        object->class->description.destroy(object->class->description.userdata, object->instance);
    host_forget_emissions(object);
    struct host_object **place = &objects;
    while (*place != object)
        place = &(*place)->next;
    *place = object->next;
    object->mark = 0;
    free(object);
}

/* Objects of the extension end with the last reference, if their class is one of those. */
static void object_referenced(void *pointer, int change)
{
    struct host_object *object = object_check(pointer);
    if (object->references < 0)
        return;
    object->references += change;
    HOST_CHECK(object->references >= 0);
    if (object->references == 0)
        object_free(object);
}

/* The signals that the engine's own class has. */
static const struct host_signal *signal_of_base(struct host_object *object, const char *name)
{
    static const struct host_signal both[] = {
        {.name = "peer_connected", .argument_count = 1, .arguments = {{.name = "id", .type = GDEXTENSION_INT}}},
        {.name = "peer_disconnected", .argument_count = 1, .arguments = {{.name = "id", .type = GDEXTENSION_INT}}},
    };
    for (size_t i = 0; i < 2 && strcmp(object->base, "MultiplayerPeerExtension") == 0; i++)
        if (strcmp(both[i].name, name) == 0)
            return &both[i];
    return NULL;
}

static void emit(struct host_object *object, const struct variant *const *arguments, int64_t count)
{
    HOST_CHECK(object->class && count >= 1 && count <= HOST_ARGUMENTS_MAX);
    const struct host_signal *signal = host_signal_find(object->class, v_as_text(arguments[0]));
    if (!signal)
        signal = signal_of_base(object, v_as_text(arguments[0]));
    if (!signal)
        host_abort("%s has no signal %s", object->class->name, v_as_text(arguments[0]));
    HOST_CHECK(signal->argument_count == (uint64_t)count - 1);
    object->emissions = realloc(object->emissions, (object->emission_count + 1) * sizeof object->emissions[0]);
    HOST_CHECK(object->emissions);
    struct host_emission *emission = &object->emissions[object->emission_count++];
    snprintf(emission->name, sizeof emission->name, "%s", signal->name);
    emission->count = signal->argument_count;
    for (size_t i = 0; i < emission->count; i++) {
        HOST_CHECK(v_type(arguments[i + 1]) == signal->arguments[i].type);
        emission->arguments[i] = v_copy(arguments[i + 1]);
    }
    if (object->connected) {
        struct host_emission seen = *emission; /* the array moves when more signals come */
        object->connected(object, &seen);
    }
}

static bool object_call(void *pointer, const char *method, const struct variant *const *arguments, int64_t count,
                        struct variant *result)
{
    struct host_object *object = object_check(pointer);
    if (object == engine_object && strcmp(method, "register_singleton") == 0) {
        HOST_CHECK(count == 2 && singleton_count < sizeof singletons / sizeof singletons[0]);
        snprintf(singletons[singleton_count].name, sizeof singletons[0].name, "%s", v_as_text(arguments[0]));
        singletons[singleton_count++].object = object_check(v_as_object(arguments[1]));
    } else if (object == engine_object && strcmp(method, "unregister_singleton") == 0) {
        HOST_CHECK(count == 1 && host_singleton(v_as_text(arguments[0])));
        for (size_t i = 0; i < singleton_count; i++)
            if (strcmp(singletons[i].name, v_as_text(arguments[0])) == 0)
                singletons[i] = singletons[--singleton_count];
    } else if (object == engine_object && strcmp(method, "get_main_loop") == 0) {
        *result = v_object(main_loop);
    } else if (object == main_loop && strcmp(method, "connect") == 0) {
        HOST_CHECK(count == 2 && strcmp(v_as_text(arguments[0]), "process_frame") == 0);
        HOST_CHECK(frame_callable_count < sizeof frame_callables / sizeof frame_callables[0]);
        frame_callables[frame_callable_count++] = v_copy(arguments[1]);
        *result = v_int(0);
    } else if (strcmp(method, "emit_signal") == 0) {
        emit(object, arguments, count);
    } else {
        host_abort("an object of class %s has no method %s", object->base, method);
    }
    return true;
}

struct host_object *host_singleton(const char *name)
{
    for (size_t i = 0; i < singleton_count; i++)
        if (strcmp(singletons[i].name, name) == 0)
            return singletons[i].object;
    return NULL;
}

void host_forget_emissions(struct host_object *object)
{
    for (size_t i = 0; i < object->emission_count; i++)
        for (size_t k = 0; k < object->emissions[i].count; k++)
            v_free(&object->emissions[i].arguments[k]);
    free(object->emissions);
    object->emissions = NULL;
    object->emission_count = 0;
}

static void *global_get_singleton(const void *name)
{
    if (strcmp(host_name_text(name), "Engine") != 0)
        host_abort("the engine has no %s", host_name_text(name));
    return engine_object;
}

static void *classdb_construct_object(const void *name)
{
    const char *text = host_name_text(name);
    struct host_class *class = host_class_find(text);
    if (class)
        return object_check(class->description.create(class->description.userdata));
    if (strcmp(text, "Object") != 0 && strcmp(text, "MultiplayerPeerExtension") != 0)
        host_abort("the engine has no class %s", text);
    return object_make(text);
}

static void object_set_instance(void *pointer, const void *class_name, void *instance)
{
    struct host_object *object = object_check(pointer);
    struct host_class *class = host_class_find(host_name_text(class_name));
    HOST_CHECK(class && instance && !object->class && strcmp(class->base, object->base) == 0);
    object->class = class;
    object->instance = instance;
}

static void object_destroy(void *pointer)
{
    struct host_object *object = object_check(pointer);
    HOST_CHECK(object->references < 0 && object != engine_object);
    for (size_t i = 0; i < singleton_count; i++)
        HOST_CHECK(singletons[i].object != object);
    object_free(object);
}

struct variant host_new(const char *class_name)
{
    struct host_class *class = host_class_find(class_name);
    HOST_CHECK(class);
    return v_object(object_check(class->description.create(class->description.userdata)));
}

gdextension_virtual_function *host_virtual(struct host_object *object, const char *name)
{
    void *made[1];
    host_name_make(made, name);
    gdextension_virtual_function *function = NULL;
    if (object->class->description.find_virtual)
        function = object->class->description.find_virtual(object->class->description.userdata, made);
    host_name_free(made);
    return function;
}

/* ----------------------------------------------------------------------------------------------------------- classes
 */

struct host_class *host_class_find(const char *name)
{
    struct host_class *class = classes;
    while (class && strcmp(class->name, name) != 0)
        class = class->next;
    return class;
}

const struct host_method *host_method_find(const struct host_class *class, const char *name)
{
    for (size_t i = 0; i < class->method_count; i++)
        if (strcmp(class->methods[i].name, name) == 0)
            return &class->methods[i];
    return NULL;
}

const struct host_signal *host_signal_find(const struct host_class *class, const char *name)
{
    for (size_t i = 0; i < class->signal_count; i++)
        if (strcmp(class->signals[i].name, name) == 0)
            return &class->signals[i];
    return NULL;
}

const struct host_constant *host_constant_find(const struct host_class *class, const char *name)
{
    for (size_t i = 0; i < class->constant_count; i++)
        if (strcmp(class->constants[i].name, name) == 0)
            return &class->constants[i];
    return NULL;
}

/* A class to which something is added, whose name must be new in it. */
static struct host_class *class_to_extend(void *given, const void *class_name, const char *name)
{
    HOST_CHECK(given == &library);
    struct host_class *class = host_class_find(host_name_text(class_name));
    HOST_CHECK(class && *name);
    if (host_method_find(class, name) || host_signal_find(class, name) || host_constant_find(class, name))
        host_abort("%s has %s already", class->name, name);
    return class;
}

static void classdb_register_extension_class2(void *given, const void *name, const void *base,
                                              const struct gdextension_class *description)
{
    HOST_CHECK(given == &library && !host_class_find(host_name_text(name)));
    HOST_CHECK(description->create && description->destroy && !description->is_abstract && !description->is_virtual);
    struct host_class *class = calloc(1, sizeof *class);
    HOST_CHECK(class);
    snprintf(class->name, sizeof class->name, "%s", host_name_text(name));
    snprintf(class->base, sizeof class->base, "%s", host_name_text(base));
    class->is_exposed = description->is_exposed;
    class->description = *description;
    class->next = classes;
    classes = class;
}

static void class_free(struct host_class *class)
{
    for (size_t i = 0; i < class->method_count; i++)
        for (size_t k = 0; k < class->methods[i].default_count; k++)
            v_free(&class->methods[i].defaults[k]);
    free(class->methods);
    free(class->signals);
    free(class->constants);
    free(class);
}

static void classdb_unregister_extension_class(void *given, const void *name)
{
    struct host_class *class = host_class_find(host_name_text(name));
    HOST_CHECK(given == &library && class);
    for (struct host_object *object = objects; object; object = object->next)
        HOST_CHECK(object->class != class);
    struct host_class **place = &classes;
    while (*place != class)
        place = &(*place)->next;
    *place = class->next;
    class_free(class);
}

static struct host_argument argument_of(const struct gdextension_property *property)
{
    struct host_argument argument = {.type = property->type, .usage = property->usage};
    snprintf(argument.name, sizeof argument.name, "%s", host_name_text(property->name));
    HOST_CHECK(strcmp(host_name_text(property->class_name), "") == 0);
    HOST_CHECK(strcmp(host_string_text(property->hint_string), "") == 0);
    return argument;
}

static void classdb_register_extension_class_method(void *given, const void *class_name,
                                                    const struct gdextension_method *method)
{
    const char *name = host_name_text(method->name);
    struct host_class *class = class_to_extend(given, class_name, name);
    HOST_CHECK(method->call && method->typed_call && method->flags == GDEXTENSION_METHOD_NORMAL);
    HOST_CHECK(method->argument_count <= HOST_ARGUMENTS_MAX && method->default_count <= method->argument_count);
    class->methods = realloc(class->methods, (class->method_count + 1) * sizeof class->methods[0]);
    HOST_CHECK(class->methods);
    struct host_method *kept = &class->methods[class->method_count++];
    *kept = (struct host_method){
        .userdata = method->userdata,
        .call = method->call,
        .typed_call = method->typed_call,
        .has_result = method->has_result,
        .result_type = method->has_result ? method->result->type : GDEXTENSION_NIL,
        .argument_count = method->argument_count,
        .default_count = method->default_count,
    };
    snprintf(kept->name, sizeof kept->name, "%s", name);
    for (uint32_t i = 0; i < method->argument_count; i++) {
        kept->arguments[i] = argument_of(&method->arguments[i]);
        kept->arguments[i].metadata = method->argument_metadata[i];
    }
    for (uint32_t i = 0; i < method->default_count; i++)
        kept->defaults[i] = v_copy(method->defaults[i]);
}

static void classdb_register_extension_class_signal(void *given, const void *class_name, const void *name,
                                                    const struct gdextension_property *arguments, int64_t count)
{
    struct host_class *class = class_to_extend(given, class_name, host_name_text(name));
    HOST_CHECK(count >= 0 && count < HOST_ARGUMENTS_MAX);
    class->signals = realloc(class->signals, (class->signal_count + 1) * sizeof class->signals[0]);
    HOST_CHECK(class->signals);
    struct host_signal *kept = &class->signals[class->signal_count++];
    *kept = (struct host_signal){.argument_count = (uint32_t)count};
    snprintf(kept->name, sizeof kept->name, "%s", host_name_text(name));
    for (int64_t i = 0; i < count; i++)
        kept->arguments[i] = argument_of(&arguments[i]);
}

static void classdb_register_extension_class_integer_constant(void *given, const void *class_name,
                                                              const void *enumeration, const void *name, int64_t number,
                                                              uint8_t bits)
{
    struct host_class *class = class_to_extend(given, class_name, host_name_text(name));
    HOST_CHECK(!bits);
    class->constants = realloc(class->constants, (class->constant_count + 1) * sizeof class->constants[0]);
    HOST_CHECK(class->constants);
    struct host_constant *kept = &class->constants[class->constant_count++];
    *kept = (struct host_constant){.number = number};
    snprintf(kept->enumeration, sizeof kept->enumeration, "%s", host_name_text(enumeration));
    snprintf(kept->name, sizeof kept->name, "%s", host_name_text(name));
}

/* ------------------------------------------------------------------------------------------------------------- calls
 */

static bool can_be_typed(const struct host_method *method, size_t count, const struct variant *arguments)
{
    if (count > method->argument_count || count + method->default_count < method->argument_count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (method->arguments[i].type != GDEXTENSION_NIL && method->arguments[i].type != v_type(&arguments[i]))
            return false;
    return true;
}

static struct variant call_typed(struct host_object *object, const struct host_method *method, size_t count,
                                 const struct variant *arguments)
{
    uint64_t storage[HOST_ARGUMENTS_MAX][3], result[3];
    const void *pointers[HOST_ARGUMENTS_MAX];
    for (size_t i = 0; i < method->argument_count; i++) {
        size_t first_default = method->argument_count - method->default_count;
        const struct variant *argument = i < count ? &arguments[i] : &method->defaults[i - first_default];
        host_typed_from_variant(method->arguments[i].type, storage[i], argument);
        pointers[i] = storage[i];
    }
    struct variant returned = v_nil();
    if (method->has_result) {
        struct variant empty = method->result_type == GDEXTENSION_STRING              ? v_text("before")
                               : method->result_type == GDEXTENSION_PACKED_BYTE_ARRAY ? v_bytes("before", 6)
                               : method->result_type == GDEXTENSION_ARRAY             ? v_array()
                               : method->result_type == GDEXTENSION_DICTIONARY        ? v_dictionary()
                               : method->result_type == GDEXTENSION_FLOAT             ? v_float(-1)
                               : method->result_type == GDEXTENSION_BOOL              ? v_bool(true)
                                                                                      : v_int(-1);
        host_typed_from_variant(method->result_type, result, &empty);
        v_free(&empty);
    }
    method->typed_call(method->userdata, object->instance, pointers, method->has_result ? result : NULL);
    if (method->has_result) {
        host_variant_from_typed(method->result_type, &returned, result);
        host_typed_free(method->result_type, result);
    }
    for (size_t i = 0; i < method->argument_count; i++)
        host_typed_free(method->arguments[i].type, storage[i]);
    return returned;
}

struct variant host_call(struct host_object *object, const char *name, size_t count, struct variant *arguments,
                         bool typed)
{
    const struct host_method *method = host_method_find(object_check(object)->class, name);
    if (!method)
        host_abort("%s has no method %s", object->class->name, name);
    HOST_CHECK(count <= HOST_ARGUMENTS_MAX);
    struct variant result = v_nil();
    if (typed && can_be_typed(method, count, arguments)) {
        result = call_typed(object, method, count, arguments);
    } else {
        const void *pointers[HOST_ARGUMENTS_MAX];
        for (size_t i = 0; i < count; i++)
            pointers[i] = &arguments[i];
        struct gdextension_call_error error = {GDEXTENSION_CALL_OK, 0, 0};
        method->call(method->userdata, object->instance, pointers, (int64_t)count, &result, &error);
        HOST_CHECK(error.problem == GDEXTENSION_CALL_OK);
        HOST_CHECK(method->has_result || v_type(&result) == GDEXTENSION_NIL);
        if (method->has_result && method->result_type != GDEXTENSION_NIL && v_type(&result) != method->result_type)
            host_abort("%s gave a value of type %d, not %d", name, v_type(&result), method->result_type);
    }
    for (size_t i = 0; i < count; i++)
        v_free(&arguments[i]);
    return result;
}

/* ----------------------------------------------------------------------------------------------------------- loading
 */

void host_frame(void)
{
    for (size_t i = 0; i < frame_callable_count; i++) {
        void *object;
        size_t bound;
        const char *method = v_as_callable(&frame_callables[i], &object, &bound);
        struct variant arguments[] = {v_float(0.016)};
        HOST_CHECK(bound == 1);
        struct variant result = host_call(object_check(object), method, 1, arguments, false);
        v_free(&result);
    }
}

static void get_godot_version(struct gdextension_version *version)
{
    *version = (struct gdextension_version){4, 2, 2, "a pretended Godot"};
}

static gdextension_function find_function(const char *name)
{
    if (lacking && strcmp(lacking, name) == 0)
        return NULL;
#define OFFER(function)                                                                                                \
    if (strcmp(name, #function) == 0)                                                                                  \
        return (gdextension_function)function;
    OFFER(get_godot_version)
    OFFER(print_error_with_message)
    OFFER(global_get_singleton)
    OFFER(classdb_construct_object)
    OFFER(object_set_instance)
    OFFER(object_destroy)
    OFFER(classdb_register_extension_class2)
    OFFER(classdb_register_extension_class_method)
    OFFER(classdb_register_extension_class_integer_constant)
    OFFER(classdb_register_extension_class_signal)
    OFFER(classdb_unregister_extension_class)
#undef OFFER
    if (strcmp(name, "print_warning_with_message") == 0)
        return (gdextension_function)print_error_with_message;
    gdextension_function function = host_value_function(name);
    if (!function)
        host_abort("the pretended engine has no function %s", name);
    return function;
}

bool host_load(const char *path)
{
    host_object_referenced = object_referenced;
    host_object_call = object_call;
    engine_object = object_make("Engine");
    main_loop = object_make("SceneTree");
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | KEEP_MAPPED);
    if (!library)
        host_abort("%s", dlerror());
    gdextension_entry *entry = (gdextension_entry *)dlsym(library, "fumarole_godot4_init");
    HOST_CHECK(entry);
    initialization = (struct gdextension_initialization){.minimum = -1};
    if (!entry(find_function, &library, &initialization))
        return false;
    HOST_CHECK(initialization.minimum == GDEXTENSION_LEVEL_SCENE);
    initialization.initialize(initialization.userdata, GDEXTENSION_LEVEL_SCENE);
    initialization.initialize(initialization.userdata, GDEXTENSION_LEVEL_EDITOR);
    return true;
}

void host_unload(void)
{
    if (initialization.deinitialize) {
        initialization.deinitialize(initialization.userdata, GDEXTENSION_LEVEL_EDITOR);
        initialization.deinitialize(initialization.userdata, GDEXTENSION_LEVEL_SCENE);
    }
    initialization = (struct gdextension_initialization){0};
    object_free(engine_object);
    object_free(main_loop);
    engine_object = main_loop = NULL;
    while (frame_callable_count > 0)
        v_free(&frame_callables[--frame_callable_count]);
    if (objects || classes || singleton_count > 0 || host_living_values() > 0)
        host_abort("objects, classes, singletons or values are left");
    dlclose(library);
    library = NULL;
}
