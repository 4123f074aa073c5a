#include "host_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_NAME, KIND_CALLABLE, KIND_BYTES, KIND_ARRAY, KIND_DICTIONARY, KINDS };

static const char *const kind_names[KINDS] = {"String",          "StringName", "Callable",
                                              "PackedByteArray", "Array",      "Dictionary"};

#define SHARED_MARK  0x53484152u
#define VARIANT_MARK 0x56415254u
#define DESTROYED    UINT64_C(0xdddddddddddddddd)

/* What several values may refer to. Texts end with a zero; a dictionary has its keys at even places; a Callable is the
   name of a method, whose bound arguments are counted. */
struct shared {
    uint32_t mark;
    enum kind kind;
    int references;
    size_t count;
    union {
        char *text;
        uint8_t *bytes;
        struct variant *elements;
    };
    void *object;                   /* of a Callable; not held */
    struct shared *next, *previous; /* all that live */
};

static struct shared living = {.next = &living, .previous = &living};

void (*host_object_referenced)(void *object, int change);
bool (*host_object_call)(void *object, const char *method, const struct variant *const *arguments, int64_t count,
                         struct variant *result);

void host_abort(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "host: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    abort();
}

/* ---------------------------------------------------------------------------------------------------------- sharing */

static struct shared *shared_make(enum kind kind)
{
    struct shared *shared = calloc(1, sizeof *shared);
    HOST_CHECK(shared);
    shared->mark = SHARED_MARK;
    shared->kind = kind;
    shared->references = 1;
    shared->next = &living;
    shared->previous = living.previous;
    living.previous->next = shared;
    living.previous = shared;
    return shared;
}

static struct shared *shared_check(void *pointer, enum kind kind)
{
    struct shared *shared = pointer;
    if (!shared || shared->mark != SHARED_MARK || shared->references <= 0)
        host_abort("%p is no living %s", pointer, kind_names[kind]);
    if (shared->kind != kind)
        host_abort("a %s was taken for a %s", kind_names[shared->kind], kind_names[kind]);
    return shared;
}

static struct shared *shared_hold(struct shared *shared)
{
    shared->references++;
    return shared;
}

static void shared_drop(struct shared *shared)
{
    HOST_CHECK(shared->references > 0);
    if (--shared->references > 0)
        return;
    if (shared->kind == KIND_ARRAY || shared->kind == KIND_DICTIONARY)
        for (size_t i = 0; i < shared->count; i++)
            v_free(&shared->elements[i]);
    free(shared->text);
    shared->previous->next = shared->next;
    shared->next->previous = shared->previous;
    shared->mark = 0;
    free(shared);
}

static struct shared *text_make(enum kind kind, const char *text, size_t length)
{
    struct shared *shared = shared_make(kind);
    shared->text = malloc(length + 1);
    HOST_CHECK(shared->text);
    memcpy(shared->text, text, length);
    shared->text[length] = '\0';
    shared->count = length;
    return shared;
}

/* A name is there once for each text. */
static struct shared *name_make(const char *text)
{
    for (struct shared *shared = living.next; shared != &living; shared = shared->next)
        if (shared->kind == KIND_NAME && strcmp(shared->text, text) == 0)
            return shared_hold(shared);
    return text_make(KIND_NAME, text, strlen(text));
}

static void list_resize(struct shared *shared, size_t count)
{
    for (size_t i = count; i < shared->count; i++)
        v_free(&shared->elements[i]);
    shared->elements = realloc(shared->elements, (count + 1) * sizeof shared->elements[0]);
    HOST_CHECK(shared->elements);
    for (size_t i = shared->count; i < count; i++)
        shared->elements[i] = v_nil();
    shared->count = count;
}

long host_living_values(void)
{
    long count = 0;
    for (struct shared *shared = living.next; shared != &living; shared = shared->next, count++)
        if (shared->kind == KIND_TEXT || shared->kind == KIND_NAME)
            fprintf(stderr, "host: still there: %s \"%s\", %d references\n", kind_names[shared->kind], shared->text,
                    shared->references);
        else
            fprintf(stderr, "host: still there: %s of %zu, %d references\n", kind_names[shared->kind], shared->count,
                    shared->references);
    return count;
}

