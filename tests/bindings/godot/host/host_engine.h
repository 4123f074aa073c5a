/*
 * A pretended engine: loads the extension by its entry function, keeps the classes that it registers, and makes, calls
 * and frees their objects. What the extension does that an engine would not forgive ends the program.
 */
#ifndef FUMAROLE_TESTS_GODOT_HOST_ENGINE_H
#define FUMAROLE_TESTS_GODOT_HOST_ENGINE_H

#include "host_values.h"

#define HOST_ARGUMENTS_MAX 8

struct host_argument {
    char name[64];
    int type;
    uint32_t usage;
    int metadata;
};

struct host_method {
    char name[96];
    void *userdata;
    void (*call)(void *userdata, void *instance, const void *const *variants, int64_t count, void *result_variant,
                 struct gdextension_call_error *error);
    void (*typed_call)(void *userdata, void *instance, const void *const *typed, void *typed_result);
    bool has_result;
    int result_type;
    uint32_t argument_count, default_count;
    struct host_argument arguments[HOST_ARGUMENTS_MAX];
    struct variant defaults[HOST_ARGUMENTS_MAX];
};

struct host_signal {
    char name[96];
    uint32_t argument_count;
    struct host_argument arguments[HOST_ARGUMENTS_MAX];
};

struct host_constant {
    char enumeration[96], name[96];
    int64_t number;
};

struct host_class {
    char name[64], base[64];
    bool is_exposed;
    struct gdextension_class description;
    struct host_method *methods;
    size_t method_count;
    struct host_signal *signals;
    size_t signal_count;
    struct host_constant *constants;
    size_t constant_count;
    struct host_class *next;
};

/* A signal that was emitted. */
struct host_emission {
    char name[96];
    size_t count;
    struct variant arguments[HOST_ARGUMENTS_MAX];
};

struct host_object {
    uint32_t mark;
    char base[64];            /* a class of the engine */
    struct host_class *class; /* of the extension */
    void *instance;
    int references; /* in variants, for objects that live as long as somebody refers to them; -1 for others */
    struct host_emission *emissions;
    size_t emission_count;
    void (*connected)(struct host_object *object, const struct host_emission *emission); /* null: nothing */
    struct host_object *next;
};

/* Pretends that the engine lacks a function of the interface; null: it has all. Counts for the next host_load. */
void host_lacks(const char *function);

/* Loads the extension and initialises it. False: its entry function refused. */
bool host_load(const char *path);

/* Deinitialises and unloads it, and looks that nothing is left. */
void host_unload(void);

/* The errors and warnings that were shown since the last host_forget_errors: how many, and the last one's text. */
int host_error_count(void);
const char *host_last_error(void);
void host_forget_errors(void);

struct host_class *host_class_find(const char *name);
const struct host_method *host_method_find(const struct host_class *class, const char *name);
const struct host_signal *host_signal_find(const struct host_class *class, const char *name);
const struct host_constant *host_constant_find(const struct host_class *class, const char *name);

/* What Engine.register_singleton made known; null: nothing. */
struct host_object *host_singleton(const char *name);

/* Lets a frame pass: calls what is connected to the main loop's signal process_frame. */
void host_frame(void);

/* Makes an object as a script does with Class.new(). The result belongs to the caller. */
struct variant host_new(const char *class_name);

/*
 * Calls a method as a script does. The arguments are moved. typed: the way for scripts that know the types, which is
 * taken when the types are those that the method shows; the engine then adds defaults itself.
 */
struct variant host_call(struct host_object *object, const char *method, size_t count, struct variant *arguments,
                         bool typed);

/* Forgets the signals that an object has emitted. */
void host_forget_emissions(struct host_object *object);

/* The function behind a virtual one of the object's base; null: the extension has none. */
gdextension_virtual_function *host_virtual(struct host_object *object, const char *name);

#endif
