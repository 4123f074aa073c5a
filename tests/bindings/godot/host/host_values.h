/*
 * The values of a pretended engine: variants and the types in them, as GDExtension's interface lets an extension see
 * them.
 *
 * The idea: everything that is made is counted and marked, so that a test fails when the extension forgets to destroy a
 * value, destroys it twice, reads what was destroyed, or takes one type for another. Strings, StringNames, arrays,
 * dictionaries and byte arrays are shared by reference counts, as in the engine; byte arrays are copied when one of
 * several holders writes. A failed check ends the program.
 */
#ifndef FUMAROLE_TESTS_GODOT_HOST_VALUES_H
#define FUMAROLE_TESTS_GODOT_HOST_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdextension_interface.h"

/* A variant: mark and type in the first word, what it holds in the second. The size is the engine's. */
struct variant {
    uint64_t words[3];
};

_Noreturn void host_abort(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define HOST_CHECK(condition)                                                                                          \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            host_abort("%s:%d: %s", __FILE__, __LINE__, #condition);                                                   \
    } while (0)

/* Making. What is passed by value is moved: it belongs to the callee. */
struct variant v_nil(void);
struct variant v_bool(bool truth);
struct variant v_int(int64_t integer);
struct variant v_float(double real);
struct variant v_text(const char *text);
struct variant v_name(const char *text);
struct variant v_bytes(const void *data, size_t size);
struct variant v_array(void);
struct variant v_dictionary(void);
struct variant v_object(void *object);
struct variant v_copy(const struct variant *variant);
struct variant v_list(size_t count, const struct variant *elements); /* an array; the elements are moved */
void v_append(struct variant *array, struct variant element);
void v_put(struct variant *dictionary, struct variant key, struct variant element);
void v_free(struct variant *variant);

/* Looking. Asking for what a variant does not hold ends the program. */
int v_type(const struct variant *variant);
bool v_is_true(const struct variant *variant); /* as the engine's if does */
int64_t v_as_int(const struct variant *variant);
double v_as_float(const struct variant *variant);
const char *v_as_text(const struct variant *variant);
const void *v_as_bytes(const struct variant *variant, size_t *size);
void *v_as_object(const struct variant *variant);
const char *v_as_callable(const struct variant *variant, void **object, size_t *bound); /* the method's name */
size_t v_count(const struct variant *variant);
const struct variant *v_at(const struct variant *array, size_t index);
const struct variant *v_key_at(const struct variant *dictionary, size_t index);
const struct variant *v_get(const struct variant *dictionary, const char *key); /* null: not there */

/* StringNames and Strings outside of variants. */
void host_name_make(void *fresh_name, const char *text);
void host_name_free(void *name);
const char *host_name_text(const void *name);
void host_string_make(void *fresh_string, const char *text, size_t length);
void host_string_free(void *string);
const char *host_string_text(const void *string);

/* Bare values of a type, nil standing for a variant. */
void host_typed_from_variant(int type, void *fresh, const struct variant *variant);
void host_variant_from_typed(int type, struct variant *fresh, const void *typed);
void host_typed_free(int type, void *typed);

/* What the interface offers for values: functions by name; null if it is not one of these. */
gdextension_function host_value_function(const char *name);

/* How many values of the shared kinds live; prints them when there are any. */
long host_living_values(void);

/* Filled in by the classes' side: counts references to objects in variants, and calls a method of an object. */
extern void (*host_object_referenced)(void *object, int change);
extern bool (*host_object_call)(void *object, const char *method, const struct variant *const *arguments, int64_t count,
                                struct variant *result);

#endif