/* --------------------------------------------------------------------------------------------------------- variants */

static struct variant variant_make(int type, uint64_t word)
{
    return (struct variant){{(uint64_t)VARIANT_MARK << 32 | (uint32_t)type, word, 0}};
}

int v_type(const struct variant *variant)
{
    if (variant->words[0] >> 32 != VARIANT_MARK)
        host_abort("%p is no variant%s", (const void *)variant,
                   variant->words[0] == DESTROYED ? ": it was destroyed" : "");
    return (int)(uint32_t)variant->words[0];
}

/* Which kind of shared value a type holds; KINDS: none. */
static enum kind kind_of(int type)
{
    switch (type) {
    case GDEXTENSION_STRING:
        return KIND_TEXT;
    case GDEXTENSION_STRING_NAME:
        return KIND_NAME;
    case GDEXTENSION_CALLABLE:
        return KIND_CALLABLE;
    case GDEXTENSION_PACKED_BYTE_ARRAY:
        return KIND_BYTES;
    case GDEXTENSION_ARRAY:
        return KIND_ARRAY;
    case GDEXTENSION_DICTIONARY:
        return KIND_DICTIONARY;
    default:
        return KINDS;
    }
}

static struct shared *variant_shared(const struct variant *variant, int type)
{
    if (v_type(variant) != type)
        host_abort("a variant of type %d was taken for one of type %d", v_type(variant), type);
    return shared_check((void *)(uintptr_t)variant->words[1], kind_of(type));
}

static struct variant variant_of_shared(int type, struct shared *shared)
{
    return variant_make(type, (uint64_t)(uintptr_t)shared);
}

struct variant v_nil(void)
{
    return variant_make(GDEXTENSION_NIL, 0);
}

struct variant v_bool(bool truth)
{
    return variant_make(GDEXTENSION_BOOL, truth);
}

struct variant v_int(int64_t integer)
{
    return variant_make(GDEXTENSION_INT, (uint64_t)integer);
}

struct variant v_float(double real)
{
    struct variant variant = variant_make(GDEXTENSION_FLOAT, 0);
    memcpy(&variant.words[1], &real, sizeof real);
    return variant;
}

struct variant v_text(const char *text)
{
    return variant_of_shared(GDEXTENSION_STRING, text_make(KIND_TEXT, text, strlen(text)));
}

struct variant v_name(const char *text)
{
    return variant_of_shared(GDEXTENSION_STRING_NAME, name_make(text));
}

struct variant v_bytes(const void *data, size_t size)
{
    return variant_of_shared(GDEXTENSION_PACKED_BYTE_ARRAY, text_make(KIND_BYTES, size > 0 ? data : "", size));
}

struct variant v_array(void)
{
    return variant_of_shared(GDEXTENSION_ARRAY, shared_make(KIND_ARRAY));
}

struct variant v_dictionary(void)
{
    return variant_of_shared(GDEXTENSION_DICTIONARY, shared_make(KIND_DICTIONARY));
}

struct variant v_object(void *object)
{
    if (object)
        host_object_referenced(object, 1);
    return variant_make(GDEXTENSION_OBJECT, (uint64_t)(uintptr_t)object);
}

struct variant v_copy(const struct variant *variant)
{
    int type = v_type(variant);
    if (kind_of(type) != KINDS)
        shared_hold(variant_shared(variant, type));
    else if (type == GDEXTENSION_OBJECT && variant->words[1])
        host_object_referenced(v_as_object(variant), 1);
    return *variant;
}

void v_free(struct variant *variant)
{
    int type = v_type(variant);
    struct variant freed = *variant;
    memset(variant, 0xdd, sizeof *variant);
    if (kind_of(type) != KINDS)
        shared_drop(variant_shared(&freed, type));
    else if (type == GDEXTENSION_OBJECT && freed.words[1])
        host_object_referenced(v_as_object(&freed), -1);
}

