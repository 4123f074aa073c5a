/*
 * The arguments of the module's functions, checked. A wrong one raises an error in the words of Lua itself that names
 * the function, the argument by number and name, what was expected and what was given:
 *
 *     bad argument #1 to 'acceptConnection' (connection: number expected, got nil)
 *
 * `function` is the function's name, `index` the argument's number, `name` its name.
 */
#ifndef LUASTEAM_ARGUMENTS_H
#define LUASTEAM_ARGUMENTS_H

#include <fumarole/fumarole.h>

#include "vm.h"

struct argument {
    const char *function;
    int index;
    const char *name;
};

/* The shortest way to one of these. */
#define ARGUMENT(function_, index_, name_) (&(const struct argument){function_, index_, name_})

/* Room for all options that a table can hold, and one of the caller's. */
enum { MAX_OPTIONS = 32 };

/* Raises the error, with the format and arguments of lua_pushfstring after "name: ". Does not return. */
__attribute__((noreturn)) int argument_error(lua_State *L, const struct argument *argument, const char *format, ...);

/* Raises "name: ... expected, got ..." for the value at a place of the stack. Does not return. */
__attribute__((noreturn)) int argument_type_error(lua_State *L, const struct argument *argument, const char *expected,
                                                  int value_index);

/* A whole number at a place of the stack, also as text that is one; false for anything else. */
bool argument_read_integer(lua_State *L, int index, int64_t *value);

/* A whole number within limits. */
int64_t argument_integer(lua_State *L, const struct argument *argument, int64_t smallest, int64_t largest);

/* Handles: numbers, or the object of that kind. A number that can be no handle becomes 0, which is never one. */
uint32_t argument_connection(lua_State *L, const struct argument *argument);
uint32_t argument_listen_socket(lua_State *L, const struct argument *argument);
uint32_t argument_poll_group(lua_State *L, const struct argument *argument);

/* The same for a value anywhere on the stack: false if it cannot stand for a connection. */
bool argument_read_connection(lua_State *L, int index, uint32_t *handle);

/* true, false, or absent, which is false. */
bool argument_boolean(lua_State *L, const struct argument *argument);

const char *argument_string(lua_State *L, const struct argument *argument, size_t *length);

/* Flags for sending: whole numbers below 64. */
enum { MAX_SEND_FLAGS = 63 };

/* An IP address with a port, as text. Port 0 is refused unless it is written, and allowed. */
void argument_address(lua_State *L, const struct argument *argument, bool port_zero_allowed,
                      SteamNetworkingIPAddr *address);

/* A 64-bit number. */
uint64_t argument_uint64(lua_State *L, const struct argument *argument);

/*
 * A table of options, which may be absent. Returns how many were written to `options`, at most MAX_OPTIONS - 1. Values
 * must be whole numbers of 32 bits; of names that do not exist stderr is told.
 */
int argument_options(lua_State *L, const struct argument *argument, SteamNetworkingConfigValue_t *options);

#endif
