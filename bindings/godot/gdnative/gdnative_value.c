/*
 * Values between Godot 3 and the binding's own code: the reading half of engine.h, and writing.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../engine.h"
#include "gdnative_engine.h"

/* ---------------------------------------------------------------------------------------------------------- reading */

enum value_type engine_variant_type(const void *variant)
{
    switch (gdnative.core->godot_variant_get_type(variant)) {
    case GODOT_VARIANT_TYPE_NIL:
        return VALUE_NIL;
    case GODOT_VARIANT_TYPE_BOOL:
        return VALUE_BOOL;
    case GODOT_VARIANT_TYPE_INT:
        return VALUE_INT;
    case GODOT_VARIANT_TYPE_REAL:
        return VALUE_FLOAT;
    case GODOT_VARIANT_TYPE_STRING:
    case GODOT_VARIANT_TYPE_NODE_PATH:
        return VALUE_STRING;
    case GODOT_VARIANT_TYPE_POOL_BYTE_ARRAY:
        return VALUE_BYTES;
    case GODOT_VARIANT_TYPE_ARRAY:
    case GODOT_VARIANT_TYPE_POOL_INT_ARRAY:
    case GODOT_VARIANT_TYPE_POOL_REAL_ARRAY:
    case GODOT_VARIANT_TYPE_POOL_STRING_ARRAY:
        return VALUE_ARRAY;
    case GODOT_VARIANT_TYPE_DICTIONARY:
        return VALUE_DICTIONARY;
    default:
        return VALUE_OTHER;
    }
}

const char *engine_variant_type_name(const void *variant)
{
    static const char *const names[] = {
        "null",
        "bool",
        "int",
        "float",
        "String",
        "Vector2",
        "Rect2",
        "Vector3",
        "Transform2D",
        "Plane",
        "Quat",
        "AABB",
        "Basis",
        "Transform",
        "Color",
        "NodePath",
        "RID",
        "Object",
        "Dictionary",
        "Array",
        "PoolByteArray",
        "PoolIntArray",
        "PoolRealArray",
        "PoolStringArray",
        "PoolVector2Array",
        "PoolVector3Array",
        "PoolColorArray",
    };
    size_t type = gdnative.core->godot_variant_get_type(variant);
    return type < sizeof names / sizeof names[0] ? names[type] : "something unknown";
}

static struct value read_string(const godot_variant *variant)
{
    godot_string string = gdnative.core->godot_variant_as_string(variant);
    godot_char_string bytes = gdnative.core->godot_string_utf8(&string);
    int length = gdnative.core->godot_char_string_length(&bytes);
    struct value value = value_string_of_length(gdnative.core->godot_char_string_get_data(&bytes), (size_t)length);
    gdnative.core->godot_char_string_destroy(&bytes);
    gdnative.core->godot_string_destroy(&string);
    return value;
}

struct value engine_variant_read_bytes(const void *variant)
{
    godot_pool_byte_array array = gdnative.core->godot_variant_as_pool_byte_array(variant);
    struct value value = value_empty(VALUE_BYTES);
    int size = gdnative.core->godot_pool_byte_array_size(&array);
    if (size > 0) {
        godot_pool_array_read_access *read = gdnative.core->godot_pool_byte_array_read(&array);
        value = value_bytes(gdnative.core->godot_pool_byte_array_read_access_ptr(read), (size_t)size);
        gdnative.core->godot_pool_byte_array_read_access_destroy(read);
    }
    gdnative.core->godot_pool_byte_array_destroy(&array);
    return value;
}

static struct value read_variant(const godot_variant *variant, int depth);

static struct value read_array(const godot_array *array, int depth)
{
    struct value value = value_array();
    int count = gdnative.core->godot_array_size(array);
    for (int i = 0; i < count; i++)
        value_append(&value, read_variant(gdnative.core->godot_array_operator_index_const(array, i), depth + 1));
    return value;
}

static struct value read_dictionary(const godot_dictionary *dictionary, int depth)
{
    struct value value = value_dictionary();
    godot_array keys = gdnative.core->godot_dictionary_keys(dictionary);
    int count = gdnative.core->godot_array_size(&keys);
    for (int i = 0; i < count; i++) {
        const godot_variant *key = gdnative.core->godot_array_operator_index_const(&keys, i);
        godot_variant element = gdnative.core->godot_dictionary_get(dictionary, key);
        value_put_pair(&value, read_variant(key, depth + 1), read_variant(&element, depth + 1));
        gdnative.core->godot_variant_destroy(&element);
    }
    gdnative.core->godot_array_destroy(&keys);
    return value;
}