struct variant v_list(size_t count, const struct variant *elements)
{
    struct variant array = v_array();
    for (size_t i = 0; i < count; i++)
        v_append(&array, elements[i]);
    return array;
}

void v_append(struct variant *array, struct variant element)
{
    struct shared *shared = variant_shared(array, GDEXTENSION_ARRAY);
    list_resize(shared, shared->count + 1);
    shared->elements[shared->count - 1] = element;
}

static bool is_same_key(const struct variant *one, const struct variant *other)
{
    bool is_text = v_type(one) == GDEXTENSION_STRING || v_type(one) == GDEXTENSION_STRING_NAME;
    bool other_is_text = v_type(other) == GDEXTENSION_STRING || v_type(other) == GDEXTENSION_STRING_NAME;
    if (is_text || other_is_text)
        return is_text && other_is_text && strcmp(v_as_text(one), v_as_text(other)) == 0;
    return v_type(one) == v_type(other) && one->words[1] == other->words[1];
}

/* The place of the value under a key; null: not there. */
static struct variant *find(struct shared *dictionary, const struct variant *key)
{
    for (size_t i = 0; i < dictionary->count; i += 2)
        if (is_same_key(&dictionary->elements[i], key))
            return &dictionary->elements[i + 1];
    return NULL;
}

static struct variant *find_or_add(struct shared *dictionary, const struct variant *key)
{
    struct variant *found = find(dictionary, key);
    if (found)
        return found;
    list_resize(dictionary, dictionary->count + 2);
    dictionary->elements[dictionary->count - 2] = v_copy(key);
    return &dictionary->elements[dictionary->count - 1];
}

void v_put(struct variant *dictionary, struct variant key, struct variant element)
{
    struct variant *place = find_or_add(variant_shared(dictionary, GDEXTENSION_DICTIONARY), &key);
    v_free(place);
    *place = element;
    v_free(&key);
}

bool v_is_true(const struct variant *variant)
{
    if (v_type(variant) == GDEXTENSION_FLOAT)
        return v_as_float(variant) != 0;
    return kind_of(v_type(variant)) != KINDS ? v_count(variant) > 0 : variant->words[1] != 0;
}

int64_t v_as_int(const struct variant *variant)
{
    if (v_type(variant) != GDEXTENSION_INT && v_type(variant) != GDEXTENSION_BOOL)
        host_abort("a variant of type %d was taken for an int", v_type(variant));
    return (int64_t)variant->words[1];
}

double v_as_float(const struct variant *variant)
{
    double real;
    HOST_CHECK(v_type(variant) == GDEXTENSION_FLOAT);
    memcpy(&real, &variant->words[1], sizeof real);
    return real;
}

const char *v_as_text(const struct variant *variant)
{
    int type = v_type(variant) == GDEXTENSION_STRING_NAME ? GDEXTENSION_STRING_NAME : GDEXTENSION_STRING;
    return variant_shared(variant, type)->text;
}

const void *v_as_bytes(const struct variant *variant, size_t *size)
{
    struct shared *shared = variant_shared(variant, GDEXTENSION_PACKED_BYTE_ARRAY);
    *size = shared->count;
    return shared->bytes;
}

void *v_as_object(const struct variant *variant)
{
    HOST_CHECK(v_type(variant) == GDEXTENSION_OBJECT);
    return (void *)(uintptr_t)variant->words[1];
}

const char *v_as_callable(const struct variant *variant, void **object, size_t *bound)
{
    struct shared *shared = variant_shared(variant, GDEXTENSION_CALLABLE);
    *object = shared->object;
    *bound = shared->count;
    return shared->text;
}

size_t v_count(const struct variant *variant)
{
    int type = v_type(variant);
    if (kind_of(type) == KINDS)
        host_abort("a variant of type %d has no length", type);
    return variant_shared(variant, type)->count / (type == GDEXTENSION_DICTIONARY ? 2 : 1);
}

