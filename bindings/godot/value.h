/*
 * Values as the binding's own code sees them: what a program in the engine passes in, and what it gets back.
 *
 * The idea: code that speaks to the library never touches a type of the engine. Arguments are turned into these values
 * before a method runs, and its result is turned into the engine's own type afterwards, both in one place of each
 * engine's side (engine.h). A value owns what is in it: texts, bytes and the values inside it. Plain C; any thread.
 */
#ifndef FUMAROLE_GODOT_VALUE_H
#define FUMAROLE_GODOT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
    VALUE_NIL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_ARRAY,
    VALUE_DICTIONARY,
    VALUE_OTHER, /* anything else that the engine knows: vectors, objects, ... */
};

/* A set of types: VALUE_BIT(VALUE_INT) | VALUE_BIT(VALUE_STRING). */
#define VALUE_BIT(type) (1u << (type))

struct value {
    enum value_type type;
    bool owned; /* string: `text` is freed with the value; otherwise it lives forever */
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct {
            const char *text; /* UTF-8 with a terminating zero, never null */
            size_t length;    /* without it; an engine's text may hold zero bytes before that */
        } string;
        struct {
            const uint8_t *data;
            size_t size;
            void (*release)(void *owner); /* gives the bytes back; null: they live forever */
            void *owner;
        } bytes;
        struct value_list *list; /* array: its elements; null when there are none */
        struct value_list *map;  /* dictionary: key, value, key, value and so on; null when there are none */
    };
};

/* The contents of an array, or of a dictionary. Reached through the functions below. */
struct value_list {
    size_t count; /* of values in `values` */
    size_t room;
    struct value values[];
};

/* ---------------------------------------------------------------------------------------------------------- making */

struct value value_nil(void);
struct value value_bool(bool boolean);
struct value value_int(int64_t integer);
struct value value_float(double real);

/* A text that lives forever, such as a literal. Never null. */
struct value value_literal(const char *text);

/* A copy of a text. Null and failing memory give the empty one. */
struct value value_string(const char *text);
struct value value_string_of_length(const char *text, size_t length);

/* A copy of bytes. */
struct value value_bytes(const void *data, size_t size);

/* Bytes of somebody else, who is called with `owner` when they are no longer needed. */
struct value value_borrowed_bytes(const void *data, size_t size, void (*release)(void *owner), void *owner);

struct value value_array(void);
struct value value_dictionary(void);

/* The empty value of a type: nil, false, 0, "", no bytes, an array or dictionary with nothing in it. */
struct value value_empty(enum value_type type);

/* Adds an element to an array, which owns it from then on. When memory is short it is freed instead. */
void value_append(struct value *array, struct value element);

/* Adds a pair to a dictionary, which owns both from then on. Does not look whether the key is there already. The key of
   value_put must live forever. */
void value_put(struct value *dictionary, const char *key, struct value element);
void value_put_pair(struct value *dictionary, struct value key, struct value element);

/* Frees what a value owns and makes it nil. */
void value_free(struct value *value);

/* ------------------------------------------------------------------------------------------------------- inspecting */

/* How many elements an array, or pairs a dictionary has; 0 for everything else. */
size_t value_count(const struct value *value);

/* An element of an array. The index must be below value_count. */
const struct value *value_element(const struct value *array, size_t index);

/* A pair of a dictionary, in the order of the engine. The index must be below value_count. */
const struct value *value_key(const struct value *dictionary, size_t index);
const struct value *value_at(const struct value *dictionary, size_t index);

/* The name that a program in the engine knows the type by: "int", "String", ... */
const char *value_type_name(enum value_type type);

/*
 * Reads a number as an integer: an int; a float without a fraction; a bool as 0 or 1. False for everything else, for
 * floats beyond 64 bits, and for those with a fraction.
 */
bool value_to_integer(const struct value *value, int64_t *integer);

/* Reads a number, or a bool, as a float. */
bool value_to_real(const struct value *value, double *real);

#endif
