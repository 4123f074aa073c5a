#include "class.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "engine.h"

/* Numbers have a range; what is expected is said in these words. */
static const struct type_rule {
    enum value_type shown;
    int64_t minimum, maximum;
    const char *expected;
} rules[] = {
    [CLASS_BOOL] = {VALUE_BOOL, 0, 0, "a bool"},
    [CLASS_INT32] = {VALUE_INT, INT32_MIN, INT32_MAX, "an int from -2147483648 to 2147483647"},
    [CLASS_UINT32] = {VALUE_INT, 0, UINT32_MAX, "an int from 0 to 4294967295"},
    [CLASS_UINT16] = {VALUE_INT, 0, UINT16_MAX, "an int from 0 to 65535"},
    [CLASS_INT64] = {VALUE_INT, INT64_MIN, INT64_MAX, "an int"},
    [CLASS_FLOAT] = {VALUE_FLOAT, 0, 0, "a float"},
    [CLASS_STRING] = {VALUE_STRING, 0, 0, "a String"},
    [CLASS_BYTES] = {VALUE_BYTES, 0, 0, "a byte array"},
    [CLASS_ARRAY] = {VALUE_ARRAY, 0, 0, "an Array"},
    [CLASS_DICTIONARY] = {VALUE_DICTIONARY, 0, 0, "a Dictionary"},
    [CLASS_OPTIONS] = {VALUE_NIL, 0, 0, "an Array or a Dictionary"},
    [CLASS_IDENTITY] = {VALUE_NIL, 0, 0, "a String or an int"},
    [CLASS_ANY] = {VALUE_NIL, 0, 0, "anything"},
};

int class_parameter_count(const struct class_method *method)
{
    int count = 0;
    while (count < CLASS_PARAMETERS_MAX && method->parameters[count].type != CLASS_END)
        count++;
    return count;
}

int class_required_count(const struct class_method *method)
{
    int count = 0, all = class_parameter_count(method);
    while (count < all && !method->parameters[count].optional)
        count++;
    return count;
}

enum value_type class_shown_type(enum class_type type)
{
    return rules[type].shown;
}

/* ------------------------------------------------------------------------------------------------------- reporting */

static void report_argument(const struct class_method *method, int index, const char *expected, const char *given)
{
    char text[512];
    snprintf(text, sizeof text, "argument %d (%s) must be %s; given: %s", index + 1, method->parameters[index].name,
             expected, given);
    engine_error(method->name, text);
}

/* What a call gives whose arguments will not do. */
static struct value refusal_of(const struct class_method *method)
{
    return method->result == VALUE_INT ? value_int(method->refusal) : value_empty(method->result);
}

/* Writes what a program passed as a person would name it: the type, and the number if it is one. */
static void describe(char *text, size_t size, const struct value *value)
{
    if (value->type == VALUE_INT)
        snprintf(text, size, "int %lld", (long long)value->integer);
    else if (value->type == VALUE_FLOAT)
        snprintf(text, size, "float %.17g", value->real);
    else
        snprintf(text, size, "%s", value_type_name(value->type));
}

struct value class_refuse(struct class_call *call, int index, const char *expected)
{
    if (!call->failed) {
        char given[96];
        describe(given, sizeof given, &call->arguments[index]);
        report_argument(call->method, index, expected, given);
    }
    call->failed = true;
    return refusal_of(call->method);
}

struct value class_fail(struct class_call *call, const char *format, ...)
{
    if (!call->failed) {
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        engine_error(call->method->name, text);
    }
    call->failed = true;
    return refusal_of(call->method);
}

/* ---------------------------------------------------------------------------------------------------------- checking
 */

static struct value default_value(const struct class_parameter *parameter)
{
    switch (rules[parameter->type].shown) {
    case VALUE_BOOL:
        return value_bool(parameter->default_int != 0);
    case VALUE_INT:
        return value_int(parameter->default_int);
    case VALUE_FLOAT:
        return value_float(parameter->default_int);
    default:
        return value_empty(rules[parameter->type].shown);
    }
}

static bool is_number_type(enum value_type type)
{
    return type == VALUE_INT || type == VALUE_FLOAT || type == VALUE_BOOL;
}