const struct variant *v_at(const struct variant *array, size_t index)
{
    struct shared *shared = variant_shared(array, GDEXTENSION_ARRAY);
    HOST_CHECK(index < shared->count);
    return &shared->elements[index];
}

const struct variant *v_key_at(const struct variant *dictionary, size_t index)
{
    struct shared *shared = variant_shared(dictionary, GDEXTENSION_DICTIONARY);
    HOST_CHECK(2 * index < shared->count);
    return &shared->elements[2 * index];
}

const struct variant *v_get(const struct variant *dictionary, const char *key)
{
    struct variant wanted = v_text(key);
    const struct variant *found = find(variant_shared(dictionary, GDEXTENSION_DICTIONARY), &wanted);
    v_free(&wanted);
    return found;
}

/* -------------------------------------------------------------------------------------------------- values of a type
 */

/* Where a bare value keeps its shared part: one of 16 bytes in its second word, everything else in its first. */
static void **shared_place(enum kind kind, const void *typed)
{
    return (void **)typed + (kind == KIND_BYTES || kind == KIND_CALLABLE ? 1 : 0);
}

static struct shared *typed_shared(enum kind kind, const void *typed)
{
    return shared_check(*shared_place(kind, typed), kind);
}

static void typed_store(enum kind kind, void *fresh, struct shared *shared)
{
    if (kind == KIND_BYTES || kind == KIND_CALLABLE)
        *(void **)fresh = NULL;
    *shared_place(kind, fresh) = shared;
}

static void typed_drop(enum kind kind, void *typed)
{
    struct shared *shared = typed_shared(kind, typed);
    *shared_place(kind, typed) = (void *)(uintptr_t)DESTROYED;
    shared_drop(shared);
}

void host_name_make(void *fresh_name, const char *text)
{
    typed_store(KIND_NAME, fresh_name, name_make(text));
}

void host_name_free(void *name)
{
    typed_drop(KIND_NAME, name);
}

const char *host_name_text(const void *name)
{
    return typed_shared(KIND_NAME, name)->text;
}

void host_string_make(void *fresh_string, const char *text, size_t length)
{
    typed_store(KIND_TEXT, fresh_string, text_make(KIND_TEXT, text, length));
}

void host_string_free(void *string)
{
    typed_drop(KIND_TEXT, string);
}

const char *host_string_text(const void *string)
{
    return typed_shared(KIND_TEXT, string)->text;
}

void host_typed_from_variant(int type, void *fresh, const struct variant *variant)
{
    if (type == GDEXTENSION_NIL)
        *(struct variant *)fresh = v_copy(variant);
    else if (type == GDEXTENSION_BOOL)
        *(uint8_t *)fresh = v_as_int(variant) != 0;
    else if (type == GDEXTENSION_INT)
        *(int64_t *)fresh = v_as_int(variant);
    else if (type == GDEXTENSION_FLOAT)
        *(double *)fresh = v_type(variant) == GDEXTENSION_INT ? (double)v_as_int(variant) : v_as_float(variant);
    else if (type == GDEXTENSION_OBJECT)
        *(void **)fresh = v_as_object(variant);
    else
        typed_store(kind_of(type), fresh, shared_hold(variant_shared(variant, type)));
}

void host_variant_from_typed(int type, struct variant *fresh, const void *typed)
{
    if (type == GDEXTENSION_NIL)
        *fresh = v_copy(typed);
    else if (type == GDEXTENSION_BOOL)
        *fresh = v_bool(*(const uint8_t *)typed);
    else if (type == GDEXTENSION_INT)
        *fresh = v_int(*(const int64_t *)typed);
    else if (type == GDEXTENSION_FLOAT)
        *fresh = v_float(*(const double *)typed);
    else if (type == GDEXTENSION_OBJECT)
        *fresh = v_object(*(void *const *)typed);
    else
        *fresh = variant_of_shared(type, shared_hold(typed_shared(kind_of(type), typed)));
}

void host_typed_free(int type, void *typed)
{
    if (type == GDEXTENSION_NIL)
        v_free(typed);
    else if (kind_of(type) != KINDS)
        typed_drop(kind_of(type), typed);
}

