/*
 * Where Godot 4 enters: the function that fumarole.gdextension names, and what the engine calls after it.
 */
#include <stdio.h>
#include <string.h>

#include "../classes.h"
#include "../engine.h"
#include "gdextension_engine.h"

#define ENTRY __attribute__((visibility("default")))

struct gdextension_engine gdextension;

ENTRY gdextension_entry fumarole_godot4_init;

/* Shows why the extension cannot be used, by whatever way the engine has. */
static void refuse(gdextension_find_function find, const char *missing)
{
    char text[256];
    struct gdextension_version version = {0};
    gdextension_function get_version = find("get_godot_version");
    if (get_version)
        ((void (*)(struct gdextension_version *))get_version)(&version);
    snprintf(text, sizeof text, "Fumarole needs Godot 4.2 or newer; this is %s, which has no %s",
             version.text ? version.text : "something else", missing);
    gdextension_function print = find("print_error_with_message");
    if (print)
        ((void (*)(const char *, const char *, const char *, const char *, int32_t, uint8_t))print)(
            text, text, "fumarole_godot4_init", "fumarole", 0, 1);
    else
        fprintf(stderr, "%s\n", text);
}

/* Asks for every function of the list; null when all are there, otherwise the name of one that is not. */
static const char *find_functions(gdextension_find_function find)
{
#define FIND(result, name, parameters)                                                                                 \
    gdextension.name = (result(*) parameters)find(#name);                                                              \
    if (!gdextension.name)                                                                                             \
        return #name;
    GDEXTENSION_FUNCTIONS(FIND)
#undef FIND
    return NULL;
}

static void initialize(void *userdata, int32_t level)
{
    (void)userdata;
    if (level != GDEXTENSION_LEVEL_SCENE)
        return;
    classes_register();
    if (!gdextension_make_singletons())
        engine_error("fumarole_godot4_init", "the object Steam could not be made");
}

static void deinitialize(void *userdata, int32_t level)
{
    (void)userdata;
    if (level != GDEXTENSION_LEVEL_SCENE)
        return;
    gdextension_free_singletons();
    classes_unregister();
    gdextension_unregister_classes();
    gdextension_values_end();
}

uint8_t fumarole_godot4_init(gdextension_find_function find, void *library,
                             struct gdextension_initialization *initialization)
{
    const char *missing = find_functions(find);
    if (!missing && !gdextension_values_begin())
        missing = "type that it needs";
    if (missing) {
        refuse(find, missing);
        return 0;
    }
    gdextension.library = library;
    initialization->minimum = GDEXTENSION_LEVEL_SCENE;
    initialization->userdata = NULL;
    initialization->initialize = initialize;
    initialization->deinitialize = deinitialize;
    return 1;
}
