#include "api/utils.h"

#include "api/vtables.h"
#include "base/log.h"

static ISteamNetworkingUtils the_object = {&utils_table.slots};

ISteamNetworkingUtils *utils_object(void)
{
    return &the_object;
}

bool utils_is_object(const ISteamNetworkingUtils *self, const char *function)
{
    if (self == &the_object)
        return true;
    log_write(LOG_LEVEL_BUG, "%s: self is %s", function, self ? "not the utils interface of this library" : "null");
    return false;
}
