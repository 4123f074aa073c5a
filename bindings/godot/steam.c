#include "steam.h"

#include <stdlib.h>

static void *create(struct engine_object *object)
{
    struct steam *steam = calloc(1, sizeof *steam);
    if (steam)
        steam->object = object;
    return steam;
}

static void destroy(void *instance)
{
    free(instance);
}

static const struct class_methods *const methods[] = {
    &steam_lifecycle_methods,
    NULL,
};

static const struct class_signal signals[] = {
    {"network_connection_status_changed",
     {{"connect_handle", VALUE_INT}, {"connection", VALUE_DICTIONARY}, {"old_state", VALUE_INT}}},
};

const struct class_description steam_class = {
    .name = "Steam",
    .base = "Node",
    .methods = methods,
    .signals = signals,
    .signal_count = sizeof signals / sizeof signals[0],
    .constants = steam_constants,
    .constant_count = STEAM_CONSTANTS,
    .create = create,
    .destroy = destroy,
};
