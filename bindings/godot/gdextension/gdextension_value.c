/*
 * Values in Godot 4: between variants of the engine and our own.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../engine.h"
#include "gdextension_engine.h"

/* Our types in the engine, by value_type: how each becomes a variant and comes out of one. */
static struct type_functions {
    gdextension_convert *to_variant, *from_variant;
    gdextension_destruct *destroy; /* null for numbers */
    gdextension_construct *make;   /* an empty one; null for numbers */
} types[VALUE_OTHER];

static gdextension_convert *object_to_variant;
static gdextension_destruct *destroy_name;
static gdextension_construct *make_name;

/* Variants of texts that live forever, found by their address: keys of dictionaries, names of signals. */
static struct literal_cache {
    pthread_mutex_t lock;
    struct literal {
        const char *text;
        struct gdextension_storage *variant;
    } * slots;
    size_t room, count; /* room is a power of two, or 0 */
} literals = {.lock = PTHREAD_MUTEX_INITIALIZER};

int32_t gdextension_type(enum value_type type)
{
    static const int32_t numbers[] = {
        [VALUE_NIL] = GDEXTENSION_NIL,       [VALUE_BOOL] = GDEXTENSION_BOOL,
        [VALUE_INT] = GDEXTENSION_INT,       [VALUE_FLOAT] = GDEXTENSION_FLOAT,
        [VALUE_STRING] = GDEXTENSION_STRING, [VALUE_BYTES] = GDEXTENSION_PACKED_BYTE_ARRAY,
        [VALUE_ARRAY] = GDEXTENSION_ARRAY,   [VALUE_DICTIONARY] = GDEXTENSION_DICTIONARY,
        [VALUE_OTHER] = GDEXTENSION_NIL,
    };
    return numbers[type];
}

bool gdextension_values_begin(void)
{
    for (enum value_type type = VALUE_BOOL; type < VALUE_OTHER; type++) {
        int32_t number = gdextension_type(type);
        types[type].to_variant = gdextension.get_variant_from_type_constructor(number);
        types[type].from_variant = gdextension.get_variant_to_type_constructor(number);
        bool is_plain = type == VALUE_BOOL || type == VALUE_INT || type == VALUE_FLOAT;
        types[type].destroy = is_plain ? NULL : gdextension.variant_get_ptr_destructor(number);
        types[type].make = is_plain ? NULL : gdextension.variant_get_ptr_constructor(number, 0);
        if (!types[type].to_variant || !types[type].from_variant ||
            (!is_plain && (!types[type].destroy || !types[type].make)))
            return false;
    }
    object_to_variant = gdextension.get_variant_from_type_constructor(GDEXTENSION_OBJECT);
    destroy_name = gdextension.variant_get_ptr_destructor(GDEXTENSION_STRING_NAME);
    make_name = gdextension.variant_get_ptr_constructor(GDEXTENSION_STRING_NAME, 0);
    return object_to_variant && destroy_name && make_name;
}

void gdextension_values_end(void)
{
    pthread_mutex_lock(&literals.lock);
    for (size_t i = 0; i < literals.room; i++) {
        if (!literals.slots[i].text)
            continue;
        gdextension.variant_destroy(literals.slots[i].variant);
        free(literals.slots[i].variant);
    }
    free(literals.slots);
    literals.slots = NULL;
    literals.room = literals.count = 0;
    pthread_mutex_unlock(&literals.lock);
}

/* ----------------------------------------------------------------------------------------------------------- texts */

static void make_string(void *fresh, const char *text, size_t length)
{
    if (length == 0)
        types[VALUE_STRING].make(fresh, NULL);
    else
        gdextension.string_new_with_utf8_chars_and_len(fresh, text, (int64_t)length);
}

static void write_text(void *fresh_variant, const char *text, size_t length)
{
    struct gdextension_storage string;
    make_string(&string, text, length);
    types[VALUE_STRING].to_variant(fresh_variant, &string);
    types[VALUE_STRING].destroy(&string);
}

