/*
 * Classes in Godot 3: NativeScript classes made of the tables of class.h, and signals.
 *
 * NativeScript has no constants. They are properties that can only be read: a program writes Steam.NAME all the same,
 * and Steam.EnumerationName gives a dictionary of the names of one enumeration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../engine.h"
#include "gdnative_engine.h"

/* ------------------------------------------------------------------------------------------------------- reporting */

void engine_error(const char *function, const char *text)
{
    gdnative.core->godot_print_error(text, function, "fumarole", 0);
}

void engine_warning(const char *function, const char *text)
{
    gdnative.core->godot_print_warning(text, function, "fumarole", 0);
}

/* ------------------------------------------------------------------------------------------------- what is called */

static void *create_instance(godot_object *object, void *method_data)
{
    const struct class_description *description = method_data;
    return description->create((struct engine_object *)object);
}

static void destroy_instance(godot_object *object, void *method_data, void *user_data)
{
    (void)object;
    const struct class_description *description = method_data;
    if (user_data)
        description->destroy(user_data);
}

static godot_variant call_method(godot_object *object, void *method_data, void *user_data, int count,
                                 godot_variant **arguments)
{
    (void)object;
    struct value result = class_call(method_data, user_data, (const void *const *)arguments, count);
    godot_variant variant = gdnative_write(&result);
    value_free(&result);
    return variant;
}

/* ------------------------------------------------------------------------------------------------------- constants */

/* One property: a number, or all numbers of an enumeration. Kept by the engine, freed with free. */
struct constant_property {
    const struct class_description *description;
    const struct steam_constant *constant;
    bool whole; /* the enumeration of `constant` */
};

static struct value constant_value(const struct constant_property *property)
{
    if (!property->whole)
        return value_int(property->constant->value);
    struct value names = value_dictionary();
    for (size_t i = 0; i < property->description->constant_count; i++) {
        const struct steam_constant *constant = &property->description->constants[i];
        if (constant->enumeration && strcmp(constant->enumeration, property->constant->enumeration) == 0)
            value_put(&names, constant->name, value_int(constant->value));
    }
    return names;
}

static godot_variant get_constant(godot_object *object, void *method_data, void *user_data)
{
    (void)object;
    (void)user_data;
    struct value value = constant_value(method_data);
    godot_variant variant = gdnative_write(&value);
    value_free(&value);
    return variant;
}

static void set_constant(godot_object *object, void *method_data, void *user_data, godot_variant *variant)
{
    (void)object;
    (void)user_data;
    (void)variant;
    const struct constant_property *property = method_data;
    char text[256];
    snprintf(text, sizeof text, "%s is a constant",
             property->whole ? property->constant->enumeration : property->constant->name);
    engine_error(property->description->name, text);
}

static void register_constant(const struct class_description *description, const struct steam_constant *constant,
                              bool whole)
{
    struct constant_property *property = malloc(sizeof *property);
    if (!property)
        return;
    *property = (struct constant_property){.description = description, .constant = constant, .whole = whole};
    godot_property_attributes attributes = {.type = gdnative_type(whole ? VALUE_DICTIONARY : VALUE_INT)};
    attributes.hint_string = gdnative_string("", 0);
    attributes.default_value = get_constant(NULL, property, NULL);
    gdnative.script->godot_nativescript_register_property(
        gdnative.handle, description->name, whole ? constant->enumeration : constant->name, &attributes,
        (godot_property_set_func){.set_func = set_constant, .method_data = property},
        (godot_property_get_func){.get_func = get_constant, .method_data = property, .free_func = free});
    gdnative.core->godot_variant_destroy(&attributes.default_value);
    gdnative.core->godot_string_destroy(&attributes.hint_string);
}

static bool is_first_of_enumeration(const struct class_description *description, const struct steam_constant *constant)
{
    if (!constant->enumeration)
        return false;
    const struct steam_constant *first = description->constants;
    while (!first->enumeration || strcmp(first->enumeration, constant->enumeration) != 0)
        first++;
    return first == constant;
}

/* --------------------------------------------------------------------------------------------------------- signals */