static struct value read_variant(const godot_variant *variant, int depth)
{
    enum value_type type = engine_variant_type(variant);
    if ((type == VALUE_ARRAY || type == VALUE_DICTIONARY) && depth >= ENGINE_DEPTH_MAX)
        return value_empty(VALUE_OTHER);
    struct value value;
    switch (type) {
    case VALUE_BOOL:
        return value_bool(gdnative.core->godot_variant_as_bool(variant));
    case VALUE_INT:
        return value_int(gdnative.core->godot_variant_as_int(variant));
    case VALUE_FLOAT:
        return value_float(gdnative.core->godot_variant_as_real(variant));
    case VALUE_STRING:
        return read_string(variant);
    case VALUE_BYTES:
        return engine_variant_read_bytes(variant);
    case VALUE_ARRAY: {
        godot_array array = gdnative.core->godot_variant_as_array(variant);
        value = read_array(&array, depth);
        gdnative.core->godot_array_destroy(&array);
        return value;
    }
    case VALUE_DICTIONARY: {
        godot_dictionary dictionary = gdnative.core->godot_variant_as_dictionary(variant);
        value = read_dictionary(&dictionary, depth);
        gdnative.core->godot_dictionary_destroy(&dictionary);
        return value;
    }
    default:
        return value_empty(type);
    }
}

struct value engine_variant_read(const void *variant)
{
    return read_variant(variant, 0);
}

/* ---------------------------------------------------------------------------------------------------------- writing */

godot_int gdnative_type(enum value_type type)
{
    static const godot_int types[] = {
        [VALUE_NIL] = GODOT_VARIANT_TYPE_NIL,       [VALUE_BOOL] = GODOT_VARIANT_TYPE_BOOL,
        [VALUE_INT] = GODOT_VARIANT_TYPE_INT,       [VALUE_FLOAT] = GODOT_VARIANT_TYPE_REAL,
        [VALUE_STRING] = GODOT_VARIANT_TYPE_STRING, [VALUE_BYTES] = GODOT_VARIANT_TYPE_POOL_BYTE_ARRAY,
        [VALUE_ARRAY] = GODOT_VARIANT_TYPE_ARRAY,   [VALUE_DICTIONARY] = GODOT_VARIANT_TYPE_DICTIONARY,
        [VALUE_OTHER] = GODOT_VARIANT_TYPE_NIL,
    };
    return types[type];
}

/* Reads one character; returns how many bytes it took. Overlong forms, surrogates and what is beyond Unicode are not
   valid, and one byte of them becomes one U+FFFD. */