/* ------------------------------------------------------------------------------------------- the interface's functions
 */

static void variant_new_nil(void *fresh)
{
    *(struct variant *)fresh = v_nil();
}

static void variant_new_copy(void *fresh, const void *variant)
{
    *(struct variant *)fresh = v_copy(variant);
}

static void variant_destroy(void *variant)
{
    v_free(variant);
}

static int32_t variant_get_type(const void *variant)
{
    return v_type(variant);
}

/* A byte array that is written to by one of several holders is copied first. */
static struct shared *bytes_to_write(void **place)
{
    struct shared *shared = shared_check(*place, KIND_BYTES);
    if (shared->references > 1) {
        struct shared *copy = text_make(KIND_BYTES, shared->text, shared->count);
        shared_drop(shared);
        *place = shared = copy;
    }
    return shared;
}

static void bytes_resize(struct variant *variant, size_t count)
{
    void *place = (void *)(uintptr_t)variant->words[1];
    struct shared *shared = bytes_to_write(&place);
    variant->words[1] = (uint64_t)(uintptr_t)place;
    shared->bytes = realloc(shared->bytes, count + 1);
    HOST_CHECK(shared->bytes);
    if (count > shared->count)
        memset(shared->bytes + shared->count, 0, count - shared->count);
    shared->count = count;
}

/* The methods that the extension may ask for: those of containers here, those of objects elsewhere. */
static void variant_call(void *self, const void *name, const void *const *variants, int64_t count, void *result,
                         struct gdextension_call_error *error)
{
    struct variant *variant = self;
    const char *method = host_name_text(name);
    int type = v_type(variant);
    *(struct variant *)result = v_nil();
    *error = (struct gdextension_call_error){GDEXTENSION_CALL_OK, 0, 0};
    if (type == GDEXTENSION_OBJECT) {
        HOST_CHECK(variant->words[1]);
        if (!host_object_call(v_as_object(variant), method, (const struct variant *const *)variants, count, result))
            error->problem = GDEXTENSION_CALL_INVALID_METHOD;
    } else if (strcmp(method, "size") == 0 && kind_of(type) >= KIND_BYTES && count == 0) {
        *(struct variant *)result = v_int((int64_t)v_count(variant));
    } else if (strcmp(method, "bind") == 0 && type == GDEXTENSION_CALLABLE && count >= 1) {
        struct shared *callable = variant_shared(variant, type);
        struct shared *bound = text_make(KIND_CALLABLE, callable->text, strlen(callable->text));
        bound->object = callable->object;
        bound->count = (size_t)count;
        *(struct variant *)result = variant_of_shared(type, bound);
    } else if (strcmp(method, "resize") == 0 && type == GDEXTENSION_ARRAY && count == 1) {
        list_resize(variant_shared(variant, type), (size_t)v_as_int(variants[0]));
        *(struct variant *)result = v_int(0);
    } else if (strcmp(method, "resize") == 0 && type == GDEXTENSION_PACKED_BYTE_ARRAY && count == 1) {
        bytes_resize(variant, (size_t)v_as_int(variants[0]));
        *(struct variant *)result = v_int(0);
    } else {
        host_abort("a value of type %d has no method %s with %d arguments", type, method, (int)count);
    }
}

static uint8_t iterate(const struct variant *variant, struct variant *iterator, int64_t index, uint8_t *valid)
{
    *iterator = v_int(index);
    *valid = kind_of(v_type(variant)) >= KIND_BYTES;
    return *valid && (size_t)index < v_count(variant);
}

static uint8_t variant_iter_init(const void *variant, void *iterator, uint8_t *valid)
{
    return iterate(variant, iterator, 0, valid);
}

static uint8_t variant_iter_next(const void *variant, void *iterator, uint8_t *valid)
{
    return iterate(variant, iterator, v_as_int(iterator) + 1, valid);
}

