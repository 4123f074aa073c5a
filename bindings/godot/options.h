/*
 * Options of the functions that make connections and listen sockets, in both forms that programs write them:
 *
 *   [[config value, data type, value], ...]        data types NETWORKING_CONFIG_TYPE_*
 *   {config value: value, ...}                     the type follows from the value
 */
#ifndef FUMAROLE_GODOT_OPTIONS_H
#define FUMAROLE_GODOT_OPTIONS_H

#include "class.h"
#include "fumarole/fumarole.h"

struct options {
    int count;
    SteamNetworkingConfigValue_t *list; /* texts in it belong to the argument */
};

/*
 * Reads an argument that is an array or a dictionary; the numbers and types are looked at by the library, which refuses
 * what does not fit. False: it is malformed, which was reported with class_refuse. On success to be given back.
 */
bool options_read(struct class_call *call, int index, const struct value *argument, struct options *options);
void options_free(struct options *options);

/*
 * Fills one option. type: NETWORKING_CONFIG_TYPE_*, or 0 to take it from the value. False: the value is not of that
 * type, or the type is one that a program cannot give (pointers). `expected` then says what was expected.
 */
bool options_fill(SteamNetworkingConfigValue_t *option, int64_t number, int64_t type, const struct value *value,
                  const char **expected);

#endif
