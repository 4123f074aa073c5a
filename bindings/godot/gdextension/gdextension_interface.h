/*
 * What this binding needs of the interface between Godot 4 and its extensions (GDExtension, as of engine version 4.2).
 *
 * The engine publishes the interface as names, with the signature of the function behind each; an extension asks for
 * them by name when it is loaded. These are our own declarations of the part that is used here. Types of the engine are
 * opaque memory; a pointer says what it points at by its name:
 *
 *     variant       24 bytes, or 40 in an engine built for double precision
 *     string        a String, 8 bytes          name        a StringName, 8 bytes
 *     array         an Array, 8 bytes          dictionary  a Dictionary, 8 bytes
 *     bytes         a PackedByteArray, 16 bytes  callable   a Callable, 16 bytes
 *     typed         a value of a type that is known otherwise: one of these, an int64_t, a double, a uint8_t (bool)
 *     object        the address of an object of the engine
 *
 * Parameters called `fresh` point at memory that holds no value yet and receives one, to be destroyed by the caller.
 */
#ifndef FUMAROLE_GODOT_GDEXTENSION_INTERFACE_H
#define FUMAROLE_GODOT_GDEXTENSION_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

/* ----------------------------------------------------------------------------------------------------- enumerations */

/* The types of a variant, with the numbers of the engine; those without a name here are not used. */
enum gdextension_type {
    GDEXTENSION_NIL = 0,
    GDEXTENSION_BOOL = 1,
    GDEXTENSION_INT = 2,
    GDEXTENSION_FLOAT = 3,
    GDEXTENSION_STRING = 4,
    GDEXTENSION_STRING_NAME = 21,
    GDEXTENSION_NODE_PATH = 22,
    GDEXTENSION_OBJECT = 24,
    GDEXTENSION_CALLABLE = 25,
    GDEXTENSION_DICTIONARY = 27,
    GDEXTENSION_ARRAY = 28,
    GDEXTENSION_PACKED_BYTE_ARRAY = 29,
    GDEXTENSION_PACKED_INT32_ARRAY = 30,
    GDEXTENSION_PACKED_FLOAT64_ARRAY = 33,
    GDEXTENSION_PACKED_COLOR_ARRAY = 37,
    GDEXTENSION_PACKED_VECTOR4_ARRAY = 38, /* from 4.3 on; after it comes nothing */
    GDEXTENSION_TYPE_COUNT = 39,
};

enum gdextension_level {
    GDEXTENSION_LEVEL_CORE = 0,
    GDEXTENSION_LEVEL_SERVERS = 1,
    GDEXTENSION_LEVEL_SCENE = 2,
    GDEXTENSION_LEVEL_EDITOR = 3,
};

enum gdextension_call_problem {
    GDEXTENSION_CALL_OK = 0,
    GDEXTENSION_CALL_INVALID_METHOD = 1,
    GDEXTENSION_CALL_INVALID_ARGUMENT = 2,
    GDEXTENSION_CALL_TOO_MANY_ARGUMENTS = 3,
    GDEXTENSION_CALL_TOO_FEW_ARGUMENTS = 4,
    GDEXTENSION_CALL_INSTANCE_IS_NULL = 5,
    GDEXTENSION_CALL_METHOD_NOT_CONST = 6,
};

#define GDEXTENSION_METHOD_NORMAL 1u

/* Which C type an int of an argument is meant to hold. */
enum gdextension_metadata {
    GDEXTENSION_METADATA_NONE = 0,
    GDEXTENSION_METADATA_INT32 = 3,
    GDEXTENSION_METADATA_INT64 = 4,
    GDEXTENSION_METADATA_UINT16 = 6,
    GDEXTENSION_METADATA_UINT32 = 7,
    GDEXTENSION_METADATA_DOUBLE = 10,
};

/* Of the class documentation's PropertyUsageFlags: what an argument has, and "of type nil" meaning "of any type". */
#define GDEXTENSION_USAGE_DEFAULT        6u
#define GDEXTENSION_USAGE_NIL_IS_VARIANT 131072u

