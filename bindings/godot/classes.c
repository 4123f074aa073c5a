#include "classes.h"

#include "engine.h"
#include "library_use.h"
#include "multiplayer_class.h"
#include "steam.h"

void classes_register(void)
{
    engine_register_class(&steam_class);
    engine_register_class(&multiplayer_class);
}

void classes_unregister(void)
{
    steam_unload();
    library_stop();
}
