#include "steam.h"

#include <stdlib.h>

#include "events.h"

static void *create(struct engine_object *object)
{
    struct steam *steam = calloc(1, sizeof *steam);
    if (steam)
        steam->object = object;
    return steam;
}

/* While it emits, the instance stays until that is over. */
static void destroy(void *instance)
{
    struct steam *steam = instance;
    steam->object = NULL;
    if (steam->emitting == 0)
        free(steam);
}

static const struct class_methods *const methods[] = {
    &steam_lifecycle_methods, &steam_connection_methods, &steam_message_methods, &steam_authentication_methods,
    &steam_hosted_methods,    &steam_fake_ip_methods,    &steam_session_methods, &steam_configuration_methods,
    &steam_relay_methods,     &steam_identity_methods,   &steam_address_methods, NULL,
};

const struct class_description steam_class = {
    .name = "Steam",
    .base = "Node",
    .methods = methods,
    .signals = event_signals,
    .signal_count = EVENT_SIGNALS,
    .constants = steam_constants,
    .constant_count = STEAM_CONSTANTS,
    .create = create,
    .destroy = destroy,
};
