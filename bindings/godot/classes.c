#include "classes.h"

#include "engine.h"
#include "library_use.h"
#include "steam.h"

void classes_register(void)
{
    engine_register_class(&steam_class);
}

void classes_unregister(void)
{
    steam_unload();
    library_stop();
}
