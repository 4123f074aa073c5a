/*
 * The Steam object: what the files that implement it share.
 *
 * One process has one state behind it, however many objects a program makes: whether steamInit was called
 * (steam_lifecycle.c), the named references (references.h) and the events that wait to be emitted (events.h). Its
 * methods are in steam_*.c, a table in each; what they pass on and what they answer is the library's own.
 */
#ifndef FUMAROLE_GODOT_STEAM_H
#define FUMAROLE_GODOT_STEAM_H

#include "class.h"
#include "fumarole/fumarole.h"

extern const struct class_description steam_class;

/* One instance of the class. */
struct steam {
    struct engine_object *object; /* null: it was freed while its signals were being emitted */
    int emitting;                 /* how many calls are emitting its signals, one inside the other */
};

/* The tables of methods. */
extern const struct class_methods steam_lifecycle_methods;
extern const struct class_methods steam_connection_methods;
extern const struct class_methods steam_message_methods;
extern const struct class_methods steam_authentication_methods;
extern const struct class_methods steam_hosted_methods;
extern const struct class_methods steam_fake_ip_methods;
extern const struct class_methods steam_session_methods;
extern const struct class_methods steam_configuration_methods;
extern const struct class_methods steam_relay_methods;
extern const struct class_methods steam_identity_methods;
extern const struct class_methods steam_address_methods;

/* Lets a function run only between steamInit and steamShutdown, and makes the latter wait for it. */
extern const struct class_guard steam_guard;

/* Rows of those tables: PARAMETER(UINT32, "name"), OPTIONAL(INT32, "name", 0), METHOD("name", INT, function, ...). */
#define PARAMETER(type, parameter)                                                                                     \
    {                                                                                                                  \
        (parameter), CLASS_##type, false, 0                                                                            \
    }
#define OPTIONAL(type, parameter, number)                                                                              \
    {                                                                                                                  \
        (parameter), CLASS_##type, true, (number)                                                                      \
    }
#define METHOD(method, result, function, ...)                                                                          \
    {                                                                                                                  \
        (method), VALUE_##result, function, {__VA_ARGS__}, &steam_guard, 0                                             \
    }
/* The same for methods that need no steamInit. */
#define FREE_METHOD(method, result, function, ...)                                                                     \
    {                                                                                                                  \
        (method), VALUE_##result, function, {__VA_ARGS__}, NULL, 0                                                     \
    }
#define METHODS(table)                                                                                                 \
    {                                                                                                                  \
        (table), sizeof(table) / sizeof(table)[0]                                                                      \
    }

/* The interfaces, inside a guarded function. */
static inline ISteamNetworkingSockets *steam_sockets(void)
{
    return SteamAPI_SteamNetworkingSockets_v009();
}

static inline ISteamNetworkingUtils *steam_utils(void)
{
    return SteamAPI_SteamNetworkingUtils_v003();
}

/* Does what steamShutdown does, and forgets what would outlive it: the code is about to be unloaded. */
void steam_unload(void);

/* Gives back the objects of createFakeUDPPort; before the library is stopped. */
void steam_forget_fake_ports(void);

#endif