/* Whether a parameter takes a type at all. Only then is the value read. */
static bool takes(enum class_type type, enum value_type given)
{
    switch (type) {
    case CLASS_OPTIONS:
        return given == VALUE_ARRAY || given == VALUE_DICTIONARY;
    case CLASS_IDENTITY:
        return given == VALUE_STRING || given == VALUE_INT;
    case CLASS_BYTES:
        return given == VALUE_BYTES || given == VALUE_ARRAY;
    case CLASS_ARRAY:
        return given == VALUE_ARRAY || given == VALUE_BYTES;
    case CLASS_ANY:
        return true;
    default:
        return is_number_type(rules[type].shown) ? is_number_type(given) : given == rules[type].shown;
    }
}

/* Turns a byte array into an array of numbers. */
static struct value array_of_bytes(const struct value *bytes)
{
    struct value array = value_array();
    for (size_t i = 0; i < bytes->bytes.size; i++)
        value_append(&array, value_int(bytes->bytes.data[i]));
    return array;
}

/* Reads one argument into the type that its parameter asks for. False: it will not do. */
static bool read_argument(enum class_type type, const void *variant, struct value *read)
{
    *read = type == CLASS_BYTES ? engine_variant_read_bytes(variant) : engine_variant_read(variant);
    const struct type_rule *rule = &rules[type];
    int64_t integer;
    double real;
    switch (rule->shown) {
    case VALUE_INT:
        if (!value_to_integer(read, &integer) || integer < rule->minimum || integer > rule->maximum)
            return false;
        *read = value_int(integer);
        return true;
    case VALUE_BOOL:
        if (!value_to_real(read, &real) || isnan(real))
            return false;
        *read = value_bool(real != 0);
        return true;
    case VALUE_FLOAT:
        if (!value_to_real(read, &real))
            return false;
        *read = value_float(real);
        return true;
    case VALUE_ARRAY:
        if (read->type == VALUE_BYTES) {
            struct value array = array_of_bytes(read);
            value_free(read);
            *read = array;
        }
        return true;
    default:
        return true;
    }
}

/* Reads all arguments. On failure what was read is freed, and the failure reported. */
static bool read_arguments(const struct class_method *method, const void *const *variants, int count,
                           struct value *arguments)
{
    int parameters = class_parameter_count(method), required = class_required_count(method);
    if (count < required || count > parameters) {
        char text[256];
        if (required == parameters)
            snprintf(text, sizeof text, "takes %d argument%s; given: %d", parameters, parameters == 1 ? "" : "s",
                     count);
        else
            snprintf(text, sizeof text, "takes %d to %d arguments; given: %d", required, parameters, count);
        engine_error(method->name, text);
        return false;
    }
    for (int i = 0; i < parameters; i++) {
        const struct class_parameter *parameter = &method->parameters[i];
        if (i >= count) {
            arguments[i] = default_value(parameter);
            continue;
        }
        char given[96];
        arguments[i] = value_nil();
        if (!takes(parameter->type, engine_variant_type(variants[i])))
            snprintf(given, sizeof given, "%s", engine_variant_type_name(variants[i]));
        else if (!read_argument(parameter->type, variants[i], &arguments[i]))
            describe(given, sizeof given, &arguments[i]);
        else
            continue;
        report_argument(method, i, rules[parameter->type].expected, given);
        for (int k = 0; k <= i; k++)
            value_free(&arguments[k]);
        return false;
    }
    return true;
}

struct value class_call(const struct class_method *method, void *instance, const void *const *variants, int count)
{
    struct value arguments[CLASS_PARAMETERS_MAX];
    if (!read_arguments(method, variants, count, arguments))
        return refusal_of(method);
    struct class_call call = {.method = method, .arguments = arguments, .instance = instance, .given = count};
    struct value result = value_empty(method->result);
    if (!instance)
        result = class_fail(&call, "the object could not be made, for lack of memory");
    else if (!method->guard)
        result = method->function(&call, arguments);
    else if (method->guard->enter()) {
        result = method->function(&call, arguments);
        method->guard->leave();
    }
    int parameters = class_parameter_count(method);
    for (int i = 0; i < parameters; i++)
        value_free(&arguments[i]);
    return result;
}