/* ------------------------------------------------------------------------------------------------------- structures */

struct gdextension_version {
    uint32_t major;
    uint32_t minor;
    uint32_t patch;
    const char *text;
};

struct gdextension_call_error {
    int32_t problem; /* an enum gdextension_call_problem */
    int32_t argument;
    int32_t expected;
};

/* What is known of an argument or a result. The three pointers must not be null. */
struct gdextension_property {
    int32_t type;
    void *name;
    void *class_name;
    uint32_t hint;
    void *hint_string; /* a string */
    uint32_t usage;
};

/* A method of an extension's class. The call functions: see below. */
struct gdextension_method {
    void *name;
    void *userdata;
    void (*call)(void *userdata, void *instance, const void *const *variants, int64_t count, void *result_variant,
                 struct gdextension_call_error *error);
    /* The same with as many typed values as there are arguments. `typed_result` holds a value already, or is null. */
    void (*typed_call)(void *userdata, void *instance, const void *const *typed, void *typed_result);
    uint32_t flags;
    uint8_t has_result;
    struct gdextension_property *result;
    int32_t result_metadata;
    uint32_t argument_count;
    struct gdextension_property *arguments;
    int32_t *argument_metadata;
    uint32_t default_count; /* the last so many arguments may be left out */
    void **defaults;        /* variants */
};

/* A virtual function of a class of the engine, implemented by an extension's class. */
typedef void gdextension_virtual_function(void *instance, const void *const *typed, void *typed_result);

/* A class that an extension adds. Members called unused are pointers to functions that may be null. */
struct gdextension_class {
    uint8_t is_virtual;
    uint8_t is_abstract;
    uint8_t is_exposed;
    void (*unused_set)(void);
    void (*unused_get)(void);
    void (*unused_get_property_list)(void);
    void (*unused_free_property_list)(void);
    void (*unused_property_can_revert)(void);
    void (*unused_property_get_revert)(void);
    void (*unused_validate_property)(void);
    void (*unused_notification)(void);
    void (*unused_to_string)(void);
    void (*unused_reference)(void);
    void (*unused_unreference)(void);
    void *(*create)(void *userdata); /* returns the object */
    void (*destroy)(void *userdata, void *instance);
    void (*unused_recreate)(void);
    gdextension_virtual_function *(*find_virtual)(void *userdata, const void *name);
    void (*unused_find_virtual_data)(void);
    void (*unused_call_virtual)(void);
    void (*unused_get_rid)(void);
    void *userdata;
};

/* What the entry function fills in: the functions are called once for every level from `minimum` on. */
struct gdextension_initialization {
    int32_t minimum; /* an enum gdextension_level */
    void *userdata;
    void (*initialize)(void *userdata, int32_t level);
    void (*deinitialize)(void *userdata, int32_t level);
};

/* -------------------------------------------------------------------------------------------------------- functions */

typedef void (*gdextension_function)(void);
typedef gdextension_function (*gdextension_find_function)(const char *name);

/* The signature of an extension's entry function; `library` is handed back with everything that is registered. */
typedef uint8_t gdextension_entry(gdextension_find_function find, void *library,
                                  struct gdextension_initialization *initialization);

/* Copies a variant's value out of it, or makes a variant of a value. */
typedef void gdextension_convert(void *fresh, void *source);

/* Constructors and destructors of the types. */
typedef void gdextension_construct(void *fresh, const void *const *typed);
typedef void gdextension_destruct(void *typed);

/*
 * The functions that are used, as FUNCTION(result, name, parameters). Notes:
 *
 * print_*                        description, message, function, file, line, whether the editor is to show it
 * variant_call                   calls a method of what is in `variant`, by its name; `result` is fresh
 * variant_iter_*                 for each element: `iterator` and `element` are variants, `iterator` and `element`
 *                                fresh; iter_init and iter_next say whether there is one more
 * variant_get_keyed              copies the element of a container; `element` is fresh
 * string_to_utf8_chars           writes at most `room` bytes without a terminating zero; returns how many there are
 * string_name_new_with_latin1_chars  `forever`: whether the text outlives the engine, which then keeps it
 * *_operator_index               the address of an element of a container; for a dictionary it is made if it is not
 * there object_set_instance            tells the engine whose extension's instance belongs to an object
 */
