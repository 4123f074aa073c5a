#include "api/config_convert.h"

#include "base/alloc.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT_SIZE = 64 };

/* An argument as read: exactly one of the kinds. */
struct argument {
    enum { ARGUMENT_INTEGER, ARGUMENT_REAL, ARGUMENT_TEXT, ARGUMENT_POINTER } kind;
    int64_t integer;
    double real;
    const char *text;
    void *pointer;
};

static locale_t plain_locale;
static pthread_once_t plain_locale_once = PTHREAD_ONCE_INIT;

static void make_plain_locale(void)
{
    plain_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Numbers look the same whatever language the program speaks. Returns what leave_plain_locale needs. */
static locale_t enter_plain_locale(void)
{
    pthread_once(&plain_locale_once, make_plain_locale);
    return plain_locale ? uselocale(plain_locale) : (locale_t)0;
}

static void leave_plain_locale(locale_t previous)
{
    if (previous)
        uselocale(previous);
}

static bool read_argument(ESteamNetworkingConfigDataType type, const void *address, struct argument *argument)
{
    switch (type) {
    case k_ESteamNetworkingConfig_Int32: {
        int32_t value;

        memcpy(&value, address, sizeof(value));
        argument->kind = ARGUMENT_INTEGER;
        argument->integer = value;
        return true;
    }
    case k_ESteamNetworkingConfig_Int64:
        argument->kind = ARGUMENT_INTEGER;
        memcpy(&argument->integer, address, sizeof(argument->integer));
        return true;
    case k_ESteamNetworkingConfig_Float: {
        float value;

        memcpy(&value, address, sizeof(value));
        argument->kind = ARGUMENT_REAL;
        argument->real = value;
        return true;
    }
    case k_ESteamNetworkingConfig_String:
        argument->kind = ARGUMENT_TEXT;
        argument->text = address;
        return true;
    case k_ESteamNetworkingConfig_Ptr:
        argument->kind = ARGUMENT_POINTER;
        memcpy(&argument->pointer, address, sizeof(argument->pointer));
        return true;
    default:
        return false;
    }
}

static bool only_blanks(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static bool text_to_integer(const char *text, int64_t *result)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || errno != 0 || !only_blanks(end))
        return false;
    *result = value;
    return true;
}

static bool text_to_real(const char *text, double *result)
{
    locale_t previous = enter_plain_locale();
    char *end;

    *result = strtod(text, &end);
    leave_plain_locale(previous);
    return end != text && only_blanks(end);
}

static bool real_to_integer(double real, int64_t *result)
{
    static const double beyond = 9223372036854775808.0; /* 2 to the power of 63 */
    double rounded = round(real);

    /* The comparison is false for what is not a number. */
    if (!(rounded >= -beyond && rounded < beyond))
        return false;
    *result = (int64_t)rounded;
    return true;
}

static bool to_integer(const struct argument *argument, int64_t *result)
{
    switch (argument->kind) {
    case ARGUMENT_INTEGER:
        *result = argument->integer;
        return true;
    case ARGUMENT_REAL:
        return real_to_integer(argument->real, result);
    case ARGUMENT_TEXT:
        return text_to_integer(argument->text, result);
    default:
        return false;
    }
}

static bool to_real(const struct argument *argument, double *result)
{
    switch (argument->kind) {
    case ARGUMENT_INTEGER:
        *result = (double)argument->integer;
        return true;
    case ARGUMENT_REAL:
        *result = argument->real;
        return !isnan(argument->real);
    case ARGUMENT_TEXT:
        return text_to_real(argument->text, result) && !isnan(*result);
    default:
        return false;
    }
}

static bool to_text(const struct argument *argument, char **result)
{
    char number[NUMBER_TEXT_SIZE];
    const char *text = number;
    size_t length;

    if (argument->kind == ARGUMENT_INTEGER) {
        snprintf(number, sizeof(number), "%lld", (long long)argument->integer);
    } else if (argument->kind == ARGUMENT_REAL) {
        locale_t previous = enter_plain_locale();

        snprintf(number, sizeof(number), "%g", argument->real);
        leave_plain_locale(previous);
    } else if (argument->kind == ARGUMENT_TEXT) {
        text = argument->text;
    } else {
        return false;
    }
    length = strnlen(text, CONFIG_TEXT_MAXIMUM + 1);
    if (length > CONFIG_TEXT_MAXIMUM)
        return false;
    *result = NULL;
    if (length == 0)
        return true;
    *result = mem_alloc(length + 1);
    if (!*result)
        return false;
    memcpy(*result, text, length);
    (*result)[length] = '\0';
    return true;
}

static double clamp(const struct config_row *row, double value)
{
    if (value == 0 && row->zero_is_no_limit)
        return 0;
    return value < row->minimum ? row->minimum : value > row->maximum ? row->maximum : value;
}

bool config_convert(const struct config_row *row, ESteamNetworkingConfigDataType type, const void *address,
                    union config_storage *storage)
{
    struct argument argument = {0};
    int64_t integer;
    double real;

    if (!read_argument(type, address, &argument))
        return false;
    switch (row->type) {
    case CONFIG_TYPE_INT32:
        if (!to_integer(&argument, &integer) || integer < INT32_MIN || integer > INT32_MAX)
            return false;
        storage->int32 = (int32_t)clamp(row, (double)integer);
        return true;
    case CONFIG_TYPE_INT64:
        return to_integer(&argument, &storage->int64);
    case CONFIG_TYPE_FLOAT:
        if (!to_real(&argument, &real))
            return false;
        storage->real = (float)clamp(row, real);
        return true;
    case CONFIG_TYPE_STRING:
        return to_text(&argument, &storage->text);
    default:
        storage->pointer = argument.pointer;
        return argument.kind == ARGUMENT_POINTER;
    }
}

bool config_storage_copy(const struct config_row *row, union config_storage *storage,
                         const union config_storage *original)
{
    if (row->type == CONFIG_TYPE_STRING && original->text)
        return config_convert(row, k_ESteamNetworkingConfig_String, original->text, storage);
    *storage = *original;
    return true;
}

void config_storage_destroy(const struct config_row *row, union config_storage *storage)
{
    if (row->type == CONFIG_TYPE_STRING)
        mem_free(storage->text);
}

union config_storage config_initial(const struct config_row *row)
{
    union config_storage storage = {.int64 = 0};

    if (row->type == CONFIG_TYPE_INT32)
        storage.int32 = (int32_t)row->initial;
    else if (row->type == CONFIG_TYPE_INT64)
        storage.int64 = (int64_t)row->initial;
    else if (row->type == CONFIG_TYPE_FLOAT)
        storage.real = (float)row->initial;
    return storage;
}

size_t config_storage_size(const struct config_row *row, const union config_storage *storage)
{
    switch (row->type) {
    case CONFIG_TYPE_INT32:
        return sizeof(storage->int32);
    case CONFIG_TYPE_INT64:
        return sizeof(storage->int64);
    case CONFIG_TYPE_FLOAT:
        return sizeof(storage->real);
    case CONFIG_TYPE_STRING:
        return (storage->text ? strlen(storage->text) : 0) + 1;
    default:
        return sizeof(storage->pointer);
    }
}

void config_storage_write(const struct config_row *row, const union config_storage *storage, void *destination)
{
    if (row->type == CONFIG_TYPE_STRING)
        memcpy(destination, storage->text ? storage->text : "", config_storage_size(row, storage));
    else
        memcpy(destination, storage, config_storage_size(row, storage));
}