static void variant_iter_get(const void *variant, void *iterator, void *element, uint8_t *valid)
{
    size_t index = (size_t)v_as_int(iterator);
    int type = v_type(variant);
    *valid = 1;
    if (type == GDEXTENSION_PACKED_BYTE_ARRAY)
        *(struct variant *)element = v_int(variant_shared(variant, type)->bytes[index]);
    else
        *(struct variant *)element =
            v_copy(type == GDEXTENSION_DICTIONARY ? v_key_at(variant, index) : v_at(variant, index));
}

static void variant_get_keyed(const void *variant, const void *key, void *element, uint8_t *valid)
{
    const struct variant *found = find(variant_shared(variant, GDEXTENSION_DICTIONARY), key);
    *valid = found != NULL;
    *(struct variant *)element = found ? v_copy(found) : v_nil();
}

static void variant_stringify(const void *variant, void *fresh_string)
{
    HOST_CHECK(v_type(variant) == GDEXTENSION_STRING_NAME);
    typed_drop(KIND_TEXT, fresh_string);
    host_string_make(fresh_string, v_as_text(variant), strlen(v_as_text(variant)));
}

/* A function for each type that the extension uses. */
#define FOR_EACH_TYPE(TYPE)                                                                                            \
    TYPE(GDEXTENSION_BOOL)                                                                                             \
    TYPE(GDEXTENSION_INT)                                                                                              \
    TYPE(GDEXTENSION_FLOAT)                                                                                            \
    TYPE(GDEXTENSION_STRING)                                                                                           \
    TYPE(GDEXTENSION_STRING_NAME)                                                                                      \
    TYPE(GDEXTENSION_OBJECT)                                                                                           \
    TYPE(GDEXTENSION_CALLABLE)                                                                                         \
    TYPE(GDEXTENSION_DICTIONARY)                                                                                       \
    TYPE(GDEXTENSION_ARRAY)                                                                                            \
    TYPE(GDEXTENSION_PACKED_BYTE_ARRAY)

#define DEFINE(type)                                                                                                   \
    static void to_variant_##type(void *fresh, void *source)                                                           \
    {                                                                                                                  \
        host_variant_from_typed(type, fresh, source);                                                                  \
    }                                                                                                                  \
    static void from_variant_##type(void *fresh, void *source)                                                         \
    {                                                                                                                  \
        host_typed_from_variant(type, fresh, source);                                                                  \
    }                                                                                                                  \
    static void destroy_##type(void *typed)                                                                            \
    {                                                                                                                  \
        host_typed_free(type, typed);                                                                                  \
    }                                                                                                                  \
    static void make_##type(void *fresh, const void *const *typed)                                                     \
    {                                                                                                                  \
        (void)typed;                                                                                                   \
        HOST_CHECK(kind_of(type) != KINDS);                                                                            \
        if (type == GDEXTENSION_STRING_NAME)                                                                           \
            host_name_make(fresh, "");                                                                                 \
        else if (type == GDEXTENSION_STRING || type == GDEXTENSION_PACKED_BYTE_ARRAY)                                  \
            typed_store(kind_of(type), fresh, text_make(kind_of(type), "", 0));                                        \
        else                                                                                                           \
            typed_store(kind_of(type), fresh, shared_make(kind_of(type)));                                             \
    }
FOR_EACH_TYPE(DEFINE)

static gdextension_convert *get_variant_from_type_constructor(int32_t wanted)
{
#define GIVE(type)                                                                                                     \
    if (wanted == (type))                                                                                              \
        return to_variant_##type;
    FOR_EACH_TYPE(GIVE)
#undef GIVE
    host_abort("no variant is made of type %d", wanted);
}

static gdextension_convert *get_variant_to_type_constructor(int32_t wanted)
{
#define GIVE(type)                                                                                                     \
    if (wanted == (type))                                                                                              \
        return from_variant_##type;
    FOR_EACH_TYPE(GIVE)
#undef GIVE
    host_abort("no variant is turned into type %d", wanted);
}