#define GDEXTENSION_FUNCTIONS(FUNCTION)                                                                                \
    FUNCTION(void, print_error_with_message,                                                                           \
             (const char *description, const char *message, const char *function, const char *file, int32_t line,      \
              uint8_t notify))                                                                                         \
    FUNCTION(void, print_warning_with_message,                                                                         \
             (const char *description, const char *message, const char *function, const char *file, int32_t line,      \
              uint8_t notify))                                                                                         \
    FUNCTION(void, variant_new_nil, (void *fresh))                                                                     \
    FUNCTION(void, variant_new_copy, (void *fresh, const void *variant))                                               \
    FUNCTION(void, variant_destroy, (void *variant))                                                                   \
    FUNCTION(int32_t, variant_get_type, (const void *variant))                                                         \
    FUNCTION(void, variant_call,                                                                                       \
             (void *variant, const void *name, const void *const *variants, int64_t count, void *result,               \
              struct gdextension_call_error *error))                                                                   \
    FUNCTION(uint8_t, variant_iter_init, (const void *variant, void *iterator, uint8_t *valid))                        \
    FUNCTION(uint8_t, variant_iter_next, (const void *variant, void *iterator, uint8_t *valid))                        \
    FUNCTION(void, variant_iter_get, (const void *variant, void *iterator, void *element, uint8_t *valid))             \
    FUNCTION(void, variant_get_keyed, (const void *variant, const void *key, void *element, uint8_t *valid))           \
    FUNCTION(void, variant_stringify, (const void *variant, void *fresh_string))                                       \
    FUNCTION(gdextension_convert *, get_variant_from_type_constructor, (int32_t type))                                 \
    FUNCTION(gdextension_convert *, get_variant_to_type_constructor, (int32_t type))                                   \
    FUNCTION(gdextension_construct *, variant_get_ptr_constructor, (int32_t type, int32_t number))                     \
    FUNCTION(gdextension_destruct *, variant_get_ptr_destructor, (int32_t type))                                       \
    FUNCTION(void, string_new_with_utf8_chars_and_len, (void *fresh, const char *text, int64_t length))                \
    FUNCTION(int64_t, string_to_utf8_chars, (const void *string, char *text, int64_t room))                            \
    FUNCTION(void, string_name_new_with_latin1_chars, (void *fresh, const char *text, uint8_t forever))                \
    FUNCTION(uint8_t *, packed_byte_array_operator_index, (void *bytes, int64_t index))                                \
    FUNCTION(const uint8_t *, packed_byte_array_operator_index_const, (const void *bytes, int64_t index))              \
    FUNCTION(void *, array_operator_index, (void *array, int64_t index))                                               \
    FUNCTION(void *, dictionary_operator_index, (void *dictionary, const void *key_variant))                           \
    FUNCTION(void *, global_get_singleton, (const void *name))                                                         \
    FUNCTION(void *, classdb_construct_object, (const void *name))                                                     \
    FUNCTION(void, object_set_instance, (void *object, const void *class_name, void *instance))                        \
    FUNCTION(void, object_destroy, (void *object))                                                                     \
    FUNCTION(void, classdb_register_extension_class2,                                                                  \
             (void *library, const void *name, const void *base, const struct gdextension_class *description))         \
    FUNCTION(void, classdb_register_extension_class_method,                                                            \
             (void *library, const void *class_name, const struct gdextension_method *method))                         \
    FUNCTION(void, classdb_register_extension_class_integer_constant,                                                  \
             (void *library, const void *class_name, const void *enumeration, const void *name, int64_t number,        \
              uint8_t bits))                                                                                           \
    FUNCTION(void, classdb_register_extension_class_signal,                                                            \
             (void *library, const void *class_name, const void *name, const struct gdextension_property *arguments,   \
              int64_t count))                                                                                          \
    FUNCTION(void, classdb_unregister_extension_class, (void *library, const void *name))

#endif
