/*
 * Classes that programs in the engine use, described by tables.
 *
 * The idea: a class is data, a list of methods with their parameters, signals and constants. One function, class_call,
 * checks every call against its method's parameters before the method runs, so that a wrong argument is reported in one
 * way everywhere: as an error of the engine that names the function, the argument, what was expected and what was
 * given; the program goes on with the empty value that the method's documentation names. Descriptions are constant and
 * live forever.
 */
#ifndef FUMAROLE_GODOT_CLASS_H
#define FUMAROLE_GODOT_CLASS_H

#include "generated/constants.h"
#include "value.h"

#define CLASS_PARAMETERS_MAX       6
#define CLASS_SIGNAL_ARGUMENTS_MAX 6

/* The engine's object that an instance belongs to: what signals come from. Opaque here. */
struct engine_object;

/*
 * What a parameter takes. Numbers are taken as value_to_integer and value_to_real read them, and reach the method as
 * the type that is asked for; an array of the engine stands for bytes if it holds numbers. Ranges are part of the type.
 */
enum class_type {
    CLASS_END = 0, /* no parameter: the end of the list */
    CLASS_BOOL,
    CLASS_INT32,
    CLASS_UINT32, /* handles among them */
    CLASS_UINT16, /* ports */
    CLASS_INT64,  /* also what the engine shows as a negative number because it has no unsigned ones */
    CLASS_FLOAT,
    CLASS_STRING,
    CLASS_BYTES,
    CLASS_ARRAY,
    CLASS_DICTIONARY,
    CLASS_OPTIONS,  /* an Array or a Dictionary */
    CLASS_IDENTITY, /* a String or an int */
    CLASS_ANY,      /* the method looks itself */
};

struct class_parameter {
    const char *name;
    enum class_type type;
    bool optional;       /* may be left out, like all that follow; it is then the default */
    int32_t default_int; /* the default of a number or bool; everything else has its empty value */
};

struct class_call;

/* What is done around the functions of many methods: `enter` before, `leave` after. When `enter` says no, neither the
   function nor `leave` is called, and the result is empty. */
struct class_guard {
    bool (*enter)(void);
    void (*leave)(void);
};

struct class_method {
    const char *name;
    enum value_type result; /* the type of the result, and with its empty value what a wrong call gives; VALUE_OTHER:
                               not always of one type */
    /* `arguments` has as many values as the method has parameters, all of the right type, and belongs to the caller.
       The result belongs to the caller too. */
    struct value (*function)(struct class_call *call, const struct value *arguments);
    struct class_parameter parameters[CLASS_PARAMETERS_MAX]; /* up to the first CLASS_END */
    const struct class_guard *guard;                         /* null: none */
    int64_t refusal; /* what a wrong call gives if the result is an int: 0, or an error number where 0 means success */
};

/* What a running method knows of its call. */
struct class_call {
    const struct class_method *method;
    const struct value *arguments;
    void *instance; /* what `create` returned */
    int given;      /* how many arguments the program passed */
    bool failed;    /* class_refuse or class_fail was called */
};

struct class_argument {
    const char *name;
    enum value_type type;
};

struct class_signal {
    const char *name;
    struct class_argument arguments[CLASS_SIGNAL_ARGUMENTS_MAX]; /* up to the first without a name */
};

/* Methods that belong together, as one file describes them. */
struct class_methods {
    const struct class_method *methods;
    size_t count;
};

struct class_description {
    const char *name;
    const char *base;                           /* a class of the engine */
    const struct class_methods *const *methods; /* up to the first null */
    const struct class_signal *signals;
    size_t signal_count;
    const struct steam_constant *constants; /* a name is in one enumeration only */
    size_t constant_count;
    /* Makes what belongs to one object. Null means failure; the object is then there, and its methods report that. */
    void *(*create)(struct engine_object *object);
    void (*destroy)(void *instance);
};

/* How many parameters a method has, and how many of them must be given. */
int class_parameter_count(const struct class_method *method);
int class_required_count(const struct class_method *method);

/* The type by which the engine may show a parameter to people. CLASS_OPTIONS, CLASS_IDENTITY and CLASS_ANY: nil. */
enum value_type class_shown_type(enum class_type type);

/*
 * Calls a method. `variants` are `count` pointers to values of the engine, which engine.h reads. Every failure to check
 * has been reported when it returns; the result is then empty. The result belongs to the caller.
 */
struct value class_call(const struct class_method *method, void *instance, const void *const *variants, int count);

/*
 * For a method that finds out itself that an argument will not do. Reports it like class_call does, once for each call.
 * index: which argument, from 0; expected: in words. Returns the empty value of the method's result.
 */
struct value class_refuse(struct class_call *call, int index, const char *expected);

/* The same for something that is not about one argument. The format is printf's. */
struct value class_fail(struct class_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