static void register_signal(const struct class_description *description, const struct class_signal *signal)
{
    godot_signal_argument arguments[CLASS_SIGNAL_ARGUMENTS_MAX];
    int count = 0;
    for (; count < CLASS_SIGNAL_ARGUMENTS_MAX && signal->arguments[count].name; count++) {
        const struct class_argument *argument = &signal->arguments[count];
        arguments[count] = (godot_signal_argument){.type = gdnative_type(argument->type)};
        arguments[count].name = gdnative_string(argument->name, strlen(argument->name));
        arguments[count].hint_string = gdnative_string("", 0);
        gdnative.core->godot_variant_new_nil(&arguments[count].default_value);
    }
    godot_signal registered = {
        .name = gdnative_string(signal->name, strlen(signal->name)), .num_args = count, .args = arguments};
    gdnative.script->godot_nativescript_register_signal(gdnative.handle, description->name, &registered);
    gdnative.core->godot_string_destroy(&registered.name);
    for (int i = 0; i < count; i++) {
        gdnative.core->godot_string_destroy(&arguments[i].name);
        gdnative.core->godot_string_destroy(&arguments[i].hint_string);
        gdnative.core->godot_variant_destroy(&arguments[i].default_value);
    }
}

void engine_emit_signal(struct engine_object *object, const char *name, const struct value *arguments, int count)
{
    godot_variant variants[1 + CLASS_SIGNAL_ARGUMENTS_MAX];
    const godot_variant *pointers[1 + CLASS_SIGNAL_ARGUMENTS_MAX];
    struct value signal = value_literal(name);
    for (int i = 0; i <= count; i++) {
        variants[i] = gdnative_write(i == 0 ? &signal : &arguments[i - 1]);
        pointers[i] = &variants[i];
    }
    godot_variant_call_error error = {0};
    godot_variant result = gdnative.core->godot_method_bind_call(gdnative.emit_signal, (godot_object *)object, pointers,
                                                                 count + 1, &error);
    gdnative.core->godot_variant_destroy(&result);
    for (int i = 0; i <= count; i++)
        gdnative.core->godot_variant_destroy(&variants[i]);
}

/* The engine calls _process of every node. */
bool engine_call_in_every_frame(struct engine_object *object)
{
    (void)object;
    return true;
}

/* ----------------------------------------------------------------------------------------------------- registering */

static void describe_parameters(const struct class_description *description, const struct class_method *method)
{
    godot_method_arg arguments[CLASS_PARAMETERS_MAX];
    int count = class_parameter_count(method);
    for (int i = 0; i < count; i++) {
        const struct class_parameter *parameter = &method->parameters[i];
        arguments[i].type = (godot_variant_type)gdnative_type(class_shown_type(parameter->type));
        arguments[i].hint = 0;
        arguments[i].name = gdnative_string(parameter->name, strlen(parameter->name));
        arguments[i].hint_string = gdnative_string("", 0);
    }
    gdnative.script_1_1->godot_nativescript_set_method_argument_information(gdnative.handle, description->name,
                                                                            method->name, count, arguments);
    for (int i = 0; i < count; i++) {
        gdnative.core->godot_string_destroy(&arguments[i].name);
        gdnative.core->godot_string_destroy(&arguments[i].hint_string);
    }
}

static void register_method(const struct class_description *description, const struct class_method *method)
{
    gdnative.script->godot_nativescript_register_method(
        gdnative.handle, description->name, method->name, (godot_method_attributes){0},
        (godot_instance_method){.method = call_method, .method_data = (void *)method});
    if (gdnative.script_1_1)
        describe_parameters(description, method);
}

void engine_register_class(const struct class_description *description)
{
    bool is_peer = strcmp(description->base, ENGINE_MULTIPLAYER_PEER) == 0;
    gdnative.script->godot_nativescript_register_class(
        gdnative.handle, description->name, is_peer ? "MultiplayerPeerGDNative" : description->base,
        (godot_instance_create_func){.create_func = create_instance, .method_data = (void *)description},
        (godot_instance_destroy_func){.destroy_func = destroy_instance, .method_data = (void *)description});
    for (const struct class_methods *const *group = description->methods; *group; group++)
        for (size_t i = 0; i < (*group)->count; i++)
            register_method(description, &(*group)->methods[i]);
    for (size_t i = 0; i < description->signal_count; i++)
        register_signal(description, &description->signals[i]);
    for (size_t i = 0; i < description->constant_count; i++) {
        const struct steam_constant *constant = &description->constants[i];
        register_constant(description, constant, false);
        if (is_first_of_enumeration(description, constant))
            register_constant(description, constant, true);
    }
}