/* Callable(object, method). */
static void make_callable(void *fresh, const void *const *typed)
{
    struct shared *callable = text_make(KIND_CALLABLE, host_name_text(typed[1]), strlen(host_name_text(typed[1])));
    callable->object = *(void *const *)typed[0];
    callable->count = 0;
    typed_store(KIND_CALLABLE, fresh, callable);
}

static gdextension_construct *variant_get_ptr_constructor(int32_t wanted, int32_t number)
{
    if (wanted == GDEXTENSION_CALLABLE && number == 2)
        return make_callable;
    HOST_CHECK(number == 0);
#define GIVE(type)                                                                                                     \
    if (wanted == (type))                                                                                              \
        return make_##type;
    FOR_EACH_TYPE(GIVE)
#undef GIVE
    host_abort("type %d is not made", wanted);
}

static gdextension_destruct *variant_get_ptr_destructor(int32_t wanted)
{
#define GIVE(type)                                                                                                     \
    if (wanted == (type))                                                                                              \
        return kind_of(type) == KINDS ? NULL : destroy_##type;
    FOR_EACH_TYPE(GIVE)
#undef GIVE
    host_abort("type %d is not destroyed", wanted);
}

static void string_new_with_utf8_chars_and_len(void *fresh, const char *text, int64_t length)
{
    HOST_CHECK(length >= 0);
    host_string_make(fresh, text, strnlen(text, (size_t)length));
}

static int64_t string_to_utf8_chars(const void *string, char *text, int64_t room)
{
    struct shared *shared = typed_shared(KIND_TEXT, string);
    if (text)
        memcpy(text, shared->text, (size_t)room < shared->count ? (size_t)room : shared->count);
    return (int64_t)shared->count;
}

static void string_name_new_with_latin1_chars(void *fresh, const char *text, uint8_t forever)
{
    HOST_CHECK(!forever); /* the library, and its texts with it, can be unloaded before the engine ends */
    host_name_make(fresh, text);
}

static uint8_t *packed_byte_array_operator_index(void *bytes, int64_t index)
{
    struct shared *shared = bytes_to_write(shared_place(KIND_BYTES, bytes));
    HOST_CHECK(index >= 0 && (size_t)index < shared->count);
    return &shared->bytes[index];
}

static const uint8_t *packed_byte_array_operator_index_const(const void *bytes, int64_t index)
{
    struct shared *shared = typed_shared(KIND_BYTES, bytes);
    HOST_CHECK(index >= 0 && (size_t)index < shared->count);
    return &shared->bytes[index];
}

static void *array_operator_index(void *array, int64_t index)
{
    struct shared *shared = typed_shared(KIND_ARRAY, array);
    HOST_CHECK(index >= 0 && (size_t)index < shared->count);
    return &shared->elements[index];
}

static void *dictionary_operator_index(void *dictionary, const void *key_variant)
{
    return find_or_add(typed_shared(KIND_DICTIONARY, dictionary), key_variant);
}

gdextension_function host_value_function(const char *name)
{
#define OFFER(function)                                                                                                \
    if (strcmp(name, #function) == 0)                                                                                  \
        return (gdextension_function)function;
    OFFER(variant_new_nil)
    OFFER(variant_new_copy)
    OFFER(variant_destroy)
    OFFER(variant_get_type)
    OFFER(variant_call)
    OFFER(variant_iter_init)
    OFFER(variant_iter_next)
    OFFER(variant_iter_get)
    OFFER(variant_get_keyed)
    OFFER(variant_stringify)
    OFFER(get_variant_from_type_constructor)
    OFFER(get_variant_to_type_constructor)
    OFFER(variant_get_ptr_constructor)
    OFFER(variant_get_ptr_destructor)
    OFFER(string_new_with_utf8_chars_and_len)
    OFFER(string_to_utf8_chars)
    OFFER(string_name_new_with_latin1_chars)
    OFFER(packed_byte_array_operator_index)
    OFFER(packed_byte_array_operator_index_const)
    OFFER(array_operator_index)
    OFFER(dictionary_operator_index)
#undef OFFER
    return NULL;
}