/* The slot where a text is, or where it belongs. There is always a free one. */
static struct literal *literal_slot(struct literal *slots, size_t room, const char *text)
{
    size_t index = (size_t)(((uintptr_t)text * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (room - 1);
    while (slots[index].text && slots[index].text != text)
        index = (index + 1) & (room - 1);
    return &slots[index];
}

static bool literals_grow(void)
{
    size_t room = literals.room ? literals.room * 2 : 128;
    struct literal *slots = calloc(room, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < literals.room; i++)
        if (literals.slots[i].text)
            *literal_slot(slots, room, literals.slots[i].text) = literals.slots[i];
    free(literals.slots);
    literals.slots = slots;
    literals.room = room;
    return true;
}

/* The kept variant of a text that lives forever; null when memory is short. The lock is held. */
static const void *literal_variant(const char *text, size_t length)
{
    if (2 * literals.count >= literals.room && !literals_grow())
        return NULL;
    struct literal *slot = literal_slot(literals.slots, literals.room, text);
    if (!slot->text) {
        slot->variant = malloc(sizeof *slot->variant);
        if (!slot->variant)
            return NULL;
        write_text(slot->variant, text, length);
        slot->text = text;
        literals.count++;
    }
    return slot->variant;
}

static void write_literal(void *fresh_variant, const char *text, size_t length)
{
    pthread_mutex_lock(&literals.lock);
    const void *kept = literal_variant(text, length);
    if (kept)
        gdextension.variant_new_copy(fresh_variant, kept);
    else
        write_text(fresh_variant, text, length);
    pthread_mutex_unlock(&literals.lock);
}

void gdextension_name(void *fresh_name, const char *text)
{
    if (*text)
        gdextension.string_name_new_with_latin1_chars(fresh_name, text, 0);
    else
        make_name(fresh_name, NULL);
}

void gdextension_forget_name(void *name)
{
    destroy_name(name);
}

/* Reads a String. The result belongs to the caller. */
static struct value read_string(const void *string)
{
    int64_t length = gdextension.string_to_utf8_chars(string, NULL, 0);
    char *text = length > 0 ? malloc((size_t)length + 1) : NULL;
    if (!text)
        return value_literal("");
    gdextension.string_to_utf8_chars(string, text, length);
    text[length] = '\0';
    return (struct value){.type = VALUE_STRING, .owned = true, .string = {.text = text, .length = (size_t)length}};
}

/* What the engine prints for a variant: for names and paths the text that they stand for. */
static struct value read_printed(const void *variant)
{
    struct gdextension_storage string;
    types[VALUE_STRING].make(&string, NULL); /* the interface calls it initialised; the engine makes it anew */
    gdextension.variant_stringify(variant, &string);
    struct value text = read_string(&string);
    types[VALUE_STRING].destroy(&string);
    return text;
}

/* ----------------------------------------------------------------------------------------------------------- calls */

bool gdextension_ask(void *variant, const char *method, const void *const *variants, int count, void *fresh_result)
{
    struct gdextension_storage name;
    struct gdextension_call_error error = {GDEXTENSION_CALL_OK, 0, 0};
    gdextension_name(&name, method);
    gdextension.variant_call(variant, &name, variants, count, fresh_result, &error);
    destroy_name(&name);
    return error.problem == GDEXTENSION_CALL_OK;
}

bool gdextension_call(void *variant, const char *method, const void *const *variants, int count)
{
    struct gdextension_storage result;
    bool done = gdextension_ask(variant, method, variants, count, &result);
    gdextension.variant_destroy(&result);
    return done;
}

/* Gives an array or byte array its length. */
static bool resize(void *variant, size_t length)
{
    struct gdextension_storage wanted;
    const void *arguments[] = {&wanted};
    struct value number = value_int((int64_t)length);
    gdextension_write(&wanted, &number);
    bool done = gdextension_call(variant, "resize", arguments, 1);
    gdextension.variant_destroy(&wanted);
    return done;
}

static size_t length_of(const void *variant)
{
    struct gdextension_storage copy, result;
    gdextension.variant_new_copy(&copy, variant);
    int64_t length = 0;
    if (gdextension_ask(&copy, "size", NULL, 0, &result))
        types[VALUE_INT].from_variant(&length, &result);
    gdextension.variant_destroy(&result);
    gdextension.variant_destroy(&copy);
    return length > 0 ? (size_t)length : 0;
}

/* ---------------------------------------------------------------------------------------------------------- writing */

/* Bytes are filled while nobody else holds them, or the engine would copy them first. */
static void write_bytes(void *fresh_variant, const void *data, size_t size)
{
    struct gdextension_storage bytes;
    types[VALUE_BYTES].make(&bytes, NULL);
    types[VALUE_BYTES].to_variant(fresh_variant, &bytes);
    types[VALUE_BYTES].destroy(&bytes);
    if (size == 0 || !resize(fresh_variant, size))
        return;
    types[VALUE_BYTES].from_variant(&bytes, fresh_variant);
    gdextension.variant_destroy(fresh_variant);
    memcpy(gdextension.packed_byte_array_operator_index(&bytes, 0), data, size);
    types[VALUE_BYTES].to_variant(fresh_variant, &bytes);
    types[VALUE_BYTES].destroy(&bytes);
}

/* Puts a value in the place of a nil that is in a container. */
static void fill(void *variant, const struct value *value)
{
    if (!variant)
        return;
    gdextension.variant_destroy(variant);
    gdextension_write(variant, value);
}

/* Arrays and dictionaries are shared, not copied: what is put into `container` is in the variant. */
static void write_container(void *fresh_variant, const struct value *value)
{
    struct gdextension_storage container;
    types[value->type].make(&container, NULL);
    types[value->type].to_variant(fresh_variant, &container);
    size_t count = value_count(value);
    if (value->type == VALUE_ARRAY) {
        if (count > 0 && resize(fresh_variant, count))
            for (size_t i = 0; i < count; i++)
                fill(gdextension.array_operator_index(&container, (int64_t)i), value_element(value, i));
    } else {
        for (size_t i = 0; i < count; i++) {
            struct gdextension_storage key;
            gdextension_write(&key, value_key(value, i));
            fill(gdextension.dictionary_operator_index(&container, &key), value_at(value, i));
            gdextension.variant_destroy(&key);
        }
    }
    types[value->type].destroy(&container);
}

void gdextension_write(void *fresh_variant, const struct value *value)
{
    switch (value->type) {
    case VALUE_BOOL:
        types[VALUE_BOOL].to_variant(fresh_variant, &(uint8_t){value->boolean});
        return;
    case VALUE_INT:
        types[VALUE_INT].to_variant(fresh_variant, &(int64_t){value->integer});
        return;
    case VALUE_FLOAT:
        types[VALUE_FLOAT].to_variant(fresh_variant, &(double){value->real});
        return;
    case VALUE_STRING:
        if (value->owned)
            write_text(fresh_variant, value->string.text, value->string.length);
        else
            write_literal(fresh_variant, value->string.text, value->string.length);
        return;
    case VALUE_BYTES:
        write_bytes(fresh_variant, value->bytes.data, value->bytes.size);
        return;
    case VALUE_ARRAY:
    case VALUE_DICTIONARY:
        write_container(fresh_variant, value);
        return;
    default:
        gdextension.variant_new_nil(fresh_variant);
    }
}

void gdextension_write_typed(void *fresh, enum value_type type, const struct value *value)
{
    if (type == VALUE_NIL) {
        gdextension_write(fresh, value);
        return;
    }
    struct gdextension_storage variant;
    gdextension_write(&variant, value);
    types[type].from_variant(fresh, &variant);
    gdextension.variant_destroy(&variant);
}

void gdextension_wrap(void *fresh_variant, enum value_type type, const void *typed)
{
    if (type == VALUE_NIL)
        gdextension.variant_new_copy(fresh_variant, typed);
    else
        types[type].to_variant(fresh_variant, (void *)typed); /* only read */
}

void gdextension_destroy_typed(enum value_type type, void *typed)
{
    if (type == VALUE_NIL)
        gdextension.variant_destroy(typed);
    else if (types[type].destroy)
        types[type].destroy(typed);
}

void gdextension_wrap_object(void *fresh_variant, void *object)
{
    object_to_variant(fresh_variant, &object);
}

/* ---------------------------------------------------------------------------------------------------------- reading */

static enum value_type type_of(int32_t number)
{
    switch (number) {
    case GDEXTENSION_NIL:
        return VALUE_NIL;
    case GDEXTENSION_BOOL:
        return VALUE_BOOL;
    case GDEXTENSION_INT:
        return VALUE_INT;
    case GDEXTENSION_FLOAT:
        return VALUE_FLOAT;
    case GDEXTENSION_STRING:
    case GDEXTENSION_STRING_NAME:
    case GDEXTENSION_NODE_PATH:
        return VALUE_STRING;
    case GDEXTENSION_DICTIONARY:
        return VALUE_DICTIONARY;
    case GDEXTENSION_PACKED_BYTE_ARRAY:
        return VALUE_BYTES;
    default:
        return number >= GDEXTENSION_ARRAY && number < GDEXTENSION_TYPE_COUNT ? VALUE_ARRAY : VALUE_OTHER;
    }
}

enum value_type engine_variant_type(const void *variant)
{
    return type_of(gdextension.variant_get_type(variant));
}

const char *engine_variant_type_name(const void *variant)
{
    static const char *const names[GDEXTENSION_TYPE_COUNT] = {
        "null",
        "bool",
        "int",
        "float",
        "String",
        "Vector2",
        "Vector2i",
        "Rect2",
        "Rect2i",
        "Vector3",
        "Vector3i",
        "Transform2D",
        "Vector4",
        "Vector4i",
        "Plane",
        "Quaternion",
        "AABB",
        "Basis",
        "Transform3D",
        "Projection",
        "Color",
        "StringName",
        "NodePath",
        "RID",
        "Object",
        "Callable",
        "Signal",
        "Dictionary",
        "Array",
        "PackedByteArray",
        "PackedInt32Array",
        "PackedInt64Array",
        "PackedFloat32Array",
        "PackedFloat64Array",
        "PackedStringArray",
        "PackedVector2Array",
        "PackedVector3Array",
        "PackedColorArray",
        "PackedVector4Array",
    };
    int32_t number = gdextension.variant_get_type(variant);
    return number >= 0 && number < GDEXTENSION_TYPE_COUNT ? names[number] : "something unknown";
}

static void release_bytes(void *owner)
{
    types[VALUE_BYTES].destroy(owner);
    free(owner);
}

/* The engine shares a byte array until somebody writes into it, so that a second hold on it is enough. */
static struct value read_byte_array(const void *variant)
{
    size_t size = length_of(variant);
    struct gdextension_storage *bytes = size > 0 ? malloc(sizeof *bytes) : NULL;
    if (!bytes)
        return value_empty(VALUE_BYTES);
    types[VALUE_BYTES].from_variant(bytes, (void *)variant); /* only read */
    return value_borrowed_bytes(gdextension.packed_byte_array_operator_index_const(bytes, 0), size, release_bytes,
                                bytes);
}

static struct value read_variant(const void *variant, int depth);

/* Walks through an array of any kind, or the keys of a dictionary. */
static struct value read_container(const void *variant, enum value_type type, int depth)
{
    struct value container = value_empty(type);
    struct gdextension_storage iterator, element, found;
    uint8_t valid = 0;
    gdextension.variant_new_nil(&iterator);
    bool more = gdextension.variant_iter_init(variant, &iterator, &valid);
    while (more && valid) {
        gdextension.variant_iter_get(variant, &iterator, &element, &valid);
        if (type == VALUE_ARRAY) {
            value_append(&container, read_variant(&element, depth));
        } else {
            gdextension.variant_get_keyed(variant, &element, &found, &valid);
            value_put_pair(&container, read_variant(&element, depth), read_variant(&found, depth));
            gdextension.variant_destroy(&found);
        }
        gdextension.variant_destroy(&element);
        more = gdextension.variant_iter_next(variant, &iterator, &valid);
    }
    gdextension.variant_destroy(&iterator);
    return container;
}

static struct value read_variant(const void *variant, int depth)
{
    int32_t number = gdextension.variant_get_type(variant);
    enum value_type type = type_of(number);
    struct value value = value_empty(type);
    uint8_t truth = 0;
    struct gdextension_storage string;
    switch (type) {
    case VALUE_BOOL:
        types[type].from_variant(&truth, (void *)variant);
        value.boolean = truth;
        break;
    case VALUE_INT:
        types[type].from_variant(&value.integer, (void *)variant);
        break;
    case VALUE_FLOAT:
        types[type].from_variant(&value.real, (void *)variant);
        break;
    case VALUE_STRING:
        if (number != GDEXTENSION_STRING)
            return read_printed(variant);
        types[type].from_variant(&string, (void *)variant);
        value = read_string(&string);
        types[type].destroy(&string);
        break;
    case VALUE_BYTES:
        return read_byte_array(variant);
    case VALUE_ARRAY:
    case VALUE_DICTIONARY:
        return depth > 0 ? read_container(variant, type, depth - 1) : value_empty(VALUE_OTHER);
    default:
        break;
    }
    return value;
}

struct value engine_variant_read(const void *variant)
{
    return read_variant(variant, ENGINE_DEPTH_MAX);
}

/* The engine's conversion of an array: the low eight bits of each number, 0 for everything else. */
struct value engine_variant_read_bytes(const void *variant)
{
    struct value array = read_variant(variant, 1);
    if (array.type != VALUE_ARRAY)
        return array;
    size_t count = value_count(&array);
    uint8_t *data = count > 0 ? malloc(count) : NULL;
    for (size_t i = 0; data && i < count; i++) {
        int64_t integer = 0;
        if (!value_to_integer(value_element(&array, i), &integer))
            integer = 0;
        data[i] = (uint8_t)integer;
    }
    value_free(&array);
    return data ? value_borrowed_bytes(data, count, free, data) : value_empty(VALUE_BYTES);
}