static size_t decode(const uint8_t *text, size_t length, wchar_t *character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = text[0] < 0x80 ? 1 : text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    uint32_t code = size == 1 ? text[0] : text[0] & (0xffu >> (size + 1));
    bool valid = size <= length && (text[0] < 0x80 || text[0] >= 0xc2) && text[0] < 0xf8;
    for (size_t i = 1; valid && i < size; i++) {
        valid = (text[i] & 0xc0) == 0x80;
        code = code << 6 | (text[i] & 0x3f);
    }
    if (!valid || code < smallest[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        *character = 0xfffd;
        return 1;
    }
    *character = (wchar_t)code;
    return size;
}

godot_string gdnative_string(const char *text, size_t length)
{
    godot_string string;
    wchar_t few[256];
    wchar_t *wide = length <= sizeof few / sizeof few[0] ? few : malloc(length * sizeof *wide);
    if (length == 0 || !wide) {
        gdnative.core->godot_string_new(&string);
        return string;
    }
    size_t count = 0;
    for (size_t i = 0; i < length;)
        i += decode((const uint8_t *)text + i, length - i, &wide[count++]);
    gdnative.core->godot_string_new_with_wide_string(&string, wide, (int)count);
    if (wide != few)
        free(wide);
    return string;
}

static godot_variant write_text(const char *text, size_t length)
{
    godot_variant variant;
    godot_string string = gdnative_string(text, length);
    gdnative.core->godot_variant_new_string(&variant, &string);
    gdnative.core->godot_string_destroy(&string);
    return variant;
}

/*
 * The keys of dictionaries are literals, the same few all the time. Their engine's texts are made once and found by the
 * literal's address. A full table only means that further ones are made anew.
 */
#define KEY_PLACES 512
static struct key {
    const char *literal; /* null: free place */
    godot_variant variant;
} keys[KEY_PLACES];
static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;

static godot_variant write_literal(const char *literal, size_t length)
{
    godot_variant variant;
    size_t place = ((uintptr_t)literal * 0x9e3779b97f4a7c15u >> 40) % KEY_PLACES;
    pthread_mutex_lock(&keys_lock);
    for (int tries = 0; tries < 8; tries++, place = (place + 1) % KEY_PLACES) {
        if (!keys[place].literal) {
            keys[place].literal = literal;
            keys[place].variant = write_text(literal, length);
        }
        if (keys[place].literal == literal) {
            gdnative.core->godot_variant_new_copy(&variant, &keys[place].variant);
            pthread_mutex_unlock(&keys_lock);
            return variant;
        }
    }
    pthread_mutex_unlock(&keys_lock);
    return write_text(literal, length);
}

void gdnative_forget_keys(void)
{
    pthread_mutex_lock(&keys_lock);
    for (size_t i = 0; i < KEY_PLACES; i++) {
        if (keys[i].literal)
            gdnative.core->godot_variant_destroy(&keys[i].variant);
        keys[i].literal = NULL;
    }
    pthread_mutex_unlock(&keys_lock);
}

static godot_variant write_bytes(const struct value *value)
{
    godot_variant variant;
    godot_pool_byte_array array;
    gdnative.core->godot_pool_byte_array_new(&array);
    if (value->bytes.size > 0) {
        gdnative.core->godot_pool_byte_array_resize(&array, (godot_int)value->bytes.size);
        godot_pool_array_write_access *write = gdnative.core->godot_pool_byte_array_write(&array);
        memcpy(gdnative.core->godot_pool_byte_array_write_access_ptr(write), value->bytes.data, value->bytes.size);
        gdnative.core->godot_pool_byte_array_write_access_destroy(write);
    }
    gdnative.core->godot_variant_new_pool_byte_array(&variant, &array);
    gdnative.core->godot_pool_byte_array_destroy(&array);
    return variant;
}

static godot_variant write_array(const struct value *value)
{
    godot_variant variant;
    godot_array array;
    gdnative.core->godot_array_new(&array);
    for (size_t i = 0; i < value_count(value); i++) {
        godot_variant element = gdnative_write(value_element(value, i));
        gdnative.core->godot_array_append(&array, &element);
        gdnative.core->godot_variant_destroy(&element);
    }
    gdnative.core->godot_variant_new_array(&variant, &array);
    gdnative.core->godot_array_destroy(&array);
    return variant;
}

static godot_variant write_dictionary(const struct value *value)
{
    godot_variant variant;
    godot_dictionary dictionary;
    gdnative.core->godot_dictionary_new(&dictionary);
    for (size_t i = 0; i < value_count(value); i++) {
        godot_variant key = gdnative_write(value_key(value, i)), element = gdnative_write(value_at(value, i));
        gdnative.core->godot_dictionary_set(&dictionary, &key, &element);
        gdnative.core->godot_variant_destroy(&element);
        gdnative.core->godot_variant_destroy(&key);
    }
    gdnative.core->godot_variant_new_dictionary(&variant, &dictionary);
    gdnative.core->godot_dictionary_destroy(&dictionary);
    return variant;
}

godot_variant gdnative_write(const struct value *value)
{
    godot_variant variant;
    switch (value->type) {
    case VALUE_BOOL:
        gdnative.core->godot_variant_new_bool(&variant, value->boolean);
        return variant;
    case VALUE_INT:
        gdnative.core->godot_variant_new_int(&variant, value->integer);
        return variant;
    case VALUE_FLOAT:
        gdnative.core->godot_variant_new_real(&variant, value->real);
        return variant;
    case VALUE_STRING:
        return value->owned ? write_text(value->string.text, value->string.length)
                            : write_literal(value->string.text, value->string.length);
    case VALUE_BYTES:
        return write_bytes(value);
    case VALUE_ARRAY:
        return write_array(value);
    case VALUE_DICTIONARY:
        return write_dictionary(value);
    default:
        gdnative.core->godot_variant_new_nil(&variant);
        return variant;
    }
}
