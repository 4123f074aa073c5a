#include "value.h"

#include <stdlib.h>
#include <string.h>

struct value value_nil(void)
{
    return (struct value){.type = VALUE_NIL};
}

struct value value_bool(bool boolean)
{
    return (struct value){.type = VALUE_BOOL, .boolean = boolean};
}

struct value value_int(int64_t integer)
{
    return (struct value){.type = VALUE_INT, .integer = integer};
}

struct value value_float(double real)
{
    return (struct value){.type = VALUE_FLOAT, .real = real};
}

struct value value_literal(const char *text)
{
    return (struct value){.type = VALUE_STRING, .string = {.text = text, .length = strlen(text)}};
}

struct value value_string(const char *text)
{
    return value_string_of_length(text, text ? strlen(text) : 0);
}

struct value value_string_of_length(const char *text, size_t length)
{
    if (length == 0)
        return value_literal("");
    char *copy = malloc(length + 1);
    if (!copy)
        return value_literal("");
    memcpy(copy, text, length);
    copy[length] = '\0';
    return (struct value){.type = VALUE_STRING, .owned = true, .string = {.text = copy, .length = length}};
}

struct value value_bytes(const void *data, size_t size)
{
    void *copy = size > 0 ? malloc(size) : NULL;
    if (!copy)
        return value_empty(VALUE_BYTES);
    memcpy(copy, data, size);
    return value_borrowed_bytes(copy, size, free, copy);
}

struct value value_borrowed_bytes(const void *data, size_t size, void (*release)(void *owner), void *owner)
{
    return (struct value){.type = VALUE_BYTES,
                          .bytes = {.data = data, .size = size, .release = release, .owner = owner}};
}

struct value value_array(void)
{
    return (struct value){.type = VALUE_ARRAY};
}

struct value value_dictionary(void)
{
    return (struct value){.type = VALUE_DICTIONARY};
}

struct value value_empty(enum value_type type)
{
    return type == VALUE_STRING ? value_literal("") : (struct value){.type = type};
}

/* Makes room for `more` values. The first allocation is as large as most dictionaries of this binding need. */
static bool reserve(struct value_list **list, size_t more)
{
    size_t count = *list ? (*list)->count : 0;
    size_t room = *list ? (*list)->room : 0;
    if (count + more <= room)
        return true;
    room = room > 0 ? room * 2 : 32;
    struct value_list *larger = realloc(*list, sizeof **list + room * sizeof larger->values[0]);
    if (!larger)
        return false;
    larger->count = count;
    larger->room = room;
    *list = larger;
    return true;
}

void value_append(struct value *array, struct value element)
{
    if (!reserve(&array->list, 1)) {
        value_free(&element);
        return;
    }
    array->list->values[array->list->count++] = element;
}

void value_put(struct value *dictionary, const char *key, struct value element)
{
    value_put_pair(dictionary, value_literal(key), element);
}

void value_put_pair(struct value *dictionary, struct value key, struct value element)
{
    if (!reserve(&dictionary->map, 2)) {
        value_free(&key);
        value_free(&element);
        return;
    }
    dictionary->map->values[dictionary->map->count++] = key;
    dictionary->map->values[dictionary->map->count++] = element;
}

void value_free(struct value *value)
{
    if (value->type == VALUE_STRING && value->owned) {
        free((char *)value->string.text);
    } else if (value->type == VALUE_BYTES && value->bytes.release) {
        value->bytes.release(value->bytes.owner);
    } else if ((value->type == VALUE_ARRAY || value->type == VALUE_DICTIONARY) && value->list) {
        for (size_t i = 0; i < value->list->count; i++)
            value_free(&value->list->values[i]);
        free(value->list);
    }
    *value = value_nil();
}

size_t value_count(const struct value *value)
{
    if (value->type == VALUE_ARRAY)
        return value->list ? value->list->count : 0;
    if (value->type == VALUE_DICTIONARY)
        return value->map ? value->map->count / 2 : 0;
    return 0;
}

const struct value *value_element(const struct value *array, size_t index)
{
    return &array->list->values[index];
}

const struct value *value_key(const struct value *dictionary, size_t index)
{
    return &dictionary->map->values[2 * index];
}

const struct value *value_at(const struct value *dictionary, size_t index)
{
    return &dictionary->map->values[2 * index + 1];
}

const char *value_type_name(enum value_type type)
{
    static const char *const names[] = {"null",       "bool",  "int",        "float", "String",
                                        "byte array", "Array", "Dictionary", "other"};
    return names[type];
}

bool value_to_integer(const struct value *value, int64_t *integer)
{
    if (value->type == VALUE_INT) {
        *integer = value->integer;
        return true;
    }
    if (value->type == VALUE_BOOL) {
        *integer = value->boolean;
        return true;
    }
    /* The bounds are powers of two, which a double holds exactly; NaN fails both comparisons. */
    if (value->type != VALUE_FLOAT || !(value->real >= -0x1p63 && value->real < 0x1p63))
        return false;
    *integer = (int64_t)value->real;
    return (double)*integer == value->real;
}

bool value_to_real(const struct value *value, double *real)
{
    if (value->type == VALUE_FLOAT)
        *real = value->real;
    else if (value->type == VALUE_INT)
        *real = (double)value->integer;
    else if (value->type == VALUE_BOOL)
        *real = value->boolean;
    else
        return false;
    return true;
}
