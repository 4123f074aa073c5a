/*
 * The utils interface: one object that exists as long as the process. Its functions are the flat ones of flat_utils.c;
 * here is the object itself, and how to tell it from other pointers.
 */
#ifndef API_UTILS_H
#define API_UTILS_H

#include "fumarole/types.h"

#include <stdbool.h>

ISteamNetworkingUtils *utils_object(void);

/* False, with a line in the log that names `function`, for null and for anybody else's pointer. */
bool utils_is_object(const ISteamNetworkingUtils *self, const char *function);

#endif
